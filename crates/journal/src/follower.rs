//! Sees what other processes commit, and how large the file has become.
//!
//! Shape: one read connection asks each 100 ms whether anything changed, and raises the watermark. Units: real ms,
//! bytes. Errors: logged once, asked again: the writer is the one that must not go on. Source: DESIGN.md §1, fine print 4.

use crate::writer::stopped;
use crate::{JournalError, rows};
use model::Seq;
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnection, SqliteExecutor};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

/// The task that looks.
pub(crate) struct Follower {
    pub(crate) connection: SqliteConnection,
    pub(crate) committed: watch::Sender<Seq>,
    pub(crate) size_bytes: Arc<AtomicU64>,
    pub(crate) stop: watch::Receiver<bool>,
}

const DATA_VERSION: &str = "PRAGMA data_version";
const SIZE: &str = "SELECT (page_count - freelist_count) * page_size \
     FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()";

impl Follower {
    /// Looks until the journal closes.
    pub(crate) async fn run(mut self) {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut seen, mut failing, mut looks_to_size) = (None, false, 0_u32);
        loop {
            tokio::select! {
                _ = looks.tick() => {}
                () = stopped(&mut self.stop) => break,
            }
            match self.look(&mut seen, looks_to_size == 0).await {
                Ok(()) => failing = false,
                Err(error) if !failing => {
                    tracing::warn!(%error, "cannot look at the journal");
                    failing = true;
                }
                Err(_) => {}
            }
            looks_to_size = looks_to_size.checked_sub(1).unwrap_or(LOOKS_TO_SIZE);
        }
        // Waited for, so that the writer's connection is the last to close.
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "the journal did not close cleanly");
        }
    }

    /// The version is read before the head: a commit in between changes the version again.
    async fn look(&mut self, seen: &mut Option<i64>, with_size: bool) -> Result<(), JournalError> {
        let version: i64 = sqlx::query_scalar(DATA_VERSION).fetch_one(&mut self.connection).await?;
        if *seen != Some(version) {
            raise(&self.committed, rows::head(&mut self.connection).await?);
            *seen = Some(version);
        }
        if with_size {
            self.size_bytes.store(size_bytes(&mut self.connection).await?, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Raises the watermark, never lowers it.
pub(crate) fn raise(committed: &watch::Sender<Seq>, to: Seq) {
    committed.send_if_modified(|seq| {
        let higher = to > *seq;
        if higher {
            *seq = to;
        }
        higher
    });
}

/// Bytes in use: pages that a trim has freed are used again and do not count, nor does the write-ahead log.
pub(crate) async fn size_bytes(reader: impl SqliteExecutor<'_>) -> Result<u64, JournalError> {
    let bytes: i64 = sqlx::query_scalar(SIZE).fetch_one(reader).await?;
    Ok(u64::try_from(bytes).unwrap_or(0))
}

/// A person's payment or approval acts within 2 s; this is its first wait.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// The size is asked for each 5 s.
const LOOKS_TO_SIZE: u32 = 49;
