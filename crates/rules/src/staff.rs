//! What staff and bindings do to an alert, and how an alert gets its id.
//!
//! Shape: the alert as it is and the action in, the next version out. Units: none.
//! Errors: [`Refusal`], a conflict when somebody else was first. Source: `model::alert`; DESIGN.md §1, fine print 4.

use model::{About, Alert, AlertId, AlertState, CloseReason, Rule, Timestamp, WithdrawReason};
use xxhash_rust::xxh3::xxh3_128;

/// Why an action on an alert is not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The alert changed since it was seen.
    #[error("the alert is at version {version}, seen was version {seen}")]
    Conflict {
        /// What the caller saw.
        seen: u32,
        /// What it is now.
        version: u32,
    },
    /// The alert is closed or withdrawn.
    #[error("the alert has ended: {state}")]
    Ended {
        /// Code of its state.
        state: &'static str,
    },
    /// Somebody has it already.
    #[error("the alert is already with {by}")]
    Taken {
        /// Who.
        by: String,
    },
    /// Its loan file is stale: nobody may act on it as a fact yet.
    #[error("the alert is unconfirmed: its loan book is stale")]
    Unconfirmed,
    /// `condition_over` is for the rules to say; staff give a verdict.
    #[error("\"{reason}\" is not a verdict; expected confirmed, false_alarm or unclear")]
    NotAVerdict {
        /// What was given.
        reason: CloseReason,
    },
}

/// Somebody takes the alert. `seen` is the version they looked at; who names it may take it over from another.
pub fn acknowledge(
    alert: &Alert,
    by: &str,
    at: Timestamp,
    seen: Option<u32>,
    note: Option<&str>,
) -> Result<Alert, Refusal> {
    check_version(alert, seen)?;
    match &alert.state {
        AlertState::Unconfirmed => return Err(Refusal::Unconfirmed),
        AlertState::Open => {}
        AlertState::Acknowledged { by: holder, .. } => {
            if holder == by || seen.is_none() {
                return Err(Refusal::Taken { by: holder.clone() });
            }
        }
        ended @ (AlertState::Closed { .. } | AlertState::Withdrawn { .. }) => {
            return Err(Refusal::Ended { state: ended.code() });
        }
    }
    let note = note.map(str::to_owned);
    Ok(next(alert, AlertState::Acknowledged { by: by.to_owned(), at, note }))
}

/// Somebody ends the alert with a verdict.
pub fn close(
    alert: &Alert,
    by: &str,
    at: Timestamp,
    seen: Option<u32>,
    reason: CloseReason,
    note: Option<&str>,
) -> Result<Alert, Refusal> {
    check_version(alert, seen)?;
    if reason == CloseReason::ConditionOver {
        return Err(Refusal::NotAVerdict { reason });
    }
    if !alert.state.is_live() {
        return Err(Refusal::Ended { state: alert.state.code() });
    }
    let (by, note) = (Some(by.to_owned()), note.map(str::to_owned));
    Ok(next(alert, AlertState::Closed { reason, by, at, note }))
}

/// Takes an alert back, e.g. when its terminal turns out to be on another vehicle. `None` if it has ended.
pub fn withdraw(alert: &Alert, reason: WithdrawReason, at: Timestamp) -> Option<Alert> {
    alert.state.is_live().then(|| next(alert, AlertState::Withdrawn { reason, at }))
}

/// The id of the alert that this rule raises of this for this episode, on any machine and database.
pub fn alert_id(about: &About, rule: Rule, episode: Timestamp) -> AlertId {
    let key = format!("{}\0{rule}\0{}", about.code(), episode.ms());
    AlertId(format!("{:032x}", xxh3_128(key.as_bytes())))
}

/// The next version of an alert, in another state.
pub(crate) fn next(alert: &Alert, state: AlertState) -> Alert {
    Alert { state, version: alert.version.saturating_add(1), ..alert.clone() }
}

fn check_version(alert: &Alert, seen: Option<u32>) -> Result<(), Refusal> {
    match seen {
        // Ended says more than a version: it is the same answer for whoever comes late.
        Some(seen) if seen != alert.version && alert.state.is_live() => {
            Err(Refusal::Conflict { seen, version: alert.version })
        }
        _ => Ok(()),
    }
}
