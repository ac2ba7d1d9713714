//! What lenders decide of their borrowers: willingness and ability to pay, and the reason of the arrears.

use crate::history::{DAY, HOUR, History, MINUTE, Report};
use crate::places::{black_point, watched};
use model::Rule::{Abandoned, BlackpointStay, OverdueMoved, OverdueOffline, Tow};
use model::alert::Notice;
use model::loan::{Attention, ContactState, Course, Level, Reason};
use model::{AlertState, Date, LenderId, Severity, WithdrawReason};
use rules::RuleSet;

const HIGH: Option<Level> = Some(Level::High);
const LOW: Option<Level> = Some(Level::Low);

/// Parked, so many days past due, with a borrower who wants to and can so much.
fn borrower(dpd: i32, willingness: Option<Level>, ability: Option<Level>) -> History {
    let mut history = History::parked(dpd);
    (history.loan().willingness, history.loan().ability) = (willingness, ability);
    history.judge();
    history
}

fn with_reason(dpd: i32, reason: Reason) -> History {
    let mut history = History::parked(dpd);
    history.loan().reason = Some(reason);
    history.judge();
    history
}

fn driven(mut history: History) -> History {
    history.drive_off();
    history
}

#[test]
fn who_does_not_want_to_pay_is_watched_from_the_repeaters_day_on() {
    let cases = [
        (HIGH, HIGH, None),
        (HIGH, LOW, None),
        (LOW, HIGH, Some(Severity::P2)),
        (LOW, LOW, Some(Severity::P1)),
        (LOW, None, None),
        (None, None, None),
    ];
    for (willingness, ability, expected) in cases {
        let history = driven(borrower(1, willingness, ability));
        assert_eq!(history.severity(OverdueMoved), expected, "{willingness:?} {ability:?}");
    }
    for (willingness, expected) in [(HIGH, false), (LOW, true)] {
        let mut silent = borrower(2, willingness, HIGH);
        silent.rule_set = RuleSet::parse("[overdue_offline]\ndpd_min = 6\ndpd_min_repeat = 1").unwrap();
        silent.wait(25 * HOUR);
        assert_eq!(silent.raised(OverdueOffline), expected, "{willingness:?}");
    }
}

#[test]
fn a_departure_of_who_wants_to_pay_may_wait_unless_it_is_severe_or_nobody_reaches_the_borrower() {
    let moved = |dpd, willingness, ability, change: fn(&mut History)| {
        let mut history = borrower(dpd, willingness, ability);
        change(&mut history);
        driven(history).severity(OverdueMoved)
    };
    let as_it_is: fn(&mut History) = |_| {};
    assert_eq!(moved(10, None, None, as_it_is), Some(Severity::P2));
    assert_eq!(moved(10, HIGH, LOW, as_it_is), Some(Severity::P3), "restructure");
    assert_eq!(moved(10, HIGH, HIGH, as_it_is), Some(Severity::P3), "remind");
    assert_eq!(moved(10, LOW, HIGH, as_it_is), Some(Severity::P2), "press and watch");
    assert_eq!(moved(61, HIGH, LOW, as_it_is), Some(Severity::P1), "severe");
    assert_eq!(
        moved(10, HIGH, LOW, |h| h.loan().contact_state = Some(ContactState::Lost)),
        Some(Severity::P1)
    );
    let attended: fn(&mut History) = |history| {
        let until = Date::parse("2026-12-31").unwrap();
        history.dealings.attention = Some(Attention { reason: "heard of a sale".into(), until });
    };
    assert_eq!(moved(10, HIGH, LOW, attended), Some(Severity::P1));
    let dormant: fn(&mut History) = |history| history.stand(3 * DAY, 30 * MINUTE);
    assert_eq!(moved(10, None, None, dormant), Some(Severity::P1));
    assert_eq!(moved(10, HIGH, LOW, dormant), Some(Severity::P2), "a dormant car");
}

#[test]
fn the_asset_of_who_neither_wants_to_nor_can_is_preserved_also_before_anything_is_past_due() {
    assert_eq!(driven(borrower(10, LOW, LOW)).severity(OverdueMoved), Some(Severity::P1));
    let mut silent = borrower(10, LOW, LOW);
    silent.wait(25 * HOUR);
    assert_eq!(silent.severity(OverdueOffline), Some(Severity::P1));
    let stands = |willingness, change: fn(&mut History)| {
        let mut history = watched(-60, [black_point(1_800.0, 200)]);
        (history.loan().willingness, history.loan().ability) = (willingness, LOW);
        change(&mut history);
        history.drive_off();
        history.stand_away(45 * MINUTE);
        history.severity(BlackpointStay)
    };
    assert_eq!(stands(HIGH, |_| {}), Some(Severity::P2));
    assert_eq!(stands(LOW, |_| {}), Some(Severity::P1));
    let stale: fn(&mut History) = |history| history.book_as_of = Some(history.now.plus(-3 * DAY));
    assert_eq!(stands(LOW, stale), Some(Severity::P2), "a stale book says nothing of the borrower");
    assert_eq!(
        stands(LOW, |history| history.loan().holds.dispute = true),
        Some(Severity::P2),
        "a hold dominates"
    );
}

#[test]
fn a_lender_has_its_own_policy_and_the_alert_keeps_what_it_said() {
    let rules = "[lender.main.quadrants]\nwilling_unable = \"press_and_watch\"\n[lender.other.quadrants]\nwilling_unable = \"remind\"";
    let moved = |lender: &str| {
        let mut history = borrower(1, HIGH, LOW);
        history.rule_set = RuleSet::parse(rules).unwrap();
        history.loan().lender = LenderId(lender.into());
        driven(history)
    };
    assert!(!moved("other").raised(OverdueMoved) && !moved("third").raised(OverdueMoved));
    let history = moved("main");
    let snapshot = history.last(OverdueMoved).explanation.loan.clone().unwrap();
    assert_eq!(snapshot.course, Some(Course::PressAndWatch));
    let wrong = RuleSet::parse("[quadrants]\nwilling_able = \"sue\"").unwrap_err().to_string();
    assert!(wrong.contains("sue") && wrong.contains("remind"), "{wrong}");
}

#[test]
fn a_book_that_calls_a_borrower_unwilling_makes_an_open_alert_graver_and_one_that_says_otherwise_takes_nothing_back()
 {
    let mut history = driven(borrower(10, HIGH, LOW));
    assert_eq!(history.severity(OverdueMoved), Some(Severity::P3));
    history.loan().willingness = LOW;
    history.judge();
    assert_eq!(history.severity(OverdueMoved), Some(Severity::P1));
    history.loan().willingness = HIGH;
    history.judge();
    assert_eq!(history.severity(OverdueMoved), Some(Severity::P1));
    assert_eq!(history.told, [(OverdueMoved, Notice::Opened), (OverdueMoved, Notice::Escalated)]);
}

#[test]
fn malice_is_watched_from_the_first_day_and_hardship_is_not() {
    assert_eq!(driven(with_reason(1, Reason::Malicious)).severity(OverdueMoved), Some(Severity::P2));
    assert!(!driven(with_reason(1, Reason::Hardship)).raised(OverdueMoved));
    let mut both = with_reason(1, Reason::Malicious);
    both.loan().ability = LOW;
    assert_eq!(driven(both).severity(OverdueMoved), Some(Severity::P1), "and cannot: preserve the asset");
    let mut hardship = with_reason(10, Reason::Hardship);
    hardship.loan().willingness = HIGH;
    assert_eq!(driven(hardship).severity(OverdueMoved), Some(Severity::P3));
}

#[test]
fn proceedings_as_the_reason_hold_the_loan_and_take_back_what_was_told() {
    for reason in [Reason::Bankruptcy, Reason::LegalCase] {
        assert!(!driven(with_reason(30, reason)).raised(OverdueMoved), "{reason}");
        let mut told = driven(borrower(30, LOW, LOW));
        told.loan().reason = Some(reason);
        told.judge();
        let AlertState::Withdrawn { reason: why, .. } = told.last(OverdueMoved).state else { unreachable!() };
        assert_eq!(why, WithdrawReason::Held, "{reason}");
    }
}

#[test]
fn after_an_accident_a_car_may_stand_for_thirty_days() {
    let stood = |reason: Option<Reason>, days: i64| {
        let mut history = History::parked(10);
        history.loan().reason = reason;
        history.stand(days * DAY, 2 * HOUR);
        history.raised(Abandoned)
    };
    assert!(stood(None, 4) && stood(Some(Reason::Hardship), 4));
    assert!(!stood(Some(Reason::Accident), 29));
    assert!(stood(Some(Reason::Accident), 31));
}

#[test]
fn a_tow_after_an_accident_is_told_with_the_accident() {
    let mut history = History::wired();
    history.set_dpd(10);
    history.loan().reason = Some(Reason::Accident);
    history.trail(30_000, (1..=8_u32).map(|step| Report::towed(300.0 * f64::from(step))));
    let snapshot = history.last(Tow).explanation.loan.clone().unwrap();
    assert_eq!(snapshot.loan.reason, Some(Reason::Accident));
    assert_eq!(history.severity(Tow), Some(Severity::P1), "who tows it is not known by that");
}
