//! OVERDUE_OFFLINE: fires, stays silent, and where the line runs.

use crate::history::{DAY, HOUR, History, MINUTE, Report, SECOND};
use model::Rule::OverdueOffline;
use model::Severity::{P1, P2};
use model::alert::Notice;
use model::finding::Finding;
use model::input::Role;
use model::{Alarm, AlertState, CloseReason, Millis};

fn told(history: &History) -> Vec<Notice> {
    history.told.iter().filter(|(rule, _)| *rule == OverdueOffline).map(|(_, notice)| *notice).collect()
}

/// Silent for a span; the alert must come at its own wake, not at the next input.
fn fires_within(mut history: History, span: Millis) -> bool {
    history.wait(span);
    let at_its_wake = history.live(OverdueOffline).is_some();
    history.judge();
    assert_eq!(history.live(OverdueOffline).is_some(), at_its_wake, "it had to be judged to be seen");
    at_its_wake
}

#[test]
fn a_parked_wired_device_may_be_silent_for_a_day() {
    for (span, fires) in [(DAY - 1, false), (DAY, true), (DAY + 1, true)] {
        assert_eq!(fires_within(History::parked(3), span), fires, "{span}");
    }
}

#[test]
fn a_moving_wired_device_may_be_silent_for_two_hours() {
    for (span, fires) in [(2 * HOUR - 1, false), (2 * HOUR, true), (2 * HOUR + 1, true)] {
        assert_eq!(fires_within(History::moved(3), span), fires, "{span}");
    }
}

#[test]
fn a_backup_alone_may_miss_one_waking_and_be_six_hours_late() {
    // Daily by default: 2 x 24 h + 6 h.
    let limit = 54 * HOUR;
    for (span, fires) in [(limit - 1, false), (limit, true), (limit + 1, true)] {
        let mut history = History::overdue(3);
        history.report(&Report::backup());
        assert_eq!(fires_within(history, span), fires, "{span}");
    }
}

#[test]
fn a_backup_that_wakes_every_six_hours_is_missed_sooner() {
    let mut history = History::overdue(3);
    for _ in 0..30 {
        history.wait(6 * HOUR);
        // Three frames a waking teach nothing of the schedule.
        history.trail(5 * SECOND, (0..3).map(|_| Report::backup()));
    }
    assert_eq!(told(&history), []);
    assert!(!fires_within(history.clone(), 17 * HOUR));
    assert!(fires_within(history, 19 * HOUR));
}

#[test]
fn a_dead_wired_device_does_not_make_its_daily_backup_look_missing() {
    let mut history = History::parked(3);
    history.report(&Report::backup());
    for _ in 0..20 {
        history.wait(DAY);
        history.report(&Report::backup());
    }
    // The wired device is missing from the second day on; the vehicle is not.
    assert_eq!(told(&history), [Notice::Opened, Notice::Closed], "once, a day after both were last heard");
}

#[test]
fn it_fires_from_the_first_day_past_due() {
    for (dpd, fires) in [(-5, false), (-1, false), (0, true), (1, true)] {
        // A day of silence passes first, and with it one midnight.
        assert_eq!(fires_within(History::parked(dpd), DAY), fires, "dpd {dpd}");
    }
    let mut history = History::parked(0);
    history.loan().oldest_unpaid_due = None;
    assert!(!fires_within(history, 30 * DAY));
}

#[test]
fn a_silent_car_is_told_at_the_midnight_that_makes_its_loan_overdue() {
    let mut history = History::parked(-3);
    // Due on the 23rd: past due when the 24th begins in Shanghai.
    let midnight = model::Timestamp::parse("2026-11-23T16:00:00Z").unwrap();
    history.wait(midnight.since(history.now) - 1);
    assert_eq!(told(&history), []);
    history.wait(1);
    assert_eq!(told(&history), [Notice::Opened]);
}

#[test]
fn a_vehicle_never_heard_of_is_not_missing() {
    assert!(!fires_within(History::overdue(30), 90 * DAY));
}

#[test]
fn heartbeats_from_a_garage_are_no_silence() {
    let mut history = History::parked(30);
    for _ in 0..7 * 24 * 12 {
        history.wait(5 * MINUTE);
        history.heartbeat();
    }
    assert_eq!(told(&history), []);
}

#[test]
fn a_car_that_drove_into_a_garage_is_allowed_the_parked_silence() {
    for (heartbeats, fires) in [(29, true), (31, false)] {
        let mut history = History::moved(3);
        for _ in 0..heartbeats {
            history.wait(MINUTE);
            history.heartbeat();
        }
        assert_eq!(fires_within(history, 3 * HOUR), fires, "{heartbeats} minutes without a fix");
    }
}

/// Where it went while the server was down, nobody knows: into its garage, most likely.
#[test]
fn a_car_that_was_under_way_when_the_server_went_down_is_allowed_the_parked_silence() {
    for (watched, allowed) in [(5 * MINUTE, DAY), (6 * MINUTE, 2 * HOUR)] {
        let mut history = History::moved(3);
        history.wait(watched);
        history.down(HOUR);
        history.wait(allowed - watched - 1);
        assert_eq!(told(&history), [], "{watched}");
        history.wait(1);
        assert_eq!(told(&history), [Notice::Opened], "{watched}");
    }
}

/// The second start is no news of a car that fell silent with the first.
#[test]
fn however_often_the_server_goes_down_a_car_that_fell_silent_with_it_is_allowed_the_parked_silence() {
    let mut history = History::moved(3);
    history.wait(MINUTE);
    for _ in 0..3 {
        history.down(10 * MINUTE);
        history.wait(HOUR);
    }
    history.wait(DAY - MINUTE - 3 * HOUR - 1);
    assert_eq!(told(&history), []);
    history.wait(1);
    assert_eq!(told(&history), [Notice::Opened]);
}

#[test]
fn the_servers_own_downtime_is_no_silence() {
    let mut history = History::parked(3);
    history.wait(23 * HOUR);
    history.down(30 * DAY);
    assert_eq!(told(&history), []);
    history.wait(HOUR - 1);
    assert_eq!(told(&history), [], "a day of covered silence is not complete");
    history.wait(1);
    assert_eq!(told(&history), [Notice::Opened]);
}

#[test]
fn after_a_start_the_server_listens_for_ten_minutes_first() {
    let mut history = History::moved(3);
    history.wait(2 * HOUR - MINUTE);
    history.down(MINUTE);
    history.wait(10 * MINUTE - 1);
    assert_eq!(told(&history), []);
    history.wait(1);
    assert_eq!(told(&history), [Notice::Opened]);
}

#[test]
fn after_a_start_the_server_listens_for_two_usual_intervals_first() {
    let mut history = History::overdue(3);
    history.trail(HOUR, (0..60).map(|_| Report::default()));
    history.wait(23 * HOUR);
    history.down(MINUTE);
    history.wait(2 * HOUR - MINUTE);
    assert_eq!(told(&history), []);
    history.wait(MINUTE);
    assert_eq!(told(&history), [Notice::Opened]);
}

#[test]
fn foul_play_within_two_hours_before_makes_it_p1() {
    for alarm in [Alarm::PowerCut, Alarm::Removed, Alarm::Jamming, Alarm::Vibration] {
        for (before, near) in [(2 * HOUR - SECOND, true), (2 * HOUR, false)] {
            let mut history = History::parked(3);
            history.report(&Report { north_m: 1.0, lag_ms: 0, ..Report::alarming(alarm) });
            history.wait(before);
            history.wait(SECOND);
            history.heartbeat();
            history.wait(DAY);
            let severity = if near && alarm != Alarm::Vibration { P1 } else { P2 };
            assert_eq!(history.severity(OverdueOffline), Some(severity), "{alarm} {before}");
        }
    }
}

#[test]
fn it_is_p1_beyond_sixty_days() {
    // The day of silence adds one.
    for (dpd, severity) in [(59, P2), (60, P1)] {
        let mut history = History::parked(dpd);
        history.wait(DAY);
        assert_eq!(history.severity(OverdueOffline), Some(severity), "{dpd}");
    }
}

#[test]
fn silence_of_three_days_is_p1_and_of_a_week_told_again() {
    let mut history = History::parked(10);
    let (opened, grew) = (vec![Notice::Opened], Notice::Escalated);
    history.wait(3 * DAY - 1);
    assert_eq!((history.severity(OverdueOffline), told(&history)), (Some(P2), opened.clone()));
    for (span, notices) in [(1, 1), (4 * DAY - 1, 1), (1, 2), (20 * DAY, 2)] {
        history.wait(span);
        let expected = [opened.clone(), vec![grew; notices]].concat();
        assert_eq!((history.severity(OverdueOffline), told(&history)), (Some(P1), expected));
    }
    let Finding::Silent { silent_ms, .. } = history.live(OverdueOffline).unwrap().explanation.finding else {
        unreachable!()
    };
    assert_eq!(silent_ms, 7 * DAY, "as long as it was when it was told last");
}

#[test]
fn silence_that_is_allowed_to_last_for_days_is_graver_a_day_after_it_was_told() {
    let mut history = History::overdue(3);
    history.report(&Report::backup());
    history.wait(78 * HOUR - 1);
    assert_eq!(history.severity(OverdueOffline), Some(P2));
    history.wait(1);
    assert_eq!(history.severity(OverdueOffline), Some(P1));
}

#[test]
fn any_valid_frame_ends_it() {
    for late in [false, true] {
        let mut history = History::parked(3);
        history.wait(2 * DAY);
        assert_eq!(told(&history), [Notice::Opened]);
        if late {
            history.report(&Report { buffered: true, lag_ms: DAY, ..Report::default() });
        } else {
            history.heartbeat();
        }
        assert_eq!(told(&history), [Notice::Opened, Notice::Closed]);
    }
}

#[test]
fn a_p1_waits_for_a_verdict_and_a_second_silence_is_told() {
    let mut history = History::parked(90);
    history.wait(DAY);
    history.heartbeat();
    assert_eq!(told(&history), [Notice::Opened, Notice::Cleared]);
    history.wait(DAY - 1);
    assert_eq!(told(&history), [Notice::Opened, Notice::Cleared]);
    history.wait(1);
    assert_eq!(told(&history), [Notice::Opened, Notice::Cleared, Notice::Escalated]);
    assert!(history.live(OverdueOffline).is_some_and(|alert| alert.cleared_at.is_none()));
}

#[test]
fn a_second_silence_is_a_second_episode() {
    let mut history = History::parked(3);
    history.wait(DAY);
    let first = history.last(OverdueOffline).id.clone();
    history.heartbeat();
    history.wait(DAY);
    assert_eq!(told(&history), [Notice::Opened, Notice::Closed, Notice::Opened]);
    assert_ne!(history.last(OverdueOffline).id, first);
}

#[test]
fn a_silence_with_a_verdict_is_not_told_again() {
    let mut history = History::parked(3);
    history.wait(DAY);
    let reason = CloseReason::Confirmed;
    history.set_live_state(AlertState::Closed { reason, by: Some("li".into()), at: history.now, note: None });
    history.wait(30 * DAY);
    assert_eq!(told(&history), [Notice::Opened]);
}

#[test]
fn the_explanation_says_when_and_where_it_was_last_heard() {
    let mut history = History::moved(3);
    let heard_at = history.now;
    history.wait(3 * HOUR);
    let alert = history.live(OverdueOffline).unwrap();
    assert_eq!(alert.episode, heard_at);
    assert_eq!(alert.event_time, heard_at.plus(2 * HOUR));
    assert_eq!(
        alert.explanation.finding,
        Finding::Silent {
            last_heard: heard_at,
            last_place: history.state.last_place().map(|(place, _)| place),
            place_at: history.state.last_place().map(|(_, at)| at),
            silent_ms: 2 * HOUR,
            threshold_ms: 2 * HOUR,
            was_moving: true,
            tampered: false,
        }
    );
}

#[test]
fn a_main_device_counts_whatever_was_heard_first() {
    let mut history = History::overdue(3);
    history.heartbeat();
    history.wait(MINUTE);
    history.report(&Report { role: Role::Main, ..Report::default() });
    assert!(fires_within(history, DAY));
}

#[test]
fn a_car_first_seen_under_way_is_allowed_the_silence_of_a_moving_one() {
    let mut history = History::overdue(3);
    history.trail(30 * SECOND, (0..8).map(|step| Report::driving(300.0 * f64::from(step))));
    assert!(!fires_within(history.clone(), 2 * HOUR - 1));
    assert!(fires_within(history, 2 * HOUR));
}

#[test]
fn one_long_outage_does_not_teach_a_backup_to_be_slow() {
    let mut history = History::overdue(3);
    history.trail(6 * HOUR, (0..30).map(|_| Report::backup()));
    history.wait(10 * DAY);
    history.report(&Report::backup());
    assert!(fires_within(history, DAY + HOUR));
}

/// Down the ramp before it stands, each evening, and up again in the morning.
#[test]
fn a_car_that_falls_silent_where_it_was_out_of_sight_before_may_be_in_its_garage() {
    let mut history = History::overdue(3);
    history.stand(2 * HOUR, MINUTE);
    let drive = |step: i32| Report::driving(300.0 * f64::from(step));
    let mut told_of = Vec::new();
    for _ in 0..3 {
        history.trail(30 * SECOND, (1..=40).chain((2..40).rev()).map(drive));
        let before = told(&history).len();
        history.wait(9 * HOUR);
        told_of.push(told(&history).len() > before);
        history.trail(30 * SECOND, (2..10).chain((0..10).rev()).map(drive));
        history.stand(2 * HOUR, MINUTE);
    }
    assert_eq!(told_of, [true, false, false]);
}

/// Below from Friday to Sunday.
#[test]
fn a_car_in_its_garage_may_be_silent_a_quarter_longer_than_it_ever_was_there_but_five_days_at_most() {
    let mut history = History::overdue(3);
    history.stand(2 * HOUR, MINUTE);
    let drive = |step: i32| Report::driving(300.0 * f64::from(step));
    let mut told_of = Vec::new();
    for silent_h in [40, 48, 80, 97, 121] {
        history.trail(30 * SECOND, (1..=40).chain((2..40).rev()).map(drive));
        let before = told(&history).len();
        history.wait(silent_h * HOUR);
        told_of.push(told(&history).len() > before);
        history.trail(30 * SECOND, (2..10).chain((0..10).rev()).map(drive));
        history.stand(2 * HOUR, MINUTE);
    }
    assert_eq!(told_of, [true, false, true, false, true]);
}
