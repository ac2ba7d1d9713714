//! Alerts that nobody acknowledges: told once more, and no more once somebody has them or there is nothing to do.

use crate::devices::{alarmed, told};
use crate::history::{DAY, HOUR, History, MINUTE};
use model::alert::Notice;
use model::{Alarm, AlertState, Attribute, Millis, Rule, Timestamp};
use rules::RuleSet;

fn told_again(history: &History, rule: Rule) -> Vec<Timestamp> {
    history.told_again.iter().filter(|(of, _)| *of == rule).map(|(_, at)| *at).collect()
}

#[test]
fn what_nobody_acknowledges_is_told_again_once_after_half_an_hour_or_four_hours() {
    let cases: [(i32, Alarm, Rule, Option<Millis>); 3] = [
        (30, Alarm::Removed, Rule::TamperLight, Some(30 * MINUTE)),
        (-10, Alarm::Removed, Rule::TamperLight, Some(4 * HOUR)),
        (-10, Alarm::SimChanged, Rule::DeviceMoved, None),
    ];
    for (dpd, alarm, rule, after_ms) in cases {
        let mut history = alarmed(dpd, alarm);
        history.wait(2 * DAY);
        let opened_at = history.live(rule).unwrap().opened_at;
        let due: Vec<Timestamp> = after_ms.iter().map(|after_ms| opened_at.plus(*after_ms)).collect();
        assert_eq!(told_again(&history, rule), due, "dpd {dpd}, {alarm}");
        assert_eq!(history.live(rule).unwrap().told_again_at, due.first().copied());
        assert_eq!(told(&history, rule), [Notice::Opened]);
    }
}

#[test]
fn what_somebody_has_or_what_is_over_is_not_told_again() {
    let acknowledged = |history: &mut History| {
        history.set_live_state(AlertState::Acknowledged { by: "li".into(), at: history.now, note: None });
    };
    let settled = |history: &mut History| history.loan().settled_at = Some(history.now);
    for end in [acknowledged, settled] {
        let mut history = alarmed(30, Alarm::Removed);
        history.wait(29 * MINUTE);
        end(&mut history);
        history.judge();
        history.wait(20 * HOUR);
        assert_eq!(history.told_again, []);
    }
}

#[test]
fn what_people_are_told_of_again_is_no_longer_out_of_the_way() {
    let mut history = alarmed(-10, Alarm::Removed);
    let until = history.now.plus(3 * DAY);
    let alert = history.live(Rule::TamperLight).unwrap().clone();
    let away = rules::snooze(&alert, Some(until), history.now, None, None).unwrap();
    history.set_live(away);
    history.wait(4 * HOUR - MINUTE);
    assert_eq!(history.live(Rule::TamperLight).unwrap().triage.snoozed_until, Some(until));
    history.wait(2 * MINUTE);
    let alert = history.live(Rule::TamperLight).unwrap();
    assert!(alert.told_again_at.is_some());
    assert_eq!(alert.triage.snoozed_until, None);
}

#[test]
fn what_is_cleared_is_not_told_again_until_it_holds_once_more() {
    let mut history = alarmed(30, Alarm::PowerCut);
    history.wait(6 * MINUTE);
    history.tell(Attribute::Charging(true));
    history.wait(2 * HOUR);
    assert_eq!(told(&history, Rule::PowerCut), [Notice::Opened, Notice::Cleared]);
    assert_eq!(told_again(&history, Rule::PowerCut), []);
    history.tell(Attribute::ExternalVolts(0.0));
    history.wait(5 * MINUTE);
    assert_eq!(told(&history, Rule::PowerCut), [Notice::Opened, Notice::Cleared, Notice::Escalated]);
    let escalated_at = history.now;
    history.wait(5 * HOUR);
    assert_eq!(told_again(&history, Rule::PowerCut), [escalated_at.plus(30 * MINUTE)]);
}

#[test]
fn an_alert_that_becomes_graver_is_waited_for_anew() {
    let mut history = alarmed(-10, Alarm::Removed);
    history.wait(5 * HOUR);
    assert_eq!(told_again(&history, Rule::TamperLight).len(), 1);
    history.set_dpd(30);
    history.judge();
    let graver_at = history.now;
    assert_eq!(told(&history, Rule::TamperLight), [Notice::Opened, Notice::Escalated]);
    history.wait(10 * HOUR);
    assert_eq!(told_again(&history, Rule::TamperLight).get(1..), Some(&[graver_at.plus(30 * MINUTE)][..]));
}

#[test]
fn a_stale_book_tells_nothing_again_until_the_next_one() {
    let mut history = History::parked(30);
    history.wait(25 * HOUR);
    assert_eq!(told(&history, Rule::OverdueOffline), [Notice::Opened]);
    history.book_as_of = Some(history.now.plus(-3 * DAY));
    history.judge();
    history.wait(10 * HOUR);
    assert_eq!(told_again(&history, Rule::OverdueOffline), []);
    history.book_as_of = None;
    history.judge();
    assert_eq!(told_again(&history, Rule::OverdueOffline), [history.now]);
}

#[test]
fn a_lender_may_have_nothing_told_again() {
    let never = "[lender.main.escalation]\np1_unacknowledged_min = 0\np2_unacknowledged_h = 0";
    let mut history = History::parked(30);
    history.rule_set = RuleSet::parse(never).unwrap();
    history.wait(2 * DAY);
    assert!(history.raised(Rule::OverdueOffline));
    assert_eq!(history.told_again, []);
}
