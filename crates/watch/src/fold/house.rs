//! What is due between two steps: inputs leave the journal, rows past their retention leave the store.
//!
//! Shape: asked after each step, done when it is time. Units: see `trimming` and `retention`. Errors: a store that is down is met by
//! the next step.

use super::{Fold, STEP_MAX, WatchError};
use crate::retention::Retention;
use crate::trimming::{Applied, Room, Trimming};
use store::StoreError;
use tokio::time::timeout;

impl Fold {
    /// Does what is due. A step on its way is waited for first: retention sees what it wrote, and who waits for it is told before
    /// a trim that takes a while.
    pub(super) async fn keep_house(
        &mut self,
        trimming: &mut Trimming,
        retention: &mut Retention,
        is_idle: bool,
    ) -> Result<(), WatchError> {
        let (room, is_due) = (trimming.due(&self.journal), retention.is_due(is_idle));
        if room.is_none() && !is_due {
            return Ok(());
        }
        match timeout(STEP_MAX, self.answered()).await {
            Ok(Ok(())) => {}
            // The next step asks where the store stands, and waits for it.
            Ok(Err(WatchError::Store(StoreError::Down(_)))) => return Ok(()),
            Ok(Err(error)) => return Err(error),
            Err(_) => {
                self.doubt();
                return Ok(());
            }
        }
        if let Some(room) = room {
            self.trim(trimming, room).await?;
        }
        if is_due {
            retention.retire(&self.store, &self.config, self.mark.applied_at).await;
        }
        Ok(())
    }

    async fn trim(&mut self, trimming: &mut Trimming, room: Room) -> Result<(), WatchError> {
        if room == Room::Short {
            self.checkpoint_within(STEP_MAX).await?;
        }
        trimming.trim(&self.journal, &self.store, self.applied(), room).await;
        Ok(())
    }

    /// What the store holds of the journal, states included.
    pub(super) fn applied(&self) -> Applied {
        let through = self.cursor.applied.min(self.mark.checkpoint);
        Applied { through, at: self.mark.applied_at }
    }
}
