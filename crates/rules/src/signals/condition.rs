//! Something about a device that can be wrong: since when, and when it ended.
//!
//! ```text
//! Fine --bad--> Bad --fine, or a state that is repeated no more--> Mended --bad at once--> Bad (the same)
//! ```
//! Shape: each word of a device steps it. Units: the server's clock. Errors: none. Source: `domain.md` §3b, §8 (devices repeat their
//! alarms); constants marked [P] are ours.

use model::{Millis, Timestamp};
use serde::{Deserialize, Serialize};

/// Something that can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) enum Condition {
    /// Nothing is known to be wrong.
    #[default]
    Fine,
    /// It is wrong.
    Bad {
        /// The first word of it, where an end of a few minutes is none.
        since: Timestamp,
        /// The first word of it since it was good last.
        begun: Timestamp,
        /// Reports in a row that said so.
        unbroken: u8,
    },
    /// It was wrong.
    Mended {
        /// The first word of it.
        since: Timestamp,
        /// The first word of its end.
        at: Timestamp,
    },
}

/// Something is wrong, perhaps not for the first time within minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spell {
    /// The first word of it, where an end of a few minutes is none.
    pub(crate) since: Timestamp,
    /// The first word of it since it was good last.
    pub(crate) begun: Timestamp,
}

/// What one report says of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// An alarm says that it is wrong.
    Alarm,
    /// A value says so.
    Bad,
    /// A value, or another alarm, says that it is not.
    Fine,
    /// A value between good and bad: as before.
    Same,
    /// There is neither.
    Nothing,
}

/// What a device has called good since it is known. A state that was begun anew has seen nothing of it: that nothing bad
/// is known of a supply does not say that it is back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Sound {
    pub(crate) supply: bool,
    pub(crate) device_battery: bool,
    pub(crate) vehicle_battery: bool,
}

impl Sound {
    pub(super) fn of(words: [Word; 3]) -> Self {
        let [supply, device_battery, vehicle_battery] = words.map(|word| word == Word::Fine);
        Self { supply, device_battery, vehicle_battery }
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self {
            supply: self.supply || other.supply,
            device_battery: self.device_battery || other.device_battery,
            vehicle_battery: self.vehicle_battery || other.vehicle_battery,
        }
    }
}

impl Condition {
    pub(super) fn step(self, word: Word, at: Timestamp) -> Self {
        let said = u8::from(word == Word::Alarm);
        match (self, word) {
            (Self::Fine, Word::Alarm | Word::Bad) => Self::Bad { since: at, begun: at, unbroken: said },
            (Self::Mended { since, at: mended }, Word::Alarm | Word::Bad) => {
                let since = if at.since(mended) < FLAP_MS_MAX { since } else { at };
                Self::Bad { since, begun: at, unbroken: said }
            }
            (Self::Bad { since, begun, unbroken }, Word::Alarm) => {
                Self::Bad { since, begun, unbroken: unbroken.saturating_add(1) }
            }
            (Self::Bad { since, .. }, Word::Fine) => Self::Mended { since, at },
            // A state stands in each report, and has ended with the first that lacks it; an event is told once, or a few
            // times within a minute.
            (Self::Bad { since, begun, unbroken }, Word::Nothing)
                if unbroken >= STATE_REPORTS && at.since(begun) >= STATE_MS_MIN =>
            {
                Self::Mended { since, at }
            }
            (Self::Bad { since, begun, .. }, Word::Bad | Word::Nothing) => {
                Self::Bad { since, begun, unbroken: 0 }
            }
            (_, Word::Same) | (Self::Fine | Self::Mended { .. }, Word::Fine | Word::Nothing) => self,
        }
    }

    pub(super) fn step_if_said(self, word: Word, at: Timestamp) -> Self {
        if word == Word::Nothing { self } else { self.step(word, at) }
    }

    /// Since when it is wrong, if it is.
    pub(crate) const fn bad_since(&self) -> Option<Timestamp> {
        match self {
            Self::Bad { since, .. } => Some(*since),
            Self::Fine | Self::Mended { .. } => None,
        }
    }

    /// The same, with the begin of the spell that lasts still.
    pub(crate) const fn spell(&self) -> Option<Spell> {
        match self {
            Self::Bad { since, begun, .. } => Some(Spell { since: *since, begun: *begun }),
            Self::Fine | Self::Mended { .. } => None,
        }
    }

    /// When it ended, if it was wrong.
    pub(crate) const fn mended_at(&self) -> Option<Timestamp> {
        match self {
            Self::Mended { at, .. } => Some(*at),
            Self::Fine | Self::Bad { .. } => None,
        }
    }
}

/// So many alarms in a row, over so long a time, are a state, not an event [P].
const STATE_REPORTS: u8 = 3;
const STATE_MS_MIN: Millis = 2 * 60_000;
/// Bad again so soon is the same spell: a loose contact, or a device that repeats its alarm each three minutes [E:15c].
const FLAP_MS_MAX: Millis = 10 * 60_000;
