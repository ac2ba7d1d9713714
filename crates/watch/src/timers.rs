//! When to look at a vehicle again although nothing came. Fires only at ticks, in (time, vehicle) order.

use model::{Timestamp, VehicleId};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One time per vehicle, with an overlay for the step at hand.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    queue: BTreeSet<(Timestamp, VehicleId)>,
    times: HashMap<VehicleId, Timestamp>,
    over: BTreeMap<VehicleId, Option<Timestamp>>,
}

impl Timers {
    pub(crate) fn set(&mut self, vehicle: VehicleId, at: Option<Timestamp>) {
        self.over.insert(vehicle, at);
    }

    /// Vehicles whose time has come, in order.
    pub(crate) fn due(&self, now: Timestamp) -> Vec<VehicleId> {
        let committed = self
            .queue
            .iter()
            .take_while(|(at, _)| *at <= now)
            .filter(|(_, vehicle)| !self.over.contains_key(vehicle))
            .copied();
        let changed =
            self.over.iter().filter_map(|(vehicle, at)| at.filter(|at| *at <= now).map(|at| (at, *vehicle)));
        let mut due: Vec<(Timestamp, VehicleId)> = committed.chain(changed).collect();
        due.sort_unstable();
        due.into_iter().map(|(_, vehicle)| vehicle).collect()
    }

    pub(crate) fn merge(&mut self) {
        for (vehicle, at) in std::mem::take(&mut self.over) {
            if let Some(old) = self.times.remove(&vehicle) {
                self.queue.remove(&(old, vehicle));
            }
            if let Some(at) = at {
                self.times.insert(vehicle, at);
                self.queue.insert((at, vehicle));
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

    #[test]
    fn timers_fire_in_order_of_time_and_the_overlay_wins() {
        let vehicle = |name: &str| VehicleId::parse(name).unwrap();
        let at = |ms| Some(Timestamp::from_ms(ms));
        let mut timers = Timers::default();
        timers.set(vehicle("B"), at(5));
        timers.set(vehicle("A"), at(9));
        timers.merge();
        timers.set(vehicle("C"), at(7));
        assert_eq!(timers.due(Timestamp::from_ms(8)), [vehicle("B"), vehicle("C")]);
        timers.set(vehicle("B"), None);
        assert_eq!(timers.due(Timestamp::from_ms(9)), [vehicle("C"), vehicle("A")]);
        timers.discard();
        assert_eq!(timers.due(Timestamp::from_ms(9)), [vehicle("B"), vehicle("A")]);
    }
}
