//! `lienwatch whereabouts`: where a vehicle probably is, and what that rests on. The audit line exists before the data is shown.

use crate::cli::Whereabouts as Args;
use crate::config::Config;
use crate::exit::Exit;
use crate::listing::{self, Output};
use crate::site::Site;
use watch::Stated;
use crate::stays::vehicle_of;
use crate::zone::Local;
use anyhow::Result;
use model::{Coordinates, Date, Stay, Timestamp, VehicleId};
use rules::{
    Compared, Frequented, FrozenProfile, Likely, Question, RuleSet, UsualPlace, VehicleState, Whereabouts,
};
use serde_json::{Value, json};
use store::{LoanRow, Stretch};

/// Prints where a vehicle probably is.
pub(crate) async fn whereabouts(config: &Config, args: Args) -> Result<Exit> {
    let site = Site::open(config).await?;
    site.catch_up().await?;
    let vehicle = vehicle_of(&site, &args.vehicle).await?;
    let now = site.journal.clock().now();
    let loans = site.store.loans().await?;
    let rule_set = site.rule_set().await?;
    let local = Local::of_vehicle(&loans, vehicle, &rule_set, now);
    let at = args.at.map_or(now, |at| local.read(at, now));
    site.witness(format!("whereabouts vehicle={vehicle} at={at}"), args.purpose).await?;
    let due = past_due_since(&loans, vehicle, &rule_set, now);
    // Of what may not be said to be past due nothing is shown that says so.
    let frozen = if due.is_some() { watch::frozen_profile(&site.store, vehicle).await? } else { None };
    let fell_behind = due.and_then(|due| due.plus_days(1)?.start_in(local.zone()));
    let before = before_arrears(fell_behind, frozen.as_ref());
    let stays = site.store.stays(vehicle, stretch(at, before)).await?;
    let told = rules::whereabouts(&Question { stays: &stays, at, zone: local.zone(), before });
    let seen = seen(watch::vehicle_state(&site.store, vehicle).await?.as_ref(), at);
    let is_of_before = frozen.as_ref().is_some_and(|frozen| before == Some(frozen.at));
    let about = About { vehicle, at, due, frozen, is_of_before, local: &local, stays: &stays, seen };
    match args.output {
        Output::Table => about.table(&told)?,
        Output::Json | Output::Ndjson | Output::Csv => {
            listing::json(&serde_json::to_string_pretty(&about.json(&told))?)?;
        }
    }
    if told.likely.is_empty() {
        eprintln!(
            "too few days to say ({} stays in fourteen weeks): it takes about two weeks of stays. `lienwatch positions` has the last \
             fixes, `lienwatch command send TERMINAL locate` asks for one",
            stays.len()
        );
    }
    site.close().await;
    Ok(Exit::Ok)
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

struct About<'a> {
    vehicle: VehicleId,
    at: Timestamp,
    due: Option<Date>,
    /// The profile from before the arrears, where they may be told.
    frozen: Option<FrozenProfile>,
    /// It was taken when the loan fell behind, not later.
    is_of_before: bool,
    local: &'a Local,
    stays: &'a [Stay],
    seen: Option<Seen>,
}

/// Where it was seen last, and since when it stands there, if it does: a stay that goes on is not stored yet.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Seen {
    place: Coordinates,
    at: Timestamp,
    stands_since: Option<Timestamp>,
}

impl About<'_> {
    fn table(&self, told: &Whereabouts) -> Result<()> {
        listing::line(&format!(
            "{}  {} {}",
            self.vehicle,
            format_args!("{} {}", self.local.civil(self.at, "%A"), self.local.say(self.at)),
            self.local.name()
        ))?;
        if let Some(Seen { place: there, at, stands_since }) = self.seen {
            let stands = stands_since
                .map_or_else(String::new, |since| format!("; stands there since {}", self.local.say(since)));
            listing::line(&format!("last seen  {} at {}{stands}", self.local.say(at), place(there)))?;
        }
        if let Some(last) = self.stays.last() {
            listing::line(&format!("last stay  {} until {}", place(last.place), self.local.say(last.to)))?;
        }
        let days = told.compared.map(|compared| self.days(compared)).unwrap_or_default();
        for likely in told.likely.iter().take(LIKELY_MAX) {
            listing::line(&self.likely(likely, &days))?;
        }
        let rate = told.hit_rate;
        if let (Some(share), Some((low, high))) = (rate.value(), rate.interval()) {
            listing::line(&format!(
                "hit rate   the first was right on {} of {} past days at this time: {} (95 %: {} to {})",
                rate.hits,
                rate.of,
                percent(share),
                percent(low),
                percent(high)
            ))?;
        }
        print_profile("usually now", &told.present)?;
        let (Some(due), frozen) = (self.due, self.frozen.as_ref()) else { return Ok(()) };
        let day = frozen.filter(|_| self.is_of_before).map(|frozen| self.local.civil(frozen.at, "%F"));
        match (day, frozen.and_then(|frozen| frozen.places.frequented().next())) {
            (Some(day), None) => {
                listing::line(&format!("\nprofile of {day}, frozen: no place was known by then"))
            }
            (Some(day), Some(_)) => print_profile(&format!("profile of {day}, frozen"), &told.before),
            (None, _) if told.before.is_empty() => listing::line(&format!(
                "\nusually until {due}, when it fell due: not known, it was not watched here by then"
            )),
            (None, _) => print_profile(&format!("usually until {due}, when it fell due"), &told.before),
        }
    }

    fn likely(&self, likely: &Likely, days: &str) -> String {
        let Likely { place: there, kind, percent, times, of, leaves_at } = *likely;
        format!(
            "probably   {} ({}): {percent} %, there on {times} of the last {of} {days}; then left about {}",
            place(there),
            kind.as_str(),
            self.local.civil(leaves_at, "%H:%M")
        )
    }

    fn json(&self, told: &Whereabouts) -> Value {
        let (low, high) = told.hit_rate.interval().unzip();
        json!({
            "vehicle": self.vehicle.to_string(),
            "at": self.at,
            "time_zone": self.local.name(),
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

    /// `Tuesdays`, or what was compared in their stead.
    fn days(&self, compared: Compared) -> String {
        match compared {
            Compared::SameWeekday => format!("{}s", self.local.civil(self.at, "%A")),
            Compared::WorkingDays => "working days".to_owned(),
            Compared::Weekends => "days of weekends".to_owned(),
        }
    }
}

fn print_profile(title: &str, places: &[UsualPlace]) -> Result<()> {
    if places.is_empty() {
        return Ok(());
    }
    listing::line(&format!("\n{title}:"))?;
    for usual in places.iter().take(PLACES_MAX) {
        let leaves = usual.leaves_minute.map(|minute| format!(", leaves about {}", clock(minute)));
        listing::line(&format!(
            "  {}  {:<5}  {:>3} % of its standing, {} nights, {} working days{}",
            place(usual.place),
            usual.kind.as_str(),
            usual.share_percent,
            usual.nights,
            usual.working_days,
            leaves.unwrap_or_default()
        ))?;
    }
    Ok(())
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

/// Degrees, to a metre.
fn place(at: Coordinates) -> String {
    format!("{:.5},{:.5}", at.lat(), at.lon())
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

const DAY_MS: i64 = 86_400_000;
/// Fourteen weeks, which the answer looks back on, and a day.
const DAYS_BACK: i64 = 99;
/// Eight weeks of a profile, and a day.
const PROFILE_DAYS: i64 = 57;
/// More nobody drives to.
const LIKELY_MAX: usize = 4;
const PLACES_MAX: usize = 6;

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
