//! The life of one car: what it does, what is done to it, and what therefore is true.
//!
//! Shape: a [`Life`] is a plan, devices, a debt and [`Mishap`]s; [`Fact`]s are what somebody should be told, or may be. Units:
//! as in `model`. Written before any receiver blurs it.

use crate::lender::Debt;
use fleet::plan::Plan;
use model::{Alarm, Rule, TerminalId, Timestamp, VehicleId};

/// A part that a car plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// Overdue, stood for days, drives off.
    Runaway,
    /// Overdue, falls silent for good.
    Vanisher,
    /// A hand on a device.
    Tampered,
    /// The wired device is taken off and left behind.
    Split,
    /// Overdue and parked under a bad sky.
    Drifter,
    /// Overdue, spends its nights underground.
    Garaged,
    /// A hidden device only, which reports once a day.
    Daily,
    /// Overdue and parked; tells late of a drive.
    LateTeller,
    /// Overdue, and drives to work.
    Commuter,
    /// Taken away on a hook.
    Towed,
    /// Its hidden device is registered on another car.
    Swapped,
    /// Overdue and parked; its receiver is fed other places.
    Spoofed,
    /// Overdue, drives, pays, drives.
    Payer,
    /// Overdue, drives, promises, drives.
    Promiser,
    /// Fitted with a device in the middle of the story; the fitter's hand is on it.
    Fitted,
    /// Its wired device is exchanged for another: a hand on both.
    Exchanged,
    /// Its ignition wire is connected to nothing: it always drives with the ignition off.
    DeadWire,
    /// Drives to where pledged cars collect, and stays.
    Pledger,
    /// Drives by there, or stops for some minutes.
    Passer,
    /// Lives beside it.
    Neighbour,
    /// Overdue; from its hour on it lives and works at two other places.
    MovedHome,
    /// Overdue; spends six days elsewhere and comes back.
    Holiday,
    /// Nothing is past due.
    Current,
}

impl Part {
    /// Each of them.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 23] = [
        Self::Runaway,
        Self::Vanisher,
        Self::Tampered,
        Self::Split,
        Self::Drifter,
        Self::Garaged,
        Self::Daily,
        Self::LateTeller,
        Self::Commuter,
        Self::Towed,
        Self::Swapped,
        Self::Spoofed,
        Self::Payer,
        Self::Promiser,
        Self::Fitted,
        Self::Exchanged,
        Self::DeadWire,
        Self::Pledger,
        Self::Passer,
        Self::Neighbour,
        Self::MovedHome,
        Self::Holiday,
        Self::Current,
    ];
}

/// What happens to a car or to what its devices say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Mishap {
    /// No frame leaves the wired device; what it made is sent afterwards.
    Away { from: Timestamp, to: Timestamp },
    /// No sky, and no frame either.
    Underground { from: Timestamp, to: Timestamp },
    /// Every device falls silent for good.
    Gone { from: Timestamp },
    /// Now and then a fix is far off, and the next is not.
    Excursions { from: Timestamp, to: Timestamp },
    /// Fixes jump to another city and back.
    Jumps { from: Timestamp, to: Timestamp },
    /// It moves, and its ignition is off, or seems to be.
    Hooked { from: Timestamp, to: Timestamp },
    /// The wired device stays where the car was.
    LeftBehind { from: Timestamp },
    /// A device raises an alarm.
    Raises { alarm: Alarm, at: Timestamp, by: TerminalId },
    /// A hidden device does not wake on that day.
    Overslept { day: i64 },
}

/// A device, and the car that it is really on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fitting {
    pub(crate) terminal: TerminalId,
    pub(crate) kind: Kind,
    /// From when on it is there.
    pub(crate) from: Timestamp,
    /// Until when it is there, if it is taken off.
    pub(crate) to: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// On the car's supply: reports all the time.
    Wired,
    /// Wakes once a day at this minute.
    Hidden { minute: i64 },
}

/// A car.
pub(crate) struct Life {
    pub(crate) vehicle: VehicleId,
    /// What it plays; the first is how it lives.
    pub(crate) parts: &'static [Part],
    pub(crate) plan: Plan,
    /// Drives of the plan: when it leaves and when it stands again.
    pub(crate) drives: Vec<(Timestamp, Timestamp)>,
    pub(crate) fittings: Vec<Fitting>,
    pub(crate) debt: Debt,
    pub(crate) mishaps: Vec<Mishap>,
    pub(crate) facts: Vec<Fact>,
}

impl Life {
    pub(crate) fn plays(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }

    /// Its parts, for people.
    pub(crate) fn label(&self) -> String {
        self.parts.iter().map(|part| format!("{part:?}")).collect::<Vec<_>>().join("+")
    }
}

/// Something of which staff should, or may, be told by a rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fact {
    pub(crate) rule: Rule,
    /// When what the alert calls its event must have happened.
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    /// When it happened, exactly: from then on its delay counts.
    pub(crate) at: Timestamp,
    /// To be silent about it is a miss; else to tell it is no fault.
    pub(crate) must: bool,
}
