//! The table of device models: what differs between devices, as data.
//!
//! Shape: [`MODELS`], the first row for a terminal nobody has named the model of. Units: seconds. Source: SPEC.md §9.

use model::{Acknowledgement, ChecksumPolicy, Profile};
use wire::{DeviceModel, Schedule};

/// Every model that differs from another in something that lienwatch does.
pub(crate) static MODELS: &[&DeviceModel] = &[&GENERIC];

static GENERIC: DeviceModel = DeviceModel {
    code: "generic",
    label: "Unknown model: JT/T 808 by the standard",
    zone: None,
    checksum: ChecksumPolicy::Tolerate,
    acknowledgement: Acknowledgement::Every,
    alarms: &[],
    schedule: Schedule { moving_s: None, parked_s: None, heartbeat_s: None },
    commands: &[],
};

/// The model of a terminal with this profile.
pub(crate) fn of(profile: &Profile) -> &'static DeviceModel {
    DeviceModel::chosen(MODELS, profile.model).unwrap_or(&GENERIC)
}
