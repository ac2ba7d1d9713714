//! What is remembered of one vehicle: measurements only, no threshold of a rule, no loan, no alert.
//!
//! Shape: stepped by [`crate::observe`], read by [`crate::judge`]; serialized as a checkpoint of some hundred bytes.
//! Units: see each field; `coverage_ms` is time in which the server could listen. Errors: none; a checkpoint of
//! another [`VehicleState::FORMAT`] is begun anew. Source: DESIGN.md §1, fine print 3 and 9.

mod terminal;

use crate::areas::Areas;
use crate::geometry::distance_m;
use crate::haunts::Haunts;
use crate::motion::{Motion, Seen};
use crate::pair::Pair;
use crate::trips::{Towing, Week};
use model::alert::Evidence;
use model::input::Role;
use model::{Coordinates, Millis, TerminalId, Timestamp};
use serde::{Deserialize, Serialize};
pub(crate) use terminal::{Blind, Terminal, TerminalFix};

/// Measurements of one vehicle, or of a terminal that is bound to none.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct VehicleState {
    pub(crate) terminals: Vec<Terminal>,
    pub(crate) heard: Option<Heard>,
    pub(crate) tampered_at: Option<Timestamp>,
    pub(crate) last: Option<Place>,
    pub(crate) suspect: Option<Suspect>,
    pub(crate) motion: Motion,
    /// Moves with the ignition off, or did to where it stands now.
    pub(crate) towing: Option<Box<Towing>>,
    /// What it usually does, once it does anything.
    habits: Option<Box<Habits>>,
    /// What its two devices say of each other.
    pub(crate) pair: Option<Box<Pair>>,
    /// Places that it is in, or was in.
    pub(crate) areas: Option<Box<Areas>>,
}

/// What a vehicle usually does, beside where it usually stands: that is kept apart.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Habits {
    /// How fast it was on each of the last days.
    pub(crate) week: Week,
    /// Where it was out of sight before.
    pub(crate) haunts: Haunts,
}

/// When something was heard, by two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Heard {
    /// By the server's clock.
    pub(crate) at: Timestamp,
    /// By the coverage clock.
    pub(crate) coverage_ms: Millis,
}

/// A believed place and when the vehicle was there, by the device.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) at: Timestamp,
    pub(crate) coordinates: Coordinates,
}

/// Where fixes say the vehicle jumped to, until enough of them agree.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Suspect {
    pub(crate) place: Place,
    pub(crate) fixes: u8,
}

/// One device of a vehicle, for people.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Device {
    /// Which.
    pub terminal: TerminalId,
    /// Its part; unknown until its first report.
    pub role: Option<Role>,
    /// When it was heard last, by the server's clock.
    pub heard_at: Timestamp,
    /// Its newest live fix with enough satellites, by its own clock.
    pub fix: Option<(Coordinates, Timestamp)>,
}

impl VehicleState {
    /// Of the serialized form; a checkpoint of another format is begun anew: see [`VehicleState::begun_anew`].
    pub const FORMAT: u16 = 5;

    /// What is left of a state whose form is not known: it was heard then. Silence counts from now on, so that a missing
    /// vehicle is not forgotten and none is accused because of an upgrade.
    pub fn begun_anew(heard_at: Timestamp, coverage_ms: Millis) -> Self {
        Self { heard: Some(Heard { at: heard_at, coverage_ms }), ..Self::default() }
    }

    /// The last time that any of the vehicle's terminals was heard.
    pub fn heard_at(&self) -> Option<Timestamp> {
        self.heard.map(|heard| heard.at)
    }

    /// The last believed place, and when the vehicle was there by the device.
    pub fn last_place(&self) -> Option<(Coordinates, Timestamp)> {
        self.last.map(|last| (last.coordinates, last.at))
    }

    /// Its devices, in no particular order.
    pub fn devices(&self) -> impl Iterator<Item = Device> {
        self.terminals.iter().map(|terminal| Device {
            terminal: terminal.id,
            role: terminal.role,
            heard_at: terminal.heard.at,
            fix: terminal.fix.map(|fix| (fix.place, fix.at)),
        })
    }

    /// One of its devices says that the ignition is on.
    pub(crate) fn is_under_power(&self, at: Timestamp) -> bool {
        self.terminals.iter().any(|terminal| terminal.is_under_power(at))
    }

    /// Whether the vehicle is under way, as far as its last believed fixes say.
    pub const fn is_moving(&self) -> bool {
        matches!(self.motion, Motion::Moving { .. })
    }

    /// Where the vehicle stands and since when, if it does.
    pub fn stands(&self) -> Option<(Coordinates, Timestamp)> {
        self.motion.anchor().zip(self.parked_since())
    }

    /// How far a place is from where it stands, if it does.
    pub fn metres_from_stand(&self, place: Coordinates) -> Option<u32> {
        self.motion.anchor().map(|anchor| distance_m(anchor, place))
    }

    /// Since when the vehicle stands, if it does.
    pub fn parked_since(&self) -> Option<Timestamp> {
        match &self.motion {
            Motion::Parked(parked) => Some(parked.stop.since),
            Motion::Unknown { .. } | Motion::Moving { .. } => None,
        }
    }

    /// Since when it stands, or stood before it went under way.
    pub(crate) fn came_at(&self) -> Option<Timestamp> {
        self.parked_since().or_else(|| self.motion.departure().map(|departure| departure.parked_since))
    }

    /// Whether the vehicle is, or not long ago was, in one of some places.
    pub fn mentions(&self, is_one: impl Fn(model::PlaceId) -> bool) -> bool {
        self.areas.as_ref().is_some_and(|areas| areas.mentions(is_one))
    }

    /// Forgets a terminal that is on this vehicle no longer, and what may rest on its fixes: where the vehicle stands or
    /// moves is learned anew from the others.
    pub fn lose(&mut self, terminal: TerminalId) {
        let mut terminals = std::mem::take(&mut self.terminals);
        terminals.retain(|other| other.id != terminal);
        let heard =
            terminals.iter().map(|other| other.heard).max_by_key(|heard| (heard.at, heard.coverage_ms));
        *self = Self { terminals, heard, ..Self::default() };
    }

    /// The same of one that was taken off just now: what it said was of this vehicle, which belongs where it did.
    pub fn part_with(&mut self, terminal: TerminalId) {
        let regions = self.areas.take().and_then(|areas| areas.regions);
        self.lose(terminal);
        self.areas = regions.map(|regions| Box::new(Areas { regions: Some(regions), ..Areas::default() }));
    }

    /// Marks a terminal and the vehicle as heard, and gives the terminal's slot.
    pub(crate) fn hear(
        &mut self,
        id: TerminalId,
        role: Option<Role>,
        at: Timestamp,
        coverage_ms: Millis,
    ) -> u8 {
        let later = |earlier: Heard| Heard {
            at: earlier.at.max(at),
            coverage_ms: earlier.coverage_ms.max(coverage_ms),
        };
        let now = Heard { at, coverage_ms };
        self.heard = Some(self.heard.map_or(now, later));
        let slot = self.slot(id, now);
        if let Some(terminal) = self.terminals.get_mut(usize::from(slot)) {
            terminal.role = role.or(terminal.role);
            terminal.learn_interval(coverage_ms);
            terminal.heard = later(terminal.heard);
        }
        slot
    }

    /// The terminals, with the one that said it last first by `of`.
    pub(crate) fn latest<'a, T: Ord + Copy + 'a>(
        &'a self,
        of: impl Fn(&'a Terminal) -> Option<T>,
    ) -> Option<(&'a Terminal, T)> {
        self.terminals.iter().filter_map(|terminal| Some((terminal, of(terminal)?))).max_by_key(|(_, at)| *at)
    }

    pub(crate) fn terminal(&self, slot: u8) -> Option<&Terminal> {
        self.terminals.get(usize::from(slot))
    }

    pub(crate) fn habits(&self) -> Option<&Habits> {
        self.habits.as_deref()
    }

    /// It was out of sight before where it was seen last.
    pub(crate) fn was_unseen_here_before(&self) -> bool {
        let last = self.last.map(|last| last.coordinates);
        self.habits().zip(last).is_some_and(|(habits, last)| habits.haunts.has(last))
    }

    pub(crate) fn step_habits(&mut self, step: impl FnOnce(&mut Habits)) {
        step_rare(&mut self.habits, step);
    }

    pub(crate) fn terminal_mut(&mut self, slot: u8) -> Option<&mut Terminal> {
        self.terminals.get_mut(usize::from(slot))
    }

    /// A remembered fix as an alert names it.
    pub(crate) fn evidence(&self, seen: &Seen) -> Option<Evidence> {
        Some(Evidence {
            seq: seen.seq,
            terminal: self.terminal(seen.slot)?.id,
            fix_time: seen.fix_time,
            place: seen.place,
            speed_tenths_kmh: seen.speed_tenths_kmh,
            satellites: seen.satellites,
        })
    }

    /// The slot of a terminal; a new one takes a free slot, or that of the one not heard for longest.
    fn slot(&mut self, id: TerminalId, now: Heard) -> u8 {
        if let Some(index) = self.terminals.iter().position(|terminal| terminal.id == id) {
            return slot_number(index);
        }
        if self.terminals.len() < TERMINALS_MAX {
            self.terminals.push(Terminal::new(id, now));
            return slot_number(self.terminals.len() - 1);
        }
        let oldest = self.terminals.iter().enumerate().min_by_key(|(index, t)| (t.heard.at, *index));
        let index = oldest.map_or(0, |(index, _)| index);
        if let Some(terminal) = self.terminals.get_mut(index) {
            *terminal = Terminal::new(id, now);
        }
        self.motion.forget(slot_number(index));
        slot_number(index)
    }
}

/// Steps what is kept only once it is something.
fn step_rare<T: Default + PartialEq>(kept: &mut Option<Box<T>>, step: impl FnOnce(&mut T)) {
    if let Some(kept) = kept {
        return step(kept);
    }
    let mut fresh = T::default();
    step(&mut fresh);
    if fresh != T::default() {
        *kept = Some(Box::new(fresh));
    }
}

fn slot_number(index: usize) -> u8 {
    u8::try_from(index).unwrap_or(u8::MAX)
}

/// A vehicle carries a wired main device and up to two hidden ones [P]; the fourth is the one just exchanged.
const TERMINALS_MAX: usize = 4;
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_terminal_takes_what_rested_on_it_and_leaves_the_others() {
        let terminal = |id| TerminalId::parse(id).unwrap();
        let (main, backup) = (terminal("868120240000015"), terminal("13912345678"));
        let mut state = VehicleState::default();
        state.hear(backup, Some(Role::Backup), Timestamp::from_ms(1_000), 1_000);
        state.hear(main, Some(Role::Main), Timestamp::from_ms(2_000), 2_000);
        let coordinates = Coordinates::from_e7(1, 1).unwrap();
        state.last = Some(Place { at: Timestamp::from_ms(2_000), coordinates });
        state.lose(main);
        assert_eq!((state.heard_at(), state.last_place()), (Some(Timestamp::from_ms(1_000)), None));
        assert_eq!(state.terminals.iter().map(|terminal| terminal.id).collect::<Vec<_>>(), [backup]);
        state.lose(backup);
        assert_eq!(state, VehicleState::default());
    }
}
