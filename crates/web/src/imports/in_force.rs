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
    /// What stood before it is kept: at the desk where it came from there, else by `lienwatch import rollback`.
    can_roll_back: bool,
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
            let can_roll_back = store.is_former_kept(&row.book).await?;
            data.push(BookView::of(row, can_roll_back));
        }
    }
    Ok(Json(Listing { data, next_cursor: None, as_of: desk.now() }))
}

impl BookView {
    fn of(row: BookRow, can_roll_back: bool) -> Self {
        let BookRow { lender, as_of, loans, complete, activated_at, .. } = row;
        Self { lender: lender.0, as_of, loans, complete, activated_at, can_roll_back }
    }
}
