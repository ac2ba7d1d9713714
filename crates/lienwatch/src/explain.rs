//! `lienwatch explain`: why there was an alert about a vehicle at some time, or none. The audit line exists before anything
//! is shown.
//!
//! Shape: what is stored is replayed up to that time (the frames of the vehicle's terminals only), then every rule is asked. What
//! is told of many vehicles rests on frames of others: of that the alerts are asked that were live then.
//! Units: journal time. Errors: a vehicle that was not known then, a time before everything: exit 4.

mod late;
mod silent;
mod wide;
mod words;

use crate::cli::Explain;
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::history::{Past, Wanted};
use crate::listing::{self, Output};
use crate::site::Site;
use crate::zone::Local;
use anyhow::Result;
use late::Late;
use model::{Rule, Timestamp, VehicleId};
use rules::{Examined, Facts, VehicleState};
use serde::Serialize;
use serde_json::{Value, json};
use watch::Stated;

/// Says what each rule has to say of a vehicle.
pub(crate) async fn explain(config: &Config, args: Explain) -> Result<Exit> {
    let name =
        VehicleId::parse(&args.vehicle).map_err(|error| Failure::error(Exit::Usage, error.to_string()))?;
    let site = Site::open(config).await?;
    let now = site.journal.clock().now();
    let local = local(&site, name).await?;
    let at = args.at.map_or(now, |at| local.read(at, now));
    local.echo(args.at, at);
    if at > now {
        let message = format!("{} has not come yet: it is {}", local.say(at), local.say(now));
        return Err(Failure::error(Exit::Usage, message));
    }
    let subject = format!("explain vehicle={name} at={at}");
    site.witness_in(Some(&local), subject.clone(), args.purpose).await?;
    site.catch_up().await?;
    let answer = answer(&site, name, at, &local).await;
    site.tell_of_failure(&subject, answer.as_ref().err()).await;
    let answer = answer?;
    site.close().await;
    match args.output {
        Output::Table => {
            listing::line(&answer.before.join("\n"))?;
            listing::line("")?;
            let shown = if args.all { answer.rules.iter().collect() } else { silent::spoken(&answer.rules) };
            let rules: Vec<Row> = shown.iter().map(|line| line.row(&local)).collect();
            if !rules.is_empty() {
                listing::write(Output::Table, COLUMNS, &rules)?;
            }
            silent::told(&answer.rules, shown.len()).map(|told| listing::line(&told)).transpose()?;
        }
        Output::Ndjson | Output::Csv => listing::write(args.output, COLUMNS, &answer.rules)?,
        Output::Json => listing::json(&serde_json::to_string_pretty(&answer.json())?)?,
    }
    Ok(Exit::Ok)
}

/// What is said of a vehicle.
struct Answer {
    vehicle: VehicleId,
    at: Timestamp,
    /// For people: what was known of it then.
    before: Vec<String>,
    known: Value,
    /// What came late of that day, until now.
    observed_late: Option<Value>,
    rules: Vec<Line>,
}

/// One rule.
#[derive(Serialize)]
struct Line {
    rule: Rule,
    /// Code of the verdict.
    alert: &'static str,
    /// The verdict in words.
    because: String,
    /// How its condition stands.
    condition: String,
    holds: bool,
    starts_at: Option<Timestamp>,
}

/// The same for people: times in the vehicle's zone.
#[derive(Serialize)]
struct Row {
    rule: Rule,
    alert: &'static str,
    because: String,
    condition: String,
    starts_at: Option<String>,
}

impl Line {
    fn row(&self, local: &Local) -> Row {
        Row {
            rule: self.rule,
            alert: self.alert,
            because: local.say_again(&self.because),
            condition: local.say_again(&self.condition),
            starts_at: self.starts_at.map(|at| local.say(at)),
        }
    }
}

impl Answer {
    fn json(&self) -> Value {
        json!({ "vehicle": self.vehicle, "at": self.at, "known": self.known, "observed_late": self.observed_late, "rules": self.rules })
    }
}

/// The vehicle's zone, by what is known of it now.
async fn local(site: &Site, name: VehicleId) -> Result<Local> {
    site.catch_up().await?;
    let vehicle = site.store.vehicle_of(name).await?.unwrap_or(name);
    let (rule_set, now) = (site.rule_set().await?, site.journal.clock().now());
    Ok(Local::of_vehicle(&site.store.loans().await?, vehicle, &rule_set, now))
}

async fn answer(site: &Site, name: VehicleId, at: Timestamp, local: &Local) -> Result<Answer> {
    // Once without frames: which vehicle that was then, and which terminals were ever on it.
    let until = |terminals| Wanted {
        until: Some(at),
        terminals: Some(terminals),
        local: Some(local.clone()),
        ..Wanted::default()
    };
    let mut bare = Past::open(site, until(Vec::new())).await?;
    bare.run(drop).await?;
    let Some(vehicle) = bare.replay.vehicle(name) else {
        let message = format!(
            "no vehicle {name} was known at {}: it is known from a loan book or a binding on. `lienwatch devices list` \
             says which terminals are bound to what",
            local.say(at)
        );
        return Err(Failure::error(Exit::NotFound, message));
    };
    let terminals = bare.replay.terminals_ever_on(vehicle);
    let mut past = Past::open(site, until(terminals.clone())).await?;
    past.run(drop).await?;
    let stood = past.replay.look(vehicle, at, |state, _| state.clone());
    let late = Late::read(site, vehicle, &terminals, at, &stood).await?;
    let bound = past.replay.terminals_on(vehicle, at);
    let live = wide::live(site, at).await?;
    Ok(past.replay.look(vehicle, at, |state, facts| {
        let examined = rules::examine(state, facts);
        let stated = facts.loan.as_ref().map(|known| Stated::of_facts(known, facts.rule_set, facts.now));
        let mut before = words::known(state, facts, &bound, local);
        before.extend(late.as_ref().map(|late| late.say(local)));
        Answer {
            vehicle,
            at,
            before,
            known: known(state, facts, &bound),
            observed_late: late.as_ref().map(Late::json),
            rules: (examined.into_iter().map(|examined| line(examined, stated)))
                .chain(wide::lines(state, facts, &live))
                .collect(),
        }
    }))
}

fn line(examined: Examined, stated: Option<Stated>) -> Line {
    let (alert, because) = words::verdict(&examined, stated);
    let Examined { rule, holds, figures, starts_at, .. } = examined;
    Line { rule, alert, because, condition: figures, holds, starts_at }
}

fn known(state: &VehicleState, facts: &Facts<'_>, bound: &[model::TerminalId]) -> Value {
    let devices: Vec<Value> = state
        .devices()
        .map(|device| {
            json!({
                "terminal": device.terminal,
                "role": device.role,
                "bound": bound.contains(&device.terminal),
                "heard_at": device.heard_at,
                "fix_at": device.fix.map(|(_, at)| at),
            })
        })
        .collect();
    let place =
        state.last_place().map(|(place, at)| json!({ "lat": place.lat(), "lon": place.lon(), "at": at }));
    let loan = facts.loan.map(|known| {
        let stated = Stated::of_facts(&known, facts.rule_set, facts.now);
        json!({
            "contract": known.loan.contract,
            "lender": known.loan.lender,
            "standing": stated.standing(),
            "course": facts.rule_set.course(known.loan).filter(|_| stated.shows_debt()),
            "as_of": known.loan.as_of,
            "book_as_of": known.book_as_of,
            "paid_at": known.paid_at,
            "in_book": known.in_book,
        })
    });
    let frozen = facts.profiles.frozen().filter(|_| words::may_say_past_due(facts));
    json!({
        "loan": loan,
        "profile_frozen_at": frozen.map(|frozen| frozen.at),
        "devices": devices,
        "place": place,
        "state": state.doing(words::thresholds(facts), facts.now).code(),
        "moving": state.is_moving(),
        "parked_since": state.parked_since(),
        "heard_at": state.heard_at(),
        "listened_ms": facts.coverage_ms,
        "listened_since_start_ms": facts.run_coverage_ms,
        "rule_set": facts.rule_set.hash(),
        "rules_version": rules::RULES_VERSION,
    })
}

const COLUMNS: &[&str] = &["rule", "alert", "because", "condition", "starts_at"];
