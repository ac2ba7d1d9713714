//! Commands to terminals, as `--help` shows them. Every value is typed: no text of a user reaches a device.

use crate::listing::Output;
use clap::{Args, Subcommand};
use model::command::{Notice, Parameter, Relay};
use model::{Command, Millis, ZoneOffset};

#[derive(Debug, Subcommand)]
pub(crate) enum TellCommand {
    /// Tell a terminal to do something; it is sent when the terminal is online
    #[command(before_help = "Examples:\n  lienwatch command send 868120240000015 locate\n  \
                             lienwatch command send 868120240000015 interval --moving 30 --parked 3600\n  \
                             lienwatch command send 868120240000015 tracking --every 10 --minutes 30\n  \
                             lienwatch command send 868120240000015 params set heartbeat 180")]
    Send(Send),
    /// Commands, newest first
    List {
        /// Of this terminal only
        #[arg(long)]
        terminal: Option<String>,
        /// That are not done with only
        #[arg(long)]
        open: bool,
        /// Form of the listing
        #[arg(short, long, value_enum, default_value = "table")]
        output: Output,
    },
    /// One command with the terminal's answer, which may tell a place: leaves an audit line
    Show {
        /// Its id, or the beginning of it
        id: String,
        /// Why you look: collect, verify, legal or ops; written to the audit log
        #[arg(long, default_value = "ops", value_parser = super::purpose)]
        purpose: String,
        /// table for people; any other form is JSON
        #[arg(short, long, value_enum, default_value = "table")]
        output: Output,
    },
    /// Take a command back that has not been sent
    Cancel {
        /// Its id, or the beginning of it
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Send {
    /// IMEI or terminal number
    pub(crate) terminal: String,
    /// Seconds to wait for the terminal's answer; 0 = do not wait
    #[arg(long, global = true, default_value_t = 20, value_name = "SECONDS")]
    pub(crate) wait: u32,
    /// Give up if it could not be sent for so long, e.g. 2h, 3d
    #[arg(long, global = true, default_value = "1d", value_parser = span, value_name = "SPAN")]
    pub(crate) expires: Millis,
    /// Why: collect, verify, legal or ops; written to the audit log beside the command's answer
    #[arg(long, global = true, default_value = "ops", value_parser = super::purpose)]
    pub(crate) purpose: String,
    #[command(subcommand)]
    pub(crate) order: SendOrder,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SendOrder {
    /// Report the position now
    Locate,
    /// Report at these intervals from now on
    Interval {
        /// Seconds between reports while the vehicle moves
        #[arg(long, value_name = "SECONDS")]
        moving: u32,
        /// Seconds between reports while it stands [default: as it is]
        #[arg(long, value_name = "SECONDS")]
        parked: Option<u32>,
    },
    /// Report closely for a while, then as before
    Tracking {
        /// Seconds between reports
        #[arg(long, value_name = "SECONDS")]
        every: u32,
        /// For how many minutes
        #[arg(long)]
        minutes: u16,
    },
    /// Read the parameters, or set one
    #[command(subcommand)]
    Params(Params),
    /// Restart the device, not the vehicle
    Restart,
    /// Show or speak a fixed text: payment_overdue, call_lender, device_service
    Text {
        /// Which text
        #[arg(value_parser = notice)]
        notice: Notice,
    },
    /// Fuel or starter relay: refused
    Relay {
        /// cut or restore
        #[arg(value_parser = relay)]
        what: Relay,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Params {
    /// Tell all parameters
    Read,
    /// Set one
    #[command(subcommand)]
    Set(SetParameter),
}

#[derive(Debug, Subcommand)]
#[command(rename_all = "snake_case")]
pub(crate) enum SetParameter {
    /// Seconds between signs of life
    Heartbeat {
        /// Seconds
        every: u32,
    },
    /// Zone of the device's clock, e.g. +08:00
    TimeZone {
        /// East of UTC
        #[arg(allow_hyphen_values = true, value_parser = super::zone)]
        zone: ZoneOffset,
    },
    /// Overspeed alarm above so many km/h, or off
    SpeedLimit {
        /// km/h, or off
        #[arg(value_parser = speed_limit)]
        kmh: SpeedLimit,
    },
    /// Whether vibration raises an alarm: on or off
    VibrationAlarm {
        /// on or off
        #[arg(value_parser = on_off)]
        on: bool,
    },
}

/// An overspeed limit; a type of its own, since clap takes an `Option` for a value that may be left out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SpeedLimit(Option<u16>);

impl SendOrder {
    /// The command.
    pub(crate) const fn command(&self) -> Command {
        match self {
            Self::Locate => Command::Locate,
            Self::Interval { moving, parked } => Command::Interval { moving_s: *moving, parked_s: *parked },
            Self::Tracking { every, minutes } => Command::Tracking { every_s: *every, minutes: *minutes },
            Self::Params(Params::Read) => Command::ReadParameters,
            Self::Params(Params::Set(set)) => Command::SetParameter(set.parameter()),
            Self::Restart => Command::Restart,
            Self::Text { notice } => Command::Text(*notice),
            Self::Relay { what } => Command::Relay(*what),
        }
    }
}

impl SetParameter {
    const fn parameter(&self) -> Parameter {
        match self {
            Self::Heartbeat { every } => Parameter::Heartbeat { every_s: *every },
            Self::TimeZone { zone } => Parameter::TimeZone(*zone),
            Self::SpeedLimit { kmh } => Parameter::SpeedLimit { kmh: kmh.0 },
            Self::VibrationAlarm { on } => Parameter::VibrationAlarm(*on),
        }
    }
}

fn span(text: &str) -> Result<Millis, String> {
    match super::moment(text) {
        Ok(super::Moment::Ago(ms)) if ms > 0 => Ok(ms),
        _ => Err("write 30m, 2h or 3d".into()),
    }
}

fn notice(text: &str) -> Result<Notice, String> {
    let known = || Notice::ALL.iter().map(|notice| notice.as_str()).collect::<Vec<_>>().join(", ");
    Notice::parse(text).map_err(|_| format!("there are these texts only: {}", known()))
}

fn relay(text: &str) -> Result<Relay, String> {
    Relay::parse(text).map_err(|_| "write cut or restore".into())
}

fn speed_limit(text: &str) -> Result<SpeedLimit, String> {
    match text {
        "off" => Ok(SpeedLimit(None)),
        kmh => kmh.parse().map(|kmh| SpeedLimit(Some(kmh))).map_err(|_| "write km/h, or off".into()),
    }
}

fn on_off(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("write on or off".into()),
    }
}
