//! The peers' words in ours: field names, units, alarm names.
//!
//! Shape: a [`Row`] in, its [`Claim`]s out. Units: Traccar speaks of volts, metres and percent, the JT808 peers of raw
//! wire numbers (1e-6 degree, 0.1 km/h, 0.1 km, 0.1 L) and the wire's clock. Errors: none; a name that is in no table
//! is a claim we cannot carry. Source: the README beside the published frames.

use crate::claim::{Claim, Whose};
use crate::row::Row;
use model::Timestamp;
use serde_json::{Value, json};

/// Peer's attribute, our place for it, and the factor from the peer's unit to ours.
const ATTRIBUTES: &[(&str, &str, f64)] = &[
    ("acc_bit15", "/attributes/ignition", 1.0),
    ("altitude", "/altitude_m", 1.0),
    ("archive", "/buffered", 1.0),
    ("battery", "/attributes/battery_volts", 1.0),
    ("batteryLevel", "/attributes/battery_percent", 1.0),
    ("cardCode", "/attributes/driver_id", 1.0),
    ("cellId", "/attributes/cells/0/cid", 1.0),
    ("charge", "/attributes/charging", 1.0),
    ("charging", "/attributes/charging", 1.0),
    ("course", "/course", 1.0),
    ("defended", "/attributes/armed", 1.0),
    ("driverUniqueId", "/attributes/driver_id", 1.0),
    ("event", "/attributes/alarm_code", 1.0),
    ("gsmSignal", "/attributes/gsm_level", 1.0),
    ("iccid", "/attributes/iccid", 1.0),
    ("ignition", "/attributes/ignition", 1.0),
    ("imei", "/attributes/imei", 1.0),
    ("lac", "/attributes/cells/0/lac", 1.0),
    ("mcc", "/attributes/cells/0/mcc", 1.0),
    ("mnc", "/attributes/cells/0/mnc", 1.0),
    ("motion", "/attributes/moving", 1.0),
    ("odometer", "/attributes/odometer_km", 0.001),
    ("power", "/attributes/external_volts", 1.0),
    ("relayCut", "/attributes/fuel_cut", 1.0),
    ("result", "/text", 1.0),
    ("rssi", "/attributes/rssi", 1.0),
    ("sat", "/satellites", 1.0),
    ("satellites", "/satellites", 1.0),
    ("satellitesActive", "/satellites", 1.0),
    ("satellites_low_nibble", "/satellites", 1.0),
    ("server_flag", "/token", 1.0),
    ("speed_kmh", "/speed_kmh", 1.0),
    ("speed_knots", "/speed_kmh", 1.852),
    ("steps", "/attributes/steps", 1.0),
    ("temp1", "/attributes/temperature_c", 1.0),
    ("text", "/text", 1.0),
    ("videoAlarm", "/attributes/video_alarms", 1.0),
    ("voltageByte", "/attributes/battery_percent", 1.0),
    ("voltageLevel", "/attributes/battery_percent", 100.0 / 6.0),
    // SmallChi, jt-framework and go-jt808: the last word of the path.
    ("AlarmFlag", "/attributes/alarm_code", 1.0),
    ("Alarm", "/attributes/vendor_alarm_code", 1.0),
    ("AreaID", "/attributes/province", 1.0),
    ("CityOrCountyId", "/attributes/city", 1.0),
    ("CommunicationModule", "/attributes/comms_systems", 1.0),
    ("GNSSModule", "/attributes/gnss_systems", 1.0),
    ("ICCID", "/attributes/iccid", 1.0),
    ("PlateColor", "/attributes/plate_colour", 1.0),
    ("Power", "/attributes/battery_volts", 0.01),
    ("PowerPercent", "/attributes/battery_percent", 1.0),
    ("Temperatures[0]", "/attributes/temperatures_c/0", 0.1),
    ("Temperatures[1]", "/attributes/temperatures_c/1", 0.1),
    ("Temperatures[2]", "/attributes/temperatures_c/2", 0.1),
    ("Temperatures[3]", "/attributes/temperatures_c/3", 0.1),
    ("TerminalType", "/attributes/terminal_kind", 1.0),
    ("Terminal_Hardware_Version_Num", "/attributes/hardware_version", 1.0),
    ("Volage", "/attributes/external_volts", 0.01),
    ("getAlarmFlag()", "/attributes/alarm_code", 1.0),
    ("getChannelId()", "/attributes/media/channel", 1.0),
    ("getCityId()", "/attributes/city", 1.0),
    ("getColor()", "/attributes/plate_colour", 1.0),
    ("getDirection()", "/course", 1.0),
    ("getEventItemCode()", "/attributes/media/event", 1.0),
    ("getHeight()", "/altitude_m", 1.0),
    ("getLat()", "/lat", 1e-6),
    ("getLng()", "/lon", 1e-6),
    ("getMultimediaDataID()", "/attributes/media/id", 1.0),
    ("getMultimediaFormatCode()", "/attributes/media/format", 1.0),
    ("getMultimediaType()", "/attributes/media/kind", 1.0),
    ("getProvinceId()", "/attributes/province", 1.0),
    ("getSpeed()", "/speed_kmh", 0.1),
    ("JT808Bodies.MsgNum", "/token", 1.0),
    ("LicensePlateNumber", "/attributes/plate", 1.0),
    ("MakerId", "/attributes/maker", 1.0),
    ("ManufacturerID", "/attributes/maker", 1.0),
    ("PlateNumber", "/attributes/plate", 1.0),
    ("Mileage", "/attributes/odometer_km", 0.1),
    ("Oil", "/attributes/fuel_litres", 0.1),
    ("PlateNo", "/attributes/plate", 1.0),
    ("ReplyMsgNum", "/token", 1.0),
    ("TerminalModel", "/attributes/model", 1.0),
    ("TerminalID", "/attributes/device_id", 1.0),
    ("TerminalId", "/attributes/device_id", 1.0),
    ("Terminal_Firmware_Version_Num", "/attributes/version", 1.0),
    ("Terminal_SIM_ICCID", "/attributes/iccid", 1.0),
    ("getCarIdentifier()", "/attributes/plate", 1.0),
    ("getManufacturerId()", "/attributes/maker", 1.0),
    ("getTerminalId()", "/attributes/device_id", 1.0),
    ("getTerminalType()", "/attributes/model", 1.0),
];

/// Names that mean something only to the peer's own code.
const INTERNAL: &[&str] = &[
    "AttachInfoId",
    "AttachInfoLength",
    "Bodies",
    "CalculateCheckXorCode",
    "ParamLength",
    "Test",
    "crc",
    "protocol",
];

/// What Traccar and others call an alarm, and what we call it.
const ALARMS: &[(&str, &str)] = &[
    ("door", "door"),
    ("hardAcceleration", "acceleration"),
    ("hardBraking", "braking"),
    ("lowBattery", "low_battery"),
    ("power_cut (0x02)", "power_cut"),
    ("removing", "removed"),
    ("sos", "sos"),
    ("tampering", "removed"),
    ("vibration", "vibration"),
];

/// Peers round: half a unit of their last digit.
const ROUNDED: f64 = 0.1;
/// Peers differ in how they round a level to percent.
const PERCENT: f64 = 0.5;
/// Below a millionth of a degree, the finest grid of both wires.
const DEGREES: f64 = 1e-6;

/// JT808 status bits.
const FIXED: u64 = 1 << 1;
const SOUTH: u64 = 1 << 2;
const WEST: u64 = 1 << 3;

/// What a peer, or the independent decode, says of a row.
pub(crate) fn claims(row: &Row, zone: &str) -> Vec<Claim> {
    let mut claims = positions(row, zone);
    claims.extend(position_values(row, zone));
    for (name, value) in row.entries("/expect/attributes") {
        match (name, value) {
            ("imei", Value::String(id)) if row.kind == "login" => claims.push(terminal(id)),
            _ => claims.extend(attribute(name, value)),
        }
    }
    if row.kind == "positions"
        && let Some(count) = row.at("/expect/count").and_then(Value::as_u64)
    {
        claims.extend(usize::try_from(count).map(Claim::Positions));
    }
    if let Some(reply) = row.at("/expect/reply_hex").and_then(Value::as_str) {
        claims.push(Claim::Reply(reply.to_owned()));
    }
    claims
}

/// What can be asked of any bytes, whatever their checksum.
pub(crate) fn stream_claims(row: &Row) -> Vec<Claim> {
    let count = row.at("/expect/count").and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok());
    let whole = row.at("/expect/output_hex").and_then(Value::as_str);
    match (row.kind.as_str(), count, whole) {
        ("stream", Some(count), _) => vec![Claim::Frames(count)],
        ("frame", _, Some(_)) => vec![Claim::FirstFrame(hex::encode(&row.bytes))],
        _ => Vec::new(),
    }
}

/// What the bytes of the header say. Mechanical, so a row that says no more has nothing to compare.
pub(crate) fn header(row: &Row) -> Vec<Claim> {
    let mut claims = Vec::new();
    if matches!(row.kind.as_str(), "error" | "malformed" | "stream") {
        return claims;
    }
    // A one-byte serial belongs to a vendor's header, which the standard's reading splits elsewhere.
    if let Some(serial) = row.at("/wire/serial").filter(|_| row.at("/wire/vendor_short_index").is_none()) {
        claims.push(is(Whose::Frame, "/serial", serial.clone()));
    }
    if let Some(number) = row.at("/wire/type").or_else(|| row.at("/wire/msg_id")).and_then(Value::as_str) {
        claims.push(is(Whose::Frame, "/number", json!(format!("0x{number}"))));
    }
    claims.extend(row.at("/wire/phone_bcd").and_then(Value::as_str).map(terminal));
    claims
}

/// Positions in full: the independent decode, or the objects of a peer that has them.
fn positions(row: &Row, zone: &str) -> Vec<Claim> {
    let mut claims = Vec::new();
    if let Some(derived) = row.at("/derived") {
        claims.extend(derived_position(derived, zone));
    } else if row.kind == "position" || row.kind == "positions" {
        claims.push(is(Whose::Position(0), "/type", json!("position")));
    }
    if row.kind == "decode"
        && let Some(fields) = row.at("/expect/fields")
    {
        claims.extend(raw_attributes(fields));
        let mut found = Vec::new();
        raw_positions(fields, &mut found);
        for (nth, position) in found.into_iter().enumerate() {
            claims.extend(raw_position(nth, position, zone));
        }
    }
    for assert in row.at("/expect/asserts").and_then(Value::as_array).into_iter().flatten() {
        if let (Some(Value::String(path)), Some(value)) = (assert.get(0), assert.get(1)) {
            claims.extend(asserted(path, value, zone));
        }
    }
    claims
}

fn derived_position(derived: &Value, zone: &str) -> Vec<Claim> {
    let first = Whose::Position(0);
    let value = |name: &str| derived.get(name).cloned().unwrap_or_default();
    let clock = derived.get("clock").and_then(Value::as_str);
    let mut claims =
        place(first, derived.get("fix") == Some(&Value::Bool(true)), &value("lat"), &value("lon"));
    claims.push(is(first, "/fix_time", instant(clock, zone)));
    claims.push(is(first, "/speed_kmh", value("speed_kmh")));
    claims.push(is(first, "/course", value("course")));
    if let Some(altitude) = derived.get("alt_m") {
        claims.push(is(first, "/altitude_m", altitude.clone()));
        claims.push(is(first, "/attributes/ignition", value("acc")));
    }
    claims
}

/// A place, or none: what is not fixed has no coordinates with us, whatever the frame repeats.
fn place(whose: Whose, fixed: bool, lat: &Value, lon: &Value) -> Vec<Claim> {
    let degrees = |value: &Value| if fixed { value.clone() } else { Value::Null };
    let coordinate = |pointer, expected| Claim::Is { whose, pointer, expected, within: DEGREES };
    vec![
        is(whose, "/fixed", json!(fixed)),
        coordinate("/lat", degrees(lat)),
        coordinate("/lon", degrees(lon)),
    ]
}

/// go-jt808's location objects, wherever they stand, in order.
fn raw_positions<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(object) if object.contains_key("Latitude") => found.push(value),
        Value::Object(object) => object.values().for_each(|value| raw_positions(value, found)),
        Value::Array(list) => list.iter().for_each(|value| raw_positions(value, found)),
        _ => {}
    }
}

/// Fields of a go-jt808 message that are not a location.
fn raw_attributes(fields: &Value) -> Vec<Claim> {
    let plain = fields.as_object().into_iter().flatten().filter(|(_, value)| value.is_string());
    let listed = plain.filter(|(name, _)| ATTRIBUTES.iter().any(|(peer, ..)| peer == name));
    listed.flat_map(|(name, value)| attribute(name, value)).collect()
}

fn raw_position(nth: usize, position: &Value, zone: &str) -> Vec<Claim> {
    let whose = Whose::Position(nth);
    let number = |name: &str| position.get(name).and_then(Value::as_f64).unwrap_or_default();
    let status = position.get("StatusSign").and_then(Value::as_u64).unwrap_or_default();
    let signed = |degrees: f64, bit: u64| json!(if status & bit == 0 { degrees } else { -degrees } / 1e6);
    let (lat, lon) = (signed(number("Latitude"), SOUTH), signed(number("Longitude"), WEST));
    let mut claims = place(whose, status & FIXED != 0, &lat, &lon);
    claims.push(is(whose, "/fix_time", instant(position.get("DateTime").and_then(Value::as_str), zone)));
    claims.push(is(whose, "/speed_kmh", json!(number("Speed") / 10.0)));
    claims.push(is(whose, "/course", json!(number("Direction"))));
    claims.push(is(whose, "/altitude_m", json!(number("Altitude"))));
    claims
}

/// A path of SmallChi's or jt-framework's objects and its value.
fn asserted(path: &str, value: &Value, zone: &str) -> Option<Claim> {
    let first = Whose::Position(0);
    let last = path.rsplit('.').next()?;
    let scaled = |factor: f64| value.as_f64().map(|number| json!(number * factor));
    if value.is_object() || value.is_array() || path.starts_with("args") || path.starts_with("want") {
        return None;
    }
    match last {
        "MsgNum" if path.starts_with("JT808Bodies") => {
            attribute("JT808Bodies.MsgNum", value).into_iter().next()
        }
        "MsgNum" => Some(is(Whose::Frame, "/serial", value.clone())),
        "TerminalPhoneNo" => value.as_str().map(terminal),
        "GPSTime" => Some(is(first, "/fix_time", instant(value.as_str(), zone))),
        "getTime()" => Some(is(Whose::Position(index(path)), "/fix_time", packed(value.as_str()?, zone))),
        "Lat" => Some(Claim::Is { whose: first, pointer: "/lat", expected: scaled(1e-6)?, within: DEGREES }),
        "Lng" => Some(Claim::Is { whose: first, pointer: "/lon", expected: scaled(1e-6)?, within: DEGREES }),
        "Speed" => Some(is(first, "/speed_kmh", scaled(0.1)?)),
        "Direction" => Some(is(first, "/course", value.clone())),
        "Altitude" => Some(is(first, "/altitude_m", value.clone())),
        "StatusFlag" => Some(is(first, "/fixed", json!(value.as_u64()? & FIXED != 0))),
        _ if path.contains("Header.") => None,
        other => attribute(other, value).into_iter().next(),
    }
}

/// Time, place and name that a peer states outright.
fn position_values(row: &Row, zone: &str) -> Vec<Claim> {
    let first = Whose::Position(0);
    let within = row.at("/expect/tolerance_deg").and_then(Value::as_f64).unwrap_or(DEGREES);
    let coordinate =
        |pointer, expected: &Value| Claim::Is { whose: first, pointer, expected: expected.clone(), within };
    let mut claims = Vec::new();
    claims.extend(row.at("/expect/lat").map(|lat| coordinate("/lat", lat)));
    claims.extend(row.at("/expect/lon").map(|lon| coordinate("/lon", lon)));
    claims.extend(row.at("/expect/valid").map(|valid| is(first, "/fixed", valid.clone())));
    let local = row.at("/expect/time_device_local").and_then(Value::as_str);
    claims.extend(local.map(|clock| is(first, "/fix_time", instant(Some(clock), zone))));
    let utc = row.at("/expect/time").and_then(Value::as_str);
    claims.extend(utc.map(|clock| is(first, "/fix_time", instant(Some(clock.trim_end_matches('Z')), "Z"))));
    claims
}

fn attribute(name: &str, value: &Value) -> Vec<Claim> {
    match (name, value) {
        _ if INTERNAL.contains(&name) => Vec::new(),
        ("alarm", Value::String(alarms)) => alarms.split(',').map(alarm).collect(),
        ("serial", _) => vec![is(Whose::Frame, "/serial", value.clone())],
        ("fixTimestamp", _) => value
            .as_i64()
            .map(|seconds| Timestamp::from_ms(seconds * 1000).to_string())
            .map(|time| is(Whose::Position(0), "/fix_time", json!(time)))
            .into_iter()
            .collect(),
        _ => vec![match ATTRIBUTES.iter().find(|(peer, ..)| *peer == name) {
            Some((_, pointer, factor)) => {
                let expected = value.as_f64().map_or_else(|| value.clone(), |number| json!(number * factor));
                let within = if pointer.ends_with("percent") { PERCENT } else { ROUNDED };
                Claim::Carries { peer: name.to_owned(), pointer, expected, within }
            }
            None => Claim::Nameless(name.to_owned()),
        }],
    }
}

fn alarm(peer: &str) -> Claim {
    match ALARMS.iter().find(|(name, _)| *name == peer) {
        Some((_, ours)) => Claim::Alarm(ours),
        None => Claim::Nameless(format!("alarm {peer}")),
    }
}

fn terminal(id: &str) -> Claim {
    let id = model::TerminalId::parse(id).map_or_else(|_| id.to_owned(), |id| id.to_string());
    is(Whose::Frame, "/terminal", json!(id))
}

fn is(whose: Whose, pointer: &'static str, expected: Value) -> Claim {
    Claim::Is { whose, pointer, expected, within: ROUNDED }
}

/// The wire's clock in the wire's zone, as our JSON writes it; null if there is no such moment.
fn instant(clock: Option<&str>, zone: &str) -> Value {
    let clock = clock.map(|clock| format!("{}{zone}", clock.replace(' ', "T")));
    clock.and_then(|clock| Timestamp::parse(&clock)).map_or(Value::Null, |time| json!(time.to_string()))
}

/// Twelve digits, YYMMDDhhmmss.
fn packed(digits: &str, zone: &str) -> Value {
    let pairs: Vec<_> = (0..6).filter_map(|pair| digits.get(pair * 2..pair * 2 + 2)).collect();
    match pairs.as_slice() {
        [year, month, day, hour, minute, second] => {
            instant(Some(&format!("20{year}-{month}-{day}T{hour}:{minute}:{second}")), zone)
        }
        _ => Value::Null,
    }
}

/// The n of `get(n)` in a path.
fn index(path: &str) -> usize {
    let digits = path.split("get(").nth(1).and_then(|rest| rest.split(')').next());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or_default()
}
