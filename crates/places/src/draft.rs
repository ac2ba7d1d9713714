//! A place as a row or feature states it, with what whoever imports it says of those that leave something open.
//!
//! Shape: texts and an area in, a checked place out. Units: degrees, metres. Errors: a sentence for the person.

use crate::simplify::simplified;
use model::place::{Area, Origin, Scope, Sourced};
use model::{Coordinates, LenderId, Place, PlaceId, PlaceKind, VehicleId};

/// What is said where the file says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Open<'a> {
    /// A kind's code.
    pub kind: Option<&'a str>,
    /// The crossing of a fence, the level of a region.
    pub watches: Option<&'a str>,
    /// `everyone`, `lender:ID` or `vehicle:PLATE`.
    pub scope: Option<&'a str>,
    /// An origin's code.
    pub origin: Option<&'a str>,
    /// The file's name.
    pub file: &'a str,
    /// The property that holds a feature's id; `id` where none is said.
    pub id_from: Option<&'a str>,
    /// The property that holds its name; `name` where none is said.
    pub name_from: Option<&'a str>,
    /// The radius of points that say none, metres.
    pub radius_m: Option<u32>,
}

/// What the file says.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) watches: Option<String>,
    pub(crate) scope: Option<String>,
    pub(crate) datum: Option<String>,
    pub(crate) origin: Option<String>,
    /// Different vehicles that stood there, where it was mined.
    pub(crate) vehicles: Option<String>,
    pub(crate) area: Area,
}

impl Draft {
    /// The place, and what was done to its area.
    pub(crate) fn place(self, open: &Open<'_>) -> Result<(Sourced, Option<String>), String> {
        datum(self.datum.as_deref())?;
        let id = self.id.ok_or("it has no id")?;
        let id = PlaceId::parse(&id).map_err(|error| error.to_string())?;
        let kind = self
            .kind
            .as_deref()
            .or(open.kind)
            .ok_or("it has no kind, and none is given for the whole file")?;
        let kind = PlaceKind::parse(kind, self.watches.as_deref().or(open.watches))?;
        let scope = scope(self.scope.as_deref().or(open.scope).unwrap_or("everyone"))?;
        let origin = origin(self.origin.as_deref().or(open.origin), self.vehicles.as_deref(), open.file)?;
        let name = self.name.unwrap_or_else(|| id.to_string());
        let (area, remark) = simplified(self.area)?;
        let place = Place { id, name, kind, area, scope };
        place.check().map_err(|error| error.to_string())?;
        Ok((Sourced { place, origin }, remark))
    }
}

/// Where a place is from; a list, where nothing is said.
fn origin(code: Option<&str>, vehicles: Option<&str>, file: &str) -> Result<Origin, String> {
    match code.map_or("imported", str::trim) {
        "imported" => Ok(Origin::Imported { file: file.to_owned() }),
        "drawn" => Ok(Origin::Drawn),
        "mined" => {
            let count = vehicles.and_then(|vehicles| vehicles.trim().parse().ok());
            let vehicles = count.ok_or("it is mined and does not say from how many `vehicles`")?;
            Ok(Origin::Mined { vehicles })
        }
        other => Err(format!("\"{other}\" is no origin; expected one of: {}", Origin::CODES.join(", "))),
    }
}

/// Nobody can see whether a file is shifted by 100 to 700 m, as maps in mainland China are: what says so is believed.
pub(crate) fn datum(datum: Option<&str>) -> Result<(), String> {
    let Some(datum) = datum.map(str::trim).filter(|datum| !datum.is_empty()) else { return Ok(()) };
    let plain: String = datum.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    if plain == "wgs84"
        || plain.ends_with("crs84")
        || plain.ends_with("epsg4326")
        || plain.ends_with("epsg84326")
    {
        return Ok(());
    }
    Err(format!(
        "its datum is \"{datum}\"; only WGS-84 is taken: convert it first (GCJ-02 and BD-09 are off by 100 to 700 m)"
    ))
}

/// A point of the file, in degrees.
pub(crate) fn point(lat: f64, lon: f64) -> Result<Coordinates, String> {
    Coordinates::from_degrees(lat, lon)
        .map_err(|error| format!("{error}: a point is longitude, then latitude, in degrees of WGS-84"))
}

/// Whole metres, from what people write.
pub(crate) fn metres(what: &str, value: f64) -> Result<u32, String> {
    if !(0.0..=f64::from(METRES_MAX)).contains(&value) {
        return Err(format!("{what} {value}: expected metres"));
    }
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within the bounds of the line above"
    )]
    let whole = value.round() as u32;
    Ok(whole)
}

fn scope(text: &str) -> Result<Scope, String> {
    match text.trim().split_once(':') {
        None if text.trim() == "everyone" => Ok(Scope::Everyone),
        Some(("lender", id)) if !id.trim().is_empty() => Ok(Scope::Lender(LenderId(id.trim().to_owned()))),
        Some(("vehicle", id)) => VehicleId::parse(id).map(Scope::Vehicle).map_err(|error| error.to_string()),
        _ => Err(format!("scope \"{text}\": expected everyone, lender:ID or vehicle:PLATE")),
    }
}

/// A scope as it is written.
pub fn scope_text(scope: &Scope) -> String {
    match scope {
        Scope::Everyone => "everyone".to_owned(),
        Scope::Lender(lender) => format!("lender:{lender}"),
        Scope::Vehicle(vehicle) => format!("vehicle:{vehicle}"),
    }
}

/// Half the Earth's girth: more is no length on it.
const METRES_MAX: u32 = 20_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_wgs_84_is_taken() {
        for known in [
            "WGS-84",
            "wgs84",
            "urn:ogc:def:crs:OGC:1.3:CRS84",
            "EPSG:4326",
            "urn:ogc:def:crs:EPSG::4326",
            " ",
        ] {
            assert_eq!(datum(Some(known)), Ok(()), "{known}");
        }
        for other in ["GCJ-02", "BD-09", "EPSG:3857", "CGCS2000"] {
            assert!(datum(Some(other)).unwrap_err().contains(other), "{other}");
        }
    }

    #[test]
    fn a_place_says_where_it_is_from_or_is_from_the_file() {
        assert_eq!(origin(None, None, "a.csv"), Ok(Origin::Imported { file: "a.csv".into() }));
        assert_eq!(origin(Some("drawn"), None, "a.csv"), Ok(Origin::Drawn));
        assert_eq!(origin(Some("mined"), Some("4"), "a.csv"), Ok(Origin::Mined { vehicles: 4 }));
        assert!(origin(Some("mined"), None, "a.csv").unwrap_err().contains("vehicles"));
        assert!(origin(Some("found"), None, "a.csv").unwrap_err().contains("imported, mined, drawn"));
    }

    #[test]
    fn a_scope_reads_back_as_it_is_written() {
        for text in ["everyone", "lender:main", "vehicle:粤B12345"] {
            assert_eq!(scope_text(&scope(text).unwrap()), text);
        }
        assert!(scope("lender:").is_err() && scope("mine").is_err());
    }
}
