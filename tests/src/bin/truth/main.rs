//! Whether alerts are right: a fleet lives for weeks with a known truth, its frames go through the real sessions, journal and
//! watch, and what staff are told is held against the truth.
//!
//! ```text
//! cast (truth) → life (what each car does) → gear (what devices send) → play (journal, fold) → score
//! ```
//! Shape: `truth --seed N --vehicles N --days N` → a table on stderr, one JSON line on stdout. Nothing here knows a constant
//! or a function of the rules; the truth is written before the receiver's noise. Exit: 0 every figure has its thirty cases
//! and is as it must be, 1 a fault, 3 a figure rests on fewer, 8 a figure that must hold is missed.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a report for people and scripts")]

mod cast;
mod facts;
mod gear;
mod lender;
mod life;
mod pawn;
mod payments;
mod play;
mod promises;
mod scenarios;
mod score;
mod shares;
mod spread;
mod stale_feed;
mod verdict;

use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;

/// What is played.
#[derive(Debug, Clone, Copy, Parser)]
pub(crate) struct Play {
    /// Everything follows from it. Those below 1,000 are for trying out.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Cars; below 500 some figures rest on too few cases.
    #[arg(long, default_value_t = 500)]
    pub(crate) vehicles: u32,
    /// Days.
    #[arg(long, default_value_t = 60)]
    pub(crate) days: u16,
    /// Show so many of what was told and is not true, and of what was missed, of each rule.
    #[arg(long, default_value_t = 0)]
    pub(crate) show: usize,
}

/// What is played, and what is left of it.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    play: Play,
    /// Leave the data directory there, new, and in it truth.csv: what `lienwatch rules backtest --truth` takes.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let Arguments { play, out } = Arguments::parse();
    anyhow::ensure!(play.days >= 20, "the story takes 20 days at least");
    let lives = cast::cast(play);
    let temporary = tempfile::Builder::new().prefix("truth.").tempdir()?;
    let folder = out.as_deref().unwrap_or(temporary.path());
    std::fs::create_dir_all(folder)?;
    let told = play::play(play, &lives, folder).await?;
    if out.is_some() {
        std::fs::write(folder.join("truth.csv"), facts::table(&lives))?;
    }
    let report = score::score(play, &lives, &told);
    eprint!("{}", report.table());
    println!("{}", report.line());
    Ok(report.verdict().exit())
}
