//! Where borrowers live and work, as a loan book says it: told of the contracts of which it says something new.
//!
//! Shape: a file that is in force, and what is filed already, in; events of its own moment out. Errors: those of the journal and the
//! store. Source: `domain.md` §3a.

use crate::listing;
use crate::site::Site;
use anyhow::Result;
use loans::{LoanFile, address_actions};
use model::input::Outcome;

/// Files what is new of a book's addresses.
pub(super) async fn file_addresses(site: &Site, file: &LoanFile) -> Result<()> {
    if file.filed.is_empty() {
        return Ok(());
    }
    let rows = site.store.loans().await?.into_iter();
    let known = rows.map(|row| (row.loan.contract, row.notes.filed)).collect();
    let together = site.ask_together(address_actions(file, &known)).await?;
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
