//! A place as a feature of GeoJSON, as the import takes it again.
//!
//! Shape: a place with where it is from in, a feature out. Units: WGS-84 degrees, longitude first; metres. Errors: none.
//! Source: RFC 7946 (rings are closed, longitude first).

use crate::scope_text;
use model::place::{Area, Origin, Watched};
use model::{Coordinates, Place};
use serde_json::{Map, Value, json};

/// All of some places.
pub fn features<'a>(places: impl IntoIterator<Item = &'a Watched>) -> Value {
    let features: Vec<Value> = places.into_iter().map(feature).collect();
    json!({ "type": "FeatureCollection", "features": features })
}

/// One place.
pub fn feature(watched: &Watched) -> Value {
    let Watched { place, provenance } = watched;
    let mut properties = own(place);
    if let Some(provenance) = provenance {
        properties.insert("origin".into(), provenance.origin.code().into());
        match &provenance.origin {
            Origin::Imported { file } => properties.insert("file".into(), file.as_str().into()),
            Origin::Mined { vehicles } => properties.insert("vehicles".into(), (*vehicles).into()),
            Origin::Drawn => None,
        };
        properties.insert("confirmed_by".into(), provenance.confirmed_by.as_str().into());
        properties.insert("confirmed_at".into(), provenance.confirmed_at.to_string().into());
    }
    json!({ "type": "Feature", "id": place.id, "geometry": geometry(&place.area), "properties": properties })
}

fn own(place: &Place) -> Map<String, Value> {
    let mut properties = Map::new();
    properties.insert("id".into(), place.id.as_str().into());
    properties.insert("name".into(), place.name.as_str().into());
    properties.insert("kind".into(), place.kind.code().into());
    properties.insert("watches".into(), place.kind.watches().into());
    properties.insert("scope".into(), scope_text(&place.scope).into());
    match place.area {
        Area::Circle { radius_m, .. } => properties.insert("radius_m".into(), radius_m.into()),
        Area::Corridor { half_width_m, .. } => {
            properties.insert("width_m".into(), half_width_m.saturating_mul(2).into())
        }
        Area::Polygon { .. } => None,
    };
    properties
}

/// Rings as they are stored: which of them are holes is said by which holds which, so that a polygon of several outer rings is one
/// of several parts.
fn geometry(area: &Area) -> Value {
    match area {
        Area::Circle { centre, .. } => json!({ "type": "Point", "coordinates": position(*centre) }),
        Area::Corridor { line, .. } => json!({ "type": "LineString", "coordinates": positions(line) }),
        Area::Polygon { rings } if rings.len() == 1 => {
            json!({ "type": "Polygon", "coordinates": rings.iter().map(|ring| closed(ring)).collect::<Vec<_>>() })
        }
        Area::Polygon { rings } => {
            let parts: Vec<Value> =
                parts(rings).into_iter().map(|part| part.into_iter().map(closed).collect()).collect();
            json!({ "type": "MultiPolygon", "coordinates": parts })
        }
    }
}

/// Rings by the outer ring that holds them: a hole belongs to the smallest ring around it.
fn parts(rings: &[Vec<Coordinates>]) -> Vec<Vec<&[Coordinates]>> {
    let holders = |ring: &[Coordinates]| {
        let first = ring.first().copied();
        rings
            .iter()
            .filter(|other| other.as_slice() != ring && first.is_some_and(|first| holds(other, first)))
            .count()
    };
    let (outer, holes): (Vec<_>, Vec<_>) =
        rings.iter().map(Vec::as_slice).partition(|ring| holders(ring).is_multiple_of(2));
    let mut parts: Vec<Vec<&[Coordinates]>> = outer.into_iter().map(|ring| vec![ring]).collect();
    for hole in holes {
        let around = parts
            .iter_mut()
            .filter(|part| part.first().zip(hole.first()).is_some_and(|(outer, point)| holds(outer, *point)));
        if let Some(part) = around.min_by_key(|part| part.first().map_or(0, |outer| outer.len())) {
            part.push(hole);
        }
    }
    parts
}

/// Whether a ring holds a point: rays that cross it an odd number of times. In integers, as the rules do.
fn holds(ring: &[Coordinates], point: Coordinates) -> bool {
    let (y, x) = (i64::from(point.lat_e7()), i64::from(point.lon_e7()));
    let corners = ring.iter().map(|corner| (i64::from(corner.lat_e7()), i64::from(corner.lon_e7())));
    let next = corners.clone().cycle().skip(1);
    let crosses = |((y1, x1), (y2, x2)): ((i64, i64), (i64, i64))| {
        let side = i128::from(x - x1) * i128::from(y2 - y1) - i128::from(x2 - x1) * i128::from(y - y1);
        (y1 > y) != (y2 > y) && (side < 0) == (y2 > y1)
    };
    corners.zip(next).filter(|edge| crosses(*edge)).count() % 2 == 1
}

fn closed(ring: &[Coordinates]) -> Value {
    let again = ring.first().filter(|first| ring.last() != Some(first));
    ring.iter().chain(again).map(|point| position(*point)).collect()
}

fn positions(line: &[Coordinates]) -> Value {
    line.iter().map(|point| position(*point)).collect()
}

fn position(point: Coordinates) -> Value {
    json!([point.lon(), point.lat()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Open, read};
    use model::place::{Provenance, Scope, Sourced};
    use model::{PlaceId, PlaceKind, Timestamp};

    fn point(lat: f64, lon: f64) -> Coordinates {
        Coordinates::from_degrees(lat, lon).unwrap()
    }

    fn square(south: f64, west: f64, side: f64) -> Vec<Coordinates> {
        [(0.0, 0.0), (0.0, side), (side, side), (side, 0.0), (0.0, 0.0)]
            .map(|(north, east)| point(south + north, west + east))
            .into()
    }

    fn place(area: Area) -> Watched {
        let (id, kind) = (PlaceId::parse("p/1").unwrap(), PlaceKind::parse("fence", Some("out")).unwrap());
        let place = Place { id, name: "家".into(), kind, area, scope: Scope::Everyone };
        let (confirmed_by, confirmed_at) = ("li".to_owned(), Timestamp::from_ms(1_790_000_000_000));
        Watched { place, provenance: Some(Provenance { origin: Origin::Drawn, confirmed_by, confirmed_at }) }
    }

    #[test]
    fn every_area_is_read_again_as_it_was() {
        for area in [
            Area::Circle { centre: point(22.5, 114.0), radius_m: 250 },
            Area::Corridor { line: vec![point(22.0, 114.0), point(22.1, 114.0)], half_width_m: 50 },
            Area::Polygon { rings: vec![square(22.0, 114.0, 0.1)] },
            Area::Polygon { rings: vec![square(22.0, 114.0, 0.1), square(22.04, 114.04, 0.02)] },
            Area::Polygon { rings: vec![square(22.0, 114.0, 0.1), square(23.0, 114.0, 0.1)] },
        ] {
            let watched = place(area);
            let text = features([&watched]).to_string();
            let file = read(&text, &Open { file: "a.geojson", ..Open::default() }).unwrap();
            assert_eq!(file.faults, [""; 0], "{text}");
            let [Sourced { place, origin }] = &file.places[..] else { panic!("{text}") };
            assert_eq!((place, origin), (&watched.place, &Origin::Drawn));
        }
    }

    #[test]
    fn a_hole_is_in_the_part_that_holds_it() {
        let rings = vec![square(30.0, 114.0, 0.1), square(22.0, 114.0, 0.1), square(22.04, 114.04, 0.02)];
        let shape = geometry(&Area::Polygon { rings });
        let parts = shape["coordinates"].as_array().unwrap();
        let rings: Vec<usize> = parts.iter().map(|part| part.as_array().unwrap().len()).collect();
        assert_eq!((shape["type"].as_str(), rings), (Some("MultiPolygon"), vec![1, 2]));
    }
}
