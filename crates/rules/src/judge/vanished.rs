//! JAM_SUSPECT where the device can say nothing: position and network are gone at once, and devices around are heard.
//!
//! A garage looks like that too: so does it not count where the vehicle was out of sight before or near where it usually is, nor
//! where it rolled to a gate. What its network, its make, its city or the server itself has lost is no vehicle's own.
//!
//! Shape: the silence of the vehicle, how it was last seen, and where others are heard, in. Episode: the last time heard. Units:
//! milliseconds of covered time. Errors: none. Source: `domain.md` §3b; constants marked [P] are ours.

use super::definition::{Look, Onset, Phase, over_if};
use super::silence::{Silence, fell_silent_unwatched, was_moving};
use crate::rule_set::minutes;
use crate::state::{Heard, Terminal};
use model::input::Role;
use model::{Finding, Group, Millis, TerminalId, Timestamp};

/// Everything was lost at once, if it lasts.
struct Vanishing {
    terminal: TerminalId,
    hidden: Option<TerminalId>,
    was_moving: bool,
    around: Group,
    silence: Silence,
}

pub(super) fn onset(look: &Look<'_>) -> Option<Onset> {
    let Vanishing { terminal, hidden, was_moving, around, silence } = vanishing(look)?;
    silence.holds().then(|| Onset {
        episode: silence.heard.at,
        event_time: silence.crossed_at(look),
        finding: Finding::Vanished {
            terminal,
            hidden,
            last_heard: silence.heard.at,
            last_place: look.state.last_place().map(|(place, _)| place),
            place_at: look.state.last_place().map(|(_, at)| at),
            silent_ms: silence.silent_ms,
            threshold_ms: silence.threshold_ms,
            was_moving,
            around,
        },
    })
}

/// When it will have lasted for long enough.
pub(super) fn starts_at(look: &Look<'_>) -> Option<Timestamp> {
    Some(vanishing(look)?.silence.holds_at(look))
}

/// How long everything has been gone at once, where that counts.
pub(super) fn figures(look: &Look<'_>) -> Option<String> {
    let Vanishing { around, silence, .. } = vanishing(look)?;
    Some(format!("{}, while others are heard ({around})", silence.figures()))
}

/// Over with any frame: the network is back.
pub(super) fn phase(look: &Look<'_>, last_heard: Timestamp) -> Phase {
    over_if(look.state.heard_at().is_some_and(|heard_at| heard_at > last_heard))
}

/// Under way, or with two devices that talk all the time; a wired one alone may sleep where it stands.
fn vanishing(look: &Look<'_>) -> Option<Vanishing> {
    let heard = look.state.heard?;
    let main = wired(look, heard)?;
    let (hidden, was_moving) = (hidden(look, heard), is_in_full_drive(look, heard));
    if !was_moving && hidden.is_none() || is_excused(look, heard) {
        return None;
    }
    let around = look.facts.earshots.around(look.state, heard.coverage_ms)?;
    let least_ms = minutes(look.thresholds().blind.silent_for_min);
    let hidden_ms = hidden.and_then(|hidden| hidden.usual_interval_ms).unwrap_or(0);
    let (threshold_ms, usual_ms) = (least_ms.max(hidden_ms.saturating_mul(2)), main.usual_interval_ms);
    let silence = Silence::of(look, heard, threshold_ms, usual_ms.unwrap_or(0));
    Some(Vanishing { terminal: main.id, hidden: hidden.map(|hidden| hidden.id), was_moving, around, silence })
}

/// The wired device, which talked to the end.
fn wired<'a>(look: &Look<'a>, heard: Heard) -> Option<&'a Terminal> {
    let mains = look.state.terminals.iter().filter(|terminal| terminal.role == Some(Role::Main));
    let main = mains.max_by_key(|terminal| terminal.heard.coverage_ms)?;
    (heard.coverage_ms.saturating_sub(main.heard.coverage_ms) <= AT_ONCE_MS).then_some(main)
}

/// The hidden device, if it never sleeps for long and was heard when it should have been until then.
fn hidden<'a>(look: &Look<'a>, heard: Heard) -> Option<&'a Terminal> {
    let talks = |terminal: &&Terminal| {
        let usual_ms = terminal.usual_interval_ms.filter(|usual_ms| *usual_ms <= WAKEFUL_MS_MAX);
        let unheard_ms = heard.coverage_ms.saturating_sub(terminal.heard.coverage_ms);
        terminal.role == Some(Role::Backup) && usual_ms.is_some_and(|usual_ms| unheard_ms <= usual_ms)
    };
    look.state.terminals.iter().filter(talks).max_by_key(|terminal| terminal.heard.coverage_ms)
}

/// At the speed of driving to the last, and with a position to the last.
fn is_in_full_drive(look: &Look<'_>, heard: Heard) -> bool {
    let seen_to_the_last = look.state.last.is_some_and(|last| heard.at.since(last.at) <= AT_ONCE_MS);
    seen_to_the_last && look.state.motion.is_fast() && was_moving(look, heard)
}

/// What it has in common with others fell silent, or it may be in a garage that is known.
fn is_excused(look: &Look<'_>, heard: Heard) -> bool {
    let is_near_home = || {
        let last = look.state.last.map(|last| last.coordinates);
        last.is_some_and(|last| look.habitual().any(|known| known.distance_m(last) <= GARAGE_M))
    };
    fell_silent_unwatched(look, heard) || look.state.was_unseen_here_before() || is_near_home()
}

/// A wired device says something each five minutes at the latest [P].
const AT_ONCE_MS: Millis = 6 * 60_000;
/// What sleeps for longer is not missed within the hour [P].
const WAKEFUL_MS_MAX: Millis = 60 * 60_000;
/// A garage begins so far from where it usually stands: the last fix before the ramp may be two minutes old [P].
const GARAGE_M: u32 = 2_000;
