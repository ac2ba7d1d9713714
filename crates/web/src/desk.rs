//! The desk: what every handler answers from, and the two doors through which it changes or shows something.
//!
//! Shape: [`Desk::ask`] appends an input and waits for its outcome; [`Desk::reads`] writes down who looks, and why, before
//! anything is shown. Units: positions. Errors: [`Problem`]. Source: DESIGN.md §1 fine print 4, promise 4.

use crate::audit::Walked;
use crate::caller::Caller;
use crate::content_policy::policy;
use crate::gate::Gate;
use crate::idempotency::IdempotencyKey;
use crate::problem::{Code, Problem};
use crate::{Config, Health, PrometheusHandle, Sources};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use journal::{Clock, JournalError};
use model::input::{Action, Human, Input, Outcome};
use model::{DeskAct, InputId, Timestamp};
use serde_json::json;
use std::sync::Arc;
use store::Store;
use tokio::sync::Mutex;
use watch::{Answer, WatchError};
use wire::Protocol;

/// What handlers answer from.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) health: Health,
    pub(crate) protocols: &'static [&'static dyn Protocol],
    pub(crate) recorder: PrometheusHandle,
    pub(crate) config: Arc<Config>,
    /// The real time, by which sessions, links and codes end, however fast the journal's clock runs.
    pub(crate) wall: Clock,
    /// Whether this is the demo, as every screen says.
    pub(crate) is_demo: bool,
    /// Who may come in: passwords, addresses, hosts.
    pub(crate) gate: Arc<Gate>,
    /// How far the audit chain was walked.
    pub(crate) walked: Arc<Mutex<Walked>>,
    /// What a page may load, and from where.
    pub(crate) content_policy: HeaderValue,
}

/// What became of a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Done {
    /// It is done.
    Now { message: String },
    /// It is in the journal and will be done.
    Pending { id: InputId },
}

impl Desk {
    pub(crate) fn new(config: &Config, sources: Sources, gate: Gate) -> Self {
        let Sources { health, protocols, recorder, wall, is_demo } = sources;
        let (content_policy, walked) = (policy(&config.tiles), Arc::default());
        let (config, gate) = (Arc::new(config.clone()), Arc::new(gate));
        Self { health, protocols, recorder, config, wall, is_demo, gate, walked, content_policy }
    }

    /// The rows; `store_down` while the database does not answer.
    pub(crate) fn store(&self) -> Result<Store, Problem> {
        self.health.store_up().ok_or_else(|| Problem::from(Code::StoreDown).retry_after(STORE_RETRY_S))
    }

    /// The time of the journal: what alerts, positions and loans are dated by.
    pub(crate) fn now(&self) -> Timestamp {
        self.health.journal.clock().now()
    }

    /// Wants something in the caller's name. The same key is the same wish.
    pub(crate) async fn ask(
        &self,
        caller: &Caller,
        key: Option<&IdempotencyKey>,
        action: Action,
    ) -> Result<Done, Problem> {
        let id = key.map_or_else(new_input_id, |key| key.input(&caller.user, 0));
        self.ask_as(caller, id, action).await
    }

    /// The same under an id that the caller has made, e.g. one of many inputs of one key.
    pub(crate) async fn ask_as(&self, caller: &Caller, id: InputId, action: Action) -> Result<Done, Problem> {
        let store = self.store()?;
        let human = Human { id: id.clone(), actor: caller.actor(), action };
        match watch::ask(&self.health.journal, &store, human).await.map_err(unasked)? {
            Answer::Pending => Ok(Done::Pending { id }),
            Answer::Outcome(Outcome::Done { message }) => Ok(Done::Now { message }),
            Answer::Outcome(Outcome::Conflict { message }) => Err(Problem::new(Code::Conflict, message)),
            Answer::Outcome(Outcome::Refused { message }) => Err(Problem::new(Code::Refused, message)),
            Answer::Outcome(Outcome::NotFound { message }) => Err(Problem::new(Code::NotFound, message)),
        }
    }

    /// Somebody is about to see where cars are: the purpose is demanded, the positions are counted, the audit line is in the
    /// journal. Call it with what is in hand, before it is given away.
    pub(crate) async fn reads(&self, caller: &Caller, subject: &str, positions: u32) -> Result<(), Problem> {
        let purpose = caller.purpose()?;
        self.spend(caller, positions).await?;
        self.record(
            caller.actor(),
            Action::Read { subject: subject.to_owned(), purpose: purpose.to_string() },
        )
        .await
    }

    async fn spend(&self, caller: &Caller, positions: u32) -> Result<(), Problem> {
        let (store, max) = (self.store()?, i64::from(self.config.positions_a_day_max));
        let day = self.wall.now().ms().div_euclid(DAY_MS);
        let is_within = store.spend_positions(&caller.user, day, i64::from(positions), max).await?;
        if is_within { Ok(()) } else { Err(Code::BudgetExceeded.into()) }
    }

    /// How many positions may still be released to somebody today.
    pub(crate) async fn positions_left(&self, caller: &Caller) -> Result<i64, Problem> {
        let day = self.wall.now().ms().div_euclid(DAY_MS);
        let spent = self.store()?.spent_positions(&caller.user, day).await?;
        Ok(i64::from(self.config.positions_a_day_max).saturating_sub(spent).max(0))
    }

    /// Writes down what was done to accounts: its line in the audit log.
    pub(crate) async fn note(&self, actor: &str, what: DeskAct, subject: &str) -> Result<(), Problem> {
        self.record(actor.to_owned(), Action::Desk { what, subject: subject.to_owned() }).await
    }

    /// Appended is enough: the fold cannot leave its line out.
    async fn record(&self, actor: String, action: Action) -> Result<(), Problem> {
        let human = Human { id: new_input_id(), actor, action };
        human.check().map_err(|error| Problem::field("", "text", error.to_string()))?;
        let appended = self.health.journal.append(vec![Input::Human(Box::new(human)).into()]).await;
        appended.map(drop).map_err(|error| unwritten(&error))
    }
}

fn unasked(error: WatchError) -> Problem {
    match error {
        WatchError::Journal(error) => unwritten(&error),
        WatchError::Store(error) => error.into(),
        error => {
            tracing::error!(%error, "what somebody wanted could not be asked");
            Code::Internal.into()
        }
    }
}

fn unwritten(error: &JournalError) -> Problem {
    tracing::warn!(%error, "the journal did not take what somebody wanted");
    match error {
        JournalError::TooLarge { .. } | JournalError::TooMany { .. } => Code::BodyTooLarge.into(),
        JournalError::Disk { .. } | JournalError::Busy { .. } => {
            let detail = "The journal cannot store at the moment; nothing was changed. /readyz says why.";
            Problem::new(Code::StoreDown, detail).retry_after(STORE_RETRY_S)
        }
        _ => Code::Internal.into(),
    }
}

/// For what has no better answer: `{"status": "done", "message": …}`, or 202 `{"status": "pending", "id": …}`.
impl IntoResponse for Done {
    fn into_response(self) -> Response {
        match self {
            Self::Now { message } => Json(json!({ "status": "done", "message": message })).into_response(),
            Self::Pending { id } => {
                (StatusCode::ACCEPTED, Json(json!({ "status": "pending", "id": id.0 }))).into_response()
            }
        }
    }
}

/// 128 random bits.
pub(crate) fn new_input_id() -> InputId {
    InputId(hex::encode(rand::random::<[u8; 16]>()))
}

const DAY_MS: i64 = 24 * 3_600_000;
/// A store that restarts takes a few seconds.
const STORE_RETRY_S: u32 = 5;

#[cfg(test)]
mod tests;
