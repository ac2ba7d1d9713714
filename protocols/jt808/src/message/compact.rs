//! 0x5501 and 0x5502, a maker's short location with a serial of one byte in its header; answered by 0x4401 on demand.
//!
//! Shape: 35 bytes of base + items → position. Units: degrees and minutes in BCD, clock DDMMYY in UTC, course in two
//! degrees, distance in km. Errors: short, off-globe, a date that does not exist. Source: SPEC.md §3.13.

use crate::context::{Context, Outcome, Owed};
use crate::explain::{Explained, digits, number, opaque};
use crate::field::{Parsed, field};
use crate::header::Header;
use crate::message::location::position;
use crate::number::Number;
use model::time::wall_clock;
use model::{
    Alarm, Alarms, Attribute, Attributes, Cell, Coordinates, Course, DeviceTime, Fix, Position, ZoneOffset,
    ZoneSource,
};
use nom::bytes::complete::take;
use nom::multi::length_data;
use nom::number::complete::{be_u8, be_u16, be_u32};
use wire::measured::measured;
use wire::{Problem, bcd};

struct Base<'a> {
    clock: &'a [u8],
    latitude: &'a [u8],
    longitude: &'a [u8],
    course: u8,
    signal: u8,
    satellites: u8,
    kilometres: u32,
    battery: u8,
    cell: u32,
    area: u16,
    product: u8,
    status: u16,
    alarm: u16,
}

/// | offset | size | field      | unit / coding                                        |
/// |      0 |    6 | clock      | BCD DDMMYYhhmmss, UTC                                |
/// |      6 |    4 | latitude   | BCD DDMM.MMMM                                        |
/// |     10 |    5 | longitude  | BCD DDDMM.MMMM, then bits: 0 fixed, 1 north, 2 east  |
/// |     15 |    1 | speed      | unit disputed between decoders: not read             |
/// |     16 |    1 | course     | 2 degrees                                            |
/// |     17 |    1 | signal     | device's scale                                       |
/// |     18 |    1 | satellites |                                                      |
/// |     19 |    4 | mileage    | km                                                   |
/// |     23 |    1 | battery    | percent; AA, AB charging                             |
/// |     24 |    4 | cell       |                                                      |
/// |     28 |    2 | area       |                                                      |
/// |     30 |    1 | product    | 1, 2 trackers, 3 lock                                |
/// |     31 |    2 | status     | bits                                                 |
/// |     33 |    2 | alarm      | bits, by product                                     |
fn parse(i: &[u8]) -> Parsed<'_, Base<'_>> {
    let (i, clock) = field("clock", take(6_usize))(i)?;
    let (i, latitude) = field("latitude", take(4_usize))(i)?;
    let (i, longitude) = field("longitude", take(5_usize))(i)?;
    let (i, _speed) = field("speed", be_u8)(i)?;
    let (i, course) = field("course", be_u8)(i)?;
    let (i, signal) = field("signal", be_u8)(i)?;
    let (i, satellites) = field("satellites", be_u8)(i)?;
    let (i, kilometres) = field("mileage", be_u32)(i)?;
    let (i, battery) = field("battery", be_u8)(i)?;
    let (i, cell) = field("cell", be_u32)(i)?;
    let (i, area) = field("area", be_u16)(i)?;
    let (i, product) = field("product", be_u8)(i)?;
    let (i, status) = field("status", be_u16)(i)?;
    let (i, alarm) = field("alarm", be_u16)(i)?;
    let base = Base {
        clock,
        latitude,
        longitude,
        course,
        signal,
        satellites,
        kilometres,
        battery,
        cell,
        area,
        product,
        status,
        alarm,
    };
    Ok((i, base))
}

pub(crate) fn read(context: &Context<'_>) -> Outcome {
    locate(context, |fix| fix)
}

/// Without reception: what stands in the place's field is the last one known.
pub(crate) fn blind(context: &Context<'_>) -> Outcome {
    locate(context, |_| Fix::None)
}

fn locate(context: &Context<'_>, believed: fn(Fix) -> Fix) -> Outcome {
    let owed = if context.header.properties.wants_compact_answer() { Owed::Compact } else { Owed::Nothing };
    let (items, base) = match parse(context.body) {
        Ok(read) => read,
        Err(error) => return Outcome::short("compact", &error, context.body).owing(owed),
    };
    let (fix, off_globe) = fix(&base);
    let (time, no_date) = clock(base.clock, context);
    let report = Position {
        time,
        fix: believed(fix),
        speed: None,
        course: Course::from_degrees(u16::from(base.course) * 2),
        altitude: None,
        satellites: Some(base.satellites),
        buffered: false,
        alarms: alarms(&base),
        attributes: attributes(&base, items),
        measured: measured(context.body.get(MEASURED)),
    };
    Outcome::of(vec![position(report)]).with(no_date.or(off_globe)).owing(owed)
}

/// The last half byte of the longitude holds the fix and the hemispheres; here one means north and east.
fn fix(base: &Base<'_>) -> (Fix, Option<Problem>) {
    let Some((&last, _)) = base.longitude.split_last() else { return (Fix::None, None) };
    let has = |bit: u8| last & (1 << bit) != 0;
    if !has(0) {
        return (Fix::None, None);
    }
    let latitude = bcd::digits(base.latitude).and_then(|digits| degrees_e7(&digits, 2));
    let longitude = hex::encode(base.longitude);
    let longitude = longitude.get(..9).and_then(|digits| degrees_e7(digits, 3));
    let signed = |degrees: i64, positive| if positive { degrees } else { -degrees };
    let place = latitude.zip(longitude).map(|(latitude, longitude)| {
        Coordinates::from_e7(signed(latitude, has(1)), signed(longitude, has(2)))
    });
    match place {
        Some(Ok(place)) if place.is_null_island() => (Fix::None, None),
        Some(Ok(place)) => (Fix::Gnss(place), None),
        Some(Err(_)) | None => (Fix::None, Some(Problem::OffGlobe)),
    }
}

/// Degrees of so many digits, then minutes with four decimals.
fn degrees_e7(digits: &str, width: usize) -> Option<i64> {
    let (degrees, minutes) = digits.split_at_checked(width)?;
    let (degrees, minutes_e4): (i64, i64) = (degrees.parse().ok()?, minutes.parse().ok()?);
    Some(degrees * 10_000_000 + minutes_e4 * 1_000 / 60)
}

/// The maker's clock is UTC; only a profile knows better.
fn clock(packed: &[u8], context: &Context<'_>) -> (DeviceTime, Option<Problem>) {
    let offset = match context.zone.source {
        ZoneSource::Profile => context.zone.offset,
        _ => ZoneOffset::UTC,
    };
    let wall = packed.first_chunk::<6>().copied().and_then(|bytes| {
        let [day, month, year, hour, minute, second] = bytes.map(bcd::number);
        wall_clock(2000 + u16::from(year?), month?, day?, hour?, minute?, second?)
    });
    match wall {
        Some(wall) => (DeviceTime::Clock { wall, offset, source: context.zone.source }, None),
        None => (DeviceTime::Unusable, Some(Problem::Date { bytes: hex::encode(packed) })),
    }
}

fn alarms(base: &Base<'_>) -> Alarms {
    const TRACKER: &[(u8, Alarm)] = &[(0, Alarm::LowExternal)];
    const LOCK: &[(u8, Alarm)] = &[
        (0, Alarm::Overspeed),
        (1, Alarm::LowExternal),
        (2, Alarm::Vibration),
        (3, Alarm::LowBattery),
        (5, Alarm::FenceEnter),
        (6, Alarm::FenceExit),
    ];
    let bits = match base.product {
        1 | 2 => TRACKER,
        3 => LOCK,
        _ => &[],
    };
    bits.iter().filter(|(bit, _)| base.alarm & (1 << bit) != 0).map(|(_, alarm)| *alarm).collect()
}

fn attributes(base: &Base<'_>, mut items: &[u8]) -> Attributes {
    let battery = match base.battery {
        percent @ 0..=100 => Some(Attribute::BatteryPercent(f32::from(percent))),
        0xAA | 0xAB => Some(Attribute::Charging(true)),
        _ => None,
    };
    let code = (base.alarm != 0).then_some(Attribute::AlarmCode(u32::from(base.alarm)));
    let known = [
        Some(Attribute::Rssi(i16::from(base.signal))),
        Some(Attribute::OdometerKm(f64::from(base.kilometres))),
        battery,
        Some(Attribute::IoState(base.status)),
        code,
    ];
    let mut attributes: Attributes = known.into_iter().flatten().collect();
    let mut unknown = Vec::new();
    while let Ok((rest, (id, value))) = item(items) {
        match (id, value) {
            (0x0A, [high, low, network]) => attributes.push(Attribute::Cells(vec![Cell {
                mcc: u16::from_be_bytes([*high, *low]),
                mnc: u16::from(*network),
                lac: u32::from(base.area),
                cid: u64::from(base.cell),
                rssi: None,
            }])),
            (0x0C, axes) if axes.len() == 6 => {
                let along = |axis: usize| Some(i16::from_be_bytes(*axes.as_chunks().0.get(axis)?));
                let acceleration = [along(0), along(1), along(2)].map(Option::unwrap_or_default);
                attributes.push(Attribute::Accelerometer(acceleration));
            }
            _ => unknown.push(model::UnknownItem {
                id: u16::from(id),
                hex: model::attribute::Octets(value.to_vec()),
            }),
        }
        items = rest;
    }
    attributes.extend((!unknown.is_empty()).then_some(Attribute::Items(unknown)));
    attributes
}

/// | offset | size | field  |
/// |      0 |    1 | id     |
/// |      1 |    1 | length |
/// |      2 |    n | value  |
fn item(i: &[u8]) -> Parsed<'_, (u8, &[u8])> {
    let (i, id) = field("item id", be_u8)(i)?;
    let (i, value) = field("item value", length_data(be_u8))(i)?;
    Ok((i, (id, value)))
}

/// 0x4401.
///
/// | offset | size | field           |      |
/// |      0 |    2 | answered number |      |
/// |      2 |    1 | result          | 0 ok |
pub(crate) fn answer(number: Number) -> [u8; 3] {
    let [high, low] = number.0.to_be_bytes();
    [high, low, 0]
}

pub(crate) fn explain(fields: &mut Explained, _: &Header) {
    fields.field("clock", 6, |b| (digits(b).0, "DDMMYYhhmmss, UTC".to_owned()));
    fields.field("latitude", 4, |b| (hex::encode(b), "DDMM.MMMM".to_owned()));
    fields
        .field("longitude", 5, |b| (hex::encode(b), "DDDMM.MMMM, then bits: fixed, north, east".to_owned()));
    fields.field("speed", 1, |b| (hex::encode(b), "unit disputed: not read".to_owned()));
    fields.field("course", 1, |b| (number(b).0, "2 degrees".to_owned()));
    fields.field("signal", 1, number);
    fields.field("satellites", 1, number);
    fields.field("mileage", 4, |b| (number(b).0, "km".to_owned()));
    fields.field("battery", 1, |b| (number(b).0, "percent; 170, 171 charging".to_owned()));
    fields.field("cell", 4, number);
    fields.field("area", 2, number);
    fields.field("product", 1, number);
    fields.field("status", 2, opaque);
    fields.field("alarm", 2, opaque);
    fields.rest("items", opaque);
}

/// Place, speed and course.
const MEASURED: std::ops::Range<usize> = 6..17;
