//! A time zone by its name: that in which a loan is due, or the times of a file are.
//!
//! Shape: an IANA name in and out. Errors: none; an unknown name reads as UTC, and import refuses one. Source: `domain.md` §2.4.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// A zone and its name. Looked up when it is read, since the rules ask for it with every report.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "String")]
pub struct NamedZone {
    name: String,
    zone: TimeZone,
}

impl NamedZone {
    /// One that there is, by its own name, however that was written.
    pub fn known(name: &str) -> Option<Self> {
        let zone = TimeZone::get(name).ok()?;
        let name = zone.iana_name()?.to_owned();
        Some(Self { name, zone })
    }

    /// As it was written.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// UTC, if nobody knows the name.
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }
}

impl From<String> for NamedZone {
    fn from(name: String) -> Self {
        let zone = TimeZone::get(&name).unwrap_or(TimeZone::UTC);
        Self { name, zone }
    }
}

impl From<&str> for NamedZone {
    fn from(name: &str) -> Self {
        Self::from(name.to_owned())
    }
}

impl PartialEq for NamedZone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for NamedZone {}

impl fmt::Display for NamedZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Serialize for NamedZone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_written_as_its_name_and_read_from_it() {
        let zone = NamedZone::from("Asia/Urumqi");
        let text = serde_json::to_string(&zone).unwrap();
        assert_eq!(text, "\"Asia/Urumqi\"");
        let read: NamedZone = serde_json::from_str(&text).unwrap();
        assert_eq!((&read, read.zone().iana_name()), (&zone, Some("Asia/Urumqi")));
    }

    #[test]
    fn an_unknown_name_is_kept_and_reads_as_utc() {
        let zone = NamedZone::from("Beijing");
        assert_eq!((zone.name(), zone.zone()), ("Beijing", &TimeZone::UTC));
        assert_eq!(NamedZone::known("Beijing"), None);
        assert_eq!(NamedZone::known("asia/urumqi"), Some(NamedZone::from("Asia/Urumqi")));
    }
}
