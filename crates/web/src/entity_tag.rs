//! The version of what a reader saw, for what has no version number of its own.
//!
//! Shape: what is stored in, the text of its ETag out; `If-Match` names it again. It is compared as a request comes, before the journal:
//! of two edits within the fold's lag both pass, and the later one counts. Units: half a SHA-256, in hex. Errors: none: rows are written
//! as JSON by the store too.
//! Source: RFC 9110 §8.8.3.

use axum::Json;
use axum::http::HeaderValue;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Over what is stored, whoever reads it.
pub(crate) fn of(stored: &impl Serialize) -> String {
    let text = serde_json::to_vec(stored).unwrap_or_default();
    hex::encode(Sha256::digest(text).get(..16).unwrap_or_default())
}

/// An answer with its ETag.
pub(crate) fn answer(tag: &str, body: &impl Serialize) -> Response {
    let tag = HeaderValue::from_str(&format!("\"{tag}\"")).unwrap_or(HeaderValue::from_static("\"\""));
    ([(ETAG, tag)], Json(body)).into_response()
}
