//! A negative control for the kill story: acknowledges before the commit, so that the story shows that it would notice.
//!
//! Shape: compiled in by the feature `sabotage` only, which nothing turns on but that story; does nothing unless
//! [`ENV`] asks for it. Source: issue of the spine, "must hold": a build that acknowledges before the commit must fail.

use crate::writer::Submission;
use crate::{Clock, Committed};
use model::Seq;
use std::time::Duration;
use tokio::sync::oneshot;

/// The variable that must be set.
pub const ENV: &str = "LIENWATCH_SABOTAGE";
/// What it must be set to.
pub const ACK_BEFORE_COMMIT: &str = "ack_before_commit";

/// Whether the environment asks for it.
pub fn is_asked_for() -> bool {
    std::env::var_os(ENV).is_some_and(|asked| asked == ACK_BEFORE_COMMIT)
}

/// Tells every waiter of a batch that it is durable, which it is not, and dawdles before it will be.
pub(crate) async fn release_early(mut batch: Vec<Submission>, head: Seq, clock: Clock) -> Vec<Submission> {
    if !is_asked_for() {
        return batch;
    }
    let mut last = head.0;
    for submission in &mut batch {
        last += i64::try_from(submission.rows.len()).unwrap_or(i64::MAX);
        let (nobody, _) = oneshot::channel();
        let outcome = std::mem::replace(&mut submission.outcome, nobody);
        let _ = outcome.send(Ok(Committed { last: Seq(last), at: clock.now() }));
    }
    tokio::time::sleep(DAWDLE).await;
    batch
}

/// So long that a kill at any moment meets a promise that is not kept.
const DAWDLE: Duration = Duration::from_millis(50);
