//! What goes into the journal and what comes out.
//!
//! Shape: an [`Item`] in, a [`Pending`] for its commit, an [`Entry`] out. Units: [`Seq`] counts commits in order,
//! stamps are journal time. Errors: a [`Pending`] ends in what its writer met. Source: DESIGN.md §1.

use crate::{JournalError, PartChange};
use bytes::Bytes;
use model::{Input, Seq, Timestamp};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::oneshot;

/// One input to append, with the bytes it was decoded from.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What happened.
    pub input: Input,
    /// The frame as it was on the wire.
    pub frame: Option<Bytes>,
    /// What becomes of parts of split messages in the same commit; mostly nothing.
    pub parts: Vec<PartChange>,
}

impl From<Input> for Item {
    fn from(input: Input) -> Self {
        Self { input, frame: None, parts: Vec::new() }
    }
}

/// One input as it stands in the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its place.
    pub seq: Seq,
    /// Journal time: never before that of a smaller seq.
    pub at: Timestamp,
    /// What happened.
    pub input: Input,
    /// The frame as it was on the wire.
    pub frame: Option<Bytes>,
}

/// Where the items of one call stand. Their seqs are consecutive: the first is `last` less the number of items plus 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// The seq of the call's last item.
    pub last: Seq,
    /// Journal time of the commit.
    pub at: Timestamp,
}

/// Items that are queued and will be durable, unless the process dies first. Resolves when they are. Dropping it
/// loses the answer only: the items are stored all the same. It may be polled in a `select!` again and again.
#[derive(Debug)]
#[must_use = "a reply may leave only when this has resolved"]
pub struct Pending {
    pub(crate) outcome: oneshot::Receiver<Result<Committed, JournalError>>,
}

impl Pending {
    /// Waits until the items are durable.
    pub async fn wait(self) -> Result<Committed, JournalError> {
        self.await
    }
}

impl Future for Pending {
    type Output = Result<Committed, JournalError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.outcome).poll(context).map(|outcome| outcome.unwrap_or(Err(JournalError::Closed)))
    }
}

/// The random name of a journal, made with the file: a store that has folded another journal says so.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JournalId(pub(crate) String);

impl JournalId {
    /// 32 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JournalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Whether the journal can store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It can.
    Ok,
    /// There is no room: what is queued waits, nothing is acknowledged, nothing is lost.
    DiskFull,
    /// A write or a sync failed with this text. The process must exit.
    Failed(String),
}
