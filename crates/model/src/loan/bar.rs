//! Why a loan does not allow a rule to begin.
//!
//! Shape: a value for people who ask; `rules` finds it, `words` says it. Units: days past due. Source: `domain.md` §3b (loan gate).

use super::HoldKind;

/// What of the loan keeps a rule from beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoanBar {
    /// None was ever known.
    None,
    /// The lender's newest complete book no longer has it.
    Absent,
    /// It is paid off.
    Settled,
    /// It is held.
    Held(HoldKind),
    /// Nothing is past due.
    Current,
    /// No due date is near, by a fresh book.
    NotComingDue,
    /// Too few days past due.
    TooFewDays {
        /// So many.
        has: u16,
        /// The rule begins there.
        needs: u32,
    },
    /// Something is past due: that is for another rule.
    Overdue {
        /// Days past due.
        has: u16,
    },
    /// Something is past due: the rule looks ahead to a due date.
    AlreadyDue {
        /// Days past due.
        has: u16,
    },
}
