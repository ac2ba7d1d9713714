//! Figures of rules as people read them: shares as per cent with the number of their cases, spans as spans.
//!
//! Shape: [`Figures`] in, a row out. Units: per cent, minutes and hours. Errors: none that can be.

use crate::alerts::span;
use anyhow::{Context as _, Result};
use serde_json::Value;
use watch::backtest::{Figures, Window};

/// A row that has the columns of both tables.
pub(super) fn row(figures: &Figures) -> Result<Value> {
    let mut row = serde_json::to_value(figures)?;
    let members = row.as_object_mut().context("figures without names")?;
    for (share, value) in [
        ("withdrawn", Some(figures.withdrawn)),
        ("precision_from", figures.precision_from),
        ("precision_to", figures.precision_to),
        ("recall_from", figures.recall_from),
        ("recall_to", figures.recall_to),
    ] {
        members.insert(share.to_owned(), value.map(|value| format!("{} %", percent(value))).into());
    }
    let Figures { precision, precision_n, precision_from, precision_to, .. } = *figures;
    let Figures { recall, recall_n, recall_from, recall_to, .. } = *figures;
    let precision = in_cases(precision, precision_n, precision_from.zip(precision_to));
    members.insert("precision".to_owned(), precision.into());
    members.insert("recall".to_owned(), in_cases(recall, recall_n, recall_from.zip(recall_to)).into());
    let delay = figures.delay_s_median.map(|seconds| match seconds {
        0..60 => format!("{seconds} s"),
        _ => span(seconds * 1_000),
    });
    members.insert("delay".to_owned(), delay.into());
    Ok(row)
}

/// Why there are no alerts a day, if there are none.
pub(super) fn no_rate(window: &Window) -> Option<&'static str> {
    (window.days() < 1.0)
        .then_some("per_day is empty: less than a day was counted, and what a part of a day has is no rate")
}

/// `83 % of 12 (55 to 95)`: a share means nothing without the number of its cases, and little without its interval.
fn in_cases(share: Option<f64>, cases: u32, interval: Option<(f64, f64)>) -> Option<String> {
    let share = percent(share?);
    let interval = interval.map(|(from, to)| format!(" ({} to {})", percent(from), percent(to)));
    Some(format!("{share} % of {cases}{}", interval.unwrap_or_default()))
}

fn percent(share: f64) -> String {
    format!("{:.0}", share * 100.0)
}

/// What a person asks first; they fit a terminal.
pub(super) const COLUMNS: &[&str] =
    &["rule", "alerts", "told", "per_day", "vehicles", "delay", "withdrawn", "precision", "recall"];
/// Everything that `-o json` has.
pub(super) const WIDE: &[&str] = &[
    "rule",
    "alerts",
    "told",
    "per_day",
    "per_100_vehicles_day",
    "vehicles",
    "delay_s_median",
    "withdrawn",
    "confirmed",
    "false_alarm",
    "unclear",
    "truth",
    "precision",
    "recall",
];

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Rule, Timestamp};
    use watch::backtest::Word;

    fn figures() -> Figures {
        Figures {
            rule: Rule::Tow,
            alerts: 12,
            told: 8,
            per_day: Some(0.5),
            per_100_vehicles_day: Some(5.0),
            vehicles: 3,
            delay_s_median: Some(7_260),
            withdrawn: 0.125,
            confirmed: 10,
            false_alarm: 2,
            unclear: 0,
            truth: Word::Staff,
            precision: Some(0.833),
            precision_n: 12,
            precision_from: Some(0.552),
            precision_to: Some(0.953),
            recall: None,
            recall_n: 0,
            recall_from: None,
            recall_to: None,
        }
    }

    #[test]
    fn a_share_is_a_per_cent_with_its_cases_and_every_column_has_its_figure() {
        let row = row(&figures()).unwrap();
        assert_eq!(row["withdrawn"], "12 %");
        assert_eq!((&row["precision"], &row["recall"]), (&"83 % of 12 (55 to 95)".into(), &Value::Null));
        assert_eq!(row["delay"], "121 min");
        for column in COLUMNS.iter().chain(WIDE) {
            assert!(row.get(column).is_some(), "{column}");
        }
        let told = serde_json::to_value(figures()).unwrap();
        let is_told = |name: &String| WIDE.iter().any(|column| name.starts_with(column));
        assert!(told.as_object().unwrap().keys().all(is_told), "{told}");
    }

    #[test]
    fn a_rate_that_is_not_given_is_said_why() {
        let hours = |hours: i64| {
            let from = Timestamp::from_ms(0);
            Window { from, to: from.plus(hours * 3_600_000), vehicles: 1 }
        };
        assert!(no_rate(&hours(23)).unwrap().starts_with("per_day is empty: "));
        assert_eq!(no_rate(&hours(24)), None);
    }
}
