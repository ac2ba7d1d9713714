//! A frame for a person: every byte in one field, in order.
//!
//! Shape: `Frame` → fields with offsets into the wire frame; the body's rows come from the message that was parsed.
//! Units: in the words. Errors: a body that cannot be parsed is one field. Source: SPEC.md §1.

use crate::field::clock::Habits;
use crate::field::{Row, Rows};
use crate::framing::{CRC_SIZE, Layout, STOP, checksums, is_extended};
use crate::message::read;
use crate::message::wifi_clone::wifi_clone;
use crate::session::Parts;
use wire::{Checksum, Field, Frame};

/// Explains a frame that `deframe` cut.
pub(crate) fn explain(frame: &Frame, habits: Habits) -> Vec<Field> {
    let mut rows = Rows::default();
    let agrees = Layout::of(&frame.wire).length_agrees;
    describe_head(frame, if agrees { COUNTED } else { DISAGREES }, &mut rows);
    if let Some(clone) = wifi_clone(&frame.wire) {
        rows.add(1, "protocol number", format!("{:#04x}", clone.number), "cells");
        clone.describe(habits.zone, &mut rows);
        describe_stop(frame, &mut rows);
        return place(frame, rows);
    }
    match Parts::of(frame) {
        Some(parts) => {
            let (name, _) = read(&parts);
            rows.add(1, "protocol number", format!("{:#04x}", parts.number), name);
            rows.0.extend(body(&parts, habits));
            rows.add(2, "serial", parts.serial, "the sender's counter");
            describe_checksum(frame, &mut rows);
        }
        None => rows.add_raw("content", frame.content(), "too short for a serial"),
    }
    describe_stop(frame, &mut rows);
    place(frame, rows)
}

fn describe_head(frame: &Frame, agrees: &str, rows: &mut Rows) {
    let layout = Layout::of(&frame.wire);
    let length = frame.wire.get(2..layout.head).unwrap_or_default();
    let value = length.iter().fold(0_usize, |value, byte| (value << 8) | usize::from(*byte));
    rows.add_raw("start", frame.wire.get(..2).unwrap_or_default(), "start mark");
    rows.add(length.len(), "length", value, agrees);
}

fn describe_stop(frame: &Frame, rows: &mut Rows) {
    rows.add_raw(
        "stop",
        frame.wire.get(frame.wire.len().saturating_sub(2)..).unwrap_or_default(),
        "end mark",
    );
}

fn describe_checksum(frame: &Frame, rows: &mut Rows) {
    let (found, computed) = checksums(&frame.wire).unwrap_or_default();
    let words = match frame.checksum {
        Checksum::Ok => "right".to_owned(),
        Checksum::Bad | Checksum::Absent => {
            let last = frame.wire.len().saturating_sub(CRC_SIZE + STOP.len() + 1);
            format!("wrong, should be {computed:04x} over bytes 2 to {last}")
        }
    };
    rows.add(2, "checksum", format!("{found:04x}"), words);
}

/// Explains the beginning of a frame that has so many bytes by its own length; what is cut off has no field.
pub(crate) fn explain_partly(frame: &Frame, declared: usize, habits: Habits) -> Vec<Field> {
    let mut rows = Rows::default();
    let cut = frame.wire.len() < declared;
    describe_head(frame, if cut { COUNTED } else { DISAGREES }, &mut rows);
    let head = Layout::of(&frame.wire).head;
    let trailer = head + 1 + SERIAL_SIZE + CRC_SIZE + STOP.len();
    let size = declared.saturating_sub(trailer);
    if let Some((number, rest)) = frame.content().split_first() {
        let there = rest.get(..size).unwrap_or(rest);
        let parts = Parts { number: *number, body: there, serial: 0, extended: is_extended(&frame.wire) };
        rows.add(1, "protocol number", format!("{number:#04x}"), read(&parts).0);
        rows.0.extend(body(&parts, habits));
        let mut rest = rest.get(there.len()..).unwrap_or_default();
        for (name, size) in [("serial", SERIAL_SIZE), ("checksum", CRC_SIZE), ("stop", STOP.len())] {
            let (field, behind) = rest.split_at_checked(size).unwrap_or((rest, &[]));
            rows.add_raw(name, field, if field.len() < size { CUT_OFF } else { "" });
            rest = behind;
        }
        rows.add_raw("surplus", rest, "behind the end that the length gives");
    }
    place(frame, rows)
}

/// The rows of the body, or the body as one row where they do not add up to it.
fn body(parts: &Parts<'_>, habits: Habits) -> Vec<Row> {
    let mut rows = Rows::default();
    match read(parts) {
        (_, Ok(message)) => message.describe(habits, &mut rows),
        (_, Err(_)) => return beginning(parts, habits),
    }
    if rows.0.iter().map(|row| row.size).sum::<usize>() == parts.body.len() {
        return rows.0;
    }
    let mut whole = Rows::default();
    whole.add_raw("content", parts.body, "not understood");
    whole.0
}

/// The rows of a body that ends too early: it is read as if something followed, and only what was sent is shown. A row
/// that depends on what followed says so, such as a latitude whose hemisphere is cut off.
fn beginning(parts: &Parts<'_>, habits: Habits) -> Vec<Row> {
    let [zeros, ones] = [0x00, 0xFF].map(|filler| continued(parts, filler, habits));
    let (mut shown, mut left, mut cut) = (Rows::default(), parts.body, "content");
    for (row, other) in zeros.into_iter().zip(ones) {
        if (row.size, row.name) != (other.size, other.name) {
            break;
        }
        if row.size > left.len() {
            cut = row.name;
            break;
        }
        left = left.get(row.size..).unwrap_or_default();
        let meaning = if row.meaning == other.meaning { row.meaning } else { DEPENDS.to_owned() };
        shown.0.push(Row { meaning, ..row });
    }
    shown.add_raw(cut, left, CUT_OFF);
    shown.0
}

/// The rows of a body that goes on with a filler until it is long enough.
fn continued(parts: &Parts<'_>, filler: u8, habits: Habits) -> Vec<Row> {
    let (mut rows, mut padded) = (Rows::default(), parts.body.to_vec());
    while padded.len() < parts.body.len() + PADDING_MAX {
        padded.push(filler);
        if let (_, Ok(message)) = read(&Parts { body: &padded, ..*parts }) {
            message.describe(habits, &mut rows);
            break;
        }
    }
    rows.0
}

/// Gives each row its place in the wire frame. Rows without bytes (an empty text) are left out.
fn place(frame: &Frame, rows: Rows) -> Vec<Field> {
    let mut offset = 0;
    let mut fields = Vec::with_capacity(rows.0.len());
    for Row { size, name, value, meaning } in rows.0 {
        let end = (offset + size).min(frame.wire.len());
        if end > offset {
            fields.push(Field { offset, bytes: frame.wire.slice(offset..end), name, value, meaning });
        }
        offset = end;
    }
    fields
}

const SERIAL_SIZE: usize = 2;
const CUT_OFF: &str = "cut off";
const DEPENDS: &str = "depends on what is cut off";
const COUNTED: &str = "bytes up to the checksum";
const DISAGREES: &str = "does not agree with the stop mark";
/// The longest fixed part of any body in the message table.
const PADDING_MAX: usize = 128;
