//! When the fold sorts new positions into their tracks.
//!
//! ```text
//! tail has enough --> a segment is sealed beside the steps --> the next    far behind: the fold waits for it
//! ```
//! Shape: it is told what each commit has appended to the tail, and asked between steps. Units: positions. Errors: only
//! another owner ends the fold, and a bug; where the store is busy or down, it is done later.

use std::time::{Duration, Instant};
use store::{Cursor, Store, StoreError};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How long the tail is, and what is being done about it.
pub(crate) struct Sealing {
    tail_rows: u64,
    /// After a failure, not before.
    not_before: Instant,
    running: Option<JoinHandle<Result<bool, StoreError>>>,
}

impl Sealing {
    /// As the store stands.
    pub(crate) async fn of(store: &Store) -> Result<Self, StoreError> {
        Ok(Self { tail_rows: store.tail_rows().await?, not_before: Instant::now(), running: None })
    }

    /// A commit has appended so many positions.
    pub(crate) fn on_appended(&mut self, positions: usize) {
        self.tail_rows += u64::try_from(positions).unwrap_or(0);
    }

    /// Has a segment sealed if there is enough for one. Waits for it only where a backlog has come.
    pub(crate) async fn seal(&mut self, store: &Store, owner: &Cursor) -> Result<(), StoreError> {
        for _ in 0..SEGMENTS_AT_ONCE {
            let is_behind = self.tail_rows >= BEHIND * u64::from(SEGMENT_ROWS);
            if is_behind || self.running.as_ref().is_some_and(JoinHandle::is_finished) {
                // A seal that is held up holds up no step for longer.
                timeout(PATIENCE, self.finish(store)).await.unwrap_or(Ok(()))?;
            }
            let is_due = self.tail_rows >= u64::from(SEGMENT_ROWS) && Instant::now() >= self.not_before;
            if self.running.is_none() && is_due {
                let (store, owner) = (store.clone(), owner.clone());
                let sealing = async move {
                    let sealed = timeout(SEAL_MAX, store.seal(&owner, SEGMENT_ROWS)).await;
                    sealed.unwrap_or_else(|_| Err(StoreError::Down("no answer for too long".into())))
                };
                self.running = Some(tokio::spawn(sealing));
            }
            if !is_behind {
                break;
            }
        }
        Ok(())
    }

    /// Waits for what is being sealed. Cancel-safe: what was not waited for to the end is still running.
    pub(crate) async fn finish(&mut self, store: &Store) -> Result<(), StoreError> {
        let Some(running) = &mut self.running else { return Ok(()) };
        let sealed = running.await.unwrap_or_else(|error| Err(StoreError::Bug(error.to_string())));
        self.running = None;
        let counted = match sealed {
            Ok(true) => Ok(self.tail_rows.saturating_sub(u64::from(SEGMENT_ROWS))),
            Ok(false) => store.tail_rows().await,
            Err(error) => Err(error),
        };
        match counted {
            Ok(rows) => self.tail_rows = rows,
            Err(error @ (StoreError::Fenced | StoreError::Bug(_))) => return Err(error),
            Err(error) => {
                tracing::warn!(%error, "tracks are not sorted for now");
                self.not_before = Instant::now() + PAUSE;
            }
        }
        Ok(())
    }
}

impl Drop for Sealing {
    /// What is being sealed ends with its owner: its transaction is not committed.
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            running.abort();
        }
    }
}

/// Positions in a segment. A reader goes through as many of the newest, some 20 ms, and once into each segment; sorting
/// them takes some 200 ms.
const SEGMENT_ROWS: u32 = 100_000;
/// Segments' worth of positions in the tail from which on the fold waits: readers go through all of it.
const BEHIND: u64 = 3;
/// Within one step of the fold: half a second.
const SEGMENTS_AT_ONCE: u32 = 3;
/// What a step waits for a seal, where the tail has grown long.
const PATIENCE: Duration = Duration::from_secs(1);
/// A seal that takes longer has met a database that hangs: it takes some 200 ms.
const SEAL_MAX: Duration = Duration::from_mins(1);
/// The store that refused is not asked with every step.
const PAUSE: Duration = Duration::from_secs(5);
