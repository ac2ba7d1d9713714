//! What staff and bindings do to an alert, and how an alert gets its id.
//!
//! Shape: the alert as it is and the action in, the next version out. Units: none.
//! Errors: [`Refusal`], a conflict when somebody else was first. Source: `model::alert`; DESIGN.md §1, fine print 4.

use model::alert::{Custody, Owner, Triage};
use model::{
    About, Alert, AlertId, AlertState, CloseReason, Millis, Rule, Severity, Timestamp, WithdrawReason,
};
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
    /// Nobody has acknowledged it.
    #[error("nobody has acknowledged the alert")]
    NotTaken,
    /// A snooze that is over before it begins, or so long that the alert is forgotten.
    #[error("an alert is snoozed until a time to come, {SNOOZE_DAYS_MAX} days away at the most")]
    SnoozeEnd,
    /// What somebody must act on now waits only for a reason.
    #[error("a P1 alert is snoozed with a reason")]
    NoReason,
    /// Nothing was written.
    #[error("there is nothing in the note")]
    EmptyNote,
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
        AlertState::Closed { .. } | AlertState::Withdrawn { .. } => return Err(ended(alert)),
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
    let at = match &alert.state {
        AlertState::Unconfirmed | AlertState::Open | AlertState::Acknowledged { .. } => at,
        // It ended by itself, then, and nobody has said yet whether it was right.
        AlertState::Closed { at, .. } if alert.waits_for_verdict() => *at,
        AlertState::Closed { .. } | AlertState::Withdrawn { .. } => return Err(ended(alert)),
    };
    let (by, note) = (Some(by.to_owned()), note.map(str::to_owned));
    Ok(next(alert, AlertState::Closed { reason, by, at, note }))
}

/// Whoever took the alert gives it back: it waits for somebody again.
pub fn unacknowledge(alert: &Alert, seen: Option<u32>) -> Result<Alert, Refusal> {
    check_live(alert, seen)?;
    match alert.state {
        AlertState::Acknowledged { .. } => Ok(next(alert, AlertState::Open)),
        _ => Err(Refusal::NotTaken),
    }
}

/// The alert is given to somebody, or to nobody.
pub fn assign(alert: &Alert, to: Option<Owner>, at: Timestamp, seen: Option<u32>) -> Result<Alert, Refusal> {
    check_live(alert, seen)?;
    let custody = to.map(|owner| Custody { owner, since: at });
    let triage = Triage { custody, ..alert.triage.clone() };
    Ok(Alert { triage, ..next(alert, alert.state.clone()) })
}

/// The alert is out of the way until then, or no longer. It waits for somebody all the same, and comes back when people are told
/// of it again.
pub fn snooze(
    alert: &Alert,
    until: Option<Timestamp>,
    at: Timestamp,
    seen: Option<u32>,
    reason: Option<&str>,
) -> Result<Alert, Refusal> {
    check_live(alert, seen)?;
    if until.is_some_and(|until| until <= at || until.since(at) > SNOOZE_DAYS_MAX * DAY_MS) {
        return Err(Refusal::SnoozeEnd);
    }
    let is_told = reason.is_some_and(|reason| !reason.trim().is_empty());
    if until.is_some() && alert.severity == Severity::P1 && !is_told {
        return Err(Refusal::NoReason);
    }
    let triage = Triage { snoozed_until: until, ..alert.triage.clone() };
    Ok(Alert { triage, ..next(alert, alert.state.clone()) })
}

/// The alert with something written to it: its version moves, so that whoever looks at it looks again.
pub fn noted(alert: &Alert, note: &str, seen: Option<u32>) -> Result<Alert, Refusal> {
    check_version(alert, seen)?;
    if note.trim().is_empty() {
        return Err(Refusal::EmptyNote);
    }
    Ok(next(alert, alert.state.clone()))
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

fn check_live(alert: &Alert, seen: Option<u32>) -> Result<(), Refusal> {
    check_version(alert, seen)?;
    if alert.state.is_live() { Ok(()) } else { Err(ended(alert)) }
}

const fn ended(alert: &Alert) -> Refusal {
    Refusal::Ended { state: alert.state.code() }
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

/// Longer than that, what waits is forgotten [ux.md §7].
const SNOOZE_DAYS_MAX: i64 = 7;
const DAY_MS: Millis = 86_400_000;
