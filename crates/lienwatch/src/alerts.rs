//! `lienwatch alerts`: what collection staff act on.

mod finding;
#[cfg(test)]
pub(crate) mod sample;
mod why;

pub(crate) use finding::{place, span};

use crate::cli::{AlertAct, AlertList, Alerts};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::listing::{self, Output};
use crate::loan::{DEBT, state_sums};
use crate::site::Site;
use crate::stays::vehicle_of;
use anyhow::Result;
use model::input::Action;
use model::{Alert, Rule, Seq};
use std::borrow::Cow;
use std::time::{Duration, Instant};
use store::AlertQuery;
use words::Voice;

/// Does what is asked of alerts.
pub(crate) async fn alerts(config: &Config, command: Alerts) -> Result<Exit> {
    let site = Site::open(config).await?;
    match command {
        Alerts::List(args) => list(&site, &args).await?,
        Alerts::Show { id, why, output } => show(&site, &id, why.purpose, output).await?,
        Alerts::Ack(AlertAct { id, version, note }) => {
            let alert = find(&site, &id).await?.id;
            listing::line(&site.ask(Action::Acknowledge { alert, version, note }).await?)?;
        }
        Alerts::Close { act: AlertAct { id, version, note }, verdict } => {
            let alert = find(&site, &id).await?.id;
            listing::line(&site.ask(Action::Close { alert, version, reason: verdict, note }).await?)?;
        }
        Alerts::Watch { why, output } => {
            let signal = watch(&site, why.purpose, output).await?;
            site.close().await;
            // What a shell says of a program that was interrupted; no outcome of a command has this code.
            std::process::exit(if signal == "SIGINT" { INTERRUPTED } else { 0 });
        }
    }
    site.close().await;
    Ok(Exit::Ok)
}

async fn show(site: &Site, prefix: &str, purpose: String, output: Output) -> Result<()> {
    site.catch_up().await?;
    let id = find(site, prefix).await?.id;
    site.witness(format!("alert {id}"), purpose).await?;
    let alert = find(site, &id.0).await?;
    match output {
        Output::Table => listing::line(&why::why(&alert))?,
        Output::Json | Output::Ndjson | Output::Csv => {
            listing::json(&serde_json::to_string_pretty(&Line::from(&alert))?)?;
        }
    }
    Ok(())
}

async fn list(site: &Site, args: &AlertList) -> Result<()> {
    let usage = |message: String| Failure::error(Exit::Usage, message);
    let rule = args.rule.as_deref().map(Rule::parse).transpose().map_err(|error| usage(error.to_string()))?;
    let vehicle = match &args.vehicle {
        Some(name) => {
            site.catch_up().await?;
            Some(vehicle_of(site, name).await?)
        }
        None => None,
    };
    let query = AlertQuery { live: args.live, state: args.state, rule, vehicle, ..AlertQuery::default() };
    let subject = format!(
        "alerts live={} state={} rule={} vehicle={}",
        query.live,
        query.state.unwrap_or("all"),
        query.rule.map_or("all", Rule::as_str),
        query.vehicle.map_or("all".into(), |vehicle| vehicle.to_string())
    );
    site.witness(subject, args.why.purpose.clone()).await?;
    let line = |alert| match args.output {
        Output::Table => for_people(alert),
        Output::Json | Output::Ndjson | Output::Csv => Line::from(alert),
    };
    let rows: Vec<Line> = site.store.alerts(&query).await?.iter().map(line).collect();
    if rows.is_empty() && args.output == Output::Table {
        eprintln!("no alerts; the newest folded input is of {}", applied(site).await?);
        return Ok(());
    }
    listing::write(args.output, COLUMNS, &rows)
}

async fn applied(site: &Site) -> Result<String> {
    Ok(site.store.place().await?.map_or("never".into(), |(_, mark)| mark.applied_at.to_string()))
}

/// The alert whose id begins with a text.
async fn find(site: &Site, prefix: &str) -> Result<Alert> {
    let mut found = site.store.alerts_by_prefix(prefix).await?;
    match (found.pop(), found.pop()) {
        (Some(alert), None) => Ok(alert),
        (Some(_), Some(_)) => Err(Failure::error(
            Exit::Usage,
            format!("more than one alert begins with {prefix}; write more of its id"),
        )),
        _ => Err(Failure::error(
            Exit::NotFound,
            format!("there is no alert {prefix}: an id is of 0 to 9 and a to f, see `lienwatch alerts list`"),
        )),
    }
}

/// Whether a server works on what is watched.
struct Presence {
    place: Seq,
    /// When the place was another one.
    since: Instant,
    works: bool,
}

impl Presence {
    /// While a server works its clock moves on. Where nothing does, it is looked who has the right to fold; not each time, since who
    /// looks holds it for a moment, and a server that starts just then does without.
    fn look(&mut self, site: &Site, place: Seq) -> Result<()> {
        let (has_moved, was_quiet) = (place != self.place, self.since.elapsed() >= QUIET);
        if !has_moved && !was_quiet {
            return Ok(());
        }
        (self.place, self.since) = (place, Instant::now());
        // What a command folds by itself is no server's.
        let works = if self.works && has_moved { true } else { site.is_served()? };
        match (self.works, works) {
            (true, false) => eprintln!(
                "no server works on {} any more: nothing is heard and no alert is raised until one does. This goes on waiting \
                 for it; Ctrl-C ends it",
                site.dir()
            ),
            (false, true) => eprintln!("a server works on {} again", site.dir()),
            (true, true) | (false, false) => {}
        }
        self.works = works;
        Ok(())
    }
}

/// Prints live alerts, then alerts as they change, until interrupted; gives the signal.
async fn watch(site: &Site, purpose: String, output: Output) -> Result<&'static str> {
    site.witness("alerts watch".into(), purpose).await?;
    eprintln!("live alerts first, then changes; Ctrl-C ends it");
    let mut stop = std::pin::pin!(crate::serve::stop_signal());
    let mut query = AlertQuery { live: true, ..AlertQuery::default() };
    let mut presence = Presence { place: Seq(0), since: Instant::now(), works: site.is_served()? };
    loop {
        // The place is read first: an alert that is committed in between is seen twice rather than never.
        let place = site.store.place().await?.map_or(query.changed_after, |(cursor, _)| cursor.applied);
        for alert in site.store.alerts(&query).await?.iter().rev() {
            match output {
                Output::Table => listing::line(&sentence(alert))?,
                _ => listing::json(&serde_json::to_string(&Line::from(alert))?)?,
            }
        }
        presence.look(site, place)?;
        query = AlertQuery { changed_after: place, ..AlertQuery::default() };
        tokio::select! {
            () = tokio::time::sleep(POLL) => {}
            signal = &mut stop => return signal,
        }
    }
}

/// One alert of a listing, as documented in DESIGN.md §7.
#[derive(serde::Serialize)]
struct Line {
    id: String,
    rule: Rule,
    vehicle: Option<String>,
    about: String,
    severity: model::Severity,
    state: Cow<'static, str>,
    opened_at: model::Timestamp,
    event_time: model::Timestamp,
    cleared_at: Option<model::Timestamp>,
    told_again_at: Option<model::Timestamp>,
    version: u32,
    summary: String,
    detail: serde_json::Value,
    explanation: serde_json::Value,
}

impl From<&Alert> for Line {
    fn from(alert: &Alert) -> Self {
        Self {
            id: alert.id.to_string(),
            rule: alert.rule,
            vehicle: alert.about.vehicle().map(|vehicle| vehicle.to_string()),
            about: alert.about.code(),
            severity: alert.severity,
            state: alert.state.code().into(),
            opened_at: alert.opened_at,
            event_time: alert.event_time,
            cleared_at: alert.cleared_at,
            told_again_at: alert.told_again_at,
            version: alert.version,
            summary: summary(alert),
            detail: serde_json::to_value(&alert.state).unwrap_or_default(),
            explanation: explanation(alert),
        }
    }
}

/// A line in which the state says why, since who closed or took it back is asked next, and a car has its plate.
fn for_people(alert: &Alert) -> Line {
    Line { state: state(alert).into(), about: called(alert), ..Line::from(alert) }
}

/// What people call that which an alert is about: a car by its plate, where its loan says that, and not by its VIN.
pub(crate) fn called(alert: &Alert) -> String {
    let loan = alert.explanation.loan.as_ref().map(|snapshot| &snapshot.loan);
    let plate = loan.filter(|loan| alert.about.vehicle() == Some(loan.vehicle)).and_then(|loan| loan.plate);
    plate.map_or_else(|| alert.about.code(), |plate| plate.to_string())
}

/// What an alert rests on, for programs: of a loan whose file was stale, or that is held, nothing of a debt.
fn explanation(alert: &Alert) -> serde_json::Value {
    let mut told = serde_json::to_value(&alert.explanation).unwrap_or_default();
    let members = told.get_mut("loan").and_then(serde_json::Value::as_object_mut);
    let (Some(snapshot), Some(members)) = (&alert.explanation.loan, members) else { return told };
    if snapshot.states_debt() {
        if let Some(loan) = members.get_mut("loan").and_then(serde_json::Value::as_object_mut) {
            state_sums(loan, &snapshot.loan, Some(snapshot.standing));
        }
        return told;
    }
    let is_told = |key: &str| key != "course" && (snapshot.fresh || key != "standing");
    members.retain(|key, _| is_told(key));
    if let Some(loan) = members.get_mut("loan").and_then(serde_json::Value::as_object_mut) {
        loan.retain(|key, _| !DEBT.contains(&key.as_str()));
    }
    told
}

/// One alert in one line, facts only.
pub(crate) fn sentence(alert: &Alert) -> String {
    format!("{} {}", alert.opened_at, told(alert))
}

/// The same without the time at which it opened.
pub(crate) fn told(alert: &Alert) -> String {
    format!("{} {} [{}] {}: {}", alert.severity, alert.rule, state(alert), called(alert), summary(alert))
}

fn state(alert: &Alert) -> String {
    match &alert.state {
        model::AlertState::Withdrawn { reason, .. } => format!("withdrawn: {reason}"),
        model::AlertState::Closed { reason, .. } => format!("closed: {reason}"),
        live @ model::AlertState::Open if alert.told_again_at.is_some() && alert.cleared_at.is_none() => {
            format!("{}, told again", live.code())
        }
        live if alert.cleared_at.is_some() => format!("{}, condition over", live.code()),
        live => live.code().to_owned(),
    }
}

/// What was seen, in words, and nothing of the loan.
pub(crate) fn seen(alert: &Alert) -> String {
    finding::in_a_line(&alert.explanation.finding)
}

/// What was seen, in words; days past due only of a fresh book, and that an accident is known where it explains what was seen.
pub(crate) fn summary(alert: &Alert) -> String {
    words::summary(alert, &Voice::EXACT).en
}

const COLUMNS: &[&str] = &["id", "severity", "rule", "state", "about", "opened_at", "summary"];

/// How often the store is asked for changes.
const POLL: Duration = Duration::from_secs(1);
/// Longer than a server is quiet, whose clock ticks each ten seconds.
const QUIET: Duration = Duration::from_secs(13);
/// 128 and the number of SIGINT.
const INTERRUPTED: i32 = 130;

#[cfg(test)]
mod tests {
    use super::*;
    use model::alert::LoanSnapshot;
    use model::loan::{Course, Dealings, HoldKind, Level, Reason, Standing};
    use model::{ContractId, Coordinates, DaysPastDue, LenderId, Loan, Timestamp, VehicleId};

    /// Of a loan ten days past due, for this reason.
    fn alert(rule: Rule, reason: Option<Reason>, fresh: bool) -> Alert {
        let at = Timestamp::parse("2026-11-20T04:00:00Z").unwrap();
        let vehicle = VehicleId::parse("粤B12345").unwrap();
        let place = Coordinates::from_degrees(22.5, 114.0).unwrap();
        let finding = model::Finding::Towed {
            anchor: Some(place),
            since: at,
            place,
            speed_max_tenths_kmh: 360,
            destination: None,
        };
        let bare = Loan::bare(ContractId("C1".into()), LenderId("main".into()), vehicle, at);
        let (willingness, ability) = (Some(Level::Low), Some(Level::High));
        let loan = Loan { reason, willingness, ability, amount_overdue: 120_000, ..bare };
        let (standing, course) = (Standing::Overdue(DaysPastDue(10)), Some(Course::PressAndWatch));
        let loan = Some(LoanSnapshot {
            loan,
            standing,
            fresh,
            book_as_of: None,
            dealings: Dealings::default(),
            course,
        });
        let mut alert = sample::alert(vehicle, rule, finding, at);
        alert.explanation.loan = loan;
        alert
    }

    #[test]
    fn a_tow_after_an_accident_says_that_one_is_known_and_a_departure_does_not() {
        let known =
            |rule, reason, fresh| summary(&alert(rule, reason, fresh)).ends_with("; an accident is known");
        for rule in [Rule::Tow, Rule::Impound, Rule::Abandoned] {
            assert!(known(rule, Some(Reason::Accident), true), "{rule}");
            assert!(!known(rule, Some(Reason::Hardship), true) && !known(rule, None, true), "{rule}");
            assert!(!known(rule, Some(Reason::Accident), false), "{rule}: a stale book says nothing");
        }
        assert!(!known(Rule::OverdueMoved, Some(Reason::Accident), true));
    }

    #[test]
    fn the_facts_of_the_loan_say_what_the_policy_said_unless_the_book_is_stale() {
        let told = |fresh| why::why(&alert(Rule::Tow, Some(Reason::Malicious), fresh));
        assert!(told(true).contains("quadrant   unwilling_able: press_and_watch\nreason     malicious"));
        assert!(!told(false).contains("quadrant") && !told(false).contains("malicious"));
        assert!(told(true).contains("overdue 12") && !told(false).contains("overdue 12"), "{}", told(true));
    }

    #[test]
    fn a_listing_for_people_says_why_an_alert_was_taken_back_and_programs_have_the_code() {
        let state =
            model::AlertState::Withdrawn { reason: model::WithdrawReason::Paid, at: Timestamp::from_ms(0) };
        let alert = Alert { state, ..alert(Rule::Tow, None, true) };
        assert_eq!(for_people(&alert).state, "withdrawn: paid");
        let told = Line::from(&alert);
        assert_eq!((told.state.as_ref(), &told.detail["reason"]), ("withdrawn", &"paid".into()));
    }

    #[test]
    fn people_are_told_the_plate_of_a_car_and_programs_its_id() {
        let mut alert = alert(Rule::Tow, None, true);
        let plate = VehicleId::parse("粤B9K391").unwrap();
        alert.explanation.loan.as_mut().unwrap().loan.plate = Some(plate);
        assert_eq!(
            (for_people(&alert).about, Line::from(&alert).about),
            ("粤B9K391".into(), "粤B12345".into())
        );
        assert!(sentence(&alert).contains(" 粤B9K391: "), "{}", sentence(&alert));
        // One of another car is no name of this one.
        alert.explanation.loan.as_mut().unwrap().loan.vehicle = plate;
        assert_eq!(called(&alert), "粤B12345");
    }

    #[test]
    fn programs_are_told_of_a_debt_only_what_people_are() {
        let told = |fresh, standing: Option<Standing>| {
            let mut alert = alert(Rule::Tow, None, fresh);
            if let (Some(loan), Some(standing)) = (alert.explanation.loan.as_mut(), standing) {
                loan.standing = standing;
            }
            serde_json::to_value(Line::from(&alert)).unwrap()["explanation"]["loan"].clone()
        };
        let (known, stale) = (told(true, None), told(false, None));
        assert!(known["standing"].is_object() && known["loan"]["amount_overdue"].is_number(), "{known}");
        for key in DEBT {
            assert!(known["loan"].get(key).is_some() && stale["loan"].get(key).is_none(), "{key}: {stale}");
        }
        assert!(stale.get("standing").is_none() && stale.get("course").is_none(), "{stale}");
        assert_eq!(stale["loan"]["contract"], "C1");
        let held = told(true, Some(Standing::Held(HoldKind::Dispute)));
        assert!(held.get("standing").is_some() && held["loan"].get("amount_overdue").is_none(), "{held}");
    }
}
