//! How a parser says where a packet ended, and how a packet is shown to a person.
//!
//! Shape: `field("latitude", be_i32)(i)?` reads one row of a spec table; [`Rows`] are the same rows with words. Errors:
//! [`Ends`] names the field at which the packet ended. Source: SPEC.md §4.

use crate::codec::Width;
use nom::number::complete::{be_u8, be_u16};
use nom::{IResult, Parser};
use std::fmt::Display;

/// The bytes behind a field, and its value.
pub(crate) type Parsed<'a, T> = IResult<&'a [u8], T, Ends>;

/// The packet ended before this field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ends(pub(crate) &'static str);

/// Reads one field, and names it if it is cut off.
pub(crate) fn field<'a, P>(name: &'static str, mut parser: P) -> impl FnMut(&'a [u8]) -> Parsed<'a, P::Output>
where
    P: Parser<&'a [u8], Error = nom::error::Error<&'a [u8]>>,
{
    move |i| parser.parse(i).map_err(|error| error.map(|_| Ends(name)))
}

/// Reads a number whose width the codec decides.
pub(crate) fn sized<'a>(name: &'static str, width: Width) -> impl FnMut(&'a [u8]) -> Parsed<'a, u16> {
    move |i| match width {
        Width::One => field(name, be_u8.map(u16::from))(i),
        Width::Two => field(name, be_u16)(i),
    }
}

/// The field at which a parser stopped.
pub(crate) fn before(error: &nom::Err<Ends>) -> &'static str {
    match error {
        nom::Err::Error(Ends(name)) | nom::Err::Failure(Ends(name)) => name,
        nom::Err::Incomplete(_) => "its end",
    }
}

/// The big-endian number in up to eight bytes; `None` if there are more.
pub(crate) fn number(bytes: &[u8]) -> Option<u64> {
    (bytes.len() <= 8).then(|| bytes.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)))
}

/// Text of a device: UTF-8 where it is, its bytes as hex where it is not text at all.
pub(crate) fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(|c| c.is_control() && !c.is_whitespace()) => text.trim().to_owned(),
        _ => hex::encode(bytes),
    }
}

/// The fields of a packet in wire order, for a person.
#[derive(Debug, Default)]
pub(crate) struct Rows(pub(crate) Vec<Row>);

/// One field.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) size: usize,
    pub(crate) name: &'static str,
    pub(crate) value: String,
    pub(crate) meaning: String,
}

impl Rows {
    /// Adds the next field.
    pub(crate) fn add(
        &mut self,
        size: usize,
        name: &'static str,
        value: impl Display,
        meaning: impl Into<String>,
    ) {
        self.0.push(Row { size, name, value: value.to_string(), meaning: meaning.into() });
    }

    /// Adds bytes as they are, if there are any.
    pub(crate) fn add_raw(&mut self, name: &'static str, bytes: &[u8], meaning: &str) {
        if !bytes.is_empty() {
            self.add(bytes.len(), name, hex::encode(bytes), meaning);
        }
    }

    /// Bytes that the fields cover.
    pub(crate) fn size(&self) -> usize {
        self.0.iter().map(|row| row.size).sum()
    }
}
