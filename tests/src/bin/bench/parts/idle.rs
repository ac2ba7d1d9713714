//! What connections cost that say nothing, and how fast they come back all at once.
//!
//! Shape: trackers log in, then are silent; the server's resident memory before and after. Units: bytes a connection,
//! seconds. Errors: a tracker that is not let in. Source: `PERF.md` B3; issue, target 2.

use super::Plan;
use crate::cars::chosen;
use crate::job::{Answers, Job, Pace, Then};
use crate::preload::Stock;
use crate::process::{descriptors_max, resident_bytes};
use crate::run::Run;
use crate::spread::Spread;
use crate::stand::{Stand, Variant};
use serde_json::{Value, json};
use std::time::Duration;
use stories::device::now;

pub(super) async fn run(plan: Plan) -> anyhow::Result<Value> {
    let mut told = vec![];
    for connections in counts(plan)? {
        let (mut alone, mut whole, mut storms) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..plan.repeats {
            // Without journal and fold: what is left grows with the connections alone.
            alone.push(bytes_each(Variant::NullJournal, connections).await?.0);
            let (bytes, storm_s) = bytes_each(Variant::Sqlite, connections).await?;
            whole.push(bytes);
            storms.push(storm_s);
        }
        let (alone, whole, storm) = (Spread::of(alone), Spread::of(whole), Spread::of(storms));
        eprintln!(
            "  {connections} idle connections: {alone} bytes each, {whole} with journal and fold; \
             all back and logged in within {storm} s"
        );
        told.push(json!({
            "connections": connections,
            "resident_bytes_each": alone,
            "resident_bytes_each_with_journal_and_fold": whole,
            "reconnect_storm_s": storm,
        }));
    }
    Ok(json!({ "descriptors_max": descriptors_max()?, "counts": told }))
}

/// 10,000; for the page also as many as the server lets in.
fn counts(plan: Plan) -> anyhow::Result<Vec<u32>> {
    let descriptors = u32::try_from(descriptors_max()?).unwrap_or(u32::MAX);
    // The server keeps a tenth of its descriptors for other things, the generator a few.
    let most = (descriptors - descriptors / 10).min(FULL_MAX).saturating_sub(200);
    Ok(if plan.full { vec![CONNECTIONS.min(most), most] } else { vec![CONNECTIONS.min(most)] })
}

/// Resident bytes of each connection, and how long a second coming of all takes.
async fn bytes_each(variant: Variant, connections: u32) -> anyhow::Result<(f64, f64)> {
    let stand = Stand::start(variant, &Stock::known(connections)).await?;
    let job = Job {
        target: stand.address,
        process: stand.process,
        cars: chosen(connections, connections),
        start_ms: now().ms(),
        pace: Pace::Idle,
        answers: Answers::Acknowledged,
        warm_s: 0.0,
        seconds: 0.0,
        then: Then::Stop,
    };
    std::thread::sleep(SETTLED);
    let before = resident_bytes(stand.process)?;
    let run = Run::start(&job)?;
    std::thread::sleep(SETTLED);
    let grown = resident_bytes(stand.process)?.saturating_sub(before);
    drop(run);
    let storm = Run::start(&job)?;
    let each = f64::from(u32::try_from(grown / 1024)?) * 1024.0 / f64::from(connections);
    let entered_s = storm.entered_s;
    drop(storm);
    stand.kill()?;
    Ok((each, entered_s))
}

const CONNECTIONS: u32 = 10_000;
/// What one generator's addresses and the server's default limit have room for.
const FULL_MAX: u32 = 100_000;
/// Buffers of the logins are given back by then.
const SETTLED: Duration = Duration::from_secs(2);
