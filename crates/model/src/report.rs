//! What one frame tells: a position, a login, a heartbeat.
//!
//! Shape: produced by a protocol's session, stored in the journal as it is. Units: see `unit` and `time`.
//! Absence is `None`, never 0. Source: DESIGN.md §4 and §7.

use crate::{
    Alarms, Altitude, Attributes, Coordinates, Course, Millis, Speed, TerminalId, Timestamp, ZoneOffset,
};
use serde::{Deserialize, Serialize};

/// One thing a frame says. A frame may say several (a batch), or none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A report that carries time and state, with or without a fix.
    Position(Box<Position>),
    /// The terminal names itself.
    Login {
        /// The identity, which is also the reaction's terminal.
        terminal: TerminalId,
        /// Zone that the device says its clock has.
        zone: Option<ZoneOffset>,
        /// Model, SIM and whatever else it says of itself.
        attributes: Attributes,
    },
    /// A sign of life.
    Heartbeat {
        /// Battery, signal, ignition.
        attributes: Attributes,
    },
    /// State without a time of its own: SIM card, voltages, parameters.
    Status {
        /// The values.
        attributes: Attributes,
    },
    /// The answer to a command.
    CommandReply {
        /// Token that the command carried and the answer repeats.
        token: Option<u32>,
        /// The text or code of the answer.
        text: String,
    },
    /// One part of a message split over several frames; kept until all are there.
    Part {
        /// Parts in the whole message.
        total: u16,
        /// This part, counted from 1.
        number: u16,
        /// Serial of the first part, which names the whole message.
        first_serial: u16,
    },
    /// Understood as a valid frame, not understood as a message. The frame itself is kept.
    Raw,
    /// The answer to a command that was not done.
    CommandRefused {
        /// Token that the command carried and the answer repeats.
        token: Option<u32>,
        /// The text or code of the answer.
        text: String,
    },
}

/// A report of where and how the vehicle was at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// When, by the device.
    pub time: DeviceTime,
    /// Where.
    pub fix: Fix,
    /// Over ground.
    pub speed: Option<Speed>,
    /// Over ground.
    pub course: Option<Course>,
    /// Above sea.
    pub altitude: Option<Altitude>,
    /// Used for the fix.
    pub satellites: Option<u8>,
    /// The device kept this report while it had no connection and sends it late.
    pub buffered: bool,
    /// Raised with this report.
    pub alarms: Alarms,
    /// Everything else.
    pub attributes: Attributes,
    /// Hash of the bytes that make this report this report.
    pub measured: Measured,
}

impl Position {
    /// When the report was made, in UTC; `None` if the device has no usable clock.
    pub fn fix_time(&self) -> Option<Timestamp> {
        match self.time {
            DeviceTime::Clock { wall, offset, .. } => Some(wall.plus(-Millis::from(offset.seconds()) * 1000)),
            DeviceTime::Unusable => None,
        }
    }
}

/// The device's clock, kept as it was read: a corrected zone re-dates a report but never its identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceTime {
    /// A date that exists.
    Clock {
        /// The digits on the device's clock, as if they were UTC.
        wall: Timestamp,
        /// Seconds east of UTC that the digits are taken for.
        offset: ZoneOffset,
        /// Who said so.
        source: ZoneSource,
    },
    /// All zero, or a date that does not exist.
    Unusable,
}

/// Who says what zone a device's clock has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ZoneSource {
    /// The protocol's text.
    Protocol,
    /// The device's login.
    Login,
    /// The device's profile, or the person who decodes.
    Profile,
}

/// Where the vehicle was, by satellite. Cells and Wi-Fi are attributes: they prove life and region only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fix {
    /// A satellite fix.
    Gnss(Coordinates),
    /// No fix: last known, zero or impossible coordinates are not stored as a place.
    None,
}

impl Fix {
    /// The place, if there is one.
    pub const fn coordinates(self) -> Option<Coordinates> {
        match self {
            Self::Gnss(place) => Some(place),
            Self::None => None,
        }
    }
}

/// Hash of the wire bytes that a protocol names as measured: fix, speed, course, status, alarm; never serial,
/// buffered flag or signal level. With (device clock, terminal) it is a report's identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Measured {
    /// Which choice of bytes and hash this is; a changed choice must not make old rows new.
    pub version: u8,
    /// The hash.
    pub hash: u64,
}

/// What makes a position row one row: the same report resent, or sent again inside a batch, has the same identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The digits on the device's clock in ms, 0 if it has none. Leads, since time-ordered keys append.
    pub wall_ms: i64,
    /// Who reported.
    pub terminal: TerminalId,
    /// Hash of what was measured; of (session, frame, item) where the device has no clock.
    pub measured: i64,
}
