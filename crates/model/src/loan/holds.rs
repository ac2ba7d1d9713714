//! Holds: what forbids stating that a loan is overdue.
//!
//! Shape: what a book and staff say, together, and the strongest that is in force on a day. Units: calendar days of the loan's zone.
//! Errors: none. Source: `domain.md` §2.4.

use crate::Date;
use crate::code::codes;
use serde::{Deserialize, Serialize};

/// What staff agreed with or learned of a borrower, so that no rule may state delinquency.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Holds {
    /// Promise to pay: hold up to and including this date.
    pub promise_until: Option<Date>,
    /// Payment extension: hold up to and including this date.
    pub extension_until: Option<Date>,
    /// Bankruptcy proceedings.
    pub bankruptcy: bool,
    /// The borrower disputes the debt.
    pub dispute: bool,
    /// A legal case.
    pub legal_case: bool,
}

codes! {
    /// The hold that is in force, the strongest first.
    pub enum HoldKind {
        /// Bankruptcy proceedings.
        Bankruptcy = "bankruptcy",
        /// A legal case.
        LegalCase = "legal_case",
        /// Disputed debt.
        Dispute = "dispute",
        /// Payment extension.
        Extension = "extension",
        /// Promise to pay.
        Promise = "promise",
    }
}

impl Holds {
    /// Everything that is held by either; of two dates the later one.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self {
            promise_until: self.promise_until.max(other.promise_until),
            extension_until: self.extension_until.max(other.extension_until),
            bankruptcy: self.bankruptcy || other.bankruptcy,
            dispute: self.dispute || other.dispute,
            legal_case: self.legal_case || other.legal_case,
        }
    }

    /// The hold in force on a day.
    pub fn on(&self, today: Date) -> Option<HoldKind> {
        let runs = |until: Option<Date>| until.is_some_and(|until| today <= until);
        match () {
            () if self.bankruptcy => Some(HoldKind::Bankruptcy),
            () if self.legal_case => Some(HoldKind::LegalCase),
            () if self.dispute => Some(HoldKind::Dispute),
            () if runs(self.extension_until) => Some(HoldKind::Extension),
            () if runs(self.promise_until) => Some(HoldKind::Promise),
            () => None,
        }
    }
}
