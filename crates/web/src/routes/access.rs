//! Who is let in: the table of rights is asked before any handler.
//!
//! Shape: request → its entry, the caller behind its session or token, the right, the CSRF token, then the handler. Errors:
//! `not_found`, `method_not_allowed`, `unauthenticated`, `forbidden`, `csrf`, `store_down`.

use crate::authentication::authenticate;
use crate::caller::{Caller, Via};
use crate::desk::Desk;
use crate::idempotency;
use crate::problem::{Code, Problem};
use crate::rights::{self, Access, Entry, Verb};
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::header::ALLOW;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

pub(super) async fn access(State(desk): State<Desk>, mut request: Request, next: Next) -> Response {
    let entry = match found(&request) {
        Ok(entry) => entry,
        Err(response) => return response,
    };
    DefaultBodyLimit::max(entry.body_bytes_max).apply(&mut request);
    let (mut parts, body) = request.into_parts();
    match admitted(&desk, &mut parts, entry).await {
        Ok(caller) => {
            let request = Request::from_parts(parts, body);
            idempotency::once(&desk, caller, entry, request, next).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// What the table says of a request. What it does not have does not exist, even if a handler does.
#[expect(clippy::result_large_err, reason = "a refusal is the answer itself, once a request")]
fn found(request: &Request) -> Result<&'static Entry, Response> {
    let Some(matched) = request.extensions().get::<MatchedPath>() else {
        return Err(Problem::not_found().into_response());
    };
    if let Some(entry) = Verb::of(request.method()).and_then(|verb| rights::entry(verb, matched.as_str())) {
        return Ok(entry);
    }
    let verbs = rights::verbs(matched.as_str());
    if verbs.is_empty() {
        return Err(Problem::not_found().into_response());
    }
    Err(([(ALLOW, super::allowed(&verbs))], Problem::from(Code::MethodNotAllowed)).into_response())
}

async fn admitted(desk: &Desk, parts: &mut Parts, entry: &Entry) -> Result<Option<Caller>, Problem> {
    if !entry.verb.only_reads() && desk.gate.is_from_another_site(&parts.headers) {
        return Err(Code::Csrf.into());
    }
    if entry.access == Access::Anyone {
        return Ok(None);
    }
    let caller = authenticate(desk, parts).await?;
    match (entry.access, &caller.via) {
        (Access::With(right), _) => caller.may(right)?,
        (Access::Person, Via::Token { .. }) => {
            return Err(Problem::new(Code::Forbidden, "A token cannot do this; log in."));
        }
        (Access::Person, Via::Session { .. }) | (Access::Known | Access::Anyone, _) => {}
    }
    if !entry.verb.only_reads() {
        crate::authentication::check_csrf(&caller, &parts.headers)?;
    }
    parts.extensions.insert(caller.clone());
    Ok(Some(caller))
}
