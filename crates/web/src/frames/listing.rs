//! The frame log: a stretch of it, those in quarantine among it, in the order in which frames came.
//!
//! Shape: a terminal and a stretch of receive times in, lines without coordinates out. A page may be short and go on: there is no index
//! by terminal, so that one request looks through so many frames and says where it stopped. Units: bytes. Errors: `invalid`.

use super::Kept;
use super::view::ProblemView;
use crate::asked::Asked;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::list::{Cursor, Listing, Page, PageQuery};
use crate::problem::Problem;
use crate::vehicles::track::stretch;
use axum::Json;
use axum::extract::State;
use model::{Profile, Seq, TerminalId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{FrameQuery, Store, StoreError};
use utoipa::ToSchema;
use wire::Checksum;

/// Which frames.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FramesQuery {
    /// Of this terminal only.
    terminal: Option<String>,
    /// Received at or after; a day before `to` unless said.
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// Received before; now unless said.
    #[param(value_type = Option<String>)]
    to: Option<Timestamp>,
}

/// A frame of the log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FrameLine {
    seq: i64,
    terminal: String,
    protocol: String,
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    /// The message's name in the protocol's table.
    message: Option<&'static str>,
    number: String,
    serial: Option<u16>,
    /// `ok`, `bad` or `absent`.
    #[schema(value_type = String)]
    checksum: Option<Checksum>,
    bytes: usize,
    /// `stored` or `quarantine`.
    status: &'static str,
    problem: Option<ProblemView>,
}

/// Frames, the oldest first.
#[utoipa::path(get, path = "/frames", tag = "frames", params(FramesQuery, PageQuery),
    responses((status = 200, body = Listing<FrameLine>)))]
pub(super) async fn list(
    State(desk): State<Desk>,
    _: Caller,
    Asked(query): Asked<FramesQuery>,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Listing<FrameLine>>, Problem> {
    let page: Page<i64> = page.page()?;
    let terminal = query.terminal.as_deref().map(TerminalId::parse).transpose();
    let terminal = terminal.map_err(|error| Problem::field("?terminal", "terminal", error.to_string()))?;
    let (store, now) = (desk.store()?, desk.now());
    let (from, to) = stretch(query.from, query.to, now)?;
    let walk = Walk::over(&store, terminal, (from, to), page.after.map(Seq)).await?;
    let Walked { frames, next } = walk.on(&store, page.limit).await?;
    let mut profiles = BTreeMap::new();
    let mut data = Vec::with_capacity(frames.len());
    for kept in frames {
        let profile = profile_of(&store, &mut profiles, kept.reception.terminal).await?;
        data.push(FrameLine::of(&kept, &kept.decoded(desk.protocols, profile)));
    }
    Ok(Json(Listing { data, next_cursor: next.map(|seq| Cursor::of(&seq.0)), as_of: now }))
}

/// A terminal's profile, asked for once.
pub(crate) async fn profile_of(
    store: &Store,
    known: &mut BTreeMap<TerminalId, Profile>,
    terminal: TerminalId,
) -> Result<Profile, StoreError> {
    if let Some(profile) = known.get(&terminal) {
        return Ok(*profile);
    }
    let profile = store.profile_of(terminal).await?.unwrap_or_default();
    known.insert(terminal, profile);
    Ok(profile)
}

/// A stretch of the log, as far as it was gone through.
pub(crate) struct Walk {
    terminal: Option<TerminalId>,
    after: Seq,
    until: Seq,
}

/// What was found.
pub(crate) struct Walked {
    pub(crate) frames: Vec<Kept>,
    /// Where the next page begins; `None` at the end of the stretch.
    pub(crate) next: Option<Seq>,
}

impl Walk {
    /// A stretch of receive times, behind a place.
    pub(crate) async fn over(
        store: &Store,
        terminal: Option<TerminalId>,
        (from, to): (Timestamp, Timestamp),
        behind: Option<Seq>,
    ) -> Result<Self, StoreError> {
        let begin = store.frames_before(from).await?;
        let after = behind.map_or(begin, |behind| behind.max(begin));
        Ok(Self { terminal, after, until: store.frames_before(to).await?.max(last_kept(store, to).await?) })
    }

    /// Goes on until there are so many frames, or so much was looked through.
    pub(crate) async fn on(mut self, store: &Store, rows_max: usize) -> Result<Walked, StoreError> {
        let mut frames = Vec::new();
        for _ in 0..SLICES_MAX {
            if self.after >= self.until {
                return Ok(Walked { frames, next: None });
            }
            let until = Seq(self.after.0.saturating_add(SLICE)).min(self.until);
            let left = rows_max.saturating_sub(frames.len());
            let query = FrameQuery {
                terminal: self.terminal,
                after: self.after,
                until,
                rows_max: u32::try_from(left).unwrap_or(u32::MAX),
            };
            let mut slice: Vec<Kept> = store.frames_in(&query).await?.into_iter().map(Kept::logged).collect();
            slice.extend(store.kept_in(&query).await?.into_iter().filter_map(Kept::quarantined));
            slice.sort_by_key(|kept| kept.seq);
            let is_full = slice.len() >= left;
            slice.truncate(left);
            self.after = slice.last().filter(|_| is_full).map_or(until, |last| last.seq);
            frames.append(&mut slice);
            if frames.len() >= rows_max {
                break;
            }
        }
        let next = (self.after < self.until).then_some(self.after);
        Ok(Walked { frames, next })
    }
}

/// Where a fleet begins there are only frames in quarantine.
async fn last_kept(store: &Store, to: Timestamp) -> Result<Seq, StoreError> {
    let newest = store.knocking(None, 1).await?.first().map(|knocking| knocking.last);
    let Some(last) = newest else { return Ok(Seq(0)) };
    let kept = store.kept_frame(last).await?.and_then(Kept::quarantined);
    Ok(if kept.is_some_and(|kept| kept.reception.received_at < to) { last } else { Seq(0) })
}

impl FrameLine {
    fn of(kept: &Kept, decoded: &wire::Decoded) -> Self {
        let (reception, reaction) = (&kept.reception, decoded.reaction.as_ref());
        let digits = usize::from(reaction.map_or(2, |reaction| reaction.number_digits));
        Self {
            seq: kept.seq.0,
            terminal: reception.terminal.to_string(),
            protocol: reception.protocol.to_string(),
            received_at: reception.received_at,
            message: reaction.map(|reaction| reaction.message),
            number: format!("0x{:0digits$x}", reception.number),
            serial: reception.serial,
            checksum: decoded.frame.as_ref().map(|frame| frame.checksum),
            bytes: kept.bytes.len(),
            status: if kept.is_quarantined { "quarantine" } else { "stored" },
            problem: reception.problem.as_deref().map(ProblemView::of),
        }
    }
}

/// Places that are looked through at once: some 10 MB of frames.
const SLICE: i64 = 50_000;
/// Of one request: a second or two.
const SLICES_MAX: usize = 10;
