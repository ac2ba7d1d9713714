//! A frame for a person: every byte belongs to one field, in order.
//!
//! Shape: [`Frame`] → [`Field`]s; offsets count in the unescaped frame with its delimiters. Units: as in the spec's
//! tables. Errors: a field that is cut off says so; bytes that no field claims are one field `rest`.
//! Source: SPEC.md §1-§5.

use crate::dispatch::message;
use crate::escape::{DELIMITER, checksum_sent};
use crate::field::text;
use crate::header::{Header, Phone};
use crate::item::vendor::VendorProfile;
use crate::number::Number;
use bytes::Bytes;
use wire::{Checksum, Field, Frame, bcd};

/// A cursor over the content, leaving fields behind.
pub(crate) struct Explained {
    content: Bytes,
    at: usize,
    fields: Vec<Field>,
    /// Whose items they are, by the terminal's model.
    pub(crate) vendor: Option<&'static VendorProfile>,
}

impl Explained {
    /// The next `length` bytes are this field.
    pub(crate) fn field(
        &mut self,
        name: &'static str,
        length: usize,
        describe: impl FnOnce(&[u8]) -> (String, String),
    ) {
        let end = self.at.saturating_add(length).min(self.content.len());
        if end == self.at {
            return;
        }
        let bytes = self.content.slice(self.at..end);
        let (value, meaning) = match bytes.len() {
            whole if whole == length => describe(&bytes),
            _ => (hex::encode(&bytes), "cut off".to_owned()),
        };
        self.fields.push(Field { offset: self.at + 1, bytes, name, value, meaning });
        self.at = end;
    }

    /// What is left of the content is this field.
    pub(crate) fn rest(&mut self, name: &'static str, describe: impl FnOnce(&[u8]) -> (String, String)) {
        self.field(name, self.content.len() - self.at, describe);
    }

    /// The bytes ahead.
    pub(crate) fn peek(&self) -> &[u8] {
        self.content.get(self.at..).unwrap_or_default()
    }

    /// Where the cursor stands.
    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    /// Where the content ends.
    pub(crate) fn end(&self) -> usize {
        self.content.len()
    }

    /// Bytes between the cursor and `end`.
    pub(crate) fn left(&self, end: usize) -> usize {
        end.min(self.content.len()).saturating_sub(self.at)
    }
}

/// Explains a whole frame.
pub(crate) fn explain(frame: &Frame, vendor: Option<&'static VendorProfile>) -> Vec<Field> {
    let mut fields = Explained { content: frame.content_bytes(), at: 0, fields: vec![delimiter(0)], vendor };
    match Header::read(frame) {
        Ok((header, _)) => {
            explain_header(&mut fields, &header);
            explain_body(&mut fields, &header);
        }
        Err(problem) => fields.rest("header", |b| (hex::encode(b), problem.to_string())),
    }
    let end = fields.end();
    let mut fields = fields.fields;
    fields.push(explain_checksum(frame, end + 1));
    fields.push(delimiter(end + 2));
    fields
}

/// Explains the beginning of a frame, header and body without their end; `checksum` is the byte behind them, if it came.
pub(crate) fn explain_partly(frame: &Frame, checksum: Option<u8>) -> Vec<Field> {
    let (content, vendor) = (frame.content_bytes(), None);
    let mut fields = Explained { content, at: 0, fields: vec![delimiter(0)], vendor };
    // Zeros where the header is cut off: only its layout is asked for.
    let padded = [frame.content(), &[0; HEADER_LONGEST]].concat();
    let padded = Frame::unescaped(frame.wire.clone(), padded.into(), frame.checksum);
    if let Ok((header, _)) = Header::read(&padded) {
        // How long the body is cannot be told from the zeros.
        let header = Header { length_agrees: true, ..header };
        explain_header(&mut fields, &header);
        explain_body(&mut fields, &header);
    }
    let mut fields = fields.fields;
    fields.extend(checksum.map(|sent| {
        let computed = wire::checksum::xor(frame.content());
        let meaning = if sent == computed { "right".to_owned() } else { format!("computed {computed:02x}") };
        let (offset, bytes) = (frame.content().len() + 1, Bytes::copy_from_slice(&[sent]));
        Field { offset, bytes, name: "checksum", value: format!("{sent:02x}"), meaning }
    }));
    fields
}

fn explain_header(fields: &mut Explained, header: &Header) {
    fields.field("message id", 2, |b| (hex::encode(b), message(header.number).name.to_owned()));
    fields.field("properties", 2, |b| (hex::encode(b), properties(header)));
    if let Phone::Ten { .. } = header.phone {
        fields.field("protocol version", 1, number);
    }
    fields.field("terminal number", header.phone.bytes().len(), digits);
    fields.field("serial", header.serial_width(), number);
    if header.packet.is_some() {
        fields.field("packets", 2, number);
        fields.field("packet", 2, number);
    }
}

fn properties(header: &Header) -> String {
    let properties = header.properties;
    let edition = if properties.is_2019() { "2019" } else { "2011/2013" };
    let split = if properties.is_split() { ", split" } else { "" };
    let secret = if header.encryption() == 0 { "" } else { ", encrypted" };
    let wrong = if header.length_agrees { "" } else { ", which is not the body's length" };
    format!("{edition}{split}{secret}, body of {} bytes{wrong}", properties.body_length())
}

fn explain_body(fields: &mut Explained, header: &Header) {
    let is_part = header.packet.is_some_and(|packet| !packet.is_whole());
    let start = fields.at();
    if header.encryption() == 0 && !is_part {
        (message(header.number).explain)(fields, header);
    }
    if fields.at() == start {
        fields.rest("body", opaque);
    } else {
        fields.rest("rest", |b| (hex::encode(b), "after the last field".to_owned()));
    }
}

fn explain_checksum(frame: &Frame, offset: usize) -> Field {
    let sent = checksum_sent(&frame.wire).unwrap_or_default();
    let computed = wire::checksum::xor(frame.content());
    let meaning = match frame.checksum {
        Checksum::Ok => "right".to_owned(),
        _ => format!("wrong, should be {computed:02x} over bytes 1 to {}", offset.saturating_sub(1)),
    };
    let bytes = Bytes::copy_from_slice(&[sent]);
    Field { offset, bytes, name: "checksum", value: format!("{sent:02x}"), meaning }
}

fn delimiter(offset: usize) -> Field {
    let bytes = Bytes::from_static(&[DELIMITER]);
    Field { offset, bytes, name: "delimiter", value: "7e".to_owned(), meaning: String::new() }
}

/// An unsigned number.
pub(crate) fn number(bytes: &[u8]) -> (String, String) {
    (value(bytes).to_string(), String::new())
}

/// A message number, by its name.
pub(crate) fn message_name(bytes: &[u8]) -> (String, String) {
    let named = u16::try_from(value(bytes)).map_or("unknown", |number| message(Number(number)).name);
    (hex::encode(bytes), named.to_owned())
}

/// Packed digits.
pub(crate) fn digits(bytes: &[u8]) -> (String, String) {
    match bcd::digits(bytes) {
        Some(digits) => (digits, String::new()),
        None => (hex::encode(bytes), "not decimal".to_owned()),
    }
}

/// Text.
pub(crate) fn words(bytes: &[u8]) -> (String, String) {
    (text(bytes), String::new())
}

/// Bytes that mean something to somebody else.
pub(crate) fn opaque(bytes: &[u8]) -> (String, String) {
    (hex::encode(bytes), String::new())
}

/// The big-endian number in up to eight bytes.
pub(crate) fn value(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

/// The header of 2019 with its packets.
const HEADER_LONGEST: usize = 21;
