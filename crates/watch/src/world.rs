//! Everything the fold knows, in memory: committed, and over it what the step at hand has changed.

use crate::audit::Head;
use crate::coverage::Coverage;
use crate::fleet::Recorded;
use crate::layered::Layered;
use crate::newest::Newest;
use crate::packed::Packed;
use crate::profiles::Read;
use crate::rank::loan_that_counts;
use crate::subject::Subject;
use crate::timers::Timers;
use foldhash::HashSet;
use model::input::{Binding, Role};
use model::loan::Standing;
use model::{About, Alert, ContractId, DaysPastDue, LenderId, TerminalId, Timestamp, VehicleId};
use rules::{
    Facts, FrozenProfile, Judgement, LoanFacts, Places, ProfileTurn, Profiles, RuleSet, UsualPlaces,
    VehicleState,
};
use std::collections::BTreeSet;
use std::path::Path;
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
#[derive(Debug, Clone, Default)]
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
    /// What was seen of all vehicles, where not all are there to show it.
    pub(crate) recorded: Option<Arc<Recorded>>,
}

/// What a checkpoint owes the store.
#[derive(Debug, Default)]
pub(crate) struct Dirty {
    pub(crate) states: HashSet<Subject>,
    pub(crate) usual_places: HashSet<VehicleId>,
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
    /// And where it did before the arrears that are open.
    pub(crate) frozen: Packed<VehicleId, Option<FrozenProfile>>,
    pub(crate) timers: Timers<VehicleId>,
    /// Commands that can still change, by terminal, in the order they were asked for.
    pub(crate) commands: Layered<TerminalId, Vec<CommandRow>>,
    pub(crate) command_timers: Timers<TerminalId>,
    /// What changed since the last checkpoint.
    pub(crate) dirty: Dirty,
    /// What need not be looked for. Knows nothing until it is asked of the store.
    pub(crate) newest: Newest,
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
            frozen: Packed::default(),
            timers: Timers::default(),
            commands: Layered::new(grouped(rows.commands.into_iter().map(|row| (row.terminal, row)))),
            command_timers: Timers::default(),
            dirty: Dirty::default(),
            newest: Newest::default(),
        }
    }

    /// Lets what few ask for rest on the disk of a directory, before anything is remembered.
    pub(crate) fn filing_on(mut self, disk: &Path) -> Self {
        self.usual_places = Packed::filing_on(disk.to_owned());
        self.frozen = Packed::filing_on(disk.to_owned());
        self
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
        self.frozen.merge();
        self.timers.merge();
        self.commands.merge();
        self.command_timers.merge();
    }

    /// Something that is remembered of a vehicle could not be read.
    pub(crate) fn is_damaged(&self) -> bool {
        self.states.is_damaged() || self.usual_places.is_damaged() || self.frozen.is_damaged()
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
        self.frozen.discard();
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
    fn facts<'a>(&'a self, vehicle: VehicleId, profiles: &'a dyn Profiles, now: Timestamp) -> Facts<'a> {
        Facts {
            vehicle,
            now,
            coverage_ms: self.globals.coverage.total_ms,
            run_coverage_ms: self.globals.coverage.run_ms,
            interruptions: &self.globals.coverage.interruptions,
            outages: &self.globals.coverage.outages,
            earshots: &self.globals.coverage.earshots,
            loan: self.loan_of(vehicle, now),
            rule_set: &self.globals.rule_set,
            places: &self.globals.places,
            profiles,
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
        self.look_with(&Read::of(self, vehicle), now, look)
    }

    /// The same with profiles that may be read already.
    fn look_with<R>(
        &self,
        profiles: &Read<'_>,
        now: Timestamp,
        look: impl FnOnce(&VehicleState, &Facts<'_>) -> R,
    ) -> R {
        let vehicle = profiles.vehicle();
        let state = self.states.get(&Subject::Vehicle(vehicle)).unwrap_or_default();
        look(&state, &self.facts(vehicle, profiles, now))
    }

    /// What the rules say of a vehicle, or what has to become of its frozen profile before they are asked.
    pub(crate) fn judged(&self, vehicle: VehicleId, now: Timestamp) -> Result<Judgement, ProfileTurn> {
        let profiles = Read::of(self, vehicle);
        let turn = self.profile_turn(&profiles, now);
        turn.map_or_else(|| Ok(self.look_with(&profiles, now, rules::judge)), Err)
    }

    /// What is past due on a vehicle and may be said: by a fresh book that has the contract.
    pub(crate) fn overdue_of(
        &self,
        vehicle: VehicleId,
        now: Timestamp,
    ) -> Option<(DaysPastDue, &ContractId)> {
        let facts = self.loan_of(vehicle, now).filter(|facts| facts.in_book)?;
        let is_fresh = self.globals.rule_set.is_fresh(&facts.loan.lender, facts.book_as_of, now);
        match facts.loan.standing(now) {
            Standing::Overdue(days) if is_fresh => Some((days, &facts.loan.contract)),
            Standing::Overdue(_) | Standing::Held(_) | Standing::Current | Standing::Settled => None,
        }
    }

    /// When to look at a vehicle again, of which a look at this moment said when that may be for its own sake.
    pub(crate) fn timer(
        &self,
        vehicle: VehicleId,
        wake_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        // The look saw one of its loans; another one's day may make that one the loan that counts.
        let contracts = self.contracts.get(&vehicle).map(Vec::as_slice).unwrap_or_default();
        let others = if contracts.len() > 1 { contracts } else { &[] };
        let rows = others.iter().filter_map(|contract| self.loans.get(contract)).filter(|row| row.in_book);
        let changes = rows.filter_map(|row| row.loan.changes_at(&row.notes.dealings, now));
        // The rules count from a clock that stands still between ticks: without this, a vehicle looked at just before
        // a tick would be looked at again one tick too late, and after a restart in time.
        let behind_ms = self.globals.coverage.behind_ms(now);
        wake_at.into_iter().chain(changes).min().map(|wake_at| wake_at.plus(-behind_ms))
    }

    /// The same as of the last input, after a restart: where there is something to say by then, at once.
    pub(crate) fn timer_again(&self, vehicle: VehicleId) -> Option<Timestamp> {
        let now = self.globals.applied_at;
        let profiles = Read::of(self, vehicle);
        let judgement = self.look_with(&profiles, now, rules::judge);
        let may_turn = || self.profile_turn(&profiles, now).is_some();
        let is_settled = judgement.changed.is_empty() && !self.may_remind(vehicle, now) && !may_turn();
        if is_settled { self.timer(vehicle, judgement.wake_at, now) } else { Some(now) }
    }

    /// A due date is near of which the borrower has not been reminded.
    fn may_remind(&self, vehicle: VehicleId, now: Timestamp) -> bool {
        let rows = self.contracts.get(&vehicle).into_iter().flatten();
        rows.filter_map(|contract| self.loans.get(contract)).any(|row| {
            let due = row.loan.oldest_unpaid_due;
            due.is_some() && row.notes.reminded_due != due && row.loan.coming_due(now).is_some()
        })
    }

    /// Has every vehicle looked at with the next tick: to look too early changes nothing.
    pub(crate) fn look_at_everybody(&mut self, now: Timestamp) {
        for vehicle in self.watched() {
            self.timers.set(vehicle, Some(now));
        }
    }

    /// Every vehicle of which something may be said.
    pub(crate) fn watched(&self) -> BTreeSet<VehicleId> {
        let of_states = self.states.keys().into_iter().filter_map(|subject| match subject {
            Subject::Vehicle(vehicle) => Some(vehicle),
            Subject::Terminal(_) => None,
        });
        let with_alerts = self.alerts.keys().into_iter().filter_map(|about| about.vehicle());
        let with_debts = self.contracts.keys().into_iter().chain(with_alerts);
        with_debts.chain(of_states).collect()
    }

    /// The loan that decides what may be said of a vehicle.
    pub(crate) fn loan_of(&self, vehicle: VehicleId, now: Timestamp) -> Option<LoanFacts<'_>> {
        let rows = self.contracts.get(&vehicle)?.iter().filter_map(|contract| self.loans.get(contract));
        let row = loan_that_counts(rows, &self.globals.rule_set, now)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Date, Loan};
    use store::LoanNotes;

    fn loan(contract: &str, due: &str, stated_at: &str) -> LoanRow {
        let vehicle = VehicleId::parse("粤B12345").unwrap();
        let stated_at = Timestamp::parse(stated_at).unwrap();
        let bare = Loan::bare(ContractId(contract.into()), LenderId("main".into()), vehicle, stated_at);
        let loan = Loan { oldest_unpaid_due: Date::parse(due), ..bare };
        LoanRow {
            loan,
            vehicle,
            in_book: true,
            paid_at: None,
            notes: LoanNotes { stated_at, ..LoanNotes::default() },
        }
    }

    /// The contract that counts, and the one that may be said to be past due, in whatever order the rows come.
    fn counts(rows: &[LoanRow]) -> (String, Option<String>) {
        let now = Timestamp::parse("2026-11-20T04:00:00Z").unwrap();
        let vehicle = VehicleId::parse("粤B12345").unwrap();
        let of = |loans: Vec<LoanRow>| {
            let world = World::new(store::World { loans, ..store::World::default() }, Globals::default());
            let counts = world.loan_of(vehicle, now).unwrap().loan.contract.to_string();
            (counts, world.overdue_of(vehicle, now).map(|(_, contract)| contract.to_string()))
        };
        let found = of(rows.to_vec());
        assert_eq!(found, of(rows.iter().rev().cloned().collect()), "the order of the rows decides");
        found
    }

    #[test]
    fn of_two_loans_on_a_vehicle_the_same_one_counts_in_whatever_order_they_come() {
        let fresh = "2026-11-20T00:00:00Z";
        let alike = [loan("C2", "2026-11-10", fresh), loan("C1", "2026-11-10", fresh)];
        assert_eq!(counts(&alike).0, "C1");
        let longer = [loan("C1", "2026-11-10", fresh), loan("C2", "2026-11-01", fresh)];
        assert_eq!(counts(&longer).0, "C2");
        let newer = [loan("C1", "2026-11-10", fresh), loan("C2", "2026-11-10", "2026-11-20T01:00:00Z")];
        assert_eq!(counts(&newer).0, "C2");
        let stale = [loan("C1", "2026-11-10", fresh), loan("C2", "2026-11-01", "2026-11-10T00:00:00Z")];
        assert_eq!(counts(&stale).0, "C1", "what may be said comes before what may not");
    }

    #[test]
    fn nothing_is_past_due_by_a_book_that_is_stale() {
        let stale = [loan("C1", "2026-11-10", "2026-11-18T00:00:00Z")];
        assert_eq!(counts(&stale).1, None);
        let fresh = [loan("C1", "2026-11-10", "2026-11-19T04:00:00Z")];
        assert_eq!(counts(&fresh).1, Some("C1".to_owned()));
        let mut gone = fresh;
        gone[0].in_book = false;
        assert_eq!(counts(&gone).1, None);
    }
}
