//! What is looked at once a minute over all vehicles, before the silence of any one of them.
//!
//! Shape: a tick that begins a new minute of covered time. Nothing is kept up with each frame for it: a look at a million
//! states takes a fraction of a second, and is the same after a restart. Source: DESIGN.md §1, fine print 7.

use crate::step::Step;
use crate::subject::Subject;
use crate::world::{Globals, World};
use model::input::BookActivation;
use model::loan::Standing as LoanStanding;
use model::{About, Alert, ContractId, Finding, Millis, Rule, Seq, Timestamp, VehicleId};
use rules::fleet::{
    Arrears, Condition, Ground, Standing, fallen_feed, gatherings, is_forgotten, settle, stale_feed,
};
use rules::{Earshot, Earshots, LoanFacts, Outage, Outages, VehicleState};
use std::borrow::Cow;
use store::{EarshotRow, OutageRow};

/// A minute of covered time, counted up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Minute(Millis);

impl Minute {
    /// Some looks take longer than others, and what they look for comes slower.
    const fn begins_an_hour(self) -> bool {
        self.0 % 60 == 0
    }
}

impl Step<'_> {
    /// Moves the coverage clock, and what it knows of outages; gives the minute of covered time, if one began.
    pub(crate) fn clock(&mut self, at: Timestamp, listening: bool) -> Option<Minute> {
        let coverage = &mut self.world.globals.coverage;
        let before = coverage.total_ms / MINUTE_MS;
        if let Some(interval) = coverage.tick(at, listening) {
            self.coverage.insert(interval.from, interval);
        }
        let minute = coverage.total_ms / MINUTE_MS;
        if minute == before {
            return None;
        }
        let (total_ms, run_ms) = (coverage.total_ms, coverage.run_ms);
        if let Some(recorded) = &self.world.globals.recorded {
            let earshots = Earshots::as_of(&recorded.earshots, total_ms);
            (coverage.outages, coverage.earshots) = (Outages::as_of(&recorded.outages, total_ms), earshots);
            return Some(Minute(minute));
        }
        let mut outages = std::mem::take(&mut coverage.outages);
        let states = &self.world.states;
        let looked = outages.step(|| states.iter().filter_map(on_vehicle), total_ms, run_ms);
        let coverage = &mut self.world.globals.coverage;
        coverage.outages = outages;
        let earshots = coverage.earshots.step(&looked.tallies, total_ms);
        let key = |outage: &Outage| (outage.noticed_ms, outage.group);
        self.outages.extend(looked.changed.iter().map(|outage| (key(outage), row(outage))));
        self.earshots
            .extend(earshots.iter().map(|earshot| ((earshot.group, earshot.from_ms), heard(earshot))));
        Some(Minute(minute))
    }

    /// Raises and ends what is about no single vehicle.
    pub(crate) fn look_at_all(&mut self, seq: Seq, at: Timestamp, minute: Minute) {
        let outages = self.outages(at);
        self.settle(seq, at, Rule::Outage, &outages);
        let feeds = self.broken_feeds(at);
        self.settle(seq, at, Rule::LoanFeedStale, &feeds);
        if minute.begins_an_hour() {
            let gathered = self.gatherings(at);
            self.settle(seq, at, Rule::Gathering, &gathered);
            self.forget_places(at);
        }
    }

    fn settle(&mut self, seq: Seq, at: Timestamp, rule: Rule, holding: &[Condition]) {
        let changes = settle(rule, holding, self.wide_alerts(), at, &self.world.globals.rule_set);
        for change in changes {
            self.change(seq, at, change);
        }
    }

    fn wide_alerts(&self) -> impl Iterator<Item = &Alert> {
        self.world.globals.wide.iter().filter_map(|about| self.world.alerts.get(about)).flatten()
    }

    fn outages(&self, at: Timestamp) -> Vec<Condition> {
        let going_on = self.world.globals.coverage.outages.going_on();
        going_on.map(|outage| outage.condition(self.overdue_in(outage, at))).collect()
    }

    /// The contracts past due whose vehicles an outage has silenced, the longest past due first.
    fn overdue_in(&self, outage: &Outage, at: Timestamp) -> Vec<ContractId> {
        // Told once, when it is new: what is looked up later is not told again.
        let is_new = !self.wide_alerts().any(|alert| {
            let is_told = alert.state.is_live() || alert.episode >= outage.since;
            is_told && alert.about == About::Group(outage.group) && alert.rule == Rule::Outage
        });
        if !is_new {
            return Vec::new();
        }
        let silenced = self.world.states.iter().filter_map(|(subject, state)| match subject {
            Subject::Vehicle(vehicle) if outage.has_silenced(&state) => Some(vehicle),
            Subject::Vehicle(_) | Subject::Terminal(_) => None,
        });
        let mut overdue: Vec<(i64, ContractId)> = silenced
            .filter_map(|vehicle| {
                let (days, contract) = self.world.overdue_of(vehicle, at)?;
                Some((-i64::from(days.0), contract.clone()))
            })
            .collect();
        overdue.sort_unstable();
        overdue.into_iter().take(Finding::NAMED_MAX).map(|(_, contract)| contract).collect()
    }

    /// A lender's book has lost so many rows that it was refused: told until a whole one is in force.
    pub(crate) fn tell_of_fall(
        &mut self,
        seq: Seq,
        at: Timestamp,
        activation: &BookActivation,
        before: usize,
    ) {
        let before = u32::try_from(before).unwrap_or(u32::MAX);
        let fallen = fallen_feed(&activation.lender, activation.as_of, activation.rows, before, at);
        let mut feeds = self.broken_feeds(at);
        if feeds.iter().all(|feed| feed.about != fallen.about) {
            feeds.push(fallen);
        }
        self.settle(seq, at, Rule::LoanFeedStale, &feeds);
    }

    fn broken_feeds(&self, at: Timestamp) -> Vec<Condition> {
        let fallen = self.wide_alerts().filter(|alert| self.is_fallen(alert)).map(Condition::of);
        self.stale_feeds(at).into_iter().chain(fallen).collect()
    }

    /// No whole book has come since it was refused.
    fn is_fallen(&self, alert: &Alert) -> bool {
        let (About::Lender(lender), Finding::FeedFell { .. }) = (&alert.about, &alert.explanation.finding)
        else {
            return false;
        };
        let mut book = self.world.books.get(lender).into_iter();
        let came = book.any(|book| book.whole && book.activated_at > alert.opened_at);
        alert.state.is_live() && !came
    }

    fn stale_feeds(&self, at: Timestamp) -> Vec<Condition> {
        let rule_set = &self.world.globals.rule_set;
        let stale = self.world.books.iter().filter_map(|(lender, book)| {
            let loans = u32::try_from(book.loans).unwrap_or(u32::MAX);
            stale_feed(lender, book.as_of, loans, at, rule_set)
        });
        let mut stale: Vec<Condition> = stale.collect();
        stale.sort_unstable_by(|one, other| one.about.cmp(&other.about));
        stale
    }

    fn gatherings(&self, at: Timestamp) -> Vec<Condition> {
        let Globals { places, rule_set, .. } = &self.world.globals;
        let ground = Ground { places, rule_set, now: at };
        let standing = self.world.states.iter().filter_map(|(subject, state)| {
            let Subject::Vehicle(vehicle) = subject else { return None };
            ground.standing(vehicle, &state)
        });
        let is_usual =
            |one: &Standing| ground.is_usual(one, self.world.usual_places.get(&one.vehicle).as_deref());
        let arrears = |vehicle| self.arrears(vehicle, at);
        gatherings(standing.collect(), is_usual, arrears, self.wide_alerts(), &ground)
    }

    fn arrears(&self, vehicle: VehicleId, at: Timestamp) -> Arrears {
        let is_past_due = |facts: LoanFacts<'_>| {
            facts.in_book && matches!(facts.loan.standing(at), LoanStanding::Overdue(_))
        };
        match self.world.overdue_of(vehicle, at) {
            Some(_) => Arrears::Stated,
            None if self.world.loan_of(vehicle, at).is_some_and(is_past_due) => Arrears::Stale,
            None => Arrears::None,
        }
    }

    /// Places pile up for ever otherwise: those whose alerts ended long ago go.
    fn forget_places(&mut self, at: Timestamp) {
        let World { globals, alerts, .. } = &mut *self.world;
        let is_remembered = |about: &About| {
            alerts.get(about).is_some_and(|alerts| alerts.iter().any(|alert| !is_forgotten(alert, at)))
        };
        let forgotten: Vec<About> =
            globals.wide.iter().filter(|about| !is_remembered(about)).cloned().collect();
        for about in forgotten {
            globals.wide.remove(&about);
            alerts.remove(about);
        }
    }
}

fn on_vehicle((subject, state): (Subject, Cow<'_, VehicleState>)) -> Option<Cow<'_, VehicleState>> {
    matches!(subject, Subject::Vehicle(_)).then_some(state)
}

fn row(outage: &Outage) -> OutageRow {
    let Outage { group, since, from_ms, noticed_ms, until_ms, silent, of } = *outage;
    OutageRow { noticed_ms, group, from_ms, until_ms, since, silent, of }
}

const fn heard(earshot: &Earshot) -> EarshotRow {
    let Earshot { group, from_ms, until_ms } = *earshot;
    EarshotRow { group, from_ms, until_ms }
}

/// What was seen of all vehicles, as it was written down.
#[derive(Debug)]
pub(crate) struct Recorded {
    outages: Vec<Outage>,
    earshots: Vec<Earshot>,
}

impl Recorded {
    pub(crate) fn of(outages: &[OutageRow], earshots: &[EarshotRow]) -> Self {
        let outage = |row: &OutageRow| {
            let OutageRow { noticed_ms, group, from_ms, until_ms, since, silent, of } = *row;
            Outage { group, since, from_ms, noticed_ms, until_ms, silent, of }
        };
        let earshot = |row: &EarshotRow| {
            let EarshotRow { group, from_ms, until_ms } = *row;
            Earshot { group, from_ms, until_ms }
        };
        Self {
            outages: outages.iter().map(outage).collect(),
            earshots: earshots.iter().map(earshot).collect(),
        }
    }
}

const MINUTE_MS: Millis = 60_000;
