//! What a receiver hears, through failures, kills and payments.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed step must stop the test")]

mod support;

use model::alert::Notice;
use model::input::DeliveryResult;
use model::loan::Holds;
use model::{AlertState, CloseReason, ContractId, Input, Loan, Seq, WithdrawReason};
use notify::NotifyError;
use store::Batch;
use support::{Desk, NOW, PLATE, Receiver, alert, owing, reminded, reminder, then, told, told_as};

const PAID: AlertState = AlertState::Withdrawn { reason: WithdrawReason::Paid, at: NOW };

#[tokio::test]
async fn an_alert_reaches_the_receiver_signed_thin_and_once() {
    let (desk, mut receiver) = (Desk::open().await, Receiver::listen().await);
    let run = desk.start(&desk.config(receiver.url.clone()));
    let opened = alert("a1");
    desk.happens(told(Notice::Opened, &opened)).await;
    desk.until(&opened, &[("opened", "delivered")]).await;
    run.stop().await;

    let heard = receiver.next().await;
    assert!(heard.signed);
    assert_eq!(heard.id, "a1:1");
    let body: serde_json::Value = serde_json::from_str(&heard.body).unwrap();
    let expected = serde_json::json!({
        "type": "alert.opened",
        "timestamp": opened.opened_at,
        "data": {
            "id": "a1", "rule": "OVERDUE_OFFLINE", "vehicle": "**2345", "about": "**2345", "severity": "P1", "state": "open",
            "event_time": opened.event_time, "opened_at": opened.opened_at, "book_as_of": NOW, "version": 1,
        },
    });
    assert_eq!(body, expected);
    for secret in [PLATE, "22.5", "225431", "CONTRACT-778", "123456", "9876543"] {
        assert!(!heard.body.contains(secret), "{secret}");
    }
    assert!(receiver.rest().is_empty());
}

#[tokio::test]
async fn a_failure_is_tried_again_later_under_the_same_id() {
    let (desk, mut receiver) = (Desk::open().await, Receiver::listen().await);
    receiver.will_answer(&[500, 302, 429]);
    let run = desk.start(&desk.config(receiver.url.clone()));
    let opened = alert("a1");
    desk.happens(told(Notice::Opened, &opened)).await;

    let mut heard = vec![receiver.next().await];
    for (attempt, wait_s) in [(1, 5), (2, 30), (3, 300)] {
        let at = desk.failed(&opened, attempt).await;
        let waits_ms = at.since(desk.clock().now());
        assert!((wait_s * 1_000..=wait_s * 1_100).contains(&waits_ms), "{attempt}: {waits_ms}");
        desk.clock().step_to(at);
        heard.push(receiver.next().await);
    }
    desk.until(&opened, &[("opened", "delivered")]).await;
    run.stop().await;
    assert!(heard.iter().all(|heard| heard.signed && heard.id == "a1:1"), "{heard:?}");
    assert!(receiver.rest().is_empty());
}

#[tokio::test]
async fn a_receiver_that_is_gone_ends_the_entry_and_not_the_others() {
    let (desk, mut receiver) = (Desk::open().await, Receiver::listen().await);
    receiver.will_answer(&[410]);
    let run = desk.start(&desk.config(receiver.url.clone()));
    let (first, second) = (alert("a1"), alert("a2"));
    desk.happens(told(Notice::Opened, &first)).await;
    desk.until(&first, &[("opened", "dead")]).await;
    desk.happens(told(Notice::Opened, &second)).await;
    desk.until(&second, &[("opened", "delivered")]).await;
    run.stop().await;
    assert_eq!((receiver.next().await.id, receiver.next().await.id), ("a1:1".into(), "a2:1".into()));
}

#[tokio::test]
async fn an_alert_withdrawn_before_it_was_sent_is_never_heard_of() {
    let (desk, mut receiver) = (Desk::open().await, Receiver::listen().await);
    let config = desk.config(receiver.url.clone());
    // Made before the entries, as by a server that has been running all along.
    let notify = desk.notify(&config).unwrap();
    let opened = alert("a1");
    let paid = then(&opened, PAID);
    desk.happens(told(Notice::Opened, &opened)).await;
    desk.happens(told(Notice::Withdrawn, &paid)).await;
    let run = support::Run::of(notify);
    desk.until(&opened, &[("opened", "cancelled"), ("withdrawn", "cancelled")]).await;
    run.stop().await;
    assert!(receiver.rest().is_empty());
}

#[tokio::test]
async fn that_nobody_has_an_alert_is_not_told_once_somebody_has_it() {
    let (desk, mut receiver) = (Desk::open().await, Receiver::listen().await);
    let notify = desk.notify(&desk.config(receiver.url.clone())).unwrap();
    let opened = alert("a1");
    let again = then(&opened, AlertState::Open);
    let taken = then(&again, AlertState::Acknowledged { by: "li".into(), at: NOW, note: None });
    desk.happens(told(Notice::Opened, &opened)).await;
    desk.happens(told(Notice::Unacknowledged, &again)).await;
    desk.happens(|seq| Batch { alerts: vec![(seq, taken)], ..Batch::default() }).await;
    let run = support::Run::of(notify);
    desk.until(&opened, &[("opened", "delivered"), ("unacknowledged", "cancelled")]).await;
    run.stop().await;
    let kinds: Vec<_> = receiver.rest().into_iter().map(|heard| heard.kind).collect();
    assert_eq!(kinds, ["alert.opened"]);
}

#[tokio::test]
async fn a_payment_waiting_in_the_journal_stops_the_alert() {
    let (desk, mut receiver) = (Desk::open().await, Receiver::listen().await);
    let notify = desk.notify(&desk.config(receiver.url.clone())).unwrap();
    let opened = alert("a1");
    desk.happens(told(Notice::Opened, &opened)).await;
    // An entry that needs no look at the fold: its result in the journal shows that a round has come past both.
    let other = alert("a2");
    desk.happens(told_as("of a later version", &other)).await;
    desk.hold_the_fold(true);
    let payment = desk.waits(told(Notice::Withdrawn, &then(&opened, PAID))).await;
    let run = support::Run::of(notify);
    desk.journal.committed().wait_for(|head| *head > payment).await.unwrap();
    desk.hold_the_fold(false);
    desk.until(&opened, &[("opened", "cancelled"), ("withdrawn", "cancelled")]).await;
    desk.until(&other, &[("of a later version", "dead")]).await;
    run.stop().await;
    assert!(receiver.rest().is_empty());
}

#[tokio::test]
async fn killed_between_send_and_mark_it_redelivers_under_the_same_id() {
    let (desk, mut receiver) = (Desk::open().await, Receiver::hesitant().await);
    let config = desk.config(receiver.url.clone());
    let run = desk.start(&config);
    let opened = alert("a1");
    desk.happens(told(Notice::Opened, &opened)).await;
    let first = receiver.next().await;
    run.kill().await;
    assert_eq!(desk.states(&opened).await, [("opened".into(), "pending".into())]);

    receiver.let_answer();
    let run = desk.start(&config);
    desk.until(&opened, &[("opened", "delivered")]).await;
    run.stop().await;
    let second = receiver.next().await;
    assert!(first.signed && second.signed);
    assert_eq!((first.id, first.body), (second.id, second.body));
    assert!(receiver.rest().is_empty());
}

#[tokio::test]
async fn an_alert_that_may_have_arrived_before_a_kill_is_taken_back_aloud() {
    let (desk, mut receiver) = (Desk::open().await, Receiver::hesitant().await);
    let config = desk.config(receiver.url.clone());
    let run = desk.start(&config);
    let opened = alert("a1");
    desk.happens(told(Notice::Opened, &opened)).await;
    assert_eq!(receiver.next().await.kind, "alert.opened");
    run.kill().await;
    desk.happens(told(Notice::Withdrawn, &then(&opened, PAID))).await;

    receiver.let_answer();
    let run = desk.start(&config);
    desk.until(&opened, &[("opened", "dead"), ("withdrawn", "delivered")]).await;
    run.stop().await;
    let kinds: Vec<_> = receiver.rest().into_iter().map(|heard| heard.kind).collect();
    assert_eq!(kinds, ["alert.withdrawn"]);
}

#[tokio::test]
async fn a_withdrawal_does_not_wait_for_the_retry_of_what_it_takes_back() {
    let (desk, mut receiver) = (Desk::open().await, Receiver::listen().await);
    receiver.will_answer(&[503]);
    let run = desk.start(&desk.config(receiver.url.clone()));
    let opened = alert("a1");
    desk.happens(told(Notice::Opened, &opened)).await;
    let retry_at = desk.failed(&opened, 1).await;
    desk.happens(told(Notice::Withdrawn, &then(&opened, PAID))).await;
    desk.until(&opened, &[("opened", "pending"), ("withdrawn", "delivered")]).await;
    desk.clock().step_to(retry_at);
    desk.until(&opened, &[("opened", "dead"), ("withdrawn", "delivered")]).await;
    run.stop().await;
    let kinds: Vec<_> = receiver.rest().into_iter().map(|heard| heard.kind).collect();
    assert_eq!(kinds, ["alert.opened", "alert.withdrawn"]);
}

#[tokio::test]
async fn notices_of_one_alert_arrive_in_order() {
    let (desk, mut receiver) = (Desk::open().await, Receiver::listen().await);
    receiver.will_answer(&[500]);
    let run = desk.start(&desk.config(receiver.url.clone()));
    let opened = alert("a1");
    let escalated = then(&opened, AlertState::Open);
    let closed =
        AlertState::Closed { reason: CloseReason::Confirmed, by: Some("li".into()), at: NOW, note: None };
    desk.happens(told(Notice::Opened, &opened)).await;
    let retry_at = desk.failed(&opened, 1).await;
    let seq = desk.happens(told(Notice::Escalated, &escalated)).await;
    desk.journal.committed().wait_for(|head| *head > seq).await.unwrap();
    // A minute on, both are due and the older one goes first, though the younger one was put off.
    desk.clock().step_to(retry_at);
    desk.until(&opened, &[("opened", "delivered"), ("escalated", "pending")]).await;
    desk.clock().step_to(retry_at.plus(60_000));
    desk.until(&opened, &[("opened", "delivered"), ("escalated", "delivered")]).await;
    desk.happens(told(Notice::Closed, &then(&escalated, closed))).await;
    desk.until(&opened, &[("opened", "delivered"), ("escalated", "delivered"), ("closed", "delivered")])
        .await;
    run.stop().await;
    let kinds: Vec<_> = receiver.rest().into_iter().map(|heard| heard.kind).collect();
    assert_eq!(kinds, ["alert.opened", "alert.opened", "alert.escalated", "alert.closed"]);
}

#[tokio::test]
async fn a_reminder_takes_the_same_road_under_its_own_id() {
    let (desk, mut receiver) = (Desk::open().await, Receiver::listen().await);
    receiver.will_answer(&[503]);
    let run = desk.start(&desk.config(receiver.url.clone()));
    desk.happens(reminded(owing())).await;
    let first = receiver.next().await;
    let retry_at = desk.failed_of(&reminder().id(), 1).await;
    desk.clock().step_to(retry_at);
    desk.until_of(&reminder().id(), &[("due_soon", "delivered")]).await;
    run.stop().await;
    let second = receiver.next().await;
    assert_eq!((&first.id, &first.body), (&second.id, &second.body));
    assert_eq!(first.id, format!("{}:1", reminder().id()));
    let body: serde_json::Value = serde_json::from_str(&first.body).unwrap();
    let expected = serde_json::json!({
        "type": "reminder.due_soon",
        "timestamp": NOW,
        "data": {
            "id": reminder().id(), "lender": "lender", "contract": "CONTRACT-778",
            "due_date": reminder().due.to_string(),
        },
    });
    assert_eq!(body, expected);
    for secret in [PLATE, "123456", "9876543"] {
        assert!(!first.body.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn a_reminder_of_what_was_paid_or_held_before_it_was_sent_is_never_heard_of() {
    let paid = Loan { oldest_unpaid_due: None, ..owing() };
    let held = Loan { holds: Holds { dispute: true, ..Holds::default() }, ..owing() };
    let settled = Loan { settled_at: Some(NOW), ..owing() };
    for since in [paid, held, settled] {
        let (desk, mut receiver) = (Desk::open().await, Receiver::listen().await);
        let notify = desk.notify(&desk.config(receiver.url.clone())).unwrap();
        desk.happens(reminded(since)).await;
        let run = support::Run::of(notify);
        desk.until_of(&reminder().id(), &[("due_soon", "cancelled")]).await;
        run.stop().await;
        assert!(receiver.rest().is_empty());
    }
}

#[tokio::test]
async fn an_alert_does_not_wait_behind_a_midnights_reminders() {
    let (desk, mut receiver) = (Desk::open().await, Receiver::listen().await);
    let notify = desk.notify(&desk.config(receiver.url.clone())).unwrap();
    desk.happens(|seq| {
        let contract = |number| ContractId(format!("C{number}"));
        let loans = (0..REMINDERS).map(|number| Loan { contract: contract(number), ..owing() });
        loans.map(|loan| reminded(loan)(seq)).fold(Batch::default(), |mut all, mut one| {
            all.loans.append(&mut one.loans);
            all.outbox.append(&mut one.outbox);
            all
        })
    })
    .await;
    let opened = alert("a1");
    desk.happens(told(Notice::Opened, &opened)).await;
    let run = support::Run::of(notify);
    desk.until(&opened, &[("opened", "delivered")]).await;
    run.stop().await;
    let before = receiver.rest().into_iter().position(|heard| heard.id == "a1:1").unwrap();
    assert!(before <= 16, "{before} reminders went before it: more than go beside it");
}

/// More than a round takes.
const REMINDERS: usize = 200;

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_not_connected_to_unless_permitted() {
    let (desk, mut receiver) = (Desk::open().await, Receiver::listen().await);
    let mut config = desk.config(receiver.url.clone());
    config.webhook_allow_private = false;
    assert!(matches!(desk.notify(&config), Err(NotifyError::Url { .. })));

    config.webhook_url = Some(receiver.url.replace("127.0.0.1", "localhost"));
    let run = desk.start(&config);
    let opened = alert("a1");
    desk.happens(told(Notice::Opened, &opened)).await;
    desk.failed(&opened, 1).await;
    run.stop().await;
    assert!(receiver.rest().is_empty());
    let results = desk.results().await;
    let [DeliveryResult::Retry { error, .. }] = &results[..] else { panic!("{results:?}") };
    assert!(error.contains("not public") && !error.contains("in-the-url"), "{error}");
}

#[tokio::test]
async fn without_a_receiver_entries_stay_in_the_outbox() {
    let desk = Desk::open().await;
    let run = desk.start(&notify::Config::default());
    let opened = alert("a1");
    let seq = desk.happens(told(Notice::Opened, &opened)).await;
    run.stop().await;
    assert_eq!(desk.states(&opened).await, [("opened".into(), "pending".into())]);
    assert_eq!(desk.journal.head().await.unwrap(), seq);
}

#[tokio::test]
async fn a_receiver_without_a_private_secret_is_refused_at_start() {
    let desk = Desk::open().await;
    let mut config = desk.config("https://example.com/hook".into());
    assert!(desk.notify(&config).is_ok());
    desk.secret_file(0o640);
    assert!(matches!(desk.notify(&config), Err(NotifyError::Secret { .. })));
    config.webhook_secret_file = None;
    assert!(matches!(desk.notify(&config), Err(NotifyError::NoSecret)));
}

impl Desk {
    /// Every result in the journal.
    async fn results(&self) -> Vec<DeliveryResult> {
        let entries = self.journal.read(Seq(0), 1_000).await.unwrap();
        let results = entries.into_iter().filter_map(|entry| match entry.input {
            Input::Delivery { result, .. } => Some(result),
            _ => None,
        });
        results.collect()
    }
}
