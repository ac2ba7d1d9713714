//! Overdue cars whose devices are taken off: an event each, which raises its alert with its first frame.
//!
//! ```text
//! book and bindings by file --folded--> logged in --at its time--> one frame with the alarm --at the end--> acknowledged
//! ```
//! Shape: [`Events::prepare`] on a server, [`Events::happen`] beside its load; none waits for the answer to another. Units: real
//! time. Errors: a car that is not let in, a frame without its acknowledgement. Source: GT06 alarm 0x13; rule TAMPER_LIGHT.

use crate::cars::{Car, SPOKEN};
use crate::parts::load::folded;
use crate::stand::Stand;
use anyhow::{Context as _, ensure};
use fleet::Report;
use fleet::dice::Dice;
use model::{Alarm, Alarms, Rule};
use std::fmt::Write as _;
use std::time::{Duration, Instant};
use stories::device::{Device, now};

/// The rule that the events raise: it waits for nothing, and what it tells of does not heal itself.
pub(super) const RULE: Rule = Rule::TamperLight;

/// Cars at which nothing has happened yet.
pub(super) struct Events {
    cars: Vec<(String, Car, Device)>,
}

/// What happened to a car.
pub(super) struct Event {
    pub(super) vehicle: String,
    /// When its frame should have left.
    pub(super) due: Instant,
    /// How much later it had left.
    pub(super) late: Duration,
    pub(super) report: Report,
}

/// When events happen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) began: Instant,
    pub(super) lasts: Duration,
}

impl Events {
    /// Enters so many overdue cars, with numbers behind those of the load, and lets them log in.
    pub(super) fn prepare(stand: &Stand, first: u32, count: u32) -> anyhow::Result<Self> {
        let (site, server) = (stand.site().context("a site")?, stand.server().context("a server")?);
        let named: Vec<(String, Car)> = (0..count)
            .map(|n| Ok((format!("粤B{:05}", PLATE_FIRST + n), alarming(first, n)?)))
            .collect::<anyhow::Result<_>>()?;
        let (mut loans, mut bindings) = (String::from(LOANS), String::from(BINDINGS));
        // A device that was fitted today may be handled by its fitter.
        let fitted = now().plus(-FITTED_MS);
        for (n, (plate, car)) in named.iter().enumerate() {
            writeln!(loans, "BENCH-{n},{plate},{OVERDUE_SINCE},3280.00,86400.00")?;
            writeln!(bindings, "{},{plate},main,{fitted}", car.terminal)?;
        }
        site.done(&["import", "loans", &site.file("loans.csv", loans)?, "--as-of", "now", "--yes"])?;
        site.done(&["import", "bindings", &site.file("bindings.csv", bindings)?])?;
        folded(stand)?;
        let login = |(vehicle, car): (String, Car)| {
            let device = Device::login(server, car.protocol.name(), car.terminal.as_str());
            Ok((vehicle, car, device.with_context(|| format!("{} is not let in", car.terminal))?))
        };
        Ok(Self { cars: named.into_iter().map(login).collect::<anyhow::Result<_>>()? })
    }

    /// Lets them happen, spread over the time; then hears that every frame is kept.
    pub(super) fn happen(mut self, times: Times) -> anyhow::Result<Vec<Event>> {
        let due = times.dues(u32::try_from(self.cars.len())?);
        let mut events = Vec::with_capacity(self.cars.len());
        for ((vehicle, car, device), due) in self.cars.iter_mut().zip(due) {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            events.push(taken_off(vehicle, car, device, due)?);
        }
        for ((_, _, device), event) in self.cars.iter_mut().zip(&mut events) {
            device.acknowledged(event.report.serial)?;
            event.report.acknowledged = true;
        }
        Ok(events)
    }
}

impl Times {
    /// One in each of so many equal spans, anywhere in it: what beats in the server shall not beat with them.
    fn dues(self, count: u32) -> impl Iterator<Item = Instant> {
        let span = self.lasts / count.max(1);
        let mut dice = Dice::of(SEED, &[u64::from(count)]);
        (0..count).map(move |n| self.began + span * n + span * dice_below(&mut dice, PARTS) / PARTS)
    }
}

fn dice_below(dice: &mut Dice, parts: u32) -> u32 {
    u32::try_from(dice.between(0, i64::from(parts) - 1)).unwrap_or(0)
}

/// The n-th car whose protocol knows the alarm.
fn alarming(first: u32, n: u32) -> anyhow::Result<Car> {
    let turns = u32::try_from(SPOKEN.len())?;
    let car = Car::of(first.next_multiple_of(turns) + n * turns)?;
    ensure!(car.protocol.name() == ALARMING, "{} is no {ALARMING}", car.terminal);
    Ok(car)
}

fn taken_off(vehicle: &str, car: &Car, device: &mut Device, due: Instant) -> anyhow::Result<Event> {
    let (at, alarms) = (now(), Alarms::NONE.with(Alarm::Removed));
    let mut position = car.report(at, 0)?;
    position.alarms = alarms;
    let frame = device.frame(&position);
    device.wire().send(&frame.bytes)?;
    let late = due.elapsed();
    let report = Report { alarms, ..car.noted(at, 0, frame.serial)? };
    Ok(Event { vehicle: vehicle.to_owned(), due, late, report })
}

/// The only one of [`SPOKEN`] that has a word for a device that was taken off; the first of them.
const ALARMING: &str = "gt06";
const LOANS: &str = "contract,plate,oldest_unpaid_due,amount_overdue,principal_outstanding\n";
const BINDINGS: &str = "terminal,plate,role,from\n";
/// Long ago: overdue whatever today is.
const OVERDUE_SINCE: &str = "2025-01-10";
const FITTED_MS: i64 = 60 * 86_400_000;
const PLATE_FIRST: u32 = 70_000;
const SEED: u64 = 6;
/// Of a span, so fine.
const PARTS: u32 = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_spread_over_the_whole_time_in_their_order() {
        let times = Times { began: Instant::now(), lasts: Duration::from_mins(1) };
        let dues: Vec<Instant> = times.dues(120).collect();
        assert!(dues.is_sorted() && dues.len() == 120);
        for (n, due) in (0..).zip(&dues) {
            let span = times.lasts / 120;
            assert!((times.began + span * n..times.began + span * (n + 1)).contains(due), "{n}");
        }
    }

    #[test]
    fn the_cars_of_events_are_none_of_the_load() {
        let cars: Vec<Car> = (0..50).map(|n| alarming(2_001, n).unwrap()).collect();
        let of_load: Vec<Car> = (0..2_001).map(|n| Car::of(n).unwrap()).collect();
        assert!(cars.iter().all(|car| of_load.iter().all(|other| other.terminal != car.terminal)));
    }
}
