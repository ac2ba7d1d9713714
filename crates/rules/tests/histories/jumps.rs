//! Fixes that no car could have driven to, and what is believed behind them.

use crate::history::{DAY, History, MINUTE, Report, SECOND};

#[test]
fn one_jump_on_a_motorway_is_one_jump() {
    let mut history = History::moved(30);
    let on =
        |step: i32| Report { speed_kmh: Some(120), ..Report::driving(2_000.0 + 333.0 * f64::from(step)) };
    history.trail(10 * SECOND, (0..10).map(on));
    history.trail(10 * SECOND, [Report { speed_kmh: Some(120), ..Report::driving(90_000.0) }]);
    history.trail(10 * SECOND, (11..20).map(on));
    assert!(history.changes.iter().all(|alert| alert.rule != model::Rule::JumpSpoof));
}

/// Each half an hour, each in reach by a fast car, and each elsewhere.
#[test]
fn a_receiver_of_a_car_that_is_off_that_hops_about_for_hours_is_no_departure() {
    let mut history = History::parked(30);
    history.stand(DAY, 30 * MINUTE);
    let hops = [(80.0, 0.0), (0.0, 60.0), (-70.0, 0.0), (0.0, -75.0), (62.0, 20.0), (30.0, -65.0)];
    let hops = hops.into_iter().map(|(north_km, east_km)| Report::at(north_km * 1000.0, east_km * 1000.0));
    history.trail(30 * MINUTE, hops);
    assert!(!history.changes.iter().any(|alert| alert.rule == model::Rule::OverdueMoved));
}

/// A minute without a fix, then the same wrong place twice: by the second one a car might have been driven there.
#[test]
fn a_place_told_twice_behind_a_tunnel_is_one_jump_and_never_believed() {
    let mut history = History::moved(30);
    let on = |step: i32| Report { speed_kmh: Some(60), ..Report::driving(2_000.0 + 500.0 * f64::from(step)) };
    history.trail(30 * SECOND, (0..10).map(on));
    for from in [10, 50] {
        history.wait(MINUTE);
        for _ in 0..2 {
            history.wait(30 * SECOND);
            history.report(&Report { east_m: 5_500.0, ..on(from) });
            let (seen, _) = history.state.last_place().unwrap();
            assert_eq!(seen.lon_e7(), crate::history::point(0.0, 0.0).lon_e7(), "not where it never was");
        }
        history.trail(30 * SECOND, (from + 3..from + 40).map(on));
    }
    let (seen, _) = history.state.last_place().unwrap();
    assert_eq!(seen.lat_e7(), crate::history::point(2_000.0 + 500.0 * 89.0, 0.0).lat_e7());
    assert!(history.changes.iter().all(|alert| alert.rule != model::Rule::JumpSpoof));
}

/// The wired device tells one wrong place and is cut off; a day later the hidden one tells where the car is, on the same side.
#[test]
fn a_doubt_is_forgotten_when_nothing_bears_it_out_at_once() {
    let mut history = History::parked(30);
    for _ in 0..4 {
        history.wait(DAY);
        history.report(&Report::backup());
    }
    history.trail(30 * SECOND, (1..15).map(|step| Report::driving(300.0 * f64::from(step))));
    history.trail(30 * SECOND, [Report::driving(14_000.0)]);
    history.wait(DAY);
    history.report(&Report { north_m: 54_000.0, ..Report::backup() });
    let (seen, _) = history.state.last_place().unwrap();
    assert_eq!(seen.lat_e7(), crate::history::point(54_000.0, 0.0).lat_e7());
}
