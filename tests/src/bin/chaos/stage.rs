//! A served site with trackers that report to it, and the proof that ends every scenario.
//!
//! Shape: [`Stage::on`] a site → [`Stage::begin`] → faults → [`Stage::prove`]: acknowledged is stored, once, as it was sent,
//! nothing else is, and the counters add up. Units: reports, frames. Errors: [`Red`] for a promise that was not kept;
//! any other error for a step that failed. Source: `reliability.md` §7.6.

use crate::options::Plan;
use anyhow::{Context as _, ensure};
use fleet::tracker::Device;
use fleet::{Ledger, Load, LoadConfig, LoadHandle};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::process::ExitStatus;
use std::time::{Duration, Instant};
use stories::device::now;
use stories::proof::{self, Broken, Counts, Row};
use stories::server::{Ended, Server, Site, until};

/// A promise that was not kept: what a negative control must come to.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Red {
    /// Reports and rows differ.
    #[error("{0:?}")]
    Broken(Broken),
    /// What is left cannot be served from: the server says so, or SQLite does.
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
    /// The process of the server that it began with.
    first: Cell<Option<u32>>,
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
        Self { site, config, first: Cell::new(None) }
    }

    /// Serves, enters the trackers, and lets them report.
    pub(crate) fn begin(&self) -> anyhow::Result<(Server, LoadHandle)> {
        let server = self.site.serve()?;
        self.first.set(Some(server.id()));
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
        // Whether the site's first server served to the end: then the fold's numbers are all of its own frames.
        let is_first = self.first.get() == Some(server.id());
        ensure!(server.stop()?.success(), "it did not stop well:\n{}", self.last_words());
        let counts = compared(&self.site, &ledger, &totals)?;
        if let Some(beyond) = totals.beyond().filter(|_| is_first) {
            return Err(Red::Counters(beyond).into());
        }
        let (sent, acknowledged) = (counts.sent, counts.acknowledged);
        Ok(format!("{sent} sent, {acknowledged} acknowledged, {} stored once; {totals}", counts.stored))
    }

    /// Serves again from what a fault has left; a server that refuses it has seen what is wrong with it.
    pub(crate) fn served_again(&self) -> anyhow::Result<Server> {
        self.site.serve().map_err(|error| match error.downcast::<Ended>() {
            Ok(ended) => self.end_of(ended.status, ended.into()),
            Err(error) => error,
        })
    }

    /// What came of a step; a server that has refused to go on is to blame for one that failed.
    pub(crate) fn blamed<T>(&self, server: &mut Server, step: anyhow::Result<T>) -> anyhow::Result<T> {
        let Err(error) = step else { return step };
        // One that answers no more may be on its way out still.
        match until("its end", END_MAX, || server.ended()) {
            Ok(status) => Err(self.end_of(status, error)),
            Err(_) => Err(error),
        }
    }

    /// What the end of a server means. One that fell over, was killed, or stumbled over anything but its files has refused
    /// nothing: a control must not take it for its proof.
    fn end_of(&self, status: ExitStatus, error: anyhow::Error) -> anyhow::Error {
        let words = self.last_words();
        match words.lines().rfind(|line| !line.is_empty()) {
            Some(last) if status.code() == Some(REFUSED) && is_refusal(last) => {
                Red::Unusable(last.to_owned()).into()
            }
            _ => error.context(format!("the server has ended with {status}: {words}")),
        }
    }

    /// The end of what the servers logged.
    pub(crate) fn last_words(&self) -> String {
        let log = self.site.log().unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines.get(lines.len().saturating_sub(LOG_LINES)..).unwrap_or_default().join("\n")
    }
}

/// Ends a scenario whose reports were sent by hand, each until it was acknowledged: the same proof, and what the fold found
/// to be doubled is what was sent again, no more and no less.
pub(crate) fn prove_each(site: &Site, server: Server, ledger: &Ledger) -> anyhow::Result<Counts> {
    let totals = reconciled(&server)?;
    ensure!(server.stop()?.success(), "it did not stop well");
    let counts = compared(site, ledger, &totals)?;
    let (duplicate, again) = (totals.duplicate(), sent_again(ledger)?);
    if duplicate != again {
        return Err(Red::Counters(format!("{again} were sent again, {duplicate} counted as doubled")).into());
    }
    Ok(counts)
}

/// Compares the rows with the reports, then the fold's numbers with both.
fn compared(site: &Site, ledger: &Ledger, totals: &Totals) -> anyhow::Result<Counts> {
    let rows = site.rows::<Row>(&["positions", "--include", "late"])?;
    let counts = proof::check(&ledger.reports(), rows).map_err(Red::Broken)?;
    let (stored, duplicate) = (totals.stored(), totals.duplicate());
    if stored != u64::try_from(counts.stored)? {
        return Err(Red::Counters(format!("{stored} counted as stored, {} rows", counts.stored)).into());
    }
    let copies = u64::try_from(counts.sent)? + sent_again(ledger)?;
    if stored + duplicate > copies {
        let said =
            format!("{stored} counted as stored and {duplicate} as doubled, of {copies} that were sent");
        return Err(Red::Counters(said).into());
    }
    Ok(counts)
}

/// How often a report was sent that had been sent before.
fn sent_again(ledger: &Ledger) -> anyhow::Result<u64> {
    let again: usize = ledger.reports().iter().map(|report| report.resent_as.len()).sum();
    Ok(u64::try_from(again)?)
}

/// Whether a server's last line says that its journal is an older one than its store was made of, or no journal any more.
fn is_refusal(line: &str) -> bool {
    line.starts_with("error: ") && REFUSALS.iter().any(|refusal| line.contains(refusal))
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

    /// The sample of this name that has no labels; 0 if there is none.
    pub(crate) fn of_name(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// The sum of all samples whose name begins so.
    pub(crate) fn sum(&self, name: &str) -> u64 {
        self.0.iter().filter(|(sample, _)| sample.starts_with(name)).map(|(_, value)| value).sum()
    }

    /// Of the fold: rows made.
    fn stored(&self) -> u64 {
        self.folded("stored")
    }

    /// Of the fold: reports that had a row already.
    fn duplicate(&self) -> u64 {
        self.folded("duplicate")
    }

    /// Of the fold, whatever the reason: reports of terminals that nobody vouches for. Honest trackers send none.
    fn rejected(&self) -> u64 {
        self.sum("lienwatch_folded_total{result=\"rejected")
    }

    /// Since the store was made, over all servers.
    fn folded(&self, result: &str) -> u64 {
        self.sum(&format!("lienwatch_folded_total{{result=\"{result}\"}}"))
    }

    fn ingest(&self, name: &str) -> u64 {
        self.sum(&format!("lienwatch_ingest_{name}"))
    }

    /// What stands against `frames_in = journalled + refused + in flight`, with everything that was journalled folded: the
    /// fold counts frames, too, and has those of earlier servers beside this one's.
    fn difference(&self) -> Option<String> {
        let [frames, journalled, refused, in_flight] =
            ["frames_total", "journalled_total", "refused_total", "in_flight"].map(|name| self.ingest(name));
        let (lag, folded, rejected) = (self.sum(LAG), self.folded("frames"), self.rejected());
        let same = frames == journalled + refused + in_flight && in_flight == 0 && lag == 0;
        (!same || folded < journalled || rejected > 0).then(|| {
            format!(
                "{frames} frames, {journalled} journalled, {refused} refused, {in_flight} in flight, {lag} not folded, \
                 {folded} folded, {rejected} rejected"
            )
        })
    }

    /// What the fold has counted beyond the frames of this server: none, but for those of which it could not tell whether
    /// they were committed.
    fn beyond(&self) -> Option<String> {
        let (folded, journalled) = (self.folded("frames"), self.ingest("journalled_total"));
        let unconfirmed = self.sum("lienwatch_ingest_refused_total{reason=\"unconfirmed\"}");
        (folded > journalled + unconfirmed)
            .then(|| format!("{folded} frames folded, {journalled} journalled, {unconfirmed} unconfirmed"))
    }
}

impl std::fmt::Display for Totals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} duplicate, none rejected; the last run's counters add up", self.duplicate())
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
/// An older journal, another one, one that does not read, and SQLite's two words for such a file.
const REFUSALS: [&str; 5] = [
    "this is an older copy of the journal",
    "this store was folded from journal",
    "the journal cannot be read",
    "database disk image is malformed",
    "file is not a database",
];
/// After its last answer.
const END_MAX: Duration = Duration::from_secs(2);
const LAG: &str = "lienwatch_fold_lag_inputs";
const LOOK_EACH: Duration = Duration::from_millis(100);
/// Without a step of the fold.
const SETTLE_MAX: Duration = Duration::from_mins(2);
const LOG_LINES: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_add_up_when_each_journalled_frame_is_folded_and_none_is_rejected() {
        let of = |folded: u64, rejected: u64| {
            let name = |result: &str| format!("lienwatch_folded_total{{result=\"{result}\"}}");
            Totals(BTreeMap::from([
                ("lienwatch_ingest_frames_total".to_owned(), 10),
                ("lienwatch_ingest_journalled_total".to_owned(), 8),
                ("lienwatch_ingest_refused_total{reason=\"unconfirmed\"}".to_owned(), 2),
                (name("frames"), folded),
                (name("rejected.terminal"), rejected),
            ]))
        };
        assert_eq!(of(8, 0).difference(), None);
        assert!(of(7, 0).difference().is_some(), "one is journalled and not folded");
        assert!(of(8, 1).difference().is_some(), "one is rejected");
        assert_eq!([8, 10, 11].map(|folded| of(folded, 0).beyond().is_some()), [false, false, true]);
    }

    #[test]
    fn a_server_that_stumbles_over_anything_but_its_journal_has_refused_nothing() {
        let ahead = watch::WatchError::Ahead { applied: model::Seq(9), head: model::Seq(7) };
        let corrupt = journal::JournalError::Corrupt { reason: "a block ends early".to_owned() };
        assert!(is_refusal(&format!("error: {ahead}")));
        assert!(is_refusal(&format!("error: opening the journal in data: {corrupt}")));
        let busy = "error: 127.0.0.1:20001: address in use; stop what has this port, or name another";
        let logged = "WARN this is an older copy of the journal";
        assert!(
            [busy, logged, "error: the journal failed: disk I/O error", ""]
                .iter()
                .all(|line| !is_refusal(line))
        );
    }
}
