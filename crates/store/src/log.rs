//! The position log: everything that is stored of a report, in the order of the devices' clocks.
//!
//! Shape: keys of a terminal's stretch, or a page of everybody's, in; rows out. Units: see the migrations. Errors: [`StoreError`].
//! Of one terminal the track says which rows, so that nobody else's are read; each row is one look at the key.

use crate::backend::with_reader;
use crate::bulk::{Bulk, TakesRows as _};
use crate::positions::terminal_id;
use crate::tracks::Stretch;
use crate::value::Kind::{Int, Text};
use crate::value::Row;
use crate::world::vehicle_id;
use crate::{Store, StoreError};
use model::{Alarms, Altitude, Coordinates, Course, Identity, Seq, Speed, TerminalId, Timestamp, VehicleId};
use sqlx::{AssertSqlSafe, Row as _};
use std::collections::BTreeMap;

const PAGE: &str = "SELECT p.wall_ms, p.terminal, p.measured, p.seq, p.item, f.protocol, b.vehicle, p.fix_ms, p.received_ms, \
    p.timeliness, p.lat_e7, p.lon_e7, p.speed_tenths, p.course, p.altitude_m, p.satellites, p.buffered, p.alarms, \
    p.attributes, f.serial, f.frame \
    FROM (SELECT * FROM positions WHERE (wall_ms, terminal, measured) > ($1, $2, $3) AND wall_ms <= $4 \
    ORDER BY wall_ms, terminal, measured LIMIT $5) p LEFT JOIN frames f ON f.seq = p.seq \
    LEFT JOIN bindings b ON b.terminal = p.terminal AND b.from_ms <= p.fix_ms AND (b.to_ms IS NULL OR p.fix_ms < b.to_ms) \
    ORDER BY p.wall_ms, p.terminal, p.measured";

const PAGE_BACK: &str = "SELECT p.wall_ms, p.terminal, p.measured, p.seq, p.item, f.protocol, b.vehicle, p.fix_ms, \
    p.received_ms, p.timeliness, p.lat_e7, p.lon_e7, p.speed_tenths, p.course, p.altitude_m, p.satellites, p.buffered, \
    p.alarms, p.attributes, f.serial, f.frame \
    FROM (SELECT * FROM positions WHERE (wall_ms, terminal, measured) < ($1, $2, $3) AND wall_ms >= $4 \
    ORDER BY wall_ms DESC, terminal DESC, measured DESC LIMIT $5) p LEFT JOIN frames f ON f.seq = p.seq \
    LEFT JOIN bindings b ON b.terminal = p.terminal AND b.from_ms <= p.fix_ms AND (b.to_ms IS NULL OR p.fix_ms < b.to_ms) \
    ORDER BY p.wall_ms DESC, p.terminal DESC, p.measured DESC";

static ROWS_OF: Bulk = Bulk::new(
    "SELECT p.wall_ms, p.terminal, p.measured, p.seq, p.item, f.protocol, b.vehicle, p.fix_ms, p.received_ms, p.timeliness, \
     p.lat_e7, p.lon_e7, p.speed_tenths, p.course, p.altitude_m, p.satellites, p.buffered, p.alarms, p.attributes, f.serial, \
     f.frame FROM (",
    &[Int, Text, Int],
    ") AS k CROSS JOIN positions p LEFT JOIN frames f ON f.seq = p.seq LEFT JOIN bindings b ON b.terminal = p.terminal \
     AND b.from_ms <= p.fix_ms AND (b.to_ms IS NULL OR p.fix_ms < b.to_ms) \
     WHERE p.wall_ms = k.column1 AND p.terminal = k.column2 AND p.measured = k.column3",
);

/// The inputs behind identities, with the place in them; for people, beside the fold.
static FIRSTS: Bulk = Bulk::new(
    "SELECT p.wall_ms, p.terminal, p.measured, p.seq FROM (",
    &[Int, Text, Int],
    ") AS k CROSS JOIN positions p WHERE p.wall_ms = k.column1 AND p.terminal = k.column2 AND p.measured = k.column3",
);

/// What a row of the log is called by, and its place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogKey {
    /// The digits on the device's clock, 0 if it has none.
    pub wall: Timestamp,
    /// Who reported.
    pub terminal: TerminalId,
    /// Hash of what was measured.
    pub measured: i64,
}

/// A stored report.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRow {
    /// Its name.
    pub key: LogKey,
    /// The input it first came in.
    pub seq: Seq,
    /// Which event of that frame.
    pub item: i64,
    /// In which protocol.
    pub protocol: Option<String>,
    /// On which vehicle its terminal was at fix time.
    pub vehicle: Option<VehicleId>,
    /// When, by the device.
    pub fix_time: Option<Timestamp>,
    /// When the server read it.
    pub received_at: Timestamp,
    /// How timely it was: the rules' code.
    pub timeliness: String,
    /// Where.
    pub place: Option<Coordinates>,
    /// How fast.
    pub speed: Option<Speed>,
    /// Whither.
    pub course: Option<Course>,
    /// How high.
    pub altitude: Option<Altitude>,
    /// Used for the fix.
    pub satellites: Option<i64>,
    /// The device sent it late.
    pub buffered: bool,
    /// Raised with it.
    pub alarms: Alarms,
    /// Everything else it says.
    pub attributes: serde_json::Value,
    /// Serial of the frame it first came in.
    pub serial: Option<i64>,
    /// The frame.
    pub frame: Option<Vec<u8>>,
}

/// In which direction a log is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The oldest first.
    Forwards,
    /// The newest first.
    Backwards,
}

/// `log_rows!(rows)` expands to the rows of the log that the database's rows are, or the error of the first that is none.
macro_rules! log_rows {
    ($rows:expr) => {
        $rows
            .iter()
            .map(|row| {
                log_row(
                    row.try_get(0)?,
                    row.try_get(1)?,
                    (row.try_get(2)?, row.try_get(3)?, row.try_get(4)?),
                    (row.try_get(5)?, row.try_get(6)?),
                    (row.try_get(7)?, row.try_get(8)?, row.try_get(9)?),
                    [
                        row.try_get(10)?,
                        row.try_get(11)?,
                        row.try_get(12)?,
                        row.try_get(13)?,
                        row.try_get(14)?,
                        row.try_get(15)?,
                    ],
                    (row.try_get(16)?, row.try_get(17)?, row.try_get(18)?),
                    (row.try_get(19)?, row.try_get(20)?),
                )
            })
            .collect::<Result<Vec<LogRow>, StoreError>>()
    };
}

impl Store {
    /// The keys of a terminal's reports in a stretch of its clock, in order.
    pub async fn log_keys(&self, terminal: TerminalId, stretch: Stretch) -> Result<Vec<LogKey>, StoreError> {
        let keys = self.track_keys(terminal, stretch).await?;
        let key = |(wall, measured)| LogKey { wall: Timestamp::from_ms(wall), terminal, measured };
        Ok(keys.into_iter().map(key).collect())
    }

    /// The reports behind some keys, in their order.
    pub async fn log_rows(&self, keys: &[LogKey]) -> Result<Vec<LogRow>, StoreError> {
        let row =
            |key: &LogKey| vec![key.wall.ms().into(), key.terminal.as_str().into(), key.measured.into()];
        let mut rest = keys.iter().map(row).collect::<Vec<Row>>().into_iter();
        let mut found: BTreeMap<LogKey, LogRow> = BTreeMap::new();
        while rest.len() > 0 {
            let rows: Vec<LogRow> = with_reader!(self, pool => {
                let (text, arguments) = pool.take(&ROWS_OF, &mut rest)?;
                let rows = sqlx::query_with(AssertSqlSafe(text), arguments).fetch_all(pool).await?;
                log_rows!(rows)
            })?;
            found.extend(rows.into_iter().map(|row| (row.key, row)));
        }
        Ok(keys.iter().filter_map(|key| found.remove(key)).collect())
    }

    /// The next reports of everybody behind a key, within a stretch of the devices' clocks.
    pub async fn log_page(
        &self,
        behind: Option<LogKey>,
        stretch: Stretch,
        direction: Direction,
        rows_max: u32,
    ) -> Result<Vec<LogRow>, StoreError> {
        let (sql, begin, end) = match direction {
            // Behind the last one before the stretch, which has no terminal.
            Direction::Forwards => (PAGE, (stretch.from.ms(), String::new(), i64::MIN), stretch.to),
            Direction::Backwards => {
                (PAGE_BACK, (stretch.to.ms().saturating_add(1), String::new(), i64::MIN), stretch.from)
            }
        };
        let key = |key: LogKey| (key.wall.ms(), key.terminal.to_string(), key.measured);
        let (wall, terminal, measured) = behind.map_or(begin, key);
        with_reader!(self, pool => {
            let page = sqlx::query(sql).bind(wall).bind(terminal).bind(measured).bind(end.ms());
            let rows = page.bind(i64::from(rows_max)).fetch_all(pool).await?;
            log_rows!(rows)
        })
    }

    /// For each identity that has a row: the input that made it. Asked beside the fold, for people.
    pub async fn first_receptions(
        &self,
        identities: &[Identity],
    ) -> Result<BTreeMap<Identity, Seq>, StoreError> {
        let row = |id: &Identity| vec![id.wall_ms.into(), id.terminal.as_str().into(), id.measured.into()];
        let mut rest = identities.iter().map(row).collect::<Vec<Row>>().into_iter();
        let mut found = BTreeMap::new();
        while rest.len() > 0 {
            let rows: Vec<(i64, String, i64, i64)> = with_reader!(self, pool => {
                let (text, arguments) = pool.take(&FIRSTS, &mut rest)?;
                sqlx::query_as_with(AssertSqlSafe(text), arguments).fetch_all(pool).await
            })?;
            for (wall_ms, terminal, measured, seq) in rows {
                let terminal = terminal_id(&terminal)?;
                found.insert(Identity { wall_ms, terminal, measured }, Seq(seq));
            }
        }
        Ok(found)
    }
}

#[expect(
    clippy::too_many_arguments,
    clippy::needless_pass_by_value,
    reason = "the columns of one row, in their order"
)]
fn log_row(
    wall: i64,
    terminal: String,
    (measured, seq, item): (i64, i64, i64),
    (protocol, vehicle): (Option<String>, Option<String>),
    (fix, received, timeliness): (Option<i64>, i64, String),
    [lat, lon, speed, course, altitude, satellites]: [Option<i64>; 6],
    (buffered, alarms, attributes): (i64, i64, String),
    (serial, frame): (Option<i64>, Option<Vec<u8>>),
) -> Result<LogRow, StoreError> {
    let terminal = terminal_id(&terminal)?;
    Ok(LogRow {
        key: LogKey { wall: Timestamp::from_ms(wall), terminal, measured },
        seq: Seq(seq),
        item,
        protocol,
        vehicle: vehicle.as_deref().map(vehicle_id).transpose()?,
        fix_time: fix.map(Timestamp::from_ms),
        received_at: Timestamp::from_ms(received),
        timeliness,
        place: lat.zip(lon).and_then(|(lat, lon)| Coordinates::from_e7(lat, lon).ok()),
        speed: speed.and_then(|tenths| u16::try_from(tenths).ok()).map(Speed::from_tenths),
        course: course.and_then(|degrees| u16::try_from(degrees).ok()).and_then(Course::from_degrees),
        altitude: altitude.and_then(|metres| i32::try_from(metres).ok()).map(Altitude::from_metres),
        satellites,
        buffered: buffered != 0,
        alarms: Alarms::from_bits(alarms.cast_unsigned()),
        attributes: serde_json::from_str(&attributes).unwrap_or_default(),
        serial,
        frame,
    })
}

pub(crate) const ALL: &[&str] = &[PAGE, PAGE_BACK];
pub(crate) static BULKS: &[&Bulk] = &[&ROWS_OF, &FIRSTS];
