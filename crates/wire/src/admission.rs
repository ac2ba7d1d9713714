//! What the directory says of a terminal, before its frame is read.

use model::Profile;

/// How a terminal is to be treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Approved.
    Known(Profile),
    /// Never seen, or in quarantine: its frames are kept, it gets no commands.
    Unknown,
}
