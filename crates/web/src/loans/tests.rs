//! Loans as their lender's system sends them and as staff read them.

use crate::testing::Office;
use crate::testing::town::Town;
use model::staff::Role;
use serde_json::{Value, json};

fn contracts(listed: &Value) -> Vec<String> {
    let rows = listed["data"].as_array().unwrap();
    rows.iter().map(|row| row["contract"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn loans_are_read_by_those_whose_lenders_they_are() {
    let office = Office::open().await;
    let _town = Town::build(&office).await;
    let admin = office.person(Role::Admin).await;
    assert_eq!(contracts(&office.get(&admin, "/loans").await.json()), ["C1", "C2", "C3"]);
    for (query, expected) in [("?q=10002", "C2"), ("?lender=north", "C2"), ("?bucket=M1", "C1")] {
        assert_eq!(
            contracts(&office.get(&admin, &format!("/loans{query}")).await.json()),
            [expected],
            "{query}"
        );
    }
    let first = office.get(&admin, "/loans?limit=2").await.json();
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(
        contracts(&office.get(&admin, &format!("/loans?limit=2&cursor={cursor}")).await.json()),
        ["C3"]
    );
    // A settled loan ends what collection may know of it.
    let main = office.person_for(Role::Collector, Some(&["main"])).await;
    assert_eq!(contracts(&office.get(&main, "/loans").await.json()), ["C1"]);
    for hidden in ["C2", "C3", "C9"] {
        assert_eq!(
            office.get(&main, &format!("/loans/{hidden}")).await.code(),
            (404, "not_found".into()),
            "{hidden}"
        );
    }
    let one = office.get(&main, "/loans/C1").await.json();
    assert_eq!(
        (one["days_past_due"].as_u64(), one["bucket"].as_str(), one["fresh"].as_bool()),
        (Some(20), Some("M1"), Some(true)),
        "{one}"
    );
    assert_eq!(one["amount_overdue"].as_i64(), Some(100_000));
    for role in [Role::Ops, Role::Auditor] {
        let other = office.person(role).await;
        assert_eq!(office.get(&other, "/loans").await.code(), (403, "forbidden".into()), "{role}");
    }
    office.close().await;
}

#[tokio::test]
async fn a_loan_is_put_and_its_neighbours_stay_in_the_book() {
    let office = Office::open().await;
    let _town = Town::build(&office).await;
    let admin = office.person(Role::Admin).await;
    let row = json!({"plate": "粤B10001", "days_past_due": 45, "amount_overdue": 250_000, "principal_outstanding": 4_900_000});
    let put = office.send(&admin, "PUT", "/loans/C1", &row).await;
    assert_eq!(put.status, 200, "{}", put.json());
    let put = put.json();
    assert_eq!(
        (put["amount_overdue"].as_i64(), put["bucket"].as_str()),
        (Some(250_000), Some("M2")),
        "{put}"
    );
    assert_eq!(contracts(&office.get(&admin, "/loans").await.json()), ["C1", "C2", "C3"]);
    let new = json!({"lender": "north", "plate": "粤B10009", "days_past_due": 0, "principal_outstanding": 1});
    assert_eq!(office.send(&admin, "PUT", "/loans/C9", &new).await.status, 200);
    assert_eq!(office.get(&admin, "/loans/C9").await.json()["lender"], "north");
    // On top of what somebody saw, or not at all.
    let saw = office.get(&admin, "/loans/C1").await.header("etag").to_owned();
    let seeing = admin.clone().with("if-match", &saw);
    let less = json!({"plate": "粤B10001", "days_past_due": 45, "amount_overdue": 240_000, "principal_outstanding": 4_900_000});
    assert_eq!(office.send(&seeing, "PUT", "/loans/C1", &less).await.status, 200);
    let late = json!({"plate": "粤B10001", "days_past_due": 1, "amount_overdue": 1});
    let keyed = seeing.clone().with("idempotency-key", "put-0000-0001");
    assert_eq!(office.send(&keyed, "PUT", "/loans/C1", &late).await.code().0, 412);
    let refused = office.send(&seeing, "PUT", "/loans/C1", &late).await;
    assert_eq!(refused.code(), (412, "precondition_failed".into()));
    assert_eq!(office.get(&admin, "/loans/C1").await.json()["amount_overdue"], 240_000);
    // What is not understood, or is left out, cures no loan.
    let misspelt = json!({"plate": "粤B10001", "days_past_due": 45, "amount_overdu": 1});
    let refused = office.send(&admin, "PUT", "/loans/C1", &misspelt).await.json();
    assert_eq!(refused["errors"][0]["pointer"].as_str(), Some("/amount_overdu"), "{refused}");
    let bare = office.send(&admin, "PUT", "/loans/C1", &json!({"plate": "粤B10001"})).await.json();
    assert_eq!(bare["errors"][0]["pointer"].as_str(), Some("/oldest_unpaid_due"), "{bare}");
    // A contract in the book of one lender is another one's by no request of theirs.
    let theirs = json!({"plate": "粤B10001", "days_past_due": 1});
    let taken = office.send(&admin, "PUT", "/loans/C1?lender=north", &theirs).await;
    assert_eq!(taken.code(), (409, "refused".into()), "{}", taken.json());
    assert_eq!(office.get(&admin, "/loans/C1").await.json()["lender"], "main");
    // What is wrong is named by its key.
    let wrong = json!({"plate": "粤B10001", "days_past_due": "many"});
    let wrong = office.send(&admin, "PUT", "/loans/C1", &wrong).await;
    assert_eq!(
        (wrong.code(), wrong.json()["errors"][0]["pointer"].as_str()),
        ((422, "invalid".into()), Some("/days_past_due"))
    );
    let nobodys = json!({"plate": "粤B10001", "days_past_due": 1});
    assert_eq!(office.send(&admin, "PUT", "/loans/C77", &nobodys).await.code(), (422, "invalid".into()));
    office.close().await;
}

#[tokio::test]
async fn a_batch_names_the_rows_that_it_leaves_out_and_the_same_batch_twice_counts_once() {
    let office = Office::open().await;
    let _town = Town::build(&office).await;
    let admin = office.person(Role::Admin).await.with("idempotency-key", "batch-0000-0001");
    let lines: Vec<String> = (0..20)
        .map(|row| format!("{{\"contract\":\"N{row}\",\"plate\":\"粤B2{row:04}\",\"days_past_due\":{row},\"principal_outstanding\":100}}"))
        .chain(["{\"contract\":\"N99\",\"plate\":\"粤B29999\",\"days_past_due\":\"x\"}".to_owned()])
        .collect();
    let body = || Some(("application/x-ndjson", lines.join("\n").into_bytes()));
    let answer = office.send_bytes(&admin, "POST", "/loans:batch?lender=north", body()).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    let told = answer.json();
    assert_eq!((told["accepted"].as_u64(), told["rejected"].as_u64()), (Some(20), Some(1)), "{told}");
    assert_eq!(told["errors"][0]["pointer"].as_str(), Some("/21/days_past_due"), "{told}");
    let again = office.send_bytes(&admin, "POST", "/loans:batch?lender=north", body()).await;
    assert_eq!(again.json()["id"], told["id"]);
    // Not complete: C2, which it does not name, stays.
    let listed = office.get(&admin, "/loans?lender=north").await.json();
    assert_eq!(contracts(&listed).len(), 21);
    let theirs = office.person_for(Role::Admin, Some(&["main"])).await;
    let foreign = office.send_bytes(&theirs, "POST", "/loans:batch?lender=north", body()).await;
    assert_eq!(foreign.code(), (422, "invalid".into()));
    office.close().await;
}

#[tokio::test]
async fn what_happened_to_a_loan_is_told_and_listed_with_it() {
    let office = Office::open().await;
    let _town = Town::build(&office).await;
    let li = office.person_for(Role::Collector, Some(&["main"])).await;
    let tell = async |body: Value| office.send(&li, "POST", "/events/loan", &body).await;
    let promise = tell(json!({"contract": "C1", "type": "promise", "until": "2026-11-25"})).await;
    assert_eq!(promise.status, 200, "{}", promise.json());
    let one = office.get(&li, "/loans/C1").await.json();
    assert_eq!((one["hold"].as_str(), &one["days_past_due"]), (Some("promise"), &Value::Null), "{one}");
    assert_eq!(one["events"][0]["event"].as_str(), Some("promise"), "{one}");
    assert!(one["events"][0]["actor"].as_str().unwrap().starts_with("collector"), "{one}");
    let payment = tell(json!({"contract": "C1", "type": "payment"})).await;
    assert_eq!(payment.status, 200, "{}", payment.json());
    let late = tell(json!({"contract": "C1", "type": "promise", "until": "2020-01-01"})).await;
    assert_eq!(late.code(), (409, "refused".into()));
    let case = tell(json!({"contract": "C1", "type": "recovery_case", "open": true})).await;
    assert_eq!(case.code(), (403, "forbidden".into()));
    assert_eq!(tell(json!({"contract": "C2", "type": "payment"})).await.code(), (404, "not_found".into()));
    for wrong in [
        json!({"contract": "C1", "type": "burn"}),
        json!({"contract": "C1", "type": "payment", "amount": -1}),
        // Without an amount all is paid: a slip of the pen must not say so.
        json!({"contract": "C1", "type": "payment", "amuont": 100}),
        json!({"contract": "C1", "type": "settled", "att": "2026-11-01T00:00:00Z"}),
        json!({"contract": "C1", "type": "debit_failed", "amount": 1}),
    ] {
        assert_eq!(tell(wrong).await.code(), (422, "invalid".into()));
    }
    office.close().await;
}
