//! Where a place is from, and who stands for it: what is said of a borrower by a place rests on somebody's word that it is one.
//!
//! Shape: an [`Origin`] comes with the place, the fold adds who confirmed it and when. Units: vehicles, UTC. Errors:
//! [`Unconfirmed`] says why a place cannot be watched. Source: `domain.md` §7 (second-pledge points, k >= 3), §9.

use super::Place;
use crate::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where a place is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A list that somebody has.
    Imported {
        /// The file.
        file: String,
    },
    /// Vehicles past due came together there.
    Mined {
        /// How many different ones.
        vehicles: u32,
    },
    /// Staff drew it.
    Drawn,
}

/// A place that somebody wants to be watched, with where it is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sourced {
    /// The place.
    pub place: Place,
    /// Where it is from.
    pub origin: Origin,
}

/// Where a place that is watched is from, and who stands for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Where it is from.
    pub origin: Origin,
    /// Who said that it is to be watched.
    pub confirmed_by: String,
    /// When.
    pub confirmed_at: Timestamp,
}

/// A place as it is watched. Those of before provenance was kept have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// The place.
    pub place: Place,
    /// Where it is from.
    pub provenance: Option<Provenance>,
}

/// Why a place cannot be watched, by where it is from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unconfirmed {
    /// A computation is nobody's word.
    #[error(
        "{places} places are mined from stays: look at each on a map, and say who confirms them (--by NAME)"
    )]
    ByNobody {
        /// How many.
        places: usize,
    },
    /// What is told of fewer vehicles is told of persons.
    #[error("place {place} is mined from {vehicles} vehicles, at least {MINED_VEHICLES_MIN} are needed")]
    FewVehicles {
        /// Which.
        place: crate::PlaceId,
        /// How many vehicles stood there.
        vehicles: u32,
    },
}

impl Origin {
    /// The origins as JSON and the command line write them.
    pub const CODES: &'static [&'static str] = &["imported", "mined", "drawn"];

    /// The code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Imported { .. } => "imported",
            Self::Mined { .. } => "mined",
            Self::Drawn => "drawn",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Imported { file } => write!(f, "imported from {file}"),
            Self::Mined { vehicles } => write!(f, "mined from {vehicles} vehicles' stays"),
            Self::Drawn => f.write_str("drawn by staff"),
        }
    }
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, confirmed_by, confirmed_at } = self;
        let day: String = confirmed_at.to_string().chars().take(DAY_CHARS).collect();
        write!(f, "{origin}, confirmed by {confirmed_by} on {day}")
    }
}

impl From<Place> for Watched {
    fn from(place: Place) -> Self {
        Self { place, provenance: None }
    }
}

/// Whether places may be watched, by where they are from and who confirms them.
pub fn check_confirmed(places: &[Sourced], by: Option<&str>) -> Result<(), Unconfirmed> {
    let mined = places.iter().filter_map(|sourced| match sourced.origin {
        Origin::Mined { vehicles } => Some((sourced.place.id, vehicles)),
        Origin::Imported { .. } | Origin::Drawn => None,
    });
    let mined: Vec<_> = mined.collect();
    if let Some((place, vehicles)) =
        mined.iter().copied().find(|(_, vehicles)| *vehicles < MINED_VEHICLES_MIN)
    {
        return Err(Unconfirmed::FewVehicles { place, vehicles });
    }
    let is_named = by.is_some_and(|by| !by.trim().is_empty());
    if mined.is_empty() || is_named { Ok(()) } else { Err(Unconfirmed::ByNobody { places: mined.len() }) }
}

/// k: what is told of fewer vehicles is told of persons [domain.md §7].
pub const MINED_VEHICLES_MIN: u32 = 3;
/// `2026-11-20`.
const DAY_CHARS: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::{Area, PlaceKind, Scope};
    use crate::{Coordinates, PlaceId};

    fn sourced(origin: Origin) -> Sourced {
        let area =
            Area::Circle { centre: Coordinates::from_e7(225_431_000, 1_140_579_000).unwrap(), radius_m: 150 };
        let (id, name, kind) = (PlaceId::parse("p").unwrap(), "P".to_owned(), PlaceKind::BlackPoint);
        Sourced { place: Place { id, name, kind, area, scope: Scope::Everyone }, origin }
    }

    #[test]
    fn a_mined_place_needs_three_vehicles_and_somebody_who_confirms_it() {
        let mined = |vehicles| [sourced(Origin::Drawn), sourced(Origin::Mined { vehicles })];
        assert_eq!(check_confirmed(&mined(3), Some("li")), Ok(()));
        for by in [None, Some(" ")] {
            assert_eq!(check_confirmed(&mined(3), by), Err(Unconfirmed::ByNobody { places: 1 }));
        }
        let few = check_confirmed(&mined(2), Some("li")).unwrap_err();
        assert!(few.to_string().contains("2 vehicles, at least 3"), "{few}");
        assert_eq!(check_confirmed(&[sourced(Origin::Drawn)], None), Ok(()), "a person drew it");
    }

    #[test]
    fn a_provenance_says_from_where_by_whom_and_when() {
        let confirmed_at = Timestamp::parse("2026-11-20T23:59:59Z").unwrap();
        let said = |origin| Provenance { origin, confirmed_by: "li".into(), confirmed_at }.to_string();
        let mined = said(Origin::Mined { vehicles: 4 });
        assert_eq!(mined, "mined from 4 vehicles' stays, confirmed by li on 2026-11-20");
        let imported = said(Origin::Imported { file: "pawn.csv".into() });
        assert_eq!(imported, "imported from pawn.csv, confirmed by li on 2026-11-20");
        for origin in [Origin::Imported { file: String::new() }, Origin::Mined { vehicles: 3 }, Origin::Drawn]
        {
            assert!(Origin::CODES.contains(&origin.code()));
        }
    }
}
