//! What is known to be true, from a file: which vehicle gave cause for which rule, from when until when.
//!
//! Shape: CSV with a header, or one JSON object a line, in; [`Truth`] out. Keys: `vehicle` (plate or VIN), `rule`, `from`, `to`,
//! and `must`: false where an alert would be right and none is right too. Units: RFC 3339. Errors: each names its line; one of
//! them, and nothing is counted.

use crate::exit::{Exit, Failure};
use anyhow::{Context as _, Result};
use model::{Rule, Timestamp, VehicleId};
use serde::Deserialize;
use std::path::Path;
use watch::backtest::{Cause, Truth};

/// A row of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    vehicle: String,
    rule: String,
    from: String,
    to: String,
    #[serde(default = "must")]
    must: bool,
}

const fn must() -> bool {
    true
}

/// Reads a file.
pub(super) fn read(path: &Path) -> Result<Truth> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    parse(&text).map_err(|error| Failure::error(Exit::Refused, format!("{}: {error}", path.display())))
}

fn parse(text: &str) -> Result<Truth, String> {
    let text = text.trim_start_matches('\u{feff}');
    let causes = if text.trim_start().starts_with('{') { of_lines(text) } else { of_table(text) }?;
    if causes.is_empty() {
        return Err("there is no event in it".to_owned());
    }
    Ok(Truth::of(causes))
}

/// The same by the names that a replay has.
pub(super) fn named(truth: Truth, name: impl Fn(VehicleId) -> Option<VehicleId>) -> Result<Truth> {
    truth.named(name).map_err(|unknown| {
        let message = format!("the truth names {}, whom no binding and no book has", unknown.masked());
        Failure::error(Exit::Refused, message)
    })
}

fn of_table(text: &str) -> Result<Vec<Cause>, String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let rows = reader.deserialize::<Row>();
    rows.map(|row| row.map_err(|error| error.to_string())?.cause()).collect()
}

fn of_lines(text: &str) -> Result<Vec<Cause>, String> {
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    let read = |(line, number): (&str, u32)| {
        let row = serde_json::from_str::<Row>(line).map_err(|error| error.to_string());
        row.and_then(Row::cause).map_err(|error| format!("line {number}: {error}"))
    };
    lines.map(read).collect()
}

impl Row {
    fn cause(self) -> Result<Cause, String> {
        let of = || format!("{} {} {}", self.vehicle, self.rule, self.from);
        let moment =
            |text: &str| Timestamp::parse(text).ok_or_else(|| format!("{}: \"{text}\" is no time", of()));
        let span = (moment(&self.from)?, moment(&self.to)?);
        if span.1 < span.0 {
            return Err(format!("{}: it ends before it begins", of()));
        }
        let vehicle = VehicleId::parse(&self.vehicle).map_err(|error| format!("{}: {error}", of()))?;
        let rule = Rule::parse(&self.rule).map_err(|error| format!("{}: {error}", of()))?;
        Ok(Cause { vehicle, rule, span, must: self.must })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_and_lines_of_json_say_the_same() {
        let table = "vehicle,rule,from,to,must\nT000001,TOW,2026-03-05T01:00:00Z,2026-03-05T02:00:00Z,true\n\
                     T000002,JUMP_SPOOF,2026-03-05T01:00:00Z,2026-03-05T01:00:00Z,false\n";
        let lines = "{\"vehicle\":\"T000001\",\"rule\":\"TOW\",\"from\":\"2026-03-05T01:00:00Z\",\"to\":\"2026-03-05T02:00:00Z\"}\n\n\
                     {\"vehicle\":\"T000002\",\"rule\":\"JUMP_SPOOF\",\"from\":\"2026-03-05T01:00:00Z\",\"to\":\"2026-03-05T01:00:00Z\",\
                     \"must\":false}\n";
        for text in [table, lines] {
            let truth = parse(text).unwrap();
            let causes =
                truth.causes().iter().map(|cause| (cause.vehicle.to_string(), cause.rule, cause.must));
            assert_eq!(
                causes.collect::<Vec<_>>(),
                [("T000001".to_owned(), Rule::Tow, true), ("T000002".to_owned(), Rule::JumpSpoof, false)]
            );
            assert!(truth.is_of(Rule::Tow) && !truth.is_of(Rule::OverdueMoved));
        }
    }

    #[test]
    fn what_is_wrong_with_a_line_is_said() {
        let row = |rule: &str, from: &str, to: &str| format!("vehicle,rule,from,to\nT1,{rule},{from},{to}\n");
        let (early, late) = ("2026-03-05T01:00:00Z", "2026-03-05T02:00:00Z");
        for (text, fault) in [
            (row("TOWED", early, late), "TOWED"),
            (row("TOW", "yesterday", late), "\"yesterday\" is no time"),
            (row("TOW", late, early), "ends before it begins"),
            ("vehicle,rule,from,to\n".to_owned(), "no event"),
            ("{\"vehicle\":\"T1\"}\n".to_owned(), "line 1"),
        ] {
            let found = parse(&text).err().unwrap_or_default();
            assert!(found.contains(fault), "{found}");
        }
    }

    #[test]
    fn a_vehicle_that_nobody_knows_is_refused() {
        let text = "vehicle,rule,from,to\nT000001,TOW,2026-03-05T01:00:00Z,2026-03-05T02:00:00Z\n";
        assert!(named(parse(text).unwrap(), Some).is_ok());
        assert!(named(parse(text).unwrap(), |_| None).is_err());
    }
}
