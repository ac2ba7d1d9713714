//! Distances and means of places.
//!
//! Shape: places in, whole metres or a place out; integers at both ends, so that a state compares and replays exactly.
//! Units: metres, 1e-7 degrees. Errors: none. Source: great circle on the mean sphere (haversine), good to 0.5 %.

use geo::{Distance, Haversine, Point};
use model::{Coordinates, Millis};

/// Metres between two places.
pub(crate) fn distance_m(from: Coordinates, to: Coordinates) -> u32 {
    let point = |place: Coordinates| Point::new(place.lon(), place.lat());
    whole_metres(Haversine.distance(point(from), point(to)))
}

/// The mean of `count` places whose mean was `mean` before `place` joined them.
pub(crate) fn mean_with(mean: Coordinates, place: Coordinates, count: u16) -> Coordinates {
    let share = |of: i64| of / i64::from(count.max(1));
    let (lat, lon) = (i64::from(mean.lat_e7()), i64::from(mean.lon_e7()));
    let north = i64::from(place.lat_e7()) - lat;
    // The short way round: west and east of the date line are neighbours.
    let east = around(i64::from(place.lon_e7()) - lon);
    Coordinates::from_e7(lat + share(north), around(lon + share(east))).unwrap_or(mean)
}

/// A longitude, or the difference of two, within half a turn.
const fn around(lon_e7: i64) -> i64 {
    if lon_e7.abs() <= HALF_TURN_E7 {
        return lon_e7;
    }
    (lon_e7 + HALF_TURN_E7).rem_euclid(2 * HALF_TURN_E7) - HALF_TURN_E7
}

/// Whether `distance_m` within `span_ms` is faster than `kmh`. A span under a second counts as one.
pub(crate) fn faster_than(distance_m: u32, span_ms: Millis, kmh: u32) -> bool {
    // metres / ms * 3600 = km/h, without a division.
    let span_ms = span_ms.saturating_abs().max(1000);
    i64::from(distance_m) * 3600 > i64::from(kmh).saturating_mul(span_ms)
}

/// Metres from a non-negative length that is at most half the Earth's girth.
pub(crate) fn whole_metres(metres: f64) -> u32 {
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float cast saturates; NaN becomes 0"
    )]
    let whole = metres.round() as u32;
    whole
}

const HALF_TURN_E7: i64 = 1_800_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn place(lat: f64, lon: f64) -> Coordinates {
        Coordinates::from_degrees(lat, lon).unwrap()
    }

    #[test]
    fn a_thousandth_of_a_degree_north_is_111_metres() {
        assert_eq!(distance_m(place(22.5, 114.0), place(22.501, 114.0)), 111);
        assert_eq!(distance_m(place(22.5, 114.0), place(22.5, 114.0)), 0);
    }

    #[test]
    fn a_mean_moves_by_its_share() {
        let mean = mean_with(place(22.0, 114.0), place(22.4, 114.8), 4);
        assert_eq!(mean, place(22.1, 114.2));
    }

    #[test]
    fn a_mean_across_the_date_line_stays_there() {
        let mean = mean_with(place(-17.0, 179.9999), place(-17.0, -179.9999), 2);
        assert!(distance_m(mean, place(-17.0, 180.0)) <= 1, "{mean:?}");
        let mean = mean_with(place(-17.0, -179.9998), place(-17.0, 179.9998), 4);
        assert_eq!(mean, place(-17.0, -179.9999));
    }

    #[test]
    fn speed_is_compared_at_the_limit() {
        assert!(!faster_than(2000, 36_000, 200));
        assert!(faster_than(2001, 36_000, 200));
        assert!(faster_than(500, 0, 200));
    }
}
