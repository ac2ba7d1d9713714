//! The message table.
//!
//! Shape: (number, body) → [`Message`], which knows its events and its rows. A new message is one line in each of the
//! three tables here and a parser in its family's file. Units: per family. Errors: `Problem::Short` names the field
//! before which the body ended. Source: SPEC.md §2.

pub(crate) mod alarm;
pub(crate) mod command;
pub(crate) mod heartbeat;
pub(crate) mod location;
pub(crate) mod login;

use crate::field::cell::Width::{Narrow, Wide};
use crate::field::clock::Zone;
use crate::field::{Ends, Parsed, Rows};
use alarm::AlarmReport;
use command::{Command, CommandReply};
use heartbeat::Heartbeat;
use location::Location;
use login::Login;
use model::Event;
use wire::Problem;

/// A message's number.
pub(crate) mod number {
    pub(crate) const LOGIN: u8 = 0x01;
    pub(crate) const GPS_LBS: u8 = 0x12;
    pub(crate) const STATUS: u8 = 0x13;
    pub(crate) const COMMAND_REPLY: u8 = 0x15;
    pub(crate) const ALARM_LOCAL: u8 = 0x16;
    pub(crate) const COMMAND_REPLY_LONG: u8 = 0x21;
    pub(crate) const GPS_LBS_STATE: u8 = 0x22;
    pub(crate) const HEARTBEAT_VOLTS: u8 = 0x23;
    pub(crate) const ALARM: u8 = 0x26;
    pub(crate) const ALARM_FENCE: u8 = 0x27;
    pub(crate) const GPS_LBS_STATE_2: u8 = 0x2D;
    pub(crate) const COMMAND: u8 = 0x80;
    pub(crate) const COMMAND_REPLY_CLONE: u8 = 0x81;
    pub(crate) const TIME_REQUEST: u8 = 0x8A;
    pub(crate) const GPS_LBS_4G: u8 = 0xA0;
    pub(crate) const ALARM_4G: u8 = 0xA3;
    pub(crate) const ALARM_FENCE_4G: u8 = 0xA4;
}

/// What a frame's body says, as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Message<'a> {
    Login(Login<'a>),
    Heartbeat(Heartbeat<'a>),
    Location(Location<'a>),
    Alarm(AlarmReport<'a>),
    CommandReply(CommandReply<'a>),
    Command(Command<'a>),
    TimeRequest { content: &'a [u8] },
    Unknown { content: &'a [u8] },
}

/// The message's name, and its body if it is whole.
#[expect(clippy::match_same_arms, reason = "one line a number, as in the spec's table")]
#[rustfmt::skip]
pub(crate) fn read(number: u8, body: &[u8]) -> (&'static str, Result<Message<'_>, Problem>) {
    use number::{
        ALARM, ALARM_4G, ALARM_FENCE, ALARM_FENCE_4G, ALARM_LOCAL, COMMAND, COMMAND_REPLY, COMMAND_REPLY_CLONE,
        COMMAND_REPLY_LONG, GPS_LBS, GPS_LBS_4G, GPS_LBS_STATE, GPS_LBS_STATE_2, HEARTBEAT_VOLTS, LOGIN, STATUS,
        TIME_REQUEST,
    };
    match number {
        LOGIN               => whole("login",         body, login::login,                  Message::Login),
        GPS_LBS             => whole("location",      body, location::plain,               Message::Location),
        STATUS              => whole("heartbeat",     body, heartbeat::level,              Message::Heartbeat),
        COMMAND_REPLY       => whole("command_reply", body, command::short_reply,          Message::CommandReply),
        ALARM_LOCAL         => whole("alarm",         body, alarm::single_fence(Narrow),   Message::Alarm),
        COMMAND_REPLY_LONG  => whole("command_reply", body, command::long_reply,           Message::CommandReply),
        GPS_LBS_STATE       => whole("location",      body, location::with_state(Narrow),  Message::Location),
        HEARTBEAT_VOLTS     => whole("heartbeat",     body, heartbeat::volts,              Message::Heartbeat),
        ALARM               => whole("alarm",         body, alarm::single_fence(Narrow),   Message::Alarm),
        ALARM_FENCE         => whole("alarm",         body, alarm::many_fences(Narrow),    Message::Alarm),
        GPS_LBS_STATE_2     => whole("location",      body, location::with_state(Narrow),  Message::Location),
        COMMAND             => whole("command",       body, command::command,              Message::Command),
        COMMAND_REPLY_CLONE => whole("command_reply", body, command::short_reply,          Message::CommandReply),
        TIME_REQUEST        => ("time_request", Ok(Message::TimeRequest { content: body })),
        GPS_LBS_4G          => whole("location",      body, location::with_state(Wide),    Message::Location),
        ALARM_4G            => whole("alarm",         body, alarm::single_fence(Wide),     Message::Alarm),
        ALARM_FENCE_4G      => whole("alarm",         body, alarm::many_fences(Wide),      Message::Alarm),
        _                   => ("unknown", Ok(Message::Unknown { content: body })),
    }
}

/// What a message means.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) events: Vec<Event>,
    pub(crate) problem: Option<Problem>,
}

impl Said {
    pub(crate) fn one(event: Event) -> Self {
        Self { events: vec![event], problem: None }
    }

    /// A valid frame that is not understood.
    pub(crate) fn raw(problem: Problem) -> Self {
        Self { events: vec![Event::Raw], problem: Some(problem) }
    }
}

impl Message<'_> {
    /// The events of the message.
    #[rustfmt::skip]
    pub(crate) fn said(&self, number: u8, zone: Zone) -> Said {
        match self {
            Self::Login(login)          => login.said(number),
            Self::Heartbeat(heartbeat)  => heartbeat.said(number),
            Self::Location(location)    => location.said(number, zone),
            Self::Alarm(alarm)          => alarm.said(number, zone),
            Self::CommandReply(reply)   => reply.said(),
            Self::Command(_)            => Said::one(Event::Raw),
            Self::TimeRequest { .. }    => Said::default(),
            Self::Unknown { .. }        => Said::raw(Problem::UnknownMessage { number: u16::from(number) }),
        }
    }

    /// The fields of the body, for a person.
    #[rustfmt::skip]
    pub(crate) fn describe(&self, zone: Zone, rows: &mut Rows) {
        match self {
            Self::Login(login)            => login.describe(rows),
            Self::Heartbeat(heartbeat)    => heartbeat.describe(rows),
            Self::Location(location)      => location.describe(zone, rows),
            Self::Alarm(alarm)            => alarm.describe(zone, rows),
            Self::CommandReply(reply)     => reply.describe(rows),
            Self::Command(command)        => command.describe(rows),
            Self::TimeRequest { content } => rows.add_raw("content", content, "not expected here"),
            Self::Unknown { content }     => rows.add_raw("content", content, "this message is not in the table"),
        }
    }
}

/// Runs a parser over a whole body. Every parser keeps what it does not know as its tail, so nothing is left over.
fn whole<'a, T>(
    message: &'static str,
    body: &'a [u8],
    parser: impl Fn(&'a [u8]) -> Parsed<'a, T>,
    wrap: impl Fn(T) -> Message<'a>,
) -> (&'static str, Result<Message<'a>, Problem>) {
    let read = match parser(body) {
        Ok((_, parsed)) => Ok(wrap(parsed)),
        Err(nom::Err::Error(Ends { before }) | nom::Err::Failure(Ends { before })) => {
            Err(Problem::Short { message, field: before, have: body.len() })
        }
        Err(nom::Err::Incomplete(_)) => Err(Problem::Short { message, field: "", have: body.len() }),
    };
    (message, read)
}
