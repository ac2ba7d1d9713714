//! What a report costs the disk: bytes written until it can be queried, and bytes kept.
//!
//! Shape: live reports at a rate on a new server, everything folded, then the kernel's count of the server's writes and the
//! size of what is there. Units: bytes a report. Errors: a broken promise ends the part. Source: `PERF.md` B4; proc(5).

use super::Plan;
use super::held::Rate;
use super::load::folded;
use crate::job::Then;
use crate::preload::Stock;
use crate::process::written_bytes;
use crate::promise;
use crate::spread::Spread;
use crate::stand::{Stand, Variant};
use anyhow::Context as _;
use serde_json::{Value, json};
use stories::device::now;
use stories::server::Site;

pub(super) async fn run(plan: Plan) -> anyhow::Result<Value> {
    let (mut written, mut kept, mut found) = (Vec::new(), Vec::new(), 0);
    for _ in 0..plan.pick(1, plan.repeats) {
        let stand = Stand::start(Variant::Sqlite, &Stock::known(CARS)).await?;
        let before = written_bytes(stand.process)?;
        let rate = Rate { frames_per_s: CARS, seconds: plan.pick(4, 30), connections: CARS };
        // Its cars live as fast as we do: each report is half the span old, and live.
        let (_, load) = rate.hold(&stand, now().ms() - rate.span_ms() / 2, Then::Stop)?;
        let (start_ms, sent) = load.sent()?;
        folded(&stand)?;
        let bytes = written_bytes(stand.process)?.saturating_sub(before);
        let reports: u32 = sent.iter().map(|one| one.acknowledged).sum();
        let site = stand.kill()?.context("a site")?;
        found += promise::check(&site, &[(start_ms, sent)])?;
        // The server was stopped in order: its logs are in the databases.
        let files = kept_bytes(&site)?;
        written.push(each(bytes, reports)?);
        kept.push(each(files, reports)?);
    }
    let (written, kept) = (Spread::of(written), Spread::of(kept));
    eprintln!("  bytes a report on SQLite, journal and store: {written} written, {kept} kept; {found} found");
    Ok(json!({ "sqlite_bytes_written": written, "sqlite_bytes_kept": kept, "found_after_kill": found }))
}

fn kept_bytes(site: &Site) -> anyhow::Result<u64> {
    let files = std::fs::read_dir(site.data_dir())?;
    files.map(|file| Ok(file?.metadata()?.len())).sum()
}

fn each(bytes: u64, reports: u32) -> anyhow::Result<f64> {
    Ok(f64::from(u32::try_from(bytes / 1024)?) * 1024.0 / f64::from(reports.max(1)))
}

/// Each reports once a second.
const CARS: u32 = 10_000;
