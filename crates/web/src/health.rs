//! Whether the server can acknowledge, and which part cannot.
//!
//! Shape: what the binary hands over → [`Readiness`], a part each. Units: lag in inputs and in real seconds. Errors:
//! none; a part that cannot say is not ready. Source: `ux.md` §5; DESIGN.md §1.

use journal::Journal;
use model::{Seq, Timestamp};
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use store::Store;
use tokio::sync::watch;

/// How far the fold is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Applied {
    /// The last input that is in the store.
    pub seq: Seq,
    /// Its journal time.
    pub at: Timestamp,
    /// The store answers.
    pub store_up: bool,
}

/// The parts whose state is told.
#[derive(Clone)]
pub struct Health {
    /// Everything that was received.
    pub journal: Journal,
    /// Whether it can store.
    pub journal_health: watch::Receiver<journal::Health>,
    /// Everything that was folded, once it is reached.
    pub store: watch::Receiver<Option<Store>>,
    /// How far the fold is.
    pub applied: watch::Receiver<Applied>,
    /// Trackers are being listened to.
    pub listening: Arc<AtomicBool>,
}

/// What `/readyz` answers.
#[derive(Debug, Serialize)]
pub(crate) struct Readiness {
    pub(crate) ready: bool,
    pub(crate) journal: JournalPart,
    pub(crate) ingest: IngestPart,
    pub(crate) fold: FoldPart,
    pub(crate) store: StorePart,
}

#[derive(Debug, Serialize)]
pub(crate) struct JournalPart {
    pub(crate) ok: bool,
    /// `ok`, `disk_full` or `failed`.
    pub(crate) state: &'static str,
    pub(crate) size_alarm: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct IngestPart {
    pub(crate) ok: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct FoldPart {
    pub(crate) ok: bool,
    pub(crate) applied: Seq,
    pub(crate) head: Seq,
    pub(crate) lag_inputs: i64,
    /// `None` before the first fold: nothing says since when it is behind.
    pub(crate) lag_s: Option<f64>,
}

#[derive(Debug, Serialize)]
pub(crate) struct StorePart {
    pub(crate) ok: bool,
    /// `sqlite` or `postgres`, once it is reached.
    pub(crate) kind: Option<&'static str>,
}

impl Health {
    pub(crate) fn readiness(&self) -> Readiness {
        let (journal, fold, store) = (self.journal_part(), self.fold_part(), self.store_part());
        let ingest = IngestPart { ok: self.listening.load(Ordering::Relaxed) };
        let ready = journal.ok && ingest.ok && fold.ok && store.ok;
        Readiness { ready, journal, ingest, fold, store }
    }

    /// The store, if it is up.
    pub(crate) fn store_up(&self) -> Option<Store> {
        if self.applied.borrow().store_up { self.store.borrow().clone() } else { None }
    }

    fn journal_part(&self) -> JournalPart {
        // The text of a failure names files; it is in the log.
        let state = match &*self.journal_health.borrow() {
            journal::Health::Ok => "ok",
            journal::Health::DiskFull => "disk_full",
            journal::Health::Failed(_) => "failed",
        };
        JournalPart { ok: state == "ok", state, size_alarm: self.journal.size_alarm() }
    }

    fn fold_part(&self) -> FoldPart {
        let applied = *self.applied.borrow();
        let head = *self.journal.committed().borrow();
        let lag_inputs = head.0.saturating_sub(applied.seq.0).max(0);
        let clock = self.journal.clock();
        let lag_s = match lag_inputs {
            0 => Some(0.0),
            _ if applied.at == Timestamp::default() => None,
            _ => Some(real_s(clock.now().since(applied.at), clock.factor())),
        };
        FoldPart {
            ok: lag_s.is_some_and(|lag_s| lag_s <= LAG_S_MAX),
            applied: applied.seq,
            head,
            lag_inputs,
            lag_s,
        }
    }

    fn store_part(&self) -> StorePart {
        let kind = self.store.borrow().as_ref().map(Store::kind);
        StorePart { ok: self.store_up().is_some(), kind }
    }
}

/// Real seconds of a span of journal time.
#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "a lag needs no more than 52 bits")]
fn real_s(journal_ms: i64, factor: f64) -> f64 {
    // A clock that moves by hand counts its own seconds.
    let factor = if factor > 0.0 { factor } else { 1.0 };
    journal_ms.max(0) as f64 / 1000.0 / factor
}

/// A fold further behind than this tells of alerts too late: somebody should look.
const LAG_S_MAX: f64 = 60.0;
