//! The layouts: number, start marks, content length, event, fields in wire order.
//!
//! Shape: data only; the first row that fits a body is its layout. Units: per part. Errors: none here.
//! Source: SPEC.md §4.10, row by row.

use super::part::Part::{
    BareGps, CameraGps, Cell, Clock, CountedCells, Files, Gps, HeardCells, Hex, Id, Modules, Number, Rest,
    Tag, TagNumber, TagRest, TagText, Text, TextBefore, TypedCell, Unix, Wifi,
};
use super::quantity::Quantity::{
    Alarm, Altitude, AnyAlarm, BatteryCentivolts, BatteryDecivolts, CameraAlarm, Celsius, CentiHumidity,
    Centicelsius, DrivingSeconds, EngineSeconds, ExternalCentivolts, ExternalDecivolts, FuelLevel, GsmLevel,
    Ignition, InputWord, Language, LbsLength, Metres, PackCycles, PackDecikelvin, PackHealth, PackMillivolts,
    PackPercent, Percent, Reupload, Sensors, SignalWord, SpeedingTerminalInformation, TenMetres,
    TerminalInformation, UploadMode, VoltageLevel,
};
use super::{Layout, Marks, Part, Says, Size};
use crate::field::cell::Width::{Long, Middle, Narrow, Wide};
use crate::field::modules::Coding;

/// A row.
const fn row(number: u8, marks: Marks, size: Size, says: Says, parts: &'static [Part]) -> Layout {
    Layout { number, marks, size, says, parts }
}

const SHORT: Marks = Marks::Short;
const EXTENDED: Marks = Marks::Extended;
const EITHER: Marks = Marks::Either;
const POSITION: Says = Says::Position;
const ALARM: Says = Says::Alarm;
const CELLS: Says = Says::Cells;
const HEARTBEAT: Says = Says::Heartbeat;
const STATUS: Says = Says::Status;
const MEDIA: Says = Says::Media;

const INFORMATION: Part = Number(TerminalInformation);
const IGNITION: Part = Number(Ignition);
const MODE: Part = Number(UploadMode);
const REUPLOAD: Part = Number(Reupload);
const LEVEL: Part = Number(VoltageLevel);
const SIGNAL: Part = Number(GsmLevel);
const CODE: Part = Number(Alarm);
const LANGUAGE: Part = Number(Language);
const METRES: Part = Number(Metres);
const SUPPLY: Part = Number(ExternalCentivolts);
const BATTERY: Part = Number(BatteryCentivolts);

/// In the order of the numbers; of two rows for one number the stricter comes first.
#[rustfmt::skip]
pub(crate) const LAYOUTS: &[Layout] = &[
    // 0x12, told apart by length
    row(0x12, SHORT, Size::Is(28), POSITION, &[Gps, Cell(Narrow), Number(InputWord)]),
    row(0x12, SHORT, Size::Is(29), POSITION, &[Gps, Cell(Narrow), IGNITION, MODE, REUPLOAD]),
    row(0x12, SHORT, Size::Is(30), POSITION, &[Gps, Cell(Narrow), METRES]),
    row(0x12, SHORT, Size::Is(31), POSITION, &[Gps, Cell(Narrow), Number(SpeedingTerminalInformation), SUPPLY, SIGNAL, Hex("alarm extension", 1)]),
    row(0x12, SHORT, Size::Is(33), POSITION, &[Gps, Cell(Narrow), IGNITION, MODE, REUPLOAD, METRES]),
    row(0x12, SHORT, Size::Is(34), POSITION, &[Id, Gps, Cell(Narrow)]),
    row(0x12, SHORT, Size::Is(38), POSITION, &[Gps, Cell(Narrow), INFORMATION, SUPPLY, SIGNAL, CODE, Number(FuelLevel), Number(Celsius), Number(TenMetres)]),
    row(0x12, SHORT, Size::From(36), POSITION, &[Gps, Cell(Narrow), METRES, TagText, Number(AnyAlarm), Hex("card state", 1), Number(DrivingSeconds)]),
    row(0x12, SHORT, Size::From(108), POSITION, &[Gps, Cell(Narrow), METRES, TagText, Number(AnyAlarm), Hex("card swiped", 1)]),
    // 0x13 of a plug for the diagnosis socket
    row(0x13, SHORT, Size::Is(14), HEARTBEAT, &[INFORMATION, Number(SignalWord), CODE, LANGUAGE, Number(Percent), Number(Sensors)]),
    // Known by name, as 0xB0, 0xB2 and 0xFD: their content is not public
    row(0x14, EITHER, Size::From(0), STATUS, &[Rest]),
    // 0x16
    row(0x16, SHORT, Size::Is(31), ALARM, &[Gps, Cell(Narrow), INFORMATION, LEVEL, SIGNAL, CODE, LANGUAGE]),
    row(0x16, SHORT, Size::Is(33), ALARM, &[Gps, Number(LbsLength), Cell(Long), INFORMATION, LEVEL, SIGNAL, CODE, LANGUAGE]),
    row(0x16, SHORT, Size::Is(40), ALARM, &[Gps, Number(LbsLength), Cell(Narrow), INFORMATION, LEVEL, SIGNAL, CODE, LANGUAGE, Tag(8)]),
    row(0x16, SHORT, Size::Is(69), ALARM, &[Gps, Number(LbsLength), HeardCells(Narrow, 7), INFORMATION, LEVEL, SIGNAL, CODE, LANGUAGE]),
    // 0x17 of devices with a card reader; of others Wi-Fi, see `wifi_clone`
    row(0x17, SHORT, Size::Is(35), POSITION, &[Gps, Cell(Narrow), Tag(8), Hex("card valid", 1)]),
    row(0x1E, SHORT, Size::Is(66), POSITION, &[Gps, HeardCells(Narrow, 7), Hex("timing advance", 1), Number(Language), Number(Language)]),
    // 0x22
    row(0x22, SHORT, Size::Is(42), POSITION, &[Gps, Cell(Long), IGNITION, MODE, REUPLOAD, METRES, Number(EngineSeconds), Number(Centicelsius), Number(CentiHumidity)]),
    row(0x22, SHORT, Size::Is(55), ALARM, &[Hex("source", 1), Id, Hex("device clock", 6), Gps, Number(LbsLength), Cell(Narrow), INFORMATION, SUPPLY, Number(BatteryDecivolts), SIGNAL, CODE, LANGUAGE, Hex("mileage", 3), Hex("engine time", 3)]),
    // 0x24 is 0x28 but for these
    row(0x24, SHORT, Size::Is(41), POSITION, &[Gps, Cell(Narrow), IGNITION, SUPPLY, BATTERY, Hex("state", 2), Id]),
    row(0x24, SHORT, Size::Is(44), CELLS, &[Clock, Hex("timing advance", 1), CountedCells, Rest]),
    row(0x25, SHORT, Size::From(59), ALARM, &[Hex("source", 1), Id, Hex("device clock", 6), Gps, Number(LbsLength), Cell(Long), Hex("network", 1), INFORMATION, SUPPLY, Number(BatteryDecivolts), SIGNAL, CODE, LANGUAGE, Hex("mileage", 3), Hex("engine time", 3), Hex("state", 1), Hex("card reader", 1), TagRest]),
    // SL4X in short frames; AZ735 has 0x32 and 0x33 in extended ones
    row(0x31, SHORT, Size::Is(33), POSITION, &[Gps, Cell(Middle), IGNITION, MODE, REUPLOAD, Number(Altitude)]),
    row(0x31, SHORT, Size::Is(37), POSITION, &[Gps, Cell(Middle), IGNITION, MODE, REUPLOAD, METRES, Number(Altitude)]),
    row(0x32, SHORT, Size::Is(34), ALARM, &[Gps, Number(LbsLength), Cell(Middle), INFORMATION, LEVEL, SIGNAL, CODE, LANGUAGE]),
    row(0x32, SHORT, Size::Is(36), ALARM, &[Gps, Number(LbsLength), Cell(Middle), INFORMATION, LEVEL, SIGNAL, CODE, LANGUAGE, Number(Altitude)]),
    row(0x33, SHORT, Size::From(53), CELLS, &[Clock, HeardCells(Long, 6), Hex("timing advance", 1), Wifi]),
    // X1
    row(0x34, SHORT, Size::From(51), POSITION, &[Hex("flags", 4), Gps, Hex("terminal information", 2), METRES, Cell(Long), TagNumber(4), SUPPLY, BATTERY, Hex("ports", 4), Hex("inputs", 1), Hex("outputs", 1), Rest]),
    row(0x35, SHORT, Size::Is(26), MEDIA, &[Rest]),
    row(0x36, EXTENDED, Size::From(0), MEDIA, &[Rest]),
    // Jimi 4G
    row(0x36, SHORT, Size::Is(48), POSITION, &[Gps, Cell(Long), Hex("state", 9), Number(BatteryDecivolts), Hex("state", 3), Tag(8)]),
    row(0x36, SHORT, Size::From(5), HEARTBEAT, &[INFORMATION, LEVEL, SIGNAL, CODE, LANGUAGE, Modules(Coding::Module)]),
    row(0x37, EITHER, Size::From(29), POSITION, &[Gps, Cell(Narrow), IGNITION, MODE, REUPLOAD, Modules(Coding::Module)]),
    row(0x38, EITHER, Size::From(30), POSITION, &[Gps, MODE, REUPLOAD, TypedCell, Modules(Coding::Module)]),
    row(0x39, EITHER, Size::From(18), ALARM, &[Gps, Rest]),
    row(0x40, EITHER, Size::From(105), STATUS, &[Hex("battery serial", 8), Unix, Number(PackPercent), Hex("capacity", 2), Hex("percent of design", 1), Hex("full capacity", 2), Number(PackHealth), Number(PackDecikelvin), Hex("current", 2), Number(PackMillivolts), Number(PackCycles), Hex("cells", 28), Rest]),
    row(0x41, EITHER, Size::From(0), MEDIA, &[Rest]),
    row(0x61, SHORT, Size::Is(41), POSITION, &[Id, Gps, Cell(Long), TagNumber(6)]),
    row(0x65, EITHER, Size::From(1), STATUS, &[Text]),
    row(0x66, EITHER, Size::From(1), STATUS, &[Text]),
    row(0x70, EITHER, Size::From(4), POSITION, &[Modules(Coding::Modular)]),
    row(0x8C, EITHER, Size::From(19), CELLS, &[Clock, IGNITION, TextBefore(12), Rest]),
    // Cameras
    row(0x95, EITHER, Size::Is(7), ALARM, &[Clock, Number(CameraAlarm)]),
    row(0x95, EITHER, Size::From(27), ALARM, &[Hex("marker", 3), CameraGps, Number(ExternalDecivolts), Number(CameraAlarm), Hex("event", 2), Files]),
    row(0x95, EITHER, Size::From(19), ALARM, &[BareGps, Number(CameraAlarm), Hex("event", 2), Files]),
    row(0x98, EITHER, Size::From(3), STATUS, &[Modules(Coding::Card)]),
    row(0x9B, EITHER, Size::From(2), STATUS, &[Hex("port", 1), Text]),
    // LW models
    row(0xA2, SHORT, Size::Is(59), ALARM, &[Gps, Cell(Wide), Hex("network", 1), INFORMATION, SUPPLY, LEVEL, SIGNAL, CODE, LANGUAGE, METRES, Number(EngineSeconds), Id, Hex("inputs", 2)]),
    row(0xA7, SHORT, Size::From(15), STATUS, &[Cell(Wide), Rest]),
    row(0xB0, EITHER, Size::From(0), STATUS, &[Rest]),
    row(0xB2, EITHER, Size::From(0), STATUS, &[Rest]),
    row(0xF1, EITHER, Size::From(4), CELLS, &[Unix, Modules(Coding::Device)]),
    row(0xF2, EITHER, Size::From(4), CELLS, &[Unix, Modules(Coding::Peripheral)]),
    row(0xF3, EITHER, Size::From(1), STATUS, &[Rest]),
    row(0xFD, EITHER, Size::From(0), STATUS, &[Text]),
];
