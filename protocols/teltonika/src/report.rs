//! A record as a report.
//!
//! Shape: [`Record`] → [`Position`] and what is wrong with it. Units: km/h, metres, 1e-7 degree; the clock counts UTC
//! unless a profile says otherwise. Errors: no usable clock, off the globe; the report stays. Source: SPEC.md §4, §7.

use crate::record::Record;
use crate::{event, io};
use model::{
    Altitude, Attribute, Attributes, Coordinates, Course, DeviceTime, Fix, Measured, Position, Speed,
    Timestamp, ZoneOffset, ZoneSource,
};
use wire::{DeviceModel, Problem};

/// The zone that a device's clock is taken for, and who said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Zone {
    pub(crate) offset: ZoneOffset,
    pub(crate) source: ZoneSource,
}

impl Zone {
    /// The maker's text says UTC; a device that shifts its clock is corrected by its profile.
    pub(crate) fn of(chosen: Option<ZoneOffset>) -> Self {
        match chosen {
            Some(offset) => Self { offset, source: ZoneSource::Profile },
            None => Self { offset: ZoneOffset::UTC, source: ZoneSource::Protocol },
        }
    }
}

/// What a record reports.
pub(crate) fn report(record: &Record<'_>, zone: Zone, model: &DeviceModel) -> (Position, Option<Problem>) {
    let (time, undated) = time(record.timestamp, zone);
    let (fix, misplaced) = fix(record);
    let said = io::said(record);
    let position = Position {
        time,
        fix,
        speed: Some(Speed::from_kmh(record.speed)),
        course: Course::from_degrees(record.angle),
        altitude: fix.coordinates().map(|_| Altitude::from_metres(i32::from(record.altitude))),
        satellites: Some(record.satellites),
        buffered: false,
        alarms: event::alarms(record, model),
        attributes: attributes(record, said.attributes),
        measured: measured(record, &said.measured),
    };
    (position, undated.or(misplaced))
}

fn time(timestamp: u64, zone: Zone) -> (DeviceTime, Option<Problem>) {
    if let Ok(wall @ 1..=WALL_MS_MAX) = i64::try_from(timestamp) {
        let wall = Timestamp::from_ms(wall);
        return (DeviceTime::Clock { wall, offset: zone.offset, source: zone.source }, None);
    }
    (DeviceTime::Unusable, Some(Problem::Date { bytes: hex::encode(timestamp.to_be_bytes()) }))
}

/// Without satellites the coordinates are those of the last fix, or zeros.
fn fix(record: &Record<'_>) -> (Fix, Option<Problem>) {
    if record.satellites == 0 {
        return (Fix::None, None);
    }
    match Coordinates::from_e7(i64::from(record.latitude), i64::from(record.longitude)) {
        Ok(place) if place.is_null_island() => (Fix::None, None),
        Ok(place) => (Fix::Gnss(place), None),
        Err(_) => (Fix::None, Some(Problem::OffGlobe)),
    }
}

/// Those of the elements, then what caused the record.
fn attributes(record: &Record<'_>, mut attributes: Attributes) -> Attributes {
    attributes.extend((record.event != 0).then_some(Attribute::EventNumber(record.event)));
    attributes.extend(record.generation.map(Attribute::UploadMode));
    attributes
}

/// Place, angle, speed, event, and the elements that state something. A device sends a record again as it is, in
/// whatever codec it is set to by then, so the event's id counts two bytes in each. Never: priority, altitude,
/// satellites, signal, voltages, odometers.
fn measured(record: &Record<'_>, stated: &[u8]) -> Measured {
    wire::measured::measured([
        &record.longitude.to_be_bytes()[..],
        &record.latitude.to_be_bytes(),
        &record.angle.to_be_bytes(),
        &record.speed.to_be_bytes(),
        &record.event.to_be_bytes(),
        stated,
    ])
}

/// The end of the year 9999, beyond which no calendar goes that reads this.
const WALL_MS_MAX: i64 = 253_402_207_200_000;
