//! What is known to be true, from a file: which vehicle gave cause for which rule, from when until when.
//!
//! Shape: CSV with a header, or one JSON object a line, in; [`Truth`] out. Keys: `vehicle` (plate or VIN), `rule`, `from`, `to`,
//! and `must`: false where an alert would be right and none is right too. Units: RFC 3339. Errors: each names its line; one of
//! them, and nothing is counted.

use super::run::{Tale, overlap};
use crate::exit::{Exit, Failure};
use anyhow::{Context as _, Result};
use model::{Rule, Timestamp, VehicleId};
use rules::Share;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;

/// Everything that is known to be true, of the rules of which it is known.
pub(crate) struct Truth {
    rules: BTreeSet<Rule>,
    events: Vec<Event>,
}

/// Cause for an alert.
struct Event {
    vehicle: VehicleId,
    rule: Rule,
    /// Within which its event lies.
    span: (Timestamp, Timestamp),
    /// To tell nothing would be a miss.
    must: bool,
}

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

impl Truth {
    /// Reads a file.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        Self::parse(&text)
            .map_err(|error| Failure::error(Exit::Refused, format!("{}: {error}", path.display())))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim_start_matches('\u{feff}');
        let events = if text.trim_start().starts_with('{') { of_lines(text) } else { of_table(text) }?;
        if events.is_empty() {
            return Err("there is no event in it".to_owned());
        }
        Ok(Self { rules: events.iter().map(|event| event.rule).collect(), events })
    }

    /// The same with every vehicle by the name that the replay has for it. A plate that is misspelt would be a miss for ever.
    pub(super) fn named(mut self, name: impl Fn(VehicleId) -> Option<VehicleId>) -> Result<Self> {
        for event in &mut self.events {
            event.vehicle = name(event.vehicle).ok_or_else(|| {
                let message =
                    format!("the truth names {}, whom no binding and no book has", event.vehicle.masked());
                Failure::error(Exit::Refused, message)
            })?;
        }
        Ok(self)
    }

    /// Whether it says what is true of a rule.
    pub(super) fn is_of(&self, rule: Rule) -> bool {
        self.rules.contains(&rule)
    }

    /// The alerts of a rule whose event is one of the file's, of all that it raised.
    pub(super) fn precision(&self, rule: Rule, tales: &[&Tale]) -> Share {
        let is_right = |tale: &Tale| {
            let mut events = self.events.iter().filter(|event| event.rule == rule && event.is_of(tale));
            let at = tale.alert.event_time;
            events.any(|event| event.span.0 <= at && at <= event.span.1)
        };
        share(tales.iter().map(|tale| is_right(tale)))
    }

    /// The events of a rule that must be told and were, of those within a window. An alert tells of an event that lies within
    /// its own time: staff look at it once.
    pub(super) fn recall<'a>(
        &self,
        rule: Rule,
        is_in: impl Fn(Timestamp) -> bool,
        (tales, until): (impl Iterator<Item = &'a Tale> + Clone, Timestamp),
    ) -> Share {
        let wanted =
            self.events.iter().filter(|event| event.rule == rule && event.must && is_in(event.span.0));
        share(wanted.map(|event| {
            let mut told = tales.clone().filter(|tale| tale.alert.rule == rule && event.is_of(tale));
            told.any(|tale| overlap(tale.span(until), event.span))
        }))
    }
}

impl Event {
    fn is_of(&self, tale: &Tale) -> bool {
        tale.alert.about.vehicle() == Some(self.vehicle)
    }
}

/// So many of so many.
pub(super) fn share(hits: impl Iterator<Item = bool>) -> Share {
    hits.fold(Share::default(), |share, hit| Share { hits: share.hits + u32::from(hit), of: share.of + 1 })
}

fn of_table(text: &str) -> Result<Vec<Event>, String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let rows = reader.deserialize::<Row>();
    rows.map(|row| row.map_err(|error| error.to_string())?.event()).collect()
}

fn of_lines(text: &str) -> Result<Vec<Event>, String> {
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    let read = |(line, number): (&str, u32)| {
        let row = serde_json::from_str::<Row>(line).map_err(|error| error.to_string());
        row.and_then(Row::event).map_err(|error| format!("line {number}: {error}"))
    };
    lines.map(read).collect()
}

impl Row {
    fn event(self) -> Result<Event, String> {
        let of = || format!("{} {} {}", self.vehicle, self.rule, self.from);
        let moment =
            |text: &str| Timestamp::parse(text).ok_or_else(|| format!("{}: \"{text}\" is no time", of()));
        let span = (moment(&self.from)?, moment(&self.to)?);
        if span.1 < span.0 {
            return Err(format!("{}: it ends before it begins", of()));
        }
        let vehicle = VehicleId::parse(&self.vehicle).map_err(|error| format!("{}: {error}", of()))?;
        let rule = Rule::parse(&self.rule).map_err(|error| format!("{}: {error}", of()))?;
        Ok(Event { vehicle, rule, span, must: self.must })
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
            let truth = Truth::parse(text).unwrap();
            let events: Vec<_> = truth
                .events
                .iter()
                .map(|event| (event.vehicle.to_string(), event.rule, event.must))
                .collect();
            assert_eq!(
                events,
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
            let found = Truth::parse(&text).err().unwrap_or_default();
            assert!(found.contains(fault), "{found}");
        }
    }

    #[test]
    fn a_vehicle_that_nobody_knows_is_refused() {
        let text = "vehicle,rule,from,to\nT000001,TOW,2026-03-05T01:00:00Z,2026-03-05T02:00:00Z\n";
        assert!(Truth::parse(text).unwrap().named(Some).is_ok());
        assert!(Truth::parse(text).unwrap().named(|_| None).is_err());
    }
}
