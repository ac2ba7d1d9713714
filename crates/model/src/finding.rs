//! What a rule saw: facts of the vehicle and its devices, one shape for each kind of fact.
//!
//! Units: metres, milliseconds, tenths of km/h; each in its name. Source: `domain.md` §3b.

use crate::code::codes;
use crate::{Alarm, Coordinates, Millis, TerminalId, Timestamp};
use serde::{Deserialize, Serialize};

/// What a rule saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Finding {
    /// The vehicle left its parking place.
    Moved {
        /// Where it stood.
        anchor: Coordinates,
        /// Since when it stood there.
        parked_since: Timestamp,
        /// First fix away from there.
        left_at: Timestamp,
        /// How far away the furthest confirming fix was, metres.
        distance_m: u32,
        /// How far it had to be, metres.
        threshold_m: u32,
        /// The highest speed among the confirming fixes, tenths of km/h.
        speed_max_tenths_kmh: u16,
    },
    /// The vehicle has not been heard of.
    Silent {
        /// Last valid frame from any of its terminals.
        last_heard: Timestamp,
        /// Where it was then, if known.
        last_place: Option<Coordinates>,
        /// Time since then in which the server could listen.
        silent_ms: Millis,
        /// How much silence the rule allows.
        threshold_ms: Millis,
        /// It was moving when last heard.
        was_moving: bool,
        /// It reported a power cut, removal or jamming shortly before.
        tampered: bool,
    },
    /// A device lost the vehicle's supply.
    Unpowered {
        /// Which.
        terminal: TerminalId,
        /// Its first word of it.
        since: Timestamp,
        /// Where the vehicle was seen last.
        place: Option<Coordinates>,
    },
    /// Somebody laid hands on a device.
    Tampered {
        /// Which.
        terminal: TerminalId,
        /// What it says.
        alarm: Alarm,
        /// When.
        at: Timestamp,
        /// Where the vehicle was seen last.
        place: Option<Coordinates>,
        /// It was put on the vehicle shortly before: fitters have their hands on it.
        newly_bound: bool,
    },
    /// A battery is low.
    LowBattery {
        /// Whose word it is.
        terminal: TerminalId,
        /// Since when.
        since: Timestamp,
    },
    /// A device talks and has no position.
    Blind {
        /// Which.
        terminal: TerminalId,
        /// Since when, with the ignition on or under way.
        since: Timestamp,
        /// The vehicle was under way.
        was_moving: bool,
        /// The device says that it is jammed.
        jammed: bool,
    },
    /// The vehicle stands.
    Immobile {
        /// Where.
        place: Coordinates,
        /// Since when.
        since: Timestamp,
    },
    /// The vehicle moves with its ignition off.
    Towed {
        /// Where it stood, if known.
        anchor: Option<Coordinates>,
        /// Since when it moves like that.
        since: Timestamp,
        /// Where it was seen last.
        place: Coordinates,
        /// The highest speed since, tenths of km/h.
        speed_max_tenths_kmh: u16,
    },
    /// Two devices of one vehicle are at two places.
    Separated {
        /// The wired device.
        main: TerminalId,
        /// The hidden one.
        backup: TerminalId,
        /// Where the wired one is.
        main_place: Coordinates,
        /// Where the hidden one is.
        backup_place: Coordinates,
        /// Between them, metres.
        distance_m: u32,
        /// What their errors and the time between their fixes explain, metres.
        threshold_m: u32,
        /// Why, most likely.
        cause: SeparationCause,
    },
    /// One device fell silent, another one lives.
    OneSilent {
        /// The silent one.
        terminal: TerminalId,
        /// Last valid frame from it.
        last_heard: Timestamp,
        /// Time since then in which the server could listen.
        silent_ms: Millis,
        /// How much silence the rule allows.
        threshold_ms: Millis,
    },
    /// A device that reports by the clock did not.
    Missed {
        /// Which.
        terminal: TerminalId,
        /// Last valid frame from it.
        last_heard: Timestamp,
        /// How often it usually reports.
        interval_ms: Millis,
        /// Reports that did not come.
        missed: u32,
    },
    /// No faster than an electric bicycle.
    Slow {
        /// The first of the days.
        since: Timestamp,
        /// The highest speed of all of them, km/h.
        speed_max_kmh: u16,
    },
    /// Positions or times that cannot be.
    Implausible {
        /// Whose.
        terminal: TerminalId,
        /// What is wrong with them.
        what: Implausibility,
        /// Since when.
        since: Timestamp,
        /// How often.
        times: u32,
    },
    /// The device complains of the vehicle's speed.
    TooFast {
        /// Which.
        terminal: TerminalId,
        /// When.
        at: Timestamp,
    },
    /// The SIM card in a device is another one.
    Exchanged {
        /// Which.
        terminal: TerminalId,
        /// When it was noticed.
        at: Timestamp,
    },
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
    }
}
