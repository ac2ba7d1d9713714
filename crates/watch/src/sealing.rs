//! When the fold sorts new positions into their tracks.
//!
//! Shape: it is told what each commit has appended to the tail, and seals a few segments whenever there is enough. Units:
//! positions. Errors: only another owner ends the fold, and a bug; where the store is busy or down, it is done later.

use std::time::{Duration, Instant};
use store::{Cursor, Store, StoreError};

/// How long the tail is.
pub(crate) struct Sealing {
    tail_rows: u64,
    /// After a failure, not before.
    not_before: Instant,
}

impl Sealing {
    /// As the store stands.
    pub(crate) async fn of(store: &Store) -> Result<Self, StoreError> {
        Ok(Self { tail_rows: store.tail_rows().await?, not_before: Instant::now() })
    }

    /// A commit has appended so many positions.
    pub(crate) fn on_appended(&mut self, positions: usize) {
        self.tail_rows += u64::try_from(positions).unwrap_or(0);
    }

    /// Seals what there is enough of; more than one segment only where a backlog has come.
    pub(crate) async fn seal(&mut self, store: &Store, owner: &Cursor) -> Result<(), StoreError> {
        for _ in 0..SEGMENTS_AT_ONCE {
            if self.tail_rows < u64::from(SEGMENT_ROWS) || Instant::now() < self.not_before {
                break;
            }
            match store.seal(owner, SEGMENT_ROWS).await {
                Ok(true) => self.tail_rows -= u64::from(SEGMENT_ROWS),
                Ok(false) => self.tail_rows = store.tail_rows().await?,
                Err(error @ (StoreError::Fenced | StoreError::Bug(_))) => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, "tracks are not sorted for now");
                    self.not_before = Instant::now() + PAUSE;
                }
            }
        }
        Ok(())
    }
}

/// Positions in a segment. A reader goes through as many of the newest, some 20 ms, and once into each segment; sorting
/// them holds the fold up for some 200 ms.
const SEGMENT_ROWS: u32 = 100_000;
/// Within one step of the fold: half a second.
const SEGMENTS_AT_ONCE: u32 = 3;
/// The store that refused is not asked with every step.
const PAUSE: Duration = Duration::from_secs(5);
