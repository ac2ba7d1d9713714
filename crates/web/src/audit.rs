//! The audit log: who did and saw what, and whether the chain holds.
//!
//! Shape: filters → lines, the newest first, a page as JSON or all as CSV; the head with how far its chain was walked. Errors: `invalid`.
//! The whole chain is walked once in this process and then only what is new; `lienwatch audit verify` walks it from the beginning.

mod export;

use crate::asked::Asked;
use crate::desk::Desk;
use crate::list::{Listing, PageQuery};
use crate::problem::Problem;
use axum::extract::State;
use axum::response::{IntoResponse, Json, Response};
use model::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};
use store::{AuditQuery, AuditRow};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default().routes(routes!(list)).routes(routes!(head))
}

/// How far the chain was walked.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    last: Option<AuditRow>,
    broken_at: Option<i64>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Filters {
    /// A login name; of its tokens too.
    #[serde(default)]
    actor: String,
    /// E.g. `read` or `acknowledge`.
    #[serde(default)]
    action: String,
    /// A text within the subject.
    #[serde(default)]
    subject: String,
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// json, a page, unless said; or csv, everything, of which no limit and no cursor is asked.
    #[serde(default)]
    #[param(inline)]
    format: Form,
}

/// How lines are written.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Form {
    #[default]
    Json,
    Csv,
}

#[derive(Debug, Serialize, ToSchema)]
struct AuditLine {
    line: i64,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// A login name, `NAME/TOKEN`, or on the command line the user of the system.
    actor: String,
    action: String,
    subject: String,
    purpose: String,
    /// `done`, `refused`, `conflict`, `not_found` or `failed`.
    outcome: String,
    /// Of this line and the one before it.
    hash: String,
}

impl AuditLine {
    fn of(row: AuditRow) -> Self {
        let AuditRow { line, at, actor, action, subject, purpose, outcome, hash, .. } = row;
        Self { line, at, actor, action, subject, purpose, outcome, hash }
    }
}

/// Lines of the audit log, the newest first; `format=csv` gives all of them as a file.
#[utoipa::path(get, path = "/audit", tag = "audit", params(Filters, PageQuery),
    responses((status = 200, content((Listing<AuditLine> = "application/json"), (String = "text/csv")))))]
async fn list(
    State(desk): State<Desk>,
    Asked(filters): Asked<Filters>,
    Asked(asked): Asked<PageQuery>,
) -> Result<Response, Problem> {
    let page = asked.page::<i64>()?;
    let everything = AuditQuery::default();
    let query = AuditQuery {
        before: page.after.unwrap_or(everything.before),
        actor: filters.actor,
        action: filters.action,
        subject: filters.subject,
        from: filters.from.unwrap_or(everything.from),
        to: filters.to.unwrap_or(everything.to),
    };
    if matches!(filters.format, Form::Csv) {
        return export::csv(desk, query).await;
    }
    let rows = desk.store()?.audit(&query, page.rows_max()).await?;
    Ok(Json(Listing::of(rows, &page, desk.now(), |row| row.line).map(AuditLine::of)).into_response())
}

/// The end of the chain: whoever writes it down elsewhere can prove later that nothing was changed before it.
#[derive(Debug, Serialize, ToSchema)]
struct AuditHead {
    line: i64,
    hash: String,
    /// The chain was walked up to this line.
    verified_through: i64,
    /// No break was found so far.
    ok: bool,
    /// The first line that does not follow from the one before it.
    broken_at: Option<i64>,
}

/// The newest line, and whether the chain holds.
#[utoipa::path(get, path = "/audit/head", tag = "audit", responses((status = 200, body = AuditHead)))]
async fn head(State(desk): State<Desk>) -> Result<Json<AuditHead>, Problem> {
    let newest = desk.store()?.audit_head().await?;
    let (verified_through, broken_at) = walk(&desk).await?;
    let (line, hash) = newest.map_or_else(Default::default, |row| (row.line, row.hash));
    Ok(Json(AuditHead { line, hash, verified_through, ok: broken_at.is_none(), broken_at }))
}

/// Walks on from where the walk ended last, for a while.
async fn walk(desk: &Desk) -> Result<(i64, Option<i64>), Problem> {
    let (store, since) = (desk.store()?, Instant::now());
    let mut walked = desk.walked.lock().await;
    while walked.broken_at.is_none() && since.elapsed() < WALK_MAX {
        let from = walked.last.as_ref().map_or(0, |row| row.line);
        let page = store.audit_next(from, LINES_AT_ONCE).await?;
        walked.broken_at = watch::verify_audit(&page, walked.last.as_ref());
        match page.into_iter().last() {
            Some(row) if walked.broken_at.is_none() => walked.last = Some(row),
            _ => break,
        }
    }
    Ok((walked.last.as_ref().map_or(0, |row| row.line), walked.broken_at))
}

/// What a page waits for. The next request goes on from there.
const WALK_MAX: Duration = Duration::from_secs(2);
const LINES_AT_ONCE: i64 = 1_000;

#[cfg(test)]
mod tests;
