//! Whose name is a lender's: a name that nothing has may be a slip, and what is asked of it has an empty answer.
//!
//! Shape: names in, those that no loan book has out. Errors: those of the store.

use crate::site::Site;
use anyhow::Result;
use model::LenderId;
use std::collections::BTreeSet;
use store::LoanQuery;

/// Those of which there is no loan book and no loan.
pub(crate) async fn unheard_of(site: &Site, names: &[LenderId]) -> Result<Vec<LenderId>> {
    let with_a_book = with_a_book(site).await?;
    let mut unheard = Vec::new();
    for name in names.iter().filter(|name| !with_a_book.contains(name)) {
        let one = LoanQuery { lender: &name.0, rows_max: 1, ..LoanQuery::default() };
        if site.store.loans_page(&one).await?.is_empty() {
            unheard.push(name.clone());
        }
    }
    Ok(unheard)
}

/// Says on stderr of which lenders there is no loan book yet: whoever sees only these sees nothing until there is one.
pub(crate) async fn warn_of_unheard(site: &Site, names: &[LenderId]) -> Result<()> {
    for name in unheard_of(site, names).await? {
        let known = named(&with_a_book(site).await?);
        eprintln!(
            "no loan book is of the lender {name}: there is nothing to see of it until one is. {known}"
        );
    }
    Ok(())
}

/// The lenders that have a book, in a sentence.
pub(crate) async fn listed(site: &Site) -> Result<String> {
    Ok(named(&with_a_book(site).await?))
}

async fn with_a_book(site: &Site) -> Result<BTreeSet<LenderId>> {
    Ok(site.store.books().await?.into_iter().map(|book| book.lender).collect())
}

fn named(lenders: &BTreeSet<LenderId>) -> String {
    let names: Vec<&str> = lenders.iter().map(|lender| lender.0.as_str()).collect();
    match names.as_slice() {
        [] => "No loan book was imported yet".to_owned(),
        names => format!("There are books of: {}", names.join(", ")),
    }
}
