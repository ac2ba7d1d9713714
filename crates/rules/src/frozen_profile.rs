//! Where a vehicle usually stood when its loan fell behind.
//!
//! Who changes his ways behind the first missed instalment must not teach that the new ones are usual: until the arrears are cured,
//! habits are held against the places of then.
//!
//! Shape: arrears and the usual places of now in, what becomes of the frozen ones out. Units: journal time. Errors: none.
//! Source: `domain.md` §2.5 ("profile before default"), §7 idea 5.

use crate::UsualPlaces;
use model::Timestamp;
use serde::{Deserialize, Serialize};

/// The usual places of a moment, which no later stay changes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FrozenProfile {
    /// When it was taken: with the first look at the vehicle that finds its loan in arrears.
    pub at: Timestamp,
    /// The places of then; none where none were known.
    pub places: UsualPlaces,
}

/// How the loans on a vehicle stand, as far as its profile is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delinquency {
    /// Something is past due, held or not.
    Open,
    /// Nothing is, or no loan is known.
    Cured,
    /// No book has its loans any more: nobody knows.
    Untold,
}

/// What becomes of a vehicle's frozen profile.
#[derive(Debug, Clone, PartialEq)]
pub enum ProfileTurn {
    /// It is taken now.
    Freeze(FrozenProfile),
    /// It is given up.
    Thaw,
}

impl FrozenProfile {
    /// Version of its serialized form; one of another form is taken anew.
    pub const FORMAT: u16 = UsualPlaces::FORMAT;

    /// What is to be done by now, if anything. Asks whether one is kept, and for the places of now, where that decides.
    pub fn turn(
        is_kept: impl FnOnce() -> bool,
        arrears: Delinquency,
        now: Timestamp,
        places: impl FnOnce() -> UsualPlaces,
    ) -> Option<ProfileTurn> {
        match arrears {
            Delinquency::Open => {
                (!is_kept()).then(|| ProfileTurn::Freeze(Self { at: now, places: places() }))
            }
            Delinquency::Cured => is_kept().then_some(ProfileTurn::Thaw),
            Delinquency::Untold => None,
        }
    }
}
