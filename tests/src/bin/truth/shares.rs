//! Who plays which parts.
//!
//! Shape: a car's number → its parts. Where two do not disturb each other, one car plays both: 500 cars are not enough for
//! thirty of each otherwise. Units: cars.

use crate::life::Part;

/// The parts of a car; the first is how it lives.
pub(crate) fn parts_of(number: u32) -> &'static [Part] {
    let mut place = number % CARS;
    for (parts, share) in SHARES {
        match place.checked_sub(*share) {
            Some(rest) => place = rest,
            None => return parts,
        }
    }
    &[]
}

/// Of 500 cars. What must be told has some cars more than thirty: one that is missed is one that was not told either.
const SHARES: &[(&[Part], u32)] = &[
    (&[Part::Runaway, Part::Payer], 10),
    (&[Part::Runaway, Part::HalfPayer], 12),
    (&[Part::Runaway, Part::OtherPayer], 9),
    (&[Part::Vanisher], 24),
    (&[Part::Tampered, Part::Current], 16),
    (&[Part::Tampered], 16),
    (&[Part::Split, Part::Current], 16),
    (&[Part::Split], 16),
    (&[Part::Drifter, Part::Spoofed], 33),
    (&[Part::Garaged], 30),
    (&[Part::Daily, Part::Vanisher], 33),
    (&[Part::LateTeller, Part::Hider], 33),
    (&[Part::Commuter, Part::Swapped, Part::HalfPayer], 30),
    (&[Part::Towed], 32),
    (&[Part::Fitted, Part::Payer], 30),
    (&[Part::Exchanged, Part::Promiser, Part::LateLeaver, Part::Glitched], 34),
    (&[Part::Pledger, Part::Current], 16),
    (&[Part::Pledger], 16),
    (&[Part::Passer, Part::Neighbour, Part::LateWire], 30),
    (&[Part::MovedHome, Part::OtherPayer], 33),
    (&[Part::Holiday, Part::DeadWire], 31),
];
/// The shares are of so many.
const CARS: u32 = 500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_is_played_by_thirty_cars_of_five_hundred() {
        let all: Vec<Part> = (0..CARS).flat_map(|number| parts_of(number).iter().copied()).collect();
        for part in Part::ALL {
            let cars = all.iter().filter(|played| **played == part).count();
            assert!(cars >= 30, "{part:?}: {cars}");
        }
    }

    #[test]
    fn the_shares_are_of_five_hundred() {
        assert_eq!(SHARES.iter().map(|(_, share)| share).sum::<u32>(), CARS);
    }
}
