//! What staff and notify do about the alerts of a history, put in at some later or earlier place.

use crate::dice::Dice;
use crate::history::{Happening, human};
use model::alert::Owner;
use model::input::{Action, DeliveryResult};
use model::{Alert, CloseReason, Input, InputId, UserId};

/// The history with acknowledgements and verdicts. Some come before their alert, in its instant, twice, or
/// name a version that is no longer.
pub(crate) fn act(mut happenings: Vec<Happening>, alerts: &[Alert], dice: &mut Dice) -> Vec<Happening> {
    for (number, alert) in alerts.iter().enumerate() {
        let id = alert.id.clone();
        let opened = happenings.partition_point(|happening| happening.at < alert.opened_at);
        let note = dice.percent(50).then(|| "called, no answer".to_owned());
        let version = dice.percent(50).then_some(1);
        let acknowledge = Action::Acknowledge { alert: id.clone(), version, note: note.clone() };
        insert(&mut happenings, opened, dice, human(InputId(format!("ack{number}")), acknowledge.clone()));
        insert(&mut happenings, opened, dice, human(InputId(format!("ack{number}")), acknowledge));
        if dice.percent(50) {
            let reason = CloseReason::FalseAlarm;
            let close = Action::Close { alert: id.clone(), version: None, reason, note };
            insert(&mut happenings, opened, dice, human(InputId(format!("close{number}")), close));
        }
        for (nth, action) in handled(alert, dice).into_iter().enumerate() {
            insert(&mut happenings, opened, dice, human(InputId(format!("handle{number}-{nth}")), action));
        }
    }
    happenings
}

/// What else staff do about an alert, some of it of no use.
fn handled(alert: &Alert, dice: &mut Dice) -> Vec<Action> {
    let id = || alert.id.clone();
    let owner = Owner { id: UserId("u-1".into()), name: "Li".into() };
    let until = alert.opened_at.plus(3_600_000);
    let (version, note) = (dice.percent(30).then_some(2), "the gate is shut".to_owned());
    let all = [
        Action::Assign { alert: id(), version, to: dice.percent(70).then_some(owner) },
        Action::Snooze {
            alert: id(),
            version,
            until: Some(until),
            reason: dice.percent(70).then(|| note.clone()),
        },
        Action::Unacknowledge { alert: id(), version: None, note: None },
        Action::Note { alert: id(), version: None, note },
    ];
    all.into_iter().filter(|_| dice.percent(50)).collect()
}

/// The history with what notify appends: only ever of an entry that is there, in no particular order of attempts, since
/// two workers may have had it.
pub(crate) fn deliver(mut happenings: Vec<Happening>, alerts: &[Alert], dice: &mut Dice) -> Vec<Happening> {
    for alert in alerts {
        let opened = happenings.partition_point(|happening| happening.at <= alert.opened_at) + EARLY_MAX;
        for attempt in 1..=3 {
            let retry = DeliveryResult::Retry { at: alert.opened_at.plus(60_000), error: "503".into() };
            let result = if dice.percent(50) { DeliveryResult::Delivered } else { retry };
            let delivery = Input::Delivery { entry: format!("{}:1", alert.id), attempt, result };
            insert(&mut happenings, opened, dice, delivery);
        }
    }
    happenings
}

fn insert(happenings: &mut Vec<Happening>, near: usize, dice: &mut Dice, input: Input) {
    let early = near.saturating_sub(EARLY_MAX);
    let place = (early + dice.below(60)).clamp(1, happenings.len());
    let at = happenings[place - 1].at;
    happenings.insert(place, Happening { at, input });
}

/// How many places before the alert an action may come.
const EARLY_MAX: usize = 5;
