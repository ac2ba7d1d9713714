//! How a vehicle moves, day by day and under which power.
//!
//! Shape: believed fixes step both. Units: km/h, device time, days of UTC. Errors: none.
//! Source: `domain.md` §3b TOW, EBIKE_SIGNATURE; constants marked [P] are ours.

use crate::motion::{Seen, TOWED_TENTHS_KMH};
use model::{Coordinates, Millis, Timestamp};
use serde::{Deserialize, Serialize};

/// A vehicle that moves with its ignition off.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Towing {
    /// Where it stood before, if known.
    pub(crate) anchor: Option<Coordinates>,
    pub(crate) since: Timestamp,
    /// The last fix at such a speed.
    pub(crate) last_at: Timestamp,
    pub(crate) place: Coordinates,
    pub(crate) speed_max_tenths_kmh: u16,
}

impl Towing {
    /// Steps by a believed fix under way of a terminal whose ignition line is connected, while no device says that it is on.
    pub(crate) fn step(
        towing: Option<Box<Self>>,
        seen: &Seen,
        anchor: Option<Coordinates>,
    ) -> Option<Box<Self>> {
        let speed = seen.speed_tenths_kmh.unwrap_or(0);
        let going_on = towing.filter(|towing| towing.goes_on(seen.fix_time));
        match (going_on, seen.ignition) {
            (None, Some(false)) if speed >= TOWED_TENTHS_KMH => Some(Box::new(Self {
                anchor,
                since: seen.fix_time,
                last_at: seen.fix_time,
                place: seen.place,
                speed_max_tenths_kmh: speed,
            })),
            (Some(mut towing), Some(false)) if speed >= TOWED_TENTHS_KMH => {
                (towing.last_at, towing.place) = (seen.fix_time, seen.place);
                towing.speed_max_tenths_kmh = towing.speed_max_tenths_kmh.max(speed);
                Some(towing)
            }
            (towing, _) => towing,
        }
    }

    /// A fix of then is of this tow still.
    pub(crate) fn goes_on(&self, fix_time: Timestamp) -> bool {
        fix_time.since(self.last_at) <= TOW_GAP_MS_MAX
    }
}

/// The highest speed of each of the last days on which it moved.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Week {
    /// The newest day with a fix, counted from 1970.
    day: i32,
    /// Of that day and of those before it, km/h; 0 where it did not move.
    speeds: [u8; DAYS],
}

impl Week {
    /// Steps by a believed fix of a vehicle under way.
    pub(crate) fn on_moving(&mut self, seen: &Seen) {
        let Ok(day) = i32::try_from(seen.fix_time.ms().div_euclid(DAY_MS)) else { return };
        let passed = usize::try_from(day.saturating_sub(self.day)).unwrap_or(0).min(DAYS);
        self.speeds.rotate_right(passed);
        self.speeds.iter_mut().take(passed).for_each(|speed| *speed = 0);
        self.day = self.day.max(day);
        let speed = u8::try_from(seen.speed_tenths_kmh.unwrap_or(0) / 10).unwrap_or(u8::MAX);
        if let Some(today) = self.speeds.first_mut() {
            *today = (*today).max(speed);
        }
    }

    /// The highest speed of the seven days before the newest one and the first of them, if it moved on each.
    pub(crate) fn full(&self) -> Option<(u8, Timestamp)> {
        let before = self.speeds.get(1..)?;
        let first = Timestamp::from_ms(i64::from(self.day - DAYS_BEFORE) * DAY_MS);
        let moved = before.iter().all(|speed| *speed >= MOVED_KMH);
        moved.then(|| (before.iter().copied().max().unwrap_or(0), first))
    }

    /// The highest speed of the newest day.
    pub(crate) fn today(&self) -> u8 {
        self.speeds.first().copied().unwrap_or(0)
    }
}

/// A tow truck at a light, or in a jam [P].
const TOW_GAP_MS_MAX: Millis = 10 * 60_000;
/// Today and the seven days before it.
const DAYS: usize = 8;
const DAYS_BEFORE: i32 = 7;
/// Receivers report a walking pace while they stand [P].
const MOVED_KMH: u8 = 5;
const DAY_MS: Millis = 86_400_000;

#[cfg(test)]
mod tests {
    use super::*;
    use model::Seq;

    fn seen(day: i64, kmh: u16) -> Seen {
        Seen {
            seq: Seq(1),
            fix_time: Timestamp::from_ms(day * DAY_MS + 1),
            place: Coordinates::from_e7(1, 1).unwrap(),
            speed_tenths_kmh: Some(kmh * 10),
            satellites: Some(9),
            ignition: None,
            hdop_tenths: None,
            odometer_dam: None,
            slot: 0,
        }
    }

    #[test]
    fn a_week_is_full_when_each_of_seven_days_has_motion() {
        let mut week = Week::default();
        for day in 100..107 {
            week.on_moving(&seen(day, 20));
            week.on_moving(&seen(day, 12));
            assert_eq!(week.full(), None, "day {day}");
        }
        week.on_moving(&seen(107, 70));
        assert_eq!(week.full(), Some((20, Timestamp::from_ms(100 * DAY_MS))));
        assert_eq!(week.today(), 70);
        week.on_moving(&seen(109, 20));
        assert_eq!(week.full(), None, "a day without motion");
        week.on_moving(&seen(200, 20));
        assert_eq!((week.full(), week.today()), (None, 20));
    }

    #[test]
    fn a_report_of_an_earlier_day_counts_for_the_newest() {
        let mut week = Week::default();
        week.on_moving(&seen(100, 20));
        week.on_moving(&seen(99, 40));
        assert_eq!(week.today(), 40);
    }
}
