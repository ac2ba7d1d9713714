//! A frame for a person: a head line, every byte in a table, what it says, what is wrong.
//!
//! Shape: [`Decoded`] → lines of text, with colours where the terminal has them. Units: columns as a terminal counts
//! them, so that wide characters stay aligned. Errors: none.

pub(crate) mod paint;
mod says;
mod table;

use model::Timestamp;
use paint::{BAD, BOLD, DIM, GOOD, NAME, Paint};
use wire::diagnosis::spaced;
use wire::{Checksum, Decoded, Field};

/// One frame, or the bytes that are none.
pub(crate) fn frame(decoded: &Decoded, bytes: &[u8], paint: &Paint) -> Vec<String> {
    let mut lines = vec![head(decoded, bytes, paint)];
    lines.extend(table::fields(&shown_fields(decoded, bytes), decoded.culprit, paint));
    if is_unescaped(decoded) {
        lines.push(paint.on(DIM, "        offsets count in the frame without its escapes"));
    }
    lines.extend(says::lines(decoded, paint));
    if let Some(problem) = &decoded.problem {
        lines.extend(paint.labelled("problem", BAD, &format!("{problem} ({})", problem.code())));
    } else if decoded.frame.as_ref().is_some_and(|frame| frame.checksum == Checksum::Bad) {
        let words = "the checksum is wrong; length and end mark agree, so the frame is believed and flagged";
        lines.extend(paint.labelled("problem", BAD, words));
    }
    lines.push(String::new());
    lines
}

/// A frame of the server.
pub(crate) fn answer(decoded: &Decoded, words: &str, paint: &Paint) -> Vec<String> {
    let (Some(frame), Some(reaction)) = (&decoded.frame, &decoded.reaction) else { return Vec::new() };
    let digits = usize::from(reaction.number_digits);
    let protocol = paint.on(BOLD, decoded.protocol.unwrap_or_default());
    let number = format!("0x{:0digits$x}", reaction.number);
    let size = counted(frame.wire.len(), "byte");
    let mut lines = vec![format!("{protocol}  server {number}: {}  {size}", paint.on(NAME, words))];
    let culprit = (frame.checksum == Checksum::Bad).then_some(decoded.culprit).flatten();
    lines.extend(table::fields(&decoded.fields, culprit, paint));
    lines.push(String::new());
    lines
}

/// When a packet was captured.
pub(crate) fn captured(at: Timestamp) -> String {
    let ms = at.ms().rem_euclid(1000);
    format!("{}.{ms:03}", says::clock(at))
}

/// Bytes that belong to no frame.
pub(crate) fn surplus(bytes: &[u8], paint: &Paint) -> Vec<String> {
    let words = format!("{} behind the frame begin no other: {}", counted(bytes.len(), "byte"), few(bytes));
    let mut lines = paint.labelled("surplus", BAD, &words);
    lines.push(String::new());
    lines
}

/// `1 byte`, `2 bytes`.
pub(crate) fn counted(count: impl Into<CountedNumber>, noun: &str) -> String {
    let CountedNumber(count) = count.into();
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// How many of something.
pub(crate) struct CountedNumber(u64);

impl From<usize> for CountedNumber {
    fn from(count: usize) -> Self {
        Self(u64::try_from(count).unwrap_or(u64::MAX))
    }
}

impl From<u64> for CountedNumber {
    fn from(count: u64) -> Self {
        Self(count)
    }
}

/// The first bytes of many.
pub(crate) fn few(bytes: &[u8]) -> String {
    let shown = bytes.get(..FEW_BYTES).unwrap_or(bytes);
    format!("{}{}", spaced(shown), if shown.len() < bytes.len() { " …" } else { "" })
}

fn head(decoded: &Decoded, bytes: &[u8], paint: &Paint) -> String {
    let protocol = decoded.protocol.unwrap_or("no protocol");
    let size = counted(bytes.len(), "byte");
    let (Some(frame), Some(reaction)) = (&decoded.frame, &decoded.reaction) else {
        return format!("{}  {}  {size}", paint.on(BOLD, protocol), paint.on(BAD, "not a frame"));
    };
    let digits = usize::from(reaction.number_digits);
    let mut parts = vec![
        paint.on(BOLD, protocol),
        format!("{} 0x{:0digits$x}", paint.on(NAME, reaction.message), reaction.number),
    ];
    parts.extend(reaction.terminal.map(|terminal| format!("terminal {terminal}")));
    parts.extend(reaction.serial.map(|serial| format!("serial {serial}")));
    parts.push(match frame.checksum {
        Checksum::Ok => paint.on(GOOD, "checksum ok"),
        Checksum::Bad => paint.on(BAD, "checksum wrong"),
        Checksum::Absent => paint.on(DIM, "no checksum"),
    });
    parts.push(counted(frame.wire.len(), "byte"));
    parts.join("  ")
}

/// The explained fields; bytes that nobody explains are one.
fn shown_fields(decoded: &Decoded, bytes: &[u8]) -> Vec<Field> {
    if !decoded.fields.is_empty() {
        return decoded.fields.clone();
    }
    let bytes = bytes::Bytes::copy_from_slice(bytes);
    let (value, meaning) = (String::new(), "not explained".to_owned());
    vec![Field { offset: 0, bytes, name: "bytes", value, meaning }]
}

/// Whether the fields are of other bytes than came.
fn is_unescaped(decoded: &Decoded) -> bool {
    let Some(frame) = &decoded.frame else { return false };
    let explained: usize = decoded.fields.iter().map(|field| field.bytes.len()).sum();
    explained != frame.wire.len()
}

/// Bytes in a sentence.
const FEW_BYTES: usize = 12;
