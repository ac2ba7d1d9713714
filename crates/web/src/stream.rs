//! The live stream: server-sent events.
//!
//! ```text
//! fold's progress --feed--> Hub (ring of changed alerts, newest position of each vehicle) --Listener, one a connection--> events
//! ```
//! Shape: topics in, `event: alert | gone | position | device | counts | health | resync | end` out. Each event that can be lost has an id
//! `EPOCH-ALERT.POSITION`: with `Last-Event-ID` a listener goes on where it was, as far as the ring reaches back; beyond, or behind it,
//! `resync` says that everything is to be read again. A listener holds two places and no queue: who does not read is not written to.
//! Units: in the names. Errors: `too_many_requests`; `purpose_required` for positions. Source: `ux.md` §5; HTML standard, §9.2.

mod feed;
mod hub;
mod listener;
mod ring;
mod seats;
mod spots;
mod topics;

use crate::caller::Caller;
use crate::desk::Desk;
use crate::problem::{Code, Problem};
use crate::rights::Right;
use axum::extract::{Request, State};
use axum::response::sse::{Event, KeepAlive, Sse};
pub(crate) use feed::feed;
use futures_util::stream::{self, Stream};
pub(crate) use hub::Hub;
use listener::Listener;
use std::convert::Infallible;
use std::time::Duration;
use topics::{StreamQuery, Topics};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default().routes(routes!(listen))
}

/// What changes, as it changes: alerts with their counts, positions with a purpose, that devices changed, how the server is.
#[utoipa::path(get, path = "/stream", tag = "stream", params(StreamQuery),
    responses((status = 200, content_type = "text/event-stream", body = String)))]
async fn listen(
    State(desk): State<Desk>,
    caller: Caller,
    crate::asked::Asked(query): crate::asked::Asked<StreamQuery>,
    request: Request,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let (parts, _) = request.into_parts();
    let topics = Topics::of(&query, &caller)?;
    let seat = desk.hub.seats.take(&caller.user).ok_or_else(|| {
        let detail = "You have more live streams open than one desk needs. Close a window.";
        Problem::new(Code::TooManyRequests, detail).retry_after(SEAT_RETRY_S)
    })?;
    if topics.positions {
        caller.may(Right::TracksRead)?;
        let within = query.bbox.as_deref().unwrap_or("all");
        // The first line stands before the first position; what follows is counted vehicle by vehicle.
        desk.reads(&caller, &format!("stream positions bbox={within}"), 0).await?;
    }
    let listener = Listener::new(desk, caller, topics, (seat, &parts));
    let events = stream::unfold(listener, async |mut listener| {
        let event = listener.next().await?;
        Some((Ok(event), listener))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(BEAT_EVERY).text("beat")))
}

/// Proxies end a connection on which nothing comes for a minute or less.
const BEAT_EVERY: Duration = Duration::from_secs(15);
const SEAT_RETRY_S: u32 = 30;
