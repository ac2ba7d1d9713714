//! A place where fixes stay together.
//!
//! Shape: believed fixes in; the stop grows, becomes a parking place or is left. Units: metres, device time.
//! Errors: none. Source: `domain.md` §8 (stop detection: radius 150 to 200 m); constants marked [P] are ours.

use super::Seen;
use crate::geometry::{distance_m, mean_with};
use model::{Coordinates, Millis, Timestamp};
use serde::{Deserialize, Serialize};

/// Where a vehicle stands, or may be standing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stop {
    /// Mean of the first fixes, then fixed: a mean that follows for ever would follow a thief who pushes slowly.
    pub(crate) centre: Coordinates,
    /// Device time of the first fix.
    pub(crate) since: Timestamp,
    /// The newest fix.
    pub(crate) last: Coordinates,
    /// Its device time.
    pub(crate) last_at: Timestamp,
    /// How many fixes agree, up to [`ANCHOR_FIXES`].
    pub(crate) fixes: u16,
}

/// What a fix makes of a stop that is no parking place yet.
pub(super) enum Step {
    /// It stays.
    Stands(Stop),
    /// It has stayed long enough.
    Parks(Stop),
    /// It went on; this is where it may stop next.
    Leaves(Stop),
}

impl Stop {
    /// A stop that may begin with a fix. One made at speed only says where to look: the stop begins with the next.
    pub(super) fn at(seen: &Seen) -> Self {
        let fixes = u16::from(!seen.is_fast());
        Self { centre: seen.place, since: seen.fix_time, last: seen.place, last_at: seen.fix_time, fixes }
    }

    /// Only a fix made at speed says where to look for it.
    pub(super) const fn began_at_speed(&self) -> bool {
        self.fixes == 0
    }

    /// It has stood here, longer than at a light.
    pub(super) const fn has_stood(&self) -> bool {
        self.fixes > 0 && self.last_at.since(self.since) >= LIGHT_MS_MAX
    }

    /// The place of the last fix, as a stop of its own.
    pub(super) const fn ended(&self) -> Self {
        Self { centre: self.last, since: self.last_at, fixes: 1, ..*self }
    }

    pub(super) fn on_fix(mut self, seen: &Seen) -> Step {
        if self.fixes == 0 || seen.is_fast() || distance_m(self.centre, seen.place) > STAY_M {
            return Step::Leaves(Self::at(seen));
        }
        self.take(seen);
        let stood = self.last_at.since(self.since) >= STAY_MS_MIN;
        if stood || seen.is_switched_off() { Step::Parks(self) } else { Step::Stands(self) }
    }

    /// Another fix at this place.
    pub(super) fn take(&mut self, seen: &Seen) {
        if self.fixes < ANCHOR_FIXES {
            self.fixes += 1;
            self.centre = mean_with(self.centre, seen.place, self.fixes);
        }
        self.last = seen.place;
        self.last_at = self.last_at.max(seen.fix_time);
    }

    /// The centre is the mean of enough fixes to be trusted against later ones.
    pub(crate) const fn is_firm(&self) -> bool {
        self.fixes >= ANCHOR_FIXES
    }
}

/// Fixes further apart are no stay [E:55 and P].
const STAY_M: u32 = 150;
/// The longest light [P].
const LIGHT_MS_MAX: Millis = 2 * 60_000;
/// Standing at a light is shorter [P].
const STAY_MS_MIN: Millis = 5 * 60_000;
/// Mean error falls with the root of the count; sixteen make a quarter of it [P].
pub(super) const ANCHOR_FIXES: u16 = 16;
