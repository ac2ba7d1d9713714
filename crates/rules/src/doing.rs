//! What a vehicle does, in one of five words: offline is not one state.
//!
//! ```text
//! Never --any frame--> Unseen        Unseen | Moving | Parked --no frame for 26 h--> Dark --any frame--> as below
//! Unseen | Moving --stands, by its fixes--> Parked      Unseen | Parked --under way, by its fixes--> Moving
//! Moving --no fix for a quarter of an hour--> Unseen
//! ```
//! A car that stands and whose devices talk on stands where it stood: under ground there are no fixes, and none would be another
//! place. Shape: when it was heard and seen, and its state, in; a word with its facts out. Units: journal time; fixes by the
//! device's. Errors: none. Source: `ux.md` §0.3 (online, no new fix, offline), `domain.md` §8 (heartbeats are no positions),
//! §9 MotionState; constants marked [P] are ours.

use crate::VehicleState;
use model::{Coordinates, Millis, Timestamp};

/// What a vehicle does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Doing {
    /// Is under way.
    Moving {
        /// Its last fix.
        seen_at: Timestamp,
    },
    /// Stands.
    Parked {
        /// Where.
        anchor: Coordinates,
        /// Since when.
        since: Timestamp,
    },
    /// Its devices talk, and do not say whether it stands or where it goes.
    Unseen {
        /// Its last fix, if it had one.
        seen_at: Option<Timestamp>,
    },
    /// It has not been heard for longer than a day.
    Dark {
        /// Its last frame.
        heard_at: Timestamp,
    },
    /// None of its devices was ever heard.
    Never,
}

impl Doing {
    /// By when it was heard and seen last; of a state that is not known it says less.
    pub fn of(
        heard_at: Option<Timestamp>,
        seen_at: Option<Timestamp>,
        state: Option<&VehicleState>,
        now: Timestamp,
    ) -> Self {
        let Some(heard_at) = heard_at else { return Self::Never };
        if now.since(heard_at) > DARK_MS {
            return Self::Dark { heard_at };
        }
        if let Some((anchor, since)) = state.and_then(VehicleState::stands) {
            return Self::Parked { anchor, since };
        }
        match seen_at {
            Some(seen_at)
                if now.since(seen_at) <= UNDER_WAY_MS && state.is_some_and(VehicleState::is_moving) =>
            {
                Self::Moving { seen_at }
            }
            seen_at => Self::Unseen { seen_at },
        }
    }

    /// The word, as the desk and the command line write it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Moving { .. } => "moving",
            Self::Parked { .. } => "parked",
            Self::Unseen { .. } => "unseen",
            Self::Dark { .. } => "dark",
            Self::Never => "never",
        }
    }

    /// Since when it is so, as far as that is known: of what is seen or heard no more, since it was last.
    pub const fn since(&self) -> Option<Timestamp> {
        match self {
            Self::Moving { seen_at: at } | Self::Parked { since: at, .. } | Self::Dark { heard_at: at } => {
                Some(*at)
            }
            Self::Unseen { seen_at } => *seen_at,
            Self::Never => None,
        }
    }
}

impl VehicleState {
    /// What the vehicle does, by what is remembered of it.
    pub fn doing(&self, now: Timestamp) -> Doing {
        Doing::of(self.heard_at(), self.last_place().map(|(_, at)| at), Some(self), now)
    }
}

/// A hidden device wakes once a day, at an hour that drifts [P].
const DARK_MS: Millis = 26 * 3_600_000;
/// Nobody knows whether a car that was under way a quarter of an hour ago still is [P].
const UNDER_WAY_MS: Millis = 15 * 60_000;
