//! The life of one alert of one rule: the same for every rule.
//!
//! ```text
//! none --onset, told--> Open (Opened)                           none --onset, observed--> Unconfirmed
//! Unconfirmed --told--> Open (Confirmed)                        Unconfirmed --not yet--> Withdrawn
//! live --refused--> Withdrawn                                   live --severity grew, told--> (Escalated)
//! live P2.. --over--> Closed                                    live P1, or unconfirmed --over--> cleared (Cleared)
//! cleared --the same event goes on--> not cleared               cleared --another event, later--> not cleared (Escalated)
//! cleared --the event before it goes on--> not cleared (Escalated)
//! Open --nobody acknowledges it--> (Unacknowledged, once)
//! live --a graver event, or as grave of another device or place, told--> (Escalated)
//! ```
//! Shape: [`Case::settle`] takes steps until nothing changes, which makes judging idempotent. Units: journal time.
//! Errors: none. Source: `domain.md` §3b common rules; `reliability.md` §5 ("closing is never automatic for P1").

use super::definition::{Definition, Look, Onset, Phase};
use super::gate::Leave;
use super::{Change, earlier};
use crate::RULES_VERSION;
use crate::escalation;
use crate::staff::{alert_id, next, withdraw};
use model::alert::{Notice, Triage};
use model::{
    About, Alert, AlertState, CloseReason, Explanation, Finding, Millis, Severity, Timestamp, WithdrawReason,
};
use std::borrow::Cow;

/// One rule held against one vehicle.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) look: &'a Look<'a>,
    pub(super) rule: &'static dyn Definition,
}

impl Case<'_> {
    /// Takes steps until nothing changes; gives when time alone may change something.
    pub(super) fn settle(&self, changed: &mut Vec<Change>) -> Option<Timestamp> {
        // Most frames change nothing: only what is new is a copy.
        let (mut live, mut ended) = (self.live().map(Cow::Borrowed), self.ended().map(Cow::Borrowed));
        for _ in 0..STEPS_MAX {
            let step = match &live {
                Some(alert) => self.advance(alert),
                None => self.open(ended.as_deref()),
            };
            let Some(Change { alert, notice }) = step else { break };
            let change = Change { alert: escalation::told(alert, notice, self.look.facts.now), notice };
            let alert: Cow<'_, Alert> = Cow::Owned(change.alert.clone());
            if alert.state.is_live() {
                live = Some(alert);
            } else {
                (live, ended) = (None, Some(alert));
            }
            changed.push(change);
        }
        self.wake_at(live.as_deref(), ended.as_deref())
    }

    /// Its live alert.
    pub(super) fn live(&self) -> Option<&Alert> {
        self.alerts().find(|alert| alert.state.is_live())
    }

    /// Its last alert that has ended.
    pub(super) fn ended(&self) -> Option<&Alert> {
        let ended = self.alerts().filter(|alert| !alert.state.is_live());
        ended.max_by_key(|alert| (alert.opened_at, alert.episode))
    }

    fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.look.facts.alerts.iter().filter(|alert| alert.rule == self.rule.rule())
    }

    pub(super) fn leave(&self) -> Leave {
        self.look.gate.leave(self.rule.demand(self.look))
    }

    fn reason(&self, alert: &Alert) -> WithdrawReason {
        self.look.gate.reason(self.rule.demand(self.look), alert)
    }

    fn open(&self, ended: Option<&Alert>) -> Option<Change> {
        let state = match self.leave() {
            Leave::Told => AlertState::Open,
            Leave::Observed => AlertState::Unconfirmed,
            Leave::NotYet | Leave::Refused => return None,
        };
        let (facts, rule) = (self.look.facts, self.rule.rule());
        let onset = self.rule.onset(self.look)?;
        let episode = new_episode(onset.episode, ended)?;
        let severity = self.rule.severity(self.look, &onset.finding);
        if self.is_cooling_down(severity, &onset.finding, ended) {
            return None;
        }
        let (about, proof) = (About::Vehicle(facts.vehicle), self.rule.proof(self.look.state));
        let alert = Alert {
            id: alert_id(&about, rule, episode),
            rule,
            about,
            episode,
            severity,
            state,
            version: 1,
            opened_at: facts.now,
            event_time: onset.event_time,
            cleared_at: None,
            told_at: None,
            told_again_at: None,
            triage: Triage::default(),
            explanation: Explanation {
                finding: onset.finding,
                fixes_used: proof.used,
                fixes_rejected: proof.rejected,
                loan: self.look.gate.snapshot(),
                rule_set: facts.rule_set.hash().to_owned(),
                rules_version: RULES_VERSION,
            },
        };
        let notice = is_told(&alert).then_some(Notice::Opened);
        Some(Change { alert, notice })
    }

    /// The next step of a live alert, the most urgent first.
    fn advance(&self, alert: &Alert) -> Option<Change> {
        if self.leave() == Leave::Refused {
            return self.take_back(alert);
        }
        (self.confirm_or_refute(alert))
            .or_else(|| self.escalate(alert))
            .or_else(|| self.grow(alert))
            .or_else(|| self.supersede(alert))
            .or_else(|| self.restate(alert))
            .or_else(|| self.end_or_resume(alert))
            .or_else(|| self.tell_again(alert))
    }

    fn take_back(&self, alert: &Alert) -> Option<Change> {
        let notice = is_told(alert).then_some(Notice::Withdrawn);
        withdraw(alert, self.reason(alert), self.look.facts.now).map(|alert| Change { alert, notice })
    }

    /// What a fresh book, or a part payment, says of an alert on a loan that is still past due.
    fn confirm_or_refute(&self, alert: &Alert) -> Option<Change> {
        match (self.leave(), &alert.state) {
            (Leave::NotYet, AlertState::Unconfirmed) => self.take_back(alert),
            (Leave::NotYet, _) => {
                self.look.gate.was_paid_into(alert).then(|| self.take_back(alert)).flatten()
            }
            (Leave::Told, AlertState::Unconfirmed) => {
                let severity = alert.severity.min(self.rule.severity(self.look, &alert.explanation.finding));
                let mut alert = Alert { severity, ..next(alert, AlertState::Open) };
                alert.explanation.loan = self.look.gate.snapshot();
                Some(Change { alert, notice: Some(Notice::Confirmed) })
            }
            _ => None,
        }
    }

    /// Days past due grow while the alert waits, or more hours are missed. A stale book says nothing new.
    fn escalate(&self, alert: &Alert) -> Option<Change> {
        let severity = self.rule.severity(self.look, &alert.explanation.finding);
        if self.leave() != Leave::Told || severity >= alert.severity {
            return None;
        }
        let notice = if is_told(alert) { Notice::Escalated } else { Notice::Opened };
        let mut alert = Alert { severity, ..next(alert, alert.state.clone()) };
        alert.explanation.loan = self.look.gate.snapshot();
        Some(Change { alert, notice: Some(notice) })
    }

    /// It goes on for so long that it is news again.
    fn grow(&self, alert: &Alert) -> Option<Change> {
        let finding = self.rule.grown(self.look, alert).filter(|_| self.leave() == Leave::Told)?;
        let severity = self.rule.severity(self.look, &finding).min(alert.severity);
        let notice = is_told(alert).then_some(Notice::Escalated);
        let mut alert = Alert { severity, ..next(alert, alert.state.clone()) };
        (alert.explanation.finding, alert.explanation.loan) = (finding, self.look.gate.snapshot());
        Some(Change { alert, notice })
    }

    /// A later event of the same kind, while the alert of an earlier one waits for somebody: one that is graver, or as grave and
    /// of another device or place.
    fn supersede(&self, alert: &Alert) -> Option<Change> {
        if self.leave() != Leave::Told {
            return None;
        }
        let onset = self.rule.onset(self.look).filter(|onset| onset.episode > alert.episode)?;
        let severity = self.rule.severity(self.look, &onset.finding);
        if severity > alert.severity || (severity == alert.severity && !self.is_another(&onset, alert)) {
            return None;
        }
        let notice = if is_told(alert) { Notice::Escalated } else { Notice::Opened };
        let alert = Alert { severity, ..self.renewed(alert, onset) };
        let notice = Some(notice).filter(|_| is_told(&alert));
        Some(Change { alert, notice })
    }

    /// It happened to another device or at another place since the alert was raised, or became known since. Two devices that take
    /// turns are told of once in a cool-down; what has ended makes room for an alert of its own.
    fn is_another(&self, onset: &Onset, alert: &Alert) -> bool {
        let was_renewed = alert.event_time > alert.opened_at;
        let may_end = !waits(alert) && self.rule.phase(self.look, alert) == Phase::Over;
        alert.severity != Severity::P4
            && onset.finding.subject() != alert.explanation.finding.subject()
            && onset.event_time.max(onset.episode) > told_at(alert)
            && !may_end
            && (!was_renewed || self.cooled_down(alert))
    }

    /// The alert, with what is found now in place of what was.
    fn renewed(&self, alert: &Alert, onset: Onset) -> Alert {
        let proof = self.rule.proof(self.look.state);
        let renewed = next(alert, alert.state.clone());
        Alert {
            event_time: onset.event_time,
            cleared_at: None,
            explanation: Explanation {
                finding: onset.finding,
                fixes_used: proof.used,
                fixes_rejected: proof.rejected,
                loan: self.look.gate.snapshot(),
                ..renewed.explanation
            },
            ..renewed
        }
    }

    /// Whether what happens now is an event of its own, and not the one that was told going on.
    fn cooled_down(&self, alert: &Alert) -> bool {
        let same_ms: Millis = self.rule.same_event_ms(self.look.thresholds);
        self.look.facts.now.since(told_at(alert)) >= same_ms
    }

    /// What goes on without anything past due says no longer that there is.
    fn restate(&self, alert: &Alert) -> Option<Change> {
        self.look.gate.is_outlived(alert).then(|| {
            let mut alert = next(alert, alert.state.clone());
            alert.explanation.loan = self.look.gate.snapshot();
            Change { alert, notice: None }
        })
    }

    fn end_or_resume(&self, alert: &Alert) -> Option<Change> {
        let now = self.look.facts.now;
        match (self.rule.phase(self.look, alert), alert.cleared_at) {
            (Phase::Over, cleared_at) if self.first_goes_on(alert).is_some() => {
                // That the later one had ended was told: that the first goes on is news.
                let is_news = cleared_at.is_some() && is_told(alert) && self.leave() == Leave::Told;
                let alert = self.renewed(alert, self.first_goes_on(alert)?);
                Some(Change { alert, notice: is_news.then_some(Notice::Escalated) })
            }
            (Phase::Over, _) if !waits(alert) => {
                let (reason, by, note) = (CloseReason::ConditionOver, None, None);
                let closed = self.at_its_end(alert, AlertState::Closed { reason, by, at: now, note });
                let cleared_at = alert.cleared_at.or(Some(now));
                let notice = is_told(alert).then_some(Notice::Closed);
                Some(Change { alert: Alert { cleared_at, ..closed }, notice })
            }
            (Phase::Over, None) => {
                let alert = Alert { cleared_at: Some(now), ..self.at_its_end(alert, alert.state.clone()) };
                let notice = is_told(&alert).then_some(Notice::Cleared);
                Some(Change { alert, notice })
            }
            (Phase::Holds, Some(_)) => Some(self.resume(alert)),
            (Phase::Over, Some(_)) | (Phase::Holds, None) | (Phase::Between, _) => None,
        }
    }

    /// What had been cleared holds again: the same event, or another one long after it.
    fn resume(&self, alert: &Alert) -> Change {
        let is_news = is_told(alert) && self.leave() == Leave::Told;
        let onset = self.rule.onset(self.look).filter(|onset| onset.episode > alert.episode);
        let (alert, notice) = match onset.filter(|_| self.cooled_down(alert)) {
            Some(onset) => (self.renewed(alert, onset), Some(Notice::Escalated)),
            None => (Alert { cleared_at: None, ..next(alert, alert.state.clone()) }, self.rule.resumed()),
        };
        Change { alert, notice: notice.filter(|_| is_news) }
    }

    /// Nobody has acknowledged it within the time that its severity allows.
    fn tell_again(&self, alert: &Alert) -> Option<Change> {
        let is_due = self.told_again_at(alert).is_some_and(|at| self.look.is_past(at));
        let (now, notice) = (self.look.facts.now, Some(Notice::Unacknowledged));
        is_due.then(|| Change { alert: escalation::told_again(alert, now), notice })
    }

    /// When it is told once more if nobody acknowledges it until then. A stale book tells nothing again.
    fn told_again_at(&self, alert: &Alert) -> Option<Timestamp> {
        escalation::due_at(alert, self.look.thresholds).filter(|_| self.leave() == Leave::Told)
    }

    /// The event for which the alert was raised, where it goes on while a later one that took its place has ended.
    fn first_goes_on(&self, alert: &Alert) -> Option<Onset> {
        let onset = self.rule.onset(self.look).filter(|onset| onset.episode == alert.episode)?;
        (onset.finding.subject() != alert.explanation.finding.subject()).then_some(onset)
    }

    /// The alert in its next state, with how its condition ended.
    fn at_its_end(&self, alert: &Alert, state: AlertState) -> Alert {
        let mut ended = next(alert, state);
        if let Some(finding) = self.rule.ended(self.look, alert) {
            ended.explanation.finding = finding;
        }
        ended
    }

    /// Whether the last alert is too recent to say the same again. One that was taken back was no alert.
    pub(super) fn is_cooling_down(
        &self,
        severity: Severity,
        finding: &Finding,
        ended: Option<&Alert>,
    ) -> bool {
        let facts = self.look.facts;
        let cool_down_ms = self.rule.cool_down_ms(self.look.thresholds);
        ended.filter(|ended| !matches!(ended.state, AlertState::Withdrawn { .. })).is_some_and(|ended| {
            let is_recent = facts.now.since(ended.opened_at) < cool_down_ms;
            is_recent && severity >= ended.severity && !self.rule.defies_cool_down(self.look, finding, ended)
        })
    }

    /// When time alone may change something.
    fn wake_at(&self, live: Option<&Alert>, ended: Option<&Alert>) -> Option<Timestamp> {
        let leave = self.leave();
        if leave == Leave::Refused {
            return None;
        }
        let to_come = |at: Option<Timestamp>| at.filter(|at| *at > self.look.facts.now);
        let changes_at = live.and_then(|alert| self.rule.changes_at(self.look, alert));
        let may_start = leave != Leave::NotYet && live.is_none_or(|alert| alert.cleared_at.is_some());
        let starts_at = may_start
            .then(|| {
                let cool_ms = self.rule.cool_down_ms(self.look.thresholds);
                let cool_at = ended.filter(|_| cool_ms > 0).map(|ended| ended.opened_at.plus(cool_ms));
                earlier(to_come(self.rule.starts_at(self.look)), to_come(cool_at))
            })
            .flatten();
        let told_again_at = live.and_then(|alert| self.told_again_at(alert));
        // A moment that has passed is none, and hides none that comes.
        earlier(earlier(to_come(changes_at), to_come(told_again_at)), starts_at)
    }
}

/// Whether people are told of a live alert: not while it is unconfirmed, and never of what is for the log only.
fn is_told(alert: &Alert) -> bool {
    let is_delivered = match alert.state {
        AlertState::Open | AlertState::Acknowledged { .. } => true,
        AlertState::Unconfirmed | AlertState::Closed { .. } | AlertState::Withdrawn { .. } => false,
    };
    is_delivered && alert.severity != Severity::P4
}

/// It does not end by itself: staff have the last word, or a book that is fresh.
fn waits(alert: &Alert) -> bool {
    alert.severity == Severity::P1 || alert.state == AlertState::Unconfirmed
}

/// When what the alert says now was said first.
fn told_at(alert: &Alert) -> Timestamp {
    alert.opened_at.max(alert.event_time)
}

/// An episode is told once. One that was taken back and holds on when the loan is overdue again (a broken promise,
/// say) goes on as a new one, which begins where the old one was taken back.
pub(super) fn new_episode(episode: Timestamp, ended: Option<&Alert>) -> Option<Timestamp> {
    match ended {
        Some(ended) if ended.episode >= episode => match ended.state {
            AlertState::Withdrawn { at, .. } => Some(at.max(ended.episode.plus(1))),
            _ => None,
        },
        Some(_) | None => Some(episode),
    }
}

/// Open or confirm, escalate, clear, close: no alert has more to do at one moment.
const STEPS_MAX: usize = 6;
