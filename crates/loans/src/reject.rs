//! Why one cell, and with it its row, is not taken.
//!
//! Shape: place, value, reason; the text tells staff what to do in their spreadsheet. Units: lines count from 1.
//! Source: `domain.md` §6 (data quality seen), `reliability.md` B43, B44.

mod zh;

use serde::{Deserialize, Serialize};
use std::fmt;

/// A cell that was refused. Its row is left out, the others are taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// Line in the file, from 1.
    pub line: u64,
    /// The contract that the row names, cut as the value; `None` where it names none.
    #[serde(default)]
    pub contract: Option<String>,
    /// The column as the file calls it.
    pub column: String,
    /// What the cell holds, cut to [`VALUE_SHOWN_MAX`] characters.
    pub value: String,
    /// What is wrong with it.
    pub reason: RejectReason,
}

impl Reject {
    pub(crate) fn new(line: u64, column: &str, value: &str, reason: RejectReason) -> Self {
        Self { line, contract: None, column: column.to_owned(), value: shown(value), reason }
    }

    /// The same, of a row that names a contract.
    pub(crate) fn of_contract(self, contract: &str) -> Self {
        Self { contract: Some(shown(contract)).filter(|contract| !contract.is_empty()), ..self }
    }
}

/// The beginning of a text, for an error message.
pub(crate) fn shown(value: &str) -> String {
    value.chars().take(VALUE_SHOWN_MAX).collect()
}

/// What is wrong with a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum RejectReason {
    /// Nothing in it.
    #[error("the cell is empty, but every row needs it")]
    Missing,
    /// Longer than a cell of a loan book is.
    #[error("is longer than {max} bytes")]
    TooLong {
        /// The limit.
        max: usize,
    },
    /// `8.68E+14`.
    #[error("is a number that Excel shortened; format the column as text and export again")]
    Shortened,
    /// `123456789012345000`.
    #[error("ends in zeros because Excel keeps only 15 digits; format the column as text and export again")]
    Rounded,
    /// `868120240000015.0`.
    #[error(
        "is a number with a decimal point where a code belongs; format the column as text and export again"
    )]
    DecimalCode,
    /// 14 digits.
    #[error(
        "has 14 digits, an IMEI has 15: the leading zero was lost; format the column as text and export again"
    )]
    ZeroLost,
    /// `=A1+B1`.
    #[error("is a formula; export the values, not the formulas")]
    Formula,
    /// A character that nobody can see.
    #[error("holds a control character; remove it")]
    ControlCharacter,
    /// `03/04/26`.
    #[error("may be more than one date; write it as 2026-11-20")]
    AmbiguousDate,
    /// Not a date in any accepted form, or one that does not exist.
    #[error("is not a date; write it as 2026-11-20")]
    NotADate,
    /// A year in which no loan of today was made.
    #[error("lies outside the years {from} to {to}; leave the cell empty if there is no date")]
    YearOutOfRange {
        /// First year.
        from: i16,
        /// Last year.
        to: i16,
    },
    /// Not a date with a time.
    #[error("is not a time; write it as 2026-11-20 01:00 or 2026-11-20T01:00:00+08:00")]
    NotATime,
    /// `1.234,5`.
    #[error("may be more than one amount; write it as 1234.50")]
    AmbiguousAmount,
    /// Not an amount.
    #[error("is not an amount; write it as 1234.50")]
    NotAnAmount,
    /// Below the smallest unit.
    #[error("has more than two decimals; amounts are kept to the fen")]
    TooFine,
    /// Below zero.
    #[error("is negative; write what is owed, or 0")]
    Negative,
    /// `22°32'N`.
    #[error("is not in degrees; write it as 22.54310, in WGS-84")]
    NotDegrees,
    /// Not a whole number.
    #[error("is not a whole number from 0 to 65535")]
    NotACount,
    /// Not one of a list.
    #[error("is not known here; use one of: {expected}")]
    UnknownWord {
        /// What is.
        expected: String,
    },
    /// Not an IANA name.
    #[error("is not an IANA time zone; use a name like Asia/Shanghai")]
    UnknownZone,
    /// A VIN of another length.
    #[error("has {found} characters, a VIN has 17")]
    VinLength {
        /// How many.
        found: usize,
    },
    /// A letter that no VIN has.
    #[error("holds the letter {letter}, which no VIN has; it is probably the digit {digit}")]
    VinLetter {
        /// The letter.
        letter: char,
        /// What was meant.
        digit: char,
    },
    /// A character that no VIN has.
    #[error("holds {character:?}, which no VIN has")]
    VinCharacter {
        /// The character.
        character: char,
    },
    /// Not an identifier.
    #[error("cannot be used: {problem}")]
    BadCode {
        /// What the identifier says.
        problem: String,
    },
    /// A row with more or fewer cells than the header.
    #[error(
        "the row has {found} cells, the header has {expected}; a separator or quote is misplaced, or Excel left \
         empty cells at the end out: put a column that is always filled last"
    )]
    CellCount {
        /// Cells in the row.
        found: usize,
        /// Cells in the header.
        expected: usize,
    },
    /// The same contract again.
    #[error("is the contract of line {line} too; keep one of them")]
    SameContract {
        /// The other line.
        line: u64,
    },
    /// The same car again.
    #[error("is the vehicle of the contract at line {line} too, and neither is settled; keep one of them")]
    SameVehicle {
        /// The other line.
        line: u64,
    },
    /// A terminal on two cars at once.
    #[error("is also bound at line {line}, for a time that overlaps; end one before the other begins")]
    Overlap {
        /// The other line.
        line: u64,
    },
    /// An interval of no length.
    #[error("does not lie after the start of the binding")]
    EndsBeforeStart,
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, contract, column, value, reason } = self;
        write!(f, "line {line}")?;
        if let Some(contract) = contract.as_ref().filter(|contract| *contract != value) {
            write!(f, ", contract {contract}")?;
        }
        if !column.is_empty() {
            write!(f, ", column \"{column}\"")?;
        }
        f.write_str(": ")?;
        if !value.is_empty() {
            write!(f, "\"{value}\" ")?;
        }
        write!(f, "{reason}")
    }
}

/// Long enough to recognise any cell, short enough for one line of a terminal.
pub const VALUE_SHOWN_MAX: usize = 60;
