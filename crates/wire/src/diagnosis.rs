//! Why bytes are no frame, for the person who has them on the screen.
//!
//! Shape: bytes that `deframe` did not take → [`Diagnosis`]. Asked by `decode` only, never on the way of a frame. Units:
//! bytes. Errors: none; a protocol that cannot say more says nothing.

use crate::{Field, Protocol, Sniff};

/// Why bytes that begin as a frame are none, with the fields that can be read all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// What is wrong.
    pub fault: Fault,
    /// What could be read, in order.
    pub fields: Vec<Field>,
    /// Which of them is to blame, if one is.
    pub culprit: Option<usize>,
}

/// What is wrong with bytes that are no frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The rest is missing.
    #[error("cut off: {missing} of {expected} bytes are missing")]
    CutOff {
        /// Bytes that the frame should have, by its own length.
        expected: usize,
        /// Bytes that are not there.
        missing: usize,
    },
    /// The rest is missing, and so is what would say how long it is.
    #[error("cut off after {have} bytes, before it says how long it is")]
    CutShort {
        /// Bytes that are there.
        have: usize,
    },
    /// A delimiter opens it, and none closes it.
    #[error("the closing mark {mark} is missing after {have} bytes")]
    Open {
        /// The mark, hex.
        mark: &'static str,
        /// Bytes that are there.
        have: usize,
    },
    /// The length does not agree with the stop mark.
    #[error("its length says {declared} bytes in all, but the stop mark {mark} is found after {found}")]
    Length {
        /// Bytes of the frame, by its length.
        declared: usize,
        /// Bytes up to and including the stop mark.
        found: usize,
        /// The mark, hex.
        mark: &'static str,
    },
    /// No frame has such a length.
    #[error("its length says {declared} bytes in all, which no frame has ({least} to {most})")]
    Impossible {
        /// Bytes of the frame, by its length.
        declared: usize,
        /// The shortest frame.
        least: usize,
        /// The longest frame.
        most: usize,
    },
    /// Something else stands where the stop mark must be.
    #[error("no stop mark {mark} at offset {at}, where the length puts it: {found} is there")]
    NoStop {
        /// The mark, hex.
        mark: &'static str,
        /// Where it should be.
        at: usize,
        /// What is there, hex.
        found: String,
    },
    /// A good frame begins inside, so that this one cannot be whole.
    #[error("cut off at offset {at}, where the next frame begins")]
    Interrupted {
        /// Where.
        at: usize,
    },
    /// An escape byte that escapes nothing.
    #[error("bad escape at offset {at}: {found}, only {allowed} are allowed")]
    Escape {
        /// Where the escape byte is, on the wire.
        at: usize,
        /// It and its follower, hex.
        found: String,
        /// The escapes that exist.
        allowed: &'static str,
    },
    /// Not enough between the marks for a frame.
    #[error("{have} bytes between the marks are fewer than any frame has ({least})")]
    TooShort {
        /// Bytes between the marks.
        have: usize,
        /// The shortest frame.
        least: usize,
    },
    /// More between the marks than any frame has.
    #[error("{have} bytes without a closing mark are more than any frame has ({most})")]
    TooLong {
        /// Bytes between the marks.
        have: usize,
        /// The longest frame.
        most: usize,
    },
    /// A field holds what it cannot hold.
    #[error("the {what} at offset {at} holds {found}; it must be {wanted}")]
    Misfit {
        /// Which field.
        what: &'static str,
        /// Where the wrong byte is.
        at: usize,
        /// The byte, hex.
        found: String,
        /// What it may hold.
        wanted: &'static str,
    },
    /// A wrong checksum, and nothing else that would vouch for the frame.
    #[error("checksum is {found}, computed {computed}, and {what}")]
    Unbelieved {
        /// As sent, hex.
        found: String,
        /// As it should be, hex.
        computed: String,
        /// What else is wrong.
        what: &'static str,
    },
    /// No protocol begins like this.
    #[error("no protocol begins with {found}; frames begin with {marks}")]
    NoStartMark {
        /// The first bytes, hex.
        found: String,
        /// How frames of each protocol begin.
        marks: String,
    },
}

/// The fault of bytes that no protocol claims.
pub fn unclaimed(protocols: &[&dyn Protocol], bytes: &[u8]) -> Fault {
    let shown = bytes.get(..FOUND_SHOWN).unwrap_or(bytes);
    let found = match shown {
        [] => "nothing".to_owned(),
        shown => spaced(shown),
    };
    let marks = protocols.iter().map(|protocol| {
        let marks = start_marks(*protocol);
        let more = if marks.is_whole { "" } else { " …" };
        let marks: Vec<String> = marks.bytes.iter().map(|mark| format!("{}{more}", spaced(mark))).collect();
        format!("{} ({})", marks.join(" or "), protocol.name())
    });
    Fault::NoStartMark { found, marks: marks.collect::<Vec<_>>().join(", ") }
}

/// How the frames of a protocol begin.
struct StartMarks {
    bytes: Vec<Vec<u8>>,
    /// Nothing more is needed to be sure.
    is_whole: bool,
}

/// The shortest beginnings that a protocol claims, found by asking it: what people are told is then what the server
/// does. Where they are too many to tell, the bytes that all of them begin with.
fn start_marks(protocol: &dyn Protocol) -> StartMarks {
    let (mut marks, mut open) = (Vec::new(), vec![Vec::new()]);
    for _ in 0..MARK_BYTES_MAX {
        let (mut longer, mut claimed) = (Vec::new(), Vec::new());
        for start in &open {
            for byte in 0..=u8::MAX {
                let candidate = [start.as_slice(), &[byte]].concat();
                match protocol.sniff(&candidate) {
                    Sniff::Yes => claimed.push(candidate),
                    Sniff::More => longer.push(candidate),
                    Sniff::No => {}
                }
            }
        }
        if marks.len() + claimed.len() + longer.len() > MARKS_TOLD_MAX {
            break;
        }
        marks.extend(claimed);
        open = longer;
    }
    let is_whole = open.is_empty();
    marks.extend(open);
    StartMarks { bytes: marks, is_whole }
}

/// Bytes as people write them.
pub fn spaced(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(" ")
}

/// Bytes of a start mark that are tried out: no published format needs more to be told from another.
const MARK_BYTES_MAX: usize = 4;
/// Start marks named in one sentence.
const MARKS_TOLD_MAX: usize = 4;
/// First bytes repeated to the reader.
const FOUND_SHOWN: usize = 4;
