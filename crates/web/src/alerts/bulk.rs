//! One thing done about many alerts.
//!
//! Shape: ids and an action in, a result for each id out, in the same order. All that is done enters the journal in one commit; each
//! alert has an outcome of its own. Errors: `invalid` for what is wrong with the action itself; of one alert its own code.

use super::act::{assignee, check_assignment, needed, verdict, written};
use super::row::Sight;
use crate::asked::Body;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::idempotency::IdempotencyKey;
use crate::problem::{Code, Problem};
use crate::vehicles::row::Eyes;
use crate::vehicles::rule_set;
use axum::Json;
use axum::extract::State;
use model::alert::Owner;
use model::input::Action;
use model::{AlertId, CloseReason, Timestamp};
use serde::{Deserialize, Serialize};
use store::InboxRow;
use utoipa::ToSchema;

/// What is done about which alerts.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Bulk {
    /// At most 500.
    ids: Vec<String>,
    /// ack, unack, assign, snooze, note or close.
    action: String,
    #[serde(default)]
    note: Option<String>,
    /// Of assign.
    #[serde(default)]
    user: Option<String>,
    /// Of snooze.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// Of snooze and close.
    #[serde(default)]
    reason: Option<String>,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Results {
    results: Vec<OneResult>,
}

/// What became of it for one alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct OneResult {
    id: String,
    /// As of a request of its own: 200, 202, 404, 409.
    status: u16,
    /// Of a problem.
    code: Option<&'static str>,
}

/// The action, read once for all of them.
enum Deed {
    Ack { note: Option<String> },
    Unack { note: Option<String> },
    Assign { to: Option<super::act::Assignee> },
    Snooze { until: Option<Timestamp>, reason: Option<String> },
    Note { note: String },
    Close { reason: CloseReason, note: Option<String> },
}

/// One thing done about many alerts.
#[utoipa::path(post, path = "/alerts:bulk", tag = "alerts", request_body = Bulk, responses((status = 200, body = Results)))]
pub(super) async fn bulk(
    State(desk): State<Desk>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Body(bulk): Body<Bulk>,
) -> Result<Json<Results>, Problem> {
    if bulk.ids.is_empty() || bulk.ids.len() > ALERTS_MAX {
        return Err(Problem::field("/ids", "count", format!("1 to {ALERTS_MAX} ids")));
    }
    let store = desk.store()?;
    let deed = Deed::read(&store, &caller, &bulk).await?;
    let rule_set = rule_set(&store).await?;
    let eyes = Eyes { caller: &caller, rule_set: &rule_set, now: desk.now() };
    let ids: Vec<AlertId> = bulk.ids.iter().map(|id| AlertId(id.clone())).collect();
    let rows = store.inbox_alerts(&ids).await?;
    let sight = Sight::of(&store, eyes, &rows).await?;
    let seen = |id: &AlertId| rows.iter().find(|row| row.alert.id == *id && sight.row(row).is_some());
    let wishes =
        ids.iter().map(|id| seen(id).ok_or(Code::NotFound.into()).and_then(|row| deed.on(&caller, row)));
    let answers = desk.ask_together(&caller, key.as_ref(), wishes.collect()).await?;
    let results = bulk.ids.into_iter().zip(answers).map(|(id, answer)| OneResult::of(id, answer.as_ref()));
    Ok(Json(Results { results: results.collect() }))
}

impl Deed {
    async fn read(store: &store::Store, caller: &Caller, bulk: &Bulk) -> Result<Self, Problem> {
        let note = written("/note", bulk.note.clone())?;
        Ok(match bulk.action.as_str() {
            "ack" => Self::Ack { note },
            "unack" => Self::Unack { note },
            "assign" => Self::Assign { to: assignee(store, caller, bulk.user.as_deref()).await? },
            "snooze" => Self::Snooze { until: bulk.until, reason: written("/reason", bulk.reason.clone())? },
            "note" => Self::Note { note: needed("/note", note)? },
            "close" => Self::Close { reason: verdict(bulk.reason.as_deref().unwrap_or_default())?, note },
            _ => {
                return Err(Problem::field(
                    "/action",
                    "unknown",
                    "ack, unack, assign, snooze, note or close",
                ));
            }
        })
    }

    /// The input for one alert, of the version that is listed now.
    fn on(&self, caller: &Caller, row: &InboxRow) -> Result<Action, Problem> {
        let (alert, version) = (row.alert.id.clone(), Some(row.alert.version));
        Ok(match self {
            Self::Ack { note } => Action::Acknowledge { alert, version, note: note.clone() },
            Self::Unack { note } => Action::Unacknowledge { alert, version, note: note.clone() },
            Self::Assign { to } => {
                check_assignment(caller, row, to.as_ref())?;
                let to: Option<Owner> = to.as_ref().map(|to| to.owner.clone());
                Action::Assign { alert, version, to }
            }
            Self::Snooze { until, reason } => {
                Action::Snooze { alert, version, until: *until, reason: reason.clone() }
            }
            Self::Note { note } => Action::Note { alert, version, note: note.clone() },
            Self::Close { reason, note } => {
                Action::Close { alert, version, reason: *reason, note: note.clone() }
            }
        })
    }
}

impl OneResult {
    fn of(id: String, answer: Result<&crate::desk::Done, &Problem>) -> Self {
        let (status, code) = match answer {
            Ok(crate::desk::Done::Now { .. }) => (200, None),
            Ok(crate::desk::Done::Pending { .. }) => (202, None),
            Err(problem) => (problem.code.status().as_u16(), Some(problem.code.as_str())),
        };
        Self { id, status, code }
    }
}

/// A screen's worth that somebody selects at once.
const ALERTS_MAX: usize = 500;
