//! What may be said of a loan's standing: a stale book states nothing, a hold forbids it.
//!
//! Shape: a loan with what is known of its book → [`Stated`]. Errors: none. Source: DESIGN.md, promise 2; `domain.md` §6.

use model::loan::Standing;
use model::{DaysPastDue, Loan, Timestamp};
use rules::{LoanFacts, RuleSet};
use store::LoanRow;

/// What may be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stated {
    /// The standing, by a fresh book. That a loan is settled or held is said whatever the age of the book.
    Standing(Standing),
    /// The newest complete book no longer has it.
    Absent,
    /// The book is stale.
    Stale,
}

impl Stated {
    /// Of a loan that the store has.
    pub fn of(row: &LoanRow, rule_set: &RuleSet, now: Timestamp) -> Self {
        let fresh = rule_set.is_fresh(&row.loan.lender, row.notes.stated_at, now);
        Self::by(&row.loan, row.in_book, fresh, now)
    }

    /// Of a loan as the rules see it.
    pub fn of_facts(known: &LoanFacts<'_>, rule_set: &RuleSet, now: Timestamp) -> Self {
        let fresh = rule_set.is_fresh(&known.loan.lender, known.book_as_of, now);
        Self::by(known.loan, known.in_book, fresh, now)
    }

    fn by(loan: &Loan, in_book: bool, fresh: bool, now: Timestamp) -> Self {
        match loan.standing(now) {
            standing @ (Standing::Settled | Standing::Held(_)) => Self::Standing(standing),
            _ if !in_book => Self::Absent,
            _ if !fresh => Self::Stale,
            standing => Self::Standing(standing),
        }
    }

    /// The standing, if it may be said.
    pub const fn standing(self) -> Option<Standing> {
        match self {
            Self::Standing(standing) => Some(standing),
            Self::Absent | Self::Stale => None,
        }
    }

    /// Days past due, if they may be said.
    pub const fn past_due(self) -> Option<DaysPastDue> {
        match self {
            Self::Standing(Standing::Overdue(days)) => Some(days),
            _ => None,
        }
    }

    /// What is owed and since when may be shown.
    pub const fn shows_debt(self) -> bool {
        matches!(self, Self::Standing(Standing::Overdue(_) | Standing::Current))
    }

    /// The same in words.
    pub fn in_words(self) -> String {
        match self {
            Self::Standing(Standing::Settled) => "settled".to_owned(),
            Self::Standing(Standing::Held(hold)) => format!("held: {hold}"),
            Self::Standing(Standing::Current) => "current".to_owned(),
            Self::Standing(Standing::Overdue(days)) => days.to_string(),
            Self::Absent => "no longer in the loan book".to_owned(),
            Self::Stale => "not stated: the loan file is stale".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::loan::HoldKind;
    use model::{ContractId, Date, LenderId, VehicleId};
    use store::LoanNotes;

    #[test]
    fn of_a_stale_absent_or_held_loan_no_days_are_said() {
        let now = Timestamp::parse("2026-11-20T04:00:00Z").unwrap();
        let vehicle = VehicleId::parse("粤B12345").unwrap();
        let bare = Loan::bare(ContractId("C1".into()), LenderId("main".into()), vehicle, now);
        let loan = Loan { oldest_unpaid_due: Date::parse("2026-11-10"), ..bare };
        let notes = LoanNotes { stated_at: now, ..LoanNotes::default() };
        let fresh = LoanRow { loan, vehicle, in_book: true, paid_at: None, notes };
        let said = |row: &LoanRow| Stated::of(row, &RuleSet::default(), now);
        assert_eq!(said(&fresh).past_due(), Some(DaysPastDue(10)));
        let mut stale = fresh.clone();
        stale.notes.stated_at = now.plus(-48 * 3_600_000);
        assert_eq!((said(&stale), said(&stale).past_due()), (Stated::Stale, None));
        let absent = LoanRow { in_book: false, ..fresh.clone() };
        assert_eq!((said(&absent), said(&absent).shows_debt()), (Stated::Absent, false));
        stale.loan.holds.dispute = true;
        assert_eq!(said(&stale), Stated::Standing(Standing::Held(HoldKind::Dispute)));
        assert_eq!((said(&stale).past_due(), said(&stale).shows_debt()), (None, false));
    }
}
