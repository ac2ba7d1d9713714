//! Messages of makers: 0x0109 clock, 0x0210 short batch or battery, 0x1300 and 0x6006 text.
//!
//! Shape: body → events. Units: percent; the clock of 0x8109 is UTC, binary. Errors: short; an item of a batch that
//! cannot be read is raw. Source: SPEC.md §3.11.

use crate::context::{Context, Outcome, Owed};
use crate::explain::{Explained, digits, number, words};
use crate::field::{Missing, Parsed, field, short, text as text_of};
use crate::header::Header;
use crate::message::batch::add_raw;
use crate::message::location::{explain_within, locate, position};
use model::{Attribute, Attributes, Event, Timestamp, ZoneOffset, time::wall_digits};
use nom::multi::length_data;
use nom::number::complete::be_u8;
use wire::bcd;

pub(crate) fn time_query(_: &Context<'_>) -> Outcome {
    Outcome::of(vec![Event::Heartbeat { attributes: Attributes::default() }]).owing(Owed::VendorClock)
}

/// 0x8109.
///
/// | offset | size | field                            | unit / coding |
/// |      0 |    2 | year                             | binary, UTC   |
/// |      2 |    5 | month, day, hour, minute, second | binary, UTC   |
pub(crate) fn clock(now: Timestamp) -> [u8; 7] {
    let (year, month, day, hour, minute, second) = wall_digits(now, ZoneOffset::UTC).unwrap_or_default();
    let [high, low] = year.to_be_bytes();
    [high, low, month, day, hour, minute, second]
}

/// Seven bytes with a date are the battery; anything else is locations, each behind a length of one byte.
pub(crate) fn batch(context: &Context<'_>) -> Outcome {
    match *context.body {
        // | offset | size | field   | unit / coding    |
        // |      0 |    1 | battery | percent          |
        // |      1 |    6 | clock   | BCD YYMMDDhhmmss |
        [percent @ 0..=100, ref clock @ ..] if is_clock(clock) => {
            Outcome::status(Attributes(vec![Attribute::BatteryPercent(f32::from(percent))]))
        }
        _ => locations(context),
    }
}

fn is_clock(bytes: &[u8]) -> bool {
    bytes.len() == 6 && bcd::digits(bytes).is_some()
}

/// | offset | size | field    |
/// |      0 |    1 | length   |
/// |      1 |    n | location |
fn parse_item(i: &[u8]) -> Parsed<'_, &[u8]> {
    field("item", length_data(be_u8))(i)
}

fn locations(context: &Context<'_>) -> Outcome {
    let (mut rest, mut events, mut problem) = (context.body, Vec::new(), None);
    while !rest.is_empty() {
        let read = |items| {
            let (rest, location) = parse_item(items)?;
            Ok((rest, locate(location, context)))
        };
        let (after, located) = read(rest).unwrap_or_else(|error: nom::Err<Missing>| (&[], Err(error)));
        rest = after;
        match located {
            Ok(located) => {
                events.push(position(located.position));
                problem = problem.or(located.problem);
            }
            Err(error) => {
                add_raw(&mut events);
                problem = problem.or(Some(short("vendor_batch", &error, context.body)));
            }
        }
    }
    if events.is_empty() {
        events.push(Event::Raw);
    }
    Outcome::of(events).with(problem)
}

pub(crate) fn explain_batch(fields: &mut Explained, _: &Header) {
    if let [_, clock @ ..] = fields.peek()
        && is_clock(clock)
    {
        fields.field("battery", 1, |b| (number(b).0, "percent".to_owned()));
        return fields.field("clock", 6, digits);
    }
    while let [length, ..] = fields.peek() {
        let length = usize::from(*length);
        fields.field("item length", 1, number);
        let end = fields.at() + length;
        explain_within(fields, end);
    }
}

/// 0x6006, the answer to a text.
///
/// | offset | size     | field    |            |
/// |      0 |        1 | encoding | not needed |
/// |      1 | the rest | text     | GBK        |
pub(crate) fn text_answer(context: &Context<'_>) -> Outcome {
    match field("encoding", be_u8)(context.body) {
        Ok((text, _encoding)) => Outcome::reply(None, text_of(text), Attributes::default()),
        Err(error) => Outcome::short("text_answer", &error, context.body),
    }
}

pub(crate) fn explain_text_answer(fields: &mut Explained, _: &Header) {
    fields.field("encoding", 1, number);
    fields.rest("text", words);
}

/// 0x1300: the whole body is text, in two bytes a letter or in GBK.
pub(crate) fn text(context: &Context<'_>) -> Outcome {
    Outcome::reply(None, wide_text(context.body), Attributes::default())
}

pub(crate) fn explain_text(fields: &mut Explained, _: &Header) {
    fields.rest("text", |b| (wide_text(b), String::new()));
}

/// A zero as the first of two bytes is a Latin letter in two bytes, which GBK does not have.
fn wide_text(bytes: &[u8]) -> String {
    match bytes.as_chunks() {
        (letters @ [[0, _], ..], []) => {
            let letters = letters.iter().map(|letter| u16::from_be_bytes(*letter));
            char::decode_utf16(letters).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        _ => text_of(bytes),
    }
}
