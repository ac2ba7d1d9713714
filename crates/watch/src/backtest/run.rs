//! One replay, and what became of each alert in it.
//!
//! Shape: what a replay changes in, [`Run`] out. Units: journal time. Errors: none.

use crate::replay::{Changed, Replay};
use model::alert::Notice;
use model::{About, Alert, AlertId, AlertState, Millis, Rule, Severity, Timestamp};
use std::collections::BTreeMap;

/// What a rule set raised.
pub struct Run {
    /// By id: the alerts.
    pub tales: BTreeMap<AlertId, Tale>,
    /// The journal time of the last input.
    pub ends_at: Timestamp,
    /// So many are known at the end.
    pub vehicles: usize,
    /// Which alerts a rule raised of one vehicle, in the order of their ids.
    raised: BTreeMap<(Rule, About), Vec<AlertId>>,
}

/// What became of one alert.
#[derive(Debug, Clone)]
pub struct Tale {
    /// As it was at the end, without the fixes that it rests on: nobody counts them, and they are most of its bytes.
    pub alert: Alert,
    /// The gravest it ever was.
    pub severity: Severity,
    /// Whether people were told of it.
    pub is_told: bool,
}

/// What a replay raised so far.
#[derive(Debug, Default)]
pub struct Tales {
    tales: BTreeMap<AlertId, Tale>,
    from: Option<Timestamp>,
}

impl Tales {
    /// Of a whole replay.
    pub fn all() -> Self {
        Self::default()
    }

    /// Of those that count for a window from then on: what was over long before is let go.
    pub fn from(from: Timestamp) -> Self {
        Self { from: Some(from.plus(-LEEWAY_MS)), ..Self::default() }
    }

    /// Takes what one input changed.
    pub fn take(&mut self, Changed { mut alert, notices, .. }: Changed) {
        if self.is_past(&alert) {
            self.tales.remove(&alert.id);
            return;
        }
        alert.explanation.fixes_used = Vec::new();
        alert.explanation.fixes_rejected = Vec::new();
        let tells = notices
            .iter()
            .any(|notice| matches!(notice, Notice::Opened | Notice::Confirmed | Notice::Escalated));
        let known = self.tales.get(&alert.id);
        let severity = known.map_or(alert.severity, |tale| tale.severity.min(alert.severity));
        let is_told = tells || known.is_some_and(|tale| tale.is_told);
        self.tales.insert(alert.id.clone(), Tale { alert, severity, is_told });
    }

    /// How many are held.
    pub fn count(&self) -> usize {
        self.tales.len()
    }

    /// The replay is at its end.
    pub fn ended<D>(self, replay: &Replay<D>) -> Run {
        let mut raised: BTreeMap<(Rule, About), Vec<AlertId>> = BTreeMap::new();
        for Tale { alert, .. } in self.tales.values() {
            raised.entry((alert.rule, alert.about.clone())).or_default().push(alert.id.clone());
        }
        Run { tales: self.tales, ends_at: replay.applied_at(), vehicles: replay.vehicles().len(), raised }
    }

    fn is_past(&self, alert: &Alert) -> bool {
        let Some(from) = self.from.filter(|_| !alert.state.is_live()) else { return false };
        alert.opened_at < from && span(alert, from).1 < from
    }
}

impl Run {
    /// What a rule raised of one vehicle, or of what many have in common.
    pub(super) fn of(&self, rule: Rule, about: &About) -> impl Iterator<Item = &Tale> {
        let ids = self.raised.get(&(rule, about.clone())).into_iter().flatten();
        ids.filter_map(|id| self.tales.get(id))
    }
}

impl Tale {
    /// From the event to its end, or to `until` where it goes on.
    pub fn span(&self, until: Timestamp) -> (Timestamp, Timestamp) {
        span(&self.alert, until)
    }
}

/// From an alert's event to its end, or to `until` where it goes on.
pub(super) fn span(alert: &Alert, until: Timestamp) -> (Timestamp, Timestamp) {
    let ended_at = match &alert.state {
        AlertState::Closed { at, .. } | AlertState::Withdrawn { at, .. } => Some(*at),
        AlertState::Unconfirmed | AlertState::Open | AlertState::Acknowledged { .. } => None,
    };
    let end = alert.cleared_at.or(ended_at).unwrap_or(until);
    (alert.episode.min(alert.event_time), end)
}

/// Whether two spans share a moment.
pub(super) fn overlap(one: (Timestamp, Timestamp), other: (Timestamp, Timestamp)) -> bool {
    one.0 <= other.1 && other.0 <= one.1
}

/// An alert may be of the same event as one that the other rule set raised within the window a week later.
const LEEWAY_MS: Millis = 7 * 24 * 3_600_000;
