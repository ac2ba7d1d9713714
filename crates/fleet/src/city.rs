//! A synthetic city: a grid of streets around a centre, on which vehicles drive and park.
//!
//! Shape: a [`Corner`] is a crossing, a [`Spot`] any place in millimetres from the centre, both become a `Fix`.
//! Units: mm inside; WGS-84 on a grid of 1e-5 degrees outside, which every protocol carries unchanged. Errors: a
//! spot off the globe is no fix. Source: DESIGN.md §8 (demo); one degree of latitude = 111 319.5 m (WGS-84 mean).

use crate::dice::Dice;
use model::{Coordinates, Fix};

/// Where the streets are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct City {
    lat_e7: i64,
    lon_e7: i64,
    east_e7_per_km: i64,
}

impl City {
    /// Around Futian, Shenzhen.
    pub const SHENZHEN: Self = Self { lat_e7: 225_400_000, lon_e7: 1_140_600_000, east_e7_per_km: 97_262 };

    /// The same grid of streets around another centre.
    pub fn around(centre: Coordinates) -> Self {
        let east = f64::from(NORTH_E7_PER_KM) / centre.lat().to_radians().cos().max(0.01);
        Self {
            lat_e7: i64::from(centre.lat_e7()),
            lon_e7: i64::from(centre.lon_e7()),
            east_e7_per_km: rounded(east),
        }
    }

    /// What a receiver that stands at `spot` reads, if it reads it exactly.
    pub fn fix(&self, spot: Spot) -> Fix {
        let lat = self.lat_e7 + spot.north_mm * i64::from(NORTH_E7_PER_KM) / MM_PER_KM;
        let lon = self.lon_e7 + spot.east_mm * self.east_e7_per_km / MM_PER_KM;
        Coordinates::from_e7(on_grid(lat), on_grid(lon)).map_or(Fix::None, Fix::Gnss)
    }
}

/// A place, from the city's centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Spot {
    /// Millimetres north.
    pub north_mm: i64,
    /// Millimetres east.
    pub east_mm: i64,
}

impl Spot {
    /// The place `metres` away in a random direction.
    #[must_use]
    pub fn scattered(self, metres: i64, dice: &mut Dice) -> Self {
        let (sin, cos) = (dice.fraction() * std::f64::consts::TAU).sin_cos();
        let reach = f64::from(i32::try_from(metres * 1000).unwrap_or(i32::MAX));
        Self { north_mm: self.north_mm + rounded(reach * cos), east_mm: self.east_mm + rounded(reach * sin) }
    }

    /// The place a part of the way to `goal`: `done` of `whole`.
    #[must_use]
    pub fn towards(self, goal: Self, done: i64, whole: i64) -> Self {
        let part = |from: i64, to: i64| from + (to - from) * done / whole.max(1);
        Self { north_mm: part(self.north_mm, goal.north_mm), east_mm: part(self.east_mm, goal.east_mm) }
    }

    /// How far it is to another place, by the longer of the two axes.
    pub fn axis_distance_mm(self, other: Self) -> i64 {
        (self.north_mm - other.north_mm).abs().max((self.east_mm - other.east_mm).abs())
    }
}

/// A crossing of two streets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Corner {
    row: i64,
    column: i64,
}

impl Corner {
    /// Some crossing of the city.
    pub fn random(dice: &mut Dice) -> Self {
        Self { row: dice.between(-BLOCKS, BLOCKS), column: dice.between(-BLOCKS, BLOCKS) }
    }

    /// Where it is.
    pub const fn spot(self) -> Spot {
        Spot { north_mm: self.row * BLOCK_MM, east_mm: self.column * BLOCK_MM }
    }

    /// The next crossing in a direction; `None` at the edge of the city.
    pub fn next(self, heading: Heading) -> Option<Self> {
        let (row, column) = match heading {
            Heading::North => (self.row + 1, self.column),
            Heading::East => (self.row, self.column + 1),
            Heading::South => (self.row - 1, self.column),
            Heading::West => (self.row, self.column - 1),
        };
        (row.abs() <= BLOCKS && column.abs() <= BLOCKS).then_some(Self { row, column })
    }

    /// The directions that lead nearer to `goal`: none when there, else one or two.
    pub fn headings_to(self, goal: Self) -> [Option<Heading>; 2] {
        let pick = |from: i64, to: i64, more: Heading, less: Heading| match to.cmp(&from) {
            std::cmp::Ordering::Greater => Some(more),
            std::cmp::Ordering::Less => Some(less),
            std::cmp::Ordering::Equal => None,
        };
        [
            pick(self.row, goal.row, Heading::North, Heading::South),
            pick(self.column, goal.column, Heading::East, Heading::West),
        ]
    }
}

/// A direction of the streets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heading {
    /// 0°.
    North,
    /// 90°.
    East,
    /// 180°.
    South,
    /// 270°.
    West,
}

impl Heading {
    /// Degrees clockwise from north.
    pub const fn degrees(self) -> u16 {
        match self {
            Self::North => 0,
            Self::East => 90,
            Self::South => 180,
            Self::West => 270,
        }
    }

    /// Straight on, right, left: a car does not turn round at a crossing.
    pub const fn onward(self) -> [Self; 3] {
        match self {
            Self::North => [Self::North, Self::East, Self::West],
            Self::East => [Self::East, Self::South, Self::North],
            Self::South => [Self::South, Self::West, Self::East],
            Self::West => [Self::West, Self::North, Self::South],
        }
    }

    /// The other way.
    #[must_use]
    pub const fn back(self) -> Self {
        match self {
            Self::North => Self::South,
            Self::East => Self::West,
            Self::South => Self::North,
            Self::West => Self::East,
        }
    }
}

/// Length of a block.
pub const BLOCK_MM: i64 = 400_000;
/// Blocks from the centre to the edge: the city is 9.6 km wide.
pub const BLOCKS: i64 = 12;

const MM_PER_KM: i64 = 1_000_000;
const NORTH_E7_PER_KM: i32 = 89_832;
/// 1e-5 degrees, in 1e-7 degrees.
const GRID_E7: i64 = 100;

fn on_grid(e7: i64) -> i64 {
    (e7 + GRID_E7 / 2).div_euclid(GRID_E7) * GRID_E7
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "saturates, and every caller stays within a city's width"
)]
fn rounded(value: f64) -> i64 {
    value.round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fix_is_on_the_grid_that_all_protocols_carry() {
        let mut dice = Dice::of(3, &[]);
        for _ in 0..1000 {
            let spot = Corner::random(&mut dice).spot().scattered(37, &mut dice);
            let place = City::SHENZHEN.fix(spot).coordinates().unwrap();
            assert_eq!((place.lat_e7() % 100, place.lon_e7() % 100), (0, 0));
        }
    }

    #[test]
    fn the_stock_city_is_the_one_computed_for_its_centre() {
        let centre = Coordinates::from_degrees(22.54, 114.06).unwrap();
        assert_eq!(City::around(centre), City::SHENZHEN);
    }

    #[test]
    fn a_metre_is_a_metre_in_both_directions() {
        let place = |north_mm, east_mm| City::SHENZHEN.fix(Spot { north_mm, east_mm }).coordinates().unwrap();
        let (centre, away) = (place(0, 0), place(1_000_000, 1_000_000));
        let north_m = (away.lat() - centre.lat()) * 111_319.5;
        let east_m = (away.lon() - centre.lon()) * 111_319.5 * centre.lat().to_radians().cos();
        assert!((north_m - 1000.0).abs() < 2.0 && (east_m - 1000.0).abs() < 2.0, "{north_m} {east_m}");
    }

    #[test]
    fn a_spot_off_the_globe_is_no_fix() {
        let pole = City::around(Coordinates::from_degrees(90.0, 0.0).unwrap());
        assert_eq!(pole.fix(Spot { north_mm: 1_000_000, east_mm: 0 }), Fix::None);
    }
}
