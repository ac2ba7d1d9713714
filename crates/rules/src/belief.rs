//! Which live fixes are believed.
//!
//! Shape: a fix in, `Ok` or the [`Rejection`] out; the state remembers gaps and jumps. Units: metres, milliseconds,
//! km/h. Errors: none. Source: `domain.md` §8 (satellite floor, cold start, jumps); constants marked [P] are ours.

use crate::VehicleState;
use crate::geometry::{distance_m, faster_than, whole_metres};
use crate::motion::Seen;
use crate::state::{Place, Suspect};
use model::alert::Rejection;
use model::{Attribute, Millis, Position};

/// Whether a live fix is believed. Reads and steps the quarantines.
pub(crate) fn weigh(state: &mut VehicleState, seen: &Seen) -> Result<(), Rejection> {
    if seen.satellites.is_some_and(|satellites| satellites < SATELLITES_MIN) {
        return Err(Rejection::FewSatellites);
    }
    if settles(state, seen) {
        return Err(Rejection::Settling);
    }
    if jumps(state, seen) { Err(Rejection::Jump) } else { Ok(()) }
}

/// How far a parked vehicle's fix may be off before it says anything: a floor, or three times its accuracy.
pub(crate) fn threshold_m(hdop_tenths: Option<u16>, satellites: Option<u8>) -> u32 {
    RADIUS_M.max(accuracy_of(hdop_tenths, satellites).saturating_mul(ACCURACIES))
}

/// Expected error of a fix in metres.
pub(crate) fn accuracy_m(position: &Position) -> u32 {
    let hdop = position.attributes.iter().find_map(|attribute| match attribute {
        Attribute::Hdop(hdop) => Some(*hdop),
        _ => None,
    });
    accuracy_of(hdop.map(hdop_tenths), position.satellites)
}

/// Tenths of a dilution, up to "no idea".
pub(crate) fn hdop_tenths(hdop: f32) -> u16 {
    u16::try_from(whole_metres(f64::from(hdop.clamp(0.0, HDOP_MAX)) * 10.0)).unwrap_or(u16::MAX)
}

/// Five metres for each unit of dilution where the device tells it, else by satellites [P].
fn accuracy_of(hdop_tenths: Option<u16>, satellites: Option<u8>) -> u32 {
    match (hdop_tenths, satellites) {
        (Some(tenths), _) => u32::from(tenths) * METRES_PER_HDOP / 10,
        (None, Some(satellites)) if satellites < SATELLITES_FEW => 50,
        (None, Some(_)) => 15,
        (None, None) => 25,
    }
}

/// The first fixes after a gap are quarantined, unless they agree with where the vehicle was anyway.
///
/// A gap is one that is unusual for the device: who reports once an hour never has a warm receiver, and is believed.
fn settles(state: &mut VehicleState, seen: &Seen) -> bool {
    let known = state.motion.anchor().or(state.last.map(|last| last.coordinates));
    let agrees = known.is_some_and(|known| distance_m(known, seen.place) <= seen.threshold_m());
    let Some(terminal) = state.terminals.get_mut(usize::from(seen.slot)) else { return false };
    let gap_ms = terminal.fixed_at.map(|fixed_at| seen.fix_time.since(fixed_at));
    let usual_ms = SETTLE_GAP_MS.max(terminal.fix_gap_ms.saturating_mul(2));
    if terminal.settling == 0 && gap_ms.is_none_or(|gap_ms| gap_ms > usual_ms) {
        terminal.settling = SETTLE_FIXES;
    }
    terminal.fixed_at = Some(seen.fix_time);
    terminal.fix_gap_ms = gap_ms.unwrap_or(0);
    if terminal.settling == 0 {
        return false;
    }
    terminal.settling -= 1;
    !agrees
}

/// A fix further from the last believed one than any car drives is a jump, until three agree that it is there.
///
/// Of the time in which it may have been driven only the last minutes before a jump count: a receiver that hops from city to
/// city for hours comes no nearer to any of them. What is said at once again of the place that is in doubt is no truer for it:
/// behind a tunnel a receiver tells the same wrong place twice.
fn jumps(state: &mut VehicleState, seen: &Seen) -> bool {
    let here = Place { at: seen.fix_time, coordinates: seen.place };
    let doubted_from = state.suspect.map(|suspect| suspect.place.at.plus(-DOUBT_MS));
    let known =
        state.last.map(|last| Place { at: doubted_from.map_or(last.at, |from| from.max(last.at)), ..last });
    let is_repeated = |known: Place, suspect: Suspect| {
        let distance_m = |from: Place| distance_m(from.coordinates, here.coordinates);
        let is_at_once = here.at.since(suspect.place.at) <= DOUBT_MS;
        is_at_once && distance_m(suspect.place) < distance_m(known)
    };
    let is_doubted = known.is_some_and(|known| {
        too_far(known, here) || state.suspect.is_some_and(|suspect| is_repeated(known, suspect))
    });
    if !is_doubted {
        state.suspect = None;
        return false;
    }
    let agreeing = match state.suspect {
        Some(suspect) if !too_far(suspect.place, here) => suspect.fixes.saturating_add(1),
        Some(_) | None => 1,
    };
    let accepted = agreeing >= JUMP_FIXES;
    state.suspect = (!accepted).then_some(Suspect { place: here, fixes: agreeing });
    !accepted
}

/// Further apart than any car drives.
pub(crate) fn too_far(from: Place, to: Place) -> bool {
    let distance_m = distance_m(from.coordinates, to.coordinates);
    distance_m > JUMP_M_MIN && faster_than(distance_m, to.at.since(from.at), JUMP_KMH)
}

/// Fewer satellites give no position fit for use (Wialon's advice [E:37]).
const SATELLITES_MIN: u8 = 4;
/// Below this a fix without HDOP is taken for a poor one [P].
const SATELLITES_FEW: u8 = 6;
/// Parked receivers drift by 20 to 200 m [E:45..48].
pub(crate) const RADIUS_M: u32 = 200;
/// Displacement is measured in so many accuracies (k of the taxonomy) [P].
const ACCURACIES: u32 = 3;
/// User range error of about 5 m per unit of dilution [P].
const METRES_PER_HDOP: u32 = 5;
/// Devices report 99.9 for "no idea"; more is a unit fault.
const HDOP_MAX: f32 = 100.0;
/// No fix for longer than this, and the receiver starts cold [E:41d].
const SETTLE_GAP_MS: Millis = 10 * 60_000;
/// Fixes quarantined after a cold start [E:41d].
const SETTLE_FIXES: u8 = 2;
/// Faster than this between two fixes is no car [taxonomy: spoofed jump].
const JUMP_KMH: u32 = 200;
/// Two devices on one car may differ by their errors in the same second; that is no jump [P].
const JUMP_M_MIN: u32 = 300;
/// A car under way goes on between fixes that are not believed, its own and another device's, and a doubt is forgotten [P].
const DOUBT_MS: Millis = 5 * 60_000;
/// So many consistent fixes at the new place are accepted [taxonomy: spoofed jump].
const JUMP_FIXES: u8 = 3;
