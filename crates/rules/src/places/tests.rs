//! Where borders are, on shapes whose answer is known.

use super::*;
use model::place::{Crossing, Level};
use model::{Area, LenderId};

/// So many metres north and east of a place in Shenzhen.
fn point(north_m: i64, east_m: i64) -> Coordinates {
    Coordinates::from_e7(
        225_000_000 + north_m * 10_000_000 / 111_195,
        1_140_000_000 + east_m * 10_000_000 / 102_731,
    )
    .unwrap()
}

fn place(id: &str, kind: PlaceKind, area: Area) -> Place {
    let id = PlaceId::parse(id).unwrap();
    Place { id, name: id.to_string(), kind, area, scope: Scope::Everyone }
}

fn square(south_m: i64, side_m: i64) -> Vec<Coordinates> {
    let corners = [(0, 0), (0, side_m), (side_m, side_m), (side_m, 0)];
    corners.map(|(north_m, east_m)| point(south_m + north_m, south_m + east_m)).to_vec()
}

fn distance(area: Area, north_m: i64, east_m: i64) -> i32 {
    let places = Places::new([place("p", PlaceKind::BlackPoint, area)]);
    places.distance_m(PlaceId::parse("p").unwrap(), point(north_m, east_m)).unwrap()
}

#[test]
fn a_border_is_where_it_is_drawn() {
    let near = |found: i32, metres: i32| assert!((found - metres).abs() <= 2, "{found} for {metres}");
    let circle = || Area::Circle { centre: point(0, 0), radius_m: 300 };
    near(distance(circle(), 0, 100), -200);
    near(distance(circle(), 700, 0), 400);
    let polygon = || Area::Polygon { rings: vec![square(0, 1_000)] };
    near(distance(polygon(), 100, 500), -100);
    near(distance(polygon(), 500, 1_250), 250);
    near(distance(polygon(), -300, -400), 500);
    let corridor = || Area::Corridor { line: vec![point(0, 0), point(0, 2_000)], half_width_m: 50 };
    near(distance(corridor(), 30, 1_000), -20);
    near(distance(corridor(), 0, 2_200), 150);
}

#[test]
fn a_hole_is_outside_and_its_rim_is_a_border() {
    let area = || Area::Polygon { rings: vec![square(0, 1_000), square(400, 200)] };
    assert!(distance(area(), 500, 500) > 90 && distance(area(), 350, 500) < -40);
}

#[test]
fn a_ring_that_is_closed_in_the_file_is_the_same_ring() {
    let mut closed = square(0, 1_000);
    closed.push(closed[0]);
    for (north_m, east_m) in [(100, 500), (1_500, 500), (0, 0), (999, 1)] {
        let area = |ring: &Vec<Coordinates>| Area::Polygon { rings: vec![ring.clone()] };
        assert_eq!(
            distance(area(&closed), north_m, east_m),
            distance(area(&square(0, 1_000)), north_m, east_m)
        );
    }
}

#[test]
fn only_what_may_hold_a_point_is_looked_at() {
    let circles = (0..1_000).map(|number| {
        let area = Area::Circle { centre: point(number * 2_000, 0), radius_m: 500 };
        place(&format!("c{number}"), PlaceKind::Fence(Crossing::In), area)
    });
    let province =
        place("r", PlaceKind::Region(Level::Province), Area::Polygon { rings: vec![square(-9_000, 60_000)] });
    let places = Places::new(circles.chain([province]));
    let found: Vec<&str> =
        places.grounds_around(point(20_100, 0)).iter().map(|held| held.place.id.as_str()).collect();
    assert_eq!(found, ["c10"]);
    assert!(places.grounds_around(point(21_000, 0)).is_empty());
    assert_eq!(places.regions_around(point(21_000, 0)).len(), 1);
}

#[test]
fn the_box_of_a_circle_holds_it_far_north_too() {
    let centre = Coordinates::from_degrees(68.0, 20.0).unwrap();
    let places = Places::new([place("p", PlaceKind::TowLot, Area::Circle { centre, radius_m: 50_000 })]);
    for east in [1.15, -1.15] {
        let edge = Coordinates::from_degrees(68.1, 20.0 + east).unwrap();
        assert!(places.by_id.values().all(|held| held.distance_m(edge) < 0));
        assert_eq!(places.grounds_around(edge).len(), 1);
    }
}

#[test]
fn a_fix_stands_in_a_place_only_beyond_its_error_and_leaves_it_only_beyond_the_buffer() {
    let held = |kind, radius_m| Held::of(place("p", kind, Area::Circle { centre: point(0, 0), radius_m }));
    let lot = held(PlaceKind::TowLot, 100);
    assert!(lot.holds(-15, 15) && !lot.holds(-14, 15) && lot.holds(-50, 400) && !lot.holds(-49, 400));
    let fence = held(PlaceKind::Fence(Crossing::In), 2_000);
    assert!(fence.holds(0, 15) && !fence.holds(1, 15));
    assert!(fence.is_left(216, 15) && !fence.is_left(215, 15));
    assert!(lot.is_left(116, 15) && !lot.is_left(115, 15));
}

#[test]
fn a_change_is_all_or_nothing_and_names_the_place() {
    let circle =
        |id: &str, radius_m| place(id, PlaceKind::TowLot, Area::Circle { centre: point(0, 0), radius_m });
    let places = Places::new([circle("a", 100)]);
    let refused = places.changed([circle("b", 100), circle("c", 5)], &[]).unwrap_err();
    assert!(refused.to_string().starts_with("place c: radius 5 m"), "{refused}");
    let unknown = places.changed(Vec::<Place>::new(), &[PlaceId::parse("b").unwrap()]).unwrap_err();
    assert_eq!(unknown.to_string(), "there is no place b");
    let changed = places.changed([circle("b", 200)], &[PlaceId::parse("a").unwrap()]).unwrap();
    assert_eq!(changed.iter().map(|place| place.id.as_str()).collect::<Vec<_>>(), ["b"]);
    let many = (0..=PLACES_MAX).map(|number| circle(&format!("x{number}"), 100));
    assert_eq!(places.changed(many, &[]).unwrap_err(), PlacesError::Many { places: PLACES_MAX + 2 });
}

#[test]
fn a_place_of_another_vehicle_does_not_concern_this_one() {
    let vehicle = |text| VehicleId::parse(text).unwrap();
    let scoped = |scope| {
        Held::of(Place {
            scope,
            ..place("p", PlaceKind::Dealer, Area::Circle { centre: point(0, 0), radius_m: 50 })
        })
    };
    let own = scoped(Scope::Vehicle(vehicle("粤B1")));
    assert!(
        own.may_concern(Some(vehicle("粤B1")))
            && !own.may_concern(Some(vehicle("粤B2")))
            && !own.may_concern(None)
    );
    assert!(scoped(Scope::Lender(LenderId("main".into()))).may_concern(None));
}

#[test]
fn places_that_nobody_could_read_or_that_are_there_twice_are_refused() {
    let circle = || Area::Circle { centre: point(0, 0), radius_m: 300 };
    let said = |places: Vec<Place>| Places::default().changed(places, &[]).map(|places| places.len());
    let named = |name: &str| Place { name: name.into(), ..place("p", PlaceKind::Dealer, circle()) };
    assert_eq!(said(vec![named("南山 4S")]).ok(), Some(1));
    assert!(matches!(said(vec![named("南山\0")]), Err(PlacesError::Place { .. })));
    let twice = said(vec![named("one"), named("other")]).unwrap_err();
    assert_eq!(twice.to_string(), "place p is there twice: which of the two is meant?");
}
