//! A protocol for tests, one line a frame, so that they speak of ingest and of no wire format.
//!
//! `#L15` login as 15, answered at once · `#P7` report 7, acknowledged when stored · `#T16:8` report 8 of terminal 16,
//! as a relay sends it · `#B3:7` reports 7, 8 and 9 in one frame, acknowledged as 7 · `#A9` answer to the command of
//! flag 9 · `#C7:3:1` part of a split message · `#F15` a login as 15 with a wrong code · `#U` not in the table · `#X`
//! makes the protocol panic · a `!` before the line end says that the checksum is wrong. The second protocol has the
//! mark `$`.

pub(crate) mod split;

use crate::attempts::Attempts;
use crate::directory::{Directory, Listed, Listing};
use crate::log_limit::LogLimit;
use crate::orders::Orders;
use crate::parts::Parts;
use crate::talk::House;
use crate::{Config, Counters};
use bytes::{Bytes, BytesMut};
use model::{Acknowledgement, AnswerKey, ChecksumPolicy, Command, Event, Seq, TerminalId, Timestamp};
use split::Splits;
use std::sync::{Arc, Mutex};
use wire::{
    Admission, Authenticator, Checksum, Cut, DeviceModel, Downlink, Field, Frame, Lost, Problem, Protocol,
    Reaction, Reply, Schedule, Session, SkipReason, Sniff, Terminal, Unsupported, Wake,
};

pub(crate) static PROTOCOLS: &[&dyn Protocol] =
    &[&Lines { name: "hash", mark: b'#' }, &Lines { name: "dollar", mark: b'$' }];

/// Terminals 15 and 16 are approved, all others are not; the quarantine has room for two frames.
pub(crate) fn house() -> House {
    let approved = Listed { approved: true, ..Listed::default() };
    let terminals = ["15", "16"].map(|id| (TerminalId::parse(id).unwrap(), approved)).into();
    let listing = Listing { version: 1, terminals, quarantine_room: 2 };
    House {
        protocols: PROTOCOLS,
        authenticator: Authenticator::Open,
        run: Seq(9),
        config: Config { terminals_per_connection_max: 2, ..Config::default() },
        directory: Directory::new(listing),
        counters: Arc::new(Counters::new()),
        registry: Mutex::default(),
        orders: Orders::default(),
        parts: Parts::default(),
        frame_log: LogLimit::default(),
        connection_log: LogLimit::default(),
        rate_log: LogLimit::default(),
        attempts: Attempts::default(),
    }
}

struct Lines {
    name: &'static str,
    mark: u8,
}

struct LineSession {
    mark: u8,
    /// Who logged in, and whose frame comes next.
    terminal: Option<TerminalId>,
    admitted: Option<TerminalId>,
    splits: Splits,
}

impl Protocol for Lines {
    fn name(&self) -> &'static str {
        self.name
    }

    fn sniff(&self, first: &[u8]) -> Sniff {
        match first.first() {
            None => Sniff::More,
            Some(byte) if *byte == self.mark => Sniff::Yes,
            Some(_) => Sniff::No,
        }
    }

    fn open(&self, _: Authenticator) -> Box<dyn Session> {
        Box::new(LineSession { mark: self.mark, terminal: None, admitted: None, splits: Splits::default() })
    }

    fn terminal(&self, _: TerminalId) -> Box<dyn Terminal> {
        unimplemented!("tests write the lines themselves")
    }

    fn terminal_form(&self) -> &'static str {
        "letters and digits"
    }

    fn models(&self) -> &'static [&'static DeviceModel] {
        MODELS
    }
}

static MODELS: &[&DeviceModel] = &[&PLAIN, &SLEEPY];
static PLAIN: DeviceModel = model("plain", None);
static SLEEPY: DeviceModel = model("sleepy", Some(1_200));

const fn model(code: &'static str, parked_s: Option<u32>) -> DeviceModel {
    DeviceModel {
        code,
        label: code,
        zone: None,
        checksum: ChecksumPolicy::Tolerate,
        acknowledgement: Acknowledgement::Every,
        alarms: &[],
        schedule: Schedule { moving_s: None, parked_s, heartbeat_s: None },
        commands: &[],
    }
}

impl LineSession {
    fn skip(&self, input: &mut BytesMut, from: usize, reason: SkipReason) -> Cut {
        let mark = input.iter().skip(from).position(|byte| *byte == self.mark);
        let to = mark.map_or(input.len(), |at| at + from);
        Cut::Skipped { bytes: input.split_to(to).freeze(), reason }
    }
}

impl Session for LineSession {
    fn deframe(&mut self, input: &mut BytesMut) -> Cut {
        match input.first() {
            None => return Cut::Need,
            Some(byte) if *byte != self.mark => return self.skip(input, 0, SkipReason::Garbage),
            Some(_) => {}
        }
        let Some(end) = input.iter().position(|byte| *byte == b'\n') else {
            return if input.len() > LINE_MAX { Cut::Lost(Lost::TooLong) } else { Cut::Need };
        };
        if input[1..end].iter().any(|byte| !byte.is_ascii_alphanumeric() && !b":!".contains(byte)) {
            return self.skip(input, 1, SkipReason::Broken);
        }
        let wire = input.split_to(end + 1).freeze();
        let bad = wire[end - 1] == b'!';
        let content = 1..end - usize::from(bad);
        Cut::Frame(Frame::within(wire, content, if bad { Checksum::Bad } else { Checksum::Ok }))
    }

    fn terminal_of(&self, frame: &Frame) -> Option<TerminalId> {
        let text = std::str::from_utf8(frame.content()).ok()?;
        match text.split_at_checked(1)? {
            ("L" | "F", id) => TerminalId::parse(id).ok(),
            ("T", rest) => TerminalId::parse(rest.split_once(':')?.0).ok(),
            _ => self.terminal,
        }
    }

    fn admit(&mut self, terminal: TerminalId, _: Admission) {
        self.admitted = Some(terminal);
    }

    fn restore(&mut self, terminal: TerminalId, parts: &[Bytes], now: Timestamp) {
        self.splits.restore(terminal, parts, now);
    }

    fn wake_at(&self) -> Option<Timestamp> {
        self.splits.wake_at()
    }

    fn wake(&mut self, now: Timestamp) -> Wake {
        self.splits.wake(now)
    }

    fn handle(&mut self, frame: &Frame, now: Timestamp) -> Reaction {
        let text = std::str::from_utf8(frame.content()).unwrap();
        let (kind, rest) = text.split_at(1);
        let serial = rest.rsplit(':').next().and_then(|digits| digits.parse().ok());
        let (message, number, reply) = match kind {
            "L" => ("login", 1, Reply::Now(Bytes::from_static(b"hello\n"))),
            "F" => ("login", 1, Reply::Now(Bytes::from_static(b"no\n"))),
            "X" => panic!("told to"),
            "C" if split::is_patient(rest) => {
                ("report", REPORT, Reply::Durable(Bytes::from(format!("ack {rest}\n"))))
            }
            "P" | "T" | "B" | "C" => {
                ("report", REPORT, Reply::Durable(Bytes::from(format!("ack {}\n", serial.unwrap()))))
            }
            "A" => ("answer", 3, Reply::None),
            _ => ("unknown", 0, Reply::Durable(Bytes::from_static(b"general\n"))),
        };
        let problem = match kind {
            "F" => Some(Problem::Authentication),
            _ => (number == 0).then_some(Problem::UnknownMessage { number }),
        };
        if kind == "L" {
            self.terminal = self.admitted;
        }
        let (terminal, token) = (self.admitted, serial.map(u32::from));
        let (events, parts) = match kind {
            "A" => (vec![Event::CommandReply { token, text: "done".to_owned() }], Vec::new()),
            "C" => self.splits.take(terminal.unwrap(), rest, &frame.wire, now),
            "B" => (vec![Event::Raw; rest.split_once(':').unwrap().0.parse().unwrap()], Vec::new()),
            _ => (vec![Event::Raw], Vec::new()),
        };
        Reaction { message, number, number_digits: 2, serial, terminal, events, reply, problem, parts }
    }

    fn command(&mut self, _: TerminalId, command: &Command, flag: u32) -> Result<Downlink, Unsupported> {
        match command {
            Command::Restart => {
                Err(Unsupported::Protocol { protocol: "lines", command: command.to_string() })
            }
            _ => Ok(Downlink {
                bytes: Bytes::from(format!("do {flag} {command}\n")),
                key: AnswerKey::Flag(flag),
            }),
        }
    }

    fn explain(&self, _: &Frame) -> Vec<Field> {
        Vec::new()
    }
}

/// The number of a report.
pub(crate) const REPORT: u16 = 2;
pub(crate) const LINE_MAX: usize = 2000;
