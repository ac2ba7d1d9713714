//! How long people waited, in percentiles.
//!
//! Shape: durations in, [`Waits`] out. Units: seconds, of microseconds in the histogram. Errors: none but the histogram's own; what
//! takes longer than a minute counts as a minute.

use hdrhistogram::Histogram;
use std::fmt;
use std::time::Duration;

/// Percentiles of waits.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(clippy::struct_field_names, reason = "the unit stands in the name")]
pub(super) struct Waits {
    pub(super) p50_s: f64,
    pub(super) p95_s: f64,
    pub(super) p99_s: f64,
    pub(super) max_s: f64,
}

impl Waits {
    pub(super) fn of(waits: impl IntoIterator<Item = Duration>) -> anyhow::Result<Self> {
        let mut histogram = Histogram::<u64>::new_with_bounds(1, US_MAX, DIGITS)?;
        for wait in waits {
            histogram.saturating_record(u64::try_from(wait.as_micros()).unwrap_or(US_MAX));
        }
        let at = |percentile| Duration::from_micros(histogram.value_at_percentile(percentile)).as_secs_f64();
        Ok(Self { p50_s: at(50.0), p95_s: at(95.0), p99_s: at(99.0), max_s: at(100.0) })
    }
}

impl fmt::Display for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { p50_s, p95_s, p99_s, max_s } = self;
        write!(f, "p50 {p50_s:.3}, p95 {p95_s:.3}, p99 {p99_s:.3}, max {max_s:.3} s")
    }
}

const US_MAX: u64 = 60_000_000;
const DIGITS: u8 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_all_waits() {
        let waits = Waits::of((1..=100).map(|tenths| Duration::from_millis(tenths * 100))).unwrap();
        let near = |seconds: f64, expected: f64| (seconds - expected).abs() < 0.01;
        assert!(near(waits.p50_s, 5.0) && near(waits.p95_s, 9.5), "{waits}");
        assert!(near(waits.p99_s, 9.9) && near(waits.max_s, 10.0), "{waits}");
    }
}
