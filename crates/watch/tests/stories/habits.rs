//! The profile from before the arrears: when it is taken, how long it is kept, and that neither a kill nor a replay changes it. One
//! journal and one SQLite store a test.

use journal::{ClockSpec, FoldLock, Journal};
use model::input::{Action, Binding, BookActivation, Human, Input, LoanEvent, Role};
use model::loan::Holds;
use model::{
    Alarms, Attribute, ContractId, Coordinates, Date, DeviceTime, Event, Fix, InputId, LenderId, Loan,
    Measured, Millis, Position, ProtocolName, Reception, Seq, SessionId, Speed, TerminalId, Timestamp,
    VehicleId, ZoneOffset, ZoneSource,
};
use rules::FrozenProfile;
use std::collections::BTreeMap;
use store::Store;
use watch::{Config, Fold, Replay, Span};

const MINUTE: Millis = 60_000;

/// How the fold is begun anew behind an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Restart {
    /// Not at all: everything is folded in one go.
    Never,
    /// Its states are written.
    Stopped,
    /// They are not.
    Killed,
}

struct Desk {
    folder: tempfile::TempDir,
    journal: Journal,
    store: Store,
    restart: Restart,
    asked: u32,
    said: BTreeMap<Timestamp, Vec<Event>>,
}

impl Desk {
    async fn open(restart: Restart) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ClockSpec::Stepped { origin: at("2026-11-20T12:00:00Z") };
        let journal = Journal::open(folder.path(), journal::Config::default(), clock).await.unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let store = Store::connect(&store::Config { url, ..store::Config::default() }).await.unwrap();
        let mut desk = Self { folder, journal, store, restart, asked: 0, said: BTreeMap::new() };
        let (terminal, from) = (terminal(), at("2026-11-01T00:00:00Z"));
        let binding = Binding { terminal, vehicle: vehicle(), role: Role::Main, from, to: None };
        desk.ask(Action::Bind { bindings: vec![binding] }).await;
        desk
    }

    async fn append(&mut self, input: Input) {
        self.journal.append(vec![input.into()]).await.unwrap();
        match self.restart {
            Restart::Never => {}
            Restart::Stopped => self.fold().await,
            Restart::Killed => self.fold_and_die().await,
        }
    }

    async fn fold(&self) {
        let lock = FoldLock::try_take(self.folder.path()).unwrap().unwrap();
        let fold = Fold::take(self.journal.clone(), self.store.clone(), Config::default(), &lock, false);
        fold.await.unwrap().catch_up().await.unwrap();
    }

    /// Folds all there is, and writes no state that nothing asks for.
    async fn fold_and_die(&self) {
        let lock = FoldLock::try_take(self.folder.path()).unwrap().unwrap();
        let config = Config { checkpoint_s: 3_600, ..Config::default() };
        let fold = Fold::take(self.journal.clone(), self.store.clone(), config, &lock, false);
        let (mut fold, head) = (fold.await.unwrap(), self.journal.head().await.unwrap());
        let (mut progress, (_stop, stopped)) = (fold.progress(), tokio::sync::watch::channel(false));
        tokio::select! {
            ended = fold.run(stopped) => panic!("{ended:?}"),
            there = progress.wait_for(|progress| progress.applied >= head) => { there.unwrap(); }
        }
    }

    async fn tick(&mut self, moment: &str) {
        self.journal.clock().step_to(at(moment));
        self.append(Input::Tick { listening: true }).await;
    }

    async fn ask(&mut self, action: Action) {
        self.asked += 1;
        let human = Human { id: InputId(format!("ask-{}", self.asked)), actor: "li".into(), action };
        self.append(Input::Human(Box::new(human))).await;
    }

    async fn book(&mut self, loans: Vec<Loan>) {
        let (book, as_of) = (format!("book-{}", self.asked), self.journal.clock().now());
        let rows = u32::try_from(loans.len()).unwrap();
        let loans = loans.into_iter().map(|loan| Loan { as_of, ..loan }).collect();
        self.append(Input::BookChunk { book: book.clone(), first_row: 0, loans }).await;
        let lender = LenderId("main".into());
        self.ask(Action::ActivateBook(BookActivation {
            book,
            lender,
            as_of,
            rows,
            complete: true,
            accept_fall: true,
        }))
        .await;
    }

    async fn event(&mut self, contract: &str, event: LoanEvent) {
        // Behind the book, or it would have been in it.
        let at = self.journal.clock().now().plus(1_000);
        self.journal.clock().step_to(at);
        let contract = ContractId(contract.into());
        self.ask(Action::LoanEvent { contract, at, event }).await;
    }

    /// The device says where it was at these moments, all in one frame that arrives with the last of them.
    async fn says(&mut self, fixes: Vec<(Timestamp, i64, u16)>) {
        let received_at = fixes.last().unwrap().0;
        self.journal.clock().step_to(received_at);
        let event = |(at, north_m, kmh)| Event::Position(Box::new(position(at, north_m, kmh)));
        let events: Vec<Event> = fixes.into_iter().map(event).collect();
        self.said.insert(received_at, events.clone());
        let reception = Reception {
            session: SessionId { run: Seq(1), connection: 1 },
            frame_no: 1,
            terminal: terminal(),
            protocol: ProtocolName::parse("gt06").unwrap(),
            number: 0x22,
            serial: None,
            received_at,
            checksum_ok: true,
            events,
            problem: None,
        };
        self.append(Input::Reception(Box::new(reception))).await;
    }

    /// Stands so many metres north, heard each five minutes.
    async fn stands(&mut self, north_m: i64, minutes: i64) {
        for _ in 0..minutes / 5 {
            let at = self.journal.clock().now().plus(5 * MINUTE);
            self.says(vec![(at, north_m, 0)]).await;
        }
    }

    /// Drives between two places within two minutes, and is heard only then.
    async fn drives(&mut self, from_m: i64, to_m: i64) {
        let begun = self.journal.clock().now();
        let fix = |step: i64| (begun.plus(step * 10_000), from_m + (to_m - from_m) * step / 10, 54);
        self.says((1..=10).map(fix).collect()).await;
    }

    async fn frozen(&self) -> Option<FrozenProfile> {
        if self.restart != Restart::Killed {
            self.fold().await;
        }
        watch::frozen_profile(&self.store, vehicle()).await.unwrap()
    }

    /// The same as a replay has it.
    async fn frozen_again(&self) -> Option<FrozenProfile> {
        let until_seq = self.store.place().await.unwrap().unwrap().0.applied;
        let span = Span { until_seq, ..Span::default() };
        let says = |row: &store::FrameRow, _: Option<model::Profile>| {
            self.said.get(&row.reception.received_at).unwrap().clone()
        };
        let mut replay = Replay::new(self.store.clone(), span, says);
        while replay.step().await.unwrap().is_some() {}
        replay.look(vehicle(), self.journal.clock().now(), |_, facts| facts.profiles.frozen().cloned())
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn vehicle() -> VehicleId {
    VehicleId::parse("粤B12345").unwrap()
}

fn terminal() -> TerminalId {
    TerminalId::parse("868120240000015").unwrap()
}

fn loan(contract: &str, due: &str) -> Loan {
    let as_of = at("2026-11-20T12:00:00Z");
    let bare = Loan::bare(ContractId(contract.into()), LenderId("main".into()), vehicle(), as_of);
    Loan { oldest_unpaid_due: Date::parse(due), amount_overdue: 100_000, ..bare }
}

fn position(at: Timestamp, north_m: i64, kmh: u16) -> Position {
    let ignition = Attribute::Ignition(kmh > 0);
    Position {
        time: DeviceTime::Clock { wall: at, offset: ZoneOffset::UTC, source: ZoneSource::Protocol },
        fix: Fix::Gnss(Coordinates::from_e7(225_000_000 + north_m * 90, 1_140_000_000).unwrap()),
        speed: Some(Speed::from_kmh(kmh)),
        course: None,
        altitude: None,
        satellites: Some(9),
        buffered: false,
        alarms: Alarms::NONE,
        attributes: [ignition].into_iter().collect(),
        measured: Measured { version: 1, hash: at.ms().unsigned_abs() },
    }
}

/// Metres north of the first place, to a hundred, of each place in the profile.
fn places(frozen: &FrozenProfile) -> Vec<i64> {
    let mut north: Vec<i64> = frozen
        .places
        .frequented()
        .map(|known| (i64::from(known.place.lat_e7()) - 225_000_000 + 4_500) / 9_000 * 100)
        .collect();
    north.sort_unstable();
    north
}

/// At one place until eleven at night, at another one over midnight, when the loan falls behind, and away from there.
async fn fell_behind(restart: Restart) -> Desk {
    let mut desk = Desk::open(restart).await;
    desk.book(vec![loan("C1", "2026-11-20")]).await;
    desk.stands(0, 180).await;
    desk.drives(0, 1_500).await;
    desk.stands(1_500, 45).await;
    // Midnight in Shanghai passes before the one frame with which it leaves.
    desk.journal.clock().step_to(at("2026-11-20T16:05:00Z"));
    desk.drives(1_500, 3_000).await;
    desk.stands(3_000, 60).await;
    desk.drives(3_000, 0).await;
    desk
}

#[tokio::test]
async fn the_profile_is_that_of_the_midnight_on_which_the_loan_fell_behind_whatever_the_next_frame_ends() {
    let desk = fell_behind(Restart::Never).await;
    let frozen = desk.frozen().await.unwrap();
    assert_eq!((frozen.at, places(&frozen)), (at("2026-11-20T16:06:40Z"), vec![0]));
}

#[tokio::test]
async fn neither_a_stop_nor_a_kill_behind_each_input_nor_a_replay_freezes_another_profile() {
    let whole = fell_behind(Restart::Never).await.frozen().await;
    for restart in [Restart::Stopped, Restart::Killed] {
        let mut desk = fell_behind(restart).await;
        assert_eq!(desk.frozen().await, whole, "{restart:?}");
        // Another loan falls behind, and the first one is paid: between two checkpoints.
        desk.tick("2026-11-20T18:00:00Z").await;
        desk.book(vec![loan("C1", "2026-11-20"), loan("C2", "2026-11-21")]).await;
        desk.tick("2026-11-21T16:00:05Z").await;
        desk.event("C1", LoanEvent::Payment { amount: None }).await;
        desk.tick("2026-11-21T16:00:15Z").await;
        assert_eq!(desk.frozen().await, whole, "{restart:?}");
        assert_eq!(desk.frozen_again().await, whole, "{restart:?}");
    }
}

#[tokio::test]
async fn a_profile_is_kept_through_part_payments_holds_and_books_until_nothing_is_past_due() {
    let mut desk = fell_behind(Restart::Never).await;
    let first = desk.frozen().await;
    desk.event("C1", LoanEvent::Payment { amount: Some(1) }).await;
    let holds = Holds { dispute: true, ..Holds::default() };
    desk.event("C1", LoanEvent::Hold { holds }).await;
    desk.tick("2026-12-20T18:00:00Z").await;
    // One instalment is paid, the next one is past due as well.
    desk.book(vec![loan("C1", "2026-12-19")]).await;
    assert_eq!(desk.frozen().await, first);
    desk.book(Vec::new()).await;
    assert_eq!(desk.frozen().await, first, "that a book has lost it cures nothing");
    desk.book(vec![loan("C1", "2026-12-19")]).await;
    desk.event("C1", LoanEvent::Payment { amount: None }).await;
    assert_eq!(desk.frozen().await, None);
    desk.tick("2026-12-21T18:00:00Z").await;
    desk.book(vec![loan("C1", "2026-12-20")]).await;
    let again = desk.frozen().await.unwrap();
    assert_eq!((again.at, places(&again)), (at("2026-12-21T18:00:00Z"), vec![0, 1_500, 3_000]));
    desk.event("C1", LoanEvent::Settled).await;
    assert_eq!(desk.frozen().await, None);
}

#[tokio::test]
async fn a_midnight_that_passed_just_before_a_restart_freezes_with_the_next_tick_all_that_was_learned_before()
{
    let restarts = [Restart::Never, Restart::Stopped, Restart::Killed];
    for (restart, dispute) in restarts.into_iter().flat_map(|restart| [(restart, false), (restart, true)]) {
        let mut desk = Desk::open(restart).await;
        let holds = Holds { dispute, ..Holds::default() };
        desk.book(vec![Loan { holds, ..loan("C1", "2026-11-20") }]).await;
        desk.stands(0, 180).await;
        desk.drives(0, 1_500).await;
        desk.tick("2026-11-20T15:59:55Z").await;
        // Of nobody in particular, and behind midnight: no vehicle is looked at.
        desk.journal.clock().step_to(at("2026-11-20T16:00:02Z"));
        desk.append(Input::RunStop).await;
        desk.tick("2026-11-20T16:00:05Z").await;
        let frozen = desk.frozen().await.map(|frozen| (frozen.at, places(&frozen)));
        assert_eq!(frozen, Some((at("2026-11-20T16:00:05Z"), vec![0])), "{restart:?}, held {dispute}");
    }
}
