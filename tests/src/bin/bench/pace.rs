//! How fast the processor is while something is measured. What else a rented machine's hardware carries makes it slower for seconds
//! or hours, and no counter of the guest says so.
//!
//! Shape: arithmetic that is always the same → what it took. Units: milliseconds of this thread's CPU, so that waiting for a core
//! is not in it. Errors: none.

use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;
use std::time::Duration;

/// Does the work once: about half a millisecond where nothing else is in the way.
pub(crate) fn work_ms() -> f64 {
    let began = spent();
    let done =
        (0..STEPS).fold(1_u64, |last, step| last.wrapping_mul(FACTOR).rotate_left(7) ^ black_box(step));
    black_box(done);
    spent().saturating_sub(began).as_secs_f64() * 1_000.0
}

/// This thread's CPU so far.
fn spent() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// Each waits for the one before it, some five cycles: half a millisecond of a processor of today.
const STEPS: u64 = 200_000;
/// Odd, so that no step loses what the ones before it did.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_counted_and_sleep_is_not() {
        let began = spent();
        std::thread::sleep(Duration::from_millis(20));
        let slept = spent().saturating_sub(began).as_secs_f64() * 1_000.0;
        assert!(work_ms() > slept, "{slept}");
    }
}
