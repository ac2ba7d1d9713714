//! The thresholds of the rules, as data.
//!
//! Shape: TOML text in, checked thresholds and the text's hash out; a missing key has its default, an unknown key is
//! an error. What a lender wants otherwise stands under `[lender.NAME.…]`: its own keys over everybody's. Units: in each name (`_h` hours, `_min` minutes as a suffix of a span, `dpd` days past due).
//! Errors: [`RuleSetError`] names the key. Source: DESIGN.md §1, fine print 9; `domain.md` §3b.

mod lending;
mod order;
mod thresholds;
mod written;

use model::loan::{Course, TierBounds};
use model::{LenderId, Loan};
use std::collections::BTreeMap;
pub(crate) use thresholds::{
    Habits as HabitThresholds, Loan as LoanThresholds, Thresholds, days, hours, minutes,
};
use toml::{Table, Value};
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
    /// What is wrong in a lender's own section.
    #[error("lender.{lender}: {reason}")]
    Lender {
        /// Whose.
        lender: String,
        /// What the parser or the check says.
        reason: String,
    },
    /// A section's name with a value.
    #[error("{key} = {value}: expected a section, [{key}] with its keys below it")]
    NoSection {
        /// Which.
        key: String,
        /// What was given, as it is written.
        value: String,
    },
    /// None of the words that a key takes.
    #[error("{key} = {value}: expected one of {words}")]
    Word {
        /// Which, with its section.
        key: String,
        /// What was given, as it is written.
        value: String,
        /// What it may be.
        words: String,
    },
    /// What is no number, or one that makes no sense.
    #[error("{key} = {value}: expected a whole number from {min} to {max}")]
    Range {
        /// Which, with its section.
        key: &'static str,
        /// What was given, as it is written.
        value: String,
        /// The least.
        min: u32,
        /// The most.
        max: u32,
    },
    /// Two numbers that make no sense together.
    #[error("{key} = {value}: expected at most {other} = {limit}; {otherwise}")]
    Order {
        /// Which, with its section.
        key: &'static str,
        /// What was given.
        value: u32,
        /// The other one.
        other: &'static str,
        /// What was given for that.
        limit: u32,
        /// What would happen.
        otherwise: &'static str,
    },
}

/// A rule set: thresholds with the hash of the text they came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSet {
    thresholds: Thresholds,
    /// Of lenders that want something else; few, and looked up with each judgement.
    lenders: BTreeMap<LenderId, Thresholds>,
    hash: String,
}

impl RuleSet {
    /// Reads and checks a TOML text.
    pub fn parse(text: &str) -> Result<Self, RuleSetError> {
        let mut sections: Table = toml::from_str(text).map_err(|error| unreadable(&error))?;
        let lenders = sections.remove(LENDERS);
        Thresholds::check_numbers(&sections)?;
        // From the text where that can be: its errors name the line.
        let thresholds: Thresholds = match lenders {
            None => toml::from_str(text).map_err(|error| unreadable(&error))?,
            Some(_) => sections.clone().try_into().map_err(|error| unreadable(&error))?,
        };
        thresholds.check_order()?;
        Ok(Self { thresholds, lenders: of_lenders(&sections, lenders)?, hash: hash_of(text) })
    }

    /// The rule set in force until another one is entered, with comments.
    pub const fn default_text() -> &'static str {
        include_str!("../default.toml")
    }

    /// Hex of the xxh3-128 of the text.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// How old a lender's book may be before it states nothing any more.
    pub fn fresh_max_ms(&self, lender: &LenderId) -> model::Millis {
        self.thresholds_for(Some(lender)).loan.fresh_max_ms()
    }

    /// The lenders that want something else.
    pub fn lenders(&self) -> impl Iterator<Item = &LenderId> {
        self.lenders.keys()
    }

    /// The thresholds for the loans of a lender.
    pub(crate) fn thresholds_for(&self, lender: Option<&LenderId>) -> &Thresholds {
        if self.lenders.is_empty() {
            return &self.thresholds;
        }
        lender.and_then(|lender| self.lenders.get(lender)).unwrap_or(&self.thresholds)
    }

    /// Whether a lender's book that stated a loan as of a moment is fresh enough to state it now.
    pub fn is_fresh(&self, lender: &LenderId, stated_at: model::Timestamp, now: model::Timestamp) -> bool {
        now.since(stated_at) <= self.fresh_max_ms(lender)
    }

    /// What a loan's lender has decided of such borrowers, once willingness and ability are known.
    pub fn course(&self, loan: &Loan) -> Option<Course> {
        self.thresholds_for(Some(&loan.lender)).quadrants.course(loan)
    }

    /// Whether a borrower is called on the very day on which a debit fails: the principal is large, or the risk grade poor.
    pub fn is_called_at_once(&self, loan: &Loan) -> bool {
        self.thresholds_for(Some(&loan.lender)).follow_up.is_wanted(loan)
    }

    /// Where the tiers of a loan begin, for its lender.
    pub fn tier_bounds(&self, loan: &Loan) -> TierBounds {
        let thresholds = self.thresholds_for(Some(&loan.lender));
        let days = |days: u32| u16::try_from(days).unwrap_or(u16::MAX);
        TierBounds {
            watch_dpd_min: days(thresholds.follow_up.dpd_min),
            repeat_episodes_min: days(thresholds.loan.repeat_episodes_min),
            severe_dpd_over: days(thresholds.loan.severe_dpd_over),
        }
    }

    /// Everybody's thresholds, section by section.
    pub(crate) const fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }
}

impl Default for RuleSet {
    fn default() -> Self {
        let lenders = BTreeMap::new();
        Self { thresholds: Thresholds::default(), lenders, hash: hash_of(Self::default_text()) }
    }
}

/// Each lender's keys over everybody's.
fn of_lenders(
    everybody: &Table,
    lenders: Option<Value>,
) -> Result<BTreeMap<LenderId, Thresholds>, RuleSetError> {
    let Some(lenders) = lenders else { return Ok(BTreeMap::new()) };
    let named = |lender: &str, reason: &dyn std::fmt::Display| RuleSetError::Lender {
        lender: lender.to_owned(),
        reason: reason.to_string(),
    };
    let Value::Table(lenders) = lenders else { return Err(named("", &"expected a section for each lender")) };
    if lenders.len() > LENDERS_MAX {
        return Err(named("", &format!("at most {LENDERS_MAX} lenders have thresholds of their own")));
    }
    let mut read = BTreeMap::new();
    for (lender, wanted) in lenders {
        let Value::Table(wanted) = wanted else { return Err(named(&lender, &"expected sections")) };
        if wanted.contains_key(OF_EVERYBODY) {
            let reason =
                format!("{OF_EVERYBODY} is of vehicles of all lenders: it stands under [{OF_EVERYBODY}]");
            return Err(named(&lender, &reason));
        }
        let mut sections = everybody.clone();
        for (section, keys) in wanted {
            match (sections.get_mut(&section), keys) {
                (Some(Value::Table(shared)), Value::Table(keys)) => shared.extend(keys),
                (_, keys) => drop(sections.insert(section, keys)),
            }
        }
        Thresholds::check_numbers(&sections).map_err(|error| named(&lender, &error))?;
        let thresholds: Thresholds =
            sections.try_into().map_err(|error: toml::de::Error| named(&lender, &error))?;
        thresholds.check_order().map_err(|error| named(&lender, &error))?;
        read.insert(LenderId(lender), thresholds);
    }
    Ok(read)
}

fn unreadable(error: &toml::de::Error) -> RuleSetError {
    RuleSetError::Text { reason: error.to_string() }
}

/// The section in which lenders' own thresholds stand.
const LENDERS: &str = "lender";
/// The section of the rule that no lender has for itself.
const OF_EVERYBODY: &str = "gathering";
/// An input holds 64 KiB of text, and a server that serves more lenders than this is several.
const LENDERS_MAX: usize = 1_000;

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
    fn a_lender_has_its_own_keys_over_everybodys() {
        let text = "[overdue_moved]\ndpd_min = 10\ncool_down_h = 3\n[lender.main.overdue_moved]\ndpd_min = 2\n\
                    [lender.\"北方 1\".pair]\noccurrences = 3";
        let rule_set = RuleSet::parse(text).unwrap();
        let of = |lender: &str| *rule_set.thresholds_for(Some(&LenderId(lender.into())));
        let moved = |lender| (of(lender).overdue_moved.dpd_min, of(lender).overdue_moved.cool_down_h);
        assert_eq!((moved("main"), moved("other"), moved("北方 1")), ((2, 3), (10, 3), (10, 3)));
        assert_eq!((of("北方 1").pair.occurrences, of("main").pair.occurrences), (3, 2));
        assert_eq!(rule_set.thresholds_for(None).overdue_moved.dpd_min, 10);
    }

    #[test]
    fn the_tiers_begin_by_default_where_they_are_said_to_and_elsewhere_for_a_lender_that_wants_it() {
        let vehicle = model::VehicleId::parse("粤B12345").unwrap();
        let of = |lender: &str| {
            let (contract, at) = (model::ContractId("C1".into()), model::Timestamp::default());
            Loan::bare(contract, LenderId(lender.into()), vehicle, at)
        };
        assert_eq!(RuleSet::default().tier_bounds(&of("main")), TierBounds::default());
        let text = "[lender.main.follow_up]\ndpd_min = 3\n[lender.main.loan]\nsevere_dpd_over = 90";
        let rule_set = RuleSet::parse(text).unwrap();
        let own = TierBounds { watch_dpd_min: 3, severe_dpd_over: 90, ..TierBounds::default() };
        assert_eq!(rule_set.tier_bounds(&of("main")), own);
        assert_eq!(rule_set.tier_bounds(&of("other")), TierBounds::default());
    }

    #[test]
    fn what_is_wrong_in_a_lenders_section_is_named_with_the_lender() {
        let told = |text| RuleSet::parse(text).unwrap_err().to_string();
        assert!(told("[lender.main.pair]\noccurences = 3").contains("lender.main: "));
        let range = told("[lender.main.overdue_offline]\nsilent_moving_h = 0");
        assert_eq!(
            range,
            "lender.main: overdue_offline.silent_moving_h = 0: expected a whole number from 1 to 8784"
        );
        assert!(told("lender = 3").contains("a section for each lender"));
        assert!(told("[lender]\nmain = 3").contains("lender.main: expected sections"));
    }

    #[test]
    fn a_number_that_would_switch_a_rule_off_is_refused() {
        let told = |text| RuleSet::parse(text).unwrap_err().to_string();
        for (text, most) in [
            ("[pair]\noccurrences = 256", "expected a whole number from 1 to 255"),
            ("[recovery_window]\nremaining_h = 64", "expected a whole number from 1 to 63"),
            ("[ebike]\nslower_than_kmh = 251", "expected a whole number from 5 to 250"),
            ("[power_cut]\nconfirm_min = 1441", "expected a whole number from 0 to 1440"),
            ("[tow]\nfor_s = 3601", "expected a whole number from 1 to 3600"),
            ("[severe_boundary]\ndpd_min = 61", "expected at most loan.severe_dpd_over = 60"),
            ("[loan]\nsevere_dpd_over = 30", "severe_boundary.dpd_min = 55: expected at most"),
            ("[ebike]\nclose_over_kmh = 25", "expected at most ebike.close_over_kmh = 25"),
            ("[lender.main.loan]\nsevere_dpd_over = 30", "lender.main: severe_boundary.dpd_min = 55"),
            ("[lender.main.gathering]\nstood_h = 3", "lender.main: gathering is of vehicles of all lenders"),
        ] {
            assert!(told(text).contains(most), "{}", told(text));
        }
        assert!(RuleSet::parse("[severe_boundary]\ndpd_min = 60").is_ok());
    }

    #[test]
    fn what_is_no_number_is_told_what_the_key_wants_in_plain_words() {
        let told = |text| RuleSet::parse(text).unwrap_err().to_string();
        for (text, wanted) in [
            ("[loan]\nfresh_max_h = -1", "loan.fresh_max_h = -1: expected a whole number from "),
            ("[loan]\nfresh_max_h = 1.5", "loan.fresh_max_h = 1.5: expected a whole number from "),
            ("[loan]\nfresh_max_h = 99999999999", "loan.fresh_max_h = 99999999999: expected a whole number"),
            ("[loan]\nfresh_max_h = \"26\"", "loan.fresh_max_h = \"26\": expected a whole number from "),
            (
                "[lender.a.tow]\nfor_s = true",
                "lender.a: tow.for_s = true: expected a whole number from 1 to ",
            ),
            ("tow = 3", "tow = 3: expected a section, [tow] with"),
            ("[quadrants]\nwilling_able = 3", "quadrants.willing_able = 3: expected one of remind, "),
            ("[quadrants]\nwilling_able = \"call\"", "willing_able = \"call\": expected one of remind, "),
        ] {
            let said = told(text);
            assert!(said.contains(wanted), "{said}");
            for of_the_machine in ["u32", "i64", "u16", "struct ", "integer `", "variant", "floating"] {
                assert!(!said.contains(of_the_machine), "{said}");
            }
        }
    }

    #[test]
    fn a_number_without_sense_is_refused_by_key() {
        let error = RuleSet::parse("[overdue_offline]\nsilent_moving_h = 0").unwrap_err();
        assert_eq!(
            error.to_string(),
            "overdue_offline.silent_moving_h = 0: expected a whole number from 1 to 8784"
        );
    }
}
