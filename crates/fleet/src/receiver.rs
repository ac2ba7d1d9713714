//! What a tracker's receiver makes of the truth: scatter, drift, tunnels, and the report it writes.
//!
//! Shape: (truth, moment) → `Position`, a pure function of the seed. Units: coordinates on a grid of 1e-5 degrees,
//! whole km/h, degrees and seconds: what every protocol carries unchanged. Source: `domain.md` §8.

use crate::city::City;
use crate::dice::Dice;
use crate::plan::{Motion, Truth};
use model::{
    Alarms, Attribute, Attributes, Course, DeviceTime, Fix, Measured, Position, Speed, Timestamp, ZoneOffset,
    ZoneSource,
};

/// One receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receiver {
    city: City,
    seed: u64,
    sky: Sky,
}

/// What a receiver sees of the sky where its vehicle parks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sky {
    /// Always: a test bench without tunnels; a parked car scatters as under an open sky.
    Clear,
    /// Enough: a parked car scatters by up to 40 m.
    Open,
    /// A street canyon: a parked car jumps by up to 100 m, and shows a little speed.
    Canyon,
    /// Nothing from this moment on: an underground garage.
    GoneFrom(Timestamp),
}

impl Receiver {
    /// A receiver whose errors come from `seed`.
    pub const fn new(city: City, seed: u64, sky: Sky) -> Self {
        Self { city, seed, sky }
    }

    /// The report that the tracker writes at `at`, cut to the second.
    pub fn report(&self, truth: &Truth, at: Timestamp) -> Position {
        let at = Timestamp::from_ms(at.ms().div_euclid(1000) * 1000);
        let mut dice = Dice::of(self.seed, &[at.ms().unsigned_abs()]);
        match truth.motion {
            _ if self.is_blind(at, truth.motion) => unfixed(truth.motion, at),
            Motion::Parked => {
                let (scatter_m, kmh, satellites) = self.parked_error(&mut dice);
                let fix = self.city.fix(truth.spot.scattered(scatter_m, &mut dice));
                written(at, fix, (kmh, 0, satellites), false)
            }
            Motion::Driving { kmh, heading } => {
                let scatter_m = dice.between(DRIVING_SCATTER_M_MIN, DRIVING_SCATTER_M_MAX);
                let fix = self.city.fix(truth.spot.scattered(scatter_m, &mut dice));
                let kmh = if kmh == 0 { 0 } else { i64::from(kmh) + dice.between(-2, 2) };
                let course = (i64::from(heading.degrees()) + dice.between(-5, 5)).rem_euclid(360);
                written(at, fix, (kmh, course, dice.between(8, 14)), true)
            }
        }
    }

    /// A garage, or a tunnel: two minutes without sky, now and then, on the road.
    fn is_blind(&self, at: Timestamp, motion: Motion) -> bool {
        if let Sky::GoneFrom(from) = self.sky {
            return at >= from;
        }
        if self.sky == Sky::Clear {
            return false;
        }
        let stretch = at.ms().div_euclid(TUNNEL_MS).unsigned_abs();
        motion != Motion::Parked && Dice::of(self.seed, &[TUNNEL_STREAM, stretch]).percent(TUNNEL_PERCENT)
    }

    /// Metres off, km/h shown, satellites.
    fn parked_error(&self, dice: &mut Dice) -> (i64, i64, i64) {
        match self.sky {
            Sky::Canyon if dice.percent(25) => {
                (dice.between(70, 100), dice.between(0, 3), dice.between(5, 7))
            }
            Sky::Open | Sky::Clear if dice.percent(10) => {
                (dice.between(8, PARKED_SCATTER_M_MAX), 0, dice.between(6, 9))
            }
            Sky::Open | Sky::Clear | Sky::Canyon | Sky::GoneFrom(_) => {
                (dice.between(0, 8), 0, dice.between(8, 12))
            }
        }
    }
}

/// A report with a fix: (km/h, course, satellites).
fn written(at: Timestamp, fix: Fix, (kmh, course, satellites): (i64, i64, i64), ignition: bool) -> Position {
    Position {
        speed: u16::try_from(kmh).ok().map(Speed::from_kmh),
        course: u16::try_from(course).ok().and_then(Course::from_degrees),
        satellites: u8::try_from(satellites).ok(),
        fix,
        ..unlocated(at, ignition)
    }
}

fn unfixed(motion: Motion, at: Timestamp) -> Position {
    unlocated(at, motion != Motion::Parked)
}

fn unlocated(at: Timestamp, ignition: bool) -> Position {
    Position {
        time: DeviceTime::Clock { wall: at, offset: ZoneOffset::UTC, source: ZoneSource::Protocol },
        // The wire formats have the fields without a flag of their own: a receiver without a fix writes zeros.
        speed: Some(Speed::from_kmh(0)),
        course: Course::from_degrees(0),
        fix: Fix::None,
        altitude: None,
        satellites: None,
        buffered: false,
        alarms: Alarms::NONE,
        attributes: Attributes(vec![Attribute::Ignition(ignition)]),
        // The server hashes what it reads on the wire; a device has no use for the hash.
        measured: Measured { version: 0, hash: 0 },
    }
}

const DRIVING_SCATTER_M_MIN: i64 = 5;
const DRIVING_SCATTER_M_MAX: i64 = 15;
const PARKED_SCATTER_M_MAX: i64 = 40;
const TUNNEL_MS: i64 = 120_000;
const TUNNEL_PERCENT: u8 = 3;
/// Keeps the tunnels' dice apart from those of the reports.
const TUNNEL_STREAM: u64 = 0x7475_6E6E_656C;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::{Heading, Spot};

    const SPOT: Spot = Spot { north_mm: 120_000, east_mm: -340_000 };
    const PARKED: Truth = Truth { spot: SPOT, motion: Motion::Parked };
    const DRIVING: Truth = Truth { spot: SPOT, motion: Motion::Driving { kmh: 40, heading: Heading::North } };

    fn metres_off(report: &Position) -> f64 {
        let (seen, place) =
            (report.fix.coordinates().unwrap(), City::SHENZHEN.fix(SPOT).coordinates().unwrap());
        let north = (seen.lat() - place.lat()) * 111_319.5;
        let east = (seen.lon() - place.lon()) * 111_319.5 * place.lat().to_radians().cos();
        north.hypot(east)
    }

    fn reports(sky: Sky, truth: Truth) -> Vec<Position> {
        let receiver = Receiver::new(City::SHENZHEN, 11, sky);
        let minute = |n: i64| Timestamp::from_ms(1_700_000_000_000 + n * 60_000);
        (0..3000).map(|n| receiver.report(&truth, minute(n))).collect()
    }

    fn furthest(reports: &[Position]) -> f64 {
        reports.iter().filter(|r| r.fix != Fix::None).map(metres_off).fold(0.0, f64::max)
    }

    #[test]
    fn scatter_stays_within_its_bounds() {
        // 1.6 m: the diagonal of half a grid step at both ends.
        let parked = furthest(&reports(Sky::Open, PARKED));
        assert!((30.0..41.6).contains(&parked), "{parked}");
        let canyon = furthest(&reports(Sky::Canyon, PARKED));
        assert!((90.0..101.6).contains(&canyon), "{canyon}");
        for report in reports(Sky::Open, DRIVING).iter().filter(|r| r.fix != Fix::None) {
            assert!((3.4..16.6).contains(&metres_off(report)), "{}", metres_off(report));
        }
    }

    #[test]
    fn a_report_is_whole_seconds_and_shows_what_the_vehicle_does() {
        let receiver = Receiver::new(City::SHENZHEN, 1, Sky::Open);
        let odd = Timestamp::from_ms(1_700_000_000_777);
        assert_eq!(receiver.report(&PARKED, odd).fix_time(), Some(Timestamp::from_ms(1_700_000_000_000)));
        for report in reports(Sky::Open, DRIVING).iter().filter(|r| r.fix != Fix::None) {
            assert_eq!(report.speed.unwrap().tenths() % 10, 0);
            assert!((38.0..=42.0).contains(&report.speed.unwrap().kmh()));
            let course = report.course.unwrap().degrees();
            assert!(course <= 5 || course >= 355);
            assert_eq!(report.attributes.ignition(), Some(true));
        }
    }

    #[test]
    fn the_road_has_a_few_tunnels_and_the_garage_has_no_sky() {
        let dark = |sky, truth| reports(sky, truth).iter().filter(|r| r.fix == Fix::None).count();
        assert!((30..200).contains(&dark(Sky::Open, DRIVING)));
        assert_eq!(dark(Sky::Open, PARKED) + dark(Sky::Clear, DRIVING), 0);
        let gone = Timestamp::from_ms(1_700_000_000_000 + 1000 * 60_000);
        assert_eq!(dark(Sky::GoneFrom(gone), PARKED), 2000);
    }

    #[test]
    fn the_same_moment_is_seen_the_same_way_twice() {
        assert_eq!(reports(Sky::Open, DRIVING), reports(Sky::Open, DRIVING));
    }
}
