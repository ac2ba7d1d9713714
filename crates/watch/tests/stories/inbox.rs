//! What staff do about alerts at the desk, as the journal has it: one journal and one SQLite store a test, folded as a server would.

use journal::{ClockSpec, FoldLock, Journal};
use model::alert::{AlertEvent, Owner};
use model::input::{Action, Binding, BookActivation, Human, Input, Outcome, Role};
use model::{
    Alarm, Alarms, Alert, AlertId, AlertState, Attribute, CloseReason, ContractId, Coordinates, Date,
    DeviceTime, Event, Fix, InputId, LenderId, Loan, Measured, Millis, Position, ProtocolName, Reception,
    Rule, Seq, SessionId, Severity, Speed, TerminalId, Timestamp, UserId, VehicleId, ZoneOffset, ZoneSource,
};
use store::{AlertQuery, Store};
use watch::{Config, Fold};

struct Desk {
    folder: tempfile::TempDir,
    journal: Journal,
    store: Store,
    /// Whether the server is killed behind each input.
    is_killed: bool,
    asked: u32,
}

impl Desk {
    /// One car that stands, due on a day.
    async fn open(due: &str, is_killed: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ClockSpec::Stepped { origin: at("2026-11-20T04:00:00Z") };
        let journal = Journal::open(folder.path(), journal::Config::default(), clock).await.unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let store = Store::connect(&store::Config { url, ..store::Config::default() }).await.unwrap();
        let mut desk = Self { folder, journal, store, is_killed, asked: 0 };
        let as_of = at("2026-11-20T03:00:00Z");
        let bare = Loan::bare(ContractId("C1".into()), LenderId("main".into()), car(), as_of);
        let loan = Loan { oldest_unpaid_due: Date::parse(due), amount_overdue: 100_000, ..bare };
        desk.say(Input::BookChunk { book: "book".into(), first_row: 0, loans: vec![loan] }).await;
        let (book, lender) = ("book".to_owned(), LenderId("main".into()));
        let activation = BookActivation { book, lender, as_of, rows: 1, complete: true, accept_fall: true };
        desk.done("town", Action::ActivateBook(activation)).await;
        let from = at("2026-10-01T00:00:00Z");
        let binding = Binding { terminal: terminal(), vehicle: car(), role: Role::Main, from, to: None };
        desk.done("town", Action::Bind { bindings: vec![binding] }).await;
        desk.minute(Alarms::NONE, None).await;
        desk
    }

    async fn say(&self, input: Input) {
        self.journal.append(vec![input.into()]).await.unwrap();
        if self.is_killed {
            self.fold().await;
        }
    }

    async fn fold(&self) {
        let lock = FoldLock::try_take(self.folder.path()).unwrap().unwrap();
        let fold = Fold::take(self.journal.clone(), self.store.clone(), Config::default(), &lock, false);
        fold.await.unwrap().catch_up().await.unwrap();
    }

    async fn ask(&mut self, actor: &str, action: Action) -> InputId {
        self.asked += 1;
        let id = InputId(format!("ask-{}", self.asked));
        self.say(Input::Human(Box::new(Human { id: id.clone(), actor: actor.into(), action }))).await;
        id
    }

    async fn outcome(&mut self, actor: &str, action: Action) -> Outcome {
        let id = self.ask(actor, action).await;
        self.fold().await;
        self.store.outcome(&id).await.unwrap().unwrap()
    }

    async fn done(&mut self, actor: &str, action: Action) {
        let outcome = self.outcome(actor, action.clone()).await;
        assert!(matches!(outcome, Outcome::Done { .. }), "{action:?}: {outcome:?}");
    }

    fn passes(&self, ms: Millis) {
        let clock = self.journal.clock();
        clock.step_to(clock.now().plus(ms));
    }

    /// The device reports where it stands, a minute later.
    async fn minute(&self, alarms: Alarms, says: Option<Attribute>) {
        self.passes(MINUTE_MS);
        let now = self.journal.clock().now();
        self.say(Input::Reception(Box::new(reception(now, alarms, says)))).await;
        self.say(Input::Tick { listening: true }).await;
    }

    async fn alerts(&self, rule: Rule) -> Vec<Alert> {
        self.fold().await;
        let query = AlertQuery { rule: Some(rule), ..AlertQuery::default() };
        let mut alerts = self.store.alerts(&query).await.unwrap();
        alerts.sort_by_key(|alert| alert.opened_at);
        alerts
    }

    async fn alert(&self, rule: Rule) -> Alert {
        let alerts = self.alerts(rule).await;
        assert_eq!(alerts.len(), 1, "{alerts:?}");
        alerts.into_iter().next().unwrap()
    }

    /// Somebody's device is taken off.
    async fn removed(&self) -> AlertId {
        self.minute([Alarm::Removed].into_iter().collect(), None).await;
        self.alert(Rule::TamperLight).await.id
    }

    async fn history(&self, id: &AlertId) -> Vec<(AlertEvent, Option<String>, Option<String>)> {
        let lines = self.store.alert_history(id).await.unwrap();
        lines.into_iter().map(|line| (line.event, line.actor, line.note)).collect()
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn car() -> VehicleId {
    VehicleId::parse("粤B12345").unwrap()
}

fn terminal() -> TerminalId {
    TerminalId::parse("123456").unwrap()
}

fn owner() -> Owner {
    Owner { id: UserId("u-7".into()), name: "Wu".into() }
}

fn reception(now: Timestamp, alarms: Alarms, says: Option<Attribute>) -> Reception {
    let position = Position {
        time: DeviceTime::Clock { wall: now, offset: ZoneOffset::UTC, source: ZoneSource::Protocol },
        fix: Fix::Gnss(Coordinates::from_degrees(22.5, 114.0).unwrap()),
        speed: Some(Speed::from_kmh(0)),
        course: None,
        altitude: None,
        satellites: Some(9),
        buffered: false,
        alarms,
        attributes: [Attribute::Ignition(false)].into_iter().chain(says).collect(),
        measured: Measured { version: 1, hash: u64::try_from(now.ms()).unwrap() },
    };
    Reception {
        session: SessionId { run: Seq(1), connection: 1 },
        frame_no: u32::try_from(now.ms() / 1_000 % 1_000_000).unwrap(),
        terminal: terminal(),
        protocol: ProtocolName::parse("gt06").unwrap(),
        number: 0x22,
        serial: None,
        received_at: now,
        checksum_ok: true,
        events: vec![Event::Position(Box::new(position))],
        problem: None,
    }
}

const MINUTE_MS: Millis = 60_000;
const HOUR_MS: Millis = 60 * MINUTE_MS;
/// Ten days before.
const OVERDUE: &str = "2026-11-10";
/// In three weeks.
const CURRENT: &str = "2026-12-10";

#[tokio::test]
async fn what_staff_do_moves_the_version_and_is_remembered_with_who_did_it() {
    let mut desk = Desk::open(OVERDUE, false).await;
    let alert = desk.removed().await;
    let first = desk.alert(Rule::TamperLight).await.version;
    let version = Some(first);
    desk.done("li", Action::Acknowledge { alert: alert.clone(), version, note: Some("calling".into()) })
        .await;
    let note = Some("not mine".into());
    desk.done("li", Action::Unacknowledge { alert: alert.clone(), version: None, note }).await;
    desk.done("chen", Action::Assign { alert: alert.clone(), version: None, to: Some(owner()) }).await;
    let until = Some(desk.journal.clock().now().plus(2 * HOUR_MS));
    let reason = Some("court at ten".to_owned());
    desk.done("wu", Action::Snooze { alert: alert.clone(), version: None, until, reason }).await;
    desk.done("wu", Action::Note { alert: alert.clone(), version: None, note: "gate is shut".into() }).await;
    let now = desk.alert(Rule::TamperLight).await;
    assert_eq!((now.version, now.state.code()), (first + 5, "open"));
    assert_eq!(now.held_by().map(|(owner, _)| owner), Some(owner()));
    assert_eq!(now.triage.snoozed_until, until);
    let woken =
        Action::Snooze { alert: alert.clone(), version: Some(now.version), until: None, reason: None };
    desk.done("wu", woken).await;
    let history = desk.history(&alert).await;
    let li = Some("li".to_owned());
    assert_eq!(history[0], (AlertEvent::Opened, None, None));
    assert_eq!(history[1], (AlertEvent::Acknowledged, li.clone(), Some("calling".into())));
    assert_eq!(history[2], (AlertEvent::Unacknowledged, li, Some("not mine".into())));
    assert_eq!(history[3], (AlertEvent::Assigned, Some("chen".into()), Some("Wu".into())));
    let (event, actor, note) = &history[4];
    assert_eq!((*event, actor.as_deref()), (AlertEvent::Snoozed, Some("wu")));
    assert!(note.as_ref().unwrap().ends_with("court at ten"), "{note:?}");
    assert_eq!(history[5].0, AlertEvent::Noted);
    assert_eq!(history[6].0, AlertEvent::Woken);
    let audit: Vec<String> =
        desk.store.audit_after(0, 100).await.unwrap().into_iter().map(|line| line.action).collect();
    assert!(audit.len() >= 8, "{audit:?}");
}

#[tokio::test]
async fn whoever_acts_on_what_has_changed_or_may_not_be_is_told_and_changes_nothing() {
    let mut desk = Desk::open(OVERDUE, false).await;
    let alert = desk.removed().await;
    let version = desk.alert(Rule::TamperLight).await.version;
    let (id, old) = (|| alert.clone(), Some(version + 7));
    let to_come = Some(desk.journal.clock().now().plus(HOUR_MS));
    let conflicts = [
        Action::Unacknowledge { alert: id(), version: None, note: None },
        Action::Assign { alert: id(), version: old, to: None },
        Action::Snooze { alert: id(), version: old, until: to_come, reason: Some("x".into()) },
        Action::Note { alert: id(), version: old, note: "x".into() },
    ];
    for action in conflicts {
        let outcome = desk.outcome("wu", action.clone()).await;
        assert!(matches!(outcome, Outcome::Conflict { .. }), "{action:?}: {outcome:?}");
    }
    let refusals = [
        Action::Snooze { alert: id(), version: None, until: to_come, reason: None },
        Action::Snooze {
            alert: id(),
            version: None,
            until: Some(at("2026-11-19T00:00:00Z")),
            reason: Some("x".into()),
        },
        Action::Note { alert: id(), version: None, note: " ".into() },
    ];
    for action in refusals {
        let outcome = desk.outcome("wu", action.clone()).await;
        assert!(matches!(outcome, Outcome::Refused { .. }), "{action:?}: {outcome:?}");
    }
    let unknown = Action::Note { alert: AlertId("nothing".into()), version: None, note: "x".into() };
    assert!(matches!(desk.outcome("wu", unknown).await, Outcome::NotFound { .. }));
    assert_eq!(desk.alert(Rule::TamperLight).await.version, version);
    assert_eq!(desk.history(&alert).await.len(), 1);
}

#[tokio::test]
async fn who_takes_an_alert_that_has_ended_is_told_and_that_they_saw_it_is_kept() {
    let mut desk = Desk::open(OVERDUE, false).await;
    let alert = desk.removed().await;
    let reason = CloseReason::Confirmed;
    desk.done("li", Action::Close { alert: alert.clone(), version: None, reason, note: None }).await;
    let before = desk.alert(Rule::TamperLight).await;
    let late = Action::Acknowledge { alert: alert.clone(), version: Some(1), note: Some("on my way".into()) };
    assert!(matches!(desk.outcome("wu", late).await, Outcome::Conflict { .. }));
    assert_eq!(desk.alert(Rule::TamperLight).await, before);
    let seen = (AlertEvent::Seen, Some("wu".to_owned()), Some("on my way".to_owned()));
    assert_eq!(desk.history(&alert).await.last(), Some(&seen));
    // Written to what has ended, it is read there, and changes nothing else.
    desk.done("wu", Action::Note { alert: alert.clone(), version: None, note: "he called back".into() })
        .await;
    assert_eq!(desk.alert(Rule::TamperLight).await, before);
    assert_eq!(desk.history(&alert).await.last().unwrap().0, AlertEvent::Noted);
}

/// A device says that it is jammed, and no more of it for so long that it is over.
async fn jammed(desk: &Desk) -> Alert {
    desk.minute([Alarm::Jamming].into_iter().collect(), None).await;
    for _ in 0..4 {
        desk.passes(10 * MINUTE_MS);
        desk.minute(Alarms::NONE, None).await;
    }
    desk.alerts(Rule::JamSuspect).await.pop().unwrap()
}

#[tokio::test]
async fn what_has_ended_by_itself_takes_one_verdict_and_people_are_told_of_no_other_end() {
    let mut desk = Desk::open(OVERDUE, false).await;
    let ended = jammed(&desk).await;
    let AlertState::Closed { reason: CloseReason::ConditionOver, by: None, at: over_at, .. } = ended.state
    else {
        panic!("{ended:?}")
    };
    assert_eq!((ended.severity, ended.waits_for_verdict()), (Severity::P2, true));
    let told = desk.store.outbox_counts().await.unwrap();
    let (reason, note) = (CloseReason::FalseAlarm, Some("a garage".to_owned()));
    let verdict =
        |reason| Action::Close { alert: ended.id.clone(), version: None, reason, note: note.clone() };
    let refused = desk.outcome("li", verdict(CloseReason::ConditionOver)).await;
    assert!(matches!(refused, Outcome::Refused { .. }), "{refused:?}");
    desk.done("li", verdict(reason)).await;
    let judged = desk.alert(Rule::JamSuspect).await;
    let state = AlertState::Closed { reason, by: Some("li".into()), at: over_at, note: note.clone() };
    assert_eq!((&judged.state, judged.version), (&state, ended.version + 1), "over when it was over");
    assert_eq!(desk.store.outbox_counts().await.unwrap(), told, "its end was told before");
    let line = (AlertEvent::Closed, Some("li".to_owned()), note.clone());
    assert_eq!(desk.history(&ended.id).await.last(), Some(&line));

    let second = desk.outcome("wu", verdict(CloseReason::Confirmed)).await;
    assert!(matches!(second, Outcome::Conflict { .. }), "{second:?}");
    assert_eq!(desk.alert(Rule::JamSuspect).await, judged);
}

#[tokio::test]
async fn a_verdict_on_what_has_ended_leaves_what_was_raised_since_as_it_is() {
    let mut desk = Desk::open(OVERDUE, false).await;
    let first = jammed(&desk).await;
    desk.passes(6 * HOUR_MS);
    desk.minute([Alarm::Jamming].into_iter().collect(), None).await;
    let second = desk.alerts(Rule::JamSuspect).await.pop().unwrap();
    assert!(second.id != first.id && second.state.is_live(), "{second:?}");
    let reason = CloseReason::Confirmed;
    desk.done("li", Action::Close { alert: first.id.clone(), version: None, reason, note: None }).await;
    let alerts = desk.alerts(Rule::JamSuspect).await;
    let reasons = |alert: &Alert| match &alert.state {
        AlertState::Closed { reason, .. } => Some(*reason),
        _ => None,
    };
    assert_eq!(alerts.iter().map(reasons).collect::<Vec<_>>(), [Some(reason), None]);
    assert_eq!(alerts[1], second);
}

/// A day with a device off, put out of the way in its first hour and then given back, by a server that may be killed behind each
/// input.
async fn of_a_snooze(is_killed: bool) -> (Vec<Alert>, Vec<(AlertEvent, Option<String>, Option<String>)>) {
    let mut desk = Desk::open(CURRENT, is_killed).await;
    let alert = desk.removed().await;
    let until = Some(desk.journal.clock().now().plus(72 * HOUR_MS));
    desk.done("li", Action::Acknowledge { alert: alert.clone(), version: None, note: None }).await;
    desk.done("li", Action::Snooze { alert: alert.clone(), version: None, until, reason: None }).await;
    desk.minute(Alarms::NONE, None).await;
    desk.done("li", Action::Unacknowledge { alert: alert.clone(), version: None, note: None }).await;
    for _ in 0..10 {
        desk.passes(HOUR_MS);
        desk.minute(Alarms::NONE, None).await;
    }
    (desk.alerts(Rule::TamperLight).await, desk.history(&alert).await)
}

#[tokio::test]
async fn what_nobody_has_any_more_comes_back_when_people_are_told_again() {
    let (alerts, history) = of_a_snooze(false).await;
    assert!(alerts[0].told_again_at.is_some(), "{:?}", alerts[0]);
    assert_eq!(alerts[0].triage.snoozed_until, None);
    assert_eq!(history.last().unwrap().0, AlertEvent::ToldAgain);
    assert_eq!(of_a_snooze(true).await, (alerts, history));
}
