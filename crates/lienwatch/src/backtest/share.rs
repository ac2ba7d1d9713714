//! A share with what chance could have made of it.
//!
//! Shape: so many of so many in, the share and its interval out. Units: 0 to 1. Source: the Wilson interval of 95 %, E. B.
//! Wilson, "Probable inference", 1927.

/// So many of so many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) hits: u32,
    pub(crate) of: u32,
}

impl Share {
    /// Nothing of nothing is no share.
    pub(crate) fn value(self) -> Option<f64> {
        (self.of > 0).then(|| f64::from(self.hits) / f64::from(self.of))
    }

    /// Where the true share lies, in 95 of 100 such cases.
    pub(crate) fn interval(self) -> Option<(f64, f64)> {
        let share = self.value()?;
        let count = f64::from(self.of);
        let square = Z * Z;
        let centre = share + square / (2.0 * count);
        let width = Z * (share * (1.0 - share) / count + square / (4.0 * count * count)).sqrt();
        let whole = 1.0 + square / count;
        Some(((centre - width) / whole, (centre + width) / whole))
    }
}

/// To three digits: more are not in so few cases.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// 95 %.
const Z: f64 = 1.96;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_the_published_one() {
        let (low, high) = Share { hits: 81, of: 263 }.interval().unwrap();
        assert!((low - 0.2553).abs() < 5e-4 && (high - 0.3662).abs() < 5e-4, "{low} {high}");
        assert_eq!(Share::default().interval(), None);
    }
}
