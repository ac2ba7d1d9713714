//! What programs may do.

use crate::scope::tests::given;
use crate::testing::{Office, Person};
use model::staff::Role;
use serde_json::{Value, json};

#[tokio::test]
async fn a_token_does_what_it_was_made_for_until_it_ends_or_is_taken_back() {
    let office = Office::open().await;
    let admin = office.person(Role::Admin).await;
    let until = office.now().plus(3_600_000);
    let wanted = json!({ "name": "erp", "rights": ["audit.read"], "lenders": ["main"], "expires_at": until });
    let made = office.send(&admin, "POST", "/tokens", &wanted).await;
    let text = made.json()["token"].as_str().unwrap().to_owned();
    assert!(made.status == 201 && text.starts_with("lw_") && text.len() == 46);
    let program = Person::program(&text);
    assert_eq!(office.get(&program, "/audit").await.status, 200);
    assert_eq!(office.get(&program, "/users").await.code(), (403, "forbidden".into()));
    let me = office.get(&program, "/me").await.json();
    assert_eq!(
        (&me["csrf"], &me["rights"], &me["user"]["lenders"]),
        (&Value::Null, &json!(["audit.read"]), &json!(["main"]))
    );
    let password = json!({ "old": "a", "new": "b" });
    assert_eq!(
        office.send(&program, "PUT", "/me/password", &password).await.code(),
        (403, "forbidden".into())
    );

    let listed = office.get(&admin, "/tokens").await;
    assert!(!String::from_utf8(listed.body.clone()).unwrap().contains(&text[3..]));
    let row = listed.json()["data"][0].clone();
    assert_eq!(
        (&row["name"], &row["user"]["name"], row["used_at"].is_string()),
        (&json!("erp"), &json!("admin0"), true)
    );

    office.clock_moves(3_600_000);
    assert_eq!(office.get(&program, "/audit").await.code(), (401, "unauthenticated".into()), "over");
    let wanted = json!({ "name": "erp2", "rights": ["audit.read"], "lenders": null, "expires_at": null });
    let made = office.send(&admin, "POST", "/tokens", &wanted).await.json();
    let program = Person::program(made["token"].as_str().unwrap());
    assert_eq!(office.get(&program, "/audit").await.status, 200);
    let path = format!("/tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(office.send(&admin, "DELETE", &path, &Value::Null).await.status, 204);
    assert_eq!(office.get(&program, "/audit").await.status, 401, "taken back");
    assert_eq!(office.send(&admin, "DELETE", &path, &Value::Null).await.status, 404);
    assert_eq!(
        office.audit().await,
        [
            "admin0 token_made admin0/erp".to_owned(),
            "admin0 token_made admin0/erp2".to_owned(),
            format!("admin0 token_revoked {}", made["id"].as_str().unwrap()),
            // Tried once more: its line comes before anybody knows that there is nothing to take back.
            format!("admin0 token_revoked {}", made["id"].as_str().unwrap()),
        ]
    );
    office.close().await;
}

#[tokio::test]
async fn what_its_user_loses_a_token_loses() {
    let office = Office::open().await;
    let (admin, other) = (office.person(Role::Admin).await, office.person(Role::Admin).await);
    let wanted =
        json!({ "name": "erp", "rights": ["users.read", "audit.read", "wall.read"], "lenders": null });
    let made = office.send(&other, "POST", "/tokens", &wanted).await.json();
    let program = Person::program(made["token"].as_str().unwrap());
    assert_eq!(office.get(&program, "/audit").await.status, 200);
    let seen = admin.clone().with("if-match", "*");
    office.send(&seen, "PATCH", "/users/u_1", &json!({ "role": "collector", "lenders": ["main"] })).await;
    assert_eq!(office.get(&program, "/audit").await.code(), (403, "forbidden".into()));
    let me = office.get(&program, "/me").await.json();
    assert_eq!((&me["rights"], &me["user"]["lenders"]), (&json!(["wall.read"]), &json!(["main"])));
    office.send(&seen, "PATCH", "/users/u_1", &json!({ "disabled": true })).await;
    assert_eq!(office.get(&program, "/me").await.status, 401);
    office.close().await;
}

#[tokio::test]
async fn a_token_sees_no_region_that_its_user_does_not_see() {
    let office = Office::open().await;
    let admin = office.person(Role::Admin).await;
    let other = office.person_given(Role::Admin, given(None, Some(&["粤", "浙"]))).await;
    let make = async |regions: Value, lenders: Value| {
        let wanted =
            json!({ "name": "erp", "rights": ["loans.read"], "lenders": lenders, "regions": regions });
        office.send(&other, "POST", "/tokens", &wanted).await
    };
    for (regions, lenders) in [(json!(["沪"]), Value::Null), (json!(["粤", "沪"]), json!(["main"]))] {
        assert_eq!(make(regions.clone(), lenders).await.code(), (403, "forbidden".into()), "{regions}");
    }
    // Where nothing is named it is all that its maker sees, now and not later.
    let programs =
        [make(Value::Null, Value::Null).await.json(), make(json!(["粤B"]), json!(["main"])).await.json()];
    assert_eq!((&programs[0]["lenders"], &programs[0]["regions"]), (&Value::Null, &json!(["浙", "粤"])));
    let scope = json!([{ "lenders": ["main"], "regions": ["粤B"] }]);
    assert_eq!(programs[1]["scope"], scope);
    let seen = admin.clone().with("if-match", "*");
    let reach = async |program: &Value| {
        let program = Person::program(program["token"].as_str().unwrap());
        office.get(&program, "/me").await.json()["user"]["scope"].clone()
    };
    office.send(&seen, "PATCH", "/users/u_1", &json!({ "regions": null })).await;
    assert_eq!(reach(&programs[0]).await, json!([{ "lenders": null, "regions": ["粤", "浙"] }]));
    // What its user loses it loses.
    office.send(&seen, "PATCH", "/users/u_1", &json!({ "regions": ["粤"] })).await;
    assert_eq!(reach(&programs[0]).await, json!([{ "lenders": null, "regions": ["粤"] }]));
    assert_eq!(reach(&programs[1]).await, scope);
    office.send(&seen, "PATCH", "/users/u_1", &json!({ "regions": ["浙"] })).await;
    assert_eq!(reach(&programs[1]).await, json!([]));
    office.close().await;
}

#[tokio::test]
async fn a_token_that_cannot_be_is_refused_with_the_field() {
    let office = Office::open().await;
    let admin = office.person_for(Role::Admin, Some(&["main"])).await;
    let past = office.now().plus(-1);
    for (wanted, code, pointer) in [
        (json!({ "name": "erp", "rights": ["audit.read", "all"] }), "invalid", "/rights/1"),
        (json!({ "name": "erp", "rights": [] }), "invalid", "/rights"),
        (json!({ "name": "e r p", "rights": ["audit.read"] }), "invalid", "/name"),
        (json!({ "name": "erp", "rights": ["audit.read"], "expires_at": past }), "invalid", "/expires_at"),
        (json!({ "name": "erp", "rights": ["audit.read"], "lenders": ["north"] }), "forbidden", ""),
    ] {
        let answer = office.send(&admin, "POST", "/tokens", &wanted).await;
        assert_eq!(answer.code().1, code, "{wanted}");
        assert_eq!(answer.json()["errors"][0]["pointer"].as_str().unwrap_or_default(), pointer);
    }
    for wrong in ["lw_guess", "", "guess"] {
        assert_eq!(office.get(&Person::program(wrong), "/me").await.status, 401);
    }
    let basic = Person::default().with("authorization", "Basic YTpi");
    assert_eq!(office.get(&basic, "/me").await.status, 401);
    office.close().await;
}
