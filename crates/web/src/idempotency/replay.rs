//! The layer that answers a request that comes again as it was answered first.
//!
//! Shape: request with a key → begun in the store → handler → its answer kept. Only what was done is kept: an error or a wish that is
//! still pending is tried again, which does nothing twice, since the input's id comes of the key. The handler goes on when its client
//! hangs up, so that there is something to find for the client's next attempt.

use super::IdempotencyKey;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::problem::{Code, Problem};
use crate::rights::{Entry, Patience};
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use model::{Millis, UserId};
use sha2::{Digest, Sha256};
use std::time::Duration;
use store::Kept;

/// Runs a request, or gives the answer that it had before.
pub(crate) async fn once(
    desk: &Desk,
    caller: Option<Caller>,
    entry: &'static Entry,
    request: Request,
    next: Next,
) -> Response {
    let key = match IdempotencyKey::of(request.headers()) {
        Ok(key) => key.filter(|_| !entry.verb.only_reads()),
        Err(problem) => return problem.into_response(),
    };
    let (Some(key), Some(caller)) = (key, caller) else { return next.run(request).await };
    let run = Run { desk: desk.clone(), user: caller.user, key, entry };
    // On the heap: a request without a key shall not carry the room for one.
    Box::pin(run.answer(request, next)).await.unwrap_or_else(IntoResponse::into_response)
}

struct Run {
    desk: Desk,
    user: UserId,
    key: IdempotencyKey,
    entry: &'static Entry,
}

impl Run {
    async fn answer(self, request: Request, next: Next) -> Result<Response, Problem> {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, self.entry.body_bytes_max).await.map_err(|_| Code::BodyTooLarge)?;
        let fingerprint = fingerprint(parts.method.as_str(), &parts.uri.to_string(), &body);
        if let Some(answer) = self.before(&fingerprint).await? {
            return Ok(answer);
        }
        let run = tokio::spawn(async move {
            let answer = next.run(Request::from_parts(parts, Body::from(body))).await;
            self.keep(answer).await
        });
        run.await.map_err(|_| Problem::from(Code::Internal))
    }

    /// Begins, or gives the answer of before.
    async fn before(&self, fingerprint: &str) -> Result<Option<Response>, Problem> {
        let (store, now) = (self.desk.store()?, self.desk.wall.now());
        let patience =
            self.entry.patience.limit().or(Patience::Long.limit()).unwrap_or_default() + CUT_OFF_AFTER;
        let cut_off_before = now.plus(-Millis::try_from(patience.as_millis()).unwrap_or(Millis::MAX));
        let name = (&self.user, self.key.as_str());
        if store.begin_request(name, fingerprint, now, cut_off_before).await? {
            return Ok(None);
        }
        match store.kept_request(&self.user, self.key.as_str()).await? {
            Some(Kept { request, .. }) if request != fingerprint => Err(Code::IdempotencyReused.into()),
            Some(Kept { answer: Some((status, kind, body)), .. }) => {
                self.again(status, &kind, body).map(Some)
            }
            // Its first request has just come to nothing, or is at work.
            Some(Kept { answer: None, .. }) | None => {
                Err(Problem::from(Code::IdempotencyInProgress).retry_after(IN_PROGRESS_RETRY_S))
            }
        }
    }

    fn again(&self, status: u16, kind: &str, body: Vec<u8>) -> Result<Response, Problem> {
        if self.entry.shown_once {
            let detail =
                "This was done with this Idempotency-Key before, and what it made is shown only once.";
            return Err(Problem::new(Code::Conflict, detail));
        }
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
        let mut response = (status, body).into_response();
        if let Ok(kind) = HeaderValue::from_str(kind) {
            response.headers_mut().insert(CONTENT_TYPE, kind);
        }
        response.headers_mut().insert(REPLAYED.clone(), HeaderValue::from_static("true"));
        Ok(response)
    }

    /// Keeps what was done; lets the rest be tried again.
    async fn keep(self, answer: Response) -> Response {
        let Ok(store) = self.desk.store() else { return answer };
        let key = self.key.as_str();
        if !answer.status().is_success() || answer.status() == StatusCode::ACCEPTED {
            if let Err(error) = store.undo_request(&self.user, key).await {
                tracing::warn!(%error, "a request that came to nothing blocks its key for a while");
            }
            return answer;
        }
        let (parts, body) = answer.into_parts();
        let Ok(body) = to_bytes(body, ANSWER_BYTES_MAX).await else {
            return Problem::from(Code::Internal).into_response();
        };
        let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kept = if self.entry.shown_once { Vec::new() } else { body.to_vec() };
        let kept = (parts.status.as_u16(), kind, kept);
        if let Err(error) = store.keep_answer((&self.user, key), kept).await {
            tracing::warn!(%error, "an answer was not kept: its request blocks its key for a while");
        }
        Response::from_parts(parts, Body::from(body))
    }
}

/// What tells two requests apart.
pub(super) fn fingerprint(method: &str, target: &str, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    // With its length, so that no two requests are hashed alike.
    hash.update(format!("{method} {} {target}\n", target.len()));
    hash.update(body);
    hex::encode(hash.finalize())
}

static REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// A request that takes longer than it may and this was cut off by a crash.
const CUT_OFF_AFTER: Duration = Duration::from_secs(10);
const IN_PROGRESS_RETRY_S: u32 = 1;
/// What changes something answers with what it changed; a thousand results of a bulk are 100 KB.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
