//! What a connection owes its peer, in order.
//!
//! ```text
//! promise(pending, replies) --the pending resolves Ok--> unsent --written--> gone
//! send(replies) ------------------------------------------^
//! ```
//! A reply that promises storage cannot leave any other way. Everything that may leave is one write.

use crate::talk::append;
use bytes::{Buf as _, BytesMut};
use journal::{Committed, JournalError};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// What is owed. Bounded by the frames in flight, which stop the reading.
#[derive(Debug)]
pub(crate) struct Replies<P> {
    waiting: VecDeque<Promise<P>>,
    frames_waiting: u32,
    promised: BytesMut,
    unsent: BytesMut,
    /// The oldest promise's pending has resolved with this, and may not be polled again.
    failed: Option<Box<JournalError>>,
}

/// The replies of one call of the journal.
#[derive(Debug)]
struct Promise<P> {
    pending: P,
    since: Instant,
    bytes: usize,
    frames: u32,
    acks: u32,
}

/// What commits have released.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Released {
    /// Frames that are in the journal now.
    pub(crate) frames: u32,
    /// Replies that may leave now.
    pub(crate) acks: u32,
    /// Since when the oldest of them has been waiting.
    since: Option<Instant>,
}

/// What is owed for one call of the journal.
#[derive(Debug, Default)]
pub(crate) struct Owed {
    pub(crate) replies: BytesMut,
    pub(crate) frames: u32,
    pub(crate) acks: u32,
}

impl Released {
    /// How long the oldest of them had to wait.
    pub(crate) fn waited(&self, now: Instant) -> Duration {
        self.since.map(|since| now.saturating_duration_since(since)).unwrap_or_default()
    }
}

impl<P> Default for Replies<P> {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            frames_waiting: 0,
            promised: BytesMut::new(),
            unsent: BytesMut::new(),
            failed: None,
        }
    }
}

impl<P> Replies<P> {
    /// Replies that may leave at once.
    pub(crate) fn send(&mut self, replies: BytesMut) {
        append(&mut self.unsent, replies);
    }

    /// Replies that may leave when `pending` has resolved.
    pub(crate) fn promise(&mut self, pending: P, Owed { replies, frames, acks }: Owed, now: Instant) {
        self.frames_waiting = self.frames_waiting.saturating_add(frames);
        if self.waiting.is_empty() {
            // Most connections owe one thing at a time, for all their life.
            self.waiting.reserve_exact(1);
        }
        self.waiting.push_back(Promise { pending, since: now, bytes: replies.len(), frames, acks });
        append(&mut self.promised, replies);
    }

    /// Whether a commit is waited for.
    pub(crate) fn are_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Frames whose commit is waited for.
    pub(crate) const fn frames_waiting(&self) -> u32 {
        self.frames_waiting
    }

    /// Bytes that are promised.
    #[cfg(test)]
    pub(crate) fn promised(&self) -> usize {
        self.promised.len()
    }

    /// How long the oldest of them has been waiting.
    pub(crate) fn oldest_wait(&self, now: Instant) -> Duration {
        let oldest = self.waiting.front();
        oldest.map(|promise| now.saturating_duration_since(promise.since)).unwrap_or_default()
    }

    /// Forgets what is waited for; says how many frames that were.
    pub(crate) fn abandon(&mut self) -> u32 {
        self.waiting.clear();
        self.promised.clear();
        self.failed = None;
        std::mem::take(&mut self.frames_waiting)
    }

    /// Whether something may leave and has not.
    pub(crate) fn are_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// What may leave.
    pub(crate) fn unsent(&self) -> &[u8] {
        &self.unsent
    }

    /// The peer took this many bytes; says how many are left.
    pub(crate) fn sent(&mut self, bytes: usize) -> usize {
        self.unsent.advance(bytes.min(self.unsent.len()));
        if self.unsent.is_empty() && !self.are_waiting() {
            // An idle connection keeps no buffer.
            (self.unsent, self.promised) = (BytesMut::new(), BytesMut::new());
        }
        self.unsent.len()
    }
}

impl<P: Future<Output = Result<Committed, JournalError>> + Unpin> Replies<P> {
    /// Waits for the next commit, and takes every further one that is there already: one write serves them all.
    ///
    /// Cancel-safe: replies move and are reported in the same poll.
    pub(crate) async fn committed(&mut self) -> Result<Released, JournalError> {
        poll_fn(|context| self.poll_committed(context)).await
    }

    pub(crate) fn poll_committed(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<Released, JournalError>> {
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
        let is_all = self.waiting.is_empty();
        let replies =
            if is_all { std::mem::take(&mut self.promised) } else { self.promised.split_to(promise.bytes) };
        append(&mut self.unsent, replies);
        released.frames = released.frames.saturating_add(promise.frames);
        released.acks = released.acks.saturating_add(promise.acks);
        released.since.get_or_insert(promise.since);
    }
}
