//! What a vehicle does, on either side of each line: what is seen no more is not gone, and what is not heard is.

use crate::history::{DAY, HOUR, History, MINUTE, Report, point};
use model::Timestamp;
use rules::Doing;

/// What it does by now.
fn doing(history: &History) -> Doing {
    history.state.doing((&history.rule_set, None), history.now)
}

fn seen_at(history: &History) -> Timestamp {
    history.state.last_place().unwrap().1
}

#[test]
fn a_car_of_which_nothing_was_heard_does_nothing_and_few_fixes_do_not_say_what_it_does() {
    let mut history = History::overdue(0);
    assert_eq!((doing(&history), doing(&history).since()), (Doing::Never, None));
    history.heartbeat();
    assert_eq!(doing(&history), Doing::Unseen { seen_at: None });
    history.trail(MINUTE, [0.0; 3].map(Report::bare));
    assert_eq!(doing(&history), Doing::Unseen { seen_at: Some(seen_at(&history)) });
}

#[test]
fn a_car_whose_devices_talk_and_see_nothing_stands_at_its_anchor_out_of_sight() {
    let mut history = History::parked(0);
    let Doing::Parked { anchor, since } = doing(&history) else { panic!("{:?}", doing(&history)) };
    assert_eq!((anchor, Some(since)), (point(0.0, 0.0), history.state.parked_since()));
    history.wait(HOUR - MINUTE);
    history.heartbeat();
    assert_eq!(doing(&history), Doing::Parked { anchor, since });
    for _ in 0..80 {
        history.wait(HOUR);
        history.heartbeat();
        assert_eq!((doing(&history).code(), doing(&history).since()), ("parked_unseen", Some(since)));
    }
    history.trail(MINUTE, [0.0; 6].map(Report::bare));
    assert_eq!(doing(&history).code(), "parked");
}

#[test]
fn a_car_that_is_seen_as_seldom_as_ever_is_in_sight() {
    let mut history = History::parked(0);
    history.stand(3 * DAY, 6 * HOUR);
    for _ in 0..11 {
        history.wait(HOUR);
        history.heartbeat();
        assert_eq!(doing(&history).code(), "parked");
    }
    history.wait(2 * HOUR);
    history.heartbeat();
    assert_eq!(doing(&history).code(), "parked_unseen");
}

/// With a hidden device alone, that reports so often.
fn hidden(every: i64) -> History {
    let mut history = History::overdue(0);
    for _ in 0..12 {
        history.trail(MINUTE, (0..6).map(|_| Report::backup()));
        history.wait(every - 5 * MINUTE);
    }
    history.trail(MINUTE, (0..6).map(|_| Report::backup()));
    history
}

#[test]
fn a_car_is_dark_once_it_was_silent_for_longer_than_its_own_schedule_allows() {
    let twice = |every: i64| 2 * every + 6 * HOUR;
    for (mut history, allowed, span) in [
        (History::parked(0), 24 * HOUR, MINUTE),
        (History::moved(0), 2 * HOUR, MINUTE),
        (hidden(DAY), twice(DAY), HOUR),
        (hidden(3 * DAY), twice(3 * DAY), HOUR),
        (hidden(6 * HOUR), twice(6 * HOUR), HOUR),
    ] {
        let heard_at = history.now;
        history.wait(allowed - span);
        assert_ne!(doing(&history).code(), "dark", "{allowed}");
        history.wait(2 * span);
        assert_eq!(doing(&history), Doing::Dark { heard_at }, "{allowed}");
        assert_eq!(doing(&history).since(), Some(heard_at));
        history.heartbeat();
        assert_ne!(doing(&history).code(), "dark");
    }
}

#[test]
fn a_wired_car_that_was_out_of_sight_there_before_may_be_silent_for_longer() {
    let mut history = History::parked(0);
    history.wait(60 * HOUR);
    history.trail(MINUTE, [0.0; 6].map(Report::bare));
    history.wait(70 * HOUR);
    assert_eq!(doing(&history).code(), "parked");
    history.wait(6 * HOUR);
    assert_eq!(doing(&history).code(), "dark");
}

#[test]
fn a_car_of_whose_devices_nothing_is_known_is_dark_after_26_hours() {
    let heard_at = History::overdue(0).now;
    let state = rules::VehicleState::begun_anew(heard_at, 0);
    let rule_set = rules::RuleSet::default();
    let thresholds = (&rule_set, None);
    for state in [None, Some(&state)] {
        let after =
            |span: i64| Doing::of(Some(heard_at), None, state, thresholds, heard_at.plus(span)).code();
        assert_eq!((after(26 * HOUR), after(26 * HOUR + 1)), ("unseen", "dark"));
    }
}

#[test]
fn a_car_that_was_under_way_is_unseen_a_quarter_of_an_hour_behind_its_last_fix() {
    let mut history = History::moved(0);
    let seen_at = seen_at(&history);
    history.wait(seen_at.plus(15 * MINUTE).since(history.now));
    history.heartbeat();
    assert_eq!(doing(&history), Doing::Moving { seen_at });
    history.wait(1);
    history.heartbeat();
    assert_eq!(doing(&history), Doing::Unseen { seen_at: Some(seen_at) });
    history.stand_away(10 * MINUTE);
    assert!(matches!(doing(&history), Doing::Parked { anchor, .. } if anchor == point(1_800.0, 0.0)));
}

#[test]
fn of_a_car_whose_state_is_not_known_no_fix_says_what_it_does() {
    let (history, far) = (History::moved(0), History::overdue(0).now);
    let (heard_at, seen_at) = (Some(history.now), Some(seen_at(&history)));
    let of = |heard_at, state| Doing::of(heard_at, seen_at, state, (&history.rule_set, None), history.now);
    assert_eq!(of(heard_at, None), Doing::Unseen { seen_at });
    let begun_anew = rules::VehicleState::begun_anew(far, 0);
    assert_eq!(of(heard_at, Some(&begun_anew)), Doing::Unseen { seen_at });
    assert_eq!(of(None, Some(&history.state)), Doing::Never);
}

#[test]
fn a_car_is_dark_by_the_thresholds_of_its_own_lender() {
    let mut history = History::moved(0);
    history.rule_set =
        rules::RuleSet::parse("[lender.north.overdue_offline]\nsilent_moving_h = 6\n").unwrap();
    history.wait(3 * HOUR);
    let north = model::LenderId("north".into());
    let of = |lender| history.state.doing((&history.rule_set, lender), history.now).code();
    assert_eq!((of(None), of(Some(&north))), ("dark", "unseen"));
}
