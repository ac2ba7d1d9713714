//! Loan books on their way into force: rows, then the one small input that makes them count.
//!
//! Shape: a file that was read in, what became of its inputs out. Rows are inert until the activation behind them, so that they may
//! enter the journal in several commits; the activation and what is told along with it enter in one. Errors: [`Problem`]. Source:
//! DESIGN.md §1, fine print 2.

use crate::caller::Caller;
use crate::desk::{Desk, Done};
use crate::problem::{Code, FieldError, Problem};
use loans::{FileError, LoanFile, Reject};
use model::input::{Action, BookActivation, Human, Input};
use model::loan::FiledAddresses;
use model::{ContractId, InputId, LenderId};
use std::collections::BTreeMap;
use store::{LoanQuery, Store};

/// How many inputs a book with these addresses needs an id for.
pub(crate) fn ids_needed(addresses: &[Action]) -> usize {
    addresses.len().saturating_add(1)
}

/// Puts a book in force, and files what is new of its addresses. `ids`: as many as [`ids_needed`] says; the same ids are the same
/// wish.
pub(crate) async fn put_in_force(
    desk: &Desk,
    caller: &Caller,
    (file, accept_fall, addresses): (&LoanFile, bool, Vec<Action>),
    ids: &[InputId],
) -> Result<Vec<Result<Done, Problem>>, Problem> {
    let first = ids.first().ok_or(Code::Internal)?;
    let book = name_of_book(&file.lender, first);
    send_rows(desk, file, &book).await?;
    let activation = Action::ActivateBook(BookActivation {
        book,
        lender: file.lender.clone(),
        as_of: file.as_of,
        rows: u32::try_from(file.loans.len()).unwrap_or(u32::MAX),
        complete: file.is_complete(),
        accept_fall,
    });
    let actions = std::iter::once(activation).chain(addresses);
    let human = |(action, id): (Action, &InputId)| Human { id: id.clone(), actor: caller.actor(), action };
    desk.ask_humans(actions.zip(ids).map(human).collect()).await
}

/// How a book is called that an input has put in force.
pub(crate) fn name_of_book(lender: &LenderId, activation: &InputId) -> String {
    format!("{lender} {}", activation.0)
}

/// The rows of a book, which are inert.
async fn send_rows(desk: &Desk, file: &LoanFile, book: &str) -> Result<(), Problem> {
    let mut chunks = loans::book_chunks(file, book).peekable();
    while chunks.peek().is_some() {
        let inputs: Vec<Input> = chunks.by_ref().take(CHUNKS_AT_ONCE).collect();
        watch::enter(&desk.health.journal, inputs).await.map_err(|error| crate::desk::unwritten(&error))?;
    }
    Ok(())
}

/// What is told of where borrowers live and work, of contracts of which the file says something new.
pub(crate) async fn addresses(store: &Store, file: &LoanFile) -> Result<Vec<Action>, Problem> {
    if file.filed.is_empty() {
        return Ok(Vec::new());
    }
    let mut known: BTreeMap<ContractId, FiledAddresses> = BTreeMap::new();
    let mut after = String::new();
    loop {
        let lender = file.lender.0.as_str();
        let rows = store
            .loans_page(&LoanQuery { after: &after, lender, rows_max: SLICE, ..LoanQuery::default() })
            .await?;
        let Some(last) = rows.last() else { break };
        after.clone_from(&last.loan.contract.0);
        let filed = rows.into_iter().filter(|row| file.filed.contains_key(&row.loan.contract));
        known.extend(filed.map(|row| (row.loan.contract, row.notes.filed)));
    }
    Ok(loans::address_actions(file, &known))
}

/// Why a file or batch is of no use.
pub(crate) fn unreadable(error: &FileError) -> Problem {
    let examples = match error {
        FileError::MostlyRejected { examples, .. } => examples.as_slice(),
        _ => &[],
    };
    let mut errors =
        vec![FieldError { pointer: String::new(), code: "file".into(), detail: error.to_string() }];
    errors.extend(examples.iter().map(pointed));
    Problem { detail: format!("{} / {error}", error.zh()).into(), ..Problem::fields(errors) }
}

/// A refused cell, as a problem points at it: `/LINE/COLUMN`.
pub(crate) fn pointed(reject: &Reject) -> FieldError {
    let Reject { line, column, reason, .. } = reject;
    FieldError {
        pointer: format!("/{line}/{column}"),
        code: reason.code().into(),
        detail: reason.to_string(),
    }
}

/// Rows of 3 MB at once: what the journal takes in one commit, and holds in memory.
const CHUNKS_AT_ONCE: usize = 64;
/// Loans that are read at once.
const SLICE: i64 = 2_000;
