//! An import as it is sent.
//!
//! Shape: the store's row in, [`ImportView`] out. Errors: none; a summary of another form shows nothing.

use super::compare::{DiffView, Guard, Summary};
use crate::caller::Caller;
use crate::rights::Right;
use crate::text::Text;
use loans::Reject;
use model::Timestamp;
use serde::Serialize;
use store::{ImportRow, ImportState};
use utoipa::ToSchema;

/// A file that was brought in.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct ImportView {
    id: String,
    kind: &'static str,
    lender: Option<String>,
    name: String,
    encoding: String,
    /// checked, applying, applied, refused, discarded, expired, rolling_back or rolled_back.
    state: &'static str,
    rows: u64,
    accepted: u64,
    /// Rows with something wrong in them.
    rejected_count: u64,
    /// The first 200 cells; `rejects.csv` has all. Not in a list.
    rejected: Option<Vec<RejectView>>,
    ignored_columns: Vec<String>,
    diff: DiffView,
    guards: Vec<Guard>,
    #[schema(value_type = String, format = DateTime)]
    uploaded_at: Timestamp,
    uploaded_by: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    settled_at: Option<Timestamp>,
    settled_by: Option<String>,
    /// It is the loan book in force, and what was before it is kept. Not in a list.
    pub(super) can_roll_back: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    rolled_back_at: Option<Timestamp>,
    rolled_back_by: Option<String>,
    /// While it is being put in force or taken back.
    progress: Option<Progress>,
}

/// How many inputs of an import are folded, and what was said of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Progress {
    pub(super) done: usize,
    pub(super) of: usize,
    pub(super) messages: Vec<String>,
}

/// A cell that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct RejectView {
    row: u64,
    /// The contract that the row names.
    contract: Option<String>,
    column: String,
    value: String,
    code: &'static str,
    text: Text,
}

impl ImportView {
    /// With what was refused. What a loan has now is told to who may read loans, and of no file that was put away.
    pub(super) fn of(row: &ImportRow, progress: Option<Progress>, caller: &Caller) -> Self {
        let rejects: Vec<Reject> = serde_json::from_str(&row.rejects).unwrap_or_default();
        let rejected = rejects.into_iter().take(REJECTS_SHOWN_MAX).map(RejectView::of).collect();
        let bare = Self::bare(row);
        let is_put_away = matches!(row.state, ImportState::Discarded | ImportState::Expired);
        let tells_cells = caller.has(Right::LoansRead) && !is_put_away;
        let diff = if tells_cells { bare.diff } else { bare.diff.without_cells() };
        Self { rejected: Some(rejected), progress, diff, ..bare }
    }

    /// A line of the list.
    pub(super) fn of_list(row: &ImportRow) -> Self {
        let bare = Self::bare(row);
        Self { diff: bare.diff.clone().without_names(), ..bare }
    }

    fn bare(row: &ImportRow) -> Self {
        let summary: Option<Summary> = serde_json::from_str(&row.summary).ok();
        let (rows, accepted, rejected_count) = summary
            .as_ref()
            .map_or((0, 0, 0), |summary| (summary.rows, summary.accepted, summary.rejected_count));
        let (encoding, ignored_columns, diff, guards) = summary.map_or_else(Default::default, |summary| {
            (summary.encoding, summary.ignored_columns, summary.diff, summary.guards)
        });
        Self {
            id: row.id.clone(),
            kind: row.kind.as_str(),
            lender: row.lender.as_ref().map(|lender| lender.0.clone()),
            name: row.name.clone(),
            encoding,
            state: row.state.as_str(),
            rows,
            accepted,
            rejected_count,
            rejected: None,
            ignored_columns,
            diff,
            guards,
            uploaded_at: row.at,
            uploaded_by: row.actor.clone(),
            settled_at: row.settled.as_ref().map(|(at, _)| *at),
            settled_by: row.settled.as_ref().map(|(_, by)| by.clone()),
            can_roll_back: false,
            rolled_back_at: row.rollback.as_ref().map(|rollback| rollback.at),
            rolled_back_by: row.rollback.as_ref().map(|rollback| rollback.by.clone()),
            progress: None,
        }
    }
}

impl RejectView {
    fn of(Reject { line, contract, column, value, reason }: Reject) -> Self {
        let text = Text { zh: reason.zh(), en: reason.to_string() };
        Self { row: line, contract, column, value, code: reason.code(), text }
    }
}

/// A screen or two.
const REJECTS_SHOWN_MAX: usize = 200;
