//! Places from GeoJSON: polygons, lines with a width, points with a radius.
//!
//! Shape: text in, places and faults out. A MultiPolygon is one place with all its rings: an island belongs to its province.
//! Units: degrees, metres. Errors: a file that is no GeoJSON, or of another datum, is of no use; what is wrong with a feature
//! names it. Source: RFC 7946; `crs` as in the form before it.

use crate::PlaceFile;
use crate::draft::{Draft, Open, datum, metres, point};
use geojson::feature::Id;
use geojson::{Feature, GeoJson, GeometryValue, JsonObject, JsonValue, Position};
use model::Coordinates;
use model::place::Area;

pub(crate) fn read(text: &str, open: &Open<'_>) -> Result<PlaceFile, String> {
    let (id_from, name_from) = (open.id_from.unwrap_or("id"), open.name_from.unwrap_or("name"));
    let (features, members) = match text.parse::<GeoJson>().map_err(|error| error.to_string())? {
        GeoJson::FeatureCollection(collection) => (collection.features, collection.foreign_members),
        GeoJson::Feature(feature) => (vec![feature], None),
        GeoJson::Geometry(_) => return Err("a bare geometry has no id: make it a Feature".into()),
    };
    datum(members.as_ref().and_then(stated_datum).as_deref())?;
    let mut file = PlaceFile::default();
    for (number, feature) in (1..).zip(&features) {
        let properties = Properties { feature, id_from, name_from, radius_m: open.radius_m };
        file.take(&format!("feature {number}"), properties.draft(), open);
    }
    Ok(file)
}

/// A feature, and what its properties are called.
struct Properties<'a> {
    feature: &'a Feature,
    id_from: &'a str,
    name_from: &'a str,
    radius_m: Option<u32>,
}

impl Properties<'_> {
    fn draft(&self) -> Result<Draft, String> {
        let own_id = self.feature.id.as_ref().map(|id| match id {
            Id::String(text) => text.clone(),
            Id::Number(number) => number.to_string(),
        });
        let of_feature = self.feature.foreign_members.as_ref().and_then(stated_datum);
        Ok(Draft {
            id: self.text(self.id_from).or(own_id),
            name: self.text(self.name_from),
            kind: self.text("kind"),
            watches: self.text("watches"),
            scope: self.text("scope"),
            datum: self.text("datum").or(of_feature),
            origin: self.text("origin"),
            vehicles: self.text("vehicles"),
            area: self.area()?,
        })
    }

    fn area(&self) -> Result<Area, String> {
        let geometry = self.feature.geometry.as_ref().ok_or("it has no geometry")?;
        match &geometry.value {
            GeometryValue::Point { coordinates } => {
                let radius_m = match self.length("radius_m") {
                    Err(_) if self.value("radius_m").is_none() && self.radius_m.is_some() => {
                        self.radius_m.unwrap_or(0)
                    }
                    length => length?,
                };
                Ok(Area::Circle { centre: place(coordinates)?, radius_m })
            }
            GeometryValue::LineString { coordinates } => {
                Ok(Area::Corridor { line: line(coordinates)?, half_width_m: self.length("width_m")? / 2 })
            }
            GeometryValue::Polygon { coordinates } => Ok(Area::Polygon { rings: rings(coordinates)? }),
            GeometryValue::MultiPolygon { coordinates } => {
                let polygons =
                    coordinates.iter().map(|polygon| rings(polygon)).collect::<Result<Vec<_>, _>>()?;
                Ok(Area::Polygon { rings: polygons.concat() })
            }
            other => Err(format!(
                "a {} is no place; expected Point, LineString, Polygon or MultiPolygon",
                other.type_name()
            )),
        }
    }

    fn length(&self, name: &str) -> Result<u32, String> {
        let value = self.value(name).ok_or_else(|| format!("its property {name} is missing"))?;
        let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
        metres(name, number.ok_or_else(|| format!("{name} {value}: expected metres"))?)
    }

    /// A property, however its name is capitalized.
    fn value(&self, name: &str) -> Option<&JsonValue> {
        let properties = self.feature.properties.as_ref()?;
        properties.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn text(&self, name: &str) -> Option<String> {
        let text = match self.value(name)? {
            JsonValue::String(text) => text.trim().to_owned(),
            JsonValue::Number(number) => number.to_string(),
            _ => return None,
        };
        Some(text).filter(|text| !text.is_empty())
    }
}

/// `"datum": "…"`, or the `crs` of the older form.
fn stated_datum(members: &JsonObject) -> Option<String> {
    let crs = || members.get("crs")?.get("properties")?.get("name");
    Some(members.get("datum").or_else(crs)?.as_str()?.to_owned())
}

fn place(position: &Position) -> Result<Coordinates, String> {
    match position.as_slice() {
        [lon, lat, ..] => point(*lat, *lon),
        _ => Err("a point needs a longitude and a latitude".into()),
    }
}

fn line(positions: &[Position]) -> Result<Vec<Coordinates>, String> {
    positions.iter().map(place).collect()
}

fn rings(polygon: &[Vec<Position>]) -> Result<Vec<Vec<Coordinates>>, String> {
    polygon.iter().map(|ring| line(ring)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::PlaceKind;
    use model::place::{Level, Sourced};
    use serde_json::json;

    const OPEN: Open<'_> = Open {
        kind: Some("region"),
        watches: Some("province"),
        scope: None,
        origin: None,
        file: "a.geojson",
        id_from: None,
        name_from: None,
        radius_m: None,
    };

    fn collection(features: &[JsonValue]) -> String {
        json!({ "type": "FeatureCollection", "features": features }).to_string()
    }

    fn feature(properties: &JsonValue, geometry: &JsonValue) -> JsonValue {
        json!({ "type": "Feature", "properties": properties, "geometry": geometry })
    }

    fn square(west: f64) -> JsonValue {
        json!([[[west, 20.0], [west + 1.0, 20.0], [west + 1.0, 21.0], [west, 21.0], [west, 20.0]]])
    }

    #[test]
    fn a_province_with_an_island_is_one_place() {
        let geometry = json!({ "type": "MultiPolygon", "coordinates": [square(110.0), square(112.0)] });
        let text = collection(&[feature(&json!({ "adm1_code": "CHN-1", "NAME": "广东" }), &geometry)]);
        let file = read(&text, &Open { id_from: Some("adm1_code"), ..OPEN }).unwrap();
        assert_eq!(file.faults, [""; 0]);
        let [Sourced { place, .. }] = &file.places[..] else { panic!("{}", file.places.len()) };
        assert_eq!((place.id.as_str(), place.name.as_str()), ("CHN-1", "广东"));
        assert_eq!(place.kind, PlaceKind::Region(Level::Province));
        assert!(matches!(&place.area, Area::Polygon { rings } if rings.len() == 2));
    }

    #[test]
    fn a_line_has_a_width_and_a_point_a_radius() {
        let line = json!({ "type": "LineString", "coordinates": [[114.0, 22.0], [114.1, 22.0]] });
        let point = json!({ "type": "Point", "coordinates": [114.0, 22.0] });
        let text = collection(&[
            feature(&json!({ "id": "a", "width_m": 100 }), &line),
            feature(&json!({ "id": 7, "radius_m": "250", "kind": "tow_lot" }), &point),
            feature(&json!({ "id": "c" }), &point),
        ]);
        let file = read(&text, &OPEN).unwrap();
        let areas: Vec<&Area> = file.places.iter().map(|sourced| &sourced.place.area).collect();
        assert!(matches!(
            areas[..],
            [Area::Corridor { half_width_m: 50, .. }, Area::Circle { radius_m: 250, .. }]
        ));
        assert_eq!(file.places[1].place.id.as_str(), "7");
        assert_eq!(file.faults, ["feature 3: its property radius_m is missing"]);
    }

    #[test]
    fn another_datum_is_refused_wherever_it_stands() {
        let point = json!({ "type": "Point", "coordinates": [114.0, 22.0] });
        let shifted = feature(&json!({ "id": "a", "radius_m": 100, "datum": "GCJ-02" }), &point);
        let file = read(&collection(&[shifted]), &OPEN).unwrap();
        assert!(file.faults[0].starts_with("feature 1: its datum is \"GCJ-02\""), "{:?}", file.faults);
        let named = |name: &str| {
            let crs = json!({ "type": "name", "properties": { "name": name } });
            json!({ "type": "FeatureCollection", "crs": crs, "features": [] }).to_string()
        };
        assert!(read(&named("urn:ogc:def:crs:OGC:1.3:CRS84"), &OPEN).is_ok());
        assert!(read(&named("EPSG:3857"), &OPEN).err().is_some_and(|error| error.contains("EPSG:3857")));
    }

    #[test]
    fn latitude_before_longitude_is_found_out_where_it_can_be() {
        let swapped = json!({ "type": "Point", "coordinates": [22.0, 114.0] });
        let text = collection(&[feature(&json!({ "id": "a", "radius_m": 100 }), &swapped)]);
        let file = read(&text, &OPEN).unwrap();
        assert!(file.faults[0].contains("longitude, then latitude"), "{:?}", file.faults);
    }
}
