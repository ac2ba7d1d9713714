//! One observation into the state of a vehicle.
//!
//! Shape: [`observe`] steps a [`VehicleState`] and says how timely a report was. Units: milliseconds.
//! Errors: none; what is not believed is kept as rejected. Source: DESIGN.md §4 ("Live = lag <= 120 s and newer than
//! that terminal's last live fix"); `reliability.md` §5.

use crate::VehicleState;
use crate::belief::weigh;
use crate::motion::Seen;
use crate::state::Place;
use model::alert::Rejection;
use model::input::Role;
use model::{Alarm, Millis, Position, Seq, TerminalId, Timestamp};
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
        /// When the server read it.
        received_at: Timestamp,
        /// The report.
        position: &'a Position,
    },
    /// Any other valid frame (heartbeat, login, status, duplicate): it proves life only.
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

/// Folds one observation into the state. `coverage_ms` is the time for which the server could listen, cumulative, as
/// of this input. Gives how timely a report was; any other frame is [`Timeliness::Live`].
pub fn observe(state: &mut VehicleState, observation: &Observation<'_>, coverage_ms: Millis) -> Timeliness {
    match *observation {
        Observation::Heard { terminal, at } => {
            state.hear(terminal, None, at, coverage_ms);
            Timeliness::Live
        }
        Observation::Report { seq, terminal, role, received_at, position } => {
            let slot = state.hear(terminal, Some(role), received_at, coverage_ms);
            report(state, &Arrival { seq, slot, received_at, position })
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

fn report(state: &mut VehicleState, arrival: &Arrival<'_>) -> Timeliness {
    let timeliness = timeliness(state, arrival);
    note_tampering(state, arrival, timeliness);
    let Some(fix_time) = arrival.position.fix_time() else { return timeliness };
    if timeliness == Timeliness::Live
        && let Some(terminal) = state.terminals.get_mut(usize::from(arrival.slot))
    {
        terminal.live_at = Some(fix_time);
    }
    let Some(seen) = Seen::of(arrival.position, fix_time, arrival.slot, arrival.seq) else {
        return timeliness;
    };
    let belief = match timeliness {
        Timeliness::Live => weigh(state, &seen),
        Timeliness::Late => Err(Rejection::Late),
        Timeliness::Future => Err(Rejection::Future),
        Timeliness::Undated => return timeliness,
    };
    if let Err(reason) = belief {
        state.motion.reject(seen, reason);
    } else {
        state.last = Some(Place { at: fix_time, coordinates: seen.place });
        let motion = std::mem::take(&mut state.motion);
        state.motion = motion.on_fix(seen);
    }
    timeliness
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
const LAG_MS_MAX: Millis = 120_000;
/// A device's clock may be so much ahead before its reports count as from the future [P].
const FUTURE_MS_MAX: Millis = 10 * 60_000;
/// What foul play with a tracker looks like.
const TAMPERING: [Alarm; 3] = [Alarm::PowerCut, Alarm::Removed, Alarm::Jamming];
