//! One row of a loan book, and what the day says of it.
//!
//! Shape: a book row is a [`Loan`]; days past due are derived from it and an instant, never stored alone.
//! Units: money in the currency's smallest unit (cent, fen); days are calendar days in the loan's own zone.
//! Source: DESIGN.md §6; `domain.md` §1, §2.4, §9.

mod bar;
mod dealings;
pub(crate) mod event;
mod filed;
mod holds;
mod policy;
mod zone;

use crate::code::codes;
use crate::unit::counted;
use crate::{ContractId, Date, LenderId, Timestamp, VehicleId};
pub use bar::LoanBar;
pub use dealings::{Attention, Channel, ContactResult, Dealings, SmsDelivery, VisitResult};
pub use filed::FiledAddresses;
pub use holds::{HoldKind, Holds};
pub use policy::{Bucket, Course, PRE_DUE_DAYS, Quadrant, Tier, TierBounds};
use serde::{Deserialize, Serialize};
use std::fmt;
pub use zone::NamedZone;

codes! {
    /// Willingness or ability to pay, one axis of the quadrants.
    pub enum Level {
        /// Present.
        High = "high",
        /// Absent.
        Low = "low",
    }
}

codes! {
    /// Why the loan is overdue, as collection staff found out.
    pub enum Reason {
        /// Economic hardship.
        Hardship = "hardship",
        /// Does not want to pay.
        Malicious = "malicious",
        /// Involved in a legal case.
        LegalCase = "legal_case",
        /// Bankrupt.
        Bankruptcy = "bankruptcy",
        /// The vehicle had an accident; standing still for long is normal.
        Accident = "accident",
    }
}

impl Reason {
    /// Proceedings are a hold of themselves [domain.md §2.4]: a book may state them here and nowhere else.
    pub const fn hold(self) -> Option<HoldKind> {
        match self {
            Self::LegalCase => Some(HoldKind::LegalCase),
            Self::Bankruptcy => Some(HoldKind::Bankruptcy),
            Self::Hardship | Self::Malicious | Self::Accident => None,
        }
    }
}

codes! {
    /// Whether the borrower can be reached.
    pub enum ContactState {
        /// Reachable.
        Reachable = "reachable",
        /// Contact lost.
        Lost = "lost",
    }
}

codes! {
    /// What makes the recovery of a vehicle lawful. Without one there is none [domain.md §3c].
    pub enum LegalBasis {
        /// A court's judgment or order.
        CourtDocument = "court_document",
        /// The borrower's consent in writing.
        WrittenConsent = "written_consent",
        /// The borrower hands it over.
        VoluntarySurrender = "voluntary_surrender",
    }
}

/// An open recovery case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryCase {
    /// When it was opened.
    pub opened_at: Timestamp,
    /// What makes it lawful, once that is there.
    pub basis: Option<LegalBasis>,
}

/// A loan as the lender's book and later events state it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loan {
    /// The contract.
    pub contract: ContractId,
    /// Whose book it is from.
    pub lender: LenderId,
    /// The collateral.
    pub vehicle: VehicleId,
    /// Its plate, where the id is a VIN.
    pub plate: Option<VehicleId>,
    /// Due date of the oldest instalment not paid; `None` = nothing unpaid.
    pub oldest_unpaid_due: Option<Date>,
    /// Overdue now, smallest currency unit.
    pub amount_overdue: i64,
    /// Principal outstanding, smallest currency unit.
    pub principal_outstanding: i64,
    /// Where its days begin, e.g. `Asia/Shanghai`.
    pub time_zone: NamedZone,
    /// The lender's risk grade, free text.
    pub risk_grade: Option<String>,
    /// Wants to pay.
    pub willingness: Option<Level>,
    /// Can pay.
    pub ability: Option<Level>,
    /// Why overdue.
    pub reason: Option<Reason>,
    /// Can be reached.
    pub contact_state: Option<ContactState>,
    /// Who really drives, free text from staff.
    pub actual_user: Option<String>,
    /// What forbids stating delinquency.
    pub holds: Holds,
    /// Overdue episodes in the last twelve months.
    pub episodes_12m: u16,
    /// Highest days past due so far.
    pub dpd_max: u16,
    /// Settled at.
    pub settled_at: Option<Timestamp>,
    /// As of when the lender states this.
    pub as_of: Timestamp,
}

/// Calendar days since the oldest unpaid due date; 0 = current.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DaysPastDue(pub u16);

impl fmt::Display for DaysPastDue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} past due", counted(self.0, "day"))
    }
}

/// What a loan is at an instant, for the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// Paid off: the vehicle is no collateral any more.
    Settled,
    /// A hold forbids stating delinquency.
    Held(HoldKind),
    /// Nothing is past due.
    Current,
    /// Past due by this many days.
    Overdue(DaysPastDue),
}

impl Loan {
    /// What is overdue after so many days, where it is known: a book without the column states none, and who has something past due
    /// owes more than nothing.
    pub fn known_overdue(&self, days: DaysPastDue) -> Option<i64> {
        let is_known = self.amount_overdue != 0 || days == DaysPastDue(0);
        is_known.then_some(self.amount_overdue)
    }

    /// The principal, where it is known: of a loan that is not settled some is left.
    pub fn known_principal(&self) -> Option<i64> {
        let is_known = self.principal_outstanding != 0 || self.settled_at.is_some();
        is_known.then_some(self.principal_outstanding)
    }

    /// The loan as a book states it, on top of what is known of it. What was paid or settled, or stated by a newer file, since the
    /// lender drew the book stands: what the book says of the debt is of before.
    #[must_use]
    pub fn on_top_of(self, known: &Self) -> Self {
        if self.as_of >= known.as_of {
            return self;
        }
        Self {
            oldest_unpaid_due: known.oldest_unpaid_due,
            amount_overdue: known.amount_overdue,
            principal_outstanding: known.principal_outstanding,
            settled_at: known.settled_at,
            as_of: known.as_of,
            ..self
        }
    }

    /// A loan of which nothing but this is known: nothing overdue, nothing held, in China's zone.
    pub fn bare(contract: ContractId, lender: LenderId, vehicle: VehicleId, as_of: Timestamp) -> Self {
        Self {
            contract,
            lender,
            vehicle,
            plate: None,
            oldest_unpaid_due: None,
            amount_overdue: 0,
            principal_outstanding: 0,
            time_zone: "Asia/Shanghai".into(),
            risk_grade: None,
            willingness: None,
            ability: None,
            reason: None,
            contact_state: None,
            actual_user: None,
            holds: Holds::default(),
            episodes_12m: 0,
            dpd_max: 0,
            settled_at: None,
            as_of,
        }
    }

    /// The standing at an instant. An unknown time zone reads as UTC; import refuses one.
    pub fn standing(&self, at: Timestamp) -> Standing {
        self.standing_on(self.today(at), at)
    }

    /// The same for whoever knows which day it is where the loan is due.
    pub fn standing_on(&self, today: Option<Date>, at: Timestamp) -> Standing {
        if self.settled_at.is_some_and(|settled| settled <= at) {
            return Standing::Settled;
        }
        let Some(today) = today else { return Standing::Current };
        if let Some(hold) = self.hold_on(today) {
            return Standing::Held(hold);
        }
        match self.oldest_unpaid_due.map(|due| today.days_since(due)) {
            Some(days) if days > 0 => Standing::Overdue(DaysPastDue(u16::try_from(days).unwrap_or(u16::MAX))),
            _ => Standing::Current,
        }
    }

    /// Something is past due and not paid, be it held or not: to agree on a later day pays nothing.
    pub fn is_in_arrears(&self, at: Timestamp) -> bool {
        let is_settled = self.settled_at.is_some_and(|settled| settled <= at);
        let is_past = |due: Date| self.today(at).is_some_and(|today| today.days_since(due) > 0);
        !is_settled && self.oldest_unpaid_due.is_some_and(is_past)
    }

    /// The hold in force on a day, the strongest: one that is entered as such, or proceedings that the lender gives as the reason of
    /// the arrears.
    pub fn hold_on(&self, today: Date) -> Option<HoldKind> {
        self.holds.on(today).into_iter().chain(self.reason.and_then(Reason::hold)).min()
    }

    /// The next midnight from which on something else may be said of the loan although nothing happens to it.
    pub fn changes_at(&self, dealings: &Dealings, at: Timestamp) -> Option<Timestamp> {
        if self.settled_at.is_some_and(|settled| settled <= at) {
            return None;
        }
        let zone = self.zone();
        self.changes_after(dealings, at.date_in(zone)?)?.start_in(zone)
    }

    /// The first day after this one on which that is so: it comes near its due date or is past due for one day more, a hold or
    /// special attention has ended. Of a loan that is held the first day past due counts too: its arrears are open from then on.
    pub fn changes_after(&self, dealings: &Dealings, today: Date) -> Option<Date> {
        let is_held = self.hold_on(today).is_some();
        let near = self.oldest_unpaid_due.filter(|_| !is_held).and_then(|due| due.plus_days(-PRE_DUE_DAYS));
        // From there on each day says something else.
        let of_due = near.and_then(|near| Some(near.max(today.plus_days(1)?)));
        let last_days = [
            self.holds.promise_until,
            self.holds.extension_until,
            dealings.attention.as_ref().map(|attention| attention.until),
            self.settled_at.and_then(|at| self.today(at)),
        ];
        let last_days = last_days.into_iter().chain([self.oldest_unpaid_due.filter(|_| is_held)]);
        let ends = last_days.flatten().filter(|last| *last >= today);
        of_due.into_iter().chain(ends.filter_map(|last| last.plus_days(1))).min()
    }

    /// The loan's own time zone; an unknown one reads as UTC.
    pub const fn zone(&self) -> &jiff::tz::TimeZone {
        self.time_zone.zone()
    }

    /// The day of an instant where the loan is due.
    pub fn today(&self, at: Timestamp) -> Option<Date> {
        at.date_in(self.zone())
    }

    /// The coming due date of a loan on which nothing is past due, held or settled, if it is at most [`PRE_DUE_DAYS`] away.
    pub fn coming_due(&self, at: Timestamp) -> Option<Date> {
        let today = self.today(at)?;
        let is_current = self.standing_on(Some(today), at) == Standing::Current;
        self.due_soon_on(today).filter(|_| is_current)
    }

    /// The unpaid due date that is today or at most [`PRE_DUE_DAYS`] away, whatever is held.
    pub fn due_soon_on(&self, today: Date) -> Option<Date> {
        self.oldest_unpaid_due.filter(|due| (0..=PRE_DUE_DAYS).contains(&due.days_since(today)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loan(due: &str) -> Loan {
        let vehicle = VehicleId::parse("粤B12345").unwrap();
        let as_of = at("2026-11-20T00:00:00Z");
        let bare = Loan::bare(ContractId("C1".into()), LenderId("main".into()), vehicle, as_of);
        Loan { oldest_unpaid_due: Date::parse(due), amount_overdue: 100_000, ..bare }
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_sum_that_no_book_stated_is_unknown_and_not_nothing() {
        let bare = Loan { amount_overdue: 0, ..loan("2026-11-10") };
        assert_eq!((bare.known_overdue(DaysPastDue(10)), bare.known_principal()), (None, None));
        assert_eq!(bare.known_overdue(DaysPastDue(0)), Some(0), "nothing is past due");
        let stated = Loan { amount_overdue: 5, principal_outstanding: 7, ..bare.clone() };
        assert_eq!((stated.known_overdue(DaysPastDue(10)), stated.known_principal()), (Some(5), Some(7)));
        let settled = Loan { settled_at: Some(bare.as_of), ..bare };
        assert_eq!(settled.known_principal(), Some(0));
    }

    #[test]
    fn days_past_due_are_counted_in_the_loans_own_zone() {
        let loan = loan("2026-11-10");
        assert_eq!(loan.standing(at("2026-11-10T15:59:59Z")), Standing::Current);
        assert_eq!(loan.standing(at("2026-11-10T16:00:00Z")), Standing::Overdue(DaysPastDue(1)));
        assert_eq!(loan.standing(at("2026-11-16T00:00:00Z")), Standing::Overdue(DaysPastDue(6)));
    }

    #[test]
    fn a_hold_dominates_until_its_last_day_is_over() {
        let mut held = loan("2026-11-01");
        held.holds.promise_until = Date::parse("2026-11-20");
        assert_eq!(held.standing(at("2026-11-20T15:59:00Z")), Standing::Held(HoldKind::Promise));
        assert_eq!(held.standing(at("2026-11-20T16:00:00Z")), Standing::Overdue(DaysPastDue(20)));
        held.holds.bankruptcy = true;
        assert_eq!(held.standing(at("2027-11-20T16:00:00Z")), Standing::Held(HoldKind::Bankruptcy));
    }

    #[test]
    fn arrears_begin_with_the_first_day_past_due_and_end_by_payment_or_settlement_not_by_a_hold() {
        let mut owed = loan("2026-11-10");
        let (last, first) = (at("2026-11-10T15:59:59Z"), at("2026-11-10T16:00:00Z"));
        assert_eq!([last, first].map(|at| owed.is_in_arrears(at)), [false, true]);
        owed.holds.dispute = true;
        assert!(owed.is_in_arrears(first));
        let paid = Loan { oldest_unpaid_due: None, ..owed.clone() };
        let settled = Loan { settled_at: Some(last), ..owed };
        assert!(!paid.is_in_arrears(first) && !settled.is_in_arrears(first));
    }

    #[test]
    fn proceedings_that_are_the_reason_of_the_arrears_hold_the_loan_and_the_strongest_hold_counts() {
        let standing = |reason: Option<Reason>, dispute: bool| {
            let mut loan = loan("2026-11-01");
            (loan.reason, loan.holds.dispute) = (reason, dispute);
            loan.standing(at("2026-11-20T00:00:00Z"))
        };
        assert_eq!(standing(Some(Reason::Bankruptcy), true), Standing::Held(HoldKind::Bankruptcy));
        assert_eq!(standing(Some(Reason::LegalCase), false), Standing::Held(HoldKind::LegalCase));
        for reason in [None, Some(Reason::Hardship), Some(Reason::Malicious), Some(Reason::Accident)] {
            assert_eq!(standing(reason, false), Standing::Overdue(DaysPastDue(19)), "{reason:?}");
        }
    }

    #[test]
    fn only_a_day_that_says_something_else_of_a_loan_is_waited_for() {
        let changes = |loan: &Loan, dealings: &Dealings| {
            let today = Date::parse("2026-11-20").unwrap();
            loan.changes_after(dealings, today).map(|day| day.to_string())
        };
        let none = Dealings::default();
        let day = |text: &str| Some(text.to_owned());
        assert_eq!(changes(&loan("2026-11-01"), &none), day("2026-11-21"), "past due");
        assert_eq!(changes(&loan("2026-12-31"), &none), day("2026-12-26"), "five days before it is due");
        assert_eq!(changes(&loan("2026-11-23"), &none), day("2026-11-21"), "within them");
        let mut held = loan("2026-11-01");
        held.holds.dispute = true;
        assert_eq!(changes(&held, &none), None, "until somebody lifts it");
        let held_before = Loan { oldest_unpaid_due: Date::parse("2026-11-22"), ..held.clone() };
        assert_eq!(changes(&held_before, &none), day("2026-11-23"), "it falls behind then");
        held.holds.promise_until = Date::parse("2026-11-25");
        assert_eq!(changes(&held, &none), day("2026-11-26"));
        let current = Loan { oldest_unpaid_due: None, ..loan("2026-11-01") };
        assert_eq!(changes(&current, &none), None);
        let until = Date::parse("2026-11-20").unwrap();
        let attention = Some(Attention { reason: "for sale".into(), until });
        let watched = Dealings { attention, ..Dealings::default() };
        assert_eq!(changes(&current, &watched), day("2026-11-21"), "its last day is today");
        assert_eq!(
            current.changes_at(&watched, at("2026-11-20T03:00:00Z")),
            Some(at("2026-11-20T16:00:00Z"))
        );
    }

    #[test]
    fn a_settled_loan_is_never_overdue_again() {
        let mut settled = loan("2026-11-01");
        settled.settled_at = Some(at("2026-11-15T00:00:00Z"));
        assert_eq!(settled.standing(at("2026-11-20T00:00:00Z")), Standing::Settled);
    }
}
