//! What became of each notice: whether the receiver has it, how often it was tried, and what went wrong.
//!
//! Shape: the outbox as pages, the newest first; whose car and where is in none of it, only the id of the alert. Units: UTC. Errors:
//! `invalid` with the parameter's name; `forbidden` for all lenders' to who sees some, `not_found` for an alert that is not theirs. Source: DESIGN.md §7; `ux.md` §5.

use crate::alerts;
use crate::asked::Asked;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::list::{Listing, Page, PageQuery};
use crate::problem::{Code, Problem};
use crate::vehicles::row::Eyes;
use crate::vehicles::rule_set;
use axum::extract::State;
use axum::response::Json;
use model::{Seq, Timestamp};
use serde::{Deserialize, Serialize};
use store::{OutboxEntry, OutboxPart, OutboxState, Store};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<Desk> {
    OpenApiRouter::default().routes(routes!(list))
}

/// Which notices.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct DeliveriesQuery {
    /// Of this alert only.
    alert: Option<String>,
    /// In this state only: pending, delivered, dead or cancelled. Not together with an alert.
    state: Option<String>,
}

/// A notice that is owed, and how far it is.
#[derive(Debug, Serialize, ToSchema)]
struct DeliveryView {
    /// The receiver's idempotency key.
    id: String,
    /// The alert's id, or the reminder's own.
    subject: String,
    /// What happened to it, or what kind of reminder it is.
    notice: String,
    /// pending, delivered, dead or cancelled.
    state: &'static str,
    attempts: i64,
    /// When it is tried next, or was tried last.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// What went wrong last.
    error: Option<String>,
    #[serde(skip)]
    key: (i64, String),
}

/// What became of each notice, the newest first.
#[utoipa::path(get, path = "/deliveries", tag = "system", params(DeliveriesQuery, PageQuery),
    responses((status = 200, body = Listing<DeliveryView>)))]
async fn list(
    State(desk): State<Desk>,
    caller: Caller,
    Asked(query): Asked<DeliveriesQuery>,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Listing<DeliveryView>>, Problem> {
    let page: Page<(i64, String)> = page.page()?;
    let store = desk.store()?;
    let part = query.part()?;
    check(&desk, &store, &caller, part).await?;
    let behind = page.after.as_ref().map(|(seq, entry)| (Seq(*seq), entry.as_str()));
    let rows = store.outbox_page(part, behind, page.rows_max()).await?;
    let views = rows.into_iter().map(DeliveryView::of).collect();
    Ok(Json(Listing::of(views, &page, desk.now(), |view: &DeliveryView| view.key.clone())))
}

impl DeliveriesQuery {
    fn part(&self) -> Result<OutboxPart<'_>, Problem> {
        match (self.alert.as_deref(), self.state.as_deref()) {
            (Some(_), Some(_)) => {
                Err(Problem::field("?state", "exclusive", "an alert has few notices: name it, or a state"))
            }
            (Some(alert), None) => Ok(OutboxPart::About(alert)),
            (None, Some(state)) => match OutboxState::parse(state) {
                Ok(state) => Ok(OutboxPart::In(state)),
                Err(error) => Err(Problem::field("?state", "state", error.to_string())),
            },
            (None, None) => Ok(OutboxPart::Whole),
        }
    }
}

/// Whose notices somebody reads: those of an alert that is theirs, and all only who sees everything, since a notice names no lender.
async fn check(desk: &Desk, store: &Store, caller: &Caller, part: OutboxPart<'_>) -> Result<(), Problem> {
    if caller.scope.is_everything() {
        return Ok(());
    }
    let OutboxPart::About(alert) = part else {
        let detail =
            "Notices of all lenders are for those who see all of them. Name an alert of yours: ?alert=ID.";
        return Err(Problem::new(Code::Forbidden, detail));
    };
    let rule_set = rule_set(store).await?;
    let eyes = Eyes { caller, rule_set: &rule_set, now: desk.now() };
    alerts::found(store, eyes, alert).await.map(drop)
}

impl DeliveryView {
    fn of(entry: OutboxEntry) -> Self {
        let OutboxEntry { seq, entry, subject, notice, state, attempt, at, error } = entry;
        Self {
            key: (seq.0, entry.clone()),
            id: entry,
            subject,
            notice,
            state: state.as_str(),
            attempts: attempt,
            at,
            error,
        }
    }
}
