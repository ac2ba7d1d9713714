//! `lienwatch rules test`: whether alerts are raised where a lender who knows the case expects them.
//!
//! Shape: a file of expectations in, the history replayed, one line an expectation out. A rule set is tried on one's own
//! cases: those that staff confirmed must still be raised, those that were false alarms must not. Units: journal time.
//! Errors: a file that does not read: exit 8; an expectation that is not met: exit 8.

use crate::cli::RulesTest;
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::history::{Past, Wanted};
use crate::listing;
use crate::rule_sets::read;
use crate::site::Site;
use anyhow::Result;
use model::unit::counted;
use model::{Rule, Timestamp, VehicleId};
use serde::{Deserialize, Deserializer, Serialize};
use std::path::Path;
use watch::backtest::Run;

/// Replays, and holds what is raised against what is expected.
pub(crate) async fn test(config: &Config, args: RulesTest) -> Result<Exit> {
    let expected = Expectations::read(&args.file)?.expect;
    let rule_set = args.rules.as_deref().map(read).transpose()?;
    let site = Site::open(config).await?;
    let subject = format!("rules test {}: {}", args.file.display(), counted(expected.len(), "expectation"));
    site.witness(subject.clone(), args.purpose).await?;
    site.catch_up().await?;
    let past = Past::open(&site, Wanted { rule_set, ..Wanted::default() }).await;
    site.tell_of_failure(&subject, past.as_ref().err()).await;
    let mut past = past?;
    let run = past.raised().await?;
    site.close().await;
    let rows: Vec<Row> = expected.iter().map(|expect| expect.held_against(&past, &run)).collect();
    listing::write(args.output, COLUMNS, &rows)?;
    let unmet = rows.iter().filter(|row| !row.met).count();
    for row in &rows {
        if let Some(problem) = &row.problem {
            eprintln!("{} {}: {problem}", row.rule, row.vehicle);
        }
    }
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
    /// What makes the case say nothing: then it is not met, whatever it expects.
    problem: Option<String>,
}

/// What was replayed.
#[derive(Debug, Clone, Copy)]
struct Stored {
    begins_at: Timestamp,
    ends_at: Timestamp,
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
        let expectations: Self = toml::from_str(&text).map_err(|error| named(Exit::Problems, &error))?;
        if expectations.expect.is_empty() {
            return Err(named(Exit::Problems, &"it expects nothing: write [[expect]] for each known case"));
        }
        Ok(expectations)
    }
}

impl Expect {
    fn held_against(&self, past: &Past, run: &Run) -> Row {
        let is_within =
            |at: Timestamp| self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at < to);
        // The book may have it by VIN, the file by plate.
        let known = past.replay.vehicle(self.vehicle);
        let vehicle = known.unwrap_or(self.vehicle);
        let mut raised: Vec<Timestamp> = (run.tales.values())
            .filter(|tale| tale.alert.rule == self.rule && tale.alert.about.vehicle() == Some(vehicle))
            .map(|tale| tale.alert.opened_at)
            .filter(|at| is_within(*at))
            .collect();
        raised.sort_unstable();
        let stored = Stored { begins_at: past.kept.begins_at, ends_at: run.ends_at };
        let problem = self.problem(known.is_some(), stored);
        Row {
            met: problem.is_none() && self.alerts.is_met_by(raised.len()),
            rule: self.rule,
            vehicle: self.vehicle,
            expected: self.alerts.in_words(),
            raised: raised.len(),
            first: raised.first().copied(),
            problem,
        }
    }

    /// Of a vehicle that nobody knows, and of a time that is not stored, "none" would always be met.
    fn problem(&self, is_known: bool, stored: Stored) -> Option<String> {
        let Stored { begins_at, ends_at } = stored;
        if !is_known {
            return Some("no such vehicle is known; is the plate right?".to_owned());
        }
        if let Some((from, to)) = self.from.zip(self.to).filter(|(from, to)| from >= to) {
            return Some(format!("from {from} to {to} is no time"));
        }
        if self.from.is_some_and(|from| from > ends_at) || self.to.is_some_and(|to| to <= begins_at) {
            return Some(format!(
                "nothing is stored of then: what is stored goes from {begins_at} to {ends_at}"
            ));
        }
        None
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

const COLUMNS: &[&str] = &["met", "rule", "vehicle", "expected", "raised", "first", "problem"];

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

    #[test]
    fn a_case_of_an_unknown_vehicle_or_of_a_time_that_is_not_stored_is_a_problem() {
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let stored = Stored { begins_at: at("2026-11-01T00:00:00Z"), ends_at: at("2026-11-20T00:00:00Z") };
        let expect = |window: &str| -> Expect {
            let text = format!("vehicle = \"粤B12345\"\nrule = \"TOW\"\nalerts = \"none\"\n{window}");
            toml::from_str(&text).unwrap()
        };
        let problem = |is_known, window: &str| expect(window).problem(is_known, stored).unwrap_or_default();
        assert_eq!(problem(true, ""), "");
        assert!(problem(false, "").contains("no such vehicle"));
        assert!(problem(true, "from = \"2026-11-20T00:00:01Z\"").contains("nothing is stored of then"));
        assert!(problem(true, "to = \"2026-11-01T00:00:00Z\"").contains("nothing is stored of then"));
        let turned = "from = \"2026-11-10T00:00:00Z\"\nto = \"2026-11-09T00:00:00Z\"";
        assert!(problem(true, turned).contains("is no time"));
        let before = "from = \"2026-10-01T00:00:00Z\"\nto = \"2026-10-02T00:00:00Z\"";
        assert!(problem(true, before).contains("nothing is stored of then"));
        assert_eq!(problem(true, "from = \"2026-11-20T00:00:00Z\""), "");
    }

    #[test]
    fn a_file_that_expects_nothing_is_a_problem() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cases.toml");
        std::fs::write(&file, "expect = []\n").unwrap();
        let error = Expectations::read(&file).err().unwrap();
        assert_eq!(crate::exit::exit_of(&error), Exit::Problems);
    }
}
