//! Quantities on the wire and in the store. Raw integers end at the protocol crate.
//!
//! Shape: constructor names the unit, getter names the unit. Units: WGS-84 degrees as integer 1e-7, km/h in tenths,
//! whole degrees clockwise from north, metres. Errors: [`OutOfRange`]. Source: DESIGN.md §2, JT/T 808 §0x0200.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How many of something, in English: `1 loan`, `2 loans`.
pub fn counted(count: impl fmt::Display, noun: &str) -> String {
    let count = count.to_string();
    let plural = if count == "1" { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// A value outside what the quantity can be.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{quantity} {value} is out of range")]
pub struct OutOfRange {
    /// The quantity, e.g. `latitude`.
    pub quantity: &'static str,
    /// The value given, in the unit of the constructor.
    pub value: f64,
}

/// A place on the globe: WGS-84, north and east positive, integer 1e-7 degrees (about 1 cm).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Coordinates {
    lat_e7: i32,
    lon_e7: i32,
}

impl Coordinates {
    /// From 1e-7 degrees.
    pub const fn from_e7(lat_e7: i64, lon_e7: i64) -> Result<Self, OutOfRange> {
        if lat_e7 < -LAT_E7_MAX || lat_e7 > LAT_E7_MAX {
            return Err(OutOfRange { quantity: "latitude", value: degrees(lat_e7) });
        }
        if lon_e7 < -LON_E7_MAX || lon_e7 > LON_E7_MAX {
            return Err(OutOfRange { quantity: "longitude", value: degrees(lon_e7) });
        }
        #[expect(
            clippy::as_conversions,
            clippy::cast_possible_truncation,
            reason = "checked above; const fn has no try_from"
        )]
        Ok(Self { lat_e7: lat_e7 as i32, lon_e7: lon_e7 as i32 })
    }

    /// From degrees.
    pub fn from_degrees(lat: f64, lon: f64) -> Result<Self, OutOfRange> {
        Self::from_e7(e7(lat, "latitude")?, e7(lon, "longitude")?)
    }

    /// Latitude, 1e-7 degrees.
    pub const fn lat_e7(self) -> i32 {
        self.lat_e7
    }

    /// Longitude, 1e-7 degrees.
    pub const fn lon_e7(self) -> i32 {
        self.lon_e7
    }

    /// Latitude, degrees.
    pub fn lat(self) -> f64 {
        f64::from(self.lat_e7) / 1e7
    }

    /// Longitude, degrees.
    pub fn lon(self) -> f64 {
        f64::from(self.lon_e7) / 1e7
    }

    /// 0/0, which no financed car is at and every broken receiver reports.
    pub const fn is_null_island(self) -> bool {
        self.lat_e7 == 0 && self.lon_e7 == 0
    }
}

fn e7(degrees: f64, quantity: &'static str) -> Result<i64, OutOfRange> {
    if !degrees.is_finite() || degrees.abs() > 180.0 {
        return Err(OutOfRange { quantity, value: degrees });
    }
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "|x| <= 1.8e9 by the check above"
    )]
    Ok((degrees * 1e7).round() as i64)
}

#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "only the text of an error")]
const fn degrees(e7: i64) -> f64 {
    e7 as f64 / 1e7
}

const LAT_E7_MAX: i64 = 900_000_000;
const LON_E7_MAX: i64 = 1_800_000_000;

/// Ground speed, tenths of km/h.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Speed(u16);

impl Speed {
    /// From whole km/h; saturates at 6553 km/h.
    pub const fn from_kmh(kmh: u16) -> Self {
        Self(kmh.saturating_mul(10))
    }

    /// From tenths of km/h.
    pub const fn from_tenths(tenths_kmh: u16) -> Self {
        Self(tenths_kmh)
    }

    /// Tenths of km/h.
    pub const fn tenths(self) -> u16 {
        self.0
    }

    /// km/h.
    pub fn kmh(self) -> f64 {
        f64::from(self.0) / 10.0
    }
}

/// Direction of travel over ground, whole degrees clockwise from north, 0..360.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Course(u16);

impl Course {
    /// From degrees; 360 is north again. More than 360 is refused.
    pub const fn from_degrees(degrees: u16) -> Option<Self> {
        match degrees {
            360 => Some(Self(0)),
            0..360 => Some(Self(degrees)),
            _ => None,
        }
    }

    /// Degrees, 0..360.
    pub const fn degrees(self) -> u16 {
        self.0
    }
}

/// Height above sea level, metres.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Altitude(i32);

impl Altitude {
    /// From metres.
    pub const fn from_metres(metres: i32) -> Self {
        Self(metres)
    }

    /// Metres.
    pub const fn metres(self) -> i32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_off_the_globe_are_refused_by_name() {
        assert_eq!(Coordinates::from_degrees(91.0, 0.0).unwrap_err().quantity, "latitude");
        assert_eq!(Coordinates::from_degrees(0.0, 180.000_001).unwrap_err().quantity, "longitude");
        assert_eq!(Coordinates::from_degrees(f64::NAN, 0.0).unwrap_err().quantity, "latitude");
        assert!(Coordinates::from_degrees(-90.0, -180.0).is_ok());
    }

    #[test]
    fn degrees_survive_the_integer_form() {
        let place = Coordinates::from_degrees(22.543_1, 114.057_9).unwrap();
        assert_eq!((place.lat_e7(), place.lon_e7()), (225_431_000, 1_140_579_000));
        assert!((place.lat() - 22.543_1).abs() < 1e-9);
    }

    #[test]
    fn north_is_zero_however_it_is_written() {
        assert_eq!(Course::from_degrees(360), Course::from_degrees(0));
        assert_eq!(Course::from_degrees(361), None);
    }
}
