//! Links and tokens, for the desk and for the command line alike.
//!
//! Shape: a secret is made, its hash is stored, the text is handed out once. Units: real time. Errors: those of the store.

use crate::rights::{Right, Rights};
use crate::secret::Secret;
use model::staff::{Grant, Role, Scope, TeamId};
use model::{LenderId, Millis, Timestamp, UserId};
use store::{Changed, Store, StoreError, Team, TokenRow, UserRow};

/// The way to the page where the first user makes themselves, below the server's address; `None` if there is a user. It takes the
/// place of the one before.
pub async fn first_user_link(store: &Store, now: Timestamp) -> Result<Option<String>, StoreError> {
    let secret = Secret::random("");
    let changed = store.set_up_by(&secret.hash(), now.plus(SETUP_MS)).await?;
    Ok((changed == Changed::Yes).then(|| format!("/welcome#{}", secret.reveal())))
}

/// The way to the page where a user chooses a password, and until when. It takes the place of the one before.
pub async fn invite_link(
    store: &Store,
    user: &UserId,
    now: Timestamp,
) -> Result<(String, Timestamp), StoreError> {
    let (secret, expires_at) = (Secret::random(""), now.plus(INVITE_MS));
    store.invite(user, &secret.hash(), expires_at).await?;
    Ok((format!("/invite#{}", secret.reveal()), expires_at))
}

/// Takes a second factor away that was lost. Whoever found the phone may have the password too: no session goes on, and nothing opens
/// until the user has chosen another password by a link.
pub async fn lose_second_factor(store: &Store, user: &UserId) -> Result<(), StoreError> {
    store.lose_totp(user).await?;
    store.end_sessions(user, "").await
}

/// Stores a program's token; gives its text, which nobody sees again.
pub async fn make_token(store: &Store, token: &TokenRow) -> Result<String, StoreError> {
    let secret = Secret::random(TOKEN_PREFIX);
    store.add_token(token, &secret.hash()).await?;
    Ok(secret.reveal().to_owned())
}

/// A new user's id.
pub fn new_user_id() -> UserId {
    UserId(format!("u_{}", hex::encode(rand::random::<[u8; 8]>())))
}

/// A new team's id.
pub fn new_team_id() -> TeamId {
    TeamId(format!("g_{}", hex::encode(rand::random::<[u8; 8]>())))
}

/// A new token's id; no secret.
pub fn new_token_id() -> String {
    format!("t_{}", hex::encode(rand::random::<[u8; 8]>()))
}

/// The codes of what a role may do.
pub fn rights_of(role: Role) -> Vec<&'static str> {
    Rights::of_role(role).list().map(Right::as_str).collect()
}

/// What people call each other or a team; `None` where it is not 1 to 64 characters on one line.
pub fn name_of_people(text: &str) -> Option<String> {
    let text = text.trim();
    let length = text.chars().count();
    ((1..=NAME_CHARACTERS_MAX).contains(&length) && !text.chars().any(char::is_control))
        .then(|| text.to_owned())
}

/// A team as the audit log names it: `华南 lenders=main regions=粤,桂A members=li,wang`.
pub fn team_subject(team: &Team, members: &[UserRow]) -> String {
    let Team { name, grant, .. } = team;
    let members: Vec<&str> = members.iter().map(|user| user.name.as_str()).collect();
    let (lenders, regions) = (listed(grant.lenders.as_deref()), listed(grant.regions.as_deref()));
    format!("{name} lenders={lenders} regions={regions} members={}", members.join(","))
}

/// What the audit log says of a user who is made or changed: by which name, with which role, and what they see of their own.
pub fn user_subject(name: &str, role: Role, own: &Grant) -> String {
    let (lenders, regions) = (listed(own.lenders.as_deref()), listed(own.regions.as_deref()));
    format!("{name} {role} lenders={lenders} regions={regions}")
}

/// Whether one user or team may be given this; if not, what to do.
pub fn check_grant(grant: &Grant) -> Result<(), String> {
    let pairs = grant.pairs();
    if pairs <= PAIRS_MAX {
        return Ok(());
    }
    Err(format!(
        "that is {pairs} pairs of a lender and a region; one user or team has {PAIRS_MAX} at most: {LESS}"
    ))
}

/// Whether a user may see this in all, by what they and their teams are given; if not, what to do. What is no more than they see
/// already may be.
pub fn check_scope(user: &UserRow, scope: &Scope) -> Result<(), String> {
    let pairs = scope.pairs();
    if pairs <= PAIRS_MAX || pairs <= user.scope.pairs() {
        return Ok(());
    }
    Err(format!(
        "{} and their teams would see {pairs} pairs of a lender and a region; {PAIRS_MAX} is the most: {LESS}, \
         or take them out of a team",
        user.name
    ))
}

/// What a user would see with this of their own.
pub fn scope_with_own(user: &UserRow, own: &Grant) -> Scope {
    Scope::of(user.teams.iter().map(|team| &team.grant).chain([own]).cloned())
}

/// What a user would see in a team that gives this. `team`: which one it is, if there is one already.
pub fn scope_in_team(user: &UserRow, team: Option<&TeamId>, gives: &Grant) -> Scope {
    let others = user.teams.iter().filter(|other| Some(&other.team) != team).map(|other| &other.grant);
    Scope::of(others.chain([&user.own, gives]).cloned())
}

fn listed<T: ToString>(list: Option<&[T]>) -> String {
    let texts = |list: &[T]| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    list.map_or_else(|| "all".to_owned(), texts)
}

/// A lender's name as somebody gave it. A control character would stand for something else in a statement.
pub fn lender(name: &str) -> Result<LenderId, String> {
    let name = name.trim();
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err("a lender's name is text on one line".to_owned());
    }
    Ok(LenderId(name.to_owned()))
}

/// Why a token may not see what is asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenScopeError {
    /// Something is named that its maker does not see.
    #[error("a token sees no more lenders and regions than who makes it")]
    Beyond,
    /// Each of its questions would take seconds.
    #[error(
        "that is {pairs} pairs of a lender and a region, more than one has in all: name fewer, or leave them out"
    )]
    TooMany {
        /// How many.
        pairs: usize,
    },
}

/// What a token sees that shall see this much of what its maker sees: all of it, where nothing is named.
pub fn token_scope(maker: &Scope, wanted: &Grant) -> Result<Scope, TokenScopeError> {
    let scope = Scope::from(wanted.clone()).within(maker);
    if !scope.reaches_all(wanted) {
        return Err(TokenScopeError::Beyond);
    }
    match scope.pairs() {
        pairs if pairs > PAIRS_MAX.max(maker.pairs()) => Err(TokenScopeError::TooMany { pairs }),
        _ => Ok(scope),
    }
}

const LESS: &str =
    "name provinces instead of cities, or leave the lenders or the regions out for all of them";
/// Pairs of a lender and a region that one user or team is given, and that somebody sees in all: every city of a lender; there are
/// some 400. Each statement takes them apart first, which is quadratic in their number: 500 take a tenth of a second, 5,000 ten.
const PAIRS_MAX: usize = 500;
/// Fits a column of a screen.
const NAME_CHARACTERS_MAX: usize = 64;
/// Half an hour: as long as an installation takes, shorter than a log is read by others.
const SETUP_MS: Millis = 30 * 60_000;
/// A long weekend.
const INVITE_MS: Millis = 72 * 3_600_000;
/// By which scanners of repositories and logs know one.
const TOKEN_PREFIX: &str = "lw_";
