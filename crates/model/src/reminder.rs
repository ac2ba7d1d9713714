//! What the lender's own systems shall tell a borrower: that an instalment is due soon, or that its debit failed.
//!
//! Shape: a loan and an instant in, a [`Reminder`] out, and whether it is still to be sent. We send no SMS; the lender's system
//! does. Units: calendar days in the loan's own zone. Errors: none. Source: `domain.md` §2.1 (from five days before).

use crate::code::codes;
use crate::loan::Standing;
use crate::{ContractId, Date, LenderId, Loan, Timestamp};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

codes! {
    /// What the borrower shall be reminded of.
    pub enum ReminderKind {
        /// The due date is at most five days away.
        DueSoon = "due_soon",
        /// The debit failed.
        DebitFailed = "debit_failed",
    }
}

/// What a borrower shall be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    /// Of what.
    pub kind: ReminderKind,
    /// The contract.
    pub contract: ContractId,
    /// Whose.
    pub lender: LenderId,
    /// Due date of the instalment; of a debit that failed while nothing was unpaid, the day it failed.
    pub due: Date,
    /// When the window was entered, or the debit failed.
    pub at: Timestamp,
}

impl Reminder {
    /// The reminder of the coming due date of a loan, if it is time for one.
    pub fn due_soon(loan: &Loan, at: Timestamp) -> Option<Self> {
        let due = loan.coming_due(at)?;
        Some(Self::of(ReminderKind::DueSoon, loan, due, at))
    }

    /// The reminder of a debit that failed then, unless the loan is settled or held.
    pub fn debit_failed(loan: &Loan, at: Timestamp) -> Option<Self> {
        match loan.standing(at) {
            Standing::Current | Standing::Overdue(_) => {}
            Standing::Settled | Standing::Held(_) => return None,
        }
        let due = loan.oldest_unpaid_due.or_else(|| at.date_in(loan.zone()))?;
        Some(Self::of(ReminderKind::DebitFailed, loan, due, at))
    }

    fn of(kind: ReminderKind, loan: &Loan, due: Date, at: Timestamp) -> Self {
        Self { kind, contract: loan.contract.clone(), lender: loan.lender.clone(), due, at }
    }

    /// Its id, on any machine and database: one of each kind for a due date, and for a day on which a debit failed.
    pub fn id(&self) -> String {
        let day_ms = match self.kind {
            ReminderKind::DueSoon => 0,
            ReminderKind::DebitFailed => self.at.ms() / DAY_MS,
        };
        let key = format!("{}\0{}\0{}\0{}\0{day_ms}", self.kind, self.lender, self.contract, self.due);
        format!("{:032x}", xxh3_128(key.as_bytes()))
    }

    /// Whether it is still to be sent at an instant, by the loan and its last payment as they are known then.
    pub fn still_holds(&self, loan: &Loan, paid_at: Option<Timestamp>, now: Timestamp) -> bool {
        let standing = loan.standing(now);
        match self.kind {
            ReminderKind::DueSoon => standing == Standing::Current && loan.coming_due(now) == Some(self.due),
            ReminderKind::DebitFailed => {
                let stands = matches!(standing, Standing::Current | Standing::Overdue(_));
                stands && paid_at.is_none_or(|paid_at| paid_at < self.at)
            }
        }
    }
}

const DAY_MS: i64 = 86_400_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VehicleId;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn loan(due: &str) -> Loan {
        let vehicle = VehicleId::parse("粤B12345").unwrap();
        let as_of = at("2026-11-10T00:00:00Z");
        let bare = Loan::bare(ContractId("C1".into()), LenderId("main".into()), vehicle, as_of);
        Loan { oldest_unpaid_due: Date::parse(due), ..bare }
    }

    #[test]
    fn a_reminder_begins_at_the_loans_midnight_five_days_before_and_ends_with_the_due_day() {
        let loan = loan("2026-11-25");
        let due = |text| Reminder::due_soon(&loan, at(text)).map(|reminder| reminder.due);
        assert_eq!(due("2026-11-19T15:59:59Z"), None);
        assert_eq!(due("2026-11-19T16:00:00Z"), Date::parse("2026-11-25"));
        assert_eq!(due("2026-11-25T15:59:59Z"), Date::parse("2026-11-25"));
        assert_eq!(due("2026-11-25T16:00:00Z"), None, "past due is no reminder's matter");
    }

    #[test]
    fn neither_a_held_nor_a_settled_loan_is_reminded_of_anything() {
        let now = at("2026-11-22T00:00:00Z");
        let mut held = loan("2026-11-25");
        held.holds.dispute = true;
        let settled = Loan { settled_at: Some(now), ..loan("2026-11-25") };
        for quiet in [held, settled] {
            assert_eq!(Reminder::due_soon(&quiet, now), None);
            assert_eq!(Reminder::debit_failed(&quiet, now), None);
        }
    }

    #[test]
    fn what_was_paid_held_or_moved_since_is_not_sent() {
        let now = at("2026-11-22T00:00:00Z");
        let loan = loan("2026-11-25");
        let soon = Reminder::due_soon(&loan, now).unwrap();
        let failed = Reminder::debit_failed(&loan, now).unwrap();
        let (sent, later) = (now.plus(1), Some(now.plus(1)));
        assert!(soon.still_holds(&loan, None, sent) && failed.still_holds(&loan, None, sent));
        let paid = Loan { oldest_unpaid_due: None, ..loan.clone() };
        assert!(!soon.still_holds(&paid, later, sent) && !failed.still_holds(&paid, later, sent));
        let mut held = loan.clone();
        held.holds.bankruptcy = true;
        assert!(!soon.still_holds(&held, None, sent) && !failed.still_holds(&held, None, sent));
        let next = Loan { oldest_unpaid_due: Date::parse("2026-11-26"), ..loan };
        assert!(!soon.still_holds(&next, None, sent));
    }

    #[test]
    fn one_due_date_is_one_reminder_and_each_day_of_a_failed_debit_another() {
        let loan = loan("2026-11-25");
        let soon = |text| Reminder::due_soon(&loan, at(text)).unwrap().id();
        let failed = |text| Reminder::debit_failed(&loan, at(text)).unwrap().id();
        let (one, next_day) = ("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z");
        assert_eq!(soon(one), soon(next_day));
        assert_eq!(failed(one), failed("2026-11-22T03:00:00Z"));
        assert_ne!(failed(one), failed(next_day));
        assert_ne!(soon(one), failed(one));
    }
}
