//! Sizes and limits: refused by name, or waited for, never dropped.

use crate::{ORIGIN, numbered, open, open_with, read_all, within};
use bytes::Bytes;
use futures_util::FutureExt;
use journal::{Config, Health, Item, JournalError};
use model::input::{Action, Human};
use model::{Input, InputId, Seq};

const KIB: usize = 1024;

fn with_frame(number: usize, frame_bytes: usize) -> Item {
    Item { frame: Some(Bytes::from(vec![0x7e; frame_bytes])), ..numbered(number).into() }
}

fn rule_set(bytes: usize) -> Item {
    let action = Action::RuleSet { text: "x".repeat(bytes) };
    Input::Human(Box::new(Human { id: InputId("a".to_owned()), actor: "li".to_owned(), action })).into()
}

#[tokio::test]
async fn an_item_too_large_is_refused_by_name_and_harms_no_other_call() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).await;
    let before = journal.submit(vec![numbered(1).into()]).await.unwrap();
    let refused = journal.submit(vec![numbered(2).into(), rule_set(70 * KIB)]).await.unwrap_err();
    assert!(matches!(refused, JournalError::TooLarge { item: 1, part: "input", .. }), "{refused}");
    let refused = journal.submit(vec![with_frame(3, 65 * KIB)]).await.unwrap_err();
    assert!(matches!(refused, JournalError::TooLarge { item: 0, part: "frame", .. }), "{refused}");
    assert!(matches!(journal.submit(Vec::new()).await, Err(JournalError::Empty)));
    let after = journal.submit(vec![numbered(4).into()]).await.unwrap();
    before.wait().await.unwrap();
    after.wait().await.unwrap();
    let inputs: Vec<_> = read_all(&journal).await.into_iter().map(|entry| entry.input).collect();
    assert_eq!(inputs, [numbered(1), numbered(4)]);
}

#[tokio::test]
async fn a_call_that_no_commit_or_queue_could_hold_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config { entries_per_commit_max: 100, queue_items_max: 256, ..Config::default() };
    let journal = open_with(dir.path(), config).await;
    let many = (0..101).map(|number| numbered(number).into()).collect();
    let refused = journal.submit(many).await.unwrap_err();
    assert!(matches!(refused, JournalError::TooMany { items: 101, max: 100 }), "{refused}");
    let large = (0..5).map(|number| with_frame(number, 60 * KIB)).collect();
    let refused = journal.submit(large).await.unwrap_err();
    assert!(matches!(refused, JournalError::TooMany { items: 305, max: 256 }), "{refused}");
    let just = (0..4).map(|number| with_frame(number, 63 * KIB)).collect();
    assert_eq!(journal.append(just).await.unwrap(), Seq(4));
}

#[tokio::test]
async fn a_read_is_bounded_by_rows_and_by_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).await;
    for number in 0..160 {
        journal.append(vec![with_frame(number, 64 * KIB)]).await.unwrap();
    }
    assert_eq!(journal.read(Seq(0), 7).await.unwrap().len(), 7);
    assert_eq!(journal.read(Seq(0), 0).await.unwrap().len(), 1);
    assert_eq!(journal.read(Seq(0), u32::MAX).await.unwrap().len(), 128);
    assert_eq!(read_all(&journal).await.len(), 160);
}

/// The bound on the size is to SQLite what a full disk is.
#[tokio::test]
async fn without_room_nothing_is_released_and_nothing_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config { size_max_bytes: 1 << 20, size_alarm_bytes: 1 << 20, ..Config::default() };
    let journal = open_with(dir.path(), config).await;
    let mut health = journal.health_changes();
    let mut pending = Vec::new();
    for number in 0..30 {
        pending.push(journal.submit(vec![with_frame(number, 60 * KIB)]).await.unwrap());
        tokio::task::yield_now().await;
    }
    within(health.wait_for(|health| *health == Health::DiskFull)).await.unwrap();
    let stored = journal.head().await.unwrap();
    assert!(stored < Seq(18), "1 MiB cannot hold {stored} items of 60 KiB");
    assert!(pending.last_mut().unwrap().now_or_never().is_none());
    // Room is made as often as it is needed, as the fold does.
    let mut made_room = stored;
    let mut committed = journal.committed();
    while made_room < Seq(30) {
        journal.trim(made_room, ORIGIN.plus(1)).await.unwrap();
        within(committed.wait_for(|seq| *seq > made_room)).await.unwrap();
        made_room = *committed.borrow();
    }
    for (place, pending) in pending.into_iter().enumerate() {
        assert_eq!(within(pending).await.unwrap().last, Seq(i64::try_from(place).unwrap() + 1));
    }
    assert_eq!(journal.health(), Health::Ok);
}

#[tokio::test]
async fn closing_without_room_tells_the_waiters() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config { size_max_bytes: 1 << 20, size_alarm_bytes: 1 << 20, ..Config::default() };
    let journal = open_with(dir.path(), config).await;
    let mut health = journal.health_changes();
    let items = (0..30).map(|number| with_frame(number, 60 * KIB)).collect();
    let pending = journal.submit(items).await.unwrap();
    within(health.wait_for(|health| *health == Health::DiskFull)).await.unwrap();
    within(journal.close()).await;
    let refused = pending.wait().await.unwrap_err();
    assert!(matches!(refused, JournalError::Disk { .. }), "{refused}");
    assert!(read_all(&open(dir.path()).await).await.is_empty(), "half a call is no call");
}

#[tokio::test]
async fn the_size_alarm_follows_what_is_in_use() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).await;
    assert!(!journal.size_alarm());
    for number in 0..20 {
        journal.append(vec![with_frame(number, 60 * KIB)]).await.unwrap();
    }
    let used = journal.size_bytes().await.unwrap();
    assert!(used > 1_200_000, "{used}");
    let config = Config { size_alarm_bytes: 1 << 20, ..Config::default() };
    assert!(open_with(dir.path(), config).await.size_alarm());
    journal.trim(Seq(20), ORIGIN.plus(1)).await.unwrap();
    let used = journal.size_bytes().await.unwrap();
    assert!(used < 100_000, "{used}");
}
