//! What each route answers, and when the server says that it is not ready.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed step must stop the test")]

mod support;

use model::{Seq, Timestamp};
use serde_json::Value;
use std::sync::atomic::Ordering;
use support::Desk;

#[tokio::test]
async fn a_server_with_all_parts_up_is_alive_and_ready() {
    let desk = Desk::open().await;
    let alive = desk.get("/healthz").await;
    assert_eq!((alive.status, alive.body.as_str()), (200, "ok\n"));
    let ready = desk.get("/readyz").await;
    let body: Value = serde_json::from_str(&ready.body).unwrap();
    assert_eq!((ready.status, &body["ready"]), (200, &Value::Bool(true)));
    assert_eq!(body["store"]["kind"], "sqlite");
    desk.stop().await;
}

#[tokio::test]
async fn readiness_names_the_part_that_is_down_while_the_process_stays_alive() {
    let desk = Desk::open().await;
    desk.journal_health.send_replace(journal::Health::DiskFull);
    assert_eq!(desk.down().await, ["journal"]);
    desk.journal_health.send_replace(journal::Health::Failed("/var/lib/x: input/output error".into()));
    assert_eq!(desk.down().await, ["journal"]);
    assert!(!desk.get("/readyz").await.body.contains("/var/lib"));
    desk.journal_health.send_replace(journal::Health::Ok);

    desk.listening.store(false, Ordering::Relaxed);
    assert_eq!(desk.down().await, ["ingest"]);
    desk.listening.store(true, Ordering::Relaxed);

    desk.applied.send_modify(|applied| applied.store_up = false);
    assert_eq!(desk.down().await, ["store"]);
    desk.applied.send_modify(|applied| applied.store_up = true);
    let store = desk.store.send_replace(None);
    assert_eq!(desk.down().await, ["store"]);
    desk.store.send_replace(store);

    assert_eq!(desk.get("/healthz").await.status, 200);
    assert_eq!(desk.down().await, [""; 0]);
    desk.stop().await;
}

#[tokio::test]
async fn a_fold_far_behind_is_not_ready_and_says_how_far() {
    let desk = Desk::open().await;
    let head = desk.append(3).await;
    desk.applied.send_modify(|applied| applied.seq = Seq(head.0 - 2));
    desk.clock_moves(59_000);
    assert_eq!(desk.down().await, [""; 0]);
    desk.clock_moves(2_000);
    assert_eq!(desk.down().await, ["fold"]);
    let body: Value = serde_json::from_str(&desk.get("/readyz").await.body).unwrap();
    assert_eq!((&body["fold"]["lag_inputs"], &body["fold"]["lag_s"]), (&2.into(), &61.0.into()));
    // Behind in time only, since nothing happened: that is no lag.
    desk.applied.send_modify(|applied| applied.seq = head);
    assert_eq!(desk.down().await, [""; 0]);
    desk.stop().await;
}

#[tokio::test]
async fn before_the_first_fold_a_lag_has_no_length() {
    let desk = Desk::open().await;
    desk.append(1).await;
    desk.applied.send_modify(|applied| applied.at = Timestamp::default());
    assert_eq!(desk.down().await, ["fold"]);
    let body: Value = serde_json::from_str(&desk.get("/readyz").await.body).unwrap();
    assert_eq!((&body["fold"]["lag_inputs"], &body["fold"]["lag_s"]), (&1.into(), &Value::Null));
    desk.stop().await;
}

#[tokio::test]
async fn a_path_or_method_that_does_not_exist_is_a_problem_in_json() {
    let desk = Desk::open().await;
    for (method, path, status, code) in [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api/v1/positions", 401, "unauthenticated"),
        ("GET", "/../etc/passwd", 404, "not_found"),
        ("POST", "/healthz", 405, "method_not_allowed"),
        ("DELETE", "/metrics", 405, "method_not_allowed"),
    ] {
        let answer = desk.ask(method, path, "").await;
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{method} {path}");
        let problem: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(
            (answer.status, &problem["status"], &problem["code"]),
            (status, &status.into(), &code.into())
        );
    }
    let large = desk.ask("GET", "/healthz", "content-length: 5000000\r\n").await;
    assert_eq!(large.status, 413);
    desk.stop().await;
}

#[tokio::test]
async fn every_answer_keeps_a_browser_from_guessing_framing_and_loading_from_elsewhere() {
    let desk = Desk::open().await;
    for path in ["/", "/vehicles/B1", "/favicon.svg", "/healthz", "/readyz", "/metrics", "/nothing"] {
        let answer = desk.ask("GET", path, "origin: https://elsewhere.example\r\n").await;
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
        assert!(answer.headers["content-security-policy"].starts_with("default-src 'none'"), "{path}");
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{path}");
    }
    desk.stop().await;
}

#[tokio::test]
async fn every_screen_is_the_one_page_which_loads_nothing_from_elsewhere() {
    let desk = Desk::open().await;
    let page = desk.get("/").await;
    assert_eq!((page.status, page.headers["content-type"].as_str()), (200, "text/html; charset=utf-8"));
    assert_eq!(page.headers["cache-control"], "no-store");
    assert!(!page.body.contains("://"), "{}", page.body);
    for screen in ["/map", "/vehicles", "/vehicles/B1", "/log", "/login", "/welcome", "/invite"] {
        assert_eq!(desk.get(screen).await.body, page.body, "{screen}");
    }
    let links = ["href=\"", "src=\""]
        .map(|name| page.body.split(name).skip(1).map(|rest| rest.split('"').next().unwrap()));
    for link in links.into_iter().flatten() {
        let answer = desk.get(link).await;
        // A text that is larger is compressed only for those who can read it; this client says that it cannot.
        assert_eq!((answer.status, answer.headers.get("content-encoding")), (200, None), "{link}");
        let for_ever = answer.headers["cache-control"].contains("immutable");
        assert_eq!(for_ever, link.starts_with("/assets/"), "{link}");
    }
    assert_eq!(desk.get("/assets/nothing.js").await.status, 404);
    desk.stop().await;
}

#[tokio::test]
async fn an_empty_address_answers_nobody_and_still_stops() {
    let desk = Desk::open_at("").await;
    assert_eq!(desk.address, None);
    desk.stop().await;
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let desk = Desk::open().await;
    let address = desk.address.unwrap().to_string();
    let refusal = desk.bind(&address).await.err().unwrap().to_string();
    assert!(refusal.contains(&address), "{refusal}");
    desk.stop().await;
}

#[tokio::test]
async fn a_stop_does_not_wait_for_idle_connections() {
    let desk = Desk::open().await;
    let _idle = tokio::net::TcpStream::connect(desk.address.unwrap()).await.unwrap();
    assert_eq!(desk.get("/healthz").await.status, 200);
    desk.stop().await;
}
