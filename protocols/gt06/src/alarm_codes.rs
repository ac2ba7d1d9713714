//! The alarm byte, as data.
//!
//! Shape: [`Dialect`] of a model, code → [`Alarm`], or a notice that is no alarm. Units: none. Errors: a code that is
//! not in the table is `Alarm::General`; the code itself stays in the report. Source: SPEC.md §5 and §9.

use model::{Alarm, Alarms};
use wire::AlarmCode;

/// Where a model means something else by its alarm bytes than the tables here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// Codes of the alarm byte.
    pub(crate) codes: &'static [AlarmCode],
    /// Classes in bits 3 to 5 of the terminal information.
    pub(crate) classes: &'static [AlarmCode],
}

impl Dialect {
    /// As the tables here.
    #[cfg(test)]
    const COMMON: Self = Self { codes: &[], classes: &[] };

    /// The alarms that an alarm byte stands for.
    pub(crate) fn of_code(self, code: u16) -> Alarms {
        meant(self.codes, code).unwrap_or_else(|| listed(ALARMS, code))
    }

    /// The alarms that bits 3 to 5 of the terminal information stand for.
    pub(crate) fn of_class(self, class: u8) -> Alarms {
        meant(self.classes, u16::from(class)).unwrap_or_else(|| listed(CLASSES, u16::from(class)))
    }
}

/// What a model means by a code, if it differs.
fn meant(own: &[AlarmCode], code: u16) -> Option<Alarms> {
    own.iter().find(|row| row.code == code).map(|row| row.alarm.into_iter().collect())
}

/// The alarms of a camera's event, 0x95.
pub(crate) fn of_camera(code: u16) -> Alarms {
    listed(CAMERA, code)
}

/// The alarms of the event module, 0x2B; most events are none.
pub(crate) fn of_module(code: u16) -> Alarms {
    let known = MODULE.iter().find(|(known, _)| u16::from(*known) == code);
    known.into_iter().filter_map(|(_, alarm)| *alarm).collect()
}

/// The form of one maker whose class 7 is overspeed.
pub(crate) const SPEEDING: Dialect =
    Dialect { codes: &[], classes: &[AlarmCode { code: 7, alarm: Some(Alarm::Overspeed) }] };

fn listed(table: &[(u8, Option<Alarm>)], code: u16) -> Alarms {
    match table.iter().find(|(known, _)| u16::from(*known) == code) {
        Some((_, alarm)) => alarm.iter().copied().collect(),
        None => Alarms::NONE.with(Alarm::General),
    }
}

/// The code of the first of these alarms that has one, for the device side; [`UNLISTED`] if none has.
pub(crate) fn code_of(alarms: Alarms) -> u8 {
    let listed = alarms.iter().find_map(|alarm| ALARMS.iter().find(|(_, known)| *known == Some(alarm)));
    listed.map_or(UNLISTED, |(code, _)| *code)
}

/// Code and alarm; `None` is a notice. Where models disagree, the reading of the vendor's own table.
#[rustfmt::skip]
const ALARMS: &[(u8, Option<Alarm>)] = &[
    (0x00, None),
    (0x01, Some(Alarm::Sos)),
    (0x02, Some(Alarm::PowerCut)),
    (0x03, Some(Alarm::Vibration)),
    (0x04, Some(Alarm::FenceEnter)),
    (0x05, Some(Alarm::FenceExit)),
    (0x06, Some(Alarm::Overspeed)),
    (0x09, Some(Alarm::Displacement)),
    (0x0A, Some(Alarm::BlindAreaEnter)),
    (0x0B, Some(Alarm::BlindAreaExit)),
    (0x0C, Some(Alarm::PowerOn)),
    (0x0D, None),                       // first fix after power-on
    (0x0E, Some(Alarm::LowExternal)),
    (0x0F, Some(Alarm::LowExternal)),   // low-voltage protection on
    (0x10, Some(Alarm::SimChanged)),
    (0x11, Some(Alarm::PowerOff)),
    (0x12, None),                       // flight mode after low voltage
    (0x13, Some(Alarm::Removed)),
    (0x14, Some(Alarm::Door)),
    (0x15, Some(Alarm::PowerOff)),      // shut down on low battery
    (0x16, Some(Alarm::Sound)),
    (0x17, Some(Alarm::FakeCell)),
    (0x18, Some(Alarm::CoverOpen)),
    (0x19, Some(Alarm::LowBattery)),
    (0x20, None),                       // entered deep sleep
    (0x23, Some(Alarm::Fall)),
    (0x25, Some(Alarm::Removed)),
    (0x29, Some(Alarm::Acceleration)),
    (0x2A, Some(Alarm::Cornering)),     // left
    (0x2B, Some(Alarm::Cornering)),     // right
    (0x2C, Some(Alarm::Collision)),
    (0x2D, Some(Alarm::Rollover)),
    (0x2F, Some(Alarm::Acceleration)),
    (0x30, Some(Alarm::Braking)),
    (0x32, Some(Alarm::Removed)),       // unplugged
    (0x33, None),                       // locked
    (0x34, None),                       // unlocked
    (0x4C, Some(Alarm::Cornering)),
    (0xFE, Some(Alarm::IgnitionOn)),
    (0xFF, Some(Alarm::IgnitionOff)),
];

/// Bits 3 to 5 of the terminal information.
#[rustfmt::skip]
const CLASSES: &[(u8, Option<Alarm>)] = &[
    (0, None),
    (1, Some(Alarm::Vibration)),
    (2, Some(Alarm::PowerCut)),
    (3, Some(Alarm::LowBattery)),
    (4, Some(Alarm::Sos)),
    (6, Some(Alarm::Area)),
    (7, Some(Alarm::Removed)),
];

/// Events of cameras, 0x95. One source.
#[rustfmt::skip]
const CAMERA: &[(u8, Option<Alarm>)] = &[
    (0x01, Some(Alarm::Sos)),
    (0x0E, Some(Alarm::LowExternal)),
    (0x80, Some(Alarm::Vibration)),
    (0x87, Some(Alarm::Overspeed)),
    (0x88, Some(Alarm::PowerCut)),
    (0x90, Some(Alarm::Acceleration)),
    (0x91, Some(Alarm::Braking)),
    (0x92, Some(Alarm::Cornering)),
    (0x93, Some(Alarm::Collision)),
];

/// Events of the modular message, 0x70. One source.
#[rustfmt::skip]
const MODULE: &[(u8, Option<Alarm>)] = &[
    (0x11, Some(Alarm::LowBattery)),
    (0x12, Some(Alarm::LowExternal)),
    (0x13, Some(Alarm::PowerCut)),
    (0x14, Some(Alarm::Removed)),
];

/// A code that no table lists.
const UNLISTED: u8 = 0x7F;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_listed_once_and_in_order() {
        assert!(ALARMS.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn an_unlisted_code_is_a_general_alarm() {
        assert_eq!(Dialect::COMMON.of_code(u16::from(UNLISTED)), Alarms::NONE.with(Alarm::General));
    }

    #[test]
    fn a_notice_is_no_alarm() {
        assert_eq!(Dialect::COMMON.of_code(0x0D), Alarms::NONE);
    }

    #[test]
    fn a_models_own_row_comes_first_and_only_for_its_code() {
        let codes =
            &[AlarmCode { code: 0x18, alarm: Some(Alarm::Collision) }, AlarmCode { code: 0x06, alarm: None }];
        let own = Dialect { codes, classes: &[] };
        assert_eq!(own.of_code(0x18), Alarms::NONE.with(Alarm::Collision));
        assert_eq!(own.of_code(0x06), Alarms::NONE);
        assert_eq!(own.of_code(0x01), Alarms::NONE.with(Alarm::Sos));
        assert_eq!(own.of_class(7), Alarms::NONE.with(Alarm::Removed));
        assert_eq!(SPEEDING.of_class(7), Alarms::NONE.with(Alarm::Overspeed));
    }
}
