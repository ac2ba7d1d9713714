//! A frame for a person: every byte in one field, in order.
//!
//! Shape: `Frame` → fields with offsets into the wire frame; the body's rows come from the message that was parsed.
//! Units: in the words. Errors: a body that cannot be parsed is one field. Source: SPEC.md §1.

use crate::field::clock::Habits;
use crate::field::{Row, Rows};
use crate::framing::{Layout, checksums};
use crate::message::read;
use crate::message::wifi_clone::wifi_clone;
use crate::session::Parts;
use wire::{Checksum, Field, Frame};

/// Explains a frame that `deframe` cut.
pub(crate) fn explain(frame: &Frame, habits: Habits) -> Vec<Field> {
    let mut rows = Rows::default();
    describe_head(frame, &mut rows);
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
        None => rows.add_raw("content", &frame.content, "too short for a serial"),
    }
    describe_stop(frame, &mut rows);
    place(frame, rows)
}

fn describe_head(frame: &Frame, rows: &mut Rows) {
    let layout = Layout::of(&frame.wire);
    let length = frame.wire.get(2..layout.head).unwrap_or_default();
    let value = length.iter().fold(0_usize, |value, byte| (value << 8) | usize::from(*byte));
    let agrees =
        if layout.length_agrees { "bytes up to the checksum" } else { "does not agree with the stop mark" };
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
        Checksum::Bad | Checksum::Absent => format!("wrong, should be {computed:04x}"),
    };
    rows.add(2, "checksum", format!("{found:04x}"), words);
}

/// The rows of the body, or the body as one row where they do not add up to it.
fn body(parts: &Parts<'_>, habits: Habits) -> Vec<Row> {
    let mut rows = Rows::default();
    if let (_, Ok(message)) = read(parts) {
        message.describe(habits, &mut rows);
    }
    if rows.0.iter().map(|row| row.size).sum::<usize>() == parts.body.len() {
        return rows.0;
    }
    let mut whole = Rows::default();
    whole.add_raw("content", parts.body, "not understood");
    whole.0
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
