//! OVERDUE_MOVED: an overdue vehicle left the place where it stood.
//!
//! Shape: the departure that the state remembers in, onset, phase and proof out. Episode: when it left.
//! Units: metres, journal time. Errors: none. Source: `domain.md` §3b.

use super::definition::{Definition, Look, Onset, Phase, Proof, since};
use super::gate::Demand;
use crate::VehicleState;
use crate::belief::RADIUS_M;
use crate::geometry::distance_m;
use crate::motion::{Departure, Motion, Parked};
use crate::rule_set::Thresholds;
use model::alert::{Notice, Rejected};
use model::{Alert, Finding, Millis, Rule, Severity, Timestamp};

pub(super) struct OverdueMoved;

impl Definition for OverdueMoved {
    fn rule(&self) -> Rule {
        Rule::OverdueMoved
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let set = &thresholds.overdue_moved;
        format!(
            "a vehicle {} or more days past due ({} of a repeat defaulter, {} under special attention or with contact lost) leaves the \
             place where it stood; not again within {} h; over when it has stood for {} min",
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

    /// A departure that is under way. One of a trip that is over, or long unseen, is history.
    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let departure = departure(look.state)?;
        let finding = Finding::Moved {
            anchor: departure.anchor,
            parked_since: departure.parked_since,
            left_at: departure.left_at,
            distance_m: departure.distance_m,
            threshold_m: departure.threshold_m,
            speed_max_tenths_kmh: departure.speed_max_tenths_kmh,
            score: departure.score(),
            destination: None,
        };
        is_under_way(look, departure).then_some(since(departure.left_at, finding))
    }

    fn phase(&self, look: &Look<'_>, _: &Alert) -> Phase {
        if over_at(look).is_some_and(|over_at| look.is_past(over_at)) {
            return Phase::Over;
        }
        let under_way = departure(look.state).is_some_and(|departure| is_under_way(look, departure));
        if under_way { Phase::Holds } else { Phase::Between }
    }

    /// Now, if the car was dormant, the loan is severely overdue or nobody reaches the borrower.
    fn severity(&self, look: &Look<'_>, finding: &Finding) -> Severity {
        let woke_up = match finding {
            Finding::Moved { parked_since, left_at, .. } => {
                left_at.since(*parked_since) >= look.thresholds().overdue_moved.dormant_ms()
            }
            _ => false,
        };
        if woke_up || look.gate.contact_is_lost() || look.gate.is_severe() {
            Severity::P1
        } else {
            look.raised(Severity::P2)
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
        if alert.cleared_at.is_none() { over_at(look) } else { None }
    }

    fn figures(&self, look: &Look<'_>) -> Option<String> {
        Some(match &look.state.motion {
            Motion::Unknown { .. } => "too few fixes to say whether it stands or moves".to_owned(),
            Motion::Parked(parked) => standing(look, parked),
            Motion::Moving { departure: None, .. } => {
                "first seen under way: where it stood before is not known".to_owned()
            }
            Motion::Moving { departure: Some(departure), .. } => leaving(look, departure),
        })
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
    format!("stands since {since}, {moving}; {seen}")
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

fn departure(state: &VehicleState) -> Option<&Departure> {
    state.motion.departure()
}

fn is_under_way(look: &Look<'_>, departure: &Departure) -> bool {
    let seen_at = look.state.last.map_or(departure.left_at, |last| last.at.max(departure.left_at));
    look.facts.now.since(seen_at) <= look.thresholds().overdue_moved.recent_max_ms()
}
