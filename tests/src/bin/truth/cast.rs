//! Who plays what: so many cars for each part, and for each part what happens and what is therefore true.
//!
//! Shape: seed → lives. Each scenario that is scored has thirty cars and more of 500, and others look alike. Units: as in `model`.

use crate::Play;
use crate::lender::{Debt, Lender, Owing, day_of};
use crate::life::{Fact, Fitting, Kind, Life, Mishap, Part};
use crate::pawn;
use fleet::city::Corner;
use fleet::dice::Dice;
use fleet::number;
use fleet::plan::{Motion, Plan};
use model::{Alarm, Millis, Rule, TerminalId, Timestamp, VehicleId};

/// The network of most devices is down: from nine to three on one day.
pub(crate) fn network_is_down(at: Timestamp) -> bool {
    (0..NETWORK_DOWN_MS).contains(&at.since(start().plus(NETWORK_DOWN_FROM_MS)))
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

/// Parts in 500 cars.
const SHARES: [(Part, u32); 21] = [
    (Part::Runaway, 33),
    (Part::Vanisher, 36),
    (Part::Tampered, 32),
    (Part::Split, 34),
    (Part::Drifter, 18),
    (Part::Garaged, 30),
    (Part::Daily, 18),
    (Part::LateTeller, 18),
    (Part::Commuter, 20),
    (Part::Towed, 31),
    (Part::Swapped, 20),
    (Part::Spoofed, 18),
    (Part::Payer, 18),
    (Part::Promiser, 18),
    (Part::Fitted, 18),
    (Part::Pledger, 32),
    (Part::Passer, 18),
    (Part::Neighbour, 18),
    (Part::MovedHome, 34),
    (Part::Holiday, 30),
    (Part::Current, 6),
];

fn part_of(number: u32) -> Part {
    let mut place = number % 500;
    for (part, share) in SHARES {
        match place.checked_sub(share) {
            Some(rest) => place = rest,
            None => return part,
        }
    }
    Part::Current
}

/// Between which days its hour may come.
fn days_of(part: Part, days: i64) -> (i64, i64) {
    match part {
        // What is usual must be known before, and be seen to have changed.
        Part::MovedHome | Part::Holiday if days > SETTLED_DAYS + CHANGED_DAYS => {
            (SETTLED_DAYS, days - CHANGED_DAYS)
        }
        _ => (FIRST_DAY, days - LAST_DAYS),
    }
}

/// One car, as its script is written.
struct Script {
    play: Play,
    number: u32,
    part: Part,
    dice: Dice,
    /// When its hour comes.
    hour: Timestamp,
}

fn life(play: Play, number: u32) -> Option<Life> {
    let mut dice = Dice::of(play.seed, &[u64::from(number)]);
    let part = part_of(number);
    let (first, last) = days_of(part, i64::from(play.days));
    let day = dice.between(first, last);
    let hour = start().plus(day * DAY_MS + dice.between(9 * 60, 21 * 60) * MINUTE_MS);
    let script = Script { play, number, part, dice, hour };
    script.written()
}

impl Script {
    fn written(mut self) -> Option<Life> {
        let vehicle = VehicleId::parse(&format!("T{:06}", self.number)).ok()?;
        let plan = self.plan();
        let drives = drives_of(&plan, self.end());
        let mut life = Life {
            vehicle,
            part: self.part,
            plan,
            drives,
            fittings: self.fittings()?,
            debt: self.debt()?,
            mishaps: Vec::new(),
            facts: Vec::new(),
        };
        life.mishaps = self.mishaps(&life);
        life.facts = self.facts(&life);
        Some(life)
    }

    fn end(&self) -> Timestamp {
        start().plus(Millis::from(self.play.days) * DAY_MS)
    }

    fn plan(&mut self) -> Plan {
        let home = Corner::random(&mut self.dice);
        let plan = Plan::parked(home, Dice::of(self.dice.roll(), &[]));
        let days = self.play.days;
        let until = |at: Timestamp| u16::try_from(at.since(start()) / DAY_MS).unwrap_or(0);
        match self.part {
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
            | Part::Promiser
            | Part::Fitted
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
        let fit = |terminal: TerminalId, kind: Kind, from: Timestamp| Fitting { terminal, kind, from };
        let (wired, hidden) =
            (fit(wired, Kind::Wired, long_ago), fit(hidden, Kind::Hidden { minute }, long_ago));
        Some(match self.part {
            Part::Daily => vec![hidden],
            // No hidden device wakes where there is no network.
            Part::Garaged => vec![wired],
            Part::Split | Part::Swapped | Part::Tampered => vec![wired, hidden],
            Part::Fitted => vec![wired, Fitting { from: self.hour, ..hidden }],
            _ if self.dice.percent(40) => vec![wired, hidden],
            _ => vec![wired],
        })
    }

    fn debt(&mut self) -> Option<Debt> {
        let day = |at: Timestamp, days: i64| day_of(at.plus(days * DAY_MS));
        let owes = self.dice.percent(50);
        let far = day(self.end(), 30)?;
        let long = day(start(), -self.dice.between(8, 50))?;
        let due = match self.part {
            Part::Current => far,
            Part::Tampered | Part::Split | Part::Fitted | Part::Pledger if !owes => far,
            // It was known before it fell behind.
            Part::Garaged => day(start(), self.dice.between(2, 6))?,
            _ => long,
        };
        let lender = if self.dice.percent(10) { Lender::Failing } else { Lender::Steady };
        let paid_at = (self.part == Part::Payer).then_some(self.hour);
        let held_from = (self.part == Part::Promiser).then_some(self.hour);
        Some(Debt { due, paid_at, held_from, lender })
    }

    fn mishaps(&mut self, life: &Life) -> Vec<Mishap> {
        let (hour, end) = (self.hour, self.end());
        let quarter = |at: Timestamp| at.plus(15 * MINUTE_MS);
        match self.part {
            Part::Vanisher => vec![Mishap::Gone { from: hour }],
            Part::Tampered => {
                let gone = self.dice.percent(50).then(|| Mishap::Gone { from: quarter(hour) });
                [Mishap::Raises { alarm: Alarm::Removed, at: hour }].into_iter().chain(gone).collect()
            }
            Part::Fitted => vec![Mishap::Raises { alarm: Alarm::Removed, at: hour.plus(40 * MINUTE_MS) }],
            Part::Split => vec![Mishap::LeftBehind { from: hour.plus(-MINUTE_MS) }],
            Part::Drifter => (0..8)
                .map(|_| {
                    let from = self.moment();
                    Mishap::Excursions { from, to: from.plus(self.dice.between(30, 180) * MINUTE_MS) }
                })
                .collect(),
            // Down the ramp before it stands, and up again after it has left: each evening until the next morning.
            Part::Garaged => {
                let next = life.drives.iter().skip(1);
                let stays = life
                    .drives
                    .iter()
                    .zip(next)
                    .filter(|((_, in_), (out, _))| out.since(*in_) >= 6 * HOUR_MS);
                stays
                    .map(|((_, in_), (out, _))| Mishap::Underground {
                        from: in_.plus(-40_000),
                        to: out.plus(40_000),
                    })
                    .collect()
            }
            Part::Daily if self.dice.percent(50) => {
                vec![Mishap::Overslept { day: self.moment().since(start()) / DAY_MS }]
            }
            Part::LateTeller => {
                vec![Mishap::Away { from: hour.plus(-5 * MINUTE_MS), to: hour.plus(90 * MINUTE_MS) }]
            }
            Part::Towed => life
                .drives
                .last()
                .map(|(from, to)| Mishap::Hooked { from: *from, to: *to })
                .into_iter()
                .collect(),
            Part::Spoofed => (0..4)
                .map(|_| {
                    let from = self.moment();
                    Mishap::Jumps { from, to: from.plus(self.dice.between(60, 240) * MINUTE_MS).min(end) }
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    fn moment(&mut self) -> Timestamp {
        let days = i64::from(self.play.days);
        start().plus(self.dice.between(FIRST_DAY * DAY_MS, (days - 1) * DAY_MS))
    }

    fn facts(&self, life: &Life) -> Vec<Fact> {
        let mut facts = self.departures(life);
        facts.extend(self.silences(life));
        let (hour, end) = (self.hour, self.end());
        let of = |rule, from, to, must| Fact { rule, from, to, at: hour, must };
        match self.part {
            Part::Tampered => {
                facts.push(of(Rule::TamperLight, hour.plus(-MINUTE_MS), hour.plus(5 * MINUTE_MS), true));
            }
            Part::Split => {
                let standing = life.drives.last().map_or(hour, |(_, to)| *to);
                // The hidden device must have woken twice.
                let must = end.since(standing) > 4 * DAY_MS;
                facts.push(of(Rule::PairSeparated, hour, end, must));
            }
            Part::MovedHome => {
                // Where the book is stale it is on the work list only; and ten days must have passed.
                let must =
                    life.debt.lender == Lender::Steady && end.since(hour) > CHANGED_DAYS * DAY_MS - DAY_MS;
                facts.push(of(Rule::HabitReplaced, hour.plus(-DAY_MS), hour.plus(DAY_MS), must));
            }
            Part::Towed => facts.push(of(Rule::Tow, hour.plus(-MINUTE_MS), hour.plus(30 * MINUTE_MS), true)),
            _ => {}
        }
        facts
    }

    /// Departures of a car that is known to be at least six days past due. To miss one after a day's rest is a miss; in
    /// between, twelve hours of quiet are agreed upon.
    fn departures(&self, life: &Life) -> Vec<Fact> {
        let seen = life.fittings.iter().any(|fitting| fitting.kind == Kind::Wired);
        let gone = life.mishaps.iter().filter_map(|mishap| match mishap {
            Mishap::Gone { from } | Mishap::LeftBehind { from } => Some(*from),
            _ => None,
        });
        let last = gone.min().unwrap_or(self.end());
        let hidden_from_us = |at: Timestamp| {
            life.mishaps
                .iter()
                .any(|mishap| matches!(mishap, Mishap::Away { from, to } if *from <= at && at < *to))
        };
        let mut facts = Vec::new();
        let mut rested_from = start();
        for (leaves, stands) in life.drives.iter().copied() {
            let (owed, known) = (life.debt.owed(leaves), life.debt.at(start(), leaves) != Owing::Nothing);
            let rested_ms = leaves.since(rested_from);
            rested_from = stands;
            if !matches!(owed, Owing::Days(days) if days >= WATCHED_FROM_DAY) || hidden_from_us(leaves) {
                continue;
            }
            let is_plain = leaves < last && stands.since(leaves) >= 5 * MINUTE_MS;
            let is_heard = !network_is_down(leaves) && !network_is_down(stands);
            let must = known
                && seen
                && is_plain
                && is_heard
                && rested_ms >= DAY_MS
                && leaves.since(start()) > DAY_MS;
            // A short drive may be seen by the next report of where it stands only.
            let to = stands.plus(35 * MINUTE_MS);
            facts.push(Fact {
                rule: Rule::OverdueMoved,
                from: leaves.plus(-2 * MINUTE_MS),
                to,
                at: leaves,
                must,
            });
        }
        facts
    }

    /// A car that was underground for a day or longer may be told of: it has not been heard.
    fn long_nights(life: &Life) -> Vec<Fact> {
        let mut unheard: Vec<(Timestamp, Timestamp)> = Vec::new();
        for mishap in &life.mishaps {
            let Mishap::Underground { from, to } = *mishap else { continue };
            match unheard.last_mut() {
                // Round the block: up the ramp and down the next before it has said anything.
                Some((_, last)) if from.since(*last) < SAID_NOTHING_MS => *last = to,
                _ => unheard.push((from, to)),
            }
        }
        let nights =
            unheard.into_iter().filter(|(from, to)| to.since(*from) >= 23 * HOUR_MS).map(|(from, _)| from);
        let fact = |at: Timestamp| {
            let (from, to) = (at.plus(-HOUR_MS), at.plus(HOUR_MS));
            Fact { rule: Rule::OverdueOffline, from, to, at, must: false }
        };
        nights.map(fact).collect()
    }

    /// A car that fell silent for good.
    fn silences(&self, life: &Life) -> Vec<Fact> {
        let gone = life.mishaps.iter().find_map(|mishap| match mishap {
            Mishap::Gone { from } => Some(*from),
            _ => None,
        });
        let Some(from) = gone else { return Self::long_nights(life) };
        // A day of silence and a night for the book; and days enough for somebody to be told.
        let known = (24..72).all(|hour| life.debt.at(start(), from.plus(hour * HOUR_MS)) != Owing::Nothing);
        let must = known && self.end().since(from) > 3 * DAY_MS;
        let fact = |rule, must| Fact { rule, from: from.plus(-2 * DAY_MS), to: self.end(), at: from, must };
        // The hidden device is silent too, and what it misses may be told.
        vec![fact(Rule::OverdueOffline, must), fact(Rule::WirelessMissed, false)]
    }
}

/// Two by two, the hidden devices of the swapped are on each other's car.
fn swap_hidden(lives: &mut [Life]) {
    let swapped: Vec<usize> = lives
        .iter()
        .enumerate()
        .filter(|(_, life)| life.part == Part::Swapped)
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
const MINUTE_MS: Millis = 60_000;
const HOUR_MS: Millis = 60 * MINUTE_MS;
const DAY_MS: Millis = 24 * HOUR_MS;
pub(crate) const NETWORK_DOWN_FROM_MS: Millis = 14 * DAY_MS + 9 * HOUR_MS;
pub(crate) const NETWORK_DOWN_MS: Millis = 6 * HOUR_MS;
/// Two reports of a device under way.
const SAID_NOTHING_MS: Millis = MINUTE_MS;
/// Nothing happens before devices are known.
const FIRST_DAY: i64 = 8;
/// Nothing begins so late that it could not be told.
const LAST_DAYS: i64 = 6;
/// Long enough to have usual places, and to see that they have changed.
const SETTLED_DAYS: i64 = 24;
const CHANGED_DAYS: i64 = 14;
const HOLIDAY_DAYS: i64 = 6;
/// Collection staff ask to be told from the sixth day on.
const WATCHED_FROM_DAY: i32 = 6;
