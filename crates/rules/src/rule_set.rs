//! The thresholds of the rules, as data.
//!
//! Shape: TOML text in, checked thresholds and the text's hash out; a missing key has its default, an unknown key is
//! an error. Units: in each name (`_h` hours, `_min` minutes as a suffix of a span, `dpd` days past due).
//! Errors: [`RuleSetError`] names the key. Source: DESIGN.md §1, fine print 9; `domain.md` §3b.

mod thresholds;

pub(crate) use thresholds::{Thresholds, days, hours, minutes};
use xxhash_rust::xxh3::xxh3_128;

/// Why a text is no rule set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleSetError {
    /// Not TOML, a key that does not exist, or a value of the wrong type.
    #[error("the rule set does not read: {reason}")]
    Text {
        /// What the parser says, with the line.
        reason: String,
    },
    /// A number that makes no sense.
    #[error("{key} = {value}: expected {min} to {max}")]
    Range {
        /// Which, with its section.
        key: &'static str,
        /// What was given.
        value: u32,
        /// The least.
        min: u32,
        /// The most.
        max: u32,
    },
}

/// A rule set: thresholds with the hash of the text they came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSet {
    thresholds: Thresholds,
    hash: String,
}

impl RuleSet {
    /// Reads and checks a TOML text.
    pub fn parse(text: &str) -> Result<Self, RuleSetError> {
        let thresholds: Thresholds =
            toml::from_str(text).map_err(|error| RuleSetError::Text { reason: error.to_string() })?;
        thresholds.check()?;
        Ok(Self { thresholds, hash: hash_of(text) })
    }

    /// The rule set in force until another one is entered, with comments.
    pub const fn default_text() -> &'static str {
        include_str!("../default.toml")
    }

    /// Hex of the xxh3-128 of the text.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The thresholds, section by section.
    pub(crate) const fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }
}

impl Default for RuleSet {
    fn default() -> Self {
        Self { thresholds: Thresholds::default(), hash: hash_of(Self::default_text()) }
    }
}

fn hash_of(text: &str) -> String {
    format!("{:032x}", xxh3_128(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_text_says_what_the_code_defaults_to() {
        assert_eq!(RuleSet::parse(RuleSet::default_text()), Ok(RuleSet::default()));
    }

    #[test]
    fn every_key_is_in_the_default_text() {
        let without_comments = RuleSet::default_text().lines().filter(|line| !line.starts_with('#'));
        assert_eq!(without_comments.filter(|line| line.contains('=')).count(), Thresholds::KEYS);
    }

    #[test]
    fn a_missing_key_has_its_default_and_another_text_another_hash() {
        let empty = RuleSet::parse("").unwrap();
        assert_eq!(empty.thresholds, RuleSet::default().thresholds);
        assert_ne!(empty.hash(), RuleSet::default().hash());
        assert_eq!(empty.hash().len(), 32);
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let error = RuleSet::parse("[overdue_moved]\ndpd_mim = 3").unwrap_err();
        assert!(error.to_string().contains("dpd_mim"), "{error}");
    }

    #[test]
    fn a_number_without_sense_is_refused_by_key() {
        let error = RuleSet::parse("[overdue_offline]\nsilent_moving_h = 0").unwrap_err();
        assert_eq!(error.to_string(), "overdue_offline.silent_moving_h = 0: expected 1 to 8784");
    }
}
