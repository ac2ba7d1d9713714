//! WIRELESS_MISSED: a hidden device missed its hour, or several; one alert that grows.
//!
//! Shape: the silence of each hidden device in, counted in its own intervals. Episode: the last time heard. Units: covered
//! time. Errors: none. Source: `domain.md` §3b (one miss P4, two P3, three P2), §8 (schedules are learned).

use super::definition::{Definition, Look, Onset, Phase, over_if};
use super::examine::span;
use super::gate::Demand;
use super::silence::{Silence, silent_ms_of, usual_of_backup};
use crate::rule_set::Thresholds;
use crate::state::Terminal;
use model::input::Role;
use model::{Alert, Finding, Millis, Rule, Severity, Timestamp};

pub(super) struct WirelessMissed;

impl Definition for WirelessMissed {
    fn rule(&self) -> Rule {
        Rule::WirelessMissed
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let set = &thresholds.wireless_missed;
        format!(
            "a hidden device is {} % of its interval late: once for the log, twice on the work list, from three times on today",
            set.grace_percent
        )
    }

    fn demand(&self, _: &Look<'_>) -> Demand {
        Demand::Collateral
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let (terminal, silence) = newest(look)?;
        silence.holds().then(|| Onset {
            episode: silence.heard.at,
            event_time: silence.crossed_at(look),
            finding: Finding::Missed {
                terminal: terminal.id,
                last_heard: silence.heard.at,
                interval_ms: usual_of_backup(terminal),
                missed: missed(look, terminal, silence.silent_ms),
            },
        })
    }

    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase {
        of_alert(look, alert)
            .map_or(Phase::Between, |terminal| over_if(terminal.heard.at > last_heard(alert)))
    }

    /// By what is missing now, not by what was when it was raised.
    fn severity(&self, look: &Look<'_>, finding: &Finding) -> Severity {
        let Finding::Missed { terminal, .. } = finding else { return Severity::P4 };
        match look
            .terminal(*terminal)
            .map_or(0, |terminal| missed(look, terminal, silent_ms_of(look, terminal)))
        {
            0 | 1 => Severity::P4,
            2 => Severity::P3,
            _ => Severity::P2,
        }
    }

    fn changes_at(&self, look: &Look<'_>, alert: &Alert) -> Option<Timestamp> {
        let terminal = of_alert(look, alert)?;
        let silent_ms = silent_ms_of(look, terminal);
        let next = Millis::from(missed(look, terminal, silent_ms)) + 1;
        Some(look.facts.now.plus(missed_after_ms(look, terminal, next).saturating_sub(silent_ms)))
    }

    fn starts_at(&self, look: &Look<'_>) -> Option<Timestamp> {
        let waiting = silences(look).filter(|(_, silence)| !silence.holds());
        waiting.map(|(_, silence)| silence.holds_at(look)).min()
    }

    fn figures(&self, look: &Look<'_>) -> String {
        let Some((terminal, silence)) = longest(look) else {
            return "it has no hidden device that has reported".to_owned();
        };
        let (usual, silence) = (span(usual_of_backup(terminal)), silence.figures());
        format!("terminal {}, which reports each {usual}: {silence}", terminal.id)
    }
}

fn of_alert<'a>(look: &Look<'a>, alert: &Alert) -> Option<&'a Terminal> {
    let Finding::Missed { terminal, .. } = alert.explanation.finding else { return None };
    look.terminal(terminal)
}

const fn last_heard(alert: &Alert) -> Timestamp {
    match alert.explanation.finding {
        Finding::Missed { last_heard, .. } => last_heard,
        _ => alert.episode,
    }
}

/// The hidden device that is furthest beyond its interval.
fn longest<'a>(look: &Look<'a>) -> Option<(&'a Terminal, Silence)> {
    silences(look).min_by_key(|(_, silence)| silence.missing_ms())
}

fn silences<'a>(look: &Look<'a>) -> impl Iterator<Item = (&'a Terminal, Silence)> {
    let backups = look.state.terminals.iter().filter(|terminal| terminal.role == Some(Role::Backup));
    backups.map(|terminal| {
        let threshold_ms = missed_after_ms(look, terminal, 1);
        (terminal, Silence::of_device(look, terminal, threshold_ms, usual_of_backup(terminal)))
    })
}

/// The hidden device that fell silent last; of those that are silent for too long, if any is.
fn newest<'a>(look: &Look<'a>) -> Option<(&'a Terminal, Silence)> {
    silences(look).max_by_key(|(_, silence)| (silence.holds(), silence.heard.at))
}

/// How many reports did not come.
fn missed(look: &Look<'_>, terminal: &Terminal, silent_ms: Millis) -> u32 {
    let usual_ms = usual_of_backup(terminal).max(1);
    let grace_ms = missed_after_ms(look, terminal, 1) - usual_ms;
    u32::try_from(silent_ms.saturating_sub(grace_ms) / usual_ms).unwrap_or(0)
}

/// Silence after which so many are missed: their intervals and some grace.
fn missed_after_ms(look: &Look<'_>, terminal: &Terminal, count: Millis) -> Millis {
    let usual_ms = usual_of_backup(terminal).max(1);
    let grace_ms = usual_ms.saturating_mul(look.thresholds().wireless_missed.grace_percent.into()) / 100;
    usual_ms.saturating_mul(count).saturating_add(grace_ms)
}
