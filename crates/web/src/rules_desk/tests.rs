//! The rule set in force as people read it, and another one put in its place.

use super::*;
use crate::testing::{Office, Person};
use model::staff::Role;
use serde_json::{Value, json};

const OF_TWO: &str =
    "[lender.north.overdue_moved]\ndpd_min = 23\n[lender.south.overdue_moved]\ndpd_min = 29\n";

async fn published(office: &Office, who: Person, toml: &str) -> Value {
    let seen = office.get(&who, "/rules").await.json()["version_hash"].as_str().unwrap().to_owned();
    let who = who.with("if-match", &format!("\"{seen}\""));
    let answer = office.send(&who, "PUT", "/rules", &json!({ "toml": toml })).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()
}

fn when_moved(told: &Value, language: &str) -> String {
    let rules = told["rules"].as_array().unwrap();
    let moved = rules.iter().find(|rule| rule["code"] == "OVERDUE_MOVED").unwrap();
    moved["sentence"][language].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_lenders_own_thresholds_are_told_in_both_languages_to_those_whose_it_is() {
    let office = Office::open().await;
    let told = published(&office, office.person(Role::Admin).await, OF_TWO).await;
    assert_eq!((&told["lenders"], &told["lender"]), (&json!(["north", "south"]), &Value::Null));
    assert!(!when_moved(&told, "zh").contains("23"), "{told}");

    let theirs = office.person_for(Role::Supervisor, Some(&["north"])).await;
    let told = office.get(&theirs, "/rules?lender=north").await.json();
    assert_eq!((&told["lenders"], &told["lender"]), (&json!(["north"]), &json!("north")));
    assert!(when_moved(&told, "zh").starts_with("逾期 23 天"), "{told}");
    assert!(when_moved(&told, "en").contains("23 or more days past due"), "{told}");
    assert_eq!(office.get(&theirs, "/rules?lender=south").await.status, 404);
    office.close().await;
}

#[tokio::test]
async fn what_another_lender_wants_is_read_in_no_text_by_those_who_see_some_lenders() {
    let office = Office::open().await;
    let admin = office.person(Role::Admin).await;
    assert_eq!(published(&office, office.person(Role::Admin).await, OF_TWO).await["toml"], OF_TWO);
    let versions = office.get(&admin, "/rules/versions").await.json();
    assert_eq!(versions["data"][0]["toml"], OF_TWO, "{versions}");

    let theirs = office.person_for(Role::Supervisor, Some(&["north"])).await;
    let told = office.get(&theirs, "/rules").await.json();
    assert_eq!(told["toml"], Value::Null, "{told}");
    let versions = office.get(&theirs, "/rules/versions").await.json();
    assert_eq!(versions["data"].as_array().unwrap().len(), 1, "{versions}");
    assert_eq!(versions["data"][0]["toml"], Value::Null, "{versions}");
    // Nor as what a text would change.
    let empty = json!({ "toml": "" });
    let keys = async |who: &Person| {
        let checked = office.send(who, "POST", "/rules:check", &empty).await.json();
        let changes = checked["changes"].as_array().unwrap().clone();
        changes.iter().map(|change| change["key"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let [north, south] = ["north", "south"].map(|name| format!("lender.{name}.overdue_moved.dpd_min"));
    assert_eq!(keys(&admin).await, [north.clone(), south]);
    let asks = office.person_for(Role::Admin, Some(&["north"])).await;
    assert_eq!(keys(&asks).await, [north]);
    office.close().await;
}

/// Who cannot read the whole would take other lenders' thresholds out of it.
#[tokio::test]
async fn a_rule_set_is_published_by_those_who_see_all_of_it() {
    let office = Office::open().await;
    let told = published(&office, office.person(Role::Admin).await, OF_TWO).await;
    let theirs = office.person_for(Role::Admin, Some(&["north"])).await;
    let theirs = theirs.with("if-match", &format!("\"{}\"", told["version_hash"].as_str().unwrap()));
    let answer = office.send(&theirs, "PUT", "/rules", &json!({ "toml": "" })).await;
    assert_eq!(answer.code(), (403, "forbidden".into()), "{}", answer.json());
    office.close().await;
}

#[test]
fn precision_is_of_what_staff_called_right_or_wrong() {
    let of = |confirmed, false_alarm, unclear| precision(VerdictsView { confirmed, false_alarm, unclear });
    assert_eq!(of(3, 1, 10), Some(0.75));
    assert_eq!(of(0, 0, 5), None);
}

#[test]
fn what_has_ended_is_not_open() {
    let live: Vec<&str> = AlertState::CODES.iter().copied().filter(|state| is_live(state)).collect();
    assert_eq!(live, ["unconfirmed", "open", "acknowledged"]);
}
