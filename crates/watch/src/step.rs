//! One step of the fold: entries in, a batch of rows out, everything in the overlay.
//!
//! Shape: [`Step::apply`] takes one entry after the other; [`Step::finish`] gives the rows. Nothing here waits: what a
//! step needs from the store is read before it begins ([`Needs`]).

use crate::reversal::Reverted;
use crate::subject::Subject;
use crate::world::World;
use foldhash::HashMap;
use model::alert::AlertEvent;
use model::input::{Action, DeliveryResult, Input};
use model::{
    About, Alert, AlertId, AlertState, Group, Identity, InputId, Loan, Millis, Seq, TerminalId, Timestamp,
    VehicleId,
};
use rules::{Change, FrozenProfile, UsualPlaces, VehicleState};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    AlertHistoryRow, ArchiveRow, Batch, CommandRow, CoverageRow, DeliveryRow, EarshotRow, FrozenProfileRow,
    OutageRow, OutboxRow, OutboxState, QuarantineRow, StateRow, UsualPlacesRow,
};

/// Positions that have a row, with the input and item that made it.
pub(crate) type Known = HashMap<Identity, (Seq, i64)>;

/// What a step reads from the store before it begins.
#[derive(Debug, Default)]
pub(crate) struct Needs {
    /// Identities that have a row, with the input and item that made it.
    pub(crate) known: Known,
    /// Human inputs that have an outcome.
    pub(crate) settled: BTreeSet<InputId>,
    /// Events of files, by their identities, that are recorded.
    pub(crate) told: BTreeSet<String>,
    /// Rows of the book that the step puts in force.
    pub(crate) book: Vec<Loan>,
    /// What the book has changed that the step takes back.
    pub(crate) reverted: Option<Reverted>,
    /// Frames of the terminals that the step approves.
    pub(crate) quarantine: BTreeMap<TerminalId, Vec<QuarantineRow>>,
    /// What the alerts that staff act on are about.
    pub(crate) alerts: BTreeMap<AlertId, About>,
    /// Those of them that have ended, where nobody else may remember them.
    pub(crate) ended: BTreeMap<AlertId, Alert>,
}

/// A step under way.
pub(crate) struct Step<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) needs: Needs,
    pub(crate) batch: Batch,
    pub(crate) counters: BTreeMap<&'static str, i64>,
    /// Alerts that the step has changed, with the input that did.
    pub(crate) alerts: BTreeMap<AlertId, (Seq, Alert)>,
    /// Commands that the step has changed, by their id.
    pub(crate) commands: BTreeMap<String, CommandRow>,
    deliveries: BTreeMap<String, DeliveryRow>,
    pub(crate) coverage: BTreeMap<Timestamp, CoverageRow>,
    pub(crate) outages: BTreeMap<(Millis, Group), OutageRow>,
    pub(crate) earshots: BTreeMap<(Group, Millis), EarshotRow>,
}

impl<'a> Step<'a> {
    pub(crate) fn new(world: &'a mut World, needs: Needs) -> Self {
        Self {
            world,
            needs,
            batch: Batch::default(),
            counters: BTreeMap::new(),
            alerts: BTreeMap::new(),
            commands: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            coverage: BTreeMap::new(),
            outages: BTreeMap::new(),
            earshots: BTreeMap::new(),
        }
    }

    /// Applies one entry.
    pub(crate) fn apply(&mut self, entry: journal::Entry) {
        let (seq, at) = (entry.seq, entry.at);
        self.world.globals.applied_at = at;
        self.archive(&entry);
        match entry.input {
            Input::RunStart { .. } => {
                self.world.globals.coverage.start(seq);
                self.run_began(at, seq);
            }
            Input::RunStop => self.world.globals.coverage.pause(),
            Input::SessionStart { .. } => {}
            Input::SessionEnd { session, terminal, .. } => self.session_ended(at, session, terminal),
            Input::Reception(reception) => self.reception(seq, at, *reception, entry.frame.map(Vec::from)),
            Input::Tick { listening } => self.tick(seq, at, listening),
            Input::BookChunk { book, first_row, loans } => self.chunk(book, first_row, loans),
            Input::Human(human) => self.human(seq, at, *human),
            Input::Delivery { entry, attempt, result } => self.delivery(entry, attempt, result, at),
            Input::Command { command, terminal, step } => self.command_step(at, &command, terminal, step),
        }
    }

    /// The same without states, and what the step needed goes on to the next one.
    pub(crate) fn finish_keeping_needs(mut self) -> (Batch, Needs) {
        let needs = std::mem::take(&mut self.needs);
        (self.finish(None), needs)
    }

    /// The rows of the step. With `checkpoint` they hold every state that is not in the store yet.
    pub(crate) fn finish(mut self, checkpoint: Option<Seq>) -> Batch {
        if let Some(seq) = checkpoint {
            self.checkpoint(seq);
        }
        self.batch.terminals = self.world.terminals.changed().map(|(_, row)| row.clone()).collect();
        self.batch.vehicles = self.world.vehicles.changed().map(|(_, row)| *row).collect();
        self.batch.bindings =
            self.world.bindings.changed().flat_map(|(_, rows)| rows.iter().copied()).collect();
        self.batch.loans = self.world.loans.changed().map(|(_, row)| row.clone()).collect();
        self.batch.frozen =
            self.world.frozen.changed().filter_map(|vehicle| frozen_row(self.world, vehicle)).collect();
        self.batch.alerts = self.alerts.into_values().collect();
        self.batch.commands = self.commands.into_values().collect();
        self.batch.deliveries = self.deliveries.into_values().collect();
        self.batch.coverage = self.coverage.into_values().collect();
        self.batch.outages = self.outages.into_values().collect();
        self.batch.earshots = self.earshots.into_values().collect();
        self.batch.counters = self.counters.into_iter().collect();
        self.batch
    }

    fn checkpoint(&mut self, seq: Seq) {
        let World { states, usual_places, dirty, .. } = &*self.world;
        let subjects: BTreeSet<Subject> = states.changed().chain(dirty.states.iter().copied()).collect();
        for subject in subjects {
            self.batch.states.extend(states.get(&subject).and_then(|state| state_row(subject, &state, seq)));
        }
        let vehicles: BTreeSet<VehicleId> =
            usual_places.changed().chain(dirty.usual_places.iter().copied()).collect();
        for vehicle in vehicles {
            let row = usual_places.get(&vehicle).and_then(|places| usual_places_row(vehicle, &places, seq));
            self.batch.usual_places.extend(row);
        }
    }

    fn archive(&mut self, entry: &journal::Entry) {
        // Receptions are the frame log. Ticks are kept besides their intervals: timers fire at them.
        if matches!(entry.input, Input::Reception(_)) {
            return;
        }
        if let Ok(payload) = journal::codec::encode(&entry.input) {
            self.batch.archive.push(ArchiveRow { seq: entry.seq, at: entry.at, payload });
        }
    }

    fn tick(&mut self, seq: Seq, at: Timestamp, listening: bool) {
        if let Some(minute) = self.clock(at, listening) {
            self.look_at_all(seq, at, minute);
        }
        for vehicle in self.world.timers.due(at) {
            self.remind(seq, at, vehicle);
            self.judge(seq, at, vehicle);
        }
        self.command_timers(at);
    }

    fn delivery(&mut self, entry: String, attempt: u32, result: DeliveryResult, at: Timestamp) {
        let (state, next_at, error) = match result {
            DeliveryResult::Delivered => (OutboxState::Delivered, at, None),
            DeliveryResult::Retry { at, error } => (OutboxState::Pending, at, Some(error)),
            DeliveryResult::Dead { error } => (OutboxState::Dead, at, Some(error)),
            DeliveryResult::Cancelled => (OutboxState::Cancelled, at, None),
        };
        // What has ended stays ended: two workers may have had the entry at once.
        if self.deliveries.get(&entry).is_some_and(|row| row.state != OutboxState::Pending) {
            return;
        }
        let row = DeliveryRow { entry: entry.clone(), state, attempt: i64::from(attempt), next_at, error };
        self.deliveries.insert(entry, row);
    }

    /// Looks at a vehicle: opens, changes and ends its alerts.
    pub(crate) fn judge(&mut self, seq: Seq, at: Timestamp, vehicle: VehicleId) {
        let judgement = self.world.judged(vehicle, at).unwrap_or_else(|turn| {
            self.take_turn(vehicle, turn);
            self.world.look(vehicle, at, rules::judge)
        });
        let timer = self.world.timer(vehicle, judgement.wake_at, at);
        self.world.timers.set(vehicle, timer);
        for change in judgement.changed {
            self.change(seq, at, change);
        }
    }

    /// Takes over what the rules have made of an alert.
    pub(crate) fn change(&mut self, seq: Seq, at: Timestamp, change: Change) {
        let alert = &change.alert;
        let known = self.world.alerts.get(&alert.about);
        let before = known.and_then(|alerts| alerts.iter().find(|known| known.id == alert.id));
        let event = AlertEvent::between(before, alert);
        let note = match &alert.state {
            AlertState::Withdrawn { reason, .. } => Some(reason.to_string()),
            _ if event == AlertEvent::Escalated => Some(alert.severity.to_string()),
            _ => None,
        };
        self.remember(AlertHistoryRow {
            alert: alert.id.clone(),
            seq,
            item: 0,
            at,
            actor: None,
            event,
            note,
        });
        self.take_over(seq, at, change);
    }

    /// Keeps a line of an alert's history, behind those that the same input has made of the same alert: in which order an input
    /// comes to several alerts, a restart need not know.
    pub(crate) fn remember(&mut self, line: AlertHistoryRow) {
        let mut of_input = self.batch.alert_history.iter().rev().take_while(|kept| kept.seq == line.seq);
        let item = of_input.find(|kept| kept.alert == line.alert).map(|kept| kept.item);
        let item = item.map_or(0, |last| last.saturating_add(1));
        self.batch.alert_history.push(AlertHistoryRow { item, ..line });
    }

    /// Takes a changed alert over, with what people are owed for it.
    pub(crate) fn take_over(&mut self, seq: Seq, at: Timestamp, change: Change) {
        let Change { alert, notice } = change;
        if alert.about.vehicle().is_none() {
            self.world.globals.wide.insert(alert.about.clone());
        }
        let alerts = self.world.alerts.entry(&alert.about, Vec::new);
        alerts.retain(|other| other.id != alert.id && (other.rule != alert.rule || other.state.is_live()));
        alerts.push(alert.clone());
        if let Some(notice) = notice {
            self.batch.outbox.push(OutboxRow::of_alert(seq, alert.clone(), notice, at));
        }
        self.alerts.insert(alert.id.clone(), (seq, alert));
    }

    pub(crate) fn count(&mut self, counter: &'static str, by: i64) {
        *self.counters.entry(counter).or_default() += by;
    }
}

fn state_row(subject: Subject, state: &VehicleState, seq: Seq) -> Option<StateRow> {
    let bytes = postcard::to_stdvec(state).ok()?;
    Some(StateRow {
        subject: subject.code(),
        format: i64::from(VehicleState::FORMAT),
        state_seq: seq,
        heard_at: state.heard_at(),
        latest: state.last_place().map(|(place, at)| (at, place)),
        state: bytes,
    })
}

fn usual_places_row(vehicle: VehicleId, places: &UsualPlaces, seq: Seq) -> Option<UsualPlacesRow> {
    let (format, places) = (i64::from(UsualPlaces::FORMAT), postcard::to_stdvec(places).ok()?);
    Some(UsualPlacesRow { vehicle, format, state_seq: seq, places })
}

fn frozen_row(world: &World, vehicle: VehicleId) -> Option<FrozenProfileRow> {
    let frozen = world.frozen.get(&vehicle)?;
    let profile = match &*frozen {
        Some(_) => Some(postcard::to_stdvec(&*frozen).ok()?),
        None => None,
    };
    Some(FrozenProfileRow { vehicle, format: i64::from(FrozenProfile::FORMAT), profile })
}

/// An entry that must be a step of its own: it reads rows that an earlier entry of the same step could still change,
/// or it changes to whom reports belong, so that a checkpoint must stand right behind it.
pub(crate) fn stands_alone(input: &Input) -> bool {
    match input {
        Input::Human(human) => match &human.action {
            Action::ActivateBook(_)
            | Action::RevertBook(_)
            | Action::Bind { .. }
            | Action::Approve { .. }
            // What was observed before knew the places of before.
            | Action::SetPlaces { .. }
            | Action::ConfirmPlaces { .. } => true,
            Action::LoanEvent { .. }
            | Action::LoanEvents { .. }
            | Action::Acknowledge { .. }
            | Action::Close { .. }
            | Action::Unacknowledge { .. }
            | Action::Assign { .. }
            | Action::Snooze { .. }
            | Action::Note { .. }
            | Action::RuleSet { .. }
            | Action::Read { .. }
            | Action::Command { .. }
            | Action::CancelCommand { .. }
            | Action::SetProfile { .. }
            | Action::Desk { .. }
            | Action::RejectTerminal { .. } => false,
        },
        Input::RunStart { .. }
        | Input::RunStop
        | Input::SessionStart { .. }
        | Input::SessionEnd { .. }
        | Input::Reception(_)
        | Input::Tick { .. }
        | Input::BookChunk { .. }
        | Input::Delivery { .. }
        | Input::Command { .. } => false,
    }
}
