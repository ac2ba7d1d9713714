//! When every state is written that is not in the store.
//!
//! Shape: each few seconds, at the end, and before a trim that is in need. Units: seconds of the clock of the machine. Errors: a
//! store that is down is no loss, the states are stepped again.

use super::doubt::Footing;
use super::{Fold, STEP_MAX, WatchError};
use crate::needs::Questions;
use std::time::Duration;
use store::StoreError;
use tokio::time::timeout;

impl Fold {
    pub(super) async fn checkpoint_if_due(&mut self) -> Result<(), WatchError> {
        let due = self.checkpointed.elapsed() >= Duration::from_secs(self.config.checkpoint_s);
        if due { self.checkpoint_within(STEP_MAX).await } else { Ok(()) }
    }

    /// Writes every state that is not in the store. A store that is down is no loss: the states are stepped again.
    pub(super) async fn checkpoint(&mut self) -> Result<(), WatchError> {
        match self.write_states().await {
            Err(WatchError::Store(StoreError::Down(_))) => Ok(()),
            other => other,
        }
    }

    async fn write_states(&mut self) -> Result<(), WatchError> {
        self.answered().await?;
        // In doubt the world may hold what the store does not: written, it would be stepped once more on top of itself.
        if matches!(self.footing, Footing::Doubtful { .. }) || self.world.dirty.is_empty() {
            return Ok(());
        }
        let nothing = Questions::of(&[], &self.world.newest);
        let made = self.make(Vec::new(), nothing, self.cursor.applied, true).await?;
        self.send(made);
        self.answered().await
    }

    /// The same with a store that may not answer: where it has not in time, it is asked where it stands before the next step.
    pub(super) async fn checkpoint_within(&mut self, within: Duration) -> Result<(), WatchError> {
        if let Ok(written) = timeout(within, self.checkpoint()).await {
            return written;
        }
        self.doubt();
        Ok(())
    }
}
