//! The yardstick: one reader a message, each written for the one frame that it reads, with offsets into the frame.
//!
//! Shape: the front of a buffer → what it says of whom, the answer, and its length. The rules are the decoder's:
//! checksum, zone of the login, what is a fix, what is measured. What a device may also send under these numbers is left
//! out.

#![expect(clippy::indexing_slicing, reason = "a yardstick reads as fast as one can by hand")]

use bytes::Bytes;
use model::time::wall_clock;
use model::{
    Alarm, Alarms, Attribute, Attributes, Cell, Coordinates, Course, DeviceTime, Event, Fix, Measured,
    Position, Speed, ZoneOffset, ZoneSource,
};
use wire::Reply;
use wire::checksum::crc_x25;
use wire::measured::measured;
use wire::testing::speed::{Line, Said};

type Read = Option<(Said, usize)>;

/// Offsets in the frame: start mark 0, length 2, number 3, body 4.
pub(crate) fn plain_location(line: &mut Line, bytes: &[u8]) -> Read {
    let frame = frame(bytes, 0x12, 36)?;
    let course = be16(frame, 20);
    let ignition = (course & 0x4000 != 0).then_some(Attribute::Ignition(course & 0x8000 != 0));
    let mut attributes = Vec::with_capacity(2);
    attributes.extend(ignition);
    attributes.extend(cell(frame, 22));
    Some(report(line, frame, position(frame, course, &[], Attributes(attributes))?))
}

pub(crate) fn location(line: &mut Line, bytes: &[u8]) -> Read {
    let frame = frame(bytes, 0x22, 43)?;
    let mut attributes = Vec::with_capacity(4);
    attributes.push(Attribute::Ignition(frame[30] != 0));
    attributes.push(Attribute::UploadMode(frame[31]));
    attributes.push(Attribute::OdometerKm(f64::from(be32(frame, 33)) / 1000.0));
    attributes.extend(cell(frame, 22));
    let position = position(frame, be16(frame, 20), &frame[30..31], Attributes(attributes))?;
    Some(report(line, frame, Position { buffered: frame[32] == 1, ..position }))
}

pub(crate) fn alarm(line: &mut Line, bytes: &[u8]) -> Read {
    let frame = frame(bytes, 0x26, 42)?;
    let code = frame[34];
    let mut attributes = Vec::with_capacity(8);
    status(frame, 31, &mut attributes);
    attributes.push(Attribute::AlarmCode(u32::from(code)));
    attributes.extend(cell(frame, 23));
    let position = position(frame, be16(frame, 20), &[frame[31], code], Attributes(attributes))?;
    Some(report(line, frame, Position { alarms: alarms(code)?, ..position }))
}

pub(crate) fn heartbeat(line: &mut Line, bytes: &[u8]) -> Read {
    let frame = frame(bytes, 0x13, 15)?;
    let mut attributes = Vec::with_capacity(6);
    status(frame, 4, &mut attributes);
    Some(said(line, frame, Event::Heartbeat { attributes: Attributes(attributes) }))
}

/// A short frame with this number, so long, with its stop mark and a right checksum.
fn frame(bytes: &[u8], number: u8, size: usize) -> Option<&[u8]> {
    let frame = bytes.get(..size)?;
    let marked = frame.starts_with(&[0x78, 0x78]) && frame.ends_with(&[0x0D, 0x0A]);
    let sized = usize::from(frame[2]) + 5 == size && frame[3] == number;
    (marked && sized && crc_x25(&frame[2..size - 4]) == be16(frame, size - 4)).then_some(frame)
}

fn report(line: &Line, frame: &[u8], position: Position) -> (Said, usize) {
    said(line, frame, Event::Position(Box::new(position)))
}

/// Of the terminal that logged in.
fn said(line: &Line, frame: &[u8], event: Event) -> (Said, usize) {
    (Said { terminal: line.terminal, events: vec![event], reply: acknowledgement(frame) }, frame.len())
}

/// Number and serial of the frame, sealed.
fn acknowledgement(frame: &[u8]) -> Reply {
    let serial = frame.len() - 6;
    let [number, high, low] = [frame[3], frame[serial], frame[serial + 1]];
    let [crc_high, crc_low] = crc_x25(&[5, number, high, low]).to_be_bytes();
    let answer = [0x78, 0x78, 5, number, high, low, crc_high, crc_low, 0x0D, 0x0A];
    Reply::Durable(Bytes::copy_from_slice(&answer))
}

fn position(frame: &[u8], course: u16, added: &[u8], attributes: Attributes) -> Option<Position> {
    let [year, month, day, hour, minute, second] = *frame[4..].first_chunk()?;
    let wall = wall_clock(2000 + u16::from(year), month, day, hour, minute, second)?;
    Some(Position {
        time: DeviceTime::Clock { wall, offset: ZoneOffset::CHINA, source: ZoneSource::Login },
        fix: fix(frame, course)?,
        speed: Some(Speed::from_kmh(u16::from(frame[19]))),
        course: Course::from_degrees(course & 0x03FF),
        altitude: None,
        satellites: Some(frame[10] & 0x0F),
        buffered: false,
        alarms: Alarms::NONE,
        attributes,
        measured: identity(frame, course, added),
    })
}

fn fix(frame: &[u8], course: u16) -> Option<Fix> {
    let e7 = |at| (i64::from(be32(frame, at)) * 50 + 4) / 9;
    let lat = if course & 0x0400 != 0 { e7(11) } else { -e7(11) };
    let lon = if course & 0x0800 != 0 { -e7(15) } else { e7(15) };
    let place = Coordinates::from_e7(lat, lon).ok()?;
    let fixed = course & 0x1000 != 0 && !place.is_null_island();
    Some(if fixed { Fix::Gnss(place) } else { Fix::None })
}

/// Place, speed, course word without its differential bit, and what the message adds.
fn identity(frame: &[u8], course: u16, added: &[u8]) -> Measured {
    measured([&frame[11..20], &(course & !0x2000).to_be_bytes(), added])
}

fn cell(frame: &[u8], at: usize) -> Option<Attribute> {
    let mcc = be16(frame, at);
    let cid = u64::from(be16(frame, at + 5)) << 8 | u64::from(frame[at + 7]);
    let lac = u32::from(be16(frame, at + 3));
    let heard = mcc != 0 || lac != 0 || cid != 0;
    let cell = Cell { mcc, mnc: u16::from(frame[at + 2]), lac, cid, rssi: None };
    heard.then(|| Attribute::Cells(vec![cell]))
}

fn status(frame: &[u8], at: usize, attributes: &mut Vec<Attribute>) {
    let (information, level, signal) = (frame[at], frame[at + 1], frame[at + 2]);
    attributes.push(Attribute::Ignition(information & 0x02 != 0));
    attributes.push(Attribute::Charging(information & 0x04 != 0));
    attributes.push(Attribute::Armed(information & 0x01 != 0));
    attributes.push(Attribute::FuelCut(information & 0x80 != 0));
    match level {
        0..=6 => attributes.push(Attribute::BatteryPercent(f32::from((u16::from(level) * 100 + 3) / 6))),
        7..=100 => attributes.push(Attribute::BatteryPercent(f32::from(level))),
        _ => {}
    }
    attributes.push(match signal {
        0..=4 => Attribute::GsmLevel(signal),
        _ => Attribute::Rssi(i16::from(signal)),
    });
}

/// The codes that most devices send.
fn alarms(code: u8) -> Option<Alarms> {
    let alarm = match code {
        0x01 => Alarm::Sos,
        0x02 => Alarm::PowerCut,
        0x03 => Alarm::Vibration,
        0x04 => Alarm::FenceEnter,
        0x05 => Alarm::FenceExit,
        0x06 => Alarm::Overspeed,
        0x09 => Alarm::Displacement,
        0x0E => Alarm::LowExternal,
        0x13 => Alarm::Removed,
        _ => return None,
    };
    Some(Alarms::NONE.with(alarm))
}

fn be16(frame: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([frame[at], frame[at + 1]])
}

fn be32(frame: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([frame[at], frame[at + 1], frame[at + 2], frame[at + 3]])
}
