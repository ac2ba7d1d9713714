//! Where a vehicle usually is, and what it does there.
//!
//! Shape: the stays of eight weeks in, its places out, the one where it stands most first. Units: calendar days in the question's
//! zone, minutes of the day. Errors: none. Source: `domain.md` §9 (`Place`, `HabitProfile`); constants marked [P] are ours.

use super::{Clusters, Question, median};
use model::{Coordinates, Date, Millis, Stay, Timestamp};

/// What a vehicle usually does at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// Most of its nights.
    Home,
    /// Most of its working days, if that is not at home.
    Work,
    /// Something else.
    Other,
}

impl PlaceKind {
    /// The code in JSON and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Work => "work",
            Self::Other => "other",
        }
    }
}

/// A place of the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsualPlace {
    /// Where.
    pub place: Coordinates,
    /// What it does there.
    pub kind: PlaceKind,
    /// Of the time that it stood at all, percent.
    pub share_percent: u32,
    /// Nights that it stood here for more than half.
    pub nights: u32,
    /// Working days that it stood here for three hours between eight and six.
    pub working_days: u32,
    /// When it usually leaves, minutes of the day: the median of stays of three hours and more.
    pub leaves_minute: Option<u32>,
}

/// The places of the eight weeks before a moment.
pub(super) fn profile(question: &Question<'_>, clusters: &Clusters, until: Timestamp) -> Vec<UsualPlace> {
    let from = until.plus(-SPAN_MS);
    let clipped = |stay: &Stay| {
        let stay = Stay { from: stay.from.max(from), to: stay.to.min(until), ..*stay };
        (stay.span_ms() > 0).then_some(stay)
    };
    let of_place = |place: usize| clusters.at(place, question.stays).filter_map(clipped).collect::<Vec<_>>();
    let stays: Vec<(usize, Vec<Stay>)> = (0..clusters.len())
        .map(|place| (place, of_place(place)))
        .filter(|(_, stays)| !stays.is_empty())
        .collect();
    let dwell_ms = |stays: &[Stay]| stays.iter().map(Stay::span_ms).sum::<Millis>();
    let whole_ms = stays.iter().map(|(_, stays)| dwell_ms(stays)).sum::<Millis>().max(1);
    let mut usual: Vec<UsualPlace> = stays
        .iter()
        .filter_map(|(place, stays)| {
            Some(UsualPlace {
                place: clusters.centre(*place)?,
                kind: PlaceKind::Other,
                share_percent: u32::try_from(dwell_ms(stays) * 100 / whole_ms).unwrap_or(100),
                nights: count(question, stays, (0, NIGHT_MS), |_| true),
                working_days: count(question, stays, OFFICE_MS, is_working),
                leaves_minute: leaves_minute(question, stays, until),
            })
        })
        .collect();
    name(&mut usual);
    usual.sort_by_key(|place| std::cmp::Reverse((place.share_percent, place.nights, place.working_days)));
    usual.truncate(PLACES_MAX);
    usual
}

/// Home is where most nights are, work where most of the other working days are.
fn name(places: &mut [UsualPlace]) {
    let home = places.iter_mut().filter(|place| place.nights >= TIMES_MIN).max_by_key(|place| place.nights);
    if let Some(home) = home {
        home.kind = PlaceKind::Home;
    }
    let others = places.iter_mut().filter(|place| place.kind == PlaceKind::Other);
    if let Some(work) =
        others.filter(|place| place.working_days >= TIMES_MIN).max_by_key(|place| place.working_days)
    {
        work.kind = PlaceKind::Work;
    }
}

/// Days of which it stood here for three hours of a part.
fn count(
    question: &Question<'_>,
    stays: &[Stay],
    (begins_ms, ends_ms): (Millis, Millis),
    counts: impl Fn(Date) -> bool,
) -> u32 {
    let mut counted = std::collections::BTreeMap::<Timestamp, Millis>::new();
    for stay in stays {
        let (Some(mut date), Some(last)) = (stay.from.date_in(question.zone), stay.to.date_in(question.zone))
        else {
            continue;
        };
        while date <= last {
            if let Some(midnight) = date.start_in(question.zone).filter(|_| counts(date)) {
                let span_ms =
                    stay.to.min(midnight.plus(ends_ms)).since(stay.from.max(midnight.plus(begins_ms)));
                *counted.entry(midnight).or_default() += span_ms.max(0);
            }
            let Some(next) = date.plus_days(1) else { break };
            date = next;
        }
    }
    u32::try_from(counted.values().filter(|span_ms| **span_ms > LEAST_MS).count()).unwrap_or(u32::MAX)
}

fn is_working(date: Date) -> bool {
    Date::new(1970, 1, 5).is_some_and(|monday| date.days_since(monday).rem_euclid(7) < 5)
}

fn leaves_minute(question: &Question<'_>, stays: &[Stay], until: Timestamp) -> Option<u32> {
    let ended = stays.iter().filter(|stay| stay.span_ms() > LEAST_MS && stay.to < until);
    let mut minutes: Vec<Millis> = ended
        .filter_map(|stay| {
            Some(stay.to.since(stay.to.date_in(question.zone)?.start_in(question.zone)?) / 60_000)
        })
        .collect();
    if minutes.is_empty() { None } else { u32::try_from(median(&mut minutes)).ok() }
}

const HOUR_MS: Millis = 3_600_000;
/// 00 to 06, as in the rules.
const NIGHT_MS: Millis = 6 * HOUR_MS;
/// When people are at work [P].
const OFFICE_MS: (Millis, Millis) = (8 * HOUR_MS, 18 * HOUR_MS);
/// More than half a night; less of a working day is a visit [P].
const LEAST_MS: Millis = 3 * HOUR_MS;
/// Twice is chance [P].
const TIMES_MIN: u32 = 3;
/// Eight weeks: long enough for a holiday not to be a habit [P].
const SPAN_MS: Millis = 56 * 24 * HOUR_MS;
/// More nobody reads.
const PLACES_MAX: usize = 12;
