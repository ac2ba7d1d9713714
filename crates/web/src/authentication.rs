//! Who is behind a request: a session's cookie or a program's token.
//!
//! Shape: headers → [`Caller`]. Units: real time, whatever the journal's clock does. Errors: `unauthenticated`, `csrf`,
//! `store_down`. A disabled user, an ended session and a revoked token count from the next request on, since the store is asked
//! each time.

use crate::caller::{Caller, Via};
use crate::desk::Desk;
use crate::problem::{Code, Problem};
use crate::request_id::RequestId;
use crate::rights::{Right, Rights};
use crate::secret::Secret;
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Uri};
use model::{Millis, Purpose, Timestamp};
use store::{SessionRow, TokenRow, UserRow};

/// The user behind a request.
pub(crate) async fn authenticate(desk: &Desk, parts: &Parts) -> Result<Caller, Problem> {
    let headers = &parts.headers;
    let known = match presented(headers) {
        Some(Presented::Token(secret)) => of_token(desk, &secret, Use::Made).await?,
        Some(Presented::Session(secret)) => of_session(desk, &secret, Use::Made).await?,
        None => None,
    };
    let (user, rights, scope, via) = known.ok_or(Code::Unauthenticated)?;
    Ok(Caller {
        user: user.id,
        name: user.name,
        role: user.role,
        scope,
        purpose: purpose(headers, &parts.uri),
        request: parts.extensions.get::<RequestId>().cloned().unwrap_or_else(RequestId::random),
        rights,
        via,
    })
}

/// The same for whoever stays: whether they are still known, without their being taken for somebody who does something.
pub(crate) async fn look_again(desk: &Desk, headers: &HeaderMap, uri: &Uri) -> Result<Caller, Problem> {
    let known = match presented(headers) {
        Some(Presented::Token(secret)) => of_token(desk, &secret, Use::Looked).await?,
        Some(Presented::Session(secret)) => of_session(desk, &secret, Use::Looked).await?,
        None => None,
    };
    let (user, rights, scope, via) = known.ok_or(Code::Unauthenticated)?;
    let (purpose, request) = (purpose(headers, uri), RequestId::random());
    Ok(Caller { user: user.id, name: user.name, role: user.role, scope, purpose, request, rights, via })
}

/// What an authentication is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// A request: it keeps a session alive.
    Made,
    /// A stream that is open all night: it does not.
    Looked,
}

/// The caller that a user is in a session of their own.
pub(crate) fn in_session(user: &UserRow, secret: &Secret, request: RequestId) -> Caller {
    Caller {
        user: user.id.clone(),
        name: user.name.clone(),
        role: user.role,
        scope: user.scope.clone(),
        purpose: None,
        request,
        rights: Rights::of_role(user.role),
        via: Via::Session { hash: secret.hash(), csrf: secret.csrf() },
    }
}

/// What only the pages of a session know; a program's token is no cookie, so nobody else's page can make a browser send it.
pub(crate) fn check_csrf(caller: &Caller, headers: &HeaderMap) -> Result<(), Problem> {
    match &caller.via {
        Via::Token { .. } => Ok(()),
        Via::Session { csrf, .. } => {
            let told = headers.get(&CSRF).and_then(|token| token.to_str().ok()).unwrap_or_default();
            if csrf.is(told) { Ok(()) } else { Err(Code::Csrf.into()) }
        }
    }
}

type Known = Option<(UserRow, Rights, model::staff::Scope, Via)>;

async fn of_session(desk: &Desk, secret: &Secret, made: Use) -> Result<Known, Problem> {
    let (store, now, hash) = (desk.store()?, desk.wall.now(), secret.hash());
    let Some((session, user)) = store.session(&hash).await? else { return Ok(None) };
    if user.is_disabled || has_ended(&session, now) {
        return Ok(None);
    }
    if made == Use::Made && now.since(session.seen_at) > SEEN_EVERY_MS {
        store.see_session(&hash, now).await?;
    }
    let (rights, scope) = (Rights::of_role(user.role), user.scope.clone());
    Ok(Some((user, rights, scope, Via::Session { hash, csrf: secret.csrf() })))
}

fn has_ended(session: &SessionRow, now: Timestamp) -> bool {
    now.since(session.seen_at) > SESSION_IDLE_MS_MAX || now >= session.expires_at
}

async fn of_token(desk: &Desk, secret: &Secret, made: Use) -> Result<Known, Problem> {
    let (store, now) = (desk.store()?, desk.wall.now());
    let Some((token, user)) = store.token(&secret.hash()).await? else { return Ok(None) };
    if user.is_disabled || !counts(&token, now) {
        return Ok(None);
    }
    if made == Use::Made && token.used_at.is_none_or(|used_at| now.since(used_at) > SEEN_EVERY_MS) {
        store.use_token(&token.id, now).await?;
    }
    // What the owner lost since, the token has lost as well.
    let given: Vec<Right> = token.rights.iter().filter_map(|right| Right::parse(right)).collect();
    let rights = Rights::of(&given).within(Rights::of_role(user.role));
    let scope = token.scope.within(&user.scope);
    Ok(Some((user, rights, scope, Via::Token { name: token.name })))
}

fn counts(token: &TokenRow, now: Timestamp) -> bool {
    token.revoked_at.is_none() && token.expires_at.is_none_or(|expires_at| now < expires_at)
}

enum Presented {
    Session(Secret),
    Token(Secret),
}

fn presented(headers: &HeaderMap) -> Option<Presented> {
    if let Some(authorization) = headers.get(AUTHORIZATION) {
        let (scheme, token) = authorization.to_str().ok()?.split_once(' ')?;
        return scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| Presented::Token(Secret::presented(token.trim())));
    }
    session_secret(headers).map(Presented::Session)
}

/// The session's token in the cookies.
pub(crate) fn session_secret(headers: &HeaderMap) -> Option<Secret> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let mut pairs =
        cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE_NAME).map(|(_, token)| Secret::presented(token))
}

/// Why they look: a header, or a parameter where a browser can set no header (a stream, a link).
fn purpose(headers: &HeaderMap, uri: &Uri) -> Option<Purpose> {
    let said = match headers.get(&PURPOSE) {
        Some(said) => said.to_str().ok()?,
        None => uri.query()?.split('&').find_map(|pair| pair.strip_prefix("purpose="))?,
    };
    Purpose::parse(said).ok()
}

/// The name of the cookie that holds a session's token.
pub(crate) const COOKIE_NAME: &str = "lw_session";
static CSRF: HeaderName = HeaderName::from_static("x-csrf-token");
static PURPOSE: HeaderName = HeaderName::from_static("x-purpose");
/// A shift: who went home is logged out the next morning.
const SESSION_IDLE_MS_MAX: Millis = 12 * 3_600_000;
/// How long a session lasts, however busy.
pub(crate) const SESSION_MS_MAX: Millis = 7 * 24 * 3_600_000;
/// What is written down of a session's or token's use is no finer than this, so that reading is not writing.
const SEEN_EVERY_MS: Millis = 60_000;
