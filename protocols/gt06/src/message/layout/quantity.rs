//! The numbers that a layout is made of: size, name and unit of each, and what it adds to a report.
//!
//! Shape: 1 to 8 bytes, most significant first. Units: as each variant says. Errors: none; a value that says nothing
//! adds nothing. Source: SPEC.md §4.10.

use super::draft::Draft;
use super::part::number;
use crate::alarm_codes::{self, Dialect, SPEEDING};
use crate::field::Rows;
use crate::field::status::{TerminalByte, battery, signal};
use crate::message::location::odometer;
use model::{Alarm, Attribute};

/// A number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantity {
    TerminalInformation,
    /// Class 7 of one maker is overspeed.
    SpeedingTerminalInformation,
    VoltageLevel,
    GsmLevel,
    Alarm,
    CameraAlarm,
    /// An alarm without a name.
    AnyAlarm,
    /// Length of the cell, language, reserved: explained, not kept.
    LbsLength,
    Language,
    Ignition,
    UploadMode,
    Reupload,
    Metres,
    TenMetres,
    Altitude,
    ExternalCentivolts,
    ExternalDecivolts,
    BatteryCentivolts,
    BatteryDecivolts,
    Percent,
    /// Bit 15 ignition; with bit 12 a temperature, bits 0-8 and its sign in bit 9.
    InputWord,
    /// Bit 7 is the sign.
    Celsius,
    /// 0.01 °C; bit 15 is the sign.
    Centicelsius,
    CentiHumidity,
    FuelLevel,
    DrivingSeconds,
    EngineSeconds,
    /// Bits 10-14 and 5-9 satellites, 0-4 signal.
    SignalWord,
    /// Mode 1, external voltage 2, reserved 1, working time 2, temperature 2 in mode 4.
    Sensors,
    PackPercent,
    PackHealth,
    PackDecikelvin,
    PackMillivolts,
    PackCycles,
}

impl Quantity {
    pub(crate) const fn size(self) -> usize {
        self.row().0
    }

    /// Size, name, unit.
    #[rustfmt::skip]
    const fn row(self) -> (usize, &'static str, &'static str) {
        match self {
            Self::TerminalInformation         => (1, "terminal information", "bits"),
            Self::SpeedingTerminalInformation => (1, "terminal information", "bits; class 7 is overspeed"),
            Self::VoltageLevel                => (1, "voltage level",        "0..6, above percent"),
            Self::GsmLevel                    => (1, "GSM level",            "0..4 bars, above the device's scale"),
            Self::Alarm                       => (1, "alarm code",           "see SPEC.md §5"),
            Self::CameraAlarm                 => (1, "alarm code",           "of a camera"),
            Self::AnyAlarm                    => (1, "alarm",                "0 none"),
            Self::LbsLength                   => (1, "lbs length",           "of the cell"),
            Self::Language                    => (1, "language",             "1 Chinese, 2 English"),
            Self::Ignition                    => (1, "acc",                  "0 ignition off"),
            Self::UploadMode                  => (1, "upload mode",          "why the report was sent"),
            Self::Reupload                    => (1, "re-upload",            "1 buffered"),
            Self::Metres                      => (4, "mileage",              "metres"),
            Self::TenMetres                   => (4, "mileage",              "10 metres"),
            Self::Altitude                    => (2, "altitude",             "metres"),
            Self::ExternalCentivolts          => (2, "external voltage",     "0.01 V"),
            Self::ExternalDecivolts           => (2, "external voltage",     "0.1 V"),
            Self::BatteryCentivolts           => (2, "battery",              "0.01 V"),
            Self::BatteryDecivolts            => (1, "battery",              "0.1 V"),
            Self::Percent                     => (1, "battery",              "percent"),
            Self::InputWord                   => (2, "inputs",               "bit 15 ignition, bit 12 temperature"),
            Self::Celsius                     => (1, "temperature",          "°C, bit 7 sign"),
            Self::Centicelsius                => (2, "temperature",          "0.01 °C, bit 15 sign"),
            Self::CentiHumidity               => (2, "humidity",             "0.01 percent"),
            Self::FuelLevel                   => (2, "fuel",                 "the sensor's own unit"),
            Self::DrivingSeconds              => (2, "driving time",         "seconds"),
            Self::EngineSeconds               => (4, "engine time",          "seconds"),
            Self::SignalWord                  => (2, "satellites, signal",   "bits 10-14, 5-9; 0-4"),
            Self::Sensors                     => (8, "sensors",              "mode, 0.01 V, time, 0.1 °C in mode 4"),
            Self::PackPercent                 => (1, "traction battery",     "percent"),
            Self::PackHealth                  => (1, "battery health",       "percent"),
            Self::PackDecikelvin              => (2, "battery temperature",  "0.1 K"),
            Self::PackMillivolts              => (2, "traction battery",     "0.001 V"),
            Self::PackCycles                  => (2, "charging cycles",      "count"),
        }
    }

    pub(crate) fn describe(self, bytes: &[u8], dialect: Dialect, rows: &mut Rows) {
        let (size, name, unit) = self.row();
        match self {
            Self::TerminalInformation => TerminalByte(byte(bytes)).describe(dialect, rows),
            Self::SpeedingTerminalInformation => TerminalByte(byte(bytes)).describe(SPEEDING, rows),
            _ => rows.add(size, name, number(bytes), unit),
        }
    }

    pub(crate) fn add(self, bytes: &[u8], draft: &mut Draft) {
        match self {
            Self::TerminalInformation => terminal(byte(bytes), draft.dialect, draft),
            Self::SpeedingTerminalInformation => terminal(byte(bytes), SPEEDING, draft),
            Self::Alarm => {
                let dialect = draft.dialect;
                draft.alarm(word(bytes), |code| dialect.of_code(code));
            }
            Self::CameraAlarm => draft.alarm(word(bytes), alarm_codes::of_camera),
            Self::AnyAlarm if byte(bytes) != 0 => draft.raise(Alarm::General),
            Self::Reupload => draft.buffered = byte(bytes) == 1,
            Self::Altitude => draft.altitude = Some(signed(bytes)),
            Self::SignalWord => {
                let word = word(bytes);
                let satellites = ((word >> 10) & 0x1F) + ((word >> 5) & 0x1F);
                draft.attributes.extend(u8::try_from(satellites).ok().map(Attribute::Satellites));
                draft.attributes.extend(i16::try_from(word & 0x1F).ok().map(Attribute::Rssi));
            }
            Self::InputWord => inputs(word(bytes), draft),
            Self::Sensors => sensors(bytes, draft),
            _ => {
                draft.attributes.extend(self.attribute(bytes));
                if self == Self::Ignition {
                    draft.added.extend(bytes);
                }
            }
        }
    }

    /// What a number says on its own.
    #[rustfmt::skip]
    fn attribute(self, bytes: &[u8]) -> Option<Attribute> {
        Some(match self {
            Self::VoltageLevel       => return battery(byte(bytes)),
            Self::GsmLevel           => signal(byte(bytes)),
            Self::Ignition           => Attribute::Ignition(byte(bytes) != 0),
            Self::UploadMode         => Attribute::UploadMode(byte(bytes)),
            Self::Metres             => odometer(double_word(bytes)),
            Self::TenMetres          => Attribute::OdometerKm(f64::from(double_word(bytes)) / 100.0),
            Self::ExternalCentivolts => Attribute::ExternalVolts(f32::from(word(bytes)) / 100.0),
            Self::ExternalDecivolts  => Attribute::ExternalVolts(f32::from(word(bytes)) / 10.0),
            Self::BatteryCentivolts  => Attribute::BatteryVolts(f32::from(word(bytes)) / 100.0),
            Self::BatteryDecivolts   => Attribute::BatteryVolts(f32::from(word(bytes)) / 10.0),
            Self::Percent            => Attribute::BatteryPercent(f32::from(byte(bytes).min(100))),
            Self::Celsius            => Attribute::TemperatureC(sign_and_size(word(bytes), 7)),
            Self::Centicelsius       => Attribute::TemperatureC(sign_and_size(word(bytes), 15) / 100.0),
            Self::CentiHumidity      => Attribute::HumidityPercent(f32::from(word(bytes)) / 100.0),
            Self::FuelLevel          => Attribute::FuelLevel(f32::from(word(bytes))),
            Self::DrivingSeconds     => Attribute::DrivingSeconds(double_word(bytes)),
            Self::EngineSeconds      => Attribute::EngineSeconds(double_word(bytes)),
            Self::PackPercent        => Attribute::PackPercent(f32::from(byte(bytes))),
            Self::PackHealth         => Attribute::PackHealthPercent(f32::from(byte(bytes))),
            Self::PackDecikelvin     => Attribute::TemperatureC((f32::from(word(bytes)) - 2731.0) / 10.0),
            Self::PackMillivolts     => Attribute::PackVolts(f32::from(word(bytes)) / 1000.0),
            Self::PackCycles         => Attribute::PackCycles(word(bytes)),
            _                        => return None,
        })
    }
}

fn terminal(information: u8, dialect: Dialect, draft: &mut Draft) {
    TerminalByte(information).push(&mut draft.attributes);
    draft.class = TerminalByte(information).alarms(dialect);
    draft.added.push(information);
}

fn inputs(word: u16, draft: &mut Draft) {
    draft.push(Attribute::Ignition(word & 0x8000 != 0));
    if word & 0x1000 != 0 {
        draft.push(Attribute::TemperatureC(sign_and_size(word & 0x03FF, 9)));
    }
}

fn sensors(bytes: &[u8], draft: &mut Draft) {
    let field = |from: usize, to: usize| bytes.get(from..to).unwrap_or_default();
    let volts = word(field(1, 3));
    draft.attributes.extend((volts != 0).then(|| Attribute::ExternalVolts(f32::from(volts) / 100.0)));
    if byte(field(0, 1)) == MODE_WITH_TEMPERATURE {
        draft.push(Attribute::TemperatureC(f32::from(signed(field(6, 8))) / 10.0));
    }
}

/// A number whose sign is a bit of its own.
fn sign_and_size(word: u16, sign: u8) -> f32 {
    let bit = 1_u16 << sign;
    let size = f32::from(word & (bit - 1));
    if word & bit == 0 { size } else { -size }
}

fn byte(bytes: &[u8]) -> u8 {
    bytes.first().copied().unwrap_or_default()
}

fn word(bytes: &[u8]) -> u16 {
    u16::try_from(number(bytes)).unwrap_or(u16::MAX)
}

fn double_word(bytes: &[u8]) -> u32 {
    u32::try_from(number(bytes)).unwrap_or(u32::MAX)
}

fn signed(bytes: &[u8]) -> i16 {
    i16::from_be_bytes(word(bytes).to_be_bytes())
}

const MODE_WITH_TEMPERATURE: u8 = 4;
