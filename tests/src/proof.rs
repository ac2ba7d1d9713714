//! The proof of the first promise: what was acknowledged is stored, once, as it was sent.
//!
//! Shape: the fleet's ledger and the rows of `lienwatch positions` → [`Counts`], or the first [`Broken`] promise. It
//! knows neither journal nor store. Source: issue of the spine, "must hold"; DESIGN.md §4, §7.

use fleet::Report;
use model::{Alarms, TerminalId, Timestamp};
use serde::Deserialize;
use std::collections::HashMap;

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
    serial: Option<u16>,
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
    let mut stored = 0;
    for row in rows {
        stored += 1;
        let place = (row.terminal.clone(), row.fix_time);
        let Some(report) = sent.get(&place) else { return Err(Broken::Invented(Box::new(row))) };
        if unseen.remove(&place).is_none() {
            return Err(Broken::Twice(Box::new(row)));
        }
        if !is_as_sent(&row, report) {
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
fn is_as_sent(row: &Row, report: &Report) -> bool {
    row.protocol.as_deref() == Some(report.protocol)
        && row.fixed == report.place.is_some()
        && row.lat == report.place.map(model::Coordinates::lat)
        && row.lon == report.place.map(model::Coordinates::lon)
        && row.speed_kmh == report.speed.map(model::Speed::kmh)
        && row.course == report.course.map(model::Course::degrees)
        && row.alarms == report.alarms
        && row.attributes.ignition == report.ignition
        && match row.serial {
            Some(serial) => report.was_sent_as(serial),
            None => !has_serials(report.protocol),
        }
}

/// Whether the frames of a protocol carry a serial.
fn has_serials(protocol: &str) -> bool {
    let known = protocols::ALL.iter().find(|known| known.name() == protocol);
    let login =
        known.zip(TerminalId::parse(NOBODY).ok()).map(|(known, nobody)| known.terminal(nobody).login());
    let decoded = login.map(|login| wire::decode(protocols::ALL, &login, None));
    decoded.and_then(|decoded| decoded.reaction).is_some_and(|reaction| reaction.serial.is_some())
}

/// A terminal that is not there.
const NOBODY: &str = "990000000000000";

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
            buffered: false,
            alarms: [model::Alarm::PowerCut].into_iter().collect(),
            ignition: position.attributes.ignition(),
            acknowledged: true,
        }
    }

    fn stored(change: impl FnOnce(&mut Value)) -> Row {
        let mut row = json!({
            "terminal": "990000000000001", "protocol": "gt06", "fix_time": sent().fix_time, "fixed": true, "lat": 22.5, "lon": 114.0,
            "speed_kmh": 36.0, "course": 0, "serial": 7, "alarms": ["power_cut"], "attributes": { "ignition": false, "gsm_level": 3 },
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
}
