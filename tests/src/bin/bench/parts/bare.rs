//! The disk and the database without a server: what no server can be faster than.
//!
//! Shape: `fdatasync` behind an append, and rows into the server's own tables with its durability. Units: calls and rows
//! a second, of this process. Errors: the disk's. Source: `PERF.md` B4.

use super::Plan;
use crate::preload::{Care, Stock, fill};
use crate::spread::Spread;
use crate::stand::Variant;
use serde_json::{Value, json};
use std::fs::File;
use std::io::Write as _;
use std::time::{Duration, Instant};

pub(super) async fn run(plan: Plan) -> anyhow::Result<Value> {
    let (mut syncs, mut sqlite, mut postgres) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..plan.repeats {
        syncs.push(syncs_per_s(Duration::from_secs(plan.pick(1, 5)))?);
        sqlite.push(rows_per_s(Variant::Sqlite, plan).await?);
        postgres.push(rows_per_s(Variant::Postgres, plan).await?);
    }
    let (syncs, sqlite, postgres) = (Spread::of(syncs), Spread::of(sqlite), Spread::of(postgres));
    eprintln!("  fdatasync behind 4 KiB, a second          {syncs}");
    eprintln!("  rows into an empty store, a second: SQLite {sqlite}, PostgreSQL {postgres}");
    Ok(json!({ "fdatasync_per_s": syncs, "sqlite_rows_per_s": sqlite, "postgres_rows_per_s": postgres }))
}

fn syncs_per_s(within: Duration) -> anyhow::Result<f64> {
    let mut file: File = tempfile::tempfile()?;
    let (began, mut calls) = (Instant::now(), 0_u32);
    while began.elapsed() < within {
        file.write_all(&[0x5A; 4096])?;
        file.sync_data()?;
        calls += 1;
    }
    Ok(f64::from(calls) / began.elapsed().as_secs_f64())
}

/// The same statements that age a store, bulk inserts made in the database: positions, and again sorted into their tracks.
async fn rows_per_s(variant: Variant, plan: Plan) -> anyhow::Result<f64> {
    let site = variant.site(&Stock::known(0)).await?;
    let rows = plan.pick(200_000, 2_000_000);
    let began = Instant::now();
    fill(site.store_url(), &Stock { known: 0, rows, aged_cars: 10_000 }, Care::AsServed).await?;
    Ok(f64::from(rows) / began.elapsed().as_secs_f64())
}
