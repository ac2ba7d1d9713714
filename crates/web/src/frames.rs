//! Frames down to the byte: what a device said, what each byte means, what it was owed in answer.
//!
//! Shape: a place in the journal, or hex that somebody pasted, in; the object of DESIGN.md §7 with its fields out. A stored frame is
//! read again by itself, as if its terminal had the profile it has now; the reply is what a server would say, not a copy of what was
//! said. Units: bytes. Errors: [`Problem`]; `purpose_required` where a stored frame tells of a place.

mod listing;
mod view;

use crate::asked::Body;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
pub(crate) use listing::{Walk, Walked, profile_of};
use model::{Event, Profile, Reception, Seq, TerminalId, Timestamp, ZoneOffset};
use serde::Deserialize;
use store::{Store, StoreError};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use view::{DecodedView, FrameView};
use wire::Protocol;

pub(crate) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default().routes(routes!(frame)).routes(routes!(decode)).routes(routes!(listing::list))
}

/// A frame that is kept, and how.
pub(crate) struct Kept {
    pub(crate) seq: Seq,
    /// What was kept of how it came; of one in quarantine with what it says.
    pub(crate) reception: Reception,
    pub(crate) bytes: Vec<u8>,
    pub(crate) is_quarantined: bool,
}

impl Kept {
    /// The frame at a place, in the log or in quarantine.
    async fn at(store: &Store, seq: Seq) -> Result<Option<Self>, StoreError> {
        if let Some(row) = store.frame(seq).await? {
            return Ok(Some(Self::logged(row)));
        }
        Ok(store.kept_frame(seq).await?.and_then(Self::quarantined))
    }

    pub(crate) fn logged(row: store::FrameRow) -> Self {
        let bytes = row.frame.unwrap_or_default();
        Self { seq: row.seq, reception: row.reception, bytes, is_quarantined: false }
    }

    pub(crate) fn quarantined(row: store::QuarantineRow) -> Option<Self> {
        let Ok(model::Input::Reception(reception)) = journal::codec::decode(&row.payload) else {
            return None;
        };
        let bytes = row.frame.unwrap_or_default();
        Some(Self { seq: row.seq, reception: *reception, bytes, is_quarantined: true })
    }

    /// Read again by its own protocol.
    pub(crate) fn decoded(
        &self,
        protocols: &'static [&'static dyn Protocol],
        profile: Profile,
    ) -> wire::Decoded {
        let name = self.reception.protocol;
        let own: Vec<&dyn Protocol> =
            protocols.iter().copied().filter(|protocol| protocol.name() == name.as_str()).collect();
        wire::decode::decode_as(&own, &self.bytes, profile)
    }
}

/// Who a terminal was speaking for at a moment.
pub(crate) async fn vehicle_at(
    store: &Store,
    terminal: TerminalId,
    at: Timestamp,
) -> Result<Option<model::VehicleId>, StoreError> {
    let bindings = store.bindings_of(terminal).await?.into_iter().map(|row| row.binding);
    let mut on = bindings.filter(|it| it.from <= at && it.to.is_none_or(|to| at < to));
    Ok(on.next().map(|binding| binding.vehicle))
}

/// One frame, byte by byte.
#[utoipa::path(get, path = "/frames/{seq}", tag = "frames",
    params(("seq" = i64, Path, description = "its place in the journal")), responses((status = 200, body = FrameView)))]
async fn frame(
    State(desk): State<Desk>,
    caller: Caller,
    Path(seq): Path<i64>,
) -> Result<Json<FrameView>, Problem> {
    let store = desk.store()?;
    let kept = Kept::at(&store, Seq(seq)).await?.ok_or_else(Problem::not_found)?;
    let terminal = kept.reception.terminal;
    let profile = store.profile_of(terminal).await?.unwrap_or_default();
    let decoded = kept.decoded(desk.protocols, profile);
    let events = decoded.reaction.as_ref().map(|reaction| reaction.events.as_slice()).unwrap_or_default();
    let positions = events.iter().filter(|event| matches!(event, Event::Position(_))).count();
    if positions > 0 {
        let vehicle = vehicle_at(&store, terminal, kept.reception.received_at).await?;
        let vehicle = vehicle.map(|vehicle| format!(" vehicle={vehicle}")).unwrap_or_default();
        let count = u32::try_from(positions).unwrap_or(u32::MAX);
        desk.reads(&caller, &format!("frame seq={seq} terminal={terminal}{vehicle}"), count).await?;
    }
    let peer = peer(&store, &kept).await?;
    Ok(Json(FrameView::of(&kept, &decoded, peer)))
}

/// From where a frame's connection came, as far as that is still to be found: right before the terminal's first frame on it.
async fn peer(store: &Store, kept: &Kept) -> Result<Option<String>, StoreError> {
    if kept.reception.frame_no > FRAMES_BACK {
        return Ok(None);
    }
    let session = kept.reception.session;
    let before = store.inputs_before(kept.seq).await?;
    Ok(before.iter().find_map(|row| match journal::codec::decode(&row.payload) {
        Ok(model::Input::SessionStart { session: started, peer, .. }) if started == session => Some(peer),
        _ => None,
    }))
}

/// What somebody pasted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DecodeBody {
    /// One frame in hex; blanks, colons and line ends are ignored.
    hex: String,
    /// The name of a protocol; found out unless said.
    protocol: Option<String>,
    /// `+08:00`: the zone of the device's clock.
    timezone: Option<String>,
}

/// What a frame says that somebody pasted.
#[utoipa::path(post, path = "/frames:decode", tag = "frames", request_body = DecodeBody,
    responses((status = 200, body = DecodedView)))]
async fn decode(
    State(desk): State<Desk>,
    _: Caller,
    Body(body): Body<DecodeBody>,
) -> Result<Json<DecodedView>, Problem> {
    let bytes = bytes_of(&body.hex)?;
    let zone = body.timezone.as_deref().map(|text| {
        ZoneOffset::parse(text)
            .ok_or_else(|| Problem::field("/timezone", "zone", "a zone is written as +08:00"))
    });
    let protocols = chosen(desk.protocols, body.protocol.as_deref())?;
    let decoded = wire::decode(&protocols, &bytes, zone.transpose()?);
    Ok(Json(DecodedView::of(&bytes, &decoded)))
}

fn bytes_of(text: &str) -> Result<Vec<u8>, Problem> {
    let text = text.trim();
    let text = text.strip_prefix("0x").unwrap_or(text);
    let digits: String =
        text.chars().filter(|c| !c.is_whitespace() && !matches!(c, ':' | '-' | ',')).collect();
    if digits.is_empty() || digits.len() > FRAME_BYTES_MAX * 2 {
        return Err(Problem::field("/hex", "length", format!("1 to {FRAME_BYTES_MAX} bytes in hex")));
    }
    hex::decode(&digits).map_err(|error| Problem::field("/hex", "not_hex", error.to_string()))
}

fn chosen(
    protocols: &'static [&'static dyn Protocol],
    name: Option<&str>,
) -> Result<Vec<&'static dyn Protocol>, Problem> {
    let Some(name) = name.filter(|name| *name != "auto") else { return Ok(protocols.to_vec()) };
    let named: Vec<_> = protocols.iter().copied().filter(|protocol| protocol.name() == name).collect();
    if named.is_empty() {
        let known: Vec<&str> = protocols.iter().map(|protocol| protocol.name()).collect();
        let detail = format!("no protocol is called {name:?}; there are: {}", known.join(", "));
        return Err(Problem::field("/protocol", "unknown", detail));
    }
    Ok(named)
}

/// Longer than the longest frame of any protocol.
const FRAME_BYTES_MAX: usize = 16 * 1024;
/// Of a later frame the connection's start is too far back to be looked for.
const FRAMES_BACK: u32 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_read_as_people_paste_it() {
        assert_eq!(bytes_of(" 78 78\n0d:01 ").unwrap(), [0x78, 0x78, 0x0d, 0x01]);
        assert_eq!(bytes_of("0x7E7e").unwrap(), [0x7e, 0x7e]);
        for (wrong, code) in [("", "length"), ("7", "not_hex"), ("zz", "not_hex")] {
            assert_eq!(bytes_of(wrong).unwrap_err().errors[0].code, code, "{wrong:?}");
        }
        assert_eq!(bytes_of(&"00".repeat(FRAME_BYTES_MAX + 1)).unwrap_err().errors[0].code, "length");
    }
}
