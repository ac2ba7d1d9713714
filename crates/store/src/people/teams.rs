//! Teams: people who are given the same to see, under a name.
//!
//! Shape: plain rows; a team and who is in it are changed together, behind the lock of users. What somebody's teams see is read with
//! them ([`crate::UserRow`]). Names are put in order here, by their characters: each database would do it by its own collation.
//! Errors: as of users. A team that is removed gives nothing any more.

use super::{Changed, grant, list};
use crate::backend::with_reader;
use crate::value::Row;
use crate::{Store, StoreError};
use model::staff::{Grant, TeamId};
use model::{Timestamp, UserId};

const LIST: &str = "SELECT id, name, lenders, regions, version, created_ms FROM teams ORDER BY id LIMIT $1";

const ONE: &str = "SELECT id, name, lenders, regions, version, created_ms FROM teams WHERE id = $1";

const BY_NAME: &str = "SELECT id, name, lenders, regions, version, created_ms FROM teams WHERE name = $1";

const MEMBERS: &str = "SELECT u.name, m.team, m.user_id FROM team_members m JOIN users u ON u.id = m.user_id \
    WHERE $1 = '' OR m.team = $1";

const OF_USER: &str = "SELECT m.user_id, t.id, t.name, t.lenders, t.regions FROM team_members m JOIN teams t ON t.id = m.team \
    WHERE m.user_id = $1";

const OF_USERS: &str = "SELECT m.user_id, t.id, t.name, t.lenders, t.regions FROM team_members m JOIN teams t ON t.id = m.team \
    WHERE m.user_id IN (SELECT id FROM users WHERE name > $1 ORDER BY name LIMIT $2)";

const ADD: &str = "INSERT INTO teams (id, name, lenders, regions, version, created_ms) VALUES ($1, $2, $3, $4, 1, $5) \
    ON CONFLICT (name) DO NOTHING";

const EDIT: &str = "UPDATE teams SET name = $3, lenders = $4, regions = $5, version = version + 1 \
    WHERE id = $1 AND version = $2 AND NOT EXISTS (SELECT 1 FROM teams AS other WHERE other.name = $3 AND other.id <> $1)";

const REMOVE: &str = "DELETE FROM teams WHERE id = $1 AND version = $2";

const CLEAR: &str = "DELETE FROM team_members WHERE team = $1";

const JOIN: &str = "INSERT INTO team_members (team, user_id) SELECT $1, id FROM users WHERE id = $2";

/// A team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamRow {
    /// Opaque.
    pub id: TeamId,
    /// What it is, and who is in it.
    pub team: Team,
    /// Counted up by each change.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What of a team may be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// What it is called; no other one is.
    pub name: String,
    /// What its members are given to see.
    pub grant: Grant,
    /// Who is in it, in the order of their login names.
    pub members: Vec<UserId>,
}

/// A team that somebody is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// Which.
    pub team: TeamId,
    /// What it is called.
    pub name: String,
    /// What it gives to see.
    pub grant: Grant,
}

/// Login name, team, user.
type MemberColumns = (String, String, String);
type Columns = (String, String, Option<String>, Option<String>, i64, i64);
pub(super) type MembershipColumns = (String, String, String, Option<String>, Option<String>);

impl Store {
    /// All teams, in the order of their names.
    pub async fn teams(&self) -> Result<Vec<TeamRow>, StoreError> {
        let mut rows: Vec<Columns> =
            with_reader!(self, pool => sqlx::query_as(LIST).bind(TEAMS_MAX).fetch_all(pool).await)?;
        rows.sort_unstable_by(|(_, one, ..), (_, other, ..)| one.cmp(other));
        let members = self.members("").await?;
        rows.into_iter().map(|row| team(row, &members)).collect()
    }

    /// One team.
    pub async fn team(&self, id: &TeamId) -> Result<Option<TeamRow>, StoreError> {
        let row: Option<Columns> =
            with_reader!(self, pool => sqlx::query_as(ONE).bind(&id.0).fetch_optional(pool).await)?;
        self.with_members(row).await
    }

    /// The team of a name.
    pub async fn team_by_name(&self, name: &str) -> Result<Option<TeamRow>, StoreError> {
        let row: Option<Columns> =
            with_reader!(self, pool => sqlx::query_as(BY_NAME).bind(name).fetch_optional(pool).await)?;
        self.with_members(row).await
    }

    async fn with_members(&self, row: Option<Columns>) -> Result<Option<TeamRow>, StoreError> {
        let Some(row) = row else { return Ok(None) };
        let members = self.members(&row.0).await?;
        team(row, &members).map(Some)
    }

    async fn members(&self, of: &str) -> Result<Vec<MemberColumns>, StoreError> {
        let mut members: Vec<MemberColumns> =
            with_reader!(self, pool => sqlx::query_as(MEMBERS).bind(of).fetch_all(pool).await)?;
        members.sort_unstable();
        Ok(members)
    }

    /// Makes a team, unless the name is taken.
    pub async fn add_team(&self, id: &TeamId, team: &Team, at: Timestamp) -> Result<Changed, StoreError> {
        let row = vec![
            id.0.as_str().into(),
            team.name.as_str().into(),
            list(team.grant.lenders.as_ref()).into(),
            list(team.grant.regions.as_ref()).into(),
            at.ms().into(),
        ];
        self.change_people_and(ADD, row, joined(id, team)).await
    }

    /// Changes a team and who is in it, if this is still the version that was seen and the name is free.
    pub async fn edit_team(&self, id: &TeamId, version: i64, team: &Team) -> Result<Changed, StoreError> {
        let row = vec![
            id.0.as_str().into(),
            version.into(),
            team.name.as_str().into(),
            list(team.grant.lenders.as_ref()).into(),
            list(team.grant.regions.as_ref()).into(),
        ];
        self.change_people_and(EDIT, row, joined(id, team)).await
    }

    /// Removes a team, if this is still the version that was seen.
    pub async fn remove_team(&self, id: &TeamId, version: i64) -> Result<Changed, StoreError> {
        let id: Row = vec![id.0.as_str().into()];
        let row = [id.clone(), vec![version.into()]].concat();
        self.change_people_and(REMOVE, row, vec![(CLEAR, id)]).await
    }

    /// The teams of one user.
    pub(super) async fn teams_of(&self, user: &str) -> Result<Vec<MembershipColumns>, StoreError> {
        Ok(with_reader!(self, pool => sqlx::query_as(OF_USER).bind(user).fetch_all(pool).await)?)
    }

    /// The teams of a page of users.
    pub(super) async fn teams_of_users(
        &self,
        after: &str,
        rows_max: i64,
    ) -> Result<Vec<MembershipColumns>, StoreError> {
        Ok(with_reader!(self, pool => {
            sqlx::query_as(OF_USERS).bind(after).bind(rows_max).fetch_all(pool).await
        })?)
    }
}

/// The statements that put everybody of a team into it.
fn joined(id: &TeamId, team: &Team) -> Vec<(&'static str, Row)> {
    let join = |user: &UserId| (JOIN, vec![id.0.as_str().into(), user.0.as_str().into()]);
    let clear = (CLEAR, vec![id.0.as_str().into()]);
    std::iter::once(clear).chain(team.members.iter().map(join)).collect()
}

fn team(
    (id, name, lenders, regions, version, created_ms): Columns,
    members: &[MemberColumns],
) -> Result<TeamRow, StoreError> {
    let members =
        members.iter().filter(|(_, team, _)| *team == id).map(|(.., user)| UserId(user.clone())).collect();
    Ok(TeamRow {
        id: TeamId(id),
        team: Team { name, grant: grant(lenders, regions)?, members },
        version,
        created_at: Timestamp::from_ms(created_ms),
    })
}

pub(super) fn membership(
    (_, team, name, lenders, regions): MembershipColumns,
) -> Result<Membership, StoreError> {
    Ok(Membership { team: TeamId(team), name, grant: grant(lenders, regions)? })
}

/// More than any office has; a person reads one list.
const TEAMS_MAX: i64 = 1_000;

pub(crate) const ALL: &[&str] =
    &[LIST, ONE, BY_NAME, MEMBERS, OF_USER, OF_USERS, ADD, EDIT, REMOVE, CLEAR, JOIN];
