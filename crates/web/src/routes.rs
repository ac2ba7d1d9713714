//! Which path answers what.
//!
//! Shape: one table, wrapped in what holds for every answer: a deadline, a limit for bodies, headers that keep a
//! browser from guessing, framing or loading from elsewhere. No CORS: other sites' scripts may read nothing.

use crate::problem::Problem;
use crate::{Health, gauges, page};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    TRANSFER_ENCODING, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use std::time::Duration;
use tokio::time::timeout;

/// What the routes answer from.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) health: Health,
    pub(crate) recorder: PrometheusHandle,
}

pub(crate) fn routes(parts: Parts) -> Router {
    Router::new()
        .route("/", get(page::index))
        .route("/style.css", get(page::style))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .fallback(async || Problem::NOT_FOUND)
        .method_not_allowed_fallback(async || ([(ALLOW, "GET, HEAD")], Problem::METHOD))
        .layer(middleware::from_fn(guard))
        .with_state(parts)
}

async fn readyz(State(parts): State<Parts>) -> Response {
    let readiness = parts.health.readiness();
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness)).into_response()
}

async fn metrics(State(parts): State<Parts>) -> Response {
    gauges::refresh(&parts.health).await;
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], parts.recorder.render()).into_response()
}

async fn guard(request: Request, next: Next) -> Response {
    let mut response = if is_too_large(&request) {
        Problem::TOO_LARGE.into_response()
    } else {
        match timeout(ANSWER_MAX, next.run(request)).await {
            Ok(response) => response,
            Err(_) => Problem::TIMEOUT.into_response(),
        }
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name.clone(), HeaderValue::from_static(value));
    }
    response
}

/// No route reads a body, so a length that is not said is too much as well.
fn is_too_large(request: &Request) -> bool {
    let headers = request.headers();
    let said = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    headers.contains_key(TRANSFER_ENCODING) || said.is_some_and(|bytes| bytes > BODY_BYTES_MAX)
}

static HEADERS: &[(HeaderName, &str)] = &[
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (CACHE_CONTROL, "no-store"),
];

/// Longer than the slowest answer here, which waits 2 s for the store.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// Polite clients send empty bodies with a GET.
const BODY_BYTES_MAX: u64 = 4096;
