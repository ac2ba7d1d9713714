//! The headline: one rate held for a minute, again and again, on a store that is old.
//!
//! Shape: an aged store, one server, the rate held so often → a rung; then the kill, and the proof of
//! what was sent in all rounds. Units: frames a second, seconds. Errors: a broken promise ends the part. Source: `PERF.md` D; issue, target 2.

use super::Plan;
use super::held::{Held, Rate, rung};
use super::load::folded;
use crate::job::Then;
use crate::preload::Stock;
use crate::promise;
use crate::stand::{Stand, Variant};
use anyhow::Context as _;
use serde_json::{Map, Value, json};
use std::time::Duration;
use stories::device::now;

pub(super) async fn run(plan: Plan) -> anyhow::Result<Value> {
    let mut told = Map::new();
    let stock = Stock { known: CARS, rows: plan.pick(2_000_000, 20_000_000), aged_cars: CARS };
    for variant in [Variant::Sqlite, Variant::Postgres] {
        told.insert(variant.name().into(), json!([minutes(plan, variant, &stock).await?]));
    }
    told.insert("connections".into(), json!(CARS));
    told.insert("aged_rows".into(), json!(stock.rows));
    told.insert("seconds".into(), json!(plan.pick(SECONDS_REDUCED, SECONDS)));
    Ok(Value::Object(told))
}

async fn minutes(plan: Plan, variant: Variant, stock: &Stock) -> anyhow::Result<Value> {
    let stand = Stand::start(variant, stock).await?;
    let rate = Rate { frames_per_s: RATE, seconds: plan.pick(SECONDS_REDUCED, SECONDS), connections: CARS };
    let (mut all, mut loads) = (Vec::new(), Vec::new());
    let repeats = plan.pick(1, plan.repeats);
    for round in 1..=repeats {
        let is_last = round == repeats;
        // Half of the cars' time is ours: their reports are a minute late at most, and live.
        let start_ms = now().ms() - rate.span_ms() / 2;
        let then = if is_last { Then::UntilKilled } else { Then::Stop };
        let (held, load) = rate.hold(&stand, start_ms, then)?;
        held.tell(variant.name(), RATE);
        all.push(held);
        if is_last {
            let site = stand.kill()?.context("a site")?;
            loads.push(load.sent()?);
            let found = promise::check(&site, &loads)?;
            let last = all.pop().map(|last: Held| last.proved(found));
            all.extend(last);
            return Ok(rung(RATE, &all));
        }
        loads.push(load.sent()?);
        folded(&stand)?;
        // The next round's cars go on behind this one's.
        let over_ms = start_ms + rate.span_ms() + rate.span_ms() / 2 - now().ms();
        tokio::time::sleep(Duration::from_millis(u64::try_from(over_ms).unwrap_or(0))).await;
    }
    Err(anyhow::anyhow!("no repeats"))
}

const RATE: u32 = 25_000;
/// Two reports a second each; more connections than that the usual limit of descriptors does not let in.
const CARS: u32 = RATE / 2;
const SECONDS: u32 = 60;
const SECONDS_REDUCED: u32 = 10;
