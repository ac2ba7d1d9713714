//! Whether a vehicle stands or moves, and how it left.
//!
//! ```text
//! Unknown --stood 5 min, or slow with ignition off--> Parked        Unknown --left a stop at speed--> Moving
//! Parked --departure confirmed (see `departure`)--> Moving          Parked --weak anchor refuted--> Parked elsewhere
//! Moving --stood 5 min, or slow with ignition off--> Parked         Moving --unseen for 1 h, back nearby--> Parked
//! ```
//! Shape: believed fixes step it, rejected ones are kept for the explanation. Units: metres, device time.
//! Errors: none. Source: `domain.md` §3b OVERDUE_MOVED, §8; constants marked [P] are ours.

mod departure;
mod score;
mod stop;

use crate::belief::{hdop_tenths, threshold_m};
use crate::geometry::{distance_m, whole_metres};
use departure::Verdict;
pub(crate) use departure::{Departure, Parked};
use model::alert::Rejection;
use model::{Attribute, Coordinates, Millis, Position, Seq, Timestamp};
use serde::{Deserialize, Serialize};
pub(crate) use stop::Stop;

/// How a vehicle moves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Motion {
    /// Not enough believed fixes to say.
    Unknown {
        /// Where it may be standing.
        stop: Option<Stop>,
    },
    /// Stands at an anchor.
    Parked(Parked),
    /// Is under way.
    Moving {
        /// How it left its last parking place; `None` if it was first seen under way.
        departure: Option<Box<Departure>>,
        /// Where it may be standing.
        stop: Stop,
    },
}

/// A fix, as far as it is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) seq: Seq,
    pub(crate) fix_time: Timestamp,
    pub(crate) place: Coordinates,
    pub(crate) speed_tenths_kmh: Option<u16>,
    pub(crate) satellites: Option<u8>,
    pub(crate) ignition: Option<bool>,
    /// Horizontal dilution, tenths.
    pub(crate) hdop_tenths: Option<u16>,
    /// The device's odometer, tens of metres.
    pub(crate) odometer_dam: Option<u32>,
    /// Of the terminal in the vehicle's state.
    pub(crate) slot: u8,
}

impl Seen {
    /// The fix of a report, if it has one.
    pub(crate) fn of(position: &Position, fix_time: Timestamp, slot: u8, seq: Seq) -> Option<Self> {
        let place = position.fix.coordinates().filter(|place| !place.is_null_island())?;
        Some(Self {
            seq,
            fix_time,
            place,
            speed_tenths_kmh: position.speed.map(model::Speed::tenths),
            satellites: position.satellites,
            ignition: position.attributes.ignition(),
            hdop_tenths: position.attributes.iter().find_map(|attribute| match attribute {
                Attribute::Hdop(hdop) => Some(hdop_tenths(*hdop)),
                _ => None,
            }),
            odometer_dam: position.attributes.iter().find_map(|attribute| match attribute {
                Attribute::OdometerKm(km) => Some(whole_metres(km * DECAMETRES_PER_KM)),
                _ => None,
            }),
            slot,
        })
    }

    /// How far from a parking place it must be to say that the vehicle left.
    pub(crate) fn threshold_m(&self) -> u32 {
        threshold_m(self.hdop_tenths, self.satellites)
    }

    /// Drives, by its own speed.
    pub(crate) fn is_fast(&self) -> bool {
        self.speed_tenths_kmh.is_some_and(|speed| speed >= DRIVING_TENTHS_KMH)
    }

    /// Drives, at a speed that its ignition makes likely: while that is off receivers claim more than walking pace.
    fn is_under_power(&self) -> bool {
        match self.ignition {
            Some(false) => self.speed_tenths_kmh.is_some_and(|speed| speed >= TOWED_TENTHS_KMH),
            Some(true) | None => self.is_fast(),
        }
    }

    /// Says nothing of driving.
    pub(crate) fn stands(&self) -> bool {
        !self.is_fast() && self.ignition != Some(true)
    }

    /// Says itself that it stands: no speed to speak of, and the ignition off.
    fn is_switched_off(&self) -> bool {
        self.ignition == Some(false) && self.speed_tenths_kmh.is_some_and(|speed| speed < STANDING_TENTHS_KMH)
    }
}

impl Default for Motion {
    fn default() -> Self {
        Self::Unknown { stop: None }
    }
}

impl Motion {
    /// Steps by a believed fix.
    pub(crate) fn on_fix(self, seen: Seen) -> Self {
        match self {
            Self::Unknown { stop: None } => Self::Unknown { stop: Some(Stop::at(&seen)) },
            Self::Unknown { stop: Some(stop) } => match stop.on_fix(&seen) {
                stop::Step::Parks(stop) => Self::Parked(Parked::at(stop)),
                stop::Step::Leaves(stop) if seen.is_under_power() => Self::Moving { departure: None, stop },
                stop::Step::Stands(stop) | stop::Step::Leaves(stop) => Self::Unknown { stop: Some(stop) },
            },
            Self::Parked(parked) => match parked.on_fix(seen) {
                Verdict::Stands(parked) => Self::Parked(parked),
                Verdict::Left(departure) => {
                    Self::Moving { departure: Some(departure), stop: Stop::at(&seen) }
                }
            },
            // Last seen under way, and now it stands: here, not where it passed by.
            Self::Moving { stop, .. } if slept_nearby(&stop, &seen) && !stop.has_stood() && seen.stands() => {
                Self::Parked(Parked::at(Stop::at(&seen)))
            }
            Self::Moving { stop, .. } if slept_nearby(&stop, &seen) => {
                Self::Parked(Parked::at(stop.ended())).on_fix(seen)
            }
            Self::Moving { departure, stop } => match stop.on_fix(&seen) {
                stop::Step::Stands(stop) | stop::Step::Leaves(stop) => Self::Moving { departure, stop },
                stop::Step::Parks(stop) => Self::Parked(Parked::at(stop)),
            },
        }
    }

    /// Keeps a fix that was not believed, for the explanation of a departure.
    pub(crate) fn reject(&mut self, seen: Seen, reason: Rejection) {
        if let Self::Parked(parked) = self {
            parked.reject(seen, reason);
        }
    }

    /// Where the vehicle is parked.
    pub(crate) const fn anchor(&self) -> Option<Coordinates> {
        match self {
            Self::Parked(parked) => Some(parked.stop.centre),
            Self::Unknown { .. } | Self::Moving { .. } => None,
        }
    }

    /// Where it stands, if it does.
    pub(crate) const fn stands_at(&self) -> Option<&Stop> {
        match self {
            Self::Parked(parked) => Some(&parked.stop),
            Self::Unknown { .. } | Self::Moving { .. } => None,
        }
    }

    /// Parked, as far as is proved, and the last believed fix is somewhere else.
    pub(crate) fn is_seen_away(&self) -> bool {
        match self {
            Self::Parked(parked) => parked.is_seen_away(),
            Self::Unknown { .. } | Self::Moving { .. } => false,
        }
    }

    /// Under way, and the last believed fix was made at the speed of driving.
    pub(crate) const fn is_fast(&self) -> bool {
        match self {
            Self::Moving { stop, .. } => stop.began_at_speed(),
            Self::Unknown { .. } | Self::Parked(_) => false,
        }
    }

    /// How it left where it stood, if it is under way.
    pub(crate) fn departure(&self) -> Option<&Departure> {
        match self {
            Self::Moving { departure, .. } => departure.as_deref(),
            Self::Unknown { .. } | Self::Parked(_) => None,
        }
    }

    /// Drops what a terminal said whose slot is given to another.
    pub(crate) fn forget(&mut self, slot: u8) {
        match self {
            Self::Parked(parked) => parked.forget(slot),
            Self::Moving { departure: Some(departure), .. } => departure.forget(slot),
            Self::Unknown { .. } | Self::Moving { departure: None, .. } => {}
        }
    }
}

/// Not seen for an hour and then near where it was last: it stood there meanwhile. Devices that sleep with the
/// ignition often fall silent without a last word.
fn slept_nearby(stop: &Stop, seen: &Seen) -> bool {
    seen.fix_time.since(stop.last_at) >= SLEEP_MS_MIN && distance_m(stop.last, seen.place) <= NEARBY_M
}

const DECAMETRES_PER_KM: f64 = 100.0;
/// V of the taxonomy: 10 km/h.
const DRIVING_TENTHS_KMH: u16 = 100;
/// Moved with the ignition off [E:15b]; below it speeds are drift's.
pub(crate) const TOWED_TENTHS_KMH: u16 = 200;
/// Receivers report a walking pace while they stand [P].
const STANDING_TENTHS_KMH: u16 = 30;
/// Unseen for this long is a stay, not a tunnel [P].
pub(crate) const SLEEP_MS_MIN: Millis = 60 * 60_000;
/// Further away than this it drove unseen [P].
pub(crate) const NEARBY_M: u32 = 2000;
