//! Lists of modules: id, length, value, as the newer devices send them.
//!
//! Shape: bytes → modules, each of which knows what it adds to a report. Units: 0.01 V, metres, 0.01 m.
//! Errors: a module that is not known, or has another length than expected, is kept as hex. Source: SPEC.md §4.11.

use super::{Parsed, Rows, packed_digits};
use crate::alarm_codes;
use crate::field::cell::module_cell;
use crate::field::gps::gps_of_module;
use crate::message::layout::Draft;
use crate::message::location::odometer;
use model::Attribute;
use nom::Parser;
use nom::bytes::complete::take;
use nom::combinator::map;
use nom::multi::many0;
use nom::number::complete::{be_u8, be_u16};

/// How ids and lengths are written, and whose ids they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// Id 2, length 1: 0x36 to 0x39.
    Module,
    /// Id 2, length 2, the same ids: 0x70.
    Modular,
    /// Id 2, length 1, ids of its own: 0xF1.
    Device,
    /// Id 2, length 1, or 0 and then the length; ids of its own: 0xF2.
    Peripheral,
    /// Id 1, length 2, numbers of the device: 0x98.
    Card,
}

/// One module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Module<'a> {
    coding: Coding,
    /// Bytes of id and length.
    head: usize,
    id: u16,
    value: &'a [u8],
}

/// A list to its end, or to where it is no list.
pub(crate) fn modules(coding: Coding) -> impl Fn(&[u8]) -> Parsed<'_, Vec<Module<'_>>> {
    move |i| many0(module(coding)).parse(i)
}

/// | offset | size | field  | coding                    |
/// |      0 |  1/2 | id     | see [`Coding`]            |
/// |    1/2 |  1/2 | length | of the value              |
/// |        |    n | value  | by id                     |
fn module(coding: Coding) -> impl Fn(&[u8]) -> Parsed<'_, Module<'_>> {
    move |i| {
        let size = i.len();
        let (i, id) = match coding {
            Coding::Card => map(be_u8, u16::from).parse(i)?,
            _ => be_u16(i)?,
        };
        let (i, length) = length(i, coding)?;
        let head = size - i.len();
        let (i, value) = take(length).parse(i)?;
        Ok((i, Module { coding, head, id, value }))
    }
}

fn length(i: &[u8], coding: Coding) -> Parsed<'_, u16> {
    match coding {
        Coding::Module | Coding::Device => map(be_u8, u16::from).parse(i),
        Coding::Modular | Coding::Card => be_u16(i),
        Coding::Peripheral => {
            let (behind, short) = be_u8(i)?;
            if short == 0 { map(be_u8, u16::from).parse(behind) } else { Ok((behind, u16::from(short))) }
        }
    }
}

impl Module<'_> {
    pub(crate) fn add(&self, draft: &mut Draft) {
        let known = match self.coding {
            Coding::Module | Coding::Modular => self.shared(draft),
            Coding::Device => self.device(),
            Coding::Card => self.card(),
            Coding::Peripheral => None,
        };
        match known {
            Some(attributes) => attributes.into_iter().for_each(|attribute| draft.push(attribute)),
            None => draft.keep(Some(self.id), self.value),
        }
    }

    pub(crate) fn describe(&self, rows: &mut Rows) {
        rows.add(self.head, "module", format!("{:#06x}", self.id), "id and length");
        rows.add_raw("value", self.value, "by module");
    }

    /// | id   | value                                | id   | value                              |
    /// | 0001 | IMEI 8, packed digits                | 002A | bits 0-3 door, bits 4-7 tampered   |
    /// | 0002 | IMSI 8                               | 002B | event                              |
    /// | 0003 | ICCID 10                             | 002C | time, seconds since 1970           |
    /// | 0009 | satellites used                      | 002E | mileage, metres                    |
    /// | 000A | satellites in view                   | 0033 | position, see `gps_of_module`      |
    /// | 0011 | MCC 2, MNC 2, LAC 2, cell 3, signal 1| 003B | accuracy, 0.01 m                   |
    /// | 0018 | battery, 0.01 V                      | 006A | battery, percent                   |
    /// | 0027 | external voltage, 0.01 V             | 0028 | dilution of precision, 0.1         |
    fn shared(&self, draft: &mut Draft) -> Option<Vec<Attribute>> {
        Some(match (self.id, self.value) {
            (0x0001..=0x0003, _) => return self.numbers(self.id - 1),
            (0x0009, [used]) => vec![Attribute::Satellites(*used)],
            (0x000A, [seen]) => vec![Attribute::SatellitesVisible(*seen)],
            (0x0011, value) => {
                draft.hear(&[module_cell(value).ok()?.1], &[]);
                Vec::new()
            }
            (0x0018, [high, low]) => vec![Attribute::BatteryVolts(f32::from(pair(*high, *low)) / 100.0)],
            (0x0027, [high, low]) => vec![Attribute::ExternalVolts(f32::from(pair(*high, *low)) / 100.0)],
            (0x0028, [tenths]) => vec![Attribute::Hdop(f32::from(*tenths) / 10.0)],
            (0x002A, [state]) => {
                vec![Attribute::DoorOpen(state & 0x0F != 0), Attribute::Tampered(state & 0xF0 != 0)]
            }
            (0x002B, [event]) => {
                draft.alarm(u16::from(*event), alarm_codes::of_module);
                Vec::new()
            }
            (0x002C, [a, b, c, d]) => {
                draft.unix(u32::from_be_bytes([*a, *b, *c, *d]));
                Vec::new()
            }
            (0x002E, [a, b, c, d]) => vec![odometer(u32::from_be_bytes([*a, *b, *c, *d]))],
            (0x0033, place) => {
                let (_, (seconds, altitude, gps)) = gps_of_module(place).ok()?;
                draft.unix(seconds);
                (draft.altitude, draft.gps) = (Some(altitude), Some(gps));
                Vec::new()
            }
            (0x003B, [high, low]) => vec![Attribute::AccuracyM(f32::from(pair(*high, *low)) / 100.0)],
            (0x006A, [percent @ 0..=100]) => vec![Attribute::BatteryPercent(f32::from(*percent))],
            _ => return None,
        })
    }

    /// | id   | value            |
    /// | 0005 | voltage, 0.01 V  |
    fn device(&self) -> Option<Vec<Attribute>> {
        match (self.id, self.value) {
            (0x0005, [high, low]) => {
                Some(vec![Attribute::ExternalVolts(f32::from(pair(*high, *low)) / 100.0)])
            }
            _ => None,
        }
    }

    /// | id | value                   |
    /// | 00 | IMEI 8, packed digits   |
    /// | 01 | IMSI 8                  |
    /// | 02 | ICCID 10                |
    fn card(&self) -> Option<Vec<Attribute>> {
        self.numbers(self.id)
    }

    fn numbers(&self, which: u16) -> Option<Vec<Attribute>> {
        let attribute = match (which, self.value.len()) {
            (0, 8) => Attribute::Imei(packed_digits(self.value)?),
            (1, 8) => Attribute::Imsi(packed_digits(self.value)?),
            (2, 10) => Attribute::Iccid(hex::encode(self.value).trim_end_matches('f').to_owned()),
            _ => return None,
        };
        Some(vec![attribute])
    }
}

const fn pair(high: u8, low: u8) -> u16 {
    u16::from_be_bytes([high, low])
}
