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
    Answer { decoded: Option<Box<Decoded>>, bytes: Bytes, words: String },
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
        if side == Side::Server {
            return self.hear_server(at, remarks);
        }
        while let Some(cut) = self.next(side, remarks) {
            match cut {
                Cut::Frame(frame) => remarks.push(self.read_device(frame, at)),
                Cut::Skipped { bytes, reason: SkipReason::Broken } => {
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

    /// What a server says is cut by the device's side: an answer need not be a frame.
    fn hear_server(&mut self, at: Timestamp, remarks: &mut Vec<Remark>) {
        loop {
            let before = self.server.input.clone().freeze();
            let Some(answer) = self.terminal.receive(&mut self.server.input) else { break };
            let said = before.slice(..before.len().saturating_sub(self.server.input.len()));
            remarks.push(self.read_server(said, &answer, at));
        }
        if self.server.input.len() > INPUT_MAX {
            remarks.push(Remark::Skipped { side: Side::Server, bytes: self.server.input.split().freeze() });
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

    fn read_server(&mut self, bytes: Bytes, answer: &Answer, at: Timestamp) -> Remark {
        let mut session = self.protocol.open(Authenticator::Open);
        let decoded = match session.deframe(&mut BytesMut::from(bytes.as_ref())) {
            // Whatever it would mean from a device: only its number and its fields are told.
            Cut::Frame(frame) => {
                let (reaction, fields) = (session.handle(&frame, at), session.explain(&frame));
                Some(Box::new(Decoded::read(self.protocol, frame, reaction, fields, 0)))
            }
            Cut::Need | Cut::Skipped { .. } | Cut::Lost(_) => None,
        };
        Remark::Answer { decoded, bytes, words: server_words(answer) }
    }
}

/// What a server's frame says to the terminal of this protocol.
pub(crate) fn words_of_server(protocol: &str, frame: &[u8]) -> Option<String> {
    let protocol = protocols::ALL.iter().find(|known| known.name() == protocol)?;
    Some(server_words(&protocol.terminal(nobody()).receive(&mut BytesMut::from(frame))?))
}

fn server_words(answer: &Answer) -> String {
    match answer {
        Answer::Ready => "lets the terminal in".to_owned(),
        Answer::Send(_) => "takes the first step of the login, waits for the next".to_owned(),
        Answer::Acknowledged { serial, message } => {
            format!("acknowledges serial {serial} (message {message:#04x})")
        }
        Answer::Refused => "refuses the terminal".to_owned(),
        Answer::Command { .. } => "gives a command".to_owned(),
        Answer::Other => "says something else, such as the time".to_owned(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::capture::connections::{ConnectionId, What};
    use crate::decode::capture::read_from;
    use crate::decode::capture::testing::{Pcap, Wire};
    use std::collections::HashMap;
    use std::io::Cursor;

    const LOGIN: &str = "78780d010868120240000015000170e50d0a";
    const LOGIN_ANSWER: &str = "787805010001d9dc0d0a";
    const OTHER: &str = "7e0002000001391234567800030d7e";

    fn bytes(hex: &str) -> Vec<u8> {
        hex::decode(hex).unwrap()
    }

    fn location() -> Vec<u8> {
        bytes("787822221a0309080f1ec9026b2a2c0c3cb19c24151301cc0028660eee0c010000000a0c570d0a")
    }

    /// What is told of a capture, in few words.
    fn told(pcap: Vec<u8>) -> Vec<String> {
        let readers = Readers { protocols: protocols::ALL.to_vec(), zone: None };
        let mut talks: HashMap<ConnectionId, Talk> = HashMap::new();
        let mut told = Vec::new();
        read_from(Cursor::new(pcap), None, &mut |heard| {
            let talk = talks.entry(heard.connection).or_insert_with(|| Talk::new(heard.ends));
            let remarks = match heard.what {
                What::Said(side, part) => talk.hear(&readers, side, part, heard.at),
                What::Closed => talk.close(),
            };
            told.extend(remarks.iter().map(|remark| format!("{} {}", heard.connection.0, words(remark))));
            Ok(())
        })
        .unwrap();
        told
    }

    fn words(remark: &Remark) -> String {
        match remark {
            Remark::Frame { decoded, .. } => match &decoded.reaction {
                Some(said) => {
                    let terminal = said.terminal.map_or_else(|| "nobody".to_owned(), |id| id.to_string());
                    let problem = decoded.problem.as_ref().map_or("", |problem| problem.code());
                    format!("{} of {terminal} {problem}", said.message).trim_end().to_owned()
                }
                None => "refused".to_owned(),
            },
            Remark::Answer { words, .. } => format!("server {words}"),
            Remark::Gap { bytes, cut, .. } => format!("gap {bytes}, {cut} before it"),
            Remark::Skipped { bytes, .. } => format!("skipped {}", bytes.len()),
            Remark::Unfinished { bytes, .. } => format!("unfinished {}", bytes.len()),
        }
    }

    #[test]
    fn a_frame_is_read_by_the_session_of_its_connection() {
        let pcap = Pcap::micro(Wire::Vlan).connect().device(bytes(LOGIN)).server(bytes(LOGIN_ANSWER));
        let pcap = pcap.device(&location()[..9]).device(&location()[9..]);
        assert_eq!(
            told(pcap.finish()),
            ["1 login of 868120240000015", "1 server lets the terminal in", "1 location of 868120240000015"]
        );
    }

    #[test]
    fn connections_that_are_interleaved_do_not_mix() {
        let (login, other) = (bytes(LOGIN), bytes(OTHER));
        let pcap = Pcap::next_generation(Wire::Cooked2).connect().device(&login[..5]);
        let pcap = pcap.other_device(50_000).connect().device(&other[..7]);
        let pcap = pcap.other_device(40_000).at(1_005).device(&login[5..]);
        let pcap = pcap.other_device(50_000).at(1_007).device(&other[7..]);
        assert_eq!(told(pcap.finish()), ["1 login of 868120240000015", "2 heartbeat of 13912345678"]);
    }

    #[test]
    fn after_a_gap_the_next_frame_is_found_and_the_terminal_is_still_known() {
        let pcap = Pcap::micro(Wire::Ethernet).connect().device(bytes(LOGIN));
        let pcap = pcap.device(&location()[..20]).skip(&location()[20..30]).device(&location()[30..]);
        let pcap = pcap.device(location());
        assert_eq!(
            told(pcap.finish()),
            [
                "1 login of 868120240000015",
                "1 gap 10, 20 before it",
                "1 skipped 9",
                "1 location of 868120240000015"
            ]
        );
    }

    #[test]
    fn a_capture_from_the_middle_begins_with_its_first_good_frame_and_wants_no_login() {
        let pcap = Pcap::micro(Wire::Ethernet).device(&location()[12..]).device(location());
        assert_eq!(told(pcap.finish()), ["1 skipped 27", "1 location of nobody"]);
        // One that was captured from its beginning says what a server would say.
        let pcap = Pcap::micro(Wire::Ethernet).connect().device(location());
        assert_eq!(told(pcap.finish()), ["1 location of nobody no_login"]);
    }

    #[test]
    fn what_is_no_tracker_is_passed_over_and_a_frame_without_its_end_is_told() {
        let pcap = Pcap::micro(Wire::Ethernet).connect().device("GET / HTTP/1.1\r\n\r\n");
        assert!(told(pcap.finish()).is_empty());
        let pcap = Pcap::micro(Wire::Ethernet).connect().device(bytes(LOGIN)).device(&location()[..20]);
        assert_eq!(told(pcap.finish()), ["1 login of 868120240000015", "1 unfinished 20"]);
    }

    #[test]
    fn a_file_that_is_cut_anywhere_is_read_as_far_as_it_goes() {
        let whole =
            Pcap::next_generation(Wire::Ethernet).connect().device(bytes(LOGIN)).device(location()).finish();
        let mut most = 0;
        for size in 4..whole.len() {
            let found = told(whole[..size].to_vec()).len();
            assert!(found >= most && found <= 2, "{found} after {size} bytes");
            most = found;
        }
        assert_eq!(told(whole).len(), 2);
    }
}
