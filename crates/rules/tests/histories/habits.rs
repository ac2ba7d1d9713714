//! Stays, usual places, and the rules that rest on them.

use crate::history::{DAY, HOUR, History, MINUTE, Report, SECOND};
use crate::places::{circle, watched};
use crate::taxonomy::Side;
use model::finding::{Destination, Finding, Locality};
use model::{LegalBasis, Millis, PlaceKind, Rule, Severity, Timestamp};

/// Metres north.
pub(crate) const HOME: f64 = 0.0;
pub(crate) const WORK: f64 = 5_000.0;
pub(crate) const NEW_HOME: f64 = 20_000.0;
pub(crate) const NEW_WORK: f64 = 26_000.0;

impl History {
    /// Drives between two places, a fix each half minute.
    pub(crate) fn drive(&mut self, from_m: f64, to_m: f64) {
        let step_m = (to_m - from_m) / 20.0;
        self.trail(30 * SECOND, (1..20).map(|step| Report::driving(from_m + step_m * f64::from(step))));
    }

    /// Parks at a place and stays, reporting.
    pub(crate) fn stand_at(&mut self, north_m: f64, span: Millis) {
        let until = self.now.plus(span);
        self.trail(MINUTE, (0..6).map(|_| Report::at(north_m, 0.0)));
        while self.now < until {
            self.wait((10 * MINUTE).min(until.since(self.now)));
            self.report(&Report::at(north_m, 0.0));
        }
    }

    /// A day from ten to ten: out, nine hours there, back, and a night.
    pub(crate) fn commute(&mut self, home_m: f64, work_m: f64) {
        let morning = self.now;
        self.drive(home_m, work_m);
        self.stand_at(work_m, 9 * HOUR);
        self.drive(work_m, home_m);
        self.stand_at(home_m, morning.plus(DAY).since(self.now));
    }
}

/// Between home and work for so many days.
pub(crate) fn commuted(days: usize) -> History {
    let mut history = History::overdue(-60);
    history.stand_at(HOME, HOUR);
    for _ in 0..days {
        history.commute(HOME, WORK);
    }
    history
}

/// Drives to another place, where it stands until a day has passed, of which the night counts double.
pub(crate) fn stood_elsewhere(dpd: i32, side: Side) -> History {
    let mut history = commuted(15);
    history.set_dpd(dpd);
    history.drive(HOME, NEW_HOME);
    history.stand_at(NEW_HOME, HOUR);
    let since = history.state.parked_since().unwrap();
    let midnight = Timestamp::parse("2026-12-05T16:00:00Z").unwrap();
    let weighs_at = midnight.plus((DAY - midnight.since(since)) / 2);
    let until = side.of(weighs_at.since(history.now));
    history.stand_at(NEW_HOME, until);
    history
}

/// Left home so long ago, and drives about elsewhere.
pub(crate) fn left_for(span: Millis) -> History {
    let mut history = commuted(15);
    history.set_dpd(10);
    history.drive(HOME, NEW_HOME);
    let until = history.stays.last().unwrap().to.plus(span);
    history.stand_at(NEW_HOME, 2 * HOUR);
    history.drive(NEW_HOME, NEW_WORK);
    history.stand_at(NEW_WORK, until.since(history.now));
    history
}

/// So many days between home and work, then so many between two other places.
pub(crate) fn moved_home(before: usize, after: usize) -> History {
    let mut history = commuted(before);
    history.set_dpd(10);
    history.drive(HOME, NEW_HOME);
    for _ in 0..after {
        history.commute(NEW_HOME, NEW_WORK);
    }
    history.drive(NEW_HOME, NEW_WORK);
    history
}

/// At home in the evening, with or without what makes a recovery lawful.
pub(crate) fn home_at_night(dpd: i32, basis: Option<LegalBasis>) -> History {
    let mut history = commuted(15);
    history.set_dpd(dpd);
    history.recovery_basis = basis;
    history.drive(HOME, WORK);
    history.stand_at(WORK, 9 * HOUR);
    history.drive(WORK, HOME);
    history.stand_at(HOME, 25 * MINUTE);
    history
}

#[test]
fn each_stay_is_told_once_with_its_times() {
    let history = commuted(2);
    let stays: Vec<(i64, Millis)> = history
        .stays
        .iter()
        .map(|stay| (i64::from(stay.place.lat_e7() - 225_000_000) / 90, (stay.span_ms() + 5 * MINUTE) / HOUR))
        .collect();
    // Home for an hour, work, home for the night, work; the last night has not ended.
    assert_eq!(stays, [(0, 1), (4_996, 9), (0, 14), (4_996, 9)]);
    assert!(history.stays.is_sorted_by_key(|stay| stay.from));
    assert!(history.stays.iter().zip(&history.stays[1..]).all(|(one, next)| one.to < next.from));
}

#[test]
fn twenty_minutes_are_a_stay_and_nineteen_are_none() {
    for (minutes, expected) in [(20, 0), (21, 1)] {
        let mut history = History::overdue(-60);
        history.drive(NEW_HOME, HOME);
        history.stand_at(HOME, minutes * MINUTE);
        history.drive(HOME, WORK);
        // The first of the minutes is the drive's.
        assert_eq!(history.stays.len(), expected, "{minutes} min");
    }
}

#[test]
fn a_device_that_sleeps_with_the_ignition_stood_until_it_was_seen_again() {
    let mut history = commuted(1);
    history.drive(HOME, WORK);
    history.trail(MINUTE, [Report::at(WORK, 0.0), Report::at(WORK, 0.0)]);
    history.wait(9 * HOUR);
    history.drive(WORK, HOME);
    let stay = history.stays.last().unwrap();
    assert_eq!(stay.span_ms() / HOUR, 9);
}

#[test]
fn a_weak_anchor_that_is_refuted_and_a_place_behind_two_jumps_are_no_stays() {
    let mut refuted = History::overdue(-60);
    refuted.trail(MINUTE, (0..8).map(|_| Report::bare(0.0)));
    assert!(refuted.state.parked_since().is_some());
    refuted.trail(10 * MINUTE, (0..12).map(|_| Report::bare(400.0)));
    assert_eq!(refuted.stays, []);

    let mut jumped = commuted(1);
    jumped.trail(10 * MINUTE, (0..12).map(|_| Report::at(900_000.0, 0.0)));
    let before = jumped.stays.len();
    jumped.trail(MINUTE, (0..30).map(|_| Report::at(HOME, 0.0)));
    assert_eq!(jumped.stays.len(), before, "{:?}", jumped.stays.last());
    // Where it was before the jump it had been for long.
    assert_eq!(jumped.stays.last().unwrap().span_ms() / HOUR, 14);
}

#[test]
fn an_unusual_place_is_told_once_and_over_when_it_leaves() {
    let mut history = stood_elsewhere(10, Side::Beyond);
    let finding = &history.live(Rule::DwellUnknown).unwrap().explanation.finding;
    assert!(
        matches!(finding, Finding::StaysElsewhere { nearest_usual_m: Some(14_900..15_200), .. }),
        "{finding:?}"
    );
    history.drive(NEW_HOME, HOME);
    assert_eq!(history.state_code(Rule::DwellUnknown), "closed");
    history.stand_at(HOME, HOUR);
    history.drive(HOME, NEW_HOME);
    history.stand_at(NEW_HOME, 3 * DAY);
    assert!(history.live(Rule::DwellUnknown).is_none(), "the same place again");
    history.drive(NEW_HOME, 40_000.0);
    history.stand_at(40_000.0, 2 * DAY);
    assert!(history.live(Rule::DwellUnknown).is_some());
}

#[test]
fn nothing_is_unusual_of_a_vehicle_that_is_watched_for_less_than_two_weeks() {
    let mut history = commuted(10);
    history.set_dpd(10);
    history.drive(HOME, NEW_HOME);
    history.stand_at(NEW_HOME, 2 * DAY);
    assert!(!history.raised(Rule::DwellUnknown));
}

#[test]
fn a_break_is_for_the_log_before_anything_is_past_due_and_over_by_a_visit() {
    let mut history = left_for(6 * DAY);
    assert_eq!(history.severity(Rule::HabitBreak), Some(Severity::P3));
    history.drive(NEW_WORK, HOME);
    history.stand_at(HOME, HOUR);
    assert_eq!(history.state_code(Rule::HabitBreak), "closed");

    let mut paying = commuted(15);
    paying.drive(HOME, NEW_HOME);
    for _ in 0..6 {
        paying.commute(NEW_HOME, NEW_WORK);
    }
    assert_eq!(paying.severity(Rule::HabitBreak), Some(Severity::P4));
    assert!(paying.told.iter().all(|(rule, _)| *rule != Rule::HabitBreak));
}

#[test]
fn a_vehicle_that_stands_elsewhere_and_does_not_move_breaks_no_habit() {
    let mut history = commuted(15);
    history.set_dpd(10);
    history.drive(HOME, NEW_HOME);
    history.stand_at(NEW_HOME, 8 * DAY);
    assert!(!history.raised(Rule::HabitBreak));
}

#[test]
fn a_move_is_told_once_and_ended_by_staff_only() {
    let mut history = moved_home(26, 10);
    assert_eq!(history.severity(Rule::HabitReplaced), Some(Severity::P2));
    let Finding::Replaced { new_percent, old_percent, .. } =
        history.live(Rule::HabitReplaced).unwrap().explanation.finding
    else {
        unreachable!()
    };
    assert!(new_percent >= 50 && old_percent < 20, "{new_percent} {old_percent}");
    history.drive(NEW_WORK, HOME);
    for _ in 0..12 {
        history.commute(HOME, WORK);
    }
    assert!(history.live(Rule::HabitReplaced).is_some());
    assert_eq!(history.told.iter().filter(|(rule, _)| *rule == Rule::HabitReplaced).count(), 1);
}

#[test]
fn a_place_that_became_known_in_the_first_two_weeks_is_not_new() {
    let mut history = commuted(3);
    history.commute(HOME, NEW_HOME);
    for _ in 4..12 {
        history.commute(HOME, WORK);
    }
    history.drive(HOME, NEW_HOME);
    // Before twenty days nothing is old; behind them the first visit to the new home is.
    for _ in 12..24 {
        history.commute(NEW_HOME, NEW_WORK);
    }
    assert!(!history.raised(Rule::HabitReplaced));
}

/// Between home and work, then so many days elsewhere; how far the loan was when that began.
fn gone_elsewhere(dpd: i32, days: usize) -> History {
    let mut history = commuted(15);
    history.set_dpd(dpd);
    history.judge();
    history.drive(HOME, NEW_HOME);
    for _ in 0..days {
        history.commute(NEW_HOME, NEW_WORK);
    }
    history
}

#[test]
fn new_ways_of_a_car_in_arrears_become_no_usual_ones_until_the_arrears_are_cured() {
    let paying = gone_elsewhere(-60, 14);
    assert_eq!(paying.state_code(Rule::HabitBreak), "closed", "ten nights make another home");
    let mut owing = gone_elsewhere(1, 14);
    let Finding::Unvisited { usual, frozen_at, .. } =
        owing.live(Rule::HabitBreak).unwrap().explanation.finding
    else {
        unreachable!()
    };
    assert_eq!((usual, frozen_at), (2, owing.frozen.as_ref().map(|frozen| frozen.at)));
    assert!(frozen_at.is_some());
    owing.loan().oldest_unpaid_due = None;
    owing.judge();
    assert_eq!((owing.state_code(Rule::HabitBreak), &owing.frozen), ("closed", &None));
}

#[test]
fn a_visit_to_a_place_from_before_the_arrears_ends_a_break_that_new_ways_do_not() {
    let mut history = gone_elsewhere(1, 14);
    history.drive(NEW_HOME, WORK);
    history.stand_at(WORK, HOUR);
    assert_eq!(history.state_code(Rule::HabitBreak), "closed");
}

/// Every other day elsewhere for three weeks, then there only.
fn moved_slowly(dpd: i32) -> History {
    let mut history = commuted(26);
    history.set_dpd(dpd);
    history.judge();
    for _ in 0..11 {
        history.drive(HOME, NEW_HOME);
        history.commute(NEW_HOME, NEW_WORK);
        history.drive(NEW_HOME, HOME);
        history.commute(HOME, WORK);
    }
    history.drive(HOME, NEW_HOME);
    for _ in 0..10 {
        history.commute(NEW_HOME, NEW_WORK);
    }
    history
}

#[test]
fn who_moves_slowly_behind_the_first_missed_instalment_has_moved_all_the_same() {
    assert!(!moved_slowly(-90).raised(Rule::HabitReplaced), "no place is new by then");
    let owing = moved_slowly(1);
    let finding = &owing.live(Rule::HabitReplaced).unwrap().explanation.finding;
    assert!(
        matches!(
            finding,
            Finding::Replaced { old_percent: 0..20, new_percent: 80.., frozen_at: Some(_), .. }
        ),
        "{finding:?}"
    );
}

#[test]
fn a_place_learned_in_arrears_is_known_after_ten_nights() {
    for (nights, raised) in [(5, true), (12, false)] {
        let mut history = gone_elsewhere(6, nights);
        history.stand_at(NEW_HOME, 2 * DAY);
        assert_eq!(history.raised(Rule::DwellUnknown), raised, "{nights} nights");
    }
}

#[test]
fn a_car_of_which_nothing_was_usual_when_its_loan_fell_behind_is_learned_as_ever() {
    let mut history = History::overdue(10);
    history.stand_at(HOME, HOUR);
    for _ in 0..15 {
        history.commute(HOME, WORK);
    }
    history.drive(HOME, NEW_HOME);
    for _ in 0..6 {
        history.commute(NEW_HOME, NEW_WORK);
    }
    let alert = history.live(Rule::HabitBreak).unwrap();
    assert!(matches!(alert.explanation.finding, Finding::Unvisited { usual: 2, frozen_at: None, .. }));
}

#[test]
fn the_boundary_of_severe_arrears_is_told_with_the_place_where_the_car_stands_at_night() {
    let night_place = |history: &mut History| {
        history.set_dpd(56);
        history.judge();
        let Finding::NearSevere { night_place, .. } =
            history.live(Rule::SevereBoundary).unwrap().explanation.finding
        else {
            unreachable!()
        };
        night_place.map(|night| ((f64::from(night.place.lat_e7()) / 1e7 - 22.5).abs() < 0.001, night.nights))
    };
    // Its last night has not ended.
    assert_eq!(night_place(&mut commuted(15)), Some((true, 14)));
    assert_eq!(night_place(&mut commuted(2)), None, "too few");
    assert_eq!(night_place(&mut gone_elsewhere(-60, 12)), Some((true, 15)), "more than elsewhere");
    assert_eq!(night_place(&mut gone_elsewhere(-60, 18)), Some((false, 17)), "most are elsewhere by then");
}

#[test]
fn a_window_is_not_told_again_at_once_and_over_when_it_leaves_or_the_case_is_closed() {
    let mut history = home_at_night(70, Some(LegalBasis::CourtDocument));
    let alert = history.live(Rule::RecoveryWindow).unwrap();
    let Finding::Window { since, leaves_at, nights, .. } = alert.explanation.finding else { unreachable!() };
    assert_eq!((leaves_at.since(since) / HOUR, nights), (14, 15));
    history.drive(HOME, WORK);
    assert_eq!(history.state_code(Rule::RecoveryWindow), "closed");
    history.drive(WORK, HOME);
    history.stand_at(HOME, HOUR);
    assert!(history.live(Rule::RecoveryWindow).is_none(), "the same night");

    let mut closed = home_at_night(70, Some(LegalBasis::CourtDocument));
    closed.recovery_basis = None;
    closed.judge();
    assert_eq!(closed.state_code(Rule::RecoveryWindow), "closed");
}

#[test]
fn a_departure_that_is_over_says_whether_its_destination_is_usual() {
    let mut history = commuted(15);
    history.set_dpd(10);
    for (from, to, usual) in [(HOME, WORK, true), (WORK, NEW_HOME, false)] {
        history.drive(from, to);
        history.stand_at(to, 13 * HOUR);
        let Finding::Moved { destination, .. } = history.last(Rule::OverdueMoved).explanation.finding else {
            unreachable!()
        };
        assert_eq!(history.state_code(Rule::OverdueMoved), "closed");
        assert!(
            matches!(destination, Some(Destination { usual: Some(known), .. }) if known == usual),
            "{to}"
        );
    }
    let mut stranger = History::moved(10);
    stranger.stand_away(20 * MINUTE);
    let Finding::Moved { destination, .. } = stranger.last(Rule::OverdueMoved).explanation.finding else {
        unreachable!()
    };
    assert_eq!(destination.unwrap().usual, None, "too little is known of it");
}

#[test]
fn a_car_that_does_not_move_is_told_with_the_kind_of_place_where_it_stands() {
    let locality = |history: &History| {
        let Finding::Immobile { locality, .. } = history.last(Rule::Abandoned).explanation.finding else {
            unreachable!()
        };
        locality
    };
    let lot = |kind| {
        let mut history = watched(10, [circle("lot", kind, 0.0, 200)]);
        history.stand(4 * DAY, HOUR);
        locality(&history)
    };
    assert_eq!(lot(PlaceKind::TowLot), Some(Locality::TowLot));
    assert_eq!(lot(PlaceKind::BlackPoint), Some(Locality::BlackPoint));
    let fence = PlaceKind::Fence(model::place::Crossing::In);
    assert_eq!(lot(fence), None, "it has been watched for too short");
    for (place_m, expected) in [(HOME, Locality::UsualPlace), (NEW_HOME, Locality::Elsewhere)] {
        let mut history = commuted(15);
        history.set_dpd(10);
        history.drive(HOME, WORK);
        history.stand_at(WORK, HOUR);
        history.drive(WORK, place_m);
        history.stand_at(place_m, 4 * DAY);
        assert_eq!(locality(&history), Some(expected));
    }
}
