//! How far a replay is: counted by every connection, shown while it runs and at its end.
//!
//! Shape: counters that many tasks share → [`Summary`]. Errors: none.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The counters.
#[derive(Debug)]
pub(crate) struct Tally {
    sent: AtomicU64,
    replied: AtomicU64,
    unanswered: AtomicU64,
    replaced: AtomicU64,
    bar: ProgressBar,
}

/// What a replay did.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Summary {
    pub(crate) connections: u64,
    /// Captured frames that were sent.
    pub(crate) frames: u64,
    /// Captured logins in whose place the terminal logged in anew.
    pub(crate) logins_replaced: u64,
    pub(crate) replies: u64,
    /// Connections whose terminal the server did not let in.
    pub(crate) refused: u64,
    /// Connections that the server closed before everything was sent.
    pub(crate) closed: u64,
    pub(crate) unanswered: u64,
    /// Connections of something else, lines without a frame, and connections whose terminal nobody knows.
    pub(crate) passed_over: u64,
    pub(crate) interrupted: bool,
    pub(crate) seconds: f64,
}

impl Tally {
    /// With a bar on a terminal.
    pub(crate) fn new(frames: usize) -> Self {
        let zero = AtomicU64::default;
        let watched = std::io::stderr().is_terminal();
        let target = if watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(u64::try_from(frames).ok(), target);
        if let Ok(style) = ProgressStyle::with_template(BAR) {
            bar.set_style(style.progress_chars("━╸ "));
        }
        Self { sent: zero(), replied: zero(), unanswered: zero(), replaced: zero(), bar }
    }

    pub(crate) fn sent(&self) {
        self.sent.fetch_add(1, Ordering::Relaxed);
        self.bar.inc(1);
    }

    pub(crate) fn replied(&self) {
        self.replied.fetch_add(1, Ordering::Relaxed);
    }

    /// A captured login that was not sent.
    pub(crate) fn replaced(&self) {
        self.replaced.fetch_add(1, Ordering::Relaxed);
        self.bar.inc(1);
    }

    pub(crate) fn unanswered(&self, frames: usize) {
        self.unanswered.fetch_add(u64::try_from(frames).unwrap_or(0), Ordering::Relaxed);
    }

    /// Takes the bar off the screen.
    pub(crate) fn summary(&self, took: Duration) -> Summary {
        self.bar.finish_and_clear();
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Summary {
            connections: 0,
            frames: read(&self.sent),
            logins_replaced: read(&self.replaced),
            replies: read(&self.replied),
            refused: 0,
            closed: 0,
            unanswered: read(&self.unanswered),
            passed_over: 0,
            interrupted: false,
            seconds: (took.as_secs_f64() * 1000.0).round() / 1000.0,
        }
    }
}

impl Summary {
    /// Everything was sent and answered.
    pub(crate) fn is_complete(&self, frames: usize) -> bool {
        let sent = u64::try_from(frames).is_ok_and(|frames| frames == self.frames + self.logins_replaced);
        sent && self.refused == 0 && self.closed == 0 && self.unanswered == 0
    }
}

const BAR: &str = "{bar:30} {human_pos} of {human_len} frames, {eta} left";
