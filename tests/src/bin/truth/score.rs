//! What was told, held against what is true.
//!
//! Shape: facts and notices → for each rule precision, recall and delay, and what must never happen, counted. Units: fixes of
//! the device that shows it; hours for silence.

use crate::Play;
use crate::cast::{NETWORK_OUTAGE, network_is_back};
use crate::life::{Fact, Life};
use crate::payments::Payments;
use crate::play::{OUTAGES, Told};
use crate::promises::{false_silences, overstates};
use crate::scenarios::{BY_A_STALE_BOOK, CUT_OFF, OTHER_PAID, PART_PAID, Scenario, Tallies};
use crate::spread::Share;
use crate::stale_feed;
use crate::verdict::{SCORED, Verdict};
use model::{Alert, Finding, Millis, Rule, Severity, Timestamp, VehicleId};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use watch::Footprint;

/// One rule.
#[derive(Default)]
pub(crate) struct Figures {
    pub(crate) precision: Share,
    pub(crate) recall: Share,
    /// From the event to the first notice, in fixes.
    pub(crate) delays: Vec<usize>,
    wrong: BTreeMap<String, u32>,
    missed: BTreeMap<String, u32>,
    /// Some of both, for a person.
    shown: Vec<String>,
}

pub(crate) struct Report {
    play: Play,
    rules: BTreeMap<Rule, Figures>,
    scenarios: Tallies,
    /// Silence of single cars told because of the server's outage.
    false_silence: Vec<String>,
    /// And because of the network's.
    false_silence_of_network: Vec<String>,
    /// Outages told as such.
    outages: Vec<String>,
    payments: Payments,
    overstatements: Vec<String>,
    inputs: u64,
    alerts: usize,
    /// Alerts that a back-test of the stored frames has otherwise.
    back_tested_otherwise: usize,
    /// Some of them, for a person.
    otherwise: Vec<String>,
    /// What is remembered of all vehicles: their states, and where they usually stand.
    footprints: (Footprint, Footprint),
}

pub(crate) fn score(play: Play, lives: &[Life], told: &Told) -> Report {
    let by_vehicle: BTreeMap<VehicleId, &Life> = lives.iter().map(|life| (life.vehicle, life)).collect();
    let mut report = Report::of(play, told);
    let after_outages = OUTAGES.iter().flat_map(|outage| false_silences(&by_vehicle, &told.alerts, outage));
    report.false_silence = after_outages.map(|(_, silence)| silence).collect();
    report.payments = Payments::of(lives, &told.alerts);
    let overstated = report.outages_and_overstatements(&by_vehicle, told);
    let heard = heard(told);
    report.judge_all(lives, &by_vehicle, &heard);
    for rule in SCORED {
        for life in lives {
            for fact in life.facts.iter().filter(|fact| fact.rule == rule && fact.must) {
                let is_told = report.look_for(life, fact, &heard, told);
                report.scenarios.add(life, fact, is_told);
            }
        }
    }
    report.tell_payments();
    report.tell_of_network(false_silences(&by_vehicle, &told.alerts, &NETWORK_OUTAGE), lives, told);
    let scenarios = &mut report.scenarios;
    scenarios.set_told(Scenario::StaleLoanFile, stale_feed::told_again(lives, &heard));
    let alone = stale_feed::left_alone(lives, &overstated);
    scenarios.set_alone(Scenario::StaleLoanFile, BY_A_STALE_BOOK, alone);
    report
}

/// What staff hear, and when. What the log alone is told of a receiver is heard by who reads it.
fn heard(told: &Told) -> Vec<(Timestamp, &Alert)> {
    let for_staff = told.notices.iter().filter(|(notice, _, alert)| tells(notice) && is_for_staff(alert));
    let logged = told.alerts.iter().filter(|alert| alert.rule == Rule::JumpSpoof);
    let for_staff = for_staff.map(|(_, told_at, alert)| (*told_at, alert));
    for_staff.chain(logged.map(|alert| (alert.opened_at, alert))).collect()
}

impl Report {
    /// Before anything is held against the truth.
    fn of(play: Play, told: &Told) -> Self {
        Self {
            play,
            rules: BTreeMap::new(),
            scenarios: Tallies::new(),
            false_silence: Vec::new(),
            false_silence_of_network: Vec::new(),
            outages: Vec::new(),
            payments: Payments::default(),
            overstatements: Vec::new(),
            inputs: told.inputs,
            alerts: told.again.live,
            back_tested_otherwise: told.again.differing.len(),
            otherwise: told.again.differing.iter().map(|pair| format!("otherwise {pair:?}")).collect(),
            footprints: told.again.footprints,
        }
    }

    /// Gives the cars of which arrears were stated that could not be.
    fn outages_and_overstatements(
        &mut self,
        lives: &BTreeMap<VehicleId, &Life>,
        told: &Told,
    ) -> BTreeSet<VehicleId> {
        let mut overstated = BTreeSet::new();
        for (notice, told_at, alert) in told.notices.iter().filter(|(notice, ..)| tells(notice)) {
            if alert.rule == Rule::Outage && notice == "opened" {
                self.outages.push(format!("{} at {}", alert.about.code(), alert.event_time));
            }
            let life = alert.about.vehicle().and_then(|vehicle| lives.get(&vehicle));
            if let Some(life) = life.filter(|life| overstates(life, *told_at, alert)) {
                let (vehicle, rule) = (life.vehicle, alert.rule);
                overstated.insert(vehicle);
                self.overstatements.push(format!(
                    "stated {vehicle} {} {rule} told {told_at} {:?}",
                    life.label(),
                    life.debt
                ));
            }
        }
        overstated
    }

    /// Each event of an alert once: when staff first hear of it as something to act on.
    fn judge_all(
        &mut self,
        lives: &[Life],
        by_vehicle: &BTreeMap<VehicleId, &Life>,
        heard: &[(Timestamp, &Alert)],
    ) {
        let (mut judged, mut wronged) = (BTreeSet::new(), BTreeSet::new());
        for (_, alert) in heard {
            let life = alert.about.vehicle().and_then(|vehicle| by_vehicle.get(&vehicle));
            if let Some(life) = life.filter(|_| judged.insert((&alert.id, event_of(alert))))
                && !self.judge(life, alert)
            {
                wronged.insert((alert.rule, life.vehicle));
            }
        }
        self.scenarios.judge(lives, &wronged);
    }

    fn tell_payments(&mut self) {
        let Payments { withdrew, part_kept, other_kept, .. } = self.payments;
        self.scenarios.set_told(Scenario::Payments, withdrew);
        self.scenarios.set_alone(Scenario::Payments, PART_PAID, part_kept);
        self.scenarios.set_alone(Scenario::Payments, OTHER_PAID, other_kept);
    }

    fn tell_of_network(&mut self, silences: Vec<(VehicleId, String)>, lives: &[Life], told: &Told) {
        let silent: BTreeSet<VehicleId> = silences.iter().map(|(vehicle, _)| *vehicle).collect();
        let mut alone = Share::default();
        let is_heard_again = |life: &&Life| life.is_lost_from().is_none_or(|lost| lost > network_is_back());
        let cut_off = lives.iter().filter(|life| told.cut_off.contains(&life.vehicle));
        for life in cut_off.filter(is_heard_again) {
            alone.add(!silent.contains(&life.vehicle));
        }
        self.scenarios.set_alone(Scenario::CarrierOutage, CUT_OFF, alone);
        self.false_silence_of_network = silences.into_iter().map(|(_, silence)| silence).collect();
    }

    /// Whether what was told is true.
    fn judge(&mut self, life: &Life, alert: &Alert) -> bool {
        let at = event_of(alert);
        let is_true =
            life.facts.iter().any(|fact| fact.rule == alert.rule && fact.from <= at && at <= fact.to);
        let figures = self.rules.entry(alert.rule).or_default();
        figures.precision.add(is_true);
        if !is_true {
            *figures.wrong.entry(life.label()).or_default() += 1;
            if figures.shown.len() < self.play.show {
                let Alert { opened_at, severity, explanation, .. } = alert;
                let (vehicle, part, finding) = (life.vehicle, life.label(), &explanation.finding);
                figures
                    .shown
                    .push(format!("wrong {vehicle} {part} {at} told {opened_at} {severity} {finding:?}"));
            }
        }
        is_true
    }

    /// Whether what had to be told was.
    fn look_for(&mut self, life: &Life, fact: &Fact, heard: &[(Timestamp, &Alert)], told: &Told) -> bool {
        let found = heard.iter().find(|(_, alert)| {
            let at = event_of(alert);
            (alert.about.vehicle(), alert.rule) == (Some(life.vehicle), fact.rule)
                && (fact.from <= at && at <= fact.to)
        });
        let figures = self.rules.entry(fact.rule).or_default();
        figures.recall.add(found.is_some());
        if let Some((told_at, _)) = found {
            figures.delays.push(delay(life, fact, *told_at, told));
            return true;
        }
        *figures.missed.entry(life.label()).or_default() += 1;
        if figures.shown.len() < 2 * self.play.show {
            figures.shown.push(format!("missed {} {} {fact:?}", life.vehicle, life.label()));
        }
        false
    }

    /// Whether all of it is as it must be.
    pub(crate) fn verdict(&self) -> Verdict {
        // What lies in a file is not in memory.
        let in_memory = self.footprints.0.each() + self.footprints.1.each();
        let never = [
            ("false silence after an outage", self.false_silence.len()),
            ("false silence of a network", self.false_silence_of_network.len()),
            ("alerts of arrears left upon payment", self.payments.left.len()),
            ("bytes in memory of a vehicle too many", in_memory.saturating_sub(VEHICLE_BYTES_MAX)),
            ("delinquency stated of stale or held loans", self.overstatements.len()),
            ("back-tested otherwise", self.back_tested_otherwise),
        ];
        Verdict::of(&self.rules, &self.scenarios, &never)
    }

    pub(crate) fn line(&self) -> Value {
        let rules: BTreeMap<&str, Value> =
            self.rules.iter().map(|(rule, figures)| (rule.as_str(), figures.json())).collect();
        let verdict = self.verdict();
        let left: BTreeMap<&str, u32> =
            self.payments.left.iter().map(|(rule, left)| (rule.as_str(), *left)).collect();
        json!({
            "truth": verdict.word(), "wrong": verdict.wrong, "thin": verdict.thin,
            "seed": self.play.seed, "vehicles": self.play.vehicles, "days": self.play.days,
            "inputs": self.inputs,
            "alerts": self.alerts,
            "back_tested_otherwise": self.back_tested_otherwise,
            "state_bytes_a_vehicle": self.footprints.0.each(),
            "usual_places_bytes_a_vehicle": self.footprints.1.each(),
            "usual_places_filed_bytes_a_vehicle": self.footprints.1.each_filed(),
            "rules": rules, "scenarios": self.scenarios.json(),
            "false_silence_after_an_outage": self.false_silence.len(),
            "false_silence_of_a_network": self.false_silence_of_network.len(),
            "outages": self.outages,
            "delinquency_stated_of_stale_or_held": self.overstatements.len(),
            "left_upon_payment": left,
        })
    }

    pub(crate) fn table(&self) -> String {
        let mut table = String::from(
            "rule               precision             recall                delay  wrong, missed\n",
        );
        for (rule, figures) in &self.rules {
            let delay = figures.delay().map_or_else(|| "-".to_owned(), |delay| delay.to_string());
            let _ = writeln!(
                table,
                "{:<18} {:<21} {:<21} {delay:<6} {:?} {:?}",
                rule.as_str(),
                figures.precision.text(),
                figures.recall.text(),
                figures.wrong,
                figures.missed
            );
            for shown in &figures.shown {
                let _ = writeln!(table, "    {shown}");
            }
        }
        table.push_str(&self.foot());
        table
    }

    /// What must never happen, what was not scored by rule, and what is not as it must be.
    fn foot(&self) -> String {
        let (silence, of_network) = (self.false_silence.len(), self.false_silence_of_network.len());
        let (stated, outages) = (self.overstatements.len(), &self.outages);
        let (state, places) = (self.footprints.0.each(), self.footprints.1);
        let (places, filed) = (places.each(), places.each_filed());
        let verdict = self.verdict();
        let left = &self.payments.left;
        let mut foot = self.scenarios.table();
        let _ = write!(
            foot,
            "false silence after an outage {silence}, of a network {of_network}; outages told: {outages:?}; delinquency stated of stale \
             or held loans {stated}\n\
             left a minute after all was paid: {left:?}\n\
             alerts {}, back-tested otherwise {}\n\
             bytes a vehicle: state {state}, usual places {places}, and {filed} in a file\n",
            self.alerts, self.back_tested_otherwise,
        );
        let silences = self.false_silence.iter().chain(&self.false_silence_of_network);
        for shown in self.overstatements.iter().chain(&self.otherwise).chain(silences).take(self.play.show) {
            let _ = writeln!(foot, "    {shown}");
        }
        for (what, figures) in [("thin", &verdict.thin), ("wrong", &verdict.wrong)] {
            for figure in figures {
                let _ = writeln!(foot, "{what}: {figure}");
            }
        }
        let _ = writeln!(
            foot,
            "truth: {} (delays are of fixes, of OVERDUE_OFFLINE of hours of silence)",
            verdict.word()
        );
        foot
    }
}

impl Figures {
    pub(crate) fn delay(&self) -> Option<usize> {
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
pub(crate) fn event_of(alert: &Alert) -> Timestamp {
    match &alert.explanation.finding {
        Finding::Silent { last_heard, .. } => *last_heard,
        _ => alert.event_time,
    }
}

/// What is on the work list at most is not for collection staff: a wrong registration, a fitter's hand.
fn is_for_staff(alert: &Alert) -> bool {
    alert.severity <= Severity::P2
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
    matches!(notice, "opened" | "confirmed" | "escalated" | "unacknowledged")
}

const HOUR_MS: Millis = 3_600_000;
/// Of a vehicle's state, and of where its usual places lie.
const VEHICLE_BYTES_MAX: usize = 256;
