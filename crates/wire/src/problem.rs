//! What was wrong with one frame.
//!
//! Shape: one variant per thing that the reader of a log would do differently; numbers in fields. A problem never
//! ends a connection: the frame is kept raw, acknowledged and counted.

use crate::Field;

/// What was wrong with a frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// No protocol recognises the bytes, or a start or stop mark is missing.
    #[error("not a frame: {reason}")]
    NotAFrame {
        /// What is missing.
        reason: String,
    },
    /// The checksum is wrong and the profile does not tolerate it.
    #[error("checksum is {found}, computed {computed}")]
    Checksum {
        /// As sent, hex.
        found: String,
        /// As it should be, hex.
        computed: String,
    },
    /// The message ended before a field.
    #[error("{message} body ends before {field}: {have} bytes")]
    Short {
        /// The message, e.g. `location`.
        message: &'static str,
        /// The field that is cut off.
        field: &'static str,
        /// How long the body is.
        have: usize,
    },
    /// The message goes on after its last field.
    #[error("{message} has {surplus} bytes after its last field")]
    Trailing {
        /// The message.
        message: &'static str,
        /// How many.
        surplus: usize,
    },
    /// The number is not in the message table.
    #[error("message number {number:#06x} is not known")]
    UnknownMessage {
        /// The number.
        number: u16,
    },
    /// The terminal id is not made of digits.
    #[error("terminal id {bytes} is not decimal")]
    TerminalId {
        /// The bytes, hex.
        bytes: String,
    },
    /// A position with no clock to date it.
    #[error("the device's date {bytes} does not exist")]
    Date {
        /// The bytes, hex.
        bytes: String,
    },
    /// Coordinates that are not on Earth.
    #[error("coordinates are off the globe")]
    OffGlobe,
    /// The body is encrypted.
    #[error("the body is encrypted ({bits:#05b})")]
    Encrypted {
        /// The encryption bits.
        bits: u8,
    },
    /// The header does not agree with itself.
    #[error("header: {reason}")]
    Header {
        /// What disagrees.
        reason: &'static str,
    },
    /// A split message is not put together, or not out of good parts only.
    #[error("split message: {reason}")]
    Parts {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A report before the terminal has said who it is.
    #[error("no login on this connection yet")]
    NoLogin,
    /// The authentication code is not the one that was given out.
    #[error("wrong authentication code")]
    Authentication,
}

impl Problem {
    /// The code in metrics, logs, the journal and `decode --json`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAFrame { .. } => "not_a_frame",
            Self::Checksum { .. } => "checksum",
            Self::Short { .. } => "short",
            Self::Trailing { .. } => "trailing",
            Self::UnknownMessage { .. } => "unknown_message",
            Self::TerminalId { .. } => "terminal_id",
            Self::Date { .. } => "date",
            Self::OffGlobe => "off_globe",
            Self::Encrypted { .. } => "encrypted",
            Self::Header { .. } => "header",
            Self::Parts { .. } => "parts",
            Self::NoLogin => "no_login",
            Self::Authentication => "authentication",
        }
    }

    /// Which field of an explained frame is to blame. A cut body has no such field: the last one before the cut is it.
    pub fn culprit(&self, fields: &[Field]) -> Option<usize> {
        let named = |names: &[&str]| fields.iter().position(|field| names.contains(&field.name));
        match self {
            Self::Checksum { .. } => checksum(fields),
            Self::Date { bytes } | Self::TerminalId { bytes } => {
                fields.iter().position(|field| hex::encode(&field.bytes) == *bytes)
            }
            Self::OffGlobe => named(LATITUDE),
            Self::UnknownMessage { .. } => named(NUMBER),
            Self::Header { .. } => named(LENGTH),
            Self::Encrypted { .. } => named(&["properties"]),
            Self::Trailing { .. } => named(&["rest", "surplus"]),
            Self::Short { .. } => fields.iter().rposition(|field| !TRAILER.contains(&field.name)),
            Self::Authentication => named(&["code"]),
            Self::NotAFrame { .. } | Self::NoLogin | Self::Parts { .. } => None,
        }
    }
}

/// Where the checksum is.
pub(crate) fn checksum(fields: &[Field]) -> Option<usize> {
    fields.iter().position(|field| field.name == "checksum")
}

// What protocols call the fields that a problem can be laid to, in their `explain`.
const LATITUDE: &[&str] = &["latitude"];
const NUMBER: &[&str] = &["protocol number", "message id"];
const LENGTH: &[&str] = &["length", "properties"];
/// What stands behind every body.
const TRAILER: &[&str] = &["serial", "checksum", "stop", "delimiter"];
