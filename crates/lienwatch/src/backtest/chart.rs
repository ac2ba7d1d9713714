//! Bars: alerts of each rule, one bar a rule set; beside them precision and recall, with what chance could have made of them.
//!
//! Shape: the figures of one or two rule sets in, an SVG text out. Units: alerts; shares from 0 to 1. Errors: none.

use super::Set;
use model::Rule;
use std::fmt::Write as _;
use watch::backtest::Figures;

/// Draws the bars.
pub(super) fn svg(sets: &[Set]) -> String {
    let drawn = |rule: &&Rule| sets.iter().any(|set| of_rule(set, **rule).is_some());
    let rules: Vec<&Rule> = Rule::ALL.iter().filter(drawn).collect();
    let most = sets.iter().flat_map(|set| &set.rules).map(|figures| figures.alerts).max().unwrap_or(0).max(1);
    let rows = u32::try_from(rules.len()).unwrap_or(0);
    let bars = u32::try_from(sets.len()).unwrap_or(1);
    let group = bars * (BAR + 2) + GAP;
    let height = TOP + bars * LINE + rows * group + GAP;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
         <text x=\"8\" y=\"20\" font-size=\"14\">Alerts by rule</text>\n"
    );
    for ((set, colour), y) in sets.iter().zip(COLOURS).zip((TOP..).step_by(STEP)) {
        let name = escaped(&set.name);
        let _ = writeln!(
            out,
            "<rect x=\"8\" y=\"{}\" width=\"12\" height=\"12\" fill=\"{colour}\"/><text x=\"26\" y=\"{y}\">{name}</text>",
            y - 11
        );
    }
    for (name, left) in SHARES {
        let _ = writeln!(out, "<text x=\"{left}\" y=\"20\">{name}, 0 to 1</text>");
    }
    let mut y = TOP + bars * LINE;
    for rule in rules {
        let _ = writeln!(out, "<text x=\"8\" y=\"{}\">{rule}</text>", y + BAR - 3);
        for (set, colour) in sets.iter().zip(COLOURS) {
            let count = alerts(set, *rule);
            let width = u64::from(count) * BARS_WIDTH / u64::from(most);
            let _ = writeln!(
                out,
                "<rect x=\"{LEFT}\" y=\"{y}\" width=\"{width}\" height=\"{BAR}\" fill=\"{colour}\"/>\
                 <text x=\"{}\" y=\"{}\">{count}</text>",
                u64::from(LEFT) + width + 4,
                y + BAR - 3
            );
            out.push_str(&shares(of_rule(set, *rule), y, colour));
            y += BAR + 2;
        }
        y += GAP;
    }
    out.push_str("</svg>\n");
    out
}

fn of_rule(set: &Set, rule: Rule) -> Option<&Figures> {
    set.rules.iter().find(|figures| figures.rule == rule)
}

fn alerts(set: &Set, rule: Rule) -> u32 {
    of_rule(set, rule).map_or(0, |figures| figures.alerts)
}

/// Precision and recall of one bar: where each lies, and a point at the share itself. What is not known is not drawn.
fn shares(figures: Option<&Figures>, y: u32, colour: &str) -> String {
    let Some(figures) = figures else { return String::new() };
    let all = [
        (figures.precision, figures.precision_from, figures.precision_to),
        (figures.recall, figures.recall_from, figures.recall_to),
    ];
    let mut out = String::new();
    for ((value, from, to), (name, left)) in all.into_iter().zip(SHARES) {
        let Some(((value, from), to)) = value.zip(from).zip(to) else { continue };
        let at = |share: f64| f64::from(left) + share * f64::from(SHARES_WIDTH);
        let middle = y + BAR / 2;
        let _ = writeln!(
            out,
            "<line x1=\"{:.1}\" y1=\"{middle}\" x2=\"{:.1}\" y2=\"{middle}\" stroke=\"{colour}\"/>\
             <circle cx=\"{:.1}\" cy=\"{middle}\" r=\"4\" fill=\"{colour}\"><title>{name} {value}, {from} to {to}</title></circle>",
            at(from),
            at(to),
            at(value)
        );
    }
    out
}

/// A file's name may hold anything.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Told apart by everybody, in print too.
const COLOURS: [&str; 2] = ["#1f77b4", "#ff7f0e"];
const WIDTH: u32 = 1_020;
const LEFT: u32 = 190;
const BARS_WIDTH: u64 = 460;
/// Where the shares begin, to the right of the bars and their numbers.
const SHARES: [(&str, u32); 2] = [("precision", 710), ("recall", 870)];
const SHARES_WIDTH: u32 = 120;
const BAR: u32 = 15;
const GAP: u32 = 8;
const TOP: u32 = 42;
const LINE: u32 = 18;
const STEP: usize = 18;
