//! The audit log, as people search it. The fold writes it; nothing here changes a line.
//!
//! Shape: an [`AuditQuery`] in, lines out, the newest first. Errors: those of the store.

use crate::backend::with_reader;
use crate::world::{AuditColumns, audit_row};
use crate::{AuditRow, Store, StoreError};
use model::Timestamp;

/// `REPLACE` finds a text within another on both databases, capitals apart.
const PAGE: &str = "SELECT line, seq, at_ms, actor, action, subject, purpose, outcome, previous, hash FROM audit \
    WHERE line < $1 AND ($2 = '' OR actor = $2 OR SUBSTR(actor, 1, LENGTH($2) + 1) = $2 || '/') \
    AND ($3 = '' OR action = $3) AND ($4 = '' OR REPLACE(subject, $4, '') <> subject) \
    AND at_ms >= $5 AND at_ms < $6 ORDER BY line DESC LIMIT $7";

const NEXT: &str = "SELECT line, seq, at_ms, actor, action, subject, purpose, outcome, previous, hash FROM audit \
    WHERE line > $1 ORDER BY line LIMIT $2";

const HEAD: &str = "SELECT line, seq, at_ms, actor, action, subject, purpose, outcome, previous, hash FROM audit \
    ORDER BY line DESC LIMIT 1";

/// Which lines.
#[derive(Debug, Clone)]
pub struct AuditQuery {
    /// Older than this line.
    pub before: i64,
    /// Of this actor and their tokens; empty = of all.
    pub actor: String,
    /// Of this action; empty = of all.
    pub action: String,
    /// With this text in their subject; empty = all.
    pub subject: String,
    /// At this time or later.
    pub from: Timestamp,
    /// Before this time.
    pub to: Timestamp,
}

impl Default for AuditQuery {
    fn default() -> Self {
        let (from, to) = (Timestamp::from_ms(i64::MIN), Timestamp::from_ms(i64::MAX));
        Self {
            before: i64::MAX,
            actor: String::new(),
            action: String::new(),
            subject: String::new(),
            from,
            to,
        }
    }
}

impl Store {
    /// The lines of a query, the newest first.
    pub async fn audit(&self, query: &AuditQuery, lines_max: i64) -> Result<Vec<AuditRow>, StoreError> {
        let rows: Vec<AuditColumns> = with_reader!(self, pool => {
            sqlx::query_as(PAGE)
                .bind(query.before)
                .bind(&query.actor)
                .bind(&query.action)
                .bind(&query.subject)
                .bind(query.from.ms())
                .bind(query.to.ms())
                .bind(lines_max)
                .fetch_all(pool)
                .await
        })?;
        Ok(rows.into_iter().map(audit_row).collect())
    }

    /// Lines behind one, in their order, without waiting for the fold.
    pub async fn audit_next(&self, line: i64, lines_max: i64) -> Result<Vec<AuditRow>, StoreError> {
        let rows: Vec<AuditColumns> = with_reader!(self, pool => sqlx::query_as(NEXT).bind(line).bind(lines_max).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(audit_row).collect())
    }

    /// The newest line.
    pub async fn audit_head(&self) -> Result<Option<AuditRow>, StoreError> {
        let row: Option<AuditColumns> =
            with_reader!(self, pool => sqlx::query_as(HEAD).fetch_optional(pool).await)?;
        Ok(row.map(audit_row))
    }
}

pub(crate) const ALL: &[&str] = &[PAGE, NEXT, HEAD];
