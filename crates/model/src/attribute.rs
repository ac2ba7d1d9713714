//! Everything a report may say beside time, place and alarms: one list of names for wire, SQL, JSON and console.
//!
//! Shape: a short list of typed values; in JSON an object keyed by name. Units are in the name. Absent = not in the
//! list, never 0 or "". Source: DESIGN.md §7.

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};

/// Declares the attribute list once: `Variant(Type) = "json_name"`. Expands to the enum, `name()` and the map entry.
/// New attributes go at the end: the journal stores the index.
macro_rules! attributes {
    ($($(#[$doc:meta])* $variant:ident($type:ty) = $name:literal),+ $(,)?) => {
        /// One value of a report.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        pub enum Attribute { $($(#[$doc])* $variant($type)),+ }

        impl Attribute {
            /// Every name, in declaration order.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The name in JSON, SQL and the console.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name),+ }
            }

            fn entry<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
                match self { $(Self::$variant(value) => map.serialize_entry($name, value)),+ }
            }
        }
    };
}

attributes! {
    /// Ignition line.
    Ignition(bool) = "ignition",
    /// External supply connected.
    Charging(bool) = "charging",
    /// Vibration guard armed.
    Armed(bool) = "armed",
    /// Fuel or electricity cut by relay.
    FuelCut(bool) = "fuel_cut",
    /// The tracker's own battery, percent.
    BatteryPercent(f32) = "battery_percent",
    /// The tracker's own battery, volts.
    BatteryVolts(f32) = "battery_volts",
    /// The vehicle's supply, volts.
    ExternalVolts(f32) = "external_volts",
    /// Mobile signal, bars 0..4 as GT06 counts them.
    GsmLevel(u8) = "gsm_level",
    /// Mobile signal in the device's own scale (CSQ or dBm).
    Rssi(i16) = "rssi",
    /// Satellites in a report that carries no position.
    Satellites(u8) = "satellites",
    /// Distance driven, km.
    OdometerKm(f64) = "odometer_km",
    /// Fuel, litres.
    FuelLitres(f32) = "fuel_litres",
    /// Temperature, °C.
    TemperatureC(f32) = "temperature_c",
    /// Relative humidity, percent.
    HumidityPercent(f32) = "humidity_percent",
    /// A door is open.
    DoorOpen(bool) = "door_open",
    /// SIM card number.
    Iccid(String) = "iccid",
    /// Equipment number.
    Imei(String) = "imei",
    /// Driver card, iButton or RFID tag.
    DriverId(String) = "driver_id",
    /// Work mode, as the device names it.
    WorkMode(String) = "work_mode",
    /// Light on the sensor of a hidden device.
    Light(bool) = "light",
    /// Step count.
    Steps(u32) = "steps",
    /// Mobile cells seen.
    Cells(Vec<Cell>) = "cells",
    /// Wi-Fi access points seen.
    Wifi(Vec<AccessPoint>) = "wifi",
    /// Horizontal dilution of precision.
    Hdop(f32) = "hdop",
    /// Free text from the device.
    Text(String) = "text",
    /// The alarm byte or word as it came, where the device sent one.
    AlarmCode(u32) = "alarm_code",
    /// The device's alarm, status and extra items that this decoder does not know, as hex.
    Items(Vec<UnknownItem>) = "items",
    /// Why the device sent this report (GT06 upload mode).
    UploadMode(u8) = "upload_mode",
    /// Number of the fence an alarm is about.
    Fence(u32) = "fence",
    /// Model or type id from a login or registration.
    Model(String) = "model",
    /// Maker id from a registration.
    Maker(String) = "maker",
    /// Plate that the device says it is installed on.
    Plate(String) = "plate",
    /// The device's own speed pulse, km/h.
    RecorderSpeedKmh(f32) = "recorder_speed_kmh",
    /// Device firmware or hardware version.
    Version(String) = "version",
    /// Seconds the device says it sleeps.
    SleepSeconds(u32) = "sleep_seconds",
    /// Id printed on the device, where it differs from the terminal number.
    DeviceId(String) = "device_id",
    /// IMSI of the SIM card.
    Imsi(String) = "imsi",
    /// Moving, by the device's own judgement.
    Moving(bool) = "moving",
    /// Doors locked.
    DoorsLocked(bool) = "doors_locked",
    /// Number of the event that the device reports or wants confirmed.
    EventNumber(u16) = "event_number",
    /// Tyre pressures as the device scales them, front to rear, left to right.
    TyrePressures(Vec<Option<u8>>) = "tyre_pressures",
    /// Seconds driven in the road section an alarm is about.
    SectionSeconds(u16) = "section_seconds",
    /// Video alarms, bits of JT/T 1078.
    VideoAlarms(u32) = "video_alarms",
    /// Cameras without a signal, one bit a channel.
    VideoLost(u32) = "video_lost",
    /// Cameras that are covered, one bit a channel.
    VideoCovered(u32) = "video_covered",
    /// Video memories that failed, bits of JT/T 1078.
    StorageFaults(u16) = "storage_faults",
    /// Abnormal driving, bits of JT/T 1078.
    AbnormalDriving(u16) = "abnormal_driving",
    /// Lights, horn, brake and so on, bits of JT/T 808.
    VehicleSignals(u32) = "vehicle_signals",
    /// Inputs and outputs, bits of JT/T 808.
    IoState(u16) = "io_state",
    /// The device sleeps between reports.
    Asleep(bool) = "asleep",
    /// Analog inputs from 0, in the maker's unit.
    AnalogInputs(Vec<u16>) = "analog_inputs",
    /// What a driver assistance system complains of.
    SafetyAlarms(Vec<SafetyAlarm>) = "safety_alarms",
    /// Temperatures of several sensors, °C; absent where a sensor is.
    TemperaturesC(Vec<Option<f32>>) = "temperatures_c",
    /// Relative humidities of several sensors, percent; absent where a sensor is.
    HumiditiesPercent(Vec<Option<f32>>) = "humidities_percent",
    /// Light on the sensor of a hidden device, in the device's own scale.
    LightLevel(u16) = "light_level",
    /// Acceleration along three axes, in the device's own scale.
    Accelerometer([i16; 3]) = "accelerometer",
    /// The vendor's own alarm word beside the standard's.
    VendorAlarmCode(u32) = "vendor_alarm_code",
    /// Settings of the device, as it answers when asked.
    Parameters(Vec<Parameter>) = "parameters",
    /// Province of registration, GB/T 2260.
    Province(u16) = "province",
    /// City of registration, GB/T 2260.
    City(u16) = "city",
    /// Colour of the plate, JT/T 415; 0 is none.
    PlateColour(u8) = "plate_colour",
    /// Device hardware version, where it is told apart from the firmware's.
    HardwareVersion(String) = "hardware_version",
    /// Kind of terminal, bits of JT/T 808.
    TerminalKind(u16) = "terminal_kind",
    /// Satellite systems of the receiver, bits of JT/T 808.
    GnssSystems(u8) = "gnss_systems",
    /// Mobile networks of the modem, bits of JT/T 808.
    CommsSystems(u8) = "comms_systems",
    /// The driver's name.
    DriverName(String) = "driver_name",
    /// Who issued the driver's licence.
    LicenceAgency(String) = "licence_agency",
    /// Last day of the driver's licence, YYYYMMDD.
    LicenceExpiry(String) = "licence_expiry",
    /// A driver card was put in, or taken out.
    CardInserted(bool) = "card_inserted",
    /// A photo, sound or video that the device announces or sends.
    Media(Media) = "media",
    /// Numbers of photos, sounds and videos on the device.
    MediaIds(Vec<u32>) = "media_ids",
    /// Frames from the vehicle's bus.
    CanFrames(Vec<CanFrame>) = "can_frames",
    /// Horizontal accuracy, metres.
    AccuracyM(f32) = "accuracy_m",
    /// Generation of the mobile network, as the device names it.
    NetworkTechnology(String) = "network_technology",
    /// Seconds that the driver with the card has driven.
    DrivingSeconds(u32) = "driving_seconds",
    /// Seconds that the engine has run.
    EngineSeconds(u32) = "engine_seconds",
    /// Names of the recordings that a camera made of an event, with commas between.
    MediaFiles(String) = "media_files",
    /// Fuel, in the sensor's own unit.
    FuelLevel(f32) = "fuel_level",
    /// The vehicle's traction battery, percent.
    PackPercent(f32) = "pack_percent",
    /// The vehicle's traction battery, volts.
    PackVolts(f32) = "pack_volts",
    /// Charging cycles of the vehicle's traction battery.
    PackCycles(u16) = "pack_cycles",
    /// Health of the vehicle's traction battery, percent.
    PackHealthPercent(f32) = "pack_health_percent",
    /// Satellites in view.
    SatellitesVisible(u8) = "satellites_visible",
    /// The device's own tamper switch is open.
    Tampered(bool) = "tampered",
}

/// A mobile cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cell {
    /// Mobile country code.
    pub mcc: u16,
    /// Mobile network code.
    pub mnc: u16,
    /// Location or tracking area code.
    pub lac: u32,
    /// Cell id.
    pub cid: u64,
    /// Signal as the device scales it.
    pub rssi: Option<i16>,
}

/// A Wi-Fi access point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AccessPoint {
    /// Hardware address.
    pub mac: Mac,
    /// Signal as the device scales it.
    pub rssi: i16,
}

/// A hardware address; `00:1a:2b:3c:4d:5e` in text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
pub struct Mac(pub [u8; 6]);

impl Serialize for Mac {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return self.0.serialize(serializer);
        }
        serializer.serialize_str(&self.0.map(|byte| format!("{byte:02x}")).join(":"))
    }
}

/// An item of a report that the decoder does not know, kept whole.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UnknownItem {
    /// The item's id on the wire.
    pub id: u16,
    /// The item's value on the wire.
    pub hex: Octets,
}

/// Raw bytes; hex in text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
pub struct Octets(pub Vec<u8>);

impl Serialize for Octets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return self.0.serialize(serializer);
        }
        let text = self.0.iter().fold(String::with_capacity(self.0.len() * 2), |mut text, byte| {
            use std::fmt::Write as _;
            let _ = write!(text, "{byte:02x}");
            text
        });
        serializer.serialize_str(&text)
    }
}

/// A complaint of a driver assistance system (T/JSATL 12).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SafetyAlarm {
    /// The system: `adas`, `dsm`, `tpms` or `bsd`.
    pub system: String,
    /// The system's own number of the alarm.
    pub id: u32,
    /// 0 a moment, 1 it begins, 2 it ends.
    pub state: u8,
    /// What of, as the system numbers it; absent where it names several.
    pub kind: Option<u8>,
    /// Level 1 or 2, where the system has levels.
    pub level: Option<u8>,
}

/// One setting of a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its id on the wire.
    pub id: u32,
    /// What it is.
    pub name: String,
    /// Its value, as a person writes it.
    pub value: String,
}

/// A photo, sound or video on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// Its number.
    pub id: u32,
    /// 0 photo, 1 sound, 2 video.
    pub kind: u8,
    /// 0 JPEG, 1 TIF, 2 MP3, 3 WAV, 4 WMV.
    pub format: u8,
    /// Why it was taken, as the protocol numbers it.
    pub event: u8,
    /// Camera or microphone.
    pub channel: u8,
}

/// A frame from the vehicle's bus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanFrame {
    /// Bus, frame format and id, as the device packs them.
    pub id: u32,
    /// Its bytes.
    pub hex: Octets,
}

/// The attributes of one report, in the order the decoder met them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Attributes(pub Vec<Attribute>);

impl Attributes {
    /// Adds a value.
    #[inline]
    pub fn push(&mut self, attribute: Attribute) {
        self.0.push(attribute);
    }

    /// Adds values that may be absent.
    #[inline]
    pub fn extend(&mut self, attributes: impl IntoIterator<Item = Attribute>) {
        self.0.extend(attributes);
    }

    /// The values.
    pub fn iter(&self) -> impl Iterator<Item = &Attribute> {
        self.0.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the ignition is on, if the report says.
    pub fn ignition(&self) -> Option<bool> {
        self.0.iter().find_map(|attribute| match attribute {
            Attribute::Ignition(on) => Some(*on),
            _ => None,
        })
    }
}

impl FromIterator<Attribute> for Attributes {
    fn from_iter<I: IntoIterator<Item = Attribute>>(attributes: I) -> Self {
        Self(attributes.into_iter().collect())
    }
}

impl Serialize for Attributes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return self.0.serialize(serializer);
        }
        let mut map = serializer.serialize_map(None)?;
        for attribute in &self.0 {
            attribute.entry(&mut map)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Attributes {
    /// Binary form only: text is for people.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names = Attribute::NAMES.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Attribute::NAMES.len());
    }
}
