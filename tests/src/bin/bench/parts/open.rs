//! The ladder: an open loop at rising rates. Whether a rate is sustained is told by its answers and by the fold.
//!
//! Shape: rates, each on a new server. Units: frames a second, seconds. Errors: a broken promise ends the part. Source:
//! `PERF.md` D.

use super::Plan;
use super::held::{Held, Rate, rung};
use crate::job::Then;
use crate::preload::Stock;
use crate::promise;
use crate::stand::{Stand, Variant};
use anyhow::Context as _;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use stories::device::now;

pub(super) async fn run(plan: Plan) -> anyhow::Result<Value> {
    let mut steps: BTreeMap<(&str, u32), Vec<Held>> = BTreeMap::new();
    let rates = plan.pick(RATES_REDUCED, RATES);
    for _ in 0..plan.pick(1, plan.repeats) {
        for &rate in rates {
            for variant in [Variant::Sqlite, Variant::Postgres] {
                let step = climb(plan, variant, rate).await?;
                step.tell(variant.name(), rate);
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
    told.insert("seconds".into(), json!(plan.pick(SECONDS_REDUCED, SECONDS)));
    told.insert("seconds_above".into(), json!(plan.pick(SECONDS_REDUCED, SECONDS_ABOVE)));
    Ok(Value::Object(told))
}

async fn climb(plan: Plan, variant: Variant, rate: u32) -> anyhow::Result<Held> {
    let stand = Stand::start(variant, &Stock::known(CONNECTIONS)).await?;
    let seconds = if rate <= HELD_MAX { SECONDS } else { SECONDS_ABOVE };
    let seconds = plan.pick(SECONDS_REDUCED, seconds);
    let rate = Rate { frames_per_s: rate, seconds, connections: CONNECTIONS };
    // Half of the cars' time is ours: their reports are live.
    let (held, load) = rate.hold(&stand, now().ms() - rate.span_ms() / 2, Then::UntilKilled)?;
    let site = stand.kill()?.context("a site")?;
    let found = promise::check(&site, &[load.sent()?])?;
    Ok(held.proved(found))
}

/// As on the aged store.
const CONNECTIONS: u32 = 12_500;
const RATES: &[u32] = &[1_000, 10_000, 25_000, 50_000, 100_000];
const RATES_REDUCED: &[u32] = &[1_000, 10_000, 25_000];
/// What is to be sustained is held for a minute.
const SECONDS: u32 = 60;
/// The headline's rate; what is beyond breaks within seconds, if it does, and leaves a backlog for each of them.
const HELD_MAX: u32 = 25_000;
const SECONDS_ABOVE: u32 = 10;
const SECONDS_REDUCED: u32 = 8;
