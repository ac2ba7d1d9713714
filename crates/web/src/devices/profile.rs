//! What is known of a device's habits: what staff chose for it, over its model's row, over the protocol.
//!
//! Shape: a profile in, the device as it is then out. Null = the model's. Units: in the names. Errors: `invalid` for what no table has.

use super::change::changed;
use super::{profile_tag, terminal_of};
use crate::asked::{Body, IfMatch};
use crate::caller::Caller;
use crate::desk::Desk;
use crate::idempotency::IdempotencyKey;
use crate::problem::Problem;
use axum::extract::{Path, State};
use axum::response::Response;
use model::input::Action;
use model::{Acknowledgement, ChecksumPolicy, ModelCode, Profile, ZoneOffset};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wire::DeviceModel;

/// How a device is read, and who says so: `profile` (staff, for this one), `model`, or `protocol`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProfileView {
    model: &'static str,
    model_label: &'static str,
    model_by: By,
    /// `+08:00`; null = what its login or the protocol says.
    timezone: Option<String>,
    timezone_by: By,
    checksum: &'static str,
    checksum_by: By,
    acknowledgement: &'static str,
    acknowledgement_by: By,
}

/// Who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum By {
    Profile,
    Model,
    Protocol,
}

impl By {
    const fn of<T>(chosen: Option<&T>) -> Self {
        if chosen.is_some() { Self::Profile } else { Self::Model }
    }
}

impl ProfileView {
    pub(super) fn of(model: &'static DeviceModel, chosen: &Profile) -> Self {
        let timezone_by = match (chosen.zone, model.zone) {
            (Some(_), _) => By::Profile,
            (None, Some(_)) => By::Model,
            (None, None) => By::Protocol,
        };
        Self {
            model: model.code,
            model_label: model.label,
            model_by: if chosen.model.is_some() { By::Profile } else { By::Protocol },
            timezone: model.zone_for(chosen).map(|zone| zone.to_string()),
            timezone_by,
            checksum: model.checksum_for(chosen).as_str(),
            checksum_by: By::of(chosen.checksum.as_ref()),
            acknowledgement: model.acknowledgement_for(chosen).as_str(),
            acknowledgement_by: By::of(chosen.acknowledgement.as_ref()),
        }
    }
}

/// What staff say of a device; null = the model's.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProfileBody {
    model: Option<String>,
    timezone: Option<String>,
    #[schema(value_type = Option<String>)]
    checksum: Option<ChecksumPolicy>,
    #[schema(value_type = Option<String>)]
    acknowledgement: Option<Acknowledgement>,
}

/// Says how a device is read. With If-Match only in the place of what was seen.
#[utoipa::path(put, path = "/devices/{terminal}/profile", tag = "devices", request_body = ProfileBody,
    params(("terminal" = String, Path, description = "IMEI or terminal number")), responses((status = 200, body = super::DeviceDetail)))]
pub(super) async fn set_profile(
    State(desk): State<Desk>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    seen: Option<IfMatch>,
    Path(terminal): Path<String>,
    Body(body): Body<ProfileBody>,
) -> Result<Response, Problem> {
    let terminal = terminal_of(&terminal)?;
    let store = desk.store()?;
    let record = store.device(terminal, desk.now()).await?.ok_or_else(Problem::not_found)?;
    let is_repeated = desk.was_done(&caller, key.as_ref()).await?;
    if let Some(seen) = seen.filter(|_| !is_repeated) {
        seen.check(&profile_tag(&store, terminal).await?)?;
    }
    let tables = desk.protocols.iter().filter(|known| {
        // Of one that was never heard no protocol is known: any table's models will do.
        record.protocol.is_empty() || known.name() == record.protocol
    });
    let models: Vec<&str> = tables.flat_map(|known| known.models().iter().map(|model| model.code)).collect();
    let profile = body.profile(&models)?;
    changed(&desk, &caller, key.as_ref(), terminal, Action::SetProfile { terminal, profile }).await
}

impl ProfileBody {
    fn profile(&self, models: &[&str]) -> Result<Profile, Problem> {
        let unknown = |code: &String| {
            let detail = format!("no model is called {code:?}; there are: {}", models.join(", "));
            Problem::field("/model", "unknown", detail)
        };
        let model = self.model.as_ref().map(|code| {
            let known = models.contains(&code.as_str());
            ModelCode::parse(code).ok().filter(|_| known).ok_or_else(|| unknown(code))
        });
        let zone = self.timezone.as_deref().map(|text| {
            ZoneOffset::parse(text)
                .ok_or_else(|| Problem::field("/timezone", "zone", "a zone is written as +08:00"))
        });
        Ok(Profile {
            model: model.transpose()?,
            zone: zone.transpose()?,
            checksum: self.checksum,
            acknowledgement: self.acknowledgement,
        })
    }
}
