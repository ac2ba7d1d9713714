//! Which loan books are in force, whichever way they came.
//!
//! Shape: the newest book of each lender whose loans the caller sees all of. Units: contracts. Errors: those of the store.

use crate::caller::Caller;
use crate::desk::Desk;
use crate::list::Listing;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use model::Timestamp;
use serde::Serialize;
use store::BookRow;
use utoipa::ToSchema;

/// A loan book in force.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BookView {
    lender: String,
    /// As of when the lender states it.
    #[schema(value_type = String, format = DateTime)]
    as_of: Timestamp,
    loans: i64,
    /// It holds every contract of the lender.
    complete: bool,
    #[schema(value_type = String, format = DateTime)]
    activated_at: Timestamp,
    /// Rows that came since, of too few loans to say how old the feed is.
    since: Option<SinceView>,
    /// What stood before the newest of its rows is kept: at the desk where it came from there, else by `lienwatch import rollback`.
    can_roll_back: bool,
}

/// The newest rows of a lender, beside its book.
#[derive(Debug, Serialize, ToSchema)]
struct SinceView {
    #[schema(value_type = String, format = DateTime)]
    as_of: Timestamp,
    loans: i64,
    #[schema(value_type = String, format = DateTime)]
    activated_at: Timestamp,
}

/// The loan books in force, one of each lender.
#[utoipa::path(get, path = "/books", tag = "imports", responses((status = 200, body = Listing<BookView>)))]
pub(super) async fn books(
    State(desk): State<Desk>,
    caller: Caller,
) -> Result<Json<Listing<BookView>>, Problem> {
    let store = desk.store()?;
    let mut data = Vec::new();
    for row in store.books().await? {
        if caller.scope.holds_lender(&row.lender) {
            let newest = store.newest_book(&row.lender).await?.filter(|newest| newest.book != row.book);
            let can_roll_back = store.is_former_kept(&newest.as_ref().unwrap_or(&row).book).await?;
            data.push(BookView::of(row, newest, can_roll_back));
        }
    }
    Ok(Json(Listing { data, next_cursor: None, as_of: desk.now() }))
}

impl BookView {
    fn of(row: BookRow, newest: Option<BookRow>, can_roll_back: bool) -> Self {
        let BookRow { lender, as_of, loans, complete, activated_at, .. } = row;
        let since = newest.map(|newest| SinceView {
            as_of: newest.as_of,
            loans: newest.loans,
            activated_at: newest.activated_at,
        });
        Self { lender: lender.0, as_of, loans, complete, activated_at, since, can_roll_back }
    }
}
