//! A closed loop on one server for some seconds, which then stops: what several parts begin with.
//!
//! Shape: a stand and how long → what was measured, and what was sent; [`folded`] waits for the rest. Units: as in the
//! job. Errors: those of the generator.

use crate::health::{Fold, fold};
use crate::job::{Answers, Job, Measured, Pace, Sent, Then};
use crate::run::Run;
use crate::stand::Stand;
use anyhow::Context as _;
use std::time::Duration;
use stories::server::until;

/// Loads with a window of 10 on each of some cars.
pub(super) fn loaded(
    stand: &Stand,
    cars: Vec<u32>,
    start_ms: i64,
    seconds: f64,
) -> anyhow::Result<(Measured, Vec<Sent>)> {
    let job = Job {
        target: stand.address,
        process: stand.process,
        cars,
        start_ms,
        pace: Pace::Window(10),
        answers: Answers::Acknowledged,
        warm_s: 0.0,
        seconds,
        then: Then::Stop,
    };
    let mut run = Run::start(&job)?;
    run.go()?;
    let measured = run.measured()?;
    Ok((measured, run.sent()?))
}

/// Waits until everything is in the store.
pub(super) fn folded(stand: &Stand) -> anyhow::Result<()> {
    let server = stand.server().context("a server")?;
    until("everything is folded", FOLDED_WITHIN, || Ok((fold(server)? == Fold::default()).then_some(())))
}

/// The longest backlog of a run, folded on one core.
const FOLDED_WITHIN: Duration = Duration::from_mins(10);
