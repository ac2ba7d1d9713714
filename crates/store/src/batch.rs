//! Everything one step of the fold changes, row by row.
//!
//! Shape: each row type beside the statement that writes it, columns in the same order. A [`Batch`] is committed whole
//! or not at all. Units: see the migrations. Errors: none here; `fold` commits.

use crate::value::{Bulk, Row, Write};
use model::input::{Binding, Outcome};
use model::{
    Alert, Coordinates, Identity, InputId, LenderId, Loan, Position, Reception, Seq, TerminalId, Timestamp,
    VehicleId,
};

/// One step of the fold.
#[derive(Debug, Default)]
pub struct Batch {
    /// New frame log rows.
    pub frames: Vec<FrameRow>,
    /// New positions; the fold has dropped duplicates.
    pub positions: Vec<PositionRow>,
    /// Frames of terminals that nobody has approved.
    pub quarantine: Vec<QuarantineRow>,
    /// Terminals whose quarantined frames have moved out.
    pub released: Vec<TerminalId>,
    /// New or changed terminals.
    pub terminals: Vec<TerminalRow>,
    /// New or changed vehicles.
    pub vehicles: Vec<VehicleRow>,
    /// New or changed binding intervals.
    pub bindings: Vec<BindingRow>,
    /// Rows of books that are not in force.
    pub chunks: Vec<ChunkRow>,
    /// Books that came in force; their rows leave the staging table.
    pub books: Vec<BookRow>,
    /// New or changed loans.
    pub loans: Vec<LoanRow>,
    /// Checkpointed states.
    pub states: Vec<StateRow>,
    /// New or changed alerts, with the input that changed them.
    pub alerts: Vec<(Seq, Alert)>,
    /// What people are owed.
    pub outbox: Vec<OutboxRow>,
    /// What became of it.
    pub deliveries: Vec<DeliveryRow>,
    /// What became of human inputs.
    pub outcomes: Vec<OutcomeRow>,
    /// Audit lines.
    pub audit: Vec<AuditRow>,
    /// Inputs to keep.
    pub archive: Vec<ArchiveRow>,
    /// Coverage intervals, new or longer.
    pub coverage: Vec<CoverageRow>,
    /// Rule sets.
    pub rule_sets: Vec<RuleSetRow>,
    /// Counters to add to.
    pub counters: Vec<(&'static str, i64)>,
}

impl Batch {
    /// The statements, in an order in which none depends on a later one.
    pub(crate) fn writes(self) -> Vec<Write> {
        let mut writes = vec![
            write(&FRAMES, self.frames, FrameRow::row),
            write(&POSITIONS, self.positions, PositionRow::row),
            write(&QUARANTINE, self.quarantine, QuarantineRow::row),
            write(&TERMINALS, self.terminals, TerminalRow::row),
            write(&VEHICLES, self.vehicles, VehicleRow::row),
            write(&BINDINGS, self.bindings, BindingRow::row),
            write(&BOOK_CHUNKS, self.chunks, ChunkRow::row),
            write(&CHUNKS_DROPPED, self.books.clone(), |book| vec![book.book.into()]),
            write(&LOAN_BOOKS, self.books, BookRow::row),
            write(&LOANS, self.loans, LoanRow::row),
            write(&SUBJECT_STATES, self.states, StateRow::row),
            write(&ALERTS, self.alerts, alert_row),
            write(&OUTBOX, self.outbox, OutboxRow::row),
            write(&DELIVERIES, self.deliveries, DeliveryRow::row),
            write(&OUTCOMES, self.outcomes, OutcomeRow::row),
            write(&AUDIT, self.audit, AuditRow::row),
            write(&ARCHIVE, self.archive, ArchiveRow::row),
            write(&COVERAGE, self.coverage, CoverageRow::row),
            write(&RULE_SETS, self.rule_sets, RuleSetRow::row),
            write(&COUNTERS, self.counters, |(name, by)| vec![name.into(), by.into()]),
            write(&RELEASED, self.released, |terminal| vec![terminal.as_str().into()]),
        ];
        writes.retain(|write| !write.rows.is_empty());
        writes
    }
}

fn write<T>(statement: &'static Bulk, rows: Vec<T>, row: impl Fn(T) -> Row) -> Write {
    Write { statement, rows: rows.into_iter().map(row).collect() }
}

/// A frame as it was received.
#[derive(Debug)]
pub struct FrameRow {
    /// Its place in the journal.
    pub seq: Seq,
    /// How it was received; its events are not kept here.
    pub reception: Reception,
    /// Its bytes.
    pub frame: Option<Vec<u8>>,
}

static FRAMES: Bulk = Bulk::new(
    "INSERT INTO frames (seq, terminal, protocol, session, frame_no, number, serial, received_ms, checksum_ok, \
     problem, frame)",
    11,
    "ON CONFLICT DO NOTHING",
);

impl FrameRow {
    fn row(self) -> Row {
        let reception = self.reception;
        vec![
            self.seq.0.into(),
            reception.terminal.as_str().into(),
            reception.protocol.as_str().into(),
            reception.session.to_string().into(),
            i64::from(reception.frame_no).into(),
            i64::from(reception.number).into(),
            reception.serial.map(i64::from).into(),
            reception.received_at.ms().into(),
            reception.checksum_ok.into(),
            reception.problem.into(),
            self.frame.into(),
        ]
    }
}

/// A position that is not a duplicate.
#[derive(Debug)]
pub struct PositionRow {
    /// What makes it one row.
    pub identity: Identity,
    /// Its first reception.
    pub seq: Seq,
    /// Which event of that frame.
    pub item: i64,
    /// When it was received.
    pub received_at: Timestamp,
    /// How timely it was: the rules' code.
    pub timeliness: &'static str,
    /// What it says.
    pub position: Position,
}

static POSITIONS: Bulk = Bulk::new(
    "INSERT INTO positions (wall_ms, terminal, measured, seq, item, fix_ms, received_ms, timeliness, lat_e7, lon_e7, \
     speed_tenths, course, altitude_m, satellites, buffered, alarms, attributes)",
    17,
    "ON CONFLICT DO NOTHING",
);

impl PositionRow {
    fn row(self) -> Row {
        let position = self.position;
        let place = position.fix.coordinates();
        let attributes = serde_json::to_string(&position.attributes).unwrap_or_else(|_| "{}".into());
        vec![
            self.identity.wall_ms.into(),
            self.identity.terminal.as_str().into(),
            self.identity.measured.into(),
            self.seq.0.into(),
            self.item.into(),
            position.fix_time().map(Timestamp::ms).into(),
            self.received_at.ms().into(),
            self.timeliness.into(),
            place.map(|place| i64::from(place.lat_e7())).into(),
            place.map(|place| i64::from(place.lon_e7())).into(),
            position.speed.map(|speed| i64::from(speed.tenths())).into(),
            position.course.map(|course| i64::from(course.degrees())).into(),
            position.altitude.map(|altitude| i64::from(altitude.metres())).into(),
            position.satellites.map(i64::from).into(),
            position.buffered.into(),
            position.alarms.bits().cast_signed().into(),
            attributes.into(),
        ]
    }
}

/// A frame of a terminal that nobody has approved.
#[derive(Debug)]
pub struct QuarantineRow {
    /// Its place in the journal.
    pub seq: Seq,
    /// Who sent it.
    pub terminal: TerminalId,
    /// The whole input, in the journal's form.
    pub payload: Vec<u8>,
    /// Its bytes.
    pub frame: Option<Vec<u8>>,
}

static QUARANTINE: Bulk =
    Bulk::new("INSERT INTO quarantine (seq, terminal, payload, frame)", 4, "ON CONFLICT DO NOTHING");

impl QuarantineRow {
    fn row(self) -> Row {
        vec![self.seq.0.into(), self.terminal.as_str().into(), self.payload.into(), self.frame.into()]
    }
}

/// Takes terminals' frames out of quarantine.
static RELEASED: Bulk = Bulk::new("DELETE FROM quarantine WHERE terminal IN (", 1, ")");

/// Whether a terminal may speak for a vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TerminalStatus {
    /// Seen, but nobody has said it is ours.
    Quarantined,
    /// Ours.
    Approved,
}

impl TerminalStatus {
    /// The code in SQL, JSON and the console.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Quarantined => "quarantined",
            Self::Approved => "approved",
        }
    }

    /// The status behind a code.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Quarantined, Self::Approved].into_iter().find(|status| status.as_str() == text)
    }
}

/// A terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerminalRow {
    /// Its id.
    pub terminal: TerminalId,
    /// What it spoke first.
    pub protocol: String,
    /// Whether it may speak for a vehicle.
    pub status: TerminalStatus,
    /// When it was first heard.
    pub first_seen: Timestamp,
    /// In which input.
    pub first_seq: Seq,
    /// When it was approved.
    pub approved_at: Option<Timestamp>,
    /// Zone of its clock, if an operator set one.
    pub zone: Option<model::ZoneOffset>,
}

static TERMINALS: Bulk = Bulk::new(
    "INSERT INTO terminals (terminal, protocol, status, first_seen_ms, first_seq, approved_ms, zone_s)",
    7,
    "ON CONFLICT (terminal) DO UPDATE SET protocol = excluded.protocol, status = excluded.status, \
     approved_ms = excluded.approved_ms, zone_s = excluded.zone_s",
);

impl TerminalRow {
    fn row(self) -> Row {
        vec![
            self.terminal.as_str().into(),
            self.protocol.into(),
            self.status.as_str().into(),
            self.first_seen.ms().into(),
            self.first_seq.0.into(),
            self.approved_at.map(Timestamp::ms).into(),
            self.zone.map(|zone| i64::from(zone.seconds())).into(),
        ]
    }
}

/// A vehicle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VehicleRow {
    /// VIN, or plate where no VIN is known.
    pub vehicle: VehicleId,
    /// Plate, where the id is a VIN.
    pub plate: Option<VehicleId>,
}

static VEHICLES: Bulk = Bulk::new(
    "INSERT INTO vehicles (vehicle, plate)",
    2,
    "ON CONFLICT (vehicle) DO UPDATE SET plate = excluded.plate",
);

impl VehicleRow {
    fn row(self) -> Row {
        vec![self.vehicle.as_str().into(), self.plate.map(|plate| plate.to_string()).into()]
    }
}

/// A binding interval, with the input that made or changed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BindingRow {
    /// The interval.
    pub binding: Binding,
    /// The input.
    pub seq: Seq,
}

static BINDINGS: Bulk = Bulk::new(
    "INSERT INTO bindings (terminal, from_ms, to_ms, vehicle, role, seq)",
    6,
    "ON CONFLICT (terminal, from_ms) DO UPDATE SET to_ms = excluded.to_ms, vehicle = excluded.vehicle, \
     role = excluded.role, seq = excluded.seq",
);

impl BindingRow {
    fn row(self) -> Row {
        vec![
            self.binding.terminal.as_str().into(),
            self.binding.from.ms().into(),
            self.binding.to.map(Timestamp::ms).into(),
            self.binding.vehicle.as_str().into(),
            self.binding.role.as_str().into(),
            self.seq.0.into(),
        ]
    }
}

/// Rows of a book that is not in force.
#[derive(Debug)]
pub struct ChunkRow {
    /// The book.
    pub book: String,
    /// First row's number.
    pub first_row: i64,
    /// The rows.
    pub loans: Vec<Loan>,
}

static BOOK_CHUNKS: Bulk = Bulk::new(
    "INSERT INTO book_chunks (book, first_row, loans)",
    3,
    "ON CONFLICT (book, first_row) DO UPDATE SET loans = excluded.loans",
);

impl ChunkRow {
    fn row(self) -> Row {
        let loans = serde_json::to_string(&self.loans).unwrap_or_else(|_| "[]".into());
        vec![self.book.into(), self.first_row.into(), loans.into()]
    }
}

/// A book that came in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookRow {
    /// The book.
    pub book: String,
    /// Whose.
    pub lender: LenderId,
    /// As of when the lender states it.
    pub as_of: Timestamp,
    /// How many loans it holds.
    pub loans: i64,
    /// It holds every contract of the lender.
    pub complete: bool,
    /// The input that put it in force.
    pub activated_seq: Seq,
    /// When.
    pub activated_at: Timestamp,
}

/// Empties the staging table of books that are in force.
static CHUNKS_DROPPED: Bulk = Bulk::new("DELETE FROM book_chunks WHERE book IN (", 1, ")");

static LOAN_BOOKS: Bulk = Bulk::new(
    "INSERT INTO loan_books (book, lender, as_of_ms, loans, complete, activated_seq, activated_ms)",
    7,
    "ON CONFLICT DO NOTHING",
);

impl BookRow {
    fn row(self) -> Row {
        vec![
            self.book.into(),
            self.lender.0.into(),
            self.as_of.ms().into(),
            self.loans.into(),
            self.complete.into(),
            self.activated_seq.0.into(),
            self.activated_at.ms().into(),
        ]
    }
}

/// A loan as the newest book and later events state it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoanRow {
    /// The loan, its vehicle resolved.
    pub loan: Loan,
    /// The newest complete book has it.
    pub in_book: bool,
    /// When the last payment came in.
    pub paid_at: Option<Timestamp>,
}

static LOANS: Bulk = Bulk::new(
    "INSERT INTO loans (contract, lender, vehicle, in_book, paid_ms, body)",
    6,
    "ON CONFLICT (contract) DO UPDATE SET lender = excluded.lender, vehicle = excluded.vehicle, \
     in_book = excluded.in_book, paid_ms = excluded.paid_ms, body = excluded.body",
);

impl LoanRow {
    fn row(self) -> Row {
        let body = serde_json::to_string(&self.loan).unwrap_or_default();
        vec![
            self.loan.contract.0.into(),
            self.loan.lender.0.into(),
            self.loan.vehicle.as_str().into(),
            self.in_book.into(),
            self.paid_at.map(Timestamp::ms).into(),
            body.into(),
        ]
    }
}

/// What the rules remember of a vehicle, or of a terminal that is on none.
#[derive(Debug)]
pub struct StateRow {
    /// `v:VEHICLE` or `t:TERMINAL`.
    pub subject: String,
    /// Version of the state's form.
    pub format: i64,
    /// Up to which input.
    pub state_seq: Seq,
    /// When it was last heard.
    pub heard_at: Option<Timestamp>,
    /// Its last believed live fix.
    pub latest: Option<(Timestamp, Coordinates)>,
    /// The state, binary.
    pub state: Vec<u8>,
}

static SUBJECT_STATES: Bulk = Bulk::new(
    "INSERT INTO subject_states (subject, format, state_seq, heard_ms, fix_ms, lat_e7, lon_e7, state)",
    8,
    "ON CONFLICT (subject) DO UPDATE SET format = excluded.format, state_seq = excluded.state_seq, \
     heard_ms = excluded.heard_ms, fix_ms = excluded.fix_ms, lat_e7 = excluded.lat_e7, lon_e7 = excluded.lon_e7, \
     state = excluded.state",
);

impl StateRow {
    fn row(self) -> Row {
        vec![
            self.subject.into(),
            self.format.into(),
            self.state_seq.0.into(),
            self.heard_at.map(Timestamp::ms).into(),
            self.latest.map(|(at, _)| at.ms()).into(),
            self.latest.map(|(_, place)| i64::from(place.lat_e7())).into(),
            self.latest.map(|(_, place)| i64::from(place.lon_e7())).into(),
            self.state.into(),
        ]
    }
}

static ALERTS: Bulk = Bulk::new(
    "INSERT INTO alerts (id, rule, vehicle, severity, state, opened_ms, event_ms, version, seq, body)",
    10,
    "ON CONFLICT (id) DO UPDATE SET severity = excluded.severity, state = excluded.state, \
     version = excluded.version, seq = excluded.seq, body = excluded.body",
);

fn alert_row((seq, alert): (Seq, Alert)) -> Row {
    let body = serde_json::to_string(&alert).unwrap_or_default();
    vec![
        alert.id.0.into(),
        alert.rule.as_str().into(),
        alert.vehicle.as_str().into(),
        alert.severity.as_str().into(),
        alert.state.code().into(),
        alert.opened_at.ms().into(),
        alert.event_time.ms().into(),
        i64::from(alert.version).into(),
        seq.0.into(),
        body.into(),
    ]
}

/// Where an outbox entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutboxState {
    /// To be delivered.
    Pending,
    /// The receiver took it.
    Delivered,
    /// Given up.
    Dead,
    /// Not sent: taken back before.
    Cancelled,
}

impl OutboxState {
    /// The code in SQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What people are owed.
#[derive(Debug)]
pub struct OutboxRow {
    /// Its id, and the receiver's idempotency key.
    pub entry: String,
    /// The input that caused it.
    pub seq: Seq,
    /// The alert as it stood.
    pub alert: Alert,
    /// What happened to it: the rules' code.
    pub notice: &'static str,
    /// When to deliver it first.
    pub due_at: Timestamp,
}

static OUTBOX: Bulk = Bulk::new(
    "INSERT INTO outbox (entry, seq, alert, notice, state, attempt, next_ms, body)",
    8,
    "ON CONFLICT DO NOTHING",
);

impl OutboxRow {
    fn row(self) -> Row {
        let body = serde_json::to_string(&self.alert).unwrap_or_default();
        vec![
            self.entry.into(),
            self.seq.0.into(),
            self.alert.id.0.into(),
            self.notice.into(),
            OutboxState::Pending.as_str().into(),
            0.into(),
            self.due_at.ms().into(),
            body.into(),
        ]
    }
}

/// What became of an attempt to deliver.
#[derive(Debug)]
pub struct DeliveryRow {
    /// The outbox entry.
    pub entry: String,
    /// Where it stands now.
    pub state: OutboxState,
    /// Attempts so far.
    pub attempt: i64,
    /// When to try again.
    pub next_at: Timestamp,
    /// What went wrong.
    pub error: Option<String>,
}

/// The casts are for PostgreSQL: unless told, it takes a bound value of a list for text.
static DELIVERIES: Bulk = Bulk::new(
    "UPDATE outbox SET state = d.column2, attempt = CAST(d.column3 AS BIGINT), \
     next_ms = CAST(d.column4 AS BIGINT), error = d.column5 FROM (",
    5,
    ") AS d WHERE outbox.entry = d.column1 AND outbox.state = 'pending'",
);

impl DeliveryRow {
    fn row(self) -> Row {
        vec![
            self.entry.into(),
            self.state.as_str().into(),
            self.attempt.into(),
            self.next_at.ms().into(),
            self.error.into(),
        ]
    }
}

/// What became of a human input.
#[derive(Debug)]
pub struct OutcomeRow {
    /// The caller-made id.
    pub input: InputId,
    /// The input.
    pub seq: Seq,
    /// What became of it.
    pub outcome: Outcome,
}

static OUTCOMES: Bulk = Bulk::new("INSERT INTO outcomes (input, seq, body)", 3, "ON CONFLICT DO NOTHING");

impl OutcomeRow {
    fn row(self) -> Row {
        let body = serde_json::to_string(&self.outcome).unwrap_or_default();
        vec![self.input.0.into(), self.seq.0.into(), body.into()]
    }
}

/// An audit line; its hash covers the line before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Counted up from 1.
    pub line: i64,
    /// The input.
    pub seq: Seq,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// About what.
    pub subject: String,
    /// Why.
    pub purpose: String,
    /// `done`, `refused`, `conflict` or `not_found`.
    pub outcome: String,
    /// Hash of the line before, hex.
    pub previous: String,
    /// Hash of this line, hex.
    pub hash: String,
}

static AUDIT: Bulk = Bulk::new(
    "INSERT INTO audit (line, seq, at_ms, actor, action, subject, purpose, outcome, previous, hash)",
    10,
    "ON CONFLICT DO NOTHING",
);

impl AuditRow {
    fn row(self) -> Row {
        vec![
            self.line.into(),
            self.seq.0.into(),
            self.at.ms().into(),
            self.actor.into(),
            self.action.into(),
            self.subject.into(),
            self.purpose.into(),
            self.outcome.into(),
            self.previous.into(),
            self.hash.into(),
        ]
    }
}

/// An input to keep.
#[derive(Debug)]
pub struct ArchiveRow {
    /// Its place in the journal.
    pub seq: Seq,
    /// Journal time.
    pub at: Timestamp,
    /// The input in the journal's form.
    pub payload: Vec<u8>,
}

static ARCHIVE: Bulk = Bulk::new("INSERT INTO archive (seq, at_ms, payload)", 3, "ON CONFLICT DO NOTHING");

impl ArchiveRow {
    fn row(self) -> Row {
        vec![self.seq.0.into(), self.at.ms().into(), self.payload.into()]
    }
}

/// Time in which the server could listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoverageRow {
    /// First tick.
    pub from: Timestamp,
    /// Last tick.
    pub to: Timestamp,
    /// The run.
    pub run: Seq,
}

static COVERAGE: Bulk = Bulk::new(
    "INSERT INTO coverage (from_ms, to_ms, run_seq)",
    3,
    "ON CONFLICT (from_ms) DO UPDATE SET to_ms = excluded.to_ms",
);

impl CoverageRow {
    fn row(self) -> Row {
        vec![self.from.ms().into(), self.to.ms().into(), self.run.0.into()]
    }
}

/// A rule set that came in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSetRow {
    /// The input.
    pub seq: Seq,
    /// Hash of the text.
    pub hash: String,
    /// The text.
    pub text: String,
}

static RULE_SETS: Bulk = Bulk::new("INSERT INTO rule_sets (seq, hash, body)", 3, "ON CONFLICT DO NOTHING");

impl RuleSetRow {
    fn row(self) -> Row {
        vec![self.seq.0.into(), self.hash.into(), self.text.into()]
    }
}

static COUNTERS: Bulk = Bulk::new(
    "INSERT INTO counters (name, total)",
    2,
    "ON CONFLICT (name) DO UPDATE SET total = counters.total + excluded.total",
);

/// Every bulk statement, for `Store::prepare_all`.
pub(crate) static ALL: &[&Bulk] = &[
    &FRAMES,
    &POSITIONS,
    &QUARANTINE,
    &RELEASED,
    &TERMINALS,
    &VEHICLES,
    &BINDINGS,
    &BOOK_CHUNKS,
    &CHUNKS_DROPPED,
    &LOAN_BOOKS,
    &LOANS,
    &SUBJECT_STATES,
    &ALERTS,
    &OUTBOX,
    &DELIVERIES,
    &OUTCOMES,
    &AUDIT,
    &ARCHIVE,
    &COVERAGE,
    &RULE_SETS,
    &COUNTERS,
];
