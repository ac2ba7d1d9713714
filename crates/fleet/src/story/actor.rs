//! One car of the story, and its tracker's steps.
//!
//! Shape: an [`Actor`] is fixed by (seed, number); `source` turns its plan into steps on the story's clock: a report
//! at each switch of the ignition and every 90 s on the road, every 4 min parked, every 15 min without sky, and a
//! heartbeat when it has said nothing for 5 min. Units: virtual time. Source: DESIGN.md §8.

use super::cast::{Debt, Part};
use super::{Pace, StoryConfig, StoryEvent};
use crate::dice::Dice;
use crate::number;
use crate::plan::{Motion, Plan};
use crate::receiver::Receiver;
use crate::tracker::{Device, Source, Step};
use model::{ContractId, Fix, Millis, Position, Timestamp, VehicleId};
use std::time::Duration;
use wire::Protocol;

/// A car with its part.
pub struct Actor {
    part: Part,
    vehicle: VehicleId,
    plate: VehicleId,
    contract: ContractId,
    device: Device,
    debt: Debt,
    start: Timestamp,
    plan: Plan,
    receiver: Receiver,
    seed: u64,
}

impl Actor {
    /// The `n`th car; `None` beyond the reserved plates and terminal numbers.
    pub(super) fn cast(config: &StoryConfig, n: u32, protocol: &'static dyn Protocol) -> Option<Self> {
        let mut dice = Dice::of(config.seed, &[u64::from(n)]);
        let part = Part::of(n);
        let plate = VehicleId::parse(&format!("粤B9{n:04}")).ok()?;
        // Some lenders know the VIN. This one belongs to no maker: no WMI is LWT.
        let vin = VehicleId::parse(&format!("LWTDEMCAR{n:08}")).ok()?;
        let terminal = number::terminal(protocol.name(), n.checked_add(FIRST_TERMINAL)?)?;
        Some(Self {
            part,
            vehicle: if n % VIN_EVERY == VIN_EVERY - 1 { vin } else { plate },
            plate,
            contract: ContractId(format!("DEMO-{n:05}")),
            device: Device { terminal, protocol },
            debt: part.debt(&mut dice),
            start: config.start,
            receiver: part.receiver(config.start, dice.roll()),
            seed: dice.roll(),
            plan: part.plan(config.start, dice),
        })
    }

    /// What it does in the story.
    pub const fn part(&self) -> Part {
        self.part
    }

    /// The collateral, as the lender's book names it.
    pub const fn vehicle(&self) -> VehicleId {
        self.vehicle
    }

    /// Its plate.
    pub const fn plate(&self) -> VehicleId {
        self.plate
    }

    /// Its loan.
    pub const fn contract(&self) -> &ContractId {
        &self.contract
    }

    /// Its tracker.
    pub const fn device(&self) -> Device {
        self.device
    }

    pub(super) const fn debt(&self) -> Debt {
        self.debt
    }

    /// What happens to it.
    pub(super) fn events(&self) -> Vec<StoryEvent> {
        let vehicle = self.vehicle;
        let departs =
            matches!(self.debt, Debt::Overdue(_)).then(|| self.plan.next_switch(self.start)).flatten();
        let contract = self.contract.clone();
        let departed = departs.map(|at| StoryEvent::Departed { vehicle, at });
        let vanished = self.part.vanishes(self.start).map(|at| StoryEvent::Vanished { vehicle, at });
        let paid = self.part.pays(self.start).map(|at| StoryEvent::Payment { contract, vehicle, at });
        [departed, vanished, paid].into_iter().flatten().collect()
    }

    /// Its tracker's steps from now on.
    pub(super) fn source(&self, pace: Pace) -> Unit {
        let now = pace.now();
        // Trackers were not switched on all at once.
        let first = Dice::of(self.seed, &[]).between(0, PARKED_EVERY_MS);
        Unit {
            plan: self.plan.clone(),
            receiver: self.receiver,
            vanishes: self.part.vanishes(self.start),
            coverage: self
                .part
                .away(self.start)
                .map_or(Coverage::Lasting, |(from, to)| Coverage::Until { from, to }),
            pace,
            due: now.plus(first),
            beat: now.plus(first),
            last: Timestamp::from_ms(i64::MIN),
        }
    }
}

/// The tracker in the car.
pub(super) struct Unit {
    plan: Plan,
    receiver: Receiver,
    vanishes: Option<Timestamp>,
    coverage: Coverage,
    pace: Pace,
    due: Timestamp,
    beat: Timestamp,
    last: Timestamp,
}

/// Whether the tracker can reach the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coverage {
    /// From now on always.
    Lasting,
    /// It will be lost from then to then.
    Until { from: Timestamp, to: Timestamp },
    /// It was lost since then, and is back.
    BackSince { from: Timestamp, to: Timestamp },
}

impl Source for Unit {
    fn step(&mut self) -> Step {
        let now = self.pace.now();
        if self.vanishes.is_some_and(|at| at <= now) {
            return Step::End;
        }
        match self.coverage {
            Coverage::Until { from, to } if from <= now => {
                self.coverage = Coverage::BackSince { from, to };
                return Step::HangUp(self.pace.until(to));
            }
            Coverage::BackSince { from, to } => {
                self.coverage = Coverage::Lasting;
                return Step::Backfill(self.made_between(from, to.min(now)));
            }
            Coverage::Until { .. } | Coverage::Lasting => {}
        }
        if self.due <= now {
            return Step::Report(Box::new(self.report(now)));
        }
        if self.beat <= now {
            self.beat = now.plus(HEARTBEAT_EVERY_MS);
            return Step::Heartbeat;
        }
        let next = self.due.min(self.beat);
        let next = self.vanishes.map_or(next, |at| at.min(next));
        let next = if let Coverage::Until { from, .. } = self.coverage { from.min(next) } else { next };
        Step::Wait(self.pace.until(next).max(WAIT_MIN))
    }
}

impl Unit {
    fn report(&mut self, at: Timestamp) -> Position {
        let truth = self.plan.truth(at);
        let report = self.receiver.report(&truth, at);
        let every = match truth.motion {
            Motion::Driving { .. } => DRIVING_EVERY_MS,
            Motion::Parked if report.fix == Fix::None => BLIND_EVERY_MS,
            Motion::Parked => PARKED_EVERY_MS,
        };
        let regular = at.plus(every);
        let switch = self.plan.next_switch(at).map_or(regular, |switch| switch.min(regular));
        // No two reports of one second: they could not be told apart.
        self.due = switch.max(at.plus(1000));
        self.beat = at.plus(HEARTBEAT_EVERY_MS);
        self.last = at;
        report
    }

    /// The reports that were made and could not be sent.
    fn made_between(&mut self, from: Timestamp, to: Timestamp) -> Vec<Position> {
        let mut made = Vec::new();
        let mut at = from.max(self.last.plus(1000));
        while at < to && made.len() < BACKFILL_MAX {
            made.push(Position { buffered: true, ..self.report(at) });
            at = self.due;
        }
        made
    }
}

const DRIVING_EVERY_MS: Millis = 90_000;
const PARKED_EVERY_MS: Millis = 240_000;
const BLIND_EVERY_MS: Millis = 900_000;
const HEARTBEAT_EVERY_MS: Millis = 300_000;
/// A day of driving.
const BACKFILL_MAX: usize = 1000;
/// A clock that stands still must not make a tracker spin.
const WAIT_MIN: Duration = Duration::from_millis(1);
/// Every fifth car is known by its VIN.
const VIN_EVERY: u32 = 5;
const FIRST_TERMINAL: u32 = 80_000_001;
