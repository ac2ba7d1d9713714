//! The texts that models share.
//!
//! Shape: data, one [`Template`] each. Units: as the device counts. Errors: none here. Source: SPEC.md §10.

use crate::template::Piece::{Number, Side, Words};
use crate::template::{Count, Form, Slot, Template, Unit};

const fn words(form: Form, pieces: &'static [crate::template::Piece]) -> Template {
    Template { form, pieces }
}

/// Upload intervals, 5 s to 5 h.
const UPLOAD: Count = Count { unit: Unit::Seconds, min: 5, max: 18_000 };
/// The longest that a command of ours asks for; the makers name other ends, all beyond it or not at all.
const DAY: Count = Count { unit: Unit::Seconds, min: 5, max: 86_400 };
const BEAT: Count = Count { unit: Unit::Minutes, min: 1, max: 60 };
const HOURS: Count = Count { unit: Unit::Hours, min: 0, max: 12 };
const QUARTERS: Count = Count { unit: Unit::Quarters, min: 0, max: 45 };
const KMH: Count = Count { unit: Unit::Kmh, min: 1, max: 255 };

pub(super) const WHERE: Template = words(Form::Locate, &[Words("WHERE#")]);
pub(super) const DWXX: Template = words(Form::Locate, &[Words("DWXX#")]);
pub(super) const PARAM: Template = words(Form::ReadParameters, &[Words("PARAM#")]);
pub(super) const RESET: Template = words(Form::Restart, &[Words("RESET#")]);

pub(super) const TIMER: Template =
    words(Form::Interval, &[Words("TIMER,"), Number(Slot::Moving, UPLOAD), Words("#")]);
pub(super) const TIMER_BOTH: Template = words(
    Form::Intervals,
    &[Words("TIMER,"), Number(Slot::Moving, UPLOAD), Words(","), Number(Slot::Parked, UPLOAD), Words("#")],
);
/// Live tracking of battery devices. One source, and that by an example.
pub(super) const MODE_1: Template = words(
    Form::Intervals,
    &[Words("MODE,1,"), Number(Slot::Moving, DAY), Words(","), Number(Slot::Parked, DAY), Words("#")],
);

/// Both numbers are heartbeats, with the ignition on and off.
pub(super) const HBT_BOTH: Template = words(
    Form::Heartbeat,
    &[Words("HBT,"), Number(Slot::Heartbeat, BEAT), Words(","), Number(Slot::Heartbeat, BEAT), Words("#")],
);
pub(super) const HBT: Template =
    words(Form::Heartbeat, &[Words("HBT,"), Number(Slot::Heartbeat, BEAT), Words("#")]);

pub(super) const GMT: Template = words(
    Form::TimeZone,
    &[
        Words("GMT,"),
        Side,
        Words(","),
        Number(Slot::ZoneHours, HOURS),
        Words(","),
        Number(Slot::ZoneMinutes, QUARTERS),
        Words("#"),
    ],
);

/// After 20 s above the limit, which is how the devices are delivered; told to the server only.
pub(super) const SPEED_ON: Template =
    words(Form::SpeedLimit, &[Words("SPEED,ON,20,"), Number(Slot::Speed, KMH), Words(",0#")]);
pub(super) const SPEED_OFF: Template = words(Form::SpeedLimitOff, &[Words("SPEED,OFF#")]);

/// Told to the server only.
pub(super) const SENALM_ON: Template = words(Form::VibrationOn, &[Words("SENALM,ON,0#")]);
pub(super) const SENALM_OFF: Template = words(Form::VibrationOff, &[Words("SENALM,OFF#")]);

pub(super) const RELAY_CUT: Template = words(Form::RelayCut, &[Words("RELAY,1#")]);
pub(super) const RELAY_RESTORE: Template = words(Form::RelayRestore, &[Words("RELAY,0#")]);
pub(super) const DYD: Template = words(Form::RelayCut, &[Words("DYD#")]);
pub(super) const HFYD: Template = words(Form::RelayRestore, &[Words("HFYD#")]);
