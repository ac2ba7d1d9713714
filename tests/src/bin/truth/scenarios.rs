//! The scenarios that the story must hold: what had to be told in each, and who only looked like it.
//!
//! Among thousands of true alerts precision does not show that each of those who look alike was taken for it: they are counted by
//! themselves, car by car.
//!
//! Shape: facts and whether they were told, cars and whether they were left alone → a [`Tally`] a [`Scenario`]. Units: events; cars.
//! Source: issue 5, "Scenarios".

use crate::life::{Fact, Life, Part};
use crate::spread::Share;
use model::{Rule, VehicleId};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// What is injected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scenario {
    Drift,
    Garages,
    DailyReporters,
    CarrierOutage,
    Tow,
    TheftOfTracker,
    SecondPledge,
    Spoof,
    LateBatches,
    WrongBindings,
    StaleLoanFile,
    Payments,
    NewHabits,
}

impl Scenario {
    pub(crate) const ALL: [Self; 13] = [
        Self::Drift,
        Self::Garages,
        Self::DailyReporters,
        Self::CarrierOutage,
        Self::Tow,
        Self::TheftOfTracker,
        Self::SecondPledge,
        Self::Spoof,
        Self::LateBatches,
        Self::WrongBindings,
        Self::StaleLoanFile,
        Self::Payments,
        Self::NewHabits,
    ];

    #[rustfmt::skip]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Drift          => "drift",
            Self::Garages        => "garages",
            Self::DailyReporters => "daily_reporters",
            Self::CarrierOutage  => "carrier_outage",
            Self::Tow            => "tow",
            Self::TheftOfTracker => "theft_of_tracker",
            Self::SecondPledge   => "second_pledge",
            Self::Spoof          => "spoof",
            Self::LateBatches    => "late_batches",
            Self::WrongBindings  => "wrong_bindings",
            Self::StaleLoanFile  => "stale_loan_file",
            Self::Payments       => "payments",
            Self::NewHabits      => "new_habits",
        }
    }

    /// Whether a fact is one that had to be told in it; of payments and books other modules know.
    #[rustfmt::skip]
    fn holds(self, life: &Life, fact: &Fact) -> bool {
        let (rule, plays) = (fact.rule, |part| life.plays(part));
        match self {
            Self::Drift          => rule == Rule::OverdueMoved,
            Self::Garages        => rule == Rule::OverdueOffline && life.is_wired(),
            Self::DailyReporters => rule == Rule::OverdueOffline && plays(Part::Daily),
            Self::CarrierOutage  => rule == Rule::OverdueOffline && plays(Part::Hider),
            Self::Tow            => rule == Rule::Tow,
            Self::TheftOfTracker => rule == Rule::TamperLight,
            Self::SecondPledge   => rule == Rule::BlackpointStay,
            Self::Spoof          => rule == Rule::JumpSpoof,
            Self::LateBatches    => rule == Rule::OverdueMoved && life.is_heard_again(fact.at),
            Self::WrongBindings  => rule == Rule::PairSeparated,
            Self::NewHabits      => rule == Rule::HabitReplaced,
            Self::StaleLoanFile | Self::Payments => false,
        }
    }

    /// Who looks to a rule like what it tells, and is not.
    #[rustfmt::skip]
    const fn look_alikes(self) -> &'static [(Rule, Part)] {
        match self {
            Self::Drift          => &[(Rule::OverdueMoved, Part::Drifter)],
            Self::Garages        => &[(Rule::OverdueOffline, Part::Garaged)],
            Self::DailyReporters => &[(Rule::OverdueOffline, Part::Daily)],
            Self::Tow            => &[(Rule::Tow, Part::DeadWire), (Rule::Tow, Part::LateWire)],
            Self::TheftOfTracker => &[(Rule::TamperLight, Part::Fitted), (Rule::TamperLight, Part::Exchanged)],
            Self::SecondPledge   => &[(Rule::BlackpointStay, Part::Passer)],
            Self::Spoof          => &[(Rule::JumpSpoof, Part::Glitched), (Rule::OverdueMoved, Part::Spoofed)],
            Self::LateBatches    => &[(Rule::OverdueMoved, Part::LateTeller)],
            Self::WrongBindings  => &[(Rule::PairSeparated, Part::Swapped)],
            Self::NewHabits      => &[(Rule::HabitReplaced, Part::Holiday)],
            Self::CarrierOutage | Self::StaleLoanFile | Self::Payments => &[],
        }
    }

    /// Those that no rule is asked about.
    const fn other_look_alikes(self) -> &'static [&'static str] {
        match self {
            Self::CarrierOutage => &[CUT_OFF],
            Self::StaleLoanFile => &[BY_A_STALE_BOOK],
            Self::Payments => &[PART_PAID, OTHER_PAID],
            _ => &[],
        }
    }
}

/// What came of one scenario.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// Of what had to be told, what was.
    pub(crate) told: Share,
    /// Of those who look alike, by their name, those who were left alone.
    pub(crate) alone: BTreeMap<String, Share>,
}

/// What came of each.
pub(crate) struct Tallies(BTreeMap<Scenario, Tally>);

impl Tallies {
    /// Of none of them is anything known yet.
    pub(crate) fn new() -> Self {
        let tally = |scenario: Scenario| {
            let by_rule = scenario.look_alikes().iter().map(|(rule, part)| format!("{rule} {part:?}"));
            let others = scenario.other_look_alikes().iter().map(|name| (*name).to_owned());
            let alone = by_rule.chain(others).map(|name| (name, Share::default())).collect();
            (scenario, Tally { told: Share::default(), alone })
        };
        Self(Scenario::ALL.into_iter().map(tally).collect())
    }

    /// Something had to be told, and was or was not.
    pub(crate) fn add(&mut self, life: &Life, fact: &Fact, is_told: bool) {
        for (scenario, tally) in &mut self.0 {
            if scenario.holds(life, fact) {
                tally.told.add(is_told);
            }
        }
    }

    /// Of these cars something false was told by the rule.
    pub(crate) fn judge(&mut self, lives: &[Life], wronged: &BTreeSet<(Rule, VehicleId)>) {
        for scenario in Scenario::ALL {
            for (rule, part) in scenario.look_alikes().iter().copied() {
                let mut share = Share::default();
                for life in lives.iter().filter(|life| life.plays(part)) {
                    share.add(!wronged.contains(&(rule, life.vehicle)));
                }
                self.set_alone(scenario, &format!("{rule} {part:?}"), share);
            }
        }
    }

    pub(crate) fn set_told(&mut self, scenario: Scenario, share: Share) {
        self.0.entry(scenario).or_default().told = share;
    }

    pub(crate) fn set_alone(&mut self, scenario: Scenario, who: &str, share: Share) {
        self.0.entry(scenario).or_default().alone.insert(who.to_owned(), share);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Scenario, &Tally)> {
        self.0.iter().map(|(scenario, tally)| (*scenario, tally))
    }

    pub(crate) fn json(&self) -> Value {
        let tally = |(scenario, tally): (Scenario, &Tally)| {
            let alone = tally.alone.iter().map(|(who, share)| (who.clone(), share.json()));
            let look_alikes: BTreeMap<String, Value> = alone.collect();
            (scenario.as_str(), json!({ "positives": tally.told.json(), "look_alikes": look_alikes }))
        };
        json!(self.iter().map(tally).collect::<BTreeMap<_, _>>())
    }

    pub(crate) fn table(&self) -> String {
        let mut table = String::from("scenario           told                  look-alikes left alone\n");
        for (scenario, tally) in self.iter() {
            let alone = tally.alone.iter().map(|(who, share)| format!("{who} {}", share.text()));
            let alone = alone.collect::<Vec<_>>().join("; ");
            let _ = writeln!(table, "{:<18} {:<21} {alone}", scenario.as_str(), tally.told.text());
        }
        table
    }
}

/// Cars that the network's outage kept from being heard, and which were not told to be silent.
pub(crate) const CUT_OFF: &str = "cut off by the network";
/// Cars that drove while their lender's books did not come.
pub(crate) const BY_A_STALE_BOOK: &str = "driven by a stale book";
/// Payments of a part, which leave the rest past due.
pub(crate) const PART_PAID: &str = "a part paid";
/// Payments into another contract on the car.
pub(crate) const OTHER_PAID: &str = "another contract paid";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Play;
    use crate::cast::cast;
    use crate::facts::plain_departures;
    use crate::lender::Paid;
    use crate::stale_feed;

    #[test]
    fn of_five_hundred_cars_each_scenario_has_thirty_cases_and_thirty_look_alikes() {
        for seed in 1..=5 {
            let lives = cast(Play { seed, vehicles: 500, days: 60, show: 0 });
            let mut tallies = Tallies::new();
            for life in &lives {
                for fact in life.facts.iter().filter(|fact| fact.must) {
                    tallies.add(life, fact, true);
                }
            }
            tallies.judge(&lives, &BTreeSet::new());
            for (scenario, tally) in tallies.iter() {
                let of_rules = scenario.look_alikes().iter().map(|(rule, part)| format!("{rule} {part:?}"));
                for who in of_rules {
                    let cars = tally.alone.get(&who).map_or(0, |share| share.of);
                    assert!(cars >= 30, "seed {seed} {scenario:?} {who}: {cars}");
                }
                let is_told = tally.told.of >= 30 || scenario.look_alikes().is_empty();
                assert!(is_told, "seed {seed} {scenario:?}: {}", tally.told.of);
            }
            assert!(tallies.0[&Scenario::CarrierOutage].told.of >= 30, "seed {seed}");
            let told_again = stale_feed::told_again(&lives, &[]).of;
            let by_a_stale_book = stale_feed::left_alone(&lives, &BTreeSet::new()).of;
            assert!(
                told_again >= 30 && by_a_stale_book >= 30,
                "seed {seed}: {told_again}, {by_a_stale_book}"
            );
        }
    }

    #[test]
    fn more_than_thirty_cars_of_five_hundred_pay_all_a_part_or_something_else_after_a_departure() {
        for seed in 1..=5 {
            let lives = cast(Play { seed, vehicles: 500, days: 60, show: 0 });
            for of in [Paid::All, Paid::Part, Paid::OtherContract] {
                let pays = |life: &&Life| {
                    let payment = life.debt.payment.filter(|payment| payment.of == of);
                    payment.is_some_and(|payment| {
                        let since = |leaves: model::Timestamp| payment.at.since(leaves);
                        plain_departures(life).into_iter().any(|leaves| (1..900_000).contains(&since(leaves)))
                    })
                };
                let cars = lives.iter().filter(pays).count();
                assert!(cars >= 34, "seed {seed} {of:?}: {cars}");
            }
        }
    }

    #[test]
    fn a_look_alike_is_counted_by_the_rule_that_took_it_for_what_it_is_not() {
        let lives = cast(Play { seed: 1, vehicles: 500, days: 60, show: 0 });
        let wronged = lives.iter().find(|life| life.plays(Part::DeadWire)).unwrap().vehicle;
        let alone = |rule| {
            let mut tallies = Tallies::new();
            tallies.judge(&lives, &BTreeSet::from([(rule, wronged)]));
            let share = tallies.0[&Scenario::Tow].alone["TOW DeadWire"];
            share.of - share.hits
        };
        assert_eq!((alone(Rule::Tow), alone(Rule::OverdueMoved)), (1, 0));
    }
}
