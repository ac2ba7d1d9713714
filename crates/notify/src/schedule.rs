//! When to try again.
//!
//! Shape: how many attempts failed → a span, or none when it is enough. Units: real ms. Errors: none. Source: Standard
//! Webhooks, "Retries"; an alert that nobody took for a day is dead (`reliability.md` §5).

use model::Millis;

/// How long to wait after the `attempt`th attempt failed, counted from 1. `jitter` is a random share, 0..=1000.
pub(crate) fn wait_ms(attempt: u32, jitter: i64) -> Option<Millis> {
    let place = usize::try_from(attempt.checked_sub(1)?).ok()?;
    WAITS_S.get(place).map(|wait_s| wait_s * 1000 + wait_s * JITTER_PERCENT_MAX * jitter / 100)
}

/// Waits after each failed attempt, seconds: one attempt more than there are waits.
const WAITS_S: [i64; 8] = [5, 30, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 4 * 3600];
/// So that the entries of an outage do not come back all at once.
const JITTER_PERCENT_MAX: i64 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_by_at_most_a_tenth_of_jitter_and_end() {
        assert_eq!(wait_ms(1, 0), Some(5_000));
        assert_eq!(wait_ms(1, 1000), Some(5_500));
        assert_eq!(wait_ms(3, 500), Some(315_000));
        assert_eq!(wait_ms(8, 0), Some(4 * 3_600_000));
        assert_eq!(wait_ms(9, 0), None);
        assert_eq!(wait_ms(0, 0), None);
    }

    #[test]
    fn all_attempts_are_over_within_a_day() {
        let waits = (1..).map_while(|attempt| wait_ms(attempt, 1000));
        assert!(waits.sum::<i64>() <= 24 * 3_600_000);
    }
}
