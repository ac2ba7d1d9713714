//! `lienwatch explain`: why there was an alert about a vehicle at some time, or none. The audit line exists before anything
//! is shown.
//!
//! Shape: what is stored is replayed up to that time (the frames of the vehicle's terminals only), then every rule is asked.
//! Units: journal time. Errors: a vehicle that was not known then, a time before everything: exit 4.

mod words;

use crate::cli::Explain;
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::history::{Past, Wanted};
use crate::listing::{self, Output};
use crate::println_out;
use crate::site::Site;
use anyhow::Result;
use model::{Rule, Timestamp, VehicleId};
use rules::{Examined, Facts, VehicleState};
use serde::Serialize;
use serde_json::{Value, json};

/// Says what each rule has to say of a vehicle.
pub(crate) async fn explain(config: &Config, args: Explain) -> Result<Exit> {
    let name =
        VehicleId::parse(&args.vehicle).map_err(|error| Failure::error(Exit::Usage, error.to_string()))?;
    let site = Site::open(config).await?;
    let now = site.journal.clock().now();
    let at = args.at.map_or(now, |at| at.on(now));
    if at > now {
        let message = format!("{at} has not come yet: it is {now}");
        return Err(Failure::error(Exit::Usage, message));
    }
    site.witness(format!("explain vehicle={name} at={at}"), args.purpose).await?;
    site.catch_up().await?;
    let answer = answer(&site, name, at).await?;
    site.close().await;
    match args.output {
        Output::Table => {
            println_out(&answer.before.join("\n"));
            println_out("");
            listing::write(Output::Table, COLUMNS, &answer.rules)?;
        }
        Output::Ndjson | Output::Csv => listing::write(args.output, COLUMNS, &answer.rules)?,
        Output::Json => println_out(&serde_json::to_string_pretty(&answer.json())?),
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
    condition: Option<String>,
    holds: bool,
    starts_at: Option<Timestamp>,
}

impl Answer {
    fn json(&self) -> Value {
        json!({ "vehicle": self.vehicle, "at": self.at, "known": self.known, "rules": self.rules })
    }
}

async fn answer(site: &Site, name: VehicleId, at: Timestamp) -> Result<Answer> {
    // Once without frames: which vehicle that was then, and which terminals were ever on it.
    let mut bare =
        Past::open(site, Wanted { until: Some(at), terminals: Some(Vec::new()), rule_set: None }).await?;
    bare.run(drop).await?;
    let Some(vehicle) = bare.replay.vehicle(name) else {
        let message = format!(
            "no vehicle {name} was known at {at}: it is known from a loan book or a binding on. `lienwatch devices list` \
             says which terminals are bound to what"
        );
        return Err(Failure::error(Exit::NotFound, message));
    };
    let terminals = bare.replay.terminals_ever_on(vehicle);
    let mut past =
        Past::open(site, Wanted { until: Some(at), terminals: Some(terminals), rule_set: None }).await?;
    past.run(drop).await?;
    let bound = past.replay.terminals_on(vehicle, at);
    Ok(past.replay.look(vehicle, at, |state, facts| {
        let examined = rules::examine(state, facts);
        Answer {
            vehicle,
            at,
            before: words::known(state, facts, &bound),
            known: known(state, facts, &bound),
            rules: examined.into_iter().map(line).collect(),
        }
    }))
}

fn line(examined: Examined) -> Line {
    let (alert, because) = words::verdict(&examined);
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
        json!({
            "contract": known.loan.contract,
            "lender": known.loan.lender,
            "standing": known.loan.standing(facts.now),
            "as_of": known.loan.as_of,
            "book_as_of": known.book_as_of,
            "paid_at": known.paid_at,
            "in_book": known.in_book,
        })
    });
    json!({
        "loan": loan,
        "devices": devices,
        "place": place,
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
