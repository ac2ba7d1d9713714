//! RECOVERY_WINDOW: a vehicle whose recovery is lawful stands where it usually stands for hours to come.
//!
//! Shape: the parking place, how long it usually stays there when it comes at such an hour, and the basis of the case in. Episode:
//! since when it stands. Units: hours of device time. Errors: none. Source: `domain.md` §3b, §3c (no case without a legal basis).

use super::definition::{Definition, Look, Onset, Phase, over_if, since};
use super::gate::Demand;
use crate::rule_set::{Thresholds, hours};
use model::{Alert, Finding, Millis, Rule, Severity};

pub(super) struct RecoveryWindow;

impl Definition for RecoveryWindow {
    fn rule(&self) -> Rule {
        Rule::RecoveryWindow
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let set = &thresholds.recovery_window;
        format!(
            "a vehicle more than {} days past due, with an open case and its legal basis, stands at a usual place where it \
             usually stays for {} h more; over when it leaves; not again within {} h",
            thresholds.loan.severe_dpd_over, set.remaining_h, set.cool_down_h
        )
    }

    fn demand(&self, look: &Look<'_>) -> Demand {
        Demand::PastDue(look.thresholds().loan.severe_dpd_over.saturating_add(1))
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let basis = look.gate.recovery_basis().filter(|_| is_heard(look))?;
        let (stood, place) = (look.state.parked_since()?, look.state.motion.anchor()?);
        let usual = look.habitual_at(place)?;
        let leaves_at = usual.leaves_at(stood)?;
        let stays = leaves_at.since(look.facts.now) >= hours(look.thresholds().recovery_window.remaining_h);
        let (nights, days) = (usual.nights.into(), usual.days.into());
        let finding = Finding::Window { place, since: stood, leaves_at, nights, days, basis };
        stays.then_some(since(stood, finding))
    }

    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase {
        let Finding::Window { place, .. } = alert.explanation.finding else { return Phase::Between };
        over_if(look.has_left(place, alert.episode) || look.gate.recovery_basis().is_none())
    }

    fn severity(&self, _: &Look<'_>, _: &Finding) -> Severity {
        Severity::P3
    }

    fn cool_down_ms(&self, thresholds: &Thresholds) -> Millis {
        hours(thresholds.recovery_window.cool_down_h)
    }

    fn figures(&self, look: &Look<'_>) -> String {
        if look.gate.recovery_basis().is_none() {
            return "no case with a legal basis is open".to_owned();
        }
        let (stood, place) = (look.state.parked_since(), look.state.motion.anchor());
        let usual = stood.zip(place.and_then(|place| look.habitual_at(place)));
        let Some((stood, usual)) = usual else { return "it stands at no usual place".to_owned() };
        let counts = look.thresholds().recovery_window.remaining_h;
        usual.leaves_at(stood).map_or_else(
            || "how long it stays there is not known yet".to_owned(),
            |leaves_at| format!("it usually leaves at {leaves_at}; {counts} h ahead of it count"),
        )
    }
}

/// Who drives somewhere must not find that it left in silence.
fn is_heard(look: &Look<'_>) -> bool {
    let recent_ms = hours(look.thresholds().overdue_moved.recent_max_h);
    look.state.heard_at().is_some_and(|at| look.facts.now.since(at) <= recent_ms)
}
