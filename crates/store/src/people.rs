//! Users: who may log in, as what, to see what.
//!
//! Shape: plain rows; what changes users runs behind one row's lock, so that the last administrator cannot be lost between two
//! changes. Units: UTC ms of the real clock. Errors: those of the store; a name that is taken or a version that is not there is
//! [`Changed::Nothing`]. Secrets come in as hashes, and no row prints one. Source: DESIGN.md §1 (users are plain store writes).

mod limits;
mod links;
mod second_factors;
mod sessions;
mod teams;
mod tokens;

use crate::backend::{Lease, bind_all, with_reader, with_writer};
use crate::value::Row;
use crate::{Store, StoreError};
pub use limits::{Attempts, Kept};
use model::staff::{Grant, Role, Scope};
use model::{Timestamp, UserId};
use serde::Serialize;
pub use sessions::SessionRow;
use sqlx::Connection as _;
use std::fmt;
pub use teams::{Membership, Team, TeamRow};
use teams::{MembershipColumns, membership};
pub use tokens::TokenRow;

const LOCK: &str = "UPDATE people SET changes = changes + 1 WHERE id = 1";

const ONE: &str = "SELECT id, name, display_name, role, lenders, regions, password, totp, totp_wanted, totp_step, locale, disabled, \
    version, created_ms, login_ms FROM users WHERE id = $1";

const BY_NAME: &str = "SELECT id, name, display_name, role, lenders, regions, password, totp, totp_wanted, totp_step, locale, \
    disabled, version, created_ms, login_ms FROM users WHERE name = $1";

const LIST: &str = "SELECT id, name, display_name, role, lenders, regions, password, totp, totp_wanted, totp_step, locale, disabled, \
    version, created_ms, login_ms FROM users WHERE name > $1 ORDER BY name LIMIT $2";

const COUNT: &str = "SELECT COUNT(*) FROM users";

const ADD: &str = "INSERT INTO users (id, name, display_name, role, lenders, regions, password, totp_step, locale, \
    disabled, version, created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, 0, 1, $9) ON CONFLICT (name) DO NOTHING";

/// Only while there is nobody, and only with the link that is in force.
const ADD_FIRST: &str = "INSERT INTO users (id, name, display_name, role, lenders, regions, password, totp_step, locale, \
    disabled, version, created_ms) SELECT $1, $2, $3, $4, $5, $6, $7, 0, $8, 0, 1, $9 FROM people WHERE id = 1 \
    AND setup_hash = $10 AND setup_expires_ms > $9 AND NOT EXISTS (SELECT 1 FROM users)";

/// Whoever is the last one who can administer stays so.
const EDIT: &str = "UPDATE users SET display_name = $3, role = $4, lenders = $5, regions = $6, disabled = $7, \
    version = version + 1 WHERE id = $1 AND version = $2 AND (($4 = 'admin' AND $7 = 0) OR role <> 'admin' OR disabled = 1 OR EXISTS \
    (SELECT 1 FROM users AS other WHERE other.role = 'admin' AND other.disabled = 0 AND other.password IS NOT NULL \
    AND other.id <> $1))";

const OTHER_ADMINS: &str = "SELECT COUNT(*) FROM users WHERE role = 'admin' AND disabled = 0 AND password IS NOT NULL \
    AND id <> $1";

const SET_PASSWORD: &str =
    "UPDATE users SET password = $2, version = version + 1 WHERE id = $1 AND disabled = 0";

const SET_LOCALE: &str = "UPDATE users SET locale = $2 WHERE id = $1";

const LOGGED_IN: &str = "UPDATE users SET login_ms = $2 WHERE id = $1";

/// Somebody who may log in.
#[derive(Clone, PartialEq, Eq)]
pub struct UserRow {
    /// Opaque.
    pub id: UserId,
    /// What they log in by.
    pub name: String,
    /// What colleagues call them.
    pub display_name: String,
    /// What they are for.
    pub role: Role,
    /// What they were given to see themselves.
    pub own: Grant,
    /// The teams that they are in.
    pub teams: Vec<Membership>,
    /// What they see: what they and their teams were given.
    pub scope: Scope,
    /// Argon2 in PHC form; `None` until they have chosen one.
    pub password: Option<String>,
    /// The secret of the second factor, as `web` seals it; one of before that in base 32.
    pub totp: Option<String>,
    /// The same before its first code was entered.
    pub totp_wanted: Option<String>,
    /// The last code that was used, by its number.
    pub totp_step: i64,
    /// `zh` or `en`; empty = as the browser likes it.
    pub locale: String,
    /// May not log in.
    pub is_disabled: bool,
    /// Counted up by each change.
    pub version: i64,
    /// When they were made.
    pub created_at: Timestamp,
    /// When they last logged in.
    pub login_at: Option<Timestamp>,
}

impl fmt::Debug for UserRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, name, role, is_disabled, version, .. } = self;
        f.debug_struct("UserRow")
            .field("id", id)
            .field("name", name)
            .field("role", role)
            .field("is_disabled", is_disabled)
            .field("version", version)
            .finish_non_exhaustive()
    }
}

/// A user to make.
#[derive(Clone)]
pub struct NewUser {
    /// Opaque.
    pub id: UserId,
    /// In the form of `model::staff::login_name`.
    pub name: String,
    /// What colleagues call them.
    pub display_name: String,
    /// What they are for.
    pub role: Role,
    /// What they are given to see themselves.
    pub own: Grant,
    /// Argon2 in PHC form; `None` = chosen later, with a link.
    pub password: Option<String>,
}

/// What of a user others may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserEdit {
    /// What colleagues call them.
    pub display_name: String,
    /// What they are for.
    pub role: Role,
    /// What they are given to see themselves.
    pub own: Grant,
    /// May not log in.
    pub is_disabled: bool,
}

impl UserRow {
    /// Whether this change would take their being an administrator.
    pub fn would_step_down(&self, edit: &UserEdit) -> bool {
        let administers = |role, is_disabled: bool| role == Role::Admin && !is_disabled;
        administers(self.role, self.is_disabled) && !administers(edit.role, edit.is_disabled)
    }
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// It is so now.
    Yes,
    /// It is as it was: the name is taken, the version is another one, or it would take the last administrator.
    Nothing,
}

impl Changed {
    fn of(rows: u64) -> Self {
        if rows == 0 { Self::Nothing } else { Self::Yes }
    }
}

type UserColumns = (
    String,
    String,
    String,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    i64,
    String,
    i64,
    i64,
    i64,
    Option<i64>,
);

impl Store {
    /// One user.
    pub async fn user(&self, id: &UserId) -> Result<Option<UserRow>, StoreError> {
        let row: Option<UserColumns> =
            with_reader!(self, pool => sqlx::query_as(ONE).bind(&id.0).fetch_optional(pool).await)?;
        self.with_teams(row).await
    }

    /// The user of a login name.
    pub async fn user_by_name(&self, name: &str) -> Result<Option<UserRow>, StoreError> {
        let row: Option<UserColumns> =
            with_reader!(self, pool => sqlx::query_as(BY_NAME).bind(name).fetch_optional(pool).await)?;
        self.with_teams(row).await
    }

    async fn with_teams(&self, row: Option<UserColumns>) -> Result<Option<UserRow>, StoreError> {
        let Some(row) = row else { return Ok(None) };
        let teams = self.teams_of(&row.0).await?;
        user(row, &teams).map(Some)
    }

    /// Users in the order of their names, behind one of them.
    pub async fn users(&self, after: &str, rows_max: i64) -> Result<Vec<UserRow>, StoreError> {
        let rows: Vec<UserColumns> = with_reader!(self, pool => sqlx::query_as(LIST).bind(after).bind(rows_max).fetch_all(pool).await)?;
        let teams = self.teams_of_users(after, rows_max).await?;
        rows.into_iter().map(|row| user(row, &teams)).collect()
    }

    /// How many there are, disabled ones too.
    pub async fn user_count(&self) -> Result<i64, StoreError> {
        Ok(with_reader!(self, pool => sqlx::query_scalar(COUNT).fetch_one(pool).await)?)
    }

    /// Makes a user, unless the name is taken.
    pub async fn add_user(&self, user: &NewUser, at: Timestamp) -> Result<Changed, StoreError> {
        self.change_people(ADD, new_row(user, at)).await
    }

    /// Makes the first user, if there is none and the link is the one in force.
    pub async fn add_first_user(
        &self,
        user: &NewUser,
        setup_hash: &str,
        at: Timestamp,
    ) -> Result<Changed, StoreError> {
        let mut row = new_row(user, at);
        row.push(setup_hash.into());
        self.change_people(ADD_FIRST, row).await
    }

    /// Changes what others may change of a user, if this is still the version that was seen.
    pub async fn edit_user(&self, id: &UserId, version: i64, edit: &UserEdit) -> Result<Changed, StoreError> {
        let row = vec![
            id.0.as_str().into(),
            version.into(),
            edit.display_name.as_str().into(),
            edit.role.as_str().into(),
            list(edit.own.lenders.as_ref()).into(),
            list(edit.own.regions.as_ref()).into(),
            edit.is_disabled.into(),
        ];
        self.change_people(EDIT, row).await
    }

    /// Whether somebody could administer without this user.
    pub async fn others_administer(&self, id: &UserId) -> Result<bool, StoreError> {
        let others: i64 =
            with_reader!(self, pool => sqlx::query_scalar(OTHER_ADMINS).bind(&id.0).fetch_one(pool).await)?;
        Ok(others > 0)
    }

    /// Gives a user another password.
    pub async fn set_password(&self, id: &UserId, password: &str) -> Result<Changed, StoreError> {
        self.change_people(SET_PASSWORD, vec![id.0.as_str().into(), password.into()]).await
    }

    /// What language a user reads.
    pub async fn set_locale(&self, id: &UserId, locale: &str) -> Result<Changed, StoreError> {
        self.change_people(SET_LOCALE, vec![id.0.as_str().into(), locale.into()]).await
    }

    /// Notes that a user came in.
    pub async fn logged_in(&self, id: &UserId, at: Timestamp) -> Result<Changed, StoreError> {
        self.change_people(LOGGED_IN, vec![id.0.as_str().into(), at.ms().into()]).await
    }

    /// One change behind the lock.
    pub(crate) async fn change_people(
        &self,
        statement: &'static str,
        values: Row,
    ) -> Result<Changed, StoreError> {
        self.change_people_and(statement, values, Vec::new()).await
    }

    /// One change behind the lock and, if it changed something, what follows from it, together. A connection whose change failed leaves
    /// the pool, as in `transact`.
    async fn change_people_and(
        &self,
        statement: &'static str,
        values: Row,
        follow: Vec<(&'static str, Row)>,
    ) -> Result<Changed, StoreError> {
        with_writer!(self, pool => {
            let mut lease = Lease::of(pool.acquire().await?);
            let connection = &mut lease.connection;
            let changed = async {
                let mut transaction = connection.begin().await?;
                sqlx::query(LOCK).execute(&mut *transaction).await?;
                let done = bind_all!(sqlx::query(statement), values).execute(&mut *transaction).await?;
                let changed = Changed::of(done.rows_affected());
                if changed == Changed::Yes {
                    for (statement, values) in follow {
                        bind_all!(sqlx::query(statement), values).execute(&mut *transaction).await?;
                    }
                }
                transaction.commit().await?;
                Ok(changed)
            };
            let changed = changed.await;
            lease.is_done = changed.is_ok();
            changed
        })
    }
}

fn new_row(user: &NewUser, at: Timestamp) -> Row {
    vec![
        user.id.0.as_str().into(),
        user.name.as_str().into(),
        user.display_name.as_str().into(),
        user.role.as_str().into(),
        list(user.own.lenders.as_ref()).into(),
        list(user.own.regions.as_ref()).into(),
        user.password.clone().into(),
        "".into(),
        at.ms().into(),
    ]
}

/// A user, with theirs of some memberships.
fn user(columns: UserColumns, teams: &[MembershipColumns]) -> Result<UserRow, StoreError> {
    let (id, name, display_name, role, lenders, regions, password, totp, ..) = columns;
    let (.., totp_wanted, totp_step, locale, disabled, version, created_ms, login_ms) = columns;
    let role = Role::parse(&role).map_err(|error| StoreError::Bug(error.to_string()))?;
    let own = grant(lenders, regions)?;
    let theirs = teams.iter().filter(|(user, ..)| *user == id).cloned();
    let mut teams = theirs.map(membership).collect::<Result<Vec<_>, _>>()?;
    teams.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    let by_teams = teams.iter().map(|team| team.grant.clone());
    Ok(UserRow {
        id: UserId(id),
        name,
        display_name,
        role,
        scope: Scope::of(by_teams.chain([own.clone()])),
        own,
        teams,
        password,
        totp,
        totp_wanted,
        totp_step,
        locale,
        is_disabled: disabled != 0,
        version,
        created_at: Timestamp::from_ms(created_ms),
        login_at: login_ms.map(Timestamp::from_ms),
    })
}

/// A part of a grant as its column holds it; `None` = all.
fn list<T: Serialize>(part: Option<&Vec<T>>) -> Option<String> {
    part.map(|part| serde_json::to_string(part).unwrap_or_default())
}

fn grant(lenders: Option<String>, regions: Option<String>) -> Result<Grant, StoreError> {
    let lenders = lenders.map(|text| serde_json::from_str(&text)).transpose()?;
    let regions = regions.map(|text| serde_json::from_str(&text)).transpose()?;
    Ok(Grant { lenders, regions })
}

pub(crate) const ALL: &[&str] = &[
    LOCK,
    ONE,
    BY_NAME,
    LIST,
    COUNT,
    ADD,
    ADD_FIRST,
    EDIT,
    OTHER_ADMINS,
    SET_PASSWORD,
    SET_LOCALE,
    LOGGED_IN,
];
pub(crate) use limits::ALL as LIMITS;
pub(crate) use links::ALL as LINKS;
pub(crate) use second_factors::ALL as SECOND_FACTORS;
pub(crate) use sessions::ALL as SESSIONS;
pub(crate) use teams::ALL as TEAMS;
pub(crate) use tokens::ALL as TOKENS;
