//! The items behind a location's base: `id, length, value`, to the end of the body.
//!
//! Shape: bytes → [`Items`] by the table below; what no row takes is kept whole as an unknown item. Units: in the rows.
//! Errors: an item longer than the rest of the body is kept as far as it goes and named. Source: SPEC.md §4.2.

use crate::explain::Explained;
use crate::field::{Parsed, field};
use model::attribute::Octets;
use model::{Alarm, Alarms, Attribute, Attributes, UnknownItem};
use nom::bytes::complete::take;
use nom::number::complete::be_u8;

/// What the items of one report say.
#[derive(Debug, Default)]
pub(crate) struct Items {
    pub(crate) attributes: Attributes,
    pub(crate) satellites: Option<u8>,
    pub(crate) alarms: Alarms,
    unknown: Vec<UnknownItem>,
    /// The last item was cut off.
    pub(crate) cut_off: bool,
}

impl Items {
    /// Reads to the end of the body.
    pub(crate) fn read(mut rest: &[u8]) -> Self {
        let mut items = Self::default();
        while let Some((&id, after_id)) = rest.split_first() {
            let Ok((after, item)) = item(rest) else {
                items.keep(id, after_id.get(1..).unwrap_or_default());
                items.cut_off = true;
                break;
            };
            items.take(&item);
            rest = after;
        }
        if !items.unknown.is_empty() {
            items.attributes.push(Attribute::Items(std::mem::take(&mut items.unknown)));
        }
        items
    }

    fn take(&mut self, item: &Item<'_>) {
        let taken = rule(item.id, item.value.len()).and_then(|rule| (rule.read)(self, item.value));
        if taken.is_none() {
            self.keep(item.id, item.value);
        }
    }

    fn keep(&mut self, id: u8, value: &[u8]) {
        self.unknown.push(UnknownItem { id: u16::from(id), hex: Octets(value.to_vec()) });
    }

    /// Adds an attribute unless there is one of its name already: one name, one value.
    fn add(&mut self, attribute: Attribute) -> Option<()> {
        let is_new = self.attributes.iter().all(|other| other.name() != attribute.name());
        is_new.then(|| self.attributes.push(attribute))
    }
}

struct Item<'a> {
    id: u8,
    value: &'a [u8],
}

/// | offset | size | field  |
/// |      0 |    1 | id     |
/// |      1 |    1 | length |
/// |      2 |    n | value  |
fn item(i: &[u8]) -> Parsed<'_, Item<'_>> {
    let (i, id) = field("item id", be_u8)(i)?;
    let (i, length) = field("item length", be_u8)(i)?;
    let (i, value) = field("item value", take(length))(i)?;
    Ok((i, Item { id, value }))
}

/// How one item is read: `None` from `read` keeps it as an unknown one.
struct Rule {
    id: u8,
    lengths: &'static [usize],
    name: &'static str,
    unit: &'static str,
    read: fn(&mut Items, &[u8]) -> Option<()>,
}

fn rule(id: u8, length: usize) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id && rule.lengths.contains(&length))
}

/// The standard's items. Dispatch is on id and length: trackers use the same ids with other lengths for their own ends.
#[rustfmt::skip]
const RULES: &[Rule] = &[
    Rule { id: 0x01, lengths: &[4],    name: "mileage",                 unit: "0.1 km",          read: mileage },
    Rule { id: 0x02, lengths: &[2],    name: "fuel",                    unit: "0.1 L",           read: fuel },
    Rule { id: 0x03, lengths: &[2],    name: "recorder speed",          unit: "0.1 km/h",        read: recorder_speed },
    Rule { id: 0x04, lengths: &[2],    name: "alarm to confirm",        unit: "event number",    read: keep },
    Rule { id: 0x05, lengths: &[30],   name: "tyre pressures",          unit: "Pa, FF none",     read: keep },
    Rule { id: 0x06, lengths: &[2],    name: "cabin temperature",       unit: "°C, bit 15 minus", read: temperature },
    Rule { id: 0x11, lengths: &[1, 5], name: "overspeed",               unit: "kind, area",      read: overspeed },
    Rule { id: 0x12, lengths: &[6],    name: "area or route",           unit: "kind, id, 0 in 1 out", read: area },
    Rule { id: 0x13, lengths: &[7],    name: "section time",            unit: "id, s, 0 short 1 long", read: section },
    Rule { id: 0x14, lengths: &[4],    name: "video alarms",            unit: "bits",            read: keep },
    Rule { id: 0x15, lengths: &[4],    name: "video signal loss",       unit: "channels",        read: keep },
    Rule { id: 0x16, lengths: &[4],    name: "video occlusion",         unit: "channels",        read: keep },
    Rule { id: 0x17, lengths: &[2],    name: "video storage fault",     unit: "bits",            read: keep },
    Rule { id: 0x18, lengths: &[2],    name: "abnormal driving",        unit: "bits",            read: keep },
    Rule { id: 0x25, lengths: &[4],    name: "vehicle signals",         unit: "bits",            read: keep },
    Rule { id: 0x2A, lengths: &[2],    name: "input and output state",  unit: "bits",            read: keep },
    Rule { id: 0x2B, lengths: &[4],    name: "analog inputs",           unit: "AD1, AD0",        read: keep },
    Rule { id: 0x30, lengths: &[1],    name: "signal strength",         unit: "device's scale",  read: signal },
    Rule { id: 0x31, lengths: &[1],    name: "satellites",              unit: "",                read: satellites },
];

/// An item the standard defines and the list of attributes has no name for.
fn keep(_: &mut Items, _: &[u8]) -> Option<()> {
    None
}

fn mileage(items: &mut Items, value: &[u8]) -> Option<()> {
    items.add(Attribute::OdometerKm(f64::from(dword(value)?) / 10.0))
}

/// Bit 15 turns litres into percent on some trackers; such a value is kept as it came.
fn fuel(items: &mut Items, value: &[u8]) -> Option<()> {
    const NOT_LITRES: u16 = 0x8000; // bit 15
    let tenths = word(value).filter(|tenths| tenths & NOT_LITRES == 0)?;
    items.add(Attribute::FuelLitres(f32::from(tenths) / 10.0))
}

fn recorder_speed(items: &mut Items, value: &[u8]) -> Option<()> {
    const NONE: u16 = 0xFFFF;
    let tenths = word(value).filter(|tenths| *tenths != NONE)?;
    items.add(Attribute::RecorderSpeedKmh(f32::from(tenths) / 10.0))
}

fn temperature(items: &mut Items, value: &[u8]) -> Option<()> {
    const MINUS: u16 = 0x8000; // bit 15
    let raw = word(value)?;
    let degrees = f32::from(raw & !MINUS);
    items.add(Attribute::TemperatureC(if raw & MINUS == 0 || degrees == 0.0 { degrees } else { -degrees }))
}

/// | offset | size | field |                                               |
/// |      0 |    1 | kind  | 0 none, 1 circle, 2 rectangle, 3 polygon, 4 section |
/// |      1 |    4 | area  | only if kind > 0                              |
fn overspeed(items: &mut Items, value: &[u8]) -> Option<()> {
    let (_kind, area) = value.split_first()?;
    items.add(Attribute::Fence(dword(area)?))
}

/// | offset | size | field     |                                            |
/// |      0 |    1 | kind      | 1 circle, 2 rectangle, 3 polygon, 4 route  |
/// |      1 |    4 | area      |                                            |
/// |      5 |    1 | direction | 0 in, 1 out                                |
fn area(items: &mut Items, value: &[u8]) -> Option<()> {
    let (area, alarm) = match value {
        [_kind, area @ .., 0] => (area, Alarm::FenceEnter),
        [_kind, area @ .., 1] => (area, Alarm::FenceExit),
        _ => return None,
    };
    items.add(Attribute::Fence(dword(area)?))?;
    items.alarms = items.alarms.with(alarm);
    Some(())
}

/// | offset | size | field   |                  |
/// |      0 |    4 | section |                  |
/// |      4 |    2 | seconds |                  |
/// |      6 |    1 | result  | 0 short, 1 long  |
/// Kept whole: the seconds have no name among the attributes. The alarm word says that there is an alarm.
fn section(_: &mut Items, _: &[u8]) -> Option<()> {
    None
}

fn signal(items: &mut Items, value: &[u8]) -> Option<()> {
    items.add(Attribute::Rssi(i16::from(*value.first()?)))
}

fn satellites(items: &mut Items, value: &[u8]) -> Option<()> {
    if items.satellites.is_some() {
        return None;
    }
    items.satellites = value.first().copied();
    items.satellites.map(|_| ())
}

fn word(value: &[u8]) -> Option<u16> {
    value.try_into().ok().map(u16::from_be_bytes)
}

fn dword(value: &[u8]) -> Option<u32> {
    value.try_into().ok().map(u32::from_be_bytes)
}

/// One field per item, to the end of the body.
pub(crate) fn explain(fields: &mut Explained, end: usize) {
    while fields.left(end) > 0 {
        let length = match fields.peek() {
            [_, length, ..] => usize::from(*length) + 2,
            _ => 1,
        };
        fields.field("item", length.min(fields.left(end)), describe);
    }
}

fn describe(bytes: &[u8]) -> (String, String) {
    let Ok((_, Item { id, value })) = item(bytes) else {
        return (hex::encode(bytes), "item is cut off".to_owned());
    };
    let shown = match value.len() {
        1..=4 => value.iter().fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte)).to_string(),
        _ => hex::encode(value),
    };
    let meaning = match rule(id, value.len()) {
        Some(rule) if rule.unit.is_empty() => rule.name.to_owned(),
        Some(rule) => format!("{} ({})", rule.name, rule.unit),
        None => format!("unknown item {id:#04x} of {} bytes", value.len()),
    };
    (shown, meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(hex: &str) -> Items {
        Items::read(&hex::decode(hex).unwrap())
    }

    #[test]
    fn an_item_twice_keeps_the_first_and_the_bytes_of_the_second() {
        let items = read("300111 300122".replace(' ', "").as_str());
        let second = UnknownItem { id: 0x30, hex: Octets(vec![0x22]) };
        assert_eq!(items.attributes.0, [Attribute::Rssi(0x11), Attribute::Items(vec![second])]);
    }

    #[test]
    fn temperature_has_its_sign_in_bit_15() {
        assert_eq!(read("06020019").attributes.0, [Attribute::TemperatureC(25.0)]);
        assert_eq!(read("06028005").attributes.0, [Attribute::TemperatureC(-5.0)]);
    }

    #[test]
    fn a_known_id_with_another_length_is_an_unknown_item() {
        let percent = UnknownItem { id: 0x06, hex: Octets(vec![0x50]) };
        assert_eq!(read("060150").attributes.0, [Attribute::Items(vec![percent])]);
    }

    #[test]
    fn an_area_item_says_which_and_which_way() {
        let items = read("1206010000000901");
        assert_eq!(items.attributes.0, [Attribute::Fence(9)]);
        assert!(items.alarms.contains(Alarm::FenceExit));
    }

    #[test]
    fn the_rest_of_a_cut_item_is_kept() {
        let items = read("31010B0104000030");
        assert!(items.cut_off);
        assert_eq!(items.satellites, Some(11));
        let rest = UnknownItem { id: 0x01, hex: Octets(vec![0, 0, 0x30]) };
        assert_eq!(items.attributes.0, [Attribute::Items(vec![rest])]);
    }
}
