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
    given_up: Vec<Owed>,
    swept_at: Timestamp,
    /// Counts what is kept, so that what came before a message was whole can be told from what came after.
    place: u64,
}

/// A message that was given up, and the moment at which it was.
pub(crate) type Owed = (PartKey, Timestamp);

/// A message that is whole, and the place up to which parts belong to it: its terminal may begin anew under the same
/// numbers, or send a part again, before the journal has taken it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whole {
    key: PartKey,
    place: u64,
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
    /// The latest stamp of a part: later than now when the clock was set back.
    latest: Timestamp,
    parts: BTreeMap<u16, HeldPart>,
}

#[derive(Debug)]
struct HeldPart {
    place: u64,
    frame: Bytes,
}

/// What a frame has changed.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// For its journal item.
    pub(crate) changes: Vec<PartChange>,
    /// What is let go when the journal has taken the item.
    pub(crate) whole: Option<Whole>,
    /// What the journal was owed: it is owed again if the journal does not take the item.
    pub(crate) owed: Vec<Owed>,
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
                    held.give_up(key, now.max(received_at));
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
        spoken.flat_map(|set| set.parts.values().map(|part| part.frame.clone())).collect()
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
        taken.owed.extend(held.given_up.drain(..owed));
        let drops = taken.owed.iter().map(|(key, through)| PartChange::Drop { key: *key, through: *through });
        taken.changes.extend(drops);
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
                    let through = held.through(key(set), now);
                    taken.changes.push(PartChange::Drop { key: key(set), through });
                    match why {
                        Dropped::Whole => taken.whole = Some(Whole { key: key(set), place: held.place }),
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
    pub(crate) fn let_go(&self, whole: &[Whole]) {
        if !whole.is_empty() {
            let mut held = self.held();
            for Whole { key, place } in whole {
                held.remove_through(*key, *place);
            }
        }
    }

    /// The journal did not take the item that was to tell it.
    pub(crate) fn owe_again(&self, owed: &[Owed]) {
        if !owed.is_empty() {
            let mut held = self.held();
            for (key, through) in owed {
                held.owe(*key, *through);
            }
            self.owes.store(true, Ordering::Relaxed);
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

    /// What is held, and of what the journal does not know yet that it is given up.
    #[cfg(test)]
    pub(crate) fn keys(&self) -> (Vec<PartKey>, Vec<PartKey>) {
        let held = self.held();
        let keys = held.terminals.values().flatten().map(|set| set.key).collect();
        (keys, held.given_up.iter().map(|(key, _)| *key).collect())
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
            sets.push(HeldSet { key, share, since: at, latest: at, parts: BTreeMap::new() });
        }
        let Some(set) = sets.get_mut(found) else { return false };
        set.latest = set.latest.max(at);
        self.place += 1;
        let part = HeldPart { place: self.place, frame };
        let (share, before) = (set.share, set.parts.insert(number, part));
        self.add(share, cost);
        self.subtract(share, before.map_or(0, |part| self::cost(&part.frame)));
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
        self.remove_through(key, self.place);
    }

    /// Removes the parts of a message that had come when so many were kept.
    fn remove_through(&mut self, key: PartKey, place: u64) {
        let Some(sets) = self.terminals.get_mut(&key.terminal) else { return };
        let Some(at) = sets.iter().position(|set| set.key == key) else { return };
        let Some(set) = sets.get_mut(at) else { return };
        let (share, before) = (set.share, set.bytes());
        set.parts.retain(|_, part| part.place > place);
        let left = set.bytes();
        if left == 0 {
            sets.remove(at);
        }
        if sets.is_empty() {
            self.terminals.remove(&key.terminal);
        }
        self.subtract(share, before - left);
    }

    fn give_up(&mut self, key: PartKey, now: Timestamp) {
        let now = self.through(key, now);
        self.remove(key);
        self.owe(key, now);
    }

    fn owe(&mut self, key: PartKey, until: Timestamp) {
        if let Some((_, through)) = self.given_up.iter_mut().find(|(known, _)| *known == key) {
            *through = until.max(*through);
        } else if self.given_up.len() < OWED_MAX {
            self.given_up.push((key, until));
        }
    }

    /// Up to when the journal's parts of a message go: all of them, also those that came before the clock was set back.
    fn through(&self, key: PartKey, now: Timestamp) -> Timestamp {
        let mut sets = self.terminals.get(&key.terminal).into_iter().flatten();
        sets.find(|set| set.key == key).map_or(now, |set| set.latest.max(now))
    }

    /// Gives up what is too old, now and then.
    fn sweep(&mut self, now: Timestamp) {
        // A clock that was set back does not put the next look off.
        if (0..SWEEP_MS).contains(&now.since(self.swept_at)) {
            return;
        }
        self.swept_at = now;
        let sets = self.terminals.values().flatten();
        let old: Vec<PartKey> = sets.filter(|set| is_old(set.since, now)).map(|set| set.key).collect();
        for key in old {
            count("too_old", 1);
            self.give_up(key, now);
        }
    }
}

impl HeldSet {
    fn bytes(&self) -> usize {
        self.parts.values().map(|part| cost(&part.frame)).sum()
    }
}

/// So is what is dated a day ahead: its clock was wrong, and without this it would stay until that day.
const fn is_old(since: Timestamp, now: Timestamp) -> bool {
    now.since(since).unsigned_abs() >= AGE_MS_MAX.unsigned_abs()
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
