//! What is known of one terminal's habits, as staff chose it. Everything left open is the device model's.
//!
//! Shape: chosen by a person, stored with the terminal, handed to the protocol's session before each frame. Source:
//! DESIGN.md §4; the tables of models stand in the protocols.

use crate::code::codes;
use crate::{ModelCode, ZoneOffset};
use serde::{Deserialize, Serialize};

/// A terminal's profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Profile {
    /// Which row of the protocol's table of models; `None` = the first.
    pub model: Option<ModelCode>,
    /// Zone of the device's clock; overrides model, login and protocol.
    pub zone: Option<ZoneOffset>,
    /// What to do with a wrong checksum.
    pub checksum: Option<ChecksumPolicy>,
    /// Which frames are answered.
    pub acknowledgement: Option<Acknowledgement>,
}

codes! {
    /// What to do with a frame whose boundary and stop mark agree but whose checksum is wrong.
    pub enum ChecksumPolicy {
        /// Take it and flag it: one published frame in fourteen carries a wrong one.
        Tolerate = "tolerate",
        /// Keep it raw, do not believe it.
        Strict = "strict",
    }
}

codes! {
    /// Which frames are answered. Whatever is answered is stored before.
    pub enum Acknowledgement {
        /// Every frame that has an answer: what is not answered is sent again, by most devices for ever.
        Every = "every",
        /// Only what the maker's text says is answered: some devices take an answer to a location for a command.
        Required = "required",
    }
}
