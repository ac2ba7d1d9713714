//! HABIT_BREAK and HABIT_REPLACED: the vehicle is no longer where it usually was.
//!
//! Shape: the usual places and the dwell of the last ten days in. Episodes: the last visit; the first day of the first new place.
//! Units: days, percent of the dwell. Errors: none. Source: `domain.md` §3b; constants marked [P] are ours.

use super::definition::{Definition, Look, Onset, Phase, over_if, since};
use super::gate::Demand;
use crate::local_time;
use crate::rule_set::{Thresholds, days};
use crate::usual_places::{Known, UsualPlaces};
use model::{Alert, Finding, Millis, Rule, Severity, Timestamp};

/// None of its usual places any more.
pub(super) struct HabitBreak;

/// Other places in their stead.
pub(super) struct HabitReplaced;

impl Definition for HabitBreak {
    fn rule(&self) -> Rule {
        Rule::HabitBreak
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let set = &thresholds.habit_break;
        format!(
            "it moves, and has been at none of its usual places for {} days; for the log unless past due; over by a visit; not \
             again within {} days",
            set.days, set.cool_down_days
        )
    }

    fn demand(&self, _: &Look<'_>) -> Demand {
        Demand::Collateral
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let last = last_visited(look).filter(|_| look.knows_its_habits())?;
        let usual = u32::try_from(look.habitual().count()).unwrap_or(u32::MAX);
        let finding = Finding::Unvisited { place: last.centre, since: last.last_at, usual };
        let is_long = look.is_past(last.last_at.plus(days(look.thresholds().habit_break.days)));
        let moves = look.places()?.until > last.last_at && is_seen(look);
        (is_long && moves && !visits(look)).then_some(since(last.last_at, finding))
    }

    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase {
        let visited = last_visited(look).is_some_and(|last| last.last_at > alert.episode);
        over_if(visited || visits(look))
    }

    /// Before anything is past due it may be a change of work.
    fn severity(&self, look: &Look<'_>, _: &Finding) -> Severity {
        look.graver_if_overdue(Severity::P4, Severity::P3)
    }

    fn cool_down_ms(&self, thresholds: &Thresholds) -> Millis {
        days(thresholds.habit_break.cool_down_days)
    }

    fn starts_at(&self, look: &Look<'_>) -> Option<Timestamp> {
        Some(last_visited(look)?.last_at.plus(days(look.thresholds().habit_break.days)))
    }
}

/// The usual place that it left last.
fn last_visited<'a>(look: &'a Look<'_>) -> Option<&'a Known> {
    look.habitual().max_by_key(|known| known.last_at)
}

/// It stands at a usual place.
fn visits(look: &Look<'_>) -> bool {
    look.state.motion.anchor().is_some_and(|place| look.habitual_at(place).is_some())
}

/// It was seen lately: where a silent vehicle goes nobody knows.
fn is_seen(look: &Look<'_>) -> bool {
    look.state.last.is_some_and(|last| look.facts.now.since(last.at) <= SEEN_MS_MAX)
}

impl Definition for HabitReplaced {
    fn rule(&self) -> Rule {
        Rule::HabitReplaced
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let set = &thresholds.habit_replaced;
        format!(
            "of the last ten days it stood less than {} % at its usual places and {} % or more at places of the last {} days; \
             not again within {} days; staff end it",
            set.old_below_percent, set.new_percent_min, set.new_days, set.cool_down_days
        )
    }

    fn demand(&self, _: &Look<'_>) -> Demand {
        Demand::Collateral
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let shares = Shares::of(look, look.places()?)?;
        let set = &look.thresholds().habit_replaced;
        let is_so = shares.old_percent < set.old_below_percent && shares.new_percent >= set.new_percent_min;
        let finding = Finding::Replaced {
            place: shares.place,
            since: shares.since,
            new_percent: shares.new_percent,
            old_percent: shares.old_percent,
        };
        (is_so && is_seen(look)).then_some(since(shares.since, finding))
    }

    /// Who drives it now is for staff to find out.
    fn phase(&self, _: &Look<'_>, _: &Alert) -> Phase {
        Phase::Holds
    }

    fn severity(&self, look: &Look<'_>, _: &Finding) -> Severity {
        look.graver_if_overdue(Severity::P3, Severity::P2)
    }

    fn cool_down_ms(&self, thresholds: &Thresholds) -> Millis {
        days(thresholds.habit_replaced.cool_down_days)
    }
}

/// How the dwell of the last ten days is shared between usual places of before and new ones.
struct Shares {
    old_percent: u32,
    new_percent: u32,
    /// The first of the new places became known.
    since: Timestamp,
    /// The one where it stood most.
    place: model::Coordinates,
}

impl Shares {
    /// `None` where it was seen too little, had no usual places before, or has no new one.
    fn of(look: &Look<'_>, places: &UsualPlaces) -> Option<Self> {
        let whole_ms = places.dwell_ms();
        let is_new = |known: &&Known| is_new(look, places, known);
        let percent = |dwell_ms: Millis| u32::try_from(dwell_ms * 100 / whole_ms.max(1)).unwrap_or(100);
        let mut old = look.habitual().filter(|known| !is_new(known)).peekable();
        old.peek()?;
        let old_percent = percent(old.map(|known| known.dwell.ms()).sum());
        let new_percent = percent(places.iter().filter(is_new).map(|known| known.dwell.ms()).sum());
        let first = places.iter().filter(is_new).min_by_key(|known| known.first_day)?;
        let most = places.iter().filter(is_new).max_by_key(|known| known.dwell.ms())?;
        let since = local_time::starts_at(first.first_day, first.centre);
        let shares = Self { old_percent, new_percent, since, place: most.centre };
        (whole_ms >= DWELL_MS_MIN).then_some(shares)
    }
}

/// It became known lately; not in the first weeks, when all places were new.
fn is_new(look: &Look<'_>, places: &UsualPlaces, known: &Known) -> bool {
    let set = look.thresholds();
    let within = |days: u32, since: i32, until: i32| i64::from(until) - i64::from(since) < i64::from(days);
    let watched_from = places.iter().map(|known| known.first_day).min().unwrap_or(known.first_day);
    within(set.habit_replaced.new_days, known.first_day, places.newest_day())
        && !within(set.habits.history_days, watched_from, known.first_day)
}

/// A hidden device reports once a day; one that missed its hour is still seen [P].
const SEEN_MS_MAX: Millis = 48 * 3_600_000;
/// Four of the ten days: a share of less says nothing [P].
const DWELL_MS_MIN: Millis = 4 * 86_400_000;
