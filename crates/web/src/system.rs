//! How the server is: can the silence be trusted? And the wall board.
//!
//! Shape: the stages a frame goes through with their lag, when the server listened and when not, what waits to be delivered, how old each
//! lender's book is; three numbers for the wall. Units: in the names; lag in real seconds. Errors: none but of the store. No personal
//! data.

mod coverage;
#[cfg(test)]
mod tests;

use crate::caller::Caller;
use crate::desk::Desk;
use crate::problem::Problem;
use crate::vehicles::rule_set;
use axum::Json;
use axum::extract::State;
use coverage::{Gap, Interval, Listening};
use model::unit::counted;
use model::{Group, Millis, Timestamp};
use rules::RuleSet;
use serde::Serialize;
use std::collections::BTreeMap;
use store::{BookRow, OutageRow, Store};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default().routes(routes!(system)).routes(routes!(wall))
}

/// The server.
#[derive(Debug, Serialize, ToSchema)]
struct System {
    ready: bool,
    version: &'static str,
    demo: bool,
    clock: ClockView,
    stages: Vec<Stage>,
    /// What the intervals begin with: a week ago, or when the server first listened.
    #[schema(value_type = String, format = DateTime)]
    coverage_from: Timestamp,
    coverage: Vec<Interval>,
    gaps: Vec<Gap>,
    outbox: Outbox,
    journal: JournalView,
    store: StoreView,
    listeners: Vec<ListenerView>,
    /// Open connections.
    sessions: u64,
    /// Terminals that speak on them.
    terminals: u64,
    books: Vec<BookView>,
    outages: Vec<OutageView>,
    /// Counted by the fold since the store began.
    counters: BTreeMap<String, i64>,
    /// Counted at the ports since the server started.
    traffic: BTreeMap<&'static str, u64>,
    rules: RulesView,
    /// Vehicles with a device on them of which nothing was ever heard: their silence says nothing.
    unheard_vehicles: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct ClockView {
    system: bool,
    factor: f64,
    #[schema(value_type = String, format = DateTime)]
    now: Timestamp,
}

/// A stage of the way of a frame.
#[derive(Debug, Serialize, ToSchema)]
struct Stage {
    name: &'static str,
    ok: bool,
    lag_s: Option<f64>,
    detail: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct Outbox {
    /// Somebody is told: a webhook is configured. Without one, what is pending waits for ever.
    receiver: bool,
    pending: i64,
    delivered: i64,
    failed: i64,
    cancelled: i64,
    /// How long the oldest one that is due has waited.
    oldest_s: Option<i64>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_delivered_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, ToSchema)]
struct JournalView {
    bytes: u64,
    max: u64,
    size_alarm: bool,
    queued: usize,
    queue_max: usize,
}

#[derive(Debug, Serialize, ToSchema)]
struct StoreView {
    kind: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
struct ListenerView {
    address: String,
    protocols: Vec<&'static str>,
}

/// A lender's newest book.
#[derive(Debug, Serialize, ToSchema)]
struct BookView {
    lender: String,
    #[schema(value_type = String, format = DateTime)]
    as_of: Timestamp,
    age_h: i64,
    /// It is too old to state anything.
    stale: bool,
    loans: i64,
    complete: bool,
}

/// Devices that fell silent together.
#[derive(Debug, Serialize, ToSchema)]
struct OutageView {
    id: String,
    /// What they share: everyone, carrier, cell, batch.
    kind: &'static str,
    name: String,
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    cleared_at: Option<Timestamp>,
    devices: u32,
    of: u32,
}

#[derive(Debug, Serialize, ToSchema)]
struct RulesView {
    /// Until when silence was counted last.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_tick: Option<Timestamp>,
    vehicles: i64,
    version_hash: String,
}

/// How the server is.
#[utoipa::path(get, path = "/system", tag = "system", responses((status = 200, body = System)))]
async fn system(State(desk): State<Desk>, _: Caller) -> Result<Json<System>, Problem> {
    let (store, now) = (desk.store()?, desk.now());
    let readiness = desk.health.readiness();
    let Listening { from, intervals, gaps, last_tick } = Listening::until(&store, now).await?;
    let outbox = outbox(&desk, &store, now).await?;
    let rule_set = rule_set(&store).await?;
    let traffic = desk.ports.traffic();
    let clock = desk.health.journal.clock();
    let all: Vec<&'static str> = desk.protocols.iter().map(|protocol| protocol.name()).collect();
    let listener = |port: &crate::ports::Port| ListenerView {
        address: port.address.to_string(),
        protocols: port.protocol.map_or_else(|| all.clone(), |only| vec![only]),
    };
    Ok(Json(System {
        ready: readiness.ready,
        version: env!("CARGO_PKG_VERSION"),
        demo: desk.is_demo,
        clock: ClockView { system: clock.is_system(), factor: clock.factor(), now },
        stages: stages(&desk, &readiness, &outbox),
        coverage_from: from,
        coverage: intervals,
        gaps,
        outbox,
        journal: journal(&desk).await,
        store: StoreView { kind: store.kind() },
        listeners: desk.ports.open.iter().map(listener).collect(),
        sessions: traffic.connections,
        terminals: traffic.terminals,
        books: store.books().await?.iter().map(|book| BookView::of(book, &rule_set, now)).collect(),
        outages: outages(&store, now.plus(-WEEK_MS)).await?,
        counters: store.counters().await?.into_iter().collect(),
        traffic: by_name(traffic),
        rules: RulesView {
            last_tick,
            vehicles: store.vehicle_count().await?,
            version_hash: rule_set.hash().to_owned(),
        },
        unheard_vehicles: store.unheard_vehicle_count(now).await?,
    }))
}

fn stages(desk: &Desk, readiness: &crate::health::Readiness, outbox: &Outbox) -> Vec<Stage> {
    let traffic = desk.ports.traffic();
    let (queued, queue_max) = desk.health.journal.queue();
    let stage = |name, ok, lag_s, detail| Stage { name, ok, lag_s, detail };
    vec![
        stage("listeners", !desk.ports.open.is_empty(), None, counted(desk.ports.open.len(), "port")),
        stage("ingest", readiness.ingest.ok, None, format!("{} in flight", traffic.in_flight)),
        stage(
            "journal",
            readiness.journal.ok,
            None,
            format!("{}, {queued} of {queue_max} queued", readiness.journal.state),
        ),
        stage(
            "fold",
            readiness.fold.ok,
            readiness.fold.lag_s,
            format!("{} behind", counted(readiness.fold.lag_inputs, "input")),
        ),
        stage("store", readiness.store.ok, None, readiness.store.kind.unwrap_or("not reached").to_owned()),
        outbox.stage(),
    ]
}

impl Outbox {
    /// Where nobody is to be told, what waits is no failure: it is there for a receiver to come.
    fn stage(&self) -> Stage {
        let oldest_s = if self.receiver { self.oldest_s.unwrap_or(0) } else { 0 };
        #[expect(
            clippy::as_conversions,
            clippy::cast_precision_loss,
            reason = "a wait needs no more than 52 bits"
        )]
        let waited_s = oldest_s as f64;
        let detail = if self.receiver {
            format!("{} pending, {} failed", self.pending, self.failed)
        } else {
            format!("no receiver is configured, {} wait", self.pending)
        };
        Stage {
            name: "outbox",
            ok: oldest_s <= OUTBOX_S_MAX,
            lag_s: self.receiver.then_some(waited_s),
            detail,
        }
    }
}

async fn outbox(desk: &Desk, store: &Store, now: Timestamp) -> Result<Outbox, Problem> {
    let counts: BTreeMap<String, i64> = store.outbox_counts().await?.into_iter().collect();
    let of = |state: store::OutboxState| counts.get(state.as_str()).copied().unwrap_or(0);
    let times = store.outbox_times().await?;
    Ok(Outbox {
        receiver: desk.has_receiver,
        pending: of(store::OutboxState::Pending),
        delivered: of(store::OutboxState::Delivered),
        failed: of(store::OutboxState::Dead),
        cancelled: of(store::OutboxState::Cancelled),
        oldest_s: times.oldest_due_at.map(|due| now.since(due)).filter(|ms| *ms >= 0).map(|ms| ms / 1_000),
        last_delivered_at: times.last_delivered_at,
    })
}

async fn journal(desk: &Desk) -> JournalView {
    let journal = &desk.health.journal;
    let (queued, queue_max) = journal.queue();
    // A journal that cannot say how large it is has said so in `stages`.
    let bytes = journal.size_bytes().await.unwrap_or(0);
    let max = journal.config().size_max_bytes;
    JournalView { bytes, max, size_alarm: journal.size_alarm(), queued, queue_max }
}

impl BookView {
    fn of(book: &BookRow, rule_set: &RuleSet, now: Timestamp) -> Self {
        Self {
            lender: book.lender.0.clone(),
            as_of: book.as_of,
            age_h: now.since(book.as_of).max(0) / HOUR_MS,
            stale: !rule_set.is_fresh(&book.lender, book.as_of, now),
            loans: book.loans,
            complete: book.complete,
        }
    }
}

async fn outages(store: &Store, since: Timestamp) -> Result<Vec<OutageView>, Problem> {
    let rows = store.outages().await?.into_iter();
    let recent = rows.filter(|row| row.until_ms.is_none() || row.since >= since);
    Ok(recent.rev().take(OUTAGES_MAX).map(OutageView::of).collect())
}

impl OutageView {
    fn of(row: OutageRow) -> Self {
        let name = row.group.to_string();
        let kind = match row.group {
            Group::Everyone => "everyone",
            Group::Carrier(_) => "carrier",
            Group::Cell { .. } => "cell",
            Group::Batch(_) => "batch",
        };
        Self {
            id: format!("{}-{name}", row.noticed_ms),
            kind,
            name,
            opened_at: row.since,
            // Its length is that of listening; the server's own downtime within it is not told.
            cleared_at: row.until_ms.map(|until_ms| row.since.plus(until_ms - row.from_ms)),
            devices: row.silent,
            of: row.of,
        }
    }
}

fn by_name(traffic: crate::ports::Traffic) -> BTreeMap<&'static str, u64> {
    BTreeMap::from([
        ("connections", traffic.connections),
        ("accepted", traffic.accepted),
        ("turned_away", traffic.turned_away),
        ("scanners", traffic.scanners),
        ("frames_in", traffic.frames_in),
        ("journalled", traffic.journalled),
        ("refused", traffic.refused),
        ("in_flight", traffic.in_flight),
        ("acks", traffic.acks),
        ("bad_checksums", traffic.bad_checksums),
        ("skipped_bytes", traffic.skipped_bytes),
    ])
}

/// Three numbers for a screen in the duty room.
#[derive(Debug, Serialize, ToSchema)]
struct Wall {
    /// Alerts that need somebody now and that nobody has taken.
    p1_unacked: i64,
    /// Live alerts that are in the way.
    open: i64,
    /// Terminals that are connected now.
    online: u64,
    #[schema(value_type = Option<String>, format = DateTime)]
    oldest_unacked_at: Option<Timestamp>,
    ready: bool,
    #[schema(value_type = String, format = DateTime)]
    as_of: Timestamp,
}

/// The wall board.
#[utoipa::path(get, path = "/wall", tag = "system", responses((status = 200, body = Wall)))]
async fn wall(State(desk): State<Desk>, caller: Caller) -> Result<Json<Wall>, Problem> {
    let (store, now) = (desk.store()?, desk.now());
    let me = [caller.user.0.as_str(), caller.name.as_str()];
    let counts = store.inbox_counts(&caller.scope, me, now).await?;
    Ok(Json(Wall {
        p1_unacked: counts.p1_unacknowledged,
        open: counts.open,
        online: desk.ports.traffic().terminals,
        oldest_unacked_at: counts.oldest_unacknowledged_at,
        ready: desk.health.readiness().ready,
        as_of: now,
    }))
}

const HOUR_MS: Millis = 3_600_000;
const WEEK_MS: Millis = 7 * 24 * HOUR_MS;
/// A receiver that is down is tried again within minutes; behind that somebody should look.
const OUTBOX_S_MAX: i64 = 300;
/// More is for the alerts' own list.
const OUTAGES_MAX: usize = 100;
