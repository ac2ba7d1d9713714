//! What devices say of themselves and of each other: how urgent it is, when it is told and when it is over.

use crate::history::{DAY, HOUR, History, MINUTE, Report, SECOND};
use crate::places::circle;
use crate::taxonomy::together;
use model::alert::Notice;
use model::finding::{Exchange, Finding, SeparationCause};
use model::loan::Standing;
use model::{Alarm, AlertState, Attribute, Date, Millis, PlaceKind, Rule, Severity, WithdrawReason};

pub(crate) fn told(history: &History, rule: Rule) -> Vec<Notice> {
    history.told.iter().filter(|(of, _)| *of == rule).map(|(_, notice)| *notice).collect()
}

pub(crate) fn alarmed(dpd: i32, alarm: Alarm) -> History {
    let mut history = History::parked(dpd);
    history.wait(MINUTE);
    history.report(&Report::alarming(alarm));
    history
}

#[test]
fn hands_on_a_device_are_told_at_once_and_of_an_overdue_car_as_p1() {
    for (dpd, severity) in [(-10, Severity::P2), (1, Severity::P1), (90, Severity::P1)] {
        let history = alarmed(dpd, Alarm::Removed);
        assert_eq!(history.severity(Rule::TamperLight), Some(severity), "dpd {dpd}");
        assert_eq!(told(&history, Rule::TamperLight), [Notice::Opened], "dpd {dpd}");
    }
}

#[test]
fn a_removed_device_never_heals_itself() {
    let mut history = alarmed(-10, Alarm::Removed);
    history.stand(5 * DAY, HOUR);
    assert_eq!(history.state_code(Rule::TamperLight), "open");
}

#[test]
fn the_fitters_hands_are_for_the_work_list() {
    for (ago, severity) in [(23 * HOUR, Severity::P3), (25 * HOUR, Severity::P2)] {
        let mut history = History::parked(-10);
        history.bound_at = history.now.plus(MINUTE - ago);
        history.stand(MINUTE, MINUTE);
        history.report(&Report { lag_ms: 0, ..Report::alarming(Alarm::Light) });
        assert_eq!(history.severity(Rule::TamperLight), Some(severity), "bound {ago} ms ago");
    }
}

#[test]
fn a_stale_book_makes_nothing_of_a_device_urgent_until_it_is_fresh() {
    let mut history = History::parked(30);
    history.book_as_of = Some(history.now.plus(-2 * DAY));
    history.wait(MINUTE);
    history.report(&Report::alarming(Alarm::Removed));
    let alert = history.live(Rule::TamperLight).unwrap();
    assert_eq!((alert.severity, alert.state.code()), (Severity::P2, "open"));
    assert!(!alert.explanation.loan.as_ref().unwrap().fresh);
    history.book_as_of = None;
    history.judge();
    assert_eq!(history.severity(Rule::TamperLight), Some(Severity::P1));
    assert_eq!(told(&history, Rule::TamperLight), [Notice::Opened, Notice::Escalated]);
}

#[test]
fn an_alert_that_outlives_a_debt_states_it_no_more() {
    let mut history = alarmed(30, Alarm::Removed);
    history.loan().holds.promise_until = Date::parse("2026-12-24");
    history.judge();
    let alert = history.live(Rule::TamperLight).unwrap();
    let standing = alert.explanation.loan.as_ref().unwrap().standing;
    assert!(matches!(standing, Standing::Held(_)), "{standing:?}");
    assert_eq!(told(&history, Rule::TamperLight), [Notice::Opened]);
    history.loan().settled_at = Some(history.now);
    history.judge();
    assert_eq!(told(&history, Rule::TamperLight), [Notice::Opened, Notice::Withdrawn]);
}

#[test]
fn a_power_cut_that_is_repeated_is_one_alert_and_over_when_it_has_been_back_for_ten_minutes() {
    let mut history = History::parked(-10);
    for _ in 0..20 {
        history.trail(MINUTE, [Report::alarming(Alarm::PowerCut), Report::default(), Report::default()]);
    }
    assert_eq!(told(&history, Rule::PowerCut), [Notice::Opened]);
    assert_eq!(history.severity(Rule::PowerCut), Some(Severity::P3));
    history.tell(Attribute::Charging(true));
    history.wait(10 * MINUTE - 1);
    assert_eq!(told(&history, Rule::PowerCut), [Notice::Opened]);
    history.wait(1);
    assert_eq!(told(&history, Rule::PowerCut), [Notice::Opened, Notice::Closed]);
}

#[test]
fn the_supply_of_an_overdue_car_is_p1() {
    let mut history = alarmed(6, Alarm::PowerCut);
    history.wait(6 * MINUTE);
    assert_eq!(history.severity(Rule::PowerCut), Some(Severity::P1));
}

#[test]
fn a_cut_after_which_the_car_falls_silent_within_a_day_is_p1_whatever_the_loan() {
    for (talks_on, severity) in [(23 * HOUR, Severity::P1), (25 * HOUR, Severity::P3)] {
        let mut history = alarmed(-10, Alarm::PowerCut);
        history.stand(talks_on, HOUR);
        history.wait(DAY - 1);
        assert_eq!(history.severity(Rule::PowerCut), Some(Severity::P3), "{talks_on}");
        history.wait(1);
        assert_eq!(history.severity(Rule::PowerCut), Some(severity), "{talks_on}");
    }
}

#[test]
fn what_is_for_the_log_is_told_nobody() {
    let history = alarmed(30, Alarm::Overspeed);
    assert_eq!(history.severity(Rule::Speed), Some(Severity::P4));
    assert_eq!(told(&history, Rule::Speed), []);
}

#[test]
fn missed_hours_grow_in_one_alert() {
    let mut history = together();
    let hour = |hour: i64| hour * HOUR;
    for (until, severity, notices) in [
        (hour(35), None, &[][..]),
        (hour(37), Some(Severity::P4), &[]),
        (hour(61), Some(Severity::P3), &[Notice::Opened]),
        (hour(85), Some(Severity::P2), &[Notice::Opened, Notice::Escalated]),
    ] {
        let heard = history.state.heard_at().unwrap();
        history.wait(heard.plus(until).since(history.now));
        assert_eq!(history.severity(Rule::WirelessMissed), severity, "{until}");
        assert_eq!(told(&history, Rule::WirelessMissed), notices, "{until}");
    }
    history.report(&Report::backup());
    assert_eq!(history.state_code(Rule::WirelessMissed), "closed");
}

#[test]
fn devices_that_were_together_and_are_apart_were_taken_apart() {
    let mut history = together();
    history.set_dpd(30);
    for _ in 0..2 {
        history.stand(DAY, 30 * MINUTE);
        history.report(&Report { north_m: 5_000.0, ..Report::backup() });
    }
    let alert = history.live(Rule::PairSeparated).unwrap();
    let Finding::Separated { distance_m, cause, .. } = alert.explanation.finding else { unreachable!() };
    assert_eq!((distance_m, cause, alert.severity), (5_000, SeparationCause::Removed, Severity::P1));
}

#[test]
fn devices_that_were_never_together_are_on_the_wrong_cars() {
    let mut history = History::parked(30);
    for _ in 0..5 {
        history.stand(DAY, 30 * MINUTE);
        history.report(&Report { north_m: 5_000.0, ..Report::backup() });
    }
    let alert = history.live(Rule::PairSeparated).unwrap();
    let Finding::Separated { cause, .. } = alert.explanation.finding else { unreachable!() };
    assert_eq!((cause, alert.severity), (SeparationCause::Binding, Severity::P3));
}

#[test]
fn devices_that_come_together_again_were_not_taken_apart() {
    let mut history = together();
    history.set_dpd(-30);
    for north_m in [5_000.0, 5_000.0, 0.0, 0.0] {
        history.stand(DAY, 30 * MINUTE);
        history.report(&Report { north_m, ..Report::backup() });
    }
    assert_eq!(told(&history, Rule::PairSeparated), [Notice::Opened, Notice::Closed]);
}

/// The wired device was silent for eleven minutes of driving when the hidden one reports.
#[test]
fn fixes_of_two_moments_say_nothing_of_a_car_under_way() {
    let mut history = together();
    let drive = |step: i32| Report::driving(400.0 * f64::from(step));
    for _ in 0..3 {
        history.trail(30 * SECOND, (1..=60).map(drive));
        history.wait(11 * MINUTE);
        history.report(&Report { north_m: 32_800.0, ..Report::backup() });
        history.trail(30 * SECOND, (83..90).chain((0..89).rev()).map(drive));
        history.stand(12 * HOUR, 30 * MINUTE);
    }
    assert!(!history.raised(Rule::PairSeparated));
}

#[test]
fn the_log_entry_of_a_silent_device_is_taken_back_when_something_is_past_due() {
    let mut history = History::parked(-30);
    history.wait(4 * DAY);
    assert!(history.live(Rule::OfflineNoLoan).is_some());
    history.set_dpd(3);
    history.judge();
    let withdrawn = history.last(Rule::OfflineNoLoan);
    assert!(matches!(withdrawn.state, AlertState::Withdrawn { reason: WithdrawReason::Overdue, .. }));
    assert!(history.live(Rule::OverdueOffline).is_some());
}

#[test]
fn a_lost_position_under_way_is_over_with_the_next_fix() {
    let mut history = History::moved(30);
    history.trail(MINUTE, (0..15).map(|_| Report::blind()));
    assert_eq!(told(&history, Rule::JamSuspect), [Notice::Opened]);
    history.trail(MINUTE, (7..12).map(|step| Report::driving(300.0 * f64::from(step))));
    assert_eq!(told(&history, Rule::JamSuspect), [Notice::Opened, Notice::Closed]);
}

#[test]
fn a_towed_car_is_told_until_it_has_stood_for_fifteen_minutes() {
    let mut history = History::wired();
    history.trail(30 * SECOND, (1..=10).map(|step| Report::towed(300.0 * f64::from(step))));
    assert_eq!(told(&history, Rule::Tow), [Notice::Opened]);
    history.trail(MINUTE, (0..30).map(|_| Report::at(3_000.0, 0.0)));
    assert_eq!(told(&history, Rule::Tow), [Notice::Opened, Notice::Closed]);
    let Finding::Towed { speed_max_tenths_kmh, .. } = history.last(Rule::Tow).explanation.finding else {
        unreachable!()
    };
    assert_eq!(speed_max_tenths_kmh, 360);
}

#[test]
fn a_car_that_drives_off_by_itself_is_not_towed() {
    let mut history = History::wired();
    history.drive_off();
    assert!(!history.raised(Rule::Tow));
}

#[test]
fn a_device_that_says_again_and_again_that_it_is_jammed_is_told_once() {
    let mut history = History::parked(30);
    history.trail(30 * SECOND, (0..40).map(|_| Report::alarming(Alarm::Jamming)));
    assert_eq!(told(&history, Rule::JamSuspect), [Notice::Opened]);
    history.stand(31 * MINUTE, MINUTE);
    assert_eq!(told(&history, Rule::JamSuspect), [Notice::Opened, Notice::Closed]);
}

#[test]
fn a_removal_is_told_though_nobody_closed_the_fitters_light() {
    let mut history = History::parked(-30);
    history.bound_at = history.now.plus(-HOUR);
    history.stand(MINUTE, MINUTE);
    history.report(&Report { lag_ms: 0, ..Report::alarming(Alarm::Light) });
    assert_eq!(history.severity(Rule::TamperLight), Some(Severity::P3));
    history.stand(3 * DAY, HOUR);
    history.wait(MINUTE);
    history.report(&Report::alarming(Alarm::Removed));
    let alert = history.live(Rule::TamperLight).unwrap();
    let Finding::Tampered { alarm, newly_bound, .. } = alert.explanation.finding else { unreachable!() };
    assert_eq!((alert.severity, alarm, newly_bound), (Severity::P2, Alarm::Removed, false));
    assert_eq!(told(&history, Rule::TamperLight), [Notice::Opened, Notice::Escalated]);
}

#[test]
fn a_silent_car_is_not_said_to_stand_alive_after_a_restart() {
    let mut history = History::parked(30);
    history.wait(10 * DAY);
    assert!(history.live(Rule::OverdueOffline).is_some());
    let raised = history.raised(Rule::Abandoned);
    history.down(HOUR);
    history.wait(HOUR);
    assert_eq!((raised, history.raised(Rule::Abandoned)), (false, false));
}

/// As after an upgrade that does not know the form of the states.
#[test]
fn a_missing_car_is_missing_still_when_its_state_is_begun_anew() {
    let mut history = History::parked(30);
    history.wait(2 * DAY);
    history.state = rules::VehicleState::begun_anew(history.state.heard_at().unwrap(), history.coverage_ms);
    history.judge();
    history.wait(5 * DAY);
    let grown = [Notice::Opened, Notice::Escalated];
    assert_eq!(told(&history, Rule::OverdueOffline), grown, "after three days from there on");
    assert!(history.live(Rule::OverdueOffline).is_some_and(|alert| alert.cleared_at.is_none()));
}

#[test]
fn two_hidden_devices_are_compared_all_the_same() {
    let mut history = together();
    history.set_dpd(-30);
    let other = |north_m| Report { terminal: "13912345679", north_m, ..Report::backup() };
    for _ in 0..2 {
        history.stand(DAY, 30 * MINUTE);
        history.report(&Report { north_m: 5_000.0, ..Report::backup() });
        history.stand(2 * HOUR, 30 * MINUTE);
        history.report(&other(0.0));
    }
    assert_eq!(history.severity(Rule::PairSeparated), Some(Severity::P2));
}

#[test]
fn a_device_that_gives_another_number_or_plate_is_not_the_one_that_it_was() {
    let (unit, plate) =
        (|text: &str| Attribute::Imei(text.to_owned()), |text: &str| Attribute::Plate(text.to_owned()));
    for (first, next, what) in [
        (unit("868120240000015"), unit("868120240000099"), Some(Exchange::Device)),
        (plate("粤B12345"), plate("粤B54321"), Some(Exchange::Plate)),
        (unit("868120240000015"), plate("粤B12345"), None),
        (plate("粤B12345"), plate("粤B12345"), None),
    ] {
        let mut history = History::parked(0);
        history.tell(first);
        history.wait(MINUTE);
        history.tell(next);
        let found = history.live(Rule::DeviceMoved).map(|alert| alert.explanation.finding.clone());
        let told = found
            .map(|finding| if let Finding::Exchanged { what, .. } = finding { what } else { unreachable!() });
        assert_eq!(told, what);
    }
}

/// Put on the vehicle so long ago, in a world with a dealer's ground at home.
pub(crate) fn at_dealers(bound_ago: Millis) -> History {
    let mut history = History::overdue(0);
    history.places = rules::Places::new([circle("store", PlaceKind::Dealer, 0.0, 200)]);
    history.bound_at = history.now.plus(-bound_ago);
    history
}

#[test]
fn a_device_that_stays_at_the_dealers_for_a_day_after_its_binding_is_told_once() {
    for (bound_ago, fires) in [(HOUR, true), (6 * DAY, true), (8 * DAY, false)] {
        let mut history = at_dealers(bound_ago);
        history.stand(23 * HOUR, 30 * MINUTE);
        assert!(!history.raised(Rule::DeviceMoved), "{bound_ago}");
        history.stand(3 * HOUR, 30 * MINUTE);
        assert_eq!(history.severity(Rule::DeviceMoved), fires.then_some(Severity::P3), "{bound_ago}");
        history.stand(3 * DAY, HOUR);
        assert_eq!(told(&history, Rule::DeviceMoved).len(), usize::from(fires), "{bound_ago}");
    }
}

#[test]
fn a_device_that_leaves_the_dealers_is_on_a_car_that_drives() {
    let mut history = at_dealers(HOUR);
    history.stand(26 * HOUR, 30 * MINUTE);
    history.drive_off();
    assert_eq!(told(&history, Rule::DeviceMoved), [Notice::Opened, Notice::Closed]);
}

#[test]
fn no_position_in_a_garage_that_is_known_is_no_fault_of_the_antenna() {
    for (unseen, fires) in [(30 * MINUTE, true), (2 * HOUR, false)] {
        let mut history = History::parked(0);
        history.wait(unseen);
        history.stand(10 * MINUTE, MINUTE);
        history.trail(MINUTE, (0..17).map(|_| Report::blind()));
        assert_eq!(history.raised(Rule::IgnitionNoGps), fires, "unseen for {unseen} before");
    }
}
