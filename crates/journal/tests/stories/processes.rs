//! Two handles on one directory are to SQLite what two processes are.

use crate::{numbered, open, read_all, within};
use futures_util::FutureExt;
use journal::{Config, Item};
use model::Seq;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use std::path::Path;

/// A connection that knows nothing of the journal's rules.
pub(crate) async fn foreign_connection(dir: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(dir.join("journal.db")).connect().await.unwrap()
}

/// One statement from outside.
pub(crate) async fn foreign(dir: &Path, statement: &'static str) {
    let mut connection = foreign_connection(dir).await;
    sqlx::query(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_append_at_once_and_nothing_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let (server, tool) = (open(dir.path()).await, open(dir.path()).await);
    assert_eq!(server.id(), tool.id());
    let appending = |journal: journal::Journal, base: usize| async move {
        for number in 0..200 {
            journal.append(vec![numbered(base + number).into()]).await.unwrap();
        }
    };
    let both = async {
        tokio::join!(
            tokio::spawn(appending(server.clone(), 1_000)),
            tokio::spawn(appending(tool.clone(), 5_000))
        )
    };
    let (by_server, by_tool) = within(both).await;
    by_server.unwrap();
    by_tool.unwrap();
    let entries = read_all(&tool).await;
    assert_eq!(entries.len(), 400);
    for base in [1_000, 5_000] {
        let of_one: Vec<_> =
            (0..200).map(|number| numbered(base + number)).filter(|input| holds(&entries, input)).collect();
        assert_eq!(of_one.len(), 200);
    }
    assert!(entries.windows(2).all(|pair| pair[0].at <= pair[1].at && pair[0].seq < pair[1].seq));
}

fn holds(entries: &[journal::Entry], input: &model::Input) -> bool {
    entries.iter().any(|entry| entry.input == *input)
}

#[tokio::test]
async fn a_commit_of_another_process_raises_the_watermark() {
    let dir = tempfile::tempdir().unwrap();
    let (server, tool) = (open(dir.path()).await, open(dir.path()).await);
    let mut committed = server.committed();
    for number in 1..=3 {
        let seq = tool.append(vec![numbered(number).into()]).await.unwrap();
        within(committed.wait_for(|seen| *seen >= seq)).await.unwrap();
        assert_eq!(*committed.borrow(), seq);
    }
    assert_eq!(server.head().await.unwrap(), Seq(3));
}

#[tokio::test]
async fn a_lock_held_by_another_process_delays_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).await;
    let mut other = foreign_connection(dir.path()).await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let mut pending = journal.submit(vec![numbered(1).into()]).await.unwrap();
    assert!((&mut pending).now_or_never().is_none());
    sqlx::query("COMMIT").execute(&mut other).await.unwrap();
    assert_eq!(within(pending).await.unwrap().last, Seq(1));
}

/// The queue is filled while another process holds the lock, so that nothing can leave it.
#[tokio::test]
async fn a_full_queue_makes_the_caller_wait() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config { queue_items_max: 256, ..Config::default() };
    let journal = crate::open_with(dir.path(), config).await;
    let mut other = foreign_connection(dir.path()).await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let mut pending = Vec::new();
    for number in 0..64 {
        let items: Vec<Item> = (0..4).map(|item| numbered(number * 4 + item).into()).collect();
        pending.push(within(journal.submit(items)).await.unwrap());
    }
    assert_eq!(journal.queue(), (256, 256));
    let mut one_more = Box::pin(journal.submit(vec![numbered(256).into()]));
    assert!((&mut one_more).now_or_never().is_none());
    sqlx::query("COMMIT").execute(&mut other).await.unwrap();
    within(one_more).await.unwrap().wait().await.unwrap();
    for pending in pending {
        within(pending).await.unwrap();
    }
    assert_eq!(read_all(&journal).await.len(), 257);
    assert_eq!(journal.queue(), (0, 256));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn first_opens_at_the_same_moment_make_one_journal() {
    for _ in 0..10 {
        let dir = tempfile::tempdir().unwrap();
        let opens = (0..4).map(|_| {
            let path = dir.path().to_owned();
            tokio::spawn(async move { open(&path).await })
        });
        let opens: Vec<_> = opens.collect();
        let mut journals = Vec::new();
        for opened in opens {
            journals.push(within(opened).await.unwrap());
        }
        assert!(journals.iter().all(|journal| journal.id() == journals[0].id()));
        assert_eq!(journals[3].append(vec![numbered(1).into()]).await.unwrap(), Seq(1));
    }
}

/// By the one of the three flags that SQLite tells of.
#[tokio::test]
async fn the_sqlite_that_is_built_in_is_built_as_cargo_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).await;
    let mut connection = foreign_connection(dir.path()).await;
    let options: Vec<String> =
        sqlx::query_scalar("PRAGMA compile_options").fetch_all(&mut connection).await.unwrap();
    assert!(
        options.iter().any(|option| option == "DEFAULT_MEMSTATUS=0"),
        "built without .cargo/config.toml, so that each commit syncs more than it must: {options:?}"
    );
    journal.close().await;
}
