//! The waiting room: is anything arriving?
//!
//! Shape: what is listened to, five lamps from *listening* to *first fix*, the last connections that came to nothing with their
//! reasons, out. Nothing in it says where a car is. Units: UTC. Errors: none but of the store; a lamp that nobody can tell is off.
//! Source: `ux.md` §2.3.

mod settings;

use crate::caller::Caller;
use crate::desk::Desk;
use crate::problem::Problem;
use crate::text::Text;
use axum::Json;
use axum::extract::State;
use model::{Attempt, Timestamp};
use serde::Serialize;
use settings::{Sms, sms};
use std::sync::atomic::Ordering;
use store::Store;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default().routes(routes!(waiting))
}

/// The waiting room.
#[derive(Debug, Serialize, ToSchema)]
struct WaitingRoom {
    listeners: Vec<Listener>,
    lamps: Lamps,
    attempts: Vec<AttemptView>,
    #[schema(value_type = String, format = DateTime)]
    as_of: Timestamp,
}

/// A tracker port.
#[derive(Debug, Serialize, ToSchema)]
struct Listener {
    address: String,
    port: u16,
    /// All of them where they are told by their first bytes.
    protocols: Vec<&'static str>,
    /// Texts that point a tracker here; `HOST` stands for this server's public address.
    sms: Vec<Sms>,
}

/// How far the first device got.
#[derive(Debug, Serialize, ToSchema)]
struct Lamps {
    listening: Lamp,
    bytes: Lamp,
    frame: Lamp,
    approved: Lamp,
    fix: Lamp,
}

#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
struct Lamp {
    on: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
}

/// A connection that came to nothing, or only as far as the quarantine.
#[derive(Debug, Serialize, ToSchema)]
struct AttemptView {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    peer: String,
    protocol: Option<String>,
    terminal: Option<String>,
    times: u32,
    /// It was understood: what is left to do is to approve it.
    ok: bool,
    reason: Reason,
}

#[derive(Debug, Serialize, ToSchema)]
struct Reason {
    code: &'static str,
    #[serde(flatten)]
    text: Text,
}

impl From<Attempt> for AttemptView {
    fn from(Attempt { at, peer, reason, protocol, terminal, times }: Attempt) -> Self {
        Self {
            at,
            peer,
            protocol: protocol.map(|protocol| protocol.to_string()),
            terminal: terminal.map(|terminal| terminal.to_string()),
            times,
            ok: reason == model::AttemptReason::Unapproved,
            reason: Reason { code: reason.as_str(), text: words::attempt(reason).into() },
        }
    }
}

/// What the waiting room shows.
#[utoipa::path(get, path = "/waiting", tag = "devices", responses((status = 200, body = WaitingRoom)))]
async fn waiting(State(desk): State<Desk>, _: Caller) -> Result<Json<WaitingRoom>, Problem> {
    let all: Vec<&'static str> = desk.protocols.iter().map(|protocol| protocol.name()).collect();
    let listener = |port: &crate::ports::Port| Listener {
        address: port.address.to_string(),
        port: port.address.port(),
        protocols: port.protocol.map_or_else(|| all.clone(), |only| vec![only]),
        sms: sms(port.address.port(), port.protocol),
    };
    let attempts: Vec<AttemptView> = desk.ports.attempts().into_iter().map(AttemptView::from).collect();
    Ok(Json(WaitingRoom {
        listeners: desk.ports.open.iter().map(listener).collect(),
        lamps: lamps(&desk, &desk.store()?).await?,
        attempts,
        as_of: desk.now(),
    }))
}

async fn lamps(desk: &Desk, store: &Store) -> Result<Lamps, Problem> {
    let traffic = desk.ports.traffic();
    let counts = store.terminal_counts().await?;
    let of = |status: &str| counts.iter().find(|(code, _)| code == status).map_or(0, |(_, count)| *count);
    let (any, approved) = (counts.iter().any(|(_, count)| *count > 0), of("approved") > 0);
    let listening = desk.health.listening.load(Ordering::Relaxed) && !desk.ports.open.is_empty();
    let firsts = store.first_times().await?;
    let lamp = |on: bool, at: Option<Timestamp>| Lamp { on, at: at.filter(|_| on) };
    Ok(Lamps {
        listening: lamp(listening, None),
        bytes: lamp(traffic.accepted > 0 || any, None),
        frame: lamp(traffic.frames_in > 0 || any, firsts.seen),
        approved: lamp(approved, firsts.approved),
        fix: lamp(firsts.fix.is_some(), firsts.fix),
    })
}
