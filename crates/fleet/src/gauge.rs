//! What a run of trackers is doing right now.
//!
//! Shape: trackers count, anybody reads a [`Counters`]. Units: reports, frames, connections.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Live counters, shared by all trackers of a run.
#[derive(Debug, Default)]
pub struct Gauge {
    sent: AtomicU64,
    resent: AtomicU64,
    acknowledged: AtomicU64,
    in_flight: AtomicU64,
    connected: AtomicU64,
    lost: AtomicU64,
}

/// The counters at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Counters {
    /// Reports sent for the first time.
    pub sent: u64,
    /// Reports sent again.
    pub resent: u64,
    /// Reports acknowledged for the first time.
    pub acknowledged: u64,
    /// Report frames on live connections without an answer.
    pub in_flight: u64,
    /// Devices logged in.
    pub connected: u64,
    /// Connections that ended by a fault.
    pub lost: u64,
}

impl Gauge {
    /// Reads the counters.
    pub fn counters(&self) -> Counters {
        Counters {
            sent: self.sent.load(Relaxed),
            resent: self.resent.load(Relaxed),
            acknowledged: self.acknowledged.load(Relaxed),
            in_flight: self.in_flight.load(Relaxed),
            connected: self.connected.load(Relaxed),
            lost: self.lost.load(Relaxed),
        }
    }

    pub(crate) fn sent(&self) {
        self.sent.fetch_add(1, Relaxed);
    }

    pub(crate) fn resent(&self) {
        self.resent.fetch_add(1, Relaxed);
    }

    pub(crate) fn acknowledged(&self) {
        self.acknowledged.fetch_add(1, Relaxed);
    }

    pub(crate) fn took_off(&self) {
        self.in_flight.fetch_add(1, Relaxed);
    }

    pub(crate) fn landed(&self) {
        self.in_flight.fetch_sub(1, Relaxed);
    }

    pub(crate) fn connected(&self) {
        self.connected.fetch_add(1, Relaxed);
    }

    /// A connection ended, with this many report frames unanswered.
    pub(crate) fn disconnected(&self, unanswered: u64, by_fault: bool) {
        self.in_flight.fetch_sub(unanswered, Relaxed);
        self.connected.fetch_sub(1, Relaxed);
        self.lost.fetch_add(u64::from(by_fault), Relaxed);
    }
}
