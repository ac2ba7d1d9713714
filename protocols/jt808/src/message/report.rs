//! Answers to commands that carry no place: 0x0005 resend request, 0x0108 upgrade result, 0x0608 regions, 0x0700
//! driving recorder.
//!
//! Shape: body → command reply (a resend request is state), what is not taken apart as items. Units: none.
//! Errors: short. Source: SPEC.md §3.6.

use crate::context::{Context, Outcome};
use crate::explain::{Explained, number, opaque};
use crate::field::{Parsed, field};
use crate::header::{Header, Phone};
use crate::item::whole;
use model::Attribute;
use nom::combinator::rest;
use nom::number::complete::{be_u8, be_u16, be_u32};

/// | offset | size  | field        |                          |
/// |      0 |     2 | first serial | of the packets           |
/// |      2 | 1 / 2 | count        | one byte before 2019     |
/// |      . |    2n | packets      |                          |
fn parse_resend(i: &[u8]) -> Parsed<'_, (u16, &[u8])> {
    let (i, serial) = field("first serial", be_u16)(i)?;
    let (i, packets) = field("packets", rest)(i)?;
    Ok((i, (serial, packets)))
}

/// We never split a message, so there is nothing to send again; without an answer the terminal would ask for ever.
pub(crate) fn resend(context: &Context<'_>) -> Outcome {
    match parse_resend(context.body) {
        Ok((_, (serial, packets))) => {
            let text = format!("asks for packets of {serial}");
            // No command reply: its token would pass for the answer to the message it asks for.
            let packets = whole(context.header.number.0, packets);
            Outcome::status([Attribute::Text(text)].into_iter().chain(packets).collect())
        }
        Err(error) => Outcome::short("resend", &error, context.body),
    }
}

pub(crate) fn explain_resend(fields: &mut Explained, header: &Header) {
    fields.field("first serial", 2, number);
    fields.field("count", if let Phone::Ten { .. } = header.phone { 2 } else { 1 }, number);
    while !fields.peek().is_empty() {
        fields.field("packet", 2, number);
    }
}

/// | offset | size | field  |                                              |
/// |      0 |    1 | part   | 0 terminal, 12 card reader, 52 positioning   |
/// |      1 |    1 | result | 0 ok, 1 failed, 2 cancelled                  |
fn parse_upgraded(i: &[u8]) -> Parsed<'_, (u8, u8)> {
    let (i, part) = field("part", be_u8)(i)?;
    let (i, result) = field("result", be_u8)(i)?;
    Ok((i, (part, result)))
}

pub(crate) fn upgraded(context: &Context<'_>) -> Outcome {
    match parse_upgraded(context.body) {
        Ok((surplus, (part, result))) => {
            let text = format!("upgrade of {}: {}", upgraded_part(part), upgrade_result(result));
            let surplus = whole(context.header.number.0, surplus).into_iter().collect();
            Outcome::reply(None, text, surplus)
        }
        Err(error) => Outcome::short("upgraded", &error, context.body),
    }
}

pub(crate) fn explain_upgraded(fields: &mut Explained, _: &Header) {
    let first = |b: &[u8]| b.first().copied().unwrap_or_default();
    fields.field("part", 1, |b| (number(b).0, upgraded_part(first(b)).to_owned()));
    fields.field("result", 1, |b| (number(b).0, upgrade_result(first(b)).to_owned()));
}

const fn upgraded_part(part: u8) -> &'static str {
    match part {
        0 => "terminal",
        12 => "card reader",
        52 => "positioning module",
        _ => "unknown part",
    }
}

const fn upgrade_result(result: u8) -> &'static str {
    match result {
        0 => "ok",
        1 => "failed",
        2 => "cancelled",
        _ => "unknown result",
    }
}

/// | offset | size     | field   |                                          |
/// |      0 |        1 | kind    | 1 circle, 2 rectangle, 3 polygon, 4 route |
/// |      1 |        4 | count   |                                          |
/// |      5 | the rest | regions | as they were set                         |
fn parse_regions(i: &[u8]) -> Parsed<'_, (u8, u32, &[u8])> {
    let (i, kind) = field("kind", be_u8)(i)?;
    let (i, count) = field("count", be_u32)(i)?;
    let (i, regions) = field("regions", rest)(i)?;
    Ok((i, (kind, count, regions)))
}

pub(crate) fn regions(context: &Context<'_>) -> Outcome {
    match parse_regions(context.body) {
        Ok((_, (kind, count, regions))) => {
            let text = format!("{count} {}", region(kind));
            Outcome::reply(None, text, whole(context.header.number.0, regions).into_iter().collect())
        }
        Err(error) => Outcome::short("regions", &error, context.body),
    }
}

pub(crate) fn explain_regions(fields: &mut Explained, _: &Header) {
    fields.field("kind", 1, |b| (number(b).0, region(b.first().copied().unwrap_or_default()).to_owned()));
    fields.field("count", 4, number);
    fields.rest("regions", opaque);
}

const fn region(kind: u8) -> &'static str {
    match kind {
        1 => "circles",
        2 => "rectangles",
        3 => "polygons",
        4 => "routes",
        _ => "regions of an unknown kind",
    }
}

/// | offset | size     | field           |                       |
/// |      0 |        2 | answered serial |                       |
/// |      2 |        1 | command         | GB/T 19056            |
/// |      3 | the rest | block           | GB/T 19056, not read  |
fn parse_recorder(i: &[u8]) -> Parsed<'_, (u16, u8, &[u8])> {
    let (i, serial) = field("answered serial", be_u16)(i)?;
    let (i, command) = field("command", be_u8)(i)?;
    let (i, block) = field("block", rest)(i)?;
    Ok((i, (serial, command, block)))
}

pub(crate) fn recorder(context: &Context<'_>) -> Outcome {
    match parse_recorder(context.body) {
        Ok((_, (serial, command, block))) => {
            let text = format!("recorder command {command:#04x}");
            Outcome::reply(Some(serial), text, whole(context.header.number.0, block).into_iter().collect())
        }
        Err(error) => Outcome::short("recorder", &error, context.body),
    }
}

pub(crate) fn explain_recorder(fields: &mut Explained, _: &Header) {
    fields.field("answered serial", 2, number);
    fields.field("command", 1, |b| (hex::encode(b), "GB/T 19056".to_owned()));
    fields.rest("block", opaque);
}
