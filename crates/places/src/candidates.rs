//! Places where vehicles past due come together, as the import takes them. No vehicle is named.

use model::PlaceKind;
use rules::Candidate;
use serde_json::{Value, json};

/// Points that nobody has confirmed yet.
pub fn candidates_as_geojson(candidates: &[Candidate]) -> Value {
    let features: Vec<_> = candidates
        .iter()
        .map(|Candidate { centre, radius_m, vehicles, stays }| {
            json!({
                "type": "Feature",
                "geometry": { "type": "Point", "coordinates": [centre.lon(), centre.lat()] },
                "properties": {
                    "id": format!("mined-{:.4}-{:.4}", centre.lat(), centre.lon()),
                    "name": format!("{vehicles} vehicles past due, {stays} stays"),
                    "kind": PlaceKind::BlackPoint.code(),
                    "radius_m": radius_m,
                    "origin": "mined",
                    "vehicles": vehicles,
                },
            })
        })
        .collect();
    json!({ "type": "FeatureCollection", "features": features })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Open, read};
    use model::place::{Area, Origin, Sourced};

    fn candidate() -> Candidate {
        let centre = model::Coordinates::from_degrees(22.5431, 114.0579).unwrap();
        Candidate { centre, radius_m: 150, vehicles: 3, stays: 7 }
    }

    #[test]
    fn a_candidate_is_a_point_that_names_no_vehicle() {
        let feature = &candidates_as_geojson(&[candidate()])["features"][0];
        assert_eq!(feature["geometry"]["coordinates"], json!([114.0579, 22.5431]));
        assert_eq!(
            feature["properties"],
            json!({ "id": "mined-22.5431-114.0579", "name": "3 vehicles past due, 7 stays", "kind": "black_point", "radius_m": 150, "origin": "mined", "vehicles": 3 })
        );
    }

    #[test]
    fn what_is_mined_is_taken_as_it_is_written() {
        let text = candidates_as_geojson(&[candidate()]).to_string();
        let file = read(&text, &Open { file: "mined.geojson", ..Open::default() }).unwrap();
        assert_eq!(file.faults, [""; 0]);
        let [Sourced { place: mined, origin }] = &file.places[..] else { panic!("{}", file.places.len()) };
        assert_eq!(*origin, Origin::Mined { vehicles: 3 });
        assert_eq!((mined.id.as_str(), mined.kind), ("mined-22.5431-114.0579", PlaceKind::BlackPoint));
        assert!(matches!(mined.area, Area::Circle { centre: at, radius_m: 150 } if at == candidate().centre));
    }
}
