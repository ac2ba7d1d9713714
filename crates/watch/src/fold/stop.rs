//! The word to stop, and how long the fold may go on after it.
//!
//! ```text
//! told --DRAIN_MAX, or nothing left to fold--> no step begins any more --GRACE_MAX--> over: what is under way is given up
//! ```
//! Shape: a channel in; whether and since when. Units: time of the machine. Errors: a sender that is gone has said stop. Source:
//! `reliability.md` §4.

use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// What the fold was told.
pub(super) struct Stop {
    told: watch::Receiver<bool>,
    since: Option<Instant>,
}

impl Stop {
    pub(super) const fn new(told: watch::Receiver<bool>) -> Self {
        Self { told, since: None }
    }

    /// Whether the fold was told to stop.
    pub(super) fn is_told(&mut self) -> bool {
        if *self.told.borrow() {
            self.since.get_or_insert_with(Instant::now);
        }
        self.since.is_some()
    }

    /// Whether that was so long ago that no step begins any more.
    pub(super) fn is_drained(&mut self) -> bool {
        self.is_told() && self.since.is_some_and(|since| since.elapsed() >= DRAIN_MAX)
    }

    /// Waits for the word. Cancel-safe.
    pub(super) async fn told(&mut self) -> Instant {
        if self.since.is_none() {
            // Gone without a word, the sender will not say it later.
            let _ = self.told.wait_for(|told| *told).await;
        }
        *self.since.get_or_insert_with(Instant::now)
    }

    /// Waits until it is over; where it is, at once. Cancel-safe.
    pub(super) async fn over(&mut self) {
        let since = self.told().await;
        sleep_until(since + DRAIN_MAX + GRACE_MAX).await;
    }
}

/// How long a stopping fold goes on: less than a service manager waits before it kills, with what is written at the end.
const DRAIN_MAX: Duration = Duration::from_secs(10);
/// A step that began just before takes tenths of a second, where the store answers.
const GRACE_MAX: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::timeout;

    #[tokio::test(start_paused = true)]
    async fn a_stop_is_over_some_seconds_after_the_word_and_not_before_it() {
        let (tell, told) = watch::channel(false);
        let mut stop = Stop::new(told);
        assert!(timeout(DRAIN_MAX * 2, stop.over()).await.is_err());
        assert!(!stop.is_told());
        tell.send_replace(true);
        assert!(timeout(DRAIN_MAX / 2, stop.over()).await.is_err());
        assert!(stop.is_told() && !stop.is_drained());
        assert!(timeout(DRAIN_MAX, stop.over()).await.is_ok(), "what was waited for counts");
        assert!(stop.is_drained());
        // As often as it is asked.
        stop.over().await;
    }
}
