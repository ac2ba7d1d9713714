//! What was told, held against what is true.
//!
//! Shape: facts and notices → for each rule precision, recall and delay, and what must never happen, counted. Units: fixes of
//! the device that shows it; hours for silence.

use crate::Play;
use crate::cast::{NETWORK_DOWN_FROM_MS, NETWORK_DOWN_MS, start};
use crate::lender::Owing;
use crate::life::{Fact, Life};
use crate::play::{DOWN_FROM_MS, DOWN_MS, Told};
use crate::spread::Share;
use model::loan::Standing;
use model::{Alert, Finding, Millis, Rule, Severity, Timestamp, VehicleId};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// One rule.
#[derive(Default)]
struct Figures {
    precision: Share,
    recall: Share,
    /// From the event to the first notice, in fixes.
    delays: Vec<usize>,
    wrong: BTreeMap<String, u32>,
    missed: BTreeMap<String, u32>,
    /// Some of both, for a person.
    shown: Vec<String>,
}

pub(crate) struct Report {
    play: Play,
    rules: BTreeMap<Rule, Figures>,
    false_silence: u32,
    /// Silence of single cars told because of the network's.
    false_silence_of_network: u32,
    /// Outages told as such.
    outages: Vec<String>,
    overstated: u32,
    overstatements: Vec<String>,
    inputs: u64,
    alerts: usize,
    /// Alerts that a back-test of the stored frames has otherwise.
    back_tested_otherwise: usize,
    /// Some of them, for a person.
    otherwise: Vec<String>,
    /// Bytes of memory for each vehicle: its state, and where it usually stands.
    bytes_a_vehicle: [usize; 2],
}

pub(crate) fn score(play: Play, lives: &[Life], told: &Told) -> Report {
    let by_vehicle: BTreeMap<VehicleId, &Life> = lives.iter().map(|life| (life.vehicle, life)).collect();
    let mut report = Report {
        play,
        rules: BTreeMap::new(),
        false_silence: 0,
        false_silence_of_network: 0,
        outages: Vec::new(),
        overstated: 0,
        overstatements: Vec::new(),
        inputs: told.inputs,
        alerts: told.again.live,
        back_tested_otherwise: told.again.differing.len(),
        otherwise: told.again.differing.iter().map(|pair| format!("otherwise {pair:?}")).collect(),
        bytes_a_vehicle: [told.again.footprints.0.each(), told.again.footprints.1.each()],
    };
    let mut judged = BTreeSet::new();
    for (notice, told_at, alert) in &told.notices {
        if alert.rule == Rule::Outage && notice == "opened" {
            report.outages.push(format!("{} at {}", alert.about.code(), alert.event_time));
        }
        let Some(life) = alert.about.vehicle().and_then(|vehicle| by_vehicle.get(&vehicle)) else { continue };
        if overstates(life, notice, *told_at, alert) {
            report.overstated += 1;
            let Alert { rule, opened_at, .. } = alert;
            let vehicle = life.vehicle;
            report
                .overstatements
                .push(format!("stated {vehicle} {:?} {rule} told {opened_at} {:?}", life.part, life.debt));
        }
        // Each alert once: when staff first hear of it as something to act on.
        if tells(notice) && is_for_staff(alert) && judged.insert(&alert.id) {
            report.judge(life, alert);
        }
    }
    for rule in SCORED {
        for life in lives {
            for fact in life.facts.iter().filter(|fact| fact.rule == rule && fact.must) {
                report.look_for(life, fact, told);
            }
        }
    }
    report
}

impl Report {
    /// Whether what was told is true.
    fn judge(&mut self, life: &Life, alert: &Alert) {
        let at = event_of(alert);
        let is_true =
            life.facts.iter().any(|fact| fact.rule == alert.rule && fact.from <= at && at <= fact.to);
        let figures = self.rules.entry(alert.rule).or_default();
        figures.precision.add(is_true);
        if !is_true {
            *figures.wrong.entry(format!("{:?}", life.part)).or_default() += 1;
            if figures.shown.len() < self.play.show {
                let Alert { opened_at, severity, explanation, .. } = alert;
                let (vehicle, part, finding) = (life.vehicle, life.part, &explanation.finding);
                figures
                    .shown
                    .push(format!("wrong {vehicle} {part:?} {at} told {opened_at} {severity} {finding:?}"));
            }
        }
        let since_outage = alert.opened_at.since(start().plus(DOWN_FROM_MS));
        let is_silence = matches!(alert.rule, Rule::OverdueOffline | Rule::PairLiveness);
        if is_silence && !is_true && (0..DOWN_MS + AFTER_MS).contains(&since_outage) {
            self.false_silence += 1;
        }
        let since_network = alert.opened_at.since(start().plus(NETWORK_DOWN_FROM_MS));
        if is_silence && !is_true && (0..NETWORK_DOWN_MS + AFTER_MS).contains(&since_network) {
            self.false_silence_of_network += 1;
        }
    }

    /// Whether what had to be told was.
    fn look_for(&mut self, life: &Life, fact: &Fact, told: &Told) {
        let found = told.notices.iter().find(|(notice, _, alert)| {
            let at = event_of(alert);
            tells(notice)
                && is_for_staff(alert)
                && (alert.about.vehicle(), alert.rule) == (Some(life.vehicle), fact.rule)
                && (fact.from <= at && at <= fact.to)
        });
        let figures = self.rules.entry(fact.rule).or_default();
        figures.recall.add(found.is_some());
        if let Some((_, told_at, _)) = found {
            figures.delays.push(delay(life, fact, *told_at, told));
            return;
        }
        *figures.missed.entry(format!("{:?}", life.part)).or_default() += 1;
        if figures.shown.len() < 2 * self.play.show {
            figures.shown.push(format!("missed {} {:?} {fact:?}", life.vehicle, life.part));
        }
    }

    /// A figure that rests on fewer than thirty cases says nothing.
    pub(crate) fn is_thin(&self) -> bool {
        SCORED.iter().any(|rule| self.rules.get(rule).is_none_or(|figures| figures.recall.of < CASES_MIN))
    }

    pub(crate) fn line(&self) -> Value {
        let rules: BTreeMap<&str, Value> =
            self.rules.iter().map(|(rule, figures)| (rule.as_str(), figures.json())).collect();
        json!({
            "truth": if self.is_thin() { "thin" } else { "ok" },
            "seed": self.play.seed, "vehicles": self.play.vehicles, "days": self.play.days,
            "inputs": self.inputs,
            "alerts": self.alerts,
            "back_tested_otherwise": self.back_tested_otherwise,
            "state_bytes_a_vehicle": self.bytes_a_vehicle[0],
            "usual_places_bytes_a_vehicle": self.bytes_a_vehicle[1],
            "rules": rules,
            "false_silence_after_an_outage": self.false_silence,
            "false_silence_of_a_network": self.false_silence_of_network,
            "outages": self.outages,
            "delinquency_stated_of_stale_or_held": self.overstated,
        })
    }

    pub(crate) fn table(&self) -> String {
        let mut table = String::from(
            "rule               precision             recall                delay  wrong, missed\n",
        );
        for (rule, figures) in &self.rules {
            let share = |share: Share| {
                let (low, high) = share.interval().unwrap_or_default();
                let value = share.value().map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
                format!("{value} [{low:.2}..{high:.2}] n{}", share.of)
            };
            let delay = figures.delay().map_or_else(|| "-".to_owned(), |delay| delay.to_string());
            let _ = writeln!(
                table,
                "{:<18} {:<21} {:<21} {delay:<6} {:?} {:?}",
                rule.as_str(),
                share(figures.precision),
                share(figures.recall),
                figures.wrong,
                figures.missed
            );
            for shown in &figures.shown {
                let _ = writeln!(table, "    {shown}");
            }
        }
        let _ = writeln!(
            table,
            "false silence after an outage {}, of a network {}; outages told: {:?}; delinquency stated of stale or held loans {}",
            self.false_silence, self.false_silence_of_network, self.outages, self.overstated
        );
        let _ =
            writeln!(table, "alerts {}, back-tested otherwise {}", self.alerts, self.back_tested_otherwise);
        let [state, places] = self.bytes_a_vehicle;
        let _ = writeln!(table, "bytes a vehicle: state {state}, usual places {places}");
        for stated in self.overstatements.iter().chain(&self.otherwise).take(self.play.show) {
            let _ = writeln!(table, "    {stated}");
        }
        table
    }
}

impl Figures {
    fn delay(&self) -> Option<usize> {
        let mut delays = self.delays.clone();
        delays.sort_unstable();
        delays.get(delays.len() / 2).copied()
    }

    fn json(&self) -> Value {
        json!({
            "precision": self.precision.json(), "recall": self.recall.json(), "delay": self.delay(),
            "wrong": self.wrong, "missed": self.missed,
        })
    }
}

/// What the alert calls its event.
fn event_of(alert: &Alert) -> Timestamp {
    match &alert.explanation.finding {
        Finding::Silent { last_heard, .. } => *last_heard,
        _ => alert.event_time,
    }
}

/// What is on the work list at most is not for collection staff: a wrong registration, a fitter's hand.
fn is_for_staff(alert: &Alert) -> bool {
    alert.severity <= Severity::P2
}

/// It says that something is past due, and that could not be said.
fn overstates(life: &Life, notice: &str, told_at: Timestamp, alert: &Alert) -> bool {
    let stated = alert.explanation.loan.as_ref().filter(|loan| loan.fresh);
    let claims = stated.is_some_and(|loan| matches!(loan.standing, Standing::Overdue(_)));
    matches!(notice, "opened" | "confirmed" | "escalated" | "unacknowledged")
        && claims
        && life.debt.at(start(), told_at) == Owing::Nothing
}

/// From the event until somebody was told: hours of silence, else fixes of the device that shows it.
fn delay(life: &Life, fact: &Fact, told_at: Timestamp, told: &Told) -> usize {
    if fact.rule == Rule::OverdueOffline {
        return usize::try_from(told_at.since(fact.at) / HOUR_MS).unwrap_or(0);
    }
    let wired = fact.rule != Rule::PairSeparated;
    let fixes = told.fixes.get(&life.vehicle).and_then(|of_kind| of_kind.get(&wired));
    fixes.map_or(0, |fixes| fixes.iter().filter(|at| fact.at < **at && **at <= told_at).count())
}

/// People hear of it.
fn tells(notice: &str) -> bool {
    matches!(notice, "opened" | "confirmed" | "escalated")
}

/// The rules for which the story has its thirty cases.
const SCORED: [Rule; 7] = [
    Rule::OverdueMoved,
    Rule::OverdueOffline,
    Rule::TamperLight,
    Rule::PairSeparated,
    Rule::Tow,
    Rule::BlackpointStay,
    Rule::HabitReplaced,
];
const CASES_MIN: u32 = 30;
/// Silence that is told so soon after the outage is told because of it.
const AFTER_MS: Millis = 6 * 3_600_000;
const HOUR_MS: Millis = 3_600_000;
