//! The table of IO elements.
//!
//! Shape: (id, size) → [`Rule`]; [`write`] is the way back for what a simulated device reports. Units: in the rows.
//! Errors: a reader that cannot take a value says `None`. Source: SPEC.md §5.

use crate::field::number;
use crate::record::Element;
use model::Attribute;

/// What one element says.
pub(crate) struct Rule {
    id: u16,
    size: usize,
    /// What it is called.
    pub(crate) name: &'static str,
    /// What its number counts.
    pub(crate) unit: &'static str,
    /// It states something, or raises an alarm: part of a report's identity.
    pub(super) is_measured: bool,
    pub(super) reads: Reads,
}

/// How a value becomes an attribute.
pub(super) enum Reads {
    /// By itself.
    Value(fn(&[u8]) -> Option<Attribute>),
    /// Together with the others of the serving cell.
    Cell,
    /// No attribute holds it: kept as an item.
    Kept,
}

/// The row of an element.
pub(crate) fn rule(element: &Element<'_>) -> Option<&'static Rule> {
    let first = FIRST.get(usize::from(element.id.min(WIDE)))?;
    let mut rows = RULES.get(usize::from(*first)..)?.iter().take_while(|rule| rule.id <= element.id);
    rows.find(|rule| rule.id == element.id && rule.size == element.value.len())
}

/// Where the rows of each id begin, as every element of every record is looked up; of ids above one byte there are few.
static FIRST: [u8; 257] = first_rows();

#[expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "runs while it is built"
)]
const fn first_rows() -> [u8; 257] {
    let (mut first, mut id, mut row) = ([0; 257], 0, 0);
    while id < first.len() {
        while row < RULES.len() && (RULES[row].id as usize) < id {
            row += 1;
        }
        first[id] = row as u8;
        id += 1;
    }
    first
}

/// The element that carries an attribute, as a simulated device writes it.
pub(crate) fn write(attribute: &Attribute) -> Option<(u16, Vec<u8>)> {
    match attribute {
        Attribute::Ignition(on) => Some((IGNITION, vec![u8::from(*on)])),
        Attribute::Moving(on) => Some((240, vec![u8::from(*on)])),
        Attribute::GsmLevel(bars) => Some((21, vec![(*bars).min(4) * 5 / 4])),
        Attribute::BatteryPercent(percent) => Some((113, vec![u8::try_from(rounded(*percent)).ok()?])),
        Attribute::ExternalVolts(volts) => Some((66, millivolts(*volts)?.to_vec())),
        Attribute::BatteryVolts(volts) => Some((67, millivolts(*volts)?.to_vec())),
        Attribute::OdometerKm(km) => Some((16, metres(*km).to_be_bytes().to_vec())),
        _ => None,
    }
}

#[rustfmt::skip] // a table
const RULES: &[Rule] = &[
    stated(1,   1, "digital input 1",          "0/1",           Reads::Kept),
    stated(2,   1, "digital input 2",          "0/1",           Reads::Kept),
    stated(3,   1, "digital input 3",          "0/1",           Reads::Kept),
    stated(4,   1, "digital input 4",          "0/1",           Reads::Kept),
    row(4,      4, "pulses of input 1",        "",              Reads::Kept),
    row(6,      2, "analog input 2",           "mV",            Reads::Kept),
    row(9,      2, "analog input 1",           "mV",            Reads::Value(analog)),
    row(11,     8, "ICCID, first part",        "",              Reads::Kept),
    row(14,     8, "ICCID, second part",       "",              Reads::Kept),
    row(16,     4, "total odometer",           "m",             Reads::Value(odometer)),
    row(17,     2, "axis X",                   "mG",            Reads::Kept),
    row(18,     2, "axis Y",                   "mG",            Reads::Kept),
    row(19,     2, "axis Z",                   "mG",            Reads::Kept),
    row(21,     1, "GSM signal",               "0 to 5",        Reads::Value(signal)),
    row(24,     2, "speed",                    "km/h",          Reads::Kept),
    stated(61,  1, "geofence zone 6",          "0 left, 1 entered", Reads::Kept),
    stated(62,  1, "geofence zone 7",          "0 left, 1 entered", Reads::Kept),
    stated(63,  1, "geofence zone 8",          "0 left, 1 entered", Reads::Kept),
    stated(64,  1, "geofence zone 9",          "0 left, 1 entered", Reads::Kept),
    stated(65,  1, "geofence zone 10",         "0 left, 1 entered", Reads::Kept),
    row(66,     2, "external voltage",         "mV",            Reads::Value(external)),
    row(67,     2, "battery voltage",          "mV",            Reads::Value(battery)),
    row(68,     2, "battery current",          "mA",            Reads::Kept),
    row(69,     1, "GNSS status",              "0 off, 1 fix, 2 no fix, 3 sleep", Reads::Kept),
    row(72,     4, "Dallas temperature 1",     "0.1 °C",        Reads::Value(temperature)),
    row(73,     4, "Dallas temperature 2",     "0.1 °C",        Reads::Kept),
    row(74,     4, "Dallas temperature 3",     "0.1 °C",        Reads::Kept),
    stated(78,  8, "iButton",                  "id, 0 none",    Reads::Value(driver)),
    row(80,     1, "data mode",                "0 to 5",        Reads::Value(work_mode)),
    row(113,    1, "battery level",            "%",             Reads::Value(percent)),
    row(116,    1, "charger connected",        "0/1",           Reads::Value(charger)),
    stated(155, 1, "geofence zone 1",          "0 left, 1 entered", Reads::Kept),
    stated(156, 1, "geofence zone 2",          "0 left, 1 entered", Reads::Kept),
    stated(157, 1, "geofence zone 3",          "0 left, 1 entered", Reads::Kept),
    stated(158, 1, "geofence zone 4",          "0 left, 1 entered", Reads::Kept),
    stated(159, 1, "geofence zone 5",          "0 left, 1 entered", Reads::Kept),
    stated(175, 1, "auto geofence",            "0 left, 1 entered", Reads::Kept),
    stated(179, 1, "digital output 1",         "0/1",           Reads::Kept),
    stated(180, 1, "digital output 2",         "0/1",           Reads::Kept),
    row(181,    2, "PDOP",                     "0.1",           Reads::Kept),
    row(182,    2, "HDOP",                     "0.1",           Reads::Value(hdop)),
    row(199,    4, "trip odometer",            "m",             Reads::Kept),
    row(200,    1, "sleep mode",               "0 awake",       Reads::Value(asleep)),
    row(205,    2, "GSM cell id",              "",              Reads::Cell),
    row(206,    2, "GSM area code",            "",              Reads::Cell),
    stated(236, 1, "alarm",                    "1 alarm",       Reads::Kept),
    stated(IGNITION, 1, "ignition",            "0/1",           Reads::Value(ignition)),
    stated(240, 1, "movement",                 "0 still",       Reads::Value(moving)),
    row(241,    4, "GSM operator",             "MCC and MNC",   Reads::Cell),
    stated(242, 1, "man down",                 "1 down",        Reads::Kept),
    stated(246, 1, "towing",                   "1 towed",       Reads::Kept),
    stated(247, 1, "crash detection",          "0 none",        Reads::Kept),
    stated(249, 1, "jamming",                  "1 begins, 0 ends", Reads::Kept),
    stated(250, 1, "trip",                     "1 begins, 0 ends", Reads::Kept),
    stated(251, 1, "idling or immobilizer",    "1 begins, 0 ends", Reads::Kept),
    stated(252, 1, "unplug",                   "1 without supply", Reads::Kept),
    stated(253, 1, "green driving type",       "1 acceleration, 2 braking, 3 cornering", Reads::Kept),
    row(254,    1, "green driving value",      "0.01 g",        Reads::Kept),
    stated(255, 1, "overspeeding",             "km/h",          Reads::Kept),
    stated(318, 1, "GNSS jamming",             "0 none, 1 warning, 2 critical", Reads::Kept),
    row(636,    4, "UMTS or LTE cell id",      "",              Reads::Cell),
    stated(20_019, 2, "holder",                "0 taken off, 1 magnet, 2 on metal, 3 off metal", Reads::Kept),
];

const fn row(id: u16, size: usize, name: &'static str, unit: &'static str, reads: Reads) -> Rule {
    Rule { id, size, name, unit, is_measured: false, reads }
}

const fn stated(id: u16, size: usize, name: &'static str, unit: &'static str, reads: Reads) -> Rule {
    Rule { id, size, name, unit, is_measured: true, reads }
}

fn ignition(value: &[u8]) -> Option<Attribute> {
    flag(value).map(Attribute::Ignition)
}

/// Asset trackers write 5 for "set off".
fn moving(value: &[u8]) -> Option<Attribute> {
    byte(value).map(|kind| Attribute::Moving(kind != 0))
}

/// Five bars of the maker's as the four that all protocols share, to the nearest.
fn signal(value: &[u8]) -> Option<Attribute> {
    byte(value).filter(|bars| *bars <= 5).map(|bars| Attribute::GsmLevel((bars * 4 + 2) / 5))
}

fn percent(value: &[u8]) -> Option<Attribute> {
    byte(value).filter(|percent| *percent <= 100).map(|percent| Attribute::BatteryPercent(f32::from(percent)))
}

fn charger(value: &[u8]) -> Option<Attribute> {
    flag(value).map(Attribute::Charging)
}

fn asleep(value: &[u8]) -> Option<Attribute> {
    byte(value).map(|mode| Attribute::Asleep(mode != 0))
}

fn work_mode(value: &[u8]) -> Option<Attribute> {
    let mode = WORK_MODES.get(usize::from(byte(value)?))?;
    Some(Attribute::WorkMode((*mode).to_owned()))
}

fn analog(value: &[u8]) -> Option<Attribute> {
    word(value).map(|millivolts| Attribute::AnalogInputs(vec![millivolts]))
}

fn external(value: &[u8]) -> Option<Attribute> {
    word(value).map(|millivolts| Attribute::ExternalVolts(f32::from(millivolts) / 1000.0))
}

fn battery(value: &[u8]) -> Option<Attribute> {
    word(value).map(|millivolts| Attribute::BatteryVolts(f32::from(millivolts) / 1000.0))
}

fn hdop(value: &[u8]) -> Option<Attribute> {
    word(value).map(|tenths| Attribute::Hdop(f32::from(tenths) / 10.0))
}

fn odometer(value: &[u8]) -> Option<Attribute> {
    let metres = u32::try_from(number(value)?).ok()?;
    Some(Attribute::OdometerKm(f64::from(metres) / 1000.0))
}

/// A sensor measures -55 to 115 °C; larger numbers, and 85.0, with which it wakes up, are errors.
fn temperature(value: &[u8]) -> Option<Attribute> {
    let tenths = i16::try_from(i32::from_be_bytes(*value.as_array()?)).ok()?;
    let is_measured = (-550..=1150).contains(&tenths) && tenths != NOT_READY_TENTHS;
    is_measured.then(|| Attribute::TemperatureC(f32::from(tenths) / 10.0))
}

fn driver(value: &[u8]) -> Option<Attribute> {
    value.iter().any(|byte| *byte != 0).then(|| Attribute::DriverId(hex::encode(value)))
}

fn flag(value: &[u8]) -> Option<bool> {
    match value {
        [0] => Some(false),
        [1] => Some(true),
        _ => None,
    }
}

fn byte(value: &[u8]) -> Option<u8> {
    let [byte] = *value else { return None };
    Some(byte)
}

fn word(value: &[u8]) -> Option<u16> {
    let [high, low] = *value else { return None };
    Some(u16::from_be_bytes([high, low]))
}

fn millivolts(volts: f32) -> Option<[u8; 2]> {
    u16::try_from(rounded(volts * 1000.0)).ok().map(u16::to_be_bytes)
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and nothing that is written is negative"
)]
fn rounded(value: f32) -> u32 {
    value.round() as u32
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, which is what a counter at its end does"
)]
fn metres(km: f64) -> u32 {
    (km * 1000.0).round() as u32
}

/// The id of the ignition, which also stands for the event of switching it.
pub(crate) const IGNITION: u16 = 239;
/// The first id that does not fit into one byte.
const WIDE: u16 = 256;
const NOT_READY_TENTHS: i16 = 850;
/// By the operator's network and the vehicle's movement.
const WORK_MODES: [&str; 6] = [
    "home_on_stop",
    "home_on_moving",
    "roaming_on_stop",
    "roaming_on_moving",
    "unknown_on_stop",
    "unknown_on_moving",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(id: u16, value: &[u8]) -> Option<Attribute> {
        match rule(&Element { id, value })?.reads {
            Reads::Value(read) => read(value),
            Reads::Cell | Reads::Kept => None,
        }
    }

    #[test]
    fn every_row_stands_once_and_in_order() {
        assert!(RULES.is_sorted_by(|a, b| (a.id, a.size) < (b.id, b.size)));
    }

    #[test]
    fn every_row_is_found_and_no_other() {
        for (id, size) in (0..=u16::MAX).flat_map(|id| [1, 2, 4, 8].map(|size| (id, size))) {
            let found = rule(&Element { id, value: &[0; 8][..size] }).map(|rule| rule.name);
            let row = RULES.iter().find(|row| row.id == id && row.size == size).map(|row| row.name);
            assert_eq!(found, row, "{id} of {size} bytes");
        }
    }

    #[test]
    fn five_bars_are_four_and_none_is_none() {
        let bars: Vec<_> = (0..=6).map(|bars| read(21, &[bars])).collect();
        let four = [0, 1, 2, 2, 3, 4].map(|bars| Some(Attribute::GsmLevel(bars)));
        assert_eq!(bars, [&four[..], &[None]].concat());
    }

    #[test]
    fn a_sensor_that_is_not_there_has_no_temperature() {
        assert_eq!(read(72, &(-55_i32).to_be_bytes()), Some(Attribute::TemperatureC(-5.5)));
        for error in [850_i32, 2000, 3000, 4000, 5000] {
            assert_eq!(read(72, &error.to_be_bytes()), None);
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        for attribute in [
            Attribute::Ignition(true),
            Attribute::Moving(false),
            Attribute::GsmLevel(4),
            Attribute::BatteryPercent(80.0),
            Attribute::ExternalVolts(12.5),
            Attribute::BatteryVolts(4.1),
            Attribute::OdometerKm(1234.567),
        ] {
            let (id, value) = write(&attribute).unwrap();
            assert_eq!(read(id, &value), Some(attribute));
        }
    }
}
