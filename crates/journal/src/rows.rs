//! The log's rows: appended in one transaction, read in order.
//!
//! Shape: encoded calls in, their last seq and stamp out; a seq in, the entries after it out. Units: journal ms.
//! Errors: sorted by [`JournalError`]; after an error nothing of the transaction is stored. Source: PERF.md B4, C2.

use crate::block::{Block, Form, blocks, unpack};
use crate::call::Call;
use crate::header::LAST_STAMP;
use crate::item::{Committed, Entry};
use crate::{Clock, JournalError, codec, parts};
use bytes::Bytes;
use futures_util::TryStreamExt;
use model::{Seq, Timestamp};
use sqlx::sqlite::{SqliteConnection, SqliteExecutor, SqlitePool};
use std::sync::LazyLock;

/// Seqs are consecutive, and stamps never fall: nobody else writes under the lock.
static APPEND: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INSERT INTO journal (seq, stamped_ms, payload, entries) \
         VALUES (coalesce(({HEAD}), 0) + $1, max($2, ({LAST_STAMP})), $3, $1) RETURNING seq, stamped_ms"
    )
});
const READ: &str =
    "SELECT seq, stamped_ms, payload, frame, entries FROM journal WHERE seq > $1 ORDER BY seq LIMIT $2";
const OLDEST: &str = "SELECT seq - coalesce(entries, 1) + 1 FROM journal ORDER BY seq LIMIT 1";
/// The newest seq that a commit gave, also when its row has been trimmed.
const HEAD: &str = "SELECT seq FROM sqlite_sequence WHERE name = 'journal'";

/// Appends all calls in one durable transaction.
///
/// The transaction is spelled out, since SQLite ends one by itself on a full disk, and a counter beside it would
/// then be wrong.
pub(crate) async fn append(
    connection: &mut SqliteConnection,
    calls: &[&Call],
    clock: &Clock,
) -> Result<Committed, JournalError> {
    let appended = append_and_commit(connection, calls, clock).await;
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
    calls: &[&Call],
    clock: &Clock,
) -> Result<Committed, JournalError> {
    let blocks: Vec<Block> = blocks(calls).collect();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
    let (now, mut committed) = (clock.now(), Committed { last: Seq(0), at: Timestamp::from_ms(0) });
    for block in blocks {
        let appended = sqlx::query_as(APPEND.as_str()).bind(block.entries).bind(now.ms()).bind(block.bytes);
        let (last, at) = appended.fetch_one(&mut *connection).await?;
        committed = Committed { last: Seq(last), at: Timestamp::from_ms(at) };
    }
    parts::apply(connection, calls, committed.last).await?;
    sqlx::query("COMMIT").execute(connection).await?;
    Ok(committed)
}

/// The entries after a seq, at most `entries_max` and about [`READ_BYTES_MAX`], at least one if there is one.
pub(crate) async fn read(
    readers: &SqlitePool,
    after: Seq,
    entries_max: u32,
) -> Result<Vec<Entry>, JournalError> {
    let wanted = usize::try_from(entries_max.max(1)).unwrap_or(usize::MAX);
    let mut rows =
        sqlx::query_as::<_, Stored>(READ).bind(after.0).bind(i64::from(entries_max.max(1))).fetch(readers);
    let (mut entries, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.try_next().await? {
        let at = Timestamp::from_ms(row.1);
        for (seq, (payload, frame)) in numbered(row)?.skip_while(|(seq, _)| *seq <= after) {
            bytes += payload.len() + frame.as_ref().map_or(0, Bytes::len);
            let input = codec::decode(&payload).map_err(|error| at_seq(seq, error))?;
            entries.push(Entry { seq, at, input, frame });
            if entries.len() >= wanted || bytes >= READ_BYTES_MAX {
                return Ok(entries);
            }
        }
    }
    Ok(entries)
}

/// A row as it is stored: seq, stamp, payload, frame, entries.
type Stored = (i64, i64, Vec<u8>, Option<Vec<u8>>, Option<i64>);

/// What a row holds, each entry with its seq.
fn numbered(
    (last, _, payload, frame, count): Stored,
) -> Result<impl Iterator<Item = (Seq, Form)>, JournalError> {
    let forms = match count {
        // As it was before there were blocks.
        None => vec![(payload.into(), frame.map(Bytes::from))],
        Some(_) => {
            unpack(payload.into()).collect::<Result<_, _>>().map_err(|error| at_seq(Seq(last), error))?
        }
    };
    let count = count.unwrap_or(1);
    if i64::try_from(forms.len()) != Ok(count) {
        let reason = format!("{} entries in a block of {count}", forms.len());
        return Err(at_seq(Seq(last), JournalError::Corrupt { reason }));
    }
    Ok((last - count + 1..).map(Seq).zip(forms))
}

fn at_seq(seq: Seq, error: JournalError) -> JournalError {
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
pub(crate) async fn oldest(reader: impl SqliteExecutor<'_>) -> Result<Option<Seq>, JournalError> {
    Ok(sqlx::query_scalar(OLDEST).fetch_optional(reader).await?.map(Seq))
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
