//! What the loan allows the rules to say.
//!
//! Shape: loan facts in; a shut gate with its reason, or an overdue loan. Holds and settlement dominate, whatever the
//! age of the book. Units: days past due in the loan's zone. Errors: none.
//! Source: `domain.md` §3b common rules vi and vii, §9 invariants 2 and 3; DESIGN.md §4 (stale feed).

use super::{Facts, LoanFacts};
use crate::rule_set::LoanThresholds;
use model::alert::LoanSnapshot;
use model::loan::{ContactState, Standing};
use model::{Alert, Loan, Rule, Timestamp, WithdrawReason};

/// Whether anything may be said of this loan.
pub(super) enum Gate<'a> {
    /// Nothing; what was said is taken back.
    Shut(Shut),
    /// The loan is past due.
    Overdue(Overdue<'a>),
}

/// Why nothing may be said.
pub(super) enum Shut {
    /// Paid off.
    Settled,
    /// No loan, or no longer in the newest complete book.
    Absent,
    /// A hold is in force.
    Held,
    /// Nothing is past due.
    Current {
        /// The newest payment.
        paid_at: Option<Timestamp>,
    },
}

/// A loan that is past due.
pub(super) struct Overdue<'a> {
    loan: &'a Loan,
    standing: Standing,
    dpd: u16,
    paid_at: Option<Timestamp>,
    /// The book is fresh enough to state it.
    pub(super) fresh: bool,
    thresholds: LoanThresholds,
}

impl<'a> Gate<'a> {
    /// What the loan of these facts allows.
    pub(super) fn of(facts: &Facts<'a>) -> Self {
        let Some(LoanFacts { loan, book_as_of, paid_at, in_book }) = facts.loan else {
            return Self::Shut(Shut::Absent);
        };
        let standing = loan.standing(facts.now);
        match standing {
            Standing::Settled => Self::Shut(Shut::Settled),
            Standing::Held(_) | Standing::Current | Standing::Overdue(_) if !in_book => {
                Self::Shut(Shut::Absent)
            }
            Standing::Held(_) => Self::Shut(Shut::Held),
            Standing::Current => Self::Shut(Shut::Current { paid_at }),
            Standing::Overdue(dpd) => Self::Overdue(Overdue {
                loan,
                standing,
                dpd: dpd.0,
                paid_at,
                fresh: facts.now.since(book_as_of) <= facts.rule_set.loan().fresh_max_ms(),
                thresholds: *facts.rule_set.loan(),
            }),
        }
    }

    /// The next midnight in the loan's zone: days past due grow, promises and extensions run out.
    pub(super) fn wake_at(&self, facts: &Facts<'_>) -> Option<Timestamp> {
        if matches!(self, Self::Shut(Shut::Settled | Shut::Absent)) {
            return None;
        }
        let zone = jiff::tz::TimeZone::get(&facts.loan?.loan.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
        facts.now.date_in(&zone)?.plus_days(1)?.start_in(&zone)
    }
}

impl Shut {
    /// Why this alert is taken back.
    pub(super) fn reason(&self, alert: &Alert) -> WithdrawReason {
        match self {
            Self::Settled => WithdrawReason::Settled,
            Self::Absent => WithdrawReason::Absent,
            Self::Held => WithdrawReason::Held,
            Self::Current { paid_at } => paid_or_current(*paid_at, alert),
        }
    }
}

impl Overdue<'_> {
    /// Whether the loan is far enough past due for a rule.
    pub(super) fn admits(&self, rule: Rule, facts: &Facts<'_>) -> bool {
        let repeater = self.loan.episodes_12m >= self.thresholds.repeat_episodes_min;
        let dpd_min = match rule {
            Rule::OverdueMoved if repeater => facts.rule_set.overdue_moved().dpd_min_repeat,
            Rule::OverdueMoved => facts.rule_set.overdue_moved().dpd_min,
            Rule::OverdueOffline => facts.rule_set.overdue_offline().dpd_min,
        };
        self.dpd >= dpd_min
    }

    /// Past the boundary of severe overdue.
    pub(super) const fn is_severe(&self) -> bool {
        self.dpd > self.thresholds.severe_dpd_over
    }

    /// The borrower cannot be reached.
    pub(super) fn contact_is_lost(&self) -> bool {
        self.loan.contact_state == Some(ContactState::Lost)
    }

    /// Why an alert is taken back that the loan bears out no more, though something is still past due.
    pub(super) fn reason(&self, alert: &Alert) -> WithdrawReason {
        paid_or_current(self.paid_at, alert)
    }

    /// A payment came in since the alert's own loan snapshot.
    pub(super) fn was_paid_into(&self, alert: &Alert) -> bool {
        self.reason(alert) == WithdrawReason::Paid
    }

    pub(super) fn snapshot(&self) -> LoanSnapshot {
        LoanSnapshot { loan: self.loan.clone(), standing: self.standing, fresh: self.fresh }
    }
}

/// A payment counts if the alert could not know of it: made after it was raised, or after the book it rests on.
fn paid_or_current(paid_at: Option<Timestamp>, alert: &Alert) -> WithdrawReason {
    let known_until = alert.opened_at.min(alert.explanation.loan.loan.as_of);
    if paid_at.is_some_and(|paid_at| paid_at >= known_until) {
        WithdrawReason::Paid
    } else {
        WithdrawReason::Current
    }
}
