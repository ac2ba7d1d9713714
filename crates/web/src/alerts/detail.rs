//! One alert, with all it rests on.
//!
//! Shape: an id in, [`AlertDetail`] out. Without a purpose, or for who may never see it, where the car was stands in none of it: the
//! fixes are null, and that is said. Errors: `not_found` for what is not the caller's to know of.

use super::found;
use super::row::AlertRow;
use super::shown::{
    DeliveryView, FigureView, FixView, HistoryView, LoanView, Places, RejectedView, figures, places_in,
};
use crate::caller::Caller;
use crate::desk::Desk;
use crate::problem::Problem;
use crate::rights::Right;
use crate::text::Text;
use crate::vehicles::row::Eyes;
use crate::vehicles::rule_set;
use axum::Json;
use axum::extract::{Path, State};
use model::Alert;
use serde::Serialize;
use store::Store;
use utoipa::ToSchema;

/// An alert with all it rests on.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AlertDetail {
    #[serde(flatten)]
    pub(super) row: AlertRow,
    severity_name: Text,
    /// Hash of the rule set that was in force.
    rule_set: String,
    rules_version: u32,
    figures: Vec<FigureView>,
    /// Null: see `positions_hidden`.
    fixes_used: Option<Vec<FixView>>,
    fixes_rejected: Option<Vec<RejectedView>>,
    /// Say why you look (`X-Purpose`) to see where the car was.
    positions_hidden: bool,
    /// The loan as it was known when the alert was raised; null for who may not read loans.
    loan: Option<LoanView>,
    history: Vec<HistoryView>,
    deliveries: Vec<DeliveryView>,
}

/// One alert.
#[utoipa::path(get, path = "/alerts/{id}", tag = "alerts", params(("id" = String, Path, description = "the alert's id")),
    responses((status = 200, body = AlertDetail)))]
pub(super) async fn detail(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<AlertDetail>, Problem> {
    let (store, now) = (desk.store()?, desk.now());
    let rule_set = rule_set(&store).await?;
    let eyes = Eyes { caller: &caller, rule_set: &rule_set, now };
    let (inbox, row) = found(&store, eyes, &id).await?;
    let places = shows_places(&desk, &caller, &inbox.alert).await?;
    Ok(Json(AlertDetail::of(&store, &caller, &inbox.alert, (row, places)).await?))
}

/// Whether the caller may and wants to see where the car was; then that is counted and written down.
async fn shows_places(desk: &Desk, caller: &Caller, alert: &Alert) -> Result<Places, Problem> {
    if !caller.has(Right::TracksRead) || caller.purpose.is_none() {
        return Ok(Places::Hidden);
    }
    read_places(desk, caller, alert).await?;
    Ok(Places::Shown)
}

/// Counts and writes down that somebody sees where the car of an alert was.
pub(super) async fn read_places(desk: &Desk, caller: &Caller, alert: &Alert) -> Result<(), Problem> {
    let places = u32::try_from(places_in(alert)).unwrap_or(u32::MAX);
    let about = alert.about.vehicle().map(|vehicle| format!(" vehicle={vehicle}")).unwrap_or_default();
    desk.reads(caller, &format!("alert {}{about}", alert.id), places).await
}

impl AlertDetail {
    pub(super) async fn of(
        store: &Store,
        caller: &Caller,
        alert: &Alert,
        (row, places): (AlertRow, Places),
    ) -> Result<Self, Problem> {
        let (history, deliveries) =
            (store.alert_history(&alert.id).await?, store.alert_deliveries(&alert.id).await?);
        let explanation = &alert.explanation;
        let is_shown = places == Places::Shown;
        let loan = explanation.loan.as_ref().filter(|_| caller.has(Right::LoansRead));
        Ok(Self {
            row,
            severity_name: words::severity(alert.severity).into(),
            rule_set: explanation.rule_set.clone(),
            rules_version: explanation.rules_version,
            figures: figures(alert, places),
            fixes_used: is_shown.then(|| explanation.fixes_used.iter().map(FixView::of).collect()),
            fixes_rejected: is_shown
                .then(|| explanation.fixes_rejected.iter().map(RejectedView::of).collect()),
            positions_hidden: !is_shown,
            loan: loan.map(LoanView::of),
            history: history.into_iter().map(HistoryView::of).collect(),
            deliveries: deliveries.into_iter().map(DeliveryView::of).collect(),
        })
    }
}
