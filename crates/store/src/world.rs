//! What the fold reads: everything once when it takes over, little things while it runs.
//!
//! Reads here use the writing connection, so that they see the fold's own last commit on either database; what people ask as well
//! goes beside it, so that nobody waits for a step, and is committed before either is asked.

use crate::backend::{with_reader, with_writer};
use crate::batch::profile;
use crate::bulk::{Bulk, TakesRows as _};
use crate::frames::{KeptColumns, kept};
use crate::positions::terminal_id;
use crate::value::Kind::Text;
use crate::value::Row;
use crate::{
    AuditRow, BindingRow, BookRow, CommandRow, CoverageRow, LoanRow, QuarantineRow, RuleSetRow, Store,
    StoreError, TerminalRow, TerminalStatus, VehicleRow,
};
use model::input::{Binding, Role};
use model::place::Watched;
use model::{Alert, InputId, LenderId, Loan, Seq, TerminalId, Timestamp, VehicleId};
use sqlx::AssertSqlSafe;
use std::collections::BTreeSet;

const TERMINALS: &str = "SELECT terminal, protocol, status, first_seen_ms, first_seq, approved_ms, first_fix_ms, zone_s, \
    model, checksum, acknowledgement FROM terminals ORDER BY terminal";

const VEHICLES: &str = "SELECT vehicle, alias FROM vehicles ORDER BY vehicle";

const BINDINGS: &str =
    "SELECT terminal, from_ms, to_ms, vehicle, role, seq FROM bindings ORDER BY terminal, from_ms";

const BOOKS: &str = "SELECT book, lender, as_of_ms, loans, complete, whole, activated_seq, activated_ms FROM loan_books b \
    WHERE NOT EXISTS (SELECT 1 FROM loan_books n WHERE n.lender = b.lender AND (n.whole > b.whole \
    OR (n.whole = b.whole AND n.activated_seq > b.activated_seq))) ORDER BY lender";

const NEWEST_BOOK: &str = "SELECT book, lender, as_of_ms, loans, complete, whole, activated_seq, activated_ms FROM loan_books \
    WHERE lender = $1 ORDER BY activated_seq DESC LIMIT 1";

const ALERTS: &str = "SELECT body FROM alerts a WHERE state IN ('unconfirmed', 'open', 'acknowledged') \
    OR NOT EXISTS (SELECT 1 FROM alerts n WHERE n.about = a.about AND n.rule = a.rule \
    AND (n.opened_ms > a.opened_ms OR (n.opened_ms = a.opened_ms AND n.id > a.id))) ORDER BY about, rule, opened_ms, id";

const STATES: &str =
    "SELECT subject, format, state_seq, heard_ms, state FROM subject_states ORDER BY subject";

const PLACES: &str = "SELECT body, provenance FROM places ORDER BY place";

const RULE_SET: &str = "SELECT seq, hash, body FROM rule_sets ORDER BY seq DESC LIMIT 1";

const AUDIT_HEAD: &str = "SELECT line, seq, at_ms, actor, action, subject, purpose, outcome, previous, hash FROM audit \
    ORDER BY line DESC LIMIT 1";

const AUDIT_PAGE: &str = "SELECT line, seq, at_ms, actor, action, subject, purpose, outcome, previous, hash FROM audit \
    WHERE line > $1 ORDER BY line LIMIT $2";

const COVERAGE_LAST: &str = "SELECT from_ms, to_ms, run_seq FROM coverage ORDER BY from_ms DESC LIMIT 1";

const QUARANTINE_COUNTS: &str =
    "SELECT terminal, COUNT(*) FROM quarantine GROUP BY terminal ORDER BY terminal";

const QUARANTINE_OF: &str =
    "SELECT seq, terminal, received_ms, payload, frame FROM quarantine WHERE terminal = $1 ORDER BY seq";

const CHUNKS: &str = "SELECT loans FROM book_chunks WHERE book = $1 ORDER BY first_row";

const COUNTERS: &str = "SELECT name, total FROM counters ORDER BY name";

static KNOWN_INPUTS: Bulk =
    Bulk::new("SELECT o.input FROM (", &[Text], ") AS k CROSS JOIN outcomes o WHERE o.input = k.column1");

/// Everything the fold holds in memory, as of its cursor; the states as of their own `state_seq`.
#[derive(Debug, Default)]
pub struct World {
    /// All terminals.
    pub terminals: Vec<TerminalRow>,
    /// All vehicles.
    pub vehicles: Vec<VehicleRow>,
    /// All binding intervals.
    pub bindings: Vec<BindingRow>,
    /// All loans.
    pub loans: Vec<LoanRow>,
    /// The newest book of each lender.
    pub books: Vec<BookRow>,
    /// Live alerts, and the newest of each rule about the same.
    pub alerts: Vec<Alert>,
    /// Commands that are open, or whose answer may still come.
    pub commands: Vec<CommandRow>,
    /// All states.
    pub states: Vec<StateRecord>,
    /// The rule set in force.
    pub rule_set: Option<RuleSetRow>,
    /// All places that are watched.
    pub places: Vec<Watched>,
    /// The newest audit line.
    pub audit_head: Option<AuditRow>,
    /// The newest coverage interval.
    pub coverage: Option<CoverageRow>,
    /// Frames in quarantine by terminal.
    pub quarantined: Vec<(TerminalId, i64)>,
}

/// A checkpointed state.
#[derive(Debug)]
pub struct StateRecord {
    /// `v:VEHICLE` or `t:TERMINAL`.
    pub subject: String,
    /// Version of the state's form.
    pub format: i64,
    /// Up to which input.
    pub state_seq: Seq,
    /// The last time that anything of it was heard.
    pub heard_at: Option<Timestamp>,
    /// The state, binary.
    pub state: Vec<u8>,
}

type StateColumns = (String, i64, i64, Option<i64>, Vec<u8>);

type TerminalColumns = (
    String,
    String,
    String,
    i64,
    i64,
    Option<i64>,
    Option<i64>,
    Option<i64>,
    Option<String>,
    Option<String>,
    Option<String>,
);
pub(crate) type BindingColumns = (String, i64, Option<i64>, String, String, i64);
pub(crate) type BookColumns = (String, String, i64, i64, i64, i64, i64, i64);
pub(crate) type AuditColumns = (i64, i64, i64, String, String, String, String, String, String, String);

impl Store {
    /// Loads the world; of the commands that are done with, those that changed since `answers_since`.
    pub async fn world(&self, answers_since: Timestamp) -> Result<World, StoreError> {
        let terminals: Vec<TerminalColumns> =
            with_writer!(self, pool => sqlx::query_as(TERMINALS).fetch_all(pool).await)?;
        let vehicles: Vec<(String, Option<String>)> =
            with_writer!(self, pool => sqlx::query_as(VEHICLES).fetch_all(pool).await)?;
        let bindings: Vec<BindingColumns> =
            with_writer!(self, pool => sqlx::query_as(BINDINGS).fetch_all(pool).await)?;
        let alerts: Vec<(String,)> =
            with_writer!(self, pool => sqlx::query_as(ALERTS).fetch_all(pool).await)?;
        let states: Vec<StateColumns> =
            with_writer!(self, pool => sqlx::query_as(STATES).fetch_all(pool).await)?;
        let rule_set = self.rule_set().await?;
        let audit: Option<AuditColumns> =
            with_writer!(self, pool => sqlx::query_as(AUDIT_HEAD).fetch_optional(pool).await)?;
        let coverage: Option<(i64, i64, i64)> =
            with_writer!(self, pool => sqlx::query_as(COVERAGE_LAST).fetch_optional(pool).await)?;
        let quarantined: Vec<(String, i64)> =
            with_writer!(self, pool => sqlx::query_as(QUARANTINE_COUNTS).fetch_all(pool).await)?;
        Ok(World {
            terminals: terminals.into_iter().map(terminal).collect::<Result<_, _>>()?,
            vehicles: vehicles.into_iter().map(vehicle).collect::<Result<_, _>>()?,
            bindings: bindings.into_iter().map(binding).collect::<Result<_, _>>()?,
            loans: self.loans().await?,
            commands: self.awaited_commands(answers_since).await?,
            books: self.books().await?,
            alerts: alerts.iter().map(|(body,)| serde_json::from_str(body)).collect::<Result<_, _>>()?,
            states: states
                .into_iter()
                .map(|(subject, format, seq, heard, state)| StateRecord {
                    subject,
                    format,
                    state_seq: Seq(seq),
                    heard_at: heard.map(Timestamp::from_ms),
                    state,
                })
                .collect(),
            rule_set,
            places: self.places().await?,
            audit_head: audit.map(audit_row),
            coverage: coverage.map(|(from, to, run)| CoverageRow {
                from: Timestamp::from_ms(from),
                to: Timestamp::from_ms(to),
                run: Seq(run),
            }),
            quarantined: quarantined
                .into_iter()
                .map(|(terminal, frames)| Ok((terminal_id(&terminal)?, frames)))
                .collect::<Result<_, StoreError>>()?,
        })
    }

    /// The rule set in force; `None` = the default one.
    pub async fn rule_set(&self) -> Result<Option<RuleSetRow>, StoreError> {
        let row: Option<(i64, String, String)> =
            with_reader!(self, pool => sqlx::query_as(RULE_SET).fetch_optional(pool).await)?;
        Ok(row.map(|(seq, hash, text)| RuleSetRow { seq: Seq(seq), hash, text }))
    }

    /// All places that are watched, in the order of their ids.
    pub async fn places(&self) -> Result<Vec<Watched>, StoreError> {
        let rows: Vec<(String, Option<String>)> =
            with_reader!(self, pool => sqlx::query_as(PLACES).fetch_all(pool).await)?;
        let watched = |(body, provenance): (String, Option<String>)| {
            let provenance = provenance.as_deref().map(serde_json::from_str).transpose()?;
            Ok(Watched { place: serde_json::from_str(&body)?, provenance })
        };
        rows.into_iter().map(watched).collect()
    }

    /// All binding intervals, for people: beside the fold, not in its way.
    pub async fn every_binding(&self) -> Result<Vec<BindingRow>, StoreError> {
        let rows: Vec<BindingColumns> =
            with_reader!(self, pool => sqlx::query_as(BINDINGS).fetch_all(pool).await)?;
        rows.into_iter().map(binding).collect()
    }

    /// Which of these human inputs have an outcome already.
    pub async fn known_inputs(&self, inputs: &[InputId]) -> Result<BTreeSet<InputId>, StoreError> {
        let mut known = BTreeSet::new();
        let row = |input: &InputId| vec![input.0.as_str().into()];
        let mut rest = inputs.iter().map(row).collect::<Vec<Row>>().into_iter();
        while rest.len() > 0 {
            let rows: Vec<(String,)> = with_writer!(self, pool => {
                let (text, arguments) = pool.take(&KNOWN_INPUTS, &mut rest)?;
                sqlx::query_as_with(AssertSqlSafe(text), arguments).fetch_all(pool).await
            })?;
            known.extend(rows.into_iter().map(|(input,)| InputId(input)));
        }
        Ok(known)
    }

    /// Terminals that have frames in quarantine.
    pub async fn quarantined_terminals(&self) -> Result<Vec<TerminalId>, StoreError> {
        let rows: Vec<(String, i64)> =
            with_writer!(self, pool => sqlx::query_as(QUARANTINE_COUNTS).fetch_all(pool).await)?;
        rows.iter().map(|(terminal, _)| terminal_id(terminal)).collect()
    }

    /// A terminal's frames in quarantine, in order.
    pub async fn quarantine_of(&self, terminal: TerminalId) -> Result<Vec<QuarantineRow>, StoreError> {
        let rows: Vec<KeptColumns> = with_writer!(self, pool => {
            sqlx::query_as(QUARANTINE_OF).bind(terminal.as_str()).fetch_all(pool).await
        })?;
        rows.into_iter().map(kept).collect()
    }

    /// The rows of a book that is not in force yet, in order.
    pub async fn book_rows(&self, book: &str) -> Result<Vec<Loan>, StoreError> {
        let chunks: Vec<(String,)> =
            with_writer!(self, pool => sqlx::query_as(CHUNKS).bind(book).fetch_all(pool).await)?;
        let mut loans = Vec::new();
        for (chunk,) in chunks {
            loans.append(&mut serde_json::from_str(&chunk)?);
        }
        Ok(loans)
    }

    /// The book of each lender that says how old its feed is: the newest whole one, or the newest where there is none.
    pub async fn books(&self) -> Result<Vec<BookRow>, StoreError> {
        let rows: Vec<BookColumns> = with_reader!(self, pool => sqlx::query_as(BOOKS).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(book).collect())
    }

    /// The newest book of a lender, few or many of its loans in it.
    pub async fn newest_book(&self, lender: &LenderId) -> Result<Option<BookRow>, StoreError> {
        let row: Option<BookColumns> = with_reader!(self, pool => {
            sqlx::query_as(NEWEST_BOOK).bind(&lender.0).fetch_optional(pool).await
        })?;
        Ok(row.map(book))
    }

    /// Audit lines after one, in order.
    pub async fn audit_after(&self, line: i64, lines_max: i64) -> Result<Vec<AuditRow>, StoreError> {
        let rows: Vec<AuditColumns> = with_writer!(self, pool => {
            sqlx::query_as(AUDIT_PAGE).bind(line).bind(lines_max).fetch_all(pool).await
        })?;
        Ok(rows.into_iter().map(audit_row).collect())
    }

    /// All counters.
    pub async fn counters(&self) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(with_reader!(self, pool => sqlx::query_as(COUNTERS).fetch_all(pool).await)?)
    }
}

fn terminal(columns: TerminalColumns) -> Result<TerminalRow, StoreError> {
    let (
        terminal,
        protocol,
        status,
        first_seen,
        first_seq,
        approved,
        first_fix,
        zone,
        model,
        checksum,
        acknowledgement,
    ) = columns;
    Ok(TerminalRow {
        terminal: terminal_id(&terminal)?,
        protocol,
        status: TerminalStatus::parse(&status)
            .ok_or_else(|| StoreError::Bug(format!("terminal status {status}")))?,
        first_seen: Timestamp::from_ms(first_seen),
        first_seq: Seq(first_seq),
        approved_at: approved.map(Timestamp::from_ms),
        first_fix_at: first_fix.map(Timestamp::from_ms),
        profile: profile((zone, model, checksum, acknowledgement))?,
    })
}

pub(crate) fn vehicle_id(text: &str) -> Result<VehicleId, StoreError> {
    VehicleId::parse(text).map_err(|error| StoreError::Bug(error.to_string()))
}

fn vehicle((vehicle, alias): (String, Option<String>)) -> Result<VehicleRow, StoreError> {
    Ok(VehicleRow { vehicle: vehicle_id(&vehicle)?, alias: alias.as_deref().map(vehicle_id).transpose()? })
}

pub(crate) fn binding(columns: BindingColumns) -> Result<BindingRow, StoreError> {
    let (terminal, from, to, vehicle, role, seq) = columns;
    let binding = Binding {
        terminal: terminal_id(&terminal)?,
        vehicle: vehicle_id(&vehicle)?,
        role: Role::parse(&role).map_err(|error| StoreError::Bug(error.to_string()))?,
        from: Timestamp::from_ms(from),
        to: to.map(Timestamp::from_ms),
    };
    Ok(BindingRow { binding, seq: Seq(seq) })
}

pub(crate) fn book(columns: BookColumns) -> BookRow {
    let (book, lender, as_of, loans, complete, whole, seq, at) = columns;
    BookRow {
        book,
        lender: LenderId(lender),
        as_of: Timestamp::from_ms(as_of),
        loans,
        complete: complete != 0,
        whole: whole != 0,
        activated_seq: Seq(seq),
        activated_at: Timestamp::from_ms(at),
    }
}

pub(crate) fn audit_row(columns: AuditColumns) -> AuditRow {
    let (line, seq, at, actor, action, subject, purpose, outcome, previous, hash) = columns;
    let (seq, at) = (Seq(seq), Timestamp::from_ms(at));
    AuditRow { line, seq, at, actor, action, subject, purpose, outcome, previous, hash }
}

pub(crate) const ALL: &[&str] = &[
    TERMINALS,
    VEHICLES,
    BINDINGS,
    BOOKS,
    NEWEST_BOOK,
    ALERTS,
    STATES,
    PLACES,
    RULE_SET,
    AUDIT_HEAD,
    AUDIT_PAGE,
    COVERAGE_LAST,
    QUARANTINE_COUNTS,
    QUARANTINE_OF,
    CHUNKS,
    COUNTERS,
];
pub(crate) static BULKS: &[&Bulk] = &[&KNOWN_INPUTS];
