//! The device's side of one connection, for the simulator and `encode`.
//!
//! Shape: reports → packets of Codec 8 Extended; the server's bytes → answers. Units: as in `record`. Errors: what the
//! codec cannot carry is left out: the buffered mark, alarms beyond the first. Source: SPEC.md §10.
//!
//! ```text
//! connected --digits--> 01: ready     00: refused, begin again     ready --packet--> its count: acknowledged
//! ```
//! An answer is a bare count: the nth one is for the nth packet. Another count than was sent makes the device begin
//! again.

use crate::codec::Codec;
use crate::command::{self, Kind};
use crate::event::{self, Raised};
use crate::framing::{self, Deframer};
use crate::io::write;
use bytes::{Buf, Bytes, BytesMut};
use model::{Position, TerminalId};
use std::collections::VecDeque;
use wire::{Answer, Cut, Frame, Terminal, Upload};

/// One simulated device.
#[derive(Debug)]
pub(crate) struct Device {
    id: TerminalId,
    stage: Stage,
    /// Counts packets; never on the wire.
    sent: u16,
    /// Packets without an answer, oldest first.
    unanswered: VecDeque<Unanswered>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    AwaitLogin,
    Online,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Unanswered {
    serial: u16,
    records: u8,
}

impl Device {
    pub(crate) const fn new(id: TerminalId) -> Self {
        Self { id, stage: Stage::AwaitLogin, sent: 0, unanswered: VecDeque::new() }
    }

    fn send(&mut self, records: &[Vec<u8>]) -> Upload {
        let count = u8::try_from(records.len()).unwrap_or(u8::MAX);
        self.sent = self.sent.wrapping_add(1);
        if self.unanswered.len() == UNANSWERED_MAX {
            self.unanswered.pop_front();
        }
        self.unanswered.push_back(Unanswered { serial: self.sent, records: count });
        let content = [&[Codec::RECORDS_EXTENDED.0, count][..], &records.concat(), &[count]].concat();
        Upload { serial: self.sent, bytes: framing::packet(&content), answered: true }
    }

    /// What a count says of the packet that waits longest; of none, of the last one sent, which nobody waits for.
    fn counted(&mut self, count: u32) -> Answer {
        let message = u16::from(Codec::RECORDS_EXTENDED.0);
        match self.unanswered.pop_front() {
            Some(Unanswered { serial, records }) if u32::from(records) == count => {
                Answer::Acknowledged { serial, message }
            }
            Some(_) => Answer::Refused,
            None => Answer::Acknowledged { serial: self.sent, message },
        }
    }
}

impl Terminal for Device {
    fn login(&mut self) -> Bytes {
        (self.stage, self.unanswered) = (Stage::AwaitLogin, VecDeque::new());
        framing::login_frame(&digits(self.id))
    }

    fn position(&mut self, position: &Position) -> Upload {
        self.send(&[record(position)])
    }

    /// As many of the first positions as the maker's longest packet holds: the count says how many.
    fn batch(&mut self, positions: &[Position]) -> Option<Upload> {
        let mut records = Vec::new();
        let mut size = PACKET_MAX - EMPTY_PACKET;
        for record in positions.iter().take(usize::from(u8::MAX)).map(record) {
            let Some(left) = size.checked_sub(record.len()) else { break };
            size = left;
            records.push(record);
        }
        (!records.is_empty()).then(|| self.send(&records))
    }

    fn heartbeat(&mut self) -> Upload {
        Upload { serial: self.sent, bytes: Bytes::from_static(&[framing::PING]), answered: false }
    }

    fn receive(&mut self, input: &mut BytesMut) -> Option<Answer> {
        match self.stage {
            Stage::AwaitLogin if input.is_empty() => None,
            Stage::AwaitLogin => Some(match input.get_u8() {
                ACCEPTED => {
                    self.stage = Stage::Online;
                    Answer::Ready
                }
                REFUSED => Answer::Refused,
                _ => Answer::Other,
            }),
            Stage::Online => match input.first_chunk::<4>() {
                None => None,
                Some([0, 0, 0, 0]) => packet(input),
                Some(count) => {
                    let count = u32::from_be_bytes(*count);
                    input.advance(4);
                    Some(self.counted(count))
                }
            },
        }
    }
}

/// A packet of the server: no count is 0, since no packet is empty.
fn packet(input: &mut BytesMut) -> Option<Answer> {
    match Deframer::default().cut(input) {
        Cut::Need | Cut::Lost(_) => None,
        Cut::Skipped { .. } => Some(Answer::Other),
        Cut::Frame(frame) => Some(commanded(&frame)),
    }
}

/// A device answers in words of its own; this one repeats the command's.
fn commanded(frame: &Frame) -> Answer {
    match command::read(frame.content()) {
        Ok((text, None)) if text.codec == Codec::COMMAND && text.kind == Kind::COMMAND => {
            let words = [text.words, b" OK"].concat();
            Answer::Command { reply: framing::packet(&command::content(Kind::ANSWER, &words)) }
        }
        _ => Answer::Other,
    }
}

fn record(position: &Position) -> Vec<u8> {
    let place = position.fix.coordinates();
    let (lon, lat) = place.map_or((0, 0), |place| (place.lon_e7(), place.lat_e7()));
    // Without satellites there is no fix, so a fix has at least one.
    let satellites = position.satellites.unwrap_or(0).max(u8::from(place.is_some()));
    let altitude = position.altitude.and_then(|altitude| i16::try_from(altitude.metres()).ok()).unwrap_or(0);
    let raised = event::raised(position.alarms);
    let mut record = Vec::with_capacity(RECORD_SIZE);
    record.extend(position.fix_time().map_or(0, model::Timestamp::ms).to_be_bytes());
    record.push(raised.map_or(0, |raised| raised.priority));
    record.extend(lon.to_be_bytes());
    record.extend(lat.to_be_bytes());
    record.extend(altitude.to_be_bytes());
    record.extend(position.course.map_or(0, model::Course::degrees).to_be_bytes());
    record.push(satellites);
    record.extend(position.speed.map_or(0, |speed| speed.tenths().saturating_add(5) / 10).to_be_bytes());
    record.extend(raised.map_or(0, |raised| raised.event).to_be_bytes());
    record.extend(elements(position, raised));
    record
}

/// The elements by size: 1, 2, 4, 8 bytes, then variable.
fn elements(position: &Position, raised: Option<&Raised>) -> Vec<u8> {
    let event = raised.map(|raised| (raised.event, raised.value.to_vec()));
    let is_other = |(id, _): &(u16, Vec<u8>)| raised.is_none_or(|raised| raised.event != *id);
    let said = position.attributes.iter().filter_map(write).filter(is_other);
    let elements: Vec<(u16, Vec<u8>)> = said.chain(event).collect();
    let mut bytes = count(elements.len()).to_vec();
    for size in [1, 2, 4, 8] {
        let group: Vec<_> = elements.iter().filter(|(_, value)| value.len() == size).collect();
        bytes.extend(count(group.len()));
        for (id, value) in group {
            bytes.extend(id.to_be_bytes());
            bytes.extend(value);
        }
    }
    bytes.extend(count(0));
    bytes
}

fn count(elements: usize) -> [u8; 2] {
    u16::try_from(elements).unwrap_or(u16::MAX).to_be_bytes()
}

/// The id with zeros before it, as long as an IMEI; a letter becomes 0, as the wire has no place for it.
fn digits(id: TerminalId) -> String {
    let digits = id.as_str().chars().map(|c| if c.is_ascii_digit() { c } else { '0' });
    let digits: String = digits.take(DIGITS_MAX).collect();
    if digits.len() < DIGITS_MIN { format!("{digits:0>15}") } else { digits }
}

const ACCEPTED: u8 = 1;
const REFUSED: u8 = 0;
const DIGITS_MIN: usize = 14;
const DIGITS_MAX: usize = 16;
/// What the maker's text allows a packet.
const PACKET_MAX: usize = 1280;
/// Preamble, length, codec, two counts and checksum.
const EMPTY_PACKET: usize = 15;
const RECORD_SIZE: usize = 64;
/// More than any simulated device keeps in flight.
const UNANSWERED_MAX: usize = 4096;
