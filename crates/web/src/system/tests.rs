//! The server, the rules and the places as people see and set them.

use crate::testing::town::{NORTHERN, SECOND_MS, TERMINAL, Town, plain};
use crate::testing::{NOW, Office};
use model::input::Input;
use model::staff::Role;
use model::{Alarm, Event, Position, Timestamp};
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
    assert_eq!(system["coverage_from"], json!(NOW), "the town is an hour old");
    // Its last two ticks are a second too far apart.
    assert_eq!(system["gaps"], json!([gap(at(3_540), at(3_601), "not_listening")]));
    assert_eq!(system["coverage"], json!([heard(NOW, at(3_540)), heard(at(3_601), at(3_601))]));
    let auditor = office.person(Role::Auditor).await;
    assert_eq!(office.get(&auditor, "/system").await.code().0, 403);
    let wall = office.get(&auditor, "/wall").await.json();
    assert!(wall["open"].is_i64() && wall["p1_unacked"].is_i64() && wall["online"].is_u64(), "{wall}");
    office.close().await;
}

#[tokio::test]
async fn of_each_notice_it_is_told_how_far_it_is() {
    let office = Office::open().await;
    let _town = town_with_an_alert(&office).await;
    let ops = office.person(Role::Ops).await;
    let told = office.get(&ops, "/deliveries").await.json();
    let all = told["data"].as_array().unwrap().clone();
    assert!(!all.is_empty() && told["next_cursor"].is_null(), "{told}");
    assert!(
        all.iter().all(|one| one["state"] == "pending" && one["attempts"] == 0),
        "nothing delivers here: {told}"
    );

    // Page by page, and of one alert.
    let (mut paged, mut next) = (Vec::new(), "/deliveries?limit=1".to_owned());
    loop {
        let page = office.get(&ops, &next).await.json();
        paged.extend(page["data"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        next = format!("/deliveries?limit=1&cursor={cursor}");
    }
    assert_eq!(paged, all);
    let about = all[0]["subject"].as_str().unwrap().to_owned();
    let of_one = office.get(&ops, &format!("/deliveries?alert={about}")).await.json();
    assert!(of_one["data"].as_array().unwrap().iter().all(|one| one["subject"] == *about), "{of_one}");
    assert_eq!(office.get(&ops, "/deliveries?state=dead").await.json()["data"], json!([]));
    let both = office.get(&ops, "/deliveries?alert=none&state=dead").await;
    assert_eq!(both.code(), (422, "invalid".into()));
    // Who sees some lenders reads of their alerts only.
    let theirs = office.person_for(Role::Ops, Some(&["main"])).await;
    let others = office.person_for(Role::Ops, Some(&["north"])).await;
    let of_one = format!("/deliveries?alert={about}");
    assert_eq!(office.get(&theirs, "/deliveries").await.code(), (403, "forbidden".into()));
    assert_eq!(office.get(&theirs, &of_one).await.status, 200);
    assert_eq!(office.get(&others, &of_one).await.code(), (404, "not_found".into()));
    assert_eq!(office.get(&ops, "/deliveries?state=lost").await.code(), (422, "invalid".into()));
    assert_eq!(
        office.get(&ops, "/deliveries?sate=dead").await.code(),
        (422, "invalid".into()),
        "a misspelt filter"
    );
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

#[tokio::test]
async fn vehicles_are_counted_on_which_a_device_was_never_heard() {
    let office = Office::open().await;
    let mut town = Town::build(&office).await;
    let ops = office.person(Role::Ops).await;
    let unheard = async || {
        office.settle().await;
        office.get(&ops, "/system").await.json()["unheard_vehicles"].as_i64().unwrap()
    };
    assert_eq!(unheard().await, 0);
    let (one, another) = ("868120240000015", "868120240000023");
    for entered in [one, another] {
        town.bind(entered, NORTHERN).await;
    }
    assert_eq!(unheard().await, 1, "two devices on one vehicle");
    for (entered, left) in [(one, 1), (another, 0)] {
        town.heard(entered, vec![Event::Position(Box::new(plain(town.now(), 0, 0)))]).await;
        assert_eq!(unheard().await, left);
    }
    office.close().await;
}

/// So many seconds after the office opened.
fn at(second: i64) -> Timestamp {
    NOW.plus(second * SECOND_MS)
}

fn heard(from: Timestamp, to: Timestamp) -> Value {
    json!({ "from": from, "to": to })
}

fn gap(from: Timestamp, to: Timestamp, reason: &str) -> Value {
    json!({ "from": from, "to": to, "reason": reason })
}

/// The server listens from now on for so long: a tick each ten seconds.
async fn listens(office: &Office, seconds: i64) {
    let town = Town::goes_on(office);
    town.tick().await;
    for _ in 0..seconds / 10 {
        office.clock_moves(10 * SECOND_MS);
        town.tick().await;
    }
}

async fn starts(office: &Office) {
    let start = Input::RunStart { build: "town".into(), rules_version: rules::RULES_VERSION };
    Town::goes_on(office).say(start).await;
}

/// When the server says that it listened, and when not.
async fn listening(office: &Office) -> [Value; 3] {
    office.settle().await;
    let ops = office.person(Role::Ops).await;
    let mut system = office.get(&ops, "/system").await.json();
    ["coverage_from", "coverage", "gaps"].map(|field| system[field].take())
}

#[tokio::test]
async fn when_nobody_listened_is_told_with_why_and_nothing_of_before_there_was_a_server() {
    let office = Office::open().await;
    assert_eq!(listening(&office).await, [json!(NOW), json!([]), json!([])], "it never listened");
    office.clock_moves(20 * SECOND_MS);
    starts(&office).await;
    office.clock_moves(10 * SECOND_MS);
    listens(&office, 100).await;
    // For want of room it takes nothing; then the process stands still, without a tick.
    office.clock_moves(10 * SECOND_MS);
    Town::goes_on(&office).say(Input::Tick { listening: false }).await;
    office.clock_moves(10 * SECOND_MS);
    listens(&office, 50).await;
    office.clock_moves(300 * SECOND_MS);
    listens(&office, 20).await;
    // It is down for an hour.
    Town::goes_on(&office).say(Input::RunStop).await;
    office.clock_moves(3_600 * SECOND_MS);
    starts(&office).await;
    listens(&office, 30).await;
    let mut gaps = vec![
        gap(at(130), at(150), "not_listening"),
        gap(at(200), at(500), "not_listening"),
        gap(at(520), at(4_120), "restart"),
    ];
    let intervals = [(30, 130), (150, 200), (500, 520), (4_120, 4_150)];
    let intervals: Vec<Value> = intervals.iter().map(|(from, to)| heard(at(*from), at(*to))).collect();
    assert_eq!(listening(&office).await, [json!(at(30)), json!(intervals), json!(gaps)]);

    office.clock_moves(40 * SECOND_MS);
    gaps.push(gap(at(4_150), at(4_190), "now"));
    assert_eq!(listening(&office).await, [json!(at(30)), json!(intervals), json!(gaps)]);
    office.close().await;
}

#[tokio::test]
async fn a_gap_of_more_than_a_week_is_no_time_before_there_was_a_server() {
    let office = Office::open().await;
    starts(&office).await;
    listens(&office, 100).await;
    office.clock_moves(8 * DAY_S * SECOND_MS);
    let week_ago = || office.now().plus(-7 * DAY_S * SECOND_MS);
    let still = json!([gap(week_ago(), office.now(), "now")]);
    assert_eq!(listening(&office).await, [json!(week_ago()), json!([]), still]);
    starts(&office).await;
    let back = office.now();
    listens(&office, 20).await;
    let (heard, over) = (json!([heard(back, office.now())]), json!([gap(week_ago(), back, "restart")]));
    assert_eq!(listening(&office).await, [json!(week_ago()), heard, over]);
    office.close().await;
}

/// A device says that it was removed, and an alert is raised of it.
async fn town_with_an_alert(office: &Office) -> Town<'_> {
    let mut town = Town::build(office).await;
    office.clock_moves(60 * SECOND_MS);
    let alarms = [Alarm::Removed].into_iter().collect();
    let removed = Position { alarms, ..plain(town.now(), 8_850, 0) };
    town.heard(TERMINAL, vec![Event::Position(Box::new(removed))]).await;
    town.tick().await;
    office.settle().await;
    town
}

/// The stage of delivery, and what is said of the outbox.
async fn delivery(office: &Office) -> (Value, Value) {
    let ops = office.person(Role::Ops).await;
    let mut system = office.get(&ops, "/system").await.json();
    let stages = system["stages"].as_array().unwrap();
    let stage = stages.iter().find(|stage| stage["name"] == "outbox").unwrap().clone();
    (stage, system["outbox"].take())
}

#[tokio::test]
async fn what_waits_for_a_receiver_that_is_down_is_a_failure_and_without_any_it_is_none() {
    let office = Office::open().await;
    let _town = town_with_an_alert(&office).await;
    let (stage, outbox) = delivery(&office).await;
    assert_eq!((stage["ok"].as_bool(), outbox["receiver"].as_bool()), (Some(true), Some(true)), "{stage}");
    let waiting = outbox["pending"].as_i64().unwrap();
    assert!(waiting > 0, "{outbox}");

    office.clock_moves(3_600 * SECOND_MS);
    let (stage, _) = delivery(&office).await;
    let detail = format!("{waiting} pending, 0 failed");
    assert_eq!((stage["ok"].as_bool(), stage["detail"].as_str()), (Some(false), Some(detail.as_str())));
    assert!(stage["lag_s"].as_f64().is_some_and(|lag_s| lag_s >= 3_600.0), "{stage}");

    let office = office.without_receiver();
    let (stage, outbox) = delivery(&office).await;
    let detail = format!("no receiver is configured, {waiting} wait");
    let expected = json!({ "name": "outbox", "ok": true, "lag_s": null, "detail": detail });
    assert_eq!((stage, outbox["receiver"].as_bool()), (expected, Some(false)));
    let me = office.get(&office.person(Role::Collector).await, "/me").await.json();
    assert_eq!(me["server"]["receiver"], false, "{me}");
    office.close().await;
}

const DAY_S: i64 = 24 * 3_600;

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
