//! Devices: which there are, on which vehicle each is, how it behaves.
//!
//! Shape: a list in the order of terminal ids, one device with its bindings and profile; bind, unbind, profile are inputs of the
//! journal. Units: in the names. Errors: [`Problem`].

mod change;
mod profile;
#[cfg(test)]
mod tests;

use crate::asked::Asked;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::entity_tag;
use crate::list::{Cursor, Listing, Page, PageQuery};
use crate::problem::Problem;
use crate::vehicles::detail::{BindingView, is_on};
use crate::vehicles::{row, track};
use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
pub(crate) use change::BindBody;
use model::{Millis, TerminalId, Timestamp};
use profile::ProfileView;
use serde::{Deserialize, Serialize};
use store::{DeviceQuery, DeviceRecord, Store, TerminalStatus};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(device))
        .routes(routes!(change::bind))
        .routes(routes!(change::unbind))
        .routes(routes!(profile::set_profile))
}

/// Which devices.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct DevicesQuery {
    /// Part of a terminal id, plate or VIN.
    #[serde(default)]
    q: String,
    /// `approved`, `quarantined` or `rejected`.
    status: Option<String>,
    /// Not heard for so many hours, or never.
    stale_h: Option<u32>,
}

/// A device of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DeviceView {
    terminal: String,
    /// Null until it is heard.
    protocol: Option<String>,
    /// Null where nobody said which.
    model: Option<String>,
    status: &'static str,
    vehicle: Option<String>,
    plate: Option<String>,
    role: Option<&'static str>,
    /// Null until it is heard.
    #[schema(value_type = Option<String>, format = DateTime)]
    first_seen: Option<Timestamp>,
    /// The last frame of which something is kept, whether or not anybody has approved it; null until it is heard. Of a rejected one
    /// nothing is kept: its first.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_heard_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_fix_at: Option<Timestamp>,
    online: bool,
}

/// A device with what is known of it.
#[derive(Debug, Serialize, ToSchema)]
struct DeviceDetail {
    #[serde(flatten)]
    device: DeviceView,
    #[schema(value_type = Option<String>, format = DateTime)]
    approved_at: Option<Timestamp>,
    bindings: Vec<BindingView>,
    /// Null until it is heard: its protocol is not known.
    profile: Option<ProfileView>,
    models: Vec<ModelView>,
    /// What it can be told.
    commands: Vec<&'static str>,
    counters: Counters,
}

/// A row of its protocol's table of models.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
struct ModelView {
    code: &'static str,
    label: &'static str,
}

/// What it reported in the last seven days.
#[derive(Debug, Serialize, ToSchema)]
struct Counters {
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    stored: usize,
    late: usize,
}

/// Devices, in the order of their ids.
#[utoipa::path(get, path = "/devices", tag = "devices", params(DevicesQuery, PageQuery),
    responses((status = 200, body = Listing<DeviceView>)))]
async fn list(
    State(desk): State<Desk>,
    caller: Caller,
    Asked(query): Asked<DevicesQuery>,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Listing<DeviceView>>, Problem> {
    let page: Page<String> = page.page()?;
    let status = query.status.as_deref().filter(|status| !status.is_empty()).map(|status| {
        TerminalStatus::parse(status)
            .ok_or_else(|| Problem::field("?status", "unknown", "expected approved, quarantined or rejected"))
    });
    let status = status.transpose()?;
    let (store, now) = (desk.store()?, desk.now());
    let mut after = page.after.as_deref().and_then(|after| TerminalId::parse(after).ok());
    let (mut data, mut looked_at) = (Vec::new(), 0);
    let is_last = loop {
        let asked = DeviceQuery { now, after, status, named: query.q.clone(), rows_max: SLICE };
        let slice = store.device_page(&asked).await?;
        let is_last = slice.len() < usize::try_from(SLICE).unwrap_or(usize::MAX);
        after = slice.last().map(|record| record.terminal).or(after);
        looked_at += slice.len();
        let views = slice.iter().map(|record| DeviceView::of(record, &desk, &caller));
        data.extend(views.filter(|view| query.is_stale(view, now)));
        if data.len() > page.limit || is_last || looked_at >= LOOKED_AT_MAX {
            break is_last;
        }
    };
    if is_last || data.len() > page.limit {
        return Ok(Json(Listing::of(data, &page, now, |view: &DeviceView| view.terminal.clone())));
    }
    let next_cursor = after.map(|after| Cursor::of(&after.as_str()));
    Ok(Json(Listing { data, next_cursor, as_of: now }))
}

impl DevicesQuery {
    fn is_stale(&self, view: &DeviceView, now: Timestamp) -> bool {
        self.stale_h.is_none_or(|hours| {
            view.last_heard_at.is_none_or(|heard_at| now.since(heard_at) >= i64::from(hours) * HOUR_MS)
        })
    }
}

impl DeviceView {
    pub(crate) fn of(record: &DeviceRecord, desk: &Desk, caller: &Caller) -> Self {
        let state = record.state.as_ref().and_then(|(format, bytes)| watch::state_of(*format, bytes));
        let known =
            state.iter().flat_map(rules::VehicleState::devices).find(|it| it.terminal == record.terminal);
        let named = record.on.map(|on| row::names(on.vehicle, on.alias).0.unwrap_or(on.vehicle));
        let first_seen = Some(record.first_seen).filter(|_| !record.protocol.is_empty());
        Self {
            terminal: record.terminal.to_string(),
            protocol: Some(record.protocol.clone()).filter(|name| !name.is_empty()),
            model: record.model.clone(),
            status: record.status.as_str(),
            vehicle: record.on.map(|on| on.vehicle.to_string()),
            plate: named.map(|name| caller.plate(name)),
            role: record.on.map(|on| on.role.as_str()),
            first_seen,
            // A state knows neither what waits in quarantine nor what left it as history.
            last_heard_at: [first_seen, record.kept_at, known.map(|known| known.heard_at)]
                .into_iter()
                .flatten()
                .max(),
            last_fix_at: known.and_then(|known| known.fix).map(|(_, at)| at),
            online: desk.ports.is_online(record.terminal),
        }
    }
}

/// One device. The ETag is that of its profile, for If-Match.
#[utoipa::path(get, path = "/devices/{terminal}", tag = "devices",
    params(("terminal" = String, Path, description = "IMEI or terminal number")), responses((status = 200, body = DeviceDetail)))]
async fn device(
    State(desk): State<Desk>,
    caller: Caller,
    Path(terminal): Path<String>,
) -> Result<Response, Problem> {
    let (store, terminal) = (desk.store()?, terminal_of(&terminal)?);
    let tag = profile_tag(&store, terminal).await?;
    Ok(entity_tag::answer(&tag, &detail(&desk, &store, &caller, terminal).await?))
}

/// The version of what staff say of a device.
async fn profile_tag(store: &Store, terminal: TerminalId) -> Result<String, Problem> {
    Ok(entity_tag::of(&store.profile_of(terminal).await?.unwrap_or_default()))
}

async fn detail(
    desk: &Desk,
    store: &Store,
    caller: &Caller,
    terminal: TerminalId,
) -> Result<DeviceDetail, Problem> {
    let now = desk.now();
    let record = store.device(terminal, now).await?.ok_or_else(Problem::not_found)?;
    let chosen = store.profile_of(terminal).await?.unwrap_or_default();
    let protocol = desk.protocols.iter().copied().find(|protocol| protocol.name() == record.protocol);
    let model = protocol.and_then(|protocol| wire::DeviceModel::chosen(protocol.models(), chosen.model));
    let models = protocol.map(wire::Protocol::models).unwrap_or_default();
    let bindings = store.bindings_of(terminal).await?;
    Ok(DeviceDetail {
        device: DeviceView::of(&record, desk, caller),
        approved_at: record.approved_at,
        bindings: bindings.into_iter().map(|row| BindingView::of(row.binding)).collect(),
        profile: model.map(|model| ProfileView::of(model, &chosen)),
        models: models.iter().map(|model| ModelView { code: model.code, label: model.label }).collect(),
        commands: model
            .iter()
            .flat_map(|model| model.allowed())
            .map(model::command::CommandKind::as_str)
            .collect(),
        counters: counters(store, terminal, now).await?,
    })
}

async fn counters(store: &Store, terminal: TerminalId, now: Timestamp) -> Result<Counters, Problem> {
    let since = now.plus(-COUNTED_MS);
    let points = store.track(terminal, track::on_its_clock(since, now)).await?;
    let of_the_week = || points.iter().filter(|point| point.received_at >= since);
    let late = of_the_week().filter(|point| point.late).count();
    Ok(Counters { since, stored: of_the_week().count(), late })
}

/// The terminal in a path. What is no id is nobody's.
pub(crate) fn terminal_of(text: &str) -> Result<TerminalId, Problem> {
    TerminalId::parse(text).map_err(|_| Problem::not_found())
}

/// The binding in force of a terminal.
async fn berth(
    store: &Store,
    terminal: TerminalId,
    now: Timestamp,
) -> Result<Option<model::input::Binding>, Problem> {
    let bindings = store.bindings_of(terminal).await?.into_iter().map(|row| row.binding);
    Ok(bindings.into_iter().find(|binding| is_on(binding, now)))
}

/// Devices that are read at once.
const SLICE: u32 = 500;
/// Devices that one request goes through.
const LOOKED_AT_MAX: usize = 25_000;
const HOUR_MS: Millis = 3_600_000;
const COUNTED_MS: Millis = 7 * 24 * HOUR_MS;
