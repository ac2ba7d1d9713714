//! What a file would change, as lines for a terminal.
//!
//! Shape: [`Diff`] in, text out, a line each. Units: rows and contracts. Errors: the sink's. Source: `domain.md` §6.

use super::{Change, Diff, Group, Move, ROW_FALL_PERCENT_MAX};
use std::fmt;

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
            self.rows_in_file(),
            rows(self.rows_in_file() == 1),
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
            (&self.would_get_worse, "would go to a graver bucket"),
            (&self.would_get_better, "would go to a lighter bucket"),
            (&self.would_be_cured, "would be cured"),
            (&self.would_be_held, "would be on hold"),
            (&self.would_be_settled, "would be settled"),
            (&self.missing, self.missing_words()),
        ] {
            write_group(f, group, words)?;
        }
        if self.refused.count > 0 {
            write_group(f, &self.refused, "in the file, but their rows are refused: stay as they are")?;
        }
        if self.kept.count > 0 {
            write_group(
                f,
                &self.kept,
                "stated since by a newer file or a payment: what they owe stays as it is",
            )?;
        }
        for Move { from, to, count } in &self.moves {
            writeln!(f, "{count:>8} {from} -> {to}")?;
        }
        for Change { contract, column, before, after } in self.examples.iter().take(SHOWN_MAX) {
            writeln!(
                f,
                "    e.g. {contract}: {column} {} -> {}",
                said(before.as_ref()),
                said(after.as_ref())
            )?;
        }
        self.write_warnings(f)
    }
}

impl Diff {
    /// With those that were refused.
    fn rows_in_file(&self) -> usize {
        self.rows_after.saturating_add(usize::try_from(self.rejected_rows).unwrap_or(usize::MAX))
    }

    fn write_warnings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.elsewhere.count > 0 {
            write_group(f, &self.elsewhere, "in the book of another lender: the file will be refused")?;
        }
        if let Some(feed) = self.feed_stays {
            let (stated, of) = (self.rows_after, self.rows_together());
            writeln!(f, "! {stated} of {of} loans are stated: the lender's feed stays as of {feed}")?;
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

/// A cell of a book, where there is something in it.
fn said(cell: Option<&String>) -> &str {
    cell.map_or("nothing", String::as_str)
}

/// What fits a line.
const SHOWN_MAX: usize = 5;
