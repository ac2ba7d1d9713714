//! What becomes of one loan when a file is put in force: its cells, its bucket, and what the file says too late.
//!
//! Shape: the loan as it is and as it would be → what is told of it. Units: cells as a book writes them, amounts in yuan. Errors: none.
//! Source: `domain.md` §1 (M0 to M7+), §6.

use crate::column::{Column, LOAN};
use crate::sheet::{is_written, loan_cell};
use model::loan::{Bucket, Standing};
use model::{ContractId, Loan};
use serde::{Deserialize, Serialize};

/// Contracts that go from one bucket to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// Where they are.
    pub from: Bucket,
    /// Where they would be.
    pub to: Bucket,
    /// How many.
    pub count: usize,
}

/// A cell that changes; `None` = nothing in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Of which contract.
    pub contract: ContractId,
    /// Our name of its column.
    pub column: String,
    /// What is in force.
    pub before: Option<String>,
    /// What would be.
    pub after: Option<String>,
}

/// The cells in which two states of a loan differ.
pub(super) fn changes<'a>(before: &'a Loan, after: &'a Loan) -> impl Iterator<Item = Change> + 'a {
    LOAN.iter().filter(|heading| is_told(heading.column)).filter_map(move |heading| {
        let [was, will_be] = [before, after].map(|loan| loan_cell(loan, heading.column));
        let cell = |text: String| (!text.is_empty()).then_some(text);
        (was != will_be).then(|| Change {
            contract: after.contract.clone(),
            column: heading.name.to_owned(),
            before: cell(was),
            after: cell(will_be),
        })
    })
}

/// Who really drives is the name of a person, and whoever checks a file need not be somebody who may read it.
fn is_told(column: Column) -> bool {
    is_written(column) && !matches!(column, Column::AsOf | Column::ActualUser)
}

/// From which bucket to which a loan goes, if it does. What is held or settled is in none.
pub(super) fn moved(was: Standing, will_be: Standing) -> Option<(Bucket, Bucket)> {
    let (from, to) = (Bucket::of_standing(was)?, Bucket::of_standing(will_be)?);
    (from != to).then_some((from, to))
}

/// Whether a row says something else of the debt than is known since.
pub(super) fn is_behind(row: &Loan, known: &Loan) -> bool {
    let debt = |loan: &Loan| {
        (loan.oldest_unpaid_due, loan.amount_overdue, loan.principal_outstanding, loan.settled_at)
    };
    row.as_of < known.as_of && debt(row) != debt(known)
}
