//! Where a vehicle usually stands, for rules that ask.
//!
//! With a large fleet it lies on a disk: it is read when the first rule of a look asks, once, and not at all where none does.
//!
//! Shape: [`Profiles`] is asked, [`KnownProfiles`] has the answers at hand. Units: none. Errors: none; who cannot read one gives none,
//! and sees to it that nothing which rests on that is kept.

use crate::{FrozenProfile, UsualPlaces};
use std::fmt::Debug;

/// What is remembered of a vehicle's ways. The same answers for as long as a look takes.
pub trait Profiles: Debug {
    /// Where it usually stands, as far as its stays have shown.
    fn usual_places(&self) -> Option<&UsualPlaces>;

    /// Where it did when its loan fell behind, until the arrears are cured.
    fn frozen(&self) -> Option<&FrozenProfile>;
}

/// Profiles that are at hand; by default none is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct KnownProfiles<'a> {
    /// Of now.
    pub usual_places: Option<&'a UsualPlaces>,
    /// Of before the arrears.
    pub frozen: Option<&'a FrozenProfile>,
}

impl Profiles for KnownProfiles<'_> {
    fn usual_places(&self) -> Option<&UsualPlaces> {
        self.usual_places
    }

    fn frozen(&self) -> Option<&FrozenProfile> {
        self.frozen
    }
}
