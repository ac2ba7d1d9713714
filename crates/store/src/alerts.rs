//! Alerts, as people list them.

use crate::backend::with_reader;
use crate::{Store, StoreError};
use model::{Alert, AlertId, Rule, VehicleId};

const LIST: &str = "SELECT body FROM alerts WHERE ($1 = '' OR state = $1) AND ($2 = '' OR rule = $2) \
    AND ($3 = '' OR about = $3) AND ($4 = 0 OR state IN ('unconfirmed', 'open', 'acknowledged')) \
    AND seq > $5 ORDER BY opened_ms DESC, id LIMIT $6";

const ONE: &str = "SELECT body FROM alerts WHERE id = $1";

const BY_PREFIX: &str = "SELECT body FROM alerts WHERE id LIKE $1 LIMIT 2";

const COUNTS: &str = "SELECT rule, state, COUNT(*) FROM alerts GROUP BY rule, state ORDER BY rule, state";

/// What closed by itself has no verdict. A note cannot look like this: its quotes are escaped.
const VERDICTS: &str = "SELECT body FROM alerts WHERE state = 'closed' AND body NOT LIKE '%\"reason\":\"condition_over\"%' \
    ORDER BY opened_ms DESC, id LIMIT $1";

/// Which alerts.
#[derive(Debug, Clone, Default)]
pub struct AlertQuery {
    /// In this state only, by its code.
    pub state: Option<&'static str>,
    /// Of this rule only.
    pub rule: Option<Rule>,
    /// About this vehicle only.
    pub vehicle: Option<VehicleId>,
    /// Live ones only.
    pub live: bool,
    /// Changed by a later input than this.
    pub changed_after: model::Seq,
}

impl Store {
    /// The alerts of a query, newest first.
    pub async fn alerts(&self, query: &AlertQuery) -> Result<Vec<Alert>, StoreError> {
        let rows: Vec<(String,)> = with_reader!(self, pool => {
            sqlx::query_as(LIST)
                .bind(query.state.unwrap_or_default())
                .bind(query.rule.map(Rule::as_str).unwrap_or_default())
                .bind(query.vehicle.map(|vehicle| vehicle.to_string()).unwrap_or_default())
                .bind(i64::from(query.live))
                .bind(query.changed_after.0)
                .bind(ALERTS_MAX)
                .fetch_all(pool)
                .await
        })?;
        rows.iter().map(|(body,)| Ok(serde_json::from_str(body)?)).collect()
    }

    /// The alerts that staff closed, newest first, [`VERDICTS_MAX`] at most.
    pub async fn verdicts(&self) -> Result<Vec<Alert>, StoreError> {
        let rows: Vec<(String,)> = with_reader!(self, pool => {
            sqlx::query_as(VERDICTS).bind(i64::try_from(VERDICTS_MAX).unwrap_or(i64::MAX)).fetch_all(pool).await
        })?;
        rows.iter().map(|(body,)| Ok(serde_json::from_str(body)?)).collect()
    }

    /// One alert.
    pub async fn alert(&self, id: &AlertId) -> Result<Option<Alert>, StoreError> {
        let row: Option<(String,)> =
            with_reader!(self, pool => sqlx::query_as(ONE).bind(&id.0).fetch_optional(pool).await)?;
        row.map(|(body,)| Ok(serde_json::from_str(&body)?)).transpose()
    }

    /// The alerts whose id begins with a text: none, the one, or two when it is ambiguous. No id begins with what is none.
    pub async fn alerts_by_prefix(&self, prefix: &str) -> Result<Vec<Alert>, StoreError> {
        let Some(pattern) = pattern_of(prefix) else { return Ok(Vec::new()) };
        let rows: Vec<(String,)> =
            with_reader!(self, pool => sqlx::query_as(BY_PREFIX).bind(&pattern).fetch_all(pool).await)?;
        rows.iter().map(|(body,)| Ok(serde_json::from_str(body)?)).collect()
    }

    /// How many alerts there are by (rule, state).
    pub async fn alert_counts(&self) -> Result<Vec<(String, String, i64)>, StoreError> {
        Ok(with_reader!(self, pool => sqlx::query_as(COUNTS).fetch_all(pool).await)?)
    }
}

/// Ids are hexadecimal: anything else is a typo, and must not become the id of another alert.
fn pattern_of(prefix: &str) -> Option<String> {
    let is_one = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_one.then(|| format!("{}%", prefix.to_ascii_lowercase()))
}

/// Alerts in one listing; a person reads no more.
const ALERTS_MAX: i64 = 10_000;
/// Verdicts in one answer: ten people's of a year. 200 MB.
pub const VERDICTS_MAX: usize = 100_000;

pub(crate) const ALL: &[&str] = &[LIST, ONE, BY_PREFIX, COUNTS, VERDICTS];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_is_the_beginning_of_no_alerts_id() {
        assert_eq!(pattern_of("9F0e").as_deref(), Some("9f0e%"));
        for typo in ["", "nope", "9f ", "9f%", "9f_", "\u{ff19}f"] {
            assert_eq!(pattern_of(typo), None, "{typo:?}");
        }
    }
}
