//! The places that are watched, held so that those around a point are found at once.
//!
//! Shape: checked places in, an immutable index out: which boxes hold a point, and how far a point is from a border. Units:
//! whole metres, negative inside. Errors: [`PlacesError`] names the place. Source: `domain.md` §8 (accuracy-aware fences).

mod shape;

use model::place::{PLACES_MAX, POINTS_ALL_MAX, PlaceError, Provenance, Scope, Watched};
use model::{Coordinates, Place, PlaceId, PlaceKind, VehicleId};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};
use shape::Shape;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Every place that is watched.
#[derive(Debug, Clone, Default)]
pub struct Places {
    by_id: BTreeMap<PlaceId, Arc<Held>>,
    /// Everything but regions: a vehicle is in none of them, mostly.
    grounds: RTree<Boxed>,
    /// Regions: a vehicle is in some of them, always.
    regions: RTree<Boxed>,
}

/// Why places cannot be put in force.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlacesError {
    /// One of them cannot be used.
    #[error("place {id}: {error}")]
    Place {
        /// Which.
        id: PlaceId,
        /// Why.
        error: PlaceError,
    },
    /// One that is to be taken away is not there.
    #[error("there is no place {id}")]
    Unknown {
        /// Which.
        id: PlaceId,
    },
    /// One that is said twice.
    #[error("place {id} is there twice: which of the two is meant?")]
    Twice {
        /// Which.
        id: PlaceId,
    },
    /// More than are looked through.
    #[error("there would be {places} places, at most {PLACES_MAX}")]
    Many {
        /// How many.
        places: usize,
    },
    /// More than are kept in memory.
    #[error("all places would have {points} points, at most {POINTS_ALL_MAX}: simplify them")]
    ManyPoints {
        /// How many.
        points: usize,
    },
}

/// A place with its shape.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) place: Place,
    provenance: Option<Provenance>,
    shape: Shape,
}

/// West, south, east and north of a place, in degrees.
type Boxed = GeomWithData<Rectangle<[f64; 2]>, Arc<Held>>;

impl Places {
    /// These places. One that cannot be used is left out: [`Places::changed`] tells of it before.
    pub fn new(places: impl IntoIterator<Item = impl Into<Watched>>) -> Self {
        let usable = places.into_iter().map(Into::into).filter(|watched| watched.place.check().is_ok());
        Self::of(usable.map(|watched| (watched.place.id, Arc::new(Held::of(watched)))).collect())
    }

    /// What is watched after some are taken away and others are set; all or nothing.
    pub fn changed(
        &self,
        set: impl IntoIterator<Item = impl Into<Watched>>,
        remove: &[PlaceId],
    ) -> Result<Self, PlacesError> {
        let mut by_id = self.by_id.clone();
        for id in remove {
            by_id.remove(id).ok_or(PlacesError::Unknown { id: *id })?;
        }
        let mut said = BTreeSet::new();
        for watched in set.into_iter().map(Into::into) {
            let (id, checked) = (watched.place.id, watched.place.check());
            if !said.insert(id) {
                return Err(PlacesError::Twice { id });
            }
            checked.map_err(|error| PlacesError::Place { id, error })?;
            by_id.insert(id, Arc::new(Held::of(watched)));
        }
        let points: usize = by_id.values().map(|held| held.place.area.points().count()).sum();
        match by_id.len() {
            places if places > PLACES_MAX => Err(PlacesError::Many { places }),
            _ if points > POINTS_ALL_MAX => Err(PlacesError::ManyPoints { points }),
            _ => Ok(Self::of(by_id)),
        }
    }

    /// The place behind an id.
    pub fn place(&self, id: PlaceId) -> Option<&Place> {
        self.by_id.get(&id).map(|held| &held.place)
    }

    /// Where the place behind an id is from, as far as that was kept.
    pub fn provenance(&self, id: PlaceId) -> Option<&Provenance> {
        self.by_id.get(&id)?.provenance.as_ref()
    }

    /// All places, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Place> {
        self.by_id.values().map(|held| &held.place)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Nothing is watched.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Metres from a point to a place's border, negative inside.
    pub fn distance_m(&self, id: PlaceId, point: Coordinates) -> Option<i32> {
        self.by_id.get(&id).map(|held| held.distance_m(point))
    }

    /// The gravest kind of place that a point is in, regions left out; for people, exactly by the border.
    pub fn at(&self, point: Coordinates) -> Option<&Place> {
        let mut around = self.grounds_around(point).into_iter();
        around.find(|held| held.distance_m(point) <= 0).map(|held| &held.place)
    }

    pub(crate) fn held(&self, id: PlaceId) -> Option<&Held> {
        self.by_id.get(&id).map(|held| &**held)
    }

    pub(crate) fn has_regions(&self) -> bool {
        self.regions.size() > 0
    }

    /// Places that may hold a point, the gravest kinds first; regions are not among them.
    pub(crate) fn grounds_around(&self, point: Coordinates) -> Vec<&Held> {
        around(&self.grounds, point)
    }

    /// Regions that may hold a point, the largest kinds first.
    pub(crate) fn regions_around(&self, point: Coordinates) -> Vec<&Held> {
        around(&self.regions, point)
    }

    fn of(by_id: BTreeMap<PlaceId, Arc<Held>>) -> Self {
        let boxed = |held: &Arc<Held>| {
            let (low, high) = held.shape.corners();
            GeomWithData::new(Rectangle::from_corners(low, high), Arc::clone(held))
        };
        let (regions, grounds): (Vec<_>, Vec<_>) =
            by_id.values().partition(|held| matches!(held.place.kind, PlaceKind::Region(_)));
        let tree = |some: Vec<&Arc<Held>>| RTree::bulk_load(some.into_iter().map(boxed).collect());
        Self { grounds: tree(grounds), regions: tree(regions), by_id }
    }
}

impl Held {
    fn of(watched: impl Into<Watched>) -> Self {
        let Watched { place, provenance } = watched.into();
        Self { shape: Shape::of(&place.area), place, provenance }
    }

    pub(crate) fn distance_m(&self, point: Coordinates) -> i32 {
        self.shape.distance_m(point)
    }

    /// Whether a point so far from its border is inside. To stand in a place is a grave thing to say: there, a fix must be
    /// inside whatever its error, or half way to the middle where the place is no larger than the error.
    pub(crate) fn holds(&self, distance_m: i32, accuracy_m: u32) -> bool {
        let margin_m = match self.place.kind {
            PlaceKind::BlackPoint | PlaceKind::TowLot => accuracy_m.min(self.shape.depth_m() / 2),
            PlaceKind::Dealer | PlaceKind::Fence(_) | PlaceKind::Region(_) | PlaceKind::RepairShop => 0,
        };
        distance_m.saturating_add_unsigned(margin_m) <= 0
    }

    /// Whether a point so far from its border is outside, whatever its error and the border's.
    pub(crate) fn is_left(&self, distance_m: i32, accuracy_m: u32) -> bool {
        let buffer_m = BUFFER_M_MIN.max(self.shape.depth_m() / BUFFER_SHARE).min(BUFFER_M_MAX);
        distance_m.saturating_sub_unsigned(accuracy_m) > i32::try_from(buffer_m).unwrap_or(i32::MAX)
    }

    /// Whether it may concern a vehicle; which lender's it is, is for the loan to say.
    pub(crate) fn may_concern(&self, vehicle: Option<VehicleId>) -> bool {
        match &self.place.scope {
            Scope::Everyone | Scope::Lender(_) => true,
            Scope::Vehicle(only) => vehicle == Some(*only),
        }
    }
}

fn around(tree: &RTree<Boxed>, point: Coordinates) -> Vec<&Held> {
    let at = AABB::from_point([point.lon(), point.lat()]);
    let mut found: Vec<&Held> = tree.locate_in_envelope_intersecting(&at).map(|boxed| &*boxed.data).collect();
    found.sort_unstable_by_key(|held| (held.place.kind, held.place.id));
    found
}

/// 10 % of the radius, at least 100 m [E:42]; a region's border is as good as any other [P].
const BUFFER_SHARE: u32 = 10;
const BUFFER_M_MIN: u32 = 100;
const BUFFER_M_MAX: u32 = 1_000;

#[cfg(test)]
mod tests;
