//! The device's side of one connection, for the simulator and `encode`: a terminal of the 2013 edition.
//!
//! Shape: positions → frames, frames from the server → [`Answer`]. Units: as in `message`. Errors: what cannot be read
//! is `Other`, as on a device; a command that cannot be read is answered as a bad message.
//!
//! ```text
//! connected --0x0100--> 0x8100 ok --0x0102--> 0x8001 ok: ready;  0x8100 or 0x8001 not ok: refused, begin again
//! ```

use crate::context::ResultCode;
use crate::deframe::Deframer;
use crate::escape::seal;
use crate::header::{Header, Phone, Properties, write};
use crate::message::general::General;
use crate::message::order::{Edition, understood};
use crate::message::{batch, general, location, parameters, register};
use crate::number::Number;
use bytes::{Bytes, BytesMut};
use model::{Command, Position, TerminalId};
use wire::{Answer, Cut, Frame, Terminal, Upload};

/// One simulated terminal.
pub(crate) struct Device {
    id: TerminalId,
    serial: u16,
    deframer: Deframer,
    settings: [(u32, u32); SETTINGS],
    /// The body of the last report, for whoever asks.
    last: Option<Vec<u8>>,
}

impl Device {
    pub(crate) const fn new(id: TerminalId) -> Self {
        Self { id, serial: 0, deframer: Deframer::new(), settings: DELIVERED, last: None }
    }

    fn send(&mut self, number: Number, body: &[u8]) -> Upload {
        let serial = self.serial;
        self.serial = serial.wrapping_add(1);
        let header = Header {
            number,
            properties: Properties(0),
            phone: Phone::Six(phone(self.id)),
            serial,
            packet: None,
            length_agrees: true,
        };
        Upload { serial, bytes: seal(&write(header, body)), answered: true }
    }

    fn answer(&mut self, frame: &Frame) -> Answer {
        match Header::read(frame) {
            Ok((header, body)) if header.number == Number::REGISTER_ANSWER => self.on_registered(body),
            Ok((header, body)) if header.number == Number::PLATFORM_ANSWER => on_general(body),
            Ok((header, body)) if is_order(header.number) => {
                Answer::Command { reply: self.obey(&header, body) }
            }
            _ => Answer::Other,
        }
    }

    /// What a device sends back: its place, its parameters, or whether it did as it was told.
    fn obey(&mut self, header: &Header, body: &[u8]) -> Bytes {
        let serial = header.serial.to_be_bytes();
        let command = understood(header.number, body, Edition::of(header));
        let result = match (command, &self.last) {
            (Some(Command::Locate), Some(place)) => {
                let body = [&serial[..], place].concat();
                return self.send(Number::LOCATION_ANSWER, &body).bytes;
            }
            (Some(Command::Locate), None) => ResultCode::FAILED,
            (Some(Command::ReadParameters), _) => {
                let body = [&serial[..], &parameters::listed(&self.settings)].concat();
                return self.send(Number::PARAMETERS, &body).bytes;
            }
            (Some(_), _) => self.on_told(header.number, body),
            (None, _) if header.number == Number::CONTROL => ResultCode::UNSUPPORTED,
            (None, _) => ResultCode::BAD_MESSAGE,
        };
        let answer = General { serial: header.serial, number: header.number, result };
        self.send(Number::TERMINAL_ANSWER, &answer.body()).bytes
    }

    fn on_told(&mut self, number: Number, body: &[u8]) -> ResultCode {
        if number == Number::SET_PARAMETERS {
            for (id, value) in parameters::values(body).unwrap_or_default() {
                self.settings.iter_mut().filter(|(known, _)| *known == id).for_each(|(_, old)| *old = value);
            }
        }
        ResultCode::OK
    }

    fn on_registered(&mut self, body: &[u8]) -> Answer {
        match register::parse_answer(body) {
            Ok((_, answer)) if answer.result == 0 => {
                Answer::Send(self.send(Number::AUTHENTICATE, answer.code).bytes)
            }
            Ok(_) => Answer::Refused,
            Err(_) => Answer::Other,
        }
    }
}

const fn is_order(number: Number) -> bool {
    matches!(
        number,
        Number::SET_PARAMETERS
            | Number::PARAMETERS_QUERY
            | Number::CONTROL
            | Number::LOCATION_QUERY
            | Number::TRACK
            | Number::TEXT
    )
}

fn on_general(body: &[u8]) -> Answer {
    match general::parse(body) {
        Ok((_, general)) => match (general.number, general.result) {
            (Number::AUTHENTICATE, ResultCode::OK) => Answer::Ready,
            (Number::AUTHENTICATE, _) => Answer::Refused,
            (number, ResultCode::OK | ResultCode::ALARM_CONFIRMED) => {
                Answer::Acknowledged { serial: general.serial, message: number.0 }
            }
            _ => Answer::Other,
        },
        Err(_) => Answer::Other,
    }
}

impl Terminal for Device {
    fn login(&mut self) -> Bytes {
        let id = self.id;
        let tail = id.as_str().get(id.as_str().len().saturating_sub(7)..).unwrap_or_default();
        self.send(Number::REGISTER, &register::body_2013(tail, b"")).bytes
    }

    fn position(&mut self, position: &Position) -> Upload {
        let body = location::body(position);
        self.last = Some(body.clone());
        self.send(Number::LOCATION, &body)
    }

    /// A backlog of the first positions that fit into one frame, 26 at least: the count in the body says how many.
    fn batch(&mut self, positions: &[Position]) -> Option<Upload> {
        batch::body(positions).map(|body| self.send(Number::BATCH, &body))
    }

    fn heartbeat(&mut self) -> Upload {
        self.send(Number::HEARTBEAT, &[])
    }

    fn receive(&mut self, input: &mut BytesMut) -> Option<Answer> {
        loop {
            match self.deframer.cut(input) {
                Cut::Frame(frame) => return Some(self.answer(&frame)),
                Cut::Skipped { .. } => {}
                Cut::Need | Cut::Lost(_) => return None,
            }
        }
    }
}

/// The last twelve digits of an id, right-aligned: what a terminal with a longer id sends. A letter that is no hex
/// digit becomes zero.
fn phone(id: TerminalId) -> [u8; 6] {
    let mut phone = [0; 6];
    let mut nibbles = id.as_str().chars().rev().map(nibble);
    for byte in phone.iter_mut().rev() {
        let (low, high) = (nibbles.next().unwrap_or(0), nibbles.next().unwrap_or(0));
        *byte = high << 4 | low;
    }
    phone
}

fn nibble(digit: char) -> u8 {
    digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(0)
}

/// Parameters that a terminal of ours has.
pub(crate) const SETTINGS: usize = 4;
/// Heartbeat, sleeping interval, interval, speed limit: seconds and km/h, as delivered.
const DELIVERED: [(u32, u32); SETTINGS] = [(0x0001, 60), (0x0027, 300), (0x0029, 30), (0x0055, 120)];
