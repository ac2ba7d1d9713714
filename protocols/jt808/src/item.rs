//! The items behind a location's base: `id, length, value`, to the end of the body.
//!
//! Shape: bytes → [`Items`], by the standard's table first and by the vendors' profiles after it; what no row takes is
//! kept whole as an unknown item. Units: in the rows. Errors: an item longer than the rest of the body is kept as far
//! as it goes and named. Source: SPEC.md §4.2.

mod extended;
mod reader;
mod rule;
mod safety;
mod standard;
pub(crate) mod vendor;

use crate::explain::Explained;
use crate::field::{Parsed, field};
use model::attribute::Octets;
use model::{Alarm, Alarms, Attribute, Attributes, UnknownItem};
use nom::bytes::complete::take;
use nom::number::complete::be_u8;
use rule::Rule;
use std::mem::discriminant;
use vendor::{Choice, Vendors};

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
    /// Reads to the end of the body, behind what was said before. Items that several vendors claim come last: what
    /// stands between may tell whose.
    pub(crate) fn read(attributes: Attributes, mut rest: &[u8], vendors: &Vendors) -> Self {
        let (mut items, mut disputed) = (Self { attributes, ..Self::default() }, Vec::new());
        while let Some((&id, after_id)) = rest.split_first() {
            let Ok((after, item)) = item(rest) else {
                items.keep(id, after_id.get(1..).unwrap_or_default());
                items.cut_off = true;
                break;
            };
            match choose(&item, vendors) {
                Choice::Rule(rule) => items.take(rule, &item),
                Choice::Disputed => disputed.push(item),
                Choice::Unknown => items.keep(item.id, item.value),
            }
            rest = after;
        }
        for item in disputed {
            match vendors.choose(item.id, item.value.len()) {
                Choice::Rule(rule) => items.take(rule, &item),
                Choice::Disputed | Choice::Unknown => items.keep(item.id, item.value),
            }
        }
        if !items.unknown.is_empty() {
            items.attributes.push(Attribute::Items(std::mem::take(&mut items.unknown)));
        }
        items
    }

    fn take(&mut self, rule: &Rule, item: &Item<'_>) {
        if (rule.read)(self, item.value).is_none() {
            self.keep(item.id, item.value);
        }
    }

    fn keep(&mut self, id: u8, value: &[u8]) {
        self.unknown.push(UnknownItem { id: u16::from(id), hex: Octets(value.to_vec()) });
    }

    /// Adds an attribute unless there is one of its name already: one name, one value.
    fn add(&mut self, attribute: Attribute) -> Option<()> {
        let is_new = self.attributes.iter().all(|other| discriminant(other) != discriminant(&attribute));
        is_new.then(|| self.attributes.push(attribute))
    }

    /// Adds what is new; `None` where anything was not, so that the item is kept as well.
    fn add_all(&mut self, attributes: impl IntoIterator<Item = Attribute>) -> Option<()> {
        let refused =
            attributes.into_iter().filter_map(|attribute| self.add(attribute).xor(Some(()))).count();
        (refused == 0).then_some(())
    }

    fn raise(&mut self, alarm: Alarm) {
        self.alarms = self.alarms.with(alarm);
    }
}

/// A value kept whole under its id, if there is one.
pub(crate) fn whole(id: u16, value: &[u8]) -> Option<Attribute> {
    let item = UnknownItem { id, hex: Octets(value.to_vec()) };
    (!value.is_empty()).then(|| Attribute::Items(vec![item]))
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

/// The standard's row, or else the one that the vendors' profiles agree on.
fn choose(item: &Item<'_>, vendors: &Vendors) -> Choice {
    match standard::rule(item.id, item.value.len()) {
        Some(rule) => Choice::Rule(rule),
        None => vendors.choose(item.id, item.value.len()),
    }
}

/// One field per item, to the end of the body.
pub(crate) fn explain(fields: &mut Explained, end: usize) {
    let vendors = Vendors::new(fields.vendor, 0);
    while fields.left(end) > 0 {
        let length = match fields.peek() {
            [_, length, ..] => usize::from(*length) + 2,
            _ => 1,
        };
        fields.field("item", length.min(fields.left(end)), |bytes| describe(bytes, &vendors));
    }
}

fn describe(bytes: &[u8], vendors: &Vendors) -> (String, String) {
    let Ok((_, item)) = item(bytes) else {
        return (hex::encode(bytes), "item is cut off".to_owned());
    };
    let Item { id, value } = item;
    let shown = match value.len() {
        1..=4 => value.iter().fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte)).to_string(),
        _ => hex::encode(value),
    };
    let meaning = match choose(&item, vendors) {
        Choice::Rule(rule) if rule.unit.is_empty() => rule.name.to_owned(),
        Choice::Rule(rule) => format!("{} ({})", rule.name, rule.unit),
        Choice::Disputed => format!("item {id:#04x} of {} bytes: vendors differ", value.len()),
        Choice::Unknown => format!("unknown item {id:#04x} of {} bytes", value.len()),
    };
    (shown, meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(hex: &str) -> Items {
        Items::read(Attributes::default(), &hex::decode(hex).unwrap(), &Vendors::default())
    }

    fn unknown(id: u16, hex: &str) -> Attribute {
        Attribute::Items(vec![UnknownItem { id, hex: Octets(hex::decode(hex).unwrap()) }])
    }

    #[test]
    fn an_item_twice_keeps_the_first_and_the_bytes_of_the_second() {
        let items = read("300111300122");
        assert_eq!(items.attributes.0, [Attribute::Rssi(0x11), unknown(0x30, "22")]);
    }

    #[test]
    fn temperature_has_its_sign_in_bit_15() {
        assert_eq!(read("06020019").attributes.0, [Attribute::TemperatureC(25.0)]);
        assert_eq!(read("06028005").attributes.0, [Attribute::TemperatureC(-5.0)]);
    }

    #[test]
    fn a_known_id_with_another_length_is_an_unknown_item() {
        assert_eq!(read("0603500000").attributes.0, [unknown(0x06, "500000")]);
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
        assert_eq!(items.attributes.0, [unknown(0x01, "000030")]);
    }

    #[test]
    fn a_value_that_is_said_twice_is_kept_twice() {
        let items = read("68021388560205 32".replace(' ', "").as_str());
        assert_eq!(items.attributes.0, [Attribute::BatteryPercent(50.0), unknown(0x56, "0532")]);
    }
}
