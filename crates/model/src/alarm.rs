//! What a terminal complains of: one list that all protocols share.
//!
//! Shape: a set of alarms rides on each position. The raw code of the wire stays in the attributes
//! (`alarm_code`). Source: DESIGN.md §7; `GT06.md` §6; `JT808.md` §3 alarm bits.

use crate::code::codes;
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeSeq};

codes! {
    /// An alarm as the device raises it. New ones go at the end: the set stores the index.
    pub enum Alarm {
        /// Emergency button.
        Sos = "sos",
        /// Main supply lost.
        PowerCut = "power_cut",
        /// The tracker's own battery is low.
        LowBattery = "low_battery",
        /// The vehicle's battery is low.
        LowExternal = "low_external",
        /// Shaken.
        Vibration = "vibration",
        /// Moved away from where it was armed.
        Displacement = "displacement",
        /// Entered a fence kept in the device.
        FenceEnter = "fence_enter",
        /// Left a fence kept in the device.
        FenceExit = "fence_exit",
        /// Faster than the device allows.
        Overspeed = "overspeed",
        /// Taken off its mount.
        Removed = "removed",
        /// Light fell on a hidden device.
        Light = "light",
        /// Radio interference.
        Jamming = "jamming",
        /// Moved with the ignition off, as on a tow truck.
        Tow = "tow",
        /// Collision.
        Collision = "collision",
        /// Rolled over.
        Rollover = "rollover",
        /// A door opened.
        Door = "door",
        /// Ignition switched on.
        IgnitionOn = "ignition_on",
        /// Ignition switched off.
        IgnitionOff = "ignition_off",
        /// GNSS antenna not connected.
        AntennaCut = "antenna_cut",
        /// GNSS antenna shorted.
        AntennaShort = "antenna_short",
        /// GNSS module fault.
        GnssFault = "gnss_fault",
        /// Entered an area without GNSS.
        BlindAreaEnter = "blind_area_enter",
        /// Left an area without GNSS.
        BlindAreaExit = "blind_area_exit",
        /// Driver fatigue.
        Fatigue = "fatigue",
        /// An alarm of a kind this list does not hold; see `alarm_code`.
        General = "general",
        /// Device powered on.
        PowerOn = "power_on",
        /// Device powered off.
        PowerOff = "power_off",
        /// SIM card changed.
        SimChanged = "sim_changed",
        /// Case opened.
        CoverOpen = "cover_open",
        /// False base station seen.
        FakeCell = "fake_cell",
        /// Sound heard.
        Sound = "sound",
        /// Device fell.
        Fall = "fall",
        /// Hard acceleration.
        Acceleration = "acceleration",
        /// Hard braking.
        Braking = "braking",
        /// Sharp turn.
        Cornering = "cornering",
        /// Parked longer than allowed.
        ParkingTimeout = "parking_timeout",
        /// Left a route kept in the device.
        RouteDeviation = "route_deviation",
        /// Fuel level fell abnormally.
        FuelTheft = "fuel_theft",
        /// The vehicle reports itself stolen.
        Theft = "theft",
        /// Started without permission.
        IllegalIgnition = "illegal_ignition",
        /// A part other than the receiver failed.
        Fault = "fault",
        /// The driver signalled danger.
        Danger = "danger",
        /// Entered or left an area kept in the device.
        Area = "area",
        /// Time in a road section too short or too long.
        SectionTime = "section_time",
        /// Tyre pressure.
        TyrePressure = "tyre_pressure",
    }
}

/// A set of alarms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Alarms(u64);

impl Alarms {
    /// No alarm.
    pub const NONE: Self = Self(0);

    /// The set with `alarm` in it.
    #[must_use]
    pub const fn with(self, alarm: Alarm) -> Self {
        Self(self.0 | bit(alarm))
    }

    /// The alarms of both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `alarm` is in the set.
    pub const fn contains(self, alarm: Alarm) -> bool {
        self.0 & bit(alarm) != 0
    }

    /// Whether there is no alarm.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The alarms in declaration order.
    pub fn iter(self) -> impl Iterator<Item = Alarm> {
        Alarm::ALL.iter().copied().filter(move |alarm| self.contains(*alarm))
    }

    /// The set as bits in declaration order, as the store keeps it.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The set from the store's bits.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

impl FromIterator<Alarm> for Alarms {
    fn from_iter<I: IntoIterator<Item = Alarm>>(alarms: I) -> Self {
        alarms.into_iter().fold(Self::NONE, Self::with)
    }
}

#[expect(clippy::as_conversions, reason = "a fieldless enum's index; const fn")]
const fn bit(alarm: Alarm) -> u64 {
    1 << (alarm as u64)
}

// The set is one 64-bit word.
const _: () = assert!(Alarm::ALL.len() <= 64);

impl Serialize for Alarms {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_u64(self.0);
        }
        let mut list = serializer.serialize_seq(None)?;
        for alarm in self.iter() {
            list.serialize_element(&alarm)?;
        }
        list.end()
    }
}

impl<'de> Deserialize<'de> for Alarms {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            Vec::<Alarm>::deserialize(deserializer).map(Self::from_iter)
        } else {
            u64::deserialize(deserializer).map(Self)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set: Alarms = [Alarm::PowerCut, Alarm::TyrePressure].into_iter().collect();
        assert!(set.contains(Alarm::PowerCut) && !set.contains(Alarm::Sos));
        assert_eq!(set.iter().collect::<Vec<_>>(), [Alarm::PowerCut, Alarm::TyrePressure]);
        assert_eq!(Alarms::from_bits(set.bits()), set);
    }
}
