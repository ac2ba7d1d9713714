//! What stays of an alert when the state that it rests on is begun anew, as after an upgrade that does not know its form.

use crate::devices::{alarmed, told};
use crate::history::{DAY, HOUR, History, MINUTE, Report};
use crate::taxonomy::{fires, together};
use model::alert::Notice;
use model::{Alarm, Attribute, Rule};
use rules::RuleSet;

fn begin_anew(history: &mut History) {
    history.state = rules::VehicleState::begun_anew(history.state.heard_at().unwrap(), history.coverage_ms);
    history.judge();
}

#[test]
fn what_was_told_is_not_over_because_a_state_is_begun_anew() {
    for rule in rules_of_devices() {
        let mut history = fires(rule);
        assert!(history.live(rule).is_some(), "{rule}: its fixture must end before its alert does");
        history.rule_set = RuleSet::parse(NOTHING_AGAIN).unwrap();
        let before = history.last(rule).clone();
        begin_anew(&mut history);
        history.wait(30 * MINUTE);
        history.report(&Report { terminal: "868120240000099", ..Report::default() });
        assert_eq!(history.last(rule), &before, "{rule}");
    }
}

/// The due date is three days away and the device's battery low; the supply of the vehicle is fine.
#[test]
fn a_good_battery_of_the_vehicle_is_no_word_of_the_devices_own_when_a_state_is_begun_anew() {
    let mut history = History::parked(-3);
    history.tell(Attribute::BatteryPercent(12.0));
    history.stand(11 * HOUR, 30 * MINUTE);
    assert_eq!(told(&history, Rule::DeviceCheckDue), [Notice::Opened]);
    begin_anew(&mut history);
    history.wait(MINUTE);
    history.report(&Report::default());
    history.tell(Attribute::ExternalVolts(12.6));
    assert_eq!(told(&history, Rule::DeviceCheckDue), [Notice::Opened]);
    history.tell(Attribute::BatteryPercent(90.0));
    assert_eq!(told(&history, Rule::DeviceCheckDue), [Notice::Opened, Notice::Closed]);
}

/// That nobody acknowledges an alert is another matter.
const NOTHING_AGAIN: &str = "[escalation]\np1_unacknowledged_min = 0\np2_unacknowledged_h = 0";

/// Those that any report ends are not among them, nor those of many vehicles.
fn rules_of_devices() -> impl Iterator<Item = Rule> {
    let heard = [Rule::OverdueOffline, Rule::OfflineNoLoan, Rule::PersonAndCarLost];
    let others = [&heard[..], &[Rule::Speed, Rule::Gathering, Rule::LoanFeedStale, Rule::Outage]].concat();
    Rule::ALL.iter().copied().filter(move |rule| !others.contains(rule))
}

#[test]
fn a_supply_whose_cut_is_forgotten_is_back_when_its_device_says_so() {
    let mut history = alarmed(-10, Alarm::PowerCut);
    history.wait(6 * MINUTE);
    begin_anew(&mut history);
    history.stand(HOUR, MINUTE);
    assert_eq!(told(&history, Rule::PowerCut), [Notice::Opened], "nothing was said of it");
    history.tell(Attribute::Charging(true));
    assert_eq!(told(&history, Rule::PowerCut), [Notice::Opened, Notice::Closed]);
}

#[test]
fn a_hidden_device_that_is_heard_again_after_an_upgrade_is_not_missed_any_more() {
    let mut history = together();
    history.wait(3 * DAY);
    begin_anew(&mut history);
    history.wait(HOUR);
    assert!(history.live(Rule::WirelessMissed).is_some());
    history.report(&Report::backup());
    assert!(history.live(Rule::WirelessMissed).is_none());
}
