//! Alerts: what staff must act on.
//!
//! Shape: the inbox by tab, in pages; counts with what makes an empty one believable; one alert with all it rests on; what staff do
//! about it, through the journal. Units: in the names. Errors: [`Problem`]; an alert that is not the caller's to know of does not
//! exist. Source: `ux.md` §4, §5, §7.

mod act;
mod bulk;
mod counts;
mod detail;
mod evidence;
pub(crate) mod row;
mod shown;
#[cfg(test)]
mod tests;

use crate::asked::Asked;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::list::{Cursor, Listing, Page, PageQuery};
use crate::problem::Problem;
use crate::rights::Right;
use crate::vehicles::row::Eyes;
use crate::vehicles::rule_set;
use axum::Json;
use axum::extract::State;
pub(crate) use counts::Counts;
use model::{AlertId, Rule, Severity, Timestamp, VehicleId};
use row::{AlertRow, Sight};
use serde::{Deserialize, Serialize};
pub(crate) use shown::HoldView;
use std::fmt::Display;
use store::{InboxKey, InboxQuery, InboxRow, Store, Tab};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(counts::counts))
        .routes(routes!(detail::detail))
        .routes(routes!(evidence::evidence))
        .routes(routes!(act::ack))
        .routes(routes!(act::unack))
        .routes(routes!(act::assign))
        .routes(routes!(act::snooze))
        .routes(routes!(act::note))
        .routes(routes!(act::close))
        .routes(routes!(bulk::bulk))
}

/// Which alerts.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// open, mine, unassigned, snoozed, verdict or closed; open unless said.
    tab: Option<String>,
    /// P1 to P4.
    severity: Option<String>,
    /// Code of a rule.
    rule: Option<String>,
    /// About this vehicle.
    vehicle: Option<String>,
    /// Part of a plate, VIN, contract or alert id.
    #[serde(default)]
    q: String,
    /// Of those that somebody in this team has, by its id.
    #[serde(default)]
    team: String,
}

/// What was filtered by, read.
struct Read {
    tab: Tab,
    severity: Option<Severity>,
    rule: Option<Rule>,
    vehicle: Option<VehicleId>,
}

/// The key of a page: severity, when it was raised, id.
#[derive(Debug, Serialize, Deserialize)]
struct Key(String, i64, String);

/// The inbox: alerts of one tab, the gravest first, of these the newest.
#[utoipa::path(get, path = "/alerts", tag = "alerts", params(Filter, PageQuery),
    responses((status = 200, body = Listing<AlertRow>)))]
async fn list(
    State(desk): State<Desk>,
    caller: Caller,
    Asked(filter): Asked<Filter>,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Listing<AlertRow>>, Problem> {
    let page: Page<Key> = page.page()?;
    let (store, now) = (desk.store()?, desk.now());
    let read = filter.read(&store, &caller).await?;
    let rule_set = rule_set(&store).await?;
    let eyes = Eyes { caller: &caller, rule_set: &rule_set, now };
    let mut after = page.after.as_ref().map(Key::read).transpose()?;
    let (mut data, mut looked_at, mut is_last) = (Vec::new(), 0, false);
    // Of a page some may not be the caller's to know of, as those of vehicles whose loans are settled.
    while data.len() < page.limit && !is_last && looked_at < LOOKED_AT_MAX {
        let me = [caller.user.0.as_str(), caller.name.as_str()];
        let query = InboxQuery {
            tab: read.tab,
            severity: read.severity,
            rule: read.rule,
            vehicle: read.vehicle,
            text: &filter.q,
            team: &filter.team,
            scope: Some(&caller.scope),
            me,
            now,
            after: after.clone(),
            rows_max: page.rows_max(),
        };
        let rows = store.inbox(&query).await?;
        is_last = rows.len() <= page.limit;
        looked_at += rows.len();
        let sight = Sight::of(&store, eyes, &rows).await?;
        for row in rows.iter().take(page.limit) {
            if data.len() == page.limit {
                is_last = false;
                break;
            }
            after = Some(InboxKey::of(&row.alert));
            data.extend(sight.row(row));
        }
    }
    let next_cursor = after.filter(|_| !is_last).map(|key| Cursor::of(&Key::of(&key)));
    Ok(Json(Listing { data, next_cursor, as_of: now }))
}

impl Filter {
    async fn read(&self, store: &Store, caller: &Caller) -> Result<Read, Problem> {
        // A name that is masked is not to be found out by trying.
        if !caller.has(Right::VehiclesRead) && (self.vehicle.is_some() || !self.q.is_empty()) {
            return Err(Problem::field(
                "?q",
                "masked",
                "plates are masked for you: nothing is looked for by name",
            ));
        }
        let tab = self.tab.as_deref().map_or(Some(Tab::Open), Tab::parse);
        let vehicle = self.vehicle.as_deref().map(VehicleId::parse).transpose();
        let vehicle = match vehicle.map_err(|error| unknown("?vehicle", &error))? {
            Some(name) => Some(store.vehicle_of(name).await?.unwrap_or(name)),
            None => None,
        };
        Ok(Read {
            tab: tab.ok_or_else(|| unknown("?tab", &"open, mine, unassigned, snoozed, verdict or closed"))?,
            severity: parsed("?severity", self.severity.as_deref(), Severity::parse)?,
            rule: parsed("?rule", self.rule.as_deref(), Rule::parse)?,
            vehicle,
        })
    }
}

fn parsed<T, E: Display>(
    pointer: &str,
    text: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, Problem> {
    text.map(parse).transpose().map_err(|error| unknown(pointer, &error))
}

fn unknown(pointer: &str, why: &dyn Display) -> Problem {
    Problem::field(pointer, "unknown", why.to_string())
}

impl Key {
    fn of(key: &InboxKey) -> Self {
        Self(key.severity.as_str().to_owned(), key.opened_at.ms(), key.id.0.clone())
    }

    fn read(&self) -> Result<InboxKey, Problem> {
        let severity = Severity::parse(&self.0)
            .map_err(|_| Problem::field("?cursor", "cursor", "this is not a next_cursor of this list"))?;
        Ok(InboxKey { severity, opened_at: Timestamp::from_ms(self.1), id: AlertId(self.2.clone()) })
    }
}

/// One alert, if it is the caller's to know of.
pub(super) async fn found(store: &Store, eyes: Eyes<'_>, id: &str) -> Result<(InboxRow, AlertRow), Problem> {
    let inbox = store.inbox_alert(&AlertId(id.to_owned())).await?.ok_or_else(Problem::not_found)?;
    let sight = Sight::of(store, eyes, std::slice::from_ref(&inbox)).await?;
    let row = sight.row(&inbox).ok_or_else(Problem::not_found)?;
    Ok((inbox, row))
}

/// Rows that one request goes through to fill a page.
const LOOKED_AT_MAX: usize = 10_000;
