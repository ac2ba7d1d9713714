//! How everybody but the fold changes something: append an input, wait for its outcome.
//!
//! Shape: a [`Human`] in, an [`Answer`] out. Errors: those of journal and store. Source: DESIGN.md §1 fine print 4.

use crate::WatchError;
use journal::{Journal, JournalError};
use model::InputId;
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
    folded(store, &id, Instant::now()).await
}

/// The same for several inputs, which enter the journal together: a kill leaves all of them or none. They are waited for as long
/// as one after the other is folded; what is not folded by then is [`Answer::Pending`].
pub async fn ask_together(
    journal: &Journal,
    store: &Store,
    humans: Vec<Human>,
) -> Result<Vec<Answer>, WatchError> {
    let refusals: Vec<Option<String>> =
        humans.iter().map(|human| human.check().err().map(|error| error.to_string())).collect();
    let ids: Vec<InputId> = humans.iter().map(|human| human.id.clone()).collect();
    let readable = humans.into_iter().zip(&refusals).filter(|(_, refusal)| refusal.is_none());
    let inputs: Vec<Input> = readable.map(|(human, _)| Input::Human(Box::new(human))).collect();
    enter(journal, inputs).await?;
    let (mut answers, mut since) = (Vec::with_capacity(ids.len()), Instant::now());
    for (id, refusal) in ids.into_iter().zip(refusals) {
        if let Some(message) = refusal {
            answers.push(Answer::Outcome(Outcome::Refused { message }));
            continue;
        }
        let answer = folded(store, &id, since).await?;
        if answer != Answer::Pending {
            since = Instant::now();
        }
        answers.push(answer);
    }
    Ok(answers)
}

/// Appends inputs in one commit of the journal, in order; in halves of what it takes at once, where they are more.
pub async fn enter(journal: &Journal, inputs: Vec<Input>) -> Result<(), JournalError> {
    let mut parts = if inputs.is_empty() { Vec::new() } else { vec![inputs] };
    while let Some(mut part) = parts.pop() {
        match journal.append(part.iter().cloned().map(Into::into).collect()).await {
            Err(JournalError::TooMany { .. }) if part.len() > 1 => {
                parts.push(part.split_off(part.len() / 2));
                parts.push(part);
            }
            entered => entered.map(drop)?,
        }
    }
    Ok(())
}

/// Waits for an outcome until [`WAIT_MAX`] after the last one.
async fn folded(store: &Store, id: &InputId, since: Instant) -> Result<Answer, WatchError> {
    loop {
        match store.outcome(id).await {
            Ok(Some(outcome)) => return Ok(Answer::Outcome(outcome)),
            Ok(None) | Err(StoreError::Down(_)) if since.elapsed() >= WAIT_MAX => return Ok(Answer::Pending),
            Ok(None) | Err(StoreError::Down(_)) => tokio::time::sleep(POLL).await,
            Err(error) => return Err(error.into()),
        }
    }
}

/// How long a caller waits: what a person takes for "at once" (DESIGN.md §1).
pub const WAIT_MAX: Duration = Duration::from_secs(2);
/// How often the outcome is looked for.
const POLL: Duration = Duration::from_millis(20);
