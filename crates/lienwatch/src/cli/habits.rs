//! Where vehicles usually are, as `--help` shows it.

use super::{Moment, moment, purpose};
use crate::listing::Output;
use clap::{Args, Subcommand};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Stays {
    #[command(subcommand)]
    pub(crate) command: Option<StaysCommand>,
    /// Plate or VIN
    #[arg(required = true)]
    pub(crate) vehicle: Option<String>,
    /// Stays that go on at or after this, e.g. 2026-11-20, 30d, today; without a zone in the loan's (Asia/Shanghai)
    #[arg(long, value_parser = moment)]
    pub(crate) from: Option<Moment>,
    /// Stays that began until then; without a zone in the loan's
    #[arg(long, value_parser = moment)]
    pub(crate) to: Option<Moment>,
    /// Why you look: collect, verify, legal or ops; written to the audit log
    #[arg(long, default_value = "collect", value_parser = purpose)]
    pub(crate) purpose: String,
    /// Form of the listing
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Output,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StaysCommand {
    /// Places where three or more vehicles stood while past due and where none of them belongs: GeoJSON, to be checked by a person
    Mine(Mine),
}

#[derive(Debug, Args)]
pub(crate) struct Mine {
    /// Of stays that ended within so many days
    #[arg(long, default_value_t = 90, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=3660))]
    pub(crate) days: u16,
    /// Why you look: collect, verify, legal or ops; written to the audit log
    #[arg(long, default_value = "verify", value_parser = purpose)]
    pub(crate) purpose: String,
}

#[derive(Debug, Args)]
pub(crate) struct Whereabouts {
    /// Plate or VIN
    pub(crate) vehicle: String,
    /// Of which moment, e.g. "2026-11-24 21:00", in the loan's zone (Asia/Shanghai) where it names none [default: now]
    #[arg(long, value_parser = moment)]
    pub(crate) at: Option<Moment>,
    /// Why you look: collect, verify, legal or ops; written to the audit log
    #[arg(long, default_value = "collect", value_parser = purpose)]
    pub(crate) purpose: String,
    /// table for people; any other form is JSON
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Output,
}
