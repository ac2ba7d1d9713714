//! What is applied and old goes; what it stood for is remembered.

use crate::{ORIGIN, numbered, open, read_all};
use model::Seq;

#[tokio::test]
async fn only_what_is_applied_and_old_is_trimmed() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).await;
    for minute in 0..10 {
        journal.clock().step_to(ORIGIN.plus(minute * 60_000));
        journal.append(vec![numbered(1).into(), numbered(2).into()]).await.unwrap();
    }
    assert_eq!(journal.trimmed_through().await.unwrap(), Seq(0));
    assert_eq!(journal.oldest().await.unwrap(), Some(Seq(1)));
    // Applied through 7, all of it old; 7 and 8 committed together and go together.
    assert_eq!(journal.trim(Seq(7), ORIGIN.plus(600_000)).await.unwrap(), 6);
    assert_eq!(journal.trimmed_through().await.unwrap(), Seq(6));
    assert_eq!(journal.oldest().await.unwrap(), Some(Seq(7)));
    // All applied, but what was stamped in minute 5 (seq 11 and 12) is not older than minute 5.
    assert_eq!(journal.trim(Seq(20), ORIGIN.plus(5 * 60_000)).await.unwrap(), 4);
    assert_eq!(journal.oldest().await.unwrap(), Some(Seq(11)));
    assert_eq!(journal.trim(Seq(20), ORIGIN.plus(5 * 60_000)).await.unwrap(), 0);
    assert_eq!(read_all(&journal).await.len(), 10);
    assert_eq!(journal.trimmed_through().await.unwrap(), Seq(10));
}

#[tokio::test]
async fn more_than_one_slice_goes_in_one_call() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).await;
    for number in 0..600 {
        journal.append(vec![numbered(number).into(), numbered(number).into()]).await.unwrap();
    }
    assert_eq!(journal.trim(Seq(1_199), ORIGIN.plus(1)).await.unwrap(), 1_198);
    assert_eq!(journal.oldest().await.unwrap(), Some(Seq(1_199)));
}

#[tokio::test]
async fn after_everything_is_trimmed_seqs_and_stamps_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).await;
    journal.clock().step_to(ORIGIN.plus(9_000));
    journal.append(vec![numbered(1).into(), numbered(2).into()]).await.unwrap();
    assert_eq!(journal.trim(Seq(2), ORIGIN.plus(10_000)).await.unwrap(), 2);
    assert_eq!(journal.oldest().await.unwrap(), None);
    assert_eq!(journal.head().await.unwrap(), Seq(2));
    journal.close().await;
    let reopened = open(dir.path()).await;
    assert_eq!(*reopened.committed().borrow(), Seq(2));
    assert_eq!(reopened.trimmed_through().await.unwrap(), Seq(2));
    reopened.clock().step_to(ORIGIN);
    let committed = reopened.submit(vec![numbered(3).into()]).await.unwrap().wait().await.unwrap();
    assert_eq!((committed.last, committed.at), (Seq(3), ORIGIN.plus(9_000)));
}
