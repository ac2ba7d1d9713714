//! Readers of the values that many vendors send: percent, volts, cells, access points, numbers of cards.
//!
//! Shape: value → attributes of [`Items`]. Units: in each name. Errors: a value that cannot be what the row says is
//! kept as an item. Source: SPEC.md §4.5.

use super::Items;
use crate::field::some_text;
use model::attribute::Mac;
use model::{AccessPoint, Attribute, Cell};
use wire::bcd;

pub(super) fn word(value: &[u8]) -> Option<u16> {
    value.try_into().ok().map(u16::from_be_bytes)
}

pub(super) fn dword(value: &[u8]) -> Option<u32> {
    value.try_into().ok().map(u32::from_be_bytes)
}

pub(super) const fn flag(word: u16, mask: u16) -> bool {
    word & mask != 0
}

/// Percent of the tracker's battery; FF while it is charged.
pub(super) fn battery_percent(items: &mut Items, value: &[u8]) -> Option<()> {
    const CHARGING: u8 = 0xFF;
    match *value {
        [CHARGING] => items.add(Attribute::Charging(true)),
        [percent @ 0..=100] => items.add(Attribute::BatteryPercent(f32::from(percent))),
        _ => None,
    }
}

/// A level of ten, and percent where the maker fills the second byte.
pub(super) fn battery_level(items: &mut Items, value: &[u8]) -> Option<()> {
    let percent = match *value {
        [0..=10, percent @ 1..=100] => percent,
        [level @ 0..=10, _] => level * 10,
        _ => return None,
    };
    items.add(Attribute::BatteryPercent(f32::from(percent)))
}

pub(super) fn battery_percent_hundredths(items: &mut Items, value: &[u8]) -> Option<()> {
    let hundredths = word(value).filter(|hundredths| *hundredths <= 10_000)?;
    items.add(Attribute::BatteryPercent(f32::from(hundredths) / 100.0))
}

pub(super) fn battery_centivolts(items: &mut Items, value: &[u8]) -> Option<()> {
    items.add(Attribute::BatteryVolts(f32::from(word(value)?) / 100.0))
}

pub(super) fn external_centivolts(items: &mut Items, value: &[u8]) -> Option<()> {
    items.add(Attribute::ExternalVolts(f32::from(word(value)?) / 100.0))
}

pub(super) fn external_decivolts(items: &mut Items, value: &[u8]) -> Option<()> {
    items.add(Attribute::ExternalVolts(f32::from(word(value)?) / 10.0))
}

pub(super) fn external_millivolts(items: &mut Items, value: &[u8]) -> Option<()> {
    let millivolts = u16::try_from(dword(value)?).ok()?;
    items.add(Attribute::ExternalVolts(f32::from(millivolts) / 1000.0))
}

pub(super) fn armed(items: &mut Items, value: &[u8]) -> Option<()> {
    match *value {
        [armed @ 0..=1] => items.add(Attribute::Armed(armed == 1)),
        _ => None,
    }
}

/// Tenths of a degree, bit 15 minus, FFFF no sensor. The first sensor is the report's temperature.
pub(super) fn temperatures(items: &mut Items, value: &[u8]) -> Option<()> {
    let degrees = |raw: u16| {
        let magnitude = f32::from(raw & 0x7FFF) / 10.0;
        if raw & 0x8000 == 0 { magnitude } else { -magnitude }
    };
    let sensors = sensors(value, |raw| (raw != 0xFFFF).then(|| degrees(raw)));
    let first = sensors.first().copied().flatten().map(Attribute::TemperatureC);
    let all = (sensors.len() > 1).then_some(Attribute::TemperaturesC(sensors));
    items.add_all(first.into_iter().chain(all))
}

/// Tenths of a percent; 0FFF no sensor.
pub(super) fn humidities(items: &mut Items, value: &[u8]) -> Option<()> {
    let sensors = sensors(value, |raw| (raw <= 1000).then(|| f32::from(raw) / 10.0));
    let first = sensors.first().copied().flatten().map(Attribute::HumidityPercent);
    let all = (sensors.len() > 1).then_some(Attribute::HumiditiesPercent(sensors));
    items.add_all(first.into_iter().chain(all))
}

fn sensors(value: &[u8], read: impl Fn(u16) -> Option<f32>) -> Vec<Option<f32>> {
    value.as_chunks().0.iter().map(|raw| read(u16::from_be_bytes(*raw))).collect()
}

/// The number of a SIM card as digits in text.
pub(super) fn iccid_text(items: &mut Items, value: &[u8]) -> Option<()> {
    let digits = some_text(value).filter(|text| text.bytes().all(|byte| byte.is_ascii_alphanumeric()))?;
    items.add(Attribute::Iccid(digits))
}

/// Twenty digits in ten bytes. Some cards have nineteen, and some numbers hex digits: an F at the end is padding.
pub(super) fn iccid(value: &[u8]) -> Option<Attribute> {
    let digits = hex::encode(value);
    let digits = digits.trim_end_matches('f');
    (value.len() == 10 && digits.starts_with("89")).then(|| Attribute::Iccid(digits.to_owned()))
}

/// Fifteen digits in eight bytes, a zero before them.
pub(super) fn imei(value: &[u8]) -> Option<Attribute> {
    let digits = bcd::digits(value)?;
    let digits = digits.strip_prefix('0').filter(|digits| digits.len() == 15)?;
    Some(Attribute::Imei(digits.to_owned()))
}

pub(super) fn imei_packed(items: &mut Items, value: &[u8]) -> Option<()> {
    items.add(imei(value)?)
}

pub(super) fn imei_text(items: &mut Items, value: &[u8]) -> Option<()> {
    let digits =
        some_text(value).filter(|text| text.len() == 15 && text.bytes().all(|b| b.is_ascii_digit()))?;
    items.add(Attribute::Imei(digits))
}

pub(super) fn version(items: &mut Items, value: &[u8]) -> Option<()> {
    items.add(Attribute::Version(printable(value)?))
}

pub(super) fn driver_id(items: &mut Items, value: &[u8]) -> Option<()> {
    items.add(Attribute::DriverId(printable(value)?))
}

pub(super) fn driver_name(items: &mut Items, value: &[u8]) -> Option<()> {
    items.add(Attribute::DriverName(printable(value)?))
}

fn printable(value: &[u8]) -> Option<String> {
    some_text(value).filter(|text| !text.chars().any(|c| c.is_control() || c == char::REPLACEMENT_CHARACTER))
}

/// Six bytes of address and a signal, a record each.
pub(super) fn wifi(items: &mut Items, value: &[u8]) -> Option<()> {
    let (records, rest) = value.as_chunks::<7>();
    let point =
        |[mac @ .., rssi]: [u8; 7]| AccessPoint { mac: Mac(mac), rssi: i16::from(i8::from_be_bytes([rssi])) };
    let points: Vec<_> = records.iter().copied().map(point).collect();
    (rest.is_empty() && !points.is_empty()).then(|| items.add(Attribute::Wifi(points)))?
}

/// The same behind a count, which is not trusted.
pub(super) fn counted_wifi(items: &mut Items, value: &[u8]) -> Option<()> {
    wifi(items, value.get(1..)?)
}

/// A count, then country (2), network (1), area (2), cell (2), signal (1).
pub(super) fn cells_2g(items: &mut Items, value: &[u8]) -> Option<()> {
    let cell = |[a, b, mnc, c, d, e, f, rssi]: [u8; 8]| {
        cell([a, b], u16::from(mnc), [0, 0, c, d], [0, 0, e, f], rssi)
    };
    cells(items, value.get(1..)?.as_chunks().0.iter().copied().map(cell))
}

/// A count, then country (2), network (1), area (2), cell (4), signal (1).
pub(super) fn cells_4g(items: &mut Items, value: &[u8]) -> Option<()> {
    let cell = |[a, b, mnc, c, d, e, f, g, h, rssi]: [u8; 10]| {
        cell([a, b], u16::from(mnc), [0, 0, c, d], [e, f, g, h], rssi)
    };
    cells(items, value.get(1..)?.as_chunks().0.iter().copied().map(cell))
}

/// Country (2), network (2), then area (2 or 3), cell (4), signal (1); where both widths fit, the narrow one.
pub(super) fn cells_of_one_network(items: &mut Items, value: &[u8]) -> Option<()> {
    let (&[a, b, c, d], records) = value.split_first_chunk()?;
    let (country, network) = ([a, b], u16::from_be_bytes([c, d]));
    let narrow = |[e, f, g, h, i, j, rssi]: [u8; 7]| cell(country, network, [0, 0, e, f], [g, h, i, j], rssi);
    let wide =
        |[e, f, g, h, i, j, k, rssi]: [u8; 8]| cell(country, network, [0, e, f, g], [h, i, j, k], rssi);
    match records.len() {
        length if length % 7 == 0 => cells(items, records.as_chunks().0.iter().copied().map(narrow)),
        _ => cells(items, records.as_chunks().0.iter().copied().map(wide)),
    }
}

fn cell(country: [u8; 2], mnc: u16, area: [u8; 4], cell: [u8; 4], rssi: u8) -> Cell {
    Cell {
        mcc: u16::from_be_bytes(country),
        mnc,
        lac: u32::from_be_bytes(area),
        cid: u64::from(u32::from_be_bytes(cell)),
        rssi: Some(i16::from(rssi)),
    }
}

/// Cells of zeros are places in the record that the modem did not fill. Cells of two radios come in two items.
fn cells(items: &mut Items, cells: impl Iterator<Item = Cell>) -> Option<()> {
    let seen: Vec<_> = cells.filter(|cell| cell.cid != 0).collect();
    let is_network = |cell: &Cell| (200..800).contains(&cell.mcc);
    if seen.is_empty() || !seen.iter().all(is_network) {
        return None;
    }
    let said = items.attributes.0.iter_mut().find_map(|attribute| match attribute {
        Attribute::Cells(list) => Some(list),
        _ => None,
    });
    match said {
        Some(list) => list.extend(seen),
        None => items.attributes.push(Attribute::Cells(seen)),
    }
    Some(())
}

/// Three signed words.
pub(super) fn accelerometer(items: &mut Items, value: &[u8]) -> Option<()> {
    let ([x, y, z], []) = value.as_chunks() else { return None };
    items.add(Attribute::Accelerometer([*x, *y, *z].map(i16::from_be_bytes)))
}

pub(super) fn light_level(items: &mut Items, value: &[u8]) -> Option<()> {
    items.add(Attribute::LightLevel(word(value)?))
}
