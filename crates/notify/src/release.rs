//! Whether an entry is still due.
//!
//! Shape: (notice, the alert now, the earlier entries of the alert) → [`Verdict`]. Two rules keep a receiver from
//! believing in an alert that was taken back: an announcement goes out only while its alert stands, and an ending
//! follows unless it is certain that no announcement went out. Source: DESIGN.md §1, fine print 8.

use model::alert::{AlertState, Notice};
use model::{Alert, Reminder, Timestamp};
use store::LoanRow;

/// What to do with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Send it.
    Send,
    /// An earlier entry of the alert comes first.
    Behind,
    /// No longer due, and it was never sent.
    Cancel,
    /// No longer due, but an attempt may have arrived.
    TakenBack,
}

/// What is known of an entry.
pub(crate) struct Case<'a> {
    pub(crate) notice: Notice,
    /// The alert as it stands now.
    pub(crate) alert: Option<&'a Alert>,
    /// (notice, state) of the alert's earlier entries.
    pub(crate) earlier: &'a [(String, String)],
    /// An attempt at this entry may have arrived.
    pub(crate) attempted: bool,
}

impl Case<'_> {
    pub(crate) fn verdict(&self) -> Verdict {
        match self.notice {
            Notice::Opened | Notice::Confirmed | Notice::Escalated | Notice::Cleared => self.announcement(),
            Notice::Unacknowledged => self.told_again(),
            Notice::Withdrawn | Notice::Closed => self.ending(),
        }
    }

    fn announcement(&self) -> Verdict {
        let stands = self.alert.is_some_and(|alert| match alert.state {
            AlertState::Open | AlertState::Acknowledged { .. } => true,
            AlertState::Unconfirmed | AlertState::Closed { .. } | AlertState::Withdrawn { .. } => false,
        });
        match (stands, self.attempted) {
            (true, _) if self.earlier.iter().any(|(_, state)| state == "pending") => Verdict::Behind,
            (true, _) => Verdict::Send,
            (false, true) => Verdict::TakenBack,
            (false, false) => Verdict::Cancel,
        }
    }

    /// Somebody may have taken it since: they need not be told that nobody has.
    fn told_again(&self) -> Verdict {
        let is_open = self.alert.is_some_and(|alert| alert.state == AlertState::Open);
        match (is_open, self.attempted) {
            (true, _) => self.announcement(),
            (false, true) => Verdict::TakenBack,
            (false, false) => Verdict::Cancel,
        }
    }

    /// An ending does not wait behind an announcement that waits for its next attempt: that one will not be sent any
    /// more, but it has been tried, so the receiver may have it. Only a cancelled one was surely never sent.
    fn ending(&self) -> Verdict {
        if self.earlier.iter().any(|(_, state)| state != "cancelled") {
            Verdict::Send
        } else {
            Verdict::Cancel
        }
    }
}

/// A reminder goes out while what it reminds of stands: not paid, held or settled since, and in the book. Nothing follows one
/// that may have arrived: it was true when it was sent.
pub(crate) fn of_reminder(
    reminder: &Reminder,
    loan: Option<&LoanRow>,
    now: Timestamp,
    attempted: bool,
) -> Verdict {
    let stands = loan.is_some_and(|row| row.in_book && reminder.still_holds(&row.loan, row.paid_at, now));
    match (stands, attempted) {
        (true, _) => Verdict::Send,
        (false, true) => Verdict::TakenBack,
        (false, false) => Verdict::Cancel,
    }
}
