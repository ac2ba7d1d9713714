//! The device's side of one connection, for the simulator and `encode`.
//!
//! Shape: reports → frames: 0x22, or 0x26 where alarms are raised; the server's frames → answers. Units: clock in UTC;
//! metres, km/h. Errors: what GT06 cannot carry is left out: altitude, and the buffered mark of an alarm.
//! Source: SPEC.md §7.

use crate::field::cell::narrow;
use crate::field::gps::{CourseWord, wire_degrees};
use crate::field::status::TerminalByte;
use crate::message::{command, number};
use crate::session::{Parts, clock_bytes};
use crate::{alarm_codes, framing, models};
use bytes::{Bytes, BytesMut};
use model::command::Relay;
use model::{Attribute, Attributes, Command, Coordinates, Position, TerminalId};
use wire::{Answer, Cut, Terminal, Upload};

/// A device.
#[derive(Debug)]
pub(crate) struct Gt06Terminal {
    id: [u8; 8],
    serial: u16,
    /// What the heartbeat repeats of the last report.
    last: Attributes,
    /// Where the last report was, for whoever asks.
    place: Option<Coordinates>,
}

impl Gt06Terminal {
    pub(crate) fn new(id: TerminalId) -> Self {
        Self { id: packed(id), serial: 0, last: Attributes::default(), place: None }
    }

    fn answer(&mut self, parts: &Parts<'_>) -> Answer {
        match parts.number {
            number::LOGIN => Answer::Ready,
            number::COMMAND => self.obey(parts.body),
            number::TIME_REQUEST => Answer::Other,
            message => Answer::Acknowledged { serial: parts.serial, message: u16::from(message) },
        }
    }

    /// Answers a command under its own flag.
    fn obey(&mut self, body: &[u8]) -> Answer {
        let Some((flag, text)) = command::asked(body) else { return Answer::Other };
        let words = reply_words(models::understood(&text), self.place);
        let reply = self.send(number::COMMAND_REPLY, &command::body(flag, &words, &ENGLISH)).bytes;
        Answer::Command { reply }
    }

    /// A device counts from 1 after power-on, and from 0 after 0xFFFF.
    fn send(&mut self, number: u8, content: &[u8]) -> Upload {
        self.serial = self.serial.wrapping_add(1);
        let bytes = framing::short_frame(number, content, self.serial);
        Upload { serial: self.serial, bytes, answered: true }
    }
}

impl Terminal for Gt06Terminal {
    fn login(&mut self) -> Bytes {
        let id = self.id;
        self.send(number::LOGIN, &id).bytes
    }

    fn position(&mut self, position: &Position) -> Upload {
        self.last = position.attributes.clone();
        self.place = position.fix.coordinates().or(self.place);
        if position.alarms.is_empty() {
            self.send(number::GPS_LBS_STATE, &location(position))
        } else {
            self.send(number::ALARM, &alarm(position))
        }
    }

    fn batch(&mut self, _: &[Position]) -> Option<Upload> {
        None
    }

    fn heartbeat(&mut self) -> Upload {
        let mut content = status(&self.last, true).to_vec();
        content.extend(ENGLISH);
        self.send(number::STATUS, &content)
    }

    /// | 0x94 | sub-type 0x0A | IMEI 8 | IMSI 8, zeros: not known | ICCID 10, packed digits, F behind them |
    fn card(&mut self, iccid: &str) -> Option<Upload> {
        let digits: String = iccid.chars().take(ICCID_DIGITS).collect();
        let card = hex::decode(format!("{digits:f<ICCID_DIGITS$}")).ok()?;
        let content = [&[number::CARD_TYPE][..], &self.id, &[0; 8], &card].concat();
        self.serial = self.serial.wrapping_add(1);
        let bytes = framing::extended_frame(number::INFORMATION, &content, self.serial);
        Some(Upload { serial: self.serial, bytes, answered: false })
    }

    fn receive(&mut self, input: &mut BytesMut) -> Option<Answer> {
        loop {
            match framing::deframe(input) {
                Cut::Need | Cut::Lost(_) => return None,
                Cut::Skipped { .. } => {}
                Cut::Frame(frame) => {
                    return Some(Parts::of(&frame).map_or(Answer::Other, |parts| self.answer(&parts)));
                }
            }
        }
    }
}

/// Words as the devices send them; a text that is no command of any model is refused.
fn reply_words(command: Option<Command>, place: Option<Coordinates>) -> String {
    match command {
        None => "Command Error!".to_owned(),
        Some(Command::Locate) => place.map_or_else(|| "No data!".to_owned(), place_words),
        Some(Command::ReadParameters) => "TIMER:10,10;HBT:3,3;TimeZone:E,0,0;".to_owned(),
        Some(Command::Restart) => "The terminal will restart after 60s!".to_owned(),
        Some(Command::Relay(Relay::Cut)) => "Cut off the fuel supply: Success!".to_owned(),
        Some(Command::Relay(Relay::Restore)) => "Restore fuel supply: Success!".to_owned(),
        Some(
            Command::Interval { .. } | Command::Tracking { .. } | Command::SetParameter(_) | Command::Text(_),
        ) => "OK!".to_owned(),
    }
}

fn place_words(place: Coordinates) -> String {
    let side = |e7: i32, (plus, minus): (char, char)| if e7 < 0 { minus } else { plus };
    let degrees = |e7: i32| {
        let micro = e7.unsigned_abs() / 10;
        format!("{}.{:06}", micro / 1_000_000, micro % 1_000_000)
    };
    let (lat, lon) = (place.lat_e7(), place.lon_e7());
    let (north, east) = (side(lat, ('N', 'S')), side(lon, ('E', 'W')));
    format!("Current position!Lat:{north}{},Lon:{east}{}", degrees(lat), degrees(lon))
}

fn location(position: &Position) -> Vec<u8> {
    let mut content = gps(position);
    content.extend(narrow(serving(&position.attributes)));
    content.push(u8::from(position.attributes.ignition().unwrap_or(false)));
    content.push(find(&position.attributes, upload_mode).unwrap_or(0));
    content.push(u8::from(position.buffered));
    content.extend(find(&position.attributes, metres).map(u32::to_be_bytes).iter().flatten());
    content
}

fn alarm(position: &Position) -> Vec<u8> {
    let cell = narrow(serving(&position.attributes));
    let mut content = gps(position);
    content.push(u8::try_from(cell.len() + 1).unwrap_or(0));
    content.extend(cell);
    content.extend(status(&position.attributes, position.fix.coordinates().is_some()));
    content.push(alarm_codes::code_of(position.alarms));
    content.push(ENGLISH[1]);
    content
}

fn gps(position: &Position) -> Vec<u8> {
    let place = position.fix.coordinates();
    let degrees = place.map_or((0, 0), |place| (wire_degrees(place.lat_e7()), wire_degrees(place.lon_e7())));
    let kmh = position.speed.map_or(0, |speed| speed.tenths().saturating_add(5) / 10);
    let course = CourseWord::new(position.course.map_or(0, model::Course::degrees), place);
    let mut content = Vec::with_capacity(LOCATION_SIZE);
    content.extend(position.fix_time().map_or([0; 6], clock_bytes));
    content.push(BLOCK_LENGTH | position.satellites.unwrap_or(0).min(SATELLITES_MAX));
    content.extend(degrees.0.to_be_bytes());
    content.extend(degrees.1.to_be_bytes());
    content.push(u8::try_from(kmh).unwrap_or(u8::MAX));
    content.extend(course.0.to_be_bytes());
    content
}

fn status(attributes: &Attributes, fixed: bool) -> [u8; 3] {
    let voltage = find(attributes, battery).unwrap_or(VOLTAGE_FULL);
    let signal = find(attributes, gsm_level).unwrap_or(SIGNAL_STRONG);
    [TerminalByte::new(attributes, fixed).0, voltage, signal]
}

/// The first value that the pick finds.
fn find<T>(attributes: &Attributes, pick: impl Fn(&Attribute) -> Option<T>) -> Option<T> {
    attributes.iter().find_map(pick)
}

fn serving(attributes: &Attributes) -> Option<&model::Cell> {
    attributes.iter().find_map(|attribute| match attribute {
        Attribute::Cells(cells) => cells.first(),
        _ => None,
    })
}

const fn upload_mode(attribute: &Attribute) -> Option<u8> {
    if let Attribute::UploadMode(mode) = attribute { Some(*mode) } else { None }
}

const fn gsm_level(attribute: &Attribute) -> Option<u8> {
    if let Attribute::GsmLevel(level) = attribute { Some(*level) } else { None }
}

fn metres(attribute: &Attribute) -> Option<u32> {
    let Attribute::OdometerKm(km) = attribute else { return None };
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, which is what a counter at its end does"
    )]
    Some((km * 1000.0).round() as u32)
}

/// Percent as some devices send it; below 7 the level that says "extremely low", since the byte then counts levels.
fn battery(attribute: &Attribute) -> Option<u8> {
    let Attribute::BatteryPercent(percent) = attribute else { return None };
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates and the clamp is below 256"
    )]
    let percent = percent.clamp(0.0, 100.0).round() as u8;
    Some(if percent < 7 { VOLTAGE_EXTREMELY_LOW } else { percent })
}

/// The last sixteen characters as nibbles: an IMEI gets its leading zero. Letters beyond F become 0, as the wire has no
/// place for them.
fn packed(id: TerminalId) -> [u8; 8] {
    let value = id
        .as_str()
        .chars()
        .fold(0_u64, |value, digit| (value << 4) | u64::from(digit.to_digit(16).unwrap_or(0)));
    value.to_be_bytes()
}

/// Ten bytes of packed digits.
const ICCID_DIGITS: usize = 20;
const ENGLISH: [u8; 2] = [0x00, 0x02];
/// High nibble of the satellite byte: the block has twelve bytes from there on.
const BLOCK_LENGTH: u8 = 0xC0;
const SATELLITES_MAX: u8 = 15;
const LOCATION_SIZE: usize = 33;
const VOLTAGE_EXTREMELY_LOW: u8 = 1;
const VOLTAGE_FULL: u8 = 6;
const SIGNAL_STRONG: u8 = 4;
