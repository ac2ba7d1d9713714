//! How long a hidden device sleeps between its wakings, at the longest of each day.
//!
//! Many report more often under way: eight gaps of half an hour and a night of twenty hours are one day of one that is to be missed
//! after a night, not after an hour. So the longest gap of each of the last days counts, and of those the second longest: one outage
//! teaches nothing.
//!
//! Shape: each gap steps it. Units: minutes of covered time. Errors: none. Source: `domain.md` §8 (schedules are learned from
//! the last ten reports); constants marked [P] are ours.

use model::Millis;
use serde::{Deserialize, Serialize};

/// The longest gap of each of the last days on which it woke, minutes, the newest day first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wakings {
    longest_min: [u16; DAYS],
    /// When the newest of the days began, by the coverage clock.
    begun_ms: Millis,
}

/// A hidden device is taken for a daily one until its wakings show another schedule: the first gap after it was fitted is
/// nobody's.
impl Default for Wakings {
    fn default() -> Self {
        Self { longest_min: [DAY_MIN; DAYS], begun_ms: 0 }
    }
}

impl Wakings {
    /// It woke after so long.
    pub(crate) fn on_gap(&mut self, gap_ms: Millis, coverage_ms: Millis) {
        let gap_min = u16::try_from(gap_ms / MINUTE_MS).unwrap_or(u16::MAX);
        let is_new_day = coverage_ms.saturating_sub(self.begun_ms) >= DAY_MS_MIN;
        if is_new_day {
            self.longest_min.rotate_right(1);
            self.begun_ms = coverage_ms;
        }
        if let Some(today) = self.longest_min.first_mut() {
            *today = if is_new_day { gap_min } else { gap_min.max(*today) };
        }
    }

    /// The second longest.
    pub(crate) fn usual_ms(&self) -> Millis {
        let mut longest = self.longest_min;
        longest.sort_unstable();
        let second = longest.iter().rev().nth(1).copied().unwrap_or(DAY_MIN);
        Millis::from(second) * MINUTE_MS
    }
}

/// Enough for one outage among them, and few enough that another schedule is known within days [P].
const DAYS: usize = 4;
/// A daily waking comes somewhat early [P].
const DAY_MS_MIN: Millis = 20 * 3_600_000;
const DAY_MIN: u16 = 24 * 60;
const MINUTE_MS: Millis = 60_000;

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: Millis = 3_600_000;

    /// Wakes after each of these gaps, in minutes; gives what is usual in the end.
    fn usual_min(gaps_min: impl IntoIterator<Item = i64>) -> i64 {
        let (mut wakings, mut now) = (Wakings::default(), 100 * DAY_MS_MIN);
        for gap_min in gaps_min {
            now += gap_min * MINUTE_MS;
            wakings.on_gap(gap_min * MINUTE_MS, now);
        }
        wakings.usual_ms() / MINUTE_MS
    }

    #[test]
    fn a_device_that_reports_more_often_under_way_sleeps_for_a_night() {
        let days = |days: usize| (0..days).flat_map(|_| [30; 8].into_iter().chain([1200]));
        assert_eq!(usual_min(days(10)), 1200);
        assert_eq!(usual_min(days(10).chain([30; 8])), 1200, "in the evening");
    }

    #[test]
    fn one_outage_teaches_nothing_and_another_schedule_does_within_days() {
        assert_eq!(usual_min([1440, 1440, 1440, 3000, 1440]), 1440);
        assert_eq!(usual_min([360; 16]), 360);
        assert_eq!(usual_min([2880, 2880, 2880]), 2880);
        assert_eq!(Wakings::default().usual_ms(), 24 * HOUR_MS);
    }
}
