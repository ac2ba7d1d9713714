//! Whether the figures are as they must be.
//!
//! Shape: figures of rules, and what must never happen, counted → a [`Verdict`]. Units: shares; fixes. Source: issue 5, "Must
//! hold".

use crate::scenarios::{Scenario, Tallies};
use crate::score::Figures;
use crate::spread::Share;
use model::Rule;
use std::collections::BTreeMap;
use std::process::ExitCode;

/// What is not as it must be, in words.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Figures that rest on too few cases to say anything.
    pub(crate) thin: Vec<String>,
    /// Figures that rest on enough, and are missed.
    pub(crate) wrong: Vec<String>,
}

impl Verdict {
    /// Of the rules' figures, of the scenarios, and of what must never happen: its name and how often it did.
    pub(crate) fn of(rules: &BTreeMap<Rule, Figures>, scenarios: &Tallies, never: &[(&str, usize)]) -> Self {
        let mut verdict = Self::default();
        let nothing = Figures::default();
        for rule in SCORED {
            verdict.weigh(rule, rules.get(&rule).unwrap_or(&nothing));
        }
        for (scenario, tally) in scenarios.iter() {
            let name = scenario.as_str();
            let must_hold = !MAY_BE_MISSED.contains(&scenario);
            verdict.weigh_share(&format!("{name} told"), tally.told, must_hold);
            for (who, share) in &tally.alone {
                verdict.weigh_share(&format!("{name} left alone: {who}"), *share, true);
            }
        }
        let happened = never.iter().filter(|(_, times)| *times > 0);
        verdict.wrong.extend(happened.map(|(what, times)| format!("{what}: {times}, not 0")));
        verdict
    }

    fn weigh(&mut self, rule: Rule, figures: &Figures) {
        for (name, share) in [("precision", figures.precision), ("recall", figures.recall)] {
            self.weigh_share(&format!("{rule} {name}"), share, MUST_HOLD.contains(&rule));
        }
        // Silence is told of hours, not of fixes.
        let (most, unit) =
            if rule == Rule::OverdueOffline { (SILENCE_H_MAX, "hours") } else { (DELAY_MAX, "fixes") };
        let late = figures.delay().filter(|delay| *delay > most);
        let is_counted = MUST_HOLD.contains(&rule) && figures.recall.of >= CASES_MIN;
        if let Some(delay) = late.filter(|_| is_counted) {
            self.wrong.push(format!("{rule} delay: {delay} {unit}"));
        }
    }

    fn weigh_share(&mut self, name: &str, share: Share, must_hold: bool) {
        if share.of < CASES_MIN {
            self.thin.push(format!("{name}: {} cases", share.of));
        } else if must_hold && is_low(share) {
            self.wrong.push(format!("{name}: {} of {}", share.hits, share.of));
        }
    }

    /// As scripts read it. What is wrong is wrong, whatever else is thin.
    pub(crate) const fn word(&self) -> &'static str {
        match (self.wrong.is_empty(), self.thin.is_empty()) {
            (false, _) => "wrong",
            (true, false) => "thin",
            (true, true) => "ok",
        }
    }

    /// What the program ends with.
    pub(crate) fn exit(&self) -> ExitCode {
        match self.word() {
            "wrong" => ExitCode::from(8),
            "thin" => ExitCode::from(3),
            _ => ExitCode::SUCCESS,
        }
    }
}

fn is_low(share: Share) -> bool {
    share.value().is_none_or(|value| value < SHARE_MIN)
}

/// The rules for which the story has its thirty cases.
pub(crate) const SCORED: [Rule; 8] = [
    Rule::OverdueMoved,
    Rule::OverdueOffline,
    Rule::TamperLight,
    Rule::PairSeparated,
    Rule::Tow,
    Rule::JumpSpoof,
    Rule::BlackpointStay,
    Rule::HabitReplaced,
];
/// Those that staff must be able to believe.
const MUST_HOLD: [Rule; 5] =
    [Rule::OverdueMoved, Rule::OverdueOffline, Rule::TamperLight, Rule::PairSeparated, Rule::BlackpointStay];
/// What is told of them is for the log or the work list; that nobody is taken for one of them must hold of these too.
const MAY_BE_MISSED: [Scenario; 3] = [Scenario::Tow, Scenario::Spoof, Scenario::NewHabits];
/// A figure that rests on fewer says nothing.
const CASES_MIN: u32 = 30;
const SHARE_MIN: f64 = 0.95;
const DELAY_MAX: usize = 3;
/// A parked car with a wired device is missed after a day, one that reports daily after a day and a half and some hours.
const SILENCE_H_MAX: usize = 36;

#[cfg(test)]
mod tests {
    use super::*;

    fn share(hits: u32, of: u32) -> Share {
        Share { hits, of }
    }

    /// All figures are perfect but what `spoil` makes of one rule's.
    fn verdict(spoiled: Rule, spoil: impl Fn(&mut Figures)) -> Verdict {
        let mut rules = figures();
        spoil(rules.entry(spoiled).or_default());
        Verdict::of(&rules, &scenarios(), &[("false silence", 0)])
    }

    fn figures() -> BTreeMap<Rule, Figures> {
        let mut rules: BTreeMap<Rule, Figures> = BTreeMap::new();
        for rule in SCORED {
            let figures = rules.entry(rule).or_default();
            (figures.precision, figures.recall) = (share(40, 40), share(40, 40));
            figures.delays = vec![1, 3, 9];
        }
        rules
    }

    /// All was told, and everybody who looks alike was left alone.
    fn scenarios() -> Tallies {
        let mut tallies = Tallies::new();
        for (scenario, who) in look_alikes() {
            tallies.set_told(scenario, share(33, 33));
            tallies.set_alone(scenario, &who, share(33, 33));
        }
        tallies
    }

    fn look_alikes() -> Vec<(Scenario, String)> {
        let tallies = Tallies::new();
        let of_all = tallies.iter();
        of_all
            .flat_map(|(scenario, tally)| tally.alone.keys().map(move |who| (scenario, who.clone())))
            .collect()
    }

    #[test]
    fn figures_as_they_must_be_are_well() {
        let verdict = verdict(Rule::Tow, |_| {});
        assert_eq!((verdict.word(), verdict.exit()), ("ok", ExitCode::SUCCESS));
        assert_eq!(verdict, Verdict::default());
    }

    #[test]
    fn fewer_than_thirty_cases_of_a_scored_rule_are_thin_told_or_true() {
        for rule in SCORED {
            let told = verdict(rule, |figures| figures.precision = share(29, 29));
            assert_eq!((told.word(), told.thin.len(), told.exit()), ("thin", 1, ExitCode::from(3)), "{rule}");
            let of_truth = verdict(rule, |figures| figures.recall = share(29, 29));
            assert_eq!((of_truth.word(), of_truth.thin.len()), ("thin", 1), "{rule}");
        }
        let none = Verdict::of(&BTreeMap::new(), &scenarios(), &[]);
        assert_eq!((none.word(), none.thin.len()), ("thin", 2 * SCORED.len()));
    }

    #[test]
    fn a_figure_that_must_hold_and_is_missed_is_wrong() {
        for rule in MUST_HOLD {
            let told = verdict(rule, |figures| figures.precision = share(37, 40));
            assert_eq!((told.word(), told.exit()), ("wrong", ExitCode::from(8)), "{rule}");
            assert_eq!(verdict(rule, |figures| figures.recall = share(37, 40)).word(), "wrong", "{rule}");
            assert_eq!(verdict(rule, |figures| figures.recall = share(38, 40)).word(), "ok", "{rule}");
        }
        assert_eq!(verdict(Rule::Tow, |figures| figures.recall = share(1, 40)).word(), "ok");
    }

    #[test]
    fn the_median_of_a_delay_is_three_fixes_at_most_and_silence_is_told_in_hours() {
        let late = |rule| verdict(rule, |figures| figures.delays = vec![1, 4, 9]).word();
        assert_eq!(late(Rule::TamperLight), "wrong");
        assert_eq!((late(Rule::OverdueOffline), late(Rule::HabitReplaced)), ("ok", "ok"));
    }

    #[test]
    fn what_must_never_happen_is_wrong_once_although_other_figures_are_thin() {
        let verdict = Verdict::of(&BTreeMap::new(), &scenarios(), &[("false silence", 0), ("overstated", 1)]);
        assert_eq!((verdict.word(), verdict.wrong.len()), ("wrong", 1));
    }

    #[test]
    fn who_looks_alike_and_is_told_of_is_wrong_however_many_others_were_right() {
        for (scenario, who) in look_alikes() {
            let spoiled = |spoiled: Share| {
                let mut tallies = scenarios();
                tallies.set_alone(scenario, &who, spoiled);
                Verdict::of(&figures(), &tallies, &[])
            };
            assert_eq!(spoiled(share(32, 33)).word(), "ok", "{who}");
            let wrong = format!("{} left alone: {who}: 31 of 33", scenario.as_str());
            assert_eq!(spoiled(share(31, 33)).wrong, [wrong]);
            assert_eq!((spoiled(share(29, 29)).word(), spoiled(share(29, 29)).thin.len()), ("thin", 1));
        }
    }

    #[test]
    fn a_scenario_of_fewer_than_thirty_cases_is_thin_and_one_that_is_missed_is_wrong_where_it_must_hold() {
        for scenario in Scenario::ALL {
            let spoiled = |spoiled: Share| {
                let mut tallies = scenarios();
                tallies.set_told(scenario, spoiled);
                Verdict::of(&figures(), &tallies, &[])
            };
            let thin = spoiled(share(29, 29));
            assert_eq!((thin.word(), thin.thin.len()), ("thin", 1), "{scenario:?}");
            let word = if MAY_BE_MISSED.contains(&scenario) { "ok" } else { "wrong" };
            assert_eq!(spoiled(share(20, 40)).word(), word, "{scenario:?}");
        }
        let nothing = Verdict::of(&figures(), &Tallies::new(), &[]);
        assert_eq!(nothing.thin.len(), Scenario::ALL.len() + look_alikes().len());
    }
}
