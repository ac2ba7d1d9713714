//! What a lender tells: books, bindings, and what happened to a loan, as `--help` shows it.

use super::{Moment, moment};
use crate::listing::Output;
use clap::{Args, Subcommand};
use model::Date;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// A loan book (CSV; UTF-8 or GBK; Chinese or English headers)
    Loans(ImportLoans),
    /// Which terminal is on which vehicle (CSV)
    Bindings(ImportBindings),
}

#[derive(Debug, Args)]
pub(crate) struct ImportBindings {
    /// The file
    #[arg(required_unless_present = "columns")]
    pub(crate) file: Option<PathBuf>,
    /// Only list the headers that are understood
    #[arg(long)]
    pub(crate) columns: bool,
    /// Only say what it would do
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Form of what --columns lists
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub(crate) struct ImportLoans {
    /// The file
    #[arg(required_unless_present = "columns")]
    pub(crate) file: Option<PathBuf>,
    /// Only list the headers that are understood
    #[arg(long)]
    pub(crate) columns: bool,
    /// Whose book
    #[arg(long, default_value = "main")]
    pub(crate) lender: String,
    /// As of when the lender states it [default: the file's own column]
    #[arg(long, value_parser = moment)]
    pub(crate) as_of: Option<Moment>,
    /// Zone of the due dates
    #[arg(long, default_value = "Asia/Shanghai")]
    pub(crate) time_zone: String,
    /// The file holds some contracts only: one that is missing stays as it is
    #[arg(long)]
    pub(crate) delta: bool,
    /// Only say what it would do
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do it although the book shrinks by more than 20 %, and without asking
    #[arg(long)]
    pub(crate) yes: bool,
    /// Form of what --columns lists and --dry-run finds [default: table on a terminal, json for a program]
    #[arg(short, long, value_enum)]
    pub(crate) output: Option<Output>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LoanCommand {
    /// Something happened
    #[command(subcommand)]
    Event(LoanEventCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum LoanEventCommand {
    /// Money came in
    Payment {
        #[command(flatten)]
        about: AboutLoan,
        /// How much, e.g. 1250.00 [default: all that was overdue]
        #[arg(long)]
        amount: Option<String>,
    },
    /// The borrower promised to pay
    Promise {
        #[command(flatten)]
        about: AboutLoan,
        /// Up to and including this date
        #[arg(long, value_parser = date)]
        until: Date,
    },
    /// Set the holds that forbid stating delinquency; those not named are lifted
    Hold {
        #[command(flatten)]
        about: AboutLoan,
        #[command(flatten)]
        held: Held,
    },
    /// The loan is paid off
    Settled {
        #[command(flatten)]
        about: AboutLoan,
    },
    /// A debit failed
    DebitFailed {
        #[command(flatten)]
        about: AboutLoan,
    },
    /// An SMS to the borrower was delivered, or was not
    SmsDelivery {
        #[command(flatten)]
        about: AboutLoan,
        /// It was not
        #[arg(long)]
        failed: bool,
    },
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub(crate) struct Held {
    /// Lifts every hold
    #[arg(long, conflicts_with_all = ["bankruptcy", "dispute", "legal_case", "extension_until", "promise_until"])]
    pub(crate) none: bool,
    /// Bankruptcy proceedings
    #[arg(long)]
    pub(crate) bankruptcy: bool,
    /// Disputed debt
    #[arg(long)]
    pub(crate) dispute: bool,
    /// A legal case
    #[arg(long)]
    pub(crate) legal_case: bool,
    /// Extension up to and including this date
    #[arg(long, value_parser = date)]
    pub(crate) extension_until: Option<Date>,
    /// Promise up to and including this date
    #[arg(long, value_parser = date)]
    pub(crate) promise_until: Option<Date>,
}

#[derive(Debug, Args)]
pub(crate) struct AboutLoan {
    /// The contract
    #[arg(long)]
    pub(crate) contract: String,
    /// When it happened [default: now]
    #[arg(long, value_parser = moment)]
    pub(crate) at: Option<Moment>,
}

fn date(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "write it like 2026-11-20".into())
}
