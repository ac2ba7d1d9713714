//! What ingest counts, for the metrics page, the tick loop and the summary line.
//!
//! Shape: each number is kept twice, here for the program and in the `metrics` recorder for the operator. Invariant,
//! once nothing moves: `frames_in = journalled + refused{reason} + in_flight`; the fold splits `journalled` into
//! stored, duplicate and rejected. Source: DESIGN.md §4.

use crate::conduct::Pause;
use crate::roster::Full;
use metrics::{Counter, Gauge, counter, gauge};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What ingest counts.
#[derive(Debug)]
pub struct Counters {
    pub(crate) connections: Level,
    pub(crate) accepted: Tally,
    pub(crate) accept_errors: Tally,
    turned_away: [Tally; Full::ALL.len()],
    pub(crate) scanners: Tally,
    pub(crate) frames_in: Tally,
    pub(crate) journalled: Tally,
    pub(crate) in_flight: Level,
    pub(crate) acks: Tally,
    pub(crate) skipped_bytes: Tally,
    pub(crate) bad_checksums: Tally,
    pub(crate) takeovers: Tally,
    pub(crate) conflicts: Tally,
    refused: [Tally; Refusal::ALL.len()],
    paused: [Tally; Pause::ALL.len()],
    stalled: Level,
    open: AtomicBool,
    interrupted: AtomicBool,
}

/// Why a frame was neither journalled nor acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Its connection had not logged in.
    NoLogin,
    /// Its checksum is wrong and it names a terminal that nobody knows.
    Checksum,
    /// Its connection carries as many terminals as it may.
    TooManyTerminals,
    /// Its terminal is not approved and the quarantine is full.
    QuarantineFull,
    /// The journal failed, or the connection ended before the commit was known. It may be stored; it was not
    /// acknowledged, so the device sends it again.
    Unconfirmed,
}

impl Refusal {
    /// Every reason, in declaration order.
    pub const ALL: &'static [Self] =
        &[Self::NoLogin, Self::Checksum, Self::TooManyTerminals, Self::QuarantineFull, Self::Unconfirmed];

    /// The code in metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoLogin => "no_login",
            Self::Checksum => "checksum",
            Self::TooManyTerminals => "too_many_terminals",
            Self::QuarantineFull => "quarantine_full",
            Self::Unconfirmed => "unconfirmed",
        }
    }
}

/// The numbers at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Open connections.
    pub connections: u64,
    /// Connections that came in since the start.
    pub accepted: u64,
    /// Times that the system gave no connection, mostly for want of descriptors.
    pub accept_errors: u64,
    /// Connections that found no place.
    pub turned_away: u64,
    /// Connections of programs that are no trackers.
    pub scanners: u64,
    /// Frames cut from streams.
    pub frames_in: u64,
    /// Frames in the journal.
    pub journalled: u64,
    /// Frames neither journalled nor acknowledged.
    pub refused: u64,
    /// Frames on their way to the journal.
    pub in_flight: u64,
    /// Frames whose reply was released by a commit.
    pub acks: u64,
    /// Bytes that belonged to no frame.
    pub skipped_bytes: u64,
    /// Frames with a wrong checksum, believed or not.
    pub bad_checksums: u64,
    /// Connections ended by a newer one of the same terminal.
    pub takeovers: u64,
    /// Takeovers that were not made because two devices share a number.
    pub conflicts: u64,
}

impl Counters {
    /// All zero. Made after the `metrics` recorder is installed, since handles are taken here once.
    pub(crate) fn new() -> Self {
        Self {
            connections: Level::new(gauge!("lienwatch_ingest_connections")),
            accepted: Tally::new(counter!("lienwatch_ingest_connections_total")),
            accept_errors: Tally::new(counter!("lienwatch_ingest_accept_errors_total")),
            turned_away: Full::ALL.map(|reason| {
                Tally::new(counter!("lienwatch_ingest_turned_away_total", "reason" => reason.code()))
            }),
            scanners: Tally::new(counter!("lienwatch_ingest_scanners_total")),
            frames_in: Tally::new(counter!("lienwatch_ingest_frames_total")),
            journalled: Tally::new(counter!("lienwatch_ingest_journalled_total")),
            in_flight: Level::new(gauge!("lienwatch_ingest_in_flight")),
            acks: Tally::new(counter!("lienwatch_ingest_acks_total")),
            skipped_bytes: Tally::new(counter!("lienwatch_ingest_skipped_bytes_total")),
            bad_checksums: Tally::new(counter!("lienwatch_ingest_bad_checksums_total")),
            takeovers: Tally::new(counter!("lienwatch_ingest_takeovers_total")),
            conflicts: Tally::new(counter!("lienwatch_ingest_conflicts_total")),
            refused: std::array::from_fn(|at| {
                let code = Refusal::ALL.get(at).map_or("other", |reason| reason.code());
                Tally::new(counter!("lienwatch_ingest_refused_total", "reason" => code))
            }),
            paused: Pause::ALL
                .map(|why| Tally::new(counter!("lienwatch_ingest_paused_total", "reason" => why.code()))),
            stalled: Level::new(gauge!("lienwatch_ingest_stalled_connections")),
            open: AtomicBool::new(false),
            interrupted: AtomicBool::new(false),
        }
    }

    /// Whether the sockets were read all the time since the last call: what a tick says of coverage.
    ///
    /// False when the journal refused or delayed a frame, when connections were turned away because the server or its
    /// descriptors were used up, and before and after the ports are open.
    pub fn take_listening(&self) -> bool {
        let interrupted = self.interrupted.swap(false, Ordering::AcqRel);
        !interrupted && self.stalled.count() == 0 && self.open.load(Ordering::Acquire)
    }

    /// Frames neither journalled nor acknowledged, for one reason.
    pub fn refused(&self, reason: Refusal) -> u64 {
        self.refused_tally(reason).map_or(0, Tally::count)
    }

    /// The numbers now. Each is exact; while frames move they may not add up.
    pub fn totals(&self) -> Totals {
        Totals {
            connections: self.connections.count(),
            accepted: self.accepted.count(),
            accept_errors: self.accept_errors.count(),
            turned_away: self.turned_away.iter().map(Tally::count).sum(),
            scanners: self.scanners.count(),
            frames_in: self.frames_in.count(),
            journalled: self.journalled.count(),
            refused: self.refused.iter().map(Tally::count).sum(),
            in_flight: self.in_flight.count(),
            acks: self.acks.count(),
            skipped_bytes: self.skipped_bytes.count(),
            bad_checksums: self.bad_checksums.count(),
            takeovers: self.takeovers.count(),
            conflicts: self.conflicts.count(),
        }
    }

    pub(crate) fn refuse(&self, reason: Refusal, frames: u64) {
        if let Some(tally) = self.refused_tally(reason) {
            tally.add(frames);
        }
    }

    /// A connection found no place.
    pub(crate) fn turn_away(&self, reason: Full) {
        let tally =
            Full::ALL.iter().position(|other| *other == reason).and_then(|at| self.turned_away.get(at));
        if let Some(tally) = tally {
            tally.add(1);
        }
    }

    /// A connection is not read for a while.
    pub(crate) fn pause(&self, why: Pause) {
        if let Some(tally) = self.paused_tally(why) {
            tally.add(1);
        }
    }

    /// How often that was, for one reason.
    #[cfg(test)]
    pub(crate) fn paused(&self, why: Pause) -> u64 {
        self.paused_tally(why).map_or(0, Tally::count)
    }

    /// The ports are open, or closed again.
    pub(crate) fn set_open(&self, open: bool) {
        self.open.store(open, Ordering::Release);
    }

    /// Something kept frames out: the time around now is not covered.
    pub(crate) fn interrupt(&self) {
        self.interrupted.store(true, Ordering::Release);
    }

    /// A connection waits for the journal; until the guard drops, time is not covered.
    pub(crate) fn stall(&self) -> Stall<'_> {
        self.interrupt();
        self.stalled.raise(1);
        Stall(self)
    }

    fn paused_tally(&self, why: Pause) -> Option<&Tally> {
        let at = Pause::ALL.iter().position(|other| *other == why)?;
        self.paused.get(at)
    }

    fn refused_tally(&self, reason: Refusal) -> Option<&Tally> {
        let at = Refusal::ALL.iter().position(|other| *other == reason)?;
        self.refused.get(at)
    }
}

/// A connection that waits for the journal.
pub(crate) struct Stall<'a>(&'a Counters);

impl Drop for Stall<'_> {
    fn drop(&mut self) {
        self.0.interrupt();
        self.0.stalled.lower(1);
    }
}

/// A number that only grows.
pub(crate) struct Tally {
    count: AtomicU64,
    metric: Counter,
}

impl Tally {
    const fn new(metric: Counter) -> Self {
        Self { count: AtomicU64::new(0), metric }
    }

    pub(crate) fn add(&self, n: u64) {
        if n > 0 {
            self.count.fetch_add(n, Ordering::Relaxed);
            self.metric.increment(n);
        }
    }

    fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}

/// A number that rises and falls.
pub(crate) struct Level {
    count: AtomicU64,
    metric: Gauge,
}

impl Level {
    const fn new(metric: Gauge) -> Self {
        Self { count: AtomicU64::new(0), metric }
    }

    pub(crate) fn raise(&self, n: u32) {
        self.count.fetch_add(u64::from(n), Ordering::Relaxed);
        self.metric.increment(n);
    }

    pub(crate) fn lower(&self, n: u32) {
        self.count.fetch_sub(u64::from(n), Ordering::Relaxed);
        self.metric.decrement(n);
    }

    fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}

impl std::fmt::Debug for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.count().fmt(f)
    }
}

impl std::fmt::Debug for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.count().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_ports_are_not_listening() {
        let counters = Counters::new();
        assert!(!counters.take_listening());
        counters.set_open(true);
        assert!(counters.take_listening());
    }

    #[test]
    fn a_stall_is_uncovered_time_until_the_tick_after_its_end() {
        let counters = Counters::new();
        counters.set_open(true);
        let stall = counters.stall();
        assert!(!counters.take_listening());
        assert!(!counters.take_listening());
        drop(stall);
        assert!(!counters.take_listening());
        assert!(counters.take_listening());
    }

    #[test]
    fn every_refusal_has_its_own_count() {
        let counters = Counters::new();
        for (n, reason) in (1..).zip(Refusal::ALL) {
            counters.refuse(*reason, n);
        }
        for (n, reason) in (1..).zip(Refusal::ALL) {
            assert_eq!(counters.refused(*reason), n);
        }
        assert_eq!(counters.totals().refused, 15);
    }

    #[test]
    fn whoever_is_turned_away_counts_whatever_the_reason() {
        let counters = Counters::new();
        for reason in Full::ALL {
            counters.turn_away(reason);
        }
        assert_eq!(counters.totals().turned_away, 3);
    }
}
