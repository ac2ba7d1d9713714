//! What was done and when: outcomes, audit, archive, coverage, outages, rule sets, counters.
//!
//! Each row type beside the statement that writes it, columns in the same order. Units: see the migrations.

use crate::bulk::Bulk;
use crate::value::Kind::{Blob, Int, Text};
use crate::value::Row;
use model::input::Outcome;
use model::{Group, InputId, Millis, Seq, Timestamp};

/// What became of a human input.
#[derive(Debug)]
pub struct OutcomeRow {
    /// The caller-made id.
    pub input: InputId,
    /// The input.
    pub seq: Seq,
    /// What became of it.
    pub outcome: Outcome,
}

pub(super) static OUTCOMES: Bulk =
    Bulk::new("INSERT INTO outcomes (input, seq, body)", &[Text, Int, Text], "ON CONFLICT DO NOTHING");

impl OutcomeRow {
    pub(super) fn row(self) -> Row {
        let body = serde_json::to_string(&self.outcome).unwrap_or_default();
        vec![self.input.0.into(), self.seq.0.into(), body.into()]
    }
}

/// An audit line; its hash covers the line before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Counted up from 1.
    pub line: i64,
    /// The input.
    pub seq: Seq,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// About what.
    pub subject: String,
    /// Why.
    pub purpose: String,
    /// `done`, `refused`, `conflict` or `not_found`.
    pub outcome: String,
    /// Hash of the line before, hex.
    pub previous: String,
    /// Hash of this line, hex.
    pub hash: String,
}

pub(super) static AUDIT: Bulk = Bulk::new(
    "INSERT INTO audit (line, seq, at_ms, actor, action, subject, purpose, outcome, previous, hash)",
    &[Int, Int, Int, Text, Text, Text, Text, Text, Text, Text],
    "ON CONFLICT DO NOTHING",
);

impl AuditRow {
    pub(super) fn row(self) -> Row {
        vec![
            self.line.into(),
            self.seq.0.into(),
            self.at.ms().into(),
            self.actor.into(),
            self.action.into(),
            self.subject.into(),
            self.purpose.into(),
            self.outcome.into(),
            self.previous.into(),
            self.hash.into(),
        ]
    }
}

/// An input to keep.
#[derive(Debug)]
pub struct ArchiveRow {
    /// Its place in the journal.
    pub seq: Seq,
    /// Journal time.
    pub at: Timestamp,
    /// The input in the journal's form.
    pub payload: Vec<u8>,
}

pub(super) static ARCHIVE: Bulk =
    Bulk::new("INSERT INTO archive (seq, at_ms, payload)", &[Int, Int, Blob], "ON CONFLICT DO NOTHING");

impl ArchiveRow {
    pub(super) fn row(self) -> Row {
        vec![self.seq.0.into(), self.at.ms().into(), self.payload.into()]
    }
}

/// Time in which the server could listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoverageRow {
    /// First tick.
    pub from: Timestamp,
    /// Last tick.
    pub to: Timestamp,
    /// The run.
    pub run: Seq,
}

pub(super) static COVERAGE: Bulk = Bulk::new(
    "INSERT INTO coverage (from_ms, to_ms, run_seq)",
    &[Int, Int, Int],
    "ON CONFLICT (from_ms) DO UPDATE SET to_ms = excluded.to_ms",
);

impl CoverageRow {
    pub(super) fn row(self) -> Row {
        vec![self.from.ms().into(), self.to.ms().into(), self.run.0.into()]
    }
}

/// A time in which devices that share something could not be heard. Milliseconds are those of the coverage clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutageRow {
    /// When it was noticed.
    pub noticed_ms: Millis,
    /// What they share.
    pub group: Group,
    /// When it began.
    pub from_ms: Millis,
    /// When it was over.
    pub until_ms: Option<Millis>,
    /// When it began, by the server's clock.
    pub since: Timestamp,
    /// How many fell silent.
    pub silent: u32,
    /// Of how many that talked.
    pub of: u32,
}

pub(super) static OUTAGES: Bulk = Bulk::new(
    "INSERT INTO outages (noticed_ms, shared, from_ms, until_ms, since_ms, silent, talking)",
    &[Int, Text, Int, Int, Int, Int, Int],
    "ON CONFLICT (noticed_ms, shared) DO UPDATE SET until_ms = excluded.until_ms",
);

impl OutageRow {
    pub(super) fn row(self) -> Row {
        vec![
            self.noticed_ms.into(),
            self.group.to_string().into(),
            self.from_ms.into(),
            self.until_ms.into(),
            self.since.ms().into(),
            i64::from(self.silent).into(),
            i64::from(self.of).into(),
        ]
    }
}

/// A time in which the devices of a city or a network were heard well. Milliseconds are those of the coverage clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EarshotRow {
    /// Which.
    pub group: Group,
    /// Since when.
    pub from_ms: Millis,
    /// Until when.
    pub until_ms: Option<Millis>,
}

pub(super) static EARSHOTS: Bulk = Bulk::new(
    "INSERT INTO earshots (shared, from_ms, until_ms)",
    &[Text, Int, Int],
    "ON CONFLICT (shared, from_ms) DO UPDATE SET until_ms = excluded.until_ms",
);

impl EarshotRow {
    pub(super) fn row(self) -> Row {
        vec![self.group.to_string().into(), self.from_ms.into(), self.until_ms.into()]
    }
}

/// A rule set that came in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSetRow {
    /// The input.
    pub seq: Seq,
    /// Hash of the text.
    pub hash: String,
    /// The text.
    pub text: String,
}

pub(super) static RULE_SETS: Bulk =
    Bulk::new("INSERT INTO rule_sets (seq, hash, body)", &[Int, Text, Text], "ON CONFLICT DO NOTHING");

impl RuleSetRow {
    pub(super) fn row(self) -> Row {
        vec![self.seq.0.into(), self.hash.into(), self.text.into()]
    }
}

pub(super) static COUNTERS: Bulk = Bulk::new(
    "INSERT INTO counters (name, total)",
    &[Text, Int],
    "ON CONFLICT (name) DO UPDATE SET total = counters.total + excluded.total",
);
