//! What an operator may turn.
//!
//! Shape: a section of the configuration file, unknown keys refused. Units: in the names. Errors: [`Config::check`].
//! Source: DESIGN.md §1, fine print 11; the batch sizes are measured in `PERF.md` C5.

use crate::JournalError;
use model::Millis;
use serde::Deserialize;

/// Limits of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How many items may wait for a commit before appending has to wait. An item counts once for each KiB begun, so
    /// this bounds the memory of the queue too.
    pub queue_items_max: usize,
    /// Entries that one commit may hold. More of them a commit is more a second, and a longer wait for each.
    pub entries_per_commit_max: usize,
    /// How long an applied input stays before it is trimmed, hours of journal time. Less while room is short.
    pub retention_h: u32,
    /// Bytes in use from which the size alarm is raised.
    pub size_alarm_bytes: u64,
    /// Bytes in use at which the journal counts as a full disk: nothing is acknowledged, nothing is dropped.
    pub size_max_bytes: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            queue_items_max: 16_384,
            entries_per_commit_max: 2_048,
            retention_h: 24,
            size_alarm_bytes: 80 * GIB,
            size_max_bytes: 100 * GIB,
        }
    }
}

impl Config {
    /// Refuses limits that contradict each other.
    pub fn check(&self) -> Result<(), JournalError> {
        let refused = |key, reason| Err(JournalError::Config { key, reason });
        match () {
            () if self.queue_items_max < QUEUE_ITEMS_MIN => {
                refused("queue_items_max", "must be at least 256: the largest item counts 128")
            }
            () if self.queue_items_max > QUEUE_ITEMS_LIMIT => {
                refused("queue_items_max", "must be at most 1,048,576: it bounds memory, in KiB")
            }
            () if self.entries_per_commit_max == 0 => refused("entries_per_commit_max", "must be at least 1"),
            () if self.size_max_bytes < SIZE_MIN_BYTES => refused("size_max_bytes", "must be at least 1 MiB"),
            () if self.size_alarm_bytes > self.size_max_bytes => {
                refused("size_alarm_bytes", "must not be above size_max_bytes")
            }
            () => Ok(()),
        }
    }

    /// The retention as a span of journal time.
    pub fn retention_ms(&self) -> Millis {
        i64::from(self.retention_h) * 3_600_000
    }
}

const GIB: u64 = 1 << 30;
/// Room for two items of the largest size, so that one alone always fits.
const QUEUE_ITEMS_MIN: usize = 256;
/// A queue of 1 GiB is a mistake in the file.
const QUEUE_ITEMS_LIMIT: usize = 1 << 20;
/// Less than this and the empty tables do not fit.
const SIZE_MIN_BYTES: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_accepted_and_contradictions_are_not() {
        assert!(Config::default().check().is_ok());
        let contradiction =
            Config { size_alarm_bytes: 2 << 30, size_max_bytes: 1 << 30, ..Config::default() };
        assert!(matches!(contradiction.check(), Err(JournalError::Config { key: "size_alarm_bytes", .. })));
        let zero = Config { entries_per_commit_max: 0, ..Config::default() };
        assert!(matches!(zero.check(), Err(JournalError::Config { key: "entries_per_commit_max", .. })));
    }
}
