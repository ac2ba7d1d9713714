//! How many alerts there are in each tab, and why an empty inbox may be believed.
//!
//! Shape: who asks in, counts out, with when the rules last ran and how old the oldest book is. Errors: those of the store.

use crate::caller::Caller;
use crate::desk::Desk;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use model::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Counts of the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Counts {
    open: i64,
    mine: i64,
    unassigned: i64,
    snoozed: i64,
    verdict: i64,
    /// P1 that nobody has acknowledged, snoozed ones too.
    p1_unacked: i64,
    /// When the oldest P1 or P2 that nobody has acknowledged was raised.
    #[schema(value_type = Option<String>, format = DateTime)]
    oldest_unacked_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) as_of: Timestamp,
    quiet: Quiet,
}

/// What makes silence believable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct Quiet {
    /// Journal time up to which the rules have looked.
    #[schema(value_type = String, format = DateTime)]
    last_tick: Timestamp,
    /// Loans in the books, whose vehicles are watched.
    vehicles: i64,
    /// As of when the oldest of the lenders' newest books speaks; null without a book.
    #[schema(value_type = Option<String>, format = DateTime)]
    loan_book_as_of: Option<Timestamp>,
}

/// How many alerts there are in each tab.
#[utoipa::path(get, path = "/alerts/counts", tag = "alerts", responses((status = 200, body = Counts)))]
pub(super) async fn counts(State(desk): State<Desk>, caller: Caller) -> Result<Json<Counts>, Problem> {
    Counts::of(&desk, &caller).await.map(Json)
}

impl Counts {
    pub(crate) async fn of(desk: &Desk, caller: &Caller) -> Result<Self, Problem> {
        let (store, now, scope) = (desk.store()?, desk.now(), &caller.scope);
        let counts = store.inbox_counts(scope, [&caller.user.0, &caller.name], now).await?;
        let books = store.books().await?;
        let oldest = books.iter().filter(|book| scope.reaches(&book.lender)).map(|book| book.as_of).min();
        let last_tick = desk.health.applied.borrow().at;
        let quiet =
            Quiet { last_tick, vehicles: store.loans_in_books(scope).await?, loan_book_as_of: oldest };
        Ok(Self {
            open: counts.open,
            mine: counts.mine,
            unassigned: counts.unassigned,
            snoozed: counts.snoozed,
            verdict: counts.verdict,
            p1_unacked: counts.p1_unacknowledged,
            oldest_unacked_at: counts.oldest_unacknowledged_at,
            as_of: now,
            quiet,
        })
    }

    /// The same but for when it was counted: nothing new to tell.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        let when = |counts: &Self| Self {
            as_of: Timestamp::default(),
            quiet: Quiet { last_tick: Timestamp::default(), ..counts.quiet.clone() },
            ..counts.clone()
        };
        when(self) == when(other)
    }
}
