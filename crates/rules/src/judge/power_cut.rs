//! POWER_CUT: a device lost the vehicle's supply.
//!
//! Shape: the supply of each device in; the one that lost it last counts. Episode: its first word of it. Units: the
//! server's clock. Errors: none. Source: `domain.md` §3b (confirmed for five minutes, over when restored for ten).

use super::definition::{Definition, Look, Onset, Phase};
use super::examine::span;
use super::gate::Demand;
use super::overdue_offline::overdue;
use super::silence::Silence;
use crate::rule_set::{Thresholds, hours, minutes};
use crate::signals::Spell;
use crate::state::Terminal;
use model::{Alert, Finding, Rule, Severity, Timestamp};

pub(super) struct PowerCut;

impl Definition for PowerCut {
    fn rule(&self) -> Rule {
        Rule::PowerCut
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let set = &thresholds.power_cut;
        format!(
            "a device has been without the vehicle's supply for {} min; P1 if the vehicle falls silent within {} h; over when it \
             has been back for {} min",
            set.confirm_min, set.silent_within_h, set.restored_min
        )
    }

    fn demand(&self, _: &Look<'_>) -> Demand {
        Demand::Collateral
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let (terminal, Spell { since, begun }) = cut(look)?;
        let place = look.state.last_place().map(|(place, _)| place);
        let finding = Finding::Unpowered { terminal: terminal.id, since: begun, place };
        let confirmed = look.is_past(confirmed_at(look, begun));
        confirmed.then_some(Onset { episode: since, event_time: begun, finding })
    }

    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase {
        match restored_at(look, alert) {
            Some(at) if look.is_past(at) => Phase::Over,
            None if self.onset(look).is_some() => Phase::Holds,
            Some(_) | None => Phase::Between,
        }
    }

    /// Now, of a vehicle past due, and of one of which nothing is heard since.
    fn severity(&self, look: &Look<'_>, finding: &Finding) -> Severity {
        if silence_after(look, finding).is_some_and(|silence| silence.holds()) {
            Severity::P1
        } else {
            look.graver_if_overdue(Severity::P3, Severity::P1)
        }
    }

    fn changes_at(&self, look: &Look<'_>, alert: &Alert) -> Option<Timestamp> {
        let silent_at = || Some(silence_after(look, &alert.explanation.finding)?.holds_at(look));
        restored_at(look, alert).or_else(silent_at)
    }

    fn starts_at(&self, look: &Look<'_>) -> Option<Timestamp> {
        let (_, spell) = cut(look)?;
        Some(confirmed_at(look, spell.begun))
    }

    fn figures(&self, look: &Look<'_>) -> String {
        let counts = span(minutes(look.thresholds().power_cut.confirm_min));
        cut(look).map_or_else(
            || "no device says that its supply is gone".to_owned(),
            |(terminal, Spell { begun, .. })| {
                format!("terminal {} says that its supply is gone since {begun}; {counts} count", terminal.id)
            },
        )
    }
}

/// The device that lost it last.
fn cut<'a>(look: &Look<'a>) -> Option<(&'a Terminal, Spell)> {
    look.state.latest(|terminal| terminal.signals()?.supply.spell())
}

/// The silence of the whole vehicle, where it was heard last soon after the cut and the supply is not back.
fn silence_after(look: &Look<'_>, finding: &Finding) -> Option<Silence> {
    let Finding::Unpowered { since, .. } = finding else { return None };
    cut(look)?;
    let within_ms = hours(look.thresholds().power_cut.silent_within_h);
    overdue(look).filter(|silence| silence.heard.at.since(*since) <= within_ms)
}

/// A supply that was back in between has not been gone all the time.
fn confirmed_at(look: &Look<'_>, begun: Timestamp) -> Timestamp {
    begun.plus(minutes(look.thresholds().power_cut.confirm_min))
}

/// When the supply of every device will have been back for long enough. Where no cut is remembered, since the device that
/// lost it is known, if it has called it good.
fn restored_at(look: &Look<'_>, alert: &Alert) -> Option<Timestamp> {
    if cut(look).is_some() {
        return None;
    }
    let mended = look.state.latest(|terminal| terminal.signals()?.supply.mended_at());
    let known_good = || {
        let terminal = look.terminal(alert.explanation.finding.terminal()?)?;
        terminal.sound.supply.then_some(terminal.first_heard_at)
    };
    let back_at = mended.map(|(_, at)| at).or_else(known_good)?;
    Some(back_at.plus(minutes(look.thresholds().power_cut.restored_min)))
}
