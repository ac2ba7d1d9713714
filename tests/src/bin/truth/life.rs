//! The life of one car: what it does, what is done to it, and what therefore is true.
//!
//! Shape: a [`Life`] is a plan, devices, a debt and [`Mishap`]s; [`Fact`]s are what somebody should be told, or may be. Units:
//! as in `model`. Written before any receiver blurs it.

use crate::cast::{HOUR_MS, start};
use crate::lender::Debt;
use fleet::plan::Plan;
use model::{Alarm, Millis, Rule, TerminalId, Timestamp, VehicleId};

/// A part that a car plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// Overdue, stood for days, drives off.
    Runaway,
    /// Overdue, falls silent for good.
    Vanisher,
    /// Falls silent for good while the network is down.
    Hider,
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
    /// Overdue and parked; tells late of a drive that ended where it began.
    LateTeller,
    /// Overdue; leaves unheard, and is elsewhere when it is heard again.
    LateLeaver,
    /// Overdue, and drives to work.
    Commuter,
    /// Taken away on a hook.
    Towed,
    /// Its hidden device is registered on another car.
    Swapped,
    /// Overdue and parked; its receiver is fed other places.
    Spoofed,
    /// Now and then one reflection is taken for its place, or a wrong one at the end of a tunnel.
    Glitched,
    /// Overdue, drives, pays, drives.
    Payer,
    /// Overdue, drives, pays a part: the rest stays past due.
    HalfPayer,
    /// Overdue, drives, and pays into another contract on the same car, of which nothing is past due.
    OtherPayer,
    /// Overdue, drives, promises, drives.
    Promiser,
    /// Fitted with a device in the middle of the story; the fitter's hand is on it.
    Fitted,
    /// Its wired device is exchanged for another: a hand on both.
    Exchanged,
    /// Its ignition wire is connected to nothing: it always drives with the ignition off.
    DeadWire,
    /// Its ignition wire is slow: each drive begins as if nobody had switched it on.
    LateWire,
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
    pub(crate) const ALL: [Self; 29] = [
        Self::Runaway,
        Self::Vanisher,
        Self::Hider,
        Self::Tampered,
        Self::Split,
        Self::Drifter,
        Self::Garaged,
        Self::Daily,
        Self::LateTeller,
        Self::LateLeaver,
        Self::Commuter,
        Self::Towed,
        Self::Swapped,
        Self::Spoofed,
        Self::Glitched,
        Self::Payer,
        Self::HalfPayer,
        Self::OtherPayer,
        Self::Promiser,
        Self::Fitted,
        Self::Exchanged,
        Self::DeadWire,
        Self::LateWire,
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
    /// There is no sky, but a network.
    Tunnel { from: Timestamp, to: Timestamp },
    /// Its fixes are so many metres off, all by the same way.
    Reflected { from: Timestamp, to: Timestamp, metres: i64 },
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

    /// A device of it reports all the time.
    pub(crate) fn is_wired(&self) -> bool {
        self.fittings.iter().any(|fitting| fitting.kind == Kind::Wired)
    }

    /// Until when its wired device is kept from being heard, if it is at that moment.
    pub(crate) fn is_unheard_until(&self, at: Timestamp) -> Option<Timestamp> {
        self.mishaps.iter().find_map(|mishap| match mishap {
            Mishap::Away { from, to } if *from <= at && at < *to => Some(*to),
            _ => None,
        })
    }

    /// It has a network again from that moment on.
    pub(crate) fn is_heard_again(&self, at: Timestamp) -> bool {
        self.mishaps.iter().any(|mishap| matches!(mishap, Mishap::Away { to, .. } if *to == at))
    }

    /// When its wired device fell silent for good, or was left where the car is no longer.
    pub(crate) fn is_lost_from(&self) -> Option<Timestamp> {
        let lost = self.mishaps.iter().filter_map(|mishap| match mishap {
            Mishap::Gone { from } | Mishap::LeftBehind { from } => Some(*from),
            _ => None,
        });
        lost.min()
    }

    /// Its parts, for people.
    pub(crate) fn label(&self) -> String {
        self.parts.iter().map(|part| format!("{part:?}")).collect::<Vec<_>>().join("+")
    }
}

/// The drives that begin behind a whole night of rest: of one that begins sooner after another nobody need be told.
pub(crate) fn rested(drives: &[(Timestamp, Timestamp)]) -> impl Iterator<Item = (Timestamp, Timestamp)> {
    let since = [start()].into_iter().chain(drives.iter().map(|(_, stands)| *stands));
    let both = drives.iter().copied().zip(since);
    both.filter(|((leaves, _), since)| leaves.since(*since) >= NIGHT_MS).map(|(drive, _)| drive)
}

/// Staff have agreed to twelve hours of quiet behind an alert, and it ends some time after the car has stopped.
pub(crate) const NIGHT_MS: Millis = 13 * HOUR_MS;

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
