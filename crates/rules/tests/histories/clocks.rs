//! Devices whose clock is behind: what they report is of the past for ever, and somebody is told.

use crate::devices::told;
use crate::history::{DAY, HOUR, History, MINUTE, Report, SECOND};
use model::finding::{DeviceFault, DeviceTrouble, Finding, Implausibility};
use model::{Alarm, Rule, Severity, Timestamp};

/// Sends UTC, and is taken to send the time of Shanghai.
fn behind() -> Report {
    Report { lag_ms: 8 * HOUR, ..Report::default() }
}

fn reporting(mut history: History, report: &Report, span: i64) -> History {
    history.trail(5 * MINUTE, (0..span / (5 * MINUTE)).map(|_| report.clone()));
    history
}

#[test]
fn a_device_whose_clock_is_behind_is_told_and_no_more_once_it_is_right() {
    let mut history = reporting(History::overdue(-3), &behind(), HOUR);
    assert!(!history.raised(Rule::ClockQuality), "it may be sending what it had kept");
    history = reporting(history, &behind(), 10 * MINUTE);
    let Finding::Implausible { what, .. } = history.live(Rule::ClockQuality).unwrap().explanation.finding
    else {
        unreachable!()
    };
    assert_eq!(what, Implausibility::Behind);
    let alert = history.live(Rule::DeviceCheckDue).unwrap();
    let Finding::DeviceCheck { troubles, .. } = &alert.explanation.finding else { unreachable!() };
    let what: Vec<_> = troubles.iter().map(|DeviceTrouble { what, .. }| *what).collect();
    assert_eq!((what, alert.severity), (vec![DeviceFault::ClockBehind], Severity::P3));
    history.wait(MINUTE);
    history.report(&Report::default());
    assert!(history.live(Rule::DeviceCheckDue).is_none());
    assert_eq!(told(&history, Rule::DeviceCheckDue).len(), 2);
    history.stand(DAY, HOUR);
    assert!(history.live(Rule::ClockQuality).is_none());
}

#[test]
fn what_a_device_had_kept_is_no_clock_that_is_behind() {
    let mut history = History::parked(-3);
    history.wait(3 * DAY);
    let kept = Report { lag_ms: 2 * DAY, ..Report::default() };
    history.trail(SECOND, (0..100).map(|_| kept.clone()));
    history.stand(2 * HOUR, MINUTE);
    assert!(!history.raised(Rule::ClockQuality));
    let kept = Report { lag_ms: 8 * HOUR, buffered: true, ..Report::default() };
    let history = reporting(history, &kept, 3 * DAY);
    assert!(!history.raised(Rule::ClockQuality), "it says itself that it was kept");
}

#[test]
fn a_removal_that_is_told_late_is_an_alert_with_its_own_time() {
    for (lag_ms, buffered, told_of) in
        [(5 * MINUTE, false, true), (47 * HOUR, true, true), (49 * HOUR, true, false)]
    {
        let mut history = History::parked(-10);
        history.stand(3 * DAY, HOUR);
        history.wait(MINUTE);
        history.report(&Report { lag_ms, buffered, ..Report::alarming(Alarm::Removed) });
        let at = |history: &History| history.live(Rule::TamperLight).map(|alert| alert.event_time);
        let made_at: Timestamp = history.now.plus(-lag_ms);
        assert_eq!(at(&history), told_of.then_some(made_at), "{lag_ms} ms late");
    }
}

#[test]
fn hands_on_a_device_before_it_was_on_this_car_are_not_this_cars() {
    let mut history = History::parked(-10);
    history.bound_at = history.now.plus(-HOUR);
    history.stand(MINUTE, MINUTE);
    history.report(&Report { lag_ms: 2 * HOUR, buffered: true, ..Report::alarming(Alarm::Removed) });
    assert!(!history.raised(Rule::TamperLight));
}
