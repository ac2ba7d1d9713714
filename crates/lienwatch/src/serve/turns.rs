//! Fewer wake-ups under load: a thread that is busy anyway naps before it waits for sockets again.
//!
//! ```text
//! woken --> one frame, or a hundred --> nothing left --nap, while it is busy--> waits --> woken
//! ```
//! Trackers send frame by frame. To be woken for each costs two switches of threads and the caches of whoever had the core, more than the
//! frame itself: at 25,000 frames a second that is a tenth of a core. Shape: [`Turns`] is told of each turn's begin and end, and says how long
//! to nap; a thread has one of its own ([`began`], [`ended`]). Units: shares of a window's time. Errors: none.

use std::cell::RefCell;
use std::time::{Duration, Instant};
use tokio::runtime::Builder;

/// Has the threads of a runtime nap when they are busy.
pub(crate) fn unhurried(builder: &mut Builder) -> &mut Builder {
    builder.on_thread_unpark(began).on_thread_park(ended)
}

thread_local! {
    static TURNS: RefCell<Turns> = RefCell::new(Turns::of(Instant::now()));
}

fn began() {
    TURNS.with_borrow_mut(|turns| turns.begin(Instant::now()));
}

fn ended() {
    if TURNS.with_borrow_mut(|turns| turns.end(Instant::now())) {
        std::thread::sleep(NAP);
        // Something may have come meanwhile: then it does not wait, and nobody says that it woke.
        began();
    }
}

/// How a thread's time goes.
#[derive(Debug)]
struct Turns {
    /// Of the turn at hand.
    began: Instant,
    window: Instant,
    worked: Duration,
    is_busy: bool,
}

impl Turns {
    const fn of(now: Instant) -> Self {
        Self { began: now, window: now, worked: Duration::ZERO, is_busy: false }
    }

    const fn begin(&mut self, now: Instant) {
        self.began = now;
    }

    /// Whether to nap.
    fn end(&mut self, now: Instant) -> bool {
        self.worked += now.saturating_duration_since(self.began);
        self.began = now;
        let passed = now.saturating_duration_since(self.window);
        if passed >= WINDOW {
            let least = if self.is_busy { STILL_BUSY } else { BUSY };
            self.is_busy = self.worked >= passed / least;
            (self.window, self.worked) = (now, Duration::ZERO);
        }
        self.is_busy
    }
}

/// An acknowledgement waits for its commit for some milliseconds; this comes to it once or twice. At 25,000 frames a second a dozen come
/// meanwhile.
const NAP: Duration = Duration::from_micros(500);
/// Long enough for some turns, short enough that a burst is noticed while it lasts.
const WINDOW: Duration = Duration::from_millis(20);
/// One part of so many of the time: some 13,000 frames a second for one thread.
const BUSY: u32 = 4;
/// Since naps take work away, one stays busy with less.
const STILL_BUSY: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    /// A thread that is woken so often for so long; whether it naps in the end.
    fn woken(turns: &mut Turns, mut now: Instant, each: Duration, work: Duration) -> (Instant, bool) {
        let (until, mut naps) = (now + 2 * WINDOW, false);
        while now < until {
            turns.begin(now);
            naps = turns.end(now + work);
            now += each;
        }
        (now, naps)
    }

    #[test]
    fn who_is_busy_naps_until_there_is_little_to_do() {
        let now = Instant::now();
        let mut turns = Turns::of(now);
        let us = Duration::from_micros;
        let (now, naps) = woken(&mut turns, now, us(100), us(20));
        assert!(!naps, "a fifth of the time is not much");
        let (now, naps) = woken(&mut turns, now, us(40), us(20));
        assert!(naps);
        let (now, naps) = woken(&mut turns, now, us(550), us(80));
        assert!(naps, "it does the same with less, since it naps");
        let (_, naps) = woken(&mut turns, now, us(5_000), us(20));
        assert!(!naps);
    }

    #[test]
    fn a_lone_tracker_never_waits() {
        let now = Instant::now();
        let mut turns = Turns::of(now);
        let (_, naps) = woken(&mut turns, now, Duration::from_millis(10), Duration::from_micros(200));
        assert!(!naps);
    }
}
