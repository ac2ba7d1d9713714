//! Files of lenders: read and compared first, put in force when somebody says so.
//!
//! Shape: a file in, what it would change out, in the words of the business; then apply or discard, and a bounded history. A file lies
//! in the data directory until that is decided; what it puts in force, and takes back, goes through the journal. Units: rows; money in
//! the smallest unit. Errors: [`Problem`]; `refused` where a guard stands against it. Source: `domain.md` §6, `ux.md` §4 (screen 9).

mod apply;
mod check;
mod compare;
mod in_force;
mod rollback;
mod spool;
#[cfg(test)]
mod tests;
mod view;

use crate::asked::Asked;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::list::{Listing, Page, PageQuery};
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use loans::Reject;
use model::Timestamp;
pub(crate) use spool::Spool;
use store::{ImportRow, ImportState};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use view::{ImportView, Progress};

pub(crate) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default()
        .routes(routes!(list, check::upload))
        .routes(routes!(one))
        .routes(routes!(apply::apply))
        .routes(routes!(apply::discard))
        .routes(routes!(rollback::rollback))
        .routes(routes!(rejects))
        .routes(routes!(in_force::books))
}

/// Files that were brought in, the newest first.
#[utoipa::path(get, path = "/imports", tag = "imports", params(PageQuery),
    responses((status = 200, body = Listing<ImportView>)))]
async fn list(
    State(desk): State<Desk>,
    caller: Caller,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Listing<ImportView>>, Problem> {
    let page: Page<(i64, String)> = page.page()?;
    let store = desk.store()?;
    let after = page.after.as_ref().map(|(at, id)| (Timestamp::from_ms(*at), id.as_str()));
    let rows = store.imports(&caller.scope, after, page.rows_max()).await?;
    let mut listing = Listing::of(rows, &page, desk.now(), |row: &ImportRow| (row.at.ms(), row.id.clone()));
    for row in &mut listing.data {
        rollback::note_if_taken_back(&desk, row).await?;
    }
    Ok(Json(listing.map(|row| ImportView::of_list(&row))))
}

/// One file, with what it would change and what was refused of it; while it is being put in force, how far that is.
#[utoipa::path(get, path = "/imports/{id}", tag = "imports", params(("id" = String, Path, description = "the import's id")),
    responses((status = 200, body = ImportView)))]
async fn one(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ImportView>, Problem> {
    let row = found(&desk, &caller, &id).await?;
    let (row, progress) = settled(&desk, row).await?;
    let mut view = ImportView::of(&row, progress, &caller);
    view.can_roll_back = rollback::can_roll_back(&desk, &row).await?;
    Ok(Json(view))
}

/// Every cell that was refused, for whoever corrects the file.
#[utoipa::path(get, path = "/imports/{id}/rejects.csv", tag = "imports",
    params(("id" = String, Path, description = "the import's id")),
    responses((status = 200, content_type = "text/csv", body = String)))]
async fn rejects(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let row = found(&desk, &caller, &id).await?;
    let rejects: Vec<Reject> = serde_json::from_str(&row.rejects).unwrap_or_default();
    let mut csv = Vec::new();
    loans::write_rejects_csv(&mut csv, &rejects)
        .map_err(|_| Problem::from(crate::problem::Code::Internal))?;
    let name = format!("attachment; filename=\"rejects-{}.csv\"", row.id);
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)], csv)
        .into_response())
}

/// An import, if it is the caller's to know of: of a lender all of whose loans they see, or where they see everything.
async fn found(desk: &Desk, caller: &Caller, id: &str) -> Result<ImportRow, Problem> {
    let row = desk.store()?.import(id).await?.ok_or_else(Problem::not_found)?;
    if caller.scope.holds(row.lender.as_ref(), None) { Ok(row) } else { Err(Problem::not_found()) }
}

/// What became of the inputs of an import that is on its way.
async fn settled(desk: &Desk, mut row: ImportRow) -> Result<(ImportRow, Option<Progress>), Problem> {
    match row.state {
        ImportState::RollingBack => rollback::decided(desk, row).await,
        ImportState::Applied => {
            rollback::note_if_taken_back(desk, &mut row).await?;
            Ok((row, None))
        }
        ImportState::Checked
        | ImportState::Applying
        | ImportState::Refused
        | ImportState::Discarded
        | ImportState::Expired
        | ImportState::RolledBack => apply::settled(desk, row).await,
    }
}
