//! One observation into the state of a vehicle.
//!
//! Shape: [`observe`] steps a [`VehicleState`] and says how timely a report was, and which stay has ended. Units: milliseconds.
//! Errors: none; what is not believed is kept as rejected. Source: DESIGN.md §4 ("Live = lag <= 120 s and newer than
//! that terminal's last live fix"); `reliability.md` §5.

use crate::VehicleState;
use crate::areas::{Areas, Pace, Sight, Surroundings};
use crate::belief::{accuracy_m, weigh};
use crate::geometry::distance_m;
use crate::motion::Seen;
use crate::oddities::Tally;
use crate::pair::compare;
use crate::state::{Blind, Place, Terminal, TerminalFix};
use crate::stays;
use crate::trips::Towing;
use model::alert::Rejection;
use model::input::Role;
use model::{Alarm, Attributes, Millis, Position, Seq, Stay, TerminalId, Timestamp};
use serde::{Deserialize, Serialize};

/// What a terminal of the vehicle said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Observation<'a> {
    /// A position report that is not a duplicate.
    Report {
        /// Its place in the journal.
        seq: Seq,
        /// Who reported.
        terminal: TerminalId,
        /// The terminal's part on this vehicle.
        role: Role,
        /// Since when it has been on this vehicle; none where it is on none.
        bound_at: Option<Timestamp>,
        /// When the server read it.
        received_at: Timestamp,
        /// The report.
        position: &'a Position,
    },
    /// What a heartbeat or a status says of the device.
    Told {
        /// Who spoke.
        terminal: TerminalId,
        /// When the server read it.
        at: Timestamp,
        /// What it said.
        attributes: &'a Attributes,
    },
    /// Any other valid frame (login, duplicate): it proves life only.
    Heard {
        /// Who spoke.
        terminal: TerminalId,
        /// When the server read it.
        at: Timestamp,
    },
}

/// How much a report says of now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Timeliness {
    /// It is of now.
    #[serde(rename = "live")]
    Live,
    /// Of the past: it changes history, never "now".
    #[serde(rename = "late")]
    Late,
    /// By its clock not yet made.
    #[serde(rename = "future")]
    Future,
    /// The device has no usable clock.
    #[serde(rename = "undated")]
    Undated,
}

impl Timeliness {
    /// Every code, in declaration order.
    pub const ALL: &'static [Self] = &[Self::Live, Self::Late, Self::Future, Self::Undated];

    /// The code as SQL, JSON and the console write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Late => "late",
            Self::Future => "future",
            Self::Undated => "undated",
        }
    }
}

/// What an observation came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observed {
    /// How timely a report was; any other frame is [`Timeliness::Live`].
    pub timeliness: Timeliness,
    /// The stay that has ended with it.
    pub stay: Option<Stay>,
}

impl Observed {
    const fn only(timeliness: Timeliness) -> Self {
        Self { timeliness, stay: None }
    }
}

/// Folds one observation into the state. `coverage_ms` is the time for which the server could listen, cumulative, as
/// of this input.
pub fn observe(
    state: &mut VehicleState,
    observation: &Observation<'_>,
    coverage_ms: Millis,
    around: &Surroundings<'_>,
) -> Observed {
    match *observation {
        Observation::Heard { terminal, at } => {
            state.hear(terminal, None, at, coverage_ms);
            Observed::only(Timeliness::Live)
        }
        Observation::Told { terminal, at, attributes } => {
            let slot = state.hear(terminal, None, at, coverage_ms);
            if let Some(terminal) = state.terminal_mut(slot) {
                terminal.on_ignition(attributes.ignition(), at);
                terminal.step_signals(|signals| signals.on_told(attributes, at));
            }
            end_towing(state, attributes);
            Observed::only(Timeliness::Live)
        }
        Observation::Report { seq, terminal, role, bound_at, received_at, position } => {
            let slot = state.hear(terminal, Some(role), received_at, coverage_ms);
            if let Some(terminal) = state.terminal_mut(slot) {
                terminal.bound_at = bound_at;
            }
            report(state, &Arrival { seq, slot, received_at, position }, around)
        }
    }
}

/// A report, once its terminal has its slot.
struct Arrival<'a> {
    seq: Seq,
    slot: u8,
    received_at: Timestamp,
    position: &'a Position,
}

fn report(state: &mut VehicleState, arrival: &Arrival<'_>, around: &Surroundings<'_>) -> Observed {
    let timeliness = timeliness(state, arrival);
    note_tampering(state, arrival, timeliness);
    note_device(state, arrival, timeliness);
    let Some(fix_time) = arrival.position.fix_time() else { return Observed::only(timeliness) };
    if timeliness == Timeliness::Live
        && let Some(terminal) = state.terminal_mut(arrival.slot)
    {
        terminal.live_at = Some(fix_time);
        if terminal.oddities().is_some_and(|oddities| oddities.behind.times > 0) {
            terminal.step_oddities(|oddities| oddities.behind = Tally::default());
        }
    }
    let Some(seen) = Seen::of(arrival.position, fix_time, arrival.slot, arrival.seq) else {
        return Observed::only(timeliness);
    };
    let belief = match timeliness {
        Timeliness::Live => weigh(state, &seen),
        Timeliness::Late => Err(Rejection::Late),
        Timeliness::Future => Err(Rejection::Future),
        Timeliness::Undated => return Observed::only(timeliness),
    };
    if timeliness == Timeliness::Live && belief != Err(Rejection::FewSatellites) {
        note_fix(state, arrival, &seen, belief);
    }
    if let Err(reason) = belief {
        state.motion.reject(seen, reason);
        return Observed::only(timeliness);
    }
    let stay = believe(state, seen);
    locate(state, &seen, arrival.position, around);
    Observed { timeliness, stay }
}

/// A believed fix moves the vehicle; gives the stay that it ends.
fn believe(state: &mut VehicleState, seen: Seen) -> Option<Stay> {
    let (anchor, stood) = (state.motion.anchor(), state.motion.stands_at().copied());
    let came_at = state.came_at();
    state.last = Some(Place { at: seen.fix_time, coordinates: seen.place });
    let motion = std::mem::take(&mut state.motion);
    state.motion = motion.on_fix(seen);
    // A truck that stops at a light has not parked the car: that it came there without ignition says nothing of the line.
    let is_towed = state.towing.as_ref().is_some_and(|towing| towing.goes_on(seen.fix_time));
    let came_under_power = |terminal: &Terminal| is_towed || terminal.came_under_power(came_at);
    let has_ignition = state.terminal(seen.slot).is_some_and(came_under_power);
    let has_arrived = state.motion.anchor().is_some() && !seen.is_fast();
    if !has_arrived && state.is_under_power(seen.fix_time) {
        state.towing = None;
    } else if !has_arrived && has_ignition {
        state.towing = Towing::step(state.towing.take(), &seen, anchor);
    }
    if state.is_moving() {
        state.step_habits(|habits| habits.week.on_moving(&seen));
    }
    stays::ended(&stood?, state.motion.departure()?)
}

/// A believed fix says which places the vehicle is in.
fn locate(state: &mut VehicleState, seen: &Seen, position: &Position, around: &Surroundings<'_>) {
    let anchor = state.motion.anchor();
    // Scatter, or a departure that is not confirmed yet. And a car that was seen last under way and comes up nearby, out of a
    // garage: it is taken to have stood where it was seen, which says nothing of that very place.
    if anchor.is_some_and(|anchor| distance_m(anchor, seen.place) > seen.threshold_m()) {
        return;
    }
    let point = anchor.unwrap_or(seen.place);
    let pace = match anchor {
        _ if seen.is_fast() => Pace::Drives,
        Some(_) => Pace::Stands,
        None => Pace::Slow,
    };
    let sight = Sight { at: seen.fix_time, point, accuracy_m: accuracy_m(position), pace };
    state.areas = Areas::step(state.areas.take(), &sight, around);
}

/// What the report says of its device: of now, unless it is of the past.
fn note_device(state: &mut VehicleState, arrival: &Arrival<'_>, timeliness: Timeliness) {
    // Out of sight where it was so before it is in its garage, most likely.
    let under_way = state.is_moving() && !state.was_unseen_here_before();
    let (at, position) = (arrival.received_at, arrival.position);
    if timeliness == Timeliness::Live {
        end_towing(state, &position.attributes);
    }
    let Some(terminal) = state.terminal_mut(arrival.slot) else { return };
    match timeliness {
        // Two reports of one second: the second says nothing of where it is, and all of what happened.
        Timeliness::Late if !is_of_now(arrival) => return note_past(terminal, arrival),
        Timeliness::Future => return terminal.step_oddities(|oddities| oddities.future.add(at)),
        Timeliness::Undated => terminal.step_oddities(|oddities| oddities.undated.add(at)),
        Timeliness::Live | Timeliness::Late => {}
    }
    terminal.step_signals(|signals| signals.on_report(position.alarms, &position.attributes, at));
    let ignition = position.attributes.ignition();
    terminal.on_ignition(ignition, at);
    let has_fix = position.fix.coordinates().is_some_and(|place| !place.is_null_island());
    if has_fix || ignition == Some(false) {
        terminal.blind = None;
    } else if ignition == Some(true) || under_way {
        let begun = Blind { since: at, until: at, was_moving: under_way };
        let blind = terminal.blind.filter(|blind| at.since(blind.until) <= BLIND_GAP_MS_MAX);
        terminal.blind = Some(Blind { until: at, ..blind.unwrap_or(begun) });
    }
}

/// Off throughout, by the word of all its devices, with a position or without. What is started where it was put down was towed there.
fn end_towing(state: &mut VehicleState, attributes: &Attributes) {
    if attributes.ignition() == Some(true) && state.motion.anchor().is_none() {
        state.towing = None;
    }
}

/// A report of the past: somebody laid hands on the device then, or its clock is behind.
fn note_past(terminal: &mut Terminal, arrival: &Arrival<'_>) {
    let (at, position) = (arrival.received_at, arrival.position);
    let Some(fix_time) = position.fix_time() else { return };
    let was_here = terminal.bound_at.is_none_or(|bound_at| fix_time >= bound_at);
    if was_here && at.since(fix_time) <= HANDLED_MS_MAX {
        terminal.step_signals(|signals| signals.on_past(position, fix_time, at));
    }
    let lives = terminal.live_at.is_some_and(|live_at| at.since(live_at) <= LIVES_MS_MAX);
    if !position.buffered && at.since(fix_time) > LAG_MS_MAX && !lives {
        terminal.step_oddities(|oddities| oddities.behind.add(at));
    }
}

/// Just made, whether or not another one was made in the same second.
fn is_of_now(arrival: &Arrival<'_>) -> bool {
    let lag_ms = arrival.position.fix_time().map(|fix_time| arrival.received_at.since(fix_time));
    !arrival.position.buffered && lag_ms.is_some_and(|lag_ms| (-FUTURE_MS_MAX..=LAG_MS_MAX).contains(&lag_ms))
}

/// A live fix with enough satellites, believed or not: of the device, if not of the vehicle.
fn note_fix(state: &mut VehicleState, arrival: &Arrival<'_>, seen: &Seen, belief: Result<(), Rejection>) {
    // The same wrong place told twice is one jump.
    let has_jumped =
        belief == Err(Rejection::Jump) && state.suspect.is_some_and(|suspect| suspect.fixes == 1);
    let Some(terminal) = state.terminal_mut(arrival.slot) else { return };
    let is_same = terminal.fix.is_some_and(|fix| fix.place == seen.place);
    terminal.step_oddities(|oddities| {
        if has_jumped {
            oddities.jumps.add(arrival.received_at);
        }
        oddities.on_fix(is_same, seen.is_fast(), arrival.received_at);
    });
    // The hidden device may well be where the vehicle cannot have driven; the wired one that jumps is nowhere.
    if belief == Err(Rejection::Jump) && terminal.role == Some(Role::Main) {
        return;
    }
    let accuracy_m = u16::try_from(accuracy_m(arrival.position)).unwrap_or(u16::MAX);
    terminal.fix = Some(TerminalFix { at: seen.fix_time, place: seen.place, accuracy_m });
    // The first fix behind a ramp settles still, and tells well enough where that is.
    if let Some(last) = state.last.filter(|_| belief != Err(Rejection::Jump)) {
        let here = Place { at: seen.fix_time, coordinates: seen.place };
        state.step_habits(|habits| habits.haunts.on_fix(last, here));
    }
    if belief != Err(Rejection::Settling) {
        compare(state);
    }
}

fn timeliness(state: &VehicleState, arrival: &Arrival<'_>) -> Timeliness {
    let Some(fix_time) = arrival.position.fix_time() else { return Timeliness::Undated };
    let lag_ms = arrival.received_at.since(fix_time);
    let live_at = state.terminal(arrival.slot).and_then(|terminal| terminal.live_at);
    match () {
        () if lag_ms < -FUTURE_MS_MAX => Timeliness::Future,
        () if arrival.position.buffered || lag_ms > LAG_MS_MAX => Timeliness::Late,
        () if live_at.is_some_and(|live_at| fix_time <= live_at) => Timeliness::Late,
        () => Timeliness::Live,
    }
}

/// Remembers when somebody last laid hands on a device, by the device's clock where that can be.
fn note_tampering(state: &mut VehicleState, arrival: &Arrival<'_>, timeliness: Timeliness) {
    let alarms = arrival.position.alarms;
    if !TAMPERING.iter().any(|alarm| alarms.contains(*alarm)) {
        return;
    }
    let at = match timeliness {
        Timeliness::Live | Timeliness::Late => arrival.position.fix_time(),
        Timeliness::Future | Timeliness::Undated => None,
    };
    state.tampered_at = state.tampered_at.max(Some(at.unwrap_or(arrival.received_at)));
}

/// A report older than this on arrival says nothing of now [reliability.md §5].
pub const LAG_MS_MAX: Millis = 120_000;
/// A hand on a device is an event and no position: it is news for so long, however it comes [P].
const HANDLED_MS_MAX: Millis = 48 * 3_600_000;
/// A device of which something was live within this has a clock that is right, and sends what it had kept [P].
const LIVES_MS_MAX: Millis = 24 * 3_600_000;
/// A device's clock may be so much ahead before its reports count as from the future [P].
const FUTURE_MS_MAX: Millis = 10 * 60_000;
/// A device that says nothing for so long has not been blind all the time, as far as anybody knows [P].
const BLIND_GAP_MS_MAX: Millis = 10 * 60_000;
/// What foul play with a tracker looks like.
const TAMPERING: [Alarm; 3] = [Alarm::PowerCut, Alarm::Removed, Alarm::Jamming];
