//! The store on SQLite, by itself. The story suite of the top `tests` folder runs on both databases.

#![expect(clippy::unwrap_used, reason = "a failed step must stop the test")]

use model::Seq;
use store::{Batch, Config, Mark, Store, StoreError};

async fn store(folder: &tempfile::TempDir) -> Store {
    let url = format!("sqlite:{}", folder.path().join("store.db").display());
    Store::connect(&Config { url, ..Config::default() }).await.unwrap()
}

#[tokio::test]
async fn every_statement_prepares() {
    let folder = tempfile::tempdir().unwrap();
    assert!(store(&folder).await.prepare_all().await.unwrap() > 50);
}

#[tokio::test]
async fn a_replaced_owner_commits_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let (first, mark) = store.claim("j").await.unwrap();
    let (second, _) = store.claim("j").await.unwrap();
    assert!(matches!(store.commit(&first, Seq(1), &mark, Batch::default()).await, Err(StoreError::Fenced)));
    store.commit(&second, Seq(1), &mark, Batch::default()).await.unwrap();
    assert!(matches!(store.commit(&second, Seq(2), &mark, Batch::default()).await, Err(StoreError::Fenced)));
    assert_eq!(store.place().await.unwrap().unwrap().0.applied, Seq(1));
}

#[tokio::test]
async fn another_journals_store_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    store.claim("first").await.unwrap();
    let refusal = store.claim("second").await.unwrap_err().to_string();
    assert!(refusal.contains("first") && refusal.contains("--accept-journal"), "{refusal}");
    store.adopt("second", Seq(7), "data directory replaced").await.unwrap();
    assert_eq!(store.claim("second").await.unwrap().0.applied, Seq(7));
}

#[tokio::test]
async fn counters_add_up_and_a_failed_step_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let (mut cursor, mark) = store.claim("j").await.unwrap();
    for seq in 1..=2 {
        let batch = Batch { counters: vec![("stored", 5), ("duplicate", 1)], ..Batch::default() };
        store.commit(&cursor, Seq(seq), &mark, batch).await.unwrap();
        cursor.applied = Seq(seq);
    }
    let batch = Batch { counters: vec![("stored", 1_000)], ..Batch::default() };
    let stale = store::Cursor { applied: Seq(0), ..cursor };
    assert!(store.commit(&stale, Seq(9), &Mark::default(), batch).await.is_err());
    assert_eq!(store.counters().await.unwrap(), [("duplicate".into(), 2), ("stored".into(), 10)]);
}

/// It moves no input, and would else pass for the place that a later step begins at.
#[tokio::test]
async fn a_step_of_states_alone_that_lands_late_is_met_by_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let (cursor, mark) = store.claim("j").await.unwrap();
    store.commit(&cursor, Seq(7), &mark, Batch::default()).await.unwrap();
    let before = store::Cursor { applied: Seq(7), ..cursor };
    let states = Mark { checkpoint: Seq(7), ..mark.clone() };
    store.commit(&before, Seq(7), &states, Batch::default()).await.unwrap();
    let next = store.commit(&before, Seq(9), &mark, Batch::default()).await;
    assert!(matches!(next, Err(StoreError::Fenced)));
    let after = store::Cursor { checkpoint: Seq(7), ..before };
    store.commit(&after, Seq(9), &states, Batch::default()).await.unwrap();
}
