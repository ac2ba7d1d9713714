//! What one call brings, encoded as it will stand in a block.
//!
//! Shape: items in, a [`Call`] out, for the queue. Units: bytes; the queue's in KiB begun. Errors: an item that is too large.
//! Source: DESIGN.md §3 (7).
//!
//! The entries are a part of a buffer that the calls of one thread share, and that is used again once they are committed: a
//! frame allocates nothing here.

use crate::{Item, JournalError, PartChange, block, codec};
use bytes::{Bytes, BytesMut};
use std::cell::RefCell;

/// Items that are encoded, and their share of the queue.
#[derive(Debug)]
pub struct Call {
    /// In the form of a block.
    pub(crate) entries: Bytes,
    /// How many.
    pub(crate) count: usize,
    /// What becomes of parts, each with the place of its entry among them.
    pub(crate) parts: Vec<(usize, PartChange)>,
    /// Its share of the queue.
    pub(crate) cost: u32,
}

/// What a thread encodes with.
#[derive(Default)]
struct Encoder {
    /// One input.
    form: Vec<u8>,
    /// The entries of one call, behind those of the calls before it.
    entries: BytesMut,
}

thread_local! {
    static ENCODER: RefCell<Encoder> = RefCell::default();
}

impl Call {
    pub(crate) fn of(items: impl Iterator<Item = Item>) -> Result<Self, JournalError> {
        ENCODER.with_borrow_mut(|encoder| {
            let call = encoder.encode(items);
            encoder.give_back(call.as_ref().map_or(0, |call| call.entries.len()));
            call
        })
    }

    /// What it takes in the file, nearly.
    pub(crate) fn bytes(&self) -> usize {
        self.entries.len() + self.parts.iter().map(|(_, change)| change.bytes()).sum::<usize>()
    }
}

impl Encoder {
    fn encode(&mut self, items: impl Iterator<Item = Item>) -> Result<Call, JournalError> {
        // What stands there is of a call that came to no end.
        self.entries.clear();
        if self.entries.capacity() < CALL_BYTES_TYPICAL {
            self.entries.reserve(SHARED_BYTES);
        }
        let mut call = Call { entries: Bytes::new(), count: 0, parts: Vec::new(), cost: 0 };
        for item in items {
            let place = call.count;
            let bytes = self.encode_one(&item).map_err(|error| error.of_item(place))?;
            let parts: usize = item.parts.iter().map(PartChange::bytes).sum();
            let cost = u32::try_from((bytes + parts).div_ceil(COST_BYTES)).unwrap_or(u32::MAX);
            call.cost = call.cost.saturating_add(cost);
            call.parts.extend(item.parts.into_iter().map(|change| (place, change)));
            call.count += 1;
        }
        call.entries = self.entries.split().freeze();
        Ok(call)
    }

    /// What has grown for a loan book is not kept for the frames.
    fn give_back(&mut self, called: usize) {
        let largest = called.max(self.entries.capacity()).max(self.form.capacity());
        if largest > SHARED_BYTES {
            *self = Self::default();
        }
    }

    /// Says how many bytes the entry has.
    fn encode_one(&mut self, item: &Item) -> Result<usize, JournalError> {
        codec::encode_into(&item.input, &mut self.form)?;
        let frame = item.frame.as_deref();
        if let Some(frame) = frame.filter(|frame| frame.len() > FRAME_BYTES_MAX) {
            let (bytes, max) = (frame.len(), FRAME_BYTES_MAX);
            return Err(JournalError::TooLarge { item: 0, part: "frame", bytes, max });
        }
        block::pack(&self.form, frame, &mut self.entries);
        Ok(self.form.len() + frame.map_or(0, <[u8]>::len))
    }
}

/// The largest frame; a protocol's own limit is far below.
const FRAME_BYTES_MAX: usize = 64 * 1024;
/// An item counts once in the queue for each of these begun.
const COST_BYTES: usize = 1024;
/// Some hundred calls of one frame.
const SHARED_BYTES: usize = 64 * 1024;
/// With less room than this the next call would be copied as it grows.
const CALL_BYTES_TYPICAL: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use allocation_counter::measure;
    use model::{Input, Seq, SessionId, TerminalId, input::SessionEndReason};

    fn item(frame: &'static [u8]) -> Item {
        let input = Input::SessionEnd {
            session: SessionId { run: Seq(1), connection: 7 },
            terminal: TerminalId::parse("15").unwrap(),
            reason: SessionEndReason::Closed,
        };
        Item { frame: Some(Bytes::from_static(frame)), ..input.into() }
    }

    #[test]
    fn calls_share_a_buffer_that_is_used_again() {
        drop(Call::of([item(b"warm")].into_iter()).unwrap());
        let counted = measure(|| {
            for _ in 0..100 {
                let held = Call::of([item(b"a"), item(b"bc")].into_iter()).unwrap();
                assert_eq!((held.count, held.cost), (2, 2));
            }
        });
        assert_eq!(counted.count_total, 0);
    }

    #[test]
    fn a_call_is_as_it_was_while_others_are_made_and_refused_behind_it() {
        let first = Call::of([item(b"first")].into_iter()).unwrap();
        let before = first.entries.to_vec();
        let huge = Item { frame: Some(Bytes::from(vec![0; FRAME_BYTES_MAX + 1])), ..item(b"") };
        let refused = Call::of([item(b"fits"), huge].into_iter());
        assert!(matches!(refused, Err(JournalError::TooLarge { item: 1, part: "frame", .. })), "{refused:?}");
        let second = Call::of([item(b"first")].into_iter()).unwrap();
        assert_eq!((&first.entries[..], &second.entries[..]), (&before[..], &before[..]));
    }

    #[test]
    fn what_has_grown_is_not_kept() {
        let framed = |bytes| Item { frame: Some(Bytes::from(vec![0; bytes])), ..item(b"") };
        for last in [FRAME_BYTES_MAX, FRAME_BYTES_MAX + 1] {
            let call = Call::of([FRAME_BYTES_MAX, FRAME_BYTES_MAX, last].map(framed).into_iter());
            assert_eq!(call.is_ok(), last <= FRAME_BYTES_MAX);
            drop(call);
            let kept = ENCODER.with_borrow(|encoder| encoder.entries.capacity());
            assert_eq!(kept, 0, "of {last}");
        }
    }
}
