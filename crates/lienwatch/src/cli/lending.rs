//! What a lender tells: books, bindings, and what happened to loans, as `--help` shows it.

use super::{AlertPurpose, Moment, moment};
use crate::listing::Output;
use clap::{Args, Subcommand};
use model::loan::{Channel, ContactResult, VisitResult};
use model::{Coordinates, Date, LegalBasis};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// A loan book (CSV; UTF-8 or GBK; Chinese or English headers)
    Loans(ImportLoans),
    /// Which terminal is on which vehicle (CSV)
    Bindings(ImportBindings),
    /// What happened to loans: SMS, debits, payments, contacts (CSV)
    Events(ImportEvents),
    /// Take the newest loan book of a lender back: its loans are again what they were before it
    Rollback(RollBack),
}

#[derive(Debug, Args)]
pub(crate) struct RollBack {
    /// Whose book
    #[arg(long, default_value = "main")]
    pub(crate) lender: String,
    /// What is wrong with it; the audit log keeps it
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) reason: String,
    /// Only say which book it would be, and what would be in force then
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do it without asking; needed where nobody is there to ask
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ImportEvents {
    /// The file
    #[arg(required_unless_present = "columns")]
    pub(crate) file: Option<PathBuf>,
    /// Only list the headers that are understood
    #[arg(long)]
    pub(crate) columns: bool,
    /// Zone of the times
    #[arg(long, default_value = "Asia/Shanghai")]
    pub(crate) time_zone: String,
    /// Only say what it would do
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Form of what --columns lists
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Output,
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
    /// As of when the lender states it; in --time-zone where it names no zone [default: the file's own column]
    #[arg(long, value_parser = moment)]
    pub(crate) as_of: Option<Moment>,
    /// Zone of the due dates
    #[arg(long, default_value = "Asia/Shanghai")]
    pub(crate) time_zone: String,
    /// The file holds some contracts only: one that is missing stays as it is
    #[arg(long)]
    pub(crate) delta: bool,
    /// Only say what it would do, and end with the exit code that it would have
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do it although the book shrinks by more than 20 %, and without asking
    #[arg(long)]
    pub(crate) yes: bool,
    /// Form of what --columns lists [default: table]; with --dry-run, json gives what it finds to a program
    #[arg(short, long, value_enum)]
    pub(crate) output: Option<Output>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LoanCommand {
    /// Something happened
    #[command(subcommand)]
    Event(LoanEventCommand),
    /// Staff tried to reach the borrower
    Contacted(Contact),
    /// Staff went there
    Visit(Visit),
    /// Open or close a recovery case; without a legal basis it opens no recovery window
    Case(RecoveryCase),
    /// Staff ask for a closer watch
    Attention(Attend),
    /// The loan with its standing, holds, contacts and visits
    Show(ShowLoan),
}

#[derive(Debug, Args)]
pub(crate) struct Contact {
    /// The contract
    pub(crate) contract: String,
    /// sms, phone, letter, visit, vehicle_control, litigation, debt_assignment or wechat
    #[arg(long, value_parser = Channel::parse)]
    pub(crate) channel: Channel,
    /// reached, promised, refused, no_answer, wrong_number, sent or contact_lost
    #[arg(long, value_parser = ContactResult::parse)]
    pub(crate) result: ContactResult,
    /// When; in the loan's zone (Asia/Shanghai) where it names none [default: now]
    #[arg(long, value_parser = moment)]
    pub(crate) at: Option<Moment>,
    /// A note
    #[arg(long, value_parser = note)]
    pub(crate) note: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Visit {
    /// The contract
    pub(crate) contract: String,
    /// seen, not_seen, met_borrower or met_other
    #[arg(long, value_parser = VisitResult::parse)]
    pub(crate) result: VisitResult,
    /// Where the car stood, or was looked for, in WGS-84 degrees
    #[arg(long, value_parser = place, value_name = "LAT,LON", allow_hyphen_values = true)]
    pub(crate) place: Option<Coordinates>,
    /// When; in the loan's zone (Asia/Shanghai) where it names none [default: now]
    #[arg(long, value_parser = moment)]
    pub(crate) at: Option<Moment>,
    /// A note
    #[arg(long, value_parser = note)]
    pub(crate) note: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Attend {
    /// The contract
    pub(crate) contract: String,
    /// Why
    #[arg(long, required_unless_present = "lift", requires = "until", value_parser = note)]
    pub(crate) reason: Option<String>,
    /// Up to and including this date
    #[arg(long, requires = "reason", value_parser = date)]
    pub(crate) until: Option<Date>,
    /// It is over
    #[arg(long, conflicts_with_all = ["reason", "until"])]
    pub(crate) lift: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ShowLoan {
    /// The contract
    pub(crate) contract: String,
    #[command(flatten)]
    pub(crate) why: AlertPurpose,
    /// table for people; any other form is JSON
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Output,
}

/// `--open --basis CODE`, or `--close`.
#[derive(Debug, Args)]
pub(crate) struct RecoveryCase {
    /// The contract
    pub(crate) contract: String,
    /// The case is open
    #[arg(long, required_unless_present = "close", conflicts_with = "close")]
    pub(crate) open: bool,
    /// What makes a recovery lawful: court_document, written_consent or voluntary_surrender
    #[arg(long, value_parser = basis, conflicts_with = "close")]
    pub(crate) basis: Option<LegalBasis>,
    /// It is closed
    #[arg(long)]
    pub(crate) close: bool,
    /// When it was opened or closed; in the loan's zone (Asia/Shanghai) where it names none [default: now]
    #[arg(long, value_parser = moment)]
    pub(crate) at: Option<Moment>,
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
    /// When it happened; in the loan's zone (Asia/Shanghai) where it names none [default: now]
    #[arg(long, value_parser = moment)]
    pub(crate) at: Option<Moment>,
}

fn basis(text: &str) -> Result<LegalBasis, String> {
    LegalBasis::parse(text).map_err(|error| error.to_string())
}

fn date(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "write it like 2026-11-20".into())
}

/// A note goes into the journal, whose inputs are bounded.
fn note(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("it is empty".into()),
        long if long.len() > NOTE_BYTES_MAX => Err(format!("it is longer than {NOTE_BYTES_MAX} bytes")),
        note => Ok(note.to_owned()),
    }
}

fn place(text: &str) -> Result<Coordinates, String> {
    let degrees = |text: &str| text.trim().parse::<f64>().ok();
    let read = text.split_once(',').and_then(|(lat, lon)| degrees(lat).zip(degrees(lon)));
    let Some((lat, lon)) = read else { return Err("write it like 22.5431,114.0579".into()) };
    Coordinates::from_degrees(lat, lon).map_err(|error| error.to_string())
}

/// A page of text.
const NOTE_BYTES_MAX: usize = 4_000;
