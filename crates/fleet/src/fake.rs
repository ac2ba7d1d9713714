//! A protocol and a server for this crate's tests, so that they depend on no real wire format.
//!
//! Shape: `kind, serial (2), length (2), payload`. Kinds up: `L` login, `A` second step, `P` report, `B` batch, `H`
//! heartbeat. Kinds down: `S` send the second step, `R` ready, `N` refused, `K` acknowledged (payload = serial).

use bytes::{Buf, BufMut, Bytes, BytesMut};
use model::{Position, TerminalId};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use wire::{Answer, Authenticator, DeviceModel, Protocol, Session, Sniff, Terminal, Upload};

/// Two dialects: one without batches and with a one-step login, one with batches and a two-step login.
pub(crate) static FAKES: &[&dyn Protocol] =
    &[&Fake { name: "gt06", batches: false, beats: Beats::Answered }, &BATCHING];
pub(crate) static BATCHING: Fake = Fake { name: "jt808", batches: true, beats: Beats::Answered };
/// As the first, but nobody answers its heartbeats.
pub(crate) static TERSE: Fake = Fake { name: "gt06", batches: false, beats: Beats::Unanswered };

pub(crate) struct Fake {
    name: &'static str,
    batches: bool,
    beats: Beats,
}

/// What becomes of a heartbeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beats {
    Answered,
    Unanswered,
}

impl Protocol for Fake {
    fn name(&self) -> &'static str {
        self.name
    }
    fn sniff(&self, _: &[u8]) -> Sniff {
        Sniff::No
    }
    fn open(&self, _: Authenticator) -> Box<dyn Session> {
        unreachable!("the fake server reads its frames itself")
    }
    fn terminal(&self, id: TerminalId) -> Box<dyn Terminal> {
        Box::new(FakeTerminal { id, serial: 0, batches: self.batches, beats: self.beats, refused: false })
    }
    fn terminal_form(&self) -> &'static str {
        "anything"
    }
    fn models(&self) -> &'static [&'static DeviceModel] {
        &[]
    }
}

struct FakeTerminal {
    id: TerminalId,
    serial: u16,
    batches: bool,
    beats: Beats,
    /// Its credentials are spent.
    refused: bool,
}

impl FakeTerminal {
    fn send(&mut self, kind: u8, payload: &[u8]) -> Upload {
        self.serial = self.serial.wrapping_add(1);
        let answered = kind != b'H' || self.beats == Beats::Answered;
        Upload { serial: self.serial, bytes: frame(kind, self.serial, payload), answered }
    }
}

fn seconds(position: &Position) -> [u8; 9] {
    let mut payload = [0; 9];
    payload[..8].copy_from_slice(&(position.fix_time().unwrap().ms() / 1000).to_be_bytes());
    payload[8] = u8::from(position.buffered);
    payload
}

impl Terminal for FakeTerminal {
    fn login(&mut self) -> Bytes {
        assert!(!self.refused, "a refused terminal logs in again with what was refused");
        let id = self.id;
        self.send(if self.batches { b'l' } else { b'L' }, id.as_str().as_bytes()).bytes
    }
    fn position(&mut self, position: &Position) -> Upload {
        self.send(b'P', &seconds(position))
    }
    fn batch(&mut self, positions: &[Position]) -> Option<Upload> {
        let payload: Vec<u8> = positions.iter().flat_map(seconds).collect();
        self.batches.then(|| self.send(b'B', &payload))
    }
    fn heartbeat(&mut self) -> Upload {
        self.send(b'H', &[])
    }
    fn receive(&mut self, input: &mut BytesMut) -> Option<Answer> {
        let (kind, _, mut payload) = cut(input)?;
        Some(match kind {
            b'S' => Answer::Send(self.send(b'A', &[]).bytes),
            b'R' => Answer::Ready,
            b'N' => {
                self.refused = true;
                Answer::Refused
            }
            b'K' => Answer::Acknowledged { serial: payload.get_u16(), message: 0 },
            _ => Answer::Other,
        })
    }
}

fn frame(kind: u8, serial: u16, payload: &[u8]) -> Bytes {
    let mut frame = BytesMut::new();
    frame.put_u8(kind);
    frame.put_u16(serial);
    frame.put_u16(payload.len().try_into().unwrap());
    frame.put_slice(payload);
    frame.freeze()
}

fn cut(input: &mut BytesMut) -> Option<(u8, u16, Bytes)> {
    let length = usize::from(u16::from_be_bytes(input.get(3..5)?.try_into().unwrap()));
    if input.len() < 5 + length {
        return None;
    }
    let mut frame = input.split_to(5 + length).freeze();
    let (kind, serial) = (frame.get_u8(), frame.get_u16());
    Some((kind, serial, frame.slice(2..)))
}

/// What the fake server heard, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) connection: usize,
    pub(crate) terminal: String,
    pub(crate) kind: char,
    /// Device time and buffered flag of each report in the frame.
    pub(crate) reports: Vec<(i64, bool)>,
}

/// What the server does with a frame, told by (connection, frame of that connection).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Answer,
    /// Says nothing.
    Ignore,
    /// Closes without an answer.
    Hang,
    /// Says that the terminal is refused.
    Refuse,
    /// Answers a frame that was never sent, too.
    AnswerTwice,
}

pub(crate) struct FakeServer {
    pub(crate) address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
    _tasks: JoinSet<()>,
}

impl FakeServer {
    pub(crate) async fn start(behaviour: fn(usize, usize) -> Deed) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, heard) = (listener.local_addr().unwrap(), Arc::default());
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, behaviour, Arc::clone(&heard)));
        Self { address, heard, _tasks: tasks }
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// Device times of all reports heard, each as often as it came.
    pub(crate) fn reports(&self) -> Vec<(String, i64)> {
        let heard = self.heard();
        heard.iter().flat_map(|h| h.reports.iter().map(|(at, _)| (h.terminal.clone(), *at))).collect()
    }
}

async fn accept(listener: TcpListener, behaviour: fn(usize, usize) -> Deed, heard: Arc<Mutex<Vec<Heard>>>) {
    let mut connections = JoinSet::new();
    for connection in 0.. {
        let (stream, _) = listener.accept().await.unwrap();
        connections.spawn(serve(stream, connection, behaviour, Arc::clone(&heard)));
    }
}

async fn serve(
    mut stream: TcpStream,
    connection: usize,
    behaviour: fn(usize, usize) -> Deed,
    heard: Arc<Mutex<Vec<Heard>>>,
) {
    let (mut input, mut terminal, mut count) = (BytesMut::new(), String::new(), 0);
    while stream.read_buf(&mut input).await.is_ok_and(|read| read > 0) {
        while let Some((kind, serial, payload)) = cut(&mut input) {
            if matches!(kind, b'L' | b'l') {
                terminal = String::from_utf8(payload.to_vec()).unwrap();
            }
            let report = |chunk: &[u8]| (i64::from_be_bytes(chunk[..8].try_into().unwrap()), chunk[8] == 1);
            let is_report = matches!(kind, b'P' | b'B');
            let reports = if is_report { payload.chunks(9).map(report).collect() } else { Vec::new() };
            let entry = Heard { connection, terminal: terminal.clone(), kind: char::from(kind), reports };
            heard.lock().unwrap().push(entry);
            let mut answer = match kind {
                b'l' => frame(b'S', 0, &[]),
                b'L' | b'A' => frame(b'R', 0, &[]),
                _ => frame(b'K', 0, &serial.to_be_bytes()),
            };
            match behaviour(connection, count) {
                Deed::Answer => {}
                Deed::Ignore => answer.clear(),
                Deed::Hang => return,
                Deed::Refuse => answer = frame(b'N', 0, &[]),
                Deed::AnswerTwice => answer = [answer, frame(b'K', 0, &[0xFF, 0xF0])].concat().into(),
            }
            count += 1;
            if stream.write_all(&answer).await.is_err() {
                return;
            }
        }
    }
}
