//! The rule set in force in sentences, how often each rule was raised and right, and another rule set tried or put in its place.
//!
//! Shape: the set with its hash; a text that is checked, or published by an input of the journal under `If-Match` of the hash that was
//! seen. Units: alerts; days. Errors: [`Problem`]; what is wrong with a text is told with its line by `rules:check`.

mod backtest;
mod check;

use crate::asked::{Asked, Body, IfMatch};
use crate::caller::Caller;
use crate::desk::{Desk, Done};
use crate::idempotency::IdempotencyKey;
use crate::list::{Listing, Page, PageQuery};
use crate::problem::{Code, Problem};
use crate::text::Text;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
pub(crate) use backtest::Bench;
use check::{Checked, faults};
use model::input::{Action, Input};
use model::{AlertState, LenderId, Millis, Rule, Seq, Timestamp};
use rules::RuleSet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{Store, Verdicts};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default()
        .routes(routes!(in_force, publish))
        .routes(routes!(versions))
        .routes(routes!(check))
        .merge(backtest::routes())
}

/// The rule set in force.
#[derive(Debug, Serialize, ToSchema)]
struct RulesInForce {
    /// Of its text; `If-Match` for another one.
    version_hash: String,
    /// The input that put it in force; null = the one that comes with the program.
    seq: Option<i64>,
    /// With the thresholds for whose loans the sentences are; null = for those that want nothing else.
    lender: Option<String>,
    /// Lenders that want thresholds of their own, of those that the caller sees.
    lenders: Vec<String>,
    rules: Vec<RuleView>,
    /// The text itself; null for a caller who sees some lenders only, as it holds what the others want.
    toml: Option<String>,
}

/// A rule.
#[derive(Debug, Serialize, ToSchema)]
struct RuleView {
    code: &'static str,
    name: Text,
    /// The gravest that an alert of the last 30 days had; null where there was none.
    severity: Option<&'static str>,
    /// No rule can be switched off: a threshold out of reach is not taken.
    enabled: bool,
    /// When it raises an alert, with the thresholds in force.
    sentence: Text,
    open_now: i64,
    last_30d: i64,
    verdicts: VerdictsView,
    /// Right of those that staff called right or wrong, of the last 90 days; null where there is none.
    precision: Option<f64>,
}

/// How staff judged alerts of the last 90 days.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
struct VerdictsView {
    confirmed: i64,
    false_alarm: i64,
    unclear: i64,
}

/// For whose loans.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct RulesQuery {
    /// Sentences with the thresholds for the loans of this lender.
    lender: Option<String>,
}

/// The rule set in force, rule by rule.
#[utoipa::path(get, path = "/rules", tag = "rules", params(RulesQuery), responses((status = 200, body = RulesInForce)))]
async fn in_force(
    State(desk): State<Desk>,
    caller: Caller,
    Asked(RulesQuery { lender }): Asked<RulesQuery>,
) -> Result<Response, Problem> {
    let lender = lender.map(LenderId);
    if lender.as_ref().is_some_and(|lender| !caller.scope.reaches(lender)) {
        return Err(Problem::not_found());
    }
    let (store, now) = (desk.store()?, desk.now());
    told(&store, &caller, lender.as_ref(), now).await
}

async fn told(
    store: &Store,
    caller: &Caller,
    lender: Option<&LenderId>,
    now: Timestamp,
) -> Result<Response, Problem> {
    let row = store.rule_set().await?;
    let toml = row.as_ref().map_or_else(|| RuleSet::default_text().to_owned(), |row| row.text.clone());
    let rule_set = RuleSet::parse(&toml).unwrap_or_default();
    let version_hash = row.as_ref().map_or_else(|| rule_set.hash().to_owned(), |row| row.hash.clone());
    let figures = Figures::read(store, now).await?;
    let sentence = |(rule, en)| (rule, Text { zh: rules::sentence_zh(&rule_set, lender, rule), en });
    let rules = rules::sentences(&rule_set, lender).map(sentence);
    let rules = rules.map(|(rule, sentence)| figures.view(rule, sentence)).collect();
    let lenders = rule_set.lenders().filter(|lender| caller.scope.reaches(lender));
    let tag =
        HeaderValue::from_str(&format!("\"{version_hash}\"")).unwrap_or(HeaderValue::from_static("\"\""));
    let body = RulesInForce {
        version_hash,
        seq: row.map(|row| row.seq.0),
        lender: lender.map(|lender| lender.0.clone()),
        lenders: lenders.map(|lender| lender.0.clone()).collect(),
        rules,
        toml: readable(caller, toml),
    };
    Ok(([(ETAG, tag)], Json(body)).into_response())
}

/// A text for those who see all lenders: in its comments may stand anything, so that no part of it is safe to show.
fn readable(caller: &Caller, toml: String) -> Option<String> {
    caller.scope.is_everything().then_some(toml)
}

/// What is counted of all rules.
struct Figures {
    open: BTreeMap<String, i64>,
    raised: BTreeMap<String, i64>,
    severities: BTreeMap<String, String>,
    judged: BTreeMap<String, Verdicts>,
}

impl Figures {
    async fn read(store: &Store, now: Timestamp) -> Result<Self, Problem> {
        let mut open = BTreeMap::new();
        for (rule, state, count) in store.alert_counts().await? {
            if is_live(&state) {
                *open.entry(rule).or_insert(0) += count;
            }
        }
        let (mut raised, mut severities) = (BTreeMap::new(), BTreeMap::new());
        for (rule, count, worst) in store.raised_since(now.plus(-RAISED_MS)).await? {
            severities.insert(rule.clone(), worst);
            raised.insert(rule, count);
        }
        let judged = store.judged_since(now.plus(-JUDGED_MS)).await?;
        Ok(Self {
            open,
            raised,
            severities,
            judged: judged.into_iter().map(|row| (row.rule.clone(), row)).collect(),
        })
    }

    fn view(&self, rule: Rule, sentence: Text) -> RuleView {
        let code = rule.as_str();
        let judged = self.judged.get(code);
        let verdicts = judged.map_or_else(VerdictsView::default, |it| VerdictsView {
            confirmed: it.confirmed,
            false_alarm: it.false_alarm,
            unclear: it.unclear,
        });
        let severity = self.severities.get(code).and_then(|it| model::Severity::parse(it).ok());
        RuleView {
            code,
            sentence,
            name: words::rule(rule).into(),
            severity: severity.map(model::Severity::as_str),
            enabled: true,
            open_now: self.open.get(code).copied().unwrap_or(0),
            last_30d: self.raised.get(code).copied().unwrap_or(0),
            precision: precision(verdicts),
            verdicts,
        }
    }
}

fn is_live(state: &str) -> bool {
    let ended = ["closed", "withdrawn"];
    AlertState::CODES.contains(&state) && !ended.contains(&state)
}

fn precision(VerdictsView { confirmed, false_alarm, .. }: VerdictsView) -> Option<f64> {
    let judged = confirmed + false_alarm;
    #[expect(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        reason = "counts of alerts are far below 2^52"
    )]
    let share = (judged > 0).then(|| confirmed as f64 / judged as f64);
    share
}

/// A rule set that was in force.
#[derive(Debug, Serialize, ToSchema)]
struct Version {
    seq: i64,
    hash: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
    actor: Option<String>,
    /// Null for a caller who sees some lenders only.
    toml: Option<String>,
}

/// The rule sets that were in force, the newest first.
#[utoipa::path(get, path = "/rules/versions", tag = "rules", params(PageQuery), responses((status = 200, body = Listing<Version>)))]
async fn versions(
    State(desk): State<Desk>,
    caller: Caller,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Listing<Version>>, Problem> {
    let page: Page<i64> = page.page()?;
    let rows_max = u32::try_from(page.rows_max()).unwrap_or(u32::MAX);
    let rows = desk.store()?.published_rules(page.after.map(Seq), rows_max).await?;
    let version = |row: store::PublishedRules| {
        let actor = row.input.as_deref().and_then(|input| match journal::codec::decode(input) {
            Ok(Input::Human(human)) => Some(human.actor),
            _ => None,
        });
        let toml = readable(&caller, row.row.text);
        Version { seq: row.row.seq.0, hash: row.row.hash, at: row.at, actor, toml }
    };
    let rows = rows.into_iter().map(version).collect();
    Ok(Json(Listing::of(rows, &page, desk.now(), |row: &Version| row.seq)))
}

/// A rule set as text.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RulesBody {
    toml: String,
}

/// Whether a text is a rule set, and what it would change.
#[utoipa::path(post, path = "/rules:check", tag = "rules", request_body = RulesBody, responses((status = 200, body = Checked)))]
async fn check(
    State(desk): State<Desk>,
    caller: Caller,
    Body(RulesBody { toml }): Body<RulesBody>,
) -> Result<Json<Checked>, Problem> {
    let row = desk.store()?.rule_set().await?;
    let current = row.map_or_else(|| RuleSet::default_text().to_owned(), |row| row.text);
    let theirs = |lender: &str| caller.scope.reaches(&LenderId(lender.to_owned()));
    Ok(Json(Checked::of(&toml, &current, theirs)))
}

/// Puts a rule set in force.
#[utoipa::path(put, path = "/rules", tag = "rules", request_body = RulesBody, responses((status = 200, body = RulesInForce)))]
async fn publish(
    State(desk): State<Desk>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    seen: Option<IfMatch>,
    Body(RulesBody { toml }): Body<RulesBody>,
) -> Result<Response, Problem> {
    if !caller.scope.is_everything() {
        let detail = "A rule set is of all lenders, and you see some: yours would take out what you cannot read. Ask somebody who sees all.";
        return Err(Problem::new(Code::Forbidden, detail));
    }
    let (store, seen) = (desk.store()?, IfMatch::required(seen)?);
    let row = store.rule_set().await?;
    seen.check(row.as_ref().map_or(RuleSet::default().hash(), |row| row.hash.as_str()))?;
    if toml.len() > TEXT_BYTES_MAX {
        return Err(Problem::field("/toml", "length", "an input of the journal holds 60 KiB of rules"));
    }
    let faults = faults(&toml);
    if let Some(fault) = faults.first() {
        return Err(Problem::field("/toml", "rule_set", fault.text.en.clone()));
    }
    match desk.ask(&caller, key.as_ref(), Action::RuleSet { text: toml }).await? {
        Done::Now { .. } => told(&store, &caller, None, desk.now()).await,
        pending @ Done::Pending { .. } => Ok(pending.into_response()),
    }
}

const DAY_MS: Millis = 86_400_000;
const RAISED_MS: Millis = 30 * DAY_MS;
/// A quarter of a year: enough verdicts to speak of a share.
const JUDGED_MS: Millis = 90 * DAY_MS;
/// An input holds 64 KiB.
const TEXT_BYTES_MAX: usize = 60 * 1024;

#[cfg(test)]
mod tests;
