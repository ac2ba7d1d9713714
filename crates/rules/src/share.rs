//! A share with what chance could have made of it.
//!
//! Shape: hits and misses in, the share and its interval out. Units: shares from 0 to 1. Errors: none.
//! Source: E. B. Wilson, "Probable inference", 1927.

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// Those for which it is so.
    pub hits: u32,
    /// All of them.
    pub of: u32,
}

impl Share {
    pub(crate) fn add(&mut self, hit: bool) {
        self.of += 1;
        self.hits += u32::from(hit);
    }

    /// The share; nothing of nothing is none.
    pub fn value(self) -> Option<f64> {
        (self.of > 0).then(|| f64::from(self.hits) / f64::from(self.of))
    }

    /// Its interval of 95 %.
    pub fn interval(self) -> Option<(f64, f64)> {
        let (share, count) = (self.value()?, f64::from(self.of));
        let square = Z * Z;
        let centre = share + square / (2.0 * count);
        let width = Z * (share * (1.0 - share) / count + square / (4.0 * count * count)).sqrt();
        let whole = 1.0 + square / count;
        Some((((centre - width) / whole).max(0.0), ((centre + width) / whole).min(1.0)))
    }
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
        let (low, high) = Share { hits: 10, of: 10 }.interval().unwrap();
        assert!(low > 0.7 && high <= 1.0, "{low} {high}");
    }
}
