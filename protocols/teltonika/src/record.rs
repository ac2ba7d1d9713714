//! A packet of records: Codec 8, 8 Extended, 16.
//!
//! Shape: content → [`Records`], one [`Record`] after the other as on the wire, then their [`End`]; `report` gives a
//! record its meaning. Elements are read where they stand. Units: as on the wire. Errors: the field before which the
//! packet ended; what was read before it stays. Source: SPEC.md §4.

use crate::codec::{Codec, Layout, Width};
use crate::field::{Ends, Parsed, before, field, sized};
use nom::bytes::complete::take;
use nom::number::complete::{be_i16, be_i32, be_u8, be_u16, be_u64};
use wire::Problem;

/// The records of a packet, as far as they can be read.
#[derive(Debug)]
pub(crate) struct Records<'a> {
    pub(crate) count: u8,
    left: u8,
    layout: &'static Layout,
    /// What is not read yet.
    i: &'a [u8],
    size: usize,
    /// The field before which the packet ended.
    ends: Option<&'static str>,
}

/// What stands behind the records.
#[derive(Debug)]
pub(crate) struct End {
    /// `None` if the packet does not go that far.
    pub(crate) second_count: Option<u8>,
    pub(crate) problem: Option<Problem>,
}

/// One record as on the wire.
#[derive(Debug, Clone, Copy)]
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
    groups: [Group<'a>; GROUPS_MAX],
    pub(crate) layout: &'static Layout,
}

/// The elements of one size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Group<'a> {
    /// `None` = each brings its length.
    pub(crate) size: Option<u8>,
    pub(crate) count: u16,
    id: Width,
    bytes: &'a [u8],
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
    let [codec, count, ref i @ ..] = *content else { return None };
    let layout = Codec(codec).layout()?;
    Some(Records { count, left: count, layout, i, size: content.len(), ends: None })
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        self.left = self.left.checked_sub(1)?;
        match record(self.i, self.layout) {
            Ok((i, record)) => {
                self.i = i;
                Some(record)
            }
            Err(error) => {
                (self.left, self.ends) = (0, Some(before(&error)));
                None
            }
        }
    }
}

impl Records<'_> {
    /// Reads on to the second count.
    pub(crate) fn end(mut self) -> End {
        self.by_ref().for_each(drop);
        let short = |field| Problem::Short { message: MESSAGE, field, have: self.size };
        let problem = match (self.ends, self.i) {
            (Some(field), _) => return End { second_count: None, problem: Some(short(field)) },
            (None, []) => Some(short("second count")),
            (None, [second]) if *second == self.count => None,
            (None, [_]) => Some(Problem::Header { reason: "the two counts of records differ" }),
            (None, [_, surplus @ ..]) => Some(Problem::Trailing { message: MESSAGE, surplus: surplus.len() }),
        };
        End { second_count: self.i.first().copied(), problem }
    }
}

/// Whether records fill the content to its last byte and both counts agree.
pub(crate) fn fills(content: &[u8]) -> bool {
    records(content).is_some_and(|records| records.end().problem.is_none())
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
fn record<'a>(i: &'a [u8], layout: &'static Layout) -> Parsed<'a, Record<'a>> {
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
            layout,
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

fn groups<'a>(mut i: &'a [u8], layout: &Layout) -> Parsed<'a, [Group<'a>; GROUPS_MAX]> {
    let mut groups = [Group::EMPTY; GROUPS_MAX];
    for (slot, size) in groups.iter_mut().zip(layout.sizes) {
        (i, *slot) = group(i, layout, *size)?;
    }
    Ok((i, groups))
}

/// | offset | size | field    | unit / coding        |
/// |      0 |  1-2 | count    | elements of the size |
/// |        |    n | elements |                      |
fn group<'a>(i: &'a [u8], layout: &Layout, size: Option<u8>) -> Parsed<'a, Group<'a>> {
    let (i, count) = sized("number of elements of a size", layout.count)(i)?;
    let (i, bytes) = match size {
        Some(size) => {
            field("elements", take(usize::from(count) * (layout.id.bytes() + usize::from(size))))(i)?
        }
        None => variable(i, layout.id, count)?,
    };
    Ok((i, Group { size, count, id: layout.id, bytes }))
}

/// From the first one on.
fn variable(i: &[u8], id: Width, count: u16) -> Parsed<'_, &[u8]> {
    let mut after = i;
    for _ in 0..count {
        (after, _) = element(after, id, None)?;
    }
    Ok((after, i))
}

/// | offset | size | field    | unit / coding        |
/// |      0 |  1-2 | id       |                      |
/// |        |    2 | length   | variable size only   |
/// |        |    n | value    |                      |
fn element(i: &[u8], id: Width, size: Option<u8>) -> Parsed<'_, Element<'_>> {
    let (i, id) = sized("element id", id)(i)?;
    let (i, size) = match size {
        Some(size) => (i, u16::from(size)),
        None => field("element length", be_u16)(i)?,
    };
    let (i, value) = field("element value", take(size))(i)?;
    Ok::<_, nom::Err<Ends>>((i, Element { id, value }))
}

impl<'a> Record<'a> {
    /// Those that its codec has, in wire order.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &Group<'a>> {
        self.groups.iter().take(self.layout.sizes.len())
    }

    /// All its elements, in wire order.
    pub(crate) fn elements(&self) -> impl Iterator<Item = Element<'a>> {
        self.groups.iter().flat_map(Group::elements)
    }

    /// How many it holds.
    pub(crate) fn held(&self) -> usize {
        self.groups.iter().map(|group| usize::from(group.count)).sum()
    }

    /// The value of the element that caused it, if it is there.
    pub(crate) fn event_value(&self) -> Option<&'a [u8]> {
        self.elements().find(|element| element.id == self.event).map(|element| element.value)
    }

    /// Whether it holds as many elements as it says.
    pub(crate) fn is_counted_right(&self) -> bool {
        self.held() == usize::from(self.total)
    }
}

impl<'a> Group<'a> {
    const EMPTY: Self = Self { size: None, count: 0, id: Width::One, bytes: &[] };

    /// In wire order.
    pub(crate) fn elements(&self) -> impl Iterator<Item = Element<'a>> {
        let Self { size, count, id, mut bytes } = *self;
        (0..count).map_while(move |_| {
            let (after, element) = element(bytes, id, size).ok()?;
            bytes = after;
            Some(element)
        })
    }
}

/// The message's name in problems and in JSON.
pub(crate) const MESSAGE: &str = "records";
/// Of 1, 2, 4, 8 bytes, and of any size.
const GROUPS_MAX: usize = 5;
