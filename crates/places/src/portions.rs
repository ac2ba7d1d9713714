//! Places in portions that fit into one input of the journal each.
//!
//! Shape: places in, the same in portions out. Units: bytes of the stored form, at the most. Errors: none.

use model::place::{Origin, Sourced};

/// Places in portions that fit into one input each.
pub fn portions(places: Vec<Sourced>) -> Vec<Vec<Sourced>> {
    let (mut portions, mut bytes) = (Vec::<Vec<Sourced>>::new(), PORTION_BYTES_MAX);
    for sourced in places {
        let size = size(&sourced);
        bytes += size;
        match portions.last_mut() {
            Some(portion) if bytes <= PORTION_BYTES_MAX => portion.push(sourced),
            _ => {
                portions.push(vec![sourced]);
                bytes = size;
            }
        }
    }
    portions
}

/// In an input, at the most.
pub fn size(Sourced { place, origin }: &Sourced) -> usize {
    let file = match origin {
        Origin::Imported { file } => file.len(),
        Origin::Mined { .. } | Origin::Drawn => 0,
    };
    PLACE_BYTES + place.name.len() + file + POINT_BYTES * place.area.points().count()
}

/// An input holds 64 KiB.
const PORTION_BYTES_MAX: usize = 48 * 1024;
/// Of all portions: they are one commit of the journal, so that a kill leaves all or none, and its queue holds 16 MiB.
pub const FILE_BYTES_MAX: usize = 12 * 1024 * 1024;
/// Ids in one input.
pub const REMOVED_MAX: usize = 1_000;
/// A place without name and points, and a point, at the most.
const PLACE_BYTES: usize = 200;
const POINT_BYTES: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use model::input::Action;
    use model::place::{Area, POINTS_MAX, Scope};
    use model::{Coordinates, Place, PlaceId, PlaceKind};

    #[test]
    fn portions_keep_every_place_and_none_is_too_large() {
        let place = |number: usize, points: usize| Place {
            id: PlaceId::parse(&format!("p{number}")).unwrap(),
            name: "名".repeat(40),
            kind: PlaceKind::BlackPoint,
            area: Area::Polygon {
                rings: vec![vec![Coordinates::from_e7(-900_000_000, -1_800_000_000).unwrap(); points]],
            },
            scope: Scope::Everyone,
        };
        let sourced = |number: usize| Sourced {
            place: place(number, if number.is_multiple_of(50) { POINTS_MAX } else { 5 }),
            origin: Origin::Imported { file: "f".repeat(255) },
        };
        let places: Vec<Sourced> = (0..500).map(sourced).collect();
        let portions = portions(places.clone());
        assert!(portions.len() > 3);
        for places in &portions {
            let action = Action::ConfirmPlaces { places: places.clone(), by: Some("li".into()) };
            let human =
                model::input::Human { id: model::InputId("x".repeat(32)), actor: "root".into(), action };
            let bytes = journal::codec::encode(&model::Input::Human(Box::new(human))).unwrap().len();
            assert!(bytes <= 64 * 1024, "{bytes} bytes");
        }
        assert_eq!(portions.concat(), places);
    }
}
