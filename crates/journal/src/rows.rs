//! The log's rows: appended in one transaction, read in order.
//!
//! Shape: encoded rows in, their last seq and stamp out; a seq in, the entries after it out. Units: journal ms.
//! Errors: sorted by [`JournalError`]; after an error nothing of the transaction is stored. Source: PERF.md B4, C2.

use crate::header::LAST_STAMP;
use crate::item::{Committed, Entry};
use crate::{Clock, JournalError, PartChange, codec, parts};
use bytes::Bytes;
use futures_util::TryStreamExt;
use model::{Seq, Timestamp};
use sqlx::sqlite::{SqliteConnection, SqliteExecutor, SqlitePool};
use std::sync::LazyLock;

/// A row to append.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) payload: Vec<u8>,
    pub(crate) frame: Option<Bytes>,
    pub(crate) parts: Vec<PartChange>,
}

impl Row {
    /// What the row takes in memory and in the file, nearly.
    pub(crate) fn bytes(&self) -> usize {
        let parts: usize = self.parts.iter().map(PartChange::bytes).sum();
        self.payload.len() + self.frame.as_ref().map_or(0, Bytes::len) + parts
    }
}

const READ: &str = "SELECT seq, stamped_ms, payload, frame FROM journal WHERE seq > $1 ORDER BY seq LIMIT $2";
const OLDEST: &str = "SELECT seq FROM journal ORDER BY seq LIMIT 1";
/// The newest seq that a commit gave, also when its row has been trimmed.
const HEAD: &str = "SELECT seq FROM sqlite_sequence WHERE name = 'journal'";

/// Appends all rows in one durable transaction. Seqs are consecutive: nobody else writes under the lock.
///
/// The transaction is spelled out, since SQLite ends one by itself on a full disk, and a counter beside it would
/// then be wrong.
pub(crate) async fn append(
    connection: &mut SqliteConnection,
    rows: &[&Row],
    clock: &Clock,
) -> Result<Committed, JournalError> {
    let appended = append_and_commit(connection, rows, clock).await;
    if appended.is_err() {
        roll_back(connection).await;
    }
    appended
}

/// Ends a failed transaction. Fails only when the transaction has already ended, or with the next statement as well.
pub(crate) async fn roll_back(connection: &mut SqliteConnection) {
    let _ = sqlx::query("ROLLBACK").execute(connection).await;
}

async fn append_and_commit(
    connection: &mut SqliteConnection,
    rows: &[&Row],
    clock: &Clock,
) -> Result<Committed, JournalError> {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
    let last_stamp: i64 = sqlx::query_scalar(LAST_STAMP).fetch_one(&mut *connection).await?;
    let at = clock.now().max(Timestamp::from_ms(last_stamp));
    let mut last = Seq(0);
    let mut rest = rows;
    for (rows_each, insert) in INSERTS.iter() {
        while let Some((chunk, tail)) = rest.split_at_checked(*rows_each) {
            last = insert_chunk(connection, insert, chunk, at).await?;
            rest = tail;
        }
    }
    parts::apply(connection, rows, last).await?;
    sqlx::query("COMMIT").execute(connection).await?;
    Ok(Committed { last, at })
}

async fn insert_chunk(
    connection: &mut SqliteConnection,
    insert: &'static str,
    rows: &[&Row],
    at: Timestamp,
) -> Result<Seq, JournalError> {
    let mut query = sqlx::query(insert);
    for row in rows {
        query = query.bind(at.ms()).bind(row.payload.as_slice()).bind(row.frame.as_deref());
    }
    Ok(Seq(query.execute(connection).await?.last_insert_rowid()))
}

/// One prepared text for each row count; any batch is a few of them. Each call to SQLite is a hop to its thread, so a
/// row at a time is two to five times slower.
static INSERTS: LazyLock<[(usize, String); 4]> =
    LazyLock::new(|| [64, 16, 4, 1].map(|rows| (rows, insert_text(rows))));

/// Bare places: `$1` is a name to SQLite, and each bind looks through all names of the statement.
fn insert_text(rows: usize) -> String {
    let values = vec!["(?, ?, ?)"; rows].join(", ");
    format!("INSERT INTO journal (stamped_ms, payload, frame) VALUES {values}")
}

/// The entries after a seq, at most `rows_max` and about [`READ_BYTES_MAX`], at least one if there is one.
pub(crate) async fn read(
    readers: &SqlitePool,
    after: Seq,
    rows_max: u32,
) -> Result<Vec<Entry>, JournalError> {
    let mut rows = sqlx::query_as::<_, (i64, i64, Vec<u8>, Option<Vec<u8>>)>(READ)
        .bind(after.0)
        .bind(i64::from(rows_max.max(1)))
        .fetch(readers);
    let (mut entries, mut bytes) = (Vec::new(), 0);
    while let Some((seq, stamped_ms, payload, frame)) = rows.try_next().await? {
        bytes += payload.len() + frame.as_ref().map_or(0, Vec::len);
        entries.push(Entry {
            seq: Seq(seq),
            at: Timestamp::from_ms(stamped_ms),
            input: codec::decode(&payload).map_err(|error| at_seq(seq, error))?,
            frame: frame.map(Bytes::from),
        });
        if bytes >= READ_BYTES_MAX {
            break;
        }
    }
    Ok(entries)
}

fn at_seq(seq: i64, error: JournalError) -> JournalError {
    match error {
        JournalError::Corrupt { reason } => JournalError::Corrupt { reason: format!("seq {seq}: {reason}") },
        other => other,
    }
}

/// The newest committed seq, 0 if there was none.
pub(crate) async fn head(reader: impl SqliteExecutor<'_>) -> Result<Seq, JournalError> {
    Ok(Seq(sqlx::query_scalar(HEAD).fetch_optional(reader).await?.unwrap_or(0)))
}

/// The oldest seq that is still there.
pub(crate) async fn oldest(readers: &SqlitePool) -> Result<Option<Seq>, JournalError> {
    Ok(sqlx::query_scalar(OLDEST).fetch_optional(readers).await?.map(Seq))
}

/// A fold of positions takes some 20,000 entries at a time; of loan book chunks, 128.
pub(crate) const READ_BYTES_MAX: usize = 8 << 20;

const RAISE: &str = "UPDATE sqlite_sequence SET seq = max(seq, $1) WHERE name = 'journal'";
const FIRST_RAISE: &str = "INSERT INTO sqlite_sequence (name, seq) SELECT 'journal', $1 \
     WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'journal')";

/// Lets the next row's seq be above this one.
pub(crate) async fn raise_above(connection: &mut SqliteConnection, seq: Seq) -> Result<(), JournalError> {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
    sqlx::query(RAISE).bind(seq.0).execute(&mut *connection).await?;
    sqlx::query(FIRST_RAISE).bind(seq.0).execute(&mut *connection).await?;
    sqlx::query("COMMIT").execute(connection).await?;
    Ok(())
}
