//! How times and places are told: in whose zone, and whether where a car is may be told at all.
//!
//! Shape: a [`Voice`] with each sentence. Units: degrees to a metre. Source: `domain.md` §3c (where a car is needs a purpose).

use jiff::tz::TimeZone;
use model::{Coordinates, Timestamp};

/// Whether coordinates may stand in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whereabouts {
    /// The reader has a purpose, and it is recorded.
    Told,
    /// Lists, messages, screens without a purpose.
    Withheld,
}

/// How times and places are told.
#[derive(Debug, Clone, Copy)]
pub struct Voice<'a> {
    zone: Option<&'a TimeZone>,
    whereabouts: Whereabouts,
}

impl<'a> Voice<'a> {
    /// Times as programs read them, in UTC, and places: for the command line, which records each reading.
    pub const EXACT: Self = Self { zone: None, whereabouts: Whereabouts::Told };

    /// Times on a clock in this zone, and no coordinates: for lists that people read.
    pub const fn at_desk(zone: &'a TimeZone) -> Self {
        Self { zone: Some(zone), whereabouts: Whereabouts::Withheld }
    }

    /// A moment.
    pub fn time(&self, at: Timestamp) -> String {
        let local = self.zone.zip(jiff::Timestamp::from_millisecond(at.ms()).ok());
        local.map_or_else(
            || at.to_string(),
            |(zone, instant)| zone.to_datetime(instant).strftime("%m-%d %H:%M").to_string(),
        )
    }

    /// A place, where it may be told.
    pub fn place(&self, place: Coordinates) -> Option<String> {
        match self.whereabouts {
            Whereabouts::Told => Some(crate::en::place(place)),
            Whereabouts::Withheld => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_the_time_on_their_own_clock_and_programs_in_utc() {
        let at = Timestamp::parse("2026-11-20T20:05:00Z").unwrap();
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        assert_eq!(Voice::at_desk(&zone).time(at), "11-21 04:05");
        assert_eq!(Voice::EXACT.time(at), "2026-11-20T20:05:00Z");
    }

    #[test]
    fn where_a_car_is_stands_in_no_list() {
        let (place, zone) = (Coordinates::from_degrees(22.5, 114.0).unwrap(), TimeZone::UTC);
        assert_eq!(Voice::at_desk(&zone).place(place), None);
        assert_eq!(Voice::EXACT.place(place).as_deref(), Some("22.50000,114.00000"));
    }
}
