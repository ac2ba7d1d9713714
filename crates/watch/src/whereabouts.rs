//! Where a vehicle probably is, by what is stored of it, and what that rests on.
//!
//! Shape: a vehicle, a moment and what is known of its loans in, a [`Whereabout`] out, for people or as JSON. Units: WGS-84 degrees,
//! UTC; days are counted in the given zone. Errors: those of the store. What may not be said to be past due is not said.

use crate::{Stated, WatchError};
use jiff::tz::TimeZone;
use model::{Coordinates, Date, Stay, Timestamp, VehicleId};
use rules::{Frequented, FrozenProfile, Likely, Question, RuleSet, UsualPlace, VehicleState, Whereabouts};
use serde_json::{Value, json};
use store::{LoanRow, Store, Stretch};

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct WhereaboutsQuery<'a> {
    /// Of which vehicle.
    pub vehicle: VehicleId,
    /// Of which moment.
    pub at: Timestamp,
    /// What is the time.
    pub now: Timestamp,
    /// In which zone its days are counted.
    pub zone: &'a TimeZone,
    /// Loans, those on the vehicle among them.
    pub loans: &'a [LoanRow],
    /// By which rules something is past due.
    pub rule_set: &'a RuleSet,
}

/// What can be said of where a vehicle is.
#[derive(Debug)]
pub struct Whereabout {
    /// The vehicle.
    pub vehicle: VehicleId,
    /// The moment.
    pub at: Timestamp,
    /// The zone in which its days are counted.
    pub zone: TimeZone,
    /// The oldest due date of what is past due, where that may be said.
    pub due: Option<Date>,
    /// The profile from before the arrears, where they may be told.
    pub frozen: Option<FrozenProfile>,
    /// It was taken when the loan fell behind, not later.
    pub is_of_before: bool,
    /// What it rests on.
    pub stays: Vec<Stay>,
    /// Its newest position by then.
    pub seen: Option<Seen>,
    /// What follows.
    pub told: Whereabouts,
}

/// Where it was seen last, and since when it stands there, if it does: a stay that goes on is not stored yet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// Where.
    pub place: Coordinates,
    /// When.
    pub at: Timestamp,
    /// Since when it stands there.
    pub stands_since: Option<Timestamp>,
}

/// Answers from the store.
pub async fn whereabouts(store: &Store, query: &WhereaboutsQuery<'_>) -> Result<Whereabout, WatchError> {
    let WhereaboutsQuery { vehicle, at, now, zone, loans, rule_set } = *query;
    let due = past_due_since(loans, vehicle, rule_set, now);
    // Of what may not be said to be past due nothing is shown that says so.
    let frozen = if due.is_some() { crate::frozen_profile(store, vehicle).await? } else { None };
    let fell_behind = due.and_then(|due| due.plus_days(1)?.start_in(zone));
    let before = before_arrears(fell_behind, frozen.as_ref());
    let stays = store.stays(vehicle, stretch(at, before)).await?;
    let told = rules::whereabouts(&Question { stays: &stays, at, zone, before });
    let seen = seen(crate::vehicle_state(store, vehicle).await?.as_ref(), at);
    let is_of_before = frozen.as_ref().is_some_and(|frozen| before == Some(frozen.at));
    Ok(Whereabout { vehicle, at, zone: zone.clone(), due, frozen, is_of_before, stays, seen, told })
}

impl Whereabout {
    /// The same as JSON.
    pub fn json(&self) -> Value {
        let told = &self.told;
        let (low, high) = told.hit_rate.interval().unzip();
        json!({
            "vehicle": self.vehicle.to_string(),
            "at": self.at,
            "time_zone": self.zone.iana_name().unwrap_or("UTC"),
            "seen": self.seen.map(|seen| json!({
                "lat": seen.place.lat(), "lon": seen.place.lon(), "at": seen.at, "stands_since": seen.stands_since,
            })),
            "stays": self.stays.len(),
            "compared": told.compared,
            "likely": told.likely.iter().map(likely_json).collect::<Vec<_>>(),
            "hit_rate": { "right": told.hit_rate.hits, "n": told.hit_rate.of, "value": told.hit_rate.value(), "from": low, "to": high },
            "present": told.present.iter().map(usual_json).collect::<Vec<_>>(),
            "due": self.due,
            "frozen": self.frozen.as_ref().map(frozen_json),
            "before_past_due": told.before.iter().map(usual_json).collect::<Vec<_>>(),
        })
    }
}

/// The oldest due date of what is past due on a vehicle, where that may be said.
fn past_due_since(loans: &[LoanRow], vehicle: VehicleId, rule_set: &RuleSet, now: Timestamp) -> Option<Date> {
    let ours = loans.iter().filter(|row| row.vehicle == vehicle);
    let said = ours.filter(|row| Stated::of(row, rule_set, now).past_due().is_some());
    said.filter_map(|row| row.loan.oldest_unpaid_due).min()
}

/// The end of what shows how the car lived before: a profile taken within the arrears, because the loan was not known here before, or
/// its car, says nothing of that. One that was taken with earlier arrears, part of which were paid since, does.
fn before_arrears(fell_behind: Option<Timestamp>, frozen: Option<&FrozenProfile>) -> Option<Timestamp> {
    let looked_late = |frozen: &FrozenProfile| fell_behind.is_some_and(|fell| frozen.at.since(fell) > DAY_MS);
    let frozen_at = frozen.filter(|frozen| !looked_late(frozen)).map(|frozen| frozen.at);
    frozen_at.or(fell_behind)
}

/// The newest position, unless it is of later than what is asked.
fn seen(state: Option<&VehicleState>, at: Timestamp) -> Option<Seen> {
    let state = state?;
    let (place, seen_at) = state.last_place().filter(|(_, seen_at)| *seen_at <= at)?;
    Some(Seen { place, at: seen_at, stands_since: state.parked_since() })
}

/// What the answer looks back on, and the weeks before the loan fell behind.
fn stretch(at: Timestamp, before: Option<Timestamp>) -> Stretch {
    let back = at.plus(-DAYS_BACK * DAY_MS);
    let before = before.map(|before| before.plus(-PROFILE_DAYS * DAY_MS));
    Stretch { from: before.map_or(back, |before| before.min(back)), to: at }
}

fn likely_json(likely: &Likely) -> Value {
    let Likely { place, kind, percent, times, of, leaves_at } = likely;
    let probability = f64::from(*percent) / 100.0;
    json!({
        "lat": place.lat(), "lon": place.lon(), "kind": kind, "times": times, "of": of, "probability": probability,
        "leaves_at": leaves_at,
    })
}

fn usual_json(usual: &UsualPlace) -> Value {
    let UsualPlace { place, kind, share_percent, nights, working_days, leaves_minute } = usual;
    json!({
        "lat": place.lat(), "lon": place.lon(), "kind": kind, "share_percent": share_percent, "nights": nights,
        "working_days": working_days, "leaves": leaves_minute.map(clock),
    })
}

/// As the rules of habits have it.
fn frozen_json(frozen: &FrozenProfile) -> Value {
    let place = |known: Frequented| {
        let Frequented { place, nights, days, last_at } = known;
        json!({ "lat": place.lat(), "lon": place.lon(), "nights": nights, "days": days, "last_at": last_at })
    };
    json!({ "at": frozen.at, "places": frozen.places.frequented().map(place).collect::<Vec<_>>() })
}

fn clock(minute: u32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

const DAY_MS: i64 = 86_400_000;
/// Fourteen weeks, which the answer looks back on, and a day.
const DAYS_BACK: i64 = 99;
/// Eight weeks of a profile, and a day.
const PROFILE_DAYS: i64 = 57;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_taken_within_the_arrears_does_not_show_how_the_car_lived_before() {
        let fell_behind = Timestamp::parse("2026-11-10T16:00:00Z").unwrap();
        let frozen_at =
            |days| FrozenProfile { at: fell_behind.plus(days * DAY_MS), ..FrozenProfile::default() };
        let before = |days| before_arrears(Some(fell_behind), Some(&frozen_at(days)));
        assert_eq!(before(1), Some(fell_behind.plus(DAY_MS)), "with the first look of that day");
        assert_eq!(before(5), Some(fell_behind), "the book came in late");
        assert_eq!(before(-30), Some(fell_behind.plus(-30 * DAY_MS)), "part of it was paid since");
        assert_eq!(before_arrears(Some(fell_behind), None), Some(fell_behind));
    }
}
