//! How timely a report is.

use crate::history::{HOUR, History, MINUTE, Report, SECOND};
use rules::Timeliness::{Future, Late, Live, Undated};

fn timeliness_of(report: &Report) -> rules::Timeliness {
    History::overdue(0).report(report)
}

#[test]
fn a_report_is_live_up_to_two_minutes_of_lag() {
    for (lag_ms, expected) in [(0, Live), (120_000, Live), (120_001, Late), (5 * HOUR, Late)] {
        assert_eq!(timeliness_of(&Report { lag_ms, ..Report::default() }), expected, "{lag_ms}");
    }
}

#[test]
fn a_report_is_from_the_future_beyond_ten_minutes_ahead() {
    for (lag_ms, expected) in [(-10 * MINUTE, Live), (-10 * MINUTE - 1, Future)] {
        assert_eq!(timeliness_of(&Report { lag_ms, ..Report::default() }), expected, "{lag_ms}");
    }
}

#[test]
fn a_buffered_report_is_late_however_young() {
    assert_eq!(timeliness_of(&Report { buffered: true, ..Report::default() }), Late);
}

#[test]
fn a_report_without_a_clock_is_undated() {
    assert_eq!(timeliness_of(&Report { dated: false, ..Report::default() }), Undated);
}

#[test]
fn a_report_not_newer_than_the_last_live_one_is_late_per_terminal() {
    let mut history = History::overdue(0);
    assert_eq!(history.report(&Report::default()), Live);
    assert_eq!(history.report(&Report::default()), Late, "the same second again");
    assert_eq!(history.report(&Report { lag_ms: 2 * SECOND, ..Report::default() }), Late, "out of order");
    assert_eq!(history.report(&Report { lag_ms: 2 * SECOND, ..Report::backup() }), Live, "another terminal");
}

#[test]
fn a_report_from_the_future_does_not_move_the_last_place() {
    let mut history = History::parked(0);
    let before = history.state.last_place();
    history.report(&Report { lag_ms: -HOUR, ..Report::at(9000.0, 0.0) });
    assert_eq!(history.state.last_place(), before);
    history.wait(MINUTE);
    assert_eq!(history.report(&Report::default()), Live, "and does not make the next one late");
}

#[test]
fn every_code_is_its_serialized_name() {
    for timeliness in rules::Timeliness::ALL {
        let json = toml::Value::try_from(timeliness).unwrap();
        assert_eq!(json.as_str(), Some(timeliness.as_str()));
    }
}
