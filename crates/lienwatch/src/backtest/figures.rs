//! The figures of each rule: how many, how often, how late, and what staff said of them.
//!
//! Shape: a run, a window and what is known to be true in, [`Figures`] of each rule that raised anything out. Units: in each name.
//! Source: `domain.md` §8 (back-test metrics).

use super::run::{Run, Tale, overlap, span};
use super::truth::{Truth, share};
use crate::exit::{Exit, Failure};
use anyhow::Result;
use model::{About, AlertId, AlertState, CloseReason, Millis, Rule, Timestamp, VehicleId};
use rules::Share;
use serde::Serialize;
use std::collections::BTreeSet;
use store::{Store, VERDICTS_MAX};

/// Which alerts are counted, and among how many vehicles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Window {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) vehicles: usize,
}

/// A rule's figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Figures {
    pub(super) rule: Rule,
    /// Raised, told or not.
    pub(super) alerts: u32,
    /// Of those, told to people.
    told: u32,
    /// None of a window shorter than a day: what it has is no rate.
    per_day: Option<f64>,
    per_100_vehicles_day: Option<f64>,
    vehicles: u32,
    /// From the event to the alert.
    delay_s_median: Option<Millis>,
    /// The share that was taken back.
    withdrawn: f64,
    confirmed: u32,
    false_alarm: u32,
    unclear: u32,
    /// By whose word the shares are: a file's, where it says what is true of this rule, else staff's.
    truth: Word,
    /// Right, of those of which that is known.
    pub(super) precision: Option<f64>,
    precision_n: u32,
    /// Where it lies, in 95 of 100 such cases.
    pub(super) precision_from: Option<f64>,
    pub(super) precision_to: Option<f64>,
    /// Raised, of those that are known to be right. By staff's word: of what was raised live and confirmed.
    pub(super) recall: Option<f64>,
    recall_n: u32,
    pub(super) recall_from: Option<f64>,
    pub(super) recall_to: Option<f64>,
}

/// Whose word it is that something is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Staff,
    File,
}

/// What is known to be true.
pub(super) struct Known<'a> {
    pub(super) verdicts: &'a [Verdict],
    pub(super) truth: Option<&'a Truth>,
}

/// What staff said of an alert that was raised live.
pub(super) struct Verdict {
    alert: AlertId,
    about: About,
    rule: Rule,
    opened_at: Timestamp,
    span: (Timestamp, Timestamp),
    reason: CloseReason,
}

impl Verdict {
    /// It is of this very alert, or of one of the same event.
    fn is_of(&self, tale: &Tale, until: Timestamp) -> bool {
        self.alert == tale.alert.id || self.is_near(tale, until)
    }

    /// It is of one that the same rule raised live of the same event.
    fn is_near(&self, tale: &Tale, until: Timestamp) -> bool {
        let alert = &tale.alert;
        self.about == alert.about && self.rule == alert.rule && overlap(self.span, tale.span(until))
    }
}

/// Every verdict of staff; of the newest alerts, where there are more than the store gives at once.
pub(super) async fn verdicts(store: &Store) -> Result<Vec<Verdict>> {
    let closed = store.verdicts().await?;
    if closed.len() >= VERDICTS_MAX {
        eprintln!("only the newest {VERDICTS_MAX} verdicts of staff are counted");
    }
    let verdicts = closed.into_iter().filter_map(|alert| {
        let (reason, at) = match &alert.state {
            AlertState::Closed { reason, at, .. } if *reason != CloseReason::ConditionOver => (*reason, *at),
            _ => return None,
        };
        let (about, rule, span) = (alert.about.clone(), alert.rule, span(&alert, at));
        Some(Verdict { alert: alert.id, about, rule, opened_at: alert.opened_at, span, reason })
    });
    Ok(verdicts.collect())
}

/// Fails where nothing is stored between two times; asked before a replay, which takes a while.
pub(super) async fn check_window(
    store: &Store,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Result<()> {
    let (begin, place) = (store.history_begin().await?, store.place().await?);
    let Some((begin, (_, mark))) = begin.zip(place) else { return Ok(()) };
    narrowed((begin.at, mark.applied_at), from, to).map(drop)
}

/// The part of what is stored that is wanted.
fn narrowed(
    (begin, end): (Timestamp, Timestamp),
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Result<(Timestamp, Timestamp)> {
    let behind = end.plus(1);
    let (first, last) = (from.unwrap_or(begin).max(begin), to.unwrap_or(behind).min(behind));
    if first < last {
        return Ok((first, last));
    }
    let message = format!(
        "nothing is stored between {} and {}: what is stored goes from {begin} to {end}",
        from.unwrap_or(first),
        to.unwrap_or(last)
    );
    Err(Failure::error(Exit::NotFound, message))
}

impl Window {
    /// All of a run, or a part of it.
    pub(super) fn of(from: Option<Timestamp>, to: Option<Timestamp>, run: &Run) -> Result<Self> {
        let (from, to) = narrowed((run.past.begins_at, run.ends_at), from, to)?;
        Ok(Self { from, to, vehicles: run.past.replay.vehicles().len() })
    }

    pub(super) fn has(&self, tale: &Tale) -> bool {
        self.holds(tale.alert.opened_at)
    }

    /// Whether a moment is within it.
    fn holds(&self, at: Timestamp) -> bool {
        (self.from..self.to).contains(&at)
    }

    /// Its length.
    pub(super) fn days(&self) -> f64 {
        let minutes = u32::try_from(self.to.since(self.from) / MINUTE_MS).unwrap_or(u32::MAX);
        f64::from(minutes) / MINUTES_PER_DAY
    }
}

/// Of each rule that raised anything within the window, or should have, in the order of the codes.
pub(super) fn figures(run: &Run, window: Window, known: &Known<'_>) -> Vec<Figures> {
    let of_rule = |rule: &Rule| {
        let tales = run.tales.values().filter(|tale| tale.alert.rule == *rule && window.has(tale));
        let (tales, recall) = (tales.collect::<Vec<&Tale>>(), recall(*rule, run, window, known));
        (!tales.is_empty() || recall.of > 0).then(|| of((*rule, &tales, recall), window, known, run.ends_at))
    };
    Rule::ALL.iter().filter_map(of_rule).collect()
}

fn recall(rule: Rule, run: &Run, window: Window, known: &Known<'_>) -> Share {
    if let Some(truth) = known.truth.filter(|truth| truth.is_of(rule)) {
        return truth.recall(rule, |at| window.holds(at), (run.tales.values(), run.ends_at));
    }
    let right = known.verdicts.iter().filter(|verdict| {
        verdict.rule == rule && verdict.reason == CloseReason::Confirmed && window.holds(verdict.opened_at)
    });
    share(right.map(|verdict| run.tales.values().any(|tale| verdict.is_of(tale, run.ends_at))))
}

fn of(
    (rule, tales, recall): (Rule, &[&Tale], Share),
    window: Window,
    known: &Known<'_>,
    until: Timestamp,
) -> Figures {
    let said = Said { verdicts: known.verdicts, until };
    let alerts = count(tales, |_| true);
    let vehicles: BTreeSet<VehicleId> = tales.iter().filter_map(|tale| tale.alert.about.vehicle()).collect();
    let withdrawn = count(tales, |tale| matches!(tale.alert.state, AlertState::Withdrawn { .. }));
    let [confirmed, false_alarm, unclear] =
        [CloseReason::Confirmed, CloseReason::FalseAlarm, CloseReason::Unclear]
            .map(|reason| count(tales, |tale| said.of(tale) == Some(reason)));
    let truth = known.truth.filter(|truth| truth.is_of(rule));
    let precision = truth
        .map_or(Share { hits: confirmed, of: confirmed + false_alarm }, |truth| truth.precision(rule, tales));
    let per_day = (window.days() >= 1.0).then(|| f64::from(alerts) / window.days());
    let hundreds = f64::from(u32::try_from(window.vehicles).unwrap_or(u32::MAX).max(1)) / 100.0;
    Figures {
        rule,
        alerts,
        told: count(tales, |tale| tale.is_told),
        per_day: per_day.map(rounded),
        per_100_vehicles_day: per_day.map(|per_day| rounded(per_day / hundreds)),
        vehicles: u32::try_from(vehicles.len()).unwrap_or(u32::MAX),
        delay_s_median: median(
            tales.iter().map(|tale| tale.alert.opened_at.since(tale.alert.event_time) / 1000),
        ),
        withdrawn: rounded(Share { hits: withdrawn, of: alerts }.value().unwrap_or(0.0)),
        confirmed,
        false_alarm,
        unclear,
        truth: if truth.is_some() { Word::File } else { Word::Staff },
        precision: precision.value().map(rounded),
        precision_n: precision.of,
        precision_from: precision.interval().map(|(from, _)| rounded(from)),
        precision_to: precision.interval().map(|(_, to)| rounded(to)),
        recall: recall.value().map(rounded),
        recall_n: recall.of,
        recall_from: recall.interval().map(|(from, _)| rounded(from)),
        recall_to: recall.interval().map(|(_, to)| rounded(to)),
    }
}

/// What staff said, looked up by alert.
struct Said<'a> {
    verdicts: &'a [Verdict],
    until: Timestamp,
}

impl Said<'_> {
    /// Of this very alert; else of one that the same rule raised live of the same event.
    fn of(&self, tale: &Tale) -> Option<CloseReason> {
        let same = |verdict: &&Verdict| verdict.alert == tale.alert.id;
        let near = |verdict: &&Verdict| verdict.is_near(tale, self.until);
        let found = self.verdicts.iter().find(same).or_else(|| self.verdicts.iter().find(near));
        found.map(|verdict| verdict.reason)
    }
}

fn count(tales: &[&Tale], counts: impl Fn(&Tale) -> bool) -> u32 {
    u32::try_from(tales.iter().filter(|tale| counts(tale)).count()).unwrap_or(u32::MAX)
}

/// To three digits: more are not in so few cases.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// The middle one; of two the lower.
fn median(values: impl Iterator<Item = Millis>) -> Option<Millis> {
    let mut values: Vec<Millis> = values.collect();
    values.sort_unstable();
    values.get(values.len().saturating_sub(1) / 2).copied()
}

const MINUTE_MS: Millis = 60_000;
const MINUTES_PER_DAY: f64 = 1440.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_beside_what_is_stored_is_refused_and_one_over_its_edge_is_cut() {
        let at = Timestamp::from_ms;
        let stored = (at(100), at(200));
        assert_eq!(narrowed(stored, None, None).unwrap(), (at(100), at(201)));
        assert_eq!(narrowed(stored, Some(at(50)), Some(at(150))).unwrap(), (at(100), at(150)));
        for (from, to) in [(Some(at(201)), None), (None, Some(at(100))), (Some(at(150)), Some(at(150)))] {
            let error = narrowed(stored, from, to).unwrap_err();
            assert_eq!(crate::exit::exit_of(&error), Exit::NotFound);
        }
    }
}
