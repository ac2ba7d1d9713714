//! What is counted of people: attempts that failed, positions released in a day, answers that may be given again.
//!
//! Each table is bounded: by age, and where strangers can write to it by a number of rows.

use super::Changed;
use crate::backend::{with_reader, with_writer};
use crate::{Store, StoreError};
use model::{Timestamp, UserId};

const ATTEMPTS: &str = "SELECT failures, last_ms, until_ms FROM login_failures WHERE subject = $1";

const FAIL: &str = "INSERT INTO login_failures (subject, failures, last_ms, until_ms) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (subject) DO UPDATE SET failures = excluded.failures, last_ms = excluded.last_ms, \
    until_ms = excluded.until_ms";

const SUCCEED: &str = "DELETE FROM login_failures WHERE subject = $1";

const FORGET_FAILURES: &str = "DELETE FROM login_failures WHERE last_ms < $1 OR subject IN \
    (SELECT subject FROM login_failures ORDER BY last_ms DESC LIMIT $2 OFFSET $3)";

/// Counts, unless that would be more than the day allows.
const SPEND: &str = "INSERT INTO position_budgets (user_id, day, positions) SELECT $1, $2, $3 FROM people \
    WHERE id = 1 AND CAST($3 AS BIGINT) <= CAST($4 AS BIGINT) ON CONFLICT (user_id, day) DO UPDATE \
    SET positions = position_budgets.positions + excluded.positions \
    WHERE position_budgets.positions + excluded.positions <= $4";

const SPENT: &str = "SELECT positions FROM position_budgets WHERE user_id = $1 AND day = $2";

const FORGET_BUDGETS: &str = "DELETE FROM position_budgets WHERE day < $1";

const KEPT: &str = "SELECT request, made_ms, status, content_type, body FROM idempotency_keys \
    WHERE user_id = $1 AND idempotency_key = $2";

/// The first one, or one in the place of a request that has been cut off.
const BEGIN: &str = "INSERT INTO idempotency_keys (user_id, idempotency_key, request, made_ms) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (user_id, idempotency_key) DO UPDATE SET made_ms = excluded.made_ms \
    WHERE idempotency_keys.status IS NULL AND idempotency_keys.request = excluded.request \
    AND idempotency_keys.made_ms < $5";

const KEEP: &str = "UPDATE idempotency_keys SET status = $3, content_type = $4, body = $5 \
    WHERE user_id = $1 AND idempotency_key = $2";

const UNDO: &str =
    "DELETE FROM idempotency_keys WHERE user_id = $1 AND idempotency_key = $2 AND status IS NULL";

const FORGET_ANSWERS: &str = "DELETE FROM idempotency_keys WHERE made_ms < $1";

/// Attempts that failed one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attempts {
    /// How many.
    pub failures: i64,
    /// The last one.
    pub last_at: Timestamp,
    /// No further one before.
    pub until: Timestamp,
}

/// What is known of a request that may come again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Hash of method, path and body.
    pub request: String,
    /// When it came.
    pub made_at: Timestamp,
    /// Status, content type and body of its answer, once it has one.
    pub answer: Option<(u16, String, Vec<u8>)>,
}

impl Store {
    /// What failed so far of a name or an address.
    pub async fn attempts(&self, subject: &str) -> Result<Attempts, StoreError> {
        let row: Option<(i64, i64, i64)> =
            with_reader!(self, pool => sqlx::query_as(ATTEMPTS).bind(subject).fetch_optional(pool).await)?;
        Ok(row.map_or_else(Attempts::default, |(failures, last_ms, until_ms)| Attempts {
            failures,
            last_at: Timestamp::from_ms(last_ms),
            until: Timestamp::from_ms(until_ms),
        }))
    }

    /// Notes attempts that failed.
    pub async fn fail(&self, subject: &str, attempts: Attempts) -> Result<(), StoreError> {
        let Attempts { failures, last_at, until } = attempts;
        let row = vec![subject.into(), failures.into(), last_at.ms().into(), until.ms().into()];
        self.change_people(FAIL, row).await.map(drop)
    }

    /// Forgets what failed of a name.
    pub async fn succeed(&self, subject: &str) -> Result<(), StoreError> {
        self.change_people(SUCCEED, vec![subject.into()]).await.map(drop)
    }

    /// Counts positions that are about to be released to a user; false, and nothing counted, if that is more than `max` in a day.
    pub async fn spend_positions(
        &self,
        user: &UserId,
        day: i64,
        positions: i64,
        max: i64,
    ) -> Result<bool, StoreError> {
        let row = vec![user.0.as_str().into(), day.into(), positions.into(), max.into()];
        Ok(self.change_people(SPEND, row).await? == Changed::Yes)
    }

    /// How many positions were released to a user in a day.
    pub async fn spent_positions(&self, user: &UserId, day: i64) -> Result<i64, StoreError> {
        let spent: Option<i64> = with_reader!(self, pool => {
            sqlx::query_scalar(SPENT).bind(&user.0).bind(day).fetch_optional(pool).await
        })?;
        Ok(spent.unwrap_or(0))
    }

    /// Begins a request under a key: true if it is the first one, or takes the place of one that was cut off before
    /// `cut_off_before`.
    pub async fn begin_request(
        &self,
        (user, key): (&UserId, &str),
        request: &str,
        now: Timestamp,
        cut_off_before: Timestamp,
    ) -> Result<bool, StoreError> {
        let row = vec![
            user.0.as_str().into(),
            key.into(),
            request.into(),
            now.ms().into(),
            cut_off_before.ms().into(),
        ];
        Ok(self.change_people(BEGIN, row).await? == Changed::Yes)
    }

    /// What is known of a request under a key.
    pub async fn kept_request(&self, user: &UserId, key: &str) -> Result<Option<Kept>, StoreError> {
        type Columns = (String, i64, Option<i64>, Option<String>, Option<Vec<u8>>);
        // By the writer: what was begun a moment ago must be seen.
        let row: Option<Columns> = with_writer!(self, pool => {
            sqlx::query_as(KEPT).bind(&user.0).bind(key).fetch_optional(pool).await
        })?;
        let kept = |(request, made_ms, status, content_type, body): Columns| Kept {
            request,
            made_at: Timestamp::from_ms(made_ms),
            answer: status
                .and_then(|status| u16::try_from(status).ok())
                .map(|status| (status, content_type.unwrap_or_default(), body.unwrap_or_default())),
        };
        Ok(row.map(kept))
    }

    /// Keeps the answer of a request.
    pub async fn keep_answer(
        &self,
        (user, key): (&UserId, &str),
        (status, content_type, body): (u16, &str, Vec<u8>),
    ) -> Result<(), StoreError> {
        let row = vec![
            user.0.as_str().into(),
            key.into(),
            i64::from(status).into(),
            content_type.into(),
            body.into(),
        ];
        self.change_people(KEEP, row).await.map(drop)
    }

    /// Forgets a request that came to nothing.
    pub async fn undo_request(&self, user: &UserId, key: &str) -> Result<(), StoreError> {
        self.change_people(UNDO, vec![user.0.as_str().into(), key.into()]).await.map(drop)
    }

    /// Forgets what is old: failures and answers before `before`, budgets of days before `day`. Of failures no more than `rows_max`
    /// are kept, the newest, since strangers make them.
    pub async fn forget_limits(&self, before: Timestamp, day: i64, rows_max: i64) -> Result<(), StoreError> {
        self.change_people(
            FORGET_FAILURES,
            vec![before.ms().into(), FORGOTTEN_AT_ONCE.into(), rows_max.into()],
        )
        .await?;
        self.change_people(FORGET_BUDGETS, vec![day.into()]).await?;
        self.change_people(FORGET_ANSWERS, vec![before.ms().into()]).await.map(drop)
    }
}

/// A slice of a few milliseconds.
const FORGOTTEN_AT_ONCE: i64 = 10_000;

pub(crate) const ALL: &[&str] = &[
    ATTEMPTS,
    FAIL,
    SUCCEED,
    FORGET_FAILURES,
    SPEND,
    SPENT,
    FORGET_BUDGETS,
    KEPT,
    BEGIN,
    KEEP,
    UNDO,
    FORGET_ANSWERS,
];
