//! What changed lately, so that whoever was away for a moment can be told of it.
//!
//! Shape: changes in, numbered from 1; what lies behind a number out, as long as the ring reaches back so far. Units: changes; real
//! time. Errors: none; [`Behind::Gone`] is an answer.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Changes, the oldest first.
pub(super) struct Ring<T> {
    changes: VecDeque<(u64, Instant, Arc<T>)>,
    last: u64,
    room: usize,
}

/// What lies behind a number.
pub(super) enum Behind<T> {
    /// These, in their order; a part where there are many.
    These(Vec<(u64, Arc<T>)>),
    /// Some of it is no longer here.
    Gone,
}

impl<T> Ring<T> {
    pub(super) fn new(room: usize) -> Self {
        Self { changes: VecDeque::new(), last: 0, room }
    }

    /// Adds a change, and lets go of what is old or too much.
    pub(super) fn push(&mut self, change: T, now: Instant) {
        self.last = self.last.saturating_add(1);
        self.changes.push_back((self.last, now, Arc::new(change)));
        let is_old = |at: &Instant| now.duration_since(*at) > KEPT_MAX;
        while self.changes.len() > self.room || self.changes.front().is_some_and(|(_, at, _)| is_old(at)) {
            self.changes.pop_front();
        }
    }

    /// Something was not seen: whoever is behind it has to read everything again.
    pub(super) fn cut(&mut self) {
        self.changes.clear();
        self.last = self.last.saturating_add(1);
    }

    /// The number of the last change.
    pub(super) const fn last(&self) -> u64 {
        self.last
    }

    /// What lies behind a number, at most so many.
    pub(super) fn behind(&self, number: u64, most: usize) -> Behind<T> {
        if number > self.last {
            return Behind::Gone;
        }
        let first = self.changes.front().map_or(self.last.saturating_add(1), |(first, _, _)| *first);
        if number.saturating_add(1) < first {
            return Behind::Gone;
        }
        let at = usize::try_from(number.saturating_add(1).saturating_sub(first)).unwrap_or(usize::MAX);
        let these = self.changes.iter().skip(at).take(most);
        Behind::These(these.map(|(number, _, change)| (*number, Arc::clone(change))).collect())
    }
}

/// Longer than a laptop takes to change its network.
const KEPT_MAX: Duration = Duration::from_mins(10);

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(ring: &Ring<u32>, number: u64, most: usize) -> Option<Vec<u64>> {
        match ring.behind(number, most) {
            Behind::These(these) => Some(these.into_iter().map(|(number, _)| number).collect()),
            Behind::Gone => None,
        }
    }

    #[test]
    fn nothing_is_told_twice_and_nothing_left_out_as_long_as_it_is_here() {
        let (mut ring, now) = (Ring::new(4), Instant::now());
        assert_eq!(numbers(&ring, 0, 9), Some(vec![]));
        for change in 0..3 {
            ring.push(change, now);
        }
        assert_eq!(numbers(&ring, 0, 9), Some(vec![1, 2, 3]));
        assert_eq!((numbers(&ring, 1, 1), numbers(&ring, 3, 9)), (Some(vec![2]), Some(vec![])));
        for change in 3..6 {
            ring.push(change, now);
        }
        assert_eq!((numbers(&ring, 1, 9), numbers(&ring, 2, 9)), (None, Some(vec![3, 4, 5, 6])));
        assert_eq!(numbers(&ring, 7, 9), None, "of another server, or of before its restart");
    }

    #[test]
    fn what_is_ten_minutes_old_goes_and_a_cut_is_met_by_everybody_behind_it() {
        let (mut ring, now) = (Ring::new(9), Instant::now());
        ring.push(0, now);
        ring.push(1, now + KEPT_MAX + Duration::from_secs(1));
        assert_eq!((numbers(&ring, 0, 9), numbers(&ring, 1, 9)), (None, Some(vec![2])));
        ring.cut();
        assert_eq!((numbers(&ring, 2, 9), numbers(&ring, 3, 9)), (None, Some(vec![])));
    }
}
