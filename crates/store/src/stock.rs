//! Terminals as ops page through them, each with the vehicle it is on and what is remembered of that.
//!
//! Shape: a [`DeviceQuery`] in, rows in the order of their ids out. Units: see the migrations. Errors: [`StoreError`]. States are as of
//! the last checkpoint, seconds ago.

use crate::backend::with_reader;
use crate::positions::terminal_id;
use crate::vehicles::patterns;
use crate::world::vehicle_id;
use crate::{Store, StoreError, TerminalStatus};
use model::input::Role;
use model::{TerminalId, Timestamp, VehicleId};

const PAGE: &str = "SELECT t.terminal, t.protocol, t.status, t.first_seen_ms, t.first_seq, t.approved_ms, t.model, b.vehicle, \
    v.alias, b.role, b.from_ms, s.format, s.state FROM terminals t \
    LEFT JOIN bindings b ON b.terminal = t.terminal AND b.from_ms <= $1 AND (b.to_ms IS NULL OR $1 < b.to_ms) \
    LEFT JOIN vehicles v ON v.vehicle = b.vehicle \
    LEFT JOIN subject_states s ON s.subject = CASE WHEN b.vehicle IS NULL THEN 't:' || t.terminal ELSE 'v:' || b.vehicle END \
    WHERE t.terminal > $2 AND ($3 = '' OR t.status = $3) AND ($4 = '' OR t.terminal LIKE $5 ESCAPE '!' \
    OR b.vehicle LIKE $4 ESCAPE '!' OR v.alias LIKE $4 ESCAPE '!') ORDER BY t.terminal LIMIT $6";

const ONE: &str = "SELECT t.terminal, t.protocol, t.status, t.first_seen_ms, t.first_seq, t.approved_ms, t.model, b.vehicle, \
    v.alias, b.role, b.from_ms, s.format, s.state FROM terminals t \
    LEFT JOIN bindings b ON b.terminal = t.terminal AND b.from_ms <= $1 AND (b.to_ms IS NULL OR $1 < b.to_ms) \
    LEFT JOIN vehicles v ON v.vehicle = b.vehicle \
    LEFT JOIN subject_states s ON s.subject = CASE WHEN b.vehicle IS NULL THEN 't:' || t.terminal ELSE 'v:' || b.vehicle END \
    WHERE t.terminal = $2";

const FIRSTS: &str = "SELECT (SELECT MIN(first_seen_ms) FROM terminals WHERE protocol <> ''), \
    (SELECT MIN(approved_ms) FROM terminals), \
    (SELECT MIN(fix_ms) FROM subject_states WHERE subject LIKE 'v:%')";

const STATUSES: &str = "SELECT status, COUNT(*) FROM terminals GROUP BY status";

/// Which terminals.
#[derive(Debug, Clone, Default)]
pub struct DeviceQuery {
    /// Bindings as of then.
    pub now: Timestamp,
    /// Behind this one, in the order of their ids.
    pub after: Option<TerminalId>,
    /// In this status only.
    pub status: Option<TerminalStatus>,
    /// Whose id, or whose vehicle's plate or VIN, holds this.
    pub named: String,
    /// So many at the most.
    pub rows_max: u32,
}

/// When something happened for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FirstTimes {
    /// A terminal was heard.
    pub seen: Option<Timestamp>,
    /// One was approved.
    pub approved: Option<Timestamp>,
    /// The oldest of all vehicles' newest fixes: since then at the latest there are any.
    pub fix: Option<Timestamp>,
}

/// A terminal, and where it is.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceRecord {
    /// Its id.
    pub terminal: TerminalId,
    /// What it speaks; empty until it is heard.
    pub protocol: String,
    /// Whether it may speak for a vehicle.
    pub status: TerminalStatus,
    /// When it was first heard, or entered.
    pub first_seen: Timestamp,
    /// In which input.
    pub first_seq: model::Seq,
    /// When it was approved.
    pub approved_at: Option<Timestamp>,
    /// Its model, where staff said which.
    pub model: Option<String>,
    /// The vehicle it is on now, with its other name, and its part there.
    pub on: Option<Berth>,
    /// The state of that vehicle, or its own while it is on none, in the form of this version.
    pub state: Option<(i64, Vec<u8>)>,
}

/// The vehicle a terminal is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Berth {
    /// Which.
    pub vehicle: VehicleId,
    /// Its other name.
    pub alias: Option<VehicleId>,
    /// The terminal's part.
    pub role: Role,
    /// Since when.
    pub from: Timestamp,
}

type Columns = (
    String,
    String,
    String,
    i64,
    i64,
    Option<i64>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<i64>,
    Option<i64>,
    Option<Vec<u8>>,
);

impl Store {
    /// The next terminals of a query, in the order of their ids.
    pub async fn device_page(&self, query: &DeviceQuery) -> Result<Vec<DeviceRecord>, StoreError> {
        let (name, text) = patterns(&query.named);
        let rows: Vec<Columns> = with_reader!(self, pool => {
            sqlx::query_as(PAGE)
                .bind(query.now.ms())
                .bind(query.after.map(|terminal| terminal.to_string()).unwrap_or_default())
                .bind(query.status.map(TerminalStatus::as_str).unwrap_or_default())
                .bind(name)
                .bind(text)
                .bind(i64::from(query.rows_max))
                .fetch_all(pool)
                .await
        })?;
        rows.into_iter().map(record).collect()
    }

    /// One terminal; its binding as of `now`.
    pub async fn device(
        &self,
        terminal: TerminalId,
        now: Timestamp,
    ) -> Result<Option<DeviceRecord>, StoreError> {
        let row: Option<Columns> = with_reader!(self, pool => {
            sqlx::query_as(ONE).bind(now.ms()).bind(terminal.as_str()).fetch_optional(pool).await
        })?;
        row.map(record).transpose()
    }

    /// How far the first device got, and when.
    pub async fn first_times(&self) -> Result<FirstTimes, StoreError> {
        let (seen, approved, fix): (Option<i64>, Option<i64>, Option<i64>) =
            with_reader!(self, pool => sqlx::query_as(FIRSTS).fetch_one(pool).await)?;
        let at = |ms: Option<i64>| ms.map(Timestamp::from_ms);
        Ok(FirstTimes { seen: at(seen), approved: at(approved), fix: at(fix) })
    }

    /// How many terminals there are by status.
    pub async fn terminal_counts(&self) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(with_reader!(self, pool => sqlx::query_as(STATUSES).fetch_all(pool).await)?)
    }
}

fn record(columns: Columns) -> Result<DeviceRecord, StoreError> {
    let (terminal, protocol, status, seen, seq, approved, model, vehicle, alias, role, from, format, state) =
        columns;
    let bug = |text: String| StoreError::Bug(text);
    let on = vehicle.zip(role).zip(from).map(|((vehicle, role), from)| {
        let vehicle = vehicle_id(&vehicle)?;
        let alias = alias.as_deref().map(vehicle_id).transpose()?;
        let role = Role::parse(&role).map_err(|error| bug(error.to_string()))?;
        Ok::<_, StoreError>(Berth { vehicle, alias, role, from: Timestamp::from_ms(from) })
    });
    Ok(DeviceRecord {
        terminal: terminal_id(&terminal)?,
        protocol,
        status: TerminalStatus::parse(&status).ok_or_else(|| bug(format!("terminal status {status}")))?,
        first_seen: Timestamp::from_ms(seen),
        first_seq: model::Seq(seq),
        approved_at: approved.map(Timestamp::from_ms),
        model,
        on: on.transpose()?,
        state: format.zip(state),
    })
}

pub(crate) const ALL: &[&str] = &[PAGE, ONE, FIRSTS, STATUSES];
