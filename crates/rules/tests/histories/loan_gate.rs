//! What the loan allows the rules to say, and what is taken back.

use crate::history::{DAY, HOUR, History, MINUTE, Report, SECOND};
use model::Rule::{OverdueMoved, OverdueOffline};
use model::alert::Notice;
use model::loan::Reason;
use model::{AlertState, Date, Severity, WithdrawReason};

/// What people were told of the two; a boundary that is near is another matter.
fn told(history: &History) -> Vec<Notice> {
    let of_both = history.told.iter().filter(|(rule, _)| [OverdueMoved, OverdueOffline].contains(rule));
    of_both.map(|(_, notice)| *notice).collect()
}

/// Both rules have something to say of it: it drove off and fell silent.
fn gone(history: &mut History) {
    history.drive_off();
    history.wait(3 * HOUR);
}

type Case = (&'static str, fn(&mut History), WithdrawReason);

const SHUT: [Case; 10] = [
    ("settled", |h| h.loan().settled_at = Some(h.now), WithdrawReason::Settled),
    ("promise", |h| h.loan().holds.promise_until = Date::parse("2026-12-31"), WithdrawReason::Held),
    ("extension", |h| h.loan().holds.extension_until = Date::parse("2026-12-31"), WithdrawReason::Held),
    ("bankruptcy", |h| h.loan().holds.bankruptcy = true, WithdrawReason::Held),
    ("dispute", |h| h.loan().holds.dispute = true, WithdrawReason::Held),
    ("legal case", |h| h.loan().holds.legal_case = true, WithdrawReason::Held),
    ("bankrupt by the reason", |h| h.loan().reason = Some(Reason::Bankruptcy), WithdrawReason::Held),
    ("a case by the reason", |h| h.loan().reason = Some(Reason::LegalCase), WithdrawReason::Held),
    ("current", |h| h.loan().oldest_unpaid_due = None, WithdrawReason::Current),
    ("absent", |h| h.in_book = false, WithdrawReason::Absent),
];

#[test]
fn nothing_opens_on_a_loan_that_is_settled_held_current_or_absent() {
    for (name, shut, _) in SHUT {
        let mut history = History::parked(90);
        history.now = history.now.plus(1);
        shut(&mut history);
        gone(&mut history);
        assert_eq!(history.changes, [], "{name}");
    }
}

#[test]
fn what_was_said_is_taken_back_when_the_loan_is_settled_held_current_or_absent() {
    for (name, shut, expected) in SHUT {
        let mut history = History::parked(90);
        gone(&mut history);
        assert_eq!(told(&history), [Notice::Opened; 2], "{name}");
        history.wait(MINUTE);
        shut(&mut history);
        history.judge();
        assert_eq!(told(&history)[2..], [Notice::Withdrawn; 2], "{name}");
        for rule in [OverdueMoved, OverdueOffline] {
            let AlertState::Withdrawn { reason, at } = history.last(rule).state else { panic!("{name}") };
            assert_eq!((reason, at), (expected, history.now), "{name}");
        }
    }
}

#[test]
fn no_loan_is_no_alert_of_a_debt() {
    let mut history = History::parked(90);
    history.loan = None;
    gone(&mut history);
    assert!(!history.raised(OverdueMoved) && !history.raised(OverdueOffline));
    assert_eq!(history.told, []);
}

#[test]
fn a_payment_withdraws_even_an_acknowledged_p1() {
    let mut history = History::moved(90);
    history.set_live_state(AlertState::Acknowledged { by: "li".into(), at: history.now, note: None });
    history.wait(MINUTE);
    history.paid_at = Some(history.now);
    history.loan().oldest_unpaid_due = None;
    history.judge();
    assert_eq!(told(&history), [Notice::Opened, Notice::Withdrawn]);
    let AlertState::Withdrawn { reason, .. } = history.last(OverdueMoved).state else { unreachable!() };
    assert_eq!(reason, WithdrawReason::Paid);
}

#[test]
fn a_payment_made_after_the_book_but_before_the_alert_withdraws_it_as_paid() {
    let mut history = History::moved(90);
    history.paid_at = Some(history.now.plus(-HOUR));
    history.loan().oldest_unpaid_due = None;
    history.judge();
    let AlertState::Withdrawn { reason, .. } = history.last(OverdueMoved).state else { unreachable!() };
    assert_eq!(reason, WithdrawReason::Paid);
}

#[test]
fn a_payment_older_than_the_book_is_not_why_the_loan_is_current() {
    let mut history = History::moved(90);
    history.paid_at = Some(history.now.plus(-40 * DAY));
    history.loan().oldest_unpaid_due = None;
    history.judge();
    let AlertState::Withdrawn { reason, .. } = history.last(OverdueMoved).state else { unreachable!() };
    assert_eq!(reason, WithdrawReason::Current);
}

#[test]
fn a_part_payment_withdraws_when_what_is_left_is_too_young_for_the_rule() {
    for (paid, dpd_left, state) in [(true, 6, "open"), (true, 5, "withdrawn"), (false, 5, "open")] {
        let mut history = History::moved(40);
        history.paid_at = paid.then_some(history.now);
        history.set_dpd(dpd_left);
        history.judge();
        assert_eq!(history.state_code(OverdueMoved), state, "paid {paid}, {dpd_left} days left");
    }
}

#[test]
fn a_book_older_than_26_hours_states_nothing() {
    for (age, state, notices) in
        [(26 * HOUR, "open", vec![Notice::Opened]), (26 * HOUR + 1, "unconfirmed", vec![])]
    {
        let mut history = History::parked(30);
        // The second fix of the drive confirms the departure.
        history.book_as_of = Some(history.now.plus(MINUTE - age));
        history.drive_off();
        assert_eq!(history.state_code(OverdueMoved), state, "{age}");
        assert_eq!(told(&history), notices);
    }
}

fn unconfirmed(dpd: i32) -> History {
    let mut history = History::parked(dpd);
    history.book_as_of = Some(history.now.plus(-3 * DAY));
    history.drive_off();
    assert_eq!(history.state_code(OverdueMoved), "unconfirmed");
    history
}

#[test]
fn an_unconfirmed_alert_is_confirmed_by_a_fresh_book_with_its_own_snapshot() {
    let mut history = unconfirmed(60);
    history.loan().amount_overdue = 999;
    history.set_dpd(61);
    history.book_as_of = None;
    history.judge();
    assert_eq!(told(&history), [Notice::Confirmed]);
    let alert = history.live(OverdueMoved).unwrap();
    assert_eq!((alert.severity, alert.version), (Severity::P1, 2));
    assert_eq!(alert.explanation.loan.as_ref().unwrap().loan.amount_overdue, 999);
    assert!(alert.explanation.loan.as_ref().unwrap().fresh);
}

#[test]
fn an_unconfirmed_alert_that_a_fresh_book_refutes_is_withdrawn_unheard() {
    for dpd in [0, 5] {
        let mut history = unconfirmed(30);
        history.set_dpd(dpd);
        history.book_as_of = None;
        history.judge();
        assert_eq!(history.state_code(OverdueMoved), "withdrawn", "dpd {dpd}");
        assert_eq!(told(&history), []);
    }
}

#[test]
fn an_unconfirmed_alert_waits_for_its_book_though_its_condition_is_over() {
    let mut history = unconfirmed(30);
    history.stand_away(HOUR);
    let alert = history.live(OverdueMoved).unwrap();
    assert!(alert.cleared_at.is_some());
    assert_eq!(told(&history), []);
    history.book_as_of = None;
    history.judge();
    assert_eq!(told(&history), [Notice::Confirmed, Notice::Closed]);
}

#[test]
fn an_unconfirmed_alert_does_not_escalate_and_a_stale_book_escalates_nothing() {
    let mut history = unconfirmed(60);
    history.wait(DAY);
    assert_eq!(history.severity(OverdueMoved), Some(Severity::P2));
    let mut open = History::moved(60);
    open.book_as_of = Some(open.now.plus(-3 * DAY));
    open.judge();
    open.wait(20 * HOUR);
    let moved = open.live(OverdueMoved).unwrap();
    assert_eq!((moved.severity, moved.state.code()), (Severity::P2, "open"), "and it stays open");
}

#[test]
fn a_broken_promise_tells_of_a_car_that_is_still_silent() {
    let mut history = History::parked(10);
    history.wait(DAY);
    let first = history.last(OverdueOffline).clone();
    history.loan().holds.promise_until = Date::parse("2026-11-25");
    history.judge();
    assert_eq!(told(&history), [Notice::Opened, Notice::Withdrawn]);
    let broken = model::Timestamp::parse("2026-11-25T16:00:00Z").unwrap();
    history.wait(broken.since(history.now) - 1);
    assert_eq!(history.told.len(), 2);
    history.wait(1);
    assert_eq!(told(&history), [Notice::Opened, Notice::Withdrawn, Notice::Opened]);
    let second = history.live(OverdueOffline).unwrap();
    assert_ne!(second.id, first.id);
    assert!(second.episode > first.episode);
}

#[test]
fn a_withdrawn_alert_starts_no_cool_down() {
    let mut history = History::moved(30);
    history.loan().holds.dispute = true;
    history.judge();
    history.stand_away(HOUR);
    history.loan().holds.dispute = false;
    history.trail(30 * SECOND, (7..12).map(|step| Report::driving(300.0 * f64::from(step))));
    assert_eq!(told(&history), [Notice::Opened, Notice::Withdrawn, Notice::Opened]);
}

#[test]
fn a_loan_wakes_its_vehicle_at_its_own_midnight() {
    let mut history = History::overdue(1);
    history.judge();
    assert_eq!(history.wake_at, model::Timestamp::parse("2026-11-20T16:00:00Z"));
    history.loan().time_zone = "America/New_York".into();
    history.judge();
    assert_eq!(history.wake_at, model::Timestamp::parse("2026-11-20T05:00:00Z"));
}

#[test]
fn a_midnight_that_changes_nothing_wakes_nobody() {
    let mut held = History::overdue(10);
    held.loan().holds.dispute = true;
    for mut history in [History::overdue(-100), held] {
        history.judge();
        let now = history.now;
        assert!(history.wake_at.is_none_or(|at| at.since(now) > 90 * DAY), "{:?}", history.wake_at);
    }
}
