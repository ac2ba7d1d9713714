//! A browser's session: opened with a token that nobody knew before, ended by forgetting it.
//!
//! Shape: a user and the request's headers → a cookie and the caller they are now. Errors: those of the store. Whatever session the
//! browser brought along ends (session fixation); the cookie is never sent over a plain line but on this machine.

use crate::authentication::{COOKIE_NAME, SESSION_MS_MAX, in_session, session_secret};
use crate::caller::Caller;
use crate::desk::Desk;
use crate::gate;
use crate::problem::{Code, Problem};
use crate::request_id::RequestId;
use crate::secret::Secret;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use store::UserRow;

/// A header that sets the cookie, or takes it away.
pub(crate) type Cookie = [(HeaderName, HeaderValue); 1];

/// Opens a session in the place of the one that the browser has.
pub(crate) async fn open(
    desk: &Desk,
    headers: &HeaderMap,
    user: &UserRow,
    request: RequestId,
) -> Result<(Cookie, Caller), Problem> {
    let (store, now, secret) = (desk.store()?, desk.wall.now(), Secret::random(""));
    if let Some(before) = session_secret(headers) {
        store.end_session(&before.hash()).await?;
    }
    store.open_session(&secret.hash(), &user.id, now, now.plus(SESSION_MS_MAX)).await?;
    store.logged_in(&user.id, now).await?;
    let cookie = cookie(secret.reveal(), SESSION_MS_MAX / 1000, headers)?;
    Ok((cookie, in_session(user, &secret, request)))
}

/// Takes the cookie away.
pub(crate) fn no_cookie(headers: &HeaderMap) -> Result<Cookie, Problem> {
    cookie("", 0, headers)
}

/// Passwords and sessions do not travel in the clear. A browser would drop the cookie and say nothing.
pub(crate) fn check_line(headers: &HeaderMap) -> Result<(), Problem> {
    if gate::is_plain_http(headers) && !gate::is_this_machine(headers) {
        let detail = "Passwords are not taken over plain http from another machine. Put a proxy with TLS in front, or look \
                      from this machine (an SSH tunnel to its loopback address will do).";
        return Err(Problem::new(Code::Forbidden, detail));
    }
    Ok(())
}

fn cookie(token: &str, seconds: i64, headers: &HeaderMap) -> Result<Cookie, Problem> {
    let secure = if gate::is_this_machine(headers) { "" } else { "; Secure" };
    let text = format!("{COOKIE_NAME}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    let mut value = HeaderValue::try_from(text).map_err(|_| Code::Internal)?;
    value.set_sensitive(true);
    Ok([(SET_COOKIE, value)])
}
