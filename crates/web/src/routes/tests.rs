//! Every route with everybody: what the table of rights says is what happens, and the description names each route.

use crate::desk::Desk;
use crate::problem::Code;
use crate::rights::{Access, BASE, Entry, Rights, TABLE, Verb};
use crate::testing::{Office, Person};
use axum::Router;
use model::staff::Role;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A path that the router takes for a pattern.
fn path_of(entry: &Entry) -> String {
    entry
        .path
        .split('/')
        .map(|part| if part.starts_with('{') { "x1" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

/// Methods and paths of the description, below the base.
fn described() -> BTreeSet<(String, String)> {
    let description: Value = serde_json::from_str(&super::openapi_json()).unwrap();
    let paths = description["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, methods)| {
            let path = path.strip_prefix(BASE).unwrap_or_else(|| panic!("{path} is not below {BASE}"));
            methods.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.to_owned()))
        })
        .collect()
}

fn listed() -> BTreeSet<(String, String)> {
    TABLE.iter().map(|entry| (entry.verb.as_str().to_owned(), entry.path.to_owned())).collect()
}

#[test]
fn every_route_is_in_the_table_and_the_reverse() {
    let (described, listed) = (described(), listed());
    let unlisted: Vec<_> = described.difference(&listed).collect();
    assert!(unlisted.is_empty(), "a route without rights does not exist: {unlisted:?}");
    let missing: Vec<_> = listed.difference(&described).collect();
    assert!(missing.is_empty(), "in the table, but nobody answers: {missing:?}");
}

#[test]
fn the_description_is_openapi_3_1_with_a_summary_and_an_answer_for_each_route() {
    let description: Value = serde_json::from_str(&super::openapi_json()).unwrap();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1."));
    assert_eq!(description["info"]["title"], "lienwatch");
    let mut ids = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, route) in methods.as_object().unwrap() {
            let said = route["summary"].as_str().or(route["description"].as_str());
            assert!(said.is_some_and(|said| !said.is_empty()), "{method} {path} says not what it is for");
            let answers = route["responses"].as_object().unwrap();
            assert!(answers.len() > 1 && answers.contains_key("default"), "{method} {path} says no answer");
            assert!(route["security"].is_array(), "{method} {path} says not who may ask");
            let id = route["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id} is the name of two");
        }
    }
    // What is referred to is there.
    let text = description.to_string();
    for reference in text.split("\"#/components/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(description.pointer(&format!("/components/{name}")).is_some(), "{name} is not described");
    }
}

#[tokio::test]
async fn every_route_lets_in_whom_the_table_says_and_nobody_else() {
    let office = Office::open().await;
    let described = described();
    let nobody = Person::default();
    let mut people = Vec::new();
    for role in Role::ALL {
        people.push((*role, office.person(*role).await));
    }
    let built =
        TABLE.iter().filter(|entry| described.contains(&(entry.verb.as_str().into(), entry.path.into())));
    for entry in built.filter(|entry| entry.path != "/logout" && entry.path != "/stream") {
        let (method, path) = (entry.verb.as_str(), path_of(entry));
        let anonymous = office.send(&nobody, method, &path, &Value::Null).await;
        let is_open = entry.access == Access::Anyone;
        assert_eq!(
            anonymous.code() == (401, "unauthenticated".into()),
            !is_open,
            "{method} {path} anonymous"
        );
        assert_ne!(anonymous.status, 500, "{method} {path}");
        for (role, person) in &people {
            let (status, code) = office.send(person, method, &path, &Value::Null).await.code();
            let may = match entry.access {
                Access::Anyone | Access::Known | Access::Person => true,
                Access::With(right) => Rights::of_role(*role).has(right),
            };
            assert_eq!(code == "forbidden", !may, "{method} {path} as {role}: {status} {code}");
            assert!(
                code != "unauthenticated" && code != "csrf" && status != 405,
                "{method} {path} as {role}: {code}"
            );
            assert_ne!(status, 500, "{method} {path} as {role}");
        }
    }
    office.close().await;
}

#[tokio::test]
async fn whatever_changes_something_by_cookie_needs_its_csrf_token() {
    let office = Office::open().await;
    let admin = office.person(Role::Admin).await;
    let mut without = admin.clone();
    without.headers.remove("x-csrf-token");
    let described = described();
    let built =
        TABLE.iter().filter(|entry| described.contains(&(entry.verb.as_str().into(), entry.path.into())));
    for entry in built.filter(|entry| entry.access != Access::Anyone) {
        let (method, path) = (entry.verb.as_str(), path_of(entry));
        if entry.verb.only_reads() {
            continue;
        }
        for person in [&without, &without.clone().with("x-csrf-token", "wrong")] {
            let answer = office.send(person, method, &path, &Value::Null).await;
            assert_eq!(answer.code(), (403, "csrf".into()), "{method} {path}");
        }
        let foreign = admin.clone().with("sec-fetch-site", "cross-site");
        let answer = office.send(&foreign, method, &path, &Value::Null).await;
        assert_eq!(answer.code(), (403, "csrf".into()), "{method} {path} from another site");
    }
    office.close().await;
}

#[tokio::test]
async fn every_error_is_a_problem_with_a_code_that_is_documented() {
    let office = Office::open().await;
    let admin = office.person(Role::Admin).await;
    let page = String::from_utf8(office.get(&Person::default(), "//api/problems").await.body).unwrap();
    let described = described();
    let mut seen = BTreeSet::new();
    for entry in
        TABLE.iter().filter(|entry| described.contains(&(entry.verb.as_str().into(), entry.path.into())))
    {
        let (method, path) = (entry.verb.as_str(), path_of(entry));
        let nonsense = json!({ "name": 7, "rights": "x", "token": ["x"] });
        for (who, body) in [
            (&Person::default(), &Value::Null),
            (&admin, &Value::Null),
            (&admin, &nonsense),
            (&admin, &json!([1, 2, 3])),
            (&admin, &json!("x".repeat(200_000))),
        ] {
            if path == "/stream" || (path == "/logout" && body.is_null()) {
                continue;
            }
            let asked =
                if entry.verb.only_reads() { format!("{path}?{}", wrong_query(entry)) } else { path.clone() };
            let answer = office.send(who, method, &asked, body).await;
            if answer.status.is_client_error() || answer.status.is_server_error() {
                let (_, code) = answer.code();
                let problem = answer.json();
                assert!(
                    page.contains(&format!("id=\"{code}\"")),
                    "{method} {path}: {code} is not documented"
                );
                assert_eq!(problem["type"], format!("/api/problems#{code}"));
                assert_eq!(problem["status"], answer.status.as_u16());
                assert_eq!(problem["request_id"], answer.header("x-request-id"));
                assert!(!problem["detail"].as_str().unwrap().is_empty() && problem["errors"].is_array());
                assert_ne!(code, Code::Internal.as_str(), "{method} {path} {body}");
                seen.insert(code);
            }
        }
    }
    assert!(
        seen.contains("invalid") && seen.contains("unauthenticated") && seen.contains("body_too_large"),
        "{seen:?}"
    );
    office.close().await;
}

/// Each parameter of a route with something that is none of its values, but for a search, which takes any text.
fn wrong_query(entry: &Entry) -> String {
    let description: Value = serde_json::from_str(&super::openapi_json()).unwrap();
    let place = format!("{BASE}{}", entry.path).replace('/', "~1");
    let operation = description.pointer(&format!("/paths/{place}/get")).unwrap();
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let of_query = parameters.iter().filter(|one| one["in"] == "query");
    of_query.map(|one| format!("{}=%25", one["name"].as_str().unwrap())).collect::<Vec<_>>().join("&")
}

#[tokio::test]
async fn a_method_that_a_path_does_not_have_is_named_with_those_it_has() {
    let office = Office::open().await;
    let admin = office.person(Role::Admin).await;
    let answer = office.send(&admin, "PUT", "/users", &Value::Null).await;
    assert_eq!(
        (answer.code(), answer.header("allow")),
        ((405, "method_not_allowed".into()), "GET, HEAD, POST")
    );
    let answer = office.get(&admin, "/nothing").await;
    assert_eq!(answer.code(), (404, "not_found".into()));
    assert_eq!(office.send(&admin, "HEAD", "/me", &Value::Null).await.status, 200);
    office.close().await;
}

#[tokio::test]
async fn while_the_store_is_down_the_interface_says_so() {
    let office = Office::open().await;
    let admin = office.person(Role::Admin).await;
    office.applied.send_modify(|applied| applied.store_up = false);
    for (who, path) in [(&admin, "/me"), (&admin, "/users"), (&Person::default(), "/setup")] {
        let answer = office.get(who, path).await;
        assert_eq!(
            (answer.code(), answer.header("retry-after")),
            ((503, "store_down".into()), "5"),
            "{path}"
        );
    }
    assert_eq!(office.get(&Person::default(), "//healthz").await.status, 200);
    assert_eq!(office.get(&Person::default(), "//api/openapi.json").await.status, 200);
    office.close().await;
}

#[tokio::test]
async fn a_name_that_is_not_ours_is_not_answered_but_a_probe_is() {
    let office = Office::open().await;
    let rebound = Person::default().with("host", "rebound.example:8080");
    for (path, status) in
        [("/setup", 403), ("//", 403), ("//api/openapi.json", 403), ("//healthz", 200), ("//metrics", 200)]
    {
        assert_eq!(office.get(&rebound, path).await.status, status, "{path}");
    }
    office.close().await;
}

/// A handler that nobody put into the table.
#[tokio::test]
async fn a_handler_outside_the_table_is_not_reached() {
    let office = Office::open().await;
    let forgotten: Router<Desk> =
        Router::new().route(&format!("{BASE}/forgotten"), axum::routing::get(async || "secret"));
    let access = axum::middleware::from_fn_with_state(office.desk.clone(), super::access);
    let router = forgotten.layer(access).with_state(office.desk.clone());
    let request =
        axum::http::Request::get(format!("{BASE}/forgotten")).body(axum::body::Body::empty()).unwrap();
    let answer = tower::ServiceExt::oneshot(router, request).await.unwrap();
    assert_eq!(answer.status(), 404);
    office.close().await;
}

#[test]
fn patterns_of_the_table_are_such_as_the_router_knows() {
    for entry in TABLE {
        assert!(entry.path.starts_with('/') && !entry.path.contains("/:"), "{}", entry.path);
        assert!(
            entry.verb != Verb::Get || entry.body_bytes_max == crate::rights::BODY_BYTES_MAX,
            "{}",
            entry.path
        );
    }
}
