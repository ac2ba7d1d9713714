//! What books and events together say of a loan: one journal and one SQLite store a test, folded as a server would.

#![expect(clippy::unwrap_used, reason = "a failed step must stop the test")]

use journal::{ClockSpec, FoldLock, Journal};
use model::input::{Action, Binding, BookActivation, Human, Input, LoanEvent, Outcome, Role};
use model::loan::{HoldKind, Holds, Standing};
use model::{ContractId, Date, DaysPastDue, InputId, LenderId, Loan, TerminalId, Timestamp, VehicleId};
use store::{LoanRow, Store};
use watch::{Config, Fold};

struct Desk {
    folder: tempfile::TempDir,
    journal: Journal,
    store: Store,
    asked: u32,
}

impl Desk {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ClockSpec::Stepped { origin: at("2026-11-20T04:00:00Z") };
        let journal = Journal::open(folder.path(), journal::Config::default(), clock).await.unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let store = Store::connect(&store::Config { url, ..store::Config::default() }).await.unwrap();
        Self { folder, journal, store, asked: 0 }
    }

    async fn ask(&mut self, action: Action) -> Outcome {
        self.asked += 1;
        let id = InputId(format!("ask-{}", self.asked));
        let human = Human { id: id.clone(), actor: "li".into(), action };
        self.journal.append(vec![Input::Human(Box::new(human)).into()]).await.unwrap();
        let lock = FoldLock::try_take(self.folder.path()).unwrap().unwrap();
        let fold = Fold::take(self.journal.clone(), self.store.clone(), Config::default(), &lock, false);
        fold.await.unwrap().catch_up().await.unwrap();
        self.store.outcome(&id).await.unwrap().unwrap()
    }

    async fn book(&mut self, as_of: &str, complete: bool, loans: Vec<Loan>) -> Outcome {
        self.asked += 1;
        let (book, rows) = (format!("book-{}", self.asked), u32::try_from(loans.len()).unwrap());
        let loans = loans.into_iter().map(|loan| Loan { as_of: at(as_of), ..loan }).collect();
        let chunk = Input::BookChunk { book: book.clone(), first_row: 0, loans };
        self.journal.append(vec![chunk.into()]).await.unwrap();
        let lender = LenderId("main".into());
        let activation = BookActivation { book, lender, as_of: at(as_of), rows, complete, accept_fall: true };
        self.ask(Action::ActivateBook(activation)).await
    }

    async fn event(&mut self, when: &str, event: LoanEvent) -> Outcome {
        let contract = ContractId("C1".into());
        self.ask(Action::LoanEvent { contract, at: at(when), event }).await
    }

    async fn row(&self) -> LoanRow {
        self.store.loans().await.unwrap().into_iter().find(|row| row.loan.contract.0 == "C1").unwrap()
    }

    async fn standing(&self) -> Standing {
        self.row().await.loan.standing(at("2026-11-20T04:00:00Z"))
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn vehicle(text: &str) -> VehicleId {
    VehicleId::parse(text).unwrap()
}

fn overdue(contract: &str, plate: &str) -> Loan {
    let as_of = at("2026-11-19T16:00:00Z");
    let bare = Loan::bare(ContractId(contract.into()), LenderId("main".into()), vehicle(plate), as_of);
    Loan { oldest_unpaid_due: Date::parse("2026-11-10"), amount_overdue: 100_000, ..bare }
}

fn done(outcome: &Outcome) -> bool {
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
async fn a_message_to_the_borrower_does_not_make_a_book_too_old() {
    let mut desk = Desk::open().await;
    desk.book("2026-11-19T16:00:00Z", true, vec![overdue("C1", "粤B12345")]).await;
    desk.event("2026-11-20T02:00:00Z", LoanEvent::SmsDelivery { delivered: false }).await;
    desk.event("2026-11-20T02:00:00Z", LoanEvent::DebitFailed).await;
    let cured = Loan { oldest_unpaid_due: None, amount_overdue: 0, ..overdue("C1", "粤B12345") };
    desk.book("2026-11-20T01:00:00Z", true, vec![cured]).await;
    assert_eq!(desk.standing().await, Standing::Current);
    let notes = desk.row().await.notes;
    assert_eq!((notes.sms_delivered, notes.debit_failed_at), (Some(false), Some(at("2026-11-20T02:00:00Z"))));
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
