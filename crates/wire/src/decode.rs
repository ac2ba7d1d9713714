//! One frame on its own, as `lienwatch decode` and the golden frames see it.
//!
//! Shape: bytes → the JSON object of DESIGN.md §7. Every frame is taken without its connection: no login is needed,
//! every authentication code is accepted.

use crate::diagnosis::unclaimed;
use crate::problem::checksum;
use crate::{
    Admission, Authenticator, Checksum, Cut, Field, Frame, Problem, Protocol, Reaction, Session, Sniff,
};
use bytes::BytesMut;
use model::{Profile, Timestamp, ZoneOffset, report_json::EventJson};
use serde::Serialize;

/// What one frame says.
#[derive(Debug)]
pub struct Decoded {
    /// The protocol's name; `None` if no protocol knows the bytes.
    pub protocol: Option<&'static str>,
    /// The frame, if one could be cut.
    pub frame: Option<Frame>,
    /// What it means, if it could be cut.
    pub reaction: Option<Reaction>,
    /// What is wrong with it.
    pub problem: Option<Problem>,
    /// Bytes behind the frame.
    pub rest: usize,
    /// Every byte in one field, in order; of bytes that are no frame, as many as could be read.
    pub fields: Vec<Field>,
    /// Which field is to blame for the problem, or for a wrong checksum.
    pub culprit: Option<usize>,
}

/// Decodes the first frame in `bytes` with the first of `protocols` that knows it.
pub fn decode(protocols: &[&dyn Protocol], bytes: &[u8], zone: Option<ZoneOffset>) -> Decoded {
    decode_as(protocols, bytes, Profile { zone, ..Profile::default() })
}

/// The same as if its terminal, whoever it is, had this profile: its model may read some codes otherwise.
pub fn decode_as(protocols: &[&dyn Protocol], bytes: &[u8], profile: Profile) -> Decoded {
    let Some(protocol) = speaking(protocols, bytes) else {
        return Decoded::unclaimed(protocols, bytes);
    };
    let mut session = protocol.open(Authenticator::Open);
    let (cut, rest) = cut_alone(session.as_mut(), bytes);
    match cut {
        Cut::Frame(frame) => Decoded::alone_as(protocol, frame, rest, profile),
        Cut::Need | Cut::Skipped { .. } | Cut::Lost(_) => Decoded::refused(Some(protocol), bytes),
    }
}

/// Cuts the first frame of bytes that end here, and says how many are left. In its stream, a frame whose length promises
/// too much is settled by what comes behind it; here nothing comes, and it is whole if it would be so before nothing.
pub fn cut_alone(session: &mut dyn Session, bytes: &[u8]) -> (Cut, usize) {
    let mut input = BytesMut::from(bytes);
    let cut = session.deframe(&mut input);
    if cut != Cut::Need {
        return (cut, input.len());
    }
    input.resize(bytes.len() + NOTHING_BYTES, 0);
    match session.deframe(&mut input) {
        Cut::Frame(frame) if frame.wire.len() == bytes.len() => (Cut::Frame(frame), 0),
        _ => (Cut::Need, bytes.len()),
    }
}

/// Two bytes of one protocol are no accident: one is.
const LIKENESS_BYTES: usize = 2;
/// More than any protocol waits for.
const NOTHING_BYTES: usize = 16 * 1024;

/// The first protocol that knows the bytes, or the only one that may: a frame on its own may be too short to tell by.
pub fn speaking<'a>(protocols: &[&'a dyn Protocol], bytes: &[u8]) -> Option<&'a dyn Protocol> {
    let says = |verdict| protocols.iter().copied().filter(move |protocol| protocol.sniff(bytes) == verdict);
    let mut maybe = says(Sniff::More);
    let alone = maybe.next().filter(|_| !bytes.is_empty() && maybe.next().is_none());
    says(Sniff::Yes).next().or(alone)
}

/// Reads a frame as if its terminal, whoever it is, had this profile.
fn react(session: &mut dyn Session, frame: &Frame, profile: Profile) -> Reaction {
    let anyone = session.terminal_of(frame).or_else(|| model::TerminalId::parse("0").ok());
    if let Some(terminal) = anyone {
        session.admit(terminal, Admission::Known(profile));
    }
    let mut reaction = session.handle(frame, Timestamp::from_ms(0));
    if reaction.problem == Some(Problem::NoLogin) {
        reaction.problem = None;
    }
    reaction
}

impl Decoded {
    /// A frame that was cut, taken without its connection.
    pub fn alone(protocol: &dyn Protocol, frame: Frame, rest: usize, zone: Option<ZoneOffset>) -> Self {
        Self::alone_as(protocol, frame, rest, Profile { zone, ..Profile::default() })
    }

    /// The same as if its terminal had this profile.
    pub fn alone_as(protocol: &dyn Protocol, frame: Frame, rest: usize, profile: Profile) -> Self {
        let mut session = protocol.open(Authenticator::Open);
        let reaction = react(session.as_mut(), &frame, profile);
        let fields = session.explain(&frame);
        Self::read(protocol, frame, reaction, fields, rest)
    }

    /// A frame that a session of its connection has read.
    pub fn read(
        protocol: &dyn Protocol,
        frame: Frame,
        reaction: Reaction,
        fields: Vec<Field>,
        rest: usize,
    ) -> Self {
        let problem = reaction.problem.clone();
        let culprit = problem.as_ref().and_then(|problem| problem.culprit(&fields));
        let culprit = culprit.or_else(|| (frame.checksum == Checksum::Bad).then(|| checksum(&fields))?);
        Self {
            protocol: Some(protocol.name()),
            frame: Some(frame),
            reaction: Some(reaction),
            problem,
            rest,
            fields,
            culprit,
        }
    }

    /// Bytes that begin as this protocol does, and are no frame.
    pub fn refused(protocol: Option<&dyn Protocol>, bytes: &[u8]) -> Self {
        let diagnosis = protocol.and_then(|protocol| protocol.diagnose(bytes));
        let reason = diagnosis.as_ref().map(|diagnosis| diagnosis.fault.to_string());
        let reason = reason.unwrap_or_else(|| "it ends before its stop mark".to_owned());
        let (fields, culprit) = diagnosis.map(|found| (found.fields, found.culprit)).unwrap_or_default();
        let problem = Some(Problem::NotAFrame { reason });
        let protocol = protocol.map(Protocol::name);
        Self { protocol, frame: None, reaction: None, problem, rest: 0, fields, culprit }
    }

    /// Bytes that begin as no protocol does. Where only one protocol's first bytes are like them, it says what is wrong.
    pub fn unclaimed(protocols: &[&dyn Protocol], bytes: &[u8]) -> Self {
        let start = bytes.get(..LIKENESS_BYTES).unwrap_or_default();
        let like = |protocol: &&&dyn Protocol| !start.is_empty() && protocol.sniff(start) != Sniff::No;
        if let Some(protocol) = protocols.iter().find(like)
            && protocol.diagnose(bytes).is_some()
        {
            return Self::refused(Some(*protocol), bytes);
        }
        let problem = Some(Problem::NotAFrame { reason: unclaimed(protocols, bytes).to_string() });
        let fields = Vec::new();
        Self { protocol: None, frame: None, reaction: None, problem, rest: 0, fields, culprit: None }
    }

    /// The JSON object, without the `hex` of the input.
    pub fn json(&self) -> DecodedJson<'_> {
        let reaction = self.reaction.as_ref();
        DecodedJson {
            protocol: self.protocol,
            message: reaction.map(|r| r.message),
            number: reaction.map(number),
            terminal: reaction.and_then(|r| r.terminal).map(|t| t.to_string()),
            serial: reaction.and_then(|r| r.serial),
            checksum: self.frame.as_ref().map(|f| f.checksum),
            events: reaction.map(|r| r.events.iter().map(EventJson::from).collect()).unwrap_or_default(),
            reply: reaction.and_then(|r| r.reply.bytes()).map(hex::encode),
            error: self.problem.as_ref().map(|p| ProblemJson { code: p.code(), message: p.to_string() }),
        }
    }
}

fn number(reaction: &Reaction) -> String {
    let digits = usize::from(reaction.number_digits);
    format!("0x{:0digits$x}", reaction.number)
}

/// The JSON object of one decoded frame.
#[derive(Debug, Serialize)]
pub struct DecodedJson<'a> {
    protocol: Option<&'static str>,
    message: Option<&'static str>,
    number: Option<String>,
    terminal: Option<String>,
    serial: Option<u16>,
    checksum: Option<Checksum>,
    events: Vec<EventJson<'a>>,
    reply: Option<String>,
    error: Option<ProblemJson>,
}

#[derive(Debug, Serialize)]
struct ProblemJson {
    code: &'static str,
    message: String,
}
