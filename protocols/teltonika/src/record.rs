//! A packet of records: Codec 8, 8 Extended, 16.
//!
//! Shape: content → [`Records`], each a [`Record`] as on the wire; `report` gives it a meaning. Units: as on the wire.
//! Errors: the field before which the packet ended; what was read before it stays. Source: SPEC.md §4.

use crate::codec::{Codec, Layout, Width};
use crate::field::{Ends, Parsed, before, field, sized};
use nom::bytes::complete::take;
use nom::number::complete::{be_i16, be_i32, be_u8, be_u16, be_u64};
use wire::Problem;

/// A packet of records, as far as it could be read.
#[derive(Debug)]
pub(crate) struct Records<'a> {
    pub(crate) layout: &'static Layout,
    /// Both counts, the second if the packet goes that far.
    pub(crate) counts: (u8, Option<u8>),
    pub(crate) read: Vec<Record<'a>>,
    pub(crate) problem: Option<Problem>,
}

/// One record as on the wire.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Record<'a> {
    pub(crate) timestamp: u64,
    pub(crate) priority: u8,
    pub(crate) longitude: i32,
    pub(crate) latitude: i32,
    pub(crate) altitude: i16,
    pub(crate) angle: u16,
    pub(crate) satellites: u8,
    pub(crate) speed: u16,
    pub(crate) event: u16,
    pub(crate) generation: Option<u8>,
    pub(crate) total: u16,
    pub(crate) groups: Vec<Group<'a>>,
}

/// The elements of one size.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Group<'a> {
    /// `None` = each brings its length.
    pub(crate) size: Option<usize>,
    pub(crate) elements: Vec<Element<'a>>,
}

/// One IO element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    pub(crate) id: u16,
    pub(crate) value: &'a [u8],
}

/// | offset | size | field   | unit / coding         |
/// |      0 |    1 | codec   | 08, 8E, 10            |
/// |      1 |    1 | count   | records               |
/// |      2 |    n | records |                       |
/// |  2 + n |    1 | count   | must be the first one |
///
/// `None` if the codec carries no records.
pub(crate) fn records(content: &[u8]) -> Option<Records<'_>> {
    let [codec, count, ref rest @ ..] = *content else { return None };
    let layout = Codec(codec).layout()?;
    let short = |field| Problem::Short { message: MESSAGE, field, have: content.len() };
    let mut records = Records { layout, counts: (count, None), read: Vec::new(), problem: None };
    let mut i = rest;
    for _ in 0..count {
        match record(i, layout) {
            Ok((after, record)) => {
                records.read.push(record);
                i = after;
            }
            Err(error) => return Some(Records { problem: Some(short(before(&error))), ..records }),
        }
    }
    records.counts.1 = i.first().copied();
    records.problem = match i {
        [] => Some(short("second count")),
        [second] if *second == count => None,
        [_] => Some(Problem::Header { reason: "the two counts of records differ" }),
        [_, surplus @ ..] => Some(Problem::Trailing { message: MESSAGE, surplus: surplus.len() }),
    };
    Some(records)
}

/// Whether records fill the content to its last byte and both counts agree.
pub(crate) fn fills(content: &[u8]) -> bool {
    records(content).is_some_and(|records| records.problem.is_none())
}

/// | offset | size | field      | unit / coding                       |
/// |      0 |    8 | timestamp  | ms since 1970, UTC                  |
/// |      8 |    1 | priority   | 0 low, 1 high, 2 panic              |
/// |      9 |    4 | longitude  | 1e-7 degree, signed                 |
/// |     13 |    4 | latitude   | 1e-7 degree, signed                 |
/// |     17 |    2 | altitude   | m, signed                           |
/// |     19 |    2 | angle      | degrees from north                  |
/// |     21 |    1 | satellites | 0: no fix                           |
/// |     22 |    2 | speed      | km/h                                |
/// |     24 |  1-2 | event      | id of the element that caused it, 0 |
/// |        |    1 | generation | Codec 16 only                       |
/// |        |  1-2 | total      | elements                            |
/// |        |      | elements   | of 1, 2, 4, 8 bytes, then variable  |
fn record<'a>(i: &'a [u8], layout: &Layout) -> Parsed<'a, Record<'a>> {
    let (i, timestamp) = field("timestamp", be_u64)(i)?;
    let (i, priority) = field("priority", be_u8)(i)?;
    let (i, longitude) = field("longitude", be_i32)(i)?;
    let (i, latitude) = field("latitude", be_i32)(i)?;
    let (i, altitude) = field("altitude", be_i16)(i)?;
    let (i, angle) = field("angle", be_u16)(i)?;
    let (i, satellites) = field("satellites", be_u8)(i)?;
    let (i, speed) = field("speed", be_u16)(i)?;
    let (i, event) = sized("event id", layout.event)(i)?;
    let (i, generation) = generation(i, layout)?;
    let (i, total) = sized("number of elements", layout.count)(i)?;
    let (i, groups) = groups(i, layout)?;
    Ok((
        i,
        Record {
            timestamp,
            priority,
            longitude,
            latitude,
            altitude,
            angle,
            satellites,
            speed,
            event,
            generation,
            total,
            groups,
        },
    ))
}

fn generation<'a>(i: &'a [u8], layout: &Layout) -> Parsed<'a, Option<u8>> {
    if !layout.has_generation {
        return Ok((i, None));
    }
    let (i, generation) = field("generation type", be_u8)(i)?;
    Ok((i, Some(generation)))
}

fn groups<'a>(mut i: &'a [u8], layout: &Layout) -> Parsed<'a, Vec<Group<'a>>> {
    let variable = layout.has_variable.then_some(None);
    let sizes = FIXED_SIZES.into_iter().map(Some).chain(variable);
    let mut groups = Vec::with_capacity(FIXED_SIZES.len() + 1);
    for size in sizes {
        let (after, group) = group(i, layout, size)?;
        groups.push(group);
        i = after;
    }
    Ok((i, groups))
}

/// | offset | size | field    | unit / coding        |
/// |      0 |  1-2 | count    | elements of the size |
/// |        |  1-2 | id       |                      |
/// |        |    2 | length   | variable size only   |
/// |        |    n | value    |                      |
fn group<'a>(i: &'a [u8], layout: &Layout, size: Option<usize>) -> Parsed<'a, Group<'a>> {
    let (mut i, count) = sized("number of elements of a size", layout.count)(i)?;
    let mut elements = Vec::new();
    for _ in 0..count {
        let (after, element) = element(i, layout.id, size)?;
        elements.push(element);
        i = after;
    }
    Ok((i, Group { size, elements }))
}

fn element(i: &[u8], id: Width, size: Option<usize>) -> Parsed<'_, Element<'_>> {
    let (i, id) = sized("element id", id)(i)?;
    let (i, size) = match size {
        Some(size) => (i, size),
        None => field("element length", be_u16)(i).map(|(i, size)| (i, usize::from(size)))?,
    };
    let (i, value) = field("element value", take(size))(i)?;
    Ok::<_, nom::Err<Ends>>((i, Element { id, value }))
}

impl<'a> Record<'a> {
    /// All its elements, in wire order.
    pub(crate) fn elements(&self) -> impl Iterator<Item = &Element<'a>> {
        self.groups.iter().flat_map(|group| &group.elements)
    }

    /// The value of the element that caused it, if it is there.
    pub(crate) fn event_value(&self) -> Option<&'a [u8]> {
        self.elements().find(|element| element.id == self.event).map(|element| element.value)
    }

    /// Whether it holds as many elements as it says.
    pub(crate) fn is_counted_right(&self) -> bool {
        self.elements().count() == usize::from(self.total)
    }
}

/// The message's name in problems and in JSON.
pub(crate) const MESSAGE: &str = "records";
const FIXED_SIZES: [usize; 4] = [1, 2, 4, 8];
