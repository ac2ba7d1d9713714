//! Commands to terminals: asked for, sent when the terminal is online, answered.
//!
//! Shape: a typed command in (no text of a person reaches a device), its row out; the list goes on behind a seq. What a terminal
//! answered may tell a place: it is shown to who says a purpose, and written down. Units: in the names. Errors: [`Problem`]; `refused`
//! for what the policy or the device's model forbids.

mod order;

use crate::asked::{Asked, Body};
use crate::caller::Caller;
use crate::desk::{Desk, Done, new_input_id};
use crate::idempotency::IdempotencyKey;
use crate::list::{Listing, Page, PageQuery};
use crate::problem::{Code, Problem};
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use model::command::Answer;
use model::input::Action;
use model::{Command, CommandState, InputId, Millis, Seq, TerminalId, Timestamp};
use order::OrderBody;
use serde::{Deserialize, Serialize};
use store::{CommandRow, Store};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::DeviceModel;

pub(crate) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(send))
        .routes(routes!(show))
        .routes(routes!(cancel))
}

/// Which commands.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct CommandsQuery {
    /// Of this terminal only.
    terminal: Option<String>,
}

/// A command and how far it is.
#[derive(Debug, Serialize, ToSchema)]
struct CommandView {
    id: String,
    terminal: String,
    /// As it was asked for.
    command: OrderBody,
    /// The same in words.
    text: String,
    state: &'static str,
    #[schema(value_type = String, format = DateTime)]
    requested_at: Timestamp,
    requested_by: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    state_at: Timestamp,
    steps: Vec<StepView>,
    /// The terminal's words; null without a purpose.
    answer: Option<String>,
    /// There is an answer, which needs a purpose.
    answer_hidden: bool,
    /// Why it came to nothing.
    reason: Option<String>,
    #[serde(skip)]
    seq: Seq,
}

#[derive(Debug, Serialize, ToSchema)]
struct StepView {
    state: &'static str,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// Commands, the newest first.
#[utoipa::path(get, path = "/commands", tag = "devices", params(CommandsQuery, PageQuery),
    responses((status = 200, body = Listing<CommandView>)))]
async fn list(
    State(desk): State<Desk>,
    caller: Caller,
    Asked(query): Asked<CommandsQuery>,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Listing<CommandView>>, Problem> {
    let page: Page<i64> = page.page()?;
    let terminal = query.terminal.as_deref().map(TerminalId::parse).transpose();
    let terminal = terminal.map_err(|error| Problem::field("?terminal", "terminal", error.to_string()))?;
    let store = desk.store()?;
    let rows = store.commands_page(page.after.map(Seq), terminal, page.rows_max()).await?;
    let views = views(&desk, &caller, rows).await?;
    Ok(Json(Listing::of(views, &page, desk.now(), |view: &CommandView| view.seq.0)))
}

/// Rows as they may be shown: with what terminals answered to who says why, behind an audit line.
async fn views(desk: &Desk, caller: &Caller, rows: Vec<CommandRow>) -> Result<Vec<CommandView>, Problem> {
    let answered = rows.iter().filter(|row| answer(&row.state).is_some()).count();
    let is_shown = caller.purpose.is_some();
    if is_shown && answered > 0 {
        let of = rows.first().map(|row| row.terminal);
        let is_one = rows.iter().all(|row| Some(row.terminal) == of);
        let named = of.filter(|_| is_one).map_or("all".to_owned(), |terminal| terminal.to_string());
        let count = u32::try_from(answered).unwrap_or(u32::MAX);
        desk.reads(caller, &format!("answers terminal={named}"), count).await?;
    }
    Ok(rows.into_iter().map(|row| CommandView::of(row, is_shown)).collect())
}

const fn answer(state: &CommandState) -> Option<&Answer> {
    match state {
        CommandState::Answered(answer) | CommandState::Refused(answer) => Some(answer),
        CommandState::Pending
        | CommandState::Sending { .. }
        | CommandState::Sent { .. }
        | CommandState::TimedOut { .. }
        | CommandState::Unknown { .. }
        | CommandState::Expired
        | CommandState::Cancelled
        | CommandState::Unsupported { .. } => None,
    }
}

impl CommandView {
    fn of(row: CommandRow, is_shown: bool) -> Self {
        let answered = answer(&row.state);
        let reason = match &row.state {
            CommandState::Unsupported { reason } => Some(reason.clone()),
            _ => None,
        };
        let sent = match &row.state {
            CommandState::Sent { at, .. } => Some(StepView { state: "sent", at: *at }),
            _ => None,
        };
        let end = StepView { state: row.state.code(), at: row.changed_at };
        let begin = StepView { state: CommandState::Pending.code(), at: row.asked_at };
        let mut steps: Vec<StepView> = [Some(begin), sent, Some(end)].into_iter().flatten().collect();
        steps.dedup_by_key(|step| step.state);
        Self {
            answer: answered.filter(|_| is_shown).map(|answer| answer.text.clone()),
            answer_hidden: answered.is_some() && !is_shown,
            reason,
            id: row.command.0,
            terminal: row.terminal.to_string(),
            command: OrderBody::from(row.order),
            text: row.order.to_string(),
            state: row.state.code(),
            requested_at: row.asked_at,
            requested_by: row.actor,
            expires_at: row.expires_at,
            state_at: row.changed_at,
            steps,
            seq: row.seq,
        }
    }
}

/// What a terminal is to be told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SendBody {
    terminal: String,
    command: OrderBody,
    /// Given up if it could not be sent for so long, seconds; a day unless said, a week at most.
    expires_s: Option<u32>,
}

/// Tells a terminal to do something, as soon as it is online.
#[utoipa::path(post, path = "/commands", tag = "devices", request_body = SendBody, responses((status = 200, body = CommandView)))]
async fn send(
    State(desk): State<Desk>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Body(body): Body<SendBody>,
) -> Result<Response, Problem> {
    let terminal = TerminalId::parse(&body.terminal)
        .map_err(|error| Problem::field("/terminal", "terminal", error.to_string()))?;
    let command = body.command.command()?;
    let expires_s = body.expires_s.unwrap_or(EXPIRES_S);
    if !(1..=EXPIRES_S_MAX).contains(&expires_s) {
        return Err(Problem::field("/expires_s", "out_of_range", "expires_s is 1 to 604800"));
    }
    let store = desk.store()?;
    can_be_told(&desk, &store, terminal, command).await?;
    let id = key.map_or_else(new_input_id, |key| key.input(&caller.user, 0));
    let expires_at = desk.now().plus(Millis::from(expires_s) * 1_000);
    let action = Action::Command { terminal, command, expires_at };
    told(&desk, &store, &caller, &id, desk.ask_as(&caller, id.clone(), action).await?).await
}

/// One command, and how far it is.
#[utoipa::path(get, path = "/commands/{id}", tag = "devices", params(("id" = String, Path, description = "the command's id")),
    responses((status = 200, body = CommandView)))]
async fn show(State(desk): State<Desk>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let row = find(&desk.store()?, &InputId(id)).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(views(&desk, &caller, vec![row]).await?.pop()).into_response())
}

/// Takes a command back that has not been sent.
#[utoipa::path(post, path = "/commands/{id}/cancel", tag = "devices",
    params(("id" = String, Path, description = "the command's id")), responses((status = 200, body = CommandView)))]
async fn cancel(
    State(desk): State<Desk>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (store, command) = (desk.store()?, InputId(id));
    find(&store, &command).await?.ok_or_else(Problem::not_found)?;
    let action = Action::CancelCommand { command: command.clone() };
    told(&desk, &store, &caller, &command, desk.ask(&caller, key.as_ref(), action).await?).await
}

/// The command as it is behind a change.
async fn told(
    desk: &Desk,
    store: &Store,
    caller: &Caller,
    id: &InputId,
    done: Done,
) -> Result<Response, Problem> {
    match (done, find(store, id).await?) {
        (Done::Now { .. }, Some(row)) => {
            let view = views(desk, caller, vec![row]).await?.pop();
            Ok(Json(view).into_response())
        }
        (done, _) => Ok(done.into_response()),
    }
}

async fn find(store: &Store, id: &InputId) -> Result<Option<CommandRow>, Problem> {
    Ok(store.commands_like(&id.0).await?.into_iter().find(|row| row.command == *id))
}

/// Whether the terminal's model has such a command. A relay is the policy's business, not the model's.
async fn can_be_told(
    desk: &Desk,
    store: &Store,
    terminal: TerminalId,
    command: Command,
) -> Result<(), Problem> {
    let record = store.device(terminal, desk.now()).await?.ok_or_else(Problem::not_found)?;
    let protocol = desk.protocols.iter().find(|known| known.name() == record.protocol);
    // One that was never heard speaks no protocol yet.
    let (Some(protocol), false) = (protocol, matches!(command, Command::Relay(_))) else { return Ok(()) };
    let profile = store.profile_of(terminal).await?.unwrap_or_default();
    match DeviceModel::chosen(protocol.models(), profile.model) {
        Some(model) if !model.knows(command.kind()) => {
            let known: Vec<&str> = model.allowed().map(model::command::CommandKind::as_str).collect();
            let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
            let (code, label) = (model.code, model.label);
            let detail =
                format!("The model {code} ({label}) has no command for {command}; it can be told: {known}.");
            Err(Problem::new(Code::Refused, detail))
        }
        _ => Ok(()),
    }
}

/// A device that wakes once a day is told within it.
const EXPIRES_S: u32 = 24 * 3_600;
const EXPIRES_S_MAX: u32 = 7 * 24 * 3_600;
