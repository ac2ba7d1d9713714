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
    let done = (0..STEPS).fold(CHAINS, |lasts, step| {
        let step = black_box(step);
        lasts.map(|last| last.wrapping_add(STIR).rotate_left(7) ^ step)
    });
    black_box(done);
    spent().saturating_sub(began).as_secs_f64() * 1_000.0
}

/// This thread's CPU so far.
fn spent() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// None waits for another one. A single chain leaves most of a core idle, and took the same time beside a neighbour on the core's
/// other thread, while a server took twice as long.
const CHAINS: [u64; 8] = [1, 2, 3, 4, 5, 6, 7, 8];
/// Half a millisecond of a processor of today.
const STEPS: u64 = 300_000;
/// Some bits.
const STIR: u64 = 0x9E37_79B9_7F4A_7C15;

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
