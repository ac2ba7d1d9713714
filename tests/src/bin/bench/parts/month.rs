//! How long a person waits for a car's month.
//!
//! Shape: an aged store → its track, as a map draws it; and the command line that lists every position with everything that is
//! known of it and the frame it came in, start of the program included. Units: milliseconds. Errors: an answer without rows,
//! or two answers that differ in number. Source: issue, target 2.

use super::Plan;
use crate::cars::Car;
use crate::preload::Stock;
use crate::spread::Spread;
use crate::stand::{Stand, Variant};
use anyhow::{Context as _, ensure};
use model::Timestamp;
use serde_json::{Value, json};
use std::time::Instant;
use store::{Store, Stretch};

pub(super) async fn run(plan: Plan) -> anyhow::Result<Value> {
    let rows = plan.pick(2_000_000, 100_000_000);
    let stock = Stock { known: CARS, rows, aged_cars: CARS };
    let mut told = vec![];
    for variant in [Variant::Sqlite, Variant::Postgres] {
        // Served once, so that the journal is there.
        let site = Stand::start(variant, &stock).await?.kill()?.context("a site")?;
        let url = site.store_url().to_owned();
        let store = Store::connect(&store::Config { url, ..store::Config::default() }).await?;
        let (mut tracks, mut lists, mut points) = (vec![], vec![], 0);
        // Each car is asked for once: its pages are in nobody's memory but by chance.
        for number in 0..plan.repeats {
            let terminal = Car::of(number * 97)?.terminal;
            let began = Instant::now();
            let track = store.track(terminal, EVER).await?;
            tracks.push(began.elapsed().as_secs_f64() * 1_000.0);
            ensure!(!track.is_empty(), "{terminal} has no positions");
            let began = Instant::now();
            let name = terminal.to_string();
            let list = site.done(&["positions", "--terminal", &name, "--include", "late", "-o", "ndjson"])?;
            lists.push(began.elapsed().as_secs_f64() * 1_000.0);
            ensure!(list.lines().count() == track.len(), "{terminal}: the list and the track differ");
            points = track.len();
        }
        store.close().await;
        let (track, list) = (Spread::of(tracks), Spread::of(lists));
        eprintln!(
            "  {:<9} {points} positions of a car of {rows} rows: {track} ms as a track, {list} ms as a list with its frames",
            variant.name()
        );
        told.push(json!({
            "store": variant.name(), "rows": rows, "positions": points, "month_ms": track, "list_ms": list,
        }));
    }
    Ok(Value::Array(told))
}

/// All that there is of a car.
const EVER: Stretch = Stretch { from: Timestamp::from_ms(0), to: Timestamp::from_ms(i64::MAX) };
const CARS: u32 = 10_000;
