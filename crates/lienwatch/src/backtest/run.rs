//! One replay, and what became of each alert in it.
//!
//! Shape: a replay at its beginning in, [`Run`] out. Units: journal time. Errors: those of the replay.

use crate::history::Past;
use anyhow::Result;
use model::alert::Notice;
use model::{Alert, AlertId, AlertState, Severity, Timestamp};
use std::collections::BTreeMap;
use watch::Changed;

/// What a rule set raised.
pub(crate) struct Run {
    /// By id: the alerts.
    pub(crate) tales: BTreeMap<AlertId, Tale>,
    /// The replay at its end.
    pub(crate) past: Past,
    pub(crate) ends_at: Timestamp,
}

/// What became of one alert.
#[derive(Debug, Clone)]
pub(crate) struct Tale {
    /// As it was at the end.
    pub(crate) alert: Alert,
    /// The gravest it ever was.
    pub(crate) severity: Severity,
    /// Whether people were told of it.
    pub(crate) is_told: bool,
}

impl Run {
    /// Goes to the end of a replay.
    pub(crate) async fn of(mut past: Past) -> Result<Self> {
        let mut tales = BTreeMap::new();
        past.run(|changed| take(&mut tales, changed)).await?;
        let ends_at = past.replay.applied_at();
        Ok(Self { tales, past, ends_at })
    }
}

fn take(tales: &mut BTreeMap<AlertId, Tale>, Changed { alert, notices, .. }: Changed) {
    let tells =
        notices.iter().any(|notice| matches!(notice, Notice::Opened | Notice::Confirmed | Notice::Escalated));
    let known = tales.get(&alert.id);
    let severity = known.map_or(alert.severity, |tale| tale.severity.min(alert.severity));
    let is_told = tells || known.is_some_and(|tale| tale.is_told);
    tales.insert(alert.id.clone(), Tale { alert, severity, is_told });
}

impl Tale {
    /// From the event to its end, or to `until` where it goes on.
    pub(crate) fn span(&self, until: Timestamp) -> (Timestamp, Timestamp) {
        span(&self.alert, until)
    }
}

/// From an alert's event to its end, or to `until` where it goes on.
pub(crate) fn span(alert: &Alert, until: Timestamp) -> (Timestamp, Timestamp) {
    let ended_at = match &alert.state {
        AlertState::Closed { at, .. } | AlertState::Withdrawn { at, .. } => Some(*at),
        AlertState::Unconfirmed | AlertState::Open | AlertState::Acknowledged { .. } => None,
    };
    let end = alert.cleared_at.or(ended_at).unwrap_or(until);
    (alert.episode.min(alert.event_time), end)
}

/// Whether two spans share a moment.
pub(crate) fn overlap(one: (Timestamp, Timestamp), other: (Timestamp, Timestamp)) -> bool {
    one.0 <= other.1 && other.0 <= one.1
}
