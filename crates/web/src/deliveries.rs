//! What became of each notice: whether the receiver has it, how often it was tried, and what went wrong.
//!
//! Shape: the outbox as pages, the newest first; whose car and where is in none of it, only the id of the alert. Units: UTC. Errors:
//! `invalid` with the parameter's name. Source: DESIGN.md §7; `ux.md` §5.

use crate::asked::Asked;
use crate::desk::Desk;
use crate::list::{Listing, Page, PageQuery};
use crate::problem::Problem;
use axum::extract::State;
use axum::response::Json;
use model::{Seq, Timestamp};
use serde::{Deserialize, Serialize};
use store::{OutboxEntry, OutboxQuery, OutboxState};
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
    /// About this alert only.
    alert: Option<String>,
    /// pending, delivered, dead or cancelled.
    state: Option<String>,
}

/// A notice that is owed, and how far it is.
#[derive(Debug, Serialize, ToSchema)]
struct DeliveryView {
    /// The receiver's idempotency key.
    id: String,
    /// The alert, or the reminder's own id.
    about: String,
    /// What happened to it, or what kind of reminder it is.
    notice: String,
    /// pending, delivered, dead or cancelled.
    state: String,
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
    Asked(query): Asked<DeliveriesQuery>,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Listing<DeliveryView>>, Problem> {
    let page: Page<(i64, String)> = page.page()?;
    let state = query.state.as_deref().unwrap_or_default();
    if !state.is_empty() && OutboxState::ALL.iter().all(|known| known.as_str() != state) {
        return Err(Problem::field("?state", "state", "state is pending, delivered, dead or cancelled"));
    }
    let behind = page.after.as_ref().map(|(seq, entry)| (Seq(*seq), entry.as_str()));
    let subject = query.alert.as_deref().unwrap_or_default();
    let asked = OutboxQuery { behind, subject, state, rows_max: page.rows_max() };
    let rows = desk.store()?.outbox_page(&asked).await?;
    let views = rows.into_iter().map(DeliveryView::of).collect();
    Ok(Json(Listing::of(views, &page, desk.now(), |view: &DeliveryView| view.key.clone())))
}

impl DeliveryView {
    fn of(entry: OutboxEntry) -> Self {
        let OutboxEntry { seq, entry, subject, notice, state, attempt, at, error } = entry;
        Self {
            key: (seq.0, entry.clone()),
            id: entry,
            about: subject,
            notice,
            state,
            attempts: attempt,
            at,
            error,
        }
    }
}
