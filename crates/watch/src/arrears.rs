//! The profile from before the arrears: taken when a loan on the vehicle falls behind, given up when nothing is past due any more.
//!
//! Shape: before each look at a vehicle, and before each stay that would change its usual places, so that it does not matter how long
//! behind midnight the look is. Written with the step that took it and never stepped again: a payment may lie between checkpoint
//! and cursor. Source: `domain.md` §2.5.

use crate::profiles::Read;
use crate::step::Step;
use crate::world::World;
use model::{Timestamp, VehicleId};
use rules::{Delinquency, FrozenProfile, ProfileTurn, Profiles as _};

impl World {
    /// What becomes of a vehicle's frozen profile by now.
    pub(crate) fn profile_turn(&self, profiles: &Read<'_>, now: Timestamp) -> Option<ProfileTurn> {
        let is_kept = || profiles.frozen().is_some();
        let places = || profiles.usual_places().cloned().unwrap_or_default();
        FrozenProfile::turn(is_kept, self.arrears(profiles.vehicle(), now), now, places)
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
        if let Some(turn) = self.world.profile_turn(&Read::of(self.world, vehicle), now) {
            self.take_turn(vehicle, turn);
        }
    }

    pub(crate) fn take_turn(&mut self, vehicle: VehicleId, turn: ProfileTurn) {
        let profile = match turn {
            ProfileTurn::Freeze(profile) => Some(profile),
            ProfileTurn::Thaw => None,
        };
        self.world.frozen.set(vehicle, profile);
    }
}
