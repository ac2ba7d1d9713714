//! The log of positions, rejected and duplicate ones too.
//!
//! ```text
//! stored only            --keyset on (device clock, terminal, hash)--> rows by fix time
//! include=rejected, …    --frames read again, keyset on seq--> rows in the order of reception: stored, duplicate or rejected
//! format=csv, gpx, …     --the same pages, one after the other--> a file, never whole in memory
//! ```
//! Shape: a vehicle, a terminal or everybody, and a stretch of time, in; a page or a file out. Units: DESIGN.md §7. Errors: [`Problem`];
//! `purpose_required`. Each page of a file is counted and has its audit line before it leaves.

mod export;
mod formats;
mod receptions;
mod stored;
#[cfg(test)]
mod tests;
mod view;

use crate::asked::Asked;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::list::{Cursor, Listing, Page, PageQuery};
use crate::problem::{Code, Problem};
use crate::vehicles::Found;
use crate::vehicles::row::names;
use crate::vehicles::track::stretch;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::{IntoResponse, Response};
use formats::Form;
use model::{Datum, TerminalId, Timestamp, VehicleId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use store::{Direction, Store};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use view::PositionView;

pub(crate) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default().routes(routes!(list))
}

/// Which positions.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct PositionsQuery {
    /// Of this vehicle, by id, plate or VIN.
    vehicle: Option<String>,
    /// Of this terminal.
    terminal: Option<String>,
    /// At or after; a day before `to` unless said.
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// Before; now unless said.
    #[param(value_type = Option<String>)]
    to: Option<Timestamp>,
    /// `late`, `rejected`, `duplicate`, with commas between. With either of the last two rows come in the order of reception, and
    /// `from` and `to` are receive times.
    #[serde(default)]
    include: String,
    /// `asc` or `desc` by time; `asc` unless said.
    #[param(value_type = Option<String>)]
    order: Option<Order>,
    /// `json`, `csv`, `ndjson`, `gpx`, `kml` or `geojson`; else as the header Accept says.
    #[param(value_type = Option<String>)]
    format: Option<Form>,
    #[param(value_type = Option<String>)]
    datum: Option<Datum>,
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Order {
    Asc,
    Desc,
}

/// What is asked, checked.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) of: Of,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    pub(crate) late: bool,
    /// Rejected and duplicate ones too, in the order of reception.
    pub(crate) receptions: Option<Receptions>,
    pub(crate) direction: Direction,
    pub(crate) datum: Datum,
}

/// Whose.
#[derive(Debug, Clone)]
pub(crate) enum Of {
    Everybody,
    Terminal(TerminalId),
    /// Those of its terminals while they were on it.
    Vehicle(VehicleId, Vec<(TerminalId, Timestamp, Timestamp)>),
}

/// Which receptions beside those that were stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Receptions {
    pub(crate) rejected: bool,
    pub(crate) duplicate: bool,
}

/// Behind which row the next page begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Behind {
    /// Device clock in ms, terminal, hash.
    Stored(i64, String, i64),
    /// Place in the journal.
    Reception(i64),
}

/// Rows, and where the next ones begin.
pub(crate) struct Batch {
    pub(crate) rows: Vec<PositionView>,
    pub(crate) next: Option<Behind>,
}

/// A page of positions, with where there are others when there are none.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct PositionListing {
    #[serde(flatten)]
    listing: Listing<PositionView>,
    /// Only where `data` is empty and somebody is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    nearest: Option<stored::Nearest>,
}

/// Positions, as a page or as a file.
#[utoipa::path(get, path = "/positions", tag = "positions", params(PositionsQuery, PageQuery),
    responses((status = 200, body = PositionListing, description = "or a file of the format that was asked for")))]
async fn list(
    State(desk): State<Desk>,
    caller: Caller,
    headers: HeaderMap,
    Asked(query): Asked<PositionsQuery>,
    Asked(page): Asked<PageQuery>,
) -> Result<Response, Problem> {
    caller.purpose()?;
    let page: Page<Behind> = page.page()?;
    let (store, now) = (desk.store()?, desk.now());
    let question = query.question(&store, &caller, now).await?;
    match query.form(&headers)? {
        Form::Json => {
            let (limit, is_first) = (page.limit, page.after.is_none());
            let Batch { rows, next } = question.batch(&desk, &caller, page.after, limit).await?;
            let is_empty = rows.is_empty() && is_first;
            let nearest = if is_empty { stored::nearest(&store, &question).await? } else { None };
            question.witness(&desk, &caller, &rows).await?;
            let listing = Listing { data: rows, next_cursor: next.map(|next| Cursor::of(&next)), as_of: now };
            Ok(Json(PositionListing { listing, nearest }).into_response())
        }
        form => export::export(desk, caller, question, form).await,
    }
}

impl PositionsQuery {
    async fn question(&self, store: &Store, caller: &Caller, now: Timestamp) -> Result<Question, Problem> {
        let (from, to) = stretch(self.from, self.to, now)?;
        let of = match (&self.vehicle, &self.terminal) {
            (Some(_), Some(_)) => {
                return Err(Problem::field("?terminal", "order", "name a vehicle or a terminal, not both"));
            }
            (Some(name), None) => {
                let vehicle = Found::by_name(store, caller, name, now).await?.record.vehicle;
                Of::vehicle(store, vehicle, (from, to)).await?
            }
            (None, Some(terminal)) => Of::Terminal(
                TerminalId::parse(terminal)
                    .map_err(|error| Problem::field("?terminal", "terminal", error.to_string()))?,
            ),
            (None, None) => Of::Everybody,
        };
        let included: Vec<&str> =
            self.include.split(',').map(str::trim).filter(|it| !it.is_empty()).collect();
        if let Some(unknown) = included.iter().find(|it| !["late", "rejected", "duplicate"].contains(it)) {
            let detail = format!("{unknown:?}: expected late, rejected, duplicate");
            return Err(Problem::field("?include", "unknown", detail));
        }
        let has = |name: &str| included.contains(&name);
        let receptions = Receptions { rejected: has("rejected"), duplicate: has("duplicate") };
        let direction = match self.order {
            Some(Order::Desc) => Direction::Backwards,
            Some(Order::Asc) | None => Direction::Forwards,
        };
        let receptions = (receptions != Receptions::default()).then_some(receptions);
        if receptions.is_some() && direction == Direction::Backwards {
            return Err(Problem::field("?order", "order", "receptions are read from the oldest on"));
        }
        let datum = self.datum.unwrap_or(Datum::Wgs84);
        Ok(Question { of, from, to, late: has("late"), receptions, direction, datum })
    }

    /// What was asked for, by name or by the header.
    fn form(&self, headers: &HeaderMap) -> Result<Form, Problem> {
        if let Some(form) = self.format {
            return Ok(form);
        }
        let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or("*/*");
        Form::accepted(accept).ok_or_else(|| {
            Problem::new(
                Code::Unsupported,
                "Accept names no form that this address has: json, csv, ndjson, gpx, kml, geojson.",
            )
        })
    }
}

impl Of {
    async fn vehicle(
        store: &Store,
        vehicle: VehicleId,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Self, Problem> {
        let bindings = store.bindings_on(vehicle).await?.into_iter().map(|row| row.binding);
        let within = bindings.filter_map(|it| {
            let (begin, end) = (from.max(it.from), it.to.map_or(to, |unbound| unbound.min(to)));
            (begin < end).then_some((it.terminal, begin, end))
        });
        Ok(Self::Vehicle(vehicle, within.collect()))
    }

    /// As an audit line names it, and a file.
    pub(crate) fn named(&self) -> String {
        match self {
            Self::Everybody => "terminal=all".to_owned(),
            Self::Terminal(terminal) => format!("terminal={terminal}"),
            Self::Vehicle(vehicle, _) => format!("vehicle={vehicle}"),
        }
    }
}

impl Question {
    /// The next rows behind one, with their vehicles' plates.
    pub(crate) async fn batch(
        &self,
        desk: &Desk,
        caller: &Caller,
        behind: Option<Behind>,
        rows_max: usize,
    ) -> Result<Batch, Problem> {
        let mut batch = self.next_rows(desk, caller, behind, rows_max).await?;
        let vehicle_of = |row: &PositionView| VehicleId::parse(row.vehicle.as_ref()?).ok();
        let vehicles: BTreeSet<VehicleId> = batch.rows.iter().filter_map(vehicle_of).collect();
        let vehicles: Vec<VehicleId> = vehicles.into_iter().collect();
        let records = desk.store()?.vehicle_records(&vehicles).await?;
        let plates: BTreeMap<VehicleId, VehicleId> = (records.into_iter())
            .filter_map(|record| Some((record.vehicle, names(record.vehicle, record.alias).0?)))
            .collect();
        for row in &mut batch.rows {
            row.plate = vehicle_of(row).map(|it| caller.plate(plates.get(&it).copied().unwrap_or(it)));
        }
        Ok(batch)
    }

    async fn next_rows(
        &self,
        desk: &Desk,
        caller: &Caller,
        behind: Option<Behind>,
        rows_max: usize,
    ) -> Result<Batch, Problem> {
        let store = desk.store()?;
        match (self.receptions, behind) {
            (None, None) => stored::batch(&store, self, None, rows_max).await,
            (None, Some(Behind::Stored(wall, terminal, measured))) => {
                let terminal = TerminalId::parse(&terminal).map_err(|_| wrong_cursor())?;
                let key = store::LogKey { wall: Timestamp::from_ms(wall), terminal, measured };
                stored::batch(&store, self, Some(key), rows_max).await
            }
            (Some(wanted), None) => receptions::batch(desk, caller, self, wanted, None, rows_max).await,
            (Some(wanted), Some(Behind::Reception(seq))) => {
                receptions::batch(desk, caller, self, wanted, Some(model::Seq(seq)), rows_max).await
            }
            (None, Some(Behind::Reception(_))) | (Some(_), Some(Behind::Stored(..))) => Err(wrong_cursor()),
        }
    }

    /// The audit line of some rows, before they are given away.
    pub(crate) async fn witness(
        &self,
        desk: &Desk,
        caller: &Caller,
        rows: &[PositionView],
    ) -> Result<(), Problem> {
        let (from, to) = (self.from, self.to);
        let subject = format!("positions {} from={from} to={to}", self.of.named());
        desk.reads(caller, &subject, u32::try_from(rows.len()).unwrap_or(u32::MAX)).await
    }
}

fn wrong_cursor() -> Problem {
    Problem::field("?cursor", "cursor", "this is not a next_cursor of this list")
}
