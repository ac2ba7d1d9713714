//! How one comes in: the first user, login, logout, invitations.
//!
//! Shape: a secret in, a session's cookie and [`Me`] out. Errors: `login_failed` whatever was wrong, `totp_required` once the password
//! is right, `too_many_requests` with a wait. Every attempt is counted before it is looked at ([`crate::lockout`]) and written to the
//! audit log. Source: OWASP ASVS 5 §6, §7.

use crate::accounts::new_user_id;
use crate::asked::Body;
use crate::authentication::session_secret;
use crate::caller::{Caller, Via};
use crate::desk::Desk;
use crate::gate::ClientAddress;
use crate::lockout::Attempt;
use crate::me::{Me, me};
use crate::passwords;
use crate::problem::{Code, Problem};
use crate::request_id::RequestId;
use crate::secret::Secret;
use crate::session::{self, Cookie};
use crate::totp::Totp;
use crate::users::display_name;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json};
use model::DeskAct;
use model::staff::{Grant, Role, login_name};
use serde::{Deserialize, Serialize};
use store::{Changed, NewUser, UserRow};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default()
        .routes(routes!(setup_needed, set_up))
        .routes(routes!(log_in))
        .routes(routes!(accept_invite))
        .routes(routes!(log_out))
}

/// Whether somebody has to make the first user.
#[derive(Debug, Serialize, ToSchema)]
struct SetupNeeded {
    needed: bool,
}

/// Whether the first user is still to be made.
#[utoipa::path(get, path = "/setup", tag = "sign in", responses((status = 200, body = SetupNeeded)))]
async fn setup_needed(State(desk): State<Desk>) -> Result<Json<SetupNeeded>, Problem> {
    Ok(Json(SetupNeeded { needed: desk.store()?.user_count().await? == 0 }))
}

/// The first user, who may do everything.
#[derive(Deserialize, ToSchema)]
struct SetUp {
    /// From the link that the server printed.
    token: String,
    name: String,
    display_name: String,
    password: String,
}

/// The first user, made with the link that the server printed when it started.
#[utoipa::path(post, path = "/setup", tag = "sign in", request_body = SetUp, responses((status = 201, body = Me)))]
async fn set_up(
    State(desk): State<Desk>,
    headers: HeaderMap,
    request: RequestId,
    Body(wanted): Body<SetUp>,
) -> Result<(StatusCode, Cookie, Json<Me>), Problem> {
    session::check_line(&headers)?;
    let name =
        login_name(&wanted.name).map_err(|error| Problem::field("/name", "name", error.to_string()))?;
    let display_name = display_name("/display_name", &wanted.display_name)?;
    passwords::check("/password", &wanted.password, &name)?;
    let (store, link) = (desk.store()?, Secret::presented(&wanted.token).hash());
    // Nobody guesses 256 bits, so that nothing is counted; but a wrong link must not cost a hash.
    if !store.is_set_up_by(&link, desk.wall.now()).await? {
        return Err(Problem::new(Code::LoginFailed, NO_SETUP_LINK));
    }
    let password = Some(desk.gate.passwords.hash(&wanted.password).await?);
    let (id, own) = (new_user_id(), Grant::EVERYTHING);
    let user = NewUser { id, name: name.clone(), display_name, role: Role::Admin, own, password };
    desk.note(&name, DeskAct::SetUp, &name).await?;
    if store.add_first_user(&user, &link, desk.wall.now()).await? == Changed::Nothing {
        return Err(Problem::new(Code::LoginFailed, NO_SETUP_LINK));
    }
    let user = store.user(&user.id).await?.ok_or(Code::Internal)?;
    let (cookie, caller) = session::open(&desk, &headers, &user, request).await?;
    Ok((StatusCode::CREATED, cookie, Json(me(&desk, &caller).await?)))
}

/// Name and password, and the authenticator's code where there is one.
#[derive(Deserialize, ToSchema)]
struct LogIn {
    name: String,
    password: String,
    totp: Option<String>,
}

/// Log in. The answer sets the session's cookie.
#[utoipa::path(post, path = "/login", tag = "sign in", request_body = LogIn, responses((status = 200, body = Me)))]
async fn log_in(
    State(desk): State<Desk>,
    address: ClientAddress,
    headers: HeaderMap,
    request: RequestId,
    Body(wanted): Body<LogIn>,
) -> Result<(Cookie, Json<Me>), Problem> {
    session::check_line(&headers)?;
    // A text that is no name has no user, and is counted and answered as if it were one.
    let name = login_name(&wanted.name).unwrap_or_else(|_| wanted.name.chars().take(NAME_MAX).collect());
    let attempt = Attempt::begin(&desk, &name, address.0).await?;
    let user = desk.store()?.user_by_name(&name).await?.filter(|user| !user.is_disabled);
    let kept = user.as_ref().and_then(|user| user.password.as_deref());
    let is_right = desk.gate.passwords.verify(&wanted.password, kept).await?;
    let Some(user) = user.as_ref().filter(|_| is_right) else {
        return Err(failed(&desk, &attempt, user.as_ref()).await);
    };
    let attempt = with_second_factor(&desk, attempt, user, wanted.totp.as_deref()).await?;
    attempt.succeeded().await?;
    desk.note(&user.name, DeskAct::LoggedIn, &address.0.to_string()).await?;
    let (cookie, caller) = session::open(&desk, &headers, user, request).await?;
    Ok((cookie, Json(me(&desk, &caller).await?)))
}

/// Notes an attempt that failed. A name that nobody has may be a password typed into the wrong field: it is not written down.
async fn failed(desk: &Desk, attempt: &Attempt, user: Option<&UserRow>) -> Problem {
    let subject = user.map_or("unknown name", |user| user.name.as_str());
    let what = if attempt.locks() { DeskAct::LockedOut } else { DeskAct::LoginFailed };
    match desk.note(NOBODY, what, subject).await {
        Ok(()) => Code::LoginFailed.into(),
        Err(problem) => problem,
    }
}

/// Goes on with an attempt whose code is right, where one is asked for.
async fn with_second_factor(
    desk: &Desk,
    attempt: Attempt,
    user: &UserRow,
    code: Option<&str>,
) -> Result<Attempt, Problem> {
    match second_factor(desk, user, code).await? {
        SecondFactor::Right => Ok(attempt),
        SecondFactor::Missing => {
            attempt.undecided().await?;
            Err(Code::TotpRequired.into())
        }
        SecondFactor::Unreadable(problem) => {
            attempt.undecided().await?;
            Err(problem)
        }
        SecondFactor::Wrong => Err(failed(desk, &attempt, Some(user)).await),
    }
}

enum SecondFactor {
    Right,
    Missing,
    Wrong,
    /// It is no fault of theirs.
    Unreadable(Problem),
}

/// Uses a code up, where the user has a second factor.
async fn second_factor(desk: &Desk, user: &UserRow, code: Option<&str>) -> Result<SecondFactor, Problem> {
    let Some(stored) = &user.totp else { return Ok(SecondFactor::Right) };
    let totp = match Totp::of_stored(desk, &user.id, stored).await {
        Ok(totp) => totp,
        Err(problem) => return Ok(SecondFactor::Unreadable(problem)),
    };
    let Some(code) = code.filter(|code| !code.is_empty()) else { return Ok(SecondFactor::Missing) };
    let Some(step) = totp.step(code, desk.wall.now(), user.totp_step) else { return Ok(SecondFactor::Wrong) };
    // Of two at once with one code only one comes in.
    Ok(match desk.store()?.use_totp(&user.id, step).await? {
        Changed::Yes => SecondFactor::Right,
        Changed::Nothing => SecondFactor::Wrong,
    })
}

/// A password chosen with an invitation's link.
#[derive(Deserialize, ToSchema)]
struct AcceptInvite {
    token: String,
    password: String,
    /// Of a user who has a second factor.
    totp: Option<String>,
}

/// Choose a password with an invitation's link, and come in.
#[utoipa::path(post, path = "/invites:accept", tag = "sign in", request_body = AcceptInvite,
    responses((status = 200, body = Me)))]
async fn accept_invite(
    State(desk): State<Desk>,
    address: ClientAddress,
    headers: HeaderMap,
    request: RequestId,
    Body(wanted): Body<AcceptInvite>,
) -> Result<(Cookie, Json<Me>), Problem> {
    session::check_line(&headers)?;
    let (store, link) = (desk.store()?, Secret::presented(&wanted.token).hash());
    let invited = store.invited(&link, desk.wall.now()).await?.filter(|user| !user.is_disabled);
    let Some(user) = invited else {
        return Err(Problem::new(Code::LoginFailed, "This link does not count any more. Ask for a new one."));
    };
    passwords::check("/password", &wanted.password, &user.name)?;
    // The link itself is not to be guessed, the code of an authenticator is.
    let attempt = Attempt::begin(&desk, &user.name, address.0).await?;
    let attempt = with_second_factor(&desk, attempt, &user, wanted.totp.as_deref()).await?;
    let password = desk.gate.passwords.hash(&wanted.password).await?;
    if store.take_invite(&link, desk.wall.now()).await?.is_none() {
        return Err(Code::LoginFailed.into());
    }
    desk.note(&user.name, DeskAct::InviteAccepted, &user.name).await?;
    store.set_password(&user.id, &password).await?;
    store.end_sessions(&user.id, "").await?;
    attempt.succeeded().await?;
    let (cookie, caller) = session::open(&desk, &headers, &user, request).await?;
    Ok((cookie, Json(me(&desk, &caller).await?)))
}

/// Log out: this session ends, and its cookie goes.
#[utoipa::path(post, path = "/logout", tag = "sign in", responses((status = 204)))]
async fn log_out(
    State(desk): State<Desk>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    if let Via::Session { hash, .. } = &caller.via {
        desk.store()?.end_session(hash).await?;
    }
    if let Some(secret) = session_secret(&headers) {
        desk.store()?.end_session(&secret.hash()).await?;
    }
    desk.note(&caller.name, DeskAct::LoggedOut, &caller.name).await?;
    Ok((StatusCode::NO_CONTENT, session::no_cookie(&headers)?))
}

/// Who is the actor of what nobody was let in for; no login name has a blank in it.
const NOBODY: &str = "nobody logged in";
const NO_SETUP_LINK: &str = "This link does not count any more: it is older than 30 minutes, or there is a user. While there \
    is none, each start of the server prints a new one.";
/// Longer than any name.
const NAME_MAX: usize = 64;

#[cfg(test)]
mod tests;
