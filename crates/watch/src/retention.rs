//! When old rows leave the store.
//!
//! Shape: each round of the fold asks whether something is due, and takes a slice out. Nothing of it is state: what a replay
//! needs stays. Units: days of journal time, so that a demo's fast clock keeps as much. Errors: what fails is tried again when
//! it is due again.

use crate::Config;
use crate::patience::answered;
use model::{Millis, Timestamp};
use std::time::{Duration, Instant};
use store::{Retired, Store};

/// When something was taken out last.
#[derive(Debug)]
pub(crate) struct Retention {
    began: Instant,
    last: Option<Instant>,
    retired: Retired,
}

impl Retention {
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), last: None, retired: Retired { outbox: 0, stays: 0 } }
    }

    /// Not between the frames of a backlog, unless there is never an end to them.
    pub(crate) fn is_due(&self, is_idle: bool) -> bool {
        let is_due = self.last.is_none_or(|last| last.elapsed() >= EVERY);
        let waited = self.last.unwrap_or(self.began).elapsed();
        if is_idle { is_due } else { waited >= LATEST }
    }

    /// Takes a slice out. If there is more, it is due again at once.
    pub(crate) async fn retire(&mut self, store: &Store, config: &Config, now: Timestamp) {
        let before = |days: u32| now.plus(-i64::from(days) * DAY_MS);
        let retiring = store.retire(before(config.outbox_days), before(config.stays_days), ROWS_MAX);
        match answered(retiring).await {
            Ok(Retired { outbox, stays }) => {
                self.retired.outbox += outbox;
                self.retired.stays += stays;
                if outbox.max(stays) >= ROWS_MAX.unsigned_abs() {
                    return;
                }
                let Retired { outbox, stays } = std::mem::take(&mut self.retired);
                if outbox + stays > 0 {
                    tracing::info!(outbox, stays, "rows past their retention left the store");
                }
            }
            Err(error) => tracing::warn!(%error, "old rows could not be taken out of the store"),
        }
        self.last = Some(Instant::now());
    }
}

const DAY_MS: Millis = 86_400_000;
/// How often it is looked for: a day's rows are some thousands an hour.
const EVERY: Duration = Duration::from_hours(1);
/// It is looked for then, whatever there is to fold: a server under full load keeps no more than an hour's rows too many.
const LATEST: Duration = Duration::from_hours(2);
/// Rows of a slice: some milliseconds, in which no step is committed.
const ROWS_MAX: i64 = 2_000;

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Coordinates, Seq, Stay, VehicleId};
    use store::{Batch, Mark, StayRow, Stretch};

    #[tokio::test]
    async fn a_stay_goes_when_its_days_are_over_and_slice_after_slice() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let store = Store::connect(&store::Config { url, ..store::Config::default() }).await.unwrap();
        let (cursor, mark) = store.claim("journal").await.unwrap();
        let (vehicle, now) = (VehicleId::parse("B1").unwrap(), Timestamp::from_ms(1_790_000_000_000));
        let stay = |number: i64| {
            let to = now.plus(-450 * DAY_MS - number);
            let place = Coordinates::from_e7(1, 1).unwrap();
            StayRow { vehicle, stay: Stay { place, from: to.plus(-1), to } }
        };
        let stays = (0..=ROWS_MAX + 1).map(stay).collect();
        store.commit(&cursor, Seq(1), &Mark { ..mark }, Batch { stays, ..Batch::default() }).await.unwrap();
        let mut retention = Retention::new();
        assert!(retention.is_due(true) && !retention.is_due(false), "it can wait for the backlog");
        retention.began = Instant::now().checked_sub(LATEST).unwrap();
        assert!(retention.is_due(false), "no longer");
        retention.retire(&store, &Config::default(), now).await;
        assert!(retention.is_due(true), "there is more");
        retention.retire(&store, &Config::default(), now).await;
        assert!(!retention.is_due(true));
        let all = Stretch { from: Timestamp::from_ms(i64::MIN), to: now };
        assert_eq!(store.stays(vehicle, all).await.unwrap(), [stay(0).stay]);
    }
}
