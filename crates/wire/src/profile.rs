//! How a terminal is to be treated: data, chosen per device, never a branch on the model inside a parser.

use model::ZoneOffset;
use serde::{Deserialize, Serialize};

/// What is known of a terminal's habits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Profile {
    /// Zone of the device's clock, where an operator said so; overrides protocol and login.
    pub zone: Option<ZoneOffset>,
    /// What to do with a wrong checksum.
    pub checksum: ChecksumPolicy,
}

/// What to do with a frame whose boundary and stop mark agree but whose checksum is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChecksumPolicy {
    /// Take it and flag it: one published frame in fourteen carries a wrong one.
    #[default]
    Tolerate,
    /// Keep it raw, do not believe it.
    Strict,
}

/// What the directory says of a terminal, before its frame is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Approved.
    Known(Profile),
    /// Never seen, or in quarantine: its frames are kept, it gets no commands.
    Unknown,
}
