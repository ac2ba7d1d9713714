//! `lienwatch import events`: what the lender's other systems know: SMS, debits, payments, contacts.
//!
//! Shape: a file's rows in groups, one input each. The same file again is the same inputs, and counts once. Errors: rows that are
//! left out are named; exit 3.

use super::{COLUMNS, complain, opened, refused};
use crate::cli::ImportEvents;
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::listing;
use crate::println_out;
use crate::site::Site;
use anyhow::Result;
use loans::EventFile;
use model::input::{Action, ToldEvent};
use model::{ContractId, InputId, Millis, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use xxhash_rust::xxh3::xxh3_128;

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
    let known: BTreeSet<ContractId> =
        site.store.loans().await?.into_iter().map(|row| row.loan.contract).collect();
    let left_out = name_left_out(path, &file, &known, site.journal.clock().now());
    if args.dry_run {
        println_out(&format!("{} would be recorded", counts(&file.events)));
    } else {
        record(&site, &file.events).await?;
    }
    site.close().await;
    Ok(if file.rejected_rows == 0 && left_out == 0 { Exit::Ok } else { Exit::PartlyDone })
}

/// Rows that the fold will leave out: of contracts that no book has, and of the future.
fn name_left_out(path: &Path, file: &EventFile, known: &BTreeSet<ContractId>, now: Timestamp) -> usize {
    let why = |told: &ToldEvent| {
        if !known.contains(&told.contract) {
            return Some(format!("no loan book has contract {}", told.contract));
        }
        (told.at > now.plus(DAY_MS)).then(|| format!("{}: {} is in the future", told.contract, told.at))
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

async fn record(site: &Site, events: &[ToldEvent]) -> Result<()> {
    for group in events.chunks(EVENTS_PER_INPUT_MAX) {
        let id = id_of(group);
        if site.store.outcome(&id).await?.is_some() {
            println_out(&format!("{} events were imported before", group.len()));
            continue;
        }
        match site.ask_as(id, Action::LoanEvents { events: group.to_vec() }).await {
            Ok(message) => println_out(&message),
            // Every row of the group was left out, and is named; the others may still count.
            Err(error)
                if error.downcast_ref::<Failure>().is_some_and(|failure| failure.exit == Exit::Refused) =>
            {
                eprintln!("{error}");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// What the events say makes the id, so that a file that is imported twice counts once.
fn id_of(group: &[ToldEvent]) -> InputId {
    let said = serde_json::to_vec(group).unwrap_or_default();
    InputId(format!("events-{:032x}", xxh3_128(&said)))
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

/// An input holds 64 KiB; an event takes less than 128 bytes of contract, 240 of reason and 30 of the rest.
const EVENTS_PER_INPUT_MAX: usize = 150;
/// Rows that are printed; the file has the rest.
const LEFT_OUT_SHOWN_MAX: usize = 20;
/// A lender's clock may be ahead of ours by this, as the fold allows.
const DAY_MS: Millis = 86_400_000;

#[cfg(test)]
mod tests {
    use super::*;
    use loans::REASON_BYTES_MAX;
    use model::Date;
    use model::input::{Human, Input, LoanEvent};
    use model::loan::Attention;

    #[test]
    fn the_largest_group_fits_into_an_input() {
        let attention =
            Attention { reason: "x".repeat(REASON_BYTES_MAX), until: Date::parse("2026-12-01").unwrap() };
        let event = LoanEvent::Attention { attention: Some(attention) };
        let told =
            ToldEvent { contract: ContractId("c".repeat(128)), at: Timestamp::from_ms(i64::MAX), event };
        let events = vec![told; EVENTS_PER_INPUT_MAX];
        let id = id_of(&events);
        let human = Human { id, actor: "li".into(), action: Action::LoanEvents { events } };
        assert!(journal::codec::encode(&Input::Human(Box::new(human))).is_ok());
    }
}
