//! What one rule set raises and another does not.
//!
//! Shape: two runs over the same history and a window in, [`Difference`]s out, in the order in which they were raised. Two
//! alerts are the same one by their id, or as one rule's alerts of one vehicle at the same time. Errors: none.

use super::figures::Window;
use super::run::{Run, Tale, overlap};
use model::{Alert, Severity, Timestamp};
use serde_json::{Value, json};
use std::fmt;

/// How the second differs from the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Only the second raises it.
    New,
    /// Only the first raises it.
    Gone,
    /// Both do, with another severity.
    Severity,
}

/// One alert that differs.
#[derive(Debug, Clone)]
pub(super) struct Difference {
    pub(super) kind: Kind,
    alert: Alert,
    severity: Severity,
    was: Option<Severity>,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::New, Self::Gone, Self::Severity];

    const fn code(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Gone => "gone",
            Self::Severity => "of another severity",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl Difference {
    /// For a listing; id and plate in whole, or their ends.
    pub(super) fn row(&self, whole: bool) -> Value {
        let Alert { id, rule, about, opened_at, .. } = &self.alert;
        let shown_id: String =
            if whole { id.0.clone() } else { id.0.chars().take(MASKED_ID_CHARS).collect() };
        let named = if whole { about.code() } else { about.masked() };
        json!({
            "kind": self.kind.code(),
            "rule": rule,
            "about": named,
            "opened_at": opened_at,
            "severity": self.severity,
            "was": self.was,
            "id": shown_id,
        })
    }
}

/// Everything that differs within the window.
pub(super) fn differences(first: &Run, second: &Run, window: Window) -> Vec<Difference> {
    let mut differences: Vec<Difference> = Vec::new();
    for tale in second.tales.values().filter(|tale| window.has(tale)) {
        match same(tale, first, second.ends_at) {
            None => differences.push(difference(Kind::New, tale, None)),
            Some(other) if other.severity != tale.severity => {
                differences.push(difference(Kind::Severity, tale, Some(other.severity)));
            }
            Some(_) => {}
        }
    }
    let gone = first.tales.values().filter(|tale| window.has(tale));
    let gone = gone.filter(|tale| same(tale, second, first.ends_at).is_none());
    differences.extend(gone.map(|tale| difference(Kind::Gone, tale, None)));
    differences.sort_by(|one, other| key(one).cmp(&key(other)));
    differences
}

fn key(difference: &Difference) -> (Timestamp, &str) {
    (difference.alert.opened_at, &difference.alert.id.0)
}

fn difference(kind: Kind, tale: &Tale, was: Option<Severity>) -> Difference {
    Difference { kind, alert: tale.alert.clone(), severity: tale.severity, was }
}

/// The same alert in another run.
fn same<'a>(tale: &Tale, run: &'a Run, until: Timestamp) -> Option<&'a Tale> {
    run.tales.get(&tale.alert.id).or_else(|| {
        let is_same = |other: &&Tale| {
            other.alert.about == tale.alert.about
                && other.alert.rule == tale.alert.rule
                && overlap(other.span(run.ends_at), tale.span(until))
        };
        run.tales.values().find(is_same)
    })
}

/// Enough to tell two lines apart, too few to look one up by.
const MASKED_ID_CHARS: usize = 4;
