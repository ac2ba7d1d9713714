//! A served site with trackers that report to it, and the proof that ends every scenario.
//!
//! Shape: [`Stage::on`] a site → [`Stage::begin`] → faults → [`Stage::prove`]: acknowledged is stored, once, as it was sent,
//! nothing else is, and the counters add up. Units: reports, frames. Errors: [`Red`] for a promise that was not kept;
//! any other error for a step that failed. Source: `reliability.md` §7.6.

use crate::options::Plan;
use anyhow::{Context as _, ensure};
use fleet::tracker::Device;
use fleet::{Load, LoadConfig, LoadHandle};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};
use stories::device::now;
use stories::proof::{self, Broken, Row};
use stories::server::{Server, Site, until};

/// A promise that was not kept: what a negative control must come to.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Red {
    /// Reports and rows differ.
    #[error("{0:?}")]
    Broken(Broken),
    /// What is left cannot be served from.
    #[error("what is left is unusable: {0}")]
    Unusable(String),
    /// Numbers that do not add up.
    #[error("the counters do not reconcile: {0}")]
    Counters(String),
}

/// How much the trackers say.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Volume {
    /// As much as their windows allow: hundreds of frames without an answer at any moment.
    Full,
    /// A thousand reports a second, as long as the scenario lasts.
    Steady,
}

/// A site and its trackers.
pub(crate) struct Stage {
    pub(crate) site: Site,
    config: LoadConfig,
}

impl Stage {
    pub(crate) fn on(site: Site, volume: Volume, plan: Plan) -> Self {
        let (site, connections, rate) = match volume {
            Volume::Full => (site.hears_any_rate(), 60, None),
            Volume::Steady => (site, 15, NonZeroU32::new(20)),
        };
        let config = LoadConfig {
            connections,
            window: 8,
            seed: plan.seed,
            first_terminal: 1_000,
            // History: the device clocks run faster than ours, and no report shall be from the future.
            start: now().plus(-7 * 86_400_000),
            rate,
            reports: None,
        };
        Self { site, config }
    }

    /// Serves, enters the trackers, and lets them report.
    pub(crate) fn begin(&self) -> anyhow::Result<(Server, LoadHandle)> {
        let server = self.site.serve()?;
        self.enter()?;
        let load = Load::start(server.tracker, protocols::ALL, &self.config);
        progresses(&load)?;
        Ok((server, load))
    }

    /// Enters every terminal on a vehicle of its own, as a lender's file does.
    pub(crate) fn enter(&self) -> anyhow::Result<()> {
        let from = self.config.start.plus(-86_400_000);
        let row = |(n, who): (usize, Device)| format!("{},粤B{n:05},main,{from}", who.terminal);
        let rows: Vec<String> = self.trackers().into_iter().enumerate().map(row).collect();
        let file = format!("terminal,plate,role,from\n{}\n", rows.join("\n"));
        self.site.done(&["import", "bindings", &self.site.file("bindings.csv", file)?])?;
        Ok(())
    }

    /// Who reports.
    pub(crate) fn trackers(&self) -> Vec<Device> {
        self.config.devices(protocols::ALL)
    }

    /// Ends load and server; compares what is stored with what was promised, and the counters with both.
    pub(crate) async fn prove(&self, mut server: Server, load: LoadHandle) -> anyhow::Result<String> {
        let going_on = progresses(&load).context("after the last fault");
        self.blamed(&mut server, going_on)?;
        let ledger = load.stop().await;
        ensure!(ledger.unexpected_count() == 0, "acknowledgements of frames that were never sent");
        let totals = reconciled(&server);
        let totals = self.blamed(&mut server, totals)?;
        ensure!(server.stop()?.success(), "it did not stop well:\n{}", self.last_words());
        let rows = self.site.rows::<Row>(&["positions", "--include", "late"])?;
        let counts = proof::check(&ledger.reports(), rows).map_err(Red::Broken)?;
        let stored = totals.sum("lienwatch_folded_total{result=\"stored\"}");
        if usize::try_from(stored)? != counts.stored {
            return Err(Red::Counters(format!("{stored} counted as stored, {} rows", counts.stored)).into());
        }
        let (sent, acknowledged) = (counts.sent, counts.acknowledged);
        Ok(format!("{sent} sent, {acknowledged} acknowledged, {} stored once; {totals}", counts.stored))
    }

    /// What came of a step; a server that has refused to go on is to blame for one that failed. One that fell over or was
    /// killed has refused nothing.
    pub(crate) fn blamed<T>(&self, server: &mut Server, step: anyhow::Result<T>) -> anyhow::Result<T> {
        let Err(error) = step else { return step };
        match server.ended()?.map(|status| status.code()) {
            Some(Some(REFUSED)) => Err(Red::Unusable(self.last_words()).into()),
            Some(_) => Err(error.context(format!("the server has ended: {}", self.last_words()))),
            None => Err(error),
        }
    }

    /// The end of what the servers logged.
    pub(crate) fn last_words(&self) -> String {
        let log = self.site.log().unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines.get(lines.len().saturating_sub(LOG_LINES)..).unwrap_or_default().join("\n")
    }
}

/// Reports are acknowledged that were not yet.
pub(crate) fn progresses(load: &LoadHandle) -> anyhow::Result<()> {
    let before = load.counters().acknowledged;
    let more = || Ok((load.counters().acknowledged > before).then_some(()));
    until("acknowledgements", PROGRESS_MAX, more)
}

/// What a scrape says, name with labels to value.
#[derive(Debug)]
pub(crate) struct Totals(BTreeMap<String, u64>);

impl Totals {
    pub(crate) fn of(server: &Server) -> anyhow::Result<Self> {
        let (status, text) = server.get("/metrics")?;
        ensure!(status == 200, "/metrics answers {status}");
        let samples =
            text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.rsplit_once(' '));
        let whole =
            |(name, value): (&str, &str)| Some((name.to_owned(), value.split('.').next()?.parse().ok()?));
        Ok(Self(samples.filter_map(whole).collect()))
    }

    /// The sum of all samples whose name begins so.
    pub(crate) fn sum(&self, name: &str) -> u64 {
        self.0.iter().filter(|(sample, _)| sample.starts_with(name)).map(|(_, value)| value).sum()
    }

    /// What stands against `frames_in = journalled + refused + in flight`, with everything folded.
    fn difference(&self) -> Option<String> {
        let [frames, journalled, refused, in_flight] =
            ["frames_total", "journalled_total", "refused_total", "in_flight"]
                .map(|name| self.sum(&format!("lienwatch_ingest_{name}")));
        let lag = self.sum(LAG);
        let same = frames == journalled + refused + in_flight && in_flight == 0 && lag == 0;
        (!same).then(|| {
            format!("{frames} frames, {journalled} journalled, {refused} refused, {in_flight} in flight, {lag} not folded")
        })
    }
}

impl std::fmt::Display for Totals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let duplicate = self.sum("lienwatch_folded_total{result=\"duplicate\"}");
        let rejected = self.sum("lienwatch_folded_total{result=\"rejected");
        write!(f, "{duplicate} duplicate, {rejected} rejected; the last run's counters add up")
    }
}

/// Waits until nothing moves; then every frame must have gone somewhere. What half an hour without a store has left takes its time: it may, as
/// long as it becomes less.
fn reconciled(server: &Server) -> anyhow::Result<Totals> {
    let (mut fewest, mut since) = (u64::MAX, Instant::now());
    loop {
        let totals = Totals::of(server)?;
        let Some(difference) = totals.difference() else { return Ok(totals) };
        let lag = totals.sum(LAG);
        if lag < fewest {
            (fewest, since) = (lag, Instant::now());
        }
        if since.elapsed() > SETTLE_MAX {
            return Err(Red::Counters(difference).into());
        }
        std::thread::sleep(LOOK_EACH);
    }
}

/// After a start all trackers are back within their longest pause; a machine that compiles meanwhile is slow.
const PROGRESS_MAX: Duration = Duration::from_secs(30);
/// The exit code of a server that says what is wrong and ends.
const REFUSED: i32 = 1;
const LAG: &str = "lienwatch_fold_lag_inputs";
const LOOK_EACH: Duration = Duration::from_millis(100);
/// Without a step of the fold.
const SETTLE_MAX: Duration = Duration::from_mins(2);
const LOG_LINES: usize = 12;
