//! How old a lender's feed is: by its whole books, whatever rows come beside them; and what is said of a loan that they leave out.

use crate::lending::{Desk, at, done, overdue};
use model::input::{Action, BookActivation, LoanEvent, Outcome, ToldEvent};
use model::{ContractId, LenderId, Rule};
use store::AlertQuery;

#[tokio::test]
async fn a_row_of_its_own_keeps_no_feed_alive_and_no_whole_book_out() {
    let mut desk = Desk::open().await;
    desk.book("2026-11-20T00:00:00Z", true, vec![overdue("C1", "粤B12345"), overdue("C2", "粤B2")]).await;
    desk.book("2026-11-20T03:00:00Z", false, vec![overdue("C2", "粤B2")]).await;
    let in_force = desk.store.books().await.unwrap();
    assert_eq!(
        in_force.iter().map(|book| (book.as_of, book.loans)).collect::<Vec<_>>(),
        [(at("2026-11-20T00:00:00Z"), 2)]
    );
    desk.book("2026-11-21T03:00:00Z", false, vec![overdue("C2", "粤B2")]).await;
    desk.ticks(&["2026-11-21T03:01:00Z", "2026-11-21T03:02:00Z"]).await;
    let live = desk.store.alerts(&AlertQuery { live: true, ..AlertQuery::default() }).await.unwrap();
    assert!(live.iter().any(|alert| alert.rule == Rule::LoanFeedStale), "{live:?}");
    // Drawn before the row, and come after it: the whole book counts, and the younger row stays.
    let whole =
        desk.book("2026-11-21T02:00:00Z", true, vec![overdue("C1", "粤B12345"), overdue("C2", "粤B2")]).await;
    assert!(done(&whole), "{whole:?}");
    assert_eq!(desk.row().await.notes.stated_at, at("2026-11-21T02:00:00Z"));
    desk.ticks(&["2026-11-21T03:03:00Z", "2026-11-21T03:04:00Z"]).await;
    let live = desk.store.alerts(&AlertQuery { live: true, ..AlertQuery::default() }).await.unwrap();
    assert!(live.iter().all(|alert| alert.rule != Rule::LoanFeedStale), "{live:?}");
}

#[tokio::test]
async fn a_book_of_which_few_rows_are_refused_says_how_old_its_feed_is() {
    let plates = ["粤B12345", "粤B2", "粤B3", "粤B4", "粤B5"];
    let rows = |count: usize| {
        let plates = plates.iter().take(count).enumerate();
        plates.map(|(place, plate)| overdue(&format!("C{}", place + 1), plate)).collect::<Vec<_>>()
    };
    let said = |outcome: Outcome| match outcome {
        Outcome::Done { message } => message,
        other => panic!("{other:?}"),
    };
    let mut desk = Desk::open().await;
    desk.book("2026-11-20T00:00:00Z", true, rows(5)).await;
    let most = said(desk.book("2026-11-21T00:00:00Z", false, rows(4)).await);
    assert!(most.ends_with("4 loans stated, none taken out"), "{most}");
    let few = said(desk.book("2026-11-21T01:00:00Z", false, rows(3)).await);
    assert!(few.ends_with("the rest of the book stays as of 2026-11-21T00:00:00Z"), "{few}");
    let in_force = desk.store.books().await.unwrap();
    let told: Vec<_> = in_force.iter().map(|book| (book.as_of, book.loans, book.complete)).collect();
    assert_eq!(told, [(at("2026-11-21T00:00:00Z"), 4, false)]);
    let newest = desk.store.newest_book(&in_force[0].lender).await.unwrap().unwrap();
    assert_eq!(newest.loans, 3);
    let stale = |alerts: Vec<model::Alert>| alerts.iter().any(|alert| alert.rule == Rule::LoanFeedStale);
    let live = AlertQuery { live: true, ..AlertQuery::default() };
    desk.ticks(&["2026-11-21T03:01:00Z", "2026-11-21T03:02:00Z"]).await;
    assert!(!stale(desk.store.alerts(&live).await.unwrap()), "the feed has come");
    desk.ticks(&["2026-11-22T02:30:00Z", "2026-11-22T02:31:00Z"]).await;
    assert!(stale(desk.store.alerts(&live).await.unwrap()), "three of five loans make it no younger");
}

#[tokio::test]
async fn a_feed_that_fell_is_mended_by_a_book_of_which_few_rows_are_refused() {
    let plates = ["粤B12345", "粤B2", "粤B3", "粤B4", "粤B5"];
    let rows = |count: usize| {
        let plates = plates.iter().take(count).enumerate();
        plates.map(|(place, plate)| overdue(&format!("C{}", place + 1), plate)).collect::<Vec<_>>()
    };
    let mut desk = Desk::open().await;
    desk.book("2026-11-20T00:00:00Z", true, rows(5)).await;
    let fallen = Action::ActivateBook(BookActivation {
        book: "fallen".into(),
        lender: LenderId("main".into()),
        as_of: at("2026-11-20T01:00:00Z"),
        rows: 2,
        complete: true,
        accept_fall: false,
    });
    assert!(matches!(desk.ask(fallen).await, Outcome::Refused { .. }));
    let live = AlertQuery { live: true, ..AlertQuery::default() };
    let fell = |alerts: Vec<model::Alert>| alerts.iter().any(|alert| alert.rule == Rule::LoanFeedStale);
    desk.ticks(&["2026-11-20T04:01:00Z", "2026-11-20T04:02:00Z"]).await;
    assert!(fell(desk.store.alerts(&live).await.unwrap()), "told until a whole one is in force");
    assert!(done(&desk.book("2026-11-20T02:00:00Z", false, rows(4)).await));
    desk.ticks(&["2026-11-20T04:03:00Z", "2026-11-20T04:04:00Z"]).await;
    assert!(!fell(desk.store.alerts(&live).await.unwrap()), "nearly all of it has come");
}

#[tokio::test]
async fn what_is_told_of_a_contract_that_has_left_the_book_says_so() {
    let mut desk = Desk::open().await;
    desk.book("2026-11-20T00:00:00Z", true, vec![overdue("C1", "粤B12345"), overdue("C2", "粤B2")]).await;
    let said = |outcome: Outcome| match outcome {
        Outcome::Done { message } => message,
        other => panic!("{other:?}"),
    };
    let payment = || LoanEvent::Payment { amount: Some(100) };
    let file = |time: &str| {
        let told = |contract: &str| ToldEvent {
            contract: ContractId(contract.into()),
            at: at(&format!("2026-11-20T{time}:00Z")),
            event: payment(),
        };
        Action::LoanEvents { events: vec![told("C1"), told("C2")] }
    };
    let paid = said(desk.event("2026-11-20T01:00:00Z", payment()).await);
    assert!(paid.ends_with("still overdue"), "{paid}");
    assert_eq!(said(desk.ask(file("01:30")).await), "2 events recorded");
    desk.book("2026-11-20T02:00:00Z", true, vec![overdue("C2", "粤B2")]).await;
    let paid = said(desk.event("2026-11-20T03:00:00Z", payment()).await);
    assert!(paid.contains("still overdue; it has left the book, so nothing is stated of it"), "{paid}");
    let said = said(desk.ask(file("03:30")).await);
    assert_eq!(
        said,
        "2 events recorded, 1 of them of contracts that have left the book, of which nothing is stated"
    );
}
