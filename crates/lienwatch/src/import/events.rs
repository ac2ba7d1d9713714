//! `lienwatch import events`: what the lender's other systems know: SMS, debits, payments, contacts.
//!
//! Shape: a file's rows in portions, one input each. Each event counts once, in whatever file it comes again. Errors: rows that are
//! left out are named, each time; exit 3.

use super::{COLUMNS, complain, name_unused, opened, refused};
use crate::cli::ImportEvents;
use crate::config::Config;
use crate::exit::Exit;
use crate::listing;
use crate::site::Site;
use anyhow::Result;
use loans::{EventFile, LeftOut, event_actions};
use model::input::{Outcome, ToldEvent};
use model::unit::counted;
use model::{ContractId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub(super) async fn events(config: &Config, args: &ImportEvents) -> Result<Exit> {
    let Some(path) = &args.file else {
        listing::write(args.output, COLUMNS, &loans::event_columns().collect::<Vec<_>>())?;
        return Ok(Exit::Ok);
    };
    let source = opened(path)?;
    let site = Site::open(config).await?;
    site.catch_up().await?;
    let file = loans::read_events(source, &args.time_zone).map_err(|error| refused(path, &error))?;
    complain(path, &file.rejects, file.rejected_rows);
    name_unused(&file.ignored_columns);
    name_twins(path, &file.events);
    if args.dry_run {
        listing::line(&format!("{} would be recorded", counts(&file.events)))?;
    } else {
        record(&site, &file.events).await?;
    }
    let known: BTreeSet<ContractId> =
        site.store.loans().await?.into_iter().map(|row| row.loan.contract).collect();
    let left_out = name_left_out(path, &file, &known, site.journal.clock().now());
    site.close().await;
    Ok(if file.rejected_rows == 0 && left_out == 0 { Exit::Ok } else { Exit::PartlyDone })
}

/// Rows that the fold will leave out: of contracts that no book has, and of the future.
fn name_left_out(path: &Path, file: &EventFile, known: &BTreeSet<ContractId>, now: Timestamp) -> usize {
    let why = |told: &ToldEvent| {
        Some(match loans::left_out(told, known, now)? {
            LeftOut::Unknown => format!("no loan book has contract {}", told.contract),
            LeftOut::Future => format!("{}: {} is in the future", told.contract, told.at),
        })
    };
    let left_out: Vec<String> = file.events.iter().filter_map(why).collect();
    for reason in left_out.iter().take(LEFT_OUT_SHOWN_MAX) {
        eprintln!("{}: {reason}", path.display());
    }
    if left_out.len() > LEFT_OUT_SHOWN_MAX {
        eprintln!("… and {} more", left_out.len() - LEFT_OUT_SHOWN_MAX);
    }
    left_out.len()
}

/// The fold decides what counts: what was recorded before does not, in whatever portions it comes.
async fn record(site: &Site, events: &[ToldEvent]) -> Result<()> {
    let together = site.ask_together(event_actions(events)).await?;
    for outcome in &together.outcomes {
        match outcome {
            Outcome::Done { message } => listing::line(message)?,
            // Every row of the portion was left out.
            Outcome::Refused { message } | Outcome::NotFound { message } | Outcome::Conflict { message } => {
                eprintln!("{message}");
            }
        }
    }
    together.whole()
}

/// Two payments of one amount at one moment may be two, or one that was exported twice: they count once, and that is said.
fn name_twins(path: &Path, events: &[ToldEvent]) {
    let twins = loans::twins(events);
    if twins > 0 {
        eprintln!(
            "{}: {} of what another row says, to the second: each counts once",
            path.display(),
            counted(twins, "repetition")
        );
    }
}

/// `3 debit_failed, 2 payment`.
fn counts(events: &[ToldEvent]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for told in events {
        *counts.entry(told.event.code()).or_default() += 1;
    }
    let counts: Vec<String> = counts.into_iter().map(|(event, count)| format!("{count} {event}")).collect();
    if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") }
}

/// Rows that are printed; the file has the rest.
const LEFT_OUT_SHOWN_MAX: usize = 20;
