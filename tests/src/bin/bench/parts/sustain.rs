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
    for round in 0..repeats {
        // Each round has device time of its own, the last one ends now.
        let ends_ms = now().ms() - i64::from(repeats - 1 - round) * ROUND_MS;
        let (held, load) = rate.hold(&stand, ends_ms, Then::Stop)?;
        held.tell(variant.name(), RATE);
        loads.push(load.sent()?);
        all.push(held);
        folded(&stand)?;
    }
    let site = stand.kill()?.context("a site")?;
    let found = promise::check(&site, &loads)?;
    let last = all.pop().map(|last: Held| last.proved(found));
    all.extend(last);
    Ok(rung(RATE, &all))
}

/// Each speaks some times a second, so that its clock is hardly faster than ours and its reports are live.
const CARS: u32 = 10_000;
const RATE: u32 = 25_000;
const SECONDS: u32 = 60;
const SECONDS_REDUCED: u32 = 10;
/// More than a round's device time; the first round is younger than the age.
const ROUND_MS: i64 = 3_600_000;
