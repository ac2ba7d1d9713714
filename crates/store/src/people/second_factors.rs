//! Second factors of users: wanted, in force, and the codes that were used.
//!
//! Shape: what `web` has sealed, kept as text. Units: codes by their number. Errors: as of all people's changes.

use super::Changed;
use crate::backend::with_reader;
use crate::{Store, StoreError};
use model::UserId;

const WANT_TOTP: &str = "UPDATE users SET totp_wanted = $2 WHERE id = $1";

const SET_TOTP: &str =
    "UPDATE users SET totp = $2, totp_wanted = NULL, totp_step = $3, version = version + 1 WHERE id = $1";

/// With the password: whoever finds the phone may have that too.
const LOSE_TOTP: &str =
    "UPDATE users SET totp = NULL, totp_wanted = NULL, password = NULL, version = version + 1 WHERE id = $1";

/// A code counts once.
const USE_TOTP: &str = "UPDATE users SET totp_step = $2 WHERE id = $1 AND totp_step < $2";

const SOME_LIKE: &str = "SELECT COUNT(*) FROM users WHERE totp LIKE $1 || '%'";

impl Store {
    /// Keeps a second factor until its first code is entered.
    pub async fn want_totp(&self, id: &UserId, secret: &str) -> Result<Changed, StoreError> {
        self.change_people(WANT_TOTP, vec![id.0.as_str().into(), secret.into()]).await
    }

    /// Puts a second factor in force, or takes it away. `step`: the code with which that was asked for, which counts no more.
    pub async fn set_totp(
        &self,
        id: &UserId,
        secret: Option<&str>,
        step: i64,
    ) -> Result<Changed, StoreError> {
        let secret = secret.map(ToOwned::to_owned);
        self.change_people(SET_TOTP, vec![id.0.as_str().into(), secret.into(), step.into()]).await
    }

    /// Takes away a second factor that was lost, and the password beside it: until they choose another one by a link, nothing opens.
    pub async fn lose_totp(&self, id: &UserId) -> Result<Changed, StoreError> {
        self.change_people(LOSE_TOTP, vec![id.0.as_str().into()]).await
    }

    /// Uses up a code, and all before it.
    pub async fn use_totp(&self, id: &UserId, step: i64) -> Result<Changed, StoreError> {
        self.change_people(USE_TOTP, vec![id.0.as_str().into(), step.into()]).await
    }

    /// Whether some second factor in force is kept in a form that begins so.
    pub async fn has_totp_in_form(&self, begins: &str) -> Result<bool, StoreError> {
        let some: i64 =
            with_reader!(self, pool => sqlx::query_scalar(SOME_LIKE).bind(begins).fetch_one(pool).await)?;
        Ok(some > 0)
    }
}

pub(crate) const ALL: &[&str] = &[WANT_TOTP, SET_TOTP, LOSE_TOTP, USE_TOTP, SOME_LIKE];
