//! Reports without satellites, numbers 0x18, 0x28, 0x2E and 0xA1 (cells), 0x2C and 0xA2 (cells and Wi-Fi).
//!
//! Shape: clock, network, seven cells, and more → `Event::Position` without a fix. Units: signal in the device's scale.
//! Errors: a body shorter than its seven cells; an impossible date is said beside the report. Source: SPEC.md §4.7.

use crate::field::cell::{MAC_SIZE, Network, Width, access_point, heard_cell, network};
use crate::field::clock::{Clock, Zone, clock};
use crate::field::{Parsed, Rows, surplus};
use crate::message::Said;
use model::{AccessPoint, Alarms, Attribute, Attributes, Cell, DeviceTime, Event, Fix, Measured, Position};
use nom::Parser;
use nom::combinator::{opt, rest};
use nom::error::context;
use nom::multi::{count, length_count};
use nom::number::complete::{be_u8, be_u16};
use wire::measured::measured;

/// The body as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CellReport<'a> {
    clock: Clock,
    network: Network,
    width: Width,
    cells: Vec<Cell>,
    timing_advance: u8,
    behind: Behind,
    tail: &'a [u8],
}

/// What follows the timing advance.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Behind {
    Language(Option<u16>),
    Wifi(Vec<AccessPoint>),
}

/// Numbers 0x18, 0x28, 0x2E, and with wide cells 0xA1.
///
/// | offset | size  | field          | coding                            |
/// |      0 |     6 | clock          | see `clock`                       |
/// |      6 |  3..4 | network        | see `network`                     |
/// |      9 | 7 × 6 | cells          | LAC 2, CID 3, signal 1 (4G: 13)   |
/// |     51 |     1 | timing advance | 0xFF none                         |
/// |     52 |     2 | language       | may be missing                    |
pub(crate) fn cells(width: Width) -> impl Fn(&[u8]) -> Parsed<'_, CellReport<'_>> {
    move |i| {
        let (i, report) = head(i, width)?;
        let (i, language) = opt(be_u16).parse(i)?;
        let (i, tail) = rest(i)?;
        Ok((i, CellReport { behind: Behind::Language(language), tail, ..report }))
    }
}

/// Number 0x2C, and with wide cells 0xA2.
///
/// | offset | size  | field          | coding                            |
/// |      0 |    52 | cells          | see [`cells`]                     |
/// |     52 |     1 | count          | of access points                  |
/// |     53 | n × 7 | access points  | MAC 6, signal 1                   |
pub(crate) fn cells_and_wifi(width: Width) -> impl Fn(&[u8]) -> Parsed<'_, CellReport<'_>> {
    move |i| {
        let (i, report) = head(i, width)?;
        let (i, heard) = context("access points", length_count(be_u8, access_point)).parse(i)?;
        let (i, tail) = rest(i)?;
        Ok((i, CellReport { behind: Behind::Wifi(heard), tail, ..report }))
    }
}

fn head(i: &[u8], width: Width) -> Parsed<'_, CellReport<'_>> {
    let (i, clock) = context("date and time", clock).parse(i)?;
    let (i, network) = context("network", network).parse(i)?;
    let (i, cells) = context("cells", count(|i| heard_cell(i, network, width), CELLS)).parse(i)?;
    let (i, timing_advance) = context("timing advance", be_u8).parse(i)?;
    let behind = Behind::Language(None);
    Ok((i, CellReport { clock, network, width, cells, timing_advance, behind, tail: &[] }))
}

impl CellReport<'_> {
    pub(crate) fn said(&self, number: u8, zone: Zone) -> Said {
        let time = self.clock.device_time(zone);
        let mut attributes = Attributes::default();
        let heard: Vec<Cell> =
            self.cells.iter().copied().filter(|cell| cell.lac != 0 || cell.cid != 0).collect();
        attributes.extend((!heard.is_empty()).then_some(Attribute::Cells(heard)));
        if let Behind::Wifi(heard) = &self.behind {
            attributes.extend((!heard.is_empty()).then(|| Attribute::Wifi(heard.clone())));
        }
        attributes.extend(surplus(number, self.tail));
        let problem = (time == DeviceTime::Unusable).then(|| self.clock.problem());
        let position = without_fix(time, attributes, self.measured());
        Said { events: vec![Event::Position(Box::new(position))], problem }
    }

    /// The cells and access points, without their signal.
    fn measured(&self) -> Measured {
        let mut bytes: Vec<u8> = Vec::new();
        for cell in &self.cells {
            bytes.extend(cell.lac.to_be_bytes());
            bytes.extend(cell.cid.to_be_bytes());
        }
        if let Behind::Wifi(heard) = &self.behind {
            for point in heard {
                bytes.extend(point.mac.0);
            }
        }
        measured([&bytes[..]])
    }

    pub(crate) fn describe(&self, zone: Zone, rows: &mut Rows) {
        self.clock.describe(zone, rows);
        self.network.describe(rows);
        for cell in &self.cells {
            let value = format!("lac {:#x} cell {:#x}", cell.lac, cell.cid);
            rows.add(
                self.width.size() + 1,
                "cell",
                value,
                format!("signal {}", cell.rssi.unwrap_or_default()),
            );
        }
        rows.add(1, "timing advance", self.timing_advance, "0xff none");
        match &self.behind {
            Behind::Language(None) => {}
            Behind::Language(Some(language)) => rows.add(2, "language", language, "1 Chinese, 2 English"),
            Behind::Wifi(heard) => {
                rows.add(1, "access points", heard.len(), "how many follow");
                for AccessPoint { mac, rssi } in heard {
                    rows.add(MAC_SIZE + 1, "access point", hex::encode(mac.0), format!("signal {rssi}"));
                }
            }
        }
        rows.add_raw("surplus", self.tail, "behind the known fields, kept as hex");
    }
}

/// A report of a device that saw no satellites.
pub(crate) fn without_fix(time: DeviceTime, attributes: Attributes, measured: Measured) -> Position {
    Position {
        time,
        fix: Fix::None,
        speed: None,
        course: None,
        altitude: None,
        satellites: None,
        buffered: false,
        alarms: Alarms::NONE,
        attributes,
        measured,
    }
}

/// The serving cell and six neighbours.
const CELLS: usize = 7;
