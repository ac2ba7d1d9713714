//! Vehicles, as a list, a map and a search show them: each with what is remembered of it, its loans and its live alerts.
//!
//! Shape: a [`VehicleQuery`] or a box of the map in, rows out; what belongs to many vehicles is asked of all of them at once. Units:
//! see the migrations. Errors: [`StoreError`]. States are as of the last checkpoint, seconds ago.

use crate::backend::with_reader;
use crate::bulk::{Bulk, TakesRows as _};
use crate::loans::{LoanColumns, loan};
use crate::value::Kind::Text;
use crate::value::Row;
use crate::world::{BindingColumns, binding, vehicle_id};
use crate::{BindingRow, LoanRow, Store, StoreError};
use model::staff::plate_of;
use model::{Coordinates, LenderId, Severity, TerminalId, Timestamp, VehicleId};
use sqlx::AssertSqlSafe;

const PAGE: &str = "SELECT v.vehicle, v.alias, s.heard_ms, s.fix_ms, s.lat_e7, s.lon_e7, s.format, s.state \
    FROM vehicles v LEFT JOIN subject_states s ON s.subject = 'v:' || v.vehicle \
    WHERE v.vehicle > $1 AND ($2 = '' OR v.vehicle LIKE $2 ESCAPE '!' OR v.alias LIKE $2 ESCAPE '!' \
    OR EXISTS (SELECT 1 FROM loans l WHERE l.vehicle = v.vehicle AND UPPER(l.contract) LIKE $3 ESCAPE '!') \
    OR EXISTS (SELECT 1 FROM bindings b WHERE b.vehicle = v.vehicle AND b.terminal LIKE $3 ESCAPE '!')) \
    ORDER BY v.vehicle LIMIT $4";

const ONE: &str = "SELECT v.vehicle, v.alias, s.heard_ms, s.fix_ms, s.lat_e7, s.lon_e7, s.format, s.state \
    FROM vehicles v LEFT JOIN subject_states s ON s.subject = 'v:' || v.vehicle WHERE v.vehicle = $1";

const FLEET: &str = "SELECT v.vehicle, v.alias, s.heard_ms, s.fix_ms, s.lat_e7, s.lon_e7, s.format, s.state \
    FROM vehicles v JOIN subject_states s ON s.subject = 'v:' || v.vehicle \
    WHERE s.lat_e7 >= $1 AND s.lat_e7 <= $2 AND s.lon_e7 >= $3 AND s.lon_e7 <= $4 ORDER BY v.vehicle LIMIT $5";

static RECORDS: Bulk = Bulk::new(
    "SELECT v.vehicle, v.alias, s.heard_ms, s.fix_ms, s.lat_e7, s.lon_e7, s.format, s.state FROM (",
    &[Text],
    ") AS k CROSS JOIN vehicles v LEFT JOIN subject_states s ON s.subject = 'v:' || v.vehicle WHERE v.vehicle = k.column1",
);

const EVERY_LOAN: &str = "SELECT vehicle, in_book, paid_ms, notes, body FROM loans ORDER BY contract";

static LOANS_ON: Bulk = Bulk::new(
    "SELECT l.vehicle, l.in_book, l.paid_ms, l.notes, l.body FROM (",
    &[Text],
    ") AS k CROSS JOIN loans l WHERE l.vehicle = k.column1",
);

const EVERY_LIVE: &str = "SELECT about, lender, COUNT(*), MIN(severity) FROM alerts \
    WHERE state IN ('unconfirmed', 'open', 'acknowledged') GROUP BY about, lender";

static LIVE_ON: Bulk = Bulk::new(
    "SELECT a.about, a.lender, COUNT(*), MIN(a.severity) FROM (",
    &[Text],
    ") AS k CROSS JOIN alerts a WHERE a.about = k.column1 AND a.state IN ('unconfirmed', 'open', 'acknowledged') \
     GROUP BY a.about, a.lender",
);

const BINDINGS_ON: &str = "SELECT terminal, from_ms, to_ms, vehicle, role, seq FROM bindings WHERE vehicle = $1 \
    ORDER BY from_ms, terminal";

const BINDINGS_OF: &str = "SELECT terminal, from_ms, to_ms, vehicle, role, seq FROM bindings WHERE terminal = $1 \
    ORDER BY from_ms";

/// Which vehicles.
#[derive(Debug, Clone, Default)]
pub struct VehicleQuery {
    /// Behind this one, in the order of their ids.
    pub after: Option<VehicleId>,
    /// Whose plate, VIN, contract or terminal holds this.
    pub named: String,
    /// So many at the most.
    pub rows_max: u32,
}

/// A vehicle, with what is remembered of it.
#[derive(Debug, Clone, PartialEq)]
pub struct VehicleRecord {
    /// VIN or plate, whichever it was first known by.
    pub vehicle: VehicleId,
    /// The other one.
    pub alias: Option<VehicleId>,
    /// When any of its terminals was last heard.
    pub heard_at: Option<Timestamp>,
    /// Its last believed live fix.
    pub seen: Option<(Timestamp, Coordinates)>,
    /// Its state, in the form of this version.
    pub state: Option<(i64, Vec<u8>)>,
}

impl VehicleRecord {
    /// Its plate, if one is known.
    pub fn plate(&self) -> Option<VehicleId> {
        plate_of(self.vehicle, self.alias)
    }
}

/// A part of the map, both edges included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MapBox {
    /// Lower left corner.
    pub south_west: Coordinates,
    /// Upper right corner.
    pub north_east: Coordinates,
}

/// The alerts of a vehicle that have not ended and were raised on loans of one lender: who does not see these loans is not told how
/// many there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveAlerts {
    /// Whose loans; `None` = they were raised on no loan.
    pub lender: Option<LenderId>,
    /// How many.
    pub count: i64,
    /// The gravest one's severity.
    pub worst: Severity,
}

type Columns = (
    String,
    Option<String>,
    Option<i64>,
    Option<i64>,
    Option<i64>,
    Option<i64>,
    Option<i64>,
    Option<Vec<u8>>,
);
type LiveColumns = (String, Option<String>, i64, String);

impl Store {
    /// The next vehicles of a query, in the order of their ids.
    pub async fn vehicles(&self, query: &VehicleQuery) -> Result<Vec<VehicleRecord>, StoreError> {
        let (name, text) = patterns(&query.named);
        let rows: Vec<Columns> = with_reader!(self, pool => {
            sqlx::query_as(PAGE)
                .bind(query.after.map(|vehicle| vehicle.to_string()).unwrap_or_default())
                .bind(name)
                .bind(text)
                .bind(i64::from(query.rows_max))
                .fetch_all(pool)
                .await
        })?;
        rows.into_iter().map(record).collect()
    }

    /// One vehicle, by the name it was first known by.
    pub async fn vehicle(&self, vehicle: VehicleId) -> Result<Option<VehicleRecord>, StoreError> {
        let row: Option<Columns> = with_reader!(self, pool => {
            sqlx::query_as(ONE).bind(vehicle.as_str()).fetch_optional(pool).await
        })?;
        row.map(record).transpose()
    }

    /// The vehicles that were seen last within a part of the map, or anywhere, in the order of their ids.
    pub async fn fleet(
        &self,
        within: Option<MapBox>,
        rows_max: u32,
    ) -> Result<Vec<VehicleRecord>, StoreError> {
        let from =
            |of: fn(Coordinates) -> i32| within.map_or(i64::MIN, |within| of(within.south_west).into());
        let to = |of: fn(Coordinates) -> i32| within.map_or(i64::MAX, |within| of(within.north_east).into());
        let rows: Vec<Columns> = with_reader!(self, pool => {
            sqlx::query_as(FLEET)
                .bind(from(Coordinates::lat_e7))
                .bind(to(Coordinates::lat_e7))
                .bind(from(Coordinates::lon_e7))
                .bind(to(Coordinates::lon_e7))
                .bind(i64::from(rows_max))
                .fetch_all(pool)
                .await
        })?;
        rows.into_iter().map(record).collect()
    }

    /// All loans, for people: beside the fold, not in its way.
    pub async fn every_loan(&self) -> Result<Vec<LoanRow>, StoreError> {
        let rows: Vec<LoanColumns> =
            with_reader!(self, pool => sqlx::query_as(EVERY_LOAN).fetch_all(pool).await)?;
        rows.into_iter().map(loan).collect()
    }

    /// Some vehicles, by the names they were first known by; in no order.
    pub async fn vehicle_records(&self, vehicles: &[VehicleId]) -> Result<Vec<VehicleRecord>, StoreError> {
        let (mut records, mut rest) = (Vec::new(), keys(vehicles));
        while rest.len() > 0 {
            let rows: Vec<Columns> = with_reader!(self, pool => {
                let (text, arguments) = pool.take(&RECORDS, &mut rest)?;
                sqlx::query_as_with(AssertSqlSafe(text), arguments).fetch_all(pool).await
            })?;
            records.extend(rows.into_iter().map(record).collect::<Result<Vec<_>, _>>()?);
        }
        Ok(records)
    }

    /// The loans on some vehicles.
    pub async fn loans_on(&self, vehicles: &[VehicleId]) -> Result<Vec<LoanRow>, StoreError> {
        let mut loans = Vec::new();
        let mut rest = keys(vehicles);
        while rest.len() > 0 {
            let rows: Vec<LoanColumns> = with_reader!(self, pool => {
                let (text, arguments) = pool.take(&LOANS_ON, &mut rest)?;
                sqlx::query_as_with(AssertSqlSafe(text), arguments).fetch_all(pool).await
            })?;
            loans.extend(rows.into_iter().map(loan).collect::<Result<Vec<_>, _>>()?);
        }
        Ok(loans)
    }

    /// What is live about each vehicle that has any alerts, lender by lender; about anything else as well, by its code.
    pub async fn live_alerts(&self) -> Result<Vec<(String, LiveAlerts)>, StoreError> {
        let rows: Vec<LiveColumns> =
            with_reader!(self, pool => sqlx::query_as(EVERY_LIVE).fetch_all(pool).await)?;
        rows.into_iter().map(live).collect()
    }

    /// The same of some vehicles.
    pub async fn live_alerts_on(
        &self,
        vehicles: &[VehicleId],
    ) -> Result<Vec<(String, LiveAlerts)>, StoreError> {
        let mut found = Vec::new();
        let mut rest = keys(vehicles);
        while rest.len() > 0 {
            let rows: Vec<LiveColumns> = with_reader!(self, pool => {
                let (text, arguments) = pool.take(&LIVE_ON, &mut rest)?;
                sqlx::query_as_with(AssertSqlSafe(text), arguments).fetch_all(pool).await
            })?;
            found.extend(rows.into_iter().map(live).collect::<Result<Vec<_>, _>>()?);
        }
        Ok(found)
    }

    /// Which terminals are and were on a vehicle, in the order in which they came.
    pub async fn bindings_on(&self, vehicle: VehicleId) -> Result<Vec<BindingRow>, StoreError> {
        let rows: Vec<BindingColumns> = with_reader!(self, pool => {
            sqlx::query_as(BINDINGS_ON).bind(vehicle.as_str()).fetch_all(pool).await
        })?;
        rows.into_iter().map(binding).collect()
    }

    /// On which vehicles a terminal is and was, in order.
    pub async fn bindings_of(&self, terminal: TerminalId) -> Result<Vec<BindingRow>, StoreError> {
        let rows: Vec<BindingColumns> = with_reader!(self, pool => {
            sqlx::query_as(BINDINGS_OF).bind(terminal.as_str()).fetch_all(pool).await
        })?;
        rows.into_iter().map(binding).collect()
    }
}

/// What is looked for among names, which have no blanks, dots and dashes, and among numbers as they are written.
pub(crate) fn patterns(named: &str) -> (String, String) {
    let text = named.trim().to_uppercase();
    if text.is_empty() {
        return (String::new(), String::new());
    }
    let name = VehicleId::parse(&text).map_or_else(|_| text.clone(), |name| name.to_string());
    (like(&name), like(&text))
}

/// A pattern of LIKE that holds a text anywhere, whatever stands in it.
fn like(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for character in text.chars() {
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

fn keys(vehicles: &[VehicleId]) -> std::vec::IntoIter<Row> {
    vehicles.iter().map(|vehicle| vec![vehicle.as_str().into()]).collect::<Vec<Row>>().into_iter()
}

fn record(
    (vehicle, alias, heard, fix, lat, lon, format, state): Columns,
) -> Result<VehicleRecord, StoreError> {
    let place = lat.zip(lon).and_then(|(lat, lon)| Coordinates::from_e7(lat, lon).ok());
    Ok(VehicleRecord {
        vehicle: vehicle_id(&vehicle)?,
        alias: alias.as_deref().map(vehicle_id).transpose()?,
        heard_at: heard.map(Timestamp::from_ms),
        seen: fix.map(Timestamp::from_ms).zip(place),
        state: format.zip(state),
    })
}

fn live((about, lender, count, worst): LiveColumns) -> Result<(String, LiveAlerts), StoreError> {
    let worst = Severity::parse(&worst).map_err(|error| StoreError::Bug(error.to_string()))?;
    Ok((about, LiveAlerts { lender: lender.map(LenderId), count, worst }))
}

pub(crate) const ALL: &[&str] = &[PAGE, ONE, FLEET, EVERY_LOAN, EVERY_LIVE, BINDINGS_ON, BINDINGS_OF];
pub(crate) static BULKS: &[&Bulk] = &[&RECORDS, &LOANS_ON, &LIVE_ON];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for_is_no_pattern() {
        assert_eq!(like("50%_!"), "%50!%!_!!%");
        assert_eq!(patterns(" "), (String::new(), String::new()));
        assert_eq!(patterns("粤b·123-4"), ("%粤B1234%".to_owned(), "%粤B·123-4%".to_owned()));
    }
}
