//! What a rule set would have raised in the days that are stored, and what differs from the one in force.
//!
//! Shape: a text and a window in, an id out; the figures when the replay is at its end, for as long as the server runs and only of
//! the last few. It is one administrator's matter at a time, of all lenders, and written down before it begins. Units: alerts.
//! Errors: [`Problem`]; `conflict` while another one runs, `no_history` where nothing is stored.

mod bench;
mod replaying;
#[cfg(test)]
mod tests;
mod view;

use super::TEXT_BYTES_MAX;
use super::check::faults;
use crate::asked::Body;
use crate::caller::Caller;
use crate::desk::{Desk, new_input_id};
use crate::problem::{Code, Problem};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
pub(crate) use bench::Bench;
use bench::{Backtest, Wish};
use model::{Millis, Timestamp};
use rules::RuleSet;
use serde::Deserialize;
use store::Store;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use view::{BacktestListing, BacktestView};
use watch::backtest::Kept;

pub(super) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default().routes(routes!(begin)).routes(routes!(list)).routes(routes!(one, cancel))
}

/// What is to be tried.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BacktestBody {
    /// A rule set, held against the one in force; left out = the one in force alone.
    toml: Option<String>,
    /// Alerts that were raised from then on are counted.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    /// Before this time; at most 92 days later.
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
}

/// Begins a back-test: everything that is stored is replayed by the rule set, nothing is changed.
#[utoipa::path(post, path = "/rules:backtest", tag = "rules", request_body = BacktestBody,
    responses((status = 202, body = BacktestView)))]
async fn begin(
    State(desk): State<Desk>,
    caller: Caller,
    Body(body): Body<BacktestBody>,
) -> Result<(StatusCode, Json<BacktestView>), Problem> {
    of_everybody(&caller)?;
    let store = desk.store()?;
    let wish = wish(&store, body).await?;
    desk.bench.room().await.map_err(|busy| taken(&busy))?;
    let subject = format!("backtest from={} to={}", wish.from, wish.to);
    desk.witness(&caller, &subject, PURPOSE).await?;
    let backtest = Backtest::new(new_input_id().0, caller.actor(), desk.now(), wish);
    let backtest = desk.bench.begin(backtest).map_err(|busy| taken(&busy))?;
    replaying::start(store, desk.reread.clone(), backtest.clone());
    Ok((StatusCode::ACCEPTED, Json(BacktestView::whole(&backtest))))
}

/// The last back-tests, the newest first, without what they found.
#[utoipa::path(get, path = "/rules/backtests", tag = "rules", responses((status = 200, body = BacktestListing)))]
async fn list(State(desk): State<Desk>, caller: Caller) -> Result<Json<BacktestListing>, Problem> {
    of_everybody(&caller)?;
    Ok(Json(BacktestListing { data: desk.bench.all().iter().map(|one| BacktestView::brief(one)).collect() }))
}

/// How far a back-test is, and what it found.
#[utoipa::path(get, path = "/rules/backtests/{id}", tag = "rules", params(("id" = String, Path, description = "the back-test's id")),
    responses((status = 200, body = BacktestView)))]
async fn one(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<BacktestView>, Problem> {
    of_everybody(&caller)?;
    let backtest = desk.bench.find(&id).ok_or_else(Problem::not_found)?;
    Ok(Json(BacktestView::whole(&backtest)))
}

/// Cancels a back-test; one that has ended stays as it is.
#[utoipa::path(delete, path = "/rules/backtests/{id}", tag = "rules", params(("id" = String, Path, description = "the back-test's id")),
    responses((status = 200, body = BacktestView)))]
async fn cancel(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<BacktestView>, Problem> {
    of_everybody(&caller)?;
    let backtest = desk.bench.find(&id).ok_or_else(Problem::not_found)?;
    backtest.cancel();
    Ok(Json(BacktestView::brief(&backtest)))
}

/// A replay is of all lenders' vehicles at once: an outage shows in all of them. So is what it found.
fn of_everybody(caller: &Caller) -> Result<(), Problem> {
    if caller.scope.is_everything() {
        return Ok(());
    }
    let detail = "A back-test counts the vehicles of all lenders, and you see those of some. Ask somebody who sees all.";
    Err(Problem::new(Code::Forbidden, detail))
}

fn taken(busy: &Backtest) -> Problem {
    let detail = format!(
        "Another back-test runs, which {} began at {}. Wait for its end, or cancel it: DELETE /api/v1/rules/backtests/{}",
        busy.by, busy.began_at, busy.id
    );
    Problem::new(Code::Conflict, detail).retry_after(BUSY_RETRY_S)
}

/// Everything that can be wrong is found before the replay, which takes a while.
async fn wish(store: &Store, BacktestBody { toml, from, to }: BacktestBody) -> Result<Wish, Problem> {
    if to <= from || to.since(from) > WINDOW_MAX_MS {
        return Err(Problem::field("/to", "window", "behind from, and at most 92 days"));
    }
    let text = store.rule_set().await?.map(|row| row.text);
    // As the list of rules reads it.
    let in_force = text.and_then(|text| RuleSet::parse(&text).ok()).unwrap_or_default();
    let tried = toml.map(|toml| read(&toml)).transpose()?;
    let tried = tried.filter(|tried| tried.hash() != in_force.hash());
    let (rule_set, against) = match tried {
        Some(tried) => (tried, Some(in_force)),
        None => (in_force, None),
    };
    let nothing = |detail: String| Problem::field("/from", "no_history", detail);
    let kept = Kept::of(store).await?.ok_or_else(|| nothing("nothing is stored yet".to_owned()))?;
    let (from, to) = kept.narrowed(Some(from), Some(to)).map_err(|unstored| nothing(unstored.to_string()))?;
    Ok(Wish { rule_set, against, from, to, kept })
}

fn read(toml: &str) -> Result<RuleSet, Problem> {
    if toml.len() > TEXT_BYTES_MAX {
        return Err(Problem::field("/toml", "length", "an input of the journal holds 60 KiB of rules"));
    }
    if let Some(fault) = faults(toml).first() {
        return Err(Problem::field("/toml", "rule_set", fault.text.en.clone()));
    }
    RuleSet::parse(toml).map_err(|error| Problem::field("/toml", "rule_set", error.to_string()))
}

/// As the command line writes it down.
const PURPOSE: &str = "policy";
/// A quarter of a year, as long as the list of rules counts verdicts.
const WINDOW_MAX_MS: Millis = 92 * 86_400_000;
/// A small fleet's history is replayed in less.
const BUSY_RETRY_S: u32 = 30;
