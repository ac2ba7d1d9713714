//! What an alert is about: mostly a vehicle, sometimes what many vehicles have in common.
//!
//! Shape: an enum; one text code in SQL ([`About::code`]), a key of its own in JSON (`"vehicle": …`). Units: degrees in the
//! code of a place. Errors: [`InvalidAbout`]. Source: `domain.md` §7 (one alert on a place, not ten on cars; carrier outage).

use crate::{Coordinates, LenderId, TerminalId, VehicleId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What an alert is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// One vehicle.
    Vehicle(VehicleId),
    /// A lender's feed.
    Lender(LenderId),
    /// Devices that share something that can fail.
    Group(Group),
    /// A place where several vehicles are: see [`About::place`].
    Place(Coordinates),
}

/// Devices that share something that can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// All of them: the server's own line.
    Everyone,
    /// A mobile network, by the first six digits of its SIM cards' numbers (ITU-T E.118: industry, country, issuer).
    Carrier(u32),
    /// Half a degree of latitude and longitude: a city.
    Cell {
        /// Southern edge, in half degrees.
        lat: i16,
        /// Western edge, in half degrees.
        lon: i16,
    },
    /// Devices of one make, by the first eight digits of their IMEI (type allocation code, 3GPP TS 23.003).
    Batch(u32),
}

/// A text that names nothing an alert can be about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" names nothing that an alert can be about")]
pub struct InvalidAbout(pub String);

impl About {
    /// A place, as exactly as its code says it: what has one code is one thing.
    pub fn place(place: Coordinates) -> Self {
        let rounded = |e7: i32| (i64::from(e7) + CODE_E7 / 2).div_euclid(CODE_E7) * CODE_E7;
        let near = Coordinates::from_e7(rounded(place.lat_e7()), rounded(place.lon_e7()));
        Self::Place(near.unwrap_or(place))
    }

    /// The vehicle, if it is about one.
    pub const fn vehicle(&self) -> Option<VehicleId> {
        match self {
            Self::Vehicle(vehicle) => Some(*vehicle),
            Self::Lender(_) | Self::Group(_) | Self::Place(_) => None,
        }
    }

    /// The code as SQL and listings write it. No vehicle's has a colon in it.
    pub fn code(&self) -> String {
        match self {
            Self::Vehicle(vehicle) => vehicle.to_string(),
            Self::Lender(lender) => format!("lender:{lender}"),
            Self::Group(group) => format!("group:{group}"),
            Self::Place(place) => format!("place:{:.4},{:.4}", place.lat(), place.lon()),
        }
    }

    /// The same for a log line above debug, or a chat room: no whole plate, and no place.
    pub fn masked(&self) -> String {
        match self {
            Self::Vehicle(vehicle) => vehicle.masked().to_string(),
            Self::Lender(_) | Self::Group(_) => self.code(),
            Self::Place(_) => "place".to_owned(),
        }
    }
}

impl Group {
    /// The city around a place.
    pub fn cell(place: Coordinates) -> Self {
        let half_degrees = |e7: i32| i16::try_from(e7.div_euclid(CELL_E7)).unwrap_or_default();
        Self::Cell { lat: half_degrees(place.lat_e7()), lon: half_degrees(place.lon_e7()) }
    }

    /// The network behind a SIM card's number.
    pub fn carrier(iccid: &str) -> Option<Self> {
        leading_number(iccid, ISSUER_DIGITS).map(Self::Carrier)
    }

    /// The make of a device that is named by its IMEI.
    pub fn batch(terminal: TerminalId) -> Option<Self> {
        let id = terminal.as_str();
        (id.len() == IMEI_DIGITS).then(|| leading_number(id, TYPE_DIGITS)).flatten().map(Self::Batch)
    }
}

fn leading_number(text: &str, digits: usize) -> Option<u32> {
    text.get(..digits)?.parse().ok()
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everyone => f.write_str("everyone"),
            Self::Carrier(issuer) => write!(f, "carrier:{issuer:06}"),
            Self::Cell { lat, lon } => {
                write!(f, "cell:{:.1},{:.1}", f64::from(*lat) / 2.0, f64::from(*lon) / 2.0)
            }
            Self::Batch(make) => write!(f, "batch:{make:08}"),
        }
    }
}

impl FromStr for Group {
    type Err = InvalidAbout;

    fn from_str(text: &str) -> Result<Self, InvalidAbout> {
        let half_degrees = |text: &str| {
            let degrees = Coordinates::from_degrees(text.parse().ok()?, 0.0).ok()?;
            i16::try_from(degrees.lat_e7().div_euclid(CELL_E7)).ok()
        };
        let of_longitude = |text: &str| {
            let degrees = Coordinates::from_degrees(0.0, text.parse().ok()?).ok()?;
            i16::try_from(degrees.lon_e7().div_euclid(CELL_E7)).ok()
        };
        let read = || match text.split_once(':') {
            None if text == "everyone" => Some(Self::Everyone),
            Some(("carrier", issuer)) => issuer.parse().ok().map(Self::Carrier),
            Some(("batch", make)) => make.parse().ok().map(Self::Batch),
            Some(("cell", edges)) => {
                let (lat, lon) = edges.split_once(',')?;
                Some(Self::Cell { lat: half_degrees(lat)?, lon: of_longitude(lon)? })
            }
            _ => None,
        };
        read().ok_or_else(|| InvalidAbout(text.to_owned()))
    }
}

impl Serialize for Group {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Group {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Four decimals of a degree, 11 m.
const CODE_E7: i64 = 1_000;
/// Half a degree.
const CELL_E7: i32 = 5_000_000;
const ISSUER_DIGITS: usize = 6;
const TYPE_DIGITS: usize = 8;
const IMEI_DIGITS: usize = 15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_alert_is_about_has_a_key_of_its_own_in_json() {
        let json = |about: &About| serde_json::to_string(about).unwrap();
        let vehicle = About::Vehicle(VehicleId::parse("粤B12345").unwrap());
        assert_eq!(json(&vehicle), r#"{"vehicle":"粤B12345"}"#);
        let group = About::Group(Group::Carrier(898_600));
        assert_eq!(json(&group), r#"{"group":"carrier:898600"}"#);
        for about in [vehicle, group, About::Lender(LenderId("main".into()))] {
            assert_eq!(serde_json::from_str::<About>(&json(&about)).unwrap(), about);
        }
    }

    #[test]
    fn places_of_one_code_are_one() {
        let places = [225_431_449, 225_430_500, -900_000_000]
            .map(|lat_e7| About::place(Coordinates::from_e7(lat_e7, 1_140_579_000).unwrap()));
        assert_eq!(places[0], places[1]);
        assert_eq!(places[0].code(), "place:22.5431,114.0579");
        assert_eq!(places[2].code(), "place:-90.0000,114.0579");
        let other = About::place(Coordinates::from_e7(225_431_500, 1_140_579_000).unwrap());
        assert_eq!(other.code(), "place:22.5432,114.0579");
    }

    #[test]
    fn a_group_reads_back_from_its_code() {
        let south_west = Group::cell(Coordinates::from_degrees(-0.2, -70.7).unwrap());
        assert_eq!(south_west, Group::Cell { lat: -1, lon: -142 });
        let groups = [
            Group::Everyone,
            Group::carrier("89860012345678901234").unwrap(),
            Group::batch(TerminalId::parse("868120240000015").unwrap()).unwrap(),
            Group::cell(Coordinates::from_degrees(22.54, 114.06).unwrap()),
            south_west,
        ];
        for group in groups {
            assert_eq!(group.to_string().parse(), Ok(group), "{group}");
        }
        assert_eq!(Group::batch(TerminalId::parse("13912345678").unwrap()), None, "a telephone number");
    }
}
