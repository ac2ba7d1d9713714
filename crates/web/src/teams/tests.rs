//! What a team gives, to whom, and who may give it.

use crate::scope::tests::{alerted, given, town};
use crate::testing::town::DRIVES;
use crate::testing::{Answer, Office, Person};
use model::staff::{Grant, Role};
use serde_json::{Value, json};

/// A team, made by whoever may; gives its address and its version.
async fn made(office: &Office, who: &Person, team: &Value) -> (String, String) {
    let answer = office.send(who, "POST", "/teams", team).await;
    assert_eq!(answer.status, 201, "{}", answer.json());
    let path = format!("/teams/{}", answer.json()["id"].as_str().unwrap());
    let tag = office.get(who, &path).await.header("etag").to_owned();
    (path, tag)
}

async fn edited(office: &Office, who: &Person, path: &str, edit: &Value) -> Answer {
    office.send(&who.clone().with("if-match", "*"), "PATCH", path, edit).await
}

#[tokio::test]
async fn who_is_in_a_team_sees_what_it_sees_from_the_next_request_on_and_no_longer_than_they_are() {
    let office = Office::open().await;
    let _town = town(&office).await;
    let admin = office.person(Role::Admin).await;
    // Nothing of their own.
    let li = office.person_given(Role::Collector, Grant::nothing()).await;
    assert_eq!(alerted(&office, &li).await, Vec::<String>::new());
    assert_eq!(office.get(&li, "/alerts/counts").await.json()["open"], 0);
    assert_eq!(office.get(&li, "/loans").await.json()["data"], json!([]));
    let south =
        json!({ "name": "华南", "lenders": null, "regions": ["粤", "桂A"], "members": ["collector1"] });
    let (path, tag) = made(&office, &admin, &south).await;
    assert_eq!(alerted(&office, &li).await, [DRIVES]);
    let east = json!({ "name": "华东", "lenders": ["east"], "regions": ["浙"], "members": [li.id] });
    let (eastern, _) = made(&office, &admin, &east).await;
    assert_eq!(alerted(&office, &li).await.len(), 2, "both at once");
    let me = office.get(&li, "/me").await.json();
    assert_eq!(me["user"]["teams"].as_array().unwrap().len(), 2, "{me}");
    assert_eq!(
        (&me["user"]["lenders"], me["user"]["sees_everything"].as_bool()),
        (&Value::Null, Some(false))
    );

    // Two teams are not one: what neither of them gives is not seen.
    let narrower = edited(&office, &admin, &path, &json!({ "lenders": ["main"], "regions": ["浙"] })).await;
    assert_eq!(narrower.status, 200, "{}", narrower.json());
    let seen = alerted(&office, &li).await;
    assert!(seen.len() == 1 && seen[0] != DRIVES, "{seen:?}");
    // What was seen by another version is not changed.
    let stale = admin.clone().with("if-match", &tag);
    assert_eq!(office.send(&stale, "PATCH", &path, &json!({ "name": "x" })).await.code().0, 412);
    assert_eq!(office.send(&admin, "PATCH", &path, &json!({ "name": "x" })).await.code().0, 428);

    assert_eq!(
        edited(&office, &admin, &eastern, &json!({ "members": [] })).await.json()["members"],
        json!([])
    );
    assert_eq!(alerted(&office, &li).await, Vec::<String>::new(), "out of it");
    edited(&office, &admin, &path, &json!({ "regions": null })).await;
    assert_eq!(alerted(&office, &li).await, [DRIVES]);
    let seen = admin.clone().with("if-match", "*");
    assert_eq!(office.send(&seen, "DELETE", &path, &Value::Null).await.status, 204);
    assert_eq!(alerted(&office, &li).await, Vec::<String>::new(), "it is no more");
    assert_eq!(office.get(&admin, &path).await.code().0, 404);
    let said = |line: &&String| line.contains("team_");
    let audit = office.audit().await;
    assert_eq!(
        audit.iter().filter(said).collect::<Vec<_>>(),
        [
            "admin0 team_added 华南 lenders=all regions=粤,桂A members=collector1",
            "admin0 team_added 华东 lenders=east regions=浙 members=collector1",
            "admin0 team_changed 华南 lenders=main regions=浙 members=collector1",
            "admin0 team_changed 华东 lenders=east regions=浙 members=",
            "admin0 team_changed 华南 lenders=main regions=all members=collector1",
            "admin0 team_removed 华南",
        ]
    );
    office.close().await;
}

#[tokio::test]
async fn nobody_has_a_team_see_more_than_they_do() {
    let office = Office::open().await;
    let admin = office.person_given(Role::Admin, given(Some(&["main"]), Some(&["粤"]))).await;
    let whole = office.person(Role::Admin).await;
    let team = |name: &str, lenders: Value, regions: Value| json!({ "name": name, "lenders": lenders, "regions": regions });
    let add = async |body: Value| office.send(&admin, "POST", "/teams", &body).await.status.as_u16();
    assert_eq!(add(team("one", json!(["main"]), json!(["粤B"]))).await, 201);
    assert_eq!(add(team("two", json!(["main"]), Value::Null)).await, 403);
    assert_eq!(add(team("three", Value::Null, json!(["粤"]))).await, 403);
    assert_eq!(add(team("four", json!(["main", "north"]), json!(["粤"]))).await, 403);
    assert_eq!(add(team("one", json!(["main"]), json!(["粤"]))).await, 409, "the name is taken");
    let listed = office.get(&admin, "/teams").await.json();
    let path = format!("/teams/{}", listed["data"][0]["id"].as_str().unwrap());
    assert_eq!(edited(&office, &admin, &path, &json!({ "regions": ["沪"] })).await.code().0, 403);
    assert_eq!(edited(&office, &admin, &path, &json!({ "lenders": null })).await.code().0, 403);
    assert_eq!(
        edited(&office, &admin, &path, &json!({ "name": "first" })).await.json()["regions"],
        json!(["粤B"])
    );
    // One that sees more is not theirs: not to join it, nor to change or remove it, nor to change who is in it.
    let (wide, _) = made(&office, &whole, &team("wide", json!(["north"]), Value::Null)).await;
    for edit in [
        json!({ "members": ["admin0"] }),
        json!({ "name": "x" }),
        json!({ "regions": ["粤"], "lenders": ["main"] }),
    ] {
        assert_eq!(edited(&office, &admin, &wide, &edit).await.code(), (403, "forbidden".into()), "{edit}");
    }
    let seen = admin.clone().with("if-match", "*");
    assert_eq!(office.send(&seen, "DELETE", &wide, &Value::Null).await.code().0, 403);
    let member = office.person_given(Role::Collector, given(Some(&["main"]), Some(&["粤"]))).await;
    edited(&office, &whole, &wide, &json!({ "members": [member.id] })).await;
    let other = format!("/users/{}", member.id.unwrap());
    assert_eq!(office.send(&seen, "PATCH", &other, &json!({ "display_name": "x" })).await.code().0, 403);
    assert_eq!(office.send(&admin, "POST", &format!("{other}/invite"), &Value::Null).await.code().0, 403);
    // A program that may only keep users puts nobody into a team who may do more than it.
    let token = json!({ "name": "hr", "rights": ["users.write", "users.read"] });
    let made = office.send(&admin, "POST", "/tokens", &token).await.json();
    let program = Person::program(made["token"].as_str().unwrap());
    let joins = edited(&office, &program, &path, &json!({ "members": ["admin0"] })).await;
    assert_eq!(joins.code(), (403, "forbidden".into()));
    office.close().await;
}

#[tokio::test]
async fn a_token_follows_its_user_out_of_a_team_and_not_into_one() {
    let office = Office::open().await;
    let admin = office.person(Role::Admin).await;
    let li = office.person_given(Role::Admin, given(Some(&["main"]), Some(&["粤"]))).await;
    let team = json!({ "name": "east", "lenders": ["east"], "regions": null, "members": [li.id] });
    let (path, _) = made(&office, &admin, &team).await;
    let token = json!({ "name": "erp", "rights": ["loans.read"] });
    let program = office.send(&li, "POST", "/tokens", &token).await.json();
    let program = Person::program(program["token"].as_str().unwrap());
    let reach = async || office.get(&program, "/me").await.json()["user"]["scope"].clone();
    let (own, by_team) =
        (json!({ "lenders": ["main"], "regions": ["粤"] }), json!({ "lenders": ["east"], "regions": null }));
    assert_eq!(reach().await, json!([by_team, own]));
    edited(&office, &admin, &path, &json!({ "members": [] })).await;
    assert_eq!(reach().await, json!([own]));
    edited(&office, &admin, &path, &json!({ "members": [li.id], "lenders": ["east", "west"] })).await;
    assert_eq!(reach().await, json!([by_team, own]), "no more than when it was made");
    office.close().await;
}

#[tokio::test]
async fn the_inbox_of_a_team_is_what_its_members_have() {
    let office = Office::open().await;
    let _town = town(&office).await;
    let boss = office.person(Role::Supervisor).await;
    let admin = office.person(Role::Admin).await;
    office.person(Role::Collector).await;
    let team = json!({ "name": "first", "lenders": ["main"], "members": ["collector2"] });
    let (path, _) = made(&office, &admin, &team).await;
    let team = path.strip_prefix("/teams/").unwrap();
    let mine = async || {
        let rows =
            office.get(&boss, &format!("/alerts?rule=TAMPER_LIGHT&team={team}")).await.json()["data"].clone();
        rows.as_array().unwrap().len()
    };
    assert_eq!(mine().await, 0);
    let rows = office.get(&boss, "/alerts?rule=TAMPER_LIGHT").await.json()["data"].clone();
    let path = format!("/alerts/{}/assign", rows[0]["id"].as_str().unwrap());
    assert_eq!(office.send(&boss, "POST", &path, &json!({ "user": "collector2" })).await.status, 200);
    assert_eq!(mine().await, 1);
    let none = office.get(&boss, "/alerts?team=none").await.json();
    assert_eq!(none["data"], json!([]));
    office.close().await;
}

#[tokio::test]
async fn who_is_in_a_team_must_be_there() {
    let office = Office::open().await;
    let admin = office.person(Role::Admin).await;
    for (team, pointer) in [
        (json!({ "name": "a", "members": ["admin0", "nobody"] }), "/members/1"),
        (json!({ "name": " " }), "/name"),
        (json!({ "name": "a", "regions": ["%"] }), "/regions/0"),
    ] {
        let answer = office.send(&admin, "POST", "/teams", &team).await;
        assert_eq!(
            (answer.code().1.as_str(), &answer.json()["errors"][0]["pointer"]),
            ("invalid", &json!(pointer))
        );
    }
    let twice = json!({ "name": "a", "members": ["admin0", admin.id] });
    let answer = office.send(&admin, "POST", "/teams", &twice).await.json();
    assert_eq!(answer["members"].as_array().unwrap().len(), 1, "{answer}");
    office.close().await;
}

#[tokio::test]
async fn a_team_that_sees_nothing_is_none() {
    let office = Office::open().await;
    let admin = office.person(Role::Admin).await;
    for (lenders, regions) in [(json!([]), Value::Null), (Value::Null, json!([]))] {
        let wanted = json!({ "name": "a", "lenders": lenders, "regions": regions, "members": [] });
        assert_eq!(office.send(&admin, "POST", "/teams", &wanted).await.code(), (422, "invalid".into()));
    }
    office.close().await;
}

#[tokio::test]
async fn a_users_teams_and_own_lenders_and_regions_are_bounded_together() {
    let office = Office::open().await;
    let admin = office.person(Role::Admin).await;
    let some = |prefix: &str, count: usize| (0..count).map(|it| format!("{prefix}{it}")).collect::<Vec<_>>();
    let (lenders, cities) = (some("l", 20), some("粤B", 20));
    let names: Vec<&str> = lenders.iter().map(String::as_str).collect();
    let li = office.person_given(Role::Collector, given(Some(&names[..5]), Some(&["浙"]))).await;
    let team = |name: &str, members: &[&Person]| {
        let members: Vec<_> = members.iter().map(|who| who.id.clone()).collect();
        json!({ "name": name, "lenders": lenders, "regions": cities, "members": members })
    };
    // 20 × 20 and 5 of their own.
    let (south, _) = made(&office, &admin, &team("south", &[&li])).await;
    let too_many = |answer: &Answer, pointer: &str| {
        let told = answer.json();
        assert_eq!((answer.status.as_u16(), &told["errors"][0]["pointer"]), (422, &json!(pointer)), "{told}");
        let detail = told["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.contains("name provinces instead of cities"), "{detail}");
    };
    let north: Vec<String> = some("冀A", 20);
    let wider = json!({ "name": "north", "lenders": lenders, "regions": north, "members": [li.id] });
    too_many(&office.send(&admin, "POST", "/teams", &wider).await, "/members");
    let (other, _) =
        made(&office, &admin, &json!({ "name": "north", "lenders": lenders, "regions": north })).await;
    too_many(&edited(&office, &admin, &other, &json!({ "members": [li.id] })).await, "/members");
    too_many(&edited(&office, &admin, &south, &json!({ "regions": some("桂", 25) })).await, "/members");
    too_many(&edited(&office, &admin, &south, &json!({ "regions": some("桂", 26) })).await, "/regions");
    let own = format!("/users/{}", li.id.clone().unwrap());
    too_many(&edited(&office, &admin, &own, &json!({ "regions": some("浙", 21) })).await, "/regions");
    // What takes something away, and what is everything, is always done.
    let fewer = edited(&office, &admin, &south, &json!({ "regions": ["粤"] })).await;
    assert_eq!(fewer.status, 200, "{}", fewer.json());
    assert_eq!(edited(&office, &admin, &own, &json!({ "regions": some("浙", 21) })).await.status, 200);
    let all = json!({ "lenders": null, "regions": null });
    assert_eq!(edited(&office, &admin, &south, &all).await.status, 200);
    office.close().await;
}
