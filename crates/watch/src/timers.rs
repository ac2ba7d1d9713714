//! When to look at a vehicle, or at a terminal's commands, again although nothing came. Fires only at ticks, in
//! (time, subject) order.

use foldhash::HashMap;
use model::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;

/// One time per subject, with an overlay for the step at hand.
#[derive(Debug)]
pub(crate) struct Timers<K> {
    /// Where each waits: at its time, or at an earlier one that it had before. Nearly every report of a car puts its time off.
    queue: BTreeSet<(Timestamp, K)>,
    waiting: HashMap<K, Wait>,
    over: BTreeMap<K, Option<Timestamp>>,
}

/// One that waits.
#[derive(Debug, Clone, Copy)]
struct Wait {
    /// Its time.
    at: Timestamp,
    /// Its place in the queue, not behind its time.
    queued: Timestamp,
}

impl<K> Default for Timers<K> {
    fn default() -> Self {
        Self { queue: BTreeSet::new(), waiting: HashMap::default(), over: BTreeMap::new() }
    }
}

impl<K: Ord + Hash + Copy> Timers<K> {
    pub(crate) fn set(&mut self, subject: K, at: Option<Timestamp>) {
        self.over.insert(subject, at);
    }

    /// Every subject whose time has come, in order of their times. None is left for later: which ones those would be depends on
    /// when each was looked at last, and a restart does not know that.
    pub(crate) fn due(&mut self, now: Timestamp) -> Vec<K> {
        self.put_off(now);
        let committed = self
            .queue
            .iter()
            .take_while(|(at, _)| *at <= now)
            .filter(|(_, subject)| !self.over.contains_key(subject))
            .copied();
        let changed =
            self.over.iter().filter_map(|(subject, at)| at.filter(|at| *at <= now).map(|at| (at, *subject)));
        let mut due: Vec<(Timestamp, K)> = committed.chain(changed).collect();
        due.sort_unstable();
        due.into_iter().map(|(_, subject)| subject).collect()
    }

    pub(crate) fn merge(&mut self) {
        for (subject, at) in std::mem::take(&mut self.over) {
            if let (Some(wait), Some(at)) = (self.waiting.get_mut(&subject), at)
                && wait.queued <= at
            {
                wait.at = at;
                continue;
            }
            if let Some(wait) = self.waiting.remove(&subject) {
                self.queue.remove(&(wait.queued, subject));
            }
            if let Some(at) = at {
                self.waiting.insert(subject, Wait { at, queued: at });
                self.queue.insert((at, subject));
            }
        }
    }

    /// Takes those to their own time whose place in the queue has come before it: behind this the queue is right up to now.
    fn put_off(&mut self, now: Timestamp) {
        let early = self.queue.iter().take_while(|(queued, _)| *queued <= now).copied();
        let early =
            early.filter(|(queued, subject)| self.waiting.get(subject).is_some_and(|wait| *queued < wait.at));
        for (queued, subject) in early.collect::<Vec<_>>() {
            self.queue.remove(&(queued, subject));
            if let Some(wait) = self.waiting.get_mut(&subject) {
                wait.queued = wait.at;
                self.queue.insert((wait.at, subject));
            }
        }
    }

    pub(crate) fn discard(&mut self) {
        self.over.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::VehicleId;

    #[test]
    fn timers_fire_in_order_of_time_and_the_overlay_wins() {
        let vehicle = |name: &str| VehicleId::parse(name).unwrap();
        let at = |ms| Some(Timestamp::from_ms(ms));
        let mut timers = Timers::default();
        timers.set(vehicle("B"), at(5));
        timers.set(vehicle("A"), at(9));
        timers.merge();
        timers.set(vehicle("C"), at(7));
        let due = |timers: &mut Timers<VehicleId>, ms| timers.due(Timestamp::from_ms(ms));
        assert_eq!(due(&mut timers, 8), [vehicle("B"), vehicle("C")]);
        timers.set(vehicle("B"), None);
        assert_eq!(due(&mut timers, 9), [vehicle("C"), vehicle("A")]);
        timers.discard();
        assert_eq!(due(&mut timers, 9), [vehicle("B"), vehicle("A")]);
        timers.set(vehicle("C"), at(6));
        assert_eq!(due(&mut timers, 9), [vehicle("B"), vehicle("C"), vehicle("A")], "none waits");
    }

    #[test]
    fn what_is_put_off_fires_at_its_last_time_and_what_is_brought_forward_at_its_first() {
        let vehicle = |name: &str| VehicleId::parse(name).unwrap();
        let at = |ms| Some(Timestamp::from_ms(ms));
        let mut timers = Timers::default();
        let due = |timers: &mut Timers<VehicleId>, ms| timers.due(Timestamp::from_ms(ms));
        let merge = |timers: &mut Timers<VehicleId>, name: &str, ms| {
            timers.set(vehicle(name), ms);
            timers.merge();
        };
        merge(&mut timers, "A", at(5));
        merge(&mut timers, "B", at(6));
        merge(&mut timers, "A", at(9));
        assert_eq!(due(&mut timers, 8), [vehicle("B")]);
        merge(&mut timers, "A", at(20));
        timers.set(vehicle("A"), at(9));
        assert_eq!(due(&mut timers, 9), [vehicle("B"), vehicle("A")], "the overlay alone says so");
        timers.discard();
        assert_eq!(due(&mut timers, 19), [vehicle("B")]);
        merge(&mut timers, "A", at(7));
        merge(&mut timers, "B", None);
        assert_eq!(due(&mut timers, 8), [vehicle("A")]);
        merge(&mut timers, "A", at(30));
        merge(&mut timers, "A", None);
        assert!(due(&mut timers, 40).is_empty() && timers.queue.is_empty(), "nobody waits");
    }
}
