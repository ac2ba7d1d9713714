//! What staff and the lender's systems know of a borrower, joined with what is seen of the car.

use crate::fleet::wide;
use crate::history::{DAY, HOUR, History, MINUTE, Report};
use crate::taxonomy::{fires, unreached};
use model::Rule::{
    Abandoned, DeviceCheckDue, DwellUnknown, JamSuspect, OverdueMoved, OverdueOffline, PersonAndCarLost,
    RecoveryWindow, RegionCross, SevereBoundary,
};
use model::alert::Notice;
use model::finding::{DeviceFault, Finding};
use model::loan::{Attention, ContactState, HoldKind, Standing};
use model::{AlertState, Attribute, Date, Rule, Severity, Timestamp, WithdrawReason};
use rules::RuleSet;

fn reason(history: &History, rule: Rule) -> WithdrawReason {
    let AlertState::Withdrawn { reason, .. } = history.last(rule).state else {
        panic!("{rule} is {}", history.state_code(rule));
    };
    reason
}

fn pay(history: &mut History) {
    history.paid_at = Some(history.now);
    history.loan().oldest_unpaid_due = None;
    history.judge();
}

/// Asks for a closer watch up to and including that day.
fn attend(history: &mut History, until: &str) {
    let until = Date::parse(until).unwrap();
    history.dealings.attention = Some(Attention { reason: "a neighbour saw it sold".into(), until });
}

#[test]
fn a_payment_withdraws_everything_that_rests_on_a_debt_and_nothing_else() {
    let of_debt = [
        OverdueMoved,
        OverdueOffline,
        JamSuspect,
        Abandoned,
        PersonAndCarLost,
        SevereBoundary,
        DeviceCheckDue,
        RegionCross,
        DwellUnknown,
        RecoveryWindow,
    ];
    for rule in Rule::ALL.iter().copied().filter(|rule| wide(*rule).is_none()) {
        let mut history = fires(rule);
        let was_live = history.live(rule).is_some();
        pay(&mut history);
        if of_debt.contains(&rule) {
            assert!(was_live, "{rule}");
            assert_eq!(reason(&history, rule), WithdrawReason::Paid, "{rule}");
        } else {
            let withdrawn = matches!(history.last(rule).state, AlertState::Withdrawn { .. });
            assert!(!withdrawn, "{rule}");
        }
    }
}

#[test]
fn special_attention_begins_at_one_day_and_is_one_severity_higher_until_it_is_over() {
    for (until, expected) in
        [(None, None), (Some("2026-11-20"), Some(Severity::P1)), (Some("2026-11-19"), None)]
    {
        let mut history = History::parked(1);
        until.inspect(|until| attend(&mut history, until));
        history.drive_off();
        assert_eq!(history.severity(OverdueMoved), expected, "{until:?}");
    }
    let mut history = History::parked(1);
    attend(&mut history, "2026-11-30");
    history.wait(25 * HOUR);
    assert_eq!(history.severity(OverdueOffline), Some(Severity::P1));
    let snapshot = history.last(OverdueOffline).explanation.loan.clone().unwrap();
    assert_eq!(snapshot.dealings, history.dealings, "the alert keeps what it rests on");
}

#[test]
fn an_alert_grows_when_staff_ask_for_attention() {
    let mut history = History::moved(10);
    assert_eq!(history.severity(OverdueMoved), Some(Severity::P2));
    attend(&mut history, "2026-11-30");
    history.judge();
    assert_eq!(history.severity(OverdueMoved), Some(Severity::P1));
    assert_eq!(history.told, [(OverdueMoved, Notice::Opened), (OverdueMoved, Notice::Escalated)]);
}

#[test]
fn a_repeater_is_watched_for_silence_from_the_repeaters_day_on() {
    for (episodes, expected) in [(2, false), (3, true)] {
        let mut history = History::parked(2);
        history.rule_set = RuleSet::parse("[overdue_offline]\ndpd_min = 6\ndpd_min_repeat = 1").unwrap();
        history.loan().episodes_12m = episodes;
        history.wait(25 * HOUR);
        assert_eq!(history.raised(OverdueOffline), expected, "{episodes} episodes");
    }
}

#[test]
fn lost_contact_is_the_highest_tier_from_the_first_day_on_unless_somebody_spoke_to_the_borrower_since() {
    let lost = || {
        let mut history = History::parked(1);
        history.loan().contact_state = Some(ContactState::Lost);
        history
    };
    let mut moved = lost();
    moved.drive_off();
    assert_eq!(moved.severity(OverdueMoved), Some(Severity::P1));
    let mut silent = lost();
    silent.wait(25 * HOUR);
    assert_eq!(silent.severity(OverdueOffline), Some(Severity::P1));
    let mut reached = lost();
    // The book of this morning does not know of the call.
    reached.book_as_of = Some(reached.now);
    reached.dealings.reached_at = Some(reached.now);
    reached.drive_off();
    assert!(!reached.raised(OverdueMoved));
}

#[test]
fn a_large_principal_or_a_poor_grade_counts_only_where_the_rule_set_says_so() {
    let severity = |rules: &str, grade: &str| {
        let mut history = History::parked(10);
        history.rule_set = RuleSet::parse(rules).unwrap();
        history.loan().risk_grade = Some(grade.into());
        history.drive_off();
        history.severity(OverdueMoved)
    };
    // The principal is 80,000 yuan.
    let cases = [
        ("", "D", Severity::P2),
        ("[loan]\nlarge_principal_yuan = 80001", "D", Severity::P2),
        ("[loan]\nlarge_principal_yuan = 80000", "D", Severity::P1),
        ("[loan]\npoor_grade_from = 4", "C1", Severity::P2),
        ("[loan]\npoor_grade_from = 4", "d", Severity::P1),
        ("[loan]\npoor_grade_from = 4", "5", Severity::P1),
        ("[loan]\npoor_grade_from = 4", "高", Severity::P2),
    ];
    for (rules, grade, expected) in cases {
        assert_eq!(severity(rules, grade), Some(expected), "{rules} {grade}");
    }
}

#[test]
fn person_and_car_lost_is_cleared_by_a_frame_and_ended_by_staff_only() {
    let mut history = unreached(10);
    history.wait(3 * HOUR);
    assert_eq!(history.severity(PersonAndCarLost), Some(Severity::P1));
    history.report(&Report::default());
    let alert = history.live(PersonAndCarLost).unwrap();
    assert!(alert.cleared_at.is_some());
    // It was out of sight here before: as any car that stands, it may be so for a day.
    history.wait(23 * HOUR);
    assert!(history.live(PersonAndCarLost).unwrap().cleared_at.is_some());
    history.wait(2 * HOUR);
    assert!(history.live(PersonAndCarLost).unwrap().cleared_at.is_none(), "it fell silent again");
    history.dealings.reached_at = Some(history.now);
    history.judge();
    assert!(history.live(PersonAndCarLost).unwrap().cleared_at.is_some(), "somebody spoke to the borrower");
    assert_eq!(history.state_code(PersonAndCarLost), "open");
}

#[test]
fn person_and_car_lost_needs_a_debt_that_is_stated_by_a_fresh_book_and_not_held() {
    let mut current = unreached(-30);
    current.wait(3 * HOUR);
    assert!(!current.raised(PersonAndCarLost));
    let mut held = unreached(10);
    held.loan().holds.promise_until = Date::parse("2026-12-31");
    held.wait(3 * HOUR);
    assert!(!held.raised(PersonAndCarLost));
    let mut stale = unreached(10);
    stale.book_as_of = Some(stale.now.plus(-3 * DAY));
    stale.wait(3 * HOUR);
    assert_eq!(stale.state_code(PersonAndCarLost), "unconfirmed");
    assert_eq!(stale.told, []);
    stale.loan().holds.dispute = true;
    stale.judge();
    assert_eq!(reason(&stale, PersonAndCarLost), WithdrawReason::Held);
}

#[test]
fn a_car_that_is_lost_with_a_person_the_book_calls_lost_needs_no_sms() {
    let mut history = History::parked(10);
    history.loan().contact_state = Some(ContactState::Lost);
    history.judge();
    history.wait(3 * HOUR);
    let Finding::Lost { contact_lost, sms_failed_at, .. } =
        history.last(PersonAndCarLost).explanation.finding.clone()
    else {
        unreachable!()
    };
    assert_eq!((contact_lost, sms_failed_at), (true, None));
}

#[test]
fn the_boundary_is_told_on_its_day_with_the_last_place_and_is_over_once_it_is_crossed() {
    let mut history = History::parked(54);
    assert!(!history.raised(SevereBoundary));
    history.wait(15 * HOUR);
    let alert = history.live(SevereBoundary).unwrap();
    assert_eq!(alert.severity, Severity::P3);
    assert_eq!(Some(alert.event_time), Timestamp::parse("2026-11-20T16:00:00Z"));
    let Finding::NearSevere { last_place, parked_since, severe_over, .. } = alert.explanation.finding.clone()
    else {
        unreachable!()
    };
    assert!(last_place.is_some() && parked_since.is_some());
    assert_eq!(severe_over, 60);
    history.wait(5 * DAY);
    assert_eq!(history.state_code(SevereBoundary), "open", "60 days are not severe yet");
    history.wait(DAY);
    assert_eq!(history.state_code(SevereBoundary), "closed");
}

#[test]
fn devices_are_looked_at_before_a_due_date_only_of_loans_that_are_fresh_and_not_held() {
    type Case = (&'static str, fn(&mut History));
    let quiet: [Case; 3] = [
        ("held", |h| h.loan().holds.dispute = true),
        ("stale", |h| h.book_as_of = Some(h.now.plus(-3 * DAY))),
        ("settled", |h| h.loan().settled_at = Some(h.now)),
    ];
    for (name, change) in quiet {
        let mut history = History::parked(-3);
        change(&mut history);
        history.judge();
        history.wait(30 * HOUR);
        assert!(!history.raised(DeviceCheckDue), "{name}");
    }
}

#[test]
fn a_device_check_is_over_when_the_device_speaks_and_another_rules_matter_once_something_is_past_due() {
    let mut spoke = History::parked(-3);
    spoke.wait(25 * HOUR);
    assert_eq!(spoke.severity(DeviceCheckDue), Some(Severity::P3));
    spoke.report(&Report::default());
    assert_eq!(spoke.state_code(DeviceCheckDue), "closed");
    spoke.wait(25 * HOUR);
    assert_eq!(spoke.state_code(DeviceCheckDue), "closed", "once a due date");

    let mut due = History::parked(-1);
    due.wait(25 * HOUR);
    assert_eq!(due.state_code(DeviceCheckDue), "open");
    due.wait(DAY);
    assert_eq!(reason(&due, DeviceCheckDue), WithdrawReason::Overdue);
}

#[test]
fn a_device_check_names_each_fault() {
    let faults = |history: &History| {
        let Finding::DeviceCheck { troubles, .. } = &history.last(DeviceCheckDue).explanation.finding else {
            unreachable!()
        };
        troubles.iter().map(|trouble| trouble.what).collect::<Vec<_>>()
    };
    let mut low = History::parked(-3);
    low.tell(Attribute::BatteryPercent(12.0));
    low.stand(11 * HOUR, 30 * MINUTE);
    assert_eq!(faults(&low), [DeviceFault::LowBattery]);
    let mut flat = History::parked(-3);
    flat.tell(Attribute::ExternalVolts(11.2));
    flat.stand(11 * HOUR, 30 * MINUTE);
    assert_eq!(faults(&flat), [DeviceFault::LowVehicleBattery]);

    let mut blind = History::parked(-3);
    for _ in 0..50 {
        blind.wait(30 * MINUTE);
        blind.report(&Report { fixed: false, ..Report::default() });
    }
    assert_eq!(faults(&blind), [DeviceFault::NoFix]);

    let mut alive = History::parked(-3);
    for _ in 0..60 {
        alive.wait(30 * MINUTE);
        alive.heartbeat();
    }
    assert!(!alive.raised(DeviceCheckDue), "a parked car that says that it lives");
}

#[test]
fn a_held_loan_is_checked_once_its_promise_is_over() {
    let mut history = History::parked(-4);
    history.loan().holds.promise_until = Date::parse("2026-11-21");
    history.judge();
    let now = history.now;
    assert_eq!(history.loan().standing(now), Standing::Held(HoldKind::Promise));
    history.wait(30 * HOUR);
    assert!(!history.raised(DeviceCheckDue));
    history.wait(DAY);
    assert!(history.raised(DeviceCheckDue));
}
