//! What a request says, read with problems that point at the field.
//!
//! Shape: [`Asked`] = the query, [`Body`] = JSON, [`IfMatch`] = the version that was seen. Errors: `invalid` with a JSON
//! pointer (`?name` for a parameter), `unsupported`, `body_too_large`, `precondition_required`. Source: RFC 9457, RFC 6901.

use crate::problem::{Code, Problem};
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequestParts, Query, Request};
use axum::http::header::{CONTENT_TYPE, IF_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use std::fmt::Write;

/// The parameters of a query.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Query::try_from_uri(&parts.uri).map(|Query(asked)| Self(asked)).map_err(|rejection| {
            // "Failed to deserialize query string: limit: invalid digit found in string"
            let text = rejection.body_text();
            let text = text.split_once(": ").map_or(text.as_str(), |(_, text)| text);
            let name = text.split_once(": ").map_or("", |(name, _)| name);
            Problem::field(&format!("?{name}"), "parameter", text)
        })
    }
}

/// A JSON body. An empty one is `{}`: what may be left out may be left out altogether.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_json = is_json(request.headers());
        let bytes =
            Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => Problem::from(Code::BodyTooLarge),
                _ => Problem::field("", "body", "the body ended early"),
            })?;
        if bytes.is_empty() {
            return from_json(b"{}").map(Self);
        }
        // A form of another site cannot send this type without asking first.
        if !is_json {
            return Err(Problem::new(Code::Unsupported, "Send application/json."));
        }
        from_json(&bytes).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json") || kind.eq_ignore_ascii_case("application/geo+json")
}

/// Reads JSON; what does not fit is pointed at.
pub(crate) fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| Problem::field(&pointer(error.path()), "body", error.inner().to_string()))?;
    reader.end().map_err(|error| Problem::field("", "body", error.to_string()))?;
    Ok(read)
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    path.iter().fold(String::new(), |mut pointer, segment| {
        // Writing to a string cannot fail.
        let _ = match segment {
            Segment::Seq { index } => write!(pointer, "/{index}"),
            Segment::Map { key } => write!(pointer, "/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => write!(pointer, "/{variant}"),
            Segment::Unknown => Ok(()),
        };
        pointer
    })
}

/// The version that somebody saw before they changed something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IfMatch(String);

impl IfMatch {
    /// An edit that must not be made blindly.
    pub(crate) fn required(seen: Option<Self>) -> Result<Self, Problem> {
        seen.ok_or_else(|| Code::PreconditionRequired.into())
    }

    /// The number that was seen; `None` = `*`, whichever.
    pub(crate) fn version<T: std::str::FromStr>(&self) -> Result<Option<T>, Problem> {
        if self.0 == "*" {
            return Ok(None);
        }
        self.0.parse().map(Some).map_err(|_| Code::PreconditionFailed.into())
    }

    /// Fails unless this is the version that is there.
    pub(crate) fn check(&self, there: &str) -> Result<(), Problem> {
        if self.0 == "*" || self.0 == there { Ok(()) } else { Err(Code::PreconditionFailed.into()) }
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Problem> {
        let Some(value) = parts.headers.get(IF_MATCH) else { return Ok(None) };
        let text = value.to_str().unwrap_or_default().trim();
        let text = text.strip_prefix("W/").unwrap_or(text).trim_matches('"');
        Ok(Some(Self(text.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Bulk {
        ids: Vec<u32>,
    }

    #[test]
    fn a_field_that_does_not_read_is_pointed_at() {
        let problem = from_json::<Bulk>(br#"{"ids":[1,"x"]}"#).unwrap_err();
        assert_eq!((problem.code, problem.errors[0].pointer.as_str()), (Code::Invalid, "/ids/1"));
        assert_eq!(from_json::<Bulk>(br#"{"ids":[]}{}"#).unwrap_err().errors[0].pointer, "");
    }

    #[test]
    fn a_version_that_was_seen_is_compared_and_a_star_is_any() {
        let seen = IfMatch("7".into());
        assert_eq!(seen.version::<u32>().unwrap(), Some(7));
        assert!(
            seen.check("7").is_ok() && seen.check("8").is_err() && IfMatch("*".into()).check("8").is_ok()
        );
        assert_eq!(IfMatch::required(None).unwrap_err().code, Code::PreconditionRequired);
    }
}
