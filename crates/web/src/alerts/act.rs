//! What staff do about one alert, through the journal.
//!
//! Shape: an id, the version that was seen (`If-Match`) and what is done in; the fresh row out, or 202 while the fold is behind.
//! Errors: `precondition_failed` where another version is there, `conflict` and `refused` by the fold, `invalid` before it.

use super::found;
use super::row::AlertRow;
use crate::asked::{Body, IfMatch};
use crate::caller::Caller;
use crate::desk::{Desk, Done};
use crate::idempotency::IdempotencyKey;
use crate::problem::{Code, Problem};
use crate::rights::{Right, Rights};
use crate::vehicles::row::Eyes;
use crate::vehicles::rule_set;
use axum::Json;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use model::alert::Owner;
use model::input::Action;
use model::{CloseReason, Severity, Timestamp, UserId};
use serde::Deserialize;
use store::{InboxRow, Store};
use utoipa::ToSchema;

/// Whose wish it is, under which key, on which version of the alert.
pub(super) struct Wish {
    desk: Desk,
    caller: Caller,
    key: Option<IdempotencyKey>,
    seen: Option<IfMatch>,
    id: String,
}

/// What may be written to an alert.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(super) struct Note {
    #[serde(default)]
    note: Option<String>,
}

/// To whom an alert is given.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Assignment {
    /// A user's id or login name; null = nobody.
    #[serde(default)]
    pub(super) user: Option<String>,
}

/// How long an alert is out of the way.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Snooze {
    /// Seven days from now at the most; null = no longer.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) until: Option<Timestamp>,
    /// Needed for a P1.
    #[serde(default)]
    pub(super) reason: Option<String>,
}

/// A verdict.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Verdict {
    /// confirmed, false_alarm or unclear.
    pub(super) reason: String,
    #[serde(default)]
    pub(super) note: Option<String>,
}

/// Take an alert.
#[utoipa::path(post, path = "/alerts/{id}/ack", tag = "alerts", params(("id" = String, Path, description = "the alert's id")),
    request_body = Note, responses((status = 200, body = AlertRow)))]
pub(super) async fn ack(wish: Wish, Body(Note { note }): Body<Note>) -> Result<Response, Problem> {
    let note = written("/note", note)?;
    wish.ask(|InboxRow { alert, .. }, version| {
        Ok(Action::Acknowledge { alert: alert.id.clone(), version, note })
    })
    .await
}

/// Give an alert back that was acknowledged.
#[utoipa::path(post, path = "/alerts/{id}/unack", tag = "alerts", params(("id" = String, Path, description = "the alert's id")),
    request_body = Note, responses((status = 200, body = AlertRow)))]
pub(super) async fn unack(wish: Wish, Body(Note { note }): Body<Note>) -> Result<Response, Problem> {
    let note = written("/note", note)?;
    wish.ask(|InboxRow { alert, .. }, version| {
        Ok(Action::Unacknowledge { alert: alert.id.clone(), version, note })
    })
    .await
}

/// Give an alert to somebody: to yourself with `alerts.act`, to others with `alerts.assign`.
#[utoipa::path(post, path = "/alerts/{id}/assign", tag = "alerts", params(("id" = String, Path, description = "the alert's id")),
    request_body = Assignment, responses((status = 200, body = AlertRow)))]
pub(super) async fn assign(
    wish: Wish,
    Body(Assignment { user }): Body<Assignment>,
) -> Result<Response, Problem> {
    let to = assignee(&wish.desk.store()?, &wish.caller, user.as_deref()).await?;
    let caller = wish.caller.clone();
    wish.ask(move |inbox, version| {
        check_assignment(&caller, inbox, to.as_ref())?;
        let to = to.map(|to| to.owner);
        Ok(Action::Assign { alert: inbox.alert.id.clone(), version, to })
    })
    .await
}

/// Put an alert out of the way for a while.
#[utoipa::path(post, path = "/alerts/{id}/snooze", tag = "alerts", params(("id" = String, Path, description = "the alert's id")),
    request_body = Snooze, responses((status = 200, body = AlertRow)))]
pub(super) async fn snooze(
    wish: Wish,
    Body(Snooze { until, reason }): Body<Snooze>,
) -> Result<Response, Problem> {
    let reason = written("/reason", reason)?;
    wish.ask(|InboxRow { alert, .. }, version| {
        if until.is_some() && alert.severity == Severity::P1 && reason.is_none() {
            return Err(Problem::field("/reason", "missing", "a P1 alert is snoozed with a reason"));
        }
        Ok(Action::Snooze { alert: alert.id.clone(), version, until, reason })
    })
    .await
}

/// Write something to an alert.
#[utoipa::path(post, path = "/alerts/{id}/note", tag = "alerts", params(("id" = String, Path, description = "the alert's id")),
    request_body = Note, responses((status = 200, body = AlertRow)))]
pub(super) async fn note(wish: Wish, Body(Note { note }): Body<Note>) -> Result<Response, Problem> {
    let note = needed("/note", note)?;
    wish.ask(|InboxRow { alert, .. }, version| Ok(Action::Note { alert: alert.id.clone(), version, note }))
        .await
}

/// End an alert with a verdict, or give the verdict on one that ended by itself.
#[utoipa::path(post, path = "/alerts/{id}/close", tag = "alerts", params(("id" = String, Path, description = "the alert's id")),
    request_body = Verdict, responses((status = 200, body = AlertRow)))]
pub(super) async fn close(
    wish: Wish,
    Body(Verdict { reason, note }): Body<Verdict>,
) -> Result<Response, Problem> {
    let (reason, note) = (verdict(&reason)?, written("/note", note)?);
    wish.ask(|InboxRow { alert, .. }, version| {
        Ok(Action::Close { alert: alert.id.clone(), version, reason, note })
    })
    .await
}

impl Wish {
    /// Wants something of an alert that the caller sees, and shows what it is then.
    async fn ask(
        self,
        action: impl FnOnce(&InboxRow, Option<u32>) -> Result<Action, Problem>,
    ) -> Result<Response, Problem> {
        let Self { desk, caller, key, seen, id } = self;
        let store = desk.store()?;
        let rule_set = rule_set(&store).await?;
        let eyes = Eyes { caller: &caller, rule_set: &rule_set, now: desk.now() };
        let (inbox, _) = found(&store, eyes, &id).await?;
        let version = match &seen {
            Some(seen) => seen.version::<u32>()?,
            None => None,
        };
        // A repeated request has moved the version itself: the fold knows its key and says again what came of it.
        if key.is_none() && version.is_some_and(|version| version != inbox.alert.version) {
            return Err(Code::PreconditionFailed.into());
        }
        match desk.ask(&caller, key.as_ref(), action(&inbox, version)?).await? {
            pending @ Done::Pending { .. } => Ok(pending.into_response()),
            Done::Now { .. } => {
                let eyes = Eyes { now: desk.now(), ..eyes };
                Ok(Json(found(&store, eyes, &id).await?.1).into_response())
            }
        }
    }
}

impl FromRequestParts<Desk> for Wish {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, desk).await?;
        let key = IdempotencyKey::of(&parts.headers)?;
        let seen = Option::<IfMatch>::from_request_parts(parts, desk).await?;
        let Path(id) =
            Path::<String>::from_request_parts(parts, desk).await.map_err(|_| Problem::not_found())?;
        let State(desk) = State(desk.clone());
        Ok(Self { desk, caller, key, seen, id })
    }
}

/// Somebody to whom alerts can be given.
#[derive(Debug, Clone)]
pub(super) struct Assignee {
    pub(super) owner: Owner,
    scope: model::staff::Scope,
}

/// The user that is named, who must be one who works alerts. To give one to others needs a right of its own.
pub(super) async fn assignee(
    store: &Store,
    caller: &Caller,
    user: Option<&str>,
) -> Result<Option<Assignee>, Problem> {
    let Some(user) = user else { return Ok(None) };
    let by_id = store.user(&UserId(user.to_owned())).await?;
    let found = match by_id {
        Some(found) => Some(found),
        None => store.user_by_name(user).await?,
    };
    let nobody = || Problem::field("/user", "unknown", "there is no such user, or none who works alerts");
    let found = found.filter(|user| !user.is_disabled && Rights::of_role(user.role).has(Right::AlertsAct));
    let found = found.ok_or_else(nobody)?;
    if found.id != caller.user {
        caller.may(Right::AlertsAssign)?;
    }
    let name = if found.display_name.is_empty() { found.name } else { found.display_name };
    Ok(Some(Assignee { owner: Owner { id: found.id, name }, scope: found.scope }))
}

/// Whether an alert may be given to somebody: they see it, and whoever takes it from another may do that.
pub(super) fn check_assignment(
    caller: &Caller,
    inbox: &InboxRow,
    to: Option<&Assignee>,
) -> Result<(), Problem> {
    let alert = &inbox.alert;
    let holder = alert.held_by().map(|(owner, _)| owner.id);
    let is_mine = holder.is_none_or(|holder| holder == caller.user || holder.0 == caller.name);
    if to.is_none() && !is_mine {
        caller.may(Right::AlertsAssign)?;
    }
    let lender = alert.explanation.loan.as_ref().map(|snapshot| &snapshot.loan.lender);
    if to.is_some_and(|to| !to.scope.holds(lender, inbox.plate())) {
        let detail = "this user does not see the loans of that lender in that region";
        return Err(Problem::field("/user", "scope", detail));
    }
    Ok(())
}

pub(super) fn verdict(reason: &str) -> Result<CloseReason, Problem> {
    match CloseReason::parse(reason) {
        Ok(reason @ (CloseReason::Confirmed | CloseReason::FalseAlarm | CloseReason::Unclear)) => Ok(reason),
        Ok(CloseReason::ConditionOver) | Err(_) => {
            Err(Problem::field("/reason", "unknown", "confirmed, false_alarm or unclear"))
        }
    }
}

/// What somebody wrote, if anything.
pub(super) fn written(pointer: &str, text: Option<String>) -> Result<Option<String>, Problem> {
    let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if text.as_ref().is_some_and(|text| text.chars().count() > NOTE_CHARACTERS_MAX) {
        return Err(Problem::field(pointer, "too_long", format!("at most {NOTE_CHARACTERS_MAX} characters")));
    }
    Ok(text)
}

pub(super) fn needed(pointer: &str, text: Option<String>) -> Result<String, Problem> {
    written(pointer, text)?.ok_or_else(|| Problem::field(pointer, "missing", "write something"))
}

/// A page of text: whoever has more to say keeps a file elsewhere.
const NOTE_CHARACTERS_MAX: usize = 1_000;
