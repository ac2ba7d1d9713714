//! Parts of split messages: stored with their entry, gone with the entry that makes them whole.

use crate::processes::{foreign, foreign_connection};
use crate::{ORIGIN, numbered, open, read_all, within};
use bytes::Bytes;
use journal::{Health, Item, Journal, JournalError, KeptPart, PartChange, PartKey};
use model::{PartSet, ProtocolName, Seq, TerminalId};
use sqlx::Connection;
use std::path::Path;

fn key(terminal: &str, set: u64) -> PartKey {
    PartKey {
        terminal: TerminalId::parse(terminal).unwrap(),
        protocol: ProtocolName::parse("jt808").unwrap(),
        set: PartSet(set),
    }
}

fn frame(number: u16) -> Bytes {
    Bytes::from(vec![number.to_be_bytes()[1]; 1_000])
}

fn keep(key: PartKey, number: u16) -> PartChange {
    PartChange::Keep { key, number, frame: frame(number), received_at: ORIGIN.plus(i64::from(number)) }
}

fn drop_all(key: PartKey) -> PartChange {
    PartChange::Drop { key, through: ORIGIN.plus(1_000) }
}

fn item(name: usize, parts: Vec<PartChange>) -> Item {
    Item { parts, ..numbered(name).into() }
}

fn kept(key: PartKey, number: u16, seq: i64) -> KeptPart {
    KeptPart { key, number, frame: frame(number), seq: Seq(seq), received_at: ORIGIN.plus(i64::from(number)) }
}

#[tokio::test]
async fn parts_survive_a_reopening_with_the_seqs_of_their_own_entries() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).await;
    let (a, b) = (key("15", u64::MAX), key("16", 7));
    let items = vec![item(1, vec![]), item(2, vec![keep(a, 2)]), item(3, vec![]), item(4, vec![keep(b, 1)])];
    let apart = journal.submit(vec![item(0, vec![])]).await.unwrap();
    let together = journal.submit(items).await.unwrap();
    journal.append(vec![item(5, vec![keep(a, 1)])]).await.unwrap();
    apart.wait().await.unwrap();
    together.wait().await.unwrap();
    journal.close().await;
    let reopened = open(dir.path()).await;
    assert_eq!(reopened.parts().await.unwrap(), [kept(a, 2, 3), kept(b, 1, 5), kept(a, 1, 6)]);
}

#[tokio::test]
async fn a_part_that_comes_again_is_one_part() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).await;
    for name in 0..3 {
        journal.append(vec![item(name, vec![keep(key("15", 7), 2)])]).await.unwrap();
    }
    assert_eq!(journal.parts().await.unwrap(), [kept(key("15", 7), 2, 3)]);
}

#[tokio::test]
async fn what_is_dropped_is_that_message_and_no_other_in_the_order_of_the_changes() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).await;
    let (a, b, c) = (key("15", 7), key("15", 8), key("16", 7));
    journal.append(vec![item(1, vec![keep(a, 1), keep(a, 2), keep(b, 1), keep(c, 1)])]).await.unwrap();
    journal.append(vec![item(2, vec![drop_all(a), keep(a, 3)])]).await.unwrap();
    let left: Vec<_> = journal.parts().await.unwrap().iter().map(|part| (part.key, part.number)).collect();
    assert_eq!(left, [(b, 1), (c, 1), (a, 3)]);
}

#[tokio::test]
async fn a_part_that_came_later_than_its_message_was_given_up_stays_whichever_is_written_first() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).await;
    let a = key("15", 7);
    let given_up = PartChange::Drop { key: a, through: ORIGIN.plus(2) };
    journal.append(vec![item(1, vec![keep(a, 1), keep(a, 2), keep(a, 3)])]).await.unwrap();
    journal.append(vec![item(2, vec![given_up])]).await.unwrap();
    assert_eq!(journal.parts().await.unwrap(), [kept(a, 3, 1)]);
}

/// What a kill leaves of the log ends anywhere: in it a part is there if and only if its entry is, and gone if and only
/// if the entry is there that made it whole.
#[tokio::test]
async fn wherever_a_kill_cuts_the_log_off_a_part_is_as_its_entries_say() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).await;
    for name in 0..3 {
        let part = u16::try_from(name).unwrap() + 1;
        journal.append(vec![item(name, vec![keep(key("15", 7), part)])]).await.unwrap();
    }
    journal.append(vec![item(3, vec![drop_all(key("15", 7))])]).await.unwrap();
    let log = std::fs::read(dir.path().join("journal.db-wal")).unwrap();
    let mut states = Vec::new();
    for pages in 0..=log.len() / LOG_FRAME_BYTES {
        let copy = tempfile::tempdir().unwrap();
        std::fs::copy(dir.path().join("journal.db"), copy.path().join("journal.db")).unwrap();
        let cut = (LOG_HEAD_BYTES + pages * LOG_FRAME_BYTES).min(log.len());
        std::fs::write(copy.path().join("journal.db-wal"), log.get(..cut).unwrap()).unwrap();
        let (entries, parts) = state(copy.path()).await;
        states.push(entries);
        assert_eq!(parts, if entries == 4 { 0 } else { entries }, "cut after {pages} pages");
    }
    states.dedup();
    assert_eq!(states, [0, 1, 2, 3, 4], "every commit was cut off once");
}

/// Of an entry of the first format.
const FRAME: [u8; 3] = [0x78, 0x78, 0x05];
/// A header and a page.
const LOG_FRAME_BYTES: usize = 24 + 4096;
const LOG_HEAD_BYTES: usize = 32;

async fn state(dir: &Path) -> (usize, usize) {
    let journal = open(dir).await;
    let counts = (read_all(&journal).await.len(), journal.parts().await.unwrap().len());
    within(journal.close()).await;
    counts
}

#[tokio::test]
async fn a_part_that_cannot_be_stored_takes_its_entry_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).await;
    journal.append(vec![item(1, vec![])]).await.unwrap();
    foreign(dir.path(), "DROP TABLE parts").await;
    journal.append(vec![item(2, vec![])]).await.unwrap();
    let refused = within(journal.append(vec![item(3, vec![keep(key("15", 7), 1)])])).await.unwrap_err();
    assert!(matches!(refused, JournalError::Failed { .. }), "{refused}");
    assert!(matches!(journal.health(), Health::Failed(_)));
    assert_eq!(read_all(&journal).await.len(), 2);
}

#[tokio::test]
async fn a_journal_of_the_first_format_is_opened_and_takes_parts() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::File::create(dir.path().join("journal.db")).unwrap();
    let mut older = foreign_connection(dir.path()).await;
    sqlx::raw_sql(include_str!("../../migrations/0001_journal.sql")).execute(&mut older).await.unwrap();
    let form = journal::codec::encode(&numbered(1)).unwrap();
    let insert = "INSERT INTO journal (stamped_ms, payload, frame) VALUES (1, $1, $2)";
    sqlx::query(insert).bind(form).bind(&FRAME[..]).execute(&mut older).await.unwrap();
    older.close().await.unwrap();
    let journal: Journal = open(dir.path()).await;
    assert!(journal.parts().await.unwrap().is_empty());
    journal.append(vec![item(2, vec![keep(key("15", 7), 1)])]).await.unwrap();
    let entries = read_all(&journal).await;
    let read: Vec<_> =
        entries.iter().map(|entry| (entry.seq.0, &entry.input, entry.frame.as_deref())).collect();
    assert_eq!(read, [(1, &numbered(1), Some(&FRAME[..])), (2, &numbered(2), None)]);
    assert_eq!(journal.parts().await.unwrap(), [kept(key("15", 7), 1, 2)]);
}

#[tokio::test]
async fn a_trim_takes_entries_and_leaves_the_parts_that_are_still_needed() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).await;
    journal.append(vec![item(1, vec![keep(key("15", 7), 1)])]).await.unwrap();
    assert_eq!(journal.trim(Seq(1), ORIGIN.plus(1)).await.unwrap(), 1);
    assert_eq!(journal.parts().await.unwrap().len(), 1);
}

/// Forty entries of 5 KB are four blocks: three of thirteen, and one of one.
#[tokio::test]
async fn a_commit_of_several_blocks_is_read_and_trimmed_from_anywhere_and_its_parts_know_their_own_entries() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).await;
    let part = |name| if name == 20 { vec![keep(key("15", 7), 1)] } else { Vec::new() };
    let framed = |name: usize| Item { frame: Some(Bytes::from(vec![7; 5_000])), ..item(name, part(name)) };
    assert_eq!(journal.append((1..=40).map(framed).collect()).await.unwrap(), Seq(40));
    for (after, wanted) in [(0, 14), (12, 2), (13, 1), (25, 20), (39, 5), (40, 1)] {
        let read = journal.read(Seq(after), wanted).await.unwrap();
        let read: Vec<_> = read.into_iter().map(|entry| (entry.seq.0, entry.input)).collect();
        let last = 40.min(after + i64::from(wanted));
        let expected = (after + 1..=last).map(|seq| (seq, numbered(usize::try_from(seq).unwrap())));
        assert_eq!(read, expected.collect::<Vec<_>>(), "{wanted} after {after}");
    }
    assert_eq!(journal.parts().await.unwrap(), [kept(key("15", 7), 1, 20)]);
    assert_eq!(journal.trim(Seq(30), ORIGIN.plus(1)).await.unwrap(), 26);
    assert_eq!(journal.oldest().await.unwrap(), Some(Seq(27)));
}
