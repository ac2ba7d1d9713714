//! Whether a vehicle ever stood where its borrower is filed to live or work.
//!
//! Shape: the stays of a stretch and an address in, [`Absence`] out. Units: metres, days of device time. Errors: none: where it was
//! watched too little nothing is said. Source: `domain.md` §3a (home and work address are entered at on-boarding; a car that is
//! never there: check whether they are true); constants marked [P] are ours.

use crate::geometry::distance_m;
use model::{Coordinates, Millis, Stay, Timestamp};

/// It was never there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Absence {
    /// Since the first of its stays.
    pub since: Timestamp,
    /// So many stays.
    pub stays: usize,
    /// The nearest of them, metres.
    pub nearest_m: u32,
}

/// That none of these stays was at an address, if that is so and if there are enough of them to say it.
pub fn absence(stays: &[Stay], address: Coordinates) -> Option<Absence> {
    let (first, last) = (stays.first()?, stays.last()?);
    let nearest_m = stays.iter().map(|stay| distance_m(stay.place, address)).min()?;
    let is_long = last.to.since(first.from) >= WATCHED_MS_MIN && stays.len() >= STAYS_MIN;
    let absence = Absence { since: first.from, stays: stays.len(), nearest_m };
    (is_long && nearest_m > ADDRESS_M).then_some(absence)
}

/// As far as an address goes: who looks one up is told the middle of its block, and the car is parked around the corner [P].
pub const ADDRESS_M: u32 = 1_000;
/// Two weeks hold every kind of day twice [P].
const WATCHED_MS_MIN: Millis = 14 * 86_400_000;
/// A car that hardly moves says little of where its borrower lives [P].
const STAYS_MIN: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_set::days;

    /// One stay a day, so many metres north of the address, or nearly.
    fn stood(count: i64, north_m: i64) -> Vec<Stay> {
        let place = Coordinates::from_e7(225_000_000 + north_m * 90, 1_140_000_000).unwrap();
        let stay = |day: i64| {
            let from = Timestamp::from_ms(day * days(1));
            Stay { place, from, to: from.plus(days(1) / 2) }
        };
        (0..count).map(stay).collect()
    }

    fn address() -> Coordinates {
        Coordinates::from_e7(225_000_000, 1_140_000_000).unwrap()
    }

    #[test]
    fn a_car_that_was_at_the_address_once_is_not_absent() {
        let mut stays = stood(30, 5_000);
        let absence_of = |stays: &[Stay]| absence(stays, address());
        let found = absence_of(&stays).unwrap();
        assert_eq!((found.stays, found.since), (30, Timestamp::from_ms(0)));
        assert!((4_950..5_100).contains(&found.nearest_m), "{found:?}");
        stays[17].place = stood(1, 900)[0].place;
        assert_eq!(absence_of(&stays), None, "around the corner");
        stays[17].place = stood(1, 1_200)[0].place;
        assert!(absence_of(&stays).is_some());
    }

    #[test]
    fn of_a_car_that_was_watched_for_less_than_two_weeks_nothing_is_said() {
        assert_eq!(absence(&stood(14, 5_000), address()), None);
        assert!(absence(&stood(15, 5_000), address()).is_some());
        let rare: Vec<Stay> = stood(60, 5_000).into_iter().step_by(7).collect();
        assert_eq!((rare.len(), absence(&rare, address())), (9, None), "it hardly moves");
        assert_eq!(absence(&[], address()), None);
    }
}
