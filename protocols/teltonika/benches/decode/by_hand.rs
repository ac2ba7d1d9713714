//! The yardstick: one reader a codec, with offsets into the record, which walks the elements once and without a table.
//!
//! Shape: the front of a buffer → what it says of whom, the answer, and its length. The rules are the decoder's:
//! checksum, both counts, the number of elements, what is a fix, one cell out of three elements, what is kept as an
//! item, what is measured. What a device may also send is left out: other elements that are read, other events.

#![expect(clippy::indexing_slicing, reason = "a yardstick reads as fast as one can by hand")]

use bytes::Bytes;
use crc::{CRC_16_ARC, Crc, Table};
use model::attribute::Octets;
use model::{
    Alarm, Alarms, Altitude, Attribute, Attributes, Cell, Coordinates, Course, DeviceTime, Event, Fix,
    Position, Speed, Timestamp, UnknownItem, ZoneOffset, ZoneSource,
};
use wire::Reply;
use wire::measured::measured;
use wire::testing::speed::{Line, Said};

type Read = Option<(Said, usize)>;

pub(crate) fn codec_8(line: &mut Line, bytes: &[u8]) -> Read {
    packet::<0x08>(line, bytes)
}

pub(crate) fn codec_8_extended(line: &mut Line, bytes: &[u8]) -> Read {
    packet::<0x8E>(line, bytes)
}

pub(crate) fn codec_16(line: &mut Line, bytes: &[u8]) -> Read {
    packet::<0x10>(line, bytes)
}

fn packet<const CODEC: u8>(line: &Line, bytes: &[u8]) -> Read {
    let content = content(bytes)?;
    let [codec, count, records @ ..] = content else { return None };
    if *codec != CODEC {
        return None;
    }
    let (mut events, mut rest) = (Vec::with_capacity(usize::from(*count)), records);
    for _ in 0..*count {
        let (position, after) = record::<CODEC>(rest)?;
        events.push(Event::Position(Box::new(position)));
        rest = after;
    }
    let reply = Reply::Durable(Bytes::copy_from_slice(&[0, 0, 0, *count]));
    (rest == [*count]).then(|| (Said { terminal: line.terminal, events, reply }, content.len() + 12))
}

/// Codec to second count of a packet with its preamble and a right checksum.
fn content(bytes: &[u8]) -> Option<&[u8]> {
    let head: &[u8; 8] = bytes.first_chunk()?;
    let size = usize::try_from(be32(head, 4)).ok()?;
    let rest = bytes.get(8..size + 12)?;
    let content = &rest[..size];
    (head.starts_with(&[0; 4]) && u32::from(ARC.checksum(content)) == be32(rest, size)).then_some(content)
}

/// Offsets in the record: timestamp 0, priority 8, longitude 9, latitude 13, altitude 17, angle 19, satellites 21,
/// speed 22, event 24.
fn record<const CODEC: u8>(i: &[u8]) -> Option<(Position, &[u8])> {
    let fixed = i.get(..RECORD_MIN)?;
    let (event, at) = if CODEC == 0x08 { (u16::from(fixed[24]), 25) } else { (be16(fixed, 24), 26) };
    let (generation, at) = if CODEC == 0x10 { (Some(fixed[at]), at + 1) } else { (None, at) };
    let (mut said, rest) = elements::<CODEC>(event, i, at)?;
    let identity =
        measured([&fixed[9..17], &fixed[19..21], &fixed[22..24], &event.to_be_bytes(), said.identity()]);
    let alarms = alarms(event, fixed[8], said.raised)?;
    said.attributes.extend((event != 0).then_some(Attribute::EventNumber(event)));
    said.attributes.extend(generation.map(Attribute::UploadMode));
    let fix = fix(fixed)?;
    let altitude = Altitude::from_metres(i32::from(be16(fixed, 17).cast_signed()));
    let position = Position {
        time: time(fixed)?,
        fix,
        speed: Some(Speed::from_kmh(be16(fixed, 22))),
        course: Course::from_degrees(be16(fixed, 19)),
        altitude: fix.coordinates().map(|_| altitude),
        satellites: Some(fixed[21]),
        buffered: false,
        alarms,
        attributes: Attributes(said.attributes),
        measured: identity,
    };
    Some((position, rest))
}

fn time(record: &[u8]) -> Option<DeviceTime> {
    let wall @ 1..=253_402_207_200_000 = i64::from_be_bytes(*record.first_chunk()?) else { return None };
    let wall = Timestamp::from_ms(wall);
    Some(DeviceTime::Clock { wall, offset: ZoneOffset::UTC, source: ZoneSource::Protocol })
}

fn fix(record: &[u8]) -> Option<Fix> {
    let [lon, lat] = [9, 13].map(|at| i64::from(be32(record, at).cast_signed()));
    let place = Coordinates::from_e7(lat, lon).ok()?;
    let fixed = record[21] != 0 && !place.is_null_island();
    Some(if fixed { Fix::Gnss(place) } else { Fix::None })
}

/// The events of the timed packets.
fn alarms(event: u16, priority: u8, raised: Option<u8>) -> Option<Alarms> {
    match (event, priority, raised) {
        (0, 0 | 1, _) => Some(Alarms::NONE),
        (239, 0 | 1, Some(0)) => Some(Alarms::NONE.with(Alarm::IgnitionOff)),
        (239, 0 | 1, Some(1)) => Some(Alarms::NONE.with(Alarm::IgnitionOn)),
        _ => None,
    }
}

/// What the elements of one record say.
struct Elements {
    attributes: Vec<Attribute>,
    items: Vec<UnknownItem>,
    /// Operator, area, cell id, and the wide one.
    cell: [u32; 4],
    /// The first byte of the element that caused the record.
    raised: Option<u8>,
    stated: [u8; STATED_MAX],
    stated_size: usize,
}

/// The groups of 1, 2, 4 and 8 bytes, and of Codec 8 Extended an empty one of any size.
fn elements<const CODEC: u8>(event: u16, i: &[u8], at: usize) -> Option<(Elements, &[u8])> {
    let (total, mut i) = count::<CODEC>(i.get(at..)?)?;
    let mut said = Elements {
        attributes: Vec::with_capacity(total + 2),
        items: Vec::new(),
        cell: [0; 4],
        raised: None,
        stated: [0; STATED_MAX],
        stated_size: 0,
    };
    let mut left = total;
    for size in [1, 2, 4, 8] {
        let (of_size, mut after) = count::<CODEC>(i)?;
        left = left.checked_sub(of_size)?;
        for _ in 0..of_size {
            let (id, at) =
                if CODEC == 0x08 { (u16::from(*after.first()?), 1) } else { (be16(after.get(..2)?, 0), 2) };
            let value = after.get(at..at + size)?;
            said.element(id, value, id == event)?;
            after = &after[at + size..];
        }
        i = after;
    }
    if CODEC == 0x8E {
        let (0, after) = count::<CODEC>(i)? else { return None };
        i = after;
    }
    said.end()?;
    (left == 0).then_some((said, i))
}

fn count<const CODEC: u8>(i: &[u8]) -> Option<(usize, &[u8])> {
    match i {
        [high, low, rest @ ..] if CODEC == 0x8E => {
            Some((usize::from(u16::from_be_bytes([*high, *low])), rest))
        }
        [count, rest @ ..] if CODEC != 0x8E => Some((usize::from(*count), rest)),
        _ => None,
    }
}

impl Elements {
    fn element(&mut self, id: u16, value: &[u8], is_event: bool) -> Option<()> {
        if is_event {
            self.raised = value.first().copied();
        }
        if is_event || matches!(id, 239 | 240) {
            let end = self.stated_size + 2 + value.len();
            let stated = self.stated.get_mut(self.stated_size..end)?;
            stated[..2].copy_from_slice(&id.to_be_bytes());
            stated[2..].copy_from_slice(value);
            self.stated_size = end;
        }
        let attribute = match (id, value) {
            (239, [on @ (0 | 1)]) => Attribute::Ignition(*on == 1),
            (240, [kind]) => Attribute::Moving(*kind != 0),
            (21, [bars @ 0..=5]) => Attribute::GsmLevel((bars * 4 + 2) / 5),
            (200, [mode]) => Attribute::Asleep(*mode != 0),
            (113, [percent @ 0..=100]) => Attribute::BatteryPercent(f32::from(*percent)),
            (66, [_, _]) => Attribute::ExternalVolts(f32::from(be16(value, 0)) / 1000.0),
            (67, [_, _]) => Attribute::BatteryVolts(f32::from(be16(value, 0)) / 1000.0),
            (182, [_, _]) => Attribute::Hdop(f32::from(be16(value, 0)) / 10.0),
            (16, [_, _, _, _]) => Attribute::OdometerKm(f64::from(be32(value, 0)) / 1000.0),
            _ => {
                self.aside(id, value);
                return Some(());
            }
        };
        self.attributes.push(attribute);
        Some(())
    }

    /// Parts of a cell wait for each other; the rest is kept.
    fn aside(&mut self, id: u16, value: &[u8]) {
        match (id, value.len()) {
            (241, 4) => self.cell[0] = be32(value, 0),
            (206, 2) => self.cell[1] = u32::from(be16(value, 0)),
            (205, 2) => self.cell[2] = u32::from(be16(value, 0)),
            (636, 4) => self.cell[3] = be32(value, 0),
            _ => self.keep(id, value),
        }
    }

    fn keep(&mut self, id: u16, value: &[u8]) {
        if self.items.is_empty() {
            self.items.reserve(8);
        }
        self.items.push(UnknownItem { id, hex: Octets(value.to_vec()) });
    }

    /// A whole cell or none, then what was kept.
    fn end(&mut self) -> Option<()> {
        let [operator, lac, narrow, wide] = self.cell;
        let cid = u64::from(if wide != 0 { wide } else { narrow });
        match operator {
            0 if lac == 0 && cid == 0 => {}
            20_000..=79_999 if lac != 0 && cid != 0 => {
                let (mcc, mnc) = (u16::try_from(operator / 100).ok()?, u16::try_from(operator % 100).ok()?);
                self.attributes.push(Attribute::Cells(vec![Cell { mcc, mnc, lac, cid, rssi: None }]));
            }
            _ => return None,
        }
        if !self.items.is_empty() {
            self.attributes.push(Attribute::Items(std::mem::take(&mut self.items)));
        }
        Some(())
    }

    fn identity(&self) -> &[u8] {
        &self.stated[..self.stated_size]
    }
}

fn be16(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn be32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

static ARC: Crc<u16, Table<16>> = Crc::<u16, Table<16>>::new(&CRC_16_ARC);
/// Codec 8 without elements.
const RECORD_MIN: usize = 30;
/// A dozen elements that state something.
const STATED_MAX: usize = 64;
