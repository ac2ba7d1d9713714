//! What the number of known terminals costs: the start, and the throughput.
//!
//! Shape: a store with so many terminals, each on a car, A B A B → seconds until both ports accept, and frames a second of
//! 1,000 of them in a closed loop. Units: in the names. Errors: the server's; a broken promise ends the part. Source: `PERF.md` C7;
//! issue, target 2.

use super::Plan;
use super::load::loaded;
use crate::cars::chosen;
use crate::preload::Stock;
use crate::promise;
use crate::spread::Spread;
use crate::stand::{Stand, Variant};
use anyhow::Context as _;
use serde_json::{Value, json};
use std::time::Instant;
use stories::device::now;

/// A number of known terminals, and what it came to.
#[derive(Default)]
struct Size {
    known: u32,
    listening_s: Vec<f64>,
    by_wall: Vec<f64>,
    by_cpu: Vec<f64>,
    /// Acknowledged in the last round, and found after the kill.
    found: u64,
}

pub(super) async fn run(plan: Plan) -> anyhow::Result<Value> {
    let known = KNOWN.get(..plan.pick(2, 3)).context("sizes")?;
    let mut sizes: Vec<Size> = known.iter().map(|&known| Size { known, ..Size::default() }).collect();
    for round in 1..=plan.repeats {
        for size in &mut sizes {
            size.measure(plan, round == plan.repeats).await?;
        }
    }
    let first = sizes.first().map(|size| (size.by_wall.clone(), size.by_cpu.clone())).unwrap_or_default();
    let told = sizes.iter().map(|size| size.tell(&first));
    Ok(Value::Array(told.collect()))
}

impl Size {
    async fn measure(&mut self, plan: Plan, prove: bool) -> anyhow::Result<()> {
        let site = Box::new(Variant::Sqlite.site(&Stock::known(self.known)).await?);
        let began = Instant::now();
        let stand = Stand::serve(site)?;
        self.listening_s.push(began.elapsed().as_secs_f64());
        let start_ms = now().plus(-HISTORY_MS).ms();
        let (measured, sent) =
            loaded(&stand, chosen(CONNECTIONS, self.known), start_ms, plan.pick(2.0, 10.0))?;
        self.by_wall.push(measured.frames_per_s);
        self.by_cpu.push(measured.frames_per_cpu_s);
        let site = stand.kill()?.context("a site")?;
        if prove {
            self.found = promise::check(&site, &[(start_ms, sent)])?;
        }
        Ok(())
    }

    fn tell(&self, (wall, cpu): &(Vec<f64>, Vec<f64>)) -> Value {
        let (listening, frames) = (Spread::of(self.listening_s.clone()), Spread::of(self.by_wall.clone()));
        let (by_wall, by_cpu) = (Spread::ratio(&self.by_wall, wall), Spread::ratio(&self.by_cpu, cpu));
        eprintln!(
            "  {:>9} known: listening after {listening} s, {frames} frames/s, {by_wall} of the first by wall, {by_cpu} by CPU; {} found",
            self.known, self.found
        );
        json!({
            "known": self.known,
            "listening_s": listening,
            "frames_per_s": frames,
            "of_first_wall": by_wall,
            "of_first_cpu": by_cpu,
            "found_after_kill": self.found,
        })
    }
}

const CONNECTIONS: u32 = 1_000;
const KNOWN: [u32; 3] = [1_000, 100_000, 1_000_000];
/// The device clocks run faster than ours: no report shall be from the future.
const HISTORY_MS: i64 = 7 * 86_400_000;
