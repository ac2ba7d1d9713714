//! One frame on its own, as `lienwatch decode` and the golden frames see it.
//!
//! Shape: bytes → the JSON object of DESIGN.md §7. Every frame is taken without its connection: no login is needed,
//! every authentication code is accepted.

use crate::{Admission, Authenticator, Checksum, Cut, Frame, Problem, Protocol, Reaction, Session, Sniff};
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
}

/// Decodes the first frame in `bytes` with the first of `protocols` that knows it.
pub fn decode(protocols: &[&dyn Protocol], bytes: &[u8], zone: Option<ZoneOffset>) -> Decoded {
    let Some(protocol) = speaking(protocols, bytes) else {
        return Decoded::refused(None, "no protocol starts with these bytes");
    };
    let mut session = protocol.open(Authenticator::Open);
    let mut input = BytesMut::from(bytes);
    let frame = match session.deframe(&mut input) {
        Cut::Frame(frame) => frame,
        Cut::Need => return Decoded::refused(Some(protocol.name()), "it ends before its stop mark"),
        Cut::Skipped { reason, .. } => return Decoded::refused(Some(protocol.name()), reason.code()),
        Cut::Lost(_) => return Decoded::refused(Some(protocol.name()), "it is longer than any frame"),
    };
    let profile = Profile { zone, ..Profile::default() };
    let reaction = react(session.as_mut(), &frame, profile);
    let problem = reaction.problem.clone();
    Decoded {
        protocol: Some(protocol.name()),
        frame: Some(frame),
        reaction: Some(reaction),
        problem,
        rest: input.len(),
    }
}

/// The first protocol that knows the bytes, or the only one that may: a frame on its own may be too short to tell by.
fn speaking<'a>(protocols: &[&'a dyn Protocol], bytes: &[u8]) -> Option<&'a dyn Protocol> {
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
    fn refused(protocol: Option<&'static str>, reason: &str) -> Self {
        let problem = Problem::NotAFrame { reason: reason.to_owned() };
        Self { protocol, frame: None, reaction: None, problem: Some(problem), rest: 0 }
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
