//! A frame: whom it is from, whether it is news, what it changes.

use crate::action::unheard;
use crate::command::{Reply, Verdict};
use crate::step::Step;
use crate::subject::Subject;
use crate::world::{Placed, World};
use model::input::Outcome;
use model::{Event, Identity, Position, Profile, Reception, Seq, TerminalId, Timestamp};
use rules::{Observation, Observed, Surroundings, Timeliness};
use std::collections::BTreeSet;
use store::{FrameRow, PositionRow, QuarantineRow, StayRow, TerminalRow, TerminalStatus};

/// Whether stepping a state also stores rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    /// It does.
    Store,
    /// It does not: the state is stepped again after a restart, the rows are there.
    Keep,
}

/// One position of a frame.
struct Report<'a> {
    seq: Seq,
    item: i64,
    reception: &'a Reception,
    position: &'a Position,
}

impl Report<'_> {
    fn identity(&self) -> Identity {
        self.reception.identity(usize::try_from(self.item).unwrap_or(usize::MAX), self.position)
    }
}

impl Step<'_> {
    /// Takes a frame in.
    pub(crate) fn reception(
        &mut self,
        seq: Seq,
        at: Timestamp,
        reception: Reception,
        frame: Option<Vec<u8>>,
    ) {
        self.count("frames", 1);
        match self.status(seq, &reception) {
            TerminalStatus::Quarantined => return self.quarantine(seq, reception, frame),
            TerminalStatus::Rejected => return self.count("rejected.terminal", positions_in(&reception)),
            TerminalStatus::Approved => {}
        }
        self.hear_replies(at, &reception);
        let touched = self.observe(seq, &reception, Rows::Store);
        self.batch.frames.push(FrameRow { seq, at, reception, frame });
        for subject in touched {
            if let Subject::Vehicle(vehicle) = subject {
                self.judge(seq, at, vehicle);
            }
        }
    }

    /// Gives answers to the commands they belong to.
    fn hear_replies(&mut self, at: Timestamp, reception: &Reception) {
        for event in &reception.events {
            let (token, text, verdict) = match event {
                Event::CommandReply { token, text } => (*token, text, Verdict::Done),
                Event::CommandRefused { token, text } => (*token, text, Verdict::Refused),
                _ => continue,
            };
            let (session, terminal) = (reception.session, reception.terminal);
            self.replied(at, &Reply { session, terminal, token, text, verdict });
        }
    }

    /// Steps the states that a frame belongs to; with [`Rows::Store`] its positions are stored as well. Gives the
    /// subjects it touched.
    pub(crate) fn observe(&mut self, seq: Seq, reception: &Reception, rows: Rows) -> BTreeSet<Subject> {
        let mut touched = BTreeSet::new();
        for (item, event) in (0..).zip(&reception.events) {
            match event {
                Event::Position(position) => {
                    self.observe_report(&Report { seq, item, reception, position }, rows, &mut touched);
                }
                Event::Heartbeat { attributes }
                | Event::Status { attributes }
                | Event::Login { attributes, .. } => {
                    let (terminal, at) = (reception.terminal, reception.received_at);
                    let current = self.world.placed(terminal, at).subject;
                    touched.insert(current);
                    self.step_state(current, &Observation::Told { terminal, at, attributes });
                }
                Event::CommandReply { .. }
                | Event::CommandRefused { .. }
                | Event::Part { .. }
                | Event::Raw => {}
            }
        }
        // Whatever it says, and of whenever: the vehicle it is on now has been heard.
        let current = self.world.placed(reception.terminal, reception.received_at).subject;
        if touched.insert(current) {
            let heard = Observation::Heard { terminal: reception.terminal, at: reception.received_at };
            self.step_state(current, &heard);
        }
        touched
    }

    fn observe_report(&mut self, report: &Report<'_>, rows: Rows, touched: &mut BTreeSet<Subject>) {
        if !self.is_news(report) {
            self.count_if(rows, "duplicate");
            return;
        }
        let (timeliness, stay) = self.step_report(report, rows, touched);
        if rows == Rows::Store {
            self.store(report, timeliness);
            self.batch.stays.extend(stay);
        }
    }

    /// Whether a report has no row yet. A duplicate is one only of a smaller place: a report that is stepped again
    /// after a restart meets its own row.
    fn is_news(&mut self, report: &Report<'_>) -> bool {
        let identity = report.identity();
        let place = (report.seq, report.item);
        if self.needs.known.get(&identity).is_some_and(|first| *first < place) {
            return false;
        }
        self.needs.known.insert(identity, place);
        true
    }

    /// Steps the state that a report belongs to. A report of a time when the terminal was on another vehicle is that
    /// one's history: it neither moves it nor proves that it lives. Gives the stay of a vehicle that ended with it.
    fn step_report(
        &mut self,
        report: &Report<'_>,
        rows: Rows,
        touched: &mut BTreeSet<Subject>,
    ) -> (Timeliness, Option<StayRow>) {
        let (terminal, received_at) = (report.reception.terminal, report.reception.received_at);
        let current = self.world.placed(terminal, received_at).subject;
        let Placed { subject, role, bound_at } =
            self.world.placed(terminal, report.position.fix_time().unwrap_or(received_at));
        if subject != current {
            return (Timeliness::Late, None);
        }
        touched.insert(subject);
        let (seq, position) = (report.seq, report.position);
        let observation = Observation::Report { seq, terminal, role, bound_at, received_at, position };
        let Observed { timeliness, stay } = self.step_state(subject, &observation);
        let (Some(stay), Subject::Vehicle(vehicle)) = (stay, subject) else { return (timeliness, None) };
        if rows == Rows::Store {
            self.turn_profile(vehicle, self.world.globals.applied_at);
        }
        self.world.usual_places.entry(vehicle).on_stay(&stay);
        (timeliness, Some(StayRow { vehicle, stay }))
    }

    fn store(&mut self, report: &Report<'_>, timeliness: Timeliness) {
        self.count("stored", 1);
        self.world.newest.on_stored(&report.identity(), report.reception.received_at);
        if report.position.fix.coordinates().is_some() {
            self.fixed(report.reception.terminal, report.reception.received_at);
        }
        self.batch.positions.push(PositionRow {
            identity: report.identity(),
            seq: report.seq,
            item: report.item,
            received_at: report.reception.received_at,
            timeliness: timeliness.as_str(),
            position: report.position.clone(),
        });
    }

    /// Notes that a place of a terminal is stored. Whether it has ever been fixed cannot be told by its state, which begins anew on
    /// another vehicle, and is not stepped by what quarantine kept.
    fn fixed(&mut self, terminal: TerminalId, at: Timestamp) {
        let Some(row) = self.world.terminals.get(&terminal).filter(|row| row.first_fix_at.is_none()) else {
            return;
        };
        let row = TerminalRow { first_fix_at: Some(at), ..row.clone() };
        self.world.terminals.set(terminal, row);
    }

    fn step_state(&mut self, subject: Subject, observation: &Observation<'_>) -> Observed {
        let World { globals, states, .. } = &mut *self.world;
        let vehicle = match subject {
            Subject::Vehicle(vehicle) => Some(vehicle),
            Subject::Terminal(_) => None,
        };
        let around = Surroundings { places: &globals.places, vehicle };
        let state = states.entry(subject);
        rules::observe(state, observation, globals.coverage.total_ms, &around)
    }

    fn count_if(&mut self, rows: Rows, counter: &'static str) {
        if rows == Rows::Store {
            self.count(counter, 1);
        }
    }

    /// Whether a terminal is approved; one that was never seen goes to quarantine.
    fn status(&mut self, seq: Seq, reception: &Reception) -> TerminalStatus {
        if let Some(row) = self.world.terminals.get(&reception.terminal) {
            let status = row.status;
            if row.protocol.is_empty() {
                // It was entered before it was heard.
                let row = TerminalRow {
                    protocol: reception.protocol.to_string(),
                    first_seen: reception.received_at,
                    first_seq: seq,
                    ..row.clone()
                };
                self.world.terminals.set(reception.terminal, row);
            }
            return status;
        }
        let row = TerminalRow {
            terminal: reception.terminal,
            protocol: reception.protocol.to_string(),
            status: TerminalStatus::Quarantined,
            first_seen: reception.received_at,
            first_seq: seq,
            approved_at: None,
            first_fix_at: None,
            profile: Profile::default(),
        };
        self.world.terminals.set(reception.terminal, row);
        self.world.globals.directory_version += 1;
        TerminalStatus::Quarantined
    }

    fn quarantine(&mut self, seq: Seq, reception: Reception, frame: Option<Vec<u8>>) {
        let (terminal, received_at) = (reception.terminal, reception.received_at);
        let positions = positions_in(&reception);
        if self.world.globals.quarantined >= QUARANTINED_MAX {
            self.count("rejected.quarantine_full", positions);
            return;
        }
        let Ok(payload) = journal::codec::encode(&model::Input::Reception(Box::new(reception))) else {
            return;
        };
        self.count("quarantined", positions);
        self.world.globals.quarantined += 1;
        *self.world.quarantined.entry(&terminal, || 0) += 1;
        self.batch.quarantine.push(QuarantineRow { seq, terminal, received_at, payload, frame });
    }

    /// Says that a terminal is not ours. One that is has a vehicle, or had one: that is undone by its binding.
    pub(crate) fn reject(&mut self, seq: Seq, at: Timestamp, terminal: TerminalId, reason: &str) -> Outcome {
        let row = match self.world.terminals.get(&terminal) {
            Some(row) if row.status == TerminalStatus::Approved => {
                let message =
                    format!("terminal {terminal} is approved: what it sends is of a vehicle of ours");
                return Outcome::Conflict { message };
            }
            Some(row) if row.status == TerminalStatus::Rejected => {
                return Outcome::Done { message: format!("terminal {terminal} was rejected before") };
            }
            Some(row) => row.clone(),
            // It is known to be somebody else's before it was ever heard.
            None => unheard(terminal, seq, at),
        };
        if reason.trim().is_empty() || reason.len() > REASON_BYTES_MAX {
            let message = format!("say why, in at most {REASON_BYTES_MAX} bytes");
            return Outcome::Refused { message };
        }
        self.world.terminals.set(terminal, TerminalRow { status: TerminalStatus::Rejected, ..row });
        self.world.globals.directory_version += 1;
        let frames = self.let_go(terminal);
        Outcome::Done { message: format!("terminal {terminal} rejected, {frames} kept frames dropped") }
    }

    /// Takes what a terminal has in quarantine out of the count; its rows leave the store with this step.
    fn let_go(&mut self, terminal: TerminalId) -> i64 {
        let frames = self.world.quarantined.get(&terminal).copied().unwrap_or_default();
        self.world.quarantined.set(terminal, 0);
        self.world.globals.quarantined -= frames;
        self.batch.released.push(terminal);
        frames
    }

    /// Moves a terminal's frames out of quarantine: as history, never as "now". Gives how many positions there were.
    pub(crate) fn release(&mut self, terminal: TerminalId) -> i64 {
        let mut stored = 0;
        for kept in self.needs.quarantine.remove(&terminal).unwrap_or_default() {
            let Ok(model::Input::Reception(reception)) = journal::codec::decode(&kept.payload) else {
                continue;
            };
            for (item, event) in (0..).zip(&reception.events) {
                let Event::Position(position) = event else { continue };
                let report = Report { seq: kept.seq, item, reception: &reception, position };
                if self.is_news(&report) {
                    self.store(&report, Timeliness::Late);
                    stored += 1;
                } else {
                    self.count("duplicate", 1);
                }
            }
            let at = reception.received_at;
            self.batch.frames.push(FrameRow { seq: kept.seq, at, reception: *reception, frame: kept.frame });
        }
        self.let_go(terminal);
        stored
    }
}

/// How many positions a frame holds.
pub(crate) fn positions_in(reception: &Reception) -> i64 {
    let positions = reception.events.iter().filter(|event| matches!(event, Event::Position(_))).count();
    i64::try_from(positions).unwrap_or(i64::MAX)
}

/// Frames of unapproved terminals in all. Twice what ingest admits: what it has acknowledged before the count reached
/// it must still find room. 200,000 frames are about 60 MB.
const QUARANTINED_MAX: i64 = 200_000;
/// What a list can show of why.
const REASON_BYTES_MAX: usize = 500;
