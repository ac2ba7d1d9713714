//! Time as the field uses it: UTC instants, offsets from UTC, calendar dates.
//!
//! Shape: integers in, integers out; text only at the edges. Units: milliseconds since 1970-01-01T00:00:00Z;
//! offsets in seconds east. Errors: `None` where a date does not exist. Source: RFC 3339; IANA tz for dates.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::fmt;

/// A span in milliseconds; negative is allowed where a difference may be.
pub type Millis = i64;

/// An instant: UTC milliseconds since the epoch. Written as RFC 3339 in text, as an integer in binary and SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the epoch.
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the epoch.
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// This instant moved by `ms` milliseconds; saturates at the ends of time.
    #[must_use]
    pub const fn plus(self, ms: Millis) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to here; negative when `earlier` is later.
    pub const fn since(self, earlier: Self) -> Millis {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads RFC 3339, e.g. `2026-11-20T03:10:00Z`.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|t| Self(t.as_millisecond()))
    }

    /// The calendar date of this instant in a time zone.
    pub fn date_in(self, zone: &jiff::tz::TimeZone) -> Option<Date> {
        let instant = jiff::Timestamp::from_millisecond(self.0).ok()?;
        Some(Date(zone.to_datetime(instant).date()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(instant) => write!(f, "{instant}"),
            Err(_) => write!(f, "{}ms", self.0),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_i64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            Self::parse(&text).ok_or_else(|| D::Error::custom(format!("\"{text}\" is not an RFC 3339 time")))
        } else {
            i64::deserialize(deserializer).map(Self)
        }
    }
}

/// Seconds east of UTC, as a device's clock is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ZoneOffset(i32);

impl ZoneOffset {
    /// UTC itself.
    pub const UTC: Self = Self(0);
    /// China Standard Time, the zone that JT/T 808 prescribes.
    pub const CHINA: Self = Self(8 * 3600);
    /// No zone on Earth is further from UTC; a larger word in a frame is noise.
    pub const SECONDS_MAX: i32 = 14 * 3600;

    /// From seconds east; `None` beyond ±14 h.
    pub const fn from_seconds(east: i32) -> Option<Self> {
        if east.unsigned_abs() > Self::SECONDS_MAX.unsigned_abs() { None } else { Some(Self(east)) }
    }

    /// Seconds east of UTC.
    pub const fn seconds(self) -> i32 {
        self.0
    }

    /// Reads `+08:00`, `-03:30`, `Z`.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "Z" {
            return Some(Self::UTC);
        }
        let (sign, rest) = match text.split_at_checked(1)? {
            ("+", rest) => (1, rest),
            ("-", rest) => (-1, rest),
            _ => return None,
        };
        let (hours, minutes) = rest.split_once(':')?;
        let (hours, minutes) = (hours.parse::<i32>().ok()?, minutes.parse::<i32>().ok()?);
        if !(0..=14).contains(&hours) || !(0..60).contains(&minutes) {
            return None;
        }
        Self::from_seconds(sign * (hours * 3600 + minutes * 60))
    }
}

impl fmt::Display for ZoneOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { '-' } else { '+' };
        let minutes = self.0.unsigned_abs() / 60;
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// The digits on a device's clock, before any zone: year, month, day, hour, minute, second.
///
/// `None` when such a moment does not exist (month 0, 29 February of a common year, hour 25).
/// The result is the clock reading as if it were UTC.
pub fn wall_clock(year: u16, month: u8, day: u8, hour: u8, minute: u8, second: u8) -> Option<Timestamp> {
    let signed = |value: u8| i8::try_from(value).ok();
    let date_time = jiff::civil::DateTime::new(
        i16::try_from(year).ok()?,
        signed(month)?,
        signed(day)?,
        signed(hour)?,
        signed(minute)?,
        signed(second)?,
        0,
    )
    .ok()?;
    let instant = jiff::tz::Offset::UTC.to_timestamp(date_time).ok()?;
    Some(Timestamp::from_ms(instant.as_millisecond()))
}

/// The calendar digits of an instant on a clock that is `offset` east of UTC: (year, month, day, hour, minute,
/// second). For encoders; the inverse of [`wall_clock`].
pub fn wall_digits(at: Timestamp, offset: ZoneOffset) -> Option<(u16, u8, u8, u8, u8, u8)> {
    let shifted = at.plus(i64::from(offset.seconds()) * 1000);
    let instant = jiff::Timestamp::from_millisecond(shifted.ms()).ok()?;
    let civil = jiff::tz::Offset::UTC.to_datetime(instant);
    let unsigned = |value: i8| u8::try_from(value).ok();
    Some((
        u16::try_from(civil.year()).ok()?,
        unsigned(civil.month())?,
        unsigned(civil.day())?,
        unsigned(civil.hour())?,
        unsigned(civil.minute())?,
        unsigned(civil.second())?,
    ))
}

/// A calendar date, e.g. a due date. Written as `2026-11-20`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(jiff::civil::Date);

impl Date {
    /// From year, month, day; `None` when the date does not exist.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        jiff::civil::Date::new(year, month, day).ok().map(Self)
    }

    /// Reads `2026-11-20`.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::civil::Date>().ok().map(Self)
    }

    /// Whole days from `earlier` to here; negative when `earlier` is later.
    pub fn days_since(self, earlier: Self) -> i32 {
        self.0.since(earlier.0).map_or(0, |span| span.get_days())
    }

    /// This date moved by whole days; `None` beyond the calendar.
    pub fn plus_days(self, days: i32) -> Option<Self> {
        self.0.checked_add(jiff::Span::new().try_days(days).ok()?).ok().map(Self)
    }

    /// The first instant of this date in a time zone.
    pub fn start_in(self, zone: &jiff::tz::TimeZone) -> Option<Timestamp> {
        zone.to_timestamp(self.0.at(0, 0, 0, 0)).ok().map(|at| Timestamp::from_ms(at.as_millisecond()))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| D::Error::custom(format!("\"{text}\" is not a date like 2026-11-20")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_reading_that_does_not_exist_is_none() {
        assert_eq!(wall_clock(2026, 0, 10, 0, 0, 0), None);
        assert_eq!(wall_clock(2026, 2, 29, 0, 0, 0), None);
        assert_eq!(wall_clock(2026, 2, 28, 24, 0, 0), None);
        assert!(wall_clock(2024, 2, 29, 23, 59, 59).is_some());
    }

    #[test]
    fn wall_digits_are_the_inverse_of_wall_clock() {
        let at = wall_clock(2026, 3, 9, 8, 15, 30).unwrap();
        assert_eq!(wall_digits(at, ZoneOffset::UTC), Some((2026, 3, 9, 8, 15, 30)));
        assert_eq!(wall_digits(at, ZoneOffset::CHINA), Some((2026, 3, 9, 16, 15, 30)));
    }

    #[test]
    fn an_offset_reads_back_as_written() {
        for text in ["+08:00", "-03:30", "+00:00", "+12:45"] {
            assert_eq!(ZoneOffset::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(ZoneOffset::parse("+25:00"), None);
        assert_eq!(ZoneOffset::parse("08:00"), None);
    }

    #[test]
    fn the_date_of_an_instant_depends_on_the_zone() {
        let shanghai = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
        let at = Timestamp::parse("2026-11-20T17:00:00Z").unwrap();
        assert_eq!(at.date_in(&shanghai), Date::parse("2026-11-21"));
        assert_eq!(at.date_in(&jiff::tz::TimeZone::UTC), Date::parse("2026-11-20"));
    }

    #[test]
    fn days_between_dates_are_calendar_days() {
        let due = Date::parse("2026-01-31").unwrap();
        assert_eq!(Date::parse("2026-03-01").unwrap().days_since(due), 29);
        assert_eq!(due.days_since(Date::parse("2026-03-01").unwrap()), -29);
    }
}
