//! The server's side of one connection.
//!
//! Shape: frame → [`Reaction`]; the only state is the deframer's place, the platform's own serial, split messages that
//! are not whole, and what the directory said of the terminal whose frame comes next. A link may carry several terminals: each frame names its
//! own. Errors: [`Problem`] in the reaction. Source: SPEC.md §2, §6.

use crate::acknowledgement;
use crate::assembly::{Ask, Assembly, Incoming, Split, Step};
use crate::code;
use crate::context::{Context, Outcome, Owed, ResultCode, Zone};
use crate::deframe::Deframer;
use crate::dispatch::{Message, message};
use crate::escape::checksum_sent;
use crate::explain;
use crate::header::{Header, Packet, Phone};
use crate::item::vendor::Vendors;
use crate::learned::Learned;
use crate::message::general::General;
use crate::message::order::Edition;
use crate::message::{compact, link, media, missing, register, vendor};
use crate::models::{self, Model};
use crate::number::Number;
use crate::spoken::Spoken;
use bytes::{Bytes, BytesMut};
use model::{Acknowledgement, AnswerKey, ChecksumPolicy, Command, Event, Profile, TerminalId, Timestamp};
use wire::{
    Admission, Authenticator, Checksum, Cut, Downlink, Field, Frame, PartsChange, Problem, Reaction, Reply,
    Session, Unsupported, Wake,
};

/// One connection.
pub(crate) struct Link {
    deframer: Deframer,
    authenticator: Authenticator,
    admitted: Option<Admitted>,
    serial: u16,
    learned: Learned,
    /// Who was remembered last: on most links all frames are theirs.
    speaker: Option<Speaker>,
    spoken: Spoken,
    assembly: Assembly,
}

/// The terminal whose frame comes next, and how it is to be treated.
#[derive(Debug, Clone, Copy)]
struct Admitted {
    terminal: TerminalId,
    /// The row that its profile names.
    model: &'static Model,
    zone: Zone,
    checksum: ChecksumPolicy,
    acknowledgement: Acknowledgement,
}

/// A terminal, and what [`Spoken`] knows of it.
#[derive(Debug, Clone, Copy)]
struct Speaker {
    terminal: TerminalId,
    phone: Phone,
    is_2019: bool,
    model: &'static Model,
}

/// A frame whose header is read, and its sender believed.
#[derive(Clone, Copy)]
struct Letter<'a> {
    message: &'a Message,
    header: &'a Header,
    body: &'a [u8],
    sender: &'a Admitted,
}

impl Admitted {
    /// The profile's own words before the model's.
    fn new(terminal: TerminalId, profile: &Profile) -> Self {
        let model = models::of(profile);
        let device = &model.device;
        Self {
            terminal,
            model,
            zone: Zone::of(device.zone_for(profile)),
            checksum: device.checksum_for(profile),
            acknowledgement: device.acknowledgement_for(profile),
        }
    }

    fn tolerates(&self, frame: &Frame) -> bool {
        frame.checksum != Checksum::Bad || self.checksum == ChecksumPolicy::Tolerate
    }

    /// Some devices wait for no answer but what the standard says is answered.
    fn waits_for(&self, number: Number) -> bool {
        self.acknowledgement == Acknowledgement::Every || acknowledgement::is_required(number)
    }
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
            spoken: Spoken::new(),
            assembly: Assembly::new(),
        }
    }

    fn heard(&mut self, frame: &Frame, header: &Header, body: &[u8], now: Timestamp) -> Reaction {
        let message = message(header.number);
        let terminal = if is_credible(frame, header) { self.speaker(header) } else { None };
        let believed =
            terminal.map(|terminal| self.admitted(terminal)).filter(|sender| sender.tolerates(frame));
        let (outcome, parts) = match &believed {
            Some(sender) => self.believe(Letter { message: &message, header, body, sender }, frame, now),
            None => (Outcome::raw(wrong_checksum(frame)).owing(Owed::Nothing), Vec::new()),
        };
        let miscounted = (!header.length_agrees)
            .then_some(Problem::Header { reason: "the body is not as long as the header declares" });
        Reaction {
            message: message.name,
            number: header.number.0,
            number_digits: NUMBER_DIGITS,
            serial: Some(header.serial),
            terminal,
            reply: self.reply(outcome.owed, header, now),
            events: outcome.events,
            problem: outcome.problem.or(miscounted),
            parts,
        }
    }

    /// Whom a frame speaks for. Digits become an id once, not with every frame.
    fn speaker(&self, header: &Header) -> Option<TerminalId> {
        match &self.speaker {
            Some(speaker) if speaker.phone == header.phone => Some(speaker.terminal),
            _ => header.terminal(),
        }
    }

    /// Once, not with every frame.
    fn remember(&mut self, header: &Header, sender: &Admitted) {
        let (is_2019, model) = (header.properties.is_2019(), sender.model);
        let same = |speaker: &Speaker| {
            speaker.phone == header.phone && speaker.is_2019 == is_2019 && std::ptr::eq(speaker.model, model)
        };
        if !self.speaker.as_ref().is_some_and(same) {
            self.spoken.keep(sender.terminal, header, model);
            self.speaker = Some(Speaker { terminal: sender.terminal, phone: header.phone, is_2019, model });
        }
    }

    /// A terminal that nobody has admitted is treated like one that nobody knows.
    fn admitted(&self, terminal: TerminalId) -> Admitted {
        let unknown = || Admitted::new(terminal, &Profile::default());
        self.admitted.filter(|admitted| admitted.terminal == terminal).unwrap_or_else(unknown)
    }

    /// Reads a frame of a terminal that is who it says, as far as a frame can tell.
    fn believe(&mut self, letter: Letter<'_>, frame: &Frame, now: Timestamp) -> (Outcome, Vec<PartsChange>) {
        let Letter { header, sender, .. } = letter;
        let (mut outcome, changes) = self.read(letter, frame, now);
        // Who comes with a wrong code is told to begin again, and nothing else.
        if outcome.problem != Some(Problem::Authentication) {
            self.remember(header, sender);
        }
        if matches!(outcome.owed, Owed::General(ResultCode::OK)) && !sender.waits_for(header.number) {
            outcome.owed = Owed::Nothing;
        }
        (outcome, changes)
    }

    fn read(&mut self, letter: Letter<'_>, frame: &Frame, now: Timestamp) -> (Outcome, Vec<PartsChange>) {
        match letter.header.packet {
            _ if letter.header.encryption() != 0 => (encrypted(letter.header), Vec::new()),
            Some(packet) if !packet.is_whole() => self.packet(letter, packet, frame, now),
            _ => (self.outcome(letter), asked_of_us(letter.header.number)),
        }
    }

    /// Reads a whole message, be it of one packet or of many.
    fn outcome(&mut self, Letter { message, header, body, sender }: Letter<'_>) -> Outcome {
        let &Admitted { terminal, model, zone, .. } = sender;
        let vendors = Vendors::new(model.vendor, self.learned.of(terminal));
        let outcome = (message.read)(&Context {
            header,
            body,
            terminal,
            zone,
            vendors: &vendors,
            model,
            authenticator: &self.authenticator,
        });
        self.learned.keep(terminal, vendors.learned());
        outcome
    }

    /// One packet of a split message; with the last one that was missing, what the message says. What it says comes
    /// first, so that its places are those that they have in a message that is not split.
    fn packet(
        &mut self,
        letter: Letter<'_>,
        packet: Packet,
        frame: &Frame,
        now: Timestamp,
    ) -> (Outcome, Vec<PartsChange>) {
        if !packet.is_possible() {
            let problem = Problem::Header { reason: "packet number outside the message" };
            return (Outcome::raw(problem), Vec::new());
        }
        let Letter { header, sender: &Admitted { terminal, .. }, .. } = letter;
        let split = Split::of(header, packet);
        let event =
            Event::Part { total: packet.total, number: packet.number, first_serial: split.first_serial };
        let (step, changes) = self.assembly.take(Incoming { terminal, header, packet, frame }, now);
        let outcome = match step {
            Step::Kept => Outcome::of(vec![event]),
            Step::Settled(owed) => Outcome::of(vec![event]).owing(owed.or_general()),
            Step::Refused(reason) => Outcome::of(vec![event]).with(Some(Problem::Parts { reason })),
            Step::Whole { body, flawed } => {
                let header = Header { packet: None, ..*header };
                let mut said = self.outcome(Letter { header: &header, body: &body, ..letter });
                said.events.push(event);
                said.owed = said.owed.or_general();
                self.assembly.settle(terminal, split, said.owed, now);
                let damaged = flawed.then_some(Problem::Parts { reason: "a packet has a wrong checksum" });
                Outcome { problem: said.problem.or(damaged), ..said }
            }
        };
        (outcome, changes)
    }

    /// A question for missing packets: of media by its own answer, where its number is known.
    fn ask(&mut self, ask: &Ask) -> Bytes {
        match ask.first_body.as_deref().and_then(<[u8]>::first_chunk) {
            Some(id) if ask.header.number == Number::MEDIA => {
                let body = media::missing(*id, &ask.missing);
                self.send(&ask.header, Number::MEDIA_ANSWER, &body)
            }
            _ => {
                let body = missing::body(&ask.header, ask.first_serial, &ask.missing);
                self.send(&ask.header, Number::MISSING, &body)
            }
        }
    }

    fn reply(&mut self, owed: Owed, header: &Header, now: Timestamp) -> Reply {
        match owed {
            Owed::Nothing => Reply::None,
            Owed::General(result) => {
                let answer = General { serial: header.serial, number: header.number, result };
                Reply::Durable(self.send(header, Number::PLATFORM_ANSWER, &answer.body()))
            }
            Owed::Registration => {
                // Who was believed has a name: an empty code would let nobody in.
                let Some(terminal) = self.speaker(header) else { return Reply::None };
                let code = code::issue(&self.authenticator, terminal);
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
        let frame = header.answer(number, self.serial, body);
        self.serial = self.serial.wrapping_add(1);
        frame
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
        self.admitted = Some(match &admission {
            Admission::Known(profile) => Admitted::new(terminal, profile),
            Admission::Unknown => Admitted::new(terminal, &Profile::default()),
        });
    }

    fn restore(&mut self, terminal: TerminalId, parts: &[Bytes], now: Timestamp) {
        self.assembly.restore(terminal, parts, now);
    }

    fn wake_at(&self) -> Option<Timestamp> {
        self.assembly.wake_at()
    }

    fn wake(&mut self, now: Timestamp) -> Wake {
        let (asks, given_up) = self.assembly.wake(now);
        let mut send = BytesMut::new();
        for ask in &asks {
            send.extend_from_slice(&self.ask(ask));
        }
        Wake { send: send.freeze(), asks: u32::try_from(asks.len()).unwrap_or(u32::MAX), given_up }
    }

    fn handle(&mut self, frame: &Frame, now: Timestamp) -> Reaction {
        match Header::read(frame) {
            // By reference: to move a header costs more than to read it.
            Ok((ref header, body)) => self.heard(frame, header, body, now),
            Err(problem) => unread(frame, problem),
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

/// We split no message: there is nothing to send again.
fn asked_of_us(number: Number) -> Vec<PartsChange> {
    match number {
        Number::RESEND => vec![PartsChange::AskedOfUs],
        _ => Vec::new(),
    }
}

fn wrong_checksum(frame: &Frame) -> Problem {
    let found = checksum_sent(&frame.wire).map_or_else(String::new, |sent| format!("{sent:02x}"));
    Problem::Checksum { found, computed: format!("{:02x}", wire::checksum::xor(frame.content())) }
}

/// A frame too short for the header it claims: it names nobody and is owed nothing.
fn unread(frame: &Frame, problem: Problem) -> Reaction {
    let number = match frame.content().first_chunk() {
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
        parts: Vec::new(),
    }
}

const NUMBER_DIGITS: u8 = 4;
