//! How long a person waits for a car's month.
//!
//! Shape: an aged store → the command line that asks for one terminal's positions, with its start. Units: milliseconds.
//! Errors: an answer without rows. Source: issue, target 2.

use super::Plan;
use crate::cars::Car;
use crate::preload::Stock;
use crate::spread::Spread;
use crate::stand::{Stand, Variant};
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use std::time::Instant;

pub(super) async fn run(plan: Plan) -> anyhow::Result<Value> {
    let rows = plan.pick(2_000_000, 100_000_000);
    let stock = Stock { known: CARS, rows, aged_cars: CARS };
    let mut told = vec![];
    for variant in [Variant::Sqlite, Variant::Postgres] {
        // Served once, so that the journal is there.
        let site = Stand::start(variant, &stock).await?.kill()?.context("a site")?;
        let mut took = Vec::new();
        for number in 0..plan.repeats {
            let terminal = Car::of(number * 97)?.terminal.to_string();
            let began = Instant::now();
            let month =
                site.done(&["positions", "--terminal", &terminal, "--include", "late", "-o", "ndjson"])?;
            took.push(began.elapsed().as_secs_f64() * 1_000.0);
            ensure!(month.lines().count() > 0, "{terminal} has no positions");
        }
        let took = Spread::of(took);
        eprintln!(
            "  {:<9} a car's month of {rows} rows: {took} ms, with the start of the program",
            variant.name()
        );
        told.push(json!({ "store": variant.name(), "rows": rows, "month_ms": took }));
    }
    Ok(Value::Array(told))
}

const CARS: u32 = 10_000;
