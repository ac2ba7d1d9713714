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
    pub(crate) fn ratio(ours: &[f64], others: &[f64]) -> Self {
        Self::of(ours.iter().zip(others).map(|(ours, other)| ours / other))
    }
}

impl fmt::Display for Spread {
    /// Whole numbers from a hundred on, two places below.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = if self.median.abs() >= 100.0 { 0 } else { 2 };
        write!(f, "{:.places$} [{:.places$}..{:.places$}]", self.median, self.min, self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_and_of_an_even_number_the_mean_of_two() {
        let odd = Spread { median: 2.0, min: 1.0, max: 3.0, repeats: 3 };
        assert_eq!(Spread::of([3.0, 1.0, 2.0]), odd);
        assert_eq!(Spread::of([4.0, 1.0]), Spread { median: 2.5, min: 1.0, max: 4.0, repeats: 2 });
        assert_eq!(Spread::of([]), Spread::default());
    }

    #[test]
    fn a_ratio_is_taken_round_by_round() {
        let ratio = Spread { median: 0.75, min: 0.5, max: 1.0, repeats: 2 };
        assert_eq!(Spread::ratio(&[10.0, 40.0], &[20.0, 40.0]), ratio);
    }
}
