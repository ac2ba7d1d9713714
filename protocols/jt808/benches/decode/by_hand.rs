//! The yardstick: one reader a message, with offsets into header and body, and the few items that most terminals send.
//!
//! Shape: the front of a buffer → what it says of whom, the answer, and its length. The rules are the decoder's: escapes,
//! checksum, the standard's zone, what is a fix, what is measured. Items of makers and split messages are left out.

#![expect(clippy::indexing_slicing, reason = "a yardstick reads as fast as one can by hand")]

use bytes::Bytes;
use model::time::wall_clock;
use model::{
    Alarm, Alarms, Altitude, Attribute, Attributes, Coordinates, Course, DeviceTime, Event, Fix, Position,
    Speed, TerminalId, ZoneOffset, ZoneSource,
};
use std::borrow::Cow;
use wire::Reply;
use wire::checksum::xor;
use wire::measured::measured;
use wire::testing::speed::{Line, Said};

type Read = Option<(Said, usize)>;

pub(crate) fn location(line: &mut Line, bytes: &[u8]) -> Read {
    let (plain, size) = frame(bytes)?;
    let (header, body) = split(&plain, 0x0200)?;
    let events = vec![position(body, false)?];
    Some((said(line, header, events)?, size))
}

pub(crate) fn heartbeat(line: &mut Line, bytes: &[u8]) -> Read {
    let (plain, size) = frame(bytes)?;
    let (header, body) = split(&plain, 0x0002)?;
    let events = vec![Event::Heartbeat { attributes: Attributes(Vec::new()) }];
    body.is_empty().then_some((said(line, header, events)?, size))
}

pub(crate) fn batch(line: &mut Line, bytes: &[u8]) -> Read {
    let (plain, size) = frame(bytes)?;
    let (header, body) = split(&plain, 0x0704)?;
    let mut events = Vec::with_capacity(usize::from(be16(body, 0)));
    let mut at = 3;
    while at < body.len() {
        let end = at + 2 + usize::from(be16(body, at));
        events.push(position(body.get(at + 2..end)?, body[2] == 1)?);
        at = end;
    }
    Some((said(line, header, events)?, size))
}

fn said(line: &mut Line, header: &[u8], events: Vec<Event>) -> Option<Said> {
    let terminal = Some(terminal(line, header)?);
    Some(Said { terminal, events, reply: Reply::Durable(answer(line, header)) })
}

/// Whom the header names; its digits are made into an id where they are not those of the frame before.
fn terminal(line: &mut Line, header: &[u8]) -> Option<TerminalId> {
    let sent = digits(header);
    let mut digits = [0; 10];
    digits[10 - sent.len()..].copy_from_slice(sent);
    if line.digits != digits || line.terminal.is_none() {
        line.terminal = Some(TerminalId::parse(&hex::encode(sent)).ok()?);
        line.digits = digits;
    }
    line.terminal
}

/// 6 bytes in the header of 2013, 10 behind the version in that of 2019.
fn digits(header: &[u8]) -> &[u8] {
    &header[if header.len() == 12 { 4 } else { 5 }..header.len() - 2]
}

/// 0x8001 in the same layout, under the next serial: serial and number of the frame, 0 for good.
fn answer(line: &mut Line, header: &[u8]) -> Bytes {
    let serial = header.len() - 2;
    let mut plain = Vec::with_capacity(header.len() + 8);
    plain.extend([0x7E, 0x80, 0x01, header[2] & 0x40, 5]);
    plain.extend(&header[4..serial]);
    plain.extend(line.serial.to_be_bytes());
    plain.extend([header[serial], header[serial + 1], header[0], header[1], 0]);
    plain.push(xor(&plain[1..]));
    line.serial = line.serial.wrapping_add(1);
    if memchr::memchr2(0x7E, 0x7D, &plain[1..]).is_some() {
        plain = escaped(&plain);
    }
    plain.push(0x7E);
    plain.into()
}

/// All but the delimiter in front.
fn escaped(plain: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(2 * plain.len());
    escaped.push(plain[0]);
    for byte in &plain[1..] {
        match byte {
            0x7E => escaped.extend([0x7D, 0x02]),
            0x7D => escaped.extend([0x7D, 0x01]),
            byte => escaped.push(*byte),
        }
    }
    escaped
}

/// What stands between two delimiters, unescaped, with a right checksum; and the size of the frame.
fn frame(bytes: &[u8]) -> Option<(Cow<'_, [u8]>, usize)> {
    let [0x7E, inside @ ..] = bytes else { return None };
    let piece = &inside[..memchr::memchr(0x7E, inside)?];
    let escaped = memchr::memchr(0x7D, piece).is_some();
    let plain = if escaped { Cow::Owned(unescaped(piece)?) } else { Cow::Borrowed(piece) };
    (xor(&plain) == 0).then(|| (plain, piece.len() + 2))
}

fn unescaped(piece: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(piece.len());
    let mut at = 0;
    while at < piece.len() {
        plain.push(match piece[at] {
            0x7D => {
                at += 1;
                match piece.get(at)? {
                    0x01 => 0x7D,
                    0x02 => 0x7E,
                    _ => return None,
                }
            }
            byte => byte,
        });
        at += 1;
    }
    Some(plain)
}

/// The header of 2013 or of 2019 of a message that is not split, and the body before the checksum.
fn split(plain: &[u8], number: u16) -> Option<(&[u8], &[u8])> {
    let properties = be16(plain.get(..12)?, 2);
    let begin = if properties & 0x4000 == 0 { 12 } else { 17 };
    let end = begin + usize::from(properties & 0x03FF);
    let whole = be16(plain, 0) == number && properties & 0x3C00 == 0 && end + 1 == plain.len();
    whole.then(|| (&plain[..begin], &plain[begin..end]))
}

fn position(body: &[u8], buffered: bool) -> Option<Event> {
    body.get(..28)?;
    let (alarm, status) = (be32(body, 0), be32(body, 4));
    let speed = be16(body, 18);
    let mut said = Vec::with_capacity(4);
    said.push(Attribute::Ignition(status & 1 != 0));
    said.push(Attribute::FuelCut(status & 0x0C00 != 0));
    if status & 0x1000 != 0 {
        said.push(Attribute::DoorsLocked(true));
    }
    if status & 0x0003_E000 != 0 {
        said.push(Attribute::DoorOpen(true));
    }
    if alarm != 0 {
        said.push(Attribute::AlarmCode(alarm));
    }
    let mut satellites = None;
    items(body, &mut said, &mut satellites)?;
    Some(Event::Position(Box::new(Position {
        time: time(body)?,
        fix: fix(body, status)?,
        speed: (speed != 0xFFFF).then(|| Speed::from_tenths(speed)),
        course: Course::from_degrees(be16(body, 20)),
        altitude: Some(Altitude::from_metres(i32::from(be16(body, 16).cast_signed()))),
        satellites,
        buffered,
        alarms: alarms(alarm),
        attributes: Attributes(said),
        measured: measured([&body[..22]]),
    })))
}

fn time(body: &[u8]) -> Option<DeviceTime> {
    let digits = |at: usize| {
        let (tens, ones) = (body[at] >> 4, body[at] & 0x0F);
        (tens < 10 && ones < 10).then_some(tens * 10 + ones)
    };
    let year = 2000 + u16::from(digits(22)?);
    let wall = wall_clock(year, digits(23)?, digits(24)?, digits(25)?, digits(26)?, digits(27)?)?;
    Some(DeviceTime::Clock { wall, offset: ZoneOffset::CHINA, source: ZoneSource::Protocol })
}

fn fix(body: &[u8], status: u32) -> Option<Fix> {
    let signed =
        |at, negative: u32| i64::from(be32(body, at)) * if status & negative != 0 { -10 } else { 10 };
    let place = Coordinates::from_e7(signed(8, 4), signed(12, 8)).ok()?;
    let fixed = status & 2 != 0 && !place.is_null_island();
    Some(if fixed { Fix::Gnss(place) } else { Fix::None })
}

/// Mileage, signal strength, satellites.
fn items(body: &[u8], said: &mut Vec<Attribute>, satellites: &mut Option<u8>) -> Option<()> {
    let mut at = 28;
    while at < body.len() {
        match (body[at], *body.get(at + 1)?) {
            (0x01, 4) if at + 6 <= body.len() => {
                said.push(Attribute::OdometerKm(f64::from(be32(body, at + 2)) / 10.0));
            }
            (0x30, 1) => said.push(Attribute::Rssi(i16::from(*body.get(at + 2)?))),
            (0x31, 1) => *satellites = Some(*body.get(at + 2)?),
            _ => return None,
        }
        at += 2 + usize::from(body[at + 1]);
    }
    Some(())
}

fn alarms(mut word: u32) -> Alarms {
    let mut alarms = Alarms::NONE;
    while word != 0 {
        alarms = alarms.with(ALARMS[usize::try_from(word.trailing_zeros()).unwrap_or_default()]);
        word &= word - 1;
    }
    alarms
}

/// By bit.
const ALARMS: [Alarm; 32] = [
    Alarm::Sos,
    Alarm::Overspeed,
    Alarm::Fatigue,
    Alarm::Danger,
    Alarm::GnssFault,
    Alarm::AntennaCut,
    Alarm::AntennaShort,
    Alarm::LowExternal,
    Alarm::PowerCut,
    Alarm::Fault,
    Alarm::Fault,
    Alarm::Fault,
    Alarm::Fault,
    Alarm::Overspeed,
    Alarm::Fatigue,
    Alarm::General,
    Alarm::General,
    Alarm::General,
    Alarm::Fatigue,
    Alarm::ParkingTimeout,
    Alarm::Area,
    Alarm::Area,
    Alarm::SectionTime,
    Alarm::RouteDeviation,
    Alarm::Fault,
    Alarm::FuelTheft,
    Alarm::Theft,
    Alarm::IllegalIgnition,
    Alarm::Displacement,
    Alarm::Collision,
    Alarm::Rollover,
    Alarm::Door,
];

fn be16(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn be32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
