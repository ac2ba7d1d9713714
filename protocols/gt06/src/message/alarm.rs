//! Alarm, numbers 0x16, 0x26, 0x27, 0xA3 and 0xA4: a location with the device's status and an alarm code.
//!
//! Shape: 18 bytes and more → `Event::Position` with alarms. Units: mileage in metres. Errors: as location; a body
//! that ends before the alarm byte is still a position, and says so. Source: SPEC.md §4.4.

use crate::alarm_codes::Dialect;
use crate::field::cell::{Serving, Width, cell};
use crate::field::clock::Habits;
use crate::field::gps::{Gps, gps};
use crate::field::status::{Status, status};
use crate::field::{Parsed, Rows, surplus};
use crate::message::{Said, location};
use model::{Alarms, Attribute, Attributes, Event};
use nom::Parser;
use nom::bytes::complete::take;
use nom::combinator::{cond, opt, rest};
use nom::number::complete::{be_u8, be_u32};
use wire::Problem;

/// The body as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AlarmReport<'a> {
    gps: Gps,
    lbs: Option<Lbs<'a>>,
    state: Option<State>,
    fence: Option<u8>,
    mileage: Option<u32>,
    tail: &'a [u8],
    /// Length of the body, to say where it ended.
    size: usize,
}

/// The cell and the length byte before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lbs<'a> {
    length: u8,
    cell: Option<Serving>,
    padding: &'a [u8],
}

/// Status and alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    status: Status,
    alarm: u8,
    language: u8,
    /// The code; with the language's high nibble in front of it in the messages of many fences.
    code: u16,
}

/// Numbers 0x16 and 0x26, and with the wide cell 0xA3.
///
/// | offset | size | field    | coding                                     |
/// |      0 |   18 | gps      | see `gps`                                  |
/// |     18 | 9..  | lbs      | see [`lbs`]                                |
/// |     27 |    5 | state    | see [`state`]                              |
/// |     32 |    4 | mileage  | metres; only where nothing else follows    |
pub(crate) fn single_fence(width: Width) -> impl Fn(&[u8]) -> Parsed<'_, AlarmReport<'_>> {
    move |i| {
        let size = i.len();
        let (i, gps) = gps(i)?;
        let (i, lbs) = opt(lbs(width)).parse(i)?;
        let (i, state) = opt(state).parse(i).map(|(left, state)| believed(i, left, state))?;
        let (i, mileage) = cond(i.len() == MILEAGE_SIZE, be_u32).parse(i)?;
        let (i, tail) = rest(i)?;
        Ok((i, AlarmReport { gps, lbs, state, fence: None, mileage, tail, size }))
    }
}

/// A maker who puts more in front of the status than its length byte says would otherwise report zeros: battery empty,
/// ignition off.
fn believed<'a>(before: &'a [u8], left: &'a [u8], state: Option<State>) -> (&'a [u8], Option<State>) {
    if left.len() > SURPLUS_MAX { (before, None) } else { (left, state) }
}

/// Number 0x27, and with the wide cell 0xA4.
///
/// | offset | size | field    | coding                                     |
/// |      0 |   18 | gps      | see `gps`                                  |
/// |     18 | 9..  | lbs      | see [`lbs`]                                |
/// |     27 |    5 | state    | see [`state`]                              |
/// |     32 |    1 | fence    | 0 is the first; 0xFF none                  |
/// |     33 |    4 | mileage  | metres; only where nothing else follows    |
pub(crate) fn many_fences(width: Width) -> impl Fn(&[u8]) -> Parsed<'_, AlarmReport<'_>> {
    move |i| {
        let size = i.len();
        let (i, gps) = gps(i)?;
        let (i, lbs) = opt(lbs(width)).parse(i)?;
        let (i, state) = opt(state).parse(i)?;
        let state = state.map(State::extended);
        let (i, fence) = cond(state.is_some(), opt(be_u8)).parse(i)?;
        let (i, mileage) = cond(i.len() == MILEAGE_SIZE, be_u32).parse(i)?;
        let (i, tail) = rest(i)?;
        Ok((i, AlarmReport { gps, lbs, state, fence: fence.flatten(), mileage, tail, size }))
    }
}

/// | offset | size | field   | coding                                                                  |
/// |      0 |    1 | length  | counts itself and the cell; some write 8 without itself, some 0         |
/// |      1 | 8..16| cell    | see `cell`; not there where the length is 0 and no bytes are left for it |
/// |        |      | padding | what the length counts beyond the cell                                  |
fn lbs(width: Width) -> impl Fn(&[u8]) -> Parsed<'_, Lbs<'_>> {
    move |i| {
        let (i, length) = be_u8(i)?;
        let present = length != 0 || i.len() >= STATE_SIZE + SMALLEST_CELL;
        let (i, cell) = cond(present, cell(width)).parse(i)?;
        let counted = cell.map_or(1, |cell| cell.size() + 1);
        let room = i.len().saturating_sub(STATE_SIZE);
        let (i, padding) = take(usize::from(length).saturating_sub(counted).min(room)).parse(i)?;
        Ok((i, Lbs { length, cell, padding }))
    }
}

/// | offset | size | field    | coding                                    |
/// |      0 |    3 | status   | see `status`                              |
/// |      3 |    1 | alarm    | see `alarm_codes`; 0: the status' class   |
/// |      4 |    1 | language | 0 none, 1 Chinese, 2 English              |
pub(crate) fn state(i: &[u8]) -> Parsed<'_, State> {
    let (i, status) = status(i)?;
    let (i, alarm) = be_u8(i)?;
    let (i, language) = be_u8(i)?;
    Ok((i, State { status, alarm, language, code: u16::from(alarm) }))
}

impl State {
    /// With the high nibble of the language byte as the high byte of the code.
    const fn extended(self) -> Self {
        Self { code: u16::from_be_bytes([self.language >> 4, self.alarm]), ..self }
    }

    pub(crate) fn alarms(self, dialect: Dialect) -> Alarms {
        if self.code == 0 { self.status.terminal.alarms(dialect) } else { dialect.of_code(self.code) }
    }

    pub(crate) fn push(self, attributes: &mut Attributes) {
        self.status.push(attributes);
        attributes.extend((self.code != 0).then(|| Attribute::AlarmCode(u32::from(self.code))));
    }

    /// The bytes that are part of the report's identity.
    pub(crate) const fn measured(self) -> [u8; 2] {
        [self.status.terminal.0, self.alarm]
    }

    pub(crate) fn describe(self, dialect: Dialect, rows: &mut Rows) {
        self.status.describe(dialect, rows);
        let names: Vec<&str> = self.alarms(dialect).iter().map(model::Alarm::as_str).collect();
        let words = if names.is_empty() { "no alarm".to_owned() } else { names.join(", ") };
        rows.add(1, "alarm code", format!("{:#04x}", self.alarm), words);
        rows.add(1, "language", self.language, "0 none, 1 Chinese, 2 English");
    }
}

impl AlarmReport<'_> {
    pub(crate) fn said(&self, number: u8, habits: Habits) -> Said {
        let added = self.state.map(State::measured);
        let mut position = self.gps.position(habits.zone, added.as_ref().map_or(&[], |added| &added[..]));
        let attributes = &mut position.attributes;
        if let Some(state) = &self.state {
            position.alarms = state.alarms(habits.dialect);
            state.push(attributes);
        }
        attributes.extend(self.fence().map(Attribute::Fence));
        attributes.extend(self.mileage.map(location::odometer));
        attributes.extend(self.lbs.and_then(|lbs| lbs.cell).and_then(|cell| cell.attribute()));
        attributes.extend(surplus(number, self.tail));
        let problem = self.gps.problem(position.time).or_else(|| self.incomplete());
        Said { events: vec![Event::Position(Box::new(position))], problem }
    }

    /// Fences are numbered from 0 on the wire.
    fn fence(&self) -> Option<u32> {
        self.fence.filter(|fence| *fence != NO_FENCE).map(u32::from)
    }

    fn incomplete(&self) -> Option<Problem> {
        let problem = match self.tail.len() {
            surplus if surplus > SURPLUS_MAX => Problem::Trailing { message: "alarm", surplus },
            _ => Problem::Short { message: "alarm", field: "alarm code", have: self.size },
        };
        self.state.is_none().then_some(problem)
    }

    pub(crate) fn describe(&self, habits: Habits, rows: &mut Rows) {
        self.gps.describe(habits.zone, rows);
        if let Some(lbs) = &self.lbs {
            rows.add(1, "lbs length", lbs.length, "of the cell, this byte included");
            if let Some(cell) = &lbs.cell {
                cell.describe(rows);
            }
            rows.add_raw("lbs padding", lbs.padding, "counted by the lbs length");
        }
        if let Some(state) = &self.state {
            state.describe(habits.dialect, rows);
        }
        if let Some(fence) = self.fence {
            rows.add(1, "fence", fence, if fence == NO_FENCE { "none" } else { "0 is the first" });
        }
        if let Some(metres) = self.mileage {
            rows.add(4, "mileage", metres, "metres");
        }
        rows.add_raw("surplus", self.tail, "behind the known fields, kept as hex");
    }
}

/// Twice the longest known surplus behind a status, a card number of eight bytes.
const SURPLUS_MAX: usize = 16;
const NO_FENCE: u8 = 0xFF;
const MILEAGE_SIZE: usize = 4;
const STATE_SIZE: usize = 5;
const SMALLEST_CELL: usize = 8;
