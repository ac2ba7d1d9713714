//! What the loan allows the rules to say.
//!
//! Shape: loan facts and a rule's demand in, its leave out. Holds and settlement dominate, whatever the age of the book.
//! Units: days past due in the loan's zone. Errors: none.
//! Source: `domain.md` §3b common rules vi and vii, §9 invariants 2 and 3; DESIGN.md §4 (stale feed).

use super::{Facts, LoanFacts};
use crate::rule_set::{LoanThresholds, Thresholds};
use jiff::tz::TimeZone;
use model::alert::LoanSnapshot;
use model::loan::{Course, Dealings, LoanBar, Reason, Standing};
use model::{Alert, Date, LegalBasis, LenderId, Loan, Timestamp, WithdrawReason};

/// What a rule asks of the loan before it says anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand {
    /// At least so many days past due; where the book is stale it is observed and not told.
    PastDue(u32),
    /// Nothing past due: what is past due is for another rule.
    NotPastDue,
    /// Collateral: anything but a loan that is settled or has left the book. It states nothing of the loan.
    Collateral,
    /// A due date that is at most five days away, by a fresh book, on a loan that is neither past due nor held.
    ComingDue,
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
    known: Option<LoanFacts<'a>>,
    /// The loan's own zone, and the day there.
    day: Option<(&'a TimeZone, Date)>,
    /// None without a loan, and of one that has left the newest complete book.
    standing: Option<Standing>,
    /// The book is fresh enough to state it.
    fresh: bool,
    /// What the lender's policy says of the borrower; nothing of a loan that is held, settled or out of the book.
    course: Option<Course>,
    thresholds: LoanThresholds,
}

impl<'a> Gate<'a> {
    /// The loan of these facts.
    pub(super) fn of(facts: &Facts<'a>, thresholds: &Thresholds) -> Self {
        let (known, now, quadrants) = (facts.loan, facts.now, thresholds.quadrants);
        let thresholds = thresholds.loan;
        let Some(LoanFacts { loan, book_as_of, in_book, .. }) = known else {
            return Self { known, day: None, standing: None, fresh: false, course: None, thresholds };
        };
        let zone = loan.zone();
        let day = now.date_in(zone).map(|today| (zone, today));
        let standing = loan.standing_on(day.map(|(_, today)| today), now);
        let stands = in_book && matches!(standing, Standing::Current | Standing::Overdue(_));
        Self {
            known,
            day,
            standing: Some(standing).filter(|standing| in_book || *standing == Standing::Settled),
            fresh: now.since(book_as_of) <= thresholds.fresh_max_ms(),
            course: stands.then(|| quadrants.course(loan)).flatten(),
            thresholds,
        }
    }

    fn loan(&self) -> Option<&'a Loan> {
        self.known.map(|known| known.loan)
    }

    /// What is known of the borrower beside the book.
    pub(super) fn dealings(&self) -> Option<&'a Dealings> {
        self.known.map(|known| known.dealings)
    }

    /// What the loan allows a rule. Holds and settlement dominate, whatever the age of the book.
    pub(super) fn leave(&self, demand: Demand) -> Leave {
        let past_due = self.standing.and_then(days_past_due);
        match (demand, self.standing) {
            // Nothing is known of a loan: it may be too new for the book.
            (Demand::Collateral | Demand::NotPastDue, None) if self.known.is_none() => Leave::Told,
            (_, Some(Standing::Settled) | None)
            | (Demand::ComingDue, Some(Standing::Held(_) | Standing::Overdue(_))) => Leave::Refused,
            (Demand::Collateral, Some(_)) => Leave::Told,
            (Demand::NotPastDue, Some(_)) => {
                if past_due.is_some() {
                    Leave::Refused
                } else {
                    Leave::Told
                }
            }
            (Demand::ComingDue, Some(Standing::Current)) => {
                if self.fresh && self.coming_due().is_some() {
                    Leave::Told
                } else {
                    Leave::NotYet
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

    /// What keeps a rule from beginning, if the loan does.
    pub(super) fn bar(&self, demand: Demand) -> Option<LoanBar> {
        let past_due = self.standing.and_then(days_past_due);
        match (self.leave(demand), self.standing, demand) {
            (Leave::Told | Leave::Observed, _, _) => None,
            (_, None, _) if self.known.is_none() => Some(LoanBar::None),
            (_, None, _) => Some(LoanBar::Absent),
            (_, Some(Standing::Settled), _) => Some(LoanBar::Settled),
            (_, Some(Standing::Held(hold)), _) => Some(LoanBar::Held(hold)),
            (_, Some(Standing::Current), Demand::ComingDue) => Some(LoanBar::NotComingDue),
            (_, Some(Standing::Current), _) => Some(LoanBar::Current),
            (_, Some(Standing::Overdue(_)), Demand::PastDue(needs)) => {
                Some(LoanBar::TooFewDays { has: past_due.unwrap_or(0), needs })
            }
            (_, Some(Standing::Overdue(days)), Demand::ComingDue) => {
                Some(LoanBar::AlreadyDue { has: days.0 })
            }
            (_, Some(Standing::Overdue(days)), Demand::NotPastDue | Demand::Collateral) => {
                Some(LoanBar::Overdue { has: days.0 })
            }
        }
    }

    /// Why an alert is taken back that the loan bears out no more.
    pub(super) fn reason(&self, demand: Demand, alert: &Alert) -> WithdrawReason {
        match self.standing {
            Some(Standing::Settled) => WithdrawReason::Settled,
            None => WithdrawReason::Absent,
            Some(Standing::Held(_)) => WithdrawReason::Held,
            Some(Standing::Overdue(_)) if matches!(demand, Demand::NotPastDue | Demand::ComingDue) => {
                WithdrawReason::Overdue
            }
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
        let paid_at = self.known.and_then(|known| known.paid_at);
        if paid_at.is_some_and(|paid_at| paid_at >= known_until) {
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
        let severe_over = self.thresholds.severe_dpd_over;
        self.standing.and_then(days_past_due).is_some_and(|dpd| u32::from(dpd) > severe_over)
    }

    /// From which day past due on a rule watches: earlier for repeaters and those whom the lender's policy is to press, under
    /// special attention, and where the borrower cannot be reached.
    pub(super) fn dpd_min(&self, usual: u32, of_repeaters: u32) -> u32 {
        let is_pressed = self.course.is_some_and(Course::watches_closely);
        let repeater = (self.is_repeater() || is_pressed).then_some(of_repeaters);
        let closely =
            (self.has_attention() || self.contact_is_lost()).then_some(self.thresholds.attention_dpd_min);
        repeater.into_iter().chain(closely).fold(usual, u32::min)
    }

    /// Overdue again and again.
    fn is_repeater(&self) -> bool {
        self.loan().is_some_and(|loan| u32::from(loan.episodes_12m) >= self.thresholds.repeat_episodes_min)
    }

    /// Staff asked for special attention, and it is in force.
    fn has_attention(&self) -> bool {
        let dealings = self.known.map(|known| known.dealings);
        let today = self.day.map(|(_, today)| today);
        dealings.zip(today).is_some_and(|(dealings, today)| dealings.attention_on(today).is_some())
    }

    /// What is found on this loan is more urgent than elsewhere: special attention, an asset to preserve, and by the rule set a
    /// large principal or a poor risk grade.
    pub(super) fn is_pressing(&self) -> bool {
        self.has_attention()
            || self.course == Some(Course::PreserveAsset)
            || self.loan().is_some_and(|loan| self.thresholds.is_large_or_poor(loan))
    }

    /// The lender's policy is not to press this borrower, and nothing else makes it urgent.
    pub(super) fn is_eased(&self) -> bool {
        matches!(self.course, Some(Course::Remind | Course::Restructure)) && !self.is_pressing()
    }

    /// The lender's policy is to preserve the asset, by a book that is fresh: also before anything is past due.
    pub(super) fn preserves_asset(&self) -> bool {
        self.fresh && self.course == Some(Course::PreserveAsset)
    }

    /// The borrower cannot be reached.
    pub(super) fn contact_is_lost(&self) -> bool {
        self.known.is_some_and(|known| known.dealings.contact_is_lost(known.loan, known.book_as_of))
    }

    /// The vehicle had an accident: to stand for long is normal.
    pub(super) fn had_accident(&self) -> bool {
        self.loan().is_some_and(|loan| loan.reason == Some(Reason::Accident))
    }

    /// The coming due date, if it is at most five days away.
    pub(super) fn coming_due(&self) -> Option<Date> {
        let (_, today) = self.day?;
        self.loan()?.due_soon_on(today).filter(|_| self.standing == Some(Standing::Current))
    }

    /// The first instant of a day, where the loan is due.
    pub(super) fn start_of(&self, day: Date) -> Option<Timestamp> {
        day.start_in(self.day?.0)
    }

    /// The first instant of the day on which the loan was so many days past due.
    pub(super) fn past_due_since(&self, days: u32) -> Option<Timestamp> {
        let due = self.loan()?.oldest_unpaid_due?;
        self.start_of(due.plus_days(i32::try_from(days).ok()?)?)
    }

    /// Whose loan it is.
    pub(super) fn lender(&self) -> Option<&LenderId> {
        self.loan().map(|loan| &loan.lender)
    }

    /// The loan's zone; that of China where none is known.
    pub(super) fn zone(&self) -> TimeZone {
        let of_china = || TimeZone::get(ZONE).unwrap_or(TimeZone::UTC);
        self.day.map_or_else(of_china, |(zone, _)| zone.clone())
    }

    /// What makes a recovery lawful, while a case is open.
    pub(super) fn recovery_basis(&self) -> Option<LegalBasis> {
        self.known?.recovery_basis
    }

    /// The loan exactly as it is known, for an alert.
    pub(super) fn snapshot(&self) -> Option<LoanSnapshot> {
        let (known, standing) = (self.known?, self.standing?);
        Some(LoanSnapshot {
            loan: known.loan.clone(),
            standing,
            fresh: self.fresh,
            book_as_of: Some(known.book_as_of),
            dealings: known.dealings.clone(),
            course: self.course,
        })
    }

    /// An alert that goes on says that something is past due, which is so no more.
    pub(super) fn is_outlived(&self, alert: &Alert) -> bool {
        let stated = alert.explanation.loan.as_ref().and_then(|snapshot| days_past_due(snapshot.standing));
        stated.is_some() && self.standing.and_then(days_past_due).is_none()
    }

    /// The next midnight in the loan's zone that changes something: days past due grow, promises and extensions run out. Of most
    /// loans no midnight does.
    pub(super) fn wake_at(&self) -> Option<Timestamp> {
        if matches!(self.standing, None | Some(Standing::Settled)) {
            return None;
        }
        let ((zone, today), known) = (self.day?, self.known?);
        known.loan.changes_after(known.dealings, today)?.start_in(zone)
    }
}

const fn days_past_due(standing: Standing) -> Option<u16> {
    match standing {
        Standing::Overdue(days) => Some(days.0),
        Standing::Settled | Standing::Held(_) | Standing::Current => None,
    }
}

/// Where the lenders are of whom nothing else is known.
const ZONE: &str = "Asia/Shanghai";
