//! What staff may do to an alert.

use crate::history::{DAY, History, MINUTE};
use model::Rule::OverdueMoved;
use model::alert::Owner;
use model::{Alert, AlertState, CloseReason, Severity, UserId, WithdrawReason};
use rules::{Refusal, acknowledge, assign, close, noted, snooze, unacknowledge, withdraw};

fn open() -> Alert {
    History::moved(30).live(OverdueMoved).unwrap().clone()
}

#[test]
fn an_acknowledged_alert_names_who_has_it() {
    let alert = open();
    let at = alert.opened_at.plus(MINUTE);
    let taken = acknowledge(&alert, "li", at, Some(1), Some("calling")).unwrap();
    assert_eq!(taken.state, AlertState::Acknowledged { by: "li".into(), at, note: Some("calling".into()) });
    assert_eq!(taken.version, 2);
}

#[test]
fn who_saw_an_older_version_is_refused() {
    let alert = open();
    let taken = acknowledge(&alert, "li", alert.opened_at, Some(1), None).unwrap();
    let conflict = Err(Refusal::Conflict { seen: 1, version: 2 });
    assert_eq!(acknowledge(&taken, "wu", alert.opened_at, Some(1), None), conflict);
    assert_eq!(close(&taken, "wu", alert.opened_at, Some(1), CloseReason::Confirmed, None), conflict);
    assert!(close(&taken, "wu", alert.opened_at, Some(2), CloseReason::Confirmed, None).is_ok());
    assert!(close(&taken, "wu", alert.opened_at, None, CloseReason::Confirmed, None).is_ok());
}

#[test]
fn an_alert_is_taken_over_only_by_who_saw_that_it_is_taken() {
    let alert = open();
    let taken = acknowledge(&alert, "li", alert.opened_at, None, None).unwrap();
    let refused = Err(Refusal::Taken { by: "li".into() });
    assert_eq!(acknowledge(&taken, "wu", alert.opened_at, None, None), refused);
    assert_eq!(acknowledge(&taken, "li", alert.opened_at, Some(2), None), refused);
    assert!(acknowledge(&taken, "wu", alert.opened_at, Some(2), None).is_ok());
}

#[test]
fn an_ended_alert_takes_no_action() {
    let alert = open();
    let closed = close(&alert, "li", alert.opened_at, None, CloseReason::FalseAlarm, Some("drift")).unwrap();
    assert_eq!((closed.version, closed.state.code()), (2, "closed"));
    let ended = Refusal::Ended { state: "closed" };
    assert_eq!(acknowledge(&closed, "wu", alert.opened_at, Some(1), None), Err(ended.clone()));
    assert_eq!(close(&closed, "wu", alert.opened_at, None, CloseReason::Confirmed, None), Err(ended));
    assert_eq!(withdraw(&closed, WithdrawReason::BindingChanged, alert.opened_at), None);
}

#[test]
fn nobody_acts_on_an_unconfirmed_alert_but_a_verdict_may_end_it() {
    let alert = Alert { state: AlertState::Unconfirmed, ..open() };
    assert_eq!(acknowledge(&alert, "li", alert.opened_at, None, None), Err(Refusal::Unconfirmed));
    assert!(close(&alert, "li", alert.opened_at, None, CloseReason::FalseAlarm, None).is_ok());
}

#[test]
fn only_a_verdict_closes() {
    let alert = open();
    let refused = close(&alert, "li", alert.opened_at, None, CloseReason::ConditionOver, None);
    assert_eq!(refused, Err(Refusal::NotAVerdict { reason: CloseReason::ConditionOver }));
}

#[test]
fn whoever_took_an_alert_gives_it_back_and_nobody_else_has_one_to_give() {
    let alert = open();
    assert_eq!(unacknowledge(&alert, None), Err(Refusal::NotTaken));
    let taken = acknowledge(&alert, "li", alert.opened_at, None, None).unwrap();
    assert_eq!(unacknowledge(&taken, Some(1)), Err(Refusal::Conflict { seen: 1, version: 2 }));
    let back = unacknowledge(&taken, Some(2)).unwrap();
    assert_eq!((back.state.code(), back.version), ("open", 3));
}

#[test]
fn an_alert_is_given_to_somebody_and_to_nobody_and_stays_what_it_is() {
    let alert = open();
    let owner = Owner { id: UserId("u-1".into()), name: "li".into() };
    let given = assign(&alert, Some(owner.clone()), alert.opened_at, Some(1)).unwrap();
    assert_eq!((given.held_by(), given.version), (Some((owner, alert.opened_at)), 2));
    assert_eq!(given.state, AlertState::Open);
    let free = assign(&given, None, alert.opened_at, Some(2)).unwrap();
    assert_eq!((free.held_by(), free.version), (None, 3));
    let closed = close(&alert, "li", alert.opened_at, None, CloseReason::Confirmed, None).unwrap();
    assert_eq!(assign(&closed, None, alert.opened_at, None), Err(Refusal::Ended { state: "closed" }));
}

#[test]
fn an_alert_is_out_of_the_way_for_a_week_at_most_and_a_grave_one_with_a_reason() {
    let alert = Alert { severity: Severity::P2, ..open() };
    let now = alert.opened_at;
    for until in [now, now.plus(-MINUTE), now.plus(7 * DAY + 1)] {
        assert_eq!(snooze(&alert, Some(until), now, None, Some("later")), Err(Refusal::SnoozeEnd), "{until}");
    }
    let until = now.plus(7 * DAY);
    let away = snooze(&alert, Some(until), now, Some(1), None).unwrap();
    assert_eq!((away.triage.snoozed_until, away.version, away.state.is_live()), (Some(until), 2, true));
    let back = snooze(&away, None, now, Some(2), None).unwrap();
    assert_eq!((back.triage.snoozed_until, back.version), (None, 3));

    let grave = Alert { severity: Severity::P1, ..open() };
    assert_eq!(snooze(&grave, Some(until), now, None, Some(" ")), Err(Refusal::NoReason));
    assert!(snooze(&grave, Some(until), now, None, Some("towed by us")).is_ok());
    assert!(snooze(&grave, None, now, None, None).is_ok());
}

#[test]
fn a_note_moves_the_version_so_that_others_look_again() {
    let alert = open();
    assert_eq!(noted(&alert, "  ", None), Err(Refusal::EmptyNote));
    let written = noted(&alert, "parked at his brother's", Some(1)).unwrap();
    assert_eq!((written.version, written.state), (2, AlertState::Open));
    assert_eq!(noted(&open(), "x", Some(7)), Err(Refusal::Conflict { seen: 7, version: 1 }));
}

#[test]
fn what_ended_by_itself_still_takes_a_verdict_once() {
    let at = open().opened_at.plus(MINUTE);
    let ended = AlertState::Closed { reason: CloseReason::ConditionOver, by: None, at, note: None };
    let alert = Alert { severity: Severity::P2, cleared_at: Some(at), state: ended, ..open() };
    let later = at.plus(DAY);
    let judged = close(&alert, "li", later, None, CloseReason::FalseAlarm, Some("drift")).unwrap();
    let AlertState::Closed { reason, by, at: closed_at, .. } = &judged.state else { panic!("{judged:?}") };
    // It closed when its condition was over, not when somebody said so.
    assert_eq!((*reason, by.as_deref(), *closed_at), (CloseReason::FalseAlarm, Some("li"), at));
    let again = close(&judged, "wu", later, None, CloseReason::Confirmed, None);
    assert_eq!(again, Err(Refusal::Ended { state: "closed" }));
    let slight = Alert { severity: Severity::P3, ..alert };
    assert!(close(&slight, "li", later, None, CloseReason::FalseAlarm, None).is_err());
}

#[test]
fn a_changed_binding_withdraws() {
    let alert = open();
    let withdrawn = withdraw(&alert, WithdrawReason::BindingChanged, alert.opened_at).unwrap();
    assert_eq!((withdrawn.version, withdrawn.state.code()), (2, "withdrawn"));
}

#[test]
fn an_alert_has_the_same_id_on_every_machine() {
    let id = rules::alert_id(
        &model::About::Vehicle(crate::history::vehicle()),
        OverdueMoved,
        model::Timestamp::from_ms(1_700_000_000_000),
    );
    assert_eq!(id.0, "e62c61ba913815b10a0a69b03d77475c");
}
