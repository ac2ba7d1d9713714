//! In whose hands an alert is, beside its state, and what is remembered of its life.
//!
//! Shape: an owner and until when the alert is out of the way; codes of what happened to it. A snooze ends by itself: whoever reads
//! compares it with the time, so that no input is needed for it. Units: journal time. Errors: none. Source: `ux.md` §7.

use super::{Alert, AlertState, CloseReason, Severity};
use crate::code::codes;
use crate::{About, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// Somebody who can have an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The user's id at the desk; of somebody of whom only the name is known, that.
    pub id: UserId,
    /// What people call the user.
    pub name: String,
}

/// Who was given an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Custody {
    /// Who.
    pub owner: Owner,
    /// When.
    pub since: Timestamp,
}

/// What staff decided of an alert beside its state. It ends no alert and hides none from whoever looks for it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Triage {
    /// Who was given it.
    pub custody: Option<Custody>,
    /// Out of the way until then. It is live all the same.
    pub snoozed_until: Option<Timestamp>,
}

impl Triage {
    /// Nobody decided anything.
    pub const fn is_untouched(&self) -> bool {
        self.custody.is_none() && self.snoozed_until.is_none()
    }

    /// The same, and no longer out of the way.
    #[must_use]
    pub fn woken(&self) -> Self {
        Self { custody: self.custody.clone(), snoozed_until: None }
    }
}

impl Alert {
    /// Who has it: whoever was given it, else who acknowledged it, and since when. An actor's name is all that is known of the
    /// latter.
    pub fn held_by(&self) -> Option<(Owner, Timestamp)> {
        let taken = || match &self.state {
            AlertState::Acknowledged { by, at, .. } => {
                Some((Owner { id: UserId(by.clone()), name: by.clone() }, *at))
            }
            _ => None,
        };
        let given = self.triage.custody.as_ref().map(|custody| (custody.owner.clone(), custody.since));
        given.or_else(taken)
    }

    /// Its condition has ended and nobody has said yet whether it was right. Of what is for the work list or the log only, and of
    /// what ends by a certain fact (a book that came, devices that talk again), nobody is asked.
    pub fn waits_for_verdict(&self) -> bool {
        let is_asked = match self.about {
            About::Vehicle(_) | About::Place(_) => matches!(self.severity, Severity::P1 | Severity::P2),
            About::Lender(_) | About::Group(_) => false,
        };
        let is_over = match &self.state {
            AlertState::Open | AlertState::Acknowledged { .. } => self.cleared_at.is_some(),
            AlertState::Closed { reason, .. } => *reason == CloseReason::ConditionOver,
            AlertState::Unconfirmed | AlertState::Withdrawn { .. } => false,
        };
        is_asked && is_over
    }
}

codes! {
    /// What can happen to an alert, by the rules or by staff.
    pub enum AlertEvent {
        /// It was raised.
        Opened = "opened",
        /// It was raised on a stale loan book: nothing is stated.
        Observed = "observed",
        /// A fresh book bears it out.
        Confirmed = "confirmed",
        /// It became more severe.
        Escalated = "escalated",
        /// A later event of the same kind took the place of what was told.
        Renewed = "renewed",
        /// Its condition has ended.
        Cleared = "cleared",
        /// Its condition holds again.
        Resumed = "resumed",
        /// Nobody had acknowledged it in time: it was told once more.
        ToldAgain = "told_again",
        /// What it says of the loan was brought up to date.
        Restated = "restated",
        /// It was taken back.
        Withdrawn = "withdrawn",
        /// It closed by itself.
        Ended = "ended",
        /// Staff took it.
        Acknowledged = "acknowledged",
        /// Staff gave it back.
        Unacknowledged = "unacknowledged",
        /// It was given to somebody, or to nobody.
        Assigned = "assigned",
        /// It was put out of the way for a while.
        Snoozed = "snoozed",
        /// It was brought back before its time.
        Woken = "woken",
        /// Staff wrote something.
        Noted = "noted",
        /// Staff gave their verdict.
        Closed = "closed",
        /// Staff saw it when it had ended.
        Seen = "seen",
    }
}

impl AlertEvent {
    /// What the rules did to an alert, by what it was before and is now.
    pub fn between(before: Option<&Alert>, after: &Alert) -> Self {
        let Some(before) = before else {
            let is_observed = after.state == AlertState::Unconfirmed;
            return if is_observed { Self::Observed } else { Self::Opened };
        };
        match &after.state {
            AlertState::Withdrawn { .. } => Self::Withdrawn,
            AlertState::Closed { .. } => Self::Ended,
            AlertState::Open if before.state == AlertState::Unconfirmed => Self::Confirmed,
            AlertState::Unconfirmed | AlertState::Open | AlertState::Acknowledged { .. } => {
                Self::while_live(before, after)
            }
        }
    }

    fn while_live(before: &Alert, after: &Alert) -> Self {
        match () {
            () if after.severity < before.severity => Self::Escalated,
            () if after.event_time > before.event_time => Self::Renewed,
            () if before.cleared_at.is_none() && after.cleared_at.is_some() => Self::Cleared,
            () if before.cleared_at.is_some() && after.cleared_at.is_none() => Self::Resumed,
            () if after.told_again_at.is_some() && after.told_again_at != before.told_again_at => {
                Self::ToldAgain
            }
            () if after.explanation.finding != before.explanation.finding => Self::Renewed,
            () => Self::Restated,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AlertId, Explanation, Finding, Rule, TerminalId, VehicleId};

    fn open() -> Alert {
        let at = Timestamp::from_ms(1);
        let finding = Finding::LowBattery { terminal: TerminalId::parse("15").unwrap(), since: at };
        Alert {
            id: AlertId("a".into()),
            rule: Rule::Tow,
            about: About::Vehicle(VehicleId::parse("粤B12345").unwrap()),
            episode: at,
            severity: Severity::P2,
            state: AlertState::Open,
            version: 1,
            opened_at: at,
            event_time: at,
            cleared_at: None,
            told_at: None,
            told_again_at: None,
            triage: Triage::default(),
            explanation: Explanation {
                finding,
                fixes_used: Vec::new(),
                fixes_rejected: Vec::new(),
                loan: None,
                rule_set: String::new(),
                rules_version: 1,
            },
        }
    }

    fn taken(by: &str) -> AlertState {
        AlertState::Acknowledged { by: by.into(), at: Timestamp::from_ms(2), note: None }
    }

    fn closed(reason: CloseReason) -> AlertState {
        AlertState::Closed { reason, by: None, at: Timestamp::from_ms(3), note: None }
    }

    #[test]
    fn an_alert_of_before_triage_was_kept_still_reads_and_an_untouched_one_says_nothing_of_it() {
        let stored = serde_json::to_string(&open()).unwrap();
        assert!(!stored.contains("triage"), "{stored}");
        assert_eq!(serde_json::from_str::<Alert>(&stored).unwrap(), open());
        let custody = Some(Custody {
            owner: Owner { id: UserId("u-1".into()), name: "li".into() },
            since: Timestamp::from_ms(2),
        });
        let given =
            Alert { triage: Triage { custody, snoozed_until: Some(Timestamp::from_ms(9)) }, ..open() };
        let stored = serde_json::to_string(&given).unwrap();
        assert_eq!(serde_json::from_str::<Alert>(&stored).unwrap(), given);
    }

    #[test]
    fn whoever_was_given_an_alert_has_it_and_not_who_acknowledged_it() {
        assert_eq!(open().held_by(), None);
        let mut alert = Alert { state: taken("wu"), ..open() };
        assert_eq!(alert.held_by().map(|(owner, _)| owner.name), Some("wu".into()));
        let owner = Owner { id: UserId("u-1".into()), name: "li".into() };
        alert.triage.custody = Some(Custody { owner: owner.clone(), since: Timestamp::from_ms(5) });
        assert_eq!(alert.held_by(), Some((owner, Timestamp::from_ms(5))));
    }

    #[test]
    fn a_verdict_is_wanted_of_what_is_grave_and_over_and_has_none() {
        let over = |state: AlertState| Alert { state, cleared_at: Some(Timestamp::from_ms(3)), ..open() };
        for waits in [AlertState::Open, taken("wu"), closed(CloseReason::ConditionOver)] {
            assert!(over(waits.clone()).waits_for_verdict(), "{waits:?}");
        }
        for done in [closed(CloseReason::Confirmed), AlertState::Unconfirmed] {
            assert!(!over(done.clone()).waits_for_verdict(), "{done:?}");
        }
        assert!(!open().waits_for_verdict());
        let slight = Alert { severity: Severity::P3, ..over(closed(CloseReason::ConditionOver)) };
        assert!(!slight.waits_for_verdict());
        let about = About::Lender(crate::LenderId("main".into()));
        assert!(!Alert { about, ..over(closed(CloseReason::ConditionOver)) }.waits_for_verdict());
    }

    #[test]
    fn what_the_rules_did_is_told_by_what_differs() {
        let cleared = Alert { cleared_at: Some(Timestamp::from_ms(3)), ..open() };
        let cases = vec![
            (None, open(), AlertEvent::Opened),
            (None, Alert { state: AlertState::Unconfirmed, ..open() }, AlertEvent::Observed),
            (Some(Alert { state: AlertState::Unconfirmed, ..open() }), open(), AlertEvent::Confirmed),
            (Some(open()), Alert { severity: Severity::P1, ..open() }, AlertEvent::Escalated),
            (Some(open()), Alert { event_time: Timestamp::from_ms(2), ..open() }, AlertEvent::Renewed),
            (Some(open()), cleared.clone(), AlertEvent::Cleared),
            (Some(cleared), open(), AlertEvent::Resumed),
            (
                Some(open()),
                Alert { told_again_at: Some(Timestamp::from_ms(9)), ..open() },
                AlertEvent::ToldAgain,
            ),
            (Some(open()), Alert { state: closed(CloseReason::ConditionOver), ..open() }, AlertEvent::Ended),
            (Some(open()), open(), AlertEvent::Restated),
        ];
        for (before, after, expected) in cases {
            assert_eq!(AlertEvent::between(before.as_ref(), &after), expected);
        }
    }
}
