//! A share with what chance could have made of it.
//!
//! Shape: hits and misses in, the share and its interval out. Units: shares from 0 to 1. Errors: none.
//! Source: E. B. Wilson, "Probable inference", 1927.

/// How often the most probable place was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HitRate {
    /// It was.
    pub right: u32,
    /// Days that were tried.
    pub of: u32,
}

impl HitRate {
    pub(super) fn add(&mut self, right: bool) {
        self.of += 1;
        self.right += u32::from(right);
    }

    /// The share; `None` where nothing was tried.
    pub fn share(self) -> Option<f64> {
        (self.of > 0).then(|| f64::from(self.right) / f64::from(self.of))
    }

    /// Its interval of 95 %.
    pub fn interval(self) -> Option<(f64, f64)> {
        let (share, count) = (self.share()?, f64::from(self.of));
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
        let (low, high) = HitRate { right: 81, of: 263 }.interval().unwrap();
        assert!((low - 0.2553).abs() < 5e-4 && (high - 0.3662).abs() < 5e-4, "{low} {high}");
        assert_eq!(HitRate::default().interval(), None);
        let (low, high) = HitRate { right: 10, of: 10 }.interval().unwrap();
        assert!(low > 0.7 && high <= 1.0, "{low} {high}");
    }
}
