//! Days and nights of a place, by nautical time: the whole hour east of Greenwich that its longitude lies in.
//!
//! A state knows no loan and therefore no zone; and where one zone spans a continent, people sleep by the sun. Nobody's debt is
//! counted by it: days past due are counted in the loan's own zone.
//!
//! Shape: instants and a place in, day numbers or spans out. Units: milliseconds, days since 1970. Errors: none.
//! Source: `domain.md` §3b DWELL_UNKNOWN (night 00-06); nautical time zones, 15 degrees each.

use model::{Coordinates, Millis, Timestamp};

/// The day at a place, counted from 1970.
pub(crate) fn day(at: Timestamp, place: Coordinates) -> i32 {
    i32::try_from(local_ms(at, place).div_euclid(DAY_MS)).unwrap_or(i32::MAX)
}

/// The first moment of a day at a place.
pub(crate) fn starts_at(day: i32, place: Coordinates) -> Timestamp {
    Timestamp::from_ms(i64::from(day) * DAY_MS - offset_ms(place))
}

/// Whole hours since midnight.
pub(crate) fn hour(at: Timestamp, place: Coordinates) -> usize {
    usize::try_from(local_ms(at, place).rem_euclid(DAY_MS) / HOUR_MS).unwrap_or(0)
}

/// How much of a span lies in the night of a day.
pub(crate) fn night_ms(day: i32, place: Coordinates, from: Timestamp, to: Timestamp) -> Millis {
    let midnight = starts_at(day, place);
    overlap_ms((from, to), (midnight, midnight.plus(NIGHT_MS)))
}

/// How much of a span lies in a day behind its night.
pub(crate) fn awake_ms(day: i32, place: Coordinates, from: Timestamp, to: Timestamp) -> Millis {
    let midnight = starts_at(day, place);
    overlap_ms((from, to), (midnight.plus(NIGHT_MS), midnight.plus(DAY_MS)))
}

/// When a stay that began at `since` has come to a weight, of which its nights count double.
pub(crate) fn weighs_at(since: Timestamp, place: Coordinates, weight_ms: Millis) -> Timestamp {
    let (mut at, mut left_ms) = (since, weight_ms);
    // A night and the rest of a day are two steps.
    for _ in 0..STEPS_MAX {
        let midnight = starts_at(day(at, place), place);
        let is_night = at.since(midnight) < NIGHT_MS;
        let (ends_at, times) =
            if is_night { (midnight.plus(NIGHT_MS), 2) } else { (midnight.plus(DAY_MS), 1) };
        if left_ms <= ends_at.since(at) * times {
            return at.plus(left_ms / times);
        }
        left_ms -= ends_at.since(at) * times;
        at = ends_at;
    }
    at.plus(left_ms)
}

fn overlap_ms((from, to): (Timestamp, Timestamp), (start, end): (Timestamp, Timestamp)) -> Millis {
    to.min(end).since(from.max(start)).max(0)
}

fn local_ms(at: Timestamp, place: Coordinates) -> i64 {
    at.plus(offset_ms(place)).ms()
}

fn offset_ms(place: Coordinates) -> Millis {
    (i64::from(place.lon_e7()) + HALF_ZONE_E7).div_euclid(2 * HALF_ZONE_E7) * HOUR_MS
}

const HOUR_MS: Millis = 3_600_000;
pub(crate) const DAY_MS: Millis = 24 * HOUR_MS;
/// 00 to 06 [taxonomy].
pub(crate) const NIGHT_MS: Millis = 6 * HOUR_MS;
/// 7.5 degrees.
const HALF_ZONE_E7: i64 = 75_000_000;
/// A year of nights and days: no threshold is longer.
const STEPS_MAX: usize = 2 * 366;

#[cfg(test)]
mod tests {
    use super::*;

    fn place(lon: f64) -> Coordinates {
        Coordinates::from_degrees(22.5, lon).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_place_has_the_hour_that_its_longitude_lies_in() {
        let noon = at("2026-11-20T12:00:00Z");
        for (lon, expected) in [(114.0, 20), (0.0, 12), (7.4, 12), (7.6, 13), (-114.0, 4), (-180.0, 0)] {
            assert_eq!(hour(noon, place(lon)), expected, "{lon}");
        }
        assert_eq!(starts_at(day(noon, place(114.0)), place(114.0)), at("2026-11-19T16:00:00Z"));
    }

    #[test]
    fn nights_count_double() {
        let home = place(114.0);
        for (since, hours, expected) in [
            // 18:00 there: six hours, a night, six hours.
            ("2026-11-20T10:00:00Z", 24, "2026-11-21T04:00:00Z"),
            // In the middle of a night.
            ("2026-11-20T19:00:00Z", 2, "2026-11-20T20:00:00Z"),
            ("2026-11-20T01:00:00Z", 3, "2026-11-20T04:00:00Z"),
        ] {
            assert_eq!(weighs_at(at(since), home, hours * HOUR_MS), at(expected), "{since}");
        }
    }

    #[test]
    fn a_span_is_shared_out_between_night_and_day() {
        let home = place(114.0);
        let (from, to) = (at("2026-11-20T13:00:00Z"), at("2026-11-21T01:00:00Z"));
        let today = day(to, home);
        assert_eq!(night_ms(today, home, from, to), 6 * HOUR_MS);
        assert_eq!(awake_ms(today, home, from, to), 3 * HOUR_MS);
        assert_eq!(
            (night_ms(today - 1, home, from, to), awake_ms(today - 1, home, from, to)),
            (0, 3 * HOUR_MS)
        );
    }
}
