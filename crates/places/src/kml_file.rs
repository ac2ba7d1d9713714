//! Places from KML: placemarks with polygons, lines and points, however deep their folders.
//!
//! Shape: text in, places and faults out. What KML has no element for (kind, radius_m, width_m, watches, scope) stands in its
//! ExtendedData, or is said by whoever imports. Units: WGS-84 degrees, which KML always has; metres. Errors: a file that is no KML is of no
//! use; what is wrong with a placemark names it. Source: OGC KML 2.3 §9.14, §10.

use crate::PlaceFile;
use crate::draft::{Draft, Open, metres, point};
use kml::Kml;
use kml::types::{Coord, Element, Geometry, LinearRing, Placemark, Polygon};
use model::Coordinates;
use model::place::Area;

pub(crate) fn read(text: &str, open: &Open<'_>) -> Result<PlaceFile, String> {
    let kml: Kml = text.parse().map_err(|error: kml::Error| format!("it is no KML: {error}"))?;
    let mut placemarks = Vec::new();
    gather(kml, &mut placemarks);
    let mut file = PlaceFile::default();
    for (number, placemark) in (1..).zip(&placemarks) {
        file.take(&format!("placemark {number}"), draft(placemark, open), open);
    }
    Ok(file)
}

/// Placemarks in the order of the file.
fn gather(kml: Kml, placemarks: &mut Vec<Placemark>) {
    match kml {
        Kml::KmlDocument(document) => document.elements.into_iter().for_each(|kml| gather(kml, placemarks)),
        Kml::Document { elements, .. } => elements.into_iter().for_each(|kml| gather(kml, placemarks)),
        Kml::Folder(folder) => folder.elements.into_iter().for_each(|kml| gather(kml, placemarks)),
        Kml::Placemark(placemark) => placemarks.push(placemark),
        _ => {}
    }
}

fn draft(placemark: &Placemark, open: &Open<'_>) -> Result<Draft, String> {
    let said = |name: &str| extended(&placemark.children, name);
    let name = placemark.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let own_id = || placemark.attrs.get("id").cloned();
    // A map drawn by hand has names and no ids: the same name again is the same place.
    let named = || name.map(|name| name.split_whitespace().collect::<Vec<_>>().join("-"));
    Ok(Draft {
        id: said(open.id_from.unwrap_or("id")).or_else(own_id).or_else(named),
        name: open.name_from.and_then(said).or_else(|| name.map(ToOwned::to_owned)),
        kind: said("kind"),
        watches: said("watches"),
        scope: said("scope"),
        datum: said("datum"),
        origin: said("origin"),
        vehicles: said("vehicles"),
        area: area(placemark.geometry.as_ref().ok_or("it has no geometry")?, &said, open)?,
    })
}

/// A value of the ExtendedData, as `Data` or `SimpleData`.
fn extended(children: &[Element], name: &str) -> Option<String> {
    let is_it = |element: &Element| {
        matches!(element.name.as_str(), "Data" | "SimpleData")
            && element.attrs.get("name").is_some_and(|its| its.eq_ignore_ascii_case(name))
    };
    children.iter().find_map(|element| {
        if !is_it(element) {
            return extended(&element.children, name);
        }
        let value = element.children.iter().find(|child| child.name == "value").unwrap_or(element);
        value.content.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(ToOwned::to_owned)
    })
}

fn area(
    geometry: &Geometry,
    said: &impl Fn(&str) -> Option<String>,
    open: &Open<'_>,
) -> Result<Area, String> {
    match geometry {
        Geometry::Point(at) => {
            let radius_m = match (said("radius_m"), open.radius_m) {
                (Some(text), _) => length("radius_m", &text)?,
                (None, Some(radius_m)) => radius_m,
                (None, None) => return Err("its property radius_m is missing".into()),
            };
            Ok(Area::Circle { centre: place(&at.coord)?, radius_m })
        }
        Geometry::LineString(line) => {
            let width = said("width_m").ok_or("its property width_m is missing")?;
            Ok(Area::Corridor { line: places(&line.coords)?, half_width_m: length("width_m", &width)? / 2 })
        }
        Geometry::LinearRing(ring) => Ok(Area::Polygon { rings: vec![places(&ring.coords)?] }),
        Geometry::Polygon(polygon) => Ok(Area::Polygon { rings: rings(polygon)? }),
        Geometry::MultiGeometry(several) => {
            let mut all = Vec::new();
            for geometry in &several.geometries {
                match geometry {
                    Geometry::Polygon(polygon) => all.extend(rings(polygon)?),
                    _ => return Err("of several geometries only polygons are one place".into()),
                }
            }
            Ok(Area::Polygon { rings: all })
        }
        _ => Err("expected a Point, a LineString or a Polygon".into()),
    }
}

fn length(name: &str, text: &str) -> Result<u32, String> {
    metres(name, text.parse().map_err(|_| format!("{name} \"{text}\": expected metres"))?)
}

fn rings(polygon: &Polygon) -> Result<Vec<Vec<Coordinates>>, String> {
    let ring = |ring: &LinearRing| places(&ring.coords);
    std::iter::once(&polygon.outer).chain(&polygon.inner).map(ring).collect()
}

fn places(coords: &[Coord]) -> Result<Vec<Coordinates>, String> {
    coords.iter().map(place).collect()
}

fn place(coord: &Coord) -> Result<Coordinates, String> {
    point(coord.y, coord.x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::PlaceKind;
    use model::place::Sourced;

    fn document(placemarks: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document><name>x</name>\
             <Folder><name>f</name>{placemarks}</Folder></Document></kml>"
        )
    }

    const OPEN: Open<'_> = Open {
        kind: Some("black_point"),
        watches: None,
        scope: None,
        origin: None,
        file: "a.kml",
        id_from: None,
        name_from: None,
        radius_m: Some(150),
    };

    #[test]
    fn placemarks_are_places_whatever_their_shape() {
        let text = document(
            "<Placemark id=\"p1\"><name>典当 行</name><Point><coordinates>114.05,22.54,0</coordinates></Point></Placemark>\
             <Placemark><name>二手 车市</name><ExtendedData><Data name=\"kind\"><value>dealer</value></Data></ExtendedData>\
             <Polygon><outerBoundaryIs><LinearRing><coordinates>114,22 114.1,22 114.1,22.1 114,22</coordinates></LinearRing>\
             </outerBoundaryIs></Polygon></Placemark>\
             <Placemark><name>road</name><ExtendedData><Data name=\"width_m\"><value>100</value></Data></ExtendedData>\
             <LineString><coordinates>114,22 114.1,22</coordinates></LineString></Placemark>",
        );
        let file = read(&text, &OPEN).unwrap();
        assert_eq!(file.faults, [""; 0]);
        let [circle, square, road] = &file.places[..] else { panic!("{}", file.places.len()) };
        let id = |sourced: &Sourced| sourced.place.id.to_string();
        assert_eq!((id(circle).as_str(), circle.place.name.as_str()), ("p1", "典当 行"));
        assert!(matches!(circle.place.area, Area::Circle { radius_m: 150, .. }));
        assert_eq!((id(square).as_str(), square.place.kind), ("二手-车市", PlaceKind::Dealer));
        assert!(matches!(&square.place.area, Area::Polygon { rings } if rings.len() == 1));
        assert!(matches!(road.place.area, Area::Corridor { half_width_m: 50, .. }));
    }

    #[test]
    fn what_is_no_kml_or_no_place_is_said() {
        assert!(read("<gpx></gpx>", &OPEN).is_err() || read("<gpx></gpx>", &OPEN).unwrap().places.is_empty());
        assert!(read("<kml", &OPEN).is_err());
        let text = document("<Placemark><name>x</name></Placemark>");
        assert_eq!(read(&text, &OPEN).unwrap().faults, ["placemark 1: it has no geometry"]);
    }
}
