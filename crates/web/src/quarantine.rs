//! Devices that nobody has approved yet: who they are, what they speak, where they roughly are.
//!
//! Shape: a list, whoever spoke last first; approve (with a vehicle, if that is known) and reject are inputs of the journal. Units: in
//! the names; an area is a tenth of a degree wide, since nobody has said that the device is ours. Errors: [`Problem`].

use crate::asked::{Asked, Body};
use crate::caller::Caller;
use crate::desk::Desk;
use crate::devices::{BindBody, terminal_of};
use crate::frames::Kept;
use crate::idempotency::IdempotencyKey;
use crate::list::{Listing, Page, PageQuery};
use crate::problem::Problem;
use crate::vehicles::row;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use model::input::{Action, Input, Role};
use model::{Attribute, Coordinates, Event, Reception, Seq, TerminalId, Timestamp, VehicleId};
use serde::{Deserialize, Serialize};
use store::{Knocking, Store};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default().routes(routes!(list)).routes(routes!(approve)).routes(routes!(reject))
}

/// A device that waits.
#[derive(Debug, Serialize, ToSchema)]
struct Waiting {
    terminal: String,
    protocol: String,
    /// What it says of itself.
    model: Option<String>,
    iccid: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    first_seen: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    last_seen: Timestamp,
    /// How many frames are kept.
    frames: i64,
    /// The address it came from first.
    source: Option<String>,
    last_area: Option<Area>,
    /// A vehicle that it was bound to before, or that it names.
    suggested: Option<Suggested>,
    online: bool,
    #[serde(skip)]
    last: Seq,
}

/// Roughly where.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
struct Area {
    lat: f64,
    lon: f64,
    km: u32,
}

#[derive(Debug, Serialize, ToSchema)]
struct Suggested {
    vehicle: String,
    plate: Option<String>,
}

/// Devices in quarantine, whoever spoke last first.
#[utoipa::path(get, path = "/quarantine", tag = "devices", params(PageQuery), responses((status = 200, body = Listing<Waiting>)))]
async fn list(
    State(desk): State<Desk>,
    caller: Caller,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Listing<Waiting>>, Problem> {
    let page: Page<i64> = page.page()?;
    let store = desk.store()?;
    let rows_max = u32::try_from(page.rows_max()).unwrap_or(u32::MAX);
    let knocking = store.knocking(page.after.map(Seq), rows_max).await?;
    let lasts: Vec<Seq> = knocking.iter().map(|it| it.last).collect();
    let firsts: Vec<Seq> = knocking.iter().map(|it| it.first).collect();
    let (lasts, firsts) = (store.kept_at(&lasts).await?, store.kept_at(&firsts).await?);
    let (lasts, firsts): (Vec<Kept>, Vec<Kept>) = (
        lasts.into_iter().filter_map(Kept::quarantined).collect(),
        firsts.into_iter().filter_map(Kept::quarantined).collect(),
    );
    let mut data = Vec::with_capacity(knocking.len());
    for knocking in knocking {
        let at = |frames: &[Kept], seq| {
            let found = frames.iter().find(|kept| kept.seq == seq);
            found.map(|kept| kept.reception.clone())
        };
        let both = at(&firsts, knocking.first).zip(at(&lasts, knocking.last));
        let Some((first, last)) = both else { continue };
        data.push(waiting(&desk, &store, &caller, knocking, (&first, &last)).await?);
    }
    Ok(Json(Listing::of(data, &page, desk.now(), |row: &Waiting| row.last.0)))
}

async fn waiting(
    desk: &Desk,
    store: &Store,
    caller: &Caller,
    knocking: Knocking,
    (first, last): (&Reception, &Reception),
) -> Result<Waiting, Problem> {
    let Knocking { terminal, frames, last: last_seq, .. } = knocking;
    let record = store.device(terminal, desk.now()).await?;
    let bound = store.bindings_of(terminal).await?.last().map(|row| row.binding.vehicle);
    let named = said(first, last, plate_of).and_then(|plate| VehicleId::parse(&plate).ok());
    let named = match named.filter(|_| bound.is_none()) {
        Some(named) => store.vehicle_of(named).await?,
        None => None,
    };
    let suggested = match bound.or(named) {
        Some(vehicle) => {
            let alias = store.vehicle(vehicle).await?.and_then(|record| record.alias);
            let plate = row::names(vehicle, alias).0;
            Some(Suggested { vehicle: vehicle.to_string(), plate: plate.map(|plate| caller.plate(plate)) })
        }
        None => None,
    };
    Ok(Waiting {
        terminal: terminal.to_string(),
        protocol: first.protocol.to_string(),
        model: said(first, last, model_of),
        iccid: said(first, last, iccid_of),
        first_seen: record.as_ref().map_or(first.received_at, |record| record.first_seen),
        last_seen: last.received_at,
        frames,
        source: source(store, record.map(|record| record.first_seq), terminal).await?,
        last_area: area(last).or_else(|| area(first)),
        suggested,
        online: desk.ports.is_online(terminal),
        last: last_seq,
    })
}

/// A word that a device says of itself in one of two frames.
fn said(first: &Reception, last: &Reception, word: fn(&Attribute) -> Option<&str>) -> Option<String> {
    let attributes = [first, last].into_iter().flat_map(|it| &it.events).filter_map(|event| match event {
        Event::Position(position) => Some(&position.attributes),
        Event::Login { attributes, .. } | Event::Heartbeat { attributes } | Event::Status { attributes } => {
            Some(attributes)
        }
        Event::CommandReply { .. } | Event::CommandRefused { .. } | Event::Part { .. } | Event::Raw => None,
    });
    attributes.flat_map(model::Attributes::iter).find_map(word).map(ToOwned::to_owned)
}

fn model_of(attribute: &Attribute) -> Option<&str> {
    if let Attribute::Model(text) = attribute { Some(text) } else { None }
}

fn iccid_of(attribute: &Attribute) -> Option<&str> {
    if let Attribute::Iccid(text) = attribute { Some(text) } else { None }
}

fn plate_of(attribute: &Attribute) -> Option<&str> {
    if let Attribute::Plate(text) = attribute { Some(text) } else { None }
}

/// The tenth of a degree that a device is in.
fn area(reception: &Reception) -> Option<Area> {
    let mut places = reception.events.iter().rev().filter_map(|event| match event {
        Event::Position(position) => position.fix.coordinates(),
        _ => None,
    });
    let place = places.find(|place: &Coordinates| !place.is_null_island())?;
    let tenth = |degrees: f64| (degrees * 10.0).round() / 10.0;
    Some(Area { lat: tenth(place.lat()), lon: tenth(place.lon()), km: AREA_KM })
}

/// The address of the connection on which a terminal was heard first.
async fn source(store: &Store, first: Option<Seq>, terminal: TerminalId) -> Result<Option<String>, Problem> {
    let Some(first) = first else { return Ok(None) };
    let before = store.inputs_before(first).await?;
    Ok(before.iter().find_map(|row| match journal::codec::decode(&row.payload) {
        Ok(Input::SessionStart { terminal: its, peer, .. }) if its == terminal => Some(peer),
        _ => None,
    }))
}

/// On which vehicle it is, if that is known.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApproveBody {
    /// Plate or VIN.
    vehicle: Option<String>,
    #[schema(value_type = Option<String>)]
    role: Option<Role>,
    /// Since when; since it was first heard unless said, so that what is kept belongs to the vehicle.
    #[schema(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
}

/// Lets a device out of quarantine: what it sent is stored, as late. One that was rejected can be approved again.
#[utoipa::path(post, path = "/quarantine/{terminal}/approve", tag = "devices", request_body = ApproveBody,
    params(("terminal" = String, Path, description = "IMEI or terminal number")), responses((status = 200, body = Object)))]
async fn approve(
    State(desk): State<Desk>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Path(terminal): Path<String>,
    Body(body): Body<ApproveBody>,
) -> Result<Response, Problem> {
    let terminal = terminal_of(&terminal)?;
    let store = desk.store()?;
    let record = store.device(terminal, desk.now()).await?.ok_or_else(Problem::not_found)?;
    let action = match body.vehicle {
        None => Action::Approve { terminal },
        // To say which vehicle it is on is to say that it is ours.
        Some(vehicle) => {
            let from = body.from.or(Some(record.first_seen));
            let binding = BindBody { vehicle, role: body.role, from }.binding(terminal, desk.now())?;
            Action::Bind { bindings: vec![binding] }
        }
    };
    Ok(desk.ask(&caller, key.as_ref(), action).await?.into_response())
}

/// Why it is not ours.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RejectBody {
    reason: String,
}

/// Says that a device is not ours: what it sent and sends is dropped.
#[utoipa::path(post, path = "/quarantine/{terminal}/reject", tag = "devices", request_body = RejectBody,
    params(("terminal" = String, Path, description = "IMEI or terminal number")), responses((status = 200, body = Object)))]
async fn reject(
    State(desk): State<Desk>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Path(terminal): Path<String>,
    Body(RejectBody { reason }): Body<RejectBody>,
) -> Result<Response, Problem> {
    let terminal = terminal_of(&terminal)?;
    if reason.trim().is_empty() {
        return Err(Problem::field("/reason", "empty", "say why"));
    }
    desk.store()?.device(terminal, desk.now()).await?.ok_or_else(Problem::not_found)?;
    let action = Action::RejectTerminal { terminal, reason };
    Ok(desk.ask(&caller, key.as_ref(), action).await?.into_response())
}

/// A tenth of a degree.
const AREA_KM: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Alarms, Attributes, DeviceTime, Fix, Measured, Position, ProtocolName, SessionId};

    fn reception(events: Vec<Event>) -> Reception {
        Reception {
            session: SessionId { run: Seq(1), connection: 1 },
            frame_no: 1,
            terminal: TerminalId::parse("15").unwrap(),
            protocol: ProtocolName::parse("gt06").unwrap(),
            number: 0x22,
            serial: None,
            received_at: Timestamp::default(),
            checksum_ok: true,
            events,
            problem: None,
        }
    }

    #[test]
    fn where_a_stranger_is_is_told_to_ten_kilometres_only() {
        let place = Coordinates::from_degrees(22.5431, 114.0579).unwrap();
        let position = Position {
            time: DeviceTime::Unusable,
            fix: Fix::Gnss(place),
            speed: None,
            course: None,
            altitude: None,
            satellites: None,
            buffered: false,
            alarms: Alarms::default(),
            attributes: Attributes::default(),
            measured: Measured { version: 1, hash: 1 },
        };
        let told = area(&reception(vec![Event::Raw, Event::Position(Box::new(position))]));
        assert_eq!(told, Some(Area { lat: 22.5, lon: 114.1, km: 10 }));
        assert_eq!(area(&reception(vec![Event::Raw])), None);
    }
}
