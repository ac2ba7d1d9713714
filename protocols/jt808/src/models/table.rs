//! The rows.
//!
//! Shape: data only. Units: seconds. Errors: none here. Source: SPEC.md §9 and §10, row by row; what one source alone
//! says is marked there.

use super::Model;
use crate::item::vendor::{
    AOVX_DEVICES, CARGO_LOCK_DEVICES, D_BLOCK_DEVICES, EB_EXTENSION_DEVICES, FUEL_PROBE_DEVICES,
    G10LS_DEVICES, GPS51_DEVICES, VendorProfile, WEARABLE_DEVICES, WIRED_DEVICES, WIRELESS_DEVICES,
};
use crate::message::order::{Order, Setting, Value, Words};
use crate::number::Number;
use model::command::CommandKind;
use model::{Acknowledgement, Alarm, ChecksumPolicy};
use wire::{AlarmCode, DeviceModel, Schedule};

pub(super) static GENERIC: Model = Model {
    device: device("generic", "Unknown model: JT/T 808 by the standard", &[], UNKNOWN, WITH_TEXT),
    vendor: None,
    orders: &[LOCATE, INTERVAL, TRACK, READ, HEARTBEAT, SPEED, RESTART, TEXT],
};

/// Bits 15 to 17 were given a meaning in 2019; only one of the three is an alarm that we name.
pub(super) static STANDARD_2019: Model = Model {
    device: device(
        "standard_2019",
        "Terminals by the edition of 2019",
        &[raises(16, Alarm::TyrePressure)],
        UNKNOWN,
        WITH_TEXT,
    ),
    vendor: None,
    orders: &[LOCATE, INTERVAL, TRACK, READ, HEARTBEAT, SPEED, RESTART, TEXT],
};

pub(super) static G10LS: Model = Model {
    device: device(
        "g10ls",
        "Cantrack G10LS, G20LS and their kind",
        &[raises(15, Alarm::LowBattery), raises(16, Alarm::Vibration), raises(17, Alarm::Removed)],
        Schedule { moving_s: Some(20), parked_s: None, heartbeat_s: None },
        &[
            CommandKind::Locate,
            CommandKind::Interval,
            CommandKind::ReadParameters,
            CommandKind::Heartbeat,
            CommandKind::SpeedLimit,
            CommandKind::Restart,
            CommandKind::Relay,
        ],
    ),
    vendor: Some(&G10LS_DEVICES),
    orders: &[LOCATE, INTERVAL, READ, HEARTBEAT, SPEED, RESTART, relay(Words::Code(0x64), Words::Code(0x65))],
};

pub(super) static GPS51: Model =
    by_the_standard("gps51", "Trackers made for the GPS51 platform", &GPS51_DEVICES);

pub(super) static AOVX: Model = Model {
    device: device("aovx", "AOVX GL100, AL300, VL300", &[], UNKNOWN, WITH_RELAY),
    vendor: Some(&AOVX_DEVICES),
    orders: &[
        LOCATE,
        INTERVAL,
        TRACK,
        READ,
        HEARTBEAT,
        SPEED,
        RESTART,
        relay(Words::Text("#0;1"), Words::Text("#0;0")),
    ],
};

pub(super) static EB_EXTENSION: Model =
    by_the_standard("eb_extension", "Trackers with a second list of items in EB", &EB_EXTENSION_DEVICES);

pub(super) static WEARABLE: Model =
    by_the_standard("wearable", "Small battery devices: badges, collars", &WEARABLE_DEVICES);

pub(super) static CARGO_LOCK: Model =
    by_the_standard("cargo_lock", "Locks and seals of containers", &CARGO_LOCK_DEVICES);

pub(super) static D_BLOCK: Model =
    by_the_standard("d_block", "Devices whose own items are D0 to DA", &D_BLOCK_DEVICES);

pub(super) static WIRED: Model = Model {
    device: device("wired", "Wired trackers", &[], UNKNOWN, WITH_RELAY),
    vendor: Some(&WIRED_DEVICES),
    orders: &[
        LOCATE,
        INTERVAL,
        TRACK,
        READ,
        HEARTBEAT,
        SPEED,
        RESTART,
        relay(Words::Code(0xF0), Words::Code(0xF1)),
    ],
};

pub(super) static WIRELESS: Model =
    by_the_standard("wireless", "Trackers on a battery of their own", &WIRELESS_DEVICES);

pub(super) static FUEL_PROBE: Model =
    by_the_standard("fuel_probe", "Trackers with a fuel probe", &FUEL_PROBE_DEVICES);

/// A maker of items whose devices are told what the standard says, and show no text.
const fn by_the_standard(code: &'static str, label: &'static str, vendor: &'static VendorProfile) -> Model {
    Model {
        device: device(code, label, &[], UNKNOWN, STANDARD),
        vendor: Some(vendor),
        orders: &[LOCATE, INTERVAL, TRACK, READ, HEARTBEAT, SPEED, RESTART],
    }
}

const fn device(
    code: &'static str,
    label: &'static str,
    alarms: &'static [AlarmCode],
    schedule: Schedule,
    commands: &'static [CommandKind],
) -> DeviceModel {
    DeviceModel {
        code,
        label,
        zone: None,
        checksum: ChecksumPolicy::Tolerate,
        acknowledgement: Acknowledgement::Every,
        alarms,
        schedule,
        commands,
    }
}

const STANDARD: &[CommandKind] = &[
    CommandKind::Locate,
    CommandKind::Interval,
    CommandKind::Tracking,
    CommandKind::ReadParameters,
    CommandKind::Heartbeat,
    CommandKind::SpeedLimit,
    CommandKind::Restart,
];

const WITH_TEXT: &[CommandKind] = &[
    CommandKind::Locate,
    CommandKind::Interval,
    CommandKind::Tracking,
    CommandKind::ReadParameters,
    CommandKind::Heartbeat,
    CommandKind::SpeedLimit,
    CommandKind::Restart,
    CommandKind::Text,
];

const WITH_RELAY: &[CommandKind] = &[
    CommandKind::Locate,
    CommandKind::Interval,
    CommandKind::Tracking,
    CommandKind::ReadParameters,
    CommandKind::Heartbeat,
    CommandKind::SpeedLimit,
    CommandKind::Restart,
    CommandKind::Relay,
];

const LOCATE: (CommandKind, Order) = (CommandKind::Locate, Order::Query(Number::LOCATION_QUERY));
const READ: (CommandKind, Order) = (CommandKind::ReadParameters, Order::Query(Number::PARAMETERS_QUERY));
const TRACK: (CommandKind, Order) = (CommandKind::Tracking, Order::Track);
const RESTART: (CommandKind, Order) = (CommandKind::Restart, Order::Control(Words::Code(4)));
const TEXT: (CommandKind, Order) = (CommandKind::Text, Order::Text);
const INTERVAL: (CommandKind, Order) = (
    CommandKind::Interval,
    Order::Set(&[Setting { id: 0x0029, value: Value::Moving }, Setting { id: 0x0027, value: Value::Parked }]),
);
const HEARTBEAT: (CommandKind, Order) =
    (CommandKind::Heartbeat, Order::Set(&[Setting { id: 0x0001, value: Value::Heartbeat }]));
const SPEED: (CommandKind, Order) =
    (CommandKind::SpeedLimit, Order::Set(&[Setting { id: 0x0055, value: Value::Kmh }]));

const fn relay(cut: Words, restore: Words) -> (CommandKind, Order) {
    (CommandKind::Relay, Order::Relay { cut, restore })
}

const fn raises(code: u16, alarm: Alarm) -> AlarmCode {
    AlarmCode { code, alarm: Some(alarm) }
}

const UNKNOWN: Schedule = Schedule { moving_s: None, parked_s: None, heartbeat_s: None };
