//! A vehicle's profiles as one look sees them: each is read when it is first asked for, and then never again.
//!
//! Shape: a world and a vehicle in, what the rules ask out. Errors: what cannot be read is none, and the world is damaged.

use crate::world::World;
use model::VehicleId;
use rules::{FrozenProfile, Profiles, UsualPlaces};
use std::borrow::Cow;
use std::cell::OnceCell;

/// The profiles of one vehicle, read or not.
#[derive(Debug)]
pub(crate) struct Read<'a> {
    world: &'a World,
    vehicle: VehicleId,
    usual_places: OnceCell<Option<Cow<'a, UsualPlaces>>>,
    frozen: OnceCell<Option<Cow<'a, Option<FrozenProfile>>>>,
}

impl<'a> Read<'a> {
    pub(crate) const fn of(world: &'a World, vehicle: VehicleId) -> Self {
        Self { world, vehicle, usual_places: OnceCell::new(), frozen: OnceCell::new() }
    }

    pub(crate) const fn vehicle(&self) -> VehicleId {
        self.vehicle
    }
}

impl Profiles for Read<'_> {
    fn usual_places(&self) -> Option<&UsualPlaces> {
        self.usual_places.get_or_init(|| self.world.usual_places.get(&self.vehicle)).as_deref()
    }

    fn frozen(&self) -> Option<&FrozenProfile> {
        let kept = self.frozen.get_or_init(|| self.world.frozen.get(&self.vehicle));
        kept.as_deref().and_then(Option::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packed::Packed;
    use crate::world::Globals;
    use model::{ContractId, LenderId, Loan, Timestamp};
    use store::LoanRow;

    /// A world with profiles in files, and one of its vehicles, whose loan has left the book.
    fn world(disk: &std::path::Path) -> (World, VehicleId) {
        let vehicles: Vec<VehicleId> =
            (0..5_000).map(|number| VehicleId::parse(&format!("CAR{number}")).unwrap()).collect();
        let vehicle = vehicles[3];
        let (contract, lender) = (ContractId("C-3".into()), LenderId("main".into()));
        let loan = Loan::bare(contract, lender, vehicle, Timestamp::from_ms(5));
        let row =
            LoanRow { loan, vehicle, in_book: false, paid_at: None, notes: store::LoanNotes::default() };
        let rows = store::World { loans: vec![row], ..store::World::default() };
        let mut world = World::new(rows, Globals::default()).filing_on(disk);
        let frozen = FrozenProfile { at: Timestamp::from_ms(7), ..FrozenProfile::default() };
        rest(&mut world.usual_places, &vehicles, &UsualPlaces::default());
        rest(&mut world.frozen, &vehicles, &Some(frozen));
        (world, vehicle)
    }

    fn rest<V: Clone + Default + serde::Serialize + serde::de::DeserializeOwned>(
        map: &mut Packed<VehicleId, V>,
        vehicles: &[VehicleId],
        value: &V,
    ) {
        let bytes = postcard::to_stdvec(value).unwrap();
        for vehicle in vehicles {
            map.restore(*vehicle, &bytes).unwrap();
        }
    }

    #[test]
    fn what_no_rule_asks_for_is_not_read() {
        let disk = tempfile::tempdir().unwrap();
        let (world, vehicle) = world(disk.path());
        world.usual_places.lose(&vehicle);
        world.frozen.lose(&vehicle);
        let judgement = world.judged(vehicle, Timestamp::from_ms(9)).unwrap();
        assert_eq!((judgement.changed.len(), world.is_damaged()), (0, false), "no rule concerns it");
    }

    #[test]
    fn a_look_reads_each_profile_once() {
        let disk = tempfile::tempdir().unwrap();
        let (world, vehicle) = world(disk.path());
        world.look(vehicle, Timestamp::from_ms(9), |_, facts| {
            let (places, frozen) = (facts.profiles.usual_places().cloned(), facts.profiles.frozen().cloned());
            assert_eq!((places.is_some(), frozen.as_ref().map(|it| it.at.ms())), (true, Some(7)));
            world.usual_places.lose(&vehicle);
            world.frozen.lose(&vehicle);
            assert_eq!(facts.profiles.usual_places(), places.as_ref());
            assert_eq!(facts.profiles.frozen(), frozen.as_ref());
        });
        assert!(!world.is_damaged());
    }
}
