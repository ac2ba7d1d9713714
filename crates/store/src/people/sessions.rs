//! Who is logged in. A session is known by the hash of its token only.

use super::UserRow;
use crate::backend::with_reader;
use crate::{Store, StoreError};
use model::{Timestamp, UserId};

const ONE: &str = "SELECT user_id, created_ms, seen_ms, expires_ms FROM sessions WHERE hash = $1";

const OPEN: &str =
    "INSERT INTO sessions (hash, user_id, created_ms, seen_ms, expires_ms) VALUES ($1, $2, $3, $3, $4)";

const SEE: &str = "UPDATE sessions SET seen_ms = $2 WHERE hash = $1 AND seen_ms < $2";

const END: &str = "DELETE FROM sessions WHERE hash = $1";

/// All of a user but one; an empty hash is nobody's.
const END_OTHERS: &str = "DELETE FROM sessions WHERE user_id = $1 AND hash <> $2";

const END_OLD: &str = "DELETE FROM sessions WHERE expires_ms <= $1";

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Whose.
    pub user: UserId,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last used, to a minute or so.
    pub seen_at: Timestamp,
    /// When it ends, however busy.
    pub expires_at: Timestamp,
}

impl Store {
    /// The session of a token's hash, with its user.
    pub async fn session(&self, hash: &str) -> Result<Option<(SessionRow, UserRow)>, StoreError> {
        let row: Option<(String, i64, i64, i64)> =
            with_reader!(self, pool => sqlx::query_as(ONE).bind(hash).fetch_optional(pool).await)?;
        let Some((id, created_ms, seen_ms, expires_ms)) = row else { return Ok(None) };
        let session = SessionRow {
            user: UserId(id),
            created_at: Timestamp::from_ms(created_ms),
            seen_at: Timestamp::from_ms(seen_ms),
            expires_at: Timestamp::from_ms(expires_ms),
        };
        Ok(self.user(&session.user).await?.map(|user| (session, user)))
    }

    /// Opens a session.
    pub async fn open_session(
        &self,
        hash: &str,
        user: &UserId,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let row = vec![hash.into(), user.0.as_str().into(), now.ms().into(), expires_at.ms().into()];
        self.change_people(OPEN, row).await.map(drop)
    }

    /// Notes that a session was used.
    pub async fn see_session(&self, hash: &str, now: Timestamp) -> Result<(), StoreError> {
        self.change_people(SEE, vec![hash.into(), now.ms().into()]).await.map(drop)
    }

    /// Ends a session.
    pub async fn end_session(&self, hash: &str) -> Result<(), StoreError> {
        self.change_people(END, vec![hash.into()]).await.map(drop)
    }

    /// Ends all sessions of a user, but the one of this hash.
    pub async fn end_sessions(&self, user: &UserId, but: &str) -> Result<(), StoreError> {
        self.change_people(END_OTHERS, vec![user.0.as_str().into(), but.into()]).await.map(drop)
    }

    /// Forgets sessions that are over.
    pub async fn forget_sessions(&self, now: Timestamp) -> Result<(), StoreError> {
        self.change_people(END_OLD, vec![now.ms().into()]).await.map(drop)
    }
}

pub(crate) const ALL: &[&str] = &[ONE, OPEN, SEE, END, END_OTHERS, END_OLD];
