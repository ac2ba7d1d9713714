//! Heartbeat, numbers 0x13 and 0x23: a sign of life with battery and signal.
//!
//! Shape: 3 bytes and more → `Event::Heartbeat`. Units: battery as level, percent or 0.01 V.
//! Errors: a body shorter than its status bytes. Source: SPEC.md §4.2.

use crate::alarm_codes::Dialect;
use crate::field::status::{Status, TerminalByte, signal, signal_words, status};
use crate::field::{Parsed, Rows, surplus};
use crate::message::Said;
use model::{Attribute, Attributes, Event};
use nom::Parser;
use nom::combinator::{opt, rest};
use nom::error::context;
use nom::number::complete::{be_u8, be_u16};

/// The body as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heartbeat<'a> {
    power: Power,
    word: Option<u16>,
    tail: &'a [u8],
}

/// The two ways to say how full the battery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Power {
    Level(Status),
    Centivolts { terminal: TerminalByte, battery: u16, signal: u8 },
}

/// Number 0x13.
///
/// | offset | size | field                | coding                                           |
/// |      0 |    3 | status               | see `status`                                     |
/// |      3 |    2 | language or ports    | absent in the short form                         |
pub(crate) fn level(i: &[u8]) -> Parsed<'_, Heartbeat<'_>> {
    let (i, status) = status(i)?;
    let (i, word) = opt(be_u16).parse(i)?;
    let (i, tail) = rest(i)?;
    Ok((i, Heartbeat { power: Power::Level(status), word, tail }))
}

/// Number 0x23.
///
/// | offset | size | field                | coding                                           |
/// |      0 |    1 | terminal information | see `status`                                     |
/// |      1 |    2 | battery              | 0.01 V                                           |
/// |      3 |    1 | GSM level            | see `status`                                     |
/// |      4 |    2 | language             |                                                  |
pub(crate) fn volts(i: &[u8]) -> Parsed<'_, Heartbeat<'_>> {
    let (i, terminal) = context("terminal information", be_u8).parse(i)?;
    let (i, battery) = context("battery", be_u16).parse(i)?;
    let (i, signal) = context("GSM level", be_u8).parse(i)?;
    let (i, word) = opt(be_u16).parse(i)?;
    let (i, tail) = rest(i)?;
    let power = Power::Centivolts { terminal: TerminalByte(terminal), battery, signal };
    Ok((i, Heartbeat { power, word, tail }))
}

impl Heartbeat<'_> {
    pub(crate) fn said(&self, number: u8) -> Said {
        let mut attributes = Attributes::default();
        match self.power {
            Power::Level(status) => status.push(&mut attributes),
            Power::Centivolts { terminal, battery, signal: level } => {
                terminal.push(&mut attributes);
                attributes.push(Attribute::BatteryVolts(f32::from(battery) / 100.0));
                attributes.push(signal(level));
            }
        }
        attributes.extend(surplus(number, self.tail));
        Said::one(Event::Heartbeat { attributes })
    }

    pub(crate) fn describe(&self, dialect: Dialect, rows: &mut Rows) {
        match self.power {
            Power::Level(status) => status.describe(dialect, rows),
            Power::Centivolts { terminal, battery, signal } => {
                terminal.describe(dialect, rows);
                rows.add(2, "battery", battery, format!("{} V", f32::from(battery) / 100.0));
                rows.add(1, "GSM level", signal, signal_words(signal));
            }
        }
        if let Some(word) = self.word {
            rows.add(
                2,
                "language or ports",
                format!("{word:#06x}"),
                "1 Chinese, 2 English; ports on some models",
            );
        }
        rows.add_raw("surplus", self.tail, "behind the known fields, kept as hex");
    }
}
