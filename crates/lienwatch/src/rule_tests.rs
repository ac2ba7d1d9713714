//! `lienwatch rules test`: whether alerts are raised where a lender who knows the case expects them.
//!
//! Shape: a file of expectations in, the history replayed, one line an expectation out. A rule set is tried on one's own
//! cases: those that staff confirmed must still be raised, those that were false alarms must not. Units: journal time.
//! Errors: a file that does not read: exit 8; an expectation that is not met: exit 8.

use crate::backtest::Run;
use crate::cli::RulesTest;
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::history::{Past, Wanted};
use crate::listing;
use crate::rule_sets::read;
use crate::site::Site;
use anyhow::Result;
use model::{Rule, Timestamp, VehicleId};
use serde::{Deserialize, Deserializer, Serialize};
use std::path::Path;

/// Replays, and holds what is raised against what is expected.
pub(crate) async fn test(config: &Config, args: RulesTest) -> Result<Exit> {
    let expected = Expectations::read(&args.file)?.expect;
    let rule_set = args.rules.as_deref().map(read).transpose()?;
    let site = Site::open(config).await?;
    let subject = format!("rules test {}: {} expectations", args.file.display(), expected.len());
    site.witness(subject, args.purpose).await?;
    site.catch_up().await?;
    let past = Past::open(&site, Wanted { rule_set, ..Wanted::default() }).await?;
    let run = Run::of(past).await?;
    site.close().await;
    let rows: Vec<Row> = expected.iter().map(|expect| expect.held_against(&run)).collect();
    listing::write(args.output, COLUMNS, &rows)?;
    let unmet = rows.iter().filter(|row| !row.met).count();
    eprintln!("{} of {} expectations met", rows.len() - unmet, rows.len());
    Ok(if unmet == 0 { Exit::Ok } else { Exit::Problems })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectations {
    expect: Vec<Expect>,
}

/// One case that somebody knows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    /// Plate or VIN.
    #[serde(deserialize_with = "named")]
    vehicle: VehicleId,
    rule: Rule,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    alerts: Wished,
}

/// How many alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Wished {
    Exactly(u32),
    InWords(InWords),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum InWords {
    Some,
    None,
}

#[derive(Debug, Serialize)]
struct Row {
    met: bool,
    rule: Rule,
    vehicle: VehicleId,
    expected: String,
    raised: usize,
    first: Option<Timestamp>,
}

/// As people write it, blanks and dots included.
fn named<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<VehicleId, D::Error> {
    let text = String::deserialize(deserializer)?;
    VehicleId::parse(&text).map_err(serde::de::Error::custom)
}

impl Expectations {
    fn read(file: &Path) -> Result<Self> {
        let named = |exit, error: &dyn std::fmt::Display| {
            Failure::error(exit, format!("{}: {error}", file.display()))
        };
        let text = std::fs::read_to_string(file).map_err(|error| named(Exit::NotFound, &error))?;
        toml::from_str(&text).map_err(|error| named(Exit::Problems, &error))
    }
}

impl Expect {
    fn held_against(&self, run: &Run) -> Row {
        let is_within =
            |at: Timestamp| self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at < to);
        // The book may have it by VIN, the file by plate.
        let vehicle = run.past.replay.vehicle(self.vehicle).unwrap_or(self.vehicle);
        let mut raised: Vec<Timestamp> = (run.tales.values())
            .filter(|tale| tale.alert.rule == self.rule && tale.alert.about.vehicle() == Some(vehicle))
            .map(|tale| tale.alert.opened_at)
            .filter(|at| is_within(*at))
            .collect();
        raised.sort_unstable();
        Row {
            met: self.alerts.is_met_by(raised.len()),
            rule: self.rule,
            vehicle: self.vehicle,
            expected: self.alerts.in_words(),
            raised: raised.len(),
            first: raised.first().copied(),
        }
    }
}

impl Wished {
    fn is_met_by(self, raised: usize) -> bool {
        match self {
            Self::Exactly(count) => usize::try_from(count) == Ok(raised),
            Self::InWords(InWords::Some) => raised > 0,
            Self::InWords(InWords::None) => raised == 0,
        }
    }

    fn in_words(self) -> String {
        match self {
            Self::Exactly(count) => count.to_string(),
            Self::InWords(InWords::Some) => "some".to_owned(),
            Self::InWords(InWords::None) => "none".to_owned(),
        }
    }
}

const COLUMNS: &[&str] = &["met", "rule", "vehicle", "expected", "raised", "first"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expectation_reads_and_is_met_by_its_number_only() {
        let text = "[[expect]]\nvehicle = \"粤B12345\"\nrule = \"OVERDUE_MOVED\"\nalerts = 2\n\
                    [[expect]]\nvehicle = \"粤B12345\"\nrule = \"TOW\"\nalerts = \"none\"\n";
        let Expectations { expect } = toml::from_str(text).unwrap();
        assert_eq!(expect.iter().map(|one| one.alerts.is_met_by(2)).collect::<Vec<_>>(), [true, false]);
        assert_eq!(expect.iter().map(|one| one.alerts.is_met_by(0)).collect::<Vec<_>>(), [false, true]);
        assert!(toml::from_str::<Expectations>("[[expect]]\nvehicle = \"A1\"\n").is_err());
    }
}
