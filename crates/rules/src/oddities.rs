//! Positions and times that cannot be, counted.
//!
//! Shape: each live, future or undated report of a terminal steps it. Units: the server's clock. Errors: none.
//! Source: `domain.md` §3b JUMP_SPOOF, CLOCK/QUALITY; constants marked [P] are ours.

use model::{Millis, Timestamp};
use serde::{Deserialize, Serialize};

/// What was odd of one terminal.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Oddities {
    /// Fixes further from the last than any car drives.
    pub(crate) jumps: Tally,
    /// Reports from the future.
    pub(crate) future: Tally,
    /// Reports without a clock.
    pub(crate) undated: Tally,
    /// Fixes in a row at exactly one place, with a speed.
    pub(crate) frozen: Tally,
    /// Reports of the past that are said to be of now, of a device of which nothing else comes.
    pub(crate) behind: Tally,
}

/// How often, since when, until when: each within a day of the one before. A day without one begins anew.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) since: Timestamp,
    pub(crate) last: Timestamp,
    pub(crate) times: u32,
}

impl Oddities {
    /// A live fix at exactly the last one's place, or at another: a row ends with that, and is remembered until it is quiet for
    /// long enough. One who feeds a device a place lets it move now and then.
    pub(crate) fn on_fix(&mut self, is_same: bool, is_driving: bool, at: Timestamp) {
        if is_same && is_driving {
            self.frozen.add_to_row(at);
        } else if !is_same {
            self.frozen.times = 0;
        }
    }
}

impl Tally {
    /// It has gone on for longer than a device needs to send what it had kept.
    pub(crate) const fn lasts(&self) -> bool {
        self.last.since(self.since) >= BACKLOG_MS_MAX
    }

    /// As [`Self::add`], but `last` is that of the last row: two fixes at one place are one measurement told twice.
    fn add_to_row(&mut self, at: Timestamp) {
        let goes_on = self.times > 0 && at.since(self.since.max(self.last)) <= QUIET_MS;
        (self.since, self.times) = if goes_on { (self.since, self.times.saturating_add(1)) } else { (at, 1) };
        if self.times >= ROW_MIN {
            self.last = at;
        }
    }

    pub(crate) fn add(&mut self, at: Timestamp) {
        if self.times == 0 || at.since(self.last) > QUIET_MS {
            *self = Self { since: at, last: at, times: 1 };
        } else {
            (self.last, self.times) = (at, self.times.saturating_add(1));
        }
    }
}

/// What a device has kept is sent in minutes [P].
const BACKLOG_MS_MAX: Millis = 3_600_000;
/// Repetitions that are a row: the least that a rule set may ask for.
const ROW_MIN: u32 = 2;
/// [taxonomy: daily].
const QUIET_MS: Millis = 24 * 3_600_000;
