//! The fields that a layout is made of.
//!
//! Shape: a part takes its bytes off the front of a body, says whether they are sane, adds them to a draft, and names
//! them for a person. Units: by quantity. Errors: a part that does not fit does not take. Source: SPEC.md §3, §4.10.

use super::draft::Draft;
use super::quantity::Quantity;
use crate::field::cell::{Heard, Serving, Width, cell, heard_cells, typed_cell, wifi};
use crate::field::clock::{Clock, Habits, clock};
use crate::field::gps::{Gps, bare_gps, camera_gps, gps};
use crate::field::modules::{Coding, modules};
use crate::field::{Parsed, Rows, packed_digits};
use model::Attribute;
use nom::Parser;
use nom::bytes::complete::take;
use nom::combinator::{recognize, rest};
use nom::multi::length_data;
use nom::number::complete::{be_u8, be_u32};

/// One field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Clock, satellites, place, speed, course word.
    Gps,
    /// Clock, place, course word.
    BareGps,
    /// Clock, satellites, place, course word, speed in two bytes.
    CameraGps,
    /// The report's clock, where there is no satellite block.
    Clock,
    /// Seconds since 1970.
    Unix,
    /// The terminal's number, sixteen packed digits.
    Id,
    /// The serving cell.
    Cell(Width),
    /// The serving cell behind a byte that tells its width, and its signal.
    TypedCell,
    /// A network and so many cells.
    HeardCells(Width, usize),
    /// A network, a count, and so many cells.
    CountedCells,
    /// A count, and so many access points.
    Wifi,
    Number(Quantity),
    /// A card or tag as hex; zeros are none.
    Tag(usize),
    /// A card or tag as a decimal number; zero is none.
    TagNumber(usize),
    /// A card as text, its length before it.
    TagText,
    /// A card or tag as hex to the end.
    TagRest,
    /// A list of ids, lengths and values, to the end.
    Modules(Coding),
    /// Known to be there, and no more.
    Hex(&'static str, usize),
    /// Names of recordings to the end.
    Files,
    /// Text to the end.
    Text,
    /// Text up to so many bytes before the end.
    TextBefore(usize),
    /// Bytes to the end.
    Rest,
}

impl Part {
    /// The part's bytes off the front.
    pub(crate) fn taken<'a>(&self, i: &'a [u8]) -> Parsed<'a, &'a [u8]> {
        match *self {
            Self::Gps => take(18_usize).parse(i),
            Self::BareGps => take(16_usize).parse(i),
            Self::CameraGps => take(19_usize).parse(i),
            Self::Clock => take(6_usize).parse(i),
            Self::Unix => take(4_usize).parse(i),
            Self::Id => take(8_usize).parse(i),
            Self::Cell(width) => recognize(cell(width)).parse(i),
            Self::TypedCell => recognize(typed_cell).parse(i),
            Self::HeardCells(width, count) => recognize(heard_cells(width, Some(count))).parse(i),
            Self::CountedCells => recognize(heard_cells(Width::Narrow, None)).parse(i),
            Self::Wifi => recognize(wifi).parse(i),
            Self::Number(quantity) => take(quantity.size()).parse(i),
            Self::Tag(size) | Self::TagNumber(size) | Self::Hex(_, size) => take(size).parse(i),
            Self::TagText => recognize(length_data(be_u8)).parse(i),
            Self::Modules(coding) => recognize(modules(coding)).parse(i),
            Self::TextBefore(size) => take(i.len().saturating_sub(size)).parse(i),
            Self::TagRest | Self::Files | Self::Text | Self::Rest => rest(i),
        }
    }

    /// Dates exist, networks have a country, numbers of terminals are numbers. Zeros are sane: a device that has not
    /// seen the sky or the network yet sends them.
    pub(crate) fn is_sane(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Gps => sane(gps, bytes, |gps: Gps| gps.clock.is_sane()),
            Self::BareGps => sane(bare_gps, bytes, |gps: Gps| gps.clock.is_sane()),
            Self::CameraGps => sane(camera_gps, bytes, |gps: Gps| gps.clock.is_sane()),
            Self::Clock => sane(clock, bytes, Clock::is_sane),
            Self::Id => packed_digits(bytes).is_some(),
            Self::Cell(width) => sane(cell(*width), bytes, |cell: Serving| cell.is_sane()),
            Self::TypedCell => sane(typed_cell, bytes, |heard: Heard| heard.is_sane()),
            Self::HeardCells(width, count) => {
                sane(heard_cells(*width, Some(*count)), bytes, |heard| heard.is_sane())
            }
            Self::CountedCells => sane(heard_cells(Width::Narrow, None), bytes, |heard| heard.is_sane()),
            Self::TagText | Self::Files => bytes.iter().skip(1).all(u8::is_ascii),
            _ => true,
        }
    }

    /// The smallest number of bytes that the part can have.
    #[cfg(test)]
    pub(crate) fn least(&self) -> usize {
        match *self {
            Self::Cell(width) | Self::HeardCells(width, 0) => 3 + width.size(),
            Self::HeardCells(width, count) => 3 + count * (width.size() + 1),
            Self::TypedCell => 10,
            Self::CountedCells => 4,
            Self::Wifi | Self::TagText => 1,
            Self::Modules(_)
            | Self::TagRest
            | Self::Files
            | Self::Text
            | Self::TextBefore(_)
            | Self::Rest => 0,
            _ => self.taken(&[0; 64]).map_or(0, |(_, bytes)| bytes.len()),
        }
    }

    pub(crate) fn add(&self, bytes: &[u8], draft: &mut Draft) {
        match self {
            Self::Gps => draft.gps = whole(gps, bytes),
            Self::BareGps => draft.gps = whole(bare_gps, bytes),
            Self::CameraGps => draft.gps = whole(camera_gps, bytes),
            Self::Clock => draft.clock = whole(clock, bytes),
            Self::Unix => draft.unix(whole(be_u32, bytes).unwrap_or_default()),
            Self::Id => draft.attributes.extend(packed_digits(bytes).map(Attribute::DeviceId)),
            Self::Cell(_) | Self::TypedCell | Self::HeardCells(..) | Self::CountedCells => {
                draft.hear(&self.cells(bytes), &[]);
            }
            Self::Wifi => draft.hear(&[], &whole(wifi, bytes).unwrap_or_default()),
            Self::Number(quantity) => quantity.add(bytes, draft),
            Self::Tag(_) | Self::TagRest | Self::TagNumber(_) if is_zero(bytes) => {}
            Self::Tag(_) | Self::TagRest => draft.push(Attribute::DriverId(hex::encode(bytes))),
            Self::TagNumber(_) => draft.push(Attribute::DriverId(number(bytes).to_string())),
            Self::TagText => tag_text(bytes, draft),
            Self::Modules(coding) => {
                for module in whole(modules(*coding), bytes).unwrap_or_default() {
                    module.add(draft);
                }
            }
            Self::Hex(..) | Self::Rest => draft.keep(None, bytes),
            Self::Files => draft.attributes.extend(files(bytes)),
            Self::Text | Self::TextBefore(_) => add_text(bytes, draft),
        }
    }

    fn cells(&self, bytes: &[u8]) -> Vec<model::Cell> {
        let heard = match self {
            Self::Cell(width) => {
                return whole(cell(*width), bytes).map(|cell| cell.cell).into_iter().collect();
            }
            Self::TypedCell => whole(typed_cell, bytes),
            Self::HeardCells(width, count) => whole(heard_cells(*width, Some(*count)), bytes),
            _ => whole(heard_cells(Width::Narrow, None), bytes),
        };
        heard.map(|heard| heard.cells).unwrap_or_default()
    }

    pub(crate) fn describe(&self, bytes: &[u8], habits: Habits, rows: &mut Rows) {
        match self {
            Self::Gps => {
                if let Some(gps) = whole(gps, bytes) {
                    gps.describe(habits.zone, rows);
                }
            }
            Self::Clock => {
                if let Some(clock) = whole(clock, bytes) {
                    clock.describe(habits.zone, rows);
                }
            }
            Self::Cell(width) => {
                if let Some(cell) = whole(cell(*width), bytes) {
                    cell.describe(rows);
                }
            }
            Self::Number(quantity) => quantity.describe(bytes, habits.dialect, rows),
            Self::Modules(coding) => {
                for module in whole(modules(*coding), bytes).unwrap_or_default() {
                    module.describe(rows);
                }
            }
            Self::Text | Self::TextBefore(_) | Self::Files => {
                rows.add(bytes.len(), "text", text(bytes), "free text of the device");
            }
            Self::Hex(name, _) => rows.add_raw(name, bytes, "kept as hex"),
            _ => rows.add_raw(self.name(), bytes, self.meaning()),
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::BareGps | Self::CameraGps => "satellite block",
            Self::Unix => "time",
            Self::Id => "terminal id",
            Self::TypedCell | Self::HeardCells(..) | Self::CountedCells => "cells",
            Self::Wifi => "access points",
            Self::Tag(_) | Self::TagNumber(_) | Self::TagText | Self::TagRest => "card",
            _ => "surplus",
        }
    }

    const fn meaning(&self) -> &'static str {
        match self {
            Self::BareGps => "clock, place, course word",
            Self::CameraGps => "clock, satellites, place, course word, speed",
            Self::Unix => "seconds since 1970, UTC",
            Self::Id => "sixteen packed digits",
            Self::TypedCell => "width, network, area, cell, signal",
            Self::HeardCells(..) => "network, then area, cell, signal of each",
            Self::CountedCells => "network, count, then area, cell, signal of each",
            Self::Wifi => "count, then address and signal of each",
            Self::Tag(_) | Self::TagRest => "driver card or tag, hex",
            Self::TagNumber(_) => "driver card or tag, decimal",
            Self::TagText => "length and text of a driver card",
            _ => "behind the known fields, kept as hex",
        }
    }
}

/// A parser over bytes that it took before.
fn whole<'a, T>(parser: impl Fn(&'a [u8]) -> Parsed<'a, T>, bytes: &'a [u8]) -> Option<T> {
    parser(bytes).ok().map(|(_, value)| value)
}

fn sane<'a, T>(
    parser: impl Fn(&'a [u8]) -> Parsed<'a, T>,
    bytes: &'a [u8],
    check: impl Fn(T) -> bool,
) -> bool {
    whole(parser, bytes).is_some_and(check)
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

/// Up to eight bytes, most significant first.
pub(crate) fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_matches(['\0', '\r', '\n', ' ']).to_owned()
}

fn tag_text(bytes: &[u8], draft: &mut Draft) {
    let card = text(bytes.get(1..).unwrap_or_default());
    let blank = card.chars().all(|digit| digit == '0');
    draft.attributes.extend((!blank).then_some(Attribute::DriverId(card)));
}

fn files(bytes: &[u8]) -> Option<Attribute> {
    (!bytes.is_empty()).then(|| Attribute::MediaFiles(text(bytes)))
}

/// Text where it is text, hex where it is not.
fn add_text(bytes: &[u8], draft: &mut Draft) {
    let shown = text(bytes);
    let is_text = shown.chars().all(|letter| letter.is_ascii_graphic() || " \r\n\t".contains(letter));
    if is_text && !shown.is_empty() {
        draft.push(Attribute::Text(shown));
    } else {
        draft.keep(None, bytes);
    }
}
