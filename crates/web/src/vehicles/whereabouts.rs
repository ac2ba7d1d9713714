//! Where a vehicle probably is at a moment, and what that rests on.
//!
//! Shape: a moment in, the same object as `lienwatch whereabouts -o json` out. Units: WGS-84 degrees. Errors: `purpose_required`.

use super::{Found, rule_set};
use crate::asked::Asked;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::problem::{Code, Problem};
use axum::Json;
use axum::extract::{Path, State};
use model::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use watch::WhereaboutsQuery;

/// Of which moment.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MomentQuery {
    /// Now unless said.
    #[param(value_type = Option<String>)]
    at: Option<Timestamp>,
}

/// Where a vehicle probably is.
#[utoipa::path(get, path = "/vehicles/{id}/whereabouts", tag = "vehicles",
    params(("id" = String, Path, description = "id, plate or VIN"), MomentQuery), responses((status = 200, body = Object)))]
pub(crate) async fn whereabouts(
    State(desk): State<Desk>,
    caller: Caller,
    Path(name): Path<String>,
    Asked(query): Asked<MomentQuery>,
) -> Result<Json<Value>, Problem> {
    caller.purpose()?;
    let (store, now) = (desk.store()?, desk.now());
    let found = Found::by_name(&store, &caller, &name, now).await?;
    let rule_set = rule_set(&store).await?;
    let (vehicle, at, zone) = (found.record.vehicle, query.at.unwrap_or(now), found.zone(&rule_set, now));
    let asked = WhereaboutsQuery { vehicle, at, now, zone: &zone, loans: &found.loans, rule_set: &rule_set };
    let answer = watch::whereabouts(&store, &asked).await.map_err(|error| {
        tracing::error!(%error, "whereabouts could not be told");
        Problem::from(Code::Internal)
    })?;
    let told = [answer.told.likely.len(), answer.told.present.len(), answer.told.before.len()];
    let count = u32::try_from(told.iter().sum::<usize>().max(1)).unwrap_or(u32::MAX);
    desk.reads(&caller, &format!("whereabouts vehicle={vehicle} at={at}"), count).await?;
    Ok(Json(answer.json()))
}
