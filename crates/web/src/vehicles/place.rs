//! Where a vehicle is now, as far as that is known.
//!
//! Shape: a name in the path in, [`Place`] out. Units: WGS-84 degrees, or another datum's where one is asked for; km/h. Errors:
//! `purpose_required`; `not_found` also for a vehicle that was never seen.

use super::detail::newest_report;
use super::doing::Doing;
use super::row::Eyes;
use super::{Found, rule_set};
use crate::asked::Asked;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::problem::{Code, Problem};
use axum::Json;
use axum::extract::{Path, State};
use model::{Coordinates, Datum, TerminalId, Timestamp};
use serde::{Deserialize, Serialize};
use store::{LogRow, Store, Stretch};
use utoipa::ToSchema;

/// Where a vehicle was seen last.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Place {
    lat: f64,
    lon: f64,
    #[schema(value_type = String)]
    datum: Datum,
    #[schema(value_type = String, format = DateTime)]
    fix_time: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    received_at: Option<Timestamp>,
    /// Since the fix.
    age_s: i64,
    speed_kmh: Option<f64>,
    course: Option<u16>,
    satellites: Option<i64>,
    /// The device that said so.
    source: Option<String>,
    /// Its part on the vehicle.
    role: Option<&'static str>,
    state: Doing,
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
}

/// As which map shows it.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OnMap {
    /// `wgs84`, `gcj02` or `bd09`; WGS-84 unless said.
    #[param(value_type = Option<String>)]
    pub(crate) datum: Option<Datum>,
}

impl OnMap {
    pub(crate) fn datum(&self) -> Datum {
        self.datum.unwrap_or(Datum::Wgs84)
    }
}

/// Where a vehicle is.
#[utoipa::path(get, path = "/vehicles/{id}/state", tag = "vehicles",
    params(("id" = String, Path, description = "id, plate or VIN"), OnMap), responses((status = 200, body = Place)))]
pub(crate) async fn state(
    State(desk): State<Desk>,
    caller: Caller,
    Path(name): Path<String>,
    Asked(on_map): Asked<OnMap>,
) -> Result<Json<Place>, Problem> {
    caller.purpose()?;
    let (store, now) = (desk.store()?, desk.now());
    let found = Found::by_name(&store, &caller, &name, now).await?;
    let Some((fix_time, place)) = found.record.seen else {
        return Err(Problem::new(
            Code::NotFound,
            "This vehicle was never seen: no device on it has had a fix.",
        ));
    };
    let mut devices = found.state.iter().flat_map(rules::VehicleState::devices);
    let source = devices.find(|device| device.fix.is_some_and(|(_, at)| at == fix_time));
    let row = match source {
        Some(device) => report_at(&store, device.terminal, fix_time).await?,
        None => None,
    };
    desk.reads(&caller, &format!("state vehicle={}", found.record.vehicle), 1).await?;
    let rule_set = rule_set(&store).await?;
    let eyes = Eyes { caller: &caller, rule_set: &rule_set, now };
    let doing = eyes.doing(&found.record, found.state.as_ref(), &found.loans);
    let datum = on_map.datum();
    let shown = datum.shown(place);
    Ok(Json(Place {
        lat: shown.lat(),
        lon: shown.lon(),
        datum,
        fix_time,
        received_at: row.as_ref().map(|row| row.received_at),
        age_s: now.since(fix_time).max(0) / 1_000,
        speed_kmh: row.as_ref().and_then(|row| row.speed).map(model::Speed::kmh),
        course: row.as_ref().and_then(|row| row.course).map(model::Course::degrees),
        satellites: row.as_ref().and_then(|row| row.satellites),
        source: source.map(|device| device.terminal.to_string()),
        role: source.and_then(|device| device.role).map(model::input::Role::as_str),
        state: doing.into(),
        since: doing.since(),
    }))
}

/// The report that a terminal made at a moment.
async fn report_at(store: &Store, terminal: TerminalId, at: Timestamp) -> Result<Option<LogRow>, Problem> {
    // The digits on its clock may be those of any zone.
    let widest = i64::from(model::ZoneOffset::SECONDS_MAX) * 1_000;
    let keys = store.log_keys(terminal, Stretch { from: at.plus(-widest), to: at.plus(widest) }).await?;
    // Zones have whole quarters of an hour: of a day's reports few are left to look at.
    let may_be = |key: &&store::LogKey| key.wall.since(at).rem_euclid(QUARTER_MS) == 0;
    let keys: Vec<_> = keys.iter().filter(may_be).copied().collect();
    let rows = store.log_rows(&keys).await?;
    if let Some(row) = rows.into_iter().find(|row| row.fix_time == Some(at) && is_placed(row)) {
        return Ok(Some(row));
    }
    newest_report(store, terminal, Some(at)).await.map(|row| row.filter(|row| row.fix_time == Some(at)))
}

fn is_placed(row: &LogRow) -> bool {
    row.place.is_some_and(|place: Coordinates| !place.is_null_island())
}

const QUARTER_MS: i64 = 15 * 60_000;
