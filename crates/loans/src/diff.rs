//! What a loan file would change, in the words of the business. Nothing is changed by asking.
//!
//! Shape: current book × file × now → [`Diff`], for people as text, for programs as JSON. Units: contracts; percent.
//! Source: `domain.md` §6 ("37 loans would become overdue"); `reliability.md` F33.

mod change;
mod words;

use crate::LoanFile;
pub use change::{Change, Move};
use change::{changes, is_behind, moved};
use model::loan::{Bucket, Holds, Standing};
use model::{ContractId, Loan, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

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
    /// As of when the lender's feed stays, where too few of its loans are stated to make it younger.
    pub feed_stays: Option<Timestamp>,
    /// By how much a file of which nothing is missing makes the book smaller, percent, rounded up.
    pub row_fall_percent: u32,
    /// Not in the book in force.
    pub new: Group,
    /// In the book of another lender, so that the file is refused whole.
    pub elsewhere: Group,
    /// In both, and the file's row of it was refused: stays as it is.
    pub refused: Group,
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
    /// Overdue by both, and by the file longer by a bucket or more.
    pub would_get_worse: Group,
    /// Overdue by both, and by the file in a lighter bucket.
    pub would_get_better: Group,
    /// What the file says of their debt is not what is known, and older than that: a newer file or a payment said it, and it stays.
    pub kept: Group,
    /// From bucket to bucket, M0 among them, the gravest first.
    pub moves: Vec<Move>,
    /// What the first rows that change have now and would have.
    pub examples: Vec<Change>,
}

impl Diff {
    /// The same beside the book in force, whose age is not that of its youngest row: a payment since then made that one younger.
    #[must_use]
    pub fn beside(mut self, current_as_of: Option<Timestamp>, feed_stays: Option<Timestamp>) -> Self {
        self.current_as_of = current_as_of;
        self.older = current_as_of.is_some_and(|current| self.as_of < current);
        self.feed_stays = feed_stays;
        self
    }

    /// Contracts of the book once the file is in force, where nothing leaves it.
    pub fn rows_together(&self) -> usize {
        self.rows_before.saturating_add(self.new.count)
    }

    /// A person has to say that the book may shrink so much.
    pub fn needs_acceptance(&self) -> bool {
        self.row_fall_percent > ROW_FALL_PERCENT_MAX
    }
}

/// A loan of the book in force.
#[derive(Debug, Clone, Copy)]
pub struct InForce<'a> {
    /// As it is now.
    pub loan: &'a Loan,
    /// What staff agreed with the borrower: no book undoes it.
    pub staff_holds: &'a Holds,
}

/// Compares the file with the book in force. Loans of other lenders do not count.
pub fn diff<'a>(current: impl IntoIterator<Item = InForce<'a>>, file: &LoanFile, now: Timestamp) -> Diff {
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
    moves: BTreeMap<(Bucket, Bucket), usize>,
    /// Rows that change and of which it is told how.
    shown: usize,
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
        Self { file, now, unseen, moves: BTreeMap::new(), shown: 0, diff }
    }

    /// Takes a row of the book in force, of whatever lender, in whatever order.
    pub fn row(&mut self, before: InForce<'_>) {
        let InForce { loan, staff_holds } = before;
        if loan.lender != self.file.lender {
            if self.unseen.contains_key(&loan.contract) {
                self.elsewhere(&loan.contract);
            }
            return;
        }
        self.diff.rows_before += 1;
        self.diff.current_as_of = self.diff.current_as_of.max(Some(loan.as_of));
        let Some(row) = self.unseen.remove(&loan.contract) else {
            let is_refused = self.file.refused.contains(&loan.contract);
            let group = if is_refused { &mut self.diff.refused } else { &mut self.diff.missing };
            return group.add(&loan.contract);
        };
        if is_behind(row, loan) {
            self.diff.kept.add(&loan.contract);
        }
        let mut after = row.clone().on_top_of(loan);
        after.holds = row.holds.union(staff_holds);
        self.pair(loan, &after);
    }

    /// Notes that a contract is in another lender's book.
    pub fn elsewhere(&mut self, contract: &ContractId) {
        self.diff.elsewhere.add(contract);
    }

    /// What the file has and none of the rows had.
    pub fn unseen(&self) -> Vec<ContractId> {
        self.unseen.keys().map(|contract| (*contract).clone()).collect()
    }

    fn pair(&mut self, before: &Loan, after: &Loan) {
        if (Loan { as_of: before.as_of, ..after.clone() }) == *before {
            self.diff.unchanged += 1;
        } else {
            self.diff.changed.add(&after.contract);
            if self.shown < EXAMPLES_MAX {
                let told = self.diff.examples.len();
                self.diff.examples.extend(changes(before, after));
                // Of a row of which nothing may be told another one is.
                self.shown += usize::from(self.diff.examples.len() > told);
            }
        }
        let (was, will_be) = (before.standing(self.now), after.standing(self.now));
        if let Some((from, to)) = moved(was, will_be) {
            *self.moves.entry((from, to)).or_default() += 1;
            match (from, from < to) {
                (Bucket::M0, _) => {}
                (_, true) => self.diff.would_get_worse.add(&after.contract),
                (_, false) if to != Bucket::M0 => self.diff.would_get_better.add(&after.contract),
                (_, false) => {}
            }
        }
        self.diff.standing(Some(was), after, self.now);
    }

    /// What the file would change, behind the last row.
    pub fn end(mut self) -> Diff {
        for loan in self.file.loans.iter().filter(|loan| self.unseen.contains_key(&loan.contract)) {
            self.diff.new.add(&loan.contract);
            self.diff.standing(None, loan, self.now);
        }
        self.diff.older = self.diff.current_as_of.is_some_and(|current| self.file.as_of < current);
        let moves = self.moves.into_iter().map(|((from, to), count)| Move { from, to, count });
        self.diff.moves = moves.collect();
        self.diff.moves.sort_by_key(|Move { from, to, .. }| std::cmp::Reverse((*to, *from)));
        if self.diff.complete {
            self.diff.row_fall_percent = fall_percent(self.diff.rows_before, self.diff.rows_after);
        }
        self.diff
    }
}

impl Diff {
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

/// What a program shows on a page; the whole list is the file itself.
pub const NAMED_MAX: usize = 100;
/// Rows of which it is told what changes: who looks at more has the file.
const EXAMPLES_MAX: usize = 20;

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
