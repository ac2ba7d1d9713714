//! `lienwatch whereabouts`: where a vehicle probably is, and what that rests on. The audit line exists before the data is shown.

use crate::cli::Whereabouts as Args;
use crate::config::Config;
use crate::exit::Exit;
use crate::listing::Output;
use crate::println_out;
use crate::site::Site;
use crate::stays::vehicle_of;
use anyhow::Result;
use jiff::tz::TimeZone;
use model::input::Action;
use model::{Coordinates, Date, Stay, Timestamp, VehicleId};
use rules::{Compared, Likely, Question, UsualPlace, Whereabouts};
use serde_json::{Value, json};
use store::Stretch;

/// Prints where a vehicle probably is.
pub(crate) async fn whereabouts(config: &Config, args: Args) -> Result<Exit> {
    let site = Site::open(config).await?;
    site.catch_up().await?;
    let vehicle = vehicle_of(&site, &args.vehicle).await?;
    let now = site.journal.clock().now();
    let at = args.at.map_or(now, |at| at.on(now));
    let subject = format!("whereabouts vehicle={vehicle} at={at}");
    site.ask(Action::Read { subject, purpose: args.purpose }).await?;
    let (due, zone) = loan_of(&site, vehicle).await?;
    let stays = site.store.stays(vehicle, stretch(at, due, &zone)).await?;
    let told = rules::whereabouts(&Question { stays: &stays, at, zone: &zone, due });
    let about = About { vehicle, at, due, zone: &zone, stays: &stays };
    match args.output {
        Output::Table => about.table(&told),
        Output::Json | Output::Ndjson | Output::Csv => {
            println_out(&serde_json::to_string_pretty(&about.json(&told))?);
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

/// Since when something is past due on a vehicle, and the zone in which its days are counted.
async fn loan_of(site: &Site, vehicle: VehicleId) -> Result<(Option<Date>, TimeZone)> {
    let loans = site.store.loans().await?;
    let loans = || loans.iter().filter(|row| row.vehicle == vehicle && row.in_book);
    let due = loans().filter_map(|row| row.loan.oldest_unpaid_due).min();
    let zone = loans().find_map(|row| TimeZone::get(&row.loan.time_zone).ok());
    Ok((due, zone.or_else(|| TimeZone::get(ZONE).ok()).unwrap_or(TimeZone::UTC)))
}

/// What the answer looks back on, and the weeks before the loan fell behind.
fn stretch(at: Timestamp, due: Option<Date>, zone: &TimeZone) -> Stretch {
    let back = at.plus(-DAYS_BACK * DAY_MS);
    let before = due.and_then(|due| due.plus_days(-PROFILE_DAYS)?.start_in(zone));
    Stretch { from: before.map_or(back, |before| before.min(back)), to: at }
}

struct About<'a> {
    vehicle: VehicleId,
    at: Timestamp,
    due: Option<Date>,
    zone: &'a TimeZone,
    stays: &'a [Stay],
}

impl About<'_> {
    fn table(&self, told: &Whereabouts) {
        let zone = self.zone.iana_name().unwrap_or("UTC");
        println_out(&format!("{}  {} {zone}", self.vehicle, self.civil(self.at, "%A %F %H:%M")));
        if let Some(last) = self.stays.last() {
            println_out(&format!(
                "last stay  {} until {}",
                place(last.place),
                self.civil(last.to, "%F %H:%M")
            ));
        }
        let days = told.compared.map(|compared| self.days(compared)).unwrap_or_default();
        for likely in told.likely.iter().take(LIKELY_MAX) {
            println_out(&self.likely(likely, &days));
        }
        let rate = told.hit_rate;
        if let (Some(share), Some((low, high))) = (rate.value(), rate.interval()) {
            println_out(&format!(
                "hit rate   the first was right on {} of {} past days at this time: {} (95 %: {} to {})",
                rate.hits,
                rate.of,
                percent(share),
                percent(low),
                percent(high)
            ));
        }
        print_profile("usually now", &told.present);
        if let Some(due) = self.due {
            print_profile(&format!("usually until {due}, when it fell due"), &told.before);
        }
    }

    fn likely(&self, likely: &Likely, days: &str) -> String {
        let Likely { place: there, kind, percent, times, of, leaves_at } = *likely;
        format!(
            "probably   {} ({}): {percent} %, there on {times} of the last {of} {days}; then left about {}",
            place(there),
            kind.as_str(),
            self.civil(leaves_at, "%H:%M")
        )
    }

    fn json(&self, told: &Whereabouts) -> Value {
        let (low, high) = told.hit_rate.interval().unzip();
        json!({
            "vehicle": self.vehicle.to_string(),
            "at": self.at,
            "time_zone": self.zone.iana_name(),
            "stays": self.stays.len(),
            "compared": told.compared,
            "likely": told.likely.iter().map(likely_json).collect::<Vec<_>>(),
            "hit_rate": { "right": told.hit_rate.hits, "n": told.hit_rate.of, "value": told.hit_rate.value(), "from": low, "to": high },
            "present": told.present.iter().map(usual_json).collect::<Vec<_>>(),
            "due": self.due,
            "before_past_due": told.before.iter().map(usual_json).collect::<Vec<_>>(),
        })
    }

    /// `Tuesdays`, or what was compared in their stead.
    fn days(&self, compared: Compared) -> String {
        match compared {
            Compared::SameWeekday => format!("{}s", self.civil(self.at, "%A")),
            Compared::WorkingDays => "working days".to_owned(),
            Compared::Weekends => "days of weekends".to_owned(),
        }
    }

    fn civil(&self, at: Timestamp, form: &str) -> String {
        match jiff::Timestamp::from_millisecond(at.ms()) {
            Ok(instant) => self.zone.to_datetime(instant).strftime(form).to_string(),
            Err(_) => at.to_string(),
        }
    }
}

fn print_profile(title: &str, places: &[UsualPlace]) {
    if places.is_empty() {
        return;
    }
    println_out(&format!("\n{title}:"));
    for usual in places.iter().take(PLACES_MAX) {
        let leaves = usual.leaves_minute.map(|minute| format!(", leaves about {}", clock(minute)));
        println_out(&format!(
            "  {}  {:<5}  {:>3} % of its standing, {} nights, {} working days{}",
            place(usual.place),
            usual.kind.as_str(),
            usual.share_percent,
            usual.nights,
            usual.working_days,
            leaves.unwrap_or_default()
        ));
    }
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

/// Of a vehicle without a loan: the zone that a bare loan has.
const ZONE: &str = "Asia/Shanghai";
const DAY_MS: i64 = 86_400_000;
/// Fourteen weeks, which the answer looks back on, and a day.
const DAYS_BACK: i64 = 99;
/// Eight weeks of a profile, and a day.
const PROFILE_DAYS: i32 = 57;
/// More nobody drives to.
const LIKELY_MAX: usize = 4;
const PLACES_MAX: usize = 6;
