//! Vehicles that stand together where they do not usually: a pledge lot, or a ring.
//!
//! Shape: who stands where and since when in, one condition a place out. Units: metres, device time. Errors: none. Source:
//! `domain.md` §3b GATHERING, §7 (an alert on the place, not one on each car); constants marked [P] are ours.

use super::Condition;
use crate::geometry::distance_m;
use crate::rule_set::hours;
use crate::{Places, RuleSet, UsualPlaces, VehicleState};
use model::{
    About, Alert, AlertState, CloseReason, Coordinates, Finding, Millis, PlaceKind, Rule, Severity,
    Timestamp, VehicleId,
};
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

/// What is known to be past due on a vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrears {
    /// Nothing.
    None,
    /// Something, by a book that is too old to begin with.
    Stale,
    /// Something, by a fresh book.
    Stated,
}

/// Against what vehicles are looked at together.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The places that are watched.
    pub places: &'a Places,
    /// In force.
    pub rule_set: &'a RuleSet,
    /// Journal time.
    pub now: Timestamp,
}

impl Ground<'_> {
    /// A vehicle that has stood for long enough to count, if it was heard lately: where a silent one is now nobody knows.
    pub fn standing(&self, vehicle: VehicleId, state: &VehicleState) -> Option<Standing> {
        let (place, since) = state.stands()?;
        let stood_ms = hours(self.rule_set.thresholds().gathering.stood_h);
        let is_heard = state.heard_at().is_some_and(|at| self.now.since(at) <= HEARD_MS_MAX);
        (self.now.since(since) >= stood_ms && is_heard).then_some(Standing { vehicle, place, since })
    }

    /// Whether it is no news that it stands there: at one of its usual places, a block of flats among them, or on a dealer's
    /// ground.
    pub fn is_usual(&self, standing: &Standing, usual: Option<&UsualPlaces>) -> bool {
        let set = &self.rule_set.thresholds().habits;
        let is_habit = usual.is_some_and(|usual| {
            usual.iter().any(|known| known.is_habitual(set) && known.reaches(standing.place))
        });
        is_habit || self.is_at_dealers(standing)
    }

    fn is_at_dealers(&self, standing: &Standing) -> bool {
        let grounds = self.places.grounds_around(standing.place).into_iter();
        let mut of_dealers = grounds
            .filter(|held| held.place.kind == PlaceKind::Dealer && held.may_concern(Some(standing.vehicle)));
        of_dealers.any(|held| held.holds(held.distance_m(standing.place), 0))
    }
}

/// The places at which enough of them stand where they usually do not, one of them past due. What was told of such a place lately
/// gives it its name; a gathering that is told of goes on while a book is stale.
///
/// What is usual of a vehicle is asked only of those that stand where a debt is near: it lies apart from everything else.
pub fn gatherings<'a>(
    mut standing: Vec<Standing>,
    is_usual: impl Fn(&Standing) -> bool,
    arrears: impl Fn(VehicleId) -> Arrears,
    alerts: impl Iterator<Item = &'a Alert>,
    ground: &Ground<'_>,
) -> Vec<Condition> {
    standing.sort_unstable_by_key(|one| (one.since, one.vehicle));
    let set = &ground.rule_set.thresholds().gathering;
    let (reach_m, apart_m) = (set.within_m, 2 * set.within_m);
    let enough = usize::try_from(set.vehicles_min).unwrap_or(usize::MAX);
    let told = Told(alerts.filter(|alert| alert.rule == Rule::Gathering).collect(), ground.now);
    let counts = |one: &&Standing| match arrears(one.vehicle) {
        Arrears::None => false,
        Arrears::Stale => told.near(one.place, apart_m + reach_m).is_some_and(|told| told.state.is_live()),
        Arrears::Stated => true,
    };
    let mut in_arrears: Vec<Standing> = standing.iter().filter(counts).copied().collect();
    let debts = Grid::of(&in_arrears, apart_m);
    standing.retain(|one| debts.near(one.place).next().is_some() && !is_usual(one));
    in_arrears = standing.iter().filter(counts).copied().collect();
    let (all, in_arrears) = (Grid::of(&standing, reach_m), Grid::of(&in_arrears, reach_m));
    let mut found: Vec<Condition> = Vec::new();
    for centre in &standing {
        let is_new = !found.iter().any(|other| is_near(&other.about, centre.place, apart_m));
        // Asked before the cars around are counted: in a dense town most centres are near another one, or near no debt.
        if !is_new || in_arrears.near(centre.place).next().is_none() {
            continue;
        }
        let near: Vec<Standing> = all.near(centre.place).copied().collect();
        let overdue = near.iter().filter(|one| arrears(one.vehicle) == Arrears::Stated).count();
        let known = told.near(centre.place, apart_m);
        if near.len() >= enough && (overdue > 0 || known.is_some_and(|known| known.state.is_live())) {
            found.push(gathered(centre.place, near, (overdue, enough), (known, ground.now)));
        }
    }
    found
}

fn gathered(
    centre: Coordinates,
    mut near: Vec<Standing>,
    (overdue, enough): (usize, usize),
    (known, now): (Option<&Alert>, Timestamp),
) -> Condition {
    near.sort_unstable_by_key(|one| (one.since, one.vehicle));
    let since = near.get(enough - 1).or(near.last()).map_or(Timestamp::from_ms(0), |one| one.since);
    let (count, overdue) = (number(near.len()), number(overdue));
    let mut vehicles: Vec<VehicleId> = near.iter().map(|one| one.vehicle).collect();
    vehicles.sort_unstable();
    vehicles.truncate(Finding::NAMED_MAX);
    let about = known.map_or_else(|| About::place(centre), |known| known.about.clone());
    let place = place_of(&about).unwrap_or(centre);
    Condition {
        about,
        episode: episode(since, known, now),
        event_time: since,
        finding: Finding::Gathered { place, since, vehicles, count, overdue },
        severity: Severity::P2,
    }
}

/// Which event it is. A place on which staff have given their verdict is the same event while the same cars stand there, and for
/// some days whichever do; one that was over and holds again with the same cars is another.
fn episode(since: Timestamp, known: Option<&Alert>, now: Timestamp) -> Timestamp {
    // What was told of it so long ago is forgotten, and must not be told under the same id.
    let own = if now.since(since) > REMEMBERED_MS { now } else { since };
    let Some(known) = known else { return own };
    match known.state {
        AlertState::Closed { reason: CloseReason::ConditionOver, at, .. }
        | AlertState::Withdrawn { at, .. } => {
            if since > known.episode {
                own
            } else {
                at
            }
        }
        AlertState::Closed { at, .. } if since > at && now.since(at) > VERDICT_MS => own,
        AlertState::Closed { .. }
        | AlertState::Unconfirmed
        | AlertState::Open
        | AlertState::Acknowledged { .. } => known.episode,
    }
}

/// Whether an alert ended so long ago that the next one at its place is another.
pub fn is_forgotten(alert: &Alert, now: Timestamp) -> bool {
    let ended_at = match alert.state {
        AlertState::Closed { at, .. } | AlertState::Withdrawn { at, .. } => Some(at),
        AlertState::Unconfirmed | AlertState::Open | AlertState::Acknowledged { .. } => None,
    };
    alert.rule == Rule::Gathering && ended_at.is_some_and(|at| now.since(at) > REMEMBERED_MS)
}

/// What was told of places, and the time by which some of it is forgotten.
struct Told<'a>(Vec<&'a Alert>, Timestamp);

impl<'a> Told<'a> {
    /// What was told nearby: a live alert first, then the newest.
    fn near(&self, place: Coordinates, within_m: u32) -> Option<&'a Alert> {
        let near = self.0.iter().filter(|alert| is_near(&alert.about, place, within_m));
        let known = near.filter(|alert| !is_forgotten(alert, self.1)).copied();
        known.max_by_key(|alert| (alert.state.is_live(), alert.opened_at, &alert.id))
    }
}

/// Who stands where, by squares a little wider than the reach.
struct Grid<'a> {
    squares: BTreeMap<(i32, i32), Vec<&'a Standing>>,
    within_m: u32,
}

impl<'a> Grid<'a> {
    fn of(standing: &'a [Standing], within_m: u32) -> Self {
        let mut grid = Self { squares: BTreeMap::new(), within_m };
        for one in standing {
            let square = grid.square(one.place);
            grid.squares.entry(square).or_default().push(one);
        }
        grid
    }

    fn near(&self, place: Coordinates) -> impl Iterator<Item = &'a Standing> {
        let (north, east) = self.square(place);
        let around = (-1..=1).flat_map(move |by| (-EAST..=EAST).map(move |along| (north + by, east + along)));
        let there = around.filter_map(|square| self.squares.get(&square)).flatten();
        there.filter(move |one| distance_m(one.place, place) <= self.within_m).copied()
    }

    fn square(&self, place: Coordinates) -> (i32, i32) {
        let side_e7 = i32::try_from(self.within_m * METRE_E7).unwrap_or(i32::MAX).max(1);
        (place.lat_e7().div_euclid(side_e7), place.lon_e7().div_euclid(side_e7))
    }
}

const fn place_of(about: &About) -> Option<Coordinates> {
    match about {
        About::Place(place) => Some(*place),
        About::Vehicle(_) | About::Lender(_) | About::Group(_) => None,
    }
}

/// Most places are out of reach by their latitude already, which costs no great circle.
fn is_near(about: &About, place: Coordinates, within_m: u32) -> bool {
    place_of(about).is_some_and(|other| {
        let may_be = other.lat_e7().abs_diff(place.lat_e7()) <= within_m * METRE_E7;
        may_be && distance_m(other, place) <= within_m
    })
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A little more than a metre from south to north, in 1e-7 degrees.
const METRE_E7: u32 = 100;
/// Squares to the east and west that are within reach up to 70 degrees north, where they are a third as wide.
const EAST: i32 = 3;
/// A hidden device reports once a day; one that missed its hour is still there [P].
const HEARD_MS_MAX: Millis = 48 * 3_600_000;
/// Cars come to a lot and leave it each day: staff who looked at it are not asked again for a week [P].
const VERDICT_MS: Millis = 7 * 24 * 3_600_000;
/// Alerts that have ended are remembered for so long [P].
const REMEMBERED_MS: Millis = 30 * 24 * 3_600_000;
