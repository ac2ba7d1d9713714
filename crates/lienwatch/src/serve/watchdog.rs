//! A device of the server's own: as long as what it says goes all the way into the store, a switch outside is held.
//!
//! ```text
//! each minute: TCP → login, heartbeat, position → journal → acknowledgement → fold → store, read back → switch outside
//! ```
//! Whatever breaks on that way, this process included, lets the switch go, and somebody outside tells people.
//!
//! Shape: a task beside the others. Units: real time. Errors: none; a round that fails is logged and counted under its [`Step`], and
//! the switch is not held. Source: `reliability.md` §5.

use crate::config::Config;
use crate::encode::arriving;
use ::watch::Progress;
use anyhow::Result;
use fleet::probe::{self, at_sea, probe};
use fleet::tracker::Device;
use journal::Journal;
use model::id::OWN_DEVICES;
use model::input::{Action, Human, Input};
use model::{InputId, Position, TerminalId, ZoneOffset};
use notify::Switch;
use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use store::{Store, Stretch, TrackPoint};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};
use wire::Protocol;

/// What the device needs of the server.
pub(crate) struct Watchdog {
    pub(crate) switch: Switch,
    pub(crate) journal: Journal,
    pub(crate) progress: watch::Receiver<Progress>,
    pub(crate) store: watch::Receiver<Option<Store>>,
    /// A tracker port, and the protocol that is spoken there.
    pub(crate) port: SocketAddr,
    pub(crate) protocol: &'static dyn Protocol,
}

/// A step of a round, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The device is one of ours.
    Approve,
    LogIn,
    Heartbeat,
    /// Its position is acknowledged.
    Position,
    /// The fold has passed it.
    Fold,
    /// It is in the store.
    Store,
    /// The switch outside is held.
    Switch,
}

/// Why a round ended early.
#[derive(Debug)]
struct Fault {
    step: Step,
    reason: String,
}

/// With a switch configured, and a clock that is the system's.
pub(crate) fn of(
    config: &Config,
    journal: &Journal,
    ports: &[SocketAddr],
    (progress, store): (&watch::Receiver<Progress>, &watch::Receiver<Option<Store>>),
) -> Result<Option<Watchdog>> {
    let Some(switch) = Switch::new(&config.notify)? else { return Ok(None) };
    if !journal.clock().is_system() {
        tracing::warn!("the clock is not the system's: no switch outside is held");
        return Ok(None);
    }
    let listeners = config.listeners()?;
    let Some((listener, port)) = listeners.first().zip(ports.first()) else { return Ok(None) };
    let spoken =
        protocols::ALL.iter().find(|known| listener.protocol.is_none_or(|name| name == known.name()));
    let (journal, progress, store) = (journal.clone(), progress.clone(), store.clone());
    let watchdog = |protocol: &&'static dyn Protocol| Watchdog {
        switch,
        journal,
        progress,
        store,
        port: reached(*port),
        protocol: *protocol,
    };
    Ok(spoken.map(watchdog))
}

/// The number that a protocol carries unchanged: under another one it would be somebody else.
fn own_device(protocol: &dyn Protocol) -> Option<TerminalId> {
    let numbers = OWN_DEVICES.iter().filter_map(|number| TerminalId::parse(number).ok());
    numbers.into_iter().find(|own| arriving(protocol, *own) == Some(*own))
}

/// A port that listens everywhere is reached at home.
fn reached(port: SocketAddr) -> SocketAddr {
    match port.ip() {
        ip if !ip.is_unspecified() => port,
        IpAddr::V4(_) => SocketAddr::from((Ipv4Addr::LOCALHOST, port.port())),
        IpAddr::V6(_) => SocketAddr::from((Ipv6Addr::LOCALHOST, port.port())),
    }
}

impl Watchdog {
    /// Goes round until told to stop.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut rounds = interval(EVERY);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_well = true;
        loop {
            tokio::select! {
                _ = rounds.tick() => {}
                _ = stop.changed() => return,
            }
            let round = tokio::select! {
                round = self.round() => round,
                _ = stop.changed() => return,
            };
            tell(&round);
            match round {
                Ok(()) if std::mem::replace(&mut is_well, true) => {}
                Ok(()) => {
                    tracing::info!("the server's own device is heard again, the switch outside is held");
                }
                Err(Fault { step: failed, reason }) => {
                    is_well = false;
                    tracing::error!(step = failed.as_str(), %reason, "the switch outside is not held");
                }
            }
        }
    }

    async fn round(&mut self) -> Result<(), Fault> {
        let nobody = || Fault::at(Step::Approve)(&"no number of its own that this protocol carries");
        let terminal = own_device(self.protocol).ok_or_else(nobody)?;
        self.approve(terminal).await.map_err(|error| Fault::at(Step::Approve)(&error))?;
        let nowhere = || Fault::at(Step::Position)(&"no place to report");
        let position = at_sea(self.journal.clock().now()).ok_or_else(nowhere)?;
        let said = probe(self.port, Device { terminal, protocol: self.protocol }, &position).await;
        said.map_err(|error| Fault::at(error.step.into())(&error))?;
        self.folded().await?;
        self.read_back(terminal, &position).await?;
        self.switch.hold().await.map_err(|told| Fault::at(Step::Switch)(&told))
    }

    /// The same input each time: it is done once.
    async fn approve(&self, terminal: TerminalId) -> Result<()> {
        let id = InputId(format!("watchdog-{terminal}"));
        let human = Human { id, actor: "lienwatch".to_owned(), action: Action::Approve { terminal } };
        self.journal.append(vec![Input::Human(Box::new(human)).into()]).await?;
        Ok(())
    }

    /// Waits until the fold has passed what was acknowledged.
    async fn folded(&mut self) -> Result<(), Fault> {
        let fault = Fault::at(Step::Fold);
        let head = self.journal.head().await.map_err(|error| fault(&error))?;
        let passed = self.progress.wait_for(|progress| progress.store_up && progress.applied >= head);
        match timeout(FOLDED_MAX, passed).await {
            Ok(passed) => passed.map(|_| ()).map_err(|error| fault(&error)),
            Err(_) => Err(fault(&format!("what it said is not folded after {} s", FOLDED_MAX.as_secs()))),
        }
    }

    /// Asks the store for the position, by whom and when it was sent: the fold's word alone is not enough.
    async fn read_back(&self, terminal: TerminalId, sent: &Position) -> Result<(), Fault> {
        let fault = Fault::at(Step::Store);
        let store = self.store.borrow().clone().ok_or_else(|| fault(&"it was never reached"))?;
        let at = sent.fix_time().ok_or_else(|| fault(&"a position without a time"))?;
        // By the device's clock, whose zone is the protocol's.
        let widest = i64::from(ZoneOffset::SECONDS_MAX) * 1000;
        let stretch = Stretch { from: at.plus(-widest), to: at.plus(widest) };
        let is_it = |point: &TrackPoint| point.fix_time == Some(at) && point.place == sent.fix.coordinates();
        match timeout(READ_MAX, store.track(terminal, stretch)).await {
            Ok(Ok(points)) if points.iter().any(is_it) => Ok(()),
            Ok(Ok(_)) => Err(fault(&"its position was acknowledged and folded, and is not there")),
            Ok(Err(error)) => Err(fault(&error)),
            Err(_) => Err(fault(&format!("no answer within {} s", READ_MAX.as_secs()))),
        }
    }
}

/// For scrapes: whether all is well, and the step that is not. Every step is told: what failed at the last scrape may be well now.
fn tell(round: &Result<(), Fault>) {
    let failed = round.as_ref().err().map(|fault| fault.step);
    metrics::gauge!("lienwatch_watchdog_well").set(if failed.is_none() { 1.0 } else { 0.0 });
    for step in Step::ALL {
        let is_failed = if failed == Some(step) { 1.0 } else { 0.0 };
        metrics::gauge!("lienwatch_watchdog_failed", "step" => step.as_str()).set(is_failed);
    }
}

impl Fault {
    fn at(step: Step) -> impl Fn(&dyn Display) -> Self + Copy {
        move |reason| Self { step, reason: reason.to_string() }
    }
}

impl Step {
    const ALL: [Self; 7] =
        [Self::Approve, Self::LogIn, Self::Heartbeat, Self::Position, Self::Fold, Self::Store, Self::Switch];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::LogIn => "log_in",
            Self::Heartbeat => "heartbeat",
            Self::Position => "position",
            Self::Fold => "fold",
            Self::Store => "store",
            Self::Switch => "switch",
        }
    }
}

impl From<probe::Step> for Step {
    fn from(step: probe::Step) -> Self {
        match step {
            probe::Step::LogIn => Self::LogIn,
            probe::Step::Heartbeat => Self::Heartbeat,
            probe::Step::Position => Self::Position,
        }
    }
}

/// A switch outside that waits three times as long misses no night's batch of anything.
const EVERY: Duration = Duration::from_mins(1);
/// The fold is at most 2 s behind under its full load; more than this is a store that does not answer.
const FOLDED_MAX: Duration = Duration::from_secs(30);
/// One terminal's day, by its key.
const READ_MAX: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_device_has_a_number_of_its_own_in_every_protocol() {
        for protocol in protocols::ALL {
            let own = own_device(*protocol).unwrap();
            assert!(own.is_own_device(), "{} {own}", protocol.name());
        }
    }
}
