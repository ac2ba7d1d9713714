//! What a connection owes its peer, in order.
//!
//! ```text
//! promise(pending, replies) --the pending resolves Ok--> unsent --written--> gone
//! send(replies) ------------------------------------------^
//! ```
//! A reply that promises storage cannot leave any other way. Everything that may leave is one write.

use bytes::{Buf as _, BytesMut};
use journal::{JournalError, Pending};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// What is owed. Bounded by the frames in flight, which stop the reading.
#[derive(Debug, Default)]
pub(super) struct Replies {
    waiting: VecDeque<Promise>,
    frames_waiting: u32,
    promised: BytesMut,
    unsent: BytesMut,
    /// The oldest promise's pending has resolved with this, and may not be polled again.
    failed: Option<Box<JournalError>>,
}

/// The replies of one call of the journal.
#[derive(Debug)]
struct Promise {
    pending: Pending,
    since: Instant,
    bytes: usize,
    frames: u32,
    acks: u32,
}

/// What commits have released.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Released {
    /// Frames that are in the journal now.
    pub(super) frames: u32,
    /// Replies that may leave now.
    pub(super) acks: u32,
    /// How long the oldest of them had to wait.
    pub(super) waited: Duration,
}

impl Replies {
    /// Replies that may leave at once.
    pub(super) fn send(&mut self, replies: &[u8]) {
        self.unsent.extend_from_slice(replies);
    }

    /// Replies that may leave when `pending` has resolved.
    pub(super) fn promise(&mut self, pending: Pending, replies: &[u8], frames: u32, acks: u32) {
        self.promised.extend_from_slice(replies);
        self.frames_waiting = self.frames_waiting.saturating_add(frames);
        if self.waiting.is_empty() {
            // Most connections owe one thing at a time, for all their life.
            self.waiting.reserve_exact(1);
        }
        self.waiting.push_back(Promise {
            pending,
            since: Instant::now(),
            bytes: replies.len(),
            frames,
            acks,
        });
    }

    /// Whether a commit is waited for.
    pub(super) fn are_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Frames whose commit is waited for.
    pub(super) const fn frames_waiting(&self) -> u32 {
        self.frames_waiting
    }

    /// How long the oldest of them has been waiting.
    pub(super) fn oldest_wait(&self) -> Duration {
        self.waiting.front().map(|promise| promise.since.elapsed()).unwrap_or_default()
    }

    /// Waits for the next commit, and takes every further one that is there already: one write serves them all.
    ///
    /// Cancel-safe: replies move and are reported in the same poll.
    pub(super) async fn committed(&mut self) -> Result<Released, JournalError> {
        poll_fn(|context| self.poll_committed(context)).await
    }

    fn poll_committed(&mut self, context: &mut Context<'_>) -> Poll<Result<Released, JournalError>> {
        if let Some(error) = self.failed.take() {
            return Poll::Ready(Err(*error));
        }
        let mut released = Released::default();
        while let Some(promise) = self.waiting.front_mut() {
            match Pin::new(&mut promise.pending).poll(context) {
                Poll::Ready(Ok(_)) => self.release(&mut released),
                Poll::Ready(Err(error)) if released == Released::default() => return Poll::Ready(Err(error)),
                // What was released before it is in the journal and has to be reported first.
                Poll::Ready(Err(error)) => {
                    self.failed = Some(Box::new(error));
                    break;
                }
                Poll::Pending => break,
            }
        }
        if released == Released::default() { Poll::Pending } else { Poll::Ready(Ok(released)) }
    }

    fn release(&mut self, released: &mut Released) {
        let Some(promise) = self.waiting.pop_front() else { return };
        self.frames_waiting = self.frames_waiting.saturating_sub(promise.frames);
        self.unsent.extend_from_slice(&self.promised.split_to(promise.bytes));
        released.frames = released.frames.saturating_add(promise.frames);
        released.acks = released.acks.saturating_add(promise.acks);
        released.waited = released.waited.max(promise.since.elapsed());
    }

    /// Forgets what is waited for; says how many frames that were.
    pub(super) fn abandon(&mut self) -> u32 {
        self.waiting.clear();
        self.promised.clear();
        self.failed = None;
        std::mem::take(&mut self.frames_waiting)
    }

    /// Whether something may leave and has not.
    pub(super) fn are_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// What may leave.
    pub(super) fn unsent(&self) -> &[u8] {
        &self.unsent
    }

    /// The peer took this many bytes; says how many are left.
    pub(super) fn sent(&mut self, bytes: usize) -> usize {
        self.unsent.advance(bytes.min(self.unsent.len()));
        if self.unsent.is_empty() && !self.are_waiting() {
            // An idle connection keeps no buffer.
            (self.unsent, self.promised) = (BytesMut::new(), BytesMut::new());
        }
        self.unsent.len()
    }
}
