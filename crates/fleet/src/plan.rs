//! What one vehicle really does: it stands, drives, stands elsewhere. The truth, before any receiver blurs it.
//!
//! Shape: a [`Plan`] is a first place and trips in time order; `plan.truth(at)` is a pure function of time.
//! Units: mm, whole km/h, ms UTC; days and hours are those of China. Source: DESIGN.md §8 (demo).

use crate::city::{Corner, Heading, Spot};
use crate::dice::Dice;
use crate::route::{Driver, Trip};
use model::{Millis, Timestamp, ZoneOffset};

/// What a vehicle does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    start: Corner,
    trips: Vec<Trip>,
    dice: Dice,
}

/// Where a vehicle is and what it does there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Truth {
    /// Where.
    pub spot: Spot,
    /// What.
    pub motion: Motion,
}

/// Standing or driving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    /// Ignition off.
    Parked,
    /// Ignition on.
    Driving {
        /// Speed; 0 at a light.
        kmh: u16,
        /// Direction of the street.
        heading: Heading,
    },
}

impl Plan {
    /// Stands at `home` and stays there.
    pub const fn parked(home: Corner, dice: Dice) -> Self {
        Self { start: home, trips: Vec::new(), dice }
    }

    /// Then drives about for `span` and parks wherever it is.
    #[must_use]
    pub fn drives_off(self, departs: Timestamp, span: Millis) -> Self {
        self.with(departs, |driver| Trip::about(driver, span, None))
    }

    /// Then drives about for `span` and comes back to where it stood.
    #[must_use]
    pub fn drives_round(self, departs: Timestamp, span: Millis) -> Self {
        let home = self.end();
        self.with(departs, |driver| Trip::about(driver, span, Some(home)))
    }

    /// Then drives to `goal`.
    #[must_use]
    pub fn drives_to(self, departs: Timestamp, goal: Corner) -> Self {
        self.with(departs, |driver| Trip::to(driver, goal))
    }

    /// A working day after the other: home, work, now and then somewhere else, and home for the night.
    #[must_use]
    pub fn commutes(mut self, from: Timestamp, days: u16) -> Self {
        let home = self.end();
        let work = Corner::random(&mut self.dice);
        let zone_ms = Millis::from(ZoneOffset::CHINA.seconds()) * 1000;
        let midnight = (from.ms() + zone_ms).div_euclid(DAY_MS) * DAY_MS - zone_ms;
        for day in 0..Millis::from(days) {
            let mut hour = |low: i64, high: i64| {
                let minute = self.dice.between(low * 60, high * 60);
                Timestamp::from_ms(midnight + day * DAY_MS + minute * 60_000)
            };
            let (out, back, evening) = (hour(7, 9), hour(17, 19), hour(20, 21));
            if out <= from {
                continue;
            }
            self = self.drives_to(out, work).drives_to(back, home);
            if self.dice.percent(EVENING_OUT_PERCENT) {
                self = self.drives_round(evening, 20 * 60_000);
            }
        }
        self
    }

    /// What is true at a moment.
    pub fn truth(&self, at: Timestamp) -> Truth {
        let begun = self.trips.partition_point(|trip| trip.departs().is_some_and(|departs| departs <= at));
        let last = begun.checked_sub(1).and_then(|index| self.trips.get(index));
        match last.map(|trip| (trip, trip.leg(at))) {
            Some((_, Some(leg))) => {
                Truth { spot: leg.spot(at), motion: Motion::Driving { kmh: leg.kmh, heading: leg.heading } }
            }
            Some((trip, None)) => Truth { spot: trip.goal().spot(), motion: Motion::Parked },
            None => Truth { spot: self.start.spot(), motion: Motion::Parked },
        }
    }

    /// The next moment after `at` at which the ignition is switched.
    pub fn next_switch(&self, at: Timestamp) -> Option<Timestamp> {
        let switches = self.trips.iter().flat_map(|trip| [trip.departs(), trip.arrives()]);
        switches.flatten().find(|switch| *switch > at)
    }

    /// Adds a trip; one that would begin before the last has ended begins then.
    fn with(mut self, departs: Timestamp, trip: impl FnOnce(Driver) -> Trip) -> Self {
        let free = self.trips.last().and_then(Trip::arrives).unwrap_or(departs);
        let dice = Dice::of(self.dice.roll(), &[]);
        let trip = trip(Driver::departs(self.end(), departs.max(free), dice));
        if trip.departs().is_some() {
            self.trips.push(trip);
        }
        self
    }

    fn end(&self) -> Corner {
        self.trips.last().map_or(self.start, Trip::goal)
    }
}

const DAY_MS: Millis = 86_400_000;
const EVENING_OUT_PERCENT: u8 = 30;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn plan(seed: u64) -> Plan {
        let mut dice = Dice::of(seed, &[]);
        Plan::parked(Corner::random(&mut dice), dice)
    }

    #[test]
    fn a_car_stands_before_drives_during_and_stands_elsewhere_after_its_trip() {
        let leaves = at("2026-11-20T05:00:00Z");
        let plan = plan(4).drives_off(leaves, 1_200_000);
        let before = plan.truth(leaves.plus(-1));
        assert_eq!(before.motion, Motion::Parked);
        assert!(matches!(plan.truth(leaves.plus(1000)).motion, Motion::Driving { .. }));
        let after = plan.truth(leaves.plus(7_200_000));
        assert_eq!(after.motion, Motion::Parked);
        assert_ne!(after.spot, before.spot);
    }

    #[test]
    fn a_commuter_is_at_home_every_night_and_at_work_every_noon() {
        let plan = plan(8).commutes(at("2026-11-20T00:00:00+08:00"), 5);
        let spots = |hour: i64| -> Vec<Spot> {
            (0..5)
                .map(|day| {
                    plan.truth(at("2026-11-20T00:00:00+08:00").plus(day * DAY_MS + hour * 3_600_000)).spot
                })
                .collect()
        };
        let (nights, noons) = (spots(3), spots(12));
        assert!(nights.iter().all(|spot| *spot == nights[0]), "{nights:?}");
        assert!(noons.iter().all(|spot| *spot == noons[0] && *spot != nights[0]), "{noons:?}");
    }

    #[test]
    fn a_round_trip_ends_where_it_began() {
        let leaves = at("2026-11-20T05:00:00Z");
        let plan = plan(3).drives_round(leaves, 600_000);
        assert_eq!(plan.truth(leaves.plus(-1)).spot, plan.truth(leaves.plus(DAY_MS)).spot);
        assert_ne!(plan.truth(leaves.plus(300_000)).spot, plan.truth(leaves).spot);
    }

    #[test]
    fn a_trip_waits_for_the_end_of_the_one_before() {
        let leaves = at("2026-11-20T05:00:00Z");
        let plan = plan(3).drives_off(leaves, 3_600_000).drives_off(leaves.plus(60_000), 600_000);
        let [first, second] = plan.trips.as_slice() else { panic!("two trips") };
        assert_eq!(second.departs(), first.arrives());
    }

    #[test]
    fn switches_are_the_ends_of_trips() {
        let leaves = at("2026-11-20T05:00:00Z");
        let plan = plan(3).drives_off(leaves, 600_000);
        assert_eq!(plan.next_switch(leaves.plus(-1)), Some(leaves));
        let arrives = plan.next_switch(leaves).unwrap();
        assert_eq!(plan.truth(arrives).motion, Motion::Parked);
        assert_ne!(plan.truth(arrives.plus(-1)).motion, Motion::Parked);
        assert_eq!(plan.next_switch(arrives), None);
    }
}
