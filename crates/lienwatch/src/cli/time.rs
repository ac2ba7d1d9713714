//! Times on the command line: RFC 3339, a date, `today`, `now`, or so long ago.

use model::{Date, Timestamp};
use std::time::{SystemTime, UNIX_EPOCH};

/// Reads `2026-11-20T03:10:00Z`, `2026-11-20`, `today`, `now`, `90s`, `15m`, `2h`, `3d` (ago). Dates are UTC.
pub(crate) fn instant(text: &str) -> Result<Timestamp, String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    read(text, Timestamp::from_ms(i64::try_from(now).unwrap_or(i64::MAX)))
        .ok_or_else(|| "write 2026-11-20T03:10:00Z, 2026-11-20, today, or 2h for two hours ago".into())
}

fn read(text: &str, now: Timestamp) -> Option<Timestamp> {
    match text {
        "now" => return Some(now),
        "today" => return now.date_in(&jiff::tz::TimeZone::UTC)?.start_in(&jiff::tz::TimeZone::UTC),
        _ => {}
    }
    if let Some(at) = Timestamp::parse(text) {
        return Some(at);
    }
    if let Some(day) = Date::parse(text) {
        return day.start_in(&jiff::tz::TimeZone::UTC);
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
    Some(now.plus(-number * seconds * 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_may_be_written_as_people_think_of_it() {
        let now = Timestamp::parse("2026-11-20T10:30:00Z").unwrap();
        let is =
            |text: &str, expected: &str| assert_eq!(read(text, now), Timestamp::parse(expected), "{text}");
        is("2h", "2026-11-20T08:30:00Z");
        is("90s", "2026-11-20T10:28:30Z");
        is("today", "2026-11-20T00:00:00Z");
        is("2026-11-19", "2026-11-19T00:00:00Z");
        is("2026-11-19T08:00:00+08:00", "2026-11-19T00:00:00Z");
        for wrong in ["", "h", "2w", "yesterday", "1e9d"] {
            assert_eq!(read(wrong, now), None, "{wrong}");
        }
    }
}
