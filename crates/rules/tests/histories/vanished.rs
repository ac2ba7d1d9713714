//! JAM_SUSPECT where position and network are gone at once, and everything that only looks like that.

use crate::devices::told;
use crate::habits::{HOME, commuted};
use crate::history::{DAY, HOUR, History, MINUTE, Report, SECOND, point};
use model::alert::Notice;
use model::finding::Finding;
use model::{Attribute, Group, Millis, Rule, Severity, TerminalId, Timestamp};
use rules::{Earshot, Earshots, Outage, Outages};

/// The city around home has been heard well since a moment of the coverage clock.
fn heard_since(from_ms: Millis) -> Earshots {
    let group = Group::cell(point(0.0, 0.0));
    Earshots::as_of(&[Earshot { group, from_ms, until_ms: None }], from_ms)
}

/// It has just driven off, in a city that is heard well.
fn driving(dpd: i32) -> History {
    let mut history = History::moved(dpd);
    history.earshots = heard_since(0);
    history.judge();
    history
}

fn raised_within(mut history: History, span: Millis) -> bool {
    history.wait(span);
    history.raised(Rule::JamSuspect)
}

#[test]
fn a_car_that_vanishes_in_full_drive_is_on_the_work_list_long_before_it_is_missed() {
    let mut history = driving(1);
    let heard_at = history.now;
    history.wait(30 * MINUTE - 1);
    assert!(!history.raised(Rule::JamSuspect));
    history.wait(1);
    assert_eq!(history.severity(Rule::JamSuspect), Some(Severity::P3));
    let alert = history.live(Rule::JamSuspect).unwrap();
    let Finding::Vanished { last_heard, was_moving, hidden, around, .. } = alert.explanation.finding else {
        unreachable!()
    };
    assert_eq!((last_heard, was_moving, hidden), (heard_at, true, None));
    assert_eq!(around, Group::cell(point(0.0, 0.0)));
    assert!(!history.raised(Rule::OverdueOffline));
    history.wait(90 * MINUTE);
    assert_eq!(history.severity(Rule::OverdueOffline), Some(Severity::P2));
    history.report(&Report::driving(2_100.0));
    assert_eq!(told(&history, Rule::JamSuspect), [Notice::Opened, Notice::Closed]);
}

#[test]
fn a_car_on_which_nothing_is_past_due_is_nobodys_business() {
    assert!(!raised_within(driving(0), 90 * MINUTE));
}

#[test]
fn nothing_is_said_where_others_are_not_heard_or_only_since() {
    let mut alone = driving(10);
    alone.earshots = Earshots::default();
    assert!(!raised_within(alone, HOUR));
    for (later, fires) in [(0, true), (1, false)] {
        let mut history = driving(10);
        history.earshots = heard_since(history.coverage_ms + later);
        assert_eq!(raised_within(history, HOUR), fires, "heard well from {later} ms after its last word on");
    }
}

/// Others of the city are heard, those of its own network are not.
#[test]
fn a_network_of_which_too_few_are_heard_is_no_jammer() {
    for (known, fires) in [(false, true), (true, false)] {
        let mut history = History::parked(10);
        if known {
            history.tell(Attribute::Iccid("89860012345678901234".to_owned()));
        }
        history.drive_off();
        history.earshots = heard_since(0);
        history.judge();
        assert_eq!(raised_within(history, HOUR), fires, "network known: {known}");
    }
}

#[test]
fn an_outage_of_its_network_its_city_or_its_make_is_no_jammer() {
    let cell = Group::cell(point(0.0, 0.0));
    let make = Group::batch(TerminalId::parse(Report::default().terminal).unwrap()).unwrap();
    for group in [Group::Everyone, cell, make] {
        let mut history = driving(10);
        let (from_ms, noticed_ms) = (history.coverage_ms - MINUTE, history.coverage_ms + 19 * MINUTE);
        let since = Timestamp::from_ms(0);
        history.wait(20 * MINUTE);
        let outage = Outage { group, since, from_ms, noticed_ms, until_ms: None, silent: 10, of: 20 };
        history.outages = Outages::as_of(&[outage], history.coverage_ms);
        history.judge();
        assert!(!raised_within(history, HOUR), "{group}");
    }
}

#[test]
fn a_server_that_was_down_saw_nobody_vanish() {
    let mut history = driving(10);
    history.wait(MINUTE);
    history.down(HOUR);
    assert!(!raised_within(history, HOUR));
}

#[test]
fn a_garage_where_it_was_out_of_sight_before_is_no_jammer() {
    let mut history = driving(10);
    // The first time nobody knows that there is one.
    history.wait(9 * HOUR);
    history.trail(30 * SECOND, (6..12).map(|step| Report::driving(300.0 * f64::from(step))));
    history.trail(30 * SECOND, (6..12).rev().map(|step| Report::driving(300.0 * f64::from(step))));
    let before = told(&history, Rule::JamSuspect).len();
    history.wait(HOUR);
    assert_eq!((before, told(&history, Rule::JamSuspect).len()), (2, 2));
}

#[test]
fn a_garage_near_a_usual_place_is_no_jammer() {
    for (north_m, fires) in [(1_800.0, false), (7_500.0, true)] {
        let mut history = commuted(15);
        history.set_dpd(10);
        history.stand_at(HOME, HOUR);
        history.earshots = heard_since(0);
        let steps = f64::ceil(north_m / 300.0);
        let mut step = 0.0;
        while step < steps {
            step += 1.0;
            history.trail(30 * SECOND, [Report::driving(north_m * step / steps)]);
        }
        assert_eq!(raised_within(history, HOUR), fires, "{north_m} m from home");
    }
}

#[test]
fn a_car_that_rolled_to_a_gate_has_driven_into_a_garage() {
    let mut history = driving(10);
    history.trail(30 * SECOND, [Report { speed_kmh: Some(8), ..Report::driving(1_900.0) }]);
    assert!(!raised_within(history, HOUR));
}

#[test]
fn a_car_whose_position_was_gone_before_its_network_is_no_case_of_both_at_once() {
    let mut history = driving(10);
    for _ in 0..7 {
        history.wait(MINUTE);
        history.heartbeat();
    }
    assert!(!raised_within(history, HOUR));
}

/// A hidden device that reports each half hour beside the wired one, which talks each minute.
fn two_that_talk(dpd: i32) -> History {
    let mut history = History::overdue(dpd);
    // Its schedule is known after some days.
    for _ in 0..4 * 48 {
        history.stand(30 * MINUTE, MINUTE);
        history.report(&Report::backup());
    }
    history.earshots = heard_since(0);
    history.judge();
    history
}

#[test]
fn two_devices_of_a_standing_car_that_fall_silent_at_once_are_told_today() {
    let mut history = two_that_talk(10);
    history.wait(HOUR - 1);
    assert!(!history.raised(Rule::JamSuspect));
    history.wait(1);
    assert_eq!(history.severity(Rule::JamSuspect), Some(Severity::P2));
    let alert = history.live(Rule::JamSuspect).unwrap();
    let Finding::Vanished { was_moving, hidden, .. } = alert.explanation.finding else { unreachable!() };
    assert_eq!((was_moving, hidden), (false, TerminalId::parse(Report::backup().terminal).ok()));
}

#[test]
fn two_devices_that_fall_silent_at_once_under_way_are_no_less_grave_than_where_the_car_stands() {
    let mut history = two_that_talk(10);
    history.drive_off();
    history.wait(HOUR);
    assert_eq!(history.severity(Rule::JamSuspect), Some(Severity::P2));
    let Finding::Vanished { was_moving, hidden, .. } = history.last(Rule::JamSuspect).explanation.finding
    else {
        unreachable!()
    };
    assert!(was_moving && hidden.is_some());
}

#[test]
fn a_wired_device_that_sleeps_where_it_stands_has_not_vanished() {
    let mut alone = History::parked(10);
    alone.earshots = heard_since(0);
    alone.judge();
    assert!(!raised_within(alone, 20 * HOUR));
    // It slept when the hidden one spoke last.
    let mut history = two_that_talk(10);
    history.wait(29 * MINUTE);
    history.report(&Report::backup());
    assert!(!raised_within(history, 20 * HOUR));
    // The hidden one sleeps for a day at a time.
    let mut daily = History::overdue(10);
    for _ in 0..5 {
        daily.stand(DAY, 30 * MINUTE);
        daily.report(&Report::backup());
    }
    daily.earshots = heard_since(0);
    daily.judge();
    assert!(!raised_within(daily, 20 * HOUR));
}
