//! What a store holds before the server starts: terminals on their cars, a loan on each, and an age.
//!
//! Shape: [`Stock`] → rows by SQL, as bulk inserts of generated series; the tables are those of the server's own
//! migrations. Units: as in the store. Errors: the database's. Source: `crates/store/migrations`.

use crate::cars::Car;
use anyhow::{Context as _, ensure};
use model::{ContractId, LenderId, Loan, VehicleId};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use std::process::Command;
use store::{LoanNotes, Store};
use stories::device::now;

/// What is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stock {
    /// Known terminals, each on a car of its own with a loan; the first ones of the fleet.
    pub(crate) known: u32,
    /// Position rows, in turn of the first [`Stock::aged_cars`].
    pub(crate) rows: u32,
    /// Cars that have rows.
    pub(crate) aged_cars: u32,
}

impl Stock {
    /// Known terminals and nothing else.
    pub(crate) const fn known(known: u32) -> Self {
        Self { known, rows: 0, aged_cars: 1 }
    }

    /// The cars that are known.
    pub(crate) fn cars(&self) -> anyhow::Result<impl Iterator<Item = Car>> {
        Ok((0..self.known).map(Car::of).collect::<anyhow::Result<Vec<_>>>()?.into_iter())
    }
}

/// How durable the rows of SQLite are made; PostgreSQL is as it is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Care {
    /// Not at all: a machine that fails here begins again.
    None,
    /// As by the server.
    AsServed,
}

/// Makes the tables and fills them.
pub(crate) async fn preload(url: &str, stock: &Stock) -> anyhow::Result<()> {
    fill(url, stock, Care::None).await
}

/// The same with care.
pub(crate) async fn fill(url: &str, stock: &Stock, care: Care) -> anyhow::Result<()> {
    let config = store::Config { url: url.to_owned(), ..store::Config::default() };
    Store::connect(&config).await?.close().await;
    let texts = texts(stock)?;
    if url.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(url).await?;
        connection
            .execute(match care {
                Care::None => "PRAGMA synchronous = OFF",
                Care::AsServed => "PRAGMA synchronous = NORMAL",
            })
            .await?;
        for text in texts {
            connection.execute(AssertSqlSafe(text)).await?;
        }
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        connection.close().await?;
        return settle();
    }
    let mut connection = PgConnection::connect(url).await?;
    for text in texts {
        connection.execute(AssertSqlSafe(text)).await?;
    }
    if stock.rows > 0 {
        // What autovacuum would have done as it grew, and would else begin with in the middle of what is measured. An empty
        // table that is analysed counts as empty for good.
        connection.execute("VACUUM ANALYZE").await?;
    }
    connection.close().await?;
    settle()
}

/// Has what was written reach the disk: the first commit that is measured would wait for all of it.
fn settle() -> anyhow::Result<()> {
    ensure!(Command::new("sync").status()?.success(), "sync failed");
    Ok(())
}

fn texts(stock: &Stock) -> anyhow::Result<Vec<String>> {
    let mut texts = vec![];
    if stock.known > 0 {
        let series = series(0, stock.known);
        texts.extend([
            format!("{series} INSERT INTO terminals ({TERMINALS}) SELECT {TERMINAL}, {PROTOCOL}, 'approved', 0, 0, 0 FROM n"),
            format!("{series} INSERT INTO vehicles (vehicle) SELECT {VEHICLE} FROM n"),
            format!("{series} INSERT INTO bindings ({BINDINGS}) SELECT {TERMINAL}, 0, {VEHICLE}, 'main', 0 FROM n"),
        ]);
        texts.extend(loans(stock.known)?);
    }
    let first = now().plus(-AGE_MS - YOUNGEST_MS).ms();
    let mut from = 0;
    while from < stock.rows {
        let to = stock.rows.min(from + SLICE_ROWS);
        texts.extend(positions(stock, first, from, to));
        from = to;
    }
    Ok(texts)
}

/// A loan on each car, all in one lender's book of today. One of twenty is past due: on these cars the rules run that need a debt.
/// The rows are the store's own, of one loan of either kind, with the others' cars in its place.
fn loans(known: u32) -> anyhow::Result<[String; 2]> {
    let (now, series, lender) = (now(), series(0, known), LENDER);
    let first = VehicleId::parse(&vehicle(0))?;
    let bare = Loan::bare(ContractId(format!("LOAN-{first}")), LenderId(lender.into()), first, now);
    let current = Loan { principal_outstanding: PRINCIPAL_FEN, ..bare };
    let due = current.today(now).and_then(|today| today.plus_days(-i32::from(DAYS_PAST_DUE)));
    let overdue = Loan {
        oldest_unpaid_due: Some(due.context("a day in the calendar")?),
        amount_overdue: OVERDUE_FEN,
        dpd_max: DAYS_PAST_DUE,
        ..current.clone()
    };
    let (current, overdue) = (serde_json::to_string(&current)?, serde_json::to_string(&overdue)?);
    let notes = serde_json::to_string(&LoanNotes { stated_at: now, ..LoanNotes::default() })?;
    let body = format!(
        "replace(CASE WHEN i % 40 IN ({PAST_DUE}) THEN '{overdue}' ELSE '{current}' END, '{first}', {VEHICLE})"
    );
    let at = now.ms();
    Ok([
        format!(
            "INSERT INTO loan_books ({BOOKS}) VALUES ('{lender}', '{lender}', {at}, {known}, 1, 1, 0, {at})"
        ),
        format!(
            "{series} INSERT INTO loans ({LOANS}) SELECT 'LOAN-' || {VEHICLE}, '{lender}', {VEHICLE}, 1, '{notes}', {body} FROM n"
        ),
    ])
}

/// Rows one behind the other in time, as they would have come; the hash of a report is any number. Their tracks are
/// sealed, in segments below those that the server will make.
fn positions(stock: &Stock, first: i64, from: u32, to: u32) -> [String; 3] {
    let Stock { rows, aged_cars, .. } = stock;
    let all = format!(
        "{}, p AS (SELECT {first} + j * {AGE_MS} / {rows} AS at, j % {aged_cars} AS i, j, j / {SEGMENT_ROWS} - {BELOW} AS \
         segment FROM (SELECT i AS j FROM n) AS m)",
        series(from, to)
    );
    let measured = "(j * 2654435761) % 9007199254740881";
    let place = format!("{WINDING}, 400, 0");
    [
        format!(
            "{all} INSERT INTO positions ({POSITIONS}) SELECT at, {TERMINAL}, {measured}, 0, 0, at, at + 900, 'live', \
             {place}, 9, 0, 0, '{{}}' FROM p"
        ),
        format!(
            "{all} INSERT INTO tracks ({TRACKS}) SELECT segment, {TERMINAL}, at, {measured}, at, at + 900, 'live', {place}, \
             0 FROM p ORDER BY 1, 2, 3, 4"
        ),
        format!(
            "{all} INSERT INTO segments (segment, from_ms, to_ms, positions) SELECT segment, MIN(at), MAX(at), COUNT(*) \
             FROM p GROUP BY segment"
        ),
    ]
}

/// `WITH RECURSIVE n(i)`, the numbers from one to below another: both databases know this one.
fn series(from: u32, to: u32) -> String {
    format!(
        "WITH RECURSIVE n(i) AS (SELECT CAST({from} AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {to})"
    )
}

/// The car that a number's terminal is on.
pub(crate) fn vehicle(number: u32) -> String {
    format!("BENCH{}", 100_000_000 + u64::from(number))
}

/// Out and back again, 290 m each time, with a turn of up to a kilometre at every 48th and the noise of a receiver: a straight road
/// would be drawn with two points, one that is noise alone with all or none.
const WINDING: &str = "220000000 + ABS(j % 800 - 400) * 25900 + j * 7919 % 211 * 9, \
    1140000000 + i + j / 48 * 7919 % 101 * 900 + j * 6007 % 193 * 9";
/// The terminal's number, as `fleet::number` and [`Car`] make it.
const TERMINAL: &str =
    "CASE i % 2 WHEN 0 THEN '9900000' ELSE '100' END || substr(CAST(100000000 + i AS TEXT), 2)";
const PROTOCOL: &str = "CASE i % 2 WHEN 0 THEN 'gt06' ELSE 'jt808' END";
const VEHICLE: &str = "'BENCH' || CAST(100000000 + i AS TEXT)";
const TERMINALS: &str = "terminal, protocol, status, first_seen_ms, first_seq, approved_ms";
const BINDINGS: &str = "terminal, from_ms, vehicle, role, seq";
const BOOKS: &str = "book, lender, as_of_ms, loans, complete, whole, activated_seq, activated_ms";
const LOANS: &str = "contract, lender, vehicle, in_book, notes, body";
/// Not the one whose book a part brings in, which would take these loans out.
const LENDER: &str = "bench";
/// Of forty cars those that are past due, as [`crate::cars::is_past_due`] has it.
const PAST_DUE: &str = "0, 21";
const DAYS_PAST_DUE: u16 = 15;
const OVERDUE_FEN: i64 = 328_000;
const PRINCIPAL_FEN: i64 = 8_640_000;
const POSITIONS: &str = "wall_ms, terminal, measured, seq, item, fix_ms, received_ms, timeliness, lat_e7, lon_e7, \
    speed_tenths, course, satellites, buffered, alarms, attributes";
const TRACKS: &str = "segment, terminal, wall_ms, measured, fix_ms, received_ms, timeliness, lat_e7, lon_e7, speed_tenths, \
    course, alarms";
/// As the fold makes them; a statement's rows are whole segments.
const SEGMENT_ROWS: u32 = 100_000;
/// So far below the server's first segment: more than there are.
const BELOW: u32 = 1_000_000;
/// Rows of a statement.
const SLICE_ROWS: u32 = 1_000_000;
/// A month, which ended before anything that is sent.
const AGE_MS: i64 = 30 * 86_400_000;
const YOUNGEST_MS: i64 = 2 * 86_400_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cars::is_past_due;

    /// A terminal that nobody knows would be in quarantine, and its load measure something else.
    #[tokio::test]
    async fn the_database_names_terminals_as_the_fleet_does() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let stock = Stock { known: 12, rows: 100, aged_cars: 12 };
        preload(&url, &stock).await.unwrap();
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        let known: Vec<String> = sqlx::query_scalar("SELECT terminal FROM terminals ORDER BY terminal")
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let mut expected: Vec<String> = stock.cars().unwrap().map(|car| car.terminal.to_string()).collect();
        expected.sort();
        assert_eq!(known, expected);
        let vehicles: Vec<String> = sqlx::query_scalar("SELECT vehicle FROM vehicles ORDER BY vehicle")
            .fetch_all(&mut connection)
            .await
            .unwrap();
        assert_eq!(vehicles, (0..12).map(vehicle).collect::<Vec<_>>());
        let rows: (i64, i64) = sqlx::query_as("SELECT COUNT(*), COUNT(DISTINCT terminal) FROM positions")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(rows, (100, 12));
        let sealed: (i64, i64) =
            sqlx::query_as("SELECT (SELECT COUNT(*) FROM tracks), (SELECT SUM(positions) FROM segments)")
                .fetch_one(&mut connection)
                .await
                .unwrap();
        assert_eq!(sealed, (100, 100));
    }

    #[tokio::test]
    async fn one_car_of_twenty_is_past_due_by_a_book_of_today() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        preload(&url, &Stock::known(80)).await.unwrap();
        let store = Store::connect(&store::Config { url, ..store::Config::default() }).await.unwrap();
        let loans = store.loans().await.unwrap();
        assert_eq!(loans.len(), 80);
        for (number, row) in (0..).zip(&loans) {
            assert_eq!(row.vehicle.as_str(), vehicle(number));
            assert_eq!((row.loan.vehicle, row.in_book), (row.vehicle, true));
            let days = row.loan.oldest_unpaid_due.map(|due| row.loan.today(now()).unwrap().days_since(due));
            assert_eq!(days, is_past_due(number).then_some(15), "{number}");
        }
        let books = store.books().await.unwrap();
        assert_eq!(books.iter().map(|book| (book.loans, book.whole)).collect::<Vec<_>>(), [(80, true)]);
        assert!(now().since(books[0].as_of) < 60_000);
        store.close().await;
    }
}
