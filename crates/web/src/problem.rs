//! An error as a program can read it: `application/problem+json`.
//!
//! Shape: (code, detail, errors) → a response. A code is ours and stable, and says its status; what each means stands in
//! [`Code`] and is shown at `/api/problems`. The request's id is added on the way out (`routes::guard`). Source: RFC 9457.

mod page;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
pub(crate) use page::page;
use serde::Serialize;
use serde_json::json;
use std::borrow::Cow;
use store::StoreError;
use utoipa::ToSchema;

/// `codes! { Variant = "code", STATUS, "meaning" }` expands to the enum with `ALL`, `as_str`, `status` and `meaning`.
macro_rules! codes {
    ($($variant:ident = $code:literal, $status:ident, $meaning:literal;)+) => {
        /// What went wrong, as programs tell it apart.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Code { $($variant),+ }

        impl Code {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),+];
            pub(crate) const fn as_str(self) -> &'static str { match self { $(Self::$variant => $code),+ } }
            pub(crate) const fn status(self) -> StatusCode { match self { $(Self::$variant => StatusCode::$status),+ } }
            pub(crate) const fn meaning(self) -> &'static str { match self { $(Self::$variant => $meaning),+ } }
        }
    };
}

codes! {
    NotFound = "not_found", NOT_FOUND, "There is nothing under this address, or nothing that you may know of.";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "This address exists, but not with this method. The header Allow names those it has.";
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "The body is larger than this request ever needs.";
    Timeout = "timeout", SERVICE_UNAVAILABLE, "The answer took too long. Try again; /readyz says which part is slow.";
    Invalid = "invalid", UNPROCESSABLE_ENTITY, "The request does not read. Each entry of errors points to a field and says what is wrong with it.";
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "Nobody is logged in here: the session has ended, or the token is unknown, revoked or expired.";
    LoginFailed = "login_failed", UNAUTHORIZED, "Name, password or code are not right. Which of them is not said.";
    TotpRequired = "totp_required", UNAUTHORIZED, "The password is right; this user also needs the six digits of the authenticator.";
    TotpUnreadable = "totp_unreadable", CONFLICT, "The server cannot read or keep this user's second factor: its key file is missing or another one; detail says what helps.";
    Forbidden = "forbidden", FORBIDDEN, "You are known, but your role or token does not have the right that this needs.";
    PurposeRequired = "purpose_required", FORBIDDEN, "This shows where a car is. Say why you look: X-Purpose: collect, verify, legal or ops.";
    BudgetExceeded = "budget_exceeded", TOO_MANY_REQUESTS, "So many positions were released to you today that the rest has to wait until tomorrow. Ask an administrator.";
    TooManyRequests = "too_many_requests", TOO_MANY_REQUESTS, "Too many attempts or requests. The header Retry-After says when to try again.";
    Csrf = "csrf", FORBIDDEN, "The header X-CSRF-Token is missing or not this session's, or the request comes from another site. GET /api/v1/me has the token.";
    Conflict = "conflict", CONFLICT, "Somebody else was first, or a newer state exists. Read it again.";
    PreconditionFailed = "precondition_failed", PRECONDITION_FAILED, "What you saw is no longer what is there: If-Match names another version. Read it again.";
    PreconditionRequired = "precondition_required", PRECONDITION_REQUIRED, "This edit needs If-Match with the version that you saw.";
    IdempotencyReused = "idempotency_reused", UNPROCESSABLE_ENTITY, "This Idempotency-Key was used for another request within a day. A new request needs a new key.";
    IdempotencyInProgress = "idempotency_in_progress", CONFLICT, "A request with this Idempotency-Key is being worked on. Ask again in a moment.";
    Refused = "refused", CONFLICT, "The server understood and will not do it; detail says why.";
    StoreDown = "store_down", SERVICE_UNAVAILABLE, "The database does not answer. Trackers are still acknowledged; try again in a moment.";
    Unsupported = "unsupported", UNSUPPORTED_MEDIA_TYPE, "The body's content type, or the form that was asked for, is not one that this address has.";
    Internal = "internal", INTERNAL_SERVER_ERROR, "A defect of the server. Its log has the request_id.";
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// JSON pointer into the body, or `?name` for a parameter.
    pub(crate) pointer: String,
    pub(crate) code: Cow<'static, str>,
    pub(crate) detail: String,
}

/// What went wrong with a request.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) code: Code,
    pub(crate) detail: Cow<'static, str>,
    pub(crate) errors: Vec<FieldError>,
    pub(crate) retry_after_s: Option<u32>,
}

impl Problem {
    /// A problem with words of its own.
    pub(crate) fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), retry_after_s: None }
    }

    /// One field does not read.
    pub(crate) fn field(pointer: &str, code: &'static str, detail: impl Into<String>) -> Self {
        Self::fields(vec![FieldError {
            pointer: pointer.to_owned(),
            code: code.into(),
            detail: detail.into(),
        }])
    }

    /// Several do not.
    pub(crate) fn fields(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Code::Invalid.into() }
    }

    pub(crate) fn not_found() -> Self {
        Code::NotFound.into()
    }

    /// With the wait after which it makes sense again.
    #[must_use]
    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The answer to one request.
    pub(crate) fn render(&self, request_id: &str) -> Response {
        let status = self.code.status();
        let body = json!({
            "type": format!("/api/problems#{}", self.code.as_str()),
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "code": self.code.as_str(),
            "detail": self.detail,
            "request_id": request_id,
            "errors": self.errors,
        });
        let kind = HeaderValue::from_static("application/problem+json");
        let mut response = (status, [(CONTENT_TYPE, kind)], body.to_string()).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::new(code, code.meaning())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            // The text may name hosts and files; it is for the log.
            StoreError::Down(reason) => {
                tracing::warn!(reason, "the store did not answer a request");
                Self::from(Code::StoreDown).retry_after(STORE_RETRY_S)
            }
            error @ (StoreError::Fenced | StoreError::Unusable(_) | StoreError::Bug(_)) => {
                tracing::error!(%error, "the store refused a request");
                Code::Internal.into()
            }
        }
    }
}

/// The response carries the problem itself, so that whoever knows the request's id can write it again.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.render("");
        response.extensions_mut().insert(self);
        response
    }
}

/// The form of every error, for the description of the interface.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// `/api/problems#CODE`.
    r#type: String,
    title: String,
    status: u16,
    /// Stable; see `/api/problems`.
    code: String,
    detail: String,
    /// Also in the header `X-Request-Id` and in the server's log.
    request_id: String,
    errors: Vec<FieldError>,
}

/// A store that restarts takes a few seconds.
const STORE_RETRY_S: u32 = 5;
