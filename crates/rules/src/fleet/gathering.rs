//! Vehicles that stand together where they do not usually: a pledge lot, or a ring.
//!
//! Shape: who stands where and since when in, one condition a place out. Units: metres, device time. Errors: none. Source:
//! `domain.md` §3b GATHERING, §7 (an alert on the place, not one on each car).

use super::Condition;
use crate::RuleSet;
use crate::geometry::distance_m;
use model::{About, Alert, Coordinates, Finding, Rule, Severity, Timestamp, VehicleId};
use std::collections::BTreeMap;

/// A vehicle that has stood for long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// Which.
    pub vehicle: VehicleId,
    /// Where.
    pub place: Coordinates,
    /// Since when.
    pub since: Timestamp,
}

/// The places at which enough of them stand, one of them past due. An alert that is about such a place already keeps its
/// name for it.
pub fn gatherings<'a>(
    mut standing: Vec<Standing>,
    is_overdue: impl Fn(VehicleId) -> bool,
    alerts: impl Iterator<Item = &'a Alert>,
    rule_set: &RuleSet,
) -> Vec<Condition> {
    standing.sort_unstable_by_key(|one| (one.since, one.vehicle));
    let set = &rule_set.thresholds().gathering;
    let enough = usize::try_from(set.vehicles_min).unwrap_or(usize::MAX);
    let known: Vec<Coordinates> = alerts.filter_map(live_place).collect();
    let grid = Grid::of(&standing);
    let mut found: Vec<Condition> = Vec::new();
    for centre in &standing {
        let near = grid.near(centre.place, set.within_m);
        let is_new = !found.iter().any(|other| is_near(&other.about, centre.place, 2 * set.within_m));
        if near.len() < enough || !is_new {
            continue;
        }
        let overdue = near.iter().filter(|one| is_overdue(one.vehicle)).count();
        if overdue > 0 {
            let place = known.iter().find(|place| distance_m(**place, centre.place) <= 2 * set.within_m);
            found.push(gathered(place.copied().unwrap_or(centre.place), near, overdue, enough));
        }
    }
    found
}

fn gathered(place: Coordinates, mut near: Vec<Standing>, overdue: usize, enough: usize) -> Condition {
    near.sort_unstable_by_key(|one| (one.since, one.vehicle));
    let since = near.get(enough - 1).or(near.last()).map_or(Timestamp::from_ms(0), |one| one.since);
    let (count, overdue) = (number(near.len()), number(overdue));
    let mut vehicles: Vec<VehicleId> = near.iter().map(|one| one.vehicle).collect();
    vehicles.sort_unstable();
    vehicles.truncate(Finding::NAMED_MAX);
    Condition {
        about: About::Place(place),
        episode: since,
        event_time: since,
        finding: Finding::Gathered { place, since, vehicles, count, overdue },
        severity: Severity::P2,
    }
}

/// Who stands where, by squares a little wider than any reach.
struct Grid<'a>(BTreeMap<(i32, i32), Vec<&'a Standing>>);

impl<'a> Grid<'a> {
    fn of(standing: &'a [Standing]) -> Self {
        let mut squares: BTreeMap<(i32, i32), Vec<&Standing>> = BTreeMap::new();
        for one in standing {
            squares.entry(square(one.place)).or_default().push(one);
        }
        Self(squares)
    }

    fn near(&self, place: Coordinates, within_m: u32) -> Vec<Standing> {
        let (north, east) = square(place);
        let around = (-1..=1).flat_map(|by| (-EAST..=EAST).map(move |along| (north + by, east + along)));
        let there = around.filter_map(|square| self.0.get(&square)).flatten();
        there.filter(|one| distance_m(one.place, place) <= within_m).map(|one| **one).collect()
    }
}

fn square(place: Coordinates) -> (i32, i32) {
    (place.lat_e7().div_euclid(SQUARE_E7), place.lon_e7().div_euclid(SQUARE_E7))
}

fn live_place(alert: &Alert) -> Option<Coordinates> {
    let is_live = alert.rule == Rule::Gathering && alert.state.is_live();
    match &alert.about {
        About::Place(place) if is_live => Some(*place),
        _ => None,
    }
}

fn is_near(about: &About, place: Coordinates, within_m: u32) -> bool {
    matches!(about, About::Place(other) if distance_m(*other, place) <= within_m)
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A hundredth of a degree: 1,113 m from south to north, more than the widest reach of the rule set (1,000 m).
const SQUARE_E7: i32 = 100_000;
/// Squares to the east and west that are within reach up to 70 degrees north, where they are 380 m wide.
const EAST: i32 = 3;
