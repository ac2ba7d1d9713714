//! The description of the interface: what the handlers say of themselves, and what holds for all of them.
//!
//! Shape: OpenAPI 3.1 as JSON. The table of rights adds to each route who may call it; every route may answer with a problem.
//! Source: OpenAPI 3.1; served at `/api/openapi.json`, printed by `lienwatch openapi`.

use crate::authentication::COOKIE_NAME;
use crate::problem::ProblemBody;
use crate::rights::{Access, BASE, Entry, Right, TABLE, Verb};
use serde_json::{Map, Value, json};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, License, OpenApi, OpenApiBuilder};

/// The head of the description.
pub(crate) fn head() -> OpenApi {
    let info = InfoBuilder::new()
        .title("lienwatch")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(INTRODUCTION))
        .license(Some(License::new("Apache-2.0")))
        .build();
    let components = ComponentsBuilder::new().schema_from::<ProblemBody>().build();
    OpenApiBuilder::new().info(info).components(Some(components)).build()
}

/// The whole, with what the table says.
pub(crate) fn whole(of_handlers: &OpenApi) -> Value {
    let mut description = serde_json::to_value(of_handlers).unwrap_or_default();
    for entry in TABLE {
        let path = format!("{BASE}{}", entry.path).replace('~', "~0").replace('/', "~1");
        let place = format!("/paths/{path}/{}", entry.verb.as_str().to_ascii_lowercase());
        if let Some(Value::Object(operation)) = description.pointer_mut(&place) {
            complete(operation, entry);
        }
    }
    if let Some(Value::Object(components)) = description.get_mut("components") {
        components.insert("responses".into(), json!({ "Problem": {
            "description": "What went wrong; the codes stand at /api/problems.",
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
        }}));
        components.insert(
            "securitySchemes".into(),
            json!({
                "session": { "type": "apiKey", "in": "cookie", "name": COOKIE_NAME },
                "token": { "type": "http", "scheme": "bearer", "bearerFormat": "lw_…" },
            }),
        );
    }
    description
}

fn complete(operation: &mut Map<String, Value>, entry: &Entry) {
    let (security, right) = match entry.access {
        Access::Anyone => (json!([]), None),
        Access::Person => (json!([{ "session": [] }]), None),
        Access::Known => (json!([{ "session": [] }, { "token": [] }]), None),
        Access::With(right) => (json!([{ "session": [] }, { "token": [] }]), Some(right.as_str())),
    };
    operation.insert("operationId".into(), operation_id(entry).into());
    let headers = [(PURPOSE, needs_purpose(entry.access)), (IDEMPOTENCY_KEY, entry.verb == Verb::Post)];
    let headers = headers.into_iter().filter(|(_, is_read)| *is_read);
    let headers =
        headers.map(|(name, _)| json!({ "name": name, "in": "header", "schema": { "type": "string" } }));
    match operation.get_mut("parameters") {
        Some(Value::Array(parameters)) => parameters.extend(headers),
        _ => drop(operation.insert("parameters".into(), headers.collect())),
    }
    operation.insert("security".into(), security);
    if let Some(right) = right {
        operation.insert("x-right".into(), right.into());
    }
    if let Some(Value::Object(responses)) = operation.get_mut("responses") {
        responses.insert("default".into(), json!({ "$ref": "#/components/responses/Problem" }));
    }
}

/// A name of its own for each: handlers of different groups are called alike.
fn operation_id(entry: &Entry) -> String {
    let path = entry.path.replace(|letter: char| !letter.is_ascii_alphanumeric(), " ");
    let words: Vec<&str> = path.split_whitespace().collect();
    format!("{}_{}", entry.verb.as_str().to_ascii_lowercase(), words.join("_"))
}

/// Whether what is told may show where a car is.
fn needs_purpose(access: Access) -> bool {
    matches!(access, Access::With(Right::TracksRead | Right::PositionsRead | Right::FramesRead))
}

const PURPOSE: &str = "X-Purpose";
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

const INTRODUCTION: &str = "GPS tracking for auto lenders. Errors are application/problem+json, their codes stand at \
    /api/problems. Lists go on by next_cursor. Whatever shows where a car is needs X-Purpose (in a link: ?purpose=); a parameter \
    that a route does not know is refused; whatever changes something by a session's cookie needs X-CSRF-Token, and may have an \
    Idempotency-Key.";
