//! Times on the command line: RFC 3339, a date with or without a time, `today`, `now`, or so long ago.
//!
//! Shape: text → [`Moment`], which becomes an instant by the clock it is meant on: the site's, which in a demo is not
//! the system's. Units: what names no zone is in that of whoever reads it, UTC where the help does not say another. Errors: a
//! text that is none of these.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use model::{Millis, Timestamp};

/// A time as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The same on every clock.
    At(Timestamp),
    /// This time on a clock on the wall.
    Civil(DateTime),
    /// So many milliseconds before now.
    Ago(Millis),
    /// The first moment of this day.
    Today,
}

impl Moment {
    /// The instant, where it is `now`; without a zone in UTC.
    pub(crate) fn on(self, now: Timestamp) -> Timestamp {
        self.in_zone(now, &TimeZone::UTC)
    }

    /// The instant, where it is `now`; without a zone in this one.
    pub(crate) fn in_zone(self, now: Timestamp, zone: &TimeZone) -> Timestamp {
        match self {
            Self::At(at) => at,
            // Every time within the years that a calendar has is an instant in every zone.
            Self::Civil(civil) => {
                zone.to_timestamp(civil).map_or(now, |at| Timestamp::from_ms(at.as_millisecond()))
            }
            Self::Ago(ms) => now.plus(ms.saturating_neg()),
            Self::Today => now.date_in(zone).and_then(|day| day.start_in(zone)).unwrap_or(now),
        }
    }

    /// Whether it is another instant in another zone.
    pub(crate) const fn needs_zone(self) -> bool {
        matches!(self, Self::Civil(_) | Self::Today)
    }
}

/// Reads `2026-11-20T03:10:00Z`, `2026-11-20 03:10`, `2026-11-20`, `today`, `now`, `90s`, `15m`, `2h`, `3d` (ago).
pub(crate) fn moment(text: &str) -> Result<Moment, String> {
    read(text)
        .ok_or_else(|| "write 2026-11-20T03:10:00Z, 2026-11-20T11:10:00+08:00, 2026-11-20, today, or 2h for two hours ago".into())
}

fn read(text: &str) -> Option<Moment> {
    match text {
        "now" => return Some(Moment::Ago(0)),
        "today" => return Some(Moment::Today),
        _ => {}
    }
    if let Some(at) = Timestamp::parse(text) {
        return Some(Moment::At(at));
    }
    // A date is its first moment. One that goes on with a time must not be read as the date alone.
    if let Ok(civil) = text.parse::<DateTime>() {
        // What no zone has, as the last hours of the year 9999, is refused here.
        return TimeZone::UTC.to_timestamp(civil).ok().map(|_| Moment::Civil(civil));
    }
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    let number: i64 = number.parse().ok().filter(|number| (0..=1_000_000).contains(number))?;
    Some(Moment::Ago(number * seconds * 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_may_be_written_as_people_think_of_it() {
        let now = Timestamp::parse("2026-11-20T10:30:00Z").unwrap();
        let is = |text: &str, expected: &str| {
            assert_eq!(read(text).map(|moment| moment.on(now)), Timestamp::parse(expected), "{text}");
        };
        is("now", "2026-11-20T10:30:00Z");
        is("2h", "2026-11-20T08:30:00Z");
        is("90s", "2026-11-20T10:28:30Z");
        is("today", "2026-11-20T00:00:00Z");
        is("2026-11-19", "2026-11-19T00:00:00Z");
        is("2026-11-19 23:10", "2026-11-19T23:10:00Z");
        is("2026-11-19T01:11:12", "2026-11-19T01:11:12Z");
        is("2026-11-19T08:00:00+08:00", "2026-11-19T00:00:00Z");
        is("2026-11-19 08:00:00+08:00", "2026-11-19T00:00:00Z");
        for wrong in ["", "h", "2w", "yesterday", "1e9d"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
