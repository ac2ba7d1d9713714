//! Places where vehicles past due come together and none of them belongs: candidates for black points.
//!
//! No vehicle is named and no place of fewer than three different ones is given: what comes out says nothing of a person. Whether it
//! is a place of pledges, a hospital's car park or a shopping centre is for a person to find out.
//!
//! Shape: the stays of many vehicles in, candidates out, those of most vehicles first. Units: metres. Errors: none.
//! Source: `domain.md` §7 (second-pledge points, k >= 3); DBSCAN: Ester et al. 1996, by the crate `geo`; [P] are ours.

use crate::RuleSet;
use crate::belief::RADIUS_M;
use crate::geometry::{distance_m, mean_with};
use crate::local_time::{awake_ms, day, night_ms};
use crate::whereabouts::Clusters;
use geo::{Dbscan, Point};
use model::{Coordinates, Stay, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// One vehicle.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tracked {
    /// Its stays, in their order.
    pub stays: Vec<Stay>,
    /// Since when something is past due, if it is.
    pub past_due_since: Option<Timestamp>,
}

/// A place to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Its middle.
    pub centre: Coordinates,
    /// To the furthest of its stays, metres; [`RADIUS_M_MIN`] at the least.
    pub radius_m: u32,
    /// Different vehicles.
    pub vehicles: u32,
    /// Their stays.
    pub stays: u32,
}

/// Where one vehicle stood while it was past due.
struct Spot {
    vehicle: usize,
    centre: Coordinates,
    stays: u32,
}

/// Mines the stays of a fleet.
pub fn mine(fleet: &[Tracked], rule_set: &RuleSet) -> Vec<Candidate> {
    let (mut spots, mut habitual) = (Vec::new(), Habitual::default());
    for (vehicle, tracked) in fleet.iter().enumerate() {
        let clusters = Clusters::of(&tracked.stays);
        for place in 0..clusters.len() {
            let Some(centre) = clusters.centre(place) else { continue };
            let stays: Vec<Stay> = clusters.at(place, &tracked.stays).copied().collect();
            if is_habitual(&stays, rule_set) {
                habitual.add(centre);
                continue;
            }
            let is_past_due = |stay: &&Stay| tracked.past_due_since.is_some_and(|since| stay.from >= since);
            let stays = u32::try_from(stays.iter().filter(is_past_due).count()).unwrap_or(u32::MAX);
            if stays > 0 {
                spots.push(Spot { vehicle, centre, stays });
            }
        }
    }
    spots.retain(|spot| !habitual.has(spot.centre));
    let mut candidates: Vec<Candidate> =
        gathered(&spots).iter().filter_map(|spots| candidate(spots)).collect();
    candidates.sort_by_key(|place| (std::cmp::Reverse((place.vehicles, place.stays)), place.centre));
    candidates
}

/// As in the rules, over all that is known.
fn is_habitual(stays: &[Stay], rule_set: &RuleSet) -> bool {
    let set = &rule_set.thresholds().habits;
    let days = |lasts: fn(i32, &Stay) -> bool| {
        let of_stay = |stay: &Stay| {
            let (first, last) = (day(stay.from, stay.place), day(stay.to, stay.place));
            (first.max(last.saturating_sub(DAYS_TOLD_MAX))..=last).collect::<Vec<_>>()
        };
        let told =
            stays.iter().flat_map(|stay| of_stay(stay).into_iter().filter(move |day| lasts(*day, stay)));
        u32::try_from(told.collect::<BTreeSet<i32>>().len()).unwrap_or(u32::MAX)
    };
    let nights = days(|day, stay| night_ms(day, stay.place, stay.from, stay.to) > 3 * HOUR_MS);
    nights >= set.nights_min
        || days(|day, stay| awake_ms(day, stay.place, stay.from, stay.to) >= HOUR_MS) >= set.days_min
}

/// Spots that lie close together.
fn gathered(spots: &[Spot]) -> Vec<Vec<&Spot>> {
    let count = i64::try_from(spots.len()).unwrap_or(i64::MAX).max(1);
    let middle = spots.iter().map(|spot| i64::from(spot.centre.lon_e7())).sum::<i64>() / count;
    let points: Vec<Point<f64>> = spots.iter().map(|spot| flat(spot.centre, middle)).collect();
    let labels = points.dbscan(f64::from(NEAR_M), VEHICLES_MIN);
    let mut groups = BTreeMap::<usize, Vec<&Spot>>::new();
    for (spot, label) in spots.iter().zip(labels) {
        if let Some(label) = label {
            groups.entry(label).or_default().push(spot);
        }
    }
    groups.into_values().collect()
}

/// Metres on a plane, true to some percent between neighbours of one country (sinusoidal).
fn flat(place: Coordinates, middle_lon_e7: i64) -> Point<f64> {
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "at most 1.8e9")]
    let middle = middle_lon_e7 as f64 / 1e7;
    let east = (place.lon() - middle) * place.lat().to_radians().cos();
    Point::new(east * METRES_PER_DEGREE, place.lat() * METRES_PER_DEGREE)
}

fn candidate(spots: &[&Spot]) -> Option<Candidate> {
    let vehicles: BTreeSet<usize> = spots.iter().map(|spot| spot.vehicle).collect();
    if vehicles.len() < VEHICLES_MIN {
        return None;
    }
    let mut centre = spots.first()?.centre;
    for (spot, count) in spots.iter().zip(1_u16..) {
        centre = mean_with(centre, spot.centre, count);
    }
    let furthest_m = spots.iter().map(|spot| distance_m(centre, spot.centre)).max()?;
    Some(Candidate {
        centre,
        radius_m: furthest_m.max(RADIUS_M_MIN),
        vehicles: u32::try_from(vehicles.len()).unwrap_or(u32::MAX),
        stays: spots.iter().map(|spot| spot.stays).sum(),
    })
}

/// Everybody's usual places, found by the square that they lie in.
#[derive(Default)]
struct Habitual(BTreeMap<(i32, i32), Vec<Coordinates>>);

impl Habitual {
    fn add(&mut self, place: Coordinates) {
        self.0.entry(square(place)).or_default().push(place);
    }

    fn has(&self, place: Coordinates) -> bool {
        let (north, east) = square(place);
        let rows = (north - 1)..=(north + 1);
        rows.flat_map(|north| self.0.range((north, east - 1)..=(north, east + 1)))
            .flat_map(|(_, places)| places)
            .any(|known| distance_m(*known, place) <= RADIUS_M)
    }
}

/// Wider than the radius, up to 78 degrees north.
fn square(place: Coordinates) -> (i32, i32) {
    (place.lat_e7().div_euclid(20_000), place.lon_e7().div_euclid(100_000))
}

/// k: what is told of fewer vehicles is told of persons [domain.md §7].
const VEHICLES_MIN: usize = 3;
/// Vehicles of one yard stand closer [P].
const NEAR_M: u32 = 150;
/// A smaller circle would leave out who parks at its gate [P].
pub const RADIUS_M_MIN: u32 = 100;
const HOUR_MS: model::Millis = 3_600_000;
/// The days of a stay that are counted one by one.
const DAYS_TOLD_MAX: i32 = 366;
/// Of a great circle on the mean sphere.
const METRES_PER_DEGREE: f64 = 111_195.08;
