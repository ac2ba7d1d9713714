//! Roles: what people of each may do, and for what they may look at where cars are.
//!
//! Shape: the table of rights as it is built in. Errors: none. Source: [`crate::rights`].

use crate::rights::{Right, Rights, purposes};
use axum::response::Json;
use model::Purpose;
use model::staff::Role;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<crate::desk::Desk> {
    OpenApiRouter::default().routes(routes!(list))
}

/// What somebody may be.
#[derive(Debug, Serialize, ToSchema)]
struct RoleView {
    role: &'static str,
    /// What they may do, each as a token may be limited to it.
    rights: Vec<&'static str>,
    /// For what they may look at where cars are; empty = never.
    purposes: Vec<&'static str>,
}

/// The roles that there are.
#[utoipa::path(get, path = "/roles", tag = "users", responses((status = 200, body = Vec<RoleView>)))]
async fn list() -> Json<Vec<RoleView>> {
    let view = |role: &Role| RoleView {
        role: role.as_str(),
        rights: Rights::of_role(*role).list().map(Right::as_str).collect(),
        purposes: purposes(*role).iter().map(|purpose: &Purpose| purpose.as_str()).collect(),
    };
    Json(Role::ALL.iter().map(view).collect())
}
