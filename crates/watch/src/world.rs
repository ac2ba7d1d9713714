//! Everything the fold knows, in memory: committed, and over it what the step at hand has changed.

use crate::audit::Head;
use crate::coverage::Coverage;
use crate::layered::Layered;
use crate::packed::Packed;
use crate::subject::Subject;
use crate::timers::Timers;
use model::input::{Binding, Role};
use model::loan::Standing;
use model::{About, Alert, ContractId, LenderId, TerminalId, Timestamp, VehicleId};
use rules::{Facts, LoanFacts, Places, RuleSet, UsualPlaces, VehicleState};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::{BindingRow, BookRow, CommandRow, LoanRow, TerminalRow, VehicleRow};

/// Where a terminal belongs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Placed {
    pub(crate) subject: Subject,
    /// Its part there.
    pub(crate) role: Role,
    /// Since when, if it is on a vehicle.
    pub(crate) bound_at: Option<Timestamp>,
}

/// Values that are one each.
#[derive(Debug, Clone)]
pub(crate) struct Globals {
    pub(crate) coverage: Coverage,
    pub(crate) rule_set: Arc<RuleSet>,
    pub(crate) places: Arc<Places>,
    pub(crate) audit: Head,
    pub(crate) directory_version: i64,
    pub(crate) quarantined: i64,
    /// What alerts are about beside vehicles.
    pub(crate) wide: BTreeSet<About>,
    pub(crate) applied_at: Timestamp,
}

/// What a checkpoint owes the store.
#[derive(Debug, Default)]
pub(crate) struct Dirty {
    pub(crate) states: BTreeSet<Subject>,
    pub(crate) usual_places: BTreeSet<VehicleId>,
}

impl Dirty {
    pub(crate) fn is_empty(&self) -> bool {
        self.states.is_empty() && self.usual_places.is_empty()
    }
}

/// Everything the fold knows.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) globals: Globals,
    committed: Globals,
    pub(crate) terminals: Layered<TerminalId, TerminalRow>,
    pub(crate) quarantined: Layered<TerminalId, i64>,
    pub(crate) vehicles: Layered<VehicleId, VehicleRow>,
    pub(crate) aliases: Layered<VehicleId, VehicleId>,
    pub(crate) bindings: Layered<TerminalId, Vec<BindingRow>>,
    pub(crate) loans: Layered<ContractId, LoanRow>,
    pub(crate) contracts: Layered<VehicleId, Vec<ContractId>>,
    pub(crate) books: Layered<LenderId, BookRow>,
    pub(crate) alerts: Layered<About, Vec<Alert>>,
    pub(crate) states: Packed<Subject, VehicleState>,
    /// Where each vehicle usually stands.
    pub(crate) usual_places: Packed<VehicleId, UsualPlaces>,
    pub(crate) timers: Timers<VehicleId>,
    /// Commands that can still change, by terminal, in the order they were asked for.
    pub(crate) commands: Layered<TerminalId, Vec<CommandRow>>,
    pub(crate) command_timers: Timers<TerminalId>,
    /// What changed since the last checkpoint.
    pub(crate) dirty: Dirty,
}

impl World {
    /// From the store's rows; states are restored by `restore`.
    pub(crate) fn new(rows: store::World, globals: Globals) -> Self {
        let contracts = grouped(rows.loans.iter().map(|row| (row.vehicle, row.loan.contract.clone())));
        let aliases = rows.vehicles.iter().filter_map(|row| row.alias.map(|alias| (alias, row.vehicle)));
        Self {
            committed: globals.clone(),
            globals,
            aliases: Layered::new(aliases.collect::<Vec<_>>()),
            terminals: Layered::new(rows.terminals.into_iter().map(|row| (row.terminal, row))),
            quarantined: Layered::new(rows.quarantined),
            vehicles: Layered::new(rows.vehicles.into_iter().map(|row| (row.vehicle, row))),
            bindings: Layered::new(grouped(rows.bindings.into_iter().map(|row| (row.binding.terminal, row)))),
            contracts: Layered::new(contracts),
            loans: Layered::new(rows.loans.into_iter().map(|row| (row.loan.contract.clone(), row))),
            books: Layered::new(rows.books.into_iter().map(|row| (row.lender.clone(), row))),
            alerts: Layered::new(grouped(rows.alerts.into_iter().map(|alert| (alert.about.clone(), alert)))),
            states: Packed::default(),
            usual_places: Packed::default(),
            timers: Timers::default(),
            commands: Layered::new(grouped(rows.commands.into_iter().map(|row| (row.terminal, row)))),
            command_timers: Timers::default(),
            dirty: Dirty::default(),
        }
    }

    /// The step is committed. `checkpointed`: its rows hold every dirty state.
    pub(crate) fn merge(&mut self, checkpointed: bool) {
        if checkpointed {
            self.dirty = Dirty::default();
        } else {
            self.dirty.states.extend(self.states.changed());
            self.dirty.usual_places.extend(self.usual_places.changed());
        }
        self.committed = self.globals.clone();
        self.terminals.merge();
        self.quarantined.merge();
        self.vehicles.merge();
        self.aliases.merge();
        self.bindings.merge();
        self.loans.merge();
        self.contracts.merge();
        self.books.merge();
        self.alerts.merge();
        self.states.merge();
        self.usual_places.merge();
        self.timers.merge();
        self.commands.merge();
        self.command_timers.merge();
    }

    /// The step is not committed.
    pub(crate) fn discard(&mut self) {
        self.globals = self.committed.clone();
        self.terminals.discard();
        self.quarantined.discard();
        self.vehicles.discard();
        self.aliases.discard();
        self.bindings.discard();
        self.loans.discard();
        self.contracts.discard();
        self.books.discard();
        self.alerts.discard();
        self.states.discard();
        self.usual_places.discard();
        self.timers.discard();
        self.commands.discard();
        self.command_timers.discard();
    }

    /// Which vehicle a terminal was on at an instant, in which part and since when.
    pub(crate) fn bound(&self, terminal: TerminalId, at: Timestamp) -> Option<&Binding> {
        let intervals = self.bindings.get(&terminal)?;
        let holds = |row: &&BindingRow| row.binding.from <= at && row.binding.to.is_none_or(|to| at < to);
        intervals.iter().find(holds).map(|row| &row.binding)
    }

    /// Whose state a terminal's report of an instant belongs to.
    pub(crate) fn placed(&self, terminal: TerminalId, at: Timestamp) -> Placed {
        match self.bound(terminal, at) {
            Some(Binding { vehicle, role, from, .. }) => {
                Placed { subject: Subject::Vehicle(*vehicle), role: *role, bound_at: Some(*from) }
            }
            None => Placed { subject: Subject::Terminal(terminal), role: Role::Main, bound_at: None },
        }
    }

    /// The vehicle behind a VIN or plate, if there is one.
    pub(crate) fn vehicle(&self, id: VehicleId) -> Option<VehicleId> {
        self.vehicles.get(&id).map(|row| row.vehicle).or_else(|| self.aliases.get(&id).copied())
    }

    /// What is known of a vehicle beside its state, for the rules.
    fn facts<'a>(
        &'a self,
        vehicle: VehicleId,
        usual_places: Option<&'a UsualPlaces>,
        now: Timestamp,
    ) -> Facts<'a> {
        Facts {
            vehicle,
            now,
            coverage_ms: self.globals.coverage.total_ms,
            run_coverage_ms: self.globals.coverage.run_ms,
            outages: &self.globals.coverage.outages,
            loan: self.loan_of(vehicle, now),
            rule_set: &self.globals.rule_set,
            places: &self.globals.places,
            usual_places,
            alerts: self.alerts.get(&About::Vehicle(vehicle)).map(Vec::as_slice).unwrap_or_default(),
        }
    }

    /// Shows a vehicle to the rules as it is at an instant.
    pub(crate) fn look<R>(
        &self,
        vehicle: VehicleId,
        now: Timestamp,
        look: impl FnOnce(&VehicleState, &Facts<'_>) -> R,
    ) -> R {
        let state = self.states.get(&Subject::Vehicle(vehicle)).unwrap_or_default();
        let usual_places = self.usual_places.get(&vehicle);
        look(&state, &self.facts(vehicle, usual_places.as_deref(), now))
    }

    /// The loan that decides what may be said of a vehicle: a hold dominates, then the longest past due.
    pub(crate) fn loan_of(&self, vehicle: VehicleId, now: Timestamp) -> Option<LoanFacts<'_>> {
        let rank = |row: &&LoanRow| {
            let standing = row.loan.standing(now);
            let weight = match standing {
                Standing::Held(_) => (4, 0),
                Standing::Overdue(days) => (3, days.0),
                Standing::Current => (2, 0),
                Standing::Settled => (1, 0),
            };
            (row.in_book, weight)
        };
        let rows = self.contracts.get(&vehicle)?.iter().filter_map(|contract| self.loans.get(contract));
        let row = rows.max_by_key(rank)?;
        // Not the lender's newest book: one that left this contract out does not make it fresh.
        let book_as_of = row.notes.stated_at;
        let recovery_basis = row.notes.recovery_case.and_then(|case| case.basis);
        let (loan, dealings) = (&row.loan, &row.notes.dealings);
        let (paid_at, in_book) = (row.paid_at, row.in_book);
        Some(LoanFacts { loan, book_as_of, paid_at, in_book, dealings, recovery_basis })
    }
}

fn grouped<K: Ord, V>(pairs: impl Iterator<Item = (K, V)>) -> std::collections::BTreeMap<K, Vec<V>> {
    let mut groups = std::collections::BTreeMap::new();
    for (key, value) in pairs {
        groups.entry(key).or_insert_with(Vec::new).push(value);
    }
    groups
}
