//! Loans as people and `notify` read them: the rows, what happened to each, and where the vehicles were last.
//!
//! Shape: one query a question. Units: see the migrations. Errors: [`StoreError`].

use crate::backend::{with_reader, with_writer};
use crate::bulk::{Bulk, TakesRows as _};
use crate::scope::{Records, scoped, sees};
use crate::value::Kind::Text;
use crate::value::Row;
use crate::vehicles::patterns;
use crate::world::vehicle_id;
use crate::{LoanEventRow, LoanRow, Store, StoreError};
use model::input::ToldEvent;
use model::staff::Scope;
use model::{ContractId, Coordinates, LenderId, Seq, Timestamp, VehicleId};
use sqlx::AssertSqlSafe;
use std::collections::BTreeSet;

const LOANS: &str = "SELECT vehicle, in_book, paid_ms, notes, body FROM loans ORDER BY contract";

const PAGE: &str = scoped!(
    "SELECT l.vehicle, l.in_book, l.paid_ms, l.notes, l.body FROM loans l \
    LEFT JOIN vehicles v ON v.vehicle = l.vehicle WHERE l.contract > $3 AND ($4 = '' OR l.lender = $4) \
    AND ($5 = '' OR l.vehicle LIKE $5 ESCAPE '!' OR v.alias LIKE $5 ESCAPE '!' OR UPPER(l.contract) LIKE $6 ESCAPE '!') AND ",
    sees!("l.lender", "l.vehicle"),
    " ORDER BY l.contract LIMIT $7"
);

const LOAN: &str = "SELECT vehicle, in_book, paid_ms, notes, body FROM loans WHERE contract = $1";

const EVENTS: &str = "SELECT seq, item, at_ms, actor, body, identity FROM loan_events WHERE contract = $1 ORDER BY at_ms DESC, seq DESC, item DESC \
    LIMIT $2";

static KNOWN_EVENTS: Bulk = Bulk::new(
    "SELECT e.identity FROM (",
    &[Text],
    ") AS k CROSS JOIN loan_events e WHERE e.identity = k.column1",
);

static LENDERS_OF: Bulk = Bulk::new(
    "SELECT l.contract, l.lender FROM (",
    &[Text],
    ") AS k CROSS JOIN loans l WHERE l.contract = k.column1 AND l.in_book <> 0",
);

const PLACES: &str = "SELECT subject, heard_ms, fix_ms, lat_e7, lon_e7 FROM subject_states ORDER BY subject";

const STATE: &str = "SELECT format, state FROM subject_states WHERE subject = $1";

/// Which loans.
#[derive(Debug, Clone, Default)]
pub struct LoanQuery<'a> {
    /// Behind this contract, in their order.
    pub after: &'a str,
    /// Of this lender only; empty = any.
    pub lender: &'a str,
    /// Whose contract, plate or VIN holds this.
    pub named: &'a str,
    /// What the asker may see; `None` = everything.
    pub scope: Option<&'a Scope>,
    /// So many at most.
    pub rows_max: i64,
}

/// When a vehicle was last heard, and where it was seen last. As of the last checkpoint, seconds ago.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LastPlace {
    /// The vehicle.
    pub vehicle: VehicleId,
    /// When any of its terminals was last heard.
    pub heard_at: Option<Timestamp>,
    /// Its last believed live fix.
    pub seen: Option<(Timestamp, Coordinates)>,
}

pub(crate) type LoanColumns = (String, i64, Option<i64>, String, String);
type EventColumns = (i64, i64, i64, String, String, Option<String>);
type PlaceColumns = (String, Option<i64>, Option<i64>, Option<i64>, Option<i64>);

impl Store {
    /// All loans, as the newest books and later events state them.
    pub async fn loans(&self) -> Result<Vec<LoanRow>, StoreError> {
        let rows: Vec<LoanColumns> = with_writer!(self, pool => sqlx::query_as(LOANS).fetch_all(pool).await)?;
        rows.into_iter().map(loan).collect()
    }

    /// The next loans of a query, in the order of their contracts.
    pub async fn loans_page(&self, query: &LoanQuery<'_>) -> Result<Vec<LoanRow>, StoreError> {
        let ((name, text), seen) = (patterns(query.named), Records::of(query.scope));
        let rows: Vec<LoanColumns> = with_reader!(self, pool => {
            sqlx::query_as(PAGE)
                .bind(seen.text)
                .bind(seen.width)
                .bind(query.after)
                .bind(query.lender)
                .bind(name)
                .bind(text)
                .bind(query.rows_max)
                .fetch_all(pool)
                .await
        })?;
        rows.into_iter().map(loan).collect()
    }

    /// One loan; `None` if no book ever had it.
    pub async fn loan(&self, contract: &ContractId) -> Result<Option<LoanRow>, StoreError> {
        let row: Option<LoanColumns> =
            with_reader!(self, pool => sqlx::query_as(LOAN).bind(&contract.0).fetch_optional(pool).await)?;
        row.map(loan).transpose()
    }

    /// What happened to a loan between books, the newest first.
    pub async fn loan_events(&self, contract: &ContractId) -> Result<Vec<LoanEventRow>, StoreError> {
        let rows: Vec<EventColumns> = with_reader!(self, pool => {
            sqlx::query_as(EVENTS).bind(&contract.0).bind(EVENTS_MAX).fetch_all(pool).await
        })?;
        let event = |(seq, item, at, actor, body, identity): EventColumns| {
            let (contract, at) = (contract.clone(), Timestamp::from_ms(at));
            let told = ToldEvent { contract, at, event: serde_json::from_str(&body)? };
            Ok(LoanEventRow { seq: Seq(seq), item, actor, told, identity })
        };
        rows.into_iter().map(event).collect()
    }

    /// Which of these contracts are in the book of another lender than this.
    pub async fn in_other_books(
        &self,
        lender: &LenderId,
        contracts: &[ContractId],
    ) -> Result<BTreeSet<ContractId>, StoreError> {
        let mut found = BTreeSet::new();
        let row = |contract: &ContractId| vec![contract.0.as_str().into()];
        let mut rest = contracts.iter().map(row).collect::<Vec<Row>>().into_iter();
        while rest.len() > 0 {
            let rows: Vec<(String, String)> = with_reader!(self, pool => {
                let (text, arguments) = pool.take(&LENDERS_OF, &mut rest)?;
                sqlx::query_as_with(AssertSqlSafe(text), arguments).fetch_all(pool).await
            })?;
            found.extend(
                rows.into_iter().filter(|(_, of)| *of != lender.0).map(|(contract, _)| ContractId(contract)),
            );
        }
        Ok(found)
    }

    /// Which of these events, by their identities, are recorded.
    pub async fn known_events(&self, identities: &[String]) -> Result<BTreeSet<String>, StoreError> {
        let mut known = BTreeSet::new();
        let row = |identity: &String| vec![identity.as_str().into()];
        let mut rest = identities.iter().map(row).collect::<Vec<Row>>().into_iter();
        while rest.len() > 0 {
            let rows: Vec<(String,)> = with_writer!(self, pool => {
                let (text, arguments) = pool.take(&KNOWN_EVENTS, &mut rest)?;
                sqlx::query_as_with(AssertSqlSafe(text), arguments).fetch_all(pool).await
            })?;
            known.extend(rows.into_iter().map(|(identity,)| identity));
        }
        Ok(known)
    }

    /// What is remembered of a vehicle, with the form it is written in. As of the last checkpoint, seconds ago.
    pub async fn vehicle_state(&self, vehicle: VehicleId) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
        let subject = format!("{VEHICLE_PREFIX}{vehicle}");
        Ok(with_reader!(self, pool => sqlx::query_as(STATE).bind(&subject).fetch_optional(pool).await)?)
    }

    /// Where every vehicle was last.
    pub async fn last_places(&self) -> Result<Vec<LastPlace>, StoreError> {
        let rows: Vec<PlaceColumns> =
            with_reader!(self, pool => sqlx::query_as(PLACES).fetch_all(pool).await)?;
        let of_vehicle = |(subject, heard, fix, lat, lon): PlaceColumns| {
            let vehicle = subject.strip_prefix(VEHICLE_PREFIX).map(vehicle_id)?;
            let place = lat.zip(lon).and_then(|(lat, lon)| Coordinates::from_e7(lat, lon).ok());
            let seen = fix.map(Timestamp::from_ms).zip(place);
            Some(vehicle.map(|vehicle| LastPlace { vehicle, heard_at: heard.map(Timestamp::from_ms), seen }))
        };
        rows.into_iter().filter_map(of_vehicle).collect()
    }
}

pub(crate) fn loan((vehicle, in_book, paid, notes, body): LoanColumns) -> Result<LoanRow, StoreError> {
    Ok(LoanRow {
        loan: serde_json::from_str(&body)?,
        vehicle: vehicle_id(&vehicle)?,
        in_book: in_book != 0,
        paid_at: paid.map(Timestamp::from_ms),
        notes: serde_json::from_str(&notes)?,
    })
}

/// How the watch names a vehicle's state.
const VEHICLE_PREFIX: &str = "v:";
/// Events in one listing; a person reads no more.
const EVENTS_MAX: i64 = 1_000;

pub(crate) const ALL: &[&str] = &[LOANS, PAGE, LOAN, EVENTS, PLACES, STATE];
pub(crate) static BULKS: &[&Bulk] = &[&KNOWN_EVENTS, &LENDERS_OF];
