//! What a vehicle does, in one of six words: offline is not one state.
//!
//! ```text
//! Never --any frame--> Unseen
//! Unseen | Moving --stands, by its fixes--> Parked      Unseen | Parked | ParkedUnseen --under way, by its fixes--> Moving
//! Moving --no fix for a quarter of an hour--> Unseen
//! Parked --frames, and no fix for longer than usual--> ParkedUnseen --a fix where it stood--> Parked
//! any but Never --no frame for longer than its schedule allows--> Dark --any frame--> as above
//! ```
//! A car that stands and whose devices talk on stands where it stood: under ground there are no fixes, and none would be another
//! place. How long silence may be is what OVERDUE_OFFLINE allows: a device that wakes every third day is not dark for two of
//! them, and a wired car that fell silent under way is so within hours. Shape: when it was heard and seen, its state and the
//! thresholds of its lender in; a word with its facts out. Units: journal time; fixes by the device's. Errors: none. Source:
//! `ux.md` §0.3 (online, no new fix, offline), `domain.md` §8 (heartbeats are no positions; parked_unseen), §9 MotionState;
//! constants marked [P] are ours.

use crate::judge::Patience;
use crate::{RuleSet, VehicleState};
use model::{Coordinates, LenderId, Millis, Timestamp};

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
    /// Stands, and its devices talk on without having seen it for longer than usual: under ground, mostly.
    ParkedUnseen {
        /// Where.
        anchor: Coordinates,
        /// Since when it stands.
        since: Timestamp,
        /// Its last fix.
        seen_at: Timestamp,
    },
    /// Its devices talk, and do not say whether it stands or where it goes.
    Unseen {
        /// Its last fix, if it had one.
        seen_at: Option<Timestamp>,
    },
    /// It has not been heard for longer than its devices' schedule allows.
    Dark {
        /// Its last frame.
        heard_at: Timestamp,
    },
    /// None of its devices was ever heard.
    Never,
}

impl Doing {
    /// By when it was heard and seen last, with the thresholds for the loans of a lender (`None` = of all others); of a state
    /// that is not known it says less.
    pub fn of(
        heard_at: Option<Timestamp>,
        seen_at: Option<Timestamp>,
        state: Option<&VehicleState>,
        (rule_set, lender): (&RuleSet, Option<&LenderId>),
        now: Timestamp,
    ) -> Self {
        let Some(heard_at) = heard_at else { return Self::Never };
        let patience =
            state.and_then(|state| Patience::of(state, rule_set.thresholds_for(lender))).unwrap_or(UNKNOWN);
        if now.since(heard_at) > patience.silent_ms {
            return Self::Dark { heard_at };
        }
        if let Some((anchor, since)) = state.and_then(VehicleState::stands) {
            // Of the time after its last frame nobody knows whether it could have been seen.
            let blind = seen_at.filter(|seen_at| heard_at.since(*seen_at) > patience.blind_ms());
            return match blind {
                Some(seen_at) => Self::ParkedUnseen { anchor, since, seen_at },
                None => Self::Parked { anchor, since },
            };
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
            Self::ParkedUnseen { .. } => "parked_unseen",
            Self::Unseen { .. } => "unseen",
            Self::Dark { .. } => "dark",
            Self::Never => "never",
        }
    }

    /// Since when it is so, as far as that is known: of what is neither seen nor known to stand, or
    /// heard no more, since it was last.
    pub const fn since(&self) -> Option<Timestamp> {
        match self {
            Self::Moving { seen_at: at }
            | Self::Parked { since: at, .. }
            | Self::ParkedUnseen { since: at, .. }
            | Self::Dark { heard_at: at } => Some(*at),
            Self::Unseen { seen_at } => *seen_at,
            Self::Never => None,
        }
    }
}

impl VehicleState {
    /// What the vehicle does, by what is remembered of it.
    pub fn doing(&self, thresholds: (&RuleSet, Option<&LenderId>), now: Timestamp) -> Doing {
        let seen_at = self.last_place().map(|(_, at)| at);
        Doing::of(self.heard_at(), seen_at, Some(self), thresholds, now)
    }
}

impl Patience {
    /// For how long its devices may talk without a fix before it is out of sight.
    fn blind_ms(&self) -> Millis {
        self.sight_ms.saturating_mul(SIGHTS_MISSED).max(BLIND_MS_MIN)
    }
}

/// No device of it is known, so no schedule either: a hidden one wakes once a day, at an hour that drifts [P].
const UNKNOWN: Patience = Patience { silent_ms: 26 * HOUR_MS, sight_ms: 24 * HOUR_MS };
/// Nobody knows whether a car that was under way a quarter of an hour ago still is [P].
const UNDER_WAY_MS: Millis = 15 * 60_000;
/// One fix that is missing is a bad sky, two are none [P].
const SIGHTS_MISSED: Millis = 2;
/// Longer than a tunnel or a bad quarter, as for where a car was out of sight before [P].
const BLIND_MS_MIN: Millis = HOUR_MS;
const HOUR_MS: Millis = 3_600_000;
