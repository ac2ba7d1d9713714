//! Cities and networks in which devices are heard well: there silence is of one vehicle, and not of what it shares with others.
//!
//! ```text
//! none --eight talk, nine of ten--> heard well --fewer than five, or less than three quarters--> none
//! ```
//! Shape: [`Earshots::step`] takes over what the look for outages has counted, once a minute. Units: milliseconds of covered time.
//! Errors: none. Source: `domain.md` §3b JAM_SUSPECT ("in an area where other vehicles report well"); numbers marked [P] are ours.

use super::outage::{Tallies, Tally, groups};
use crate::VehicleState;
use model::{Group, Millis};
use serde::{Deserialize, Serialize};

/// A time in which the devices of a city or a network were heard well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earshot {
    /// Which.
    pub group: Group,
    /// Since when, by the coverage clock.
    pub from_ms: Millis,
    /// Until when; none while it goes on.
    pub until_ms: Option<Millis>,
}

/// Those that go on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Earshots(Vec<Earshot>);

impl Earshots {
    /// As they were at a moment of the coverage clock, of which it is written down when they began and ended.
    pub fn as_of(recorded: &[Earshot], coverage_ms: Millis) -> Self {
        let goes_on = |earshot: &&Earshot| {
            earshot.from_ms <= coverage_ms && earshot.until_ms.is_none_or(|until_ms| until_ms > coverage_ms)
        };
        let going_on = recorded.iter().filter(goes_on);
        Self(going_on.map(|earshot| Earshot { until_ms: None, ..*earshot }).collect())
    }

    /// Steps by what was counted at a moment of the coverage clock; gives those that began or ended.
    pub fn step(&mut self, tallies: &Tallies, coverage_ms: Millis) -> Vec<Earshot> {
        let (going_on, over): (Vec<Earshot>, Vec<Earshot>) = std::mem::take(&mut self.0)
            .into_iter()
            .partition(|earshot| tallies.get(earshot.group).is_some_and(goes_on));
        self.0 = going_on;
        let mut changed: Vec<Earshot> =
            over.into_iter().map(|earshot| Earshot { until_ms: Some(coverage_ms), ..earshot }).collect();
        for (group, _) in tallies.iter().filter(|(group, tally)| is_area(*group) && begins(tally)) {
            let is_known = self.0.iter().any(|earshot| earshot.group == group);
            if !is_known && self.0.len() < EARSHOTS_MAX {
                let earshot = Earshot { group, from_ms: coverage_ms, until_ms: None };
                self.0.push(earshot);
                changed.push(earshot);
            }
        }
        changed
    }

    /// The city around a vehicle, if devices there, and those of the vehicle's network where that is known, have been heard well
    /// since a moment of the coverage clock.
    pub(crate) fn around(&self, state: &VehicleState, since_ms: Millis) -> Option<Group> {
        let mut areas = groups(state).into_iter().flatten().filter(|group| is_area(*group));
        let is_heard =
            |group: Group| self.0.iter().any(|earshot| earshot.group == group && earshot.from_ms <= since_ms);
        areas.clone().all(is_heard).then(|| areas.find(|group| matches!(group, Group::Cell { .. })))?
    }
}

/// What surrounds a vehicle, or carries its words.
const fn is_area(group: Group) -> bool {
    matches!(group, Group::Cell { .. } | Group::Carrier(_))
}

fn begins(tally: &Tally) -> bool {
    tally.alive >= BEGIN_MIN && tally.alive_percent() >= BEGIN_PERCENT_MIN
}

fn goes_on(tally: &Tally) -> bool {
    tally.alive >= GO_ON_MIN && tally.alive_percent() >= GO_ON_PERCENT_MIN
}

/// Fewer say nothing of a city [P]; it begins with more, so that one car that is parked does not end it.
const BEGIN_MIN: u32 = 8;
const GO_ON_MIN: u32 = 5;
/// At the end of a working day a tenth of a fleet parks within ten minutes [P].
const BEGIN_PERCENT_MIN: u32 = 90;
/// An outage silences half; a quarter may be the begin of one [P].
const GO_ON_PERCENT_MIN: u32 = 75;
/// Cities and networks of a fleet: each is 40 bytes in every checkpoint.
const EARSHOTS_MAX: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    const CITY: Group = Group::Cell { lat: 45, lon: 228 };

    fn counted(alive: u32, lost: u32) -> Tallies {
        Tallies::of(CITY, alive, lost)
    }

    #[test]
    fn a_city_is_heard_well_from_eight_devices_on_until_fewer_than_five_or_a_quarter_is_lost() {
        let mut earshots = Earshots::default();
        assert_eq!(earshots.step(&counted(7, 0), 1), []);
        assert_eq!(earshots.step(&counted(8, 1), 2), [], "one of nine was lost just now");
        let began = Earshot { group: CITY, from_ms: 3, until_ms: None };
        assert_eq!(earshots.step(&counted(8, 0), 3), [began]);
        assert_eq!(earshots.step(&counted(6, 2), 4), []);
        assert_eq!(earshots.step(&counted(5, 2), 5), [Earshot { until_ms: Some(5), ..began }]);
        earshots.step(&counted(10, 0), 6);
        assert_eq!(earshots.step(&counted(4, 0), 7).len(), 1, "four");
    }

    #[test]
    fn what_was_written_down_is_what_went_on_then() {
        let first = Earshot { group: CITY, from_ms: 3, until_ms: Some(5) };
        let second = Earshot { group: CITY, from_ms: 9, until_ms: None };
        let since = |coverage_ms| {
            let Earshots(going_on) = Earshots::as_of(&[first, second], coverage_ms);
            going_on.iter().map(|earshot| earshot.from_ms).collect::<Vec<_>>()
        };
        assert_eq!([since(2), since(3), since(5), since(9)], [vec![], vec![3], vec![], vec![9]]);
    }
}
