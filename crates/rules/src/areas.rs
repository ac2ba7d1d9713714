//! Which places a vehicle is in, since when, and which it left.
//!
//! ```text
//! outside --inside, twice in a row--> here     here --further out than its error and the buffer explain--> past
//! ```
//! A parked vehicle is where its parking place is, however its fixes scatter: it enters and leaves nothing. Shape: believed
//! fixes step it. Units: metres, device time. Errors: none. Source: `domain.md` §3b, §8; constants marked [P] are ours.

use crate::Places;
use crate::geometry::distance_m;
use crate::motion::SLEEP_MS_MIN;
use crate::places::Held;
use model::{Coordinates, Millis, PlaceId, PlaceKind, Timestamp, VehicleId};
use serde::{Deserialize, Serialize};

/// What surrounds a vehicle.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The places that are watched.
    pub places: &'a Places,
    /// The vehicle; none where a terminal is on none yet.
    pub vehicle: Option<VehicleId>,
}

/// Places that a vehicle is in, and was in.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Areas {
    /// Everything but regions.
    pub(crate) grounds: Visits,
    pub(crate) regions: Option<Regions>,
}

/// Regions that a vehicle is in. Their borders are long: it is looked again only when it has moved on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Regions {
    /// Where it was looked last.
    looked: Coordinates,
    /// Where it belongs: of each level the region that it was in first.
    pub(crate) home: Vec<PlaceId>,
    pub(crate) visits: Visits,
}

/// Visits to places, in the order in which they began or ended.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Visits {
    here: Vec<Visit>,
    past: Vec<Past>,
}

/// A stay in a place.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Visit {
    pub(crate) place: PlaceId,
    /// First fix inside.
    pub(crate) since: Timestamp,
    /// The last one.
    pub(crate) last_at: Timestamp,
    /// So many in a row.
    pub(crate) fixes: u16,
    /// How far inside the deepest was.
    pub(crate) deepest_m: u32,
    /// It stood there.
    pub(crate) stood: bool,
}

/// A visit that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Past {
    pub(crate) visit: Visit,
    /// First fix outside.
    pub(crate) left_at: Timestamp,
}

/// Where a vehicle is, as its places see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sight {
    pub(crate) at: Timestamp,
    /// The parking place of a vehicle that stands.
    pub(crate) point: Coordinates,
    pub(crate) accuracy_m: u32,
    pub(crate) pace: Pace,
}

/// What a vehicle does where it is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// By its speed it is under way, wherever it is taken to have stood until now.
    Drives,
    /// Slow, where it does not stand as far as is known.
    Slow,
    /// At its parking place.
    Stands,
}

/// What a fix says of a visit.
enum Word {
    Inside(u32),
    Between,
    Outside,
}

impl Areas {
    /// Steps by a believed fix. Gives nothing to keep where there is nothing: most vehicles are in no place.
    pub(crate) fn step(
        areas: Option<Box<Self>>,
        sight: &Sight,
        around: &Surroundings<'_>,
    ) -> Option<Box<Self>> {
        let mut found = around.places.grounds_around(sight.point);
        found.retain(|held| held.may_concern(around.vehicle));
        if areas.is_none() && found.is_empty() && !around.places.has_regions() {
            return None;
        }
        let mut areas = areas.unwrap_or_default();
        areas.grounds.step(&found, sight, around.places);
        areas.regions = Regions::step(areas.regions.take(), sight, around);
        (*areas != Self::default()).then_some(areas)
    }

    /// Whether any of some places matters to it.
    pub(crate) fn mentions(&self, is_one: impl Fn(PlaceId) -> bool) -> bool {
        let regions = self.regions.iter();
        let regions = regions.flat_map(|regions| regions.visits.places().chain(regions.home.iter().copied()));
        self.grounds.places().chain(regions).any(is_one)
    }
}

impl Regions {
    fn step(regions: Option<Self>, sight: &Sight, around: &Surroundings<'_>) -> Option<Self> {
        if !around.places.has_regions() {
            return None;
        }
        let looked = sight.point;
        let mut regions = match regions {
            Some(mut regions) if distance_m(regions.looked, looked) < LOOK_AGAIN_M => {
                regions.visits.go_on(sight);
                return Some(regions);
            }
            Some(regions) => Self { looked, ..regions },
            None => Self { looked, home: Vec::new(), visits: Visits::default() },
        };
        let mut found = around.places.regions_around(sight.point);
        found.retain(|held| held.may_concern(around.vehicle));
        regions.visits.step(&found, sight, around.places);
        regions.settle(around.places);
        Some(regions)
    }

    /// The first region of each level is where it belongs.
    fn settle(&mut self, places: &Places) {
        let kind = |id: PlaceId| places.place(id).map(|place| place.kind);
        self.home.retain(|home| kind(*home).is_some());
        let mut levels: Vec<PlaceKind> = self.home.iter().filter_map(|home| kind(*home)).collect();
        for visit in &self.visits.here {
            if let Some(level) = kind(visit.place).filter(|level| !levels.contains(level)) {
                levels.push(level);
                self.home.push(visit.place);
            }
        }
    }
}

impl Visits {
    /// Visits under way that are no single fix.
    pub(crate) fn here(&self) -> impl DoubleEndedIterator<Item = &Visit> {
        self.here.iter().filter(|visit| visit.fixes >= ENTRY_FIXES)
    }

    /// The visit under way of a place.
    pub(crate) fn at(&self, place: PlaceId) -> Option<&Visit> {
        self.here().find(|visit| visit.place == place)
    }

    /// Visits that have ended, the newest first.
    pub(crate) fn past(&self) -> impl Iterator<Item = &Past> {
        self.past.iter().rev()
    }

    /// Those of a place.
    pub(crate) fn past_of(&self, place: PlaceId) -> impl Iterator<Item = &Past> {
        self.past().filter(move |past| past.visit.place == place)
    }

    /// When a visit began, where an absence shorter than `gap_ms` is none.
    pub(crate) fn begun(&self, visit: &Visit, gap_ms: Millis) -> Timestamp {
        let mut begun = visit.since;
        for past in self.past_of(visit.place) {
            if begun.since(past.left_at) >= gap_ms {
                break;
            }
            begun = past.visit.since;
        }
        begun
    }

    /// When a place was left, where a presence shorter than `gap_ms` is none.
    pub(crate) fn left(&self, place: PlaceId, gap_ms: Millis) -> Option<&Past> {
        let mut found: Option<&Past> = None;
        for past in self.past_of(place) {
            if found.is_some_and(|later| later.left_at.since(later.visit.since) >= gap_ms) {
                break;
            }
            found = Some(past);
        }
        found
    }

    fn places(&self) -> impl Iterator<Item = PlaceId> {
        let here = self.here.iter().map(|visit| visit.place);
        here.chain(self.past.iter().map(|past| past.visit.place))
    }

    /// Another fix of where it was looked before.
    fn go_on(&mut self, sight: &Sight) {
        for visit in &mut self.here {
            visit.take(sight, 0);
        }
    }

    fn step(&mut self, found: &[&Held], sight: &Sight, places: &Places) {
        let left_at = self.past.last().map(|past| past.left_at);
        for visit in std::mem::take(&mut self.here) {
            let Some(held) = places.held(visit.place) else { continue };
            self.go_on_with(visit, &word(held, sight), sight);
        }
        for held in found {
            let is_new =
                self.here.len() < HERE_MAX && !self.here.iter().any(|visit| visit.place == held.place.id);
            if let Word::Inside(depth_m) = word(held, sight)
                && is_new
            {
                self.here.push(Visit::begun(held.place.id, sight, depth_m));
            }
        }
        if self.past.last().map(|past| past.left_at) != left_at {
            self.forget(sight.at, places);
        }
    }

    /// Drops what nothing rests on any more. A visit that goes on may have begun with one that ended.
    fn forget(&mut self, now: Timestamp, places: &Places) {
        let is_in = |place: PlaceId| self.here.iter().any(|visit| visit.place == place);
        self.past.retain(|past| is_in(past.visit.place) || !past.is_idle(now, places));
    }

    fn go_on_with(&mut self, mut visit: Visit, word: &Word, sight: &Sight) {
        match word {
            Word::Inside(depth_m) => {
                visit.take(sight, *depth_m);
                self.here.push(visit);
            }
            // Seen once, and not again: it was none.
            Word::Between | Word::Outside if visit.fixes < ENTRY_FIXES => {}
            Word::Between => self.here.push(visit),
            Word::Outside => self.leave(Past { visit, left_at: sight.at }),
        }
    }

    /// Keeps what has ended. Two visits with hardly a gap are one: else a walk along a border would drive out all others.
    fn leave(&mut self, mut ended: Past) {
        let place = ended.visit.place;
        let before = self.past.iter().rposition(|past| past.visit.place == place);
        let merged = before.filter(|index| {
            let before = self.past.get(*index);
            before.is_some_and(|before| ended.visit.since.since(before.left_at) < SAME_VISIT_MS)
        });
        if let Some(before) = merged.map(|index| self.past.remove(index)) {
            ended.visit = before.visit.joined(&ended.visit);
        }
        let of_place = |past: &Past| past.visit.place == place;
        if self.past.iter().filter(|past| of_place(past)).count() >= PAST_OF_PLACE_MAX
            && let Some(oldest) = self.past.iter().position(of_place)
        {
            self.past.remove(oldest);
        }
        if self.past.len() >= PAST_MAX {
            self.past.remove(0);
        }
        self.past.push(ended);
    }
}

impl Past {
    /// It drove through a place in which only standing counts, and not just now.
    fn is_idle(&self, now: Timestamp, places: &Places) -> bool {
        let stays_count = places.place(self.visit.place).is_none_or(|place| match place.kind {
            PlaceKind::BlackPoint | PlaceKind::TowLot | PlaceKind::Dealer => true,
            PlaceKind::Fence(_) | PlaceKind::Region(_) | PlaceKind::RepairShop => false,
        });
        stays_count && !self.visit.stood && now.since(self.left_at) >= PASSED_MS
    }
}

impl Visit {
    const fn begun(place: PlaceId, sight: &Sight, depth_m: u32) -> Self {
        let Sight { at, pace, .. } = *sight;
        let stood = matches!(pace, Pace::Stands);
        Self { place, since: at, last_at: at, fixes: 1, deepest_m: depth_m, stood }
    }

    fn take(&mut self, sight: &Sight, depth_m: u32) {
        // Lost here under way and found here under way: where it was meanwhile nobody knows.
        let was_lost = sight.at.since(self.last_at) >= SLEEP_MS_MIN;
        if was_lost && !self.stood && sight.pace == Pace::Drives {
            self.since = sight.at;
        }
        self.last_at = self.last_at.max(sight.at);
        self.fixes = self.fixes.saturating_add(1);
        self.deepest_m = self.deepest_m.max(depth_m);
        self.stood |= sight.pace == Pace::Stands;
    }

    fn joined(&self, later: &Self) -> Self {
        Self {
            fixes: self.fixes.saturating_add(later.fixes),
            deepest_m: self.deepest_m.max(later.deepest_m),
            last_at: later.last_at,
            stood: self.stood || later.stood,
            ..*self
        }
    }
}

fn word(held: &Held, sight: &Sight) -> Word {
    let distance_m = held.distance_m(sight.point);
    match () {
        () if held.holds(distance_m, sight.accuracy_m) => Word::Inside(distance_m.min(0).unsigned_abs()),
        () if held.is_left(distance_m, sight.accuracy_m) => Word::Outside,
        () => Word::Between,
    }
}

/// One fix inside is drift, or a corner that was cut [taxonomy].
const ENTRY_FIXES: u16 = 2;
/// A place that is left for less was not left [P].
const SAME_VISIT_MS: Millis = 10 * 60_000;
/// A fence, a lot and a black point in each other; more say nothing more [P].
const HERE_MAX: usize = 8;
/// A fortnight of places [P].
const PAST_MAX: usize = 16;
/// Enough to count three stays with one that was none between them [P].
const PAST_OF_PLACE_MAX: usize = 4;
/// Longer than any absence that a rule set may call none (`SPAN_MIN_MAX`) [P].
const PASSED_MS: Millis = 2 * 86_400_000;
/// Borders of regions are looked at again after this [P].
const LOOK_AGAIN_M: u32 = 1_000;
