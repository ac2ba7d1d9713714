//! POWER_CUT: a device lost the vehicle's supply.
//!
//! Shape: the supply of each device in; the one that lost it last counts. Episode: its first word of it. Units: the
//! server's clock. Errors: none. Source: `domain.md` §3b (confirmed for five minutes, over when restored for ten).

use super::definition::{Definition, Look, Onset, Phase, over_if, since};
use super::gate::Demand;
use crate::rule_set::{Thresholds, minutes};
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
            "a device has been without the vehicle's supply for {} min; over when it has been back for {} min",
            set.confirm_min, set.restored_min
        )
    }

    fn demand(&self, _: &Look<'_>) -> Demand {
        Demand::Collateral
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let (terminal, cut_at) = cut(look)?;
        let place = look.state.last_place().map(|(place, _)| place);
        let finding = Finding::Unpowered { terminal: terminal.id, since: cut_at, place };
        look.is_past(confirmed_at(look, cut_at)).then_some(since(cut_at, finding))
    }

    fn phase(&self, look: &Look<'_>, _: &Alert) -> Phase {
        match restored_at(look) {
            Some(at) if look.is_past(at) => Phase::Over,
            Some(_) => Phase::Between,
            None => over_if(cut(look).is_none()),
        }
    }

    fn severity(&self, look: &Look<'_>, _: &Finding) -> Severity {
        look.graver_if_overdue(Severity::P3, Severity::P1)
    }

    fn changes_at(&self, look: &Look<'_>, _: &Alert) -> Option<Timestamp> {
        restored_at(look)
    }

    fn starts_at(&self, look: &Look<'_>) -> Option<Timestamp> {
        let (_, cut_at) = cut(look)?;
        Some(confirmed_at(look, cut_at))
    }
}

/// The device that lost it last.
fn cut<'a>(look: &Look<'a>) -> Option<(&'a Terminal, Timestamp)> {
    look.state.latest(|terminal| terminal.signals()?.supply.bad_since())
}

fn confirmed_at(look: &Look<'_>, cut_at: Timestamp) -> Timestamp {
    cut_at.plus(minutes(look.thresholds().power_cut.confirm_min))
}

/// When the supply of every device will have been back for long enough.
fn restored_at(look: &Look<'_>) -> Option<Timestamp> {
    if cut(look).is_some() {
        return None;
    }
    let (_, mended_at) = look.state.latest(|terminal| terminal.signals()?.supply.mended_at())?;
    Some(mended_at.plus(minutes(look.thresholds().power_cut.restored_min)))
}
