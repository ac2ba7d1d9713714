//! The life of an alert that is about no single vehicle.
//!
//! ```text
//! none --holds--> Open     Open | Acknowledged --holds no longer--> Closed     Closed --the same episode--> Closed
//! Open --nobody acknowledges it--> (Unacknowledged, once)     Open | Acknowledged --a wider one is told--> Withdrawn
//! ```
//! Its end is a certain fact, a book that came or devices that talk again, so that even a P1 closes by itself. Shape: the
//! conditions that hold in, changes out. Units: journal time. Errors: none. Source: `domain.md` §3b common rules.

use crate::escalation;
use crate::judge::Change;
use crate::staff::{alert_id, next};
use crate::{RULES_VERSION, RuleSet};
use model::alert::{Notice, Triage};
use model::{
    About, Alert, AlertState, CloseReason, Explanation, Finding, LenderId, Rule, Severity, Timestamp,
    WithdrawReason,
};

/// Something that holds, and would raise an alert.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// What it is about.
    pub about: About,
    /// What tells one such event from the next.
    pub episode: Timestamp,
    /// When it happened.
    pub event_time: Timestamp,
    /// What was seen.
    pub finding: Finding,
    /// How soon somebody must act.
    pub severity: Severity,
}

impl Condition {
    /// The one that an alert was raised for.
    pub fn of(alert: &Alert) -> Self {
        let Alert { about, episode, event_time, severity, explanation, .. } = alert.clone();
        Self { about, episode, event_time, finding: explanation.finding, severity }
    }
}

/// Holds every condition of a rule against its alerts: live ones, and the last of each thing it was about.
pub fn settle<'a>(
    rule: Rule,
    holding: &[Condition],
    alerts: impl Iterator<Item = &'a Alert>,
    now: Timestamp,
    rule_set: &RuleSet,
) -> Vec<Change> {
    let of_rule: Vec<&Alert> = alerts.filter(|alert| alert.rule == rule).collect();
    let is_told = |condition: &Condition| {
        of_rule.iter().any(|alert| {
            alert.about == condition.about && (alert.state.is_live() || alert.episode >= condition.episode)
        })
    };
    let over = of_rule.iter().filter(|alert| {
        alert.state.is_live() && !holding.iter().any(|condition| condition.about == alert.about)
    });
    // One that a wider outage has taken over is not over.
    let is_wider = |alert: &Alert, wide: &Condition| {
        rule == Rule::Outage && wide.event_time <= alert.event_time && !is_told(wide)
    };
    let closed = over.map(|alert| {
        if holding.iter().any(|wide| is_wider(alert, wide)) { merge(alert, now) } else { close(alert, now) }
    });
    let unacknowledged = of_rule.iter().filter(|alert| {
        let due_at = escalation::due_at(alert, rule_set.thresholds_for(lender_of(alert)));
        let holds = holding.iter().any(|condition| condition.about == alert.about);
        holds && due_at.is_some_and(|at| at <= now)
    });
    let told_again = unacknowledged.map(|alert| {
        let notice = Some(Notice::Unacknowledged);
        Change { alert: escalation::told_again(alert, now), notice }
    });
    let opened =
        holding.iter().filter(|condition| !is_told(condition)).map(|new| open(rule, new, now, rule_set));
    closed.chain(told_again).chain(opened).collect()
}

const fn lender_of(alert: &Alert) -> Option<&LenderId> {
    match &alert.about {
        About::Lender(lender) => Some(lender),
        _ => None,
    }
}

fn open(rule: Rule, condition: &Condition, now: Timestamp, rule_set: &RuleSet) -> Change {
    let Condition { about, episode, event_time, finding, severity } = condition.clone();
    let alert = Alert {
        id: alert_id(&about, rule, episode),
        rule,
        about,
        episode,
        severity,
        state: AlertState::Open,
        version: 1,
        opened_at: now,
        event_time,
        cleared_at: None,
        told_at: Some(now),
        told_again_at: None,
        triage: Triage::default(),
        explanation: Explanation {
            finding,
            fixes_used: Vec::new(),
            fixes_rejected: Vec::new(),
            loan: None,
            rule_set: rule_set.hash().to_owned(),
            rules_version: RULES_VERSION,
        },
    };
    Change { alert, notice: Some(Notice::Opened) }
}

fn merge(alert: &Alert, now: Timestamp) -> Change {
    let merged = next(alert, AlertState::Withdrawn { reason: WithdrawReason::Merged, at: now });
    Change { alert: Alert { cleared_at: Some(now), ..merged }, notice: Some(Notice::Withdrawn) }
}

fn close(alert: &Alert, now: Timestamp) -> Change {
    let (reason, by, note) = (CloseReason::ConditionOver, None, None);
    let closed = next(alert, AlertState::Closed { reason, by, at: now, note });
    Change { alert: Alert { cleared_at: Some(now), ..closed }, notice: Some(Notice::Closed) }
}
