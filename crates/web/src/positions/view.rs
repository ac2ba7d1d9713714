//! A position of the log: the row of DESIGN.md §7, with what became of it.
//!
//! Shape: a stored report, or one of a frame that was read again, → [`PositionView`]. Units: degrees of the question's datum, km/h,
//! metres, UTC. Errors: none.

use model::{Coordinates, Datum, Position, Timestamp, VehicleId};
use serde::Serialize;
use serde_json::Value;
use store::LogRow;
use utoipa::ToSchema;
use words::Name;

/// A position of the log.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "a row of the log: each says one thing of it")]
pub(crate) struct PositionView {
    pub(crate) terminal: String,
    pub(crate) protocol: Option<String>,
    pub(crate) vehicle: Option<String>,
    /// Known once the vehicle was looked up.
    pub(crate) plate: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) fix_time: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) received_at: Timestamp,
    /// From fix to reception.
    pub(crate) lag_s: Option<i64>,
    pub(crate) fixed: bool,
    pub(crate) lat: Option<f64>,
    pub(crate) lon: Option<f64>,
    pub(crate) speed_kmh: Option<f64>,
    pub(crate) course: Option<u16>,
    pub(crate) altitude_m: Option<i32>,
    pub(crate) satellites: Option<i64>,
    pub(crate) serial: Option<i64>,
    /// It was no news when it came.
    pub(crate) late: bool,
    pub(crate) buffered: bool,
    /// It was stored before, by a smaller seq.
    pub(crate) duplicate: bool,
    /// It was not stored, and why.
    pub(crate) rejected: Option<String>,
    #[schema(value_type = Object)]
    pub(crate) rejected_text: Option<Name>,
    #[schema(value_type = Vec<String>)]
    pub(crate) alarms: Value,
    #[schema(value_type = Object)]
    pub(crate) attributes: Value,
    pub(crate) hex: Option<String>,
    /// Place in the journal of its frame.
    pub(crate) seq: i64,
    /// Which event of the frame.
    pub(crate) item: i64,
}

/// What became of a report of a frame that was read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Stored,
    Duplicate,
    Rejected(&'static str),
}

impl PositionView {
    /// Of a stored report.
    pub(crate) fn stored(row: LogRow, datum: Datum) -> Self {
        let shown = row.place.map(|place| datum.shown(place));
        Self {
            terminal: row.key.terminal.to_string(),
            protocol: row.protocol,
            vehicle: row.vehicle.map(|vehicle| vehicle.to_string()),
            plate: None,
            fix_time: row.fix_time,
            received_at: row.received_at,
            lag_s: lag_s(row.fix_time, row.received_at),
            fixed: shown.is_some(),
            lat: shown.map(rounded_lat),
            lon: shown.map(rounded_lon),
            speed_kmh: row.speed.map(model::Speed::kmh),
            course: row.course.map(model::Course::degrees),
            altitude_m: row.altitude.map(model::Altitude::metres),
            satellites: row.satellites,
            serial: row.serial,
            late: row.timeliness == rules::Timeliness::Late.as_str(),
            buffered: row.buffered,
            duplicate: false,
            rejected: None,
            rejected_text: None,
            alarms: serde_json::to_value(row.alarms).unwrap_or_default(),
            attributes: row.attributes,
            hex: row.frame.map(hex::encode),
            seq: row.seq.0,
            item: row.item,
        }
    }

    /// Of a frame that was read again.
    pub(crate) fn received(
        position: Option<&Position>,
        frame: &crate::frames::Kept,
        item: i64,
        fate: Fate,
        vehicle: Option<VehicleId>,
        datum: Datum,
    ) -> Self {
        let reception = &frame.reception;
        let fix_time = position.and_then(Position::fix_time);
        let shown = position.and_then(|position| position.fix.coordinates()).map(|place| datum.shown(place));
        let rejected = match fate {
            Fate::Rejected(code) => Some(code.to_owned()),
            Fate::Stored | Fate::Duplicate => None,
        };
        Self {
            terminal: reception.terminal.to_string(),
            protocol: Some(reception.protocol.to_string()),
            vehicle: vehicle.map(|vehicle| vehicle.to_string()),
            plate: None,
            fix_time,
            received_at: reception.received_at,
            lag_s: lag_s(fix_time, reception.received_at),
            fixed: shown.is_some(),
            lat: shown.map(rounded_lat),
            lon: shown.map(rounded_lon),
            speed_kmh: position.and_then(|position| position.speed).map(model::Speed::kmh),
            course: position.and_then(|position| position.course).map(model::Course::degrees),
            altitude_m: position.and_then(|position| position.altitude).map(model::Altitude::metres),
            satellites: position.and_then(|position| position.satellites).map(i64::from),
            serial: reception.serial.map(i64::from),
            late: lag_s(fix_time, reception.received_at).is_some_and(|lag_s| lag_s > LIVE_S_MAX),
            buffered: position.is_some_and(|position| position.buffered),
            duplicate: fate == Fate::Duplicate,
            rejected_text: rejected.as_deref().and_then(rejection),
            rejected,
            alarms: position
                .and_then(|it| serde_json::to_value(it.alarms).ok())
                .unwrap_or_else(|| Value::Array(Vec::new())),
            attributes: position
                .and_then(|it| serde_json::to_value(&it.attributes).ok())
                .unwrap_or_else(|| Value::Object(serde_json::Map::new())),
            hex: Some(hex::encode(&frame.bytes)),
            seq: frame.seq.0,
            item,
        }
    }
}

/// Why a report was not stored, in words.
fn rejection(code: &str) -> Option<Name> {
    match code {
        QUARANTINE => Some(Name {
            zh: "设备未批准，待认领",
            en: "the device is not approved: kept in quarantine",
        }),
        NOT_STORED => {
            Some(Name { zh: "未入库（早于保留期）", en: "not stored: older than what is kept" })
        }
        code => words::problem(code),
    }
}

fn lag_s(fix_time: Option<Timestamp>, received_at: Timestamp) -> Option<i64> {
    fix_time.map(|fix_time| received_at.since(fix_time) / 1_000)
}

fn rounded_lat(place: Coordinates) -> f64 {
    rounded(place.lat())
}

fn rounded_lon(place: Coordinates) -> f64 {
    rounded(place.lon())
}

/// A centimetre: what is stored.
fn rounded(degrees: f64) -> f64 {
    (degrees * 1e7).round() / 1e7
}

/// Nobody has approved its terminal.
pub(crate) const QUARANTINE: &str = "quarantine";
/// It has no row.
pub(crate) const NOT_STORED: &str = "expired";
/// Live = at most this old when it came [DESIGN.md §4].
const LIVE_S_MAX: i64 = 120;
