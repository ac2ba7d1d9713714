//! One frame cut from a stream.
//!
//! Shape: `Session::deframe` turns buffered bytes into a [`Cut`]. The invariant of every deframer: bytes consumed plus
//! bytes left = bytes given; a frame, once cut, does not depend on how the stream was split.

use bytes::Bytes;
use std::ops::Range;

/// A frame: its boundary, escaping and checksum are settled, its meaning is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The bytes as they came, delimiters and escapes included.
    pub wire: Bytes,
    content: Content,
    /// Whether the checksum was right.
    pub checksum: Checksum,
}

/// Where a frame's content is. Most frames have nothing escaped: a second handle on their bytes would cost two counted
/// references for each.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    Within(Range<usize>),
    Unescaped(Bytes),
}

impl Frame {
    /// A frame whose content is this part of its wire bytes.
    pub const fn within(wire: Bytes, content: Range<usize>, checksum: Checksum) -> Self {
        Self { wire, content: Content::Within(content), checksum }
    }

    /// A frame whose content is not a part of its wire bytes.
    pub const fn unescaped(wire: Bytes, content: Bytes, checksum: Checksum) -> Self {
        Self { wire, content: Content::Unescaped(content), checksum }
    }

    /// What the protocol's parsers read: without delimiters, unescaped, without checksum.
    #[inline]
    pub fn content(&self) -> &[u8] {
        match &self.content {
            Content::Within(range) => self.wire.get(range.clone()).unwrap_or_default(),
            Content::Unescaped(bytes) => bytes,
        }
    }

    /// The content as bytes that can outlive the frame.
    pub fn content_bytes(&self) -> Bytes {
        match &self.content {
            Content::Within(_) => self.wire.slice_ref(self.content()),
            Content::Unescaped(bytes) => bytes.clone(),
        }
    }
}

/// The verdict on a frame's checksum. It travels with the frame; the device's profile decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Checksum {
    /// Right.
    Ok,
    /// Wrong.
    Bad,
    /// The frame has none.
    Absent,
}

/// What `Session::deframe` found at the front of the buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cut {
    /// Not enough bytes yet. The buffer is as it was.
    Need,
    /// A frame; its bytes have left the buffer.
    Frame(Frame),
    /// Bytes that belong to no frame; they have left the buffer.
    Skipped {
        /// The bytes.
        bytes: Bytes,
        /// Why they are no frame.
        reason: SkipReason,
    },
    /// The stream makes no sense any more; the connection must close.
    Lost(Lost),
}

/// Why bytes were skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SkipReason {
    /// Not a start mark.
    Garbage,
    /// A start mark, but no frame behind it: no stop mark where the length says, nor anywhere near.
    Broken,
}

impl SkipReason {
    /// The code in metrics and logs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Garbage => "garbage",
            Self::Broken => "broken_frame",
        }
    }
}

/// Why a stream is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lost {
    /// More bytes without a frame than the protocol's limit.
    TooLong,
}
