//! Where back-tests are worked: one at a time, the last few with what they found, all of it in memory.
//!
//! ```text
//! Running --end of history--> Done      Running --cancelled--> Cancelled      Running --cannot go on--> Failed
//! ```
//! Shape: a [`Wish`] in, a [`Backtest`] to look at out. Units: shares in thousandths. Errors: the one that runs already.

use super::view::Outcome;
use crate::text::Text;
use model::Timestamp;
use rules::RuleSet;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch::Sender;
use tokio::time::timeout;
use watch::backtest::Kept;

/// The last back-tests, the newest first.
#[derive(Default)]
pub(crate) struct Bench {
    last: Mutex<VecDeque<Arc<Backtest>>>,
}

/// What somebody wants to know.
pub(super) struct Wish {
    pub(super) rule_set: RuleSet,
    /// The set in force, where that is another one.
    pub(super) against: Option<RuleSet>,
    /// Within what is stored.
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) kept: Kept,
}

/// One back-test.
pub(super) struct Backtest {
    pub(super) id: String,
    /// Who began it.
    pub(super) by: String,
    pub(super) began_at: Timestamp,
    pub(super) wish: Wish,
    done: AtomicU32,
    is_cancelled: AtomicBool,
    state: Sender<State>,
}

/// Where it stands.
#[derive(Clone)]
pub(super) enum State {
    Running,
    Done(Arc<Outcome>),
    Failed(Failure),
    Cancelled,
}

/// Why it could not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// More alerts than are held in memory.
    TooMany,
    /// The database does not answer.
    StoreDown,
    /// The log of the server says more.
    Defect,
}

impl Bench {
    /// Fails with the one that runs. One that was cancelled is waited for: it stops at its next slice.
    pub(super) async fn room(&self) -> Result<(), Arc<Backtest>> {
        let Some(busy) = self.busy() else { return Ok(()) };
        if busy.is_cancelled() && busy.ended().await {
            return Ok(());
        }
        Err(busy)
    }

    /// Takes the place, unless it is taken; the oldest that has ended is forgotten.
    pub(super) fn begin(&self, backtest: Backtest) -> Result<Arc<Backtest>, Arc<Backtest>> {
        let mut last = self.last();
        if let Some(busy) = last.iter().find(|one| one.is_running()) {
            return Err(Arc::clone(busy));
        }
        let backtest = Arc::new(backtest);
        last.push_front(Arc::clone(&backtest));
        last.truncate(KEPT_MAX);
        Ok(backtest)
    }

    pub(super) fn find(&self, id: &str) -> Option<Arc<Backtest>> {
        self.last().iter().find(|one| one.id == id).cloned()
    }

    pub(super) fn all(&self) -> Vec<Arc<Backtest>> {
        self.last().iter().cloned().collect()
    }

    /// The server stops: what runs is cancelled and waited for.
    pub(crate) async fn end(&self) {
        let Some(busy) = self.busy() else { return };
        busy.cancel();
        if !busy.ended().await {
            tracing::warn!(backtest = busy.id, "a back-test did not stop in time");
        }
    }

    fn busy(&self) -> Option<Arc<Backtest>> {
        self.last().iter().find(|one| one.is_running()).cloned()
    }

    fn last(&self) -> MutexGuard<'_, VecDeque<Arc<Backtest>>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Backtest {
    pub(super) fn new(id: String, by: String, began_at: Timestamp, wish: Wish) -> Self {
        let (done, is_cancelled) = (AtomicU32::new(0), AtomicBool::new(false));
        Self { id, by, began_at, wish, done, is_cancelled, state: Sender::new(State::Running) }
    }

    /// How it stands. One that was told to stop is not waited for.
    pub(super) fn state(&self) -> State {
        let state = self.state.borrow().clone();
        if matches!(state, State::Running) && self.is_cancelled() { State::Cancelled } else { state }
    }

    pub(super) fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Relaxed)
    }

    pub(super) fn goes_on(&self, thousandths: u32) {
        self.done.store(thousandths, Ordering::Relaxed);
    }

    /// From 0 to 1.
    pub(super) fn done(&self) -> f64 {
        f64::from(self.done.load(Ordering::Relaxed).min(1_000)) / 1_000.0
    }

    pub(super) fn ends(&self, state: State) {
        self.state.send_replace(state);
    }

    /// Waits for its thread; false where that takes too long.
    pub(super) async fn ended(&self) -> bool {
        let mut state = self.state.subscribe();
        let ended = state.wait_for(|state| !matches!(state, State::Running));
        matches!(timeout(ENDS_MAX, ended).await, Ok(Ok(_)))
    }

    fn is_running(&self) -> bool {
        matches!(*self.state.borrow(), State::Running)
    }
}

impl Failure {
    pub(super) fn text(self) -> Text {
        let (zh, en) = match self {
            Self::TooMany => (
                "告警太多，放不下：缩短时间段，或放宽门限再试。",
                "More alerts than fit: try fewer days, or thresholds that raise less.",
            ),
            Self::StoreDown => ("数据库没有响应，请再试一次。", "The database does not answer; try again."),
            Self::Defect => {
                ("服务器出错，回测没有完成；详见服务器日志。", "A defect of the server; its log says more.")
            }
        };
        Text { zh: zh.to_owned(), en: en.to_owned() }
    }
}

/// What a person compares; each is some 100 KB.
const KEPT_MAX: usize = 5;
/// A slice takes some tens of milliseconds; a store that is away says so within seconds.
const ENDS_MAX: Duration = Duration::from_secs(5);
