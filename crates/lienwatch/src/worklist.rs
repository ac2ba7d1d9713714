//! `lienwatch worklist`: what staff have to do, the riskiest first, with the points that make it so.
//!
//! Shape: loans, live alerts and last places in, rows out. Only what a fresh book states is listed: no loan that is held, settled
//! or out of the book. Source: `domain.md` §2.3 (lists by risk), §2.4 (what the policy says of each borrower).

mod belongs;
mod score;

use crate::alerts::{self, place, seen};
use crate::cli::{Listed, Worklist};
use crate::config::Config;
use crate::exit::Exit;
use crate::listing::{self, Output};
use crate::site::Site;
use crate::zone::Local;
use anyhow::Result;
use model::finding::NightPlace;
use model::loan::{Bucket, Course, Tier};
use model::{Alert, Rule, Timestamp, VehicleId};
use rules::RuleSet;
use score::{Score, Scored};
use serde::Serialize;
use std::collections::BTreeMap;
use store::{AlertQuery, LastPlace, LoanRow};

/// Prints a list. Who reads one learns where cars are: the reading leaves an audit line.
pub(crate) async fn worklist(config: &Config, list: Worklist) -> Result<Exit> {
    let site = Site::open(config).await?;
    site.catch_up().await?;
    let (name, args) = match &list {
        Worklist::Phone(args) => ("phone", args),
        Worklist::Visit(args) => ("visit", args),
        Worklist::SmsFailed(args) => ("sms-failed", args),
        Worklist::Devices(args) => ("devices", args),
    };
    site.witness(format!("worklist {name}"), args.why.purpose.clone()).await?;
    match &list {
        Worklist::Devices(args) => devices(&site, args).await?,
        Worklist::Phone(args) => loans(&site, args, Columns::WithoutPlace, belongs::is_to_be_called).await?,
        Worklist::SmsFailed(args) => loans(&site, args, Columns::WithoutPlace, belongs::sms_failed).await?,
        Worklist::Visit(args) => loans(&site, args, Columns::WithPlace, belongs::is_to_be_visited).await?,
    }
    site.close().await;
    Ok(Exit::Ok)
}

/// Whether a list shows where the car was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Columns {
    WithoutPlace,
    WithPlace,
}

async fn loans(
    site: &Site,
    args: &Listed,
    columns: Columns,
    belongs: fn(&LoanRow, &RuleSet, Timestamp) -> bool,
) -> Result<()> {
    let (now, rule_set) = (site.journal.clock().now(), site.rule_set().await?);
    let alerts = site.store.alerts(&AlertQuery { live: true, ..AlertQuery::default() }).await?;
    let places = site.store.last_places().await?;
    let nights = match columns {
        Columns::WithPlace => watch::night_places(&site.store).await?,
        Columns::WithoutPlace => BTreeMap::new(),
    };
    let places = places.iter().map(|last| (last.vehicle, last)).collect();
    let known = Known { alerts: by_vehicle(&alerts), places, nights, rule_set: &rule_set, now };
    let wanted = site.store.loans().await?.into_iter();
    let wanted = wanted.filter(|row| row.in_book && belongs(row, &rule_set, now));
    let (fresh, stale): (Vec<LoanRow>, Vec<LoanRow>) = wanted.partition(|row| is_fresh(&rule_set, row, now));
    if !stale.is_empty() {
        eprintln!("{} more are not listed: their loan file is stale and states nothing", stale.len());
    }
    let mut rows: Vec<Row> = fresh.iter().map(|row| Row::of(row, &known, args.output)).collect();
    rows.sort_by(|one, other| (other.score, &one.contract).cmp(&(one.score, &other.contract)));
    if columns == Columns::WithoutPlace {
        rows.iter_mut().for_each(Row::forget_place);
    }
    let (columns, nobody) = match columns {
        Columns::WithPlace => (WITH_PLACE, "nobody to visit"),
        Columns::WithoutPlace => (WITHOUT_PLACE, "nobody to call"),
    };
    written(args.output, columns, &rows, nobody)
}

/// A list; of an empty one people are told that there is nothing to do.
fn written<T: Serialize>(output: Output, columns: &[&str], rows: &[T], nothing: &str) -> Result<()> {
    if rows.is_empty() && output == Output::Table {
        eprintln!("{nothing}");
        return Ok(());
    }
    listing::write(output, columns, rows)
}

fn is_fresh(rule_set: &RuleSet, row: &LoanRow, now: Timestamp) -> bool {
    rule_set.is_fresh(&row.loan.lender, row.notes.stated_at, now)
}

/// What is known of cars beside their loans.
struct Known<'a> {
    alerts: BTreeMap<VehicleId, Vec<&'a Alert>>,
    places: BTreeMap<VehicleId, &'a LastPlace>,
    rule_set: &'a RuleSet,
    nights: BTreeMap<VehicleId, NightPlace>,
    now: Timestamp,
}

fn by_vehicle(alerts: &[Alert]) -> BTreeMap<VehicleId, Vec<&Alert>> {
    let mut by_vehicle: BTreeMap<VehicleId, Vec<&Alert>> = BTreeMap::new();
    for (alert, vehicle) in alerts.iter().filter_map(|alert| Some((alert, alert.about.vehicle()?))) {
        by_vehicle.entry(vehicle).or_default().push(alert);
    }
    by_vehicle
}

/// One loan of a list.
#[derive(Debug, Serialize)]
struct Row {
    contract: String,
    vehicle: String,
    score: u32,
    factors: String,
    days_past_due: u16,
    bucket: Bucket,
    tier: Option<Tier>,
    course: Option<Course>,
    debit_failed_at: Option<String>,
    called_at: Option<String>,
    visited_at: Option<String>,
    sms_failed_at: Option<String>,
    heard_at: Option<String>,
    seen_at: Option<String>,
    place: Option<String>,
    /// Where it usually stands at night, and on how many nights it did.
    night_place: Option<String>,
    nights: Option<u32>,
}

impl Row {
    fn of(row: &LoanRow, known: &Known<'_>, output: Output) -> Self {
        let local = Local::of(row);
        let say = |at| local.say_in(output, at);
        let alerts = known.alerts.get(&row.vehicle).map(Vec::as_slice).unwrap_or_default();
        let last = known.places.get(&row.vehicle).copied();
        let (rule_set, now) = (known.rule_set, known.now);
        let score = Score::of(&Scored { row, rule_set, alerts, last, now });
        let days = belongs::days_past_due(row, now).unwrap_or(model::DaysPastDue(0));
        let dealings = &row.notes.dealings;
        let (seen, night) = (last.and_then(|last| last.seen), known.nights.get(&row.vehicle));
        Self {
            contract: row.loan.contract.0.clone(),
            vehicle: called(row, output).to_string(),
            score: score.total(),
            factors: score.in_words(),
            days_past_due: days.0,
            bucket: Bucket::of(days),
            tier: belongs::tier(row, rule_set, now),
            course: belongs::course(row, rule_set, now),
            debit_failed_at: belongs::debit_failed_at(row, now).map(say),
            called_at: dealings.called_at.map(say),
            visited_at: dealings.visited_at.map(say),
            sms_failed_at: dealings.sms_failed_at().map(say),
            heard_at: last.and_then(|last| last.heard_at).map(say),
            seen_at: seen.map(|(at, _)| say(at)),
            place: seen.map(|(_, at)| place(at)),
            night_place: night.map(|night| place(night.place)),
            nights: night.map(|night| night.nights),
        }
    }

    /// A list for callers is no track.
    fn forget_place(&mut self) {
        (self.place, self.seen_at, self.night_place, self.nights) = (None, None, None, None);
    }
}

/// A car as people know it: by its plate, where the book says that beside a VIN. Programs have the id.
fn called(row: &LoanRow, output: Output) -> VehicleId {
    row.loan.plate.filter(|_| output == Output::Table).unwrap_or(row.vehicle)
}

/// For those who look after devices: the car and what is wrong, nothing of borrower or debt.
#[derive(Debug, Serialize)]
struct DeviceRow {
    severity: model::Severity,
    rule: Rule,
    vehicle: String,
    opened_at: String,
    #[serde(skip)]
    since: Timestamp,
    what: String,
    alert: String,
}

async fn devices(site: &Site, args: &Listed) -> Result<()> {
    let (loans, mut rows) = (site.store.loans().await?, Vec::new());
    let (rule_set, now) = (site.rule_set().await?, site.journal.clock().now());
    let local = |alert: &Alert| {
        let vehicle = alert.about.vehicle();
        vehicle.map_or_else(Local::usual, |vehicle| Local::of_vehicle(&loans, vehicle, &rule_set, now))
    };
    for rule in DEVICE_RULES {
        let query = AlertQuery { live: true, rule: Some(rule), ..AlertQuery::default() };
        rows.extend(site.store.alerts(&query).await?.iter().map(|alert| DeviceRow {
            severity: alert.severity,
            rule,
            vehicle: if args.output == Output::Table { alerts::called(alert) } else { alert.about.code() },
            opened_at: local(alert).say_in(args.output, alert.opened_at),
            since: alert.opened_at,
            // Device staff need not know the days past due.
            what: seen(alert),
            alert: alert.id.to_string(),
        }));
    }
    rows.sort_by(|one, other| {
        (one.severity, one.since, &one.alert).cmp(&(other.severity, other.since, &other.alert))
    });
    written(args.output, DEVICE_COLUMNS, &rows, "no device to look after")
}

/// What device staff look after.
const DEVICE_RULES: [Rule; 7] = [
    Rule::DeviceCheckDue,
    Rule::LowVehicleBattery,
    Rule::LowDeviceBattery,
    Rule::OfflineNoLoan,
    Rule::WirelessMissed,
    Rule::DeviceMoved,
    Rule::ClockQuality,
];

const WITHOUT_PLACE: &[&str] = &[
    "score",
    "contract",
    "vehicle",
    "days_past_due",
    "bucket",
    "tier",
    "course",
    "debit_failed_at",
    "called_at",
    "sms_failed_at",
    "heard_at",
    "factors",
];

const WITH_PLACE: &[&str] = &[
    "score",
    "contract",
    "vehicle",
    "days_past_due",
    "bucket",
    "tier",
    "course",
    "visited_at",
    "heard_at",
    "seen_at",
    "place",
    "night_place",
    "nights",
    "factors",
];

const DEVICE_COLUMNS: &[&str] = &["severity", "rule", "vehicle", "opened_at", "what", "alert"];
