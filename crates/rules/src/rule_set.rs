//! The thresholds of the rules, as data.
//!
//! Shape: TOML text in, checked thresholds and the text's hash out; a missing key has its default, an unknown key is
//! an error. Units: in each name (`_h` hours, `_min` minutes as a suffix of a span, `dpd` days past due).
//! Errors: [`RuleSetError`] names the key. Source: DESIGN.md §1, fine print 9; `domain.md` §3b.

use model::Millis;
use serde::Deserialize;
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

    pub(crate) const fn loan(&self) -> &LoanThresholds {
        &self.thresholds.loan
    }

    pub(crate) const fn overdue_moved(&self) -> &OverdueMovedThresholds {
        &self.thresholds.overdue_moved
    }

    pub(crate) const fn overdue_offline(&self) -> &OverdueOfflineThresholds {
        &self.thresholds.overdue_offline
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Thresholds {
    loan: LoanThresholds,
    overdue_moved: OverdueMovedThresholds,
    overdue_offline: OverdueOfflineThresholds,
}

/// What a loan must be for a rule to state anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LoanThresholds {
    fresh_max_h: u32,
    pub(crate) repeat_episodes_min: u16,
    pub(crate) severe_dpd_over: u16,
}

impl LoanThresholds {
    pub(crate) fn fresh_max_ms(self) -> Millis {
        Millis::from(self.fresh_max_h) * HOUR_MS
    }
}

impl Default for LoanThresholds {
    fn default() -> Self {
        Self { fresh_max_h: 26, repeat_episodes_min: 3, severe_dpd_over: 60 }
    }
}

/// When leaving the parking place is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct OverdueMovedThresholds {
    pub(crate) dpd_min: u16,
    pub(crate) dpd_min_repeat: u16,
    dormant_days: u32,
    cool_down_h: u32,
    parked_close_min: u32,
    recent_max_h: u32,
}

impl OverdueMovedThresholds {
    pub(crate) fn dormant_ms(&self) -> Millis {
        Millis::from(self.dormant_days) * DAY_MS
    }

    pub(crate) fn cool_down_ms(&self) -> Millis {
        Millis::from(self.cool_down_h) * HOUR_MS
    }

    pub(crate) fn parked_close_ms(&self) -> Millis {
        Millis::from(self.parked_close_min) * MINUTE_MS
    }

    pub(crate) fn recent_max_ms(&self) -> Millis {
        Millis::from(self.recent_max_h) * HOUR_MS
    }
}

impl Default for OverdueMovedThresholds {
    fn default() -> Self {
        Self {
            dpd_min: 6,
            dpd_min_repeat: 1,
            dormant_days: 3,
            cool_down_h: 12,
            parked_close_min: 15,
            recent_max_h: 2,
        }
    }
}

/// When silence is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct OverdueOfflineThresholds {
    pub(crate) dpd_min: u16,
    silent_moving_h: u32,
    silent_parked_h: u32,
    backup_interval_percent: u32,
    backup_extra_h: u32,
    tamper_window_h: u32,
    startup_grace_min: u32,
}

impl OverdueOfflineThresholds {
    pub(crate) fn silent_moving_ms(&self) -> Millis {
        Millis::from(self.silent_moving_h) * HOUR_MS
    }

    pub(crate) fn silent_parked_ms(&self) -> Millis {
        Millis::from(self.silent_parked_h) * HOUR_MS
    }

    /// Silence allowed to a backup device that usually reports at this interval.
    pub(crate) fn silent_backup_ms(&self, usual_interval_ms: Millis) -> Millis {
        let share = usual_interval_ms.saturating_mul(Millis::from(self.backup_interval_percent)) / 100;
        share.saturating_add(Millis::from(self.backup_extra_h) * HOUR_MS)
    }

    pub(crate) fn tamper_window_ms(&self) -> Millis {
        Millis::from(self.tamper_window_h) * HOUR_MS
    }

    /// How long the server must have listened before silence of such a device counts.
    pub(crate) fn startup_grace_ms(&self, usual_interval_ms: Millis) -> Millis {
        (Millis::from(self.startup_grace_min) * MINUTE_MS).max(usual_interval_ms.saturating_mul(2))
    }
}

impl Default for OverdueOfflineThresholds {
    fn default() -> Self {
        Self {
            dpd_min: 1,
            silent_moving_h: 2,
            silent_parked_h: 24,
            backup_interval_percent: 150,
            backup_extra_h: 6,
            tamper_window_h: 2,
            startup_grace_min: 10,
        }
    }
}

impl Thresholds {
    fn check(&self) -> Result<(), RuleSetError> {
        let (loan, moved, offline) = (&self.loan, &self.overdue_moved, &self.overdue_offline);
        [
            ("loan.fresh_max_h", loan.fresh_max_h, 1, SPAN_H_MAX),
            ("loan.repeat_episodes_min", loan.repeat_episodes_min.into(), 1, COUNT_MAX),
            ("loan.severe_dpd_over", loan.severe_dpd_over.into(), 1, COUNT_MAX),
            ("overdue_moved.dpd_min", moved.dpd_min.into(), 1, COUNT_MAX),
            ("overdue_moved.dpd_min_repeat", moved.dpd_min_repeat.into(), 1, COUNT_MAX),
            ("overdue_moved.dormant_days", moved.dormant_days, 1, COUNT_MAX),
            ("overdue_moved.cool_down_h", moved.cool_down_h, 0, SPAN_H_MAX),
            ("overdue_moved.parked_close_min", moved.parked_close_min, 1, SPAN_H_MAX),
            ("overdue_moved.recent_max_h", moved.recent_max_h, 1, SPAN_H_MAX),
            ("overdue_offline.dpd_min", offline.dpd_min.into(), 1, COUNT_MAX),
            ("overdue_offline.silent_moving_h", offline.silent_moving_h, 1, SPAN_H_MAX),
            ("overdue_offline.silent_parked_h", offline.silent_parked_h, 1, SPAN_H_MAX),
            ("overdue_offline.backup_interval_percent", offline.backup_interval_percent, 100, PERCENT_MAX),
            ("overdue_offline.backup_extra_h", offline.backup_extra_h, 0, SPAN_H_MAX),
            ("overdue_offline.tamper_window_h", offline.tamper_window_h, 0, SPAN_H_MAX),
            ("overdue_offline.startup_grace_min", offline.startup_grace_min, 0, SPAN_H_MAX),
        ]
        .into_iter()
        .try_for_each(|(key, value, min, max)| {
            if (min..=max).contains(&value) {
                Ok(())
            } else {
                Err(RuleSetError::Range { key, value, min, max })
            }
        })
    }
}

const MINUTE_MS: Millis = 60_000;
const HOUR_MS: Millis = 60 * MINUTE_MS;
const DAY_MS: Millis = 24 * HOUR_MS;
/// A year: a longer span means that somebody mistook the unit.
const SPAN_H_MAX: u32 = 366 * 24;
/// Ten years of days; days past due beyond that are a data fault.
const COUNT_MAX: u32 = 3660;
/// Ten intervals: who waits longer wants the rule off.
const PERCENT_MAX: u32 = 1000;

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
        assert_eq!(without_comments.filter(|line| line.contains('=')).count(), 16);
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
