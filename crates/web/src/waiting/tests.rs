//! The waiting room: how far one device got, and which others are on their way.

use crate::testing::town::{DRIVES, NORTHERN, SETTLED, STRANGER, TERMINAL, Town, report, terminal};
use crate::testing::{NOW, Office, Person};
use model::staff::Role;
use model::{Attempt, AttemptReason, Attributes, Event, Timestamp};
use serde_json::{Value, json};

/// Entered by staff before it is switched on.
const ENTERED: &str = "868120240000015";

async fn room(office: &Office, who: &Person, query: &str) -> Value {
    office.settle().await;
    office.get(who, &format!("/waiting{query}")).await.json()
}

fn lit(room: &Value) -> [bool; 4] {
    ["bytes", "frame", "approved", "fix"].map(|lamp| room["lamps"][lamp]["on"].as_bool().unwrap())
}

/// Who arrived and how far each has come.
fn arrived(room: &Value) -> Vec<(&str, &str)> {
    let rows = room["arrivals"].as_array().unwrap().iter();
    rows.map(|row| (row["terminal"].as_str().unwrap(), row["standing"].as_str().unwrap())).collect()
}

fn heartbeat() -> Event {
    Event::Heartbeat { attributes: Attributes::default() }
}

#[tokio::test]
async fn the_lamps_are_of_the_device_that_arrived_last_or_of_the_one_that_is_picked() {
    let office = Office::open().await;
    let ops = office.person(Role::Ops).await;
    let empty = room(&office, &ops, "").await;
    assert_eq!((lit(&empty), empty["device"].is_null()), ([false; 4], true), "{empty}");
    let _town = Town::build(&office).await;
    let newest = room(&office, &ops, "").await;
    assert_eq!(newest["device"]["terminal"], STRANGER);
    assert_eq!(lit(&newest), [true, true, false, false], "another one's place is not its own: {newest}");
    assert_eq!(arrived(&newest), [(STRANGER, "quarantined"), (TERMINAL, "fixed")]);
    assert_eq!(newest["unapproved"], 1);

    let picked = room(&office, &ops, &format!("?terminal={TERMINAL}")).await;
    assert_eq!((lit(&picked), &picked["device"]["standing"]), ([true; 4], &json!("fixed")), "{picked}");
    assert_eq!(picked["lamps"]["fix"]["at"], json!(NOW), "its first place, not its newest");
    assert_eq!(office.get(&ops, "/waiting?terminal=1").await.code().0, 404);
    office.close().await;
}

#[tokio::test]
async fn what_quarantine_kept_is_a_fix_once_it_is_stored() {
    let office = Office::open().await;
    let mut town = Town::build(&office).await;
    let ops = office.person(Role::Ops).await;
    let heard_at = town.now().plus(-1_000);
    office.clock_moves(60_000);
    town.wants(model::input::Action::Approve { terminal: terminal(STRANGER) }).await;
    let approved = room(&office, &ops, "").await;
    assert_eq!(arrived(&approved)[0], (STRANGER, "approved"), "it is on no vehicle: {approved}");
    assert_eq!((lit(&approved), &approved["lamps"]["fix"]["at"]), ([true; 4], &json!(heard_at)));
    assert_eq!(approved["unapproved"], 0);

    town.bind(STRANGER, NORTHERN).await;
    let bound = room(&office, &ops, "").await;
    assert_eq!(arrived(&bound)[0], (STRANGER, "fixed"), "{bound}");
    assert_eq!(bound["device"]["plate"], NORTHERN);
    office.close().await;
}

#[tokio::test]
async fn a_device_that_was_bound_before_it_spoke_arrives_with_its_first_frame() {
    let office = Office::open().await;
    let mut town = Town::build(&office).await;
    let ops = office.person(Role::Ops).await;
    town.bind(ENTERED, SETTLED).await;
    let silent = room(&office, &ops, &format!("?terminal={ENTERED}")).await;
    assert_eq!(silent["device"]["standing"], "unheard", "{silent}");
    assert_eq!(lit(&silent), [true, false, true, false]);
    assert_eq!(arrived(&silent).len(), 2, "nothing has come from it");

    office.clock_moves(60_000);
    town.heard(ENTERED, vec![heartbeat()]).await;
    let heard = room(&office, &ops, "").await;
    assert_eq!((arrived(&heard)[0], lit(&heard)), ((ENTERED, "bound"), [true, true, true, false]), "{heard}");
    office.clock_moves(60_000);
    town.heard(ENTERED, vec![report(town.now(), 0, 0)]).await;
    let fixed = room(&office, &ops, "").await;
    assert_eq!(arrived(&fixed)[0], (ENTERED, "fixed"));
    assert_eq!(fixed["device"]["first_fix_at"], json!(town.now()));
    office.close().await;
}

#[tokio::test]
async fn who_knocks_again_is_listed_however_many_arrived_since() {
    let attempt = |of: &str| Attempt {
        at: NOW,
        peer: "192.0.2.1:4000".into(),
        reason: AttemptReason::Unapproved,
        protocol: None,
        terminal: Some(terminal(of)),
        times: 1,
    };
    let attempts = vec![attempt(TERMINAL), attempt("868120240000999"), attempt(STRANGER)];
    let office = Office::open().await.with_attempts(attempts);
    let mut town = Town::build(&office).await;
    let ops = office.person(Role::Ops).await;
    let others: Vec<String> = (100..120).map(|number| format!("868120240000{number}")).collect();
    town.all_heard(others.iter().map(|other| (other.as_str(), heartbeat())).collect()).await;
    let told = room(&office, &ops, "").await;
    let arrived = arrived(&told);
    assert_eq!(arrived.len(), 14, "twelve, and two of three that knocked: {told}");
    assert_eq!(arrived[0], (others[19].as_str(), "quarantined"), "the newest first");
    assert_eq!(arrived[12..], [(TERMINAL, "fixed"), (STRANGER, "quarantined")]);
    assert_eq!(told["unapproved"], 21);
    office.close().await;
}

#[tokio::test]
async fn one_that_is_rejected_waits_for_nobody() {
    let office = Office::open().await;
    let mut town = Town::build(&office).await;
    let ops = office.person(Role::Ops).await;
    let reason = "not ours".to_owned();
    town.wants(model::input::Action::RejectTerminal { terminal: terminal(STRANGER), reason }).await;
    let told = room(&office, &ops, "").await;
    assert_eq!((arrived(&told)[0], &told["unapproved"]), ((STRANGER, "rejected"), &json!(0)), "{told}");
    assert_eq!(lit(&told), [true, true, false, false]);
    let _: Timestamp = serde_json::from_value(told["device"]["last_heard_at"].clone()).unwrap();
    assert_eq!(told["arrivals"][1]["plate"], DRIVES);
    office.close().await;
}
