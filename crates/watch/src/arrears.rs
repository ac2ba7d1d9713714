//! The profile from before the arrears: taken when a loan on the vehicle falls behind, given up when nothing is past due any more.
//!
//! Shape: before each look at a vehicle, and before each stay that would change its usual places, so that it does not matter how long
//! behind midnight the look is. Written with the step that took it and never stepped again: a payment may lie between checkpoint
//! and cursor. Source: `domain.md` §2.5.

use crate::step::Step;
use crate::world::World;
use model::{Timestamp, VehicleId};
use rules::{Delinquency, FrozenProfile, ProfileTurn};

impl World {
    /// What becomes of a vehicle's frozen profile by now.
    pub(crate) fn profile_turn(&self, vehicle: VehicleId, now: Timestamp) -> Option<ProfileTurn> {
        let frozen = self.frozen.get(&vehicle);
        let places = || self.usual_places.get(&vehicle).unwrap_or_default().into_owned();
        let frozen = frozen.as_deref().and_then(Option::as_ref);
        FrozenProfile::turn(frozen, self.arrears(vehicle, now), now, places)
    }

    /// By the loans on it that a book has; a vehicle without any loan owes nothing.
    fn arrears(&self, vehicle: VehicleId, now: Timestamp) -> Delinquency {
        let contracts = self.contracts.get(&vehicle).map(Vec::as_slice).unwrap_or_default();
        let rows = || contracts.iter().filter_map(|contract| self.loans.get(contract));
        let listed = || rows().filter(|row| row.in_book);
        match () {
            () if listed().any(|row| row.loan.is_in_arrears(now)) => Delinquency::Open,
            () if rows().next().is_some() && listed().next().is_none() => Delinquency::Untold,
            () => Delinquency::Cured,
        }
    }
}

impl Step<'_> {
    /// Takes or gives up a vehicle's profile, if that is due.
    pub(crate) fn turn_profile(&mut self, vehicle: VehicleId, now: Timestamp) {
        match self.world.profile_turn(vehicle, now) {
            Some(ProfileTurn::Freeze(profile)) => self.world.frozen.set(vehicle, Some(profile)),
            Some(ProfileTurn::Thaw) => self.world.frozen.set(vehicle, None),
            None => {}
        }
    }
}
