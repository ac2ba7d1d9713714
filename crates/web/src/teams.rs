//! Teams: people who are given the same to see, under a name.
//!
//! Shape: who is in a team sees what it was given, beside what they were given themselves; who leaves it, or a team that is removed,
//! takes that away again from the next request on. Errors: `conflict` where a name is taken, `precondition_failed` where somebody else
//! changed the team first, `forbidden` where somebody would give away more than they have.

use crate::accounts::{check_scope, new_team_id, scope_in_team, team_subject};
use crate::asked::{Body, IfMatch};
use crate::caller::Caller;
use crate::desk::Desk;
use crate::list::Listing;
use crate::problem::{Code, Problem};
use crate::scope::{GrantView, Said, changed, grant, may_give, said};
use crate::users::display_name;
use axum::extract::{Path, State};
use axum::http::header::ETAG;
use axum::http::{HeaderName, StatusCode};
use axum::response::Json;
use model::staff::{Grant, TeamId};
use model::{DeskAct, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{Changed, Store, Team, TeamRow, UserRow};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default().routes(routes!(list, add)).routes(routes!(show, edit, remove))
}

/// A team.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Team)]
struct TeamView {
    id: String,
    name: String,
    /// What its members are given to see.
    #[serde(flatten)]
    grant: GrantView,
    members: Vec<Member>,
    version: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// Somebody in a team.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Member {
    id: String,
    name: String,
    display_name: String,
}

impl TeamView {
    fn of(row: TeamRow, people: &BTreeMap<UserId, Member>) -> Self {
        Self {
            id: row.id.0,
            grant: GrantView::of(&row.team.grant),
            members: row.team.members.iter().filter_map(|id| people.get(id).cloned()).collect(),
            name: row.team.name,
            version: row.version,
            created_at: row.created_at,
        }
    }
}

/// Teams in the order of their names.
#[utoipa::path(get, path = "/teams", tag = "users", responses((status = 200, body = Listing<TeamView>)))]
async fn list(State(desk): State<Desk>) -> Result<Json<Listing<TeamView>>, Problem> {
    let store = desk.store()?;
    let rows = store.teams().await?;
    let people = people(&store, &rows).await?;
    let data = rows.into_iter().map(|row| TeamView::of(row, &people)).collect();
    Ok(Json(Listing { data, next_cursor: None, as_of: desk.now() }))
}

#[derive(Deserialize, ToSchema)]
struct NewTeam {
    name: String,
    /// null = all.
    lenders: Option<Vec<String>>,
    /// What plates of their vehicles begin with, e.g. `粤` or `粤B`; null = wherever they are registered.
    regions: Option<Vec<String>>,
    /// Ids or login names of users.
    #[serde(default)]
    members: Vec<String>,
}

/// Make a team.
#[utoipa::path(post, path = "/teams", tag = "users", request_body = NewTeam, responses((status = 201, body = TeamView)))]
async fn add(
    State(desk): State<Desk>,
    caller: Caller,
    Body(wanted): Body<NewTeam>,
) -> Result<(StatusCode, Json<TeamView>), Problem> {
    let store = desk.store()?;
    let members = members(&store, &wanted.members).await?;
    let team = Team {
        name: display_name("/name", &wanted.name)?,
        grant: something(grant(wanted.lenders.as_deref(), wanted.regions.as_deref())?)?,
        members: members.iter().map(|user| user.id.clone()).collect(),
    };
    may_have(&caller, &team, &members)?;
    fits_all(None, &team, &members)?;
    if store.team_by_name(&team.name).await?.is_some() {
        return Err(taken());
    }
    desk.note(&caller.actor(), DeskAct::TeamAdded, &team_subject(&team, &members)).await?;
    let id = new_team_id();
    if store.add_team(&id, &team, desk.wall.now()).await? == Changed::Nothing {
        return Err(taken());
    }
    Ok((StatusCode::CREATED, Json(view(&store, &id).await?)))
}

/// One team. The ETag is the version for If-Match.
#[utoipa::path(get, path = "/teams/{id}", tag = "users", params(("id" = String, Path)),
    responses((status = 200, body = TeamView)))]
async fn show(
    State(desk): State<Desk>,
    Path(id): Path<String>,
) -> Result<([(HeaderName, String); 1], Json<TeamView>), Problem> {
    Ok(answer(view(&desk.store()?, &TeamId(id)).await?))
}

/// What is to be changed; what is left out stays.
#[derive(Deserialize, ToSchema)]
struct EditTeam {
    name: Option<String>,
    /// null = all.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<Vec<String>>)]
    lenders: Said,
    /// null = wherever they are registered.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<Vec<String>>)]
    regions: Said,
    /// Ids or login names of all who are in it from now on.
    members: Option<Vec<String>>,
}

/// Change a team's name, what it sees, or who is in it.
#[utoipa::path(patch, path = "/teams/{id}", tag = "users", params(("id" = String, Path)), request_body = EditTeam,
    responses((status = 200, body = TeamView)))]
async fn edit(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<String>,
    seen: Option<IfMatch>,
    Body(wanted): Body<EditTeam>,
) -> Result<([(HeaderName, String); 1], Json<TeamView>), Problem> {
    let store = desk.store()?;
    let before = unchanged(&store, &id, seen).await?;
    let same = || before.team.members.iter().map(|user| user.0.clone()).collect();
    let members = members(&store, &wanted.members.unwrap_or_else(same)).await?;
    let team = Team {
        name: match wanted.name {
            Some(name) => display_name("/name", &name)?,
            None => before.team.name.clone(),
        },
        grant: something(changed(&before.team.grant, wanted.lenders.as_ref(), wanted.regions.as_ref())?)?,
        members: members.iter().map(|user| user.id.clone()).collect(),
    };
    may_have(&caller, &before.team, &[])?;
    may_have(&caller, &team, &members)?;
    fits_all(Some(&before.id), &team, &members)?;
    desk.note(&caller.actor(), DeskAct::TeamChanged, &team_subject(&team, &members)).await?;
    if store.edit_team(&before.id, before.version, &team).await? == Changed::Nothing {
        let there = store.team(&before.id).await?.ok_or_else(Problem::not_found)?;
        return Err(if there.version == before.version { taken() } else { Code::PreconditionFailed.into() });
    }
    Ok(answer(view(&store, &before.id).await?))
}

/// Remove a team: who was in it sees without it.
#[utoipa::path(delete, path = "/teams/{id}", tag = "users", params(("id" = String, Path)), responses((status = 204)))]
async fn remove(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<String>,
    seen: Option<IfMatch>,
) -> Result<StatusCode, Problem> {
    let store = desk.store()?;
    let before = unchanged(&store, &id, seen).await?;
    may_have(&caller, &before.team, &[])?;
    desk.note(&caller.actor(), DeskAct::TeamRemoved, &before.team.name).await?;
    match store.remove_team(&before.id, before.version).await? {
        Changed::Yes => Ok(StatusCode::NO_CONTENT),
        Changed::Nothing => Err(Code::PreconditionFailed.into()),
    }
}

/// A team whose members see nothing more is none.
fn something(grant: Grant) -> Result<Grant, Problem> {
    if grant.is_nothing() {
        return Err(Problem::field("/lenders", "empty", "a team sees some lenders' loans"));
    }
    Ok(grant)
}

/// The team, as the caller saw it.
async fn unchanged(store: &Store, id: &str, seen: Option<IfMatch>) -> Result<TeamRow, Problem> {
    let seen = IfMatch::required(seen)?;
    let row = store.team(&TeamId(id.to_owned())).await?.ok_or_else(Problem::not_found)?;
    seen.check(&row.version.to_string())?;
    Ok(row)
}

/// Nobody has a team see more than they do, nor puts somebody into it who may do more.
fn may_have(caller: &Caller, team: &Team, members: &[UserRow]) -> Result<(), Problem> {
    if !caller.scope.covers(&team.grant) {
        return Err(Problem::new(Code::Forbidden, "This team sees more than you."));
    }
    let grant = team.grant.clone().into();
    members.iter().try_for_each(|member| may_give(caller, member.role, &grant))
}

/// Nobody sees more in all, by this team and what else they are given, than a statement of the store is told.
fn fits_all(id: Option<&TeamId>, team: &Team, members: &[UserRow]) -> Result<(), Problem> {
    let fits = |member: &UserRow| check_scope(member, &scope_in_team(member, id, &team.grant));
    members.iter().try_for_each(fits).map_err(|detail| Problem::field("/members", "count", detail))
}

/// The users that are named.
async fn members(store: &Store, named: &[String]) -> Result<Vec<UserRow>, Problem> {
    if named.len() > MEMBERS_MAX {
        return Err(Problem::field("/members", "count", format!("at most {MEMBERS_MAX} people")));
    }
    let mut found: Vec<UserRow> = Vec::new();
    for (place, name) in named.iter().enumerate() {
        let by_id = store.user(&UserId(name.clone())).await?;
        let user = match by_id {
            Some(user) => Some(user),
            None => store.user_by_name(name).await?,
        };
        let nobody = || Problem::field(&format!("/members/{place}"), "unknown", "there is no such user");
        let user = user.ok_or_else(nobody)?;
        if !found.iter().any(|other| other.id == user.id) {
            found.push(user);
        }
    }
    Ok(found)
}

/// Who is in some teams.
async fn people(store: &Store, teams: &[TeamRow]) -> Result<BTreeMap<UserId, Member>, Problem> {
    let mut people = BTreeMap::new();
    for id in teams.iter().flat_map(|row| &row.team.members) {
        if people.contains_key(id) {
            continue;
        }
        if let Some(user) = store.user(id).await? {
            let member = Member { id: user.id.0, name: user.name, display_name: user.display_name };
            people.insert(id.clone(), member);
        }
    }
    Ok(people)
}

async fn view(store: &Store, id: &TeamId) -> Result<TeamView, Problem> {
    let row = store.team(id).await?.ok_or_else(Problem::not_found)?;
    let people = people(store, std::slice::from_ref(&row)).await?;
    Ok(TeamView::of(row, &people))
}

fn answer(team: TeamView) -> ([(HeaderName, String); 1], Json<TeamView>) {
    ([(ETAG, format!("\"{}\"", team.version))], Json(team))
}

fn taken() -> Problem {
    Problem::new(Code::Conflict, "There is a team of this name already.")
}

/// A large office; each is asked for when somebody is put into it.
const MEMBERS_MAX: usize = 200;

#[cfg(test)]
mod tests;
