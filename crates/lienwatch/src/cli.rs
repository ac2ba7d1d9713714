//! The command line, as `--help` shows it.

mod command;
mod devices;
mod frames;
mod habits;
mod lending;
mod past;
mod people;
mod places;
mod teams;
mod time;
mod worklist;

use crate::listing::Output;
use clap::{Args, Parser, Subcommand, ValueEnum};
pub(crate) use command::{Send, TellCommand};
pub(crate) use devices::{Bind, Choice, Devices, SetProfile};
pub(crate) use frames::{Decode, DecodeForm, Encode, EncodeMessage, Ignition, Replay, ReplayForm};
pub(crate) use habits::{Mine, Stays, StaysCommand, Whereabouts};
pub(crate) use lending::{
    AboutLoan, Attend, Contact, Held, Import, ImportBindings, ImportEvents, ImportLoans, LoanCommand,
    LoanEventCommand, RecoveryCase, RollBack, ShowLoan, Visit,
};
use model::{AlertState, CloseReason, Purpose, ZoneOffset};
pub(crate) use past::{Backtest, Explain, Form, RulesTest};
pub(crate) use people::{AddUser, Audit, Audited, CreateToken, Lenders, Passwd, Regions, Role, Token, User};
pub(crate) use places::{ImportPlaces, PlacesCommand};
use std::net::SocketAddr;
use std::path::PathBuf;
pub(crate) use teams::{AddTeam, SetTeam, Team};
pub(crate) use time::{Moment, moment};
pub(crate) use worklist::{Listed, Worklist};

/// GPS tracking for auto lenders: what a tracker says is stored before it is acknowledged, joined with the loan, and
/// told to collection staff when an overdue vehicle moves or disappears.
#[derive(Debug, Parser)]
#[command(
    name = "lienwatch",
    version,
    before_help = "Examples:\n  lienwatch demo                                a moving fleet with real alerts, nothing to install\n  \
                   lienwatch serve --config lienwatch.toml       the server\n  \
                   lienwatch decode 78780d01049015420323751800011f170d0a\n  \
                   lienwatch alerts list -o ndjson",
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Where configuration and data are.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Configuration file (TOML)
    #[arg(long, global = true, env = "LIENWATCH_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Directory of journal and embedded store [default: lienwatch-data]
    #[arg(long, global = true, env = "LIENWATCH_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Store: sqlite:PATH or postgres://… [default: store.db in the data directory]
    #[arg(long, global = true, env = "LIENWATCH_STORE_URL", value_name = "URL", hide_env_values = true)]
    pub(crate) store_url: Option<String>,
    /// What is logged to stderr, e.g. info or debug
    #[arg(long, global = true, env = "LIENWATCH_LOG", value_name = "FILTER")]
    pub(crate) log: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server
    Serve(Serve),
    /// Show a simulated fleet on a temporary server, with real alerts within 90 seconds
    Demo(Demo),
    /// Explain frames byte by byte: hex, log files, captures
    Decode(Decode),
    /// Build frames
    Encode(Encode),
    /// Play a capture or a log into a server
    Replay(Replay),
    /// Read stored positions; leaves an audit line
    Positions(Positions),
    /// Where a vehicle stood, and where vehicles past due come together; leaves an audit line
    Stays(Stays),
    /// Where a vehicle probably is, by where it was before; leaves an audit line
    Whereabouts(Whereabouts),
    /// Read and handle alerts
    #[command(subcommand)]
    Alerts(Alerts),
    /// Why there was an alert about a vehicle at some time, or none; leaves an audit line
    Explain(Explain),
    /// Terminals: list, show, models, profile, approve, bind, unbind
    #[command(subcommand)]
    Devices(Devices),
    /// Tell terminals to do something: send, list, show, cancel
    #[command(subcommand, name = "command")]
    Tell(TellCommand),
    /// Import loan books, bindings and events; take a book back
    #[command(subcommand)]
    Import(Import),
    /// One loan: show it, tell what happened to it
    #[command(subcommand)]
    Loan(LoanCommand),
    /// Places that are watched: fences, black points, tow lots, dealers, regions
    #[command(subcommand)]
    Places(PlacesCommand),
    /// What collection and device staff have to do: phone, visit, sms-failed, devices
    #[command(subcommand)]
    Worklist(Worklist),
    /// The audit log: list, verify
    #[command(subcommand)]
    Audit(Audit),
    /// Who may log in to the console and the API: add, list, passwd, role, disable, enable
    #[command(subcommand)]
    User(User),
    /// People who are given the same to see: add, list, set, remove
    #[command(subcommand)]
    Team(Team),
    /// Tokens for programs that speak to the API: create, list, revoke
    #[command(subcommand)]
    Token(Token),
    /// Print the description of the API (OpenAPI 3.1)
    Openapi,
    /// What alerts are raised for: list, check, default, backtest, test
    #[command(subcommand)]
    Rules(Rules),
    /// Check the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Tracker port, may be given several times: ADDRESS, or PROTOCOL=ADDRESS for one protocol [default: 0.0.0.0:7018]
    #[arg(long, env = "LIENWATCH_LISTEN", value_name = "ADDRESS", value_delimiter = ',')]
    pub(crate) listen: Vec<String>,
    /// Console, API, health and metrics; empty = off [default: 127.0.0.1:8080]
    #[arg(long, env = "LIENWATCH_HTTP", value_name = "ADDRESS")]
    pub(crate) http: Option<String>,
    /// Fold from another journal, or over a gap in it; recorded as uncovered time
    #[arg(long)]
    pub(crate) accept_journal: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Stop after so many seconds and print one JSON line [default: run until Ctrl-C]
    #[arg(long, value_name = "N")]
    pub(crate) seconds: Option<u64>,
    /// Simulated cars, 50 to 500
    #[arg(long, default_value_t = 60, value_name = "50..500", value_parser = clap::value_parser!(u16).range(50..=500))]
    pub(crate) vehicles: u16,
    /// Tracker port: ADDRESS [default: 127.0.0.1:7018, or any free port if that is taken]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// Console, API, health and metrics; empty = off [default: 127.0.0.1:8080, or any free port if that is taken]
    #[arg(long, value_name = "ADDRESS", value_parser = address_or_none)]
    pub(crate) http: Option<String>,
    /// The story's seed
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Positions {
    /// Of this terminal only
    #[arg(long)]
    pub(crate) terminal: Option<String>,
    /// Of this vehicle only (plate or VIN): what its terminals reported while they were on it
    #[arg(long, conflicts_with = "terminal")]
    pub(crate) vehicle: Option<String>,
    /// Fixed at or after, e.g. 2026-11-20T00:00:00Z, 2h, today; UTC where it names no zone
    #[arg(long, value_parser = moment)]
    pub(crate) from: Option<Moment>,
    /// Fixed before; UTC where it names no zone
    #[arg(long, value_parser = moment)]
    pub(crate) to: Option<Moment>,
    /// Only the newest so many of them, by their devices' clocks
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) limit: Option<u32>,
    /// Besides live ones: late, rejected (frames in quarantine), none
    #[arg(long, value_delimiter = ',', default_value = "late")]
    pub(crate) include: Vec<Include>,
    /// Why you look: collect, verify, legal or ops; written to the audit log
    #[arg(long, default_value = "ops", value_parser = purpose)]
    pub(crate) purpose: String,
    /// Form of the listing
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Include {
    Late,
    Rejected,
    None,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Alerts {
    /// Alerts, newest first
    List(AlertList),
    /// One alert with everything it rests on
    Show {
        /// Its id, or the beginning of it
        id: String,
        #[command(flatten)]
        why: AlertPurpose,
        /// table for people; any other form is JSON
        #[arg(short, long, value_enum, default_value = "table")]
        output: Output,
    },
    /// Take an alert
    Ack(AlertAct),
    /// End an alert with a verdict
    Close {
        #[command(flatten)]
        act: AlertAct,
        /// confirmed, false_alarm or unclear
        #[arg(long, value_parser = close_reason)]
        verdict: CloseReason,
    },
    /// Print live alerts, then every alert as it changes
    Watch {
        #[command(flatten)]
        why: AlertPurpose,
        /// Form of each line
        #[arg(short, long, value_enum, default_value = "table")]
        output: Output,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AlertList {
    /// Live ones only
    #[arg(long)]
    pub(crate) live: bool,
    /// In this state only: unconfirmed, open, acknowledged, closed or withdrawn
    #[arg(long, value_parser = alert_state, conflicts_with = "live")]
    pub(crate) state: Option<&'static str>,
    /// About this vehicle only (plate or VIN)
    #[arg(long)]
    pub(crate) vehicle: Option<String>,
    /// Of this rule only, e.g. OVERDUE_MOVED
    #[arg(long)]
    pub(crate) rule: Option<String>,
    #[command(flatten)]
    pub(crate) why: AlertPurpose,
    /// Form of the listing
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Output,
}

/// An alert shows where a car was: nobody reads one without a reason.
#[derive(Debug, Args)]
pub(crate) struct AlertPurpose {
    /// Why you look: collect, verify, legal or ops; written to the audit log
    #[arg(long, default_value = "collect", value_parser = purpose)]
    pub(crate) purpose: String,
}

#[derive(Debug, Args)]
pub(crate) struct AlertAct {
    /// Its id, or the beginning of it
    pub(crate) id: String,
    /// The version you saw; a newer one is a conflict
    #[arg(long)]
    pub(crate) version: Option<u32>,
    /// A note
    #[arg(long)]
    pub(crate) note: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Read everything that serve would read, and say what is wrong
    Check,
}

/// What people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// English.
    En,
    /// Chinese.
    Zh,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Rules {
    /// Each rule in a sentence, with the thresholds in force
    List {
        #[command(flatten)]
        rule_set: RulesFile,
        /// With the thresholds of this lender
        #[arg(long, value_name = "NAME")]
        lender: Option<String>,
        /// In which the sentences are
        #[arg(long, value_enum, default_value = "en")]
        language: Language,
        /// Form of the listing
        #[arg(short, long, value_enum, default_value = "table")]
        output: Output,
    },
    /// Read a rule set (TOML), and say what is wrong with it
    Check {
        /// The file
        file: PathBuf,
    },
    /// Print the rule set that comes with the program, with comments: a file to begin with
    Default,
    /// Replay what is stored: how many alerts each rule raises, and what another rule set would change
    Backtest(Backtest),
    /// Replay what is stored, and check that alerts are raised where a file expects them
    Test(RulesTest),
}

/// Which rule set.
#[derive(Debug, Args)]
pub(crate) struct RulesFile {
    /// The thresholds of this file instead of those in force
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

/// One of the purposes that the console and the API know as well.
fn purpose(text: &str) -> Result<String, String> {
    match Purpose::parse(text.trim()) {
        Ok(purpose) => Ok(purpose.to_string()),
        Err(error) => Err(format!("write one of: {}", error.expected)),
    }
}

fn alert_state(text: &str) -> Result<&'static str, String> {
    let known = AlertState::CODES.iter().copied().find(|code| *code == text);
    known.ok_or_else(|| format!("write one of: {}", AlertState::CODES.join(", ")))
}

fn address_or_none(text: &str) -> Result<String, String> {
    match text.parse::<SocketAddr>() {
        Err(_) if !text.is_empty() => Err("write it like 127.0.0.1:8080, or leave it empty for none".into()),
        _ => Ok(text.to_owned()),
    }
}

fn zone(text: &str) -> Result<ZoneOffset, String> {
    ZoneOffset::parse(text).ok_or_else(|| "write it like +08:00 or -03:30".into())
}

fn close_reason(text: &str) -> Result<CloseReason, String> {
    match CloseReason::parse(text) {
        Ok(CloseReason::ConditionOver) | Err(_) => Err("write confirmed, false_alarm or unclear".into()),
        Ok(reason) => Ok(reason),
    }
}

/// The arguments of `encode`, for the tests of what it builds.
#[cfg(test)]
pub(crate) fn encode_arguments(words: &[&str]) -> Encode {
    let cli = Cli::parse_from([&["lienwatch"][..], words].concat());
    let Command::Encode(args) = cli.command else { panic!("encode") };
    args
}
