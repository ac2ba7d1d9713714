//! What books and events together say of a loan: one journal and one SQLite store a test, folded as a server would.

use journal::{ClockSpec, FoldLock, Journal};
use model::input::{Action, Binding, BookActivation, Human, Input, LoanEvent, Outcome, Role, ToldEvent};
use model::loan::{
    Attention, Channel, ContactResult, HoldKind, Holds, LegalBasis, RecoveryCase, Standing, Tier, TierBounds,
    VisitResult,
};
use model::{
    ContractId, Coordinates, Date, DaysPastDue, InputId, LenderId, Loan, ReminderKind, TerminalId, Timestamp,
    VehicleId,
};
use store::{LoanRow, Owed, Store};
use watch::{Config, Fold};

pub(crate) struct Desk {
    folder: tempfile::TempDir,
    journal: Journal,
    pub(crate) store: Store,
    asked: u32,
}

impl Desk {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ClockSpec::Stepped { origin: at("2026-11-20T04:00:00Z") };
        let journal = Journal::open(folder.path(), journal::Config::default(), clock).await.unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let store = Store::connect(&store::Config { url, ..store::Config::default() }).await.unwrap();
        Self { folder, journal, store, asked: 0 }
    }

    pub(crate) async fn ask(&mut self, action: Action) -> Outcome {
        self.asked += 1;
        let id = InputId(format!("ask-{}", self.asked));
        let human = Human { id: id.clone(), actor: "li".into(), action };
        self.journal.append(vec![Input::Human(Box::new(human)).into()]).await.unwrap();
        let lock = FoldLock::try_take(self.folder.path()).unwrap().unwrap();
        let fold = Fold::take(self.journal.clone(), self.store.clone(), Config::default(), &lock, false);
        fold.await.unwrap().catch_up().await.unwrap();
        self.store.outcome(&id).await.unwrap().unwrap()
    }

    /// Ticks at these moments, folded in one go.
    pub(crate) async fn ticks(&mut self, moments: &[&str]) {
        for moment in moments {
            self.journal.clock().step_to(at(moment));
            self.journal.append(vec![Input::Tick { listening: true }.into()]).await.unwrap();
        }
        let lock = FoldLock::try_take(self.folder.path()).unwrap().unwrap();
        let fold = Fold::take(self.journal.clone(), self.store.clone(), Config::default(), &lock, false);
        fold.await.unwrap().catch_up().await.unwrap();
    }

    /// Reminders in the outbox: kind and due date.
    async fn reminders(&self) -> Vec<(ReminderKind, String)> {
        let due = self.store.outbox_due(Timestamp::from_ms(i64::MAX), 100, 100).await.unwrap();
        let reminders = due.into_iter().filter_map(|entry| match entry.owed {
            Owed::Reminder(reminder) => Some((reminder.kind, reminder.due.to_string())),
            Owed::Alert(_) => None,
        });
        reminders.collect()
    }

    pub(crate) async fn book(&mut self, as_of: &str, complete: bool, loans: Vec<Loan>) -> Outcome {
        self.asked += 1;
        let (book, rows) = (format!("book-{}", self.asked), u32::try_from(loans.len()).unwrap());
        let loans = loans.into_iter().map(|loan| Loan { as_of: at(as_of), ..loan }).collect();
        let chunk = Input::BookChunk { book: book.clone(), first_row: 0, loans };
        self.journal.append(vec![chunk.into()]).await.unwrap();
        let lender = LenderId("main".into());
        let activation = BookActivation { book, lender, as_of: at(as_of), rows, complete, accept_fall: true };
        self.ask(Action::ActivateBook(activation)).await
    }

    pub(crate) async fn event(&mut self, when: &str, event: LoanEvent) -> Outcome {
        let contract = ContractId("C1".into());
        self.ask(Action::LoanEvent { contract, at: at(when), event }).await
    }

    pub(crate) async fn row(&self) -> LoanRow {
        self.store.loans().await.unwrap().into_iter().find(|row| row.loan.contract.0 == "C1").unwrap()
    }

    async fn standing(&self) -> Standing {
        self.row().await.loan.standing(at("2026-11-20T04:00:00Z"))
    }
}

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn vehicle(text: &str) -> VehicleId {
    VehicleId::parse(text).unwrap()
}

pub(crate) fn overdue(contract: &str, plate: &str) -> Loan {
    let as_of = at("2026-11-19T16:00:00Z");
    let bare = Loan::bare(ContractId(contract.into()), LenderId("main".into()), vehicle(plate), as_of);
    Loan { oldest_unpaid_due: Date::parse("2026-11-10"), amount_overdue: 100_000, ..bare }
}

pub(crate) fn done(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Done { .. })
}

#[tokio::test]
async fn a_book_does_not_lift_what_staff_hold() {
    let mut desk = Desk::open().await;
    desk.book("2026-11-19T16:00:00Z", true, vec![overdue("C1", "粤B12345")]).await;
    let holds = Holds { bankruptcy: true, ..Holds::default() };
    desk.event("2026-11-20T01:00:00Z", LoanEvent::Hold { holds }).await;
    desk.book("2026-11-20T03:00:00Z", true, vec![overdue("C1", "粤B12345")]).await;
    assert_eq!(desk.standing().await, Standing::Held(HoldKind::Bankruptcy));
    desk.event("2026-11-20T03:30:00Z", LoanEvent::Hold { holds: Holds::default() }).await;
    assert_eq!(desk.standing().await, Standing::Overdue(DaysPastDue(10)));
}

#[tokio::test]
async fn a_payment_outlives_a_book_drawn_before_it_and_not_one_drawn_after() {
    let mut desk = Desk::open().await;
    desk.book("2026-11-19T16:00:00Z", true, vec![overdue("C1", "粤B12345")]).await;
    desk.event("2026-11-20T02:00:00Z", LoanEvent::Payment { amount: None }).await;
    desk.book("2026-11-20T01:00:00Z", true, vec![overdue("C1", "粤B12345")]).await;
    assert_eq!(desk.standing().await, Standing::Current);
    desk.book("2026-11-20T03:00:00Z", true, vec![overdue("C1", "粤B12345")]).await;
    assert_eq!(desk.standing().await, Standing::Overdue(DaysPastDue(10)));
}

#[tokio::test]
async fn a_promise_that_was_over_when_it_was_made_is_refused_and_one_of_the_past_that_is_told_late_is_not() {
    let mut desk = Desk::open().await;
    desk.book("2026-11-19T16:00:00Z", true, vec![overdue("C1", "粤B12345")]).await;
    let promise = |until: &str| LoanEvent::Promise { until: Date::parse(until).unwrap() };
    // Shortly before and after midnight in Shanghai.
    let refused = desk.event("2026-11-19T16:00:00Z", promise("2026-11-19")).await;
    let Outcome::Refused { message } = refused else { panic!("{refused:?}") };
    assert!(message.starts_with("2026-11-19 is past: told on 2026-11-20"), "{message}");
    assert!(done(&desk.event("2026-11-19T15:59:59Z", promise("2026-11-19")).await), "told late");
    let holds = Holds { dispute: true, extension_until: Date::parse("2026-11-01"), ..Holds::default() };
    assert!(!done(&desk.event("2026-11-20T03:00:00Z", LoanEvent::Hold { holds }).await));
    assert_eq!(desk.standing().await, Standing::Overdue(DaysPastDue(10)));
    assert!(done(&desk.event("2026-11-20T03:00:00Z", promise("2026-11-20")).await));
    assert_eq!(desk.standing().await, Standing::Held(HoldKind::Promise));
}

#[tokio::test]
async fn a_message_to_the_borrower_does_not_make_a_book_too_old() {
    let mut desk = Desk::open().await;
    desk.book("2026-11-19T16:00:00Z", true, vec![overdue("C1", "粤B12345")]).await;
    desk.event("2026-11-20T02:00:00Z", LoanEvent::SmsDelivery { delivered: false }).await;
    desk.event("2026-11-20T02:00:00Z", LoanEvent::DebitFailed).await;
    let cured = Loan { oldest_unpaid_due: None, amount_overdue: 0, ..overdue("C1", "粤B12345") };
    desk.book("2026-11-20T01:00:00Z", true, vec![cured]).await;
    assert_eq!(desk.standing().await, Standing::Current);
    let notes = desk.row().await.notes;
    let told_at = Some(at("2026-11-20T02:00:00Z"));
    assert_eq!((notes.dealings.sms_failed_at(), notes.debit_failed_at), (told_at, told_at));
}

#[tokio::test]
async fn a_recovery_case_outlives_a_book_and_gets_its_basis_later() {
    let mut desk = Desk::open().await;
    desk.book("2026-11-19T16:00:00Z", true, vec![overdue("C1", "粤B12345")]).await;
    let case = |open, basis| LoanEvent::RecoveryCase { open, basis };
    desk.event("2026-11-20T01:00:00Z", case(true, None)).await;
    let told = desk.event("2026-11-20T02:00:00Z", case(true, Some(LegalBasis::CourtDocument))).await;
    assert!(matches!(&told, Outcome::Done { message } if message.contains("court_document")), "{told:?}");
    desk.book("2026-11-20T03:00:00Z", true, vec![overdue("C1", "粤B12345")]).await;
    let (opened_at, basis) = (at("2026-11-20T01:00:00Z"), Some(LegalBasis::CourtDocument));
    assert_eq!(desk.row().await.notes.recovery_case, Some(RecoveryCase { opened_at, basis }));
    desk.event("2026-11-20T03:30:00Z", case(false, None)).await;
    assert_eq!(desk.row().await.notes.recovery_case, None);
}

#[tokio::test]
async fn a_part_payment_of_an_unknown_debt_cures_nothing() {
    let mut desk = Desk::open().await;
    let unknown = Loan { amount_overdue: 0, ..overdue("C1", "粤B12345") };
    desk.book("2026-11-19T16:00:00Z", true, vec![unknown]).await;
    desk.event("2026-11-20T02:00:00Z", LoanEvent::Payment { amount: Some(100) }).await;
    assert_eq!(desk.standing().await, Standing::Overdue(DaysPastDue(10)));
    desk.event("2026-11-20T02:01:00Z", LoanEvent::Payment { amount: None }).await;
    assert_eq!(desk.standing().await, Standing::Current);
}

#[tokio::test]
async fn nothing_is_believed_of_the_future() {
    let mut desk = Desk::open().await;
    let refused = desk.book("2027-11-20T00:00:00Z", true, vec![overdue("C1", "粤B12345")]).await;
    assert!(matches!(&refused, Outcome::Refused { message } if message.contains("future")), "{refused:?}");
    assert!(done(&desk.book("2026-11-20T00:00:00Z", true, vec![overdue("C1", "粤B12345")]).await));
    let refused = desk.event("2027-01-01T00:00:00Z", LoanEvent::Payment { amount: None }).await;
    assert!(matches!(refused, Outcome::Refused { .. }));
    assert_eq!(desk.standing().await, Standing::Overdue(DaysPastDue(10)));
}

#[tokio::test]
async fn a_book_of_other_contracts_does_not_make_this_one_fresh() {
    let mut desk = Desk::open().await;
    desk.book("2026-11-18T00:00:00Z", true, vec![overdue("C1", "粤B12345"), overdue("C2", "粤B2")]).await;
    desk.book("2026-11-20T00:00:00Z", false, vec![overdue("C2", "粤B2")]).await;
    assert_eq!(desk.row().await.notes.stated_at, at("2026-11-18T00:00:00Z"));
}

#[tokio::test]
async fn vin_and_plate_are_one_vehicle_whichever_came_first() {
    let mut desk = Desk::open().await;
    let bind = |terminal: &str, car: &str| Binding {
        terminal: TerminalId::parse(terminal).unwrap(),
        vehicle: vehicle(car),
        role: Role::Main,
        from: at("2026-11-01T00:00:00Z"),
        to: None,
    };
    desk.ask(Action::Bind { bindings: vec![bind("1", "粤B12345")] }).await;
    let vin = "LSVAA4187E2184847";
    let loan = Loan { plate: Some(vehicle("粤B12345")), ..overdue("C1", vin) };
    desk.book("2026-11-20T00:00:00Z", true, vec![loan]).await;
    desk.ask(Action::Bind { bindings: vec![bind("2", vin)] }).await;
    let world = desk.store.world(Timestamp::default()).await.unwrap();
    assert!(world.bindings.iter().all(|row| row.binding.vehicle == vehicle("粤B12345")));
    assert_eq!(desk.row().await.vehicle, vehicle("粤B12345"));
}

#[tokio::test]
async fn a_binding_said_again_is_no_conflict_and_another_car_is() {
    let mut desk = Desk::open().await;
    let bind = |car: &str, from: &str| Action::Bind {
        bindings: vec![Binding {
            terminal: TerminalId::parse("1").unwrap(),
            vehicle: vehicle(car),
            role: Role::Main,
            from: at(from),
            to: None,
        }],
    };
    assert!(done(&desk.ask(bind("粤B12345", "2026-11-01T00:00:00Z")).await));
    assert!(done(&desk.ask(bind("粤B12345", "2026-11-20T00:00:00Z")).await));
    let refused = desk.ask(bind("粤B2", "2026-11-20T00:00:00Z")).await;
    assert!(matches!(&refused, Outcome::Refused { message } if message.contains("粤B12345")), "{refused:?}");
}

#[tokio::test]
async fn another_journal_goes_on_above_the_places_that_the_store_knows() {
    let mut desk = Desk::open().await;
    desk.book("2026-11-19T16:00:00Z", true, vec![overdue("C1", "粤B12345")]).await;
    let applied = desk.store.place().await.unwrap().unwrap().0.applied;
    let other = tempfile::tempdir().unwrap();
    let clock = ClockSpec::Stepped { origin: at("2026-11-20T05:00:00Z") };
    let journal = Journal::open(other.path(), journal::Config::default(), clock).await.unwrap();
    journal.append(vec![Input::RunStop.into()]).await.unwrap();
    let lock = FoldLock::try_take(other.path()).unwrap().unwrap();
    let refused = Fold::take(journal.clone(), desk.store.clone(), Config::default(), &lock, false).await;
    assert!(refused.is_err());
    let taken = Fold::take(journal.clone(), desk.store.clone(), Config::default(), &lock, true).await;
    let mut fold = taken.unwrap();
    assert!(journal.append(vec![Input::RunStop.into()]).await.unwrap() > applied);
    fold.catch_up().await.unwrap();
    assert_eq!(desk.standing().await, Standing::Overdue(DaysPastDue(10)));
}

/// Current, and due on a day.
fn due(day: &str) -> Loan {
    Loan { oldest_unpaid_due: Date::parse(day), amount_overdue: 0, ..overdue("C1", "粤B12345") }
}

const SOON: ReminderKind = ReminderKind::DueSoon;

#[tokio::test]
async fn a_due_date_is_told_once_from_the_loans_midnight_five_days_before() {
    let mut desk = Desk::open().await;
    desk.book("2026-11-20T03:00:00Z", true, vec![due("2026-11-26")]).await;
    desk.ticks(&["2026-11-20T15:59:50Z"]).await;
    assert_eq!(desk.reminders().await, []);
    desk.ticks(&["2026-11-20T15:59:55Z", "2026-11-20T16:00:05Z"]).await;
    let told = [(SOON, "2026-11-26".to_owned())];
    assert_eq!(desk.reminders().await, told);
    desk.book("2026-11-20T20:00:00Z", true, vec![due("2026-11-26")]).await;
    desk.ticks(&["2026-11-21T16:00:05Z"]).await;
    assert_eq!(desk.reminders().await, told, "neither the next book nor the next day tells it again");
    // The month's instalment is paid, the next one comes near.
    desk.book("2026-11-21T20:00:00Z", true, vec![due("2026-11-27")]).await;
    assert_eq!(desk.reminders().await.len(), 2);
}

#[tokio::test]
async fn a_book_that_comes_within_the_window_tells_it_at_once() {
    let mut desk = Desk::open().await;
    desk.book("2026-11-20T03:00:00Z", true, vec![due("2026-11-22")]).await;
    assert_eq!(desk.reminders().await, [(SOON, "2026-11-22".to_owned())]);
}

#[tokio::test]
async fn nobody_is_reminded_of_a_loan_that_is_held_settled_stale_or_past_due() {
    let held = Loan { holds: Holds { dispute: true, ..Holds::default() }, ..due("2026-11-22") };
    let settled = Loan { settled_at: Some(at("2026-11-19T00:00:00Z")), ..due("2026-11-22") };
    let cases = [
        ("2026-11-20T03:00:00Z", held),
        ("2026-11-20T03:00:00Z", settled),
        ("2026-11-18T00:00:00Z", due("2026-11-22")),
        ("2026-11-20T03:00:00Z", due("2026-11-19")),
    ];
    for (as_of, loan) in cases {
        let mut desk = Desk::open().await;
        desk.book(as_of, true, vec![loan.clone()]).await;
        desk.ticks(&["2026-11-20T16:00:05Z"]).await;
        assert_eq!(desk.reminders().await, [], "{loan:?}");
    }
}

#[tokio::test]
async fn whoever_promised_is_reminded_once_the_promise_is_over() {
    let mut desk = Desk::open().await;
    let promised = Holds { promise_until: Date::parse("2026-11-20"), ..Holds::default() };
    desk.book("2026-11-20T03:00:00Z", true, vec![Loan { holds: promised, ..due("2026-11-22") }]).await;
    desk.ticks(&["2026-11-20T15:59:50Z"]).await;
    assert_eq!(desk.reminders().await, []);
    desk.ticks(&["2026-11-20T15:59:55Z", "2026-11-20T16:00:05Z"]).await;
    assert_eq!(desk.reminders().await.len(), 1);
}

#[tokio::test]
async fn a_debit_that_failed_is_told_at_once_unless_it_is_old_paid_or_held() {
    let mut desk = Desk::open().await;
    desk.book("2026-11-20T03:00:00Z", true, vec![due("2026-11-20")]).await;
    desk.event("2026-11-18T01:00:00Z", LoanEvent::DebitFailed).await;
    let soon = (SOON, "2026-11-20".to_owned());
    assert_eq!(desk.reminders().await, std::slice::from_ref(&soon), "two days old");
    desk.event("2026-11-20T02:00:00Z", LoanEvent::DebitFailed).await;
    desk.event("2026-11-20T02:10:00Z", LoanEvent::DebitFailed).await;
    let failed = (ReminderKind::DebitFailed, "2026-11-20".to_owned());
    let mut told = desk.reminders().await;
    told.sort();
    assert_eq!(told, [soon, failed], "once a day");

    let mut paid = Desk::open().await;
    paid.book("2026-11-20T01:00:00Z", true, vec![overdue("C1", "粤B12345")]).await;
    paid.event("2026-11-20T03:00:00Z", LoanEvent::Payment { amount: Some(1) }).await;
    paid.event("2026-11-20T02:00:00Z", LoanEvent::DebitFailed).await;
    let holds = Holds { dispute: true, ..Holds::default() };
    paid.event("2026-11-20T03:30:00Z", LoanEvent::Hold { holds }).await;
    paid.event("2026-11-20T03:40:00Z", LoanEvent::DebitFailed).await;
    assert_eq!(paid.reminders().await, []);
}

#[tokio::test]
async fn a_book_drawn_before_a_payment_brings_everything_but_what_is_owed() {
    let mut desk = Desk::open().await;
    desk.book("2026-11-20T01:00:00Z", true, vec![overdue("C1", "粤B12345")]).await;
    desk.event("2026-11-20T03:00:00Z", LoanEvent::Payment { amount: Some(1) }).await;
    let paid = desk.row().await.loan;
    let lost = Loan { contact_state: Some(model::loan::ContactState::Lost), ..overdue("C1", "粤B12345") };
    desk.book("2026-11-20T02:00:00Z", true, vec![lost.clone()]).await;
    let row = desk.row().await;
    assert_eq!(row.loan.contact_state, lost.contact_state);
    assert_eq!((row.loan.amount_overdue, row.loan.as_of), (paid.amount_overdue, paid.as_of));
    assert_eq!(row.notes.stated_at, at("2026-11-20T02:00:00Z"));
}

#[tokio::test]
async fn what_staff_did_is_kept_with_the_loan_and_listed() {
    let mut desk = Desk::open().await;
    let lost = Loan { contact_state: Some(model::loan::ContactState::Lost), ..overdue("C1", "粤B12345") };
    desk.book("2026-11-20T01:00:00Z", true, vec![lost]).await;
    let (bounds, now) = (TierBounds::default(), at("2026-11-20T04:00:00Z"));
    let tier = |row: &LoanRow| Tier::of(&row.loan, row.notes.stated_at, &row.notes.dealings, bounds, now);
    assert_eq!(tier(&desk.row().await), Some(Tier::Severe));
    let place = Coordinates::from_degrees(22.5, 114.0).ok();
    let visit = LoanEvent::Visit { result: VisitResult::Seen, place, note: Some("in the yard".into()) };
    let called =
        LoanEvent::Contacted { channel: Channel::Phone, result: ContactResult::Promised, note: None };
    let until = Date::parse("2026-12-01").unwrap();
    let attention = Some(Attention { reason: "heard that it is for sale".into(), until });
    desk.event("2026-11-20T02:00:00Z", visit.clone()).await;
    desk.event("2026-11-20T03:00:00Z", called.clone()).await;
    desk.event("2026-11-20T03:30:00Z", LoanEvent::Attention { attention: attention.clone() }).await;
    let row = desk.row().await;
    assert_eq!(row.notes.dealings.called_at, Some(at("2026-11-20T03:00:00Z")));
    assert_eq!(row.notes.dealings.visited_at, Some(at("2026-11-20T02:00:00Z")));
    assert_eq!(row.notes.dealings.attention, attention);
    assert_eq!(tier(&row), Some(Tier::Watch), "somebody spoke to the borrower since the book");
    let events = desk.store.loan_events(&ContractId("C1".into())).await.unwrap();
    let events: Vec<LoanEvent> = events.into_iter().map(|row| row.told.event).collect();
    assert_eq!(events, [LoanEvent::Attention { attention }, called, visit]);
}

#[tokio::test]
async fn a_file_of_events_counts_once_and_names_what_it_leaves_out() {
    let mut desk = Desk::open().await;
    desk.book("2026-11-20T01:00:00Z", true, vec![overdue("C1", "粤B12345")]).await;
    let told = |contract: &str, when: &str, event| ToldEvent {
        contract: ContractId(contract.into()),
        at: at(when),
        event,
    };
    let part = LoanEvent::Payment { amount: Some(40_000) };
    let events = vec![
        told("C1", "2026-11-20T02:00:00Z", part),
        told("C9", "2026-11-20T02:00:00Z", LoanEvent::Settled),
        told("C1", "2027-01-01T00:00:00Z", LoanEvent::Settled),
    ];
    let outcome = desk.ask(Action::LoanEvents { events: events.clone() }).await;
    let Outcome::Done { message } = outcome else { panic!("{outcome:?}") };
    assert!(message.contains("1 event recorded, 2 left out") && message.contains("C9"), "{message}");
    assert_eq!(desk.row().await.loan.amount_overdue, 60_000);
    // The file comes again, under another id.
    let outcome = desk.ask(Action::LoanEvents { events }).await;
    let Outcome::Done { message } = outcome else { panic!("{outcome:?}") };
    assert!(message.contains("0 events recorded, 1 was recorded before, 2 left out"), "{message}");
    assert_eq!(desk.row().await.loan.amount_overdue, 60_000);
}

#[tokio::test]
async fn a_file_that_has_grown_counts_its_new_rows_only_and_takes_what_was_left_out_before() {
    let mut desk = Desk::open().await;
    desk.book("2026-11-20T01:00:00Z", true, vec![overdue("C1", "粤B12345")]).await;
    let paid = |contract: &str, when: &str, amount| ToldEvent {
        contract: ContractId(contract.into()),
        at: at(when),
        event: LoanEvent::Payment { amount: Some(amount) },
    };
    let early = vec![paid("C1", "2026-11-20T02:00:00Z", 10_000), paid("C2", "2026-11-20T02:00:00Z", 10_000)];
    desk.ask(Action::LoanEvents { events: early.clone() }).await;
    assert_eq!(desk.row().await.loan.amount_overdue, 90_000);
    desk.book("2026-11-20T01:30:00Z", false, vec![overdue("C2", "粤B2")]).await;
    let grown = [vec![paid("C1", "2026-11-20T03:00:00Z", 5_000)], early].concat();
    let outcome = desk.ask(Action::LoanEvents { events: grown }).await;
    let Outcome::Done { message } = outcome else { panic!("{outcome:?}") };
    assert_eq!(message, "2 events recorded, 1 was recorded before");
    assert_eq!(desk.row().await.loan.amount_overdue, 85_000);
    let loans = desk.store.loans().await.unwrap();
    assert!(loans.iter().any(|row| row.loan.contract.0 == "C2" && row.loan.amount_overdue == 90_000));
    // A person who says the same again means another one.
    desk.event("2026-11-20T03:00:00Z", LoanEvent::Payment { amount: Some(5_000) }).await;
    assert_eq!(desk.row().await.loan.amount_overdue, 80_000);
}

#[tokio::test]
async fn a_payment_that_the_book_knows_already_changes_nothing_of_what_is_owed() {
    let mut desk = Desk::open().await;
    desk.book("2026-11-20T01:00:00Z", true, vec![overdue("C1", "粤B12345")]).await;
    for event in
        [LoanEvent::Payment { amount: Some(40_000) }, LoanEvent::Payment { amount: None }, LoanEvent::Settled]
    {
        let told = desk.event("2026-11-20T01:00:00Z", event).await;
        assert!(
            matches!(&told, Outcome::Done { message } if message.contains("already in the book of 2026-11-20T01")),
            "{told:?}"
        );
    }
    let contract = ContractId("C1".into());
    let part = LoanEvent::Payment { amount: Some(1) };
    let events = vec![ToldEvent { contract, at: at("2026-11-20T00:30:00Z"), event: part }];
    let told = desk.ask(Action::LoanEvents { events }).await;
    assert!(
        matches!(&told, Outcome::Done { message } if message.contains("1 of them of before")),
        "{told:?}"
    );
    let row = desk.row().await;
    assert_eq!((row.loan.amount_overdue, row.paid_at), (100_000, Some(at("2026-11-20T01:00:00Z"))));
    assert_eq!(desk.standing().await, Standing::Overdue(DaysPastDue(10)));
    // A book that is dated ahead of the clock has seen nothing of today.
    desk.book("2026-11-20T16:00:00Z", true, vec![overdue("C1", "粤B12345")]).await;
    desk.event("2026-11-20T03:00:00Z", LoanEvent::Payment { amount: None }).await;
    assert_eq!(desk.standing().await, Standing::Current);
}

#[tokio::test]
async fn what_is_told_late_does_not_undo_what_staff_did_since() {
    let mut desk = Desk::open().await;
    desk.book("2026-11-19T16:00:00Z", true, vec![overdue("C1", "粤B12345")]).await;
    let (near, far) = (Date::parse("2026-11-22").unwrap(), Date::parse("2026-12-22").unwrap());
    let attention = || Some(Attention { reason: "heard of a sale".into(), until: far });
    desk.event("2026-11-20T03:00:00Z", LoanEvent::Attention { attention: None }).await;
    let late = desk.event("2026-11-20T02:00:00Z", LoanEvent::Attention { attention: attention() }).await;
    assert!(
        matches!(&late, Outcome::Done { message } if message.contains("is newer and stands")),
        "{late:?}"
    );
    assert_eq!(desk.row().await.notes.dealings.attention, None);

    let dispute = Holds { dispute: true, ..Holds::default() };
    desk.event("2026-11-20T02:00:00Z", LoanEvent::Promise { until: near }).await;
    desk.event("2026-11-20T01:00:00Z", LoanEvent::Promise { until: far }).await;
    assert_eq!(desk.row().await.loan.holds.promise_until, Some(near));
    // Holds of before the promise leave it; those of after it replace it, and no promise of before comes back.
    desk.event("2026-11-20T01:30:00Z", LoanEvent::Hold { holds: dispute.clone() }).await;
    assert_eq!(desk.row().await.loan.holds, Holds { promise_until: Some(near), ..dispute.clone() });
    desk.event("2026-11-20T03:00:00Z", LoanEvent::Hold { holds: Holds::default() }).await;
    desk.event("2026-11-20T02:30:00Z", LoanEvent::Promise { until: far }).await;
    desk.event("2026-11-20T02:30:00Z", LoanEvent::Hold { holds: dispute }).await;
    assert_eq!(desk.row().await.loan.holds, Holds::default());
}
