//! The signs of a movement, counted.
//!
//! Shape: what the rules saw in, points for people out. Units: points. Source: `domain.md` §8.

use crate::code::codes;
use serde::{Deserialize, Serialize};

/// What speaks for a movement and against it, in points. It is shown: whether a vehicle left is decided by its fixes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MovementScore(pub Vec<Scored>);

/// One sign, and what it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scored {
    /// The sign.
    pub sign: MovementSign,
    /// More than 0 speaks for a movement.
    pub points: i8,
}

codes! {
    /// What speaks for a movement, or against it.
    pub enum MovementSign {
        /// Two fixes of 10 km/h or more.
        Speed = "speed",
        /// Three fixes further away than the receiver's errors explain.
        Displacement = "displacement",
        /// The ignition was on.
        Ignition = "ignition",
        /// A fix with few satellites, or with a dilution of more than four.
        Imprecise = "imprecise",
        /// The first fixes after a gap were among them.
        AfterGap = "after_gap",
        /// A fix back where it stood came after the first one away.
        BackAtAnchor = "back_at_anchor",
        /// The odometer grew.
        Odometer = "odometer",
        /// A device felt vibration as it left.
        Vibration = "vibration",
    }
}

impl MovementScore {
    /// The points of all signs.
    pub fn points(&self) -> i32 {
        self.0.iter().map(|scored| i32::from(scored.points)).sum()
    }

    /// Whether nothing was counted.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
