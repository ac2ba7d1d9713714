//! Split messages: packets are collected in any order until the message is whole, asked for where they fail to come,
//! and given up in the end.
//!
//! ```text
//! (none) --a packet--> Collecting      Collecting --the last one missing--> whole: settled
//! Collecting --no packet for a while--> asked for, thrice --> given up
//! Collecting --newer messages need the room--> displaced     Collecting --too large--> refused: settled
//! Collecting --a packet again, other content--> begun anew with it
//! settled --a packet again--> answered again, until it is forgotten
//! ```
//! Pure: time is an argument. Units: ms, bytes on the wire. Errors: [`Step::Refused`] says why a packet is not
//! collected; its frame is kept all the same. Source: SPEC.md §2.1.

use crate::context::Owed;
use crate::deframe;
use crate::header::{Header, Packet};
use crate::number::Number;
use bytes::Bytes;
use model::{Millis, PartSet, TerminalId, Timestamp};
use std::collections::BTreeMap;
use wire::{Checksum, Dropped, Frame, PartsChange};

/// The split messages of one connection, the oldest first.
#[derive(Debug)]
pub(crate) struct Assembly {
    sets: Vec<Set>,
    settled: Vec<Settled>,
}

/// A message of which packets are missing.
#[derive(Debug)]
struct Set {
    terminal: TerminalId,
    split: Split,
    /// Of one of its packets: in this layout they are asked for.
    header: Header,
    packets: BTreeMap<u16, Kept>,
    asks: usize,
    wake_at: Timestamp,
}

#[derive(Debug)]
struct Kept {
    frame: Bytes,
    checksum: Checksum,
}

/// A message that is whole or refused: packets of it that come again change nothing.
#[derive(Debug)]
struct Settled {
    terminal: TerminalId,
    split: Split,
    owed: Owed,
    until: Timestamp,
}

/// Which message a packet belongs to: the serial of its first packet names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Split {
    number: Number,
    total: u16,
    pub(crate) first_serial: u16,
}

impl Split {
    pub(crate) const fn of(header: &Header, packet: Packet) -> Self {
        let first_serial = header.serial.wrapping_sub(packet.number.wrapping_sub(1));
        Self { number: header.number, total: packet.total, first_serial }
    }

    fn set(self) -> PartSet {
        let words = [self.number.0, self.total, self.first_serial];
        PartSet(words.into_iter().fold(0, |set, word| (set << 16) | u64::from(word)))
    }
}

/// A packet, as it came.
#[derive(Clone, Copy)]
pub(crate) struct Incoming<'a> {
    pub(crate) terminal: TerminalId,
    pub(crate) header: &'a Header,
    pub(crate) packet: Packet,
    pub(crate) frame: &'a Frame,
}

/// What a packet is to its message.
#[derive(Debug)]
pub(crate) enum Step {
    /// One of those that are needed; others are missing.
    Kept,
    /// Its message is settled: it is owed this again.
    Settled(Owed),
    /// The last one that was missing.
    Whole {
        body: Vec<u8>,
        /// A packet came with a wrong checksum.
        flawed: bool,
    },
    /// Not collected.
    Refused(&'static str),
}

/// Packets to ask for.
#[derive(Debug)]
pub(crate) struct Ask {
    /// Whose layout the question has, and whose terminal it goes to.
    pub(crate) header: Header,
    pub(crate) first_serial: u16,
    pub(crate) missing: Vec<u16>,
    /// The body of the first packet, if it is there.
    pub(crate) first_body: Option<Bytes>,
}

impl Assembly {
    pub(crate) const fn new() -> Self {
        Self { sets: Vec::new(), settled: Vec::new() }
    }

    /// Takes a packet in; its number has been found possible.
    pub(crate) fn take(&mut self, incoming: Incoming<'_>, now: Timestamp) -> (Step, Vec<PartsChange>) {
        let Incoming { terminal, header, packet, .. } = incoming;
        let split = Split::of(header, packet);
        self.settled.retain(|settled| now < settled.until);
        if let Some(settled) = self.settled.iter().find(|s| (s.terminal, s.split) == (terminal, split)) {
            return (Step::Settled(settled.owed), Vec::new());
        }
        if packet.total > PACKETS_MAX {
            return (Step::Refused("more packets than are put together"), Vec::new());
        }
        let mut changes = Vec::new();
        self.make_way(&incoming, split, &mut changes);
        self.put(&incoming, split, now);
        let step = self.look(&incoming, split, &mut changes);
        if let Step::Refused(_) = step {
            self.settle(terminal, split, Owed::Nothing, now);
        }
        (step, changes)
    }

    /// Notes what a message was owed when it became whole.
    pub(crate) fn settle(&mut self, terminal: TerminalId, split: Split, owed: Owed, now: Timestamp) {
        if self.settled.len() >= SETTLED_MAX {
            self.settled.remove(0);
        }
        self.settled.push(Settled { terminal, split, owed, until: now.plus(SETTLED_MS) });
    }

    /// Takes over exactly these frames as what is kept of a terminal.
    pub(crate) fn restore(&mut self, terminal: TerminalId, frames: &[Bytes], now: Timestamp) {
        self.sets.retain(|set| set.terminal != terminal);
        self.settled.retain(|settled| settled.terminal != terminal);
        for wire in frames {
            let Ok(frame) = deframe::whole(wire.clone()) else { continue };
            let Ok((header, _)) = Header::read(&frame) else { continue };
            let Some(packet) = header.packet.filter(|packet| packet.is_possible()) else { continue };
            let incoming = Incoming { terminal, header: &header, packet, frame: &frame };
            if header.terminal() == Some(terminal) {
                self.put(&incoming, Split::of(&header, packet), now);
            }
        }
    }

    /// When the next set has waited long enough.
    pub(crate) fn wake_at(&self) -> Option<Timestamp> {
        self.sets.iter().map(|set| set.wake_at).min()
    }

    /// What to ask for now, and which messages are given up.
    pub(crate) fn wake(&mut self, now: Timestamp) -> (Vec<Ask>, Vec<(TerminalId, PartSet)>) {
        let (mut asks, mut given_up) = (Vec::new(), Vec::new());
        self.sets.retain_mut(|set| {
            if set.wake_at > now {
                return true;
            }
            let Some(wait) = WAITS_MS.get(set.asks + 1) else {
                given_up.push((set.terminal, set.split.set()));
                return false;
            };
            set.asks += 1;
            set.wake_at = now.plus(*wait);
            asks.push(set.ask());
            true
        });
        (asks, given_up)
    }

    /// Drops what stands in the packet's way: an older message under the same numbers, or too many messages.
    fn make_way(&mut self, incoming: &Incoming<'_>, split: Split, changes: &mut Vec<PartsChange>) {
        let of_terminal = |set: &Set| set.terminal == incoming.terminal;
        let same = self.sets.iter().position(|set| of_terminal(set) && set.split == split);
        if let Some(at) = same {
            if self.sets.get(at).is_some_and(|set| set.is_contradicted_by(incoming)) {
                self.sets.remove(at);
                changes.push(PartsChange::Drop { set: split.set(), why: Dropped::Contradicted });
            }
        } else if self.sets.iter().filter(|set| of_terminal(set)).count() >= SETS_MAX {
            self.displace_oldest(incoming.terminal, split, changes);
        }
    }

    /// Puts the packet where it belongs. One that is there already stays, unless a flawed one can be replaced.
    fn put(&mut self, incoming: &Incoming<'_>, split: Split, now: Timestamp) {
        let Incoming { terminal, header, packet, frame } = *incoming;
        let found = self.sets.iter().position(|set| (set.terminal, set.split) == (terminal, split));
        let at = found.unwrap_or_else(|| {
            let packets = BTreeMap::new();
            self.sets.push(Set { terminal, split, header: *header, packets, asks: 0, wake_at: now });
            self.sets.len() - 1
        });
        let Some(set) = self.sets.get_mut(at) else { return };
        let is_new = set
            .packets
            .get(&packet.number)
            .is_none_or(|kept| kept.checksum == Checksum::Bad && frame.checksum != Checksum::Bad);
        if is_new {
            // A copy, since the frame is a slice of everything that was read with it.
            let kept = Kept { frame: Bytes::copy_from_slice(&frame.wire), checksum: frame.checksum };
            set.packets.insert(packet.number, kept);
            set.asks = 0;
            set.wake_at = now.plus(WAITS_MS[0]);
        }
    }

    /// What the packet has made of its message.
    fn look(&mut self, incoming: &Incoming<'_>, split: Split, changes: &mut Vec<PartsChange>) -> Step {
        let Incoming { terminal, packet, .. } = *incoming;
        let found = self.sets.iter().position(|set| (set.terminal, set.split) == (terminal, split));
        let Some((at, set)) = found.and_then(|at| Some((at, self.sets.get(at)?))) else {
            return Step::Kept;
        };
        if set.missing().next().is_none() {
            let whole = Step::Whole { body: set.body(), flawed: set.is_flawed() };
            self.sets.remove(at);
            changes.push(PartsChange::Drop { set: split.set(), why: Dropped::Whole });
            return whole;
        }
        if set.bytes() > MESSAGE_BYTES_MAX {
            self.sets.remove(at);
            changes.push(PartsChange::Drop { set: split.set(), why: Dropped::TooLarge });
            return Step::Refused("larger than what is put together");
        }
        let kept = set.packets.get(&packet.number).map(|kept| kept.frame.clone());
        while self.bytes_of(terminal) > TERMINAL_BYTES_MAX && self.displace_oldest(terminal, split, changes) {
        }
        changes.extend(kept.map(|frame| PartsChange::Keep {
            set: split.set(),
            number: packet.number,
            frame,
        }));
        Step::Kept
    }

    /// Drops a terminal's oldest message other than this one; false if there is none.
    fn displace_oldest(&mut self, terminal: TerminalId, but: Split, changes: &mut Vec<PartsChange>) -> bool {
        let oldest = self.sets.iter().position(|set| set.terminal == terminal && set.split != but);
        let Some(at) = oldest else { return false };
        let set = self.sets.remove(at).split.set();
        changes.push(PartsChange::Drop { set, why: Dropped::Displaced });
        true
    }

    fn bytes_of(&self, terminal: TerminalId) -> usize {
        self.sets.iter().filter(|set| set.terminal == terminal).map(Set::bytes).sum()
    }
}

impl Set {
    fn bytes(&self) -> usize {
        self.packets.values().map(|kept| kept.frame.len() + PACKET_OVERHEAD_BYTES).sum()
    }

    fn missing(&self) -> impl Iterator<Item = u16> {
        (1..=self.split.total).filter(|number| !self.packets.contains_key(number))
    }

    fn is_flawed(&self) -> bool {
        self.packets.values().any(|kept| kept.checksum == Checksum::Bad)
    }

    fn body(&self) -> Vec<u8> {
        self.packets.values().filter_map(|kept| body_of(&kept.frame)).flatten().collect()
    }

    /// Whether it holds the same packet with another content. Where one of the two has a wrong checksum, that one is
    /// taken for a copy that was damaged.
    fn is_contradicted_by(&self, incoming: &Incoming<'_>) -> bool {
        let Some(kept) = self.packets.get(&incoming.packet.number) else { return false };
        let same = kept.frame == incoming.frame.wire || body_of(&kept.frame) == body_of(&incoming.frame.wire);
        !same && (kept.checksum == Checksum::Bad) == (incoming.frame.checksum == Checksum::Bad)
    }

    fn ask(&self) -> Ask {
        let mut missing: Vec<u16> = self.missing().take(ASKED_MAX).collect();
        if missing.is_empty() {
            // All are there since two connections collected them: any one that comes again makes it whole.
            missing.push(self.split.total);
        }
        let first_body = self.packets.get(&1).and_then(|kept| body_of(&kept.frame));
        Ask { header: self.header, first_serial: self.split.first_serial, missing, first_body }
    }
}

fn body_of(wire: &Bytes) -> Option<Bytes> {
    let frame = deframe::whole(wire.clone()).ok()?;
    let (_, body) = Header::read(&frame).ok()?;
    Some(frame.content_bytes().slice_ref(body))
}

/// Packets of one message: what fills [`MESSAGE_BYTES_MAX`] where a device cuts at some 400 bytes. No list is made
/// from a total that is only claimed.
pub(crate) const PACKETS_MAX: u16 = 512;
/// A photo of a dashboard camera, a backlog of 4,000 positions.
const MESSAGE_BYTES_MAX: usize = 192 * 1024;
/// Incomplete messages of one terminal: a photo, a backlog, and what its last two connections left behind.
const SETS_MAX: usize = 4;
/// All incomplete messages of one terminal: below the 256 KiB that the server keeps for it.
const TERMINAL_BYTES_MAX: usize = 240 * 1024;
/// What a packet costs beside its bytes, so that the shortest ones are not for free.
const PACKET_OVERHEAD_BYTES: usize = 64;
/// Settled messages remembered on a connection: a device sends again what it sent last.
const SETTLED_MAX: usize = 8;
/// A device that has no answer asks again within seconds, three times at most, and later each time.
const SETTLED_MS: Millis = 10 * 60_000;
/// Until the missing packets are asked for the first, second and third time, and until they are given up. A packet
/// takes a second on the slowest carrier; the standard lets the n-th wait be n times as long as the one before.
const WAITS_MS: [Millis; 4] = [10_000, 20_000, 60_000, 60_000];
/// Packets in one question: more than one byte can count is asked for when these have come.
const ASKED_MAX: usize = 255;

#[cfg(test)]
mod tests;
