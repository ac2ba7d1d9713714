//! The desk: what every handler answers from, and the two doors through which it changes or shows something.
//!
//! Shape: [`Desk::ask`] appends an input and waits for its outcome; [`Desk::reads`] writes down who looks, and why, before
//! anything is shown. Units: positions. Errors: [`Problem`]. Source: DESIGN.md §1 fine print 4, promise 4.

use crate::audit::Walked;
use crate::caller::Caller;
use crate::content_policy::policy;
use crate::gate::Gate;
use crate::idempotency::IdempotencyKey;
use crate::imports::Spool;
use crate::problem::{Code, Problem};
use crate::rules_desk::Bench;
use crate::stream::Hub;
use crate::vault::Vault;
use crate::{Config, Health, Ports, PrometheusHandle, Reread, Sources};
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
    /// Whether anybody is told of alerts: a webhook is configured.
    pub(crate) has_receiver: bool,
    /// Who is at the tracker ports.
    pub(crate) ports: Ports,
    /// Who may come in: passwords, addresses, hosts.
    pub(crate) gate: Arc<Gate>,
    /// How far the audit chain was walked.
    pub(crate) walked: Arc<Mutex<Walked>>,
    /// What a page may load, and from where.
    pub(crate) content_policy: HeaderValue,
    /// Files that wait for a decision.
    pub(crate) spool: Arc<Spool>,
    /// With what secrets of second factors are stored.
    pub(crate) vault: Arc<Vault>,
    /// What live streams are told from.
    pub(crate) hub: Arc<Hub>,
    /// How the log is read again, and where rule sets are tried on it.
    pub(crate) reread: Reread,
    pub(crate) bench: Arc<Bench>,
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
        let Sources { health, protocols, recorder, wall, is_demo, has_receiver, ports, reread } = sources;
        let (content_policy, walked) = (policy(&config.tiles), Arc::default());
        let (config, gate) = (Arc::new(config.clone()), Arc::new(gate));
        let (data_dir, hub) = (health.journal.folder(), Arc::new(Hub::new()));
        let (spool, vault) = (Arc::new(Spool::new(data_dir)), Arc::new(Vault::new(data_dir)));
        Self {
            health,
            protocols,
            recorder,
            config,
            wall,
            is_demo,
            has_receiver,
            ports,
            gate,
            walked,
            content_policy,
            spool,
            vault,
            hub,
            reread,
            bench: Arc::default(),
        }
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

    /// Whether an input of this key was folded before: whoever asks again after an answer that was lost has seen what was there before it.
    pub(crate) async fn was_done(
        &self,
        caller: &Caller,
        key: Option<&IdempotencyKey>,
    ) -> Result<bool, Problem> {
        let Some(key) = key else { return Ok(false) };
        Ok(self.store()?.outcome(&key.input(&caller.user, 0)).await?.is_some())
    }

    /// The same under an id that the caller has made, e.g. one of many inputs of one key.
    pub(crate) async fn ask_as(&self, caller: &Caller, id: InputId, action: Action) -> Result<Done, Problem> {
        tracing::debug!(request = %caller.request, input = %id.0, "asked of the fold");
        let store = self.store()?;
        let human = Human { id: id.clone(), actor: caller.actor(), action };
        told(watch::ask(&self.health.journal, &store, human).await.map_err(unasked)?, id)
    }

    /// Wants several things in the caller's name, in one commit of the journal. What cannot be wanted has its problem already; each
    /// of the others has an outcome of its own, in the same order.
    pub(crate) async fn ask_together(
        &self,
        caller: &Caller,
        key: Option<&IdempotencyKey>,
        actions: Vec<Result<Action, Problem>>,
    ) -> Result<Vec<Result<Done, Problem>>, Problem> {
        let (mut ids, mut humans) = (Vec::with_capacity(actions.len()), Vec::with_capacity(actions.len()));
        for (number, action) in actions.into_iter().enumerate() {
            let id = key.map_or_else(new_input_id, |key| key.input(&caller.user, number));
            ids.push(action.map(|action| {
                humans.push(Human { id: id.clone(), actor: caller.actor(), action });
                id
            }));
        }
        // One answer for each that was asked.
        let mut answers = self.ask_humans(humans).await?.into_iter();
        let mut done = |id: InputId| answers.next().unwrap_or(Ok(Done::Pending { id }));
        Ok(ids.into_iter().map(|id| id.and_then(&mut done)).collect())
    }

    /// Wants several things under ids of their own, in one commit of the journal; what became of each, in the same order.
    pub(crate) async fn ask_humans(&self, humans: Vec<Human>) -> Result<Vec<Result<Done, Problem>>, Problem> {
        let store = self.store()?;
        let ids: Vec<InputId> = humans.iter().map(|human| human.id.clone()).collect();
        let answers = watch::ask_together(&self.health.journal, &store, humans).await.map_err(unasked)?;
        Ok(answers.into_iter().zip(ids).map(|(answer, id)| told(answer, id)).collect())
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

    /// Somebody is about to see what was worked out from where cars were, without the places: the audit line is in the journal.
    pub(crate) async fn witness(&self, caller: &Caller, subject: &str, purpose: &str) -> Result<(), Problem> {
        let action = Action::Read { subject: subject.to_owned(), purpose: purpose.to_owned() };
        self.record(caller.actor(), action).await
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

/// What the caller is told of an answer.
fn told(answer: Answer, id: InputId) -> Result<Done, Problem> {
    match answer {
        Answer::Pending => Ok(Done::Pending { id }),
        Answer::Outcome(Outcome::Done { message }) => Ok(Done::Now { message }),
        Answer::Outcome(Outcome::Conflict { message }) => Err(Problem::new(Code::Conflict, message)),
        Answer::Outcome(Outcome::Refused { message }) => Err(Problem::new(Code::Refused, message)),
        Answer::Outcome(Outcome::NotFound { message }) => Err(Problem::new(Code::NotFound, message)),
    }
}

pub(crate) fn unasked(error: WatchError) -> Problem {
    match error {
        WatchError::Journal(error) => unwritten(&error),
        WatchError::Store(error) => error.into(),
        error => {
            tracing::error!(%error, "what somebody wanted could not be asked");
            Code::Internal.into()
        }
    }
}

pub(crate) fn unwritten(error: &JournalError) -> Problem {
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
