//! One mobile cell.
//!
//! Shape: 8 bytes (9 with a two-byte MNC), or 15 (16) in the 4G form → [`Cell`]. Units: none.
//! Errors: none beside a short body; a cell of zeros is no cell. Source: SPEC.md §3.

use super::{Parsed, Rows};
use model::{Attribute, Cell};
use nom::Parser;
use nom::combinator::map;
use nom::number::complete::{be_u8, be_u16, be_u24, be_u32, be_u64};

/// How wide area code and cell id are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// 2 + 3 bytes.
    Narrow,
    /// 4 + 8 bytes: the messages of 4G devices.
    Wide,
}

/// A cell and how it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Serving {
    pub(crate) cell: Cell,
    wide_mnc: bool,
    width: Width,
}

/// | offset | size | field | coding                                                |
/// |      0 |    2 | MCC   | low 15 bits; bit 15 = the MNC has two bytes           |
/// |      2 |  1/2 | MNC   |                                                       |
/// |    3/4 |  2/4 | LAC   | tracking area code on 4G                              |
/// |    5/8 |  3/8 | CID   |                                                       |
pub(crate) fn cell(width: Width) -> impl Fn(&[u8]) -> Parsed<'_, Serving> {
    move |i| {
        let (i, mcc) = be_u16(i)?;
        let wide_mnc = mcc & WIDE_MNC != 0;
        let (i, mnc) = if wide_mnc { be_u16(i)? } else { map(be_u8, u16::from).parse(i)? };
        let (i, (lac, cid)) = match width {
            Width::Narrow => (map(be_u16, u32::from), map(be_u24, u64::from)).parse(i)?,
            Width::Wide => (be_u32, be_u64).parse(i)?,
        };
        let cell = Cell { mcc: mcc & !WIDE_MNC, mnc, lac, cid, rssi: None };
        Ok((i, Serving { cell, wide_mnc, width }))
    }
}

impl Serving {
    /// `None` for zeros, which a device without service sends.
    pub(crate) fn attribute(&self) -> Option<Attribute> {
        let heard = self.cell.mcc != 0 || self.cell.lac != 0 || self.cell.cid != 0;
        heard.then(|| Attribute::Cells(vec![self.cell]))
    }

    /// Bytes on the wire.
    pub(crate) const fn size(&self) -> usize {
        let (lac, cid) = self.widths();
        2 + self.mnc_width() + lac + cid
    }

    pub(crate) fn describe(&self, rows: &mut Rows) {
        let (lac, cid) = self.widths();
        rows.add(2, "mcc", self.cell.mcc, "mobile country");
        rows.add(self.mnc_width(), "mnc", self.cell.mnc, "mobile network");
        rows.add(lac, "lac", format!("{:#x}", self.cell.lac), "location area");
        rows.add(cid, "cell id", format!("{:#x}", self.cell.cid), "serving cell");
    }

    const fn mnc_width(&self) -> usize {
        if self.wide_mnc { 2 } else { 1 }
    }

    const fn widths(&self) -> (usize, usize) {
        match self.width {
            Width::Narrow => (2, 3),
            Width::Wide => (4, 8),
        }
    }
}

/// The narrow form of a cell, for the device side; zeros for a cell that does not fit it.
pub(crate) fn narrow(cell: Option<&Cell>) -> Vec<u8> {
    cell.and_then(fitting).unwrap_or_else(|| vec![0; 8])
}

fn fitting(cell: &Cell) -> Option<Vec<u8>> {
    let lac = u16::try_from(cell.lac).ok()?.to_be_bytes();
    let [0, cid @ ..] = u32::try_from(cell.cid).ok()?.to_be_bytes() else { return None };
    let mut bytes = Vec::with_capacity(9);
    if let Ok(mnc) = u8::try_from(cell.mnc) {
        bytes.extend(cell.mcc.to_be_bytes());
        bytes.push(mnc);
    } else {
        bytes.extend((cell.mcc | WIDE_MNC).to_be_bytes());
        bytes.extend(cell.mnc.to_be_bytes());
    }
    bytes.extend(lac);
    bytes.extend(cid);
    Some(bytes)
}

const WIDE_MNC: u16 = 0x8000; // bit 15
