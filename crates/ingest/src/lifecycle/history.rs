//! One history: the house, its lines, the devices and the ledger, and what passes between them. What `connection` does
//! with a socket and the journal a line does here without waiting; what follows from it is `Exchange`'s in both.

use super::checks::check_rate;
use super::device::Device;
use super::dice::Dice;
use super::ledger::{Ledger, Submitted};
use super::line::{Line, Saw, Stage, UpEnd};
use super::trace::{Seen, Trace};
use crate::attempts::Attempts;
use crate::conduct::Reading;
use crate::directory::{Listed, Listing};
use crate::end::End;
use crate::exchange::{self, Exchange, LAST_READS_MAX, STALL_AFTER};
use crate::log_limit::LogLimit;
use crate::orders::Orders;
use crate::parts::Parts;
use crate::roster::Roster;
use crate::talk::{Caller, Heard, House, Moment};
use crate::testing::PROTOCOLS;
use crate::{Config, Counters, Directory};
use journal::Item;
use model::{Input, SessionId, TerminalId, Timestamp};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use wire::Authenticator;

pub(super) struct History {
    pub(super) dice: Dice,
    pub(super) trace: Trace,
    /// Where instants begin: they have no number, only distances.
    pub(super) origin: Instant,
    pub(super) now: Instant,
    /// What the wall clock says of `origin`; it jumps.
    pub(super) wall_ms: i64,
    pub(super) house: House,
    pub(super) roster: Roster,
    pub(super) ledger: Ledger,
    pub(super) is_stalled: bool,
    pub(super) lines: BTreeMap<u32, Line>,
    pub(super) devices: Vec<Device>,
    /// Goodbyes that the journal has no room for.
    pub(super) farewells: VecDeque<Vec<Item>>,
    /// Sessions whose task is gone without a goodbye.
    pub(super) panicked: BTreeSet<SessionId>,
    pub(super) beliefs: u64,
    /// Each terminal's takeovers since nobody held it.
    pub(super) takeovers: BTreeMap<TerminalId, Vec<Instant>>,
    pub(super) seen: Seen,
}

impl History {
    pub(super) fn new(seed: u64, trace: Trace) -> Self {
        let mut dice = Dice::new(seed);
        let mut devices = vec![
            Device::new("15", &["15"], 0),
            Device::new("16", &["16"], 1),
            Device::new("30", &["30", "31"], 2),
            // Nobody has approved it.
            Device::new("99", &["99"], 3),
        ];
        if dice.once_in(3) {
            devices.push(Device::new("15", &["15"], 4));
            devices.push(Device::new("16", &["16"], 5));
        }
        let (ledger, origin) = (Ledger::new(), Instant::now());
        let house = house(&ledger, START);
        let roster = Roster::new(&house.config, CONNECTIONS_MAX);
        Self {
            dice,
            trace,
            origin,
            now: origin,
            wall_ms: START.ms(),
            house,
            roster,
            ledger,
            is_stalled: false,
            lines: BTreeMap::new(),
            devices,
            farewells: VecDeque::new(),
            panicked: BTreeSet::new(),
            beliefs: 0,
            takeovers: BTreeMap::new(),
            seen: Seen::default(),
        }
    }

    pub(super) fn moment(&self) -> Moment {
        let run = i64::try_from((self.now - self.origin).as_millis()).unwrap();
        Moment { instant: self.now, time: Timestamp::from_ms(self.wall_ms + run) }
    }

    pub(super) fn note(&self, event: &str) {
        self.trace.note(self.now - self.origin, event);
    }

    /// A new process on the same journal.
    pub(super) fn begin_again(&mut self) {
        self.lines.clear();
        self.farewells.clear();
        self.takeovers.clear();
        for device in &mut self.devices {
            device.line = None;
        }
        self.ledger.begin_again();
        self.house = house(&self.ledger, self.moment().time);
        self.roster = Roster::new(&self.house.config, CONNECTIONS_MAX);
    }

    /// Opens a connection; `None` if the server has no place.
    pub(super) fn connect(&mut self, device: usize) -> Option<u32> {
        let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, u8::try_from(device % 3).unwrap()));
        let (number, ending) = match self.roster.enter(address) {
            Ok(place) => place,
            Err(full) => {
                self.seen.count(full.code(), 1);
                return None;
            }
        };
        let caller = Caller { number, peer: (address, 4000).into(), ending: Arc::clone(&ending), port: None };
        let line = Line {
            number,
            address,
            session: SessionId { run: self.house.run, connection: number },
            device,
            ending,
            exchange: Exchange::new(&self.house, caller, self.now),
            stage: Stage::Live,
            up: bytes::BytesMut::new(),
            up_end: UpEnd::Open,
            down: bytes::BytesMut::new(),
            window: if self.dice.once_in(6) { 24 } else { 64 * 1024 },
            said: bytes::BytesMut::new(),
            durable_replies: 0,
            wake: None,
            saw: Saw::new(self.now),
        };
        self.lines.insert(number, line);
        Some(number)
    }

    /// One turn of a connection's task, with this many more bytes there to read.
    pub(super) fn turn(&mut self, number: u32, arrived: usize) {
        let Some(mut line) = self.lines.remove(&number) else { return };
        let outcome = match std::mem::replace(&mut line.stage, Stage::Live) {
            Stage::Live => self.live(&mut line, arrived),
            Stage::Detained { items, heard, since } => self.ask_again(&mut line, items, heard, since),
            Stage::Leaving { end, since } => {
                line.stage = Stage::Leaving { end, since };
                Ok(())
            }
        };
        if let Err(end) = outcome {
            if matches!(end, End::Failed(_)) {
                self.hear_the_rest(&mut line);
            }
            self.begin_to_leave(&mut line, end);
        }
        if line.is_leaving() && self.is_settled(&mut line) {
            self.gone(line);
        } else {
            self.lines.insert(number, line);
        }
    }

    fn live(&mut self, line: &mut Line, arrived: usize) -> Result<(), End> {
        if let Some(end) = line.ending.said() {
            return Err(end);
        }
        self.notice_commits(line)?;
        self.write(line)?;
        if line.exchange.reading() == Reading::On {
            self.read(line, arrived)?;
        }
        if matches!(line.stage, Stage::Detained { .. }) { Ok(()) } else { self.look(line) }
    }

    pub(super) fn notice_commits(&mut self, line: &mut Line) -> Result<(), End> {
        let mut context = Context::from_waker(Waker::noop());
        if line.exchange.replies.are_waiting()
            && let Poll::Ready(outcome) = line.exchange.replies.poll_committed(&mut context)
        {
            let noted = line.exchange.on_committed(outcome, self.now, &self.house);
            noted.map_err(|_| End::Journal)?;
        }
        Ok(())
    }

    /// Writes what may leave, as far as the socket takes it.
    fn write(&mut self, line: &mut Line) -> Result<(), End> {
        while line.exchange.replies.are_unsent() {
            if line.up_end == UpEnd::Reset {
                return Err(End::Failed(ErrorKind::BrokenPipe));
            }
            let unsent = line.exchange.replies.unsent();
            let bytes = unsent.len().min(line.window.saturating_sub(line.down.len()));
            if bytes == 0 {
                line.exchange.on_unwritable(self.now);
                line.saw.unsent.get_or_insert(self.now);
                return Ok(());
            }
            line.down.extend_from_slice(&unsent[..bytes]);
            line.said.extend_from_slice(&unsent[..bytes]);
            line.exchange.on_written(bytes, self.now);
            line.saw.unsent = line.exchange.replies.are_unsent().then_some(self.now);
            self.check_said(line);
        }
        Ok(())
    }

    fn read(&mut self, line: &mut Line, arrived: usize) -> Result<(), End> {
        let bytes = arrived.min(line.up.len()).min(line.exchange.room());
        if bytes > 0 {
            check_rate(line, self.house.config.rate(), self.now);
            let read = line.up.split_to(bytes);
            line.exchange.input.extend_from_slice(&read);
            return self.hear(line);
        }
        match line.up_end {
            UpEnd::Closed if line.up.is_empty() => Err(End::Closed),
            UpEnd::Open | UpEnd::Closed => Ok(()),
            UpEnd::Reset => Err(End::Failed(ErrorKind::ConnectionReset)),
        }
    }

    /// What a peer said before it was gone. A journal without room for it refuses it here; the real connection waits.
    fn hear_the_rest(&mut self, line: &mut Line) {
        for _ in 0..LAST_READS_MAX {
            let bytes = line.up.len().min(line.exchange.room());
            if bytes == 0 {
                return;
            }
            self.seen.count("last words", 1);
            let read = line.up.split_to(bytes);
            line.exchange.input.extend_from_slice(&read);
            let heard = self.hear(line);
            if let Stage::Detained { heard, .. } = std::mem::replace(&mut line.stage, Stage::Live) {
                return exchange::refuse(&heard, &self.house);
            }
            if heard.is_err() {
                return;
            }
        }
    }

    fn hear(&mut self, line: &mut Line) -> Result<(), End> {
        loop {
            let (given, totals) = (line.exchange.input.len(), self.house.counters.totals());
            let mut heard = line.exchange.hear(self.moment(), &self.house);
            self.saw(line, &heard, given, totals.takeovers);
            let _ = self.write(line);
            let (end, more) = (heard.end, heard.more);
            let items = std::mem::take(&mut heard.items);
            if !items.is_empty() {
                match self.ledger.submit(items) {
                    Submitted::Queued(slot) => {
                        line.exchange.on_queued(heard, slot, self.now, &self.house);
                    }
                    Submitted::Full(items) => {
                        self.seen.count("a full queue", 1);
                        line.stage = Stage::Detained { items, heard, since: self.now };
                        return Ok(());
                    }
                    Submitted::Failed => {
                        exchange::refuse(&heard, &self.house);
                        return Err(End::Journal);
                    }
                }
            }
            if let Some(end) = end {
                return Err(end);
            }
            if !more {
                return Ok(());
            }
        }
    }

    /// What a read changed, by what came out of it.
    fn saw(&mut self, line: &mut Line, heard: &Heard, given: usize, takeovers: u64) {
        line.saw.frames += u64::from(heard.cut);
        if heard.cut > 0 {
            line.saw.frame = Some(self.now);
        }
        let left = line.exchange.input.len();
        line.saw.partial = match (left, line.saw.partial) {
            (0, _) => None,
            (_, Some(since)) if left == given => Some(since),
            _ => Some(self.now),
        };
        let mut entered = Vec::new();
        for item in &heard.items {
            let Input::Reception(said) = &item.input else { continue };
            if said.problem.as_deref() == Some("authentication") {
                continue;
            }
            // Nonsense with a wrong checksum is noise, and no sign of life.
            if said.checksum_ok || said.problem.is_none() {
                line.saw.good_frame = Some(self.now);
            }
            if let Entry::Vacant(place) = line.saw.believed.entry(said.terminal) {
                self.beliefs += 1;
                place.insert(self.beliefs);
                entered.push(said.terminal);
            }
        }
        if self.house.counters.totals().takeovers > takeovers {
            for terminal in entered {
                self.takeovers.entry(terminal).or_default().push(self.now);
            }
        }
    }

    /// A connection that waits for the journal does nothing else; only the word to end reaches it.
    fn ask_again(
        &mut self,
        line: &mut Line,
        items: Vec<Item>,
        heard: Heard,
        since: Instant,
    ) -> Result<(), End> {
        if let Some(end) = line.ending.said() {
            exchange::refuse(&heard, &self.house);
            return Err(end);
        }
        match self.ledger.submit(items) {
            Submitted::Full(items) => {
                line.stage = Stage::Detained { items, heard, since };
                Ok(())
            }
            Submitted::Failed => {
                exchange::refuse(&heard, &self.house);
                Err(End::Journal)
            }
            Submitted::Queued(slot) => {
                if self.now - since >= STALL_AFTER {
                    line.saw.detained = Some(self.now);
                    line.exchange.on_detained(self.now);
                }
                let (end, more) = (heard.end, heard.more);
                line.exchange.on_queued(heard, slot, self.now, &self.house);
                match (end, more) {
                    (Some(end), _) => Err(end),
                    (None, true) => self.hear(line),
                    (None, false) => self.look(line),
                }
            }
        }
    }

    fn look(&mut self, line: &mut Line) -> Result<(), End> {
        let before = line.exchange.reading();
        line.exchange.look(self.now, &self.house)?;
        if before != Reading::On {
            line.saw.paused = Some(self.now);
        }
        if let Reading::Paused(why) = line.exchange.reading() {
            line.saw.paused = Some(self.now);
            self.seen.count(why.code(), 1);
        }
        let time = self.moment().time;
        let wake = line.exchange.wake(|| time, &self.house);
        line.wake = wake.map(|wake| {
            let ahead = u64::try_from(wake.since(time)).unwrap_or(0);
            self.now + Duration::from_millis(ahead.max(1))
        });
        self.write(line)
    }

    fn begin_to_leave(&mut self, line: &mut Line, end: End) {
        self.check_end(line, end);
        self.note(&format!("line {} ends: {end:?}", line.number));
        self.seen.count(end.code(), 1);
        let goodbye = line.exchange.leave(end, &self.house);
        if !goodbye.is_empty() {
            self.farewells.push_back(goodbye);
            self.say_farewell();
        }
        line.stage = Stage::Leaving { end, since: self.now };
    }

    pub(super) fn say_farewell(&mut self) {
        while let Some(goodbye) = self.farewells.pop_front() {
            if let Submitted::Full(goodbye) = self.ledger.submit(goodbye) {
                return self.farewells.push_front(goodbye);
            }
        }
    }

    /// Whether what was read is committed and acknowledged, or has had its time.
    fn is_settled(&mut self, line: &mut Line) -> bool {
        let Stage::Leaving { end, since } = line.stage else { return false };
        while line.exchange.replies.are_waiting() {
            let before = line.in_flight();
            let _ = self.notice_commits(line);
            if line.in_flight() == before {
                break;
            }
        }
        let deaf = matches!(end, End::Failed(_) | End::SlowReader) || self.write(line).is_err();
        let done = !line.exchange.replies.are_waiting() && (deaf || !line.exchange.replies.are_unsent());
        done || self.now >= since + LEAVE_MAX
    }

    /// The socket closes. What the device has not read yet reaches it, or a reset overtakes it.
    pub(super) fn gone(&mut self, mut line: Line) {
        line.exchange.give_up(&self.house);
        self.roster.leave(line.number, line.address);
        if self.devices[line.device].line == Some(line.number) {
            if self.dice.once_in(2) {
                self.devices[line.device].hear(&line.down);
            }
            self.devices[line.device].line = None;
        }
    }
}

fn house(ledger: &Ledger, now: Timestamp) -> House {
    let approved = Listed { approved: true, ..Listed::default() };
    let terminals = ["15", "16", "30", "31"].map(|id| (TerminalId::parse(id).unwrap(), approved));
    House {
        protocols: PROTOCOLS,
        authenticator: Authenticator::Open,
        run: ledger.run,
        config: Config {
            frames_in_flight_max: 8,
            connections_per_address_max: 5,
            terminals_per_connection_max: 3,
            frames_per_s_max: 1,
            frames_burst_max: 10,
            ..Config::default()
        },
        directory: Directory::new(Listing { version: 1, terminals: terminals.into(), quarantine_room: 20 }),
        counters: Arc::new(Counters::new()),
        registry: Mutex::default(),
        orders: Orders::default(),
        parts: Parts::loaded(ledger.kept_parts(), now),
        frame_log: LogLimit::default(),
        connection_log: LogLimit::default(),
        rate_log: LogLimit::default(),
        attempts: Attempts::default(),
    }
}

pub(super) const CONNECTIONS_MAX: u32 = 12;
/// As long as `connection` gives a peer that leaves.
pub(super) const LEAVE_MAX: Duration = Duration::from_secs(4);
/// 2026.
const START: Timestamp = Timestamp::from_ms(1_790_000_000_000);
