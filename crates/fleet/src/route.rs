//! One drive through the city: legs from crossing to crossing, and stops at lights between them.
//!
//! Shape: a [`Driver`] yields contiguous [`Leg`]s, wandering or towards a goal; a [`Trip`] is a list of them and
//! answers where the vehicle is at a moment. Pure: the same dice give the same drive. Units: mm, whole km/h, ms.

use crate::city::{BLOCK_MM, BLOCKS, Corner, Heading, Spot};
use crate::dice::Dice;
use model::{Millis, Timestamp};

/// A straight piece at one speed, or a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leg {
    /// Where it begins.
    pub from: Spot,
    /// Where it ends; the same place for a stop.
    pub to: Spot,
    /// When it begins.
    pub starts: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
    /// Speed; 0 at a light.
    pub kmh: u16,
    /// Direction of the street.
    pub heading: Heading,
}

impl Leg {
    /// Where the vehicle is at a moment within the leg.
    pub fn spot(&self, at: Timestamp) -> Spot {
        let whole = self.ends.since(self.starts);
        self.from.towards(self.to, at.since(self.starts).clamp(0, whole), whole)
    }
}

/// Somebody at the wheel: yields legs without end.
#[derive(Debug, Clone)]
pub struct Driver {
    dice: Dice,
    corner: Corner,
    heading: Heading,
    now: Timestamp,
    light: bool,
}

impl Driver {
    /// Sets off from a crossing.
    pub fn departs(corner: Corner, now: Timestamp, dice: Dice) -> Self {
        Self { dice, corner, heading: Heading::North, now, light: false }
    }

    /// The crossing at the end of the last leg.
    pub const fn corner(&self) -> Corner {
        self.corner
    }

    /// When the last leg ends.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Drives on, no matter where.
    pub fn wander(&mut self) -> Leg {
        if let Some(stop) = self.stop_at_light() {
            return stop;
        }
        let straight = self.dice.percent(STRAIGHT_PERCENT);
        let [ahead, right, left] = self.heading.onward();
        let (first, second) = if self.dice.percent(50) { (right, left) } else { (left, right) };
        let wish = if straight { [ahead, first, second] } else { [first, second, ahead] };
        let open = wish.into_iter().find(|heading| self.corner.next(*heading).is_some());
        self.drive(open.unwrap_or(self.heading.back()))
    }

    /// Drives nearer to `goal`; `None` when there.
    pub fn approach(&mut self, goal: Corner) -> Option<Leg> {
        let heading = match self.corner.headings_to(goal) {
            [None, None] => return None,
            [Some(one), Some(other)] => {
                if self.dice.percent(50) {
                    one
                } else {
                    other
                }
            }
            [Some(only), None] | [None, Some(only)] => only,
        };
        Some(self.stop_at_light().unwrap_or_else(|| self.drive(heading)))
    }

    fn drive(&mut self, heading: Heading) -> Leg {
        let from = self.corner.spot();
        self.corner = self.corner.next(heading).unwrap_or(self.corner);
        let kmh = self.dice.between(KMH_MIN, KMH_MAX);
        // mm / (km/h) is 3.6 ms; whole seconds, so that trips begin and end on the second.
        let ms = from.axis_distance_mm(self.corner.spot()) * 18 / (5 * kmh);
        let starts = self.now;
        self.now = starts.plus((ms / 1000).max(1) * 1000);
        self.heading = heading;
        self.light = self.dice.percent(LIGHT_PERCENT);
        let kmh = u16::try_from(kmh).unwrap_or(0);
        Leg { from, to: self.corner.spot(), starts, ends: self.now, kmh, heading }
    }

    fn stop_at_light(&mut self) -> Option<Leg> {
        if !std::mem::take(&mut self.light) {
            return None;
        }
        let (spot, starts) = (self.corner.spot(), self.now);
        self.now = starts.plus(self.dice.between(LIGHT_S_MIN, LIGHT_S_MAX) * 1000);
        Some(Leg { from: spot, to: spot, starts, ends: self.now, kmh: 0, heading: self.heading })
    }
}

/// A drive with an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trip {
    legs: Vec<Leg>,
    goal: Corner,
}

impl Trip {
    /// Drives about for `span`, then home to `goal`, or stops where it is.
    pub fn about(mut driver: Driver, span: Millis, goal: Option<Corner>) -> Self {
        let until = driver.now().plus(span);
        let mut legs = Vec::new();
        while driver.now() < until && legs.len() < LEGS_MAX {
            legs.push(driver.wander());
        }
        if let Some(goal) = goal {
            legs.extend(std::iter::from_fn(|| driver.approach(goal)).take(LEGS_MAX));
        }
        Self { legs, goal: driver.corner() }
    }

    /// Drives to `goal` without detour.
    pub fn to(driver: Driver, goal: Corner) -> Self {
        Self::about(driver, 0, Some(goal))
    }

    /// When it begins; `None` for a trip without a leg.
    pub fn departs(&self) -> Option<Timestamp> {
        self.legs.first().map(|leg| leg.starts)
    }

    /// When it ends.
    pub fn arrives(&self) -> Option<Timestamp> {
        self.legs.last().map(|leg| leg.ends)
    }

    /// Where it ends.
    pub const fn goal(&self) -> Corner {
        self.goal
    }

    /// The leg at a moment; `None` before and after the trip.
    pub fn leg(&self, at: Timestamp) -> Option<&Leg> {
        let next = self.legs.partition_point(|leg| leg.starts <= at);
        self.legs.get(next.checked_sub(1)?).filter(|leg| at < leg.ends)
    }
}

/// Slowest a car drives between crossings.
pub const KMH_MIN: i64 = 20;
/// Fastest.
pub const KMH_MAX: i64 = 60;
const STRAIGHT_PERCENT: u8 = 60;
const LIGHT_PERCENT: u8 = 30;
const LIGHT_S_MIN: i64 = 10;
const LIGHT_S_MAX: i64 = 60;
/// A block takes at least 24 s: more legs than this are more than a day at the wheel.
const LEGS_MAX: usize = 3600;

// A straight drive across the city fits in one trip even if it stops at each light.
const _: () = assert!(BLOCKS * 2 * 2 * 2 < 3600 && BLOCK_MM > 0);

#[cfg(test)]
mod tests {
    use super::*;

    fn driver(seed: u64) -> Driver {
        let mut dice = Dice::of(seed, &[7]);
        Driver::departs(Corner::random(&mut dice), Timestamp::from_ms(1_000_000), dice)
    }

    #[test]
    fn the_same_seed_drives_the_same_way_and_another_does_not() {
        let drive = |seed| Trip::about(driver(seed), 3_600_000, None);
        assert_eq!(drive(1), drive(1));
        assert_ne!(drive(1), drive(2));
    }

    #[test]
    fn legs_follow_each_other_without_a_jump_in_place_or_time() {
        let trip = Trip::about(driver(5), 3_600_000, None);
        for pair in trip.legs.windows(2) {
            assert_eq!((pair[0].to, pair[0].ends), (pair[1].from, pair[1].starts));
        }
    }

    #[test]
    fn a_car_drives_at_the_speed_it_shows_and_stops_at_lights() {
        let trip = Trip::about(driver(5), 7_200_000, None);
        assert!(trip.legs.iter().any(|leg| leg.kmh == 0));
        for leg in trip.legs.iter().filter(|leg| leg.kmh > 0) {
            assert!((20..=60).contains(&leg.kmh));
            let shown = i64::from(leg.kmh);
            let driven = leg.from.axis_distance_mm(leg.to) * 18 / (5 * leg.ends.since(leg.starts));
            assert!((shown - driven).abs() <= 3, "shows {shown}, drives {driven}");
        }
    }

    #[test]
    fn a_trip_home_ends_at_home() {
        for seed in 0..20 {
            let home = Corner::random(&mut Dice::of(seed, &[1]));
            let trip = Trip::about(driver(seed), 900_000, Some(home));
            assert_eq!((trip.goal(), trip.legs.last().unwrap().to), (home, home.spot()));
        }
    }
}
