//! Which messages the makers' texts say are answered.
//!
//! Shape: message number → whether it is on the list. Units: none. Errors: none; a number that is not on the list is
//! stored all the same, and a device that waits for an answer sends it again. Source: SPEC.md §6.

use crate::message::number;

/// Whether a device expects an answer by its maker's text. Login and time requests are answered in any case.
pub(crate) fn is_required(number: u8) -> bool {
    REQUIRED.contains(&number)
}

/// Heartbeats, alarms, address requests, and the messages whose device waits for its answer in a form of its own.
const REQUIRED: &[u8] = &[
    number::STATUS,
    number::HEARTBEAT_VOLTS,
    number::STATUS_MODULES,
    number::ALARM_LOCAL,
    number::CELL_ALARM,
    number::ALARM,
    number::ALARM_FENCE,
    number::AZ735,
    number::AZ735_ALARM,
    number::ALARM_MODULES,
    number::CAMERA_ALARM,
    number::ALARM_4G,
    number::ALARM_FENCE_4G,
    number::CELL_ALARM_4G,
    number::CELLS_WIFI_ALARM_4G,
    number::ADDRESS_LOCAL,
    number::ADDRESS,
    number::ADDRESS_4G,
    number::MEDIA,
    number::MODULAR,
    number::CARD_NUMBERS,
];
