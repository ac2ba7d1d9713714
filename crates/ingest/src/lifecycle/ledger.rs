//! The journal of a history: calls wait in a short queue, commit later or never, and a crash takes what is not
//! committed. What is committed is held against what sessions may say in which order.

use bytes::Bytes;
use journal::{Committed, Item, JournalError, KeptPart, PartChange, PartKey};
use model::{Event, Input, Reception, Seq, SessionId, TerminalId, Timestamp};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// Calls that wait for their commit at most.
const CALLS_MAX: usize = 3;

pub(super) struct Ledger {
    pub(super) run: Seq,
    pub(super) sessions: BTreeMap<(SessionId, TerminalId), Stage>,
    pub(super) parts: BTreeMap<PartKey, BTreeMap<u16, KeptPart>>,
    pub(super) given_up: BTreeSet<(TerminalId, u64)>,
    /// How often each thing is there: resent after a lost acknowledgement it is there again.
    proofs: BTreeMap<Proof, u32>,
    frames: HashMap<SessionId, u64>,
    queue: VecDeque<(Vec<Item>, Slot)>,
    seq: i64,
    failed: bool,
}

/// What shows that something a device sent is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Proof {
    Report(TerminalId, u16),
    Part(TerminalId, u64, u16),
    Whole(TerminalId, u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Begun,
    Ended,
}

pub(super) enum Submitted {
    Queued(Slot),
    Full(Vec<Item>),
    Failed,
}

/// The promise of one call.
#[derive(Debug, Clone, Default)]
pub(super) struct Slot(Rc<RefCell<Option<Result<Committed, JournalError>>>>);

impl Future for Slot {
    type Output = Result<Committed, JournalError>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.borrow_mut().take().map_or(Poll::Pending, Poll::Ready)
    }
}

impl Ledger {
    pub(super) fn new() -> Self {
        Self {
            run: Seq(1),
            sessions: BTreeMap::new(),
            parts: BTreeMap::new(),
            given_up: BTreeSet::new(),
            proofs: BTreeMap::new(),
            frames: HashMap::new(),
            queue: VecDeque::new(),
            seq: 1,
            failed: false,
        }
    }

    pub(super) fn submit(&mut self, items: Vec<Item>) -> Submitted {
        if self.failed {
            return Submitted::Failed;
        }
        if self.queue.len() >= CALLS_MAX {
            return Submitted::Full(items);
        }
        let slot = Slot::default();
        self.queue.push_back((items, slot.clone()));
        Submitted::Queued(slot)
    }

    /// Commits the oldest calls.
    pub(super) fn commit(&mut self, calls: usize, at: Timestamp) {
        for _ in 0..calls.min(self.queue.len()) {
            let (items, slot) = self.queue.pop_front().unwrap();
            for item in items {
                self.seq += 1;
                self.keep(item);
            }
            *slot.0.borrow_mut() = Some(Ok(Committed { last: Seq(self.seq), at }));
        }
    }

    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// A write failed: nothing that waits is kept, nothing more is taken.
    pub(super) fn fail(&mut self) {
        self.failed = true;
        for (_, slot) in self.queue.drain(..) {
            *slot.0.borrow_mut() = Some(Err(JournalError::Closed));
        }
    }

    /// The process is gone; the next one's start is journalled.
    pub(super) fn begin_again(&mut self) {
        self.queue.clear();
        self.failed = false;
        self.seq += 1;
        self.run = Seq(self.seq);
    }

    pub(super) fn kept_parts(&self) -> Vec<KeptPart> {
        let mut kept: Vec<KeptPart> = self.parts.values().flat_map(BTreeMap::values).cloned().collect();
        kept.sort_by_key(|part| part.seq);
        kept
    }

    pub(super) fn holds(&self, proof: &Proof) -> bool {
        self.proofs.contains_key(proof)
    }

    /// Everything that is there, each once however often it came.
    pub(super) fn proofs(&self) -> impl Iterator<Item = &Proof> {
        self.proofs.keys()
    }

    pub(super) fn repeats(&self) -> u64 {
        self.proofs.values().map(|times| u64::from(*times) - 1).sum()
    }

    pub(super) fn frames_of(&self, session: SessionId) -> u64 {
        self.frames.get(&session).copied().unwrap_or_default()
    }

    fn keep(&mut self, item: Item) {
        let whole = match &item.input {
            Input::SessionStart { session, terminal, .. } => {
                assert_eq!(session.run, self.run, "a session of another run starts: {session}");
                let before = self.sessions.insert((*session, *terminal), Stage::Begun);
                assert_eq!(before, None, "session {session} of {terminal:?} starts twice");
                None
            }
            Input::SessionEnd { session, terminal, .. } => {
                let before = self.sessions.insert((*session, *terminal), Stage::Ended);
                assert_eq!(before, Some(Stage::Begun), "session {session} of {terminal:?} ends");
                None
            }
            Input::Reception(reception) => self.keep_frame(reception, item.frame.as_ref().unwrap()),
            other => panic!("nobody said this: {other:?}"),
        };
        for change in item.parts {
            self.change(change, whole);
        }
    }

    /// Says which split message it made whole.
    fn keep_frame(&mut self, said: &Reception, frame: &Bytes) -> Option<(TerminalId, u64)> {
        let place = (said.session, said.terminal);
        assert_eq!(
            self.sessions.get(&place),
            Some(&Stage::Begun),
            "a frame outside of its session: {place:?}"
        );
        *self.frames.entry(said.session).or_default() += 1;
        let mut whole = None;
        let proofs = proofs(said.terminal, frame);
        for proof in proofs {
            let is_whole = said.events.iter().any(|event| matches!(event, Event::CommandReply { .. }));
            if let (Proof::Part(terminal, set, _), true) = (proof, is_whole) {
                *self.proofs.entry(Proof::Whole(terminal, set)).or_default() += 1;
                whole = Some((terminal, set));
            }
            *self.proofs.entry(proof).or_default() += 1;
        }
        whole
    }

    /// As the journal's own table does it.
    fn change(&mut self, change: PartChange, whole: Option<(TerminalId, u64)>) {
        match change {
            PartChange::Keep { key, number, frame, received_at } => {
                let part = KeptPart { key, number, frame, seq: Seq(self.seq), received_at };
                self.parts.entry(key).or_default().insert(number, part);
            }
            PartChange::Drop { key, through } => {
                if whole != Some((key.terminal, key.set.0)) {
                    self.given_up.insert((key.terminal, key.set.0));
                }
                if let Some(parts) = self.parts.get_mut(&key) {
                    parts.retain(|_, part| part.received_at > through);
                    if parts.is_empty() {
                        self.parts.remove(&key);
                    }
                }
            }
        }
    }
}

/// What a frame that is kept shows: `#P7`, `#T16:7`, `#B3:7`, `#C1000:3:1`.
pub(super) fn proofs(terminal: TerminalId, frame: &[u8]) -> Vec<Proof> {
    let text = std::str::from_utf8(frame).unwrap().trim_end().trim_end_matches('!');
    let numbers: Vec<u16> = text[2..].split(':').filter_map(|digits| digits.parse().ok()).collect();
    match (&text[1..2], &numbers[..]) {
        ("P", [serial]) | ("T", [_, serial]) => vec![Proof::Report(terminal, *serial)],
        ("B", [count, first]) => {
            (*first..first + count).map(|serial| Proof::Report(terminal, serial)).collect()
        }
        ("C", [set, _, number]) => vec![Proof::Part(terminal, u64::from(*set), *number)],
        _ => Vec::new(),
    }
}
