//! Many connections that send as much as a closed window lets them, and survive the server's death.
//!
//! Shape: `Load::start` → a handle with live counters; `stop` drains, awaits every task and returns the ledger.
//! Each terminal's device clock advances one second a report, so that every report of a terminal has its own identity.
//! Errors: a server that is down is tried again until the load stops. Source: issue of the spine, "must hold".

use crate::city::{City, Corner};
use crate::dice::Dice;
use crate::gauge::{Counters, Gauge};
use crate::ledger::Ledger;
use crate::number;
use crate::plan::{Motion, Truth};
use crate::receiver::{Receiver, Sky};
use crate::route::{Driver, Leg};
use crate::tracker::{Device, Run, Source, Step, Tracker};
use model::{TerminalId, Timestamp};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use wire::Protocol;

/// How much load, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadConfig {
    /// Connections of each protocol.
    pub connections: u32,
    /// Frames without an answer that a connection may have.
    pub window: usize,
    /// Where the vehicles drive.
    pub seed: u64,
    /// Number of the first terminal (see [`number::terminal`]); each further one has the next, whatever it speaks, since
    /// protocols share a kind of number.
    pub first_terminal: u32,
    /// Device time of the first report.
    pub start: Timestamp,
    /// Reports a second on each connection; `None` = as fast as the window allows.
    pub rate: Option<NonZeroU32>,
    /// Reports after which a terminal is done; `None` = never.
    pub reports: Option<u64>,
}

impl LoadConfig {
    /// Who will send: register or approve them first.
    pub fn devices(&self, protocols: &'static [&'static dyn Protocol]) -> Vec<Device> {
        let round = (0..self.connections).flat_map(|_| protocols.iter().copied());
        let of = |(count, protocol): (u32, &'static dyn Protocol)| {
            let terminal = number::terminal(protocol.name(), self.first_terminal.checked_add(count)?)?;
            Some(Device { terminal, protocol })
        };
        (0..).zip(round).filter_map(of).collect()
    }

    /// The terminals alone.
    pub fn terminals(&self, protocols: &'static [&'static dyn Protocol]) -> Vec<TerminalId> {
        self.devices(protocols).into_iter().map(|device| device.terminal).collect()
    }
}

/// The load generator.
#[derive(Debug)]
pub struct Load;

impl Load {
    /// Starts every connection. Must be called within a tokio runtime.
    pub fn start(
        target: SocketAddr,
        protocols: &'static [&'static dyn Protocol],
        config: &LoadConfig,
    ) -> LoadHandle {
        let (stop, stopped) = watch::channel(false);
        let run = Run { target, ledger: Arc::default(), gauge: Arc::default(), stop: stopped };
        let mut trackers = JoinSet::new();
        for (vehicle, device) in (0..).zip(config.devices(protocols)) {
            let source = Cruise::new(config, vehicle);
            trackers.spawn(Tracker::new(device, run.clone(), config.window, source).run());
        }
        LoadHandle { stop, trackers, ledger: run.ledger, gauge: run.gauge }
    }
}

/// A load that is running. Dropped, it ends at once; stopped, it drains.
#[derive(Debug)]
pub struct LoadHandle {
    stop: watch::Sender<bool>,
    trackers: JoinSet<()>,
    ledger: Arc<Ledger>,
    gauge: Arc<Gauge>,
}

impl LoadHandle {
    /// What is going on now.
    pub fn counters(&self) -> Counters {
        self.gauge.counters()
    }

    /// The ledger, which grows until the load has stopped.
    pub fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    /// Waits until every terminal has sent its number of reports and has their acknowledgements.
    pub async fn finished(mut self) -> Arc<Ledger> {
        self.join().await
    }

    /// Ends the load: waits a little for outstanding acknowledgements.
    pub async fn stop(mut self) -> Arc<Ledger> {
        self.stop.send_replace(true);
        self.join().await
    }

    async fn join(&mut self) -> Arc<Ledger> {
        while let Some(ended) = self.trackers.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a tracker failed");
            }
        }
        Arc::clone(&self.ledger)
    }
}

/// Drives about without end, one report for each second of its own clock.
struct Cruise {
    receiver: Receiver,
    driver: Driver,
    leg: Leg,
    now: Timestamp,
    left: Option<u64>,
    beat: Option<Beat>,
}

/// A report each so often.
struct Beat {
    every: Duration,
    due: Instant,
}

impl Cruise {
    fn new(config: &LoadConfig, vehicle: u64) -> Self {
        let mut dice = Dice::of(config.seed, &[vehicle]);
        let receiver = Receiver::new(City::SHENZHEN, dice.roll(), Sky::Clear);
        let mut driver = Driver::departs(Corner::random(&mut dice), config.start, dice);
        let leg = driver.wander();
        let beat =
            config.rate.map(|rate| Beat { every: Duration::from_secs(1) / rate.get(), due: Instant::now() });
        Self { receiver, driver, leg, now: config.start, left: config.reports, beat }
    }
}

impl Source for Cruise {
    fn step(&mut self) -> Step {
        if self.left == Some(0) {
            return Step::End;
        }
        if let Some(beat) = &mut self.beat {
            let wait = beat.due.saturating_duration_since(Instant::now());
            if !wait.is_zero() {
                return Step::Wait(wait);
            }
            beat.due += beat.every;
        }
        while self.leg.ends <= self.now {
            self.leg = self.driver.wander();
        }
        let Leg { kmh, heading, .. } = self.leg;
        let truth = Truth { spot: self.leg.spot(self.now), motion: Motion::Driving { kmh, heading } };
        let report = self.receiver.report(&truth, self.now);
        self.now = self.now.plus(1000);
        self.left = self.left.map(|left| left - 1);
        Step::Report(Box::new(report))
    }
}

#[cfg(test)]
mod tests;
