//! The first promise, checked in the run that is measured: what was acknowledged before the kill is found after it.
//!
//! Shape: a killed server's site and what was sent → how many reports were found, or the promise that was broken; then
//! no figure of that server is told. It is the stories' own proof. Source: `PERF.md` D.

use crate::cars::Car;
use crate::health::{Fold, fold};
use crate::job::Sent;
use anyhow::{Context as _, anyhow, ensure};
use fleet::Report;
use model::Timestamp;
use std::time::Duration;
use stories::proof::{self, Row};
use stories::server::{Site, until};

/// Loads of a site: the device time of each car's first report, and what each connection sent from there on.
pub(crate) type Loads = [(i64, Vec<Sent>)];

/// Serves the site again, waits until everything is folded, and compares every report with every row of its time on.
pub(crate) fn check(site: &Site, loads: &Loads) -> anyhow::Result<u64> {
    check_beside(site, loads, Vec::new())
}

/// The same where others have reported too, behind the begin of the first load.
pub(crate) fn check_beside(site: &Site, loads: &Loads, others: Vec<Report>) -> anyhow::Result<u64> {
    let server = site.serve()?;
    until("everything is folded", FOLDED_WITHIN, || Ok((fold(&server)? == Fold::default()).then_some(())))?;
    let first = loads.iter().map(|(start_ms, _)| *start_ms).min().context("a load")?;
    // What aged the store is older.
    let from = Timestamp::from_ms(first - 1_000).to_string();
    let rows = site.rows::<Row>(&["positions", "--include", "late", "--from", &from])?;
    server.stop()?;
    let mut reports = others;
    for (start_ms, one) in
        loads.iter().flat_map(|(start_ms, sent)| sent.iter().map(move |one| (start_ms, one)))
    {
        let car = Car::of(one.car)?;
        for second in 0..one.reports {
            let mut report = car.noted(Timestamp::from_ms(*start_ms), second, one.first_serial)?;
            report.acknowledged = second < one.acknowledged;
            reports.push(report);
        }
    }
    let counts =
        proof::check(&reports, rows).map_err(|broken| anyhow!("the promise is broken: {broken:?}"))?;
    ensure!(counts.acknowledged > 0, "nothing was acknowledged: that proves nothing");
    Ok(u64::try_from(counts.acknowledged)?)
}

/// The longest backlog of a run, folded on one core.
const FOLDED_WITHIN: Duration = Duration::from_mins(10);
