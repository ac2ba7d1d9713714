//! Negative controls of the fault stories: ways to break the first promise, so that the stories show that they notice; and
//! the control of the benchmarks that has no disk.
//!
//! Shape: compiled in by the feature `sabotage` only, which nothing turns on but those; does nothing unless [`ENV`] asks
//! for it by name. Those of other crates are named here and stand in their own `sabotage.rs`. Source: issue of the spine,
//! "must hold": a build that acknowledges before the commit must fail.

use crate::writer::Submission;
use crate::{Clock, Committed, JournalError};
use model::Seq;
use sqlx::sqlite::SqliteConnection;
use std::time::Duration;
use tokio::sync::oneshot;

/// The variable that must be set.
pub const ENV: &str = "LIENWATCH_SABOTAGE";
/// A reply leaves before its input is committed.
pub const ACK_BEFORE_COMMIT: &str = "ack_before_commit";
/// A commit is not synced.
pub const SYNCHRONOUS_OFF: &str = "synchronous_off";
/// The frame's serial is part of a position's identity; `watch`.
pub const SERIAL_IN_IDENTITY: &str = "serial_in_identity";
/// The fold's place is committed before its rows; `store`.
pub const CURSOR_APART: &str = "cursor_apart";
/// A reply leaves, and its input is forgotten: what the server costs without its disk.
pub const NULL_JOURNAL: &str = "null_journal";
/// What [`ENV`] may be set to.
pub const ALL: [&str; 5] =
    [ACK_BEFORE_COMMIT, SYNCHRONOUS_OFF, SERIAL_IN_IDENTITY, CURSOR_APART, NULL_JOURNAL];

/// Whether the environment asks for it.
pub fn is_asked_for(name: &str) -> bool {
    std::env::var_os(ENV).is_some_and(|asked| asked == name)
}

/// Tells every waiter of a batch that it is durable, which it is not, and dawdles before it will be.
pub(crate) async fn release_early(mut batch: Vec<Submission>, head: Seq, clock: Clock) -> Vec<Submission> {
    if is_asked_for(ACK_BEFORE_COMMIT) {
        promise(&mut batch, head, &clock);
        tokio::time::sleep(DAWDLE).await;
    }
    batch
}

/// Tells every waiter of a batch that it is durable, and drops it; gives the batch back where nobody asked for that.
pub(crate) fn forget(mut batch: Vec<Submission>, head: Seq, clock: &Clock) -> Option<Vec<Submission>> {
    if !is_asked_for(NULL_JOURNAL) {
        return Some(batch);
    }
    promise(&mut batch, head, clock);
    None
}

fn promise(batch: &mut [Submission], head: Seq, clock: &Clock) {
    let mut last = head.0;
    for submission in batch {
        last += i64::try_from(submission.call.count).unwrap_or(i64::MAX);
        let (nobody, _) = oneshot::channel();
        let outcome = std::mem::replace(&mut submission.outcome, nobody);
        let _ = outcome.send(Ok(Committed { last: Seq(last), at: clock.now() }));
    }
}

/// Lets the system sync when it likes.
pub(crate) async fn stop_syncing(writer: &mut SqliteConnection) -> Result<(), JournalError> {
    if is_asked_for(SYNCHRONOUS_OFF) {
        sqlx::query("PRAGMA synchronous = OFF").execute(writer).await?;
    }
    Ok(())
}

/// So long that a kill at any moment meets a promise that is not kept.
const DAWDLE: Duration = Duration::from_millis(50);
