//! A device of the server's own: as long as what it says goes all the way into the store, a switch outside is held.
//!
//! ```text
//! each minute: TCP → frame → journal → acknowledgement → fold → store → switch outside
//! ```
//! Whatever breaks on that way, this process included, lets the switch go, and somebody outside tells people.
//!
//! Shape: a task beside the others. Units: real time. Errors: none; a round that fails is logged with its step, and the
//! switch is not held. Source: `reliability.md` §5.

use crate::config::Config;
use ::watch::Progress;
use anyhow::Result;
use fleet::probe::probe;
use fleet::tracker::Device;
use journal::Journal;
use model::input::{Action, Human, Input};
use model::{InputId, TerminalId};
use notify::Switch;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};
use wire::Protocol;

/// What the device needs of the server.
pub(crate) struct Watchdog {
    pub(crate) switch: Switch,
    pub(crate) journal: Journal,
    pub(crate) progress: watch::Receiver<Progress>,
    /// A tracker port, and the protocol that is spoken there.
    pub(crate) port: SocketAddr,
    pub(crate) protocol: &'static dyn Protocol,
}

/// With a switch configured, and a clock that is the system's.
pub(crate) fn of(
    config: &Config,
    journal: &Journal,
    ports: &[SocketAddr],
    progress: &watch::Receiver<Progress>,
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
    let (journal, progress) = (journal.clone(), progress.clone());
    let watchdog = |protocol: &&'static dyn Protocol| Watchdog {
        switch,
        journal,
        progress,
        port: reached(*port),
        protocol: *protocol,
    };
    Ok(spoken.map(watchdog))
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
            metrics::gauge!("lienwatch_watchdog_well").set(if round.is_ok() { 1.0 } else { 0.0 });
            match round {
                Ok(()) if std::mem::replace(&mut is_well, true) => {}
                Ok(()) => {
                    tracing::info!("the server's own device is heard again, the switch outside is held");
                }
                Err(reason) => {
                    is_well = false;
                    tracing::error!(%reason, "the switch outside is not held");
                }
            }
        }
    }

    async fn round(&mut self) -> Result<()> {
        let terminal = TerminalId::parse(TERMINAL)?;
        self.approve(terminal).await?;
        probe(self.port, Device { terminal, protocol: self.protocol }).await?;
        let head = self.journal.head().await?;
        let folded = self.progress.wait_for(|progress| progress.store_up && progress.applied >= head);
        timeout(FOLDED_MAX, folded).await.map_err(|_| {
            anyhow::anyhow!("what it said is not in the store after {} s", FOLDED_MAX.as_secs())
        })??;
        self.switch.hold().await.map_err(|told| anyhow::anyhow!("the switch outside: {told}"))
    }

    /// The same input each time: it is done once.
    async fn approve(&self, terminal: TerminalId) -> Result<()> {
        let id = InputId(format!("watchdog-{terminal}"));
        let human = Human { id, actor: "lienwatch".to_owned(), action: Action::Approve { terminal } };
        self.journal.append(vec![Input::Human(Box::new(human)).into()]).await?;
        Ok(())
    }
}

/// The test IMEI of 3GPP TS 23.003: type allocation code 00101700 is given to no make.
const TERMINAL: &str = "001017000000018";
/// A switch outside that waits three times as long misses no night's batch of anything.
const EVERY: Duration = Duration::from_mins(1);
/// The fold is at most 2 s behind under its full load; more than this is a store that does not answer.
const FOLDED_MAX: Duration = Duration::from_secs(30);
