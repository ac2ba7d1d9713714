//! A share with what chance could have made of it.

use serde_json::{Value, json};

/// So many of so many.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Share {
    pub(crate) hits: u32,
    pub(crate) of: u32,
}

impl Share {
    pub(crate) fn add(&mut self, hit: bool) {
        self.of += 1;
        self.hits += u32::from(hit);
    }

    /// One case, which is a hit if all of it is; none where there is nothing of it.
    pub(crate) fn add_all(&mut self, hits: impl Iterator<Item = bool>) {
        if let Some(all) = hits.reduce(|all, hit| all && hit) {
            self.add(all);
        }
    }

    pub(crate) fn value(self) -> Option<f64> {
        (self.of > 0).then(|| f64::from(self.hits) / f64::from(self.of))
    }

    /// The Wilson interval of 95 %: E. B. Wilson, "Probable inference", 1927.
    pub(crate) fn interval(self) -> Option<(f64, f64)> {
        let share = self.value()?;
        let count = f64::from(self.of);
        let square = Z * Z;
        let centre = share + square / (2.0 * count);
        let width = Z * (share * (1.0 - share) / count + square / (4.0 * count * count)).sqrt();
        let whole = 1.0 + square / count;
        Some(((centre - width) / whole, (centre + width) / whole))
    }

    /// For people.
    pub(crate) fn text(self) -> String {
        let (low, high) = self.interval().unwrap_or_default();
        let value = self.value().map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
        format!("{value} [{low:.2}..{high:.2}] n{}", self.of)
    }

    pub(crate) fn json(self) -> Value {
        let rounded = |value: f64| (value * 1000.0).round() / 1000.0;
        let (low, high) = self.interval().unwrap_or_default();
        json!({ "n": self.of, "value": self.value().map(rounded), "from": rounded(low), "to": rounded(high) })
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
    }
}
