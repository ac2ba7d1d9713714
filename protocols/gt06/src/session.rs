//! The server's side of one connection.
//!
//! Shape: `Nobody --login--> Online`, and again on each further login. Frames before a login are read all the same.
//! Units: UTC in time replies. Errors: each frame's own `Problem`. Source: SPEC.md §6.

use crate::acknowledgement;
use crate::field::clock::{Habits, Zone};
use crate::message::wifi_clone::{WifiClone, wifi_clone};
use crate::message::{Message, Said, command, number, read};
use crate::models::{self, Model};
use crate::{explain, framing};
use bytes::{Bytes, BytesMut};
use model::time::wall_digits;
use model::{
    Acknowledgement, AnswerKey, ChecksumPolicy, Command, Profile, TerminalId, Timestamp, ZoneOffset,
    ZoneSource,
};
use wire::{
    Admission, Checksum, Cut, Downlink, Field, Frame, Problem, Reaction, Reply, Session, Unsupported,
};

/// One connection.
#[derive(Debug)]
pub(crate) struct Gt06Session {
    speaker: Speaker,
    profile: Profile,
    /// The row that the profile names.
    model: &'static Model,
    /// The server counts its commands; answers repeat the device's serial.
    serial: u16,
}

/// Who speaks on the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speaker {
    Nobody,
    Online { terminal: TerminalId, zone: Option<ZoneOffset> },
}

impl Session for Gt06Session {
    fn deframe(&mut self, input: &mut BytesMut) -> Cut {
        framing::deframe(input)
    }

    fn terminal_of(&self, frame: &Frame) -> Option<TerminalId> {
        login_in(frame).or_else(|| self.terminal())
    }

    fn admit(&mut self, _: TerminalId, admission: Admission) {
        self.profile = match admission {
            Admission::Known(profile) => profile,
            Admission::Unknown => Profile::default(),
        };
        self.model = models::of(&self.profile);
    }

    fn handle(&mut self, frame: &Frame, now: Timestamp) -> Reaction {
        if let Some(clone) = wifi_clone(&frame.wire) {
            return self.heard_by_clone(&clone);
        }
        let Some(parts) = Parts::of(frame) else { return self.without_serial(frame) };
        let (message, said) = self.said(&parts, frame);
        let reply = self.owed(&parts, said.problem.as_ref(), now);
        let problem = said.problem.or_else(|| self.terminal().is_none().then_some(Problem::NoLogin));
        Reaction {
            message,
            number: u16::from(parts.number),
            number_digits: NUMBER_DIGITS,
            serial: Some(parts.serial),
            terminal: self.terminal(),
            events: said.events,
            reply,
            problem,
            parts: Vec::new(),
        }
    }

    fn command(
        &mut self,
        terminal: TerminalId,
        command: &Command,
        flag: u32,
    ) -> Result<Downlink, Unsupported> {
        if self.terminal() != Some(terminal) {
            return Err(Unsupported::Stranger);
        }
        let text = self.model.text(command)?;
        self.serial = self.serial.wrapping_add(1);
        let body = command::body(flag, &text, self.model.language);
        let bytes = framing::short_frame(number::COMMAND, &body, self.serial);
        Ok(Downlink { bytes, key: AnswerKey::Flag(flag) })
    }

    fn explain(&self, frame: &Frame) -> Vec<Field> {
        explain::explain(frame, self.habits())
    }
}

impl Gt06Session {
    pub(crate) fn new() -> Self {
        let profile = Profile::default();
        Self { speaker: Speaker::Nobody, profile, model: models::of(&profile), serial: 0 }
    }

    /// Reads a body; a login that is believed changes who speaks.
    fn said(&mut self, parts: &Parts<'_>, frame: &Frame) -> (&'static str, Said) {
        if let Some(problem) = self.disbelieved(frame) {
            return (read(parts).0, Said::raw(problem));
        }
        match read(parts) {
            // By reference: a message is large, and to move it costs as much as to parse it.
            (name, Ok(ref message)) => {
                self.hear(message);
                (name, message.said(parts.number, self.habits()))
            }
            (name, Err(problem)) => (name, Said::raw(problem)),
        }
    }

    /// A login changes who speaks.
    fn hear(&mut self, message: &Message<'_>) {
        if let Message::Login(login) = message
            && let Some(terminal) = login.terminal()
        {
            self.speaker = Speaker::Online { terminal, zone: login.zone() };
        }
    }

    /// A wrong checksum is tolerated where length and stop mark agree, unless the profile says otherwise.
    fn disbelieved(&self, frame: &Frame) -> Option<Problem> {
        if frame.checksum != Checksum::Bad {
            return None;
        }
        let (found, computed) = framing::checksums(&frame.wire)?;
        if self.model.device.checksum_for(&self.profile) == ChecksumPolicy::Strict {
            let [found, computed] = [found, computed].map(|crc| format!("{crc:04x}"));
            return Some(Problem::Checksum { found, computed });
        }
        let agrees = framing::Layout::of(&frame.wire).length_agrees;
        (!agrees).then_some(Problem::Header { reason: "length and checksum are both wrong" })
    }

    /// These frames have no serial, no checksum, and an answer of their own.
    fn heard_by_clone(&self, clone: &WifiClone<'_>) -> Reaction {
        let said = clone.said(self.habits());
        let problem = said.problem.or_else(|| self.terminal().is_none().then_some(Problem::NoLogin));
        Reaction {
            message: "cells",
            number: u16::from(clone.number),
            number_digits: NUMBER_DIGITS,
            serial: None,
            terminal: self.terminal(),
            events: said.events,
            reply: Reply::Durable(clone.answer()),
            problem,
            parts: Vec::new(),
        }
    }

    fn without_serial(&self, frame: &Frame) -> Reaction {
        Reaction {
            message: "unknown",
            number: frame.content().first().copied().map_or(0, u16::from),
            number_digits: NUMBER_DIGITS,
            serial: None,
            terminal: self.terminal(),
            events: vec![model::Event::Raw],
            reply: Reply::None,
            problem: Some(Problem::Header { reason: "no room for a serial" }),
            parts: Vec::new(),
        }
    }

    const fn terminal(&self) -> Option<TerminalId> {
        match self.speaker {
            Speaker::Nobody => None,
            Speaker::Online { terminal, .. } => Some(terminal),
        }
    }

    /// What a frame is owed. One with a wrong checksum that the profile refuses is owed nothing: the device sends it
    /// again. One whose length lies as well is kept and acknowledged like any other, but opens no session.
    fn owed(&self, parts: &Parts<'_>, problem: Option<&Problem>, now: Timestamp) -> Reply {
        let policy = self.model.device.acknowledgement_for(&self.profile);
        let waited_for = policy == Acknowledgement::Every || acknowledgement::is_required(parts.number);
        match (problem, reply(parts, now)) {
            (Some(Problem::Checksum { .. }), _) | (Some(Problem::Header { .. }), Reply::Now(_)) => {
                Reply::None
            }
            (_, Reply::Durable(_)) if !waited_for => Reply::None,
            (_, reply) => reply,
        }
    }

    fn habits(&self) -> Habits {
        Habits { zone: self.zone(), dialect: self.model.dialect() }
    }

    /// The profile's zone before the login's before the protocol's.
    fn zone(&self) -> Zone {
        match (self.model.device.zone_for(&self.profile), self.speaker) {
            (Some(offset), _) => Zone { offset, source: ZoneSource::Profile },
            (None, Speaker::Online { zone: Some(offset), .. }) => Zone { offset, source: ZoneSource::Login },
            (None, _) => Zone { offset: ZoneOffset::UTC, source: ZoneSource::Protocol },
        }
    }
}

/// A frame's content, taken apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts<'a> {
    pub(crate) number: u8,
    pub(crate) body: &'a [u8],
    pub(crate) serial: u16,
    pub(crate) extended: bool,
}

impl<'a> Parts<'a> {
    /// `None` if there is no room for a serial.
    pub(crate) fn of(frame: &'a Frame) -> Option<Self> {
        match frame.content() {
            _ if frame.checksum == Checksum::Absent => None,
            [number, body @ .., high, low] => {
                let extended = framing::is_extended(&frame.wire);
                Some(Self { number: *number, body, serial: u16::from_be_bytes([*high, *low]), extended })
            }
            _ => None,
        }
    }
}

/// Who logs in, if the frame is a login.
fn login_in(frame: &Frame) -> Option<TerminalId> {
    let parts = Parts::of(frame).filter(|parts| parts.number == number::LOGIN)?;
    match read(&parts) {
        (_, Ok(Message::Login(login))) => login.terminal(),
        _ => None,
    }
}

/// What each message is owed. Everything that a device reports is acknowledged, also what is not understood: a device
/// sends it again for ever otherwise.
fn reply(parts: &Parts<'_>, now: Timestamp) -> Reply {
    match parts.number {
        number::LOGIN => Reply::Now(acknowledgement(parts)),
        number::TIME_REQUEST => Reply::Now(time_answer(parts, now)),
        number::COMMAND
        | number::COMMAND_REPLY
        | number::COMMAND_REPLY_CLONE
        | number::COMMAND_REPLY_CLONE_2
        | number::COMMAND_REPLY_LONG => Reply::None,
        number::AZ735 | number::AZ735_ALARM | number::MEDIA | number::CARD_NUMBERS if parts.extended => {
            Reply::Durable(framing::extended_answer(parts.number, parts.serial))
        }
        _ => Reply::Durable(acknowledgement(parts)),
    }
}

fn acknowledgement(parts: &Parts<'_>) -> Bytes {
    framing::short_frame(parts.number, &[], parts.serial)
}

fn time_answer(parts: &Parts<'_>, now: Timestamp) -> Bytes {
    framing::short_frame(parts.number, &clock_bytes(now), parts.serial)
}

/// An instant as the six bytes of a clock in UTC; zeros for a year that the first byte cannot hold.
pub(crate) fn clock_bytes(at: Timestamp) -> [u8; 6] {
    let digits = wall_digits(at, ZoneOffset::UTC).and_then(|(year, month, day, hour, minute, second)| {
        let year = u8::try_from(year.checked_sub(2000)?).ok()?;
        Some([year, month, day, hour, minute, second])
    });
    digits.unwrap_or_default()
}

const NUMBER_DIGITS: u8 = 2;
