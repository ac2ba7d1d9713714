//! OVERDUE_MOVED: an overdue vehicle left the place where it stood.
//!
//! Shape: the departure that the state remembers in, onset, phase and proof out. Episode: when it left.
//! Units: metres, journal time. Errors: none. Source: `domain.md` §3b.

use super::definition::{Definition, Look, Onset, Phase, Proof, over_if, since};
use super::gate::Demand;
use super::regions::has_crossed;
use crate::VehicleState;
use crate::belief::RADIUS_M;
use crate::geometry::distance_m;
use crate::motion::{Departure, Motion, Parked};
use crate::rule_set::Thresholds;
use model::alert::{Notice, Rejected};
use model::finding::Destination;
use model::{Alert, AlertState, Coordinates, Finding, Millis, Rule, Severity, Timestamp};

pub(super) struct OverdueMoved;

impl Definition for OverdueMoved {
    fn rule(&self) -> Rule {
        Rule::OverdueMoved
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let set = &thresholds.overdue_moved;
        format!(
            "a vehicle {} or more days past due ({} of a repeat defaulter and where the policy is to press, {} under special attention or \
             with contact lost) leaves the place where it stood; not again within {} h, unless it is graver than before, goes to another \
             region or parks where it usually does not; over when it has stood for {} min",
            set.dpd_min,
            set.dpd_min_repeat,
            thresholds.loan.attention_dpd_min,
            set.cool_down_h,
            set.parked_close_min
        )
    }

    fn demand(&self, look: &Look<'_>) -> Demand {
        let moved = &look.thresholds().overdue_moved;
        Demand::PastDue(look.gate.dpd_min(moved.dpd_min, moved.dpd_min_repeat))
    }

    /// A departure that is under way. One of a trip that is over, or long unseen, is history, unless it was not told and ended
    /// where the vehicle is not known.
    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let Some(departure) = departure(look.state) else {
            return arrival(look).filter(|arrival| look.is_past(arrival.settled_at)).map(arrived);
        };
        let finding = Finding::Moved {
            anchor: departure.anchor,
            parked_since: departure.parked_since,
            left_at: departure.left_at,
            distance_m: departure.distance_m,
            threshold_m: departure.threshold_m,
            speed_max_tenths_kmh: departure.speed_max_tenths_kmh,
            score: departure.score(look.state),
            destination: None,
        };
        is_under_way(look, departure).then_some(since(departure.left_at, finding))
    }

    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase {
        if let Finding::Arrived { since, destination, .. } = alert.explanation.finding {
            let is_old = look.is_past(stale_at(look, alert));
            return over_if(is_old || look.has_left(destination.place, since));
        }
        if over_at(look).is_some_and(|over_at| look.is_past(over_at)) {
            return Phase::Over;
        }
        let under_way = departure(look.state).is_some_and(|departure| is_under_way(look, departure));
        if under_way { Phase::Holds } else { Phase::Between }
    }

    /// Now, if the car was dormant, the loan is severely overdue or nobody reaches the borrower. Where the lender's policy is
    /// not to press it may wait, unless it is severe or nobody reaches the borrower.
    fn severity(&self, look: &Look<'_>, finding: &Finding) -> Severity {
        let woke_up = match finding {
            Finding::Moved { parked_since, left_at, .. } => {
                left_at.since(*parked_since) >= look.thresholds().overdue_moved.dormant_ms()
            }
            _ => false,
        };
        match () {
            () if look.gate.contact_is_lost() || look.gate.is_severe() => Severity::P1,
            () if woke_up => look.eased(Severity::P1),
            () => look.eased(look.raised(Severity::P2)),
        }
    }

    fn proof(&self, state: &VehicleState) -> Proof {
        let Some(departure) = departure(state) else { return Proof::default() };
        let used = departure.used.iter().filter_map(|seen| state.evidence(seen)).collect();
        let rejected = (departure.rejected.iter())
            .filter_map(|(seen, reason)| Some(Rejected { fix: state.evidence(seen)?, reason: *reason }))
            .collect();
        Proof { used, rejected }
    }

    fn cool_down_ms(&self, thresholds: &Thresholds) -> Millis {
        thresholds.overdue_moved.cool_down_ms()
    }

    /// A new place, or a new region.
    fn defies_cool_down(&self, look: &Look<'_>, finding: &Finding, ended: &Alert) -> bool {
        match finding {
            Finding::Arrived { .. } => true,
            Finding::Moved { left_at, .. } => has_crossed(look, *left_at, ended.opened_at),
            _ => false,
        }
    }

    fn starts_at(&self, look: &Look<'_>) -> Option<Timestamp> {
        arrival(look).map(|arrival| arrival.settled_at)
    }

    /// Where it parked again, and what kind of place that is. One that is out of sight has no destination.
    fn ended(&self, look: &Look<'_>, alert: &Alert) -> Option<Finding> {
        let place = look.state.motion.anchor()?;
        let mut finding = alert.explanation.finding.clone();
        let Finding::Moved { destination, .. } = &mut finding else { return None };
        *destination = Some(look.destination(place));
        Some(finding)
    }

    /// A car that goes on after a stop is on the same trip.
    fn resumed(&self) -> Option<Notice> {
        None
    }

    fn changes_at(&self, look: &Look<'_>, alert: &Alert) -> Option<Timestamp> {
        match alert.explanation.finding {
            Finding::Arrived { .. } => Some(stale_at(look, alert)),
            _ if alert.cleared_at.is_none() => over_at(look),
            _ => None,
        }
    }

    fn figures(&self, look: &Look<'_>) -> String {
        match &look.state.motion {
            Motion::Unknown { .. } => "too few fixes to say whether it stands or moves".to_owned(),
            Motion::Parked(parked) => standing(look, parked),
            Motion::Moving { departure: None, .. } => {
                "first seen under way: where it stood before is not known".to_owned()
            }
            Motion::Moving { departure: Some(departure), .. } => leaving(look, departure),
        }
    }
}

fn standing(look: &Look<'_>, parked: &Parked) -> String {
    let (since, away) = (parked.stop.since, parked.fixes_away());
    let last = look.state.last.map(|last| distance_m(parked.stop.centre, last.coordinates));
    let seen = last
        .map_or_else(|| "not seen".to_owned(), |metres| format!("last seen {metres} m of {RADIUS_M} m away"));
    let moving = match away {
        0 => "not moving".to_owned(),
        fixes => format!("{fixes} of its last fixes are away, and show no driving yet"),
    };
    format!("stands since {since}, {moving}; {seen}{}", only_cells(look).unwrap_or_default())
}

/// Reports without a satellite fix may bring cells: those prove life and region, never a movement.
fn only_cells(look: &Look<'_>) -> Option<String> {
    let (terminal, _) = look.state.latest(|terminal| terminal.live_at)?;
    let (fixed_at, live_at) = (terminal.fixed_at?, terminal.live_at?);
    let long = live_at.since(fixed_at) > UNFIXED_MS_MAX;
    long.then(|| format!("; no satellite fix from {fixed_at} to {live_at}, and cells show no movement"))
}

fn leaving(look: &Look<'_>, departure: &Departure) -> String {
    let Departure { left_at, distance_m, threshold_m, .. } = departure;
    let left = format!("left at {left_at}, {distance_m} m of {threshold_m} m away");
    if is_under_way(look, departure) {
        return left;
    }
    let hours = look.thresholds().overdue_moved.recent_max_h;
    format!("{left}; not seen for more than {hours} h since: history")
}

/// When the vehicle will have stood for long enough, if it stands.
fn over_at(look: &Look<'_>) -> Option<Timestamp> {
    Some(look.state.parked_since()?.plus(look.thresholds().overdue_moved.parked_close_ms()))
}

/// A trip that fell into the cool-down of another, and where it ended.
#[derive(Clone, Copy)]
struct Arrival {
    anchor: Coordinates,
    left_at: Timestamp,
    since: Timestamp,
    destination: Destination,
    /// When it has stood there for long enough.
    settled_at: Timestamp,
}

/// The last trip, by the end of the last stay, where it ended at none of its usual places and at none that was told.
fn arrival(look: &Look<'_>) -> Option<Arrival> {
    let told = last_told(look)?;
    let (place, since) = look.state.stands()?;
    let set = &look.thresholds().overdue_moved;
    let settled_at = since.plus(set.parked_close_ms());
    // Asked first: what follows needs the usual places.
    if look.is_past(settled_at.plus(set.recent_max_ms())) || was_told_of(told, place) {
        return None;
    }
    let places = look.places()?;
    let left_at = places.until;
    if left_at <= told.episode || left_at >= told.opened_at.plus(set.cool_down_ms()) {
        return None;
    }
    let anchor = places.iter().find(|known| known.last_at == left_at)?.centre;
    let destination = look.destination(place);
    let is_news = destination.usual == Some(false) && distance_m(anchor, place) > RADIUS_M;
    is_news.then_some(Arrival { anchor, left_at, since, destination, settled_at })
}

fn arrived(arrival: Arrival) -> Onset {
    let Arrival { anchor, left_at, since, destination, .. } = arrival;
    let distance_m = distance_m(anchor, destination.place);
    let finding = Finding::Arrived { anchor, left_at, distance_m, since, destination };
    Onset { episode: left_at, event_time: since, finding }
}

/// The last alert of this rule, if it has ended and was not taken back.
fn last_told<'a>(look: &Look<'a>) -> Option<&'a Alert> {
    let of_rule = look.facts.alerts.iter().filter(|alert| alert.rule == Rule::OverdueMoved);
    let newest = of_rule.max_by_key(|alert| (alert.opened_at, alert.episode));
    newest.filter(|alert| matches!(alert.state, AlertState::Closed { .. }))
}

/// The alert is of a trip from there, or to there.
fn was_told_of(told: &Alert, place: Coordinates) -> bool {
    let (from, to) = match &told.explanation.finding {
        Finding::Moved { anchor, destination, .. } => (Some(*anchor), *destination),
        Finding::Arrived { anchor, destination, .. } => (Some(*anchor), Some(*destination)),
        _ => (None, None),
    };
    let of_trip = from.into_iter().chain(to.map(|destination| destination.place));
    of_trip.into_iter().any(|told| distance_m(told, place) <= RADIUS_M)
}

/// When it is told for long enough that a car stands where it is not known.
fn stale_at(look: &Look<'_>, alert: &Alert) -> Timestamp {
    alert.opened_at.plus(look.thresholds().overdue_moved.cool_down_ms())
}

fn departure(state: &VehicleState) -> Option<&Departure> {
    state.motion.departure()
}

fn is_under_way(look: &Look<'_>, departure: &Departure) -> bool {
    let seen_at = look.state.last.map_or(departure.left_at, |last| last.at.max(departure.left_at));
    look.facts.now.since(seen_at) <= look.thresholds().overdue_moved.recent_max_ms()
}

/// A tunnel, or a bad quarter [P].
const UNFIXED_MS_MAX: Millis = 10 * 60_000;
