//! Which of several loans on one vehicle decides what may be said of it.
//!
//! Shape: a vehicle's loans, the rule set and the moment in, one of them out. Errors: none. Source: `domain.md` §9, invariant 2.

use model::Timestamp;
use model::loan::Standing;
use rules::RuleSet;
use std::cmp::Reverse;
use store::LoanRow;

/// The loan that counts: a hold dominates, then what is past due, by a fresh book before a stale one, the longest past due, the
/// newest book. No two rank alike: contracts come in no order after a restart.
pub fn loan_that_counts<'a>(
    mut loans: impl Iterator<Item = &'a LoanRow>,
    rule_set: &RuleSet,
    now: Timestamp,
) -> Option<&'a LoanRow> {
    let first = loans.next()?;
    // Most vehicles have one, and this is asked with every report: what day it is there need not be known.
    let Some(second) = loans.next() else { return Some(first) };
    [first, second].into_iter().chain(loans).max_by_key(|&row| {
        let (weight, days) = match row.loan.standing(now) {
            Standing::Held(_) => (4, 0),
            Standing::Overdue(days) => (3, days.0),
            Standing::Current => (2, 0),
            Standing::Settled => (1, 0),
        };
        let stated_at = row.notes.stated_at;
        let is_fresh = rule_set.is_fresh(&row.loan.lender, stated_at, now);
        (row.in_book, weight, is_fresh, days, stated_at, Reverse(&row.loan.contract))
    })
}
