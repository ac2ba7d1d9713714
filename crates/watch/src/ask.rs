//! How everybody but the fold changes something: append an input, wait for its outcome.
//!
//! Shape: a [`Human`] in, an [`Answer`] out. Errors: those of journal and store. Source: DESIGN.md §1 fine print 4.

use crate::WatchError;
use journal::Journal;
use model::input::{Human, Input, Outcome};
use std::time::{Duration, Instant};
use store::{Store, StoreError};

/// What the caller is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is folded, with this outcome.
    Outcome(Outcome),
    /// It is recorded and will be folded, but not yet: no server runs, or its store is down or behind.
    Pending,
}

/// Appends a human input and waits, at most [`WAIT_MAX`], for its outcome.
pub async fn ask(journal: &Journal, store: &Store, human: Human) -> Result<Answer, WatchError> {
    if let Err(error) = human.check() {
        return Ok(Answer::Outcome(Outcome::Refused { message: error.to_string() }));
    }
    let id = human.id.clone();
    journal.append(vec![Input::Human(Box::new(human)).into()]).await?;
    let since = Instant::now();
    while since.elapsed() < WAIT_MAX {
        match store.outcome(&id).await {
            Ok(Some(outcome)) => return Ok(Answer::Outcome(outcome)),
            Ok(None) | Err(StoreError::Down(_)) => tokio::time::sleep(POLL).await,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Answer::Pending)
}

/// How long a caller waits: what a person takes for "at once" (DESIGN.md §1).
pub const WAIT_MAX: Duration = Duration::from_secs(2);
/// How often the outcome is looked for.
const POLL: Duration = Duration::from_millis(20);
