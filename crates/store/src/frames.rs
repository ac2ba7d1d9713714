//! Frames as ops read them: one, or a stretch of them in the order in which they came, those in quarantine too.
//!
//! Shape: a place in the journal or a stretch in, rows out. There is no index by terminal on frames, which would cost each of them a
//! page of its own: a stretch is gone through, a slice at a time, and says how far it got. Units: rows. Errors: [`StoreError`].

use crate::backend::with_reader;
use crate::bulk::{Bulk, TakesRows as _};
use crate::history::{FrameColumns, archived, frame};
use crate::positions::terminal_id;
use crate::value::Kind::Int;
use crate::value::Row;
use crate::{ArchiveRow, FrameRow, QuarantineRow, Store, StoreError};
use model::{Seq, TerminalId, Timestamp};
use sqlx::AssertSqlSafe;

const ONE: &str = "SELECT seq, at_ms, terminal, protocol, session, frame_no, number, serial, received_ms, checksum_ok, \
    problem, frame FROM frames WHERE seq = $1";

const PAGE: &str = "SELECT seq, at_ms, terminal, protocol, session, frame_no, number, serial, received_ms, checksum_ok, \
    problem, frame FROM frames WHERE seq > $1 AND seq <= $2 AND ($3 = '' OR terminal = $3) ORDER BY seq LIMIT $4";

const ENDS: &str = "SELECT (SELECT MIN(seq) FROM frames), (SELECT MAX(seq) FROM frames)";

const NEXT: &str = "SELECT seq, received_ms FROM frames WHERE seq >= $1 ORDER BY seq LIMIT 1";

const KEPT_ONE: &str = "SELECT seq, terminal, received_ms, payload, frame FROM quarantine WHERE seq = $1";

const KEPT: &str = "SELECT seq, terminal, received_ms, payload, frame FROM quarantine \
    WHERE seq > $1 AND seq <= $2 AND ($3 = '' OR terminal = $3) ORDER BY seq LIMIT $4";

const KNOCKING: &str = "SELECT terminal, COUNT(*), MIN(seq), MAX(seq) FROM quarantine GROUP BY terminal \
    HAVING MAX(seq) < $1 ORDER BY MAX(seq) DESC LIMIT $2";

static KEPT_AT: Bulk = Bulk::new(
    "SELECT q.seq, q.terminal, q.received_ms, q.payload, q.frame FROM (",
    &[Int],
    ") AS k CROSS JOIN quarantine q WHERE q.seq = k.column1",
);

const BEFORE: &str =
    "SELECT seq, at_ms, payload FROM archive WHERE seq < $1 AND seq >= $2 ORDER BY seq DESC LIMIT $3";

/// A stretch of the frame log.
#[derive(Debug, Clone, Copy)]
pub struct FrameQuery {
    /// Of this terminal only.
    pub terminal: Option<TerminalId>,
    /// Behind this place.
    pub after: Seq,
    /// Up to and including this one.
    pub until: Seq,
    /// So many at the most.
    pub rows_max: u32,
}

/// What a terminal that nobody has approved has in quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Knocking {
    /// Which.
    pub terminal: TerminalId,
    /// How many frames are kept.
    pub frames: i64,
    /// The first of them.
    pub first: Seq,
    /// The last of them.
    pub last: Seq,
}

pub(crate) type KeptColumns = (i64, String, i64, Vec<u8>, Option<Vec<u8>>);

impl Store {
    /// The frame at a place.
    pub async fn frame(&self, seq: Seq) -> Result<Option<FrameRow>, StoreError> {
        let row: Option<FrameColumns> =
            with_reader!(self, pool => sqlx::query_as(ONE).bind(seq.0).fetch_optional(pool).await)?;
        row.map(frame).transpose()
    }

    /// The next frames of a stretch.
    pub async fn frames_in(&self, query: &FrameQuery) -> Result<Vec<FrameRow>, StoreError> {
        let rows: Vec<FrameColumns> = with_reader!(self, pool => {
            sqlx::query_as(PAGE)
                .bind(query.after.0)
                .bind(query.until.0)
                .bind(query.terminal.map(|terminal| terminal.to_string()).unwrap_or_default())
                .bind(i64::from(query.rows_max))
                .fetch_all(pool)
                .await
        })?;
        rows.into_iter().map(frame).collect()
    }

    /// The first and the last frame there is.
    pub async fn frame_ends(&self) -> Result<Option<(Seq, Seq)>, StoreError> {
        let (first, last): (Option<i64>, Option<i64>) =
            with_reader!(self, pool => sqlx::query_as(ENDS).fetch_one(pool).await)?;
        Ok(first.map(Seq).zip(last.map(Seq)))
    }

    /// The last place before everything that was received at or after an instant. Frames come in the order of their stamps, but for
    /// what several connections read at once.
    pub async fn frames_before(&self, at: Timestamp) -> Result<Seq, StoreError> {
        let Some((first, last)) = self.frame_ends().await? else { return Ok(Seq(0)) };
        let (mut low, mut high) = (first.0, last.0.saturating_add(1));
        while low < high {
            let middle = low + (high - low) / 2;
            let next: Option<(i64, i64)> =
                with_reader!(self, pool => sqlx::query_as(NEXT).bind(middle).fetch_optional(pool).await)?;
            match next {
                Some((seq, received)) if received < at.ms() => low = seq + 1,
                Some(_) | None => high = middle,
            }
        }
        Ok(Seq(low.saturating_sub(1)))
    }

    /// The frame in quarantine at a place.
    pub async fn kept_frame(&self, seq: Seq) -> Result<Option<QuarantineRow>, StoreError> {
        let row: Option<KeptColumns> =
            with_reader!(self, pool => sqlx::query_as(KEPT_ONE).bind(seq.0).fetch_optional(pool).await)?;
        row.map(kept).transpose()
    }

    /// The next frames in quarantine of a stretch.
    pub async fn kept_in(&self, query: &FrameQuery) -> Result<Vec<QuarantineRow>, StoreError> {
        let rows: Vec<KeptColumns> = with_reader!(self, pool => {
            sqlx::query_as(KEPT)
                .bind(query.after.0)
                .bind(query.until.0)
                .bind(query.terminal.map(|terminal| terminal.to_string()).unwrap_or_default())
                .bind(i64::from(query.rows_max))
                .fetch_all(pool)
                .await
        })?;
        rows.into_iter().map(kept).collect()
    }

    /// Frames in quarantine at some places.
    pub async fn kept_at(&self, seqs: &[Seq]) -> Result<Vec<QuarantineRow>, StoreError> {
        let mut rest = seqs.iter().map(|seq| vec![seq.0.into()]).collect::<Vec<Row>>().into_iter();
        let mut found = Vec::new();
        while rest.len() > 0 {
            let rows: Vec<KeptColumns> = with_reader!(self, pool => {
                let (text, arguments) = pool.take(&KEPT_AT, &mut rest)?;
                sqlx::query_as_with(AssertSqlSafe(text), arguments).fetch_all(pool).await
            })?;
            found.extend(rows.into_iter().map(kept).collect::<Result<Vec<_>, _>>()?);
        }
        Ok(found)
    }

    /// Who waits in quarantine, whoever spoke last first; behind one of which the last frame was this.
    pub async fn knocking(&self, behind: Option<Seq>, rows_max: u32) -> Result<Vec<Knocking>, StoreError> {
        let rows: Vec<(String, i64, i64, i64)> = with_reader!(self, pool => {
            sqlx::query_as(KNOCKING)
                .bind(behind.map_or(i64::MAX, |seq| seq.0))
                .bind(i64::from(rows_max))
                .fetch_all(pool)
                .await
        })?;
        let knocking = |(terminal, frames, first, last): (String, i64, i64, i64)| {
            Ok(Knocking { terminal: terminal_id(&terminal)?, frames, first: Seq(first), last: Seq(last) })
        };
        rows.into_iter().map(knocking).collect()
    }

    /// The inputs right before a place that are no frames, the nearest first.
    pub async fn inputs_before(&self, seq: Seq) -> Result<Vec<ArchiveRow>, StoreError> {
        let rows: Vec<(i64, i64, Vec<u8>)> = with_reader!(self, pool => {
            sqlx::query_as(BEFORE)
                .bind(seq.0)
                .bind(seq.0.saturating_sub(NEARBY))
                .bind(NEARBY_ROWS)
                .fetch_all(pool)
                .await
        })?;
        Ok(rows.into_iter().map(|(seq, at, payload)| archived(seq, at, payload)).collect())
    }
}

pub(crate) fn kept(
    (seq, terminal, received, payload, frame): KeptColumns,
) -> Result<QuarantineRow, StoreError> {
    let (terminal, received_at) = (terminal_id(&terminal)?, Timestamp::from_ms(received));
    Ok(QuarantineRow { seq: Seq(seq), terminal, received_at, payload, frame })
}

/// A connection's start stands right before its first frame, but for what other connections append at once.
const NEARBY: i64 = 64;
const NEARBY_ROWS: i64 = 16;

pub(crate) const ALL: &[&str] = &[ONE, PAGE, ENDS, NEXT, KEPT_ONE, KEPT, KNOCKING, BEFORE];
pub(crate) static BULKS: &[&Bulk] = &[&KEPT_AT];
