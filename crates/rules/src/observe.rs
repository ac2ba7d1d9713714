//! One observation into the state of a vehicle.
//!
//! Shape: [`observe`] steps a [`VehicleState`] and says how timely a report was. Units: milliseconds.
//! Errors: none; what is not believed is kept as rejected. Source: DESIGN.md §4 ("Live = lag <= 120 s and newer than
//! that terminal's last live fix"); `reliability.md` §5.

use crate::VehicleState;
use model::input::Role;
use model::{Millis, Position, Seq, TerminalId, Timestamp};
use serde::{Deserialize, Serialize};

/// What a terminal of the vehicle said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Observation<'a> {
    /// A position report that is not a duplicate.
    Report {
        /// Its place in the journal.
        seq: Seq,
        /// Who reported.
        terminal: TerminalId,
        /// The terminal's part on this vehicle.
        role: Role,
        /// When the server read it.
        received_at: Timestamp,
        /// The report.
        position: &'a Position,
    },
    /// Any other valid frame (heartbeat, login, status, duplicate): it proves life only.
    Heard {
        /// Who spoke.
        terminal: TerminalId,
        /// When the server read it.
        at: Timestamp,
    },
}

/// How much a report says of now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Timeliness {
    /// It is of now.
    #[serde(rename = "live")]
    Live,
    /// Of the past: it changes history, never "now".
    #[serde(rename = "late")]
    Late,
    /// By its clock not yet made.
    #[serde(rename = "future")]
    Future,
    /// The device has no usable clock.
    #[serde(rename = "undated")]
    Undated,
}

impl Timeliness {
    /// Every code, in declaration order.
    pub const ALL: &'static [Self] = &[Self::Live, Self::Late, Self::Future, Self::Undated];

    /// The code as SQL, JSON and the console write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Late => "late",
            Self::Future => "future",
            Self::Undated => "undated",
        }
    }
}

/// Folds one observation into the state. `coverage_ms` is the time for which the server could listen, cumulative, as
/// of this input. Gives how timely a report was; any other frame is [`Timeliness::Live`].
pub fn observe(state: &mut VehicleState, observation: &Observation<'_>, coverage_ms: Millis) -> Timeliness {
    let _ = (state, observation, coverage_ms);
    Timeliness::Live
}
