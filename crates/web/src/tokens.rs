//! Tokens for programs: with rights and a scope of their own, no more than whoever makes them has.
//!
//! Shape: made → shown once; listed without it; taken back at once. Errors: `forbidden` where a token would have more than its
//! maker. What its user loses later, the token loses as well ([`crate::authentication`]).

use crate::accounts::{TokenScopeError, make_token, new_token_id, token_scope};
use crate::asked::{Asked, Body};
use crate::caller::Caller;
use crate::desk::Desk;
use crate::list::{Listing, PageQuery};
use crate::problem::{Code, FieldError, Problem};
use crate::rights::{Right, Rights};
use crate::scope::{GrantView, grant};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Json;
use model::staff::login_name;
use model::{DeskAct, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{Changed, TokenRow};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default().routes(routes!(list, add)).routes(routes!(revoke))
}

/// A program's token, without the token itself.
#[derive(Debug, Serialize, ToSchema)]
struct Token {
    id: String,
    name: String,
    user: TokenUser,
    rights: Vec<String>,
    /// What it reaches at the most.
    #[serde(flatten)]
    reached: GrantView,
    /// What it sees, as far as its user sees it.
    scope: Vec<GrantView>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// To a minute or so.
    #[schema(value_type = Option<String>, format = DateTime)]
    used_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, ToSchema)]
struct TokenUser {
    id: String,
    name: String,
}

impl Token {
    fn of(token: TokenRow, name: String) -> Self {
        Self {
            reached: GrantView::reached(&token.scope),
            scope: GrantView::all(&token.scope),
            user: TokenUser { id: token.user.0, name },
            id: token.id,
            name: token.name,
            rights: token.rights,
            created_at: token.created_at,
            expires_at: token.expires_at,
            used_at: token.used_at,
        }
    }
}

/// Tokens that count, the oldest first.
#[utoipa::path(get, path = "/tokens", tag = "tokens", params(PageQuery), responses((status = 200, body = Listing<Token>)))]
async fn list(
    State(desk): State<Desk>,
    Asked(asked): Asked<PageQuery>,
) -> Result<Json<Listing<Token>>, Problem> {
    let page = asked.page::<(i64, String)>()?;
    let store = desk.store()?;
    let after = page.after.clone().unwrap_or_default();
    let rows = store.tokens((after.0, &after.1), page.rows_max()).await?;
    let mut names = BTreeMap::new();
    for row in &rows {
        if !names.contains_key(&row.user) {
            let user = store.user(&row.user).await?;
            names.insert(row.user.clone(), user.map(|user| user.name).unwrap_or_default());
        }
    }
    let listing = Listing::of(rows, &page, desk.now(), |token| (token.created_at.ms(), token.id.clone()));
    Ok(Json(listing.map(|token| {
        let name = names.get(&token.user).cloned().unwrap_or_default();
        Token::of(token, name)
    })))
}

#[derive(Deserialize, ToSchema)]
struct NewToken {
    /// What it is for; stands in the audit log behind your name.
    name: String,
    /// Codes of `/me`'s rights.
    rights: Vec<String>,
    /// null = all that you see.
    lenders: Option<Vec<String>>,
    /// null = all that you see.
    regions: Option<Vec<String>>,
    /// null = it counts until it is taken back.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// A token, shown this once.
#[derive(Serialize, ToSchema)]
struct MadeToken {
    /// For the header `Authorization: Bearer`.
    token: String,
    #[serde(flatten)]
    made: Token,
}

/// Make a token for a program.
#[utoipa::path(post, path = "/tokens", tag = "tokens", request_body = NewToken, responses((status = 201, body = MadeToken)))]
async fn add(
    State(desk): State<Desk>,
    caller: Caller,
    Body(wanted): Body<NewToken>,
) -> Result<(StatusCode, Json<MadeToken>), Problem> {
    let row = token_of(&desk, &caller, &wanted)?;
    desk.note(&caller.actor(), DeskAct::TokenMade, &format!("{}/{}", caller.name, row.name)).await?;
    let token = make_token(&desk.store()?, &row).await?;
    Ok((StatusCode::CREATED, Json(MadeToken { token, made: Token::of(row, caller.name) })))
}

fn token_of(desk: &Desk, caller: &Caller, wanted: &NewToken) -> Result<TokenRow, Problem> {
    let name =
        login_name(&wanted.name).map_err(|error| Problem::field("/name", "name", error.to_string()))?;
    let rights = rights(&wanted.rights)?;
    let scope = token_scope(&caller.scope, &grant(wanted.lenders.as_deref(), wanted.regions.as_deref())?);
    let scope = match scope {
        Ok(scope) if rights.within(caller.rights) == rights => scope,
        Err(error @ TokenScopeError::TooMany { .. }) => {
            return Err(Problem::field("/regions", "count", error.to_string()));
        }
        Ok(_) | Err(TokenScopeError::Beyond) => {
            let detail = "A token has no more rights, lenders and regions than you.";
            return Err(Problem::new(Code::Forbidden, detail));
        }
    };
    let now = desk.wall.now();
    if wanted.expires_at.is_some_and(|expires_at| expires_at <= now) {
        return Err(Problem::field("/expires_at", "past", "this is in the past"));
    }
    Ok(TokenRow {
        id: new_token_id(),
        user: caller.user.clone(),
        name,
        rights: rights.list().map(|right| right.as_str().to_owned()).collect(),
        scope,
        created_at: now,
        expires_at: wanted.expires_at,
        used_at: None,
        revoked_at: None,
    })
}

fn rights(codes: &[String]) -> Result<Rights, Problem> {
    let unknown = codes.iter().enumerate().filter(|(_, code)| Right::parse(code).is_none());
    let errors: Vec<FieldError> = unknown
        .map(|(place, code)| FieldError {
            pointer: format!("/rights/{place}"),
            code: "right".into(),
            detail: format!("{code} is no right"),
        })
        .collect();
    if !errors.is_empty() {
        return Err(Problem::fields(errors));
    }
    let rights: Vec<Right> = codes.iter().filter_map(|code| Right::parse(code)).collect();
    if rights.is_empty() {
        return Err(Problem::field("/rights", "empty", "a token without rights opens nothing"));
    }
    Ok(Rights::of(&rights))
}

/// Take a token back. It counts no more from the next request on.
#[utoipa::path(delete, path = "/tokens/{id}", tag = "tokens", params(("id" = String, Path)), responses((status = 204)))]
async fn revoke(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let store = desk.store()?;
    // The line first: it may tell of a token that there is not, never miss one that was taken back.
    desk.note(&caller.actor(), DeskAct::TokenRevoked, &id).await?;
    match store.revoke_token(&id, desk.wall.now()).await? {
        Changed::Nothing => Err(Problem::not_found()),
        Changed::Yes => Ok(StatusCode::NO_CONTENT),
    }
}

#[cfg(test)]
mod tests;
