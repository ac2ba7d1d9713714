//! Places where vehicles past due come together: computed from stays, watched by nobody's word yet.
//!
//! Shape: some days of everybody's stays in, a FeatureCollection as the import takes it out. No vehicle is named, and none is told of
//! fewer than three. Units: days, WGS-84 degrees. Errors: `purpose_required`; `refused` for more stays than are held in memory.

use crate::asked::Asked;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::problem::{Code, Problem};
use crate::vehicles::row::by_vehicle;
use crate::vehicles::{rule_set, sight};
use axum::Json;
use axum::extract::State;
use model::{Millis, Timestamp, VehicleId};
use rules::{RuleSet, Tracked};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use store::{LoanRow, Store};
use watch::Stated;

/// How far back.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CandidatesQuery {
    /// 1 to 450, 90 unless said.
    days: Option<u16>,
}

/// Mined places that nobody has confirmed.
#[utoipa::path(get, path = "/places/candidates", tag = "places", params(CandidatesQuery),
    responses((status = 200, body = Object, description = "a FeatureCollection")))]
pub(super) async fn candidates(
    State(desk): State<Desk>,
    caller: Caller,
    Asked(query): Asked<CandidatesQuery>,
) -> Result<Json<Value>, Problem> {
    caller.purpose()?;
    let days = query.days.unwrap_or(DAYS);
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(Problem::field("?days", "out_of_range", "days is 1 to 450"));
    }
    let (store, now) = (desk.store()?, desk.now());
    let mut fleet = BTreeMap::<VehicleId, Tracked>::new();
    let mut stays = 0;
    let read = store.all_stays(now.plus(-i64::from(days) * DAY_MS), |page| {
        stays += page.len();
        for row in page {
            fleet.entry(row.vehicle).or_default().stays.push(row.stay);
        }
        if stays > STAYS_MAX { Err(()) } else { Ok(()) }
    });
    if read.await?.is_err() {
        let detail = format!("More than {STAYS_MAX} stays in {days} days: ask for fewer days.");
        return Err(Problem::new(Code::Refused, detail));
    }
    let (rule_set, loans) = (rule_set(&store).await?, by_vehicle(store.every_loan().await?));
    if !caller.scope.is_everything() {
        leave_out_others(&store, &caller, &mut fleet, &loans, now).await?;
    }
    for (vehicle, tracked) in &mut fleet {
        let on_it = loans.get(vehicle).into_iter().flatten();
        tracked.past_due_since = on_it.filter_map(|loan| past_due_since(loan, &rule_set, now)).min();
    }
    let fleet: Vec<Tracked> = fleet.into_values().collect();
    let mining = tokio::task::spawn_blocking(move || rules::mine(&fleet, &rule_set));
    let candidates = mining.await.map_err(|error| {
        tracing::error!(%error, "places could not be mined");
        Problem::from(Code::Internal)
    })?;
    let count = u32::try_from(candidates.len()).unwrap_or(u32::MAX);
    desk.reads(&caller, &format!("candidates days={days}"), count).await?;
    Ok(Json(::places::candidates_as_geojson(&candidates)))
}

/// Vehicles of which the caller may not know.
async fn leave_out_others(
    store: &Store,
    caller: &Caller,
    fleet: &mut BTreeMap<VehicleId, Tracked>,
    loans: &BTreeMap<VehicleId, Vec<LoanRow>>,
    now: Timestamp,
) -> Result<(), Problem> {
    let vehicles: Vec<VehicleId> = fleet.keys().copied().collect();
    let records = store.vehicle_records(&vehicles).await?;
    let plates: BTreeMap<VehicleId, VehicleId> =
        records.iter().filter_map(|record| Some((record.vehicle, record.plate()?))).collect();
    fleet.retain(|vehicle, _| {
        let on_it = loans.get(vehicle).map_or(&[][..], Vec::as_slice);
        sight::sees(caller, plates.get(vehicle).copied(), on_it, now)
    });
    Ok(())
}

/// The day after the oldest unpaid due date, where something is past due that may be stated.
fn past_due_since(row: &LoanRow, rule_set: &RuleSet, now: Timestamp) -> Option<Timestamp> {
    Stated::of(row, rule_set, now).past_due()?;
    row.loan.oldest_unpaid_due?.plus_days(1)?.start_in(row.loan.zone())
}

const DAYS: u16 = 90;
/// As long as stays are kept.
const DAYS_MAX: u16 = 450;
const DAY_MS: Millis = 86_400_000;
/// Ten thousand vehicles' quarter of a year, 40 MB.
const STAYS_MAX: usize = 1_000_000;
