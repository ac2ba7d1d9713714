//! Location, numbers 0x12, 0x22, 0x2D and 0xA0: satellite block, cell, and from 0x22 on the state of the report.
//!
//! Shape: 18 bytes and more → `Event::Position`. Units: mileage in metres. Errors: a body shorter than the satellite
//! block; an impossible date and a place off the globe are said beside the report. Source: SPEC.md §4.3.

use crate::field::cell::{Serving, Width, cell};
use crate::field::clock::Zone;
use crate::field::gps::{Gps, gps};
use crate::field::{Parsed, Rows, surplus};
use crate::message::Said;
use model::{Attribute, Event};
use nom::Parser;
use nom::combinator::{cond, opt, rest};
use nom::number::complete::{be_u8, be_u32};

/// The body as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Location<'a> {
    gps: Gps,
    cell: Option<Serving>,
    state: State,
    tail: &'a [u8],
}

/// How the report came about. Devices leave fields off from the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct State {
    ignition: Option<u8>,
    mode: Option<u8>,
    reupload: Option<u8>,
    mileage: Option<u32>,
}

/// Numbers 0x12, 0x11, and 0xA2 where it is no report of cells. What follows differs by model and is kept whole.
///
/// | offset | size | field | coding     |
/// |      0 |   18 | gps   | see `gps`  |
/// |     18 | 8..16| cell  | see `cell` |
pub(crate) fn plain(width: Width) -> impl Fn(&[u8]) -> Parsed<'_, Location<'_>> {
    move |i| {
        let (i, gps) = gps(i)?;
        let (i, cell) = opt(cell(width)).parse(i)?;
        let (i, tail) = rest(i)?;
        Ok((i, Location { gps, cell, state: State::default(), tail }))
    }
}

/// Number 0x10, and the address requests 0x1A and 0x2A, whose phone number is kept as it came.
///
/// | offset | size | field | coding     |
/// |      0 |   18 | gps   | see `gps`  |
pub(crate) fn gps_only(i: &[u8]) -> Parsed<'_, Location<'_>> {
    let (i, gps) = gps(i)?;
    let (i, tail) = rest(i)?;
    Ok((i, Location { gps, cell: None, state: State::default(), tail }))
}

/// Numbers 0x22 and 0x2D, and with the wide cell 0xA0.
///
/// | offset | size | field     | coding                                   |
/// |      0 |   18 | gps       | see `gps`                                |
/// |     18 | 8..16| cell      | see `cell`                               |
/// |     26 |    1 | ignition  | 0 off, 1 on                              |
/// |     27 |    1 | mode      | why the report was sent                  |
/// |     28 |    1 | re-upload | 0 live, 1 buffered                       |
/// |     29 |    4 | mileage   | metres                                   |
pub(crate) fn with_state(width: Width) -> impl Fn(&[u8]) -> Parsed<'_, Location<'_>> {
    move |i| {
        let (i, gps) = gps(i)?;
        let (i, cell) = opt(cell(width)).parse(i)?;
        let (i, state) = cond(cell.is_some(), state).parse(i)?;
        let (i, tail) = rest(i)?;
        Ok((i, Location { gps, cell, state: state.unwrap_or_default(), tail }))
    }
}

fn state(i: &[u8]) -> Parsed<'_, State> {
    let (i, ignition) = opt(be_u8).parse(i)?;
    let (i, mode) = opt(be_u8).parse(i)?;
    let (i, reupload) = opt(be_u8).parse(i)?;
    let (i, mileage) = opt(be_u32).parse(i)?;
    Ok((i, State { ignition, mode, reupload, mileage }))
}

impl Location<'_> {
    pub(crate) fn said(&self, number: u8, zone: Zone) -> Said {
        let mut position = self.gps.position(zone, self.state.ignition.as_slice());
        position.buffered = self.state.reupload == Some(BUFFERED);
        let ignition = self.state.ignition.map(|on| on != 0).or_else(|| self.gps.ignition());
        // One by one: to move a value that was just written costs more than to write it in its place.
        let attributes = &mut position.attributes;
        if let Some(on) = ignition {
            attributes.push(Attribute::Ignition(on));
        }
        if let Some(mode) = self.state.mode {
            attributes.push(Attribute::UploadMode(mode));
        }
        if let Some(metres) = self.state.mileage {
            attributes.push(odometer(metres));
        }
        attributes.extend(self.cell.and_then(|cell| cell.attribute()));
        attributes.extend(surplus(number, self.tail));
        let problem = self.gps.problem(position.time);
        Said { events: vec![Event::Position(Box::new(position))], problem }
    }

    pub(crate) fn describe(&self, zone: Zone, rows: &mut Rows) {
        self.gps.describe(zone, rows);
        if let Some(cell) = &self.cell {
            cell.describe(rows);
        }
        if let Some(on) = self.state.ignition {
            rows.add(1, "acc", on, if on == 0 { "ignition off" } else { "ignition on" });
        }
        if let Some(mode) = self.state.mode {
            rows.add(1, "upload mode", format!("{mode:#04x}"), mode_words(mode));
        }
        if let Some(reupload) = self.state.reupload {
            rows.add(1, "re-upload", reupload, if reupload == BUFFERED { "buffered" } else { "live" });
        }
        if let Some(metres) = self.state.mileage {
            rows.add(4, "mileage", metres, "metres");
        }
        rows.add_raw("surplus", self.tail, "behind the known fields, kept as hex");
    }
}

/// Metres on the wire as the model's kilometres.
pub(crate) fn odometer(metres: u32) -> Attribute {
    Attribute::OdometerKm(f64::from(metres) / 1000.0)
}

const fn mode_words(mode: u8) -> &'static str {
    match mode {
        0x00 => "interval",
        0x01 => "distance",
        0x02 => "turn",
        0x03 => "ignition changed",
        0x04 => "last fix before standing still",
        0x05 => "last fix before reconnecting",
        0x06 => "ephemeris refreshed",
        0x07 => "key pressed",
        0x08 => "powered on",
        0x0A => "refresh while parked",
        0x0B => "derived from Wi-Fi",
        0x0C => "asked for by command",
        0x0D => "last fix while parked",
        0x0E => "interval while parked",
        0x0F => "end of tracking mode",
        _ => "not in the table",
    }
}

const BUFFERED: u8 = 1;
