//! Repeats of a measurement in one figure.
//!
//! Shape: numbers → median, smallest, largest. Units: those of the numbers. Errors: none; without numbers it is zero.

use serde::Serialize;
use std::fmt;

/// What repeats came to.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) repeats: usize,
}

impl Spread {
    /// Of numbers in any order.
    pub(crate) fn of(numbers: impl IntoIterator<Item = f64>) -> Self {
        let mut numbers: Vec<f64> = numbers.into_iter().collect();
        numbers.sort_by(f64::total_cmp);
        let at = |place: usize| numbers.get(place).copied().unwrap_or(0.0);
        let repeats = numbers.len();
        // Of an even number the mean of the middle two.
        let median = f64::midpoint(at(repeats.saturating_sub(1) / 2), at(repeats / 2));
        Self { median, min: at(0), max: at(repeats.saturating_sub(1)), repeats }
    }

    /// Of one run by those of another, repeat by repeat: what disturbs both at once cancels out.
    pub(crate) fn ratio(these: &[f64], those: &[f64]) -> Self {
        Self::of(these.iter().zip(those).map(|(this, that)| this / that))
    }
}

impl fmt::Display for Spread {
    /// Whole numbers from a hundred on, two places below.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = if self.median.abs() >= 100.0 { 0 } else { 2 };
        write!(f, "{:.places$} [{:.places$}..{:.places$}]", self.median, self.min, self.max)
    }
}
