//! The server's side of one connection.
//!
//! Shape: frame → [`Reaction`]; the only state is the deframer's place, the platform's own serial, and what the
//! directory said of the terminal whose frame comes next. A link may carry several terminals: each frame names its
//! own. Errors: [`Problem`] in the reaction. Source: SPEC.md §2, §6.

use crate::acknowledgement;
use crate::context::{Context, Outcome, Owed, ResultCode, Zone};
use crate::deframe::Deframer;
use crate::dispatch::{Message, message};
use crate::escape::{checksum_sent, seal};
use crate::explain;
use crate::header::{Header, Packet};
use crate::item::vendor::Vendors;
use crate::learned::Learned;
use crate::message::general::General;
use crate::message::order::Edition;
use crate::message::{compact, link, media, register, vendor};
use crate::models::{self, Model};
use crate::number::Number;
use crate::spoken::Spoken;
use bytes::{Bytes, BytesMut};
use model::{Acknowledgement, AnswerKey, ChecksumPolicy, Command, Event, Profile, TerminalId, Timestamp};
use wire::{
    Admission, Authenticator, Checksum, Cut, Downlink, Field, Frame, Problem, Reaction, Reply, Session,
    Unsupported,
};

/// One connection.
pub(crate) struct Link {
    deframer: Deframer,
    authenticator: Authenticator,
    admitted: Option<Admitted>,
    serial: u16,
    learned: Learned,
    spoken: Spoken,
}

/// The terminal whose frame comes next, and how it is to be treated.
#[derive(Debug, Clone, Copy)]
struct Admitted {
    terminal: TerminalId,
    profile: Profile,
    /// The row that the profile names.
    model: &'static Model,
}

impl Link {
    pub(crate) const fn new(authenticator: Authenticator) -> Self {
        Self {
            deframer: Deframer::new(),
            authenticator,
            admitted: None,
            serial: 0,
            learned: Learned::new(),
            spoken: Spoken::new(),
        }
    }

    /// A terminal that nobody has admitted is treated like one that nobody knows.
    fn admitted(&self, terminal: TerminalId) -> Admitted {
        let unknown = || Admitted { terminal, profile: Profile::default(), model: models::generic() };
        self.admitted.filter(|admitted| admitted.terminal == terminal).unwrap_or_else(unknown)
    }

    /// Without what the terminal does not wait for by the standard, where its policy says so.
    fn owed(&self, terminal: TerminalId, number: Number, owed: Owed) -> Owed {
        let Admitted { profile, model, .. } = self.admitted(terminal);
        let waited_for = model.device.acknowledgement_for(&profile) == Acknowledgement::Every
            || acknowledgement::is_required(number);
        match owed {
            Owed::General(ResultCode::OK) if !waited_for => Owed::Nothing,
            owed => owed,
        }
    }

    /// Reads a frame of a terminal that is who it says, as far as a frame can tell.
    fn believe(&mut self, message: &Message, header: &Header, body: &[u8], terminal: TerminalId) -> Outcome {
        let outcome = self.read(message, header, body, terminal);
        // Who comes with a wrong code is told to begin again, and nothing else.
        if outcome.problem != Some(Problem::Authentication) {
            self.spoken.keep(terminal, *header, self.admitted(terminal).model);
        }
        Outcome { owed: self.owed(terminal, header.number, outcome.owed), ..outcome }
    }

    fn read(&mut self, message: &Message, header: &Header, body: &[u8], terminal: TerminalId) -> Outcome {
        let vendors = Vendors::new(self.admitted(terminal).model.vendor, self.learned.of(terminal));
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
        let Admitted { profile, model, .. } = self.admitted(terminal);
        match header.packet {
            _ if header.encryption() != 0 => encrypted(header),
            Some(packet) if !packet.is_whole() => part(packet, header.serial),
            _ => (message.read)(&Context {
                header,
                body,
                terminal,
                zone: Zone::of(model.device.zone_for(&profile)),
                vendors,
                model,
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
        let content = header.answer(number, self.serial, body);
        self.serial = self.serial.wrapping_add(1);
        seal(&content)
    }
}

impl Session for Link {
    fn deframe(&mut self, input: &mut BytesMut) -> Cut {
        self.deframer.cut(input)
    }

    /// A frame whose checksum and length are both wrong speaks for nobody.
    fn terminal_of(&self, frame: &Frame) -> Option<TerminalId> {
        let (header, _) = Header::read(frame).ok()?;
        is_credible(frame, &header).then(|| header.terminal()).flatten()
    }

    fn admit(&mut self, terminal: TerminalId, admission: Admission) {
        let profile = match admission {
            Admission::Known(profile) => profile,
            Admission::Unknown => Profile::default(),
        };
        self.admitted = Some(Admitted { terminal, profile, model: models::of(&profile) });
    }

    fn handle(&mut self, frame: &Frame, now: Timestamp) -> Reaction {
        let (header, body) = match Header::read(frame) {
            Ok(read) => read,
            Err(problem) => return unread(frame, problem),
        };
        let message = message(header.number);
        let terminal = header.terminal().filter(|_| is_credible(frame, &header));
        let believed = terminal.filter(|terminal| {
            let Admitted { profile, model, .. } = self.admitted(*terminal);
            frame.checksum != Checksum::Bad || model.device.checksum_for(&profile) == ChecksumPolicy::Tolerate
        });
        let outcome = match believed {
            Some(terminal) => self.believe(&message, &header, body, terminal),
            None => Outcome::raw(wrong_checksum(frame)).owing(Owed::Nothing),
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
            reply: self.reply(outcome.owed, &header, now),
            problem: outcome.problem.or(miscounted),
        }
    }

    /// Answers repeat the platform's serial, so the server's flag is not needed.
    fn command(&mut self, terminal: TerminalId, command: &Command, _: u32) -> Result<Downlink, Unsupported> {
        let speaker = self.spoken.of(terminal).ok_or(Unsupported::Stranger)?;
        let newest = self.admitted.filter(|admitted| admitted.terminal == terminal);
        let model = newest.map_or(speaker.model, |admitted| admitted.model);
        let (number, body) = model.order(command, Edition::of(&speaker.header))?;
        let key = AnswerKey::Serial(self.serial);
        Ok(Downlink { bytes: self.send(&speaker.header, number, &body), key })
    }

    fn explain(&self, frame: &Frame) -> Vec<Field> {
        let model = self.terminal_of(frame).map(|terminal| self.admitted(terminal).model);
        explain::explain(frame, model.and_then(|model| model.vendor))
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
