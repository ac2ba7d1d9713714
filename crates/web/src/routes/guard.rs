//! What holds for every answer, whoever asks.
//!
//! Shape: request in → its id, host and sizes checked, a deadline by the table, headers and the problem's form on the way out.

use crate::desk::Desk;
use crate::gate::is_probe;
use crate::problem::{Code, Problem};
use crate::request_id::RequestId;
use crate::rights::{self, BODY_BYTES_MAX, Entry, Patience, Verb};
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, TRANSFER_ENCODING,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use metrics::{counter, histogram};
use std::time::Instant;
use tokio::time::timeout;

pub(super) async fn guard(State(desk): State<Desk>, mut request: Request, next: Next) -> Response {
    let (id, since) = (RequestId::random(), Instant::now());
    let (entry, method) = (entry_of(&request), request.method().clone());
    let is_api = request.uri().path().starts_with("/api/");
    let response = if let Some(problem) = refused(&desk, &request, entry) {
        problem.into_response()
    } else {
        request.extensions_mut().insert(id.clone());
        let limit = entry.map_or(Patience::Usual, |entry| entry.patience).limit();
        let answer = next.run(request);
        match limit {
            Some(limit) => {
                timeout(limit, answer).await.unwrap_or_else(|_| Problem::from(Code::Timeout).into_response())
            }
            None => answer.await,
        }
    };
    let response = finished(&desk, response, &id, is_api);
    // The pattern and not the path, in which plates stand.
    let route = entry.map_or("", |entry| entry.path);
    let (status, ms) = (response.status(), since.elapsed().as_millis());
    tracing::debug!(request = %id, %method, route, status = status.as_u16(), ms, "answered");
    if is_api {
        counter!("lienwatch_web_answers_total", "result" => result(status)).increment(1);
        histogram!("lienwatch_web_answer_seconds").record(since.elapsed().as_secs_f64());
    }
    response
}

fn result(status: StatusCode) -> &'static str {
    if status.is_server_error() {
        "failed"
    } else if status.is_client_error() {
        "refused"
    } else {
        "done"
    }
}

fn entry_of(request: &Request) -> Option<&'static Entry> {
    let matched = request.extensions().get::<MatchedPath>()?;
    rights::entry(Verb::of(request.method())?, matched.as_str())
}

fn refused(desk: &Desk, request: &Request, entry: Option<&Entry>) -> Option<Problem> {
    let headers = request.headers();
    let header_bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if headers.len() > HEADERS_MAX || header_bytes > HEADER_BYTES_MAX {
        return Some(Problem::new(Code::BodyTooLarge, "The headers are larger than any request here needs."));
    }
    if is_too_large(headers, entry) {
        return Some(Code::BodyTooLarge.into());
    }
    if !is_probe(request.uri().path()) && !desk.gate.is_our_host(request) {
        let detail =
            "This server does not answer to that host name. Add it to hosts in [web] of the configuration.";
        return Some(Problem::new(Code::Forbidden, detail));
    }
    None
}

/// A route outside the table reads no body, so there a length that is not said is too much as well.
fn is_too_large(headers: &HeaderMap, entry: Option<&Entry>) -> bool {
    let max = entry.map_or(BODY_BYTES_MAX, |entry| entry.body_bytes_max);
    let said = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    said.is_some_and(|bytes| bytes > max) || (entry.is_none() && headers.contains_key(TRANSFER_ENCODING))
}

fn finished(desk: &Desk, response: Response, id: &RequestId, is_api: bool) -> Response {
    let mut response = match problem_of(&response, is_api) {
        Some(problem) => {
            let mut written = problem.render(id.as_str());
            for (name, value) in response.headers() {
                // The length of the text that is replaced.
                if *name != CONTENT_LENGTH && !written.headers().contains_key(name) {
                    written.headers_mut().append(name.clone(), value.clone());
                }
            }
            written
        }
        None => response,
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(*name, HeaderValue::from_static(value));
    }
    headers.insert(CONTENT_SECURITY_POLICY, desk.content_policy.clone());
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(id.as_str()) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

/// The problem of an answer; the framework's own refusals have none yet.
fn problem_of(response: &Response, is_api: bool) -> Option<Problem> {
    if let Some(problem) = response.extensions().get::<Problem>() {
        return Some(problem.clone());
    }
    let status = response.status();
    let is_plain =
        response.headers().get(CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let is_error = status.is_client_error() || status.is_server_error();
    (is_api && is_error && is_plain).then(|| by_status(status).into())
}

fn by_status(status: StatusCode) -> Code {
    let same = Code::ALL.iter().copied().find(|code| code.status() == status);
    same.unwrap_or(if status.is_server_error() { Code::Internal } else { Code::Invalid })
}

const HEADERS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];
const REQUEST_ID: &str = "x-request-id";
/// A browser behind two proxies sends some thirty.
const HEADERS_MAX: usize = 64;
/// As most servers take; a token has 46 bytes.
const HEADER_BYTES_MAX: usize = 16 * 1024;
