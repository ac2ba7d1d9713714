//! The time zone in which a loan is due.
//!
//! Shape: an IANA name in and out. Errors: none; an unknown name reads as UTC, and import refuses one. Source: `domain.md` §2.4.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// A zone and its name. Looked up when it is read, since the rules ask for it with every report.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "String")]
pub struct LoanZone {
    name: String,
    zone: TimeZone,
}

impl LoanZone {
    /// As it was written.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// UTC, if nobody knows the name.
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }
}

impl From<String> for LoanZone {
    fn from(name: String) -> Self {
        let zone = TimeZone::get(&name).unwrap_or(TimeZone::UTC);
        Self { name, zone }
    }
}

impl From<&str> for LoanZone {
    fn from(name: &str) -> Self {
        Self::from(name.to_owned())
    }
}

impl PartialEq for LoanZone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for LoanZone {}

impl fmt::Display for LoanZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Serialize for LoanZone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_written_as_its_name_and_read_from_it() {
        let zone = LoanZone::from("Asia/Urumqi");
        let text = serde_json::to_string(&zone).unwrap();
        assert_eq!(text, "\"Asia/Urumqi\"");
        let read: LoanZone = serde_json::from_str(&text).unwrap();
        assert_eq!((&read, read.zone().iana_name()), (&zone, Some("Asia/Urumqi")));
    }

    #[test]
    fn an_unknown_name_is_kept_and_reads_as_utc() {
        let zone = LoanZone::from("Beijing");
        assert_eq!((zone.name(), zone.zone()), ("Beijing", &TimeZone::UTC));
    }
}
