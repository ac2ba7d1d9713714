//! A device is put on a vehicle, or taken off.
//!
//! Shape: a binding in, the device as it is then out; 202 where the fold is behind. Units: UTC. Errors: `invalid`; `refused` for what
//! overlaps another binding.

use super::{berth, detail, terminal_of};
use crate::asked::Body;
use crate::caller::Caller;
use crate::desk::{Desk, Done};
use crate::idempotency::IdempotencyKey;
use crate::problem::{Code, Problem};
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use model::input::{Action, Binding, Role};
use model::{TerminalId, Timestamp, VehicleId};
use serde::Deserialize;
use utoipa::ToSchema;

/// On which vehicle.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BindBody {
    /// Plate or VIN.
    pub(crate) vehicle: String,
    /// `main` or `backup`; `main` unless said.
    #[schema(value_type = Option<String>)]
    pub(crate) role: Option<Role>,
    /// Since when; now unless said.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) from: Option<Timestamp>,
}

impl BindBody {
    /// The binding that is wanted.
    pub(crate) fn binding(&self, terminal: TerminalId, now: Timestamp) -> Result<Binding, Problem> {
        let vehicle = VehicleId::parse(&self.vehicle)
            .map_err(|error| Problem::field("/vehicle", "vehicle", error.to_string()))?;
        let from = self.from.unwrap_or(now);
        if from > now {
            return Err(Problem::field("/from", "future", "a device is put on a vehicle now or was before"));
        }
        Ok(Binding { terminal, vehicle, role: self.role.unwrap_or(Role::Main), from, to: None })
    }
}

/// Puts a device on a vehicle; that approves it.
#[utoipa::path(post, path = "/devices/{terminal}/bind", tag = "devices", request_body = BindBody,
    params(("terminal" = String, Path, description = "IMEI or terminal number")), responses((status = 200, body = super::DeviceDetail)))]
pub(super) async fn bind(
    State(desk): State<Desk>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Path(terminal): Path<String>,
    Body(body): Body<BindBody>,
) -> Result<Response, Problem> {
    let terminal = TerminalId::entered(&terminal)
        .map_err(|error| Problem::field("/terminal", "terminal", error.to_string()))?;
    let binding = body.binding(terminal, desk.now())?;
    changed(&desk, &caller, key.as_ref(), terminal, Action::Bind { bindings: vec![binding] }).await
}

/// When it was taken off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UnbindBody {
    /// Now unless said.
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
}

/// Takes a device off its vehicle: the binding in force ends.
#[utoipa::path(post, path = "/devices/{terminal}/unbind", tag = "devices", request_body = UnbindBody,
    params(("terminal" = String, Path, description = "IMEI or terminal number")), responses((status = 200, body = super::DeviceDetail)))]
pub(super) async fn unbind(
    State(desk): State<Desk>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Path(terminal): Path<String>,
    Body(body): Body<UnbindBody>,
) -> Result<Response, Problem> {
    let terminal = terminal_of(&terminal)?;
    let (store, now) = (desk.store()?, desk.now());
    let running = berth(&store, terminal, now).await?;
    let running = running.ok_or_else(|| Problem::new(Code::Conflict, "It is on no vehicle now."))?;
    let end = body.at.unwrap_or(now);
    if end <= running.from || end > now {
        let detail = format!(
            "it has been on {} since {}: expected a time behind that, up to now",
            running.vehicle, running.from
        );
        return Err(Problem::field("/at", "order", detail));
    }
    let bindings = vec![Binding { to: Some(end), ..running }];
    changed(&desk, &caller, key.as_ref(), terminal, Action::Bind { bindings }).await
}

/// The device as it is behind a change.
pub(super) async fn changed(
    desk: &Desk,
    caller: &Caller,
    key: Option<&IdempotencyKey>,
    terminal: TerminalId,
    action: Action,
) -> Result<Response, Problem> {
    match desk.ask(caller, key, action).await? {
        Done::Now { .. } => {
            let store = desk.store()?;
            Ok(Json(detail(desk, &store, caller, terminal).await?).into_response())
        }
        pending @ Done::Pending { .. } => Ok(pending.into_response()),
    }
}
