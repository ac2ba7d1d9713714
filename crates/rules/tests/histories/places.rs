//! Places: borders that nothing flaps across, stays that become graver, regions, and whose business a place is.

use crate::history::{DAY, HOUR, History, MINUTE, Report, SECOND, point, vehicle};
use model::alert::Notice;
use model::place::{Crossing, Level, Scope};
use model::{Area, LenderId, Millis, Place, PlaceId, PlaceKind, Rule, Severity, VehicleId};
use proptest::prelude::*;
use rules::Places;

/// A place around a point so far north of home.
pub(crate) fn circle(id: &str, kind: PlaceKind, north_m: f64, radius_m: u32) -> Place {
    let area = Area::Circle { centre: point(north_m, 0.0), radius_m };
    Place { id: PlaceId::parse(id).unwrap(), name: id.to_owned(), kind, area, scope: Scope::Everyone }
}

pub(crate) fn black_point(north_m: f64, radius_m: u32) -> Place {
    circle("pawn", PlaceKind::BlackPoint, north_m, radius_m)
}

pub(crate) fn fence(crossing: Crossing, north_m: f64, radius_m: u32) -> Place {
    circle("fence", PlaceKind::Fence(crossing), north_m, radius_m)
}

/// Home is in one, and another begins twenty kilometres north.
pub(crate) fn provinces() -> [Place; 2] {
    [region("GD", Level::Province, -20, 20), region("HN", Level::Province, 20, 80)]
}

pub(crate) fn region(id: &str, level: Level, south_km: i32, north_km: i32) -> Place {
    let corner = |north_km: i32, east_m: f64| point(1_000.0 * f64::from(north_km), east_m);
    let ring = [
        corner(south_km, -50_000.0),
        corner(south_km, 50_000.0),
        corner(north_km, 50_000.0),
        corner(north_km, -50_000.0),
    ];
    let area = Area::Polygon { rings: vec![ring.to_vec()] };
    Place { area, ..circle(id, PlaceKind::Region(level), 0.0, 100) }
}

/// Parked at home, in a world with places.
pub(crate) fn watched(dpd: i32, places: impl IntoIterator<Item = Place>) -> History {
    let mut history = History::overdue(dpd);
    history.places = Places::new(places);
    history.stand(2 * HOUR, MINUTE);
    history
}

pub(crate) fn driven(mut history: History) -> History {
    history.drive_off();
    history
}

/// Drives between two places north of home, 300 m in half a minute.
pub(crate) fn drive(history: &mut History, from_m: f64, to_m: f64) {
    let steps = ((to_m - from_m).abs() / 300.0).ceil();
    let mut step = 0.0;
    while step < steps {
        step += 1.0;
        history.wait(30 * SECOND);
        history.report(&Report::driving(from_m + (to_m - from_m) * step / steps));
    }
}

/// To the place 1,800 m north, for so long, and home again for so long.
fn stay(history: &mut History, away: Millis, home: Millis) {
    drive(history, 0.0, 1_800.0);
    history.stand_away(away);
    drive(history, 1_800.0, 0.0);
    history.stand(home, MINUTE);
}

fn told(history: &History, rule: Rule) -> Vec<Notice> {
    history.told.iter().filter(|(told, _)| *told == rule).map(|(_, notice)| *notice).collect()
}

#[test]
fn a_car_that_stands_beside_a_black_point_is_not_told() {
    // Ten metres outside, on the border, and ten inside: less than a receiver's error of fifteen.
    for centre_m in [2_010.0, 2_000.0, 1_990.0] {
        let mut history = driven(watched(30, [black_point(centre_m, 200)]));
        history.stand_away(12 * HOUR);
        assert!(!history.raised(Rule::BlackpointStay), "{centre_m}");
    }
    let mut history = driven(watched(30, [black_point(1_980.0, 200)]));
    history.stand_away(12 * HOUR);
    assert!(history.raised(Rule::BlackpointStay));
}

/// Its last fix before the ramp was in the point, and it comes up some hundred metres on, the other way.
#[test]
fn a_garage_beside_a_black_point_is_no_stay_in_it() {
    let mut history = watched(30, [black_point(1_800.0, 400)]);
    drive(&mut history, 0.0, 1_800.0);
    history.wait(9 * HOUR);
    drive(&mut history, 2_600.0, 4_400.0);
    assert!(!history.raised(Rule::BlackpointStay));
}

/// It drove into its garage there and out of it again, at the very spot where it was seen last.
#[test]
fn a_car_that_was_lost_and_found_under_way_at_one_spot_of_a_black_point_has_not_stayed_there() {
    let mut history = watched(30, [black_point(1_800.0, 400)]);
    drive(&mut history, 0.0, 1_800.0);
    history.wait(13 * HOUR);
    history.trail(30 * SECOND, [1_790.0, 1_700.0, 1_650.0].map(Report::driving));
    drive(&mut history, 1_650.0, 3_900.0);
    assert!(!history.raised(Rule::BlackpointStay));
    // At a light around the corner it stands since then, and not since the evening.
    for ignition in [Some(true), Some(false), None] {
        let mut history = watched(30, [black_point(1_800.0, 400)]);
        drive(&mut history, 0.0, 1_800.0);
        history.wait(13 * HOUR);
        let at_the_light = Report { ignition, ..Report::at(1_700.0, 0.0) };
        history.trail(
            10 * SECOND,
            [Report::driving(1_790.0), Report::driving(1_750.0), at_the_light.clone(), at_the_light],
        );
        drive(&mut history, 1_700.0, 3_900.0);
        assert!(!history.raised(Rule::BlackpointStay), "{ignition:?}");
    }
    // Found where it was lost, and standing: it was there.
    let mut history = watched(30, [black_point(1_800.0, 400)]);
    drive(&mut history, 0.0, 1_800.0);
    history.wait(13 * HOUR);
    history.report(&Report { ignition: Some(true), ..Report::at(1_800.0, 0.0) });
    assert!(history.raised(Rule::BlackpointStay));
    // With its engine running it stands all the same.
    let mut history = watched(30, [black_point(1_800.0, 400)]);
    drive(&mut history, 0.0, 1_800.0);
    let idling = Report { speed_kmh: Some(0), ..Report::driving(1_800.0) };
    history.trail(5 * MINUTE, (0..8).map(|_| idling.clone()));
    assert!(history.raised(Rule::BlackpointStay));
}

/// At a light amid the point, by a line that always says off; it is seen half a kilometre on a minute later, and stands there.
#[test]
fn a_car_that_is_seen_elsewhere_has_not_stayed_in_a_black_point() {
    let mut history = watched(30, [black_point(1_800.0, 150)]);
    history.trail(30 * SECOND, (1..=6).map(|step| Report::towed(300.0 * f64::from(step))));
    history.trail(30 * SECOND, [1_800.0, 1_805.0].map(|north_m| Report::at(north_m, 0.0)));
    history.trail(MINUTE, [2_330.0, 2_345.0, 2_340.0].map(|north_m| Report::at(north_m, 0.0)));
    history.wait(40 * MINUTE);
    assert!(!history.raised(Rule::BlackpointStay));
    history.report(&Report::at(1_800.0, 0.0));
    assert!(history.raised(Rule::BlackpointStay), "it had not left: the fixes were wrong");
    // A single fix that is wrong hides no night.
    let mut history = watched(0, [black_point(1_800.0, 150)]);
    drive(&mut history, 0.0, 1_800.0);
    history.trail(MINUTE, (0..35).map(|_| Report::at(1_800.0, 0.0)));
    history.report(&Report::at(2_200.0, 0.0));
    assert_eq!(history.severity(Rule::BlackpointStay), Some(Severity::P2));
    history.wait(20 * HOUR);
    assert_eq!(history.severity(Rule::BlackpointStay), Some(Severity::P1), "overnight");
}

#[test]
fn a_stay_is_over_when_the_car_has_been_away_for_an_hour_and_graver_when_overdue() {
    let mut history = watched(0, [black_point(1_800.0, 200)]);
    stay(&mut history, HOUR, 45 * MINUTE);
    assert_eq!(history.severity(Rule::BlackpointStay), Some(Severity::P2));
    history.stand(30 * MINUTE, MINUTE);
    assert_eq!(history.state_code(Rule::BlackpointStay), "closed");
    assert_eq!(told(&history, Rule::BlackpointStay), [Notice::Opened, Notice::Closed]);
    assert_eq!(told(&history, Rule::BlackpointPass), [], "the log is for nobody");
    let mut history = watched(1, [black_point(1_800.0, 200)]);
    stay(&mut history, HOUR, 2 * HOUR);
    assert_eq!(history.severity(Rule::BlackpointStay), Some(Severity::P1));
    assert_eq!(told(&history, Rule::BlackpointStay), [Notice::Opened, Notice::Cleared]);
}

/// In a lot, in another one for half an hour, and for an hour on the roads of the first.
#[test]
fn a_stay_that_goes_on_after_a_later_one_was_called_over_is_told() {
    let lots = [circle("lot", PlaceKind::BlackPoint, 2_000.0, 1_000), black_point(3_800.0, 300)];
    let mut history = watched(30, lots);
    drive(&mut history, 0.0, 1_800.0);
    history.stand_away(HOUR);
    drive(&mut history, 1_800.0, 3_800.0);
    history.trail(MINUTE, (0..35).map(|_| Report::at(3_800.0, 0.0)));
    drive(&mut history, 3_800.0, 1_500.0);
    for _ in 0..18 {
        drive(&mut history, 1_500.0, 2_700.0);
        drive(&mut history, 2_700.0, 1_500.0);
    }
    let over = [Notice::Opened, Notice::Escalated, Notice::Cleared];
    assert_eq!(told(&history, Rule::BlackpointStay), over);
    drive(&mut history, 1_500.0, 1_800.0);
    history.stand_away(HOUR);
    assert_eq!(told(&history, Rule::BlackpointStay), [&over[..], &[Notice::Escalated]].concat());
    let alert = history.live(Rule::BlackpointStay).unwrap();
    assert_eq!(alert.explanation.finding.place(), PlaceId::parse("lot").ok());
}

#[test]
fn back_within_the_hour_it_is_the_same_stay() {
    let mut history = watched(0, [black_point(1_800.0, 200)]);
    stay(&mut history, HOUR, 20 * MINUTE);
    stay(&mut history, HOUR, 2 * HOUR);
    assert_eq!(told(&history, Rule::BlackpointStay), [Notice::Opened, Notice::Closed]);
}

#[test]
fn a_night_makes_it_graver_and_so_does_the_third_stay_in_a_fortnight() {
    let mut history = watched(-60, [black_point(1_800.0, 200)]);
    // From eleven in the morning until ten at night.
    history.stand(11 * HOUR, 10 * MINUTE);
    drive(&mut history, 0.0, 1_800.0);
    history.stand_away(3 * HOUR + 50 * MINUTE);
    assert_eq!(history.severity(Rule::BlackpointStay), Some(Severity::P2));
    history.stand_away(20 * MINUTE);
    assert_eq!(history.severity(Rule::BlackpointStay), Some(Severity::P1));
    assert_eq!(told(&history, Rule::BlackpointStay), [Notice::Opened, Notice::Escalated]);

    let mut history = watched(-60, [black_point(1_800.0, 200)]);
    for severity in [Severity::P2, Severity::P2, Severity::P1] {
        stay(&mut history, HOUR, 22 * HOUR);
        assert_eq!(history.last(Rule::BlackpointStay).severity, severity);
    }
    let mut history = watched(-60, [black_point(1_800.0, 200)]);
    for _ in 0..3 {
        stay(&mut history, HOUR, 8 * DAY);
        assert_eq!(history.last(Rule::BlackpointStay).severity, Severity::P2);
    }
}

#[test]
fn to_drive_through_three_times_is_no_third_stay() {
    let mut history = watched(0, [black_point(1_500.0, 400)]);
    for _ in 0..3 {
        drive(&mut history, 0.0, 3_000.0);
        drive(&mut history, 3_000.0, 0.0);
        history.stand(3 * HOUR, 10 * MINUTE);
    }
    drive(&mut history, 0.0, 1_500.0);
    history.trail(MINUTE, (0..60).map(|_| Report::at(1_500.0, 0.0)));
    assert_eq!(history.severity(Rule::BlackpointStay), Some(Severity::P2));
}

#[test]
fn a_place_concerns_whom_it_is_for() {
    let scoped = |scope| Place { scope, ..black_point(1_800.0, 200) };
    let another = VehicleId::parse("粤B99999").unwrap();
    for (scope, raised) in [
        (Scope::Vehicle(vehicle()), true),
        (Scope::Vehicle(another), false),
        (Scope::Lender(LenderId("main".into())), true),
        (Scope::Lender(LenderId("other".into())), false),
    ] {
        let mut history = watched(0, [scoped(scope.clone())]);
        stay(&mut history, HOUR, MINUTE);
        assert_eq!(history.raised(Rule::BlackpointStay), raised, "{scope:?}");
    }
}

#[test]
fn what_is_watched_no_more_is_over() {
    let mut history = driven(watched(0, [fence(Crossing::In, 1_800.0, 400)]));
    assert_eq!(history.state_code(Rule::FenceIn), "open");
    history.places = Places::default();
    history.judge();
    assert_eq!(history.state_code(Rule::FenceIn), "closed");
}

#[test]
fn late_fixes_and_single_jumps_enter_nothing() {
    let mut history = watched(0, [fence(Crossing::In, 1_800.0, 400)]);
    let late = Report { lag_ms: HOUR, ..Report::driving(1_800.0) };
    history.trail(MINUTE, [late.clone(), late.clone(), late]);
    let jump = Report::at(1_800.0, 0.0);
    history.trail(MINUTE, [jump.clone(), Report::default(), jump, Report::default()]);
    assert!(!history.raised(Rule::FenceIn));
}

#[test]
fn drift_across_a_fence_is_no_crossing() {
    for crossing in [Crossing::In, Crossing::Out] {
        let mut history = watched(0, [fence(crossing, 1_000.0, 1_000)]);
        let before = history.changes.len();
        let scattered = (0..3_000_i32).map(|step| {
            let (north, east) = (step * 7919 % 201 - 100, step * 104_729 % 201 - 100);
            Report::at(f64::from(north), f64::from(east))
        });
        history.trail(MINUTE, scattered);
        let fences = history.changes[before..]
            .iter()
            .filter(|alert| matches!(alert.rule, Rule::FenceIn | Rule::FenceOut));
        assert_eq!(fences.count(), 0, "{crossing}");
    }
}

#[test]
fn a_region_is_told_once_a_day_and_is_over_at_home() {
    let mut history = watched(10, provinces());
    let trip = |history: &mut History, from_km: u32, to_km: u32| {
        drive(history, 1_000.0 * f64::from(from_km), 1_000.0 * f64::from(to_km));
    };
    trip(&mut history, 0, 30);
    assert_eq!(history.severity(Rule::RegionCross), Some(Severity::P2));
    trip(&mut history, 30, 10);
    assert_eq!(history.state_code(Rule::RegionCross), "closed");
    trip(&mut history, 10, 30);
    assert_eq!(told(&history, Rule::RegionCross), [Notice::Opened, Notice::Closed]);
    history.trail(30 * MINUTE, (0..60).map(|_| Report::at(30_000.0, 0.0)));
    assert_eq!(told(&history, Rule::RegionCross), [Notice::Opened, Notice::Closed, Notice::Opened]);
}

#[test]
fn a_vehicle_whose_device_was_exchanged_belongs_where_it_did() {
    let abroad = |change: fn(&mut History, model::TerminalId)| {
        let mut history = watched(10, provinces());
        let device = history.state.devices().next().unwrap().terminal;
        change(&mut history, device);
        history.trail(30 * MINUTE, (0..60).map(|_| Report::at(30_000.0, 0.0)));
        history.raised(Rule::RegionCross)
    };
    assert!(abroad(|history, device| history.state.part_with(device)));
    assert!(!abroad(|history, device| history.state.lose(device)), "where one that strayed was says nothing");
}

#[test]
fn a_border_that_is_only_brushed_is_not_crossed() {
    let mut history = watched(10, provinces());
    drive(&mut history, 0.0, 22_000.0);
    drive(&mut history, 22_000.0, 10_000.0);
    assert!(!history.raised(Rule::RegionCross));
    drive(&mut history, 10_000.0, 22_000.0);
    history.trail(5 * MINUTE, (0..5).map(|_| Report::at(22_000.0, 0.0)));
    assert!(history.raised(Rule::RegionCross), "it stays there for 25 minutes");
}

#[test]
fn a_city_is_told_later_than_a_province_and_a_country_of_any_loan() {
    let at = |level, dpd| {
        let mut history = watched(dpd, [region("here", level, -20, 20), region("there", level, 20, 80)]);
        drive(&mut history, 0.0, 30_000.0);
        history.raised(Rule::RegionCross).then(|| history.last(Rule::RegionCross).severity)
    };
    assert_eq!((at(Level::City, 5), at(Level::City, 6)), (None, Some(Severity::P2)));
    assert_eq!((at(Level::Province, 0), at(Level::Province, 1)), (None, Some(Severity::P2)));
    assert_eq!(at(Level::Country, -30), Some(Severity::P1));
}

#[test]
fn a_short_stop_where_it_stood_before_is_not_the_stay_again() {
    let mut history = watched(1, [black_point(1_800.0, 200)]);
    stay(&mut history, HOUR, 2 * HOUR);
    stay(&mut history, 20 * MINUTE, 2 * HOUR);
    assert_eq!(told(&history, Rule::BlackpointStay), [Notice::Opened, Notice::Cleared]);
    stay(&mut history, HOUR, MINUTE);
    let again = [Notice::Opened, Notice::Cleared, Notice::Escalated];
    assert_eq!(told(&history, Rule::BlackpointStay), again);
}

/// A country begins sixty kilometres north; before it lies another province.
#[test]
fn another_country_is_not_taken_back_on_the_way_home() {
    let countries = [region("CN", Level::Country, -20, 60), region("VN", Level::Country, 60, 120)];
    let mut history = watched(-30, provinces().into_iter().chain(countries));
    drive(&mut history, 0.0, 70_000.0);
    assert_eq!(told(&history, Rule::RegionCross), [Notice::Opened]);
    drive(&mut history, 70_000.0, 0.0);
    assert_eq!(told(&history, Rule::RegionCross), [Notice::Opened, Notice::Cleared]);
    assert_eq!(history.state_code(Rule::RegionCross), "open");
}

#[test]
fn a_country_crossed_again_is_told_only_when_it_would_be_told_anew() {
    let mut history =
        watched(10, [region("CN", Level::Country, -20, 20), region("VN", Level::Country, 20, 80)]);
    drive(&mut history, 0.0, 30_000.0);
    for _ in 0..2 {
        drive(&mut history, 30_000.0, 10_000.0);
        drive(&mut history, 10_000.0, 22_000.0);
        drive(&mut history, 22_000.0, 10_000.0);
        drive(&mut history, 10_000.0, 30_000.0);
    }
    assert_eq!(told(&history, Rule::RegionCross), [Notice::Opened, Notice::Cleared]);
    history.trail(30 * MINUTE, (0..60).map(|_| Report::at(30_000.0, 0.0)));
    let again = [Notice::Opened, Notice::Cleared, Notice::Escalated];
    assert_eq!(told(&history, Rule::RegionCross), again);
}

#[test]
fn a_second_fence_that_is_left_is_told_while_the_first_waits() {
    let out = |id, radius_m| circle(id, PlaceKind::Fence(Crossing::Out), 0.0, radius_m);
    let mut history = watched(0, [out("yard", 500), out("town", 5_000)]);
    drive(&mut history, 0.0, 3_000.0);
    assert_eq!(told(&history, Rule::FenceOut), [Notice::Opened]);
    drive(&mut history, 3_000.0, 9_000.0);
    assert_eq!(told(&history, Rule::FenceOut), [Notice::Opened, Notice::Escalated]);
    let named = |history: &History| history.last(Rule::FenceOut).explanation.finding.place();
    assert_eq!(named(&history), PlaceId::parse("town").ok());
    drive(&mut history, 9_000.0, 3_000.0);
    history.trail(MINUTE, (0..60).map(|_| Report::at(3_000.0, 0.0)));
    assert_eq!(named(&history), PlaceId::parse("yard").ok(), "it is outside that one still");
    assert_eq!(history.state_code(Rule::FenceOut), "open");
    drive(&mut history, 3_000.0, 0.0);
    history.stand(HOUR, MINUTE);
    assert_eq!(told(&history, Rule::FenceOut), [Notice::Opened, Notice::Escalated, Notice::Closed]);
}

#[test]
fn a_state_with_places_is_small() {
    let places =
        (0..8).map(|number| circle(&format!("fence-{number}"), PlaceKind::Fence(Crossing::In), 0.0, 500));
    let history = watched(30, places.chain(provinces()));
    let bytes = postcard::to_allocvec(&history.state).unwrap().len();
    assert!(bytes <= 700, "{bytes} bytes");
}

#[test]
fn what_was_driven_through_days_ago_takes_no_room() {
    let lots = (0..6_u32).map(|number| {
        circle(&format!("pawn-{number}"), PlaceKind::BlackPoint, 2_000.0 * f64::from(number + 1), 600)
    });
    let mut history = watched(30, lots);
    drive(&mut history, 0.0, 15_000.0);
    let mentions =
        |history: &History, lot: &str| history.state.mentions(|id| id == PlaceId::parse(lot).unwrap());
    assert!(mentions(&history, "pawn-0") && mentions(&history, "pawn-5"));
    history.trail(HOUR, (0..72).map(|_| Report::at(15_000.0, 0.0)));
    drive(&mut history, 15_000.0, 11_000.0);
    assert!(mentions(&history, "pawn-5") && !mentions(&history, "pawn-0"));
    // A fence that was left stays left, and a stay counts for the next one.
    let yard = circle("yard", PlaceKind::Fence(Crossing::Out), 1_200.0, 500);
    let mut history =
        watched(30, [yard, black_point(2_400.0, 300), circle("lot", PlaceKind::BlackPoint, 9_000.0, 600)]);
    drive(&mut history, 0.0, 2_400.0);
    history.trail(MINUTE, (0..40).map(|_| Report::at(2_400.0, 0.0)));
    drive(&mut history, 2_400.0, 15_000.0);
    history.trail(HOUR, (0..72).map(|_| Report::at(15_000.0, 0.0)));
    drive(&mut history, 15_000.0, 5_000.0);
    assert!(mentions(&history, "yard") && mentions(&history, "pawn") && mentions(&history, "lot"));
}

/// Openings of a rule, each with when.
fn openings(history: &History, rule: Rule) -> Vec<model::Timestamp> {
    let first = history.changes.iter().filter(|alert| alert.rule == rule && alert.version == 1);
    first.map(|alert| alert.opened_at).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// A walk that goes along a border, wherever the border lies under it.
    #[test]
    fn a_walk_along_a_border_flaps_no_more_than_the_guard_allows(
        shift_m in -400.0..400.0_f64,
        steps in prop::collection::vec(-250.0..250.0_f64, 100..300),
    ) {
        let crossings = [fence(Crossing::In, 0.0, 5_000), circle("out", PlaceKind::Fence(Crossing::Out), 0.0, 5_000)];
        let mut history = watched(0, crossings);
        drive(&mut history, 0.0, 5_000.0 + shift_m);
        for (step, north_m) in (0..).zip(&steps) {
            history.wait(MINUTE);
            let report = Report { east_m: f64::from(step % 7) * 20.0, ..Report::driving(5_000.0 + shift_m + north_m) };
            history.report(&report);
        }
        for rule in [Rule::FenceIn, Rule::FenceOut] {
            let opened = openings(&history, rule);
            let gaps = opened.iter().zip(opened.iter().skip(1)).map(|(one, next)| next.since(*one));
            prop_assert!(gaps.clone().all(|gap| gap >= 30 * MINUTE), "{rule}: {:?}", gaps.collect::<Vec<_>>());
        }
    }
}
