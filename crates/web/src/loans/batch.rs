//! Loans that a lender's system sends: one, or many as NDJSON.
//!
//! Shape: rows as JSON in, put in force as a partial book (or a whole one, if that is said); what was refused is named by line and key.
//! Units: money in the smallest unit. Errors: `invalid` where too much is wrong; `refused` by the fold, e.g. a book older than the one
//! in force. A partial book has the same rules as a file that is imported with `complete=false`.

use super::detail::LoanDetail;
use crate::asked::{Asked, Body, IfMatch};
use crate::book::{addresses, ids_needed, pointed, put_in_force, unreadable};
use crate::caller::Caller;
use crate::desk::{Desk, Done, new_input_id};
use crate::entity_tag;
use crate::idempotency::IdempotencyKey;
use crate::problem::{FieldError, Problem};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use loans::{FileError, FileOptions, LoanFile, Reject};
use model::{InputId, LenderId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What is said of a batch.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Options {
    /// Whose loans.
    lender: String,
    /// As of when they are stated; now unless said.
    #[param(value_type = Option<String>)]
    as_of: Option<Timestamp>,
    /// Every contract of the lender is there: what is missing leaves the book (it is not settled by that).
    #[serde(default)]
    complete: bool,
    /// The number of contracts may fall by more than a fifth.
    #[serde(default)]
    accept_fall: bool,
    /// Of dates and times without one; Asia/Shanghai unless said.
    time_zone: Option<String>,
}

/// Of a single loan.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PutOptions {
    /// Whose loan; may be left out of one that is known.
    lender: Option<String>,
}

/// What became of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BatchResult {
    /// done or pending.
    status: &'static str,
    /// The input that puts it in force.
    id: String,
    message: Option<String>,
    rows: u64,
    accepted: u64,
    /// Rows with something wrong in them.
    rejected: u64,
    /// The first cells that were refused.
    errors: Vec<FieldError>,
    /// Keys that mean nothing here.
    ignored: Vec<String>,
}

/// One loan as its lender states it now: a partial book of one row. With If-Match only on top of what was seen.
#[utoipa::path(put, path = "/loans/{contract}", tag = "loans", params(PutOptions,
    ("contract" = String, Path, description = "the lender's contract number")),
    request_body(content = Object, description = "keys are the columns of a loan file; amounts in the smallest unit"),
    responses((status = 200, body = LoanDetail)))]
pub(super) async fn put(
    State(desk): State<Desk>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    seen: Option<IfMatch>,
    Path(contract): Path<String>,
    Asked(options): Asked<PutOptions>,
    Body(mut row): Body<Map<String, Value>>,
) -> Result<Response, Problem> {
    let known = super::found(&desk, &caller, &contract).await.ok();
    let is_repeated = desk.was_done(&caller, key.as_ref()).await?;
    if let Some(seen) = seen.filter(|_| !is_repeated) {
        seen.check(&known.as_ref().map(entity_tag::of).unwrap_or_default())?;
    }
    let in_body = row.remove("lender").and_then(|lender| lender.as_str().map(str::to_owned));
    let lender = options.lender.or(in_body).or(known.map(|row| row.loan.lender.0));
    let lender = lender.ok_or_else(|| Problem::field("/lender", "missing", "say whose loan it is"))?;
    row.insert("contract".to_owned(), Value::String(contract.trim().to_owned()));
    let as_of = row.remove("as_of").and_then(|as_of| Timestamp::parse(as_of.as_str()?));
    let options = Options { lender, as_of, complete: false, accept_fall: false, time_zone: None };
    let options = file_options(&desk, &caller, &options)?;
    if !OVERDUE.iter().any(|key| row.contains_key(*key)) {
        let detail = "say oldest_unpaid_due (null = nothing is past due) or days_past_due: a loan that leaves both out would be cured";
        return Err(Problem::field("/oldest_unpaid_due", "missing", detail));
    }
    let file = match loans::read_loan_batch(&Value::Object(row).to_string(), &options) {
        Ok(file) if !file.ignored_columns.is_empty() => {
            return Err(Problem::fields(file.ignored_columns.iter().map(|key| unknown(key)).collect()));
        }
        Ok(file) if file.rejects.is_empty() => file,
        Ok(LoanFile { rejects, .. }) | Err(FileError::MostlyRejected { examples: rejects, .. }) => {
            return Err(refused(&rejects));
        }
        Err(error) => return Err(unreadable(&error)),
    };
    match in_force(&desk, &caller, key.as_ref(), (&file, false)).await?.1 {
        pending @ Done::Pending { .. } => Ok(pending.into_response()),
        Done::Now { .. } => super::one(State(desk), caller, Path(contract)).await,
    }
}

/// Many loans of one lender, one JSON object a line.
#[utoipa::path(post, path = "/loans:batch", tag = "loans", params(Options),
    request_body(content = String, content_type = "application/x-ndjson", description = "one object a line, keys as of a loan file"),
    responses((status = 200, body = BatchResult)))]
pub(super) async fn batch(
    State(desk): State<Desk>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Asked(options): Asked<Options>,
    body: String,
) -> Result<Response, Problem> {
    let how = file_options(&desk, &caller, &options)?;
    let file = loans::read_loan_batch(&body, &how).map_err(|error| unreadable(&error))?;
    let accepted = u64::try_from(file.loans.len()).unwrap_or(u64::MAX);
    let (id, done) = in_force(&desk, &caller, key.as_ref(), (&file, options.accept_fall)).await?;
    let (code, status, message) = match done {
        Done::Now { message } => (StatusCode::OK, "done", Some(message)),
        Done::Pending { .. } => (StatusCode::ACCEPTED, "pending", None),
    };
    let result = BatchResult {
        status,
        id: id.0,
        message,
        rows: accepted.saturating_add(file.rejected_rows),
        accepted,
        rejected: file.rejected_rows,
        errors: file.rejects.iter().take(ERRORS_SHOWN_MAX).map(pointed).collect(),
        ignored: file.ignored_columns,
    };
    Ok((code, Json(result)).into_response())
}

/// A key that no loan file has as a column: what it says would be lost.
fn unknown(key: &str) -> FieldError {
    FieldError {
        pointer: format!("/{key}"),
        code: "unknown".into(),
        detail: "no column of a loan file is called that".to_owned(),
    }
}

/// A row of which something is refused, by key.
fn refused(rejects: &[Reject]) -> Problem {
    let error = |reject: &Reject| FieldError { pointer: format!("/{}", reject.column), ..pointed(reject) };
    let detail = rejects.first().map(|reject| reject.reason.zh()).unwrap_or_default();
    Problem { detail: detail.into(), ..Problem::fields(rejects.iter().map(error).collect()) }
}

fn file_options(desk: &Desk, caller: &Caller, options: &Options) -> Result<FileOptions, Problem> {
    let lender = LenderId(options.lender.trim().to_owned());
    if lender.0.is_empty() || !caller.scope.holds_lender(&lender) {
        return Err(Problem::field("?lender", "unknown", "this lender's loans are not yours to change"));
    }
    let usual = FileOptions::of(lender);
    Ok(FileOptions {
        as_of: Some(options.as_of.unwrap_or_else(|| desk.now())),
        complete: options.complete,
        time_zone: options.time_zone.clone().unwrap_or_else(|| usual.time_zone.clone()),
        ..usual
    })
}

/// Puts rows in force; gives the activation's id and what became of it.
async fn in_force(
    desk: &Desk,
    caller: &Caller,
    key: Option<&IdempotencyKey>,
    (file, accept_fall): (&LoanFile, bool),
) -> Result<(InputId, Done), Problem> {
    let addresses = addresses(&desk.store()?, file).await?;
    let id = |number| key.map_or_else(new_input_id, |key| key.input(&caller.user, number));
    let ids: Vec<InputId> = (0..ids_needed(&addresses)).map(id).collect();
    let answers = put_in_force(desk, caller, (file, accept_fall, addresses), &ids).await?;
    // What is told of addresses is told again with the next book, if it was refused.
    let activated = answers.into_iter().next();
    let first = ids.into_iter().next().unwrap_or_else(new_input_id);
    activated.unwrap_or(Ok(Done::Pending { id: first.clone() })).map(|done| (first, done))
}

/// What a program's log holds of one batch.
const ERRORS_SHOWN_MAX: usize = 200;

/// Whether a loan is past due; one of them.
const OVERDUE: [&str; 2] = ["oldest_unpaid_due", "days_past_due"];
