//! Vendors' items that hold several values: bits, batteries, devices, and lists inside an item.
//!
//! Shape: value → attributes and alarms of [`Items`]. Units: at each reader. Errors: a value that cannot be what the
//! row says is kept as an item. Source: SPEC.md §4.5.

use super::Items;
use super::reader::{cells_2g, dword, flag, iccid, imei, word};
use crate::field::{Missing, Parsed, field, some_text};
use model::{Alarm, Attribute, Cell};
use nom::bytes::complete::take;
use nom::number::complete::be_u16;

/// Bit → alarm.
type Bits = &'static [(u8, Alarm)];

fn raise(items: &mut Items, word: u32, bits: Bits) {
    for (bit, alarm) in bits {
        if word & (1 << bit) != 0 {
            items.raise(*alarm);
        }
    }
}

/// 0 acceleration, 1 deceleration, 2 braking, 3 turn, 4 collision, 5 rollover, 6 and 7 inputs.
pub(super) fn g10ls_alarms(items: &mut Items, value: &[u8]) -> Option<()> {
    const BITS: Bits = &[
        (0, Alarm::Acceleration),
        (1, Alarm::Braking),
        (2, Alarm::Braking),
        (3, Alarm::Cornering),
        (4, Alarm::Collision),
        (5, Alarm::Rollover),
        (6, Alarm::General),
        (7, Alarm::General),
    ];
    let word = u32::from(word(value)?);
    raise(items, word, BITS);
    items.add(Attribute::VendorAlarmCode(word))
}

/// 0 vibration, 1 removed, 2 deep sleep, 3 acceleration, 4 deceleration, 5 turn, 6 ignition on, 7 ignition off,
/// 8 battery low, 9 switched off by hand, 10 switched off for lack of power, 11 armed.
pub(super) fn gps51_alarms(items: &mut Items, value: &[u8]) -> Option<()> {
    const BITS: Bits = &[
        (0, Alarm::Vibration),
        (1, Alarm::Removed),
        (3, Alarm::Acceleration),
        (4, Alarm::Braking),
        (5, Alarm::Cornering),
        (6, Alarm::IgnitionOn),
        (7, Alarm::IgnitionOff),
        (8, Alarm::LowBattery),
        (9, Alarm::PowerOff),
        (10, Alarm::PowerOff),
        (10, Alarm::LowBattery),
    ];
    const DEEP_SLEEP: u32 = 1 << 2;
    const ARMED: u32 = 1 << 11;
    let word = dword(value)?;
    raise(items, word, BITS);
    let asleep = (word & DEEP_SLEEP != 0).then_some(Attribute::Asleep(true));
    let armed = (word & ARMED != 0).then_some(Attribute::Armed(true));
    items.add_all([Attribute::VendorAlarmCode(word)].into_iter().chain(asleep).chain(armed))
}

/// | offset | size | field    | unit / coding |
/// |      0 |    1 | level    | percent       |
/// |      1 |    2 | voltage  | 0.01 V        |
/// |      3 |    1 | charging | 0, 1          |
pub(super) fn gps51_battery(items: &mut Items, value: &[u8]) -> Option<()> {
    let [percent @ 0..=100, high, low, charging @ 0..=1] = *value else { return None };
    items.add_all([
        Attribute::BatteryPercent(f32::from(percent)),
        Attribute::BatteryVolts(f32::from(u16::from_be_bytes([high, low])) / 100.0),
        Attribute::Charging(charging == 1),
    ])
}

/// | offset | size | field       |                                                          |
/// |      0 |    1 | mode        | 1 default, 2 timed, 3 SMS, 4 sleep, 5 timed, each in flight mode |
/// |      1 |    1 | positioning | 0 Wi-Fi, 1 both, 2 GPS                                   |
/// |      2 |    1 | recording   |                                                          |
/// |      3 |    1 | charger     | bits                                                     |
pub(super) fn g10ls_mode(items: &mut Items, value: &[u8]) -> Option<()> {
    let [mode, positioning, _recording, _charger] = *value else { return None };
    let mode = match mode {
        1 => "default",
        2 => "timed",
        3 => "sms",
        4 => "sleep_flight",
        5 => "timed_flight",
        _ => return None,
    };
    let positioning = match positioning {
        0 => "wifi",
        1 => "wifi_gps",
        2 => "gps",
        _ => return None,
    };
    items.add(Attribute::WorkMode(format!("{mode} {positioning}")))
}

/// | offset | size | field | unit / coding                              |
/// |      0 |    1 | event |                                            |
/// |      1 |    1 | mask  | bit 0 light, bit 1 temperature, others more |
/// |      2 |    2 | light | if bit 0                                   |
/// |     .. |    2 | temperature | 0.1 °C, signed, if bit 1             |
pub(super) fn aovx_sensors(items: &mut Items, value: &[u8]) -> Option<()> {
    const LIGHT: u16 = 1;
    const TEMPERATURE: u16 = 1 << 1;
    let (&[_event, mask], rest) = value.split_first_chunk()?;
    let mask = u16::from(mask);
    let (light, rest) = if flag(mask, LIGHT) { rest.split_at_checked(2)? } else { (&[][..], rest) };
    let tenths = rest.first_chunk().filter(|_| flag(mask, TEMPERATURE)).copied().map(i16::from_be_bytes);
    let temperature = tenths.map(|tenths| Attribute::TemperatureC(f32::from(tenths) / 10.0));
    items.add_all(word(light).map(Attribute::LightLevel).into_iter().chain(temperature))?;
    // What the other bits stand for is not known: the item is kept beside what was read.
    None
}

/// | offset | size | field    | unit / coding              |
/// |      0 |    4 | voltage  | mV                         |
/// |      4 |    1 | charging | 2 and 3 yes; may be absent |
/// |      5 |    1 | level    | percent; may be absent     |
pub(super) fn aovx_battery(items: &mut Items, value: &[u8]) -> Option<()> {
    let (millivolts, rest) = value.split_first_chunk()?;
    let millivolts = u16::try_from(u32::from_be_bytes(*millivolts)).ok()?;
    let charging = rest.first().map(|state| Attribute::Charging(matches!(state, 2 | 3)));
    let percent = rest.get(1).map(|percent| Attribute::BatteryPercent(f32::from(*percent)));
    let volts = Attribute::BatteryVolts(f32::from(millivolts) / 1000.0);
    items.add_all([Some(volts), charging, percent].into_iter().flatten())
}

/// | offset | size | field | unit / coding |
/// |      0 |    1 | kind  |               |
/// |      1 |    8 | imei  | BCD           |
/// |      9 |   10 | iccid | digits        |
/// |     19 | rest | model | text          |
pub(super) fn aovx_device(items: &mut Items, value: &[u8]) -> Option<()> {
    let (_kind, rest) = value.split_first()?;
    let (packed, rest) = rest.split_at_checked(8)?;
    let (card, model) = rest.split_at_checked(10)?;
    items.add_all(
        [Some(imei(packed)?), iccid(card), some_text(model).map(Attribute::Model)].into_iter().flatten(),
    )
}

/// 0 is charging; then percent.
pub(super) fn charge_and_percent(items: &mut Items, value: &[u8]) -> Option<()> {
    let [charge @ 0..=1, percent @ 0..=100] = *value else { return None };
    items.add_all([Attribute::Charging(charge == 0), Attribute::BatteryPercent(f32::from(percent))])
}

/// A reserved byte, percent, 0.01 V; two more bytes on some.
pub(super) fn percent_and_volts(items: &mut Items, value: &[u8]) -> Option<()> {
    let [_reserved, percent @ 0..=100, high, low, ..] = *value else { return None };
    let volts = f32::from(u16::from_be_bytes([high, low])) / 100.0;
    items.add_all([Attribute::BatteryPercent(f32::from(percent)), Attribute::BatteryVolts(volts)])
}

/// Bit 3 vibration; the others are not known, so the word is kept.
pub(super) fn user_status(items: &mut Items, value: &[u8]) -> Option<()> {
    let word = dword(value)?;
    raise(items, word, &[(3, Alarm::Vibration)]);
    items.add(Attribute::VendorAlarmCode(word))
}

/// Items inside an item, or cells: no list starts with a length of more than 200, and no country has a lower code.
/// Where some of it is not known, all of it is kept as well.
pub(super) fn eb(items: &mut Items, value: &[u8]) -> Option<()> {
    const COUNTRY_MIN: u16 = 200;
    let country = u16::from_be_bytes(*value.first_chunk()?);
    if country >= COUNTRY_MIN {
        return eb_cells(items, value);
    }
    let list = eb_list(value).ok()?;
    let kept = list.into_iter().filter(|(id, value)| eb_item(items, *id, value).is_none()).count();
    (kept == 0).then_some(())
}

/// | offset | size | field   |                       |
/// |      0 |    2 | country |                       |
/// |      2 |    1 | network |                       |
/// |      3 |   5n | cells   | area 2, cell 2, signal |
fn eb_cells(items: &mut Items, value: &[u8]) -> Option<()> {
    let (&[a, b, network], cells) = value.split_first_chunk()?;
    let counted = |[c, d, e, f, rssi]: [u8; 5]| [a, b, network, c, d, e, f, rssi];
    let (cells, []) = cells.as_chunks() else { return None };
    let records: Vec<u8> = cells.iter().copied().flat_map(counted).collect();
    cells_2g(items, &[&[0], &records[..]].concat())
}

/// | offset | size   | field  |               |
/// |      0 |      2 | length | of id and value |
/// |      2 |      2 | id     |               |
/// |      4 |    n-2 | value  |               |
fn eb_list(mut rest: &[u8]) -> Result<Vec<(u16, &[u8])>, nom::Err<Missing>> {
    let mut list = Vec::new();
    while !rest.is_empty() {
        let (after, item) = eb_entry(rest)?;
        list.push(item);
        rest = after;
    }
    Ok(list)
}

fn eb_entry(i: &[u8]) -> Parsed<'_, (u16, &[u8])> {
    let (i, length) = field("entry length", be_u16)(i)?;
    let (i, id) = field("entry id", be_u16)(i)?;
    let value = length.checked_sub(2).ok_or(nom::Err::Error(Missing("entry value")))?;
    let (i, value) = field("entry value", take(value))(i)?;
    Ok((i, (id, value)))
}

/// In the status word a bit of zero is the alarm.
fn eb_item(items: &mut Items, id: u16, value: &[u8]) -> Option<()> {
    const REMOVED: u32 = 1 << 12;
    let millivolts = |value: &[u8]| Some(f32::from(word(value)?) / 1000.0);
    match id {
        0x002D => items.add(Attribute::ExternalVolts(millivolts(value)?)),
        0x0089 if dword(value)? & REMOVED == 0 => {
            items.raise(Alarm::Removed);
            Some(())
        }
        0x00C6 if matches!(value, [3 | 4]) => {
            items.raise(Alarm::LowBattery);
            Some(())
        }
        0x00A8 | 0x00E1 => match *value {
            [percent @ 0..=100] => items.add(Attribute::BatteryPercent(f32::from(percent))),
            _ => None,
        },
        0x00B2 => items.add(iccid(value)?),
        0x00B9 => eb_wifi(items, value),
        0x00CE => items.add(Attribute::ExternalVolts(f32::from(word(value)?) / 100.0)),
        0x00D5 => super::reader::imei_text(items, value),
        0x00D8 => eb_cell(items, value),
        _ => None,
    }
}

/// A count, then `AA:BB:..,-50,AA:..,-51` as text.
fn eb_wifi(items: &mut Items, value: &[u8]) -> Option<()> {
    let text = some_text(value.get(1..)?)?;
    let words: Vec<&str> = text.split(',').collect();
    let mut records = Vec::new();
    for pair in words.chunks_exact(2) {
        let [address, signal] = pair else { return None };
        let signal: i8 = signal.parse().ok()?;
        let address = hex::decode(address.replace(':', "")).ok().filter(|address| address.len() == 6)?;
        records.extend(address.into_iter().chain(signal.to_be_bytes()));
    }
    super::reader::wifi(items, &records)
}

/// | offset | size | field   |
/// |      0 |    2 | country |
/// |      2 |    1 | network |
/// |      3 |    2 | area    |
/// |      5 |    4 | cell    |
fn eb_cell(items: &mut Items, value: &[u8]) -> Option<()> {
    let (&[high, low, network], rest) = value.split_first_chunk()?;
    let (area, cell) = rest.split_at_checked(2)?;
    let cell = Cell {
        mcc: u16::from_be_bytes([high, low]),
        mnc: u16::from(network),
        lac: u32::from(word(area)?),
        cid: u64::from(dword(cell)?),
        rssi: None,
    };
    (cell.cid != 0).then(|| items.add(Attribute::Cells(vec![cell])))?
}
