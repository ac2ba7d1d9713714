//! A commit on its way: the next step is read and made while the database works on this one.
//!
//! ```text
//! made --> on its way --stored--> the cursor moves
//!               '-------failed--> doubt: the fold asks where the store stands, and reads the states again where it is ahead
//! ```
//! Shape: a step's rows in, its place once they are stored. Errors: those of the commit. Source: DESIGN.md §1.

use model::Seq;
use store::{Batch, Cursor, Mark, Store, StoreError};
use tokio::task::JoinHandle;

/// A step that is made and not stored.
pub(crate) struct Made {
    /// Its last input.
    pub(crate) to: Seq,
    /// What is remembered with it.
    pub(crate) mark: Mark,
    /// Its rows.
    pub(crate) batch: Batch,
    /// They hold every state that is not in the store.
    pub(crate) is_checkpoint: bool,
}

/// A step that is being stored.
pub(crate) struct Unanswered {
    /// Its last input.
    pub(crate) to: Seq,
    /// What is remembered with it.
    pub(crate) mark: Mark,
    /// It holds every state.
    pub(crate) is_checkpoint: bool,
    /// The world has taken it for stored.
    pub(crate) is_merged: bool,
    /// Commands changed.
    pub(crate) has_commands: bool,
    /// Positions in it.
    pub(crate) positions: usize,
    running: JoinHandle<Result<(), StoreError>>,
}

impl Unanswered {
    /// Begins to store a step behind `from`.
    pub(crate) fn begin(store: &Store, from: &Cursor, made: Made) -> Self {
        let Made { to, mark, batch, is_checkpoint } = made;
        let (has_commands, positions) = (!batch.commands.is_empty(), batch.positions.len());
        let (store, from, with) = (store.clone(), from.clone(), mark.clone());
        let running = tokio::spawn(async move { store.commit(&from, to, &with, batch).await });
        Self { to, mark, is_checkpoint, is_merged: false, has_commands, positions, running }
    }

    /// Waits until it is stored. Cancel-safe: what was not waited for to the end is still running.
    pub(crate) async fn answer(&mut self) -> Result<(), StoreError> {
        (&mut self.running).await.unwrap_or_else(|error| Err(StoreError::Bug(error.to_string())))
    }
}

impl Drop for Unanswered {
    /// Its transaction goes with it, unless it has landed already.
    fn drop(&mut self) {
        self.running.abort();
    }
}
