//! What the loan allows the rules to say.
//!
//! Shape: loan facts and a rule's demand in, its leave out. Holds and settlement dominate, whatever the age of the book.
//! Units: days past due in the loan's zone. Errors: none.
//! Source: `domain.md` §3b common rules vi and vii, §9 invariants 2 and 3; DESIGN.md §4 (stale feed).

use super::{Facts, LoanFacts};
use model::alert::LoanSnapshot;
use model::loan::{ContactState, Reason, Standing};
use model::{Alert, Loan, Timestamp, WithdrawReason};

/// What a rule asks of the loan before it says anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand {
    /// At least so many days past due; where the book is stale it is observed and not told.
    PastDue(u32),
    /// Nothing past due: what is past due is for another rule.
    NotPastDue,
    /// Collateral: anything but a loan that is settled or has left the book. It states nothing of the loan.
    Collateral,
}

/// What the loan allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    /// To tell it.
    Told,
    /// To observe it until the book is fresh.
    Observed,
    /// Not to begin; what was told stays.
    NotYet,
    /// Nothing; what was told is taken back.
    Refused,
}

/// The loan as the rules see it.
pub(super) struct Gate<'a> {
    loan: Option<&'a Loan>,
    /// None without a loan, and of one that has left the newest complete book.
    standing: Option<Standing>,
    paid_at: Option<Timestamp>,
    /// The book is fresh enough to state it.
    fresh: bool,
    severe_dpd_over: u32,
    repeat_episodes_min: u32,
}

impl<'a> Gate<'a> {
    /// The loan of these facts.
    pub(super) fn of(facts: &Facts<'a>) -> Self {
        let thresholds = &facts.rule_set.thresholds().loan;
        let (severe_dpd_over, repeat_episodes_min) =
            (thresholds.severe_dpd_over, thresholds.repeat_episodes_min);
        let Some(LoanFacts { loan, book_as_of, paid_at, in_book }) = facts.loan else {
            let (loan, standing, paid_at) = (None, None, None);
            return Self { loan, standing, paid_at, fresh: false, severe_dpd_over, repeat_episodes_min };
        };
        let standing = loan.standing(facts.now);
        Self {
            loan: Some(loan),
            standing: Some(standing).filter(|standing| in_book || *standing == Standing::Settled),
            paid_at,
            fresh: facts.now.since(book_as_of) <= thresholds.fresh_max_ms(),
            severe_dpd_over,
            repeat_episodes_min,
        }
    }

    /// What the loan allows a rule. Holds and settlement dominate, whatever the age of the book.
    pub(super) fn leave(&self, demand: Demand) -> Leave {
        let past_due = self.standing.and_then(days_past_due);
        match (demand, self.standing) {
            // Nothing is known of a loan: it may be too new for the book.
            (Demand::Collateral | Demand::NotPastDue, None) if self.loan.is_none() => Leave::Told,
            (_, Some(Standing::Settled) | None) => Leave::Refused,
            (Demand::Collateral, Some(_)) => Leave::Told,
            (Demand::NotPastDue, Some(_)) => {
                if past_due.is_some() {
                    Leave::Refused
                } else {
                    Leave::Told
                }
            }
            (Demand::PastDue(least), Some(_)) => match past_due {
                None => Leave::Refused,
                Some(dpd) if u32::from(dpd) < least => Leave::NotYet,
                Some(_) if self.fresh => Leave::Told,
                Some(_) => Leave::Observed,
            },
        }
    }

    /// Why an alert is taken back that the loan bears out no more.
    pub(super) fn reason(&self, demand: Demand, alert: &Alert) -> WithdrawReason {
        match self.standing {
            Some(Standing::Settled) => WithdrawReason::Settled,
            None => WithdrawReason::Absent,
            Some(Standing::Held(_)) => WithdrawReason::Held,
            Some(Standing::Overdue(_)) if demand == Demand::NotPastDue => WithdrawReason::Overdue,
            Some(Standing::Current | Standing::Overdue(_)) => self.paid_or_current(alert),
        }
    }

    /// A payment came in since the alert's own loan snapshot.
    pub(super) fn was_paid_into(&self, alert: &Alert) -> bool {
        self.paid_or_current(alert) == WithdrawReason::Paid
    }

    /// A payment counts if the alert could not know of it: made after it was raised, or after the book it rests on.
    fn paid_or_current(&self, alert: &Alert) -> WithdrawReason {
        let as_of = alert.explanation.loan.as_ref().map_or(alert.opened_at, |snapshot| snapshot.loan.as_of);
        let known_until = alert.opened_at.min(as_of);
        if self.paid_at.is_some_and(|paid_at| paid_at >= known_until) {
            WithdrawReason::Paid
        } else {
            WithdrawReason::Current
        }
    }

    /// Something is past due, and the book is fresh enough to say so.
    pub(super) fn is_overdue(&self) -> bool {
        self.fresh && self.standing.and_then(days_past_due).is_some()
    }

    /// Past the boundary of severe overdue.
    pub(super) fn is_severe(&self) -> bool {
        self.standing.and_then(days_past_due).is_some_and(|dpd| u32::from(dpd) > self.severe_dpd_over)
    }

    /// Overdue again and again.
    pub(super) fn is_repeater(&self) -> bool {
        self.loan.is_some_and(|loan| u32::from(loan.episodes_12m) >= self.repeat_episodes_min)
    }

    /// The borrower cannot be reached.
    pub(super) fn contact_is_lost(&self) -> bool {
        self.loan.is_some_and(|loan| loan.contact_state == Some(ContactState::Lost))
    }

    /// The vehicle had an accident: to stand for long is normal.
    pub(super) fn had_accident(&self) -> bool {
        self.loan.is_some_and(|loan| loan.reason == Some(Reason::Accident))
    }

    /// The loan exactly as it is known, for an alert.
    pub(super) fn snapshot(&self) -> Option<LoanSnapshot> {
        let (loan, standing) = (self.loan?.clone(), self.standing?);
        Some(LoanSnapshot { loan, standing, fresh: self.fresh })
    }

    /// An alert that goes on says that something is past due, which is so no more.
    pub(super) fn is_outlived(&self, alert: &Alert) -> bool {
        let stated = alert.explanation.loan.as_ref().and_then(|snapshot| days_past_due(snapshot.standing));
        stated.is_some() && self.standing.and_then(days_past_due).is_none()
    }

    /// The next midnight in the loan's zone: days past due grow, promises and extensions run out.
    pub(super) fn wake_at(&self, facts: &Facts<'_>) -> Option<Timestamp> {
        if matches!(self.standing, None | Some(Standing::Settled)) {
            return None;
        }
        let zone = jiff::tz::TimeZone::get(&self.loan?.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
        facts.now.date_in(&zone)?.plus_days(1)?.start_in(&zone)
    }
}

const fn days_past_due(standing: Standing) -> Option<u16> {
    match standing {
        Standing::Overdue(days) => Some(days.0),
        Standing::Settled | Standing::Held(_) | Standing::Current => None,
    }
}
