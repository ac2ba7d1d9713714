//! The satellite block: clock, satellites, place, speed, course word.
//!
//! Shape: 18 bytes → a [`Position`] without alarms and attributes. Units: 1/1_800_000 degree, km/h, degrees from
//! north. Errors: a date that does not exist, coordinates off the globe; both leave a report. Source: SPEC.md §3.

use super::clock::{Clock, Zone, clock};
use super::{Parsed, Rows};
use model::{Alarms, Attributes, Coordinates, Course, DeviceTime, Fix, Measured, Position, Speed};
use nom::Parser;
use nom::error::context;
use nom::number::complete::{be_i16, be_u8, be_u16, be_u32};
use wire::Problem;
use wire::measured::measured;

/// The block as sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gps {
    pub(crate) clock: Clock,
    satellites: Option<u8>,
    latitude: u32,
    longitude: u32,
    speed: Option<u16>,
    course: CourseWord,
}

/// | offset | size | field      | coding                                               |
/// |      0 |    6 | clock      | see `clock`                                          |
/// |      6 |    1 | satellites | high nibble: length of the block, low nibble: number |
/// |      7 |    4 | latitude   | 1/1_800_000 degree, sign in the course word          |
/// |     11 |    4 | longitude  | 1/1_800_000 degree, sign in the course word          |
/// |     15 |    1 | speed      | km/h                                                 |
/// |     16 |    2 | course     | see [`CourseWord`]                                   |
pub(crate) fn gps(i: &[u8]) -> Parsed<'_, Gps> {
    let (i, clock) = context("date and time", clock).parse(i)?;
    gps_behind(clock, i)
}

/// What follows the clock in the block.
pub(crate) fn gps_behind(clock: Clock, i: &[u8]) -> Parsed<'_, Gps> {
    let (i, satellites) = context("satellites", be_u8).parse(i)?;
    let (i, latitude) = context("latitude", be_u32).parse(i)?;
    let (i, longitude) = context("longitude", be_u32).parse(i)?;
    let (i, speed) = context("speed", be_u8).parse(i)?;
    let (i, course) = context("course", be_u16).parse(i)?;
    let (satellites, speed) = (Some(satellites), Some(u16::from(speed)));
    Ok((i, Gps { clock, satellites, latitude, longitude, speed, course: CourseWord(course) }))
}

/// The block of cameras, number 0x95.
///
/// | offset | size | field      | coding                                  |
/// |      0 |    6 | clock      | see `clock`                             |
/// |      6 |    4 | latitude   | as in [`gps`]                           |
/// |     10 |    4 | longitude  | as in [`gps`]                           |
/// |     14 |    2 | course     | see [`CourseWord`]                      |
pub(crate) fn bare_gps(i: &[u8]) -> Parsed<'_, Gps> {
    let (i, clock) = clock(i)?;
    let (i, latitude) = be_u32(i)?;
    let (i, longitude) = be_u32(i)?;
    let (i, course) = be_u16(i)?;
    Ok((i, Gps { clock, satellites: None, latitude, longitude, speed: None, course: CourseWord(course) }))
}

/// The block of newer cameras, number 0x95 behind its marker.
///
/// | offset | size | field      | coding                                  |
/// |      0 |    6 | clock      | see `clock`                             |
/// |      6 |    1 | satellites | as in [`gps`]                           |
/// |      7 |    4 | latitude   | as in [`gps`]                           |
/// |     11 |    4 | longitude  | as in [`gps`]                           |
/// |     15 |    2 | course     | see [`CourseWord`]                      |
/// |     17 |    2 | speed      | km/h                                    |
pub(crate) fn camera_gps(i: &[u8]) -> Parsed<'_, Gps> {
    let (i, clock) = clock(i)?;
    let (i, satellites) = be_u8.map(Some).parse(i)?;
    let (i, latitude) = be_u32(i)?;
    let (i, longitude) = be_u32(i)?;
    let (i, course) = be_u16.map(CourseWord).parse(i)?;
    let (i, speed) = be_u16.map(Some).parse(i)?;
    Ok((i, Gps { clock, satellites, latitude, longitude, speed, course }))
}

/// The block of a position module: its seconds since 1970, its altitude in metres, and the block.
///
/// | offset | size | field      | coding                                  |
/// |      0 |    4 | time       | seconds since 1970                      |
/// |      4 |    1 | satellites | as in [`gps`]                           |
/// |      5 |    2 | altitude   | metres                                  |
/// |      7 |    4 | latitude   | as in [`gps`]                           |
/// |     11 |    4 | longitude  | as in [`gps`]                           |
/// |     15 |    1 | speed      | km/h                                    |
/// |     16 |    2 | course     | see [`CourseWord`]                      |
pub(crate) fn gps_of_module(i: &[u8]) -> Parsed<'_, (u32, i16, Gps)> {
    let (i, seconds) = be_u32(i)?;
    let (i, satellites) = be_u8.map(Some).parse(i)?;
    let (i, altitude) = be_i16(i)?;
    let (i, latitude) = be_u32(i)?;
    let (i, longitude) = be_u32(i)?;
    let (i, speed) = be_u8.map(|kmh| Some(u16::from(kmh))).parse(i)?;
    let (i, course) = be_u16.map(CourseWord).parse(i)?;
    let clock = Clock::of_unix(seconds);
    Ok((i, (seconds, altitude, Gps { clock, satellites, latitude, longitude, speed, course })))
}

impl Gps {
    /// The report that this block begins; for what is added to its identity see [`Self::measured`].
    pub(crate) fn position(&self, zone: Zone, added: &[u8]) -> Position {
        Position {
            time: self.clock.device_time(zone),
            fix: self.fix(),
            speed: self.speed.map(Speed::from_kmh),
            course: self.course.course(),
            altitude: None,
            satellites: self.satellites.map(|used| used & SATELLITES),
            buffered: false,
            alarms: Alarms::NONE,
            attributes: Attributes::default(),
            measured: self.measured(added),
        }
    }

    /// Identity of the report: place, speed, course word, and what the message adds (ignition, status, alarm).
    /// The differential bit is left out: some devices set it on the buffered copy of a report only.
    fn measured(&self, added: &[u8]) -> Measured {
        let place = u64::from(self.latitude) << 32 | u64::from(self.longitude);
        let course = (self.course.0 & !DIFFERENTIAL).to_be_bytes();
        let speed = self.speed.map_or([0; 2], u16::to_be_bytes);
        // One byte where one is enough, as on the wire of the common form.
        let speed = speed.strip_prefix(&[0]).unwrap_or(&speed);
        measured([&place.to_be_bytes()[..], speed, &course, added])
    }

    /// What is wrong with the block whose clock says this, the date before the place.
    pub(crate) fn problem(&self, time: DeviceTime) -> Option<Problem> {
        if time == DeviceTime::Unusable {
            return Some(self.clock.problem());
        }
        (self.course.fixed() && self.coordinates().is_none()).then_some(Problem::OffGlobe)
    }

    /// Ignition from the course word, for messages that have no byte for it.
    pub(crate) fn ignition(&self) -> Option<bool> {
        self.course.has(ACC_VALID).then(|| self.course.has(ACC_ON))
    }

    pub(crate) fn describe(&self, zone: Zone, rows: &mut Rows) {
        self.clock.describe(zone, rows);
        let satellites = self.satellites.unwrap_or_default();
        let used = satellites & SATELLITES;
        rows.add(1, "satellites", format!("{satellites:#04x}"), format!("{used} satellites"));
        rows.add(4, "latitude", self.latitude, degrees(self.latitude, self.course.has(NORTH), 'N', 'S'));
        rows.add(4, "longitude", self.longitude, degrees(self.longitude, !self.course.has(WEST), 'E', 'W'));
        rows.add(1, "speed", self.speed.unwrap_or_default(), "km/h");
        rows.add(2, "course and status", format!("{:#06x}", self.course.0), self.course.words());
    }

    fn fix(&self) -> Fix {
        match self.coordinates() {
            Some(place) if self.course.fixed() && !place.is_null_island() => Fix::Gnss(place),
            _ => Fix::None,
        }
    }

    /// `None` off the globe.
    fn coordinates(&self) -> Option<Coordinates> {
        let lat = e7(self.latitude) * if self.course.has(NORTH) { 1 } else { -1 };
        let lon = e7(self.longitude) * if self.course.has(WEST) { -1 } else { 1 };
        Coordinates::from_e7(lat, lon).ok()
    }
}

/// | bits  | meaning                                               |
/// | 0-9   | course, degrees clockwise from north                  |
/// | 10    | 1 = north, 0 = south                                  |
/// | 11    | 1 = west, 0 = east (the other way round than bit 10)  |
/// | 12    | 1 = fixed                                             |
/// | 13    | 1 = differential, on many devices noise               |
/// | 14    | 1 = bit 15 is the ignition, on some devices           |
/// | 15    | ignition                                              |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CourseWord(pub(crate) u16);

impl CourseWord {
    /// The word of a report, for the device side.
    pub(crate) fn new(course: u16, place: Option<Coordinates>) -> Self {
        let flag = |set: bool, bit: u16| if set { bit } else { 0 };
        let north = place.is_none_or(|place| place.lat_e7() >= 0);
        let west = place.is_some_and(|place| place.lon_e7() < 0);
        let flags = flag(north, NORTH) | flag(west, WEST) | flag(place.is_some(), FIXED);
        Self((course & COURSE) | flags)
    }

    fn has(self, bit: u16) -> bool {
        self.0 & bit != 0
    }

    fn fixed(self) -> bool {
        self.has(FIXED)
    }

    fn course(self) -> Option<Course> {
        Course::from_degrees(self.0 & COURSE)
    }

    fn words(self) -> String {
        let choose = |bit, set: &'static str, clear: &'static str| if self.has(bit) { set } else { clear };
        let mut words = format!("course {}°, {}", self.0 & COURSE, choose(FIXED, "fixed", "not fixed"));
        words += choose(NORTH, ", north", ", south");
        words += choose(WEST, " west", " east");
        words += choose(DIFFERENTIAL, ", differential", "");
        if self.has(ACC_VALID) {
            words += choose(ACC_ON, ", ignition on", ", ignition off");
        }
        words
    }
}

/// Degrees × 1e7 of a coordinate on the wire, rounded: 1/1_800_000 degree is 50/9 of 1e-7 degree.
fn e7(wire: u32) -> i64 {
    (i64::from(wire) * 50 + 4) / 9
}

/// The wire's form of a coordinate, without its sign: the inverse of [`e7`], rounded.
pub(crate) fn wire_degrees(e7: i32) -> u32 {
    let wire = (u64::from(e7.unsigned_abs()) * 9 + 25) / 50;
    u32::try_from(wire).unwrap_or(u32::MAX)
}

fn degrees(wire: u32, positive: bool, plus: char, minus: char) -> String {
    let e7 = e7(wire);
    format!("{}.{:07}° {}", e7 / 10_000_000, e7 % 10_000_000, if positive { plus } else { minus })
}

const SATELLITES: u8 = 0x0F;
const COURSE: u16 = 0x03FF; // bits 0-9
const NORTH: u16 = 0x0400; // bit 10
const WEST: u16 = 0x0800; // bit 11
const FIXED: u16 = 0x1000; // bit 12
const DIFFERENTIAL: u16 = 0x2000; // bit 13
const ACC_VALID: u16 = 0x4000; // bit 14
const ACC_ON: u16 = 0x8000; // bit 15

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coordinate_on_the_grid_of_a_hundred_thousandth_travels_unchanged() {
        for hundred_thousandths in (0..18_000_000).step_by(7_919) {
            let degrees = hundred_thousandths * 100;
            assert_eq!(e7(wire_degrees(degrees)), i64::from(degrees));
        }
    }

    #[test]
    fn the_course_word_of_the_manual_is_course_332_north_east_fixed() {
        assert_eq!(CourseWord(0x154C).words(), "course 332°, fixed, north east");
    }
}
