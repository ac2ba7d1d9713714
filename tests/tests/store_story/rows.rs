//! One row of each kind.

use model::alert::{AlertEvent, Evidence, LoanSnapshot, Notice, Triage};
use model::command::Answer;
use model::finding::Finding;
use model::input::{Binding, LoanEvent, Outcome, Reception, Role, ToldEvent};
use model::loan::{Dealings, Holds, Standing, VisitResult};
use model::place::{Origin, Provenance, Scope, Watched};
use model::unit::Speed;
use model::{
    About, Acknowledgement, Alert, AlertId, AlertState, AnswerKey, Area, Attribute, ChecksumPolicy, Command,
    CommandState, ContractId, Coordinates, Course, Date, DaysPastDue, DeviceTime, Explanation, Fix, Group,
    Identity, InputId, LenderId, Loan, Measured, ModelCode, Place, PlaceId, PlaceKind, Position, Profile,
    ProtocolName, Reminder, ReminderKind, Rule, Seq, SessionId, Severity, Stay, TerminalId, Timestamp,
    VehicleId, ZoneOffset, ZoneSource,
};
use store::{
    AlertHistoryRow, ArchiveRow, AuditRow, Batch, BindingRow, BookRow, ChunkRow, CommandRow, CoverageRow,
    EarshotRow, Former, FormerLoan, FrameRow, FrozenProfileRow, LoanEventRow, LoanNotes, LoanRow, OutageRow,
    OutboxRow, OutcomeRow, PlaceRow, PositionRow, QuarantineRow, RuleSetRow, StateRow, StayRow, TerminalRow,
    TerminalStatus, UsualPlacesRow, VehicleRow,
};

pub(crate) fn terminal() -> TerminalId {
    TerminalId::parse("868120240000015").unwrap()
}

pub(crate) fn stranger() -> TerminalId {
    TerminalId::parse("13912345678").unwrap()
}

pub(crate) fn vehicle() -> VehicleId {
    VehicleId::parse("粤B12345").unwrap()
}

fn place() -> Coordinates {
    Coordinates::from_e7(225_431_000, -1_140_579_000).unwrap()
}

pub(crate) fn loan() -> Loan {
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

pub(crate) fn loan_row() -> LoanRow {
    let notes = LoanNotes {
        stated_at: AT,
        book_holds: loan().holds,
        reminded_due: Date::parse("2026-09-01"),
        ..LoanNotes::default()
    };
    LoanRow { loan: loan(), vehicle: vehicle(), in_book: true, paid_at: Some(AT), notes }
}

pub(crate) fn loan_event() -> LoanEventRow {
    let event =
        LoanEvent::Visit { result: VisitResult::Seen, place: Some(place()), note: Some("楼下".into()) };
    let told = ToldEvent { contract: loan().contract, at: AT, event };
    LoanEventRow { seq: Seq(4), item: 1, actor: "li".into(), told, identity: Some("e1".into()) }
}

pub(crate) fn reminder() -> Reminder {
    let (contract, lender) = (loan().contract, loan().lender);
    Reminder {
        kind: ReminderKind::DueSoon,
        contract,
        lender,
        due: Date::parse("2026-09-01").unwrap(),
        at: AT,
    }
}

pub(crate) fn position(wall: Timestamp) -> Position {
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
pub(crate) fn identities() -> Vec<Identity> {
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

/// The first line of the alert's history.
pub(crate) fn raised() -> AlertHistoryRow {
    let (alert, at, event) = (alert().id, AT.plus(1_000), AlertEvent::Opened);
    AlertHistoryRow { alert, seq: Seq(5), item: 0, at, actor: None, event, note: None }
}

pub(crate) fn alert() -> Alert {
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
        about: About::Vehicle(vehicle()),
        episode: AT,
        severity: Severity::P1,
        state: AlertState::Open,
        version: 1,
        opened_at: AT.plus(1_000),
        event_time: AT,
        cleared_at: None,
        told_at: None,
        told_again_at: None,
        triage: Triage::default(),
        explanation: Explanation {
            finding: Finding::Moved {
                anchor: place(),
                parked_since: AT.plus(-86_400_000),
                left_at: AT,
                distance_m: 900,
                threshold_m: 200,
                speed_max_tenths_kmh: 360,
                score: model::finding::MovementScore::default(),
                destination: None,
            },
            fixes_used: vec![evidence],
            fixes_rejected: Vec::new(),
            loan: Some(LoanSnapshot {
                loan: loan(),
                standing: Standing::Overdue(DaysPastDue(20)),
                fresh: true,
                dealings: Dealings::default(),
                course: None,
                book_as_of: None,
            }),
            rule_set: "00".into(),
            rules_version: 1,
        },
    }
}

pub(crate) fn terminal_row(terminal: TerminalId, status: TerminalStatus) -> TerminalRow {
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
        first_seq: if approved_at.is_some() { Seq(2) } else { Seq(6) },
        approved_at,
        first_fix_at: approved_at,
        profile,
    }
}

pub(crate) fn binding() -> BindingRow {
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
pub(crate) fn commands() -> [CommandRow; 3] {
    let (session, key) = (SessionId { run: Seq(1), connection: 3 }, AnswerKey::Flag(5));
    let answer = Answer { session, key, at: AT, text: "OK!".into() };
    [
        command(4, CommandState::Answered(answer)),
        command(5, CommandState::Pending),
        command(6, CommandState::Cancelled),
    ]
}

pub(crate) fn book() -> BookRow {
    BookRow {
        book: "2026-11-20".into(),
        lender: LenderId("main".into()),
        as_of: AT,
        loans: 1,
        complete: true,
        whole: true,
        activated_seq: Seq(4),
        activated_at: AT,
    }
}

pub(crate) fn audit() -> AuditRow {
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

pub(crate) fn outbox() -> OutboxRow {
    OutboxRow {
        entry: "9f00:1".into(),
        ..OutboxRow::of_alert(Seq(5), alert(), Notice::Opened, AT.plus(1_000))
    }
}

pub(crate) fn outcome() -> OutcomeRow {
    OutcomeRow {
        input: InputId("a-1".into()),
        seq: Seq(4),
        outcome: Outcome::Done { message: "bound".into() },
    }
}

/// What was before the book, of a loan that it changed and of one that was not known.
pub(crate) fn former() -> Former {
    let BookRow { book, lender, as_of, activated_seq, .. } = book();
    let known = FormerLoan { contract: loan().contract, row: Some(loan_row()) };
    let new = FormerLoan { contract: ContractId("new".into()), row: None };
    Former { book, lender, as_of, activated_seq, before: None, loans: vec![known, new] }
}

pub(crate) fn stay() -> Stay {
    Stay { place: place(), from: AT.plus(-86_400_000), to: AT }
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

pub(crate) fn black_point() -> Place {
    Place {
        id: PlaceId::parse("典当-1").unwrap(),
        name: "典当行".into(),
        kind: PlaceKind::BlackPoint,
        area: Area::Polygon { rings: vec![vec![place(), place(), place()]] },
        scope: Scope::Vehicle(vehicle()),
    }
}

/// As staff confirmed it.
pub(crate) fn confirmed(place: Place) -> Watched {
    let origin = Origin::Mined { vehicles: 4 };
    Watched { place, provenance: Some(Provenance { origin, confirmed_by: "li".into(), confirmed_at: AT }) }
}

/// One row of each kind.
pub(crate) fn everything() -> Batch {
    let quarantined = |seq: i64| QuarantineRow {
        seq: Seq(seq),
        terminal: stranger(),
        received_at: AT.plus(seq),
        payload: vec![1],
        frame: None,
    };
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
        former: vec![former()],
        reverted: Vec::new(),
        loans_removed: Vec::new(),
        loans: vec![loan_row()],
        loan_events: vec![loan_event()],
        states: vec![state()],
        usual_places: vec![UsualPlacesRow {
            vehicle: vehicle(),
            format: 1,
            state_seq: Seq(5),
            places: vec![7],
        }],
        frozen: vec![FrozenProfileRow { vehicle: vehicle(), format: 1, profile: Some(vec![8]) }],
        alerts: vec![(Seq(5), alert())],
        alert_history: vec![raised()],
        commands: commands().into(),
        outbox: vec![outbox(), OutboxRow::of_reminder(Seq(5), reminder(), AT.plus(2_000))],
        deliveries: Vec::new(),
        outcomes: vec![outcome()],
        audit: vec![audit()],
        archive: vec![ArchiveRow { seq: Seq(4), at: AT, payload: vec![7] }],
        coverage: vec![CoverageRow { from: AT, to: AT.plus(10_000), run: Seq(1) }],
        outages: vec![outage()],
        earshots: vec![earshot()],
        rule_sets: vec![RuleSetRow { seq: Seq(2), hash: "00".into(), text: "[loan]".into() }],
        places_removed: Vec::new(),
        places: vec![PlaceRow { watched: confirmed(black_point()), seq: Seq(2) }],
        stays: vec![StayRow { vehicle: vehicle(), stay: stay() }],
        counters: vec![("stored", POSITIONS), ("duplicate", 0)],
    }
}

pub(crate) const AT: Timestamp = Timestamp::from_ms(1_790_000_000_000);
/// As many as take a statement of each size, and more than one of the largest.
pub(crate) const POSITIONS: i64 = 449;

/// Going on.
pub(crate) fn earshot() -> EarshotRow {
    EarshotRow { group: Group::Cell { lat: 45, lon: 228 }, from_ms: 300_000, until_ms: None }
}

/// Going on.
pub(crate) fn outage() -> OutageRow {
    let (noticed_ms, from_ms, since) = (900_000, 300_000, AT);
    OutageRow { noticed_ms, group: Group::Everyone, from_ms, until_ms: None, since, silent: 10, of: 19 }
}
