//! What a loan file would change, in the words of the business. Nothing is changed by asking.
//!
//! Shape: current book × file × now → [`Diff`], for people as text, for programs as JSON. Units: contracts; percent.
//! Source: `domain.md` §6 ("37 loans would become overdue"); `reliability.md` F33.

use crate::LoanFile;
use model::loan::Standing;
use model::{ContractId, Loan, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt;

/// The rows of a book may fall by this much without a person saying so [`reliability.md` F33].
pub const ROW_FALL_PERCENT_MAX: u32 = 20;

/// By how many percent a number of rows falls, rounded up; 0 when it does not.
pub fn fall_percent(before: usize, after: usize) -> u32 {
    if after >= before {
        return 0;
    }
    let percent = ((before - after).saturating_mul(100)).div_ceil(before);
    u32::try_from(percent).unwrap_or(u32::MAX)
}

/// Contracts to which the same thing happens.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Group {
    /// How many.
    pub count: usize,
    /// The first ones, at most [`NAMED_MAX`].
    pub contracts: Vec<ContractId>,
}

impl Group {
    fn add(&mut self, contract: &ContractId) {
        self.count += 1;
        if self.contracts.len() < NAMED_MAX {
            self.contracts.push(contract.clone());
        }
    }
}

/// What a file would change.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Diff {
    /// As of when the file speaks.
    pub as_of: Timestamp,
    /// As of when the book in force speaks; `None` = there is none.
    pub current_as_of: Option<Timestamp>,
    /// The file is older than the book in force, and will be refused.
    pub older: bool,
    /// The file speaks of the future: it would make every honest file after it "older".
    pub in_future: bool,
    /// Nothing is missing from the file, see [`LoanFile::is_complete`].
    pub complete: bool,
    /// Contracts in the book in force.
    pub rows_before: usize,
    /// Rows taken from the file.
    pub rows_after: usize,
    /// Rows refused.
    pub rejected_rows: u64,
    /// By how much a file that is declared complete makes the book smaller, percent, rounded up.
    pub row_fall_percent: u32,
    /// Not in the book in force.
    pub new: Group,
    /// In both, with another value than the as-of time.
    pub changed: Group,
    /// In both, the same.
    pub unchanged: usize,
    /// Not in the file. Taken out of the book only when the file is complete; never settled by that.
    pub missing: Group,
    /// Not overdue by the book in force, overdue by the file.
    pub would_become_overdue: Group,
    /// Overdue by the book in force, not by the file.
    pub would_be_cured: Group,
    /// Under a hold by the file only.
    pub would_be_held: Group,
    /// Settled by the file only.
    pub would_be_settled: Group,
}

impl Diff {
    /// A person has to say that the book may shrink so much.
    pub fn needs_acceptance(&self) -> bool {
        self.row_fall_percent > ROW_FALL_PERCENT_MAX
    }
}

/// Compares the file with the book in force. Loans of other lenders do not count.
pub fn diff<'a>(current: impl IntoIterator<Item = &'a Loan>, file: &LoanFile, now: Timestamp) -> Diff {
    let mut comparison = Comparison::of(file, now);
    for loan in current {
        comparison.row(loan);
    }
    comparison.end()
}

/// A file that is being compared with the book in force, whose rows come one after the other and need not be held.
pub struct Comparison<'f> {
    file: &'f LoanFile,
    now: Timestamp,
    unseen: HashMap<&'f ContractId, &'f Loan>,
    diff: Diff,
}

impl<'f> Comparison<'f> {
    /// Before the first row.
    pub fn of(file: &'f LoanFile, now: Timestamp) -> Self {
        let diff = Diff {
            as_of: file.as_of,
            in_future: file.as_of > now,
            complete: file.is_complete(),
            rows_after: file.loans.len(),
            rejected_rows: file.rejected_rows,
            ..Diff::default()
        };
        let unseen = file.loans.iter().map(|loan| (&loan.contract, loan)).collect();
        Self { file, now, unseen, diff }
    }

    /// Takes a row of the book in force, of whatever lender, in whatever order.
    pub fn row(&mut self, before: &Loan) {
        if before.lender != self.file.lender {
            return;
        }
        self.diff.rows_before += 1;
        self.diff.current_as_of = self.diff.current_as_of.max(Some(before.as_of));
        match self.unseen.remove(&before.contract) {
            None => self.diff.missing.add(&before.contract),
            Some(after) => self.diff.row(before, after, self.now),
        }
    }

    /// What the file would change, behind the last row.
    pub fn end(mut self) -> Diff {
        for loan in self.file.loans.iter().filter(|loan| self.unseen.contains_key(&loan.contract)) {
            self.diff.new.add(&loan.contract);
            self.diff.standing(None, loan, self.now);
        }
        self.diff.older = self.diff.current_as_of.is_some_and(|current| self.file.as_of < current);
        if self.file.declared_complete {
            self.diff.row_fall_percent = fall_percent(self.diff.rows_before, self.diff.rows_after);
        }
        self.diff
    }
}

impl Diff {
    fn row(&mut self, before: &Loan, after: &Loan, now: Timestamp) {
        if (Loan { as_of: before.as_of, ..after.clone() }) == *before {
            self.unchanged += 1;
        } else {
            self.changed.add(&after.contract);
        }
        self.standing(Some(before.standing(now)), after, now);
    }

    fn standing(&mut self, before: Option<Standing>, after: &Loan, now: Timestamp) {
        let was_overdue = matches!(before, Some(Standing::Overdue(_)));
        match after.standing(now) {
            Standing::Overdue(_) if !was_overdue => self.would_become_overdue.add(&after.contract),
            Standing::Settled if before != Some(Standing::Settled) => {
                self.would_be_settled.add(&after.contract);
            }
            Standing::Held(_) if !matches!(before, Some(Standing::Held(_))) => {
                self.would_be_held.add(&after.contract);
            }
            Standing::Current if was_overdue => self.would_be_cured.add(&after.contract),
            Standing::Overdue(_) | Standing::Settled | Standing::Held(_) | Standing::Current => {}
        }
    }
}

/// The count before it stands in a column of its own.
const fn rows(is_one: bool) -> &'static str {
    if is_one { "row" } else { "rows" }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "as of {}", self.as_of)?;
        match self.current_as_of {
            None => writeln!(f, "; there is no book of this lender yet")?,
            Some(current) => writeln!(f, "; the book in force is as of {current}")?,
        }
        if self.older {
            writeln!(f, "! the file is older than the book in force and will be refused")?;
        }
        if self.in_future {
            writeln!(f, "! the file speaks of the future; check --as-of")?;
        }
        writeln!(
            f,
            "{:>8} {} in the file, {} in the book",
            self.rows_after,
            rows(self.rows_after == 1),
            self.rows_before
        )?;
        if self.rejected_rows > 0 {
            writeln!(f, "{:>8} {} refused", self.rejected_rows, rows(self.rejected_rows == 1))?;
        }
        writeln!(f, "{:>8} unchanged", self.unchanged)?;
        for (group, words) in [
            (&self.new, "new"),
            (&self.changed, "changed"),
            (&self.would_become_overdue, "would become overdue"),
            (&self.would_be_cured, "would be cured"),
            (&self.would_be_held, "would be on hold"),
            (&self.would_be_settled, "would be settled"),
            (&self.missing, self.missing_words()),
        ] {
            write_group(f, group, words)?;
        }
        if self.needs_acceptance() {
            writeln!(
                f,
                "! the book falls by {} %, more than {ROW_FALL_PERCENT_MAX} %; --yes accepts that",
                self.row_fall_percent
            )?;
        }
        Ok(())
    }
}

impl Diff {
    fn missing_words(&self) -> &'static str {
        match (self.complete, self.rejected_rows) {
            (true, _) => "missing from the file, would leave the book (not settled)",
            (false, 0) => "not in the file, stay as they are",
            (false, _) => "not in the file, stay as they are until every row of it is right",
        }
    }
}

fn write_group(f: &mut fmt::Formatter<'_>, group: &Group, words: &str) -> fmt::Result {
    write!(f, "{:>8} {words}", group.count)?;
    let shown =
        group.contracts.iter().take(SHOWN_MAX).map(|contract| contract.0.as_str()).collect::<Vec<_>>();
    if !shown.is_empty() {
        write!(f, ": {}", shown.join(", "))?;
    }
    if group.count > shown.len() {
        f.write_str(", …")?;
    }
    writeln!(f)
}

/// What a program shows on a page; the whole list is the file itself.
pub const NAMED_MAX: usize = 100;
/// What fits a line.
const SHOWN_MAX: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fall_is_rounded_up_so_that_the_limit_is_never_passed_unseen() {
        assert_eq!(fall_percent(1000, 800), 20);
        assert_eq!(fall_percent(1000, 799), 21);
        assert_eq!(fall_percent(1000, 0), 100);
        assert_eq!(fall_percent(10, 11), 0);
        assert_eq!(fall_percent(0, 0), 0);
    }
}
