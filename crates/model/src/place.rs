//! Places that are watched: fences, points where pledged cars collect, lots of towed cars, dealers, repair shops, regions.
//!
//! Shape: an area with a name and a purpose. Units: WGS-84, 1e-7 degrees; metres. Errors: [`PlaceError`] says what is wrong
//! with an area. Source: `domain.md` §3b, §9; constants marked [P] are ours.

mod provenance;

use crate::code::codes;
use crate::{Coordinates, LenderId, PlaceId, VehicleId};
pub use provenance::{
    MINED_VEHICLES_MIN, Origin, Provenance, Sourced, Unconfirmed, Watched, check_confirmed,
};
use serde::{Deserialize, Serialize};

/// A place that is watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its id: the same id again replaces it.
    pub id: PlaceId,
    /// What people call it.
    pub name: String,
    /// What it is watched for.
    pub kind: PlaceKind,
    /// Where it is.
    pub area: Area,
    /// Whose vehicles it concerns.
    pub scope: Scope,
}

/// What a place is watched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PlaceKind {
    /// Where pledged cars collect: pawn lots, second-hand markets.
    BlackPoint,
    /// Where towed or seized cars are kept.
    TowLot,
    /// The lender's or a dealer's own ground.
    Dealer,
    /// A fence, and which crossing of it is told.
    Fence(Crossing),
    /// A country, province or city.
    Region(Level),
    /// Where cars are repaired, and devices uncovered for it.
    RepairShop,
}

codes! {
    /// Which crossing of a fence is told.
    pub enum Crossing {
        /// To be inside.
        In = "in",
        /// To have left.
        Out = "out",
    }
}

codes! {
    /// What a region is.
    pub enum Level {
        /// A country.
        Country = "country",
        /// A province, state or the like.
        Province = "province",
        /// A city, prefecture or the like.
        City = "city",
    }
}

/// Whose vehicles a place concerns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// All of them.
    Everyone,
    /// Those on which this lender has a loan.
    Lender(LenderId),
    /// This one.
    Vehicle(VehicleId),
}

/// Where a place is. [`Place::check`] says whether it can be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Area {
    /// Around a point.
    Circle {
        /// The point.
        centre: Coordinates,
        /// Metres.
        radius_m: u32,
    },
    /// Within rings: what an odd number of them holds is inside, so that a second ring is a hole. A ring is closed by itself.
    Polygon {
        /// The rings.
        rings: Vec<Vec<Coordinates>>,
    },
    /// Along a line.
    Corridor {
        /// The line.
        line: Vec<Coordinates>,
        /// To either side, metres.
        half_width_m: u32,
    },
}

/// Why a place cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// Nobody could say which place it is.
    #[error("it has no name")]
    Nameless,
    /// Longer than a list can show.
    #[error("its name has {bytes} bytes, at most {NAME_BYTES_MAX}")]
    LongName {
        /// The name's length.
        bytes: usize,
    },
    /// Nobody could read it.
    #[error("its name {name:?} has a control character in it")]
    Unreadable {
        /// The name.
        name: String,
    },
    /// A ring or line that encloses or joins nothing.
    #[error("{points} points where at least {min} are needed")]
    FewPoints {
        /// Points that differ from the one before them.
        points: usize,
        /// The least.
        min: usize,
    },
    /// More than is compared with each report.
    #[error("{points} points, at most {POINTS_MAX}: simplify it")]
    ManyPoints {
        /// Points of all its rings.
        points: usize,
    },
    /// A radius or width that no receiver can tell, or that means a region.
    #[error("{what} {metres} m: expected {min} to {max}")]
    Size {
        /// Which.
        what: &'static str,
        /// What was given.
        metres: u32,
        /// The least.
        min: u32,
        /// The most.
        max: u32,
    },
    /// Across the line at which longitudes begin anew.
    #[error("an edge spans {degrees} degrees of longitude: cut it in two at the 180th")]
    Wide {
        /// From one end of the edge to the other.
        degrees: i64,
    },
}

impl Place {
    /// Whether the place can be used.
    pub fn check(&self) -> Result<(), PlaceError> {
        match self.name.len() {
            0 => return Err(PlaceError::Nameless),
            bytes if bytes > NAME_BYTES_MAX => return Err(PlaceError::LongName { bytes }),
            _ if self.name.contains(char::is_control) => {
                return Err(PlaceError::Unreadable { name: self.name.clone() });
            }
            _ => {}
        }
        self.area.check()
    }
}

impl Area {
    fn check(&self) -> Result<(), PlaceError> {
        match self {
            Self::Circle { radius_m, .. } => within("radius", *radius_m, RADIUS_M_MIN, RADIUS_M_MAX),
            Self::Polygon { rings } => {
                let fewest = rings.iter().map(|ring| differing(ring)).min().unwrap_or(0);
                enough(fewest, RING_POINTS_MIN)?;
                self.check_points()
            }
            Self::Corridor { line, half_width_m } => {
                enough(differing(line), LINE_POINTS_MIN)?;
                within("half width", *half_width_m, RADIUS_M_MIN, HALF_WIDTH_M_MAX)?;
                self.check_points()
            }
        }
    }

    /// Its points, ring after ring.
    pub fn points(&self) -> impl Iterator<Item = Coordinates> {
        let (one, rings, line): (Option<Coordinates>, &[Vec<Coordinates>], &[Coordinates]) = match self {
            Self::Circle { centre, .. } => (Some(*centre), &[], &[]),
            Self::Polygon { rings } => (None, rings, &[]),
            Self::Corridor { line, .. } => (None, &[], line),
        };
        one.into_iter().chain(rings.iter().flatten().copied()).chain(line.iter().copied())
    }

    fn check_points(&self) -> Result<(), PlaceError> {
        let points = self.points().count();
        if points > POINTS_MAX {
            return Err(PlaceError::ManyPoints { points });
        }
        match self.widest() {
            degrees if degrees >= WIDTH_DEGREES_MAX => Err(PlaceError::Wide { degrees }),
            _ => Ok(()),
        }
    }

    /// Degrees of longitude of its widest edge, but for those along a pole.
    fn widest(&self) -> i64 {
        let lines: Vec<&[Coordinates]> = match self {
            Self::Circle { .. } => Vec::new(),
            Self::Polygon { rings } => rings.iter().map(Vec::as_slice).collect(),
            Self::Corridor { line, .. } => vec![line],
        };
        let edges = lines.into_iter().flat_map(|line| line.iter().zip(line.iter().skip(1)));
        let edges = edges.filter(|(from, to)| from.lat_e7().abs().min(to.lat_e7().abs()) < POLE_E7);
        let wide =
            edges.map(|(from, to)| (i64::from(from.lon_e7()) - i64::from(to.lon_e7())).abs() / 10_000_000);
        wide.max().unwrap_or(0)
    }
}

impl PlaceKind {
    /// The kinds as SQL, JSON and the command line write them.
    pub const CODES: &'static [&'static str] =
        &["black_point", "tow_lot", "dealer", "fence", "region", "repair_shop"];

    /// The code, without which crossing or level it is.
    pub const fn code(self) -> &'static str {
        match self {
            Self::BlackPoint => "black_point",
            Self::TowLot => "tow_lot",
            Self::Dealer => "dealer",
            Self::Fence(_) => "fence",
            Self::Region(_) => "region",
            Self::RepairShop => "repair_shop",
        }
    }

    /// The crossing or the level, where the kind has one.
    pub const fn watches(self) -> Option<&'static str> {
        match self {
            Self::Fence(crossing) => Some(crossing.as_str()),
            Self::Region(level) => Some(level.as_str()),
            Self::BlackPoint | Self::TowLot | Self::Dealer | Self::RepairShop => None,
        }
    }

    /// The kind behind a code, with the crossing of a fence or the level of a region. Errors name what is missing.
    pub fn parse(code: &str, watches: Option<&str>) -> Result<Self, String> {
        let needed = |what: &str| watches.ok_or_else(|| format!("a {code} needs `watches`: {what}"));
        match code {
            "black_point" => Ok(Self::BlackPoint),
            "tow_lot" => Ok(Self::TowLot),
            "dealer" => Ok(Self::Dealer),
            "repair_shop" => Ok(Self::RepairShop),
            "fence" => Crossing::parse(needed("in or out")?).map(Self::Fence).map_err(|e| e.to_string()),
            "region" => Level::parse(needed("country, province or city")?)
                .map(Self::Region)
                .map_err(|e| e.to_string()),
            other => {
                Err(format!("\"{other}\" is no kind of place; expected one of: {}", Self::CODES.join(", ")))
            }
        }
    }
}

/// Points that differ from the one before them, the last one also from the first.
fn differing(points: &[Coordinates]) -> usize {
    let closes = points.len() > 1 && points.first() == points.last();
    let repeated = points.iter().zip(points.iter().skip(1)).filter(|(one, next)| one == next).count();
    points.len().saturating_sub(repeated).saturating_sub(usize::from(closes))
}

const fn enough(points: usize, min: usize) -> Result<(), PlaceError> {
    if points < min { Err(PlaceError::FewPoints { points, min }) } else { Ok(()) }
}

const fn within(what: &'static str, metres: u32, min: u32, max: u32) -> Result<(), PlaceError> {
    if metres < min || metres > max { Err(PlaceError::Size { what, metres, min, max }) } else { Ok(()) }
}

/// Points of one place: a report inside its box is compared with each [P].
pub const POINTS_MAX: usize = 2_000;
/// Points of all places: 16 MB [P].
pub const POINTS_ALL_MAX: usize = 2_000_000;
/// Places in all [P].
pub const PLACES_MAX: usize = 20_000;
/// What a line of a list shows [P].
pub const NAME_BYTES_MAX: usize = 120;
/// Less than a good receiver's error [P].
pub const RADIUS_M_MIN: u32 = 20;
/// A larger circle is a region, and should be drawn as one [P].
pub const RADIUS_M_MAX: u32 = 100_000;
/// A wider corridor is an area [P].
pub const HALF_WIDTH_M_MAX: u32 = 10_000;
const RING_POINTS_MIN: usize = 3;
const LINE_POINTS_MIN: usize = 2;
/// No border is drawn as coarsely; what spans more crosses the 180th.
const WIDTH_DEGREES_MAX: i64 = 180;
/// Along a pole an edge may go round the globe, as Antarctica's does.
const POLE_E7: i32 = 899_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn point(lat: f64, lon: f64) -> Coordinates {
        Coordinates::from_degrees(lat, lon).unwrap()
    }

    fn checked(area: Area) -> Result<(), PlaceError> {
        let (id, name) = (PlaceId::parse("p-1").unwrap(), "P".to_owned());
        Place { id, name, kind: PlaceKind::BlackPoint, area, scope: Scope::Everyone }.check()
    }

    #[test]
    fn an_area_that_cannot_be_used_says_why() {
        let circle = |radius_m| Area::Circle { centre: point(22.0, 114.0), radius_m };
        assert_eq!(checked(circle(20)), Ok(()));
        assert_eq!(checked(circle(19)).unwrap_err().to_string(), "radius 19 m: expected 20 to 100000");
        let ring = |points: &[(f64, f64)]| Area::Polygon {
            rings: vec![points.iter().map(|(lat, lon)| point(*lat, *lon)).collect()],
        };
        // A ring that is closed in the file is the same ring.
        let triangle = [(1.0, 1.0), (1.0, 2.0), (2.0, 1.0), (1.0, 1.0)];
        assert_eq!(checked(ring(&triangle)), Ok(()));
        let flat = checked(ring(&[(1.0, 1.0), (1.0, 2.0), (1.0, 2.0), (1.0, 1.0)]));
        assert_eq!(flat, Err(PlaceError::FewPoints { points: 2, min: 3 }));
        let around = checked(ring(&[(1.0, -179.0), (1.0, 179.0), (2.0, 179.0)]));
        assert_eq!(around, Err(PlaceError::Wide { degrees: 358 }));
        assert_eq!(
            checked(Area::Polygon { rings: vec![] }),
            Err(PlaceError::FewPoints { points: 0, min: 3 })
        );
        let many: Vec<_> =
            (0..2_001).map(|step| (1.0 + f64::from(step) / 1e4, f64::from(step % 2))).collect();
        assert_eq!(checked(ring(&many)), Err(PlaceError::ManyPoints { points: 2_001 }));
    }

    #[test]
    fn every_kind_reads_back_as_itself() {
        let fences = Crossing::ALL.iter().map(|crossing| PlaceKind::Fence(*crossing));
        let regions = Level::ALL.iter().map(|level| PlaceKind::Region(*level));
        for kind in [PlaceKind::BlackPoint, PlaceKind::TowLot, PlaceKind::Dealer, PlaceKind::RepairShop]
            .into_iter()
            .chain(fences)
            .chain(regions)
        {
            assert_eq!(PlaceKind::parse(kind.code(), kind.watches()), Ok(kind));
            assert!(PlaceKind::CODES.contains(&kind.code()));
        }
        assert!(PlaceKind::parse("fence", None).unwrap_err().contains("in or out"));
        assert!(PlaceKind::parse("pawn", None).unwrap_err().contains("black_point"));
    }

    #[test]
    fn a_places_id_is_as_it_is_written() {
        assert_eq!(PlaceId::parse(" 黑点/深圳-17 ").unwrap().as_str(), "黑点/深圳-17");
        assert!(PlaceId::parse("a b").is_err() && PlaceId::parse("").is_err());
    }
}
