//! Users: who may log in, as what, to see what.
//!
//! Shape: a user is made without a password; whoever gets their link chooses one within 72 hours. Errors: `conflict` where a name is
//! taken, `precondition_failed` where somebody else changed them first, `refused` where nobody would be left to administer,
//! `forbidden` where somebody would give away more than they have. Users are disabled, never deleted: the audit log names them.

use crate::accounts::{
    check_scope, invite_link, lose_second_factor, name_of_people, new_user_id, scope_with_own, user_subject,
};
use crate::asked::{Asked, Body, IfMatch};
use crate::caller::Caller;
use crate::desk::Desk;
use crate::list::{Listing, PageQuery};
use crate::problem::{Code, Problem};
use crate::scope::{GrantView, Said, TeamName, changed, grant, may_give, said};
use axum::extract::{Path, State};
use axum::http::header::ETAG;
use axum::http::{HeaderName, StatusCode};
use axum::response::Json;
use model::staff::{Role, login_name};
use model::{DeskAct, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use store::{Changed, NewUser, UserEdit, UserRow};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default().routes(routes!(list, add)).routes(routes!(show, edit)).routes(routes!(invite))
}

/// Somebody who may log in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct User {
    id: String,
    name: String,
    display_name: String,
    role: &'static str,
    /// What they were given themselves.
    #[serde(flatten)]
    own: GrantView,
    /// The teams that they are in.
    teams: Vec<TeamName>,
    /// What they see: what they and their teams were given.
    scope: Vec<GrantView>,
    /// Has a second factor.
    totp: bool,
    disabled: bool,
    /// Has chosen a password.
    active: bool,
    version: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    login_at: Option<Timestamp>,
}

impl User {
    fn of(user: UserRow) -> Self {
        Self {
            role: user.role.as_str(),
            own: GrantView::of(&user.own),
            teams: TeamName::all(&user.teams),
            scope: GrantView::all(&user.scope),
            totp: user.totp.is_some(),
            disabled: user.is_disabled,
            active: user.password.is_some(),
            id: user.id.0,
            name: user.name,
            display_name: user.display_name,
            version: user.version,
            created_at: user.created_at,
            login_at: user.login_at,
        }
    }
}

/// Users in the order of their login names.
#[utoipa::path(get, path = "/users", tag = "users", params(PageQuery), responses((status = 200, body = Listing<User>)))]
async fn list(
    State(desk): State<Desk>,
    Asked(asked): Asked<PageQuery>,
) -> Result<Json<Listing<User>>, Problem> {
    let page = asked.page::<String>()?;
    let after = page.after.as_deref().unwrap_or_default();
    let rows = desk.store()?.users(after, page.rows_max()).await?;
    Ok(Json(Listing::of(rows, &page, desk.now(), |user| user.name.clone()).map(User::of)))
}

#[derive(Deserialize, ToSchema)]
struct NewUserBody {
    /// What they log in by; never given to somebody else.
    name: String,
    display_name: String,
    /// `collector`, `supervisor`, `ops`, `auditor` or `admin`.
    role: String,
    /// null = all.
    lenders: Option<Vec<String>>,
    /// What plates of their vehicles begin with, e.g. `粤` or `粤B`; null = wherever they are registered.
    regions: Option<Vec<String>>,
}

/// A user with their link, which is shown once.
#[derive(Serialize, ToSchema)]
struct Invited {
    user: User,
    /// Below the address of this server.
    invite_link: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Make a user. Give them the link: with it they choose a password.
#[utoipa::path(post, path = "/users", tag = "users", request_body = NewUserBody, responses((status = 201, body = Invited)))]
async fn add(
    State(desk): State<Desk>,
    caller: Caller,
    Body(wanted): Body<NewUserBody>,
) -> Result<(StatusCode, Json<Invited>), Problem> {
    let name =
        login_name(&wanted.name).map_err(|error| Problem::field("/name", "name", error.to_string()))?;
    let (role, own) = (role(&wanted.role)?, grant(wanted.lenders.as_deref(), wanted.regions.as_deref())?);
    may_give(&caller, role, &own.clone().into())?;
    let display_name = display_name("/display_name", &wanted.display_name)?;
    let user = NewUser { id: new_user_id(), name, display_name, role, own, password: None };
    let (store, taken) = (desk.store()?, || Problem::new(Code::Conflict, TAKEN));
    if store.user_by_name(&user.name).await?.is_some() {
        return Err(taken());
    }
    desk.note(&caller.actor(), DeskAct::UserAdded, &user_subject(&user.name, role, &user.own)).await?;
    if store.add_user(&user, desk.wall.now()).await? == Changed::Nothing {
        return Err(taken());
    }
    Ok((StatusCode::CREATED, Json(invited(&desk, &caller, &user.id).await?)))
}

/// One user. The ETag is the version for If-Match.
#[utoipa::path(get, path = "/users/{id}", tag = "users", params(("id" = String, Path)),
    responses((status = 200, body = User)))]
async fn show(
    State(desk): State<Desk>,
    Path(id): Path<String>,
) -> Result<([(HeaderName, String); 1], Json<User>), Problem> {
    let user = desk.store()?.user(&UserId(id)).await?.ok_or_else(Problem::not_found)?;
    Ok(answer(user))
}

/// What is to be changed; what is left out stays.
#[derive(Deserialize, ToSchema)]
struct EditBody {
    display_name: Option<String>,
    role: Option<String>,
    /// null = all.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<Vec<String>>)]
    lenders: Said,
    /// null = wherever they are registered.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<Vec<String>>)]
    regions: Said,
    disabled: Option<bool>,
}

/// Change a user's name, role, lenders or regions, or disable them: then their sessions end.
#[utoipa::path(patch, path = "/users/{id}", tag = "users", params(("id" = String, Path)), request_body = EditBody,
    responses((status = 200, body = User)))]
async fn edit(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<String>,
    seen: Option<IfMatch>,
    Body(wanted): Body<EditBody>,
) -> Result<([(HeaderName, String); 1], Json<User>), Problem> {
    let seen = IfMatch::required(seen)?;
    let store = desk.store()?;
    let before = store.user(&UserId(id)).await?.ok_or_else(Problem::not_found)?;
    seen.check(&before.version.to_string())?;
    let edit = edited(&before, wanted)?;
    may_give(&caller, before.role, &before.scope)?;
    may_give(&caller, edit.role, &edit.own.clone().into())?;
    check_scope(&before, &scope_with_own(&before, &edit.own))
        .map_err(|detail| Problem::field("/regions", "count", detail))?;
    let nobody_left = || Problem::new(Code::Refused, "Nobody would be left who may administer users.");
    if before.would_step_down(&edit) && !store.others_administer(&before.id).await? {
        return Err(nobody_left());
    }
    let what = match (before.is_disabled, edit.is_disabled) {
        (false, true) => DeskAct::UserDisabled,
        (true, false) => DeskAct::UserEnabled,
        (true, true) | (false, false) => DeskAct::UserChanged,
    };
    desk.note(&caller.actor(), what, &user_subject(&before.name, edit.role, &edit.own)).await?;
    if store.edit_user(&before.id, before.version, &edit).await? == Changed::Nothing {
        let there = store.user(&before.id).await?.ok_or_else(Problem::not_found)?;
        seen.check(&there.version.to_string())?;
        return Err(nobody_left());
    }
    // Their rights are asked of the store with each request; whoever is out must not find an open door.
    if edit.is_disabled {
        store.end_sessions(&before.id, "").await?;
        store.drop_invite(&before.id).await?;
    }
    Ok(answer(store.user(&before.id).await?.ok_or_else(Problem::not_found)?))
}

fn edited(before: &UserRow, wanted: EditBody) -> Result<UserEdit, Problem> {
    Ok(UserEdit {
        display_name: match wanted.display_name {
            Some(name) => display_name("/display_name", &name)?,
            None => before.display_name.clone(),
        },
        role: wanted.role.as_deref().map_or(Ok(before.role), role)?,
        own: changed(&before.own, wanted.lenders.as_ref(), wanted.regions.as_ref())?,
        is_disabled: wanted.disabled.unwrap_or(before.is_disabled),
    })
}

#[derive(Default, Deserialize, ToSchema)]
struct InviteBody {
    /// Take their second factor away as well, of a phone that is lost. Their sessions end, and no password opens until the link is used.
    #[serde(default)]
    reset_totp: bool,
}

/// A new link, with which a user chooses another password. It takes the place of the one before.
#[utoipa::path(post, path = "/users/{id}/invite", tag = "users", params(("id" = String, Path)), request_body = InviteBody,
    responses((status = 200, body = Invited)))]
async fn invite(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<String>,
    Body(wanted): Body<InviteBody>,
) -> Result<Json<Invited>, Problem> {
    let store = desk.store()?;
    let user = store.user(&UserId(id)).await?.ok_or_else(Problem::not_found)?;
    may_give(&caller, user.role, &user.scope)?;
    if user.is_disabled {
        return Err(Problem::new(Code::Refused, "This user is disabled."));
    }
    if wanted.reset_totp && user.totp.is_some() {
        desk.note(&caller.actor(), DeskAct::TotpDisabled, &user.name).await?;
        lose_second_factor(&store, &user.id).await?;
    }
    Ok(Json(invited(&desk, &caller, &user.id).await?))
}

async fn invited(desk: &Desk, caller: &Caller, id: &UserId) -> Result<Invited, Problem> {
    let store = desk.store()?;
    let user = store.user(id).await?.ok_or_else(Problem::not_found)?;
    desk.note(&caller.actor(), DeskAct::Invited, &user.name).await?;
    let (invite_link, expires_at) = invite_link(&store, id, desk.wall.now()).await?;
    Ok(Invited { user: User::of(user), invite_link, expires_at })
}

fn role(text: &str) -> Result<Role, Problem> {
    Role::parse(text).map_err(|error| Problem::field("/role", "role", error.to_string()))
}

/// What colleagues call somebody.
pub(crate) fn display_name(pointer: &str, text: &str) -> Result<String, Problem> {
    name_of_people(text).ok_or_else(|| Problem::field(pointer, "name", "1 to 64 characters on one line"))
}

fn answer(user: UserRow) -> ([(HeaderName, String); 1], Json<User>) {
    ([(ETAG, format!("\"{}\"", user.version))], Json(User::of(user)))
}

const TAKEN: &str = "This login name is taken. Names of users who have left are not given again.";

#[cfg(test)]
mod tests;
