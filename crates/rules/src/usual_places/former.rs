//! The form in which usual places were written before the weekend was told from other days: what was learned goes on.
//!
//! Shape: as [`super::UsualPlaces`] was. Source: format 1.

use super::lengths::{ARRIVALS_A_DAY, Lengths};
use super::{Known, UsualPlaces, Window};
use crate::local_time::day;
use model::{Coordinates, Timestamp};
use serde::Deserialize;

/// The places, as they were written before.
#[derive(Debug, Deserialize)]
pub struct FormerUsualPlaces {
    until: Timestamp,
    day: i32,
    dwell: Window,
    known: Vec<FormerlyKnown>,
}

#[derive(Debug, Deserialize)]
struct FormerlyKnown {
    centre: Coordinates,
    first_day: i32,
    last_at: Timestamp,
    stays: u8,
    nights: u16,
    days: u16,
    counted_day: i32,
    dwell: Window,
    lengths: [u8; ARRIVALS_A_DAY],
}

impl FormerUsualPlaces {
    /// Of the serialized form.
    pub const FORMAT: u16 = 1;
}

impl From<FormerUsualPlaces> for UsualPlaces {
    fn from(former: FormerUsualPlaces) -> Self {
        let FormerUsualPlaces { until, day, dwell, known } = former;
        Self { until, day, dwell, known: known.into_iter().map(Known::from).collect() }
    }
}

impl From<FormerlyKnown> for Known {
    fn from(former: FormerlyKnown) -> Self {
        Self {
            centre: former.centre,
            first_day: former.first_day,
            last_at: former.last_at,
            stays: former.stays,
            nights: former.nights,
            // Which night was the last one was not known: no later than its last stay.
            last_night: day(former.last_at, former.centre),
            days: former.days,
            counted_day: former.counted_day,
            dwell: former.dwell,
            lengths: Lengths::alike(former.lengths),
        }
    }
}
