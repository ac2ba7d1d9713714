//! The waiting room: is anything arriving?
//!
//! Shape: which terminal is looked at in; what is listened to, five lamps from *listening* to *first fix*, the terminals that arrived
//! last with how far each has come, the last connections that came to nothing with their reasons, out. The ports' lamps are the ports',
//! the others are of one terminal: of several at once they would be lit by one and hide the other. Nothing in it says where a car is.
//! Units: UTC. Errors: `not_found` for a terminal that nobody knows; a lamp that nobody can tell is off. Source: `ux.md` §2.3.

mod arrivals;
mod settings;
#[cfg(test)]
mod tests;

use crate::asked::Asked;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::devices::terminal_of;
use crate::problem::Problem;
use crate::text::Text;
use arrivals::{ArrivalView, arrivals};
use axum::Json;
use axum::extract::State;
use model::{Attempt, Timestamp};
use serde::{Deserialize, Serialize};
use settings::{Sms, sms};
use std::sync::atomic::Ordering;
use store::{DeviceRecord, TerminalStatus};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default().routes(routes!(waiting))
}

/// Which terminal is looked at.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct WaitingQuery {
    /// IMEI or terminal number; the one that was heard for the first time last unless said.
    terminal: Option<String>,
}

/// The waiting room.
#[derive(Debug, Serialize, ToSchema)]
struct WaitingRoom {
    listeners: Vec<Listener>,
    /// Whose lamps these are; null until one is heard.
    device: Option<ArrivalView>,
    lamps: Lamps,
    /// Terminals that were heard for the first time last, the newest first; then others that knocked just now.
    arrivals: Vec<ArrivalView>,
    /// How many terminals wait for somebody to approve them, in all.
    unapproved: i64,
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

/// How far one device got: the first two are the ports', the others its own.
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
#[utoipa::path(get, path = "/waiting", tag = "devices", params(WaitingQuery), responses((status = 200, body = WaitingRoom)))]
async fn waiting(
    State(desk): State<Desk>,
    caller: Caller,
    Asked(query): Asked<WaitingQuery>,
) -> Result<Json<WaitingRoom>, Problem> {
    let (store, now) = (desk.store()?, desk.now());
    let attempts = desk.ports.attempts();
    let arrived = arrivals(&store, &attempts, now).await?;
    let device = match query.terminal.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => Some(store.device(terminal_of(text)?, now).await?.ok_or_else(Problem::not_found)?),
        None => arrived.first().cloned(),
    };
    let view = |record: &DeviceRecord| ArrivalView::of(record, &desk, &caller);
    Ok(Json(WaitingRoom {
        listeners: listeners(&desk),
        lamps: lamps(&desk, device.as_ref(), !arrived.is_empty()),
        device: device.as_ref().map(view),
        arrivals: arrived.iter().map(view).collect(),
        unapproved: store.unapproved_count().await?,
        attempts: attempts.into_iter().map(AttemptView::from).collect(),
        as_of: now,
    }))
}

fn listeners(desk: &Desk) -> Vec<Listener> {
    let all: Vec<&'static str> = desk.protocols.iter().map(|protocol| protocol.name()).collect();
    let listener = |port: &crate::ports::Port| Listener {
        address: port.address.to_string(),
        port: port.address.port(),
        protocols: port.protocol.map_or_else(|| all.clone(), |only| vec![only]),
        sms: sms(port.address.port(), port.protocol),
    };
    desk.ports.open.iter().map(listener).collect()
}

/// `was_heard`: there are terminals that were, so bytes came before the server started if not since.
fn lamps(desk: &Desk, device: Option<&DeviceRecord>, was_heard: bool) -> Lamps {
    let listening = desk.health.listening.load(Ordering::Relaxed) && !desk.ports.open.is_empty();
    let lamp = |on: bool| Lamp { on, at: None };
    let since = |at: Option<Timestamp>| Lamp { on: at.is_some(), at };
    let heard = device.filter(|record| !record.protocol.is_empty());
    let ours = device.filter(|record| record.status == TerminalStatus::Approved);
    Lamps {
        listening: lamp(listening),
        bytes: lamp(desk.ports.traffic().accepted > 0 || was_heard),
        frame: since(heard.map(|record| record.first_seen)),
        approved: Lamp { on: ours.is_some(), at: ours.and_then(|record| record.approved_at) },
        fix: since(device.and_then(|record| record.first_fix_at)),
    }
}
