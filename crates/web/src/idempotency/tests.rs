//! The same request twice.

use super::*;
use crate::testing::{Office, Person};
use axum::http::HeaderValue;
use model::staff::Role;
use serde_json::{Value, json};

fn key(text: &'static str) -> Result<Option<IdempotencyKey>, Problem> {
    IdempotencyKey::of(&HeaderMap::from_iter([(NAME.clone(), HeaderValue::from_static(text))]))
}

#[test]
fn a_key_is_one_input_of_one_user() {
    let (one, other) = (UserId("u1".into()), UserId("u2".into()));
    let key = key("7f1c").unwrap().unwrap();
    assert_eq!(key.input(&one, 0), key.input(&one, 0));
    assert_ne!(key.input(&one, 0), key.input(&other, 0));
    assert_ne!(key.input(&one, 0), key.input(&one, 1));
}

#[test]
fn what_is_no_key_is_refused() {
    assert_eq!(IdempotencyKey::of(&HeaderMap::new()).unwrap(), None);
    assert!(key("").is_err() && key("a b").is_err());
    assert!(key("0123456789012345678901234567890123456789012345678901234567890123456789").is_err());
}

fn user(name: &str) -> Value {
    json!({ "name": name, "display_name": name, "role": "ops", "lenders": null })
}

async fn put_locale(office: &Office, who: &Person, locale: &str) -> crate::testing::Answer {
    office.send(who, "PUT", "/me/locale", &json!({ "locale": locale })).await
}

#[tokio::test]
async fn the_same_request_under_a_key_is_done_once_and_answered_twice() {
    let office = Office::open().await;
    let admin = office.person(Role::Admin).await.with("idempotency-key", "a-1");
    let first = put_locale(&office, &admin, "zh").await;
    assert_eq!((first.status.as_u16(), first.header("idempotency-replayed")), (204, ""));
    let again = put_locale(&office, &admin, "zh").await;
    assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (204, "true"));
    assert_eq!(put_locale(&office, &admin, "en").await.code(), (422, "idempotency_reused".into()));
    // Another one's key is another key.
    let other = office.person(Role::Ops).await.with("idempotency-key", "a-1");
    assert_eq!(put_locale(&office, &other, "en").await.header("idempotency-replayed"), "");
    // What was refused may be tried again under its key.
    let third = admin.clone().with("idempotency-key", "a-2");
    assert_eq!(put_locale(&office, &third, "fr").await.status, 422);
    assert_eq!(put_locale(&office, &third, "zh").await.status, 204);
    office.close().await;
}

#[tokio::test]
async fn a_secret_is_not_shown_again_under_its_key() {
    let office = Office::open().await;
    let admin = office.person(Role::Admin).await.with("idempotency-key", "a-1");
    assert_eq!(office.send(&admin, "POST", "/users", &user("wang")).await.status, 201);
    let again = office.send(&admin, "POST", "/users", &user("wang")).await;
    assert_eq!(again.code(), (409, "conflict".into()));
    assert!(again.json()["detail"].as_str().unwrap().contains("shown only once"));
    let kept = office.store.kept_request(&admin.id.unwrap(), "a-1").await.unwrap().unwrap();
    assert_eq!(kept.answer.unwrap().2, b"");
    office.close().await;
}

#[tokio::test]
async fn a_request_that_is_at_work_is_not_begun_twice_and_one_that_was_cut_off_is() {
    let office = Office::open().await;
    let admin = office.person(Role::Admin).await.with("idempotency-key", "a-1");
    // As a crash leaves it.
    let body = json!({ "locale": "zh" }).to_string();
    let fingerprint = replay::fingerprint("PUT", "/api/v1/me/locale", body.as_bytes());
    let name = (&admin.id.clone().unwrap(), "a-1");
    assert!(office.store.begin_request(name, &fingerprint, office.now(), office.now()).await.unwrap());
    let answer = put_locale(&office, &admin, "zh").await;
    assert_eq!((answer.code(), answer.header("retry-after")), ((409, "idempotency_in_progress".into()), "1"));
    office.clock_moves(21_000);
    assert_eq!(put_locale(&office, &admin, "zh").await.status, 204);
    office.close().await;
}
