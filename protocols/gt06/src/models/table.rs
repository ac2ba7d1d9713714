//! The rows.
//!
//! Shape: data only. Units: seconds. Errors: none here. Source: SPEC.md §9 and §10, row by row; what one source alone
//! says is marked there.

use super::Model;
use super::texts::{
    DWXX, DYD, GMT, HBT, HBT_BOTH, HFYD, MODE_1, PARAM, RELAY_CUT, RELAY_RESTORE, RESET, SENALM_OFF,
    SENALM_ON, SPEED_OFF, SPEED_ON, TIMER, TIMER_BOTH, WHERE,
};
use model::command::CommandKind::{
    Heartbeat, Interval, Locate, ReadParameters, Relay, Restart, SpeedLimit, TimeZone, VibrationAlarm,
};
use model::{Acknowledgement, Alarm, ChecksumPolicy, ZoneOffset};
use wire::{AlarmCode, DeviceModel, Schedule};

pub(super) static GENERIC: Model = Model {
    device: DeviceModel {
        code: "generic",
        label: "Unknown model: GT06 and its kin",
        zone: None,
        checksum: ChecksumPolicy::Tolerate,
        acknowledgement: Acknowledgement::Every,
        alarms: &[],
        schedule: UNKNOWN,
        commands: &[Locate, Interval, ReadParameters, Restart, Relay],
    },
    classes: &[],
    language: ENGLISH,
    templates: &[WHERE, TIMER, TIMER_BOTH, PARAM, RESET, RELAY_CUT, RELAY_RESTORE],
};

pub(super) static CONCOX_WIRED: Model = Model {
    device: DeviceModel {
        code: "concox_wired",
        label: "Concox GT06N, GT06E, X3 and other wired ones",
        zone: None,
        checksum: ChecksumPolicy::Tolerate,
        acknowledgement: Acknowledgement::Every,
        alarms: &[raises(0x28, Alarm::Braking), raises(0x2E, Alarm::Cornering), raises(0x30, Alarm::Jamming)],
        schedule: Schedule { moving_s: None, parked_s: None, heartbeat_s: Some(180) },
        commands: WIRED_COMMANDS,
    },
    classes: &[],
    language: ENGLISH,
    templates: WIRED_TEXTS,
};

pub(super) static GT06_CLASSIC: Model = Model {
    device: DeviceModel {
        code: "gt06_classic",
        label: "First GT06 and those that cut with DYD",
        zone: None,
        checksum: ChecksumPolicy::Tolerate,
        acknowledgement: Acknowledgement::Every,
        alarms: &[raises(0x09, Alarm::Vibration)],
        schedule: UNKNOWN,
        commands: &[Locate, Interval, ReadParameters, Restart, Relay],
    },
    classes: &[],
    language: ENGLISH,
    templates: &[DWXX, TIMER, PARAM, RESET, DYD, HFYD],
};

/// The maker's text: wrong checksums are dropped, clocks are UTC whatever the login says, reports want no answer.
pub(super) static JIMI_4G: Model = Model {
    device: DeviceModel {
        code: "jimi_4g",
        label: "Jimi 4G, wired: JM-VL01 to VL04, VL103, VL110C",
        zone: Some(ZoneOffset::UTC),
        checksum: ChecksumPolicy::Strict,
        acknowledgement: Acknowledgement::Required,
        alarms: &[],
        schedule: Schedule { moving_s: None, parked_s: None, heartbeat_s: Some(180) },
        commands: WIRED_COMMANDS,
    },
    classes: &[],
    language: ENGLISH,
    templates: WIRED_TEXTS,
};

pub(super) static JIMI_ASSET: Model = Model {
    device: DeviceModel {
        code: "jimi_asset",
        label: "Jimi without wires: AT4, JM-LL01, LL301",
        zone: Some(ZoneOffset::UTC),
        checksum: ChecksumPolicy::Tolerate,
        acknowledgement: Acknowledgement::Every,
        alarms: OWN_BATTERY,
        schedule: UNKNOWN,
        commands: &[Locate, Interval, ReadParameters, Heartbeat, TimeZone, Restart],
    },
    classes: &[],
    language: ENGLISH,
    templates: &[WHERE, MODE_1, PARAM, HBT, GMT, RESET],
};

pub(super) static WANWAY_S20: Model = Model {
    device: DeviceModel {
        code: "wanway_s20",
        label: "WanWay S20 and S20 4G, without wires",
        zone: None,
        checksum: ChecksumPolicy::Tolerate,
        acknowledgement: Acknowledgement::Every,
        alarms: OWN_BATTERY,
        schedule: Schedule { moving_s: Some(10), parked_s: Some(180), heartbeat_s: Some(180) },
        commands: &[
            Locate,
            Interval,
            ReadParameters,
            Heartbeat,
            TimeZone,
            SpeedLimit,
            VibrationAlarm,
            Restart,
        ],
    },
    classes: &[],
    language: ENGLISH,
    templates: &[WHERE, TIMER, PARAM, HBT_BOTH, GMT, SPEED_ON, SPEED_OFF, SENALM_ON, SENALM_OFF, RESET],
};

pub(super) static SEEWORLD: Model = Model {
    device: DeviceModel {
        code: "seeworld",
        label: "Seeworld S119 and other wired ones",
        zone: None,
        checksum: ChecksumPolicy::Tolerate,
        acknowledgement: Acknowledgement::Every,
        alarms: &[],
        schedule: UNKNOWN,
        commands: &[Locate, Interval, ReadParameters, Restart, Relay],
    },
    classes: &[],
    language: ENGLISH,
    templates: &[WHERE, TIMER, PARAM, RESET, RELAY_CUT, RELAY_RESTORE],
};

pub(super) static LW: Model = Model {
    device: DeviceModel {
        code: "lw",
        label: "LW4G and other LW models",
        zone: None,
        checksum: ChecksumPolicy::Tolerate,
        acknowledgement: Acknowledgement::Every,
        alarms: &[raises(0x18, Alarm::Collision), raises(0x19, Alarm::Acceleration)],
        schedule: UNKNOWN,
        commands: &[Locate, ReadParameters, Restart],
    },
    classes: &[],
    language: ENGLISH,
    templates: &[WHERE, PARAM, RESET],
};

pub(super) static VXT01: Model = Model {
    device: DeviceModel {
        code: "vxt01",
        label: "VXT01",
        zone: None,
        checksum: ChecksumPolicy::Tolerate,
        acknowledgement: Acknowledgement::Every,
        alarms: &[],
        schedule: UNKNOWN,
        commands: &[Locate, ReadParameters, Restart],
    },
    classes: &[raises(7, Alarm::Overspeed)],
    language: ENGLISH,
    templates: &[WHERE, PARAM, RESET],
};

/// Clones that stay on local time and take the language for text.
pub(super) static CLONE_LOCAL: Model = Model {
    device: DeviceModel {
        code: "clone_local",
        label: "Clones with Beijing time in every message",
        zone: Some(ZoneOffset::CHINA),
        checksum: ChecksumPolicy::Tolerate,
        acknowledgement: Acknowledgement::Every,
        alarms: &[raises(0x09, Alarm::Vibration)],
        schedule: UNKNOWN,
        commands: &[Locate, Interval, ReadParameters, Restart, Relay],
    },
    classes: &[],
    language: NO_LANGUAGE,
    templates: &[DWXX, TIMER, PARAM, RESET, DYD, HFYD],
};

const WIRED_COMMANDS: &[model::command::CommandKind] =
    &[Locate, Interval, ReadParameters, Heartbeat, TimeZone, SpeedLimit, VibrationAlarm, Restart, Relay];

const WIRED_TEXTS: &[crate::template::Template] = &[
    WHERE,
    TIMER_BOTH,
    PARAM,
    HBT_BOTH,
    GMT,
    SPEED_ON,
    SPEED_OFF,
    SENALM_ON,
    SENALM_OFF,
    RESET,
    RELAY_CUT,
    RELAY_RESTORE,
];

/// A device without wires has one battery: its own.
const OWN_BATTERY: &[AlarmCode] = &[raises(0x0E, Alarm::LowBattery), raises(0x0F, Alarm::LowBattery)];

const fn raises(code: u16, alarm: Alarm) -> AlarmCode {
    AlarmCode { code, alarm: Some(alarm) }
}

const UNKNOWN: Schedule = Schedule { moving_s: None, parked_s: None, heartbeat_s: None };
const ENGLISH: &[u8] = &[0x00, 0x02];
const NO_LANGUAGE: &[u8] = &[];
