//! The headline: one rate held for a minute, again and again, on a store that is old.
//!
//! Shape: an aged store, one server, the rate held so often → a rung; then the kill and the proof. Units: frames a second,
//! seconds. Errors: a broken promise ends the part. Source: `PERF.md` D; issue, target 2.

use super::Plan;
use super::held::{Held, Rate, rung};
use super::load::folded;
use crate::job::Then;
use crate::preload::Stock;
use crate::promise;
use crate::stand::{Stand, Variant};
use anyhow::Context as _;
use serde_json::{Map, Value, json};
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
        // A report a second: the cars' clocks go as ours does, and what they say is live.
        let (held, load) =
            rate.hold(&stand, now().ms(), if is_last { Then::UntilKilled } else { Then::Stop })?;
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
    }
    Err(anyhow::anyhow!("no repeats"))
}

const RATE: u32 = 25_000;
/// As many as reports a second.
const CARS: u32 = RATE;
const SECONDS: u32 = 60;
const SECONDS_REDUCED: u32 = 10;
