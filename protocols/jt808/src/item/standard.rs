//! The items of the standard itself, of JT/T 1078 (video) and of T/JSATL 12 (driver assistance).
//!
//! Shape: (id, length) → [`Rule`]; trackers use the same ids with other lengths for their own ends. Units: in the
//! rows. Errors: a value that says "none" is kept as an item. Source: SPEC.md §4.2.

use super::reader::{dword, flag, word};
use super::rule::{Length, Rule};
use super::{Items, safety};
use model::{Alarm, Attribute};
use std::array::from_fn;
use std::sync::LazyLock;

/// The standard's row for an item.
pub(super) fn rule(id: u8, length: usize) -> Option<&'static Rule> {
    let rules = RULES.get(*FIRST.get(usize::from(id))?..)?;
    rules.iter().take_while(|rule| rule.id == id).find(|rule| rule.fits(id, length))
}

/// Where the rows of each id begin: every item of every report is looked up.
static FIRST: LazyLock<[usize; 256]> =
    LazyLock::new(|| from_fn(|id| RULES.partition_point(|rule| usize::from(rule.id) < id)));

/// In the order of the ids.
#[rustfmt::skip]
const RULES: &[Rule] = &[
    row(0x01, Length::Of(&[4]),    "mileage",                "0.1 km",                    mileage),
    row(0x02, Length::Of(&[2]),    "fuel",                   "0.1 L",                     fuel),
    row(0x03, Length::Of(&[2]),    "recorder speed",         "0.1 km/h",                  recorder_speed),
    row(0x04, Length::Of(&[2]),    "alarm to confirm",       "event number",              event),
    row(0x05, Length::Of(&[30]),   "tyre pressures",         "Pa, FF none",               tyres),
    row(0x06, Length::Of(&[2]),    "cabin temperature",      "°C, bit 15 minus",          temperature),
    row(0x11, Length::Of(&[1, 5]), "overspeed",              "kind, area",                overspeed),
    row(0x12, Length::Of(&[6]),    "area or route",          "kind, id, 0 in 1 out",      area),
    row(0x13, Length::Of(&[7]),    "section time",           "id, s, 0 short 1 long",     section),
    row(0x14, Length::Of(&[4]),    "video alarms",           "bits",                      video_alarms),
    row(0x15, Length::Of(&[4]),    "video signal loss",      "channels",                  video_lost),
    row(0x16, Length::Of(&[4]),    "video occlusion",        "channels",                  video_covered),
    row(0x17, Length::Of(&[2]),    "video storage fault",    "bits",                      storage_faults),
    row(0x18, Length::Of(&[2]),    "abnormal driving",       "bits",                      abnormal_driving),
    row(0x25, Length::Of(&[4]),    "vehicle signals",        "bits",                      vehicle_signals),
    row(0x2A, Length::Of(&[2]),    "input and output state", "bit 0 deep sleep, 1 sleep", io_state),
    row(0x2B, Length::Of(&[4]),    "analog inputs",          "AD1, AD0",                  analog_inputs),
    row(0x30, Length::Of(&[1]),    "signal strength",        "device's scale",            signal),
    row(0x31, Length::Of(&[1]),    "satellites",             "",                          satellites),
    row(0x64, Length::Of(&[47, 71]), "driver assistance",    "ADAS, T/JSATL 12",          safety::adas),
    row(0x65, Length::Of(&[47, 71]), "driver state",         "DSM, T/JSATL 12",           safety::dsm),
    row(0x66, Length::Records { head: 41, each: 9 }, "tyre monitor", "TPMS, T/JSATL 12",  safety::tpms),
    row(0x66, Length::Records { head: 65, each: 9 }, "tyre monitor", "TPMS, long tag",    safety::tpms),
    row(0x67, Length::Of(&[41, 65]), "blind spot",           "BSD, T/JSATL 12",           safety::bsd),
];

const fn row(
    id: u8,
    length: Length,
    name: &'static str,
    unit: &'static str,
    read: fn(&mut Items, &[u8]) -> Option<()>,
) -> Rule {
    Rule { id, length, name, unit, read }
}

fn mileage(items: &mut Items, value: &[u8]) -> Option<()> {
    items.add(Attribute::OdometerKm(f64::from(dword(value)?) / 10.0))
}

/// Bit 15 turns litres into percent on some trackers; such a value is kept as it came.
fn fuel(items: &mut Items, value: &[u8]) -> Option<()> {
    const NOT_LITRES: u16 = 0x8000; // bit 15
    let tenths = word(value).filter(|tenths| tenths & NOT_LITRES == 0)?;
    items.add(Attribute::FuelLitres(f32::from(tenths) / 10.0))
}

fn recorder_speed(items: &mut Items, value: &[u8]) -> Option<()> {
    const NONE: u16 = 0xFFFF;
    let tenths = word(value).filter(|tenths| *tenths != NONE)?;
    items.add(Attribute::RecorderSpeedKmh(f32::from(tenths) / 10.0))
}

fn event(items: &mut Items, value: &[u8]) -> Option<()> {
    items.add(Attribute::EventNumber(word(value)?))
}

/// One byte a wheel; the unit is disputed between makers, so the number is kept as it came.
fn tyres(items: &mut Items, value: &[u8]) -> Option<()> {
    const NONE: u8 = 0xFF;
    let pressures: Vec<_> = value.iter().map(|byte| Some(*byte).filter(|byte| *byte != NONE)).collect();
    pressures.iter().flatten().next()?;
    items.add(Attribute::TyrePressures(pressures))
}

fn temperature(items: &mut Items, value: &[u8]) -> Option<()> {
    const MINUS: u16 = 0x8000; // bit 15
    let raw = word(value)?;
    let degrees = f32::from(raw & !MINUS);
    items.add(Attribute::TemperatureC(if raw & MINUS == 0 || degrees == 0.0 { degrees } else { -degrees }))
}

/// | offset | size | field |                                                     |
/// |      0 |    1 | kind  | 0 none, 1 circle, 2 rectangle, 3 polygon, 4 section |
/// |      1 |    4 | area  | only if kind > 0                                    |
fn overspeed(items: &mut Items, value: &[u8]) -> Option<()> {
    let (_kind, area) = value.split_first()?;
    items.add(Attribute::Fence(dword(area)?))
}

/// | offset | size | field     |                                            |
/// |      0 |    1 | kind      | 1 circle, 2 rectangle, 3 polygon, 4 route  |
/// |      1 |    4 | area      |                                            |
/// |      5 |    1 | direction | 0 in, 1 out                                |
fn area(items: &mut Items, value: &[u8]) -> Option<()> {
    let (area, alarm) = match value {
        [_kind, area @ .., 0] => (area, Alarm::FenceEnter),
        [_kind, area @ .., 1] => (area, Alarm::FenceExit),
        _ => return None,
    };
    items.add(Attribute::Fence(dword(area)?))?;
    items.raise(alarm);
    Some(())
}

/// | offset | size | field   |                  |
/// |      0 |    4 | section |                  |
/// |      4 |    2 | seconds |                  |
/// |      6 |    1 | result  | 0 short, 1 long  |
fn section(items: &mut Items, value: &[u8]) -> Option<()> {
    let [a, b, c, d, high, low, _result] = *value else { return None };
    items.raise(Alarm::SectionTime);
    items.add_all([
        Attribute::Fence(u32::from_be_bytes([a, b, c, d])),
        Attribute::SectionSeconds(u16::from_be_bytes([high, low])),
    ])
}

fn video_alarms(items: &mut Items, value: &[u8]) -> Option<()> {
    items.add(Attribute::VideoAlarms(dword(value)?))
}

fn video_lost(items: &mut Items, value: &[u8]) -> Option<()> {
    items.add(Attribute::VideoLost(dword(value)?))
}

fn video_covered(items: &mut Items, value: &[u8]) -> Option<()> {
    items.add(Attribute::VideoCovered(dword(value)?))
}

fn storage_faults(items: &mut Items, value: &[u8]) -> Option<()> {
    items.add(Attribute::StorageFaults(word(value)?))
}

fn abnormal_driving(items: &mut Items, value: &[u8]) -> Option<()> {
    items.add(Attribute::AbnormalDriving(word(value)?))
}

fn vehicle_signals(items: &mut Items, value: &[u8]) -> Option<()> {
    items.add(Attribute::VehicleSignals(dword(value)?))
}

/// Sleep is claimed only when a bit is set: many devices send zeros and never sleep.
fn io_state(items: &mut Items, value: &[u8]) -> Option<()> {
    const ASLEEP: u16 = 0b11; // bit 0 deep sleep, bit 1 sleep
    let state = word(value)?;
    let asleep = flag(state, ASLEEP).then_some(Attribute::Asleep(true));
    items.add_all([Attribute::IoState(state)].into_iter().chain(asleep))
}

/// Bits 0-15 are input 0, bits 16-31 input 1.
fn analog_inputs(items: &mut Items, value: &[u8]) -> Option<()> {
    let (second, first) = value.split_at_checked(2)?;
    items.add(Attribute::AnalogInputs(vec![word(first)?, word(second)?]))
}

fn signal(items: &mut Items, value: &[u8]) -> Option<()> {
    items.add(Attribute::Rssi(i16::from(*value.first()?)))
}

fn satellites(items: &mut Items, value: &[u8]) -> Option<()> {
    if items.satellites.is_some() {
        return None;
    }
    items.satellites = value.first().copied();
    items.satellites.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_stand_in_the_order_of_their_ids() {
        assert!(RULES.is_sorted_by_key(|rule| rule.id));
    }
}
