//! How many frames a connection may say in a while. Pure: every instant is an argument.
//!
//! Shape: frames that were heard → the instant from which its socket is read again. Nothing is dropped: what is not read waits in
//! the buffers of the kernel and of the peer, which sends the slower. Units: frames, frames a second. Errors: none.
//! Source: `reliability.md` B30.

use std::time::{Duration, Instant};

/// What one terminal may say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    /// On and on.
    pub(crate) frames_per_s: u32,
    /// At once, after a silence: what it kept while it had no network.
    pub(crate) burst: u32,
}

impl Rate {
    /// How long so many frames last.
    fn lasts(self, frames: u32) -> Duration {
        Duration::from_secs(1).saturating_mul(frames) / self.frames_per_s.max(1)
    }
}

/// What a connection has spent, told by when that would have been said at its rate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    spent_until: Instant,
}

impl Allowance {
    /// Nothing is spent at `now`.
    pub(crate) const fn new(now: Instant) -> Self {
        Self { spent_until: now }
    }

    /// Frames were heard on a connection of so many terminals, each with a rate of its own.
    pub(crate) fn spend(&mut self, frames: u32, terminals: usize, rate: Rate, now: Instant) {
        let terminals = u32::try_from(terminals).unwrap_or(u32::MAX).max(1);
        self.spent_until = self.spent_until.max(now) + rate.lasts(frames) / terminals;
    }

    /// From when on the connection is read again, if it has spent more than it may.
    pub(crate) fn resumes(self, rate: Rate, now: Instant) -> Option<Instant> {
        let ahead = self.spent_until.saturating_duration_since(now);
        let over = ahead.saturating_sub(rate.lasts(rate.burst));
        (!over.is_zero()).then(|| now + over)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const RATE: Rate = Rate { frames_per_s: 20, burst: 600 };

    fn spent(frames: u32, terminals: usize) -> (Allowance, Instant) {
        let now = Instant::now();
        let mut allowance = Allowance::new(now);
        allowance.spend(frames, terminals, RATE, now);
        (allowance, now)
    }

    #[test]
    fn a_buffer_of_the_burst_is_heard_at_once_and_what_is_beyond_it_at_the_rate() {
        let (mut allowance, t0) = spent(600, 1);
        assert_eq!(allowance.resumes(RATE, t0), None);
        allowance.spend(40, 1, RATE, t0);
        assert_eq!(allowance.resumes(RATE, t0), Some(t0 + 2 * SECOND));
        assert_eq!(allowance.resumes(RATE, t0 + SECOND), Some(t0 + 2 * SECOND));
        assert_eq!(allowance.resumes(RATE, t0 + 2 * SECOND), None);
    }

    #[test]
    fn who_keeps_to_the_rate_is_never_kept_waiting() {
        let (mut allowance, t0) = spent(0, 1);
        for s in 0..10_000 {
            allowance.spend(20, 1, RATE, t0 + s * SECOND);
            assert_eq!(allowance.resumes(RATE, t0 + s * SECOND), None);
        }
    }

    #[test]
    fn silence_gives_the_burst_back_and_no_more() {
        let (mut allowance, t0) = spent(600, 1);
        let later = t0 + Duration::from_hours(24);
        allowance.spend(601, 1, RATE, later);
        assert_eq!(allowance.resumes(RATE, later), Some(later + SECOND / 20));
    }

    #[test]
    fn a_platform_that_relays_for_four_may_say_four_times_as_much() {
        let (mut allowance, t0) = spent(2_400, 4);
        assert_eq!(allowance.resumes(RATE, t0), None);
        allowance.spend(80, 4, RATE, t0);
        assert_eq!(allowance.resumes(RATE, t0), Some(t0 + SECOND));
    }
}
