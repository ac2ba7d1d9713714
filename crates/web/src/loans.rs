//! Loans: what is owed, held, and happened.
//!
//! Shape: a list by contract; one loan with what happened to it; a row or a batch that a lender's system sends, and events, through the
//! journal. Units: money in the smallest unit. What a stale book or a hold forbids to say is null. Errors: [`Problem`]; a loan
//! that is not in the caller's scope does not exist, and neither does a settled one for who works alerts. Source: `ux.md` §5.

mod batch;
mod detail;
mod event;
mod hints;
#[cfg(test)]
mod tests;

use crate::asked::Asked;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::entity_tag;
use crate::list::{Cursor, Listing, Page, PageQuery};
use crate::problem::Problem;
use crate::vehicles::rule_set;
use crate::vehicles::sight::theirs;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use detail::{LoanDetail, LoanRowView, Sayer};
use model::loan::{Bucket, HoldKind, Standing};
use model::staff::Role;
use model::{ContractId, Timestamp, VehicleId};
use serde::Deserialize;
use store::{LoanQuery, LoanRow};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(one, batch::put))
        .routes(routes!(batch::batch))
        .routes(routes!(event::tell))
}

/// Which loans.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Part of a contract, plate or VIN.
    #[serde(default)]
    q: String,
    /// Of this lender only.
    #[serde(default)]
    lender: String,
    /// M0 to M7+; only where that may be said.
    bucket: Option<String>,
    /// Code of the hold in force; any = whichever.
    hold: Option<String>,
}

/// Loans, in the order of their contracts.
#[utoipa::path(get, path = "/loans", tag = "loans", params(Filter, PageQuery),
    responses((status = 200, body = Listing<LoanRowView>)))]
async fn list(
    State(desk): State<Desk>,
    caller: Caller,
    Asked(filter): Asked<Filter>,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Listing<LoanRowView>>, Problem> {
    let page: Page<String> = page.page()?;
    let (bucket, hold) = filter.read()?;
    let (store, now) = (desk.store()?, desk.now());
    let rule_set = rule_set(&store).await?;
    let sayer = Sayer { rule_set: &rule_set, now };
    let admits = |row: &LoanRowView| {
        bucket.is_none_or(|bucket| row.bucket == Some(bucket.as_str()))
            && hold.is_none_or(|hold| hold.admits(row.hold))
    };
    let (mut data, mut looked_at, mut is_last) = (Vec::new(), 0, false);
    let mut after = page.after.clone().unwrap_or_default();
    while data.len() < page.limit && !is_last && looked_at < LOOKED_AT_MAX {
        let scope = Some(&caller.scope);
        let (lender, named) = (filter.lender.as_str(), filter.q.as_str());
        let query = LoanQuery { after: &after, lender, named, scope, rows_max: SLICE };
        let rows = store.loans_page(&query).await?;
        looked_at += rows.len();
        is_last = rows.len() < usize::try_from(SLICE).unwrap_or(usize::MAX);
        for row in rows {
            if data.len() == page.limit {
                is_last = false;
                break;
            }
            after.clone_from(&row.loan.contract.0);
            if is_open_to(&caller, &row, now) {
                data.extend(Some(sayer.row(&row)).filter(|row| admits(row)));
            }
        }
    }
    let next_cursor = (!is_last).then(|| Cursor::of(&after));
    Ok(Json(Listing { data, next_cursor, as_of: now }))
}

/// One loan with what happened to it. The ETag is for If-Match.
#[utoipa::path(get, path = "/loans/{contract}", tag = "loans",
    params(("contract" = String, Path, description = "the lender's contract number")),
    responses((status = 200, body = LoanDetail)))]
async fn one(
    State(desk): State<Desk>,
    caller: Caller,
    Path(contract): Path<String>,
) -> Result<Response, Problem> {
    let row = found(&desk, &caller, &contract).await?;
    let rule_set = rule_set(&desk.store()?).await?;
    let sayer = Sayer { rule_set: &rule_set, now: desk.now() };
    let tag = entity_tag::of(&row);
    Ok(entity_tag::answer(&tag, &sayer.detail(&desk, &caller, row).await?))
}

/// The loans of a vehicle that the caller may read, each as `GET /loans/{contract}` shows it.
pub(crate) async fn of_vehicle(
    desk: &Desk,
    caller: &Caller,
    (plate, rows): (Option<VehicleId>, &[LoanRow]),
) -> Result<Vec<serde_json::Value>, Problem> {
    if !caller.has(crate::rights::Right::LoansRead) {
        return Ok(Vec::new());
    }
    let now = desk.now();
    let rule_set = rule_set(&desk.store()?).await?;
    let sayer = Sayer { rule_set: &rule_set, now };
    let mut shown = Vec::new();
    for row in theirs(caller, plate, rows).filter(|row| is_open_to(caller, row, now)) {
        let detail = sayer.detail(desk, caller, row.clone()).await?;
        shown.push(serde_json::to_value(detail).unwrap_or_default());
    }
    Ok(shown)
}

/// A loan, if it is the caller's to know of.
async fn found(desk: &Desk, caller: &Caller, contract: &str) -> Result<LoanRow, Problem> {
    let store = desk.store()?;
    let row = store.loan(&ContractId(contract.trim().to_owned())).await?.ok_or_else(Problem::not_found)?;
    let vehicle = store.vehicle(row.vehicle).await?;
    let plate = vehicle.and_then(|vehicle| vehicle.plate());
    let is_theirs = caller.scope.holds(Some(&row.loan.lender), plate) && is_open_to(caller, &row, desk.now());
    if is_theirs { Ok(row) } else { Err(Problem::not_found()) }
}

/// A settled loan ends what collection may know of it.
fn is_open_to(caller: &Caller, row: &LoanRow, now: Timestamp) -> bool {
    let is_over = row.loan.standing(now) == Standing::Settled;
    let works_alerts = matches!(caller.role, Role::Collector | Role::Supervisor);
    !(is_over && works_alerts)
}

/// Which holds.
#[derive(Debug, Clone, Copy)]
enum HoldFilter {
    Any,
    This(HoldKind),
}

impl HoldFilter {
    fn admits(self, hold: Option<&'static str>) -> bool {
        match self {
            Self::Any => hold.is_some(),
            Self::This(kind) => hold == Some(kind.as_str()),
        }
    }
}

impl Filter {
    fn read(&self) -> Result<(Option<Bucket>, Option<HoldFilter>), Problem> {
        let wrong =
            |pointer: &str, error: model::UnknownCode| Problem::field(pointer, "unknown", error.to_string());
        let bucket = self.bucket.as_deref().map(Bucket::parse).transpose();
        let hold = match self.hold.as_deref() {
            None => None,
            Some("any") => Some(HoldFilter::Any),
            Some(code) => {
                Some(HoldFilter::This(HoldKind::parse(code).map_err(|error| wrong("?hold", error))?))
            }
        };
        Ok((bucket.map_err(|error| wrong("?bucket", error))?, hold))
    }
}

/// Loans that are read at once.
const SLICE: i64 = 1_000;
/// Loans that one request goes through to fill a page: a second.
const LOOKED_AT_MAX: usize = 50_000;
