//! A back-test as it is told: how far it is, and what was found.
//!
//! Shape: a [`Backtest`] in, JSON out; runs in, an [`Outcome`] out. No place is told, of a gathering neither. Units: alerts; shares
//! from 0 to 1; days of the usual zone. Errors: none.

use super::bench::{Backtest, State, Wish};
use crate::text::Text;
use crate::vehicles::usual_zone;
use model::{About, Date, Rule, Severity, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use watch::backtest::{Difference, Figures, Kind, Known, Run, Verdicts, Window, differences, figures};

/// The last back-tests.
#[derive(Serialize, ToSchema)]
pub(super) struct BacktestListing {
    pub(super) data: Vec<BacktestView>,
}

/// A back-test.
#[derive(Serialize, ToSchema)]
pub(super) struct BacktestView {
    id: String,
    /// `running`, `done`, `failed` or `cancelled`.
    state: &'static str,
    /// From 0 to 1.
    done: f64,
    /// Who began it.
    by: String,
    #[schema(value_type = String, format = DateTime)]
    began_at: Timestamp,
    /// Within what is stored.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// Hash of the rule set that was tried.
    hash: String,
    /// Hash of the one in force at its beginning, where that is another one.
    against: Option<String>,
    /// Why it failed.
    error: Option<Text>,
    /// What was found, once it is done; null in a list.
    result: Option<Outcome>,
}

/// What was found.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = BacktestOutcome)]
pub(super) struct Outcome {
    vehicles: usize,
    /// Those that raised anything, in the order of their codes.
    rules: Vec<RuleOutcome>,
    days: Vec<DayOutcome>,
    /// Against the rule set in force; null where that was tried itself.
    differences: Option<Differences>,
}

/// A rule by both sets.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = BacktestRule)]
struct RuleOutcome {
    code: &'static str,
    name: Text,
    tried: RuleFigures,
    /// By the set in force; null where that was tried itself.
    in_force: Option<RuleFigures>,
}

/// What a rule raised, and what staff said of it.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[schema(as = BacktestFigures)]
struct RuleFigures {
    alerts: u32,
    /// Of those, told to people.
    told: u32,
    confirmed: u32,
    false_alarm: u32,
    unclear: u32,
    /// Right, of those that staff called right or wrong.
    precision: Option<f64>,
    precision_n: u32,
    /// Where it lies, in 95 of 100 such cases.
    precision_from: Option<f64>,
    precision_to: Option<f64>,
}

/// A day.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = BacktestDay)]
struct DayOutcome {
    #[schema(value_type = String, format = Date)]
    date: Date,
    tried: u32,
    in_force: Option<u32>,
}

/// What only one of both sets raises.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = BacktestDifferences)]
struct Differences {
    new: usize,
    gone: usize,
    /// Raised by both, with another severity.
    severity: usize,
    /// The oldest first, at most 200.
    rows: Vec<DifferenceRow>,
    left_out: usize,
}

/// An alert that differs.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = BacktestDifference)]
struct DifferenceRow {
    /// `new`, `gone` or `severity`.
    kind: &'static str,
    rule: &'static str,
    name: Text,
    /// The vehicle, or what many have in common.
    about: String,
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    severity: &'static str,
    /// By the set in force, where both raise it.
    was: Option<&'static str>,
}

impl BacktestView {
    pub(super) fn whole(backtest: &Backtest) -> Self {
        let State::Done(outcome) = backtest.state() else { return Self::brief(backtest) };
        Self { result: Some(outcome.as_ref().clone()), ..Self::brief(backtest) }
    }

    pub(super) fn brief(backtest: &Backtest) -> Self {
        let (state, error) = match backtest.state() {
            State::Running => ("running", None),
            State::Done(_) => ("done", None),
            State::Failed(failure) => ("failed", Some(failure.text())),
            State::Cancelled => ("cancelled", None),
        };
        let wish = &backtest.wish;
        Self {
            id: backtest.id.clone(),
            state,
            done: if state == "done" { 1.0 } else { backtest.done() },
            by: backtest.by.clone(),
            began_at: backtest.began_at,
            from: wish.from,
            to: wish.to,
            hash: wish.rule_set.hash().to_owned(),
            against: wish.against.as_ref().map(|against| against.hash().to_owned()),
            error,
            result: None,
        }
    }
}

impl Outcome {
    pub(super) fn of(wish: &Wish, verdicts: &Verdicts, tried: &Run, against: Option<&Run>) -> Self {
        let window = Window::of((wish.from, wish.to), tried);
        let known = Known { verdicts, truth: None };
        let figures_of = |run: &Run| figures(run, window, &known);
        let rules = rules(&figures_of(tried), against.map(figures_of).as_deref());
        let differences = against.map(|against| Differences::of(&differences(against, tried, window)));
        Self { vehicles: window.vehicles, rules, days: days(window, tried, against), differences }
    }
}

fn rules(tried: &[Figures], against: Option<&[Figures]>) -> Vec<RuleOutcome> {
    let of = |all: &[Figures], rule: Rule| -> RuleFigures {
        all.iter().find(|figures| figures.rule == rule).map(RuleFigures::of).unwrap_or_default()
    };
    let is_there = |all: &[Figures], rule: Rule| all.iter().any(|figures| figures.rule == rule);
    let told = Rule::ALL
        .iter()
        .copied()
        .filter(|rule| is_there(tried, *rule) || against.is_some_and(|against| is_there(against, *rule)));
    told.map(|rule| RuleOutcome {
        code: rule.as_str(),
        name: words::rule(rule).into(),
        tried: of(tried, rule),
        in_force: against.map(|against| of(against, rule)),
    })
    .collect()
}

impl RuleFigures {
    fn of(figures: &Figures) -> Self {
        Self {
            alerts: figures.alerts,
            told: figures.told,
            confirmed: figures.confirmed,
            false_alarm: figures.false_alarm,
            unclear: figures.unclear,
            precision: figures.precision,
            precision_n: figures.precision_n,
            precision_from: figures.precision_from,
            precision_to: figures.precision_to,
        }
    }
}

/// Every day of the window, those without an alert too.
fn days(window: Window, tried: &Run, against: Option<&Run>) -> Vec<DayOutcome> {
    let zone = usual_zone();
    let counted = |run: &Run| {
        let mut days: BTreeMap<Date, u32> = BTreeMap::new();
        let opened = run.tales.values().filter(|tale| window.has(tale)).map(|tale| tale.alert.opened_at);
        for date in opened.filter_map(|at| at.date_in(&zone)) {
            *days.entry(date).or_default() += 1;
        }
        days
    };
    let (tried, against) = (counted(tried), against.map(counted));
    let last = window.to.plus(-1).date_in(&zone);
    let dates = std::iter::successors(window.from.date_in(&zone), |date| date.plus_days(1));
    let of = |days: &BTreeMap<Date, u32>, date: Date| days.get(&date).copied().unwrap_or(0);
    let day = |date: Date| DayOutcome {
        date,
        tried: of(&tried, date),
        in_force: against.as_ref().map(|against| of(against, date)),
    };
    dates.take_while(|date| Some(*date) <= last).map(day).collect()
}

impl Differences {
    fn of(all: &[Difference]) -> Self {
        let count = |kind: Kind| all.iter().filter(|difference| difference.kind == kind).count();
        Self {
            new: count(Kind::New),
            gone: count(Kind::Gone),
            severity: count(Kind::Severity),
            rows: all.iter().take(DIFFERENCES_MAX).map(DifferenceRow::of).collect(),
            left_out: all.len().saturating_sub(DIFFERENCES_MAX),
        }
    }
}

impl DifferenceRow {
    fn of(difference: &Difference) -> Self {
        let alert = &difference.alert;
        Self {
            kind: match difference.kind {
                Kind::New => "new",
                Kind::Gone => "gone",
                Kind::Severity => "severity",
            },
            rule: alert.rule.as_str(),
            name: words::rule(alert.rule).into(),
            about: named(&alert.about),
            opened_at: alert.opened_at,
            severity: difference.severity.as_str(),
            was: difference.was.map(Severity::as_str),
        }
    }
}

/// A vehicle in whole, as whoever may publish rules sees it elsewhere; where vehicles come together is not said.
fn named(about: &About) -> String {
    about.vehicle().map_or_else(|| about.masked(), |vehicle| vehicle.to_string())
}

/// More are read by nobody, and the command line lists them all.
const DIFFERENCES_MAX: usize = 200;
