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

const PAGE: &str = "SELECT t.terminal, t.protocol, t.status, t.first_seen_ms, t.first_seq, t.approved_ms, t.first_fix_ms, t.model, \
    (SELECT MAX(q.received_ms) FROM quarantine q WHERE q.terminal = t.terminal), \
    b.vehicle, v.alias, b.role, b.from_ms, s.format, s.state FROM terminals t \
    LEFT JOIN bindings b ON b.terminal = t.terminal AND b.from_ms <= $1 AND (b.to_ms IS NULL OR $1 < b.to_ms) \
    LEFT JOIN vehicles v ON v.vehicle = b.vehicle \
    LEFT JOIN subject_states s ON s.subject = CASE WHEN b.vehicle IS NULL THEN 't:' || t.terminal ELSE 'v:' || b.vehicle END \
    WHERE t.terminal > $2 AND ($3 = '' OR t.status = $3) AND ($4 = '' OR t.terminal LIKE $5 ESCAPE '!' \
    OR b.vehicle LIKE $4 ESCAPE '!' OR v.alias LIKE $4 ESCAPE '!') ORDER BY t.terminal LIMIT $6";

const ONE: &str = "SELECT t.terminal, t.protocol, t.status, t.first_seen_ms, t.first_seq, t.approved_ms, t.first_fix_ms, t.model, \
    (SELECT MAX(q.received_ms) FROM quarantine q WHERE q.terminal = t.terminal), \
    b.vehicle, v.alias, b.role, b.from_ms, s.format, s.state FROM terminals t \
    LEFT JOIN bindings b ON b.terminal = t.terminal AND b.from_ms <= $1 AND (b.to_ms IS NULL OR $1 < b.to_ms) \
    LEFT JOIN vehicles v ON v.vehicle = b.vehicle \
    LEFT JOIN subject_states s ON s.subject = CASE WHEN b.vehicle IS NULL THEN 't:' || t.terminal ELSE 'v:' || b.vehicle END \
    WHERE t.terminal = $2";

/// Those that were heard are cut before anything is looked up beside them; `terminals_heard` has them in this order.
const HEARD: &str = "SELECT t.terminal, t.protocol, t.status, t.first_seen_ms, t.first_seq, t.approved_ms, t.first_fix_ms, t.model, \
    (SELECT MAX(q.received_ms) FROM quarantine q WHERE q.terminal = t.terminal), \
    b.vehicle, v.alias, b.role, b.from_ms, s.format, s.state FROM (SELECT terminal, protocol, status, first_seen_ms, first_seq, \
    approved_ms, first_fix_ms, model FROM terminals WHERE protocol <> '' ORDER BY first_seq DESC LIMIT $2) t \
    LEFT JOIN bindings b ON b.terminal = t.terminal AND b.from_ms <= $1 AND (b.to_ms IS NULL OR $1 < b.to_ms) \
    LEFT JOIN vehicles v ON v.vehicle = b.vehicle \
    LEFT JOIN subject_states s ON s.subject = CASE WHEN b.vehicle IS NULL THEN 't:' || t.terminal ELSE 'v:' || b.vehicle END \
    ORDER BY t.first_seq DESC";

/// By `terminals_unapproved`, which holds these alone.
const UNAPPROVED: &str = "SELECT COUNT(*) FROM terminals WHERE protocol <> '' AND status = 'quarantined'";

/// By `terminals_unheard`, which holds these alone.
const UNHEARD: &str = "SELECT COUNT(DISTINCT b.vehicle) FROM terminals t JOIN bindings b ON b.terminal = t.terminal \
    AND b.from_ms <= $1 AND (b.to_ms IS NULL OR $1 < b.to_ms) WHERE t.protocol = ''";

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
    /// When the first of its reports with a place was received that is stored.
    pub first_fix_at: Option<Timestamp>,
    /// Its model, where staff said which.
    pub model: Option<String>,
    /// When the newest of the frames was received that it has in quarantine.
    pub kept_at: Option<Timestamp>,
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
    Option<i64>,
    Option<String>,
    Option<i64>,
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

    /// The terminals that were heard for the first time last, the newest first; their bindings as of `now`.
    pub async fn newest_heard(&self, now: Timestamp, rows_max: u32) -> Result<Vec<DeviceRecord>, StoreError> {
        let rows: Vec<Columns> = with_reader!(self, pool => {
            sqlx::query_as(HEARD).bind(now.ms()).bind(i64::from(rows_max)).fetch_all(pool).await
        })?;
        rows.into_iter().map(record).collect()
    }

    /// How many terminals were heard that nobody has approved or rejected.
    pub async fn unapproved_count(&self) -> Result<i64, StoreError> {
        Ok(with_reader!(self, pool => sqlx::query_scalar(UNAPPROVED).fetch_one(pool).await)?)
    }

    /// How many vehicles have a terminal on them, as of `now`, that was never heard.
    pub async fn unheard_vehicle_count(&self, now: Timestamp) -> Result<i64, StoreError> {
        Ok(with_reader!(self, pool => sqlx::query_scalar(UNHEARD).bind(now.ms()).fetch_one(pool).await)?)
    }
}

fn record(columns: Columns) -> Result<DeviceRecord, StoreError> {
    let (
        terminal,
        protocol,
        status,
        seen,
        seq,
        approved,
        first_fix,
        model,
        kept,
        vehicle,
        alias,
        role,
        from,
        format,
        state,
    ) = columns;
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
        first_fix_at: first_fix.map(Timestamp::from_ms),
        model,
        kept_at: kept.map(Timestamp::from_ms),
        on: on.transpose()?,
        state: format.zip(state),
    })
}

pub(crate) const ALL: &[&str] = &[PAGE, ONE, HEARD, UNAPPROVED, UNHEARD];
