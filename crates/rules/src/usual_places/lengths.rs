//! How long a vehicle usually stays at a place, by when in the week it comes.
//!
//! Three hours of the day each, on two kinds of days: those of which the next morning is one of a working day, and those before
//! a morning of the weekend. Who comes home on a Friday evening stays longer than on a Tuesday. The last stays count most.
//!
//! Shape: each stay steps it; 16 bytes, of which those that were never used are not written. Units: quarters of an hour.
//! Errors: none. Source: `domain.md` §9 (hour-of-week weights); constants marked [P] are ours.

use crate::local_time::{day, hour};
use model::{Coordinates, Millis, Timestamp};
use serde::{Deserialize, Serialize};

/// For each three hours of either kind of day, in [`QUARTER_MS`]; 0 = it never came.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(into = "Written", from = "Written")]
pub(super) struct Lengths([u8; ARRIVALS]);

/// Which of them are used, a bit each, and those.
type Written = (u16, Vec<u8>);

impl Lengths {
    /// Of a time when days were all alike.
    pub(super) fn alike(known: [u8; ARRIVALS_A_DAY]) -> Self {
        let mut lengths = Self::default();
        for (length, known) in lengths.0.iter_mut().zip(known.iter().cycle()) {
            *length = *known;
        }
        lengths
    }

    /// Shorter stays teach faster: who relies on it comes in vain otherwise.
    pub(super) fn learn(&mut self, since: Timestamp, place: Coordinates, span_ms: Millis) {
        let Some(usual) = self.0.get_mut(arrival(since, place)) else { return };
        let quarters = u8::try_from(span_ms / QUARTER_MS).unwrap_or(u8::MAX).max(1);
        *usual = match *usual {
            0 => quarters,
            known if quarters < known => known - (known - quarters).div_ceil(2),
            known => known + (quarters - known) / 4,
        };
    }

    /// How long it stays when it comes at such a time; `None` where it never did.
    pub(super) fn span_ms(self, since: Timestamp, place: Coordinates) -> Option<Millis> {
        let quarters = self.0.get(arrival(since, place)).copied().filter(|quarters| *quarters > 0)?;
        Some(Millis::from(quarters) * QUARTER_MS)
    }
}

impl From<Lengths> for Written {
    fn from(Lengths(lengths): Lengths) -> Self {
        let used = lengths.iter().zip(0..).filter(|(length, _)| **length > 0);
        let mask = used.fold(0, |mask, (_, bit)| mask | 1_u16 << bit);
        (mask, lengths.into_iter().filter(|length| *length > 0).collect())
    }
}

impl From<Written> for Lengths {
    fn from((mask, used): Written) -> Self {
        let (mut lengths, mut used) = (Self::default(), used.into_iter());
        for (length, bit) in lengths.0.iter_mut().zip(0..) {
            if mask & (1_u16 << bit) != 0 {
                *length = used.next().unwrap_or(0);
            }
        }
        lengths
    }
}

/// Which of the sixteen a moment is in.
fn arrival(since: Timestamp, place: Coordinates) -> usize {
    let morning_of = day(since.plus(TO_NEXT_MORNING_MS), place);
    let is_weekend = (morning_of + EPOCH_WEEKDAY).rem_euclid(7) >= WORKING_DAYS;
    usize::from(is_weekend) * ARRIVALS_A_DAY + hour(since, place) / ARRIVAL_HOURS
}

/// 64 hours fit a byte.
const QUARTER_MS: Millis = 15 * 60_000;
const ARRIVAL_HOURS: usize = 3;
pub(super) const ARRIVALS_A_DAY: usize = 24 / ARRIVAL_HOURS;
const ARRIVALS: usize = 2 * ARRIVALS_A_DAY;
/// Who comes after four in the afternoon stays for the night, mostly: the next day says how long [P].
const TO_NEXT_MORNING_MS: Millis = 8 * 3_600_000;
/// 1970 began on a Thursday, the fourth day from Monday on.
const EPOCH_WEEKDAY: i32 = 3;
/// Monday to Friday.
const WORKING_DAYS: i32 = 5;

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Millis = 3_600_000;

    fn home() -> Coordinates {
        Coordinates::from_e7(225_000_000, 1_140_000_000).unwrap()
    }

    /// An hour of a day at home, eight hours east; day 0 is Monday, 2026-09-07.
    fn at(day: i64, hour: i64) -> Timestamp {
        Timestamp::parse("2026-09-06T16:00:00Z").unwrap().plus((day * 24 + hour) * HOUR)
    }

    fn after_weeks(weeks: i64) -> Lengths {
        let mut lengths = Lengths::default();
        for monday in (0..weeks).map(|week| week * 7) {
            for day in 0..5 {
                let hours = if day == 4 { 61 } else { 13 };
                lengths.learn(at(monday + day, 19), home(), hours * HOUR);
            }
        }
        lengths
    }

    #[test]
    fn a_friday_evening_lasts_longer_than_a_tuesday_evening() {
        let lengths = after_weeks(4);
        let hours = |day, hour| lengths.span_ms(at(day, hour), home()).map(|span_ms| span_ms / HOUR);
        assert_eq!([hours(28, 19), hours(29, 20), hours(31, 18)], [Some(13); 3]);
        assert_eq!([hours(32, 19), hours(33, 19)], [Some(61); 2], "Friday, and Saturday as well");
        assert_eq!([hours(34, 19), hours(32, 9)], [Some(13), None], "on Sunday as before any Monday");
    }

    #[test]
    fn what_is_written_reads_back_and_holds_what_is_used() {
        let lengths = after_weeks(1);
        let (mask, used) = Written::from(lengths);
        assert_eq!((mask.count_ones(), &used[..]), (2, &[52, 244][..]));
        assert_eq!(Lengths::from((mask, used)), lengths);
        assert_eq!(Written::from(Lengths::default()), (0, Vec::new()));
        assert_eq!(Written::from(Lengths::alike([0, 0, 0, 0, 0, 0, 52, 0])).0, 1 << 6 | 1 << 14);
    }
}
