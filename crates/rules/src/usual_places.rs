//! Where a vehicle usually stands.
//!
//! A handful of places with what was measured of each; which of them are habitual is a matter of the rule set's thresholds. Of the
//! hours of the week is kept how long a stay lasts that begins then, 16 bytes a place; on how many such days it stood there is
//! counted from the stored stays when somebody asks (`whereabouts`).
//!
//! Kept apart from the state: a stay ends a few times a day, and most reports ask for none of this.
//!
//! Shape: each stay that ends steps it; the judge reads it from its facts. Units: nautical days, six minutes of dwell, quarters of an hour. Errors: none.
//! Source: `domain.md` §3b DWELL_UNKNOWN, HABIT_BREAK, HABIT_REPLACED, RECOVERY_WINDOW; constants marked [P] are ours.

mod former;
mod lengths;

use crate::belief::RADIUS_M;
use crate::geometry::{distance_m, mean_with};
use crate::local_time::{DAY_MS, NIGHT_MS, awake_ms, day, night_ms, starts_at};
use crate::rule_set::HabitThresholds;
pub use former::FormerUsualPlaces;
use lengths::Lengths;
use model::finding::NightPlace;
use model::{Coordinates, Millis, Stay, Timestamp};
use serde::{Deserialize, Serialize};

/// The places, and how much of the last days the vehicle stood anywhere.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct UsualPlaces {
    /// The end of the last stay.
    pub(crate) until: Timestamp,
    /// Its day, the newest of the windows.
    day: i32,
    /// At any place, forgotten ones too.
    dwell: Window,
    known: Vec<Known>,
}

/// One place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Known {
    pub(crate) centre: Coordinates,
    /// The day of the first stay.
    pub(crate) first_day: i32,
    /// The end of the last stay.
    pub(crate) last_at: Timestamp,
    /// Stays, as far as they move the centre.
    stays: u8,
    /// Nights that it stood here for more than half.
    pub(crate) nights: u16,
    /// The day of the last of them, if there is one.
    last_night: i32,
    /// Days that it stood here for an hour, apart from their nights.
    pub(crate) days: u16,
    /// The last of them.
    counted_day: i32,
    pub(crate) dwell: Window,
    /// How long it stays when it comes at such a time of the week.
    lengths: Lengths,
}

/// A place where a vehicle has stood, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frequented {
    /// Where.
    pub place: Coordinates,
    /// Nights that it stood there for more than half.
    pub nights: u16,
    /// Days that it stood there for an hour.
    pub days: u16,
    /// The end of its last stay.
    pub last_at: Timestamp,
}

/// Dwell on each of the last ten days, the newest first, in [`UNIT_MS`].
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Window([u8; DAYS]);

impl UsualPlaces {
    /// Of the serialized form; the one before it is [`FormerUsualPlaces`].
    pub const FORMAT: u16 = 2;

    /// Steps by a stay of the vehicle, in the order in which they end.
    pub fn on_stay(&mut self, stay: &Stay) {
        let today = day(stay.to, stay.place);
        self.pass_to(today);
        self.until = self.until.max(stay.to);
        let index = self.index_of(stay);
        let Some(known) = self.known.get_mut(index) else { return };
        let first = day(stay.from, stay.place).max(today.saturating_sub(DAYS_TOLD_MAX));
        for told in first..=today {
            let from = stay.from.max(starts_at(told, stay.place));
            let to = stay.to.min(starts_at(told + 1, stay.place));
            let ago = usize::try_from(self.day.saturating_sub(told)).unwrap_or(0);
            self.dwell.add(ago, to.since(from));
            known.dwell.add(ago, to.since(from));
            known.count(told, stay);
        }
        known.lengths.learn(stay.from, stay.place, stay.span_ms());
        known.last_at = known.last_at.max(stay.to);
    }

    /// The places, in the order in which they became known.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Known> {
        self.known.iter()
    }

    /// Dwell at any place in the window.
    pub(crate) fn dwell_ms(&self) -> Millis {
        self.dwell.ms()
    }

    /// The day of the last stay's end.
    pub(crate) const fn newest_day(&self) -> i32 {
        self.day
    }

    /// The places as people are told of them, those of most nights first.
    pub fn frequented(&self) -> impl Iterator<Item = Frequented> {
        let mut places: Vec<Frequented> = self.iter().map(Known::frequented).collect();
        places.sort_by_key(|place| std::cmp::Reverse((place.nights, place.days, place.last_at)));
        places.into_iter()
    }

    /// Where it usually stands at night: most of its nights, of the places where it did lately.
    pub fn night_place(&self) -> Option<NightPlace> {
        let is_lately = |known: &&Known| {
            self.day.saturating_sub(known.last_night) <= LATELY_DAYS && known.nights >= NIGHTS_MIN
        };
        let most = self.iter().filter(is_lately).max_by_key(|known| (known.nights, known.last_at))?;
        let Known { centre: place, nights, last_night, .. } = *most;
        // The morning on which the night ended, where the place is.
        let until = starts_at(last_night, place).plus(NIGHT_MS);
        Some(NightPlace { place, nights: nights.into(), until })
    }

    fn pass_to(&mut self, today: i32) {
        let passed = usize::try_from(today.saturating_sub(self.day)).unwrap_or(0);
        self.dwell.pass(passed);
        self.known.iter_mut().for_each(|known| known.dwell.pass(passed));
        self.day = self.day.max(today);
    }

    /// The place of a stay; a new one takes the room of that which is least of a habit.
    fn index_of(&mut self, stay: &Stay) -> usize {
        let near = self.known.iter().enumerate().filter(|(_, known)| known.reaches(stay.place));
        if let Some((index, _)) = near.min_by_key(|(_, known)| known.distance_m(stay.place)) {
            if let Some(known) = self.known.get_mut(index)
                && known.stays < CENTRE_STAYS
            {
                known.stays += 1;
                known.centre = mean_with(known.centre, stay.place, known.stays.into());
            }
            return index;
        }
        if self.known.len() >= PLACES_MAX {
            let (today, places) = (self.day, self.known.iter().enumerate());
            let least = places.min_by_key(|(_, known)| known.establishment(today)).map(|(index, _)| index);
            self.known.remove(least.unwrap_or(0));
        }
        self.known.push(Known::of(stay));
        self.known.len() - 1
    }
}

impl Known {
    fn of(stay: &Stay) -> Self {
        let first_day = day(stay.from, stay.place);
        Self {
            centre: stay.place,
            first_day,
            last_at: stay.to,
            stays: 1,
            nights: 0,
            last_night: first_day,
            days: 0,
            counted_day: first_day.saturating_sub(1),
            dwell: Window::default(),
            lengths: Lengths::default(),
        }
    }

    const fn frequented(&self) -> Frequented {
        let Self { centre: place, nights, days, last_at, .. } = *self;
        Frequented { place, nights, days, last_at }
    }

    /// Until when it usually stays, having come at `since`; `None` where it never came at such a time.
    pub(crate) fn leaves_at(&self, since: Timestamp) -> Option<Timestamp> {
        self.lengths.span_ms(since, self.centre).map(|span_ms| since.plus(span_ms))
    }

    pub(crate) fn distance_m(&self, place: Coordinates) -> u32 {
        distance_m(self.centre, place)
    }

    /// A vehicle that stands there stands here. Most places are out of reach by their latitude already, which costs no great circle.
    pub(crate) fn reaches(&self, place: Coordinates) -> bool {
        self.centre.lat_e7().abs_diff(place.lat_e7()) <= REACH_E7 && self.distance_m(place) <= RADIUS_M
    }

    /// It has become a habit.
    pub(crate) fn is_habitual(&self, set: &HabitThresholds) -> bool {
        u32::from(self.nights) >= set.nights_min || u32::from(self.days) >= set.days_min
    }

    fn count(&mut self, told: i32, stay: &Stay) {
        if night_ms(told, stay.place, stay.from, stay.to) > NIGHT_MS_MIN {
            (self.last_night, self.nights) = (told, self.nights.saturating_add(1));
        }
        if told > self.counted_day && awake_ms(told, stay.place, stay.from, stay.to) >= AWAKE_MS_MIN {
            (self.counted_day, self.days) = (told, self.days.saturating_add(1));
        }
    }

    /// How much of a habit it is: one that was left for good is none.
    fn establishment(&self, today: i32) -> (bool, u16, Timestamp) {
        let is_in_use = today.saturating_sub(day(self.last_at, self.centre)) <= DISUSE_DAYS;
        (is_in_use, self.nights.max(self.days), self.last_at)
    }
}

impl Window {
    fn add(&mut self, ago: usize, span_ms: Millis) {
        let units = u8::try_from(span_ms.max(0) / UNIT_MS).unwrap_or(u8::MAX);
        if let Some(day) = self.0.get_mut(ago) {
            *day = day.saturating_add(units);
        }
    }

    fn pass(&mut self, days: usize) {
        let days = days.min(DAYS);
        self.0.rotate_right(days);
        self.0.iter_mut().take(days).for_each(|day| *day = 0);
    }

    pub(crate) fn ms(&self) -> Millis {
        self.0.iter().map(|units| Millis::from(*units) * UNIT_MS).sum()
    }
}

/// Home, work, and some others [P].
const PLACES_MAX: usize = 8;
/// A little more than the radius, in 1e-7 degrees of latitude.
const REACH_E7: u32 = RADIUS_M * 100;
/// Of the taxonomy's ten days.
const DAYS: usize = 10;
/// Six minutes: 240 a day fit a byte.
const UNIT_MS: Millis = DAY_MS / 240;
/// Then the centre stays: a mean that follows for ever would go with whoever moves slowly.
const CENTRE_STAYS: u8 = 16;
/// More than half a night: no night is counted twice.
const NIGHT_MS_MIN: Millis = 3 * 3_600_000;
/// Who slept elsewhere for longer has moved, or the place is one of before [P].
const LATELY_DAYS: i32 = 14;
/// Twice is chance [P].
const NIGHTS_MIN: u16 = 3;
/// Less is an errand [P].
const AWAKE_MS_MIN: Millis = 3_600_000;
/// Not visited for so long, a place is the first to be forgotten [P].
const DISUSE_DAYS: i32 = 60;
/// The days of a stay that are counted one by one, its last ones: the longest clock fault shall not cost more.
const DAYS_TOLD_MAX: i32 = 366;

#[cfg(test)]
mod tests {
    use super::*;

    fn stay(day: i64, from_h: i64, to_h: i64, north_m: i64) -> Stay {
        let place = Coordinates::from_e7(225_000_000 + north_m * 90, 1_140_000_000).unwrap();
        // The place is eight hours east.
        let at = |hour: i64| Timestamp::from_ms((20_000 + day) * DAY_MS + (hour - 8) * 3_600_000);
        Stay { place, from: at(from_h), to: at(to_h) }
    }

    #[test]
    fn nights_and_days_are_counted_once_each() {
        let mut places = UsualPlaces::default();
        for number in 0..5 {
            places.on_stay(&stay(number, 19, 32, 0));
            places.on_stay(&stay(number + 1, 9, 12, 5_000));
            places.on_stay(&stay(number + 1, 13, 18, 5_000));
        }
        let counted: Vec<_> = places.iter().map(|known| (known.nights, known.days)).collect();
        // The last morning at home is a day of its own.
        assert_eq!(counted, [(5, 6), (0, 5)]);
    }

    #[test]
    fn dwell_is_of_the_last_ten_days() {
        let mut places = UsualPlaces::default();
        places.on_stay(&stay(0, 0, 24, 0));
        places.on_stay(&stay(9, 0, 12, 5_000));
        let shares = |places: &UsualPlaces| places.iter().map(|known| known.dwell.ms()).collect::<Vec<_>>();
        assert_eq!((shares(&places), places.dwell_ms()), (vec![DAY_MS, DAY_MS / 2], DAY_MS * 3 / 2));
        places.on_stay(&stay(10, 0, 12, 5_000));
        assert_eq!((shares(&places), places.dwell_ms()), (vec![0, DAY_MS], DAY_MS));
    }

    #[test]
    fn the_least_of_a_habit_is_forgotten_first() {
        let mut places = UsualPlaces::default();
        for number in 0..3 {
            places.on_stay(&stay(number, 19, 32, 0));
        }
        for number in 1..20 {
            places.on_stay(&stay(4, 10, 12, number * 5_000));
        }
        assert_eq!(places.iter().count(), PLACES_MAX);
        let has = |north_m: i64| places.iter().any(|known| known.reaches(stay(0, 0, 1, north_m).place));
        assert_eq!(
            [has(0), has(5_000), has(95_000)],
            [true, false, true],
            "home, the first errand, the last one"
        );
    }

    #[test]
    fn how_long_it_stays_goes_by_when_it_came() {
        let mut places = UsualPlaces::default();
        for number in 0..4 {
            places.on_stay(&stay(number, 19, 31, 0));
            places.on_stay(&stay(number + 1, 12, 13, 0));
        }
        let home = places.iter().next().unwrap();
        let usual = |from: i64| {
            let since = stay(9, from, from, 0).from;
            home.leaves_at(since).map(|at| at.since(since) / 3_600_000)
        };
        assert_eq!([usual(19), usual(13), usual(8)], [Some(12), Some(1), None]);
        places.on_stay(&stay(5, 20, 22, 0));
        let home = places.iter().next().unwrap();
        let since = stay(9, 19, 19, 0).from;
        assert_eq!(home.leaves_at(since), Some(since.plus(7 * 3_600_000)), "half of what was shorter");
    }

    #[test]
    fn the_night_place_is_that_of_most_nights_where_it_lately_slept() {
        let mut places = UsualPlaces::default();
        for number in 0..20 {
            places.on_stay(&stay(number, 9, 18, 5_000));
            places.on_stay(&stay(number, 19, 32, 0));
        }
        let north = |places: &UsualPlaces| {
            places.night_place().map(|night| (i64::from(night.place.lat_e7()) - 225_000_000) / 90)
        };
        assert_eq!(north(&places), Some(0));
        assert_eq!(places.night_place().map(|night| night.until), Some(stay(20, 6, 6, 0).from));
        // It moves, and comes back for two hours now and then.
        for number in 20..34 {
            places.on_stay(&stay(number, 10, 12, 0));
            places.on_stay(&stay(number, 19, 32, 9_000));
        }
        assert_eq!(north(&places), Some(0), "twenty nights, the last one a fortnight ago");
        places.on_stay(&stay(34, 19, 32, 9_000));
        assert_eq!(north(&places), Some(9_000));
        assert_eq!(UsualPlaces::default().night_place(), None);
    }

    #[test]
    fn what_was_written_before_goes_on_with_all_that_was_learned() {
        let home = stay(0, 0, 0, 0).place;
        let (last_at, dwell) = (stay(5, 8, 8, 0).from, [40_u8; DAYS]);
        let known = (home, 20_000, last_at, 4_u8, 12_u16, 3_u16, 20_004, dwell, [0, 0, 0, 0, 0, 0, 52, 0_u8]);
        let bytes = postcard::to_allocvec(&(last_at, 20_005, dwell, vec![known])).unwrap();
        let places = UsualPlaces::from(postcard::from_bytes::<FormerUsualPlaces>(&bytes).unwrap());
        let home = places.iter().next().unwrap();
        assert_eq!((home.nights, home.days, home.dwell.ms()), (12, 3, 4 * 10 * 3_600_000));
        let since = stay(9, 19, 19, 0).from;
        assert_eq!(home.leaves_at(since), Some(since.plus(13 * 3_600_000)), "on any day of the week");
        assert_eq!(places.night_place().map(|night| night.nights), Some(12));
    }

    #[test]
    fn the_places_of_a_commuting_car_take_a_hundred_bytes() {
        let mut places = UsualPlaces::default();
        for number in 0..60 {
            places.on_stay(&stay(number, 9, 18, 5_000));
            places.on_stay(&stay(number, 19, 32, 0));
        }
        let bytes = postcard::to_allocvec(&places).unwrap().len();
        assert!(bytes <= 120, "{bytes}");
    }
}
