//! What a read yielded, before the journal has it.
//!
//! Shape: frames' inputs and replies in, in their order. Units: frames, bytes of replies. Errors: none. Source: DESIGN.md §3.
//!
//! The list of items is one that a thread uses again and again, and the first reply is taken as it is: a lone frame allocates
//! neither here.

use super::fitting::Fitted;
use crate::end::End;
use crate::parts::{Owed, Whole};
use bytes::{Bytes, BytesMut};
use journal::{Item, PartChange};
use std::cell::RefCell;
use wire::Reply;

/// What a read yielded.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// Frames that were cut, those that are refused too.
    pub(crate) cut: u32,
    /// For the journal, in order.
    pub(crate) items: Vec<Item>,
    /// Frames among them.
    pub(crate) frames: u32,
    /// Replies that promise nothing.
    pub(crate) now: BytesMut,
    /// Replies that promise storage.
    pub(crate) durable: BytesMut,
    /// How many durable replies that are.
    pub(crate) acks: u32,
    /// Split messages among them that are whole: let go when the journal has taken the items.
    pub(crate) whole: Vec<Whole>,
    /// Split messages that were given up, of which the journal learns with the items.
    pub(crate) owed: Vec<Owed>,
    /// One frame said more than an input holds: its inputs are enough for one call.
    pub(super) is_full: bool,
    /// This call has all it may, and the buffer may hold more.
    pub(crate) more: bool,
    /// The connection has to close.
    pub(crate) end: Option<End>,
}

thread_local! {
    static LIST: RefCell<Vec<Item>> = RefCell::default();
}

impl Heard {
    pub(super) fn push(&mut self, item: Item) {
        if self.items.capacity() == 0 {
            self.items = LIST.take();
        }
        self.items.push(item);
    }

    /// Its items, for the journal. The list is used for the next read.
    pub(crate) fn take_items<T>(&mut self, take: impl FnOnce(std::vec::Drain<'_, Item>) -> T) -> T {
        let mut list = std::mem::take(&mut self.items);
        let taken = take(list.drain(..));
        if list.capacity() <= LIST_ITEMS_MAX {
            LIST.set(list);
        }
        taken
    }

    pub(super) fn take_reply(&mut self, reply: Reply) {
        match reply {
            Reply::None => {}
            Reply::Now(bytes) => append(&mut self.now, bytes.into()),
            Reply::Durable(bytes) => {
                append(&mut self.durable, bytes.into());
                self.acks = self.acks.saturating_add(1);
            }
        }
    }

    /// Takes what one frame says; what it changes among the parts goes with the first input.
    pub(super) fn take_inputs(&mut self, inputs: Fitted, wire: &Bytes, changes: Vec<PartChange>) {
        let Fitted { first, rest } = inputs;
        self.is_full |= !rest.is_empty();
        self.push(Item { input: first, frame: Some(wire.clone()), parts: changes });
        let rest = rest.into_iter().map(|input| Item { frame: Some(wire.clone()), ..input.into() });
        self.items.extend(rest);
    }
}

/// Puts bytes behind others; where there are none, nothing is copied.
pub(crate) fn append(to: &mut BytesMut, bytes: BytesMut) {
    if to.is_empty() {
        *to = bytes;
    } else {
        to.extend_from_slice(&bytes);
    }
}

/// As many as a call of the journal may have, twice: a list grows by doubling.
const LIST_ITEMS_MAX: usize = 2 * super::ENTRIES_PER_CALL_MAX;
