//! In through the queue, out in order.

use crate::{ORIGIN, numbered, open, open_with, read_all, samples, within};
use bytes::Bytes;
use journal::{ClockSpec, Config, Health, Item, Journal, JournalError};
use model::{Input, Seq};
use std::collections::BTreeSet;

#[tokio::test]
async fn every_input_comes_out_as_it_went_in_with_its_frame() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).await;
    let items: Vec<Item> = samples::every_input()
        .into_iter()
        .enumerate()
        .map(|(place, input)| {
            let frame = (place % 2 == 0).then(|| Bytes::from(vec![0x78; place]));
            Item { frame, ..input.into() }
        })
        .collect();
    let last = journal.append(items.clone()).await.unwrap();
    assert_eq!(last, Seq(i64::try_from(items.len()).unwrap()));
    let entries = read_all(&journal).await;
    let read: Vec<Item> = entries
        .iter()
        .map(|entry| Item { frame: entry.frame.clone(), ..entry.input.clone().into() })
        .collect();
    assert_eq!(read, items);
    assert_eq!(entries.first().unwrap().seq, Seq(1));
    assert!(entries.iter().all(|entry| entry.at == ORIGIN));
}

#[tokio::test]
async fn what_committed_together_is_read_from_any_place_on_and_as_far_as_asked() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).await;
    for call in 0..3 {
        journal.append((0..5).map(|item| numbered(call * 5 + item).into()).collect()).await.unwrap();
    }
    for (after, wanted) in [(0, 1), (0, 7), (2, 2), (4, 6), (5, 100), (14, 1), (15, 1)] {
        let read = journal.read(Seq(after), wanted).await.unwrap();
        let read: Vec<_> = read.into_iter().map(|entry| (entry.seq.0, entry.input)).collect();
        let last = 15.min(after + i64::from(wanted));
        let expected: Vec<_> =
            (after + 1..=last).map(|seq| (seq, numbered(usize::try_from(seq - 1).unwrap()))).collect();
        assert_eq!(read, expected, "{wanted} after {after}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_call_learns_where_its_own_items_stand() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config { entries_per_commit_max: 50, ..Config::default() };
    let journal = open_with(dir.path(), config).await;
    let calls = (0..300_usize).map(|call| {
        let journal = journal.clone();
        tokio::spawn(async move {
            let items = (0..=call % 7).map(|item| numbered(call * 100 + item).into()).collect();
            (call, journal.submit(items).await.unwrap().wait().await.unwrap())
        })
    });
    let mut claimed = BTreeSet::new();
    let calls: Vec<_> = calls.collect();
    let mut expected = Vec::new();
    for call in calls {
        let (call, committed) = within(call).await.unwrap();
        let items = call % 7 + 1;
        for item in 0..items {
            let seq = committed.last.0 - i64::try_from(items - 1 - item).unwrap();
            assert!(claimed.insert(seq), "seq {seq} was given twice");
            expected.push((Seq(seq), numbered(call * 100 + item)));
        }
    }
    expected.sort_by_key(|(seq, _)| *seq);
    let read: Vec<_> = read_all(&journal).await.into_iter().map(|entry| (entry.seq, entry.input)).collect();
    assert_eq!(read, expected);
    assert_eq!(*journal.committed().borrow(), journal.head().await.unwrap());
}

/// What a kill leaves is the files as they are; a copy of them, taken when the reply would leave, is the same.
#[tokio::test]
async fn what_was_released_is_in_the_files_before_anything_is_closed() {
    let (dir, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let journal = open(dir.path()).await;
    for number in 0..20 {
        journal.append(vec![numbered(number).into()]).await.unwrap();
    }
    for file in ["journal.db", "journal.db-wal"] {
        std::fs::copy(dir.path().join(file), copy.path().join(file)).unwrap();
    }
    let reopened = open(copy.path()).await;
    let read: Vec<Input> = read_all(&reopened).await.into_iter().map(|entry| entry.input).collect();
    assert_eq!(read, (0..20).map(numbered).collect::<Vec<_>>());
    assert_eq!(reopened.id(), journal.id());
    assert_eq!(reopened.authentication_key(), journal.authentication_key());
    assert_eq!(reopened.append(vec![numbered(20).into()]).await.unwrap(), Seq(21));
}

#[tokio::test]
async fn items_whose_caller_went_away_are_stored_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).await;
    drop(journal.submit(vec![numbered(1).into()]).await.unwrap());
    assert_eq!(journal.append(vec![numbered(2).into()]).await.unwrap(), Seq(2));
}

#[tokio::test]
async fn closing_stores_what_is_queued_and_takes_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).await;
    let mut pending = Vec::new();
    for number in 0..500 {
        pending.push(journal.submit(vec![numbered(number).into()]).await.unwrap());
    }
    within(journal.close()).await;
    for pending in pending {
        assert!(pending.wait().await.is_ok());
    }
    assert!(matches!(journal.append(vec![numbered(1).into()]).await, Err(JournalError::Closed)));
    assert!(!dir.path().join("journal.db-wal").exists(), "the log has been moved into the database");
    let reopened = open(dir.path()).await;
    assert_eq!(*reopened.committed().borrow(), Seq(500));
    assert_eq!(read_all(&reopened).await.len(), 500);
}

#[tokio::test]
async fn stamps_never_go_back_when_the_clock_does() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).await;
    for step in [0, 1_000, -5_000, 500, 2_000] {
        journal.clock().step_to(ORIGIN.plus(step));
        journal.append(vec![numbered(1).into()]).await.unwrap();
    }
    let stamps: Vec<i64> = read_all(&journal).await.iter().map(|entry| entry.at.since(ORIGIN)).collect();
    assert_eq!(stamps, [0, 1_000, 1_000, 1_000, 2_000]);
    journal.close().await;
    let reopened = open(dir.path()).await;
    assert_eq!(reopened.clock().now(), ORIGIN.plus(2_000));
    reopened.clock().step_to(ORIGIN);
    let committed = reopened.submit(vec![numbered(1).into()]).await.unwrap().wait().await.unwrap();
    assert_eq!(committed.at, ORIGIN.plus(2_000));
}

#[tokio::test]
async fn a_journal_keeps_the_clock_it_was_made_with() {
    let dir = tempfile::tempdir().unwrap();
    let made = ClockSpec::Scaled { origin: ORIGIN, factor: 3_600.0 };
    Journal::open(dir.path(), Config::default(), made).await.unwrap().close().await;
    let journal = Journal::open(dir.path(), Config::default(), ClockSpec::System).await.unwrap();
    assert!(!journal.clock().is_system());
    assert_eq!(journal.clock().factor().to_bits(), 3_600.0_f64.to_bits());
    assert!(journal.clock().now() >= ORIGIN);
}

/// No more than one statement can fail for good here, so the table is taken away under the writer.
#[tokio::test]
async fn after_a_failed_write_nothing_is_released_and_nothing_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).await;
    let mut health = journal.health_changes();
    crate::processes::foreign(dir.path(), "DROP TABLE journal").await;
    let refused = within(journal.append(vec![numbered(1).into()])).await.unwrap_err();
    assert!(matches!(refused, JournalError::Failed { .. }), "{refused}");
    within(health.wait_for(|health| matches!(health, Health::Failed(_)))).await.unwrap();
    let refused = within(journal.append(vec![numbered(2).into()])).await.unwrap_err();
    assert!(matches!(refused, JournalError::Failed { .. }), "{refused}");
    within(journal.close()).await;
}
