//! What somebody may see: of which lenders the loans, of which regions the vehicles.
//!
//! ```text
//! Grant  lenders × regions     what somebody was given, themselves or by a team; what is written down
//! Scope  grant ∪ grant ∪ …     what they may see; the one value that is asked
//! ```
//! Shape: [`Scope::holds`] answers for a lender and a plate, here; the store asks the same of its rows. What is of no lender is held by
//! a grant of all lenders only, and what has no plate by one of all regions only. Errors: none.

use crate::{LenderId, Region, VehicleId};
use serde::{Deserialize, Serialize};

/// What somebody was given to see: loans of these lenders, on vehicles of these regions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Grant {
    /// `None` = all lenders'.
    pub lenders: Option<Vec<LenderId>>,
    /// `None` = wherever they are registered.
    pub regions: Option<Vec<Region>>,
}

impl Grant {
    /// All lenders' loans, everywhere.
    pub const EVERYTHING: Self = Self { lenders: None, regions: None };

    /// Nothing: for who sees what their teams see.
    pub const fn nothing() -> Self {
        Self { lenders: Some(Vec::new()), regions: None }
    }

    /// Loans of some lenders, everywhere.
    pub const fn of_lenders(lenders: Option<Vec<LenderId>>) -> Self {
        Self { lenders, regions: None }
    }

    /// Whether nothing is in it.
    pub fn is_nothing(&self) -> bool {
        self.lenders.as_ref().is_some_and(Vec::is_empty) || self.regions.as_ref().is_some_and(Vec::is_empty)
    }

    /// How many pairs of a lender and a region it is; all of either count as one.
    pub fn pairs(&self) -> usize {
        let lenders = self.lenders.as_ref().map_or(1, Vec::len);
        lenders.saturating_mul(self.regions.as_ref().map_or(1, Vec::len))
    }

    fn holds_lender(&self, lender: Option<&LenderId>) -> bool {
        let Some(lenders) = &self.lenders else { return true };
        lender.is_some_and(|lender| lenders.contains(lender))
    }

    fn holds_plate(&self, plate: Option<VehicleId>) -> bool {
        let Some(regions) = &self.regions else { return true };
        plate.is_some_and(|plate| regions.iter().any(|region| region.holds(plate)))
    }

    fn holds_region(&self, part: Option<&Region>) -> bool {
        let Some(regions) = &self.regions else { return true };
        part.is_some_and(|part| regions.iter().any(|region| region.covers(part)))
    }

    /// What is in both.
    fn within(&self, other: &Self) -> Self {
        let lenders = match (&self.lenders, &other.lenders) {
            (None, lenders) | (lenders, None) => lenders.clone(),
            (Some(mine), Some(_)) => {
                Some(mine.iter().filter(|lender| other.holds_lender(Some(lender))).cloned().collect())
            }
        };
        let regions = match (&self.regions, &other.regions) {
            (None, regions) | (regions, None) => regions.clone(),
            (Some(mine), Some(others)) => {
                let inner = mine.iter().filter(|region| other.holds_region(Some(region)));
                let outer = others.iter().filter(|region| self.holds_region(Some(region)));
                let mut both: Vec<Region> = inner.chain(outer).copied().collect();
                both.sort_unstable();
                both.dedup();
                Some(both)
            }
        };
        Self { lenders, regions }
    }
}

/// What somebody may see: whatever is in one of their grants. Without one, nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scope {
    grants: Vec<Grant>,
}

impl From<Grant> for Scope {
    fn from(grant: Grant) -> Self {
        Self::of([grant])
    }
}

impl Scope {
    /// What is in one of some grants.
    pub fn of(grants: impl IntoIterator<Item = Grant>) -> Self {
        let mut grants: Vec<Grant> = grants.into_iter().filter(|grant| !grant.is_nothing()).collect();
        grants.sort_unstable();
        grants.dedup();
        if grants.contains(&Grant::EVERYTHING) {
            grants = vec![Grant::EVERYTHING];
        }
        Self { grants }
    }

    /// Nothing left out.
    pub fn everything() -> Self {
        Grant::EVERYTHING.into()
    }

    /// Its grants.
    pub fn grants(&self) -> &[Grant] {
        &self.grants
    }

    /// How many pairs of a lender and a region it is: what a statement of the store is told of it.
    pub fn pairs(&self) -> usize {
        self.grants.iter().map(Grant::pairs).fold(0, usize::saturating_add)
    }

    /// Whether what is of this lender, on a vehicle with this plate, is in it.
    pub fn holds(&self, lender: Option<&LenderId>, plate: Option<VehicleId>) -> bool {
        self.grants.iter().any(|grant| grant.holds_lender(lender) && grant.holds_plate(plate))
    }

    /// Whether all that is a lender's is in it, wherever.
    pub fn holds_lender(&self, lender: &LenderId) -> bool {
        self.holds(Some(lender), None)
    }

    /// Whether something of a lender may be in it.
    pub fn reaches(&self, lender: &LenderId) -> bool {
        self.grants.iter().any(|grant| grant.holds_lender(Some(lender)))
    }

    /// Whether each lender and each region that a grant names is in it somewhere.
    pub fn reaches_all(&self, part: &Grant) -> bool {
        let by_any = |holds: &dyn Fn(&Grant) -> bool| self.grants.iter().any(holds);
        let lenders = part.lenders.iter().flatten().all(|lender| self.reaches(lender));
        lenders
            && part.regions.iter().flatten().all(|region| by_any(&|grant| grant.holds_region(Some(region))))
    }

    /// Whether nothing is left out.
    pub fn is_everything(&self) -> bool {
        self.holds(None, None)
    }

    /// Whether all that a grant gives is in it. What only several grants together hold of one region is not looked for.
    pub fn covers(&self, part: &Grant) -> bool {
        if part.is_nothing() {
            return true;
        }
        let lenders = options(part.lenders.as_deref());
        let regions = options(part.regions.as_deref());
        let held = |lender, region| {
            self.grants.iter().any(|grant| grant.holds_lender(lender) && grant.holds_region(region))
        };
        lenders.iter().all(|lender| regions.iter().all(|region| held(*lender, *region)))
    }

    /// Whether all that is in another one is in it.
    pub fn covers_all(&self, part: &Self) -> bool {
        part.grants.iter().all(|grant| self.covers(grant))
    }

    /// What is in both.
    #[must_use]
    pub fn within(&self, other: &Self) -> Self {
        let pairs = self.grants.iter().flat_map(|one| other.grants.iter().map(move |two| one.within(two)));
        Self::of(pairs)
    }
}

/// Each of a list; of all there are, that.
fn options<T>(list: Option<&[T]>) -> Vec<Option<&T>> {
    list.map_or_else(|| vec![None], |list| list.iter().map(Some).collect())
}

/// The plate among the names of a vehicle: what is no VIN.
pub fn plate_of(vehicle: VehicleId, alias: Option<VehicleId>) -> Option<VehicleId> {
    [Some(vehicle), alias].into_iter().flatten().find(|name| !name.is_vin())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lender(name: &str) -> LenderId {
        LenderId(name.into())
    }

    fn plate(text: &str) -> VehicleId {
        VehicleId::parse(text).unwrap()
    }

    /// `main north @ 粤 浙A`; `*` = all.
    fn grant(text: &str) -> Grant {
        let (lenders, regions) = text.split_once('@').unwrap();
        let list =
            |text: &str| (text.trim() != "*").then(|| text.split_whitespace().map(str::to_owned).collect());
        let lenders: Option<Vec<String>> = list(lenders);
        let regions: Option<Vec<String>> = list(regions);
        Grant {
            lenders: lenders.map(|names| names.into_iter().map(LenderId).collect()),
            regions: regions.map(|names| names.iter().map(|name| Region::parse(name).unwrap()).collect()),
        }
    }

    fn scope(grants: &[&str]) -> Scope {
        Scope::of(grants.iter().map(|text| grant(text)))
    }

    #[test]
    fn a_grant_is_of_a_lender_and_a_region_at_once_and_two_grants_are_not_mixed() {
        let both = scope(&["main @ 粤B", "north @ 浙"]);
        for (name, text, is_held) in [
            ("main", "粤B12345", true),
            ("main", "粤A12345", false),
            ("main", "浙A12345", false),
            ("north", "浙A12345", true),
            ("north", "粤B12345", false),
            ("south", "粤B12345", false),
        ] {
            assert_eq!(both.holds(Some(&lender(name)), Some(plate(text))), is_held, "{name} {text}");
        }
        assert!(!both.holds(Some(&lender("main")), None), "without a plate it is nowhere");
        assert!(!both.holds(None, Some(plate("粤B12345"))), "and of no lender nobody's");
        assert!(!both.holds_lender(&lender("main")) && both.reaches(&lender("main")));
    }

    #[test]
    fn who_was_given_nothing_sees_nothing_and_who_everything_everything() {
        for nothing in [Scope::default(), Grant::nothing().into(), scope(&["main @"]), scope(&["@ 粤"])] {
            assert_eq!(nothing, Scope::default());
            assert!(!nothing.is_everything() && !nothing.holds(Some(&lender("main")), Some(plate("粤B1"))));
        }
        let all = scope(&["main @ 粤", "* @ *"]);
        assert_eq!(all, Scope::everything());
        assert!(all.is_everything() && all.holds(None, None) && all.holds_lender(&lender("main")));
        assert!(!scope(&["* @ 粤"]).is_everything() && !scope(&["main @ *"]).is_everything());
    }

    #[test]
    fn a_scope_is_as_many_pairs_as_its_grants_and_everything_is_one() {
        assert_eq!(grant("a b @ 粤 浙 沪").pairs(), 6);
        assert_eq!(scope(&["a b @ 粤 浙 沪", "* @ 桂A 桂B", "c @ *"]).pairs(), 9);
        assert_eq!((scope(&["a b @ 粤", "* @ *"]).pairs(), Scope::default().pairs()), (1, 0));
    }

    #[test]
    fn a_scope_within_another_holds_no_more_than_either() {
        let within = |one: &[&str], other: &[&str]| scope(one).within(&scope(other));
        assert_eq!(within(&["* @ *"], &["a @ 粤"]), scope(&["a @ 粤"]));
        assert_eq!(within(&["a b @ *"], &["b c @ 粤"]), scope(&["b @ 粤"]));
        assert_eq!(within(&["a @ 粤"], &["a @ 粤B 浙"]), scope(&["a @ 粤B"]));
        assert_eq!(within(&["a @ 粤B"], &["a @ 粤"]), scope(&["a @ 粤B"]));
        assert_eq!(within(&["a @ *"], &["b @ *"]), Scope::default());
        assert_eq!(within(&["a @ 粤", "b @ 浙"], &["* @ 浙"]), scope(&["b @ 浙"]));
    }

    #[test]
    fn what_is_covered_is_every_lender_in_every_region() {
        let whole = scope(&["a @ 粤 浙", "b @ 浙"]);
        for (part, is_covered) in [
            ("a @ 粤B 浙A", true),
            ("a b @ 浙", true),
            ("a b @ 粤", false),
            ("a @ *", false),
            ("* @ 浙", false),
            ("a @ 沪", false),
            ("@ *", true),
        ] {
            assert_eq!(whole.covers(&grant(part)), is_covered, "{part}");
        }
        assert!(!scope(&["a @ 粤B"]).covers(&grant("a @ 粤")), "a city is no province");
        assert!(Scope::everything().covers_all(&whole) && !whole.covers_all(&Scope::everything()));
        assert!(!Scope::default().covers(&grant("a @ 粤")));
    }

    #[test]
    fn the_plate_is_the_name_that_is_no_vin() {
        let vin = plate("LSVAA4182E2184847");
        let plate = plate("粤B12345");
        assert_eq!((plate_of(vin, Some(plate)), plate_of(plate, Some(vin))), (Some(plate), Some(plate)));
        assert_eq!(plate_of(vin, None), None);
    }
}
