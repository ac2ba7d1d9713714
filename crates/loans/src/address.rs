//! Where a borrower lives and works: two cells a place, in degrees.
//!
//! Shape: a row → [`FiledAddresses`]; a place needs both of its cells. Units: decimal degrees, WGS-84: maps of mainland China give
//! GCJ-02 or BD-09, which are 100 to 700 m off and cannot be told apart from it. Errors: rejects in the row.
//! Source: `domain.md` §3a, §8.

use crate::RejectReason;
use crate::cell::narrow;
use crate::column::Column;
use crate::row::Row;
use model::Coordinates;
use model::loan::FiledAddresses;

/// The addresses of a row; `None` where the file has none of the columns, and so says nothing of them.
pub(crate) fn addresses(row: &mut Row<'_>) -> Option<FiledAddresses> {
    if !ADDRESSES.iter().any(|column| row.has(*column)) {
        return None;
    }
    let home = place(row, Column::HomeLat, Column::HomeLon);
    let work = place(row, Column::WorkLat, Column::WorkLon);
    Some(FiledAddresses { home, work })
}

fn place(row: &mut Row<'_>, lat: Column, lon: Column) -> Option<Coordinates> {
    let (north, east) = (row.read(lat, degrees), row.read(lon, degrees));
    match (north, east) {
        (None, None) => None,
        (Some(north), Some(east)) => {
            let problem = |problem: String| RejectReason::BadCode { problem };
            match Coordinates::from_degrees(north, east) {
                Ok(place) if place.is_null_island() => {
                    row.reject(lat, problem("0, 0 is no address; leave both cells empty".to_owned()));
                    None
                }
                Ok(place) => Some(place),
                Err(error) => {
                    row.reject(lat, problem(error.to_string()));
                    None
                }
            }
        }
        // One that was refused has said so itself.
        (known, _) => {
            if row.rejects.is_empty() {
                row.reject(if known.is_some() { lon } else { lat }, RejectReason::Missing);
            }
            None
        }
    }
}

fn degrees(text: &str) -> Result<f64, RejectReason> {
    let text = narrow(text);
    let is_decimal = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    text.parse().ok().filter(|_| is_decimal).ok_or(RejectReason::NotDegrees)
}

/// The columns of addresses.
pub(crate) const ADDRESSES: [Column; 4] =
    [Column::HomeLat, Column::HomeLon, Column::WorkLat, Column::WorkLon];
