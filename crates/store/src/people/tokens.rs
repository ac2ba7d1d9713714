//! Tokens for programs: known by their hash, each with rights and a scope of its own.
//!
//! `scope`: its grants in JSON. A token of before regions has lenders instead.

use super::{Changed, UserRow, grant};
use crate::backend::with_reader;
use crate::{Store, StoreError};
use model::staff::Scope;
use model::{Timestamp, UserId};

const ONE: &str = "SELECT id, user_id, name, rights, lenders, scope, created_ms, expires_ms, used_ms, revoked_ms FROM api_tokens \
    WHERE hash = $1";

const LIST: &str = "SELECT id, user_id, name, rights, lenders, scope, created_ms, expires_ms, used_ms, revoked_ms FROM api_tokens \
    WHERE revoked_ms IS NULL AND (created_ms > $1 OR (created_ms = $1 AND id > $2)) ORDER BY created_ms, id LIMIT $3";

const ADD: &str = "INSERT INTO api_tokens (id, hash, user_id, name, rights, scope, created_ms, expires_ms) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

const USE: &str = "UPDATE api_tokens SET used_ms = $2 WHERE id = $1";

const REVOKE: &str = "UPDATE api_tokens SET revoked_ms = $2 WHERE id = $1 AND revoked_ms IS NULL";

/// A program's token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// Opaque; no secret.
    pub id: String,
    /// In whose name.
    pub user: UserId,
    /// What it is for.
    pub name: String,
    /// Codes of rights; what its user has lost since counts no more.
    pub rights: Vec<String>,
    /// What of what its user sees.
    pub scope: Scope,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to a minute or so.
    pub used_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

type Columns = (
    String,
    String,
    String,
    String,
    Option<String>,
    Option<String>,
    i64,
    Option<i64>,
    Option<i64>,
    Option<i64>,
);

impl Store {
    /// The token of a hash, with its user.
    pub async fn token(&self, hash: &str) -> Result<Option<(TokenRow, UserRow)>, StoreError> {
        let row: Option<Columns> =
            with_reader!(self, pool => sqlx::query_as(ONE).bind(hash).fetch_optional(pool).await)?;
        let Some(token) = row.map(token).transpose()? else { return Ok(None) };
        Ok(self.user(&token.user).await?.map(|user| (token, user)))
    }

    /// Tokens that were not taken back, the oldest first, behind one of them by (time, id).
    pub async fn tokens(&self, after: (i64, &str), rows_max: i64) -> Result<Vec<TokenRow>, StoreError> {
        let rows: Vec<Columns> = with_reader!(self, pool => {
            sqlx::query_as(LIST).bind(after.0).bind(after.1).bind(rows_max).fetch_all(pool).await
        })?;
        rows.into_iter().map(token).collect()
    }

    /// Makes a token.
    pub async fn add_token(&self, token: &TokenRow, hash: &str) -> Result<(), StoreError> {
        let row = vec![
            token.id.as_str().into(),
            hash.into(),
            token.user.0.as_str().into(),
            token.name.as_str().into(),
            serde_json::to_string(&token.rights)?.into(),
            serde_json::to_string(&token.scope)?.into(),
            token.created_at.ms().into(),
            token.expires_at.map(Timestamp::ms).into(),
        ];
        self.change_people(ADD, row).await.map(drop)
    }

    /// Notes that a token was used.
    pub async fn use_token(&self, id: &str, now: Timestamp) -> Result<(), StoreError> {
        self.change_people(USE, vec![id.into(), now.ms().into()]).await.map(drop)
    }

    /// Takes a token back; nothing if there is none, or it was taken back before.
    pub async fn revoke_token(&self, id: &str, now: Timestamp) -> Result<Changed, StoreError> {
        self.change_people(REVOKE, vec![id.into(), now.ms().into()]).await
    }
}

fn token(columns: Columns) -> Result<TokenRow, StoreError> {
    let (id, user, name, rights, lenders, scope, created_ms, expires_ms, used_ms, revoked_ms) = columns;
    Ok(TokenRow {
        id,
        user: UserId(user),
        name,
        rights: serde_json::from_str(&rights)?,
        scope: match scope {
            Some(grants) => serde_json::from_str(&grants)?,
            None => grant(lenders, None)?.into(),
        },
        created_at: Timestamp::from_ms(created_ms),
        expires_at: expires_ms.map(Timestamp::from_ms),
        used_at: used_ms.map(Timestamp::from_ms),
        revoked_at: revoked_ms.map(Timestamp::from_ms),
    })
}

pub(crate) const ALL: &[&str] = &[ONE, LIST, ADD, USE, REVOKE];
