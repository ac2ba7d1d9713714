//! What one rule set raises and another does not.
//!
//! Shape: two runs over the same history and a window in, [`Difference`]s out, in the order in which they were raised. Two
//! alerts are the same one by their id, or as one rule's alerts of one vehicle at the same time. Errors: none.

use super::run::{Run, Tale, overlap};
use super::window::Window;
use model::{Alert, Severity, Timestamp};
use std::fmt;

/// How the second differs from the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only the second raises it.
    New,
    /// Only the first raises it.
    Gone,
    /// Both do, with another severity.
    Severity,
}

/// One alert that differs.
#[derive(Debug, Clone)]
pub struct Difference {
    /// How.
    pub kind: Kind,
    /// The second's; the first's, of what is gone.
    pub alert: Alert,
    /// The gravest it ever was.
    pub severity: Severity,
    /// The same by the first, where both raise it.
    pub was: Option<Severity>,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::New, Self::Gone, Self::Severity];

    /// As listings write it.
    pub const fn code(self) -> &'static str {
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

/// Everything that differs within the window.
pub fn differences(first: &Run, second: &Run, window: Window) -> Vec<Difference> {
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
    let Alert { id, rule, about, .. } = &tale.alert;
    let near = |other: &&Tale| overlap(other.span(run.ends_at), tale.span(until));
    run.tales.get(id).or_else(|| run.of(*rule, about).find(near))
}
