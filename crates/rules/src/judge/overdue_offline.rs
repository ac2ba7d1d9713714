//! OVERDUE_OFFLINE: an overdue vehicle has not been heard of, by any of its terminals.
//!
//! Silence is time in which the server could listen: its own downtime is not silence. Episode: the last time heard.
//!
//! Shape: what the state remembers of the terminals in, onset and phase out. Units: milliseconds of covered time.
//! Errors: none. Source: `domain.md` §3b; `reliability.md` §5 (silence clock, start-up grace).

use super::Facts;
use super::lifecycle::{Onset, Phase};
use crate::VehicleState;
use crate::motion::Motion;
use crate::state::Heard;
use model::alert::Finding;
use model::input::Role;
use model::{Alert, Millis, Timestamp};

/// Silent for as long as the rule allows, and the server has listened for long enough to know.
pub(super) fn onset(state: &VehicleState, facts: &Facts<'_>) -> Option<Onset> {
    let silence = Silence::of(state, facts)?;
    if silence.missing_ms() > 0 {
        return None;
    }
    let tampered = state.tampered_at.is_some_and(|tampered_at| {
        silence.heard.at.since(tampered_at) <= facts.rule_set.overdue_offline().tamper_window_ms()
    });
    let crossed_at = facts.now.plus(silence.threshold_ms.saturating_sub(silence.silent_ms));
    Some(Onset {
        episode: silence.heard.at,
        event_time: crossed_at.max(silence.heard.at),
        finding: Finding::Silent {
            last_heard: silence.heard.at,
            last_place: state.last_place().map(|(place, _)| place),
            silent_ms: silence.silent_ms,
            threshold_ms: silence.threshold_ms,
            was_moving: was_moving(state, silence.heard),
            tampered,
        },
    })
}

/// Somebody laid hands on the device before.
pub(super) const fn is_acute(finding: &Finding) -> bool {
    matches!(finding, Finding::Silent { tampered: true, .. })
}

/// Over when a frame came; it holds again when the vehicle falls silent once more.
pub(super) fn phase(state: &VehicleState, facts: &Facts<'_>, alert: &Alert) -> Phase {
    let Some(silence) = Silence::of(state, facts) else { return Phase::Between };
    let Finding::Silent { last_heard, silent_ms, .. } = alert.explanation.finding else {
        return Phase::Between;
    };
    let heard_since = silence.heard.at > last_heard || silence.silent_ms < silent_ms;
    match () {
        () if silence.missing_ms() <= 0 => Phase::Holds,
        () if heard_since => Phase::Over,
        () => Phase::Between,
    }
}

/// When the silence will be long enough: the coverage clock runs at most as fast as time.
pub(super) fn starts_at(state: &VehicleState, facts: &Facts<'_>) -> Option<Timestamp> {
    Silence::of(state, facts).map(|silence| facts.now.plus(silence.missing_ms()))
}

/// How long nothing was heard, and how long that may be.
struct Silence {
    heard: Heard,
    silent_ms: Millis,
    threshold_ms: Millis,
    /// What the server still has to listen before silence counts at all.
    grace_ms: Millis,
}

impl Silence {
    fn of(state: &VehicleState, facts: &Facts<'_>) -> Option<Self> {
        let heard = state.heard?;
        let thresholds = facts.rule_set.overdue_offline();
        let silent_ms = facts.coverage_ms.saturating_sub(heard.coverage_ms);
        let main = usual_interval_of_main(state, heard, thresholds.silent_parked_ms());
        let usual_ms = main.unwrap_or_else(|| usual_interval_of_backups(state));
        let threshold_ms = match main {
            Some(_) if was_moving(state, heard) => thresholds.silent_moving_ms(),
            Some(_) => thresholds.silent_parked_ms(),
            None => thresholds.silent_backup_ms(usual_ms),
        };
        let grace_ms = thresholds.startup_grace_ms(usual_ms).saturating_sub(facts.run_coverage_ms);
        Some(Self { heard, silent_ms, threshold_ms, grace_ms })
    }

    /// Covered time until the condition holds; none or less if it does.
    fn missing_ms(&self) -> Millis {
        self.threshold_ms.saturating_sub(self.silent_ms).max(self.grace_ms)
    }
}

/// The usual interval of the wired device that was alive when the vehicle was last heard. One that had already been
/// silent says nothing of the others: a daily backup would look missing every day.
fn usual_interval_of_main(state: &VehicleState, heard: Heard, alive_ms: Millis) -> Option<Millis> {
    (state.terminals.iter())
        .filter(|terminal| terminal.role == Some(Role::Main))
        .filter(|terminal| heard.coverage_ms.saturating_sub(terminal.heard.coverage_ms) < alive_ms)
        .map(|terminal| terminal.usual_interval_ms.unwrap_or(0))
        .max()
}

/// The usual interval of the backup devices; the slowest says how long to wait.
fn usual_interval_of_backups(state: &VehicleState) -> Millis {
    (state.terminals.iter())
        .filter(|terminal| terminal.role != Some(Role::Main))
        .map(|terminal| terminal.usual_interval_ms.unwrap_or(BACKUP_INTERVAL_MS))
        .max()
        .unwrap_or(BACKUP_INTERVAL_MS)
}

/// Under way when last heard. A vehicle whose receiver had been blind for longer may have parked: in a garage the
/// heartbeats go on.
fn was_moving(state: &VehicleState, heard: Heard) -> bool {
    matches!(state.motion, Motion::Moving { .. })
        && state.last.is_some_and(|last| heard.at.since(last.at) <= BLIND_MS_MAX)
}

/// A wireless device reports once a day unless it shows otherwise [domain.md §8].
const BACKUP_INTERVAL_MS: Millis = 24 * 3_600_000;
/// Without a fix for longer, "moving" is old news [P].
const BLIND_MS_MAX: Millis = 30 * 60_000;
