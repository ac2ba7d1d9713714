//! DWELL_UNKNOWN: an overdue vehicle has stood for a day at a place where it usually does not.
//!
//! Shape: the parking place and the usual ones in. Episode: since when it stands. Units: hours, of which those of the night count
//! double. Errors: none. Source: `domain.md` §3b.

use super::definition::{Definition, Look, Onset, Phase, over_if, since};
use super::gate::Demand;
use super::immobile::lives;
use crate::local_time::weighs_at;
use crate::rule_set::{Thresholds, hours};
use model::alert::AlertState;
use model::{Alert, Coordinates, Finding, Rule, Severity, Timestamp};

pub(super) struct DwellUnknown;

impl Definition for DwellUnknown {
    fn rule(&self) -> Rule {
        Rule::DwellUnknown
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let set = &thresholds.dwell_unknown;
        format!(
            "a vehicle {} or more days past due stands for {} h, those between 00 and 06 counted double, at a place where it \
             has not been for {} nights or {} days; once for each place; over when it leaves, or the place has become a usual \
             one",
            set.dpd_min, set.hours, thresholds.habits.nights_min, thresholds.habits.days_min
        )
    }

    fn demand(&self, look: &Look<'_>) -> Demand {
        Demand::PastDue(look.thresholds().dwell_unknown.dpd_min)
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let (stood, place) = (look.state.parked_since()?, look.state.motion.anchor()?);
        let is_long = look.is_past(self.starts_at(look)?);
        let finding =
            Finding::StaysElsewhere { place, since: stood, nearest_usual_m: nearest_m(look, place) };
        (is_long && lives(look) && !was_told_of(look, place)).then_some(since(stood, finding))
    }

    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase {
        let Finding::StaysElsewhere { place, .. } = alert.explanation.finding else { return Phase::Between };
        let is_usual = look.state.motion.anchor().is_some_and(|place| is_usual(look, place));
        over_if(look.has_left(place, alert.episode) || is_usual)
    }

    fn severity(&self, _: &Look<'_>, _: &Finding) -> Severity {
        Severity::P3
    }

    fn starts_at(&self, look: &Look<'_>) -> Option<Timestamp> {
        let (stood, place) = (look.state.parked_since()?, look.state.motion.anchor()?);
        let is_unknown = look.knows_its_habits() && !is_usual(look, place);
        is_unknown.then(|| weighs_at(stood, place, hours(look.thresholds().dwell_unknown.hours)))
    }

    fn figures(&self, look: &Look<'_>) -> String {
        let (Some(stood), Some(place)) = (look.state.parked_since(), look.state.motion.anchor()) else {
            return "it does not stand".to_owned();
        };
        let Some(told_at) = self.starts_at(look) else {
            let why = if look.knows_its_habits() {
                "at a usual place"
            } else {
                "and its usual places are not known yet"
            };
            return format!("it has stood since {stood}, {why}");
        };
        let nearest = nearest_m(look, place)
            .map_or_else(String::new, |m| format!(" {m} m from the nearest usual place"));
        format!("it has stood{nearest} since {stood}, which is long enough from {told_at} on")
    }
}

/// From before the arrears, or learned since: ten nights make a place known.
fn is_usual(look: &Look<'_>, place: Coordinates) -> bool {
    look.usual().any(|known| known.reaches(place))
}

fn nearest_m(look: &Look<'_>, place: Coordinates) -> Option<u32> {
    look.usual().map(|known| known.distance_m(place)).min()
}

/// The last alert that ended was of this very place: it is told once.
fn was_told_of(look: &Look<'_>, place: Coordinates) -> bool {
    look.facts.alerts.iter().any(|alert| match (&alert.explanation.finding, &alert.state) {
        (Finding::StaysElsewhere { place: told, .. }, AlertState::Closed { .. }) => {
            crate::geometry::distance_m(*told, place) <= crate::belief::RADIUS_M
        }
        _ => false,
    })
}
