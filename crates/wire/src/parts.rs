//! Messages that are split over several frames: what a session tells the server of their parts.
//!
//! Shape: with each frame the [`PartsChange`]s that have to be stored with it; as time passes, a [`Wake`]. The server
//! keeps what it is told to keep, across connections and restarts, and hands it back by `Session::restore`.
//! Errors: a set that will not become whole says why in [`Dropped`]. Source: DESIGN.md §3, last paragraph.

use bytes::Bytes;
use model::{PartSet, TerminalId};

/// What a frame changes among the incomplete messages of its terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartsChange {
    /// The frame is a part of a message that is not whole yet: it is kept until it is, or until it is dropped. A part
    /// that comes again is kept again.
    Keep {
        /// The message.
        set: PartSet,
        /// Which part.
        number: u16,
        /// The frame as it was on the wire, in memory of its own.
        frame: Bytes,
    },
    /// Nothing of this message is needed any more.
    Drop {
        /// The message.
        set: PartSet,
        /// Why.
        why: Dropped,
    },
    /// The terminal asks for parts of a message of ours, and there is none: we split no message.
    AskedOfUs,
}

/// Why the parts of a message are not kept any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dropped {
    /// It is whole: what it says is among the events of this frame.
    Whole,
    /// A part came again with another content: its terminal began anew under the same numbers.
    Contradicted,
    /// Newer messages of the terminal needed the room.
    Displaced,
    /// It is larger than what is put together.
    TooLarge,
    /// What was missing was asked for, and did not come.
    Unanswered,
}

impl Dropped {
    /// The code in metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Contradicted => "contradicted",
            Self::Displaced => "displaced",
            Self::TooLarge => "too_large",
            Self::Unanswered => "unanswered",
        }
    }
}

/// What a session does because time has passed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wake {
    /// Frames for the terminals: they leave at once and promise nothing.
    pub send: Bytes,
    /// How many messages' missing parts they ask for.
    pub asks: u32,
    /// Messages that are given up.
    pub given_up: Vec<(TerminalId, PartSet)>,
}
