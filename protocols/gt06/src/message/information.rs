//! Information, number 0x94: what the device says of itself now and then.
//!
//! Shape: sub-type and value → `Event::Status`; the short frame has no sub-type and is a voltage. Units: 0.01 V.
//! Errors: a sub-type that is not in the table, or whose length is not, is kept as hex. Source: SPEC.md §4.9.

use crate::field::{Parsed, Rows, surplus};
use crate::message::Said;
use model::{Attribute, Attributes, Event};
use nom::Parser;
use nom::combinator::{map, rest};
use nom::error::context;
use nom::number::complete::{be_u8, be_u16};

/// The body as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Information<'a> {
    Voltage { centivolts: u16, tail: &'a [u8] },
    Typed { kind: u8, value: &'a [u8] },
}

/// In a short frame.
///
/// | offset | size | field            | unit   |
/// |      0 |    2 | external voltage | 0.01 V |
pub(crate) fn voltage(i: &[u8]) -> Parsed<'_, Information<'_>> {
    let (i, centivolts) = context("voltage", be_u16).parse(i)?;
    map(rest, |tail| Information::Voltage { centivolts, tail }).parse(i)
}

/// In an extended frame.
///
/// | offset | size | field    | coding           |
/// |      0 |    1 | sub-type | see [`meaning`]  |
/// |      1 | rest | value    | by sub-type      |
pub(crate) fn typed(i: &[u8]) -> Parsed<'_, Information<'_>> {
    let (i, kind) = context("sub-type", be_u8).parse(i)?;
    map(rest, |value| Information::Typed { kind, value }).parse(i)
}

impl Information<'_> {
    pub(crate) fn said(&self, number: u8) -> Said {
        let mut attributes = Attributes::default();
        match self {
            Self::Voltage { centivolts, tail } => {
                attributes.push(volts(*centivolts));
                attributes.extend(surplus(number, tail));
            }
            Self::Typed { kind, value } => {
                let known = meaning(*kind, value);
                let unknown = if known.is_empty() { surplus(number, value) } else { None };
                known.into_iter().chain(unknown).for_each(|attribute| attributes.push(attribute));
            }
        }
        Said::one(Event::Status { attributes })
    }

    pub(crate) fn describe(&self, rows: &mut Rows) {
        match self {
            Self::Voltage { centivolts, tail } => {
                rows.add(2, "external voltage", centivolts, format!("{} V", f32::from(*centivolts) / 100.0));
                rows.add_raw("surplus", tail, "behind the known fields, kept as hex");
            }
            Self::Typed { kind, value } => {
                let names: Vec<&str> = meaning(*kind, value).iter().map(Attribute::name).collect();
                rows.add(1, "sub-type", format!("{kind:#04x}"), "kind of information");
                rows.add_raw("value", value, &names.join(", "));
            }
        }
    }
}

/// | sub-type | value                                                        |
/// | 0x00     | external voltage, 0.01 V                                     |
/// | 0x04     | text of KEY=value pairs                                      |
/// | 0x05     | [clock 6], then bit 0: door open                             |
/// | 0x0A     | IMEI 8, IMSI 8, ICCID 10, packed digits                      |
/// | 0x0B     | external voltage, 0.01 V, where the value has two bytes      |
/// | 0x0D     | text of a fuel sensor                                        |
fn meaning(kind: u8, value: &[u8]) -> Vec<Attribute> {
    match (kind, value) {
        (0x00 | 0x0B, [high, low]) => vec![volts(u16::from_be_bytes([*high, *low]))],
        (0x04 | 0x0D, text) if !text.is_empty() => {
            vec![Attribute::Text(String::from_utf8_lossy(text).into_owned())]
        }
        (0x05, [door] | [_, _, _, _, _, _, door]) => vec![Attribute::DoorOpen(door & DOOR_OPEN != 0)],
        (0x0A, numbers) => card(numbers),
        _ => Vec::new(),
    }
}

fn card(numbers: &[u8]) -> Vec<Attribute> {
    let Some((equipment, rest)) = numbers.split_at_checked(8) else { return Vec::new() };
    let Some((subscriber, card)) = rest.split_at_checked(8) else { return Vec::new() };
    vec![
        Attribute::Imei(fifteen_digits(equipment)),
        Attribute::Imsi(fifteen_digits(subscriber)),
        Attribute::Iccid(hex::encode(card).trim_end_matches('f').to_owned()),
    ]
}

/// Sixteen packed digits without the zero that pads fifteen.
fn fifteen_digits(packed: &[u8]) -> String {
    let digits = hex::encode(packed);
    digits.strip_prefix('0').unwrap_or(&digits).to_owned()
}

fn volts(centivolts: u16) -> Attribute {
    Attribute::ExternalVolts(f32::from(centivolts) / 100.0)
}

const DOOR_OPEN: u8 = 0x01; // bit 0
