//! One mobile cell.
//!
//! Shape: 8 bytes (9 with a two-byte MNC), or 15 (16) in the 4G form → [`Cell`]. Units: none.
//! Errors: none beside a short body; a cell of zeros is no cell. Source: SPEC.md §3.

use super::{Parsed, Rows};
use model::attribute::Mac;
use model::{AccessPoint, Attribute, Cell};
use nom::Parser;
use nom::bytes::complete::take;
use nom::combinator::map;
use nom::multi::{count, length_count};
use nom::number::complete::{be_u8, be_u16, be_u24, be_u32, be_u64};

/// How wide area code and cell id are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// 2 + 3 bytes.
    Narrow,
    /// 2 + 4 bytes, behind an MNC that always has two bytes: 0x11 only.
    Middle,
    /// 2 + 4 bytes: the longer cell ids of some makers.
    Long,
    /// 4 + 8 bytes: the messages of 4G devices.
    Wide,
}

impl Width {
    /// Bytes of area code and cell id.
    pub(crate) const fn size(self) -> usize {
        let (lac, cid) = self.parts();
        lac + cid
    }

    const fn parts(self) -> (usize, usize) {
        match self {
            Self::Narrow => (2, 3),
            Self::Middle | Self::Long => (2, 4),
            Self::Wide => (4, 8),
        }
    }
}

/// A network and how it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    pub(crate) mcc: u16,
    pub(crate) mnc: u16,
    wide_mnc: bool,
}

/// A cell and how it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Serving {
    pub(crate) cell: Cell,
    network: Network,
    width: Width,
}

/// | offset | size | field | coding                                                |
/// |      0 |    2 | MCC   | low 15 bits; bit 15 = the MNC has two bytes           |
/// |      2 |  1/2 | MNC   |                                                       |
pub(crate) fn network(i: &[u8]) -> Parsed<'_, Network> {
    let (i, mcc) = be_u16(i)?;
    let wide_mnc = mcc & WIDE_MNC != 0;
    let (i, mnc) = if wide_mnc { be_u16(i)? } else { map(be_u8, u16::from).parse(i)? };
    Ok((i, Network { mcc: mcc & !WIDE_MNC, mnc, wide_mnc }))
}

/// The network of 0x11, whose MNC has two bytes without a mark.
fn network_with_wide_mnc(i: &[u8]) -> Parsed<'_, Network> {
    map((be_u16, be_u16), |(mcc, mnc)| Network { mcc: mcc & !WIDE_MNC, mnc, wide_mnc: true }).parse(i)
}

/// | offset | size  | field | coding                                                |
/// |      0 | 2/4   | LAC   | tracking area code on 4G                              |
/// |    2/4 | 3/4/8 | CID   |                                                       |
pub(crate) fn lac_and_cid(i: &[u8], width: Width) -> Parsed<'_, (u32, u64)> {
    match width {
        Width::Narrow => (map(be_u16, u32::from), map(be_u24, u64::from)).parse(i),
        Width::Middle | Width::Long => (map(be_u16, u32::from), map(be_u32, u64::from)).parse(i),
        Width::Wide => (be_u32, be_u64).parse(i),
    }
}

/// | offset | size | field         | coding          |
/// |      0 | 3..4 | network       | see [`network`] |
/// |      3 | 5..12| area and cell | see [`lac_and_cid`] |
pub(crate) fn cell(width: Width) -> impl Fn(&[u8]) -> Parsed<'_, Serving> {
    move |i| {
        let (i, network) = network_of(width)(i)?;
        let (i, (lac, cid)) = lac_and_cid(i, width)?;
        let cell = Cell { mcc: network.mcc, mnc: network.mnc, lac, cid, rssi: None };
        Ok((i, Serving { cell, network, width }))
    }
}

fn network_of(width: Width) -> impl Fn(&[u8]) -> Parsed<'_, Network> {
    move |i| match width {
        Width::Narrow | Width::Long | Width::Wide => network(i),
        Width::Middle => network_with_wide_mnc(i),
    }
}

/// A network and the cells heard of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heard {
    network: Network,
    pub(crate) cells: Vec<Cell>,
}

/// | offset | size  | field   | coding                                    |
/// |      0 |  3..4 | network | see [`network`]                           |
/// |      3 |   0/1 | count   | where it is not fixed                     |
/// |    3/4 | n × 6 | cells   | area, cell id, signal 1                   |
pub(crate) fn heard_cells(width: Width, fixed: Option<usize>) -> impl Fn(&[u8]) -> Parsed<'_, Heard> {
    move |i| {
        let (i, network) = network_of(width)(i)?;
        let (i, size) = match fixed {
            Some(size) => (i, size),
            None => map(be_u8, usize::from).parse(i)?,
        };
        let (i, cells) = count(|i| heard_cell(i, network, width), size).parse(i)?;
        Ok((i, Heard { network, cells }))
    }
}

/// | offset | size | field  | coding                                     |
/// |    0/4 | 5..12| cell   | area and cell id                           |
/// |    5/. |    1 | signal | in the device's scale                      |
pub(crate) fn heard_cell(i: &[u8], network: Network, width: Width) -> Parsed<'_, Cell> {
    let (i, (lac, cid)) = lac_and_cid(i, width)?;
    let (i, signal) = be_u8(i)?;
    Ok((i, Cell { mcc: network.mcc, mnc: network.mnc, lac, cid, rssi: Some(i16::from(signal)) }))
}

/// Number 0x38.
///
/// | offset | size  | field  | coding                                    |
/// |      0 |     1 | kind   | below 3 the narrow cell, else the wide    |
/// |      1 | 8..16 | cell   | see [`cell`]                              |
/// |        |   1/2 | signal | 2 bytes behind the wide cell              |
pub(crate) fn typed_cell(i: &[u8]) -> Parsed<'_, Heard> {
    let (i, kind) = be_u8(i)?;
    let width = if kind < WIDE_KIND { Width::Narrow } else { Width::Wide };
    let (i, Serving { cell, network, .. }) = cell(width)(i)?;
    let (i, signal) = if kind < WIDE_KIND { map(be_u8, u16::from).parse(i)? } else { be_u16(i)? };
    let rssi = i16::try_from(signal).ok();
    Ok((i, Heard { network, cells: vec![Cell { rssi, ..cell }] }))
}

/// A cell of a clone, whose network stands before the list: LAC 2, cell id 2, signal 1.
pub(crate) fn clone_cell(i: &[u8], mcc: u16, mnc: u8) -> Parsed<'_, Cell> {
    map((be_u16, be_u16, be_u8), |(lac, cid, signal)| Cell {
        mcc,
        mnc: u16::from(mnc),
        lac: u32::from(lac),
        cid: u64::from(cid),
        rssi: Some(i16::from(signal)),
    })
    .parse(i)
}

/// Module 0x0011.
///
/// | offset | size | field  | coding                                     |
/// |      0 |    4 | network| MCC 2, MNC 2                               |
/// |      4 |    6 | cell   | LAC 2, cell id 3, signal 1                 |
pub(crate) fn module_cell(i: &[u8]) -> Parsed<'_, Cell> {
    let (i, network) = network_with_wide_mnc(i)?;
    heard_cell(i, network, Width::Narrow)
}

/// | offset | size  | field         | coding                             |
/// |      0 |     1 | count         |                                    |
/// |      1 | n × 7 | access points | MAC 6, signal 1                    |
pub(crate) fn wifi(i: &[u8]) -> Parsed<'_, Vec<AccessPoint>> {
    length_count(be_u8, access_point).parse(i)
}

/// | offset | size | field  | coding                                     |
/// |      0 |    6 | MAC    |                                            |
/// |      6 |    1 | signal | in the device's scale                      |
pub(crate) fn access_point(i: &[u8]) -> Parsed<'_, AccessPoint> {
    let (i, mac) = take(MAC_SIZE).parse(i)?;
    let (i, signal) = be_u8(i)?;
    let mac = Mac(mac.try_into().unwrap_or_default());
    Ok((i, AccessPoint { mac, rssi: i16::from(signal) }))
}

impl Heard {
    /// Of a country that exists, or of none: a device without service.
    pub(crate) fn is_sane(&self) -> bool {
        self.network.is_sane() || (self.network.mcc == 0 && self.network.mnc == 0)
    }
}

impl Network {
    /// Whether there is such a country [ITU-T E.212].
    const fn is_sane(self) -> bool {
        matches!(self.mcc, 200..=799)
    }

    pub(crate) fn describe(self, rows: &mut Rows) {
        rows.add(2, "mcc", self.mcc, "mobile country");
        rows.add(self.mnc_size(), "mnc", self.mnc, "mobile network");
    }

    const fn mnc_size(self) -> usize {
        if self.wide_mnc { 2 } else { 1 }
    }
}

impl Serving {
    /// `None` for zeros, which a device without service sends.
    pub(crate) fn attribute(&self) -> Option<Attribute> {
        let heard = self.cell.mcc != 0 || self.cell.lac != 0 || self.cell.cid != 0;
        heard.then(|| Attribute::Cells(vec![self.cell]))
    }

    /// Of a country that exists, or nothing but zeros.
    pub(crate) fn is_sane(&self) -> bool {
        self.network.is_sane() || self.attribute().is_none()
    }

    /// Bytes on the wire.
    pub(crate) const fn size(&self) -> usize {
        2 + self.network.mnc_size() + self.width.size()
    }

    pub(crate) fn describe(&self, rows: &mut Rows) {
        let (lac, cid) = self.width.parts();
        self.network.describe(rows);
        rows.add(lac, "lac", format!("{:#x}", self.cell.lac), "location area");
        rows.add(cid, "cell id", format!("{:#x}", self.cell.cid), "serving cell");
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

pub(crate) const MAC_SIZE: usize = 6;
/// From this kind on a typed cell is one of 4G.
const WIDE_KIND: u8 = 3;
const WIDE_MNC: u16 = 0x8000; // bit 15
