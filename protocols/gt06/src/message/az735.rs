//! AZ735, numbers 0x32 and 0x33 in extended frames: a report whose parts each have their length before them.
//!
//! Shape: clock, satellites, cell, cells, Wi-Fi, status, extension → `Event::Position`. Units: as the shared fields.
//! Errors: a length that the body does not hold is short; the answer is an extended frame. Source: SPEC.md §4.12.

use crate::field::cell::{Width, access_point, heard_cell, network};
use crate::field::clock::{Clock, Habits, Zone, clock};
use crate::field::gps::{Gps, gps_behind};
use crate::field::{Parsed, Rows};
use crate::message::Said;
use crate::message::layout::Draft;
use model::{AccessPoint, Alarm, Attribute, Cell};
use nom::Parser;
use nom::bytes::complete::take;
use nom::combinator::{map, rest};
use nom::error::context;
use nom::multi::{length_data, many0};
use nom::number::complete::be_u8;

/// The body as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Az735<'a> {
    clock: Clock,
    gps: Option<Gps>,
    /// The bytes of each part, for a person.
    satellites: &'a [u8],
    lbs: &'a [u8],
    cells: Vec<Cell>,
    signal: Option<u8>,
    neighbours: &'a [u8],
    wifi: &'a [u8],
    heard: Vec<AccessPoint>,
    status: u8,
    extension: &'a [u8],
    tail: &'a [u8],
}

/// | offset | size | field      | coding                                                     |
/// |      0 |    6 | clock      | see `clock`                                                |
/// |      6 |  1+n | satellites | length 0 or 12, then satellites to course word as in `gps` |
/// |        |  1+n | cell       | length counts itself; 0 none                               |
/// |        |  0/1 | signal     | behind a cell                                              |
/// |        |  1+n | neighbours | length; LAC 2, cell id 3, signal 1 each                    |
/// |        |  1+n | Wi-Fi      | length; MAC 6, signal 1 each                               |
/// |        |    1 | status     | see [`STATUS`]                                             |
/// |        |  1+n | extension  | length; reserved                                           |
pub(crate) fn az735(i: &[u8]) -> Parsed<'_, Az735<'_>> {
    let (i, clock) = context("date and time", clock).parse(i)?;
    let (i, satellites) = context("satellites", length_data(be_u8)).parse(i)?;
    let (i, lbs) = context("cell", counting_itself).parse(i)?;
    let (i, signal) = context("signal", map(take(usize::from(!lbs.is_empty())), first)).parse(i)?;
    let (i, neighbours) = context("neighbours", length_data(be_u8)).parse(i)?;
    let (i, wifi) = context("access points", length_data(be_u8)).parse(i)?;
    let (i, status) = context("status", be_u8).parse(i)?;
    let (i, extension) = context("extension", length_data(be_u8)).parse(i)?;
    let (i, tail) = rest(i)?;
    let gps = gps_behind(clock, satellites).ok().map(|(_, gps)| gps);
    let cells = cells(lbs, signal, neighbours);
    let heard = many0(access_point).parse(wifi).map(|(_, heard)| heard).unwrap_or_default();
    Ok((
        i,
        Az735 {
            clock,
            gps,
            satellites,
            lbs,
            cells,
            signal,
            neighbours,
            wifi,
            heard,
            status,
            extension,
            tail,
        },
    ))
}

fn counting_itself(i: &[u8]) -> Parsed<'_, &[u8]> {
    let (i, length) = be_u8(i)?;
    take(usize::from(length).saturating_sub(1)).parse(i)
}

fn first(bytes: &[u8]) -> Option<u8> {
    bytes.first().copied()
}

/// The serving cell and its neighbours, which have its network.
fn cells(lbs: &[u8], signal: Option<u8>, neighbours: &[u8]) -> Vec<Cell> {
    let Ok((place, network)) = network(lbs) else { return Vec::new() };
    let serving = [place, signal.as_slice()].concat();
    let list = [&serving[..], neighbours].concat();
    many0(|i| heard_cell(i, network, Width::Narrow))
        .parse(&list[..])
        .map(|(_, cells)| cells)
        .unwrap_or_default()
}

impl Az735<'_> {
    pub(crate) fn said(&self, number: u8, habits: Habits) -> Said {
        let mut draft = Draft::new(number, habits);
        (draft.clock, draft.gps) = (Some(self.clock), self.gps);
        draft.hear(&self.cells, &self.heard);
        draft.added.push(self.status);
        match STATUS.iter().find(|(status, _)| *status == self.status) {
            Some((_, Means::Armed(armed))) => draft.push(Attribute::Armed(*armed)),
            Some((_, Means::Alarm(alarm))) => draft.raise(*alarm),
            None => {}
        }
        draft.keep(None, &[self.status]);
        draft.keep(None, self.extension);
        draft.keep(None, self.tail);
        draft.position()
    }

    pub(crate) fn describe(&self, zone: Zone, rows: &mut Rows) {
        self.clock.describe(zone, rows);
        rows.add(1, "length", self.satellites.len(), "of the satellite block");
        rows.add_raw("satellite block", self.satellites, "satellites, place, speed, course word");
        rows.add(1, "length", self.lbs.len(), "of the cell, and this byte");
        rows.add_raw("cell", self.lbs, "network, area, cell id");
        rows.add_raw("signal", self.signal.as_slice(), "of the cell");
        rows.add(1, "length", self.neighbours.len(), "of the neighbours");
        rows.add_raw("neighbours", self.neighbours, "area, cell id, signal of each");
        rows.add(1, "length", self.wifi.len(), "of the access points");
        rows.add_raw("access points", self.wifi, "address and signal of each");
        rows.add(1, "status", format!("{:#04x}", self.status), "see SPEC.md §4.12");
        rows.add(1, "length", self.extension.len(), "of the extension");
        rows.add_raw("extension", self.extension, "reserved, kept as hex");
        rows.add_raw("surplus", self.tail, "behind the known fields, kept as hex");
    }
}

/// What a status stands for.
#[derive(Debug, Clone, Copy)]
enum Means {
    Armed(bool),
    Alarm(Alarm),
}

const STATUS: &[(u8, Means)] = &[
    (0xA0, Means::Armed(true)),
    (0xA1, Means::Armed(false)),
    (0xA2, Means::Alarm(Alarm::LowBattery)),
    (0xA3, Means::Alarm(Alarm::LowBattery)),
    (0xA4, Means::Alarm(Alarm::General)),
    (0xA5, Means::Alarm(Alarm::Door)),
];
