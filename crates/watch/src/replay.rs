//! What is stored, folded once more beside the live fold: the same steps, and nothing is written.
//!
//! ```text
//! frames, archive --history--> rows --decode--> entries --Step (a world of its own)--> changed alerts
//! ```
//! Shape: [`Replay::step`] gives the alerts that a slice of history changes, in order; [`Replay::look`] shows a vehicle as
//! the rules see it then. Units: journal time. Errors: [`WatchError`]. Source: DESIGN.md §1, fine print 11.
//!
//! The same history, rule set and version of the rules' code give the same alerts as live. Bytes are read again with what
//! is known of their terminal at their place: where the code reads a frame otherwise than it did, or a connection learned of
//! a new profile a moment late, so does the alert differ.

use crate::fleet::Recorded;
use crate::fold::WatchError;
use crate::packed::Footprint;
use crate::reversal::Reverted;
use crate::step::{Needs, Step};
use crate::world::{Globals, World};
use journal::Entry;
use model::alert::Notice;
use model::input::{Action, Human, Input};
use model::{Alert, Event, LenderId, Loan, Profile, Seq, TerminalId, Timestamp, VehicleId};
use rules::{Facts, RuleSet, VehicleState};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use store::{Batch, BindingRow, Former, FrameRow, HistoryQuery, HistoryRow, Owed, Store, TerminalStatus};

/// How much of the history, and by which rules.
#[derive(Debug, Clone, Default)]
pub struct Span {
    /// Up to and including this input.
    pub until_seq: Seq,
    /// Up to and including this journal time.
    pub until: Option<Timestamp>,
    /// Frames of these terminals only; `None` = of all. Everything else is always replayed.
    pub terminals: Option<Vec<TerminalId>>,
    /// In force all the time, in place of those that were entered; `None` = those.
    pub rule_set: Option<RuleSet>,
}

/// An alert that one input changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// The input.
    pub seq: Seq,
    /// Its journal time.
    pub at: Timestamp,
    /// The alert, as it is behind it.
    pub alert: Alert,
    /// What people were, or would have been, told.
    pub notices: Vec<Notice>,
}

/// Reads a frame's bytes again, with its terminal's profile; it is asked of all frames of a log, in order.
pub type Decode = Box<dyn FnMut(&FrameRow, Option<Profile>) -> Vec<Event> + Send>;

/// A replay under way.
///
/// `decode` reads a frame's bytes again: what it is given beside them is the terminal's profile, or `None` while nobody has
/// approved the terminal. It is called once a frame, in order.
pub struct Replay<D> {
    store: Store,
    span: Span,
    forced: Option<Arc<RuleSet>>,
    decode: D,
    world: World,
    /// Carried from step to step: what the live fold asks the store for, the replay must know by itself.
    needs: Needs,
    /// Rows of books that are not in force, by their first row.
    chunks: BTreeMap<String, BTreeMap<i64, Vec<Loan>>>,
    /// What was before the newest book of each lender.
    former: BTreeMap<LenderId, Former>,
    /// Terminals that a binding ever put on a vehicle.
    ever_on: BTreeMap<VehicleId, BTreeSet<TerminalId>>,
    waiting: VecDeque<HistoryRow>,
    read: Seq,
    applied: Seq,
}

impl<D: FnMut(&FrameRow, Option<Profile>) -> Vec<Event>> Replay<D> {
    /// At the very beginning.
    pub fn new(store: Store, span: Span, decode: D) -> Self {
        let forced = span.rule_set.clone().map(Arc::new);
        let globals = Globals { rule_set: forced.clone().unwrap_or_default(), ..Globals::default() };
        // No data directory of its own; where there is no room in that one, everything stays in memory.
        let world = World::new(store::World::default(), globals).filing_on(&std::env::temp_dir());
        Self {
            store,
            span,
            forced,
            decode,
            world,
            needs: Needs::default(),
            chunks: BTreeMap::new(),
            former: BTreeMap::new(),
            ever_on: BTreeMap::new(),
            waiting: VecDeque::new(),
            read: Seq(0),
            applied: Seq(0),
        }
    }

    /// Folds the next slice of history; gives the alerts that it changed, `None` at the end. Once it could not read something
    /// that it remembers it gives an error: what would follow may differ from live for no reason that anybody sees.
    pub async fn step(&mut self) -> Result<Option<Vec<Changed>>, WatchError> {
        if self.span.terminals.is_some() && self.world.globals.recorded.is_none() {
            // An outage shows in vehicles whose frames are left out, and so does where devices are heard.
            let recorded = Recorded::of(&self.store.outages().await?, &self.store.earshots().await?);
            self.world.globals.recorded = Some(Arc::new(recorded));
        }
        if self.waiting.is_empty() && !self.read_on().await? {
            // What was taken over last may have been more than could be read.
            return self.sound(None);
        }
        let entries = self.next_entries()?;
        self.needs.known = crate::needs::known_of(&self.store, &entries).await?;
        let mut changed = Vec::new();
        for entry in entries {
            if self.span.until.is_some_and(|until| entry.at > until) {
                // What follows is later still.
                self.waiting.clear();
                self.read = self.span.until_seq;
                break;
            }
            if let Input::Human(human) = &entry.input {
                self.find_book(entry.seq, human).await?;
            }
            self.fold(entry, &mut changed);
        }
        self.sound(Some(changed))
    }

    /// What rests on everything that is remembered; an error where some of that could not be read.
    fn sound<T>(&self, result: T) -> Result<T, WatchError> {
        if self.world.is_damaged() { Err(WatchError::State) } else { Ok(result) }
    }

    /// Reads the next page; false at the end.
    async fn read_on(&mut self) -> Result<bool, WatchError> {
        let query = HistoryQuery {
            after: self.read,
            until: self.span.until_seq,
            terminals: self.span.terminals.clone(),
            rows_max: ROWS_MAX,
        };
        let rows =
            if self.read < self.span.until_seq { self.store.history(&query).await? } else { Vec::new() };
        self.waiting.extend(rows);
        self.read = self.waiting.back().map_or(self.span.until_seq, HistoryRow::seq);
        Ok(!self.waiting.is_empty())
    }

    /// Up to and including the next thing that a person did: it may change how the frames behind it are read.
    fn next_entries(&mut self) -> Result<Vec<Entry>, WatchError> {
        let mut entries = Vec::new();
        while let Some(row) = self.waiting.pop_front() {
            let entry = match row {
                HistoryRow::Frame(row) => self.heard(row),
                HistoryRow::Input(row) => {
                    let input = journal::codec::decode(&row.payload)?;
                    Entry { seq: row.seq, at: row.at, input, frame: None }
                }
            };
            let is_human = matches!(entry.input, Input::Human(_));
            entries.push(entry);
            if is_human {
                break;
            }
        }
        Ok(entries)
    }

    fn heard(&mut self, row: FrameRow) -> Entry {
        let known = self.world.terminals.get(&row.reception.terminal);
        let approved = known.filter(|terminal| terminal.status == TerminalStatus::Approved);
        let events = (self.decode)(&row, approved.map(|terminal| terminal.profile));
        let reception = model::Reception { events, ..row.reception };
        Entry { seq: row.seq, at: row.at, input: Input::Reception(Box::new(reception)), frame: None }
    }

    fn fold(&mut self, entry: Entry, changed: &mut Vec<Changed>) {
        let (seq, at) = (entry.seq, entry.at);
        let mut step = Step::new(&mut self.world, std::mem::take(&mut self.needs));
        step.apply(entry);
        let (batch, needs) = step.finish_keeping_needs();
        self.needs = needs;
        if let Some(forced) = &self.forced {
            self.world.globals.rule_set = Arc::clone(forced);
        }
        self.world.merge(true);
        self.applied = seq;
        self.keep(batch, at, changed);
    }

    /// Remembers what the live fold would find in the store.
    fn keep(&mut self, batch: Batch, at: Timestamp, changed: &mut Vec<Changed>) {
        for row in batch.quarantine {
            self.needs.quarantine.entry(row.terminal).or_default().push(row);
        }
        for chunk in batch.chunks {
            self.chunks.entry(chunk.book).or_default().insert(chunk.first_row, chunk.loans);
        }
        for book in batch.books {
            self.chunks.remove(&book.book);
        }
        for former in batch.former {
            self.former.insert(former.lender.clone(), former);
        }
        for reverted in batch.reverted {
            self.former.remove(&reverted.lender);
        }
        for BindingRow { binding, .. } in batch.bindings {
            self.ever_on.entry(binding.vehicle).or_default().insert(binding.terminal);
        }
        for (seq, alert) in batch.alerts {
            self.needs.alerts.insert(alert.id.clone(), alert.about.clone());
            // Of the others that have ended staff change nothing.
            if alert.waits_for_verdict() && !alert.state.is_live() {
                self.needs.ended.insert(alert.id.clone(), alert.clone());
            } else {
                self.needs.ended.remove(&alert.id);
            }
            let told = batch
                .outbox
                .iter()
                .filter(|row| matches!(&row.owed, Owed::Alert(told) if told.id == alert.id));
            let notices = told.filter_map(|row| Notice::parse(row.notice).ok()).collect();
            changed.push(Changed { seq, at, alert, notices });
        }
    }

    async fn find_book(&mut self, seq: Seq, human: &Human) -> Result<(), WatchError> {
        if let Action::ActivateBook(activation) = &human.action {
            let chunks = self.chunks.get(&activation.book).into_iter().flat_map(BTreeMap::values);
            self.needs.book = chunks.flatten().cloned().collect();
        }
        if let Action::RevertBook(reversal) = &human.action {
            let kept = self.former.get(&reversal.lender).filter(|former| former.book == reversal.book);
            if let Some(former) = kept.cloned() {
                // What was told of loans is in the store for good.
                let told = self.store.told_between(former.activated_seq, seq).await?;
                self.needs.reverted = Some(Reverted { former, told });
            }
        }
        Ok(())
    }
}

impl<D> Replay<D> {
    /// The last input that was folded.
    pub const fn applied(&self) -> Seq {
        self.applied
    }

    /// Its journal time.
    pub const fn applied_at(&self) -> Timestamp {
        self.world.globals.applied_at
    }

    /// The vehicle that a VIN or plate names, as it is known behind the last step.
    pub fn vehicle(&self, name: VehicleId) -> Option<VehicleId> {
        self.world.vehicle(name)
    }

    /// Every vehicle that is known by then, in order.
    pub fn vehicles(&self) -> Vec<VehicleId> {
        self.world.vehicles.keys()
    }

    /// Which terminals a binding has put on a vehicle so far, in order.
    pub fn terminals_ever_on(&self, vehicle: VehicleId) -> Vec<TerminalId> {
        self.ever_on.get(&vehicle).into_iter().flatten().copied().collect()
    }

    /// Which terminals are on a vehicle at an instant, in order.
    pub fn terminals_on(&self, vehicle: VehicleId, at: Timestamp) -> Vec<TerminalId> {
        let terminals = self.world.bindings.keys().into_iter();
        terminals.filter(|id| self.world.bound(*id, at).is_some_and(|on| on.vehicle == vehicle)).collect()
    }

    /// What is remembered of all vehicles and terminals: their states, and where they usually stand, now and before arrears.
    pub fn footprints(&self) -> (Footprint, Footprint) {
        let profiles = self.world.usual_places.footprint().beside(self.world.frozen.footprint());
        (self.world.states.footprint(), profiles)
    }

    /// Shows a vehicle as the rules see it at an instant not before the last input.
    pub fn look<R>(
        &self,
        vehicle: VehicleId,
        now: Timestamp,
        look: impl FnOnce(&VehicleState, &Facts<'_>) -> R,
    ) -> R {
        self.world.look(vehicle, now, look)
    }
}

/// Rows read at once: as many as a large step of the fold.
const ROWS_MAX: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packed::Packed;

    #[tokio::test]
    async fn a_replay_that_cannot_read_what_it_remembers_gives_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let store = Store::connect(&store::Config { url, ..store::Config::default() }).await.unwrap();
        let mut replay = Replay::new(store, Span::default(), |_: &FrameRow, _| Vec::new());
        assert!(replay.step().await.unwrap().is_none());
        replay.world.usual_places = Packed::filing_on(folder.path().to_owned());
        let vehicles: Vec<VehicleId> =
            (0..5_000).map(|number| VehicleId::parse(&format!("CAR{number}")).unwrap()).collect();
        let places = postcard::to_stdvec(&rules::UsualPlaces::default()).unwrap();
        for vehicle in &vehicles {
            replay.world.usual_places.restore(*vehicle, &places).unwrap();
        }
        replay.world.usual_places.lose(&vehicles[3]);
        assert!(replay.step().await.unwrap().is_none());
        replay.world.usual_places.entry(vehicles[3]);
        assert!(matches!(replay.step().await, Err(WatchError::State)));
    }
}
