//! A query that asks for what a route does not know is refused: a filter that is misspelt would answer with everything.
//!
//! Shape: the description of the interface → for each route the parameters that its handler reads; a request in, the request or a
//! problem out. Errors: `invalid`, which points at the parameter and names those that there are.

use crate::problem::Problem;
use axum::extract::{MatchedPath, Query, Request, State};
use axum::http::{Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The query parameters of each route.
#[derive(Debug, Clone, Default)]
pub(super) struct Parameters(Arc<BTreeMap<(String, String), Vec<String>>>);

impl Parameters {
    /// What the handlers say of themselves.
    pub(super) fn of(description: &Value) -> Self {
        let paths = description.get("paths").and_then(Value::as_object).into_iter().flatten();
        let operations = paths.flat_map(|(path, operations)| {
            let operations = operations.as_object().into_iter().flatten();
            operations
                .map(move |(verb, operation)| ((path.clone(), verb.to_ascii_uppercase()), queried(operation)))
        });
        Self(Arc::new(operations.collect()))
    }

    /// What is wrong with a query, if anything is.
    fn fault(&self, path: &str, method: &Method, uri: &Uri) -> Option<Problem> {
        // A HEAD is answered by what answers a GET.
        let verb = if *method == Method::HEAD { Method::GET.as_str() } else { method.as_str() };
        let known = self.0.get(&(path.to_owned(), verb.to_owned()))?;
        let Query(asked): Query<Vec<(String, String)>> = Query::try_from_uri(uri).ok()?;
        let (unknown, _) = asked.iter().find(|(name, _)| name != PURPOSE && !known.contains(name))?;
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Some(Problem::field(
            &format!("?{unknown}"),
            "unknown",
            format!("there is no such parameter; there are: {known}"),
        ))
    }
}

fn queried(operation: &Value) -> Vec<String> {
    let all = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    let of_query = all.filter(|one| one.get("in").and_then(Value::as_str) == Some("query"));
    of_query.filter_map(|one| Some(one.get("name")?.as_str()?.to_owned())).collect()
}

pub(super) async fn parameters(
    State(parameters): State<Parameters>,
    request: Request,
    next: Next,
) -> Response {
    let matched = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let fault = matched.and_then(|path| parameters.fault(path, request.method(), request.uri()));
    match fault {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    }
}

/// A link has no headers, so that any route may be told there what its answer is needed for.
const PURPOSE: &str = "purpose";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_parameter_that_a_route_does_not_know_is_named_with_those_that_it_knows() {
        let of = |names: &[&str]| {
            let named = |name: &&str| json!({ "name": name, "in": "query" });
            names.iter().map(named).chain([json!({ "name": "id", "in": "path" })]).collect::<Vec<_>>()
        };
        let parameters = Parameters::of(&json!({ "paths": { "/a/{id}": {
            "get": { "parameters": of(&["limit", "from"]) }, "post": {},
        }}}));
        let uri = |query: &str| format!("/a/1?{query}").parse::<Uri>().unwrap();
        let fault = |method, query| parameters.fault("/a/{id}", &method, &uri(query));
        assert!(fault(Method::GET, "limit=1&from=2").is_none() && fault(Method::HEAD, "limit=1").is_none());
        assert!(fault(Method::GET, "purpose=verify").is_none(), "a link may say why");
        assert!(fault(Method::GET, "").is_none() && fault(Method::POST, "").is_none());
        let problem = fault(Method::GET, "limit=1&form=2").unwrap();
        assert_eq!(problem.errors[0].pointer, "?form");
        assert!(fault(Method::GET, "id=1").is_some() && fault(Method::POST, "limit=1").is_some());
        assert!(
            parameters.fault("/other", &Method::GET, &uri("x=1")).is_none(),
            "what is there is the router's matter"
        );
    }
}
