//! `lienwatch whereabouts`: where a vehicle probably is, and what that rests on. The audit line exists before the data is shown.

use crate::cli::Whereabouts as Args;
use crate::config::Config;
use crate::exit::Exit;
use crate::listing::{self, Output};
use crate::site::Site;
use crate::stays::vehicle_of;
use crate::zone::Local;
use anyhow::Result;
use model::Coordinates;
use model::unit::counted;
use rules::{Compared, Likely, UsualPlace};
use watch::{Seen, Whereabout, WhereaboutsQuery};

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
    let subject = format!("whereabouts vehicle={vehicle} at={at}");
    site.witness_in(Some(&local), subject, args.purpose).await?;
    let query = WhereaboutsQuery { vehicle, at, now, zone: local.zone(), loans: &loans, rule_set: &rule_set };
    let found = watch::whereabouts(&site.store, &query).await?;
    match args.output {
        Output::Table => About { found: &found, local: &local }.table()?,
        Output::Json | Output::Ndjson | Output::Csv => {
            listing::json(&serde_json::to_string_pretty(&found.json())?)?;
        }
    }
    if found.told.likely.is_empty() {
        eprintln!(
            "too few days to say ({} in fourteen weeks): it takes about two weeks of stays. `lienwatch positions` has the last \
             fixes, `lienwatch command send TERMINAL locate` asks for one",
            counted(found.stays.len(), "stay")
        );
    }
    site.close().await;
    Ok(Exit::Ok)
}

/// What is found, for people of a zone.
struct About<'a> {
    found: &'a Whereabout,
    local: &'a Local,
}

impl About<'_> {
    fn table(&self) -> Result<()> {
        let Whereabout { told, .. } = self.found;
        listing::line(&format!(
            "{}  {} {}",
            self.found.vehicle,
            format_args!("{} {}", self.local.civil(self.found.at, "%A"), self.local.say(self.found.at)),
            self.local.name()
        ))?;
        if let Some(Seen { place: there, at, stands_since }) = self.found.seen {
            let stands = stands_since
                .map_or_else(String::new, |since| format!("; stands there since {}", self.local.say(since)));
            listing::line(&format!("last seen  {} at {}{stands}", self.local.say(at), place(there)))?;
        }
        if let Some(last) = self.found.stays.last() {
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
        let (Some(due), frozen) = (self.found.due, self.found.frozen.as_ref()) else { return Ok(()) };
        let day = frozen.filter(|_| self.found.is_of_before).map(|frozen| self.local.civil(frozen.at, "%F"));
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

    /// `Tuesdays`, or what was compared in their stead.
    fn days(&self, compared: Compared) -> String {
        match compared {
            Compared::SameWeekday => format!("{}s", self.local.civil(self.found.at, "%A")),
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
            "  {}  {:<5}  {:>3} % of its standing, {}, {}{}",
            place(usual.place),
            usual.kind.as_str(),
            usual.share_percent,
            counted(usual.nights, "night"),
            counted(usual.working_days, "working day"),
            leaves.unwrap_or_default()
        ))?;
    }
    Ok(())
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

/// More nobody drives to.
const LIKELY_MAX: usize = 4;
const PLACES_MAX: usize = 6;
