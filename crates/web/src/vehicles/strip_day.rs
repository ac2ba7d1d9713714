//! The strip of one day of a vehicle.
//!
//! Shape: a day in a zone in, [`DayStrip`] out: no coordinates, so no purpose. Units: UTC; the day is that of the zone. Errors:
//! `invalid` for what is no day or zone.

use super::strip::{Beat, Segment, strip};
use super::track::on_its_clock;
use super::{Found, rule_set};
use crate::asked::Asked;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use jiff::tz::TimeZone;
use model::input::Role;
use model::{Date, Timestamp, VehicleId};
use serde::{Deserialize, Serialize};
use store::{LogKey, LogRow, Store};
use utoipa::ToSchema;

/// Which day.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DayQuery {
    /// `2026-11-20`; today unless said.
    day: Option<String>,
    /// `Asia/Shanghai`; the loan's unless said.
    tz: Option<String>,
}

/// A day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DayStrip {
    day: String,
    time_zone: String,
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// They cover the day until now without a gap.
    segments: Vec<Segment>,
    /// Where on that day the server first listened: its begin, unless the server was not there yet.
    #[schema(value_type = String, format = DateTime)]
    coverage_from: Timestamp,
    /// When the server listened: only there silence says something.
    #[schema(value_type = Vec<Vec<String>>)]
    covered: Vec<[Timestamp; 2]>,
}

/// What a vehicle did on a day.
#[utoipa::path(get, path = "/vehicles/{id}/strip", tag = "vehicles",
    params(("id" = String, Path, description = "id, plate or VIN"), DayQuery), responses((status = 200, body = DayStrip)))]
pub(crate) async fn strip_day(
    State(desk): State<Desk>,
    caller: Caller,
    Path(name): Path<String>,
    Asked(query): Asked<DayQuery>,
) -> Result<Json<DayStrip>, Problem> {
    let (store, now) = (desk.store()?, desk.now());
    let found = Found::by_name(&store, &caller, &name, now).await?;
    let zone = match query.tz.as_deref() {
        Some(tz) => {
            TimeZone::get(tz).map_err(|_| Problem::field("?tz", "zone", "no time zone is called so"))?
        }
        None => found.zone(&rule_set(&store).await?, now),
    };
    let wrong = || Problem::field("?day", "date", "a day is written as 2026-11-20");
    let day = match query.day.as_deref() {
        Some(day) => Date::parse(day).ok_or_else(wrong)?,
        None => now.date_in(&zone).ok_or_else(wrong)?,
    };
    let from = day.start_in(&zone).ok_or_else(wrong)?;
    let to = day.plus_days(1).and_then(|next| next.start_in(&zone)).ok_or_else(wrong)?;
    // What has not come yet is no silence.
    let until = to.min(now).max(from);
    let segments = strip(&beats(&store, found.record.vehicle, (from, until)).await?, from, until);
    let covered = store.coverage_since(from).await?.into_iter().filter(|row| row.from < until);
    let covered = covered.map(|row| [row.from.max(from), row.to.min(until)]).collect();
    let coverage_from = store.first_covered().await?.unwrap_or(now).clamp(from, to);
    let time_zone = zone.iana_name().unwrap_or("UTC").to_owned();
    Ok(Json(DayStrip { day: day.to_string(), time_zone, from, to, segments, coverage_from, covered }))
}

/// The reports of a vehicle's devices in a stretch, in order: those of the wired one, of the hidden one where there is no other. The
/// last one before and the first one behind belong to it, since something was so between them.
async fn beats(
    store: &Store,
    vehicle: VehicleId,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<Beat>, Problem> {
    let (begin, end) = (from.plus(-BESIDE_MS), to.plus(BESIDE_MS));
    let (mut wired, mut hidden) = (Vec::new(), Vec::new());
    for binding in store.bindings_on(vehicle).await?.into_iter().map(|row| row.binding) {
        if binding.from >= end || binding.to.is_some_and(|unbound| unbound <= begin) {
            continue;
        }
        let mut keys = store.log_keys(binding.terminal, on_its_clock(begin, end)).await?;
        if keys.len() > REPORTS_MAX {
            keys = thinned(keys);
        }
        let rows = store.log_rows(&keys).await?;
        let is_on = |row: &LogRow| row.vehicle == Some(vehicle);
        let into = if binding.role == Role::Main { &mut wired } else { &mut hidden };
        into.extend(rows.into_iter().filter(is_on).filter_map(beat));
    }
    let mut beats = if wired.is_empty() { hidden } else { wired };
    beats.sort_by_key(|beat: &Beat| beat.at);
    beats.dedup_by_key(|beat| beat.at);
    let first = beats.partition_point(|beat| beat.at < from).saturating_sub(1);
    let last = beats.partition_point(|beat| beat.at <= to).saturating_add(1).min(beats.len());
    Ok(beats.get(first..last).unwrap_or_default().to_vec())
}

/// A device that reports each second says nothing more of a day than one that does so each few seconds.
fn thinned(keys: Vec<LogKey>) -> Vec<LogKey> {
    let every = keys.len().div_ceil(REPORTS_MAX);
    keys.into_iter().step_by(every).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "made of a row that nobody else needs")]
fn beat(row: LogRow) -> Option<Beat> {
    Some(Beat {
        at: row.fix_time?,
        place: row.place.filter(|place| !place.is_null_island()),
        speed_kmh: row.speed.map(model::Speed::kmh),
        ignition: row.attributes.get("ignition").and_then(serde_json::Value::as_bool),
        is_late: row.timeliness == rules::Timeliness::Late.as_str(),
    })
}

/// A hidden device wakes once a day.
const BESIDE_MS: i64 = 26 * 3_600_000;
/// Of one device around a day: one each nine seconds of three days.
const REPORTS_MAX: usize = 30_000;
