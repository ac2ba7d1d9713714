//! The server, the rules and the places as people see and set them.

use crate::testing::Office;
use crate::testing::town::Town;
use model::staff::Role;
use serde_json::{Value, json};

#[tokio::test]
async fn the_server_says_how_it_is_and_the_wall_three_numbers() {
    let office = Office::open().await;
    let _town = Town::build(&office).await;
    let ops = office.person(Role::Ops).await;
    let system = office.get(&ops, "/system").await.json();
    let stages: Vec<&str> =
        system["stages"].as_array().unwrap().iter().map(|stage| stage["name"].as_str().unwrap()).collect();
    assert_eq!(stages, ["listeners", "ingest", "journal", "fold", "store", "outbox"]);
    let books = system["books"].as_array().unwrap();
    assert_eq!((books.len(), books[0]["stale"].as_bool()), (2, Some(false)), "{system}");
    assert!(!system["coverage"].as_array().unwrap().is_empty(), "{system}");
    assert!(system["gaps"].is_array(), "{system}");
    let auditor = office.person(Role::Auditor).await;
    assert_eq!(office.get(&auditor, "/system").await.code().0, 403);
    let wall = office.get(&auditor, "/wall").await.json();
    assert!(wall["open"].is_i64() && wall["p1_unacked"].is_i64() && wall["online"].is_u64(), "{wall}");
    office.close().await;
}

#[tokio::test]
async fn rules_are_put_in_force_by_who_saw_those_that_are() {
    let office = Office::open().await;
    let _town = Town::build(&office).await;
    let admin = office.person(Role::Admin).await;
    let rules = office.get(&admin, "/rules").await;
    let json = rules.json();
    let listed = json["rules"].as_array().unwrap();
    assert_eq!(listed.len(), 35);
    for rule in listed {
        let both = ["zh", "en"]
            .map(|language| rule["sentence"][language].as_str().is_some_and(|text| text.len() > 10));
        assert_eq!(both, [true; 2], "{rule}");
    }
    let text = "[overdue_offline]\nsilent_moving_h = 1\n";
    let checked = office.send(&admin, "POST", "/rules:check", &json!({ "toml": text })).await.json();
    assert_eq!(
        (checked["ok"].as_bool(), checked["changes"][0]["key"].as_str()),
        (Some(true), Some("overdue_offline.silent_moving_h")),
        "{checked}"
    );
    let wrong = office
        .send(&admin, "POST", "/rules:check", &json!({ "toml": "[overdue_offline]\nsilent_moving_h = 0\n" }))
        .await
        .json();
    assert_eq!(wrong["ok"].as_bool(), Some(false), "{wrong}");
    assert!(wrong["errors"][0]["text"]["zh"].is_string(), "{wrong}");

    let body = json!({ "toml": text });
    assert_eq!(
        office.send(&admin, "PUT", "/rules", &body).await.code(),
        (428, "precondition_required".into())
    );
    let seen = admin.clone().with("if-match", rules.header("etag"));
    let put = office.send(&seen, "PUT", "/rules", &body).await;
    assert_eq!(
        (put.status.as_u16(), put.json()["toml"].as_str()),
        (200, Some(text)),
        "{}",
        String::from_utf8_lossy(&put.body)
    );
    assert_eq!(office.send(&seen, "PUT", "/rules", &body).await.code(), (412, "precondition_failed".into()));
    let versions = office.get(&admin, "/rules/versions").await.json();
    assert_eq!(
        (versions["data"][0]["actor"].as_str(), versions["data"][0]["toml"].as_str()),
        (Some("admin0"), Some(text)),
        "{versions}"
    );
    office.close().await;
}

fn feature(scope: Option<&str>) -> Value {
    json!({
        "type": "Feature",
        "geometry": { "type": "Point", "coordinates": [114.0579, 22.5431] },
        "properties": { "name": "二押点", "kind": "black_point", "radius_m": 150, "scope": scope },
    })
}

#[tokio::test]
async fn places_are_set_one_by_one_and_by_file() {
    let office = Office::open().await;
    let _town = Town::build(&office).await;
    let admin = office.person(Role::Admin).await;
    let empty = office.get(&admin, "/places").await;
    let put = office.send(&admin, "PUT", "/places/p-1", &feature(None)).await;
    assert_eq!(put.status, 200, "{}", String::from_utf8_lossy(&put.body));
    assert_ne!(put.header("etag"), empty.header("etag"));
    let stale = admin.clone().with("if-match", empty.header("etag"));
    assert_eq!(
        office.send(&stale, "PUT", "/places/p-1", &feature(None)).await.code(),
        (412, "precondition_failed".into())
    );
    let listed = office.get(&admin, "/places").await.json();
    let properties = &listed["features"][0]["properties"];
    assert_eq!(
        (properties["origin"].as_str(), properties["confirmed_by"].as_str()),
        (Some("drawn"), Some("admin0")),
        "{listed}"
    );

    // A place of one vehicle is shown for a purpose, and that is written down.
    let of_one = office.send(&admin, "PUT", "/places/p-2", &feature(Some("vehicle:粤B10001"))).await;
    assert_eq!(of_one.status, 200, "{}", String::from_utf8_lossy(&of_one.body));
    let count = |listed: &Value| listed["features"].as_array().unwrap().len();
    assert_eq!(count(&office.get(&admin, "/places").await.json()), 1);
    let before = office.audit().await.len();
    let asks = admin.clone().with("x-purpose", "collect");
    assert_eq!(count(&office.get(&asks, "/places").await.json()), 2);
    assert_eq!(office.audit().await.len(), before + 1);

    let file = json!({ "type": "FeatureCollection", "features": [feature(None)] });
    let query = "/places:import?name=points.geojson&id_from=name";
    let tried = office.send(&admin, "POST", &format!("{query}&dry_run=true"), &file).await.json();
    assert_eq!((tried["read"].as_u64(), tried["applied"].as_bool()), (Some(1), Some(false)), "{tried}");
    let applied = office.send(&admin, "POST", query, &file).await.json();
    assert_eq!(applied["applied"].as_bool(), Some(true), "{applied}");
    assert_eq!(office.send(&admin, "DELETE", "/places/p-1", &Value::Null).await.status, 200);
    assert_eq!(office.send(&admin, "DELETE", "/places/p-1", &Value::Null).await.code().0, 404);
    assert_eq!(office.get(&asks, "/places/candidates").await.status, 200);
    office.close().await;
}
