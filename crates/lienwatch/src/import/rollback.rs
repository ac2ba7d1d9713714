//! `lienwatch import rollback`: the newest loan book of a lender is taken back, whichever way it came.
//!
//! Shape: a lender and a reason in; what is in force then out. Errors: exit 4 where the lender has no book, 5 where the book cannot be
//! taken back.

use super::agreed;
use crate::cli::RollBack;
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::lenders;
use crate::listing;
use crate::site::Site;
use anyhow::Result;
use model::LenderId;
use model::input::{Action, BookReversal};
use model::unit::counted;
use std::io::IsTerminal;
use store::Former;

pub(super) async fn rollback(config: &Config, args: RollBack) -> Result<Exit> {
    let RollBack { lender, reason, dry_run, yes } = args;
    let (characters, most) = (reason.chars().count(), BookReversal::REASON_CHARACTERS_MAX);
    if reason.trim().is_empty() || characters > most {
        let said = format!("say with --reason what is wrong with the book, in {most} characters at the most");
        return Err(Failure::error(Exit::Usage, said));
    }
    let site = Site::open(config).await?;
    site.catch_up().await?;
    let former = newest(&site, &LenderId(lender)).await?;
    eprintln!("{}", in_words(&former));
    if dry_run {
        site.close().await;
        return Ok(Exit::Ok);
    }
    if !yes {
        // It cannot be undone, so that it wants a word where nobody is there to ask.
        if !std::io::stdin().is_terminal() {
            return Err(Failure::error(Exit::Usage, "nothing was taken back: say --yes"));
        }
        if !agreed("Take this book back?")? {
            return Err(Failure::error(Exit::Refused, "nothing was taken back"));
        }
    }
    // By its name: a book that has come since is not taken back in its stead.
    let Former { book, lender, .. } = former;
    listing::line(&site.ask(Action::RevertBook(BookReversal { book, lender, reason })).await?)?;
    site.close().await;
    Ok(Exit::Ok)
}

/// The book that can be taken back, with what was before it.
async fn newest(site: &Site, lender: &LenderId) -> Result<Former> {
    let kept = match site.store.revertible_book(lender).await? {
        Some(book) => site.store.former(&book).await?,
        None => None,
    };
    if let Some(former) = kept {
        return Ok(former);
    }
    let books = site.store.books().await?;
    if books.iter().any(|book| book.lender == *lender) {
        let why = format!(
            "what stood before the book of {lender} in force is not kept: one book of a lender can be taken back, \
             and only until rows of it come otherwise. Import a corrected book"
        );
        return Err(Failure::error(Exit::Refused, why));
    }
    let known = lenders::listed(site).await?;
    Err(Failure::error(Exit::NotFound, format!("no book of the lender {lender} is in force. {known}")))
}

/// What it is, and what comes back.
fn in_words(former: &Former) -> String {
    let Former { lender, as_of, before, loans, .. } = former;
    let then = before.as_ref().map_or_else(
        || "no book of this lender is in force then, and nothing is stated of its loans".to_owned(),
        |before| {
            let holds = counted(usize::try_from(before.loans).unwrap_or_default(), "loan");
            format!("the one as of {} is in force then, of {holds}", before.as_of)
        },
    );
    let changed = counted(loans.len(), "loan");
    format!(
        "the newest book of {lender} is as of {as_of} and has changed {changed}; {then}. What was told since stays"
    )
}
