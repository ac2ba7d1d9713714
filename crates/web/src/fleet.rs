//! All vehicles on a map, at once.
//!
//! Shape: a part of the map and filters in, one row a vehicle out, as an array in the order of `fields`: 20,000 cars are less than
//! 2 MB. Read set by set: states, loans, live alerts, newest headings; nothing is asked car by car. Units: in the names; WGS-84 degrees,
//! or another datum's. Errors: `purpose_required`, `invalid`. Plates are those that the caller may read.

use crate::asked::Asked;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::problem::Problem;
use crate::rights::Right;
use crate::vehicles::doing::Doing;
use crate::vehicles::row::{self, Eyes};
use crate::vehicles::{rule_set, sight, state_of};
use axum::Json;
use axum::extract::State;
use model::{Coordinates, Datum, Severity, TerminalId, Timestamp};
use rules::VehicleState;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{Heading, LiveAlerts, LoanRow, MapBox, VehicleRecord};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default().routes(routes!(fleet))
}

/// Which vehicles.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct FleetQuery {
    /// West, south, east, north in WGS-84 degrees: `113.7,22.4,114.6,22.9`.
    bbox: Option<String>,
    /// So many days past due at least.
    dpd_min: Option<u16>,
    /// With a live alert at least as grave.
    #[param(value_type = Option<String>)]
    severity: Option<Severity>,
    state: Option<Doing>,
    /// At most 50000, which is the default.
    limit: Option<u32>,
    #[param(value_type = Option<String>)]
    datum: Option<Datum>,
}

/// The fleet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Fleet {
    #[schema(value_type = String, format = DateTime)]
    as_of: Timestamp,
    #[schema(value_type = String)]
    datum: Datum,
    /// What stands where in a row.
    fields: [&'static str; FIELDS.len()],
    #[schema(value_type = Vec<Vec<Object>>)]
    rows: Vec<FleetRow>,
    /// There are more than `limit`.
    more: bool,
}

/// As `fields` says: id, plate, lat, lon, state, course, seconds since the fix, days past due, severity, speed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct FleetRow(
    pub(crate) String,
    pub(crate) String,
    pub(crate) f64,
    pub(crate) f64,
    pub(crate) Doing,
    pub(crate) Option<u16>,
    pub(crate) i64,
    pub(crate) Option<u16>,
    pub(crate) Option<&'static str>,
    pub(crate) Option<f64>,
);

pub(crate) const FIELDS: [&str; 10] =
    ["id", "plate", "lat", "lon", "state", "course", "fix_age_s", "dpd", "severity", "speed_kmh"];

/// Vehicles that were seen, with where and what is known of them.
#[utoipa::path(get, path = "/fleet", tag = "vehicles", params(FleetQuery), responses((status = 200, body = Fleet)))]
async fn fleet(
    State(desk): State<Desk>,
    caller: Caller,
    Asked(query): Asked<FleetQuery>,
) -> Result<Json<Fleet>, Problem> {
    caller.purpose()?;
    let within = query.within()?;
    let limit = match query.limit {
        None => ROWS_MAX,
        Some(limit @ 1..=ROWS_MAX) => limit,
        Some(_) => return Err(Problem::field("?limit", "out_of_range", "limit is 1 to 50000")),
    };
    let (store, now) = (desk.store()?, desk.now());
    // One more than is given, so that what lies behind is told, whoever may see it.
    let records = store.fleet(within, ROWS_MAX + 1).await?;
    let loans = row::by_vehicle(store.every_loan().await?);
    let live = row::by_id(store.live_alerts().await?);
    let headings = store.newest_motions(HEADINGS_MAX).await?;
    let rule_set = rule_set(&store).await?;
    let eyes = Eyes { caller: &caller, rule_set: &rule_set, now };
    let datum = query.datum.unwrap_or(Datum::Wgs84);
    let mut rows: Vec<FleetRow> = Vec::new();
    for record in &records {
        let loans = loans.get(&record.vehicle).map_or(&[][..], Vec::as_slice);
        if !sight::sees(&caller, record.plate(), loans, now) {
            continue;
        }
        let live = live.get(&record.vehicle).map_or(&[][..], Vec::as_slice);
        let dot = Dot { record, state: state_of(record), loans, live };
        rows.extend(dot.row(&eyes, &headings, datum).filter(|row| query.admits(row)));
        if rows.len() > usize::try_from(limit).unwrap_or(usize::MAX) {
            break;
        }
    }
    let is_more = |rows: usize, limit: u32| rows > usize::try_from(limit).unwrap_or(usize::MAX);
    let more = is_more(rows.len(), limit) || is_more(records.len(), ROWS_MAX);
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    desk.reads(&caller, &format!("fleet bbox={}", query.bbox.as_deref().unwrap_or("all")), count).await?;
    Ok(Json(Fleet { as_of: now, datum, fields: FIELDS, rows, more }))
}

/// A vehicle on the map.
pub(crate) struct Dot<'a> {
    pub(crate) record: &'a VehicleRecord,
    pub(crate) state: Option<VehicleState>,
    pub(crate) loans: &'a [LoanRow],
    /// Everybody's.
    pub(crate) live: &'a [LiveAlerts],
}

impl Dot<'_> {
    /// Its row; `None` if it was never seen.
    pub(crate) fn row(
        &self,
        eyes: &Eyes<'_>,
        headings: &BTreeMap<TerminalId, Heading>,
        datum: Datum,
    ) -> Option<FleetRow> {
        let (seen_at, spot) = self.record.seen?;
        let doing: Doing = eyes.doing(self.record, self.state.as_ref(), self.loans).into();
        let devices = self.state.iter().flat_map(VehicleState::devices);
        let towards = devices
            .filter_map(|device| headings.get(&device.terminal))
            .max_by_key(|heading| heading.fix_time)
            .filter(|_| doing == Doing::Moving);
        let dpd = eyes
            .loan(self.record.plate(), self.loans)
            .and_then(|loan| eyes.debt(loan).days)
            .map(|days| days.0);
        let worst = sight::live_of(eyes.caller, self.record.plate(), self.live).worst;
        let severity = worst.filter(|_| eyes.caller.has(Right::AlertsRead)).map(Severity::as_str);
        let (plate, _) = row::names(self.record.vehicle, self.record.alias);
        let shown = datum.shown(spot);
        Some(FleetRow(
            self.record.vehicle.to_string(),
            eyes.caller.plate(plate.unwrap_or(self.record.vehicle)),
            shown.lat(),
            shown.lon(),
            doing,
            towards.and_then(|heading| heading.course).map(model::Course::degrees),
            eyes.now.since(seen_at).max(0) / 1_000,
            dpd,
            severity,
            towards.and_then(|heading| heading.speed).map(model::Speed::kmh),
        ))
    }
}

impl FleetQuery {
    fn admits(&self, FleetRow(.., state, _, _, dpd, severity, _): &FleetRow) -> bool {
        // P1 comes before P2.
        let is_grave = |least: Severity| severity.is_some_and(|severity| severity <= least.as_str());
        self.state.is_none_or(|wanted| *state == wanted)
            && self.dpd_min.is_none_or(|least| dpd.is_some_and(|dpd| dpd >= least))
            && self.severity.is_none_or(is_grave)
    }

    /// `None` = everywhere.
    fn within(&self) -> Result<Option<MapBox>, Problem> {
        read_bbox(self.bbox.as_deref())
    }
}

/// A part of the map as addresses write it; `None` = everywhere.
pub(crate) fn read_bbox(text: Option<&str>) -> Result<Option<MapBox>, Problem> {
    let wrong =
        || Problem::field("?bbox", "bbox", "west,south,east,north in degrees, e.g. 113.7,22.4,114.6,22.9");
    let Some(text) = text else { return Ok(None) };
    let edges: Vec<f64> =
        text.split(',').map(|edge| edge.trim().parse().map_err(|_| wrong())).collect::<Result<_, _>>()?;
    let [west, south, east, north] = edges.as_slice() else { return Err(wrong()) };
    if west > east || south > north {
        return Err(wrong());
    }
    let corner = |lat: f64, lon: f64| {
        Coordinates::from_degrees(lat.clamp(-90.0, 90.0), lon.clamp(-180.0, 180.0)).map_err(|_| wrong())
    };
    Ok(Some(MapBox { south_west: corner(*south, *west)?, north_east: corner(*north, *east)? }))
}

/// More vehicles than a browser draws.
const ROWS_MAX: u32 = 50_000;
/// Reports of everybody among which the newest of each moving car are: ten seconds of a large fleet.
const HEADINGS_MAX: u32 = 40_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_is_four_edges_in_their_order() {
        let within = |bbox: &str| FleetQuery { bbox: Some(bbox.into()), ..FleetQuery::default() }.within();
        let found = within("113.7, 22.4,114.6,22.9").unwrap().unwrap();
        assert_eq!((found.south_west.lon_e7(), found.north_east.lat_e7()), (1_137_000_000, 229_000_000));
        for wrong in ["", "1,2,3", "114.6,22.4,113.7,22.9", "a,b,c,d", "NaN,0,1,1"] {
            assert!(within(wrong).is_err(), "{wrong}");
        }
    }
}
