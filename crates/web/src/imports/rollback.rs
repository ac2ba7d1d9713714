//! A loan book that was put in force is taken back.
//!
//! Shape: an applied import, and why → one input of the journal; the answer once it is folded, or 202 with the import while it is not.
//! Errors: `conflict` where another book is in force or somebody did it before; `refused` where it cannot be taken back. The import is
//! then in force as before.

use super::view::{ImportView, Progress};
use super::{found, settled};
use crate::asked::Body;
use crate::book::name_of_book;
use crate::caller::Caller;
use crate::desk::{Desk, new_input_id};
use crate::problem::{Code, Problem};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use model::Millis;
use model::input::{Action, BookReversal, Outcome};
use serde::Deserialize;
use store::{ImportKind, ImportRow, ImportState, Rollback};
use utoipa::ToSchema;

/// Why a book is taken back.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct RollbackBody {
    /// What is wrong with it; the audit log keeps it.
    reason: String,
}

/// Take the newest loan book of a lender back: its loans are again what they were before it. What was told of them since stays.
#[utoipa::path(post, path = "/imports/{id}/rollback", tag = "imports", params(("id" = String, Path, description = "the import's id")),
    request_body = RollbackBody, responses((status = 200, body = ImportView), (status = 202, body = ImportView)))]
pub(super) async fn rollback(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<String>,
    Body(RollbackBody { reason }): Body<RollbackBody>,
) -> Result<Response, Problem> {
    check_reason(&reason)?;
    let row = found(&desk, &caller, &id).await?;
    let (row, _) = settled(&desk, row).await?;
    let reversal = reversal(&row, reason)?;
    let (row, rollback) = begun(&desk, &caller, row).await?;
    let answer = desk.ask_as(&caller, rollback.input, Action::RevertBook(reversal)).await;
    let (row, progress) = settled(&desk, row).await?;
    answer?;
    let code = if row.state == ImportState::RollingBack { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok((code, Json(ImportView::of(&row, progress, &caller))).into_response())
}

fn check_reason(reason: &str) -> Result<(), Problem> {
    if reason.trim().is_empty() {
        return Err(Problem::field("/reason", "empty", "say what is wrong with the book"));
    }
    let most = BookReversal::REASON_CHARACTERS_MAX;
    if reason.chars().count() > most {
        let most = format!("{most} characters at the most");
        return Err(Problem::field("/reason", "too_long", most));
    }
    Ok(())
}

/// What is wanted of the fold, which alone knows what is in force.
fn reversal(row: &ImportRow, reason: String) -> Result<BookReversal, Problem> {
    let (ImportKind::Loans, Some(lender), Some(first)) = (row.kind, &row.lender, row.inputs.first()) else {
        return Err(Problem::new(
            Code::Refused,
            "Only a loan book that was put in force is taken back. Bindings and events are corrected by another file.",
        ));
    };
    Ok(BookReversal { book: name_of_book(lender, first), lender: lender.clone(), reason })
}

/// Notes that an import is being taken back, and by which input: one at a time. One that never came into the journal may be tried
/// again.
async fn begun(desk: &Desk, caller: &Caller, row: ImportRow) -> Result<(ImportRow, Rollback), Problem> {
    let from = row.state;
    let may_begin = match from {
        ImportState::Applied => true,
        ImportState::RollingBack => is_lost(desk, &row).await?,
        ImportState::Checked
        | ImportState::Applying
        | ImportState::Refused
        | ImportState::Discarded
        | ImportState::Expired
        | ImportState::RolledBack => false,
    };
    let rollback = Rollback { at: desk.now(), by: caller.actor(), input: new_input_id() };
    let row = ImportRow { state: ImportState::RollingBack, rollback: Some(rollback.clone()), ..row };
    if !may_begin || !desk.store()?.move_import(from, &row).await? {
        return Err(Problem::new(Code::Conflict, stands_against(from)));
    }
    Ok((row, rollback))
}

const fn stands_against(state: ImportState) -> &'static str {
    match state {
        ImportState::RolledBack => "This book was taken back before. Import a corrected one.",
        ImportState::RollingBack => "This book is being taken back. Read the import again in a moment.",
        ImportState::Applying => "This file is being put in force. Read the import again in a moment.",
        ImportState::Applied => "Somebody else was first. Read the import again.",
        ImportState::Checked | ImportState::Refused | ImportState::Discarded | ImportState::Expired => {
            "This file is not in force: there is nothing to take back."
        }
    }
}

/// Whether a process ended between the note and the journal: its input is not there after a while.
async fn is_lost(desk: &Desk, row: &ImportRow) -> Result<bool, Problem> {
    let Some(rollback) = &row.rollback else { return Ok(true) };
    let applied = desk.health.applied.borrow().at;
    let is_overdue = applied.since(rollback.at) >= LOST_MS_MIN;
    Ok(is_overdue && desk.store()?.outcome(&rollback.input).await?.is_none())
}

/// What became of it; once it is folded the book is taken back, or in force as before.
pub(super) async fn decided(desk: &Desk, row: ImportRow) -> Result<(ImportRow, Option<Progress>), Problem> {
    let store = desk.store()?;
    let outcome = match &row.rollback {
        Some(rollback) => store.outcome(&rollback.input).await?,
        None => None,
    };
    let (state, message) = match outcome {
        None => return Ok((row, Some(Progress { done: 0, of: 1, messages: Vec::new() }))),
        Some(Outcome::Done { message }) => (ImportState::RolledBack, message),
        Some(
            Outcome::Conflict { message } | Outcome::Refused { message } | Outcome::NotFound { message },
        ) => (ImportState::Applied, message),
    };
    let rollback = row.rollback.filter(|_| state == ImportState::RolledBack);
    let row = ImportRow { state, rollback, ..row };
    store.move_import(ImportState::RollingBack, &row).await?;
    Ok((row, Some(Progress { done: 1, of: 1, messages: vec![message] })))
}

/// Whether a book is in force and what was before it is kept.
pub(super) async fn can_roll_back(desk: &Desk, row: &ImportRow) -> Result<bool, Problem> {
    let Some(book) = applied_book(row) else { return Ok(false) };
    Ok(desk.store()?.is_former_kept(&book).await?)
}

/// A book that the command line has taken back is taken back at the desk too; who did it stands in the audit log.
pub(super) async fn note_if_taken_back(desk: &Desk, row: &mut ImportRow) -> Result<(), Problem> {
    let Some(book) = applied_book(row) else { return Ok(()) };
    let store = desk.store()?;
    if !store.has_book(&book).await? {
        row.state = ImportState::RolledBack;
        store.move_import(ImportState::Applied, row).await?;
    }
    Ok(())
}

/// The loan book that an import has put in force.
fn applied_book(row: &ImportRow) -> Option<String> {
    match (row.state, row.kind, &row.lender, row.inputs.first()) {
        (ImportState::Applied, ImportKind::Loans, Some(lender), Some(first)) => {
            Some(name_of_book(lender, first))
        }
        _ => None,
    }
}

/// Journal time after which an input that is not folded never came into the journal, unless the fold is behind.
const LOST_MS_MIN: Millis = 60_000;
