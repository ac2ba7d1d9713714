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
use std::mem::discriminant;
use table::Reads;
pub(crate) use table::{IGNITION, rule, write};

/// What the elements of one record say.
#[derive(Debug, PartialEq)]
pub(crate) struct Said {
    pub(crate) attributes: Attributes,
    /// Of those that state something or raise an alarm, for a report's identity: id and value each.
    pub(crate) measured: Vec<u8>,
}

/// With room for what the record says beside its elements: event and generation.
pub(crate) fn said(record: &Record<'_>) -> Said {
    let cell = serving(record);
    let beside = usize::from(record.event != 0) + usize::from(record.generation.is_some());
    let room = record.held().min(ATTRIBUTES_MAX) + beside;
    let mut said = Said { attributes: Attributes(Vec::with_capacity(room)), measured: Vec::new() };
    let mut kept = Vec::new();
    record.elements().for_each(|element| {
        let rule = rule(&element);
        if element.id == record.event || rule.is_some_and(|rule| rule.is_measured) {
            said.measured.extend(element.id.to_be_bytes());
            said.measured.extend(element.value);
        }
        match rule.map(|rule| &rule.reads) {
            Some(Reads::Cell) if cell.is_some() => {}
            Some(Reads::Value(read)) => match read(element.value) {
                Some(attribute) if said.is_new(&attribute) => said.attributes.push(attribute),
                Some(_) | None => kept.push(item(&element)),
            },
            Some(Reads::Cell | Reads::Kept) | None => kept.push(item(&element)),
        }
    });
    said.attributes.extend(cell.map(|cell| Attribute::Cells(vec![cell])));
    if !kept.is_empty() {
        said.attributes.push(Attribute::Items(kept));
    }
    said
}

impl Said {
    /// One name, one value: a second one is kept as an item.
    fn is_new(&self, attribute: &Attribute) -> bool {
        self.attributes.iter().all(|other| discriminant(other) != discriminant(attribute))
    }
}

fn item(element: &Element<'_>) -> UnknownItem {
    UnknownItem { id: element.id, hex: Octets(element.value.to_vec()) }
}

/// The cell that operator, area and cell id name together; `None` unless all three are there.
fn serving(record: &Record<'_>) -> Option<Cell> {
    let (mut operator, mut area, mut narrow, mut wide) = (None, None, None, None);
    record.elements().for_each(|element| {
        let part = match (element.id, element.value.len()) {
            (OPERATOR, 4) => &mut operator,
            (AREA, 2) => &mut area,
            (CELL, 2) => &mut narrow,
            (CELL_WIDE, 4) => &mut wide,
            _ => return,
        };
        *part = part.or(number(element.value));
    });
    let (mcc, mnc) = network(operator?)?;
    let (lac, cid) = (area.filter(|area| *area != 0)?, wide.or(narrow).filter(|cid| *cid != 0)?);
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

/// One of each of fourteen rows, a cell, and items.
const ATTRIBUTES_MAX: usize = 16;
const OPERATOR: u16 = 241;
const AREA: u16 = 206;
const CELL: u16 = 205;
/// The cell id of networks whose ids need more than 16 bits.
const CELL_WIDE: u16 = 636;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::records;

    /// Of a record that holds these, each with its length, and nothing else.
    fn said(elements: &[(u16, &[u8])]) -> Said {
        let count = u16::try_from(elements.len()).unwrap().to_be_bytes();
        let (codec, fixed, event, empty_groups) = ([0x8E, 1], [0; 24], [0; 2], [0; 8]);
        let mut packet = [&codec[..], &fixed, &event, &count, &empty_groups, &count].concat();
        for (id, value) in elements {
            packet.extend(id.to_be_bytes());
            packet.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
            packet.extend(*value);
        }
        super::said(&records(&packet).unwrap().next().unwrap())
    }

    fn item(id: u16, hex: &[u8]) -> UnknownItem {
        UnknownItem { id, hex: Octets(hex.to_vec()) }
    }

    #[test]
    fn operator_area_and_cell_are_one_cell_and_less_is_none() {
        let (operator, area, cell) = ((241, &[0, 0, 0x60, 0x1A][..]), (206, &[0, 7][..]), (205, &[1, 2][..]));
        let expected = Cell { mcc: 246, mnc: 2, lac: 7, cid: 0x0102, rssi: None };
        assert_eq!(said(&[cell, area, operator]).attributes.0, [Attribute::Cells(vec![expected])]);
        let items = vec![item(205, &[1, 2]), item(241, &[0, 0, 0x60, 0x1A])];
        assert_eq!(said(&[cell, operator]).attributes.0, [Attribute::Items(items)]);
    }

    #[test]
    fn the_wide_cell_id_stands_for_the_short_one() {
        let (operator, area) = ((241, &[0, 0, 0x60, 0x1A][..]), (206, &[0, 7][..]));
        let (short, wide) = ((205, &[1, 2][..]), (636, &[1, 2, 3, 4][..]));
        let expected = Cell { mcc: 246, mnc: 2, lac: 7, cid: 0x0102_0304, rssi: None };
        for elements in [[operator, area, short, wide], [wide, short, area, operator]] {
            assert_eq!(said(&elements).attributes.0, [Attribute::Cells(vec![expected])]);
        }
    }

    #[test]
    fn a_known_id_of_another_size_and_a_second_value_are_kept_as_items() {
        let said = said(&[(66, &[0x30, 0xD4]), (66, &[0x30, 0xD5]), (67, &[9])]);
        let items = vec![item(66, &[0x30, 0xD5]), item(67, &[9])];
        assert_eq!(said.attributes.0, [Attribute::ExternalVolts(12.5), Attribute::Items(items)]);
    }

    #[test]
    fn only_what_states_or_raises_is_measured() {
        let signal = said(&[(21, &[3]), (239, &[1])]);
        let weaker = said(&[(21, &[1]), (239, &[1])]);
        let off = said(&[(21, &[3]), (239, &[0])]);
        assert_eq!(signal.measured, weaker.measured);
        assert_ne!(signal.measured, off.measured);
    }
}
