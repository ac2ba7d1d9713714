//! A rate that is held for a while: how late the answers are, and whether the fold keeps up.
//!
//! Shape: a stand, a rate and a span → [`Held`], of which several make a [`rung`]. Units: frames a second, milliseconds from
//! the intended time, seconds of lag. Errors: the generator's, a lag that nobody knows. Source: `PERF.md` D.

use crate::cars::chosen;
use crate::health::{Look, watched};
use crate::job::{Answers, Job, Measured, Pace, Sent, Then};
use crate::run::Run;
use crate::spread::Spread;
use crate::stand::Stand;
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

/// What is held, and for how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    pub(super) frames_per_s: u32,
    pub(super) seconds: u32,
    /// The first so many cars.
    pub(super) connections: u32,
}

/// What came of it.
pub(super) struct Held {
    measured: Measured,
    lag_max_s: f64,
    /// When that was, since the load began: a backlog of the first seconds is another one than that of the last.
    lag_max_at_s: f64,
    lag_grows: bool,
    /// See [`crate::pace`]: the processor's, not the server's.
    work_ms: f64,
    /// Acknowledged, and found after the kill.
    found: u64,
}

/// A load under way, once it was measured.
pub(super) struct Load {
    start_ms: i64,
    run: Run,
}

impl Load {
    /// When its reports begin, and what was sent, once it is over.
    pub(super) fn sent(self) -> anyhow::Result<(i64, Vec<Sent>)> {
        Ok((self.start_ms, self.run.sent()?))
    }
}

impl Rate {
    /// How much of the cars' time it takes.
    pub(super) fn span_ms(self) -> i64 {
        let seconds = i64::from(WARM_S + self.seconds + TAIL_S);
        i64::from(self.frames_per_s / self.connections) * seconds * 1_000
    }

    /// Holds it on a server; the first reports are of `start_ms`.
    pub(super) fn hold(self, stand: &Stand, start_ms: i64, then: Then) -> anyhow::Result<(Held, Load)> {
        let job = Job {
            target: stand.address,
            process: stand.process,
            cars: chosen(self.connections, self.connections),
            start_ms,
            pace: Pace::Rate(f64::from(self.frames_per_s)),
            answers: Answers::Acknowledged,
            warm_s: f64::from(WARM_S),
            seconds: f64::from(self.seconds),
            then,
        };
        let mut run = Run::start(&job)?;
        run.go()?;
        let (measured, looks) = watched(stand.server().context("a server")?, || run.measured())?;
        let counts = f64::from(WARM_S)..f64::from(WARM_S + self.seconds);
        let looks: Vec<Look> = looks.into_iter().filter(|look| counts.contains(&look.at_s)).collect();
        ensure!(!looks.is_empty(), "the server did not once say how far behind its fold was");
        let lags: Option<Vec<f64>> = looks.iter().map(|look| look.lag_s).collect();
        let lags = lags.context("the server did not know how far behind its fold was")?;
        let lag_max_s = Spread::of(lags.iter().copied()).max;
        let lag_max_at_s =
            looks.iter().find(|look| look.lag_s == Some(lag_max_s)).map_or(0.0, |look| look.at_s);
        let held = Held {
            measured: measured?,
            lag_max_s,
            lag_max_at_s,
            lag_grows: grows(&lags),
            work_ms: Spread::of(looks.iter().map(|look| look.work_ms)).median,
            found: 0,
        };
        Ok((held, Load { start_ms: job.start_ms, run }))
    }
}

impl Held {
    /// At least 99 % answered, in time, and folded as fast as it comes.
    pub(super) fn is_sustained(&self, frames_per_s: u32) -> bool {
        let Measured { offered, answered, p99_ms, .. } = self.measured;
        answered * 100 >= offered * 99
            && p99_ms <= p99_max_ms(frames_per_s)
            && self.lag_max_s <= LAG_MAX_S
            && !self.lag_grows
    }

    /// So many were acknowledged, and found after the kill.
    pub(super) const fn proved(self, found: u64) -> Self {
        Self { found, ..self }
    }

    pub(super) fn tell(&self, name: &str, rate: u32) {
        let Measured { frames_per_s, p50_ms, p99_ms, max_ms, late_p99_ms, .. } = self.measured;
        let sustained = if self.is_sustained(rate) { "sustained" } else { "NOT sustained" };
        let grows = if self.lag_grows { ", growing" } else { "" };
        eprintln!(
            "  {name:<9} {rate:>7}/s: {frames_per_s:>7.0} answered, p50 {p50_ms:.1}, p99 {p99_ms:.1}, max {max_ms:.0} ms \
             (generator late by {late_p99_ms:.1}), work {:.2} ms, lag {:.1} s at {:.0} s{grows}: {sustained}",
            self.work_ms, self.lag_max_s, self.lag_max_at_s
        );
    }
}

/// Repeats of one rate.
pub(super) fn rung(rate: u32, all: &[Held]) -> Value {
    let of = |what: fn(&Held) -> f64| Spread::of(all.iter().map(what));
    json!({
        "rate": rate,
        "frames_per_s": of(|held| held.measured.frames_per_s),
        "frames_per_cpu_s": of(|held| held.measured.frames_per_cpu_s),
        "p50_ms": of(|held| held.measured.p50_ms),
        "p99_ms": of(|held| held.measured.p99_ms),
        "p999_ms": of(|held| held.measured.p999_ms),
        "max_ms": of(|held| held.measured.max_ms),
        "late_p99_ms": of(|held| held.measured.late_p99_ms),
        "lag_max_s": of(|held| held.lag_max_s),
        "lag_max_at_s": of(|held| held.lag_max_at_s),
        "lag_grows": all.iter().filter(|held| held.lag_grows).count(),
        "work_ms": of(|held| held.work_ms),
        "sustained": all.iter().filter(|held| held.is_sustained(rate)).count(),
        "runs": all.len(),
        "found_after_kill": all.iter().map(|held| held.found).sum::<u64>(),
    })
}

fn grows(lags: &[f64]) -> bool {
    let third = lags.len() / 3;
    let of = |lags: Option<&[f64]>| Spread::of(lags.unwrap_or_default().iter().copied()).median;
    of(lags.get(2 * third..)) > of(lags.get(..third)) + LAG_NOISE_S
}

const fn p99_max_ms(rate: u32) -> f64 {
    if rate <= 10_000 { 20.0 } else { 50.0 }
}

const WARM_S: u32 = 2;
/// After the measured seconds, until the server is killed.
const TAIL_S: u32 = 6;
/// What the fold may be behind.
const LAG_MAX_S: f64 = 2.0;
/// A step of the fold takes as long as that.
const LAG_NOISE_S: f64 = 0.25;
