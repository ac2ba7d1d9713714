//! One tracker of the generator: a socket, frames that are encoded already, and what has no answer yet.
//!
//! ```text
//! Entering --Ready--> Online --the server closes--> Gone        (an echo knows no login: Online at once)
//! ```
//! Units: nanoseconds since the generator began. Errors: a refused login, an answer to another frame than the oldest.

use crate::cars::Car;
use crate::job::{Answers, Sent};
use anyhow::{Context as _, bail, ensure};
use bytes::BytesMut;
use mio::net::TcpStream;
use model::Timestamp;
use std::collections::VecDeque;
use std::io::{ErrorKind, Read as _, Write as _};
use wire::{Answer, Terminal};

/// A tracker.
pub(super) struct Connection {
    pub(super) socket: TcpStream,
    pub(super) state: State,
    car: Car,
    number: u32,
    terminal: Box<dyn Terminal>,
    answers: Answers,
    tape: Tape,
    in_flight: VecDeque<Flight>,
    input: BytesMut,
    output: Vec<u8>,
    echoed: usize,
    first_serial: Option<u16>,
    sent: u32,
    acknowledged: u32,
}

/// Where a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Entering,
    Online,
    Gone,
}

/// A frame without an answer.
#[derive(Debug, Clone, Copy)]
struct Flight {
    serial: u16,
    bytes: usize,
    due_ns: u64,
}

/// Encoded reports, one behind the other.
struct Tape {
    start: Timestamp,
    bytes: Vec<u8>,
    frames: VecDeque<(u16, usize)>,
    place: usize,
    reports: u32,
}

impl Connection {
    /// A tracker that has connected, and says so as its protocol wants it.
    pub(super) fn new(
        socket: TcpStream,
        number: u32,
        start: Timestamp,
        answers: Answers,
    ) -> anyhow::Result<Self> {
        let car = Car::of(number)?;
        let mut terminal = car.protocol.terminal(car.terminal);
        let (state, output) = match answers {
            Answers::Acknowledged => (State::Entering, terminal.login().to_vec()),
            Answers::Echoed => (State::Online, Vec::new()),
        };
        let tape = Tape { start, bytes: Vec::new(), frames: VecDeque::new(), place: 0, reports: 0 };
        Ok(Self {
            socket,
            state,
            car,
            number,
            terminal,
            answers,
            tape,
            in_flight: VecDeque::new(),
            input: BytesMut::new(),
            output,
            echoed: 0,
            first_serial: None,
            sent: 0,
            acknowledged: 0,
        })
    }

    /// Encodes so many reports in advance.
    pub(super) fn prepare(&mut self, reports: u32) -> anyhow::Result<()> {
        (0..reports).try_for_each(|_| self.tape.record(&self.car, self.terminal.as_mut()))
    }

    /// Adds the next report to what the next [`Connection::write`] sends.
    pub(super) fn queue(&mut self, due_ns: u64) -> anyhow::Result<()> {
        if self.tape.frames.is_empty() {
            self.tape.record(&self.car, self.terminal.as_mut())?;
        }
        let (serial, bytes) = self.tape.frames.pop_front().context("a frame")?;
        let end = self.tape.place + bytes;
        self.output.extend_from_slice(self.tape.bytes.get(self.tape.place..end).context("a frame")?);
        self.tape.place = end;
        self.first_serial.get_or_insert(serial);
        self.sent += 1;
        self.in_flight.push_back(Flight { serial, bytes, due_ns });
        Ok(())
    }

    /// Sends what is queued, as far as the server takes it.
    pub(super) fn write(&mut self) -> anyhow::Result<()> {
        while !self.output.is_empty() && self.state != State::Gone {
            match self.socket.write(&self.output) {
                Ok(count) if count == self.output.len() => self.output.clear(),
                Ok(count) => drop(self.output.drain(..count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return self.lost(error),
            }
        }
        Ok(())
    }

    /// Reads, and calls `each` with the due time of every frame that is answered.
    pub(super) fn read(&mut self, chunk: &mut [u8], mut each: impl FnMut(u64)) -> anyhow::Result<()> {
        loop {
            match self.socket.read(chunk) {
                Ok(0) => self.state = State::Gone,
                Ok(count) => {
                    self.hear(chunk.get(..count).unwrap_or_default(), &mut each)?;
                    if count == chunk.len() {
                        continue;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => self.lost(error)?,
            }
            return Ok(());
        }
    }

    fn hear(&mut self, bytes: &[u8], each: &mut impl FnMut(u64)) -> anyhow::Result<()> {
        if self.answers == Answers::Echoed {
            self.echoed += bytes.len();
            while let Some(flight) = self.in_flight.pop_front_if(|flight| flight.bytes <= self.echoed) {
                self.echoed -= flight.bytes;
                self.acknowledged += 1;
                each(flight.due_ns);
            }
            return Ok(());
        }
        self.input.extend_from_slice(bytes);
        while let Some(answer) = self.terminal.receive(&mut self.input) {
            match answer {
                Answer::Acknowledged { serial, .. } if self.state == State::Online => {
                    let flight = self.in_flight.pop_front().context("an answer to nothing")?;
                    ensure!(flight.serial == serial, "{serial} is answered before {}", flight.serial);
                    self.acknowledged += 1;
                    each(flight.due_ns);
                }
                Answer::Ready => self.state = State::Online,
                Answer::Send(next) | Answer::Command { reply: next } => {
                    self.output.extend_from_slice(&next);
                    self.write()?;
                }
                Answer::Refused => bail!("{} is refused", self.car.terminal),
                Answer::Acknowledged { .. } | Answer::Other => {}
            }
        }
        Ok(())
    }

    /// A server that was killed resets its connections: no fault of theirs.
    fn lost(&mut self, error: std::io::Error) -> anyhow::Result<()> {
        match error.kind() {
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
                self.state = State::Gone;
                Ok(())
            }
            _ => Err(error.into()),
        }
    }

    /// Something has no answer yet.
    pub(super) fn waits(&self) -> bool {
        !self.in_flight.is_empty()
    }

    /// What it sent.
    pub(super) fn account(&self) -> Sent {
        Sent {
            car: self.number,
            first_serial: self.first_serial.unwrap_or(0),
            reports: self.sent,
            acknowledged: self.acknowledged,
        }
    }
}

impl Tape {
    fn record(&mut self, car: &Car, terminal: &mut dyn Terminal) -> anyhow::Result<()> {
        let upload = terminal.position(&car.report(self.start, self.reports)?);
        ensure!(upload.answered, "{} does not answer reports", car.protocol.name());
        self.reports += 1;
        if self.frames.is_empty() {
            self.bytes.clear();
            self.place = 0;
        }
        self.bytes.extend_from_slice(&upload.bytes);
        self.frames.push_back((upload.serial, upload.bytes.len()));
        Ok(())
    }
}
