//! Teams, as `--help` shows them.

use super::people::{Lenders, Regions};
use crate::listing::Output;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
#[command(
    before_help = "Examples:\n  lienwatch team add 华南 --lender main --region 粤 --region 桂 --join li.wei\n  \
    lienwatch team set 华南 --join wang.fang --leave li.wei\n  \
    lienwatch team set 华南 --lender main --lender north\n  \
    lienwatch team list"
)]
pub(crate) enum Team {
    /// Make a team; who is in it sees what it sees, beside what they were given themselves
    Add(AddTeam),
    /// All teams, with who is in them
    List {
        /// Form of the listing
        #[arg(short, long, value_enum, default_value = "table")]
        output: Output,
    },
    /// Change what a team is called, what it sees, or who is in it; what is not named stays
    Set(SetTeam),
    /// Remove a team: who was in it sees without it
    Remove {
        /// What it is called
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AddTeam {
    /// What it is called
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) lenders: Lenders,
    #[command(flatten)]
    pub(crate) regions: Regions,
    /// Login name of somebody who is in it from now on; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(crate) join: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SetTeam {
    /// What it is called
    pub(crate) name: String,
    /// What it is called from now on
    #[arg(long, value_name = "TEXT")]
    pub(crate) rename: Option<String>,
    #[command(flatten)]
    pub(crate) lenders: Lenders,
    #[command(flatten)]
    pub(crate) regions: Regions,
    /// Login name of somebody who is in it from now on; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(crate) join: Vec<String>,
    /// Login name of somebody who is in it no longer; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(crate) leave: Vec<String>,
}
