//! A report while its fields are read.
//!
//! Shape: values in wire order → one event. Units: as the model. Errors: the date's and the place's, said beside the
//! report. Source: SPEC.md §3 and §6.

use crate::alarm_codes::Dialect;
use crate::field::clock::{Clock, Habits, Zone};
use crate::field::gps::Gps;
use crate::message::{Said, cells};
use model::attribute::Octets;
use model::{
    AccessPoint, Alarm, Alarms, Altitude, Attribute, Attributes, Cell, DeviceTime, Event, Position,
    Timestamp, UnknownItem, ZoneOffset, ZoneSource,
};
use wire::Problem;
use wire::measured::measured;

/// What was read so far.
#[derive(Debug)]
pub(crate) struct Draft {
    number: u8,
    pub(crate) dialect: Dialect,
    zone: Zone,
    pub(crate) gps: Option<Gps>,
    pub(crate) clock: Option<Clock>,
    time: Option<DeviceTime>,
    pub(crate) altitude: Option<i16>,
    pub(crate) buffered: bool,
    /// By the alarm class, where no code says better.
    pub(crate) class: Alarms,
    code: Option<Alarms>,
    pub(crate) attributes: Attributes,
    cells: Vec<Cell>,
    wifi: Vec<AccessPoint>,
    items: Vec<UnknownItem>,
    /// What is part of the report's identity, beside the satellite block.
    pub(crate) added: Vec<u8>,
}

impl Draft {
    pub(crate) fn new(number: u8, habits: Habits) -> Self {
        Self {
            number,
            dialect: habits.dialect,
            zone: habits.zone,
            gps: None,
            clock: None,
            time: None,
            altitude: None,
            buffered: false,
            class: Alarms::NONE,
            code: None,
            attributes: Attributes::default(),
            cells: Vec::new(),
            wifi: Vec::new(),
            items: Vec::new(),
            added: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, attribute: Attribute) {
        self.attributes.push(attribute);
    }

    /// A moment that names no zone because it counts seconds.
    pub(crate) fn unix(&mut self, seconds: u32) {
        let wall = Timestamp::from_ms(i64::from(seconds) * 1000);
        let (offset, source) = (ZoneOffset::UTC, ZoneSource::Protocol);
        self.time = Some(DeviceTime::Clock { wall, offset, source });
    }

    /// An alarm code; 0 leaves the word to the class.
    pub(crate) fn alarm(&mut self, code: u16, read: impl Fn(u16) -> Alarms) {
        self.added.extend(code.to_be_bytes());
        if code != 0 {
            self.code = Some(read(code));
            self.push(Attribute::AlarmCode(u32::from(code)));
        }
    }

    pub(crate) fn raise(&mut self, alarm: Alarm) {
        self.code = Some(self.code.unwrap_or(Alarms::NONE).with(alarm));
    }

    /// Cells and access points, without the empty places of a list.
    pub(crate) fn hear(&mut self, cells: &[Cell], wifi: &[AccessPoint]) {
        self.cells.extend(cells.iter().filter(|cell| cell.lac != 0 || cell.cid != 0));
        self.wifi.extend(wifi);
    }

    /// Bytes without a meaning to us, kept under an id of the message's own, or under its number.
    pub(crate) fn keep(&mut self, id: Option<u16>, bytes: &[u8]) {
        if bytes.iter().any(|byte| *byte != 0) {
            let id = id.unwrap_or(u16::from(self.number));
            self.items.push(UnknownItem { id, hex: Octets(bytes.to_vec()) });
        }
    }

    pub(crate) fn position(mut self) -> Said {
        let time = self.device_time();
        let problem = self.problem();
        let hash = self.identity();
        let position = match self.gps {
            Some(gps) => {
                let attributes = self.take_attributes();
                Position { time, attributes, ..gps.position(self.zone, &hash) }
            }
            None => cells::without_fix(time, self.take_attributes(), measured([&hash[..]])),
        };
        let event = Position {
            altitude: self.altitude.map(|metres| Altitude::from_metres(i32::from(metres))),
            buffered: self.buffered,
            alarms: self.code.unwrap_or(self.class),
            ..position
        };
        Said { events: vec![Event::Position(Box::new(event))], problem }
    }

    pub(crate) fn heartbeat(mut self) -> Said {
        Said::one(Event::Heartbeat { attributes: self.take_attributes() })
    }

    pub(crate) fn status(mut self) -> Said {
        Said::one(Event::Status { attributes: self.take_attributes() })
    }

    /// The satellite block's clock before the message's own.
    fn device_time(&self) -> DeviceTime {
        let clock = self.gps.map(|gps| gps.clock).or(self.clock);
        self.time.or_else(|| clock.map(|clock| clock.device_time(self.zone))).unwrap_or(DeviceTime::Unusable)
    }

    fn problem(&self) -> Option<Problem> {
        let clock = self.clock.filter(|clock| clock.device_time(self.zone) == DeviceTime::Unusable);
        match self.gps {
            Some(gps) => gps.problem(gps.clock.device_time(self.zone)),
            None => clock.map(Clock::problem),
        }
    }

    /// Reports without satellites are told apart by what they heard; signals change from copy to copy.
    fn identity(&self) -> Vec<u8> {
        let mut bytes = self.added.clone();
        if self.gps.is_none() {
            for cell in &self.cells {
                bytes.extend(cell.lac.to_be_bytes());
                bytes.extend(cell.cid.to_be_bytes());
            }
            bytes.extend(self.wifi.iter().flat_map(|point| point.mac.0));
        }
        bytes
    }

    fn take_attributes(&mut self) -> Attributes {
        let mut attributes = std::mem::take(&mut self.attributes);
        let (cells, wifi) = (std::mem::take(&mut self.cells), std::mem::take(&mut self.wifi));
        let items = std::mem::take(&mut self.items);
        attributes.extend((!cells.is_empty()).then_some(Attribute::Cells(cells)));
        attributes.extend((!wifi.is_empty()).then_some(Attribute::Wifi(wifi)));
        attributes.extend((!items.is_empty()).then_some(Attribute::Items(items)));
        attributes
    }
}
