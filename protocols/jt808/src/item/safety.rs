//! Items 0x64-0x67: what driver assistance systems complain of (T/JSATL 12, and the Guangdong edition's longer tag).
//!
//! Shape: value → one [`SafetyAlarm`] and an alarm. The place and clock inside repeat those of the location and stay
//! in the frame. Units: none. Errors: a clock that no calendar has means another maker's item: kept.
//! Source: SPEC.md §4.4.

use super::Items;
use model::attribute::SafetyAlarm;
use model::{Alarm, Attribute};
use wire::bcd;

/// | offset | size | field       |                                                              |
/// |      0 |    4 | id          |                                                              |
/// |      4 |    1 | state       | 0 a moment, 1 begins, 2 ends                                 |
/// |      5 |    1 | kind        | 1 front collision, 2 lane departure, 3 too close, 4 pedestrian, 5 lane changes, 6 sign, 7 obstacle, 16 sign seen, 17 photo |
/// |      6 |    1 | level       | 1, 2                                                         |
/// |      7 |    5 | details     | front speed, distance, deviation, sign, its value            |
/// |     12 |    1 | speed       | km/h                                                         |
/// |     13 |   10 | place       | altitude, latitude, longitude                                |
/// |     23 |    6 | clock       | BCD                                                          |
/// |     29 |    2 | status      |                                                              |
/// |     31 |   16 | tag         | terminal, clock, number, attachments; 40 in Guangdong        |
pub(super) fn adas(items: &mut Items, value: &[u8]) -> Option<()> {
    leveled(items, "adas", value, |_| Alarm::General)
}

/// As ADAS; the details are the degree of fatigue and four reserved bytes. Kinds: 1 fatigue, 2 phone, 3 smoking,
/// 4 distraction, 5 abnormal, 16 photo, 17 another driver.
pub(super) fn dsm(items: &mut Items, value: &[u8]) -> Option<()> {
    const FATIGUE: u8 = 1;
    leveled(items, "dsm", value, |kind| if kind == FATIGUE { Alarm::Fatigue } else { Alarm::General })
}

/// | offset | size | field  |                                                                   |
/// |      0 |    4 | id     |                                                                   |
/// |      4 |    1 | state  |                                                                   |
/// |      5 |   11 | speed, place | 1 + 10                                                      |
/// |     16 |    6 | clock  | BCD                                                               |
/// |     22 |    2 | status |                                                                   |
/// |     24 |   16 | tag    |                                                                   |
/// |     40 |    1 | count  |                                                                   |
/// |     41 |  9 n | tyres  | number, kind (2), pressure (2), temperature (2), battery (2)      |
pub(super) fn tpms(items: &mut Items, value: &[u8]) -> Option<()> {
    let alarm = complaint("tpms", value, None, None).filter(|_| is_dated(value, 16))?;
    push(items, alarm, Alarm::TyrePressure);
    Some(())
}

/// | offset | size | field        |                                       |
/// |      0 |    4 | id           |                                       |
/// |      4 |    1 | state        |                                       |
/// |      5 |    1 | kind         | 1 behind, 2 left behind, 3 right behind |
/// |      6 |   11 | speed, place | 1 + 10                                |
/// |     17 |    6 | clock        | BCD                                   |
/// |     23 |    2 | status       |                                       |
/// |     25 |   16 | tag          |                                       |
pub(super) fn bsd(items: &mut Items, value: &[u8]) -> Option<()> {
    let kind = value.get(5).copied();
    let alarm = complaint("bsd", value, kind, None).filter(|_| is_dated(value, 17))?;
    push(items, alarm, Alarm::General);
    Some(())
}

fn leveled(items: &mut Items, system: &str, value: &[u8], alarm: fn(u8) -> Alarm) -> Option<()> {
    let (kind, level) = (*value.get(5)?, *value.get(6)?);
    let complaint = complaint(system, value, Some(kind), Some(level)).filter(|_| is_dated(value, 23))?;
    push(items, complaint, alarm(kind));
    Some(())
}

fn complaint(system: &str, value: &[u8], kind: Option<u8>, level: Option<u8>) -> Option<SafetyAlarm> {
    let (id, rest) = value.split_first_chunk()?;
    let state = *rest.first()?;
    Some(SafetyAlarm { system: system.to_owned(), id: u32::from_be_bytes(*id), state, kind, level })
}

/// Two systems may complain in one report: they share one attribute. The end of a complaint is no alarm.
fn push(items: &mut Items, complaint: SafetyAlarm, alarm: Alarm) {
    const ENDS: u8 = 2;
    if complaint.state != ENDS {
        items.raise(alarm);
    }
    let said = items.attributes.0.iter_mut().find_map(|attribute| match attribute {
        Attribute::SafetyAlarms(list) => Some(list),
        _ => None,
    });
    match said {
        Some(list) => list.push(complaint),
        None => items.attributes.push(Attribute::SafetyAlarms(vec![complaint])),
    }
}

/// Month and day at the place of the clock: what tells this item from another maker's of the same length.
fn is_dated(value: &[u8], clock: usize) -> bool {
    let part = |offset: usize| value.get(clock + offset).copied().and_then(bcd::number);
    let is_day = matches!((part(1), part(2)), (Some(1..=12), Some(1..=31)));
    is_day && (3..6).all(|offset| part(offset).is_some_and(|number| number < 60))
}
