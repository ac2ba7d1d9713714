//! What a vehicle does, on either side of each line: what is seen no more is not gone, and what is not heard is.

use crate::history::{DAY, HOUR, History, MINUTE, Report, point};
use model::Timestamp;
use rules::Doing;

/// What it does by now.
fn doing(history: &History) -> Doing {
    history.state.doing(history.now)
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
fn a_car_stands_at_its_anchor_while_its_devices_talk_though_nothing_is_seen_of_it() {
    let mut history = History::parked(0);
    let Doing::Parked { anchor, since } = doing(&history) else { panic!("{:?}", doing(&history)) };
    assert_eq!((anchor, Some(since)), (point(0.0, 0.0), history.state.parked_since()));
    for _ in 0..8 {
        history.wait(DAY);
        history.heartbeat();
        assert_eq!(doing(&history), Doing::Parked { anchor, since });
    }
}

#[test]
fn a_car_is_dark_once_no_device_was_heard_for_26_hours_and_is_again_what_it_was_with_a_frame() {
    for mut history in [History::parked(0), History::moved(0)] {
        let heard_at = history.now;
        history.wait(26 * HOUR);
        assert!(!matches!(doing(&history), Doing::Dark { .. }));
        history.wait(1);
        assert_eq!(doing(&history), Doing::Dark { heard_at });
        assert_eq!(doing(&history).since(), Some(heard_at));
        history.heartbeat();
        assert!(!matches!(doing(&history), Doing::Dark { .. }));
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
    assert_eq!(Doing::of(heard_at, seen_at, None, history.now), Doing::Unseen { seen_at });
    let begun_anew = rules::VehicleState::begun_anew(far, 0);
    assert_eq!(Doing::of(heard_at, seen_at, Some(&begun_anew), history.now), Doing::Unseen { seen_at });
    assert_eq!(Doing::of(None, seen_at, Some(&history.state), history.now), Doing::Never);
}
