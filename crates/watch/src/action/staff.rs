//! What staff do about alerts: take them, give them, put them off, write to them, give their verdict.
//!
//! Shape: an alert's id and what is done in; the alert's next version, a line of its history and an outcome out. Errors: an
//! [`Outcome`] that names what stands against it; whoever comes too late is told, and that they saw it is kept. Source:
//! `model::alert`; `ux.md` §7.

use crate::step::Step;
use model::alert::{AlertEvent, Owner};
use model::input::Outcome;
use model::{Alert, AlertId, CloseReason, Seq, Timestamp};
use rules::{Change, Notice, Refusal};
use store::AlertHistoryRow;

/// Who does it, and in which input.
#[derive(Clone, Copy)]
pub(super) struct By<'a> {
    pub(super) seq: Seq,
    pub(super) at: Timestamp,
    pub(super) actor: &'a str,
}

/// What is done, and what is written to it.
struct Deed {
    event: AlertEvent,
    note: Option<String>,
}

/// An alert that staff act on.
enum Found {
    /// The rules look at it: it is live, or the last of its rule about the same.
    Remembered(Alert),
    /// It ended, and another one of its rule about the same was raised since.
    Past(Alert),
}

impl Step<'_> {
    #[expect(clippy::needless_pass_by_value, reason = "handed over by the input, as its siblings take it")]
    pub(super) fn acknowledge(
        &mut self,
        by: By<'_>,
        id: &AlertId,
        seen: Option<u32>,
        note: Option<String>,
    ) -> Outcome {
        let deed = Deed { event: AlertEvent::Acknowledged, note: note.clone() };
        self.staff(by, id, deed, |alert| rules::acknowledge(alert, by.actor, by.at, seen, note.as_deref()))
    }

    pub(super) fn unacknowledge(
        &mut self,
        by: By<'_>,
        id: &AlertId,
        seen: Option<u32>,
        note: Option<String>,
    ) -> Outcome {
        let deed = Deed { event: AlertEvent::Unacknowledged, note };
        self.staff(by, id, deed, |alert| rules::unacknowledge(alert, seen))
    }

    pub(super) fn close(
        &mut self,
        by: By<'_>,
        id: &AlertId,
        seen: Option<u32>,
        (reason, note): (CloseReason, Option<String>),
    ) -> Outcome {
        let deed = Deed { event: AlertEvent::Closed, note: note.clone() };
        let close = |alert: &Alert| rules::close(alert, by.actor, by.at, seen, reason, note.as_deref());
        self.staff(by, id, deed, close)
    }

    pub(super) fn assign(
        &mut self,
        by: By<'_>,
        id: &AlertId,
        seen: Option<u32>,
        to: Option<Owner>,
    ) -> Outcome {
        let note = to.as_ref().map(|owner| owner.name.clone());
        let deed = Deed { event: AlertEvent::Assigned, note };
        self.staff(by, id, deed, |alert| rules::assign(alert, to, by.at, seen))
    }

    pub(super) fn snooze(
        &mut self,
        by: By<'_>,
        id: &AlertId,
        seen: Option<u32>,
        (until, reason): (Option<Timestamp>, Option<String>),
    ) -> Outcome {
        let event = if until.is_some() { AlertEvent::Snoozed } else { AlertEvent::Woken };
        let deed = Deed { event, note: written(until, reason.as_deref()) };
        self.staff(by, id, deed, |alert| rules::snooze(alert, until, by.at, seen, reason.as_deref()))
    }

    #[expect(clippy::needless_pass_by_value, reason = "handed over by the input, as its siblings take it")]
    pub(super) fn annotate(&mut self, by: By<'_>, id: &AlertId, seen: Option<u32>, note: String) -> Outcome {
        let deed = Deed { event: AlertEvent::Noted, note: Some(note.clone()) };
        self.staff(by, id, deed, |alert| rules::noted(alert, &note, seen))
    }

    fn staff(
        &mut self,
        by: By<'_>,
        id: &AlertId,
        deed: Deed,
        act: impl FnOnce(&Alert) -> Result<Alert, Refusal>,
    ) -> Outcome {
        let Some(found) = self.found(id) else {
            return Outcome::NotFound { message: format!("there is no live alert {id}") };
        };
        match act(found.alert()) {
            Ok(alert) => {
                let message = format!("{} is {}", alert.rule, alert.state.code());
                self.happen(by, id, deed.event, deed.note);
                self.did(by, &found, deed.event, alert);
                Outcome::Done { message }
            }
            Err(refusal @ Refusal::Ended { .. }) if deed.event == AlertEvent::Acknowledged => {
                self.happen(by, id, AlertEvent::Seen, deed.note);
                Outcome::Conflict { message: format!("{refusal}; that you saw it is recorded") }
            }
            Err(refusal) => refused(&refusal),
        }
    }

    /// Takes over what staff have made of an alert.
    fn did(&mut self, By { seq, at, .. }: By<'_>, found: &Found, event: AlertEvent, alert: Alert) {
        let was_live = found.alert().state.is_live();
        match found {
            // A note changes nothing of what has ended.
            Found::Remembered(_) | Found::Past(_) if event == AlertEvent::Noted && !was_live => {}
            Found::Past(_) => {
                self.alerts.insert(alert.id.clone(), (seq, alert));
            }
            Found::Remembered(_) => {
                let vehicle = alert.about.vehicle();
                let notice = (event == AlertEvent::Closed && was_live).then_some(Notice::Closed);
                self.take_over(seq, at, Change { alert, notice });
                // What nobody has any more is told once more in time, whether or not the server restarts before.
                if let Some(vehicle) = vehicle.filter(|_| event == AlertEvent::Unacknowledged) {
                    self.judge(seq, at, vehicle);
                }
            }
        }
    }

    fn found(&self, id: &AlertId) -> Option<Found> {
        // One that this very step has changed is not in the store yet as it is.
        let changed = self.alerts.get(id).map(|(_, alert)| alert);
        let about = changed.map(|alert| &alert.about).or_else(|| self.needs.alerts.get(id))?;
        let known = self.world.alerts.get(about).and_then(|alerts| alerts.iter().find(|one| one.id == *id));
        let past = || changed.or_else(|| self.needs.ended.get(id));
        known.cloned().map(Found::Remembered).or_else(|| past().cloned().map(Found::Past))
    }

    fn happen(&mut self, by: By<'_>, alert: &AlertId, event: AlertEvent, note: Option<String>) {
        let actor = Some(by.actor.to_owned());
        self.remember(AlertHistoryRow {
            alert: alert.clone(),
            seq: by.seq,
            item: 0,
            at: by.at,
            actor,
            event,
            note,
        });
    }
}

impl Found {
    const fn alert(&self) -> &Alert {
        match self {
            Self::Remembered(alert) | Self::Past(alert) => alert,
        }
    }
}

fn refused(refusal: &Refusal) -> Outcome {
    let message = refusal.to_string();
    match refusal {
        Refusal::Conflict { .. } | Refusal::Ended { .. } | Refusal::Taken { .. } | Refusal::NotTaken => {
            Outcome::Conflict { message }
        }
        Refusal::Unconfirmed
        | Refusal::NotAVerdict { .. }
        | Refusal::SnoozeEnd
        | Refusal::NoReason
        | Refusal::EmptyNote => Outcome::Refused { message },
    }
}

/// Until when, and why.
fn written(until: Option<Timestamp>, reason: Option<&str>) -> Option<String> {
    let until = until.map(|until| until.to_string());
    let parts: Vec<&str> = until.as_deref().into_iter().chain(reason).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}
