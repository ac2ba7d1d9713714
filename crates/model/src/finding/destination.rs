//! Where a vehicle parked, what kind of place that is, and where it usually stands at night.
//!
//! Shape: what the rules know of a place in, a value for people out. Source: `domain.md` §3b (TOW: destination class), §3a [E:10].

use crate::code::codes;
use crate::{Coordinates, PlaceId, Timestamp};
use serde::{Deserialize, Serialize};

/// Where a vehicle parked after it had left.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Destination {
    /// Where.
    pub place: Coordinates,
    /// One of its usual places; `None` where too little is known of it.
    pub usual: Option<bool>,
    /// What kind of place that is, the gravest of several; `None` where nothing is known of it, and in alerts of before it was said.
    #[serde(default)]
    pub locality: Option<Locality>,
    /// The watched place that makes it one of that kind.
    #[serde(default)]
    pub watched: Option<PlaceId>,
}

codes! {
    /// At what kind of place a vehicle stands.
    pub enum Locality {
        /// At one of its usual places.
        UsualPlace = "usual_place",
        /// Where pledged cars collect.
        BlackPoint = "black_point",
        /// Where towed or seized cars are kept.
        TowLot = "tow_lot",
        /// At none of these.
        Elsewhere = "elsewhere",
        /// On the lender's or a dealer's own ground.
        Dealer = "dealer",
        /// Where cars are repaired.
        RepairShop = "repair_shop",
    }
}

/// Where a vehicle usually stands at night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NightPlace {
    /// Where.
    pub place: Coordinates,
    /// Nights that it stood there for more than half.
    pub nights: u32,
    /// The end of the last of them.
    pub until: Timestamp,
}
