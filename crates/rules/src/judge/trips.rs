//! TOW and EBIKE_SIGNATURE: how the vehicle moves says what moves it.
//!
//! Shape: the spell with the ignition off, and the last week's speeds, in. Units: km/h, device time. Errors: none.
//! Source: `domain.md` §3b.

use super::definition::{Definition, Look, Onset, Phase, over_if, since};
use super::gate::Demand;
use crate::motion::TOWED_TENTHS_KMH;
use crate::rule_set::{Thresholds, days, hours, minutes};
use crate::trips::Towing;
use model::alert::Notice;
use model::{Alert, Finding, Millis, Rule, Severity, Timestamp};

pub(super) struct Tow;

pub(super) struct EbikeSignature;

impl Definition for Tow {
    fn rule(&self) -> Rule {
        Rule::Tow
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let set = &thresholds.tow;
        format!(
            "it moves for {} s with its ignition off; over when it has stood for {} min",
            set.for_s, set.parked_close_min
        )
    }

    fn demand(&self, _: &Look<'_>) -> Demand {
        Demand::Collateral
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let Towing { anchor, since: begin, last_at, place, speed_max_tenths_kmh } =
            **look.state.towing.as_ref()?;
        let long_ms = Millis::from(look.thresholds().tow.for_s) * 1000;
        let finding = Finding::Towed { anchor, since: begin, place, speed_max_tenths_kmh, destination: None };
        let is_recent = over_at(look).is_some_and(|at| !look.is_past(at));
        (last_at.since(begin) >= long_ms && is_recent).then_some(since(begin, finding))
    }

    fn phase(&self, look: &Look<'_>, _: &Alert) -> Phase {
        match over_at(look) {
            Some(at) if look.is_past(at) => Phase::Over,
            Some(_) if self.onset(look).is_some() => Phase::Holds,
            Some(_) | None => Phase::Between,
        }
    }

    /// Another creditor, perhaps.
    fn severity(&self, look: &Look<'_>, _: &Finding) -> Severity {
        look.graver_if_overdue(Severity::P2, Severity::P1)
    }

    /// Where it was parked, and what kind of place that is. One that is out of sight has no destination, and where one went that
    /// was started under way is no tow's.
    fn ended(&self, look: &Look<'_>, alert: &Alert) -> Option<Finding> {
        let place = look.state.motion.anchor().filter(|_| look.state.towing.is_some())?;
        let mut finding = alert.explanation.finding.clone();
        let Finding::Towed { destination, .. } = &mut finding else { return None };
        *destination = Some(look.destination(place));
        Some(finding)
    }

    /// As of the car's own trips.
    fn same_event_ms(&self, thresholds: &Thresholds) -> Millis {
        thresholds.overdue_moved.cool_down_ms()
    }

    /// A car that goes on after a stop is on the same trip.
    fn resumed(&self) -> Option<Notice> {
        None
    }

    fn changes_at(&self, look: &Look<'_>, alert: &Alert) -> Option<Timestamp> {
        if alert.cleared_at.is_none() { over_at(look) } else { None }
    }

    fn figures(&self, look: &Look<'_>) -> String {
        let (least, counts) = (TOWED_TENTHS_KMH / 10, look.thresholds().tow.for_s);
        look.state.towing.as_ref().map_or_else(
            || format!("it was not at {least} km/h with its ignition off"),
            |towing| {
                let Towing { since, last_at, speed_max_tenths_kmh: speed, .. } = **towing;
                format!(
                    "with its ignition off from {since} to {last_at}, at up to {} km/h; {counts} s count",
                    speed / 10
                )
            },
        )
    }
}

fn today(look: &Look<'_>) -> u8 {
    look.state.habits().map_or(0, |habits| habits.week.today())
}

/// When it will have stood for long enough, or been out of sight for too long.
fn over_at(look: &Look<'_>) -> Option<Timestamp> {
    let (state, thresholds) = (look.state, look.thresholds());
    if let Some(parked_since) = state.parked_since() {
        return Some(parked_since.plus(minutes(thresholds.tow.parked_close_min)));
    }
    let towed_at = state.towing.as_ref().map(|towing| towing.last_at);
    let seen_at = towed_at.or(state.last.map(|last| last.at))?;
    Some(seen_at.plus(hours(thresholds.overdue_moved.recent_max_h)))
}

impl Definition for EbikeSignature {
    fn rule(&self) -> Rule {
        Rule::EbikeSignature
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let set = &thresholds.ebike;
        format!(
            "it moved on each of seven days and never at {} km/h; over above {} km/h; not again within {} days",
            set.slower_than_kmh, set.close_over_kmh, set.cool_down_days
        )
    }

    fn demand(&self, _: &Look<'_>) -> Demand {
        Demand::Collateral
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let (fastest, first) = look.state.habits()?.week.full()?;
        let fastest = fastest.max(today(look));
        let is_slow = u32::from(fastest) < look.thresholds().ebike.slower_than_kmh;
        let finding = Finding::Slow { since: first, speed_max_kmh: fastest.into() };
        is_slow.then_some(since(first, finding))
    }

    fn phase(&self, look: &Look<'_>, _: &Alert) -> Phase {
        over_if(u32::from(today(look)) > look.thresholds().ebike.close_over_kmh)
    }

    fn severity(&self, _: &Look<'_>, _: &Finding) -> Severity {
        Severity::P3
    }

    fn cool_down_ms(&self, thresholds: &Thresholds) -> Millis {
        days(thresholds.ebike.cool_down_days)
    }

    fn figures(&self, look: &Look<'_>) -> String {
        let slower = look.thresholds().ebike.slower_than_kmh;
        let week = look.state.habits().and_then(|habits| habits.week.full());
        week.map_or_else(
            || "it did not move on each of seven days".to_owned(),
            |(fastest, first)| {
                let fastest = fastest.max(today(look));
                format!("at most {fastest} km/h since {first}; less than {slower} km/h count")
            },
        )
    }
}
