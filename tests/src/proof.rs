//! The proof of the first promise: what was acknowledged is stored, once, as it was sent.
//!
//! Shape: the fleet's ledger and the rows of `lienwatch positions` → [`Counts`], or the first [`Broken`] promise. It
//! knows neither journal nor store. Source: issue of the spine, "must hold"; DESIGN.md §4, §7.

use fleet::Report;
use fleet::probe::at_sea;
use model::{Alarms, Altitude, Event, Position, TerminalId, Timestamp};
use serde::Deserialize;
use std::collections::HashMap;
use wire::Protocol;

/// One line of `lienwatch positions -o ndjson`, as far as a device can know it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Row {
    terminal: String,
    protocol: Option<String>,
    fix_time: Option<Timestamp>,
    fixed: bool,
    lat: Option<f64>,
    lon: Option<f64>,
    speed_kmh: Option<f64>,
    course: Option<u16>,
    altitude_m: Option<i32>,
    satellites: Option<u8>,
    serial: Option<u16>,
    buffered: bool,
    alarms: Alarms,
    attributes: Stated,
}

/// Of what else a row says, what a report knows.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Stated {
    ignition: Option<bool>,
}

/// How much was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Reports sent.
    pub sent: usize,
    /// Of them acknowledged.
    pub acknowledged: usize,
    /// Rows.
    pub stored: usize,
}

/// A promise that was not kept.
#[derive(Debug, Clone, PartialEq)]
pub enum Broken {
    /// Acknowledged, and not stored.
    Lost {
        /// How many.
        reports: usize,
        /// How many were acknowledged.
        acknowledged: usize,
        /// One of them.
        example: Box<Report>,
    },
    /// Two rows of one report.
    Twice(Box<Row>),
    /// A row that says something else than was sent.
    Altered {
        /// What is stored.
        row: Box<Row>,
        /// What was sent.
        sent: Box<Report>,
    },
    /// A row of a report that nobody sent.
    Invented(Box<Row>),
}

/// Compares every row with every report. A report is known by its terminal and the second of its clock.
pub fn check(reports: &[Report], rows: impl IntoIterator<Item = Row>) -> Result<Counts, Broken> {
    let key = |report: &Report| (report.terminal.to_string(), report.fix_time);
    let mut unseen: HashMap<_, &Report> = reports.iter().map(|report| (key(report), report)).collect();
    let sent: HashMap<_, &Report> = unseen.clone();
    let carried: HashMap<_, _> =
        protocols::ALL.iter().map(|known| (known.name(), Carried::by(*known))).collect();
    let mut stored = 0;
    for row in rows {
        stored += 1;
        let place = (row.terminal.clone(), row.fix_time);
        let Some(report) = sent.get(&place) else { return Err(Broken::Invented(Box::new(row))) };
        if unseen.remove(&place).is_none() {
            return Err(Broken::Twice(Box::new(row)));
        }
        if !carried.get(report.protocol).is_some_and(|carried| is_as_sent(&row, report, *carried)) {
            return Err(Broken::Altered { row: Box::new(row), sent: Box::new((*report).clone()) });
        }
    }
    let acknowledged = reports.iter().filter(|report| report.acknowledged).count();
    let mut lost = unseen.into_values().filter(|report| report.acknowledged);
    match lost.next() {
        Some(example) => {
            let reports = lost.count() + 1;
            Err(Broken::Lost { reports, acknowledged, example: Box::new(example.clone()) })
        }
        None => Ok(Counts { sent: reports.len(), acknowledged, stored }),
    }
}

// Both sides of a coordinate or speed come from the same integers: a difference in the last bit is one.
fn is_as_sent(row: &Row, report: &Report, carried: Carried) -> bool {
    row.protocol.as_deref() == Some(report.protocol)
        && row.fixed == report.place.is_some()
        && row.lat == report.place.map(model::Coordinates::lat)
        && row.lon == report.place.map(model::Coordinates::lon)
        && row.speed_kmh == report.speed.map(model::Speed::kmh)
        && row.course == report.course.map(model::Course::degrees)
        && row.alarms == report.alarms
        && row.attributes.ignition == report.ignition
        // On some wires a receiver that says nothing of them says 0.
        && row.satellites.unwrap_or(0) == report.satellites.unwrap_or(0)
        && row.altitude_m.unwrap_or(0)
            == report.altitude.filter(|_| carried.altitude).map_or(0, Altitude::metres)
        && is_marked_as_sent(row, report, carried)
        && match row.serial {
            Some(serial) => report.was_sent_as(serial),
            None => !carried.serial,
        }
}

/// What was sent once, live, is not said to have been kept; what was kept is, where a frame has the mark. Between the two
/// is what was sent live, not heard of, and sent again: either may be the one that is stored.
fn is_marked_as_sent(row: &Row, report: &Report, carried: Carried) -> bool {
    let was_kept = report.buffered || !report.resent_as.is_empty();
    let is_marked = report.buffered && carried.mark && report.alarms.is_empty();
    if row.buffered { was_kept } else { !is_marked }
}

/// What the frames of a protocol carry of a report, besides what all of them do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Carried {
    serial: bool,
    altitude: bool,
    /// That the device had kept it: in each frame but those of an alarm.
    mark: bool,
}

impl Carried {
    /// As the protocol itself reads what it has written.
    fn by(protocol: &'static dyn Protocol) -> Self {
        let read = || {
            let kept = Position {
                altitude: Some(Altitude::from_metres(HIGH)),
                buffered: true,
                ..at_sea(SOME_TIME)?
            };
            let frame = protocol.terminal(TerminalId::parse(NOBODY).ok()?).position(&kept).bytes;
            let reaction = wire::decode(&[protocol], &frame, None).reaction?;
            let read = reaction.events.iter().find_map(|event| match event {
                Event::Position(position) => Some(position.as_ref()),
                _ => None,
            })?;
            let altitude = read.altitude == kept.altitude;
            Some(Self { serial: reaction.serial.is_some(), altitude, mark: read.buffered })
        };
        read().unwrap_or(Self { serial: true, altitude: true, mark: true })
    }
}

/// A terminal that is not there.
const NOBODY: &str = "990000000000000";
/// A height that no field has by itself, m.
const HIGH: i32 = 7;
const SOME_TIME: Timestamp = Timestamp::from_ms(1_790_000_000_000);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::position;
    use serde_json::{Value, json};

    fn sent() -> Report {
        let position = position(Timestamp::from_ms(1_790_000_000_000), 22.5, 114.0, 36).unwrap();
        Report {
            terminal: TerminalId::parse("990000000000001").unwrap(),
            protocol: "gt06",
            serial: 7,
            resent_as: vec![9],
            fix_time: position.fix_time(),
            place: position.fix.coordinates(),
            speed: position.speed,
            course: position.course,
            altitude: position.altitude,
            satellites: position.satellites,
            buffered: false,
            alarms: [model::Alarm::PowerCut].into_iter().collect(),
            ignition: position.attributes.ignition(),
            acknowledged: true,
        }
    }

    fn stored(change: impl FnOnce(&mut Value)) -> Row {
        let mut row = json!({
            "terminal": "990000000000001", "protocol": "gt06", "fix_time": sent().fix_time, "fixed": true, "lat": 22.5, "lon": 114.0,
            "speed_kmh": 36.0, "course": 0, "altitude_m": null, "satellites": 9, "serial": 7, "buffered": false,
            "alarms": ["power_cut"], "attributes": { "ignition": false, "gsm_level": 3 },
        });
        change(&mut row);
        serde_json::from_value(row).unwrap()
    }

    #[test]
    fn a_row_that_says_anything_else_than_was_sent_is_altered() {
        assert_eq!(
            check(&[sent()], [stored(|_| ())]).unwrap(),
            Counts { sent: 1, acknowledged: 1, stored: 1 }
        );
        assert!(check(&[sent()], [stored(|row| row["serial"] = 9.into())]).is_ok(), "it was sent again as 9");
        let other = [
            ("protocol", json!("jt808")),
            ("lat", json!(22.6)),
            ("speed_kmh", json!(37.0)),
            ("course", json!(1)),
            ("satellites", json!(8)),
            ("altitude_m", json!(7)),
            ("serial", json!(8)),
            ("alarms", json!([])),
            ("attributes", json!({ "ignition": true })),
            ("attributes", json!({})),
        ];
        for (name, value) in other {
            let broken = check(&[sent()], [stored(|row| row[name] = value)]).unwrap_err();
            assert!(matches!(broken, Broken::Altered { .. }), "{name}: {broken:?}");
        }
    }

    #[test]
    fn what_is_missing_twice_there_or_sent_by_nobody_is_told() {
        assert!(matches!(check(&[sent()], []).unwrap_err(), Broken::Lost { reports: 1, .. }));
        assert!(matches!(check(&[sent()], [stored(|_| ()), stored(|_| ())]).unwrap_err(), Broken::Twice(_)));
        assert!(matches!(check(&[], [stored(|_| ())]).unwrap_err(), Broken::Invented(_)));
    }

    #[test]
    fn only_what_a_frame_carries_is_compared() {
        let of = |name: &str| Carried::by(*protocols::ALL.iter().find(|known| known.name() == name).unwrap());
        assert_eq!(of("gt06"), Carried { serial: true, altitude: false, mark: true });
        assert_eq!(of("jt808"), Carried { serial: true, altitude: true, mark: false });
        assert_eq!(of("teltonika"), Carried { serial: false, altitude: true, mark: false });
    }

    #[test]
    fn what_was_sent_live_is_not_said_to_have_been_kept_and_the_reverse() {
        let live = Report { alarms: Alarms::NONE, resent_as: Vec::new(), ..sent() };
        let kept = Report { buffered: true, ..live.clone() };
        let row =
            |buffered: bool| stored(|row| (row["alarms"], row["buffered"]) = (json!([]), json!(buffered)));
        let is_fine =
            |report: &Report, buffered| check(std::slice::from_ref(report), [row(buffered)]).is_ok();
        assert_eq!([false, true].map(|buffered| is_fine(&live, buffered)), [true, false]);
        assert_eq!([false, true].map(|buffered| is_fine(&kept, buffered)), [false, true]);
        let again = Report { resent_as: vec![9], ..live };
        assert_eq!([false, true].map(|buffered| is_fine(&again, buffered)), [true, true]);
    }
}
