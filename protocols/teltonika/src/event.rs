//! What the event of a record raises, by one table.
//!
//! Shape: (event id, its value, priority) → alarms; a device model may give an id another meaning. Units: none. Errors:
//! an event of no table is a notice, unless it was sent as a panic. Source: SPEC.md §6.

use crate::io::IGNITION;
use crate::record::Record;
use model::{Alarm, Alarms};
use wire::DeviceModel;

/// The alarms of a record.
pub(crate) fn alarms(record: &Record<'_>, model: &DeviceModel) -> Alarms {
    let value = record.event_value().and_then(crate::field::number);
    let is_panic = record.priority == PANIC;
    if let Some(alarm) = model.alarm(record.event) {
        return alarm.filter(|_| value != Some(0)).into_iter().collect();
    }
    match (ROWS.iter().find(|row| row.ids.contains(&record.event)), value) {
        (Some(row), value) => (row.raises)(value.unwrap_or(1)).into_iter().collect(),
        // The button for help is wired to a digital input, and nothing but the priority tells it from a door.
        (None, value) if is_panic && BUTTONS.contains(&record.event) => {
            Some(Alarm::Sos).filter(|_| value != Some(0)).into_iter().collect()
        }
        (None, _) if is_panic => Alarms::NONE.with(Alarm::General),
        (None, _) => Alarms::NONE,
    }
}

/// How a simulated device raises an alarm: event, value, priority.
pub(crate) struct Raised {
    pub(crate) event: u16,
    pub(crate) value: &'static [u8],
    pub(crate) priority: u8,
}

/// How the first of these alarms is raised; one of no event as the general one. `None` if there is no alarm.
pub(crate) fn raised(alarms: Alarms) -> Option<&'static Raised> {
    let general = RAISED.iter().find(|(alarm, _)| *alarm == Alarm::General);
    let listed = alarms.iter().find_map(|alarm| RAISED.iter().find(|(known, _)| *known == alarm));
    if alarms.is_empty() { None } else { listed.or(general).map(|(_, raised)| raised) }
}

struct Row {
    ids: &'static [u16],
    raises: fn(u64) -> Option<Alarm>,
}

#[rustfmt::skip] // a table
const ROWS: &[Row] = &[
    Row { ids: ZONES,       raises: fence },
    Row { ids: &[236],      raises: |value| (value == 1).then_some(Alarm::General) },
    Row { ids: &[IGNITION], raises: |value| Some(if value == 0 { Alarm::IgnitionOff } else { Alarm::IgnitionOn }) },
    Row { ids: &[246],      raises: |value| (value != 0).then_some(Alarm::Tow) },
    Row { ids: &[247],      raises: |value| (value != 0).then_some(Alarm::Collision) },
    Row { ids: &[249],      raises: |value| (value != 0).then_some(Alarm::Jamming) },
    Row { ids: &[252],      raises: |value| (value != 0).then_some(Alarm::PowerCut) },
    Row { ids: &[253],      raises: driving },
    Row { ids: &[255],      raises: |value| (value != 0).then_some(Alarm::Overspeed) },
    Row { ids: &[318],      raises: |value| (value != 0).then_some(Alarm::Jamming) },
    Row { ids: &[20_019],   raises: |value| matches!(value, 0 | 3).then_some(Alarm::Removed) },
    Row { ids: NOTICES,     raises: |_| None },
];

fn fence(value: u64) -> Option<Alarm> {
    match value {
        0 => Some(Alarm::FenceExit),
        1 => Some(Alarm::FenceEnter),
        3 => Some(Alarm::Overspeed),
        _ => None, // 2: overspeeding in the zone ends
    }
}

fn driving(value: u64) -> Option<Alarm> {
    match value {
        1 => Some(Alarm::Acceleration),
        2 => Some(Alarm::Braking),
        3 => Some(Alarm::Cornering),
        _ => None,
    }
}

#[rustfmt::skip] // a table
const RAISED: &[(Alarm, Raised)] = &[
    (Alarm::Sos,          Raised { event: 1,        value: &[1],    priority: PANIC }),
    (Alarm::PowerCut,     Raised { event: 252,      value: &[1],    priority: HIGH }),
    (Alarm::FenceEnter,   Raised { event: 155,      value: &[1],    priority: HIGH }),
    (Alarm::FenceExit,    Raised { event: 155,      value: &[0],    priority: HIGH }),
    (Alarm::Overspeed,    Raised { event: 255,      value: &[120],  priority: HIGH }),
    (Alarm::Removed,      Raised { event: 20_019,   value: &[0, 0], priority: HIGH }),
    (Alarm::Jamming,      Raised { event: 249,      value: &[1],    priority: HIGH }),
    (Alarm::Tow,          Raised { event: 246,      value: &[1],    priority: HIGH }),
    (Alarm::Collision,    Raised { event: 247,      value: &[1],    priority: HIGH }),
    (Alarm::IgnitionOn,   Raised { event: IGNITION, value: &[1],    priority: HIGH }),
    (Alarm::IgnitionOff,  Raised { event: IGNITION, value: &[0],    priority: HIGH }),
    (Alarm::Acceleration, Raised { event: 253,      value: &[1],    priority: HIGH }),
    (Alarm::Braking,      Raised { event: 253,      value: &[2],    priority: HIGH }),
    (Alarm::Cornering,    Raised { event: 253,      value: &[3],    priority: HIGH }),
    (Alarm::General,      Raised { event: 236,      value: &[1],    priority: HIGH }),
];

/// Zones 1 to 5, 6 to 10, and the one that the device draws around itself.
const ZONES: &[u16] = &[155, 156, 157, 158, 159, 61, 62, 63, 64, 65, 175];
/// Movement, trip, idling: they begin and end many times a day.
const NOTICES: &[u16] = &[240, 250, 251];
/// No event, and the digital inputs.
const BUTTONS: &[u16] = &[0, 1, 2, 3, 4];
const HIGH: u8 = 1;
const PANIC: u8 = 2;
