//! Which places are watched: a change is done whole or not at all, and who it concerns is looked at again.

use crate::step::Step;
use crate::subject::Subject;
use model::input::Outcome;
use model::place::{Origin, Provenance, Scope, Sourced, Watched, check_confirmed};
use model::unit::counted;
use model::{About, Place, PlaceId, Seq, Timestamp, VehicleId};
use rules::PlacesError;
use std::collections::BTreeSet;
use std::sync::Arc;
use store::PlaceRow;

impl Step<'_> {
    /// Watches places for which somebody stands. What a computation has found is watched only by the word of a person.
    pub(crate) fn confirm_places(
        &mut self,
        seq: Seq,
        at: Timestamp,
        places: Vec<Sourced>,
        (by, actor): (Option<String>, &str),
    ) -> Outcome {
        if let Err(error) = check_confirmed(&places, by.as_deref()) {
            return Outcome::Refused { message: error.to_string() };
        }
        let by = by.unwrap_or_else(|| actor.to_owned());
        let watched = |Sourced { place, origin }| {
            let provenance = Provenance { origin, confirmed_by: by.clone(), confirmed_at: at };
            Watched { place, provenance: Some(provenance) }
        };
        self.set_places(seq, at, places.into_iter().map(watched).collect(), Vec::new())
    }

    /// Sets places and takes others away.
    pub(crate) fn set_places(
        &mut self,
        seq: Seq,
        at: Timestamp,
        places: Vec<Watched>,
        remove: Vec<PlaceId>,
    ) -> Outcome {
        let known = |watched: Watched| Watched { place: self.with_known_vehicle(watched.place), ..watched };
        let places: Vec<Watched> = places.into_iter().map(known).collect();
        let before = Arc::clone(&self.world.globals.places);
        let after = match before.changed(places.iter().cloned(), &remove) {
            Ok(after) => after,
            Err(error @ PlacesError::Unknown { .. }) => {
                return Outcome::NotFound { message: error.to_string() };
            }
            Err(error) => return Outcome::Refused { message: error.to_string() },
        };
        let message = format!(
            "{} set, {} removed; {} {} watched",
            counted(places.len(), "place"),
            remove.len(),
            after.len(),
            if after.len() == 1 { "is" } else { "are" }
        );
        let changed: BTreeSet<PlaceId> =
            places.iter().map(|watched| watched.place.id).chain(remove.iter().copied()).collect();
        self.world.globals.places = Arc::new(after);
        self.look_at_visitors(at, &changed);
        self.batch.places = places.into_iter().map(|watched| PlaceRow { watched, seq }).collect();
        self.batch.places_removed = remove;
        Outcome::Done { message }
    }

    /// A plate may have become another name of a vehicle since a place was set for it.
    pub(crate) fn rescope_places(&mut self, seq: Seq, at: Timestamp) {
        let is_other_name = |place: &&Place| match place.scope {
            Scope::Vehicle(name) => self.world.vehicle(name).is_some_and(|vehicle| vehicle != name),
            Scope::Everyone | Scope::Lender(_) => false,
        };
        let known = &self.world.globals.places;
        let watched =
            |place: &Place| Watched { place: place.clone(), provenance: known.provenance(place.id).cloned() };
        let places: Vec<Watched> = known.iter().filter(is_other_name).map(watched).collect();
        if !places.is_empty() {
            // They are in force already: nothing in them can be refused.
            self.set_places(seq, at, places, Vec::new());
        }
    }

    /// A vehicle is meant by its VIN or its plate.
    fn with_known_vehicle(&self, place: Place) -> Place {
        match place.scope {
            Scope::Vehicle(vehicle) => {
                let vehicle = self.world.vehicle(vehicle).unwrap_or(vehicle);
                Place { scope: Scope::Vehicle(vehicle), ..place }
            }
            Scope::Everyone | Scope::Lender(_) => place,
        }
    }

    /// What is said of a place may be true no longer: whoever is or was there, or has an alert of it, is looked at with the next
    /// tick, as after a restart. Who has stood in a new place all the time is met by the next report.
    fn look_at_visitors(&mut self, at: Timestamp, changed: &BTreeSet<PlaceId>) {
        let is_changed = |id: PlaceId| changed.contains(&id);
        let states = &self.world.states;
        let visits = |subject: &Subject| states.get(subject).is_some_and(|state| state.mentions(is_changed));
        let visitors = states.keys().into_iter().filter(visits).filter_map(|subject| match subject {
            Subject::Vehicle(vehicle) => Some(vehicle),
            Subject::Terminal(_) => None,
        });
        let alerts = &self.world.alerts;
        let is_told = |about: &About| {
            let mut of = alerts.get(about).into_iter().flatten();
            of.any(|alert| alert.explanation.finding.place().is_some_and(is_changed))
        };
        let told = alerts.keys().into_iter().filter(is_told).filter_map(|about| about.vehicle());
        let vehicles: BTreeSet<VehicleId> = visitors.chain(told).collect();
        for vehicle in vehicles {
            self.world.timers.set(vehicle, Some(at));
        }
    }
}

/// Places of an audit line: how many of each origin, and whose word they rest on where that is not the line's own author.
pub(crate) fn subject(places: &[Sourced], by: Option<&str>) -> String {
    let of = |code: &&str| {
        let count = places.iter().filter(|sourced| sourced.origin.code() == *code).count();
        (count > 0).then(|| format!("{count} {code}"))
    };
    let counts: Vec<String> = Origin::CODES.iter().filter_map(of).collect();
    let by = by.map_or(String::new(), |by| format!(", confirmed by {by}"));
    format!("{}{by}", counts.join(", "))
}
