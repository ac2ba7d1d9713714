//! Who sees vehicles of which regions, and what the rest is to them: nothing.

use crate::testing::town::{DRIVES, STRANGER, TERMINAL, Town, loan, plain, report, vehicle};
use crate::testing::{Office, Person};
use model::staff::{Grant, Role};
use model::{Alarm, Event, LenderId, Loan, Position, Region};
use serde_json::{Value, json};

/// Of lender `main` as well, known by its VIN first; its plate is of another province.
const ELSEWHERE: &str = "浙A20001";
const VIN: &str = "LSVAA4182E2184847";

pub(crate) fn given(lenders: Option<&[&str]>, regions: Option<&[&str]>) -> Grant {
    Grant {
        lenders: lenders.map(|names| names.iter().map(|name| LenderId((*name).into())).collect()),
        regions: regions.map(|names| names.iter().map(|name| Region::parse(name).unwrap()).collect()),
    }
}

/// A town in which a device is taken off a car of each of two provinces.
pub(crate) async fn town(office: &Office) -> Town<'_> {
    let mut town = Town::build(office).await;
    let elsewhere = Loan { plate: Some(vehicle(ELSEWHERE)), ..loan("C9", "east", VIN, Some(20)) };
    town.book("east", vec![elsewhere]).await;
    town.bind(STRANGER, VIN).await;
    for _ in 0..3 {
        office.clock_moves(60_000);
        town.tick().await;
        town.heard(STRANGER, vec![report(town.now(), 400, 0)]).await;
    }
    office.clock_moves(60_000);
    for terminal in [TERMINAL, STRANGER] {
        let alarms = [Alarm::Removed].into_iter().collect();
        let position =
            Position { alarms, ..plain(town.now(), if terminal == TERMINAL { 8_850 } else { 400 }, 0) };
        town.heard(terminal, vec![Event::Position(Box::new(position))]).await;
    }
    town.tick().await;
    office.settle().await;
    town
}

async fn listed(office: &Office, who: &Person, path: &str, key: &str) -> Vec<String> {
    let answer = office.get(who, path).await;
    assert_eq!(answer.status, 200, "{path} {}", answer.json());
    let data = answer.json()["data"].as_array().unwrap().clone();
    let mut found: Vec<String> = data.iter().map(|row| row[key].as_str().unwrap().to_owned()).collect();
    found.sort();
    found.dedup();
    found
}

/// The plates of whose alerts somebody sees.
pub(crate) async fn alerted(office: &Office, who: &Person) -> Vec<String> {
    let data = office.get(who, "/alerts?rule=TAMPER_LIGHT").await.json()["data"].as_array().unwrap().clone();
    data.iter().map(|row| row["vehicle"]["plate"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn who_sees_some_regions_finds_nothing_of_the_others() {
    let office = Office::open().await;
    let _town = town(&office).await;
    let admin = office.person(Role::Admin).await;
    let here =
        office.person_given(Role::Supervisor, given(None, Some(&["粤"]))).await.with("x-purpose", "collect");
    let there = office
        .person_given(Role::Supervisor, given(None, Some(&["沪", "浙A"])))
        .await
        .with("x-purpose", "collect");
    assert_eq!(
        (alerted(&office, &here).await, alerted(&office, &there).await),
        (vec![DRIVES.into()], vec![ELSEWHERE.into()])
    );
    for (who, plate, contracts, count) in
        [(&here, DRIVES, vec!["C1", "C2"], 2), (&there, ELSEWHERE, vec!["C9"], 1)]
    {
        assert!(listed(&office, who, "/vehicles", "plate").await.contains(&plate.to_owned()));
        assert_eq!(listed(&office, who, "/loans", "contract").await, contracts);
        let counts = office.get(who, "/alerts/counts").await.json();
        assert_eq!(counts["p1_unacked"], 1, "{counts}");
        assert_eq!(counts["quiet"]["vehicles"], json!(if count == 2 { 3 } else { 1 }), "{counts}");
        assert_eq!(office.get(who, "/wall").await.json()["p1_unacked"], 1);
    }
    let drawn = office.get(&there, "/fleet").await.json();
    assert_eq!(
        (drawn["rows"].as_array().unwrap().len(), &drawn["rows"][0][1]),
        (1, &json!(ELSEWHERE)),
        "{drawn}"
    );

    // Whatever is asked of the other one by name does not exist.
    let data = office.get(&admin, "/alerts?rule=TAMPER_LIGHT").await.json()["data"].clone();
    let of = |plate| {
        data.as_array().unwrap().iter().find(|row| row["vehicle"]["plate"] == plate).unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (mine, other) = (of(DRIVES), of(ELSEWHERE));
    for path in ["", "/state", "/track", "/strip", "/stays", "/whereabouts", "/viewers"] {
        assert_eq!(office.get(&here, &format!("/vehicles/{VIN}{path}")).await.code().0, 404, "{path}");
        assert_eq!(office.get(&there, &format!("/vehicles/{VIN}{path}")).await.status, 200, "{path}");
    }
    for path in [format!("/alerts/{other}"), format!("/alerts/{other}/evidence"), "/loans/C9".to_owned()] {
        assert_eq!(office.get(&here, &path).await.code(), (404, "not_found".into()), "{path}");
    }
    assert_eq!(office.send(&here, "POST", &format!("/alerts/{other}/ack"), &json!({})).await.code().0, 404);
    let told = json!({ "contract": "C9", "type": "payment" });
    assert_eq!(office.send(&here, "POST", "/events/loan", &told).await.code(), (404, "not_found".into()));
    let bulk = json!({ "ids": [mine, other], "action": "ack" });
    let done = office.send(&here, "POST", "/alerts:bulk", &bulk).await.json();
    assert_eq!(
        (&done["results"][0]["status"], &done["results"][1]["status"]),
        (&json!(200), &json!(404)),
        "{done}"
    );
    // Nobody is given what they do not see.
    let given =
        office.send(&admin, "POST", &format!("/alerts/{other}/assign"), &json!({ "user": here.id })).await;
    assert_eq!(
        (given.code().1.as_str(), given.json()["errors"][0]["pointer"].as_str()),
        ("invalid", Some("/user"))
    );
    office.close().await;
}

#[tokio::test]
async fn of_a_car_that_two_lenders_share_each_counts_the_alerts_on_its_own_loans() {
    let office = Office::open().await;
    let mut town = town(&office).await;
    // A second loan on the car of which an alert was raised on the first.
    town.book("south", vec![loan("C8", "south", DRIVES, None)]).await;
    office.settle().await;
    let whole = office.person(Role::Admin).await;
    let [first, second] = [given(Some(&["main"]), None), given(Some(&["south"]), None)];
    let first = office.person_given(Role::Collector, first).await;
    let second = office.person_given(Role::Collector, second).await;
    for (who, purpose, severity) in
        [(whole, "ops", json!("P1")), (first, "collect", json!("P1")), (second, "collect", Value::Null)]
    {
        let (who, count) = (who.with("x-purpose", purpose), u8::from(severity != Value::Null));
        let rows = office.get(&who, "/vehicles?q=B10001").await.json()["data"].clone();
        let detail = office.get(&who, "/vehicles/%E7%B2%A4B10001").await.json();
        for row in [&rows[0], &detail] {
            assert_eq!((&row["live_alerts"], &row["worst_severity"]), (&json!(count), &severity), "{row}");
        }
        let of_it = |fleet: Value| {
            let rows = fleet["rows"].as_array().unwrap().clone();
            rows.into_iter().find(|row| row[0] == DRIVES).map(|row| row[8].clone())
        };
        assert_eq!(of_it(office.get(&who, "/fleet").await.json()), Some(severity.clone()));
        let grave = of_it(office.get(&who, "/fleet?severity=P1").await.json());
        assert_eq!(grave, Some(severity).filter(|_| count == 1));
    }
    office.close().await;
}

#[tokio::test]
async fn a_lenders_whole_book_is_for_who_sees_it_wherever_its_cars_are() {
    let office = Office::open().await;
    let _town = town(&office).await;
    let part = office.person_given(Role::Supervisor, given(Some(&["main"]), Some(&["粤"]))).await;
    let refused = office.send(&part, "PUT", "/loans/C1?lender=main", &json!({})).await;
    assert_eq!(refused.json()["errors"][0]["pointer"], "?lender", "{}", refused.json());
    assert_eq!(listed(&office, &part, "/loans", "contract").await, ["C1"]);
    let me = office.get(&part, "/me").await.json();
    assert_eq!((&me["user"]["lenders"], &me["user"]["regions"]), (&json!(["main"]), &json!(["粤"])));
    assert_eq!(me["user"]["sees_everything"], false);
    // A lender in a region where it has no cars is nothing.
    let nowhere = office.person_given(Role::Collector, given(Some(&["main"]), Some(&["浙"]))).await;
    assert_eq!(alerted(&office, &nowhere).await, Vec::<String>::new());
    assert_eq!(office.get(&nowhere, "/vehicles").await.json()["data"], json!([]));
    assert_eq!(office.get(&nowhere, "/loans").await.json()["data"], Value::Array(Vec::new()));
    office.close().await;
}

#[tokio::test]
async fn what_is_no_region_or_lender_is_refused_by_its_place() {
    let office = Office::open().await;
    let admin = office.person(Role::Admin).await;
    for (lenders, regions, pointer) in [
        (json!(["main"]), json!(["粤", "B%"]), "/regions/1"),
        (json!(["main"]), json!([" "]), "/regions/0"),
        (json!(["main", "\u{1f}"]), Value::Null, "/lenders/1"),
        (json!(vec!["main"; 30]), json!(vec!["粤"; 30]), "/regions"),
    ] {
        let wanted = json!({ "name": "li", "display_name": "li", "role": "collector", "lenders": lenders, "regions": regions });
        let answer = office.send(&admin, "POST", "/users", &wanted).await;
        assert_eq!(
            (answer.code().1.as_str(), &answer.json()["errors"][0]["pointer"]),
            ("invalid", &json!(pointer))
        );
    }
    office.close().await;
}

fn fence(name: &str, scope: &str) -> Value {
    json!({
        "type": "Feature",
        "geometry": { "type": "Point", "coordinates": [114.0579, 22.5431] },
        "properties": { "name": name, "kind": "dealer", "radius_m": 150, "scope": scope },
    })
}

#[tokio::test]
async fn places_of_others_are_neither_redrawn_nor_taken_away() {
    let office = Office::open().await;
    let _town = town(&office).await;
    let admin = office.person(Role::Admin).await;
    for (id, scope) in [("theirs", "lender:east".to_owned()), ("home", format!("vehicle:{VIN}"))] {
        let put = office.send(&admin, "PUT", &format!("/places/{id}"), &fence("a", &scope)).await;
        assert_eq!(put.status, 200, "{}", put.json());
    }
    let part = office.person_given(Role::Supervisor, given(Some(&["main"]), None)).await;
    let region = office.person_given(Role::Supervisor, given(None, Some(&["粤"]))).await;
    for who in [part, region] {
        for id in ["theirs", "home"] {
            let path = format!("/places/{id}");
            assert_eq!(office.send(&who, "DELETE", &path, &Value::Null).await.code().0, 404, "{id}");
            assert_eq!(office.send(&who, "PUT", &path, &fence("b", "everyone")).await.code().0, 404, "{id}");
            let mut feature = fence("b", "everyone");
            feature["properties"]["id"] = id.into();
            let file = json!({ "type": "FeatureCollection", "features": [feature] });
            let imported = office.send(&who, "POST", "/places:import?name=points.geojson", &file).await;
            assert_eq!(imported.code().0, 404, "{id} {}", imported.json());
        }
    }
    assert_eq!(office.send(&admin, "DELETE", "/places/theirs", &Value::Null).await.status, 200);
    office.close().await;
}

/// Three cars of lender `east` drive to one place, stand there for half an hour and drive on.
async fn met(town: &mut Town<'_>, office: &Office) {
    let cars =
        [("868120240000301", "粤B30001"), ("868120240000302", "粤B30002"), ("868120240000303", "粤B30003")];
    let loans = cars.iter().zip(["C11", "C12", "C13"]);
    let loans = loans.map(|((_, car), contract)| loan(contract, "east", car, Some(20))).collect();
    town.book("east", loans).await;
    let named: Vec<(String, String)> = cars.map(|(on, which)| (on.to_owned(), which.to_owned())).to_vec();
    town.bind_all(&named).await;
    for minute in 0..50_i64 {
        let (north_m, kmh) = match minute {
            0..5 => (15_500 + 900 * minute, 54),
            5..40 => (20_000, 0),
            _ => (20_000 + 900 * (minute - 39), 54),
        };
        town.tick().await;
        for (terminal, _) in cars {
            town.heard(terminal, vec![report(town.now(), north_m, kmh)]).await;
        }
        office.clock_moves(60_000);
    }
    town.tick().await;
    office.settle().await;
}

#[tokio::test]
async fn mined_places_are_those_of_cars_that_one_may_know_of() {
    let office = Office::open().await;
    let mut town = Town::build(&office).await;
    met(&mut town, &office).await;
    for (lenders, regions, found) in [
        (None, None, 1),
        (Some(["east"].as_slice()), None, 1),
        (Some(["main"].as_slice()), None, 0),
        (None, Some(["浙"].as_slice()), 0),
    ] {
        let who = office.person_given(Role::Supervisor, given(lenders, regions)).await;
        let mined = office.get(&who.with("x-purpose", "verify"), "/places/candidates").await.json();
        assert_eq!(mined["features"].as_array().unwrap().len(), found, "{lenders:?} {regions:?} {mined}");
    }
    office.close().await;
}
