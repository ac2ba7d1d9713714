//! One story of the store, told on both databases: the same statements, the same tables, the same answers.

#![expect(clippy::unwrap_used, reason = "a failed step must stop the test")]

use model::alert::{Evidence, Finding, LoanSnapshot, Notice};
use model::command::Answer;
use model::input::{Binding, Outcome, Reception, Role};
use model::loan::{Holds, Standing};
use model::unit::Speed;
use model::{
    Acknowledgement, Alert, AlertId, AlertState, AnswerKey, Attribute, ChecksumPolicy, Command, CommandState,
    ContractId, Coordinates, Course, Date, DaysPastDue, DeviceTime, Explanation, Fix, Identity, InputId,
    LenderId, Loan, Measured, ModelCode, Position, Profile, ProtocolName, Rule, Seq, SessionId, Severity,
    TerminalId, Timestamp, VehicleId, ZoneOffset, ZoneSource,
};
use store::{
    AlertQuery, ArchiveRow, AuditRow, Batch, BindingRow, BookRow, ChunkRow, CommandRow, Config, CoverageRow,
    DeliveryRow, FrameRow, LoanNotes, LoanRow, Mark, OutboxRow, OutboxState, OutcomeRow, PositionQuery,
    PositionRow, QuarantineRow, RuleSetRow, StateRow, Store, StoreError, TerminalRow, TerminalStatus,
    VehicleRow,
};
use stories::postgres::Postgres;
use stories::rows::{Columns, Rows, columns};

const AT: Timestamp = Timestamp::from_ms(1_790_000_000_000);

async fn prepares(url: &str) {
    let store = connect(url).await;
    assert!(store.prepare_all().await.unwrap() > 50);
    store.close().await;
}

async fn connect(url: &str) -> Store {
    Store::connect(&Config { url: url.to_owned(), ..Config::default() }).await.unwrap()
}

fn sqlite(folder: &tempfile::TempDir) -> String {
    format!("sqlite:{}", folder.path().join("store.db").display())
}

async fn postgres() -> String {
    Postgres::shared().unwrap().create_database("store").await.unwrap()
}

fn terminal() -> TerminalId {
    TerminalId::parse("868120240000015").unwrap()
}

fn stranger() -> TerminalId {
    TerminalId::parse("13912345678").unwrap()
}

fn vehicle() -> VehicleId {
    VehicleId::parse("粤B12345").unwrap()
}

fn place() -> Coordinates {
    Coordinates::from_e7(225_431_000, -1_140_579_000).unwrap()
}

fn loan() -> Loan {
    Loan {
        contract: ContractId("C1".into()),
        lender: LenderId("main".into()),
        vehicle: vehicle(),
        plate: Some(vehicle()),
        oldest_unpaid_due: Date::parse("2026-09-01"),
        amount_overdue: 100_000,
        principal_outstanding: 5_000_000,
        time_zone: "Asia/Shanghai".into(),
        risk_grade: Some("B".into()),
        willingness: None,
        ability: None,
        reason: None,
        contact_state: None,
        actual_user: Some("王".into()),
        holds: Holds { dispute: true, ..Holds::default() },
        episodes_12m: 2,
        dpd_max: 31,
        settled_at: None,
        as_of: AT,
    }
}

fn loan_row() -> LoanRow {
    let notes = LoanNotes {
        stated_at: AT,
        book_holds: loan().holds,
        sms_delivered: Some(false),
        ..LoanNotes::default()
    };
    LoanRow { loan: loan(), vehicle: vehicle(), in_book: true, paid_at: Some(AT), notes }
}

fn position(wall: Timestamp) -> Position {
    Position {
        time: DeviceTime::Clock { wall, offset: ZoneOffset::CHINA, source: ZoneSource::Login },
        fix: Fix::Gnss(place()),
        speed: Some(Speed::from_kmh(36)),
        course: Course::from_degrees(332),
        altitude: None,
        satellites: Some(9),
        buffered: false,
        alarms: model::Alarms::NONE.with(model::Alarm::PowerCut),
        attributes: [Attribute::ExternalVolts(12.4), Attribute::Text("粤".into())].into_iter().collect(),
        measured: Measured { version: 1, hash: u64::MAX - 1 },
    }
}

fn reception(frame_no: u32, terminal: TerminalId) -> Reception {
    Reception {
        session: SessionId { run: Seq(1), connection: 3 },
        frame_no,
        terminal,
        protocol: ProtocolName::parse("gt06").unwrap(),
        number: 0x22,
        serial: Some(7),
        received_at: AT.plus(1_000),
        checksum_ok: true,
        events: Vec::new(),
        problem: Some("short".into()),
    }
}

/// The positions of a busy moment: more than one statement takes, so that both forms of a bulk are used.
fn identities() -> Vec<Identity> {
    let identity = |number| Identity { wall_ms: AT.ms() + number, terminal: terminal(), measured: -2 };
    (0..POSITIONS).map(identity).collect()
}

fn position_rows() -> Vec<PositionRow> {
    let rows = identities().into_iter().zip(0..).map(|(identity, item)| PositionRow {
        identity,
        seq: Seq(5),
        item,
        received_at: AT.plus(1_000),
        timeliness: if item == 0 { "late" } else { "live" },
        position: position(Timestamp::from_ms(identity.wall_ms)),
    });
    rows.collect()
}

fn alert() -> Alert {
    let evidence = Evidence {
        seq: Seq(5),
        terminal: terminal(),
        fix_time: AT,
        place: place(),
        speed_tenths_kmh: Some(360),
        satellites: Some(9),
    };
    Alert {
        id: AlertId("9f00".into()),
        rule: Rule::OverdueMoved,
        vehicle: vehicle(),
        episode: AT,
        severity: Severity::P1,
        state: AlertState::Open,
        version: 1,
        opened_at: AT.plus(1_000),
        event_time: AT,
        cleared_at: None,
        explanation: Explanation {
            finding: Finding::Moved {
                anchor: place(),
                parked_since: AT.plus(-86_400_000),
                left_at: AT,
                distance_m: 900,
                threshold_m: 200,
                speed_max_tenths_kmh: 360,
            },
            fixes_used: vec![evidence],
            fixes_rejected: Vec::new(),
            loan: LoanSnapshot { loan: loan(), standing: Standing::Overdue(DaysPastDue(20)), fresh: true },
            rule_set: "00".into(),
            rules_version: 1,
        },
    }
}

fn terminal_row(terminal: TerminalId, status: TerminalStatus) -> TerminalRow {
    let approved_at = (status == TerminalStatus::Approved).then_some(AT);
    let profile = Profile {
        model: ModelCode::parse("concox_wired").ok(),
        zone: Some(ZoneOffset::CHINA),
        checksum: Some(ChecksumPolicy::Strict),
        acknowledgement: Some(Acknowledgement::Required),
    };
    TerminalRow {
        terminal,
        protocol: "gt06".into(),
        status,
        first_seen: AT,
        first_seq: Seq(2),
        approved_at,
        profile,
    }
}

fn binding() -> BindingRow {
    let (from, to) = (AT.plus(-86_400_000), None);
    BindingRow {
        binding: Binding { terminal: terminal(), vehicle: vehicle(), role: Role::Main, from, to },
        seq: Seq(3),
    }
}

fn command(seq: i64, state: CommandState) -> CommandRow {
    CommandRow {
        command: InputId(format!("c-{seq}")),
        terminal: terminal(),
        seq: Seq(seq),
        actor: "li".into(),
        order: Command::Interval { moving_s: 30, parked_s: Some(3600) },
        asked_at: AT,
        expires_at: AT.plus(86_400_000),
        changed_at: AT,
        state,
    }
}

/// One that waits, one that was answered and may get further words, one that was taken back.
fn commands() -> [CommandRow; 3] {
    let (session, key) = (SessionId { run: Seq(1), connection: 3 }, AnswerKey::Flag(5));
    let answer = Answer { session, key, at: AT, text: "OK!".into() };
    [
        command(4, CommandState::Answered(answer)),
        command(5, CommandState::Pending),
        command(6, CommandState::Cancelled),
    ]
}

fn book() -> BookRow {
    BookRow {
        book: "2026-11-20".into(),
        lender: LenderId("main".into()),
        as_of: AT,
        loans: 1,
        complete: true,
        activated_seq: Seq(4),
        activated_at: AT,
    }
}

fn audit() -> AuditRow {
    AuditRow {
        line: 1,
        seq: Seq(4),
        at: AT,
        actor: "li".into(),
        action: "bind".into(),
        subject: "粤B12345".into(),
        purpose: "ops".into(),
        outcome: "done".into(),
        previous: String::new(),
        hash: "ab".into(),
    }
}

fn outbox() -> OutboxRow {
    OutboxRow {
        entry: "9f00:1".into(),
        seq: Seq(5),
        alert: alert(),
        notice: Notice::Opened.as_str(),
        due_at: AT.plus(1_000),
    }
}

fn outcome() -> OutcomeRow {
    OutcomeRow {
        input: InputId("a-1".into()),
        seq: Seq(4),
        outcome: Outcome::Done { message: "bound".into() },
    }
}

fn state() -> StateRow {
    StateRow {
        subject: "v:粤B12345".into(),
        format: 1,
        state_seq: Seq(5),
        heard_at: Some(AT),
        latest: Some((AT, place())),
        state: vec![0, 1, 255],
    }
}

/// One row of each kind.
fn everything() -> Batch {
    let quarantined =
        |seq| QuarantineRow { seq: Seq(seq), terminal: stranger(), payload: vec![1], frame: None };
    Batch {
        frames: vec![FrameRow {
            seq: Seq(5),
            at: AT,
            reception: reception(1, terminal()),
            frame: Some(vec![0x78, 0]),
        }],
        positions: position_rows(),
        quarantine: vec![quarantined(6), quarantined(7)],
        released: Vec::new(),
        terminals: vec![
            terminal_row(terminal(), TerminalStatus::Approved),
            terminal_row(stranger(), TerminalStatus::Quarantined),
        ],
        vehicles: vec![VehicleRow { vehicle: vehicle(), alias: None }],
        bindings: vec![binding()],
        chunks: vec![ChunkRow { book: "next".into(), first_row: 0, loans: vec![loan()] }],
        books: vec![book()],
        loans: vec![loan_row()],
        states: vec![state()],
        alerts: vec![(Seq(5), alert())],
        commands: commands().into(),
        outbox: vec![outbox()],
        deliveries: Vec::new(),
        outcomes: vec![outcome()],
        audit: vec![audit()],
        archive: vec![ArchiveRow { seq: Seq(4), at: AT, payload: vec![7] }],
        coverage: vec![CoverageRow { from: AT, to: AT.plus(10_000), run: Seq(1) }],
        rule_sets: vec![RuleSetRow { seq: Seq(2), hash: "00".into(), text: "[loan]".into() }],
        counters: vec![("stored", POSITIONS), ("duplicate", 0)],
    }
}

async fn tell(store: &Store) {
    let (mut cursor, _) = store.claim("journal").await.unwrap();
    let mark =
        Mark { applied_at: AT, checkpoint: Seq(5), checkpoint_coverage: "{}".into(), directory_version: 3 };
    store.commit(&cursor, Seq(7), &mark, everything()).await.unwrap();
    cursor.applied = Seq(7);
    assert_eq!(store.place().await.unwrap(), Some((cursor.clone(), mark.clone())));
    reads_back(store).await;
    people_find_it(store).await;

    // The same rows once more change nothing, counters apart: a replay.
    let again = Batch { counters: Vec::new(), ..everything() };
    store.commit(&cursor, Seq(8), &mark, again).await.unwrap();
    cursor.applied = Seq(8);
    reads_back(store).await;

    store.commit(&cursor, Seq(9), &mark, changes()).await.unwrap();
    changes_show(store).await;
    let stale = store.commit(&cursor, Seq(10), &mark, Batch::default()).await;
    assert!(matches!(stale, Err(StoreError::Fenced)));
}

/// What the fold needs to go on comes back as it was written.
async fn reads_back(store: &Store) {
    let world = store.world(Timestamp::default()).await.unwrap();
    assert_eq!(
        world.terminals,
        [
            terminal_row(stranger(), TerminalStatus::Quarantined),
            terminal_row(terminal(), TerminalStatus::Approved)
        ]
    );
    assert_eq!(world.vehicles, [VehicleRow { vehicle: vehicle(), alias: None }]);
    assert_eq!(world.bindings, [binding()]);
    assert_eq!(world.loans, [loan_row()]);
    assert_eq!(world.books, [book()]);
    assert_eq!(world.alerts, [alert()]);
    let [answered, pending, _] = commands();
    assert_eq!(world.commands, [answered, pending.clone()]);
    assert_eq!(store.open_commands().await.unwrap(), std::slice::from_ref(&pending));
    assert_eq!(store.world(AT.plus(1)).await.unwrap().commands, [pending]);
    assert_eq!(world.rule_set.unwrap().text, "[loan]");
    assert_eq!(world.audit_head, Some(audit()));
    assert_eq!(world.coverage, Some(CoverageRow { from: AT, to: AT.plus(10_000), run: Seq(1) }));
    assert_eq!(world.quarantined, [(stranger(), 2)]);
    let states: Vec<_> =
        world.states.into_iter().map(|row| (row.subject, row.state_seq, row.state)).collect();
    assert_eq!(states, [("v:粤B12345".to_owned(), Seq(5), vec![0, 1, 255])]);
    let known = store.known(&identities()).await.unwrap();
    assert_eq!(known.len(), identities().len());
    assert_eq!(known.get(identities().last().unwrap()), Some(&(Seq(5), POSITIONS - 1)));
    let inputs = [InputId("a-1".into()), InputId("a-2".into())];
    assert_eq!(store.known_inputs(&inputs).await.unwrap().into_iter().collect::<Vec<_>>(), inputs[..1]);
    assert_eq!(store.book_rows("next").await.unwrap(), [loan()]);
    assert_eq!(store.counters().await.unwrap(), [("duplicate".into(), 0), ("stored".into(), POSITIONS)]);
}

/// What people and notify ask.
async fn people_find_it(store: &Store) {
    let count = async |query: PositionQuery| {
        let mut records = Vec::new();
        let each = |mut page: Vec<store::PositionRecord>| {
            records.append(&mut page);
            Ok::<(), ()>(())
        };
        store.positions(&query, each).await.unwrap().unwrap();
        records
    };
    let all = count(PositionQuery { late: true, ..PositionQuery::default() }).await;
    assert_eq!(all.len(), identities().len());
    let first = all.first().unwrap();
    assert_eq!(
        (first.late, first.vehicle.as_deref(), first.hex.as_deref()),
        (true, Some("粤B12345"), Some("7800"))
    );
    assert_eq!((first.lat, first.lon), (Some(22.5431), Some(-114.0579)));
    assert_eq!((first.alarms, first.serial), (position(AT).alarms, Some(7)));
    let at = first.fix_time.unwrap();
    assert_eq!(count(PositionQuery::default()).await.len(), all.len() - 1, "late ones are left out");
    let one = PositionQuery { from: Some(at.plus(1)), to: Some(at.plus(2)), ..PositionQuery::default() };
    assert_eq!(count(one).await.len(), 1);
    let strangers = PositionQuery { terminal: Some(stranger()), ..PositionQuery::default() };
    assert_eq!(count(strangers).await.len(), 0);

    assert_eq!(store.alert(&alert().id).await.unwrap(), Some(alert()));
    assert_eq!(store.alerts_by_prefix("9f").await.unwrap(), [alert()]);
    assert_eq!(store.alerts(&AlertQuery { live: true, ..AlertQuery::default() }).await.unwrap(), [alert()]);
    let closed = AlertQuery { state: Some("closed"), ..AlertQuery::default() };
    assert_eq!(store.alerts(&closed).await.unwrap(), []);
    assert_eq!(store.alert_counts().await.unwrap(), [("OVERDUE_MOVED".into(), "open".into(), 1)]);

    let listing = store.directory().await.unwrap();
    assert_eq!((listing.version, listing.terminals.len()), (3, 2));
    let devices = store.devices(AT, Some(TerminalStatus::Approved), None).await.unwrap();
    assert_eq!(devices.first().unwrap().vehicle.as_deref(), Some("粤B12345"));
    let devices = store.devices(AT, None, Some(stranger())).await.unwrap();
    assert_eq!(devices.first().unwrap().quarantined_frames, 2);

    assert_eq!(store.outbox_due(AT, 10).await.unwrap(), []);
    let due = store.outbox_due(AT.plus(1_000), 10).await.unwrap();
    assert_eq!(due.first().unwrap().alert, alert());
    assert_eq!(store.outbox_next().await.unwrap(), Some(AT.plus(1_000)));
    assert_eq!(store.outcome(&InputId("a-1".into())).await.unwrap(), Some(outcome().outcome));
    assert_eq!(store.outcome(&InputId("a-2".into())).await.unwrap(), None);
}

fn changes() -> Batch {
    let delivery = |state, attempt| DeliveryRow {
        entry: "9f00:1".into(),
        state,
        attempt,
        next_at: AT.plus(60_000),
        error: Some("503".into()),
    };
    let closed = AlertState::Withdrawn { reason: model::WithdrawReason::Paid, at: AT.plus(5_000) };
    Batch {
        released: vec![stranger()],
        terminals: vec![terminal_row(stranger(), TerminalStatus::Approved)],
        books: vec![BookRow { book: "next".into(), activated_seq: Seq(8), ..book() }],
        alerts: vec![(Seq(8), Alert { state: closed, version: 2, ..alert() })],
        // The second comes too late: what has ended stays ended.
        deliveries: vec![delivery(OutboxState::Delivered, 1), delivery(OutboxState::Pending, 2)],
        coverage: vec![CoverageRow { from: AT, to: AT.plus(20_000), run: Seq(1) }],
        counters: vec![("stored", 1)],
        ..Batch::default()
    }
}

async fn changes_show(store: &Store) {
    let world = store.world(Timestamp::default()).await.unwrap();
    assert_eq!(world.quarantined, []);
    assert!(world.terminals.iter().all(|row| row.status == TerminalStatus::Approved));
    assert_eq!(world.books.first().unwrap().book, "next");
    assert_eq!(world.alerts.first().unwrap().version, 2);
    assert_eq!(world.coverage.unwrap().to, AT.plus(20_000));
    assert_eq!(store.book_rows("next").await.unwrap(), [], "rows of a book in force leave the staging table");
    assert_eq!(store.outbox_counts().await.unwrap(), [("delivered".into(), 1)]);
    assert_eq!(store.outbox_next().await.unwrap(), None);
    assert_eq!(store.counters().await.unwrap().last(), Some(&("stored".into(), POSITIONS + 1)));
}

#[tokio::test]
async fn every_statement_prepares_on_both() {
    let folder = tempfile::tempdir().unwrap();
    prepares(&sqlite(&folder)).await;
    prepares(&postgres().await).await;
}

#[tokio::test]
async fn the_story_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    tell(&connect(&sqlite(&folder)).await).await;
}

#[tokio::test]
async fn the_story_on_postgres() {
    tell(&connect(&postgres().await).await).await;
}

#[tokio::test]
async fn the_story_leaves_the_same_rows_on_both() {
    let folder = tempfile::tempdir().unwrap();
    let (sqlite, postgres) = (sqlite(&folder), postgres().await);
    for url in [&sqlite, &postgres] {
        let store = connect(url).await;
        tell(&store).await;
        store.close().await;
    }
    let (sqlite, postgres) = (Rows::of(&sqlite, &[]).await.unwrap(), Rows::of(&postgres, &[]).await.unwrap());
    assert_eq!(sqlite.difference(&postgres), None);
}

#[tokio::test]
async fn the_migrations_give_the_same_tables_and_columns() {
    let folder = tempfile::tempdir().unwrap();
    let (sqlite, postgres) = (sqlite(&folder), postgres().await);
    for url in [&sqlite, &postgres] {
        connect(url).await.close().await;
    }
    let (sqlite, postgres): (Columns, Columns) =
        (columns(&sqlite).await.unwrap(), columns(&postgres).await.unwrap());
    assert!(sqlite.contains_key("positions"));
    assert_eq!(sqlite, postgres);
}

/// More than two statements of many rows take, so that both forms of a bulk are used.
const POSITIONS: i64 = 123;
