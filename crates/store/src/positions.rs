//! Positions: which are known already, and which somebody asks for.
//!
//! Shape: identities in, first receptions out; a query in, pages of records out. Units: as documented in DESIGN.md §7.

use crate::backend::with_reader;
use crate::backend::with_writer;
use crate::bulk::{Bulk, TakesRows as _};
use crate::tracks::Stretch;
use crate::value::Kind::{Int, Text};
use crate::value::Row;
use crate::{Store, StoreError};
use model::{Identity, Seq, TerminalId, Timestamp};
use sqlx::{AssertSqlSafe, ColumnIndex, Decode, FromRow, Type};
use std::collections::BTreeMap;

/// The inputs behind identities. One look-up by the key for each, since PostgreSQL would join a list by reading the whole
/// table.
static KNOWN: Bulk = Bulk::new(
    "SELECT q.wall_ms, q.terminal, q.measured, q.seq FROM (SELECT k.column1 AS wall_ms, k.column2 AS terminal, \
     k.column3 AS measured, (SELECT p.seq FROM positions p \
     WHERE p.wall_ms = k.column1 AND p.terminal = k.column2 AND p.measured = k.column3) AS seq FROM (",
    &[Int, Text, Int],
    ") AS k) AS q WHERE q.seq IS NOT NULL",
);

const NEWEST: &str = "SELECT MAX(wall_ms) FROM positions WHERE wall_ms <= $1";

const AHEAD: &str = "SELECT terminal, MAX(wall_ms), COUNT(*) FROM \
    (SELECT terminal, wall_ms FROM positions WHERE wall_ms > $1 ORDER BY wall_ms LIMIT $2) AS far GROUP BY terminal";

/// The page is cut before anything is looked up beside it: PostgreSQL, which knows nothing yet of a table that has just
/// grown, would else join and sort all of it for each page.
const PAGE: &str = "SELECT p.wall_ms, p.terminal, p.measured, f.protocol, b.vehicle, p.fix_ms, p.received_ms, p.lat_e7, \
    p.lon_e7, p.speed_tenths, p.course, p.altitude_m, p.satellites, f.serial, p.timeliness, p.buffered, p.alarms, \
    p.attributes, f.frame \
    FROM (SELECT * FROM positions WHERE (wall_ms, terminal, measured) > ($1, $2, $3) AND wall_ms <= $4 \
    ORDER BY wall_ms, terminal, measured LIMIT $5) p LEFT JOIN frames f ON f.seq = p.seq \
    LEFT JOIN bindings b ON b.terminal = p.terminal AND b.from_ms <= p.fix_ms AND (b.to_ms IS NULL OR p.fix_ms < b.to_ms) \
    ORDER BY p.wall_ms, p.terminal, p.measured";

const ONE: &str = "SELECT p.wall_ms, p.terminal, p.measured, f.protocol, b.vehicle, p.fix_ms, p.received_ms, p.lat_e7, \
    p.lon_e7, p.speed_tenths, p.course, p.altitude_m, p.satellites, f.serial, p.timeliness, p.buffered, p.alarms, \
    p.attributes, f.frame \
    FROM positions p LEFT JOIN frames f ON f.seq = p.seq \
    LEFT JOIN bindings b ON b.terminal = p.terminal AND b.from_ms <= p.fix_ms AND (b.to_ms IS NULL OR p.fix_ms < b.to_ms) \
    WHERE p.wall_ms = $1 AND p.terminal = $2 AND p.measured = $3";

/// A row of either, in the order of the columns. More than a tuple of sqlx holds.
struct Page {
    wall_ms: i64,
    terminal: String,
    measured: i64,
    whose: (Option<String>, Option<String>),
    fix_ms: Option<i64>,
    received_ms: i64,
    numbers: [Option<i64>; 7],
    timeliness: String,
    flags: [i64; 2],
    attributes: String,
    frame: Option<Vec<u8>>,
}

impl<'r, R> FromRow<'r, R> for Page
where
    R: sqlx::Row,
    usize: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        let number = |column: usize| row.try_get::<Option<i64>, _>(column);
        Ok(Self {
            wall_ms: row.try_get(0)?,
            terminal: row.try_get(1)?,
            measured: row.try_get(2)?,
            whose: (row.try_get(3)?, row.try_get(4)?),
            fix_ms: number(5)?,
            received_ms: row.try_get(6)?,
            numbers: [number(7)?, number(8)?, number(9)?, number(10)?, number(11)?, number(12)?, number(13)?],
            timeliness: row.try_get(14)?,
            flags: [row.try_get(15)?, row.try_get(16)?],
            attributes: row.try_get(17)?,
            frame: row.try_get(18)?,
        })
    }
}

/// How new the newest positions are, by their devices' clocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Of those within the bound, ms.
    pub newest_ms: Option<i64>,
    /// Of each terminal that has any beyond it, ms.
    pub ahead: Vec<(TerminalId, i64)>,
    /// There were not more of them than were read.
    pub whole: bool,
}

/// Which positions.
#[derive(Debug, Clone, Default)]
pub struct PositionQuery {
    /// Of this terminal only. Else of everybody but the server's own device, which is no car.
    pub terminal: Option<TerminalId>,
    /// Fixed at or after; reports without a clock are left out when this or `to` is given.
    pub from: Option<Timestamp>,
    /// Fixed before.
    pub to: Option<Timestamp>,
    /// Reports that were received late or buffered, too.
    pub late: bool,
}

/// One stored position, as people and programs read it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct PositionRecord {
    /// Who reported.
    pub terminal: String,
    /// In which protocol.
    pub protocol: Option<String>,
    /// On which vehicle it was at fix time.
    pub vehicle: Option<String>,
    /// When, by the device.
    pub fix_time: Option<Timestamp>,
    /// When the server read it.
    pub received_at: Timestamp,
    /// There is a satellite fix.
    pub fixed: bool,
    /// Degrees north.
    pub lat: Option<f64>,
    /// Degrees east.
    pub lon: Option<f64>,
    /// km/h.
    pub speed_kmh: Option<f64>,
    /// Degrees clockwise from north.
    pub course: Option<i64>,
    /// Metres above the sea.
    pub altitude_m: Option<i64>,
    /// Used for the fix.
    pub satellites: Option<i64>,
    /// Serial of the frame it first came in.
    pub serial: Option<i64>,
    /// It was no news when it came.
    pub late: bool,
    /// The device says that it had kept it.
    pub buffered: bool,
    /// Raised with it.
    pub alarms: model::Alarms,
    /// Everything else it says.
    pub attributes: serde_json::Value,
    /// The frame.
    pub hex: Option<String>,
}

/// The place in a listing after which the next page begins.
type PageKey = (i64, String, i64);

impl Store {
    /// For each identity that has a row: the input that made it.
    pub async fn known(&self, identities: &[Identity]) -> Result<BTreeMap<Identity, Seq>, StoreError> {
        let mut known = BTreeMap::new();
        let row = |id: &Identity| vec![id.wall_ms.into(), id.terminal.as_str().into(), id.measured.into()];
        let mut rest = identities.iter().map(row).collect::<Vec<Row>>().into_iter();
        while rest.len() > 0 {
            let rows: Vec<(i64, String, i64, i64)> = with_writer!(self, pool => {
                let (text, arguments) = pool.take(&KNOWN, &mut rest)?;
                sqlx::query_as_with(AssertSqlSafe(text), arguments).fetch_all(pool).await
            })?;
            for (wall_ms, terminal, measured, seq) in rows {
                let terminal = terminal_id(&terminal)?;
                known.insert(Identity { wall_ms, terminal, measured }, Seq(seq));
            }
        }
        Ok(known)
    }

    /// How new the newest positions are, by their devices' clocks; of at most `rows_max` rows beyond `bound`.
    pub async fn newest(&self, bound: Timestamp, rows_max: usize) -> Result<Stored, StoreError> {
        let limit = i64::try_from(rows_max).unwrap_or(i64::MAX);
        let (newest_ms, far): (Option<i64>, Vec<(String, i64, i64)>) = with_writer!(self, pool => {
            let newest_ms = sqlx::query_scalar(NEWEST).bind(bound.ms()).fetch_one(pool).await?;
            (newest_ms, sqlx::query_as(AHEAD).bind(bound.ms()).bind(limit).fetch_all(pool).await?)
        });
        let rows: i64 = far.iter().map(|(_, _, rows)| rows).sum();
        let ahead = far.into_iter().map(|(terminal, wall_ms, _)| Ok((terminal_id(&terminal)?, wall_ms)));
        Ok(Stored { newest_ms, ahead: ahead.collect::<Result<_, StoreError>>()?, whole: rows < limit })
    }

    /// Reads positions in time order, page by page; `each` is called with every page.
    pub async fn positions<E>(
        &self,
        query: &PositionQuery,
        mut each: impl FnMut(Vec<PositionRecord>) -> Result<(), E>,
    ) -> Result<Result<(), E>, StoreError> {
        if let Some(terminal) = query.terminal {
            return self.positions_of(terminal, query, each).await;
        }
        let Stretch { from, to } = query.stretch();
        let mut after: PageKey = (from.ms(), String::new(), i64::MIN);
        loop {
            let page: Vec<Page> = with_reader!(self, pool => {
                sqlx::query_as(PAGE)
                    .bind(after.0)
                    .bind(&after.1)
                    .bind(after.2)
                    .bind(to.ms())
                    .bind(PAGE_ROWS)
                    .fetch_all(pool)
                    .await
            })?;
            let Some(last) = page.last() else { return Ok(Ok(())) };
            after = (last.wall_ms, last.terminal.clone(), last.measured);
            let records = page.into_iter().map(record).filter(|record| query.admits(record)).collect();
            if let Err(stop) = each(records) {
                return Ok(Err(stop));
            }
        }
    }

    /// The same of one terminal: its track says which rows, so that nobody else's are read.
    async fn positions_of<E>(
        &self,
        terminal: TerminalId,
        query: &PositionQuery,
        mut each: impl FnMut(Vec<PositionRecord>) -> Result<(), E>,
    ) -> Result<Result<(), E>, StoreError> {
        let keys = self.track_keys(terminal, query.stretch()).await?;
        for page in keys.chunks(PAGE_KEYS) {
            let mut records = Vec::with_capacity(page.len());
            for (wall_ms, measured) in page {
                let one: Option<Page> = with_reader!(self, pool => {
                    sqlx::query_as(ONE)
                        .bind(wall_ms)
                        .bind(terminal.as_str())
                        .bind(measured)
                        .fetch_optional(pool)
                        .await
                })?;
                records.extend(one.map(record).filter(|record| query.admits(record)));
            }
            if let Err(stop) = each(records) {
                return Ok(Err(stop));
            }
        }
        Ok(Ok(()))
    }
}

impl PositionQuery {
    /// A device's clock may run up to 14 h beside UTC; the exact bound is applied to the fix.
    fn stretch(&self) -> Stretch {
        let widest = i64::from(model::ZoneOffset::SECONDS_MAX) * 1000;
        Stretch {
            from: self.from.map_or(Timestamp::from_ms(i64::MIN), |from| from.plus(-widest)),
            to: self.to.map_or(Timestamp::from_ms(i64::MAX), |to| to.plus(widest)),
        }
    }

    fn admits(&self, record: &PositionRecord) -> bool {
        let bounded = self.from.is_some() || self.to.is_some();
        let in_time = record.fix_time.map_or(!bounded, |at| {
            self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at < to)
        });
        in_time
            && (self.late || !record.late)
            && (self.terminal.is_some() || !is_own_device(&record.terminal))
    }
}

fn record(page: Page) -> PositionRecord {
    let (protocol, vehicle) = page.whose;
    let [lat, lon, speed, course, altitude_m, satellites, serial] = page.numbers;
    let [buffered, alarms] = page.flags;
    PositionRecord {
        terminal: page.terminal,
        protocol,
        vehicle,
        fix_time: page.fix_ms.map(Timestamp::from_ms),
        received_at: Timestamp::from_ms(page.received_ms),
        fixed: lat.is_some() && lon.is_some(),
        lat: lat.map(scaled(1e7)),
        lon: lon.map(scaled(1e7)),
        speed_kmh: speed.map(scaled(10.0)),
        course,
        altitude_m,
        satellites,
        serial,
        late: is_late(&page.timeliness),
        buffered: buffered != 0,
        alarms: model::Alarms::from_bits(alarms.cast_unsigned()),
        attributes: serde_json::from_str(&page.attributes).unwrap_or_default(),
        hex: page.frame.map(hex::encode),
    }
}

/// Whether a stored timeliness, the rules' code, says that it was no news when it came.
pub(crate) fn is_late(timeliness: &str) -> bool {
    timeliness == "late"
}

fn is_own_device(terminal: &str) -> bool {
    TerminalId::parse(terminal).is_ok_and(|terminal| terminal.is_own_device())
}

/// Undoes an integer scale for people.
fn scaled(by: f64) -> impl Fn(i64) -> f64 {
    #[expect(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        reason = "coordinates and speeds are far below 2^53"
    )]
    move |value| value as f64 / by
}

pub(crate) fn terminal_id(text: &str) -> Result<TerminalId, StoreError> {
    TerminalId::parse(text).map_err(|error| StoreError::Bug(error.to_string()))
}

/// Rows read at once: large enough to stream well, small enough that no read lasts (DESIGN.md §5: at most 2 s).
const PAGE_ROWS: i64 = 5_000;

/// Of one terminal, each row is looked up by itself.
const PAGE_KEYS: usize = 1_000;

pub(crate) const ALL: &[&str] = &[NEWEST, AHEAD, PAGE, ONE];
pub(crate) static BULKS: &[&Bulk] = &[&KNOWN];
