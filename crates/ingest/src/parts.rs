//! Parts of split messages that are not whole: held here between connections, in the journal between runs.
//!
//! ```text
//! session --Keep--> held + the frame's journal item    session --Drop--> not held + an item of the journal
//! held --first frame on a new connection--> session    held too long, or no room for it --> given up
//! ```
//! What is whole is let go only when the journal has taken its item: until then another connection may need it.
//! What time gave up has no item of its own; the next one that anybody submits takes it along.
//! Pure but for its lock. Units: bytes on the wire, journal time. Source: DESIGN.md §3, `reliability.md` goal 16, B18.

use bytes::Bytes;
use journal::{KeptPart, PartChange, PartKey};
use model::{Millis, PartSet, ProtocolName, TerminalId, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use wire::{Dropped, PartsChange};

/// The parts that are held.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    held: Mutex<Held>,
    /// Something was given up of which the journal does not know: a frame without parts asks no lock.
    owes: AtomicBool,
}

#[derive(Debug, Default)]
struct Held {
    terminals: HashMap<TerminalId, Vec<HeldSet>>,
    bytes: usize,
    bytes_of_strangers: usize,
    /// With the moment at which it was given up: a part that comes later is of another attempt.
    given_up: Vec<(PartKey, Timestamp)>,
    swept_at: Timestamp,
}

/// Who sends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sender {
    pub(crate) terminal: TerminalId,
    pub(crate) protocol: ProtocolName,
    pub(crate) share: Share,
}

/// Of which room a part takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Share {
    /// Approved terminals have all of it.
    Known,
    /// Terminals that nobody has approved have a little, so that they cannot shut the others out.
    Stranger,
}

/// One message, the oldest of its terminal first.
#[derive(Debug)]
struct HeldSet {
    key: PartKey,
    share: Share,
    since: Timestamp,
    parts: BTreeMap<u16, Bytes>,
}

/// What a frame has changed.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// For its journal item.
    pub(crate) changes: Vec<PartChange>,
    /// What is let go when the journal has taken the item.
    pub(crate) whole: Option<PartKey>,
    /// There was no room: the session holds more than is kept.
    pub(crate) refused: bool,
}

impl Parts {
    /// What the journal kept of the last run.
    pub(crate) fn loaded(kept: Vec<KeptPart>, now: Timestamp) -> Self {
        let parts = Self::default();
        {
            let mut held = parts.held();
            for KeptPart { key, number, frame, received_at, .. } in kept {
                if !held.keep((key, Share::Known), number, frame, received_at) {
                    held.give_up(key, now);
                }
            }
            held.sweep(now);
            parts.owes.store(!held.given_up.is_empty(), Ordering::Relaxed);
        }
        parts
    }

    /// The frames that a terminal's next connection needs, each message's in order.
    pub(crate) fn of(&self, Sender { terminal, protocol, .. }: Sender, now: Timestamp) -> Vec<Bytes> {
        let mut held = self.held();
        held.sweep(now);
        self.owes.store(!held.given_up.is_empty(), Ordering::Relaxed);
        let sets = held.terminals.get(&terminal).map(Vec::as_slice).unwrap_or_default();
        let spoken = sets.iter().filter(|set| set.key.protocol == protocol);
        spoken.flat_map(|set| set.parts.values().cloned()).collect()
    }

    /// Takes over what a frame changes, and what the journal is owed.
    pub(crate) fn take(
        &self,
        Sender { terminal, protocol, share }: Sender,
        changes: Vec<PartsChange>,
        now: Timestamp,
    ) -> Taken {
        let mut taken = Taken::default();
        if changes.is_empty() && !self.owes.load(Ordering::Relaxed) {
            return taken;
        }
        let mut held = self.held();
        let key = |set| PartKey { terminal, protocol, set };
        let owed = held.given_up.len().min(OWED_PER_ITEM_MAX);
        let owed = held.given_up.drain(..owed).map(|(key, through)| PartChange::Drop { key, through });
        taken.changes.extend(owed);
        for change in changes {
            match change {
                PartsChange::Keep { set, number, frame } => {
                    if held.keep((key(set), share), number, frame.clone(), now) {
                        let (key, received_at) = (key(set), now);
                        taken.changes.push(PartChange::Keep { key, number, frame, received_at });
                    } else {
                        count("no_room", 1);
                        taken.refused = true;
                    }
                }
                PartsChange::Drop { set, why } => {
                    count(why.code(), 1);
                    taken.changes.push(PartChange::Drop { key: key(set), through: now });
                    match why {
                        Dropped::Whole => taken.whole = Some(key(set)),
                        _ => held.remove(key(set)),
                    }
                }
                PartsChange::AskedOfUs => count("asked_of_us", 1),
            }
        }
        self.owes.store(!held.given_up.is_empty(), Ordering::Relaxed);
        taken
    }

    /// Lets go what is whole, once its item is on its way into the journal.
    pub(crate) fn let_go(&self, whole: &[PartKey]) {
        if !whole.is_empty() {
            let mut held = self.held();
            for key in whole {
                held.remove(*key);
            }
        }
    }

    /// Gives up what a session has asked for in vain.
    pub(crate) fn give_up(&self, protocol: ProtocolName, given_up: &[(TerminalId, PartSet)], now: Timestamp) {
        let mut held = self.held();
        for (terminal, set) in given_up {
            count(Dropped::Unanswered.code(), 1);
            held.give_up(PartKey { terminal: *terminal, protocol, set: *set }, now);
        }
        self.owes.store(!held.given_up.is_empty(), Ordering::Relaxed);
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // Each change is whole in itself; a panic elsewhere leaves at most a set that its age will end.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// False if there is no room for it.
    fn keep(&mut self, (key, share): (PartKey, Share), number: u16, frame: Bytes, at: Timestamp) -> bool {
        let sets = self.terminals.entry(key.terminal).or_default();
        let (cost, of_terminal) = (cost(&frame), sets.iter().map(HeldSet::bytes).sum::<usize>());
        let of_strangers = if share == Share::Stranger { self.bytes_of_strangers + cost } else { 0 };
        if of_terminal + cost > TERMINAL_BYTES_MAX
            || self.bytes + cost > BYTES_MAX
            || of_strangers > STRANGERS_BYTES_MAX
        {
            if sets.is_empty() {
                self.terminals.remove(&key.terminal);
            }
            return false;
        }
        let found = sets.iter().position(|set| set.key == key).unwrap_or(sets.len());
        if found == sets.len() {
            sets.push(HeldSet { key, share, since: at, parts: BTreeMap::new() });
        }
        let Some(set) = sets.get_mut(found) else { return false };
        let (share, before) = (set.share, set.parts.insert(number, frame));
        self.add(share, cost);
        self.subtract(share, before.as_ref().map_or(0, self::cost));
        true
    }

    fn add(&mut self, share: Share, bytes: usize) {
        self.bytes += bytes;
        if share == Share::Stranger {
            self.bytes_of_strangers += bytes;
        }
    }

    fn subtract(&mut self, share: Share, bytes: usize) {
        self.bytes -= bytes;
        if share == Share::Stranger {
            self.bytes_of_strangers -= bytes;
        }
    }

    fn remove(&mut self, key: PartKey) {
        let Some(sets) = self.terminals.get_mut(&key.terminal) else { return };
        let gone = sets.iter().position(|set| set.key == key).map(|at| sets.remove(at));
        if sets.is_empty() {
            self.terminals.remove(&key.terminal);
        }
        if let Some(set) = gone {
            self.subtract(set.share, set.bytes());
        }
    }

    fn give_up(&mut self, key: PartKey, now: Timestamp) {
        self.remove(key);
        if let Some((_, through)) = self.given_up.iter_mut().find(|(known, _)| *known == key) {
            *through = now;
        } else if self.given_up.len() < OWED_MAX {
            self.given_up.push((key, now));
        }
    }

    /// Gives up what is too old, now and then.
    fn sweep(&mut self, now: Timestamp) {
        if now.since(self.swept_at) < SWEEP_MS {
            return;
        }
        self.swept_at = now;
        let sets = self.terminals.values().flatten();
        let old: Vec<PartKey> =
            sets.filter(|set| now.since(set.since) >= AGE_MS_MAX).map(|set| set.key).collect();
        for key in old {
            count("too_old", 1);
            self.give_up(key, now);
        }
    }
}

impl HeldSet {
    fn bytes(&self) -> usize {
        self.parts.values().map(cost).sum()
    }
}

fn cost(frame: &Bytes) -> usize {
    frame.len() + PART_OVERHEAD_BYTES
}

pub(crate) fn count(what: &'static str, n: u64) {
    metrics::counter!("lienwatch_ingest_split_messages_total", "what" => what).increment(n);
}

/// Parts of one terminal [goal 16].
const TERMINAL_BYTES_MAX: usize = 256 * 1024;
/// Parts in all: as many terminals as 128 may stop in the middle of the largest message at one time [goal 16].
const BYTES_MAX: usize = 32 << 20;
/// Of that, parts of terminals that nobody has approved: an eighth, some sixteen large messages.
const STRANGERS_BYTES_MAX: usize = 4 << 20;
/// What a part costs beside its bytes.
const PART_OVERHEAD_BYTES: usize = 64;
/// From a message's first part: a device that was without a network for a day begins anew.
const AGE_MS_MAX: Millis = 24 * 3_600_000;
/// Between two looks for what is too old: it is a walk over all that is held.
const SWEEP_MS: Millis = 60_000;
/// Messages given up that one item of the journal takes along: each is a statement in its commit.
const OWED_PER_ITEM_MAX: usize = 16;
/// Messages given up of which the journal is to learn; what is beyond is found again at the next start.
const OWED_MAX: usize = 4_096;

#[cfg(test)]
mod tests;
