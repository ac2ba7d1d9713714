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
    /// Frames of a rate whose time falls into what is measured, whether they leave or not.
    due: Option<u64>,
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
            due: None,
            answered: 0,
            came: 0,
            latency: histogram()?,
            late: histogram()?,
        })
    }

    /// Measures from here to there; a rate, of which so many frames are due, by their intended times, a window by those of the
    /// answers.
    pub(super) fn begin(&mut self, from: u64, until: u64, due: Option<u64>) {
        (self.from, self.until, self.due) = (from, until, due);
    }

    fn counts(&self, ns: u64) -> bool {
        (self.from..self.until).contains(&ns)
    }

    /// A frame of a rate has left.
    pub(super) fn sent(&mut self, due_ns: u64, now: u64) {
        if self.counts(due_ns) {
            self.late.saturating_record((now - due_ns) / 1_000);
        }
    }

    /// An answer has come.
    pub(super) fn answered(&mut self, due_ns: u64, now: u64) {
        let came = self.counts(now);
        self.came += u64::from(came);
        let counts = if self.due.is_some() { self.counts(due_ns) } else { came };
        if counts {
            self.answered += 1;
            self.latency.saturating_record(now.saturating_sub(due_ns) / 1_000);
        }
    }

    /// Frames of a rate that are due and have no answer, or have not even left.
    pub(super) fn open(&self) -> u64 {
        self.due.map_or(0, |due| due.saturating_sub(self.answered))
    }

    /// The result, with the CPU seconds of server and generator. What was never answered, or never
    /// left, is as late as can be.
    pub(super) fn read(&mut self, seconds: f64, server_s: f64, own_s: f64) -> Measured {
        self.latency.saturating_record_n(US_MAX, self.open());
        let unsent = self.due.map_or(0, |due| due.saturating_sub(self.late.len()));
        self.late.saturating_record_n(US_MAX, unsent);
        let ms = |histogram: &Histogram<u64>, percentile| {
            count(histogram.value_at_percentile(percentile)) / 1_000.0
        };
        Measured {
            offered: self.due.unwrap_or(self.answered),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_that_is_due_and_never_leaves_is_offered_and_as_late_as_can_be() {
        let mut scale = Scale::new().unwrap();
        scale.begin(0, 10_000, Some(3));
        for due_ns in [0, 5_000] {
            scale.sent(due_ns, due_ns);
        }
        scale.answered(0, 9_000);
        assert_eq!(scale.open(), 2);
        let measured = scale.read(1.0, 1.0, 1.0);
        assert_eq!((measured.offered, measured.answered), (3, 1));
        assert!(measured.p99_ms >= 59_000.0 && measured.late_p99_ms >= 59_000.0, "{measured:?}");
    }

    #[test]
    fn a_window_offers_what_is_answered_in_time() {
        let mut scale = Scale::new().unwrap();
        scale.begin(1_000, 10_000, None);
        scale.answered(0, 900);
        scale.answered(0, 9_000);
        scale.answered(9_000, 11_000);
        let measured = scale.read(1.0, 1.0, 1.0);
        assert_eq!((measured.offered, measured.answered, scale.open()), (1, 1, 0));
    }
}
