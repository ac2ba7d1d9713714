//! Every report that was sent, and whether the server promised to keep it: the other half of "acknowledged is stored".
//!
//! Shape: trackers write (`sent` before the bytes leave, `resent`, `acknowledged`), a test reads. In memory, shared
//! between tasks. Units: as in `model`. Errors: a full ledger refuses a report, and the tracker then does not send it.
//! Source: issue of the spine, "must hold"; names of the NDJSON are those of `lienwatch positions` (DESIGN.md §7).

use model::{Alarms, Altitude, Coordinates, Course, Position, Speed, TerminalId, Timestamp};
use serde::Serialize;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What was sent, in sending order.
#[derive(Debug, Default)]
pub struct Ledger {
    reports: Mutex<Vec<Report>>,
    unexpected: AtomicU64,
}

/// A report's place in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReportId(usize);

/// One report, as the device measured it.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Who sent it.
    pub terminal: TerminalId,
    /// Name of the protocol it was sent in.
    pub protocol: &'static str,
    /// Serial of the frame that first carried it.
    pub serial: u16,
    /// Serials of the frames that carried it again.
    pub resent_as: Vec<u16>,
    /// When, by the device.
    pub fix_time: Option<Timestamp>,
    /// Where; `None` = the receiver had no fix.
    pub place: Option<Coordinates>,
    /// Over ground.
    pub speed: Option<Speed>,
    /// Over ground.
    pub course: Option<Course>,
    /// Above the sea.
    pub altitude: Option<Altitude>,
    /// Used for the fix.
    pub satellites: Option<u8>,
    /// First sent as a report kept while offline.
    pub buffered: bool,
    /// Raised with it.
    pub alarms: Alarms,
    /// Ignition line.
    pub ignition: Option<bool>,
    /// The server promised that it is stored.
    pub acknowledged: bool,
}

impl Report {
    /// Whether a frame with this serial carried the report.
    pub fn was_sent_as(&self, serial: u16) -> bool {
        self.serial == serial || self.resent_as.contains(&serial)
    }
}

/// The ledger in two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Reports sent; one sent again counts once.
    pub sent: u64,
    /// Reports that the server promised to keep.
    pub acknowledged: u64,
}

impl Ledger {
    /// Notes a report that is about to be sent for the first time; `None` when the ledger is full.
    pub fn sent(
        &self,
        terminal: TerminalId,
        protocol: &'static str,
        serial: u16,
        position: &Position,
    ) -> Option<ReportId> {
        let mut reports = self.lock();
        let id = ReportId(reports.len());
        if id.0 >= REPORTS_MAX {
            return None;
        }
        reports.push(Report {
            terminal,
            protocol,
            serial,
            resent_as: Vec::new(),
            fix_time: position.fix_time(),
            place: position.fix.coordinates(),
            speed: position.speed,
            course: position.course,
            altitude: position.altitude,
            satellites: position.satellites,
            buffered: position.buffered,
            alarms: position.alarms,
            ignition: position.attributes.ignition(),
            acknowledged: false,
        });
        Some(id)
    }

    /// Notes that a report is about to be sent again, in a frame with this serial.
    pub fn resent(&self, id: ReportId, serial: u16) {
        if let Some(report) = self.lock().get_mut(id.0) {
            report.resent_as.push(serial);
        }
    }

    /// Notes the server's promise. Returns false if it had been given before.
    pub fn acknowledged(&self, id: ReportId) -> bool {
        self.lock().get_mut(id.0).is_some_and(|report| !std::mem::replace(&mut report.acknowledged, true))
    }

    /// Notes an acknowledgement for a serial that was not waiting for one on its connection.
    pub fn unexpected(&self) {
        self.unexpected.fetch_add(1, Ordering::Relaxed);
    }

    /// How many acknowledgements matched no frame in flight. A server that is right never makes one.
    pub fn unexpected_count(&self) -> u64 {
        self.unexpected.load(Ordering::Relaxed)
    }

    /// A copy of the reports so far, in sending order.
    pub fn reports(&self) -> Vec<Report> {
        self.lock().clone()
    }

    /// The ledger in two numbers.
    pub fn summary(&self) -> Summary {
        let reports = self.lock();
        let acknowledged = reports.iter().filter(|report| report.acknowledged).count();
        let wide = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        Summary { sent: wide(reports.len()), acknowledged: wide(acknowledged) }
    }

    /// Writes one JSON object a report.
    pub fn write_ndjson(&self, mut out: impl Write) -> io::Result<()> {
        for report in self.lock().iter() {
            serde_json::to_writer(&mut out, &ReportJson::from(report))?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }

    /// A task that panicked while it held the lock left whole reports behind: each write is one statement.
    fn lock(&self) -> MutexGuard<'_, Vec<Report>> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Serialize)]
struct ReportJson<'a> {
    terminal: TerminalId,
    protocol: &'a str,
    fix_time: Option<Timestamp>,
    fixed: bool,
    lat: Option<f64>,
    lon: Option<f64>,
    speed_kmh: Option<f64>,
    course: Option<u16>,
    altitude_m: Option<i32>,
    satellites: Option<u8>,
    serial: u16,
    resent_as: &'a [u16],
    buffered: bool,
    alarms: Alarms,
    ignition: Option<bool>,
    acknowledged: bool,
}

impl<'a> From<&'a Report> for ReportJson<'a> {
    fn from(report: &'a Report) -> Self {
        Self {
            terminal: report.terminal,
            protocol: report.protocol,
            fix_time: report.fix_time,
            fixed: report.place.is_some(),
            lat: report.place.map(Coordinates::lat),
            lon: report.place.map(Coordinates::lon),
            speed_kmh: report.speed.map(Speed::kmh),
            course: report.course.map(Course::degrees),
            altitude_m: report.altitude.map(Altitude::metres),
            satellites: report.satellites,
            serial: report.serial,
            resent_as: &report.resent_as,
            buffered: report.buffered,
            alarms: report.alarms,
            ignition: report.ignition,
            acknowledged: report.acknowledged,
        }
    }
}

/// About 2.5 GB: a run that sends more must give its reports to a file, which nothing needs yet.
pub const REPORTS_MAX: usize = 16_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::{City, Spot};
    use crate::plan::{Motion, Truth};
    use crate::receiver::{Receiver, Sky};

    fn position() -> Position {
        let truth = Truth { spot: Spot { north_mm: 0, east_mm: 0 }, motion: Motion::Parked };
        Receiver::new(City::SHENZHEN, 1, Sky::Open).report(&truth, Timestamp::from_ms(1_700_000_000_000))
    }

    fn terminal() -> TerminalId {
        TerminalId::parse("990000000000001").unwrap()
    }

    #[test]
    fn a_report_sent_twice_and_acknowledged_twice_counts_once() {
        let ledger = Ledger::default();
        let id = ledger.sent(terminal(), "gt06", 7, &position()).unwrap();
        assert_eq!(ledger.summary(), Summary { sent: 1, acknowledged: 0 });
        ledger.resent(id, 9);
        assert!(ledger.acknowledged(id));
        assert!(!ledger.acknowledged(id));
        assert_eq!(ledger.summary(), Summary { sent: 1, acknowledged: 1 });
        let report = ledger.reports().pop().unwrap();
        assert!(report.was_sent_as(7) && report.was_sent_as(9) && !report.was_sent_as(8));
    }

    #[test]
    fn one_acknowledgement_is_no_other_reports_acknowledgement() {
        let ledger = Ledger::default();
        ledger.sent(terminal(), "gt06", 1, &position()).unwrap();
        let second = ledger.sent(terminal(), "gt06", 2, &position()).unwrap();
        ledger.acknowledged(second);
        let acknowledged: Vec<bool> = ledger.reports().iter().map(|r| r.acknowledged).collect();
        assert_eq!(acknowledged, [false, true]);
    }

    #[test]
    fn ndjson_speaks_the_names_of_the_positions_command() {
        let ledger = Ledger::default();
        ledger.sent(terminal(), "gt06", 7, &position()).unwrap();
        let mut text = Vec::new();
        ledger.write_ndjson(&mut text).unwrap();
        let line: serde_json::Value = serde_json::from_slice(&text).unwrap();
        let names =
            ["terminal", "protocol", "fix_time", "fixed", "lat", "lon", "speed_kmh", "course", "serial"];
        assert!(names.iter().all(|name| line.get(name).is_some()), "{line}");
        assert_eq!(line["fix_time"], "2023-11-14T22:13:20Z");
        assert_eq!(line["fixed"], true);
    }
}
