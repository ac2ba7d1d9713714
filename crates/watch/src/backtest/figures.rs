//! The figures of each rule: how many, how often, how late, and what staff said of them.
//!
//! Shape: a run, a window and what is known to be true in, [`Figures`] of each rule that raised anything out. Units: in each name.
//! Source: `domain.md` §8 (back-test metrics).

use super::run::{Run, Tale};
use super::truth::{Truth, share};
use super::verdicts::Verdicts;
use super::window::Window;
use model::{AlertState, CloseReason, Millis, Rule, Timestamp, VehicleId};
use rules::Share;
use serde::Serialize;
use std::collections::BTreeSet;

/// A rule's figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// The rule.
    pub rule: Rule,
    /// Raised, told or not.
    pub alerts: u32,
    /// Of those, told to people.
    pub told: u32,
    /// None of a window shorter than a day: what it has is no rate.
    pub per_day: Option<f64>,
    /// The same of a hundred vehicles.
    pub per_100_vehicles_day: Option<f64>,
    /// Of so many.
    pub vehicles: u32,
    /// From the event to the alert.
    pub delay_s_median: Option<Millis>,
    /// The share that was taken back.
    pub withdrawn: f64,
    /// Staff called so many right,
    pub confirmed: u32,
    /// so many wrong,
    pub false_alarm: u32,
    /// and of so many they could not say.
    pub unclear: u32,
    /// By whose word the shares are: a file's, where it says what is true of this rule, else staff's.
    pub truth: Word,
    /// Right, of those of which that is known.
    pub precision: Option<f64>,
    /// Of so many it is known.
    pub precision_n: u32,
    /// Where it lies, in 95 of 100 such cases.
    pub precision_from: Option<f64>,
    /// To here.
    pub precision_to: Option<f64>,
    /// Raised, of those that are known to be right. By staff's word: of what was raised live and confirmed.
    pub recall: Option<f64>,
    /// Of so many it is known.
    pub recall_n: u32,
    /// Where it lies, in 95 of 100 such cases.
    pub recall_from: Option<f64>,
    /// To here.
    pub recall_to: Option<f64>,
}

/// Whose word it is that something is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// Staff's.
    Staff,
    /// A file's.
    File,
}

/// What is known to be true.
pub struct Known<'a> {
    /// By staff's word.
    pub verdicts: &'a Verdicts,
    /// By a file's, where it says what is true of a rule.
    pub truth: Option<&'a Truth>,
}

/// Of each rule that raised anything within the window, or should have, in the order of the codes.
pub fn figures(run: &Run, window: Window, known: &Known<'_>) -> Vec<Figures> {
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
    share(right.map(|verdict| verdict.is_raised_in(run)))
}

fn of(
    (rule, tales, recall): (Rule, &[&Tale], Share),
    window: Window,
    known: &Known<'_>,
    until: Timestamp,
) -> Figures {
    let alerts = count(tales, |_| true);
    let vehicles: BTreeSet<VehicleId> = tales.iter().filter_map(|tale| tale.alert.about.vehicle()).collect();
    let withdrawn = count(tales, |tale| matches!(tale.alert.state, AlertState::Withdrawn { .. }));
    let [confirmed, false_alarm, unclear] =
        [CloseReason::Confirmed, CloseReason::FalseAlarm, CloseReason::Unclear]
            .map(|reason| count(tales, |tale| known.verdicts.on(tale, until) == Some(reason)));
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
