//! Takes away what is applied and old, in slices so small that no commit waits for one.
//!
//! Shape: one slice a transaction, through the writer, between its commits. Units: journal ms; a slice aims at 2 ms.
//! Errors: those of a write; what a failed slice meant to take is still there. Source: DESIGN.md §1, fine print 11.

use crate::{JournalError, rows};
use model::{Seq, Timestamp};
use sqlx::sqlite::SqliteConnection;
use tokio::sync::oneshot;

/// What may go: all up to `through` that is older than `older_than`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bound {
    pub(crate) through: Seq,
    pub(crate) older_than: Timestamp,
}

/// Asks the writer for one slice.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) bound: Bound,
    pub(crate) outcome: oneshot::Sender<Result<u64, JournalError>>,
}

/// No value that stands behind the payload in its row, for which all pages of a block would be read: the length of a frame
/// stands in the row's head.
const CANDIDATES: &str = "SELECT seq, stamped_ms, length(payload) + coalesce(length(frame), 0) \
     FROM journal WHERE seq <= $1 ORDER BY seq LIMIT $2";
const DELETE: &str = "DELETE FROM journal WHERE seq <= $1";
const REMEMBER: &str = "UPDATE header SET trimmed_through = max(trimmed_through, $1), \
     trimmed_stamp_ms = max(trimmed_stamp_ms, $2)";

/// Takes away one slice from the old end and says how many seqs that were, gaps among them; 0 = nothing more may go.
pub(crate) async fn slice(connection: &mut SqliteConnection, bound: Bound) -> Result<u64, JournalError> {
    let Some(slice) = candidates(connection, bound).await? else { return Ok(0) };
    let removed = remove(connection, slice.last, slice.stamp).await;
    if removed.is_err() {
        rows::roll_back(connection).await;
    }
    removed.map(|()| slice.seqs)
}

/// What goes at once.
struct Slice {
    last: Seq,
    stamp: Timestamp,
    seqs: u64,
}

/// Up to the last row of the slice, blocks being whole. Read before the lock is taken: only the journal's owner trims, and
/// rows never change.
async fn candidates(connection: &mut SqliteConnection, bound: Bound) -> Result<Option<Slice>, JournalError> {
    let Some(oldest) = rows::oldest(&mut *connection).await? else { return Ok(None) };
    let rows: Vec<(i64, i64, i64)> =
        sqlx::query_as(CANDIDATES).bind(bound.through.0).bind(SLICE_ROWS_MAX).fetch_all(connection).await?;
    let (mut last, mut bytes) = (None, 0);
    for (seq, stamped_ms, row_bytes) in rows {
        let stamp = Timestamp::from_ms(stamped_ms);
        if stamp >= bound.older_than || bytes >= SLICE_BYTES_MAX {
            break;
        }
        bytes += row_bytes;
        last = Some(Slice { last: Seq(seq), stamp, seqs: u64::try_from(seq + 1 - oldest.0).unwrap_or(0) });
    }
    Ok(last)
}

async fn remove(connection: &mut SqliteConnection, last: Seq, stamp: Timestamp) -> Result<(), JournalError> {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
    sqlx::query(DELETE).bind(last.0).execute(&mut *connection).await?;
    sqlx::query(REMEMBER).bind(last.0).bind(stamp.ms()).execute(&mut *connection).await?;
    sqlx::query("COMMIT").execute(connection).await?;
    Ok(())
}

/// So few that none takes long to look at: 0.1 ms, measured with blocks of 18 KB.
const SLICE_ROWS_MAX: i64 = 256;
/// Large rows lie on pages of their own, each of which is freed apart: 0.7 ms in the middle, 6 at most, on a virtual disk.
const SLICE_BYTES_MAX: i64 = 256 << 10;
