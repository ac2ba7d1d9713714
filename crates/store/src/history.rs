//! Everything that was folded, in its order: what terminals sent, as bytes, and every other input.
//!
//! Shape: a [`HistoryQuery`] in, a page of [`HistoryRow`]s in the order of their seq out. Units: rows. Errors: those of
//! the store. The journal forgets what is applied; this does not. Source: DESIGN.md §1, fine print 11.

use crate::backend::with_reader;
use crate::positions::terminal_id;
use crate::{ArchiveRow, EarshotRow, FrameRow, OutageRow, Store, StoreError};
use model::{Group, ProtocolName, Reception, Seq, SessionId, TerminalId, Timestamp};

const FRAMES: &str = "SELECT seq, at_ms, terminal, protocol, session, frame_no, number, serial, received_ms, checksum_ok, \
    problem, frame FROM frames WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3";

const FRAMES_OF: &str = "SELECT seq, at_ms, terminal, protocol, session, frame_no, number, serial, received_ms, checksum_ok, \
    problem, frame FROM frames WHERE seq > $1 AND seq <= $2 AND terminal IN ($4, $5, $6, $7) ORDER BY seq LIMIT $3";

const ARCHIVE: &str =
    "SELECT seq, at_ms, payload FROM archive WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3";

const FIRST: &str = "SELECT seq, at_ms, payload FROM archive ORDER BY seq LIMIT 1";

const OUTAGES: &str = "SELECT noticed_ms, shared, from_ms, until_ms, since_ms, silent, talking FROM outages \
    ORDER BY noticed_ms, shared";

const EARSHOTS: &str = "SELECT shared, from_ms, until_ms FROM earshots ORDER BY from_ms, shared";

/// Which part of the history.
#[derive(Debug, Clone)]
pub struct HistoryQuery {
    /// Inputs after this one.
    pub after: Seq,
    /// Up to and including this one.
    pub until: Seq,
    /// Frames of these terminals only; `None` = of all. Other inputs are always there.
    pub terminals: Option<Vec<TerminalId>>,
    /// So many rows at the most.
    pub rows_max: usize,
}

/// One input as it is kept.
#[derive(Debug)]
pub enum HistoryRow {
    /// A frame; its events have to be read from its bytes again.
    Frame(FrameRow),
    /// Anything else, in the journal's form.
    Input(ArchiveRow),
}

impl HistoryRow {
    /// Its place in the journal.
    pub const fn seq(&self) -> Seq {
        match self {
            Self::Frame(row) => row.seq,
            Self::Input(row) => row.seq,
        }
    }
}

pub(crate) type FrameColumns =
    (i64, i64, String, String, String, i64, i64, Option<i64>, i64, i64, Option<String>, Option<Vec<u8>>);

type OutageColumns = (i64, String, i64, Option<i64>, i64, i64, i64);

impl Store {
    /// Every outage there was, in the order in which they were noticed.
    pub async fn outages(&self) -> Result<Vec<OutageRow>, StoreError> {
        let rows: Vec<OutageColumns> =
            with_reader!(self, pool => sqlx::query_as(OUTAGES).fetch_all(pool).await)?;
        rows.into_iter().map(outage).collect()
    }

    /// Every time in which the devices of a city or a network were heard well, in the order of their begin.
    pub async fn earshots(&self) -> Result<Vec<EarshotRow>, StoreError> {
        let rows: Vec<(String, i64, Option<i64>)> =
            with_reader!(self, pool => sqlx::query_as(EARSHOTS).fetch_all(pool).await)?;
        let earshot = |(shared, from_ms, until_ms): (String, i64, Option<i64>)| {
            let group = group(&shared)?;
            Ok(EarshotRow { group, from_ms, until_ms })
        };
        rows.into_iter().map(earshot).collect()
    }

    /// The next rows of the history; none when it is at its end.
    pub async fn history(&self, query: &HistoryQuery) -> Result<Vec<HistoryRow>, StoreError> {
        let rows_max = i64::try_from(query.rows_max).unwrap_or(i64::MAX);
        let inputs: Vec<(i64, i64, Vec<u8>)> = with_reader!(self, pool => {
            sqlx::query_as(ARCHIVE).bind(query.after.0).bind(query.until.0).bind(rows_max).fetch_all(pool).await
        })?;
        // Few frames among many are looked for no further than these inputs reach: the next page goes on from there.
        let is_full = inputs.len() >= query.rows_max;
        let until = inputs.last().filter(|_| is_full).map_or(query.until, |(seq, _, _)| Seq(*seq));
        let mut rows: Vec<HistoryRow> = inputs
            .into_iter()
            .map(|(seq, at, payload)| archived(seq, at, payload))
            .map(HistoryRow::Input)
            .collect();
        for columns in self.frames(query, until, rows_max).await? {
            rows.push(HistoryRow::Frame(frame(columns)?));
        }
        rows.sort_unstable_by_key(HistoryRow::seq);
        rows.truncate(query.rows_max);
        Ok(rows)
    }

    async fn frames(
        &self,
        query: &HistoryQuery,
        until: Seq,
        rows_max: i64,
    ) -> Result<Vec<FrameColumns>, StoreError> {
        let (after, until) = (query.after.0, until.0);
        let Some(terminals) = &query.terminals else {
            return Ok(with_reader!(self, pool => {
                sqlx::query_as(FRAMES).bind(after).bind(until).bind(rows_max).fetch_all(pool).await
            })?);
        };
        let mut rows = Vec::new();
        for group in terminals.chunks(TERMINALS_PER_QUERY) {
            let of: Vec<String> =
                group.iter().cycle().take(TERMINALS_PER_QUERY).map(ToString::to_string).collect();
            let found: Vec<FrameColumns> = with_reader!(self, pool => {
                let query = sqlx::query_as(FRAMES_OF).bind(after).bind(until).bind(rows_max);
                of.into_iter().fold(query, sqlx::query::QueryAs::bind).fetch_all(pool).await
            })?;
            rows.extend(found);
        }
        Ok(rows)
    }

    /// The first input that is kept; `None` if nothing was ever folded.
    pub async fn history_begin(&self) -> Result<Option<ArchiveRow>, StoreError> {
        let row: Option<(i64, i64, Vec<u8>)> =
            with_reader!(self, pool => sqlx::query_as(FIRST).fetch_optional(pool).await)?;
        Ok(row.map(|(seq, at, payload)| archived(seq, at, payload)))
    }
}

pub(crate) const fn archived(seq: i64, at: i64, payload: Vec<u8>) -> ArchiveRow {
    ArchiveRow { seq: Seq(seq), at: Timestamp::from_ms(at), payload }
}

pub(crate) fn frame(columns: FrameColumns) -> Result<FrameRow, StoreError> {
    let (
        seq,
        at,
        terminal,
        protocol,
        session,
        frame_no,
        number,
        serial,
        received,
        checksum_ok,
        problem,
        frame,
    ) = columns;
    let broken = |what: &str| StoreError::Bug(format!("the {what} of frame {seq} does not read"));
    let reception = Reception {
        session: SessionId::parse(&session).ok_or_else(|| broken("session"))?,
        frame_no: u32::try_from(frame_no).map_err(|_| broken("number in its session"))?,
        terminal: terminal_id(&terminal)?,
        protocol: ProtocolName::parse(&protocol).map_err(|_| broken("protocol"))?,
        number: u16::try_from(number).map_err(|_| broken("message number"))?,
        serial: serial.map(u16::try_from).transpose().map_err(|_| broken("serial"))?,
        received_at: Timestamp::from_ms(received),
        checksum_ok: checksum_ok != 0,
        events: Vec::new(),
        problem,
    };
    Ok(FrameRow { seq: Seq(seq), at: Timestamp::from_ms(at), reception, frame })
}

/// A vehicle has two devices or three; more are asked for in groups.
const TERMINALS_PER_QUERY: usize = 4;

fn outage(columns: OutageColumns) -> Result<OutageRow, StoreError> {
    let (noticed_ms, shared, from_ms, until_ms, since, silent, of) = columns;
    let group = group(&shared)?;
    let number = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    let (silent, of, since) = (number(silent), number(of), Timestamp::from_ms(since));
    Ok(OutageRow { noticed_ms, group, from_ms, until_ms, since, silent, of })
}

fn group(shared: &str) -> Result<Group, StoreError> {
    shared.parse().map_err(|_| StoreError::Bug(format!("what {shared} share")))
}

pub(crate) const ALL: &[&str] = &[FRAMES, FRAMES_OF, ARCHIVE, FIRST, OUTAGES, EARSHOTS];
