//! Links with which somebody makes themselves the first user, or chooses a password. Known by their hash, used once.

use super::{Changed, UserRow};
use crate::backend::{with_reader, with_writer};
use crate::{Store, StoreError};
use model::{Timestamp, UserId};

const SET_UP_BY: &str = "UPDATE people SET setup_hash = $1, setup_expires_ms = $2 WHERE id = 1 \
    AND NOT EXISTS (SELECT 1 FROM users)";

const IS_SET_UP_BY: &str = "SELECT COUNT(*) FROM people WHERE id = 1 AND setup_hash = $1 AND setup_expires_ms > $2 \
    AND NOT EXISTS (SELECT 1 FROM users)";

const INVITED: &str = "SELECT user_id FROM invites WHERE hash = $1 AND expires_ms > $2";

const INVITE: &str = "INSERT INTO invites (user_id, hash, expires_ms) VALUES ($1, $2, $3) ON CONFLICT (user_id) DO UPDATE \
    SET hash = excluded.hash, expires_ms = excluded.expires_ms";

const TAKE_INVITE: &str = "DELETE FROM invites WHERE hash = $1 AND expires_ms > $2 RETURNING user_id";

const DROP_INVITE: &str = "DELETE FROM invites WHERE user_id = $1";

impl Store {
    /// Puts a link for the first user in force; nothing if there is a user.
    pub async fn set_up_by(&self, hash: &str, expires_at: Timestamp) -> Result<Changed, StoreError> {
        self.change_people(SET_UP_BY, vec![hash.into(), expires_at.ms().into()]).await
    }

    /// Whether this is the link for the first user.
    pub async fn is_set_up_by(&self, hash: &str, now: Timestamp) -> Result<bool, StoreError> {
        let count: i64 = with_reader!(self, pool => {
            sqlx::query_scalar(IS_SET_UP_BY).bind(hash).bind(now.ms()).fetch_one(pool).await
        })?;
        Ok(count > 0)
    }

    /// Whose link this is.
    pub async fn invited(&self, hash: &str, now: Timestamp) -> Result<Option<UserRow>, StoreError> {
        let id: Option<String> = with_reader!(self, pool => {
            sqlx::query_scalar(INVITED).bind(hash).bind(now.ms()).fetch_optional(pool).await
        })?;
        match id {
            Some(id) => self.user(&UserId(id)).await,
            None => Ok(None),
        }
    }

    /// Puts a user's link in force.
    pub async fn invite(&self, id: &UserId, hash: &str, expires_at: Timestamp) -> Result<(), StoreError> {
        let row = vec![id.0.as_str().into(), hash.into(), expires_at.ms().into()];
        self.change_people(INVITE, row).await.map(drop)
    }

    /// Takes a user's link back.
    pub async fn drop_invite(&self, id: &UserId) -> Result<(), StoreError> {
        self.change_people(DROP_INVITE, vec![id.0.as_str().into()]).await.map(drop)
    }

    /// Uses a link up; gives whose it was.
    pub async fn take_invite(&self, hash: &str, now: Timestamp) -> Result<Option<UserId>, StoreError> {
        let row: Option<(String,)> = with_writer!(self, pool => {
            sqlx::query_as(TAKE_INVITE).bind(hash).bind(now.ms()).fetch_optional(pool).await
        })?;
        Ok(row.map(|(id,)| UserId(id)))
    }
}

pub(crate) const ALL: &[&str] = &[SET_UP_BY, IS_SET_UP_BY, INVITED, INVITE, TAKE_INVITE, DROP_INVITE];
