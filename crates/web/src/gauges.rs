//! What a scrape adds to what was counted: how things stand now.
//!
//! Shape: [`Health`] → gauges in the recorder. Labels come from closed lists, so that the number of series is bounded
//! and none can name a terminal or a vehicle. Units: in the names. Errors: a store that does not answer in time leaves
//! its gauges as they were, and `lienwatch_store_up` at 0.

use crate::Health;
use metrics::{counter, gauge};
use model::{AlertState, Rule};
use std::collections::BTreeMap;
use std::time::Duration;
use store::{OutboxState, Store, StoreError};
use tokio::time::timeout;

/// Brings the gauges up to date.
pub(crate) async fn refresh(health: &Health) {
    journal_gauges(health);
    if let Ok(bytes) = health.journal.size_bytes().await {
        gauge!("lienwatch_journal_size_bytes").set(number(i64::try_from(bytes).unwrap_or(i64::MAX)));
    }
    let up = match health.store_up() {
        Some(store) => match timeout(STORE_WAIT, Rows::read(&store)).await {
            Ok(Ok(rows)) => {
                rows.tell();
                true
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "the store was not counted");
                false
            }
            Err(_) => false,
        },
        None => false,
    };
    gauge!("lienwatch_store_up").set(flag(up));
}

fn journal_gauges(health: &Health) {
    let ready = health.readiness();
    let (queued, queue_max) = health.journal.queue();
    gauge!("lienwatch_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    gauge!("lienwatch_ready").set(flag(ready.ready));
    gauge!("lienwatch_journal_up").set(flag(ready.journal.ok));
    gauge!("lienwatch_journal_size_alarm").set(flag(ready.journal.size_alarm));
    gauge!("lienwatch_journal_head_seq").set(number(ready.fold.head.0));
    gauge!("lienwatch_journal_queue_items").set(size(queued));
    gauge!("lienwatch_journal_queue_items_max").set(size(queue_max));
    gauge!("lienwatch_ingest_listening").set(flag(ready.ingest.ok));
    gauge!("lienwatch_fold_applied_seq").set(number(ready.fold.applied.0));
    gauge!("lienwatch_fold_lag_inputs").set(number(ready.fold.lag_inputs));
    if let Some(lag_s) = ready.fold.lag_s {
        gauge!("lienwatch_fold_lag_seconds").set(lag_s);
    }
}

/// What is counted in the store.
struct Rows {
    counters: Vec<(String, i64)>,
    outbox: Vec<(String, i64)>,
    alerts: Vec<(String, String, i64)>,
}

impl Rows {
    async fn read(store: &Store) -> Result<Self, StoreError> {
        Ok(Self {
            counters: store.counters().await?,
            outbox: store.outbox_counts().await?,
            alerts: store.alert_counts().await?,
        })
    }

    fn tell(self) {
        for (name, total) in self.counters {
            counter!("lienwatch_folded_total", "result" => name).absolute(u64::try_from(total).unwrap_or(0));
        }
        // Every state is told, zeros too: what was counted at the last scrape may be gone now.
        let outbox: BTreeMap<String, i64> = self.outbox.into_iter().collect();
        for state in OutboxState::ALL.iter().map(|state| state.as_str()) {
            let entries = outbox.get(state).copied().unwrap_or(0);
            gauge!("lienwatch_outbox_entries", "state" => state).set(number(entries));
        }
        let alerts: BTreeMap<(String, String), i64> =
            self.alerts.into_iter().map(|(rule, state, count)| ((rule, state), count)).collect();
        for rule in Rule::ALL.iter().map(|rule| rule.as_str()) {
            for state in AlertState::CODES.iter().copied() {
                let count = alerts.get(&(rule.to_owned(), state.to_owned())).copied().unwrap_or(0);
                gauge!("lienwatch_alerts", "rule" => rule, "state" => state).set(number(count));
            }
        }
    }
}

const fn flag(is: bool) -> f64 {
    if is { 1.0 } else { 0.0 }
}

#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "a gauge is an f64")]
const fn number(count: i64) -> f64 {
    count as f64
}

fn size(count: usize) -> f64 {
    number(i64::try_from(count).unwrap_or(i64::MAX))
}

/// A scrape comes each 15 s or so and must not wait behind a store that hangs.
const STORE_WAIT: Duration = Duration::from_secs(2);
