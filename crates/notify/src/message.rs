//! What a receiver is told: that something changed, and about which alert. Who asks for more needs a login.
//!
//! A reminder is for the lender's own system, which knows the contract: it names it, and no person, vehicle or sum.
//!
//! Shape: an entry → JSON `{type, timestamp, data}`, well below 1 KiB. Units: RFC 3339. No coordinates, no loan, no
//! whole plate: a chat room is no place for a track. Errors: none. Source: Standard Webhooks; `domain.md` §3c.

use model::alert::{AlertState, Notice};
use model::{Alert, Reminder, Timestamp};
use serde_json::json;

/// The body of a webhook. `now` stands in for the time of a change that the alert does not date.
pub(crate) fn body(notice: Notice, alert: &Alert, now: Timestamp) -> Vec<u8> {
    // It may have waited for its receiver for days: whoever reads it sees how old the debt is that it speaks of.
    let book_as_of = alert.explanation.loan.as_ref().and_then(|known| known.book_as_of);
    let message = json!({
        "type": format!("alert.{notice}"),
        "timestamp": changed_at(notice, alert).unwrap_or(now),
        "data": {
            "id": alert.id,
            "rule": alert.rule,
            "vehicle": alert.about.vehicle().map(|vehicle| vehicle.masked().to_string()),
            "about": alert.about.masked(),
            "severity": alert.severity,
            "state": alert.state.code(),
            "event_time": alert.event_time,
            "opened_at": alert.opened_at,
            "book_as_of": book_as_of,
            "version": alert.version,
        },
    });
    message.to_string().into_bytes()
}

/// The body of a webhook that asks the lender's system to remind a borrower.
pub(crate) fn reminder(reminder: &Reminder) -> Vec<u8> {
    let message = json!({
        "type": format!("reminder.{}", reminder.kind),
        "timestamp": reminder.at,
        "data": {
            "id": reminder.id(),
            "lender": reminder.lender,
            "contract": reminder.contract,
            "due_date": reminder.due.to_string(),
        },
    });
    message.to_string().into_bytes()
}

fn changed_at(notice: Notice, alert: &Alert) -> Option<Timestamp> {
    match notice {
        Notice::Opened => Some(alert.opened_at),
        Notice::Cleared => alert.cleared_at,
        Notice::Unacknowledged => alert.told_again_at,
        Notice::Confirmed | Notice::Escalated => None,
        Notice::Withdrawn | Notice::Closed => match &alert.state {
            AlertState::Closed { at, .. } | AlertState::Withdrawn { at, .. } => Some(*at),
            AlertState::Unconfirmed | AlertState::Open | AlertState::Acknowledged { .. } => None,
        },
    }
}
