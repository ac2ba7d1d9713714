//! What people ask of the record: when the server listened, who looked at a vehicle, how often each rule was raised and right.
//!
//! Shape: one query a question. Units: see the migrations. Errors: [`StoreError`].

use crate::backend::with_reader;
use crate::world::{AuditColumns, audit_row};
use crate::{AuditRow, CoverageRow, RuleSetRow, Store, StoreError};
use model::{Seq, Timestamp};

const COVERAGE: &str =
    "SELECT from_ms, to_ms, run_seq FROM coverage WHERE to_ms >= $1 ORDER BY from_ms LIMIT $2";

const COVERED_BEFORE: &str =
    "SELECT from_ms, to_ms, run_seq FROM coverage WHERE to_ms < $1 ORDER BY from_ms DESC LIMIT 1";

const FIRST_COVERED: &str = "SELECT MIN(from_ms) FROM coverage";

const LOOKS: &str = "SELECT line, seq, at_ms, actor, action, subject, purpose, outcome, previous, hash FROM audit \
    WHERE line > (SELECT COALESCE(MAX(line), 0) FROM audit) - $1 AND action = 'read' \
    AND (subject LIKE $2 ESCAPE '!' OR subject LIKE $3 ESCAPE '!') ORDER BY line DESC LIMIT $4";

const RAISED: &str = "SELECT rule, COUNT(*), MIN(severity) FROM alerts WHERE opened_ms >= $1 GROUP BY rule";

/// A note cannot look like a reason: its quotes are escaped.
const JUDGED: &str = "SELECT rule, SUM(CASE WHEN body LIKE '%\"reason\":\"confirmed\"%' THEN 1 ELSE 0 END), \
    SUM(CASE WHEN body LIKE '%\"reason\":\"false_alarm\"%' THEN 1 ELSE 0 END), \
    SUM(CASE WHEN body LIKE '%\"reason\":\"unclear\"%' THEN 1 ELSE 0 END) \
    FROM alerts WHERE opened_ms >= $1 AND state = 'closed' GROUP BY rule";

const QUEUE: &str = "SELECT (SELECT MIN(next_ms) FROM outbox WHERE state = 'pending'), \
    (SELECT MAX(next_ms) FROM outbox WHERE state = 'delivered')";

const VEHICLES: &str = "SELECT COUNT(*) FROM vehicles";

const RULE_SETS: &str = "SELECT r.seq, r.hash, r.body, a.at_ms, a.payload FROM rule_sets r \
    LEFT JOIN archive a ON a.seq = r.seq WHERE r.seq < $1 ORDER BY r.seq DESC LIMIT $2";

/// How long entries of the outbox have waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutboxTimes {
    /// When the one that has waited longest is, or was, due.
    pub oldest_due_at: Option<Timestamp>,
    /// When one was delivered last.
    pub last_delivered_at: Option<Timestamp>,
}

/// How staff judged the alerts of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdicts {
    /// The rule's code.
    pub rule: String,
    /// They were right.
    pub confirmed: i64,
    /// They were wrong.
    pub false_alarm: i64,
    /// Nobody could say.
    pub unclear: i64,
}

/// A rule set that was in force, and what put it there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedRules {
    /// The rule set.
    pub row: RuleSetRow,
    /// When.
    pub at: Option<Timestamp>,
    /// The input, in the journal's form.
    pub input: Option<Vec<u8>>,
}

/// A row of a published rule set: seq, hash, text, when, its input.
type Published = (i64, String, String, Option<i64>, Option<Vec<u8>>);

impl Store {
    /// The times in which the server listened, those that reach beyond `since`.
    pub async fn coverage_since(&self, since: Timestamp) -> Result<Vec<CoverageRow>, StoreError> {
        let rows: Vec<(i64, i64, i64)> = with_reader!(self, pool => {
            sqlx::query_as(COVERAGE).bind(since.ms()).bind(INTERVALS_MAX).fetch_all(pool).await
        })?;
        Ok(rows.into_iter().map(interval).collect())
    }

    /// The last time in which the server listened that had ended before `since`.
    pub async fn covered_before(&self, since: Timestamp) -> Result<Option<CoverageRow>, StoreError> {
        let row: Option<(i64, i64, i64)> = with_reader!(self, pool => {
            sqlx::query_as(COVERED_BEFORE).bind(since.ms()).fetch_optional(pool).await
        })?;
        Ok(row.map(interval))
    }

    /// When the server listened first; `None` = never yet.
    pub async fn first_covered(&self) -> Result<Option<Timestamp>, StoreError> {
        let from_ms: Option<i64> =
            with_reader!(self, pool => sqlx::query_scalar(FIRST_COVERED).fetch_one(pool).await)?;
        Ok(from_ms.map(Timestamp::from_ms))
    }

    /// Who looked at something, the newest first: of the newest audit lines those whose subject names it as `KEY=VALUE`.
    pub async fn looks_at(&self, key: &str, value: &str, rows_max: u32) -> Result<Vec<AuditRow>, StoreError> {
        let named = format!("{key}={value}").replace('!', "!!").replace('%', "!%").replace('_', "!_");
        let (amid, last) = (format!("% {named} %"), format!("% {named}"));
        let rows: Vec<AuditColumns> = with_reader!(self, pool => {
            sqlx::query_as(LOOKS)
                .bind(LINES_BACK)
                .bind(&amid)
                .bind(&last)
                .bind(i64::from(rows_max))
                .fetch_all(pool)
                .await
        })?;
        Ok(rows.into_iter().map(audit_row).collect())
    }

    /// How long the outbox has waited.
    pub async fn outbox_times(&self) -> Result<OutboxTimes, StoreError> {
        let (due, delivered): (Option<i64>, Option<i64>) =
            with_reader!(self, pool => sqlx::query_as(QUEUE).fetch_one(pool).await)?;
        let at = |ms: Option<i64>| ms.map(Timestamp::from_ms);
        Ok(OutboxTimes { oldest_due_at: at(due), last_delivered_at: at(delivered) })
    }

    /// How many vehicles are known.
    pub async fn vehicle_count(&self) -> Result<i64, StoreError> {
        Ok(with_reader!(self, pool => sqlx::query_scalar(VEHICLES).fetch_one(pool).await)?)
    }

    /// How many alerts each rule opened since an instant, and how grave the gravest of them is.
    pub async fn raised_since(&self, since: Timestamp) -> Result<Vec<(String, i64, String)>, StoreError> {
        Ok(with_reader!(self, pool => sqlx::query_as(RAISED).bind(since.ms()).fetch_all(pool).await)?)
    }

    /// How staff judged the alerts that each rule opened since an instant.
    pub async fn judged_since(&self, since: Timestamp) -> Result<Vec<Verdicts>, StoreError> {
        let rows: Vec<(String, i64, i64, i64)> =
            with_reader!(self, pool => sqlx::query_as(JUDGED).bind(since.ms()).fetch_all(pool).await)?;
        let verdicts =
            |(rule, confirmed, false_alarm, unclear)| Verdicts { rule, confirmed, false_alarm, unclear };
        Ok(rows.into_iter().map(verdicts).collect())
    }

    /// The rule sets that were in force, the newest first; behind one.
    pub async fn published_rules(
        &self,
        behind: Option<Seq>,
        rows_max: u32,
    ) -> Result<Vec<PublishedRules>, StoreError> {
        let rows: Vec<Published> = with_reader!(self, pool => {
            sqlx::query_as(RULE_SETS)
                .bind(behind.map_or(i64::MAX, |seq| seq.0))
                .bind(i64::from(rows_max))
                .fetch_all(pool)
                .await
        })?;
        let published = |(seq, hash, text, at, input): Published| {
            let row = RuleSetRow { seq: Seq(seq), hash, text };
            PublishedRules { row, at: at.map(Timestamp::from_ms), input }
        };
        Ok(rows.into_iter().map(published).collect())
    }
}

fn interval((from, to, run): (i64, i64, i64)) -> CoverageRow {
    CoverageRow { from: Timestamp::from_ms(from), to: Timestamp::from_ms(to), run: Seq(run) }
}

/// Intervals in one answer: a restart each minute of a week.
const INTERVALS_MAX: i64 = 10_080;
/// Audit lines that are gone through: there is no index by subject, and this many are half a second.
const LINES_BACK: i64 = 500_000;

pub(crate) const ALL: &[&str] =
    &[COVERAGE, COVERED_BEFORE, FIRST_COVERED, LOOKS, RAISED, JUDGED, QUEUE, VEHICLES, RULE_SETS];
