//! Pairs of thresholds that make sense in one order only: the other way round a rule would be off, or never over.
//!
//! Shape: checked thresholds in, nothing or the pair out. Units: in each name. Errors: [`RuleSetError::Order`] names both keys.
//! Source: `domain.md` §3b.

use super::{RuleSetError, Thresholds};

/// Whether each pair is in order.
pub(super) fn check(thresholds: &Thresholds) -> Result<(), RuleSetError> {
    let (boundary, severe_over) = (thresholds.severe_boundary.dpd_min, thresholds.loan.severe_dpd_over);
    if boundary > severe_over {
        return Err(RuleSetError::Order {
            key: "severe_boundary.dpd_min",
            value: boundary,
            other: "loan.severe_dpd_over",
            limit: severe_over,
            otherwise: "what is severe already is near no boundary, and SEVERE_BOUNDARY would never be raised",
        });
    }
    let (slower_than, close_over) = (thresholds.ebike.slower_than_kmh, thresholds.ebike.close_over_kmh);
    if slower_than > close_over {
        return Err(RuleSetError::Order {
            key: "ebike.slower_than_kmh",
            value: slower_than,
            other: "ebike.close_over_kmh",
            limit: close_over,
            otherwise: "EBIKE_SIGNATURE would be over while it holds",
        });
    }
    Ok(())
}
