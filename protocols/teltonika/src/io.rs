//! The IO elements of a record: what each says, by one table.
//!
//! Shape: elements → [`Said`]: attributes in wire order; what no row takes is kept whole as an unknown item, and so is
//! what a row knows but no attribute holds. Units: in the rows. Errors: none; a value outside a row's range is kept.
//! Source: SPEC.md §5.

mod table;

use crate::field::number;
use crate::record::{Element, Record};
use model::attribute::Octets;
use model::{Attribute, Attributes, Cell, UnknownItem};
pub(crate) use table::{IGNITION, Rule, rule, write};

/// What the elements of one record say.
pub(crate) fn attributes(record: &Record<'_>) -> Attributes {
    let cell = serving(record);
    let mut said = Said::default();
    for element in record.elements() {
        match rule(element) {
            Some(Rule { reads: table::Reads::Cell, .. }) if cell.is_some() => {}
            Some(Rule { reads: table::Reads::Value(read), .. }) => match read(element.value) {
                Some(attribute) if said.is_new(&attribute) => said.attributes.push(attribute),
                Some(_) | None => said.keep(element),
            },
            Some(_) | None => said.keep(element),
        }
    }
    said.attributes.extend(cell.map(|cell| Attribute::Cells(vec![cell])));
    if !said.unknown.is_empty() {
        said.attributes.push(Attribute::Items(said.unknown));
    }
    said.attributes
}

/// The bytes of the elements that state something or raise an alarm, for a report's identity: id and value each.
pub(crate) fn measured(record: &Record<'_>) -> Vec<u8> {
    let stating = |element: &&Element<'_>| {
        element.id == record.event || rule(element).is_some_and(|rule| rule.is_measured)
    };
    let mut bytes = Vec::new();
    for element in record.elements().filter(stating) {
        bytes.extend(element.id.to_be_bytes());
        bytes.extend(element.value);
    }
    bytes
}

#[derive(Debug, Default)]
struct Said {
    attributes: Attributes,
    unknown: Vec<UnknownItem>,
}

impl Said {
    /// One name, one value: a second one is kept as an item.
    fn is_new(&self, attribute: &Attribute) -> bool {
        self.attributes.iter().all(|other| other.name() != attribute.name())
    }

    fn keep(&mut self, element: &Element<'_>) {
        self.unknown.push(UnknownItem { id: element.id, hex: Octets(element.value.to_vec()) });
    }
}

/// The cell that operator, area and cell id name together; `None` unless all three are there.
fn serving(record: &Record<'_>) -> Option<Cell> {
    let value = |ids: &[u16]| {
        let named = |id: &u16| record.elements().find(|element| element.id == *id && rule(element).is_some());
        ids.iter().find_map(named).and_then(|element| number(element.value)).filter(|value| *value != 0)
    };
    let (operator, lac, cid) = (value(&[OPERATOR])?, value(&[AREA])?, value(&[CELL_WIDE, CELL])?);
    let (mcc, mnc) = network(operator)?;
    Some(Cell { mcc, mnc, lac: u32::try_from(lac).ok()?, cid, rssi: None })
}

/// Country and network out of the digits of an operator code: three and the rest.
fn network(operator: u64) -> Option<(u16, u16)> {
    let divisor = match operator {
        20_000..=79_999 => 100,
        200_000..=799_999 => 1000,
        _ => return None,
    };
    Some((u16::try_from(operator / divisor).ok()?, u16::try_from(operator % divisor).ok()?))
}

const OPERATOR: u16 = 241;
const AREA: u16 = 206;
const CELL: u16 = 205;
/// The cell id of networks whose ids need more than 16 bits.
const CELL_WIDE: u16 = 636;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Group;

    fn record<'a>(elements: &[(u16, &'a [u8])]) -> Record<'a> {
        let elements: Vec<_> = elements.iter().map(|(id, value)| Element { id: *id, value }).collect();
        Record {
            timestamp: 0,
            priority: 0,
            longitude: 0,
            latitude: 0,
            altitude: 0,
            angle: 0,
            satellites: 0,
            speed: 0,
            event: 0,
            generation: None,
            total: 0,
            groups: vec![Group { size: None, elements }],
        }
    }

    fn item(id: u16, hex: &[u8]) -> UnknownItem {
        UnknownItem { id, hex: Octets(hex.to_vec()) }
    }

    #[test]
    fn operator_area_and_cell_are_one_cell_and_less_is_none() {
        let (operator, area, cell) = ((241, &[0, 0, 0x60, 0x1A][..]), (206, &[0, 7][..]), (205, &[1, 2][..]));
        let whole = attributes(&record(&[cell, area, operator]));
        let expected = Cell { mcc: 246, mnc: 2, lac: 7, cid: 0x0102, rssi: None };
        assert_eq!(whole.0, [Attribute::Cells(vec![expected])]);
        let part = attributes(&record(&[cell, operator]));
        assert_eq!(part.0, [Attribute::Items(vec![item(205, &[1, 2]), item(241, &[0, 0, 0x60, 0x1A])])]);
    }

    #[test]
    fn a_known_id_of_another_size_and_a_second_value_are_kept_as_items() {
        let said = attributes(&record(&[(66, &[0x30, 0xD4]), (66, &[0x30, 0xD5]), (67, &[9])]));
        let items = vec![item(66, &[0x30, 0xD5]), item(67, &[9])];
        assert_eq!(said.0, [Attribute::ExternalVolts(12.5), Attribute::Items(items)]);
    }

    #[test]
    fn only_what_states_or_raises_is_measured() {
        let signal = record(&[(21, &[3]), (239, &[1])]);
        let weaker = record(&[(21, &[1]), (239, &[1])]);
        let off = record(&[(21, &[3]), (239, &[0])]);
        assert_eq!(measured(&signal), measured(&weaker));
        assert_ne!(measured(&signal), measured(&off));
    }
}
