//! JAM_SUSPECT and IGN_NO_GPS: a device talks and has no position.
//!
//! Under way that looks like a jammer; with the ignition on and the vehicle where it stood, like a garage or an antenna. Where even
//! the network is gone see `vanished`.
//!
//! Shape: each device's blind spell in. Episode: its begin. Units: the server's clock. Errors: none.
//! Source: `domain.md` §3b.

use super::definition::{Definition, Look, Onset, Phase, since};
use super::examine::span;
use super::gate::Demand;
use super::vanished;
use crate::rule_set::{Thresholds, hours, minutes};
use crate::signals::{JAM_GAP_MS_MAX, Jammed};
use crate::state::{Blind, Terminal};
use model::{Alert, Finding, Millis, Rule, Severity, Timestamp};

pub(super) struct JamSuspect;

pub(super) struct IgnitionNoGps;

impl Definition for JamSuspect {
    fn rule(&self) -> Rule {
        Rule::JamSuspect
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let set = &thresholds.blind;
        format!(
            "a vehicle {} or more days past due has no position under way for {} min while its device talks, or the device says that \
             it is jammed, or a wired and a hidden device lose position and network at once for {} min while devices around are \
             heard; on the work list, if a wired one alone does under way",
            set.dpd_min, set.under_way_for_min, set.silent_for_min
        )
    }

    fn demand(&self, look: &Look<'_>) -> Demand {
        Demand::PastDue(look.thresholds().blind.dpd_min)
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        if let Some((terminal, jammed)) = jammed(look)
            && !look.is_past(jammed.until.plus(JAM_GAP_MS_MAX))
        {
            let (terminal, was_moving) = (terminal.id, look.state.is_moving());
            let finding = Finding::Blind { terminal, since: jammed.since, was_moving, jammed: true };
            return Some(since(jammed.since, finding));
        }
        blind_for(look, true, minutes(look.thresholds().blind.under_way_for_min))
            .or_else(|| vanished::onset(look))
    }

    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase {
        match jammed(look) {
            Some((_, jammed)) if !look.is_past(jammed.until.plus(JAM_GAP_MS_MAX)) => Phase::Holds,
            _ => match alert.explanation.finding {
                Finding::Vanished { last_heard, .. } => vanished::phase(look, last_heard),
                _ => phase(look, alert),
            },
        }
    }

    /// What nobody says may be a garage that it was never in; OVERDUE_OFFLINE tells it today if it stays away.
    fn severity(&self, _: &Look<'_>, finding: &Finding) -> Severity {
        match finding {
            Finding::Vanished { hidden: None, .. } => Severity::P3,
            _ => Severity::P2,
        }
    }

    fn cool_down_ms(&self, thresholds: &Thresholds) -> Millis {
        hours(thresholds.blind.cool_down_h)
    }

    fn changes_at(&self, look: &Look<'_>, _: &Alert) -> Option<Timestamp> {
        jammed(look).map(|(_, jammed)| jammed.until.plus(JAM_GAP_MS_MAX))
    }

    fn starts_at(&self, look: &Look<'_>) -> Option<Timestamp> {
        vanished::starts_at(look)
    }

    fn figures(&self, look: &Look<'_>) -> String {
        if let Some((terminal, Jammed { since, until })) = jammed(look) {
            return format!("terminal {} said that it was jammed from {since} to {until}", terminal.id);
        }
        let counts = minutes(look.thresholds().blind.under_way_for_min);
        told_blind(look, true, counts)
            .or_else(|| vanished::figures(look))
            .unwrap_or_else(|| "no device was without a position under way, or fell silent there".to_owned())
    }
}

impl Definition for IgnitionNoGps {
    fn rule(&self) -> Rule {
        Rule::IgnitionNoGps
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        format!(
            "no position for {} min with the ignition on where it stood, but for where it was out of sight before",
            thresholds.blind.stands_for_min
        )
    }

    fn demand(&self, _: &Look<'_>) -> Demand {
        Demand::Collateral
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        // Where it was out of sight before: its garage.
        if look.state.was_unseen_here_before() {
            return None;
        }
        blind_for(look, false, minutes(look.thresholds().blind.stands_for_min))
    }

    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase {
        phase(look, alert)
    }

    fn severity(&self, look: &Look<'_>, _: &Finding) -> Severity {
        look.graver_if_overdue(Severity::P4, Severity::P3)
    }

    fn figures(&self, look: &Look<'_>) -> String {
        let told = told_blind(look, false, minutes(look.thresholds().blind.stands_for_min));
        let here_before = if look.state.was_unseen_here_before() { ", as here before" } else { "" };
        told.map_or_else(|| "each device has a position".to_owned(), |told| format!("{told}{here_before}"))
    }
}

/// The device that said last that it is jammed.
fn jammed<'a>(look: &Look<'a>) -> Option<(&'a Terminal, Jammed)> {
    let jammed =
        look.state.terminals.iter().filter_map(|terminal| Some((terminal, terminal.signals()?.jammed?)));
    jammed.max_by_key(|(_, jammed)| jammed.until)
}

/// A spell that lasts, by its reports: heartbeats say nothing of the sky.
fn blind_for(look: &Look<'_>, was_moving: bool, span_ms: Millis) -> Option<Onset> {
    let (terminal, blind) = spell(look, was_moving)?;
    let finding = Finding::Blind {
        terminal: terminal.id,
        since: blind.since,
        was_moving: blind.was_moving,
        jammed: false,
    };
    (blind.until.since(blind.since) >= span_ms).then_some(since(blind.since, finding))
}

fn told_blind(look: &Look<'_>, was_moving: bool, counts_ms: Millis) -> Option<String> {
    let (terminal, Blind { since, until, .. }) = spell(look, was_moving)?;
    let counts = span(counts_ms);
    Some(format!("terminal {} had no position from {since} to {until}; {counts} count", terminal.id))
}

fn spell<'a>(look: &Look<'a>, was_moving: bool) -> Option<(&'a Terminal, Blind)> {
    let blind = look.state.terminals.iter().filter_map(|terminal| Some((terminal, terminal.blind?)));
    blind.filter(|(_, blind)| blind.was_moving == was_moving).min_by_key(|(_, blind)| blind.since)
}

/// Over with the first believed fix after it.
fn phase(look: &Look<'_>, alert: &Alert) -> Phase {
    let Finding::Blind { terminal, since, .. } = alert.explanation.finding else { return Phase::Between };
    let is_blind = look.state.terminals.iter().any(|other| other.id == terminal && other.blind.is_some());
    let seen = look.state.last_place().is_some_and(|(_, at)| at > since);
    match () {
        () if is_blind => Phase::Holds,
        () if seen => Phase::Over,
        () => Phase::Between,
    }
}
