//! What the vehicle carries and says on its bus: 0x0701 waybill, 0x0705 CAN frames.
//!
//! Shape: body → status. Units: none; the clock of 0x0705 has no date and is not read. Errors: short; CAN frames before
//! a cut are kept. Source: SPEC.md §3.8.

use crate::context::{Context, Outcome};
use crate::explain::{Explained, digits, number, opaque, words};
use crate::field::{Parsed, field, short};
use crate::header::Header;
use crate::message::transparent::spoken;
use model::attribute::{CanFrame, Octets};
use model::{Attribute, Attributes};
use nom::bytes::complete::take;
use nom::combinator::rest;
use nom::number::complete::{be_u16, be_u32};

/// | offset | size     | field   | unit / coding      |
/// |      0 |        4 | length  | not trusted        |
/// |      4 | the rest | waybill | text on most       |
fn parse_waybill(i: &[u8]) -> Parsed<'_, &[u8]> {
    let (i, _length) = field("length", be_u32)(i)?;
    let (i, waybill) = field("waybill", rest)(i)?;
    Ok((i, waybill))
}

pub(crate) fn waybill(context: &Context<'_>) -> Outcome {
    match parse_waybill(context.body) {
        Ok((_, waybill)) => Outcome::status(spoken(context.header.number.0, waybill)),
        Err(error) => Outcome::short("waybill", &error, context.body),
    }
}

pub(crate) fn explain_waybill(fields: &mut Explained, _: &Header) {
    fields.field("length", 4, number);
    fields.rest("waybill", words);
}

/// | offset | size | field  | unit / coding      |
/// |      0 |    2 | count  | not trusted        |
/// |      2 |    5 | clock  | BCD hhmmss and ms  |
/// |      7 |  12n | frames |                    |
fn parse_can(i: &[u8]) -> Parsed<'_, ()> {
    let (i, _count) = field("count", be_u16)(i)?;
    let (i, _clock) = field("clock", take(5_usize))(i)?;
    Ok((i, ()))
}

/// | offset | size | field |                                                  |
/// |      0 |    4 | id    | bit 31 bus, 30 extended, 29 averaged, 0-28 id    |
/// |      4 |    8 | bytes |                                                  |
fn parse_frame(i: &[u8]) -> Parsed<'_, CanFrame> {
    let (i, id) = field("frame id", be_u32)(i)?;
    let (i, bytes) = field("frame", take(8_usize))(i)?;
    Ok((i, CanFrame { id, hex: Octets(bytes.to_vec()) }))
}

pub(crate) fn can(context: &Context<'_>) -> Outcome {
    let mut rest = match parse_can(context.body) {
        Ok((rest, ())) => rest,
        Err(error) => return Outcome::short("can", &error, context.body),
    };
    let (mut frames, mut problem) = (Vec::new(), None);
    while !rest.is_empty() {
        rest = match parse_frame(rest) {
            Ok((after, frame)) => {
                frames.push(frame);
                after
            }
            Err(error) => {
                problem = Some(short("can", &error, context.body));
                &[]
            }
        };
    }
    Outcome::status(Attributes(vec![Attribute::CanFrames(frames)])).with(problem)
}

pub(crate) fn explain_can(fields: &mut Explained, _: &Header) {
    fields.field("count", 2, number);
    fields.field("clock", 5, |b| (digits(b).0, "hhmmss, milliseconds".to_owned()));
    while !fields.peek().is_empty() {
        fields.field("frame id", 4, |b| (hex::encode(b), "bit 31 bus, 30 extended, 29 averaged".to_owned()));
        fields.field("frame", 8, opaque);
    }
}
