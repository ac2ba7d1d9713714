//! Files of lenders, from their bytes to the book in force.

use crate::testing::town::{STRANGER, Town};
use crate::testing::{Answer, Office, Person};
use model::input::{Action, BookActivation, BookReversal, Input};
use model::staff::Role;
use model::{ContractId, LenderId, Loan, VehicleId};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A book of `main`, drawn half an hour ago: C1 is not past due any more, C3 is not there, so many are new.
fn book(new: u32) -> String {
    let mut text =
        "合同号,车牌号,逾期天数,逾期金额,剩余本金,住址\nC1,粤B10001,0,0,50000.00,深圳市\n".to_owned();
    for row in 0..new {
        writeln!(text, "N{row:03},粤B3{row:04},{},{}.50,80000.00,", row % 40, row * 10).unwrap();
    }
    text
}

async fn upload(office: &Office, who: &Person, query: &str, bytes: Vec<u8>) -> Answer {
    office.send_bytes(who, "POST", &format!("/imports{query}"), Some(("text/csv", bytes))).await
}

fn path(import: &Value, verb: &str) -> String {
    format!("/imports/{}{verb}", import["id"].as_str().unwrap())
}

const LOANS: &str = "?kind=loans&lender=main&as_of=2026-11-18T11:00:00Z&name=book.csv";

#[tokio::test]
async fn a_file_in_gbk_is_compared_first_and_changes_nothing_until_it_is_applied() {
    let office = Office::open().await;
    let town = Town::build(&office).await;
    let chief = office.person_for(Role::Supervisor, Some(&["main"])).await;
    let text = book(8);
    let (gbk, _, unmappable) = encoding_rs::GBK.encode(&text);
    assert!(!unmappable);
    let query = format!("?kind=loans&lender=main&as_of={}&name=book.csv", town.now());
    let answer = upload(&office, &chief, &query, gbk.into_owned()).await;
    assert_eq!(answer.status, 201, "{}", answer.json());
    let import = answer.json();
    assert_eq!(
        (import["state"].as_str(), import["accepted"].as_u64()),
        (Some("checked"), Some(9)),
        "{import}"
    );
    assert!(import["encoding"].as_str().unwrap().to_lowercase().starts_with("gb"), "{import}");
    let count = |group: &str| import["diff"][group]["count"].as_u64().unwrap();
    assert_eq!((count("new"), count("gone"), count("current")), (8, 1, 1), "{import}");
    assert_eq!(import["diff"]["gone"]["contracts"], json!(["C3"]));
    let cells = import["diff"]["examples"].as_array().unwrap();
    assert!(
        cells.iter().any(|cell| cell["contract"] == "C1" && cell["column"] == "amount_overdue"),
        "{import}"
    );
    // What a loan has now is for who may read loans.
    let admin = office.person(Role::Admin).await;
    let asked = json!({ "name": "feed", "rights": ["imports.run"], "lenders": ["main"] });
    let token = office.send(&admin, "POST", "/tokens", &asked).await.json();
    let feed = Person::program(token["token"].as_str().unwrap_or_else(|| panic!("{token}")));
    let theirs = office.get(&feed, &path(&import, "")).await.json();
    assert_eq!((&theirs["diff"]["gone"], &theirs["diff"]["examples"]), (&import["diff"]["gone"], &json!([])));
    assert_eq!(import["ignored_columns"], json!(["住址"]), "{import}");
    assert_eq!(office.get(&chief, "/loans/C1").await.json()["days_past_due"].as_u64(), Some(20));

    let applied = office.send(&chief, "POST", &path(&import, "/apply"), &json!({})).await;
    assert_eq!(applied.status, 200, "{}", applied.json());
    assert_eq!(applied.json()["state"], "applied");
    let one = office.get(&chief, "/loans/C1").await.json();
    assert_eq!(
        (one["amount_overdue"].as_i64(), one["principal_outstanding"].as_i64()),
        (Some(0), Some(5_000_000)),
        "{one}"
    );
    assert_eq!(office.get(&chief, "/loans/N001").await.json()["amount_overdue"].as_i64(), Some(1_050));
    // Decided once.
    for verb in ["/apply", "/discard"] {
        assert_eq!(office.send(&chief, "POST", &path(&import, verb), &json!({})).await.status, 409, "{verb}");
    }
    let listed = office.get(&chief, "/imports").await.json();
    assert_eq!(listed["data"][0]["id"], import["id"]);
    assert_eq!(
        (&listed["data"][0]["rejected"], &listed["data"][0]["diff"]["gone"]["contracts"]),
        (&Value::Null, &json!([]))
    );
    // Its file is gone from the disk.
    let kept = std::fs::read_dir(office.folder.path().join("imports")).unwrap().count();
    assert_eq!(kept, 0);
    office.close().await;
}

#[tokio::test]
async fn what_stands_against_a_file_is_said_and_a_fall_is_accepted_by_name() {
    let office = Office::open().await;
    let town = Town::build(&office).await;
    let chief = office.person(Role::Supervisor).await;
    let query = |ago_ms: i64| format!("?kind=loans&lender=main&as_of={}", town.now().plus(-ago_ms));
    // Half of the book is gone.
    let fall = upload(&office, &chief, &query(60_000), book(0).into_bytes()).await.json();
    assert_eq!(
        (fall["guards"][0]["code"].as_str(), fall["guards"][0]["blocking"].as_bool()),
        (Some("row_fall"), Some(true)),
        "{fall}"
    );
    assert!(fall["guards"][0]["text"]["zh"].as_str().unwrap().contains("50"), "{fall}");
    assert_eq!(
        office.send(&chief, "POST", &path(&fall, "/apply"), &json!({})).await.code(),
        (409, "refused".into())
    );
    let meant = json!({"accept_fall": true});
    assert_eq!(office.send(&chief, "POST", &path(&fall, "/apply"), &meant).await.json()["state"], "applied");
    // Older than what is in force now.
    let old = upload(&office, &chief, &query(7_200_000), book(8).into_bytes()).await.json();
    let codes: Vec<&str> =
        old["guards"].as_array().unwrap().iter().map(|guard| guard["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"older"), "{old}");
    assert_eq!(
        office.send(&chief, "POST", &path(&old, "/apply"), &meant).await.code(),
        (409, "refused".into())
    );
    let away = office.send(&chief, "POST", &path(&old, "/discard"), &json!({})).await.json();
    assert_eq!(away["state"], "discarded");
    office.close().await;
}

#[tokio::test]
async fn rows_that_are_refused_are_told_cell_by_cell_and_their_file_opens_without_harm() {
    let office = Office::open().await;
    let _town = Town::build(&office).await;
    let chief = office.person(Role::Supervisor).await;
    let mut text = book(30);
    text.push_str("=HYPERLINK(\"http://x\"),粤B30099,3,1,1,\nN098,粤B30098,viele,1,1,\n");
    let import = upload(&office, &chief, LOANS, text.into_bytes()).await.json();
    assert_eq!(
        (import["rejected_count"].as_u64(), import["accepted"].as_u64()),
        (Some(2), Some(31)),
        "{import}"
    );
    let cells = import["rejected"].as_array().unwrap();
    assert!(cells.iter().any(|cell| cell["column"] == "逾期天数" && cell["row"] == 34), "{import}");
    assert!(cells[0]["text"]["zh"].is_string(), "{import}");
    let csv = office.get(&chief, &path(&import, "/rejects.csv")).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let csv = String::from_utf8(csv.body).unwrap();
    assert!(csv.contains("'=HYPERLINK"), "{csv}");

    assert!(csv.contains("N098"), "the contract stands beside its cell: {csv}");
    let useless = upload(&office, &chief, LOANS, b"a,b\n1,2\n".to_vec()).await;
    assert_eq!(useless.code(), (422, "invalid".into()));
    assert!(useless.json()["detail"].as_str().unwrap().contains('合'), "{}", useless.json());
    for wrong in ["?kind=cars", "?kind=loans", "?kind=loans&lender=main&as_of=soon"] {
        assert_eq!(
            upload(&office, &chief, wrong, book(1).into_bytes()).await.code(),
            (422, "invalid".into()),
            "{wrong}"
        );
    }
    office.close().await;
}

#[tokio::test]
async fn a_book_of_which_a_row_is_refused_makes_its_feed_younger_and_a_few_rows_do_not() {
    let office = Office::open().await;
    let _town = Town::build(&office).await;
    let chief = office.person(Role::Supervisor).await;
    put_in_force(&office, &chief, 50, 30).await;
    let at = |minutes: i64| office.now().plus(-minutes * 60_000);
    let query = |as_of, more: &str| format!("?kind=loans&lender=main&as_of={as_of}{more}");
    let codes = |import: &Value| {
        let guards = import["guards"].as_array().unwrap();
        guards.iter().map(|guard| guard["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let day = at(40);
    let text = book(30).replace("N005,粤B30005,5,", "N005,粤B30005,viele,");
    let most = upload(&office, &chief, &query(day, ""), text.into_bytes()).await.json();
    assert_eq!(codes(&most), ["not_complete"], "{most}");
    assert_eq!(most["diff"]["refused"], json!({"count": 1, "contracts": ["N005"]}));
    assert_eq!(most["diff"]["gone"]["count"], 0, "{most}");
    assert_eq!(most["rejected"][0]["contract"], "N005", "{most}");
    office.send(&chief, "POST", &path(&most, "/apply"), &json!({})).await;
    let books = office.get(&chief, "/books").await.json();
    let main = |books: &Value| {
        books["data"].as_array().unwrap().iter().find(|book| book["lender"] == "main").cloned().unwrap()
    };
    let whole = main(&books);
    assert_eq!((&whole["as_of"], &whole["loans"]), (&json!(day.to_string()), &json!(30)), "{books}");
    assert_eq!((&whole["since"], &whole["can_roll_back"]), (&Value::Null, &json!(true)), "{books}");

    let few = upload(&office, &chief, &query(at(30), "&complete=false"), book(2).into_bytes()).await.json();
    assert_eq!(codes(&few), ["age_stays"], "{few}");
    office.send(&chief, "POST", &path(&few, "/apply"), &json!({})).await;
    let both = main(&office.get(&chief, "/books").await.json());
    assert_eq!((&both["as_of"], &both["since"]["loans"]), (&json!(day.to_string()), &json!(3)), "{both}");
    assert_eq!(both["can_roll_back"], true, "the few rows can be taken back");
    office.close().await;
}

#[tokio::test]
async fn a_file_of_one_lender_takes_no_contract_out_of_the_book_of_another() {
    let office = Office::open().await;
    let _town = Town::build(&office).await;
    let north = office.person_for(Role::Supervisor, Some(&["north"])).await;
    let query = format!("?kind=loans&lender=north&as_of={}&complete=false", office.now());
    let import = upload(&office, &north, &query, book(4).into_bytes()).await.json();
    assert_eq!(
        (import["guards"][0]["code"].as_str(), import["guards"][0]["blocking"].as_bool()),
        (Some("elsewhere"), Some(true)),
        "{import}"
    );
    let said = import["guards"][0]["text"]["en"].as_str().unwrap();
    assert!(
        said.contains("1 contract in the book of another lender (C1)") && !said.contains("main"),
        "{said}"
    );
    let refused = office.send(&north, "POST", &path(&import, "/apply"), &json!({"accept_fall": true})).await;
    assert_eq!(refused.code(), (409, "refused".into()));
    office.close().await;
}

#[tokio::test]
async fn what_is_on_which_car_and_what_happened_come_as_files_too() {
    let office = Office::open().await;
    let _town = Town::build(&office).await;
    let chief = office.person(Role::Supervisor).await;
    let bindings = format!("设备号,车牌号,角色\n{STRANGER},粤B10002,main\n").into_bytes();
    let import = upload(&office, &chief, "?kind=bindings", bindings).await;
    assert_eq!(import.status, 201, "{}", import.json());
    let import = import.json();
    assert_eq!(import["diff"]["new"]["count"].as_u64(), Some(1), "{import}");
    let applied = office.send(&chief, "POST", &path(&import, "/apply"), &json!({})).await.json();
    assert_eq!(applied["state"], "applied", "{applied}");
    let events = "合同号,时间,事件,金额\nC1,2026-11-18 09:00,payment,120.50\nC1,2026-11-18 09:00,payment,120.50\nC9,2026-11-18 09:00,payment,1\n";
    let import = upload(&office, &chief, "?kind=events", events.as_bytes().to_vec()).await;
    assert_eq!(import.status, 201, "{}", import.json());
    let import = import.json();
    assert_eq!(import["rejected_count"].as_u64(), Some(1), "{import}");
    let applied = office.send(&chief, "POST", &path(&import, "/apply"), &json!({})).await.json();
    assert_eq!(applied["state"], "applied", "{applied}");
    let one = office.get(&chief, "/loans/C1").await.json();
    assert!(one["events"].as_array().unwrap().iter().any(|event| event["event"] == "payment"), "{one}");
    office.close().await;
}

#[tokio::test]
async fn another_lenders_files_are_not_there_and_bindings_are_for_who_sees_everything() {
    let office = Office::open().await;
    let _town = Town::build(&office).await;
    let chief = office.person(Role::Supervisor).await;
    let north = office.person_for(Role::Supervisor, Some(&["north"])).await;
    let import = upload(&office, &chief, LOANS, book(8).into_bytes()).await.json();
    for verb in ["", "/rejects.csv"] {
        assert_eq!(
            office.get(&north, &path(&import, verb)).await.code(),
            (404, "not_found".into()),
            "{verb}"
        );
    }
    assert_eq!(office.send(&north, "POST", &path(&import, "/apply"), &json!({})).await.code().0, 404);
    assert_eq!(office.get(&north, "/imports").await.json()["data"], json!([]));
    assert_eq!(upload(&office, &north, LOANS, book(8).into_bytes()).await.code(), (422, "invalid".into()));
    let bindings = b"terminal,plate\n1,B12345\n".to_vec();
    assert_eq!(upload(&office, &north, "?kind=bindings", bindings).await.code(), (403, "forbidden".into()));
    let li = office.person(Role::Collector).await;
    assert_eq!(upload(&office, &li, LOANS, book(8).into_bytes()).await.code(), (403, "forbidden".into()));
    office.close().await;
}

/// Brings a book in and puts it in force; drawn so many minutes ago.
async fn put_in_force(office: &Office, chief: &Person, minutes: i64, new: u32) -> Value {
    let as_of = office.now().plus(-minutes * 60_000);
    let query = format!("?kind=loans&lender=main&as_of={as_of}&name=book.csv");
    let import = upload(office, chief, &query, book(new).into_bytes()).await.json();
    let applied =
        office.send(chief, "POST", &path(&import, "/apply"), &json!({"accept_fall": true})).await.json();
    assert_eq!(applied["state"], "applied", "{applied}");
    import
}

/// The same as the command line does: a book that the desk never saw.
async fn put_in_force_elsewhere(office: &Office) {
    let mut town = Town::goes_on(office);
    let (book, lender, as_of) = ("main cli".to_owned(), LenderId("main".into()), town.now());
    let loan =
        Loan::bare(ContractId("C1".into()), lender.clone(), VehicleId::parse("粤B10001").unwrap(), as_of);
    town.say(Input::BookChunk { book: book.clone(), first_row: 0, loans: vec![loan] }).await;
    let activation = BookActivation { book, lender, as_of, rows: 1, complete: false, accept_fall: false };
    town.wants(Action::ActivateBook(activation)).await;
    office.settle().await;
}

async fn roll_back(office: &Office, who: &Person, import: &Value) -> Answer {
    office.send(who, "POST", &path(import, "/rollback"), &json!({"reason": "另一资方的文件"})).await
}

#[tokio::test]
async fn a_book_that_is_taken_back_leaves_the_loans_as_they_were_and_is_taken_back_once() {
    let office = Office::open().await;
    let _town = Town::build(&office).await;
    let chief = office.person_for(Role::Supervisor, Some(&["main"])).await;
    let before = office.get(&chief, "/loans/C1").await.json();
    let import = put_in_force(&office, &chief, 30, 8).await;
    assert_eq!(office.get(&chief, &path(&import, "")).await.json()["can_roll_back"], true);
    assert_eq!(office.get(&chief, "/loans/C1").await.json()["amount_overdue"].as_i64(), Some(0));

    let unsaid = office.send(&chief, "POST", &path(&import, "/rollback"), &json!({"reason": " "})).await;
    assert_eq!(unsaid.code(), (422, "invalid".into()));
    let long = json!({"reason": "x".repeat(501)});
    assert_eq!(office.send(&chief, "POST", &path(&import, "/rollback"), &long).await.code().0, 422);
    let back = roll_back(&office, &chief, &import).await;
    assert_eq!(back.status, 200, "{}", back.json());
    let one = office.get(&chief, &path(&import, "")).await.json();
    assert_eq!((one["state"].as_str(), one["can_roll_back"].as_bool()), (Some("rolled_back"), Some(false)));
    assert!(one["rolled_back_at"].is_string() && one["settled_by"].is_string(), "{one}");
    assert_eq!(one["rolled_back_by"], one["settled_by"]);
    let after = office.get(&chief, "/loans/C1").await.json();
    for field in ["amount_overdue", "days_past_due", "as_of", "in_book", "principal_outstanding"] {
        assert_eq!(after[field], before[field], "{field}: {after}");
    }
    assert_eq!(office.get(&chief, "/loans/N001").await.status, 404);
    assert_eq!(roll_back(&office, &chief, &import).await.code(), (409, "conflict".into()));
    let auditor = office.person(Role::Auditor).await;
    let audit = office.get(&auditor, "/audit").await.json().to_string();
    assert!(audit.contains("revert_book") && audit.contains("另一资方的文件"), "{audit}");
    office.close().await;
}

#[tokio::test]
async fn an_older_book_is_not_taken_back_from_under_a_newer_one() {
    let office = Office::open().await;
    let _town = Town::build(&office).await;
    let chief = office.person(Role::Supervisor).await;
    let older = put_in_force(&office, &chief, 30, 8).await;
    let newer = put_in_force(&office, &chief, 20, 9).await;
    assert_eq!(office.get(&chief, &path(&older, "")).await.json()["can_roll_back"], false);
    assert_eq!(roll_back(&office, &chief, &older).await.code(), (409, "conflict".into()));
    let one = office.get(&chief, &path(&older, "")).await.json();
    assert_eq!((one["state"].as_str(), &one["rolled_back_at"]), (Some("applied"), &Value::Null), "as before");
    put_in_force_elsewhere(&office).await;
    assert_eq!(office.get(&chief, &path(&newer, "")).await.json()["can_roll_back"], false);
    // A delta is not the book of its lender; it is what the command line can take back.
    let books = office.get(&chief, "/books").await.json();
    let lenders: Vec<&str> =
        books["data"].as_array().unwrap().iter().map(|book| book["lender"].as_str().unwrap()).collect();
    assert_eq!(lenders, ["main", "north"], "{books}");
    let book = &books["data"][0];
    assert_eq!(
        (&book["lender"], &book["complete"], &book["since"]["loans"], &book["can_roll_back"]),
        (&"main".into(), &true.into(), &1.into(), &true.into())
    );
    let north = office.person_for(Role::Supervisor, Some(&["north"])).await;
    assert_eq!(office.get(&north, "/books").await.json()["data"][0]["lender"], "north", "and no other");
    let refused = roll_back(&office, &chief, &newer).await;
    assert_eq!(refused.code(), (409, "conflict".into()));
    assert!(
        refused.json()["detail"].as_str().unwrap().contains("Import a corrected book"),
        "what to do next"
    );
    assert_eq!(roll_back(&office, &north, &newer).await.code(), (404, "not_found".into()));
    office.close().await;
}

#[tokio::test]
async fn a_book_that_the_command_line_has_taken_back_is_not_in_force_at_the_desk() {
    let office = Office::open().await;
    let _town = Town::build(&office).await;
    let chief = office.person(Role::Supervisor).await;
    let import = put_in_force(&office, &chief, 30, 8).await;
    let lender = LenderId("main".into());
    let book = office.store.revertible_book(&lender).await.unwrap().unwrap();
    let mut town = Town::goes_on(&office);
    town.wants(Action::RevertBook(BookReversal { book, lender, reason: "旧文件".into() })).await;
    office.settle().await;
    let listed = office.get(&chief, "/imports").await.json();
    assert_eq!(listed["data"][0]["state"], "rolled_back", "{listed}");
    let one = office.get(&chief, &path(&import, "")).await.json();
    assert_eq!((one["state"].as_str(), one["can_roll_back"].as_bool()), (Some("rolled_back"), Some(false)));
    assert_eq!(roll_back(&office, &chief, &import).await.code(), (409, "conflict".into()));
    office.close().await;
}

#[tokio::test]
async fn what_is_no_book_in_force_is_not_taken_back() {
    let office = Office::open().await;
    let _town = Town::build(&office).await;
    let chief = office.person(Role::Supervisor).await;
    let checked = upload(&office, &chief, LOANS, book(8).into_bytes()).await.json();
    assert_eq!(roll_back(&office, &chief, &checked).await.code().0, 409);
    let bindings = format!("设备号,车牌号,角色\n{STRANGER},粤B10002,main\n").into_bytes();
    let import = upload(&office, &chief, "?kind=bindings", bindings).await.json();
    office.send(&chief, "POST", &path(&import, "/apply"), &json!({})).await;
    assert_eq!(roll_back(&office, &chief, &import).await.code(), (409, "refused".into()));
    office.close().await;
}
