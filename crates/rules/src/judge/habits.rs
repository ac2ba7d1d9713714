//! HABIT_BREAK and HABIT_REPLACED: the vehicle is no longer where it usually was.
//!
//! A vehicle whose loan is in arrears is held against its places from before them.
//!
//! Shape: the usual places and the dwell of the last ten days in. Episodes: the last visit; the first day of the first new place.
//! Units: days, percent of the dwell. Errors: none. Source: `domain.md` §3b; constants marked [P] are ours.

use super::definition::{Definition, Look, Onset, Phase, over_if, since};
use super::examine::span;
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
            "it moves, and has been at none of its usual places for {} days, in arrears at none of those from before them; for \
             the log unless past due; over by a visit; not again within {} days",
            set.days, set.cool_down_days
        )
    }

    fn demand(&self, _: &Look<'_>) -> Demand {
        Demand::Collateral
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        if !is_seen(look) {
            return None;
        }
        let (last, left_at) = last_visited(look).filter(|_| look.knows_its_habits())?;
        let usual = u32::try_from(look.accustomed().count()).unwrap_or(u32::MAX);
        let frozen_at = look.frozen().map(|frozen| frozen.at);
        let finding = Finding::Unvisited { place: last.centre, since: left_at, usual, frozen_at };
        let is_long = look.is_past(left_at.plus(days(look.thresholds().habit_break.days)));
        let moves = look.places()?.until > left_at;
        (is_long && moves && !visits(look)).then_some(since(left_at, finding))
    }

    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase {
        let visited = last_visited(look).is_some_and(|(_, left_at)| left_at > alert.episode);
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
        Some(last_visited(look)?.1.plus(days(look.thresholds().habit_break.days)))
    }

    fn figures(&self, look: &Look<'_>) -> String {
        let counts = look.thresholds().habit_break.days;
        match last_visited(look).filter(|_| look.knows_its_habits()) {
            None => "its usual places are not known yet".to_owned(),
            Some(_) if visits(look) => "it stands at a usual place".to_owned(),
            Some((_, left_at)) if is_seen(look) => {
                format!("it was at a usual place last at {left_at}; {counts} days count")
            }
            Some(_) => format!("it was not seen within {}", span(SEEN_MS_MAX)),
        }
    }
}

/// The usual place that it left last, and when.
fn last_visited<'a>(look: &'a Look<'_>) -> Option<(&'a Known, Timestamp)> {
    look.accustomed().map(|known| (known, look.last_at(known))).max_by_key(|(_, left_at)| *left_at)
}

/// It stands at a usual place.
fn visits(look: &Look<'_>) -> bool {
    look.state.motion.anchor().is_some_and(|place| look.accustomed().any(|known| known.reaches(place)))
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
            "of the last ten days it stood less than {} % at its usual places and {} % or more at places of the last {} days; in \
             arrears those from before them count, and all that became known since is new; not again within {} days; staff end it",
            set.old_below_percent, set.new_percent_min, set.new_days, set.cool_down_days
        )
    }

    fn demand(&self, _: &Look<'_>) -> Demand {
        Demand::Collateral
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        if !is_seen(look) {
            return None;
        }
        let shares = Shares::of(look, look.places()?)?;
        let set = &look.thresholds().habit_replaced;
        let is_so = shares.old_percent < set.old_below_percent && shares.new_percent >= set.new_percent_min;
        let finding = Finding::Replaced {
            place: shares.place,
            since: shares.since,
            new_percent: shares.new_percent,
            old_percent: shares.old_percent,
            frozen_at: look.frozen().map(|frozen| frozen.at),
        };
        is_so.then_some(since(shares.since, finding))
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

    fn figures(&self, look: &Look<'_>) -> String {
        let set = &look.thresholds().habit_replaced;
        let Some(shares) = look.places().and_then(|places| Shares::of(look, places)) else {
            return format!(
                "of the last ten days it was seen to stand for less than {}, or at no usual or at no new place",
                span(DWELL_MS_MIN)
            );
        };
        let Shares { old_percent, new_percent, .. } = shares;
        format!(
            "of the last ten days {old_percent} % at its usual places, {new_percent} % at new ones; less than {} % and {} % count",
            set.old_below_percent, set.new_percent_min
        )
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
        if whole_ms < DWELL_MS_MIN {
            return None;
        }
        let is_new = |known: &&Known| is_new(look, places, known);
        let percent = |dwell_ms: Millis| u32::try_from(dwell_ms * 100 / whole_ms).unwrap_or(100);
        let is_old = |known: &&Known| is_accustomed(look, known) && !is_new(known);
        if look.frozen().is_none() {
            places.iter().find(is_old)?;
        }
        let old_percent = percent(places.iter().filter(is_old).map(|known| known.dwell.ms()).sum());
        let new_percent = percent(places.iter().filter(is_new).map(|known| known.dwell.ms()).sum());
        let first = places.iter().filter(is_new).min_by_key(|known| known.first_day)?;
        let most = places.iter().filter(is_new).max_by_key(|known| known.dwell.ms())?;
        let since = local_time::starts_at(first.first_day, first.centre);
        Some(Self { old_percent, new_percent, since, place: most.centre })
    }
}

/// It is one of the places that the vehicle's ways are held against.
fn is_accustomed(look: &Look<'_>, known: &Known) -> bool {
    match look.frozen() {
        Some(_) => look.accustomed().any(|usual| usual.reaches(known.centre)),
        None => look.is_habitual(known),
    }
}

/// It became known lately, or since the loan fell behind if it was none of its usual places by then; not in the first weeks, when
/// all places were new.
fn is_new(look: &Look<'_>, places: &UsualPlaces, known: &Known) -> bool {
    let set = look.thresholds();
    let frozen = look.frozen();
    if frozen.is_some() && is_accustomed(look, known) {
        return false;
    }
    let newest_day = frozen.map_or(places.newest_day(), |frozen| local_time::day(frozen.at, known.centre));
    let within = |days: u32, since: i32, until: i32| i64::from(until) - i64::from(since) < i64::from(days);
    let watched = frozen.map(|frozen| &frozen.places).into_iter().chain([places]);
    let first_days = watched.flat_map(UsualPlaces::iter).map(|known| known.first_day);
    let watched_from = first_days.min().unwrap_or(known.first_day);
    within(set.habit_replaced.new_days, known.first_day, newest_day)
        && !within(set.habits.history_days, watched_from, known.first_day)
}

/// A hidden device reports once a day; one that missed its hour is still seen [P].
const SEEN_MS_MAX: Millis = 48 * 3_600_000;
/// Four of the ten days: a share of less says nothing [P].
const DWELL_MS_MIN: Millis = 4 * 86_400_000;
