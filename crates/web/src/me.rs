//! One's own account: what one may do, password, second factor, language.
//!
//! Shape: [`Me`] is what a page needs to know before it shows anything. Errors: `login_failed` where the password that is asked for
//! again is not right, counted like a login.

use crate::asked::Body;
use crate::caller::{Caller, Via};
use crate::desk::Desk;
use crate::gate::ClientAddress;
use crate::lockout::Attempt;
use crate::passwords;
use crate::problem::{Code, Problem};
use crate::rights;
use crate::scope::{GrantView, TeamName};
use crate::totp::Totp;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Json;
use model::{DeskAct, Timestamp};
use qrcode::QrCode;
use qrcode::render::svg;
use serde::{Deserialize, Serialize};
use store::{Changed, UserRow};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default()
        .routes(routes!(show))
        .routes(routes!(change_password))
        .routes(routes!(want_totp, drop_totp))
        .routes(routes!(confirm_totp))
        .routes(routes!(change_locale))
}

/// Who asks, what they may do, and what server this is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    user: User,
    /// For the header `X-CSRF-Token`; null with a token, which needs none.
    csrf: Option<String>,
    rights: Vec<&'static str>,
    /// What `X-Purpose` may say.
    purposes: Vec<&'static str>,
    server: Server,
    budget: Budget,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MeUser)]
struct User {
    id: String,
    name: String,
    display_name: String,
    role: &'static str,
    /// The lenders and regions that they see something of.
    #[serde(flatten)]
    reached: GrantView,
    /// The teams that they are in.
    teams: Vec<TeamName>,
    /// What they see.
    scope: Vec<GrantView>,
    /// Nothing is left out.
    sees_everything: bool,
    /// Has a second factor.
    totp: bool,
    /// `zh`, `en`, or empty: as the browser likes it.
    locale: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MeServer)]
struct Server {
    version: &'static str,
    clock: ServerClock,
    /// Nothing here is real.
    demo: bool,
    /// Somebody is told of alerts: a webhook is configured.
    receiver: bool,
    map: Map,
}

#[derive(Debug, Serialize, ToSchema)]
struct ServerClock {
    /// False in demo and tests: then every screen says so.
    system: bool,
    /// Seconds of this clock in a real second.
    factor: f64,
    #[schema(value_type = String, format = DateTime)]
    now: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
struct Map {
    /// Base maps beside the built-in outline.
    tiles: Vec<Tiles>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Tiles {
    name: String,
    url: String,
    datum: String,
    attribution: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct Budget {
    /// Positions that may still be released today (UTC).
    positions_left: i64,
}

/// What is told of a caller.
pub(crate) async fn me(desk: &Desk, caller: &Caller) -> Result<Me, Problem> {
    let user = user_of(desk, caller).await?;
    let clock = desk.health.journal.clock();
    let csrf = match &caller.via {
        Via::Session { csrf, .. } => Some(csrf.reveal().to_owned()),
        Via::Token { .. } => None,
    };
    let tiles = desk.config.tiles.iter().map(|tiles| Tiles {
        name: tiles.name.clone(),
        url: tiles.url.clone(),
        datum: tiles.datum.as_str().to_owned(),
        attribution: tiles.attribution.clone(),
    });
    Ok(Me {
        csrf,
        rights: caller.rights.list().map(rights::Right::as_str).collect(),
        purposes: rights::purposes(caller.role).iter().map(|purpose| purpose.as_str()).collect(),
        server: Server {
            version: env!("CARGO_PKG_VERSION"),
            clock: ServerClock { system: clock.is_system(), factor: clock.factor(), now: clock.now() },
            demo: desk.is_demo,
            receiver: desk.has_receiver,
            map: Map { tiles: tiles.collect() },
        },
        budget: Budget { positions_left: desk.positions_left(caller).await? },
        user: User {
            id: user.id.0,
            name: user.name,
            display_name: user.display_name,
            role: user.role.as_str(),
            reached: GrantView::reached(&caller.scope),
            teams: TeamName::all(&user.teams),
            scope: GrantView::all(&caller.scope),
            sees_everything: caller.scope.is_everything(),
            totp: user.totp.is_some(),
            locale: user.locale,
        },
    })
}

/// Who I am, what I may do, and what server this is.
#[utoipa::path(get, path = "/me", tag = "me", responses((status = 200, body = Me)))]
async fn show(State(desk): State<Desk>, caller: Caller) -> Result<Json<Me>, Problem> {
    Ok(Json(me(&desk, &caller).await?))
}

#[derive(Deserialize, ToSchema)]
struct ChangePassword {
    old: String,
    new: String,
}

/// Choose another password. All other sessions end.
#[utoipa::path(put, path = "/me/password", tag = "me", request_body = ChangePassword, responses((status = 204)))]
async fn change_password(
    State(desk): State<Desk>,
    caller: Caller,
    address: ClientAddress,
    Body(wanted): Body<ChangePassword>,
) -> Result<StatusCode, Problem> {
    passwords::check("/new", &wanted.new, &caller.name)?;
    let user = asked_again(&desk, &caller, address, &wanted.old).await?;
    let password = desk.gate.passwords.hash(&wanted.new).await?;
    let store = desk.store()?;
    desk.note(&user.name, DeskAct::PasswordChanged, &user.name).await?;
    store.set_password(&user.id, &password).await?;
    store.end_sessions(&user.id, session_of(&caller)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
struct Password {
    password: String,
}

/// A second factor that is not in force yet.
#[derive(Serialize, ToSchema)]
struct WantedTotp {
    /// To type in.
    secret: String,
    otpauth_url: String,
    /// The same to scan.
    qr_svg: Option<String>,
}

/// Begin with a second factor: scan it, then confirm it with a code.
#[utoipa::path(post, path = "/me/totp", tag = "me", request_body = Password, responses((status = 200, body = WantedTotp)))]
async fn want_totp(
    State(desk): State<Desk>,
    caller: Caller,
    address: ClientAddress,
    Body(wanted): Body<Password>,
) -> Result<Json<WantedTotp>, Problem> {
    let user = asked_again(&desk, &caller, address, &wanted.password).await?;
    if user.totp.is_some() {
        return Err(Problem::new(Code::Conflict, "There is a second factor already. Take it away first."));
    }
    let totp = Totp::random();
    desk.store()?.want_totp(&user.id, &totp.sealed(&desk, &user.id).await?).await?;
    let otpauth_url = totp.url(&user.name);
    let qr = QrCode::new(&otpauth_url).ok();
    let qr_svg = qr.map(|code| code.render::<svg::Color<'_>>().min_dimensions(QR_PIXELS, QR_PIXELS).build());
    Ok(Json(WantedTotp { secret: totp.base32(), otpauth_url, qr_svg }))
}

#[derive(Deserialize, ToSchema)]
struct TotpCode {
    code: String,
}

/// Put the second factor in force with its first code. All other sessions end.
#[utoipa::path(post, path = "/me/totp:confirm", tag = "me", request_body = TotpCode, responses((status = 204)))]
async fn confirm_totp(
    State(desk): State<Desk>,
    caller: Caller,
    Body(wanted): Body<TotpCode>,
) -> Result<StatusCode, Problem> {
    let (store, user) = (desk.store()?, user_of(&desk, &caller).await?);
    let Some(stored) = user.totp_wanted else {
        return Err(Problem::new(Code::Conflict, "No second factor was asked for."));
    };
    let totp = Totp::of_stored(&desk, &user.id, &stored).await?;
    let Some(step) = totp.step(&wanted.code, desk.wall.now(), user.totp_step) else {
        let detail = "This is not the code of now. Check that the clock of the phone is right.";
        return Err(Problem::field("/code", "totp", detail));
    };
    desk.note(&user.name, DeskAct::TotpEnabled, &user.name).await?;
    store.set_totp(&user.id, Some(&stored), step).await?;
    store.end_sessions(&user.id, session_of(&caller)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take the second factor away.
#[utoipa::path(delete, path = "/me/totp", tag = "me", request_body = Password, responses((status = 204)))]
async fn drop_totp(
    State(desk): State<Desk>,
    caller: Caller,
    address: ClientAddress,
    Body(wanted): Body<Password>,
) -> Result<StatusCode, Problem> {
    let user = asked_again(&desk, &caller, address, &wanted.password).await?;
    desk.note(&user.name, DeskAct::TotpDisabled, &user.name).await?;
    desk.store()?.set_totp(&user.id, None, user.totp_step).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
struct ChangeLocale {
    /// `zh` or `en`.
    locale: String,
}

/// The language of the pages.
#[utoipa::path(put, path = "/me/locale", tag = "me", request_body = ChangeLocale, responses((status = 204)))]
async fn change_locale(
    State(desk): State<Desk>,
    caller: Caller,
    Body(wanted): Body<ChangeLocale>,
) -> Result<StatusCode, Problem> {
    if !LOCALES.contains(&wanted.locale.as_str()) {
        return Err(Problem::field("/locale", "locale", "zh or en"));
    }
    match desk.store()?.set_locale(&caller.user, &wanted.locale).await? {
        Changed::Yes => Ok(StatusCode::NO_CONTENT),
        Changed::Nothing => Err(Problem::not_found()),
    }
}

/// The user, after their password was asked for once more: who finds an open page has not got it.
async fn asked_again(
    desk: &Desk,
    caller: &Caller,
    address: ClientAddress,
    password: &str,
) -> Result<UserRow, Problem> {
    let user = user_of(desk, caller).await?;
    let attempt = Attempt::begin(desk, &user.name, address.0).await?;
    if !desk.gate.passwords.verify(password, user.password.as_deref()).await? {
        desk.note(&user.name, DeskAct::LoginFailed, &user.name).await?;
        return Err(Problem::new(Code::LoginFailed, "The password is not right."));
    }
    attempt.succeeded().await?;
    Ok(user)
}

async fn user_of(desk: &Desk, caller: &Caller) -> Result<UserRow, Problem> {
    desk.store()?.user(&caller.user).await?.ok_or_else(|| Code::Unauthenticated.into())
}

fn session_of(caller: &Caller) -> &str {
    match &caller.via {
        Via::Session { hash, .. } => hash,
        Via::Token { .. } => "",
    }
}

const LOCALES: [&str; 2] = ["zh", "en"];
/// As large as a phone reads it from a screen.
const QR_PIXELS: u32 = 220;
