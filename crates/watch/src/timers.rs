//! When to look at a vehicle, or at a terminal's commands, again although nothing came. Fires only at ticks, in
//! (time, subject) order.

use model::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

/// One time per subject, with an overlay for the step at hand.
#[derive(Debug)]
pub(crate) struct Timers<K> {
    queue: BTreeSet<(Timestamp, K)>,
    times: HashMap<K, Timestamp>,
    over: BTreeMap<K, Option<Timestamp>>,
}

impl<K> Default for Timers<K> {
    fn default() -> Self {
        Self { queue: BTreeSet::new(), times: HashMap::new(), over: BTreeMap::new() }
    }
}

impl<K: Ord + Hash + Copy> Timers<K> {
    pub(crate) fn set(&mut self, subject: K, at: Option<Timestamp>) {
        self.over.insert(subject, at);
    }

    /// Every subject whose time has come, in order of their times. None is left for later: which ones those would be depends on
    /// when each was looked at last, and a restart does not know that.
    pub(crate) fn due(&self, now: Timestamp) -> Vec<K> {
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
            if let Some(old) = self.times.remove(&subject) {
                self.queue.remove(&(old, subject));
            }
            if let Some(at) = at {
                self.times.insert(subject, at);
                self.queue.insert((at, subject));
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
        let due = |timers: &Timers<VehicleId>, ms| timers.due(Timestamp::from_ms(ms));
        assert_eq!(due(&timers, 8), [vehicle("B"), vehicle("C")]);
        timers.set(vehicle("B"), None);
        assert_eq!(due(&timers, 9), [vehicle("C"), vehicle("A")]);
        timers.discard();
        assert_eq!(due(&timers, 9), [vehicle("B"), vehicle("A")]);
        timers.set(vehicle("C"), at(6));
        assert_eq!(due(&timers, 9), [vehicle("B"), vehicle("C"), vehicle("A")], "none waits");
    }
}
