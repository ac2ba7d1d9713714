//! Cells and Wi-Fi of clones, numbers 0x17 and 0x69: a clock in packed digits, a number of access points in place of
//! the length, and neither serial nor checksum.
//!
//! Shape: the whole frame → `Event::Position` without a fix, and an answer of its own. Units: signal in the device's
//! scale. Errors: `None` unless everything adds up, since no checksum vouches for it. Source: SPEC.md §4.13.

use crate::field::cell::{access_point, clone_cell};
use crate::field::clock::{Clock, Habits, Zone, packed_clock};
use crate::field::{Parsed, Rows};
use crate::message::Said;
use crate::message::layout::Draft;
use bytes::Bytes;
use model::{AccessPoint, Cell};
use nom::Parser;
use nom::multi::count;
use nom::number::complete::{be_u8, be_u16};

/// The frame as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WifiClone<'a> {
    pub(crate) number: u8,
    clock: Clock,
    /// As sent, which the answer repeats.
    digits: &'a [u8],
    body: &'a [u8],
    wifi: Vec<AccessPoint>,
    cells: Vec<Cell>,
}

/// The frame, if it is one of these to the last byte.
pub(crate) fn wifi_clone(wire: &[u8]) -> Option<WifiClone<'_>> {
    let [0x78, 0x78, points, number @ (0x17 | 0x69), body @ .., 0x0D, 0x0A] = wire else { return None };
    let ([], (clock, wifi, cells)) = report(body, usize::from(*points)).ok()? else { return None };
    let heard = !wifi.is_empty() || !cells.is_empty();
    let digits = body.get(..6)?;
    (heard && clock.is_sane()).then_some(WifiClone { number: *number, clock, digits, body, wifi, cells })
}

/// | offset | size  | field         | coding                                       |
/// |      0 |     6 | clock         | packed digits                                |
/// |      6 | n × 7 | access points | MAC 6, signal 1; n in place of the length    |
/// |        |     1 | count         | of cells                                     |
/// |        |     3 | network       | MCC 2, MNC 1                                 |
/// |        | m × 5 | cells         | LAC 2, cell id 2, signal 1                   |
fn report(i: &[u8], points: usize) -> Parsed<'_, (Clock, Vec<AccessPoint>, Vec<Cell>)> {
    let (i, clock) = packed_clock(i)?;
    let (i, wifi) = count(access_point, points).parse(i)?;
    let (i, size) = be_u8(i)?;
    let (i, mcc) = be_u16(i)?;
    let (i, mnc) = be_u8(i)?;
    let (i, cells) = count(|i| clone_cell(i, mcc, mnc), usize::from(size)).parse(i)?;
    Ok((i, (clock, wifi, cells)))
}

impl WifiClone<'_> {
    pub(crate) fn said(&self, habits: Habits) -> Said {
        let mut draft = Draft::new(self.number, habits);
        draft.clock = Some(self.clock);
        draft.hear(&self.cells, &self.wifi);
        draft.position()
    }

    /// Start mark, 0, the number, the clock as it came, stop mark.
    pub(crate) fn answer(&self) -> Bytes {
        [&[0x78, 0x78, 0x00, self.number][..], self.digits, &[0x0D, 0x0A]].concat().into()
    }

    pub(crate) fn describe(&self, zone: Zone, rows: &mut Rows) {
        self.clock.describe(zone, rows);
        rows.add_raw("cells and access points", self.body.get(6..).unwrap_or_default(), "what was heard");
    }
}
