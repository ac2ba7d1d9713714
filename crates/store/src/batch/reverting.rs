//! What a book changed, as it was before, and what a book leaves that is taken back.
//!
//! Each row type beside the statement that writes it, columns in the same order. Units: see the migrations.

use super::lending::{BookRow, LoanRow};
use crate::bulk::Bulk;
use crate::value::Kind::{Int, Text};
use crate::value::Row;
use model::{ContractId, LenderId, Seq, Timestamp};
use serde::{Deserialize, Serialize};

/// What the store said before a book, of every loan that the book changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former {
    /// The book that changed it.
    pub book: String,
    /// Whose.
    pub lender: LenderId,
    /// The book is as of then; read from `loan_books`.
    pub as_of: Timestamp,
    /// The input that put the book in force.
    pub activated_seq: Seq,
    /// The book that was in force before it. Its row is in `loan_books`, where it is read from.
    pub before: Option<BookRow>,
    /// The loans.
    pub loans: Vec<FormerLoan>,
}

/// A loan before a book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerLoan {
    /// The contract.
    pub contract: ContractId,
    /// What the store said of it; nothing if it was not known.
    pub row: Option<LoanRow>,
}

/// A book that is in force no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevertedBook {
    /// The book.
    pub book: String,
    /// Whose.
    pub lender: LenderId,
}

/// A portion of what was before a book.
#[derive(Debug)]
pub(super) struct FormerPortion {
    lender: LenderId,
    place: i64,
    book: String,
    activated_seq: Seq,
    loans: Vec<FormerLoan>,
}

impl Former {
    /// Its portions; at least one, which says that it is kept.
    pub(super) fn portions(self) -> Vec<FormerPortion> {
        let Self { book, lender, activated_seq, loans, .. } = self;
        let portion = |place, loans: &[FormerLoan]| FormerPortion {
            lender: lender.clone(),
            place,
            book: book.clone(),
            activated_seq,
            loans: loans.to_vec(),
        };
        if loans.is_empty() {
            return vec![portion(0, &[])];
        }
        (0..).zip(loans.chunks(LOANS_PER_PORTION_MAX)).map(|(place, loans)| portion(place, loans)).collect()
    }
}

pub(super) static FORMER_LOANS: Bulk = Bulk::new(
    "INSERT INTO former_loans (lender, place, book, activated_seq, loans)",
    &[Text, Int, Text, Int, Text],
    "",
);

impl FormerPortion {
    pub(super) fn row(self) -> Row {
        let loans = serde_json::to_string(&self.loans).unwrap_or_else(|_| "[]".into());
        vec![
            self.lender.0.into(),
            self.place.into(),
            self.book.into(),
            self.activated_seq.0.into(),
            loans.into(),
        ]
    }
}

/// One book a lender is kept.
pub(super) static FORMER_DROPPED: Bulk =
    Bulk::new("DELETE FROM former_loans WHERE lender IN (", &[Text], ")");

/// The one before it is the newest again.
pub(super) static BOOKS_REVERTED: Bulk = Bulk::new("DELETE FROM loan_books WHERE book IN (", &[Text], ")");

/// Loans that only a book knew that was taken back.
pub(super) static LOANS_REMOVED: Bulk = Bulk::new("DELETE FROM loans WHERE contract IN (", &[Text], ")");

/// A portion is some 55 KB: with 200 of them a statement stays at 11 MB.
const LOANS_PER_PORTION_MAX: usize = 50;
