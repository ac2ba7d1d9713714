//! The demo's story: a cast of financed cars, the lender's book of their loans, and what happens to them.
//!
//! Shape: (seed, number of vehicles, start) → loans, bindings and terminals as plain values; `run` plays it over real
//! TCP on a scaled clock and tells what happens as [`StoryEvent`]s. What a car does is a function of the seed alone.
//! Units: virtual time; waits are real time, divided by the clock's factor. Source: DESIGN.md §8.

mod actor;
mod book;
mod cast;
mod pace;

pub use actor::Actor;
pub use cast::{Expected, Part};
pub use pace::Pace;

use crate::ledger::Summary;
use crate::tracker::{Run, Tracker, stopped};
use model::input::{Binding, Role};
use model::{ContractId, Loan, TerminalId, Timestamp, VehicleId};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep;
use wire::Protocol;

/// What a story is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoryConfig {
    /// Everything that chance decides.
    pub seed: u64,
    /// How many cars; at least [`VEHICLES_MIN`], at most [`VEHICLES_MAX`].
    pub vehicles: u16,
    /// When it begins, in virtual time.
    pub start: Timestamp,
}

/// Something that happens in the story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoryEvent {
    /// An overdue car leaves the place where it stood.
    Departed {
        /// The car.
        vehicle: VehicleId,
        /// When.
        at: Timestamp,
    },
    /// A tracker falls silent for good.
    Vanished {
        /// Its car.
        vehicle: VehicleId,
        /// When.
        at: Timestamp,
    },
    /// A borrower pays all that is overdue. It is the caller's to book it.
    Payment {
        /// The contract.
        contract: ContractId,
        /// Its car.
        vehicle: VehicleId,
        /// When.
        at: Timestamp,
    },
}

impl StoryEvent {
    /// When it happens.
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Departed { at, .. } | Self::Vanished { at, .. } | Self::Payment { at, .. } => *at,
        }
    }
}

/// A story, ready to be played.
pub struct Story {
    start: Timestamp,
    actors: Vec<Actor>,
}

impl Story {
    /// Casts a story; the number of cars is brought within its bounds.
    pub fn new(config: &StoryConfig, protocols: &'static [&'static dyn Protocol]) -> Self {
        let vehicles = u32::from(config.vehicles.clamp(VEHICLES_MIN, VEHICLES_MAX));
        let devices = protocols.iter().copied().cycle();
        let actors = (0..vehicles).zip(devices).filter_map(|(n, protocol)| Actor::cast(config, n, protocol));
        Self { start: config.start, actors: actors.collect() }
    }

    /// Every car with its part.
    pub fn actors(&self) -> &[Actor] {
        &self.actors
    }

    /// The lender's book as of the start.
    pub fn loans(&self) -> Vec<Loan> {
        self.actors.iter().map(|actor| book::loan(actor, self.start)).collect()
    }

    /// Which terminal is on which car.
    pub fn bindings(&self) -> Vec<Binding> {
        let from = self.start.plus(-BOUND_BEFORE_MS);
        let bind = |actor: &Actor| Binding {
            terminal: actor.device().terminal,
            vehicle: actor.vehicle(),
            role: Role::Main,
            from,
            to: None,
        };
        self.actors.iter().map(bind).collect()
    }

    /// Every terminal.
    pub fn terminals(&self) -> Vec<TerminalId> {
        self.actors.iter().map(|actor| actor.device().terminal).collect()
    }

    /// What will happen, in order of time.
    pub fn events(&self) -> Vec<StoryEvent> {
        let mut events: Vec<StoryEvent> = self.actors.iter().flat_map(Actor::events).collect();
        events.sort_by_key(StoryEvent::at);
        events
    }

    /// Plays the story until the run stops. Events are sent as they fall due; nobody listening is no fault.
    pub async fn run(&self, run: Run, pace: Pace, events: mpsc::Sender<StoryEvent>) -> Summary {
        let mut trackers = JoinSet::new();
        for actor in &self.actors {
            let source = actor.source(pace.clone());
            trackers.spawn(Tracker::new(actor.device(), run.clone(), WINDOW, source).run());
        }
        self.tell(run.clone(), &pace, events).await;
        while let Some(ended) = trackers.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a tracker failed");
            }
        }
        run.ledger.summary()
    }

    /// Tells each event when its time has come.
    async fn tell(&self, mut run: Run, pace: &Pace, events: mpsc::Sender<StoryEvent>) {
        for event in self.events() {
            let telling = async {
                sleep(pace.until(event.at())).await;
                events.send(event).await
            };
            tokio::select! {
                told = telling => if told.is_err() { return },
                () = stopped(&mut run.stop) => return,
            }
        }
    }
}

/// The parts that carry the story.
pub const VEHICLES_MIN: u16 = cast::LEADS;
/// Beyond this a process runs out of descriptors and plates.
pub const VEHICLES_MAX: u16 = 5000;
/// Events that wait for a listener; a story has fewer than this.
pub const EVENTS_MAX: usize = 64;
/// A car sends a report a minute: more than this without an answer is an outage.
const WINDOW: usize = 16;
/// Terminals were mounted when the loan was paid out.
const BOUND_BEFORE_MS: i64 = 90 * 86_400_000;

#[cfg(test)]
mod tests;
