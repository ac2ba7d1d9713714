//! One input of each kind, and one of each kind inside them.

use model::alert::Owner;
use model::command::{Notice, Parameter, Relay};
use model::input::{
    Action, Binding, BookActivation, BookReversal, DeliveryResult, Human, LoanEvent, Role, SessionEndReason,
    ToldEvent,
};
use model::loan::{
    Attention, Channel, ContactResult, ContactState, FiledAddresses, Holds, LegalBasis, Level, Reason,
    VisitResult,
};
use model::place::{Crossing, Origin, Scope, Sourced};
use model::{
    Acknowledgement, Alarm, AlertId, Altitude, AnswerKey, Area, Attribute, Attributes, Cell, ChecksumPolicy,
    CloseReason, Command, CommandStep, ContractId, Coordinates, Course, Date, DeskAct, DeviceTime, Event,
    Fix, Input, InputId, LenderId, Loan, Measured, ModelCode, Place, PlaceId, PlaceKind, Position, Profile,
    ProtocolName, Reception, Seq, SessionId, Speed, TerminalId, Timestamp, UserId, VehicleId, ZoneOffset,
    ZoneSource,
};

pub(crate) const AT: Timestamp = Timestamp::from_ms(1_790_000_000_000);

pub(crate) fn terminal() -> TerminalId {
    TerminalId::parse("868120240000015").unwrap()
}

fn session() -> SessionId {
    SessionId { run: Seq(7), connection: 3 }
}

fn protocol() -> ProtocolName {
    ProtocolName::parse("gt06").unwrap()
}

fn vehicle() -> VehicleId {
    VehicleId::parse("粤B12345").unwrap()
}

pub(crate) fn position() -> Position {
    Position {
        time: DeviceTime::Clock { wall: AT, offset: ZoneOffset::CHINA, source: ZoneSource::Login },
        fix: Fix::Gnss(Coordinates::from_e7(225_431_000, 1_140_579_000).unwrap()),
        speed: Some(Speed::from_kmh(36)),
        course: Course::from_degrees(332),
        altitude: Some(Altitude::from_metres(-12)),
        satellites: Some(9),
        buffered: true,
        alarms: [Alarm::PowerCut, Alarm::Sos].into_iter().collect(),
        attributes: [
            Attribute::Ignition(true),
            Attribute::ExternalVolts(12.4),
            Attribute::OdometerKm(1234.5),
            Attribute::Cells(vec![Cell { mcc: 460, mnc: 0, lac: 9763, cid: 3713, rssi: None }]),
            Attribute::Text("粤".to_owned()),
        ]
        .into_iter()
        .collect(),
        measured: Measured { version: 1, hash: u64::MAX - 1 },
    }
}

pub(crate) fn reception(events: Vec<Event>) -> Input {
    Input::Reception(Box::new(Reception {
        session: session(),
        frame_no: 2,
        terminal: terminal(),
        protocol: protocol(),
        number: 0x22,
        serial: Some(7),
        received_at: AT,
        checksum_ok: true,
        events,
        problem: None,
    }))
}

pub(crate) fn human(action: Action) -> Input {
    Input::Human(Box::new(Human { id: InputId("a-1".to_owned()), actor: "li".to_owned(), action }))
}

fn loan() -> Loan {
    Loan {
        contract: ContractId("C1".to_owned()),
        lender: LenderId("main".to_owned()),
        vehicle: vehicle(),
        plate: Some(vehicle()),
        oldest_unpaid_due: Date::parse("2026-11-10"),
        amount_overdue: 100_000,
        principal_outstanding: 5_000_000,
        time_zone: "Asia/Shanghai".into(),
        risk_grade: Some("B".to_owned()),
        willingness: Some(Level::Low),
        ability: Some(Level::High),
        reason: Some(Reason::Hardship),
        contact_state: Some(ContactState::Lost),
        actual_user: Some("王".to_owned()),
        holds: Holds { promise_until: Date::parse("2026-11-30"), dispute: true, ..Holds::default() },
        episodes_12m: 2,
        dpd_max: 31,
        settled_at: Some(AT),
        as_of: AT,
    }
}

fn events() -> Vec<Event> {
    let attributes: Attributes = [Attribute::BatteryPercent(80.0)].into_iter().collect();
    let without_clock =
        Position { time: DeviceTime::Unusable, fix: Fix::None, speed: None, course: None, ..position() };
    vec![
        Event::Position(Box::new(position())),
        Event::Position(Box::new(without_clock)),
        Event::Login { terminal: terminal(), zone: Some(ZoneOffset::UTC), attributes: attributes.clone() },
        Event::Heartbeat { attributes: attributes.clone() },
        Event::Status { attributes },
        Event::CommandReply { token: Some(9), text: "OK".to_owned() },
        Event::Part { total: 3, number: 1, first_serial: 65_535 },
        Event::Raw,
    ]
}

fn actions() -> Vec<Action> {
    let contract = || ContractId("C1".to_owned());
    let alert = || AlertId("9f".to_owned());
    let loan_events = [
        LoanEvent::Payment { amount: Some(-5) },
        LoanEvent::DebitFailed,
        LoanEvent::Promise { until: Date::parse("2026-12-01").unwrap() },
        LoanEvent::Hold { holds: Holds { bankruptcy: true, ..Holds::default() } },
        LoanEvent::Settled,
        LoanEvent::SmsDelivery { delivered: false },
    ];
    let mut actions: Vec<Action> = loan_events
        .into_iter()
        .map(|event| Action::LoanEvent { contract: contract(), at: AT, event })
        .collect();
    let book = BookActivation {
        book: "2026-11-20".to_owned(),
        lender: LenderId("main".to_owned()),
        as_of: AT,
        rows: 10_000,
        complete: true,
        accept_fall: false,
    };
    let binding = Binding {
        terminal: terminal(),
        vehicle: vehicle(),
        role: Role::Backup,
        from: AT,
        to: Some(AT.plus(1)),
    };
    actions.extend([
        Action::ActivateBook(book),
        Action::Bind { bindings: vec![binding] },
        Action::Approve { terminal: terminal() },
        Action::Acknowledge { alert: alert(), version: Some(2), note: None },
        Action::Close {
            alert: alert(),
            version: None,
            reason: CloseReason::FalseAlarm,
            note: Some("误报".to_owned()),
        },
        Action::RuleSet { text: "[moved]\n".to_owned() },
        Action::Read { subject: "positions".to_owned(), purpose: "ops".to_owned() },
        Action::CancelCommand { command: InputId("a-0".to_owned()) },
        Action::SetProfile { terminal: terminal(), profile: profile() },
    ]);
    actions.extend(commands().map(|command| Action::Command {
        terminal: terminal(),
        command,
        expires_at: AT,
    }));
    actions.push(Action::SetPlaces { places: places(), remove: vec![PlaceId::parse("CN-GD").unwrap()] });
    actions
}

/// One of each kind and area.
fn places() -> Vec<Place> {
    let point = |lat_e7| Coordinates::from_e7(lat_e7, -5).unwrap();
    let circle = Area::Circle { centre: point(1), radius_m: 200 };
    let polygon = Area::Polygon { rings: vec![vec![point(1), point(2), point(3)], vec![]] };
    let corridor = Area::Corridor { line: vec![point(1), point(2)], half_width_m: 50 };
    let place = |kind, area: &Area, scope| {
        let id = PlaceId::parse("典当-1").unwrap();
        Place { id, name: "典当行".to_owned(), kind, area: area.clone(), scope }
    };
    vec![
        place(PlaceKind::BlackPoint, &circle, Scope::Everyone),
        place(PlaceKind::TowLot, &polygon, Scope::Lender(LenderId("main".to_owned()))),
        place(PlaceKind::Dealer, &corridor, Scope::Vehicle(vehicle())),
        place(PlaceKind::Fence(Crossing::Out), &circle, Scope::Everyone),
        place(PlaceKind::Region(model::place::Level::City), &circle, Scope::Everyone),
    ]
}

/// Places of each origin.
fn confirmed_places() -> Action {
    let origins =
        [Origin::Imported { file: "pawn.csv".to_owned() }, Origin::Mined { vehicles: 4 }, Origin::Drawn];
    let sourced = |(place, origin)| Sourced { place, origin };
    Action::ConfirmPlaces {
        places: places().into_iter().zip(origins).map(sourced).collect(),
        by: Some("li".to_owned()),
    }
}

/// What staff do about alerts beside taking and closing them.
fn inbox() -> [Action; 4] {
    let alert = || AlertId("9f".to_owned());
    let owner = Owner { id: UserId("u-1".to_owned()), name: "li".to_owned() };
    [
        Action::Unacknowledge { alert: alert(), version: Some(2), note: Some("误报".to_owned()) },
        Action::Assign { alert: alert(), version: None, to: Some(owner) },
        Action::Snooze { alert: alert(), version: Some(3), until: Some(AT), reason: Some("ok".to_owned()) },
        Action::Note { alert: alert(), version: None, note: "误报".to_owned() },
    ]
}

/// What was told of loans later: alone, and as rows of a file.
fn lending() -> Vec<Action> {
    let events = [
        LoanEvent::DebitFailed,
        LoanEvent::Contacted { channel: Channel::Wechat, result: ContactResult::Sent, note: None },
        LoanEvent::Visit {
            result: VisitResult::NotSeen,
            place: Coordinates::from_e7(-225_431_000, 1_140_579_000).ok(),
            note: Some("车位空".to_owned()),
        },
        LoanEvent::Attention {
            attention: Date::parse("2026-12-01")
                .map(|until| Attention { reason: "听说已卖车".to_owned(), until }),
        },
        LoanEvent::RecoveryCase { open: true, basis: Some(LegalBasis::WrittenConsent) },
    ];
    let told = |event| ToldEvent { contract: ContractId("C1".to_owned()), at: AT, event };
    let mut actions = vec![Action::LoanEvents { events: events.clone().map(told).into() }];
    let home = Coordinates::from_e7(-225_431_000, 1_140_579_000).ok();
    let filed = LoanEvent::AddressesFiled { addresses: FiledAddresses { home, work: None } };
    actions.extend(events.into_iter().chain([filed]).map(|event| Action::LoanEvent {
        contract: ContractId("C1".to_owned()),
        at: AT,
        event,
    }));
    actions
}

fn profile() -> Profile {
    Profile {
        model: ModelCode::parse("g10ls").ok(),
        zone: Some(ZoneOffset::CHINA),
        checksum: Some(ChecksumPolicy::Strict),
        acknowledgement: Some(Acknowledgement::Required),
    }
}

fn commands() -> impl Iterator<Item = Command> {
    [
        Command::Locate,
        Command::Interval { moving_s: 30, parked_s: Some(3600) },
        Command::Tracking { every_s: 10, minutes: 30 },
        Command::ReadParameters,
        Command::SetParameter(Parameter::Heartbeat { every_s: 180 }),
        Command::SetParameter(Parameter::TimeZone(ZoneOffset::UTC)),
        Command::SetParameter(Parameter::SpeedLimit { kmh: None }),
        Command::SetParameter(Parameter::VibrationAlarm(true)),
        Command::Restart,
        Command::Text(Notice::CallLender),
        Command::Relay(Relay::Restore),
    ]
    .into_iter()
}

fn command_steps() -> impl Iterator<Item = Input> {
    let keys = [AnswerKey::Serial(7), AnswerKey::Flag(70_000), AnswerKey::Next];
    let claims = keys.map(|key| CommandStep::Claim { session: session(), key });
    let steps = claims.into_iter().chain([
        CommandStep::Sent { session: session() },
        CommandStep::Unsupported { reason: "the model generic has no relay".to_owned() },
    ]);
    steps.map(|step| Input::Command { command: InputId("a-1".to_owned()), terminal: terminal(), step })
}

/// One input of each kind. A new kind of input makes [`kind`] red until it is here too.
pub(crate) fn every_input() -> Vec<Input> {
    let results = [
        DeliveryResult::Delivered,
        DeliveryResult::Retry { at: AT, error: "503".to_owned() },
        DeliveryResult::Dead { error: "410".to_owned() },
        DeliveryResult::Cancelled,
    ];
    let mut inputs = vec![
        Input::RunStart { build: "0.1.0".to_owned(), rules_version: 1 },
        Input::RunStop,
        Input::SessionStart {
            session: session(),
            terminal: terminal(),
            protocol: protocol(),
            peer: "192.0.2.1:40000".to_owned(),
        },
        Input::SessionEnd { session: session(), terminal: terminal(), reason: SessionEndReason::TakenOver },
        reception(events()),
        Input::Tick { listening: true },
        Input::BookChunk { book: "2026-11-20".to_owned(), first_row: 500, loans: vec![loan()] },
    ];
    inputs.extend(actions().into_iter().map(human));
    inputs.extend(results.map(|result| Input::Delivery { entry: "o-1".to_owned(), attempt: 2, result }));
    inputs.extend(command_steps());
    inputs.push(reception(vec![Event::CommandRefused { token: None, text: "0x8201 failed".to_owned() }]));
    inputs.extend(lending().into_iter().map(human));
    inputs.push(human(confirmed_places()));
    inputs.extend(inbox().map(human));
    inputs.push(human(Action::Desk { what: DeskAct::UserAdded, subject: "wang".to_owned() }));
    inputs.push(human(Action::RejectTerminal { terminal: terminal(), reason: "not ours".to_owned() }));
    inputs.push(human(Action::RevertBook(BookReversal {
        book: "2026-11-20".to_owned(),
        lender: LenderId("main".to_owned()),
        reason: "台账有误".to_owned(),
    })));
    inputs
}

/// The kind's number in the stored form.
pub(crate) fn kind(input: &Input) -> u8 {
    match input {
        Input::RunStart { .. } => 0,
        Input::RunStop => 1,
        Input::SessionStart { .. } => 2,
        Input::SessionEnd { .. } => 3,
        Input::Reception(_) => 4,
        Input::Tick { .. } => 5,
        Input::BookChunk { .. } => 6,
        Input::Human(_) => 7,
        Input::Delivery { .. } => 8,
        Input::Command { .. } => 9,
    }
}

/// How many kinds there are.
pub(crate) const KINDS: u8 = 10;
