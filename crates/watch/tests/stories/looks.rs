//! When vehicles are looked at: at the midnights of all their loans, and by a new rule set. One journal and one SQLite store a
//! test, folded in one go, so that no restart looks at anybody.

use journal::{ClockSpec, FoldLock, Journal};
use model::input::{Action, Binding, BookActivation, Human, Input, LoanEvent, Outcome, Role};
use model::loan::Holds;
use model::{
    Alarms, Attribute, ContractId, Coordinates, Date, DeviceTime, Event, Fix, Group, InputId, LenderId, Loan,
    Measured, Position, ProtocolName, Reception, Rule, Seq, SessionId, Speed, TerminalId, Timestamp,
    VehicleId, ZoneOffset, ZoneSource,
};
use rules::{Earshots, Facts};
use store::{AlertQuery, Owed, Store};
use watch::{Config, Fold, Replay, Span};

struct Desk {
    folder: tempfile::TempDir,
    journal: Journal,
    store: Store,
}

impl Desk {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ClockSpec::Stepped { origin: at("2026-11-20T04:00:00Z") };
        let journal = Journal::open(folder.path(), journal::Config::default(), clock).await.unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let store = Store::connect(&store::Config { url, ..store::Config::default() }).await.unwrap();
        Self { folder, journal, store }
    }

    async fn tick(&self, moment: &str) {
        self.journal.clock().step_to(at(moment));
        self.journal.append(vec![Input::Tick { listening: true }.into()]).await.unwrap();
    }

    async fn ask(&self, id: &str, action: Action) {
        let human = Human { id: InputId(id.to_owned()), actor: "li".into(), action };
        self.journal.append(vec![Input::Human(Box::new(human)).into()]).await.unwrap();
    }

    async fn book(&self, loans: Vec<Loan>) {
        let (book, rows) = ("book".to_owned(), u32::try_from(loans.len()).unwrap());
        self.journal
            .append(vec![Input::BookChunk { book: book.clone(), first_row: 0, loans }.into()])
            .await
            .unwrap();
        let (lender, as_of) = (LenderId("main".into()), at(AS_OF));
        let activation = BookActivation { book, lender, as_of, rows, complete: true, accept_fall: true };
        self.ask("book", Action::ActivateBook(activation)).await;
    }

    /// A book of so many loans, as of an hour of that day, whose fall nobody has accepted.
    async fn sent(&self, hour: u32, complete: bool, rows: u32) {
        let (book, as_of) = (format!("book-{hour}"), at(&format!("2026-11-20T0{hour}:00:00Z")));
        let of_row = |row: u32| Loan { vehicle: car(row), as_of, ..loan(&format!("C{row}"), "2026-11-10") };
        let chunk =
            Input::BookChunk { book: book.clone(), first_row: 0, loans: (0..rows).map(of_row).collect() };
        self.journal.append(vec![chunk.into()]).await.unwrap();
        let (id, lender) = (book.clone(), LenderId("main".into()));
        let activation = BookActivation { book, lender, as_of, rows, complete, accept_fall: false };
        self.ask(&id, Action::ActivateBook(activation)).await;
        self.minute(0).await;
    }

    /// Codes of the states of the alerts about the lender's feed.
    async fn of_feed(&self) -> Vec<&'static str> {
        self.fold().await;
        let query = AlertQuery { rule: Some(Rule::LoanFeedStale), ..AlertQuery::default() };
        self.store.alerts(&query).await.unwrap().iter().map(|alert| alert.state.code()).collect()
    }

    async fn fold(&self) {
        let lock = FoldLock::try_take(self.folder.path()).unwrap().unwrap();
        let fold = Fold::take(self.journal.clone(), self.store.clone(), Config::default(), &lock, false);
        fold.await.unwrap().catch_up().await.unwrap();
    }

    async fn rules(&self) -> Vec<Rule> {
        let alerts = self.store.alerts(&AlertQuery::default()).await.unwrap();
        alerts.iter().map(|alert| alert.rule).collect()
    }

    /// So many cars, each with a device of its own, report in this minute.
    async fn minute(&self, cars: u32) {
        let now = self.journal.clock().now().plus(60_000);
        self.journal.clock().step_to(now);
        let mut inputs = vec![Input::Tick { listening: true }.into()];
        inputs.extend((0..cars).map(|car| Input::Reception(Box::new(reception(car, now))).into()));
        self.journal.append(inputs).await.unwrap();
    }

    /// Outages that go on as a vehicle is looked at, by the frames of some terminals.
    async fn outages(&self, terminals: Option<Vec<TerminalId>>) -> Vec<Group> {
        self.looked(terminals, |facts| facts.outages.going_on().map(|outage| outage.group).collect()).await
    }

    async fn looked<R>(&self, terminals: Option<Vec<TerminalId>>, look: impl FnOnce(&Facts<'_>) -> R) -> R {
        let until_seq = self.store.place().await.unwrap().unwrap().0.applied;
        let span = Span { until_seq, terminals, ..Span::default() };
        // What a frame says is in its row.
        let says = |row: &store::FrameRow, _: Option<model::Profile>| {
            vec![Event::Position(Box::new(position(row.reception.received_at)))]
        };
        let mut replay = Replay::new(self.store.clone(), span, says);
        while replay.step().await.unwrap().is_some() {}
        let now = self.journal.clock().now();
        replay.look(car(0), now, |state, facts| {
            assert!(state.heard_at().is_some());
            look(facts)
        })
    }

    /// Contracts of which the borrower was reminded.
    async fn reminded(&self) -> Vec<String> {
        let due = self.store.outbox_due(Timestamp::from_ms(i64::MAX), 0, 100).await.unwrap();
        let contracts = due.into_iter().filter_map(|entry| match entry.owed {
            Owed::Reminder(reminder) => Some(reminder.contract.to_string()),
            Owed::Alert(_) => None,
        });
        contracts.collect()
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// Of one vehicle, due on a day.
fn loan(contract: &str, due: &str) -> Loan {
    let vehicle = VehicleId::parse("粤B12345").unwrap();
    let bare = Loan::bare(ContractId(contract.into()), LenderId("main".into()), vehicle, at(AS_OF));
    Loan { oldest_unpaid_due: Date::parse(due), amount_overdue: 100_000, ..bare }
}

fn terminal(car: u32) -> TerminalId {
    TerminalId::parse(&format!("{:06}", 100 + car)).unwrap()
}

fn car(number: u32) -> VehicleId {
    VehicleId::parse(&format!("B{number:05}")).unwrap()
}

fn position(now: Timestamp) -> Position {
    Position {
        time: DeviceTime::Clock { wall: now, offset: ZoneOffset::UTC, source: ZoneSource::Protocol },
        fix: Fix::Gnss(Coordinates::from_degrees(22.5, 114.0).unwrap()),
        speed: Some(Speed::from_kmh(0)),
        course: None,
        altitude: None,
        satellites: Some(9),
        buffered: false,
        alarms: Alarms::NONE,
        attributes: [Attribute::Ignition(false)].into_iter().collect(),
        measured: Measured { version: 1, hash: 1 },
    }
}

fn reception(car: u32, now: Timestamp) -> Reception {
    Reception {
        session: SessionId { run: Seq(1), connection: car },
        frame_no: 1,
        terminal: terminal(car),
        protocol: ProtocolName::parse("gt06").unwrap(),
        number: 0x22,
        serial: None,
        received_at: now,
        checksum_ok: true,
        events: vec![Event::Position(Box::new(position(now)))],
        problem: None,
    }
}

/// Of the book by which a kill is tried.
const CARS: u32 = 24;
const AS_OF: &str = "2026-11-20T03:00:00Z";

#[tokio::test]
async fn a_new_rule_set_is_held_against_every_vehicle_with_the_next_tick() {
    let desk = Desk::open().await;
    desk.book(vec![loan("C1", "2026-11-10")]).await;
    desk.tick("2026-11-20T04:00:10Z").await;
    desk.fold().await;
    assert_eq!(desk.rules().await, []);
    desk.tick("2026-11-20T04:00:20Z").await;
    let text = "[severe_boundary]\ndpd_min = 10\n".to_owned();
    desk.ask("rules", Action::RuleSet { text }).await;
    desk.tick("2026-11-20T04:00:30Z").await;
    desk.fold().await;
    assert_eq!(desk.rules().await, [Rule::SevereBoundary]);
}

/// Every alert of a book and a rule set by which every second car is news, folded in one go or by a server that is killed
/// behind each input.
async fn of_a_new_rule_set(is_killed: bool) -> Vec<model::Alert> {
    let desk = Desk::open().await;
    let of_car = |number: u32| {
        let due = if number.is_multiple_of(2) { "2026-12-20" } else { "2026-11-10" };
        Loan { vehicle: car(number), ..loan(&format!("C{number}"), due) }
    };
    desk.book((0..CARS).map(of_car).collect()).await;
    for second in [10, 20, 30, 40] {
        if second == 20 {
            let text = "[severe_boundary]\ndpd_min = 10\n".to_owned();
            desk.ask("rules", Action::RuleSet { text }).await;
        }
        if is_killed {
            desk.fold().await;
        }
        desk.tick(&format!("2026-11-20T04:00:{second}Z")).await;
        if is_killed {
            desk.fold().await;
        }
    }
    desk.fold().await;
    desk.store.alerts(&AlertQuery::default()).await.unwrap()
}

#[tokio::test]
async fn however_many_cars_are_due_at_once_a_kill_behind_any_input_leaves_every_alert_as_it_is() {
    let (whole, killed) = (of_a_new_rule_set(false).await, of_a_new_rule_set(true).await);
    assert_eq!(whole.len(), usize::try_from(CARS / 2).unwrap());
    assert_eq!(whole, killed);
    let moments: std::collections::BTreeSet<Timestamp> = whole.iter().map(|alert| alert.opened_at).collect();
    assert_eq!(moments.len(), 1, "one tick looks at all of them");
}

#[tokio::test]
async fn a_loan_that_is_held_for_ever_does_not_hide_the_due_date_of_another() {
    let desk = Desk::open().await;
    let holds = Holds { dispute: true, ..Holds::default() };
    desk.book(vec![Loan { holds, ..loan("C1", "2026-11-10") }, loan("C2", "2026-11-26")]).await;
    for moment in ["2026-11-20T15:59:50Z", "2026-11-20T15:59:55Z", "2026-11-20T16:00:05Z"] {
        desk.tick(moment).await;
    }
    desk.fold().await;
    assert_eq!(desk.reminded().await, ["C2"]);
}

#[tokio::test]
async fn what_a_midnight_owes_is_found_after_a_restart_behind_it() {
    let desk = Desk::open().await;
    desk.book(vec![loan("C1", "2026-11-26")]).await;
    desk.tick("2026-11-20T15:59:50Z").await;
    desk.fold().await;
    assert_eq!(desk.reminded().await, [""; 0]);
    // The restart itself is before midnight, and asks nobody again at once.
    desk.tick("2026-11-20T15:59:55Z").await;
    desk.tick("2026-11-20T16:00:05Z").await;
    desk.fold().await;
    assert_eq!(desk.reminded().await, ["C1"]);
}

#[tokio::test]
async fn a_look_at_one_vehicle_knows_the_outages_that_only_the_others_show() {
    let desk = Desk::open().await;
    let from = at("2026-11-20T00:00:00Z");
    let on = |number| Binding {
        terminal: terminal(number),
        vehicle: car(number),
        role: Role::Main,
        from,
        to: None,
    };
    desk.ask("bind", Action::Bind { bindings: (0..12).map(on).collect() }).await;
    for _ in 0..40 {
        desk.minute(12).await;
    }
    desk.fold().await;
    for _ in 0..20 {
        desk.minute(0).await;
    }
    desk.fold().await;
    let heard = |facts: &Facts<'_>| facts.earshots.clone();
    assert_eq!(desk.looked(None, heard).await, Earshots::default(), "nobody is heard in an outage");
    let (whole, alone) = (desk.outages(None).await, desk.outages(Some(vec![terminal(0)])).await);
    assert_eq!((whole, alone), (vec![Group::Everyone], vec![Group::Everyone]));
    for _ in 0..3 {
        desk.minute(12).await;
    }
    desk.fold().await;
    assert_eq!(desk.outages(Some(vec![terminal(0)])).await, []);
    let (whole, alone) = (desk.looked(None, heard).await, desk.looked(Some(vec![terminal(0)]), heard).await);
    assert_eq!(whole, alone);
    assert_ne!(whole, Earshots::default(), "twelve of a city are heard well");
}

#[tokio::test]
async fn a_book_or_a_note_that_no_database_could_hold_is_refused() {
    let desk = Desk::open().await;
    desk.book(vec![loan("C\0", "2026-11-10")]).await;
    let (contract, at) = (ContractId("C\u{1b}1".into()), at(AS_OF));
    desk.ask("event", Action::LoanEvent { contract, at, event: LoanEvent::Settled }).await;
    desk.fold().await;
    for id in ["book", "event"] {
        let outcome = desk.store.outcome(&InputId(id.to_owned())).await.unwrap().unwrap();
        let Outcome::Refused { message } = outcome else { panic!("{outcome:?}") };
        assert!(message.contains("control character"), "{message}");
    }
}

#[tokio::test]
async fn a_book_of_which_a_kill_has_cut_off_a_part_states_nothing_until_it_is_imported_whole() {
    let desk = Desk::open().await;
    let chunk = |book: &str, first_row, loans| Input::BookChunk { book: book.to_owned(), first_row, loans };
    let (first, second) = (loan("C1", "2026-11-10"), loan("C2", "2026-11-26"));
    desk.journal.append(vec![chunk("cut", 0, vec![first.clone()]).into()]).await.unwrap();
    desk.fold().await;
    desk.tick("2026-11-20T04:00:10Z").await;
    desk.fold().await;
    let (lender, as_of) = (LenderId("main".into()), at(AS_OF));
    let (book, rows) = ("cut".to_owned(), 2);
    let activation = BookActivation { book, lender, as_of, rows, complete: true, accept_fall: true };
    desk.ask("cut", Action::ActivateBook(activation)).await;
    desk.fold().await;
    let outcome = desk.store.outcome(&InputId("cut".to_owned())).await.unwrap().unwrap();
    assert!(
        matches!(&outcome, Outcome::Refused { message } if message.contains("1 of 2 rows")),
        "{outcome:?}"
    );
    assert_eq!((desk.store.loans().await.unwrap().len(), desk.rules().await), (0, Vec::new()));
    desk.book(vec![first, second]).await;
    desk.fold().await;
    assert_eq!(desk.store.loans().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_book_that_has_lost_its_rows_is_told_until_a_whole_one_is_in_force() {
    let desk = Desk::open().await;
    desk.minute(0).await;
    desk.sent(0, true, 10).await;
    desk.sent(1, true, 8).await;
    assert_eq!(desk.of_feed().await, [""; 0], "a fifth less");
    desk.sent(2, true, 6).await;
    desk.sent(3, true, 6).await;
    desk.sent(4, false, 1).await;
    assert_eq!(desk.of_feed().await, ["open"], "a part of it is no whole book");
    let outcome = desk.store.outcome(&InputId("book-2".to_owned())).await.unwrap().unwrap();
    assert!(matches!(outcome, Outcome::Refused { .. }), "{outcome:?}");
    desk.sent(5, true, 7).await;
    desk.minute(0).await;
    assert_eq!(desk.of_feed().await, ["closed"]);
}
