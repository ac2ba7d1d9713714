//! What a device sends, and what the server reads of it: the real wire, the real session, no socket.
//!
//! Shape: [`Gear`] is a device's clock and both ends of its connection; [`Gear::act`] gives the journal's items of one moment.
//! Units: as in `model`. Errors: a frame that the server does not take, which is a fault of this program.

use crate::cast::{network_is_down, start};
use crate::life::{Fitting, Kind, Life, Mishap};
use anyhow::{Context as _, bail};
use bytes::BytesMut;
use fleet::city::{City, Spot};
use fleet::dice::Dice;
use fleet::plan::{Motion, Truth};
use fleet::receiver::{Receiver, Sky};
use journal::Item;
use model::{
    Alarms, Attribute, Attributes, Fix, Input, Millis, Position, Profile, ProtocolName, Reception, Seq,
    SessionId, Timestamp,
};
use wire::{Admission, Answer, Authenticator, Checksum, Cut, Protocol, Session, Terminal};

/// A device at work.
pub(crate) struct Gear<'a> {
    life: &'a Life,
    fitting: Fitting,
    receiver: Receiver,
    seed: u64,
    terminal: Box<dyn Terminal>,
    session: Box<dyn Session>,
    protocol: ProtocolName,
    id: SessionId,
    frame_no: u32,
    is_in: bool,
    /// Parked reports between positions.
    beats: u32,
    kept: Vec<Position>,
    /// When its live reports with a fix were made.
    pub(crate) fixes: Vec<Timestamp>,
    /// Something that it had to say was not heard because the network was down.
    pub(crate) was_cut_off: bool,
}

/// What a device does at a moment.
enum Act {
    Report(Box<Position>),
    Heartbeat,
    Nothing,
}

impl<'a> Gear<'a> {
    pub(crate) fn new(life: &'a Life, fitting: Fitting, number: u32, seed: u64) -> anyhow::Result<Self> {
        let protocol: &'static dyn Protocol =
            *protocols::ALL.iter().find(|protocol| protocol.name() == "gt06").context("GT06")?;
        let seed = Dice::of(seed, &[u64::from(number)]).roll();
        Ok(Self {
            life,
            fitting,
            receiver: Receiver::new(City::SHENZHEN, seed, Sky::Open),
            seed,
            terminal: protocol.terminal(fitting.terminal),
            session: protocol.open(Authenticator::Open),
            protocol: ProtocolName::parse(protocol.name())?,
            id: SessionId { run: Seq(1), connection: number },
            frame_no: 0,
            is_in: false,
            beats: 0,
            kept: Vec::new(),
            fixes: Vec::new(),
            was_cut_off: false,
        })
    }

    /// When it first does something.
    pub(crate) fn begins(&self) -> Timestamp {
        let from = self.fitting.from.max(start());
        let usual = match self.fitting.kind {
            Kind::Wired => from.plus(i64::try_from(self.seed % 300).unwrap_or(0) * 1_000),
            Kind::Hidden { .. } => self.wakes_after(from),
        };
        self.raised_after(from).fold(usual, Timestamp::min)
    }

    /// Alarms that this device has still to raise.
    fn raised_after(&self, at: Timestamp) -> impl Iterator<Item = Timestamp> {
        self.life.mishaps.iter().filter_map(move |mishap| match mishap {
            Mishap::Raises { at: raised, by, .. } if *by == self.fitting.terminal && *raised > at => {
                Some(*raised)
            }
            _ => None,
        })
    }

    /// Acts; gives the journal's items, if the server listens, and when it acts again.
    pub(crate) fn act(
        &mut self,
        at: Timestamp,
        listening: bool,
    ) -> anyhow::Result<(Vec<Item>, Option<Timestamp>)> {
        let next = self.next(at);
        if self.is_gone(at) {
            return Ok((Vec::new(), None));
        }
        let act = self.wanted(at);
        if matches!(act, Act::Nothing) {
            return Ok((Vec::new(), Some(next)));
        }
        if !listening || self.is_away(at) {
            self.was_cut_off |= self.is_cut_off(at);
            if let Act::Report(position) = act {
                self.kept.push(*position);
            }
            return Ok((Vec::new(), Some(next)));
        }
        let mut items = self.enter(at)?;
        for position in std::mem::take(&mut self.kept) {
            let upload = self.terminal.position(&Position { buffered: true, ..position });
            items.extend(self.hear(&upload.bytes, at)?);
        }
        match act {
            Act::Report(position) => {
                if position.fix != Fix::None {
                    self.fixes.push(at);
                }
                let upload = self.terminal.position(&position);
                items.extend(self.hear(&upload.bytes, at)?);
            }
            Act::Heartbeat => {
                let upload = self.terminal.heartbeat();
                items.extend(self.hear(&upload.bytes, at)?);
            }
            Act::Nothing => {}
        }
        Ok((items, Some(next)))
    }

    fn wanted(&mut self, at: Timestamp) -> Act {
        let mishaps = &self.life.mishaps;
        if self.is_at_rest(at) {
            return Act::Nothing;
        }
        let raised = mishaps.iter().find_map(|mishap| match mishap {
            // A hand on it wakes a sleeping device.
            Mishap::Raises { alarm, at: raised, by } if *by == self.fitting.terminal && *raised == at => {
                Some(*alarm)
            }
            _ => None,
        });
        let truth = self.truth(at);
        let is_driving = truth.motion != Motion::Parked;
        self.beats += 1;
        let beats_only =
            self.fitting.kind == Kind::Wired && !is_driving && raised.is_none() && !self.is_drifting(at);
        if beats_only && !self.beats.is_multiple_of(BEATS) && !self.tells_its_stop(at) {
            return Act::Heartbeat;
        }
        let mut position = self.blurred(&self.receiver.report(&truth, at), &truth, at);
        if let Some(alarm) = raised {
            position.alarms = Alarms::NONE.with(alarm);
        }
        Act::Report(Box::new(position))
    }

    /// Most devices say where they are when the ignition goes off; some have no last word.
    fn tells_its_stop(&self, at: Timestamp) -> bool {
        !self.seed.is_multiple_of(3)
            && self.life.drives.binary_search_by_key(&at, |(_, stands)| *stands).is_ok()
    }

    /// Where the device is, which is not always where the car is.
    fn truth(&self, at: Timestamp) -> Truth {
        let left = self.life.mishaps.iter().find_map(|mishap| match mishap {
            Mishap::LeftBehind { from } if *from <= at && self.fitting.kind == Kind::Wired => Some(*from),
            _ => None,
        });
        let truth = self.life.plan.truth(left.unwrap_or(at));
        if left.is_some() { Truth { motion: Motion::Parked, ..truth } } else { truth }
    }

    /// What the receiver makes of it beside its usual noise.
    fn blurred(&self, position: &Position, truth: &Truth, at: Timestamp) -> Position {
        let mut position = position.clone();
        let mut dice = Dice::of(self.seed, &[at.ms().unsigned_abs(), 7]);
        let far = |metres: i64, spot: Spot, dice: &mut Dice| City::SHENZHEN.fix(spot.scattered(metres, dice));
        for mishap in &self.life.mishaps {
            match mishap {
                Mishap::Excursions { from, to } if within(at, *from, *to) && dice.percent(35) => {
                    position.fix = far(dice.between(60, 550), truth.spot, &mut dice);
                    position.speed = u16::try_from(dice.between(0, 14)).ok().map(model::Speed::from_kmh);
                }
                Mishap::Jumps { from, to } if within(at, *from, *to) && dice.percent(50) => {
                    position.fix = far(dice.between(80_000, 400_000), truth.spot, &mut dice);
                }
                Mishap::Tunnel { from, to } if within(at, *from, *to) => {
                    (position.fix, position.satellites) = (Fix::None, None);
                }
                Mishap::Reflected { from, to, metres } if within(at, *from, *to) => {
                    // The same facade each time.
                    let mut dice = Dice::of(self.seed, &[from.ms().unsigned_abs(), 11]);
                    position.fix = far(*metres, truth.spot, &mut dice);
                }
                Mishap::Hooked { from, to } if within(at, *from, *to) => {
                    position.attributes = Attributes(vec![Attribute::Ignition(false)]);
                }
                _ => {}
            }
        }
        position
    }

    fn is_gone(&self, at: Timestamp) -> bool {
        // What was taken off has power for a while.
        if self.fitting.to.is_some_and(|to| to.plus(BUFFERED_MS) <= at) {
            return true;
        }
        self.life.mishaps.iter().any(|mishap| matches!(mishap, Mishap::Gone { from } if *from <= at))
    }

    fn is_away(&self, at: Timestamp) -> bool {
        let is_wired = self.fitting.kind == Kind::Wired;
        self.is_cut_off(at) || (is_wired && self.life.is_unheard_until(at).is_some())
    }

    fn is_cut_off(&self, at: Timestamp) -> bool {
        network_is_down(at) && self.is_in_the_network()
    }

    /// Two of five are in the network that fails: too few for everybody's matter.
    const fn is_in_the_network(&self) -> bool {
        self.seed % 5 < 2
    }

    /// The number of its SIM card, which names the network.
    fn card(&self) -> String {
        let network = if self.is_in_the_network() { "898600" } else { "898601" };
        format!("{network}{:013}", self.seed % 10_000_000_000_000)
    }

    /// A receiver under a bad sky believes that it moves, and reports as if it did.
    fn is_drifting(&self, at: Timestamp) -> bool {
        let of_sky =
            |mishap: &Mishap| matches!(mishap, Mishap::Excursions { from, to } if within(at, *from, *to));
        self.life.mishaps.iter().any(of_sky)
    }

    /// Underground it hears and says nothing, and one that overslept does not know.
    fn is_at_rest(&self, at: Timestamp) -> bool {
        self.life.mishaps.iter().any(|mishap| match mishap {
            Mishap::Underground { from, to } => within(at, *from, *to),
            Mishap::Overslept { day } => at.since(start()) / DAY_MS == *day,
            _ => false,
        })
    }

    fn next(&self, at: Timestamp) -> Timestamp {
        let usual = match self.fitting.kind {
            Kind::Hidden { .. } => self.wakes_after(at),
            Kind::Wired if self.is_drifting(at) => at.plus(DRIFTING_MS),
            Kind::Wired if self.truth(at).motion == Motion::Parked => at.plus(PARKED_MS),
            Kind::Wired => at.plus(DRIVING_MS),
        };
        let switch = if self.fitting.kind == Kind::Wired { self.life.plan.next_switch(at) } else { None };
        self.raised_after(at).chain(switch).fold(usual, Timestamp::min)
    }

    /// The next waking of a hidden device, give or take some minutes.
    fn wakes_after(&self, at: Timestamp) -> Timestamp {
        let Kind::Hidden { minute } = self.fitting.kind else { return at };
        let today = at.since(start()).div_euclid(DAY_MS);
        let waking = |day: i64| {
            let late = Dice::of(self.seed, &[day.unsigned_abs(), 3]).between(0, 10);
            start().plus(day * DAY_MS + (minute + late) * 60_000)
        };
        if waking(today) > at { waking(today) } else { waking(today + 1) }
    }

    /// Logs in, the first time.
    fn enter(&mut self, at: Timestamp) -> anyhow::Result<Vec<Item>> {
        if self.is_in {
            return Ok(Vec::new());
        }
        self.is_in = true;
        let login = self.terminal.login();
        let mut items = self.hear(&login, at)?;
        let card = self.terminal.card(&self.card()).context("a message for the SIM card")?;
        items.extend(self.hear(&card.bytes, at)?);
        Ok(items)
    }

    /// The server's side of what the device sends; its answers go back.
    fn hear(&mut self, bytes: &[u8], at: Timestamp) -> anyhow::Result<Vec<Item>> {
        let (mut input, mut items, mut answers) = (BytesMut::from(bytes), Vec::new(), BytesMut::new());
        loop {
            let frame = match self.session.deframe(&mut input) {
                Cut::Frame(frame) => frame,
                Cut::Need => break,
                other => bail!("a frame of our own is not one: {other:?}"),
            };
            let terminal = self.session.terminal_of(&frame).context("a terminal")?;
            self.session.admit(terminal, Admission::Known(Profile::default()));
            let reaction = self.session.handle(&frame, at);
            answers.extend_from_slice(reaction.reply.bytes().map_or(&[], |bytes| &bytes[..]));
            self.frame_no += 1;
            let reception = Reception {
                session: self.id,
                frame_no: self.frame_no,
                terminal,
                protocol: self.protocol,
                number: reaction.number,
                serial: reaction.serial,
                received_at: at,
                checksum_ok: frame.checksum != Checksum::Bad,
                events: reaction.events,
                problem: None,
            };
            let input = Input::Reception(Box::new(reception));
            items.push(Item { input, frame: Some(frame.wire), parts: Vec::new() });
        }
        while let Some(answer) = self.terminal.receive(&mut answers) {
            if let Answer::Send(bytes) = answer {
                items.extend(self.hear(&bytes, at)?);
            }
        }
        Ok(items)
    }
}

fn within(at: Timestamp, from: Timestamp, to: Timestamp) -> bool {
    from <= at && at < to
}

const DAY_MS: Millis = 86_400_000;
/// A wired device under way, and one that stands: a heartbeat each five minutes, a position with each sixth.
const DRIVING_MS: Millis = 30_000;
const PARKED_MS: Millis = 300_000;
const BEATS: u32 = 6;
const DRIFTING_MS: Millis = 60_000;
/// A wired device off the car's supply.
const BUFFERED_MS: Millis = 15 * 60_000;
