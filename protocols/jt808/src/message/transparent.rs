//! Bodies that belong to somebody else: 0x0900 transparent, 0x0901 compressed, 0x0A00 public key.
//!
//! Shape: body → status, as text where it is text and as an item where not. Units: bytes. Errors: short; a body that
//! does not inflate, or to more than the limit, is raw. Source: SPEC.md §3.10.

use crate::context::{Context, Outcome};
use crate::explain::{Explained, number, opaque};
use crate::field::{Parsed, field, some_text};
use crate::header::Header;
use crate::item::whole;
use flate2::bufread::GzDecoder;
use model::{Attribute, Attributes};
use nom::combinator::rest;
use nom::number::complete::{be_u8, be_u32};
use std::io::Read as _;
use wire::Problem;

/// Inflated body: sixteen frames' worth. A body of 1,023 bytes can claim to be a megabyte, and none that a device has
/// reason to send is near this.
pub(crate) const INFLATED_MAX: u64 = 16 * 1024;

/// | offset | size     | field |                                                                  |
/// |      0 |        1 | kind  | 00 GNSS, 0B card, 41 and 42 serial ports, F0-FF the maker's own  |
/// |      1 | the rest | bytes |                                                                  |
fn parse(i: &[u8]) -> Parsed<'_, (u8, &[u8])> {
    let (i, kind) = field("kind", be_u8)(i)?;
    let (i, bytes) = field("bytes", rest)(i)?;
    Ok((i, (kind, bytes)))
}

pub(crate) fn read(context: &Context<'_>) -> Outcome {
    match parse(context.body) {
        Ok((_, (kind, bytes))) => Outcome::status(spoken(u16::from(kind), bytes)),
        Err(error) => Outcome::short("transparent", &error, context.body),
    }
}

/// Text, if it is some; else the bytes under their id.
pub(crate) fn spoken(id: u16, bytes: &[u8]) -> Attributes {
    let is_text = |text: &String| {
        !text.chars().any(|c| (c.is_control() && !c.is_whitespace()) || c == char::REPLACEMENT_CHARACTER)
    };
    let text = some_text(bytes).filter(is_text).map(|text| Attribute::Text(text.trim().to_owned()));
    text.or_else(|| whole(id, bytes)).into_iter().collect()
}

pub(crate) fn explain(fields: &mut Explained, _: &Header) {
    fields.field("kind", 1, |b| {
        (hex::encode(b), "00 GNSS, 0b card, 41 and 42 serial ports, f0-ff the maker's own".to_owned())
    });
    fields.rest("bytes", |b| (hex::encode(b), some_text(b).unwrap_or_default()));
}

/// | offset | size     | field  |             |
/// |      0 |        4 | length | not trusted |
/// |      4 | the rest | body   | gzip        |
fn parse_compressed(i: &[u8]) -> Parsed<'_, &[u8]> {
    let (i, _length) = field("length", be_u32)(i)?;
    let (i, body) = field("body", rest)(i)?;
    Ok((i, body))
}

/// The standard does not say which message is inside: the bytes are kept, and not read as a message of their own.
pub(crate) fn compressed(context: &Context<'_>) -> Outcome {
    match parse_compressed(context.body) {
        Ok((_, body)) => match inflate(body) {
            Some(plain) => Outcome::status(spoken(context.header.number.0, &plain)),
            None => Outcome::raw(Problem::Header {
                reason: "the compressed body does not inflate within the limit",
            }),
        },
        Err(error) => Outcome::short("compressed", &error, context.body),
    }
}

fn inflate(body: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    let read = GzDecoder::new(body).take(INFLATED_MAX + 1).read_to_end(&mut plain).ok()?;
    let within = u64::try_from(read).is_ok_and(|read| read <= INFLATED_MAX);
    within.then_some(plain)
}

pub(crate) fn explain_compressed(fields: &mut Explained, _: &Header) {
    fields.field("length", 4, number);
    fields.rest("body", |b| (hex::encode(b), "gzip".to_owned()));
}

/// | offset | size | field   |     |
/// |      0 |    4 | e       | RSA |
/// |      4 |  128 | n       | RSA |
/// We have no key to answer with, and read no encrypted bodies.
pub(crate) fn key(context: &Context<'_>) -> Outcome {
    Outcome::status(whole(context.header.number.0, context.body).into_iter().collect())
}

pub(crate) fn explain_key(fields: &mut Explained, _: &Header) {
    fields.field("e", 4, number);
    fields.rest("n", opaque);
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write as _;

    fn deflated(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_bomb_is_not_inflated() {
        let limit = usize::try_from(INFLATED_MAX).unwrap();
        assert_eq!(inflate(&deflated(&vec![0; limit])).map(|plain| plain.len()), Some(limit));
        assert_eq!(inflate(&deflated(&vec![0; limit + 1])), None);
        assert_eq!(inflate(b"no gzip"), None);
    }
}
