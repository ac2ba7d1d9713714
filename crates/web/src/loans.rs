//! Loans: who owes what, and what happened to it.
//!
//! Shape: see the descriptions of the routes. Errors: [`crate::problem::Problem`]. Source: `ux.md` §5.

use crate::caller::Caller;
use crate::desk::Desk;
use crate::problem::Problem;
use store::LoanRow;
use utoipa_axum::router::OpenApiRouter;

pub(crate) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default()
}

/// The loans of a vehicle in full, for who may read them. Stub until B2's is merged.
#[allow(clippy::unused_async, reason = "a stub")]
pub(crate) async fn of_vehicle(
    _desk: &Desk,
    _caller: &Caller,
    _rows: &[LoanRow],
) -> Result<Vec<serde_json::Value>, Problem> {
    Ok(Vec::new())
}
