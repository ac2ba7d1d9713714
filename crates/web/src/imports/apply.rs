//! A file is put in force, or put away.
//!
//! Shape: an import that was checked → its inputs in the journal, in one commit where they fit; the answer once they are folded, or
//! 202 with the import while they are not. Errors: `refused` where a guard stands against it; `conflict` where somebody decided before.

use super::check::{Read, gone, open_and_read};
use super::compare::{Summary, contracts};
use super::found;
use super::view::{ImportView, Progress};
use crate::asked::Body;
use crate::book::{addresses, ids_needed, put_in_force};
use crate::caller::Caller;
use crate::desk::{Desk, Done, new_input_id};
use crate::problem::{Code, Problem};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use loans::LoanFile;
use model::input::{Action, Human, Outcome};
use model::{InputId, Millis};
use serde::Deserialize;
use store::{ImportRow, ImportState};
use utoipa::ToSchema;

/// What a person says is meant.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(super) struct Acceptance {
    /// The number of contracts may fall by so much.
    #[serde(default)]
    accept_fall: bool,
}

/// Put a file in force.
#[utoipa::path(post, path = "/imports/{id}/apply", tag = "imports", params(("id" = String, Path, description = "the import's id")),
    request_body = Acceptance, responses((status = 200, body = ImportView), (status = 202, body = ImportView)))]
pub(super) async fn apply(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<String>,
    Body(Acceptance { accept_fall }): Body<Acceptance>,
) -> Result<Response, Problem> {
    let row = found(&desk, &caller, &id).await?;
    let summary: Summary = serde_json::from_str(&row.summary).map_err(|_| Problem::from(Code::Internal))?;
    check_guards(&summary, accept_fall)?;
    let row = {
        let _room = desk.spool.room().await?;
        let plan = Plan::of(&desk, &caller, &row, &summary).await?;
        let row = begun(&desk, &caller, row, &plan).await?;
        plan.enter(&desk, &caller, &row.inputs, accept_fall).await?;
        row
    };
    let (row, progress) = settled(&desk, row).await?;
    let code = if row.state == ImportState::Applying { StatusCode::ACCEPTED } else { StatusCode::OK };
    if row.state == ImportState::Refused {
        let detail = progress.map(|progress| progress.messages.join("; ")).unwrap_or_default();
        return Err(Problem::new(Code::Refused, detail));
    }
    Ok((code, Json(ImportView::of(&row, progress, &caller))).into_response())
}

/// Put a file away.
#[utoipa::path(post, path = "/imports/{id}/discard", tag = "imports", params(("id" = String, Path, description = "the import's id")),
    responses((status = 200, body = ImportView)))]
pub(super) async fn discard(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ImportView>, Problem> {
    let row = found(&desk, &caller, &id).await?;
    let settled = Some((desk.now(), caller.actor()));
    let row = ImportRow { state: ImportState::Discarded, settled, ..row };
    if !desk.store()?.move_import(ImportState::Checked, &row).await? {
        return Err(Problem::new(Code::Conflict, "Somebody has decided on this file before."));
    }
    desk.spool.remove(&row.id);
    Ok(Json(ImportView::of(&row, None, &caller)))
}

/// The fold refuses the same, but only after the rows were sent.
fn check_guards(summary: &Summary, accept_fall: bool) -> Result<(), Problem> {
    let stands = |code: &str| !(code == "row_fall" && accept_fall);
    match summary.guards.iter().find(|guard| guard.blocking && stands(&guard.code)) {
        None => Ok(()),
        Some(guard) => Err(Problem::new(Code::Refused, format!("{} / {}", guard.text.zh, guard.text.en))),
    }
}

/// What enters the journal.
enum Plan {
    Book { file: Box<LoanFile>, addresses: Vec<Action> },
    Actions(Vec<Action>),
}

impl Plan {
    async fn of(desk: &Desk, caller: &Caller, row: &ImportRow, summary: &Summary) -> Result<Self, Problem> {
        let (_, how) = summary.options.read(caller, row.at)?;
        let store = desk.store()?;
        Ok(match open_and_read(desk, &row.id, how).await? {
            Read::Loans(file) => {
                let addresses = addresses(&store, &file).await?;
                Self::Book { file: Box::new(file), addresses }
            }
            Read::Bindings(file) => Self::Actions(loans::binding_actions(&file.bindings)),
            Read::Events(file) => {
                let (known, now) = (contracts(&store, caller).await?, desk.now());
                let taken =
                    file.events.into_iter().filter(|told| loans::left_out(told, &known, now).is_none());
                Self::Actions(loans::event_actions(&taken.collect::<Vec<_>>()))
            }
        })
    }

    fn ids_needed(&self) -> usize {
        match self {
            Self::Book { addresses, .. } => ids_needed(addresses),
            Self::Actions(actions) => actions.len(),
        }
    }

    async fn enter(
        self,
        desk: &Desk,
        caller: &Caller,
        ids: &[InputId],
        accept_fall: bool,
    ) -> Result<Vec<Result<Done, Problem>>, Problem> {
        match self {
            Self::Book { file, addresses } => {
                put_in_force(desk, caller, (&file, accept_fall, addresses), ids).await
            }
            Self::Actions(actions) => {
                let human = |(action, id): (Action, &InputId)| Human {
                    id: id.clone(),
                    actor: caller.actor(),
                    action,
                };
                desk.ask_humans(actions.into_iter().zip(ids).map(human).collect()).await
            }
        }
    }
}

/// Notes that an import is on its way, and under which ids: one at a time. One that never came into the journal may be tried again.
async fn begun(desk: &Desk, caller: &Caller, row: ImportRow, plan: &Plan) -> Result<ImportRow, Problem> {
    let store = desk.store()?;
    if desk.spool.open(&row.id).is_none() {
        return Err(gone());
    }
    let from = row.state;
    if from == ImportState::Applying && !is_lost(desk, &row).await? {
        return Err(Problem::new(Code::Conflict, "This file is being put in force."));
    }
    let inputs = (0..plan.ids_needed()).map(|_| new_input_id()).collect();
    let settled = Some((desk.now(), caller.actor()));
    let row = ImportRow { state: ImportState::Applying, settled, inputs, ..row };
    let may_begin = matches!(from, ImportState::Checked | ImportState::Applying);
    if !may_begin || !store.move_import(from, &row).await? {
        return Err(Problem::new(Code::Conflict, "Somebody has decided on this file before."));
    }
    Ok(row)
}

/// Whether a process ended between the note and the journal: none of its inputs is there after a while.
async fn is_lost(desk: &Desk, row: &ImportRow) -> Result<bool, Problem> {
    let begun_at = row.settled.as_ref().map_or(row.at, |(at, _)| *at);
    let applied = desk.health.applied.borrow().at;
    if applied.since(begun_at) < LOST_MS_MIN {
        return Ok(false);
    }
    let store = desk.store()?;
    match row.inputs.first() {
        Some(first) => Ok(store.outcome(first).await?.is_none()),
        None => Ok(true),
    }
}

/// What became of an import's inputs; once all are folded it is settled.
pub(super) async fn settled(desk: &Desk, row: ImportRow) -> Result<(ImportRow, Option<Progress>), Problem> {
    if row.state != ImportState::Applying {
        return Ok((row, None));
    }
    let (store, of) = (desk.store()?, row.inputs.len());
    let (mut messages, mut is_refused) = (Vec::new(), false);
    for id in &row.inputs {
        let Some(outcome) = store.outcome(id).await? else { break };
        let is_first = messages.is_empty();
        match outcome {
            Outcome::Done { message } => messages.push(message),
            Outcome::Conflict { message } | Outcome::Refused { message } | Outcome::NotFound { message } => {
                // Of a book what counts is its activation; of portions each stands alone.
                is_refused |= is_first;
                messages.push(message);
            }
        }
    }
    let done = messages.len();
    let progress = Some(Progress { done, of, messages });
    if done < of {
        return Ok((row, progress));
    }
    let state = if is_refused { ImportState::Refused } else { ImportState::Applied };
    let row = ImportRow { state, ..row };
    if store.move_import(ImportState::Applying, &row).await? {
        desk.spool.remove(&row.id);
    }
    Ok((row, progress))
}

/// Journal time after which an input that is not folded never came into the journal, unless the fold is behind.
const LOST_MS_MIN: Millis = 60_000;
