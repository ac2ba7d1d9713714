//! The headline: an open loop at rising rates. Whether a rate is sustained is told by its answers and by the fold.
//!
//! Shape: a ladder of rates, each on a new server, with the fold's lag looked at meanwhile. Units: frames a second,
//! milliseconds from the intended time, seconds of lag. Errors: a broken promise ends the part. Source: `PERF.md` D.

use super::Plan;
use crate::cars::chosen;
use crate::health::watched;
use crate::job::{Answers, Job, Measured, Pace, Then};
use crate::preload::Stock;
use crate::promise;
use crate::run::Run;
use crate::spread::Spread;
use crate::stand::{Stand, Variant};
use anyhow::Context as _;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use stories::device::now;

/// A rate, and what came of it.
struct Step {
    measured: Measured,
    lag_max_s: f64,
    lag_grows: bool,
    found: u64,
}

pub(super) async fn run(plan: Plan) -> anyhow::Result<Value> {
    let mut steps: BTreeMap<(&str, u32), Vec<Step>> = BTreeMap::new();
    let rates = RATES.get(..plan.pick(4, 5)).context("rates")?;
    for _ in 0..plan.pick(1, plan.repeats) {
        for &rate in rates {
            for variant in [Variant::Sqlite, Variant::Postgres] {
                let step = climb(plan, variant, rate).await?;
                tell(variant, rate, &step);
                steps.entry((variant.name(), rate)).or_default().push(step);
            }
        }
    }
    let mut told = Map::new();
    for ((variant, rate), steps) in &steps {
        let rungs = told.entry(*variant).or_insert_with(|| json!([]));
        rungs.as_array_mut().context("a list")?.push(rung(*rate, steps));
    }
    told.insert("connections".into(), json!(CONNECTIONS));
    told.insert("seconds".into(), json!(plan.pick(SECONDS.0, SECONDS.1)));
    Ok(Value::Object(told))
}

async fn climb(plan: Plan, variant: Variant, rate: u32) -> anyhow::Result<Step> {
    let stand = Stand::start(variant, &Stock::known(CONNECTIONS)).await?;
    let seconds = plan.pick(SECONDS.0, SECONDS.1);
    // A car makes a report for each second of its own clock, which is ours at the end: nothing is of the future.
    let reports = i64::from(rate / CONNECTIONS + 1) * plan.pick(CLOCK_S.0, CLOCK_S.1);
    let job = Job {
        target: stand.address,
        process: stand.process,
        cars: chosen(CONNECTIONS, CONNECTIONS),
        start_ms: now().plus(-reports * 1_000).ms(),
        pace: Pace::Rate(f64::from(rate)),
        answers: Answers::Acknowledged,
        warm_s: WARM_S,
        seconds,
        then: Then::UntilKilled,
    };
    let mut run = Run::start(&job)?;
    run.go()?;
    let server = stand.server().context("a server")?;
    let (measured, lag) = watched(server, || run.measured())?;
    let measured = measured?;
    let site = stand.kill()?.context("a site")?;
    let found = promise::check(&site, &[(job.start_ms, run.sent()?)])?;
    let under_load: Vec<f64> = lag
        .into_iter()
        .filter(|(at, _)| (WARM_S..WARM_S + seconds).contains(at))
        .map(|(_, lag_s)| lag_s)
        .collect();
    let third = under_load.len() / 3;
    let of = |lags: Option<&[f64]>| Spread::of(lags.unwrap_or_default().iter().copied()).median;
    let (first, last) = (of(under_load.get(..third)), of(under_load.get(2 * third..)));
    Ok(Step {
        measured,
        lag_max_s: Spread::of(under_load.iter().copied()).max,
        lag_grows: last > first + LAG_NOISE_S,
        found,
    })
}

impl Step {
    fn is_sustained(&self, rate: u32) -> bool {
        let Measured { offered, answered, p99_ms, .. } = self.measured;
        answered * 100 >= offered * 99
            && p99_ms <= p99_max_ms(rate)
            && self.lag_max_s <= LAG_MAX_S
            && !self.lag_grows
    }
}

const fn p99_max_ms(rate: u32) -> f64 {
    if rate <= 10_000 { 20.0 } else { 50.0 }
}

fn tell(variant: Variant, rate: u32, step: &Step) {
    let Measured { frames_per_s, p50_ms, p99_ms, max_ms, late_p99_ms, .. } = step.measured;
    let sustained = if step.is_sustained(rate) { "sustained" } else { "NOT sustained" };
    let grows = if step.lag_grows { ", growing" } else { "" };
    eprintln!(
        "  {:<9} {rate:>7}/s: {frames_per_s:>7.0} answered, p50 {p50_ms:.1}, p99 {p99_ms:.1}, max {max_ms:.0} ms \
         (generator late by {late_p99_ms:.1}), lag {:.1} s{grows}, {} found: {sustained}",
        variant.name(),
        step.lag_max_s,
        step.found
    );
}

fn rung(rate: u32, steps: &[Step]) -> Value {
    let of = |what: fn(&Step) -> f64| Spread::of(steps.iter().map(what));
    json!({
        "rate": rate,
        "frames_per_s": of(|step| step.measured.frames_per_s),
        "frames_per_cpu_s": of(|step| step.measured.frames_per_cpu_s),
        "p50_ms": of(|step| step.measured.p50_ms),
        "p99_ms": of(|step| step.measured.p99_ms),
        "p999_ms": of(|step| step.measured.p999_ms),
        "max_ms": of(|step| step.measured.max_ms),
        "late_p99_ms": of(|step| step.measured.late_p99_ms),
        "lag_max_s": of(|step| step.lag_max_s),
        "lag_grows": steps.iter().filter(|step| step.lag_grows).count(),
        "sustained": steps.iter().filter(|step| step.is_sustained(rate)).count(),
        "runs": steps.len(),
        "found_after_kill": steps.iter().map(|step| step.found).sum::<u64>(),
    })
}

const CONNECTIONS: u32 = 1_000;
const RATES: [u32; 5] = [1_000, 3_000, 10_000, 30_000, 100_000];
/// Reduced, full.
const SECONDS: (f64, f64) = (10.0, 60.0);
const WARM_S: f64 = 2.0;
/// The same in all, with the tail.
const CLOCK_S: (i64, i64) = (18, 68);
/// What the fold may be behind.
const LAG_MAX_S: f64 = 2.0;
/// A step of the fold takes as long as that.
const LAG_NOISE_S: f64 = 0.25;
