//! Devices that share something and fall silent together: a network, a city, a make, the server's own line.
//!
//! ```text
//! none --half of those that talk fell silent within ten minutes--> going on --half of them are back, or a week--> over
//! ```
//! While an outage goes on, silence of whoever shares its cause proves nothing: it is no coverage for them. Somebody who stays
//! away when it is over is missed as from its end.
//!
//! Shape: [`Outages::step`] looks at all states once a minute. Units: milliseconds of covered time. Errors: none. Source:
//! `domain.md` §7 (carrier outage guard); numbers marked [P] are ours.

use super::Condition;
use crate::VehicleState;
use crate::state::Terminal;
use model::input::Role;
use model::{About, ContractId, Finding, Group, Millis, Severity, Timestamp};
use serde::{Deserialize, Serialize};
use std::borrow::Borrow;
use std::cell::LazyCell;
use std::collections::BTreeMap;

/// A time in which a group of devices could not be heard, although the server listened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// What they share.
    pub group: Group,
    /// When the first of them was heard last.
    pub since: Timestamp,
    /// The same by the coverage clock.
    pub from_ms: Millis,
    /// When it was noticed, by the coverage clock.
    pub noticed_ms: Millis,
    /// When it was over, by the coverage clock.
    pub until_ms: Option<Millis>,
    /// How many fell silent.
    pub silent: u32,
    /// Of how many that talked.
    pub of: u32,
}

/// The outages that go on, and those that matter still.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Outages(Vec<Outage>);

/// What one pass over all vehicles gives.
#[derive(Default)]
struct Sum {
    /// Of each outage that goes on: who fell silent with it and was not heard since.
    missing: BTreeMap<Group, u32>,
    tallies: Tallies,
}

/// Devices that talk all the time, of each group that no outage silences.
#[derive(Default)]
pub struct Tallies(BTreeMap<Group, Tally>);

/// What a look at every vehicle gives.
#[derive(Default)]
pub struct Looked {
    /// The outages that began or ended.
    pub changed: Vec<Outage>,
    /// Who talks of those that no outage silences.
    pub tallies: Tallies,
}

/// Devices of a group that talk all the time.
#[derive(Default)]
pub(super) struct Tally {
    /// Heard lately.
    pub(super) alive: u32,
    /// Not since, but shortly before.
    lost: u32,
    /// Not for longer, but within the last hour or so: parked, most of them.
    parked: u32,
    /// The first of the lost: by the coverage clock, and by the server's.
    first: Option<(Millis, Timestamp)>,
}

impl Outages {
    /// As they were at a moment of the coverage clock, of which it is written down when they were noticed and over.
    pub fn as_of(recorded: &[Outage], coverage_ms: Millis) -> Self {
        let mut outages = Self::default();
        for outage in recorded.iter().filter(|outage| outage.noticed_ms <= coverage_ms) {
            let until_ms = outage.until_ms.filter(|until_ms| *until_ms <= coverage_ms);
            outages.begin(Outage { until_ms, ..outage.clone() });
        }
        outages.retain(coverage_ms);
        outages
    }

    /// Looks at every vehicle. `states` is gone through once, and once more for each outage that is found.
    pub fn step<S: Iterator<Item: Borrow<VehicleState>>>(
        &mut self,
        states: impl Fn() -> S,
        coverage_ms: Millis,
        run_coverage_ms: Millis,
    ) -> Looked {
        let mut sum = self.summed(states(), coverage_ms);
        let mut changed = self.end(&sum.missing, coverage_ms);
        // Devices come back one after the other when the server starts.
        for _ in 0..FOUND_A_LOOK_MAX {
            let has_room = self.going_on().count() < GOING_ON_MAX;
            let found = sum.widest(coverage_ms).filter(|_| run_coverage_ms >= STARTED_MS && has_room);
            let Some(mut outage) = found else { break };
            changed.extend(self.merge_into(&mut outage, states(), coverage_ms));
            changed.push(outage.clone());
            self.begin(outage);
            sum = self.summed(states(), coverage_ms);
        }
        self.retain(coverage_ms);
        Looked { changed, tallies: sum.tallies }
    }

    /// One pass: who is missing of each outage that goes on, and who talks of those that no outage silences.
    fn summed(&self, states: impl Iterator<Item: Borrow<VehicleState>>, coverage_ms: Millis) -> Sum {
        let mut sum = Sum::default();
        for state in states {
            let state = state.borrow();
            let Some(talker) = talker(state) else { continue };
            let groups = groups_of(state, talker);
            let mut is_excused = false;
            for outage in self.going_on().filter(|outage| groups.contains(&Some(outage.group))) {
                is_excused = true;
                if outage.silenced(talker.heard.coverage_ms) {
                    *sum.missing.entry(outage.group).or_default() += 1;
                }
            }
            let age_ms = coverage_ms - talker.heard.coverage_ms;
            if is_excused || age_ms > PARKED_MS_MAX {
                continue;
            }
            for group in groups.into_iter().flatten() {
                sum.tallies.0.entry(group).or_default().add(talker, age_ms);
            }
        }
        sum
    }

    fn end(&mut self, missing: &BTreeMap<Group, u32>, coverage_ms: Millis) -> Vec<Outage> {
        let mut ended = Vec::new();
        for outage in self.0.iter_mut().filter(|outage| outage.until_ms.is_none()) {
            let missing = missing.get(&outage.group).copied().unwrap_or_default();
            let is_long = coverage_ms - outage.from_ms >= GOING_ON_MS_MAX;
            if missing <= outage.silent / 2 || is_long {
                outage.until_ms = Some(coverage_ms);
                ended.push(outage.clone());
            }
        }
        ended
    }

    /// An outage takes over those that it began with, if nearly all of their silent cars share its cause: a town of which half is
    /// silent is noticed a minute before the network is, and people are to look at one incident. It begins with the first of them.
    fn merge_into(
        &mut self,
        wide: &mut Outage,
        states: impl Iterator<Item: Borrow<VehicleState>>,
        coverage_ms: Millis,
    ) -> Vec<Outage> {
        let is_part = |part: &Outage| (part.from_ms - wide.from_ms).abs() <= LOST_MS_MAX;
        let mut parts: Vec<(Group, Overlap)> = self
            .going_on()
            .filter(|outage| is_part(outage))
            .map(|part| (part.group, Overlap::default()))
            .collect();
        if parts.is_empty() {
            return Vec::new();
        }
        for state in states {
            let state = state.borrow();
            for (group, overlap) in &mut parts {
                if let Some(part) = self.going_on().find(|outage| outage.group == *group) {
                    overlap.count(part, wide, state);
                }
            }
        }
        let mut merged = Vec::new();
        for (group, overlap) in parts.iter().filter(|(_, overlap)| overlap.is_one_incident()) {
            let mut going_on = self.0.iter_mut().filter(|outage| outage.until_ms.is_none());
            let Some(part) = going_on.find(|outage| outage.group == *group) else { continue };
            part.until_ms = Some(coverage_ms);
            (wide.from_ms, wide.since) = (wide.from_ms.min(part.from_ms), wide.since.min(part.since));
            (wide.silent, wide.of) = (wide.silent + overlap.shared, wide.of + overlap.of);
            merged.push(part.clone());
        }
        merged
    }

    /// In the order of their starts, which is not the one in which they are noticed.
    fn begin(&mut self, outage: Outage) {
        let at = self.0.partition_point(|other| other.from_ms <= outage.from_ms);
        self.0.insert(at, outage);
    }

    fn retain(&mut self, coverage_ms: Millis) {
        self.0.retain(|outage| outage.until_ms.is_none_or(|until_ms| coverage_ms - until_ms <= KEPT_MS));
        while self.0.len() > OUTAGES_MAX {
            let Some(oldest) = self.0.iter().position(|outage| outage.until_ms.is_some()) else { break };
            self.0.remove(oldest);
        }
    }

    /// Those that go on.
    pub fn going_on(&self) -> impl Iterator<Item = &Outage> {
        self.0.iter().filter(|outage| outage.until_ms.is_none())
    }

    /// Whether a vehicle fell silent with one of them and has not been heard since.
    pub(crate) fn has_silenced(&self, state: &VehicleState) -> bool {
        self.0.iter().any(|outage| outage.has_silenced(state))
    }

    /// For how long between two moments of the coverage clock it could not have been heard, by what it shares with others.
    pub(crate) fn excused_ms(
        &self,
        shared: impl FnOnce() -> Shared,
        from_ms: Millis,
        to_ms: Millis,
    ) -> Millis {
        // On nearly every look there was no outage.
        let shared = LazyCell::new(shared);
        // Sorted by their start; the next begins to count where the one before ended.
        let mut counted_to = from_ms;
        let mut excused_ms = 0;
        for outage in &self.0 {
            let until_ms = outage.until_ms.unwrap_or(to_ms).min(to_ms);
            let begins_ms = outage.from_ms.max(counted_to);
            if until_ms > begins_ms && shared.contains(&Some(outage.group)) {
                excused_ms += until_ms - begins_ms;
                counted_to = until_ms;
            }
        }
        excused_ms
    }
}

/// What the cars of an outage have in common with a wider one.
#[derive(Default)]
struct Overlap {
    /// Of the part, silent still.
    silent: u32,
    /// Of these in the wider one too.
    shared: u32,
    /// Of both, silent or not.
    of: u32,
}

impl Overlap {
    fn count(&mut self, part: &Outage, wide: &Outage, state: &VehicleState) {
        let is_shared = part.holds(state) && wide.holds(state);
        if part.has_silenced(state) {
            self.silent += 1;
            self.shared += u32::from(is_shared);
        }
        self.of += u32::from(is_shared && talker(state).is_some());
    }

    const fn is_one_incident(&self) -> bool {
        self.silent > 0 && self.shared * 100 >= self.silent * MERGED_PERCENT_MIN
    }
}

impl Sum {
    /// The widest outage that nobody has noticed yet, in the order of the groups: everyone, networks, cities, makes.
    fn widest(&self, coverage_ms: Millis) -> Option<Outage> {
        self.tallies.iter().find_map(|(group, tally)| {
            let of = tally.alive + tally.lost;
            let is_outage = tally.lost >= LOST_MIN
                && tally.lost * 100 >= of * LOST_PERCENT_MIN
                && tally.lost * 100 >= (of + tally.parked) * LOST_OF_ALL_PERCENT_MIN;
            let (from_ms, since) = tally.first.filter(|_| is_outage)?;
            let (silent, noticed_ms) = (tally.lost, coverage_ms);
            Some(Outage { group, since, from_ms, noticed_ms, until_ms: None, silent, of })
        })
    }
}

impl Outage {
    /// Whether a vehicle's devices share its cause.
    pub fn holds(&self, state: &VehicleState) -> bool {
        groups(state).contains(&Some(self.group))
    }

    /// Whether a vehicle fell silent with it and has not been heard since.
    pub fn has_silenced(&self, state: &VehicleState) -> bool {
        self.holds(state) && state.heard.is_some_and(|heard| self.silenced(heard.coverage_ms))
    }

    /// What is told of it; `overdue` are the contracts of the silenced vehicles, the longest past due first.
    pub fn condition(&self, overdue: Vec<ContractId>) -> Condition {
        let Self { group, since, silent, of, .. } = *self;
        Condition {
            about: About::Group(group),
            episode: since,
            event_time: since,
            finding: Finding::Outage { since, silent, of, overdue },
            severity: if group == Group::Everyone { Severity::P1 } else { Severity::P2 },
        }
    }

    fn silenced(&self, heard_ms: Millis) -> bool {
        (self.from_ms..=self.noticed_ms).contains(&heard_ms)
    }
}

impl Tallies {
    pub(super) fn iter(&self) -> impl Iterator<Item = (Group, &Tally)> {
        self.0.iter().map(|(group, tally)| (*group, tally))
    }

    pub(super) fn get(&self, group: Group) -> Option<&Tally> {
        self.0.get(&group)
    }

    #[cfg(test)]
    pub(super) fn of(group: Group, alive: u32, lost: u32) -> Self {
        Self(BTreeMap::from([(group, Tally { alive, lost, ..Tally::default() })]))
    }
}

impl Tally {
    /// How many of those that talked are heard still.
    pub(super) const fn alive_percent(&self) -> u32 {
        let of = self.alive.saturating_add(self.lost);
        match self.alive.saturating_mul(100).checked_div(of) {
            Some(percent) => percent,
            None => 0,
        }
    }

    fn add(&mut self, talker: &Terminal, age_ms: Millis) {
        if age_ms <= ALIVE_MS_MAX {
            self.alive += 1;
            return;
        }
        if age_ms > LOST_MS_MAX {
            self.parked += 1;
            return;
        }
        self.lost += 1;
        let heard = (talker.heard.coverage_ms, talker.heard.at);
        self.first = Some(self.first.map_or(heard, |first| first.min(heard)));
    }
}

/// The wired device that was heard last, if it talks all the time.
fn talker(state: &VehicleState) -> Option<&Terminal> {
    let mains = state.terminals.iter().filter(|terminal| terminal.role == Some(Role::Main));
    mains
        .max_by_key(|terminal| terminal.heard.coverage_ms)
        .filter(|main| main.usual_interval_ms.is_some_and(|usual_ms| usual_ms <= TALKS_MS_MAX))
}

/// What fails for many at once: everyone's line, a network, a town, a make.
pub(crate) type Shared = [Option<Group>; 4];

/// What a vehicle shares with others, by the device that speaks for it.
pub(crate) fn groups(state: &VehicleState) -> Shared {
    shared(state, speaker(state), carrier(speaker(state)))
}

/// What one of its devices shares with others. One whose card nobody knows is held to be in the network of the vehicle.
pub(crate) fn groups_of(state: &VehicleState, device: &Terminal) -> Shared {
    shared(state, Some(device), carrier(Some(device)).or_else(|| carrier(speaker(state))))
}

fn shared(state: &VehicleState, device: Option<&Terminal>, carrier: Option<Group>) -> Shared {
    let batch = device.and_then(|device| Group::batch(device.id));
    let cell = state.last.map(|last| Group::cell(last.coordinates));
    [Some(Group::Everyone), carrier, cell, batch]
}

fn carrier(device: Option<&Terminal>) -> Option<Group> {
    device.and_then(|device| device.signals()?.issuer()).map(Group::Carrier)
}

/// The wired device; a hidden one where there is none, or none that was alive when the vehicle was heard last.
fn speaker(state: &VehicleState) -> Option<&Terminal> {
    let heard_last = |is_main: bool| {
        let such = state.terminals.iter().filter(|terminal| (terminal.role == Some(Role::Main)) == is_main);
        such.max_by_key(|terminal| terminal.heard.coverage_ms)
    };
    let was_alive = |main: &&Terminal| {
        state.heard.is_none_or(|heard| heard.coverage_ms - main.heard.coverage_ms <= DEAD_MS)
    };
    heard_last(true).filter(was_alive).or_else(|| heard_last(false)).or_else(|| heard_last(true))
}

/// The rule in a sentence.
pub(super) const SENTENCE: &str = "half of the devices of one network, city or make, or of all, at least ten, fall silent within ten minutes: one alert, which \
     names the overdue contracts among them; their silence counts from its end";

/// Under way or parked, a wired device says something each five minutes at the latest [P].
const TALKS_MS_MAX: Millis = 6 * 60_000;
/// Heard so lately it lives; heard at twice this it fell silent just now [P].
const ALIVE_MS_MAX: Millis = 10 * 60_000;
const LOST_MS_MAX: Millis = 2 * ALIVE_MS_MAX;
/// Fewer are cars that were parked [P].
const LOST_MIN: u32 = 10;
/// At the end of a working day a tenth of a fleet parks within ten minutes, not half of it [P].
const LOST_PERCENT_MIN: u32 = 50;
/// Of a night's last twenty talkers ten may park within ten minutes: they are few of those that talked in the hour before [P].
const LOST_OF_ALL_PERCENT_MIN: u32 = 30;
const PARKED_MS_MAX: Millis = LOST_MS_MAX + 60 * 60_000;
/// A few cars of a town are in another network [P].
const MERGED_PERCENT_MIN: u32 = 90;
/// A wired device that is heard no more for a day longer than a hidden one is off [P].
const DEAD_MS: Millis = 24 * 3_600_000;
/// Devices have come back by then after the server was away [P].
const STARTED_MS: Millis = 20 * 60_000;
/// What cannot be heard for a week is missing, whatever the reason [P].
const GOING_ON_MS_MAX: Millis = 7 * 24 * 3_600_000;
/// A silence that began before is told long since.
const KEPT_MS: Millis = 40 * 24 * 3_600_000;
/// Outages that go on at once: with more something else is wrong, and cars are looked at one by one.
const GOING_ON_MAX: usize = 256;
/// Those and the ones that are over: each is 60 bytes in every checkpoint.
const OUTAGES_MAX: usize = 1_024;
/// Each costs a pass over all vehicles; what is left is found a minute later [P].
const FOUND_A_LOOK_MAX: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn outage(from_ms: Millis, until_ms: Option<Millis>) -> Outage {
        let (group, since) = (Group::Everyone, Timestamp::from_ms(from_ms));
        Outage { group, since, from_ms, noticed_ms: from_ms + ALIVE_MS_MAX, until_ms, silent: 10, of: 20 }
    }

    #[test]
    fn outages_stand_in_the_order_of_their_starts_however_they_are_noticed() {
        let mut outages = Outages::default();
        outages.begin(outage(5_000, Some(9_000)));
        outages.begin(outage(1_000, Some(6_000)));
        let state = VehicleState::default();
        assert_eq!(
            outages.excused_ms(|| groups(&state), 0, 10_000),
            8_000,
            "from 1 s to 9 s, each moment once"
        );
    }

    #[test]
    fn outages_that_are_over_leave_room_and_go_before_those_that_go_on() {
        let mut outages = Outages::default();
        outages.begin(outage(0, None));
        for number in 1..=2_000 {
            outages.begin(outage(number, Some(number + 1)));
        }
        outages.retain(3_000);
        assert_eq!((outages.0.len(), outages.going_on().count()), (OUTAGES_MAX, 1));
        assert_eq!(outages.0.last().map(|outage| outage.from_ms), Some(2_000));
    }
}
