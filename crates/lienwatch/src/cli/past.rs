//! What is asked of the past, as `--help` shows it.

use super::{Moment, moment, purpose};
use crate::listing::Output;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The vehicle (plate or VIN)
    #[arg(value_name = "PLATE")]
    pub(crate) vehicle: String,
    /// When, e.g. "2026-11-20 16:15", 2h; in the loan's zone (Asia/Shanghai) where it names none [default: now]
    #[arg(long, value_parser = moment)]
    pub(crate) at: Option<Moment>,
    /// In the table also the rules that are silent: whose condition does not hold, and will not by time alone
    #[arg(long)]
    pub(crate) all: bool,
    /// Why you look: collect, verify, legal or ops; written to the audit log
    #[arg(long, default_value = "collect", value_parser = purpose)]
    pub(crate) purpose: String,
    /// Form of the answer; table and json say most
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Backtest {
    /// Count alerts raised at or after; what lies before is replayed and not counted; UTC where it names no zone [default: the beginning]
    #[arg(long, value_parser = moment)]
    pub(crate) from: Option<Moment>,
    /// Count alerts raised before; UTC where it names no zone [default: the end]
    #[arg(long, value_parser = moment)]
    pub(crate) to: Option<Moment>,
    /// By the thresholds of this file all the time [default: those that were in force]
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Option<PathBuf>,
    /// Also by those of this file, and say what would differ
    #[arg(long, value_name = "FILE")]
    pub(crate) diff: Option<PathBuf>,
    /// What is known to be true: CSV or NDJSON of vehicle, rule, from, to, and must (false: right, and no miss); for precision
    /// and recall of the rules in it, by staff's verdicts otherwise
    #[arg(long, value_name = "FILE")]
    pub(crate) truth: Option<PathBuf>,
    /// Write a chart: alerts of each rule, precision and recall
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    /// Show whole ids and plates, for this reason (collect, verify, legal or ops); without it they are masked
    #[arg(long, value_parser = purpose)]
    pub(crate) purpose: Option<String>,
    /// In the table all that json has: what staff said, alerts of 100 vehicles and day
    #[arg(long)]
    pub(crate) wide: bool,
    /// Form of the figures
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Form,
}

/// Figures are for people, or one JSON object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    Table,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct RulesTest {
    /// What is expected (TOML): [[expect]] with vehicle, rule, from, to, alerts = a number, "some" or "none"
    pub(crate) file: PathBuf,
    /// By the thresholds of this file all the time [default: those that were in force]
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Option<PathBuf>,
    /// Why you look: collect, verify, legal or ops; written to the audit log
    #[arg(long, default_value = "verify", value_parser = purpose)]
    pub(crate) purpose: String,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Output,
}
