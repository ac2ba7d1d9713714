//! Bars: alerts of each rule, one bar a rule set.
//!
//! Shape: the figures of one or two rule sets in, an SVG text out. Units: alerts. Errors: none.

use super::Set;
use model::Rule;
use std::fmt::Write as _;

/// Draws the bars.
pub(super) fn svg(sets: &[Set]) -> String {
    let drawn = |rule: &&Rule| sets.iter().any(|set| alerts(set, **rule) > 0);
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
            y += BAR + 2;
        }
        y += GAP;
    }
    out.push_str("</svg>\n");
    out
}

fn alerts(set: &Set, rule: Rule) -> u32 {
    set.rules.iter().find(|figures| figures.rule == rule).map_or(0, |figures| figures.alerts)
}

/// A file's name may hold anything.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Told apart by everybody, in print too.
const COLOURS: [&str; 2] = ["#1f77b4", "#ff7f0e"];
const WIDTH: u32 = 760;
const LEFT: u32 = 190;
const BARS_WIDTH: u64 = 500;
const BAR: u32 = 15;
const GAP: u32 = 8;
const TOP: u32 = 42;
const LINE: u32 = 18;
const STEP: usize = 18;
