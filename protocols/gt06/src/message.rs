//! The message table.
//!
//! Shape: (number, body) → [`Message`], which knows its events and its rows. A new message is one line in each of the
//! three tables here and a parser in its family's file. Units: per family. Errors: `Problem::Short` names the field
//! before which the body ended. Source: SPEC.md §2.

pub(crate) mod alarm;
pub(crate) mod az735;
pub(crate) mod cell_alarm;
pub(crate) mod cells;
pub(crate) mod command;
pub(crate) mod heartbeat;
pub(crate) mod information;
pub(crate) mod layout;
pub(crate) mod location;
pub(crate) mod login;
pub(crate) mod wifi_clone;

use crate::field::cell::Width::{Middle, Narrow, Wide};
use crate::field::clock::Habits;
use crate::field::{Ends, Parsed, Rows};
use crate::session::Parts;
use alarm::AlarmReport;
use az735::Az735;
use cell_alarm::CellAlarm;
use cells::CellReport;
use command::{Command, CommandReply};
use heartbeat::Heartbeat;
use information::Information;
use layout::Listed;
use location::Location;
use login::Login;
use model::Event;
use wire::Problem;

/// A message's number.
pub(crate) mod number {
    pub(crate) const LOGIN: u8 = 0x01;
    pub(crate) const GPS: u8 = 0x10;
    pub(crate) const GPS_WIDE_CELL: u8 = 0x11;
    pub(crate) const GPS_LBS: u8 = 0x12;
    pub(crate) const STATUS: u8 = 0x13;
    pub(crate) const COMMAND_REPLY: u8 = 0x15;
    pub(crate) const ALARM_LOCAL: u8 = 0x16;
    pub(crate) const CELLS_LOCAL: u8 = 0x18;
    pub(crate) const CELL_ALARM: u8 = 0x19;
    pub(crate) const ADDRESS_LOCAL: u8 = 0x1A;
    pub(crate) const COMMAND_REPLY_LONG: u8 = 0x21;
    pub(crate) const GPS_LBS_STATE: u8 = 0x22;
    pub(crate) const HEARTBEAT_VOLTS: u8 = 0x23;
    pub(crate) const CELLS_3: u8 = 0x24;
    pub(crate) const ALARM: u8 = 0x26;
    pub(crate) const ALARM_FENCE: u8 = 0x27;
    pub(crate) const CELLS: u8 = 0x28;
    pub(crate) const ADDRESS: u8 = 0x2A;
    pub(crate) const CELLS_WIFI: u8 = 0x2C;
    pub(crate) const GPS_LBS_STATE_2: u8 = 0x2D;
    pub(crate) const CELLS_2: u8 = 0x2E;
    pub(crate) const AZ735: u8 = 0x32;
    pub(crate) const AZ735_ALARM: u8 = 0x33;
    pub(crate) const STATUS_MODULES: u8 = 0x36;
    pub(crate) const ALARM_MODULES: u8 = 0x39;
    pub(crate) const MEDIA: u8 = 0x41;
    pub(crate) const MODULAR: u8 = 0x70;
    pub(crate) const COMMAND: u8 = 0x80;
    pub(crate) const COMMAND_REPLY_CLONE: u8 = 0x81;
    pub(crate) const COMMAND_REPLY_CLONE_2: u8 = 0x82;
    pub(crate) const TIME_REQUEST: u8 = 0x8A;
    pub(crate) const INFORMATION: u8 = 0x94;
    /// The kind of [`INFORMATION`] that names device, subscriber and SIM card.
    pub(crate) const CARD_TYPE: u8 = 0x0A;
    pub(crate) const CAMERA_ALARM: u8 = 0x95;
    pub(crate) const CARD_NUMBERS: u8 = 0x98;
    pub(crate) const GPS_LBS_4G: u8 = 0xA0;
    pub(crate) const CELLS_4G: u8 = 0xA1;
    pub(crate) const CELLS_WIFI_4G: u8 = 0xA2;
    pub(crate) const ALARM_4G: u8 = 0xA3;
    pub(crate) const ALARM_FENCE_4G: u8 = 0xA4;
    pub(crate) const CELL_ALARM_4G: u8 = 0xA5;
    pub(crate) const ADDRESS_4G: u8 = 0xA7;
    pub(crate) const CELLS_WIFI_ALARM_4G: u8 = 0xA9;
}

/// What a frame's body says, as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Message<'a> {
    Login(Login<'a>),
    Heartbeat(Heartbeat<'a>),
    Location(Location<'a>),
    Alarm(AlarmReport<'a>),
    Cells(CellReport<'a>),
    CellAlarm(CellAlarm<'a>),
    Information(Information<'a>),
    Listed(Listed<'a>),
    Az735(Az735<'a>),
    CommandReply(CommandReply<'a>),
    Command(Command<'a>),
    TimeRequest { content: &'a [u8] },
    Unknown { content: &'a [u8] },
}

/// The message's name, and its body if it is whole.
#[expect(clippy::match_same_arms, reason = "one line a number, as in the spec's table")]
#[rustfmt::skip]
pub(crate) fn read<'a>(parts: &Parts<'a>) -> (&'static str, Result<Message<'a>, Problem>) {
    let Parts { body, extended, .. } = *parts;
    if let Some(listed) = layout::fitting(parts.number, extended, body) {
        return (listed.name(), Ok(Message::Listed(listed)));
    }
    match parts.number {
        number::LOGIN                                    => whole("login",           body, login::login,                    Message::Login),
        number::GPS                                      => whole("location",        body, location::gps_only,              Message::Location),
        number::GPS_WIDE_CELL                            => whole("location",        body, location::plain(Middle),         Message::Location),
        number::GPS_LBS                                  => whole("location",        body, location::plain(Narrow),         Message::Location),
        number::STATUS                                   => whole("heartbeat",       body, heartbeat::level,                Message::Heartbeat),
        number::COMMAND_REPLY                            => whole("command_reply",   body, command::short_reply,            Message::CommandReply),
        number::ALARM_LOCAL                              => whole("alarm",           body, alarm::single_fence(Narrow),     Message::Alarm),
        number::CELLS_LOCAL                              => whole("cells",           body, cells::cells(Narrow),            Message::Cells),
        number::CELL_ALARM                               => whole("alarm",           body, cell_alarm::cell_alarm(Narrow),  Message::CellAlarm),
        number::ADDRESS_LOCAL                            => whole("address_request", body, location::gps_only,              Message::Location),
        number::COMMAND_REPLY_LONG                       => whole("command_reply",   body, command::long_reply,             Message::CommandReply),
        number::GPS_LBS_STATE                            => whole("location",        body, location::with_state(Narrow),    Message::Location),
        number::HEARTBEAT_VOLTS                          => whole("heartbeat",       body, heartbeat::volts,                Message::Heartbeat),
        number::CELLS_3                                  => whole("cells",           body, cells::cells(Narrow),            Message::Cells),
        number::ALARM                                    => whole("alarm",           body, alarm::single_fence(Narrow),     Message::Alarm),
        number::ALARM_FENCE                              => whole("alarm",           body, alarm::many_fences(Narrow),      Message::Alarm),
        number::CELLS                                    => whole("cells",           body, cells::cells(Narrow),            Message::Cells),
        number::ADDRESS                                  => whole("address_request", body, location::gps_only,              Message::Location),
        number::CELLS_WIFI                               => whole("cells",           body, cells::cells_and_wifi(Narrow),   Message::Cells),
        number::GPS_LBS_STATE_2                          => whole("location",        body, location::with_state(Narrow),    Message::Location),
        number::CELLS_2                                  => whole("cells",           body, cells::cells(Narrow),            Message::Cells),
        number::AZ735       if extended                  => whole("location",        body, az735::az735,                    Message::Az735),
        number::AZ735_ALARM if extended                  => whole("alarm",           body, az735::az735,                    Message::Az735),
        number::COMMAND                                  => whole("command",         body, command::command,                Message::Command),
        number::COMMAND_REPLY_CLONE                      => whole("command_reply",   body, command::short_reply,            Message::CommandReply),
        number::COMMAND_REPLY_CLONE_2                    => whole("command_reply",   body, command::short_reply,            Message::CommandReply),
        number::TIME_REQUEST                             => ("time_request", Ok(Message::TimeRequest { content: body })),
        number::INFORMATION if extended                  => whole("information",     body, information::typed,              Message::Information),
        number::INFORMATION                              => whole("information",     body, information::voltage,            Message::Information),
        number::GPS_LBS_4G                               => whole("location",        body, location::with_state(Wide),      Message::Location),
        number::CELLS_4G                                 => whole("cells",           body, cells::cells(Wide),              Message::Cells),
        number::CELLS_WIFI_4G if body.len() < GPS_A2_MAX => whole("location",        body, location::plain(Wide),           Message::Location),
        number::CELLS_WIFI_4G                            => whole("cells",           body, cells::cells_and_wifi(Wide),     Message::Cells),
        number::ALARM_4G                                 => whole("alarm",           body, alarm::single_fence(Wide),       Message::Alarm),
        number::ALARM_FENCE_4G                           => whole("alarm",           body, alarm::many_fences(Wide),        Message::Alarm),
        number::CELL_ALARM_4G                            => whole("alarm",           body, cell_alarm::cell_alarm(Wide),    Message::CellAlarm),
        number::CELLS_WIFI_ALARM_4G                      => whole("cells",           body, cells::cells_and_wifi(Wide),     Message::Cells),
        _                                                => ("unknown", Ok(Message::Unknown { content: body })),
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
    pub(crate) fn said(&self, number: u8, habits: Habits) -> Said {
        match self {
            Self::Login(login)          => login.said(number),
            Self::Heartbeat(heartbeat)  => heartbeat.said(number),
            Self::Location(location)    => location.said(number, habits.zone),
            Self::Alarm(alarm)          => alarm.said(number, habits),
            Self::Cells(cells)          => cells.said(number, habits.zone),
            Self::CellAlarm(alarm)      => alarm.said(habits.dialect),
            Self::Information(said)     => said.said(number),
            Self::Listed(listed)        => listed.said(number, habits),
            Self::Az735(report)         => report.said(number, habits),
            Self::CommandReply(reply)   => reply.said(),
            Self::Command(_)            => Said::one(Event::Raw),
            Self::TimeRequest { .. }    => Said::default(),
            Self::Unknown { .. }        => Said::raw(Problem::UnknownMessage { number: u16::from(number) }),
        }
    }

    /// The fields of the body, for a person.
    #[rustfmt::skip]
    pub(crate) fn describe(&self, habits: Habits, rows: &mut Rows) {
        match self {
            Self::Login(login)            => login.describe(rows),
            Self::Heartbeat(heartbeat)    => heartbeat.describe(habits.dialect, rows),
            Self::Location(location)      => location.describe(habits.zone, rows),
            Self::Alarm(alarm)            => alarm.describe(habits, rows),
            Self::Cells(cells)            => cells.describe(habits.zone, rows),
            Self::CellAlarm(alarm)        => alarm.describe(habits.dialect, rows),
            Self::Information(said)       => said.describe(rows),
            Self::Listed(listed)          => listed.describe(habits, rows),
            Self::Az735(report)           => report.describe(habits.zone, rows),
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

/// LW models send a location under 0xA2; the clock, network and seven cells of the real message need this much.
const GPS_A2_MAX: usize = 6 + 3 + 7 * 13;
