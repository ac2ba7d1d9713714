//! OVERDUE_MOVED: fires, stays silent, and where the line runs.

use crate::history::{DAY, HOUR, History, MINUTE, Report, SECOND};
use model::Rule::OverdueMoved;
use model::Severity::{P1, P2};
use model::alert::Notice;
use model::finding::Finding;
use model::loan::{ContactState, Standing};
use model::{AlertState, CloseReason};

fn told(history: &History) -> Vec<Notice> {
    history.told.iter().filter(|(rule, _)| *rule == OverdueMoved).map(|(_, notice)| *notice).collect()
}

#[test]
fn an_overdue_car_that_drives_off_is_told_once() {
    let history = History::moved(30);
    assert_eq!(told(&history), [Notice::Opened]);
    assert_eq!(history.severity(OverdueMoved), Some(P2));
}

#[test]
fn it_fires_from_the_sixth_day_past_due() {
    for (dpd, fires) in [(-10, false), (0, false), (5, false), (6, true), (7, true)] {
        assert_eq!(History::moved(dpd).live(OverdueMoved).is_some(), fires, "dpd {dpd}");
    }
}

#[test]
fn it_fires_from_the_first_day_for_a_borrower_overdue_three_times_a_year() {
    for (episodes, dpd, fires) in [(2, 1, false), (3, 0, false), (3, 1, true), (4, 5, true)] {
        let mut history = History::parked(dpd);
        history.loan().episodes_12m = episodes;
        history.drive_off();
        assert_eq!(history.live(OverdueMoved).is_some(), fires, "{episodes} episodes, dpd {dpd}");
    }
}

#[test]
fn it_is_p1_beyond_sixty_days_or_when_contact_is_lost() {
    for (dpd, contact, severity) in [
        (60, None, P2),
        (61, None, P1),
        (6, Some(ContactState::Reachable), P2),
        (6, Some(ContactState::Lost), P1),
    ] {
        let mut history = History::parked(dpd);
        history.loan().contact_state = contact;
        history.drive_off();
        assert_eq!(history.severity(OverdueMoved), Some(severity), "dpd {dpd}, {contact:?}");
    }
}

#[test]
fn it_is_p1_from_a_car_that_stood_for_three_days() {
    for (span, severity) in [(3 * DAY - HOUR, P2), (3 * DAY + HOUR, P1)] {
        let mut history = History::overdue(10);
        history.stand(span, 10 * MINUTE);
        history.drive_off();
        assert_eq!(history.severity(OverdueMoved), Some(severity), "{span}");
    }
}

#[test]
fn a_p2_closes_when_the_car_has_stood_for_fifteen_minutes() {
    let mut history = History::moved(30);
    let parked_at = history.now.plus(MINUTE);
    history.stand_away(10 * MINUTE);
    assert_eq!(history.state.parked_since(), Some(parked_at.plus(-SECOND)));
    history.wait(parked_at.plus(-SECOND + 15 * MINUTE - 1).since(history.now));
    history.judge();
    assert_eq!(told(&history), [Notice::Opened]);
    history.wait(1);
    assert_eq!(told(&history), [Notice::Opened, Notice::Closed]);
    let closed = history.last(OverdueMoved);
    assert!(matches!(closed.state, AlertState::Closed { reason: CloseReason::ConditionOver, by: None, .. }));
    assert_eq!(closed.cleared_at, Some(history.now));
}

#[test]
fn a_stop_shorter_than_that_is_the_same_trip() {
    let mut history = History::moved(30);
    history.stand_away(14 * MINUTE);
    history.trail(30 * SECOND, (7..12).map(|step| Report::driving(300.0 * f64::from(step))));
    history.wait(HOUR);
    assert_eq!(told(&history), [Notice::Opened]);
}

#[test]
fn a_p1_waits_for_a_verdict_and_is_not_clear_while_the_car_drives_on() {
    let mut history = History::moved(90);
    history.stand_away(30 * MINUTE);
    assert_eq!(told(&history), [Notice::Opened, Notice::Cleared]);
    assert!(history.live(OverdueMoved).is_some_and(|alert| alert.cleared_at.is_some()));
    history.trail(30 * SECOND, (7..12).map(|step| Report::driving(300.0 * f64::from(step))));
    assert!(history.live(OverdueMoved).is_some_and(|alert| alert.cleared_at.is_none()));
    assert_eq!(told(&history), [Notice::Opened, Notice::Cleared], "a trip that goes on is not told again");
}

/// Nobody closed the first one.
#[test]
fn a_later_trip_is_told_while_the_p1_of_an_earlier_one_waits() {
    let mut history = History::moved(65);
    history.stand_away(2 * DAY);
    let cleared = [Notice::Opened, Notice::Cleared];
    assert_eq!(told(&history), cleared);
    history.trail(30 * SECOND, (7..13).map(|step| Report::driving(300.0 * f64::from(step))));
    assert_eq!(told(&history), [&cleared[..], &[Notice::Escalated]].concat());
    let alert = history.live(OverdueMoved).unwrap();
    let Finding::Moved { anchor, left_at, destination: None, .. } = alert.explanation.finding else {
        unreachable!()
    };
    assert_eq!(alert.event_time, left_at);
    assert!(history.now.since(left_at) < 10 * MINUTE && left_at > alert.episode);
    assert_eq!(anchor.lat_e7(), crate::history::point(1_800.0, 0.0).lat_e7());
    assert_eq!(alert.explanation.fixes_used[0].fix_time, left_at);
    return_home(&mut history);
    let Finding::Moved { destination, .. } = history.last(OverdueMoved).explanation.finding else {
        unreachable!()
    };
    assert!(destination.is_some());
    assert_eq!(told(&history), [&cleared[..], &[Notice::Escalated, Notice::Cleared]].concat());
    history.drive_off();
    assert_eq!(told(&history).len(), 4, "and within twelve hours it is the same event");
}

/// Back home, long enough to be parked there.
fn return_home(history: &mut History) {
    history.trail(30 * SECOND, (0..6).rev().map(|step| Report::driving(300.0 * f64::from(step))));
    history.stand(30 * MINUTE, MINUTE);
}

#[test]
fn the_next_departure_is_told_after_twelve_hours() {
    for (short_of, count) in [(10 * MINUTE, 1), (0, 2)] {
        let mut history = History::moved(30);
        let opened_at = history.last(OverdueMoved).opened_at;
        history.stand_away(HOUR);
        return_home(&mut history);
        let leave_at = opened_at.plus(12 * HOUR - short_of);
        let span = leave_at.since(history.now);
        history.stand(span / MINUTE * MINUTE, MINUTE);
        history.drive_off();
        history.stand_away(HOUR);
        assert_eq!(
            told(&history).iter().filter(|notice| **notice == Notice::Opened).count(),
            count,
            "{short_of}"
        );
    }
}

#[test]
fn a_trip_still_under_way_when_the_cool_down_is_over_is_told_then() {
    let mut history = History::moved(30);
    let cool_at = history.last(OverdueMoved).opened_at.plus(12 * HOUR);
    history.stand_away(HOUR);
    return_home(&mut history);
    let span = cool_at.plus(-5 * MINUTE).since(history.now);
    history.stand(span / MINUTE * MINUTE, MINUTE);
    history.drive_off();
    assert_eq!(told(&history), [Notice::Opened, Notice::Closed]);
    history.wait(cool_at.since(history.now) - 1);
    assert_eq!(told(&history), [Notice::Opened, Notice::Closed]);
    history.wait(1);
    assert_eq!(told(&history), [Notice::Opened, Notice::Closed, Notice::Opened]);
}

#[test]
fn a_more_severe_departure_is_told_at_once() {
    let mut history = History::moved(30);
    history.stand_away(HOUR);
    return_home(&mut history);
    history.loan().contact_state = Some(ContactState::Lost);
    history.drive_off();
    assert_eq!(told(&history), [Notice::Opened, Notice::Closed, Notice::Opened]);
}

#[test]
fn it_escalates_at_the_midnight_that_makes_sixty_one_days() {
    let mut history = History::moved(60);
    let midnight = model::Timestamp::parse("2026-11-20T16:00:00Z").unwrap();
    history.wait(midnight.since(history.now) - 1);
    assert_eq!(told(&history), [Notice::Opened]);
    history.wait(1);
    assert_eq!(told(&history), [Notice::Opened, Notice::Escalated]);
    let alert = history.live(OverdueMoved).unwrap();
    assert_eq!((alert.severity, alert.version), (P1, 3), "after four hours nobody had acknowledged it");
    assert_eq!(alert.explanation.loan.as_ref().unwrap().standing, Standing::Overdue(model::DaysPastDue(61)));
}

#[test]
fn a_trip_that_is_over_when_the_loan_falls_overdue_opens_nothing() {
    let mut history = History::moved(5);
    history.stand_away(HOUR);
    history.set_dpd(30);
    history.wait(DAY);
    history.judge();
    assert!(history.live(OverdueMoved).is_none());
}

#[test]
fn a_trip_under_way_when_the_loan_falls_overdue_is_told() {
    for (unseen, fires) in [(2 * HOUR - SECOND, true), (2 * HOUR - SECOND + 1, false)] {
        let mut history = History::moved(5);
        history.wait(unseen);
        history.set_dpd(30);
        history.judge();
        assert_eq!(history.live(OverdueMoved).is_some(), fires, "last seen {unseen} ms ago");
    }
}

#[test]
fn a_verdict_ends_the_episode_for_good() {
    let mut history = History::moved(30);
    let reason = CloseReason::FalseAlarm;
    history.set_live_state(AlertState::Closed { reason, by: Some("li".into()), at: history.now, note: None });
    history.trail(30 * SECOND, (7..60).map(|step| Report::driving(300.0 * f64::from(step))));
    assert!(history.live(OverdueMoved).is_none());
}

#[test]
fn the_explanation_names_fixes_loan_thresholds_and_versions() {
    let history = History::moved(30);
    let alert = history.live(OverdueMoved).unwrap();
    let explanation = &alert.explanation;
    let Finding::Moved {
        anchor,
        parked_since,
        left_at,
        distance_m,
        threshold_m,
        speed_max_tenths_kmh,
        destination: None,
        ..
    } = explanation.finding
    else {
        unreachable!()
    };
    assert_eq!((anchor.lat_e7(), anchor.lon_e7()), (225_000_000, 1_140_000_000));
    assert_eq!((alert.episode, alert.event_time), (left_at, left_at));
    // The first fixes of the history were quarantined; it stood since the third.
    assert_eq!(left_at.since(parked_since), 2 * HOUR - 3 * MINUTE + 30 * SECOND);
    assert_eq!((distance_m, threshold_m, speed_max_tenths_kmh), (600, 200, 360));
    assert_eq!(explanation.fixes_used.len(), 2);
    assert_eq!(explanation.fixes_used[0].fix_time, left_at);
    assert_eq!(explanation.fixes_used[0].satellites, Some(9));
    assert_eq!(explanation.loan.as_ref().unwrap().loan, history.loan.clone().unwrap());
    assert!(explanation.loan.as_ref().unwrap().fresh);
    assert_eq!(explanation.rule_set, history.rule_set.hash());
    assert_eq!(explanation.rules_version, rules::RULES_VERSION);
    assert_eq!(alert.id, rules::alert_id(&alert.about, OverdueMoved, left_at));
}

#[test]
fn thresholds_come_from_the_rule_set_in_force() {
    let mut history = History::parked(3);
    history.rule_set = rules::RuleSet::parse("[overdue_moved]\ndpd_min = 3").unwrap();
    history.drive_off();
    assert!(history.live(OverdueMoved).is_some());
}
