//! What the platform tells a terminal: 0x8103 and 0x8104 parameters, 0x8105 control, 0x8106 some parameters, 0x8201
//! location, 0x8202 tracking, 0x8300 text.
//!
//! Shape: [`Command`] ↔ number and body, by the [`Order`] of a model. No text of a person ever gets in. Units: seconds,
//! km/h. Errors: [`Inexpressible`] where the standard has no value for a wish. Source: SPEC.md §3.14 and §10.

use crate::context::{Context, Outcome, Owed};
use crate::explain::{Explained, number, opaque, value, words};
use crate::field::{Parsed, field};
use crate::header::{Header, Phone};
use crate::message::parameters;
use crate::number::Number;
use encoding_rs::GBK;
use model::command::{Notice, Parameter, Relay};
use model::{Command, Event};
use nom::combinator::rest;
use nom::number::complete::{be_u8, be_u16, be_u32};
use std::fmt;

/// How a model is told one kind of command.
#[derive(Debug)]
pub(crate) enum Order {
    /// A message without a body.
    Query(Number),
    /// 0x8202.
    Track,
    /// 0x8103; a value that the command leaves out is left out.
    Set(&'static [Setting]),
    /// 0x8105.
    Control(Words),
    /// 0x8105, in a maker's words.
    Relay { cut: Words, restore: Words },
    /// 0x8300.
    Text,
}

/// A parameter of the standard, and what it is set to.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) id: u32,
    pub(crate) value: Value,
}

/// Which value of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    Moving,
    Parked,
    Heartbeat,
    Kmh,
}

/// The words of a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Words {
    Code(u8),
    /// A maker's own text in the place of a code.
    Text(&'static str),
}

/// Which edition a terminal speaks, as far as commands differ in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edition {
    Until2013,
    Since2019,
}

/// The standard has no value for what a command wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Inexpressible;

impl fmt::Display for Inexpressible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the standard has no value for it")
    }
}

impl Edition {
    pub(crate) const fn of(header: &Header) -> Self {
        match header.phone {
            Phone::Ten { .. } => Self::Since2019,
            Phone::Six(_) | Phone::Compact(_) => Self::Until2013,
        }
    }
}

impl Value {
    const fn of(self, command: &Command) -> Option<u32> {
        match (self, command) {
            (Self::Moving, Command::Interval { moving_s, .. }) => Some(*moving_s),
            (Self::Parked, Command::Interval { parked_s, .. }) => *parked_s,
            (Self::Heartbeat, Command::SetParameter(Parameter::Heartbeat { every_s })) => Some(*every_s),
            (Self::Kmh, Command::SetParameter(Parameter::SpeedLimit { kmh: Some(kmh) })) => {
                Some(u32::from_be_bytes([0, 0, kmh.to_be_bytes()[0], kmh.to_be_bytes()[1]]))
            }
            _ => None,
        }
    }
}

impl Order {
    /// Number and body.
    pub(crate) fn write(
        &self,
        command: &Command,
        edition: Edition,
    ) -> Result<(Number, Vec<u8>), Inexpressible> {
        Ok(match (self, command) {
            (Self::Query(number), _) => (*number, Vec::new()),
            (Self::Track, Command::Tracking { every_s, minutes }) => {
                let every_s = u16::try_from(*every_s).map_err(|_| Inexpressible)?;
                (Number::TRACK, Tracking { every_s, valid_s: u32::from(*minutes) * 60 }.body())
            }
            (Self::Set(settings), _) => {
                let set = |setting: &Setting| Some((setting.id, setting.value.of(command)?));
                let values: Vec<(u32, u32)> = settings.iter().filter_map(set).collect();
                if values.is_empty() {
                    return Err(Inexpressible);
                }
                (Number::SET_PARAMETERS, parameters::listed(&values))
            }
            (Self::Control(words), _) => (Number::CONTROL, words.body()),
            (Self::Relay { cut, .. }, Command::Relay(Relay::Cut)) => (Number::CONTROL, cut.body()),
            (Self::Relay { restore, .. }, Command::Relay(Relay::Restore)) => {
                (Number::CONTROL, restore.body())
            }
            (Self::Text, Command::Text(notice)) => (Number::TEXT, text_body(*notice, edition)),
            _ => return Err(Inexpressible),
        })
    }
}

impl Words {
    fn body(self) -> Vec<u8> {
        match self {
            Self::Code(code) => vec![code],
            Self::Text(text) => text.as_bytes().to_vec(),
        }
    }
}

/// 0x8202.
struct Tracking {
    every_s: u16,
    valid_s: u32,
}

impl Tracking {
    fn body(&self) -> Vec<u8> {
        [&self.every_s.to_be_bytes()[..], &self.valid_s.to_be_bytes()].concat()
    }
}

/// | offset | size | field    | unit / coding              |
/// |      0 |    2 | interval | s; 0 ends it, and the body |
/// |      2 |    4 | valid    | s                          |
fn parse_tracking(i: &[u8]) -> Parsed<'_, Tracking> {
    let (i, every_s) = field("interval", be_u16)(i)?;
    let (i, valid_s) = field("valid", be_u32)(i)?;
    Ok((i, Tracking { every_s, valid_s }))
}

/// | 2013 | 2019 | size     | field | unit / coding                                                         |
/// |    0 |    0 |        1 | flags | bits: 2 display, 3 speak; 0 urgent, from 2019 bits 0-1 class, 3 notice |
/// |    - |    1 |        1 | kind  | 1 notice, 2 service                                                   |
/// |    1 |    2 | the rest | text  | GBK                                                                   |
fn parse_text(edition: Edition, i: &[u8]) -> Parsed<'_, &[u8]> {
    let (i, _flags) = field("flags", be_u8)(i)?;
    let (i, _kind) = match edition {
        Edition::Until2013 => (i, None),
        Edition::Since2019 => field("kind", be_u8)(i).map(|(i, kind)| (i, Some(kind)))?,
    };
    field("text", rest)(i)
}

fn text_body(notice: Notice, edition: Edition) -> Vec<u8> {
    let (text, _, _) = GBK.encode(notice.words());
    match edition {
        Edition::Until2013 => [&[SHOW_AND_SPEAK][..], &text].concat(),
        Edition::Since2019 => [&[SHOW_AND_SPEAK | CLASS_NOTICE, KIND_NOTICE][..], &text].concat(),
    }
}

/// The command that a message of the platform is; `None` for what no model is told.
pub(crate) fn understood(number: Number, body: &[u8], edition: Edition) -> Option<Command> {
    match number {
        Number::LOCATION_QUERY if body.is_empty() => Some(Command::Locate),
        Number::PARAMETERS_QUERY if body.is_empty() => Some(Command::ReadParameters),
        Number::TRACK => {
            let (_, Tracking { every_s, valid_s }) = parse_tracking(body).ok()?;
            let minutes = u16::try_from(valid_s / 60).ok().filter(|_| valid_s.is_multiple_of(60))?;
            Some(Command::Tracking { every_s: u32::from(every_s), minutes })
        }
        Number::SET_PARAMETERS => set(&parameters::values(body).ok()?),
        Number::CONTROL => {
            CONTROLS.iter().find(|(words, _)| words.body() == body).map(|(_, command)| *command)
        }
        Number::TEXT => {
            let (_, text) = parse_text(edition, body).ok()?;
            let said = crate::field::text(text);
            Notice::ALL.iter().find(|notice| notice.words() == said).map(|notice| Command::Text(*notice))
        }
        _ => None,
    }
}

fn set(values: &[(u32, u32)]) -> Option<Command> {
    match *values {
        [(0x0029, moving_s)] => Some(Command::Interval { moving_s, parked_s: None }),
        [(0x0029, moving_s), (0x0027, parked_s)] => {
            Some(Command::Interval { moving_s, parked_s: Some(parked_s) })
        }
        [(0x0001, every_s)] => Some(Command::SetParameter(Parameter::Heartbeat { every_s })),
        [(0x0055, kmh)] => {
            let kmh = Some(u16::try_from(kmh).ok()?);
            Some(Command::SetParameter(Parameter::SpeedLimit { kmh }))
        }
        _ => None,
    }
}

/// What the words of a control are on some model.
const CONTROLS: &[(Words, Command)] = &[
    (Words::Code(4), Command::Restart),
    (Words::Code(0x64), Command::Relay(Relay::Cut)),
    (Words::Code(0x65), Command::Relay(Relay::Restore)),
    (Words::Code(0xF0), Command::Relay(Relay::Cut)),
    (Words::Code(0xF1), Command::Relay(Relay::Restore)),
    (Words::Text("#0;1"), Command::Relay(Relay::Cut)),
    (Words::Text("#0;0"), Command::Relay(Relay::Restore)),
];

/// A message of the platform that somebody hands to `decode`: explained, and owed nothing.
pub(crate) fn read(_: &Context<'_>) -> Outcome {
    Outcome::of(vec![Event::Raw]).owing(Owed::Nothing)
}

/// 0x8103.
pub(crate) fn explain_set(fields: &mut Explained, _: &Header) {
    fields.field("count", 1, number);
    parameters::explain_list(fields);
}

/// 0x8106.
pub(crate) fn explain_some(fields: &mut Explained, _: &Header) {
    fields.field("count", 1, number);
    while !fields.peek().is_empty() {
        fields.field("parameter id", 4, parameters::describe_id);
    }
}

/// 0x8105.
pub(crate) fn explain_control(fields: &mut Explained, _: &Header) {
    let body = fields.peek();
    let known = CONTROLS.iter().find(|(words, _)| words.body() == body);
    let meaning = known.map_or_else(|| control(body).to_owned(), |(_, command)| command.to_string());
    fields.field("command", 1, |b| (hex::encode(b), meaning));
    fields.rest("parameters", words);
}

const fn control(body: &[u8]) -> &'static str {
    match body {
        [1, ..] => "wireless upgrade",
        [2, ..] => "connect to another server",
        [3, ..] => "power off",
        [5, ..] => "factory reset",
        [6, ..] => "close the data link",
        [7, ..] => "close every radio",
        _ => "a maker's own",
    }
}

/// 0x8202.
pub(crate) fn explain_tracking(fields: &mut Explained, _: &Header) {
    fields.field("interval", 2, |b| (number(b).0, "s; 0 ends it".to_owned()));
    fields.field("valid", 4, |b| (number(b).0, format!("s, {} min", value(b) / 60)));
}

/// 0x8300.
pub(crate) fn explain_text(fields: &mut Explained, header: &Header) {
    fields.field("flags", 1, |b| {
        (hex::encode(b), "bits: 2 display, 3 speak, 4 advertising screen, 0 urgent or class".to_owned())
    });
    if Edition::of(header) == Edition::Since2019 {
        fields.field("kind", 1, |b| (number(b).0, "1 notice, 2 service".to_owned()));
    }
    fields.rest("text", words);
}

/// 0x8100.
pub(crate) fn explain_registered(fields: &mut Explained, _: &Header) {
    fields.field("answered serial", 2, number);
    fields.field("result", 1, number);
    fields.rest("code", words);
}

/// 0x8800.
pub(crate) fn explain_media(fields: &mut Explained, _: &Header) {
    fields.field("id", 4, number);
    fields.field("count", 1, number);
    while !fields.peek().is_empty() {
        fields.field("packet", 2, number);
    }
}

/// 0x8004, 0x8109.
pub(crate) fn explain_clock(fields: &mut Explained, _: &Header) {
    fields.rest("clock", |b| (opaque(b).0, "UTC".to_owned()));
}

const SHOW_AND_SPEAK: u8 = 0b1100; // bits 2 and 3
const CLASS_NOTICE: u8 = 0b11; // bits 0 and 1, from 2019
const KIND_NOTICE: u8 = 1;
