//! An event as people and programs read it: the object documented in DESIGN.md §7.
//!
//! Shape: `EventJson::from(&event)` serialises to `{"type": …}`. Units are in the names. Absent = null.

use crate::{Alarms, Attributes, Event, Position, TerminalId, Timestamp};
use serde::Serialize;

/// The JSON object of one event.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventJson<'a> {
    /// A report that carries time and state.
    Position(PositionJson<'a>),
    /// The terminal names itself.
    Login {
        /// Its id.
        terminal: TerminalId,
        /// Zone of its clock, `+08:00`.
        zone: Option<String>,
        /// What it says of itself.
        attributes: &'a Attributes,
    },
    /// A sign of life.
    Heartbeat {
        /// Battery, signal, ignition.
        attributes: &'a Attributes,
    },
    /// State without a time of its own.
    Status {
        /// The values.
        attributes: &'a Attributes,
    },
    /// The answer to a command.
    CommandReply {
        /// Token of the command.
        token: Option<u32>,
        /// The answer.
        text: &'a str,
        /// The terminal said that it did not do it.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        refused: bool,
    },
    /// One part of a split message, or a message that is not understood.
    Raw {
        /// Parts in the message, if it is split.
        #[serde(skip_serializing_if = "Option::is_none")]
        parts: Option<u16>,
        /// Which part this is.
        #[serde(skip_serializing_if = "Option::is_none")]
        part: Option<u16>,
    },
}

/// The JSON object of a position.
#[derive(Debug, Serialize)]
pub struct PositionJson<'a> {
    fix_time: Option<Timestamp>,
    fixed: bool,
    lat: Option<f64>,
    lon: Option<f64>,
    speed_kmh: Option<f64>,
    course: Option<u16>,
    altitude_m: Option<i32>,
    satellites: Option<u8>,
    buffered: bool,
    alarms: Alarms,
    attributes: &'a Attributes,
}

impl<'a> From<&'a Position> for PositionJson<'a> {
    fn from(position: &'a Position) -> Self {
        let place = position.fix.coordinates();
        Self {
            fix_time: position.fix_time(),
            fixed: place.is_some(),
            lat: place.map(crate::Coordinates::lat),
            lon: place.map(crate::Coordinates::lon),
            speed_kmh: position.speed.map(crate::Speed::kmh),
            course: position.course.map(crate::Course::degrees),
            altitude_m: position.altitude.map(crate::Altitude::metres),
            satellites: position.satellites,
            buffered: position.buffered,
            alarms: position.alarms,
            attributes: &position.attributes,
        }
    }
}

impl<'a> From<&'a Event> for EventJson<'a> {
    fn from(event: &'a Event) -> Self {
        match event {
            Event::Position(position) => Self::Position(position.as_ref().into()),
            Event::Login { terminal, zone, attributes } => {
                Self::Login { terminal: *terminal, zone: zone.map(|z| z.to_string()), attributes }
            }
            Event::Heartbeat { attributes } => Self::Heartbeat { attributes },
            Event::Status { attributes } => Self::Status { attributes },
            Event::CommandReply { token, text } => Self::CommandReply { token: *token, text, refused: false },
            Event::CommandRefused { token, text } => {
                Self::CommandReply { token: *token, text, refused: true }
            }
            Event::Part { total, number, .. } => Self::Raw { parts: Some(*total), part: Some(*number) },
            Event::Raw => Self::Raw { parts: None, part: None },
        }
    }
}
