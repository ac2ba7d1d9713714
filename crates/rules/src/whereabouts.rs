//! Where a vehicle probably is at a moment, by where it was at such moments before.
//!
//! Whoever drives there knows what it rests on: "11 of the last 14 Tuesdays". The last ones count more, since people move. How good
//! such an answer is stands beside it: each past day is answered from the other ones and held against where the vehicle was.
//!
//! Shape: a vehicle's stays, a moment and when its loan fell behind in, [`Whereabouts`] out; the same in, the same out. Units: calendar
//! days and times of day in the given zone. Errors: none; of too few days there is no answer.
//! Source: `domain.md` §4 (prediction), §9 (`HabitProfile`); constants marked [P] are ours.

mod clusters;
mod profile;

use crate::Share;
pub(crate) use clusters::Clusters;
use jiff::tz::TimeZone;
use model::{Coordinates, Date, Millis, Stay, Timestamp};
pub use profile::{PlaceKind, UsualPlace};

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The vehicle's stays, in their order.
    pub stays: &'a [Stay],
    /// Of which moment.
    pub at: Timestamp,
    /// In which zone its days are counted.
    pub zone: &'a TimeZone,
    /// When its profile was frozen or its loan fell behind, if something is past due.
    pub before: Option<Timestamp>,
}

/// What can be said.
#[derive(Debug, Clone, PartialEq)]
pub struct Whereabouts {
    /// The most probable place first; none where there are too few days.
    pub likely: Vec<Likely>,
    /// Which days were compared.
    pub compared: Option<Compared>,
    /// How often the first of them was right in the past.
    pub hit_rate: Share,
    /// Where it usually is at present.
    pub present: Vec<UsualPlace>,
    /// Where it usually was until something became past due; none where nothing is, or it was not watched then.
    pub before: Vec<UsualPlace>,
}

/// A place where it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Likely {
    /// Where.
    pub place: Coordinates,
    /// What it usually does there, at present.
    pub kind: PlaceKind,
    /// How probable that is, percent: the share of such days, of which the last ones count more.
    pub percent: u32,
    /// On so many of the compared days it stood there at that time.
    pub times: u32,
    /// The compared days.
    pub of: u32,
    /// When it then usually left: the median.
    pub leaves_at: Timestamp,
}

/// Which days were compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// The same day of the week.
    SameWeekday,
    /// Monday to Friday: of the day itself there are too few yet.
    WorkingDays,
    /// Saturday and Sunday.
    Weekends,
}

/// Answers a question.
pub fn whereabouts(question: &Question<'_>) -> Whereabouts {
    let clusters = Clusters::of(question.stays);
    let days = Days::of(question, &clusters);
    let present = profile::profile(question, &clusters, question.at);
    let until = question.before.map(|before| before.min(question.at));
    let before = until.map(|until| profile::profile(question, &clusters, until)).unwrap_or_default();
    let (compared, likely) = days.likely(days.today).unzip();
    let kind = |place: usize| {
        let centre = clusters.centre(place);
        present.iter().find(|usual| Some(usual.place) == centre).map_or(PlaceKind::Other, |usual| usual.kind)
    };
    let told = |guess: Guess| {
        let place = clusters.centre(guess.place)?;
        let Guess { percent, times, of, .. } = guess;
        let leaves_at = question.at.plus(guess.left_ms);
        Some(Likely { place, kind: kind(guess.place), percent, times, of, leaves_at })
    };
    let likely = likely.unwrap_or_default().into_iter().filter_map(told).collect();
    Whereabouts { likely, compared, hit_rate: days.hit_rate(), present, before }
}

/// Where it was at the same time of day on the days before, the newest first.
struct Days {
    /// Counted from a Monday.
    today: i32,
    days: Vec<Past>,
}

/// One day.
#[derive(Clone, Copy)]
struct Past {
    day: i32,
    /// The place, by its number, and how much longer it stayed; none where it was under way.
    at: Option<(usize, Millis)>,
}

/// A place, before it has its name.
struct Guess {
    place: usize,
    percent: u32,
    times: u32,
    of: u32,
    left_ms: Millis,
}

impl Days {
    fn of(question: &Question<'_>, clusters: &Clusters) -> Self {
        let Question { stays, at, zone, .. } = *question;
        let nothing = Self { today: 0, days: Vec::new() };
        let (Some(today), Some(monday)) = (at.date_in(zone), Date::new(1970, 1, 5)) else { return nothing };
        let Some(midnight) = today.start_in(zone) else { return nothing };
        let time_ms = at.since(midnight);
        let past = |ago: i32| {
            let date = today.plus_days(-ago)?;
            let moment = date.start_in(zone)?.plus(time_ms);
            // Before the first stay, and since the last one, nobody knows; a day on which nothing was heard says nothing.
            let (first, last) = (stays.first()?, stays.last()?);
            let is_watched = first.from <= moment && moment < last.to;
            let is_near =
                |stay: &Stay| stay.from < moment.plus(WATCHED_MS) && moment.plus(-WATCHED_MS) < stay.to;
            let near = || stays.iter().enumerate().filter(|(_, stay)| is_near(stay));
            near().next().filter(|_| is_watched)?;
            let held = near().find(|(_, stay)| stay.holds(moment));
            let at = held.and_then(|(number, stay)| Some((clusters.place(number)?, stay.to.since(moment))));
            Some(Past { day: date.days_since(monday), at })
        };
        Self { today: today.days_since(monday), days: (1..=DAYS_BACK).filter_map(past).collect() }
    }

    /// The places of a day's kind, the most probable first, by the days before it.
    fn likely(&self, day: i32) -> Option<(Compared, Vec<Guess>)> {
        let weekday = |day: i32| day.rem_euclid(7);
        let is_working = |day: i32| weekday(day) < 5;
        let mut others: Vec<Past> = self.days.iter().filter(|past| past.day < day).copied().collect();
        others.sort_by_key(|past| ((past.day - day).abs(), std::cmp::Reverse(past.day)));
        let of = |is_such: &dyn Fn(i32) -> bool, most: usize| -> Vec<Past> {
            others.iter().filter(|past| is_such(past.day)).take(most).copied().collect()
        };
        let same = of(&|other| weekday(other) == weekday(day), WEEKDAYS_MAX);
        if same.len() >= DAYS_MIN {
            return Some((Compared::SameWeekday, ranked(&same, WEEKDAYS_HALVED)));
        }
        let alike = of(&|other| is_working(other) == is_working(day), ALIKE_MAX);
        let class = if is_working(day) { Compared::WorkingDays } else { Compared::Weekends };
        (alike.len() >= DAYS_MIN).then(|| (class, ranked(&alike, ALIKE_HALVED)))
    }

    /// What came of it had each past day been asked on that day, when nobody knew what followed.
    fn hit_rate(&self) -> Share {
        let mut rate = Share::default();
        for past in self.days.iter().take(TESTED_MAX) {
            let Some((_, likely)) = self.likely(past.day) else { continue };
            let Some(first) = likely.first() else { continue };
            rate.add(past.at.is_some_and(|(place, _)| place == first.place));
        }
        rate
    }
}

/// Places by how often they occur, the nearest days counting more; of equals the one that was first known.
fn ranked(days: &[Past], halved: usize) -> Vec<Guess> {
    let of = u32::try_from(days.len()).unwrap_or(u32::MAX);
    let weights =
        (0..days.len()).map(|rank| WEIGHT.checked_shr(u32::try_from(rank / halved).unwrap_or(u32::MAX)));
    let weights: Vec<u32> = weights.map(Option::unwrap_or_default).collect();
    let whole = weights.iter().sum::<u32>().max(1);
    let mut seen = std::collections::BTreeMap::<usize, (u32, Vec<Millis>)>::new();
    for (past, weight) in days.iter().zip(weights) {
        let Some((place, left_ms)) = past.at else { continue };
        let (sum, left) = seen.entry(place).or_default();
        *sum += weight;
        left.push(left_ms);
    }
    let mut guesses: Vec<Guess> = seen
        .into_iter()
        .map(|(place, (sum, mut left))| {
            let times = u32::try_from(left.len()).unwrap_or(u32::MAX);
            Guess { place, percent: sum * 100 / whole, times, of, left_ms: median(&mut left) }
        })
        .collect();
    guesses.sort_by_key(|guess| (std::cmp::Reverse((guess.percent, guess.times)), guess.place));
    guesses
}

/// The middle one; of an even number the lower of both.
fn median(values: &mut [Millis]) -> Millis {
    values.sort_unstable();
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(0)
}

/// Days that are looked back on: fourteen weeks.
const DAYS_BACK: i32 = 98;
/// So many of one day of the week at most: who moved last year moved last year.
const WEEKDAYS_MAX: usize = 14;
/// So many working days, or days of weekends, at most.
const ALIKE_MAX: usize = 20;
/// Of a day's weight, those so many places further back have half: who moved three weeks ago has moved [P].
const WEEKDAYS_HALVED: usize = 3;
const ALIKE_HALVED: usize = 8;
/// Of the nearest days; it halves four times at the most.
const WEIGHT: u32 = 64;
/// A share of fewer days is chance [P].
const DAYS_MIN: usize = 4;
/// Days that are answered from the others: eight weeks.
const TESTED_MAX: usize = 56;
/// A day counts if it was seen to stand within half a day of the moment.
const WATCHED_MS: Millis = 12 * 3_600_000;
