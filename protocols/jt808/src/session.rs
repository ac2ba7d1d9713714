//! The server's side of one connection.
//!
//! Shape: frame → [`Reaction`]; the only state is the deframer's place, the platform's own serial, and what the
//! directory said of the terminal whose frame comes next. A link may carry several terminals: each frame names its
//! own. Errors: [`Problem`] in the reaction. Source: SPEC.md §2, §6.

use crate::context::{Context, Outcome, Owed, ResultCode, Zone};
use crate::deframe::Deframer;
use crate::dispatch::{Message, message};
use crate::escape::{checksum_sent, seal_parts};
use crate::header::{Header, Packet, Phone, fitting};
use crate::item::vendor::Vendors;
use crate::learned::Learned;
use crate::message::general::General;
use crate::message::{compact, link, media, register, vendor};
use crate::number::Number;
use crate::{explain, models};
use bytes::{Bytes, BytesMut};
use model::{ChecksumPolicy, Command, Event, Profile, TerminalId, Timestamp};
use wire::{
    Admission, Authenticator, Checksum, Cut, Downlink, Field, Frame, Problem, Reaction, Reply, Session,
    Unsupported,
};

/// One connection.
pub(crate) struct Link {
    deframer: Deframer,
    authenticator: Authenticator,
    admitted: Option<(TerminalId, Admission)>,
    serial: u16,
    learned: Learned,
    /// Whose the last frame was: on most links all are.
    speaker: Option<(Phone, TerminalId)>,
}

impl Link {
    pub(crate) const fn new(authenticator: Authenticator) -> Self {
        Self {
            deframer: Deframer::new(),
            authenticator,
            admitted: None,
            serial: 0,
            learned: Learned::new(),
            speaker: None,
        }
    }

    fn heard(&mut self, frame: &Frame, header: &Header, body: &[u8], now: Timestamp) -> Reaction {
        let message = message(header.number);
        let terminal = if is_credible(frame, header) { self.speaker(header) } else { None };
        let outcome = match terminal {
            Some(terminal) if self.believes(frame, terminal) => {
                self.speaker = Some((header.phone, terminal));
                self.read(&message, header, body, terminal)
            }
            _ => Outcome::raw(wrong_checksum(frame)).owing(Owed::Nothing),
        };
        let miscounted = (!header.length_agrees)
            .then_some(Problem::Header { reason: "the body is not as long as the header declares" });
        Reaction {
            message: message.name,
            number: header.number.0,
            number_digits: NUMBER_DIGITS,
            serial: Some(header.serial),
            terminal,
            events: outcome.events,
            reply: self.reply(outcome.owed, header, now),
            problem: outcome.problem.or(miscounted),
        }
    }

    /// Whom a frame speaks for. Digits become an id once, not with every frame.
    fn speaker(&self, header: &Header) -> Option<TerminalId> {
        match self.speaker {
            Some((phone, terminal)) if phone == header.phone => Some(terminal),
            _ => header.terminal(),
        }
    }

    /// A wrong checksum is tolerated unless the terminal's profile or model says otherwise.
    fn believes(&self, frame: &Frame, terminal: TerminalId) -> bool {
        frame.checksum != Checksum::Bad || {
            let profile = self.profile(terminal);
            models::of(&profile).checksum_for(&profile) == ChecksumPolicy::Tolerate
        }
    }

    fn profile(&self, terminal: TerminalId) -> Profile {
        match self.admitted {
            Some((admitted, Admission::Known(profile))) if admitted == terminal => profile,
            _ => Profile::default(),
        }
    }

    fn read(&mut self, message: &Message, header: &Header, body: &[u8], terminal: TerminalId) -> Outcome {
        let vendors = Vendors::new(None, self.learned.of(terminal));
        let outcome = self.outcome(message, header, body, (terminal, &vendors));
        self.learned.keep(terminal, vendors.learned());
        outcome
    }

    fn outcome(
        &self,
        message: &Message,
        header: &Header,
        body: &[u8],
        (terminal, vendors): (TerminalId, &Vendors),
    ) -> Outcome {
        let profile = self.profile(terminal);
        match header.packet {
            _ if header.encryption() != 0 => encrypted(header),
            Some(packet) if !packet.is_whole() => part(packet, header.serial),
            _ => (message.read)(&Context {
                header,
                body,
                terminal,
                zone: Zone::of(models::of(&profile).zone_for(&profile)),
                vendors,
                authenticator: &self.authenticator,
            }),
        }
    }

    fn reply(&mut self, owed: Owed, header: &Header, now: Timestamp) -> Reply {
        match owed {
            Owed::Nothing => Reply::None,
            Owed::General(result) => {
                let answer = General { serial: header.serial, number: header.number, result };
                Reply::Durable(self.send(header, Number::PLATFORM_ANSWER, &answer.body()))
            }
            Owed::Registration(code) => {
                let answer = register::Answer { serial: header.serial, result: 0, code: code.as_bytes() };
                Reply::Durable(self.send(header, Number::REGISTER_ANSWER, &answer.body()))
            }
            Owed::Media(id) => Reply::Durable(self.send(header, Number::MEDIA_ANSWER, &media::received(id))),
            Owed::Compact => {
                Reply::Durable(self.send(header, Number::COMPACT_ANSWER, &compact::answer(header.number)))
            }
            Owed::VendorClock => {
                Reply::Now(self.send(header, Number::VENDOR_TIME_ANSWER, &vendor::clock(now)))
            }
            Owed::Clock => Reply::Now(self.send(header, Number::TIME_ANSWER, &link::clock(now))),
        }
    }

    /// A frame in the layout of the one it answers, under the platform's own serial.
    fn send(&mut self, header: &Header, number: Number, body: &[u8]) -> Bytes {
        let body = fitting(body);
        let head = header.answer(number, self.serial, body);
        self.serial = self.serial.wrapping_add(1);
        seal_parts([&head, body])
    }
}

impl Session for Link {
    fn deframe(&mut self, input: &mut BytesMut) -> Cut {
        self.deframer.cut(input)
    }

    /// A frame whose checksum and length are both wrong speaks for nobody.
    fn terminal_of(&self, frame: &Frame) -> Option<TerminalId> {
        match Header::read(frame) {
            Ok((ref header, _)) if is_credible(frame, header) => self.speaker(header),
            _ => None,
        }
    }

    fn admit(&mut self, terminal: TerminalId, admission: Admission) {
        self.admitted = Some((terminal, admission));
    }

    fn handle(&mut self, frame: &Frame, now: Timestamp) -> Reaction {
        match Header::read(frame) {
            // By reference: to move a header costs more than to read it.
            Ok((ref header, body)) => self.heard(frame, header, body, now),
            Err(problem) => unread(frame, problem),
        }
    }

    fn command(&mut self, _: TerminalId, command: &Command, _: u32) -> Result<Downlink, Unsupported> {
        Err(Unsupported::Protocol { protocol: "jt808", command: command.to_string() })
    }

    fn explain(&self, frame: &Frame) -> Vec<Field> {
        explain::explain(frame)
    }
}

/// Delimiters and declared length agree, or else the checksum vouches for what came.
fn is_credible(frame: &Frame, header: &Header) -> bool {
    frame.checksum != Checksum::Bad || header.length_agrees
}

/// Answered, or the device sends it for ever; but nobody is let in by a code that cannot be read.
fn encrypted(header: &Header) -> Outcome {
    let outcome = Outcome::raw(Problem::Encrypted { bits: header.encryption() });
    match header.number {
        Number::AUTHENTICATE => outcome.owing(Owed::General(ResultCode::FAILED)),
        Number::TERMINAL_ANSWER => outcome.owing(Owed::Nothing),
        _ => outcome,
    }
}

/// One packet of a split message. The serial of the first packet names the whole.
fn part(packet: Packet, serial: u16) -> Outcome {
    if !packet.is_possible() {
        return Outcome::raw(Problem::Header { reason: "packet number outside the message" });
    }
    let first_serial = serial.wrapping_sub(packet.number - 1);
    Outcome::of(vec![Event::Part { total: packet.total, number: packet.number, first_serial }])
}

fn wrong_checksum(frame: &Frame) -> Problem {
    let found = checksum_sent(&frame.wire).map_or_else(String::new, |sent| format!("{sent:02x}"));
    Problem::Checksum { found, computed: format!("{:02x}", wire::checksum::xor(&frame.content)) }
}

/// A frame too short for the header it claims: it names nobody and is owed nothing.
fn unread(frame: &Frame, problem: Problem) -> Reaction {
    let number = match frame.content.first_chunk() {
        Some(bytes) => u16::from_be_bytes(*bytes),
        None => 0,
    };
    Reaction {
        message: message(Number(number)).name,
        number,
        number_digits: NUMBER_DIGITS,
        serial: None,
        terminal: None,
        events: vec![Event::Raw],
        reply: Reply::None,
        problem: Some(problem),
    }
}

const NUMBER_DIGITS: u8 = 4;
