//! Tracks: one terminal's positions in the order of time, however many others there are.
//!
//! Shape: the fold appends to a tail what a track needs; [`Store::seal`] sorts the oldest of it by terminal into a
//! segment; [`Store::track`] reads a terminal's stretch of each segment, and the tail. An index by terminal on every
//! position would cost each report a page of its own. Units: see the migrations. Source: DESIGN.md §4; PERF.md B4, E.

use crate::backend::{Lease, with_reader, with_writer};
use crate::bulk::{Bulk, TakesRows as _};
use crate::dialect::{Begins, Loss};
use crate::positions::{is_late, terminal_id};
use crate::value::Kind::{Int, Text};
use crate::value::Row;
use crate::world::vehicle_id;
use crate::{Cursor, Store, StoreError};
use model::{Alarms, Coordinates, Course, Seq, Speed, TerminalId, Timestamp, VehicleId};
use sqlx::{AssertSqlSafe, Connection as _};
use std::collections::BTreeMap;

const TAIL_ROWS: &str = "SELECT COUNT(*) FROM track_tail";

const LAST_OF_SEGMENT: &str = "SELECT seq, item FROM track_tail ORDER BY seq, item LIMIT 1 OFFSET $1";

const NEXT_SEGMENT: &str = "SELECT segments + 1 FROM fold WHERE id = 1 AND journal = $1 AND fence = $2";

const SEALED: &str =
    "UPDATE fold SET segments = $1 WHERE id = 1 AND journal = $2 AND fence = $3 AND segments = $1 - 1";

const SEGMENT: &str = "INSERT INTO segments (segment, from_ms, to_ms, positions) \
    SELECT $1, COALESCE(MIN(CASE WHEN wall_ms > 0 THEN wall_ms END), 0), MAX(wall_ms), COUNT(*) FROM track_tail \
    WHERE (seq, item) <= ($2, $3) ON CONFLICT DO NOTHING";

const SORTED: &str = "INSERT INTO tracks (segment, terminal, wall_ms, measured, fix_ms, received_ms, timeliness, lat_e7, \
    lon_e7, speed_tenths, course, alarms) \
    SELECT $1, terminal, wall_ms, measured, fix_ms, received_ms, timeliness, lat_e7, lon_e7, speed_tenths, course, alarms \
    FROM track_tail WHERE (seq, item) <= ($2, $3) ORDER BY terminal, wall_ms, measured ON CONFLICT DO NOTHING";

const CUT: &str = "DELETE FROM track_tail WHERE (seq, item) <= ($1, $2)";

/// Reports without a clock have 0 for one and may be in any segment.
const SEGMENTS: &str = "SELECT segment FROM segments WHERE (to_ms >= $1 AND from_ms <= $2) OR ($1 <= 0 AND $2 >= 0) \
    ORDER BY segment";

/// A terminal's stretch of many segments at once: a month is in a thousand of them.
static STRETCHES: Bulk = Bulk::new(
    "SELECT t.wall_ms, t.measured, t.fix_ms, t.received_ms, t.timeliness, t.lat_e7, t.lon_e7, t.speed_tenths, t.course, \
     t.alarms FROM (",
    &[Int, Text, Int, Int],
    IN_EACH,
);

const TAIL: &str = "SELECT wall_ms, measured, fix_ms, received_ms, timeliness, lat_e7, lon_e7, speed_tenths, course, \
    alarms FROM track_tail WHERE terminal = $1 AND wall_ms >= $2 AND wall_ms <= $3";

static KEYS_OF_STRETCHES: Bulk =
    Bulk::new("SELECT t.wall_ms, t.measured FROM (", &[Int, Text, Int, Int], IN_EACH);

/// The segments first: each is one look at the key.
const IN_EACH: &str = ") AS k CROSS JOIN tracks t WHERE t.segment = k.column1 AND t.terminal = k.column2 \
    AND t.wall_ms >= k.column3 AND t.wall_ms <= k.column4";

const NEWEST_OF_TAIL: &str = "SELECT terminal, fix_ms, speed_tenths, course FROM track_tail \
    WHERE fix_ms IS NOT NULL AND lat_e7 IS NOT NULL ORDER BY seq DESC, item DESC LIMIT $1";

/// By the vehicle that the terminal was on at the time of the fix.
const SEEN: &str = "SELECT t.seq, b.vehicle, t.terminal, t.fix_ms, t.received_ms, t.lat_e7, t.lon_e7, t.speed_tenths, t.course \
    FROM track_tail t JOIN bindings b ON b.terminal = t.terminal AND b.from_ms <= t.fix_ms \
    AND (b.to_ms IS NULL OR b.to_ms > t.fix_ms) \
    WHERE t.seq > $1 AND t.timeliness = 'live' AND t.lat_e7 IS NOT NULL ORDER BY t.seq, t.item LIMIT $2";

const KEYS_OF_TAIL: &str =
    "SELECT wall_ms, measured FROM track_tail WHERE terminal = $1 AND wall_ms >= $2 AND wall_ms <= $3";

/// A position as a map or a day strip draws it.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackPoint {
    /// By the device's own clock, 0 if it could not be read. With `measured` it is the position's key.
    pub wall: Timestamp,
    /// Hash of what was measured.
    pub measured: i64,
    /// When it was fixed.
    pub fix_time: Option<Timestamp>,
    /// When the server read it.
    pub received_at: Timestamp,
    /// It was no news when it came.
    pub late: bool,
    /// Where.
    pub place: Option<Coordinates>,
    /// How fast.
    pub speed: Option<Speed>,
    /// Whither.
    pub course: Option<Course>,
    /// Raised with it.
    pub alarms: Alarms,
}

type Columns = (i64, i64, Option<i64>, i64, String, Option<i64>, Option<i64>, Option<i64>, Option<i64>, i64);

impl TrackPoint {
    fn of((wall, measured, fix, received, timeliness, lat, lon, speed, course, alarms): Columns) -> Self {
        Self {
            wall: Timestamp::from_ms(wall),
            measured,
            fix_time: fix.map(Timestamp::from_ms),
            received_at: Timestamp::from_ms(received),
            late: is_late(&timeliness),
            place: lat.zip(lon).and_then(|(lat, lon)| Coordinates::from_e7(lat, lon).ok()),
            speed: speed.and_then(|tenths| u16::try_from(tenths).ok()).map(Speed::from_tenths),
            course: course.and_then(|degrees| u16::try_from(degrees).ok()).and_then(Course::from_degrees),
            alarms: Alarms::from_bits(alarms.cast_unsigned()),
        }
    }
}

/// How fast and whither a terminal went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heading {
    /// When.
    pub fix_time: Timestamp,
    /// How fast.
    pub speed: Option<Speed>,
    /// Whither.
    pub course: Option<Course>,
}

/// A live position of a vehicle, as it came in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// The input that brought it.
    pub seq: Seq,
    /// The vehicle that the terminal was on at the time of the fix.
    pub vehicle: VehicleId,
    /// Who reported it.
    pub terminal: TerminalId,
    /// Where.
    pub place: Coordinates,
    /// When, how fast, whither.
    pub heading: Heading,
    /// When the server read it.
    pub received_at: Timestamp,
}

/// A stretch of the devices' clocks, both ends included, ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// From.
    pub from: Timestamp,
    /// To.
    pub to: Timestamp,
}

impl Store {
    /// Positions that are in no segment yet.
    pub async fn tail_rows(&self) -> Result<u64, StoreError> {
        let rows: i64 = with_writer!(self, pool => sqlx::query_scalar(TAIL_ROWS).fetch_one(pool).await)?;
        Ok(u64::try_from(rows).unwrap_or(0))
    }

    /// Makes a segment of the oldest `positions` of the tail, if there are as many. One transaction: nobody sees a
    /// position in neither place. Steps of the fold may go on beside it, but for those that append what is older than the
    /// tail's newest: it could be cut and not sorted.
    pub async fn seal(&self, owner: &Cursor, positions: u32) -> Result<bool, StoreError> {
        Box::pin(async {
            with_writer!(self, pool => {
                let mut lease = Lease::of(pool.acquire().await?);
                let connection = &mut lease.connection;
                let sealing = async {
                    let mut transaction = connection.begin_with(Begins::begin(pool, Loss::Redone)).await?;
                    let last: Option<(i64, i64)> = sqlx::query_as(LAST_OF_SEGMENT)
                        .bind(i64::from(positions.max(1)) - 1)
                        .fetch_optional(&mut *transaction)
                        .await?;
                    let Some((seq, item)) = last else { return Ok(false) };
                    let next: Option<i64> = sqlx::query_scalar(NEXT_SEGMENT)
                        .bind(&owner.journal)
                        .bind(owner.fence)
                        .fetch_optional(&mut *transaction)
                        .await?;
                    let segment = next.ok_or(StoreError::Fenced)?;
                    let begun = sqlx::query(SEGMENT).bind(segment).bind(seq).bind(item);
                    if begun.execute(&mut *transaction).await?.rows_affected() == 0 {
                        // An earlier seal of ours, which was not answered, has landed.
                        return Ok(false);
                    }
                    sqlx::query(SORTED).bind(segment).bind(seq).bind(item).execute(&mut *transaction).await?;
                    sqlx::query(CUT).bind(seq).bind(item).execute(&mut *transaction).await?;
                    // Last, since a step of the fold waits for this row.
                    let sealed = sqlx::query(SEALED).bind(segment).bind(&owner.journal).bind(owner.fence);
                    if sealed.execute(&mut *transaction).await?.rows_affected() != 1 {
                        return Err(StoreError::Fenced);
                    }
                    transaction.commit().await?;
                    Ok(true)
                };
                // As in a step: see `Store::transact`.
                let sealed = sealing.await;
                lease.is_done = sealed.is_ok();
                sealed
            })
        })
        .await
    }

    /// A terminal's positions in the order of the device's clock, late ones too: for a map, which needs no frames.
    pub async fn track(&self, terminal: TerminalId, stretch: Stretch) -> Result<Vec<TrackPoint>, StoreError> {
        let (from, to) = (stretch.from.ms(), stretch.to.ms());
        // The tail first: what is sealed meanwhile is then met twice, not missed.
        let mut points: Vec<Columns> = with_reader!(self, pool => {
            sqlx::query_as(TAIL).bind(terminal.as_str()).bind(from).bind(to).fetch_all(pool).await
        })?;
        bounded(terminal, points.len())?;
        let mut rows = self.in_segments(terminal, stretch).await?;
        while rows.len() > 0 {
            let stretches: Vec<Columns> = with_reader!(self, pool => {
                let (text, arguments) = pool.take(&STRETCHES, &mut rows)?;
                sqlx::query_as_with(AssertSqlSafe(text), arguments).fetch_all(pool).await
            })?;
            points.extend(stretches);
            bounded(terminal, points.len())?;
        }
        points.sort_unstable_by_key(|(wall, measured, ..)| (*wall, *measured));
        points.dedup_by_key(|(wall, measured, ..)| (*wall, *measured));
        Ok(points.into_iter().map(TrackPoint::of).collect())
    }

    /// How fast and whither terminals went by their newest reports, as far as those are among so many of everybody's.
    pub async fn newest_motions(&self, rows_max: u32) -> Result<BTreeMap<TerminalId, Heading>, StoreError> {
        let rows: Vec<(String, i64, Option<i64>, Option<i64>)> = with_reader!(self, pool => {
            sqlx::query_as(NEWEST_OF_TAIL).bind(i64::from(rows_max)).fetch_all(pool).await
        })?;
        let mut newest = BTreeMap::new();
        for (terminal, fix, speed, course) in rows {
            let heading = Heading {
                fix_time: Timestamp::from_ms(fix),
                speed: speed.and_then(|tenths| u16::try_from(tenths).ok()).map(Speed::from_tenths),
                course: course.and_then(|degrees| u16::try_from(degrees).ok()).and_then(Course::from_degrees),
            };
            newest.entry(terminal_id(&terminal)?).or_insert(heading);
        }
        Ok(newest)
    }

    /// Live positions of vehicles that later inputs than this have brought, in their order.
    pub async fn seen_since(&self, after: Seq, rows_max: i64) -> Result<Vec<Seen>, StoreError> {
        let rows: Vec<SeenColumns> = with_reader!(self, pool => {
            sqlx::query_as(SEEN).bind(after.0).bind(rows_max).fetch_all(pool).await
        })?;
        rows.into_iter().filter_map(|row| seen(row).transpose()).collect()
    }

    /// The keys of a terminal's positions, in the order of the device's clock.
    pub(crate) async fn track_keys(
        &self,
        terminal: TerminalId,
        stretch: Stretch,
    ) -> Result<Vec<(i64, i64)>, StoreError> {
        let (from, to) = (stretch.from.ms(), stretch.to.ms());
        let mut keys: Vec<(i64, i64)> = with_reader!(self, pool => {
            sqlx::query_as(KEYS_OF_TAIL).bind(terminal.as_str()).bind(from).bind(to).fetch_all(pool).await
        })?;
        let mut rows = self.in_segments(terminal, stretch).await?;
        while rows.len() > 0 {
            let stretches: Vec<(i64, i64)> = with_reader!(self, pool => {
                let (text, arguments) = pool.take(&KEYS_OF_STRETCHES, &mut rows)?;
                sqlx::query_as_with(AssertSqlSafe(text), arguments).fetch_all(pool).await
            })?;
            keys.extend(stretches);
            bounded(terminal, keys.len())?;
        }
        keys.sort_unstable();
        keys.dedup();
        Ok(keys)
    }

    /// What to look for in the segments that a stretch touches, a row for each.
    async fn in_segments(
        &self,
        terminal: TerminalId,
        stretch: Stretch,
    ) -> Result<std::vec::IntoIter<Row>, StoreError> {
        let (from, to) = (stretch.from.ms(), stretch.to.ms());
        let segments: Vec<i64> = with_reader!(self, pool => {
            sqlx::query_scalar(SEGMENTS).bind(from).bind(to).fetch_all(pool).await
        })?;
        let row = |segment: i64| vec![segment.into(), terminal.as_str().into(), from.into(), to.into()];
        Ok(segments.into_iter().map(row).collect::<Vec<Row>>().into_iter())
    }
}

fn bounded(terminal: TerminalId, positions: usize) -> Result<(), StoreError> {
    if positions <= POSITIONS_MAX {
        return Ok(());
    }
    let masked = terminal.masked();
    Err(StoreError::Unusable(format!(
        "{masked} has more than {POSITIONS_MAX} positions in this time: ask for a shorter one"
    )))
}

/// Of one terminal in one answer: a report each ten seconds for two and a half years. Their keys are 128 MB.
const POSITIONS_MAX: usize = 8_000_000;

type SeenColumns = (i64, String, String, i64, i64, i64, i64, Option<i64>, Option<i64>);

/// `None` for a place that is none.
fn seen(columns: SeenColumns) -> Result<Option<Seen>, StoreError> {
    let (seq, vehicle, terminal, fix, received, lat, lon, speed, course) = columns;
    let Ok(place) = Coordinates::from_e7(lat, lon) else { return Ok(None) };
    Ok(Some(Seen {
        seq: Seq(seq),
        vehicle: vehicle_id(&vehicle)?,
        terminal: terminal_id(&terminal)?,
        place,
        heading: Heading {
            fix_time: Timestamp::from_ms(fix),
            speed: speed.and_then(|tenths| u16::try_from(tenths).ok()).map(Speed::from_tenths),
            course: course.and_then(|degrees| u16::try_from(degrees).ok()).and_then(Course::from_degrees),
        },
        received_at: Timestamp::from_ms(received),
    }))
}

pub(crate) const ALL: &[&str] = &[
    TAIL_ROWS,
    LAST_OF_SEGMENT,
    NEXT_SEGMENT,
    SEALED,
    SEGMENT,
    SORTED,
    CUT,
    SEGMENTS,
    TAIL,
    KEYS_OF_TAIL,
    NEWEST_OF_TAIL,
    SEEN,
];
pub(crate) static BULKS: &[&Bulk] = &[&STRETCHES, &KEYS_OF_STRETCHES];
