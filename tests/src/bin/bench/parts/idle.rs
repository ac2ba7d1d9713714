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
        let (mut alone, mut whole) = (vec![], vec![]);
        for _ in 0..plan.pick(1, plan.repeats) {
            // Without journal and fold: what is left grows with the connections alone.
            alone.push(come(Variant::NullJournal, connections).await?);
            whole.push(come(Variant::Sqlite, connections).await?);
        }
        let of = |came: &[Came], what: fn(&Came) -> f64| Spread::of(came.iter().map(what));
        let (each, each_whole) = (of(&alone, |came| came.bytes), of(&whole, |came| came.bytes));
        let (first, storm) = (of(&whole, |came| came.first_s), of(&whole, |came| came.storm_s));
        let (all, all_whole) = (of(&alone, |came| came.all_mb), of(&whole, |came| came.all_mb));
        eprintln!(
            "  {connections} idle connections: {each} bytes each, {each_whole} with journal and fold; the process has {all} \
             MB after {STORMS} storms, {all_whole} with both; all logged in within {first} s, and within {storm} s when all \
             come back at once"
        );
        told.push(json!({
            "connections": connections,
            "resident_bytes_each": each,
            "resident_bytes_each_with_journal_and_fold": each_whole,
            "process_mb_after_storms": all,
            "process_mb_after_storms_with_journal_and_fold": all_whole,
            "first_logins_s": first,
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

/// What connections came to.
struct Came {
    /// Resident bytes of each.
    bytes: f64,
    /// Until all were logged in, the first time.
    first_s: f64,
    /// The same when all had been cut off and come back at once, as fast as 900 logins under way allow.
    storm_s: f64,
    /// Resident of the process once they had come back so often that its caches hold what they may.
    all_mb: f64,
}

/// The first fifth comes before anything counts: it brings the buffers and caches that every server has. The others are
/// what is measured.
async fn come(variant: Variant, connections: u32) -> anyhow::Result<Came> {
    let stand = Stand::start(variant, &Stock::known(connections)).await?;
    let cars = chosen(connections, connections);
    let (early, late) = cars.split_at(cars.len() / 5);
    let job = |cars: &[u32]| Job {
        target: stand.address,
        process: stand.process,
        cars: cars.to_vec(),
        start_ms: now().ms(),
        pace: Pace::Idle,
        answers: Answers::Acknowledged,
        warm_s: 0.0,
        seconds: 0.0,
        then: Then::Stop,
    };
    let first = Run::start(&job(early))?;
    std::thread::sleep(SETTLED);
    let before = resident_bytes(stand.process)?;
    let second = Run::start(&job(late))?;
    std::thread::sleep(SETTLED);
    let grown = resident_bytes(stand.process)?.saturating_sub(before);
    let first_s = first.entered_s + second.entered_s;
    drop((first, second));
    let storm_s = Run::start(&job(&cars))?.entered_s;
    let mut all_mb = 0.0;
    for _ in 1..STORMS {
        // Near the limit there is no room for those who come back before the server has seen that they were cut off.
        std::thread::sleep(SETTLED);
        let _again = Run::start(&job(&cars))?;
        std::thread::sleep(SETTLED);
        all_mb = f64::from(u32::try_from(resident_bytes(stand.process)? / 1024)?) / 1024.0;
    }
    stand.kill()?;
    let bytes = f64::from(u32::try_from(grown / 1024)?) * 1024.0 / f64::from(u32::try_from(late.len())?);
    Ok(Came { bytes, first_s, storm_s, all_mb })
}

const CONNECTIONS: u32 = 10_000;
/// With the first one; more did not change what is resident.
const STORMS: u32 = 4;
/// What one generator's addresses and the server's default limit have room for.
const FULL_MAX: u32 = 100_000;
/// Buffers of the logins are given back by then.
const SETTLED: Duration = Duration::from_secs(2);
