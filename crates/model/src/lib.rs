//! Names and units of the field: terminal, position, alarm, contract, days past due, vehicle state, alert,
//! explanation, input. Pure.
//!
//! Shape: plain values that every other crate speaks in. Units: each quantity is a type whose constructor names
//! its unit. Errors: a checked constructor returns what was wrong. Source: the glossary of README.md.

pub mod about;
pub mod alarm;
pub mod alert;
pub mod attempt;
pub mod attribute;
mod code;
pub mod command;
pub mod datum;
pub mod finding;
pub mod id;
pub mod input;
pub mod loan;
pub mod place;
pub mod profile;
pub mod reminder;
pub mod report;
pub mod report_json;
pub mod staff;
pub mod stay;
pub mod time;
pub mod unit;

pub use about::{About, Group};
pub use alarm::{Alarm, Alarms};
pub use alert::{Alert, AlertState, CloseReason, Explanation, Rule, Severity, WithdrawReason};
pub use attempt::{Attempt, AttemptReason};
pub use attribute::{AccessPoint, Attribute, Attributes, Cell, UnknownItem};
pub use code::UnknownCode;
pub use command::{AnswerKey, Command, CommandState, CommandStep};
pub use datum::Datum;
pub use finding::Finding;
pub use id::{
    AlertId, ContractId, InputId, LenderId, ModelCode, PartSet, PlaceId, ProtocolName, Region, Seq,
    SessionId, TerminalId, VehicleId,
};
pub use input::{Input, Reception};
pub use loan::{DaysPastDue, LegalBasis, Loan};
pub use place::{Area, Place, PlaceKind};
pub use profile::{Acknowledgement, ChecksumPolicy, Profile};
pub use reminder::{Reminder, ReminderKind};
pub use report::{DeviceTime, Event, Fix, Identity, Measured, Position, ZoneSource};
pub use staff::{DeskAct, Purpose, UserId};
pub use stay::Stay;
pub use time::{Date, Millis, Timestamp, ZoneOffset};
pub use unit::{Altitude, Coordinates, Course, OutOfRange, Speed};
