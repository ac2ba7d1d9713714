//! What a frame says, in the words of the field: when, where, how fast, alarms, state, and the reply it is owed.
//!
//! Shape: [`Decoded`] → labelled lines. Units: degrees, km/h, metres, UTC beside the device's own clock. Errors: none.

use super::paint::{ALARM, BOLD, DIM, Paint, harmless};
use model::unit::counted;
use model::{Attributes, Course, DeviceTime, Event, Millis, Position, Timestamp, ZoneOffset, ZoneSource};
use serde_json::Value;
use wire::Decoded;
use wire::diagnosis::spaced;

/// Everything that the frame says.
pub(crate) fn lines(decoded: &Decoded, paint: &Paint) -> Vec<String> {
    let Some(reaction) = &decoded.reaction else { return Vec::new() };
    let positions = reaction.events.iter().filter(|event| matches!(event, Event::Position(_))).count();
    let (mut lines, mut nth) = (Vec::new(), 0);
    for event in &reaction.events {
        if positions > 1 && matches!(event, Event::Position(_)) {
            nth += 1;
            lines.push(paint.on(DIM, &format!("  position {nth} of {positions}")));
        }
        lines.extend(event_lines(event, paint));
    }
    if let Some(reply) = reaction.reply.bytes() {
        lines.extend(paint.labelled("reply", BOLD, &spaced(reply)));
    }
    lines
}

fn event_lines(event: &Event, paint: &Paint) -> Vec<String> {
    let said = |label: &str, text: &str| paint.labelled(label, BOLD, text);
    match event {
        Event::Position(position) => position_lines(position, paint),
        Event::Login { terminal, zone, attributes } => {
            let zone = zone.map(|zone| format!(", clock at UTC{zone}")).unwrap_or_default();
            [said("login", &format!("terminal {terminal}{zone}")), state(attributes, paint)].concat()
        }
        Event::Heartbeat { attributes } => {
            [said("heartbeat", "a sign of life"), state(attributes, paint)].concat()
        }
        Event::Status { attributes } => state(attributes, paint),
        Event::CommandReply { token, text } => said("answer", &answer_words(*token, text)),
        Event::CommandRefused { token, text } => said("refused", &answer_words(*token, text)),
        Event::Part { total, number, first_serial } => said(
            "part",
            &format!("{number} of {total} of the message that begins with serial {first_serial}"),
        ),
        Event::Raw => said("raw", "kept as it is; no meaning is read out of it"),
    }
}

fn answer_words(token: Option<u32>, text: &str) -> String {
    let token = token.map(|token| format!(" (to command {token})")).unwrap_or_default();
    format!("{}{token}", harmless(text))
}

fn position_lines(position: &Position, paint: &Paint) -> Vec<String> {
    let said = |label: &str, text: &str| paint.labelled(label, BOLD, text);
    let mut lines = said("time", &time_words(position));
    match position.fix.coordinates() {
        Some(place) => {
            let north = sexagesimal(place.lat_e7(), ['N', 'S']);
            let east = sexagesimal(place.lon_e7(), ['E', 'W']);
            lines.extend(said(
                "position",
                &format!("{:.6}, {:.6}   ({north} {east}, WGS-84)", place.lat(), place.lon()),
            ));
        }
        None => lines.extend(said("position", "no satellite fix")),
    }
    lines.extend(
        Some(motion_words(position))
            .filter(|words| !words.is_empty())
            .map(|w| said("motion", &w))
            .into_iter()
            .flatten(),
    );
    if !position.alarms.is_empty() {
        let names: Vec<&str> = position.alarms.iter().map(model::Alarm::as_str).collect();
        lines.extend(paint.labelled("alarms", ALARM, &names.join(", ")));
    }
    lines.extend(state(&position.attributes, paint));
    lines
}

fn time_words(position: &Position) -> String {
    let late = if position.buffered { ", kept by the device and sent late" } else { "" };
    let DeviceTime::Clock { wall, offset, source } = position.time else {
        return format!("the device has no usable clock{late}");
    };
    let utc = wall.plus(-Millis::from(offset.seconds()) * 1000);
    let source = match source {
        ZoneSource::Protocol => "by the protocol",
        ZoneSource::Login => "by the device's login",
        ZoneSource::Profile => "as asked for",
    };
    let device = match offset.seconds() {
        0 => format!("the device's clock runs in UTC {source}"),
        _ => format!("{} at UTC{offset} on the device's clock, {source}", clock(wall)),
    };
    format!("{} UTC   ({device}{late})", clock(utc))
}

/// `2026-11-20 03:10:00`.
pub(crate) fn clock(at: Timestamp) -> String {
    match model::time::wall_digits(at, ZoneOffset::UTC) {
        Some((year, month, day, hour, minute, second)) => {
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
        }
        None => at.to_string(),
    }
}

fn motion_words(position: &Position) -> String {
    let speed = position.speed.map(|speed| format!("{} km/h", speed.kmh()));
    let course = position.course.map(|course| format!("course {}° {}", course.degrees(), wind(course)));
    let altitude = position.altitude.map(|altitude| format!("altitude {} m", altitude.metres()));
    let satellites = position.satellites.map(|count| counted(usize::from(count), "satellite"));
    let words: Vec<String> = [speed, course, altitude, satellites].into_iter().flatten().collect();
    words.join(", ")
}

fn wind(course: Course) -> &'static str {
    let sector = (usize::from(course.degrees()) * 2 + 45) / 90;
    WINDS.get(sector % WINDS.len()).copied().unwrap_or_default()
}

fn sexagesimal(e7: i32, sides: [char; 2]) -> String {
    let side = if e7 < 0 { sides[1] } else { sides[0] };
    // Tenths of a second: three metres.
    let tenths = (i64::from(e7).abs() * 36_000 + 5_000_000) / 10_000_000;
    let (degrees, minutes, seconds) = (tenths / 36_000, tenths / 600 % 60, tenths % 600);
    format!("{degrees}°{minutes:02}'{:02}.{}\"{side}", seconds / 10, seconds % 10)
}

fn state(attributes: &Attributes, paint: &Paint) -> Vec<String> {
    let Ok(Value::Object(map)) = serde_json::to_value(attributes) else { return Vec::new() };
    let mut flat = Vec::new();
    let mut lines = Vec::new();
    for (name, value) in map {
        match value {
            Value::Array(items) if items.iter().any(Value::is_object) => {
                let items: Vec<String> = items.iter().map(plain).collect();
                lines.extend(paint.labelled(&name, BOLD, &items.join("; ")));
            }
            value => flat.push(format!("{} {}", name.replace('_', " "), plain(&value))),
        }
    }
    let mut all = Vec::new();
    if !flat.is_empty() {
        all = paint.labelled("state", BOLD, &flat.join(", "));
    }
    all.extend(lines);
    all
}

/// A value as a person says it.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::Bool(yes) => (if *yes { "yes" } else { "no" }).to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => harmless(text),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join("/"),
        Value::Object(map) => {
            let known = map.iter().filter(|(_, value)| !value.is_null());
            known.map(|(name, value)| format!("{name} {}", plain(value))).collect::<Vec<_>>().join(" ")
        }
    }
}

const WINDS: [&str; 8] = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_minutes_and_seconds_are_what_the_decimal_degrees_are() {
        assert_eq!(sexagesimal(225_431_000, ['N', 'S']), "22°32'35.2\"N");
        assert_eq!(sexagesimal(-1_140_579_000, ['E', 'W']), "114°03'28.4\"W");
        assert_eq!(sexagesimal(599_999_999, ['N', 'S']), "60°00'00.0\"N");
    }

    #[test]
    fn a_course_has_the_wind_that_it_is_nearest_to() {
        let wind = |degrees| wind(Course::from_degrees(degrees).unwrap());
        assert_eq!(
            [wind(0), wind(22), wind(23), wind(180), wind(337), wind(338)],
            ["N", "N", "NE", "S", "NW", "N"]
        );
    }
}
