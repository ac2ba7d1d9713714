//! Photos, sounds and videos: 0x0800 announced, 0x0801 sent, 0x0802 found, 0x0805 taken.
//!
//! Shape: body → status, and the place where it was taken; the media itself stays in the frame. Units: as in
//! `location`. Errors: short. Source: SPEC.md §3.12.

use crate::context::{Context, Outcome, Owed};
use crate::explain::{Explained, number, opaque};
use crate::field::{Missing, Parsed, field, short};
use crate::header::Header;
use crate::message::location::{explain_within, locate, position};
use model::attribute::Media;
use model::{Attribute, Attributes, Event, Position};
use nom::number::complete::{be_u8, be_u16, be_u32};
use wire::bcd;

/// | offset | size | field   |                                    |
/// |      0 |    4 | id      |                                    |
/// |      4 |    1 | kind    | 0 photo, 1 sound, 2 video          |
/// |      5 |    1 | format  | 0 JPEG, 1 TIF, 2 MP3, 3 WAV, 4 WMV |
/// |      6 |    1 | event   | 0 command, 1 timer, 2 robbery, 3 collision |
/// |      7 |    1 | channel |                                    |
fn parse(i: &[u8]) -> Parsed<'_, Media> {
    let (i, id) = field("id", be_u32)(i)?;
    let (i, kind) = field("kind", be_u8)(i)?;
    let (i, format) = field("format", be_u8)(i)?;
    let (i, event) = field("event", be_u8)(i)?;
    let (i, channel) = field("channel", be_u8)(i)?;
    Ok((i, Media { id, kind, format, event, channel }))
}

fn status(media: Media) -> Event {
    Event::Status { attributes: Attributes(vec![Attribute::Media(media)]) }
}

pub(crate) fn event(context: &Context<'_>) -> Outcome {
    match parse(context.body) {
        Ok((_, media)) => Outcome::of(vec![status(media)]),
        Err(error) => Outcome::short("media_event", &error, context.body),
    }
}

/// The media's head, then from 2013 a location, then the media.
pub(crate) fn content(context: &Context<'_>) -> Outcome {
    match parse(context.body) {
        Ok((rest, media)) => {
            let place = place(rest).and_then(|place| locate(place, context).ok());
            let problem = place.as_ref().and_then(|located| located.problem.clone());
            let taken = place.map(|located| position(located.position));
            let events = [status(media)].into_iter().chain(taken).collect();
            Outcome::of(events).with(problem).owing(Owed::Media(media.id))
        }
        Err(error) => Outcome::short("media", &error, context.body),
    }
}

/// 2011 and some later devices have none. A photo taken for a place would raise alarms that nobody raised: a JPEG's
/// first bytes, a place that is not on Earth or a date of no calendar say that it is none.
fn place(rest: &[u8]) -> Option<&[u8]> {
    const JPEG: [u8; 2] = [0xFF, 0xD8];
    let place = rest.get(..PLACE_BYTES).filter(|place| !place.starts_with(&JPEG))?;
    let degrees_e6 = |at: usize| Some(u32::from_be_bytes(*place.get(at..)?.first_chunk()?));
    // Not 90 degrees of latitude: some devices swap the two.
    let on_earth = degrees_e6(8)? <= 180_000_000 && degrees_e6(12)? <= 180_000_000;
    let clock = place.get(22..)?.first_chunk::<6>()?.map(bcd::number);
    let [Some(_), Some(1..=12), Some(1..=31), Some(0..=23), Some(0..=59), Some(0..=59)] = clock else {
        return None;
    };
    on_earth.then_some(place)
}

/// 0x8800: all came.
///
/// | offset | size | field |
/// |      0 |    4 | id    |
pub(crate) const fn received(id: u32) -> [u8; 4] {
    id.to_be_bytes()
}

/// 0x8800: these packets did not come.
///
/// | offset | size | field   |
/// |      0 |    4 | id      |
/// |      4 |    1 | count   |
/// |      5 |   2n | packets |
pub(crate) fn missing(id: [u8; 4], packets: &[u16]) -> Vec<u8> {
    let count = u8::try_from(packets.len()).unwrap_or(u8::MAX);
    let packets = packets.iter().take(usize::from(count)).flat_map(|packet| packet.to_be_bytes());
    id.into_iter().chain([count]).chain(packets).collect()
}

pub(crate) fn explain(fields: &mut Explained, _: &Header) {
    fields.field("id", 4, number);
    fields.field("kind", 1, |b| (number(b).0, "0 photo, 1 sound, 2 video".to_owned()));
    fields.field("format", 1, |b| (number(b).0, "0 JPEG, 1 TIF, 2 MP3, 3 WAV, 4 WMV".to_owned()));
    fields.field("event", 1, |b| (number(b).0, "0 command, 1 timer, 2 robbery, 3 collision".to_owned()));
    fields.field("channel", 1, number);
}

pub(crate) fn explain_content(fields: &mut Explained, header: &Header) {
    explain(fields, header);
    if place(fields.peek()).is_some() {
        let end = fields.at() + PLACE_BYTES;
        explain_within(fields, end);
    }
    fields.rest("media", opaque);
}

/// | offset | size    | field           |                       |
/// |      0 |       2 | answered serial |                       |
/// |      2 |       2 | count           | not trusted           |
/// |      4 | 35n/31n | found           | without an id in 2011 |
pub(crate) fn found(context: &Context<'_>) -> Outcome {
    let read = || -> Result<(u16, &[u8]), nom::Err<Missing>> {
        let (i, serial) = field("answered serial", be_u16)(context.body)?;
        let (items, _count) = field("count", be_u16)(i)?;
        Ok((serial, items))
    };
    let (serial, items) = match read() {
        Ok(read) => read,
        Err(error) => return Outcome::short("media_found", &error, context.body),
    };
    let width = found_width(items);
    let ids: Vec<u32> =
        if width == FOUND_BYTES { items.chunks_exact(width).filter_map(id).collect() } else { Vec::new() };
    let text = format!("{} found", items.len() / width);
    let ids = (!ids.is_empty()).then_some(Attribute::MediaIds(ids)).into_iter().collect();
    let Outcome { mut events, owed, .. } = Outcome::reply(Some(serial), text, ids);
    let mut problem = (items.len() % width != 0)
        .then(|| short("media_found", &nom::Err::Error(Missing("location")), context.body));
    for item in items.chunks_exact(width) {
        let place = item.get(width - PLACE_BYTES..).unwrap_or_default();
        if let Ok(located) = locate(place, context) {
            events.push(position(Position { buffered: true, ..located.position }));
            problem = problem.or(located.problem);
        }
    }
    Outcome { events, owed, problem }
}

fn id(item: &[u8]) -> Option<u32> {
    item.first_chunk().copied().map(u32::from_be_bytes)
}

/// | 2011 | 2013 | size | field    |
/// |    - |    0 |    4 | id       |
/// |    0 |    4 |    1 | kind     |
/// |    1 |    5 |    1 | channel  |
/// |    2 |    6 |    1 | event    |
/// |    3 |    7 |   28 | location |
const fn found_width(items: &[u8]) -> usize {
    let only_2011 = !items.len().is_multiple_of(FOUND_BYTES) && items.len().is_multiple_of(FOUND_BYTES_2011);
    if only_2011 { FOUND_BYTES_2011 } else { FOUND_BYTES }
}

pub(crate) fn explain_found(fields: &mut Explained, _: &Header) {
    fields.field("answered serial", 2, number);
    fields.field("count", 2, number);
    let width = found_width(fields.peek());
    while !fields.peek().is_empty() {
        if width == FOUND_BYTES {
            fields.field("id", 4, number);
        }
        fields.field("kind", 1, number);
        fields.field("channel", 1, number);
        fields.field("event", 1, number);
        let end = fields.at() + PLACE_BYTES;
        explain_within(fields, end);
    }
}

/// | offset | size | field           |                                |
/// |      0 |    2 | answered serial |                                |
/// |      2 |    1 | result          | 0 ok, 1 failed, 2 no channel   |
/// |      3 |    2 | count           | not trusted; only if ok        |
/// |      5 |   4n | ids             |                                |
pub(crate) fn taken(context: &Context<'_>) -> Outcome {
    let read = || -> Result<(u16, u8, &[u8]), nom::Err<Missing>> {
        let (i, serial) = field("answered serial", be_u16)(context.body)?;
        let (i, result) = field("result", be_u8)(i)?;
        Ok((serial, result, i.get(2..).unwrap_or_default()))
    };
    match read() {
        Ok((serial, result, ids)) => {
            let ids: Vec<u32> = ids.chunks_exact(4).filter_map(id).collect();
            let text = format!("{}, {} taken", taken_result(result), ids.len());
            if result != TAKEN {
                return Outcome::refusal(Some(serial), text);
            }
            let ids = (!ids.is_empty()).then_some(Attribute::MediaIds(ids)).into_iter().collect();
            Outcome::reply(Some(serial), text, ids)
        }
        Err(error) => Outcome::short("photos_taken", &error, context.body),
    }
}

pub(crate) fn explain_taken(fields: &mut Explained, _: &Header) {
    fields.field("answered serial", 2, number);
    fields.field("result", 1, |b| {
        (number(b).0, taken_result(b.first().copied().unwrap_or_default()).to_owned())
    });
    fields.field("count", 2, number);
    while !fields.peek().is_empty() {
        fields.field("id", 4, number);
    }
}

const fn taken_result(result: u8) -> &'static str {
    match result {
        TAKEN => "ok",
        1 => "failed",
        2 => "no such channel",
        _ => "unknown result",
    }
}

const TAKEN: u8 = 0;
const PLACE_BYTES: usize = 28;
const FOUND_BYTES: usize = 35;
const FOUND_BYTES_2011: usize = 31;
