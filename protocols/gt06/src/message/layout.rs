//! Messages that are nothing but a list of fields: the makers' own numbers, and the makers' own forms of common ones.
//!
//! Shape: number and length choose rows of `table`; the first whose fields are sane and use up the body is the
//! message. Units: per part. Errors: `None` if no row fits; then the common form, or raw. Source: SPEC.md §4.10.

mod draft;
mod part;
mod quantity;
mod table;

use crate::field::clock::Habits;
use crate::field::{Parsed, Rows};
use crate::message::Said;
pub(crate) use draft::Draft;
use model::Event;
use part::Part;

/// One way to write a message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    number: u8,
    marks: Marks,
    size: Size,
    says: Says,
    parts: &'static [Part],
}

/// Which start marks a layout has: makers reuse a number for something else in the other kind of frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Marks {
    Short,
    Extended,
    Either,
}

/// How long the content is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Is(usize),
    /// A list or a text makes up the rest.
    From(usize),
}

/// What kind of event a layout is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Position,
    Alarm,
    Cells,
    Heartbeat,
    Status,
    /// Photos and sounds: acknowledged, and skipped.
    Media,
}

/// A body that a layout fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed<'a> {
    layout: &'static Layout,
    body: &'a [u8],
}

/// The first layout that fits.
pub(crate) fn fitting(number: u8, extended: bool, body: &[u8]) -> Option<Listed<'_>> {
    let first = table::LAYOUTS.partition_point(|layout| layout.number < number);
    let rows = table::LAYOUTS.iter().skip(first).take_while(|layout| layout.number == number);
    let rows = rows.filter(|layout| layout.is_for(extended, body.len()));
    rows.map(|layout| Listed { layout, body }).find(Listed::is_believed)
}

impl Layout {
    fn is_for(&self, extended: bool, size: usize) -> bool {
        let marks = match self.marks {
            Marks::Short => !extended,
            Marks::Extended => extended,
            Marks::Either => true,
        };
        let sized = match self.size {
            Size::Is(exactly) => size == exactly,
            Size::From(at_least) => size >= at_least,
        };
        marks && sized
    }
}

impl Listed<'_> {
    pub(crate) const fn name(&self) -> &'static str {
        match self.layout.says {
            Says::Position => "location",
            Says::Alarm => "alarm",
            Says::Cells => "cells",
            Says::Heartbeat => "heartbeat",
            Says::Status => "status",
            Says::Media => "media",
        }
    }

    pub(crate) fn said(&self, number: u8, habits: Habits) -> Said {
        let mut draft = Draft::new(number, habits);
        self.walk(|part, bytes| part.add(bytes, &mut draft));
        match self.layout.says {
            Says::Position | Says::Alarm | Says::Cells => draft.position(),
            Says::Heartbeat => draft.heartbeat(),
            Says::Status => draft.status(),
            Says::Media => Said::one(Event::Raw),
        }
    }

    pub(crate) fn describe(&self, habits: Habits, rows: &mut Rows) {
        self.walk(|part, bytes| part.describe(bytes, habits, rows));
    }

    /// Every part is sane, and together they are the body.
    fn is_believed(&self) -> bool {
        let mut left = self.body;
        for part in self.layout.parts {
            match part.taken(left) {
                Ok((behind, bytes)) if part.is_sane(bytes) => left = behind,
                Ok(_) | Err(_) => return false,
            }
        }
        left.is_empty()
    }

    /// Hands each part its bytes, in wire order.
    fn walk<'b>(&'b self, mut visit: impl FnMut(&'static Part, &'b [u8])) {
        let mut left = self.body;
        for part in self.layout.parts {
            let taken: Parsed<'_, _> = part.taken(left);
            let Ok((behind, bytes)) = taken else { return };
            visit(part, bytes);
            left = behind;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_of_a_number_stand_together_and_in_order() {
        assert!(table::LAYOUTS.is_sorted_by_key(|layout| layout.number));
    }

    #[test]
    fn a_row_of_fixed_length_is_as_long_as_its_parts_of_fixed_length() {
        for layout in table::LAYOUTS {
            let least: usize = layout.parts.iter().map(Part::least).sum();
            let (Size::Is(size) | Size::From(size)) = layout.size;
            assert!(least <= size, "{layout:?} needs {least}");
        }
    }
}
