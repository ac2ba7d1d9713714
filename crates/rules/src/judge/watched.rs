//! Which of the places that a vehicle is in, or was in, are watched and concern it.
//!
//! Shape: the state's visits and the places in, visits with their place out. Units: device time. Errors: none: a place that is
//! watched no more is passed over.

use super::definition::Look;
use crate::areas::{Past, Visit, Visits};
use model::place::Scope;
use model::{Finding, Place, PlaceId, Timestamp};

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
