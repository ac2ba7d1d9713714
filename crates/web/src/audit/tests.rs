//! The audit log as it is read.

use crate::testing::Office;
use model::staff::Role;
use model::{DeskAct, Seq};
use serde_json::Value;
use store::{Batch, Cursor};

#[tokio::test]
async fn lines_are_found_by_who_what_and_when_a_page_at_a_time() {
    let office = Office::open().await;
    let auditor = office.person(Role::Auditor).await;
    for (actor, what, subject) in [
        ("wang", DeskAct::UserAdded, "li.wei collector"),
        ("wang/hr", DeskAct::UserChanged, "li.wei supervisor"),
        ("zhao", DeskAct::TokenMade, "zhao/erp"),
    ] {
        office.desk.note(actor, what, subject).await.unwrap();
        office.clock_moves(60_000);
    }
    office.settle().await;
    let found = async |query: &str| {
        let page = office.get(&auditor, &format!("/audit?{query}")).await.json();
        let lines = page["data"].as_array().unwrap().iter();
        let lines: Vec<i64> = lines.map(|line| line["line"].as_i64().unwrap()).collect();
        (lines, page["next_cursor"].as_str().map(ToOwned::to_owned))
    };
    assert_eq!(found("").await.0, [3, 2, 1]);
    assert_eq!(found("actor=wang").await.0, [2, 1], "with what their tokens did");
    assert_eq!(found("action=token_made").await.0, [3]);
    assert_eq!(found("subject=li.wei").await.0, [2, 1]);
    let at = crate::testing::NOW.plus(60_000);
    assert_eq!(found(&format!("from={at}")).await.0, [3, 2]);
    assert_eq!(found(&format!("to={at}")).await.0, [1]);
    let (first, next) = found("limit=2").await;
    let (rest, end) = found(&format!("limit=2&cursor={}", next.unwrap())).await;
    assert_eq!((first, rest, end), (vec![3, 2], vec![1], None));
    office.close().await;
}

#[tokio::test]
async fn all_lines_are_a_file_whatever_a_page_holds_and_no_formula() {
    let office = Office::open().await;
    let auditor = office.person(Role::Auditor).await;
    for number in 0..1_003 {
        let actor = if number == 0 { "＝cmd" } else { "wang" };
        office.desk.note(actor, DeskAct::UserAdded, &format!("user {number}, \"new\"")).await.unwrap();
    }
    office.settle().await;
    let answer = office.get(&auditor, "/audit?format=csv&limit=2").await;
    assert!(answer.body.starts_with("\u{feff}line,".as_bytes()), "what tells a spreadsheet that it is UTF-8");
    let mut file = csv::Reader::from_reader(answer.body.as_slice());
    assert_eq!(file.headers().unwrap().iter().take(3).collect::<Vec<_>>(), ["line", "at", "actor"]);
    let rows: Vec<csv::StringRecord> = file.records().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), 1_003);
    let (newest, oldest) = (rows.first().unwrap(), rows.last().unwrap());
    assert_eq!((&newest[0], &newest[4]), ("1003", "user 1002, \"new\""));
    assert_eq!((&oldest[0], &oldest[2]), ("1", "'＝cmd"));
    let few = office.get(&auditor, "/audit?format=csv&actor=%EF%BC%9Dcmd").await;
    let few = String::from_utf8(few.body).unwrap();
    assert_eq!(few.lines().count(), 2, "{few}");
    office.close().await;
}

#[tokio::test]
async fn a_line_that_does_not_follow_from_the_one_before_is_told() {
    let office = Office::open().await;
    let auditor = office.person(Role::Auditor).await;
    let empty = office.get(&auditor, "/audit/head").await.json();
    assert_eq!((&empty["line"], &empty["ok"]), (&0.into(), &true.into()));
    office.desk.note("wang", DeskAct::LoggedIn, "203.0.113.9").await.unwrap();
    office.settle().await;
    let head = office.get(&auditor, "/audit/head").await.json();
    assert_eq!((&head["line"], &head["verified_through"], &head["ok"]), (&1.into(), &1.into(), &true.into()));

    // Somebody writes a line of their own.
    office.fold_ends().await;
    let (cursor, mark): (Cursor, _) =
        office.store.claim(office.desk.health.journal.id().as_str()).await.unwrap();
    let mut forged = office.store.audit_head().await.unwrap().unwrap();
    forged.line = 2;
    let batch = Batch { audit: vec![forged], ..Batch::default() };
    office.store.commit(&cursor, Seq(cursor.applied.0 + 1), &mark, batch).await.unwrap();
    let head = office.get(&auditor, "/audit/head").await.json();
    assert_eq!(
        (&head["line"], &head["verified_through"], &head["ok"]),
        (&2.into(), &1.into(), &false.into())
    );
    assert_eq!(head["broken_at"], Value::from(2));
}
