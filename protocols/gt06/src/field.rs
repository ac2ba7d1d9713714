//! The fields that messages share, and how a parser says where a body ended.
//!
//! Shape: nom complete parsers, `&[u8]` → raw field as on the wire; each raw field knows its event form and its rows
//! for `explain`. Units: per file. Errors: [`Ends`], which becomes `Problem::Short`. Source: SPEC.md §3.

pub(crate) mod cell;
pub(crate) mod clock;
pub(crate) mod gps;
pub(crate) mod modules;
pub(crate) mod status;

use model::attribute::Octets;
use model::{Attribute, UnknownItem};
use nom::IResult;
use nom::error::{ContextError, ErrorKind, ParseError};
use std::fmt::Display;

/// What every parser of this crate returns.
pub(crate) type Parsed<'a, T> = IResult<&'a [u8], T, Ends>;

/// The body ended before this field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ends {
    /// The field; empty until a `context` names it.
    pub(crate) before: &'static str,
}

impl ParseError<&[u8]> for Ends {
    fn from_error_kind(_: &[u8], _: ErrorKind) -> Self {
        Self { before: "" }
    }

    fn append(_: &[u8], _: ErrorKind, inner: Self) -> Self {
        inner
    }
}

impl ContextError<&[u8]> for Ends {
    fn add_context(_: &[u8], field: &'static str, inner: Self) -> Self {
        if inner.before.is_empty() { Self { before: field } } else { inner }
    }
}

/// Sixteen packed digits without the zero that pads fifteen; `None` if they are no digits.
pub(crate) fn packed_digits(bytes: &[u8]) -> Option<String> {
    let digits = hex::encode(bytes);
    let decimal = digits.bytes().all(|digit| digit.is_ascii_digit());
    decimal.then(|| digits.strip_prefix('0').unwrap_or(&digits).to_owned())
}

/// Bytes behind the known fields: kept whole under the message's number.
pub(crate) fn surplus(number: u8, tail: &[u8]) -> Option<Attribute> {
    let item = UnknownItem { id: u16::from(number), hex: Octets(tail.to_vec()) };
    (!tail.is_empty()).then(|| Attribute::Items(vec![item]))
}

/// The fields of a body in wire order, for a person.
#[derive(Debug, Default)]
pub(crate) struct Rows(pub(crate) Vec<Row>);

/// One field of a body.
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
        self.0.push(Row { size, name, value: format!("{value}"), meaning: meaning.into() });
    }

    /// Adds bytes that have no meaning to this decoder, if there are any.
    pub(crate) fn add_raw(&mut self, name: &'static str, bytes: &[u8], meaning: &str) {
        if !bytes.is_empty() {
            self.add(bytes.len(), name, hex::encode(bytes), meaning);
        }
    }
}
