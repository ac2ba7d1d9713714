//! An alert that nobody acknowledges is told once more.
//!
//! Shape: an alert and the thresholds in, the moment out. It is counted from when people were told last that there is something to
//! do: opened, confirmed, escalated. Whoever acknowledges, closes or withdraws it ends the wait, and so does the end of its
//! condition. Units: journal time. Errors: none. Source: `domain.md` §3b (escalate if unacked 30 min (P1), 4 h (P2)).

use crate::rule_set::{Thresholds, hours, minutes};
use crate::staff::next;
use model::alert::Notice;
use model::{Alert, AlertState, Severity, Timestamp};

/// When it is to be told once more, if it is.
pub(crate) fn due_at(alert: &Alert, thresholds: &Thresholds) -> Option<Timestamp> {
    let set = &thresholds.escalation;
    let allowed_ms = match alert.severity {
        Severity::P1 => minutes(set.p1_unacknowledged_min),
        Severity::P2 => hours(set.p2_unacknowledged_h),
        Severity::P3 | Severity::P4 => 0,
    };
    let waits =
        alert.state == AlertState::Open && alert.cleared_at.is_none() && alert.told_again_at.is_none();
    Some(alert.told_at?.plus(allowed_ms)).filter(|_| waits && allowed_ms > 0)
}

/// The alert, told once more. What people are told to act on is not out of the way.
pub(crate) fn told_again(alert: &Alert, now: Timestamp) -> Alert {
    let triage = alert.triage.woken();
    Alert { told_again_at: Some(now), triage, ..next(alert, alert.state.clone()) }
}

/// The alert, as of when people are told of it.
pub(crate) fn told(alert: Alert, notice: Option<Notice>, now: Timestamp) -> Alert {
    match notice {
        Some(Notice::Opened | Notice::Confirmed | Notice::Escalated) => {
            let triage = alert.triage.woken();
            Alert { told_at: Some(now), told_again_at: None, triage, ..alert }
        }
        Some(Notice::Cleared | Notice::Withdrawn | Notice::Closed | Notice::Unacknowledged) | None => alert,
    }
}
