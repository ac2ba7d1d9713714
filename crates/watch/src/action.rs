//! What people want: each action is done once, has an outcome and an audit line, in the step that does it.

mod staff;

use crate::command::Request;
use crate::step::Step;
use crate::subject::Subject;
use model::input::{Action, Binding, Human, Outcome, ToldEvent};
use model::unit::counted;
use model::{
    About, DeskAct, InputId, Millis, Profile, Seq, TerminalId, Timestamp, VehicleId, WithdrawReason,
};
use rules::{Change, Notice, RuleSet, VehicleState};
use staff::By;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::{AuditRow, BindingRow, OutcomeRow, RuleSetRow, TerminalRow, TerminalStatus, VehicleRow};

impl Step<'_> {
    /// Does what a person wants, unless it has been done.
    pub(crate) fn human(&mut self, seq: Seq, at: Timestamp, human: Human) {
        let unreadable = human.check().err();
        let Human { id, actor, action } = human;
        if !self.needs.settled.insert(id.clone()) {
            self.count("repeated_inputs", 1);
            return;
        }
        let (name, subject, purpose) = described(&action);
        let noted = noted(&action);
        let name = if self.takes_off(&action) { "unbind" } else { name };
        let outcome = match unreadable {
            Some(error) => Outcome::Refused { message: error.to_string() },
            None => self.act(seq, at, (&id, &actor), action),
        };
        let code = match &outcome {
            Outcome::Done { .. } => noted,
            Outcome::Conflict { .. } => "conflict",
            Outcome::Refused { .. } => "refused",
            Outcome::NotFound { .. } => "not_found",
        };
        let line = AuditRow {
            line: 0,
            seq,
            at,
            actor,
            action: name.to_owned(),
            subject,
            purpose,
            outcome: code.to_owned(),
            previous: String::new(),
            hash: String::new(),
        };
        let line = self.world.globals.audit.seal(line);
        self.batch.audit.push(line);
        self.batch.outcomes.push(OutcomeRow { input: id, seq, outcome });
    }

    fn act(&mut self, seq: Seq, at: Timestamp, (id, actor): (&InputId, &str), action: Action) -> Outcome {
        let by = By { seq, at, actor };
        match action {
            Action::ActivateBook(activation) => self.activate(seq, at, &activation),
            Action::RevertBook(reversal) => self.revert_book(seq, at, &reversal),
            Action::LoanEvent { contract, at: happened, event } => {
                self.loan_event(seq, at, actor, ToldEvent { contract, at: happened, event })
            }
            Action::LoanEvents { events } => self.loan_events(seq, at, actor, events),
            Action::Bind { bindings } => self.bind(seq, at, &bindings),
            Action::Approve { terminal } => self.approve(seq, at, terminal),
            Action::RejectTerminal { terminal, reason } => self.reject(seq, at, terminal, &reason),
            Action::Acknowledge { alert, version, note } => self.acknowledge(by, &alert, version, note),
            Action::Unacknowledge { alert, version, note } => self.unacknowledge(by, &alert, version, note),
            Action::Close { alert, version, reason, note } => self.close(by, &alert, version, (reason, note)),
            Action::Assign { alert, version, to } => self.assign(by, &alert, version, to),
            Action::Snooze { alert, version, until, reason } => {
                self.snooze(by, &alert, version, (until, reason))
            }
            Action::Note { alert, version, note } => self.annotate(by, &alert, version, note),
            Action::RuleSet { text } => self.rule_set(seq, at, &text),
            Action::Command { terminal, command, expires_at } => {
                self.command(seq, at, &Request { id, actor, terminal, order: command, expires_at })
            }
            Action::CancelCommand { command } => self.cancel_command(at, &command),
            Action::SetProfile { terminal, profile } => self.set_profile(terminal, profile),
            Action::SetPlaces { places, remove } => {
                self.set_places(seq, at, places.into_iter().map(Into::into).collect(), remove)
            }
            Action::ConfirmPlaces { places, by } => self.confirm_places(seq, at, places, (by, actor)),
            Action::Read { subject, .. } => Outcome::Done { message: format!("read {subject}") },
            Action::Desk { what, subject } => Outcome::Done { message: format!("{what} {subject}") },
        }
    }

    /// Whether an action ends bindings that go on, and does nothing else.
    fn takes_off(&self, action: &Action) -> bool {
        let ends = |wanted: &Binding| {
            let vehicle = self.world.vehicle(wanted.vehicle).unwrap_or(wanted.vehicle);
            let rows = self.world.bindings.get(&wanted.terminal);
            let mut held = rows.iter().flat_map(|rows| rows.iter()).map(|row| row.binding);
            held.any(|held| {
                held.vehicle == vehicle
                    && held.role == wanted.role
                    && held.from == wanted.from
                    && wanted.to.is_some_and(|to| held.to.is_none_or(|held| to < held))
            })
        };
        matches!(action, Action::Bind { bindings } if !bindings.is_empty() && bindings.iter().all(ends))
    }

    fn bind(&mut self, seq: Seq, at: Timestamp, bindings: &[Binding]) -> Outcome {
        let mut lost = BTreeMap::new();
        let mut changed = BTreeSet::new();
        // All or nothing: the intervals are tried on copies first.
        let mut intervals = BTreeMap::new();
        for wanted in bindings {
            let binding =
                Binding { vehicle: self.world.vehicle(wanted.vehicle).unwrap_or(wanted.vehicle), ..*wanted };
            let rows = intervals
                .entry(binding.terminal)
                .or_insert_with(|| self.world.bindings.get(&binding.terminal).cloned().unwrap_or_default());
            if let Err(message) = place(rows, BindingRow { binding, seq }, at, &mut lost) {
                return Outcome::Refused { message };
            }
            changed.insert(binding.vehicle);
        }
        for (terminal, rows) in intervals {
            // To say which vehicle a terminal is on is to say that it is ours.
            self.admit(seq, at, terminal);
            self.adopt_state(terminal, &rows, at);
            self.world.bindings.set(terminal, rows);
        }
        for vehicle in &changed {
            self.know_vehicle(*vehicle, None);
        }
        self.world.globals.directory_version += 1;
        for ((vehicle, terminal), lost) in lost {
            self.withdraw_all(seq, at, vehicle, WithdrawReason::BindingChanged);
            let state = self.world.states.entry(Subject::Vehicle(vehicle));
            match lost {
                Lost::TakenOff => state.part_with(terminal),
                Lost::Strayed => {
                    state.lose(terminal);
                    // They may rest on what it said of another vehicle.
                    self.world.usual_places.set(vehicle, rules::UsualPlaces::default());
                    self.world.frozen.set(vehicle, None);
                }
            }
            changed.insert(vehicle);
        }
        // A plate with a slip of the pen is a vehicle too; nothing is ever past due on it.
        let runs = bindings.iter().filter(|binding| binding.to.is_none());
        let named: BTreeSet<_> = runs.filter_map(|binding| self.world.vehicle(binding.vehicle)).collect();
        let bare = named.iter().filter(|vehicle| self.world.contracts.get(vehicle).is_none_or(Vec::is_empty));
        let bare = match bare.count() {
            0 => String::new(),
            some => format!("; no loan is known of {}", counted(some, "vehicle")),
        };
        for vehicle in changed {
            self.judge(seq, at, vehicle);
        }
        Outcome::Done { message: format!("{} in force{bare}", counted(bindings.len(), "binding")) }
    }

    /// A vehicle that is bound to its first terminal goes on from what that terminal has just been seen doing: on its way to
    /// the next one it begins anew, and so does one that lay on a workbench since.
    fn adopt_state(&mut self, terminal: TerminalId, rows: &[BindingRow], now: Timestamp) {
        let of_terminal = Subject::Terminal(terminal);
        let Some(state) = self.world.states.get(&of_terminal) else { return };
        let state = state.into_owned();
        let current =
            rows.iter().find(|row| row.binding.from <= now && row.binding.to.is_none_or(|to| now < to));
        let Some(row) = current else { return };
        self.world.states.set(of_terminal, VehicleState::default());
        let is_recent = state.heard_at().is_some_and(|at| now.since(at) <= RECENT_MS_MAX);
        let subject = Subject::Vehicle(row.binding.vehicle);
        if is_recent && !self.world.states.contains(&subject) {
            self.world.states.set(subject, state);
        }
    }

    /// The vehicle behind a VIN or plate, made known if it is new. The name it was first known by stays its id; the
    /// other one is its alias, and leaves the vehicle that had it before.
    pub(crate) fn know_vehicle(&mut self, vehicle: VehicleId, plate: Option<VehicleId>) -> VehicleId {
        let known = self.world.vehicle(vehicle).or_else(|| plate.and_then(|plate| self.world.vehicle(plate)));
        let id = known.unwrap_or(vehicle);
        let other = [Some(vehicle), plate].into_iter().flatten().find(|name| *name != id);
        let row = self.world.vehicles.get(&id).copied();
        let alias = other.or(row.and_then(|row| row.alias));
        if row.is_none_or(|row| row.alias != alias) {
            // A name that it gives up means nothing any more, as after a restart: another vehicle may get it.
            let given_up = row.and_then(|row| row.alias);
            if let Some(name) = given_up.filter(|name| self.world.aliases.get(name) == Some(&id)) {
                self.world.aliases.remove(name);
            }
            self.world.vehicles.set(id, VehicleRow { vehicle: id, alias });
        }
        if let Some(alias) = alias {
            let former = self.world.aliases.get(&alias).copied().filter(|former| *former != id);
            if let Some(former) = former {
                self.world.vehicles.set(former, VehicleRow { vehicle: former, alias: None });
            }
            self.world.aliases.set(alias, id);
        }
        id
    }

    fn approve(&mut self, seq: Seq, at: Timestamp, terminal: TerminalId) -> Outcome {
        let message = match self.admit(seq, at, terminal) {
            Some(stored) => format!("terminal {terminal} approved, {stored} kept positions stored"),
            None => format!("terminal {terminal} was approved before"),
        };
        Outcome::Done { message }
    }

    /// Approves a terminal, heard or not yet, and moves its frames out of quarantine. Gives how many positions that
    /// stored; `None` if it was approved before.
    fn admit(&mut self, seq: Seq, at: Timestamp, terminal: TerminalId) -> Option<i64> {
        let row = match self.world.terminals.get(&terminal) {
            Some(row) if row.status == TerminalStatus::Approved => return None,
            Some(row) => row.clone(),
            // Entered before it was ever switched on, as a lender's stock list is.
            None => unheard(terminal, seq, at),
        };
        let row = TerminalRow { status: TerminalStatus::Approved, approved_at: Some(at), ..row };
        self.world.terminals.set(terminal, row);
        self.world.globals.directory_version += 1;
        Some(self.release(terminal))
    }

    fn rule_set(&mut self, seq: Seq, at: Timestamp, text: &str) -> Outcome {
        match RuleSet::parse(text) {
            Ok(rule_set) => {
                let hash = rule_set.hash().to_owned();
                self.batch.rule_sets.push(RuleSetRow { seq, hash: hash.clone(), text: text.to_owned() });
                self.world.globals.rule_set = Arc::new(rule_set);
                // What is so already may be news by it; or it would be after the next restart.
                self.world.look_at_everybody(at);
                Outcome::Done { message: format!("rule set {hash} in force") }
            }
            Err(error) => Outcome::Refused { message: error.to_string() },
        }
    }

    fn withdraw_all(&mut self, seq: Seq, at: Timestamp, vehicle: VehicleId, reason: WithdrawReason) {
        let alerts = self.world.alerts.get(&About::Vehicle(vehicle)).cloned().unwrap_or_default();
        for alert in alerts {
            let told = alert.state != model::AlertState::Unconfirmed;
            if let Some(alert) = rules::withdraw(&alert, reason, at) {
                self.change(seq, at, Change { alert, notice: told.then_some(Notice::Withdrawn) });
            }
        }
    }
}

/// How a vehicle has lost a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Lost {
    /// It was taken off just now: what it said was of this vehicle.
    TakenOff,
    /// It was on another vehicle for a while, or all the time.
    Strayed,
}

/// Puts an interval among a terminal's intervals. The same start replaces the interval; an overlap is refused.
/// A vehicle that has the terminal no longer by now is added to `lost`, with it and how.
fn place(
    rows: &mut Vec<BindingRow>,
    new: BindingRow,
    now: Timestamp,
    lost: &mut BTreeMap<(VehicleId, TerminalId), Lost>,
) -> Result<(), String> {
    let wanted = new.binding;
    if wanted.to.is_some_and(|to| to <= wanted.from) {
        return Err(format!("the binding of {} ends before it begins", wanted.terminal));
    }
    // A daily export says again what is already so: the same car, by a start at or after the running one's.
    let running = |row: &BindingRow| {
        row.binding.vehicle == wanted.vehicle
            && row.binding.role == wanted.role
            && row.binding.from <= wanted.from
            && row.binding.to == wanted.to
    };
    if rows.iter().any(running) {
        return Ok(());
    }
    let others = rows.iter().filter(|row| row.binding.from != wanted.from);
    for other in others.map(|row| row.binding) {
        let before = other.to.is_some_and(|to| to <= wanted.from);
        let after = wanted.to.is_some_and(|to| to <= other.from);
        if !before && !after {
            let until = other.to.map_or("until further notice".to_owned(), |to| format!("until {to}"));
            return Err(format!(
                "terminal {} is bound to {} from {} {until}; end that binding first",
                wanted.terminal, other.vehicle, other.from
            ));
        }
    }
    if let Some(replaced) = rows.iter_mut().find(|row| row.binding.from == wanted.from) {
        let ended_ms = wanted.to.map(|to| now.since(to)).filter(|ended_ms| *ended_ms >= 0);
        let how = match ended_ms {
            _ if replaced.binding.vehicle != wanted.vehicle => Some(Lost::Strayed),
            Some(ended_ms) if ended_ms > RECENT_MS_MAX => Some(Lost::Strayed),
            Some(_) => Some(Lost::TakenOff),
            None => None,
        };
        if let Some(how) = how {
            let known = lost.entry((replaced.binding.vehicle, wanted.terminal)).or_insert(how);
            *known = how.max(*known);
        }
        *replaced = new;
    } else {
        rows.push(new);
        rows.sort_by_key(|row| row.binding.from);
    }
    Ok(())
}

pub(crate) fn unheard(terminal: TerminalId, seq: Seq, at: Timestamp) -> TerminalRow {
    TerminalRow {
        terminal,
        protocol: String::new(),
        status: TerminalStatus::Quarantined,
        first_seen: at,
        first_seq: seq,
        approved_at: None,
        first_fix_at: None,
        profile: Profile::default(),
    }
}

/// An action's name, subject and purpose for its audit line.
fn described(action: &Action) -> (&'static str, String, String) {
    let because = |purpose: &str| purpose.to_owned();
    match action {
        Action::ActivateBook(book) => ("activate_book", book.book.clone(), because("loan feed")),
        Action::RevertBook(reversal) => {
            let subject = format!("{}: {}", reversal.book, reversal.reason);
            ("revert_book", subject, because("loan feed"))
        }
        Action::LoanEvent { contract, .. } => ("loan_event", contract.to_string(), because("loan feed")),
        Action::LoanEvents { events } => {
            ("loan_events", counted(events.len(), "event"), because("loan feed"))
        }
        Action::Bind { bindings } => ("bind", said_of(bindings), because("ops")),
        Action::Approve { terminal } => ("approve", terminal.to_string(), because("ops")),
        Action::Acknowledge { alert, .. } => ("acknowledge", alert.to_string(), because("collection")),
        Action::Close { alert, .. } => ("close", alert.to_string(), because("collection")),
        Action::Unacknowledge { alert, .. } => ("unacknowledge", alert.to_string(), because("collection")),
        Action::Assign { alert, to, .. } => {
            let owner = to.as_ref().map_or("nobody", |owner| owner.name.as_str());
            ("assign", format!("{alert} to {owner}"), because("collection"))
        }
        Action::Snooze { alert, .. } => ("snooze", alert.to_string(), because("collection")),
        Action::Note { alert, .. } => ("note", alert.to_string(), because("collection")),
        Action::RuleSet { .. } => ("rule_set", String::new(), because("policy")),
        Action::Read { subject, purpose } => ("read", subject.clone(), purpose.clone()),
        // Why it was tried stands in the line of the reading.
        Action::Desk { what: what @ DeskAct::ReadFailed, subject } => {
            (what.as_str(), subject.clone(), String::new())
        }
        Action::Desk { what, subject } => (what.as_str(), subject.clone(), because("desk")),
        Action::Command { terminal, command, .. } => {
            ("command", format!("{terminal} {command}"), because("ops"))
        }
        Action::CancelCommand { command } => ("cancel_command", command.0.clone(), because("ops")),
        Action::SetProfile { terminal, .. } => ("set_profile", terminal.to_string(), because("ops")),
        Action::SetPlaces { places, remove } => {
            ("set_places", format!("{} set, {} removed", places.len(), remove.len()), because("ops"))
        }
        Action::ConfirmPlaces { places, by } => {
            ("confirm_places", crate::place::subject(places, by.as_deref()), because("ops"))
        }
        Action::RejectTerminal { terminal, reason } => {
            ("reject_terminal", format!("{terminal}: {reason}"), because("ops"))
        }
    }
}

/// The outcome of what is done by its being written down: some of it says that something else was not done.
fn noted(action: &Action) -> &'static str {
    match action {
        Action::Desk { what: DeskAct::ReadFailed, .. } => "failed",
        Action::Desk { what: DeskAct::LoginFailed | DeskAct::LockedOut, .. } => "refused",
        _ => "done",
    }
}

/// Which terminals are on which vehicles; of many, the first ones.
fn said_of(bindings: &[Binding]) -> String {
    let said = |binding: &Binding| {
        let until = binding.to.map(|to| format!(" to {to}")).unwrap_or_default();
        format!("{} on {} from {}{until}", binding.terminal, binding.vehicle, binding.from)
    };
    let named: Vec<String> = bindings.iter().take(BINDINGS_SAID_MAX).map(said).collect();
    let (named, more) = (named.join("; "), bindings.len().saturating_sub(BINDINGS_SAID_MAX));
    match (bindings.len(), more) {
        (0 | 1, _) => named,
        (count, 0) => format!("{}: {named}", counted(count, "binding")),
        (count, more) => format!("{}: {named}; and {more} more", counted(count, "binding")),
    }
}

/// Bindings in one audit line: a file has hundreds, of which a person reads these.
const BINDINGS_SAID_MAX: usize = 20;
/// What a device said within a day before it was put on or taken off was said there [P].
const RECENT_MS_MAX: Millis = 24 * 3_600_000;

#[cfg(test)]
mod tests;
