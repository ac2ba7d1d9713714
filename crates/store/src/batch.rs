//! Everything one step of the fold changes, row by row.
//!
//! Shape: each row type beside the statement that writes it, in a file for each part of the store. A [`Batch`] is
//! committed whole or not at all. Units: see the migrations. Errors: none here; `fold` commits.

mod alerting;
mod commanding;
mod directory;
mod heard;
mod lending;
mod owing;
mod placing;
mod record;
mod reverting;
mod staying;

use crate::bulk::Bulk;
use crate::value::{Row, Write};
use alerting::{ALERT_HISTORY, ALERTS, FROZEN_PROFILES, SUBJECT_STATES, USUAL_PLACES, alert_row};
use commanding::COMMANDS;
use directory::{BINDINGS, TERMINALS, VEHICLES};
use heard::{FRAMES, POSITIONS, QUARANTINE, RELEASED, TRACK_TAIL};
use lending::{BOOK_CHUNKS, CHUNKS_DROPPED, LOAN_BOOKS, LOAN_EVENTS, LOANS};
use model::{Alert, ContractId, LenderId, PlaceId, Seq, TerminalId};
use owing::{DELIVERIES, OUTBOX};
use placing::{PLACES, PLACES_REMOVED};
use record::{ARCHIVE, AUDIT, COUNTERS, COVERAGE, EARSHOTS, OUTAGES, OUTCOMES, RULE_SETS};
use reverting::{BOOKS_REVERTED, FORMER_DROPPED, FORMER_LOANS, FormerPortion, LOANS_REMOVED};
use staying::STAYS;
use std::sync::Arc;

pub use alerting::{AlertHistoryRow, FrozenProfileRow, StateRow, UsualPlacesRow};
pub use commanding::CommandRow;
pub use directory::{BindingRow, TerminalRow, TerminalStatus, VehicleRow};
pub(crate) use directory::{ProfileColumns, profile};
pub use heard::{FrameRow, PositionRow, QuarantineRow};
pub use lending::{BookRow, ChunkRow, LoanEventRow, LoanNotes, LoanRow, ToldAt};
pub use owing::{DeliveryRow, OutboxRow, OutboxState, Owed};
pub use placing::PlaceRow;
pub use record::{ArchiveRow, AuditRow, CoverageRow, EarshotRow, OutageRow, OutcomeRow, RuleSetRow};
pub use reverting::{Former, FormerLoan, RevertedBook};
pub use staying::StayRow;

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
    /// What was before them, in the place of what was before the lender's last one.
    pub former: Vec<Former>,
    /// Books that are in force no longer; the one before each is again.
    pub reverted: Vec<RevertedBook>,
    /// Loans that no book has had after all.
    pub loans_removed: Vec<ContractId>,
    /// New or changed loans.
    pub loans: Vec<LoanRow>,
    /// What happened to them between two books.
    pub loan_events: Vec<LoanEventRow>,
    /// Checkpointed states.
    pub states: Vec<StateRow>,
    /// And where vehicles usually stand.
    pub usual_places: Vec<UsualPlacesRow>,
    /// Profiles from before arrears, taken or given up.
    pub frozen: Vec<FrozenProfileRow>,
    /// New or changed alerts, with the input that changed them.
    pub alerts: Vec<(Seq, Alert)>,
    /// What happened to them.
    pub alert_history: Vec<AlertHistoryRow>,
    /// New or changed commands.
    pub commands: Vec<CommandRow>,
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
    /// Outages, new or over.
    pub outages: Vec<OutageRow>,
    /// Where devices are heard well, new or over.
    pub earshots: Vec<EarshotRow>,
    /// Rule sets.
    pub rule_sets: Vec<RuleSetRow>,
    /// Places that are watched no more.
    pub places_removed: Vec<PlaceId>,
    /// Places.
    pub places: Vec<PlaceRow>,
    /// Stays that have ended.
    pub stays: Vec<StayRow>,
    /// Counters to add to.
    pub counters: Vec<(&'static str, i64)>,
}

impl Batch {
    /// Whether somebody does something for it that is not undone: who is paged, what a terminal is told, what a person has
    /// been answered. What is heard and remembered is not, unless a terminal is heard
    /// for the first time.
    pub(crate) fn is_acted_upon(&self) -> bool {
        let Self {
            frames: _,
            positions: _,
            quarantine: _,
            states: _,
            usual_places: _,
            stays: _,
            archive: _,
            coverage: _,
            outages: _,
            earshots: _,
            counters: _,
            released,
            terminals,
            vehicles,
            bindings,
            chunks,
            books,
            former,
            reverted,
            loans_removed,
            loans,
            loan_events,
            frozen,
            alerts,
            alert_history,
            commands,
            outbox,
            deliveries,
            outcomes,
            audit,
            rule_sets,
            places_removed,
            places,
        } = self;
        let rows = [
            released.len(),
            terminals.len(),
            vehicles.len(),
            bindings.len(),
            chunks.len(),
            books.len(),
            former.len(),
            reverted.len(),
            loans_removed.len(),
            loans.len(),
            loan_events.len(),
            frozen.len(),
            alerts.len(),
            alert_history.len(),
            commands.len(),
            outbox.len(),
            deliveries.len(),
            outcomes.len(),
            audit.len(),
            rule_sets.len(),
            places_removed.len(),
            places.len(),
        ];
        rows.iter().any(|rows| *rows > 0)
    }

    /// The statements, in an order in which none depends on a later one; `version` is the directory's after them.
    pub(crate) fn writes(self, version: i64) -> Vec<Write> {
        let positions: Arc<[PositionRow]> = self.positions.into();
        let reverted = self.reverted.iter().map(|reverted| reverted.lender.clone());
        let outdated = self.former.iter().map(|former| former.lender.clone()).chain(reverted).collect();
        let former: Vec<FormerPortion> = self.former.into_iter().flat_map(Former::portions).collect();
        let mut writes = vec![
            write(&FRAMES, self.frames, FrameRow::row),
            shared(&POSITIONS, by_identity(&positions).into_iter(), Arc::clone(&positions), PositionRow::row),
            shared(&TRACK_TAIL, 0..positions.len(), positions, PositionRow::tail_row),
            write(&QUARANTINE, self.quarantine, QuarantineRow::row),
            write(&TERMINALS, self.terminals, move |terminal| terminal.row(version)),
            write(&VEHICLES, self.vehicles, VehicleRow::row),
            write(&BINDINGS, self.bindings, BindingRow::row),
            write(&BOOK_CHUNKS, self.chunks, ChunkRow::row),
            write(&CHUNKS_DROPPED, self.books.clone(), |book| vec![book.book.into()]),
            write(&LOAN_BOOKS, self.books, BookRow::row),
            write(&BOOKS_REVERTED, self.reverted, |reverted| vec![reverted.book.into()]),
            write(&FORMER_DROPPED, outdated, |lender: LenderId| vec![lender.0.into()]),
            write(&FORMER_LOANS, former, FormerPortion::row),
            write(&LOANS_REMOVED, self.loans_removed, |contract| vec![contract.0.into()]),
            write(&LOANS, self.loans, LoanRow::row),
            write(&LOAN_EVENTS, self.loan_events, LoanEventRow::row),
            write(&SUBJECT_STATES, self.states, StateRow::row),
            write(&USUAL_PLACES, self.usual_places, UsualPlacesRow::row),
            write(&FROZEN_PROFILES, self.frozen, FrozenProfileRow::row),
            write(&ALERTS, self.alerts, alert_row),
            write(&ALERT_HISTORY, self.alert_history, AlertHistoryRow::row),
            write(&COMMANDS, self.commands, CommandRow::row),
            write(&OUTBOX, self.outbox, OutboxRow::row),
            write(&DELIVERIES, self.deliveries, DeliveryRow::row),
            write(&OUTCOMES, self.outcomes, OutcomeRow::row),
            write(&AUDIT, self.audit, AuditRow::row),
            write(&ARCHIVE, self.archive, ArchiveRow::row),
            write(&COVERAGE, self.coverage, CoverageRow::row),
            write(&OUTAGES, self.outages, OutageRow::row),
            write(&EARSHOTS, self.earshots, EarshotRow::row),
            write(&RULE_SETS, self.rule_sets, RuleSetRow::row),
            write(&PLACES_REMOVED, self.places_removed, |place| vec![place.as_str().into()]),
            write(&PLACES, self.places, PlaceRow::row),
            write(&STAYS, self.stays, StayRow::row),
            write(&COUNTERS, self.counters, |(name, by)| vec![name.into(), by.into()]),
            write(&RELEASED, self.released, |terminal| vec![terminal.as_str().into()]),
        ];
        writes.retain(|write| write.rows.len() > 0);
        writes
    }
}

fn write<T: Send + 'static>(
    statement: &'static Bulk,
    rows: Vec<T>,
    row: impl Fn(T) -> Row + Send + 'static,
) -> Write {
    Write { statement, rows: Box::new(rows.into_iter().map(row)) }
}

/// Of rows that go into two tables, into each in an order of its own.
fn shared<T: Send + Sync + 'static>(
    statement: &'static Bulk,
    order: impl ExactSizeIterator<Item = usize> + Send + 'static,
    rows: Arc<[T]>,
    row: fn(&T) -> Row,
) -> Write {
    let row = move |at| rows.get(at).map_or_else(Row::new, row);
    Write { statement, rows: Box::new(order.map(row)) }
}

/// The order of their key: neighbours go onto one page, one behind the other.
fn by_identity(positions: &[PositionRow]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..positions.len()).collect();
    order.sort_unstable_by_key(|at| positions.get(*at).map(|row| row.identity));
    order
}

/// Every bulk statement, for `Store::prepare_all`.
pub(crate) static ALL: &[&Bulk] = &[
    &FRAMES,
    &POSITIONS,
    &TRACK_TAIL,
    &QUARANTINE,
    &RELEASED,
    &TERMINALS,
    &VEHICLES,
    &BINDINGS,
    &BOOK_CHUNKS,
    &CHUNKS_DROPPED,
    &LOAN_BOOKS,
    &BOOKS_REVERTED,
    &FORMER_DROPPED,
    &FORMER_LOANS,
    &LOANS_REMOVED,
    &LOANS,
    &LOAN_EVENTS,
    &SUBJECT_STATES,
    &USUAL_PLACES,
    &FROZEN_PROFILES,
    &ALERTS,
    &ALERT_HISTORY,
    &COMMANDS,
    &OUTBOX,
    &DELIVERIES,
    &OUTCOMES,
    &AUDIT,
    &ARCHIVE,
    &COVERAGE,
    &OUTAGES,
    &EARSHOTS,
    &RULE_SETS,
    &PLACES_REMOVED,
    &PLACES,
    &STAYS,
    &COUNTERS,
];
