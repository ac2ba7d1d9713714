//! The server's half of one connection, without the connection: bytes in, inputs and replies out.
//!
//! ```text
//! bytes --Tongue--> frame --terminal_of--> who? --directory--> admitted --handle--> reaction
//!   reaction --> [SessionStart, once a terminal] + Reception --> journal;  Now reply --> at once;
//!   Durable reply --> when that journal entry is committed
//! ```
//! Pure: the moment is an argument. Errors: the [`End`] to close with, after what was heard before it is journalled.
//! Source: DESIGN.md §3 steps 3–6; `reliability.md` §3.

mod errands;
mod fitting;
mod heard;
mod knocking;
mod splits;
mod tongue;

use crate::attempts::Attempts;
use crate::conduct::{Conduct, Rest};
use crate::counters::Refusal;
use crate::end::{End, Ending};
use crate::log_limit::LogLimit;
use crate::orders::Orders;
use crate::parts::{Parts, Sender, Share, Taken};
use crate::registry::{Entry, Registry};
use crate::{Config, Counters, Directory};
use bytes::BytesMut;
use errands::Errands;
use fitting::fitting;
pub(crate) use fitting::shared_out;
pub(crate) use heard::{Heard, append};
use journal::Item;
use model::{Input, ProtocolName, Reception, Seq, SessionId, TerminalId, Timestamp};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tongue::Tongue;
use wire::{
    Admission, Authenticator, Checksum, Cut, DeviceModel, Frame, Problem, Protocol, Reaction, Reply, Schedule,
};

/// What every talk asks: shared by all connections.
pub(crate) struct House {
    pub(crate) protocols: &'static [&'static dyn Protocol],
    pub(crate) authenticator: Authenticator,
    pub(crate) run: Seq,
    pub(crate) config: Config,
    pub(crate) directory: Directory,
    pub(crate) counters: Arc<Counters>,
    pub(crate) registry: Mutex<Registry>,
    pub(crate) orders: Orders,
    pub(crate) parts: Parts,
    pub(crate) frame_log: LogLimit,
    pub(crate) connection_log: LogLimit,
    pub(crate) rate_log: LogLimit,
    pub(crate) attempts: Attempts,
}

impl House {
    pub(crate) fn registry(&self) -> MutexGuard<'_, Registry> {
        // Each change of the registry is one insert or remove; a panic elsewhere leaves none half done.
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When something was read: for deadlines, and as the receive stamp.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) instant: Instant,
    pub(crate) time: Timestamp,
}

/// A connection that was let in.
#[derive(Clone)]
pub(crate) struct Caller {
    /// Its number in this run.
    pub(crate) number: u32,
    /// From where.
    pub(crate) peer: SocketAddr,
    /// How others can end it.
    pub(crate) ending: Arc<Ending>,
    /// What its port speaks; `None` = tell by the first bytes.
    pub(crate) port: Option<&'static dyn Protocol>,
}

/// One connection's talk.
pub(crate) struct Talk {
    pub(crate) conduct: Conduct,
    pub(crate) caller: Caller,
    session: SessionId,
    tongue: Tongue,
    speakers: Vec<Speaker>,
    errands: Errands,
    frame_no: u32,
}

/// A terminal that was journalled on this connection.
#[derive(Debug, Clone, Copy)]
struct Speaker {
    terminal: TerminalId,
    protocol: ProtocolName,
    /// Its start is on its way into the journal, so that its end has to follow.
    started: bool,
    /// It was believed, and the registry knows.
    entered: bool,
    /// It has not said enough to be told anything: its orders are looked at again after its next frame.
    unready: bool,
}

/// A frame, and who says it when.
#[derive(Clone, Copy)]
struct Said<'a> {
    frame: &'a Frame,
    terminal: TerminalId,
    protocol: ProtocolName,
    admission: Admission,
    at: Moment,
}

impl Said<'_> {
    fn sender(&self) -> Sender {
        let share = match self.admission {
            Admission::Known(_) => Share::Known,
            Admission::Unknown => Share::Stranger,
        };
        Sender { terminal: self.terminal, protocol: self.protocol, share }
    }
}

impl Talk {
    /// A connection that was accepted at `now`.
    pub(crate) fn new(house: &House, caller: Caller, now: Instant) -> Self {
        let tongue = caller.port.map(|protocol| Tongue::fixed(protocol, house.authenticator));
        Self {
            conduct: Conduct::new(now),
            session: SessionId { run: house.run, connection: caller.number },
            caller,
            tongue: tongue.unwrap_or(Tongue::Unheard),
            speakers: Vec::new(),
            errands: Errands::default(),
            frame_no: 0,
        }
    }

    /// Cuts up what has been read and reads every whole frame in it.
    pub(crate) fn hear(&mut self, input: &mut BytesMut, at: Moment, house: &House) -> Heard {
        let mut heard = Heard::default();
        if let Err(end) = self.hear_frames(input, at, house, &mut heard) {
            heard.end = Some(end);
        }
        heard
    }

    /// How many terminals have spoken here.
    pub(crate) const fn terminals(&self) -> usize {
        self.speakers.len()
    }

    /// How many bytes may wait for the end of their frame.
    pub(crate) const fn buffer_max(&self) -> usize {
        if self.conduct.is_online() { BUFFER_ONLINE_MAX } else { BUFFER_STRANGER_MAX }
    }

    fn hear_frames(
        &mut self,
        input: &mut BytesMut,
        at: Moment,
        house: &House,
        heard: &mut Heard,
    ) -> Result<(), End> {
        let given = input.len();
        while heard.frames < FRAMES_PER_CALL_MAX && !heard.is_full {
            match self.tongue.cut(input, house)? {
                Cut::Need => {
                    self.conduct.on_rest(rest(given, input.len()), at.instant);
                    return if input.len() >= self.buffer_max() { Err(End::TooLong) } else { Ok(()) };
                }
                Cut::Frame(frame) => self.on_frame(&frame, at, house, heard)?,
                Cut::Skipped { bytes, reason } => {
                    house.counters.skipped_bytes.add(count(bytes.len()));
                    tracing::debug!(reason = reason.code(), hex = %hex_of(&bytes), "skipped");
                    self.look_for_another_tongue(&bytes, at.time, house);
                    self.conduct.on_skipped(bytes.len())?;
                }
                Cut::Lost(wire::Lost::TooLong) => return Err(End::TooLong),
            }
        }
        heard.more = true;
        Ok(())
    }

    fn on_frame(&mut self, frame: &Frame, at: Moment, house: &House, heard: &mut Heard) -> Result<(), End> {
        house.counters.frames_in.add(1);
        heard.cut = heard.cut.saturating_add(1);
        house.counters.bad_checksums.add(u64::from(frame.checksum == Checksum::Bad));
        self.frame_no = self.frame_no.saturating_add(1);
        // A frame is only ever cut by a session, so there is one.
        let Some((protocol, session)) = self.tongue.spoken() else { return Ok(()) };
        let Some(terminal) = session.terminal_of(frame) else {
            house.counters.refuse(Refusal::NoLogin, 1);
            return self.conduct.on_no_login();
        };
        let said = Said { frame, terminal, protocol, admission: house.directory.admission(terminal), at };
        if let Err((refusal, end)) = may_speak(&self.speakers, &said, house) {
            house.counters.refuse(refusal, 1);
            return end.map_or_else(|| self.conduct.on_bad_checksum(at.instant), Err);
        }
        session.admit(terminal, said.admission);
        if self.speakers.iter().all(|speaker| speaker.terminal != terminal) {
            splits::restore(session, &said, house);
        }
        let reaction = session.handle(frame, at.time);
        let verdict = self.judge(&said, reaction.problem.as_ref(), house);
        self.take(&said, reaction, house, heard);
        verdict
    }

    /// Notes how the connection behaves. A frame without login or with a wrong code is kept all the same: what to
    /// answer is the protocol's choice, what to believe is the fold's.
    fn judge(&mut self, said: &Said<'_>, problem: Option<&Problem>, house: &House) -> Result<(), End> {
        let now = said.at.instant;
        if let Some(problem) = problem {
            log_problem(problem, said, house);
        }
        match problem {
            Some(Problem::Authentication) => return self.conduct.on_wrong_code(),
            Some(Problem::NoLogin) => return self.conduct.on_no_login(),
            // A wrong checksum that reads well is a careless firmware; one that does not is noise.
            Some(_) if said.frame.checksum == Checksum::Bad => return self.conduct.on_bad_checksum(now),
            Some(_) | None => self.conduct.on_frame(now),
        }
        Ok(())
    }

    /// Puts a frame on its way to the journal, if there is room for it.
    fn take(&mut self, said: &Said<'_>, mut reaction: Reaction, house: &House, heard: &mut Heard) {
        if said.admission == Admission::Unknown && !house.directory.take_quarantine_room(said.terminal) {
            house.counters.refuse(Refusal::QuarantineFull, 1);
            // A reply that promises nothing still leaves: the answer must not tell who is known.
            if matches!(reaction.reply, Reply::Now(_)) {
                heard.take_reply(reaction.reply);
            }
            self.restore_if(!reaction.parts.is_empty(), said, house);
            return;
        }
        let start = self.introduce(said, is_believed(reaction.problem.as_ref()), house);
        if let Some(start) = start {
            heard.push(start.into());
        }
        let parts = std::mem::take(&mut reaction.parts);
        let Taken { changes, whole, owed, refused } = house.parts.take(said.sender(), parts, said.at.time);
        self.restore_if(refused, said, house);
        // A part that is not kept is in the frame log, but its message could never be whole: the device sends it again.
        if !(refused && matches!(reaction.reply, Reply::Durable(_))) {
            heard.take_reply(std::mem::replace(&mut reaction.reply, Reply::None));
        }
        let said_in = if whole.is_some() { usize::MAX } else { said.frame.wire.len() };
        let inputs = fitting(self.reception(said, reaction), said_in, &mut self.frame_no);
        heard.take_inputs(inputs, &said.frame.wire, changes);
        heard.whole.extend(whole);
        heard.owed.extend(owed);
        heard.frames = heard.frames.saturating_add(1);
    }

    /// Makes sure that the registry knows that this terminal speaks here; the input is for the journal, the first
    /// time.
    fn introduce(&mut self, said: &Said<'_>, believed: bool, house: &House) -> Option<Input> {
        let Said { terminal, protocol, at, .. } = *said;
        let before = self.speakers.len();
        let known = self.speakers.iter().position(|speaker| speaker.terminal == terminal);
        if known.is_none() && said.admission == Admission::Unknown {
            self.note_stranger(said, house);
        }
        let start = known.is_none().then(|| {
            if self.speakers.is_empty() {
                // Nearly always the only one: a list that grows by itself begins with room for four.
                self.speakers.reserve_exact(1);
            }
            self.speakers.push(Speaker {
                terminal,
                protocol,
                started: false,
                entered: false,
                unready: false,
            });
            Input::SessionStart {
                session: self.session,
                terminal,
                protocol,
                peer: self.caller.peer.to_string(),
            }
        });
        let is_alone = self.speakers.len() == 1;
        let speaker = self.speakers.get_mut(known.unwrap_or(before))?;
        if believed && !speaker.entered {
            speaker.entered = true;
            // A link of several terminals is a platform's, which is never silent.
            self.conduct.on_schedule(if is_alone { schedule(said, house) } else { Schedule::default() });
            let entry =
                house.registry().enter(terminal, self.session, Arc::clone(&self.caller.ending), at.instant);
            match entry {
                Entry::First => {}
                Entry::TookOver => house.counters.takeovers.add(1),
                Entry::Conflict => house.counters.conflicts.add(1),
            }
            speaker.unready = true;
        }
        if std::mem::take(&mut speaker.unready) {
            self.caller.ending.ring();
        }
        start
    }

    fn reception(&self, said: &Said<'_>, reaction: Reaction) -> Reception {
        Reception {
            session: self.session,
            frame_no: self.frame_no,
            terminal: said.terminal,
            protocol: said.protocol,
            number: reaction.number,
            serial: reaction.serial,
            received_at: said.at.time,
            checksum_ok: said.frame.checksum != Checksum::Bad,
            events: reaction.events,
            problem: reaction.problem.map(|problem| problem.code().to_owned()),
        }
    }

    /// The journal has taken what was heard last.
    pub(crate) fn on_queued(&mut self) {
        for speaker in &mut self.speakers {
            speaker.started = true;
        }
    }

    /// Says good-bye: what the journal keeps of the end, one input a terminal whose start it has. The registry forgets
    /// this connection.
    pub(crate) fn close(&mut self, end: End, house: &House) -> Vec<Item> {
        let speakers = std::mem::take(&mut self.speakers);
        let mut registry = house.registry();
        for speaker in &speakers {
            registry.leave(speaker.terminal, self.session);
        }
        let (session, reason) = (self.session, end.reason());
        let started = speakers.into_iter().filter(|speaker| speaker.started);
        started
            .map(|Speaker { terminal, .. }| Input::SessionEnd { session, terminal, reason }.into())
            .collect()
    }

    /// The connection in a log line. Made when a line is written: a span held by each idle connection would cost more
    /// memory than the connection.
    pub(crate) fn span(&self) -> tracing::Span {
        let speaker = self.speakers.first();
        tracing::info_span!(
            "connection",
            peer = %self.caller.peer,
            session = %self.session,
            protocol = speaker.map(|s| tracing::field::display(s.protocol)),
            terminal = speaker.map(|s| s.terminal.masked().to_string()),
        )
    }
}

/// Whether this frame's terminal may speak on this connection.
fn may_speak(speakers: &[Speaker], said: &Said<'_>, house: &House) -> Result<(), (Refusal, Option<End>)> {
    if speakers.iter().any(|speaker| speaker.terminal == said.terminal) {
        return Ok(());
    }
    // A flipped bit in a relayed frame's terminal number would make a terminal that does not exist.
    let noise = said.frame.checksum == Checksum::Bad && said.admission == Admission::Unknown;
    if noise && !speakers.is_empty() {
        return Err((Refusal::Checksum, None));
    }
    if speakers.len() >= usize::from(house.config.terminals_per_connection_max) {
        return Err((Refusal::TooManyTerminals, Some(End::TooManyTerminals)));
    }
    Ok(())
}

/// Whether a frame with this problem may end an older connection of its terminal.
const fn is_believed(problem: Option<&Problem>) -> bool {
    !matches!(problem, Some(Problem::Authentication | Problem::NoLogin | Problem::Checksum { .. }))
}

fn log_problem(problem: &Problem, said: &Said<'_>, house: &House) {
    if let Some(suppressed) = house.frame_log.permits(said.at.instant) {
        let terminal = said.terminal.masked();
        tracing::warn!(problem = problem.code(), protocol = %said.protocol, %terminal, suppressed, "a frame has a problem");
    }
    tracing::debug!(%problem, hex = %hex_of(&said.frame.wire), "the frame");
}

fn hex_of(bytes: &[u8]) -> String {
    if tracing::enabled!(tracing::Level::DEBUG) {
        hex::encode(bytes.get(..HEX_BYTES_MAX).unwrap_or(bytes))
    } else {
        String::new()
    }
}

/// How often the model of this terminal says anything.
fn schedule(said: &Said<'_>, house: &House) -> Schedule {
    let Admission::Known(profile) = said.admission else { return Schedule::default() };
    let protocol = house.protocols.iter().find(|protocol| protocol.name() == said.protocol.as_str());
    let model = protocol.and_then(|protocol| DeviceModel::chosen(protocol.models(), profile.model));
    model.map_or_else(Schedule::default, |model| model.schedule)
}

const fn rest(given: usize, left: usize) -> Rest {
    match left {
        0 => Rest::None,
        _ if left == given => Rest::SameFrame,
        _ => Rest::NextFrame,
    }
}

pub(crate) fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// Frames in one call of the journal: as many of the shortest reports as one read brings.
const FRAMES_PER_CALL_MAX: u32 = 128;
/// Entries that a commit of the journal must hold: each frame may be its terminal's first.
pub(crate) const ENTRIES_PER_CALL_MAX: usize = 256;
/// Items that the journal's queue must hold: a call whose frames fill the buffer counts once a KiB, and what they
/// say is longer than they are; a split message of the largest size counts half of it.
pub(crate) const QUEUE_ITEMS_MIN: usize = 2048;
/// Several of the largest frames of any protocol, so that a burst needs few reads.
const BUFFER_ONLINE_MAX: usize = 16 * 1024;
/// A login and the reports behind it; ten thousand strangers hold 40 MiB.
const BUFFER_STRANGER_MAX: usize = 4 * 1024;
/// As much of a frame as a log line shows.
const HEX_BYTES_MAX: usize = 256;

#[cfg(test)]
mod tests;
