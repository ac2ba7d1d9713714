//! Which rules have something to say of a vehicle, and how many have not.
//!
//! Shape: all lines in, those that a person reads out, and one line about the others. Units: none. Errors: none.

use super::Line;
use model::unit::counted;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The lines that say more than that there is nothing to tell.
pub(super) fn spoken(lines: &[Line]) -> Vec<&Line> {
    lines.iter().filter(|line| speaks(line)).collect()
}

/// There is an alert, or one that ended or waits, or there would be one but for the loan, or time alone will raise one.
fn speaks(line: &Line) -> bool {
    line.holds || line.starts_at.is_some() || !matches!(line.alert, "none" | "barred")
}

/// How many rules are not shown, and what keeps them silent; `None` where none is.
pub(super) fn told(lines: &[Line], shown: usize) -> Option<String> {
    let silent = lines.len().checked_sub(shown).filter(|silent| *silent > 0)?;
    let mut causes = BTreeMap::<&str, usize>::new();
    for line in lines.iter().filter(|line| !speaks(line)) {
        let cause = if line.alert == "barred" { &line.because } else { "the condition does not hold" };
        *causes.entry(cause).or_default() += 1;
    }
    let mut causes: Vec<(&str, usize)> = causes.into_iter().collect();
    causes.sort_by_key(|(_, count)| Reverse(*count));
    let causes: Vec<String> = causes.iter().map(|(cause, count)| format!("{cause} ({count})")).collect();
    let noun = if shown == 0 { "rule" } else { "other rule" };
    let silent = counted(silent, noun);
    Some(format!("{silent} silent: {}. --all shows what each says", causes.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Rule, Timestamp};

    fn line(rule: Rule, alert: &'static str, because: &str) -> Line {
        let because = because.to_owned();
        Line { rule, alert, because, condition: String::new(), holds: false, starts_at: None }
    }

    #[test]
    fn a_rule_that_has_nothing_to_tell_is_counted_with_its_cause_and_shown_only_when_asked_for() {
        let lines = [
            line(Rule::OverdueMoved, "live", "P2 abc is open"),
            line(Rule::PowerCut, "told", "what holds was told by abc, which has ended"),
            Line { holds: true, ..line(Rule::Abandoned, "barred", "nothing is past due") },
            Line {
                starts_at: Some(Timestamp::from_ms(1)),
                ..line(Rule::OverdueOffline, "none", "the condition does not hold")
            },
            line(Rule::JamSuspect, "barred", "nothing is past due"),
            line(Rule::Tow, "none", "the condition does not hold"),
            line(Rule::Gathering, "none", "it is about a place"),
        ];
        let shown = spoken(&lines);
        let rules: Vec<Rule> = shown.iter().map(|line| line.rule).collect();
        assert_eq!(rules, [Rule::OverdueMoved, Rule::PowerCut, Rule::Abandoned, Rule::OverdueOffline]);
        let said = "3 other rules silent: the condition does not hold (2), nothing is past due (1). --all shows what each says";
        assert_eq!(told(&lines, shown.len()).as_deref(), Some(said));
        assert_eq!(told(&lines, lines.len()), None);
        let silent = lines.get(4..).unwrap();
        assert!(told(silent, 0).unwrap().starts_with("3 rules silent: "));
    }
}
