//! How a parked vehicle is seen to leave, and what is not taken for leaving.
//!
//! A parked receiver scatters 20 to 200 m around the truth, jumps by 500 m and comes back, and reports a speed while
//! doing so, under a bad sky for hours and once a minute. A departure therefore needs several of the last fixes beyond the
//! threshold *and* a sign of driving: speed, a path that leads away, ignition, a distance no drift has, or half an hour
//! without coming back. A device that says the ignition is off speaks against it, and must show more: the speed at which
//! a car is towed, or a path that never comes back.
//!
//! Shape: believed fixes in, [`Verdict`] out. Units: metres, device time. Errors: none.
//! Source: `domain.md` §3b OVERDUE_MOVED, §8 (parked drift); constants marked [P] are ours.

use super::{Seen, Stop};
use crate::geometry::{distance_m, mean_with};
use model::alert::Rejection;
use model::{Coordinates, Millis, Timestamp};
use serde::{Deserialize, Serialize};

/// A vehicle that stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Parked {
    /// Where.
    pub(crate) stop: Stop,
    /// First fix beyond the threshold since the last one within.
    away_since: Option<Timestamp>,
    /// The last believed fixes, as long as one of them is beyond the threshold.
    recent: Vec<Seen>,
    /// The last fixes that were not believed.
    rejected: Vec<(Seen, Rejection)>,
}

/// How a vehicle left its parking place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Departure {
    pub(crate) anchor: Coordinates,
    pub(crate) parked_since: Timestamp,
    pub(crate) left_at: Timestamp,
    pub(crate) threshold_m: u32,
    pub(crate) distance_m: u32,
    pub(crate) speed_max_tenths_kmh: u16,
    /// The fixes that prove it.
    pub(crate) used: Vec<Seen>,
    pub(crate) rejected: Vec<(Seen, Rejection)>,
}

/// What a believed fix makes of a parked vehicle.
pub(super) enum Verdict {
    /// It still stands.
    Stands(Parked),
    /// It left.
    Left(Box<Departure>),
}

impl Parked {
    pub(super) const fn at(stop: Stop) -> Self {
        Self { stop, away_since: None, recent: Vec::new(), rejected: Vec::new() }
    }

    pub(super) fn on_fix(mut self, seen: Seen) -> Verdict {
        self.rejected.retain(|(rejected, _)| explains(seen.fix_time, rejected));
        if !self.is_beyond(&seen) {
            self.away_since = None;
            self.recent.retain(|earlier| explains(seen.fix_time, earlier));
            if self.fixes_away() == 0 {
                self.recent.clear();
                self.stop.take(&seen);
                return Verdict::Stands(self);
            }
            self.stop.last_at = self.stop.last_at.max(seen.fix_time);
            self.remember(seen);
            return Verdict::Stands(self);
        }
        let away_since = *self.away_since.get_or_insert(seen.fix_time);
        self.remember(seen);
        let beyond: Vec<Seen> = self.recent.iter().copied().filter(|seen| self.is_beyond(seen)).collect();
        if self.drives() {
            return Verdict::Left(Box::new(self.departure(beyond, away_since)));
        }
        if beyond.len() < RECENT_MAX || seen.fix_time.since(away_since) < AWAY_MS_MIN {
            return Verdict::Stands(self);
        }
        if self.stop.is_firm() {
            return Verdict::Left(Box::new(self.departure(beyond, away_since)));
        }
        // The anchor rests on few fixes and half an hour of later ones refutes it: it was wrong, nothing left.
        Verdict::Stands(Self::at(self.stop_elsewhere(&beyond, away_since)))
    }

    pub(super) fn reject(&mut self, seen: Seen, reason: Rejection) {
        push_bounded(&mut self.rejected, (seen, reason), REJECTED_MAX);
    }

    pub(super) fn forget(&mut self, slot: u8) {
        self.recent.retain(|seen| seen.slot != slot);
        self.rejected.retain(|(seen, _)| seen.slot != slot);
    }

    /// How many of the last fixes are beyond the threshold.
    pub(crate) fn fixes_away(&self) -> usize {
        self.recent.iter().filter(|seen| self.is_beyond(seen)).count()
    }

    /// The last fix is beyond the threshold.
    pub(super) fn is_seen_away(&self) -> bool {
        self.recent.last().is_some_and(|seen| self.is_beyond(seen))
    }

    fn is_beyond(&self, seen: &Seen) -> bool {
        distance_m(self.stop.centre, seen.place) > seen.threshold_m()
    }

    fn remember(&mut self, seen: Seen) {
        push_bounded(&mut self.recent, seen, RECENT_MAX);
        if self.fixes_away() == 0 {
            self.recent.clear();
        }
    }

    /// Whether the fixes beyond the threshold show driving.
    fn drives(&self) -> bool {
        let outside = self.outside();
        if let [first, .., last] = outside
            && distance_m(first.place, last.place) >= UNDER_POWER_M
        {
            let fast = outside.iter().filter(|seen| seen.is_under_power()).count();
            let ignition_on = outside.iter().filter(|seen| seen.ignition == Some(true)).count();
            if fast >= 2 || ignition_on >= 2 {
                return true;
            }
        }
        // A car that stands with its ignition off is at one place, not at another one with each fix.
        let is_hop = |seen: &Seen| {
            let near = outside.iter().filter(|other| distance_m(other.place, seen.place) <= DRIFT_M_MAX);
            seen.ignition == Some(false) && seen.speed_tenths_kmh == Some(0) && near.count() < 2
        };
        let far = |seen: &Seen| {
            distance_m(self.stop.centre, seen.place) > DRIFT_M_MAX.max(seen.threshold_m()) && !is_hop(seen)
        };
        if outside.iter().filter(|seen| far(seen)).count() >= PATH_FIXES {
            return true;
        }
        // Whoever told the last fix: another device of the car may have no ignition line.
        let mut beyond = self.recent.iter().filter(|seen| self.is_beyond(seen));
        let is_off = beyond.any(|seen| seen.ignition == Some(false));
        if is_off { self.has_long_path(outside) } else { self.has_short_path() }
    }

    /// The last fixes, since the newest one within the threshold.
    fn outside(&self) -> &[Seen] {
        let returned = self.recent.iter().rposition(|seen| !self.is_beyond(seen));
        self.recent.get(returned.map_or(0, |index| index + 1)..).unwrap_or_default()
    }

    /// All fixes since the car was at its anchor lead away: five of them, or three over half an hour.
    fn has_long_path(&self, outside: &[Seen]) -> bool {
        let [first, .., last] = outside else { return false };
        let lasts = outside.len() >= PATH_FIXES && last.fix_time.since(first.fix_time) >= AWAY_MS_MIN;
        (lasts || outside.len() >= RECENT_MAX) && self.leads_away(outside)
    }

    /// Since the third last fix beyond the threshold the fixes lead away.
    fn has_short_path(&self) -> bool {
        let beyond = self.recent.iter().enumerate().rev().filter(|(_, seen)| self.is_beyond(seen));
        let third_last = beyond.take(PATH_FIXES).nth(PATH_FIXES - 1);
        third_last
            .is_some_and(|(third_last, _)| self.leads_away(self.recent.get(third_last..).unwrap_or_default()))
    }

    /// The fixes lead away from the anchor, rather than scatter around it or jump out and come back: what they gain in
    /// distance is most of what they travel.
    fn leads_away(&self, path: &[Seen]) -> bool {
        let [first, .., last] = path else { return false };
        let from_anchor = |seen: &Seen| distance_m(self.stop.centre, seen.place);
        let gained_m = from_anchor(last).saturating_sub(from_anchor(first));
        let steps = path.iter().zip(path.iter().skip(1));
        let travelled_m: u32 = steps.map(|(from, to)| distance_m(from.place, to.place)).sum();
        gained_m >= PATH_M_MIN && gained_m >= travelled_m / 2
    }

    fn departure(self, used: Vec<Seen>, away_since: Timestamp) -> Departure {
        let left_at = used.iter().map(|seen| seen.fix_time).fold(away_since, Timestamp::min);
        let from_anchor = |seen: &Seen| distance_m(self.stop.centre, seen.place);
        let drift = self.recent.iter().filter(|seen| !self.is_beyond(seen) && seen.fix_time >= left_at);
        let mut rejected: Vec<(Seen, Rejection)> =
            self.rejected.iter().filter(|(seen, _)| explains(left_at, seen)).copied().collect();
        for seen in drift {
            push_bounded(&mut rejected, (*seen, Rejection::Drift), REJECTED_MAX);
        }
        Departure {
            anchor: self.stop.centre,
            parked_since: self.stop.since,
            left_at,
            threshold_m: used.iter().map(Seen::threshold_m).max().unwrap_or(0),
            distance_m: used.iter().map(from_anchor).max().unwrap_or(0),
            speed_max_tenths_kmh: used.iter().filter_map(|seen| seen.speed_tenths_kmh).max().unwrap_or(0),
            used,
            rejected,
        }
    }

    fn stop_elsewhere(&self, beyond: &[Seen], away_since: Timestamp) -> Stop {
        let (mut centre, mut fixes) = (self.stop.centre, 0);
        for seen in beyond {
            fixes += 1;
            centre = mean_with(centre, seen.place, fixes);
        }
        let last = beyond.last().map_or(self.stop.last, |seen| seen.place);
        let last_at = beyond.last().map_or(self.stop.last_at, |seen| seen.fix_time);
        Stop { centre, since: away_since, last, last_at, fixes }
    }
}

impl Departure {
    pub(super) fn forget(&mut self, slot: u8) {
        self.used.retain(|seen| seen.slot != slot);
        self.rejected.retain(|(seen, _)| seen.slot != slot);
    }
}

/// Near enough in time to say something of what is seen now.
fn explains(now: Timestamp, earlier: &Seen) -> bool {
    now.since(earlier.fix_time).saturating_abs() <= LOOK_BACK_MS
}

/// Adds to the end; the oldest makes room.
fn push_bounded<T>(list: &mut Vec<T>, item: T, max: usize) {
    if list.len() >= max {
        list.drain(..=list.len() - max);
    }
    list.push(item);
}

/// N of the taxonomy's M-of-N.
const RECENT_MAX: usize = 5;
/// M of the taxonomy.
const PATH_FIXES: usize = 3;
/// As many as the fixes used: the explanation is read by people.
const REJECTED_MAX: usize = 5;
/// Fixes older than this before a departure do not explain it, and before a fix at the anchor are no path that goes on [P].
const LOOK_BACK_MS: Millis = 30 * 60_000;
/// Half the radius: a path gains it in three fixes even at walking pace [P].
const PATH_M_MIN: u32 = 100;
/// No drift was found beyond hundreds of metres [E:47]; five radii [P].
const DRIFT_M_MAX: u32 = 5 * crate::belief::RADIUS_M;
/// Speed and ignition count only between fixes this far apart: one reflection seen twice is no drive [P].
const UNDER_POWER_M: u32 = 50;
/// A reflection does not stay away this long [P].
const AWAY_MS_MIN: Millis = 30 * 60_000;
