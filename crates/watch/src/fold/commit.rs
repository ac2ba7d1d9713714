//! A commit on its way: the next step is read and made while the database works on this one.
//!
//! ```text
//! made --> on its way --stored--> the cursor moves
//!               '-------failed--> doubt: the fold asks where the store stands, and reads the states again where it is ahead
//! ```
//! Shape: a step's rows in, its place once they are stored. Errors: those of the commit. Source: DESIGN.md §1.

use super::doubt::Footing;
use super::{Fold, WatchError};
use model::Seq;
use std::time::Instant;
use store::{Batch, Cursor, Mark, Store, StoreError};
use tokio::task::JoinHandle;

impl Fold {
    /// Whether a step is made on top of one that is not stored yet. Where the store works on the fold's own core, nothing is won
    /// by it; after a failure it would have to be made again.
    pub(super) fn leads(&self) -> bool {
        self.works_apart && self.footing == Footing::Sure
    }

    /// Sends a step to the store, behind one that is there.
    pub(super) fn send(&mut self, made: Made) {
        if made.is_checkpoint {
            self.checkpointed = Instant::now();
        }
        let is_merged = self.leads();
        if is_merged {
            self.world.merge(made.is_checkpoint);
        }
        self.unanswered = Some(Unanswered::begin(&self.store, &self.cursor, made, is_merged));
    }

    /// Waits until the step on its way, if there is one, is in the store.
    pub(super) async fn answered(&mut self) -> Result<(), WatchError> {
        let Some(unanswered) = &mut self.unanswered else { return Ok(()) };
        if let Err(error) = unanswered.answer().await {
            // The answer may have been lost, not the commit.
            self.doubt();
            return Err(match error {
                StoreError::Fenced => self.late_or_fenced().await?,
                other => other.into(),
            });
        }
        let Some(stored) = self.unanswered.take() else { return Ok(()) };
        if !stored.is_merged {
            self.world.merge(stored.is_checkpoint);
        }
        self.sealing.on_appended(stored.positions);
        self.cursor.moved(stored.to, &stored.mark);
        self.mark = stored.mark.clone();
        if stored.has_commands {
            self.commands_at = stored.to;
        }
        self.footing = Footing::Sure;
        self.tell(true);
        Ok(())
    }
}

/// A step that is made and not stored.
pub(super) struct Made {
    /// Its last input.
    pub(super) to: Seq,
    /// What is remembered with it.
    pub(super) mark: Mark,
    /// Its rows.
    pub(super) batch: Batch,
    /// They hold every state that is not in the store.
    pub(super) is_checkpoint: bool,
}

/// A step that is being stored.
pub(super) struct Unanswered {
    /// Its last input.
    pub(super) to: Seq,
    /// What is remembered with it.
    pub(super) mark: Mark,
    /// It holds every state.
    pub(super) is_checkpoint: bool,
    /// The world has taken it for stored.
    pub(super) is_merged: bool,
    /// Commands changed.
    pub(super) has_commands: bool,
    /// Positions in it.
    pub(super) positions: usize,
    running: JoinHandle<Result<(), StoreError>>,
}

impl Unanswered {
    /// Begins to store a step behind `from`.
    pub(super) fn begin(store: &Store, from: &Cursor, made: Made, is_merged: bool) -> Self {
        let Made { to, mark, batch, is_checkpoint } = made;
        let (has_commands, positions) = (!batch.commands.is_empty(), batch.positions.len());
        let (store, from, with) = (store.clone(), from.clone(), mark.clone());
        let running = tokio::spawn(async move { store.commit(&from, to, &with, batch).await });
        Self { to, mark, is_checkpoint, is_merged, has_commands, positions, running }
    }

    /// Waits until it is stored. Cancel-safe: what was not waited for to the end is still running.
    pub(super) async fn answer(&mut self) -> Result<(), StoreError> {
        (&mut self.running).await.unwrap_or_else(|error| Err(StoreError::Bug(error.to_string())))
    }
}

impl Drop for Unanswered {
    /// Its transaction goes with it, unless it has landed already.
    fn drop(&mut self) {
        self.running.abort();
    }
}
