//! A rule set tried on a small town's hour: what it finds, one at a time, cancelled, and by whom.

use crate::testing::town::{DRIVES, NORTHERN, STRANGER, TERMINAL, Town, plain};
use crate::testing::{Office, Person};
use model::staff::Role;
use model::{Alarm, Event, Position};
use serde_json::{Value, json};

/// Tells of nobody who leaves and owes for less than ten years.
const PATIENT: &str = "[overdue_moved]\ndpd_min = 3660\ndpd_min_repeat = 3660\n";

const DAY_MS: i64 = 86_400_000;

/// A town in which a device is taken off a car of each lender, and the one that is overdue leaves.
async fn town(office: &Office) -> Town<'_> {
    let mut town = Town::build(office).await;
    town.bind(STRANGER, NORTHERN).await;
    office.clock_moves(60_000);
    for terminal in [TERMINAL, STRANGER] {
        let alarms = [Alarm::Removed].into_iter().collect();
        let position = Position { alarms, ..plain(town.now(), 8_850, 0) };
        town.heard(terminal, vec![Event::Position(Box::new(position))]).await;
    }
    for step in 1..=40 {
        office.clock_moves(10_000);
        town.tick().await;
        let position = plain(town.now(), 8_850 + step * 150, 54);
        town.heard(TERMINAL, vec![Event::Position(Box::new(position))]).await;
    }
    town.tick().await;
    office.settle().await;
    town
}

/// The last week, by a text or by the set in force.
fn week(office: &Office, toml: Option<&str>) -> Value {
    let (from, to) = (office.now().plus(-7 * DAY_MS), office.now().plus(1));
    json!({"toml": toml, "from": from, "to": to})
}

async fn begun(office: &Office, who: &Person, toml: Option<&str>) -> String {
    let answer = office.send(who, "POST", "/rules:backtest", &week(office, toml)).await;
    assert_eq!(answer.status, 202, "{}", answer.json());
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// The back-test, once its thread has ended.
async fn ended(office: &Office, who: &Person, id: &str) -> Value {
    assert!(office.desk.bench.find(id).unwrap().ended().await);
    office.get(who, &format!("/rules/backtests/{id}")).await.json()
}

fn rule<'a>(told: &'a Value, code: &str) -> &'a Value {
    let rules = told["result"]["rules"].as_array().unwrap();
    rules.iter().find(|rule| rule["code"] == code).unwrap_or(&Value::Null)
}

#[tokio::test]
async fn the_set_in_force_raises_again_what_it_raised_live() {
    let office = Office::open().await;
    let _town = town(&office).await;
    let admin = office.person(Role::Admin).await;
    let live = office.get(&admin, "/alerts?tab=open").await.json()["data"].as_array().unwrap().clone();
    let id = begun(&office, &admin, None).await;
    let told = ended(&office, &admin, &id).await;
    assert_eq!((told["state"].as_str(), told["done"].as_f64()), (Some("done"), Some(1.0)), "{told}");
    let rules = told["result"]["rules"].as_array().unwrap();
    let raised: u64 = rules.iter().map(|rule| rule["tried"]["alerts"].as_u64().unwrap()).sum();
    assert!(raised >= 2 && usize::try_from(raised) == Ok(live.len()), "{live:?} {told}");
    let tamper = rule(&told, "TAMPER_LIGHT");
    assert_eq!((&tamper["tried"]["alerts"], &tamper["in_force"]), (&2.into(), &Value::Null), "{told}");
    assert!(told["result"]["differences"].is_null());
    let days = told["result"]["days"].as_array().unwrap();
    assert_eq!(days.iter().map(|day| day["tried"].as_u64().unwrap()).sum::<u64>(), raised, "{told}");
    office.close().await;
}

#[tokio::test]
async fn a_stricter_set_raises_less_and_says_what_is_gone() {
    let office = Office::open().await;
    let _town = town(&office).await;
    let admin = office.person(Role::Admin).await;
    close(&office, &admin, "confirmed").await;
    let id = begun(&office, &admin, Some(PATIENT)).await;
    let told = ended(&office, &admin, &id).await;
    let moved = rule(&told, "OVERDUE_MOVED");
    assert_eq!((&moved["tried"]["alerts"], &moved["in_force"]["alerts"]), (&0.into(), &1.into()), "{told}");
    // Of what staff said to be right the share is told with what chance could have made of one case.
    let in_force = &moved["in_force"];
    assert_eq!((&in_force["precision"], &in_force["precision_n"]), (&1.0.into(), &1.into()), "{told}");
    assert!(in_force["precision_from"].as_f64() < Some(0.3), "{told}");
    let differences = &told["result"]["differences"];
    assert_eq!(
        (&differences["new"], &differences["gone"], &differences["left_out"]),
        (&0.into(), &1.into(), &0.into()),
        "{told}"
    );
    let row = &differences["rows"][0];
    assert_eq!(
        (&row["kind"], &row["rule"], &row["about"]),
        (&"gone".into(), &"OVERDUE_MOVED".into(), &DRIVES.into())
    );
    // The same text as in force is no other set.
    let same = begun(&office, &admin, Some(rules::RuleSet::default_text())).await;
    assert!(ended(&office, &admin, &same).await["against"].is_null());
    let audit = office.audit().await;
    assert_eq!(audit.iter().filter(|line| line.contains("backtest from=")).count(), 2, "{audit:?}");
    let listed = office.get(&admin, "/rules/backtests").await.json();
    let ids: Vec<&str> =
        listed["data"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [same, id]);
    office.close().await;
}

/// Staff's verdict on the one alert of a car that left.
async fn close(office: &Office, who: &Person, reason: &str) {
    let rows = office.get(who, "/alerts?rule=OVERDUE_MOVED").await.json();
    let row = &rows["data"][0];
    let who = who.clone().with("if-match", &format!("\"{}\"", row["version"]));
    let path = format!("/alerts/{}/close", row["id"].as_str().unwrap());
    let answer = office.send(&who, "POST", &path, &json!({"reason": reason})).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    office.settle().await;
}

#[tokio::test]
async fn one_is_worked_at_a_time_and_a_cancelled_one_makes_room() {
    let office = Office::open().await;
    let _town = town(&office).await;
    let admin = office.person(Role::Admin).await;
    office.said.hold();
    let first = begun(&office, &admin, None).await;
    let path = format!("/rules/backtests/{first}");
    assert_eq!(office.get(&admin, &path).await.json()["state"], "running");
    let second = office.send(&admin, "POST", "/rules:backtest", &week(&office, None)).await;
    assert_eq!(second.code(), (409, "conflict".into()));
    assert!(second.json()["detail"].as_str().unwrap().contains(&first), "it says which: {}", second.json());
    let cancelled = office.send(&admin, "DELETE", &path, &Value::Null).await.json();
    assert_eq!(cancelled["state"], "cancelled");
    office.said.let_go();
    let third = begun(&office, &admin, None).await;
    let told = office.get(&admin, &path).await.json();
    assert_eq!((&told["state"], &told["result"]), (&"cancelled".into(), &Value::Null));
    assert_eq!(ended(&office, &admin, &third).await["state"], "done");
    // What has ended stays as it is.
    let late = office.send(&admin, "DELETE", &format!("/rules/backtests/{third}"), &Value::Null).await;
    assert_eq!(late.json()["state"], "done");
    office.close().await;
}

#[tokio::test]
async fn a_server_that_stops_waits_for_no_replay() {
    let office = Office::open().await;
    let _town = town(&office).await;
    let admin = office.person(Role::Admin).await;
    office.said.hold();
    let id = begun(&office, &admin, None).await;
    let said = std::sync::Arc::clone(&office.said);
    tokio::join!(office.desk.bench.end(), async move { said.let_go() });
    assert_eq!(office.get(&admin, &format!("/rules/backtests/{id}")).await.json()["state"], "cancelled");
    office.close().await;
}

#[tokio::test]
async fn what_cannot_be_tried_is_said_at_once_and_who_sees_some_lenders_tries_nothing() {
    let office = Office::open().await;
    let admin = office.person(Role::Admin).await;
    let town = town(&office).await;
    let now = town.now();
    let body = |from: i64, to: i64, toml: Option<&str>| json!({"from": now.plus(from), "to": now.plus(to), "toml": toml});
    for (body, pointer, code) in [
        (body(0, 0, None), "/to", "window"),
        (body(-93 * DAY_MS, 0, None), "/to", "window"),
        (body(-9 * DAY_MS, -8 * DAY_MS, None), "/from", "no_history"),
        (body(-DAY_MS, 0, Some("[overdue_moved]\ndpd_mim = 1\n")), "/toml", "rule_set"),
    ] {
        let answer = office.send(&admin, "POST", "/rules:backtest", &body).await;
        assert_eq!(answer.code(), (422, "invalid".into()), "{body}");
        let error = &answer.json()["errors"][0];
        assert_eq!((&error["pointer"], &error["code"]), (&pointer.into(), &code.into()), "{error}");
    }
    let id = begun(&office, &admin, None).await;
    let some = office.person_for(Role::Admin, Some(&["main"])).await;
    let path = format!("/rules/backtests/{id}");
    for (method, path, body) in [
        ("POST", "/rules:backtest", week(&office, None)),
        ("GET", "/rules/backtests", Value::Null),
        ("GET", path.as_str(), Value::Null),
        ("DELETE", path.as_str(), Value::Null),
    ] {
        let answer = office.send(&some, method, path, &body).await;
        assert_eq!(answer.code(), (403, "forbidden".into()), "{method} {path}");
    }
    assert_eq!(ended(&office, &admin, &id).await["state"], "done");
    assert_eq!(office.get(&admin, "/rules/backtests/none").await.code(), (404, "not_found".into()));
    office.close().await;
}
