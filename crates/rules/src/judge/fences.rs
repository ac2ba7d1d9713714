//! FENCE_IN and FENCE_OUT: a vehicle crossed a border that was drawn for it.
//!
//! Shape: visits in. Episode: the crossing. Units: device time. Errors: none. Source: `domain.md` §3b (two fixes, a buffer,
//! and half an hour against flapping).

use super::definition::{Definition, Look, Onset, Phase, since};
use super::gate::Demand;
use super::watched::Seen;
use crate::areas::Visits;
use crate::rule_set::{Thresholds, minutes};
use model::place::Crossing;
use model::{Alert, Finding, Millis, Place, PlaceKind, Rule, Severity, Timestamp};

/// It is where it is not to be.
pub(super) struct FenceIn;

/// It left where it is to be.
pub(super) struct FenceOut;

impl Definition for FenceIn {
    fn rule(&self) -> Rule {
        Rule::FenceIn
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let flap_min = thresholds.fence.flap_min;
        format!(
            "two fixes within a fence that watches `in`; over when it has been outside for {flap_min} min"
        )
    }

    fn demand(&self, _: &Look<'_>) -> Demand {
        Demand::Collateral
    }

    /// The fence that was entered last.
    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let entered = |(_, place): &(_, &Place)| place.kind == PlaceKind::Fence(Crossing::In);
        let (visit, place) = look.visits().filter(entered).max_by_key(|(visit, _)| visit.since)?;
        let begun = look.grounds()?.begun(visit, flap_ms(look));
        let finding = look.inside(&Seen {
            place,
            since: begun,
            inside_m: visit.deepest_m,
            parked_since: None,
            stays: 0,
        });
        Some(since(begun, finding))
    }

    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase {
        let Some(id) = alert.explanation.finding.place().filter(|id| look.watched(*id).is_some()) else {
            return Phase::Over;
        };
        if look.grounds().is_some_and(|grounds| grounds.at(id).is_some()) {
            return Phase::Holds;
        }
        match over_at_out(look, alert) {
            Some(at) if look.is_past(at) => Phase::Over,
            None if look.was_seen_outside(id) => Phase::Over,
            Some(_) | None => Phase::Between,
        }
    }

    fn severity(&self, _: &Look<'_>, _: &Finding) -> Severity {
        Severity::P3
    }

    fn changes_at(&self, look: &Look<'_>, alert: &Alert) -> Option<Timestamp> {
        over_at_out(look, alert)
    }

    fn figures(&self, look: &Look<'_>) -> String {
        look.is_in(PlaceKind::Fence(Crossing::In)).map_or_else(
            || "it is in no fence that watches `in`".to_owned(),
            |(visit, place)| format!("in {} since {}, {} m inside", place.name, visit.since, visit.deepest_m),
        )
    }
}

impl Definition for FenceOut {
    fn rule(&self) -> Rule {
        Rule::FenceOut
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let flap_min = thresholds.fence.flap_min;
        format!(
            "it left a fence that watches `out`, further than its error and a tenth of the radius (100 m at least); over when it \
             has been inside for {flap_min} min"
        )
    }

    fn demand(&self, _: &Look<'_>) -> Demand {
        Demand::Collateral
    }

    /// The fence that was left last. One that it was never in is none that it left.
    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let grounds = look.grounds()?;
        let is_out = |id| grounds.at(id).is_none();
        let (past, place) = look
            .past_visits()
            .find(|(_, place)| place.kind == PlaceKind::Fence(Crossing::Out) && is_out(place.id))?;
        let left = grounds.left(place.id, flap_ms(look)).unwrap_or(past);
        let finding = Finding::Outside {
            place: place.id,
            name: place.name.clone(),
            since: left.visit.since,
            left_at: left.left_at,
        };
        Some(since(left.left_at, finding))
    }

    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase {
        let Some(id) = alert.explanation.finding.place().filter(|id| look.watched(*id).is_some()) else {
            return Phase::Over;
        };
        match over_at_in(look, alert) {
            None => Phase::Holds,
            Some(at) if look.is_past(at) => Phase::Over,
            Some(_) if look.was_seen_outside(id) => Phase::Holds,
            Some(_) => Phase::Between,
        }
    }

    fn severity(&self, _: &Look<'_>, _: &Finding) -> Severity {
        Severity::P3
    }

    fn changes_at(&self, look: &Look<'_>, alert: &Alert) -> Option<Timestamp> {
        over_at_in(look, alert)
    }

    fn figures(&self, look: &Look<'_>) -> String {
        let watched = PlaceKind::Fence(Crossing::Out);
        let left = || look.past_visits().find(|(_, place)| place.kind == watched);
        match (look.is_in(watched), left()) {
            (Some((visit, place)), _) => format!("in {} since {}", place.name, visit.since),
            (None, Some((past, place))) => format!("it left {} at {}", place.name, past.left_at),
            (None, None) => "it was in no fence that watches `out`".to_owned(),
        }
    }
}

/// When it will have been outside for long enough.
fn over_at_out(look: &Look<'_>, alert: &Alert) -> Option<Timestamp> {
    let (grounds, place) = (look.grounds()?, alert.explanation.finding.place()?);
    let left = if grounds.at(place).is_some() { None } else { newest_left_at(grounds, alert) };
    Some(left?.plus(flap_ms(look)))
}

/// When it will have been inside for long enough.
fn over_at_in(look: &Look<'_>, alert: &Alert) -> Option<Timestamp> {
    let back = look.grounds()?.at(alert.explanation.finding.place()?)?;
    Some(back.since.plus(flap_ms(look)))
}

fn newest_left_at(grounds: &Visits, alert: &Alert) -> Option<Timestamp> {
    grounds.past_of(alert.explanation.finding.place()?).next().map(|past| past.left_at)
}

fn flap_ms(look: &Look<'_>) -> Millis {
    minutes(look.thresholds().fence.flap_min)
}
