//! When the server itself went away, on its own clock of coverage.
//!
//! A car under way may have gone on and parked while nobody listened, so one that fell silent then is given the time of a parked
//! one, for as long as it stays silent and however often the server goes away again.
//!
//! Shape: the coverage clock at each start, and behind each stall, in; a verdict on the last time heard out. Units: milliseconds of
//! covered time. Errors: none. Source: `reliability.md` §5 (start-up grace); constants marked [P] are ours.

use model::Millis;
use serde::{Deserialize, Serialize};

/// The moments of the coverage clock at which the server did not listen, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Interruptions(Vec<Millis>);

impl Interruptions {
    /// The server listens again, for the first time since it went away. Starts without a moment of listening between them are one.
    pub fn resume(&mut self, coverage_ms: Millis) {
        if self.0.last() == Some(&coverage_ms) {
            return;
        }
        if self.0.len() >= KEPT_MAX {
            self.0.remove(0);
        }
        self.0.push(coverage_ms);
    }

    /// Who was last heard then may have been silenced by one of them.
    pub(crate) fn cut_off(&self, heard_ms: Millis) -> bool {
        let next = self.0.partition_point(|at_ms| *at_ms < heard_ms);
        self.0.get(next).is_some_and(|at_ms| at_ms - heard_ms <= UNWATCHED_MS_MAX)
    }
}

/// A car under way reports more often than this [P].
const UNWATCHED_MS_MAX: Millis = 5 * 60_000;
/// Of a server that goes down twice a day these are four months; of one in a crash loop, the newest hours [P].
const KEPT_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_was_heard_within_five_minutes_before_any_of_them_is_cut_off() {
        let mut interruptions = Interruptions::default();
        assert!(!interruptions.cut_off(0));
        for at_ms in [1_000_000, 1_000_000, 9_000_000] {
            interruptions.resume(at_ms);
        }
        for at_ms in [1_000_000, 9_000_000] {
            assert!(interruptions.cut_off(at_ms) && interruptions.cut_off(at_ms - UNWATCHED_MS_MAX));
            assert!(
                !interruptions.cut_off(at_ms + 1) && !interruptions.cut_off(at_ms - UNWATCHED_MS_MAX - 1)
            );
        }
    }

    #[test]
    fn the_newest_are_kept() {
        let mut interruptions = Interruptions::default();
        for at_ms in 0..=Millis::try_from(KEPT_MAX).unwrap() {
            interruptions.resume(at_ms * 3_600_000);
        }
        assert_eq!(interruptions.0.len(), KEPT_MAX);
        assert!(!interruptions.cut_off(0) && interruptions.cut_off(3_600_000));
    }
}
