//! The fold in doubt: a commit was not answered, or the store stands elsewhere than it was left.
//!
//! Shape: the store's place in, the fold goes on from there: behind a commit that landed after all, and before steps that a
//! crash of the database took. Units: seqs. Errors: another owner ends the fold. Source: DESIGN.md §1, fine print 1, 3 and 11.

use super::{Fold, WatchError};
use crate::sealing::Sealing;
use store::{Cursor, Mark, StoreError};

/// What the fold knows of where the store stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Footing {
    /// Where it was left.
    Sure,
    /// A commit failed, and none was answered since: the next step is not made on top of one that may fail too.
    Cautious,
    /// Perhaps elsewhere.
    Doubtful {
        /// The world holds what may not be in the store: it is read again.
        is_ahead: bool,
    },
}

impl Fold {
    /// A commit failed, or the store was away. What is made and not stored is given up, and so is a step on its way, on which it may
    /// rest: before the next step the store is asked where it stands.
    pub(super) fn doubt(&mut self) {
        self.world.discard();
        let was_merged = self.unanswered.take().is_some_and(|given_up| given_up.is_merged);
        let is_ahead = was_merged || self.is_ahead();
        self.footing = Footing::Doubtful { is_ahead };
    }

    fn is_ahead(&self) -> bool {
        self.footing == Footing::Doubtful { is_ahead: true }
    }

    /// Goes on from where the store stands, wherever that is.
    pub(super) async fn begin_again(&mut self) -> Result<(), WatchError> {
        self.sealing.finish(&self.store).await?;
        let (cursor, mark) = self.standing().await?;
        if cursor != self.cursor || mark != self.mark || self.is_ahead() {
            tracing::info!(applied = %cursor.applied, "going on from where the store stands");
            self.world = Self::restored(&self.journal, &self.store, &cursor, &mark, &self.disk).await?;
            // What changed in it is not known here: whoever follows the commands has to look.
            self.commands_at = cursor.applied;
            (self.cursor, self.mark) = (cursor, mark);
        }
        // A seal may have been lost that no later step followed.
        self.sealing = Sealing::of(&self.store).await?;
        self.footing = Footing::Cautious;
        Ok(())
    }

    /// The store's place, which must still be ours.
    async fn standing(&self) -> Result<(Cursor, Mark), WatchError> {
        let place =
            self.store.place().await?.ok_or_else(|| StoreError::Bug("the fold's row is gone".into()))?;
        if place.0.fence == self.cursor.fence { Ok(place) } else { Err(StoreError::Fenced.into()) }
    }

    /// The cursor had moved: by another owner, which ends this fold, or by our own commit, which landed after all.
    pub(super) async fn late_or_fenced(&self) -> Result<WatchError, WatchError> {
        self.standing().await?;
        Ok(StoreError::Down("an earlier commit landed late".into()).into())
    }
}
