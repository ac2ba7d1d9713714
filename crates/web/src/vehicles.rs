//! Vehicles: what they do, where they were, who looked.
//!
//! Shape: a list by plate, VIN, contract or terminal; one vehicle with its devices and loans; where it is and was, each with a purpose
//! and an audit line before it is told. Units: in the names. Errors: [`Problem`]; a vehicle that is not the caller's to know of does
//! not exist. Source: `ux.md` §5.

pub(crate) mod detail;
pub(crate) mod doing;
mod place;
pub(crate) mod row;
pub(crate) mod sight;
mod simplify;
mod stays;
mod strip;
mod strip_day;
#[cfg(test)]
mod tests;
pub(crate) mod track;
mod trips;
mod viewers;
mod whereabouts;

use crate::asked::Asked;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::list::{Cursor, Listing, Page, PageQuery};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use doing::Doing;
use model::{Timestamp, VehicleId};
use row::{Eyes, VehicleRow};
use rules::{RuleSet, VehicleState};
use serde::Deserialize;
use store::{LoanRow, Store, VehicleQuery, VehicleRecord};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(detail::detail))
        .routes(routes!(place::state))
        .routes(routes!(track::track))
        .routes(routes!(strip_day::strip_day))
        .routes(routes!(stays::stays))
        .routes(routes!(trips::trips))
        .routes(routes!(viewers::viewers))
        .routes(routes!(whereabouts::whereabouts))
}

/// Which vehicles.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Part of a plate, VIN, contract or terminal id.
    #[serde(default)]
    q: String,
    /// What they do.
    state: Option<Doing>,
    /// So many days past due at least; only where that may be said.
    dpd_min: Option<u16>,
    /// Of this lender only.
    lender: Option<String>,
}

/// Vehicles, in the order of their ids.
#[utoipa::path(get, path = "/vehicles", tag = "vehicles", params(Filter, PageQuery),
    responses((status = 200, body = Listing<VehicleRow>)))]
async fn list(
    State(desk): State<Desk>,
    caller: Caller,
    Asked(filter): Asked<Filter>,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Listing<VehicleRow>>, Problem> {
    let page: Page<String> = page.page()?;
    let (store, now) = (desk.store()?, desk.now());
    let rule_set = rule_set(&store).await?;
    let eyes = Eyes { caller: &caller, rule_set: &rule_set, now };
    let mut after = page.after.as_deref().and_then(|after| VehicleId::parse(after).ok());
    let (mut data, mut looked_at) = (Vec::new(), 0);
    let is_whole = loop {
        let query = VehicleQuery { after, named: filter.q.clone(), rows_max: SLICE };
        let slice = store.vehicles(&query).await?;
        let is_last = slice.len() < usize::try_from(SLICE).unwrap_or(usize::MAX);
        for row in rows(&store, &eyes, &slice).await? {
            if data.len() > page.limit {
                break;
            }
            data.extend(Some(row).filter(|row| filter.admits(row)));
        }
        looked_at += slice.len();
        after = slice.last().map(|record| record.vehicle).or(after);
        if data.len() > page.limit || is_last || looked_at >= LOOKED_AT_MAX {
            break is_last;
        }
    };
    if is_whole || data.len() > page.limit {
        return Ok(Json(Listing::of(data, &page, now, |row| row.id.clone())));
    }
    // Few among many: the next page goes on where this one stopped looking.
    let next_cursor = after.map(|after| Cursor::of(&after.as_str()));
    Ok(Json(Listing { data, next_cursor, as_of: now }))
}

impl Filter {
    fn admits(&self, row: &VehicleRow) -> bool {
        let is_late = |least: u16| row.days_past_due.is_some_and(|days| days >= least);
        self.state.is_none_or(|state| row.state == state)
            && self.dpd_min.is_none_or(is_late)
            && self.lender.as_ref().is_none_or(|lender| row.lender.as_ref() == Some(lender))
    }
}

/// The rows of those vehicles that the caller may know of, in the same order.
async fn rows(store: &Store, eyes: &Eyes<'_>, records: &[VehicleRecord]) -> Result<Vec<VehicleRow>, Problem> {
    let ids: Vec<VehicleId> = records.iter().map(|record| record.vehicle).collect();
    let loans = row::by_vehicle(store.loans_on(&ids).await?);
    let live = row::by_id(store.live_alerts_on(&ids).await?);
    let row = |record: &VehicleRecord| {
        let loans = loans.get(&record.vehicle).map_or(&[][..], Vec::as_slice);
        let live = live.get(&record.vehicle).map_or(&[][..], Vec::as_slice);
        let state = state_of(record);
        sight::sees(eyes.caller, record.plate(), loans, eyes.now)
            .then(|| eyes.row(record, state.as_ref(), loans, live))
    };
    Ok(records.iter().filter_map(row).collect())
}

/// A vehicle that the caller may know of.
pub(crate) struct Found {
    pub(crate) record: VehicleRecord,
    pub(crate) state: Option<VehicleState>,
    /// All loans on it; [`sight::theirs`] says which of them are the caller's to see.
    pub(crate) loans: Vec<LoanRow>,
}

impl Found {
    /// By its id, plate or VIN.
    pub(crate) async fn by_name(
        store: &Store,
        caller: &Caller,
        name: &str,
        now: Timestamp,
    ) -> Result<Self, Problem> {
        let name = VehicleId::parse(name).map_err(|_| Problem::not_found())?;
        let vehicle = store.vehicle_of(name).await?.ok_or_else(Problem::not_found)?;
        let record = store.vehicle(vehicle).await?.ok_or_else(Problem::not_found)?;
        let loans = store.loans_on(&[vehicle]).await?;
        if !sight::sees(caller, record.plate(), &loans, now) {
            return Err(Problem::not_found());
        }
        Ok(Self { state: state_of(&record), record, loans })
    }

    /// In whose zone its days are counted.
    pub(crate) fn zone(&self, rule_set: &RuleSet, now: Timestamp) -> jiff::tz::TimeZone {
        let known = self.loans.iter().filter(|row| row.in_book);
        watch::loan_that_counts(known, rule_set, now).map_or_else(usual_zone, |row| row.loan.zone().clone())
    }
}

/// Where no loan says one, as the importers have it.
pub(crate) fn usual_zone() -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::get("Asia/Shanghai").unwrap_or(jiff::tz::TimeZone::UTC)
}

/// What is remembered of a vehicle.
pub(crate) fn state_of(record: &VehicleRecord) -> Option<VehicleState> {
    record.state.as_ref().and_then(|(format, bytes)| watch::state_of(*format, bytes))
}

/// The rule set in force.
pub(crate) async fn rule_set(store: &Store) -> Result<RuleSet, Problem> {
    let row = store.rule_set().await?;
    Ok(row.and_then(|row| RuleSet::parse(&row.text).ok()).unwrap_or_default())
}

/// Vehicles that are read at once.
const SLICE: u32 = 500;
/// Vehicles that one request goes through: a large fleet, a second.
const LOOKED_AT_MAX: usize = 25_000;
