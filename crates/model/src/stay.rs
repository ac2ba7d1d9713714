//! A stay: a vehicle stood at one place.
//!
//! Shape: a plain value. Units: device time, milliseconds. Source: `domain.md` §9 (`Stay`).

use crate::{Coordinates, Millis, Timestamp};
use serde::{Deserialize, Serialize};

/// A vehicle stood at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stay {
    /// Where: the mean of the first fixes there.
    pub place: Coordinates,
    /// The first fix there.
    pub from: Timestamp,
    /// The last one there.
    pub to: Timestamp,
}

impl Stay {
    /// How long it took.
    pub const fn span_ms(&self) -> Millis {
        self.to.since(self.from)
    }

    /// Whether the vehicle stood there at an instant.
    pub fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}
