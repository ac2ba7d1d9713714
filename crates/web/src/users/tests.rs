//! Who may make whom.

use crate::scope::tests::given;
use crate::testing::{Office, Person};
use model::staff::Role;
use serde_json::{Value, json};

fn wanted(name: &str, role: &str, lenders: &Value) -> Value {
    json!({ "name": name, "display_name": name, "role": role, "lenders": lenders })
}

async fn version(office: &Office, who: &Person, id: &str) -> String {
    office.get(who, &format!("/users/{id}")).await.header("etag").to_owned()
}

#[tokio::test]
async fn a_user_is_changed_only_by_who_saw_what_is_there_and_out_means_out() {
    let office = Office::open().await;
    let admin = office.person(Role::Admin).await;
    let collector = office.person_for(Role::Collector, Some(&["main"])).await;
    let path = format!("/users/{}", collector.id.clone().unwrap());
    let edit = json!({ "role": "supervisor", "lenders": null });
    assert_eq!(
        office.send(&admin, "PATCH", &path, &edit).await.code(),
        (428, "precondition_required".into())
    );
    let seen = admin.clone().with("if-match", &version(&office, &admin, "u_1").await);
    let edited = office.send(&seen, "PATCH", &path, &edit).await;
    assert_eq!(
        (edited.json()["role"].as_str(), &edited.json()["lenders"]),
        (Some("supervisor"), &Value::Null)
    );
    assert_eq!(office.send(&seen, "PATCH", &path, &edit).await.code(), (412, "precondition_failed".into()));
    // What a role may do changes with it, at once.
    assert_eq!(office.get(&collector, "/users").await.status, 200);
    let seen = admin.clone().with("if-match", edited.header("etag"));
    assert_eq!(
        office.send(&seen, "PATCH", &path, &json!({ "disabled": true })).await.json()["disabled"],
        true
    );
    assert_eq!(office.get(&collector, "/me").await.code(), (401, "unauthenticated".into()));
    let invite = office.send(&admin, "POST", &format!("{path}/invite"), &Value::Null).await;
    assert_eq!(invite.code(), (409, "refused".into()));
    assert_eq!(
        office.audit().await,
        [
            "admin0 user_changed collector1 supervisor lenders=all regions=all",
            "admin0 user_disabled collector1 supervisor lenders=all regions=all"
        ]
    );
    office.close().await;
}

#[tokio::test]
async fn what_a_role_may_do_is_what_its_people_may() {
    let office = Office::open().await;
    let admin = office.person(Role::Admin).await;
    let roles = office.get(&admin, "/roles").await.json();
    assert_eq!(roles.as_array().unwrap().len(), Role::ALL.len(), "{roles}");
    for (role, told) in Role::ALL.iter().zip(roles.as_array().unwrap()) {
        let me = office.get(&office.person(*role).await, "/me").await.json();
        assert_eq!(
            (&told["role"], &told["rights"], &told["purposes"]),
            (&me["user"]["role"], &me["rights"], &me["purposes"])
        );
    }
    let collector = office.person(Role::Collector).await;
    assert_eq!(office.get(&collector, "/roles").await.code(), (403, "forbidden".into()));
    office.close().await;
}

#[tokio::test]
async fn nobody_takes_the_last_administrator_away() {
    let office = Office::open().await;
    let admin = office.person(Role::Admin).await;
    let seen = admin.clone().with("if-match", "*");
    for edit in [json!({ "role": "ops" }), json!({ "disabled": true })] {
        let refused = office.send(&seen, "PATCH", "/users/u_0", &edit).await;
        assert_eq!(refused.code(), (409, "refused".into()), "{edit}");
    }
    // Somebody who was only invited administers nothing yet.
    let invited = office.send(&admin, "POST", "/users", &wanted("wang", "admin", &Value::Null)).await;
    assert_eq!(invited.status, 201);
    assert_eq!(office.send(&seen, "PATCH", "/users/u_0", &json!({ "role": "ops" })).await.status, 409);
    office.person(Role::Admin).await;
    assert_eq!(office.send(&seen, "PATCH", "/users/u_0", &json!({ "role": "ops" })).await.status, 200);
    assert_eq!(office.get(&admin, "/tokens").await.code(), (403, "forbidden".into()));
    office.close().await;
}

#[tokio::test]
async fn nobody_gives_more_than_they_have() {
    let office = Office::open().await;
    let admin = office.person_for(Role::Admin, Some(&["main", "north"])).await;
    let add = async |name: &str, lenders: Value| {
        office.send(&admin, "POST", "/users", &wanted(name, "collector", &lenders)).await.status.as_u16()
    };
    assert_eq!(add("one", json!(["main"])).await, 201);
    assert_eq!(add("two", json!(["south"])).await, 403);
    assert_eq!(add("three", Value::Null).await, 403);
    assert_eq!(add("one", json!(["main"])).await, 409, "the name is taken");
    // A program that may make users makes none that may do more than it.
    let token = json!({ "name": "hr", "rights": ["users.write", "users.read"], "lenders": null });
    let made = office.send(&admin, "POST", "/tokens", &token).await.json();
    let program = Person::program(made["token"].as_str().unwrap());
    let answer = office.send(&program, "POST", "/users", &wanted("boss", "admin", &json!(["main"]))).await;
    assert_eq!(answer.code(), (403, "forbidden".into()));
    let whole = office.person(Role::Admin).await;
    drop(whole);
    let seen = admin.clone().with("if-match", "*");
    let other = office.send(&seen, "PATCH", "/users/u_2", &json!({ "display_name": "x" })).await;
    assert_eq!(other.code().0, 403, "one who sees more than they do");
    office.close().await;
}

#[tokio::test]
async fn nobody_gives_more_regions_than_they_have() {
    let office = Office::open().await;
    let admin = office.person_given(Role::Admin, given(Some(&["main"]), Some(&["粤", "浙A"]))).await;
    let add = async |name: &str, lenders: Value, regions: Value| {
        let wanted = json!({ "name": name, "display_name": name, "role": "collector", "lenders": lenders, "regions": regions });
        office.send(&admin, "POST", "/users", &wanted).await.status.as_u16()
    };
    assert_eq!(add("one", json!(["main"]), json!(["粤B", "浙A"])).await, 201);
    assert_eq!(add("two", json!(["main"]), json!(["浙"])).await, 403, "a city is no province");
    assert_eq!(add("three", json!(["main"]), Value::Null).await, 403, "some are not all");
    assert_eq!(add("four", json!(["north"]), json!(["粤"])).await, 403);
    assert_eq!(add("five", Value::Null, json!(["粤"])).await, 403);
    let id = office.store.user_by_name("one").await.unwrap().unwrap().id;
    let (path, seen) = (format!("/users/{id}"), admin.clone().with("if-match", "*"));
    let edit = async |edit: Value| office.send(&seen, "PATCH", &path, &edit).await;
    assert_eq!(edit(json!({ "regions": null })).await.code().0, 403);
    assert_eq!(edit(json!({ "regions": ["沪"] })).await.code().0, 403);
    // What is not named stays.
    let edited = edit(json!({ "regions": [" 粤·a"] })).await.json();
    assert_eq!((&edited["regions"], &edited["lenders"]), (&json!(["粤A"]), &json!(["main"])));
    let edited = edit(json!({ "display_name": "One" })).await.json();
    assert_eq!(edited["regions"], json!(["粤A"]));
    // One who sees more than they do is not theirs to change, nor to send a link to.
    office.person_given(Role::Collector, given(Some(&["main"]), Some(&["粤", "沪"]))).await;
    let other = office.send(&seen, "PATCH", "/users/u_2", &json!({ "display_name": "x" })).await;
    assert_eq!(other.code().0, 403);
    assert_eq!(office.send(&admin, "POST", "/users/u_2/invite", &Value::Null).await.code().0, 403);
    office.close().await;
}

#[tokio::test]
async fn users_are_listed_by_name_a_page_at_a_time() {
    let office = Office::open().await;
    let admin = office.person(Role::Admin).await;
    for _ in 0..4 {
        office.person(Role::Ops).await;
    }
    let (mut names, mut path) = (Vec::new(), "/users?limit=2".to_owned());
    loop {
        let page = office.get(&admin, &path).await.json();
        let row = |row: &Value| row["name"].as_str().unwrap().to_owned();
        names.extend(page["data"].as_array().unwrap().iter().map(row));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/users?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(names, ["admin0", "ops1", "ops2", "ops3", "ops4"]);
    let text = office.get(&admin, "/users").await;
    assert!(!String::from_utf8(text.body).unwrap().contains("none"), "no password goes out");
    office.close().await;
}
