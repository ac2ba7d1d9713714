//! The inbox as people work it: who sees what in which tab, what is done about it, and what an alert rests on.

use crate::testing::town::{DRIVES, NORTHERN, STRANGER, TERMINAL, Town, loan, plain, vehicle};
use crate::testing::{Office, Person};
use model::staff::Role;
use model::{Alarm, Event, Loan, Position};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A town in which a device is taken off a car of each lender: of `main` overdue, of `north` not.
async fn town(office: &Office) -> Town<'_> {
    let mut town = Town::build(office).await;
    town.bind(STRANGER, NORTHERN).await;
    // What a device says twice of the same moment counts once.
    office.clock_moves(60_000);
    for terminal in [TERMINAL, STRANGER] {
        let alarms = [Alarm::Removed].into_iter().collect();
        let position = Position { alarms, ..plain(town.now(), 8_850, 0) };
        town.heard(terminal, vec![Event::Position(Box::new(position))]).await;
    }
    town.tick().await;
    office.settle().await;
    town
}

async fn rows(office: &Office, who: &Person, query: &str) -> Vec<Value> {
    let answer = office.get(who, &format!("/alerts{query}")).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()["data"].as_array().unwrap().clone()
}

/// The alert of the device that was taken off, of the vehicle.
async fn removed(office: &Office, who: &Person, vehicle: &str) -> Value {
    let rows = rows(office, who, "?rule=TAMPER_LIGHT").await;
    rows.into_iter().find(|row| row["vehicle"]["id"] == vehicle).unwrap()
}

fn address(row: &Value, verb: &str) -> String {
    format!("/alerts/{}{verb}", row["id"].as_str().unwrap())
}

fn version(row: &Value) -> String {
    format!("\"{}\"", row["version"])
}

#[tokio::test]
async fn a_car_is_called_by_its_plate_and_its_alert_tells_the_time_of_its_loans_zone() {
    let office = Office::open().await;
    let mut town = Town::build(&office).await;
    let western = Loan {
        plate: Some(vehicle("新A10009")),
        time_zone: "Asia/Urumqi".into(),
        ..loan("W1", "west", "LSVAA4187E2184847", Some(20))
    };
    town.book("west", vec![western]).await;
    town.bind(STRANGER, "新A10009").await;
    office.clock_moves(60_000);
    let alarms = [Alarm::Removed].into_iter().collect();
    let position = Position { alarms, ..plain(town.now(), 8_850, 0) };
    town.heard(STRANGER, vec![Event::Position(Box::new(position))]).await;
    town.tick().await;
    office.settle().await;
    let admin = office.person(Role::Admin).await;
    let alert = removed(&office, &admin, "LSVAA4187E2184847").await;
    assert_eq!((&alert["about"]["label"], &alert["time_zone"]), (&"新A10009".into(), &"Asia/Urumqi".into()));
    office.close().await;
}

#[tokio::test]
async fn each_sees_the_alerts_of_their_lenders_and_of_the_money_what_they_may() {
    let office = Office::open().await;
    let _town = town(&office).await;
    let admin = office.person(Role::Admin).await;
    let all = rows(&office, &admin, "?rule=TAMPER_LIGHT").await;
    let severities: Vec<&str> = all.iter().map(|row| row["severity"].as_str().unwrap()).collect();
    assert_eq!(severities, ["P1", "P2"], "{all:?}");
    let first = &all[0];
    assert_eq!((first["vehicle"]["plate"].as_str(), first["contract"].as_str()), (Some(DRIVES), Some("C1")));
    assert_eq!(
        (first["days_past_due"].as_u64(), first["principal_outstanding"].as_i64()),
        (Some(20), Some(5_000_000))
    );
    assert!(first["text"]["zh"].as_str().unwrap().contains('设'), "{first}");
    assert_eq!(first["time_zone"], "Asia/Shanghai");
    // One page after the other, the same.
    let page = office.get(&admin, "/alerts?rule=TAMPER_LIGHT&limit=1").await.json();
    let cursor = page["next_cursor"].as_str().unwrap();
    let second = rows(&office, &admin, &format!("?rule=TAMPER_LIGHT&limit=1&cursor={cursor}")).await;
    assert_eq!((&page["data"][0], &second[0]), (&all[0], &all[1]));

    let main = office.person_for(Role::Collector, Some(&["main"])).await;
    let seen = rows(&office, &main, "").await;
    assert!(!seen.is_empty() && seen.iter().all(|row| row["lender"] == "main"), "{seen:?}");
    for verb in ["", "/evidence?purpose=collect"] {
        assert_eq!(
            office.get(&main, &address(&all[1], verb)).await.code(),
            (404, "not_found".into()),
            "{verb}"
        );
    }
    let taken = office.send(&main, "POST", &address(&all[1], "/ack"), &json!({})).await;
    assert_eq!(taken.code(), (404, "not_found".into()));

    let auditor = office.person(Role::Auditor).await;
    let masked = rows(&office, &auditor, "?rule=TAMPER_LIGHT").await;
    assert!(masked[0]["vehicle"]["plate"].as_str().unwrap().contains("**"), "{}", masked[0]);
    assert!(!masked[0].to_string().contains(DRIVES), "{}", masked[0]);
    assert_eq!((&masked[0]["contract"], &masked[0]["principal_outstanding"]), (&Value::Null, &Value::Null));
    assert_eq!(office.get(&auditor, "/alerts?q=B10001").await.code(), (422, "invalid".into()));
    for wrong in ["?tab=all", "?severity=P9", "?rule=NONE", "?cursor=%21"] {
        assert_eq!(
            office.get(&admin, &format!("/alerts{wrong}")).await.code(),
            (422, "invalid".into()),
            "{wrong}"
        );
    }
    office.close().await;
}

#[tokio::test]
async fn an_alert_goes_through_the_tabs_as_it_is_worked() {
    let office = Office::open().await;
    let _town = town(&office).await;
    let li = office.person_for(Role::Collector, Some(&["main"])).await;
    let row = removed(&office, &li, DRIVES).await;
    let is_in = async |tab: &str| {
        let rows = rows(&office, &li, &format!("?tab={tab}")).await;
        rows.iter().any(|listed| listed["id"] == row["id"])
    };
    let tabs = async || {
        let mut found = Vec::new();
        for tab in ["open", "mine", "unassigned", "snoozed", "verdict", "closed"] {
            if is_in(tab).await {
                found.push(tab);
            }
        }
        found
    };
    assert_eq!(tabs().await, ["open", "unassigned"]);
    let counts = office.get(&li, "/alerts/counts").await.json();
    assert_eq!((counts["p1_unacked"].as_i64(), counts["mine"].as_i64()), (Some(1), Some(0)), "{counts}");
    assert_eq!(counts["quiet"]["vehicles"].as_i64(), Some(2), "{counts}");

    // Of a version that is no longer there nothing is done.
    let stale = li.clone().with("if-match", "\"99\"");
    assert_eq!(
        office.send(&stale, "POST", &address(&row, "/ack"), &json!({})).await.code(),
        (412, "precondition_failed".into())
    );
    let fresh = li.clone().with("if-match", &version(&row));
    let acked = office.send(&fresh, "POST", &address(&row, "/ack"), &json!({"note": "calling"})).await;
    assert_eq!(acked.status, 200, "{}", acked.json());
    let acked = acked.json();
    assert_eq!(
        (acked["state"].as_str(), acked["owner"]["id"].is_string()),
        (Some("acknowledged"), true),
        "{acked}"
    );
    assert_eq!(tabs().await, ["open", "mine"]);
    assert_eq!(office.get(&li, "/alerts/counts").await.json()["p1_unacked"].as_i64(), Some(0));

    let until = office.now().plus(3_600_000);
    let snooze = json!({"until": until});
    assert_eq!(
        office.send(&li, "POST", &address(&row, "/snooze"), &snooze).await.code(),
        (422, "invalid".into())
    );
    let snooze = json!({"until": until, "reason": "court at ten"});
    let away = office.send(&li, "POST", &address(&row, "/snooze"), &snooze).await.json();
    assert!(away["snoozed_until"].is_string(), "{away}");
    assert_eq!(tabs().await, ["snoozed"]);
    // It comes back when its time is up, without anything being done.
    office.clock_moves(3_600_001);
    assert_eq!(tabs().await, ["open", "mine"]);
    assert_eq!(removed(&office, &li, DRIVES).await["snoozed_until"], Value::Null);

    let close = json!({"reason": "condition_over"});
    assert_eq!(
        office.send(&li, "POST", &address(&row, "/close"), &close).await.code(),
        (422, "invalid".into())
    );
    let close = json!({"reason": "confirmed", "note": "found at the shop"});
    let closed = office.send(&li, "POST", &address(&row, "/close"), &close).await.json();
    assert_eq!(
        (closed["state"].as_str(), closed["reason"].as_str()),
        (Some("closed"), Some("confirmed")),
        "{closed}"
    );
    assert_eq!(tabs().await, ["closed"]);
    let late = office.send(&li, "POST", &address(&row, "/ack"), &json!({})).await;
    assert_eq!(late.code(), (409, "conflict".into()));
    let detail = office.get(&li, &address(&row, "")).await.json();
    let actions: Vec<&str> =
        detail["history"].as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["opened", "acknowledged", "snoozed", "closed", "seen"], "{detail}");
    office.close().await;
}

#[tokio::test]
async fn the_same_request_twice_is_one_deed() {
    let office = Office::open().await;
    let _town = town(&office).await;
    let li = office.person(Role::Supervisor).await;
    let row = removed(&office, &li, DRIVES).await;
    let once = li.clone().with("idempotency-key", "0b7d3a9e-0001").with("if-match", &version(&row));
    let first =
        office.send(&once, "POST", &address(&row, "/note"), &json!({"note": "seen at the gate"})).await;
    let second =
        office.send(&once, "POST", &address(&row, "/note"), &json!({"note": "seen at the gate"})).await;
    assert_eq!((first.status, first.json()), (second.status, second.json()));
    assert_eq!(removed(&office, &li, DRIVES).await["notes"].as_i64(), Some(1));
    office.close().await;
}

#[tokio::test]
async fn an_alert_is_given_to_who_works_them_and_sees_it() {
    let office = Office::open().await;
    let _town = town(&office).await;
    let chief = office.person(Role::Supervisor).await;
    let main = office.person_for(Role::Collector, Some(&["main"])).await;
    let north = office.person_for(Role::Collector, Some(&["north"])).await;
    let auditor = office.person(Role::Auditor).await;
    let row = removed(&office, &chief, DRIVES).await;
    let id = |who: &Person| who.id.clone().unwrap().0;
    let assign = async |by: &Person, to: Option<String>| {
        office.send(by, "POST", &address(&row, "/assign"), &json!({"user": to})).await
    };
    for nobody in [Some("u_99".to_owned()), Some(id(&auditor)), Some(id(&north))] {
        assert_eq!(assign(&chief, nobody.clone()).await.code(), (422, "invalid".into()), "{nobody:?}");
    }
    // To give one to others is for supervisors; to take it oneself is not.
    assert_eq!(assign(&main, Some(id(&chief))).await.code(), (403, "forbidden".into()));
    let mine = assign(&main, Some(id(&main))).await.json();
    assert_eq!(mine["owner"]["id"].as_str(), Some(id(&main).as_str()), "{mine}");
    let given = assign(&chief, Some(id(&chief))).await.json();
    assert_eq!(given["owner"]["id"].as_str(), Some(id(&chief).as_str()), "{given}");
    assert_eq!(assign(&main, None).await.code(), (403, "forbidden".into()));
    assert_eq!(assign(&chief, None).await.json()["owner"], Value::Null);
    office.close().await;
}

#[tokio::test]
async fn of_many_at_once_each_has_an_outcome_of_its_own() {
    let office = Office::open().await;
    let _town = town(&office).await;
    let chief = office.person_for(Role::Supervisor, Some(&["main"])).await;
    let admin = office.person(Role::Admin).await;
    let (mine, theirs) = (removed(&office, &chief, DRIVES).await, removed(&office, &admin, NORTHERN).await);
    let wish = json!({"ids": [mine["id"], theirs["id"], "nothing"], "action": "ack", "note": "round"});
    let results = office.send(&chief, "POST", "/alerts:bulk", &wish).await.json();
    let statuses: Vec<u64> = results["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["status"].as_u64().unwrap())
        .collect();
    assert_eq!(statuses, [200, 404, 404], "{results}");
    assert_eq!(removed(&office, &admin, NORTHERN).await["state"], "open");
    let again = office.send(&chief, "POST", "/alerts:bulk", &wish).await.json();
    assert_eq!(again["results"][0]["code"].as_str(), Some("conflict"), "{again}");
    for wrong in [json!({"ids": [], "action": "ack"}), json!({"ids": ["a"], "action": "burn"})] {
        assert_eq!(office.send(&chief, "POST", "/alerts:bulk", &wrong).await.code(), (422, "invalid".into()));
    }
    office.close().await;
}

#[tokio::test]
async fn where_the_car_was_is_shown_with_a_purpose_only_and_the_evidence_proves_itself() {
    let office = Office::open().await;
    let _town = town(&office).await;
    let li = office.person_for(Role::Collector, Some(&["main"])).await;
    let row = removed(&office, &li, DRIVES).await;
    let before = office.audit().await.len();
    let mute = office.get(&li, &address(&row, "")).await.json();
    assert_eq!((&mute["positions_hidden"], &mute["fixes_used"]), (&json!(true), &Value::Null), "{mute}");
    assert_eq!((mute["loan"]["contract"].as_str(), office.audit().await.len()), (Some("C1"), before));
    assert_eq!(office.get(&li, &address(&row, "/evidence")).await.code(), (403, "purpose_required".into()));

    let asks = li.with("x-purpose", "collect");
    let told = office.get(&asks, &address(&row, "")).await.json();
    assert_eq!(told["positions_hidden"], json!(false), "{told}");
    assert!(told["fixes_used"].is_array(), "{told}");
    let lines = office.audit().await;
    assert_eq!(lines.len(), before + 1, "{lines:?}");
    assert!(
        lines[before].contains(row["id"].as_str().unwrap()) && lines[before].contains(DRIVES),
        "{lines:?}"
    );

    let evidence = office.get(&asks, &address(&row, "/evidence")).await;
    let text = String::from_utf8(evidence.body.clone()).unwrap();
    let (document, hash) = text.strip_prefix("{\"evidence\":").unwrap().split_once(",\"sha256\":").unwrap();
    assert_eq!(hash, format!("\"{}\"}}", hex::encode(Sha256::digest(document))));
    assert_eq!(evidence.json()["evidence"]["alert"]["id"], row["id"]);
    assert_eq!(office.audit().await.len(), before + 2);

    // Whoever may never see it does not, whatever they say.
    let auditor = office.person(Role::Auditor).await.with("x-purpose", "legal");
    let told = office.get(&auditor, &address(&row, "")).await.json();
    assert_eq!((&told["positions_hidden"], &told["loan"]), (&json!(true), &Value::Null), "{told}");
    assert_eq!(office.get(&auditor, &address(&row, "/evidence")).await.code(), (403, "forbidden".into()));
    office.close().await;
}
