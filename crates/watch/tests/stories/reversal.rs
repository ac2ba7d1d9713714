//! A loan book that is taken back: what was before it, what was told since, and what it had raised. One journal and one SQLite store
//! a test, folded in one go or by a server that is killed behind each input.

use journal::{ClockSpec, FoldLock, Journal};
use model::input::{Action, BookActivation, BookReversal, Human, Input, LoanEvent, Outcome, ToldEvent};
use model::loan::{Channel, ContactResult, FiledAddresses};
use model::{
    Alert, AlertId, AlertState, ContractId, Coordinates, Date, InputId, LenderId, Loan, ReminderKind,
    Timestamp, VehicleId, WithdrawReason,
};
use std::collections::BTreeMap;
use store::{AlertQuery, LoanRow, Owed, Store};
use watch::{Config, Fold, Replay, Span};

struct Desk {
    folder: tempfile::TempDir,
    journal: Journal,
    store: Store,
    is_killed: bool,
    asked: u32,
}

impl Desk {
    async fn open(is_killed: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ClockSpec::Stepped { origin: at("2026-11-20T04:00:00Z") };
        let journal = Journal::open(folder.path(), journal::Config::default(), clock).await.unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let store = Store::connect(&store::Config { url, ..store::Config::default() }).await.unwrap();
        Self { folder, journal, store, is_killed, asked: 0 }
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

    async fn ask(&mut self, action: Action) -> InputId {
        self.asked += 1;
        let id = InputId(format!("ask-{}", self.asked));
        let human = Human { id: id.clone(), actor: "li".into(), action };
        self.say(Input::Human(Box::new(human))).await;
        id
    }

    async fn book(&mut self, book: &str, as_of: &str, loans: Vec<Loan>) {
        let rows = u32::try_from(loans.len()).unwrap();
        let loans = loans.into_iter().map(|loan| Loan { as_of: at(as_of), ..loan }).collect();
        self.say(Input::BookChunk { book: book.to_owned(), first_row: 0, loans }).await;
        let (book, lender, as_of) = (book.to_owned(), LenderId("main".into()), at(as_of));
        let activation = BookActivation { book, lender, as_of, rows, complete: true, accept_fall: true };
        self.ask(Action::ActivateBook(activation)).await;
    }

    async fn tell(&mut self, contract: &str, when: &str, event: LoanEvent) {
        let contract = ContractId(contract.to_owned());
        self.ask(Action::LoanEvents { events: vec![ToldEvent { contract, at: at(when), event }] }).await;
    }

    async fn tick(&self, moment: &str) {
        self.journal.clock().step_to(at(moment));
        self.say(Input::Tick { listening: true }).await;
    }

    /// What became of taking a book back.
    async fn revert(&mut self, book: &str) -> Outcome {
        let (book, lender) = (book.to_owned(), LenderId("main".into()));
        let id = self
            .ask(Action::RevertBook(BookReversal { book, lender, reason: "另一资方的文件".into() }))
            .await;
        self.fold().await;
        self.store.outcome(&id).await.unwrap().unwrap()
    }

    async fn loans(&self) -> BTreeMap<String, LoanRow> {
        let rows = self.store.loans().await.unwrap();
        rows.into_iter().map(|row| (row.loan.contract.0.clone(), row)).collect()
    }

    async fn alerts(&self) -> BTreeMap<AlertId, Alert> {
        let alerts = self.store.alerts(&AlertQuery::default()).await.unwrap();
        alerts.into_iter().map(|alert| (alert.id.clone(), alert)).collect()
    }

    /// The same, as a replay of what is stored has them.
    async fn replayed(&self) -> BTreeMap<AlertId, Alert> {
        let until_seq = self.store.place().await.unwrap().unwrap().0.applied;
        let span = Span { until_seq, ..Span::default() };
        let mut replay = Replay::new(self.store.clone(), span, |_: &store::FrameRow, _| Vec::new());
        let mut alerts = BTreeMap::new();
        while let Some(changed) = replay.step().await.unwrap() {
            alerts.extend(changed.into_iter().map(|change| (change.alert.id.clone(), change.alert)));
        }
        alerts
    }

    async fn reminders(&self) -> usize {
        let due = self.store.outbox_due(Timestamp::from_ms(i64::MAX), 100, 100).await.unwrap();
        let is_due_soon =
            |owed: &Owed| matches!(owed, Owed::Reminder(reminder) if reminder.kind == ReminderKind::DueSoon);
        due.iter().filter(|entry| is_due_soon(&entry.owed)).count()
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn loan(contract: &str, plate: &str, due: &str) -> Loan {
    let vehicle = VehicleId::parse(plate).unwrap();
    let bare = Loan::bare(ContractId(contract.into()), LenderId("main".into()), vehicle, at(FIRST));
    Loan { oldest_unpaid_due: Date::parse(due), amount_overdue: 100_000, ..bare }
}

fn first_book() -> Vec<Loan> {
    vec![
        loan("C1", "粤B10001", "2026-11-10"),
        loan("C2", "粤B10002", "2026-12-20"),
        loan("C3", "粤B10003", "2026-11-10"),
    ]
}

/// Of another lender: C1 is settled, C2 past due, C3 not there, C4 new, and C5 new on the car of C2.
fn wrong_book() -> Vec<Loan> {
    let settled = Loan { settled_at: Some(at(FIRST)), ..loan("C1", "粤B10001", "2026-11-10") };
    vec![
        settled,
        loan("C2", "粤B10002", "2026-11-10"),
        loan("C4", "粤B10004", "2026-11-10"),
        loan("C5", "粤B10002", "2026-10-10"),
    ]
}

/// What staff and the lender's systems say behind the book.
async fn tell_all(desk: &mut Desk) {
    desk.tell("C1", "2026-11-20T01:00:00Z", LoanEvent::Payment { amount: Some(40_000) }).await;
    let until = Date::parse("2026-11-25").unwrap();
    desk.tell("C3", "2026-11-20T03:30:00Z", LoanEvent::Promise { until }).await;
    let called = LoanEvent::Contacted { channel: Channel::Phone, result: ContactResult::Reached, note: None };
    desk.tell("C2", "2026-11-20T03:40:00Z", called).await;
}

const RULES: &str = "[severe_boundary]\ndpd_min = 10\n";
const FIRST: &str = "2026-11-19T16:00:00Z";
const WRONG: &str = "2026-11-20T03:00:00Z";

/// Two books, what was told behind the second, and the second taken back.
async fn story(is_killed: bool) -> Desk {
    let mut desk = Desk::open(is_killed).await;
    desk.ask(Action::RuleSet { text: RULES.to_owned() }).await;
    desk.book("first", FIRST, first_book()).await;
    desk.tick("2026-11-20T04:00:10Z").await;
    desk.book("wrong", WRONG, wrong_book()).await;
    desk.tick("2026-11-20T04:00:20Z").await;
    tell_all(&mut desk).await;
    desk.tick("2026-11-20T04:00:30Z").await;
    let outcome = desk.revert("wrong").await;
    assert!(
        matches!(&outcome, Outcome::Done { message } if message.contains("2026-11-19T16:00:00")),
        "{outcome:?}"
    );
    desk.tick("2026-11-20T04:00:40Z").await;
    desk.fold().await;
    desk
}

#[tokio::test]
async fn a_book_that_is_taken_back_leaves_the_loans_as_if_it_had_never_been_with_what_was_told_since() {
    let mut without = Desk::open(false).await;
    without.ask(Action::RuleSet { text: RULES.to_owned() }).await;
    without.book("first", FIRST, first_book()).await;
    without.tick("2026-11-20T04:00:10Z").await;
    tell_all(&mut without).await;
    without.tick("2026-11-20T04:00:40Z").await;
    without.fold().await;
    let expected = without.loans().await;
    assert_eq!(expected["C1"].loan.amount_overdue, 60_000, "the payment counts");

    let with = story(false).await;
    assert_eq!(with.loans().await, expected);
    let books = with.store.books().await.unwrap();
    assert_eq!(books.iter().map(|book| book.book.as_str()).collect::<Vec<_>>(), ["first"]);
    let live = |desk: BTreeMap<AlertId, Alert>| {
        let live = desk.into_values().filter(|alert| alert.state.is_live());
        live.map(|alert| (alert.about, alert.rule)).collect::<Vec<_>>()
    };
    assert_eq!(live(with.alerts().await), live(without.alerts().await));
}

#[tokio::test]
async fn what_the_wrong_book_had_raised_is_withdrawn_whenever_the_server_is_killed_and_in_a_replay_too() {
    let (whole, killed) = (story(false).await, story(true).await);
    assert_eq!(whole.loans().await, killed.loans().await);
    let alerts = whole.alerts().await;
    assert_eq!(alerts, killed.alerts().await);
    assert_eq!(alerts, whole.replayed().await);
    let reasons: BTreeMap<String, WithdrawReason> = alerts
        .values()
        .filter_map(|alert| match &alert.state {
            AlertState::Withdrawn { reason, .. } => Some((alert.about.vehicle()?.to_string(), *reason)),
            _ => None,
        })
        .collect();
    assert_eq!(reasons.get("粤B10002"), Some(&WithdrawReason::Current), "{alerts:?}");
    assert_eq!(reasons.get("粤B10004"), Some(&WithdrawReason::Absent), "{alerts:?}");
}

#[tokio::test]
async fn only_the_newest_book_is_taken_back_and_only_once() {
    let mut desk = Desk::open(false).await;
    desk.book("first", FIRST, first_book()).await;
    desk.book("second", WRONG, first_book()).await;
    let refused = desk.revert("first").await;
    assert!(matches!(&refused, Outcome::Conflict { message } if message.contains("03:00")), "{refused:?}");
    assert!(matches!(desk.revert("second").await, Outcome::Done { .. }));
    let again = desk.revert("second").await;
    assert!(matches!(again, Outcome::Conflict { .. }), "{again:?}");
    // One book of each lender is kept.
    let older = desk.revert("first").await;
    assert!(matches!(&older, Outcome::Conflict { message } if message.contains("not kept")), "{older:?}");
    // An older book is still never put in force, and one between them is.
    desk.book("older", "2026-11-19T12:00:00Z", first_book()).await;
    desk.book("mended", "2026-11-20T02:00:00Z", first_book()).await;
    desk.fold().await;
    let books = desk.store.books().await.unwrap();
    assert_eq!(books.iter().map(|book| book.book.as_str()).collect::<Vec<_>>(), ["mended"]);
}

#[tokio::test]
async fn a_first_book_that_is_taken_back_leaves_no_loan_but_those_of_which_something_was_told() {
    let mut desk = Desk::open(true).await;
    desk.book("wrong", FIRST, first_book()).await;
    let until = Date::parse("2026-11-25").unwrap();
    desk.tell("C3", "2026-11-20T03:30:00Z", LoanEvent::Promise { until }).await;
    let place = Coordinates::from_e7(225_431_000, 1_140_579_000).ok();
    let filed = LoanEvent::AddressesFiled { addresses: FiledAddresses { home: place, work: None } };
    desk.tell("C2", FIRST, filed).await;
    assert!(matches!(desk.revert("wrong").await, Outcome::Done { .. }));
    let loans = desk.loans().await;
    assert_eq!(loans.keys().collect::<Vec<_>>(), ["C3"], "what the book's own file filed goes with it");
    assert!(!loans["C3"].in_book);
    assert_eq!(desk.store.books().await.unwrap().len(), 0);
    desk.book("true", FIRST, first_book()).await;
    let loans = desk.loans().await;
    assert_eq!((loans.len(), loans["C3"].loan.holds.promise_until), (3, Some(until)));
}

#[tokio::test]
async fn nobody_is_reminded_twice_of_a_due_date_because_a_book_is_taken_back() {
    let mut desk = Desk::open(false).await;
    let near = || vec![loan("C1", "粤B10001", "2026-11-24")];
    let settled = vec![Loan { settled_at: Some(at(FIRST)), ..loan("C1", "粤B10001", "2026-11-24") }];
    desk.book("settled", FIRST, settled).await;
    desk.book("second", WRONG, near()).await;
    desk.fold().await;
    assert_eq!(desk.reminders().await, 1);
    assert!(matches!(desk.revert("second").await, Outcome::Done { .. }));
    desk.book("third", "2026-11-20T03:30:00Z", near()).await;
    desk.fold().await;
    assert_eq!(desk.reminders().await, 1);
}

#[tokio::test]
async fn two_cars_whose_plates_a_book_had_mixed_up_have_their_own_again() {
    let mut desk = Desk::open(true).await;
    let car = |contract: &str, vin: &str, plate: &str| Loan {
        plate: VehicleId::parse(plate).ok(),
        ..loan(contract, vin, "2026-12-20")
    };
    let (one, two) = ("LSVAA4187E2184847", "LSVAA4187E2184848");
    desk.book("first", FIRST, vec![car("C1", one, "粤B10001"), car("C2", two, "粤B10002")]).await;
    desk.fold().await;
    let names = async |desk: &Desk| {
        let vehicles = desk.store.world(at(FIRST)).await.unwrap().vehicles;
        vehicles.into_iter().map(|row| (row.vehicle, row.alias)).collect::<BTreeMap<_, _>>()
    };
    let before = names(&desk).await;
    desk.is_killed = false;
    desk.book("mixed", WRONG, vec![car("C1", one, "粤B10002"), car("C2", two, "粤B10001")]).await;
    desk.fold().await;
    let mixed = names(&desk).await;
    assert!(mixed != before && mixed.values().all(Option::is_some), "{mixed:?}");
    assert!(matches!(desk.revert("mixed").await, Outcome::Done { .. }));
    assert_eq!(names(&desk).await, before);
}
