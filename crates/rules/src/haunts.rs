//! Where a vehicle has been out of sight before and come back: garages, mostly.
//!
//! A car that drives into an underground garage falls silent under way, each evening, and no law says that it will be seen
//! again within two hours. It was there before, though.
//!
//! How long it was out of sight there is known as well: who leaves the car below over a holiday did so before.
//!
//! Shape: each fix after a long gap steps it. Units: metres, device time, minutes. Errors: none. Source: `domain.md` §8 (underground
//! garage); constants marked [P] are ours.

use crate::geometry::distance_m;
use crate::state::Place;
use model::{Coordinates, Millis};
use serde::{Deserialize, Serialize};

/// The places, the newest first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Haunts(Vec<Haunt>);

/// A place, and the longest time that it was out of sight there, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Haunt {
    place: Coordinates,
    longest_min: u16,
}

impl Haunts {
    /// Steps by a believed fix and the one before it: unseen for long, and hardly further on.
    pub(crate) fn on_fix(&mut self, last: Place, here: Place) {
        let unseen_ms = here.at.since(last.at);
        let came_back =
            unseen_ms >= UNSEEN_MS_MIN && distance_m(last.coordinates, here.coordinates) <= CAME_BACK_M;
        if !came_back {
            return;
        }
        // What is known stays where it is: a place between two others would make both forgotten. One that is known reaches
        // further than one that is learned, or it would stand for its neighbours whose far ends it does not reach.
        let unseen_min = u16::try_from(unseen_ms / 60_000).unwrap_or(u16::MAX);
        let known = self.0.iter().position(|haunt| haunt.is_within(LEARNED_M, last.coordinates));
        if let Some(recent) = known.and_then(|at| self.0.get_mut(..=at)) {
            recent.rotate_right(1);
        } else {
            self.0.truncate(PLACES_MAX - 1);
            self.0.insert(0, Haunt { place: last.coordinates, longest_min: 0 });
        }
        if let Some(haunt) = self.0.first_mut() {
            haunt.longest_min = haunt.longest_min.max(unseen_min);
        }
    }

    /// It was out of sight here before.
    pub(crate) fn has(&self, place: Coordinates) -> bool {
        self.longest_ms(place).is_some()
    }

    /// How long it was out of sight here at the longest, if it ever was.
    pub(crate) fn longest_ms(&self, place: Coordinates) -> Option<Millis> {
        let here = self.0.iter().filter(|haunt| haunt.is_within(SAME_M, place));
        here.map(|haunt| Millis::from(haunt.longest_min) * 60_000).max()
    }
}

impl Haunt {
    fn is_within(&self, reach_m: u32, place: Coordinates) -> bool {
        distance_m(self.place, place) <= reach_m
    }
}

/// Longer than a tunnel or a bad quarter [P].
const UNSEEN_MS_MIN: Millis = 60 * 60_000;
/// From two minutes before a garage's ramp to as long behind it, the other way [P].
const CAME_BACK_M: u32 = 3_000;
/// The last fix before a ramp may be two minutes old, from either side [P].
const SAME_M: u32 = 2_000;
/// Half of it: two ends of one street are two places, the two lanes of it are not [P].
const LEARNED_M: u32 = 1_000;
/// Home and work from two sides each, and two others.
const PLACES_MAX: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;

    fn place(minute: i64, north_m: i64) -> Place {
        let coordinates = Coordinates::from_e7(225_000_000 + north_m * 90, 1_140_000_000).unwrap();
        Place { at: Timestamp::from_ms(minute * 60_000), coordinates }
    }

    #[test]
    fn a_place_is_known_after_one_return() {
        let mut haunts = Haunts::default();
        haunts.on_fix(place(0, 0), place(59, 100));
        assert!(!haunts.has(place(0, 0).coordinates), "not long enough");
        haunts.on_fix(place(0, 0), place(60, 3_100));
        assert!(!haunts.has(place(0, 0).coordinates), "it drove on unseen");
        haunts.on_fix(place(0, 0), place(600, 2_900));
        assert!(haunts.has(place(0, 1_900).coordinates) && !haunts.has(place(0, 2_100).coordinates));
    }

    #[test]
    fn the_longest_time_out_of_sight_at_any_of_the_places_within_reach_is_known() {
        let mut haunts = Haunts::default();
        haunts.on_fix(place(0, 0), place(3_000, 0));
        haunts.on_fix(place(0, 0), place(600, 0));
        haunts.on_fix(place(0, 1_500), place(90, 1_500));
        let longest = |north_m| haunts.longest_ms(place(0, north_m).coordinates);
        assert_eq!(
            [longest(500), longest(3_000), longest(4_000)],
            [Some(3_000 * 60_000), Some(90 * 60_000), None]
        );
    }

    #[test]
    fn a_place_between_two_others_takes_the_place_of_none() {
        let mut haunts = Haunts::default();
        for north_m in [0, 3_000, 1_500, 0, 1_500, 3_000] {
            haunts.on_fix(place(0, north_m), place(90, north_m));
        }
        assert!(haunts.has(place(0, -1_900).coordinates) && haunts.has(place(0, 4_900).coordinates));
    }

    #[test]
    fn a_place_does_not_stand_for_a_neighbour_whose_far_side_it_does_not_reach() {
        let mut haunts = Haunts::default();
        for north_m in [0, 1_200] {
            haunts.on_fix(place(0, north_m), place(90, north_m));
        }
        assert!(haunts.has(place(0, 3_100).coordinates), "1,900 m behind the second");
    }

    #[test]
    fn the_oldest_of_seven_is_forgotten() {
        let mut haunts = Haunts::default();
        for number in 0..7 {
            haunts.on_fix(place(0, number * 5_000), place(90, number * 5_000));
        }
        let known: Vec<bool> =
            (0..7).map(|number| haunts.has(place(0, number * 5_000).coordinates)).collect();
        assert_eq!(known, [false, true, true, true, true, true, true]);
    }
}
