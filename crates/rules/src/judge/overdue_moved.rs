//! OVERDUE_MOVED: an overdue vehicle left the place where it stood.
//!
//! Shape: the departure that the state remembers in, onset, phase and proof out. Episode: when it left.
//! Units: metres, journal time. Errors: none. Source: `domain.md` §3b.

use super::Facts;
use super::lifecycle::{Onset, Phase, Proof};
use crate::VehicleState;
use crate::motion::{Departure, Motion};
use model::Timestamp;
use model::alert::{Finding, Rejected};

/// A departure that is under way. One of a trip that is over, or long unseen, is history.
pub(super) fn onset(state: &VehicleState, facts: &Facts<'_>) -> Option<Onset> {
    let departure = departure(state)?;
    is_under_way(state, departure, facts).then_some(Onset {
        episode: departure.left_at,
        event_time: departure.left_at,
        finding: Finding::Moved {
            anchor: departure.anchor,
            parked_since: departure.parked_since,
            left_at: departure.left_at,
            distance_m: departure.distance_m,
            threshold_m: departure.threshold_m,
            speed_max_tenths_kmh: departure.speed_max_tenths_kmh,
        },
    })
}

/// A dormant car woke up.
pub(super) fn is_acute(finding: &Finding, facts: &Facts<'_>) -> bool {
    match finding {
        Finding::Moved { parked_since, left_at, .. } => {
            left_at.since(*parked_since) >= facts.rule_set.overdue_moved().dormant_ms()
        }
        Finding::Silent { .. } => false,
    }
}

pub(super) fn phase(state: &VehicleState, facts: &Facts<'_>) -> Phase {
    if over_at(state, facts).is_some_and(|over_at| over_at <= facts.now) {
        return Phase::Over;
    }
    let under_way = departure(state).is_some_and(|departure| is_under_way(state, departure, facts));
    if under_way { Phase::Holds } else { Phase::Between }
}

/// When the vehicle will have stood for long enough, if it stands.
pub(super) fn over_at(state: &VehicleState, facts: &Facts<'_>) -> Option<Timestamp> {
    Some(state.parked_since()?.plus(facts.rule_set.overdue_moved().parked_close_ms()))
}

pub(super) fn proof(state: &VehicleState) -> Proof {
    let Some(departure) = departure(state) else { return Proof::default() };
    let used = departure.used.iter().filter_map(|seen| state.evidence(seen)).collect();
    let rejected = (departure.rejected.iter())
        .filter_map(|(seen, reason)| Some(Rejected { fix: state.evidence(seen)?, reason: *reason }))
        .collect();
    Proof { used, rejected }
}

fn departure(state: &VehicleState) -> Option<&Departure> {
    match &state.motion {
        Motion::Moving { departure, .. } => departure.as_deref(),
        Motion::Unknown { .. } | Motion::Parked(_) => None,
    }
}

fn is_under_way(state: &VehicleState, departure: &Departure, facts: &Facts<'_>) -> bool {
    let seen_at = state.last.map_or(departure.left_at, |last| last.at.max(departure.left_at));
    facts.now.since(seen_at) <= facts.rule_set.overdue_moved().recent_max_ms()
}
