//! Why there is no alert: each reason once, with the figures that people look for.

use crate::history::{DAY, HOUR, History, MINUTE, Report};
use model::Rule::{
    OfflineNoLoan, OverdueMoved, OverdueOffline, PairSeparated, PowerCut, TamperLight, WirelessMissed,
};
use model::finding::{Finding, MovementSign};
use model::loan::{HoldKind, Holds};
use model::{Alarm, AlertState, CloseReason, Rule, Timestamp};
use rules::{Examined, LoanBar, RuleSet, Verdict};

impl History {
    fn examined(&self, rule: Rule) -> Examined {
        self.examine().into_iter().find(|examined| examined.rule == rule).unwrap()
    }

    fn figures(&self, rule: Rule) -> String {
        self.examined(rule).figures
    }
}

fn barred(history: &History, rule: Rule) -> LoanBar {
    match history.examined(rule).verdict {
        Verdict::Barred(bar) => bar,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_rule_is_examined_in_the_order_of_the_codes() {
    let rules: Vec<Rule> = History::parked(30).examine().into_iter().map(|examined| examined.rule).collect();
    // Those about no single vehicle come last.
    assert_eq!(Some(rules.as_slice()), Rule::ALL.get(..rules.len()));
}

#[test]
fn the_loan_says_what_it_forbids() {
    let mut history = History::moved(0);
    assert_eq!(barred(&history, OverdueMoved), LoanBar::Current);
    assert!(history.examined(OverdueMoved).holds, "it left, whatever the loan says");
    history.set_dpd(3);
    assert_eq!(barred(&history, OverdueMoved), LoanBar::TooFewDays { has: 3, needs: 6 });
    assert_eq!(barred(&history, OfflineNoLoan), LoanBar::Overdue { has: 3 });
    assert_eq!(barred(&history, Rule::DeviceCheckDue), LoanBar::AlreadyDue { has: 3 });
    history.loan().holds = Holds { dispute: true, ..Holds::default() };
    assert_eq!(barred(&history, OverdueMoved), LoanBar::Held(HoldKind::Dispute));
    history.loan().settled_at = Some(history.now);
    assert_eq!(barred(&history, TamperLight), LoanBar::Settled);
    history.loan().settled_at = None;
    history.in_book = false;
    assert_eq!(barred(&history, OverdueMoved), LoanBar::Absent);
    history.loan = None;
    assert_eq!(barred(&history, OverdueMoved), LoanBar::None);
}

#[test]
fn a_car_that_stands_is_said_to_stand_and_how_far_its_last_fix_was() {
    let mut history = History::parked(30);
    history.wait(MINUTE);
    history.report(&Report::at(130.0, 0.0));
    let examined = history.examined(OverdueMoved);
    assert_eq!(examined.verdict, Verdict::Unmet);
    let figures = examined.figures;
    assert!(figures.contains("stands since") && figures.contains("not moving"), "{figures}");
    assert!(figures.contains("130 m of 200 m"), "{figures}");
    history.wait(MINUTE);
    history.report(&Report::at(260.0, 0.0));
    let figures = history.figures(OverdueMoved);
    assert!(figures.contains("1 of its last fixes are away"), "{figures}");
}

#[test]
fn the_wired_device_is_expected_to_fall_silent_only_where_a_hidden_one_goes_on_without_it() {
    let expected = |history: &History| history.examined(Rule::PairLiveness).starts_at;
    let mut history = History::parked(30);
    let heard_at = history.now;
    history.wait(3 * HOUR);
    assert_eq!(expected(&history), None, "it has one device");
    history.report(&Report::backup());
    assert_eq!(expected(&history), Some(heard_at.plus(24 * HOUR)));
    history.wait(MINUTE);
    history.report(&Report::default());
    assert_eq!(expected(&history), None, "the hidden one was not heard since");
}

#[test]
fn a_silence_is_said_in_hours_of_those_allowed_and_when_it_will_be_told() {
    let mut history = History::parked(30);
    let heard_at = history.now;
    history.wait(3 * HOUR);
    let examined = history.examined(OverdueOffline);
    assert_eq!((examined.verdict, examined.starts_at), (Verdict::Unmet, Some(heard_at.plus(24 * HOUR))));
    let figures = examined.figures;
    assert!(figures.starts_with("silent for 3 h of 24 h"), "{figures}");
    // What is examined to begin then does.
    history.wait(21 * HOUR);
    assert!(matches!(history.examined(OverdueOffline).verdict, Verdict::Live { .. }));
    assert!(History::overdue(0).figures(OfflineNoLoan).contains("never heard"));
}

#[test]
fn a_stale_book_is_said_to_be_stale() {
    let mut history = History::parked(30);
    history.book_as_of = Some(history.now.plus(-27 * HOUR));
    assert!(history.examined(OverdueMoved).is_stale);
    assert!(!History::parked(30).examined(OverdueMoved).is_stale);
}

#[test]
fn a_live_alert_an_old_one_and_one_that_waits_are_told_apart() {
    let mut history = History::moved(30);
    let live = history.live(OverdueMoved).unwrap().clone();
    let Verdict::Live { alert, state, cleared_at, .. } = history.examined(OverdueMoved).verdict else {
        panic!("no live alert")
    };
    assert_eq!((alert, state, cleared_at), (live.id.clone(), "open", None));
    let (reason, by, at, note) = (CloseReason::Confirmed, Some("li".to_owned()), history.now, None);
    history.set_live_state(AlertState::Closed { reason, by, at, note });
    assert_eq!(history.examined(OverdueMoved).verdict, Verdict::Told { alert: live.id.clone() });
    // It stands, and drives on: another trip within the cool-down.
    history.stand_away(30 * MINUTE);
    history.trail(30 * 1000, (7..12).map(|step| Report::driving(300.0 * f64::from(step))));
    let until = |hours| -> Timestamp { live.opened_at.plus(hours * HOUR) };
    let cooling_down = |hours| Verdict::CoolingDown { alert: live.id.clone(), until: until(hours) };
    assert_eq!(history.examined(OverdueMoved).verdict, cooling_down(12));
    history.rule_set = RuleSet::parse("[lender.main.overdue_moved]\ncool_down_h = 20").unwrap();
    assert_eq!(history.examined(OverdueMoved).verdict, cooling_down(20), "as its lender wants it");
}

#[test]
fn the_other_rules_give_their_figures() {
    let mut history = History::parked(30);
    assert!(history.figures(TamperLight).starts_with("no device said"));
    assert!(history.figures(WirelessMissed).contains("no hidden device"));
    assert!(history.figures(PairSeparated).contains("no fixes that can be compared"));
    assert!(history.figures(PowerCut).starts_with("no device says"));
    history.rule_set = RuleSet::parse("[tamper_light]\ncool_down_h = 0").unwrap();
    history.report(&Report::alarming(Alarm::Removed));
    assert!(history.figures(TamperLight).contains("said \"removed\""));
    history.trail(HOUR, [Report::backup(), Report::backup()]);
    history.wait(3 * HOUR);
    let figures = history.figures(WirelessMissed);
    assert!(figures.contains("13912345678") && figures.contains("silent for 3 h of"), "{figures}");
    history.wait(3 * DAY);
    assert!(history.figures(TamperLight).contains("news for 48 h only"));
}

#[test]
fn what_speaks_for_a_movement_is_counted_beside_what_decides() {
    let history = History::moved(30);
    let Finding::Moved { score, .. } = &history.live(OverdueMoved).unwrap().explanation.finding else {
        unreachable!()
    };
    let signs: Vec<_> = score.0.iter().map(|scored| (scored.sign, scored.points)).collect();
    assert_eq!(signs, [(MovementSign::Speed, 3), (MovementSign::Ignition, 2)]);
    assert_eq!(score.points(), 5);
}

#[test]
fn what_speaks_against_a_movement_is_counted_too() {
    let mut history = History::parked(30);
    let bare = |metres: f64| Report { satellites: Some(9), ..Report::bare(metres) };
    let weak = Report { satellites: Some(3), ..Report::bare(400.0) };
    history.trail(MINUTE, [bare(250.0), weak, bare(10.0), bare(300.0), bare(450.0), bare(600.0)]);
    let Finding::Moved { score, .. } = &history.live(OverdueMoved).unwrap().explanation.finding else {
        unreachable!()
    };
    let signs: Vec<_> = score.0.iter().map(|scored| scored.sign).collect();
    assert_eq!(signs, [MovementSign::Displacement, MovementSign::Imprecise, MovementSign::BackAtAnchor]);
    assert_eq!(score.points(), -2);
}
