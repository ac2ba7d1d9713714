//! Terminals and what is known of them, as `--help` shows it.

use super::{Moment, moment, zone};
use crate::listing::Output;
use clap::{Args, Subcommand};
use model::{Acknowledgement, ChecksumPolicy, ModelCode, ZoneOffset};

#[derive(Debug, Subcommand)]
pub(crate) enum Devices {
    /// Terminals that were ever heard or entered
    List {
        /// In quarantine only
        #[arg(long)]
        quarantined: bool,
        /// Form of the listing
        #[arg(short, long, value_enum, default_value = "table")]
        output: Output,
    },
    /// One terminal with its profile: model, zone, checksums, acknowledgement, alarms, schedule, commands
    Show {
        /// IMEI or terminal number
        terminal: String,
        /// table for people; any other form is JSON
        #[arg(short, long, value_enum, default_value = "table")]
        output: Output,
    },
    /// The device models that the protocols know, and what they can be told
    Models {
        /// Of this protocol only
        #[arg(long)]
        protocol: Option<String>,
        /// Form of the listing
        #[arg(short, long, value_enum, default_value = "table")]
        output: Output,
    },
    /// Say what is known of a terminal's habits; what is not named stays as it is
    Profile(SetProfile),
    /// Let a terminal out of quarantine, with the frames it has sent
    Approve {
        /// IMEI or terminal number
        terminal: String,
    },
    /// Say which vehicle a terminal is on; approves it
    Bind(Bind),
    /// End the binding that is in force
    Unbind {
        /// IMEI or terminal number
        terminal: String,
        /// Since when it is on the vehicle no longer; UTC where it names no zone [default: now]
        #[arg(long, value_parser = moment)]
        at: Option<Moment>,
    },
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("habit").required(true).multiple(true)
    .args(["model", "timezone", "checksum", "acknowledgement"]))]
pub(crate) struct SetProfile {
    /// IMEI or terminal number
    pub(crate) terminal: String,
    /// A code of `devices models`, or default
    #[arg(long, value_parser = or_default(model))]
    pub(crate) model: Option<Choice<ModelCode>>,
    /// Zone of its clock, e.g. +08:00, or default
    #[arg(long, value_name = "±HH:MM", allow_hyphen_values = true, value_parser = or_default(zone))]
    pub(crate) timezone: Option<Choice<ZoneOffset>>,
    /// A wrong checksum: tolerate, strict, or default
    #[arg(long, value_parser = or_default(checksum))]
    pub(crate) checksum: Option<Choice<ChecksumPolicy>>,
    /// Which frames are answered: every, required, or default
    #[arg(long, value_parser = or_default(acknowledgement))]
    pub(crate) acknowledgement: Option<Choice<Acknowledgement>>,
}

/// What a person chooses: a value, or what the model says.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Choice<T> {
    This(T),
    Default,
}

impl<T> Choice<T> {
    /// The value; `None` = what the model says.
    pub(crate) fn value(self) -> Option<T> {
        match self {
            Self::This(value) => Some(value),
            Self::Default => None,
        }
    }
}

fn or_default<T>(
    parse: fn(&str) -> Result<T, String>,
) -> impl Fn(&str) -> Result<Choice<T>, String> + Clone + Send + Sync {
    move |text| match text {
        "default" => Ok(Choice::Default),
        text => parse(text).map(Choice::This),
    }
}

fn model(text: &str) -> Result<ModelCode, String> {
    ModelCode::parse(text).map_err(|error| error.to_string())
}

fn checksum(text: &str) -> Result<ChecksumPolicy, String> {
    ChecksumPolicy::parse(text).map_err(|error| error.to_string())
}

fn acknowledgement(text: &str) -> Result<Acknowledgement, String> {
    Acknowledgement::parse(text).map_err(|error| error.to_string())
}

#[derive(Debug, Args)]
pub(crate) struct Bind {
    /// IMEI or terminal number
    pub(crate) terminal: String,
    /// Plate or VIN
    pub(crate) vehicle: String,
    /// main or backup
    #[arg(long, default_value = "main")]
    pub(crate) role: String,
    /// Since when; UTC where it names no zone [default: now]
    #[arg(long, value_parser = moment)]
    pub(crate) from: Option<Moment>,
    /// Until when, in UTC where it names no zone; with the --from of an earlier binding it ends that one
    #[arg(long, value_parser = moment)]
    pub(crate) to: Option<Moment>,
}
