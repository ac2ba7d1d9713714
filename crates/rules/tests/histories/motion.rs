//! When a parked vehicle is seen to leave. The loan is long overdue throughout, so that a departure is an alert.

use crate::history::{DAY, HOUR, History, MINUTE, Report, SECOND};
use model::Rule::OverdueMoved;
use model::alert::Rejection;
use model::finding::Finding;

/// A small generator, so that scatter is the same on every machine.
struct Scatter(u64);

impl Scatter {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(self.0 >> 33).unwrap()) / f64::from(u32::MAX >> 1)
    }

    /// A walk of some metres a step that stays within a radius.
    fn walk(&mut self, (north, east): (f64, f64), radius: f64) -> (f64, f64) {
        let step = (north + self.next() * 40.0 - 20.0, east + self.next() * 40.0 - 20.0);
        if step.0.hypot(step.1) > radius { (north * 0.8, east * 0.8) } else { step }
    }
}

fn moved(history: &History) -> bool {
    history.changes.iter().any(|alert| alert.rule == OverdueMoved)
}

fn rejections(history: &History) -> Vec<Rejection> {
    history.last(OverdueMoved).explanation.fixes_rejected.iter().map(|rejected| rejected.reason).collect()
}

#[test]
fn parked_drift_of_100_m_for_a_week_is_no_departure() {
    for seed in 0..8 {
        let (mut scatter, mut at) = (Scatter(seed), (0.0, 0.0));
        let mut history = History::overdue(30);
        for minute in 0..7 * 24 * 60 {
            at = scatter.walk(at, 100.0);
            history.wait(MINUTE);
            let speed_kmh = Some(if minute % 11 == 0 { 12 } else { 0 });
            history.report(&Report { speed_kmh, satellites: Some(8), ..Report::at(at.0, at.1) });
        }
        assert!(!moved(&history), "seed {seed}");
        assert!(history.state.parked_since().is_some());
    }
}

#[test]
fn scatter_of_100_m_without_memory_is_no_departure() {
    let (mut scatter, mut history) = (Scatter(7), History::overdue(30));
    for _ in 0..5000 {
        let (bearing, radius) = (scatter.next() * std::f64::consts::TAU, scatter.next() * 100.0);
        history.wait(10 * SECOND);
        history
            .report(&Report { ignition: None, ..Report::at(radius * bearing.cos(), radius * bearing.sin()) });
    }
    assert!(!moved(&history));
}

#[test]
fn a_jump_of_500_m_and_back_is_no_departure_even_at_speed() {
    let mut history = History::parked(30);
    for jump_m in [500.0, 580.0, 420.0].iter().cycle().take(200) {
        history.trail(30 * SECOND, [Report::driving(*jump_m), Report::at(10.0, 5.0)]);
    }
    assert!(!moved(&history));
}

#[test]
fn a_reflection_of_600_m_seen_for_ten_minutes_is_no_departure() {
    let mut history = History::parked(30);
    history.trail(30 * SECOND, (0..20).map(|step| Report::at(600.0 + f64::from(step % 3), 0.0)));
    history.stand(HOUR, MINUTE);
    assert!(!moved(&history));
}

#[test]
fn scatter_of_hundreds_of_metres_around_the_anchor_is_no_path() {
    let mut history = History::parked(30);
    let around = [(250.0, 0.0_f64), (400.0, 2.1), (560.0, 4.2), (300.0, 1.0), (420.0, 3.1), (540.0, 5.2)];
    let scatter = around.iter().cycle().take(60).map(|(radius, bearing)| Report {
        ignition: None,
        speed_kmh: None,
        ..Report::at(radius * bearing.cos(), radius * bearing.sin())
    });
    history.trail(20 * SECOND, scatter);
    assert!(!moved(&history));
}

#[test]
fn a_path_is_a_departure_at_the_third_fix_beyond_the_radius() {
    // 200 m is within, 202 m is beyond: the line runs between.
    for (first_m, fires) in [(198.0, false), (200.0, false), (202.0, true)] {
        let mut history = History::parked(30);
        history.trail(MINUTE, [first_m, 330.0, 460.0].map(Report::bare));
        assert_eq!(moved(&history), fires, "{first_m}");
    }
}

#[test]
fn two_fixes_of_a_path_are_not_enough() {
    let mut history = History::parked(30);
    history.trail(MINUTE, [330.0, 460.0].map(Report::bare));
    assert!(!moved(&history));
    history.trail(MINUTE, [Report::bare(590.0)]);
    assert!(moved(&history));
}

#[test]
fn a_fix_within_the_radius_between_does_not_break_a_path() {
    let mut history = History::parked(30);
    history.trail(MINUTE, [215.0, 199.0, 320.0].map(Report::bare));
    assert!(!moved(&history));
    history.trail(MINUTE, [Report::bare(440.0)]);
    assert!(moved(&history));
    assert_eq!(rejections(&history), [Rejection::Drift]);
}

#[test]
fn speed_makes_two_fixes_enough_from_10_kmh_on() {
    for (speed, fires) in [(9, false), (10, true), (11, true)] {
        let mut history = History::parked(30);
        let report = |north_m| Report { speed_kmh: Some(speed), ignition: None, ..Report::at(north_m, 0.0) };
        history.trail(30 * SECOND, [report(300.0), report(380.0)]);
        assert_eq!(moved(&history), fires, "{speed} km/h");
    }
}

#[test]
fn one_fix_at_speed_is_not_enough() {
    let mut history = History::parked(30);
    history.trail(30 * SECOND, [Report::driving(500.0), Report::at(570.0, 0.0), Report::default()]);
    assert!(!moved(&history));
}

#[test]
fn ignition_makes_two_fixes_enough() {
    for (ignition, fires) in [(None, false), (Some(false), false), (Some(true), true)] {
        let mut history = History::parked(30);
        let report = |north_m| Report { ignition, ..Report::at(north_m, 0.0) };
        history.trail(30 * SECOND, [report(300.0), report(360.0)]);
        assert_eq!(moved(&history), fires, "{ignition:?}");
    }
}

#[test]
fn a_car_towed_in_the_dark_is_a_departure_when_it_reappears() {
    let mut history = History::parked(30);
    history.wait(3 * HOUR);
    history.trail(MINUTE, (0..5).map(|_| Report::at(40_000.0, 0.0)));
    assert!(moved(&history));
    assert_eq!(rejections(&history), [Rejection::Settling, Rejection::Settling]);
}

#[test]
fn a_poor_fix_must_be_further_away() {
    // HDOP 20 is 100 m of error; three of them are 300 m.
    for (first_m, fires) in [(290.0, false), (310.0, true)] {
        let mut history = History::parked(30);
        let report = |north_m| Report { hdop: Some(20.0), ..Report::bare(north_m) };
        history.trail(MINUTE, [report(first_m), report(430.0), report(560.0)]);
        assert_eq!(moved(&history), fires, "{first_m}");
    }
}

#[test]
fn fixes_of_three_satellites_prove_nothing_and_are_named() {
    let mut history = History::parked(30);
    let report = |satellites, north_m| Report { satellites: Some(satellites), ..Report::driving(north_m) };
    history.trail(MINUTE, (1..9).map(|step| report(3, 300.0 * f64::from(step))));
    assert!(!moved(&history));
    history.trail(MINUTE, [report(4, 2700.0), report(4, 3000.0)]);
    assert!(moved(&history));
    assert_eq!(rejections(&history), [Rejection::FewSatellites; 5]);
}

#[test]
fn a_jump_faster_than_any_car_is_accepted_when_three_fixes_agree() {
    let mut history = History::parked(30);
    let far = || Report { ignition: None, ..Report::at(50_000.0, 0.0) };
    history.trail(10 * SECOND, [far(), far(), Report::default(), far(), far()]);
    assert!(history.state.last_place().is_some_and(|(place, _)| place.lat() < 22.6), "two are not enough");
    history.trail(10 * SECOND, [far()]);
    assert!(history.state.last_place().is_some_and(|(place, _)| place.lat() > 22.9));
    history.trail(10 * SECOND, [far(), far()]);
    assert!(moved(&history));
}

#[test]
fn back_filled_movement_is_no_departure() {
    let mut history = History::parked(30);
    for step in 1..60 {
        let buffered = Report {
            buffered: true,
            lag_ms: HOUR - MINUTE * i64::from(step),
            ..Report::driving(300.0 * f64::from(step))
        };
        history.report(&buffered);
        history.report(&Report { lag_ms: 3 * MINUTE, ..Report::driving(300.0 * f64::from(step)) });
    }
    assert!(!moved(&history));
}

#[test]
fn cells_and_wifi_prove_life_only() {
    let mut history = History::parked(30);
    let heard_at = history.state.heard_at();
    history.trail(
        MINUTE,
        (1..20).map(|step| Report { fixed: false, ..Report::driving(500.0 * f64::from(step)) }),
    );
    assert!(!moved(&history));
    assert!(history.state.heard_at() > heard_at);
}

#[test]
fn a_wrong_anchor_of_few_fixes_is_corrected_without_an_alert() {
    let mut history = History::overdue(30);
    // The receiver settles 700 m off, sees itself there twice with the ignition off, then finds the truth.
    history.trail(MINUTE, (0..4).map(|_| Report::at(700.0, 0.0)));
    assert!(history.state.parked_since().is_some());
    history.stand(6 * HOUR, MINUTE);
    assert!(!moved(&history));
    history.drive_off();
    let Finding::Moved { anchor, .. } = history.last(OverdueMoved).explanation.finding else {
        unreachable!()
    };
    assert!((anchor.lat() - 22.5).abs() < 0.001, "{anchor:?}");
}

#[test]
fn a_night_in_a_garage_without_a_last_word_is_a_stay() {
    let mut history = History::moved(30);
    // Falls silent in full drive; is back in the morning 50 m on, and drives off.
    history.wait(9 * HOUR);
    history.trail(MINUTE, (0..3).map(|_| Report::at(1850.0, 0.0)));
    assert!(history.state.parked_since().is_some());
    assert!(!history.state.is_moving());
}

#[test]
fn a_drive_after_such_a_night_is_a_departure_of_its_own() {
    let mut history = History::moved(0);
    history.wait(9 * HOUR);
    history.set_dpd(30);
    let morning = history.now;
    history.trail(30 * SECOND, (7..12).map(|step| Report::driving(300.0 * f64::from(step))));
    let alert = history.last(OverdueMoved);
    assert!(alert.episode > morning, "not the departure of the day before");
    let Finding::Moved { anchor, .. } = alert.explanation.finding else { unreachable!() };
    assert!((anchor.lat() - 22.5 - 0.016_19).abs() < 0.000_1, "{anchor:?}");
}

#[test]
fn one_report_a_day_is_believed_without_settling() {
    let mut history = History::overdue(30);
    history.trail(DAY, (0..20).map(|_| Report::backup()));
    assert!(history.state.parked_since().is_some());
    let distances = [5000.0, 9000.0, 14_000.0];
    history.trail(DAY, distances.map(|north_m| Report { north_m, ..Report::backup() }));
    assert!(moved(&history), "three daily fixes elsewhere");
}

#[test]
fn a_fifth_terminal_takes_the_place_of_the_one_not_heard_for_longest() {
    let mut history = History::parked(30);
    for terminal in ["11", "12", "13", "14"] {
        history.wait(MINUTE);
        history.report(&Report { terminal, ..Report::default() });
    }
    history.drive_off();
    let alert = history.last(OverdueMoved);
    assert!(
        alert.explanation.fixes_used.iter().all(|fix| fix.terminal.as_str() == Report::default().terminal)
    );
}

#[test]
fn one_reflection_seen_twice_with_the_engine_on_is_no_drive() {
    let mut history = History::parked(30);
    history.trail(30 * SECOND, [Report::driving(500.0), Report::driving(505.0), Report::default()]);
    assert!(!moved(&history));
}

#[test]
fn half_an_hour_away_counts_from_the_last_fix_at_home() {
    let mut history = History::parked(30);
    for _ in 0..4 {
        history.trail(MINUTE, (0..20).map(|_| Report::at(600.0, 0.0)));
        history.stand(5 * MINUTE, MINUTE);
    }
    assert!(!moved(&history));
    history.trail(MINUTE, (0..31).map(|_| Report::at(600.0, 0.0)));
    assert!(moved(&history), "pushed 600 m without speed, it is found away after half an hour");
}

#[test]
fn a_fix_rejected_an_hour_before_explains_nothing() {
    let mut history = History::parked(30);
    history.trail(MINUTE, [Report { satellites: Some(2), ..Report::at(900.0, 0.0) }]);
    history.stand(HOUR, MINUTE);
    history.drive_off();
    assert_eq!(rejections(&history), []);
}

#[test]
fn who_reappears_far_away_has_driven_on_unseen() {
    let mut history = History::moved(0);
    history.wait(9 * HOUR);
    history.set_dpd(30);
    let morning = history.now;
    history.trail(30 * SECOND, (0..5).map(|step| Report::driving(40_000.0 + 300.0 * f64::from(step))));
    assert!(history.last(OverdueMoved).episode < morning, "one trip");
}

#[test]
fn without_an_ignition_line_five_minutes_of_standing_are_parking() {
    let mut history = History::overdue(30);
    // Two fixes settle, the third is where the stop begins.
    history.trail(MINUTE, (0..7).map(|_| Report::bare(0.0)));
    assert_eq!(history.state.parked_since(), None);
    let since = history.now.plus(-4 * MINUTE - SECOND);
    history.trail(MINUTE, [Report::bare(0.0)]);
    assert_eq!(history.state.parked_since(), Some(since));
}

#[test]
fn a_first_fix_after_a_gap_is_believed_if_it_changes_nothing() {
    let mut history = History::parked(30);
    history.wait(30 * MINUTE);
    history.report(&Report::default());
    assert!(history.state.last_place().is_some_and(|(_, at)| at == history.now.plus(-SECOND)));
}

#[test]
fn a_forgotten_terminals_fixes_are_not_named_as_anothers() {
    let mut history = History::parked(30);
    history.trail(MINUTE, [Report { satellites: Some(2), ..Report::at(900.0, 0.0) }]);
    let newest = |report| Report { terminal: "14", ..report };
    for terminal in ["11", "12", "13", "14"] {
        history.wait(MINUTE);
        history.report(&Report { terminal, ..Report::default() });
    }
    history.trail(30 * SECOND, [300.0, 600.0, 900.0, 1200.0].map(|m| newest(Report::driving(m))));
    let explanation = &history.last(OverdueMoved).explanation;
    assert!(explanation.fixes_rejected.iter().all(|rejected| rejected.reason != Rejection::FewSatellites));
}

/// A receiver under a bad sky reports each minute what it believes: one fix in three somewhere within half a kilometre, at
/// a speed that people run.
fn drift_thickly(scatter: &mut Scatter, history: &mut History, span: i64) {
    for _ in 0..span / MINUTE {
        history.wait(MINUTE);
        let (radius, bearing) = (60.0 + 490.0 * scatter.next(), scatter.next() * std::f64::consts::TAU);
        let fifth = scatter.next() * 4.99;
        let of_fifths = [0, 4, 10, 12, 14].into_iter().zip(0_u8..5);
        let speed_kmh = of_fifths.rev().find(|(_, from)| f64::from(*from) <= fifth).map(|(speed, _)| speed);
        let drifted = Report { speed_kmh, ..Report::at(radius * bearing.cos(), radius * bearing.sin()) };
        history.report(&if scatter.next() < 0.35 { drifted } else { Report::at(9.0, 3.0) });
    }
}

#[test]
fn drift_told_each_minute_for_two_days_is_no_departure() {
    for seed in 0..8 {
        let (mut scatter, mut history) = (Scatter(seed), History::parked(30));
        drift_thickly(&mut scatter, &mut history, 2 * DAY);
        assert!(!moved(&history), "seed {seed}");
        assert!(history.state.parked_since().is_some());
    }
}

#[test]
fn a_car_that_drives_off_out_of_thick_drift_is_told() {
    let (mut scatter, mut history) = (Scatter(3), History::parked(30));
    drift_thickly(&mut scatter, &mut history, HOUR);
    history.trail(30 * SECOND, [300.0, 600.0].map(Report::driving));
    assert!(moved(&history));
}

#[test]
fn with_the_ignition_off_two_fixes_are_enough_from_20_kmh_on() {
    for (speed, fires) in [(10, false), (19, false), (20, true)] {
        let mut history = History::parked(30);
        let report = |north_m| Report { speed_kmh: Some(speed), ..Report::at(north_m, 0.0) };
        history.trail(30 * SECOND, [report(300.0), report(450.0)]);
        assert_eq!(moved(&history), fires, "{speed} km/h");
    }
}

#[test]
fn with_the_ignition_off_a_path_is_five_fixes_or_half_an_hour_and_never_comes_back() {
    let path = |interval, metres: &[f64]| {
        let mut history = History::overdue(30);
        history.stand(30 * interval, interval);
        history.trail(interval, metres.iter().map(|north_m| Report::at(*north_m, 0.0)));
        moved(&history)
    };
    assert!(!path(MINUTE, &[250.0, 350.0, 450.0, 550.0]));
    assert!(path(MINUTE, &[250.0, 350.0, 450.0, 550.0, 650.0]));
    assert!(!path(15 * MINUTE - 1, &[250.0, 350.0, 450.0]));
    assert!(path(15 * MINUTE, &[250.0, 350.0, 450.0]));
    assert!(!path(15 * MINUTE, &[250.0, 350.0, 9.0, 450.0]));
}

#[test]
fn what_was_rejected_long_before_is_forgotten() {
    let mut history = History::parked(30);
    history.trail(MINUTE, [Report { satellites: Some(3), ..Report::at(500.0, 0.0) }]);
    assert!(format!("{:?}", history.state).contains("FewSatellites"));
    history.stand(40 * MINUTE, MINUTE);
    assert!(!format!("{:?}", history.state).contains("FewSatellites"));
}

#[test]
fn what_was_rejected_of_the_future_is_forgotten_too() {
    let mut history = History::parked(30);
    history.trail(MINUTE, [Report { lag_ms: -300 * DAY, ..Report::at(500.0, 0.0) }]);
    assert!(format!("{:?}", history.state).contains(", Future)"));
    history.stand(10 * MINUTE, MINUTE);
    assert!(!format!("{:?}", history.state).contains(", Future)"));
}

#[test]
fn a_receiver_that_hops_from_city_to_city_for_a_night_is_no_departure() {
    let mut history = History::overdue(30);
    history.stand(DAY, 30 * MINUTE);
    let cities = [(190.0, 0.0), (0.0, 300.0), (-250.0, -90.0), (120.0, -310.0)];
    let hops = cities
        .iter()
        .cycle()
        .take(20)
        .map(|(north_km, east_km)| Report::at(north_km * 1000.0, east_km * 1000.0));
    history.trail(30 * MINUTE, hops);
    assert!(!moved(&history));
}

#[test]
fn a_car_that_drives_on_after_one_jump_is_told() {
    let mut history = History::overdue(30);
    history.stand(DAY, 10 * MINUTE);
    let fixes = [Report::at(190_000.0, 0.0), Report::driving(9_000.0), Report::driving(15_000.0)];
    history.trail(10 * MINUTE, fixes);
    assert!(moved(&history));
}

/// The hidden device was torn off and lies elsewhere; it reports a second before the other.
#[test]
fn a_device_far_away_hides_no_drive_of_the_other() {
    let mut history = History::parked(30);
    for step in 1..20 {
        history.wait(29 * SECOND);
        history.report(&Report { north_m: 50_000.0, ..Report::backup() });
        history.wait(SECOND);
        history.report(&Report::driving(500.0 * f64::from(step)));
    }
    assert!(moved(&history));
    let (seen, _) = history.state.last_place().unwrap();
    assert_eq!(seen.lat_e7(), crate::history::point(9_500.0, 0.0).lat_e7(), "believed to the end");
}

#[test]
fn drift_of_a_car_that_is_off_becomes_no_path_by_a_fix_that_does_not_say_so() {
    let mut history = History::parked(30);
    let off = [215.0, 320.0, 199.0].map(|north_m| Report::at(north_m, 0.0));
    history.trail(MINUTE, off.into_iter().chain([Report::bare(460.0)]));
    assert!(!moved(&history));
}
