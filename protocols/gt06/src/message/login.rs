//! Login, number 0x01: who speaks, and in which zone its clock runs.
//!
//! Shape: 8, 10 or 12 content bytes → `Event::Login`. Units: zone in hours and minutes.
//! Errors: a zone that no place on Earth has is none; an id that is not decimal is kept as hex. Source: SPEC.md §4.1.

use crate::field::{Parsed, Rows, surplus};
use crate::message::Said;
use model::{Attribute, Attributes, Event, TerminalId, ZoneOffset};
use nom::Parser;
use nom::combinator::{opt, rest};
use nom::error::context;
use nom::number::complete::{be_u16, be_u64};

/// The body as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Login<'a> {
    terminal: u64,
    model: Option<u16>,
    zone: Option<ZoneWord>,
    tail: &'a [u8],
}

/// | offset | size | field    | coding                                   |
/// |      0 |    8 | terminal | 16 BCD digits: 0 and the IMEI            |
/// |      8 |    2 | model    | type id; absent in the short form        |
/// |     10 |    2 | zone     | see [`ZoneWord`]; absent in older forms  |
pub(crate) fn login(i: &[u8]) -> Parsed<'_, Login<'_>> {
    let (i, terminal) = context("terminal id", be_u64).parse(i)?;
    let (i, model) = opt(be_u16).parse(i)?;
    let (i, zone) = opt(be_u16).parse(i)?;
    let (i, tail) = rest(i)?;
    Ok((i, Login { terminal, model, zone: zone.map(ZoneWord), tail }))
}

impl Login<'_> {
    /// The IMEI; the digits as they are where they are not an IMEI behind a zero; hex where they are no digits.
    pub(crate) fn terminal(&self) -> Option<TerminalId> {
        let digits = format!("{:016X}", self.terminal);
        // Some write the fifteen digits first and fill up with F, as packed digits elsewhere do.
        let filled = digits.strip_suffix('F').filter(|imei| imei.bytes().all(|digit| digit.is_ascii_digit()));
        TerminalId::parse(filled.or_else(|| digits.strip_prefix('0')).unwrap_or(&digits)).ok()
    }

    /// The zone that the device says its clock has.
    pub(crate) fn zone(&self) -> Option<ZoneOffset> {
        self.zone.and_then(ZoneWord::offset)
    }

    pub(crate) fn said(&self, number: u8) -> Said {
        let model = self.model.map(|model| Attribute::Model(format!("{model:04x}")));
        let attributes: Attributes = model.into_iter().chain(surplus(number, self.tail)).collect();
        match self.terminal() {
            Some(terminal) => Said::one(Event::Login { terminal, zone: self.zone(), attributes }),
            None => Said::one(Event::Raw),
        }
    }

    pub(crate) fn describe(&self, rows: &mut Rows) {
        let id = self.terminal().map_or_else(String::new, |id| format!("terminal {id}"));
        rows.add(8, "terminal id", format!("{:016x}", self.terminal), id);
        if let Some(model) = self.model {
            rows.add(2, "type id", format!("{model:04x}"), "model, as the maker numbers it");
        }
        if let Some(zone) = self.zone {
            let words = zone.offset().map_or_else(
                || "no zone on Earth: not believed".to_owned(),
                |offset| format!("UTC{offset}, language {}", zone.0 & LANGUAGE),
            );
            rows.add(2, "time zone and language", format!("{:#06x}", zone.0), words);
        }
        rows.add_raw("surplus", self.tail, "behind the known fields, kept as hex");
    }
}

/// | bits | meaning                                   |
/// | 0-1  | language                                  |
/// | 2    | not used                                  |
/// | 3    | 1 = west of Greenwich                     |
/// | 4-15 | hours × 100 + minutes, e.g. 1245 = 12:45  |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ZoneWord(u16);

impl ZoneWord {
    /// `None` for what no place on Earth keeps: more than 14 hours, or minutes that are no quarter of an hour.
    fn offset(self) -> Option<ZoneOffset> {
        let clock = i32::from(self.0 >> 4);
        let (hours, minutes) = (clock / 100, clock % 100);
        let quarters = minutes % 15 == 0 && minutes < 60;
        let east = (hours * 60 + minutes) * 60;
        let sign = if self.0 & WEST == 0 { 1 } else { -1 };
        quarters.then(|| ZoneOffset::from_seconds(sign * east)).flatten()
    }
}

const WEST: u16 = 0x0008; // bit 3
const LANGUAGE: u16 = 0x0003; // bits 0-1

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_word_reads_hours_minutes_and_side() {
        let zone = |word| ZoneWord(word).offset().map(|offset| offset.to_string());
        assert_eq!(zone(0x3200).as_deref(), Some("+08:00"));
        assert_eq!(zone(0x4DD8).as_deref(), Some("-12:45"));
        assert_eq!(zone(0x14AA).as_deref(), Some("-03:30"));
        assert_eq!(zone(0x0320), None); // 00:50, an unshifted word of 8:00
        assert_eq!(zone(0xFFFF), None);
    }

    #[test]
    fn an_id_that_is_not_decimal_is_kept_as_hex() {
        let id = |bytes: [u8; 8]| login(&bytes).unwrap().1.terminal().unwrap().to_string();
        assert_eq!(id([0x08, 0x68, 0x12, 0x02, 0x40, 0x00, 0x00, 0x15]), "868120240000015");
        assert_eq!(id([0x00, 0x13, 0x94, 0x90, 0x04, 0x63, 0x47, 0x08]), "013949004634708");
        assert_eq!(id([0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56]), "1234567890123456");
        assert_eq!(id([0x03, 0x58, 0xAB, 0x02, 0x40, 0x00, 0x00, 0x1F]), "358AB024000001F");
        assert_eq!(id([0x86, 0x81, 0x20, 0x24, 0x00, 0x00, 0x01, 0x5F]), "868120240000015");
    }
}
