//! Stays put together by place, in the order of time.
//!
//! Shape: stays in, a place's number for each. Units: metres. Errors: none. Source: `domain.md` §8 (radius 150 to 200 m).

use crate::belief::RADIUS_M;
use crate::geometry::{distance_m, mean_with};
use model::{Coordinates, Stay};

/// Which place each stay is at.
pub(crate) struct Clusters {
    centres: Vec<(Coordinates, u16)>,
    places: Vec<usize>,
}

impl Clusters {
    /// A stay belongs to the nearest place within reach, or begins one.
    pub(crate) fn of(stays: &[Stay]) -> Self {
        let mut clusters = Self { centres: Vec::new(), places: Vec::with_capacity(stays.len()) };
        for stay in stays {
            let place = clusters.place_of(stay.place);
            clusters.places.push(place);
        }
        clusters
    }

    /// The place of a stay, by its number in the list.
    pub(crate) fn place(&self, stay: usize) -> Option<usize> {
        self.places.get(stay).copied()
    }

    /// Where a place is.
    pub(crate) fn centre(&self, place: usize) -> Option<Coordinates> {
        self.centres.get(place).map(|(centre, _)| *centre)
    }

    /// How many places there are.
    pub(crate) fn len(&self) -> usize {
        self.centres.len()
    }

    /// The stays at a place.
    pub(crate) fn at<'a>(&'a self, place: usize, stays: &'a [Stay]) -> impl Iterator<Item = &'a Stay> {
        stays.iter().zip(&self.places).filter(move |(_, at)| **at == place).map(|(stay, _)| stay)
    }

    fn place_of(&mut self, place: Coordinates) -> usize {
        let near = self.centres.iter().enumerate().filter_map(|(number, (centre, _))| {
            let is_far = centre.lat_e7().abs_diff(place.lat_e7()) > REACH_E7;
            let metres = if is_far { u32::MAX } else { distance_m(*centre, place) };
            (metres <= RADIUS_M).then_some((metres, number))
        });
        if let Some((_, number)) = near.min() {
            if let Some((centre, stays)) = self.centres.get_mut(number)
                && *stays < CENTRE_STAYS
            {
                *stays += 1;
                *centre = mean_with(*centre, place, *stays);
            }
            return number;
        }
        self.centres.push((place, 1));
        self.centres.len() - 1
    }
}

/// A little more than the radius, in 1e-7 degrees of latitude: most places are out of reach by that alone.
const REACH_E7: u32 = RADIUS_M * 100;
/// Then the centre stays where it is.
const CENTRE_STAYS: u16 = 16;
