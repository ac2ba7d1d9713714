//! Ceilings: each connection keeps a window of unanswered frames, on every variant in turn, again and again.
//!
//! Shape: A B C … A B C …, each time with a new server; ratios are taken within a round. Units: frames a second of wall
//! time, and of the server's CPU. Errors: a broken promise ends the part: what a durable variant acknowledged is looked for after its
//! kill, for the page after every run, in a look after those of the last round. Source: `PERF.md` B2, B6, D.

use super::Plan;
use crate::cars::chosen;
use crate::job::{Answers, Job, Measured, Pace, Then};
use crate::preload::Stock;
use crate::promise;
use crate::run::Run;
use crate::spread::Spread;
use crate::stand::{Stand, Variant};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use stories::device::now;

/// Measurements of a variant with a window, a round each.
type Rounds = BTreeMap<(u32, &'static str), Vec<Measured>>;

pub(super) async fn run(plan: Plan) -> anyhow::Result<Value> {
    let (mut rounds, mut proved) = (Rounds::new(), Map::new());
    let rounds_proved = plan.pick(1, plan.repeats);
    for round in 0..plan.repeats {
        for window in WINDOWS {
            for variant in VARIANTS {
                let prove = round + rounds_proved >= plan.repeats;
                let (measured, found) = measure(plan, variant, window, prove).await?;
                eprintln!(
                    "  round {round}, window {window:>2}, {:<14} {:>8.0} frames/s, {:>8.0} a CPU second, p99 {:>6.1} ms, generator at {:.0} %",
                    variant.name(),
                    measured.frames_per_s,
                    measured.frames_per_cpu_s,
                    measured.p99_ms,
                    measured.generator_share * 100.0
                );
                rounds.entry((window, variant.name())).or_default().push(measured);
                if let Some(found) = found {
                    let all = proved.entry(variant.name()).or_insert(json!(0));
                    *all = json!(all.as_u64().unwrap_or(0) + found);
                }
            }
        }
    }
    let windows = WINDOWS.map(|window| (format!("window_{window}"), summary(window, &rounds)));
    let mut told: Map<String, Value> = windows.into_iter().collect();
    told.insert("connections".into(), json!(CONNECTIONS));
    told.insert("rounds_proved".into(), json!(rounds_proved));
    told.insert("acknowledged_and_found_after_kill".into(), Value::Object(proved));
    Ok(Value::Object(told))
}

/// One variant, from its start to its kill; the promise of a durable one is proved if that is asked.
async fn measure(
    plan: Plan,
    variant: Variant,
    window: u32,
    prove: bool,
) -> anyhow::Result<(Measured, Option<u64>)> {
    let stock = Stock::known(CONNECTIONS);
    let stand = Stand::start(variant, &stock).await?;
    let job = Job {
        target: stand.address,
        process: stand.process,
        cars: chosen(CONNECTIONS, CONNECTIONS),
        start_ms: now().plus(-HISTORY_MS).ms(),
        pace: Pace::Window(window),
        answers: if variant == Variant::Echo { Answers::Echoed } else { Answers::Acknowledged },
        warm_s: 0.5,
        seconds: plan.pick(2.0, SECONDS),
        then: Then::UntilKilled,
    };
    let mut run = Run::start(&job)?;
    run.go()?;
    let measured = run.measured()?;
    let site = stand.kill()?;
    let sent = run.sent()?;
    let Some(site) = site.filter(|_| prove && variant.is_durable()) else { return Ok((measured, None)) };
    let site = variant.readable(site, &stock).await?;
    Ok((measured, Some(promise::check(&site, &[(job.start_ms, sent)])?)))
}

fn summary(window: u32, rounds: &Rounds) -> Value {
    let of = |variant: Variant, what: fn(&Measured) -> f64| -> Vec<f64> {
        rounds.get(&(window, variant.name())).into_iter().flatten().map(what).collect()
    };
    let mut told = Map::new();
    eprintln!("  window {window}: frames/s, frames a CPU second, p50 and p99 ms, as median [min..max]");
    for variant in VARIANTS {
        let wall = Spread::of(of(variant, |one| one.frames_per_s));
        let cpu = Spread::of(of(variant, |one| one.frames_per_cpu_s));
        let p50 = Spread::of(of(variant, |one| one.p50_ms));
        let p99 = Spread::of(of(variant, |one| one.p99_ms));
        eprintln!("    {:<14} {wall}   {cpu}   {p50}   {p99}", variant.name());
        let row = json!({ "frames_per_s": wall, "frames_per_cpu_s": cpu, "p50_ms": p50, "p99_ms": p99 });
        told.insert(variant.name().into(), row);
    }
    let mut ratios = Map::new();
    for (this, that) in RATIOS {
        let by = |what| Spread::ratio(&of(this, what), &of(that, what));
        let (wall, cpu) = (by(|one| one.frames_per_s), by(|one| one.frames_per_cpu_s));
        let name = format!("{}/{}", this.name(), that.name());
        eprintln!("    {name:<28} {wall} by wall, {cpu} by CPU");
        ratios.insert(name, json!({ "wall": wall, "cpu": cpu }));
    }
    told.insert("ratios".into(), Value::Object(ratios));
    Value::Object(told)
}

const CONNECTIONS: u32 = 1_000;
/// What comes in during one second is folded in seven, before it is looked for: of longer runs the proofs take the most time.
const SECONDS: f64 = 2.5;
const WINDOWS: [u32; 2] = [1, 10];
const VARIANTS: [Variant; 6] = [
    Variant::Echo,
    Variant::Reply,
    Variant::NullJournal,
    Variant::Journal,
    Variant::Sqlite,
    Variant::Postgres,
];
const RATIOS: [(Variant, Variant); 5] = [
    (Variant::Reply, Variant::Echo),
    (Variant::NullJournal, Variant::Reply),
    (Variant::Journal, Variant::Reply),
    (Variant::Sqlite, Variant::Reply),
    (Variant::Postgres, Variant::Reply),
];
/// The device clocks run faster than ours: no report shall be from the future.
const HISTORY_MS: i64 = 7 * 86_400_000;
