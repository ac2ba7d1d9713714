//! Every figure that a finding rests on, with what it is called.
//!
//! Shape: a finding in, [`Figure`]s out, in the order in which they are read. Where a car is or was is a figure of its own
//! ([`Value::Place`]), so that whoever may not read it can leave it out. Units: with each figure. Errors: none.

mod many;
mod one;

use crate::{Name, Said};
use model::finding::Finding;
use model::{Coordinates, Date, Millis, Timestamp};
use serde::Serialize;

/// A figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// Its code: the name that the finding gives it.
    pub name: &'static str,
    /// What people call it.
    pub label: Name,
    /// How much, when, where.
    pub value: Value,
    /// Of what.
    pub unit: Option<&'static str>,
}

/// What a figure is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// A count, metres, minutes, percent.
    Count(i64),
    /// A speed.
    Decimal(f64),
    /// A moment.
    Time(Timestamp),
    /// A day.
    Date(Date),
    /// Where a car is or was.
    Place(Place),
    /// A word of ours.
    Word(Said),
    /// A name, or several: of a terminal, a place, contracts.
    Text(String),
    /// Whether it is so.
    Flag(bool),
}

/// Degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Place {
    /// Northern latitude.
    pub lat: f64,
    /// Eastern longitude.
    pub lon: f64,
}

/// Every figure of a finding.
pub fn figures(finding: &Finding) -> Vec<Figure> {
    one::figures(finding).unwrap_or_else(|| many::figures(finding))
}

const fn figure(name: &'static str, label: Name, value: Value, unit: Option<&'static str>) -> Figure {
    Figure { name, label, value, unit }
}

const fn time(name: &'static str, label: Name, at: Timestamp) -> Figure {
    figure(name, label, Value::Time(at), None)
}

fn place(name: &'static str, label: Name, at: Coordinates) -> Figure {
    figure(name, label, Value::Place(Place { lat: at.lat(), lon: at.lon() }), None)
}

fn metres(name: &'static str, label: Name, metres: u32) -> Figure {
    figure(name, label, Value::Count(i64::from(metres)), Some("m"))
}

fn count(name: &'static str, label: Name, count: u32) -> Figure {
    figure(name, label, Value::Count(i64::from(count)), None)
}

const fn minutes(name: &'static str, label: Name, span_ms: Millis) -> Figure {
    figure(name, label, Value::Count(span_ms / 60_000), Some("min"))
}

fn kmh(name: &'static str, label: Name, tenths: u16) -> Figure {
    figure(name, label, Value::Decimal(f64::from(tenths) / 10.0), Some("km/h"))
}

#[expect(clippy::needless_pass_by_value, reason = "what is said is made for it")]
fn text(name: &'static str, label: Name, text: impl ToString) -> Figure {
    figure(name, label, Value::Text(text.to_string()), None)
}

const fn flag(name: &'static str, label: Name, is: bool) -> Figure {
    figure(name, label, Value::Flag(is), None)
}

fn word(name: &'static str, label: Name, word: impl Into<Said>) -> Figure {
    figure(name, label, Value::Word(word.into()), None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use std::collections::BTreeSet;

    #[test]
    fn every_finding_has_figures_and_each_its_own_name_in_both_languages() {
        for sample in samples::findings() {
            let figures = figures(&sample);
            assert!(!figures.is_empty(), "{sample:?}");
            let names: BTreeSet<&str> = figures.iter().map(|figure| figure.name).collect();
            assert_eq!(names.len(), figures.len(), "{sample:?}");
            for figure in figures {
                assert!(Said::from(figure.label).keeps_to_itself(), "{figure:?}");
            }
        }
    }

    #[test]
    fn where_a_car_is_stands_in_no_figure_but_a_place() {
        for sample in samples::findings() {
            let figures = figures(&sample);
            let others = figures.iter().filter(|figure| !matches!(figure.value, Value::Place(_)));
            for figure in others {
                let said = serde_json::to_string(figure).unwrap();
                assert!(!said.contains("22.5") && !said.contains("114.0"), "{said}");
            }
        }
    }

    #[test]
    fn a_figure_is_what_it_is_in_json() {
        let json = |value: &Value| serde_json::to_string(value).unwrap();
        assert_eq!(json(&Value::Decimal(36.5)), "36.5");
        assert_eq!(json(&Value::Time(Timestamp::from_ms(0))), r#""1970-01-01T00:00:00Z""#);
        let at = Coordinates::from_degrees(22.5, 114.0).unwrap();
        assert_eq!(
            json(&Value::Place(Place { lat: at.lat(), lon: at.lon() })),
            r#"{"lat":22.5,"lon":114.0}"#
        );
    }
}
