//! Whether the figures are as they must be.
//!
//! Shape: figures of rules, and what must never happen, counted → a [`Verdict`]. Units: shares; fixes. Source: issue 5, "Must
//! hold".

use crate::life::Part;
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
    /// Of the rules' figures, of those who look alike, and of what must never happen: its name and how often it did.
    pub(crate) fn of(
        rules: &BTreeMap<Rule, Figures>,
        calm: &BTreeMap<(Rule, Part), Share>,
        never: &[(&str, usize)],
    ) -> Self {
        let mut verdict = Self::default();
        let nothing = Figures::default();
        for rule in SCORED {
            verdict.weigh(rule, rules.get(&rule).unwrap_or(&nothing));
        }
        for (rule, part) in LOOK_ALIKES {
            let share = calm.get(&(rule, part)).copied().unwrap_or_default();
            verdict.weigh_share(rule, &format!("of {part:?} cars left alone"), share);
        }
        let happened = never.iter().filter(|(_, times)| *times > 0);
        verdict.wrong.extend(happened.map(|(what, times)| format!("{what}: {times}, not 0")));
        verdict
    }

    fn weigh(&mut self, rule: Rule, figures: &Figures) {
        for (name, share) in [("precision", figures.precision), ("recall", figures.recall)] {
            self.weigh_share(rule, name, share);
        }
        let late = figures.delay().filter(|delay| *delay > DELAY_MAX);
        // Silence is told of hours, not of fixes.
        let is_counted = MUST_HOLD.contains(&rule) && rule != Rule::OverdueOffline;
        if let Some(delay) = late.filter(|_| is_counted && figures.recall.of >= CASES_MIN) {
            self.wrong.push(format!("{rule} delay: {delay} fixes"));
        }
    }

    fn weigh_share(&mut self, rule: Rule, name: &str, share: Share) {
        if share.of < CASES_MIN {
            self.thin.push(format!("{rule} {name}: {} cases", share.of));
        } else if MUST_HOLD.contains(&rule) && is_low(share) {
            self.wrong.push(format!("{rule} {name}: {} of {}", share.hits, share.of));
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
/// Who looks to a rule like what it tells, and is not. Among thousands of true alerts the precision does not show that each of them
/// was taken for it.
pub(crate) const LOOK_ALIKES: [(Rule, Part); 9] = [
    (Rule::OverdueMoved, Part::Drifter),
    (Rule::OverdueMoved, Part::Spoofed),
    (Rule::OverdueMoved, Part::LateTeller),
    (Rule::OverdueOffline, Part::Garaged),
    (Rule::OverdueOffline, Part::Daily),
    (Rule::TamperLight, Part::Fitted),
    (Rule::TamperLight, Part::Exchanged),
    (Rule::PairSeparated, Part::Swapped),
    (Rule::BlackpointStay, Part::Passer),
];
/// A figure that rests on fewer says nothing.
const CASES_MIN: u32 = 30;
const SHARE_MIN: f64 = 0.95;
const DELAY_MAX: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn share(hits: u32, of: u32) -> Share {
        Share { hits, of }
    }

    /// All figures are perfect but what `spoil` makes of one rule's.
    fn verdict(spoiled: Rule, spoil: impl Fn(&mut Figures)) -> Verdict {
        let mut rules: BTreeMap<Rule, Figures> = BTreeMap::new();
        for rule in SCORED {
            let figures = rules.entry(rule).or_default();
            (figures.precision, figures.recall) = (share(40, 40), share(40, 40));
            figures.delays = vec![1, 3, 9];
        }
        spoil(rules.entry(spoiled).or_default());
        Verdict::of(&rules, &calm(), &[("false silence", 0)])
    }

    /// Everybody who looks alike is left alone.
    fn calm() -> BTreeMap<(Rule, Part), Share> {
        LOOK_ALIKES.into_iter().map(|pair| (pair, share(33, 33))).collect()
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
        let none = Verdict::of(&BTreeMap::new(), &calm(), &[]);
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
        let verdict = Verdict::of(&BTreeMap::new(), &calm(), &[("false silence", 0), ("overstated", 1)]);
        assert_eq!((verdict.word(), verdict.wrong.len()), ("wrong", 1));
    }

    #[test]
    fn who_looks_alike_and_is_told_of_is_wrong_however_many_others_were_right() {
        let nothing_else = |spoiled: Share| {
            let mut calm = calm();
            calm.insert((Rule::OverdueMoved, Part::Drifter), spoiled);
            Verdict::of(&BTreeMap::new(), &calm, &[])
        };
        assert_eq!(nothing_else(share(32, 33)).wrong.len(), 0);
        assert_eq!(
            nothing_else(share(31, 33)).wrong,
            ["OVERDUE_MOVED of Drifter cars left alone: 31 of 33".to_owned()]
        );
        assert_eq!(nothing_else(share(29, 29)).thin.len(), 2 * SCORED.len() + 1);
    }
}
