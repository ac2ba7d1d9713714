//! Why a rule raises an alert now, or does not.
//!
//! Shape: the same state and facts as for `judge` in, one [`Examined`] a rule out, in the order of the codes. It changes
//! nothing. Units: journal time. Errors: none. Source: `domain.md` §3b common rules.

use super::Facts;
use super::definition::{Look, TABLE};
use super::gate::{Gate, Leave};
use super::lifecycle::{Case, new_episode};
use crate::VehicleState;
use model::loan::LoanBar;
use model::{Alert, AlertId, Millis, Rule, Severity, Timestamp};

/// What a rule has to say of a vehicle.
#[derive(Debug, Clone, PartialEq)]
pub struct Examined {
    /// The rule.
    pub rule: Rule,
    /// Why there is an alert, or none.
    pub verdict: Verdict,
    /// Its condition holds, whatever the loan allows.
    pub holds: bool,
    /// How the condition stands, in words and figures.
    pub figures: String,
    /// When it would be raised if nothing is heard until then and the loan stays as it is.
    pub starts_at: Option<Timestamp>,
    /// The loan's book is too old to state anything: what is raised would wait for the next one.
    pub is_stale: bool,
}

/// Why there is an alert, or none.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// There is one.
    Live {
        /// Which.
        alert: AlertId,
        /// How grave.
        severity: Severity,
        /// Code of its state.
        state: &'static str,
        /// The condition has ended; it waits for a verdict.
        cleared_at: Option<Timestamp>,
    },
    /// The loan does not allow one to begin.
    Barred(LoanBar),
    /// The condition does not hold.
    Unmet,
    /// What holds was told already, by an alert that has ended.
    Told {
        /// Which.
        alert: AlertId,
    },
    /// An alert of the same kind was raised so recently that this one waits.
    CoolingDown {
        /// That one.
        alert: AlertId,
        /// Until then.
        until: Timestamp,
    },
    /// It holds, and is raised when the vehicle is looked at next.
    Due,
}

/// Why each rule raises an alert now, or does not.
pub fn examine(state: &VehicleState, facts: &Facts<'_>) -> Vec<Examined> {
    let thresholds = facts.thresholds();
    let gate = Gate::of(facts, thresholds);
    let look = Look { state, facts, thresholds, gate: &gate };
    TABLE.iter().map(|rule| Case { look: &look, rule: *rule }.examined()).collect()
}

impl Case<'_> {
    fn examined(&self) -> Examined {
        let leave = self.leave();
        let may_begin = matches!(leave, Leave::Told | Leave::Observed);
        let starts_at = self.rule.starts_at(self.look).filter(|at| may_begin && *at > self.look.facts.now);
        let verdict = self.live().map_or_else(|| self.verdict(), live);
        Examined {
            rule: self.rule.rule(),
            holds: self.rule.onset(self.look).is_some(),
            figures: self.rule.figures(self.look),
            starts_at: starts_at.filter(|_| verdict == Verdict::Unmet),
            is_stale: leave == Leave::Observed,
            verdict,
        }
    }

    /// Of a rule without a live alert: what keeps it from raising one, the first thing first.
    fn verdict(&self) -> Verdict {
        if let Some(bar) = self.look.gate.bar(self.rule.demand(self.look)) {
            return Verdict::Barred(bar);
        }
        let (Some(onset), ended) = (self.rule.onset(self.look), self.ended()) else { return Verdict::Unmet };
        let Some(ended) = ended else { return Verdict::Due };
        let alert = ended.id.clone();
        if new_episode(onset.episode, Some(ended)).is_none() {
            return Verdict::Told { alert };
        }
        let severity = self.rule.severity(self.look, &onset.finding);
        if self.is_cooling_down(severity, &onset.finding, Some(ended)) {
            let cool_down_ms = self.rule.cool_down_ms(self.look.thresholds);
            return Verdict::CoolingDown { alert, until: ended.opened_at.plus(cool_down_ms) };
        }
        Verdict::Due
    }
}

fn live(alert: &Alert) -> Verdict {
    Verdict::Live {
        alert: alert.id.clone(),
        severity: alert.severity,
        state: alert.state.code(),
        cleared_at: alert.cleared_at,
    }
}

/// A span as people say it.
pub(crate) fn span(ms: Millis) -> String {
    let minutes = ms / MINUTE_MS;
    match (minutes / MINUTES_PER_HOUR, minutes % MINUTES_PER_HOUR) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

const MINUTE_MS: Millis = 60_000;
const MINUTES_PER_HOUR: Millis = 60;
