//! What staff may ask of a terminal, and what became of it. Typed: no text of a person ever reaches a device.
//!
//! ```text
//! Pending --claim of a live session--> Sending      Pending --cancelled | too old | not in the protocol--> that end
//! Sending --the bytes have left--> Sent             Sending --its session or run ended, or too long--> Unknown, never sent
//!   again
//! Sent --the terminal's answer--> Answered | Refused            Sent --no answer in time--> TimedOut
//! TimedOut | Unknown --the answer after all--> Answered | Refused
//! ```
//! Units: in the names. Errors: [`CommandError`] names the value and its range. Source: DESIGN.md §1, fine print 12;
//! `GT06.md` §9, `JT808.md` §7.

use crate::code::codes;
use crate::{SessionId, Timestamp, ZoneOffset};
use serde::{Deserialize, Serialize};

/// What a terminal is told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Report the position now.
    Locate,
    /// Report at these intervals from now on.
    Interval {
        /// Seconds between reports while the vehicle moves.
        moving_s: u32,
        /// Seconds between reports while it stands; `None` = as it is.
        parked_s: Option<u32>,
    },
    /// Report closely for a while, then as before.
    Tracking {
        /// Seconds between reports.
        every_s: u32,
        /// For how long.
        minutes: u16,
    },
    /// Tell the parameters.
    ReadParameters,
    /// Set one parameter.
    SetParameter(Parameter),
    /// Restart the device, not the vehicle.
    Restart,
    /// Show or speak a fixed text, where the device can.
    Text(Notice),
    /// Fuel or starter relay. In the codec only: lienwatch refuses to send it.
    Relay(Relay),
}

/// A parameter that may be set. Server and APN are not among them: a wrong one loses the device for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Parameter {
    /// Seconds between signs of life.
    Heartbeat {
        /// Seconds.
        every_s: u32,
    },
    /// Zone of the device's clock.
    TimeZone(ZoneOffset),
    /// Overspeed alarm; `None` = off.
    SpeedLimit {
        /// Above this.
        kmh: Option<u16>,
    },
    /// Whether vibration raises an alarm.
    VibrationAlarm(bool),
}

codes! {
    /// A text that a device may show or speak. The words are the lender's lawyers', not a user's.
    pub enum Notice {
        /// An instalment is overdue.
        PaymentOverdue = "payment_overdue",
        /// Call the lender.
        CallLender = "call_lender",
        /// Bring the device for service.
        DeviceService = "device_service",
    }
}

impl Notice {
    /// The words, in Chinese: what shows them is a terminal in a Chinese car.
    pub const fn words(self) -> &'static str {
        match self {
            Self::PaymentOverdue => "您的车贷已逾期，请尽快还款。",
            Self::CallLender => "请尽快联系您的贷款机构。",
            Self::DeviceService => "车载终端需要检修，请联系服务网点。",
        }
    }
}

codes! {
    /// What a relay does.
    pub enum Relay {
        /// Cut fuel or starter.
        Cut = "cut",
        /// Let it run again.
        Restore = "restore",
    }
}

codes! {
    /// A command without its values: what a device model's table lists.
    pub enum CommandKind {
        /// [`Command::Locate`].
        Locate = "locate",
        /// [`Command::Interval`].
        Interval = "interval",
        /// [`Command::Tracking`].
        Tracking = "tracking",
        /// [`Command::ReadParameters`].
        ReadParameters = "params_read",
        /// [`Parameter::Heartbeat`].
        Heartbeat = "params_set_heartbeat",
        /// [`Parameter::TimeZone`].
        TimeZone = "params_set_time_zone",
        /// [`Parameter::SpeedLimit`].
        SpeedLimit = "params_set_speed_limit",
        /// [`Parameter::VibrationAlarm`].
        VibrationAlarm = "params_set_vibration_alarm",
        /// [`Command::Restart`].
        Restart = "restart",
        /// [`Command::Text`].
        Text = "text",
        /// [`Command::Relay`].
        Relay = "relay",
    }
}

/// Why a command makes no sense on any device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} is {found} {unit}; it must be {min} to {max}")]
pub struct CommandError {
    /// Which value.
    pub what: &'static str,
    /// What was given.
    pub found: u32,
    /// In which unit.
    pub unit: &'static str,
    /// At least.
    pub min: u32,
    /// At most.
    pub max: u32,
}

impl Command {
    /// What it is, without its values.
    pub const fn kind(self) -> CommandKind {
        match self {
            Self::Locate => CommandKind::Locate,
            Self::Interval { .. } => CommandKind::Interval,
            Self::Tracking { .. } => CommandKind::Tracking,
            Self::ReadParameters => CommandKind::ReadParameters,
            Self::SetParameter(Parameter::Heartbeat { .. }) => CommandKind::Heartbeat,
            Self::SetParameter(Parameter::TimeZone(_)) => CommandKind::TimeZone,
            Self::SetParameter(Parameter::SpeedLimit { .. }) => CommandKind::SpeedLimit,
            Self::SetParameter(Parameter::VibrationAlarm(_)) => CommandKind::VibrationAlarm,
            Self::Restart => CommandKind::Restart,
            Self::Text(_) => CommandKind::Text,
            Self::Relay(_) => CommandKind::Relay,
        }
    }

    /// Whether its values are such as a device can take.
    pub fn check(self) -> Result<(), CommandError> {
        match self {
            Self::Interval { moving_s, parked_s } => {
                within("the moving interval", moving_s, INTERVAL_S)?;
                parked_s.map_or(Ok(()), |parked_s| within("the parked interval", parked_s, INTERVAL_S))
            }
            Self::Tracking { every_s, minutes } => {
                within("the tracking interval", every_s, TRACKING_S)?;
                within("the tracking time", u32::from(minutes), TRACKING_MINUTES)
            }
            Self::SetParameter(Parameter::Heartbeat { every_s }) => {
                within("the heartbeat", every_s, HEARTBEAT_S)
            }
            Self::SetParameter(Parameter::SpeedLimit { kmh: Some(kmh) }) => {
                within("the speed limit", u32::from(kmh), SPEED_LIMIT_KMH)
            }
            Self::Locate
            | Self::ReadParameters
            | Self::SetParameter(_)
            | Self::Restart
            | Self::Text(_)
            | Self::Relay(_) => Ok(()),
        }
    }
}

impl std::fmt::Display for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Locate => write!(f, "locate"),
            Self::Interval { moving_s, parked_s: None } => write!(f, "interval moving {moving_s} s"),
            Self::Interval { moving_s, parked_s: Some(parked_s) } => {
                write!(f, "interval moving {moving_s} s, parked {parked_s} s")
            }
            Self::Tracking { every_s, minutes } => {
                write!(f, "tracking every {every_s} s for {minutes} min")
            }
            Self::ReadParameters => write!(f, "params read"),
            Self::SetParameter(Parameter::Heartbeat { every_s }) => {
                write!(f, "params set heartbeat {every_s} s")
            }
            Self::SetParameter(Parameter::TimeZone(zone)) => write!(f, "params set time_zone {zone}"),
            Self::SetParameter(Parameter::SpeedLimit { kmh: Some(kmh) }) => {
                write!(f, "params set speed_limit {kmh} km/h")
            }
            Self::SetParameter(Parameter::SpeedLimit { kmh: None }) => {
                write!(f, "params set speed_limit off")
            }
            Self::SetParameter(Parameter::VibrationAlarm(on)) => {
                write!(f, "params set vibration_alarm {}", if *on { "on" } else { "off" })
            }
            Self::Restart => write!(f, "restart"),
            Self::Text(notice) => write!(f, "text {notice}"),
            Self::Relay(relay) => write!(f, "relay {relay}"),
        }
    }
}

fn within(
    what: &'static str,
    found: u32,
    (unit, min, max): (&'static str, u32, u32),
) -> Result<(), CommandError> {
    if (min..=max).contains(&found) { Ok(()) } else { Err(CommandError { what, found, unit, min, max }) }
}

/// Shorter drains battery and data plan for nothing; a device that reports less than once a day is lost.
const INTERVAL_S: (&str, u32, u32) = ("s", 5, 86_400);
/// Chasing a vehicle needs no less than 5 s and no more than 5 minutes between reports.
const TRACKING_S: (&str, u32, u32) = ("s", 5, 300);
/// A day of close reports empties a wireless device.
const TRACKING_MINUTES: (&str, u32, u32) = ("min", 1, 1440);
/// Carriers forget an idle connection after minutes; the server does so after its idle limit.
const HEARTBEAT_S: (&str, u32, u32) = ("s", 10, 3600);
/// What road signs say, and what cars do.
const SPEED_LIMIT_KMH: (&str, u32, u32) = ("km/h", 20, 240);

/// By what a terminal's answer is known to belong to a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AnswerKey {
    /// The answer repeats the platform's serial, which counts within one connection.
    Serial(u16),
    /// The answer repeats a flag that the server chose, on whatever connection it comes.
    Flag(u32),
    /// The answer repeats nothing: it is the next one on the connection.
    Next,
}

/// What happens to a command on its way to the terminal; an input of the connection that carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CommandStep {
    /// A session that speaks for the terminal wants to send it.
    Claim {
        /// The session.
        session: SessionId,
        /// By what the answer will be known.
        key: AnswerKey,
    },
    /// Its bytes have been given to the socket.
    Sent {
        /// The session.
        session: SessionId,
    },
    /// The session's protocol or the terminal's model has no such command.
    Unsupported {
        /// Why, for the person who asked.
        reason: String,
    },
}

/// What a terminal answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// By which session the command was sent.
    pub session: SessionId,
    /// By what further words are known to belong to it.
    pub key: AnswerKey,
    /// When the first words came.
    pub at: Timestamp,
    /// The terminal's words.
    pub text: String,
}

/// Where a command stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CommandState {
    /// Waits for the terminal to be online, and for the commands before it.
    Pending,
    /// Claimed. Whether the terminal got it is not known until it is sent.
    Sending {
        /// By which session.
        session: SessionId,
        /// By what the answer will be known.
        key: AnswerKey,
    },
    /// Its bytes have left.
    Sent {
        /// By which session.
        session: SessionId,
        /// By what the answer will be known.
        key: AnswerKey,
        /// When.
        at: Timestamp,
    },
    /// The terminal did it, or told what was asked.
    Answered(Answer),
    /// The terminal said that it did not.
    Refused(Answer),
    /// No answer in time. It may have been done all the same.
    TimedOut {
        /// By which session it was sent.
        session: SessionId,
        /// By what a late answer is known.
        key: AnswerKey,
    },
    /// The connection or the server ended between claim and sending: nobody knows. Never sent again.
    Unknown {
        /// By which session it was claimed.
        session: SessionId,
        /// By what a late answer is known.
        key: AnswerKey,
    },
    /// The terminal was not online until the command was too old.
    Expired,
    /// Somebody took it back before it was sent.
    Cancelled,
    /// The terminal's protocol or model has no such command.
    Unsupported {
        /// Why.
        reason: String,
    },
}

impl CommandState {
    /// The code in SQL, JSON and the console.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sending { .. } => "sending",
            Self::Sent { .. } => "sent",
            Self::Answered(_) => "answered",
            Self::Refused(_) => "refused",
            Self::TimedOut { .. } => "timed_out",
            Self::Unknown { .. } => "unknown",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Unsupported { .. } => "unsupported",
        }
    }

    /// The session that carried it, and by what an answer is known; `None` = it was never claimed.
    pub const fn carried(&self) -> Option<(SessionId, AnswerKey)> {
        match self {
            Self::Sending { session, key }
            | Self::Sent { session, key, .. }
            | Self::TimedOut { session, key }
            | Self::Unknown { session, key }
            | Self::Answered(Answer { session, key, .. })
            | Self::Refused(Answer { session, key, .. }) => Some((*session, *key)),
            Self::Pending | Self::Expired | Self::Cancelled | Self::Unsupported { .. } => None,
        }
    }

    /// Whether it still holds back the terminal's other commands.
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Pending | Self::Sending { .. } | Self::Sent { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_out_of_range_is_named_with_its_range() {
        let too_close = Command::Interval { moving_s: 1, parked_s: None };
        assert_eq!(
            too_close.check().unwrap_err().to_string(),
            "the moving interval is 1 s; it must be 5 to 86400"
        );
        assert!(Command::Interval { moving_s: 30, parked_s: Some(86_401) }.check().is_err());
        assert!(Command::Tracking { every_s: 10, minutes: 1441 }.check().is_err());
        assert!(Command::SetParameter(Parameter::SpeedLimit { kmh: Some(500) }).check().is_err());
        assert!(Command::SetParameter(Parameter::SpeedLimit { kmh: None }).check().is_ok());
    }
}
