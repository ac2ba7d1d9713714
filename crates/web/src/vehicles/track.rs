//! Where a vehicle drove: its track with as few points as a map needs.
//!
//! Shape: a stretch of time in, `[t_ms, lat, lon, speed_kmh]` points out. Read from the sealed tracks, so that a month is one look at
//! each segment. Of two devices the wired one is drawn, the hidden one where that was silent. Units: UTC milliseconds, degrees of the
//! datum that is named, km/h. Errors: `purpose_required`, `invalid`.

use super::Found;
use super::place::OnMap;
use super::simplify::{Simplified, Spot, Wanted, simplified};
use crate::asked::Asked;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use model::input::{Binding, Role};
use model::{Datum, Millis, TerminalId, Timestamp, VehicleId};
use serde::{Deserialize, Serialize};
use store::{Store, Stretch};
use utoipa::ToSchema;

/// Which part of it, and how exactly.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TrackQuery {
    /// From; a day before `to` unless said.
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// To; now unless said.
    #[param(value_type = Option<String>)]
    to: Option<Timestamp>,
    /// No point that is left out is further from the line, metres.
    tolerance_m: Option<f64>,
    /// No more points than this: 2 to 10000, 5000 unless a tolerance is said.
    points_max: Option<usize>,
    /// Of this device only.
    terminal: Option<String>,
}

/// A track.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Track {
    #[schema(value_type = String)]
    datum: Datum,
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// How many there are without simplification.
    total: usize,
    /// Points were left out.
    simplified: bool,
    /// The most that one of them is off the line.
    tolerance_m: f64,
    /// UTC milliseconds, latitude, longitude, km/h.
    #[schema(value_type = Vec<Vec<f64>>)]
    points: Vec<(i64, f64, f64, Option<f64>)>,
}

/// A vehicle's track.
#[utoipa::path(get, path = "/vehicles/{id}/track", tag = "vehicles",
    params(("id" = String, Path, description = "id, plate or VIN"), TrackQuery, OnMap), responses((status = 200, body = Track)))]
pub(crate) async fn track(
    State(desk): State<Desk>,
    caller: Caller,
    Path(name): Path<String>,
    Asked(query): Asked<TrackQuery>,
    Asked(on_map): Asked<OnMap>,
) -> Result<Json<Track>, Problem> {
    caller.purpose()?;
    let wanted = query.wanted()?;
    let (store, now) = (desk.store()?, desk.now());
    let (from, to) = stretch(query.from, query.to, now)?;
    let only = query.terminal.as_deref().map(TerminalId::parse).transpose();
    let only = only.map_err(|error| Problem::field("?terminal", "terminal", error.to_string()))?;
    let found = Found::by_name(&store, &caller, &name, now).await?;
    let vehicle = found.record.vehicle;
    let spots = spots(&store, vehicle, (from, to), only).await?;
    let total = spots.len();
    // A month is a tenth of a second of arithmetic: not on a thread that answers others.
    let work = tokio::task::spawn_blocking(move || simplified(spots, wanted));
    let Simplified { spots, tolerance_m } = work.await.map_err(|error| {
        tracing::error!(%error, "a track could not be simplified");
        Problem::from(crate::problem::Code::Internal)
    })?;
    let count = u32::try_from(spots.len()).unwrap_or(u32::MAX);
    desk.reads(&caller, &format!("track vehicle={vehicle} from={from} to={to}"), count).await?;
    let datum = on_map.datum();
    let simplified = spots.len() < total;
    let points = spots.iter().map(|spot| point(spot, datum)).collect();
    Ok(Json(Track { datum, from, to, total, simplified, tolerance_m, points }))
}

impl TrackQuery {
    fn wanted(&self) -> Result<Wanted, Problem> {
        match (self.tolerance_m, self.points_max) {
            (Some(tolerance_m), _) if !(0.0..=TOLERANCE_M_MAX).contains(&tolerance_m) => {
                Err(Problem::field("?tolerance_m", "out_of_range", "tolerance_m is 0 to 10000"))
            }
            (Some(tolerance_m), None) => Ok(Wanted::Within(tolerance_m)),
            (_, Some(points_max)) if !(2..=POINTS_MAX).contains(&points_max) => {
                Err(Problem::field("?points_max", "out_of_range", "points_max is 2 to 10000"))
            }
            (_, points_max) => Ok(Wanted::AtMost(points_max.unwrap_or(POINTS_USUAL))),
        }
    }
}

/// The stretch that is asked for; the day until now where nothing is said.
pub(crate) fn stretch(
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    now: Timestamp,
) -> Result<(Timestamp, Timestamp), Problem> {
    let to = to.unwrap_or(now);
    let from = from.unwrap_or(to.plus(-DAY_MS));
    if from >= to {
        return Err(Problem::field("?from", "order", "from must be before to"));
    }
    Ok((from, to))
}

/// Where a vehicle was fixed in a stretch, in order; late reports too.
pub(crate) async fn spots(
    store: &Store,
    vehicle: VehicleId,
    (from, to): (Timestamp, Timestamp),
    only: Option<TerminalId>,
) -> Result<Vec<Spot>, Problem> {
    let (mut wired, mut hidden) = (Vec::new(), Vec::new());
    for Binding { terminal, role, from: bound, to: unbound, .. } in
        store.bindings_on(vehicle).await?.into_iter().map(|row| row.binding)
    {
        let (begin, end) = (from.max(bound), unbound.map_or(to, |unbound| unbound.min(to)));
        if begin >= end || only.is_some_and(|only| only != terminal) {
            continue;
        }
        let track = store.track(terminal, on_its_clock(begin, end)).await?;
        let into = if role == Role::Main { &mut wired } else { &mut hidden };
        into.extend(track.into_iter().filter_map(|point| {
            let at = point.fix_time.filter(|at| begin <= *at && *at < end)?;
            let place = point.place.filter(|place| !place.is_null_island())?;
            Some(Spot { at, place, speed: point.speed })
        }));
    }
    wired.sort_by_key(|spot| spot.at);
    hidden.sort_by_key(|spot| spot.at);
    Ok(woven(wired, hidden))
}

/// The hidden device speaks where the wired one is silent: two lines beside each other would be none.
fn woven(wired: Vec<Spot>, hidden: Vec<Spot>) -> Vec<Spot> {
    let is_alone = |spot: &Spot| {
        let place = wired.partition_point(|other| other.at < spot.at);
        let near =
            |other: Option<&Spot>| other.is_some_and(|other| spot.at.since(other.at).abs() <= SILENT_MS);
        !near(wired.get(place)) && !near(place.checked_sub(1).and_then(|before| wired.get(before)))
    };
    let alone: Vec<Spot> = hidden.into_iter().filter(is_alone).collect();
    let mut spots = wired;
    if !alone.is_empty() {
        spots.extend(alone);
        spots.sort_by_key(|spot| spot.at);
    }
    spots
}

/// A device's clock may run up to 14 h beside UTC.
pub(crate) fn on_its_clock(from: Timestamp, to: Timestamp) -> Stretch {
    let widest = i64::from(model::ZoneOffset::SECONDS_MAX) * 1_000;
    Stretch { from: from.plus(-widest), to: to.plus(widest) }
}

/// A tenth of a metre is more than a receiver knows.
fn point(spot: &Spot, datum: Datum) -> (i64, f64, f64, Option<f64>) {
    let shown = datum.shown(spot.place);
    let rounded = |degrees: f64| (degrees * 1e6).round() / 1e6;
    (spot.at.ms(), rounded(shown.lat()), rounded(shown.lon()), spot.speed.map(model::Speed::kmh))
}

/// A month of a car in less than 300 kB.
const POINTS_USUAL: usize = 5_000;
const POINTS_MAX: usize = 10_000;
const TOLERANCE_M_MAX: f64 = 10_000.0;
const DAY_MS: Millis = 24 * 3_600_000;
/// Longer than a parked wired device is silent [P].
const SILENT_MS: Millis = 30 * 60_000;

#[cfg(test)]
mod tests {
    use super::*;
    use model::Coordinates;

    fn spot(minute: i64, lat: f64) -> Spot {
        let place = Coordinates::from_degrees(lat, 114.0).unwrap();
        Spot { at: Timestamp::from_ms(minute * 60_000), place, speed: None }
    }

    #[test]
    fn a_hidden_device_is_drawn_only_where_the_wired_one_is_silent() {
        let wired = vec![spot(0, 22.0), spot(10, 22.1), spot(200, 22.2)];
        let hidden = vec![spot(5, 23.0), spot(100, 23.1), spot(229, 23.2), spot(231, 23.3)];
        let minutes: Vec<i64> = woven(wired, hidden).iter().map(|spot| spot.at.ms() / 60_000).collect();
        assert_eq!(minutes, [0, 10, 100, 200, 231]);
        assert_eq!(woven(Vec::new(), vec![spot(1, 22.0)]).len(), 1);
    }
}
