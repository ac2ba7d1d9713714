//! Who looked at where a vehicle is, and why.
//!
//! Shape: a name in the path in, the audit lines that name it out, the newest first. A look at the whole fleet names no vehicle.
//! Errors: `not_found` for what is not the caller's to know of.

use super::Found;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use model::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// One look.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Viewer {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    actor: String,
    purpose: String,
    /// What was looked at, e.g. `track`.
    what: String,
}

/// Who looked at a vehicle.
#[utoipa::path(get, path = "/vehicles/{id}/viewers", tag = "vehicles",
    params(("id" = String, Path, description = "id, plate or VIN")), responses((status = 200, body = Vec<Viewer>)))]
pub(crate) async fn viewers(
    State(desk): State<Desk>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<Vec<Viewer>>, Problem> {
    let store = desk.store()?;
    let found = Found::by_name(&store, &caller, &name, desk.now()).await?;
    let looks = store.looks_at("vehicle", found.record.vehicle.as_str(), VIEWERS_MAX).await?;
    let viewer = |row: store::AuditRow| Viewer {
        at: row.at,
        actor: row.actor,
        purpose: row.purpose,
        what: row.subject.split(' ').next().unwrap_or_default().to_owned(),
    };
    Ok(Json(looks.into_iter().map(viewer).collect()))
}

/// More is for the audit log.
const VIEWERS_MAX: u32 = 200;
