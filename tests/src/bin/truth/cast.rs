//! Who plays what: so many cars for each part, and for each part what happens and what is therefore true.
//!
//! Shape: seed → lives. Each scenario that is scored has thirty cars and more of 500, and others look alike. Units: as in `model`.

mod mishaps;

use crate::Play;
use crate::facts;
use crate::lender::{Debt, Lender, Paid, Payment, day_of};
use crate::life::{Fitting, Kind, Life, Part, rested};
use crate::pawn;
use crate::play::Outage;
use crate::shares::parts_of;
use fleet::city::Corner;
use fleet::dice::Dice;
use fleet::number;
use fleet::plan::{Motion, Plan};
use model::{Millis, TerminalId, Timestamp, VehicleId};

/// The network of most devices is down: from nine to three on one day.
pub(crate) fn network_is_down(at: Timestamp) -> bool {
    (0..NETWORK_OUTAGE.long).contains(&at.since(start().plus(NETWORK_OUTAGE.from)))
}

/// When it is up again.
pub(crate) fn network_is_back() -> Timestamp {
    start().plus(NETWORK_OUTAGE.from + NETWORK_OUTAGE.long)
}

/// Midnight in China on the first day.
pub(crate) fn start() -> Timestamp {
    Timestamp::from_ms(START_MS)
}

/// Every car, in the order of its number.
pub(crate) fn cast(play: Play) -> Vec<Life> {
    let mut lives: Vec<Life> = (0..play.vehicles).filter_map(|number| life(play, number)).collect();
    swap_hidden(&mut lives);
    let pawns = pawn::pawns(play, &lives);
    for life in &mut lives {
        let stays = pawn::stays(life, &pawns, start().plus(Millis::from(play.days) * DAY_MS));
        life.facts.extend(stays);
    }
    lives
}

/// Between which days its hour may come.
fn days_of(parts: &[Part], days: i64) -> (i64, i64) {
    match parts.first() {
        // What is usual must be known before, and be seen to have changed.
        Some(Part::MovedHome | Part::Holiday) if days > SETTLED_DAYS + CHANGED_DAYS => {
            (SETTLED_DAYS, days - CHANGED_DAYS)
        }
        // It is known as one that reports each day before it is silent, and tells late before its network fails.
        Some(Part::Daily) => (FIRST_DAY.max(days - SILENT_DAYS), days - LAST_DAYS),
        Some(Part::LateTeller) => (FIRST_DAY, NETWORK_DAY - 2),
        _ => (FIRST_DAY, days - LAST_DAYS),
    }
}

/// One car, as its script is written.
struct Script {
    play: Play,
    number: u32,
    parts: &'static [Part],
    dice: Dice,
    /// When its hour comes.
    hour: Timestamp,
}

fn life(play: Play, number: u32) -> Option<Life> {
    let mut dice = Dice::of(play.seed, &[u64::from(number)]);
    let parts = parts_of(number);
    let (first, last) = days_of(parts, i64::from(play.days));
    let day = dice.between(first, last);
    let hour = start().plus(day * DAY_MS + dice.between(9 * 60, 21 * 60) * MINUTE_MS);
    let script = Script { play, number, parts, dice, hour };
    script.written()
}

impl Script {
    fn written(mut self) -> Option<Life> {
        let vehicle = VehicleId::parse(&format!("T{:06}", self.number)).ok()?;
        let plan = self.plan();
        let drives = drives_of(&plan, self.end());
        if self.plays(Part::Exchanged) {
            self.hour = in_the_workshop(&drives, self.hour);
        }
        let debt = self.debt(&drives)?;
        let fittings = self.fittings()?;
        let (parts, mishaps, facts) = (self.parts, Vec::new(), Vec::new());
        let mut life = Life { vehicle, parts, plan, drives, fittings, debt, mishaps, facts };
        life.mishaps = self.parts.iter().flat_map(|part| mishaps::of(&mut self, *part, &life)).collect();
        life.facts = facts::facts(&life, self.hour, self.end());
        Some(life)
    }

    fn plays(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }

    fn end(&self) -> Timestamp {
        start().plus(Millis::from(self.play.days) * DAY_MS)
    }

    fn plan(&mut self) -> Plan {
        let home = Corner::random(&mut self.dice);
        let plan = Plan::parked(home, Dice::of(self.dice.roll(), &[]));
        let days = self.play.days;
        let until = |at: Timestamp| u16::try_from(at.since(start()) / DAY_MS).unwrap_or(0);
        match self.parts.first().copied().unwrap_or(Part::Current) {
            Part::Runaway => plan.drives_off(self.hour, 40 * MINUTE_MS),
            // A life until the day before, then it stands; taken away when its hour has come.
            Part::Towed => {
                let before = until(self.hour).saturating_sub(1);
                plan.commutes(start(), before).drives_off(self.hour, 30 * MINUTE_MS)
            }
            Part::LateTeller => plan.drives_round(self.hour, 30 * MINUTE_MS),
            // The car goes to another quarter and stays there.
            Part::Split => {
                let goal = far_from(home, &mut self.dice);
                plan.commutes(start(), until(self.hour)).drives_to(self.hour, goal)
            }
            Part::Pledger => {
                let goal = pawn::corner(self.play, &mut self.dice);
                plan.commutes(start(), until(self.hour)).drives_to(self.hour, goal)
            }
            Part::Passer => {
                let goal = pawn::corner(self.play, &mut self.dice);
                let there = plan.commutes(start(), until(self.hour)).drives_to(self.hour, goal);
                let stands = drives_of(&there, self.end()).last().map_or(self.hour, |(_, stands)| *stands);
                there.drives_to(stands.plus(self.dice.between(1, 8) * MINUTE_MS), home)
            }
            Part::MovedHome => {
                let goal = far_from(home, &mut self.dice);
                let lived = plan.commutes(start(), until(self.hour)).drives_to(self.hour, goal);
                lived.commutes(self.hour, days.saturating_sub(until(self.hour)))
            }
            Part::Holiday => {
                let goal = far_from(home, &mut self.dice);
                let away = plan.commutes(start(), until(self.hour)).drives_to(self.hour, goal);
                let back = self.hour.plus(HOLIDAY_DAYS * DAY_MS);
                let returned = away.commutes(self.hour, until(back) - until(self.hour)).drives_to(back, home);
                returned.commutes(back, days.saturating_sub(until(back)))
            }
            Part::Drifter | Part::Spoofed => plan,
            Part::Vanisher
            | Part::Tampered
            | Part::Garaged
            | Part::Daily
            | Part::Commuter
            | Part::Swapped
            | Part::Payer
            | Part::HalfPayer
            | Part::OtherPayer
            | Part::Promiser
            | Part::Fitted
            | Part::Exchanged
            | Part::LateLeaver
            | Part::Hider
            | Part::Glitched
            | Part::DeadWire
            | Part::LateWire
            | Part::Neighbour
            | Part::Current => plan.commutes(start(), days),
        }
    }

    fn fittings(&mut self) -> Option<Vec<Fitting>> {
        let wired = number::terminal("gt06", self.number * 2)?;
        let hidden = number::terminal("gt06", self.number * 2 + 1)?;
        // In the hours in which cars stand.
        let minute = self.dice.between(60, 5 * 60);
        let long_ago = start().plus(-400 * DAY_MS);
        let fit = |terminal: TerminalId, kind: Kind| Fitting { terminal, kind, from: long_ago, to: None };
        let (wired, hidden) = (fit(wired, Kind::Wired), fit(hidden, Kind::Hidden { minute }));
        Some(match self.parts.first().copied().unwrap_or(Part::Current) {
            Part::Daily => vec![hidden],
            // No hidden device wakes where there is no network.
            Part::Garaged => vec![wired],
            Part::Split | Part::Tampered => vec![wired, hidden],
            _ if self.plays(Part::Swapped) => vec![wired, hidden],
            Part::Fitted => vec![wired, Fitting { from: self.hour, ..hidden }],
            Part::Exchanged => {
                let new = Fitting { kind: Kind::Wired, from: self.hour, ..hidden };
                vec![Fitting { to: Some(self.hour), ..wired }, new]
            }
            _ if self.dice.percent(40) => vec![wired, hidden],
            _ => vec![wired],
        })
    }

    fn debt(&mut self, drives: &[(Timestamp, Timestamp)]) -> Option<Debt> {
        let day = |at: Timestamp, days: i64| day_of(at.plus(days * DAY_MS));
        let far = day(self.end(), 30)?;
        let long = day(start(), -self.dice.between(8, 50))?;
        // It was known before it fell behind.
        let soon = day(start(), self.dice.between(2, 6))?;
        let due = match () {
            () if self.plays(Part::Current) => far,
            () if self.plays(Part::Garaged) => soon,
            () => long,
        };
        // What is told of a new life, and of who is silent beside an outage, rests on the book: the one that fails has other cars.
        let rests_on_the_book = self.plays(Part::MovedHome) || self.plays(Part::Hider);
        let fails = self.dice.percent(FAILING_PERCENT) && !rests_on_the_book;
        let lender = if fails { Lender::Failing } else { Lender::Steady };
        let called_at = self.called_at(drives);
        let paid = match () {
            () if self.plays(Part::Payer) => Some(Paid::All),
            () if self.plays(Part::HalfPayer) => Some(Paid::Part),
            () if self.plays(Part::OtherPayer) => Some(Paid::OtherContract),
            () => None,
        };
        let payment = paid.map(|of| Payment { at: called_at, of });
        let other_due = self.plays(Part::OtherPayer).then_some(far);
        let held_from = self.plays(Part::Promiser).then_some(called_at);
        Some(Debt { due, payment, other_due, held_from, lender })
    }

    /// Staff have just been told that it left, and call: of its only drive, or the day after what else happens to it.
    fn called_at(&self, drives: &[(Timestamp, Timestamp)]) -> Timestamp {
        let later = if self.plays(Part::Runaway) { self.hour } else { self.hour.plus(DAY_MS) };
        let leaves = rested(drives).map(|(leaves, _)| leaves).find(|leaves| *leaves >= later);
        leaves.unwrap_or(later).plus(SETTLED_AFTER_MS)
    }

    fn moment(&mut self) -> Timestamp {
        let days = i64::from(self.play.days);
        start().plus(self.dice.between(FIRST_DAY * DAY_MS, (days - 1) * DAY_MS))
    }
}

/// Two by two, the hidden devices of the swapped are on each other's car.
fn swap_hidden(lives: &mut [Life]) {
    let swapped: Vec<usize> = lives
        .iter()
        .enumerate()
        .filter(|(_, life)| life.plays(Part::Swapped))
        .map(|(place, _)| place)
        .collect();
    for pair in swapped.chunks_exact(2) {
        let [one, other] = pair else { continue };
        let hidden = |life: &Life| life.fittings.get(1).map(|fitting| fitting.terminal);
        let terminals = (lives.get(*one).and_then(hidden), lives.get(*other).and_then(hidden));
        let (Some(first), Some(second)) = terminals else { continue };
        for (place, terminal) in [(*one, second), (*other, first)] {
            if let Some(fitting) = lives.get_mut(place).and_then(|life| life.fittings.get_mut(1)) {
                fitting.terminal = terminal;
            }
        }
    }
}

/// When the car stands for hours and the workshop has it: at its hour, or later on.
fn in_the_workshop(drives: &[(Timestamp, Timestamp)], hour: Timestamp) -> Timestamp {
    let next = drives.iter().skip(1).map(|(leaves, _)| *leaves);
    let stands = drives.iter().map(|(_, stands)| *stands).zip(next);
    let long = stands.filter(|(stands, leaves)| leaves.since(*stands) >= 3 * HOUR_MS);
    long.map(|(stands, _)| stands.plus(HOUR_MS)).find(|at| *at >= hour).unwrap_or(hour)
}

/// The drives of a plan.
fn drives_of(plan: &Plan, end: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let (mut at, mut left, mut drives) = (start(), None, Vec::new());
    while let Some(switch) = plan.next_switch(at).filter(|switch| *switch < end) {
        match (plan.truth(switch).motion, left) {
            (Motion::Driving { .. }, None) => left = Some(switch),
            (Motion::Parked, Some(leaves)) => {
                drives.push((leaves, switch));
                left = None;
            }
            _ => {}
        }
        at = switch;
    }
    drives
}

fn far_from(home: Corner, dice: &mut Dice) -> Corner {
    for _ in 0..100 {
        let corner = Corner::random(dice);
        if corner.spot().axis_distance_mm(home.spot()) >= 3_000_000 {
            return corner;
        }
    }
    home
}

/// 2026-03-01, 00:00 in China.
const START_MS: i64 = 1_772_294_400_000;
pub(crate) const MINUTE_MS: Millis = 60_000;
pub(crate) const HOUR_MS: Millis = 60 * MINUTE_MS;
pub(crate) const DAY_MS: Millis = 24 * HOUR_MS;
pub(crate) const NETWORK_OUTAGE: Outage =
    Outage { from: NETWORK_DAY * DAY_MS + 9 * HOUR_MS, long: 6 * HOUR_MS, echo: 6 * HOUR_MS };
const NETWORK_DAY: i64 = 14;
/// Nothing happens before devices are known.
const FIRST_DAY: i64 = 8;
/// Nothing begins so late that it could not be told.
const LAST_DAYS: i64 = 6;
/// A device that reports each day is silent within the last of them.
const SILENT_DAYS: i64 = 20;
/// Long enough to have usual places, and to see that they have changed.
const SETTLED_DAYS: i64 = 24;
pub(crate) const CHANGED_DAYS: i64 = 14;
const HOLIDAY_DAYS: i64 = 6;
/// Of the cars: so many of them drive while their lender's books do not come.
const FAILING_PERCENT: u8 = 30;
/// Who is called pays, or promises to.
const SETTLED_AFTER_MS: Millis = 10 * MINUTE_MS;
