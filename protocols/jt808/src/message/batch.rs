//! 0x0704: several locations in one message.
//!
//! Shape: body ↔ positions; kind 1 is the backlog of a blind area and marks them as buffered. Errors: an item that
//! cannot be read makes the frame raw and the next one is read all the same; a wrong count is flagged. Source: SPEC.md §5.

use crate::context::{Context, Outcome};
use crate::explain::{Explained, number, value};
use crate::field::{Missing, Parsed, field, short};
use crate::header::{BODY_MAX, Header};
use crate::message::location::{body as location_body, explain_within, locate, position};
use model::{Event, Position};
use nom::bytes::complete::take;
use nom::number::complete::{be_u8, be_u16};
use wire::Problem;

/// | offset | size | field | unit / coding                     |
/// |      0 |    2 | count |                                   |
/// |      2 |    1 | kind  | 0 normal, 1 backlog of blind area |
/// |      3 |  ... | items |                                   |
fn parse(i: &[u8]) -> Parsed<'_, (u16, u8)> {
    let (i, count) = field("count", be_u16)(i)?;
    let (i, kind) = field("kind", be_u8)(i)?;
    Ok((i, (count, kind)))
}

/// | offset | size | field    |
/// |      0 |    2 | length   |
/// |      2 |    n | location |
fn parse_item(i: &[u8]) -> Parsed<'_, &[u8]> {
    let (i, length) = field("item length", be_u16)(i)?;
    let (i, location) = field("item", take(length))(i)?;
    Ok((i, location))
}

pub(crate) fn read(context: &Context<'_>) -> Outcome {
    match parse(context.body) {
        Ok((items, (count, kind))) => {
            let (events, found, problem) = locations(items, context, kind);
            let miscounted = (found != usize::from(count))
                .then_some(Problem::Header { reason: "the batch's count is not the number of its items" });
            Outcome::of(events).with(problem.or(miscounted))
        }
        Err(error) => Outcome::short("batch", &error, context.body),
    }
}

/// Reads to the end of the body whatever the count says: the body's length is checked by the frame. Also says how many
/// items there were.
fn locations(mut items: &[u8], context: &Context<'_>, kind: u8) -> (Vec<Event>, usize, Option<Problem>) {
    let (mut events, mut found, mut problem) = (Vec::with_capacity(items.len() / ITEM_MIN), 0, None);
    while !items.is_empty() {
        found += 1;
        let read = |items| {
            let (rest, location) = parse_item(items)?;
            Ok((rest, locate(location, context)))
        };
        let (rest, located) = read(items).unwrap_or_else(|error: nom::Err<Missing>| (&[], Err(error)));
        items = rest;
        match located {
            Ok(located) => {
                events.push(position(Position { buffered: kind == BACKLOG, ..located.position }));
                problem = problem.or(located.problem);
            }
            Err(error) => {
                add_raw(&mut events);
                problem = problem.or(Some(short("batch", &error, context.body)));
            }
        }
    }
    (events, found, problem)
}

/// The frame is kept once, however many of its items cannot be read: a body of empty ones has hundreds.
pub(crate) fn add_raw(events: &mut Vec<Event>) {
    if !events.contains(&Event::Raw) {
        events.push(Event::Raw);
    }
}

/// The body of a backlog: the first positions, as many as the length field allows, which is at least
/// [`BACKLOG_MIN`]. `None` without any.
pub(crate) fn body(positions: &[Position]) -> Option<Vec<u8>> {
    let (mut items, mut count) = (Vec::new(), 0_u16);
    for position in positions {
        let location = location_body(position);
        if HEAD_BYTES + items.len() + 2 + location.len() > BODY_MAX {
            break;
        }
        items.extend(u16::try_from(location.len()).ok()?.to_be_bytes());
        items.extend(location);
        count += 1;
    }
    let [high, low] = count.to_be_bytes();
    (count > 0).then(|| [&[high, low, BACKLOG][..], &items].concat())
}

pub(crate) fn explain(fields: &mut Explained, _: &Header) {
    fields.field("count", 2, number);
    fields.field("kind", 1, |b| {
        let meaning = if b == [BACKLOG] { "backlog of a blind area" } else { "normal" };
        (number(b).0, meaning.to_owned())
    });
    while let [high, low, ..] = fields.peek() {
        let length = usize::try_from(value(&[*high, *low])).unwrap_or_default();
        fields.field("item length", 2, number);
        let end = fields.at() + length;
        explain_within(fields, end);
    }
}

const BACKLOG: u8 = 1;
const HEAD_BYTES: usize = 3;
/// Length and base of a location, so that a body of [`BODY_MAX`] has room for 34.
const ITEM_MIN: usize = 2 + 28;
/// A location with every item that a terminal of ours sends takes 2 + 37 bytes.
#[cfg(test)]
const BACKLOG_MIN: usize = (BODY_MAX - HEAD_BYTES) / 39;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_holds_at_least_twenty() {
        const { assert!(BACKLOG_MIN >= 20) }
    }
}
