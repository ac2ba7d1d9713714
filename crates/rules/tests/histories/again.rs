//! What happens again, or to another device, while the alert of the first time waits; and what is no such thing.

use crate::devices::{alarmed, told};
use crate::history::{DAY, HOUR, History, MINUTE, Report, SECOND};
use crate::taxonomy::together;
use model::alert::Notice;
use model::finding::Finding;
use model::{Alarm, Alarms, Attribute, Rule, Severity, TerminalId};

#[test]
fn two_blips_of_the_supply_are_no_cut_and_one_that_lasts_is() {
    let (cut, back) = (Attribute::ExternalVolts(0.0), Attribute::ExternalVolts(12.6));
    let mut history = History::parked(-10);
    history.tell(cut.clone());
    history.wait(30 * SECOND);
    history.tell(back.clone());
    history.wait(5 * MINUTE + 30 * SECOND);
    history.tell(cut.clone());
    let cut_at = history.now;
    history.wait(SECOND);
    assert!(!history.raised(Rule::PowerCut));
    history.wait(5 * MINUTE - 2 * SECOND);
    assert!(!history.raised(Rule::PowerCut));
    history.wait(SECOND);
    let Finding::Unpowered { since, .. } = history.live(Rule::PowerCut).unwrap().explanation.finding else {
        unreachable!()
    };
    assert_eq!(since, cut_at, "as long as it has been gone");
}

#[test]
fn a_supply_that_was_back_is_gone_again_only_once_that_is_confirmed() {
    let mut history = History::parked(30);
    history.tell(Attribute::ExternalVolts(0.0));
    history.wait(6 * MINUTE);
    let opened = [Notice::Opened, Notice::Cleared];
    for _ in 0..3 {
        history.tell(Attribute::ExternalVolts(12.6));
        history.wait(11 * MINUTE);
        history.tell(Attribute::ExternalVolts(0.0));
        history.wait(4 * MINUTE);
        assert_eq!(told(&history, Rule::PowerCut), opened);
    }
    history.wait(MINUTE);
    assert_eq!(told(&history, Rule::PowerCut), [&opened[..], &[Notice::Escalated]].concat());
}

#[test]
fn one_fix_apart_is_not_apart_again() {
    let mut history = together();
    history.set_dpd(30);
    let meet = |history: &mut History, north_m| {
        history.stand(DAY, 30 * MINUTE);
        history.report(&Report { north_m, ..Report::backup() });
    };
    for north_m in [5_000.0, 5_000.0, 0.0, 0.0, 5_000.0, 0.0, 5_000.0] {
        meet(&mut history, north_m);
    }
    assert_eq!(told(&history, Rule::PairSeparated), [Notice::Opened, Notice::Cleared]);
    meet(&mut history, 5_000.0);
    let again = [Notice::Opened, Notice::Cleared, Notice::Escalated];
    assert_eq!(told(&history, Rule::PairSeparated), again);
}

#[test]
fn hands_on_a_second_device_are_told_while_the_first_waits_and_once_if_they_take_turns() {
    let mut history = alarmed(-10, Alarm::Light);
    history.stand(DAY / 2, HOUR);
    let removed = Report { alarms: Alarms::NONE.with(Alarm::Removed), ..Report::backup() };
    history.wait(MINUTE);
    history.report(&removed);
    assert_eq!(told(&history, Rule::TamperLight), [Notice::Opened, Notice::Escalated]);
    let Finding::Tampered { alarm, .. } = history.last(Rule::TamperLight).explanation.finding else {
        unreachable!()
    };
    assert_eq!(alarm, Alarm::Removed);
    for _ in 0..10 {
        history.trail(MINUTE, [Report::alarming(Alarm::Light), removed.clone()]);
    }
    assert_eq!(told(&history, Rule::TamperLight), [Notice::Opened, Notice::Escalated]);
}

/// The wired one saw light; two hours later the hidden one finds the network, and says that it was taken off before that.
#[test]
fn hands_on_a_device_that_become_known_late_are_told_though_another_was_told_of_meanwhile() {
    let mut history = together();
    history.trail(MINUTE, [Report::alarming(Alarm::Light)]);
    history.stand(2 * HOUR, HOUR);
    history.wait(MINUTE);
    let lag_ms = 2 * HOUR + 11 * MINUTE;
    let alarms = Alarms::NONE.with(Alarm::Removed);
    let removed = Report { lag_ms, buffered: true, alarms, ..Report::backup() };
    history.report(&removed);
    assert_eq!(told(&history, Rule::TamperLight), [Notice::Opened, Notice::Escalated]);
    let alert = history.live(Rule::TamperLight).unwrap();
    let terminal = TerminalId::parse(removed.terminal).ok();
    assert_eq!(alert.explanation.finding.terminal(), terminal);
    assert_eq!(alert.event_time, history.now.plus(-lag_ms));
    history.trail(MINUTE, (0..10).map(|_| removed.clone()));
    assert_eq!(told(&history, Rule::TamperLight).len(), 2);
}

#[test]
fn a_second_hidden_device_that_falls_silent_is_told_and_the_first_is_not_forgotten() {
    let other = Report { terminal: "13912345679", ..Report::backup() };
    let mut history = together();
    for _ in 0..5 {
        history.stand(DAY, 30 * MINUTE);
        history.report(&other);
    }
    assert_eq!(history.severity(Rule::WirelessMissed), Some(Severity::P2));
    let before = told(&history, Rule::WirelessMissed);
    history.stand(4 * DAY, 30 * MINUTE);
    let terminal = |history: &History| history.last(Rule::WirelessMissed).explanation.finding.terminal();
    assert_eq!(terminal(&history), TerminalId::parse("13912345679").ok());
    assert_eq!(told(&history, Rule::WirelessMissed), [&before[..], &[Notice::Escalated]].concat());
    history.report(&other);
    assert_eq!(terminal(&history), TerminalId::parse("13912345678").ok(), "that one is silent still");
    assert!(history.live(Rule::WirelessMissed).is_some());
    history.wait(MINUTE);
    history.report(&Report::backup());
    assert!(history.live(Rule::WirelessMissed).is_none());
}

#[test]
fn a_battery_that_is_low_again_after_a_month_is_told_after_ten_hours_though_nothing_is_heard() {
    let mut history = History::parked(-60);
    for _ in 0..2 {
        history.tell(Attribute::ExternalVolts(11.2));
        let low_at = history.now;
        history.wait(11 * HOUR);
        assert_eq!(history.last(Rule::LowVehicleBattery).opened_at, low_at.plus(10 * HOUR));
        history.tell(Attribute::ExternalVolts(12.6));
        history.wait(30 * DAY);
    }
}

#[test]
fn an_alarm_of_another_card_that_is_repeated_is_told_once_whatever_staff_say() {
    let mut history = alarmed(-10, Alarm::SimChanged);
    for _ in 0..10 {
        history.trail(HOUR, [Report::alarming(Alarm::SimChanged)]);
        if history.live(Rule::DeviceMoved).is_some() {
            let reason = model::CloseReason::FalseAlarm;
            let state =
                model::AlertState::Closed { reason, by: Some("li".into()), at: history.now, note: None };
            history.set_live_state(state);
        }
    }
    assert_eq!(told(&history, Rule::DeviceMoved), [Notice::Opened]);
    history.stand(2 * DAY, HOUR);
    history.wait(MINUTE);
    history.report(&Report::alarming(Alarm::SimChanged));
    assert_eq!(told(&history, Rule::DeviceMoved), [Notice::Opened, Notice::Opened]);
}

/// Down the ramp before it stands, each evening; the wired device knows nothing of the ignition and talks on.
#[test]
fn a_night_in_its_own_garage_is_no_jamming_once_it_is_known() {
    let mut history = History::overdue(30);
    history.trail(MINUTE, (0..30).map(|_| Report::bare(0.0)));
    let drive = |step: i32| Report { ignition: None, ..Report::driving(300.0 * f64::from(step)) };
    let unseen = Report { ignition: None, ..Report::blind() };
    let mut raised = Vec::new();
    for _ in 0..3 {
        history.trail(30 * SECOND, (1..=40).chain((2..40).rev()).map(drive));
        let before = told(&history, Rule::JamSuspect).len();
        history.trail(5 * MINUTE, (0..100).map(|_| unseen.clone()));
        raised.push(told(&history, Rule::JamSuspect).len() > before);
        history.trail(30 * SECOND, (2..10).chain((0..10).rev()).map(drive));
        history.trail(MINUTE, (0..60).map(|_| Report::bare(0.0)));
    }
    assert_eq!(raised, [true, false, false]);
    history.trail(30 * SECOND, (1..=40).chain((2..40).rev()).map(drive));
    history.trail(
        MINUTE,
        (0..5).map(|_| Report { alarms: Alarms::NONE.with(Alarm::Jamming), ..unseen.clone() }),
    );
    assert!(history.live(Rule::JamSuspect).is_some(), "the device says so itself");
}

#[test]
fn a_dead_ignition_wire_is_taken_for_a_tow_for_two_days_and_not_on_every_trip() {
    let mut history = History::wired();
    history.set_dpd(-30);
    let mut raised = Vec::new();
    for trip in 0..4 {
        let way = |step: i32| if trip % 2 == 0 { step } else { 10 - step };
        history.trail(30 * SECOND, (1..=10).map(|step| Report::towed(300.0 * f64::from(way(step)))));
        raised.push(history.live(Rule::Tow).is_some());
        let stands = Report::at(300.0 * f64::from(way(10)), 0.0);
        history.trail(10 * MINUTE, (0..140).map(|_| stands.clone()));
    }
    assert_eq!(raised, [true, true, true, false]);
}

/// Each half hour by day, and then not for twenty hours.
#[test]
fn a_hidden_device_that_reports_more_often_under_way_is_not_missed_each_evening() {
    let mut history = History::overdue(3);
    for _ in 0..10 {
        history.trail(30 * MINUTE, (0..8).map(|_| Report::backup()));
        history.trail(20 * HOUR, [Report::backup()]);
    }
    assert!(!history.raised(Rule::WirelessMissed) && !history.raised(Rule::OverdueOffline));
    history.trail(30 * MINUTE, (0..8).map(|_| Report::backup()));
    history.wait(29 * HOUR);
    assert!(!history.raised(Rule::WirelessMissed));
    history.wait(2 * HOUR);
    assert!(history.raised(Rule::WirelessMissed), "half a night late");
}

/// Overdue, and nobody closes anything.
#[test]
fn a_second_tow_is_told_while_the_p1_of_the_first_waits() {
    let mut history = History::wired();
    history.set_dpd(30);
    let tow = |history: &mut History, from_m: f64, fixes: i32| {
        let way = (1..=fixes).map(|step| Report::towed(from_m + 300.0 * f64::from(step)));
        history.trail(30 * SECOND, way);
    };
    tow(&mut history, 0.0, 10);
    history.trail(10 * MINUTE, (0..100).map(|_| Report::at(3_000.0, 0.0)));
    assert_eq!(told(&history, Rule::Tow), [Notice::Opened, Notice::Cleared]);
    tow(&mut history, 3_000.0, 3);
    assert_eq!(told(&history, Rule::Tow), [Notice::Opened, Notice::Cleared], "a minute is no tow");
    tow(&mut history, 3_900.0, 4);
    assert_eq!(told(&history, Rule::Tow), [Notice::Opened, Notice::Cleared, Notice::Escalated]);
    let Finding::Towed { since, .. } = history.live(Rule::Tow).unwrap().explanation.finding else {
        unreachable!()
    };
    assert!(history.now.since(since) < HOUR);
}

#[test]
fn a_wired_device_that_falls_silent_again_is_told_while_the_p1_of_the_first_time_waits() {
    let mut history = together();
    history.set_dpd(30);
    let silent = |history: &mut History| {
        for _ in 0..2 {
            history.wait(DAY);
            history.report(&Report::backup());
        }
    };
    silent(&mut history);
    history.stand(DAY, 30 * MINUTE);
    assert_eq!(told(&history, Rule::PairLiveness), [Notice::Opened, Notice::Cleared]);
    silent(&mut history);
    assert_eq!(told(&history, Rule::PairLiveness), [Notice::Opened, Notice::Cleared, Notice::Escalated]);
}
