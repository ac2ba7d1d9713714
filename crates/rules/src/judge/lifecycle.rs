//! The life of one alert of one rule: the same for every rule.
//!
//! ```text
//! none --onset, loan overdue, book fresh--> Open (Opened)       none --onset, loan overdue, book stale--> Unconfirmed
//! Unconfirmed --fresh, overdue--> Open (Confirmed)              Unconfirmed --fresh, not overdue enough--> Withdrawn
//! live --gate shut--> Withdrawn                                 live --severity grew, fresh--> (Escalated)
//! live P2.. --over--> Closed                                    live P1, or unconfirmed --over--> cleared (Cleared)
//! cleared --again--> not cleared
//! ```
//! Shape: [`Case::settle`] takes steps until nothing changes, which makes judging idempotent. Units: journal time.
//! Errors: none. Source: `domain.md` §3b common rules; `reliability.md` §5 ("closing is never automatic for P1").

use super::gate::{Gate, Overdue};
use super::{Change, Facts, earlier, overdue_moved, overdue_offline};
use crate::staff::{alert_id, next, withdraw};
use crate::{RULES_VERSION, VehicleState};
use model::alert::{Evidence, Finding, Notice, Rejected};
use model::{Alert, AlertState, CloseReason, Explanation, Rule, Severity, Timestamp, WithdrawReason};

/// One rule held against one vehicle.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) state: &'a VehicleState,
    pub(super) facts: &'a Facts<'a>,
    pub(super) gate: &'a Gate<'a>,
    pub(super) rule: Rule,
}

/// A condition that holds and would raise an alert.
pub(super) struct Onset {
    pub(super) episode: Timestamp,
    pub(super) event_time: Timestamp,
    pub(super) finding: Finding,
}

/// How the condition of a live alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// It holds.
    Holds,
    /// Neither: the open and close conditions differ.
    Between,
    /// It is over.
    Over,
}

/// The fixes that a finding rests on.
#[derive(Default)]
pub(super) struct Proof {
    pub(super) used: Vec<Evidence>,
    pub(super) rejected: Vec<Rejected>,
}

impl Case<'_> {
    /// Takes steps until nothing changes; gives when time alone may change something.
    pub(super) fn settle(&self, changed: &mut Vec<Change>) -> Option<Timestamp> {
        let of_rule = |alert: &&Alert| alert.rule == self.rule;
        let mut live = self.facts.alerts.iter().filter(of_rule).find(|alert| alert.state.is_live()).cloned();
        let mut ended: Option<Alert> = (self.facts.alerts.iter().filter(of_rule))
            .filter(|alert| !alert.state.is_live())
            .max_by_key(|alert| (alert.opened_at, alert.episode))
            .cloned();
        for _ in 0..STEPS_MAX {
            let step = match &live {
                Some(alert) => self.advance(alert),
                None => self.open(ended.as_ref()),
            };
            let Some(change) = step else { break };
            if change.alert.state.is_live() {
                live = Some(change.alert.clone());
            } else {
                (live, ended) = (None, Some(change.alert.clone()));
            }
            changed.push(change);
        }
        self.wake_at(live.as_ref(), ended.as_ref())
    }

    fn open(&self, ended: Option<&Alert>) -> Option<Change> {
        let Gate::Overdue(overdue) = self.gate else { return None };
        if !overdue.admits(self.rule, self.facts) {
            return None;
        }
        let onset = self.onset()?;
        let episode = new_episode(onset.episode, ended)?;
        let severity = self.severity(&onset.finding, overdue);
        if self.is_cooling_down(severity, ended) {
            return None;
        }
        let proof = self.proof();
        let (state, notice) = if overdue.fresh {
            (AlertState::Open, Some(Notice::Opened))
        } else {
            (AlertState::Unconfirmed, None)
        };
        let alert = Alert {
            id: alert_id(self.facts.vehicle, self.rule, episode),
            rule: self.rule,
            vehicle: self.facts.vehicle,
            episode,
            severity,
            state,
            version: 1,
            opened_at: self.facts.now,
            event_time: onset.event_time,
            cleared_at: None,
            explanation: Explanation {
                finding: onset.finding,
                fixes_used: proof.used,
                fixes_rejected: proof.rejected,
                loan: overdue.snapshot(),
                rule_set: self.facts.rule_set.hash().to_owned(),
                rules_version: RULES_VERSION,
            },
        };
        Some(Change { alert, notice })
    }

    /// The next step of a live alert, the most urgent first.
    fn advance(&self, alert: &Alert) -> Option<Change> {
        match self.gate {
            Gate::Shut(shut) => self.take_back(alert, shut.reason(alert)),
            Gate::Overdue(overdue) => (self.confirm_or_refute(alert, overdue))
                .or_else(|| self.escalate(alert, overdue))
                .or_else(|| self.end_or_resume(alert)),
        }
    }

    fn take_back(&self, alert: &Alert, reason: WithdrawReason) -> Option<Change> {
        let notice = is_delivered(alert).then_some(Notice::Withdrawn);
        withdraw(alert, reason, self.facts.now).map(|alert| Change { alert, notice })
    }

    /// What a fresh book, or a part payment, says of an alert on a loan that is still past due.
    fn confirm_or_refute(&self, alert: &Alert, overdue: &Overdue<'_>) -> Option<Change> {
        let admitted = overdue.admits(self.rule, self.facts);
        if is_delivered(alert) {
            let paid_enough = !admitted && overdue.was_paid_into(alert);
            return paid_enough.then(|| self.take_back(alert, overdue.reason(alert))).flatten();
        }
        if !overdue.fresh {
            return None;
        }
        if !admitted {
            return self.take_back(alert, overdue.reason(alert));
        }
        let severity = alert.severity.min(self.severity(&alert.explanation.finding, overdue));
        let mut alert = Alert { severity, ..next(alert, AlertState::Open) };
        alert.explanation.loan = overdue.snapshot();
        Some(Change { alert, notice: Some(Notice::Confirmed) })
    }

    /// Days past due grow while the alert waits. A stale book says nothing new.
    fn escalate(&self, alert: &Alert, overdue: &Overdue<'_>) -> Option<Change> {
        let severity = self.severity(&alert.explanation.finding, overdue);
        if !overdue.fresh || !overdue.admits(self.rule, self.facts) || severity >= alert.severity {
            return None;
        }
        let mut alert = Alert { severity, ..next(alert, alert.state.clone()) };
        alert.explanation.loan = overdue.snapshot();
        Some(Change { alert, notice: Some(Notice::Escalated) })
    }

    fn end_or_resume(&self, alert: &Alert) -> Option<Change> {
        let now = self.facts.now;
        let waits = alert.severity == Severity::P1 || !is_delivered(alert);
        match (self.phase(alert), alert.cleared_at) {
            (Phase::Over, _) if !waits => {
                let (reason, by, note) = (CloseReason::ConditionOver, None, None);
                let closed = next(alert, AlertState::Closed { reason, by, at: now, note });
                let cleared_at = alert.cleared_at.or(Some(now));
                Some(Change { alert: Alert { cleared_at, ..closed }, notice: Some(Notice::Closed) })
            }
            (Phase::Over, None) => {
                let alert = Alert { cleared_at: Some(now), ..next(alert, alert.state.clone()) };
                let notice = is_delivered(&alert).then_some(Notice::Cleared);
                Some(Change { alert, notice })
            }
            (Phase::Holds, Some(_)) => {
                let alert = Alert { cleared_at: None, ..next(alert, alert.state.clone()) };
                let notice = is_delivered(&alert).then(|| self.resumed()).flatten();
                Some(Change { alert, notice })
            }
            (Phase::Over, Some(_)) | (Phase::Holds, None) | (Phase::Between, _) => None,
        }
    }

    fn wake_at(&self, live: Option<&Alert>, ended: Option<&Alert>) -> Option<Timestamp> {
        let Gate::Overdue(overdue) = self.gate else { return None };
        let closes_at = live.and_then(|alert| self.over_at(alert));
        let may_start = live.is_none_or(|alert| alert.cleared_at.is_some());
        let starts_at =
            (may_start && overdue.admits(self.rule, self.facts)).then(|| self.starts_at(ended)).flatten();
        earlier(closes_at, starts_at).filter(|at| *at > self.facts.now)
    }
}

/// What each rule answers. A further rule is a further arm.
impl Case<'_> {
    fn onset(&self) -> Option<Onset> {
        match self.rule {
            Rule::OverdueMoved => overdue_moved::onset(self.state, self.facts),
            Rule::OverdueOffline => overdue_offline::onset(self.state, self.facts),
        }
    }

    fn severity(&self, finding: &Finding, overdue: &Overdue<'_>) -> Severity {
        let acute = match self.rule {
            Rule::OverdueMoved => overdue.contact_is_lost() || overdue_moved::is_acute(finding, self.facts),
            Rule::OverdueOffline => overdue_offline::is_acute(finding),
        };
        if acute || overdue.is_severe() { Severity::P1 } else { Severity::P2 }
    }

    fn phase(&self, alert: &Alert) -> Phase {
        match self.rule {
            Rule::OverdueMoved => overdue_moved::phase(self.state, self.facts),
            Rule::OverdueOffline => overdue_offline::phase(self.state, self.facts, alert),
        }
    }

    fn proof(&self) -> Proof {
        match self.rule {
            Rule::OverdueMoved => overdue_moved::proof(self.state),
            Rule::OverdueOffline => Proof::default(),
        }
    }

    /// Whether the last alert is too recent to say the same again. One that was taken back was no alert.
    fn is_cooling_down(&self, severity: Severity, ended: Option<&Alert>) -> bool {
        let cool_down_ms = match self.rule {
            Rule::OverdueMoved => self.facts.rule_set.overdue_moved().cool_down_ms(),
            Rule::OverdueOffline => 0,
        };
        ended.filter(|ended| !matches!(ended.state, AlertState::Withdrawn { .. })).is_some_and(|ended| {
            self.facts.now.since(ended.opened_at) < cool_down_ms && severity >= ended.severity
        })
    }

    /// What people are told when a cleared condition holds again. A car that drives on after a stop is the same
    /// trip; one that falls silent again is news.
    const fn resumed(&self) -> Option<Notice> {
        match self.rule {
            Rule::OverdueMoved => None,
            Rule::OverdueOffline => Some(Notice::Escalated),
        }
    }

    /// When the condition of a live alert is over if nothing is heard until then.
    fn over_at(&self, alert: &Alert) -> Option<Timestamp> {
        match self.rule {
            Rule::OverdueMoved if alert.cleared_at.is_none() => {
                overdue_moved::over_at(self.state, self.facts)
            }
            Rule::OverdueMoved | Rule::OverdueOffline => None,
        }
    }

    /// When the condition may begin if nothing is heard until then.
    fn starts_at(&self, ended: Option<&Alert>) -> Option<Timestamp> {
        match self.rule {
            Rule::OverdueMoved => {
                ended.map(|ended| ended.opened_at.plus(self.facts.rule_set.overdue_moved().cool_down_ms()))
            }
            Rule::OverdueOffline => overdue_offline::starts_at(self.state, self.facts),
        }
    }
}

/// Whether people were told of a live alert.
fn is_delivered(alert: &Alert) -> bool {
    match alert.state {
        AlertState::Open | AlertState::Acknowledged { .. } => true,
        AlertState::Unconfirmed | AlertState::Closed { .. } | AlertState::Withdrawn { .. } => false,
    }
}

/// An episode is told once. One that was taken back and holds on when the loan is overdue again (a broken promise,
/// say) goes on as a new one, which begins where the old one was taken back.
fn new_episode(episode: Timestamp, ended: Option<&Alert>) -> Option<Timestamp> {
    match ended {
        Some(ended) if ended.episode >= episode => match ended.state {
            AlertState::Withdrawn { at, .. } => Some(at.max(ended.episode.plus(1))),
            _ => None,
        },
        Some(_) | None => Some(episode),
    }
}

/// Open or confirm, escalate, clear, close: no alert has more to do at one moment.
const STEPS_MAX: usize = 6;
