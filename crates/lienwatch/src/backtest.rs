//! `lienwatch rules backtest`: what a rule set would have raised, from what is stored. Nothing is changed.
//!
//! Shape: one replay a rule set, from the very beginning; alerts raised within the window are counted, with what became of
//! them since. What is counted, and how, stands in `watch::backtest`. Units: see there. Errors: nothing stored, a window without time, a file that is no rule set.

mod chart;
mod compare;
mod readable;
mod truth;
mod vehicles;

use crate::cli::{Backtest, Form};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::history::{Past, Wanted};
use crate::listing::{self, Output};
use crate::rule_sets::read;
use crate::site::Site;
use anyhow::{Context as _, Result};
use model::Timestamp;
use model::unit::counted;
use rules::RuleSet;
use serde_json::{Value, json};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use store::{Store, VERDICTS_MAX};
use vehicles::Busy;
use watch::backtest::{self, Difference, Figures, Kept, Kind, Known, Run, Unstored, Verdicts, Window};

/// Counts what would have been raised.
pub(crate) async fn backtest(config: &Config, args: Backtest) -> Result<Exit> {
    // Files first: a typo must not cost a replay.
    let rule_set = args.rules.as_deref().map(read).transpose()?;
    let other = args.diff.as_deref().map(read).transpose()?;
    let truth = args.truth.as_deref().map(truth::read).transpose()?;
    let mut chart = args.svg.as_deref().map(open_chart).transpose()?;
    let site = Site::open(config).await?;
    let now = site.journal.clock().now();
    let (from, to) = (args.from.map(|from| from.on(now)), args.to.map(|to| to.on(now)));
    let purpose = args.purpose.clone().unwrap_or_else(|| "policy".to_owned());
    let subject = subject(from, to, args.purpose.is_some());
    site.witness(subject.clone(), purpose).await?;
    site.catch_up().await?;
    // Asked before a replay, which takes a while.
    let stored = check_window(&site.store, from, to).await;
    site.tell_of_failure(&subject, stored.as_ref().err()).await;
    stored?;
    let ours = tested(&site, args.rules.as_deref(), rule_set).await;
    site.tell_of_failure(&subject, ours.as_ref().err()).await;
    let ours = ours?;
    let theirs = match other {
        Some(other) => {
            let theirs = tested(&site, args.diff.as_deref(), Some(other)).await;
            site.tell_of_failure(&subject, theirs.as_ref().err()).await;
            Some(theirs?)
        }
        None => None,
    };
    let verdicts = verdicts(&site.store).await?;
    site.close().await;
    let kept = Kept { ends_at: ours.run.ends_at, ..ours.past.kept };
    let window = Window::of(kept.narrowed(from, to).map_err(unstored)?, &ours.run);
    let truth = truth.map(|truth| truth::named(truth, |name| ours.past.replay.vehicle(name))).transpose()?;
    let known = Known { verdicts: &verdicts, truth: truth.as_ref() };
    let report = Report::of(window, &known, &ours, theirs.as_ref());
    let masked = if args.purpose.is_some() { Shown::Whole } else { Shown::Masked };
    match args.output {
        Form::Table => report.table(masked, if args.wide { readable::WIDE } else { readable::COLUMNS })?,
        Form::Json => listing::json(&serde_json::to_string_pretty(&report.json(masked))?)?,
    }
    // The figures are out by now, whatever becomes of the chart.
    if let Some((file, path)) = chart.as_mut().zip(args.svg.as_deref()) {
        let svg = chart::svg(&report.sets);
        let written = file.set_len(0).and_then(|()| file.write_all(svg.as_bytes()));
        written.with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(Exit::Ok)
}

/// A chart's file, with what it held until the new one is drawn.
fn open_chart(path: &Path) -> Result<File> {
    let opened = File::options().create(true).truncate(false).write(true).open(path);
    opened.with_context(|| format!("opening {}", path.display()))
}

/// Whether ids and plates are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Whole,
    Masked,
}

/// A rule set and what it raised.
struct Tested {
    name: String,
    run: Run,
    past: Past,
}

async fn tested(site: &Site, file: Option<&Path>, rule_set: Option<RuleSet>) -> Result<Tested> {
    let name = file.map_or_else(|| "in force".to_owned(), |file| file.display().to_string());
    let mut past = Past::open(site, Wanted { rule_set, ..Wanted::default() }).await?;
    let run = past.raised().await?;
    Ok(Tested { name, run, past })
}

/// Fails where nothing is stored between two times.
async fn check_window(store: &Store, from: Option<Timestamp>, to: Option<Timestamp>) -> Result<()> {
    let Some(kept) = Kept::of(store).await? else { return Ok(()) };
    kept.narrowed(from, to).map(drop).map_err(unstored)
}

fn unstored(unstored: Unstored) -> anyhow::Error {
    Failure::error(Exit::NotFound, unstored.to_string())
}

async fn verdicts(store: &Store) -> Result<Verdicts> {
    let verdicts = Verdicts::of(store).await?;
    if verdicts.is_cut {
        eprintln!("only the newest {VERDICTS_MAX} verdicts of staff are counted");
    }
    Ok(verdicts)
}

fn subject(from: Option<Timestamp>, to: Option<Timestamp>, whole: bool) -> String {
    let shown = |at: Option<Timestamp>| at.map_or("-".to_owned(), |at| at.to_string());
    let plates = if whole { "shown" } else { "masked" };
    format!("backtest from={} to={} plates={plates}", shown(from), shown(to))
}

/// The figures of one rule set.
struct Set {
    name: String,
    rules: Vec<Figures>,
    busiest: Vec<Busy>,
}

impl Set {
    fn busiest(&self, shown: Shown) -> impl Iterator<Item = Value> {
        self.busiest.iter().map(move |busy| busy.row(shown == Shown::Whole))
    }
}

/// Everything that is told.
struct Report {
    window: Window,
    sets: Vec<Set>,
    differences: Option<Vec<Difference>>,
}

impl Report {
    fn of(window: Window, known: &Known<'_>, ours: &Tested, theirs: Option<&Tested>) -> Self {
        let both = std::iter::once(ours).chain(theirs);
        let sets = both.map(|tested| Set {
            name: tested.name.clone(),
            rules: backtest::figures(&tested.run, window, known),
            busiest: vehicles::busiest(&tested.run, window),
        });
        let differences = theirs.map(|theirs| backtest::differences(&ours.run, &theirs.run, window));
        Self { window, sets: sets.collect(), differences }
    }

    fn table(&self, shown: Shown, columns: &[&str]) -> Result<()> {
        let Window { from, to, vehicles } = self.window;
        listing::line(&format!(
            "{from} to {to}: {:.1} days, {}",
            self.window.days(),
            counted(vehicles, "vehicle")
        ))?;
        for set in &self.sets {
            listing::line(&format!("\nrule set {}", set.name))?;
            let rules = set.rules.iter().map(readable::row).collect::<Result<Vec<_>>>()?;
            listing::write(Output::Table, columns, &rules)?;
            let busiest: Vec<Value> = set.busiest(shown).take(BUSIEST_SHOWN).collect();
            if !busiest.is_empty() {
                let (of, all) = (busiest.len(), set.busiest.len());
                listing::line(&format!(
                    "\nthe vehicles of which it tells most, {of} of {all} (-o json has all)"
                ))?;
                listing::write(Output::Table, BUSIEST, &busiest)?;
            }
        }
        readable::no_rate(&self.window).map(|why| listing::line(&format!("\n{why}"))).transpose()?;
        let Some(differences) = &self.differences else { return Ok(()) };
        let kinds = Kind::ALL.iter().map(|kind| {
            let count = differences.iter().filter(|difference| difference.kind == *kind).count();
            format!("{count} {kind}")
        });
        listing::line(&format!("\nthe second against the first: {}", kinds.collect::<Vec<_>>().join(", ")))?;
        let whole = shown == Shown::Whole;
        let rows: Vec<_> = differences.iter().map(|difference| compare::row(difference, whole)).collect();
        if rows.is_empty() { Ok(()) } else { listing::write(Output::Table, DIFFERENCES, &rows) }
    }

    fn json(&self, shown: Shown) -> Value {
        let whole = shown == Shown::Whole;
        let set = |set: &Set| json!({ "name": set.name, "rules": set.rules, "vehicles": set.busiest(shown).collect::<Vec<_>>() });
        let sets: Vec<_> = self.sets.iter().map(set).collect();
        let differences = self.differences.as_ref();
        let differences = differences
            .map(|all| all.iter().map(|difference| compare::row(difference, whole)).collect::<Vec<_>>());
        json!({
            "from": self.window.from,
            "to": self.window.to,
            "days": self.window.days(),
            "vehicles": self.window.vehicles,
            "sets": sets,
            "differences": differences,
        })
    }
}

/// Vehicles in the table: a person looks into no more of them [P].
const BUSIEST_SHOWN: usize = 10;
const BUSIEST: &[&str] = &["vehicle", "alerts", "told", "rules"];
const DIFFERENCES: &[&str] = &["kind", "rule", "about", "opened_at", "severity", "was", "id"];
