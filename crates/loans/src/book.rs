//! A lender's file → the loans of its book, and the cells that were refused.
//!
//! Shape: one pass for the encoding, one for the rows; only the loans are held. Units: see [`Loan`]. Errors:
//! [`FileError`] when the file as a whole is of no use. Source: DESIGN.md §6; `reliability.md` B43, B44, B46.

use crate::FileError;
use crate::address::addresses;
use crate::column::{Column, LOAN, LOAN_REQUIRED};
use crate::loan_row::LoanRows;
use crate::reject::Reject;
use crate::repeat::repeats;
use crate::table::Table;
use model::loan::FiledAddresses;
use model::{ContractId, LenderId, Loan, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek};

/// What the person says of the file.
#[derive(Debug, Clone)]
pub struct FileOptions {
    /// Whose book it is.
    pub lender: LenderId,
    /// As of when the file speaks; `None` = its own column says it.
    pub as_of: Option<Timestamp>,
    /// IANA name of the zone for rows that name none.
    pub time_zone: String,
    /// The file holds every contract of the lender.
    pub complete: bool,
}

impl FileOptions {
    /// A complete book of a lender in China, as of what its own column says.
    pub fn of(lender: LenderId) -> Self {
        Self { lender, as_of: None, time_zone: "Asia/Shanghai".to_owned(), complete: true }
    }
}

/// A file that was read.
#[derive(Debug, Clone)]
pub struct LoanFile {
    /// Whose book it is.
    pub lender: LenderId,
    /// The rows taken, in the file's order.
    pub loans: Vec<Loan>,
    /// Where the borrowers live and work, for each of the rows taken; none where the file does not say it.
    pub filed: BTreeMap<ContractId, FiledAddresses>,
    /// What was refused, at most [`REJECTS_KEPT_MAX`] cells.
    pub rejects: Vec<Reject>,
    /// The contracts of rows that were refused, where the row says them: they are in the file, and nothing is taken of them.
    pub refused: BTreeSet<ContractId>,
    /// Rows with at least one refused cell.
    pub rejected_rows: u64,
    /// How the bytes were read.
    pub encoding: &'static str,
    /// What separates the cells.
    pub delimiter: char,
    /// As of when the file speaks.
    pub as_of: Timestamp,
    /// The person says that the file holds every contract of the lender.
    pub declared_complete: bool,
    /// Columns that were not used, as the file calls them.
    pub ignored_columns: Vec<String>,
}

impl LoanFile {
    /// Nothing is missing from the file: it was declared so and every row was taken. A contract whose row was refused
    /// must not pass for one that left the book.
    pub fn is_complete(&self) -> bool {
        self.declared_complete && self.rejected_rows == 0
    }
}

/// Reads a loan book. The source is read twice, since only the whole of it tells GBK from UTF-8.
pub fn read_loans<R: Read + Seek>(source: R, options: &FileOptions) -> Result<LoanFile, FileError> {
    let mut rows = LoanRows::new(options)?;
    let mut table = Table::open(
        source,
        LOAN,
        "\"合同号\", \"车架号\" and \"应还款日\" (contract, vin, oldest_unpaid_due)",
    )?;
    LOAN_REQUIRED.iter().try_for_each(|any_of| table.columns.require(any_of))?;
    if table.columns.has(Column::OldestUnpaidDue) {
        table.columns.ignore(Column::DaysPastDue);
    }
    let mut rejects = Rejects::default();
    let (mut loans, mut lines, mut filed) = (Vec::new(), Vec::new(), BTreeMap::new());
    let mut refused = BTreeSet::new();
    while let Some(mut row) = table.next_row()? {
        let is_whole = row.rejects.is_empty();
        let loan = if is_whole { rows.loan(&mut row)? } else { None };
        let found = if is_whole { addresses(&mut row) } else { None };
        let Some(loan) = loan.filter(|_| row.rejects.is_empty()) else {
            refused.extend(row.contract());
            rejects.row(std::mem::take(&mut row.rejects));
            continue;
        };
        filed.extend(found.map(|found| (loan.contract.clone(), found)));
        loans.push(loan);
        lines.push(row.line);
    }
    let mut wrong = repeats(&loans, &lines, &table.columns).into_iter();
    loans.retain(|loan: &Loan| match wrong.next() {
        Some(Some(reject)) => {
            // All rows of a contract that stands there twice are refused.
            filed.remove(&loan.contract);
            refused.insert(loan.contract.clone());
            rejects.row(vec![reject]);
            false
        }
        _ => true,
    });
    let (rejects, rejected_rows) = rejects.accepted(table.rows)?;
    Ok(LoanFile {
        lender: options.lender.clone(),
        loans,
        filed,
        rejects,
        refused,
        rejected_rows,
        encoding: table.encoding(),
        delimiter: table.delimiter(),
        as_of: rows.as_of.ok_or(FileError::NoAsOf)?,
        declared_complete: options.complete,
        ignored_columns: std::mem::take(&mut table.columns.ignored),
    })
}

/// Refused cells, with a bound.
#[derive(Default)]
pub(crate) struct Rejects {
    kept: Vec<Reject>,
    rows: u64,
}

impl Rejects {
    /// Notes a row that is left out.
    pub(crate) fn row(&mut self, cells: Vec<Reject>) {
        self.rows += 1;
        let room = REJECTS_KEPT_MAX.saturating_sub(self.kept.len());
        self.kept.extend(cells.into_iter().take(room));
    }

    /// The rejects and the number of rows, unless so many were refused that the file is not to be trusted.
    pub(crate) fn accepted(mut self, rows: u64) -> Result<(Vec<Reject>, u64), FileError> {
        if rows == 0 {
            return Err(FileError::Empty);
        }
        self.kept.sort_by_key(|reject| reject.line);
        if self.rows * 100 > rows * REJECTED_PERCENT_MAX {
            self.kept.truncate(EXAMPLES_MAX);
            return Err(FileError::MostlyRejected { rejected: self.rows, rows, examples: self.kept });
        }
        Ok((self.kept, self.rows))
    }
}

/// Nobody reads more; the count goes on.
pub const REJECTS_KEPT_MAX: usize = 10_000;
/// One screen of a terminal.
const EXAMPLES_MAX: usize = 20;
/// A file of which most is wrong was exported wrongly; what is left of it is chance.
const REJECTED_PERCENT_MAX: u64 = 50;
