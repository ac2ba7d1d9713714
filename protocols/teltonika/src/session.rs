//! The server's side of one connection.
//!
//! Shape: `Nobody --login--> Online`, and again on each further login. Frames before a login are read all the same.
//! Units: none. Errors: each frame's own `Problem`. Source: SPEC.md §3 and §7.

use crate::codec::Codec;
use crate::command::{Kind, Text};
use crate::framing::{Deframer, Shape};
use crate::record::{MESSAGE, Records};
use crate::report::{Zone, report};
use crate::{command, explain, field, framing, models, record};
use bytes::{Bytes, BytesMut};
use model::{
    AnswerKey, Attribute, Attributes, ChecksumPolicy, Command, Event, Profile, TerminalId, Timestamp,
};
use wire::{
    Admission, Checksum, Cut, DeviceModel, Downlink, Field, Frame, Problem, Reaction, Reply, Session,
    Unsupported,
};

/// One connection.
#[derive(Debug, Default)]
pub(crate) struct Link {
    deframer: Deframer,
    speaker: Speaker,
    profile: Profile,
}

/// Who speaks on the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Speaker {
    #[default]
    Nobody,
    Online(TerminalId),
}

impl Session for Link {
    fn deframe(&mut self, input: &mut BytesMut) -> Cut {
        self.deframer.cut(input)
    }

    fn terminal_of(&self, frame: &Frame) -> Option<TerminalId> {
        login_in(frame).or_else(|| self.terminal())
    }

    fn admit(&mut self, _: TerminalId, admission: Admission) {
        self.profile = match admission {
            Admission::Known(profile) => profile,
            Admission::Unknown => Profile::default(),
        };
    }

    fn handle(&mut self, frame: &Frame, _: Timestamp) -> Reaction {
        let said = match Shape::of(&frame.wire) {
            Shape::Login => self.logged_in(frame),
            Shape::Ping => {
                Said::of("heartbeat", vec![Event::Heartbeat { attributes: Attributes::default() }])
            }
            Shape::Packet => self.packet(frame),
        };
        let problem = said.problem.or_else(|| self.terminal().is_none().then_some(Problem::NoLogin));
        Reaction {
            message: said.message,
            number: number(frame),
            number_digits: NUMBER_DIGITS,
            serial: None,
            terminal: self.terminal(),
            events: said.events,
            reply: said.reply,
            problem,
            parts: Vec::new(),
        }
    }

    fn command(&mut self, terminal: TerminalId, command: &Command, _: u32) -> Result<Downlink, Unsupported> {
        if self.speaker != Speaker::Online(terminal) {
            return Err(Unsupported::Stranger);
        }
        let DeviceModel { code, label, .. } = *self.model();
        let known = self.model().knows(command.kind()).then(|| command::words(command)).flatten();
        let words =
            known.ok_or_else(|| Unsupported::Model { model: code, label, command: command.to_string() })?;
        let bytes = framing::packet(&command::content(Kind::COMMAND, words.as_bytes()));
        Ok(Downlink { bytes, key: AnswerKey::Next })
    }

    fn explain(&self, frame: &Frame) -> Vec<Field> {
        explain::explain(frame, self.zone())
    }
}

impl Link {
    const fn terminal(&self) -> Option<TerminalId> {
        match self.speaker {
            Speaker::Nobody => None,
            Speaker::Online(terminal) => Some(terminal),
        }
    }

    fn model(&self) -> &'static DeviceModel {
        models::of(&self.profile)
    }

    fn zone(&self) -> Zone {
        Zone::of(self.model().zone_for(&self.profile))
    }

    /// Everybody is let in at once: that promises nothing, and must not tell who is known.
    fn logged_in(&mut self, frame: &Frame) -> Said {
        let Some(terminal) = login_in(frame) else {
            return Said::raw("login", Problem::TerminalId { bytes: hex::encode(frame.content()) });
        };
        self.speaker = Speaker::Online(terminal);
        let login = Event::Login { terminal, zone: None, attributes: Attributes::default() };
        Said::of("login", vec![login]).owing(Reply::Now(Bytes::from_static(&[ACCEPTED])))
    }

    fn packet(&self, frame: &Frame) -> Said {
        if let Some(problem) = self.disbelieved(frame) {
            return Said::raw(message(frame), problem);
        }
        match (record::records(frame.content()), frame.content().first().copied().map(Codec)) {
            (Some(records), _) => self.reports(records),
            (None, Some(codec)) if codec.is_listed() => texts(frame.content()),
            (None, _) => unknown(frame),
        }
    }

    /// A wrong checksum is tolerated where the records add up, which `deframe` has seen, unless the profile says
    /// otherwise. Such a packet is owed nothing: silence makes the device wait before it sends again, a count of 0
    /// would make it send at once and for ever.
    fn disbelieved(&self, frame: &Frame) -> Option<Problem> {
        if frame.checksum != Checksum::Bad
            || self.model().checksum_for(&self.profile) == ChecksumPolicy::Tolerate
        {
            return None;
        }
        let (found, computed) = framing::checksums(&frame.wire)?;
        let [found, computed] = [found, computed].map(|crc| format!("{crc:08x}"));
        Some(Problem::Checksum { found, computed })
    }

    /// Whatever the records are worth, the device is told its own count: any other makes it send them for ever.
    fn reports(&self, mut records: Records<'_>) -> Said {
        let (zone, model, count) = (self.zone(), self.model(), records.count);
        let (mut events, mut odd) = (Vec::with_capacity(usize::from(count)), None);
        for record in records.by_ref() {
            let (position, problem) = report(&record, zone, model);
            let miscounted = (!record.is_counted_right())
                .then_some(Problem::Header { reason: "the number of elements is not the sum of its groups" });
            odd = odd.or(problem).or(miscounted);
            events.push(Event::Position(Box::new(position)));
        }
        if events.is_empty() && count > 0 {
            events.push(Event::Raw);
        }
        Said { message: MESSAGE, events, reply: counted(count), problem: records.end().problem.or(odd) }
    }
}

/// What a frame says and is owed.
struct Said {
    message: &'static str,
    events: Vec<Event>,
    reply: Reply,
    problem: Option<Problem>,
}

impl Said {
    const fn of(message: &'static str, events: Vec<Event>) -> Self {
        Self { message, events, reply: Reply::None, problem: None }
    }

    fn raw(message: &'static str, problem: Problem) -> Self {
        Self { problem: Some(problem), ..Self::of(message, vec![Event::Raw]) }
    }

    fn owing(self, reply: Reply) -> Self {
        Self { reply, ..self }
    }
}

/// A text is an answer, or stands for itself; neither is acknowledged.
fn texts(content: &[u8]) -> Said {
    match command::read(content) {
        Ok((text, problem)) => {
            let said = text_said(&text);
            Said { problem: said.problem.or(problem), ..said }
        }
        Err(problem) => Said::raw(text_name(content), problem),
    }
}

fn text_said(text: &Text<'_>) -> Said {
    let words = field::text(text.words);
    match (text.codec, text.kind) {
        (Codec::COMMAND | Codec::COMMAND_IMEI, Kind::ANSWER) => {
            Said::of("command_reply", vec![Event::CommandReply { token: None, text: words }])
        }
        (Codec::COMMAND_IMEI, Kind::NOT_ME) => {
            let text = "the command names another IMEI".to_owned();
            Said::of("command_reply", vec![Event::CommandRefused { token: None, text }])
        }
        (Codec::TEXT, Kind::ANSWER) | (Codec::SERIAL_PORT, Kind::SERIAL_PORT) => {
            let attributes = Attributes(vec![Attribute::Text(words)]);
            Said::of("text", vec![Event::Status { attributes }])
        }
        (Codec::COMMAND | Codec::COMMAND_IMEI, Kind::COMMAND) => Said::of("command", vec![Event::Raw]),
        (codec, kind) => {
            let number = u16::from_be_bytes([codec.0, kind.0]);
            Said::raw("unknown", Problem::UnknownMessage { number })
        }
    }
}

fn text_name(content: &[u8]) -> &'static str {
    match content {
        [_, _, kind, ..] if *kind == Kind::COMMAND.0 => "command",
        [codec, ..] if Codec(*codec) == Codec::TEXT || Codec(*codec) == Codec::SERIAL_PORT => "text",
        _ => "command_reply",
    }
}

/// A packet of a codec that no table lists: kept, and told its count, or the device sends it for ever.
fn unknown(frame: &Frame) -> Said {
    let said = Said::raw("unknown", Problem::UnknownMessage { number: number(frame) });
    match frame.content() {
        [_, count, .., second] if count == second => said.owing(counted(*count)),
        _ => said,
    }
}

/// Nothing for a packet without records: four zeros are how a command begins, and would hold up all that follows.
fn counted(count: u8) -> Reply {
    match count {
        0 => Reply::None,
        count => Reply::Durable(Bytes::copy_from_slice(&u32::from(count).to_be_bytes())),
    }
}

fn login_in(frame: &Frame) -> Option<TerminalId> {
    if Shape::of(&frame.wire) != Shape::Login {
        return None;
    }
    let digits = std::str::from_utf8(frame.content()).ok()?;
    let is_decimal = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_decimal.then(|| TerminalId::parse(digits).ok()).flatten()
}

/// The message's name before it is read.
pub(crate) fn message(frame: &Frame) -> &'static str {
    match frame.content().first().copied().map(Codec) {
        Some(codec) if codec.layout().is_some() => MESSAGE,
        Some(codec) if codec.is_listed() => text_name(frame.content()),
        _ => "unknown",
    }
}

/// The codec stands for the message number. A login has none, and is 0.
fn number(frame: &Frame) -> u16 {
    match Shape::of(&frame.wire) {
        Shape::Login => 0,
        Shape::Ping | Shape::Packet => frame.content().first().copied().map_or(0, u16::from),
    }
}

const NUMBER_DIGITS: u8 = 2;
const ACCEPTED: u8 = 1;
