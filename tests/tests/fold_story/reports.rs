//! What the terminals of the small fleet send: fixes, heartbeats, resent, late and undated reports, batches.

use crate::dice::Dice;
use crate::history::{VEHICLES, terminal};
use model::unit::Speed;
use model::{
    Alarm, Alarms, Attribute, Attributes, Coordinates, DeviceTime, Event, Fix, Measured, Position,
    ProtocolName, Reception, Seq, SessionId, Timestamp, ZoneOffset, ZoneSource,
};

/// The terminals: one on each vehicle, a backup, and some that nobody has approved.
pub(crate) struct Fleet {
    terminals: Vec<Sender>,
    reports: u64,
}

struct Sender {
    number: usize,
    frame_no: u32,
    doing: Doing,
    /// Metres north of its home.
    north_m: i64,
    sent: Vec<Position>,
}

#[derive(Clone, Copy)]
enum Doing {
    Standing,
    Driving,
    Silent,
}

impl Fleet {
    pub(crate) fn new() -> Self {
        let sender =
            |number| Sender { number, frame_no: 0, doing: Doing::Standing, north_m: 0, sent: Vec::new() };
        Self { terminals: (0..VEHICLES + 5).map(sender).collect(), reports: 0 }
    }

    /// What arrives at a tick.
    pub(crate) fn report(&mut self, now: Timestamp, dice: &mut Dice) -> Vec<Reception> {
        let mut receptions = Vec::new();
        for sender in &mut self.terminals {
            sender.go_on(dice);
            if matches!(sender.doing, Doing::Silent) || dice.percent(25) {
                continue;
            }
            let events = sender.events(now, &mut self.reports, dice);
            sender.frame_no += 1;
            receptions.push(Reception {
                session: SessionId { run: Seq(1), connection: u32::try_from(sender.number).unwrap() },
                frame_no: sender.frame_no,
                terminal: terminal(sender.number),
                protocol: ProtocolName::parse("gt06").unwrap(),
                number: 0x22,
                serial: u16::try_from(sender.frame_no).ok(),
                received_at: now,
                checksum_ok: true,
                events,
                problem: None,
            });
        }
        receptions
    }
}

impl Sender {
    fn go_on(&mut self, dice: &mut Dice) {
        self.doing = match (self.doing, dice.below(1000)) {
            (Doing::Standing, 0..10) => Doing::Driving,
            (Doing::Driving, 0..60) | (Doing::Silent, 0..6) => Doing::Standing,
            (Doing::Standing | Doing::Driving, 990..997) => Doing::Silent,
            (doing, _) => doing,
        };
        if matches!(self.doing, Doing::Driving) {
            self.north_m += 500;
        }
    }

    fn events(&mut self, now: Timestamp, reports: &mut u64, dice: &mut Dice) -> Vec<Event> {
        if dice.percent(10) {
            return vec![Event::Heartbeat { attributes: Attributes::default() }];
        }
        if dice.percent(5) && !self.sent.is_empty() {
            // A batch: something resent, something twice in one frame, something new.
            let old = self.sent[dice.below(self.sent.len())].clone();
            let new = self.position(now, reports, dice);
            return [old.clone(), new, old].map(|position| Event::Position(Box::new(position))).into();
        }
        vec![Event::Position(Box::new(self.position(now, reports, dice)))]
    }

    fn position(&mut self, now: Timestamp, reports: &mut u64, dice: &mut Dice) -> Position {
        *reports += 1;
        let late = dice.percent(8);
        let lag_ms = i64::try_from(dice.below(if late { 7_200_000 } else { 20_000 })).unwrap();
        let clock = DeviceTime::Clock {
            wall: now.plus(-lag_ms),
            offset: ZoneOffset::UTC,
            source: ZoneSource::Protocol,
        };
        let driving = matches!(self.doing, Doing::Driving);
        let scatter = i64::try_from(dice.below(20)).unwrap();
        let lat_e7 = 225_000_000 + (self.north_m + scatter) * 90;
        let east = i64::try_from(self.number).unwrap() * 200_000;
        let place = Coordinates::from_e7(lat_e7, 1_140_000_000 + east).unwrap();
        let position = Position {
            time: if dice.percent(2) { DeviceTime::Unusable } else { clock },
            fix: if dice.percent(5) { Fix::None } else { Fix::Gnss(place) },
            speed: Some(Speed::from_kmh(if driving { 36 } else { 0 })),
            course: None,
            altitude: None,
            satellites: Some(if dice.percent(5) { 3 } else { 9 }),
            buffered: late,
            alarms: if dice.percent(1) { Alarms::NONE.with(Alarm::PowerCut) } else { Alarms::NONE },
            attributes: [Attribute::Ignition(driving)].into_iter().collect(),
            measured: Measured { version: 1, hash: *reports },
        };
        self.sent.push(position.clone());
        position
    }
}
