//! Trips: where a towed car ended, trips that are told although another was told shortly before, and what speaks for one.

use crate::devices::{alarmed, told};
use crate::habits::{HOME, commuted};
use crate::history::{DAY, HOUR, History, MINUTE, Report, SECOND};
use crate::places::{black_point, circle, provinces, watched};
use model::alert::Notice;
use model::finding::{Destination, Finding, Locality, MovementSign};
use model::{Alarm, Alarms, Attribute, PlaceKind, Rule, Severity};

/// Wired, in a world with places; its ignition line was on.
fn wired(dpd: i32, places: impl IntoIterator<Item = model::Place>) -> History {
    let mut history = watched(dpd, places);
    history.report(&Report { ignition: Some(true), ..Report::default() });
    history.stand(HOUR, MINUTE);
    history
}

/// Towed three kilometres north, and put down there.
fn put_down(history: &mut History) -> Destination {
    history.trail(30 * SECOND, (1..=10).map(|step| Report::towed(300.0 * f64::from(step))));
    history.trail(MINUTE, (0..30).map(|_| Report::at(3_000.0, 0.0)));
    let Finding::Towed { destination, .. } = history.last(Rule::Tow).explanation.finding else {
        unreachable!()
    };
    destination.expect("it was parked")
}

#[test]
fn a_tow_that_has_ended_says_at_what_kind_of_place() {
    for (kind, locality) in [
        (PlaceKind::BlackPoint, Locality::BlackPoint),
        (PlaceKind::TowLot, Locality::TowLot),
        (PlaceKind::Dealer, Locality::Dealer),
        (PlaceKind::RepairShop, Locality::RepairShop),
    ] {
        // A lot that is everybody's, and a dealer's ground beside it.
        let lot = circle("lot", kind, 3_000.0, 200);
        let destination =
            put_down(&mut wired(0, [lot.clone(), circle("far", PlaceKind::Dealer, 9_000.0, 200)]));
        assert_eq!((destination.locality, destination.watched), (Some(locality), Some(lot.id)));
    }
    let nowhere = put_down(&mut wired(0, []));
    assert_eq!(
        (nowhere.locality, nowhere.usual, nowhere.watched),
        (None, None, None),
        "nothing is known of it"
    );
}

#[test]
fn a_tow_of_a_car_whose_habits_are_known_says_whether_it_is_at_home_there() {
    let mut history = commuted(15);
    history.stand_at(HOME, HOUR);
    let destination = put_down(&mut history);
    assert_eq!((destination.usual, destination.locality), (Some(false), Some(Locality::Elsewhere)));
}

#[test]
fn a_car_whose_ignition_is_on_by_the_word_of_a_heartbeat_is_not_towed() {
    for (said, fires) in [(Attribute::Ignition(false), true), (Attribute::Ignition(true), false)] {
        let mut history = History::wired();
        history.trail(30 * SECOND, (1..=4).map(|step| Report::towed(300.0 * f64::from(step))));
        history.tell(said);
        history.trail(30 * SECOND, (5..=7).map(|step| Report::towed(300.0 * f64::from(step))));
        assert_eq!(history.raised(Rule::Tow), fires);
    }
}

/// The line of its main device is off for good.
#[test]
fn a_car_is_not_towed_while_any_of_its_devices_says_that_its_ignition_is_on() {
    for (said, fires) in [(None, true), (Some(false), true), (Some(true), false)] {
        let mut history = History::wired();
        for step in 1..=40 {
            history.trail(30 * SECOND, [Report::towed(300.0 * f64::from(step))]);
            if step % 10 == 1 {
                let other = Report { terminal: "868120240000099", ignition: said, ..Report::blind() };
                history.report(&other);
            }
        }
        assert_eq!(history.raised(Rule::Tow), fires, "{said:?}");
    }
}

/// It was driven last two days ago, so that where the truck stops at a light is a place to which it came without ignition.
#[test]
fn a_tow_that_stops_at_a_light_at_once_is_told() {
    let mut history = wired(0, []);
    history.stand(2 * DAY + HOUR, 10 * MINUTE);
    let light = Report { ignition: Some(false), ..Report::at(900.0, 0.0) };
    history.trail(30 * SECOND, (1..=3).map(|step| Report::towed(300.0 * f64::from(step))));
    history.trail(30 * SECOND, [light.clone(), light]);
    assert!(!history.raised(Rule::Tow), "a minute is no tow");
    history.trail(30 * SECOND, (4..=8).map(|step| Report::towed(300.0 * f64::from(step))));
    assert!(history.raised(Rule::Tow));
}

/// The tow, and what became of the car after that.
fn towed_and_then(after: impl FnOnce(&mut History)) -> (&'static str, Option<Destination>) {
    let mut history = wired(0, []);
    history.trail(30 * SECOND, (1..=10).map(|step| Report::towed(300.0 * f64::from(step))));
    assert_eq!(history.state_code(Rule::Tow), "open");
    after(&mut history);
    let Finding::Towed { destination, .. } = history.last(Rule::Tow).explanation.finding else {
        unreachable!()
    };
    (history.state_code(Rule::Tow), destination)
}

#[test]
fn a_tow_that_ends_under_way_is_over_when_the_car_has_stood_or_has_long_been_out_of_sight() {
    let drive_on = |history: &mut History| {
        history.trail(30 * SECOND, (11..=30).map(|step| Report::driving(300.0 * f64::from(step))));
    };
    let (state, destination) = towed_and_then(|history| {
        drive_on(history);
        history.trail(MINUTE, (0..60).map(|_| Report::at(9_000.0, 0.0)));
    });
    assert_eq!((state, destination), ("closed", None), "where it was driven is no destination of a tow");
    let (state, destination) = towed_and_then(|history| {
        drive_on(history);
        history.wait(3 * DAY);
    });
    assert_eq!((state, destination), ("closed", None), "never seen to stand");
}

#[test]
fn a_car_that_is_started_where_it_was_put_down_was_towed_there() {
    let (state, destination) = towed_and_then(|history| {
        history.trail(MINUTE, (0..4).map(|_| Report::at(3_000.0, 0.0)));
        history.trail(MINUTE, (0..60).map(|_| Report { ignition: Some(true), ..Report::at(3_000.0, 0.0) }));
    });
    assert_eq!(state, "closed");
    assert!(destination.is_some());
}

#[test]
fn hands_on_a_device_in_a_listed_repair_shop_are_for_the_work_list() {
    for (north_m, severity) in [(0.0, Severity::P3), (2_000.0, Severity::P1)] {
        let mut history = watched(10, [circle("shop", PlaceKind::RepairShop, north_m, 200)]);
        history.trail(MINUTE, [Report::alarming(Alarm::Removed)]);
        assert_eq!(history.severity(Rule::TamperLight), Some(severity), "{north_m}");
        let Finding::Tampered { repair_shop, .. } = history.last(Rule::TamperLight).explanation.finding
        else {
            unreachable!()
        };
        assert_eq!(repair_shop.is_some(), severity == Severity::P3);
    }
}

/// It was in the shop until an hour ago, and finds the network now.
#[test]
fn hands_on_a_device_that_become_known_late_count_where_it_was_then() {
    for (ago, in_shop) in [(2 * HOUR, true), (10 * MINUTE, false)] {
        let mut history = watched(0, [circle("shop", PlaceKind::RepairShop, 0.0, 200)]);
        history.stand(2 * HOUR, MINUTE);
        history.drive_off();
        history.stand_away(HOUR);
        history.wait(MINUTE);
        history.report(&Report { lag_ms: ago, buffered: true, ..Report::alarming(Alarm::Removed) });
        let Finding::Tampered { repair_shop, .. } = history.last(Rule::TamperLight).explanation.finding
        else {
            unreachable!()
        };
        assert_eq!(repair_shop.is_some(), in_shop, "{ago}");
    }
    assert_eq!(alarmed(0, Alarm::Removed).severity(Rule::TamperLight), Some(Severity::P2));
}

/// Drives between two places, a fix each half minute, and stands there.
fn drive(history: &mut History, from_m: f64, to_m: f64, stands_min: i32) {
    let step_m = (to_m - from_m) / 20.0;
    history.trail(30 * SECOND, (1..20).map(|step| Report::driving(from_m + step_m * f64::from(step))));
    history.trail(MINUTE, (0..stands_min).map(|_| Report::at(to_m, 0.0)));
}

/// At work, ten days past due, and the trip there was told.
fn at_work() -> History {
    let mut history = commuted(15);
    history.set_dpd(10);
    drive(&mut history, HOME, 5_000.0, 60);
    assert_eq!(told(&history, Rule::OverdueMoved), [Notice::Opened, Notice::Closed]);
    history
}

#[test]
fn a_trip_within_the_cool_down_is_told_when_it_ends_where_the_car_is_not_known() {
    let mut history = at_work();
    drive(&mut history, 5_000.0, 20_000.0, 13);
    assert_eq!(told(&history, Rule::OverdueMoved).len(), 2, "it may only ask for the way");
    history.trail(MINUTE, (0..5).map(|_| Report::at(20_000.0, 0.0)));
    assert_eq!(told(&history, Rule::OverdueMoved)[2..], [Notice::Opened]);
    let alert = history.live(Rule::OverdueMoved).unwrap();
    let Finding::Arrived { distance_m, since, destination, .. } = alert.explanation.finding else {
        unreachable!()
    };
    assert_eq!((destination.usual, destination.locality), (Some(false), Some(Locality::Elsewhere)));
    assert!((14_900..15_100).contains(&distance_m), "{distance_m}");
    assert_eq!((alert.event_time, alert.severity), (since, Severity::P2));
    // It stands there still, and then it goes on.
    history.trail(MINUTE, (0..60).map(|_| Report::at(20_000.0, 0.0)));
    assert_eq!(told(&history, Rule::OverdueMoved).len(), 3);
    drive(&mut history, 20_000.0, HOME, 30);
    assert_eq!(told(&history, Rule::OverdueMoved)[3..], [Notice::Closed]);
}

#[test]
fn a_device_that_sleeps_where_it_parked_is_told_of_all_the_same() {
    let mut history = at_work();
    drive(&mut history, 5_000.0, 20_000.0, 3);
    history.wait(HOUR);
    assert_eq!(told(&history, Rule::OverdueMoved)[2..], [Notice::Opened]);
}

#[test]
fn a_trip_within_the_cool_down_to_a_usual_place_or_back_is_not_told() {
    let mut home = at_work();
    drive(&mut home, 5_000.0, HOME, 60);
    assert_eq!(told(&home, Rule::OverdueMoved).len(), 2, "home");
    // Told of, left for home, and there again.
    let mut twice = at_work();
    drive(&mut twice, 5_000.0, 20_000.0, 60);
    drive(&mut twice, 20_000.0, HOME, 60);
    drive(&mut twice, HOME, 20_000.0, 60);
    let opened = told(&twice, Rule::OverdueMoved).iter().filter(|notice| **notice == Notice::Opened).count();
    assert_eq!(opened, 2, "the same place");
}

#[test]
fn where_a_trip_ended_before_anything_was_past_due_is_history() {
    let mut history = at_work();
    history.set_dpd(-10);
    history.judge();
    drive(&mut history, 5_000.0, 20_000.0, 150);
    history.set_dpd(10);
    history.judge();
    history.trail(MINUTE, [Report::at(20_000.0, 0.0)]);
    assert_eq!(told(&history, Rule::OverdueMoved).len(), 2);
}

#[test]
fn a_trip_within_the_cool_down_into_another_region_is_told_under_way() {
    for (with_regions, opened) in [(true, 2), (false, 1)] {
        let places: Vec<model::Place> = if with_regions { provinces().into() } else { Vec::new() };
        let mut history = watched(10, places);
        history.drive_off();
        history.trail(30 * SECOND, (0..6).rev().map(|step| Report::driving(300.0 * f64::from(step))));
        history.stand(HOUR, MINUTE);
        history.trail(30 * SECOND, (1..=30).map(|km| Report::driving(1_000.0 * f64::from(km))));
        let times =
            told(&history, Rule::OverdueMoved).iter().filter(|notice| **notice == Notice::Opened).count();
        assert_eq!(times, opened, "{with_regions}");
    }
}

/// The signs of a departure after which an alert is raised.
fn signs(history: &History) -> Vec<(MovementSign, i8)> {
    let Finding::Moved { score, .. } = &history.last(Rule::OverdueMoved).explanation.finding else {
        unreachable!()
    };
    score.0.iter().map(|scored| (scored.sign, scored.points)).collect()
}

#[test]
fn an_odometer_that_grows_speaks_for_a_departure() {
    for (each_km, counts) in [(None, false), (Some(0.0), false), (Some(0.09), false), (Some(0.3), true)] {
        let mut history = History::parked(10);
        let report = |step: i32| Report {
            odometer_km: each_km.map(|km| 52_000.0 + km * f64::from(step)),
            ..Report::driving(300.0 * f64::from(step))
        };
        history.trail(30 * SECOND, (1..=3).map(report));
        assert_eq!(signs(&history).contains(&(MovementSign::Odometer, 2)), counts, "{each_km:?}");
    }
}

#[test]
fn two_devices_with_odometers_of_their_own_prove_no_distance() {
    let mut history = History::parked(10);
    let of = |terminal, km, north_m| Report { terminal, odometer_km: Some(km), ..Report::driving(north_m) };
    let other = "868120240000099";
    history.report(&Report { terminal: other, ..Report::default() });
    history.trail(MINUTE, (0..3).map(|_| Report { terminal: other, ..Report::default() }));
    history.trail(20 * SECOND, [of(Report::default().terminal, 100.0, 300.0), of(other, 52_000.0, 500.0)]);
    assert!(history.raised(Rule::OverdueMoved));
    assert!(!signs(&history).contains(&(MovementSign::Odometer, 2)));
}

#[test]
fn vibration_speaks_for_a_departure_that_follows_within_ten_minutes() {
    for (before_min, counts) in [(5, true), (20, false)] {
        let mut history = History::parked(10);
        history.trail(MINUTE, [Report { alarms: Alarms::NONE.with(Alarm::Vibration), ..Report::default() }]);
        history.stand(before_min * MINUTE, MINUTE);
        history.drive_off();
        assert_eq!(
            signs(&history).contains(&(MovementSign::Vibration, 1)),
            counts,
            "{before_min} min before"
        );
    }
}

#[test]
fn a_dilution_of_more_than_four_speaks_against_a_departure() {
    for (hdop, counts) in [(None, false), (Some(4.0), false), (Some(4.1), true)] {
        let mut history = History::parked(10);
        history.trail(
            30 * SECOND,
            (1..=3).map(|step| Report { hdop, ..Report::driving(300.0 * f64::from(step)) }),
        );
        assert_eq!(signs(&history).contains(&(MovementSign::Imprecise, -2)), counts, "{hdop:?}");
    }
}

#[test]
fn whoever_asks_of_a_car_that_only_cells_saw_move_is_told_so() {
    let figures = |history: &History| {
        let examined = history.examine().into_iter().find(|examined| examined.rule == Rule::OverdueMoved);
        examined.unwrap().figures
    };
    let mut history = History::parked(10);
    assert!(!figures(&history).contains("cells"));
    history.trail(MINUTE, (0..12).map(|_| Report { fixed: false, ..Report::default() }));
    assert!(figures(&history).contains("and cells show no movement"), "{}", figures(&history));
}

#[test]
fn a_car_that_has_not_moved_for_days_says_that_it_stands_at_a_dealers_or_in_a_shop() {
    for (kind, expected) in
        [(PlaceKind::Dealer, Locality::Dealer), (PlaceKind::RepairShop, Locality::RepairShop)]
    {
        let mut history = watched(10, [circle("ground", kind, 0.0, 200), black_point(9_000.0, 200)]);
        history.stand(4 * DAY, HOUR);
        let Finding::Immobile { locality, .. } = history.last(Rule::Abandoned).explanation.finding else {
            unreachable!()
        };
        assert_eq!(locality, Some(expected));
    }
}
