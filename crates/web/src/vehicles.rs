//! Vehicles: what they do, where they were, who looked.
//!
//! Shape: see the descriptions of the routes. Errors: [`crate::problem::Problem`]. Source: `ux.md` §5.

use crate::desk::Desk;
use utoipa_axum::router::OpenApiRouter;

pub(crate) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default()
}
