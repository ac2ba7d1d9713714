//! The parts of the story: which alerts each must and must not cause, and what the car and the loan are for it.
//!
//! Shape: a part is a row of one table. Units: minutes of virtual time from the start; days past due.
//! The spans are the story's own: they share no constant with the rules. Source: DESIGN.md §8, `domain.md` §3b, §8.

use crate::city::{City, Corner};
use crate::dice::Dice;
use crate::plan::Plan;
use crate::receiver::{Receiver, Sky};
use model::{Millis, Rule, Timestamp};

/// What a car does in the story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Overdue, stood overnight, drives off.
    Absconder,
    /// Deep overdue, drives off later.
    LateAbsconder,
    /// Overdue, drives off, and its tracker falls silent on the road for good.
    Vanisher,
    /// Overdue, drives off, pays while it drives.
    Payer,
    /// Overdue, parked; its receiver jumps by up to 100 m.
    Drifter,
    /// Overdue, parked in a garage: heartbeats, no fix.
    Garaged,
    /// Overdue; drives round the block without coverage, comes home, and reports it all late.
    LateReporter,
    /// Overdue with a promise to pay; drives.
    Promiser,
    /// Disputes the debt; drives.
    Disputer,
    /// Paid off; drives.
    Settled,
    /// Pays on time; drives all day.
    Cabbie,
    /// Pays on time; home, work, home.
    Commuter,
    /// Overdue, parked, and stays there.
    Sleeper,
}

/// What a part must cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// No alert at all.
    Nothing,
    /// These rules, each once, and no other.
    Alerts(&'static [Rule]),
    /// These rules, withdrawn when the debt is paid.
    Withdrawn(&'static [Rule]),
}

/// The loan behind a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Debt {
    /// Days past due.
    Overdue(u16),
    /// Overdue, held by a promise.
    Promised(u16),
    /// Overdue, disputed.
    Disputed(u16),
    /// The next instalment is due in so many days.
    DueIn(u16),
    /// Paid off.
    Settled,
}

impl Part {
    /// The part of the `n`th car: the leads first, then the crowd.
    pub(crate) fn of(n: u32) -> Self {
        let n = usize::try_from(n).unwrap_or(0);
        let crowd = || CROWD.get(n % CROWD.len()).copied().unwrap_or(Self::Cabbie);
        LEAD.get(n).copied().unwrap_or_else(crowd)
    }

    /// What the part must cause.
    #[rustfmt::skip]
    pub const fn expected(self) -> Expected {
        match self {
            Self::Absconder | Self::LateAbsconder => Expected::Alerts(&[Rule::OverdueMoved]),
            Self::Vanisher => Expected::Alerts(&[Rule::OverdueMoved, Rule::OverdueOffline]),
            Self::Payer    => Expected::Withdrawn(&[Rule::OverdueMoved]),
            Self::Drifter | Self::Garaged | Self::LateReporter | Self::Promiser | Self::Disputer | Self::Settled
            | Self::Cabbie | Self::Commuter | Self::Sleeper => Expected::Nothing,
        }
    }

    #[rustfmt::skip]
    pub(crate) fn debt(self, dice: &mut Dice) -> Debt {
        let mut days = |low, high| u16::try_from(dice.between(low, high)).unwrap_or(1);
        match self {
            Self::Absconder     => Debt::Overdue(12),
            Self::LateAbsconder => Debt::Overdue(65),
            Self::Vanisher      => Debt::Overdue(9),
            Self::Payer         => Debt::Overdue(20),
            Self::Drifter | Self::Garaged | Self::LateReporter | Self::Sleeper => Debt::Overdue(days(8, 70)),
            Self::Promiser      => Debt::Promised(days(8, 40)),
            Self::Disputer      => Debt::Disputed(days(8, 40)),
            Self::Settled       => Debt::Settled,
            Self::Cabbie | Self::Commuter => Debt::DueIn(days(1, 28)),
        }
    }

    /// What the car does. A commuter has a life of its own; everybody else follows the script.
    pub(crate) fn plan(self, start: Timestamp, mut dice: Dice) -> Plan {
        let home = Corner::random(&mut dice);
        let jitter = dice.between(0, 10);
        let plan = Plan::parked(home, dice);
        let minute = |minute: Millis| start.plus(minute * MINUTE_MS);
        match self {
            Self::Absconder => plan.drives_off(minute(75), 40 * MINUTE_MS),
            Self::LateAbsconder => plan.drives_off(minute(240), 60 * MINUTE_MS),
            Self::Vanisher => plan.drives_off(minute(30), 90 * MINUTE_MS),
            Self::Payer => plan.drives_off(minute(120), 150 * MINUTE_MS),
            Self::LateReporter => plan.drives_round(minute(LATE_AWAY.0 + 5), 15 * MINUTE_MS),
            Self::Promiser | Self::Disputer | Self::Settled => {
                plan.drives_off(minute(40 + jitter), 300 * MINUTE_MS)
            }
            Self::Cabbie => plan.drives_off(minute(jitter), DAY_MS),
            Self::Commuter => plan.commutes(start, COMMUTES_DAYS),
            Self::Drifter | Self::Garaged | Self::Sleeper => plan,
        }
    }

    pub(crate) fn receiver(self, start: Timestamp, seed: u64) -> Receiver {
        let sky = match self {
            Self::Drifter => Sky::Canyon,
            Self::Garaged => Sky::GoneFrom(start.plus(40 * MINUTE_MS)),
            _ => Sky::Open,
        };
        Receiver::new(City::SHENZHEN, seed, sky)
    }

    /// When its tracker falls silent for good.
    pub(crate) fn vanishes(self, start: Timestamp) -> Option<Timestamp> {
        (self == Self::Vanisher).then(|| start.plus(55 * MINUTE_MS))
    }

    /// From when to when it has no coverage.
    pub(crate) fn away(self, start: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let (from, to) = LATE_AWAY;
        (self == Self::LateReporter).then(|| (start.plus(from * MINUTE_MS), start.plus(to * MINUTE_MS)))
    }

    /// When the borrower pays.
    pub(crate) fn pays(self, start: Timestamp) -> Option<Timestamp> {
        (self == Self::Payer).then(|| start.plus(185 * MINUTE_MS))
    }
}

/// Each part of the story is played by one car, the look-alikes of drift and late reports on two protocols.
const LEAD: [Part; 14] = [
    Part::Absconder,
    Part::Vanisher,
    Part::Payer,
    Part::Drifter,
    Part::Drifter,
    Part::LateReporter,
    Part::LateReporter,
    Part::Garaged,
    Part::Garaged,
    Part::Promiser,
    Part::Disputer,
    Part::Settled,
    Part::LateAbsconder,
    Part::Cabbie,
];
/// How many cars the story needs.
pub(super) const LEADS: u16 = 14;
const _: () = assert!(LEAD.len() == 14);

/// Everybody else: a third drives, a third commutes, a third stands.
const CROWD: [Part; 6] =
    [Part::Cabbie, Part::Commuter, Part::Sleeper, Part::Commuter, Part::Cabbie, Part::Sleeper];

const MINUTE_MS: Millis = 60_000;
const DAY_MS: Millis = 86_400_000;
/// A demo that is left running plays on for a month.
const COMMUTES_DAYS: u16 = 30;
/// Minutes: shorter than any silence that would be remarkable.
const LATE_AWAY: (Millis, Millis) = (60, 105);
