//! The same request twice is one: `Idempotency-Key` on whatever changes something.
//!
//! Shape: key, route and body in → the first answer, for a day; it is kept in the store. Errors: `idempotency_reused` for another
//! request under the key, `idempotency_in_progress` while the first one runs. A key is one user's own. Handlers need do nothing
//! but hand [`IdempotencyKey`] to `Desk::ask`, so that also a request cut off by a crash is one input of the journal.

mod replay;

use crate::problem::Problem;
use axum::extract::OptionalFromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use model::{InputId, UserId};
pub(crate) use replay::once;
use sha2::{Digest, Sha256};

/// What a client calls a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The key of a request, if it has one.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let Some(value) = headers.get(&NAME) else { return Ok(None) };
        let text = value.to_str().unwrap_or_default().trim().trim_matches('"');
        if text.is_empty() || text.len() > KEY_BYTES_MAX || !text.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Err(Problem::field(
                "Idempotency-Key",
                "key",
                "1 to 64 visible ASCII characters, e.g. a UUID",
            ));
        }
        Ok(Some(Self(text.to_owned())))
    }

    /// The id of the request's `number`th input in the journal, from 0.
    pub(crate) fn input(&self, user: &UserId, number: usize) -> InputId {
        // The name of a user has no zero byte, so no two pairs are hashed alike.
        let hash = Sha256::digest(format!("{user}\0{}\0{number}", self.0));
        InputId(hex::encode(hash.get(..16).unwrap_or_default()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Problem> {
        Self::of(&parts.headers)
    }
}

static NAME: HeaderName = HeaderName::from_static("idempotency-key");
/// A UUID has 36.
const KEY_BYTES_MAX: usize = 64;

#[cfg(test)]
mod tests;
