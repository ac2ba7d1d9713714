//! What the newest book of a lender changed, as it was before, for the one who takes it back.
//!
//! Shape: a book in, what is kept of before it out, and what was told of loans since. Units: journal time. Errors: [`StoreError`].
//! Reads here use the writing connection, as all that the fold asks.

use crate::backend::{with_reader, with_writer};
use crate::world::{BookColumns, book as book_row};
use crate::{Former, Store, StoreError};
use model::input::ToldEvent;
use model::{ContractId, LenderId, Seq, Timestamp};

const FORMER: &str = "SELECT f.lender, f.activated_seq, f.loans, b.as_of_ms FROM former_loans f JOIN loan_books b ON b.book = f.book \
    WHERE f.book = $1 ORDER BY f.place";

const IS_KEPT: &str = "SELECT COUNT(*) FROM former_loans WHERE book = $1 AND place = 0";

const IS_KNOWN: &str = "SELECT COUNT(*) FROM loan_books WHERE book = $1";

const BEFORE: &str = "SELECT book, lender, as_of_ms, loans, complete, whole, activated_seq, activated_ms FROM loan_books \
    WHERE lender = $1 AND activated_seq < $2 ORDER BY whole DESC, activated_seq DESC LIMIT 1";

const NEWEST_KEPT: &str = "SELECT book FROM former_loans WHERE lender = $1 AND place = 0";

const TOLD: &str = "SELECT e.contract, e.at_ms, e.body, a.at_ms FROM loan_events e JOIN archive a ON a.seq = e.seq \
    WHERE e.seq > $1 AND e.seq < $2 ORDER BY e.seq, e.item";

/// An event of a loan, and when it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldSince {
    /// Journal time.
    pub told_at: Timestamp,
    /// What happened.
    pub told: ToldEvent,
}

impl Store {
    /// What was before a book; `None` if it is not kept: of books that are not the newest of their lender, or were put in force by
    /// a version that kept nothing.
    pub async fn former(&self, book: &str) -> Result<Option<Former>, StoreError> {
        let portions: Vec<(String, i64, String, i64)> =
            with_writer!(self, pool => sqlx::query_as(FORMER).bind(book).fetch_all(pool).await)?;
        let Some((lender, seq, _, as_of_ms)) = portions.first() else { return Ok(None) };
        let (lender, activated_seq) = (LenderId(lender.clone()), Seq(*seq));
        let as_of = Timestamp::from_ms(*as_of_ms);
        let before: Option<BookColumns> = with_writer!(self, pool => {
            sqlx::query_as(BEFORE).bind(&lender.0).bind(activated_seq.0).fetch_optional(pool).await
        })?;
        let mut loans = Vec::new();
        for (_, _, portion, _) in &portions {
            loans.append(&mut serde_json::from_str(portion)?);
        }
        let (book, before) = (book.to_owned(), before.map(book_row));
        Ok(Some(Former { book, lender, as_of, activated_seq, before, loans }))
    }

    /// Whether what was before a book is kept: the book is in force, and can be taken back.
    pub async fn is_former_kept(&self, book: &str) -> Result<bool, StoreError> {
        let portions: i64 =
            with_reader!(self, pool => sqlx::query_scalar(IS_KEPT).bind(book).fetch_one(pool).await)?;
        Ok(portions > 0)
    }

    /// Whether a book was put in force and never taken back; a newer one may have taken its place.
    pub async fn has_book(&self, book: &str) -> Result<bool, StoreError> {
        let books: i64 =
            with_reader!(self, pool => sqlx::query_scalar(IS_KNOWN).bind(book).fetch_one(pool).await)?;
        Ok(books > 0)
    }

    /// The book of a lender that can be taken back: of each lender one is kept, its newest.
    pub async fn revertible_book(&self, lender: &LenderId) -> Result<Option<String>, StoreError> {
        Ok(with_reader!(self, pool => {
            sqlx::query_scalar(NEWEST_KEPT).bind(&lender.0).fetch_optional(pool).await
        })?)
    }

    /// What was told of loans behind an input and before another one, in the order in which it came.
    pub async fn told_between(&self, after: Seq, before: Seq) -> Result<Vec<ToldSince>, StoreError> {
        let rows: Vec<(String, i64, String, i64)> = with_writer!(self, pool => {
            sqlx::query_as(TOLD).bind(after.0).bind(before.0).fetch_all(pool).await
        })?;
        let told = |(contract, at, body, told_at): (String, i64, String, i64)| {
            let (contract, at) = (ContractId(contract), Timestamp::from_ms(at));
            let told = ToldEvent { contract, at, event: serde_json::from_str(&body)? };
            Ok(ToldSince { told_at: Timestamp::from_ms(told_at), told })
        };
        rows.into_iter().map(told).collect()
    }
}

pub(crate) const ALL: &[&str] = &[FORMER, IS_KEPT, IS_KNOWN, BEFORE, NEWEST_KEPT, TOLD];
