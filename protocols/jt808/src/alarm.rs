//! The alarm word of a location, bit by bit.
//!
//! Shape: u32 ↔ [`Alarms`]; several bits may mean one alarm, the word itself stays in `alarm_code`. Bits 15-17 were
//! reserved before 2019 and trackers use them for their own ends, so without a known maker
//! they only say that there is an alarm.
//! Source: SPEC.md §4.

use model::{Alarm, Alarms};
use wire::AlarmCode;

/// The alarms of a word; a model's own bits come before the standard's.
pub(crate) fn alarms(word: u32, own: &[AlarmCode]) -> Alarms {
    if word == 0 {
        return Alarms::NONE;
    }
    let meant = |bit: u8| own.iter().find(|row| row.code == u16::from(bit)).map(|row| row.alarm);
    set(word).filter_map(|row| meant(row.bit).unwrap_or(Some(row.alarm))).collect()
}

/// The word of a set: for each alarm its first bit. Alarms that the standard does not know are not in it.
pub(crate) fn word(alarms: Alarms) -> u32 {
    let first = |alarm: Alarm| BITS.iter().find(|row| row.alarm == alarm).map_or(0, |row| 1 << row.bit);
    alarms.iter().map(first).fold(0, |word, bit| word | bit)
}

/// The standard's words for a word.
pub(crate) fn words(word: u32) -> String {
    set(word).map(|row| row.words).collect::<Vec<_>>().join(", ")
}

fn set(word: u32) -> impl Iterator<Item = &'static Row> {
    BITS.iter().filter(move |row| word & (1 << row.bit) != 0)
}

struct Row {
    bit: u8,
    alarm: Alarm,
    words: &'static str,
}

const fn row(bit: u8, alarm: Alarm, words: &'static str) -> Row {
    Row { bit, alarm, words }
}

const BITS: [Row; 32] = [
    row(0, Alarm::Sos, "emergency button"),
    row(1, Alarm::Overspeed, "overspeed"),
    row(2, Alarm::Fatigue, "fatigue"),
    row(3, Alarm::Danger, "danger warning"),
    row(4, Alarm::GnssFault, "GNSS module fault"),
    row(5, Alarm::AntennaCut, "antenna not connected"),
    row(6, Alarm::AntennaShort, "antenna shorted"),
    row(7, Alarm::LowExternal, "main supply low"),
    row(8, Alarm::PowerCut, "main supply lost"),
    row(9, Alarm::Fault, "display fault"),
    row(10, Alarm::Fault, "speech module fault"),
    row(11, Alarm::Fault, "camera fault"),
    row(12, Alarm::Fault, "card reader fault"),
    row(13, Alarm::Overspeed, "overspeed warning"),
    row(14, Alarm::Fatigue, "fatigue warning"),
    row(15, Alarm::General, "bit 15: driving violation (2019) or the maker's own"),
    row(16, Alarm::General, "bit 16: tyre pressure (2019) or the maker's own"),
    row(17, Alarm::General, "bit 17: blind area at a right turn (2019) or the maker's own"),
    row(18, Alarm::Fatigue, "daily driving time exceeded"),
    row(19, Alarm::ParkingTimeout, "parked too long"),
    row(20, Alarm::Area, "area entered or left"),
    row(21, Alarm::Area, "route entered or left"),
    row(22, Alarm::SectionTime, "section time too short or too long"),
    row(23, Alarm::RouteDeviation, "off route"),
    row(24, Alarm::Fault, "speed sensor fault"),
    row(25, Alarm::FuelTheft, "fuel level abnormal"),
    row(26, Alarm::Theft, "stolen"),
    row(27, Alarm::IllegalIgnition, "illegal ignition"),
    row(28, Alarm::Displacement, "illegal movement"),
    row(29, Alarm::Collision, "collision"),
    row(30, Alarm::Rollover, "rollover"),
    row(31, Alarm::Door, "illegal opening of a door"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_is_in_the_table_once() {
        let bits: Vec<u8> = BITS.iter().map(|row| row.bit).collect();
        assert_eq!(bits, (0..32).collect::<Vec<_>>());
    }

    #[test]
    fn an_alarm_survives_the_word() {
        let set: Alarms = [Alarm::PowerCut, Alarm::Displacement].into_iter().collect();
        assert_eq!(word(set), 1 << 8 | 1 << 28);
        assert_eq!(alarms(word(set), &[]), set);
    }

    #[test]
    fn a_models_own_bit_comes_first_and_may_mean_nothing() {
        let own =
            [AlarmCode { code: 15, alarm: Some(Alarm::LowBattery) }, AlarmCode { code: 16, alarm: None }];
        let set = alarms(1 | 1 << 15 | 1 << 16 | 1 << 17, &own);
        assert_eq!(set, [Alarm::Sos, Alarm::LowBattery, Alarm::General].into_iter().collect());
    }
}
