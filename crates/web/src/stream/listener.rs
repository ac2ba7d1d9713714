//! One who listens.
//!
//! Shape: [`Listener::next`] gives one event after the other, each made when the one before it was taken: what waits for a slow reader
//! are two numbers. Every minute it is asked again whether they are still who they were; whoever is not is told `end`. Units: real
//! time. Errors: none; what goes wrong is an event.

use super::hub::{Changed, Place, WantsPositions};
use super::ring::Behind;
use super::seats::Seat;
use super::spots::Spot;
use super::topics::Topics;
use crate::alerts::Counts;
use crate::alerts::row::Sight;
use crate::authentication;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::problem::{Code, Problem};
use crate::rights::Right;
use crate::vehicles::row::Eyes;
use crate::vehicles::{rule_set, sight};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
use axum::response::sse::Event;
use model::{About, VehicleId};
use rules::RuleSet;
use serde::Serialize;
use serde_json::json;
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::sleep;

/// One who listens.
pub(super) struct Listener {
    desk: Desk,
    caller: Caller,
    topics: Topics,
    _seat: Seat,
    wants: Option<WantsPositions>,
    /// By what they were known.
    presented: (HeaderMap, Uri),
    rule_set: RuleSet,
    place: Place,
    /// Made, and not taken yet: one batch.
    ready: VecDeque<Event>,
    counts: Option<Counts>,
    /// Something changed since they were counted.
    is_uncounted: bool,
    health: String,
    is_over: bool,
    moved: watch::Receiver<u64>,
    devices: watch::Receiver<Option<i64>>,
    stopping: watch::Receiver<bool>,
    beats: Beats,
    /// Vehicles whose whereabouts were counted, and when.
    counted: BTreeMap<VehicleId, Instant>,
}

/// When things were last done.
struct Beats {
    checked: Option<Instant>,
    counted: Option<Instant>,
    positions: Option<Instant>,
    health: Option<Instant>,
}

impl Listener {
    pub(super) fn new(desk: Desk, caller: Caller, topics: Topics, (seat, parts): (Seat, &Parts)) -> Self {
        let said = parts.headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok());
        let last = said.map(str::to_owned).or_else(|| topics.last_event_id.clone());
        let (hub, head) = (desk.hub.clone(), desk.hub.head());
        let known = last.as_deref().map(|last| Place::of(last, &hub.epoch));
        let mut listener = Self {
            caller,
            wants: topics.positions.then(|| hub.want_positions()),
            topics,
            _seat: seat,
            presented: (parts.headers.clone(), parts.uri.clone()),
            rule_set: RuleSet::default(),
            place: known.flatten().unwrap_or(head),
            ready: VecDeque::new(),
            counts: None,
            is_uncounted: true,
            health: String::new(),
            is_over: false,
            moved: hub.moved(),
            devices: hub.devices(),
            stopping: hub.stopping(),
            beats: Beats { checked: None, counted: None, positions: None, health: None },
            counted: BTreeMap::new(),
            desk,
        };
        match known {
            Some(None) => listener.resync("another server"),
            // Nobody knows whether they changed while nobody listened.
            Some(Some(_)) if listener.topics.devices => {
                listener.push("device", &json!({ "version": null }), false);
            }
            Some(Some(_)) | None => {}
        }
        listener
    }

    /// The next event; `None` at the end.
    pub(super) async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.is_over || *self.stopping.borrow() {
                return None;
            }
            self.check_again().await;
            self.gather().await;
            if self.ready.is_empty() && !self.is_over {
                self.wait().await;
            }
        }
    }

    async fn gather(&mut self) {
        if self.topics.health && self.beats.health.is_none_or(|at| at.elapsed() >= HEALTH_EVERY) {
            self.tell_health();
        }
        if self.topics.alerts {
            self.tell_alerts();
            if self.is_uncounted && self.beats.counted.is_none_or(|at| at.elapsed() >= COUNTS_EVERY) {
                self.tell_counts().await;
            }
        }
        if self.topics.devices {
            self.tell_devices();
        }
        if self.topics.positions && self.beats.positions.is_none_or(|at| at.elapsed() >= POSITIONS_EVERY) {
            self.beats.positions = Some(Instant::now());
            self.tell_positions().await;
        }
    }

    /// That devices changed: whoever shows them reads them again.
    fn tell_devices(&mut self) {
        // Where the hub has gone the stream ends by itself.
        if !self.devices.has_changed().unwrap_or(false) {
            return;
        }
        let now = *self.devices.borrow_and_update();
        if let Some(version) = now {
            self.push("device", &json!({ "version": version }), false);
        }
    }

    /// Until something happens, or something is due by time.
    async fn wait(&mut self) {
        let due = |at: Option<Instant>, every: Duration| {
            at.map_or(Duration::ZERO, |at| every.saturating_sub(at.elapsed()))
        };
        let mut pause = due(self.beats.checked, CHECK_EVERY);
        if self.topics.health {
            pause = pause.min(due(self.beats.health, HEALTH_EVERY));
        }
        if self.topics.alerts && self.is_uncounted {
            pause = pause.min(due(self.beats.counted, COUNTS_EVERY));
        }
        if self.topics.positions {
            pause = pause.min(due(self.beats.positions, POSITIONS_EVERY));
        }
        tokio::select! {
            _ = self.moved.changed() => {}
            // Waiting takes the news; it is told by who gathers.
            _ = self.devices.changed(), if self.topics.devices => self.devices.mark_changed(),
            _ = self.stopping.changed() => {}
            () = sleep(pause.max(PAUSE_MIN)) => {}
        }
    }

    fn tell_alerts(&mut self) {
        match self.desk.hub.alerts_behind(self.place.alert, BATCH_MAX) {
            Behind::Gone => self.resync("too far behind"),
            Behind::These(changes) => {
                for (number, change) in changes {
                    self.place.alert = number;
                    self.is_uncounted = true;
                    self.tell_alert(&change);
                }
            }
        }
    }

    fn tell_alert(&mut self, change: &Changed) {
        let (alert, now) = (&change.inbox.alert, self.desk.now());
        let loans = alert.about.vehicle().map(|vehicle| (vehicle, change.loans.clone()));
        let eyes = Eyes { caller: &self.caller, rule_set: &self.rule_set, now };
        let row = Sight::with(eyes, loans.into_iter().collect()).row(&change.inbox);
        let raised_on = alert.explanation.loan.as_ref().map(|snapshot| &snapshot.loan.lender);
        let was_theirs = raised_on.is_some() && self.caller.scope.holds(raised_on, change.inbox.plate());
        match (row, &alert.about) {
            (Some(row), _) => self.push("alert", &row, true),
            // Theirs once, and not any more: a settled loan ends what they may know.
            (None, About::Vehicle(_)) if was_theirs => self.push("gone", &json!({ "id": alert.id }), true),
            (None, _) => {}
        }
    }

    async fn tell_counts(&mut self) {
        self.beats.counted = Some(Instant::now());
        self.is_uncounted = false;
        let Ok(counts) = Counts::of(&self.desk, &self.caller).await else { return };
        if self.counts.as_ref().is_none_or(|before| !before.says_the_same(&counts)) {
            self.push("counts", &counts, true);
        }
        self.counts = Some(counts);
    }

    fn tell_health(&mut self) {
        self.beats.health = Some(Instant::now());
        let readiness = self.desk.health.readiness();
        let (applied_at, as_of) = (self.desk.health.applied.borrow().at, self.desk.now());
        let said =
            json!({ "ready": readiness.ready, "parts": readiness, "applied_at": applied_at, "as_of": as_of });
        self.push("health", &said, false);
        self.health = said.to_string();
    }

    async fn tell_positions(&mut self) {
        let Some(spots) = self.desk.hub.spots_behind(self.place.position, BATCH_MAX) else {
            self.resync("too far behind");
            return;
        };
        let Some((last, _)) = spots.last() else { return };
        let last = *last;
        let now = self.desk.now();
        let theirs = |spot: &&Spot| {
            spot.record.seen.is_some_and(|(_, place)| self.topics.holds(place))
                && sight::sees(&self.caller, spot.record.plate(), &spot.loans, now)
        };
        let spots: Vec<&Spot> = spots.iter().map(|(_, spot)| &**spot).filter(theirs).collect();
        let uncounted: Vec<VehicleId> = spots
            .iter()
            .map(|spot| spot.record.vehicle)
            .filter(|vehicle| self.is_new_to_them(*vehicle))
            .collect();
        let eyes = Eyes { caller: &self.caller, rule_set: &self.rule_set, now };
        let row = |spot: &&Spot| {
            let headings = BTreeMap::from([(spot.heading.0, spot.heading.1)]);
            spot.dot().row(&eyes, &headings, self.topics.datum)
        };
        let rows: Vec<_> = spots.iter().filter_map(row).collect();
        if let Err(problem) = self.count(uncounted).await {
            self.push("problem", &json!({ "code": problem.code.as_str(), "detail": problem.detail }), false);
            (self.topics.positions, self.wants) = (false, None);
            return;
        }
        self.place.position = last;
        let (before, after) = rows.split_at(rows.len().saturating_sub(1));
        for row in before {
            self.push("position", row, false);
        }
        // The last one says that all of them were told.
        for row in after {
            self.push("position", row, true);
        }
    }

    /// Whether it was not counted in the last hour that somebody sees where this vehicle is.
    fn is_new_to_them(&self, vehicle: VehicleId) -> bool {
        self.counted.get(&vehicle).is_none_or(|at| at.elapsed() >= COUNTED_FOR)
    }

    /// Counts and writes down that somebody sees where vehicles are, before they do.
    async fn count(&mut self, vehicles: Vec<VehicleId>) -> Result<(), Problem> {
        if vehicles.is_empty() {
            return Ok(());
        }
        let count = u32::try_from(vehicles.len()).unwrap_or(u32::MAX);
        let subject = match vehicles.as_slice() {
            [one] => format!("stream vehicle={one}"),
            many => format!("stream {} vehicles", many.len()),
        };
        self.desk.reads(&self.caller, &subject, count).await?;
        let now = Instant::now();
        self.counted.retain(|_, at| at.elapsed() < COUNTED_FOR);
        self.counted.extend(vehicles.into_iter().map(|vehicle| (vehicle, now)));
        Ok(())
    }

    /// Whether they are still who they were, with the rights that they had.
    async fn check_again(&mut self) {
        if self.beats.checked.is_some_and(|at| at.elapsed() < CHECK_EVERY) {
            return;
        }
        self.beats.checked = Some(Instant::now());
        let (headers, uri) = &self.presented;
        match authentication::look_again(&self.desk, headers, uri).await {
            Ok(caller) => {
                self.topics.alerts &= caller.has(Right::AlertsRead);
                self.topics.devices &= caller.has(Right::DevicesRead);
                if self.topics.positions && !caller.has(Right::TracksRead) {
                    (self.topics.positions, self.wants) = (false, None);
                }
                if caller.scope != self.caller.scope || caller.role != self.caller.role {
                    // What they have on the screen may not be theirs any more.
                    self.resync("other rights");
                }
                self.caller = caller;
            }
            Err(problem) if problem.code == Code::StoreDown => {}
            Err(problem) => {
                self.push("end", &json!({ "code": problem.code.as_str() }), false);
                self.is_over = true;
            }
        }
        if let Ok(store) = self.desk.store()
            && let Ok(rule_set) = rule_set(&store).await
        {
            self.rule_set = rule_set;
        }
    }

    /// Everything is to be read again; it goes on from now.
    fn resync(&mut self, reason: &str) {
        self.place = self.desk.hub.head();
        self.is_uncounted = true;
        self.push("resync", &json!({ "reason": reason }), true);
    }

    fn push(&mut self, name: &str, said: &impl Serialize, is_place: bool) {
        let Ok(event) = Event::default().event(name).json_data(said) else { return };
        let event = if is_place { event.id(self.place.id(&self.desk.hub.epoch)) } else { event };
        self.ready.push_back(event);
    }
}

const LAST_EVENT_ID: &str = "last-event-id";
/// A revoked session ends its streams within this.
const CHECK_EVERY: Duration = Duration::from_mins(1);
/// Badges are not read faster.
const COUNTS_EVERY: Duration = Duration::from_secs(2);
const POSITIONS_EVERY: Duration = Duration::from_secs(1);
/// So that a screen knows how old it is.
const HEALTH_EVERY: Duration = Duration::from_secs(15);
/// A map that shows a vehicle all the time has shown it once an hour.
const COUNTED_FOR: Duration = Duration::from_hours(1);
/// Events that are made at once.
const BATCH_MAX: usize = 500;
/// What is due at once is not waited for in a loop.
const PAUSE_MIN: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests;
