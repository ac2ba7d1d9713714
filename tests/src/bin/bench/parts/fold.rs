//! End to end: how many reports a second become deduplicated, ruled and queryable, in an empty store and in an aged one.
//!
//! Shape: a load that is faster than the fold leaves a backlog; then nothing comes in, and the backlog's end is awaited. One server
//! serves all rounds of a store; the proof after its kill is of the reports of all of them. Units: inputs a second, one a report.
//! Errors: a broken promise ends the part. Source: `PERF.md` B4; issue, target 2.

use super::Plan;
use super::load::loaded;
use crate::cars::chosen;
use crate::health::{Fold, fold};
use crate::job::Sent;
use crate::preload::Stock;
use crate::process::cpu_s;
use crate::promise;
use crate::spread::Spread;
use crate::stand::{Stand, Variant};
use anyhow::{Context as _, ensure};
use serde_json::{Map, Value, json};
use std::time::{Duration, Instant};
use stories::device::now;

/// A store, and what its fold came to.
struct Tried {
    variant: Variant,
    stock: Stock,
    stand: Stand,
    loads: Vec<(i64, Vec<Sent>)>,
    /// Behind everything that its cars have said.
    behind_ms: i64,
    by_wall: Vec<f64>,
    by_cpu: Vec<f64>,
}

pub(super) async fn run(plan: Plan) -> anyhow::Result<Value> {
    let mut tried = Vec::new();
    for variant in [Variant::Sqlite, Variant::Postgres] {
        for stock in stocks(plan) {
            let stand = Stand::start(variant, &stock).await?;
            tried.push(Tried {
                variant,
                stock,
                stand,
                loads: vec![],
                behind_ms: 0,
                by_wall: vec![],
                by_cpu: vec![],
            });
        }
    }
    for _ in 0..plan.repeats {
        for one in &mut tried {
            one.drain(plan)?;
        }
    }
    let mut told = Map::new();
    let empty = |tried: &[Tried], variant| {
        let of = |one: &&Tried| one.variant == variant && one.stock.rows == 0;
        tried.iter().find(of).map(|one| one.by_wall.clone()).unwrap_or_default()
    };
    let bases = [Variant::Sqlite, Variant::Postgres].map(|variant| (variant, empty(&tried, variant)));
    for one in tried {
        let base = bases.iter().find(|(variant, _)| *variant == one.variant);
        let against = Spread::ratio(&one.by_wall, base.map_or(&[], |(_, base)| base));
        let (name, row) = one.prove(against)?;
        told.insert(name, row);
    }
    Ok(Value::Object(told))
}

/// Empty first: it is what the others are compared with.
fn stocks(plan: Plan) -> Vec<Stock> {
    let aged = |rows, aged_cars| Stock { known: aged_cars, rows, aged_cars };
    let mut stocks = vec![Stock::known(CARS), aged(plan.pick(2_000_000, 20_000_000), CARS)];
    if plan.full {
        stocks.push(aged(20_000_000, 1_000_000));
    }
    stocks
}

impl Tried {
    /// Loads until there is a backlog, then waits for its end.
    fn drain(&mut self, plan: Plan) -> anyhow::Result<()> {
        let start_ms = self.behind_ms.max(now().ms() - AGO_MS);
        let cars = chosen(CARS, self.stock.known);
        let (_, sent) = loaded(&self.stand, cars, start_ms, plan.pick(1.0, 5.0))?;
        let reports = sent.iter().map(|one| one.reports).max().unwrap_or(0);
        self.behind_ms = start_ms + i64::from(reports) * 1_000;
        self.loads.push((start_ms, sent));
        let server = self.stand.server().context("a server")?;
        let (began, cpu, backlog) = (Instant::now(), cpu_s(self.stand.process)?, fold(server)?.lag_inputs);
        ensure!(backlog >= BACKLOG_MIN, "a backlog of {backlog} inputs is none: the fold keeps up");
        let mut left = backlog;
        while left > 0 {
            ensure!(began.elapsed() < DRAINED_WITHIN, "{left} of {backlog} inputs are not folded");
            std::thread::sleep(EVERY);
            let Fold { lag_inputs, .. } = fold(server)?;
            left = lag_inputs;
        }
        let (seconds, cpu) = (began.elapsed().as_secs_f64(), cpu_s(self.stand.process)? - cpu);
        let folded = f64::from(u32::try_from(backlog)?);
        let age = self.stock.rows;
        let name = self.variant.name();
        eprintln!(
            "  {name:<9} {age:>9} rows aged: {backlog} inputs in {seconds:.1} s, {:.0}/s",
            folded / seconds
        );
        self.by_wall.push(folded / seconds);
        self.by_cpu.push(folded / cpu.max(0.01));
        Ok(())
    }

    /// Kills the server and looks for everything; then the figure may be told.
    fn prove(self, against_empty: Spread) -> anyhow::Result<(String, Value)> {
        let site = self.stand.kill()?.context("a site")?;
        let found = promise::check(&site, &self.loads)?;
        let (wall, cpu) = (Spread::of(self.by_wall), Spread::of(self.by_cpu));
        let name = format!("{}_{}_rows_{}_cars", self.variant.name(), self.stock.rows, self.stock.known);
        eprintln!(
            "  {name}: {wall} inputs/s, {cpu} a CPU second of the server, {against_empty} of empty, {found} found"
        );
        let row = json!({
            "inputs_per_s": wall,
            "inputs_per_cpu_s": cpu,
            "of_empty": against_empty,
            "found_after_kill": found,
        });
        Ok((name, row))
    }
}

const CARS: u32 = 10_000;
/// Less is over before it is looked at.
const BACKLOG_MIN: i64 = 20_000;
const DRAINED_WITHIN: Duration = Duration::from_mins(5);
const EVERY: Duration = Duration::from_millis(50);
/// A minute of the cars' time is past when they begin, and a few more are to come when they end: that is live, and judged. Of late
/// reports, as of a thousand cars that send as many, the rules have nothing to say.
const AGO_MS: i64 = 60_000;
