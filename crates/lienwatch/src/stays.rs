//! `lienwatch stays`: where a vehicle stood; and the places where vehicles past due come together. The audit line exists before
//! the data is shown.

use crate::cli::{Mine, Stays, StaysCommand};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::listing;
use crate::site::Site;
use crate::zone::Local;
use anyhow::Result;
use model::unit::counted;
use model::{Coordinates, Stay, Timestamp, VehicleId};
use rules::{RuleSet, Tracked, VehicleState};
use std::collections::BTreeMap;
use store::{LoanRow, Stretch};
use watch::Stated;

/// Does what is asked of stays.
pub(crate) async fn stays(config: &Config, args: Stays) -> Result<Exit> {
    let site = Site::open(config).await?;
    match (&args.command, &args.vehicle) {
        (Some(StaysCommand::Mine(mine)), _) => self::mine(&site, mine).await?,
        (None, vehicle) => list(&site, vehicle.as_deref().unwrap_or_default(), &args).await?,
    }
    site.close().await;
    Ok(Exit::Ok)
}

/// The vehicle behind a plate or VIN.
pub(crate) async fn vehicle_of(site: &Site, name: &str) -> Result<VehicleId> {
    let name = VehicleId::parse(name).map_err(|error| Failure::error(Exit::Usage, error.to_string()))?;
    let vehicle = site.store.vehicle_of(name).await?;
    vehicle.ok_or_else(|| Failure::error(Exit::NotFound, format!("no binding and no loan book has {name}")))
}

#[derive(Debug, PartialEq, serde::Serialize)]
struct Line {
    from: String,
    /// A program gets null while it goes on, a person words.
    to: Option<String>,
    hours: f64,
    lat: f64,
    lon: f64,
}

impl Line {
    fn of(stay: &Stay, shown: impl Fn(Timestamp) -> String) -> Self {
        #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "tenths of hours, for people")]
        let hours = (stay.span_ms() / 360_000) as f64 / 10.0;
        Self {
            from: shown(stay.from),
            to: Some(shown(stay.to)),
            hours,
            lat: stay.place.lat(),
            lon: stay.place.lon(),
        }
    }

    /// One that goes on, with its hours so far.
    fn going_on(now: Standing, output: listing::Output, shown: impl Fn(Timestamp) -> String) -> Self {
        let Standing { place, since, now } = now;
        let line = Self::of(&Stay { place, from: since, to: now.max(since) }, shown);
        match output {
            listing::Output::Table => {
                Self { from: format!("since {}", line.from), to: Some("still there".to_owned()), ..line }
            }
            listing::Output::Json | listing::Output::Ndjson | listing::Output::Csv => {
                Self { to: None, ..line }
            }
        }
    }
}

/// A stay that goes on: it is stored when it has ended.
#[derive(Debug, Clone, Copy)]
struct Standing {
    place: Coordinates,
    since: Timestamp,
    now: Timestamp,
}

impl Standing {
    /// The one of a vehicle, if it began before `until`, as at the desk.
    fn of(state: Option<&VehicleState>, until: Timestamp, now: Timestamp) -> Option<Self> {
        let (place, since) = state.and_then(VehicleState::stands).filter(|(_, since)| *since < until)?;
        Some(Self { place, since, now })
    }
}

async fn list(site: &Site, name: &str, args: &Stays) -> Result<()> {
    site.catch_up().await?;
    let vehicle = vehicle_of(site, name).await?;
    let now = site.journal.clock().now();
    let local = Local::of_vehicle(&site.store.loans().await?, vehicle, &site.rule_set().await?, now);
    let (from, to) = (args.from.map(|from| local.read(from, now)), args.to.map(|to| local.read(to, now)));
    let told = |at: Option<Timestamp>| at.map_or("-".into(), |at| at.to_string());
    let subject = format!("stays vehicle={vehicle} from={} to={}", told(from), told(to));
    site.witness_in(Some(&local), subject, args.purpose.clone()).await?;
    let stretch = Stretch {
        from: from.unwrap_or(Timestamp::from_ms(i64::MIN)),
        to: to.unwrap_or(Timestamp::from_ms(i64::MAX)),
    };
    let stays = site.store.stays(vehicle, stretch).await?;
    let state = watch::vehicle_state(&site.store, vehicle).await?;
    let goes_on = Standing::of(state.as_ref(), stretch.to, now);
    if stays.is_empty() && goes_on.is_none() {
        eprintln!("no stays like that; one is told from 20 minutes on");
        if args.output == listing::Output::Table {
            return Ok(());
        }
    }
    let shown = |at| local.say_in(args.output, at);
    let ended = stays.iter().map(|stay| Line::of(stay, shown));
    let last = goes_on.map(|now| Line::going_on(now, args.output, shown));
    let lines: Vec<Line> = ended.chain(last).collect();
    listing::write(args.output, &["from", "to", "hours", "lat", "lon"], &lines)?;
    let seen = state.as_ref().and_then(VehicleState::last_place).filter(|_| goes_on.is_some());
    if let Some((_, seen_at)) = seen.filter(|_| args.output == listing::Output::Table) {
        eprintln!("still there by its last fix, at {}", local.say(seen_at));
    }
    Ok(())
}

async fn mine(site: &Site, args: &Mine) -> Result<()> {
    site.catch_up().await?;
    site.witness(format!("stays mine days={}", args.days), args.purpose.clone()).await?;
    let now = site.journal.clock().now();
    let mut fleet = BTreeMap::<VehicleId, Tracked>::new();
    let read = site.store.all_stays(now.plus(-i64::from(args.days) * DAY_MS), |page| {
        for row in page {
            fleet.entry(row.vehicle).or_default().stays.push(row.stay);
        }
        if fleet.values().map(|tracked| tracked.stays.len()).sum::<usize>() > STAYS_MAX {
            Err(())
        } else {
            Ok(())
        }
    });
    if read.await?.is_err() {
        let message = format!("more than {STAYS_MAX} stays: narrow it with --days");
        return Err(Failure::error(Exit::Usage, message));
    }
    let rule_set = site.rule_set().await?;
    for loan in site.store.loans().await? {
        if let Some(tracked) = fleet.get_mut(&loan.vehicle) {
            let since = past_due_since(&loan, &rule_set, now);
            tracked.past_due_since = [tracked.past_due_since, since].into_iter().flatten().min();
        }
    }
    let fleet: Vec<Tracked> = fleet.into_values().collect();
    let candidates = rules::mine(&fleet, &rule_set);
    listing::json(&serde_json::to_string_pretty(&::places::candidates_as_geojson(&candidates))?)?;
    eprintln!(
        "{} out of the stays of {}: none is watched until somebody who has looked at it on a map confirms \
         it (lienwatch places import FILE --by NAME)",
        counted(candidates.len(), "candidate"),
        counted(fleet.len(), "vehicle")
    );
    Ok(())
}

/// The day after the oldest unpaid due date, where something is past due that may be stated.
fn past_due_since(row: &LoanRow, rule_set: &RuleSet, now: Timestamp) -> Option<Timestamp> {
    Stated::of(row, rule_set, now).past_due()?;
    row.loan.oldest_unpaid_due?.plus_days(1)?.start_in(row.loan.zone())
}

const DAY_MS: i64 = 86_400_000;
/// Stays that are mined at once: ten thousand vehicles' quarter of a year, 200 MB.
const STAYS_MAX: usize = 5_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use listing::Output;

    #[test]
    fn a_stay_that_goes_on_says_so_to_people_and_has_no_end_for_programs() {
        let place = Coordinates::from_degrees(22.5, 114.0).unwrap();
        let at = |hour: i64| Timestamp::from_ms(hour * 3_600_000);
        let standing = Standing { place, since: at(3), now: at(8) };
        let line = |output| Line::going_on(standing, output, |at| at.ms().to_string());
        let people = line(Output::Table);
        assert_eq!((people.from.as_str(), people.to.as_deref()), ("since 10800000", Some("still there")));
        assert_eq!((line(Output::Json).from.as_str(), line(Output::Json).to), ("10800000", None));
        assert!((people.hours - 5.0).abs() < f64::EPSILON);
    }
}
