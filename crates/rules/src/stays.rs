//! When a stay ended, and what is none.
//!
//! A stay is told once, by the fix with which the vehicle is known to have left. An anchor that later fixes refute ends no
//! stay: it was wrong. Where a vehicle went by a jump that no car drives it had come by one as well, most likely: only an
//! anchor of many fixes is believed then.
//!
//! Shape: where it stood and how it left in, a [`Stay`] out. Units: metres, device time. Errors: none.
//! Source: `domain.md` §8 (stop detection: 20 min), §9; constants marked [P] are ours.

use crate::belief::too_far;
use crate::geometry::distance_m;
use crate::motion::{Departure, NEARBY_M, SLEEP_MS_MIN, Stop};
use crate::state::Place;
use model::{Millis, Stay, Timestamp};

/// The stay that a departure ends.
pub(crate) fn ended(stop: &Stop, departure: &Departure) -> Option<Stay> {
    let first_away = departure.used.iter().min_by_key(|seen| seen.fix_time)?;
    let left = Place { at: departure.left_at, coordinates: first_away.place };
    if !stop.is_firm() && jumped(stop, left) {
        return None;
    }
    let stay = Stay { place: stop.centre, from: stop.since, to: until(stop, left) };
    (stay.span_ms() >= STAY_MS_MIN).then_some(stay)
}

/// Its last fix there. A device that sleeps with the ignition has none: it stood until it was seen again, if that was
/// nearby.
fn until(stop: &Stop, left: Place) -> Timestamp {
    let slept = left.at.since(stop.last_at) >= SLEEP_MS_MIN;
    if slept && distance_m(stop.centre, left.coordinates) <= NEARBY_M { left.at } else { stop.last_at }
}

fn jumped(stop: &Stop, left: Place) -> bool {
    too_far(Place { at: stop.last_at, coordinates: stop.last }, left)
}

/// Shorter is a delivery, a queue, a school gate [P].
const STAY_MS_MIN: Millis = 20 * 60_000;
