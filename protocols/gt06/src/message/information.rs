//! Information, number 0x94: what the device says of itself now and then.
//!
//! Shape: sub-type and value → `Event::Status`; the short frame has no sub-type and is a voltage. Units: 0.01 V, 0.1 °C.
//! Errors: a sub-type that is not in the table, or whose length is not, is kept as hex. Source: SPEC.md §4.9.

use crate::field::{Parsed, Rows, packed_digits, surplus};
use crate::message::Said;
use model::{Attribute, Attributes, Event};
use nom::Parser;
use nom::combinator::{map, rest};
use nom::error::context;
use nom::number::complete::{be_i32, be_u8, be_u16};

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
/// | 0x04     | text of KEY=value pairs, see [`pairs`]                       |
/// | 0x05     | [clock 6], then bit 0: door open                             |
/// | 0x08     | self-test, text                                              |
/// | 0x09     | satellites, see [`satellites`]                               |
/// | 0x0A     | IMEI 8, IMSI 8, ICCID 10, packed digits                      |
/// | 0x0B     | 1 byte: 0 2G, else 4G; 2 bytes: external voltage, 0.01 V     |
/// | 0x0D     | [clock 6], text of a fuel sensor, see [`fuel`]               |
/// | 0x1B     | tag: text, or 2 bytes, tag 4, 2 bytes                        |
/// | 0x1E     | temperature 4, 0.1 °C; humidity 4, 0.1 percent               |
#[rustfmt::skip]
fn meaning(kind: u8, value: &[u8]) -> Vec<Attribute> {
    match (kind, value) {
        (0x00 | 0x0B, [high, low])                       => vec![volts(u16::from_be_bytes([*high, *low]))],
        (0x04, text) if is_text(text)                    => pairs(&shown(text)),
        (0x05, [door] | [_, _, _, _, _, _, door])        => vec![Attribute::DoorOpen(door & DOOR_OPEN != 0)],
        (0x08, text) if is_text(text)                    => vec![Attribute::Text(shown(text))],
        (0x09, [_, used, rest @ ..])                     => satellites(*used, rest),
        (0x0A, numbers)                                  => card(numbers),
        (0x0B, [0])                                      => vec![Attribute::NetworkTechnology("2G".to_owned())],
        (0x0B, [_])                                      => vec![Attribute::NetworkTechnology("4G".to_owned())],
        (0x0D, [b'!', ..]) if is_text(value)             => fuel(&shown(value)),
        (0x0D, [_, _, _, _, _, _, text @ ..]) if is_text(text) => fuel(&shown(text)),
        (0x1B, [_, _, tag @ .., _, _]) if tag.len() == 4 => vec![Attribute::DriverId(hex::encode(tag))],
        (0x1B, text) if is_text(text)                    => vec![Attribute::DriverId(shown(text))],
        (0x1E, value) if value.len() == 8                => climate(value),
        _                                                => Vec::new(),
    }
}

/// | key   | value                                                                        |
/// | STA1  | hex; bit 7 armed, bit 0 tamper alarm                                         |
/// | DYD   | hex; bit 1 fuel cut                                                          |
/// | MODE  | work mode                                                                    |
/// | ICCID | digits, F behind them                                                        |
/// | other | alarm settings, numbers, fences: in the text, which is kept whole            |
fn pairs(text: &str) -> Vec<Attribute> {
    let mut attributes = vec![Attribute::Text(text.to_owned())];
    for (key, value) in text.split(';').filter_map(|pair| pair.split_once('=')) {
        let bits = u8::from_str_radix(value, 16);
        match (key.trim(), bits) {
            ("STA1", Ok(bits)) => {
                attributes.push(Attribute::Armed(bits & ARMED != 0));
                attributes.push(Attribute::Tampered(bits & TAMPERED != 0));
            }
            ("DYD", Ok(bits)) => attributes.push(Attribute::FuelCut(bits & CUT != 0)),
            ("MODE", _) if !value.is_empty() => attributes.push(Attribute::WorkMode(value.to_owned())),
            ("ICCID", _) if !value.is_empty() => {
                attributes.push(Attribute::Iccid(value.trim_end_matches(['f', 'F']).to_owned()));
            }
            _ => {}
        }
    }
    attributes
}

/// Count and strengths of the satellites used, then of those in view; the same for BeiDou.
fn satellites(used: u8, behind: &[u8]) -> Vec<Attribute> {
    let seen = behind.get(usize::from(used)).copied();
    let seen = seen.map(Attribute::SatellitesVisible);
    std::iter::once(Attribute::Satellites(used)).chain(seen).collect()
}

/// `!AIOIL,id,value,temperature,version,state,fuel,…`; fuel in the sensor's own unit.
fn fuel(text: &str) -> Vec<Attribute> {
    let mut attributes = vec![Attribute::Text(text.to_owned())];
    if let ["!AIOIL", _, _, temperature, _, _, level, ..] = text.split(',').collect::<Vec<_>>()[..] {
        attributes.extend(temperature.parse().ok().map(Attribute::TemperatureC));
        attributes.extend(level.parse().ok().map(Attribute::FuelLevel));
    }
    attributes
}

/// | offset | size | field       | unit             |
/// |      0 |    4 | temperature | 0.1 °C, signed   |
/// |      4 |    4 | humidity    | 0.1 percent      |
fn climate(i: &[u8]) -> Vec<Attribute> {
    let tenths = |value: i32| i16::try_from(value).ok().map(|value| f32::from(value) / 10.0);
    let read: Parsed<'_, (i32, i32)> = (be_i32, be_i32).parse(i);
    let Ok((_, (temperature, humidity))) = read else { return Vec::new() };
    let temperature = tenths(temperature).map(Attribute::TemperatureC);
    temperature.into_iter().chain(tenths(humidity).map(Attribute::HumidityPercent)).collect()
}

fn card(numbers: &[u8]) -> Vec<Attribute> {
    let Some((equipment, rest)) = numbers.split_at_checked(8) else { return Vec::new() };
    let Some((subscriber, card)) = rest.split_at_checked(8) else { return Vec::new() };
    let digits = |packed| packed_digits(packed).unwrap_or_else(|| hex::encode(packed));
    vec![
        Attribute::Imei(digits(equipment)),
        Attribute::Imsi(digits(subscriber)),
        Attribute::Iccid(hex::encode(card).trim_end_matches('f').to_owned()),
    ]
}

/// Printable from end to end; what a sensor puts behind a zero is no text any more.
fn is_text(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| byte.is_ascii_graphic() || b" \r\n\t\0".contains(byte))
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_matches(['\0', '\r', '\n', ' ']).to_owned()
}

fn volts(centivolts: u16) -> Attribute {
    Attribute::ExternalVolts(f32::from(centivolts) / 100.0)
}

const DOOR_OPEN: u8 = 0x01; // bit 0
const ARMED: u8 = 0x80; // bit 7
const TAMPERED: u8 = 0x01; // bit 0
const CUT: u8 = 0x02; // bit 1
