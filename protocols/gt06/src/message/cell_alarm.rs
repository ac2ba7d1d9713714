//! Alarm without satellites and without a clock, numbers 0x19 and 0xA5.
//!
//! Shape: one cell, status, alarm code → `Event::Position` with alarms, no time and no fix. Units: none.
//! Errors: bytes behind the last field mean another maker's layout: the frame is kept raw. Source: SPEC.md §4.8.

use crate::alarm_codes::Dialect;
use crate::field::cell::{Serving, Width, cell};
use crate::field::{Parsed, Rows};
use crate::message::alarm::{State, state};
use crate::message::{Said, cells};
use model::{Attributes, DeviceTime, Event};
use nom::Parser;
use nom::combinator::rest;
use nom::error::context;
use wire::Problem;
use wire::measured::measured;

/// The body as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CellAlarm<'a> {
    cell: Serving,
    state: State,
    tail: &'a [u8],
}

/// | offset | size | field | coding               |
/// |      0 | 8..16| cell  | see `cell`           |
/// |      8 |    5 | state | see `alarm::state`   |
pub(crate) fn cell_alarm(width: Width) -> impl Fn(&[u8]) -> Parsed<'_, CellAlarm<'_>> {
    move |i| {
        let (i, cell) = context("cell", cell(width)).parse(i)?;
        let (i, state) = context("status", state).parse(i)?;
        let (i, tail) = rest(i)?;
        Ok((i, CellAlarm { cell, state, tail }))
    }
}

impl CellAlarm<'_> {
    pub(crate) fn said(&self, dialect: Dialect) -> Said {
        if !self.tail.is_empty() {
            return Said::raw(Problem::Trailing { message: "alarm", surplus: self.tail.len() });
        }
        let mut attributes = Attributes::default();
        self.state.push(&mut attributes);
        attributes.extend(self.cell.attribute());
        let measured = measured([&self.state.measured()[..]]);
        let mut position = cells::without_fix(DeviceTime::Unusable, attributes, measured);
        position.alarms = self.state.alarms(dialect);
        Said::one(Event::Position(Box::new(position)))
    }

    pub(crate) fn describe(&self, dialect: Dialect, rows: &mut Rows) {
        self.cell.describe(rows);
        self.state.describe(dialect, rows);
        rows.add_raw("surplus", self.tail, "another maker's layout");
    }
}
