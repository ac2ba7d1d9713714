//! What staff said of alerts that were raised live.
//!
//! Shape: the store's closed alerts in; the verdict on an alert of a replay out. Units: journal time. Errors: those of the store.

use super::run::{Run, Tale, overlap, span};
use model::{About, AlertId, AlertState, CloseReason, Rule, Timestamp};
use std::collections::BTreeMap;
use store::{Store, StoreError, VERDICTS_MAX};

/// Every verdict of staff; of the newest alerts, where there are more than the store gives at once.
#[derive(Debug, Default)]
pub struct Verdicts {
    by_alert: BTreeMap<AlertId, Verdict>,
    /// Which alerts of a rule about one vehicle have one, the newest first.
    by_about: BTreeMap<(Rule, About), Vec<AlertId>>,
    /// Older ones were left out.
    pub is_cut: bool,
}

/// What staff said of one.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) alert: AlertId,
    about: About,
    pub(super) rule: Rule,
    pub(super) opened_at: Timestamp,
    span: (Timestamp, Timestamp),
    pub(super) reason: CloseReason,
}

impl Verdicts {
    /// Those of a store.
    pub async fn of(store: &Store) -> Result<Self, StoreError> {
        let closed = store.verdicts().await?;
        let mut verdicts = Self { is_cut: closed.len() >= VERDICTS_MAX, ..Self::default() };
        for alert in closed {
            let (reason, at) = match &alert.state {
                AlertState::Closed { reason, at, .. } if *reason != CloseReason::ConditionOver => {
                    (*reason, *at)
                }
                _ => continue,
            };
            let (about, rule, span) = (alert.about.clone(), alert.rule, span(&alert, at));
            verdicts.by_about.entry((rule, about.clone())).or_default().push(alert.id.clone());
            let verdict =
                Verdict { alert: alert.id.clone(), about, rule, opened_at: alert.opened_at, span, reason };
            verdicts.by_alert.insert(alert.id, verdict);
        }
        Ok(verdicts)
    }

    /// Of this very alert; else of one that the same rule raised live of the same event.
    pub(super) fn on(&self, tale: &Tale, until: Timestamp) -> Option<CloseReason> {
        let alert = &tale.alert;
        let near = || {
            let ids = self.by_about.get(&(alert.rule, alert.about.clone())).into_iter().flatten();
            let mut verdicts = ids.filter_map(|id| self.by_alert.get(id));
            verdicts.find(|verdict| overlap(verdict.span, tale.span(until)))
        };
        self.by_alert.get(&alert.id).or_else(near).map(|verdict| verdict.reason)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Verdict> {
        self.by_alert.values()
    }
}

impl Verdict {
    /// Whether a run raised this very alert, or one of the same event.
    pub(super) fn is_raised_in(&self, run: &Run) -> bool {
        run.tales.contains_key(&self.alert)
            || run.of(self.rule, &self.about).any(|tale| overlap(self.span, tale.span(run.ends_at)))
    }
}
