//! The datums of maps in mainland China: what WGS-84 looks like on them, and back.
//!
//! Shape: [`Coordinates`] in, [`Coordinates`] out. What is stored is WGS-84; the others exist where it is shown. Units: degrees;
//! GCJ-02 is off by 50 to 700 m, BD-09 by some 800 m more. Errors: none; outside the mainland nothing moves. Source: the published
//! approximation of GCJ-02 on the Krasovsky 1940 ellipsoid; Baidu's of BD-09; the outline of the mainland as rectangles.

use crate::Coordinates;
use crate::code::codes;
use std::f64::consts::PI;

codes! {
    /// What coordinates are relative to.
    pub enum Datum {
        /// GPS; OpenStreetMap and Tianditu show it as it is.
        Wgs84 = "wgs84",
        /// Maps of AMap and Tencent.
        Gcj02 = "gcj02",
        /// Maps of Baidu.
        Bd09 = "bd09",
    }
}

impl Datum {
    /// Where a place is on maps of this datum.
    #[must_use]
    pub fn shown(self, place: Coordinates) -> Coordinates {
        match self {
            Self::Wgs84 => place,
            _ if !is_mainland(place.into()) => place,
            Self::Gcj02 => gcj02(place.into()).near(place),
            Self::Bd09 => bd09(gcj02(place.into())).near(place),
        }
    }

    /// The place behind a point of a map of this datum: the one that is shown there. Of a point near the border, which two places
    /// may be shown at, the one inside.
    #[must_use]
    pub fn read(self, shown: Coordinates) -> Coordinates {
        let found = match self {
            Self::Wgs84 => return shown,
            Self::Gcj02 => undone(gcj02, shown.into()),
            Self::Bd09 => undone(gcj02, undone(bd09, shown.into())),
        };
        if is_mainland(found) { found.near(shown) } else { shown }
    }
}

/// Degrees, while they are reckoned with.
#[derive(Debug, Clone, Copy)]
struct Degrees {
    lat: f64,
    lon: f64,
}

impl Degrees {
    /// As coordinates. What is reckoned from a place in China is on the globe.
    fn near(self, place: Coordinates) -> Coordinates {
        Coordinates::from_degrees(self.lat, self.lon).unwrap_or(place)
    }
}

impl From<Coordinates> for Degrees {
    fn from(place: Coordinates) -> Self {
        Self { lat: place.lat(), lon: place.lon() }
    }
}

/// WGS-84 as GCJ-02.
fn gcj02(place: Degrees) -> Degrees {
    let (x, y) = (place.lon - 105.0, place.lat - 35.0);
    let sine = place.lat.to_radians().sin();
    let magic = 1.0 - ECCENTRICITY_2 * sine * sine;
    let north_m = AXIS_M * (1.0 - ECCENTRICITY_2) / (magic * magic.sqrt());
    let east_m = AXIS_M / magic.sqrt() * place.lat.to_radians().cos();
    Degrees {
        lat: place.lat + (shift_north_m(x, y) / north_m).to_degrees(),
        lon: place.lon + (shift_east_m(x, y) / east_m).to_degrees(),
    }
}

fn shift_north_m(x: f64, y: f64) -> f64 {
    let polynomial = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * x.abs().sqrt();
    let waves = 20.0 * (6.0 * PI * x).sin()
        + 20.0 * (2.0 * PI * x).sin()
        + 20.0 * (PI * y).sin()
        + 40.0 * (PI * y / 3.0).sin()
        + 160.0 * (PI * y / 12.0).sin()
        + 320.0 * (PI * y / 30.0).sin();
    polynomial + waves * 2.0 / 3.0
}

fn shift_east_m(x: f64, y: f64) -> f64 {
    let polynomial = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * x.abs().sqrt();
    let waves = 20.0 * (6.0 * PI * x).sin()
        + 20.0 * (2.0 * PI * x).sin()
        + 20.0 * (PI * x).sin()
        + 40.0 * (PI * x / 3.0).sin()
        + 150.0 * (PI * x / 12.0).sin()
        + 300.0 * (PI * x / 30.0).sin();
    polynomial + waves * 2.0 / 3.0
}

/// GCJ-02 as BD-09.
fn bd09(place: Degrees) -> Degrees {
    let Degrees { lat: y, lon: x } = place;
    let radius = x.hypot(y) + 0.000_02 * (y * BAIDU_WAVE).sin();
    let angle = y.atan2(x) + 0.000_003 * (x * BAIDU_WAVE).cos();
    Degrees { lat: radius * angle.sin() + 0.006, lon: radius * angle.cos() + 0.006_5 }
}

/// The place that `shift` moves to a point. From place to place a shift changes by at most a fiftieth of the way between them, so
/// that each turn leaves a fiftieth of the error.
fn undone(shift: impl Fn(Degrees) -> Degrees, moved: Degrees) -> Degrees {
    let mut place = moved;
    for _ in 0..TURNS {
        let again = shift(place);
        place =
            Degrees { lat: place.lat + (moved.lat - again.lat), lon: place.lon + (moved.lon - again.lon) };
    }
    place
}

/// Where maps are shifted: neither Taiwan nor what lies beyond the land borders, as far as rectangles can say.
fn is_mainland(place: Degrees) -> bool {
    let within = |boxes: &[Bounds]| boxes.iter().any(|bounds| bounds.hold(place));
    within(MAINLAND) && !within(BEYOND)
}

/// North, west, south, east.
struct Bounds(f64, f64, f64, f64);

impl Bounds {
    fn hold(&self, place: Degrees) -> bool {
        let Self(north, west, south, east) = *self;
        (south..=north).contains(&place.lat) && (west..=east).contains(&place.lon)
    }
}

const MAINLAND: &[Bounds] = &[
    Bounds(49.220_4, 79.446_2, 42.889_9, 96.33),
    Bounds(54.141_5, 109.687_2, 39.374_2, 135.000_2),
    Bounds(42.889_9, 73.124_6, 29.529_7, 124.143_255),
    Bounds(29.529_7, 82.968_4, 26.718_6, 97.035_2),
    Bounds(29.529_7, 97.025_3, 20.414_096, 124.367_395),
    Bounds(20.414_096, 107.975_793, 17.871_542, 111.744_104),
];

const BEYOND: &[Bounds] = &[
    Bounds(25.398_623, 119.921_265, 21.785_006, 122.497_559),
    Bounds(22.284, 101.865_2, 20.098_8, 106.665),
    Bounds(21.542_2, 106.452_5, 20.487_8, 108.051),
    Bounds(55.817_5, 109.032_3, 50.325_7, 119.127),
    Bounds(55.817_5, 127.456_8, 49.557_4, 137.022_7),
    Bounds(44.892_2, 131.266_2, 42.569_2, 137.022_7),
];

/// Krasovsky 1940.
const AXIS_M: f64 = 6_378_245.0;
const ECCENTRICITY_2: f64 = 0.006_693_421_622_965_943;
const BAIDU_WAVE: f64 = PI * 3_000.0 / 180.0;
/// A kilometre's fiftieth, four times over, is less than a millimetre [the test of the way there and back].
const TURNS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn place(lat: f64, lon: f64) -> Coordinates {
        Coordinates::from_degrees(lat, lon).unwrap()
    }

    /// Metres, as good as it gets on a plane.
    fn apart_m(one: Coordinates, other: Coordinates) -> f64 {
        let north = (one.lat() - other.lat()) * 111_195.0;
        let east = (one.lon() - other.lon()) * 111_195.0 * one.lat().to_radians().cos();
        north.hypot(east)
    }

    #[test]
    fn published_points_are_where_they_are_published() {
        let gcj = [
            ((31.177_427_6, 121.527_210_6), (31.175_303_98, 121.531_541_86)),
            ((22.543_847, 113.912_316), (22.540_796_13, 113.917_176_48)),
            ((39.911_954, 116.377_817), (39.913_345_46, 116.384_047_22)),
        ];
        for ((lat, lon), (shown_lat, shown_lon)) in gcj {
            let off_m = apart_m(Datum::Gcj02.shown(place(lat, lon)), place(shown_lat, shown_lon));
            assert!(off_m < 0.05, "{lat},{lon}: {off_m} m");
        }
        let moved = bd09(Degrees { lat: 39.915, lon: 116.404 });
        assert!(apart_m(moved.near(place(0.0, 0.0)), place(39.921_336_99, 116.410_369_49)) < 0.05);
    }

    #[test]
    fn nothing_moves_outside_the_mainland() {
        for (name, lat, lon) in [
            ("Taipei", 25.033, 121.565),
            ("Hanoi", 21.028, 105.854),
            ("Chita", 52.034, 113.5),
            ("Vladivostok", 43.115, 131.886),
            ("Khabarovsk", 48.48, 135.08),
            ("Tokyo", 35.68, 139.76),
            ("London", 51.5, -0.12),
        ] {
            for datum in Datum::ALL {
                let here = place(lat, lon);
                assert_eq!((datum.shown(here), datum.read(here)), (here, here), "{name} {datum}");
            }
        }
    }

    #[test]
    fn the_mainland_moves_by_hundreds_of_metres() {
        for (lat, lon) in [(39.9, 116.4), (22.54, 114.06), (43.82, 87.61), (45.75, 126.65), (29.65, 91.13)] {
            let here = place(lat, lon);
            assert!((50.0..1_000.0).contains(&apart_m(here, Datum::Gcj02.shown(here))));
            assert!((200.0..2_500.0).contains(&apart_m(here, Datum::Bd09.shown(here))));
        }
    }

    proptest! {
        #[test]
        fn the_way_there_and_back_ends_where_it_began(lat in 18.0..53.5_f64, lon in 73.5..135.0_f64) {
            let here = place(lat, lon);
            for datum in Datum::ALL.iter().copied().filter(|_| is_mainland(here.into())) {
                let off_m = apart_m(here, datum.read(datum.shown(here)));
                prop_assert!(off_m < 0.1, "{datum}: {off_m} m");
            }
        }

        #[test]
        fn far_from_china_nothing_moves(lat in -89.0..89.0_f64, lon in -179.0..70.0_f64) {
            let here = place(lat, lon);
            prop_assert_eq!((Datum::Gcj02.shown(here), Datum::Bd09.read(here)), (here, here));
        }
    }
}
