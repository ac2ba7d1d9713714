//! What staff may do to an alert.

use crate::history::{History, MINUTE};
use model::Rule::OverdueMoved;
use model::{Alert, AlertState, CloseReason, WithdrawReason};
use rules::{Refusal, acknowledge, close, withdraw};

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
