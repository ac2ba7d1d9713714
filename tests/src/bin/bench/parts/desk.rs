//! What somebody at a desk waits for: from an event on the road to the screen, and a car's long track.
//!
//! Shape: a real server under a load of cars, beside them overdue cars whose devices are taken off one after the other, and a
//! console that listens to the stream and reads each alert that it tells of. Units: seconds from the intended time of the
//! event's frame. Errors: an event that never came to the screen, a load that was not held, a broken promise: nothing is told.
//! Source: issue 6, "event to screen p95 ≤ 2 s at 2,000 frames/s".

mod events;
mod screen;
mod stream;
mod track;
mod waits;

use super::Plan;
use crate::cars::chosen;
use crate::job::{Answers, Job, Measured, Pace, Then};
use crate::preload::Stock;
use crate::promise;
use crate::run::Run;
use crate::spread::Spread;
use crate::stand::{Stand, Variant};
use anyhow::{Context as _, ensure};
use events::{Event, Events, Times};
use screen::{Console, Shown};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::{Duration, Instant};
use stories::device::now;
use waits::Waits;

pub(super) async fn run(plan: Plan) -> anyhow::Result<Value> {
    let (mut screens, mut tracks) = (Vec::new(), Vec::new());
    for variant in [Variant::Sqlite, Variant::Postgres] {
        let mut shifts = Vec::new();
        for _ in 0..plan.pick(1, plan.repeats) {
            let shift = shift(plan, variant).await?;
            shift.tell(variant);
            shifts.push(shift);
        }
        screens.push(row(variant, &shifts));
        tracks.push(track::run(plan, variant).await?);
    }
    Ok(json!({
        "screen": screens,
        "screen_target_s": SCREEN_P95_S_MAX,
        "track": tracks,
        "track_target_s": track::TARGET_S,
        "track_target_bytes": track::TARGET_BYTES,
    }))
}

/// What one run came to.
struct Shift {
    /// Until the stream told of the alert.
    stream: Waits,
    /// Until it could be read.
    screen: Waits,
    /// How late the events' frames themselves left.
    late: Waits,
    load: Measured,
    events: usize,
    found: u64,
}

async fn shift(plan: Plan, variant: Variant) -> anyhow::Result<Shift> {
    let stand = Stand::start(variant, &Stock::known(CARS)).await?;
    let events = Events::prepare(&stand, CARS, EVENTS)?;
    let console = Console::of(&stand)?;
    let seconds = plan.pick(SECONDS_REDUCED, SECONDS);
    let job = job(&stand, seconds);
    let mut run = Run::start(&job)?;
    let stream = console.listen()?;
    run.go()?;
    let times = Times { began: Instant::now() + WARM, lasts: Duration::from_secs(seconds) };
    let until = times.began + times.lasts + NEVER;
    let (load, happened, shown) = std::thread::scope(|scope| {
        let happening = scope.spawn(move || events.happen(times));
        let watching = scope.spawn(|| console.watch(stream, EVENTS, until));
        let load = run.measured();
        (load, joined(happening.join()), joined(watching.join()))
    });
    let (load, happened, shown) = (load?, happened?, shown?);
    let site = stand.kill()?.context("a site")?;
    let reports = happened.iter().map(|event| event.report.clone()).collect();
    let found = promise::check_beside(&site, &[(job.start_ms, run.sent()?)], reports)?;
    ensure!(
        load.answered * 100 >= load.offered * 99,
        "{} of {} frames of the load were answered: it was not held",
        load.answered,
        load.offered
    );
    Shift::of(&happened, &shown, load, found)
}

/// Each car reports once a second of its own clock, which is then as fast as ours: what it says is live.
fn job(stand: &Stand, seconds: u64) -> Job {
    Job {
        target: stand.address,
        process: stand.process,
        cars: chosen(CARS, CARS),
        start_ms: now().ms(),
        pace: Pace::Rate(f64::from(CARS)),
        answers: Answers::Acknowledged,
        warm_s: WARM.as_secs_f64(),
        seconds: Duration::from_secs(seconds).as_secs_f64(),
        then: Then::UntilKilled,
    }
}

fn joined<T>(ended: std::thread::Result<anyhow::Result<T>>) -> anyhow::Result<T> {
    ended.map_err(|_| anyhow::anyhow!("a thread of the desk ended badly"))?
}

impl Shift {
    fn of(
        happened: &[Event],
        shown: &HashMap<String, Shown>,
        load: Measured,
        found: u64,
    ) -> anyhow::Result<Self> {
        let came: Vec<(&Event, &Shown)> =
            happened.iter().filter_map(|event| Some((event, shown.get(&event.vehicle)?))).collect();
        let events = happened.len();
        ensure!(came.len() == events, "{} of {events} events never came to the screen", events - came.len());
        Ok(Self {
            stream: Waits::of(came.iter().map(|(event, shown)| shown.told_at - event.due))?,
            screen: Waits::of(came.iter().map(|(event, shown)| shown.read_at - event.due))?,
            late: Waits::of(happened.iter().map(|event| event.late))?,
            load,
            events,
            found,
        })
    }

    fn tell(&self, variant: Variant) {
        let Measured { frames_per_s, p99_ms, .. } = self.load;
        let verdict = if self.is_in_time() { "in time" } else { "TOO LATE" };
        eprintln!(
            "  {:<9} {frames_per_s:>5.0}/s answered (p99 {p99_ms:.1} ms), {} events, all came: stream {}; screen {} \
             (sent late by p99 {:.3} s), {} found: {verdict}",
            variant.name(),
            self.events,
            self.stream,
            self.screen,
            self.late.p99_s,
            self.found
        );
    }

    fn is_in_time(&self) -> bool {
        self.screen.p95_s <= SCREEN_P95_S_MAX
    }
}

fn row(variant: Variant, shifts: &[Shift]) -> Value {
    let of = |what: fn(&Shift) -> f64| Spread::of(shifts.iter().map(what));
    json!({
        "store": variant.name(),
        "rate": CARS,
        "connections": CARS,
        "load_frames_per_s": of(|shift| shift.load.frames_per_s),
        "load_p99_ms": of(|shift| shift.load.p99_ms),
        "events": shifts.iter().map(|shift| shift.events).sum::<usize>(),
        // More than none, and nothing would be told.
        "never_came": 0,
        "sent_late_p99_s": of(|shift| shift.late.p99_s),
        "stream_p50_s": of(|shift| shift.stream.p50_s),
        "stream_p95_s": of(|shift| shift.stream.p95_s),
        "screen_p50_s": of(|shift| shift.screen.p50_s),
        "screen_p95_s": of(|shift| shift.screen.p95_s),
        "screen_p99_s": of(|shift| shift.screen.p99_s),
        "screen_max_s": of(|shift| shift.screen.max_s),
        "in_time": shifts.iter().filter(|shift| shift.is_in_time()).count(),
        "runs": shifts.len(),
        "found_after_kill": shifts.iter().map(|shift| shift.found).sum::<u64>(),
    })
}

/// Frames a second, one of each car.
const CARS: u32 = 2_000;
/// The 95th percentile of so many is not one or two of them.
const EVENTS: u32 = 120;
const WARM: Duration = Duration::from_secs(2);
const SECONDS: u64 = 60;
const SECONDS_REDUCED: u64 = 20;
/// What comes later than this behind the last event does not come; below the time within which the generator's server is killed.
const NEVER: Duration = Duration::from_secs(10);
const SCREEN_P95_S_MAX: f64 = 2.0;
