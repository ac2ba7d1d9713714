//! Which path answers what.
//!
//! Shape: the groups' routes merged below [`rights::BASE`], wrapped: [`access`] lets through what the table of rights allows,
//! [`parameters`] what asks for nothing that a route does not know,
//! [`guard`] does what holds for every answer: an id, a deadline, a limit for bodies, the right host, problems with the id in them,
//! headers that keep a browser from guessing, framing or loading from elsewhere. No CORS: other sites' scripts read nothing.

mod access;
mod guard;
mod parameters;

use crate::desk::Desk;
use crate::problem::{self, Code, Problem};
use crate::rights::{self, Verb};
use crate::{
    alerts, audit, commands, console, deliveries, description, devices, fleet, frames, gauges, imports,
    loans, me, places, positions, quarantine, roles, rules_desk, sign_in, stream, system, teams, tokens,
    users, vehicles, waiting,
};
use access::access;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{MatchedPath, State};
use axum::http::StatusCode;
use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::middleware;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use guard::guard;
use parameters::{Parameters, parameters};
use utoipa_axum::router::OpenApiRouter;

/// Everything that is answered.
pub(crate) fn routes(desk: Desk) -> Router {
    let (api, description) = api().split_for_parts();
    let description = description::whole(&description);
    let known = Parameters::of(&description);
    let description: Bytes = description.to_string().into();
    let api: Router<Desk> = api.layer(middleware::from_fn_with_state(known, parameters));
    let api = api.layer(middleware::from_fn_with_state(desk.clone(), access));
    Router::new()
        .merge(console::pages())
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .route("/api/openapi.json", get(async move || ([(CONTENT_TYPE, "application/json")], description)))
        .route("/api/problems", get(problem::page))
        .merge(api)
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn_with_state(desk.clone(), guard))
        .with_state(desk)
}

/// The interface, with its description.
fn api() -> OpenApiRouter<Desk> {
    let groups = vec![
        sign_in::routes(),
        me::routes(),
        users::routes(),
        roles::routes(),
        teams::routes(),
        tokens::routes(),
        audit::routes(),
        alerts::routes(),
        vehicles::routes(),
        fleet::routes(),
        positions::routes(),
        frames::routes(),
        devices::routes(),
        quarantine::routes(),
        commands::routes(),
        waiting::routes(),
        places::routes(),
        rules_desk::routes(),
        loans::routes(),
        imports::routes(),
        system::routes(),
        deliveries::routes(),
        stream::routes(),
    ];
    let all = groups.into_iter().fold(OpenApiRouter::default(), OpenApiRouter::merge);
    OpenApiRouter::with_openapi(description::head()).nest(rights::BASE, all)
}

/// The description of the interface, as `lienwatch openapi` prints it: OpenAPI 3.1, JSON.
pub fn openapi_json() -> String {
    format!("{:#}", description::whole(&api().into_openapi()))
}

async fn readyz(State(desk): State<Desk>) -> Response {
    let readiness = desk.health.readiness();
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness)).into_response()
}

async fn metrics(State(desk): State<Desk>) -> Response {
    gauges::refresh(&desk.health).await;
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], desk.recorder.render()).into_response()
}

async fn method_not_allowed(path: Option<MatchedPath>) -> Response {
    let verbs = path.map(|path| rights::verbs(path.as_str())).unwrap_or_default();
    ([(ALLOW, allowed(&verbs))], Problem::from(Code::MethodNotAllowed)).into_response()
}

/// The header `Allow` of a route.
fn allowed(verbs: &[Verb]) -> String {
    if verbs.is_empty() {
        return "GET, HEAD".into();
    }
    let names = verbs.iter().flat_map(|verb| match verb {
        Verb::Get => &["GET", "HEAD"][..],
        Verb::Post => &["POST"],
        Verb::Put => &["PUT"],
        Verb::Patch => &["PATCH"],
        Verb::Delete => &["DELETE"],
    });
    names.copied().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
