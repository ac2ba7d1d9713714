//! Why a whole file is of no use.
//!
//! Shape: one variant for each thing the person has to do differently; the text says what, where, what to do.
//! Units: lines count from 1 as an editor shows them. Source: `reliability.md` B43, B44, B46.

mod zh;

use crate::Reject;
use std::fmt;

/// A file that cannot be taken. Nothing of it is applied.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The medium failed.
    #[error("the file cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// No bytes, or no row below the header.
    #[error("the file holds no rows; check that the export finished")]
    Empty,
    /// More bytes than a loan book has.
    #[error("the file has {bytes} bytes, the limit is {max}; split it by lender")]
    TooManyBytes {
        /// Its size.
        bytes: u64,
        /// The limit.
        max: u64,
    },
    /// More rows than a loan book has.
    #[error("the file has more than {max} rows; split it by lender")]
    TooManyRows {
        /// The limit.
        max: u64,
    },
    /// More columns than a loan book has.
    #[error("the header has {found} columns, the limit is {max}; export only the loan's columns")]
    TooManyColumns {
        /// How many.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// An Excel workbook.
    #[error("the file is an Excel workbook, not CSV; save it as \"CSV UTF-8\" and import that")]
    Workbook,
    /// A zero byte.
    #[error(
        "line {line} holds a NUL character, so the file is not text or was damaged on its way; export it again"
    )]
    Nul {
        /// Where.
        line: u64,
    },
    /// Bytes that the encoding does not know.
    #[error("line {line} is not valid {encoding}; export the file again as UTF-8 or GBK")]
    BrokenText {
        /// Where.
        line: u64,
        /// What the file as a whole looked like.
        encoding: &'static str,
    },
    /// Nothing in the first lines looks like a header.
    #[error(
        "no header line found: the first lines name none of the known columns (read as {encoding}, first line \
         \"{first_line}\"); put a line with at least {expected} above the rows"
    )]
    NoHeader {
        /// How the bytes were read.
        encoding: &'static str,
        /// The beginning of the first line.
        first_line: String,
        /// Columns that are needed.
        expected: &'static str,
    },
    /// A required column is not there.
    #[error("{}; also called {aliases}{}", Missing(any_of), NotUnderstood(unknown))]
    MissingColumn {
        /// Our names; one of them would do.
        any_of: Vec<&'static str>,
        /// Other names.
        aliases: String,
        /// Columns that mean nothing to us, as the file calls them: one of them may be meant.
        unknown: Vec<String>,
    },
    /// Two columns mean the same.
    #[error("the columns \"{first}\" and \"{second}\" both mean {name}; remove one of them")]
    SameColumnTwice {
        /// Our name.
        name: &'static str,
        /// As the file calls it.
        first: String,
        /// As the file calls the other.
        second: String,
    },
    /// A row without an end.
    #[error(
        "the row that begins at line {line} is longer than {max} bytes; a quote is probably not closed there"
    )]
    EndlessRow {
        /// Where it begins.
        line: u64,
        /// The limit.
        max: u64,
    },
    /// The last row stops in the middle.
    #[error("the file ends in the middle of the row at line {line}; the transfer broke off, send it again")]
    Truncated {
        /// Where.
        line: u64,
    },
    /// Rows that contradict each other on the as-of time.
    #[error(
        "line {line} is as of {other}, the rows above it are as of {first}; one file states one moment: split it"
    )]
    SeveralAsOf {
        /// Where.
        line: u64,
        /// What the rows above say.
        first: String,
        /// What this row says.
        other: String,
    },
    /// Nothing says as of when the file speaks.
    #[error(
        "the file does not say as of when it speaks; add a column \"as_of\" (数据日期), or say it with the import (--as-of)"
    )]
    NoAsOf,
    /// Rows of several lenders.
    #[error(
        "line {line} belongs to the lender \"{other}\", the rows above it to \"{first}\"; split the file by lender"
    )]
    SeveralLenders {
        /// Where.
        line: u64,
        /// What the rows above say.
        first: String,
        /// What this row says.
        other: String,
    },
    /// The zone given for the file does not exist.
    #[error("\"{zone}\" is not an IANA time zone; use a name like Asia/Shanghai")]
    UnknownZone {
        /// What was given.
        zone: String,
    },
    /// So much is wrong that the rest is not to be trusted either.
    #[error(
        "{rejected} of {rows} rows are wrong, so the rest is not trusted either; the first ones:{}",
        Lines(examples)
    )]
    MostlyRejected {
        /// Rows with at least one wrong cell.
        rejected: u64,
        /// Rows in the file.
        rows: u64,
        /// The first wrong cells.
        examples: Vec<Reject>,
    },
}

impl From<csv::Error> for FileError {
    fn from(error: csv::Error) -> Self {
        Self::Io(error.into())
    }
}

struct Missing<'a>(&'a [&'static str]);

impl fmt::Display for Missing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [name] => write!(f, "the column \"{name}\" is missing"),
            names => {
                write!(f, "one of the columns \"{}\" is needed, and none is there", names.join("\", \""))
            }
        }
    }
}

struct NotUnderstood<'a>(&'a [String]);

impl fmt::Display for NotUnderstood<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, "; not understood: {}", named(self.0, ", ")) }
    }
}

/// Headings of a file, as many as a person reads, each as long as one is.
fn named(headings: &[String], between: &str) -> String {
    let short = |heading: &String| heading.chars().take(HEADING_CHARACTERS_MAX).collect::<String>();
    let named: Vec<String> = headings.iter().take(HEADINGS_NAMED_MAX).map(short).collect();
    let more = if headings.len() > HEADINGS_NAMED_MAX { " …" } else { "" };
    format!("{}{more}", named.join(between))
}

const HEADINGS_NAMED_MAX: usize = 12;
const HEADING_CHARACTERS_MAX: usize = 32;

struct Lines<'a>(&'a [Reject]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|reject| write!(f, "\n  {reject}"))
    }
}
