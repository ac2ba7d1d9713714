//! Where borrowers live and work, as a loan book says it: told of the contracts of which it says something new.
//!
//! Shape: a file that is in force, and what is filed already, in; events of its own moment out, in portions that fit into an
//! input. Errors: those of the journal and the store. Source: `domain.md` §3a.

use crate::listing;
use crate::site::Site;
use anyhow::Result;
use loans::LoanFile;
use model::ContractId;
use model::input::{Action, LoanEvent, Outcome, ToldEvent};
use model::loan::FiledAddresses;
use std::collections::BTreeMap;

/// Files what is new of a book's addresses. A book that is the same each day says nothing new.
pub(super) async fn file_addresses(site: &Site, file: &LoanFile) -> Result<()> {
    if file.filed.is_empty() {
        return Ok(());
    }
    let rows = site.store.loans().await?.into_iter();
    let events = news(file, &rows.map(|row| (row.loan.contract, row.notes.filed)).collect());
    let portion = |events: &[ToldEvent]| Action::LoanEvents { events: events.to_vec() };
    let together = site.ask_together(events.chunks(EVENTS_PER_INPUT_MAX).map(portion).collect()).await?;
    for outcome in &together.outcomes {
        match outcome {
            Outcome::Done { message } => listing::line(&format!("addresses: {message}"))?,
            Outcome::Refused { message } | Outcome::NotFound { message } | Outcome::Conflict { message } => {
                eprintln!("{message}");
            }
        }
    }
    together.whole()
}

fn news(file: &LoanFile, known: &BTreeMap<ContractId, FiledAddresses>) -> Vec<ToldEvent> {
    let is_new = |contract: &ContractId, addresses: &FiledAddresses| {
        known.get(contract).copied().unwrap_or_default() != *addresses
    };
    let told = file.filed.iter().filter(|(contract, addresses)| is_new(contract, addresses));
    told.map(|(contract, addresses)| ToldEvent {
        contract: contract.clone(),
        at: file.as_of,
        event: LoanEvent::AddressesFiled { addresses: *addresses },
    })
    .collect()
}

/// An input holds 64 KiB; such an event takes less than 128 bytes of contract and 30 of the rest.
const EVENTS_PER_INPUT_MAX: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;
    use loans::{FileOptions, read_loans};
    use model::{Coordinates, LenderId, Timestamp};
    use std::io::Cursor;

    #[test]
    fn only_the_addresses_that_are_new_or_gone_are_told() {
        let text = "contract,plate,due_date,home_lat,home_lon\nC1,粤B1,,22.5,114\nC2,粤B2,,22.5,114\nC3,粤B3,,,\nC4,粤B4,,,\n";
        let as_of = Timestamp::parse("2026-11-20T01:00:00Z");
        let options = FileOptions { as_of, ..FileOptions::of(LenderId("main".into())) };
        let file = read_loans(Cursor::new(text), &options).unwrap();
        let home = Coordinates::from_degrees(22.5, 114.0).ok();
        let filed = FiledAddresses { home, work: None };
        let contract = |id: &str| ContractId(id.into());
        let known = BTreeMap::from([(contract("C1"), filed), (contract("C3"), filed)]);
        let told: Vec<String> = news(&file, &known).into_iter().map(|told| told.contract.0).collect();
        assert_eq!(told, ["C2", "C3"], "C1 is as it was, and of C4 nothing was ever filed");
        assert!(news(&file, &known).iter().all(|told| Some(told.at) == as_of));
    }
}
