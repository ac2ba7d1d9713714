//! The device's clock: six plain binary bytes.
//!
//! Shape: 6 bytes → [`DeviceTime`]. Units: year 2000 + first byte; the zone comes from profile, login or protocol.
//! Errors: a date that does not exist is `Unusable` and a `Problem::Date`. Source: SPEC.md §3.

use super::{Parsed, Rows};
use crate::alarm_codes::Dialect;
use crate::session::clock_bytes;
use model::time::wall_clock;
use model::{DeviceTime, Timestamp, ZoneOffset, ZoneSource};
use nom::Parser;
use nom::combinator::{map, verify};
use nom::number::complete::be_u8;
use wire::Problem;

/// The zone that a device's digits are taken for, and who said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Zone {
    pub(crate) offset: ZoneOffset,
    pub(crate) source: ZoneSource,
}

/// How the device that speaks is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Habits {
    pub(crate) zone: Zone,
    pub(crate) dialect: Dialect,
}

/// The digits as sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clock {
    year: u8,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
}

/// | offset | size | field  | coding      |
/// |      0 |    1 | year   | 2000 + byte |
/// |      1 |    1 | month  | 1..12       |
/// |      2 |    1 | day    | 1..31       |
/// |      3 |    1 | hour   | 0..23       |
/// |      4 |    1 | minute | 0..59       |
/// |      5 |    1 | second | 0..59       |
pub(crate) fn clock(i: &[u8]) -> Parsed<'_, Clock> {
    map((be_u8, be_u8, be_u8, be_u8, be_u8, be_u8), |(year, month, day, hour, minute, second)| Clock {
        year,
        month,
        day,
        hour,
        minute,
        second,
    })
    .parse(i)
}

/// As [`clock`], each byte two packed decimal digits.
pub(crate) fn packed_clock(i: &[u8]) -> Parsed<'_, Clock> {
    let digits = || {
        verify(be_u8, |byte| byte >> 4 < 10 && byte & 0x0F < 10).map(|byte| (byte >> 4) * 10 + (byte & 0x0F))
    };
    map(
        (digits(), digits(), digits(), digits(), digits(), digits()),
        |(year, month, day, hour, minute, second)| Clock { year, month, day, hour, minute, second },
    )
    .parse(i)
}

impl Clock {
    /// The clock of a device that counts seconds since 1970, in UTC.
    pub(crate) fn of_unix(seconds: u32) -> Self {
        let [year, month, day, hour, minute, second] =
            clock_bytes(Timestamp::from_ms(i64::from(seconds) * 1000));
        Self { year, month, day, hour, minute, second }
    }

    /// A date that exists, or the zeros of a device that has not seen the sky yet.
    pub(crate) fn is_sane(self) -> bool {
        let utc = Zone { offset: ZoneOffset::UTC, source: ZoneSource::Protocol };
        self.bytes() == [0; 6] || self.device_time(utc) != DeviceTime::Unusable
    }

    pub(crate) fn device_time(self, zone: Zone) -> DeviceTime {
        let year = 2000 + u16::from(self.year);
        match wall_clock(year, self.month, self.day, self.hour, self.minute, self.second) {
            Some(wall) => DeviceTime::Clock { wall, offset: zone.offset, source: zone.source },
            None => DeviceTime::Unusable,
        }
    }

    pub(crate) fn problem(self) -> Problem {
        Problem::Date { bytes: hex::encode(self.bytes()) }
    }

    pub(crate) fn describe(self, zone: Zone, rows: &mut Rows) {
        let [year, month, day, hour, minute, second] = self.bytes();
        let value = format!("20{year:02}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
        let meaning = match self.device_time(zone) {
            DeviceTime::Clock { offset, source, .. } => {
                format!("device clock, UTC{offset} {}", source_words(source))
            }
            DeviceTime::Unusable => "no such date: the device has no usable clock".to_owned(),
        };
        rows.add(6, "date and time", value, meaning);
    }

    const fn bytes(self) -> [u8; 6] {
        [self.year, self.month, self.day, self.hour, self.minute, self.second]
    }
}

const fn source_words(source: ZoneSource) -> &'static str {
    match source {
        ZoneSource::Protocol => "by the protocol",
        ZoneSource::Login => "by the login",
        ZoneSource::Profile => "by the profile",
    }
}
