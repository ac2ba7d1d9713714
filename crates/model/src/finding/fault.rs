//! What is wrong with a device, with a pair of them, or with what they report.
//!
//! Shape: codes, each with its one name in JSON and SQL. Units: journal time. Errors: none. Source: `domain.md` §3b.

use crate::code::codes;
use crate::{TerminalId, Timestamp};
use serde::{Deserialize, Serialize};

/// What a device does not do.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DeviceTrouble {
    /// Which.
    pub terminal: TerminalId,
    /// What is wrong.
    pub what: DeviceFault,
    /// Since when.
    pub since: Timestamp,
}

codes! {
    /// What can be wrong with a device.
    pub enum DeviceFault {
        /// It is not heard.
        Silent = "silent",
        /// Its own battery is low.
        LowBattery = "low_battery",
        /// It reports without a satellite fix.
        NoFix = "no_fix",
        /// What it reports is of the past by its clock, for ever.
        ClockBehind = "clock_behind",
        /// The vehicle's battery is low, by its word.
        LowVehicleBattery = "low_vehicle_battery",
    }
}

codes! {
    /// Why two devices of one vehicle are at two places.
    pub enum SeparationCause {
        /// They were together, and one was taken off.
        Removed = "removed",
        /// They have not been seen together since they were put on: registered on the wrong vehicles, most likely.
        Binding = "binding",
    }
}

codes! {
    /// What is wrong with positions or times.
    pub enum Implausibility {
        /// Further apart than any car drives.
        Jump = "jump",
        /// Always the same place at changing speeds.
        Frozen = "frozen",
        /// Reports from the future.
        Future = "future",
        /// Reports without a clock.
        Undated = "undated",
        /// Reports, and for days no satellite fix.
        NoFix = "no_fix",
        /// Reports of the past and none of now: a clock that is behind, or a wrong time zone.
        Behind = "behind",
    }
}
