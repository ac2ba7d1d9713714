//! Loan books and the loans they state.
//!
//! Each row type beside the statement that writes it, columns in the same order. Units: see the migrations.

use crate::bulk::Bulk;
use crate::value::Kind::{Int, Text};
use crate::value::Row;
use model::input::ToldEvent;
use model::loan::{Dealings, FiledAddresses, Holds, RecoveryCase};
use model::{Date, LenderId, Loan, Seq, Timestamp, VehicleId};

/// Rows of a book that is not in force.
#[derive(Debug)]
pub struct ChunkRow {
    /// The book.
    pub book: String,
    /// First row's number.
    pub first_row: i64,
    /// The rows.
    pub loans: Vec<Loan>,
}

pub(super) static BOOK_CHUNKS: Bulk = Bulk::new(
    "INSERT INTO book_chunks (book, first_row, loans)",
    &[Text, Int, Text],
    "ON CONFLICT (book, first_row) DO UPDATE SET loans = excluded.loans",
);

impl ChunkRow {
    pub(super) fn row(self) -> Row {
        let loans = serde_json::to_string(&self.loans).unwrap_or_else(|_| "[]".into());
        vec![self.book.into(), self.first_row.into(), loans.into()]
    }
}

/// A book that came in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookRow {
    /// The book.
    pub book: String,
    /// Whose.
    pub lender: LenderId,
    /// As of when the lender states it.
    pub as_of: Timestamp,
    /// How many loans it holds.
    pub loans: i64,
    /// It holds every contract of the lender.
    pub complete: bool,
    /// It is complete, or states all but a few of the loans of such a one: the lender's feed is as old as this.
    pub whole: bool,
    /// The input that put it in force.
    pub activated_seq: Seq,
    /// When.
    pub activated_at: Timestamp,
}

/// Empties the staging table of books that are in force.
pub(super) static CHUNKS_DROPPED: Bulk = Bulk::new("DELETE FROM book_chunks WHERE book IN (", &[Text], ")");

pub(super) static LOAN_BOOKS: Bulk = Bulk::new(
    "INSERT INTO loan_books (book, lender, as_of_ms, loans, complete, whole, activated_seq, activated_ms)",
    &[Text, Text, Int, Int, Int, Int, Int, Int],
    "ON CONFLICT DO NOTHING",
);

impl BookRow {
    pub(super) fn row(self) -> Row {
        vec![
            self.book.into(),
            self.lender.0.into(),
            self.as_of.ms().into(),
            self.loans.into(),
            self.complete.into(),
            self.whole.into(),
            self.activated_seq.0.into(),
            self.activated_at.ms().into(),
        ]
    }
}

/// A loan as the newest book and later events state it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LoanRow {
    /// The loan as it counts now; its vehicle and plate as the book writes them.
    pub loan: Loan,
    /// The vehicle it is on, as we know it.
    pub vehicle: VehicleId,
    /// The newest complete book has it.
    pub in_book: bool,
    /// When the last payment came in.
    pub paid_at: Option<Timestamp>,
    /// What is known beside the book.
    pub notes: LoanNotes,
}

/// What is known of a loan beside its row in the book.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct LoanNotes {
    /// As of when a book last stated this very contract.
    pub stated_at: Timestamp,
    /// Holds that the book states.
    pub book_holds: Holds,
    /// Holds that staff entered; no book lifts them.
    pub staff_holds: Holds,
    /// When a debit last failed.
    pub debit_failed_at: Option<Timestamp>,
    /// What staff and the lender's systems had to do with the borrower.
    #[serde(default)]
    pub dealings: Dealings,
    /// The due date of which the borrower has been reminded.
    #[serde(default)]
    pub reminded_due: Option<Date>,
    /// The recovery case, while one is open.
    #[serde(default)]
    pub recovery_case: Option<RecoveryCase>,
    /// As of when what may be taken back was last told.
    #[serde(default)]
    pub told_at: ToldAt,
    /// Where the borrower lives and works by the lender's files.
    #[serde(default)]
    pub filed: FiledAddresses,
}

/// As of when a note was last told, so that one of before that comes late does not undo it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct ToldAt {
    /// The holds of staff, all of them together.
    pub holds: Option<Timestamp>,
    /// The promise among them.
    pub promise: Option<Timestamp>,
    /// Special attention.
    pub attention: Option<Timestamp>,
    /// The addresses.
    pub filed: Option<Timestamp>,
}

pub(super) static LOANS: Bulk = Bulk::new(
    "INSERT INTO loans (contract, lender, vehicle, in_book, paid_ms, notes, body)",
    &[Text, Text, Text, Int, Int, Text, Text],
    "ON CONFLICT (contract) DO UPDATE SET lender = excluded.lender, vehicle = excluded.vehicle, \
     in_book = excluded.in_book, paid_ms = excluded.paid_ms, notes = excluded.notes, body = excluded.body",
);

impl LoanRow {
    pub(super) fn row(self) -> Row {
        let body = serde_json::to_string(&self.loan).unwrap_or_default();
        let notes = serde_json::to_string(&self.notes).unwrap_or_default();
        vec![
            self.loan.contract.0.into(),
            self.loan.lender.0.into(),
            self.vehicle.as_str().into(),
            self.in_book.into(),
            self.paid_at.map(Timestamp::ms).into(),
            notes.into(),
            body.into(),
        ]
    }
}

/// What happened to a loan between two books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoanEventRow {
    /// The input that told it.
    pub seq: Seq,
    /// Its place among the events of that input, from 0.
    pub item: i64,
    /// Who told it.
    pub actor: String,
    /// What happened.
    pub told: ToldEvent,
    /// What tells it from all others, where it counts once however often it is told.
    pub identity: Option<String>,
}

pub(super) static LOAN_EVENTS: Bulk = Bulk::new(
    "INSERT INTO loan_events (contract, seq, item, at_ms, actor, event, body, identity)",
    &[Text, Int, Int, Int, Text, Text, Text, Text],
    "ON CONFLICT DO NOTHING",
);

impl LoanEventRow {
    pub(super) fn row(self) -> Row {
        let body = serde_json::to_string(&self.told.event).unwrap_or_default();
        vec![
            self.told.contract.0.into(),
            self.seq.0.into(),
            self.item.into(),
            self.told.at.ms().into(),
            self.actor.into(),
            self.told.event.code().into(),
            body.into(),
            self.identity.into(),
        ]
    }
}
