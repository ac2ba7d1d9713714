//! A frame for a person: every byte in one field, in order.
//!
//! Shape: `Frame` → fields with offsets into the wire frame, by the parsed record or text. Units: in the words. Errors:
//! what cannot be parsed is one field. Source: SPEC.md §1, §4, §8.

use crate::codec::Layout;
use crate::command::{self, Kind, Text};
use crate::field::{Rows, number, text};
use crate::framing::{CRC_SIZE, HEAD, Shape, checksums};
use crate::io::rule;
use crate::record::{Element, Group, Record, records};
use crate::report::Zone;
use crate::session::message;
use bytes::Bytes;
use model::{Timestamp, ZoneSource};
use wire::{Checksum, Field, Frame};

/// Explains a frame that `deframe` cut.
pub(crate) fn explain(frame: &Frame, zone: Zone) -> Vec<Field> {
    let mut rows = Rows::default();
    match Shape::of(&frame.wire) {
        Shape::Ping => rows.add_raw("ping", &frame.wire, "keeps the link open, unanswered"),
        Shape::Login => {
            rows.add(2, "length", frame.content().len(), "digits");
            rows.add(frame.content().len(), "IMEI", text(frame.content()), "who speaks; answered 01");
        }
        Shape::Packet => packet(frame, zone, &mut rows),
    }
    place(frame, rows)
}

fn packet(frame: &Frame, zone: Zone, rows: &mut Rows) {
    let [preamble, length] = [0..4, 4..HEAD].map(|part| frame.wire.get(part).unwrap_or_default());
    rows.add_raw("preamble", preamble, "start of a packet");
    rows.add(
        length.len(),
        "data length",
        number(length).unwrap_or(0),
        "bytes from the codec to the second count",
    );
    let mut body = Rows::default();
    match (records(frame.content()), command::read(frame.content())) {
        (Some(mut records), _) => {
            let count = records.count;
            head(frame, count, "records", &mut body);
            records.by_ref().for_each(|record| describe(&record, zone, &mut body));
            second_count(frame.content(), (count, records.end().second_count), &mut body);
        }
        (None, Ok((read, _))) if read.codec.is_listed() => {
            head(frame, read.count, "texts", &mut body);
            describe_text(&read, &mut body);
            second_count(frame.content(), (read.count, Some(read.second_count)), &mut body);
        }
        (None, _) => {}
    }
    let rest = frame.content().get(body.size()..).unwrap_or_default();
    rows.0.append(&mut body.0);
    rows.add_raw("rest", rest, "not understood");
    checksum(frame, rows);
}

fn head(frame: &Frame, count: u8, what: &str, rows: &mut Rows) {
    let codec = frame.content().first().copied().unwrap_or(0);
    rows.add(1, "codec", format!("{codec:#04x}"), message(frame));
    rows.add(1, "count", count, what);
}

/// The second count follows unless the packet ends before it.
fn second_count(content: &[u8], counts: (u8, Option<u8>), rows: &mut Rows) {
    if rows.size() >= content.len() {
        return;
    }
    if let (first, Some(second)) = counts {
        let meaning = if first == second { "as the first" } else { "not as the first" };
        rows.add(1, "second count", second, meaning);
    }
}

fn checksum(frame: &Frame, rows: &mut Rows) {
    let (found, computed) = checksums(&frame.wire).unwrap_or_default();
    let words = match frame.checksum {
        Checksum::Ok => "right".to_owned(),
        Checksum::Bad | Checksum::Absent => format!("wrong, should be {computed:08x}"),
    };
    rows.add(CRC_SIZE, "checksum", format!("{found:08x}"), words);
}

fn describe(record: &Record<'_>, zone: Zone, rows: &mut Rows) {
    let layout = record.layout;
    let (at, clock) = clock(record.timestamp, zone);
    rows.add(8, "timestamp", at, clock);
    rows.add(1, "priority", record.priority, priority(record.priority));
    rows.add(4, "longitude", degrees(record.longitude), "degrees east");
    rows.add(4, "latitude", degrees(record.latitude), "degrees north");
    rows.add(2, "altitude", record.altitude, "m");
    rows.add(2, "angle", record.angle, "degrees from north");
    rows.add(1, "satellites", record.satellites, if record.satellites == 0 { "no fix" } else { "used" });
    rows.add(2, "speed", record.speed, "km/h");
    let named =
        record.elements().find(|element| element.id == record.event).and_then(|element| rule(&element));
    let event =
        if record.event == 0 { "none: time, distance or angle" } else { named.map_or("", |rule| rule.name) };
    rows.add(layout.event.bytes(), "event id", record.event, event);
    if let Some(generation) = record.generation {
        rows.add(1, "generation type", generation, generated(generation));
    }
    let counted = if record.is_counted_right() { "elements" } else { "elements, but its groups have other" };
    rows.add(layout.count.bytes(), "number of elements", record.total, counted);
    record.groups().for_each(|group| describe_group(group, layout, rows));
}

fn describe_group(group: &Group<'_>, layout: &Layout, rows: &mut Rows) {
    let of = group.size.map_or("of a size of their own".to_owned(), |size| format!("of {size} bytes"));
    rows.add(layout.count.bytes(), "elements", group.count, of);
    let head = layout.id.bytes() + if group.size.is_none() { 2 } else { 0 };
    for element in group.elements() {
        let value = format!("{} = {}", element.id, shown(&element));
        let meaning = match rule(&element) {
            Some(rule) if rule.unit.is_empty() => rule.name.to_owned(),
            Some(rule) => format!("{} ({})", rule.name, rule.unit),
            None => "unknown element".to_owned(),
        };
        rows.add(head + element.value.len(), "element", value, meaning);
    }
}

fn shown(element: &Element<'_>) -> String {
    match number(element.value) {
        Some(value) if element.value.len() <= 4 => value.to_string(),
        _ => hex::encode(element.value),
    }
}

fn describe_text(read: &Text<'_>, rows: &mut Rows) {
    rows.add(1, "type", format!("{:#04x}", read.kind.0), kind(read.kind));
    rows.add(4, "size", read.size, "bytes to the second count");
    if let Some(seconds) = read.timestamp {
        rows.add(4, "timestamp", Timestamp::from_ms(i64::from(seconds) * 1000), "UTC");
    }
    if let Some(imei) = read.imei {
        let named = read.terminal().map_or_else(|| hex::encode(imei), |terminal| terminal.to_string());
        rows.add(imei.len(), "IMEI", named, "whom it is about");
    }
    if !read.words.is_empty() {
        rows.add(read.words.len(), "text", text(read.words), "");
    }
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::COMMAND => "command of the server",
        Kind::ANSWER => "answer of the device",
        Kind::SERIAL_PORT => "from the device's serial port",
        Kind::NOT_ME => "refused: another IMEI",
        _ => "unknown type",
    }
}

const fn priority(priority: u8) -> &'static str {
    match priority {
        0 => "low",
        1 => "high",
        2 => "panic",
        _ => "unknown",
    }
}

/// Why Codec 16 made a record.
const fn generated(generation: u8) -> &'static str {
    match generation {
        0 => "on exit",
        1 => "on entrance",
        2 => "on both",
        4 => "hysteresis",
        5 => "on change",
        6 => "eventual",
        7 => "periodical",
        _ => "reserved",
    }
}

fn clock(timestamp: u64, zone: Zone) -> (String, String) {
    let source = match zone.source {
        ZoneSource::Protocol => "by the protocol",
        ZoneSource::Login => "by the login",
        ZoneSource::Profile => "by the profile",
    };
    match i64::try_from(timestamp) {
        Ok(0) | Err(_) => (timestamp.to_string(), "no usable clock".to_owned()),
        Ok(ms) => (Timestamp::from_ms(ms).to_string(), format!("device clock, UTC{} {source}", zone.offset)),
    }
}

fn degrees(e7: i32) -> String {
    let (whole, part) = (e7.unsigned_abs() / 10_000_000, e7.unsigned_abs() % 10_000_000);
    format!("{}{whole}.{part:07}", if e7 < 0 { "-" } else { "" })
}

/// Gives each row its place in the wire frame. Rows without bytes are left out.
fn place(frame: &Frame, rows: Rows) -> Vec<Field> {
    placed(&frame.wire, rows)
}

/// The rows with their bytes.
pub(crate) fn placed(wire: &[u8], rows: Rows) -> Vec<Field> {
    let wire = Bytes::copy_from_slice(wire);
    let mut offset = 0;
    let mut fields = Vec::with_capacity(rows.0.len());
    for row in rows.0 {
        let end = (offset + row.size).min(wire.len());
        if end > offset {
            let bytes = wire.slice(offset..end);
            fields.push(Field { offset, bytes, name: row.name, value: row.value, meaning: row.meaning });
        }
        offset = end;
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Codec;

    #[test]
    fn degrees_keep_their_sign_below_one() {
        assert_eq!(degrees(-5_000_000), "-0.5000000");
        assert_eq!(degrees(1_140_579_000), "114.0579000");
    }

    #[test]
    fn every_listed_codec_has_a_name() {
        for codec in [0x08, 0x8E, 0x10, 0x0C, 0x0D, 0x0E, 0x0F] {
            let wire = Bytes::from(vec![0, 0, 0, 0, 0, 0, 0, 1, codec]);
            let frame = {
                let content = 8..wire.len();
                Frame::within(wire, content, Checksum::Ok)
            };
            assert!(Codec(codec).is_listed() && message(&frame) != "unknown");
        }
    }
}
