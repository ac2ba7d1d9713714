//! A car's long track, asked for as a map does: over HTTP, simplified, its audit line written.
//!
//! Shape: a store with all positions of one car → seconds from the request to the last byte, and bytes of the answer. Units: in
//! the names. Errors: an answer of another number of positions. Source: issue 6, "100,000 positions of one car load ≤ 1 s".

use super::screen::Console;
use crate::parts::Plan;
use crate::parts::load::folded;
use crate::preload::{Stock, vehicle};
use crate::spread::Spread;
use crate::stand::{Stand, Variant};
use anyhow::ensure;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Instant;
use stories::device::now;

#[derive(Deserialize)]
struct Track {
    total: u32,
    points: Vec<(i64, f64, f64, Option<f64>)>,
}

/// Asks so often; the first time nothing is in anybody's memory, which is the largest figure of the spread.
pub(super) async fn run(plan: Plan, variant: Variant) -> anyhow::Result<Value> {
    let stock = Stock { known: 1, rows: POSITIONS, aged_cars: 1 };
    let stand = Stand::start(variant, &stock).await?;
    let console = Console::of(&stand)?;
    folded(&stand)?;
    let path = format!("/vehicles/{}/track?from={}", vehicle(0), now().plus(-EVER_MS));
    let (mut seconds, mut bytes, mut points) = (Vec::new(), 0, 0);
    for _ in 0..plan.repeats {
        let began = Instant::now();
        let answer = console.read(&path)?;
        seconds.push(began.elapsed().as_secs_f64());
        let track: Track = serde_json::from_str(&answer)?;
        ensure!(track.total == POSITIONS, "{} positions instead of {POSITIONS}", track.total);
        (bytes, points) = (answer.len(), track.points.len());
    }
    stand.kill()?;
    let seconds = Spread::of(seconds);
    let is_met = seconds.max <= TARGET_S && bytes <= TARGET_BYTES;
    eprintln!(
        "  {:<9} a track of {POSITIONS} positions: {seconds} s, {points} points in {bytes} bytes: {}",
        variant.name(),
        if is_met { "in time" } else { "TOO MUCH" }
    );
    Ok(json!({
        "store": variant.name(), "positions": POSITIONS, "points": points, "bytes": bytes, "track_s": seconds, "met": is_met,
    }))
}

const POSITIONS: u32 = 100_000;
/// Before the first of what ages a store.
const EVER_MS: i64 = 40 * 86_400_000;
pub(super) const TARGET_S: f64 = 1.0;
pub(super) const TARGET_BYTES: usize = 300_000;
