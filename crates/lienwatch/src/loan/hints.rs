//! What may say that somebody else uses a loan's car, in words.
//!
//! Shape: facts in, lines for a person or a program out. Errors: none.

use crate::alerts::place;
use model::Timestamp;
use serde::Serialize;
use watch::Fact;
use words::Voice;

/// A fact.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Hint {
    /// Code of the rule that saw it, or of the comparison.
    pub(super) code: &'static str,
    /// Since when.
    pub(super) since: Timestamp,
    /// What was seen, in words.
    pub(super) what: String,
    /// The alert that explains it.
    pub(super) alert: Option<String>,
}

impl From<watch::Hint> for Hint {
    fn from(watch::Hint { since, fact }: watch::Hint) -> Self {
        let (code, alert) = (fact.code(), fact.alert().map(ToString::to_string));
        Self { code, since, what: in_words(&fact), alert }
    }
}

fn in_words(fact: &Fact) -> String {
    match fact {
        Fact::Seen { finding, .. } => words::en::sentence(finding, &Voice::EXACT),
        Fact::NeverAt { address, filed, stays, nearest_m } => format!(
            "none of its {stays} stays since then was within {} m of the filed {} address {}; the nearest {nearest_m} m away",
            rules::ADDRESS_M,
            address.as_str(),
            place(*filed)
        ),
    }
}
