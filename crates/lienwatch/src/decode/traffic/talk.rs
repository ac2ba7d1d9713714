//! One captured connection, read as the server and the device would.
//!
//! Shape: parts of both streams → [`Remark`]s. Memory: see [`UNKNOWN_MAX`], [`INPUT_MAX`]. Errors: remarks.
//!
//! ```text
//! Unknown --a protocol claims the device's bytes--> Tracker;  Unknown --none does--> Passed;  Tracker --lost--> Passed
//! ```

use crate::decode::capture::connections::{Beginning, Ends, Side};
use crate::decode::capture::stream::Part;
use crate::decode::frames::Readers;
use bytes::{Bytes, BytesMut};
use model::{Profile, TerminalId, Timestamp, ZoneOffset};
use wire::{
    Admission, Answer, Authenticator, Cut, Decoded, Frame, Problem, Protocol, Session, SkipReason, Sniff,
    Terminal,
};

/// Something to tell of a connection.
#[derive(Debug)]
pub(crate) enum Remark {
    /// The device's frame, or bytes that begin as one.
    Frame { decoded: Box<Decoded>, bytes: Bytes },
    /// The server's.
    Answer { decoded: Box<Decoded>, words: String },
    /// Bytes that the capture has not; so many of a frame before them are left without their end.
    Gap { side: Side, bytes: u64, cut: usize },
    /// Bytes between frames.
    Skipped { side: Side, bytes: Bytes },
    /// The connection ended within a frame.
    Unfinished { side: Side, bytes: Bytes },
}

/// A connection.
pub(crate) struct Talk {
    beginning: Beginning,
    state: State,
}

enum State {
    /// What the device said so far.
    Unknown(BytesMut),
    Tracker(Box<Tracker>),
    Passed,
}

struct Tracker {
    beginning: Beginning,
    protocol: &'static dyn Protocol,
    zone: Option<ZoneOffset>,
    device: Half,
    server: Half,
    /// Reads what the server says.
    terminal: Box<dyn Terminal>,
}

struct Half {
    side: Side,
    session: Box<dyn Session>,
    input: BytesMut,
    /// After a gap the next frame begins at a start mark, not here.
    after_gap: Aligned,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aligned {
    Yes,
    No,
}

impl Talk {
    pub(crate) fn new(ends: &Ends) -> Self {
        Self { beginning: ends.beginning, state: State::Unknown(BytesMut::new()) }
    }

    pub(crate) fn is_tracker(&self) -> bool {
        matches!(self.state, State::Tracker(_))
    }

    /// Takes a part of one of the streams.
    pub(crate) fn hear(&mut self, readers: &Readers, side: Side, part: Part, at: Timestamp) -> Vec<Remark> {
        let mut remarks = Vec::new();
        if let (State::Unknown(said), Side::Device) = (&mut self.state, side) {
            match &part {
                Part::Bytes(bytes) => said.extend_from_slice(bytes),
                Part::Gap(_) => self.beginning = Beginning::Missed,
            }
            self.settle(readers, at, &mut remarks);
        } else if let State::Tracker(tracker) = &mut self.state {
            tracker.hear(side, part, at, &mut remarks);
        }
        remarks
    }

    /// The connection is over.
    pub(crate) fn close(&mut self) -> Vec<Remark> {
        let State::Tracker(tracker) = &mut self.state else { return Vec::new() };
        let halves = [&mut tracker.device, &mut tracker.server];
        let left = halves.into_iter().filter(|half| !half.input.is_empty());
        left.map(|half| Remark::Unfinished { side: half.side, bytes: half.input.split().freeze() }).collect()
    }

    /// Finds out who speaks, if there is enough to tell.
    fn settle(&mut self, readers: &Readers, at: Timestamp, remarks: &mut Vec<Remark>) {
        let State::Unknown(said) = &mut self.state else { return };
        let begins = match self.beginning {
            Beginning::Seen => readers.claimed(said).map(|protocol| (0, protocol)),
            Beginning::Missed => readers.first_frame(said),
        };
        let more = readers.protocols.iter().any(|protocol| protocol.sniff(said) == Sniff::More);
        let wait = said.len() < UNKNOWN_MAX && (more || self.beginning == Beginning::Missed);
        match begins {
            Some((skipped, protocol)) => {
                let before = said.split_to(skipped).freeze();
                if !before.is_empty() {
                    remarks.push(Remark::Skipped { side: Side::Device, bytes: before });
                }
                let said = said.split().to_vec();
                let mut tracker = Tracker::new(protocol, self.beginning, readers.zone);
                tracker.hear(Side::Device, Part::Bytes(said), at, remarks);
                self.state = State::Tracker(Box::new(tracker));
            }
            None if wait => {}
            None => self.state = State::Passed,
        }
    }
}

impl Tracker {
    fn new(protocol: &'static dyn Protocol, beginning: Beginning, zone: Option<ZoneOffset>) -> Self {
        let half = |side| Half {
            side,
            session: protocol.open(Authenticator::Open),
            input: BytesMut::new(),
            after_gap: Aligned::Yes,
        };
        let (device, server) = (half(Side::Device), half(Side::Server));
        Self { beginning, protocol, zone, device, server, terminal: protocol.terminal(nobody()) }
    }

    fn hear(&mut self, side: Side, part: Part, at: Timestamp, remarks: &mut Vec<Remark>) {
        let half = match side {
            Side::Device => &mut self.device,
            Side::Server => &mut self.server,
        };
        match part {
            Part::Gap(bytes) => {
                remarks.push(Remark::Gap { side, bytes, cut: half.input.len() });
                half.input.clear();
                half.after_gap = Aligned::No;
            }
            Part::Bytes(bytes) => half.input.extend_from_slice(&bytes),
        }
        while let Some(cut) = self.next(side, remarks) {
            match cut {
                Cut::Frame(frame) => remarks.push(self.read(side, frame, at)),
                Cut::Skipped { bytes, reason: SkipReason::Broken } if side == Side::Device => {
                    let decoded = Box::new(Decoded::refused(Some(self.protocol), &bytes));
                    remarks.push(Remark::Frame { decoded, bytes });
                }
                // A second delimiter, a line end: devices and servers do that.
                Cut::Skipped { bytes, .. } if bytes.len() <= PADDING_MAX => {}
                Cut::Skipped { bytes, .. } => remarks.push(Remark::Skipped { side, bytes }),
                Cut::Need | Cut::Lost(_) => break,
            }
        }
    }

    fn next(&mut self, side: Side, remarks: &mut Vec<Remark>) -> Option<Cut> {
        let half = match side {
            Side::Device => &mut self.device,
            Side::Server => &mut self.server,
        };
        if half.after_gap == Aligned::No {
            let start = (0..half.input.len())
                .find(|at| self.protocol.sniff(half.input.get(*at..).unwrap_or_default()) != Sniff::No);
            let skipped = half.input.split_to(start.unwrap_or(half.input.len())).freeze();
            if skipped.len() > PADDING_MAX {
                remarks.push(Remark::Skipped { side, bytes: skipped });
            }
            if half.input.is_empty() {
                return None;
            }
            half.after_gap = Aligned::Yes;
        }
        if half.input.len() > INPUT_MAX {
            remarks.push(Remark::Skipped { side, bytes: half.input.split().freeze() });
        }
        Some(half.session.deframe(&mut half.input)).filter(|cut| *cut != Cut::Need)
    }

    fn read(&mut self, side: Side, frame: Frame, at: Timestamp) -> Remark {
        match side {
            Side::Device => self.read_device(frame, at),
            Side::Server => self.read_server(frame, at),
        }
    }

    fn read_device(&mut self, frame: Frame, at: Timestamp) -> Remark {
        let session = &mut self.device.session;
        let profile = Profile { zone: self.zone, ..Profile::default() };
        let terminal = session.terminal_of(&frame).unwrap_or_else(nobody);
        session.admit(terminal, Admission::Known(profile));
        let mut reaction = session.handle(&frame, at);
        // The login was before the capture.
        if self.beginning == Beginning::Missed && reaction.problem == Some(Problem::NoLogin) {
            reaction.problem = None;
        }
        let (fields, bytes) = (session.explain(&frame), frame.wire.clone());
        let decoded = Decoded::read(self.protocol, frame, reaction, fields, 0);
        Remark::Frame { decoded: Box::new(decoded), bytes }
    }

    fn read_server(&mut self, frame: Frame, at: Timestamp) -> Remark {
        let answer = self.terminal.receive(&mut BytesMut::from(frame.wire.as_ref()));
        let words = answer_words(answer.as_ref());
        // Whatever a server's frame would mean from a device: only its number and its fields are told.
        let reaction = self.protocol.open(Authenticator::Open).handle(&frame, at);
        let fields = self.server.session.explain(&frame);
        let decoded = Decoded::read(self.protocol, frame, reaction, fields, 0);
        Remark::Answer { decoded: Box::new(decoded), words }
    }
}

fn answer_words(answer: Option<&Answer>) -> String {
    match answer {
        Some(Answer::Ready) => "lets the terminal in".to_owned(),
        Some(Answer::Send(_)) => "takes the first step of the login, waits for the next".to_owned(),
        Some(Answer::Acknowledged { serial, message }) => {
            format!("acknowledges serial {serial} (message {message:#04x})")
        }
        Some(Answer::Refused) => "refuses the terminal".to_owned(),
        Some(Answer::Command { .. }) => "gives a command".to_owned(),
        Some(Answer::Other) | None => "says something else, such as the time".to_owned(),
    }
}

/// A protocol asks for a terminal even where none is known yet.
#[expect(clippy::expect_used, reason = "a digit is an id")]
fn nobody() -> TerminalId {
    TerminalId::parse("0").expect("a digit is an id")
}

/// First bytes of a connection in which a protocol is looked for: several frames of the longest kind.
const UNKNOWN_MAX: usize = 4 * 1024;
/// Bytes without a frame: more than any protocol waits for.
const INPUT_MAX: usize = 64 * 1024;
/// Bytes between frames that are not worth a word.
const PADDING_MAX: usize = 2;
