//! A command as JSON: `kind` is a code of `model::command::CommandKind`, its values stand beside it.
//!
//! Shape: [`OrderBody`] ↔ [`Command`]. Units: in the names. Errors: `invalid` with a pointer to the value.

use crate::problem::Problem;
use model::command::{CommandKind, Notice, Parameter, Relay};
use model::{Command, ZoneOffset};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a terminal is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OrderBody {
    #[schema(value_type = String)]
    kind: CommandKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moving_s: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parked_s: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    every_s: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    minutes: Option<u16>,
    /// Of a speed limit; null = off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kmh: Option<u16>,
    /// `+08:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    zone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    notice: Option<Notice>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    relay: Option<Relay>,
}

impl OrderBody {
    /// The command, with values such as a device can take.
    pub(super) fn command(&self) -> Result<Command, Problem> {
        let command = match self.kind {
            CommandKind::Locate => Command::Locate,
            CommandKind::Interval => {
                Command::Interval { moving_s: needed(self.moving_s, "moving_s")?, parked_s: self.parked_s }
            }
            CommandKind::Tracking => Command::Tracking {
                every_s: needed(self.every_s, "every_s")?,
                minutes: needed(self.minutes, "minutes")?,
            },
            CommandKind::ReadParameters => Command::ReadParameters,
            CommandKind::Heartbeat => {
                Command::SetParameter(Parameter::Heartbeat { every_s: needed(self.every_s, "every_s")? })
            }
            CommandKind::TimeZone => {
                let zone = needed(self.zone.as_deref(), "zone")?;
                let wrong = || Problem::field("/command/zone", "zone", "a zone is written as +08:00");
                Command::SetParameter(Parameter::TimeZone(ZoneOffset::parse(zone).ok_or_else(wrong)?))
            }
            CommandKind::SpeedLimit => Command::SetParameter(Parameter::SpeedLimit { kmh: self.kmh }),
            CommandKind::VibrationAlarm => {
                Command::SetParameter(Parameter::VibrationAlarm(needed(self.on, "on")?))
            }
            CommandKind::Restart => Command::Restart,
            CommandKind::Text => Command::Text(needed(self.notice, "notice")?),
            CommandKind::Relay => Command::Relay(needed(self.relay, "relay")?),
        };
        command.check().map_err(|error| Problem::field("/command", "out_of_range", error.to_string()))?;
        Ok(command)
    }
}

fn needed<T>(value: Option<T>, name: &str) -> Result<T, Problem> {
    value.ok_or_else(|| {
        Problem::field(&format!("/command/{name}"), "missing", format!("this command needs {name}"))
    })
}

impl From<Command> for OrderBody {
    fn from(command: Command) -> Self {
        let bare = Self {
            kind: command.kind(),
            moving_s: None,
            parked_s: None,
            every_s: None,
            minutes: None,
            kmh: None,
            zone: None,
            on: None,
            notice: None,
            relay: None,
        };
        match command {
            Command::Interval { moving_s, parked_s } => Self { moving_s: Some(moving_s), parked_s, ..bare },
            Command::Tracking { every_s, minutes } => {
                Self { every_s: Some(every_s), minutes: Some(minutes), ..bare }
            }
            Command::SetParameter(Parameter::Heartbeat { every_s }) => {
                Self { every_s: Some(every_s), ..bare }
            }
            Command::SetParameter(Parameter::TimeZone(zone)) => Self { zone: Some(zone.to_string()), ..bare },
            Command::SetParameter(Parameter::SpeedLimit { kmh }) => Self { kmh, ..bare },
            Command::SetParameter(Parameter::VibrationAlarm(on)) => Self { on: Some(on), ..bare },
            Command::Text(notice) => Self { notice: Some(notice), ..bare },
            Command::Relay(relay) => Self { relay: Some(relay), ..bare },
            Command::Locate | Command::ReadParameters | Command::Restart => bare,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_reads_back_as_itself() {
        for command in [
            Command::Locate,
            Command::Interval { moving_s: 30, parked_s: Some(3_600) },
            Command::Tracking { every_s: 10, minutes: 30 },
            Command::ReadParameters,
            Command::SetParameter(Parameter::Heartbeat { every_s: 180 }),
            Command::SetParameter(Parameter::TimeZone(ZoneOffset::CHINA)),
            Command::SetParameter(Parameter::SpeedLimit { kmh: None }),
            Command::SetParameter(Parameter::VibrationAlarm(true)),
            Command::Restart,
            Command::Text(Notice::CallLender),
            Command::Relay(Relay::Cut),
        ] {
            let json = serde_json::to_string(&OrderBody::from(command)).unwrap();
            let read: OrderBody = serde_json::from_str(&json).unwrap();
            assert_eq!(read.command().unwrap(), command, "{json}");
        }
    }

    #[test]
    fn a_value_that_is_missing_or_out_of_range_is_pointed_at() {
        let problem = |json: &str| {
            let body: OrderBody = serde_json::from_str(json).unwrap();
            body.command().unwrap_err().errors[0].pointer.clone()
        };
        assert_eq!(problem(r#"{"kind":"interval"}"#), "/command/moving_s");
        assert_eq!(problem(r#"{"kind":"interval","moving_s":1}"#), "/command");
        assert_eq!(problem(r#"{"kind":"params_set_time_zone","zone":"8"}"#), "/command/zone");
    }
}
