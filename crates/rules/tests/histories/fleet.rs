//! What many vehicles have in common: outages, and loan books that do not come.

use crate::gatherings::gathered;
use crate::history::{DAY, HOUR, MINUTE, Report, START, loan, vehicle};
use crate::taxonomy::Side;
use model::loan::Dealings;
use model::{
    Alert, AlertState, Attribute, Attributes, Group, LenderId, Millis, Rule, Seq, TerminalId, Timestamp,
    WithdrawReason,
};
use rules::fleet::{Condition, Part, parts, settle, stale_feed};
use rules::{
    Earshots, Facts, Interruptions, KnownProfiles, LoanFacts, Observation, Outages, Places, RuleSet,
    Surroundings, VehicleState, judge, observe,
};

/// Cars whose devices say something each minute.
struct Fleet {
    cars: Vec<(TerminalId, VehicleState)>,
    now: Timestamp,
    coverage_ms: Millis,
    outages: Outages,
    earshots: Earshots,
    /// The most that went on at once.
    found: Vec<Group>,
    /// The first car is under way.
    drives: bool,
}

impl Fleet {
    /// So many of one make, and as many of another.
    fn of(each: u32) -> Self {
        let car = |number: u32| {
            let make = if number < each { "86812024" } else { "35912024" };
            (TerminalId::parse(&format!("{make}{number:07}")).unwrap(), VehicleState::default())
        };
        let mut fleet = Self {
            cars: (0..2 * each).map(car).collect(),
            now: Timestamp::parse(START).unwrap(),
            coverage_ms: DAY,
            outages: Outages::default(),
            earshots: Earshots::default(),
            found: Vec::new(),
            drives: false,
        };
        fleet.talk(60, |_| true);
        fleet
    }

    /// Those that talk do, for so many minutes.
    fn talk(&mut self, minutes: u32, talks: impl Fn(usize) -> bool) {
        for minute in 0..minutes {
            (self.now, self.coverage_ms) = (self.now.plus(MINUTE), self.coverage_ms + MINUTE);
            for (place, (terminal, state)) in self.cars.iter_mut().enumerate() {
                if talks(place) {
                    // Ten kilometres apart, the whole fleet in one city.
                    let report = match place {
                        0 if self.drives => Report::driving(500.0 * f64::from(minute)),
                        _ => Report::at(10_000.0 * f64::from(u32::try_from(place % 4).unwrap()), 0.0),
                    };
                    observed(state, *terminal, &report, self.now, self.coverage_ms);
                }
            }
            let states = || self.cars.iter().map(|(_, state)| state);
            let looked = self.outages.step(states, self.coverage_ms, DAY);
            self.earshots.step(&looked.tallies, self.coverage_ms);
            let mut groups: Vec<Group> = self.outages.going_on().map(|outage| outage.group).collect();
            groups.retain(|group| !self.found.contains(group));
            self.found.extend(groups);
        }
    }

    /// Each tells its card; two cars of five are in the second network.
    fn tell_cards(&mut self, hidden: TerminalId, hidden_card: &str) {
        for (place, (terminal, state)) in self.cars.iter_mut().enumerate() {
            let card = if place % 5 < 3 { FIRST_CARD } else { SECOND_CARD };
            carded(state, *terminal, card, self.now, self.coverage_ms);
        }
        carded(&mut self.cars[0].1, hidden, hidden_card, self.now, self.coverage_ms);
    }

    /// Tells of what goes on; gives every alert as it is then.
    fn tell(&self, told: &[Alert]) -> Vec<Alert> {
        let holding: Vec<Condition> =
            self.outages.going_on().map(|outage| outage.condition(Vec::new())).collect();
        let changes = settle(Rule::Outage, &holding, told.iter(), self.now, &RuleSet::default());
        let now: Vec<Alert> = changes.into_iter().map(|change| change.alert).collect();
        let is_same = |alert: &&Alert| !now.iter().any(|other| other.id == alert.id);
        told.iter().filter(is_same).cloned().chain(now.clone()).collect()
    }

    fn going_on(&self) -> Vec<Group> {
        self.outages.going_on().map(|outage| outage.group).collect()
    }

    /// Shows the first car, which is past due.
    fn look<R>(&self, look: impl FnOnce(&VehicleState, &Facts<'_>) -> R) -> R {
        let loan = loan(30);
        let facts = Facts {
            vehicle: vehicle(),
            now: self.now,
            coverage_ms: self.coverage_ms,
            run_coverage_ms: self.coverage_ms,
            interruptions: &Interruptions::default(),
            outages: &self.outages,
            earshots: &self.earshots,
            places: &Places::default(),
            profiles: &KnownProfiles::default(),
            loan: Some(LoanFacts {
                loan: &loan,
                book_as_of: self.now,
                paid_at: None,
                in_book: true,
                dealings: &Dealings::default(),
                recovery_basis: None,
            }),
            rule_set: &RuleSet::default(),
            alerts: &[],
        };
        look(&self.cars[0].1, &facts)
    }
}

const MAKE: Group = Group::Batch(35_912_024);

#[test]
fn devices_of_one_make_that_fall_silent_together_are_one_outage_until_half_are_back() {
    let mut fleet = Fleet::of(30);
    fleet.talk(9, |car| car < 30);
    assert_eq!(fleet.found, [], "ten minutes are not over");
    fleet.talk(60, |car| car < 30);
    assert_eq!(fleet.going_on(), [Group::Everyone], "half of all is everybody's matter");
    fleet.talk(2, |car| car < 44);
    assert_eq!(fleet.going_on(), [Group::Everyone], "fourteen of thirty are back");
    fleet.talk(2, |car| car < 45);
    assert_eq!(fleet.going_on(), []);

    let mut fleet = Fleet::of(30);
    fleet.talk(60, |car| car < 31);
    assert_eq!(fleet.found, [MAKE], "29 of 60 are not everybody");
}

#[test]
fn an_outage_takes_over_the_one_that_it_began_with_and_tells_of_one_incident() {
    let mut fleet = Fleet::of(15);
    // Of one make twelve fall silent, and three minutes later of the other one ten. Two of the first come back.
    let second = |number: usize| number >= 12 && !(15..25).contains(&number);
    fleet.talk(3, |number| number >= 12);
    fleet.talk(9, second);
    assert_eq!(fleet.going_on(), [Group::Batch(86_812_024)]);
    let told = fleet.tell(&[]);
    assert_eq!(told.iter().map(|alert| alert.about.code()).collect::<Vec<_>>(), ["group:batch:86812024"]);
    fleet.talk(3, |number| second(number) || number < 2);
    let whole: Vec<_> = fleet.outages.going_on().collect();
    assert_eq!(
        whole.iter().map(|outage| (outage.group, outage.silent)).collect::<Vec<_>>(),
        [(Group::Everyone, 20)]
    );
    let (_, silent) = &fleet.cars[5];
    assert!(whole[0].has_silenced(silent), "whoever fell silent first is one of them");

    let told = fleet.tell(&told);
    let merged = AlertState::Withdrawn { reason: WithdrawReason::Merged, at: fleet.now };
    let states: Vec<_> = told.iter().map(|alert| (alert.about.code(), alert.state.clone())).collect();
    assert_eq!(
        states,
        [("group:batch:86812024".to_owned(), merged), ("group:everyone".to_owned(), AlertState::Open)]
    );

    fleet.talk(60, |number| second(number) || number < 2);
    assert_eq!(fleet.going_on(), [Group::Everyone], "it goes on, and nothing is found again beside it");
    fleet.talk(3, |_| true);
    assert_eq!(fleet.going_on(), []);
    assert_eq!(fleet.found.len(), 2, "{:?}", fleet.found);
}

#[test]
fn nine_devices_or_those_that_park_one_after_the_other_are_no_outage() {
    let mut few = Fleet::of(9);
    few.talk(120, |car| car < 9);
    assert_eq!(few.found, [], "nine");
    let mut evening = Fleet::of(60);
    for parked in 0..120 {
        evening.talk(1, |car| car >= parked);
    }
    assert_eq!(evening.found, [], "one a minute, until none is left");
}

#[test]
fn a_server_that_has_just_started_sees_no_outage() {
    let mut fleet = Fleet::of(30);
    fleet.talk(12, |_| false);
    let states = || fleet.cars.iter().map(|(_, state)| state);
    let mut outages = Outages::default();
    outages.step(states, fleet.coverage_ms, 19 * MINUTE);
    assert_eq!(outages.going_on().count(), 0);
    outages.step(states, fleet.coverage_ms, 20 * MINUTE);
    assert_eq!(outages.going_on().count(), 1);
}

#[test]
fn an_outage_that_does_not_end_is_over_after_a_week() {
    let mut fleet = Fleet::of(30);
    fleet.talk(20, |_| false);
    assert_eq!(fleet.going_on(), [Group::Everyone]);
    let states = || fleet.cars.iter().map(|(_, state)| state);
    fleet.outages.step(states, fleet.coverage_ms + 8 * DAY, DAY);
    assert_eq!(fleet.going_on(), []);
}

#[test]
fn a_car_is_not_missed_because_of_an_outage_and_does_not_hide_in_one() {
    let mut fleet = Fleet::of(15);
    fleet.talk(26 * 60, |_| false);
    assert_eq!(fleet.going_on(), [Group::Everyone]);
    assert!(!is_missed(&fleet), "nobody can be heard");
    fleet.talk(23 * 60, |car| car > 0);
    assert_eq!(fleet.going_on(), []);
    assert!(!is_missed(&fleet), "it counts from the end of the outage");
    fleet.talk(2 * 60, |car| car > 0);
    assert!(is_missed(&fleet));
}

/// The car itself is in the network that goes on.
#[test]
fn a_hidden_device_is_excused_by_the_outage_of_its_own_network_and_of_no_other() {
    let misses = |hidden_card| {
        let mut fleet = Fleet::of(15);
        let hidden = TerminalId::parse(Report::backup().terminal).unwrap();
        for _ in 0..2 {
            observed(&mut fleet.cars[0].1, hidden, &Report::backup(), fleet.now, fleet.coverage_ms);
            fleet.tell_cards(hidden, hidden_card);
            fleet.talk(60, |_| true);
        }
        fleet.talk(40 * 60, |car| car % 5 < 3);
        assert_eq!(fleet.going_on().len(), 1, "{:?}", fleet.going_on());
        assert!(matches!(fleet.going_on()[0], Group::Carrier(898_601)), "{:?}", fleet.going_on());
        raises(&fleet, Rule::WirelessMissed)
    };
    assert!(!misses(SECOND_CARD), "its network is down");
    assert!(misses(FIRST_CARD), "it could have been heard");
    assert!(misses(""), "whose card nobody knows is held to be in the car's network");
}

/// Its wired device, which is in the network that goes on, has been off for days.
#[test]
fn a_car_that_only_its_hidden_device_tells_of_is_excused_by_the_network_of_that_one() {
    let misses = |hidden_card| {
        let mut fleet = Fleet::of(15);
        let hidden = TerminalId::parse(Report::backup().terminal).unwrap();
        fleet.tell_cards(hidden, hidden_card);
        for _ in 0..3 {
            fleet.talk(24 * 60, |car| car > 0);
            observed(&mut fleet.cars[0].1, hidden, &Report::backup(), fleet.now, fleet.coverage_ms);
        }
        assert!(!is_missed(&fleet));
        fleet.talk(60 * 60, |car| car > 0 && car % 5 < 3);
        is_missed(&fleet)
    };
    assert!(!misses(SECOND_CARD), "its network is down");
    assert!(misses(FIRST_CARD), "it could have been heard");
}

#[test]
fn an_outage_goes_on_whatever_hidden_devices_in_another_network_tell() {
    let mut fleet = Fleet::of(15);
    let hidden = TerminalId::parse(Report::backup().terminal).unwrap();
    fleet.tell_cards(hidden, FIRST_CARD);
    for _ in 0..3 {
        for (_, state) in &mut fleet.cars {
            observed(state, hidden, &Report::backup(), fleet.now, fleet.coverage_ms);
            carded(state, hidden, FIRST_CARD, fleet.now, fleet.coverage_ms);
        }
        fleet.talk(24 * 60, |car| car % 5 < 3);
    }
    assert_eq!(fleet.going_on().len(), 1, "the wired ones of that network are silent still");
}

/// Into its garage, most likely, and nobody saw it.
#[test]
fn a_car_that_was_under_way_when_its_network_failed_is_allowed_the_parked_silence() {
    let missed_after_h = |outage_min: u32| {
        let mut fleet = Fleet::of(15);
        fleet.drives = true;
        fleet.talk(20, |_| true);
        fleet.talk(outage_min, |_| false);
        let mut hours = 0;
        while !is_missed(&fleet) {
            fleet.talk(60, |car| car > 0);
            hours += 1;
        }
        hours
    };
    assert_eq!(
        [missed_after_h(0), missed_after_h(60)],
        [2, 25],
        "a day from the end of it, looked at each hour"
    );
}

/// The first car drives off and is not heard again; so are, for the next half hour, those of others that do not talk.
#[test]
fn a_car_has_vanished_where_others_are_heard_and_not_where_they_are_silent_or_too_few() {
    let vanished = |each: u32, talks: fn(usize) -> bool| {
        let mut fleet = Fleet::of(each);
        fleet.drives = true;
        fleet.talk(10, |_| true);
        fleet.talk(31, talks);
        raises(&fleet, Rule::JamSuspect)
    };
    assert!(vanished(15, |car| car > 0));
    assert!(!vanished(15, |_| false), "everybody");
    assert!(!vanished(15, |car| car >= 15), "its make");
    assert!(!vanished(15, |car| car % 3 != 0), "a third of the city, which is no outage yet");
    assert!(!vanished(3, |car| car > 0), "five others");
}

/// A car is seen to report.
fn observed(
    state: &mut VehicleState,
    terminal: TerminalId,
    report: &Report,
    now: Timestamp,
    coverage_ms: Millis,
) {
    let position = report.position(now);
    let observation = Observation::Report {
        seq: Seq(1),
        terminal,
        role: report.role,
        bound_at: None,
        received_at: now,
        position: &position,
    };
    observe(state, &observation, coverage_ms, &Surroundings { places: &Places::default(), vehicle: None });
}

/// A device says which card it has.
fn carded(state: &mut VehicleState, terminal: TerminalId, card: &str, now: Timestamp, coverage_ms: Millis) {
    let attributes = Attributes(vec![Attribute::Iccid(card.to_owned())]);
    let told = Observation::Told { terminal, at: now, attributes: &attributes };
    observe(state, &told, coverage_ms, &Surroundings { places: &Places::default(), vehicle: None });
}

const FIRST_CARD: &str = "89860012345678901234";
const SECOND_CARD: &str = "89860112345678901234";

/// Whether the first car, which is past due, is told to be missing.
fn is_missed(fleet: &Fleet) -> bool {
    raises(fleet, Rule::OverdueOffline)
}

/// Whether a rule tells of the first car, which is past due.
fn raises(fleet: &Fleet, rule: Rule) -> bool {
    let judged = fleet.look(judge);
    judged.changed.iter().any(|change| change.alert.rule == rule)
}

/// What the first car has to do with what is told after an hour in which those talk that do.
pub(crate) fn part_of_outage(talks: fn(usize) -> bool, told: bool) -> Part {
    let mut fleet = Fleet::of(30);
    fleet.talk(60, talks);
    let going_on: Vec<Condition> =
        fleet.outages.going_on().map(|outage| outage.condition(Vec::new())).collect();
    let told = if told { going_on } else { Vec::new() };
    let told = settle(Rule::Outage, &told, [].into_iter(), fleet.now, &RuleSet::default());
    let alerts: Vec<Alert> = told.into_iter().map(|change| change.alert).collect();
    let [_, _, outage] = fleet.look(|state, facts| parts(state, facts, &alerts));
    outage
}

/// What settles around one condition, minute by minute.
pub(crate) fn told(conditions: &[&[Condition]], rule: Rule) -> Vec<&'static str> {
    let (mut alerts, mut told): (Vec<Alert>, _) = (Vec::new(), Vec::new());
    for (minute, holding) in (0..).zip(conditions) {
        let now = Timestamp::parse(START).unwrap().plus(minute * MINUTE);
        for change in settle(rule, holding, alerts.clone().iter(), now, &RuleSet::default()) {
            told.extend(change.notice.map(model::alert::Notice::as_str));
            alerts.retain(|alert| alert.id != change.alert.id);
            alerts.push(change.alert);
        }
        let again = settle(rule, holding, alerts.iter(), now, &RuleSet::default());
        assert_eq!(again, [], "settling twice changed something");
    }
    told
}

pub(crate) fn feed(as_of_h: i64, now_h: i64) -> Option<Condition> {
    let start = Timestamp::parse(START).unwrap();
    let (as_of, now) = (start.plus(as_of_h * HOUR), start.plus(now_h * HOUR));
    stale_feed(&LenderId("main".into()), as_of, 500, now, &RuleSet::default())
}

#[test]
fn a_condition_is_told_once_closed_when_it_is_over_and_told_anew_in_its_next_episode() {
    let (first, second) = (feed(0, 27).unwrap(), feed(48, 90).unwrap());
    let (held, held_again) = (std::slice::from_ref(&first), std::slice::from_ref(&second));
    let notices = told(&[held, held, &[], held, held_again, &[]], Rule::LoanFeedStale);
    assert_eq!(notices, ["opened", "closed", "opened", "closed"], "the same episode is not told again");
}

#[test]
fn a_feed_that_nobody_looks_after_is_told_again_once() {
    let condition = feed(0, 27).unwrap();
    let holding = [std::slice::from_ref(&condition); 100];
    assert_eq!(told(&holding[..30], Rule::LoanFeedStale), ["opened"]);
    assert_eq!(told(&holding, Rule::LoanFeedStale), ["opened", "unacknowledged"]);
}

#[test]
fn what_staff_have_closed_stays_closed_while_it_goes_on() {
    let condition = feed(0, 27).unwrap();
    let now = Timestamp::parse(START).unwrap().plus(27 * HOUR);
    let holding = [condition];
    let opened = settle(Rule::LoanFeedStale, &holding, [].into_iter(), now, &RuleSet::default());
    let alert = &opened[0].alert;
    assert_eq!((alert.state.clone(), alert.about.code()), (AlertState::Open, "lender:main".to_owned()));
    let closed = rules::close(alert, "li", now, None, model::CloseReason::Confirmed, None).unwrap();
    assert_eq!(settle(Rule::LoanFeedStale, &holding, [closed].iter(), now, &RuleSet::default()), []);
}

pub(crate) fn outage_of(lost: usize) -> bool {
    let mut fleet = Fleet::of(15);
    fleet.talk(30, |car| car >= lost);
    !fleet.found.is_empty()
}

/// What goes on once so many of thirty of one make have been back for a while after an outage.
pub(crate) fn outages(back: usize) -> Vec<Condition> {
    let mut fleet = Fleet::of(30);
    fleet.talk(60, |car| car < 31);
    fleet.talk(2, |car| car < 30 + back);
    fleet.outages.going_on().map(|outage| outage.condition(Vec::new())).collect()
}

/// The rules of many vehicles for the table of the taxonomy: fires, silent, on either side of the line.
pub(crate) fn wide(rule: Rule) -> Option<(bool, bool, [bool; 2])> {
    let sides = [Side::Short, Side::Beyond];
    Some(match rule {
        Rule::Outage => (
            outage_of(30),
            !outage_of(0),
            sides.map(|side| outage_of(if side == Side::Short { 9 } else { 10 })),
        ),
        Rule::LoanFeedStale => (
            feed(0, 40).is_some(),
            feed(0, 20).is_none(),
            sides.map(|side| feed(0, if side == Side::Short { 26 } else { 27 }).is_some()),
        ),
        Rule::Gathering => {
            let three =
                |reach_m, overdue| !gathered(&[(0, 20), (100, 15), (reach_m, 13)], overdue).is_empty();
            // The one in the middle is within reach of both; so the line is at 250 m from end to end.
            (
                three(140, true),
                !three(140, false),
                sides.map(|side| three(if side == Side::Short { 255 } else { 245 }, true)),
            )
        }
        _ => return None,
    })
}
