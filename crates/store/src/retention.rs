//! What leaves the store: notices that nobody waits for, and stays that no answer rests on.
//!
//! Shape: two moments and a bound in, how many rows went out; the oldest go first. Units: rows. Errors: those of the database; a
//! call that failed is made again. Nothing here is read by the fold: what goes changes no state and no alert.

use crate::backend::with_writer;
use crate::{Store, StoreError};
use model::Timestamp;

/// Entries that came to an end, of alerts that did: as long as one more notice of the same alert may come, `notify` asks what went
/// before it.
const OUTBOX: &str = "DELETE FROM outbox WHERE entry IN (SELECT o.entry FROM outbox o \
    WHERE o.state IN ('delivered', 'dead', 'cancelled') AND o.reminder IN (0, 1) AND o.next_ms < $1 \
    AND NOT EXISTS (SELECT 1 FROM alerts a WHERE a.id = o.subject AND a.state IN ('unconfirmed', 'open', 'acknowledged')) \
    AND NOT EXISTS (SELECT 1 FROM outbox n WHERE n.subject = o.subject AND (n.state = 'pending' OR n.next_ms >= $1)) \
    ORDER BY o.next_ms, o.entry LIMIT $2)";

const STAYS: &str = "DELETE FROM stays WHERE (vehicle, from_ms) IN \
    (SELECT vehicle, from_ms FROM stays WHERE to_ms < $1 ORDER BY to_ms, vehicle LIMIT $2)";

/// Rows that went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retired {
    /// Notices and reminders.
    pub outbox: u64,
    /// Stays.
    pub stays: u64,
}

impl Store {
    /// Takes out what came to its end before these moments: `rows_max` of the outbox's entries and of the stays at the most.
    pub async fn retire(
        &self,
        outbox_before: Timestamp,
        stays_before: Timestamp,
        rows_max: i64,
    ) -> Result<Retired, StoreError> {
        let outbox = self.delete(OUTBOX, outbox_before, rows_max).await?;
        let stays = self.delete(STAYS, stays_before, rows_max).await?;
        Ok(Retired { outbox, stays })
    }

    async fn delete(&self, text: &'static str, before: Timestamp, rows_max: i64) -> Result<u64, StoreError> {
        Ok(with_writer!(self, pool => {
            sqlx::query(text).bind(before.ms()).bind(rows_max).execute(pool).await?.rows_affected()
        }))
    }
}

pub(crate) const ALL: &[&str] = &[OUTBOX, STAYS];
