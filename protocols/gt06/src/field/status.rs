//! The bytes that say how the device itself is: terminal information, voltage, signal.
//!
//! Shape: 3 bytes → attributes. Units: voltage as level 0..6 or percent; signal as bars 0..4 or the device's scale.
//! Errors: none; a voltage byte above 100 says nothing. Source: SPEC.md §3.

use super::{Parsed, Rows};
use crate::alarm_codes::Dialect;
use model::{Alarms, Attribute, Attributes};
use nom::Parser;
use nom::error::context;
use nom::number::complete::be_u8;

/// The bytes as sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) terminal: TerminalByte,
    pub(crate) voltage: u8,
    pub(crate) signal: u8,
}

/// | offset | size | field                | coding                                    |
/// |      0 |    1 | terminal information | see [`TerminalByte`]                      |
/// |      1 |    1 | voltage level        | 0..6 none..full; 7..100 percent           |
/// |      2 |    1 | GSM level            | 0..4 bars; above: the device's own scale  |
pub(crate) fn status(i: &[u8]) -> Parsed<'_, Status> {
    let (i, terminal) = context("terminal information", be_u8).parse(i)?;
    let (i, voltage) = context("voltage level", be_u8).parse(i)?;
    let (i, signal) = context("GSM level", be_u8).parse(i)?;
    Ok((i, Status { terminal: TerminalByte(terminal), voltage, signal }))
}

impl Status {
    pub(crate) fn push(self, attributes: &mut Attributes) {
        attributes.0.reserve(MOST);
        self.terminal.push(attributes);
        attributes.extend(battery(self.voltage));
        attributes.push(signal(self.signal));
    }

    pub(crate) fn describe(self, dialect: Dialect, rows: &mut Rows) {
        self.terminal.describe(dialect, rows);
        let level = match battery(self.voltage) {
            Some(Attribute::BatteryPercent(percent)) => format!("battery {percent} %"),
            _ => "not a level and not a percentage".to_owned(),
        };
        rows.add(1, "voltage level", self.voltage, level);
        rows.add(1, "GSM level", self.signal, signal_words(self.signal));
    }
}

/// | bit | meaning                                                       |
/// | 0   | armed                                                         |
/// | 1   | ignition                                                      |
/// | 2   | external supply connected                                     |
/// | 3-5 | alarm class, see `alarm_codes`                                |
/// | 6   | GPS fixed                                                     |
/// | 7   | fuel and electricity cut                                      |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TerminalByte(pub(crate) u8);

impl TerminalByte {
    /// The byte of a device with these attributes, for the device side.
    pub(crate) fn new(attributes: &Attributes, fixed: bool) -> Self {
        let flags = attributes.iter().map(|attribute| match attribute {
            Attribute::Armed(true) => ARMED,
            Attribute::Ignition(true) => IGNITION,
            Attribute::Charging(true) => CHARGING,
            Attribute::FuelCut(true) => FUEL_CUT,
            _ => 0,
        });
        Self(flags.fold(if fixed { FIXED } else { 0 }, |byte, flag| byte | flag))
    }

    pub(crate) fn push(self, attributes: &mut Attributes) {
        attributes.push(Attribute::Ignition(self.has(IGNITION)));
        attributes.push(Attribute::Charging(self.has(CHARGING)));
        attributes.push(Attribute::Armed(self.has(ARMED)));
        attributes.push(Attribute::FuelCut(self.has(FUEL_CUT)));
    }

    /// The alarm that bits 3 to 5 stand for, where no alarm byte says better.
    pub(crate) fn alarms(self, dialect: Dialect) -> Alarms {
        dialect.of_class((self.0 >> 3) & 0x07)
    }

    pub(crate) fn describe(self, dialect: Dialect, rows: &mut Rows) {
        let choose = |bit, set: &'static str, clear: &'static str| if self.has(bit) { set } else { clear };
        let mut words = choose(FUEL_CUT, "fuel cut, ", "").to_owned();
        words += choose(FIXED, "GPS fixed", "GPS not fixed");
        words += choose(CHARGING, ", external supply on", ", external supply off");
        words += choose(IGNITION, ", ignition on", ", ignition off");
        words += choose(ARMED, ", armed", ", not armed");
        for alarm in self.alarms(dialect).iter() {
            words += ", alarm ";
            words += alarm.as_str();
        }
        rows.add(1, "terminal information", format!("{:#04x}", self.0), words);
    }

    const fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }
}

/// Levels as the manual counts them, to the nearest percent; above 6 the devices that send percent.
pub(crate) fn battery(level: u8) -> Option<Attribute> {
    let percent = match level {
        0..=6 => (u16::from(level) * 100 + 3) / 6,
        7..=100 => u16::from(level),
        _ => return None,
    };
    Some(Attribute::BatteryPercent(f32::from(percent)))
}

/// Bars as the manual counts them; above 4 the devices that send CSQ or percent.
pub(crate) fn signal(level: u8) -> Attribute {
    match level {
        0..=4 => Attribute::GsmLevel(level),
        _ => Attribute::Rssi(i16::from(level)),
    }
}

pub(crate) const fn signal_words(level: u8) -> &'static str {
    match level {
        0 => "no signal",
        1 => "extremely weak signal",
        2 => "weak signal",
        3 => "good signal",
        4 => "strong signal",
        _ => "signal in the device's own scale",
    }
}

/// Six of the status, and the alarm code and the cell that alarms put behind them: one allocation instead of two.
const MOST: usize = 8;
const ARMED: u8 = 0x01; // bit 0
const IGNITION: u8 = 0x02; // bit 1
const CHARGING: u8 = 0x04; // bit 2
const FIXED: u8 = 0x40; // bit 6
const FUEL_CUT: u8 = 0x80; // bit 7
