//! What one rule set raises and another does not, as a listing shows it.
//!
//! Shape: a [`Difference`] in, a row out. Units: journal time. Errors: none.

use model::Alert;
use serde_json::{Value, json};
use watch::backtest::Difference;

/// A row; id and plate in whole, or their ends.
pub(super) fn row(difference: &Difference, whole: bool) -> Value {
    let Alert { id, rule, about, opened_at, .. } = &difference.alert;
    let shown_id: String = if whole { id.0.clone() } else { id.0.chars().take(MASKED_ID_CHARS).collect() };
    let named = if whole { about.code() } else { about.masked() };
    json!({
        "kind": difference.kind.code(),
        "rule": rule,
        "about": named,
        "opened_at": opened_at,
        "severity": difference.severity,
        "was": difference.was,
        "id": shown_id,
    })
}

/// Enough to tell two lines apart, too few to look one up by.
const MASKED_ID_CHARS: usize = 4;
