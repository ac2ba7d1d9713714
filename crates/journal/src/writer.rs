//! The one writer: takes what waits, commits it in one transaction, and only then releases the replies.
//!
//! ```text
//! Waiting --items--> Committing --synced--> Waiting           (what came meanwhile is the next batch)
//! Waiting --items just after a commit--> Gathering --some ms, or no more come--> Committing
//! Committing --locked--> Committing                           (another process appends; again at once)
//! Committing --no room--> Committing half of it, down to one call
//! Committing one call --no room--> Full --each second, or a trim--> Committing     (kept, nothing released)
//! Committing --write or sync failed--> Failed                 (every waiter is told, nothing is taken any more)
//! Waiting | Full --stop--> drained, closed
//! ```
//! Units: entries, bytes. Source: DESIGN.md §3 (7, 8), §4; PERF.md C5.

use crate::call::Call;
use crate::follower::raise;
use crate::item::{Committed, Health};
use crate::{Clock, JournalError, rows, trim};
use model::Seq;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

/// One call, whose entries commit together.
#[derive(Debug)]
pub(crate) struct Submission {
    pub(crate) call: Call,
    pub(crate) outcome: oneshot::Sender<Result<Committed, JournalError>>,
    /// The call's share of the queue, given back when it is done with.
    pub(crate) room: OwnedSemaphorePermit,
}

/// The task that writes.
pub(crate) struct Writer {
    pub(crate) connection: SqliteConnection,
    pub(crate) clock: Clock,
    pub(crate) entries_per_commit_max: usize,
    pub(crate) queue: mpsc::Receiver<Submission>,
    pub(crate) trims: mpsc::Receiver<trim::Request>,
    pub(crate) room: Arc<Semaphore>,
    pub(crate) stop: watch::Receiver<bool>,
    pub(crate) committed: watch::Sender<Seq>,
    pub(crate) health: watch::Sender<Health>,
    pub(crate) unsettled: Unsettled,
}

/// What has been taken from the queue, and what has been logged since the last checkpoint.
pub(crate) struct Unsettled {
    waiting: VecDeque<Submission>,
    /// When the last commit of more than one call began.
    shared_at: Option<Instant>,
    /// Less than the configured limit while there is little room.
    batch_entries_max: usize,
    bytes_logged: usize,
}

impl Unsettled {
    pub(crate) fn new(batch_entries_max: usize) -> Self {
        Self { waiting: VecDeque::new(), shared_at: None, batch_entries_max, bytes_logged: 0 }
    }

    /// A commit begins with so many calls.
    fn on_commit(&mut self, calls: usize, now: Instant) {
        self.shared_at = (calls > 1).then_some(now);
    }

    /// Several calls shared a commit a moment ago: more will come that can share the next.
    fn waits_for_more(&self, now: Instant) -> bool {
        let shared_lately = self.shared_at.is_some_and(|at| now.saturating_duration_since(at) < GATHER_MAX);
        shared_lately && self.waiting.len() < GATHERED_ENOUGH
    }
}

impl Writer {
    /// Writes until the journal closes or fails.
    pub(crate) async fn run(mut self) {
        let ended = self.write_until_stopped().await;
        if let Err(error) = &ended {
            self.become_unhealthy(error);
        }
        self.room.close();
        self.queue.close();
        self.trims.close();
        if let Err(error) = ended {
            self.refuse_the_rest(&error).await;
        }
        // SQLite moves the log into the database if no other process has it open.
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "the journal did not close cleanly");
        }
    }

    async fn write_until_stopped(&mut self) -> Result<(), JournalError> {
        while self.take_what_waits().await? {
            while let Some(batch) = self.next_batch() {
                self.store(batch).await?;
            }
            self.checkpoint_if_due().await?;
        }
        Ok(())
    }

    /// Waits for items; false when there will be none. Each arm is cancel-safe: a message is taken or stays.
    async fn take_what_waits(&mut self) -> Result<bool, JournalError> {
        let mut taken = Vec::new();
        loop {
            let stopping = self.queue.is_closed();
            tokio::select! {
                received = self.queue.recv_many(&mut taken, self.entries_per_commit_max) => {
                    self.unsettled.waiting.extend(taken);
                    if received > 0 {
                        self.gather().await;
                    }
                    return Ok(received > 0);
                }
                Some(request) = self.trims.recv() => self.trim(request).await?,
                () = stopped(&mut self.stop), if !stopping => self.queue.close(),
            }
        }
    }

    /// Waits a moment for more to commit with, if several shared a commit a moment ago: each costs the core a third of a
    /// millisecond, however few its entries are. Whoever is alone shares none, and does not wait.
    async fn gather(&mut self) {
        while self.unsettled.waits_for_more(Instant::now()) {
            tokio::time::sleep(GATHER_LOOK).await;
            let before = self.unsettled.waiting.len();
            while let Ok(submission) = self.queue.try_recv() {
                self.unsettled.waiting.push_back(submission);
            }
            if self.unsettled.waiting.len() == before {
                return;
            }
        }
    }

    /// The next calls in order, up to the limit of a commit; one call is never split.
    fn next_batch(&mut self) -> Option<Vec<Submission>> {
        let (mut batch, mut entries) = (Vec::new(), 0);
        while let Some(next) = self.unsettled.waiting.front() {
            entries += next.call.count;
            if entries > self.unsettled.batch_entries_max && !batch.is_empty() {
                break;
            }
            batch.extend(self.unsettled.waiting.pop_front());
        }
        (!batch.is_empty()).then_some(batch)
    }

    /// Commits and releases a batch, or puts it back to try again. An error is the end of the journal.
    async fn store(&mut self, batch: Vec<Submission>) -> Result<(), JournalError> {
        #[cfg(feature = "sabotage")]
        let batch = {
            let head = *self.committed.borrow();
            let Some(batch) = crate::sabotage::forget(batch, head, &self.clock) else { return Ok(()) };
            crate::sabotage::release_early(batch, head, self.clock.clone()).await
        };
        let calls: Vec<&Call> = batch.iter().map(|submission| &submission.call).collect();
        let count: usize = calls.iter().map(|call| call.count).sum();
        let bytes: usize = calls.iter().map(|call| call.bytes()).sum();
        self.unsettled.on_commit(batch.len(), Instant::now());
        match rows::append(&mut self.connection, &calls, &self.clock).await {
            Ok(committed) => {
                self.unsettled.batch_entries_max = self.entries_per_commit_max;
                self.unsettled.bytes_logged += bytes + COMMIT_OVERHEAD_BYTES;
                self.release(batch, committed, count);
                Ok(())
            }
            // Some of it may still fit, and must: a large batch would wait for more room than there ever is.
            Err(JournalError::Disk { .. }) if batch.len() > 1 => {
                self.unsettled.batch_entries_max = count / 2;
                self.put_back(batch);
                Ok(())
            }
            Err(error) if self.may_try_again(&error).await? => {
                self.put_back(batch);
                Ok(())
            }
            Err(error) => {
                tell(batch, &error);
                Err(error)
            }
        }
    }

    fn put_back(&mut self, batch: Vec<Submission>) {
        for submission in batch.into_iter().rev() {
            self.unsettled.waiting.push_front(submission);
        }
    }

    /// Waits as long as the error asks for; false when there is no use in trying again.
    async fn may_try_again(&mut self, error: &JournalError) -> Result<bool, JournalError> {
        let stopping = *self.stop.borrow();
        match error {
            JournalError::Busy { reason } if !stopping => {
                tracing::warn!(reason, "another process holds the journal's lock");
                Ok(true)
            }
            JournalError::Disk { reason } if !stopping => {
                if self.health.send_replace(Health::DiskFull) != Health::DiskFull {
                    tracing::error!(
                        reason,
                        "no room for the journal: nothing is acknowledged until there is"
                    );
                }
                self.wait_for_room().await
            }
            _ => Ok(false),
        }
    }

    async fn wait_for_room(&mut self) -> Result<bool, JournalError> {
        tokio::select! {
            () = tokio::time::sleep(FULL_LOOK_AGAIN) => Ok(true),
            Some(request) = self.trims.recv() => self.trim(request).await.map(|()| true),
            () = stopped(&mut self.stop) => Ok(false),
        }
    }

    /// The only place that lets a reply go.
    fn release(&self, batch: Vec<Submission>, committed: Committed, count: usize) {
        if *self.health.borrow() == Health::DiskFull {
            tracing::info!("there is room for the journal again");
            self.health.send_replace(Health::Ok);
        }
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let mut last = committed.last.0 - count;
        for submission in batch {
            last += i64::try_from(submission.call.count).unwrap_or(i64::MAX);
            // A receiver that is gone was a socket that closed; the entries are stored all the same.
            let _ = submission.outcome.send(Ok(Committed { last: Seq(last), at: committed.at }));
            drop(submission.room);
        }
        raise(&self.committed, committed.last);
    }

    /// One slice; its caller asks for the next, so that commits go on between them.
    async fn trim(&mut self, request: trim::Request) -> Result<(), JournalError> {
        let removed = trim::slice(&mut self.connection, request.bound).await;
        self.unsettled.bytes_logged += SLICE_LOGGED_BYTES;
        match removed {
            Err(error @ (JournalError::Failed { .. } | JournalError::Corrupt { .. })) => {
                let _ = request.outcome.send(Err(error.to_waiter()));
                Err(error)
            }
            removed => {
                let _ = request.outcome.send(removed);
                Ok(())
            }
        }
    }

    /// Moves the log into the database after some megabytes, when no reply waits for it. A failed sync here is as bad
    /// as one in a commit: the next would seem to succeed.
    async fn checkpoint_if_due(&mut self) -> Result<(), JournalError> {
        if self.unsettled.bytes_logged < CHECKPOINT_BYTES {
            return Ok(());
        }
        self.unsettled.bytes_logged = 0;
        match sqlx::query(CHECKPOINT).execute(&mut self.connection).await.map_err(JournalError::from) {
            Ok(_) | Err(JournalError::Busy { .. } | JournalError::Disk { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A stop with a full disk or a lock held elsewhere is a stop; all else is a failure, for good.
    fn become_unhealthy(&self, error: &JournalError) {
        let reason = match error {
            JournalError::Disk { .. } | JournalError::Busy { .. } => return,
            JournalError::Failed { reason } => reason.clone(),
            other => other.to_string(),
        };
        tracing::error!(reason, "the journal failed; nothing is acknowledged any more");
        self.health.send_replace(Health::Failed(reason));
    }

    /// Tells everybody who still waits.
    async fn refuse_the_rest(&mut self, error: &JournalError) {
        tell(std::mem::take(&mut self.unsettled.waiting), error);
        while let Some(submission) = self.queue.recv().await {
            tell([submission], error);
        }
    }
}

/// Both the word to stop and the end of the last handle.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

fn tell(submissions: impl IntoIterator<Item = Submission>, error: &JournalError) {
    for submission in submissions {
        let _ = submission.outcome.send(Err(error.to_waiter()));
    }
}

const CHECKPOINT: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// So many commits a second are enough, where there are many to be made; at 25,000 reports a second they take a tenth
/// of a core instead of a third, and half of the acknowledgements a millisecond or two more.
const GATHER_MAX: Duration = Duration::from_millis(3);
/// The timer's own grain.
const GATHER_LOOK: Duration = Duration::from_millis(1);
/// More calls in one commit make a row hardly cheaper.
const GATHERED_ENOUGH: usize = 256;
/// SQLite's own default, 1,000 pages.
const CHECKPOINT_BYTES: usize = 4 << 20;
/// The last page of the log, its parent and the sequence's page are written again with each commit.
const COMMIT_OVERHEAD_BYTES: usize = 3 * 4096;
/// What one slice of a trim writes, nearly: its pages go to the free list.
const SLICE_LOGGED_BYTES: usize = 64 << 10;
/// Whoever frees space waits a second for the first acknowledgement, no more.
const FULL_LOOK_AGAIN: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    fn call() -> Submission {
        let room = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        let call = Call::of(std::iter::empty()).unwrap();
        Submission { call, outcome: oneshot::channel().0, room }
    }

    #[test]
    fn calls_wait_for_more_just_after_several_shared_a_commit_and_a_lone_one_never_does() {
        let (mut unsettled, start) = (Unsettled::new(100), Instant::now());
        unsettled.waiting.push_back(call());
        assert!(!unsettled.waits_for_more(start), "nothing was committed yet");
        unsettled.on_commit(1, start);
        assert!(!unsettled.waits_for_more(start), "it was alone");
        unsettled.on_commit(2, start);
        let just = start + GATHER_MAX.checked_sub(Duration::from_micros(1)).unwrap();
        assert!(unsettled.waits_for_more(just) && !unsettled.waits_for_more(start + GATHER_MAX));
        unsettled.waiting.extend((1..GATHERED_ENOUGH).map(|_| call()));
        assert!(!unsettled.waits_for_more(just), "there are enough");
        unsettled.waiting.truncate(1);
        unsettled.on_commit(1, just);
        assert!(!unsettled.waits_for_more(just), "the others have gone");
    }
}
