//! Devices: those that wait, those that are ours, what they are told.

use crate::testing::Office;
use crate::testing::town::{DRIVES, NORTHERN, STRANGER, TERMINAL, Town, plain};
use model::Event;
use model::staff::Role;
use serde_json::{Value, json};

#[tokio::test]
async fn a_stranger_is_rejected_and_approved_after_all() {
    let office = Office::open().await;
    let mut town = Town::build(&office).await;
    let ops = office.person(Role::Ops).await;
    let waiting = office.get(&ops, "/quarantine").await.json();
    let stranger = &waiting["data"][0];
    assert_eq!(
        (stranger["terminal"].as_str(), stranger["frames"].as_u64()),
        (Some(STRANGER), Some(1)),
        "{waiting}"
    );
    assert_eq!(stranger["last_area"], json!({ "lat": 22.5, "lon": 114.1, "km": 10 }), "no nearer than that");

    let reject = format!("/quarantine/{STRANGER}/reject");
    assert_eq!(
        office.send(&ops, "POST", &reject, &json!({ "reason": " " })).await.code(),
        (422, "invalid".into())
    );
    assert_eq!(
        office.send(&ops, "POST", "/quarantine/15/reject", &json!({ "reason": "x" })).await.code().0,
        404
    );
    assert_eq!(office.send(&ops, "POST", &reject, &json!({ "reason": "非本公司设备" })).await.status, 200);
    assert!(office.get(&ops, "/quarantine").await.json()["data"].as_array().unwrap().is_empty());
    let device = office.get(&ops, &format!("/devices/{STRANGER}")).await.json();
    assert_eq!(device["status"].as_str(), Some("rejected"), "{device}");
    // What it goes on to say is dropped.
    let at = town.now();
    town.heard(STRANGER, vec![Event::Position(Box::new(plain(at, 400, 0)))]).await;
    office.settle().await;
    assert!(office.get(&ops, "/quarantine").await.json()["data"].as_array().unwrap().is_empty());

    let approve = format!("/quarantine/{STRANGER}/approve");
    let body = json!({ "vehicle": NORTHERN, "role": "backup" });
    assert_eq!(office.send(&ops, "POST", &approve, &body).await.status, 200);
    let device = office.get(&ops, &format!("/devices/{STRANGER}")).await.json();
    assert_eq!(
        (device["status"].as_str(), device["vehicle"].as_str(), device["role"].as_str()),
        (Some("approved"), Some(NORTHERN), Some("backup"))
    );
    assert_eq!(
        office.send(&ops, "POST", &reject, &json!({ "reason": "late" })).await.code().0,
        409,
        "it is ours"
    );
    let lines = office.audit().await;
    assert!(lines.iter().any(|line| line.contains("reject") && line.contains(STRANGER)), "{lines:?}");
    office.close().await;
}

#[tokio::test]
async fn a_device_goes_from_one_vehicle_to_another() {
    let office = Office::open().await;
    let _town = Town::build(&office).await;
    let ops = office.person(Role::Ops).await;
    let listed = office.get(&ops, "/devices").await.json();
    let listed = listed["data"].as_array().unwrap();
    assert_eq!(listed.len(), 2, "{listed:?}");
    let stranger = listed.iter().find(|row| row["terminal"] == STRANGER).unwrap();
    assert!(
        stranger["last_heard_at"].is_string(),
        "what nobody has approved was heard all the same: {stranger}"
    );
    let stale = office.get(&ops, "/devices?stale_h=1").await.json();
    assert_eq!(stale["data"], json!([]), "both were heard just now");
    assert_eq!(
        office.get(&ops, "/devices?status=quarantined").await.json()["data"][0]["terminal"].as_str(),
        Some(STRANGER)
    );
    assert_eq!(
        office.get(&ops, "/devices?q=B10001").await.json()["data"][0]["terminal"].as_str(),
        Some(TERMINAL)
    );
    assert_eq!(office.get(&ops, "/devices?status=gone").await.code().0, 422);
    let detail = office.get(&ops, &format!("/devices/{TERMINAL}")).await.json();
    assert!(detail["models"].as_array().is_some_and(|models| !models.is_empty()), "{detail}");
    assert!(detail["counters"]["stored"].as_u64().is_some_and(|stored| stored > 100), "{detail}");

    let (bind, unbind) = (format!("/devices/{TERMINAL}/bind"), format!("/devices/{TERMINAL}/unbind"));
    let off = office.send(&ops, "POST", &unbind, &Value::Null).await;
    assert_eq!(
        (off.status.as_u16(), off.json()["vehicle"].is_null()),
        (200, true),
        "{}",
        String::from_utf8_lossy(&off.body)
    );
    assert_eq!(office.send(&ops, "POST", &unbind, &Value::Null).await.code(), (409, "conflict".into()));
    office.clock_moves(1_000);
    let on = office.send(&ops, "POST", &bind, &json!({ "vehicle": NORTHERN })).await.json();
    assert_eq!(on["vehicle"].as_str(), Some(NORTHERN), "{on}");
    assert_eq!(on["bindings"].as_array().unwrap().len(), 2, "{on}");
    let profile = format!("/devices/{TERMINAL}/profile");
    let set = office.send(&ops, "PUT", &profile, &json!({ "timezone": "+08:00" })).await.json();
    assert_eq!(set["profile"]["timezone"].as_str(), Some("+08:00"), "{set}");
    let saw = office.get(&ops, &format!("/devices/{TERMINAL}")).await.header("etag").to_owned();
    let seeing = ops.clone().with("if-match", &saw);
    assert_eq!(office.send(&seeing, "PUT", &profile, &json!({ "timezone": "+07:00" })).await.status, 200);
    let late = office.send(&seeing, "PUT", &profile, &json!({})).await;
    assert_eq!(late.code(), (412, "precondition_failed".into()), "somebody else was first");
    assert_eq!(office.send(&ops, "PUT", &profile, &json!({ "model": "none-such" })).await.code().0, 422);
    let collector = office.person(Role::Collector).await;
    assert_eq!(office.send(&collector, "POST", &bind, &json!({ "vehicle": DRIVES })).await.code().0, 403);
    let word = office.send(&ops, "POST", "/devices/abc/bind", &json!({ "vehicle": NORTHERN })).await;
    assert_eq!(word.code(), (422, "invalid".into()), "no terminal will ever be heard under that");
    office.close().await;
}

#[tokio::test]
async fn a_command_is_asked_for_and_taken_back() {
    let office = Office::open().await;
    let _town = Town::build(&office).await;
    let ops = office.person(Role::Ops).await;
    let order = json!({ "terminal": TERMINAL, "command": { "kind": "locate" } });
    let sent = office.send(&ops, "POST", "/commands", &order).await;
    assert!(sent.status.is_success(), "{}", String::from_utf8_lossy(&sent.body));
    let listed = office.get(&ops, &format!("/commands?terminal={TERMINAL}")).await.json();
    let row = &listed["data"][0];
    assert_eq!(
        (row["command"]["kind"].as_str(), row["state"].as_str()),
        (Some("locate"), Some("pending")),
        "{listed}"
    );
    let of_it = format!("/commands/{}", row["id"].as_str().unwrap());
    assert_eq!(&office.get(&ops, &of_it).await.json(), row);
    assert_eq!(office.get(&ops, "/commands/none").await.code(), (404, "not_found".into()));
    let cancel = format!("{of_it}/cancel");
    assert_eq!(office.send(&ops, "POST", &cancel, &Value::Null).await.status, 200);
    let listed = office.get(&ops, "/commands").await.json();
    assert_eq!(listed["data"][0]["state"].as_str(), Some("cancelled"), "{listed}");
    let cut = json!({ "terminal": TERMINAL, "command": { "kind": "cut_engine" } });
    assert_eq!(office.send(&ops, "POST", "/commands", &cut).await.code().0, 422, "there is no such thing");
    office.close().await;
}
