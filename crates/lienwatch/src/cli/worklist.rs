//! The arguments of `worklist`.

use super::AlertPurpose;
use crate::listing::Output;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Worklist {
    /// Loans 6 or more days past due whose borrower nobody has called since; large ones and poor grades on the day of a failed debit
    Phone(Listed),
    /// Loans that are severely overdue, lost, or of a borrower neither willing nor able; with the last place of the car
    Visit(Listed),
    /// Loans whose last SMS did not arrive: is the number right?
    SmsFailed(Listed),
    /// Devices to look after before a due date, and low batteries
    Devices(Listed),
}

#[derive(Debug, Args)]
pub(crate) struct Listed {
    #[command(flatten)]
    pub(crate) why: AlertPurpose,
    /// Form of the listing
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Output,
}
