//! Which of the places that a vehicle is in, or was in, are watched and concern it.
//!
//! Shape: the state's visits and the places in, visits with their place out. Units: device time. Errors: none: a place that is
//! watched no more is passed over.

use super::definition::Look;
use crate::areas::{Past, Visit, Visits};
use model::finding::{Destination, Locality};
use model::place::Scope;
use model::{Coordinates, Finding, Place, PlaceId, PlaceKind, Timestamp};

/// A vehicle in a place, as [`Finding::Inside`] says it.
pub(super) struct Seen<'a> {
    pub(super) place: &'a Place,
    pub(super) since: Timestamp,
    pub(super) inside_m: u32,
    pub(super) parked_since: Option<Timestamp>,
    pub(super) stays: u32,
}

impl Look<'_> {
    /// Visits to places that are no regions.
    pub(super) fn grounds(&self) -> Option<&Visits> {
        self.state.areas.as_ref().map(|areas| &areas.grounds)
    }

    /// Visits under way, each with its place.
    pub(super) fn visits(&self) -> impl DoubleEndedIterator<Item = (&Visit, &Place)> {
        let here = self.grounds().into_iter().flat_map(Visits::here);
        here.filter_map(|visit| Some((visit, self.watched(visit.place)?)))
    }

    /// A place of a kind in which it is, the one that it came to last.
    pub(super) fn is_in(&self, kind: PlaceKind) -> Option<(&Visit, &Place)> {
        self.visits().filter(|(_, place)| place.kind == kind).max_by_key(|(visit, _)| visit.since)
    }

    /// Visits that have ended, each with its place, the newest first.
    pub(super) fn past_visits(&self) -> impl Iterator<Item = (&Past, &Place)> {
        let past = self.grounds().into_iter().flat_map(Visits::past);
        past.filter_map(|past| Some((past, self.watched(past.visit.place)?)))
    }

    /// The place behind an id, if it is watched still and concerns this vehicle.
    pub(super) fn watched(&self, id: PlaceId) -> Option<&Place> {
        let place = self.facts.places.place(id)?;
        let concerns = match &place.scope {
            Scope::Everyone => true,
            Scope::Lender(lender) => self.gate.lender() == Some(lender),
            Scope::Vehicle(vehicle) => *vehicle == self.facts.vehicle,
        };
        concerns.then_some(place)
    }

    /// The watched place in which a point is, that says what kind of place it is: the gravest of several.
    pub(super) fn ground_at(&self, point: Coordinates) -> Option<(Locality, PlaceId)> {
        let around = self.facts.places.grounds_around(point).into_iter();
        let mut holding = around.filter(|held| held.holds(held.distance_m(point), 0));
        holding.find_map(|held| Some((locality_of(self.watched(held.place.id)?.kind)?, held.place.id)))
    }

    /// What can be said of the place where the vehicle parked.
    pub(super) fn destination(&self, place: Coordinates) -> Destination {
        let usual = self.knows_its_habits().then(|| self.habitual_at(place).is_some());
        let ground = self.ground_at(place);
        let by_habit = usual.map(|usual| if usual { Locality::UsualPlace } else { Locality::Elsewhere });
        let locality = ground.map(|(locality, _)| locality).or(by_habit);
        Destination { place, usual, locality, watched: ground.map(|(_, id)| id) }
    }

    /// The repair shop in which the vehicle was at a moment.
    pub(super) fn repair_shop_at(&self, at: Timestamp) -> Option<PlaceId> {
        let here = self.visits().filter(|(visit, _)| visit.since <= at);
        let then = self.past_visits().filter(|(past, _)| past.visit.since <= at && at < past.left_at);
        let mut of_moment = here.map(|(_, place)| place).chain(then.map(|(_, place)| place));
        of_moment.find(|place| place.kind == PlaceKind::RepairShop).map(|place| place.id)
    }

    /// What is seen of a vehicle in a place that is watched.
    pub(super) fn inside(&self, seen: &Seen<'_>) -> Finding {
        let Seen { place, since, inside_m, parked_since, stays } = *seen;
        Finding::Inside {
            place: place.id,
            name: place.name.clone(),
            since,
            inside_m,
            parked_since,
            stays,
            provenance: self.facts.places.provenance(place.id).cloned(),
        }
    }

    /// Whether the vehicle was last seen beyond a place's border. After an upgrade nothing else may be known.
    pub(super) fn was_seen_outside(&self, id: PlaceId) -> bool {
        let last = self.state.last_place();
        let distance_m = last.and_then(|(point, _)| self.facts.places.distance_m(id, point));
        distance_m.is_some_and(|distance_m| distance_m > 0)
    }
}

/// What a watched place of this kind says of who stands there, if anything.
pub(super) const fn locality_of(kind: PlaceKind) -> Option<Locality> {
    match kind {
        PlaceKind::BlackPoint => Some(Locality::BlackPoint),
        PlaceKind::TowLot => Some(Locality::TowLot),
        PlaceKind::Dealer => Some(Locality::Dealer),
        PlaceKind::RepairShop => Some(Locality::RepairShop),
        PlaceKind::Fence(_) | PlaceKind::Region(_) => None,
    }
}
