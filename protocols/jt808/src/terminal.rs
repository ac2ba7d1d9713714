//! The device's side of one connection, for the simulator and `encode`: a terminal of the 2013 edition.
//!
//! Shape: positions → frames, frames from the server → [`Answer`]. Units: as in `message`. Errors: what cannot be read
//! is `Other`, as on a device.
//!
//! ```text
//! connected --0x0100--> 0x8100 ok --0x0102--> 0x8001 ok: ready;  0x8100 or 0x8001 not ok: refused, begin again
//! ```

use crate::context::ResultCode;
use crate::deframe::Deframer;
use crate::escape::seal;
use crate::header::{Header, Phone, Properties, write};
use crate::message::{batch, general, location, register};
use crate::number::Number;
use bytes::{Bytes, BytesMut};
use model::{Position, TerminalId};
use wire::{Answer, Cut, Frame, Terminal, Upload};

/// One simulated terminal.
pub(crate) struct Device {
    id: TerminalId,
    serial: u16,
    deframer: Deframer,
}

impl Device {
    pub(crate) const fn new(id: TerminalId) -> Self {
        Self { id, serial: 0, deframer: Deframer::new() }
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
            _ => Answer::Other,
        }
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
        self.send(Number::LOCATION, &location::body(position))
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
