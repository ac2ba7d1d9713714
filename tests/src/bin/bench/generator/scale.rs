//! The scale: what is counted in the measured seconds, and how long answers took.
//!
//! Shape: times of frames and answers in, [`Measured`] out. Units: nanoseconds in, microseconds in the histogram.
//! Errors: an answer that took longer than a minute counts as a minute.

use super::count;
use crate::job::Measured;
use hdrhistogram::Histogram;

/// What is measured.
pub(super) struct Scale {
    from: u64,
    until: u64,
    by_due_time: bool,
    offered: u64,
    answered: u64,
    came: u64,
    latency: Histogram<u64>,
    late: Histogram<u64>,
}

impl Scale {
    pub(super) fn new() -> anyhow::Result<Self> {
        let histogram = || Histogram::new_with_bounds(1, US_MAX, DIGITS);
        Ok(Self {
            from: u64::MAX,
            until: u64::MAX,
            by_due_time: false,
            offered: 0,
            answered: 0,
            came: 0,
            latency: histogram()?,
            late: histogram()?,
        })
    }

    /// Measures from here to there; a rate by the intended time of a frame, a window by that of its answer.
    pub(super) fn begin(&mut self, from: u64, until: u64, by_due_time: bool) {
        (self.from, self.until, self.by_due_time) = (from, until, by_due_time);
    }

    fn counts(&self, ns: u64) -> bool {
        (self.from..self.until).contains(&ns)
    }

    /// A frame of a rate has left.
    pub(super) fn sent(&mut self, due_ns: u64, now: u64) {
        if self.counts(due_ns) {
            self.offered += 1;
            self.late.saturating_record((now - due_ns) / 1_000);
        }
    }

    /// An answer has come.
    pub(super) fn answered(&mut self, due_ns: u64, now: u64) {
        let came = self.counts(now);
        self.came += u64::from(came);
        if (self.by_due_time && self.counts(due_ns)) || (!self.by_due_time && came) {
            self.answered += 1;
            self.latency.saturating_record(now.saturating_sub(due_ns) / 1_000);
        }
    }

    /// Frames of a rate that count and have no answer.
    pub(super) const fn open(&self) -> u64 {
        if self.by_due_time { self.offered.saturating_sub(self.answered) } else { 0 }
    }

    /// The result, with the CPU seconds of server and generator. What was never answered is as late as can be.
    pub(super) fn read(&mut self, seconds: f64, server_s: f64, own_s: f64) -> Measured {
        for _ in 0..self.open() {
            self.latency.saturating_record(US_MAX);
        }
        let ms = |histogram: &Histogram<u64>, percentile| {
            count(histogram.value_at_percentile(percentile)) / 1_000.0
        };
        Measured {
            offered: if self.by_due_time { self.offered } else { self.answered },
            answered: self.answered,
            frames_per_s: count(self.came) / seconds,
            frames_per_cpu_s: count(self.came) / server_s.max(0.01),
            p50_ms: ms(&self.latency, 50.0),
            p99_ms: ms(&self.latency, 99.0),
            p999_ms: ms(&self.latency, 99.9),
            max_ms: ms(&self.latency, 100.0),
            late_p99_ms: ms(&self.late, 99.0),
            generator_share: own_s / seconds,
        }
    }
}

const US_MAX: u64 = 60_000_000;
const DIGITS: u8 = 3;
