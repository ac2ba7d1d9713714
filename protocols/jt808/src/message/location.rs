//! 0x0200 location, and the answers that carry one: 0x0201 and 0x0500.
//!
//! Shape: 28 bytes of base + items ↔ `Position`. Units: 1e-6 degrees, metres, 0.1 km/h, degrees from north, clock at
//! GMT+8. Errors: short, off-globe, a date that does not exist. Source: SPEC.md §4.

use crate::context::{Context, Outcome, Zone};
use crate::explain::{Explained, digits, number, value};
use crate::field::{Parsed, field, short};
use crate::header::Header;
use crate::item::{self, Items};
use crate::message::link::clock_digits;
use crate::status::Status;
use crate::{alarm, field::Missing};
use bytes::BufMut;
use model::time::wall_clock;
use model::{
    Altitude, Attribute, Attributes, Coordinates, Course, DeviceTime, Event, Fix, Position, Speed, ZoneOffset,
};
use nom::bytes::complete::take;
use nom::number::complete::{be_i16, be_u16, be_u32};
use wire::measured::measured;
use wire::{Problem, bcd};

/// A position, and what was wrong with it all the same.
pub(crate) struct Located {
    pub(crate) position: Position,
    pub(crate) problem: Option<Problem>,
}

/// The base, in wire units.
struct Base<'a> {
    alarm: u32,
    status: Status,
    latitude: u32,
    longitude: u32,
    altitude: i16,
    speed: u16,
    course: u16,
    clock: &'a [u8],
}

/// | offset | size | field     | unit / coding                                |
/// |      0 |    4 | alarm     | bits                                         |
/// |      4 |    4 | status    | bits; hemispheres and "fixed" are in it      |
/// |      8 |    4 | latitude  | 1e-6 degrees                                 |
/// |     12 |    4 | longitude | 1e-6 degrees                                 |
/// |     16 |    2 | altitude  | m, signed: devices send negatives            |
/// |     18 |    2 | speed     | 0.1 km/h, FFFF none                          |
/// |     20 |    2 | course    | degrees clockwise from north                 |
/// |     22 |    6 | clock     | BCD YYMMDDhhmmss, GMT+8                      |
fn parse(i: &[u8]) -> Parsed<'_, Base<'_>> {
    let (i, alarm) = field("alarm", be_u32)(i)?;
    let (i, status) = field("status", be_u32)(i)?;
    let (i, latitude) = field("latitude", be_u32)(i)?;
    let (i, longitude) = field("longitude", be_u32)(i)?;
    let (i, altitude) = field("altitude", be_i16)(i)?;
    let (i, speed) = field("speed", be_u16)(i)?;
    let (i, course) = field("course", be_u16)(i)?;
    let (i, clock) = field("clock", take(6_usize))(i)?;
    Ok((i, Base { alarm, status: Status(status), latitude, longitude, altitude, speed, course, clock }))
}

/// Reads base and items; the items end with `body`.
pub(crate) fn locate(body: &[u8], context: &Context<'_>) -> Result<Located, nom::Err<Missing>> {
    let (rest, base) = parse(body)?;
    let items = Items::read(attributes(&base), rest, context.vendors);
    let (fix, off_globe) = fix(&base);
    let (time, no_date) = clock(base.clock, context.zone);
    let cut = items.cut_off.then_some(Problem::Short {
        message: "location",
        field: "item value",
        have: body.len(),
    });
    let position = Position {
        time,
        fix,
        speed: Some(base.speed).filter(|speed| *speed != SPEED_NONE).map(Speed::from_tenths),
        course: Course::from_degrees(base.course),
        altitude: Some(Altitude::from_metres(i32::from(base.altitude))),
        satellites: items.satellites,
        buffered: false,
        alarms: alarm::alarms(base.alarm, context.alarm_bits()).and(items.alarms),
        attributes: items.attributes,
        measured: measured(body.get(..MEASURED_BYTES)),
    };
    Ok(Located { position, problem: no_date.or(off_globe).or(cut) })
}

/// Last known and zero coordinates are no place: a place is stored only where the device says that it has a fix.
fn fix(base: &Base<'_>) -> (Fix, Option<Problem>) {
    if !base.status.has(Status::FIXED) {
        return (Fix::None, None);
    }
    let signed = |degrees_e6: u32, negative| i64::from(degrees_e6) * if negative { -10 } else { 10 };
    let latitude = signed(base.latitude, base.status.has(Status::SOUTH));
    let longitude = signed(base.longitude, base.status.has(Status::WEST));
    match Coordinates::from_e7(latitude, longitude) {
        Ok(place) if place.is_null_island() => (Fix::None, None),
        Ok(place) => (Fix::Gnss(place), None),
        Err(_) => (Fix::None, Some(Problem::OffGlobe)),
    }
}

fn clock(digits: &[u8], zone: Zone) -> (DeviceTime, Option<Problem>) {
    let wall = match *digits {
        [year, month, day, hour, minute, second] => wall(year, [month, day, hour, minute, second]),
        _ => None,
    };
    match wall {
        Some(wall) => (DeviceTime::Clock { wall, offset: zone.offset, source: zone.source }, None),
        None => (DeviceTime::Unusable, Some(Problem::Date { bytes: hex::encode(digits) })),
    }
}

fn wall(year: u8, rest: [u8; 5]) -> Option<model::Timestamp> {
    let year = 2000 + u16::from(bcd::number(year)?);
    let [month, day, hour, minute, second] = rest.map(bcd::number);
    wall_clock(year, month?, day?, hour?, minute?, second?)
}

/// What the base says, with room for the items that most trackers send.
fn attributes(base: &Base<'_>) -> Attributes {
    let mut attributes = Attributes(Vec::with_capacity(ATTRIBUTES_USUAL));
    base.status.push(&mut attributes);
    attributes.extend((base.alarm != 0).then_some(Attribute::AlarmCode(base.alarm)));
    attributes
}

/// 0x0200.
pub(crate) fn read(context: &Context<'_>) -> Outcome {
    match locate(context.body, context) {
        Ok(located) => Outcome::of(vec![position(located.position)]).with(located.problem),
        Err(error) => Outcome::short("location", &error, context.body),
    }
}

/// 0x0201 answers a location query, 0x0500 a vehicle control.
///
/// | offset | size     | field           |
/// |      0 |        2 | answered serial |
/// |      2 | the rest | location        |
pub(crate) fn answer(context: &Context<'_>) -> Outcome {
    let read = || {
        let (body, serial) = field("answered serial", be_u16)(context.body)?;
        Ok((serial, locate(body, context)?))
    };
    match read() {
        Ok((serial, located)) => {
            let reply = Event::CommandReply { token: Some(u32::from(serial)), text: "location".to_owned() };
            Outcome::of(vec![reply, position(located.position)]).with(located.problem)
        }
        Err(error) => Outcome::raw(short("location_answer", &error, context.body)),
    }
}

pub(crate) fn position(position: Position) -> Event {
    Event::Position(Box::new(position))
}

/// The body of a position that a terminal sends: base, mileage and satellites.
pub(crate) fn body(position: &Position) -> Vec<u8> {
    let place = position.fix.coordinates();
    let (lat_e7, lon_e7) = place.map_or((0, 0), |place| (place.lat_e7(), place.lon_e7()));
    let mut body = Vec::with_capacity(BASE_BYTES + 9);
    body.put_u32(alarm::word(position.alarms));
    body.put_u32(status(position, lat_e7, lon_e7));
    body.put_u32(lat_e7.unsigned_abs() / 10);
    body.put_u32(lon_e7.unsigned_abs() / 10);
    body.put_i16(position.altitude.and_then(|up| i16::try_from(up.metres()).ok()).unwrap_or_default());
    body.put_u16(position.speed.map_or(SPEED_NONE, Speed::tenths));
    body.put_u16(position.course.map_or(COURSE_NONE, Course::degrees));
    body.put_slice(&position.fix_time().map_or([0; 6], |at| clock_digits(at, ZoneOffset::CHINA)));
    put_items(&mut body, position);
    body
}

fn status(position: &Position, lat_e7: i32, lon_e7: i32) -> u32 {
    const GPS: u32 = 1 << 18;
    let bit = |set: bool, mask: u32| if set { mask } else { 0 };
    let fixed = position.fix.coordinates().is_some();
    bit(position.attributes.ignition() == Some(true), Status::IGNITION)
        | bit(fixed, Status::FIXED | GPS)
        | bit(lat_e7 < 0, Status::SOUTH)
        | bit(lon_e7 < 0, Status::WEST)
}

fn put_items(body: &mut Vec<u8>, position: &Position) {
    for attribute in position.attributes.iter() {
        if let Some(tenths) = mileage_tenths(attribute) {
            body.put_slice(&[0x01, 4]);
            body.put_u32(tenths);
        }
    }
    if let Some(satellites) = position.satellites {
        body.put_slice(&[0x31, 1, satellites]);
    }
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float to integer cast saturates, and is what the wire holds"
)]
fn mileage_tenths(attribute: &Attribute) -> Option<u32> {
    match attribute {
        Attribute::OdometerKm(km) => Some((km * 10.0).round() as u32),
        _ => None,
    }
}

pub(crate) fn explain(fields: &mut Explained, _: &Header) {
    let end = fields.end();
    explain_within(fields, end);
}

pub(crate) fn explain_answer(fields: &mut Explained, header: &Header) {
    fields.field("answered serial", 2, number);
    explain(fields, header);
}

/// Base and items up to `end`, for a location inside a batch.
pub(crate) fn explain_within(fields: &mut Explained, end: usize) {
    if fields.left(end) < BASE_BYTES {
        return fields.field("location", fields.left(end), |b| (hex::encode(b), "cut off".to_owned()));
    }
    fields.field("alarm", 4, |b| (hex::encode(b), alarm::words(dword(b))));
    fields.field("status", 4, |b| (hex::encode(b), Status(dword(b)).words()));
    fields.field("latitude", 4, degrees);
    fields.field("longitude", 4, degrees);
    fields.field("altitude", 2, |b| (metres(b).to_string(), "m".to_owned()));
    fields.field("speed", 2, |b| (tenths(b), "km/h".to_owned()));
    fields.field("course", 2, |b| (number(b).0, "degrees from north".to_owned()));
    fields.field("clock", 6, |b| (digits(b).0, "YYMMDDhhmmss, GMT+8 by the standard".to_owned()));
    item::explain(fields, end);
}

fn dword(bytes: &[u8]) -> u32 {
    u32::try_from(value(bytes)).unwrap_or_default()
}

fn degrees(bytes: &[u8]) -> (String, String) {
    let micro = value(bytes);
    (format!("{}.{:06}", micro / 1_000_000, micro % 1_000_000), "degrees, sign in status".to_owned())
}

fn metres(bytes: &[u8]) -> i16 {
    bytes.try_into().map(i16::from_be_bytes).unwrap_or_default()
}

fn tenths(bytes: &[u8]) -> String {
    let tenths = value(bytes);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Alarm to course: what a report measured. The clock is the other half of its identity.
const MEASURED_BYTES: usize = 22;
/// Ignition and relay, mileage, signal, fuel, and an alarm or two.
const ATTRIBUTES_USUAL: usize = 8;
const BASE_BYTES: usize = 28;
const SPEED_NONE: u16 = 0xFFFF;
const COURSE_NONE: u16 = 0xFFFF;
