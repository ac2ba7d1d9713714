//! What lenders decide of their borrowers: a course for each quadrant of willingness and ability, and who is large or poor.
//!
//! Shape: a loan in, the decision out. Units: yuan of principal; grades by their rank, A or 1 the best. Errors: none beyond the
//! section's own. Source: `domain.md` §2.1 (large loans and poor grades on the same day), §2.4 (policies as data, per lender).

use super::RuleSetError;
use super::thresholds::{FollowUp, Loan as LoanThresholds};
use model::Loan;
use model::loan::{Course, Quadrant};
use serde::Deserialize;
use toml::{Table, Value};

/// A course for each quadrant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Quadrants {
    pub(crate) willing_able: Course,
    pub(crate) willing_unable: Course,
    pub(crate) unwilling_able: Course,
    pub(crate) unwilling_unable: Course,
}

impl Default for Quadrants {
    fn default() -> Self {
        Self {
            willing_able: Course::Remind,
            willing_unable: Course::Restructure,
            unwilling_able: Course::PressAndWatch,
            unwilling_unable: Course::PreserveAsset,
        }
    }
}

impl Quadrants {
    #[cfg(test)]
    pub(super) const KEYS: usize = 4;

    /// A course is a word.
    pub(super) fn check(written: &Table) -> Result<(), RuleSetError> {
        let is_wrong =
            |(_, value): &(&String, &Value)| value.as_str().is_none_or(|word| Course::parse(word).is_err());
        let Some((key, value)) = written.iter().find(is_wrong) else { return Ok(()) };
        let words: Vec<&str> = Course::ALL.iter().map(|course| course.as_str()).collect();
        let (key, value) = (format!("quadrants.{key}"), value.to_string());
        Err(RuleSetError::Word { key, value, words: words.join(", ") })
    }

    /// What is decided of a loan, once its quadrant is known.
    pub(crate) fn course(self, loan: &Loan) -> Option<Course> {
        Some(match Quadrant::of(loan)? {
            Quadrant::WillingAble => self.willing_able,
            Quadrant::WillingUnable => self.willing_unable,
            Quadrant::UnwillingAble => self.unwilling_able,
            Quadrant::UnwillingUnable => self.unwilling_unable,
        })
    }
}

impl LoanThresholds {
    /// Its principal is large, or its risk grade poor: what is found of it is more urgent.
    pub(crate) fn is_large_or_poor(self, loan: &Loan) -> bool {
        is_large_or_poor(loan, self.large_principal_yuan, self.poor_grade_from)
    }
}

impl FollowUp {
    /// The borrower is called on the day on which a debit failed.
    pub(crate) fn is_wanted(self, loan: &Loan) -> bool {
        is_large_or_poor(loan, self.principal_yuan, self.grade_from)
    }
}

/// From this principal, or from this grade on; 0 is never.
fn is_large_or_poor(loan: &Loan, principal_yuan: u32, grade_from: u32) -> bool {
    let large = i64::from(principal_yuan).saturating_mul(FEN_PER_YUAN);
    let is_large = large > 0 && loan.principal_outstanding >= large;
    let is_poor = grade_from > 0 && loan.grade_rank().is_some_and(|rank| rank >= grade_from);
    is_large || is_poor
}

/// Money is in the currency's smallest unit.
const FEN_PER_YUAN: i64 = 100;
