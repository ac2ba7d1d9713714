//! The two doors of the desk.

use super::*;
use crate::authentication::in_session;
use crate::request_id::RequestId;
use crate::secret::Secret;
use crate::testing::Office;
use axum::http::HeaderMap;
use model::staff::Role;
use model::{Purpose, TerminalId};

async fn caller(office: &Office, role: Role) -> Caller {
    let person = office.person(role).await;
    let user = office.store.user(&person.id.unwrap()).await.unwrap().unwrap();
    in_session(&user, &Secret::random(""), RequestId::random())
}

fn key(text: &'static str) -> IdempotencyKey {
    let headers =
        HeaderMap::from_iter([("idempotency-key".parse().unwrap(), HeaderValue::from_static(text))]);
    IdempotencyKey::of(&headers).unwrap().unwrap()
}

#[tokio::test]
async fn nobody_reads_where_a_car_is_without_a_purpose_of_their_own_a_line_and_a_budget() {
    let office = Office::open_with(Config { positions_a_day_max: 100, ..Config::default() }).await;
    let desk = &office.desk;
    let mut caller = caller(&office, Role::Collector).await;
    let read = async |caller: &Caller, positions| {
        desk.reads(caller, "track of 粤B12345", positions).await.map_err(|problem| problem.code)
    };
    assert_eq!(read(&caller, 1).await, Err(Code::PurposeRequired));
    caller.purpose = Some(Purpose::Ops);
    assert_eq!(read(&caller, 1).await, Err(Code::PurposeRequired), "that is not a collector's business");
    caller.purpose = Some(Purpose::Collect);
    assert_eq!(read(&caller, 60).await, Ok(()));
    assert_eq!(read(&caller, 41).await, Err(Code::BudgetExceeded));
    assert_eq!(read(&caller, 40).await, Ok(()));
    assert_eq!(desk.positions_left(&caller).await.unwrap(), 0);
    assert_eq!(
        office.audit().await,
        ["collector0 read track of 粤B12345", "collector0 read track of 粤B12345"]
    );
    let lines = office.store.audit_after(0, 9).await.unwrap();
    assert!(lines.iter().all(|line| line.purpose == "collect"));
    // Tomorrow.
    office.clock_moves(24 * 3_600_000);
    assert_eq!(read(&caller, 100).await, Ok(()));
    office.close().await;
}

#[tokio::test]
async fn a_wish_is_done_once_under_its_key_and_its_outcome_is_told() {
    let office = Office::open().await;
    let caller = caller(&office, Role::Ops).await;
    let terminal = TerminalId::parse("868120240000015").unwrap();
    let approve =
        async |key: &IdempotencyKey| office.desk.ask(&caller, Some(key), Action::Approve { terminal }).await;
    let first = approve(&key("a-1")).await.unwrap();
    assert_eq!(
        first,
        Done::Now { message: "terminal 868120240000015 approved, 0 kept positions stored".into() }
    );
    assert_eq!(approve(&key("a-1")).await.unwrap(), first, "the same wish");
    assert_ne!(approve(&key("a-2")).await.unwrap(), first);
    let cancel = Action::CancelCommand { command: InputId("none".into()) };
    assert_eq!(office.desk.ask(&caller, None, cancel).await.unwrap_err().code, Code::NotFound);
    assert_eq!(office.audit().await.len(), 3);
    office.applied.send_modify(|applied| applied.store_up = false);
    assert_eq!(approve(&key("a-3")).await.unwrap_err().code, Code::StoreDown);
    office.close().await;
}
